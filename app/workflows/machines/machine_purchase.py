"""整机采购单: DRAFT → PENDING → APPROVED → PART_RECEIVED → RECEIVED / CLOSED; REJECTED and back; CANCELLED.

The buyer writes and submits, finance or the general manager approves; approval makes one 待入库 paper per machine. The
machine and the debt to the manufacturer come with each of those. Source: dictionary B-09.
"""

from __future__ import annotations

from decimal import Decimal

import sqlalchemy as sa
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ...actor import Actor
from ...database import db
from ...enums import EDITABLE_PURCHASES, InboundState, PurchaseState
from ...errors import MissingData, WrongAmount, WrongState
from ...models import MachineInbound, MachinePurchase, MachinePurchaseLine, Warehouse
from ...numbering import next_number
from .. import approvals, checks
from ..machine import Workflow
from ..system import notice
from . import inbound
from . import yard as yards

S = PurchaseState
flow = Workflow(MachinePurchase, editable=EDITABLE_PURCHASES)
MOST_PIECES = 50


@flow.before_save
def prepare(order: MachinePurchase) -> None:
    """Whole machines at a price above zero, for a machine yard; the yard decides the department."""
    checks.strip_texts(order)
    yard = order.warehouse or db.session.get_one(Warehouse, order.warehouse_id)
    yards.check(yard)
    order.department_id = yard.department_id
    for line in order.lines:
        if not 1 <= (line.pieces or 0) <= MOST_PIECES:
            raise WrongAmount(gettext("1 to %(most)s machines a line", most=MOST_PIECES), field="lines")
        if (line.unit_price or 0) <= 0:
            raise WrongAmount(gettext("Every machine has a price above zero"), field="lines")
    order.total_amount = sum((line.pieces * line.unit_price for line in order.lines), Decimal(0))
    order.number = order.number or next_number(db.session(), MachinePurchase.prefix)


@flow.transition(S.DRAFT, S.REJECTED, to=S.PENDING, label=_("Submit"), icon="paper-plane", tone="primary")
def submit(order: MachinePurchase, by: Actor) -> None:
    """提交: waits for finance or the general manager."""
    if not order.lines:
        raise MissingData(gettext("At least one line is needed"), field="lines")
    notice.tell(
        notice.in_role("finance", "gm"),
        notice.todo_subject(order, gettext("waiting for your approval")),
        order,
        "await",
    )


@flow.transition(S.PENDING, to=S.DRAFT, label=_("Withdraw"), icon="rotate-left")
def withdraw(order: MachinePurchase, by: Actor) -> None:
    """撤回: back to the draft, to be changed, as long as nobody has decided."""


@flow.transition(S.PENDING, to=S.APPROVED, label=_("Approve"), icon="stamp", tone="primary", not_by="submit")
def approve(order: MachinePurchase, by: Actor, *, opinion: str | None = None) -> None:
    """审核通过: a paper per machine waits for the keeper; nothing is in stock and nothing is owed yet."""
    approvals.other_hands(order, by)
    for line in order.lines:
        for _piece in range(line.pieces):
            inbound.expect(line)


@flow.transition(S.PENDING, to=S.REJECTED, label=_("Reject"), icon="times", tone="danger", not_by="submit")
def reject(order: MachinePurchase, by: Actor, *, opinion: str) -> None:
    """驳回: back to the buyer with an opinion."""
    notice.tell(
        [order.created_by], notice.todo_subject(order, gettext("rejected: %(opinion)s", opinion=opinion)), order
    )


@flow.transition(S.DRAFT, S.REJECTED, S.APPROVED, to=S.CANCELLED, label=_("Cancel"), icon="ban", tone="danger")
def cancel(order: MachinePurchase, by: Actor, *, reason: str) -> None:
    """取消: as long as no machine has come; the waiting papers die with it."""
    if any(line.received_pieces for line in order.lines):
        raise WrongState(gettext("Machines of this order have arrived; close the remainder instead"))
    _drop_waiting(order)


@flow.transition(S.PART_RECEIVED, to=S.CLOSED, label=_("Close remainder"), icon="box-archive")
def close(order: MachinePurchase, by: Actor, *, reason: str) -> None:
    """关闭余量: what has not come will not come."""
    _drop_waiting(order)


@flow.transition(
    S.APPROVED, S.PART_RECEIVED, S.RECEIVED, S.CLOSED, to=(S.APPROVED, S.PART_RECEIVED, S.RECEIVED, S.CLOSED),
    label=_("Count receipts"), is_public=False,
)  # fmt: skip
def recount(order: MachinePurchase, by: Actor, *, line: MachinePurchaseLine, pieces: int) -> PurchaseState:
    """One machine of a line came, or was taken back; fired by the inbound paper. A closed order stays closed."""
    line.received_pieces += pieces
    if order.state is S.CLOSED:
        return S.CLOSED
    if all(entry.received_pieces == entry.pieces for entry in order.lines):
        return S.RECEIVED
    return S.PART_RECEIVED if any(entry.received_pieces for entry in order.lines) else S.APPROVED


def _drop_waiting(order: MachinePurchase) -> None:
    waiting = sa.select(MachineInbound).where(
        MachineInbound.purchase_line_id.in_([line.id for line in order.lines]),
        MachineInbound.state == InboundState.PENDING,
    )
    for paper in db.session.scalars(waiting.order_by(MachineInbound.id)).all():
        inbound.drop(paper)
