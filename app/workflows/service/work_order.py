"""服务工单: OPEN 待派工 → ASSIGNED → ACCEPTED → DEPARTED → IN_SERVICE ⇄ SUSPENDED 待件 → FINISHED 待审核 → REVIEWED → SETTLED → CLOSED.

Written by the service manager, the clerk or customer care; assigned in `assignment`, worked on by its leader, finished
in `completion`, reviewed and settled in `charge`; CANCELLED while nothing was used. Source: brief S11, S33; flows.md C4.1.
"""

from __future__ import annotations

from decimal import Decimal

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ... import actor as acting
from ... import clock
from ...actor import Actor
from ...database import db
from ...enums import LIVE_ORDERS, AssignmentState, UsedPartState, WorkOrderState
from ...errors import MissingData, NotYours, WrongAmount, WrongState
from ...models import Customer, Employee, MachineUnit, WorkAssignment, WorkOrder
from ...numbering import next_number
from .. import checks
from ..machine import Workflow
from ..machines import meter
from ..system import notice
from . import claim, maintenance

S = WorkOrderState
flow = Workflow(WorkOrder, editable=frozenset({S.OPEN}), loose=LIVE_ORDERS | {S.OPEN})
ZERO = Decimal(0)


@flow.before_save
def prepare(order: WorkOrder) -> None:
    """Customer and machine belong together; who reported it and the warranty are filled in."""
    checks.strip_texts(order)
    customer = order.customer or db.session.get_one(Customer, order.customer_id)
    unit = checks.referred(order, "unit")
    if unit is None and not order.machine_text:
        raise MissingData(gettext("Please choose the machine, or describe it when it is not one of ours"), field="unit")
    if unit is not None and unit.owner_customer_id not in (None, customer.id):
        raise WrongAmount(
            gettext("Machine %(unit)s belongs to another customer", unit=unit.serial_number), field="unit"
        )
    if not order.fault:
        raise MissingData(gettext("Please enter what is wrong"), field="fault")
    order.hour_meter = order.hour_meter or (unit.hour_meter if unit is not None else ZERO)
    if order.warranty_reason is None:
        order.in_warranty = under_warranty(order, unit)
    order.contact_name = order.contact_name or customer.legal_rep or customer.name[:50]
    order.contact_phone = order.contact_phone or customer.mobile
    checks.phone(order, "contact_phone")
    order.department_id = order.department_id or _department(customer)
    order.number = order.number or next_number(db.session(), WorkOrder.prefix)


def under_warranty(order: WorkOrder, unit: MachineUnit | None) -> bool:
    """Whether the day of the report and the hour meter lie within the machine's warranty."""
    if unit is None or unit.warranty_ends_on is None:
        return False
    reported = (order.reported_at or clock.now()).date()
    return unit.warranty_ends_on >= reported and _hours_when_reported(order, unit) <= unit.model.warranty_hours


def _hours_when_reported(order: WorkOrder, unit: MachineUnit) -> Decimal:
    """What the machine had run in all when the order was written, whatever happened to its meter since."""
    last = meter.last_before(unit, order.created_at)
    if last is None:
        return order.hour_meter
    return max(order.hour_meter, last.hours) + last.total_hours - last.hours


def _department(customer: Customer) -> int:
    """Of whoever writes it down, else of the customer's salesperson."""
    writer = db.session.get(Employee, acting.current().employee_id or 0)
    return (writer or customer.salesperson).department_id


@flow.after_create
def announce(order: WorkOrder) -> None:
    """Service managers see that somebody waits."""
    down = gettext("the machine is down") if order.is_down else gettext("waiting for a technician")
    notice.tell(notice.in_role("service_manager"), notice.todo_subject(order, down), order, "open")


def crew(order: WorkOrder, *states: AssignmentState) -> list[WorkAssignment]:
    """Who is on the order in these states, leader first."""
    found = [entry for entry in order.assignments if entry.state in states]
    return sorted(found, key=lambda entry: (not entry.is_leader, entry.id))


