"""欠货先批 and 采购建议: what is missing waits, what arrives goes to the oldest, what is needed is proposed once."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from app import clock
from app import models as m
from app.actor import SYSTEM, acting_as
from app.database import db
from app.enums import (
    OutboundState,
    ProposalCause,
    ProposalState,
    PurchaseState,
    SaleState,
    SettleWay,
    ShipState,
    ShortageState,
)
from app.errors import MissingData, NotAllowed, NotEnoughStock, NotYours, WrongAmount, WrongState
from app.unit_of_work import change, create, fire
from app.workflows.parts import proposal
from tests.kit import START, D, World, on_both
from tests.scenarios.test_a2 import Parts
from tests.stories import hire


class Story(Parts):
    """A part of which ten are there, bought from one supplier at 113.00; customers with credit."""

    def __init__(self, world: World, there: str = "10") -> None:
        super().__init__(world)
        self.hydraulic = self.part("LX-1001", "液压滤芯")
        self.count = 0
        if there != "0":
            self.bought(there)

    def bought(self, quantity: str, price: str = "113") -> m.InboundReceipt:
        receipt = self.world.row(m.InboundReceipt, order_id=self.ordered((self.hydraulic, quantity, price)).id)
        self.received(receipt, quantity)
        return receipt

    def sale(self, quantity: str, part: m.Part | None = None) -> m.PartSale:
        """Submitted, on account, waiting for the sales manager."""
        w, self.count = self.world, self.count + 1
        customer = w.company(number=self.count, credit_limit=D(100000))
        quotation = create(
            m.PartQuotation,
            {"customer": customer, "valid_until": dt.date(2025, 4, 30),
             "lines": [{"part": part or self.hydraulic, "quantity": D(quantity), "unit_price": D(180)}]},
            by=w["sales1"],
        )  # fmt: skip
        fire(quotation, "send", by=w["sales1"])
        fire(quotation, "agree", by=w["sales1"], agreed_by="客户", agreed_proof="微信")
        sale = create(
            m.PartSale,
            {"quotation": quotation, "sale_type": w.row(m.SaleType, code="walk_in"), "warehouse": self.main,
             "settle_way": SettleWay.CREDIT},
            by=w["sales1"],
        )  # fmt: skip
        return fire(sale, "submit", by=w["sales1"])

    def approved(self, quantity: str, despite: bool = True) -> m.PartSale:
        return fire(self.sale(quantity), "approve", by=self.world["sales_manager"], despite_shortage=despite)

    def stock(self) -> tuple[Any, Any]:
        row = self.world.row(m.StockBalance, part_id=self.hydraulic.id, warehouse_id=self.main.id)
        return row.quantity, row.reserved

    def waits(self, sale: m.PartSale) -> Any:
        rows = self.world.rows(m.SaleShortage, sale_id=sale.id)
        return sum((r.open_quantity for r in rows), D(0))

    def papers(self, sale: m.PartSale) -> list[Any]:
        return [
            sum(line.planned_quantity for line in paper.lines)
            for paper in self.world.rows(m.PartOutbound, sale_id=sale.id, state=OutboundState.PENDING)
        ]

    def minimum(self, least: str, most: str, part: m.Part | None = None) -> None:
        change(part or self.hydraulic, {"min_stock": D(least), "max_stock": D(most)}, by=self.world["buyer"])

    def look(self) -> int:
        with acting_as(SYSTEM):
            count = proposal.propose_low_stock(clock.today())
            db.session.commit()
            return count

    def open_one(self) -> m.PurchaseProposal:
        return self.world.row(m.PurchaseProposal, state=ProposalState.OPEN)


@on_both
def test_what_is_missing_waits_and_is_reserved_when_it_comes(world: World) -> None:
    """Ten there, fourteen sold: ten are promised, four wait and are proposed; three come, then five."""
    p = Story(world)
    with pytest.raises(NotEnoughStock, match="10"):
        p.approved("14", despite=False)
    sale = p.approved("14")
    assert p.stock() == (D(10), D(10)) and p.waits(sale) == D(4) and p.papers(sale) == [D(10)]
    assert world.row(m.Receivable, sale_id=sale.id).amount == D("2520.00")
    wanted = p.open_one()
    assert (wanted.quantity, wanted.cause) == (D(4), ProposalCause.SHORTAGE)
    assert (wanted.supplier_id, wanted.unit_price) == (p.supplier.id, D("113.00"))
    assert (wanted.on_hand, wanted.reserved, wanted.waiting, wanted.on_order) == (D(10), D(10), D(4), D(0))
    p.bought("3")
    assert p.stock() == (D(13), D(13)) and p.waits(sale) == D(1) and p.papers(sale) == [D(10), D(3)]
    p.bought("5")
    assert p.stock() == (D(18), D(14)) and p.waits(sale) == D(0) and p.papers(sale) == [D(10), D(3), D(1)]
    assert world.row(m.SaleShortage, sale_id=sale.id).state is ShortageState.SERVED
    for paper in world.rows(m.PartOutbound, sale_id=sale.id):
        lines = [{"id": line.id, "quantity": line.planned_quantity} for line in paper.lines]
        fire(paper, "ship", by=world["keeper"], lines=lines)
    assert p.stock() == (D(4), D(0))
    assert world.row(m.PartSale, id=sale.id).ship_state is ShipState.ALL
    notices = [n for n in world.rows(m.Notification, to_id=world["keeper"].employee_id) if n.entity == "PartOutbound"]
    assert len(notices) == 3


@on_both
def test_the_oldest_sale_is_served_first_and_the_shelf_cannot_overtake(world: World) -> None:
    p = Story(world)
    old, young = p.approved("13"), p.approved("2")
    assert (p.waits(old), p.waits(young)) == (D(3), D(2))
    shelf = p.sale("1")
    p.bought("4")
    assert (p.waits(old), p.waits(young)) == (D(0), D(1))
    with pytest.raises(NotEnoughStock):
        fire(shelf, "approve", by=world["sales_manager"])
    p.bought("2")
    assert p.waits(young) == D(0)
    fire(shelf, "approve", by=world["sales_manager"])
    assert p.stock() == (D(16), D(16))


def test_a_sale_serves_who_waited_before_it_takes_for_itself(world: World) -> None:
    """Pieces that became free in some other way are still the older sale's."""
    p = Story(world)
    old, two, one = p.approved("13"), p.sale("2"), p.sale("1")
    p.opening(p.hydraulic, "4", "400.00")
    assert p.waits(old) == D(3)
    with pytest.raises(NotEnoughStock):
        fire(two, "approve", by=world["sales_manager"])
    fire(one, "approve", by=world["sales_manager"])
    assert p.waits(old) == D(0) and p.stock() == (D(14), D(14))


