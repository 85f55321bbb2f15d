"""卡券核销: how a sale deducts coupons (A) and a receipt takes them as funds (B); the rules of the types over both.

A share and “not together with others” are counted over everything that pays the same goods: the sale's own deduction
and every confirmed receipt. Source: brief S28; flows.md C3.3; dictionary B-41.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal

import sqlalchemy as sa
from flask_babel import gettext

from ... import clock
from ...database import db
from ...enums import CouponMovement, ReceiptState, ReceivableKind, ReturnState
from ...errors import CouponUnusable, WrongAmount, WrongState
from ...ledgers import coupon, coupon_terms
from ...models import (
    Coupon,
    CouponType,
    PartSale,
    Receipt,
    ReceiptAllocation,
    ReceiptFund,
    Receivable,
    SaleCoupon,
    SaleReturn,
)
from .. import machine

ZERO = Decimal(0)
Use = tuple[Coupon, Decimal]


def look_at_sale(sale: PartSale) -> None:
    """Before anybody is asked to approve: every coupon could be deducted today. Raises CouponUnusable."""
    _deduct(sale, lambda chosen, amount, earlier: _could_deduct(sale, chosen, amount, earlier))


def deduct_on_sale(sale: PartSale) -> None:
    """Every coupon of the sale lowers what the customer will owe; approved and deducted together."""

    def take(chosen: Coupon, amount: Decimal, earlier: Decimal) -> None:
        coupon.redeem(
            machine.lock(Coupon, chosen.id),
            amount,
            sale,
            clock.today(),
            customer_id=sale.customer_id or 0,
            kind=ReceivableKind.PART,
            of=sale.goods_amount - sale.discount_amount,
            earlier=earlier,
            movement=CouponMovement.REDEEM_SALE,
        )

    _deduct(sale, take)


def _deduct(sale: PartSale, take: Callable[[Coupon, Decimal, Decimal], None]) -> None:
    uses = sorted(((entry.coupon, entry.amount) for entry in sale.coupons), key=lambda use: use[0].id)
    _check_together(uses)
    for index, (chosen, amount) in enumerate(uses):
        take(chosen, amount, _of_type(uses[:index], chosen.type))


def _could_deduct(sale: PartSale, chosen: Coupon, amount: Decimal, earlier: Decimal) -> None:
    coupon_terms.check_type(
        chosen,
        amount,
        sale.customer_id or 0,
        ReceivableKind.PART,
        sale.goods_amount - sale.discount_amount,
        earlier,
    )
    coupon_terms.check_standing(chosen, amount, clock.today())


def look_at_receipt(receipt: Receipt) -> None:
    """Before somebody else confirms it: every coupon could be redeemed today. Raises CouponUnusable, WrongAmount."""

    def look(chosen: Coupon, amount: Decimal, debts: list[Receivable], earlier: Decimal) -> None:
        worth = sum((worth_of(debt) for debt in debts), ZERO)
        coupon_terms.check_type(chosen, amount, receipt.customer_id, debts[0].kind, worth, earlier)
        coupon_terms.check_standing(chosen, amount, receipt.received_on)

    _share_out(receipt, look)
    for line in receipt.allocations:
        line.coupon_amount = ZERO


def take_in_receipt(receipt: Receipt) -> None:
    """Each coupon pays the debts of its scope, in order; what it brings has to be allocated wholly."""

    def take(chosen: Coupon, amount: Decimal, debts: list[Receivable], earlier: Decimal) -> None:
        coupon.redeem(
            chosen,
            amount,
            receipt,
            receipt.received_on,
            customer_id=receipt.customer_id,
            kind=debts[0].kind,
            of=sum((worth_of(debt) for debt in debts), ZERO),
            earlier=earlier,
        )

    _share_out(receipt, take)


def _share_out(receipt: Receipt, take: Callable[[Coupon, Decimal, list[Receivable], Decimal], None]) -> None:
    """Coupon by coupon: the debts of its scope, `take`, and which line it pays how much of."""
    left = {a.id: a.amount for a in receipt.allocations}
    for line in receipt.allocations:
        line.coupon_amount = ZERO
    brought: dict[int, Decimal] = {}
    for fund in receipt.funds:
        if fund.coupon_id is not None:  # one coupon in two lines is one redemption
            brought[fund.coupon_id] = brought.get(fund.coupon_id, ZERO) + fund.amount
    uses = [(machine.lock(Coupon, i), amount) for i, amount in sorted(brought.items())]
    for index, (chosen, wanted) in enumerate(uses):
        fits = coupon_terms.PAYS[chosen.type.scope]
        room = [a for a in receipt.allocations if a.receivable.kind in fits]
        _check_room(chosen, wanted, sum((left[a.id] for a in room), ZERO))
        debts = [a.receivable for a in room]
        before = earlier_on(debts, receipt)
        _check_together([*before, *uses])
        take(chosen, wanted, debts, _of_type([*before, *uses[:index]], chosen.type))
        for line in room:
            part = min(wanted, left[line.id])
            left[line.id] -= part
            line.coupon_amount += part
            wanted -= part


def check_reversal(receipt: Receipt) -> None:
    """Raises WrongState when a return has given this receipt's coupon money back already."""
    sales = {a.receivable.sale_id for a in receipt.allocations if a.coupon_amount and a.receivable.sale_id}
    given = db.session.scalars(
        sa.select(SaleReturn).where(
            SaleReturn.sale_id.in_(sales), SaleReturn.state == ReturnState.REFUNDED, SaleReturn.coupon_amount > 0
        )
    ).first()
    if given is not None:
        raise WrongState(
            gettext(
                "Return %(number)s gave %(amount)s yuan of coupon back already; this receipt stands",
                number=given.number,
                amount=f"{given.coupon_amount:,.2f}",
            )
        )


