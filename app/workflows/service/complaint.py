"""投诉: PENDING 待核实 → UPHELD 属实 / DISMISSED 不属实 → HANDLING → ANSWERED 待客户确认 → CLOSED.
A wrong verdict goes back to PENDING, an answered or closed one to HANDLING.

Taken down by customer care, the clerk or the salesperson, made by low ratings; verified by the service manager. While
one about quality is open or justified it holds the retention money of its machine. Source: brief S32, S38; flows.md C4.6.
"""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ... import clock
from ...actor import Actor
from ...database import db
from ...enums import ComplaintKind, ComplaintState, Verdict
from ...errors import MissingData, NotAllowed, WrongAmount, WrongState
from ...models import Complaint, Customer, Employee, MachineUnit, VisitTask, WorkOrder
from ...numbering import next_number
from .. import checks, machine
from ..finance import retention
from ..machine import Workflow
from ..system import notice
from . import visit as visits

S = ComplaintState
flow = Workflow(Complaint, editable=frozenset({S.PENDING}))
FIXED = ("customer_id", "unit_id", "is_quality", "reported_on")


@flow.before_save
def prepare(complaint: Complaint) -> None:
    """Customer, machine and order belong together; a complaint about quality names the machine."""
    checks.strip_texts(complaint)
    customer = complaint.customer or db.session.get_one(Customer, complaint.customer_id)
    order = complaint.work_order or db.session.get(WorkOrder, complaint.work_order_id or 0)
    if order is not None and order.customer_id != customer.id:
        raise WrongAmount(gettext("This work order is another customer's"), field="work_order")
    if not complaint.unit and not complaint.unit_id and order is not None:
        complaint.unit = order.unit
    unit = complaint.unit or db.session.get(MachineUnit, complaint.unit_id or 0)
    if unit is not None and unit.owner_customer_id != customer.id:
        raise WrongAmount(
            gettext("Machine %(unit)s belongs to another customer", unit=unit.serial_number), field="unit"
        )
    complaint.is_quality = bool(
        complaint.is_quality or (complaint.kind is ComplaintKind.QUALITY and unit is not None and not complaint.id)
    )
    if complaint.is_quality and unit is None:
        raise MissingData(gettext("A complaint about quality names the machine"), field="unit")
    if complaint.reported_on and complaint.reported_on > clock.today():
        raise WrongAmount(gettext("A complaint is not reported in the future"), field="reported_on")
    if complaint.id and any(sa.inspect(complaint).attrs[name].history.has_changes() for name in FIXED):
        raise WrongState(
            gettext(
                "Customer, machine, day and quality of a complaint stand; use “%(verb)s”", verb=str(classify.label)
            ),
            field="is_quality",
        )
    complaint.department_id = complaint.department_id or customer.salesperson.department_id
    complaint.number = complaint.number or next_number(db.session(), Complaint.prefix)


@flow.after_create
def announce(complaint: Complaint) -> None:
    """The service manager is told and in charge until he names somebody; retention money is held at once."""
    managers = notice.in_role("service_manager")
    if complaint.owner is None:
        near = [e for e in managers if e.department_id == complaint.department_id]
        complaint.owner = next(iter(near or managers), None)
    db.session.flush()
    urgent = gettext("about quality, to be verified") if complaint.is_quality else gettext("to be verified")
    notice.tell([complaint.owner, *managers], notice.todo_subject(complaint, urgent), complaint, "open")
    _weigh(complaint)


def raise_from(task: VisitTask, *, kind: ComplaintKind, is_quality: bool, content: str) -> Complaint:
    """A complaint out of a visit, in the same transaction."""
    made = Complaint(
        customer=task.customer, unit=task.unit, work_order=task.work_order, visit=task, kind=kind,
        is_quality=is_quality, content=content, reported_on=clock.today(), verdict=Verdict.PENDING, state=S.PENDING,
    )  # fmt: skip
    with db.session.no_autoflush:
        prepare(made)
    machine.begin(made)
    announce(made)
    return made


@flow.transition(S.PENDING, to=None, label=_("About quality or not"), icon="scale-balanced")
def classify(complaint: Complaint, by: Actor, *, is_quality: bool, reason: str) -> None:
    """质量认定: whether this is about the machine's quality; the retention money follows."""
    _only_service_manager(by)
    if is_quality and complaint.unit_id is None:
        raise MissingData(gettext("A complaint about quality names the machine"), field="is_quality")
    complaint.is_quality = is_quality
    _weigh(complaint)