@on_both
def test_a_cancelled_sale_leaves_everything_and_the_next_one_gets_it(world: World) -> None:
    p = Story(world)
    first, second = p.approved("12"), p.approved("5")
    assert (p.waits(first), p.waits(second)) == (D(2), D(5))
    fire(first, "cancel", by=world["sales1"], reason="客户不要了")
    assert world.row(m.PartSale, id=first.id).state is SaleState.CANCELLED
    assert world.row(m.SaleShortage, sale_id=first.id).state is ShortageState.CANCELLED
    assert (p.waits(second), p.papers(second), p.papers(first)) == (D(0), [D(5)], [])
    assert p.stock() == (D(10), D(5))
    fire(second, "cancel", by=world["sales1"], reason="也不要了")
    assert p.stock() == (D(10), D(0))


def test_a_returned_and_a_transferred_piece_serve_who_waits(world: World) -> None:
    p = Story(world)
    paper = create(
        m.PurchaseReturn,
        {"receipt": world.row(m.InboundReceipt), "reason": "x",
         "lines": [{"receipt_line": world.row(m.InboundLine), "quantity": D(4)}]},
        by=world["buyer"],
    )  # fmt: skip
    fire(paper, "submit", by=world["buyer"])
    fire(paper, "approve", by=world["finance"])
    sale = p.approved("8")
    assert p.waits(sale) == D(2)
    fire(paper, "cancel", by=world["buyer"], reason="供应商不收")
    assert p.waits(sale) == D(0) and p.stock() == (D(10), D(8))


def test_only_the_approver_may_accept_a_shortage(world: World) -> None:
    p = Story(world)
    sale = p.sale("14")
    for name in ("sales1", "clerk", "keeper", "buyer"):
        with pytest.raises((NotAllowed, NotYours)):
            fire(sale, "approve", by=world[name], despite_shortage=True)
    assert world.rows(m.SaleShortage) == []


@on_both
def test_low_stock_is_proposed_once_and_follows_the_figures(world: World) -> None:
    """Ten there, at least 12, at most 40: thirty. Six sold: thirty-six. An order of thirty on its way: nothing."""
    p = Story(world)
    p.minimum("10", "40")
    assert p.look() == 0
    p.minimum("12", "40")
    assert (p.look(), p.look()) == (1, 1)
    first = p.open_one()
    assert (first.quantity, first.cause, first.unit_price) == (D(30), ProposalCause.LOW_STOCK, D("113.00"))
    p.approved("6", despite=False)
    p.look()
    again = p.open_one()
    assert (again.id, again.quantity, again.reserved) == (first.id, D(36), D(6))
    change(again, {"quantity": D(50)}, by=world["buyer"])
    p.approved("1", despite=False)
    p.look()
    assert (p.open_one().quantity, p.open_one().needed_quantity) == (D(50), D(37))
    p.ordered((p.hydraulic, "30", "110"))
    assert p.look() == 0
    assert [r.state for r in world.rows(m.PurchaseProposal)] == [ProposalState.LAPSED]


