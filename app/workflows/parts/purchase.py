"""配件采购单: DRAFT → PENDING → APPROVED → PART_RECEIVED → RECEIVED / CLOSED; REJECTED and back; CANCELLED.

The buyer writes and submits, finance or the general manager approves; approval makes the 待入库 receipt and moves
nothing. Source: brief S7; flows.md C2.1.
"""

from __future__ import annotations

from decimal import Decimal

import sqlalchemy as sa
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ...actor import Actor
from ...database import db
from ...enums import EDITABLE_PURCHASES, InboundReceiptState, PurchaseState
from ...errors import MissingData, WrongAmount, WrongState
from ...formulas.money import cents, without_tax
from ...models import InboundReceipt, PurchaseOrder, Warehouse
from ...numbering import next_number
from .. import approvals, checks
from ..machine import Workflow
from ..system import notice
from . import inbound, keeping

S = PurchaseState
flow = Workflow(PurchaseOrder, editable=EDITABLE_PURCHASES)


def gross(quantity: Decimal | None, unit_price: Decimal | None, agreed_amount: Decimal | None) -> Decimal:
    """What a line costs with tax, yuan: the amount agreed for the whole line, else quantity × price, rounded once."""
    return agreed_amount if agreed_amount is not None else cents((quantity or Decimal(0)) * (unit_price or Decimal(0)))


@flow.before_save
def prepare(order: PurchaseOrder) -> None:
    """Amounts of every line, rounded once; the receiving store decides the department."""
    checks.strip_texts(order)
    checks.not_negative(order)
    warehouse = order.warehouse or db.session.get_one(Warehouse, order.warehouse_id)
    keeping.check_store(warehouse)
    order.department_id = warehouse.department_id
    for line in order.lines:
        if (line.quantity or 0) <= 0:
            raise WrongAmount(gettext("Every line has a quantity above zero"), field="lines")
        line.gross_amount = gross(line.quantity, line.unit_price, line.agreed_amount)
        line.net_amount = without_tax(line.gross_amount, line.tax_rate)
    order.gross_amount = sum((line.gross_amount for line in order.lines), Decimal(0))
    order.number = order.number or next_number(db.session(), PurchaseOrder.prefix)


@flow.transition(S.DRAFT, S.REJECTED, to=S.PENDING, label=_("Submit"), icon="paper-plane", tone="primary")
def submit(order: PurchaseOrder, by: Actor) -> None:
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
def withdraw(order: PurchaseOrder, by: Actor) -> None:
    """撤回: back to the draft, to be changed, as long as nobody has decided."""


@flow.transition(S.PENDING, to=S.APPROVED, label=_("Approve"), icon="stamp", tone="primary", not_by="submit")
def approve(order: PurchaseOrder, by: Actor, *, opinion: str | None = None) -> None:
    """审核通过: a receipt of the same lines waits for the keeper; stock and debt stand still."""
    approvals.other_hands(order, by)
    inbound.expect(order, [(line, line.quantity) for line in order.lines])


@flow.transition(S.PENDING, to=S.REJECTED, label=_("Reject"), icon="times", tone="danger", not_by="submit")
def reject(order: PurchaseOrder, by: Actor, *, opinion: str) -> None:
    """驳回: back to the buyer with an opinion."""
    notice.tell(
        [order.created_by], notice.todo_subject(order, gettext("rejected: %(opinion)s", opinion=opinion)), order
    )


@flow.transition(S.DRAFT, S.REJECTED, S.APPROVED, to=S.CANCELLED, label=_("Cancel"), icon="ban", tone="danger")
def cancel(order: PurchaseOrder, by: Actor, *, reason: str) -> None:
    """取消: as long as nothing has come; the waiting receipt dies with it."""
    if any(line.received_quantity for line in order.lines):
        raise WrongState(gettext("Parts of this order have arrived; close the remainder instead"))
    for waiting in _waiting(order):
        inbound.drop(waiting)
    _tell_emergency(order)


@flow.transition(S.PART_RECEIVED, to=S.CLOSED, label=_("Close remainder"), icon="box-archive")
def close(order: PurchaseOrder, by: Actor, *, reason: str) -> None:
    """关闭余量: what has not come will not come."""
    for waiting in _waiting(order):
        inbound.drop(waiting)
    _tell_emergency(order)


@flow.transition(S.DRAFT, to=S.APPROVED, label=_("Order at once"), is_public=False)
def at_once(order: PurchaseOrder, by: Actor) -> None:
    """紧急采购: the desk has decided already; the receipt waits. Fired by an emergency purchase."""
    inbound.expect(order, [(line, line.quantity) for line in order.lines])


def _tell_emergency(order: PurchaseOrder) -> None:
    from ..service import emergency

    emergency.dropped(order)


@flow.transition(
    S.APPROVED,
    S.PART_RECEIVED,
    S.RECEIVED,
    S.CLOSED,
    to=(S.APPROVED, S.PART_RECEIVED, S.RECEIVED),
    label=_("Count receipts"),
    is_public=False,
)
def recount(order: PurchaseOrder, by: Actor) -> PurchaseState:
    """The state follows what came; fired by the receipts."""
    if all(line.received_quantity == line.quantity for line in order.lines):
        return S.RECEIVED
    return S.PART_RECEIVED if any(line.received_quantity for line in order.lines) else S.APPROVED


def _waiting(order: PurchaseOrder) -> list[InboundReceipt]:
    return list(
        db.session.scalars(
            sa.select(InboundReceipt).where(
                InboundReceipt.order_id == order.id, InboundReceipt.state == InboundReceiptState.PENDING
            )
        )
    )
