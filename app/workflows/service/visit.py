"""回访任务: PENDING → DONE / NO_ANSWER / REFUSED; customer care calls. Three calls without answer are enough."""

from __future__ import annotations

from datetime import date

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ... import clock
from ...actor import Actor
from ...database import db
from ...enums import OPEN_VISITS, VisitChannel, VisitSource, VisitState
from ...errors import WrongAmount
from ...models import Customer, MachineDispatch, VisitTask
from ...numbering import next_number
from .. import checks, machine
from ..machine import Workflow
from ..system import notice

S = VisitState
flow = Workflow(VisitTask, editable=OPEN_VISITS)
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


@flow.transition(S.PENDING, S.NO_ANSWER, to=S.DONE, label=_("Record the answer"), icon="phone", tone="primary")
def complete(visit: VisitTask, by: Actor, *, score: int, answer: str) -> None:
    """已回访: score 0 to 100 and what the customer said."""
    if not 0 <= score <= 100:
        raise WrongAmount(gettext("The score lies between 0 and 100"), field="score")
    visit.score, visit.answer, visit.visited_at = score, answer, clock.now()


@flow.transition(S.PENDING, S.NO_ANSWER, to=(S.NO_ANSWER, S.REFUSED), label=_("No answer"), icon="phone-slash")
def no_answer(visit: VisitTask, by: Actor) -> VisitState:
    """未接通: try again another day; after the third try the task is closed."""
    visit.tries += 1
    return S.REFUSED if visit.tries >= TRIES else S.NO_ANSWER


@flow.transition(S.PENDING, S.NO_ANSWER, to=S.REFUSED, label=_("Customer refuses"), icon="ban")
def refuse(visit: VisitTask, by: Actor, *, reason: str) -> None:
    """拒访: the customer does not want to be asked."""
    visit.answer = reason


def plan_after_dispatch(dispatch: MachineDispatch, day: date) -> VisitTask:
    """交机回访: ask the customer a few days after the delivery."""
    visit = VisitTask(
        customer=dispatch.customer,
        contact_name=dispatch.receiver,
        contact_phone=dispatch.receiver_phone,
        unit_id=dispatch.unit_id,
        dispatch_id=dispatch.id,
        source=VisitSource.DISPATCH,
        planned_on=day,
        channel=VisitChannel.PHONE,
    )
    prepare(visit)
    db.session.add(visit)
    db.session.flush()
    machine.record(visit, "create", None, visit.state)
    notice.tell(
        notice.in_role("visits"),
        notice.todo_subject(visit, gettext("visit planned for %(day)s", day=day.isoformat())),
        visit,
        "planned",
    )
    return visit
