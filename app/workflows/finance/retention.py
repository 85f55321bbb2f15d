"""质保金: NOT_STARTED → RUNNING at dispatch → MATURED after a full year → COLLECTED; HELD by a complaint about quality;
CANCELLED with its contract.

A complaint counts that was reported between start and maturity, is not dismissed, and on which nothing was decided yet;
what is decided stands in `retention_decision`. Source: brief S38; flows.md C3.4.
"""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ... import clock
from ...actor import Actor
from ...database import db
from ...enums import KEPT_BACK, DecisionState, ReceivableState, RetentionState, Verdict
from ...errors import WrongState
from ...formulas import retention as dates
from ...models import Complaint, ContractLine, MachineContract, Receivable, Retention, RetentionDecision
from ...numbering import next_number
from .. import machine
from ..machine import Workflow
from ..system import notice

S = RetentionState
flow = Workflow(Retention, header="contract")


@flow.transition(S.NOT_STARTED, to=S.RUNNING, label=_("Start the retention period"), is_public=False)
def start(retention: Retention, by: Actor) -> None:
    """The year begins with the delivery of the last machine; the receivable gets its due date."""
    day = clock.today()
    retention.starts_on, retention.matures_on, retention.due_on = day, dates.matures_on(day), dates.due_on(day)
    retention.receivable.due_on = retention.due_on


@flow.transition(S.RUNNING, to=(S.MATURED, S.HELD), label=_("Mature"), is_public=False)
def mature(retention: Retention, by: Actor) -> RetentionState:
    """到期: the full year is over and nobody complains; fired at night.

    Raises: WrongState before its day.
    """
    state = standing(retention)
    if state is S.RUNNING:
        raise WrongState(gettext("%(number)s is not due yet", number=retention.number))
    if state is S.HELD:
        _name_ground(retention)
        return S.HELD
    notice.tell(
        [*notice.in_role("finance"), retention.contract.salesperson],
        notice.todo_subject(retention, gettext("retention money is due for collection")),
        retention,
        f"due {retention.due_on}",
    )
    return S.MATURED


@flow.transition(S.RUNNING, S.MATURED, to=S.HELD, label=_("Hold"), is_public=False)
def hold(retention: Retention, by: Actor) -> None:
    """冻结: somebody complains about the machine's quality."""
    _name_ground(retention)
    notice.tell(
        [*notice.in_role("finance", "service_manager"), retention.contract.salesperson],
        notice.todo_subject(retention, gettext("held because of %(why)s", why=str(retention.complaint))),
        retention,
        f"held {retention.complaint_id}",
    )


@flow.transition(S.HELD, to=(S.RUNNING, S.MATURED), label=_("Unfreeze"), is_public=False)
def release(retention: Retention, by: Actor) -> RetentionState:
    """解冻: nothing to the complaint; it goes on as before, and is due where its day has come meanwhile."""
    retention.complaint = retention.held_reason = None
    notice.tell(
        [*notice.in_role("finance"), retention.contract.salesperson],
        notice.todo_subject(retention, gettext("no longer held")),
        retention,
        f"released {clock.now()}",
    )
    return standing(retention)


@flow.transition(*sorted(KEPT_BACK, key=lambda s: s.value), to=S.COLLECTED, label=_("Collect"), is_public=False)
def collect(retention: Retention, by: Actor) -> None:
    """The money is in; fired by the receipt that pays the last of it."""
    retention.complaint = retention.held_reason = None


@flow.transition(S.COLLECTED, to=(S.RUNNING, S.HELD, S.MATURED), label=_("Take the collection back"), is_public=False)
def uncollect(retention: Retention, by: Actor) -> RetentionState:
    """The receipt was reversed."""
    state = standing(retention)
    if state is S.HELD:
        _name_ground(retention)
    return state


