"""Parts that come back: price, cost and coupons are given back once, whatever was shipped, paid or returned before."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app import models as m
from app.enums import AccountKind, CouponState
from app.unit_of_work import create, fire
from tests.books import check_books
from tests.kit import D, World
from tests.parts import new_part, open_stores, opening, ordered, said, sale, shelf
from tests.stories import by_cash, by_coupon, coupon_of, gift, sold

Shop = tuple[m.Part, m.Warehouse, m.Customer]


@pytest.fixture
def shop(world: World) -> Shop:
    """Ten filters worth 1,000.00 and a customer with a long credit line."""
    main, _ = open_stores(world)
    part = new_part(world)
    opening(world, part, main, "10", "1000.00")
    return part, main, world.company(credit_limit=D(1_000_000))


def shipped(world: World, paper: m.PartSale, *quantities: str) -> None:
    out = world.rows(m.PartOutbound, sale_id=paper.id)[-1]
    fire(out, "ship", by=world["keeper"], lines=said(out.lines, *quantities))


def returned(world: World, paper: m.PartSale, quantity: str, *, refund: bool = True) -> m.SaleReturn:
    """So many of its first line come back and are refunded in cash, as far as money is due."""
    line = world.rows(m.SaleLine, sale_id=paper.id)[0]
    values = {"sale": paper, "reason": "x", "lines": [{"sale_line": line, "quantity": D(quantity)}]}
    back = create(m.SaleReturn, values, by=world["clerk"])
    fire(back, "receive", by=world["keeper"])
    if refund:
        fire(back, "refund", by=world["finance"], account=world.row(m.FundAccount, kind=AccountKind.CASH))
    return world.row(m.SaleReturn, id=back.id)


def paid(world: World, customer: m.Customer, paper: m.PartSale, money: str, *coupons: tuple[m.Coupon, str]) -> None:
    funds = [by_cash(world, money)] if D(money) else []
    funds += [by_coupon(held, amount) for held, amount in coupons]
    total = D(money) + sum((D(amount) for _, amount in coupons), D(0))
    world.paid(customer, [(world.row(m.Receivable, sale_id=paper.id), str(total))], funds=funds)


def balance(world: World, held: m.Coupon) -> Decimal:
    return world.row(m.Coupon, id=held.id).balance


def test_a_coupon_used_on_the_sale_and_in_its_receipt_comes_back_whole_with_all_the_goods(
    world: World, shop: Shop
) -> None:
    """One coupon, two redemptions, one return: one entry gives both back."""
    part, main, customer = shop
    held = coupon_of(world, customer, "800")
    paper = sale(world, customer, main, (part, "5", "180"), upto="approve", coupons=[(held, "500")])
    paid(world, customer, paper, "100", (held, "300"))
    shipped(world, paper, "5")
    assert world.row(m.Coupon, id=held.id).state is CouponState.USED
    back = returned(world, paper, "5")
    assert (back.coupon_amount, back.cash_amount) == (D("800.00"), D("100.00"))
    assert balance(world, held) == D("800.00")
    check_books()


def test_each_coupon_gets_back_what_was_taken_from_it_though_it_was_used_elsewhere_since(
    world: World, shop: Shop
) -> None:
    part, main, customer = shop
    gifts = [gift(world, "100"), gift(world, "100")]
    sold(world, customer, gifts=gifts)
    first, second = world.rows(m.Coupon)
    paper = sale(world, customer, main, (part, "2", "100"), upto="approve", coupons=[(first, "100"), (second, "100")])
    shipped(world, paper, "2")
    returned(world, paper, "1")
    assert (balance(world, first), balance(world, second)) == (D(0), D("100.00"))
    other = sale(world, customer, main, (part, "1", "50"), upto="approve", coupons=[(second, "50")])
    returned(world, paper, "1")
    assert (balance(world, first), balance(world, second)) == (D("100.00"), D("50.00"))
    fire(other, "cancel", by=world["clerk"], reason="x")
    assert (balance(world, first), balance(world, second)) == (D("100.00"), D("100.00"))
    check_books()


def test_a_coupon_never_becomes_money_when_part_of_the_debt_was_taken_off_first(world: World, shop: Shop) -> None:
    """1,000.00 = 200 coupon + 300 paid + 500 open. The first half goes off the debt; then 2 : 3, as it was paid."""
    part, main, customer = shop
    held = coupon_of(world, customer, "200")
    paper = sale(world, customer, main, (part, "4", "250"), upto="approve", coupons=[(held, "200")])
    paid(world, customer, paper, "300")
    shipped(world, paper, "4")
    first, second, third = returned(world, paper, "2"), returned(world, paper, "1"), returned(world, paper, "1")
    told = [(b.credited_amount, b.coupon_amount, b.cash_amount) for b in (first, second, third)]
    assert told == [
        (D("500.00"), D(0), D(0)),
        (D(0), D("100.00"), D("150.00")),
        (D(0), D("100.00"), D("150.00")),
    ]
    assert balance(world, held) == D("200.00")
    check_books()


def test_three_returns_of_a_third_give_back_the_price_after_discount_and_not_a_cent_more(
    world: World, shop: Shop
) -> None:
    """30.00 less 10.00 for three pieces: 6.67 + 6.67 + 6.66."""
    part, main, customer = shop
    paper = sale(world, customer, main, (part, "3", "10"), upto="approve", discount_amount=D(10))
    paid(world, customer, paper, "20")
    shipped(world, paper, "3")
    assert [returned(world, paper, "1").cash_amount for _ in range(3)] == [D("6.67"), D("6.67"), D("6.66")]
    check_books()


def test_parts_of_a_sale_that_never_left_whole_come_back_at_what_they_cost_together(world: World, shop: Shop) -> None:
    """Three of four left at 20.00: 6.67 + 6.67 + 6.66 come back, and the fourth can still leave and return."""
    _, main, customer = shop
    other = new_part(world, "LX-2")
    opening(world, other, main, "4", "26.67")
    paper = sale(world, customer, main, (other, "4", "100"), upto="approve")
    shipped(world, paper, "3")
    assert world.row(m.PartSale, id=paper.id).cost_amount == D("20.00")
    costs = [returned(world, paper, "1").lines[0].cost_amount for _ in range(3)]
    assert costs == [D("6.67"), D("6.67"), D("6.66")]
    assert shelf(world, other, main)[2] == D("26.67")
    shipped(world, paper, "1")
    returned(world, paper, "1")
    assert shelf(world, other, main) == (D(4), D(0), D("26.67"))
    assert world.row(m.PartSale, id=paper.id).cost_amount == D(0)
    check_books()


def test_cheap_parts_that_come_piece_by_piece_are_worth_what_was_ordered(world: World, shop: Shop) -> None:
    """Ten at 0.04: 0.35 without tax, though each alone would round to 0.04; nothing is worth less than nothing."""
    _, main, _ = shop
    screw = new_part(world, "LS-1")
    ordered(world, main, (screw, "10", "0.04"))
    for _ in range(10):
        waiting = world.rows(m.InboundReceipt)[-1]
        fire(waiting, "receive", by=world["keeper"], lines=said(waiting.lines, "1"))
    assert shelf(world, screw, main) == (D(10), D(0), D("0.35"))
    assert sum(p.amount for p in world.rows(m.Payable)) == D("0.40")
    check_books()
