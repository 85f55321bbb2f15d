"""4 配件, 销售: quotations, sales, outbounds, returns."""

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
from .base import ZERO, Document, Entity, Record

if TYPE_CHECKING:
    from .contracts import MachineContract
    from .coupons import Coupon
    from .crm import Contact, Customer
    from .finance import FundAccount
    from .machines import MachineUnit
    from .organisation import Department, Employee, Warehouse
    from .parts import Part, SaleType
    from .service import WorkOrder


class PartQuotation(Document):
    """配件报价: what both sides agreed on, before a sale."""

    title = _("Parts quotation")
    prefix = "BJ"
    customer_id: Mapped[int] = f.key(_("Customer"), "customer")
    customer: Mapped[Customer] = f.link(customer_id)
    contact_id: Mapped[int | None] = f.key(_("Contact"), "contact")
    contact: Mapped[Contact | None] = f.link(contact_id)
    unit_id: Mapped[int | None] = f.key(_("Machine"), "machine_unit")
    unit: Mapped[MachineUnit | None] = f.link(unit_id)
    valid_until: Mapped[date] = f.day(_("Valid until"), PLANNED)
    total_amount: Mapped[Decimal] = f.money(_("Quotation total"), default=ZERO, secret="goods")
    revision: Mapped[int] = f.whole(_("Revision"), default=1)
    earlier_id: Mapped[int | None] = f.key(_("Revises"), "part_quotation")
    earlier: Mapped[PartQuotation | None] = relationship(
        remote_side="PartQuotation.id", foreign_keys=[earlier_id], info={"label": _("Revises"), "kind": "key"}
    )
    agreed_by: Mapped[str | None] = f.text(_("Agreed by"), 50, form="name")
    agreed_on: Mapped[date | None] = f.day(_("Agreed on"), HAPPENED)
    agreed_proof: Mapped[str | None] = f.text(_("Proof of agreement"), 200)
    state: Mapped[enums.QuotationState] = f.state(_("Status"), enums.QuotationState)
    lines: Mapped[list[QuotationLine]] = f.lines(_("Parts"), "quotation", "QuotationLine.line_number")


class QuotationLine(Entity):
    title = _("Quotation line")
    __table_args__ = (
        sa.UniqueConstraint("quotation_id", "line_number"),
        sa.CheckConstraint("quantity > 0 AND unit_price >= 0", name="positive"),
    )
    quotation_id: Mapped[int] = f.key(_("Parts quotation"), "part_quotation", ondelete="CASCADE", index=False)
    quotation: Mapped[PartQuotation] = f.part_of(quotation_id, "lines")
    line_number: Mapped[int] = f.whole(_("Line"), default=1)
    part_id: Mapped[int] = f.key(_("Part"), "part")
    part: Mapped[Part] = f.link(part_id)
    quantity: Mapped[Decimal] = f.quantity(_("Quantity"))
    unit_price: Mapped[Decimal] = f.money(_("Unit price"), secret="goods")
    amount: Mapped[Decimal] = f.money(_("Amount"), default=ZERO, secret="goods")


