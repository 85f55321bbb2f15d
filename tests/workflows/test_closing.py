"""关闭余量: what a customer no longer waits for is as if it had come back; promises end, books and shares stay exact."""

from __future__ import annotations

from typing import Any

import pytest

from app import models as m
from app.enums import (
    Industry,
    OutboundState,
    ReturnState,
    SettleWay,
    ShipState,
    ShortageState,
)
from app.errors import MissingData, NotAllowed, WrongAmount, WrongState
from app.unit_of_work import change, create, fire
from tests.books import check_books
from tests.kit import D, World, on_both
from tests.parts import agreed, new_part, open_stores, opening, said, sale, shelf
from tests.reports.story import totals


class Half:
    """Ten filters, a sale of eight at 100.00 of which three left."""

    def __init__(self, world: World, there: str = "10", shipped: str = "3", **more: Any) -> None:
        self.world = world
        self.main, _ = open_stores(world)
        self.part = new_part(world)
        opening(world, self.part, self.main, there, "1000.00")
        self.customer = world.company(credit_limit=D(100_000))
        self.sale = sale(world, self.customer, self.main, (self.part, "8", "100"), **more)
        fire(self.sale, "approve", by=world["gm"], despite_shortage=True)
        if shipped != "0":
            paper = world.row(m.PartOutbound, sale_id=self.sale.id)
            fire(paper, "ship", by=world["keeper"], lines=said(paper.lines, shipped))

    def close(self, who: str = "clerk") -> m.PartSale:
        fire(self.sale, "close_rest", by=self.world[who], reason="客户只要这些")
        return self.world.row(m.PartSale, id=self.sale.id)

    def back(self) -> m.SaleReturn:
        return self.world.row(m.SaleReturn, sale_id=self.sale.id)


@on_both
def test_the_rest_is_free_and_comes_off_the_debt(world: World) -> None:
    half = Half(world)
    closed = half.close()
    assert closed.ship_state is ShipState.ALL and closed.lines[0].closed_quantity == 5
    assert shelf(world, half.part, half.main) == (D(7), D(0), D("700.00"))
    assert [p.state for p in world.rows(m.PartOutbound, sale_id=closed.id)] == [
        OutboundState.DONE,
        OutboundState.CANCELLED,
    ]
    back = half.back()
    assert (back.state, back.is_unshipped, back.goods_amount) == (ReturnState.RECEIVED, True, D("500.00"))
    fire(back, "refund", by=world["finance"])
    assert world.row(m.Receivable, sale_id=closed.id).outstanding_amount == D("300.00")
    check_books()


@on_both
def test_what_was_paid_for_it_goes_back_as_it_was_paid(world: World) -> None:
    """800.00 paid, 5 of 8 never left: 500.00 back in money; two more come back later and the last takes the rest."""
    half = Half(world)
    debt = world.row(m.Receivable, sale_id=half.sale.id)
    world.paid(half.customer, [(debt, "800")])
    half.close()
    account = world.rows(m.FundAccount)[0]
    fire(half.back(), "refund", by=world["finance"], account=account)
    assert half.back().cash_amount == D("500.00")
    sold = half.sale.lines[0]
    with pytest.raises(WrongAmount, match="最多可退 3"):
        create(m.SaleReturn, {"sale": half.sale, "reason": "x", "lines": [{"sale_line": sold, "quantity": D(4)}]})
    told = [{"sale_line": sold, "quantity": D(3)}]
    rest = create(m.SaleReturn, {"sale": half.sale, "reason": "x", "lines": told}, by=world["clerk"])
    assert rest.goods_amount == D("300.00")
    fire(rest, "receive", by=world["keeper"])
    fire(rest, "refund", by=world["finance"], account=account)
    assert world.row(m.PartSale, id=half.sale.id).refunded_amount == D("800.00")
    assert shelf(world, half.part, half.main) == (D(10), D(0), D("1000.00"))
    check_books()


