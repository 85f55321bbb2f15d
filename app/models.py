"""The data dictionary: what a dealer keeps books about. Declarations only; behaviour lives in workflows and ledgers.

Chapters: 1 organisation, 2 crm, 3 machines, 4 parts, 5 coupons, 6 service, 7 finance, 8 credit, 11 system.
Money is yuan with two places, quantities have three, rates six; dates are Asia/Shanghai.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

import sqlalchemy as sa
import sqlalchemy.orm
from flask_appbuilder import Model
from flask_appbuilder.security.sqla.models import User
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from . import clock, enums
from . import fields as f

ZERO = Decimal(0)


class Entity(Model):
    """Everything with a row; `title` is what a clerk calls it."""

    __abstract__ = True
    title: ClassVar[Any]

    @declared_attr.directive
    def __tablename__(cls) -> str:
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    id: Mapped[int] = mapped_column(primary_key=True)

    def __str__(self) -> str:
        return str(getattr(self, "name", None) or getattr(self, "number", None) or self.id)

    __repr__ = __str__


class Record(Entity):
    """An entity that people edit: it knows its version and who touched it last."""

    __abstract__ = True
    version: Mapped[int] = mapped_column(sa.Integer, default=1, nullable=False)
    created_at: Mapped[datetime] = f.moment(_("Created at"), default=clock.now)
    changed_at: Mapped[datetime] = f.moment(_("Changed at"), default=clock.now, onupdate=clock.now)

    created_by_id: Mapped[int | None] = f.stamp(_("Created by"))
    changed_by_id: Mapped[int | None] = f.stamp(_("Changed by"))

    @declared_attr
    def created_by(cls) -> Mapped[Employee | None]:
        return f.behind_stamp(lambda: Employee.id == sa.orm.foreign(cls.created_by_id), _("Created by"))

    @declared_attr
    def changed_by(cls) -> Mapped[Employee | None]:
        return f.behind_stamp(lambda: Employee.id == sa.orm.foreign(cls.changed_by_id), _("Changed by"))

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        return {} if cls.__dict__.get("__abstract__") else {"version_id_col": cls.version}


class Document(Record):
    """A record with a number, a business date, a department and, in its own words, a state and verbs."""

    __abstract__ = True
    prefix: ClassVar[str]
    number: Mapped[str] = f.text(_("Number"), 24, unique=True)
    business_on: Mapped[date] = f.day(_("Business date"), default=clock.today)
    remark: Mapped[str | None] = f.note(_("Remark"))

    @declared_attr
    def department_id(cls) -> Mapped[int]:
        return f.key(_("Department"), "department")

    @declared_attr
    def department(cls) -> Mapped[Department]:
        return relationship(
            "Department", foreign_keys=[cls.department_id], info={"label": _("Department"), "kind": "key"}
        )


# == 1 organisation =============================================================================================


class Department(Record):
    title = _("Department")
    code: Mapped[str] = f.text(_("Code"), 20, unique=True)
    name: Mapped[str] = f.text(_("Department name"), 60)
    parent_id: Mapped[int | None] = f.key(_("Parent department"), "department")
    parent: Mapped[Department | None] = relationship(
        remote_side="Department.id", foreign_keys=[parent_id], info={"label": _("Parent department"), "kind": "key"}
    )


class Employee(Record):
    title = _("Employee")
    staff_number: Mapped[str] = f.text(_("Staff number"), 20, unique=True)
    name: Mapped[str] = f.text(_("Name"), 50, index=True)
    initials: Mapped[str] = f.text(_("Pinyin initials"), 60, default="")
    mobile: Mapped[str] = f.text(_("Mobile"), 20, unique=True)
    department_id: Mapped[int] = f.key(_("Department"), "department")
    department: Mapped[Department] = f.link(department_id)
    post: Mapped[str | None] = f.text(_("Post"), 40)
    is_technician: Mapped[bool] = f.flag(_("Technician"))
    is_salesperson: Mapped[bool] = f.flag(_("Salesperson"))
    state: Mapped[enums.EmployeeState] = f.state(_("Employment"), enums.EmployeeState)
    user_id: Mapped[int | None] = f.key(_("Login account"), "ab_user", unique=True, index=False)
    user: Mapped[User | None] = f.link(user_id)


class WarehouseKeeper(Entity):
    title = _("Keeper of a warehouse")
    __table_args__ = (sa.UniqueConstraint("warehouse_id", "employee_id"),)
    warehouse_id: Mapped[int] = f.key(_("Warehouse"), "warehouse", ondelete="CASCADE", index=False)
    employee_id: Mapped[int] = f.key(_("Keeper"), "employee")
    warehouse: Mapped[Warehouse] = f.part_of(warehouse_id, "keepers")
    employee: Mapped[Employee] = f.link(employee_id)


class Warehouse(Record):
    title = _("Warehouse")
    code: Mapped[str] = f.text(_("Code"), 20, unique=True)
    name: Mapped[str] = f.text(_("Warehouse name"), 60, unique=True)
    kind: Mapped[enums.WarehouseKind] = f.choice(_("Kind of warehouse"), enums.WarehouseKind)
    department_id: Mapped[int | None] = f.key(_("Department"), "department")
    department: Mapped[Department | None] = f.link(department_id)
    address: Mapped[str | None] = f.text(_("Address"), 200)
    is_enabled: Mapped[bool] = f.flag(_("Enabled"), default=True)
    keepers: Mapped[list[WarehouseKeeper]] = f.lines(_("Keepers"), "warehouse", "WarehouseKeeper.id")


# == 2 crm ======================================================================================================


class Contact(Record):
    """A natural person who talks business with a salesperson; never owes or pays anything himself."""

    title = _("Contact")
    prefix = "LX"
    number: Mapped[str] = f.text(_("Contact number"), 24, unique=True)
    name: Mapped[str] = f.text(_("Name"), 50, index=True)
    initials: Mapped[str] = f.text(_("Pinyin initials"), 60, default="", index=True)
    mobile: Mapped[str] = f.text(_("Mobile"), 20, index=True, private="phone")
    phone2: Mapped[str | None] = f.text(_("Second phone"), 20, private="phone")
    gender: Mapped[enums.Gender | None] = f.choice(_("Gender"), enums.Gender, default=None)
    id_number: Mapped[str | None] = f.text(_("ID card number"), 18, unique=True, private="id")
    position: Mapped[enums.Position] = f.choice(_("Position"), enums.Position, default=enums.Position.BOSS)
    province: Mapped[str | None] = f.text(_("Province"), 30)
    city: Mapped[str | None] = f.text(_("City"), 30)
    county: Mapped[str | None] = f.text(_("County"), 30)
    address: Mapped[str | None] = f.text(_("Address"), 200)
    source: Mapped[enums.ContactSource] = f.choice(_("Source"), enums.ContactSource, default=enums.ContactSource.VISIT)
    intention: Mapped[enums.Intention | None] = f.choice(_("Intention"), enums.Intention, default=None)
    intended_model_id: Mapped[int | None] = f.key(_("Intended model"), "machine_model")
    intended_model: Mapped[MachineModel | None] = f.link(intended_model_id)
    salesperson_id: Mapped[int] = f.key(_("Salesperson"), "employee")
    salesperson: Mapped[Employee] = f.link(salesperson_id)
    self_customer_id: Mapped[int | None] = f.key(_("As customer"), "customer", unique=True, index=False)
    self_customer: Mapped[Customer | None] = f.link(self_customer_id)
    next_follow_on: Mapped[date | None] = f.day(_("Next follow-up"))
    state: Mapped[enums.ContactState] = f.state(_("Status"), enums.ContactState)
    remark: Mapped[str | None] = f.note(_("Remark"))


class Customer(Record):
    """The party that signs contracts, buys machines and pays; every yuan is keyed to it."""

    title = _("Customer")
    prefix = "KH"
    __table_args__ = (
        sa.CheckConstraint(
            "(kind = 'COMPANY' AND credit_code IS NOT NULL) OR (kind = 'PERSON' AND id_number IS NOT NULL)",
            name="identity",
        ),
    )
    number: Mapped[str] = f.text(_("Customer number"), 24, unique=True)
    name: Mapped[str] = f.text(_("Customer name"), 120, index=True)
    initials: Mapped[str] = f.text(_("Pinyin initials"), 120, default="", index=True)
    kind: Mapped[enums.CustomerKind] = f.choice(_("Customer kind"), enums.CustomerKind)
    credit_code: Mapped[str | None] = f.text(
        _("Unified social credit code"), 18, unique=True, help=_("Companies only; 18 characters")
    )
    id_number: Mapped[str | None] = f.text(
        _("ID card number"), 18, unique=True, private="id", help=_("Individuals only; 18 characters")
    )
    legal_rep: Mapped[str | None] = f.text(_("Legal representative"), 50)
    mobile: Mapped[str] = f.text(_("Phone"), 20, index=True, private="phone")
    province: Mapped[str | None] = f.text(_("Province"), 30)
    city: Mapped[str | None] = f.text(_("City"), 30)
    county: Mapped[str | None] = f.text(_("County"), 30)
    address: Mapped[str | None] = f.text(_("Address"), 200)
    level: Mapped[enums.CustomerLevel] = f.choice(
        _("Customer level"), enums.CustomerLevel, default=enums.CustomerLevel.B
    )
    industry: Mapped[enums.Industry] = f.choice(_("Industry"), enums.Industry, default=enums.Industry.EARTHWORK)
    is_channel: Mapped[bool] = f.flag(_("Channel partner"))
    invoice_title: Mapped[str | None] = f.text(_("Invoice title"))
    tax_number: Mapped[str | None] = f.text(_("Tax number"), 20)
    bank_name: Mapped[str | None] = f.text(_("Bank name"))
    bank_account: Mapped[str | None] = f.text(_("Bank account number"), 40, private="id")
    spouse_name: Mapped[str | None] = f.text(_("Spouse"), 50)
    spouse_id_number: Mapped[str | None] = f.text(_("Spouse's ID card number"), 18, private="id")
    credit_limit: Mapped[Decimal] = f.money(_("Credit limit"), default=ZERO, secret="price")
    price_level: Mapped[enums.PriceLevel] = f.choice(
        _("Price level"), enums.PriceLevel, default=enums.PriceLevel.RETAIL
    )
    salesperson_id: Mapped[int] = f.key(_("Salesperson"), "employee")
    salesperson: Mapped[Employee] = f.link(salesperson_id)
    first_deal_on: Mapped[date | None] = f.day(_("First deal"))
    state: Mapped[enums.CustomerState] = f.state(_("Status"), enums.CustomerState)
    remark: Mapped[str | None] = f.note(_("Remark"))
    tags: Mapped[list[CustomerTag]] = relationship(
        back_populates="customer", viewonly=True, info={"label": _("Tags"), "kind": "lines"}
    )


class CustomerContact(Record):
    """Who talks for which customer, and where we know it from."""

    title = _("Customer and contact")
    __table_args__ = (
        sa.UniqueConstraint("customer_id", "contact_id"),
        sa.Index(
            "uq_customer_contact_primary",
            "customer_id",
            unique=True,
            sqlite_where=sa.text("is_primary"),
            postgresql_where=sa.text("is_primary"),
        ),
    )
    customer_id: Mapped[int] = f.key(_("Customer"), "customer", index=False)
    customer: Mapped[Customer] = f.link(customer_id)
    contact_id: Mapped[int] = f.key(_("Contact"), "contact")
    contact: Mapped[Contact] = f.link(contact_id)
    relation: Mapped[enums.Relation] = f.choice(_("Relation"), enums.Relation)
    is_primary: Mapped[bool] = f.flag(_("Main contact"))
    source: Mapped[enums.LinkSource] = f.choice(_("Link source"), enums.LinkSource)
    contract_id: Mapped[int | None] = f.key(_("Source contract"), "machine_contract")
    contract: Mapped[MachineContract | None] = f.link(contract_id)
    is_contract_cancelled: Mapped[bool] = f.flag(_("Contract cancelled"))

    def __str__(self) -> str:
        return f"{self.customer} – {self.contact}"


class Tag(Record):
    """Made and kept by the administrator; picked by salespeople."""

    title = _("Tag")
    name: Mapped[str] = f.text(_("Tag name"), 30, unique=True)
    group: Mapped[enums.TagGroup] = f.choice(_("Tag group"), enums.TagGroup)
    colour: Mapped[enums.TagColour] = f.choice(_("Colour"), enums.TagColour)
    sort: Mapped[int] = f.whole(_("Order"), default=0)
    is_enabled: Mapped[bool] = f.flag(_("Enabled"), default=True)


class CustomerTag(Entity):
    title = _("Tag of a customer")
    __table_args__ = (sa.UniqueConstraint("customer_id", "tag_id"),)
    customer_id: Mapped[int] = f.key(_("Customer"), "customer", index=False)
    customer: Mapped[Customer] = f.link(customer_id)
    tag_id: Mapped[int] = f.key(_("Tag"), "tag")
    tag: Mapped[Tag] = f.link(tag_id)
    picked_by_id: Mapped[int | None] = f.key(_("Picked by"), "employee", index=False)
    picked_by: Mapped[Employee | None] = f.link(picked_by_id)
    picked_at: Mapped[datetime] = f.moment(_("Picked at"), default=clock.now)

    def __str__(self) -> str:
        return f"{self.customer} – {self.tag}"


# == 3 machines =================================================================================================


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


# == 4 parts ====================================================================================================


class PartCategory(Record):
    title = _("Part category")
    code: Mapped[str] = f.text(_("Code"), 20, unique=True)
    name: Mapped[str] = f.text(_("Category name"), 60)
    parent_id: Mapped[int | None] = f.key(_("Parent category"), "part_category")
    parent: Mapped[PartCategory | None] = relationship(
        remote_side="PartCategory.id", foreign_keys=[parent_id], info={"label": _("Parent category"), "kind": "key"}
    )


class Part(Record):
    """配件: one article; its number is the same article however dashes, blanks and case are typed."""

    title = _("Part")
    part_number: Mapped[str] = f.text(_("Part number"), 40, unique=True)
    part_key: Mapped[str] = f.text(_("Normalised part number"), 40, unique=True)
    name: Mapped[str] = f.text(_("Part name"), 120, index=True)
    initials: Mapped[str] = f.text(_("Pinyin initials"), 60, default="", index=True)
    english_name: Mapped[str | None] = f.text(_("English name"), 120)
    category_id: Mapped[int] = f.key(_("Part category"), "part_category")
    category: Mapped[PartCategory] = f.link(category_id)
    specification: Mapped[str | None] = f.text(_("Specification"), 80)
    unit_name: Mapped[str] = f.text(_("Unit of measure"), 10, default="件")
    brand_kind: Mapped[enums.BrandKind] = f.choice(_("Brand kind"), enums.BrandKind)
    fits: Mapped[str | None] = f.text(_("Fits models"), 200)
    retail_price: Mapped[Decimal] = f.money(_("Retail price"), default=ZERO, secret="price")
    wholesale_price: Mapped[Decimal] = f.money(_("Wholesale price"), default=ZERO, secret="price")
    inner_price: Mapped[Decimal] = f.money(_("Internal price"), default=ZERO, secret="price")
    tax_rate: Mapped[Decimal] = f.percent(_("Tax rate"), default=Decimal("0.13"))
    min_stock: Mapped[Decimal] = f.quantity(_("Minimum stock"), default=ZERO)
    max_stock: Mapped[Decimal] = f.quantity(_("Maximum stock"), default=ZERO)
    is_consumable: Mapped[bool] = f.flag(_("Consumable"))
    warranty_days: Mapped[int] = f.whole(_("Part warranty"), default=0, unit=_("days"))
    is_enabled: Mapped[bool] = f.flag(_("Enabled"), default=True)

    def __str__(self) -> str:
        return f"{self.name} {self.part_number}"


class PartSubstitute(Record):
    title = _("Substitute part")
    __table_args__ = (
        sa.UniqueConstraint("part_id", "substitute_id"),
        sa.CheckConstraint("part_id <> substitute_id", name="another"),
    )
    part_id: Mapped[int] = f.key(_("Part"), "part", index=False)
    part: Mapped[Part] = f.link(part_id)
    substitute_id: Mapped[int] = f.key(_("Substitute"), "part")
    substitute: Mapped[Part] = f.link(substitute_id)
    direction: Mapped[enums.SubstituteDirection] = f.choice(_("Direction"), enums.SubstituteDirection)

    def __str__(self) -> str:
        return f"{self.part} ⇄ {self.substitute}"


class StockBalance(Entity):
    """库存余额: quantity and amount of a part in a warehouse on one locked row; only the stock ledger writes it."""

    title = _("Stock")
    __table_args__ = (
        sa.UniqueConstraint("part_id", "warehouse_id"),
        sa.CheckConstraint("quantity >= 0", name="not_negative"),
        sa.CheckConstraint("reserved >= 0 AND reserved <= quantity", name="reserved"),
        sa.CheckConstraint("amount >= 0 AND (quantity > 0 OR amount = 0)", name="amount"),
    )
    part_id: Mapped[int] = f.key(_("Part"), "part", index=False)
    part: Mapped[Part] = f.link(part_id)
    warehouse_id: Mapped[int] = f.key(_("Warehouse"), "warehouse")
    warehouse: Mapped[Warehouse] = f.link(warehouse_id)
    quantity: Mapped[Decimal] = f.quantity(_("On hand"), default=ZERO)
    reserved: Mapped[Decimal] = f.quantity(_("Reserved"), default=ZERO)
    amount: Mapped[Decimal] = f.money(_("Stock value"), default=ZERO, secret="cost")
    bin: Mapped[str | None] = f.text(_("Bin"), 30)
    is_frozen: Mapped[bool] = f.flag(_("Frozen by a count"))
    version: Mapped[int] = mapped_column(sa.Integer, default=1, nullable=False)

    @property
    def available(self) -> Decimal:
        """Pieces that may be promised."""
        return self.quantity - self.reserved

    @property
    def average_cost(self) -> Decimal | None:
        """Yuan a piece, four places, for the eye only."""
        return (self.amount / self.quantity).quantize(Decimal("0.0001")) if self.quantity else None

    def __str__(self) -> str:
        return f"{self.part} @ {self.warehouse}"


class StockMove(Entity):
    """库存流水, append-only: one movement has two ends, so quantity and value are conserved."""

    title = _("Stock move")
    __table_args__ = (
        sa.CheckConstraint("quantity > 0", name="quantity_positive"),
        sa.CheckConstraint("amount >= 0", name="amount_not_negative"),
        sa.CheckConstraint("source_id <> target_id", name="two_ends"),
        sa.Index(
            "uq_stock_move_effect",
            "origin",
            "origin_id",
            "origin_line",
            "movement",
            "part_id",
            unique=True,
            sqlite_where=sa.text("reversal_of_id IS NULL"),
            postgresql_where=sa.text("reversal_of_id IS NULL"),
        ),
    )
    part_id: Mapped[int] = f.key(_("Part"), "part")
    part: Mapped[Part] = f.link(part_id)
    source_id: Mapped[int] = f.key(_("From warehouse"), "warehouse")
    source: Mapped[Warehouse] = f.link(source_id)
    target_id: Mapped[int] = f.key(_("To warehouse"), "warehouse")
    target: Mapped[Warehouse] = f.link(target_id)
    movement: Mapped[enums.StockMovement] = f.choice(_("Movement"), enums.StockMovement)
    quantity: Mapped[Decimal] = f.quantity(_("Quantity"))
    amount: Mapped[Decimal] = f.money(_("Value"), secret="cost")
    source_quantity: Mapped[Decimal | None] = f.quantity(_("Left at the source"))
    source_amount: Mapped[Decimal | None] = f.money(_("Value left at the source"), secret="cost")
    target_quantity: Mapped[Decimal | None] = f.quantity(_("Then at the target"))
    target_amount: Mapped[Decimal | None] = f.money(_("Value then at the target"), secret="cost")
    origin: Mapped[str] = f.text(_("Document kind"), 40)
    origin_id: Mapped[int] = f.whole(_("Document"))
    origin_number: Mapped[str] = f.text(_("Document number"), 24)
    origin_line: Mapped[int] = f.whole(_("Line"))
    reversal_of_id: Mapped[int | None] = f.key(_("Reverses"), "stock_move", unique=True, index=False)
    business_on: Mapped[date] = f.day(_("Business date"), default=clock.today)
    posted_at: Mapped[datetime] = f.moment(_("Posted at"), default=clock.now)
    posted_by_id: Mapped[int | None] = f.key(_("Posted by"), "employee", index=False)
    posted_by: Mapped[Employee | None] = f.link(posted_by_id)


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


class SaleType(Record):
    """配件销售方式: a word with consequences: who owes, where the cost goes, whether coupons count."""

    title = _("Kind of sale")
    code: Mapped[str] = f.text(_("Code"), 20, unique=True, secret="code")
    name: Mapped[str] = f.text(_("Kind of sale"), 40, unique=True)
    needs_customer: Mapped[bool] = f.flag(_("Has a customer"), default=True)
    is_channel_only: Mapped[bool] = f.flag(_("Channel partners only"))
    makes_debt: Mapped[bool] = f.flag(_("Customer owes"), default=True)
    takes_coupons: Mapped[bool] = f.flag(_("Takes coupons"), default=True)
    needs_quotation: Mapped[bool] = f.flag(_("Needs a quotation"), default=True)
    price_level: Mapped[enums.PriceLevel] = f.choice(_("Price level"), enums.PriceLevel)
    cost_target: Mapped[enums.CostTarget] = f.choice(_("Cost goes to"), enums.CostTarget)
    detail: Mapped[enums.SaleDetail] = f.choice(_("Also asks"), enums.SaleDetail)
    approver: Mapped[enums.SaleApprover] = f.choice(_("Approved by"), enums.SaleApprover)
    is_enabled: Mapped[bool] = f.flag(_("Enabled"), default=True)


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
    valid_until: Mapped[date] = f.day(_("Valid until"))
    total_amount: Mapped[Decimal] = f.money(_("Quotation total"), default=ZERO, secret="price")
    revision: Mapped[int] = f.whole(_("Revision"), default=1)
    earlier_id: Mapped[int | None] = f.key(_("Revises"), "part_quotation")
    earlier: Mapped[PartQuotation | None] = relationship(
        remote_side="PartQuotation.id", foreign_keys=[earlier_id], info={"label": _("Revises"), "kind": "key"}
    )
    agreed_by: Mapped[str | None] = f.text(_("Agreed by"), 50)
    agreed_on: Mapped[date | None] = f.day(_("Agreed on"))
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
    unit_price: Mapped[Decimal] = f.money(_("Unit price"), secret="price")
    amount: Mapped[Decimal] = f.money(_("Amount"), default=ZERO, secret="price")


class PartSale(Document):
    """配件销售: made from an agreed quotation; approval reserves, redeems, books the debt and tells the keeper."""

    title = _("Sale of parts")
    prefix = "XS"
    __table_args__ = (
        sa.CheckConstraint("goods_amount >= 0 AND coupon_amount >= 0 AND debt_amount >= 0", name="positive"),
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
    detail: Mapped[str | None] = f.text(_("Event, purpose or reason"), 200)
    receiver: Mapped[str | None] = f.text(_("Consignee"), 50)
    receiver_phone: Mapped[str | None] = f.text(_("Consignee's phone"), 20, private="phone")
    receiver_address: Mapped[str | None] = f.text(_("Consignee's address"), 200)
    ship_way: Mapped[enums.ShipWay] = f.choice(_("Way of shipping"), enums.ShipWay)
    settle_way: Mapped[enums.SettleWay] = f.choice(_("Way of settling"), enums.SettleWay)
    due_on: Mapped[date | None] = f.day(_("Due on"))
    invoice_wish: Mapped[str | None] = f.text(_("Invoice wish"), 100)
    goods_amount: Mapped[Decimal] = f.money(_("Goods"), default=ZERO, secret="price")
    discount_amount: Mapped[Decimal] = f.money(_("Discount"), default=ZERO, secret="price")
    coupon_amount: Mapped[Decimal] = f.money(_("Paid by coupons"), default=ZERO, secret="price")
    debt_amount: Mapped[Decimal] = f.money(_("Customer owes"), default=ZERO, secret="price")
    refunded_amount: Mapped[Decimal] = f.money(_("Refunded"), default=ZERO, secret="price")
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
        sa.CheckConstraint("returned_quantity >= 0 AND returned_quantity <= shipped_quantity", name="returned"),
    )
    sale_id: Mapped[int] = f.key(_("Sale of parts"), "part_sale", ondelete="CASCADE", index=False)
    sale: Mapped[PartSale] = f.part_of(sale_id, "lines")
    line_number: Mapped[int] = f.whole(_("Line"), default=1)
    part_id: Mapped[int] = f.key(_("Part"), "part")
    part: Mapped[Part] = f.link(part_id)
    quantity: Mapped[Decimal] = f.quantity(_("Quantity"))
    unit_price: Mapped[Decimal] = f.money(_("Unit price"), secret="price")
    amount: Mapped[Decimal] = f.money(_("Amount"), default=ZERO, secret="price")
    shipped_quantity: Mapped[Decimal] = f.quantity(_("Shipped"), default=ZERO)
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
    amount: Mapped[Decimal] = f.money(_("Amount"), secret="price")


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
    receiver: Mapped[str | None] = f.text(_("Consignee"), 50)
    receiver_phone: Mapped[str | None] = f.text(_("Consignee's phone"), 20)
    express_number: Mapped[str | None] = f.text(_("Express number"), 60)
    shipped_at: Mapped[datetime | None] = f.moment(_("Shipped at"))
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
    goods_amount: Mapped[Decimal] = f.money(_("Returned goods"), default=ZERO, secret="price")
    credited_amount: Mapped[Decimal] = f.money(_("Taken off the debt"), default=ZERO, secret="price")
    coupon_amount: Mapped[Decimal] = f.money(_("Back as coupon"), default=ZERO, secret="price")
    cash_amount: Mapped[Decimal] = f.money(_("Back as money"), default=ZERO, secret="price")
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
    amount: Mapped[Decimal] = f.money(_("Amount"), default=ZERO, secret="price")
    cost_amount: Mapped[Decimal] = f.money(_("Cost returned"), default=ZERO, secret="cost")


class StockTransfer(Document):
    """调拨单: out of one warehouse, on the way, into another; what is lost on the way keeps its value until handled."""

    title = _("Stock transfer")
    prefix = "DB"
    __table_args__ = (sa.CheckConstraint("source_id <> target_id", name="two_warehouses"),)
    source_id: Mapped[int] = f.key(_("From warehouse"), "warehouse")
    source: Mapped[Warehouse] = f.link(source_id)
    target_id: Mapped[int] = f.key(_("To warehouse"), "warehouse")
    target: Mapped[Warehouse] = f.link(target_id)
    shipped_at: Mapped[datetime | None] = f.moment(_("Shipped at"))
    received_at: Mapped[datetime | None] = f.moment(_("Received at"))
    state: Mapped[enums.TransferState] = f.state(_("Status"), enums.TransferState)
    lines: Mapped[list[TransferLine]] = f.lines(_("Parts"), "transfer", "TransferLine.line_number")


class TransferLine(Entity):
    title = _("Transfer line")
    __table_args__ = (
        sa.UniqueConstraint("transfer_id", "line_number"),
        sa.UniqueConstraint("transfer_id", "part_id"),
        sa.CheckConstraint("quantity > 0", name="quantity_positive"),
        sa.CheckConstraint(
            "received_quantity + lost_quantity <= shipped_quantity AND shipped_quantity <= quantity", name="flow"
        ),
    )
    transfer_id: Mapped[int] = f.key(_("Stock transfer"), "stock_transfer", ondelete="CASCADE", index=False)
    transfer: Mapped[StockTransfer] = f.part_of(transfer_id, "lines")
    line_number: Mapped[int] = f.whole(_("Line"), default=1)
    part_id: Mapped[int] = f.key(_("Part"), "part")
    part: Mapped[Part] = f.link(part_id)
    quantity: Mapped[Decimal] = f.quantity(_("Quantity"))
    shipped_quantity: Mapped[Decimal] = f.quantity(_("Shipped"), default=ZERO)
    shipped_amount: Mapped[Decimal] = f.money(_("Value shipped"), default=ZERO, secret="cost")
    received_quantity: Mapped[Decimal] = f.quantity(_("Received quantity"), default=ZERO)
    received_amount: Mapped[Decimal] = f.money(_("Value received"), default=ZERO, secret="cost")
    lost_quantity: Mapped[Decimal] = f.quantity(_("Lost"), default=ZERO)

    def __str__(self) -> str:
        return str(self.part)


class StockCount(Document):
    """盘点单: book against shelf; while it runs the warehouse stands still."""

    title = _("Stock count")
    prefix = "PD"
    warehouse_id: Mapped[int] = f.key(_("Warehouse"), "warehouse")
    warehouse: Mapped[Warehouse] = f.link(warehouse_id)
    category_id: Mapped[int | None] = f.key(_("Only this category"), "part_category")
    category: Mapped[PartCategory | None] = f.link(category_id)
    state: Mapped[enums.CountState] = f.state(_("Status"), enums.CountState)
    lines: Mapped[list[CountLine]] = f.lines(_("Parts"), "count", "CountLine.line_number")


class CountLine(Entity):
    title = _("Count line")
    __table_args__ = (sa.UniqueConstraint("count_id", "line_number"), sa.UniqueConstraint("count_id", "part_id"))
    count_id: Mapped[int] = f.key(_("Stock count"), "stock_count", ondelete="CASCADE", index=False)
    count: Mapped[StockCount] = f.part_of(count_id, "lines")
    line_number: Mapped[int] = f.whole(_("Line"), default=1)
    part_id: Mapped[int] = f.key(_("Part"), "part")
    part: Mapped[Part] = f.link(part_id)
    book_quantity: Mapped[Decimal] = f.quantity(_("In the books"), default=ZERO)
    book_amount: Mapped[Decimal] = f.money(_("Value in the books"), default=ZERO, secret="cost")
    actual_quantity: Mapped[Decimal | None] = f.quantity(_("On the shelf"))
    difference_amount: Mapped[Decimal] = f.signed_money(_("Value of the difference"), default=ZERO, secret="cost")

    @property
    def difference(self) -> Decimal:
        """Pieces more (+) or fewer (−) than the books say."""
        return (self.actual_quantity or ZERO) - self.book_quantity


# == 5 coupons ==================================================================================================


class CouponType(Record):
    title = _("Coupon type")
    name: Mapped[str] = f.text(_("Type name"), 60, unique=True)
    scope: Mapped[enums.CouponScope] = f.choice(_("Pays for"), enums.CouponScope)
    is_multi_use: Mapped[bool] = f.flag(_("May be used in parts"), default=True)
    max_share: Mapped[Decimal] = f.percent(_("Largest share of one payment"), default=Decimal(1))
    is_transferable: Mapped[bool] = f.flag(_("Transferable"))
    valid_days: Mapped[int] = f.whole(_("Usual validity"), default=365, unit=_("days"))
    is_enabled: Mapped[bool] = f.flag(_("Enabled"), default=True)


class Coupon(Record):
    """卡券: stored value of one customer; only its ledger moves the balance."""

    title = _("Coupon")
    prefix = "KQ"
    __table_args__ = (
        sa.CheckConstraint("balance >= 0 AND balance <= face_amount", name="balance"),
        sa.CheckConstraint("face_amount > 0", name="face_positive"),
    )
    number: Mapped[str] = f.text(_("Coupon number"), 24, unique=True)
    type_id: Mapped[int] = f.key(_("Coupon type"), "coupon_type")
    type: Mapped[CouponType] = f.link(type_id)
    customer_id: Mapped[int] = f.key(_("Customer"), "customer")
    customer: Mapped[Customer] = f.link(customer_id)
    face_amount: Mapped[Decimal] = f.money(_("Face value"))
    balance: Mapped[Decimal] = f.money(_("Balance"))
    source: Mapped[enums.CouponSource] = f.choice(_("Source"), enums.CouponSource)
    contract_id: Mapped[int | None] = f.key(_("Source contract"), "machine_contract")
    contract: Mapped[MachineContract | None] = f.link(contract_id)
    valid_days: Mapped[int] = f.whole(_("Valid for"), default=365, unit=_("days"))
    valid_from: Mapped[date | None] = f.day(_("Valid from"))
    valid_to: Mapped[date | None] = f.day(_("Valid until"))
    state: Mapped[enums.CouponState] = f.state(_("Status"), enums.CouponState)


class CouponEntry(Entity):
    """卡券流水, append-only: every change of a balance and the paper behind it."""

    title = _("Coupon entry")
    __table_args__ = (
        sa.Index(
            "uq_coupon_entry_effect",
            "coupon_id",
            "movement",
            "origin",
            "origin_id",
            unique=True,
            sqlite_where=sa.text("reversal_of_id IS NULL"),
            postgresql_where=sa.text("reversal_of_id IS NULL"),
        ),
    )
    coupon_id: Mapped[int] = f.key(_("Coupon"), "coupon", index=False)
    coupon: Mapped[Coupon] = f.link(coupon_id)
    movement: Mapped[enums.CouponMovement] = f.choice(_("Movement"), enums.CouponMovement)
    amount: Mapped[Decimal] = f.money(_("Amount"))
    balance_after: Mapped[Decimal] = f.money(_("Balance after"))
    origin: Mapped[str] = f.text(_("Document kind"), 40)
    origin_id: Mapped[int] = f.whole(_("Document"))
    origin_number: Mapped[str] = f.text(_("Document number"), 24)
    reversal_of_id: Mapped[int | None] = f.key(_("Reverses"), "coupon_entry", unique=True, index=False)
    posted_at: Mapped[datetime] = f.moment(_("Posted at"), default=clock.now)
    posted_by_id: Mapped[int | None] = f.key(_("Posted by"), "employee", index=False)
    posted_by: Mapped[Employee | None] = f.link(posted_by_id)


# == 6 service ==================================================================================================


class VisitTask(Document):
    """回访任务: a call to a customer after something happened."""

    title = _("Visit task")
    prefix = "HF"
    customer_id: Mapped[int] = f.key(_("Customer"), "customer")
    customer: Mapped[Customer] = f.link(customer_id)
    contact_name: Mapped[str | None] = f.text(_("Person to ask"), 50)
    contact_phone: Mapped[str | None] = f.text(_("Phone"), 20, private="phone")
    unit_id: Mapped[int | None] = f.key(_("Machine"), "machine_unit")
    unit: Mapped[MachineUnit | None] = f.link(unit_id)
    source: Mapped[enums.VisitSource] = f.choice(_("Visit reason"), enums.VisitSource)
    dispatch_id: Mapped[int | None] = f.key(_("Machine dispatch"), "machine_dispatch", unique=True, index=False)
    dispatch: Mapped[MachineDispatch | None] = f.link(dispatch_id)
    planned_on: Mapped[date] = f.day(_("Planned for"))
    channel: Mapped[enums.VisitChannel] = f.choice(_("Way of asking"), enums.VisitChannel)
    score: Mapped[int | None] = f.whole(_("Score"), help=_("0 to 100"))
    answer: Mapped[str | None] = f.note(_("What the customer said"))
    tries: Mapped[int] = f.whole(_("Tries"), default=0)
    visited_at: Mapped[datetime | None] = f.moment(_("Visited at"))
    state: Mapped[enums.VisitState] = f.state(_("Status"), enums.VisitState)


# == 7 finance ==================================================================================================


class FundAccount(Record):
    title = _("Fund account")
    name: Mapped[str] = f.text(_("Account name"), 60, unique=True)
    kind: Mapped[enums.AccountKind] = f.choice(_("Account kind"), enums.AccountKind)
    account_number: Mapped[str | None] = f.text(_("Account number"), 40)
    opening_amount: Mapped[Decimal] = f.money(_("Opening balance"), default=ZERO)
    is_enabled: Mapped[bool] = f.flag(_("Enabled"), default=True)


class Receivable(Document):
    """应收: one sum a customer owes; outstanding = amount − settled − written off."""

    title = _("Receivable")
    prefix = "YS"
    __table_args__ = (
        sa.CheckConstraint("amount > 0", name="amount_positive"),
        sa.CheckConstraint("settled_amount >= 0 AND written_off_amount >= 0", name="parts_positive"),
        sa.CheckConstraint("settled_amount + written_off_amount <= amount", name="not_overpaid"),
        sa.UniqueConstraint("contract_id", "kind", "source_line", "period"),
    )
    customer_id: Mapped[int] = f.key(_("Customer"), "customer")
    customer: Mapped[Customer] = f.link(customer_id)
    kind: Mapped[enums.ReceivableKind] = f.choice(_("Receivable kind"), enums.ReceivableKind)
    contract_id: Mapped[int | None] = f.key(_("Contract"), "machine_contract", index=False)
    contract: Mapped[MachineContract | None] = f.link(contract_id)
    sale_id: Mapped[int | None] = f.key(_("Sale of parts"), "part_sale", unique=True, index=False)
    sale: Mapped[PartSale | None] = f.link(sale_id)
    source_line: Mapped[int] = f.whole(_("Source line"), default=0)
    period: Mapped[int] = f.whole(_("Period"), default=0)
    fee_kind: Mapped[enums.FeeKind | None] = f.choice(_("Fee kind"), enums.FeeKind, default=None)
    amount: Mapped[Decimal] = f.money(_("Amount due"))
    principal_amount: Mapped[Decimal] = f.money(_("Of it principal"))
    interest_amount: Mapped[Decimal] = f.money(_("Of it interest"), default=ZERO)
    due_on: Mapped[date | None] = f.day(_("Due on"), index=True)
    is_before_dispatch: Mapped[bool] = f.flag(_("Due before dispatch"))
    settled_amount: Mapped[Decimal] = f.money(_("Settled"), default=ZERO)
    written_off_amount: Mapped[Decimal] = f.money(_("Written off"), default=ZERO)
    last_paid_on: Mapped[date | None] = f.day(_("Last payment"))
    state: Mapped[enums.ReceivableState] = f.state(_("Status"), enums.ReceivableState)

    @property
    def outstanding_amount(self) -> Decimal:
        """Yuan still to come."""
        if self.state is enums.ReceivableState.VOID:
            return ZERO
        return self.amount - self.settled_amount - self.written_off_amount


class ReceivableEntry(Entity):
    """应收流水, append-only; Σ of amounts by movement proves every receivable."""

    title = _("Receivable entry")
    __table_args__ = (sa.UniqueConstraint("receivable_id", "movement", "origin", "origin_id"),)
    receivable_id: Mapped[int] = f.key(_("Receivable"), "receivable", index=False)
    receivable: Mapped[Receivable] = f.link(receivable_id)
    customer_id: Mapped[int] = f.key(_("Customer"), "customer")
    customer: Mapped[Customer] = f.link(customer_id)
    movement: Mapped[enums.ReceivableMovement] = f.choice(_("Movement"), enums.ReceivableMovement)
    amount: Mapped[Decimal] = f.money(_("Amount"))
    outstanding_after: Mapped[Decimal] = f.money(_("Outstanding after"))
    origin: Mapped[str] = f.text(_("Document kind"), 40)
    origin_id: Mapped[int] = f.whole(_("Document"))
    origin_number: Mapped[str] = f.text(_("Document number"), 24)
    business_on: Mapped[date] = f.day(_("Business date"), default=clock.today)
    posted_at: Mapped[datetime] = f.moment(_("Posted at"), default=clock.now)
    posted_by_id: Mapped[int | None] = f.key(_("Posted by"), "employee", index=False)
    posted_by: Mapped[Employee | None] = f.link(posted_by_id)


class Receipt(Document):
    """收款单: funds that came in, and what they pay."""

    title = _("Receipt")
    prefix = "SK"
    customer_id: Mapped[int] = f.key(_("Customer"), "customer")
    customer: Mapped[Customer] = f.link(customer_id)
    received_on: Mapped[date] = f.day(_("Received on"), default=clock.today)
    total_amount: Mapped[Decimal] = f.money(_("Funds in all"), default=ZERO)
    allocated_amount: Mapped[Decimal] = f.money(_("Allocated"), default=ZERO)
    unallocated_amount: Mapped[Decimal] = f.money(_("Kept as prepaid"), default=ZERO)
    state: Mapped[enums.ReceiptState] = f.state(_("Status"), enums.ReceiptState)
    funds: Mapped[list[ReceiptFund]] = f.lines(_("Funds"), "receipt", "ReceiptFund.line_number")
    allocations: Mapped[list[ReceiptAllocation]] = f.lines(_("Pays"), "receipt", "ReceiptAllocation.line_number")


class ReceiptFund(Entity):
    title = _("Fund of a receipt")
    __table_args__ = (
        sa.UniqueConstraint("receipt_id", "line_number"),
        sa.CheckConstraint("amount > 0", name="amount_positive"),
    )
    receipt_id: Mapped[int] = f.key(_("Receipt"), "receipt", ondelete="CASCADE", index=False)
    receipt: Mapped[Receipt] = f.part_of(receipt_id, "funds")
    line_number: Mapped[int] = f.whole(_("Line"), default=1)
    kind: Mapped[enums.FundKind] = f.choice(_("Fund"), enums.FundKind)
    account_id: Mapped[int | None] = f.key(_("Fund account"), "fund_account")
    account: Mapped[FundAccount | None] = f.link(account_id)
    coupon_id: Mapped[int | None] = f.key(_("Coupon"), "coupon")
    coupon: Mapped[Coupon | None] = f.link(coupon_id)
    amount: Mapped[Decimal] = f.money(_("Amount"))
    serial: Mapped[str | None] = f.text(_("Bank serial number"), 60)


class ReceiptAllocation(Entity):
    title = _("Payment of a receivable")
    __table_args__ = (
        sa.UniqueConstraint("receipt_id", "line_number"),
        sa.CheckConstraint("amount > 0", name="amount_positive"),
    )
    receipt_id: Mapped[int] = f.key(_("Receipt"), "receipt", ondelete="CASCADE", index=False)
    receipt: Mapped[Receipt] = f.part_of(receipt_id, "allocations")
    line_number: Mapped[int] = f.whole(_("Line"), default=1)
    receivable_id: Mapped[int] = f.key(_("Receivable"), "receivable")
    receivable: Mapped[Receivable] = f.link(receivable_id)
    amount: Mapped[Decimal] = f.money(_("Amount"))
    coupon_amount: Mapped[Decimal] = f.money(_("Of it by coupon"), default=ZERO)


class CashEntry(Entity):
    """资金流水, append-only: money in (+) and out (−) of an account; a bank serial counts once while it stands."""

    title = _("Cash entry")
    __table_args__ = (
        sa.UniqueConstraint("account_id", "serial_key"),
        sa.Index(
            "uq_cash_entry_effect",
            "origin",
            "origin_id",
            "origin_line",
            unique=True,
            sqlite_where=sa.text("reversal_of_id IS NULL"),
            postgresql_where=sa.text("reversal_of_id IS NULL"),
        ),
    )
    account_id: Mapped[int] = f.key(_("Fund account"), "fund_account", index=False)
    account: Mapped[FundAccount] = f.link(account_id)
    amount: Mapped[Decimal] = f.money(_("Amount"))
    serial: Mapped[str | None] = f.text(_("Bank serial number"), 60)
    serial_key: Mapped[str | None] = mapped_column(sa.String(60))
    origin: Mapped[str] = f.text(_("Document kind"), 40)
    origin_id: Mapped[int] = f.whole(_("Document"))
    origin_number: Mapped[str] = f.text(_("Document number"), 24)
    origin_line: Mapped[int] = f.whole(_("Line"))
    reversal_of_id: Mapped[int | None] = f.key(_("Reverses"), "cash_entry", unique=True, index=False)
    business_on: Mapped[date] = f.day(_("Business date"), default=clock.today)
    posted_at: Mapped[datetime] = f.moment(_("Posted at"), default=clock.now)
    posted_by_id: Mapped[int | None] = f.key(_("Posted by"), "employee", index=False)
    posted_by: Mapped[Employee | None] = f.link(posted_by_id)


class Payable(Document):
    """应付: one sum the dealer owes a supplier."""

    title = _("Payable")
    prefix = "YF"
    __table_args__ = (
        sa.CheckConstraint("amount > 0", name="amount_positive"),
        sa.CheckConstraint("paid_amount >= 0 AND paid_amount <= amount", name="paid"),
    )
    supplier_id: Mapped[int] = f.key(_("Supplier"), "supplier")
    supplier: Mapped[Supplier] = f.link(supplier_id)
    kind: Mapped[enums.PayableKind] = f.choice(_("Payable kind"), enums.PayableKind)
    origin: Mapped[str] = f.text(_("Document kind"), 40)
    origin_id: Mapped[int] = f.whole(_("Document"))
    origin_number: Mapped[str] = f.text(_("Document number"), 24, index=True)
    amount: Mapped[Decimal] = f.money(_("Amount due"), secret="purchase")
    paid_amount: Mapped[Decimal] = f.money(_("Paid"), default=ZERO, secret="purchase")
    due_on: Mapped[date] = f.day(_("Due on"), index=True)
    state: Mapped[enums.PayableState] = f.state(_("Status"), enums.PayableState)

    @property
    def outstanding_amount(self) -> Decimal:
        """Yuan still to be paid."""
        return ZERO if self.state is enums.PayableState.VOID else self.amount - self.paid_amount


class Payment(Document):
    """付款单: money to a supplier for several payables; finance writes, the general manager approves, finance pays."""

    title = _("Payment")
    prefix = "FK"
    supplier_id: Mapped[int] = f.key(_("Supplier"), "supplier")
    supplier: Mapped[Supplier] = f.link(supplier_id)
    pay_on: Mapped[date] = f.day(_("Pay on"), default=clock.today)
    account_id: Mapped[int] = f.key(_("Fund account"), "fund_account")
    account: Mapped[FundAccount] = f.link(account_id)
    serial: Mapped[str | None] = f.text(_("Bank serial number"), 60)
    total_amount: Mapped[Decimal] = f.money(_("Payment total"), default=ZERO)
    state: Mapped[enums.PaymentState] = f.state(_("Status"), enums.PaymentState)
    lines: Mapped[list[PaymentLine]] = f.lines(_("Pays"), "payment", "PaymentLine.line_number")


class PaymentLine(Entity):
    title = _("Payment of a payable")
    __table_args__ = (
        sa.UniqueConstraint("payment_id", "line_number"),
        sa.UniqueConstraint("payment_id", "payable_id"),
        sa.CheckConstraint("amount > 0", name="amount_positive"),
    )
    payment_id: Mapped[int] = f.key(_("Payment"), "payment", ondelete="CASCADE", index=False)
    payment: Mapped[Payment] = f.part_of(payment_id, "lines")
    line_number: Mapped[int] = f.whole(_("Line"), default=1)
    payable_id: Mapped[int] = f.key(_("Payable"), "payable")
    payable: Mapped[Payable] = f.link(payable_id)
    amount: Mapped[Decimal] = f.money(_("Amount"))


class Expense(Document):
    """费用: what stock was used up for without a customer paying; written by the paper that caused it."""

    title = _("Expense")
    prefix = "FY"
    __table_args__ = (sa.UniqueConstraint("origin", "origin_id"),)
    kind: Mapped[enums.ExpenseKind] = f.choice(_("Expense kind"), enums.ExpenseKind)
    amount: Mapped[Decimal] = f.money(_("Amount"), secret="cost")
    origin: Mapped[str] = f.text(_("Document kind"), 40)
    origin_id: Mapped[int] = f.whole(_("Document"))
    origin_number: Mapped[str] = f.text(_("Document number"), 24)


class PrepaidBalance(Entity):
    """预收余额: what a customer has paid without owing it yet."""

    title = _("Prepaid balance")
    __table_args__ = (sa.CheckConstraint("amount >= 0", name="not_negative"),)
    customer_id: Mapped[int] = f.key(_("Customer"), "customer", unique=True, index=False)
    customer: Mapped[Customer] = f.link(customer_id)
    amount: Mapped[Decimal] = f.money(_("Prepaid balance"), default=ZERO)


class PrepaidEntry(Entity):
    """预收流水, append-only."""

    title = _("Prepaid entry")
    customer_id: Mapped[int] = f.key(_("Customer"), "customer")
    customer: Mapped[Customer] = f.link(customer_id)
    amount: Mapped[Decimal] = f.money(_("Amount"))
    balance_after: Mapped[Decimal] = f.money(_("Balance after"))
    origin: Mapped[str] = f.text(_("Document kind"), 40)
    origin_id: Mapped[int] = f.whole(_("Document"))
    origin_number: Mapped[str] = f.text(_("Document number"), 24)
    posted_at: Mapped[datetime] = f.moment(_("Posted at"), default=clock.now)
    posted_by_id: Mapped[int | None] = f.key(_("Posted by"), "employee", index=False)
    posted_by: Mapped[Employee | None] = f.link(posted_by_id)


class Retention(Document):
    """质保金: the part of the price a company pays only after a full year without quality problems."""

    title = _("Retention")
    prefix = "ZB"
    contract_id: Mapped[int] = f.key(_("Contract"), "machine_contract", unique=True, index=False)
    contract: Mapped[MachineContract] = f.link(contract_id)
    customer_id: Mapped[int] = f.key(_("Customer"), "customer")
    customer: Mapped[Customer] = f.link(customer_id)
    receivable_id: Mapped[int] = f.key(_("Receivable"), "receivable", unique=True, index=False)
    receivable: Mapped[Receivable] = f.link(receivable_id)
    amount: Mapped[Decimal] = f.money(_("Retention money"))
    starts_on: Mapped[date | None] = f.day(_("Starts on"))
    matures_on: Mapped[date | None] = f.day(_("Matures on"))
    due_on: Mapped[date | None] = f.day(_("Due on"))
    state: Mapped[enums.RetentionState] = f.state(_("Status"), enums.RetentionState)


# == 8 credit ===================================================================================================


class InstalmentPlan(Document):
    """还款计划: what is to be paid when; the rows of a dealer's own credit are receivables."""

    title = _("Instalment plan")
    prefix = "JH"
    contract_id: Mapped[int] = f.key(_("Contract"), "machine_contract")
    contract: Mapped[MachineContract] = f.link(contract_id)
    customer_id: Mapped[int] = f.key(_("Customer"), "customer")
    customer: Mapped[Customer] = f.link(customer_id)
    payee: Mapped[enums.PlanPayee] = f.choice(_("Payee"), enums.PlanPayee)
    method: Mapped[enums.RepayMethod] = f.choice(_("Repayment method"), enums.RepayMethod)
    principal_amount: Mapped[Decimal] = f.money(_("Principal"))
    interest_amount: Mapped[Decimal] = f.money(_("Interest"))
    annual_rate: Mapped[Decimal] = f.percent(_("Annual interest"))
    periods: Mapped[int] = f.whole(_("Periods"))
    first_due_on: Mapped[date] = f.day(_("First instalment due"))
    revision: Mapped[int] = f.whole(_("Revision"), default=1)
    state: Mapped[enums.PlanState] = f.state(_("Status"), enums.PlanState)
    rows: Mapped[list[PlanRow]] = f.lines(_("Plan rows"), "plan", "PlanRow.period")
    __table_args__ = (
        sa.Index(
            "uq_instalment_plan_active",
            "contract_id",
            unique=True,
            sqlite_where=sa.text("state = 'ACTIVE'"),
            postgresql_where=sa.text("state = 'ACTIVE'"),
        ),
    )


