"""采购退货: received parts go back at the average, the refund lowers what is owed, the difference is the price variance."""

from __future__ import annotations

from typing import Any

import pytest

from app import models as m
from app.enums import (
    AccountKind,
    ExpenseKind,
    InboundReceiptState,
    PayableState,
    PurchaseReturnState,
    PurchaseState,
)
from app.errors import MissingData, MustBeOther, NotAllowed, NotEnoughStock, NotYours, WrongAmount, WrongState
from app.unit_of_work import change, create, fire
from tests.kit import D, World, on_both
from tests.scenarios.test_a2 import Parts
from tests.stories import hire

S = PurchaseReturnState


class Story(Parts):
    """A part bought at 113.00 with tax (100.00 without), on a shelf with ten pieces that cost 80.00 each."""

    def __init__(self, world: World, opening: str = "10", worth: str = "800.00") -> None:
        super().__init__(world)
        self.hydraulic = self.part("LX-1001", "液压滤芯")
        if opening != "0":
            self.opening(self.hydraulic, opening, worth)

    def came(self, quantity: str = "10", price: str = "113") -> m.InboundReceipt:
        order = self.ordered((self.hydraulic, quantity, price))
        receipt = self.world.row(m.InboundReceipt, order_id=order.id)
        self.received(receipt, quantity)
        return self.world.row(m.InboundReceipt, id=receipt.id)

    def back(self, receipt: m.InboundReceipt, quantity: str) -> m.PurchaseReturn:
        return create(
            m.PurchaseReturn,
            {"receipt": receipt, "reason": "型号不符", "lines": [{"receipt_line": receipt.lines[0], "quantity": D(quantity)}]},
            by=self.world["buyer"],
        )  # fmt: skip

    def approved(self, receipt: m.InboundReceipt, quantity: str) -> m.PurchaseReturn:
        paper = self.back(receipt, quantity)
        fire(paper, "submit", by=self.world["buyer"])
        return fire(paper, "approve", by=self.world["finance"])

    def shipped(self, receipt: m.InboundReceipt, quantity: str) -> m.PurchaseReturn:
        paper = self.approved(receipt, quantity)
        return self.world.row(m.PurchaseReturn, id=fire(paper, "ship", by=self.world["keeper"]).id)

    def paid(self, receipt: m.InboundReceipt, amount: str) -> None:
        w = self.world
        debt = w.row(m.Payable, origin="InboundReceipt", origin_id=receipt.id)
        account = w.row(m.FundAccount, kind=AccountKind.BANK)
        payment = create(
            m.Payment,
            {"supplier": self.supplier, "account": account, "lines": [{"payable": debt, "amount": D(amount)}]},
            by=w["finance"],
        )
        fire(payment, "submit", by=w["finance"])
        fire(payment, "approve", by=w["gm"])
        fire(payment, "pay", by=w["finance"])

    def debt(self, receipt: m.InboundReceipt) -> m.Payable:
        return self.world.row(m.Payable, origin="InboundReceipt", origin_id=receipt.id)

    def reserved(self) -> Any:
        row = self.world.row(m.StockBalance, part_id=self.hydraulic.id, warehouse_id=self.main.id)
        return row.quantity, row.reserved, row.amount


@on_both
def test_parts_leave_at_the_average_and_the_refund_lowers_the_debt(world: World) -> None:
    """10 at 80.00 and 10 at 100.00 make 90.00; three go back for 300.00 without tax: 30.00 of variance in our favour."""
    p = Story(world)
    receipt = p.came()
    assert p.reserved() == (D(20), D(0), D("1800.00")) and p.debt(receipt).amount == D("1130.00")
    paper = p.approved(receipt, "3")
    assert p.reserved() == (D(20), D(3), D("1800.00")) and p.debt(receipt).outstanding_amount == D("1130.00")
    assert [n.row_id for n in world.rows(m.Notification, to_id=world["keeper"].employee_id)][-1] == paper.id
    fire(paper, "ship", by=world["keeper"], express_number="SF1")
    paper = world.row(m.PurchaseReturn, id=paper.id)
    assert paper.state is S.DONE
    assert (paper.gross_amount, paper.net_amount, paper.cost_amount) == (D("339.00"), D("300.00"), D("270.00"))
    assert (paper.variance_amount, paper.credited_amount, paper.cash_amount) == (D("30.00"), D("339.00"), D("0.00"))
    assert p.reserved() == (D(17), D(0), D("1530.00"))
    debt = p.debt(receipt)
    assert (debt.amount, debt.credited_amount, debt.outstanding_amount) == (D("1130.00"), D("339.00"), D("791.00"))
    assert debt.state is PayableState.PARTIAL
    expense = world.row(m.Expense, origin="PurchaseReturn", origin_id=paper.id)
    assert (expense.kind, expense.amount) == (ExpenseKind.PRICE_VARIANCE, D("-30.00"))
    order = world.row(m.PurchaseOrder, id=receipt.order_id)
    assert order.state is PurchaseState.RECEIVED and order.lines[0].returned_quantity == D(3)


