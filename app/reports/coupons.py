"""5 卡券: 卡券负债 — what customers may still redeem, by customer and type, as of a day, with when it runs out.

Every figure is a sum of coupon entries up to that day, so that the balance of today is the balance of the coupons.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _

from .. import clock
from .. import models as m
from ..enums import CouponMovement, LiabilityGrouping
from .exact import money, total, when
from .report import Asked, Drill, Figure, Parameter, Report, Row, address

COUPON, ENTRY, TYPE = m.Coupon.__table__, m.CouponEntry.__table__, m.CouponType.__table__
CUSTOMER = m.Customer.__table__
PARTS = {  # column → movement, what it is called, whether it takes away
    "issued": (CouponMovement.ISSUE, _("Issued"), False),
    "deducted": (CouponMovement.REDEEM_SALE, _("Deducted on sales"), True),
    "redeemed": (CouponMovement.REDEEM, _("Redeemed in receipts"), True),
    "restored": (CouponMovement.RESTORE, _("Restored"), False),
    "expired": (CouponMovement.EXPIRE, _("Expired"), True),
    "voided": (CouponMovement.VOID, _("Voided"), True),
    "handed": (CouponMovement.TRANSFER, _("Handed on"), False),
}


class CouponLiability(Report):
    name, title = "CouponLiability", _("Coupon liabilities")
    help_text = _("Issued − used + restored − expired − voided = what customers may still redeem on that day.")
    whose = m.Coupon
    parameters = (
        Parameter("day", _("As of"), "day", default=clock.today, needed=True),
        Parameter("customer", _("Customer"), "key", entity=m.Customer),
        Parameter("type", _("Coupon type"), "key", entity=m.CouponType),
        Parameter(
            "group",
            _("Grouped by"),
            "choice",
            options=LiabilityGrouping,
            default=lambda: LiabilityGrouping.CUSTOMER,
            needed=True,
        ),
    )

    def ordered(self, asked: Asked) -> list[tuple[str, bool]]:
        if asked["group"] is LiabilityGrouping.COUPON:
            return [("valid_to", False), ("coupon_id", False)]
        return [("balance", True), ("customer_id", False), ("type_id", False)]

    def figures(self, asked: Asked) -> list[Figure]:
        each = asked["group"] is LiabilityGrouping.COUPON
        yuan: dict[str, Any] = {"kind": "money", "unit": _("yuan"), "total": True}

        def behind(name: str, movement: CouponMovement | None = None) -> Callable[[Row, Asked], Drill]:
            if each:
                return lambda row, a: Drill(
                    "CouponEntry", address(coupon=row["coupon_id"], movement=movement, posted_at_to=a["day"]), "amount"
                )
            return lambda row, a: Drill(
                self.name,
                address(day=a["day"], customer=row["customer_id"], type=row["type_id"], group=LiabilityGrouping.COUPON),
                name,
            )

        def inside(name: str) -> Any:
            return None if each else behind(name)

        number = Figure("number", _("Coupon number"), "text", paper=lambda row: ("Coupon", row["coupon_id"]))
        customer = Figure("customer_name", _("Customer"), "text")
        return [
            *([number, customer] if each else [customer]),
            Figure("type_name", _("Coupon type"), "text"),
            *([Figure("valid_to", _("Valid until"), "day")] if each else []),
            *(
                Figure(n, label, drill=behind(n, movement), card=n != "voided", **yuan)
                for n, (movement, label, _) in PARTS.items()
            ),
            Figure("balance", _("Balance"), drill=behind("balance"), **yuan),
            Figure("waiting", _("Waiting for activation"), drill=inside("waiting"), card=False, **yuan),
            Figure("past", _("Past its last day"), drill=inside("past"), card=False, **yuan),
            Figure("within_30", _("Ends within 30 days"), drill=inside("within_30"), **yuan),
            Figure("within_90", _("Ends in 31 to 90 days"), drill=inside("within_90"), card=False, **yuan),
            Figure("later", _("Ends later"), drill=inside("later"), card=False, **yuan),
        ]

    def query(self, asked: Asked, mine: Callable[[Any], Any]) -> sa.Select[Any]:
        day = asked["day"]
        sums = {
            name: total(when(ENTRY.c.movement == movement, -ENTRY.c.amount if takes else ENTRY.c.amount))
            for name, (movement, _label, takes) in PARTS.items()
        }
        entered = (
            sa.select(ENTRY.c.coupon_id, *(c.label(n) for n, c in sums.items()), total(ENTRY.c.amount).label("balance"))
            .where(ENTRY.c.posted_at < clock.midnight(day + timedelta(days=1)))
            .group_by(ENTRY.c.coupon_id)
            .subquery("entered")
        )
        left, ends = entered.c.balance, COUPON.c.valid_to
        soon, later = day + timedelta(days=30), day + timedelta(days=90)
        waits = sa.or_(ends.is_(None), COUPON.c.valid_from > day)
        buckets = {
            "waiting": waits,
            "past": sa.and_(~waits, ends < day),
            "within_30": sa.and_(~waits, ends >= day, ends <= soon),
            "within_90": sa.and_(~waits, ends > soon, ends <= later),
            "later": sa.and_(~waits, ends > later),
        }
        row = (
            sa.select(
                COUPON.c.id.label("coupon_id"), COUPON.c.number, COUPON.c.valid_to, COUPON.c.customer_id, COUPON.c.type_id,
                CUSTOMER.c.name.label("customer_name"), TYPE.c.name.label("type_name"),
                *(entered.c[name] for name in PARTS), left, *(when(test, left).label(n) for n, test in buckets.items()),
            )
            .select_from(
                COUPON.join(entered, entered.c.coupon_id == COUPON.c.id)
                .join(CUSTOMER, CUSTOMER.c.id == COUPON.c.customer_id)
                .join(TYPE, TYPE.c.id == COUPON.c.type_id)
            )
            .where(mine(COUPON.c), *(COUPON.c[f"{n}_id"] == asked[n].id for n in ("customer", "type") if asked.get(n)))
            .subquery("row")
        )  # fmt: skip
        if asked["group"] is LiabilityGrouping.COUPON:
            return sa.select(row)
        by = [row.c.customer_id, row.c.customer_name, row.c.type_id, row.c.type_name]
        return sa.select(*by, *(money(total(row.c[n])).label(n) for n in (*PARTS, "balance", *buckets))).group_by(*by)