class PlanRow(Entity):
    title = _("Instalment")
    __table_args__ = (sa.UniqueConstraint("plan_id", "period"),)
    plan_id: Mapped[int] = f.key(_("Instalment plan"), "instalment_plan", ondelete="CASCADE", index=False)
    plan: Mapped[InstalmentPlan] = f.part_of(plan_id, "rows")
    period: Mapped[int] = f.whole(_("Period"))
    due_on: Mapped[date] = f.day(_("Due on"))
    principal_amount: Mapped[Decimal] = f.money(_("Principal"))
    interest_amount: Mapped[Decimal] = f.money(_("Interest"))
    total_amount: Mapped[Decimal] = f.money(_("Instalment amount"))
    receivable_id: Mapped[int | None] = f.key(_("Receivable"), "receivable", unique=True, index=False)
    receivable: Mapped[Receivable | None] = f.link(receivable_id)


# == 11 system ==================================================================================================


class DocumentSequence(Entity):
    """The last number given out under a prefix on a day."""

    title = _("Number sequence")
    __table_args__ = (sa.UniqueConstraint("prefix", "day"),)
    prefix: Mapped[str] = f.text(_("Prefix"), 8)
    day: Mapped[str] = f.text(_("Day"), 8)
    last: Mapped[int] = f.whole(_("Last number"))


