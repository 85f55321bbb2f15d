"""回访: after a delivery or planned by hand; three calls without answer are enough."""

from __future__ import annotations

import datetime as dt

import pytest

from app import models as m
from app.enums import VisitSource, VisitState
from app.errors import NotAllowed, WrongAmount, WrongState
from app.unit_of_work import change, create, fire
from tests.kit import World
from tests.stories import sold


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


@pytest.mark.parametrize("score, fine", [(0, True), (100, True), (-1, False), (101, False)])
def test_a_score_lies_between_0_and_100(world: World, score: int, fine: bool) -> None:
    visit = planned(world)
    if fine:
        fire(visit, "complete", by=world["visits"], score=score, answer="满意")
        visit = world.row(m.VisitTask)
        assert (visit.state, visit.score, visit.answer) == (
            VisitState.DONE,
            score,
            "满意",
        ) and visit.visited_at is not None
        return
    with pytest.raises(WrongAmount) as fault:
        fire(visit, "complete", by=world["visits"], score=score, answer="满意")
    assert fault.value.field == "score" and world.row(m.VisitTask).state is VisitState.PENDING


def test_three_calls_without_answer_close_the_task(world: World) -> None:
    visit, seen = planned(world), []
    for _ in range(3):
        fire(visit, "no_answer", by=world["visits"])
        seen.append((world.row(m.VisitTask).state, world.row(m.VisitTask).tries))
    assert seen == [(VisitState.NO_ANSWER, 1), (VisitState.NO_ANSWER, 2), (VisitState.REFUSED, 3)]
    with pytest.raises(WrongState):
        fire(visit, "no_answer", by=world["visits"])
    with pytest.raises(WrongState):
        fire(visit, "complete", by=world["visits"], score=1, answer="x")


def test_a_second_call_may_find_somebody(world: World) -> None:
    visit = planned(world)
    fire(visit, "no_answer", by=world["visits"])
    change(visit, {"planned_on": dt.date(2025, 3, 12)}, by=world["visits"])
    fire(visit, "complete", by=world["visits"], score=90, answer="好")
    assert world.row(m.VisitTask).state is VisitState.DONE
    with pytest.raises(WrongState):
        change(visit, {"planned_on": dt.date(2025, 3, 13)}, by=world["visits"])


def test_a_customer_may_refuse(world: World) -> None:
    visit = planned(world)
    fire(visit, "refuse", by=world["visits"], reason="不愿接受回访")
    assert (world.row(m.VisitTask).state, world.row(m.VisitTask).answer) == (VisitState.REFUSED, "不愿接受回访")


def test_only_customer_care_records_answers(world: World) -> None:
    sold(world, world.company())
    visit = world.row(m.VisitTask)
    for nobody in ("gm", "clerk", "sales1", "service_manager"):
        with pytest.raises(NotAllowed):
            fire(visit, "complete", by=world[nobody], score=1, answer="x")
    fire(visit, "complete", by=world["visits"], score=95, answer="机器很好")
