"""紧急采购单: PURCHASING 采购中 → SHIPPED 已发货 → DONE; CANCELLED. The desk writes it from a requested line.

直发技师: the technician collects it himself, which makes a confirmed receipt into his van and a debt to the supplier; the
company's stores never see it. 直发仓库: an approved purchase order with its 待入库; what arrives is reserved for the request
in the same moment. Source: brief S21, S22; flows.md C4.3.
"""

from __future__ import annotations

from decimal import Decimal

import sqlalchemy as sa
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ...actor import Actor
from ...database import db
from ...enums import EmergencyState, FulfilMode, PurchaseKind, ReceiptOfPartsKind, RequestLineState
from ...errors import NotYours, WrongAmount, WrongState
from ...formulas.money import cents, without_tax
from ...models import (
    EmergencyPurchase,
    InboundLine,
    InboundReceipt,
    PurchaseLine,
    PurchaseOrder,
    RequestLine,
    Supplier,
    Warehouse,
)
from ...numbering import next_number
from .. import machine
from ..machine import Workflow
from ..parts import inbound, purchase
from ..system import notice
from . import fulfilment

S = EmergencyState
L = RequestLineState
flow = Workflow(EmergencyPurchase, editable=frozenset({S.CANCELLED}))
ZERO = Decimal(0)


def place(
    line: RequestLine, mode: FulfilMode, supplier: Supplier, store: Warehouse, price: Decimal, tax_rate: Decimal | None
) -> EmergencyPurchase:
    """Order the pieces of a line from a supplier; for 直发仓库 with its purchase order, approved, and 待入库."""
    rate = Decimal("0.13") if tax_rate is None else tax_rate
    gross = cents(line.quantity * price)
    paper = EmergencyPurchase(
        number=next_number(db.session(), EmergencyPurchase.prefix),
        department_id=line.request.department_id,
        request_id=line.request_id,
        mode=mode,
        supplier_id=supplier.id,
        warehouse_id=store.id,
        part_id=line.part_id,
        quantity=line.quantity,
        unit_price=price,
        tax_rate=rate,
        gross_amount=gross,
        net_amount=without_tax(gross, rate),
        order_id=_order(line, supplier, store, price, rate).id if mode is FulfilMode.TO_STORE else None,
    )
    machine.begin(paper)
    notice.tell([line.request.technician], notice.todo_subject(paper, gettext("bought for you")), paper, "placed")
    return paper


def _order(line: RequestLine, supplier: Supplier, store: Warehouse, price: Decimal, rate: Decimal) -> PurchaseOrder:
    order = PurchaseOrder(
        supplier_id=supplier.id,
        warehouse_id=store.id,
        kind=PurchaseKind.EMERGENCY,
        remark=str(line),
        lines=[
            PurchaseLine(line_number=1, part_id=line.part_id, quantity=line.quantity, unit_price=price, tax_rate=rate)
        ],
    )
    purchase.prepare(order)
    machine.begin(order)
    purchase.at_once(order)
    return order


@flow.transition(S.PURCHASING, to=S.SHIPPED, label=_("Supplier has shipped"), icon="truck-fast", tone="primary")
def ship(paper: EmergencyPurchase, by: Actor, *, express_number: str | None = None) -> None:
    """供应商发货: the pieces are on the way; the technician reads the express number."""
    paper.express_number = express_number
    if paper.mode is not FulfilMode.DIRECT:
        return
    lines = fulfilment.on(paper, L.PURCHASING)
    for line in lines:
        line.shipped_quantity = line.quantity
        fulfilment.follow(line, state=L.IN_TRANSIT)
    fulfilment.recount(lines)
    notice.tell([paper.request.technician], notice.todo_subject(paper, gettext("on the way to you")), paper, "shipped")


@flow.transition(
    S.PURCHASING,
    S.SHIPPED,
    to=(S.PURCHASING, S.SHIPPED, S.DONE),
    label=_("Collect parts"),
    icon="box-open",
    tone="primary",
)
def collect(paper: EmergencyPurchase, by: Actor, *, quantity: Decimal | None = None) -> EmergencyState:
    """领件 (直发技师): what arrived goes straight into the technician's own van.

    quantity: pieces, 0 < quantity <= what is still to come; empty for all of it.
    Makes:    a receipt into the van, confirmed at once (its own verb: stock in at the price without tax, payable).
    Raises:   NotYours for anybody but the owner of the van.
    """
    if paper.mode is not FulfilMode.DIRECT:
        raise WrongState(gettext("%(number)s goes to a store; it is collected with a transfer", number=paper.number))
    if by.employee_id is None or paper.warehouse.owner_id != by.employee_id:
        raise NotYours(gettext("Only the technician it is for can collect it"))
    left = paper.quantity - paper.received_quantity
    came = left if quantity is None else quantity
    if not ZERO < came <= left:
        raise WrongAmount(
            gettext("%(part)s: at most %(most)s", part=str(paper.part), most=f"{left.normalize():f}"), field="quantity"
        )
    _take_in(paper, came)
    lines = fulfilment.on(paper, L.PURCHASING, L.IN_TRANSIT)
    for line in lines:
        fulfilment.take(line, came)
        line.shipped_quantity = line.received_quantity = came
        fulfilment.follow(line, state=L.DONE)
    for line in fulfilment.on(paper, L.IN_TRANSIT):  # the rest of a line that was split
        line.shipped_quantity = line.quantity
    fulfilment.recount(lines)
    return S.DONE if paper.received_quantity == paper.quantity else paper.state


