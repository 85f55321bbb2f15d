"""Work order, 我的部件, three ways of fulfilment, consumption, debt, return: the acceptance story, to the cent and the piece."""

from __future__ import annotations

import datetime as dt

import pytest

from app import clock
from app import models as m
from app.enums import (
    AccountKind,
    ChargeKind,
    ClaimState,
    EmergencyState,
    FulfilMode,
    FundKind,
    InboundReceiptState,
    OldPartState,
    PurchaseState,
    ReceiptOfPartsKind,
    ReceivableKind,
    RequestLineState,
    RequestState,
    StockMovement,
    TransferKind,
    TransferState,
    VisitState,
    WorkOrderState,
)
from app.errors import NotAllowed, NotEnoughStock, NotYours, WrongState
from app.unit_of_work import create, fire, together
from app.workflows.service import rating
from tests.asked import SERVICE, answered, link, visit_of
from tests.books import check_books
from tests.kit import D, World, on_both
from tests.vans import Vans

L = RequestLineState


def sold(world: World) -> tuple[m.Customer, m.MachineUnit]:
    """The machine of A1, delivered half a year ago and in warranty."""
    with clock.on(dt.date(2024, 9, 5)):
        customer, unit = world.company(), world.unit()
        contract = world.approved(world.contract(customer, world.contact(), unit))
        owed = world.debts(contract)
        world.paid(customer, [(owed["DEPOSIT"], "20000"), (owed["BALANCE"], "1030000")])
        fire(contract, "dispatch", by=world["clerk"], line=world.row(m.ContractLine, contract_id=contract.id),
             receiver="王建国", is_checked=True, hour_meter=D(5))  # fmt: skip
    return customer, world.row(m.MachineUnit, id=unit.id)


def all_of(paper: m.StockTransfer) -> list[dict[str, object]]:
    return [{"id": line.id, "quantity": line.quantity} for line in paper.lines]


