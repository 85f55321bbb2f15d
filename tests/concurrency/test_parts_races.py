"""Parts and two people at once, on PostgreSQL with real connections: what is there is given away once."""

from __future__ import annotations

import datetime as dt
from html import unescape
from typing import Any

import pytest

from app import models as m
from app.database import db
from app.enums import (
    CountState,
    InboundReceiptState,
    QuotationState,
    ReceivableKind,
    SaleState,
)
from app.unit_of_work import create, fire
from tests.books import check_books
from tests.concurrency.test_races import at_once as race
from tests.concurrency.test_races import same
from tests.kit import D, World, on_postgres
from tests.parts import agreed, new_part, open_stores, opening, ordered, said, sale, shelf

pytestmark = on_postgres
Shop = tuple[m.Part, m.Warehouse, m.Customer]


def at_once(world: World, jobs: list[Any]) -> list[Any]:
    """What each job came to; the caller's session forgets what it knew before."""
    results = race(world, jobs)
    db.session.rollback()
    return results


@pytest.fixture
def shop(world: World) -> Shop:
    """Ten filters worth 1,000.00 on the main shelf and a customer with a long credit line."""
    main, _ = open_stores(world)
    part = new_part(world)
    opening(world, part, main, "10", "1000.00")
    return part, main, world.company(credit_limit=D(1_000_000))


def test_ten_in_stock_are_promised_three_at_a_time_exactly_three_times(world: World, shop: Shop) -> None:
    part, main, customer = shop
    papers = [sale(world, customer, main, (part, "3", "180")) for _ in range(8)]
    results = at_once(world, [(world["gm"], same(m.PartSale, p.id, "approve")) for p in papers])
    assert results.count(True) == 3
    assert all("LX-1" in r and "1" in r for r in results if r is not True)
    assert shelf(world, part, main) == (D(10), D(9), D("1000.00"))
    assert len(world.rows(m.PartOutbound)) == len(world.rows(m.Receivable)) == 3
    check_books()


def test_eight_outbounds_of_promised_parts_leave_each_once(world: World, shop: Shop) -> None:
    """Three sales hold nine of the ten; eight presses of “ship” on their papers send exactly those nine."""
    part, main, customer = shop
    for _ in range(3):
        sale(world, customer, main, (part, "3", "180"), upto="approve")
    papers = [(p.id, said(p.lines, "3")) for p in world.rows(m.PartOutbound)]
    jobs = [papers[n % 3] for n in range(8)]
    results = at_once(world, [(world["keeper"], same(m.PartOutbound, i, "ship", lines=told)) for i, told in jobs])
    assert results.count(True) == 3
    assert shelf(world, part, main) == (D(1), D(0), D("100.00"))
    assert sum(s.cost_amount for s in world.rows(m.PartSale)) == D("900.00")
    check_books()


def test_one_delivery_is_received_once_and_owed_once(world: World, shop: Shop) -> None:
    part, main, _ = shop
    ordered(world, main, (part, "20", "135.60"))
    paper = world.row(m.InboundReceipt)
    job = same(m.InboundReceipt, paper.id, "receive", lines=said(paper.lines, "12"))
    assert at_once(world, [(world["keeper"], job)] * 4).count(True) == 1
    assert shelf(world, part, main) == (D(22), D(0), D("2440.00"))
    assert [p.amount for p in world.rows(m.Payable)] == [D("1627.20")]
    waiting = world.row(m.InboundReceipt, state=InboundReceiptState.PENDING)
    assert waiting.lines[0].planned_quantity == D(8)
    check_books()


def test_a_delivery_is_taken_back_once_though_its_parts_are_wanted(world: World, shop: Shop) -> None:
    """Reversal against approval: whoever is first gets the pieces, the other reads why not."""
    part, main, customer = shop
    ordered(world, main, (part, "5", "113"))
    paper = world.row(m.InboundReceipt)
    fire(paper, "receive", by=world["keeper"], lines=said(paper.lines, "5"))
    wanted = sale(world, customer, main, (part, "12", "180"))
    jobs = [
        (world["finance"], same(m.InboundReceipt, paper.id, "reverse", reason="x")),
        (world["gm"], same(m.PartSale, wanted.id, "approve")),
    ]
    results = at_once(world, jobs)
    assert results.count(True) == 1
    quantity, reserved, _ = shelf(world, part, main)
    assert (quantity, reserved) == ((D(10), D(0)) if results[0] is True else (D(15), D(12)))
    check_books()


