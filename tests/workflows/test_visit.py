"""回访: planned after deliveries and services, every few months or by hand; three calls without answer are enough."""

from __future__ import annotations

import datetime as dt

import pytest

from app import clock
from app import models as m
from app.enums import (
    ComplaintKind,
    ComplaintState,
    Rating,
    SurveyDimension,
    VisitChannel,
    VisitSource,
    VisitState,
    WorkOrderState,
)
from app.errors import AlreadyThere, MissingData, NotAllowed, NotYours, WrongAmount, WrongState
from app.jobs import JOBS, nightly
from app.unit_of_work import change, create, fire
from app.workflows.service import answering
from app.workflows.service.visit_plan import deliveries
from tests.asked import SERVICE, answered, finished, link, settled, visit_of
from tests.kit import World, on_both
from tests.stories import sold
from tests.vans import Vans


def planned(world: World) -> m.VisitTask:
    values = {
        "customer": world.company(legal_rep="王总"),
        "source": VisitSource.PERIODIC,
        "planned_on": dt.date(2025, 3, 10),
    }
    return create(m.VisitTask, values, by=world["visits"])


def test_a_visit_by_hand_takes_person_and_phone_from_the_customer(world: World) -> None:
    visit = planned(world)
    assert visit.number == "HF-20250305-0001" and (visit.contact_name, visit.contact_phone) == ("王总", "13900000001")
    assert visit.department_id == visit.customer.salesperson.department_id


@on_both
def test_answers_are_kept_with_their_questions_and_make_the_score(world: World) -> None:
    order = settled(world, Vans(world), world.company())
    fire(
        visit_of(world, order), "complete", by=world["visits"], lines=answered(SERVICE, MANNER=3), answer="师傅话少",
        channel=VisitChannel.WECHAT,
    )  # fmt: skip
    visit = visit_of(world, order)
    assert (visit.state, visit.score, visit.channel) == (VisitState.DONE, 88, VisitChannel.WECHAT)
    assert visit.answer == "师傅话少" and visit.visited_at is not None
    assert [(a.dimension.name, a.weight, a.score) for a in visit.answers] == [
        ("SPEED", 20, 5), ("SKILL", 20, 5), ("MANNER", 30, 3), ("PARTS", 10, 5), ("PRICE", 10, 5), ("OVERALL", 10, 5),
    ]  # fmt: skip
    asked = visit.answers[2].question
    template = world.row(m.SurveyTemplate, source=SERVICE)
    lines = [{"id": q.id, "question": "改过的问题？"} for q in template.questions]
    change(template, {"questions": lines}, by=world["sysadmin"])
    visit = visit_of(world, order)
    assert visit.answers[2].question == asked and world.row(m.SurveyTemplate, source=SERVICE).edition == 2
    order = world.row(m.WorkOrder)
    assert (order.state, order.score) == (WorkOrderState.CLOSED, 88) and order.rated_at and order.closed_at
    assert world.rows(m.Complaint) == []


def test_who_called_is_told_what_came_of_it_and_stands_there(world: World) -> None:
    """The message said "操作成功" and nothing of score or complaint; 回访人 stayed empty."""
    order = settled(world, Vans(world), world.company())
    fire(visit_of(world, order), "complete", by=world["visits"], lines=answered(SERVICE, MANNER=1))
    visit, made = visit_of(world, order), world.row(m.Complaint)
    assert visit.assignee_id == world["visits"].employee_id
    assert answering.complete.outcome is not None
    assert answering.complete.outcome(visit) == f"{visit.number}：评分 {visit.score} 分，已生成投诉 {made.number}"
    about = {"customer": made.customer, "source": VisitSource.PERIODIC, "planned_on": dt.date(2025, 3, 10)}
    other = create(m.VisitTask, about, by=world["visits"])
    fire(other, "no_answer", by=world["visits"])
    assert world.row(m.VisitTask, id=other.id).assignee_id == world["visits"].employee_id
    fire(other, "transfer", by=world["visits"], kind=ComplaintKind.PRICE, is_quality=False, content="太贵")
    assert "已生成投诉" in answering.transfer.outcome(world.row(m.VisitTask, id=other.id))  # type: ignore[misc]


