"""保养提醒: OPEN → ORDERED (a work order is written) → DONE (finished); POSTPONED to a day; CLOSED with a reason.

Written by the night for each sold machine that reaches a service within two weeks; customer care and the service manager
arrange it. A maintenance order that is finished closes it, whoever wrote that order. Source: dictionary B-07.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import sqlalchemy as sa
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ... import clock
from ...actor import Actor
from ...database import db
from ...enums import (
    LIVE_REMINDERS,
    WAITING_REMINDERS,
    MeterSource,
    ReminderState,
    UnitState,
    WorkOrderKind,
    WorkOrderState,
)
from ...errors import WrongAmount, WrongState
from ...formulas import maintenance as plan
from ...models import MachineUnit, MeterReading, ServiceReminder, WorkOrder
from ...numbering import next_number
from .. import checks, machine
from ..machine import Workflow
from ..system import notice

S = ReminderState
flow = Workflow(ServiceReminder, editable=frozenset({S.CLOSED}))
AHEAD = timedelta(days=14)
HANDLED = frozenset({S.DONE, S.CLOSED})
ZERO = Decimal(0)
FINISHED = frozenset({WorkOrderState.FINISHED, WorkOrderState.REVIEWED, WorkOrderState.SETTLED, WorkOrderState.CLOSED})


def sold_units() -> list[int]:
    """Machines at customers whose hour meter was read, by id; those with a live reminder are left out."""
    live = sa.select(ServiceReminder.unit_id).where(ServiceReminder.state.in_(LIVE_REMINDERS))
    return list(
        db.session.scalars(
            sa.select(MachineUnit.id)
            .where(
                MachineUnit.state == UnitState.SOLD,
                MachineUnit.owner_customer_id.is_not(None),
                MachineUnit.hour_meter_on.is_not(None),
                MachineUnit.id.not_in(live),
            )
            .order_by(MachineUnit.id)
        )
    )


def remind(unit_id: int, day: date) -> ServiceReminder | None:
    """A reminder when the machine reaches its next service within two weeks of the day; None when it does not.

    The machine is locked, so that two nights at once write one.
    """
    unit = machine.lock(MachineUnit, unit_id)
    known = list(db.session.scalars(sa.select(ServiceReminder).where(ServiceReminder.unit_id == unit.id)))
    readings = list(_trend(unit))
    if not readings or any(row.state in LIVE_REMINDERS for row in known):
        return None
    served = max([Decimal(row.due_hours) for row in known if row.state in HANDLED] + [_last_served(unit)])
    due = plan.next_service(
        unit.model.first_service_hours, unit.model.service_interval_hours, served, unit.running_hours
    )
    if due is None or any(row.due_hours == due for row in known):
        return None
    rate = plan.daily_hours(readings)
    expected = plan.expected_on(due, readings[-1], rate)
    if expected is None or expected > day + AHEAD:
        return None
    row = ServiceReminder(
        number=next_number(db.session(), ServiceReminder.prefix),
        department_id=unit.owner_customer.salesperson.department_id,  # type: ignore[union-attr]
        unit_id=unit.id,
        customer_id=unit.owner_customer_id,
        due_hours=due,
        is_first=not served,
        total_hours=unit.running_hours,
        daily_hours=rate,
        expected_on=expected,
        state=S.OPEN,
    )
    machine.begin(row)
    subject = gettext(
        "Machine %(unit)s of %(customer)s reaches its service at %(hours)s hours about %(day)s",
        unit=unit.serial_number,
        customer=str(unit.owner_customer),
        hours=due,
        day=expected.isoformat(),
    )
    notice.tell(notice.in_role("service_manager", "visits"), subject, row, "due")
    return row


def _trend(unit: MachineUnit) -> Iterator[plan.Reading]:
    """(day, hours in all) of the readings since the last one that was corrected, in order."""
    rows = db.session.scalars(
        sa.select(MeterReading).where(MeterReading.unit_id == unit.id).order_by(MeterReading.id.desc())
    )
    found = []
    for row in rows:
        found.append((row.read_on, row.total_hours))
        if row.source is MeterSource.CORRECTION:
            break
    yield from reversed(found)


def _last_served(unit: MachineUnit) -> Decimal:
    """Hours in all at the last maintenance that was finished, zero without one."""
    orders = sa.select(WorkOrder.id).where(
        WorkOrder.unit_id == unit.id, WorkOrder.kind == WorkOrderKind.MAINTAIN, WorkOrder.state.in_(FINISHED)
    )
    read = sa.select(sa.func.max(MeterReading.total_hours)).where(
        MeterReading.unit_id == unit.id, MeterReading.origin == "WorkOrder", MeterReading.origin_id.in_(orders)
    )
    return db.session.scalar(read) or ZERO


@flow.transition(
    S.OPEN, S.POSTPONED, to=S.ORDERED, label=_("Write a work order"), icon="screwdriver-wrench", tone="primary"
)
def order(row: ServiceReminder, by: Actor, *, note: str | None = None) -> None:
    """转工单: a maintenance order for this machine waits for a technician. note: what the customer said."""
    from . import work_order  # the order's own module closes reminders when it is finished

    unit = row.unit
    made = WorkOrder(
        customer=unit.owner_customer or row.customer,
        unit=unit,
        kind=WorkOrderKind.MAINTAIN,
        fault=gettext("Service at %(hours)s hours", hours=row.due_hours) + (f"；{note.strip()}" if note else ""),
        reported_at=clock.now(),
        state=WorkOrderState.OPEN,
    )
    with db.session.no_autoflush:
        work_order.prepare(made)
    machine.begin(made)
    work_order.announce(made)
    row.work_order_id, row.postponed_to = made.id, None


@flow.transition(S.OPEN, S.POSTPONED, to=S.POSTPONED, label=_("Postpone"), icon="clock")
def postpone(row: ServiceReminder, by: Actor, *, postponed_to: date, reason: str) -> None:
    """推迟: the customer wants it later; from that day on it waits again."""
    if postponed_to is None or postponed_to <= clock.today():
        raise WrongAmount(gettext("Please choose a day after today"), field="postponed_to")
    row.postponed_to, row.reason = postponed_to, checks.reason(reason)


@flow.transition(S.OPEN, S.POSTPONED, to=S.CLOSED, label=_("Close reminder"), icon="ban", tone="danger")
def close(row: ServiceReminder, by: Actor, *, reason: str) -> None:
    """关闭: done elsewhere, scrapped, or not wanted; this service is not reminded of again."""
    row.reason = checks.reason(reason)


@flow.transition(S.CLOSED, to=S.OPEN, label=_("Remind after all"), icon="rotate-left")
def reopen(row: ServiceReminder, by: Actor, *, reason: str) -> None:
    """恢复提醒: closed by mistake, or the customer wants it after all. One reminder at a time for a machine."""
    if _live(ServiceReminder.unit_id == row.unit_id):
        raise WrongState(gettext("Machine %(unit)s is reminded of already", unit=row.unit.serial_number))
    row.reason, row.postponed_to = checks.reason(reason), None


@flow.transition(*LIVE_REMINDERS, to=S.DONE, label=_("Serviced"), is_public=False)
def done(row: ServiceReminder, by: Actor, *, made: WorkOrder) -> None:
    """The service was done with this order."""
    row.work_order_id = made.id


@flow.transition(S.ORDERED, to=S.OPEN, label=_("To be arranged again"), is_public=False)
def lose(row: ServiceReminder, by: Actor) -> None:
    """The order that was written for it was cancelled."""
    row.work_order_id = None


def served(made: WorkOrder) -> None:
    """A maintenance order was finished: whatever this machine was reminded of is done."""
    if made.kind is WorkOrderKind.MAINTAIN and made.unit_id is not None:
        for row in _live(ServiceReminder.unit_id == made.unit_id):
            done(row, made=made)


def given_up(cancelled: WorkOrder) -> None:
    """An order was cancelled: the reminder it was written for waits again."""
    for row in _live(ServiceReminder.work_order_id == cancelled.id):
        lose(row)


def _live(which: sa.ColumnElement[bool]) -> list[ServiceReminder]:
    query = sa.select(ServiceReminder).where(which, ServiceReminder.state.in_(LIVE_REMINDERS))
    return list(db.session.scalars(query.order_by(ServiceReminder.id)))


def waiting(day: date) -> sa.ColumnElement[bool]:
    """Reminders that somebody has to arrange now."""
    return ServiceReminder.state.in_(WAITING_REMINDERS) & sa.or_(
        ServiceReminder.postponed_to.is_(None), ServiceReminder.postponed_to <= day
    )
