"""The demo's contracts after their approval: cancelled, about to be, withdrawn on its day, dispatched on the boss's word."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from .. import clock, enums
from .. import models as m
from ..actor import SYSTEM, acting_as
from ..ledgers import receivable
from ..unit_of_work import create, fire

if TYPE_CHECKING:
    from .build import Demo

D = Decimal
FULL = {"pay_mode": enums.PayMode.FULL}


class ContractStory:
    """What becomes of a contract when things do not go as they were signed."""

    def __init__(self, demo: Demo) -> None:
        self.demo = demo

    def tell(self) -> None:
        self._cancelled()
        self._waiting_to_be_cancelled()
        self._withdrawn()
        self._special()
        self._exchanged()
        self._amended()
        self._returned()
        self._ordered()

    def _cancelled(self) -> None:
        """The works stopped: a quarter of the deposit is forfeited, the rest goes back."""
        contract = self.demo._approved(1, "HT215", 20, FULL, gift=3000)
        self._pay(contract, 18, D("15000"))
        with self.demo.on(15):
            paper = self._paper(m.ContractCancellation, contract, "工地停工，客户不要机器了", forfeit_amount=D("5000"))
            self._decide(paper)
        with self.demo.on(13):
            fire(paper, "refund", by=self.demo.who["finance"], account=self.demo.bank, serial="TK20250001")

    def _waiting_to_be_cancelled(self) -> None:
        contract = self.demo._approved(5, "HT75", 8, FULL)
        self._pay(contract, 7, D("20000"))
        with self.demo.on(2):
            self._paper(m.ContractCancellation, contract, "客户贷款没有批下来", forfeit_amount=D("20000"))

    def _withdrawn(self) -> None:
        """The wrong bucket was on it: back into the yard on the same day."""
        contract = self.demo._approved(6, "HT215", 6, FULL, gift=2000)
        self.demo._pay_before_dispatch(contract, 5, D(1))
        with self.demo.on(4):
            sent = self._send(contract)
            paper = self._paper(m.DispatchWithdrawal, contract, "铲斗装错，退回重装", dispatch=sent)
            self._decide(paper)

    def _special(self) -> None:
        """Half of it is missing, and the boss vouches for an old customer."""
        contract = self.demo._approved(9, "SL956", 5, FULL)
        self.demo._pay_before_dispatch(contract, 4, D("0.5"))
        with self.demo.on(3):
            fire(
                contract,
                "permit",
                by=self.demo.who["gm"],
                reason="老客户，尾款下周到账",
                until=clock.today() + timedelta(days=7),
            )
            self._send(contract)

    def _exchanged(self) -> None:
        """The customer prefers another machine of the same model."""
        contract = self.demo._approved(13, "HT75", 3, FULL)
        other = self.demo._free_units("HT75", 1)[0]
        with self.demo.on(2), self.demo.do("clerk"):
            fire(contract, "allocate", line=contract.lines[0], unit=other)

    def _amended(self) -> None:
        """The customer bargained once more: one amendment in force, another one waits."""
        contract = self.demo._approved(14, "HT215", 11, FULL, gift=3000)
        self.demo._pay_before_dispatch(contract, 10, D(1))
        with self.demo.on(9):
            self._decide(self._amendment(contract, D("-20000"), "提前全款付清，再优惠两万"))
        with self.demo.on(1):
            self._amendment(contract, D("-5000"), "补偿交机延期")

    def _amendment(self, contract: m.MachineContract, difference: Decimal, reason: str) -> m.ContractAmendment:
        """The contract as it is, at another price."""
        with self.demo.do("clerk"):
            lines = [{"model": row.model, "unit_price": row.unit_price + difference} for row in contract.lines]
            fees = [
                {"kind": f.kind, "nature": f.nature, "amount": f.amount, "due_rule": f.due_rule} for f in contract.fees
            ]
            gifts = [
                {"coupon_type": g.coupon_type, "face_amount": g.face_amount, "valid_days": g.valid_days}
                for g in contract.gifts
            ]
            guarantors = [
                {name: getattr(g, name) for name in ("name", "id_number", "mobile", "relation", "kind", "assets")}
                for g in contract.guarantors
            ]
        terms = {"pay_mode": contract.pay_mode, "deposit_amount": contract.deposit_amount}
        return self._paper(
            m.ContractAmendment, contract, reason, lines=lines, fees=fees, gifts=gifts, guarantors=guarantors,
            delivery_place=contract.delivery_place, **terms,
        )  # fmt: skip

    def _returned(self) -> None:
        """Too weak for the quarry: back after three weeks, less what it has lost."""
        contract = self.demo._approved(2, "SL956", 40, FULL)
        self.demo._pay_before_dispatch(contract, 38, D(1))
        with self.demo.on(37):
            sent = self._send(contract)
        with self.demo.on(16):
            paper = self._paper(
                m.MachineReturn, contract, "功率不足，矿山用不了", dispatch=sent, warehouse=self.demo.yards[1],
                depreciation_amount=D("28000"), hour_meter=D(160),
            )  # fmt: skip
            self._decide(paper)
        with self.demo.on(15):
            fire(paper, "refund", by=self.demo.who["finance"], account=self.demo.bank, serial="TK20250002")

    def _ordered(self) -> None:
        """Three machines from the manufacturer: one in order, one held after its inspection, one on the way."""
        model = self.demo.models["HT215"]
        with self.demo.on(12), self.demo.do("buyer"):
            line = {"model": model, "pieces": 3, "unit_price": model.floor_price * D("0.9")}
            order = create(
                m.MachinePurchase,
                {
                    "supplier": self.demo.oem,
                    "warehouse": self.demo.yards[0],
                    "pay_terms": "到货后六十天",
                    "lines": [line],
                },
            )
            fire(order, "submit")
        with self.demo.on(11):
            fire(order, "approve", by=self.demo.who["finance"], opinion="同意")
        with self.demo.on(6), self.demo.do("keeper"):
            first, second = self.demo.rows(m.MachineInbound, purchase_id=order.id)[:2]
            fire(first, "receive", serial_number="HT215-0901", inspection=enums.InspectionResult.PASS)
            fire(second, "receive", serial_number="HT215-0902", inspection=enums.InspectionResult.ISSUE,
                 inspection_note="左侧履带张紧油缸渗油")  # fmt: skip
        with self.demo.on(5), self.demo.do("clerk"):
            unit = self.demo.only(m.MachineUnit, serial_number="HT215-0901")
            fire(unit, "relocate", warehouse=self.demo.yards[1], note="芜湖客户看机")
        with self.demo.on(3), self.demo.do("buyer"):
            create(
                m.MachinePurchase,
                {"supplier": self.demo.oem, "warehouse": self.demo.yards[0], "lines": [line | {"pieces": 2}]},
            )

    def _pay(self, contract: m.MachineContract, days_ago: int, amount: Decimal) -> None:
        with self.demo.on(days_ago), acting_as(SYSTEM):
            deposit = next(d for d in receivable.of_contract(contract) if d.kind is enums.ReceivableKind.DEPOSIT)
        with self.demo.on(days_ago):
            self.demo._receipt(contract, [(deposit, amount)])

    def _send(self, contract: m.MachineContract) -> m.MachineDispatch:
        with self.demo.do("clerk"):
            receiver = contract.contact.name if contract.contact else ""
            fire(contract, "dispatch", line=contract.lines[0], receiver=receiver, driver="罗师傅", is_checked=True)
        with acting_as(SYSTEM):
            return self.demo.only(m.MachineDispatch, contract_id=contract.id)

    def _paper(self, entity: type[Any], contract: m.MachineContract, reason: str, **more: Any) -> Any:
        """Written and submitted by the back office."""
        with self.demo.do("clerk"):
            paper = create(entity, {"contract": contract, "reason": reason} | more)
            fire(paper, "submit")
        return paper

    def _decide(self, paper: Any) -> None:
        while paper.state is enums.PaperState.PENDING:
            fire(paper, "approve", by=self.demo.who[paper.awaiting_role or ""], opinion="同意")
