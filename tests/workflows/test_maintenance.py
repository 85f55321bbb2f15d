"""保养提醒: written by the night from the trend of the hour meter, arranged by people, closed by the service itself."""

from __future__ import annotations

import datetime as dt

import pytest

from app import clock, jobs
from app import models as m
from app.enums import ReminderState, WorkOrderKind, WorkOrderState
from app.errors import BusinessError, NotAllowed, WrongState
from app.unit_of_work import fire
from tests.books import check_books
from tests.concurrency.test_races import at_once
from tests.kit import START, D, World, on_both, on_postgres
from tests.vans import Vans
from tests.workflows.test_work_order import sold

R = ReminderState
# sold on 2024-06-05 with 100 hours; 1,288 hours on 2025-03-05: 1,188 / 273 days = 4.352 a day; 1,250 is behind already


def due(world: World, hours: int = 1288) -> m.ServiceReminder:
    _, unit = sold(world)
    fire(unit, "read_meter", by=world["clerk"], hours=D(hours))
    assert night() == 1
    return world.row(m.ServiceReminder)


def night(day: dt.date = START) -> int:
    [run] = jobs.nightly(day, {"reminders": jobs.reminders})
    assert run.state.name == "DONE", run.fault
    return run.done


@on_both
def test_the_night_writes_one_reminder_and_tells_who_arranges_it(world: World) -> None:
    row = due(world)
    assert (row.due_hours, row.total_hours, row.daily_hours) == (1250, D(1288), D("4.352"))
    assert (row.expected_on, row.state, row.is_first) == (START, R.OPEN, True)
    told = {n.to_id: n.subject for n in world.rows(m.Notification) if n.entity == "ServiceReminder"}
    assert set(told) == {world["service_manager"].employee_id, world["visits"].employee_id}
    assert all("HT215-0007" in subject and "1250" in subject for subject in told.values())
    with clock.on(dt.date(2025, 3, 6)):
        assert night(dt.date(2025, 3, 6)) == 0
    assert len(world.rows(m.ServiceReminder)) == 1


def test_a_service_further_away_than_two_weeks_is_not_yet_reminded_of(world: World) -> None:
    _, unit = sold(world)
    fire(unit, "read_meter", by=world["clerk"], hours=D(1190))
    # 1,090 / 273 = 3.993 a day. Nothing was served: 1,000 is behind and due at once
    assert night() == 1
    row = world.row(m.ServiceReminder)
    fire(row, "close", by=world["visits"], reason="客户自行保养")
    # now 1,250 is next: 60 / 3.993 = 15.03 → 16 days, 21 March; two weeks before is 7 March
    for day, count in ((6, 0), (7, 1), (8, 0)):
        with clock.on(dt.date(2025, 3, day)):
            assert night(dt.date(2025, 3, day)) == count
    second = world.rows(m.ServiceReminder)[1]
    assert (second.due_hours, second.expected_on, second.is_first) == (1250, dt.date(2025, 3, 21), False)


@on_both
def test_a_reminder_becomes_an_order_and_is_done_when_that_is_finished(world: World) -> None:
    v, row = Vans(world), due(world)
    with pytest.raises(NotAllowed):
        fire(row, "order", by=world["clerk"])
    fire(row, "order", by=world["visits"], note="下午有空")
    order = world.row(m.WorkOrder)
    assert (order.kind, order.state, order.unit_id) == (WorkOrderKind.MAINTAIN, WorkOrderState.OPEN, row.unit_id)
    assert "1250" in order.fault and "下午有空" in order.fault and v.fresh(row).work_order_id == order.id
    with pytest.raises(WrongState):
        fire(row, "order", by=world["visits"])
    v.at_work(order)
    v.finish(order, solution="保养完成", hour_meter=D(1290))
    assert v.fresh(row).state is R.DONE
    check_books()
    with clock.on(dt.date(2025, 3, 6)):
        assert night(dt.date(2025, 3, 6)) == 0  # the next one is 1,500
    assert len(world.rows(m.ServiceReminder)) == 1


def test_a_maintenance_that_somebody_else_reported_closes_it_too(world: World) -> None:
    v, row = Vans(world), due(world)
    unit = world.row(m.MachineUnit)
    order = v.at_work(v.order(unit.owner_customer, unit, kind=WorkOrderKind.MAINTAIN))
    v.finish(order, solution="保养完成", hour_meter=D(1290))
    assert (v.fresh(row).state, v.fresh(row).work_order_id) == (R.DONE, order.id)


def test_a_repair_closes_nothing_and_a_cancelled_order_gives_it_back(world: World) -> None:
    v, row = Vans(world), due(world)
    unit = world.row(m.MachineUnit)
    repair = v.at_work(v.order(unit.owner_customer, unit))
    v.finish(repair, solution="修好", hour_meter=D(1290))
    assert v.fresh(row).state is R.OPEN
    fire(row, "order", by=world["service_manager"])
    made = world.row(m.WorkOrder, kind=WorkOrderKind.MAINTAIN)
    fire(made, "cancel", by=world["service_manager"], reason="客户不在")
    assert (v.fresh(row).state, v.fresh(row).work_order_id) == (R.OPEN, None)
    check_books()


def test_postponed_it_comes_back_on_its_day(world: World) -> None:
    row, care = due(world), world["visits"]
    for day, reason, field in ((START, "x", "postponed_to"), (dt.date(2025, 3, 20), " ", "reason")):
        with pytest.raises(BusinessError) as refused:
            fire(row, "postpone", by=care, postponed_to=day, reason=reason)
        assert refused.value.field == field
    fire(row, "postpone", by=care, postponed_to=dt.date(2025, 3, 20), reason="工期紧")
    address = "/servicereminderview/list/?tab=todo"
    for day, there in ((19, False), (20, True)):
        with clock.on(dt.date(2025, 3, day)):
            assert (row.number in world.browser("visits").get(address).get_data(as_text=True)) is there
            home = world.browser("visits").get("/").get_data(as_text=True)
            assert ("待安排保养" in home) is there or "0</b>" in home


def test_closed_with_a_reason_the_same_service_is_never_reminded_of_again(world: World) -> None:
    row = due(world)
    with pytest.raises(BusinessError):
        fire(row, "close", by=world["visits"], reason="")
    fire(row, "close", by=world["visits"], reason="客户自行保养")
    with clock.on(dt.date(2025, 3, 6)):
        assert night(dt.date(2025, 3, 6)) == 0
    assert len(world.rows(m.ServiceReminder)) == 1


@on_postgres
def test_two_nights_at_once_write_one(world: World) -> None:
    from app.actor import SYSTEM
    from app.unit_of_work import together
    from app.workflows.service import maintenance

    _, unit = sold(world)
    fire(unit, "read_meter", by=world["clerk"], hours=D(1288))
    unit_id = unit.id
    at_once(world, [(SYSTEM, lambda: together(lambda: maintenance.remind(unit_id, START)))] * 4)
    assert len(world.rows(m.ServiceReminder)) == 1