def test_fifty_sales_are_approved_in_bulk_and_the_bad_one_is_named(world: World, shop: Shop) -> None:
    """Each row is its own transaction; one that fails blocks nobody and says why."""
    part, main, customer = shop
    other = new_part(world, "LX-2")
    opening(world, other, main, "49", "490.00")
    papers = [sale(world, customer, main, (part if n == 24 else other, "11" if n == 24 else "1", "20")) for n in range(50)]  # fmt: skip
    ids, bad = [p.id for p in papers], papers[24].number
    db.session.remove()
    answer = world.browser("gm").post("/partsaleview/action_post", {"action": "approve", "rowid": ids, "asked": "1"})
    page = unescape(answer.get_data(as_text=True))
    assert answer.status_code == 200
    part, other = (world.row(m.Part, part_number=number) for number in ("LX-1", "LX-2"))
    main = world.row(m.Warehouse, code="ZK")
    states = {s.number: s.state for s in world.rows(m.PartSale)}
    assert [n for n, state in states.items() if state is not SaleState.APPROVED] == [bad]
    assert states[bad] is SaleState.PENDING
    row = next(r for r in page.split("<tr>") if bad in r)
    assert "LX-1" in row and "10" in row and "11" in row
    assert page.count('badge green"') == 49 and page.count('badge red"') == 1
    assert shelf(world, other, main) == (D(49), D(49), D("490.00")) and shelf(world, part, main)[1] == D(0)
    check_books()


def test_a_quotation_is_used_by_one_of_two_sales(world: World, shop: Shop) -> None:
    part, main, customer = shop
    quotation = agreed(world, customer, (part, "2", "180"))
    walk_in = world.row(m.SaleType, code="walk_in")
    values = {"quotation": quotation, "sale_type": walk_in, "warehouse": main}
    papers = [create(m.PartSale, values, by=world["sales1"]) for _ in range(2)]
    results = at_once(world, [(world["sales1"], same(m.PartSale, p.id, "submit")) for p in papers])
    assert results.count(True) == 1
    assert quotation.number in next(r for r in results if r is not True)
    assert world.row(m.PartQuotation, id=quotation.id).state is QuotationState.USED
    states = sorted(s.state.name for s in world.rows(m.PartSale))
    assert states == ["DRAFT", "PENDING"]
    check_books()


def test_a_credit_limit_is_not_passed_by_two_approvals_at_once(world: World, shop: Shop) -> None:
    part, main, _ = shop
    customer = world.company("sales1", 2, credit_limit=D(1000))
    papers = [sale(world, customer, main, (part, "1", "600")) for _ in range(4)]
    results = at_once(world, [(world["gm"], same(m.PartSale, p.id, "approve")) for p in papers])
    assert results.count(True) == 1
    assert sum(d.amount for d in world.rows(m.Receivable, kind=ReceivableKind.PART)) == D("600.00")
    check_books()


def test_a_count_is_approved_while_parts_want_to_leave(world: World, shop: Shop) -> None:
    """While the store is counted nothing leaves; afterwards what is really there does: a loss is booked once."""
    part, main, customer = shop
    sale(world, customer, main, (part, "3", "180"), upto="approve")
    paper = world.row(m.PartOutbound)
    told = said(paper.lines, "3")
    count = create(m.StockCount, {"warehouse": main}, by=world["keeper"])
    fire(count, "start", by=world["keeper"])
    fire(count, "submit", by=world["keeper"], lines=said(count.lines, "8"))
    jobs = [
        (world["gm"], same(m.StockCount, count.id, "approve")),
        (world["finance"], same(m.StockCount, count.id, "approve")),
        *[(world["keeper"], same(m.PartOutbound, paper.id, "ship", lines=told))] * 4,
    ]
    results = at_once(world, jobs)
    assert results[:2].count(True) == 1 and results[2:].count(True) <= 1
    left = (D(5), D(0), D("500.00")) if results[2:].count(True) else (D(8), D(3), D("800.00"))
    assert shelf(world, part, main) == left
    check_books()