class PartSale(Document):
    """配件销售: made from an agreed quotation; approval reserves, redeems, books the debt and tells the keeper."""

    title = _("Sale of parts")
    prefix = "XS"
    __table_args__ = (
        sa.CheckConstraint("goods_amount >= 0 AND coupon_amount >= 0 AND debt_amount >= 0", name="positive"),
        sa.CheckConstraint("discount_amount >= 0 AND discount_amount <= goods_amount", name="discount"),
    )
    quotation_id: Mapped[int | None] = f.key(_("Quotation"), "part_quotation")
    quotation: Mapped[PartQuotation | None] = f.link(quotation_id)
    sale_type_id: Mapped[int] = f.key(_("Kind of sale"), "sale_type")
    sale_type: Mapped[SaleType] = f.link(sale_type_id)
    customer_id: Mapped[int | None] = f.key(_("Customer"), "customer")
    customer: Mapped[Customer | None] = f.link(customer_id)
    salesperson_id: Mapped[int] = f.key(_("Salesperson"), "employee")
    salesperson: Mapped[Employee] = f.link(salesperson_id)
    warehouse_id: Mapped[int] = f.key(_("Shipped from"), "warehouse")
    warehouse: Mapped[Warehouse] = f.link(warehouse_id)
    cost_department_id: Mapped[int | None] = f.key(_("Charged department"), "department")
    cost_department: Mapped[Department | None] = f.link(cost_department_id)
    refurb_unit_id: Mapped[int | None] = f.key(_("Used machine"), "machine_unit")
    refurb_unit: Mapped[MachineUnit | None] = f.link(refurb_unit_id)
    work_order_id: Mapped[int | None] = f.key(_("For work order"), "work_order")
    work_order: Mapped[WorkOrder | None] = f.link(work_order_id)
    contract_id: Mapped[int | None] = f.key(_("Given with contract"), "machine_contract")
    contract: Mapped[MachineContract | None] = f.link(contract_id)
    detail: Mapped[str | None] = f.text(_("Event, purpose or reason"), 200)
    receiver: Mapped[str | None] = f.text(_("Consignee"), 50, form="name")
    receiver_phone: Mapped[str | None] = f.text(_("Consignee's phone"), 20, form="phone", private="phone")
    receiver_address: Mapped[str | None] = f.text(_("Consignee's address"), 200)
    ship_way: Mapped[enums.ShipWay] = f.choice(_("Way of shipping"), enums.ShipWay)
    settle_way: Mapped[enums.SettleWay] = f.choice(_("Way of settling"), enums.SettleWay)
    due_on: Mapped[date | None] = f.day(_("Due on"), PLANNED)
    invoice_wish: Mapped[str | None] = f.text(_("Invoice wish"), 100)
    goods_amount: Mapped[Decimal] = f.money(_("Goods"), default=ZERO, secret="goods")
    discount_amount: Mapped[Decimal] = f.money(_("Discount"), default=ZERO, secret="goods")
    coupon_amount: Mapped[Decimal] = f.money(_("Paid by coupons"), default=ZERO, secret="goods")
    debt_amount: Mapped[Decimal] = f.money(_("Customer owes"), default=ZERO, secret="goods")
    refunded_amount: Mapped[Decimal] = f.money(_("Refunded"), default=ZERO, secret="goods")
    cost_amount: Mapped[Decimal] = f.money(_("Cost of the goods"), default=ZERO, secret="cost")
    state: Mapped[enums.SaleState] = f.state(_("Status"), enums.SaleState)
    ship_state: Mapped[enums.ShipState] = f.choice(_("Shipping status"), enums.ShipState)
    pay_state: Mapped[enums.PayState] = f.choice(_("Money status"), enums.PayState)
    lines: Mapped[list[SaleLine]] = f.lines(_("Parts"), "sale", "SaleLine.line_number")
    coupons: Mapped[list[SaleCoupon]] = f.lines(_("Coupons"), "sale", "SaleCoupon.line_number")


class SaleLine(Entity):
    title = _("Sale line")
    __table_args__ = (
        sa.UniqueConstraint("sale_id", "line_number"),
        sa.CheckConstraint("quantity > 0 AND unit_price >= 0", name="positive"),
        sa.CheckConstraint("shipped_quantity >= 0 AND shipped_quantity <= quantity", name="shipped"),
        sa.CheckConstraint("closed_quantity >= 0 AND shipped_quantity + closed_quantity <= quantity", name="closed"),
        sa.CheckConstraint("returned_quantity >= 0 AND returned_quantity <= shipped_quantity", name="returned"),
    )
    sale_id: Mapped[int] = f.key(_("Sale of parts"), "part_sale", ondelete="CASCADE", index=False)
    sale: Mapped[PartSale] = f.part_of(sale_id, "lines")
    line_number: Mapped[int] = f.whole(_("Line"), default=1)
    part_id: Mapped[int] = f.key(_("Part"), "part")
    part: Mapped[Part] = f.link(part_id)
    quantity: Mapped[Decimal] = f.quantity(_("Quantity"))
    unit_price: Mapped[Decimal] = f.money(_("Unit price"), secret="goods")
    amount: Mapped[Decimal] = f.money(_("Amount"), default=ZERO, secret="goods")
    shipped_quantity: Mapped[Decimal] = f.quantity(_("Shipped"), default=ZERO)
    closed_quantity: Mapped[Decimal] = f.quantity(_("No longer delivered"), default=ZERO)
    returned_quantity: Mapped[Decimal] = f.quantity(_("Returned"), default=ZERO)
    cost_amount: Mapped[Decimal] = f.money(_("Cost of the goods"), default=ZERO, secret="cost")
    returned_cost: Mapped[Decimal] = f.money(_("Cost returned"), default=ZERO, secret="cost")

    def __str__(self) -> str:
        return f"{self.part}"


