"""卡券的使用条件: what a coupon's type, owner and standing allow; nothing is written here."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from flask_babel import gettext

from ..enums import CouponScope, CouponState, ReceivableKind
from ..errors import CouponUnusable
from ..models import Coupon

ZERO = Decimal(0)
PAYS = {
    CouponScope.PART: frozenset({ReceivableKind.PART}),
    CouponScope.SERVICE: frozenset({ReceivableKind.SERVICE}),
    CouponScope.BOTH: frozenset({ReceivableKind.PART, ReceivableKind.SERVICE}),
}


def check_standing(coupon: Coupon, amount: Decimal, day: date) -> None:
    """Raises CouponUnusable when the coupon cannot bring this amount on this day; `redeem` asks again under the lock."""
    is_valid = coupon.valid_from is not None and coupon.valid_to is not None
    is_valid = is_valid and coupon.valid_from <= day <= coupon.valid_to  # type: ignore[operator]
    if coupon.state is not CouponState.ACTIVE or not is_valid or amount > coupon.balance:
        raise CouponUnusable(why_not(coupon, amount, day))


def check_type(
    coupon: Coupon, amount: Decimal, customer_id: int, kind: ReceivableKind, of: Decimal, earlier: Decimal = ZERO
) -> None:
    """What its type and owner allow, whatever stands on it. Raises CouponUnusable."""
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
    if of < coupon.type.min_order_amount:
        raise CouponUnusable(
            gettext(
                "Coupon %(number)s is for orders from %(least)s yuan; this is %(amount)s yuan",
                number=coupon.number,
                least=f"{coupon.type.min_order_amount:,.2f}",
                amount=f"{of:,.2f}",
            )
        )
    if amount + earlier > of * coupon.type.max_share:
        raise CouponUnusable(
            gettext(
                "Coupon %(number)s may pay at most %(share)s %% of a receivable",
                number=coupon.number,
                share=f"{coupon.type.max_share * 100:.0f}",
            )
        )
    if not coupon.type.is_multi_use and amount != coupon.balance:
        raise CouponUnusable(gettext("Coupon %(number)s can only be used whole", number=coupon.number))


def why_not(coupon: Coupon, amount: Decimal, day: date) -> str:
    """The sentence about a coupon that cannot bring this amount on this day."""
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
