"""Two technicians, keepers or clicks at once in the service chapter, on PostgreSQL with real connections."""

from __future__ import annotations

from app import models as m
from app.database import db
from app.enums import AssignmentState, FulfilMode, TransferState, UsedPartState, WorkOrderState
from app.unit_of_work import create
from tests.concurrency.test_races import at_once, same
from tests.kit import D, World, on_postgres
from tests.vans import Vans

pytestmark = on_postgres


def test_the_last_piece_of_a_van_is_used_once_though_four_press(world: World) -> None:
    v = Vans(world)
    part = v.part("LX-1")
    v.stocked(part, "1", "10.00", v.van())
    orders = [v.at_work(v.order(world.company(number=n))) for n in (1, 2)]
    jobs = [
        (world["tech1"], same(m.WorkOrder, order.id, "consume", part=(m.Part, part.id), quantity=D(1)))
        for order in (*orders, *orders)
    ]
    results = at_once(world, jobs)
    assert results.count(True) == 1 and all("李强移动库" in r for r in results if r is not True)
    assert v.shelf(part, v.van()) == (D(0), D("0.00")) and len(world.rows(m.WorkOrderPart)) == 1


def test_a_part_is_put_back_once_though_four_press(world: World) -> None:
    v = Vans(world)
    part = v.part("LX-1")
    v.stocked(part, "2", "20.00", v.van())
    order = v.at_work(v.order(world.company()))
    same(m.WorkOrder, order.id, "consume", part=(m.Part, part.id), quantity=D(2), by=world["tech1"])()
    line = world.row(m.WorkOrderPart)
    job = same(m.WorkOrder, order.id, "put_back", line=(m.WorkOrderPart, line.id))
    assert at_once(world, [(world["tech1"], job)] * 4).count(True) == 1
    assert v.shelf(part, v.van()) == (D(2), D("20.00")) and v.fresh(line).state is UsedPartState.REVERSED


def test_two_managers_send_one_leader(world: World) -> None:
    v = Vans(world)
    order = v.order(world.company())
    jobs = [
        (world["service_manager"], same(m.WorkOrder, order.id, "assign", leader=(m.Employee, world[who].employee_id)))
        for who in ("tech1", "tech2") * 2
    ]
    assert at_once(world, jobs).count(True) == 4
    standing = [a for a in world.rows(m.WorkAssignment) if a.state is AssignmentState.ASSIGNED]
    assert [a.technician_id for a in standing] == [v.fresh(order).leader_id]


def test_an_order_is_settled_once_though_four_press(world: World) -> None:
    v = Vans(world)
    order = v.at_work(v.order(world.company()))
    v.finish(order, labour_hours=D(1))
    same(m.WorkOrder, order.id, "review", labour_price=D(150), by=world["service_manager"])()
    assert at_once(world, [(world["finance"], same(m.WorkOrder, order.id, "settle"))] * 4).count(True) == 1
    assert [d.amount for d in world.rows(m.Receivable)] == [D("150.00")]
    assert v.fresh(order).state is WorkOrderState.SETTLED


def waiting(v: Vans, part: m.Part, quantity: str, who: str = "tech1") -> m.RequestLine:
    """A line that a technician asked for."""
    values = {"lines": [{"part": part, "quantity": D(quantity)}]}
    return v.world.row(m.RequestLine, request_id=create(m.PartRequest, values, by=v.world[who]).id)


def test_the_last_pieces_of_a_store_are_promised_to_one_technician(world: World) -> None:
    v = Vans(world)
    part = v.part("LX-1")
    v.stocked(part, "3", "30.00")
    lines = [waiting(v, part, "2", who) for who in ("tech1", "tech2")]
    jobs = [
        (world[who], same(m.RequestLine, line.id, "match", warehouse=(m.Warehouse, v.main.id)))
        for line, who in zip(lines, ("clerk", "keeper"), strict=True)
    ]
    results = at_once(world, jobs)
    assert results.count(True) == 1 and "总库" in next(r for r in results if r is not True)
    db.session.rollback()
    assert world.row(m.StockBalance, part_id=part.id).reserved == D(2) and len(world.rows(m.StockTransfer)) == 1


def test_one_line_takes_one_way_though_clerk_and_buyer_decide_at_once(world: World) -> None:
    v = Vans(world)
    part = v.part("LX-1")
    v.stocked(part, "9", "90.00")
    line = waiting(v, part, "2")
    buy = same(
        m.RequestLine, line.id, "buy", mode=FulfilMode.DIRECT, supplier=(m.Supplier, v.supplier.id), unit_price=D(1)
    )
    match = same(m.RequestLine, line.id, "match", warehouse=(m.Warehouse, v.main.id))
    jobs = [(world["buyer"], buy), (world["clerk"], match)] * 2
    assert at_once(world, jobs).count(True) == 1
    db.session.rollback()
    assert len(world.rows(m.StockTransfer)) + len(world.rows(m.EmergencyPurchase)) == 1


def test_a_transfer_is_collected_once_and_not_called_back_as_well(world: World) -> None:
    v = Vans(world)
    part = v.part("LX-1")
    v.stocked(part, "2", "20.00")
    line = waiting(v, part, "2")
    same(m.RequestLine, line.id, "match", warehouse=(m.Warehouse, v.main.id), by=world["clerk"])()
    paper = world.row(m.StockTransfer)
    same(m.StockTransfer, paper.id, "ship", by=world["keeper"])()
    got = [{"id": world.row(m.TransferLine).id, "quantity": D(2)}]
    collect = (world["tech1"], same(m.StockTransfer, paper.id, "receive", lines=got))
    recall = (world["keeper"], same(m.StockTransfer, paper.id, "recall", reason="发错了"))
    assert at_once(world, [collect, recall, collect, recall]).count(True) == 1
    is_collected = v.fresh(paper).state is TransferState.DONE
    assert v.shelf(part, v.van() if is_collected else v.main) == (D(2), D("20.00"))


def test_a_direct_purchase_is_collected_once_though_four_press(world: World) -> None:
    v = Vans(world)
    part = v.part("LX-1")
    line = waiting(v, part, "1")
    same(m.RequestLine, line.id, "buy", mode=FulfilMode.DIRECT, supplier=(m.Supplier, v.supplier.id), unit_price=D(113),
         by=world["buyer"])()  # fmt: skip
    paper = world.row(m.EmergencyPurchase)
    assert at_once(world, [(world["tech1"], same(m.EmergencyPurchase, paper.id, "collect"))] * 4).count(True) == 1
    db.session.rollback()
    assert [d.amount for d in world.rows(m.Payable)] == [D("113.00")]
    assert v.shelf(part, v.van()) == (D(1), D("100.00"))
