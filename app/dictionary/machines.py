"""3 整机: suppliers, models, units, contracts, dispatches."""

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
from .base import ZERO, Document, Entity, Record

if TYPE_CHECKING:
    from .coupons import CouponType
    from .crm import Contact, Customer
    from .organisation import Employee, Warehouse


class Supplier(Record):
    title = _("Supplier")
    prefix = "GYS"
    number: Mapped[str] = f.text(_("Supplier number"), 24, unique=True)
    name: Mapped[str] = f.text(_("Supplier name"), unique=True)
    initials: Mapped[str] = f.text(_("Pinyin initials"), 120, default="", index=True)
    kind: Mapped[enums.SupplierKind] = f.choice(_("Supplier kind"), enums.SupplierKind)
    credit_code: Mapped[str | None] = f.text(_("Unified social credit code"), 18, unique=True)
    contact_name: Mapped[str | None] = f.text(_("Contact person"), 50)
    phone: Mapped[str | None] = f.text(_("Phone"), 20)
    address: Mapped[str | None] = f.text(_("Address"), 200)
    bank_name: Mapped[str | None] = f.text(_("Bank name"))
    bank_account: Mapped[str | None] = f.text(_("Bank account number"), 40)
    tax_number: Mapped[str | None] = f.text(_("Tax number"), 20)
    payment_days: Mapped[int] = f.whole(_("Payment term"), default=0, unit=_("days"))
    is_enabled: Mapped[bool] = f.flag(_("Enabled"), default=True)


class MachineModel(Record):
    title = _("Machine model")
    __table_args__ = (sa.UniqueConstraint("brand", "model"),)
    brand: Mapped[str] = f.text(_("Brand"), 40)
    model: Mapped[str] = f.text(_("Model"), 40, index=True)
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
    serial_number: Mapped[str] = f.text(_("Serial number"), 40, unique=True)
    engine_number: Mapped[str | None] = f.text(_("Engine number"), 40)
    model_id: Mapped[int] = f.key(_("Machine model"), "machine_model")
    model: Mapped[MachineModel] = f.link(model_id)
    condition: Mapped[enums.UnitCondition] = f.choice(_("Condition"), enums.UnitCondition)
    year: Mapped[int | None] = f.whole(_("Year built"))
    certificate_number: Mapped[str | None] = f.text(_("Certificate number"), 40)
    gps_number: Mapped[str | None] = f.text(_("GPS terminal"), 40, unique=True)
    warehouse_id: Mapped[int | None] = f.key(_("Kept at"), "warehouse")
    warehouse: Mapped[Warehouse | None] = f.link(warehouse_id)
    cost_amount: Mapped[Decimal] = f.money(_("Cost without tax"), default=ZERO, secret="cost")
    extra_cost_amount: Mapped[Decimal] = f.money(_("Extra cost"), default=ZERO, secret="cost")
    state: Mapped[enums.UnitState] = f.state(_("Machine status"), enums.UnitState)
    reserved_line_id: Mapped[int | None] = f.stamp(_("Reserved for"), unique=True)
    reserved_line: Mapped[ContractLine | None] = f.behind_stamp(
        lambda: ContractLine.id == sa.orm.foreign(MachineUnit.reserved_line_id), _("Reserved for")
    )
    owner_customer_id: Mapped[int | None] = f.key(_("Owner"), "customer")
    owner_customer: Mapped[Customer | None] = f.link(owner_customer_id)
    delivered_on: Mapped[date | None] = f.day(_("Delivered on"))
    warranty_starts_on: Mapped[date | None] = f.day(_("Warranty from"))
    warranty_ends_on: Mapped[date | None] = f.day(_("Warranty until"))
    hour_meter: Mapped[Decimal] = f.quantity(_("Hour meter"), default=ZERO, unit=_("hours"))
    hour_meter_on: Mapped[date | None] = f.day(_("Hour meter read on"))
    lock_state: Mapped[enums.LockState] = f.choice(_("Lock"), enums.LockState)

    def __str__(self) -> str:
        return self.serial_number