class SaleCoupon(Entity):
    title = _("Coupon of a sale")
    __table_args__ = (
        sa.UniqueConstraint("sale_id", "line_number"),
        sa.UniqueConstraint("sale_id", "coupon_id"),
        sa.CheckConstraint("amount > 0", name="amount_positive"),
    )
    sale_id: Mapped[int] = f.key(_("Sale of parts"), "part_sale", ondelete="CASCADE", index=False)
    sale: Mapped[PartSale] = f.part_of(sale_id, "coupons")
    line_number: Mapped[int] = f.whole(_("Line"), default=1)
    coupon_id: Mapped[int] = f.key(_("Coupon"), "coupon")
    coupon: Mapped[Coupon] = f.link(coupon_id)
    amount: Mapped[Decimal] = f.money(_("Amount"), secret="goods")


class PartOutbound(Document):
    """配件出库单: what the keeper sends out; a partial shipment leaves a new one for the rest."""

    title = _("Parts outbound")
    prefix = "CK"
    sale_id: Mapped[int] = f.key(_("Sale of parts"), "part_sale")
    sale: Mapped[PartSale] = f.link(sale_id)
    customer_id: Mapped[int | None] = f.key(_("Customer"), "customer")
    customer: Mapped[Customer | None] = f.link(customer_id)
    warehouse_id: Mapped[int] = f.key(_("Warehouse"), "warehouse")
    warehouse: Mapped[Warehouse] = f.link(warehouse_id)
    receiver: Mapped[str | None] = f.text(_("Consignee"), 50, form="name")
    receiver_phone: Mapped[str | None] = f.text(_("Consignee's phone"), 20, form="phone")
    express_number: Mapped[str | None] = f.text(_("Express number"), 60, form="code")
    shipped_at: Mapped[datetime | None] = f.moment(_("Shipped at"), STAMPED)
    state: Mapped[enums.OutboundState] = f.state(_("Status"), enums.OutboundState)
    lines: Mapped[list[OutboundLine]] = f.lines(_("Parts"), "outbound", "OutboundLine.line_number")


class OutboundLine(Entity):
    title = _("Outbound line")
    __table_args__ = (
        sa.UniqueConstraint("outbound_id", "line_number"),
        sa.CheckConstraint("planned_quantity > 0", name="planned_positive"),
        sa.CheckConstraint("actual_quantity >= 0 AND actual_quantity <= planned_quantity", name="actual"),
    )
    outbound_id: Mapped[int] = f.key(_("Parts outbound"), "part_outbound", ondelete="CASCADE", index=False)
    outbound: Mapped[PartOutbound] = f.part_of(outbound_id, "lines")
    line_number: Mapped[int] = f.whole(_("Line"), default=1)
    sale_line_id: Mapped[int] = f.key(_("Sale line"), "sale_line")
    sale_line: Mapped[SaleLine] = f.link(sale_line_id)
    part_id: Mapped[int] = f.key(_("Part"), "part")
    part: Mapped[Part] = f.link(part_id)
    planned_quantity: Mapped[Decimal] = f.quantity(_("Planned"))
    actual_quantity: Mapped[Decimal] = f.quantity(_("Pieces sent"), default=ZERO)
    cost_amount: Mapped[Decimal] = f.money(_("Cost of the goods"), default=ZERO, secret="cost")


