"""完工: the checklist is answered, there is a photo of the site, the customer signed or it is said why not.

Fired by who works on the order; its leader finishes. Source: brief S11; flows.md C4.1; dictionary B-33.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ... import clock
from ...actor import Actor
from ...enums import AssignmentState, AttachmentKind, MeterSource, WorkOrderState
from ...errors import MissingData, NotYours
from ...models import WorkOrder
from ..machines import meter
from ..system import attachment, notice
from . import checklist, maintenance
from .work_order import ZERO, crew, flow, led_by

S = WorkOrderState


@flow.transition(S.IN_SERVICE, S.SUSPENDED, to=None, label=_("Fill in the checklist"), icon="list-check")
def fill_checklist(order: WorkOrder, by: Actor, *, answers: list[dict[str, Any]]) -> None:
    """填检查表: some or all of the items, as often as needed until the work is finished; `checklist.answer` says how.

    Raises: NotYours for who does not work on the order; MissingData when the order has no checklist.
    """
    if by.employee_id not in [entry.technician_id for entry in crew(order, AssignmentState.ACCEPTED)]:
        raise NotYours(gettext("This order is not assigned to you"))
    if not order.checks:
        raise MissingData(gettext("This order has no checklist"))
    checklist.answer(order, by, answers)


@flow.transition(S.IN_SERVICE, to=S.FINISHED, label=_("Finish"), icon="flag-checkered", tone="primary")
def finish(
    order: WorkOrder,
    by: Actor,
    *,
    solution: str,
    hour_meter: Decimal | None = None,
    labour_hours: Decimal | None = None,
    travel_km: Decimal | None = None,
    signature: bytes | None = None,
    unsigned_reason: str | None = None,
) -> None:
    """完工: what was done, how long it took, what the hour meter says, and the proofs: checklist, photo, signature.

    signature: a PNG; it becomes an attachment. Without one a reason, unless a signature is attached already.
    Raises:    MissingData naming what is missing; WrongAmount for a meter that runs backwards.
    """
    led_by(order, by)
    if not (solution or "").strip():
        raise MissingData(gettext("Please enter what was done"), field="solution")
    for sentence in lacks(order):
        raise MissingData(sentence)
    _sign(order, signature, unsigned_reason)
    _read_meter(order, hour_meter)
    order.solution = solution.strip()
    order.labour_hours, order.travel_km = labour_hours or ZERO, travel_km or ZERO
    order.finished_at = clock.now()
    for entry in crew(order, AssignmentState.ACCEPTED):
        entry.state = AssignmentState.DONE
    maintenance.served(order)
    notice.tell(
        notice.in_role("service_manager"),
        notice.todo_subject(order, gettext("finished, to be reviewed")),
        order,
        f"finished {order.finished_at}",
    )


def lacks(order: WorkOrder) -> list[str]:
    """What has to be there before anybody finishes, one sentence each; signature and figures are asked when it is done."""
    told, items = [], checklist.missing(order)
    if items:
        told.append(
            gettext("The checklist still wants %(count)s: %(items)s", count=len(items), items="、".join(items[:10]))
        )
    if not attachment.count(order, AttachmentKind.SITE_PHOTO):
        told.append(gettext("There is no photo on site yet; please attach at least one"))
    return told


def is_signed(order: WorkOrder) -> bool:
    """Whether the customer's signature is attached."""
    return attachment.count(order, AttachmentKind.SIGNATURE) > 0


def _sign(order: WorkOrder, signature: bytes | None, reason: str | None) -> None:
    if signature:
        name = gettext("%(number)s signature.png", number=order.number)
        attachment.attach(order, AttachmentKind.SIGNATURE, name, signature)
    reason = (reason or "").strip()[:200] or None
    if reason is None and not is_signed(order):
        raise MissingData(
            gettext("The customer has not signed; let him sign, or say why he did not"), field="signature"
        )
    order.unsigned_reason = None if signature else reason


def _read_meter(order: WorkOrder, reading: Decimal | None) -> None:
    """What the meter says now: into the machine's journal, or beside the order when it is not one of ours."""
    unit = order.unit
    if unit is not None:
        if reading is None:
            raise MissingData(gettext("Please enter the hour meter"), field="hour_meter")
        meter.read(unit, reading, clock.today(), MeterSource.WORK_ORDER, origin=order)
    order.hour_meter = order.hour_meter if reading is None else reading
