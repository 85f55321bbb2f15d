"""付款单: DRAFT → PENDING → APPROVED → PAID; CANCELLED before; PAID → RETURNED → REVERSED when the transfer comes back.

Finance writes, the general manager approves, finance pays. Finance says that the bank sent the money back, the general
manager reverses. Source: dictionary B-40; finance_credit.md §1.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ... import clock
from ...actor import Actor
from ...database import db
from ...enums import PaymentState
from ...errors import MissingData, WrongAmount
from ...ledgers import cash, payable
from ...models import FundAccount, Payable, Payment
from ...numbering import next_number
from .. import approvals, checks
from ..machine import Workflow
from ..system import notice

S = PaymentState
flow = Workflow(Payment, editable=frozenset({S.DRAFT}))


@flow.before_save
def prepare(payment: Payment) -> None:
    """Sums follow from the lines; every payable is the same supplier's, once."""
    checks.strip_texts(payment)
    supplier_id = payment.supplier.id if payment.supplier else payment.supplier_id
    owed = [line.payable or db.session.get_one(Payable, line.payable_id) for line in payment.lines]
    if any(debt.supplier_id != supplier_id for debt in owed):
        raise WrongAmount(gettext("A payment pays debts to its own supplier only"), field="lines")
    if len({debt.id for debt in owed}) != len(owed):
        raise WrongAmount(gettext("The same payable is listed twice; put it in one line"), field="lines")
    if any((line.amount or 0) <= 0 for line in payment.lines):
        raise WrongAmount(gettext("Amounts are above zero"), field="lines")
    if owed:
        payment.department_id = owed[0].department_id
    elif payment.department_id is None:
        raise MissingData(gettext("At least one line is needed"), field="lines")
    payment.total_amount = sum((line.amount for line in payment.lines), Decimal(0))
    payment.number = payment.number or next_number(db.session(), Payment.prefix)


@flow.transition(S.DRAFT, to=S.PENDING, label=_("Submit"), icon="paper-plane", tone="primary")
def submit(payment: Payment, by: Actor) -> None:
    """提交: waits for the general manager."""
    notice.tell(
        notice.in_role("gm"), notice.todo_subject(payment, gettext("waiting for your approval")), payment, "await"
    )


@flow.transition(S.PENDING, to=S.APPROVED, label=_("Approve"), icon="stamp", tone="primary", not_by="submit")
def approve(payment: Payment, by: Actor, *, opinion: str | None = None) -> None:
    """审核通过: finance may pay."""
    approvals.other_hands(payment, by)


@flow.transition(S.APPROVED, to=S.PAID, label=_("Pay"), icon="money-bill-transfer", tone="primary")
def pay(payment: Payment, by: Actor) -> None:
    """付款: the debts go down and the money leaves the account."""
    for line in sorted(payment.lines, key=lambda entry: entry.payable_id):
        payable.pay(line.payable, line.amount)
    account = db.session.get_one(FundAccount, payment.account_id)
    cash.pay_out(account, payment.total_amount, payment, 1, payment.serial, payment.pay_on)


@flow.transition(S.PAID, to=S.RETURNED, label=_("Transfer came back"), icon="undo", tone="danger")
def came_back(payment: Payment, by: Actor, *, came_back_on: date, reason: str) -> None:
    """退汇: the bank sent the money back; nothing moves before the general manager has looked at it.

    came_back_on: the bank's day, not before the payment and not after today; the books take the money in on it.
    """
    cash.check_came_back(came_back_on, payment.pay_on)
    payment.came_back_on = came_back_on
    told = notice.todo_subject(payment, gettext("the transfer came back: %(reason)s", reason=reason))
    notice.tell(notice.in_role("gm"), told, payment, f"back {clock.now()}")


@flow.transition(S.RETURNED, to=S.REVERSED, label=_("Reverse"), icon="undo", tone="danger", not_by="came_back")
def reverse(payment: Payment, by: Actor, *, opinion: str | None = None) -> None:
    """红冲: exactly what the payment did is mirrored; the serial number is free again.

    Posts: payables up again; cash in on the day it came back.
    """
    assert payment.came_back_on is not None
    for line in sorted(payment.lines, key=lambda entry: entry.payable_id):
        payable.unpay(line.payable, line.amount)
    cash.reverse(payment, payment.came_back_on)
    notice.tell(
        notice.in_role("finance"), notice.todo_subject(payment, gettext("reversed; the debts are open again")), payment
    )


@flow.transition(S.RETURNED, to=S.PAID, label=_("It was paid after all"), icon="check", not_by="came_back")
def keep(payment: Payment, by: Actor, *, opinion: str) -> None:
    """不予红冲: the money is with the supplier; the payment stands as it was."""
    payment.came_back_on = None
    told = notice.todo_subject(payment, gettext("not reversed: %(opinion)s", opinion=opinion))
    notice.tell(notice.in_role("finance"), told, payment, f"kept {clock.now()}")


@flow.transition(S.DRAFT, S.PENDING, S.APPROVED, to=S.CANCELLED, label=_("Cancel"), icon="ban", tone="danger")
def cancel(payment: Payment, by: Actor, *, reason: str) -> None:
    """取消: nothing was paid."""
