"""A count: what is found has a value, what is promised is named, and only who may decides."""

from __future__ import annotations

import pytest

from app import models as m
from app.enums import CountState, InboundReceiptState, SettleWay
from app.errors import MissingData, NotEnoughStock
from app.unit_of_work import create, fire
from tests.kit import D, World, on_both
from tests.parts import new_part, open_stores, opening, ordered, said, sale, shelf


def counted(world: World, store: m.Warehouse, *found: str) -> m.StockCount:
    """A count of a store, entered by its keeper."""
    count = create(m.StockCount, {"warehouse": store}, by=world["keeper"])
    fire(count, "start", by=world["keeper"])
    return fire(count, "submit", by=world["keeper"], lines=said(count.lines, *found))


def sold_out(world: World, part: m.Part, store: m.Warehouse, quantity: str) -> None:
    """All of a part leaves the store: its books hold nothing any more."""
    paper = sale(
        world, world.company(credit_limit=D(99_999)), store, (part, quantity, "300"), settle_way=SettleWay.CREDIT
    )
    fire(paper, "approve", by=world["gm"])
    out = world.row(m.PartOutbound, sale_id=paper.id)
    fire(out, "ship", by=world["keeper"], lines=said(out.lines, quantity))


@on_both
def test_pieces_found_where_the_books_hold_nothing_are_worth_what_they_cost_last(world: World) -> None:
    """Opened at 60.00, bought at 113.00 with tax: 2 found are worth 200.00, in this store or another; was 0.00."""
    main, branch = open_stores(world)
    part = new_part(world)
    opening(world, part, main, "1", "60.00")
    order = ordered(world, main, (part, "3", "113"))
    receipt = world.row(m.InboundReceipt, order_id=order.id)
    fire(receipt, "receive", by=world["keeper"], lines=said(receipt.lines, "3"))
    opening(world, part, branch, "1", "0.00")  # given for nothing: says nothing of what a piece is worth
    sold_out(world, part, main, "4")
    count = counted(world, main, "2")
    assert count.lines[0].difference_amount == D("200.00")
    fire(count, "approve", by=world["finance"])
    assert shelf(world, part, main) == (D(2), D(0), D("200.00"))


@on_both
def test_what_was_never_bought_comes_in_for_nothing_only_when_the_approver_says_so(world: World) -> None:
    main, _ = open_stores(world)
    part = new_part(world)
    opening(world, part, main, "1", "0.00")
    count = counted(world, main, "3")
    with pytest.raises(MissingData, match=r"LX-1.*0\.00") as fault:
        fire(count, "approve", by=world["finance"])
    assert fault.value.field == "worth_nothing"
    assert world.row(m.StockCount).state is CountState.REVIEWING
    fire(count, "approve", by=world["finance"], worth_nothing=True)
    assert shelf(world, part, main) == (D(3), D(0), D("0.00"))


def test_a_purchase_that_was_reversed_tells_no_price(world: World) -> None:
    main, _ = open_stores(world)
    part = new_part(world)
    opening(world, part, main, "1", "60.00")
    order = ordered(world, main, (part, "1", "113"))
    receipt = world.row(m.InboundReceipt, order_id=order.id)
    fire(receipt, "receive", by=world["keeper"], lines=said(receipt.lines, "1"))
    fire(receipt, "reverse", by=world["finance"], reason="送错")
    assert world.row(m.InboundReceipt, id=receipt.id).state is InboundReceiptState.REVERSED
    sold_out(world, part, main, "1")
    assert counted(world, main, "1").lines[0].difference_amount == D("60.00")


@on_both
def test_a_count_below_what_is_promised_names_the_papers_that_hold_it(world: World) -> None:
    """Four are promised to a sale, two are there: the sale and its outbound are named; cancelled, the count is booked."""
    main, _ = open_stores(world)
    part = new_part(world)
    opening(world, part, main, "5", "500.00")
    paper = sale(world, world.company(credit_limit=D(99_999)), main, (part, "4", "300"), upto="approve")
    out = world.row(m.PartOutbound, sale_id=paper.id)
    count = counted(world, main, "2")
    with pytest.raises(NotEnoughStock, match=f"{out.number} / {paper.number}"):
        fire(count, "approve", by=world["finance"])
    fire(paper, "cancel", by=world["clerk"], reason="货不够")
    fire(count, "approve", by=world["finance"])
    assert shelf(world, part, main) == (D(2), D(0), D("200.00"))
