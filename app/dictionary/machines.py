"""3 整机: suppliers, models, units, their purchase and inbound."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
import sqlalchemy.orm
from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext as _p
from sqlalchemy.orm import Mapped, mapped_column

from .. import clock, enums
from .. import fields as f
from ..enums import AttachmentKind as K
from ..formulas.windows import HAPPENED, PLANNED, STAMPED, TERM
from .base import ZERO, Document, Entity, Record

if TYPE_CHECKING:
    from .contracts import ContractLine, MachineContract
    from .crm import Customer
    from .organisation import Employee, Warehouse


class Supplier(Record):
    title = _("Supplier")
    prefix = "GYS"
    number: Mapped[str] = f.text(_("Supplier number"), 24, form="number", unique=True)
    name: Mapped[str] = f.text(_("Supplier name"), form="name", unique=True)
    initials: Mapped[str] = f.text(_("Pinyin initials"), 120, form="initials", default="", index=True)
    kind: Mapped[enums.SupplierKind] = f.choice(_("Supplier kind"), enums.SupplierKind)
    credit_code: Mapped[str | None] = f.text(_("Unified social credit code"), 18, form="code", unique=True)
    contact_name: Mapped[str | None] = f.text(_("Contact person"), 50, form="name")
    phone: Mapped[str | None] = f.text(_("Phone"), 20, form="phone")
    address: Mapped[str | None] = f.text(_("Address"), 200)
    bank_name: Mapped[str | None] = f.text(_("Bank name"), form="name")
    bank_account: Mapped[str | None] = f.text(_("Bank account number"), 40, form="code")
    tax_number: Mapped[str | None] = f.text(_("Tax number"), 20, form="code")
    payment_days: Mapped[int] = f.whole(_("Payment term"), default=0, unit=_("days"))
    is_enabled: Mapped[bool] = f.flag(_("Enabled"), default=True)


class MachineModel(Record):
    title = _("Machine model")
    __table_args__ = (sa.UniqueConstraint("brand", "model"),)
    brand: Mapped[str] = f.text(_("Brand"), 40, form="name")
    model: Mapped[str] = f.text(_("Model"), 40, form="article", index=True)
    category: Mapped[enums.MachineCategory] = f.choice(_("Category"), enums.MachineCategory)
    tonnage: Mapped[Decimal | None] = f.quantity(_("Tonnage"), unit=_("tons"))
    list_price: Mapped[Decimal] = f.money(_("List price"), default=ZERO, secret="price")
    floor_price: Mapped[Decimal] = f.money(_("Floor price"), default=ZERO, secret="floor")
    warranty_months: Mapped[int] = f.whole(_("Warranty months"), default=12, unit=_("months"))
    warranty_hours: Mapped[int] = f.whole(_("Warranty hours"), default=2000, unit=_("hours"))
    first_service_hours: Mapped[int] = f.whole(_("First service at"), default=50, unit=_("hours"))
    service_interval_hours: Mapped[int] = f.whole(_("Service interval"), default=250, unit=_("hours"))
    is_enabled: Mapped[bool] = f.flag(_("Enabled"), default=True)

    def __str__(self) -> str:
        return f"{self.brand} {self.model}"


class MachineUnit(Record):
    """One physical machine, valued by what it cost itself; its serial number is unique for life."""

    title = _("Machine")
    attachment_kinds = (K.NAMEPLATE, K.SITE_PHOTO, K.CERTIFICATE, K.HANDOVER, K.INVOICE, K.INSURANCE, K.OTHER)
    serial_number: Mapped[str] = f.text(_("Serial number"), 40, form="code", unique=True)
    engine_number: Mapped[str | None] = f.text(_("Engine number"), 40, form="code")
    model_id: Mapped[int] = f.key(_("Machine model"), "machine_model")
    model: Mapped[MachineModel] = f.link(model_id)
    condition: Mapped[enums.UnitCondition] = f.choice(_("Condition"), enums.UnitCondition)
    year: Mapped[int | None] = f.year(_("Year built"))
    certificate_number: Mapped[str | None] = f.text(_("Certificate number"), 40, form="code")
    gps_number: Mapped[str | None] = f.text(_("GPS terminal"), 40, form="code", unique=True)
    warehouse_id: Mapped[int | None] = f.key(_("Kept at"), "warehouse")
    warehouse: Mapped[Warehouse | None] = f.link(warehouse_id)
    cost_amount: Mapped[Decimal] = f.money(_("Cost without tax"), default=ZERO, secret="cost")
    extra_cost_amount: Mapped[Decimal] = f.money(_("Extra cost"), default=ZERO, secret="cost")
    state: Mapped[enums.UnitState] = f.state(_("Machine status"), enums.UnitState)
    reserved_line_id: Mapped[int | None] = f.stamp(_("Reserved for"), unique=True)
    reserved_line: Mapped[ContractLine | None] = f.behind_stamp(
        "ContractLine.id == foreign(MachineUnit.reserved_line_id)", _("Reserved for")
    )
    owner_customer_id: Mapped[int | None] = f.key(_("Owner"), "customer")
    owner_customer: Mapped[Customer | None] = f.link(owner_customer_id)
    delivered_on: Mapped[date | None] = f.day(_("Delivered on"), HAPPENED)
    warranty_starts_on: Mapped[date | None] = f.day(_("Warranty from"), HAPPENED)
    warranty_ends_on: Mapped[date | None] = f.day(_("Warranty until"), TERM)
    hour_meter: Mapped[Decimal] = f.quantity(_("Hour meter"), default=ZERO, unit=_("hours"))
    hour_meter_on: Mapped[date | None] = f.day(_("Hour meter read on"), HAPPENED)
    earlier_hours: Mapped[Decimal] = f.quantity(_("Hours before the meter was replaced"), default=ZERO, unit=_("hours"))
    lock_state: Mapped[enums.LockState] = f.choice(_("Lock"), enums.LockState)

    @property
    def running_hours(self) -> Decimal:
        """Hours in all, over every meter it had: what maintenance and warranty count."""
        return self.hour_meter + self.earlier_hours

    def __str__(self) -> str:
        return self.serial_number


class MeterReading(Entity):
    """小时表读数, append-only: what a machine's hour meter said, when, and where somebody looked at it."""

    title = _("Hour meter reading")
    __table_args__ = (
        sa.CheckConstraint("hours >= 0", name="hours_positive"),
        sa.Index("ix_meter_reading_unit_id_read_on", "unit_id", "read_on"),
    )
    unit_id: Mapped[int] = f.key(_("Machine"), "machine_unit", index=False)
    unit: Mapped[MachineUnit] = f.link(unit_id)
    read_on: Mapped[date] = f.day(_("Read on"), HAPPENED)
    hours: Mapped[Decimal] = f.quantity(_("Hour meter"), unit=_("hours"))
    total_hours: Mapped[Decimal] = f.quantity(
        _("Hours in all"), unit=_("hours"), help=_("Over every meter the machine had")
    )
    source: Mapped[enums.MeterSource] = f.choice(_("Where it was read"), enums.MeterSource)
    is_replaced: Mapped[bool] = f.flag(_("Meter replaced"))
    reason: Mapped[str | None] = f.text(_("Reason"), 200)
    origin: Mapped[str | None] = f.text(_("Document kind"), 40)
    origin_id: Mapped[int | None] = f.whole(_("Document"))
    origin_number: Mapped[str | None] = f.text(_("Document number"), 24, form="number")
    noted_at: Mapped[datetime] = f.moment(_("Noted at"), STAMPED, default=clock.now)
    noted_by_id: Mapped[int | None] = f.key(_("Noted by"), "employee", index=False)
    noted_by: Mapped[Employee | None] = f.link(noted_by_id)


