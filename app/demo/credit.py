"""The demo's credit limits: in force, replaced, run out, taken back, and requests on the desks of finance and the boss."""

from __future__ import annotations

from datetime import time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from .. import clock
from .. import models as m
from ..actor import SYSTEM, acting_as
from ..unit_of_work import create, fire, together
from ..workflows.crm import credit_limit

if TYPE_CHECKING:
    from .build import Demo


class CreditStory:
    """Who may take parts on account, and up to how much."""

    def __init__(self, demo: Demo) -> None:
        self.demo = demo

    def tell(self) -> None:
        self._granted(380, 0, "80000", 730, "老客户，历年按月结清", by="gm")
        self._granted(350, 19, "20000", 700, "修理厂合作，先拿件后结账")
        self._granted(120, 19, "40000", 365, "半年来均按时结清，申请提额")
        self._granted(60, 15, "15000", 365, "常年保养客户")
        self._run_out(self._granted(300, 5, "30000", 120, "工程旺季临时授信"))
        bad = self._granted(200, 9, "30000", 365, "大修期间备件")
        with self._on(40):
            fire(bad, "revoke", by=self.demo.who["finance"], reason="连续两次逾期结账")
        with self._on(2), self.demo.do("clerk"):
            fire(self._asked(7, "50000", 365, "新开矿山工地，配件用量大"), "submit")
        with self._on(1), self.demo.do("clerk"):
            fire(self._asked(8, "120000", 365, "年度框架合作"), "submit")
            refused = self._asked(11, "60000", 365, "客户要求月结")
            fire(refused, "submit")
        with self._on(1):
            fire(refused, "reject", by=self.demo.who["gm"], opinion="成交不足半年，先现结")
        with self._on(0), self.demo.do("clerk"):
            self._asked(13, "20000", 180, "秋季保养批量用件")

    def _on(self, days_ago: int) -> Any:
        """Half past nine, without a throw of the story's dice."""
        return clock.on(self.demo.today - timedelta(days=days_ago), time(9, 30))

    def _granted(
        self, days_ago: int, index: int, amount: str, days: int, reason: str, by: str = "finance"
    ) -> m.CreditLimit:
        with self._on(days_ago):
            with self.demo.do("clerk"):
                limit = self._asked(index, amount, days, reason)
                fire(limit, "submit")
            return fire(limit, "approve", by=self.demo.who[by], opinion="同意")

    def _run_out(self, limit: m.CreditLimit) -> None:
        """What the night after its last day does."""
        with clock.on(limit.valid_until + timedelta(days=1), time(0, 10)), acting_as(SYSTEM):
            together(lambda: credit_limit.expire(limit))

    def _asked(self, index: int, amount: str, days: int, reason: str) -> m.CreditLimit:
        values = {"customer": self.demo.customers[index][0], "amount": Decimal(amount), "reason": reason}
        return create(m.CreditLimit, values | {"valid_until": clock.today() + timedelta(days=days)})
