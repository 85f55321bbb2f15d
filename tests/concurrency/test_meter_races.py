"""Several people at one hour meter at once, on PostgreSQL with real connections: the journal never runs backwards."""

from __future__ import annotations

from app import models as m
from app.database import db
from tests.concurrency.test_races import at_once, same
from tests.kit import D, World, on_postgres
from tests.workflows.test_work_order import sold

pytestmark = on_postgres


def test_two_read_at_once_and_the_journal_never_runs_backwards(world: World) -> None:
    _, unit = sold(world)
    hours = (118, 112, 116, 114)  # within a day of each other, in whatever order they come
    jobs = [(world["clerk"], same(m.MachineUnit, unit.id, "read_meter", hours=D(n))) for n in hours]
    results = at_once(world, jobs)
    db.session.rollback()
    noted = [r.hours for r in world.rows(m.MeterReading)][1:]
    assert noted == sorted(noted) and len(noted) == results.count(True) >= 1
    assert max(noted) == D(118) == world.row(m.MachineUnit).hour_meter
    assert all("不能倒退" in r for r in results if r is not True)


def test_a_meter_replaced_twice_at_once_keeps_every_hour(world: World) -> None:
    _, unit = sold(world)
    boss = world["service_manager"]
    job = same(m.MachineUnit, unit.id, "replace_meter", new_hours=D(0), reason="换表")
    assert at_once(world, [(boss, job), (boss, job), (boss, job)]).count(True) == 3
    db.session.rollback()
    assert {r.total_hours for r in world.rows(m.MeterReading)} == {D(100)}
    unit = world.row(m.MachineUnit)
    assert (unit.hour_meter, unit.earlier_hours) == (D(0), D(100))
