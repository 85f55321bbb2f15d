"""小时表: it never runs backwards nor faster than the clock; a new meter goes on counting; every look is in the journal."""

from __future__ import annotations

import datetime as dt

import pytest

from app import clock
from app import models as m
from app.actor import acting_as
from app.enums import InboundKind, InspectionResult, MeterSource, UnitCondition
from app.errors import BusinessError, MissingData, NotAllowed, WrongAmount
from app.formulas.meter import most_hours
from app.unit_of_work import create, fire
from tests.kit import START, D, World, on_both
from tests.vans import Vans
from tests.workflows.test_work_order import sold


def journal(world: World) -> list[tuple[str, str, str]]:
    """(where it was read, hours, hours in all) of every reading, in order."""
    return [(r.source.name, f"{r.hours:f}", f"{r.total_hours:f}") for r in world.rows(m.MeterReading)]


def test_the_most_hours_between_two_days_are_those_of_both_days() -> None:
    # from 0:00 on the 5th to 24:00 on the 5th: 24 hours; to 24:00 on the 8th: 4 days
    assert (most_hours(START, START), most_hours(START, dt.date(2025, 3, 8))) == (D(24), D(96))


@on_both
def test_every_place_that_looks_at_the_meter_is_in_the_journal(world: World) -> None:
    v = Vans(world)
    customer, unit = sold(world)  # dispatched on 2024-06-05 with 100 hours
    order = v.at_work(v.order(customer, unit))
    v.finish(order, solution="修好", hour_meter=D("132.5"))
    with clock.on(dt.date(2025, 3, 10)):
        fire(unit, "read_meter", by=world["clerk"], hours=D(180))
    assert journal(world) == [
        ("DISPATCH", "100.000", "100.000"),
        ("WORK_ORDER", "132.500", "132.500"),
        ("BY_HAND", "180.000", "180.000"),
    ]
    first, second, third = world.rows(m.MeterReading)
    assert first.origin_number == world.row(m.MachineDispatch).number and first.read_on == dt.date(2024, 6, 5)
    assert (second.origin, second.origin_id) == ("WorkOrder", order.id) and third.origin is None
    assert third.noted_by_id == world["clerk"].employee_id
    unit = v.fresh(unit)
    assert (unit.hour_meter, unit.hour_meter_on, unit.running_hours) == (D(180), dt.date(2025, 3, 10), D(180))


def test_a_machine_that_comes_in_used_begins_with_what_it_shows(world: World) -> None:
    paper = create(
        m.MachineInbound,
        {"kind": InboundKind.OPENING, "model": world.row(m.MachineModel, model="HT215"), "serial_number": "ALT-1",
         "condition": UnitCondition.USED, "warehouse": world.row(m.Warehouse, code="ZJ1"), "gross_amount": D(300_000)},
        by=world["buyer"],
    )  # fmt: skip
    fire(paper, "receive", by=world["keeper"], inspection=InspectionResult.PASS, hour_meter=D(5210))
    assert journal(world) == [("INBOUND", "5210.000", "5210.000")]
    assert world.row(m.MachineUnit).hour_meter == D(5210)


@pytest.mark.parametrize(
    ("hours", "day", "field"),
    [
        ("99.9", "2025-03-05", "hours"),  # backwards
        ("-1", "2025-03-05", "hours"),
        ("148.1", "2024-06-06", "hours"),  # 48.1 hours in two days
        ("101", "2024-06-04", "read_on"),  # before the last reading
        ("101", "2025-03-06", "read_on"),  # tomorrow
    ],
)
def test_a_reading_that_cannot_be_is_refused_beside_its_field(world: World, hours: str, day: str, field: str) -> None:
    _, unit = sold(world)
    with pytest.raises(WrongAmount) as refused:
        fire(unit, "read_meter", by=world["clerk"], hours=D(hours), read_on=dt.date.fromisoformat(day))
    assert refused.value.field == field and len(journal(world)) == 1
    assert world.row(m.MachineUnit).hour_meter == D(100)


def test_as_many_hours_as_the_clock_has_are_believed(world: World) -> None:
    _, unit = sold(world)
    fire(unit, "read_meter", by=world["clerk"], hours=D(148), read_on=dt.date(2024, 6, 6))
    assert world.row(m.MachineUnit).hour_meter == D(148)


