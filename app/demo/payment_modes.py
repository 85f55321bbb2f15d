"""The demo's contracts that a bank or a leasing company pays, and one that an old machine pays in part, with gifts."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from .. import clock, enums
from .. import models as m
from ..actor import SYSTEM, acting_as
from ..database import db
from ..ledgers import receivable
from ..unit_of_work import create, fire

if TYPE_CHECKING:
    from .build import Demo

D = Decimal


class PaymentModeStory:
    """Who else pays for a machine."""

    def __init__(self, demo: Demo) -> None:
        self.demo = demo

    def tell(self) -> None:
        self._delivered("HT215", "HT75", "SL956")
        self._mortgage()
        self._lease()
        self._trade_in()

    def _delivered(self, *models: str) -> None:
        """Machines that the manufacturer has sent for these customers."""
        for number, name in enumerate(models, 60):
            with self.demo.on(28), self.demo.do("buyer"):
                paper = self.demo._inbound(name, self.demo.yards[0], number)
            with self.demo.on(27), self.demo.do("keeper"):
                fire(paper, "receive", inspection=enums.InspectionResult.PASS)

    def _partner(self, kind: enums.SupplierKind) -> m.Supplier:
        with acting_as(SYSTEM):
            return self.demo.only(m.Supplier, kind=kind)

    def _mortgage(self) -> None:
        """The machine has left, the bank pays next week."""
        terms = {
            "pay_mode": enums.PayMode.MORTGAGE,
            "financier": self._partner(enums.SupplierKind.BANK),
            "payout_on": self.demo.today + timedelta(days=7),
            "down_share": D("0.30"),
            "periods": 24,
            "annual_rate": D("0.0465"),
        }
        contract = self.demo._approved(7, "HT215", 14, terms)
        self.demo._pay_before_dispatch(contract, 12, D(1))
        self._send(contract, 10)

    def _lease(self) -> None:
        """The leasing company has paid, less what it keeps of deposit and fee."""
        price = self.demo.models["HT75"].list_price
        lessor = self._partner(enums.SupplierKind.LESSOR)
        terms = {
            "pay_mode": enums.PayMode.LEASE,
            "financier": lessor,
            "down_share": D("0.20"),
            "periods": 36,
            "annual_rate": D("0.072"),
            "fees": [
                {"kind": kind, "nature": enums.FeeNature.AGENCY, "amount": (price * share).quantize(D("1"))}
                for kind, share in (
                    (enums.FeeKind.FINANCING_DEPOSIT, D("0.05")),
                    (enums.FeeKind.FINANCING_FEE, D("0.016")),
                )
            ],
        }
        contract = self.demo._approved(19, "HT75", 22, terms)
        self.demo._pay_before_dispatch(contract, 20, D(1))
        self._send(contract, 18)
        with self.demo.on(13), acting_as(SYSTEM):
            payout = next(r for r in receivable.of_contract(contract) if r.payer_id == lessor.id)
            kept = self.demo.only(m.Payable, contract_id=contract.id)
            funds = [
                {"kind": enums.FundKind.BANK, "account": self.demo.bank, "amount": payout.amount - kept.amount,
                 "serial": "ZL20250001"},
                {"kind": enums.FundKind.OFFSET, "payable": kept, "amount": kept.amount},
            ]  # fmt: skip
            values = {"customer": contract.customer, "payer": lessor, "received_on": clock.today(), "funds": funds,
                      "allocations": [{"receivable": payout, "amount": payout.amount}]}  # fmt: skip
        with self.demo.on(13):
            paper = create(m.Receipt, values, by=self.demo.who["finance"])
            fire(paper, "confirm", by=self.demo.who["finance"])

    def _trade_in(self) -> None:
        """An old loader pays a fifth of the new one; filters and two services come with it."""
        model = self.demo.models["SL956"]
        with acting_as(SYSTEM):
            store = db.session.scalars(
                sa.select(m.Warehouse).where(m.Warehouse.kind == enums.WarehouseKind.MAIN).order_by(m.Warehouse.id)
            ).first()
            part = db.session.scalars(sa.select(m.Part).order_by(m.Part.id)).first()
        terms: dict[str, Any] = {
            "pay_mode": enums.PayMode.FULL,
            "trade_in_amount": D(68000),
            "trade_in_model": model,
            "trade_in_serial": "SL936-1107",
            "trade_in_year": 2015,
            "trade_in_yard": self.demo.yards[0],
            "gifts": [
                {"kind": enums.GiftKind.PART, "part": part, "warehouse": store, "quantity": D(2)},
                {"kind": enums.GiftKind.SERVICE, "times": 2, "valid_days": 730},
            ],
        }
        contract = self.demo._approved(15, "SL956", 9, terms)
        with self.demo.on(7):
            with acting_as(SYSTEM):
                debts = [r for r in receivable.of_contract(contract) if r.kind is not enums.ReceivableKind.TRADE_IN]
                paper = self.demo.only(m.MachineInbound, contract_id=contract.id)
            self.demo._receipt(contract, [(r, r.outstanding_amount) for r in debts])
            fire(paper, "receive", by=self.demo.who["keeper"], inspection=enums.InspectionResult.PASS)
        self._send(contract, 5)

    def _send(self, contract: m.MachineContract, days_ago: int) -> None:
        with self.demo.on(days_ago), self.demo.do("clerk"):
            receiver = contract.contact.name if contract.contact else ""
            fire(contract, "dispatch", line=contract.lines[0], receiver=receiver, driver="罗师傅", is_checked=True)
