"""费用报销单: DRAFT → PENDING → APPROVED (to be paid to who laid it out) → PAID, or OWED to a supplier; REJECTED; CANCELLED.

Who spent it writes it, finance approves, never who wrote it; what finance writes another one of finance or the general
manager approves. A supplier is paid by a payment like for any other debt. Source: dictionary B-45; roles.md.
"""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ... import actor as acting
from ... import clock
from ...actor import Actor
from ...database import db
from ...enums import EXPENSES_BY_HAND, ClaimedExpenseState, PayableKind
from ...errors import MissingData, WrongAmount
from ...ledgers import cash, payable
from ...models import ClaimedExpense, Employee, Expense, FundAccount
from ...numbering import next_number
from .. import approvals, checks
from ..machine import Workflow
from ..system import notice

S = ClaimedExpenseState
flow = Workflow(ClaimedExpense, editable=frozenset({S.DRAFT, S.REJECTED}))


@flow.before_save
def prepare(paper: ClaimedExpense) -> None:
    """An amount above zero, spent and not to be spent, of a kind that people write; a department bears it."""
    checks.strip_texts(paper)
    if paper.kind not in EXPENSES_BY_HAND:
        raise WrongAmount(gettext("This kind of expense is written by the paper that causes it"), field="kind")
    if (paper.amount or 0) <= 0:
        raise WrongAmount(gettext("The amount is above zero"), field="amount")
    if (paper.spent_on or clock.today()) > clock.today():
        raise WrongAmount(gettext("This day is still to come"), field="spent_on")
    if not paper.reason:
        raise MissingData(gettext("Please enter what it was for"), field="reason")
    if paper.department is None and paper.department_id is None:
        paper.department_id = _department_of_author()
    paper.number = paper.number or next_number(db.session(), ClaimedExpense.prefix)


def _department_of_author() -> int:
    """Where who writes it works."""
    me = db.session.get(Employee, acting.current().employee_id or 0)
    if me is None:
        raise MissingData(gettext("Please choose the department that bears it"), field="department")
    return me.department_id


@flow.transition(S.DRAFT, S.REJECTED, to=S.PENDING, label=_("Submit"), icon="paper-plane", tone="primary")
def submit(paper: ClaimedExpense, by: Actor) -> None:
    """提交: waits for finance."""
    words = notice.todo_subject(paper, gettext("waiting for your approval"))
    notice.tell(notice.in_role("finance"), words, paper, f"await {clock.now()}")


@flow.transition(S.PENDING, to=S.DRAFT, label=_("Take back"), icon="undo")
def withdraw(paper: ClaimedExpense, by: Actor) -> None:
    """撤回: back to the author."""


@flow.transition(S.PENDING, to=(S.APPROVED, S.OWED), label=_("Approve"), icon="stamp", tone="primary", not_by="submit")
def approve(paper: ClaimedExpense, by: Actor, *, opinion: str | None = None) -> ClaimedExpenseState:
    """审核通过: it is an expense of its department, and is owed to the supplier or to be paid to who laid it out.

    Posts:  expense; payable where a supplier sends the bill.
    """
    approvals.other_hands(paper, by)
    _book(paper)
    if paper.supplier is not None:
        payable.raise_(paper, paper.supplier, PayableKind.OTHER, paper.amount)
        return S.OWED
    words = notice.todo_subject(paper, gettext("expense to be paid out"))
    notice.tell(notice.in_role("finance"), words, paper, f"pay {clock.now()}")
    return S.APPROVED


def _book(paper: ClaimedExpense) -> None:
    db.session.add(
        Expense(
            number=next_number(db.session(), Expense.prefix),
            department_id=paper.department_id,
            kind=paper.kind,
            amount=paper.amount,
            business_on=clock.today(),
            origin=ClaimedExpense.__name__,
            origin_id=paper.id,
            origin_number=paper.number,
        )
    )


@flow.transition(S.PENDING, to=S.REJECTED, label=_("Reject"), icon="times", tone="danger", not_by="submit")
def reject(paper: ClaimedExpense, by: Actor, *, opinion: str) -> None:
    """驳回: back to the author with an opinion."""
    approvals.other_hands(paper, by)
    told = notice.todo_subject(paper, gettext("rejected: %(opinion)s", opinion=opinion))
    notice.tell([paper.created_by], told, paper, f"rejected {clock.now()}")


@flow.transition(S.APPROVED, to=S.PAID, label=_("Pay out"), icon="money-bill-transfer", tone="primary")
def pay(paper: ClaimedExpense, by: Actor, *, account: FundAccount, serial: str | None = None) -> None:
    """付款: the money goes to who laid it out."""
    cash.pay_out(account, paper.amount, paper, cash.next_line(paper), serial, clock.today())
    paper.account_id, paper.paid_on = account.id, clock.today()
    notice.tell(
        [paper.created_by],
        notice.todo_subject(paper, gettext("your expense was paid out")),
        paper,
        f"paid {clock.now()}",
    )


@flow.transition(S.PAID, to=S.APPROVED, label=_("Transfer came back"), icon="undo", tone="danger")
def came_back(paper: ClaimedExpense, by: Actor, *, came_back_on: date, reason: str) -> None:
    """退汇: the bank sent it back; it waits to be paid again.

    came_back_on: the bank's day, not before it was paid and not after today.
    """
    assert paper.paid_on is not None
    cash.check_came_back(came_back_on, paper.paid_on)
    cash.reverse(paper, came_back_on)
    paper.account_id = paper.paid_on = None


@flow.transition(S.APPROVED, S.OWED, to=S.CANCELLED, label=_("Take back the approval"), icon="ban", tone="danger")
def revoke(paper: ClaimedExpense, by: Actor, *, reason: str) -> None:
    """冲销: nothing was paid on it; expense and debt are gone.

    Raises: WrongAmount where the supplier got something.
    """
    payable.void_of(paper)
    mine = sa.select(Expense).where(Expense.origin == ClaimedExpense.__name__, Expense.origin_id == paper.id)
    db.session.scalars(mine).one().amount = paper.amount * 0
    notice.tell(
        [paper.created_by], notice.todo_subject(paper, gettext("no expense any more: %(reason)s", reason=reason)), paper
    )


@flow.transition(S.DRAFT, S.REJECTED, S.PENDING, to=S.CANCELLED, label=_("Cancel"), icon="ban", tone="danger")
def cancel(paper: ClaimedExpense, by: Actor, *, reason: str) -> None:
    """取消: typed by mistake; nothing was booked."""
