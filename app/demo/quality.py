"""The quality side of the demo: visits in every state, a customer's own rating, complaints, retention money on its way."""

from __future__ import annotations

import secrets
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from .. import enums, scope
from .. import models as m
from ..actor import SYSTEM, acting_as
from ..database import db
from ..enums import ComplaintKind, QuestionKind, Rating, VisitState, WorkOrderState
from ..unit_of_work import create, fire, together
from ..workflows.finance import retention
from ..workflows.service import rating, survey

if TYPE_CHECKING:
    from .build import Demo

D = Decimal
POINTS = {rating.points: rating for rating in Rating}


def answered(source: enums.VisitSource, **lower: int) -> list[dict[str, Any]]:
    """The questionnaire in use, everything at 5 points but what is named by dimension (MANNER=3)."""
    with scope.elevated():
        questions = survey.asked(source)
    return [
        {"id": q.id, "score": POINTS[lower.get(q.dimension.name, 5)]} for q in questions if q.kind is QuestionKind.SCORE
    ]


class QualityStory:
    """客服 calls, customers rate, the service manager verifies, finance waits for its money."""

    def __init__(self, demo: Demo) -> None:
        self.demo = demo

    def tell(self) -> None:
        """After the service story: its orders are rated, its customers complain."""
        self._own_rating()
        self._low_rating()
        self._no_answer()
        self._complaints()
        self._old_retention()

    def _order(self, state: WorkOrderState) -> m.WorkOrder:
        with acting_as(SYSTEM):
            found = sa.select(m.WorkOrder).where(m.WorkOrder.state == state).order_by(m.WorkOrder.id)
            return db.session.scalars(found).first()  # type: ignore[return-value]

    def _own_rating(self) -> None:
        """The customer of the settled order rated it himself: 3 of 5 for the manner, 88 in all; the order is closed."""
        order = self._order(WorkOrderState.SETTLED)
        token_hash = rating.hashed(secrets.token_urlsafe(24))
        with self.demo.on(11):
            fire(order, "invite", by=self.demo.who["tech1"], token_hash=token_hash)
        with self.demo.on(10), acting_as(SYSTEM):
            lines = answered(enums.VisitSource.WORK_ORDER, MANNER=3)
            together(lambda: rating.submit(token_hash, lines, "师傅技术很好，就是话少"))

    def _low_rating(self) -> None:
        """Finance settles the next order; on the phone the customer is not content: a complaint stands at once."""
        order = self._order(WorkOrderState.REVIEWED)
        with self.demo.on(5):
            fire(order, "settle", by=self.demo.who["finance"])
        with self.demo.on(2), acting_as(SYSTEM):
            task = db.session.scalars(sa.select(m.VisitTask).where(m.VisitTask.work_order_id == order.id)).one()
            lines = answered(enums.VisitSource.WORK_ORDER, SPEED=2, PARTS=2, OVERALL=3)
        with self.demo.on(2):
            fire(task, "complete", by=self.demo.who["visits"], lines=lines, answer="等配件等了两天，停机损失不小")

    def _no_answer(self) -> None:
        """A delivery's visit that nobody picks up the phone for."""
        with acting_as(SYSTEM):
            waiting = sa.select(m.VisitTask).where(m.VisitTask.state == VisitState.PENDING).order_by(m.VisitTask.id)
            task = db.session.scalars(waiting).first()
        if task is not None:
            with self.demo.on(1):
                fire(task, "no_answer", by=self.demo.who["visits"])

    def _complaints(self) -> None:
        """One about quality that holds retention money and a deduction is asked for, one dismissed, one on its way."""
        held, free = self._retained()[:2]
        with self.demo.on(20):
            bad = self._complains(held, ComplaintKind.QUALITY, "回转马达异响，三个月内第二次，要求处理")
        with self.demo.on(18):
            fire(bad, "uphold", by=self.demo.who["service_manager"], opinion="现场核实，回转马达内泄，属质量问题")
            with acting_as(SYSTEM):
                owner = db.session.get_one(m.Employee, self.demo.who["service_manager"].employee_id or 0)
            fire(bad, "handle", by=self.demo.who["service_manager"], owner=owner, deadline_on=self.demo.today)
        with self.demo.on(3):
            fire(
                held,
                "deduct",
                by=self.demo.who["finance"],
                amount=D("8000"),
                reason="更换回转马达期间停机补偿，客户同意扣减",
            )
        with self.demo.on(40):
            nothing = self._complains(free, ComplaintKind.QUALITY, "油耗偏高")
        with self.demo.on(38):
            fire(nothing, "dismiss", by=self.demo.who["service_manager"], opinion="实测油耗正常，工况重载所致")
            fire(nothing, "close", by=self.demo.who["visits"], closed_score=4, note="解释后客户接受")
        with self.demo.on(1):
            self._complains(free, ComplaintKind.PRICE, "配件报价比上次高，没有说明原因")

    def _retained(self) -> list[m.Retention]:
        with acting_as(SYSTEM):
            running = sa.select(m.Retention).where(m.Retention.state == enums.RetentionState.RUNNING)
            return list(db.session.scalars(running.order_by(m.Retention.id)))

    def _complains(self, about: m.Retention, kind: ComplaintKind, content: str) -> m.Complaint:
        with acting_as(SYSTEM):
            unit = db.session.scalars(
                sa.select(m.MachineUnit)
                .join(m.ContractLine, m.ContractLine.unit_id == m.MachineUnit.id)
                .where(m.ContractLine.contract_id == about.contract_id)
            ).first()
            customer = about.customer
        with self.demo.do("visits"):
            return create(m.Complaint, {"customer": customer, "unit": unit, "kind": kind, "content": content})

    def _old_retention(self) -> None:
        """A machine delivered more than a year ago: its retention money has fallen due."""
        terms = {"pay_mode": enums.PayMode.FULL, "retention_share": D("0.05")}
        self.demo._dispatched(5, "HT75", 384, terms)
        with self.demo.on(9), acting_as(SYSTEM):
            due = sa.select(m.Retention).where(
                m.Retention.state == enums.RetentionState.RUNNING, m.Retention.due_on <= self.demo.today
            )
            for row in db.session.scalars(due).all():
                together(lambda row=row: retention.mature(row))  # type: ignore[misc]