@on_both
def test_several_proposals_become_one_order_per_supplier(world: World) -> None:
    p = Story(world)
    oil = p.part("LX-1002", "机油滤芯")
    seal = p.part("MF-1", "油封")
    for part in (p.hydraulic, oil, seal):
        p.minimum("20", "30", part)
    other = create(m.Supplier, {"name": "油封厂", "kind": m.enums.SupplierKind.PART})
    assert p.look() == 3
    one, two, three = world.rows(m.PurchaseProposal)
    assert (two.supplier_id, two.unit_price, two.quantity) == (None, None, D(30))
    with pytest.raises(MissingData):
        fire(two, "order", by=world["buyer"])
    change(two, {"supplier": p.supplier, "unit_price": D("50")}, by=world["buyer"])
    change(three, {"supplier": other}, by=world["buyer"])
    with pytest.raises(MissingData):
        fire(three, "order", by=world["buyer"])
    change(three, {"unit_price": D("8")}, by=world["buyer"])
    for row in (one, two, three):
        fire(row, "order", by=world["buyer"])
    drafts = world.rows(m.PurchaseOrder, state=PurchaseState.DRAFT)
    assert [(d.supplier_id, [(n.part_id, n.quantity) for n in d.lines], d.gross_amount) for d in drafts] == [
        (p.supplier.id, [(p.hydraulic.id, D(20)), (oil.id, D(30))], D("3760.00")),
        (other.id, [(seal.id, D(30))], D("240.00")),
    ]
    assert [r.order_id for r in world.rows(m.PurchaseProposal)] == [drafts[0].id, drafts[0].id, drafts[1].id]
    with pytest.raises(WrongState):
        fire(one, "order", by=world["buyer"])
    assert p.look() == 0
    fire(drafts[1], "cancel", by=world["buyer"], reason="不买了")
    assert p.look() == 1


def test_an_ignored_proposal_stays_quiet_for_a_week(world: World) -> None:
    p = Story(world)
    p.minimum("12", "40")
    p.look()
    fire(p.open_one(), "ignore", by=world["buyer"], reason="旺季已过")
    assert p.look() == 0
    with clock.on(START + dt.timedelta(days=8)):
        assert p.look() == 1
    fire(p.open_one(), "ignore", by=world["buyer"], reason="再等")
    p.approved("5", despite=False)
    assert p.look() == 1 and p.open_one().quantity == D(35)


def test_a_store_is_looked_through_with_a_button_by_the_buyer_alone(world: World) -> None:
    p = Story(world)
    p.minimum("12", "40")
    for name in ("sales1", "keeper", "finance", "sysadmin"):
        with pytest.raises((NotAllowed, NotYours)):
            fire(p.main, "propose", by=world[name])
    fire(p.main, "propose", by=world["buyer"])
    row = p.open_one()
    with pytest.raises((NotAllowed, NotYours)):
        fire(row, "order", by=world["finance"])
    with pytest.raises(WrongAmount):
        change(row, {"quantity": D(0)}, by=world["buyer"])
    hire(world, "buyer2", "采购二", ["buyer"], number="903")
    fire(row, "order", by=world["buyer2"])
    fire(p.main, "propose", by=world["buyer"])
    assert world.rows(m.PurchaseProposal, state=ProposalState.OPEN) == []


def test_a_shelf_with_its_own_minimum_is_watched_wherever_it_stands(world: World) -> None:
    """The part has no minimum; the keeper wants 12 here: 10 are there, 2 are proposed. His 0 silences the part's 20."""
    s = Story(world)
    shelf = world.row(m.StockBalance, part_id=s.hydraulic.id, warehouse_id=s.main.id)
    fire(shelf, "shelve", by=world["keeper"], min_quantity=D(12))
    with acting_as(SYSTEM):
        proposal.propose_low_stock(START)
        db.session.commit()
    made = world.row(m.PurchaseProposal)
    assert (made.needed_quantity, made.state) == (D(2), ProposalState.OPEN)
    with acting_as(SYSTEM):
        change(world.row(m.Part, id=s.hydraulic.id), {"min_stock": D(20)}, by=world["buyer"])
    fire(world.row(m.StockBalance, id=shelf.id), "shelve", by=world["keeper"], min_quantity=D(0))
    with acting_as(SYSTEM):
        proposal.propose_low_stock(START)
        db.session.commit()
    assert world.row(m.PurchaseProposal).state is ProposalState.LAPSED
