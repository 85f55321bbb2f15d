"""回访任务: PENDING → DONE / NO_ANSWER (three calls) → UNREACHED / REFUSED / TRANSFERRED; customer care calls.

Planned by the house after a delivery, a service, a complaint and every few months, or by hand; what the customer says
is taken down in `answering`. When the visit of a settled work order has come to its end, the order is closed.
Source: brief S31; flows.md C4.5.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ... import clock
from ...actor import Actor
from ...database import db
from ...enums import OPEN_VISITS, VisitSource, VisitState, WorkOrderState
from ...errors import WrongAmount
from ...models import Complaint, Customer, Employee, MachineDispatch, VisitPlan, VisitTask, WorkOrder
from ...numbering import next_number
from .. import checks, machine
from ..machine import Workflow
from ..system import notice
from . import work_order

S = VisitState
flow = Workflow(VisitTask, editable=OPEN_VISITS, header="work_order")
TRIES = 3


@flow.before_save
def prepare(visit: VisitTask) -> None:
    """A visit planned by hand takes the customer's department and phone."""
    checks.strip_texts(visit)
    customer = visit.customer or db.session.get_one(Customer, visit.customer_id)
    visit.department_id = customer.salesperson.department_id
    visit.contact_name = visit.contact_name or customer.legal_rep or customer.name[:50]
    visit.contact_phone = visit.contact_phone or customer.mobile
    visit.number = visit.number or next_number(db.session(), VisitTask.prefix)


def asked_by(visit: VisitTask, by: Actor) -> None:
    """回访人 is who called, whoever was meant to."""
    if by.employee_id is not None:
        visit.assignee = db.session.get_one(Employee, by.employee_id)


@flow.transition(S.PENDING, S.NO_ANSWER, to=(S.NO_ANSWER, S.UNREACHED), label=_("No answer"), icon="phone-slash")
def no_answer(visit: VisitTask, by: Actor, *, next_on: date | None = None) -> VisitState:
    """未接通: try again on another day, tomorrow unless told otherwise; after the third try the task is closed."""
    if next_on is not None and next_on <= clock.today():
        raise WrongAmount(gettext("The next try is on a later day"), field="next_on")
    visit.tries += 1
    asked_by(visit, by)
    if visit.tries >= TRIES:
        end(visit)
        return S.UNREACHED
    visit.planned_on = next_on or clock.today() + timedelta(days=1)
    return S.NO_ANSWER


@flow.transition(S.PENDING, S.NO_ANSWER, to=S.REFUSED, label=_("Customer refuses"), icon="ban")
def refuse(visit: VisitTask, by: Actor, *, reason: str) -> None:
    """拒访: the customer does not want to be asked."""
    asked_by(visit, by)
    visit.answer = reason
    end(visit)


@flow.transition(S.REFUSED, S.UNREACHED, to=S.PENDING, label=_("Call again"), icon="rotate-left")
def reopen(visit: VisitTask, by: Actor, *, next_on: date, reason: str) -> None:
    """重新回访: the customer called back, or the wrong button was pressed; three tries again."""
    if next_on < clock.today():
        raise WrongAmount(gettext("This day has passed"), field="next_on")
    visit.tries, visit.planned_on, visit.answer = 0, next_on, None


@flow.transition(S.PENDING, S.NO_ANSWER, to=S.CANCELLED, label=_("Cancel"), is_public=False)
def drop(visit: VisitTask, by: Actor) -> None:
    """There is nothing to ask about: the dispatch was withdrawn."""


def end(visit: VisitTask) -> None:
    """Nobody asks any more: the settled order behind the visit is filed."""
    if visit.work_order is not None and visit.work_order.state is WorkOrderState.SETTLED:
        work_order.close(visit.work_order)


def arrange(source: VisitSource, customer: Customer, begins_on: date, **about: Any) -> VisitTask | None:
    """A visit as the plan for this reason says, counted from a day; None where no plan for it is in use.

    about: what it is about (unit_id, dispatch_id, work_order_id, …) and whom to ask.
    """
    plan = db.session.scalars(
        sa.select(VisitPlan).where(VisitPlan.source == source, VisitPlan.is_enabled).order_by(VisitPlan.id)
    ).first()
    if plan is None:
        return None
    return book(plan, source, customer, begins_on + timedelta(days=plan.days_after), **about)


def book(plan: VisitPlan | None, source: VisitSource, customer: Customer, day: date, **about: Any) -> VisitTask:
    """A visit on a day; customer care is told."""
    visit = VisitTask(
        customer=customer, source=source, planned_on=day, plan=plan, assignee=plan.assignee if plan else None, **about
    )
    prepare(visit)
    machine.begin(visit)
    notice.tell(
        [visit.assignee] if visit.assignee else notice.in_role("visits"),
        notice.todo_subject(visit, gettext("visit planned for %(day)s", day=day.isoformat())),
        visit,
        "planned",
    )
    return visit


def plan_after_dispatch(dispatch: MachineDispatch) -> VisitTask | None:
    """交机回访: ask the customer a few days after the delivery."""
    return arrange(
        VisitSource.DISPATCH, dispatch.customer, dispatch.business_on, unit_id=dispatch.unit_id,
        dispatch_id=dispatch.id, contact_name=dispatch.receiver, contact_phone=dispatch.receiver_phone,
    )  # fmt: skip


def plan_after_complaint(complaint: Complaint) -> VisitTask | None:
    """投诉复访: ask again some days after the complaint was closed."""
    return arrange(
        VisitSource.COMPLAINT, complaint.customer, clock.today(), unit_id=complaint.unit_id, complaint_id=complaint.id
    )


def of_order(order: WorkOrder, *, at_once: bool = False) -> VisitTask | None:
    """The one visit of a work order, planned now if there is none.

    at_once: also where no plan is in use, because the customer is to rate right away.
    """
    visit = db.session.scalars(sa.select(VisitTask).where(VisitTask.work_order_id == order.id)).one_or_none()
    if visit is not None:
        return visit
    day, about = clock.today(), {
        "unit_id": order.unit_id, "work_order_id": order.id,
        "contact_name": order.contact_name, "contact_phone": order.contact_phone,
    }  # fmt: skip
    visit = arrange(VisitSource.WORK_ORDER, order.customer, day, **about)
    if visit is None and at_once:
        visit = book(None, VisitSource.WORK_ORDER, order.customer, day, **about)
    return visit
