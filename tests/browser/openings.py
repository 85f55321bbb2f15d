"""Where each form can be opened: for every verb that asks, every new and every edited row, somebody who may and a row of
the demo where it is possible. What is found nowhere is said, so that the demo grows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import sqlalchemy as sa
from flask_wtf import FlaskForm
from wtforms import HiddenField

from app import scope, views
from app.actor import Actor, acting_as
from app.database import db
from app.forms import ChecklistField
from app.forms.counting import ListedForm
from app.screens import Screen, forming
from app.screens.formfields import ConfirmField, LinesField
from app.workflows import machine
from tests.browser.showroom import Showroom
from tests.kit import World

TRIES = 5
BEGINS_OTHERWISE = {"PrintTemplateView": ["what"]}  # a new one begins with a choice, not with its form


@dataclass
class Opening:
    """A form as somebody opens it. fields, lines, listed: what has to stand there (form_probe.js, `look`)."""

    screen: Screen
    verb: str
    username: str
    path: str
    row_id: int | None = None
    fields: list[str] = field(default_factory=list)
    lines: dict[str, list[str]] = field(default_factory=dict)
    listed: dict[str, tuple[list[str], int]] = field(default_factory=dict)
    required: list[str] = field(default_factory=list)

    @property
    def spec(self) -> dict[str, Any]:
        return {"fields": self.fields, "lines": self.lines, "listed": self.listed}

    @property
    def wants(self) -> bool:
        """Whether an empty answer is refused."""
        return bool(self.required or self.listed or any(self.lines))

    def __str__(self) -> str:
        return f"{self.screen.entity.__name__}.{self.verb} by {self.username} ({self.path})"


def screens(room: Showroom) -> list[Screen]:
    return [view for view in room.app.appbuilder.baseviews if isinstance(view, Screen)]


def screen_named(room: Showroom, name: str) -> Screen:
    return next(screen for screen in screens(room) if type(screen).__name__ == name)


def rows_for(screen: Screen, verb: str, by: Actor) -> Iterator[Any]:
    """Rows on which this person may fire a verb now; the person acts already."""
    transition = screen.actions[verb].func.transition
    query = sa.select(screen.entity).order_by(screen.entity.id.desc())
    if transition.sources:
        query = query.where(screen.entity.state.in_(transition.sources))  # type: ignore[attr-defined]
    for row in db.session.scalars(query).all():
        if not scope.reaches(by, row, verb) or not screen.offered(transition, row):
            continue
        with scope.elevated():
            last = machine.last_actor(row, transition.not_by) if transition.not_by else None
        if last is None or last != by.employee_id:
            yield row


def for_verb(room: Showroom, screen: Screen, verb: str) -> Opening | None:
    """The form of a verb, by the first who may and has a row."""
    for username, actor in room.people.items():
        if not actor.may(verb, screen.entity.__name__):
            continue
        kind = screen.actions[verb].func.form
        with room.books(actor), room.app.test_request_context(), acting_as(actor):
            found = islice(rows_for(screen, verb, actor), TRIES)
            row = max(found, key=lambda one: _listed(kind, one), default=None)
            if row is None:
                continue
            path = f"/{screen.endpoint.lower()}/ask/{verb}/{row.id}"
            opening = Opening(screen, verb, username, path, row.id)
            if kind is not None:
                _ask_of(opening, kind, row)
            return opening
    return None


def _listed(kind: type[FlaskForm] | None, row: Any) -> bool:
    """Whether the form lists lines for this row: a coupon whose customer owes nothing has none to pay."""
    form = kind() if kind is not None else None
    if not isinstance(form, ListedForm):
        return True
    form.about(row)
    return any(len(part.entries) for part in form if isinstance(part, LinesField))


def _ask_of(opening: Opening, kind: type[FlaskForm], row: Any) -> None:
    """What has to stand on the page of a verb."""
    form = kind()
    if hasattr(form, "about"):
        form.about(row)
    for part in form:
        if isinstance(part, LinesField):
            columns = [f.short_name for f in part.blank if not isinstance(f, HiddenField)]
            asked = len(row.lines) if hasattr(form, "store") else len(part.entries)
            opening.listed[part.name] = (columns, max(asked, 1))
        elif isinstance(part, ChecklistField):
            opening.fields += [inner.name for inner in part.form]
        else:
            _field_of(opening, part)
    assert not opening.listed or isinstance(form, ListedForm) or not opening.lines


def _field_of(opening: Opening, part: Any) -> None:
    if isinstance(part, HiddenField | ConfirmField) or part.short_name == "csrf_token":
        return
    opening.fields.append(part.name)
    if part.flags.required:
        opening.required.append(part.name)


def for_new(room: Showroom, screen: Screen) -> Opening | None:
    """The form of a new row, by the person whose form has most fields."""
    found = [
        _opened(room, screen, "add", name, None)
        for name, by in room.people.items()
        if by.may("add", screen.entity.__name__)
    ]
    return max(found, key=lambda o: len(o.fields) + 10 * len(o.lines), default=None)


def for_edit(room: Showroom, screen: Screen) -> Opening | None:
    """The form of the latest row that can still be changed, by the first whom the page lets in."""
    return next(iter(for_edits(room, screen, 1)), None)


def for_edits(room: Showroom, screen: Screen, most: int) -> list[Opening]:
    """The forms of the latest and the oldest rows that the first whom the page lets in can still change."""
    flow = machine.of(screen.entity)
    for username, actor in room.people.items():
        if not actor.may("edit", screen.entity.__name__):
            continue
        with room.books(actor):
            query = sa.select(screen.entity).order_by(screen.entity.id.desc())
            rows = [r for r in db.session.scalars(query).all() if flow.may_edit(r) and scope.reaches(actor, r, "edit")]
            fitting = [row.id for row in rows]
        browser = World(room.app).browser(username)
        order = list(dict.fromkeys(fitting[:1] + fitting[:0:-1]))[: TRIES + most]
        found = [pk for pk in order if browser.get(f"/{screen.endpoint.lower()}/edit/{pk}").status_code == 200]
        if found:
            return [_opened(room, screen, "edit", username, pk) for pk in found[:most]]
    return []


def _opened(room: Showroom, screen: Screen, verb: str, username: str, pk: int | None) -> Opening:
    path = f"/{screen.endpoint.lower()}/{verb}" + (f"/{pk}" if pk else "")
    opening = Opening(screen, verb, username, path, pk)
    if pk is None and type(screen).__name__ in BEGINS_OTHERWISE:
        opening.fields = BEGINS_OTHERWISE[type(screen).__name__]
        return opening
    with room.books(room.people[username]), room.app.test_request_context():
        row = db.session.get(screen.entity, pk) if pk else None
        for part in forming.form_class(screen, row)():
            if isinstance(part, LinesField):
                opening.lines[part.name] = [f.short_name for f in part.blank if not isinstance(f, HiddenField)]
            else:
                _field_of(opening, part)
    return opening


def offers(screen: Screen, verb: str) -> bool:
    return verb in screen.offers.split() and bool(screen.form_sections)


def kinds() -> dict[str, type[Screen]]:
    """Every screen by the name of its class, in order; what is added later is among them."""
    assert views  # which imports them all
    found: dict[str, type[Screen]] = {}
    waiting = [Screen]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if "datamodel" in vars(kind):
            found[kind.__name__] = kind
    return dict(sorted(found.items()))


def names() -> list[str]:
    """The screens, as tests are named after them."""
    return list(kinds())