class MachinePurchase(Document):
    """整机采购单: its approval makes one 待入库 paper per machine; machines and debt come with those."""

    title = _("Machine purchase order")
    prefix = "ZJCG"
    supplier_id: Mapped[int] = f.key(_("Supplier"), "supplier", among={"kind": {enums.SupplierKind.OEM}})
    supplier: Mapped[Supplier] = f.link(supplier_id)
    warehouse_id: Mapped[int] = f.key(_("Receiving warehouse"), "warehouse")
    warehouse: Mapped[Warehouse] = f.link(warehouse_id)
    expected_on: Mapped[date | None] = f.day(_("Expected on"), PLANNED)
    pay_terms: Mapped[str | None] = f.text(_("Terms of payment"), 200)
    total_amount: Mapped[Decimal] = f.money(_("Amount with tax"), default=ZERO, secret="purchase")
    state: Mapped[enums.PurchaseState] = f.state(_("Status"), enums.PurchaseState)
    lines: Mapped[list[MachinePurchaseLine]] = f.lines(_("Machines"), "purchase", "MachinePurchaseLine.line_number")


class MachinePurchaseLine(Entity):
    title = _("Machine purchase line")
    __table_args__ = (
        sa.UniqueConstraint("purchase_id", "line_number"),
        sa.CheckConstraint("pieces > 0 AND unit_price > 0", name="positive"),
        sa.CheckConstraint("received_pieces >= 0 AND received_pieces <= pieces", name="received"),
    )
    purchase_id: Mapped[int] = f.key(_("Machine purchase order"), "machine_purchase", ondelete="CASCADE", index=False)
    purchase: Mapped[MachinePurchase] = f.part_of(purchase_id, "lines")
    line_number: Mapped[int] = f.whole(_("Line"), default=1)
    model_id: Mapped[int] = f.key(_("Machine model"), "machine_model")
    model: Mapped[MachineModel] = f.link(model_id)
    pieces: Mapped[int] = f.whole(_("How many machines"), default=1, unit=_("machines"))
    unit_price: Mapped[Decimal] = f.money(_("Price with tax"), secret="purchase")
    tax_rate: Mapped[Decimal] = f.percent(_("Tax rate"), default=Decimal("0.13"), secret="purchase")
    received_pieces: Mapped[int] = f.whole(_p("machine purchase", "Received"), default=0, unit=_("machines"))

    def __str__(self) -> str:
        return f"{self.purchase.number}-{self.line_number}"


