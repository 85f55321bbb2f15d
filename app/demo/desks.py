"""What lies on people's desks on the last day of the demo: for every verb somebody has a paper on which he can try it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from .. import clock, enums
from .. import models as m
from ..actor import SYSTEM, acting_as
from ..database import db
from ..unit_of_work import create, fire
from .contracts import ContractStory

if TYPE_CHECKING:
    from .build import Demo
    from .parts import PartsStory

D = Decimal


class DeskStory:
    """Papers half way: drafts, such as wait for a decision, such as wait for the store or for money."""

    def __init__(self, demo: Demo, parts: PartsStory) -> None:
        self.demo, self.parts = demo, parts
        self.contracts = ContractStory(demo)

    def tell(self) -> None:
        self._people()
        self._contracts()
        self._sales()
        self._buying()
        self._payments()
        self._shelves()
        self._care()

    # -- people and customers -----------------------------------------------------------------------------------

    def _people(self) -> None:
        """A new colleague without an account, a customer who gave up, a print template that nobody tried yet."""
        demo = self.demo
        with demo.on(1), demo.do("sysadmin"):
            create(
                m.Employee,
                {"staff_number": "107", "name": "方小雨", "mobile": "13855120099",
                 "department": demo.departments["整机销售部"], "post": "业务员", "is_salesperson": True},
            )  # fmt: skip
        with demo.on(30), demo.do("sales_manager"):
            fire(demo.customers[29][0], "disable", reason="公司已注销")
        with demo.on(2), demo.do("gm"):
            used = demo.rows(m.PrintTemplate)[0]
            values = {name: getattr(used, name) for name in ("screen", "code", "name", "paper", "body")}
            create(m.PrintTemplate, values | {"remark": "想换一种抬头"})

    # -- contracts ------------------------------------------------------------------------------------------------

    def _contract(self, index: int) -> m.MachineContract:
        with acting_as(SYSTEM):
            return self.demo.rows(m.MachineContract, customer_id=self.demo.customers[index][0].id)[0]

    def _dispatch(self, index: int) -> m.MachineDispatch:
        with acting_as(SYSTEM):
            return self.demo.rows(m.MachineDispatch, contract_id=self._contract(index).id)[0]

    def _written(self, entity: type[Any], index: int, reason: str, by: str = "clerk", **more: Any) -> Any:
        """A draft about somebody's contract."""
        with self.demo.do(by):
            return create(entity, {"contract": self._contract(index), "reason": reason} | more)

    def _contracts(self) -> None:
        """One contract is to be refunded, one machine left this morning by mistake, others come back or change."""
        demo, contracts = self.demo, self.contracts
        with demo.on(2):
            gone = contracts._paper(
                m.ContractCancellation, self._contract(6), "账户被查封，双方协商解除", forfeit_amount=D(0)
            )
            contracts._decide(gone)
        with demo.on(0):
            self._written(m.ContractCancellation, 17, "客户还在犹豫，先写好")
            self._amended(13)
            self._sent_by_mistake(3)
            self._coming_back()
        with demo.on(1), demo.do("buyer"):
            line = {"model": demo.models["HT75"], "pieces": 1, "unit_price": demo.models["HT75"].floor_price * D("0.9")}
            order = create(m.MachinePurchase, {"supplier": demo.oem, "warehouse": demo.yards[0], "lines": [line]})
            fire(order, "submit")

    def _amended(self, index: int) -> None:
        """Only the place of delivery is to change; not submitted yet."""
        contract = self._contract(index)
        with acting_as(SYSTEM):
            lines = [{"model": row.model, "unit_price": row.unit_price} for row in contract.lines]
            fees = [
                {"kind": f.kind, "nature": f.nature, "amount": f.amount, "due_rule": f.due_rule} for f in contract.fees
            ]
            terms = {"pay_mode": contract.pay_mode, "deposit_amount": contract.deposit_amount}
        self._written(
            m.ContractAmendment, index, "客户换了工地", delivery_place="巢湖路工地", lines=lines, fees=fees, **terms
        )

    def _sent_by_mistake(self, index: int) -> None:
        """Two people wrote it up; one paper waits for approval, the other one is to be thrown away."""
        sent = self.contracts._send(self._contract(index))
        self.contracts._paper(m.DispatchWithdrawal, self._contract(index), "发错了附件，客户要求换装", dispatch=sent)
        self._written(m.DispatchWithdrawal, index, "发错附件", by="sales_manager", dispatch=sent)

    def _coming_back(self) -> None:
        """A return that waits for approval, one that waits for its refund, one that is being written."""
        yard, back = {"warehouse": self.demo.yards[0]}, m.MachineReturn
        for index, reason, state in RETURNS:
            sent = self._dispatch(index)
            with acting_as(SYSTEM):
                hours = sent.unit.hour_meter + 1
            more = {"dispatch": sent, "hour_meter": hours, "depreciation_amount": D(20000)} | yard
            if state == "draft":
                self._written(back, index, reason, **more)
                continue
            paper = self.contracts._paper(back, self._contract(index), reason, **more)
            if state == "decided":
                self.contracts._decide(paper)

    # -- parts ------------------------------------------------------------------------------------------------------

    def _sales(self) -> None:
        """A sale half shipped, one being written, a quotation being written, two returns."""
        demo, parts = self.demo, self.parts
        with demo.on(4):
            half = parts._sold(4, 8, [("LX-1003", 4)])
        with demo.on(3):
            parts._pay(half)
            with demo.do("keeper"):
                out = demo.only(m.PartOutbound, sale_id=half.id)
                fire(out, "ship", lines=[{"id": line.id, "quantity": D(2)} for line in out.lines])
        with demo.on(0):
            agreed = parts._agreed(0, 8, [("LX-1003", 1)])
            with demo.do(demo.customers[8][2]):
                parts._sale(agreed)
            with demo.do("clerk"):
                parts._quotation(16, [("LX-1001", 2)])
        with demo.on(1):
            self._taken_back("CD-3001", "斗齿型号买错", received=True)
            self._taken_back("LX-1001", "客户多买一件", received=False)

    def _taken_back(self, number: str, reason: str, *, received: bool) -> None:
        """One piece of the sale that was shipped comes back: it lies here and waits for its refund, or is announced."""
        sale = self.parts.done
        with self.demo.do("clerk"):
            line = next(row for row in sale.lines if row.part_id == self.parts.parts[number].id)
            values = {"sale": sale, "warehouse": self.parts.main, "reason": reason}
            back: Any = create(m.SaleReturn, {**values, "lines": [{"sale_line": line, "quantity": D(1)}]})
        if received:
            fire(back, "receive", by=self.demo.who["keeper"])

    def _buying(self) -> None:
        """An order being written; four purchase returns, one at each step."""
        demo = self.demo
        with demo.on(0), demo.do("buyer"):
            self.parts._order([("LX-1001", 10)])
        self._paid_first_order()
        for steps, reason in (
            ("submit approve ship", "整批尺寸不符"),
            ("submit approve", "接口渗油"),
            ("submit", "包装破损"),
            ("", "型号发错"),
        ):
            self._sent_back(steps.split(), reason)

    def _first_receipt(self) -> m.InboundReceipt:
        with acting_as(SYSTEM):
            return self.demo.rows(m.InboundReceipt, state=enums.InboundReceiptState.DONE)[0]

    def _paid_first_order(self) -> None:
        """The first delivery was paid long ago: what goes back of it is owed in money."""
        with acting_as(SYSTEM):
            debt = self.demo.only(m.Payable, origin="InboundReceipt", origin_id=self._first_receipt().id)
        with self.demo.on(100):
            paper = self._payment(debt, debt.amount)
            fire(paper, "submit", by=self.demo.who["finance"])
        with self.demo.on(99):
            fire(paper, "approve", by=self.demo.who["gm"])
            fire(paper, "pay", by=self.demo.who["finance"])

    def _sent_back(self, steps: list[str], reason: str) -> None:
        """One piece of the first delivery, as far as the last step."""
        who = {"submit": "buyer", "approve": "finance", "ship": "keeper"}
        receipt = self._first_receipt()
        with self.demo.on(2):
            with self.demo.do("buyer"):
                line = next(row for row in receipt.lines if row.part_id == self.parts.parts["CD-3002"].id)
                values = {"receipt": receipt, "reason": reason, "lines": [{"receipt_line": line, "quantity": D(1)}]}
                back: Any = create(m.PurchaseReturn, values)
            for verb in steps:
                fire(back, verb, by=self.demo.who[who[verb]])

    # -- money --------------------------------------------------------------------------------------------------------

    def _payment(self, debt: m.Payable, amount: Decimal) -> Any:
        with self.demo.do("finance"):
            lines = [{"payable": debt, "amount": amount}]
            return create(
                m.Payment,
                {"supplier": debt.supplier, "account": self.demo.bank, "pay_on": clock.today(), "lines": lines},
            )

    def _payments(self) -> None:
        """To the manufacturer: one payment written, one waits for the boss, one for the bank."""
        with acting_as(SYSTEM):
            owed = self.demo.rows(m.Payable, supplier_id=self.demo.oem.id, state=enums.PayableState.OPEN)[-3:]
        with self.demo.on(0):
            for debt, steps in zip(owed, ((), ("submit",), ("submit", "approve")), strict=True):
                paper = self._payment(debt, D(100_000))
                for verb in steps:
                    fire(paper, verb, by=self.demo.who["finance" if verb == "submit" else "gm"])

    # -- shelves ------------------------------------------------------------------------------------------------------

    def _shelves(self) -> None:
        """The branch is counted: one kind waits for approval, one is being counted, one comes next."""
        demo, branch = self.demo, self.parts.branch
        with acting_as(SYSTEM):
            kinds = [self.parts.parts[number].category for number in ("CD-3001", "LX-1001")]
        with demo.on(1), demo.do("keeper"):
            done, doing = (create(m.StockCount, {"warehouse": branch, "category": kind}) for kind in kinds)
            fire(done, "start")
            fire(done, "submit", lines=[{"id": line.id, "quantity": line.book_quantity - 1} for line in done.lines])
        with demo.on(0), demo.do("keeper"):
            fire(doing, "start")
            create(m.StockCount, {"warehouse": self.parts.main, "remark": "月底盘点"})

    # -- customers who were not content -------------------------------------------------------------------------------

    def _care(self) -> None:
        """A complaint answered, one that holds money back, and a coupon that is being asked for."""
        demo = self.demo
        with demo.on(3):
            answered = self._complains(enums.ComplaintKind.MANNER, "送件师傅没有提前打电话", demo.customers[16][0])
            boss = demo.who["service_manager"]
            with acting_as(SYSTEM):
                owner = db.session.get_one(m.Employee, boss.employee_id or 0)
            fire(answered, "uphold", by=boss, opinion="情况属实")
            fire(answered, "handle", by=boss, owner=owner, deadline_on=demo.today)
            fire(answered, "answer", by=boss, solution="已向客户道歉，以后送件前半小时电话联系")
        with demo.on(1):
            held = self._retained()
            bad = self._complains(enums.ComplaintKind.QUALITY, "大臂油缸渗油", held.customer, self._unit_of(held))
            fire(bad, "uphold", by=boss, opinion="油封批次问题，属质量问题")
        with demo.on(0), demo.do("sales1"):
            coupon_type = demo.rows(m.CouponType)[0]
            values = {
                "type": coupon_type,
                "face_amount": D(300),
                "pieces": 1,
                "valid_days": 90,
                "source": enums.CouponSource.CAMPAIGN,
            }
            customer = next(c for c, _talker, seller in demo.customers if seller == "sales1")
            create(
                m.CouponIssue, values | {"customer": customer, "reason": "秋季保养活动", "business_on": clock.today()}
            )

    def _complains(
        self, kind: enums.ComplaintKind, content: str, customer: m.Customer, unit: m.MachineUnit | None = None
    ) -> m.Complaint:
        with self.demo.do("visits"):
            return create(m.Complaint, {"customer": customer, "unit": unit, "kind": kind, "content": content})

    def _retained(self) -> m.Retention:
        """The last retention that is under way."""
        with acting_as(SYSTEM):
            return self.demo.rows(m.Retention, state=enums.RetentionState.RUNNING)[0]

    def _unit_of(self, held: m.Retention) -> m.MachineUnit:
        with acting_as(SYSTEM):
            line = sa.select(m.ContractLine).where(m.ContractLine.contract_id == held.contract_id)
            return db.session.scalars(line).first().unit  # type: ignore[union-attr,return-value]


RETURNS = (
    (9, "客户工程停了，退回抵剩余货款", "decided"),
    (8, "整机油耗与样机差别大", "pending"),
    (16, "客户换大吨位，先登记", "draft"),
)