@on_both
def test_the_last_piece_takes_the_whole_value_and_the_rest_of_the_refund(world: World) -> None:
    """Three pieces for 100.00 with tax in all: 33.33 + 33.33 + 33.34 come back, and the shelf is left at nothing."""
    p = Story(world, "0")
    order = create(
        m.PurchaseOrder,
        {"supplier": p.supplier, "warehouse": p.main,
         "lines": [{"part": p.hydraulic, "quantity": D(3), "unit_price": D(0), "agreed_amount": D("100.00")}]},
        by=world["buyer"],
    )  # fmt: skip
    fire(order, "submit", by=world["buyer"])
    fire(order, "approve", by=world["finance"])
    receipt = world.row(m.InboundReceipt, order_id=order.id)
    p.received(receipt, "3")
    receipt = world.row(m.InboundReceipt, id=receipt.id)
    papers = [p.shipped(receipt, "1") for _ in range(3)]
    assert [x.gross_amount for x in papers] == [D("33.33"), D("33.33"), D("33.34")]
    assert sum(x.net_amount for x in papers) == D("88.50") == sum(x.cost_amount for x in papers)
    assert p.reserved() == (D(0), D(0), D("0.00"))
    debt = p.debt(receipt)
    assert (debt.outstanding_amount, debt.state) == (D("0.00"), PayableState.PAID)
    with pytest.raises(WrongAmount, match="0"):
        p.back(receipt, "1")


@on_both
def test_what_was_paid_comes_back_as_money(world: World) -> None:
    """1,130.00 owed, 1,000.00 paid: of 339.00 the debt takes 130.00, the supplier sends 209.00."""
    p = Story(world)
    receipt = p.came()
    p.paid(receipt, "1000")
    paper = p.shipped(receipt, "3")
    assert (paper.state, paper.credited_amount, paper.open_amount) == (S.SHIPPED, D("130.00"), D("209.00"))
    assert p.debt(receipt).state is PayableState.PAID
    with pytest.raises(NotAllowed):
        fire(paper, "collect", by=world["buyer"], account=world.row(m.FundAccount, kind=AccountKind.BANK))
    bank = world.row(m.FundAccount, kind=AccountKind.BANK)
    fire(paper, "collect", by=world["finance"], account=bank, serial="TK-1")
    paper = world.row(m.PurchaseReturn, id=paper.id)
    assert (paper.state, paper.cash_amount, paper.open_amount) == (S.DONE, D("209.00"), D("0.00"))
    entry = world.row(m.CashEntry, origin="PurchaseReturn")
    assert (entry.amount, entry.account_id, entry.serial) == (D("209.00"), bank.id, "TK-1")


@on_both
def test_what_was_paid_is_taken_off_the_next_debts(world: World) -> None:
    """339.00 are open after everything was paid; a debt of 226.00 takes all it can, the next one the rest."""
    p = Story(world)
    receipt = p.came()
    p.paid(receipt, "1130")
    paper = p.shipped(receipt, "3")
    assert (paper.state, paper.credited_amount, paper.open_amount) == (S.SHIPPED, D("0.00"), D("339.00"))
    small, large = p.came("2"), p.came("5")
    with pytest.raises(WrongAmount):
        fire(paper, "offset", by=world["finance"], debt=p.debt(receipt))
    fire(paper, "offset", by=world["finance"], debt=p.debt(small))
    paper = world.row(m.PurchaseReturn, id=paper.id)
    assert (paper.state, paper.open_amount, p.debt(small).state) == (S.SHIPPED, D("113.00"), PayableState.PAID)
    fire(paper, "offset", by=world["finance"], debt=p.debt(large))
    paper = world.row(m.PurchaseReturn, id=paper.id)
    assert (paper.state, paper.open_amount, p.debt(large).outstanding_amount) == (S.DONE, D("0.00"), D("452.00"))
    assert [c.amount for c in world.rows(m.PayableCredit)] == [D("226.00"), D("113.00")]
    other = create(m.Supplier, {"name": "别家", "kind": m.enums.SupplierKind.PART})
    p.paid(small, "0.01") if p.debt(small).outstanding_amount else None
    p.supplier = other
    theirs, mine = p.came("1"), p.shipped(world.row(m.InboundReceipt, id=receipt.id), "1")
    with pytest.raises(WrongAmount):
        fire(mine, "offset", by=world["finance"], debt=p.debt(theirs))


