"""卡券: stored value of customers. The only writer of a coupon's balance and of its entries.

A redemption is one conditional UPDATE that hits one row or nothing: never below zero, never twice.
"""

from __future__ import annotations

import secrets
from datetime import date, timedelta
from decimal import Decimal

import sqlalchemy as sa

from .. import actor as acting
from ..database import changed_rows, db
from ..enums import CouponMovement, CouponSource, CouponState, ReceivableKind
from ..errors import CouponUnusable
from ..models import Coupon, CouponEntry, CouponIssue, CouponType, Document, MachineContract
from . import coupon_terms

TABLE = Coupon.__table__
ZERO = Decimal(0)
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def issue(
    origin: MachineContract | CouponIssue | Coupon,
    type_: CouponType,
    face: Decimal,
    valid_days: int,
    source: CouponSource,
    customer_id: int | None = None,
) -> Coupon:
    """A new coupon of the origin's customer, or of another one, waiting for activation; nobody can use it yet."""
    coupon = Coupon(
        number=f"{Coupon.prefix}{''.join(secrets.choice(ALPHABET) for _ in range(10))}",
        type_id=type_.id,
        customer_id=customer_id or origin.customer_id,
        contract_id=origin.id if isinstance(origin, MachineContract) else None,
        issue_id=origin.id if isinstance(origin, CouponIssue) else None,
        from_coupon_id=origin.id if isinstance(origin, Coupon) else None,
        face_amount=face,
        balance=face,
        source=source,
        valid_days=valid_days,
    )
    db.session.add(coupon)
    db.session.flush()
    enter(coupon, CouponMovement.ISSUE, face, origin)
    return coupon


def activate(coupon: Coupon, origin: Document | Coupon, day: date, until: date | None = None) -> None:
    """From `day` on the coupon may be used, for its days of validity or until a day, the last one included."""
    hit = changed_rows(
        sa.update(TABLE)
        .where(TABLE.c.id == coupon.id, TABLE.c.state == CouponState.PENDING)
        .values(state=CouponState.ACTIVE, valid_from=day, valid_to=until or day + timedelta(days=coupon.valid_days))
    )
    db.session.refresh(coupon)
    if hit == 1:
        enter(coupon, CouponMovement.ACTIVATE, Decimal(0), origin)


def redeem(
    coupon: Coupon,
    amount: Decimal,
    origin: Document,
    day: date,
    *,
    customer_id: int,
    kind: ReceivableKind,
    of: Decimal,
    earlier: Decimal = ZERO,
    movement: CouponMovement = CouponMovement.REDEEM,
) -> None:
    """Use part or all of a coupon for its customer: as a fund on an open debt, or as a deduction on a sale.

    amount: yuan, 0 < amount <= balance and <= the type's share of `of`.
    of:     yuan of the debt or of the goods that are paid; kind: what they are.
    earlier: yuan that coupons of this type pay of the same already; the share counts them together.
    Posts:  coupon −amount; the caller settles the debt or lowers it.
    Gives:  ACTIVE while balance remains, else USED.
    Raises: CouponUnusable with the reason.
    Source: brief S28; flows.md C3.3.
    """
    coupon_terms.check_type(coupon, amount, customer_id, kind, of, earlier)
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
        raise CouponUnusable(coupon_terms.why_not(coupon, amount, day))
    enter(coupon, movement, -amount, origin)


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
    """Put part or all of one redemption back on its coupon; never more than was taken, never as money.

    Gives: ACTIVE, or EXPIRED past its last day; a frozen or void coupon stays what it is and cannot be used.
    """
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
    enter(coupon, CouponMovement.RESTORE, amount, origin, reversal_of=entry if reversal else None)


def enter(
    coupon: Coupon,
    movement: CouponMovement,
    amount: Decimal,
    origin: Document | Coupon,
    reversal_of: CouponEntry | None = None,
    note: str | None = None,
) -> None:
    """One row of the journal; the balance was moved just before. Called by the ledgers of coupons only."""
    db.session.add(
        CouponEntry(
            coupon_id=coupon.id,
            movement=movement,
            amount=amount,
            balance_after=coupon.balance,
            origin=type(origin).__name__,
            origin_id=origin.id,
            origin_number=origin.number,
            note=note,
            reversal_of_id=reversal_of.id if reversal_of else None,
            posted_by_id=acting.current().employee_id,
        )
    )