class StateChange(Entity):
    """Every step of every document, append-only: what, from where to where, by whom, with what words."""

    title = _("State change")
    __table_args__ = (sa.Index("ix_state_change_document", "document", "document_id"),)
    document: Mapped[str] = f.text(_("Document kind"), 40)
    document_id: Mapped[int] = f.whole(_("Document"))
    document_number: Mapped[str] = f.text(_("Document number"), 40)
    verb: Mapped[str] = f.text(_("Action"), 40)
    before: Mapped[str] = f.text(_("State before"), 20)
    after: Mapped[str] = f.text(_("State after"), 20)
    by_id: Mapped[int | None] = f.key(_("By"), "employee")
    by: Mapped[Employee | None] = f.link(by_id)
    at: Mapped[datetime] = f.moment(_("At"), default=clock.now)
    note: Mapped[str | None] = f.note(_("Words"))


class RequestKey(Entity):
    """A request that was carried out; the same key never books twice."""

    title = _("Request key")
    __table_args__ = (sa.UniqueConstraint("key"),)
    key: Mapped[str] = f.text(_("Key"), 100)
    entity: Mapped[str] = f.text(_("Entity"), 40)
    row_id: Mapped[int | None] = f.whole(_("Row"))
    at: Mapped[datetime] = f.moment(_("At"), default=clock.now)