def led_by(order: WorkOrder, by: Actor) -> None:
    """Only who leads the work moves it on. Raises NotYours."""
    if by.employee_id is None or order.leader_id != by.employee_id:
        raise NotYours(gettext("Only the technician who leads this order can do that"))


@flow.transition(S.ACCEPTED, to=S.DEPARTED, label=_("Depart"), icon="truck-fast", tone="primary")
def depart(order: WorkOrder, by: Actor) -> None:
    """出发: the technician is on the road."""
    led_by(order, by)
    order.departed_at = clock.now()


@flow.transition(S.ACCEPTED, S.DEPARTED, to=S.IN_SERVICE, label=_("Arrive"), icon="location-dot", tone="primary")
def arrive(order: WorkOrder, by: Actor, *, place: str | None = None) -> None:
    """到达: he is at the machine and begins; place: where the phone says he is."""
    led_by(order, by)
    order.arrived_at, order.place = clock.now(), (place or "")[:100] or None


@flow.transition(S.IN_SERVICE, to=S.SUSPENDED, label=_("Wait for parts"), icon="hourglass-half")
def suspend(order: WorkOrder, by: Actor, *, reason: str | None = None) -> None:
    """待件: the work stands still; also fired by a request of parts from the order."""


@flow.transition(S.SUSPENDED, to=S.IN_SERVICE, label=_("Go on working"), icon="play", tone="primary")
def resume(order: WorkOrder, by: Actor) -> None:
    """服务中: the parts are there; also fired when the last of them was collected."""


@flow.transition(S.FINISHED, S.REVIEWED, to=S.IN_SERVICE, label=_("Send back"), icon="rotate-left")
def send_back(order: WorkOrder, by: Actor, *, reason: str) -> None:
    """退回: something is missing or wrong; the technician goes on."""
    claim.refuse_if_sent(order)
    for entry in crew(order, AssignmentState.DONE):
        entry.state = AssignmentState.ACCEPTED
    order.finished_at = order.reviewed_at = None
    notice.tell(
        [entry.technician for entry in crew(order, AssignmentState.ACCEPTED)],
        notice.todo_subject(order, gettext("sent back: %(reason)s", reason=reason)),
        order,
    )


@flow.transition(S.OPEN, *LIVE_ORDERS, S.FINISHED, to=None, label=_("Decide on the warranty"), icon="shield-halved")
def set_warranty(order: WorkOrder, by: Actor, *, in_warranty: bool, reason: str) -> None:
    """三包认定: the service manager decides otherwise than date and hours say, and why."""
    order.in_warranty, order.warranty_reason = in_warranty, reason[:200]


@flow.transition(S.OPEN, *LIVE_ORDERS, to=S.CANCELLED, label=_("Cancel"), icon="ban", tone="danger")
def cancel(order: WorkOrder, by: Actor, *, reason: str) -> None:
    """取消: only while no part was used, or after all were put back."""
    used = [line for line in order.parts if line.state is UsedPartState.CONSUMED]
    if used:
        raise WrongState(
            gettext("Parts were used on this order (%(part)s); put them back first", part=str(used[0].part))
        )
    maintenance.given_up(order)
    told = crew(order, AssignmentState.ASSIGNED, AssignmentState.ACCEPTED)
    notice.tell(
        [entry.technician for entry in told],
        notice.todo_subject(order, gettext("cancelled: %(reason)s", reason=reason)),
        order,
        "cancelled",
    )
    for entry in told:
        entry.state = AssignmentState.WITHDRAWN


@flow.transition(S.CANCELLED, to=S.OPEN, label=_("Take up again"), icon="rotate-left")
def take_up(order: WorkOrder, by: Actor, *, reason: str) -> None:
    """恢复: cancelled by mistake, or the customer calls again; it waits for a technician as a new one does."""
    order.leader_id = None
    order.assigned_at = order.accepted_at = order.departed_at = order.arrived_at = None
    announce(order)


@flow.transition(S.SETTLED, to=S.CLOSED, label=_("Close order"), icon="box-archive")
def close(order: WorkOrder, by: Actor) -> None:
    """关闭: settled, asked and filed."""
    order.closed_at = clock.now()