@pytest.mark.parametrize(
    "lower, low",
    [({"MANNER": 3}, False), ({"MANNER": 2}, True), ({"PRICE": 1}, True), (dict.fromkeys(
        ("SPEED", "SKILL", "MANNER", "PARTS", "PRICE", "OVERALL"), 3), False)],
)  # fmt: skip
def test_a_low_answer_makes_a_complaint_in_the_same_transaction(world: World, lower: dict[str, int], low: bool) -> None:
    order = settled(world, Vans(world), world.company())
    fire(visit_of(world, order), "complete", by=world["visits"], lines=answered(SERVICE, **lower))
    made = world.rows(m.Complaint)
    assert len(made) == low
    if low:
        (complaint,) = made
        visit = visit_of(world, order)
        assert (complaint.visit_id, complaint.work_order_id, complaint.state) == (
            visit.id, order.id, ComplaintState.PENDING,
        )  # fmt: skip
        assert complaint.kind is (ComplaintKind.MANNER if "MANNER" in lower else ComplaintKind.PRICE)
        told = [n for n in world.rows(m.Notification, row_id=complaint.id) if n.entity == "Complaint"]
        assert [n.to_id for n in told] == [world["service_manager"].employee_id]


def test_a_question_that_has_to_be_answered_is(world: World) -> None:
    order = settled(world, Vans(world), world.company())
    with pytest.raises(MissingData) as fault:
        fire(visit_of(world, order), "complete", by=world["visits"], lines=answered(SERVICE)[1:], answer="好")
    assert fault.value.field == "lines" and "报修后我们来得及时吗" in str(fault.value)
    assert visit_of(world, order).state is VisitState.PENDING and world.rows(m.SurveyAnswer) == []


def test_three_calls_without_answer_close_the_task(world: World) -> None:
    visit, seen = planned(world), []
    with pytest.raises(WrongAmount):
        fire(visit, "no_answer", by=world["visits"], next_on=clock.today())
    fire(visit, "no_answer", by=world["visits"], next_on=dt.date(2025, 3, 20))
    assert world.row(m.VisitTask).planned_on == dt.date(2025, 3, 20)
    fire(visit, "no_answer", by=world["visits"])
    assert world.row(m.VisitTask).planned_on == dt.date(2025, 3, 6)
    fire(visit, "no_answer", by=world["visits"])
    seen = [(world.row(m.VisitTask).state, world.row(m.VisitTask).tries)]
    assert seen == [(VisitState.UNREACHED, 3)]
    for verb, answers in (("no_answer", {}), ("complete", {"lines": []})):
        with pytest.raises(WrongState):
            fire(visit, verb, by=world["visits"], **answers)


def test_whoever_is_not_reached_or_refuses_still_closes_the_order(world: World) -> None:
    vans = Vans(world)
    one = settled(world, vans, world.company())
    fire(visit_of(world, one), "refuse", by=world["visits"], reason="不愿接受回访")
    assert world.row(m.WorkOrder).state is WorkOrderState.CLOSED and world.row(m.WorkOrder).rated_at is None
    assert visit_of(world, one).answer == "不愿接受回访"


def test_a_visit_may_become_a_complaint(world: World) -> None:
    customer = world.company()
    sold(world, customer)
    visit = world.row(m.VisitTask)
    fire(visit, "transfer", by=world["visits"], kind=ComplaintKind.QUALITY, is_quality=True, content="动臂有裂纹")
    complaint = world.row(m.Complaint)
    assert world.row(m.VisitTask).state is VisitState.TRANSFERRED
    assert complaint.is_quality and complaint.unit_id == visit.unit_id and complaint.content == "动臂有裂纹"


def test_a_second_call_may_find_somebody(world: World) -> None:
    visit = planned(world)
    fire(visit, "no_answer", by=world["visits"])
    change(visit, {"planned_on": dt.date(2025, 3, 12)}, by=world["visits"])
    fire(visit, "complete", by=world["visits"], lines=answered(VisitSource.PERIODIC), answer="好")
    assert world.row(m.VisitTask).state is VisitState.DONE
    with pytest.raises(WrongState):
        change(visit, {"planned_on": dt.date(2025, 3, 13)}, by=world["visits"])


def test_only_customer_care_records_answers(world: World) -> None:
    sold(world, world.company())
    visit = world.row(m.VisitTask)
    for nobody in ("gm", "clerk", "sales1", "service_manager", "tech1"):
        with pytest.raises((NotAllowed, NotYours)):
            fire(visit, "complete", by=world[nobody], lines=answered(VisitSource.DISPATCH))
    assert world.row(m.VisitTask).state is VisitState.PENDING
    fire(visit, "complete", by=world["visits"], lines=answered(VisitSource.DISPATCH), answer="机器很好")


