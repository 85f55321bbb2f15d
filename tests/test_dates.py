"""Dates have a window by what they mean: said once in the dictionary, kept at every door.

All of these fail where a column is only a date: no column named its window, and 1900 or 2099 went through.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa

from app import clock, dates
from app import models as m
from app.enums import FollowWay, FundKind, ReceivableKind
from app.errors import BusinessError, WrongAmount
from app.formulas import windows
from app.formulas.windows import BOOKED, BORN, BUILT, HAPPENED, PLANNED, REPAID, STAMPED, TERM, Window
from app.models import ENTITIES
from app.screens import Screen
from app.screens.columns import describe
from app.screens.formfields import DayField, MomentField
from app.unit_of_work import change, create, fire
from tests.kit import START, D, World

LONG_AGO, FAR_AHEAD = dt.date(1900, 1, 1), dt.date(2099, 12, 31)
DATED = [
    (entity, attribute.key)
    for entity in ENTITIES.values()
    for attribute in sa.inspect(entity).column_attrs
    if isinstance(attribute.columns[0].type, sa.Date | sa.DateTime)
]
BOUND = [(e, name) for e, name in DATED if describe(e, name).window not in (None, STAMPED)]


# -- the vocabulary -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("entity", "name"), DATED, ids=[f"{e.__name__}.{n}" for e, n in DATED])
def test_every_date_says_what_it_means(entity: Any, name: str) -> None:
    assert isinstance(describe(entity, name).window, Window)


@pytest.mark.parametrize(("entity", "name"), BOUND, ids=[f"{e.__name__}.{n}" for e, n in BOUND])
@pytest.mark.parametrize("day", [LONG_AGO, FAR_AHEAD])
def test_no_row_takes_a_day_that_cannot_be(entity: Any, name: str, day: dt.date) -> None:
    row = entity()
    is_moment = describe(entity, name).kind == "moment"
    setattr(row, name, clock.midnight(day) if is_moment else day)
    with pytest.raises(WrongAmount) as fault:
        dates.check(row)
    assert fault.value.field == name


def screens(app: Any) -> list[Screen]:
    return [view for view in app.appbuilder.baseviews if isinstance(view, Screen)]


def test_what_a_form_or_a_file_asks_for_has_edges(site: World) -> None:
    typed = [
        screen.column(name)
        for screen in screens(site.app)
        for name in {n for _, part in screen.form_sections for n in part}.union(
            *(spec.columns for spec in screen.imports.values())
        )
        if name not in {c.name for spec in screen.imports.values() for c in spec.extra}
    ]
    typed += [
        describe(describe(screen.entity, lines).target, name)  # type: ignore[arg-type]
        for screen in screens(site.app)
        for lines, spec in screen.lines.items()
        for name in spec.columns
    ]
    edges = {c.name: c.window for c in typed if c.kind in ("day", "moment")}
    assert len(edges) >= 15 and [name for name, window in edges.items() if window.first is None] == []


def test_what_a_verb_asks_has_edges(site: World) -> None:
    asked = [
        (f"{type(screen).__name__}.{verb}.{name}", unbound)
        for screen in screens(site.app)
        for verb, action in screen.actions.items()
        if action.func.form is not None
        for name in dir(action.func.form)
        if isinstance(getattr(unbound := getattr(action.func.form, name), "field_class", None), type)
        and issubclass(unbound.field_class, DayField | MomentField)
    ]
    assert len(asked) >= 7
    assert [name for name, unbound in asked if unbound.kwargs.get("window") is None] == []


# -- edges ----------------------------------------------------------------------------------------------------------

TODAY = dt.date(2026, 11, 30)


@pytest.mark.parametrize(
    ("window", "first", "last"),
    [
        (HAPPENED, "1990-01-01", "2026-11-30"),
        (BOOKED, "2025-01-01", "2026-11-30"),
        (PLANNED, "2025-11-30", "2031-11-30"),
        (REPAID, "2025-11-30", "2041-11-30"),
        (TERM, "1990-01-01", "2041-11-30"),
        (BORN, "1906-11-30", "2026-11-30"),
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_the_edges_belong_to_the_window(window: Window, first: str, last: str) -> None:
    one, other, night = dt.date.fromisoformat(first), dt.date.fromisoformat(last), dt.timedelta(days=1)
    for day in (one, other):
        assert window.too_early(day, TODAY) is None and window.too_late(day, TODAY) is None
    assert window.too_early(one - night, TODAY) == one and window.too_late(other + night, TODAY) == other


def test_a_leap_day_finds_its_place() -> None:
    assert windows.years_from(dt.date(2028, 2, 29), 5) == dt.date(2033, 2, 28)


@pytest.mark.parametrize(("year", "is_right"), [(1949, False), (1950, True), (2026, True), (2027, False), (0, False)])
def test_a_year_has_a_window_as_well(world: World, year: int, is_right: bool) -> None:
    assert (dates.refusal(BUILT, "出厂年份", year) is None) is is_right  # the story's today is 2025-03-05


def test_what_took_place_does_not_lie_in_the_hours_to_come(world: World) -> None:
    with clock.on(START, dt.time(10)):
        soon, later = clock.now() + dt.timedelta(minutes=5), clock.now() + dt.timedelta(hours=2)
        assert dates.refusal(HAPPENED, "报修时间", soon) is None
        assert "报修时间" in str(dates.refusal(HAPPENED, "报修时间", later))


# -- doors ----------------------------------------------------------------------------------------------------------


def _receipt(world: World, day: dt.date) -> Any:
    fund = {"kind": FundKind.CASH, "account": world.rows(m.FundAccount)[0], "amount": D(100)}
    return create(
        m.Receipt,
        {"customer": world.company(), "received_on": day, "funds": [fund], "allocations": []},
        by=world["clerk"],
    )


def _opening_debt(world: World, day: dt.date) -> Any:
    values = {"customer": world.company(), "kind": ReceivableKind.OTHER, "amount": D(100), "due_on": day}
    return create(m.Receivable, values, by=world["finance"])


def _contract(world: World, day: dt.date) -> Any:
    return world.contract(world.company(), world.contact(), world.unit(), signed_on=day)


DOCUMENTS = [(_receipt, "received_on"), (_opening_debt, "due_on"), (_contract, "signed_on")]


@pytest.mark.parametrize(("write", "name"), DOCUMENTS)
@pytest.mark.parametrize("day", [LONG_AGO, FAR_AHEAD, dt.date(2060, 1, 1)])
def test_money_is_not_written_down_for_an_absurd_day(world: World, write: Any, name: str, day: dt.date) -> None:
    with pytest.raises(WrongAmount) as fault:
        write(world, day)
    assert fault.value.field == name


def test_money_of_the_year_before_last_is_an_opening_balance(world: World) -> None:
    _receipt(world, dt.date(2024, 1, 1))
    with pytest.raises(WrongAmount, match="2024-01-01"):
        create(m.Payment, {"pay_on": dt.date(2023, 12, 31)}, by=world["finance"])


def test_a_verb_refuses_the_day_it_is_told(world: World) -> None:
    unit = world.unit()
    with pytest.raises(BusinessError) as fault:
        fire(unit, "read_meter", by=world["service_manager"], hours=D(10), read_on=LONG_AGO)
    assert fault.value.field == "read_on"
    assert world.row(m.MachineUnit, id=unit.id).hour_meter == 0


def test_a_form_says_it_beside_the_field_and_keeps_what_was_typed(site: World) -> None:
    with clock.on(START):
        with site.app.app_context():
            site.company()
        browser = site.browser("clerk")
        answer = browser.submit("/receiptview/add", {"customer": "1", "received_on": "2099-01-01"})
        page = answer.get_data(as_text=True)
        assert answer.status_code == 422
        assert 'id="received_on-error"' in page and 'value="2099-01-01"' in page and 'data-last="2025-03-05"' in page


def test_a_day_that_stands_on_a_row_already_may_stay(site: World) -> None:
    """Nobody has to invent a new date for a customer's next call only to correct his address."""
    with clock.on(START), site.app.app_context():
        contact_id = site.contact(next_follow_on=START).id
    with clock.on(START.replace(year=2028)):
        browser = site.browser("sales1")
        path = f"/contactview/edit/{contact_id}"
        assert browser.submit(path, {"name": "改名"}).status_code == 302
        answer = browser.submit(path, {"next_follow_on": "2025-03-06"})
        assert answer.status_code == 422 and "next_follow_on-error" in answer.get_data(as_text=True)
        with site.app.app_context():
            row = site.row(m.Contact, id=contact_id)
            assert (row.name, row.next_follow_on) == ("改名", START)
            change(row, {"name": "再改"}, by=site["sales1"])


def test_the_phone_refuses_it_as_well(site: World) -> None:
    with clock.on(START):
        with site.app.app_context():
            site.contact(next_follow_on=START)
        browser = site.browser("sales1")
        fields = {"way": FollowWay.PHONE.name, "content": "谈价格", "next_on": "2066-01-01"}
        answer = browser.submit("/phone/follow/contact/1", fields)
        assert answer.status_code == 422 and "next_on-error" in answer.get_data(as_text=True)