@on_both
def test_work_order_three_ways_consumption_and_return(world: World) -> None:
    v = Vans(world)
    tech, other, clerk, buyer, keeper = (world[n] for n in ("tech1", "tech2", "clerk", "buyer", "keeper"))
    van = v.van()
    p1, p3, p4 = v.part("LX-1001"), v.part("DP-3001", "履带板", "320"), v.part("CD-4001", "斗齿", "95")
    v.stocked(p1, "20", "2300.00")
    customer, unit = sold(world)
    assert van.name == "李强移动库" and v.shelf(p1, van) == (D(0), D("0.00"))
    # 1
    order = v.at_work(v.order(customer, unit, is_down=True))
    order = v.fresh(order)
    assert order.in_warranty and all((order.assigned_at, order.accepted_at, order.arrived_at))
    with pytest.raises(NotYours):
        fire(order, "suspend", by=other)
    # 2
    request = create(
        m.PartRequest,
        {"work_order": order, "is_urgent": True,
         "lines": [{"part": p1, "quantity": D(3)}, {"part": p3, "quantity": D(1)}, {"part": p4, "quantity": D(2)}]},
        by=tech,
    )  # fmt: skip
    assert request.number == "SQ-20250305-0001" and request.state is RequestState.PENDING
    assert v.fresh(order).state is WorkOrderState.SUSPENDED
    one, three, four = world.rows(m.RequestLine, request_id=request.id)
    # 3
    fire(one, "match", by=clerk, warehouse=v.main)
    issued = world.row(m.StockTransfer, request_id=request.id)
    assert (issued.state, issued.kind) == (TransferState.PENDING, TransferKind.TECH_ISSUE)
    assert world.row(m.StockBalance, part_id=p1.id, warehouse_id=v.main.id).reserved == D(3)
    assert v.fresh(request).state is RequestState.PROCESSING and v.fresh(one).state is L.TO_SHIP
    # 4
    before = len(world.rows(m.StockMove))
    fire(three, "buy", by=buyer, mode=FulfilMode.DIRECT, supplier=v.supplier, unit_price=D(226))
    direct = world.row(m.EmergencyPurchase, part_id=p3.id)
    assert (direct.state, direct.gross_amount) == (EmergencyState.PURCHASING, D("226.00"))
    # 5
    fire(four, "buy", by=buyer, mode=FulfilMode.TO_STORE, supplier=v.supplier, unit_price=D("56.50"), warehouse=v.main)
    via = world.row(m.EmergencyPurchase, part_id=p4.id)
    bought = world.row(m.PurchaseOrder, id=via.order_id)
    expected = world.row(m.InboundReceipt, order_id=bought.id)
    assert bought.state is PurchaseState.APPROVED and bought.gross_amount == D("113.00")
    assert expected.state is InboundReceiptState.PENDING and len(world.rows(m.StockMove)) == before
    # 6
    fire(issued, "ship", by=keeper)
    assert v.shelf(p1, v.main) == (D(17), D("1955.00")) and v.shelf(p1, van) == (D(0), D("0.00"))
    transit = world.row(m.Warehouse, kind=m.enums.WarehouseKind.TRANSIT)
    assert v.shelf(p1, transit) == (D(3), D("345.00")) and v.fresh(one).state is L.IN_TRANSIT
    # 7
    for thief in (other, keeper):
        with pytest.raises(NotYours):
            fire(issued, "receive", by=thief, lines=all_of(issued))
    fire(issued, "receive", by=tech, lines=all_of(issued))
    assert v.shelf(p1, van) == (D(3), D("345.00")) and v.fresh(one).state is L.DONE
    # 8
    with pytest.raises(NotYours):
        fire(direct, "collect", by=other, quantity=D(1))
    fire(direct, "collect", by=tech, quantity=D(1))
    receipt = world.row(m.InboundReceipt, kind=ReceiptOfPartsKind.DIRECT)
    assert (receipt.state, receipt.warehouse_id) == (InboundReceiptState.DONE, van.id)
    assert v.shelf(p3, van) == (D(1), D("200.00")) and v.shelf(p3, v.main) == (D(0), D("0.00"))
    assert [d.amount for d in world.rows(m.Payable)][-1] == D("226.00")
    assert v.fresh(direct).state is EmergencyState.DONE and v.fresh(three).state is L.DONE
    # 9
    fire(expected, "receive", by=keeper, lines=[{"id": expected.lines[0].id, "quantity": D(2)}])
    assert v.shelf(p4, v.main) == (D(2), D("100.00"))
    assert [d.amount for d in world.rows(m.Payable)][-1] == D("113.00")
    second = world.row(m.StockTransfer, id=v.fresh(four).transfer_id)
    assert second.state is TransferState.PENDING and v.fresh(four).state is L.TO_SHIP
    quotation = create(
        m.PartQuotation,
        {"customer": customer, "valid_until": dt.date(2025, 4, 30), "lines": [{"part": p4, "quantity": D(1), "unit_price": D(95)}]},
        by=world["sales1"],
    )  # fmt: skip
    fire(quotation, "send", by=world["sales1"])
    fire(quotation, "agree", by=world["sales1"], agreed_by="王总", agreed_proof="电话")
    sale = create(
        m.PartSale,
        {"quotation": quotation, "sale_type": world.row(m.SaleType, code="walk_in"), "warehouse": v.main},
        by=world["sales1"],
    )
    fire(sale, "submit", by=world["sales1"])
    with pytest.raises(NotEnoughStock):
        fire(sale, "approve", by=world["sales_manager"])
    # 10
    fire(second, "ship", by=keeper)
    fire(second, "receive", by=tech, lines=all_of(second))
    assert v.shelf(p4, v.main) == (D(0), D("0.00")) and v.shelf(p4, van) == (D(2), D("100.00"))
    assert v.fresh(request).state is RequestState.DONE and v.fresh(order).state is WorkOrderState.IN_SERVICE
    supplied = [d for d in world.rows(m.Payable) if d.supplier_id == v.supplier.id]
    assert sum(d.amount for d in supplied) == D("339.00")
    # 11
    for part, quantity, who in (
        (p1, 2, ChargeKind.CUSTOMER),
        (p3, 1, ChargeKind.CUSTOMER),
        (p4, 2, ChargeKind.WARRANTY),
    ):
        fire(order, "consume", by=tech, part=part, quantity=D(quantity), charge_kind=who)
    assert [line.cost_amount for line in world.rows(m.WorkOrderPart)] == [D("230.00"), D("200.00"), D("100.00")]
    assert v.fresh(order).cost_amount == D("530.00") and v.shelf(p1, van) == (D(1), D("115.00"))
    assert v.shelf(p3, van) == v.shelf(p4, van) == (D(0), D("0.00"))
    # 12
    with pytest.raises(NotEnoughStock) as refused:
        fire(order, "consume", by=tech, part=p1, quantity=D(2))
    assert "1" in str(refused.value) and len(world.rows(m.WorkOrderPart)) == 3
    assert v.shelf(p1, van) == (D(1), D("115.00"))
    # 13
    v.finish(order, solution="更换履带板与斗齿", hour_meter=D(610))
    prices = dict(zip((p1.id, p3.id, p4.id), (D(180), D(320), D(0)), strict=True))
    fire(
        order, "review", by=world["service_manager"], labour_hours=D(2), labour_price=D(150), travel_km=D(80), travel_price=D(3),
        lines=[{"id": line.id, "unit_price": prices[line.part_id]} for line in world.rows(m.WorkOrderPart)],
    )  # fmt: skip
    fire(order, "settle", by=world["finance"])
    order = v.fresh(order)
    assert (order.parts_amount, order.labour_amount, order.travel_amount) == (D("680.00"), D("300.00"), D("240.00"))
    assert order.customer_amount == D("1220.00") and order.state is WorkOrderState.SETTLED
    debt = world.row(m.Receivable, work_order_id=order.id)
    assert (debt.kind, debt.amount, debt.customer_id) == (ReceivableKind.SERVICE, D("1220.00"), customer.id)
    # 14
    old = world.row(m.OldPart)
    assert (old.part_id, old.quantity, old.state) == (p4.id, D(2), OldPartState.OWED)
    claim = create(m.WarrantyClaim, {"work_order": order, "labour_amount": D(150)}, by=clerk)
    assert (claim.parts_amount, claim.claim_amount) == (D("100.00"), D("250.00"))
    with pytest.raises(WrongState):
        fire(claim, "submit", by=world["service_manager"])
    fire(old, "take_in", by=keeper, place="旧件架 2")
    fire(claim, "submit", by=world["service_manager"])
    fire(claim, "answer", by=world["service_manager"], granted_amount=D(230), answer="工时按厂家标准")
    claim, oem = v.fresh(claim), world.row(m.Supplier, name="恒拓重工股份有限公司")
    granted = world.row(m.Receivable, kind=ReceivableKind.WARRANTY)
    assert (granted.amount, granted.payer_id, granted.outstanding_amount) == (D("230.00"), oem.id, D("230.00"))
    assert claim.loss_amount == world.row(m.Expense, origin="WarrantyClaim").amount == D("20.00")
    paid = create(
        m.Receipt,
        {"customer": customer, "payer": oem, "allocations": [{"receivable": granted, "amount": D(230)}],
         "funds": [{"kind": FundKind.BANK, "account": world.row(m.FundAccount, kind=AccountKind.BANK), "amount": D(230)}]},
        by=clerk,
    )  # fmt: skip
    fire(paid, "confirm", by=world["finance"])
    assert (
        v.fresh(claim).state is ClaimState.DONE and world.row(m.Receivable, work_order_id=order.id).settled_amount == 0
    )
    # 15
    back = create(
        m.StockTransfer, {"source": van, "target": v.main, "lines": [{"part": p1, "quantity": D(1)}]}, by=tech
    )
    assert back.kind is TransferKind.TECH_RETURN
    fire(back, "ship", by=tech)
    fire(back, "receive", by=keeper, lines=all_of(back))
    assert v.shelf(p1, van) == (D(0), D("0.00")) and v.shelf(p1, v.main) == (D(18), D("2070.00"))
    # 16: through the link that 李强 shows; once
    token_hash = rating.hashed(link(order, tech))
    for again in (False, True):
        try:
            together(lambda: rating.submit(token_hash, answered(SERVICE, MANNER=3), "师傅话少"))
            assert not again
        except WrongState:
            assert again
    visit = visit_of(world, order)
    assert (visit.score, visit.state, len(visit.answers)) == (88, VisitState.DONE, 6)
    assert v.fresh(order).state is WorkOrderState.CLOSED and v.fresh(order).score == 88
    for verb, told in (("complete", {"lines": answered(SERVICE)}), ("invite", {"token_hash": "x"})):
        with pytest.raises((NotAllowed, NotYours)):
            fire(visit, verb, by=tech, **told)
    # 17
    used = [move.amount for move in world.rows(m.StockMove, movement=StockMovement.CONSUME, part_id=p1.id)]
    assert D("2300.00") == v.shelf(p1, v.main)[1] + sum(used) and used == [D("230.00")]
    check_books()
