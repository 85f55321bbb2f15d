"""Two technicians, keepers or clicks at once in the service chapter, on PostgreSQL with real connections."""

from __future__ import annotations

from app import models as m
from app.enums import AssignmentState, UsedPartState, WorkOrderState
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
    same(m.WorkOrder, order.id, "finish", solution="修好", labour_hours=D(1), by=world["tech1"])()
    same(m.WorkOrder, order.id, "review", labour_price=D(150), by=world["service_manager"])()
    assert at_once(world, [(world["finance"], same(m.WorkOrder, order.id, "settle"))] * 4).count(True) == 1
    assert [d.amount for d in world.rows(m.Receivable)] == [D("150.00")]
    assert v.fresh(order).state is WorkOrderState.SETTLED
