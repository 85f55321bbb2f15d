"""卡券核销 on the coupon itself: the verb `redeem` of a coupon, for who holds it in his hand.

It writes a receipt whose only fund is the coupon, and confirms it at once where this person could confirm it; else the
receipt waits for finance, and what waits is not promised twice. Taking it back is the reversal of that receipt.
Source: brief S28; flows.md C3.3; docs/decisions/coupons.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ... import actor as acting
from ... import clock
from ...actor import Actor
from ...database import db
from ...enums import UNPAID_RECEIVABLES, CouponState, FundKind, ReceiptState
from ...errors import CouponUnusable, MissingData, NotYours, WrongAmount
from ...ledgers import coupon_terms
from ...models import Coupon, Receipt, ReceiptAllocation, ReceiptFund, Receivable
from .. import machine
from ..coupons import coupon as coupons
from ..coupons import redemption
from . import receipt

S = CouponState
ZERO = Decimal(0)
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Debt:
    """What a coupon may pay: the debt, how much of it at most, how much is suggested."""

    owed: Receivable
    most: Decimal
    suggested: Decimal


def debts(coupon: Coupon) -> list[Debt]:
    """Open debts of the coupon's customer that it may pay, the oldest first; suggested is what is free of it, in order."""
    query = sa.select(Receivable).where(
        Receivable.customer_id == coupon.customer_id,
        Receivable.payer_id.is_(None),
        Receivable.state.in_(UNPAID_RECEIVABLES),
        Receivable.kind.in_(coupon_terms.PAYS[coupon.type.scope]),
    )
    found = sorted(db.session.scalars(query), key=lambda debt: (debt.due_on or date.max, debt.id))
    left, result = free(coupon), []
    for owed in found:
        most = min(_most(coupon, owed), free(coupon))
        suggested = min(left, most)
        left -= suggested
        result.append(Debt(owed, most, suggested))
    return result


def _most(coupon: Coupon, owed: Receivable) -> Decimal:
    """Yuan of one debt that its type lets this coupon pay, whatever stands on it."""
    earlier = redemption.earlier_on([owed])
    others = [used for used, _amount in earlier if used.id != coupon.id]
    if others and not (coupon.type.is_stackable and all(used.type.is_stackable for used in others)):
        return ZERO
    share = (redemption.worth_of(owed) * coupon.type.max_share).quantize(CENT, ROUND_DOWN)
    used_up = sum((amount for used, amount in earlier if used.type_id == coupon.type_id), ZERO)
    return max(min(owed.outstanding_amount, share - used_up), ZERO)


def waiting(coupon: Coupon) -> list[Receipt]:
    """Receipts with this coupon that finance has not confirmed yet, the oldest first."""
    with_it = sa.select(ReceiptFund.receipt_id).where(ReceiptFund.coupon_id == coupon.id)
    query = sa.select(Receipt).where(Receipt.id.in_(with_it), Receipt.state == ReceiptState.DRAFT)
    return list(db.session.scalars(query.order_by(Receipt.id)))


def free(coupon: Coupon) -> Decimal:
    """Yuan of the coupon that no waiting receipt takes."""
    taken = sum((f.amount for paper in waiting(coupon) for f in paper.funds if f.coupon_id == coupon.id), ZERO)
    return max(coupon.balance - taken, ZERO)


def confirms(by: Actor) -> bool:
    """Whether what this person redeems is confirmed at once: he confirms receipts and nobody else in finance could."""
    return by.may("confirm", "Receipt") and not receipt.others_who_confirm(by)


def unusable(coupon: Coupon) -> str | None:
    """Why nothing can be redeemed from it today, as a sentence; None where something can."""
    try:
        coupon_terms.check_standing(coupon, CENT, clock.today())
    except CouponUnusable as fault:
        return str(fault)
    return None