class MachineInbound(Document):
    """整机入库单: the paper with which a machine enters the yard."""

    title = _("Machine inbound")
    prefix = "ZJRK"
    kind: Mapped[enums.InboundKind] = f.choice(_("Inbound kind"), enums.InboundKind)
    supplier_id: Mapped[int | None] = f.key(_("Supplier"), "supplier")
    supplier: Mapped[Supplier | None] = f.link(supplier_id)
    model_id: Mapped[int] = f.key(_("Machine model"), "machine_model")
    model: Mapped[MachineModel] = f.link(model_id)
    serial_number: Mapped[str] = f.text(_("Serial number"), 40, index=True)
    engine_number: Mapped[str | None] = f.text(_("Engine number"), 40)
    condition: Mapped[enums.UnitCondition] = f.choice(_("Condition"), enums.UnitCondition)
    year: Mapped[int | None] = f.whole(_("Year built"))
    warehouse_id: Mapped[int] = f.key(_("Warehouse"), "warehouse")
    warehouse: Mapped[Warehouse] = f.link(warehouse_id)
    arrived_on: Mapped[date] = f.day(_("Arrived on"), default=clock.today)
    gross_amount: Mapped[Decimal] = f.money(_("Price with tax"), secret="purchase")
    tax_rate: Mapped[Decimal] = f.percent(_("Tax rate"), default=Decimal("0.13"), secret="purchase")
    cost_amount: Mapped[Decimal] = f.money(_("Cost without tax"), default=ZERO, secret="cost")
    inspection: Mapped[enums.InspectionResult | None] = f.choice(_("Inspection"), enums.InspectionResult, default=None)
    inspection_note: Mapped[str | None] = f.note(_("Inspection note"))
    state: Mapped[enums.InboundState] = f.state(_("Status"), enums.InboundState)
    unit_id: Mapped[int | None] = f.key(_("Machine"), "machine_unit", unique=True, index=False)
    unit: Mapped[MachineUnit | None] = f.link(unit_id)


class MachineContract(Document):
    """整机合同: what a customer buys, how he pays, what he gets on top."""

    title = _("Machine contract")
    prefix = "ZJHT"
    __table_args__ = (
        sa.CheckConstraint("deposit_amount >= 0 AND down_amount >= 0 AND retention_amount >= 0", name="positive"),
    )
    customer_id: Mapped[int] = f.key(_("Customer"), "customer")
    customer: Mapped[Customer] = f.link(customer_id)
    contact_id: Mapped[int | None] = f.key(_("Contact"), "contact")
    contact: Mapped[Contact | None] = f.link(contact_id)
    salesperson_id: Mapped[int] = f.key(_("Salesperson"), "employee")
    salesperson: Mapped[Employee] = f.link(salesperson_id)
    signed_on: Mapped[date] = f.day(_("Signed on"), default=clock.today)
    pay_mode: Mapped[enums.PayMode] = f.choice(_("Payment mode"), enums.PayMode)
    delivery_place: Mapped[str | None] = f.text(_("Delivery place"), 200)
    deposit_amount: Mapped[Decimal] = f.money(_("Deposit"), default=ZERO, secret="price")
    down_share: Mapped[Decimal | None] = f.percent(_("Down payment share"), secret="price")
    down_amount: Mapped[Decimal] = f.money(
        _("Down payment"), default=ZERO, secret="price", help=_("Includes the deposit")
    )
    retention_share: Mapped[Decimal | None] = f.percent(_("Retention share"), secret="price")
    retention_amount: Mapped[Decimal] = f.money(
        _("Retention money"), default=ZERO, secret="price", help=_("Companies only")
    )
    periods: Mapped[int] = f.whole(_("Periods"), default=0)
    annual_rate: Mapped[Decimal] = f.percent(_("Annual interest"), default=ZERO, secret="price")
    repay_method: Mapped[enums.RepayMethod] = f.choice(
        _("Repayment method"), enums.RepayMethod, default=enums.RepayMethod.ANNUITY
    )
    first_due_on: Mapped[date | None] = f.day(_("First instalment due"))
    repay_day: Mapped[int | None] = f.whole(_("Repayment day"), help=_("1 to 31; in short months the last day"))
    penalty_rate: Mapped[Decimal] = f.rate(_("Penalty a day"), default=Decimal("0.0005"), secret="price")
    grace_days: Mapped[int] = f.whole(_("Days of grace"), default=3, unit=_("days"))
    machine_amount: Mapped[Decimal] = f.money(_("Machine amount"), default=ZERO, secret="price")
    fee_amount: Mapped[Decimal] = f.money(_("Fee amount"), default=ZERO, secret="price")
    total_amount: Mapped[Decimal] = f.money(_("Contract total"), default=ZERO, secret="price")
    finance_amount: Mapped[Decimal] = f.money(_("Financed amount"), default=ZERO, secret="price")
    received_amount: Mapped[Decimal] = f.money(_("Received"), default=ZERO, secret="price")
    outstanding_amount: Mapped[Decimal] = f.money(_("Outstanding"), default=ZERO, secret="price")
    state: Mapped[enums.ContractState] = f.state(_("Status"), enums.ContractState)
    pay_state: Mapped[enums.PayState] = f.choice(_("Money status"), enums.PayState)
    awaiting_role: Mapped[str | None] = f.text(_("Waiting for"), 40, index=True)
    approval_route: Mapped[str | None] = f.text(_("Approval route"), 200)
    approval_round: Mapped[int] = f.whole(_("Round"), default=0)
    lines: Mapped[list[ContractLine]] = f.lines(_("Contract machines"), "contract", "ContractLine.line_number")
    fees: Mapped[list[ContractFee]] = f.lines(_("Fees"), "contract", "ContractFee.line_number")
    gifts: Mapped[list[ContractGift]] = f.lines(_("Gifts"), "contract", "ContractGift.line_number")


