"""The demo's coupons by hand: given, partly stopped, handed on, and two papers that wait for a manager."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from .. import clock, enums
from .. import models as m
from ..database import db
from ..unit_of_work import create, fire

if TYPE_CHECKING:
    from .build import Demo

D = Decimal


class CouponStory:
    """Coupons that came with no machine."""

    def __init__(self, demo: Demo) -> None:
        self.demo = demo

    def tell(self) -> None:
        demo = self.demo
        with demo.on(60), demo.do("sysadmin"):
            self.maintenance = create(
                m.CouponType,
                {
                    "name": "保养抵用券",
                    "scope": enums.CouponScope.BOTH,
                    "max_share": D("0.5"),
                    "min_order_amount": D(1000),
                    "is_transferable": True,
                    "valid_days": 90,
                },
            )
        one, two, three, four = (demo.customers[n][0] for n in (1, 2, 3, 4))
        given = self.approved(50, "sales1", one, "500", 2, enums.CouponSource.CAMPAIGN, "春季保养节回馈老客户")
        self.approved(45, "visits", two, "300", 1, enums.CouponSource.COMPENSATION, "配件晚到两天，客户投诉后补偿")
        ending = self.approved(80, "clerk", three, "800", 1, enums.CouponSource.REFERRAL, "介绍同行购机一台")
        with demo.on(30), demo.do("sales_manager"):
            fire(given[1], "transfer", customer=two, reason="客户与二公司同一老板，要求转给二公司")
        with demo.on(15), demo.do("sales_manager"):
            fire(ending[0], "extend", until=demo.today + timedelta(days=20), reason="客户设备停工，未能按期使用")
        with demo.on(3), demo.do("sales_manager"):
            fire(given[0], "freeze", reason="核实活动资格")
        self._at_the_counter()
        with demo.on(1), demo.do("sales1"):
            self.asked(four, "1000", 1, enums.CouponSource.REFERRAL, "介绍成交挖机一台")
        with demo.on(0), demo.do("visits"):
            self.asked(one, "200", 1, enums.CouponSource.COMPENSATION, "服务车迟到半天")

    def _at_the_counter(self) -> None:
        """The customer brings his coupon: the clerk redeems a part of it, finance has to confirm."""
        with self.demo.on(0), self.demo.do("clerk"):
            held = self.demo.rows(m.Coupon, customer_id=self.demo.customers[0][0].id)[0]
            owed = self.demo.rows(m.Receivable, customer_id=held.customer_id, kind=enums.ReceivableKind.PART)[0]
            fire(held, "redeem", lines=[{"id": owed.id, "amount": D(500)}])

    def approved(self, days_ago: int, who: str, *terms: Any) -> list[m.Coupon]:
        """Asked for by one, approved the same day by the sales manager."""
        with self.demo.on(days_ago):
            with self.demo.do(who):
                paper = self.asked(*terms)
            fire(paper, "approve", by=self.demo.who["sales_manager"])
            with self.demo.do("gm"):
                return list(db.session.scalars(sa.select(m.Coupon).where(m.Coupon.issue_id == paper.id)))

    def asked(
        self, customer: m.Customer, face: str, pieces: int, source: enums.CouponSource, reason: str
    ) -> m.CouponIssue:
        """A paper that waits for approval."""
        paper = create(
            m.CouponIssue,
            {
                "customer": customer,
                "type": self.maintenance,
                "face_amount": D(face),
                "pieces": pieces,
                "valid_days": 90,
                "source": source,
                "reason": reason,
                "business_on": clock.today(),
            },
        )
        fire(paper, "submit")
        return paper
