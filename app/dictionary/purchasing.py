"""4 配件, 采购: orders and receipts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import sqlalchemy as sa
import sqlalchemy.orm
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Mapped, relationship

from .. import enums
from .. import fields as f
from .base import ZERO, Document, Entity

if TYPE_CHECKING:
    from .machines import Supplier
    from .organisation import Warehouse
    from .parts import Part


class PurchaseOrder(Document):
    """配件采购单: its approval makes the 待入库 receipt; stock moves only when the keeper confirms."""

    title = _("Purchase order")
    prefix = "CG"
    supplier_id: Mapped[int] = f.key(_("Supplier"), "supplier")
    supplier: Mapped[Supplier] = f.link(supplier_id)
    warehouse_id: Mapped[int] = f.key(_("Receiving warehouse"), "warehouse")
    warehouse: Mapped[Warehouse] = f.link(warehouse_id)
    kind: Mapped[enums.PurchaseKind] = f.choice(_("Purchase kind"), enums.PurchaseKind)
    expected_on: Mapped[date | None] = f.day(_("Expected on"))
    gross_amount: Mapped[Decimal] = f.money(_("Amount with tax"), default=ZERO, secret="purchase")
    state: Mapped[enums.PurchaseState] = f.state(_("Status"), enums.PurchaseState)
    lines: Mapped[list[PurchaseLine]] = f.lines(_("Parts"), "order", "PurchaseLine.line_number")


class PurchaseLine(Entity):
    title = _("Purchase line")
    __table_args__ = (
        sa.UniqueConstraint("order_id", "line_number"),
        sa.CheckConstraint("quantity > 0 AND unit_price >= 0", name="positive"),
        sa.CheckConstraint("received_quantity >= 0 AND received_quantity <= quantity", name="received"),
    )
    order_id: Mapped[int] = f.key(_("Purchase order"), "purchase_order", ondelete="CASCADE", index=False)
    order: Mapped[PurchaseOrder] = f.part_of(order_id, "lines")
    line_number: Mapped[int] = f.whole(_("Line"), default=1)
    part_id: Mapped[int] = f.key(_("Part"), "part")
    part: Mapped[Part] = f.link(part_id)
    quantity: Mapped[Decimal] = f.quantity(_("Quantity"))
    unit_price: Mapped[Decimal] = f.money(_("Price with tax"), secret="purchase")
    tax_rate: Mapped[Decimal] = f.percent(_("Tax rate"), default=Decimal("0.13"), secret="purchase")
    agreed_amount: Mapped[Decimal | None] = f.money(_("Agreed amount"), secret="purchase")
    gross_amount: Mapped[Decimal] = f.money(_("Amount with tax"), default=ZERO, secret="purchase")
    net_amount: Mapped[Decimal] = f.money(_("Amount without tax"), default=ZERO, secret="cost")
    received_quantity: Mapped[Decimal] = f.quantity(_("Received quantity"), default=ZERO)
    received_gross: Mapped[Decimal] = f.money(_("Received with tax"), default=ZERO, secret="purchase")
    received_net: Mapped[Decimal] = f.money(_("Received without tax"), default=ZERO, secret="cost")
    returned_quantity: Mapped[Decimal] = f.quantity(_("Returned quantity"), default=ZERO)


class InboundReceipt(Document):
    """配件入库单: what is expected, then what really came."""

    title = _("Parts inbound")
    prefix = "RK"
    kind: Mapped[enums.ReceiptOfPartsKind] = f.choice(_("Inbound kind"), enums.ReceiptOfPartsKind)
    warehouse_id: Mapped[int] = f.key(_("Warehouse"), "warehouse")
    warehouse: Mapped[Warehouse] = f.link(warehouse_id)
    order_id: Mapped[int | None] = f.key(_("Purchase order"), "purchase_order")
    order: Mapped[PurchaseOrder | None] = f.link(order_id)
    supplier_id: Mapped[int | None] = f.key(_("Supplier"), "supplier")
    supplier: Mapped[Supplier | None] = f.link(supplier_id)
    earlier_id: Mapped[int | None] = f.key(_("Remainder of"), "inbound_receipt")
    earlier: Mapped[InboundReceipt | None] = relationship(
        remote_side="InboundReceipt.id", foreign_keys=[earlier_id], info={"label": _("Remainder of"), "kind": "key"}
    )
    received_on: Mapped[date | None] = f.day(_("Received into stock on"))
    state: Mapped[enums.InboundReceiptState] = f.state(_("Status"), enums.InboundReceiptState)
    lines: Mapped[list[InboundLine]] = f.lines(_("Parts"), "receipt", "InboundLine.line_number")


class InboundLine(Entity):
    title = _("Inbound line")
    __table_args__ = (
        sa.UniqueConstraint("receipt_id", "line_number"),
        sa.CheckConstraint("planned_quantity > 0", name="planned_positive"),
        sa.CheckConstraint("actual_quantity >= 0 AND actual_quantity <= planned_quantity", name="actual"),
    )
    receipt_id: Mapped[int] = f.key(_("Parts inbound"), "inbound_receipt", ondelete="CASCADE", index=False)
    receipt: Mapped[InboundReceipt] = f.part_of(receipt_id, "lines")
    line_number: Mapped[int] = f.whole(_("Line"), default=1)
    order_line_id: Mapped[int | None] = f.key(_("Purchase line"), "purchase_line")
    order_line: Mapped[PurchaseLine | None] = f.link(order_line_id)
    part_id: Mapped[int] = f.key(_("Part"), "part")
    part: Mapped[Part] = f.link(part_id)
    planned_quantity: Mapped[Decimal] = f.quantity(_("Planned"))
    actual_quantity: Mapped[Decimal] = f.quantity(_("Arrived"), default=ZERO)
    gross_amount: Mapped[Decimal] = f.money(_("Amount with tax"), default=ZERO, secret="purchase")
    net_amount: Mapped[Decimal] = f.money(_("Amount without tax"), default=ZERO, secret="cost")
