"""7 财务: receivables, receipts, payables, payments, cash."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext as _p
from flask_wtf import FlaskForm

from .. import clock, enums, forms
from .. import models as m
from ..enums import (
    OPENING_RECEIVABLES,
    UNPAID_RECEIVABLES,
    CouponState,
    Paper,
    ReceiptState,
)
from ..formulas.chinese_amount import chinese_amount
from ..ledgers import overdue
from ..screens import Lines, Print, Related, Screen, Tab, act, rows
from ..screens.columns import Column
from ..workflows.finance import expense, payment, prepaid_refund, receipt, receivable
from ..workflows.machine import Transition
from .words import LEDGER, WITH_ACCOUNT, id_of, not_mine


class ReceivableView(Screen):
    datamodel = rows(m.Receivable)
    short_title, icon = _("Receivables"), "file-invoice-dollar"
    copy_without = ("*",)  # a debt is opened once
    offers = "list show add export"
    list_columns = [
        "number", "state", "customer", "payer", "kind", "fee_kind", "period", "contract", "due_on", "amount", "settled_amount",
        "outstanding_amount",
    ]  # fmt: skip
    card_columns = ["customer", "kind", "due_on", "amount", "outstanding_amount"]
    sum_columns = ["amount", "settled_amount", "outstanding_amount"]
    search_columns = ["number", "customer", "payer", "contract", "kind", "state", "due_on", "amount"]
    quick_columns = ["number"]
    quick_references = ["customer", "contract"]
    computed_columns = {"outstanding_amount": Column("outstanding_amount", _("Outstanding"), "money", _("yuan"))}
    sections = [
        (
            _("Receivable"),
            [
                "number",
                "state",
                "customer",
                "payer",
                "kind",
                "fee_kind",
                "contract",
                "period",
                "due_on",
                "is_before_dispatch",
                "remark",
            ],
        ),
        (
            _("Money"),
            [
                "amount",
                "principal_amount",
                "interest_amount",
                "settled_amount",
                "written_off_amount",
                "outstanding_amount",
                "last_paid_on",
            ],
        ),
    ]
    form_sections = [(_("Opening receivable"), ["customer", "kind", "amount", "due_on", "remark"])]
    required = ["due_on"]
    choices = {"kind": [k for k in enums.ReceivableKind if k in OPENING_RECEIVABLES]}
    related = [Related("ReceivableEntryView", "receivable")]
    tabs = [
        Tab("unpaid", _("Unpaid"), lambda q: q.where(m.Receivable.state.in_(UNPAID_RECEIVABLES))),
        Tab(
            "overdue",
            _("Overdue"),
            lambda q: q.where(*overdue.conditions(clock.today())),
        ),
        Tab(
            "before_dispatch",
            _("To be paid before dispatch"),
            lambda q: q.where(*overdue.before_dispatch()),
        ),
        Tab(
            "others",
            _("Paid by others"),
            lambda q: q.where(m.Receivable.state.in_(UNPAID_RECEIVABLES), m.Receivable.payer_id.is_not(None)),
        ),
    ]
    void = act(receivable.void, form=forms.ReasonForm)

    def offered(self, transition: Transition, row: m.Entity) -> bool:
        """Only what somebody typed is voided by hand."""
        return receivable.is_opening(row)  # type: ignore[arg-type]


class ReceivableEntryView(Screen):
    datamodel = rows(m.ReceivableEntry)
    short_title, icon = _("Receivable entries"), "list-ol"
    offers = LEDGER
    key_column = "origin_number"
    list_columns = [
        "receivable",
        "customer",
        "movement",
        "amount",
        "outstanding_after",
        "origin_number",
        "business_on",
        "posted_by",
        "posted_at",
    ]
    card_columns = ["customer", "movement", "amount", "posted_at"]
    search_columns = ["receivable", "customer", "movement", "origin_number", "business_on"]
    quick_columns = ["origin_number"]
    quick_references = ["customer"]
    sections = [
        (
            _("Receivable entry"),
            [
                "receivable",
                "customer",
                "movement",
                "amount",
                "outstanding_after",
                "origin_number",
                "business_on",
                "posted_by",
                "posted_at",
            ],
        )
    ]


def _to_be_paid(query: Any, given: dict[str, str]) -> Any:
    """What the customer owes; what the payer pays for any customer, where one is chosen."""
    r, payer = m.Receivable, id_of(given.get("payer"))
    of_customer = sa.and_(r.customer_id == id_of(given.get("customer")), r.payer_id.is_(None))
    return query.where(
        r.payer_id == payer if payer else of_customer,
        r.state.in_(UNPAID_RECEIVABLES),
        r.kind != enums.ReceivableKind.TRADE_IN,
    )


def _to_be_offset(query: Any, given: dict[str, str]) -> Any:
    """What we owe whoever pays."""
    return query.where(
        m.Payable.supplier_id == id_of(given.get("payer")),
        m.Payable.state.in_([enums.PayableState.OPEN, enums.PayableState.PARTIAL]),
    )


class ReceiptView(Screen):
    datamodel = rows(m.Receipt)
    short_title, icon = _("Receipts"), "money-check-dollar"
    prints = (Print("receipt", _("Receipt"), Paper.TRIPLE, lines="allocations", line_along=("receivable",)),)
    copy_without = ("funds.serial", "funds.coupon", "funds.payable", "allocations")
    list_columns = [
        "number",
        "state",
        "customer",
        "payer",
        "received_on",
        "total_amount",
        "allocated_amount",
        "unallocated_amount",
        "created_by",
    ]
    card_columns = ["customer", "received_on", "total_amount", "created_by"]
    sum_columns = ["total_amount", "allocated_amount", "unallocated_amount"]
    search_columns = ["number", "customer", "payer", "state", "received_on", "total_amount"]
    quick_columns = ["number"]
    quick_references = ["customer"]
    sections = [
        (
            _("Receipt"),
            [
                "number",
                "state",
                "customer",
                "payer",
                "received_on",
                "total_amount",
                "allocated_amount",
                "unallocated_amount",
                "created_by",
                "remark",
            ],
        )
    ]
    form_sections = [(_("Receipt"), ["customer", "payer", "received_on", "remark"])]
    lines = {
        "funds": Lines(
            ("kind", "account", "coupon", "payable", "amount", "serial"),
            need=True,
            picks={
                "payable": {"narrow": _to_be_offset, "depends": ("payer",)},
                "coupon": {
                    "narrow": lambda q, given: q.where(
                        m.Coupon.customer_id == id_of(given.get("customer")), m.Coupon.state == CouponState.ACTIVE
                    ),
                    "depends": ("customer",),
                },
            },
            only_when={
                "account": WITH_ACCOUNT,
                "serial": WITH_ACCOUNT,
                "coupon": "kind=COUPON",
                "payable": "kind=OFFSET",
            },
        ),
        "allocations": Lines(
            ("receivable", "amount"),
            picks={"receivable": {"narrow": _to_be_paid, "depends": ("customer", "payer")}},
            outputs={"outstanding": _("Outstanding")},
        ),
    }
    line_tables = {
        "funds": ["kind", "account", "coupon", "payable", "amount", "serial"],
        "allocations": ["receivable", "amount"],
    }
    summary = [
        ("total", _("Funds in all")), ("allocated", _("Allocated")), ("unallocated", _("Kept as prepaid")), ("words", _("Funds in words")),
    ]  # fmt: skip
    tabs = [
        Tab("todo", _("Receipts to confirm"), lambda q: q.where(m.Receipt.state == ReceiptState.DRAFT), todo="confirm")
    ]
    allocate = act(receipt.allocate)
    confirm = act(receipt.confirm, bulk=True)
    reverse = act(receipt.reverse, form=forms.ReasonForm)
    cancel = act(receipt.cancel, form=forms.ReasonForm)

    def computed(self, form: FlaskForm) -> dict[str, str]:
        funds = sum((row.form.amount.data or m.ZERO for row in form.funds), m.ZERO)
        paid = sum((row.form.amount.data or m.ZERO for row in form.allocations), m.ZERO)
        result = {"total": f"{funds:,.2f}", "allocated": f"{paid:,.2f}", "unallocated": f"{funds - paid:,.2f}"}
        for row in form.allocations:
            debt = row.form.receivable.data
            result[f"{row.name}-outstanding"] = f"{debt.outstanding_amount:,.2f}" if debt else ""
        return result | {"words": chinese_amount(funds) if funds < 10**15 else ""}


class PayableView(Screen):
    datamodel = rows(m.Payable)
    short_title, icon = _("Payables"), "file-invoice"
    offers = LEDGER
    list_columns = [
        "number",
        "state",
        "supplier",
        "kind",
        "origin_number",
        "due_on",
        "amount",
        "paid_amount",
        "credited_amount",
        "outstanding_amount",
    ]
    card_columns = ["supplier", "due_on", "amount", "outstanding_amount"]
    sum_columns = ["amount", "paid_amount", "credited_amount", "outstanding_amount"]
    computed_columns = {
        "outstanding_amount": Column(
            "outstanding_amount", _p("payable", "Outstanding"), "money", _("yuan"), secret="purchase"
        )
    }
    search_columns = ["number", "supplier", "state", "kind", "due_on", "origin_number"]
    quick_columns = ["number", "origin_number"]
    quick_references = ["supplier"]
    sections = [
        (
            _("Payable"),
            [
                "number",
                "state",
                "supplier",
                "kind",
                "origin_number",
                "contract",
                "due_on",
                "amount",
                "paid_amount",
                "credited_amount",
                "outstanding_amount",
                "remark",
            ],
        )
    ]
    related = [Related("PayableCreditView", "payable")]


class PayableCreditView(Screen):
    datamodel = rows(m.PayableCredit)
    short_title, icon = _("Payable credits"), "right-left"
    offers = LEDGER
    key_column = "origin_number"
    list_columns = ["origin_number", "supplier", "payable", "amount", "business_on", "posted_by"]
    card_columns = ["supplier", "payable", "amount"]
    sum_columns = ["amount"]
    search_columns = ["origin_number", "supplier", "payable", "business_on"]
    quick_columns = ["origin_number"]
    quick_references = ["supplier", "payable"]
    sections = [
        (
            _("Payable credit"),
            ["origin_number", "supplier", "payable", "amount", "business_on", "posted_by", "posted_at"],
        )
    ]


class PaymentView(Screen):
    datamodel = rows(m.Payment)
    short_title, icon = _("Payments"), "money-bill-transfer"
    copy_without = ("serial", "lines")
    help_text = _("When the bank sends the money back, finance says so and the general manager reverses the payment.")
    list_columns = ["number", "state", "supplier", "account", "pay_on", "total_amount", "serial", "created_by"]
    card_columns = ["supplier", "account", "pay_on", "total_amount"]
    sum_columns = ["total_amount"]
    search_columns = ["number", "supplier", "account", "state", "pay_on"]
    quick_columns = ["number", "serial"]
    quick_references = ["supplier"]
    sections = [
        (
            _("Payment"),
            [
                "number",
                "state",
                "supplier",
                "account",
                "pay_on",
                "serial",
                "total_amount",
                "came_back_on",
                "created_by",
                "remark",
            ],
        )
    ]
    form_sections = [(_("Payment"), ["supplier", "account", "pay_on", "serial", "remark"])]
    lines = {
        "lines": Lines(
            ("payable", "amount"),
            need=True,
            picks={
                "payable": {
                    "narrow": lambda q, given: q.where(
                        m.Payable.supplier_id == id_of(given.get("supplier")),
                        m.Payable.state.in_([enums.PayableState.OPEN, enums.PayableState.PARTIAL]),
                    ),
                    "depends": ("supplier",),
                }
            },
        )
    }
    line_tables = {"lines": ["payable", "amount"]}
    tabs = [
        Tab(
            "todo",
            _("Payments for my approval"),
            lambda q: q.where(*not_mine(m.Payment, enums.PaymentState.PENDING)),
            todo="approve",
        ),
        Tab(
            "pay",
            _("Payments to be made"),
            lambda q: q.where(m.Payment.state == enums.PaymentState.APPROVED),
            todo="pay",
        ),
        Tab(
            "returned",
            _("Payments that came back"),
            lambda q: q.where(m.Payment.state == enums.PaymentState.RETURNED),
            todo="reverse",
        ),
    ]
    submit = act(payment.submit)
    approve = act(payment.approve, form=forms.ApproveForm, bulk=True)
    pay = act(payment.pay)
    came_back = act(payment.came_back, form=forms.CameBackForm)
    reverse = act(payment.reverse, form=forms.ApproveForm)
    keep = act(payment.keep, form=forms.RejectForm)
    cancel = act(payment.cancel, form=forms.ReasonForm)


class ClaimedExpenseView(Screen):
    datamodel = rows(m.ClaimedExpense)
    short_title, icon = _("Expense claims"), "file-invoice-dollar"
    help_text = _(
        "Who spent it writes it; finance approves and pays it out. Where a supplier sends the bill, the approval makes a"
        " payable, and a payment pays it."
    )
    copy_without = ("invoice_number",)
    list_columns = [
        "number", "state", "kind", "department", "amount", "spent_on", "supplier", "reason", "created_by", "paid_on",
    ]  # fmt: skip
    card_columns = ["kind", "amount", "spent_on", "reason"]
    sum_columns = ["amount"]
    search_columns = ["number", "kind", "department", "supplier", "state", "spent_on", "amount"]
    quick_columns = ["number", "invoice_number", "reason"]
    quick_references = ["supplier"]
    sections = [
        (
            _("Expense claim"),
            ["number", "state", "kind", "department", "amount", "spent_on", "reason", "created_by", "remark"],
        ),
        (_("Who is paid"), ["supplier", "invoice_number", "account", "paid_on"]),
    ]
    form_sections = [
        (_("Expense claim"), ["kind", "amount", "spent_on", "department", "reason", "remark"]),
        (_("Who is paid"), ["supplier", "invoice_number"]),
    ]
    choices = {"kind": list(enums.EXPENSES_BY_HAND)}
    optional = ["department"]
    tabs = [
        Tab(
            "todo",
            _("Expense claims for my approval"),
            lambda q: q.where(*not_mine(m.ClaimedExpense, enums.ClaimedExpenseState.PENDING)),
            todo="approve",
        ),
        Tab(
            "pay",
            _("Expenses to be paid out"),
            lambda q: q.where(m.ClaimedExpense.state == enums.ClaimedExpenseState.APPROVED),
            todo="pay",
        ),
    ]
    submit = act(expense.submit)
    withdraw = act(expense.withdraw)
    approve = act(expense.approve, form=forms.ApproveForm, bulk=True)
    reject = act(expense.reject, form=forms.RejectForm)
    pay = act(expense.pay, form=forms.PayBackForm)
    came_back = act(expense.came_back, form=forms.CameBackForm)
    revoke = act(expense.revoke, form=forms.ReasonForm)
    cancel = act(expense.cancel, form=forms.ReasonForm)


class ExpenseView(Screen):
    datamodel = rows(m.Expense)
    short_title, icon = _("Expenses"), "wallet"
    offers = LEDGER
    list_columns = ["number", "kind", "department", "amount", "origin_number", "business_on"]
    card_columns = ["department", "amount", "origin_number"]
    sum_columns = ["amount"]
    search_columns = ["number", "kind", "department", "business_on", "origin_number"]
    quick_columns = ["number", "origin_number"]
    sections = [(_("Expense"), ["number", "kind", "department", "amount", "origin_number", "business_on", "remark"])]


class PrepaidEntryView(Screen):
    datamodel = rows(m.PrepaidEntry)
    short_title, icon = _("Prepaid entries"), "piggy-bank"
    offers = LEDGER
    key_column = "origin_number"
    list_columns = ["customer", "amount", "held_amount", "balance_after", "origin_number", "posted_by", "posted_at"]
    card_columns = ["customer", "amount", "held_amount", "balance_after"]
    sum_columns = ["amount", "held_amount"]
    search_columns = ["customer", "origin_number", "posted_at"]
    quick_columns = ["origin_number"]
    quick_references = ["customer"]
    sections = [
        (
            _("Prepaid entry"),
            ["customer", "amount", "held_amount", "balance_after", "origin_number", "posted_by", "posted_at"],
        )
    ]


class PrepaidRefundView(Screen):
    datamodel = rows(m.PrepaidRefund)
    short_title, icon = _("Prepaid refunds"), "hand-holding-dollar"
    help_text = _(
        "Prepaid money goes back to its customer. From the approval on it is held and pays nothing else; above 50,000 yuan, or"
        " where he has overdue debts, the general manager approves."
    )
    list_columns = ["number", "state", "customer", "amount", "payee_name", "account", "paid_on", "reason", "created_by"]
    card_columns = ["customer", "amount", "payee_name", "reason"]
    sum_columns = ["amount"]
    search_columns = ["number", "customer", "state", "amount", "paid_on"]
    quick_columns = ["number", "payee_name"]
    quick_references = ["customer"]
    sections = [
        (_("Prepaid refund"), ["number", "state", "customer", "amount", "reason", "created_by", "remark"]),
        (_("Payee"), ["payee_name", "payee_account", "account", "paid_on"]),
    ]
    form_sections = [
        (_("Prepaid refund"), ["customer", "amount", "reason", "remark"]),
        (_("Payee"), ["payee_name", "payee_account"]),
    ]
    optional = ["payee_name"]
    summary = [("free", _("Prepaid money that is free")), ("held", _("Of it to be refunded"))]
    tabs = [
        Tab(
            "todo",
            _("Prepaid refunds for my approval"),
            lambda q: q.where(*not_mine(m.PrepaidRefund, enums.PrepaidRefundState.PENDING)),
            todo="approve",
        ),
        Tab(
            "pay",
            _("Prepaid money to be paid back"),
            lambda q: q.where(m.PrepaidRefund.state == enums.PrepaidRefundState.APPROVED),
            todo="pay",
        ),
    ]
    submit = act(prepaid_refund.submit)
    withdraw = act(prepaid_refund.withdraw)
    approve = act(prepaid_refund.approve, form=forms.ApproveForm)
    reject = act(prepaid_refund.reject, form=forms.RejectForm)
    pay = act(prepaid_refund.pay, form=forms.PayBackForm)
    came_back = act(prepaid_refund.came_back, form=forms.CameBackForm)
    cancel = act(prepaid_refund.cancel, form=forms.ReasonForm)

    def computed(self, form: FlaskForm) -> dict[str, str]:
        chosen = form.customer.data
        free, held = prepaid_refund.standing(chosen) if chosen else (m.ZERO, m.ZERO)
        return {"free": f"{free:,.2f}", "held": f"{held:,.2f}"}


class FundAccountView(Screen):
    datamodel = rows(m.FundAccount)
    short_title, icon = _("Fund accounts"), "building-columns"
    copy_without = ("account_number", "opening_amount")
    key_column = "name"
    list_columns = ["name", "kind", "account_number", "opening_amount", "is_enabled"]
    card_columns = ["kind", "account_number"]
    search_columns = ["name", "kind", "is_enabled"]
    quick_columns = ["name", "account_number"]
    sections = [(_("Fund account"), ["name", "kind", "account_number", "opening_amount", "is_enabled"])]
    form_sections = sections
    optional = ["opening_amount"]
    related = [Related("CashEntryView", "account")]


class CashEntryView(Screen):
    datamodel = rows(m.CashEntry)
    short_title, icon = _("Cash entries"), "coins"
    offers = LEDGER
    key_column = "origin_number"
    list_columns = ["account", "amount", "serial", "origin_number", "business_on", "posted_by", "posted_at"]
    card_columns = ["account", "amount", "business_on"]
    sum_columns = ["amount"]
    search_columns = ["account", "serial", "origin_number", "business_on"]
    quick_columns = ["origin_number", "serial"]
    sections = [
        (_("Cash entry"), ["account", "amount", "serial", "origin_number", "business_on", "posted_by", "posted_at"])
    ]
