"""The demo's payments: to be approved, to be made, made, and one that the bank sent back."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from .. import clock, enums
from .. import models as m
from ..actor import SYSTEM, acting_as
from ..unit_of_work import create, fire

if TYPE_CHECKING:
    from .build import Demo

D = Decimal


class MoneyStory:
    """What finance does besides receipts."""

    def __init__(self, demo: Demo) -> None:
        self.demo = demo

    def tell(self) -> None:
        self._payments()

    def _payments(self) -> None:
        self._payment(20, "FK20250001", "pay")
        sent_back = self._payment(7, "FK20250002", "pay")
        with self.demo.on(4):
            fire(
                sent_back,
                "came_back",
                by=self.demo.who["finance"],
                came_back_on=clock.today(),
                reason="收款账号已销户，银行退汇",
            )
        self._payment(3, "FK20250003", "approve")
        self._payment(1, "FK20250004", "submit")

    def _payment(self, days_ago: int, serial: str, until: str) -> m.Payment:
        """A tenth of what is owed for a machine, so far on its way."""
        finance, boss = self.demo.who["finance"], self.demo.who["gm"]
        debt = self._unpaid()
        with self.demo.on(days_ago):
            paper = create(
                m.Payment,
                {
                    "supplier": debt.supplier,
                    "account": self.demo.bank,
                    "serial": serial,
                    "lines": [{"payable": debt, "amount": (debt.amount / 10).quantize(D(1))}],
                },
                by=finance,
            )
            fire(paper, "submit", by=finance)
            if until != "submit":
                fire(paper, "approve", by=boss)
            if until == "pay":
                fire(paper, "pay", by=finance)
        return paper

    def _unpaid(self) -> m.Payable:
        """The oldest debt for a machine on which nothing was paid."""
        with acting_as(SYSTEM):
            taken = {line.payable_id for line in self.demo.rows(m.PaymentLine)}
            open_debts = self.demo.rows(m.Payable, kind=enums.PayableKind.MACHINE, state=enums.PayableState.OPEN)
            return next(debt for debt in open_debts if debt.id not in taken)
