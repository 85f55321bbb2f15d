"""A form that opens with values shows what its source says, field by field, as the clerk sees it; saved untouched, nothing
differs. Edit, copy, and every form that a chosen reference fills, by its address and by choosing in the browser.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page
from wtforms import BooleanField

from app import models as m
from app.database import db
from app.screens import Screen, copying, forming
from app.screens.columns import describe
from app.screens.formfields import (
    ChoiceField,
    DayField,
    LinesField,
    MomentField,
    NumberField,
    PickField,
    WholeField,
)
from tests.browser import openings
from tests.browser.openings import Opening
from tests.browser.showroom import Showroom, opened

pytestmark = pytest.mark.browser

STAMPS = frozenset({"id", "version", "created_at", "created_by_id", "changed_at", "changed_by_id"})
NOT_TAKEN = {  # what a filled form leaves to who fills it in, though its source has a field of the same name
    ("PartSale", "quotation"): {"remark"},
    ("SaleReturn", "sale"): {"remark", "lines"},
    ("PurchaseReturn", "receipt"): {"remark", "lines"},
    ("MachineReturn", "dispatch"): {"hour_meter"},
    ("ContractAmendment", "contract"): {"remark"},
}
ROWS = 2
NEEDED_BESIDES = {"PartSale": {"sale_type": (m.SaleType, "walk_in"), "warehouse": (m.Warehouse, "PJ1")}}  # by code


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[Showroom]:
    with opened(tmp_path_factory, chromium) as showroom:
        showroom.keep = content
        yield showroom


# -- what a row says, and what stands in a field ------------------------------------------------------------------


def plain(row: Any) -> dict[str, Any]:
    """The columns of a row without its stamps."""
    return {a.key: getattr(row, a.key) for a in sa.inspect(type(row)).column_attrs if a.key not in STAMPS}


def content(row: Any) -> dict[str, Any]:
    """A row with its lines, in their order."""
    told = plain(row)
    for relation in sa.inspect(type(row)).relationships:
        if relation.uselist and not relation.viewonly and relation.cascade.delete_orphan:
            told[relation.key] = [plain(line) for line in getattr(row, relation.key)]
    return told


def differences(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    return [
        f"{name}: {before[name]!r} became {after.get(name)!r}" for name in before if before[name] != after.get(name)
    ]


def reads(part: Any, value: Any) -> Any:
    """What the clerk reads where a field holds this value; numbers as numbers, for 5 and 5.00 say the same."""
    if isinstance(part, BooleanField):
        return bool(value)
    if value is None:
        return ""
    if isinstance(part, NumberField):
        return (value * 100 if part.percent else value).normalize()
    if isinstance(part, PickField):
        return str(value.id)
    if isinstance(part, ChoiceField):
        return value.name
    if isinstance(part, MomentField):
        return f"{value:%Y-%m-%d %H:%M}"
    return value.isoformat() if isinstance(part, DayField) else str(value).replace("\r\n", "\n")


def seen(part: Any, text: Any) -> Any:
    """What stands in the browser, comparable with `reads`."""
    if isinstance(part, NumberField) and text:
        return Decimal(text.replace(",", "")).normalize()
    if isinstance(part, WholeField) and text:
        return text.replace(",", "")
    return text


def compared(parts: Any, source: Any, page: dict[str, Any], without: Any = ()) -> Iterator[str]:
    """Where a page says something else than its source; fields and lines that the source does not have are left out."""
    for part in parts:
        name = part.short_name
        if (
            name in ("csrf_token", "id")
            or name in without
            or not hasattr(type(source), name)
            or part.type == "ConfirmField"
        ):
            continue
        if isinstance(part, LinesField):
            yield from _compared_lines(part, getattr(source, name), page)
        elif seen(part, page.get(part.name)) != reads(part, getattr(source, name)):
            yield f"{part.name} shows {page.get(part.name)!r}, the source says {getattr(source, name)!r}"


def _compared_lines(part: LinesField, rows: list[Any], page: dict[str, Any]) -> Iterator[str]:
    there = sorted(
        {int(name.split("-")[1]) for name in page if name.startswith(f"{part.name}-") and name.split("-")[1].isdigit()}
    )
    if len(there) != len(rows):
        yield f"{part.name} shows {len(there)} lines, the source has {len(rows)}"
        return
    for index, row in zip(there, rows, strict=True):
        line = part.form_class(prefix=f"{part.name}-{index}-")
        yield from compared(line, row, page)


@contextmanager
def form_of(room: Showroom, form: Opening, entity: type[m.Entity], pk: int) -> Iterator[tuple[Any, Any]]:
    """The fields of a form as its person has them, and a row, for comparing."""
    with room.books(room.people[form.username]), room.app.test_request_context():
        edited = db.session.get(form.screen.entity, form.row_id) if form.verb == "edit" else None
        yield forming.form_class(form.screen, edited)(formdata=None), db.session.get_one(entity, pk)


def goes(room: Showroom, form: Opening, path: str) -> Page:
    page = room.page(form.username)
    answer = page.goto(room.address + path)
    assert answer is not None and answer.status == 200 and page.url == room.address + path, (path, page.url)
    return page


def saved(room: Showroom, page: Page) -> dict[str, Any] | None:
    """Press save; what the row says then, or None where the page refused it."""
    room.made.clear()
    with page.expect_navigation():
        page.evaluate("document.querySelector('form.document').removeAttribute('data-dirty')")
        page.locator("form.document .save .primary").click()
    return room.made[0] if len(room.made) == 1 else None


def why_not(page: Page) -> str:
    return "；".join(page.locator(".error:visible, .flash.danger:visible").all_inner_texts())


# -- edit -----------------------------------------------------------------------------------------------------------


def edits(room: Showroom, screen: Screen) -> list[Opening]:
    """The edit forms of the oldest and the latest row that somebody may change."""
    return openings.for_edits(room, screen, ROWS) if openings.offers(screen, "edit") else []


@pytest.mark.parametrize("name", openings.names())
def test_an_edit_form_shows_the_row_and_saved_untouched_changes_nothing(room: Showroom, name: str) -> None:
    screen, faults = openings.screen_named(room, name), []
    for form in edits(room, screen):
        page = goes(room, form, form.path)
        with form_of(room, form, screen.entity, form.row_id or 0) as (parts, row):
            faults += [f"{form}: {fault}" for fault in compared(parts, row, page.evaluate("probe.read()"))]
            before = content(row)
        after = saved(room, page)
        wrong = differences(before, after) if after else [f"cannot be saved as it is: {why_not(page)}"]
        faults += [f"{form}: {fault}" for fault in wrong]
    assert not faults, "\n" + "\n".join(faults)


# -- copy -----------------------------------------------------------------------------------------------------------


def once(screen: Screen, entity: type[m.Entity], names: list[str], prefix: str = "") -> set[str]:
    """Which of these a copy leaves as a new form has them."""
    return {n for n in names if copying._is_once(screen, entity, describe(entity, n), f"{prefix}{n}")}


@pytest.mark.parametrize("name", openings.names())
def test_a_copy_shows_what_the_row_says(room: Showroom, name: str) -> None:
    screen, faults = openings.screen_named(room, name), []
    if not openings.offers(screen, "add") or "*" in screen.copy_without:
        return
    new = openings.for_new(room, screen)
    assert new is not None
    with room.books(room.people[new.username]):
        ids = list(db.session.scalars(sa.select(screen.entity.id).order_by(screen.entity.id.desc()).limit(ROWS)))
    for pk in ids:
        page = goes(room, new, f"{new.path}?copy={pk}").evaluate("probe.read()")
        with form_of(room, new, screen.entity, pk) as (parts, row):
            without = once(
                screen,
                screen.entity,
                [p.short_name for p in parts if p.short_name != "csrf_token" and p.type != "ConfirmField"],
            )
            lines = {p.short_name: p for p in parts if isinstance(p, LinesField)}
            faults += [f"{new} of {pk}: {fault}" for fault in compared(parts, row, page, without | set(lines))]
            for key, part in lines.items():
                faults += [f"{new} of {pk}: {fault}" for fault in _copied(screen, part, getattr(row, key), page)]
    assert not faults, "\n" + "\n".join(faults)


def _copied(screen: Screen, part: LinesField, rows: list[Any], page: dict[str, Any]) -> Iterator[str]:
    """Lines of a copy; those that a copy leaves out are not there."""
    rows = [] if part.short_name in screen.copy_without else rows
    names = [f.short_name for f in part.form_class() if f.short_name != "id"]
    leaves = once(screen, type(rows[0]), names, f"{part.short_name}.") if rows else set()
    for index, row in enumerate(rows):
        line = part.form_class(prefix=f"{part.name}-{index}-")
        yield from compared(line, row, page, leaves)


# -- a chosen reference ------------------------------------------------------------------------------------------------


FILLED = [(name, reference) for name, kind in openings.kinds().items() for reference in kind.fills]


def sources(room: Showroom, screen: Screen, reference: str, username: str) -> tuple[type[m.Entity], list[int]]:
    """Rows that may be chosen, those that say most first."""
    target = describe(screen.entity, reference).target
    assert target is not None
    query, narrow = sa.select(target), screen.picks.get(reference, {}).get("narrow")
    with room.books(room.people[username]):
        rows = db.session.scalars(narrow(query, {}) if narrow else query).all()
        told = {row.id: sum(bool(v) for v in content(row).values()) for row in rows}
    return target, sorted(told, key=lambda pk: (-told[pk], pk))[:ROWS]


@pytest.mark.parametrize(("name", "reference"), FILLED)
def test_a_chosen_reference_fills_the_form_and_is_what_is_saved(room: Showroom, name: str, reference: str) -> None:
    screen = openings.screen_named(room, name)
    new = openings.for_new(room, screen)
    assert new is not None
    target, ids = sources(room, screen, reference, new.username)
    assert ids, f"the demo has nothing to choose for {reference}"
    faults = []
    for pk in ids:
        linked = goes(room, new, f"{new.path}?{reference}={pk}").evaluate("probe.read()")
        page = goes(room, new, new.path)
        with page.expect_navigation():
            page.evaluate("([name, pk]) => probe.choose(name, pk)", [reference, str(pk)])
        chosen = page.evaluate("probe.read()")
        wrong = [f"{key}: {linked.get(key)!r} by its address, {chosen.get(key)!r} when chosen"
                 for key in linked | chosen if linked.get(key) != chosen.get(key)]  # fmt: skip
        without = NOT_TAKEN.get((screen.entity.__name__, reference), set())
        with form_of(room, new, target, pk) as (parts, source):
            wrong += compared(parts, source, chosen, without)
            kept = {p.short_name: getattr(source, p.short_name) for p in parts
                    if hasattr(target, p.short_name) and not isinstance(p, LinesField) and p.short_name not in without}  # fmt: skip
        complete(room, page, screen)
        after = saved(room, page)
        faults += [
            f"{reference} {pk}: {fault}" for fault in wrong + (_unlike(after, kept) if after else [why_not(page)])
        ]
    assert not faults, "\n" + "\n".join(faults)


def complete(room: Showroom, page: Page, screen: Screen) -> None:
    """What is needed besides the reference: a reason, and for a sale its kind and store."""
    page.evaluate("probe.complete('客户要求')")
    for name, (entity, code) in NEEDED_BESIDES.get(screen.entity.__name__, {}).items():
        with room.books():
            pk = db.session.scalars(sa.select(entity.id).filter_by(code=code)).one()
        page.evaluate("([name, pk]) => probe.choose(name, pk)", [name, str(pk)])


def _unlike(after: dict[str, Any], kept: dict[str, Any]) -> list[str]:
    """Where the saved row says something else than its source did."""
    wrong = []
    for name, value in kept.items():
        now = after[f"{name}_id"] if isinstance(value, m.Entity) else after.get(name, value)
        was = value.id if isinstance(value, m.Entity) else value
        if now != was:
            wrong.append(f"saved {name} {now!r}, the source says {was!r}")
    return wrong


@pytest.mark.parametrize(("name", "reference", "piece"), [("SaleReturnView", "sale", "sale_line"), ("PurchaseReturnView", "receipt", "receipt_line")])  # fmt: skip
def test_a_return_begins_with_what_can_come_back(room: Showroom, name: str, reference: str, piece: str) -> None:
    """Store and lines stand there; sold 4, one came back: 3 are proposed."""
    screen = openings.screen_named(room, name)
    new = openings.for_new(room, screen)
    assert new is not None
    target, ids = sources(room, screen, reference, new.username)
    for pk in ids:
        page = goes(room, new, f"{new.path}?{reference}={pk}").evaluate("probe.read()")
        shown = {page[key.replace("quantity", piece)]: Decimal(page[key]) for key in page if key.endswith("-quantity")}
        with room.books():
            assert shown == {
                str(i): quantity for i, quantity in open_of(db.session.get_one(target, pk)).items() if quantity
            }


def open_of(source: Any) -> dict[int, Decimal]:
    """Line id → pieces that can still go back, by hand from the papers that took some."""
    came = {line.id: getattr(line, "shipped_quantity", getattr(line, "actual_quantity", None)) for line in source.lines}
    is_sale = isinstance(source, m.PartSale)
    papers = db.session.scalars(sa.select(m.SaleReturn).filter_by(sale_id=source.id) if is_sale else sa.select(m.PurchaseReturn).filter_by(receipt_id=source.id)).all()  # fmt: skip
    for paper in papers:
        counts = paper.state.name in (("RECEIVED", "REFUNDED") if is_sale else ("APPROVED", "SHIPPED", "DONE"))
        for line in paper.lines if counts else ():
            came[line.sale_line_id if is_sale else line.receipt_line_id] -= line.quantity
    return came
