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
        self._paid_too_much()
        self._to_be_refunded()
        self._laid_out()

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

    def _paid_too_much(self) -> None:
        """Three customers want money back: paid, to be paid, and waiting for the sales manager."""
        finance, boss = self.demo.who["finance"], self.demo.who["sales_manager"]
        for index, amount, until in ((20, "3000", "pay"), (21, "1800", "approve"), (22, "2600", "submit")):
            customer = self.demo.customers[index][0]
            with self.demo.on(12):
                self._prepay(customer, D(amount) + 500)
            with self.demo.on(5):
                paper = create(
                    m.PrepaidRefund,
                    {"customer": customer, "amount": D(amount), "reason": "多付的款，客户要求退回"},
                    by=self.demo.who["clerk"],
                )
                fire(paper, "submit", by=self.demo.who["clerk"])
                if until != "submit":
                    fire(paper, "approve", by=boss)
                if until == "pay":
                    fire(paper, "pay", by=finance, account=self.demo.bank, serial="TK20250003")

    def _prepay(self, customer: m.Customer, amount: Decimal) -> None:
        funds = [{"kind": enums.FundKind.CASH, "account": self.demo.cash, "amount": amount}]
        paper = create(
            m.Receipt,
            {"customer": customer, "received_on": clock.today(), "funds": funds, "allocations": []},
            by=self.demo.who["clerk"],
        )
        fire(paper, "confirm", by=self.demo.who["finance"])

    def _to_be_refunded(self) -> None:
        """A contract that came to nothing: the deposit waits to be paid back and is free for nothing else."""
        model = next(name for name in self.demo.models if self.demo._free_units(name, 1))
        contract = self.demo._approved(19, model, 6, {"pay_mode": enums.PayMode.FULL})
        with acting_as(SYSTEM):
            deposit = self.demo.only(m.Receivable, contract_id=contract.id, kind=enums.ReceivableKind.DEPOSIT)
        with self.demo.on(5):
            self.demo._receipt(contract, [(deposit, deposit.amount)])
        with self.demo.on(4):
            seller = self.demo.who[self.demo.customers[19][2]]
            paper = create(m.ContractCancellation, {"contract": contract, "reason": "客户家中有事，不买了"}, by=seller)
            fire(paper, "submit", by=seller)
            while paper.awaiting_role:
                fire(paper, "approve", by=self.demo.who[paper.awaiting_role])

    def _laid_out(self) -> None:
        """What colleagues laid out, so far on its way, and a bill of a carrier."""
        kind, finance = enums.ExpenseKind, self.demo.who["finance"]
        with acting_as(SYSTEM):
            carrier = self.demo.rows(m.Supplier, kind=enums.SupplierKind.CARRIER)[0]
        for who, of, amount, reason, until in (
            ("tech1", kind.TRAVEL, "186.50", "去六安工地服务的过路费、餐费", "pay"),
            ("service_manager", kind.VEHICLE, "420", "服务车加油", "approve"),
            ("tech1", kind.TRAVEL, "95", "夜间抢修打车", "submit"),
            ("clerk", kind.OFFICE, "238", "打印纸、硒鼓", "draft"),
            ("clerk", kind.FREIGHT, "3200", "整机短驳运费", "approve"),
        ):
            values = {"kind": of, "amount": D(amount), "reason": reason}
            if of is kind.FREIGHT:
                values |= {"supplier": carrier, "invoice_number": "24342000000017652086"}
            with self.demo.on(3):
                author = self.demo.who[who]
                paper = create(m.ClaimedExpense, values, by=author)
                if until != "draft":
                    fire(paper, "submit", by=author)
                if until in ("approve", "pay"):
                    fire(paper, "approve", by=finance)
                if until == "pay":
                    fire(paper, "pay", by=finance, account=self.demo.bank, serial="BX20250001")