class AuditLog(Entity):
    """操作日志, append-only: before and after of every changed row, in the same transaction."""

    title = _("Audit log")
    __table_args__ = (sa.Index("ix_audit_log_row", "entity", "row_id"),)
    at: Mapped[datetime] = f.moment(_("At"), default=clock.now, index=True)
    by_id: Mapped[int | None] = f.key(_("By"), "employee")
    by: Mapped[Employee | None] = f.link(by_id)
    by_name: Mapped[str] = f.text(_("By"), 60)
    address: Mapped[str] = f.text(_("Network address"), 45, default="")
    action: Mapped[enums.AuditAction] = f.choice(_("Operation"), enums.AuditAction)
    entity: Mapped[str] = f.text(_("Entity"), 40)
    row_id: Mapped[int] = f.whole(_("Row"))
    row_name: Mapped[str] = f.text(_("Record"), 160, default="")
    changes: Mapped[dict[str, Any]] = mapped_column(sa.JSON, info={"label": _("Changes"), "kind": "changes"})


class ExportLog(Entity):
    title = _("Export log")
    at: Mapped[datetime] = f.moment(_("At"), default=clock.now)
    by_id: Mapped[int | None] = f.key(_("By"), "employee")
    by: Mapped[Employee | None] = f.link(by_id)
    screen: Mapped[str] = f.text(_("List"), 60)
    filters: Mapped[str] = f.note(_("Filters"), 2000, default="")
    format: Mapped[str] = f.text(_("Format"), 8)
    rows: Mapped[int] = f.whole(_("Rows"))


