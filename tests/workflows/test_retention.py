"""质保金: runs for a year from the last machine, is collected with the money, comes back with a reversal."""

from __future__ import annotations

import datetime as dt

import pytest

from app import clock
from app import models as m
from app.enums import ReceivableState, RetentionState
from app.errors import NotAllowed
from app.jobs import JOBS, nightly
from app.ledgers import overdue
from app.unit_of_work import fire
from tests.asked import complains
from tests.kit import D, World, on_both
from tests.stories import left, pays, sold


def state(world: World) -> RetentionState:
    return world.row(m.Retention).state


def test_part_of_the_money_does_not_collect_it_the_last_cent_does(world: World) -> None:
    customer = world.company()
    contract = sold(world, customer, retention_share=D("0.05"))
    debt = world.debts(contract)["RETENTION"]
    with clock.on(dt.date(2026, 3, 20)):
        world.paid(customer, [(debt, "52499.99")])
        assert state(world) is RetentionState.RUNNING
        world.paid(customer, [(debt, "0.01")])
    assert state(world) is RetentionState.COLLECTED and world.row(m.Receivable, id=debt.id).last_paid_on == dt.date(
        2026, 3, 20
    )
    assert world.row(m.MachineContract).outstanding_amount == 0


def test_a_reversal_takes_the_collection_back(world: World) -> None:
    customer = world.company()
    contract = sold(world, customer, retention_share=D("0.05"))
    debt = world.debts(contract)["RETENTION"]
    paper = pays(world, customer, [debt])
    fire(paper, "reverse", by=world["finance"], reason="退票")
    assert state(world) is RetentionState.RUNNING and left(world, debt) == D("52500.00")
    assert world.row(m.Receivable, id=debt.id).state is ReceivableState.OPEN
    assert [s.verb for s in world.rows(m.StateChange, document="Retention")] == [
        "create",
        "start",
        "collect",
        "uncollect",
    ]
    pays(world, customer, [debt])
    assert state(world) is RetentionState.COLLECTED


def test_nobody_starts_or_collects_a_retention_by_hand(world: World) -> None:
    sold(world, world.company(), retention_share=D("0.05"))
    held = world.row(m.Retention)
    for verb in ("start", "collect", "uncollect"):
        for who in ("finance", "gm"):
            with pytest.raises(NotAllowed):
                fire(held, verb, by=world[who])


def test_a_retention_of_zero_is_none(world: World) -> None:
    sold(world, world.company())
    assert world.rows(m.Retention) == []


@on_both
def test_it_falls_due_the_day_after_the_full_year(world: World) -> None:
    sold(world, world.company(), retention_share=D("0.05"))
    only = {"retentions": JOBS["retentions"]}
    with clock.on(dt.date(2026, 3, 5)):
        nightly(clock.today(), only)
        assert state(world) is RetentionState.RUNNING
    with clock.on(dt.date(2026, 3, 6)):
        nightly(clock.today(), only)
        assert state(world) is RetentionState.MATURED
        assert [r.done for r in world.rows(m.NightlyRun, job="retentions")] == [0, 1]
        assert JOBS["retentions"](world.rows(m.NightlyRun)[-1]) == 0
    told = {n.to_id for n in world.rows(m.Notification, row_id=world.row(m.Retention).id) if n.entity == "Retention"}
    assert told == {world["finance"].employee_id, world["sales1"].employee_id}


@on_both
def test_it_does_not_fall_due_while_somebody_complains(world: World) -> None:
    customer = world.company()
    sold(world, customer, retention_share=D("0.05"))
    with clock.on(dt.date(2025, 12, 1)):
        said = complains(world, customer, world.row(m.MachineUnit))
    with clock.on(dt.date(2026, 4, 1)):
        nightly(clock.today(), {"retentions": JOBS["retentions"]})
        assert state(world) is RetentionState.HELD
        fire(said, "dismiss", by=world["service_manager"], opinion="正常磨损")
        assert state(world) is RetentionState.MATURED


def test_it_is_no_overdue_debt(world: World) -> None:
    customer = world.company()
    sold(world, customer, retention_share=D("0.05"))
    with clock.on(dt.date(2026, 6, 1)):
        assert overdue.amount(customer.id, clock.today()) == 0