def standing(retention: Retention) -> RetentionState:
    """Where a retention that has started belongs today, by its receivable, its complaints and its day."""
    debt = retention.receivable
    if debt.state is ReceivableState.PAID:
        return S.COLLECTED if debt.settled_amount else S.DEDUCTED
    if grounds(retention):
        return S.HELD
    assert retention.due_on is not None
    return S.MATURED if clock.today() >= retention.due_on else S.RUNNING


def grounds(retention: Retention) -> list[Complaint]:
    """Complaints about the quality of its machines that hold it, oldest first."""
    if retention.starts_on is None:
        return []
    machines = sa.select(ContractLine.unit_id).where(ContractLine.contract_id == retention.contract_id)
    decided = sa.select(RetentionDecision.complaint_id).where(
        RetentionDecision.retention_id == retention.id, RetentionDecision.state == DecisionState.APPROVED
    )
    return list(
        db.session.scalars(
            sa.select(Complaint)
            .where(
                Complaint.is_quality,
                Complaint.verdict != Verdict.DISMISSED,
                Complaint.unit_id.in_(machines),
                Complaint.customer_id == retention.customer_id,
                Complaint.reported_on >= retention.starts_on,
                Complaint.reported_on <= (retention.extended_to or retention.matures_on),
                Complaint.id.not_in(decided),
            )
            .order_by(Complaint.id)
        )
    )


def weigh(retention: Retention) -> None:
    """Hold it or let it go, as its complaints stand now; looked at under its lock."""
    flow.lock_header(retention)
    fresh = machine.lock(Retention, retention.id)
    if fresh.state not in KEPT_BACK:
        return
    if grounds(fresh):
        if fresh.state is not S.HELD:
            hold(fresh)
        else:
            _name_ground(fresh)
    elif fresh.state is S.HELD:
        release(fresh)


def on_machine(unit_id: int, customer_id: int) -> list[Retention]:
    """Retentions of a customer's contracts about this machine."""
    return list(
        db.session.scalars(
            sa.select(Retention)
            .where(
                Retention.contract_id.in_(sa.select(ContractLine.contract_id).where(ContractLine.unit_id == unit_id)),
                Retention.customer_id == customer_id,
            )
            .order_by(Retention.id)
        )
    )


def _name_ground(retention: Retention) -> None:
    """The complaint that holds it: a justified one first, for it waits for a decision."""
    first = min(grounds(retention), key=lambda c: (c.verdict is not Verdict.UPHELD, c.id))
    retention.complaint, retention.held_reason = first, f"{first.number} {first.content}"[:200]


@flow.transition(S.RUNNING, S.COLLECTED, to=S.NOT_STARTED, label=_("Take the start back"), is_public=False)
def unstart(retention: Retention, by: Actor) -> None:
    """The dispatch was withdrawn: no dates, no due date."""
    retention.starts_on = retention.matures_on = retention.due_on = retention.receivable.due_on = None


@flow.transition(
    S.NOT_STARTED,
    S.RUNNING,
    S.HELD,
    S.MATURED,
    S.COLLECTED,
    S.DEDUCTED,
    to=S.CANCELLED,
    label=_("Cancel"),
    is_public=False,
)
def drop(retention: Retention, by: Actor) -> None:
    """There is nothing to hold back any more: the contract was cancelled, changed, or the machine came back."""


@flow.transition(S.CANCELLED, to=S.NOT_STARTED, label=_("Agree again"), is_public=False)
def revive(retention: Retention, by: Actor) -> None:
    """Another amendment holds money back again."""


def of_contract(contract: MachineContract) -> Retention | None:
    """The retention of a contract, if one is agreed."""
    return db.session.scalars(
        sa.select(Retention).where(Retention.contract_id == contract.id, Retention.state != S.CANCELLED)
    ).one_or_none()


def agree(contract: MachineContract, owed: Receivable) -> None:
    """The retention of an approved contract: a receivable without due date until the machine leaves."""
    retention = Retention(
        number=next_number(db.session(), Retention.prefix),
        contract_id=contract.id,
        customer_id=contract.customer_id,
        department_id=contract.department_id,
        receivable_id=owed.id,
        amount=owed.amount,
    )
    machine.begin(retention)
