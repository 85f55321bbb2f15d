"""派工: ASSIGNED 已派 → ACCEPTED 已接 → DONE; DECLINED, WITHDRAWN. The verbs stand on the work order; its leader decides its state.

Source: brief S11; flows.md C4.1; dictionary B-29.
"""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ... import clock
from ...actor import Actor
from ...database import db
from ...enums import LIVE_ORDERS, WORKING_ORDERS, AssignmentState, EmployeeState, WorkOrderState
from ...errors import AlreadyThere, MissingData, NotYours
from ...models import Employee, WorkAssignment, WorkOrder
from ..organisation import van
from ..system import notice
from . import checklist
from .work_order import crew, flow

S = WorkOrderState
A = AssignmentState


@flow.transition(S.OPEN, S.ASSIGNED, to=S.ASSIGNED, label=_("Assign"), icon="user-check", tone="primary")
def assign(order: WorkOrder, by: Actor, *, leader: Employee, helper: Employee | None = None) -> None:
    """派工: one technician leads, a second may come along; whoever was assigned before is withdrawn.

    The order takes a copy of the checklist of its kind and model.

    Raises: MissingData for somebody who is no technician at work; AlreadyThere for the same person twice.
    """
    if helper is not None and helper.id == leader.id:
        raise AlreadyThere(gettext("The same technician is named twice"), field="helper")
    _withdraw_all(order)
    for person, name in ((leader, "leader"), (helper, "helper")):
        if person is None:
            continue
        _check(person, name)
        entry = WorkAssignment(
            work_order_id=order.id, technician_id=person.id, is_leader=person is leader, assigned_at=clock.now()
        )
        db.session.add(entry)
    db.session.flush()
    db.session.refresh(order, ["assignments"])
    order.leader_id, order.assigned_at, order.accepted_at = leader.id, clock.now(), None
    checklist.lay_out(order)
    for person in filter(None, (leader, helper)):
        told = f"assigned {order.assigned_at}"
        notice.tell([person], notice.todo_subject(order, gettext("assigned to you")), order, told)


def _check(person: Employee, name: str) -> None:
    fresh = db.session.get_one(Employee, person.id)
    mobile = van.of(fresh.id)
    if not fresh.is_technician or fresh.state is not EmployeeState.ACTIVE or mobile is None or not mobile.is_enabled:
        raise MissingData(gettext("%(name)s is not a technician at work", name=fresh.name), field=name)


def _withdraw_all(order: WorkOrder) -> None:
    for entry in crew(order, A.ASSIGNED, A.ACCEPTED):
        entry.state = A.WITHDRAWN
    order.leader_id = None
    db.session.flush()


def _mine(order: WorkOrder, by: Actor, *states: AssignmentState) -> WorkAssignment:
    """The actor's own assignment in one of these states. Raises NotYours."""
    for entry in crew(order, *states):
        if entry.technician_id == by.employee_id:
            return entry
    raise NotYours(gettext("This order is not assigned to you"))


@flow.transition(
    S.ASSIGNED, *WORKING_ORDERS, to=(S.ASSIGNED, *sorted(WORKING_ORDERS, key=lambda s: s.value)),
    label=_("Accept"), icon="handshake", tone="primary",
)  # fmt: skip
def accept(order: WorkOrder, by: Actor) -> WorkOrderState:
    """接单: the technician will come; the order is accepted when its leader accepts."""
    mine = _mine(order, by, A.ASSIGNED)
    mine.state, mine.answered_at = A.ACCEPTED, clock.now()
    if not mine.is_leader:
        return order.state
    order.accepted_at = mine.answered_at
    return S.ACCEPTED


@flow.transition(
    S.ASSIGNED, *WORKING_ORDERS, to=(S.OPEN, S.ASSIGNED, *sorted(WORKING_ORDERS, key=lambda s: s.value)),
    label=_("Decline"), icon="hand",
)  # fmt: skip
def decline(order: WorkOrder, by: Actor, *, reason: str) -> WorkOrderState:
    """拒单: the technician cannot come; without its leader the order waits again."""
    mine = _mine(order, by, A.ASSIGNED)
    mine.state, mine.answered_at, mine.reason = A.DECLINED, clock.now(), reason[:200]
    db.session.flush()
    notice.tell(
        notice.in_role("service_manager"),
        notice.todo_subject(order, gettext("%(name)s declined: %(reason)s", name=by.name, reason=reason)),
        order,
        f"declined {mine.id}",
    )
    if not mine.is_leader:
        return order.state
    _withdraw_all(order)
    order.assigned_at = None
    return S.OPEN


@flow.transition(*LIVE_ORDERS, to=S.OPEN, label=_("Withdraw assignment"), icon="user-xmark")
def withdraw(order: WorkOrder, by: Actor, *, reason: str) -> None:
    """撤回派工: somebody else has to go; what was used stays used."""
    told = [entry.technician for entry in crew(order, A.ASSIGNED, A.ACCEPTED)]
    notice.tell(
        told, notice.todo_subject(order, gettext("withdrawn: %(reason)s", reason=reason)), order,
        f"withdrawn {clock.now()}",
    )  # fmt: skip
    _withdraw_all(order)
    order.assigned_at = order.accepted_at = order.departed_at = order.arrived_at = None
