"""The margin of parts sales shares discount and coupons as the books did: what remains bears what was not given back."""

from __future__ import annotations

from typing import Any

from app import models as m
from app.enums import ReturnState
from app.unit_of_work import create, fire
from tests.kit import D, World, on_both
from tests.parts import new_part, open_stores, opening, said, sale
from tests.reports.story import rows, totals
from tests.stories import coupon_of

FIGURES = ("gross", "revenue", "cost", "margin", "coupons", "margin_after")
NOTHING = (D("0.00"),) * len(FIGURES)


def shop(world: World) -> tuple[m.Part, m.Warehouse, m.Customer]:
    """Ten filters worth 600.00 and a customer who buys on account."""
    main, _ = open_stores(world)
    part = new_part(world)
    opening(world, part, main, "10", "600.00")
    return part, main, world.company(credit_limit=D(1_000_000))


def ship(world: World, paper: m.PartSale, *quantities: str) -> None:
    out = world.rows(m.PartOutbound, sale_id=paper.id)[-1]
    fire(out, "ship", by=world["keeper"], lines=said(out.lines, *quantities))


def back(world: World, paper: m.PartSale, *told: tuple[int, str]) -> m.SaleReturn:
    """So many pieces of these lines come back to the store; the money waits for finance."""
    lines = [{"sale_line": paper.lines[n], "quantity": D(quantity)} for n, quantity in told]
    made = create(m.SaleReturn, {"sale": paper, "reason": "x", "lines": lines}, by=world["clerk"])
    return fire(made, "receive", by=world["keeper"])


def refund(world: World) -> None:
    """Finance decides on every return that waits."""
    for paper in world.rows(m.SaleReturn, state=ReturnState.RECEIVED):
        fire(paper, "refund", by=world["finance"], account=world.rows(m.FundAccount)[0])


def close(world: World, paper: m.PartSale) -> None:
    fire(paper, "close_rest", by=world["clerk"], reason="客户只要这些")


def debt(world: World, paper: m.PartSale) -> m.Receivable:
    return world.row(m.Receivable, sale_id=paper.id)


@on_both
def test_what_is_delivered_bears_the_whole_coupon_when_the_rest_only_comes_off_the_debt(world: World) -> None:
    """5 × 100.00 less a coupon of 100.00; three left, 200.00 come off the debt, no coupon comes back: 100 / 1.13 = 88.50.

    Was 53.10, three fifths of it. While two of five are still to come, the three that left do bear three fifths.
    """
    part, main, customer = shop(world)
    coupon = coupon_of(world, customer, "100")
    paper = sale(world, customer, main, (part, "5", "100"), upto="approve", coupons=[(coupon, "100")])
    ship(world, paper, "3")
    assert totals(world, "PartMargin", "gross", "revenue", "coupons") == (D("300.00"), D("265.49"), D("53.10"))
    close(world, paper)
    refund(world)
    owed = debt(world, paper)
    assert (owed.outstanding_amount, world.row(m.SaleReturn).credited_amount) == (D("200.00"), D("200.00"))
    world.paid(customer, [(owed, "200")])
    figures = ("gross", "revenue", "cost", "coupons", "margin_after")
    expected = (D("300.00"), D("265.49"), D("180.00"), D("88.50"), D("-3.01"))
    assert totals(world, "PartMargin", *figures) == expected
    assert rows(world, "PartMargin", *figures) == [expected]


@on_both
def test_a_sale_wholly_closed_and_returned_shows_nothing(world: World) -> None:
    """3 × 9.99 and 7 × 3.33 less 7.77 and a coupon: piece by piece it all comes back or never leaves; was ±0.01 to ±7.66."""
    part, main, customer = shop(world)
    other = new_part(world, "LX-2")
    opening(world, other, main, "10", "26.67")
    coupon = coupon_of(world, customer, "20")
    wanted = ((part, "3", "9.99"), (other, "7", "3.33"))
    paper = sale(world, customer, main, *wanted, upto="approve", coupons=[(coupon, "13.33")], discount_amount=D("7.77"))
    world.paid(customer, [(debt(world, paper), "11.11")])
    ship(world, paper, "2", "5")
    back(world, paper, (0, "1"), (1, "2"))
    refund(world)
    close(world, paper)
    refund(world)
    back(world, paper, (1, "3"))
    refund(world)
    back(world, paper, (0, "1"))
    refund(world)
    assert world.row(m.PartSale, id=paper.id).refunded_amount == D("45.51")
    assert rows(world, "PartMargin", *FIGURES) == [NOTHING, NOTHING]
    assert totals(world, "PartMargin", *FIGURES) == NOTHING


@on_both
def test_at_every_step_the_lines_add_up_to_what_the_customer_still_pays(world: World) -> None:
    """Price less returns is what the lines show with tax; less what coupons paid and did not get back, it is his money."""
    part, main, customer = shop(world)
    other = new_part(world, "LX-2")
    opening(world, other, main, "10", "26.67")
    coupon = coupon_of(world, customer, "20")
    wanted = ((part, "3", "9.99"), (other, "7", "3.33"))
    paper = sale(world, customer, main, *wanted, upto="approve", coupons=[(coupon, "20.00")], discount_amount=D("7.77"))
    world.paid(customer, [(debt(world, paper), "3.00")])
    ship(world, paper, "2", "5")
    for step in (
        lambda: close(world, paper),
        lambda: back(world, paper, (0, "1")),
        lambda: back(world, paper, (1, "4")),
    ):
        step()
        refund(world)
        returns = world.rows(m.SaleReturn, sale_id=paper.id)
        left = D("45.51") - sum(r.goods_amount for r in returns)
        bonus = D("20.00") - sum(r.coupon_amount for r in returns)
        gross, coupons = totals(world, "PartMargin", "gross", "coupons")
        assert gross == left
        assert coupons == (bonus / D("1.13")).quantize(D("0.01")), (left, bonus)
        assert _money(world, paper) == left - bonus


def _money(world: World, paper: m.PartSale) -> Any:
    """What the customer paid and still owes, less what he got back in money."""
    owed = debt(world, paper)
    returned = sum(r.cash_amount for r in world.rows(m.SaleReturn, sale_id=paper.id))
    return owed.settled_amount + owed.outstanding_amount - returned
