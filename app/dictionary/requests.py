"""6 服务, 配件申请: what technicians ask for, and what is bought for them in a hurry."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import sqlalchemy as sa
import sqlalchemy.orm
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Mapped

from .. import clock, enums
from .. import fields as f
from ..formulas.windows import PLANNED, STAMPED
from .base import ZERO, Document, Record

if TYPE_CHECKING:
    from .machines import Supplier
    from .organisation import Employee, Warehouse
    from .parts import Part
    from .purchasing import PurchaseOrder
    from .service import WorkOrder
    from .stock import StockTransfer


class PartRequest(Document):
    """配件申请: a technician wants parts, for a work order or for his van; its state is a function of its lines."""

    title = _("Parts request")
    prefix = "SQ"
    __table_args__ = (sa.CheckConstraint("(source = 'WORK_ORDER') = (work_order_id IS NOT NULL)", name="source_order"),)
    technician_id: Mapped[int] = f.key(_("Technician"), "employee")
    technician: Mapped[Employee] = f.link(technician_id)
    source: Mapped[enums.RequestSource] = f.choice(_("Asked for"), enums.RequestSource)
    work_order_id: Mapped[int | None] = f.key(_("Work order"), "work_order")
    work_order: Mapped[WorkOrder | None] = f.link(work_order_id)
    need_by: Mapped[date | None] = f.day(_("Needed by"), PLANNED)
    is_urgent: Mapped[bool] = f.flag(_("Urgent"))
    deliver_to: Mapped[str | None] = f.text(_("Deliver to"), 200)
    state: Mapped[enums.RequestState] = f.state(_("Status"), enums.RequestState)
    lines: Mapped[list[RequestLine]] = f.lines(_("Parts"), "request", "RequestLine.line_number")


class RequestLine(Record):
    """申请明细: so many of one part, on one way to the technician; what takes another way is a line of its own."""

    title = _("Part asked for")
    __table_args__ = (
        sa.UniqueConstraint("request_id", "line_number"),
        sa.CheckConstraint("quantity > 0", name="quantity_positive"),
        sa.CheckConstraint(
            "received_quantity >= 0 AND received_quantity <= shipped_quantity AND shipped_quantity <= quantity",
            name="flow",
        ),
    )
    request_id: Mapped[int] = f.key(_("Parts request"), "part_request", index=False)
    request: Mapped[PartRequest] = f.part_of(request_id, "lines")
    line_number: Mapped[int] = f.whole(_("Line"), default=1)
    part_id: Mapped[int] = f.key(_("Part"), "part")
    part: Mapped[Part] = f.link(part_id)
    quantity: Mapped[Decimal] = f.quantity(_("Quantity"))
    mode: Mapped[enums.FulfilMode | None] = f.choice(_("Way to the technician"), enums.FulfilMode, default=None)
    transfer_id: Mapped[int | None] = f.key(_("Stock transfer"), "stock_transfer")
    transfer: Mapped[StockTransfer | None] = f.link(transfer_id)
    emergency_id: Mapped[int | None] = f.key(_("Emergency purchase"), "emergency_purchase")
    emergency: Mapped[EmergencyPurchase | None] = f.link(emergency_id)
    shipped_quantity: Mapped[Decimal] = f.quantity(_("Shipped"), default=ZERO)
    received_quantity: Mapped[Decimal] = f.quantity(_("Received quantity"), default=ZERO)
    reason: Mapped[str | None] = f.text(_("Reason"), 200)
    ended_at: Mapped[datetime | None] = f.moment(_("Collected or given up at"), STAMPED)
    state: Mapped[enums.RequestLineState] = f.state(_("Status"), enums.RequestLineState)

    @property
    def technician(self) -> Employee:
        """Who wants it."""
        return self.request.technician

    @property
    def work_order(self) -> WorkOrder | None:
        """The work that waits for it."""
        return self.request.work_order

    @property
    def is_down(self) -> bool:
        """Whether a machine stands still because of it: not once the work on it is done, or nobody waits for the part."""
        order = self.work_order
        return (
            order is not None
            and order.is_down
            and order.state in enums.UNFINISHED_ORDERS
            and self.state not in enums.CLOSED_REQUEST_LINES
        )

    @property
    def age(self) -> Decimal:
        """Hours since it was asked for, until it was collected or given up."""
        seconds = Decimal(((self.ended_at or clock.now()) - self.request.created_at).total_seconds())
        return max(seconds / 3600, ZERO).quantize(Decimal("0.1"))

    def __str__(self) -> str:
        return f"{self.request.number}-{self.line_number}"


class EmergencyPurchase(Document):
    """紧急采购单: one part for one technician, sent to him or to a store by a supplier."""

    title = _("Emergency purchase")
    prefix = "JC"
    __table_args__ = (
        sa.CheckConstraint("quantity > 0 AND unit_price >= 0", name="positive"),
        sa.CheckConstraint("received_quantity >= 0 AND received_quantity <= quantity", name="received"),
        sa.CheckConstraint("(mode = 'TO_STORE') = (order_id IS NOT NULL) AND mode <> 'STOCK'", name="mode_order"),
    )
    request_id: Mapped[int] = f.key(_("Parts request"), "part_request")
    request: Mapped[PartRequest] = f.link(request_id)
    mode: Mapped[enums.FulfilMode] = f.choice(_("Way to the technician"), enums.FulfilMode)
    supplier_id: Mapped[int] = f.key(_("Supplier"), "supplier", among={"kind": enums.PART_SUPPLIERS})
    supplier: Mapped[Supplier] = f.link(supplier_id)
    warehouse_id: Mapped[int] = f.key(_("Goes to"), "warehouse")
    warehouse: Mapped[Warehouse] = f.link(warehouse_id)
    part_id: Mapped[int] = f.key(_("Part"), "part")
    part: Mapped[Part] = f.link(part_id)
    quantity: Mapped[Decimal] = f.quantity(_("Quantity"))
    unit_price: Mapped[Decimal] = f.money(_("Price with tax"), secret="purchase")
    tax_rate: Mapped[Decimal] = f.percent(_("Tax rate"), default=Decimal("0.13"), secret="purchase")
    gross_amount: Mapped[Decimal] = f.money(_("Amount with tax"), default=ZERO, secret="purchase")
    net_amount: Mapped[Decimal] = f.money(_("Amount without tax"), default=ZERO, secret="cost")
    received_quantity: Mapped[Decimal] = f.quantity(_("Received quantity"), default=ZERO)
    received_gross: Mapped[Decimal] = f.money(_("Received with tax"), default=ZERO, secret="purchase")
    received_net: Mapped[Decimal] = f.money(_("Received without tax"), default=ZERO, secret="cost")
    express_number: Mapped[str | None] = f.text(_("Express number"), 60, form="code")
    order_id: Mapped[int | None] = f.key(_("Purchase order"), "purchase_order", unique=True)
    order: Mapped[PurchaseOrder | None] = f.link(order_id)
    state: Mapped[enums.EmergencyState] = f.state(_("Status"), enums.EmergencyState)
