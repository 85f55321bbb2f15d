"""7 财务: receivables, receipts, payables, cash, prepaid money."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
import sqlalchemy.orm
from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext as _p
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column

from .. import clock, enums
from .. import fields as f
from ..formulas.windows import BOOKED, STAMPED, TERM
from .base import ZERO, Document, Entity, Record

if TYPE_CHECKING:
    from .contracts import MachineContract
    from .coupons import Coupon
    from .crm import Customer
    from .machines import Supplier
    from .organisation import Employee
    from .part_sales import PartSale
    from .service import WorkOrder


class FundAccount(Record):
    title = _("Fund account")
    name: Mapped[str] = f.text(_("Account name"), 60, form="name", unique=True)
    kind: Mapped[enums.AccountKind] = f.choice(_("Account kind"), enums.AccountKind)
    account_number: Mapped[str | None] = f.text(_("Account number"), 40, form="code")
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
        sa.Index(
            "uq_receivable_standing_order",
            "work_order_id",
            unique=True,
            sqlite_where=sa.text("state <> 'VOID'"),
            postgresql_where=sa.text("state <> 'VOID'"),
        ),
    )
    customer_id: Mapped[int] = f.key(_("Customer"), "customer")
    customer: Mapped[Customer] = f.link(customer_id)
    payer_id: Mapped[int | None] = f.key(
        _("Paid by"), "supplier", help=_("Manufacturer, bank or leasing company that pays instead of the customer")
    )
    payer: Mapped[Supplier | None] = f.link(payer_id)
    kind: Mapped[enums.ReceivableKind] = f.choice(_("Receivable kind"), enums.ReceivableKind)
    contract_id: Mapped[int | None] = f.key(_("Contract"), "machine_contract", index=False)
    contract: Mapped[MachineContract | None] = f.link(contract_id)
    sale_id: Mapped[int | None] = f.key(_("Sale of parts"), "part_sale", unique=True, index=False)
    sale: Mapped[PartSale | None] = f.link(sale_id)
    work_order_id: Mapped[int | None] = f.key(_("Work order"), "work_order")
    work_order: Mapped[WorkOrder | None] = f.link(work_order_id)
    source_line: Mapped[int] = f.whole(_("Source line"), default=0)
    period: Mapped[int] = f.whole(_("Period"), default=0)
    fee_kind: Mapped[enums.FeeKind | None] = f.choice(_("Fee kind"), enums.FeeKind, default=None)
    amount: Mapped[Decimal] = f.money(_("Amount due"))
    principal_amount: Mapped[Decimal] = f.money(_("Of it principal"))
    interest_amount: Mapped[Decimal] = f.money(_("Of it interest"), default=ZERO)
    due_on: Mapped[date | None] = f.day(_("Due on"), TERM, index=True)
    is_before_dispatch: Mapped[bool] = f.flag(_("Due before dispatch"))
    settled_amount: Mapped[Decimal] = f.money(_("Settled"), default=ZERO)
    written_off_amount: Mapped[Decimal] = f.money(_("Written off"), default=ZERO)
    last_paid_on: Mapped[date | None] = f.day(_("Last payment"), BOOKED)
    state: Mapped[enums.ReceivableState] = f.state(_("Status"), enums.ReceivableState)

    @hybrid_property
    def outstanding_amount(self) -> Decimal:
        """Yuan still to come."""
        if self.state is enums.ReceivableState.VOID:
            return ZERO
        return self.amount - self.settled_amount - self.written_off_amount

    @outstanding_amount.inplace.expression
    @classmethod
    def _outstanding_amount(cls) -> Any:
        left = cls.amount - cls.settled_amount - cls.written_off_amount
        return sa.case((cls.state != enums.ReceivableState.VOID, left), else_=sa.literal(ZERO, cls.amount.type))


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
    origin_number: Mapped[str] = f.text(_("Document number"), 24, form="number")
    business_on: Mapped[date] = f.day(_("Business date"), BOOKED, default=clock.today)
    posted_at: Mapped[datetime] = f.moment(_("Posted at"), STAMPED, default=clock.now)
    posted_by_id: Mapped[int | None] = f.key(_("Posted by"), "employee", index=False)
    posted_by: Mapped[Employee | None] = f.link(posted_by_id)


class Receipt(Document):
    """收款单: funds that came in, and what they pay."""

    title = _("Receipt")
    prefix = "SK"
    customer_id: Mapped[int] = f.key(_("Customer"), "customer")
    customer: Mapped[Customer] = f.link(customer_id)
    payer_id: Mapped[int | None] = f.key(
        _("Paid by"), "supplier", help=_("Manufacturer, bank or leasing company that pays instead of the customer")
    )
    payer: Mapped[Supplier | None] = f.link(payer_id)
    received_on: Mapped[date] = f.day(_("Received on"), BOOKED, default=clock.today)
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
    payable_id: Mapped[int | None] = f.key(_("Offset against"), "payable")
    payable: Mapped[Payable | None] = f.link(payable_id)
    amount: Mapped[Decimal] = f.money(_("Amount"))
    serial: Mapped[str | None] = f.text(_("Bank serial number"), 60, form="code")


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
    released_amount: Mapped[Decimal] = f.money(_("Of it released to prepaid"), default=ZERO)


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
    serial: Mapped[str | None] = f.text(_("Bank serial number"), 60, form="code")
    serial_key: Mapped[str | None] = mapped_column(sa.String(60))
    origin: Mapped[str] = f.text(_("Document kind"), 40)
    origin_id: Mapped[int] = f.whole(_("Document"))
    origin_number: Mapped[str] = f.text(_("Document number"), 24, form="number")
    origin_line: Mapped[int] = f.whole(_("Line"))
    reversal_of_id: Mapped[int | None] = f.key(_("Reverses"), "cash_entry", unique=True, index=False)
    business_on: Mapped[date] = f.day(_("Business date"), BOOKED, default=clock.today)
    posted_at: Mapped[datetime] = f.moment(_("Posted at"), STAMPED, default=clock.now)
    posted_by_id: Mapped[int | None] = f.key(_("Posted by"), "employee", index=False)
    posted_by: Mapped[Employee | None] = f.link(posted_by_id)


class Payable(Document):
    """应付: one sum the dealer owes a supplier."""

    title = _("Payable")
    prefix = "YF"
    __table_args__ = (
        sa.CheckConstraint("amount > 0", name="amount_positive"),
        sa.CheckConstraint("paid_amount >= 0 AND paid_amount <= amount", name="paid"),
        sa.CheckConstraint("credited_amount >= 0 AND paid_amount + credited_amount <= amount", name="credited"),
    )
    supplier_id: Mapped[int] = f.key(_("Supplier"), "supplier")
    supplier: Mapped[Supplier] = f.link(supplier_id)
    kind: Mapped[enums.PayableKind] = f.choice(_("Payable kind"), enums.PayableKind)
    origin: Mapped[str] = f.text(_("Document kind"), 40)
    origin_id: Mapped[int] = f.whole(_("Document"))
    origin_number: Mapped[str] = f.text(_("Document number"), 24, form="number", index=True)
    contract_id: Mapped[int | None] = f.key(_("Contract"), "machine_contract")
    contract: Mapped[MachineContract | None] = f.link(contract_id)
    amount: Mapped[Decimal] = f.money(_p("payable", "Amount due"), secret="purchase")
    paid_amount: Mapped[Decimal] = f.money(_("Paid"), default=ZERO, secret="purchase")
    credited_amount: Mapped[Decimal] = f.money(_("Taken off by returns"), default=ZERO, secret="purchase")
    due_on: Mapped[date] = f.day(_("Due on"), TERM, index=True)
    state: Mapped[enums.PayableState] = f.state(_("Status"), enums.PayableState)

    @hybrid_property
    def outstanding_amount(self) -> Decimal:
        """Yuan still to be paid."""
        if self.state is enums.PayableState.VOID:
            return ZERO
        return self.amount - self.paid_amount - self.credited_amount

    @outstanding_amount.inplace.expression
    @classmethod
    def _outstanding_amount(cls) -> Any:
        left = cls.amount - cls.paid_amount - cls.credited_amount
        return sa.case((cls.state != enums.PayableState.VOID, left), else_=sa.literal(ZERO, cls.amount.type))


class PayableCredit(Entity):
    """应付冲减流水, append-only: what a purchase return or a warranty claim took off a payable."""

    title = _("Payable credit")
    __table_args__ = (
        sa.UniqueConstraint("payable_id", "origin", "origin_id"),
        sa.CheckConstraint("amount > 0", name="amount_positive"),
    )
    payable_id: Mapped[int] = f.key(_("Payable"), "payable", index=False)
    payable: Mapped[Payable] = f.link(payable_id)
    supplier_id: Mapped[int] = f.key(_("Supplier"), "supplier")
    supplier: Mapped[Supplier] = f.link(supplier_id)
    amount: Mapped[Decimal] = f.money(_("Amount"), secret="purchase")
    origin: Mapped[str] = f.text(_("Document kind"), 40)
    origin_id: Mapped[int] = f.whole(_("Document"))
    origin_number: Mapped[str] = f.text(_("Document number"), 24, form="number")
    business_on: Mapped[date] = f.day(_("Business date"), BOOKED, default=clock.today)
    posted_at: Mapped[datetime] = f.moment(_("Posted at"), STAMPED, default=clock.now)
    posted_by_id: Mapped[int | None] = f.key(_("Posted by"), "employee", index=False)
    posted_by: Mapped[Employee | None] = f.link(posted_by_id)


class Payment(Document):
    """付款单: money to a supplier for several payables; finance writes, the general manager approves, finance pays."""

    title = _("Payment")
    prefix = "FK"
    supplier_id: Mapped[int] = f.key(_("Supplier"), "supplier", retired=True)
    supplier: Mapped[Supplier] = f.link(supplier_id)
    pay_on: Mapped[date] = f.day(_("Pay on"), BOOKED, default=clock.today)
    account_id: Mapped[int] = f.key(_("Fund account"), "fund_account")
    account: Mapped[FundAccount] = f.link(account_id)
    serial: Mapped[str | None] = f.text(_("Bank serial number"), 60, form="code")
    total_amount: Mapped[Decimal] = f.money(_("Payment total"), default=ZERO)
    came_back_on: Mapped[date | None] = f.day(_("Came back on"), BOOKED)
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
    origin_number: Mapped[str] = f.text(_("Document number"), 24, form="number")


class ClaimedExpense(Document):
    """费用报销单: what a colleague laid out or a supplier charges; approved, it is an expense and is paid to him."""

    title = _("Expense claim")
    prefix = "BX"
    attachment_kinds = (enums.AttachmentKind.INVOICE, enums.AttachmentKind.PAYMENT_SLIP, enums.AttachmentKind.OTHER)
    __table_args__ = (
        sa.CheckConstraint("amount > 0", name="amount_positive"),
        sa.UniqueConstraint("supplier_id", "invoice_number"),
    )
    kind: Mapped[enums.ExpenseKind] = f.choice(_("Expense kind"), enums.ExpenseKind, constraint="claimedkind")
    amount: Mapped[Decimal] = f.money(_("Amount with tax"))
    spent_on: Mapped[date] = f.day(_("Spent on"), BOOKED, default=clock.today)
    supplier_id: Mapped[int | None] = f.key(
        _("Supplier"), "supplier", help=_("Who sends the bill; empty: it was laid out by who writes this")
    )
    supplier: Mapped[Supplier | None] = f.link(supplier_id)
    invoice_number: Mapped[str | None] = f.text(_("Invoice number"), 40)
    reason: Mapped[str] = f.note(_("What for"), 500)
    account_id: Mapped[int | None] = f.key(_("Paid out of"), "fund_account")
    account: Mapped[FundAccount | None] = f.link(account_id)
    paid_on: Mapped[date | None] = f.day(_("Paid out on"), BOOKED)
    state: Mapped[enums.ClaimedExpenseState] = f.state(_("Status"), enums.ClaimedExpenseState)


class PrepaidBalance(Entity):
    """预收余额: what a customer has paid without owing it yet."""

    title = _("Prepaid balance")
    __table_args__ = (sa.CheckConstraint("amount >= 0", name="not_negative"),)
    customer_id: Mapped[int] = f.key(_("Customer"), "customer", unique=True, index=False)
    customer: Mapped[Customer] = f.link(customer_id)
    amount: Mapped[Decimal] = f.money(_("Prepaid balance"), default=ZERO)
    held_amount: Mapped[Decimal] = f.money(_("Of it to be refunded"), default=ZERO, server_default=sa.text("0"))


class PrepaidEntry(Entity):
    """预收流水, append-only."""

    title = _("Prepaid entry")
    customer_id: Mapped[int] = f.key(_("Customer"), "customer")
    customer: Mapped[Customer] = f.link(customer_id)
    amount: Mapped[Decimal] = f.money(_("Amount"))
    held_amount: Mapped[Decimal] = f.money(_("Held for a refund"), default=ZERO, server_default=sa.text("0"))
    balance_after: Mapped[Decimal] = f.money(_("Balance after"))
    origin: Mapped[str] = f.text(_("Document kind"), 40)
    origin_id: Mapped[int] = f.whole(_("Document"))
    origin_number: Mapped[str] = f.text(_("Document number"), 24, form="number")
    posted_at: Mapped[datetime] = f.moment(_("Posted at"), STAMPED, default=clock.now)
    posted_by_id: Mapped[int | None] = f.key(_("Posted by"), "employee", index=False)
    posted_by: Mapped[Employee | None] = f.link(posted_by_id)


class PrepaidRefund(Document):
    """预收退款单: prepaid money of a customer who wants it back; held from the approval until finance has paid it."""

    title = _("Prepaid refund")
    prefix = "YT"
    __table_args__ = (sa.CheckConstraint("amount > 0", name="amount_positive"),)
    customer_id: Mapped[int] = f.key(_("Customer"), "customer")
    customer: Mapped[Customer] = f.link(customer_id)
    amount: Mapped[Decimal] = f.money(_("Amount to pay back"))
    payee_name: Mapped[str] = f.text(_("Payee"), 60)
    payee_account: Mapped[str | None] = f.text(_("Payee's account"), 60, help=_("Number and bank; empty for cash"))
    reason: Mapped[str] = f.note(_("Reason"), 500)
    account_id: Mapped[int | None] = f.key(_("Paid out of"), "fund_account")
    account: Mapped[FundAccount | None] = f.link(account_id)
    paid_on: Mapped[date | None] = f.day(_("Paid back on"), BOOKED)
    state: Mapped[enums.PrepaidRefundState] = f.state(_("Status"), enums.PrepaidRefundState)