class MachineInbound(Document):
    """整机入库单: the paper with which a machine enters the yard."""

    title = _("Machine inbound")
    prefix = "ZJRK"
    kind: Mapped[enums.InboundKind] = f.choice(_("Inbound kind"), enums.InboundKind)
    supplier_id: Mapped[int | None] = f.key(_("Supplier"), "supplier", among={"kind": enums.MACHINE_SUPPLIERS})
    supplier: Mapped[Supplier | None] = f.link(supplier_id)
    model_id: Mapped[int] = f.key(_("Machine model"), "machine_model")
    model: Mapped[MachineModel] = f.link(model_id)
    serial_number: Mapped[str | None] = f.text(_("Serial number"), 40, form="code", index=True)
    engine_number: Mapped[str | None] = f.text(_("Engine number"), 40, form="code")
    condition: Mapped[enums.UnitCondition] = f.choice(_("Condition"), enums.UnitCondition)
    year: Mapped[int | None] = f.year(_("Year built"))
    warehouse_id: Mapped[int] = f.key(_("Warehouse"), "warehouse")
    warehouse: Mapped[Warehouse] = f.link(warehouse_id)
    arrived_on: Mapped[date] = f.day(_("Arrived on"), PLANNED, default=clock.today)
    gross_amount: Mapped[Decimal] = f.money(_("Price with tax"), secret="purchase")
    tax_rate: Mapped[Decimal] = f.percent(_("Tax rate"), default=Decimal("0.13"), secret="purchase")
    cost_amount: Mapped[Decimal] = f.money(_("Cost without tax"), default=ZERO, secret="cost")
    inspection: Mapped[enums.InspectionResult | None] = f.choice(_("Inspection"), enums.InspectionResult, default=None)
    inspection_note: Mapped[str | None] = f.note(_("Inspection note"))
    state: Mapped[enums.InboundState] = f.state(_("Status"), enums.InboundState)
    unit_id: Mapped[int | None] = f.key(_("Machine"), "machine_unit")
    unit: Mapped[MachineUnit | None] = f.link(unit_id)
    purchase_id: Mapped[int | None] = f.key(_("Machine purchase order"), "machine_purchase")
    purchase: Mapped[MachinePurchase | None] = f.link(purchase_id)
    purchase_line_id: Mapped[int | None] = f.key(_("Machine purchase line"), "machine_purchase_line")
    purchase_line: Mapped[MachinePurchaseLine | None] = f.link(purchase_line_id)
    contract_id: Mapped[int | None] = f.key(_("Trade-in of contract"), "machine_contract")
    contract: Mapped[MachineContract | None] = f.link(contract_id)
    before: Mapped[dict[str, Any] | None] = mapped_column(
        sa.JSON, info={"label": _("Machine before it came in"), "kind": "changes"}
    )
