"""旧件: OWED by the technician → KEPT in the store of old parts → SENT to the manufacturer or SCRAPPED; WAIVED when nobody wants it.

The review of a work order says which parts were under warranty: each of them leaves an old part. Source: flows.md C4.4.
"""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ... import clock
from ...actor import Actor
from ...database import db
from ...enums import ChargeKind, OldPartState, UsedPartState
from ...models import OldPart, WorkOrder
from ...numbering import next_number
from .. import machine
from ..machine import Workflow
from ..system import notice

S = OldPartState
flow = Workflow(OldPart, editable=frozenset({S.WAIVED}))


def expect(order: WorkOrder) -> None:
    """After a review: every part under warranty leaves one old part; one that is no longer under warranty is not waited for."""
    known = {row.used_id: row for row in of(order)}
    for line in order.parts:
        is_due = line.state is UsedPartState.CONSUMED and line.charge_kind is ChargeKind.WARRANTY
        row = known.get(line.id)
        if is_due and row is None:
            row = OldPart(
                number=next_number(db.session(), OldPart.prefix),
                department_id=order.department_id,
                work_order_id=order.id,
                used_id=line.id,
                part_id=line.part_id,
                quantity=line.quantity,
                technician_id=line.technician_id,
                state=S.OWED,
            )
            machine.begin(row)
            notice.tell([line.technician], notice.todo_subject(row, gettext("hand in the old part")), row, "owed")
        elif is_due and row is not None and row.state is S.WAIVED:
            want(row)
        elif not is_due and row is not None and row.state is S.OWED:
            waive(row, reason=gettext("not under warranty"))


def of(order: WorkOrder) -> list[OldPart]:
    """The old parts of an order."""
    return list(db.session.scalars(sa.select(OldPart).where(OldPart.work_order_id == order.id).order_by(OldPart.id)))


@flow.transition(S.OWED, to=S.KEPT, label=_("Take in"), icon="box-archive", tone="primary")
def take_in(row: OldPart, by: Actor, *, place: str | None = None) -> None:
    """入旧件库: the technician handed it in; place: shelf or box."""
    row.place, row.kept_at = place, clock.now()
    row.used.is_old_returned = True


@flow.transition(S.KEPT, to=S.SENT, label=_("Send to the manufacturer"), icon="truck-arrow-right", tone="primary")
def send(row: OldPart, by: Actor, *, express_number: str | None = None) -> None:
    """返厂: the manufacturer looks at it."""
    row.express_number = express_number


@flow.transition(S.KEPT, to=S.SCRAPPED, label=_("Scrap"), icon="trash", tone="danger")
def scrap(row: OldPart, by: Actor, *, reason: str) -> None:
    """报废: nobody wants it any more."""
    row.reason = reason[:200]


@flow.transition(S.OWED, to=S.WAIVED, label=_("Need not come back"), icon="ban")
def waive(row: OldPart, by: Actor, *, reason: str) -> None:
    """免交: lost, or of no use to anybody."""
    row.reason = reason[:200]


@flow.transition(S.WAIVED, to=S.OWED, label=_("Wanted after all"), icon="rotate-left")
def want(row: OldPart, by: Actor) -> None:
    """要交: the part counts as under warranty again, or was waived by mistake."""
    row.reason = None
    notice.tell([row.technician], notice.todo_subject(row, gettext("hand in the old part")), row)


@flow.transition(S.KEPT, to=S.OWED, label=_("Was not handed in"), icon="rotate-left")
def untake(row: OldPart, by: Actor, *, reason: str) -> None:
    """撤销入库: taken in by mistake; the technician owes it again."""
    row.place = row.kept_at = None
    row.used.is_old_returned = False


@flow.transition(S.SENT, S.SCRAPPED, to=S.KEPT, label=_("Is back in the store"), icon="rotate-left")
def keep_again(row: OldPart, by: Actor, *, reason: str) -> None:
    """退回旧件库: the manufacturer sent it back, or it had not left at all."""
    row.express_number, row.reason = None, reason[:200]
