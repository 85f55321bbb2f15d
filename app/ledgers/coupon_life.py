"""卡券的有效与停用: how long a coupon is good, whether it may be used, whose it is; every step an entry of its journal.

The caller has locked the row and looked at its state. The paper behind each entry is the coupon itself, unless a
document causes it.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from ..database import db
from ..enums import CouponMovement, CouponState
from ..models import Coupon, Customer, Document
from . import coupon as ledger

ZERO = Decimal(0)


def extend(coupon: Coupon, until: date) -> None:
    """Good until another day; one that had run out is active again."""
    note = f"{coupon.valid_to} → {until}"
    _set(coupon, state=CouponState.ACTIVE, valid_to=until)
    ledger.enter(coupon, CouponMovement.EXTEND, ZERO, coupon, note=note)


def deactivate(coupon: Coupon, origin: Document) -> None:
    """It waits for its machine again, as before the dispatch."""
    _set(coupon, state=CouponState.PENDING, valid_from=None, valid_to=None)
    ledger.enter(coupon, CouponMovement.DEACTIVATE, ZERO, origin)


def freeze(coupon: Coupon) -> None:
    """Nobody can use it for now; the balance stays."""
    _set(coupon, state=CouponState.FROZEN)
    ledger.enter(coupon, CouponMovement.FREEZE, ZERO, coupon)


def unfreeze(coupon: Coupon, day: date) -> None:
    """Usable again; past its last day it has run out meanwhile."""
    is_over = coupon.valid_to is not None and coupon.valid_to < day
    _set(coupon, state=CouponState.EXPIRED if is_over else CouponState.ACTIVE)
    ledger.enter(coupon, CouponMovement.UNFREEZE, ZERO, coupon)


def expire(coupon: Coupon) -> None:
    """Its last day has passed; the balance stays and an extension brings it back."""
    _set(coupon, state=CouponState.EXPIRED)
    ledger.enter(coupon, CouponMovement.EXPIRE, ZERO, coupon)


def void(coupon: Coupon, origin: Document | Coupon) -> None:
    """What is left on it is gone; what was used stays used."""
    left = coupon.balance
    _set(coupon, state=CouponState.VOID, balance=ZERO)
    ledger.enter(coupon, CouponMovement.VOID, -left, origin)


def lessen(coupon: Coupon, amount: Decimal, origin: Document) -> None:
    """Part of what is left goes because one of several machines came back; with the last of it the coupon is void.

    amount: yuan, 0 <= amount <= balance.
    """
    if amount and amount == coupon.balance:
        void(coupon, origin)
    elif amount:
        _set(coupon, balance=coupon.balance - amount)
        ledger.enter(coupon, CouponMovement.VOID, -amount, origin)


def hand_on(coupon: Coupon, customer: Customer, day: date) -> Coupon:
    """What is left goes to another customer as a coupon of his own, good until the same day.

    The old one stays with its customer, handed on: what a reversed receipt of his gives back later is his.
    Posts: old −balance, new +balance; the sum of all coupons stands still.
    """
    left, until = coupon.balance, coupon.valid_to
    _set(coupon, state=CouponState.HANDED_ON, balance=ZERO)
    fresh = ledger.issue(coupon, coupon.type, left, coupon.valid_days, coupon.source, customer.id)
    ledger.activate(fresh, coupon, day, until)
    ledger.enter(coupon, CouponMovement.TRANSFER, -left, coupon, note=f"→ {customer.name} {fresh.number}"[:200])
    return fresh


def _set(coupon: Coupon, **values: Any) -> None:
    db.session.execute(sa.update(ledger.TABLE).where(ledger.TABLE.c.id == coupon.id).values(**values))
    db.session.refresh(coupon)