@flow.transition(S.PENDING, to=S.UPHELD, label=_("Justified"), icon="check", tone="primary")
def uphold(complaint: Complaint, by: Actor, *, opinion: str) -> None:
    """属实: what the customer says is so; finance and the general manager decide about retention money that is held."""
    _judge(complaint, by, Verdict.UPHELD, opinion)
    if complaint.is_quality:
        subject = notice.todo_subject(complaint, gettext("justified; please decide about the retention money"))
        notice.tell(notice.in_role("finance", "gm"), subject, complaint, "upheld")


@flow.transition(S.PENDING, to=S.DISMISSED, label=_("Not justified"), icon="xmark")
def dismiss(complaint: Complaint, by: Actor, *, opinion: str) -> None:
    """不属实: nothing to it; retention money that was held because of it goes on as before."""
    _judge(complaint, by, Verdict.DISMISSED, opinion)


@flow.transition(
    S.UPHELD, S.DISMISSED, S.HANDLING, to=S.HANDLING, label=_("Put in charge"), icon="user-check", tone="primary"
)
def handle(complaint: Complaint, by: Actor, *, owner: Employee, deadline_on: date) -> None:
    """处理中: who sees to it, and until when."""
    if deadline_on < clock.today():
        raise WrongAmount(gettext("The deadline lies in the past"), field="deadline_on")
    complaint.owner, complaint.deadline_on = owner, deadline_on
    due = gettext("in your charge until %(day)s", day=deadline_on.isoformat())
    notice.tell([owner], notice.todo_subject(complaint, due), complaint, f"owner {owner.id} {deadline_on}")


@flow.transition(S.HANDLING, to=S.ANSWERED, label=_("Solution found"), icon="wrench", tone="primary")
def answer(complaint: Complaint, by: Actor, *, solution: str) -> None:
    """待客户确认: what was done; customer care asks the customer."""
    complaint.solution = solution
    notice.tell(
        notice.in_role("visits"),
        notice.todo_subject(complaint, gettext("solved; please ask the customer")),
        complaint,
        f"answered {clock.now()}",
    )


@flow.transition(
    S.UPHELD, S.DISMISSED, S.HANDLING, to=S.PENDING, label=_("Verify again"), icon="rotate-left", tone="danger"
)
def rejudge(complaint: Complaint, by: Actor, *, reason: str) -> None:
    """重新核实: the verdict was wrong; retention money is held again until there is another."""
    _judge(complaint, by, Verdict.PENDING, reason)
    again = notice.todo_subject(complaint, gettext("to be verified again: %(reason)s", reason=reason))
    notice.tell([complaint.owner, *notice.in_role("service_manager")], again, complaint)


@flow.transition(S.ANSWERED, S.CLOSED, to=S.HANDLING, label=_("Customer is not content"), icon="rotate-left")
def reopen(complaint: Complaint, by: Actor, *, reason: str) -> None:
    """The solution does not satisfy, or no longer; whoever is in charge goes on."""
    complaint.closed_score = complaint.closed_at = None
    again = notice.todo_subject(complaint, gettext("not solved: %(reason)s", reason=reason))
    notice.tell([complaint.owner], again, complaint)


@flow.transition(S.ANSWERED, S.DISMISSED, to=S.CLOSED, label=_("Close complaint"), icon="box-archive")
def close(complaint: Complaint, by: Actor, *, closed_score: int | None = None, note: str | None = None) -> None:
    """已关闭: how content the customer is now, 1 to 5; a visit some days later follows the plan."""
    if closed_score is not None and not 1 <= closed_score <= 5:
        raise WrongAmount(gettext("Points lie between 1 and 5"), field="closed_score")
    if closed_score is None and complaint.state is S.ANSWERED:
        raise MissingData(gettext("Please enter how content the customer is"), field="closed_score")
    complaint.closed_score, complaint.closed_at = closed_score, clock.now()
    visits.plan_after_complaint(complaint)


def _judge(complaint: Complaint, by: Actor, verdict: Verdict, words: str) -> None:
    if complaint.is_quality:
        _only_service_manager(by)
    complaint.verdict, complaint.verdict_words = verdict, words[:500]
    _weigh(complaint)


def _only_service_manager(by: Actor) -> None:
    """Quality is the service manager's word: money hangs on it."""
    if not by.is_system and "service_manager" not in by.roles:
        raise NotAllowed(gettext("Whether a machine has a quality problem is decided by the service manager"))


def _weigh(complaint: Complaint) -> None:
    """Retention money of the machine is held, or goes on, as its complaints stand now."""
    db.session.flush()
    if complaint.unit_id is not None:
        for held in retention.on_machine(complaint.unit_id, complaint.customer_id):
            retention.weigh(held)
