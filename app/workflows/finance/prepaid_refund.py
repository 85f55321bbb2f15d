"""预收退款单: DRAFT → PENDING → APPROVED (held) → PAID, and back to APPROVED when the transfer comes back; REJECTED; CANCELLED.

Clerk or finance writes, the sales manager approves, above a limit or against overdue debts the general manager; finance
pays. Source: finance_credit.md §1; docs/decisions/cash.md.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ... import clock
from ...actor import Actor
from ...database import db
from ...enums import PrepaidRefundState
from ...errors import MissingData, MustBeOther, WrongAmount
from ...ledgers import cash, overdue, prepaid
from ...models import Customer, FundAccount, PrepaidRefund
from ...numbering import next_number
from .. import approvals, checks
from ..machine import Workflow
from ..system import notice

S = PrepaidRefundState
flow = Workflow(PrepaidRefund, editable=frozenset({S.DRAFT, S.REJECTED}))
OF_THE_SALES_MANAGER = Decimal(50_000)


def standing(customer: Customer) -> tuple[Decimal, Decimal]:
    """(free, held) prepaid money of a customer, yuan."""
    held = prepaid.held(customer.id)
    return prepaid.balance(customer.id) - held, held


@flow.before_save
def prepare(paper: PrepaidRefund) -> None:
    """An amount above zero that is free today; the payee is the customer unless somebody else is named."""
    checks.strip_texts(paper)
    customer = paper.customer or db.session.get_one(Customer, paper.customer_id)
    paper.department_id = customer.salesperson.department_id
    paper.payee_name = paper.payee_name or customer.name[:60]
    if not paper.reason:
        raise MissingData(gettext("Please enter the reason"), field="reason")
    if (paper.amount or 0) <= 0:
        raise WrongAmount(gettext("The amount is above zero"), field="amount")
    _check_free(customer, paper.amount)
    paper.number = paper.number or next_number(db.session(), PrepaidRefund.prefix)


def _check_free(customer: Customer, amount: Decimal) -> None:
    free, held = standing(customer)
    if amount > free:
        raise WrongAmount(
            gettext(
                "Only %(free)s yuan of prepaid money are free; %(held)s yuan wait to be refunded",
                free=f"{free:,.2f}",
                held=f"{held:,.2f}",
            ),
            field="amount",
        )


@flow.transition(S.DRAFT, S.REJECTED, to=S.PENDING, label=_("Submit"), icon="paper-plane", tone="primary")
def submit(paper: PrepaidRefund, by: Actor) -> None:
    """提交: waits for whoever may approve so much."""
    _check_free(paper.customer, paper.amount)
    words = notice.todo_subject(paper, gettext("waiting for your approval"))
    roles = ("gm",) if _wants_the_boss(paper) else ("sales_manager",)
    notice.tell(notice.in_role(*roles), words, paper, f"await {clock.now()}")


@flow.transition(S.PENDING, to=S.DRAFT, label=_("Take back"), icon="undo")
def withdraw(paper: PrepaidRefund, by: Actor) -> None:
    """撤回: back to the author."""


@flow.transition(S.PENDING, to=S.APPROVED, label=_("Approve"), icon="stamp", tone="primary", not_by="submit")
def approve(paper: PrepaidRefund, by: Actor, *, opinion: str | None = None) -> None:
    """审核通过: from now on the money is held for it and pays nothing else.

    Raises: MustBeOther for the author, and for the sales manager where the general manager has to; WrongAmount when less
            is free meanwhile.
    """
    approvals.other_hands(paper, by)
    if _wants_the_boss(paper) and not by.is_system and "gm" not in by.roles:
        raise MustBeOther(
            gettext(
                "Above %(most)s yuan, or while the customer has overdue debts, the general manager approves",
                most=f"{OF_THE_SALES_MANAGER:,.0f}",
            )
        )
    prepaid.hold(paper.customer_id, paper.amount, paper)
    words = notice.todo_subject(paper, gettext("prepaid money to be paid back"))
    notice.tell(notice.in_role("finance"), words, paper, f"pay {clock.now()}")


def _wants_the_boss(paper: PrepaidRefund) -> bool:
    is_much = paper.amount > OF_THE_SALES_MANAGER
    return is_much or overdue.amount(paper.customer_id, clock.today()) > 0


@flow.transition(S.PENDING, to=S.REJECTED, label=_("Reject"), icon="times", tone="danger", not_by="submit")
def reject(paper: PrepaidRefund, by: Actor, *, opinion: str) -> None:
    """驳回: back to the author with an opinion."""
    approvals.other_hands(paper, by)
    told = notice.todo_subject(paper, gettext("rejected: %(opinion)s", opinion=opinion))
    notice.tell([paper.created_by], told, paper, f"rejected {clock.now()}")


@flow.transition(S.APPROVED, to=S.PAID, label=_("Refund"), icon="hand-holding-dollar", tone="primary")
def pay(paper: PrepaidRefund, by: Actor, *, account: FundAccount, serial: str | None = None) -> None:
    """退款: what was held goes out of the prepaid money and out of the account."""
    prepaid.pay_out(paper.customer_id, paper.amount, paper)
    cash.pay_out(account, paper.amount, paper, cash.next_line(paper), serial, clock.today())
    paper.account_id, paper.paid_on = account.id, clock.today()
    told = notice.todo_subject(paper, gettext("prepaid money was paid back"))
    notice.tell([paper.customer.salesperson, paper.created_by], told, paper, f"paid {clock.now()}")


@flow.transition(S.PAID, to=S.APPROVED, label=_("Transfer came back"), icon="undo", tone="danger")
def came_back(paper: PrepaidRefund, by: Actor, *, came_back_on: date, reason: str) -> None:
    """退汇: the bank sent it back; the money is held again and waits to be paid, or the paper is cancelled.

    came_back_on: the bank's day, not before it was paid and not after today.
    """
    assert paper.paid_on is not None
    cash.check_came_back(came_back_on, paper.paid_on)
    cash.reverse(paper, came_back_on)
    prepaid.came_back(paper.customer_id, paper.amount, paper)
    paper.account_id = paper.paid_on = None


@flow.transition(
    S.DRAFT, S.REJECTED, S.PENDING, S.APPROVED, to=S.CANCELLED, label=_("Cancel"), icon="ban", tone="danger"
)
def cancel(paper: PrepaidRefund, by: Actor, *, reason: str) -> None:
    """取消: the customer leaves it here after all; what was held is free again."""
    prepaid.release(paper.customer_id, paper)
