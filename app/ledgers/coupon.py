"""卡券: stored value of customers. The only writer of a coupon's balance and of its entries.

A redemption is one conditional UPDATE that hits one row or nothing: never below zero, never twice.
"""

from __future__ import annotations

import secrets
from datetime import date, timedelta
from decimal import Decimal

import sqlalchemy as sa
from flask_babel import gettext

from .. import actor as acting
from ..database import changed_rows, db
from ..enums import CouponMovement, CouponScope, CouponSource, CouponState, ReceivableKind
from ..errors import CouponUnusable
from ..models import Coupon, CouponEntry, CouponType, Document, MachineContract

TABLE = Coupon.__table__
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
PAYS = {
    CouponScope.PART: frozenset({ReceivableKind.PART}),
    CouponScope.SERVICE: frozenset({ReceivableKind.SERVICE}),
    CouponScope.BOTH: frozenset({ReceivableKind.PART, ReceivableKind.SERVICE}),
}


def issue(origin: MachineContract, type_: CouponType, face: Decimal, valid_days: int, source: CouponSource) -> Coupon:
    """A new coupon of the origin's customer, waiting for activation; nobody can use it yet."""
    coupon = Coupon(
        number=f"{Coupon.prefix}{''.join(secrets.choice(ALPHABET) for _ in range(10))}",
        type_id=type_.id,
        customer_id=origin.customer_id,
        contract_id=origin.id,
        face_amount=face,
        balance=face,
        source=source,
        valid_days=valid_days,
    )
    db.session.add(coupon)
    db.session.flush()
    _enter(coupon, CouponMovement.ISSUE, face, origin)
    return coupon


def activate(coupon: Coupon, origin: Document, day: date) -> None:
    """From `day` on the coupon may be used, for its days of validity, the last one included."""
    hit = changed_rows(
        sa.update(TABLE)
        .where(TABLE.c.id == coupon.id, TABLE.c.state == CouponState.PENDING)
        .values(state=CouponState.ACTIVE, valid_from=day, valid_to=day + timedelta(days=coupon.valid_days))
    )
    db.session.refresh(coupon)
    if hit == 1:
        _enter(coupon, CouponMovement.ACTIVATE, Decimal(0), origin)


def redeem(
    coupon: Coupon,
    amount: Decimal,
    origin: Document,
    day: date,
    *,
    customer_id: int,
    kind: ReceivableKind,
    of: Decimal,
    movement: CouponMovement = CouponMovement.REDEEM,
) -> None:
    """Use part or all of a coupon for its customer: as a fund on an open debt, or as a deduction on a sale.

    amount: yuan, 0 < amount <= balance and <= the type's share of `of`.
    of:     yuan of the debt or of the goods that are paid; kind: what they are.
    Posts:  coupon −amount; the caller settles the debt or lowers it.
    Gives:  ACTIVE while balance remains, else USED.
    Raises: CouponUnusable with the reason.
    Source: brief S28; flows.md C3.3.
    """
    _check(coupon, amount, customer_id, kind, of)
    left = TABLE.c.balance - amount
    hit = changed_rows(
        sa.update(TABLE)
        .where(
            TABLE.c.id == coupon.id,
            TABLE.c.state == CouponState.ACTIVE,
            TABLE.c.balance >= amount,
            TABLE.c.valid_from <= day,
            TABLE.c.valid_to >= day,
        )
        .values(
            balance=left,
            state=sa.case((left == 0, CouponState.USED.name), else_=CouponState.ACTIVE.name),
        )
    )
    db.session.refresh(coupon)
    if hit != 1:
        raise CouponUnusable(_why(coupon, amount, day))
    _enter(coupon, movement, -amount, origin)


def restore(origin: Document, day: date) -> None:
    """Give back exactly what `origin` took from any coupon; past its last day a coupon comes back expired."""
    entries = db.session.scalars(
        sa.select(CouponEntry).where(
            CouponEntry.origin == type(origin).__name__,
            CouponEntry.origin_id == origin.id,
            CouponEntry.movement.in_([CouponMovement.REDEEM, CouponMovement.REDEEM_SALE]),
        )
    ).all()
    for entry in entries:
        give_back(entry, -entry.amount, origin, day, reversal=True)


def give_back(entry: CouponEntry, amount: Decimal, origin: Document, day: date, *, reversal: bool = False) -> None:
    """Put part or all of one redemption back on its coupon; never more than was taken, never as money."""
    coupon = entry.coupon
    db.session.execute(
        sa.update(TABLE)
        .where(TABLE.c.id == coupon.id)
        .values(
            balance=TABLE.c.balance + amount,
            state=sa.case(
                (TABLE.c.state.in_([CouponState.FROZEN, CouponState.VOID]), TABLE.c.state),
                (TABLE.c.valid_to < day, CouponState.EXPIRED.name),
                else_=CouponState.ACTIVE.name,
            ),
        )
    )
    db.session.refresh(coupon)
    _enter(coupon, CouponMovement.RESTORE, amount, origin, reversal_of=entry if reversal else None)


def _check(coupon: Coupon, amount: Decimal, customer_id: int, kind: ReceivableKind, of: Decimal) -> None:
    if coupon.customer_id != customer_id:
        raise CouponUnusable(gettext("Coupon %(number)s belongs to another customer", number=coupon.number))
    if kind not in PAYS[coupon.type.scope]:
        raise CouponUnusable(
            gettext(
                "Coupon %(number)s pays for %(scope)s only, not for %(kind)s",
                number=coupon.number,
                scope=str(coupon.type.scope),
                kind=str(kind),
            )
        )
    if amount > of * coupon.type.max_share:
        raise CouponUnusable(
            gettext(
                "Coupon %(number)s may pay at most %(share)s %% of a receivable",
                number=coupon.number,
                share=f"{coupon.type.max_share * 100:.0f}",
            )
        )
    if not coupon.type.is_multi_use and amount != coupon.balance:
        raise CouponUnusable(gettext("Coupon %(number)s can only be used whole", number=coupon.number))


def _why(coupon: Coupon, amount: Decimal, day: date) -> str:
    if coupon.state is not CouponState.ACTIVE:
        return gettext(
            "Coupon %(number)s is %(state)s and cannot be used", number=coupon.number, state=str(coupon.state)
        )
    if coupon.valid_to is not None and coupon.valid_to < day:
        return gettext("Coupon %(number)s expired on %(day)s", number=coupon.number, day=coupon.valid_to.isoformat())
    if coupon.valid_from is not None and coupon.valid_from > day:
        return gettext(
            "Coupon %(number)s is valid from %(day)s", number=coupon.number, day=coupon.valid_from.isoformat()
        )
    return gettext(
        "Coupon %(number)s has only %(left)s yuan left, %(amount)s yuan wanted",
        number=coupon.number,
        left=f"{coupon.balance:,.2f}",
        amount=f"{amount:,.2f}",
    )


def _enter(
    coupon: Coupon, movement: CouponMovement, amount: Decimal, origin: Document, reversal_of: CouponEntry | None = None
) -> None:
    db.session.add(
        CouponEntry(
            coupon_id=coupon.id,
            movement=movement,
            amount=amount,
            balance_after=coupon.balance,
            origin=type(origin).__name__,
            origin_id=origin.id,
            origin_number=origin.number,
            reversal_of_id=reversal_of.id if reversal_of else None,
            posted_by_id=acting.current().employee_id,
        )
    )
