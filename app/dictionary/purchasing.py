"""4 配件, 采购: orders and receipts."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import sqlalchemy as sa
import sqlalchemy.orm
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Mapped, relationship

from .. import enums
from .. import fields as f
from ..formulas.windows import HAPPENED, PLANNED, STAMPED
from .base import ZERO, Document, Entity

if TYPE_CHECKING:
    from .finance import FundAccount
    from .machines import Supplier
    from .organisation import Warehouse
    from .parts import Part


class PurchaseOrder(Document):
    """配件采购单: its approval makes the 待入库 receipt; stock moves only when the keeper confirms."""

    title = _("Purchase order")
    prefix = "CG"
    supplier_id: Mapped[int] = f.key(_("Supplier"), "supplier", among={"kind": enums.PART_SUPPLIERS})
    supplier: Mapped[Supplier] = f.link(supplier_id)
    warehouse_id: Mapped[int] = f.key(_("Receiving warehouse"), "warehouse")
    warehouse: Mapped[Warehouse] = f.link(warehouse_id)
    kind: Mapped[enums.PurchaseKind] = f.choice(_("Purchase kind"), enums.PurchaseKind)
    expected_on: Mapped[date | None] = f.day(_("Expected on"), PLANNED)
    gross_amount: Mapped[Decimal] = f.money(_("Amount with tax"), default=ZERO, secret="purchase")
    state: Mapped[enums.PurchaseState] = f.state(_("Status"), enums.PurchaseState)
    lines: Mapped[list[PurchaseLine]] = f.lines(_("Parts"), "order", "PurchaseLine.line_number")


class PurchaseLine(Entity):
    title = _("Purchase line")
    __table_args__ = (
        sa.UniqueConstraint("order_id", "line_number"),
        sa.CheckConstraint("quantity > 0 AND unit_price >= 0", name="positive"),
        sa.CheckConstraint("received_quantity >= 0 AND received_quantity <= quantity", name="received"),
        sa.CheckConstraint("tax_rate >= 0 AND (agreed_amount IS NULL OR agreed_amount >= 0)", name="terms"),
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
    supplier_id: Mapped[int | None] = f.key(_("Supplier"), "supplier", among={"kind": enums.PART_SUPPLIERS})
    supplier: Mapped[Supplier | None] = f.link(supplier_id)
    earlier_id: Mapped[int | None] = f.key(_("Remainder of"), "inbound_receipt")
    earlier: Mapped[InboundReceipt | None] = relationship(
        remote_side="InboundReceipt.id", foreign_keys=[earlier_id], info={"label": _("Remainder of"), "kind": "key"}
    )
    received_on: Mapped[date | None] = f.day(_("Received into stock on"), HAPPENED)
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

    def __str__(self) -> str:
        return f"{self.part}"


class PurchaseReturn(Document):
    """采购退货单: received parts go back to the supplier at their average cost; his refund lowers what we owe him."""

    title = _("Purchase return")
    prefix = "CT"
    __table_args__ = (
        sa.CheckConstraint("credited_amount >= 0 AND cash_amount >= 0", name="parts_positive"),
        sa.CheckConstraint("credited_amount + cash_amount <= gross_amount", name="not_overpaid"),
    )
    receipt_id: Mapped[int] = f.key(_("Parts inbound"), "inbound_receipt")
    receipt: Mapped[InboundReceipt] = f.link(receipt_id)
    supplier_id: Mapped[int] = f.key(_("Supplier"), "supplier", among={"kind": enums.PART_SUPPLIERS})
    supplier: Mapped[Supplier] = f.link(supplier_id)
    warehouse_id: Mapped[int] = f.key(_("Warehouse"), "warehouse")
    warehouse: Mapped[Warehouse] = f.link(warehouse_id)
    reason: Mapped[str] = f.text(_("Reason"), 200)
    express_number: Mapped[str | None] = f.text(_("Express number"), 60, form="code")
    shipped_at: Mapped[datetime | None] = f.moment(_("Shipped at"), STAMPED)
    gross_amount: Mapped[Decimal] = f.money(_("Refund with tax"), default=ZERO, secret="purchase")
    net_amount: Mapped[Decimal] = f.money(_("Refund without tax"), default=ZERO, secret="cost")
    cost_amount: Mapped[Decimal] = f.money(_("Cost of the goods"), default=ZERO, secret="cost")
    variance_amount: Mapped[Decimal] = f.signed_money(
        _("Purchase price variance"), default=ZERO, secret="cost", help=_("Refund without tax less cost")
    )
    credited_amount: Mapped[Decimal] = f.money(_("Taken off payables"), default=ZERO, secret="purchase")
    cash_amount: Mapped[Decimal] = f.money(_("Back as money"), default=ZERO, secret="purchase")
    account_id: Mapped[int | None] = f.key(_("Paid into"), "fund_account")
    account: Mapped[FundAccount | None] = f.link(account_id)
    state: Mapped[enums.PurchaseReturnState] = f.state(_("Status"), enums.PurchaseReturnState)
    lines: Mapped[list[PurchaseReturnLine]] = f.lines(_("Parts"), "return_", "PurchaseReturnLine.line_number")

    @property
    def open_amount(self) -> Decimal:
        """Yuan of the refund that the supplier has not made good yet."""
        return self.gross_amount - self.credited_amount - self.cash_amount

    @property
    def owed_amount(self) -> Decimal:
        """Yuan that the supplier owes: nothing before the parts left, nothing of a return that came to nothing."""
        return self.open_amount if self.state is enums.PurchaseReturnState.SHIPPED else ZERO


class PurchaseReturnLine(Entity):
    title = _("Purchase return line")
    __table_args__ = (
        sa.UniqueConstraint("return_id", "line_number"),
        sa.UniqueConstraint("return_id", "receipt_line_id"),
        sa.CheckConstraint("quantity > 0", name="quantity_positive"),
    )
    return_id: Mapped[int] = f.key(_("Purchase return"), "purchase_return", ondelete="CASCADE", index=False)
    return_: Mapped[PurchaseReturn] = f.part_of(return_id, "lines")
    line_number: Mapped[int] = f.whole(_("Line"), default=1)
    receipt_line_id: Mapped[int] = f.key(_("Part received"), "inbound_line")
    receipt_line: Mapped[InboundLine] = f.link(receipt_line_id)
    quantity: Mapped[Decimal] = f.quantity(_("Quantity"))
    gross_amount: Mapped[Decimal] = f.money(_("Refund with tax"), default=ZERO, secret="purchase")
    net_amount: Mapped[Decimal] = f.money(_("Refund without tax"), default=ZERO, secret="cost")
    cost_amount: Mapped[Decimal] = f.money(_("Cost of the goods"), default=ZERO, secret="cost")


class PurchaseProposal(Document):
    """采购建议: what should be bought, and why; one open proposal per part and warehouse, used once."""

    title = _("Purchase proposal")
    prefix = "CJ"
    __table_args__ = (
        sa.CheckConstraint("quantity > 0 AND needed_quantity > 0", name="positive"),
        sa.Index(
            "uq_purchase_proposal_open",
            "part_id",
            "warehouse_id",
            unique=True,
            sqlite_where=sa.text("state = 'OPEN'"),
            postgresql_where=sa.text("state = 'OPEN'"),
        ),
    )
    part_id: Mapped[int] = f.key(_("Part"), "part")
    part: Mapped[Part] = f.link(part_id)
    warehouse_id: Mapped[int] = f.key(_("Receiving warehouse"), "warehouse")
    warehouse: Mapped[Warehouse] = f.link(warehouse_id)
    cause: Mapped[enums.ProposalCause] = f.choice(_("Why"), enums.ProposalCause)
    on_hand: Mapped[Decimal] = f.quantity(_("On hand"), default=ZERO)
    reserved: Mapped[Decimal] = f.quantity(_("Reserved"), default=ZERO)
    waiting: Mapped[Decimal] = f.quantity(_("Customers wait for"), default=ZERO)
    on_order: Mapped[Decimal] = f.quantity(_("On order"), default=ZERO)
    needed_quantity: Mapped[Decimal] = f.quantity(_("Needed"))
    quantity: Mapped[Decimal] = f.quantity(_("Quantity to order"))
    supplier_id: Mapped[int | None] = f.key(_("Supplier"), "supplier", among={"kind": enums.PART_SUPPLIERS})
    supplier: Mapped[Supplier | None] = f.link(supplier_id)
    unit_price: Mapped[Decimal | None] = f.money(_("Price with tax"), secret="purchase")
    order_id: Mapped[int | None] = f.key(_("Purchase order"), "purchase_order")
    order: Mapped[PurchaseOrder | None] = f.link(order_id)
    state: Mapped[enums.ProposalState] = f.state(_("Status"), enums.ProposalState)