class Notification(Entity):
    """通知: one line to one person, with a link."""

    title = _("Notice")
    __table_args__ = (sa.UniqueConstraint("dedupe_key"),)
    to_id: Mapped[int] = f.key(_("To"), "employee")
    to: Mapped[Employee] = f.link(to_id)
    subject: Mapped[str] = f.text(_("Subject"), 200)
    entity: Mapped[str | None] = f.text(_("Document kind"), 40)
    row_id: Mapped[int | None] = f.whole(_("Document"))
    sent_at: Mapped[datetime] = f.moment(_("Sent at"), default=clock.now)
    read_at: Mapped[datetime | None] = f.moment(_("Read at"))
    dedupe_key: Mapped[str | None] = f.text(_("Sent once under"), 120)

    def __str__(self) -> str:
        return self.subject


class LoginSession(Entity):
    """One browser that is logged in; the cookie alone is worth nothing once this row is revoked."""

    title = _("Login session")
    token_hash: Mapped[str] = f.text(_("Token"), 64, unique=True)
    user_id: Mapped[int] = f.key(_("Login account"), "ab_user")
    address: Mapped[str] = f.text(_("Network address"), 45, default="")
    agent: Mapped[str] = f.text(_("Browser"), 200, default="")
    created_at: Mapped[datetime] = f.moment(_("Logged in at"))
    seen_at: Mapped[datetime] = f.moment(_("Last seen"))
    revoked_at: Mapped[datetime | None] = f.moment(_("Ended at"))


class LoginAttempt(Entity):
    """A try to log in, written before the password is looked at, so that parallel guesses all count."""

    title = _("Login attempt")
    __table_args__ = (
        sa.Index("ix_login_attempt_account_at", "account_hash", "at"),
        sa.Index("ix_login_attempt_address_at", "address", "at"),
    )
    account_hash: Mapped[str] = f.text(_("Account"), 64)
    address: Mapped[str] = f.text(_("Network address"), 45)
    at: Mapped[datetime] = f.moment(_("At"), default=clock.now)


class AccountState(Entity):
    """What the login account of the framework does not keep: whether the password must be changed."""

    title = _("Account state")
    user_id: Mapped[int] = f.key(_("Login account"), "ab_user", unique=True, index=False)
    must_change_password: Mapped[bool] = f.flag(_("Must change the password"))
    password_changed_at: Mapped[datetime | None] = f.moment(_("Password changed at"))
    is_demo: Mapped[bool] = f.flag(_("Demo account"))


# every entity by name, in the order of this page
ENTITIES: dict[str, type[Entity]] = {
    name: thing
    for name, thing in list(globals().items())
    if isinstance(thing, type) and issubclass(thing, Entity) and "__table__" in thing.__dict__
}