def test_a_payment_cannot_pay_what_a_return_took_off(world: World) -> None:
    p = Story(world)
    receipt = p.came()
    p.shipped(receipt, "3")
    with pytest.raises(WrongAmount, match=r"791\.00"):
        p.paid(receipt, "1000")
    p.paid(receipt, "791")
    assert p.debt(receipt).state is PayableState.PAID


def test_a_return_stays_within_what_came_and_was_not_sent_back(world: World) -> None:
    p = Story(world)
    receipt = p.came()
    with pytest.raises(WrongAmount, match="10"):
        p.back(receipt, "11")
    with pytest.raises(WrongAmount):
        p.back(receipt, "0")
    with pytest.raises(MissingData):
        create(m.PurchaseReturn, {"receipt": receipt, "reason": "无", "lines": []}, by=world["buyer"])
    first, second = p.back(receipt, "6"), p.back(receipt, "6")
    for paper in (first, second):
        fire(paper, "submit", by=world["buyer"])
    fire(first, "approve", by=world["finance"])
    with pytest.raises(WrongAmount, match="4"):
        fire(second, "approve", by=world["finance"])
    fire(first, "cancel", by=world["buyer"], reason="供应商换货")
    assert p.reserved()[1] == D(0)
    fire(second, "approve", by=world["finance"])
    assert p.reserved()[1] == D(6)
    other = p.came("2")
    with pytest.raises(WrongAmount):
        create(
            m.PurchaseReturn,
            {"receipt": receipt, "reason": "错", "lines": [{"receipt_line": other.lines[0], "quantity": D(1)}]},
            by=world["buyer"],
        )


def test_pieces_that_are_promised_or_gone_cannot_be_returned(world: World) -> None:
    p = Story(world, "0")
    receipt = p.came("4")
    p.approved(receipt, "3")
    other = p.back(receipt, "1")
    branch = create(
        m.Warehouse,
        {"code": "FK", "name": "分库", "kind": m.enums.WarehouseKind.BRANCH, "department": world.row(m.Department, code="FWB"),
         "keepers": [{"employee_id": world["keeper"].employee_id}]},
    )  # fmt: skip
    transfer = create(
        m.StockTransfer,
        {"source": p.main, "target": branch, "lines": [{"part": p.hydraulic, "quantity": D(1)}]},
        by=world["clerk"],
    )
    fire(transfer, "ship", by=world["keeper"])
    with pytest.raises(NotEnoughStock, match=r"LX-1001.*0.*1"):
        fire(other, "submit", by=world["buyer"])


def test_a_receipt_with_a_return_is_no_longer_reversed(world: World) -> None:
    p = Story(world)
    receipt = p.came()
    paper = p.approved(receipt, "3")
    with pytest.raises(WrongState, match=paper.number):
        fire(receipt, "reverse", by=world["finance"], reason="错")
    fire(paper, "cancel", by=world["buyer"], reason="不退了")
    draft = p.back(receipt, "2")
    fire(draft, "submit", by=world["buyer"])
    fire(receipt, "reverse", by=world["finance"], reason="错")
    assert world.row(m.InboundReceipt, id=receipt.id).state is InboundReceiptState.REVERSED
    with pytest.raises(WrongState):
        fire(draft, "approve", by=world["finance"])


def test_each_step_has_its_people(world: World) -> None:
    p = Story(world)
    receipt = p.came()
    for name in ("sales1", "finance", "keeper", "clerk"):
        with pytest.raises(NotAllowed):
            create(m.PurchaseReturn, {"receipt": receipt, "reason": "x", "lines": []}, by=world[name])
    paper = p.back(receipt, "2")
    fire(paper, "submit", by=world["buyer"])
    both = hire(world, "both", "采购兼财务", ["buyer", "finance"], number="901")
    with pytest.raises(NotAllowed):
        fire(paper, "approve", by=world["buyer"])
    fire(paper, "reject", by=world["finance"], opinion="价格不对")
    change(paper, {"reason": "改了"}, by=both)
    fire(paper, "submit", by=both)
    with pytest.raises(MustBeOther):
        fire(paper, "approve", by=both)
    fire(paper, "approve", by=world["gm"])
    other = hire(world, "keeper9", "别库管", ["keeper"], number="902")
    with pytest.raises(NotYours):
        fire(paper, "ship", by=other)
    for name in ("buyer", "finance", "sales1"):
        with pytest.raises((NotAllowed, NotYours)):
            fire(paper, "ship", by=world[name])
    fire(paper, "ship", by=world["keeper"])
    with pytest.raises(WrongState):
        fire(paper, "ship", by=world["keeper"])
    with pytest.raises(WrongState):
        fire(paper, "cancel", by=world["buyer"], reason="晚了")