def test_a_new_meter_goes_on_counting(world: World) -> None:
    v = Vans(world)
    customer, unit = sold(world)
    boss = world["service_manager"]
    with pytest.raises(WrongAmount):  # nobody noted that the meter is new
        fire(unit, "read_meter", by=world["clerk"], hours=D(3))
    fire(unit, "replace_meter", by=boss, last_hours=D(1990), reason="表盘进水，换新表")
    unit = v.fresh(unit)
    assert (unit.hour_meter, unit.earlier_hours, unit.running_hours) == (D(0), D(1990), D(1990))
    with clock.on(dt.date(2025, 3, 10)):
        fire(unit, "read_meter", by=world["clerk"], hours=D(10))
        assert v.order(customer, v.fresh(unit)).in_warranty  # 2000 hours in all
        fire(unit, "read_meter", by=world["clerk"], hours=D(11))
        assert not v.order(customer, v.fresh(unit)).in_warranty  # 2001, though the new meter shows 11
    assert journal(world)[1:] == [
        ("BY_HAND", "1990.000", "1990.000"),
        ("BY_HAND", "0.000", "1990.000"),
        ("BY_HAND", "10.000", "2000.000"),
        ("BY_HAND", "11.000", "2001.000"),
    ]
    new = world.rows(m.MeterReading, is_replaced=True)
    assert [(r.hours, r.reason) for r in new] == [(D(0), "表盘进水，换新表")]


def test_a_meter_that_nobody_can_read_goes_on_from_its_last_reading(world: World) -> None:
    _, unit = sold(world)
    fire(unit, "replace_meter", by=world["service_manager"], new_hours=D(20), reason="旧表已坏")
    unit = world.row(m.MachineUnit)
    assert (unit.hour_meter, unit.earlier_hours, unit.running_hours) == (D(20), D(80), D(100))


def test_a_wrong_reading_is_corrected_and_stays_in_the_journal(world: World) -> None:
    _, unit = sold(world)
    fire(unit, "read_meter", by=world["clerk"], hours=D(6100))
    with pytest.raises(WrongAmount):
        fire(unit, "read_meter", by=world["clerk"], hours=D(612))
    fire(unit, "correct_meter", by=world["service_manager"], hours=D(610), reason="录入多一个零")
    fire(unit, "read_meter", by=world["clerk"], hours=D(612))
    assert [row[1] for row in journal(world)] == ["100.000", "6100.000", "610.000", "612.000"]
    assert world.rows(m.MeterReading)[2].source is MeterSource.CORRECTION


def test_replacing_and_correcting_want_a_manager_and_a_reason(world: World) -> None:
    _, unit = sold(world)
    for who in ("clerk", "tech1", "sales1", "finance"):
        for verb, answers in (("replace_meter", {}), ("correct_meter", {"hours": D(1)})):
            with pytest.raises(BusinessError):
                fire(unit, verb, by=world[who], reason="x", **answers)
    with pytest.raises(NotAllowed):
        fire(unit, "read_meter", by=world["sales1"], hours=D(101))
    boss = world["service_manager"]
    for verb, answers in (("replace_meter", {}), ("correct_meter", {"hours": D(1)})):
        with pytest.raises(MissingData):
            fire(unit, verb, by=boss, reason="  ", **answers)
    for verb, answers in (("replace_meter", {"new_hours": D(-1)}), ("correct_meter", {"hours": D(-1)})):
        with pytest.raises(WrongAmount):
            fire(unit, verb, by=boss, reason="x", **answers)
    with pytest.raises(WrongAmount) as refused:
        fire(unit, "replace_meter", by=boss, last_hours=D(99), reason="x")
    assert refused.value.field == "last_hours" and len(journal(world)) == 1


def test_a_machine_that_did_not_run_leaves_with_its_last_hours(world: World) -> None:
    """An empty hour meter at dispatch is no zero."""
    customer, unit = world.company(), world.unit()
    with acting_as(world["service_manager"]):
        fire(unit, "read_meter", hours=D("2.5"))
    contract = world.approved(world.contract(customer, world.contact(), unit))
    owed = world.debts(contract)
    world.paid(customer, [(owed["DEPOSIT"], "20000"), (owed["BALANCE"], "1030000")])
    answers = {"line": world.row(m.ContractLine), "receiver": "王建国", "is_checked": True}
    with pytest.raises(WrongAmount):
        fire(contract, "dispatch", by=world["clerk"], hour_meter=D(2), **answers)
    fire(contract, "dispatch", by=world["clerk"], **answers)
    assert journal(world)[-1] == ("DISPATCH", "2.500", "2.500")
    assert world.row(m.MachineDispatch).hour_meter == D("2.5")


def test_the_desk_reads_replaces_and_corrects_on_the_page_of_the_machine(world: World) -> None:
    _, unit = sold(world)
    desk = world.browser("service_manager")
    page = f"/machineunitview/ask/read_meter/{unit.id}"
    answer = desk.submit(page, {"hours": "1,250.5"})
    assert answer.status_code == 302, answer.get_data(as_text=True)
    kept = desk.submit(page, {"hours": "12"})
    text = kept.get_data(as_text=True)
    assert kept.status_code == 422 and "不能倒退" in text and 'value="12"' in text
    show = desk.get(f"/machineunitview/show/{unit.id}?part=origin").get_data(as_text=True)
    assert "1,250.5" in show and "小时表读数" in show
    assert desk.get("/meterreadingview/list/").status_code == 200