class ContractLine(Entity):
    title = _("Contract line")
    __table_args__ = (
        sa.UniqueConstraint("contract_id", "line_number"),
        sa.CheckConstraint("unit_price > 0", name="price_positive"),
    )
    contract_id: Mapped[int] = f.key(_("Contract"), "machine_contract", ondelete="CASCADE", index=False)
    contract: Mapped[MachineContract] = f.part_of(contract_id, "lines")
    line_number: Mapped[int] = f.whole(_("Line"), default=1)
    model_id: Mapped[int] = f.key(_("Machine model"), "machine_model")
    model: Mapped[MachineModel] = f.link(model_id)
    unit_id: Mapped[int | None] = f.key(_("Machine"), "machine_unit")
    unit: Mapped[MachineUnit | None] = f.link(unit_id)
    unit_price: Mapped[Decimal] = f.money(_("Price with tax"), secret="price")
    tax_rate: Mapped[Decimal] = f.percent(_("Tax rate"), default=Decimal("0.13"), secret="price")
    configuration: Mapped[str | None] = f.text(_("Configuration"), 200)
    is_dispatched: Mapped[bool] = f.flag(_("Dispatched"))

    def __str__(self) -> str:
        return f"{self.contract.number}-{self.line_number}"


class ContractFee(Entity):
    title = _("Contract fee")
    __table_args__ = (
        sa.UniqueConstraint("contract_id", "line_number"),
        sa.CheckConstraint("amount > 0", name="amount_positive"),
    )
    contract_id: Mapped[int] = f.key(_("Contract"), "machine_contract", ondelete="CASCADE", index=False)
    contract: Mapped[MachineContract] = f.part_of(contract_id, "fees")
    line_number: Mapped[int] = f.whole(_("Line"), default=1)
    kind: Mapped[enums.FeeKind] = f.choice(_("Fee kind"), enums.FeeKind)
    nature: Mapped[enums.FeeNature] = f.choice(_("Nature"), enums.FeeNature)
    amount: Mapped[Decimal] = f.money(_("Amount"), secret="price")
    due_rule: Mapped[enums.DueRule] = f.choice(_("When due"), enums.DueRule)
    due_on: Mapped[date | None] = f.day(_("Due on"))

    def __str__(self) -> str:
        return str(self.kind)


