"""3 整机: contracts and dispatches."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
import sqlalchemy.orm
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from .. import clock, enums
from .. import fields as f
from ..enums import AttachmentKind as K
from ..formulas.windows import BOOKED, HAPPENED, PLANNED, REPAID
from .base import ZERO, Document, Entity

if TYPE_CHECKING:
    from .archive import Guarantor
    from .coupons import CouponType
    from .crm import Contact, Customer
    from .machines import MachineModel, MachineUnit, Supplier
    from .organisation import Employee, Warehouse
    from .parts import Part


class ContractTerms:
    """What is agreed on in a contract besides machines, fees and gifts; an amendment carries the same."""

    pay_mode: Mapped[enums.PayMode] = f.choice(_("Payment mode"), enums.PayMode)
    payout_on: Mapped[date | None] = f.day(_("Payout expected on"), PLANNED)
    is_paid_out_first: Mapped[bool] = f.flag(_("Dispatch only after the payout"))
    delivery_place: Mapped[str | None] = f.text(_("Delivery place"), 200)
    deposit_amount: Mapped[Decimal] = f.money(_("Deposit"), default=ZERO, secret="price")
    down_share: Mapped[Decimal | None] = f.percent(_("Down payment share"), secret="price")
    down_amount: Mapped[Decimal] = f.money(
        _("Down payment"), default=ZERO, secret="price", help=_("Includes the deposit and the trade-in")
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
    first_due_on: Mapped[date | None] = f.day(_("First instalment due"), PLANNED)
    repay_day: Mapped[int | None] = f.whole(_("Repayment day"), help=_("1 to 31; in short months the last day"))
    penalty_rate: Mapped[Decimal] = f.rate(_("Penalty a day"), default=Decimal("0.0005"), secret="price")
    grace_days: Mapped[int] = f.whole(_("Days of grace"), default=3, unit=_("days"))
    machine_amount: Mapped[Decimal] = f.money(_("Machine amount"), default=ZERO, secret="price")
    fee_amount: Mapped[Decimal] = f.money(_("Fee amount"), default=ZERO, secret="price")
    total_amount: Mapped[Decimal] = f.money(_("Contract total"), default=ZERO, secret="price")
    finance_amount: Mapped[Decimal] = f.money(_("Financed amount"), default=ZERO, secret="price")
    trade_in_amount: Mapped[Decimal] = f.money(_("Trade-in value"), default=ZERO, secret="price")
    trade_in_serial: Mapped[str | None] = f.text(_("Serial number of the old machine"), 40, form="code")
    trade_in_year: Mapped[int | None] = f.year(_("Year of the old machine"))

    @declared_attr
    def financier_id(cls) -> Mapped[int | None]:
        return f.key(_("Financier"), "supplier")

    @declared_attr
    def financier(cls) -> Mapped[Supplier | None]:
        return relationship("Supplier", foreign_keys=[cls.financier_id], info={"label": _("Financier"), "kind": "key"})

    @declared_attr
    def trade_in_model_id(cls) -> Mapped[int | None]:
        return f.key(_("Model of the old machine"), "machine_model")

    @declared_attr
    def trade_in_model(cls) -> Mapped[MachineModel | None]:
        return relationship(
            "MachineModel",
            foreign_keys=[cls.trade_in_model_id],
            info={"label": _("Model of the old machine"), "kind": "key"},
        )

    @declared_attr
    def trade_in_yard_id(cls) -> Mapped[int | None]:
        return f.key(_("Old machine goes to"), "warehouse")

    @declared_attr
    def trade_in_yard(cls) -> Mapped[Warehouse | None]:
        return relationship(
            "Warehouse",
            foreign_keys=[cls.trade_in_yard_id],
            info={"label": _("Old machine goes to"), "kind": "key"},
        )


class MachineContract(ContractTerms, Document):
    """整机合同: what a customer buys, how he pays, what he gets on top."""

    title = _("Machine contract")
    prefix = "ZJHT"
    attachment_kinds = (K.CONTRACT, K.ID_CARD, K.LICENCE, K.HANDOVER, K.PAYMENT_SLIP, K.INSURANCE, K.OTHER)
    __table_args__ = (
        sa.CheckConstraint("deposit_amount >= 0 AND down_amount >= 0 AND retention_amount >= 0", name="positive"),
    )
    customer_id: Mapped[int] = f.key(_("Customer"), "customer")
    customer: Mapped[Customer] = f.link(customer_id)
    contact_id: Mapped[int | None] = f.key(_("Contact"), "contact")
    contact: Mapped[Contact | None] = f.link(contact_id)
    salesperson_id: Mapped[int] = f.key(_("Salesperson"), "employee")
    salesperson: Mapped[Employee] = f.link(salesperson_id)
    signed_on: Mapped[date] = f.day(_("Signed on"), BOOKED, default=clock.today)
    approved_on: Mapped[date | None] = f.day(_("Approved on"), HAPPENED, index=True)
    received_amount: Mapped[Decimal] = f.money(_("Received"), default=ZERO, secret="price")
    outstanding_amount: Mapped[Decimal] = f.money(_("Outstanding"), default=ZERO, secret="price")
    state: Mapped[enums.ContractState] = f.state(_("Status"), enums.ContractState)
    pay_state: Mapped[enums.PayState] = f.choice(_("Money status"), enums.PayState)
    awaiting_role: Mapped[str | None] = f.text(_("Waiting for"), 40, index=True)
    approval_route: Mapped[str | None] = f.text(_("Approval route"), 200)
    approval_round: Mapped[int] = f.whole(_("Round"), default=0)
    approved_hash: Mapped[str | None] = f.text(_("Content when approved"), 64)
    revision: Mapped[int] = f.whole(_("Revision"), default=0)
    special_amount: Mapped[Decimal | None] = f.money(_("May be missing at dispatch"), secret="price")
    special_reason: Mapped[str | None] = f.note(_("Reason of the special permission"), 500)
    special_until: Mapped[date | None] = f.day(_("Rest promised for"), PLANNED)
    special_by_id: Mapped[int | None] = f.key(_("Permitted by"), "employee")
    special_by: Mapped[Employee | None] = f.link(special_by_id)
    lines: Mapped[list[ContractLine]] = f.lines(_("Contract machines"), "contract", "ContractLine.line_number")
    fees: Mapped[list[ContractFee]] = f.lines(_("Fees"), "contract", "ContractFee.line_number")
    gifts: Mapped[list[ContractGift]] = f.lines(_("Gifts"), "contract", "ContractGift.line_number")
    instalments: Mapped[list[ContractInstalment]] = f.lines(
        _("Agreed instalments"), "contract", "ContractInstalment.line_number"
    )
    guarantors: Mapped[list[Guarantor]] = f.lines(_("Guarantors"), "contract", "Guarantor.line_number")


class LineTerms:
    """One machine of a contract as it is agreed on."""

    unit_price: Mapped[Decimal] = f.money(_("Price with tax"), secret="price")
    tax_rate: Mapped[Decimal] = f.percent(_("Tax rate"), default=Decimal("0.13"), secret="price")
    configuration: Mapped[str | None] = f.text(_("Configuration"), 200)

    @declared_attr
    def model_id(cls) -> Mapped[int]:
        return f.key(_("Machine model"), "machine_model")

    @declared_attr
    def model(cls) -> Mapped[MachineModel]:
        return relationship(
            "MachineModel", foreign_keys=[cls.model_id], info={"label": _("Machine model"), "kind": "key"}
        )


class ContractLine(LineTerms, Entity):
    title = _("Contract line")
    __table_args__ = (
        sa.UniqueConstraint("contract_id", "line_number"),
        sa.CheckConstraint("unit_price > 0", name="price_positive"),
    )
    contract_id: Mapped[int] = f.key(_("Contract"), "machine_contract", ondelete="CASCADE", index=False)
    contract: Mapped[MachineContract] = f.part_of(contract_id, "lines")
    line_number: Mapped[int] = f.whole(_("Line"), default=1)
    unit_id: Mapped[int | None] = f.key(_("Machine"), "machine_unit")
    unit: Mapped[MachineUnit | None] = f.link(unit_id)
    is_dispatched: Mapped[bool] = f.flag(_("Dispatched"))

    def __str__(self) -> str:
        return f"{self.contract.number}-{self.line_number}"


class FeeTerms:
    """Money besides the machine as it is agreed on."""

    kind: Mapped[enums.FeeKind] = f.choice(_("Fee kind"), enums.FeeKind)
    nature: Mapped[enums.FeeNature] = f.choice(_("Nature"), enums.FeeNature)
    amount: Mapped[Decimal] = f.money(_("Amount"), secret="price")
    due_rule: Mapped[enums.DueRule] = f.choice(_("When due"), enums.DueRule)
    due_on: Mapped[date | None] = f.day(_("Due on"), REPAID)

    @declared_attr
    def payee_id(cls) -> Mapped[int | None]:
        return f.key(_("Collected for"), "supplier")

    @declared_attr
    def payee(cls) -> Mapped[Supplier | None]:
        return relationship("Supplier", foreign_keys=[cls.payee_id], info={"label": _("Collected for"), "kind": "key"})


class ContractFee(FeeTerms, Entity):
    title = _("Contract fee")
    __table_args__ = (
        sa.UniqueConstraint("contract_id", "line_number"),
        sa.CheckConstraint("amount > 0", name="amount_positive"),
    )
    contract_id: Mapped[int] = f.key(_("Contract"), "machine_contract", ondelete="CASCADE", index=False)
    contract: Mapped[MachineContract] = f.part_of(contract_id, "fees")
    line_number: Mapped[int] = f.whole(_("Line"), default=1)

    def __str__(self) -> str:
        return str(self.kind)


class GiftTerms:
    """What is given on top as it is agreed on: a coupon, parts out of a warehouse, or services of each machine."""

    kind: Mapped[enums.GiftKind] = f.choice(_("Gift kind"), enums.GiftKind)
    face_amount: Mapped[Decimal] = f.money(_("Face value"), default=ZERO)
    quantity: Mapped[Decimal] = f.quantity(_("Quantity"), default=ZERO)
    times: Mapped[int] = f.whole(_("Services"), default=0, unit=_("times"))
    valid_days: Mapped[int] = f.whole(_("Valid for"), default=365, unit=_("days"))

    @declared_attr
    def coupon_type_id(cls) -> Mapped[int | None]:
        return f.key(_("Coupon type"), "coupon_type")

    @declared_attr
    def coupon_type(cls) -> Mapped[CouponType | None]:
        return relationship(
            "CouponType", foreign_keys=[cls.coupon_type_id], info={"label": _("Coupon type"), "kind": "key"}
        )

    @declared_attr
    def part_id(cls) -> Mapped[int | None]:
        return f.key(_("Part"), "part")

    @declared_attr
    def part(cls) -> Mapped[Part | None]:
        return relationship("Part", foreign_keys=[cls.part_id], info={"label": _("Part"), "kind": "key"})

    @declared_attr
    def warehouse_id(cls) -> Mapped[int | None]:
        return f.key(_("Out of warehouse"), "warehouse")

    @declared_attr
    def warehouse(cls) -> Mapped[Warehouse | None]:
        return relationship(
            "Warehouse", foreign_keys=[cls.warehouse_id], info={"label": _("Out of warehouse"), "kind": "key"}
        )

    def __str__(self) -> str:
        return str(self.coupon_type or self.part or self.kind)


GIFT_WHOLE = (
    "(kind = 'COUPON' AND coupon_type_id IS NOT NULL AND face_amount > 0) "
    "OR (kind = 'PART' AND part_id IS NOT NULL AND warehouse_id IS NOT NULL AND quantity > 0) "
    "OR (kind = 'SERVICE' AND times > 0)"
)


class ContractGift(GiftTerms, Entity):
    title = _("Contract gift")
    __table_args__ = (
        sa.UniqueConstraint("contract_id", "line_number"),
        sa.CheckConstraint(GIFT_WHOLE, name="whole"),
    )
    contract_id: Mapped[int] = f.key(_("Contract"), "machine_contract", ondelete="CASCADE", index=False)
    contract: Mapped[MachineContract] = f.part_of(contract_id, "gifts")
    line_number: Mapped[int] = f.whole(_("Line"), default=1)


class InstalmentTerms:
    """One instalment as it is agreed on, where no formula gives it."""

    due_on: Mapped[date] = f.day(_("Due on"), REPAID)
    principal_amount: Mapped[Decimal] = f.money(_("Principal"), secret="price")
    interest_amount: Mapped[Decimal] = f.money(_("Interest"), default=ZERO, secret="price")

    def __str__(self) -> str:
        return str(self.due_on)


class ContractInstalment(InstalmentTerms, Entity):
    title = _("Agreed instalment")
    __table_args__ = (
        sa.UniqueConstraint("contract_id", "line_number"),
        sa.CheckConstraint("principal_amount >= 0 AND interest_amount >= 0", name="positive"),
    )
    contract_id: Mapped[int] = f.key(_("Contract"), "machine_contract", ondelete="CASCADE", index=False)
    contract: Mapped[MachineContract] = f.part_of(contract_id, "instalments")
    line_number: Mapped[int] = f.whole(_("Line"), default=1)


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
    dispatched_at: Mapped[datetime] = f.moment(_("Dispatched at"), HAPPENED, default=clock.now)
    driver: Mapped[str | None] = f.text(_("Driver"), 50, form="name")
    plate: Mapped[str | None] = f.text(_("Truck plate"), 20, form="plate")
    receiver: Mapped[str] = f.text(_("Receiver"), 50, form="name")
    receiver_phone: Mapped[str | None] = f.text(_("Receiver's phone"), 20, form="phone", private="phone")
    hour_meter: Mapped[Decimal] = f.quantity(_("Hour meter"), default=ZERO, unit=_("hours"))
    is_checked: Mapped[bool] = f.flag(_("Delivery check complete"))
    check_note: Mapped[str | None] = f.note(_("Delivery check note"))
    revenue_amount: Mapped[Decimal] = f.money(_("Revenue without tax"), default=ZERO, secret="cost")
    cost_amount: Mapped[Decimal] = f.money(_("Cost of sale"), default=ZERO, secret="cost")
    margin_amount: Mapped[Decimal] = f.money(_("Machine margin"), default=ZERO, secret="cost")
    missing_amount: Mapped[Decimal] = f.money(_("Missing at dispatch"), default=ZERO, secret="price")
    special_reason: Mapped[str | None] = f.note(_("Reason of the special permission"), 500)
    before: Mapped[dict[str, Any]] = mapped_column(
        sa.JSON, default=dict, info={"label": _("Machine before the dispatch"), "kind": "changes"}
    )
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