class SaleShortage(Record):
    """欠货: pieces of an approved sale that are not there yet; what arrives is promised to the oldest first."""

    title = _("Part on back order")
    __table_args__ = (
        sa.CheckConstraint("quantity > 0", name="quantity_positive"),
        sa.CheckConstraint("served_quantity >= 0 AND served_quantity <= quantity", name="served"),
    )
    sale_id: Mapped[int] = f.key(_("Sale of parts"), "part_sale")
    sale: Mapped[PartSale] = f.link(sale_id)
    sale_line_id: Mapped[int] = f.key(_("Sale line"), "sale_line", unique=True, index=False)
    sale_line: Mapped[SaleLine] = f.link(sale_line_id)
    part_id: Mapped[int] = f.key(_("Part"), "part")
    part: Mapped[Part] = f.link(part_id)
    warehouse_id: Mapped[int] = f.key(_("Warehouse"), "warehouse")
    warehouse: Mapped[Warehouse] = f.link(warehouse_id)
    quantity: Mapped[Decimal] = f.quantity(_("Short quantity"))
    served_quantity: Mapped[Decimal] = f.quantity(_("Since reserved"), default=ZERO)
    state: Mapped[enums.ShortageState] = f.state(_("Status"), enums.ShortageState)

    @property
    def open_quantity(self) -> Decimal:
        """Pieces the customer still waits for."""
        return self.quantity - self.served_quantity if self.state is enums.ShortageState.WAITING else ZERO

    def __str__(self) -> str:
        return f"{self.sale} {self.part}"


class SaleReturn(Document):
    """配件销售退货单: parts come back at what they cost; the customer gets money and coupon back pro rata."""

    title = _("Sale return")
    prefix = "TH"
    sale_id: Mapped[int] = f.key(_("Sale of parts"), "part_sale")
    sale: Mapped[PartSale] = f.link(sale_id)
    customer_id: Mapped[int] = f.key(_("Customer"), "customer")
    customer: Mapped[Customer] = f.link(customer_id)
    warehouse_id: Mapped[int] = f.key(_("Warehouse"), "warehouse")
    warehouse: Mapped[Warehouse] = f.link(warehouse_id)
    reason: Mapped[str] = f.text(_("Reason"), 200)
    is_unshipped: Mapped[bool] = f.flag(_("Never left the store"))
    goods_amount: Mapped[Decimal] = f.money(_("Returned goods"), default=ZERO, secret="goods")
    credited_amount: Mapped[Decimal] = f.money(_("Taken off the debt"), default=ZERO, secret="goods")
    coupon_amount: Mapped[Decimal] = f.money(_("Back as coupon"), default=ZERO, secret="goods")
    withheld_amount: Mapped[Decimal] = f.money(_("Of it kept back until all is returned"), default=ZERO, secret="goods")
    cash_amount: Mapped[Decimal] = f.money(_("Back as money"), default=ZERO, secret="goods")
    account_id: Mapped[int | None] = f.key(_("Paid from"), "fund_account")
    account: Mapped[FundAccount | None] = f.link(account_id)
    state: Mapped[enums.ReturnState] = f.state(_("Status"), enums.ReturnState)
    lines: Mapped[list[ReturnLine]] = f.lines(_("Parts"), "return_", "ReturnLine.line_number")


class ReturnLine(Entity):
    title = _("Return line")
    __table_args__ = (
        sa.UniqueConstraint("return_id", "line_number"),
        sa.UniqueConstraint("return_id", "sale_line_id"),
        sa.CheckConstraint("quantity > 0", name="quantity_positive"),
    )
    return_id: Mapped[int] = f.key(_("Sale return"), "sale_return", ondelete="CASCADE", index=False)
    return_: Mapped[SaleReturn] = f.part_of(return_id, "lines")
    line_number: Mapped[int] = f.whole(_("Line"), default=1)
    sale_line_id: Mapped[int] = f.key(_("Sold part"), "sale_line")
    sale_line: Mapped[SaleLine] = f.link(sale_line_id)
    quantity: Mapped[Decimal] = f.quantity(_("Quantity"))
    amount: Mapped[Decimal] = f.money(_("Amount"), default=ZERO, secret="goods")
    cost_amount: Mapped[Decimal] = f.money(_("Cost returned"), default=ZERO, secret="cost")