@pytest.mark.parametrize("_again", range(4))
def test_a_count_begins_while_parts_leave_and_its_books_are_those_of_the_shelf(
    world: World, shop: Shop, _again: int
) -> None:
    """What was noted down when the store was stopped is what stood there: no piece is counted as lost that was sold."""
    part, main, customer = shop
    for _ in range(3):
        sale(world, customer, main, (part, "3", "180"), upto="approve")
    papers = [(p.id, said(p.lines, "3")) for p in world.rows(m.PartOutbound)]
    count = create(m.StockCount, {"warehouse": main}, by=world["keeper"])
    jobs = [(world["keeper"], same(m.PartOutbound, i, "ship", lines=told)) for i, told in papers]
    jobs.insert(_again, (world["keeper"], same(m.StockCount, count.id, "start")))
    results = at_once(world, jobs)
    assert results[_again] is True
    line = world.row(m.StockCount, id=count.id, state=CountState.COUNTING).lines[0]
    assert (line.book_quantity, line.book_amount) == shelf(world, part, main)[::2]
    check_books()


def test_eight_returns_at_once_take_back_no_more_than_left(world: World, shop: Shop) -> None:
    part, main, customer = shop
    sold = sale(world, customer, main, (part, "7", "180"), upto="approve")
    paper = world.row(m.PartOutbound)
    fire(paper, "ship", by=world["keeper"], lines=said(paper.lines, "7"))
    line = world.row(m.SaleLine)
    papers = [
        create(
            m.SaleReturn,
            {"sale": sold, "warehouse": main, "reason": "x", "lines": [{"sale_line": line, "quantity": D(2)}]},
            by=world["clerk"],
        )
        for _ in range(8)
    ]
    results = at_once(world, [(world["keeper"], same(m.SaleReturn, p.id, "receive")) for p in papers])
    assert results.count(True) == 3
    assert all("1" in r for r in results if r is not True)
    line = world.row(m.SaleLine)
    assert (line.returned_quantity, line.returned_cost) == (D(6), D("600.00"))
    assert shelf(world, part, main) == (D(9), D(0), D("900.00"))
    check_books()


def test_one_return_is_refunded_once(world: World, shop: Shop) -> None:
    part, main, customer = shop
    sold = sale(world, customer, main, (part, "5", "180"), upto="approve")
    paper = world.row(m.PartOutbound)
    fire(paper, "ship", by=world["keeper"], lines=said(paper.lines, "5"))
    debt = world.row(m.Receivable)
    world.paid(customer, [(debt, "900")])
    lines = [{"sale_line": world.row(m.SaleLine), "quantity": D(2)}]
    back = create(m.SaleReturn, {"sale": sold, "warehouse": main, "reason": "x", "lines": lines}, by=world["clerk"])
    fire(back, "receive", by=world["keeper"])
    account = world.rows(m.FundAccount)[0].id
    job = same(m.SaleReturn, back.id, "refund", account=(m.FundAccount, account))
    assert at_once(world, [(world["finance"], job)] * 4).count(True) == 1
    assert sum(e.amount for e in world.rows(m.CashEntry) if e.origin == "SaleReturn") == D("-360.00")
    check_books()


def test_a_sale_is_cancelled_or_shipped_but_never_both(world: World, shop: Shop) -> None:
    part, main, customer = shop
    sold = sale(world, customer, main, (part, "3", "180"), upto="approve", due_on=dt.date(2025, 4, 1))
    paper = world.row(m.PartOutbound)
    jobs = [
        (world["keeper"], same(m.PartOutbound, paper.id, "ship", lines=said(paper.lines, "3"))),
        (world["clerk"], same(m.PartSale, sold.id, "cancel", reason="x")),
    ]
    results = at_once(world, jobs * 2)
    assert results.count(True) == 1
    assert shelf(world, part, main)[:2] == ((D(7), D(0)) if True in results[::2] else (D(10), D(0)))
    check_books()
