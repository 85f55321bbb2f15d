"""Two at the same pieces, on PostgreSQL with real connections: nothing is promised twice, nothing is bought twice."""

from __future__ import annotations

from typing import Any

import pytest

from app import clock, unit_of_work
from app import models as m
from app.database import db
from app.enums import ProposalState, PurchaseReturnState, PurchaseState, SaleState
from app.unit_of_work import fire
from app.workflows.parts import proposal
from tests.books import check_books
from tests.concurrency import test_races
from tests.concurrency.test_races import same
from tests.kit import D, World, on_postgres
from tests.parts import said
from tests.workflows.test_back_order import Story

pytestmark = on_postgres


def at_once(world: World, jobs: list[Any]) -> list[Any]:
    """As in test_races; what this session remembers of the rows is forgotten afterwards."""
    results = test_races.at_once(world, jobs)
    db.session.rollback()
    return results


class Both(Story):
    """Sales and purchase returns of the same part."""

    def returning(self, quantity: str) -> m.PurchaseReturn:
        from app.unit_of_work import create

        w = self.world
        paper = create(
            m.PurchaseReturn,
            {"receipt": w.row(m.InboundReceipt), "reason": "x",
             "lines": [{"receipt_line": w.row(m.InboundLine), "quantity": D(quantity)}]},
            by=w["buyer"],
        )  # fmt: skip
        return fire(paper, "submit", by=w["buyer"])


def test_a_return_and_a_sale_do_not_share_pieces(world: World) -> None:
    p = Both(world)
    back, sale = p.returning("6"), p.sale("6")
    results = at_once(
        world,
        [
            (world["finance"], same(m.PurchaseReturn, back.id, "approve")),
            (world["sales_manager"], same(m.PartSale, sale.id, "approve")),
        ],
    )
    assert results.count(True) == 1 and p.stock() == (D(10), D(6))
    check_books()


def test_two_returns_do_not_share_pieces_of_a_receipt(world: World) -> None:
    p = Both(world)
    papers = [p.returning("3") for _ in range(8)]
    p.bought("100")  # enough on the shelf: only the receipt is short
    results = at_once(world, [(world["finance"], same(m.PurchaseReturn, x.id, "approve")) for x in papers])
    assert results.count(True) == 3 and p.stock() == (D(110), D(9))
    for paper in papers:
        if world.row(m.PurchaseReturn, id=paper.id).state is PurchaseReturnState.APPROVED:
            fire(paper, "ship", by=world["keeper"])
    assert p.stock() == (D(101), D(0))
    check_books()


def test_a_refund_arrives_once(world: World) -> None:
    p = Both(world)
    debt = world.row(m.Payable)
    from tests.workflows.test_purchase_return import Story as Paying

    Paying.paid(p, world.row(m.InboundReceipt), str(debt.amount))  # type: ignore[arg-type]
    back = p.returning("2")
    fire(back, "approve", by=world["finance"])
    ship = at_once(world, [(world["keeper"], same(m.PurchaseReturn, back.id, "ship"))] * 4)
    account = world.rows(m.FundAccount)[0]
    collect = same(m.PurchaseReturn, back.id, "collect", account=(m.FundAccount, account.id))
    assert ship.count(True) == at_once(world, [(world["finance"], collect)] * 4).count(True) == 1
    assert [e.amount for e in world.rows(m.CashEntry, origin="PurchaseReturn")] == [D("226.00")]
    check_books()


def test_eight_approvals_of_three_on_ten_are_exactly_three(world: World) -> None:
    p = Both(world)
    sales = [p.sale("3") for _ in range(8)]
    results = at_once(world, [(world["sales_manager"], same(m.PartSale, s.id, "approve")) for s in sales])
    assert results.count(True) == 3 and p.stock() == (D(10), D(9))
    check_books()


def test_eight_approvals_despite_a_shortage_promise_ten_and_wait_for_fourteen(world: World) -> None:
    p = Both(world)
    sales = [p.sale("3") for _ in range(8)]
    job: Any = [(world["sales_manager"], same(m.PartSale, s.id, "approve", despite_shortage=True)) for s in sales]
    assert at_once(world, job) == [True] * 8
    assert p.stock() == (D(10), D(10)) and sum(p.waits(s) for s in sales) == D(14)
    assert world.row(m.PurchaseProposal, state=ProposalState.OPEN).quantity == D(14)
    check_books()


def test_goods_that_arrive_while_the_sale_is_cancelled_stay_free(world: World) -> None:
    p = Both(world)
    for _ in range(3):
        sale = p.approved("60")
        receipt = world.row(m.InboundReceipt, order_id=p.ordered((p.hydraulic, "4", "113")).id)
        lines = [{"id": receipt.lines[0].id, "quantity": D(4)}]
        results = at_once(
            world,
            [
                (world["keeper"], same(m.InboundReceipt, receipt.id, "receive", lines=lines)),
                (world["sales1"], same(m.PartSale, sale.id, "cancel", reason="客户不要了")),
            ],
        )
        assert results == [True, True]
        assert world.row(m.PartSale, id=sale.id).state is SaleState.CANCELLED
        assert p.stock()[1] == D(0)
        check_books()


def test_shipping_and_cancelling_one_sale_never_wait_for_each_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both lock the sale before its outbound paper: whoever is second reads a sentence, and PostgreSQL kills nobody."""
    retried: list[str] = []
    monkeypatch.setattr(unit_of_work, "_may_retry", lambda fault, n: bool(retried.append(str(fault))))
    p = Both(world)
    p.bought("90")
    for _ in range(12):
        sale = p.approved("4")
        paper = world.row(m.PartOutbound, sale_id=sale.id)
        lines = said(paper.lines, "4")
        ship = (world["keeper"], same(m.PartOutbound, paper.id, "ship", lines=lines))
        cancel = (world["sales1"], same(m.PartSale, sale.id, "cancel", reason="客户不要了"))
        assert at_once(world, [ship, cancel, cancel]).count(True) == 1
    assert not retried
    check_books()


def test_proposals_ordered_at_once_are_lines_of_one_order(world: World) -> None:
    p = Both(world)
    parts = [p.hydraulic] + [p.part(f"LX-{n}", f"滤芯{n}") for n in range(5)]
    for part in parts[1:]:
        p.received(world.row(m.InboundReceipt, order_id=p.ordered((part, "1", "10")).id), "1")
    for part in parts:
        p.minimum("20", "30", part)
    assert p.look() == 6
    rows = world.rows(m.PurchaseProposal)
    jobs = [(world["buyer"], same(m.PurchaseProposal, r.id, "order")) for r in rows]
    assert at_once(world, jobs) == [True] * 6
    draft = world.row(m.PurchaseOrder, state=PurchaseState.DRAFT)
    assert len(draft.lines) == 6 and draft.gross_amount == D("3710.00")
    once = [(world["buyer"], same(m.PurchaseProposal, rows[0].id, "order"))] * 4
    assert at_once(world, once).count(True) == 0
    check_books()


def test_eight_looks_at_once_propose_once(world: World) -> None:
    p = Both(world)
    p.minimum("12", "40")

    store = p.main.id

    def look() -> None:
        fire(db.session.get(m.Warehouse, store), "propose")

    at_once(world, [(world["buyer"], look)] * 8)
    assert [r.quantity for r in world.rows(m.PurchaseProposal)] == [D(30)]
    with clock.on(clock.today()):
        assert proposal.propose_low_stock(clock.today()) == 1
    check_books()
