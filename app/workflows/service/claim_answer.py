"""三包索赔, 主机厂答复: SUBMITTED → GRANTED or REFUSED → DONE when the receivable is paid; back while nothing was paid.

The service manager notes the answer; finance takes the money in on a receipt or off what we owe the manufacturer.
Source: flows.md C4.4.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import sqlalchemy as sa
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ... import clock
from ...actor import Actor
from ...database import db
from ...enums import ClaimState, ExpenseKind, ReceivableKind, ReceivableState
from ...errors import MissingData, WrongAmount
from ...ledgers import payable, receivable
from ...models import Expense, Payable, Receivable, WarrantyClaim
from ...numbering import next_number
from .. import machine
from ..system import notice
from .claim import flow

S = ClaimState
ZERO = Decimal(0)
TERM = timedelta(days=30)


@flow.transition(S.SUBMITTED, to=(S.GRANTED, S.REFUSED), label=_("Manufacturer's answer"), icon="gavel", tone="primary")
def answer(claim: WarrantyClaim, by: Actor, *, granted_amount: Decimal, answer: str | None = None) -> ClaimState:
    """主机厂审核: all, a part, or nothing (拒赔); what is not granted is our loss.

    granted_amount: yuan, 0 <= granted <= claim.
    Posts:  a receivable of what is granted, payer the manufacturer; an expense 三包损失 of the rest.
    Raises: MissingData when he grants less and nobody says why.
    """
    if granted_amount is None or not ZERO <= granted_amount <= claim.claim_amount:
        raise WrongAmount(
            gettext("Between zero and the %(claim)s yuan claimed", claim=f"{claim.claim_amount:,.2f}"),
            field="granted_amount",
        )
    loss = claim.claim_amount - granted_amount
    if loss and not (answer or "").strip():
        raise MissingData(gettext("Please enter why less is granted"), field="answer")
    claim.granted_amount, claim.loss_amount = granted_amount, loss
    claim.answered_on, claim.answer = clock.today(), (answer or "").strip()[:200] or None
    _book_loss(claim)
    if not granted_amount:
        return S.REFUSED
    claim.receivable = receivable.raise_(
        claim, ReceivableKind.WARRANTY, granted_amount, payer_id=claim.supplier_id, due_on=clock.today() + TERM
    )
    owes = gettext("the manufacturer owes %(yuan)s yuan", yuan=f"{granted_amount:,.2f}")
    notice.tell(notice.in_role("finance"), notice.todo_subject(claim, owes), claim, f"granted {clock.now()}")
    return S.GRANTED


def _book_loss(claim: WarrantyClaim) -> None:
    """One expense per claim says what it lost; a corrected answer corrects it."""
    mine = sa.select(Expense).where(Expense.origin == type(claim).__name__, Expense.origin_id == claim.id)
    booked = db.session.scalars(mine).one_or_none()
    if booked is not None:
        booked.amount = claim.loss_amount
    elif claim.loss_amount:
        db.session.add(
            Expense(
                number=next_number(db.session(), Expense.prefix),
                department_id=claim.department_id,
                kind=ExpenseKind.WARRANTY_LOSS,
                amount=claim.loss_amount,
                origin=type(claim).__name__,
                origin_id=claim.id,
                origin_number=claim.number,
            )
        )


@flow.transition(S.GRANTED, S.REFUSED, to=S.SUBMITTED, label=_("Answer anew"), icon="rotate-left")
def reconsider(claim: WarrantyClaim, by: Actor, *, reason: str) -> None:
    """重新答复: the answer was typed wrongly or the manufacturer changed it; only while he paid nothing.

    Posts:  the receivable is void, the loss is taken back.
    """
    if claim.receivable is not None:
        receivable.void(claim.receivable, claim)
    claim.granted_amount = claim.loss_amount = ZERO
    claim.receivable = claim.answered_on = claim.answer = None
    _book_loss(claim)


@flow.transition(S.GRANTED, to=(S.GRANTED, S.DONE), label=_("Take off a payable"), icon="right-left")
def offset(claim: WarrantyClaim, by: Actor, *, debt: Payable) -> ClaimState:
    """抵应付: what we owe the manufacturer goes down instead, and his debt with it.

    Raises: WrongAmount for a debt to somebody else or one that is paid; AlreadyThere for the same debt twice.
    """
    if debt.supplier_id != claim.supplier_id:
        raise WrongAmount(gettext("This is a debt to another supplier"), field="debt")
    owed = machine.lock(Receivable, claim.receivable_id or 0)
    debt = machine.lock(Payable, debt.id)
    amount = min(owed.outstanding_amount, debt.outstanding_amount)
    if amount <= 0:
        raise WrongAmount(gettext("Nothing is open on %(number)s", number=debt.number), field="debt")
    payable.credit(debt, amount, claim)
    receivable.settle(owed, amount, debt)
    return S.DONE if owed.state is ReceivableState.PAID else S.GRANTED


@flow.transition(S.GRANTED, to=S.DONE, label=_("Paid in full"), is_public=False)
def pay(claim: WarrantyClaim, by: Actor) -> None:
    """到账: the last of it came in; fired by the receipt."""


@flow.transition(S.DONE, to=S.GRANTED, label=_("Payment taken back"), is_public=False)
def unpay(claim: WarrantyClaim, by: Actor) -> None:
    """红冲: the receipt was reversed."""


def recount(claim: WarrantyClaim) -> None:
    """After a receipt: the claim follows its receivable."""
    is_paid = claim.receivable is not None and claim.receivable.state is ReceivableState.PAID
    if is_paid and claim.state is S.GRANTED:
        pay(claim)
    elif not is_paid and claim.state is S.DONE:
        unpay(claim)