def _take_in(paper: EmergencyPurchase, came: Decimal) -> None:
    """The receipt of what came, worth its share; the last one takes the rest, so nothing drifts."""
    paper.received_quantity += came
    if paper.received_quantity == paper.quantity:
        gross, net = paper.gross_amount - paper.received_gross, paper.net_amount - paper.received_net
    else:
        gross = min(cents(came * paper.unit_price), paper.gross_amount - paper.received_gross)
        net = min(without_tax(gross, paper.tax_rate), paper.net_amount - paper.received_net)
    paper.received_gross, paper.received_net = paper.received_gross + gross, paper.received_net + net
    receipt = InboundReceipt(
        number=next_number(db.session(), InboundReceipt.prefix),
        department_id=paper.department_id,
        kind=ReceiptOfPartsKind.DIRECT,
        warehouse_id=paper.warehouse_id,
        supplier_id=paper.supplier_id,
        remark=paper.number,
        lines=[
            InboundLine(line_number=1, part_id=paper.part_id, planned_quantity=came, gross_amount=gross, net_amount=net)
        ],
    )
    machine.begin(receipt)
    inbound.receive(receipt, lines=[{"id": receipt.lines[0].id, "quantity": came}])


@flow.transition(S.PURCHASING, S.SHIPPED, to=S.CANCELLED, label=_("Cancel"), icon="ban", tone="danger")
def cancel(paper: EmergencyPurchase, by: Actor, *, reason: str) -> None:
    """取消: the supplier cannot deliver; the line waits for another way. Only while nothing came."""
    if paper.order is not None:
        raise WrongState(gettext("Cancel purchase order %(number)s instead", number=paper.order.number))
    if paper.received_quantity:
        raise WrongState(gettext("Parts of %(number)s have arrived already", number=paper.number))
    _let_go(paper)


def _let_go(paper: EmergencyPurchase) -> None:
    lines = fulfilment.on(paper, L.PURCHASING, L.IN_TRANSIT)
    for line in lines:
        line.emergency_id = line.mode = None
        line.shipped_quantity = ZERO
        fulfilment.follow(line, state=L.PENDING)
    fulfilment.recount(lines)


@flow.transition(*S, to=tuple(S), label=_("Follow the papers"), is_public=False)
def follow(paper: EmergencyPurchase, by: Actor, *, state: EmergencyState) -> EmergencyState:
    """Its purchase order moved it on."""
    return state


def behind(order: PurchaseOrder | None) -> EmergencyPurchase | None:
    """The emergency purchase that a purchase order serves, locked."""
    if order is None or order.kind is not PurchaseKind.EMERGENCY:
        return None
    found = db.session.scalars(
        sa.select(EmergencyPurchase.id).where(EmergencyPurchase.order_id == order.id)
    ).one_or_none()
    return machine.lock(EmergencyPurchase, found) if found is not None else None


def arrived(receipt: InboundReceipt) -> None:
    """入库确认 (直发仓库): what came is reserved for its request at once and waits to be shipped to the technician."""
    paper = behind(receipt.order)
    if paper is None:
        return
    came = sum((line.actual_quantity for line in receipt.lines), ZERO)
    paper.received_quantity = min(paper.received_quantity + came, paper.quantity)
    lines = fulfilment.on(paper, L.PURCHASING)
    for line in lines:
        mine = min(came, line.quantity)
        if not mine:
            continue
        came -= mine
        fulfilment.take(line, mine)
        line.transfer_id = fulfilment.issue(line, receipt.warehouse).id
        fulfilment.follow(line, state=L.TO_SHIP)
    fulfilment.recount(lines)
    if paper.received_quantity == paper.quantity and paper.state is not S.DONE:
        follow(paper, state=S.DONE)


def dropped(order: PurchaseOrder) -> None:
    """采购单取消或关闭: what has not come waits for another way."""
    paper = behind(order)
    if paper is not None and paper.state in (S.PURCHASING, S.SHIPPED):
        _let_go(paper)
        follow(paper, state=S.DONE if paper.received_quantity else S.CANCELLED)