def test_a_settled_order_plans_its_visit_once_and_a_rated_one_is_closed_when_it_is_charged(world: World) -> None:
    vans, customer = Vans(world), world.company()
    order = settled(world, vans, customer)
    visit = visit_of(world, order)
    assert (visit.source, visit.planned_on, visit.plan.name) == (SERVICE, dt.date(2025, 3, 8), "工单结算后回访")
    assert world.row(m.WorkOrder).state is WorkOrderState.SETTLED
    early = finished(world, vans, customer)
    link(early, world["tech1"])
    fire(visit_of(world, early), "complete", by=world["visits"], lines=answered(SERVICE))
    fire(early, "review", by=world["service_manager"])
    fire(early, "settle", by=world["finance"])
    assert world.row(m.WorkOrder, id=early.id).state is WorkOrderState.CLOSED
    assert len(world.rows(m.VisitTask)) == 2


def test_a_plan_says_when_and_who_and_may_be_off(world: World) -> None:
    vans, customer = Vans(world), world.company()
    plan = world.row(m.VisitPlan, source=SERVICE)
    asker = world.row(m.Employee, id=world["visits"].employee_id)
    change(plan, {"days_after": 10, "assignee": asker}, by=world["sysadmin"])
    visit = visit_of(world, settled(world, vans, customer))
    assert visit.planned_on == dt.date(2025, 3, 15) and visit.assignee_id == asker.id
    change(world.row(m.VisitPlan, source=SERVICE), {"is_enabled": False}, by=world["sysadmin"])
    settled(world, vans, customer)
    assert len(world.rows(m.VisitTask)) == 1
    with pytest.raises(MissingData):
        create(m.VisitPlan, {"name": "季度", "source": VisitSource.PERIODIC}, by=world["sysadmin"])
    with pytest.raises(NotAllowed):
        create(m.VisitPlan, {"name": "季度", "source": SERVICE}, by=world["visits"])


@on_both
def test_regular_visits_come_every_six_months_once_however_often_the_night_is_run(world: World) -> None:
    customer = world.company()
    sold(world, customer)
    first = len(world.rows(m.VisitTask))
    only = {"visits": JOBS["visits"]}
    with clock.on(dt.date(2025, 9, 5)):
        nightly(clock.today(), only)
        made = world.row(m.VisitTask, source=VisitSource.PERIODIC)
        assert (made.planned_on, made.customer_id, made.plan_due_on) == (
            dt.date(2025, 9, 5), customer.id, dt.date(2025, 9, 5),
        )  # fmt: skip
        change(made, {"planned_on": dt.date(2025, 9, 20)}, by=world["visits"])
        assert nightly(clock.today(), only) == []
        assert JOBS["visits"](world.rows(m.NightlyRun)[-1]) == 0
    with clock.on(dt.date(2026, 3, 6)):  # two seasons later, one night late: 2026-03-05 is made up for
        nightly(clock.today(), only)
    assert [v.plan_due_on for v in world.rows(m.VisitTask, source=VisitSource.PERIODIC)] == [
        dt.date(2025, 9, 5), dt.date(2026, 3, 5),
    ]  # fmt: skip
    assert len(world.rows(m.VisitTask)) == first + 2


def test_days_that_a_month_lacks_fall_on_its_last() -> None:
    leap = deliveries(dt.date(2025, 2, 28), 6)
    assert {dt.date(2024, 8, 28), dt.date(2024, 8, 31), dt.date(2024, 2, 29)} <= set(leap)
    assert dt.date(2024, 8, 27) not in leap and dt.date(2024, 9, 1) not in leap
    assert dt.date(2024, 8, 31) not in deliveries(dt.date(2025, 2, 27), 6)
    assert max(deliveries(dt.date(2025, 3, 31), 2)) == dt.date(2025, 1, 31)
    assert deliveries(dt.date(2025, 3, 1), 0) == []


def test_one_questionnaire_is_in_use_for_each_reason(world: World) -> None:
    lines = [{"dimension": SurveyDimension.OVERALL, "question": "满意吗？", "weight": 10}]
    values = {"name": "新问卷", "source": SERVICE, "questions": lines}
    with pytest.raises(AlreadyThere):
        create(m.SurveyTemplate, values, by=world["sysadmin"])
    with pytest.raises(MissingData):
        create(
            m.SurveyTemplate,
            values | {"is_enabled": False, "questions": [lines[0] | {"weight": 0}]},
            by=world["sysadmin"],
        )
    change(world.row(m.SurveyTemplate, source=SERVICE), {"is_enabled": False}, by=world["sysadmin"])
    made = create(m.SurveyTemplate, values, by=world["sysadmin"])
    order = settled(world, Vans(world), world.company())
    fire(
        visit_of(world, order),
        "complete",
        by=world["visits"],
        lines=[{"id": made.questions[0].id, "score": Rating.FOUR}],
    )
    assert visit_of(world, order).score == 80