def test_back_orders_end_too_and_others_get_what_is_free(world: World) -> None:
    """Five are there for eight; the other customer waits behind and is served with what the first gives up."""
    half = Half(world, there="5", shipped="2")
    other = sale(world, world.company(number=2, credit_limit=D(9999)), half.main, (half.part, "3", "100"))
    fire(other, "approve", by=world["gm"], despite_shortage=True)
    half.close()
    mine, theirs = world.row(m.SaleShortage, sale_id=half.sale.id), world.row(m.SaleShortage, sale_id=other.id)
    assert (mine.state, theirs.state) == (ShortageState.CANCELLED, ShortageState.SERVED)
    assert shelf(world, half.part, half.main)[:2] == (D(3), D(3))
    check_books()


def test_only_a_sale_that_left_in_part_is_closed_once_by_whoever_may(world: World) -> None:
    half = Half(world, shipped="0")
    with pytest.raises(WrongState, match="取消"):
        half.close()
    paper = world.row(m.PartOutbound, sale_id=half.sale.id)
    fire(paper, "ship", by=world["keeper"], lines=said(paper.lines, "3"))
    with pytest.raises(NotAllowed):
        half.close("sales1")
    half.close("sales_manager")
    with pytest.raises(WrongState, match="全部发出"):
        half.close()
    with pytest.raises(WrongState):
        fire(half.sale, "cancel", by=world["clerk"], reason="x")
    check_books()


def test_nothing_goes_to_finance_where_nobody_owes(world: World) -> None:
    half = Half(world, shipped="0")
    values = {"sale_type": world.row(m.SaleType, code="self_use"), "warehouse": half.main,
              "cost_department": world.row(m.Department, code="FWB"), "detail": "自用",
              "lines": [{"part": half.part, "quantity": D(2), "unit_price": D(0)}]}  # fmt: skip
    own = create(m.PartSale, values, by=world["clerk"])
    fire(own, "submit", by=world["clerk"])
    fire(own, "approve", by=world["gm"])
    paper = world.row(m.PartOutbound, sale_id=own.id)
    fire(paper, "ship", by=world["keeper"], lines=said(paper.lines, "1"))
    fire(own, "close_rest", by=world["clerk"], reason="够了")
    assert world.rows(m.SaleReturn) == [] and world.row(m.PartSale, id=own.id).ship_state is ShipState.ALL
    check_books()


def test_the_margin_counts_what_left(world: World) -> None:
    """Three of eight left at 100.00: 300.00 with tax is 265.49 without, cost 300.00; the rest changes nothing of it."""
    half = Half(world)
    left = (D("300.00"), D("265.49"), D("300.00"), D("-34.51"))
    assert totals(world, "PartMargin", "gross", "revenue", "cost", "margin") == left
    half.close()
    assert totals(world, "PartMargin", "gross", "revenue", "cost", "margin") == left


class TestWorkshops:
    """大修厂: for customers of that trade, or for the work order the parts are for."""

    def offer(self, world: World, **more: Any) -> m.PartSale:
        main = world.row(m.Warehouse, code="ZK")
        customer = world.row(m.Customer, id=self.customer)
        values = {"quotation": agreed(world, customer, (world.rows(m.Part)[0], "1", "100")), "warehouse": main,
                  "sale_type": world.row(m.SaleType, code="overhaul"), "settle_way": SettleWay.CREDIT}  # fmt: skip
        return create(m.PartSale, values | more, by=world["sales1"])

    def test_the_trade_or_a_work_order(self, world: World) -> None:
        main, _ = open_stores(world)
        opening(world, new_part(world), main, "10", "1000.00")
        customer = world.company(industry=Industry.MINE)
        self.customer = customer.id
        with pytest.raises(MissingData, match="大修厂") as fault:
            self.offer(world)
        assert fault.value.field == "work_order"
        order = create(
            m.WorkOrder, {"customer": customer, "machine_text": "旧机", "fault": "大修"}, by=world["service_manager"]
        )
        assert self.offer(world, work_order=order).work_order_id == order.id
        other = world.company(number=2)
        strange = create(
            m.WorkOrder, {"customer": other, "machine_text": "旧机", "fault": "大修"}, by=world["service_manager"]
        )
        with pytest.raises(WrongAmount, match="其他客户"):
            self.offer(world, work_order=strange)
        change(customer, {"industry": Industry.REPAIR}, by=world["sales1"])
        assert self.offer(world).id
