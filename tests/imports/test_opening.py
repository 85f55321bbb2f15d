"""Opening stock from Excel: through the stock ledger, by a paper, once per part and warehouse."""

from __future__ import annotations

import pytest

from app import models as m
from app.actor import SYSTEM, acting_as
from app.database import db
from app.enums import JobState, ReceiptOfPartsKind, StockMovement
from app.unit_of_work import fire
from app.workflows.parts import opening
from tests.books import check_books
from tests.kit import D, World, on_both

from .kit import book, checked, count, imported, parts_file, stores

HEADS = ["配件", "仓库", "库存数量", "不含税单位成本（元）", "库存金额（元）", "货位"]


@pytest.fixture
def dealer(site: World) -> World:
    stores(site)
    imported(site, "buyer", parts_file(12))
    return site


def hand(dealer: World, rows: list[list[object]], *, yes: bool = True) -> m.Job:
    return (imported if yes else checked)(
        dealer, "finance", book(HEADS, rows), screen="StockBalanceView", name="期初.xlsx"
    )


@on_both
def test_opening_stock_is_in_the_books_to_the_cent(dealer: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "MOST_LINES", 5)
    rows: list[list[object]] = [[f"DR-{n:06d}", "配件总库", 3, "33.335", None, "a-1"] for n in range(1, 13)]
    rows += [["dr000001", "PJ2", 1.5, None, "10.01", None]]
    done = hand(dealer, rows)
    assert done.state is JobState.DONE, done.message
    with dealer.app.app_context(), acting_as(SYSTEM):
        papers = dealer.rows(m.InboundReceipt)
        assert [len(p.lines) for p in papers] == [5, 5, 2, 1]
        assert {p.kind for p in papers} == {ReceiptOfPartsKind.OPENING}
        one = dealer.row(
            m.StockBalance, part_id=dealer.row(m.Part, part_number="DR-000001").id, warehouse_id=papers[0].warehouse_id
        )
        assert (one.quantity, one.amount, one.bin.code) == (
            D(3),
            D("100.01"),
            "A-1",
        )  # 100.005 is rounded once, half up
        assert sum(b.amount for b in dealer.rows(m.StockBalance)) == D("1210.13")
        assert {move.movement for move in dealer.rows(m.StockMove)} == {StockMovement.OPENING}
        check_books()


def test_what_moved_already_is_not_opened_again(dealer: World) -> None:
    hand(dealer, [["DR-000001", "PJ1", 3, 10, None, None]])
    again = hand(dealer, [["DR-000001", "PJ1", 3, 10, None, None], ["DR-000001", "PJ2", 3, 10, None, None]], yes=False)
    assert again.faults == ["第 2 行“配件”：在这个仓库已有出入库记录，请用盘点调整"]
    assert count(dealer, m.StockMove) == 1


def test_every_bad_cell_of_opening_stock_is_named(dealer: World) -> None:
    rows: list[list[object]] = [
        ["DR-000001", "PJ1", 0, 10, None, None],
        ["DR-000002", "PJ1", 1, None, None, "Z-9"],
        ["DR-000003", "PJ1", 3, 10, 31, None],
        ["DR-000003", "配件总库", 1, 10, None, None],
        ["没有", "合肥", "一", 10, None, None],
        ["DR-000004", None, "1.2345", 10, None, None],
    ]
    one = hand(dealer, rows, yes=False)
    assert one.faults == [
        "第 2 行“库存数量”：必须大于零",
        "第 3 行“货位”：这个仓库没有这个货位",
        "第 3 行“不含税单位成本”：请填写单位成本或库存金额",
        "第 4 行“库存金额”：与数量 × 单位成本不符，两者只填一个即可",
        "第 5 行“配件”：与第 4 行重复",
        "第 6 行“配件”：“没有”不存在，或不在您的范围内",
        "第 6 行“库存数量”：“一”不是数字，请重新填写",
        "第 6 行“仓库”：“合肥”不存在，或不在您的范围内",
        "第 7 行“库存数量”：最多保留 3 位小数",
        "第 7 行“仓库”：请填写仓库",
    ]
    assert count(dealer, m.StockMove) == count(dealer, m.StockBalance) == count(dealer, m.InboundReceipt) == 0


def test_an_opening_paper_is_reversed_like_any_other(dealer: World) -> None:
    hand(dealer, [["DR-000001", "PJ1", 3, 10, None, None]])
    with dealer.app.app_context():
        paper = dealer.row(m.InboundReceipt)
        fire(paper, "reverse", by=dealer["finance"], reason="录错了")
        with acting_as(SYSTEM):
            assert [b.quantity for b in dealer.rows(m.StockBalance)] == [D(0)]
            check_books()
        db.session.remove()