def _check_room(chosen: Coupon, wanted: Decimal, room: Decimal) -> None:
    if room < wanted:
        raise WrongAmount(
            gettext(
                "Coupon %(number)s brings %(amount)s yuan, but only %(room)s yuan of %(scope)s debts are paid here",
                number=chosen.number,
                amount=f"{wanted:,.2f}",
                room=f"{room:,.2f}",
                scope=str(chosen.type.scope),
            ),
            field="funds",
        )


def _check_together(uses: Iterable[Use]) -> None:
    """Raises CouponUnusable when a coupon that stands alone meets another one."""
    chosen = {c.id: c for c, _amount in uses}
    alone = next((c for c in chosen.values() if not c.type.is_stackable), None)
    if alone is not None and len(chosen) > 1:
        raise CouponUnusable(
            gettext("Coupon %(number)s cannot be used together with other coupons", number=alone.number)
        )


def _of_type(uses: Iterable[Use], type_: CouponType) -> Decimal:
    return sum((amount for chosen, amount in uses if chosen.type_id == type_.id), ZERO)


def worth_of(debt: Receivable) -> Decimal:
    """Yuan the goods or the work cost: the debt, and what coupons took off the sale before it became one."""
    sale = db.session.get(PartSale, debt.sale_id) if debt.sale_id else None
    return debt.amount + (sale.coupon_amount if sale is not None else ZERO)


def earlier_on(debts: list[Receivable], receipt: Receipt | None = None) -> list[Use]:
    """Coupons that pay the same already: deducted on the sale, or a fund of another confirmed receipt."""
    sales = [d.sale_id for d in debts if d.sale_id]
    uses = [
        (e.coupon, e.amount) for e in db.session.scalars(sa.select(SaleCoupon).where(SaleCoupon.sale_id.in_(sales)))
    ]
    lines = db.session.scalars(
        sa.select(ReceiptAllocation)
        .join(Receipt, Receipt.id == ReceiptAllocation.receipt_id)
        .where(
            ReceiptAllocation.receivable_id.in_([d.id for d in debts]),
            ReceiptAllocation.coupon_amount > 0,
            Receipt.state == ReceiptState.CONFIRMED,
            Receipt.id != (receipt.id if receipt else 0),
        )
    ).all()
    paid: dict[int, Decimal] = {}
    for line in lines:
        paid[line.receipt_id] = paid.get(line.receipt_id, ZERO) + line.coupon_amount
    funds = db.session.scalars(
        sa.select(ReceiptFund).where(ReceiptFund.receipt_id.in_(paid), ReceiptFund.coupon_id.is_not(None))
    )
    uses += [(fund.coupon, min(fund.amount, paid[fund.receipt_id])) for fund in funds if fund.coupon is not None]
    return uses
