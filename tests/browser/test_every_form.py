"""Every form that exists is opened once in a real browser, wide and narrow, by somebody who may, on a row of the demo.

What its form has is seen, lies open to the finger and takes what is typed, after unfolding what a choice unfolds; each line
that it asks for stands there; sent empty, it is refused in a sentence beside each field that is needed. Screens, verbs and
rows are read from the running house: what is added later is tried as well, and a verb without a row is named.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import openings
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.openings import Opening
from tests.browser.showroom import Showroom, opened

pytestmark = pytest.mark.browser

# buttons that ask nothing about what the demo has none of: nothing runs in its background, nothing leaves the house
NOT_IN_THE_DEMO = {
    "Job.cancel", "Job.confirm", "Job.retry", "OutboxMessage.discard", "OutboxMessage.resend", "NoticeChannel.switch_off",
    "SavedView.clear_default",
}  # fmt: skip


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[Showroom]:
    with opened(tmp_path_factory, chromium) as showroom:
        yield showroom


def forms_of(room: Showroom, name: str) -> Iterator[Opening]:
    """The forms of a screen that somebody can open: new, edit, what each verb asks."""
    screen = openings.screen_named(room, name)
    if openings.offers(screen, "add") and (new := openings.for_new(room, screen)):
        yield new
    if openings.offers(screen, "edit") and (edit := openings.for_edit(room, screen)):
        yield edit
    for verb, action in screen.actions.items():
        if action.func.form is not None and (asked := openings.for_verb(room, screen, verb)):
            yield asked


def resize(page: Page, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})


def tried(room: Showroom, form: Opening) -> Iterator[str]:
    """What is wrong with a form, a sentence each; one page, looked at on a wide and on a narrow screen."""
    page = room.page(form.username)
    resize(page, DESKTOP)
    answer = page.goto(room.address + form.path)
    if answer is None or answer.status != 200 or page.url != room.address + form.path:
        yield f"{form}: answers {answer and answer.status} at {page.url}"
        return
    for size in (DESKTOP, PHONE):
        resize(page, size)
        yield from (
            f"{form} at {size[0]} px: {fault}" for fault in page.evaluate("spec => probe.look(spec)", form.spec)
        )
    if not form.wants:
        return
    with page.expect_navigation():
        page.evaluate("probe.empty()")
    for size in (PHONE, DESKTOP):
        resize(page, size)
        told = page.evaluate("required => probe.told(required)", form.required)
        yield from (f"{form} at {size[0]} px, empty: {fault}" for fault in told)


@pytest.mark.parametrize("name", openings.names())
def test_every_form_can_be_seen_filled_in_and_says_what_is_missing(room: Showroom, name: str) -> None:
    faults = [fault for form in forms_of(room, name) for fault in tried(room, form)]
    assert not faults, "\n" + "\n".join(faults)


def test_every_verb_has_a_row_in_the_demo_and_somebody_who_may(room: Showroom) -> None:
    """Who looks at the demo can try everything; what he cannot try nobody has looked at."""
    missing = []
    for screen in openings.screens(room):
        for verb, action in screen.actions.items():
            if f"{screen.entity.__name__}.{verb}" in NOT_IN_THE_DEMO and action.func.form is None:
                continue
            if openings.for_verb(room, screen, verb) is None:
                states = "、".join(str(state) for state in action.func.transition.sources) or "any state"
                missing.append(f"{screen.entity.__name__}.{verb} ({action.text}): needs a row in {states}")
        may_edit = any(by.may("edit", screen.entity.__name__) for by in room.people.values())
        if openings.offers(screen, "edit") and may_edit and openings.for_edit(room, screen) is None:
            missing.append(f"{screen.entity.__name__}: nobody finds a row that can be edited")
        if openings.offers(screen, "add") and openings.for_new(room, screen) is None:
            missing.append(f"{screen.entity.__name__}: nobody may add one")
    assert not missing, "\n" + "\n".join(missing)
