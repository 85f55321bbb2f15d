"""Ratings, complaints, the night and decisions about retention money at once, on PostgreSQL with real connections."""

from __future__ import annotations

import datetime as dt
from typing import Any

from app import clock
from app import models as m
from app.actor import SYSTEM
from app.database import db
from app.enums import ComplaintKind, DecisionState, RetentionState, VisitState, WorkOrderState
from app.jobs import JOBS
from app.unit_of_work import create, fire, together
from app.workflows.finance import retention
from app.workflows.service import rating, visit_plan
from tests.asked import SERVICE, answered, complains, link, settled, visit_of
from tests.books import check_books
from tests.concurrency.test_races import at_once, same
from tests.kit import D, World, on_postgres
from tests.stories import sold
from tests.vans import Vans

pytestmark = on_postgres


def test_a_call_and_the_customers_own_rating_are_one_answer(world: World) -> None:
    order = settled(world, Vans(world), world.company())
    token_hash = rating.hashed(link(order, world["tech1"]))
    visit_id, lines = visit_of(world, order).id, answered(SERVICE)

    def himself() -> Any:
        return together(lambda: rating.submit(token_hash, lines, None))

    called = same(m.VisitTask, visit_id, "complete", lines=lines)
    refused = same(m.VisitTask, visit_id, "refuse", reason="不愿意")
    jobs = [(SYSTEM, himself), (world["visits"], called), (world["visits"], refused), (SYSTEM, himself)]
    assert at_once(world, jobs).count(True) == 1
    visit = visit_of(world, order)
    assert visit.state in (VisitState.DONE, VisitState.REFUSED)
    assert len(world.rows(m.SurveyAnswer)) == (6 if visit.state is VisitState.DONE else 0)
    assert world.row(m.WorkOrder).state is WorkOrderState.CLOSED
    check_books()


def test_an_order_that_is_charged_and_rated_at_once_has_one_visit_and_is_closed(world: World) -> None:
    from tests.asked import finished

    order = finished(world, Vans(world), world.company())
    token_hash = rating.hashed(link(order, world["tech1"]))
    same(m.WorkOrder, order.id, "review", labour_price=D(150), by=world["service_manager"])()
    lines = answered(SERVICE)
    jobs = [
        (world["finance"], same(m.WorkOrder, order.id, "settle")),
        (SYSTEM, lambda: together(lambda: rating.submit(token_hash, lines, None))),
    ] * 2
    assert at_once(world, jobs).count(True) == 2
    assert world.row(m.WorkOrder).state is WorkOrderState.CLOSED and len(world.rows(m.VisitTask)) == 1
    check_books()


def held(world: World) -> m.Complaint:
    customer = world.company()
    sold(world, customer, retention_share=D("0.05"))
    said = complains(world, customer, world.row(m.MachineUnit))
    return fire(said, "uphold", by=world["service_manager"], opinion="属实")


def test_a_complaint_and_the_night_agree(world: World) -> None:
    """Whoever comes first, it ends held: the night does not run past a complaint, a complaint holds what fell due."""
    customer = world.company()
    sold(world, customer, retention_share=D("0.05"))
    row_id, unit_id, customer_id = world.row(m.Retention).id, world.row(m.MachineUnit).id, customer.id
    due = dt.date(2026, 3, 6)

    def night() -> Any:
        with clock.on(due):
            return together(lambda: retention.mature(db.session.get_one(m.Retention, row_id)))

    def complaint() -> Any:
        with clock.on(due):
            values = {
                "customer": db.session.get_one(m.Customer, customer_id),
                "unit": db.session.get_one(m.MachineUnit, unit_id), "kind": ComplaintKind.QUALITY,
                "content": "漏油", "reported_on": dt.date(2026, 3, 5),
            }  # fmt: skip
            return create(m.Complaint, values)

    results = at_once(world, [(SYSTEM, night), (world["visits"], complaint), (SYSTEM, night)])
    assert results[1] is True
    assert world.row(m.Retention).state is RetentionState.HELD
    check_books()


def test_a_retention_is_decided_once_though_two_press(world: World) -> None:
    held(world)
    row_id = world.row(m.Retention).id
    longer = same(m.Retention, row_id, "extend", until=dt.date(2026, 12, 31), reason="观察")
    less = same(m.Retention, row_id, "deduct", amount=D(8000), reason="补偿")
    results = at_once(world, [(world["finance"], less), (world["gm"], longer)] * 2)
    assert results.count(True) == 1, results
    assert len([d for d in world.rows(m.RetentionDecision) if d.state is not DecisionState.REJECTED]) == 1
    check_books()


def test_a_deduction_is_posted_once_though_four_approve(world: World) -> None:
    held(world)
    fire(world.row(m.Retention), "deduct", by=world["finance"], amount=D(8000), reason="补偿")
    row_id = world.row(m.Retention).id
    approve = (world["gm"], same(m.Retention, row_id, "approve"))
    refuse = (world["gm"], same(m.Retention, row_id, "reject", opinion="不同意"))
    assert at_once(world, [approve, refuse, approve, approve]).count(True) == 1
    kept = world.row(m.Retention)
    assert kept.receivable.written_off_amount == kept.deducted_amount
    assert kept.deducted_amount in (D("0.00"), D("8000.00"))
    check_books()


def test_two_nights_at_once_plan_a_regular_visit_once(world: World) -> None:
    sold(world, world.company())
    plan = world.row(m.VisitPlan, name="半年定期回访")
    unit, day, plan_id = world.row(m.MachineUnit).id, dt.date(2025, 9, 5), plan.id

    def turn() -> Any:
        with clock.on(day):
            return together(lambda: visit_plan.ask_again(plan_id, unit, day))

    assert at_once(world, [(SYSTEM, turn)] * 4).count(True) == 1
    assert len(world.rows(m.VisitTask, plan_id=plan_id)) == 1 and JOBS