class ContractGift(Entity):
    """A coupon given on top; parts and services as gifts arrive with their chapters."""

    title = _("Contract gift")
    __table_args__ = (
        sa.UniqueConstraint("contract_id", "line_number"),
        sa.CheckConstraint("face_amount > 0", name="face_positive"),
    )
    contract_id: Mapped[int] = f.key(_("Contract"), "machine_contract", ondelete="CASCADE", index=False)
    contract: Mapped[MachineContract] = f.part_of(contract_id, "gifts")
    line_number: Mapped[int] = f.whole(_("Line"), default=1)
    coupon_type_id: Mapped[int] = f.key(_("Coupon type"), "coupon_type")
    coupon_type: Mapped[CouponType] = f.link(coupon_type_id)
    face_amount: Mapped[Decimal] = f.money(_("Face value"))
    valid_days: Mapped[int] = f.whole(_("Valid for"), default=365, unit=_("days"))

    def __str__(self) -> str:
        return str(self.coupon_type)


class ApprovalRecord(Entity):
    """One decision on one step; `content_hash` tells whether the paper was changed afterwards."""

    title = _("Approval record")
    contract_id: Mapped[int] = f.key(_("Contract"), "machine_contract")
    contract: Mapped[MachineContract] = f.link(contract_id)
    round: Mapped[int] = f.whole(_("Round"), default=1)
    step: Mapped[int] = f.whole(_("Step"))
    role: Mapped[str] = f.text(_("In the role of"), 40)
    employee_id: Mapped[int | None] = f.key(_("Decided by"), "employee")
    employee: Mapped[Employee | None] = f.link(employee_id)
    result: Mapped[enums.ApprovalResult] = f.choice(_("Decision"), enums.ApprovalResult)
    opinion: Mapped[str | None] = f.note(_("Opinion"), 500)
    decided_at: Mapped[datetime] = f.moment(_("Decided at"), default=clock.now)
    content_hash: Mapped[str] = f.text(_("Content hash"), 64)


class MachineDispatch(Document):
    """出库发车单: the moment a machine leaves the yard and the sale is complete."""

    title = _("Machine dispatch")
    prefix = "FC"
    contract_line_id: Mapped[int] = f.key(_("Contract line"), "contract_line", index=False)
    contract_line: Mapped[ContractLine] = f.link(contract_line_id)
    contract_id: Mapped[int] = f.key(_("Contract"), "machine_contract")
    contract: Mapped[MachineContract] = f.link(contract_id)
    customer_id: Mapped[int] = f.key(_("Customer"), "customer")
    customer: Mapped[Customer] = f.link(customer_id)
    unit_id: Mapped[int] = f.key(_("Machine"), "machine_unit")
    unit: Mapped[MachineUnit] = f.link(unit_id)
    warehouse_id: Mapped[int] = f.key(_("Left from"), "warehouse")
    warehouse: Mapped[Warehouse] = f.link(warehouse_id)
    dispatched_at: Mapped[datetime] = f.moment(_("Dispatched at"), default=clock.now)
    driver: Mapped[str | None] = f.text(_("Driver"), 50)
    plate: Mapped[str | None] = f.text(_("Truck plate"), 20)
    receiver: Mapped[str] = f.text(_("Receiver"), 50)
    receiver_phone: Mapped[str | None] = f.text(_("Receiver's phone"), 20, private="phone")
    hour_meter: Mapped[Decimal] = f.quantity(_("Hour meter"), default=ZERO, unit=_("hours"))
    is_checked: Mapped[bool] = f.flag(_("Delivery check complete"))
    check_note: Mapped[str | None] = f.note(_("Delivery check note"))
    revenue_amount: Mapped[Decimal] = f.money(_("Revenue without tax"), default=ZERO, secret="cost")
    cost_amount: Mapped[Decimal] = f.money(_("Cost of sale"), default=ZERO, secret="cost")
    margin_amount: Mapped[Decimal] = f.money(_("Machine margin"), default=ZERO, secret="cost")
    state: Mapped[enums.DispatchState] = f.state(_("Status"), enums.DispatchState)
    __table_args__ = (
        sa.Index(
            "uq_machine_dispatch_live_line",
            "contract_line_id",
            unique=True,
            sqlite_where=sa.text("state = 'DONE'"),
            postgresql_where=sa.text("state = 'DONE'"),
        ),
    )
