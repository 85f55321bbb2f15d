"""7 财务: its states and choice lists."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext as _p

from .choice import LATER, Choice


class AccountKind(Choice):
    CASH = _("Cash")
    BANK = _("Bank account")
    WECHAT = _("WeChat Pay")
    ALIPAY = _("Alipay")
    POS = _("POS terminal")
    BILL = _("Acceptance bills")


class FundKind(Choice):
    BANK = _("Bank transfer")
    CASH = _("Cash")
    WECHAT = _("WeChat Pay")
    ALIPAY = _("Alipay")
    POS = _("POS")
    BILL = _("Acceptance bill")
    COUPON = _("Coupon")
    PREPAID = _("Prepaid money")
    OFFSET = _("Offset")


CASH_FUNDS = frozenset(FundKind) - {FundKind.COUPON, FundKind.PREPAID, FundKind.OFFSET}


class ReceivableKind(Choice):
    DEPOSIT = _("Deposit")
    DOWN = _("Down payment")
    INSTALMENT = _("Instalment")
    FINANCE = _("Loan payout")
    BALANCE = _("Balance payment")
    TRADE_IN = _("Trade-in")
    RETENTION = _("Retention money")
    FEE = _("Contract fee")
    PART = _("Parts sale")
    SERVICE = _("Service charge")
    RENTAL = _("Rent"), "grey", LATER
    RENTAL_DEPOSIT = _("Rental deposit"), "grey", LATER
    PENALTY = _("Penalty"), "grey", LATER
    WARRANTY = _("Warranty claim")
    ADVANCE = _("Advance for customer"), "grey", LATER
    OTHER = _("Other")
    FORFEIT = _("Forfeited deposit")
    DEPRECIATION = _("Depreciation of a returned machine")


# what a machine contract itself promises; Σ of their principal is its total
CONTRACT_RECEIVABLES = frozenset({
    ReceivableKind.DEPOSIT, ReceivableKind.DOWN, ReceivableKind.INSTALMENT, ReceivableKind.FINANCE, ReceivableKind.BALANCE,
    ReceivableKind.RETENTION, ReceivableKind.FEE, ReceivableKind.TRADE_IN,
})  # fmt: skip
FINAL_RECEIVABLES = frozenset({ReceivableKind.FORFEIT, ReceivableKind.DEPRECIATION})  # what a contract leaves behind
OPENING_RECEIVABLES = frozenset({ReceivableKind.PART, ReceivableKind.SERVICE, ReceivableKind.OTHER})


class ReceivableState(Choice):
    OPEN = _("Open"), "orange"
    PARTIAL = _("Partly received"), "violet"
    PAID = _("Received"), "green"
    VOID = _("Void"), "grey"
    BAD = _("Bad debt"), "red", LATER


UNPAID_RECEIVABLES = frozenset({ReceivableState.OPEN, ReceivableState.PARTIAL})


class ReceivableMovement(Choice):
    RAISE = _("Raised")
    SETTLE = _p("entry", "Settled")
    UNSETTLE = _("Settlement withdrawn")
    CREDIT = _("Credited for a return")
    DEDUCT = _("Deducted for quality")
    VOID = _("Voided")
    INCREASE = _("Raised by an amendment")
    DECREASE = _("Lowered by an amendment")


class ReceiptState(Choice):
    DRAFT = _("Waiting for confirmation"), "orange"
    CONFIRMED = _("Confirmed"), "green"
    REVERSED = _("Reversed"), "red"
    CANCELLED = _("Cancelled"), "grey"


class PrepaidRefundState(Choice):
    DRAFT = _("Draft"), "grey"
    PENDING = _("Pending approval"), "orange"
    REJECTED = _("Rejected"), "red"
    APPROVED = _("To be refunded"), "violet"
    PAID = _("Refunded"), "green"
    CANCELLED = _("Cancelled"), "grey"


class RetentionState(Choice):
    NOT_STARTED = _("Not started"), "grey"
    RUNNING = _("In retention period"), "blue"
    HELD = _("Held"), "red"
    MATURED = _("Due for collection"), "orange"
    COLLECTED = _("Collected"), "green"
    DEDUCTED = _("Used up by deductions"), "grey"
    CANCELLED = _("Cancelled"), "grey"


KEPT_BACK = frozenset({RetentionState.RUNNING, RetentionState.HELD, RetentionState.MATURED})


class DecisionKind(Choice):
    EXTEND = _("Retained for longer"), "blue"
    DEDUCT = _("Part deducted"), "orange"


class DecisionState(Choice):
    PROPOSED = _("Waiting for approval"), "orange"
    APPROVED = _p("deduction", "Approved"), "green"
    REJECTED = _("Not approved"), "grey"
