"""A sale of which nothing has left is called off, paid or not: the money stays the customer's."""

from __future__ import annotations

import pytest

from app import models as m
from app.enums import PayState, QuotationState, ReceivableState, SaleState
from app.errors import WrongState
from app.ledgers import prepaid
from app.unit_of_work import fire
from tests.kit import D, World, on_both
from tests.parts import new_part, open_stores, opening, said, sale, shelf
from tests.stories import by_cash, by_coupon, coupon_of


def ordered(world: World, *, coupons: list[tuple[m.Coupon, str]] | None = None) -> m.PartSale:
    """Five filters at 100.00, approved; the store has ten."""
    main, _ = open_stores(world)
    part = new_part(world)
    opening(world, part, main, "10", "600.00")
    customer = world.company(credit_limit=D(1_000_000))
    return sale(world, customer, main, (part, "5", "100"), upto="approve", coupons=coupons)


def paid(world: World, paper: m.PartSale, money: str, *coupons: tuple[m.Coupon, str]) -> None:
    debt = world.row(m.Receivable, sale_id=paper.id)
    funds = [by_cash(world, money), *(by_coupon(held, amount) for held, amount in coupons)]
    total = D(money) + sum((D(amount) for _, amount in coupons), D(0))
    world.paid(paper.customer, [(debt, str(total))], funds=funds)


@on_both
@pytest.mark.parametrize("money", ["500", "200"])
def test_what_was_paid_on_it_is_prepaid_money_afterwards(world: World, money: str) -> None:
    """Was refused: “已收部分款，请先红冲收款单”."""
    paper = ordered(world)
    paid(world, paper, money)
    fire(paper, "cancel", by=world["clerk"], reason="客户不要了")
    done = world.row(m.PartSale, id=paper.id)
    assert (done.state, done.pay_state) == (SaleState.CANCELLED, PayState.UNPAID)
    debt = world.row(m.Receivable, sale_id=paper.id)
    assert (debt.state, debt.settled_amount) == (ReceivableState.VOID, D(0))
    assert prepaid.balance(paper.customer_id or 0) == D(money)
    assert shelf(world, done.lines[0].part, done.warehouse) == (D(10), D(0), D("600.00"))
    assert done.quotation is not None and done.quotation.state is QuotationState.AGREED
    with pytest.raises(WrongState):
        fire(paper, "cancel", by=world["clerk"], reason="再点一次")
    assert prepaid.balance(paper.customer_id or 0) == D(money)


@on_both
def test_the_receipt_behind_it_can_still_be_reversed(world: World) -> None:
    paper = ordered(world)
    paid(world, paper, "500")
    fire(paper, "cancel", by=world["clerk"], reason="客户不要了")
    fire(world.row(m.Receipt), "reverse", by=world["finance"], reason="退票")
    assert prepaid.balance(paper.customer_id or 0) == D(0)


def test_a_coupon_in_the_receipt_comes_back_with_the_receipt(world: World) -> None:
    """It never becomes money: the receipt is named, reversed, and then the sale is called off."""
    customer = world.company(number=2, credit_limit=D(1_000_000))
    main, _ = open_stores(world)
    part = new_part(world)
    opening(world, part, main, "10", "600.00")
    held = coupon_of(world, customer, "300")
    paper = sale(world, customer, main, (part, "5", "100"), upto="approve")
    paid(world, paper, "100", (held, "300"))
    receipt = world.rows(m.Receipt)[-1]
    with pytest.raises(WrongState, match=receipt.number):
        fire(paper, "cancel", by=world["clerk"], reason="客户不要了")
    fire(receipt, "reverse", by=world["finance"], reason="取消订单")
    fire(paper, "cancel", by=world["clerk"], reason="客户不要了")
    assert world.row(m.Coupon, id=held.id).balance == D(300)
    assert prepaid.balance(customer.id) == D(0)


def test_once_something_has_left_it_comes_back_with_a_return(world: World) -> None:
    paper = ordered(world)
    paid(world, paper, "500")
    out = world.row(m.PartOutbound, sale_id=paper.id)
    fire(out, "ship", by=world["keeper"], lines=said(out.lines, "1"))
    with pytest.raises(WrongState, match="退货"):
        fire(paper, "cancel", by=world["clerk"], reason="x")
