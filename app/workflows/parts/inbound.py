"""配件入库单: PENDING 待入库 → DONE (the keeper confirms what really came) → REVERSED; CANCELLED with its order.

Less than planned leaves a new 待入库 for the rest. Source: brief S7; flows.md C2.1.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ... import clock
from ...actor import Actor
from ...database import db
from ...enums import InboundReceiptState, PayableKind, ReceiptOfPartsKind, StockMovement, WarehouseKind
from ...errors import MissingData, WrongAmount, WrongState
from ...formulas.money import cents, without_tax
from ...ledgers import payable, stock
from ...models import InboundLine, InboundReceipt, PurchaseLine, PurchaseOrder
from ...numbering import next_number
from .. import machine
from ..machine import Workflow
from ..system import notice

S = InboundReceiptState
flow = Workflow(InboundReceipt, editable=frozenset({S.PENDING}), header="order")
ZERO = Decimal(0)
MOVEMENT = {ReceiptOfPartsKind.DIRECT: StockMovement.EMERGENCY_IN}


def expect(
    order: PurchaseOrder, wanted: list[tuple[PurchaseLine, Decimal]], earlier: InboundReceipt | None = None
) -> InboundReceipt:
    """A receipt in 待入库 for these lines of an order; the keepers are told."""
    receipt = InboundReceipt(
        number=next_number(db.session(), InboundReceipt.prefix),
        department_id=order.department_id,
        kind=ReceiptOfPartsKind.PURCHASE,
        warehouse_id=order.warehouse_id,
        order_id=order.id,
        supplier_id=order.supplier_id,
        earlier_id=earlier.id if earlier else None,
        lines=[
            InboundLine(line_number=i, order_line_id=line.id, part=line.part, planned_quantity=quantity)
            for i, (line, quantity) in enumerate(wanted, 1)
        ],
    )
    machine.begin(receipt)
    notice.tell(
        notice.keepers_of(receipt.warehouse_id),
        gettext("Parts of order %(order)s are to be received: %(number)s", order=order.number, number=receipt.number),
        receipt,
        "pending",
    )
    return receipt


@flow.transition(S.PENDING, to=S.DONE, label=_("Receive"), icon="dolly", tone="primary")
def receive(receipt: InboundReceipt, by: Actor, *, lines: list[dict[str, Any]]) -> None:
    """入库确认: what really came goes on the shelf and is owed to the supplier; the rest waits on a new paper.

    lines:  [{"id": line id, "quantity": pieces}], 0 <= quantity <= planned, not all zero.
    Posts:  stock in at the price without tax; payable with tax; the order's received quantities.
    Raises: WrongAmount beyond the plan; MissingData when nothing came.
    """
    from ..service import emergency
    from . import backorder

    came = quantities(receipt.lines, lines)
    order = receipt.order
    rest: list[tuple[PurchaseLine, Decimal]] = []
    owed = ZERO
    for line in sorted(receipt.lines, key=lambda entry: entry.part_id):
        line.actual_quantity = came[line.id]
        if line.actual_quantity:
            _value(line)
            stock.move(
                line.part,
                line.actual_quantity,
                source=stock.place(WarehouseKind.SUPPLIER),
                target=receipt.warehouse,
                movement=MOVEMENT.get(receipt.kind, StockMovement.PURCHASE_IN),
                origin=receipt,
                line=line.line_number,
                amount=line.net_amount,
            )
            owed += line.gross_amount
        if line.order_line is not None and line.actual_quantity < line.planned_quantity:
            rest.append((line.order_line, line.planned_quantity - line.actual_quantity))
    receipt.received_on = clock.today()
    emergency.arrived(receipt)  # bought for a technician: before anybody else who waits
    backorder.serve(receipt.warehouse, [line.part_id for line in receipt.lines if line.actual_quantity])
    if owed and receipt.supplier is not None:
        payable.raise_(receipt, receipt.supplier, PayableKind.PART, owed)
    if order is not None:
        from . import purchase

        purchase.recount(order)
        if rest:
            expect(order, sorted(rest, key=lambda pair: pair[0].line_number), receipt)


@flow.transition(S.DONE, to=S.REVERSED, label=_("Reverse"), icon="undo", tone="danger")
def reverse(receipt: InboundReceipt, by: Actor, *, reason: str) -> None:
    """冲销: the parts leave at what they came in for; the debt is void; the order waits for them again.

    Raises: NotEnoughStock when they are no longer all there (then a purchase return is the way); WrongAmount when the
            supplier was paid.
    """
    from . import purchase_return

    if receipt.kind is ReceiptOfPartsKind.DIRECT:
        raise WrongState(
            gettext("A technician collected these parts; they go back with a transfer and a purchase return")
        )
    sent_back = purchase_return.standing(receipt)
    if sent_back is not None:
        raise WrongState(
            gettext(
                "Parts of this receipt go back with %(number)s; it can no longer be reversed", number=sent_back.number
            )
        )
    order = receipt.order
    payable.void_of(receipt)
    for moved in stock.moves_of(receipt, StockMovement.PURCHASE_IN, StockMovement.OPENING):
        stock.reverse(moved, receipt)
    again = []
    for line in receipt.lines:
        if line.order_line is not None and line.actual_quantity:
            line.order_line.received_quantity -= line.actual_quantity
            line.order_line.received_gross -= line.gross_amount
            line.order_line.received_net -= line.net_amount
            again.append((line.order_line, line.actual_quantity))
    if order is not None:
        from . import purchase

        purchase.recount(order)
        expect(order, again, receipt)


@flow.transition(S.PENDING, to=S.CANCELLED, label=_("Drop"), is_public=False)
def drop(receipt: InboundReceipt, by: Actor) -> None:
    """The order was cancelled or closed."""


def quantities(planned: list[Any], told: list[dict[str, Any]]) -> dict[int, Decimal]:
    """Line id → pieces; a line that was not told counts as zero. Raises WrongAmount and MissingData."""
    said = {int(row["id"]): row["quantity"] for row in told if row.get("id")}
    result = {line.id: said.get(line.id) or ZERO for line in planned}
    for line in planned:
        if not ZERO <= result[line.id] <= line.planned_quantity:
            raise WrongAmount(
                gettext(
                    "%(part)s: at most %(planned)s, not %(actual)s",
                    part=str(line.part),
                    planned=f"{line.planned_quantity.normalize():f}",
                    actual=f"{result[line.id].normalize():f}",
                ),
                field="lines",
            )
    if not any(result.values()):
        raise MissingData(gettext("At least one piece has to move"), field="lines")
    return result


def _value(line: InboundLine) -> None:
    """What arrived is worth its share of the order line, never more than is left; the last receipt takes the rest."""
    source = line.order_line
    if source is None:
        return
    source.received_quantity += line.actual_quantity
    left_gross, left_net = source.gross_amount - source.received_gross, source.net_amount - source.received_net
    if source.received_quantity == source.quantity:
        line.gross_amount, line.net_amount = left_gross, left_net
    else:
        whole = source.agreed_amount
        share = (
            whole * line.actual_quantity / source.quantity
            if whole is not None
            else line.actual_quantity * source.unit_price
        )
        line.gross_amount = min(cents(share), left_gross)
        line.net_amount = min(without_tax(line.gross_amount, source.tax_rate), left_net)
    source.received_gross += line.gross_amount
    source.received_net += line.net_amount