def told(coupon: Coupon) -> str:
    """What came of it: the latest receipt of this person with this coupon, and whether it is through."""
    mine = sa.select(ReceiptFund.receipt_id).where(ReceiptFund.coupon_id == coupon.id)
    paper = db.session.scalars(
        sa.select(Receipt)
        .where(Receipt.id.in_(mine), Receipt.created_by_id == acting.current().employee_id)
        .order_by(Receipt.id.desc())
    ).first()
    assert paper is not None
    words = {"amount": f"{paper.total_amount:,.2f}", "receipt": paper.number, "left": f"{free(coupon):,.2f}"}
    if paper.state is ReceiptState.CONFIRMED:
        return gettext("%(amount)s yuan redeemed, receipt %(receipt)s is confirmed; %(left)s yuan are left", **words)
    return gettext(
        "%(amount)s yuan put down in receipt %(receipt)s; it counts once finance confirms it. %(left)s yuan are left to use",
        **words,
    )


@coupons.flow.transition(
    S.ACTIVE, to=(S.ACTIVE, S.USED), label=_("Redeem"), icon="ticket", tone="primary", outcome=told
)
def redeem(coupon: Coupon, by: Actor, *, lines: list[dict[str, Any]]) -> CouponState:
    """核销: the coupon pays debts of its customer.

    lines:  {"id": a receivable, "amount": yuan or nothing}.
    Posts:  what a receipt with this coupon posts, when it is confirmed.
    Raises: CouponUnusable, WrongAmount with the sentence of a receipt; CouponUnusable for what a receipt takes that waits.
    """
    pays = [(_debt(coupon, line), line["amount"]) for line in lines if line.get("amount")]
    if not pays:
        raise MissingData(gettext("Please enter how much it pays"), field="lines")
    total = sum((amount for _owed, amount in pays), ZERO)
    _check_free(coupon, total)
    paper = Receipt(
        customer_id=coupon.customer_id,
        received_on=clock.today(),
        remark=gettext("Coupon %(number)s", number=coupon.number),
        funds=[ReceiptFund(line_number=1, kind=FundKind.COUPON, coupon_id=coupon.id, amount=total)],
        allocations=[
            ReceiptAllocation(line_number=n, receivable_id=owed.id, amount=amount)
            for n, (owed, amount) in enumerate(pays, 1)
        ],
    )
    with db.session.no_autoflush:
        receipt.prepare(paper)
    machine.begin(paper)
    if confirms(by):
        receipt.confirm(paper)
    else:
        redemption.look_at_receipt(paper)
        receipt.announce(paper)
    db.session.refresh(coupon)
    return coupon.state


def _debt(coupon: Coupon, line: dict[str, Any]) -> Receivable:
    """An open debt of the coupon's customer of which so much is open."""
    owed = db.session.get(Receivable, int(line["id"]))
    if owed is None or owed.customer_id != coupon.customer_id:
        raise NotYours(gettext("This record does not exist or is not yours"))
    if line["amount"] < 0:
        raise WrongAmount(gettext("Amounts are above zero"), field="lines")
    if line["amount"] > owed.outstanding_amount:
        raise WrongAmount(
            gettext(
                "%(number)s: only %(left)s yuan outstanding, %(amount)s yuan cannot be paid on it",
                number=owed.number,
                left=f"{owed.outstanding_amount:,.2f}",
                amount=f"{line['amount']:,.2f}",
            ),
            field="lines",
        )
    return owed


def _check_free(coupon: Coupon, amount: Decimal) -> None:
    """What another receipt takes and finance has not confirmed is not there a second time."""
    others = waiting(coupon)
    if others and amount > free(coupon):
        raise CouponUnusable(
            gettext(
                "Receipt %(receipt)s takes of this coupon and waits for finance; %(left)s yuan are left to use",
                receipt=others[0].number,
                left=f"{free(coupon):,.2f}",
            ),
            field="lines",
        )
    coupon_terms.check_standing(coupon, amount, clock.today())
