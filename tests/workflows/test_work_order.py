"""服务工单: reported, assigned, worked on with parts of the van, reviewed, settled; and every way that is closed."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from app import clock
from app import models as m
from app.enums import (
    AssignmentState,
    ChargeKind,
    ReceivableKind,
    StockMovement,
    UsedPartState,
    WorkOrderState,
)
from app.errors import (
    AlreadyThere,
    BusinessError,
    MissingData,
    MustBeOther,
    NotAllowed,
    NotEnoughStock,
    NotYours,
    WrongAmount,
    WrongState,
)
from app.unit_of_work import change, create, fire, together
from app.workflows.service import consumption
from tests.kit import START, D, World, on_both
from tests.vans import Vans

S = WorkOrderState


def sold(world: World, day: dt.date = dt.date(2024, 6, 5)) -> tuple[m.Customer, m.MachineUnit]:
    """A company that bought a machine of ours on a day: 100 hours on the meter, twelve months of warranty."""
    with clock.on(day):
        customer, unit = world.company(), world.unit()
        contract = world.approved(world.contract(customer, world.contact(), unit))
        owed = world.debts(contract)
        world.paid(customer, [(owed["DEPOSIT"], "20000"), (owed["BALANCE"], "1030000")])
        fire(contract, "dispatch", by=world["clerk"], line=world.row(m.ContractLine, contract_id=contract.id),
             receiver="王建国", is_checked=True, hour_meter=D(100))  # fmt: skip
    return customer, world.row(m.MachineUnit, id=unit.id)


def used(v: Vans, order: m.WorkOrder, part: m.Part, quantity: str, **more: object) -> None:
    fire(order, "consume", by=v.world["tech1"], part=part, quantity=D(quantity), **more)


@on_both
def test_several_parts_are_used_at_once_or_none_of_them(world: World) -> None:
    v = Vans(world)
    first, second, third = v.part("LX-1001"), v.part("LX-1002", "机油滤芯"), v.part("DP-3001", "履带板")
    for part, pieces, amount in ((first, "5", "500.00"), (second, "2", "60.00")):
        v.stocked(part, pieces, amount, v.van())
    order, by = v.at_work(v.order(world.company())), world["tech1"]
    with pytest.raises(NotEnoughStock) as refused:
        together(
            lambda: consumption.use(order, {third.id: D(1), first.id: D(2), second.id: D(3)}), by=by, entity=m.WorkOrder
        )
    assert "机油滤芯" in str(refused.value) and "履带板" in str(refused.value) and "液压滤芯" not in str(refused.value)
    assert (v.shelf(first, v.van()), world.rows(m.WorkOrderPart)) == ((D(5), D("500.00")), [])
    for _twice in range(2):
        together(
            lambda: consumption.use(order, {second.id: D(2), first.id: D(2)}), by=by, key="once", entity=m.WorkOrder
        )
    assert (v.shelf(first, v.van()), v.shelf(second, v.van())) == ((D(3), D("300.00")), (D(0), D("0.00")))
    assert [line.quantity for line in world.rows(m.WorkOrderPart)] == [D(2), D(2)]
    for wanted, fault in (({}, MissingData), ({first.id: D(0)}, WrongAmount)):
        with pytest.raises(fault):
            together(lambda wanted=wanted: consumption.use(order, wanted), by=by, entity=m.WorkOrder)
    for nobody in ("tech2", "clerk"):
        with pytest.raises((NotYours, NotAllowed)):
            together(lambda: consumption.use(order, {first.id: D(1)}), by=world[nobody], entity=m.WorkOrder)


def test_a_report_becomes_an_order_with_number_warranty_and_phone(world: World) -> None:
    v = Vans(world)
    customer, unit = sold(world)
    order = v.order(customer, unit, is_down=True)
    assert order.number == "GD-20250305-0001" and order.state is S.OPEN and order.in_warranty
    assert (order.hour_meter, order.contact_phone) == (D(100), "13900000001")
    mine = world.rows(m.Notification, to_id=world["service_manager"].employee_id)
    told = [entry for entry in mine if entry.entity == "WorkOrder"]
    assert len(told) == 1 and "停机" in told[0].subject


@pytest.mark.parametrize(
    ("day", "hours", "covered"),
    [("2024-03-05", "2000", True), ("2024-03-04", "2000", False), ("2024-06-05", "2001", False)],
)
def test_the_warranty_ends_with_its_day_or_its_hours(world: World, day: str, hours: str, covered: bool) -> None:
    v = Vans(world)
    customer, unit = sold(world, dt.date.fromisoformat(day))
    assert v.order(customer, unit, hour_meter=D(hours)).in_warranty is covered


def test_the_service_manager_decides_otherwise_with_a_reason_that_stays(world: World) -> None:
    v = Vans(world)
    customer, unit = sold(world)
    order = v.order(customer, unit)
    fire(order, "set_warranty", by=world["service_manager"], in_warranty=False, reason="人为损坏")
    change(v.fresh(order), {"fault": "大臂漏油"}, by=world["clerk"])
    order = v.fresh(order)
    assert (order.in_warranty, order.warranty_reason) == (False, "人为损坏")
    with pytest.raises(NotAllowed):
        fire(order, "set_warranty", by=world["clerk"], in_warranty=True, reason="x")


def test_a_machine_of_somebody_else_or_none_at_all_is_refused(world: World) -> None:
    _, unit = sold(world)
    other = world.company(number=2)
    for values, field in (
        ({"unit": unit}, "unit"),
        ({"machine_text": " "}, "unit"),
        ({"machine_text": "XE", "fault": " "}, "fault"),
    ):
        with pytest.raises(BusinessError) as refused:
            create(m.WorkOrder, {"customer": other, "fault": "坏了"} | values, by=world["clerk"])
        assert refused.value.field == field


def test_only_the_assigned_technician_sees_and_moves_the_order(world: World) -> None:
    v = Vans(world)
    order = v.assigned(v.order(world.company()))
    assert world.browser("tech1").get(f"/workorderview/show/{order.id}").status_code == 200
    assert world.browser("tech2").get(f"/workorderview/show/{order.id}").status_code == 404
    with pytest.raises(NotYours):
        fire(order, "accept", by=world["tech2"])
    assert v.fresh(order).state is S.ASSIGNED


def test_the_technician_sees_phone_and_parts_but_no_money(world: World) -> None:
    v = Vans(world)
    part = v.part("LX-1", price="4321")
    v.stocked(part, "2", "1234.56", v.van())
    order = v.at_work(v.order(world.company()))
    used(v, order, part, "1")
    page = world.browser("tech1").get(f"/workorderview/show/{order.id}").get_data(as_text=True)
    assert "13900000001" in page and "LX-1" in page
    assert not [word for word in ("4,321", "617.28", "成本", "单价", "客户应付") if word in page]


def test_accepting_departing_and_arriving_leave_their_times(world: World) -> None:
    v = Vans(world)
    order = v.assigned(v.order(world.company()))
    for verb, state in (("accept", S.ACCEPTED), ("depart", S.DEPARTED), ("arrive", S.IN_SERVICE)):
        fire(order, verb, by=world["tech1"])
        assert v.fresh(order).state is state
    order = v.fresh(order)
    assert all((order.reported_at, order.assigned_at, order.accepted_at, order.departed_at, order.arrived_at))
    assert world.row(m.WorkAssignment, work_order_id=order.id).state is AssignmentState.ACCEPTED


def test_declining_sends_the_order_back_and_out_of_sight(world: World) -> None:
    v = Vans(world)
    order = v.assigned(v.order(world.company()), helper="tech2")
    fire(order, "decline", by=world["tech1"], reason="在外地")
    order = v.fresh(order)
    assert (order.state, order.leader_id) == (S.OPEN, None)
    assert {a.state for a in world.rows(m.WorkAssignment)} == {AssignmentState.DECLINED, AssignmentState.WITHDRAWN}
    assert world.browser("tech1").get(f"/workorderview/show/{order.id}").status_code == 404
    v.at_work(order, "tech2")
    assert v.fresh(order).leader_id == world["tech2"].employee_id


def test_a_helper_uses_his_van_but_does_not_lead(world: World) -> None:
    v = Vans(world)
    part = v.part("LX-1")
    v.stocked(part, "1", "10.00", v.van("tech2"))
    order = v.assigned(v.order(world.company()), helper="tech2")
    fire(order, "accept", by=world["tech2"])
    assert v.fresh(order).state is S.ASSIGNED
    fire(order, "accept", by=world["tech1"])
    for verb, answers in (("depart", {}), ("arrive", {})):
        with pytest.raises(NotYours):
            fire(order, verb, by=world["tech2"], **answers)
    fire(order, "arrive", by=world["tech1"])
    fire(order, "consume", by=world["tech2"], part=part, quantity=D(1))
    assert world.row(m.WorkOrderPart).warehouse_id == v.van("tech2").id
    with pytest.raises(NotYours):
        fire(order, "put_back", by=world["tech1"], line=world.row(m.WorkOrderPart))


def test_only_technicians_at_work_are_sent_and_each_once(world: World) -> None:
    v = Vans(world)
    order = v.order(world.company())
    manager, one = world["service_manager"], world.row(m.Employee, id=world["tech1"].employee_id)
    with pytest.raises(MissingData) as refused:
        fire(order, "assign", by=manager, leader=world.row(m.Employee, id=manager.employee_id))
    assert refused.value.field == "leader"
    with pytest.raises(AlreadyThere):
        fire(order, "assign", by=manager, leader=one, helper=one)
    with pytest.raises(NotAllowed):
        fire(order, "assign", by=world["clerk"], leader=one)


def test_assigning_again_and_withdrawing_leave_one_leader(world: World) -> None:
    v = Vans(world)
    order = v.assigned(v.assigned(v.order(world.company())), "tech2")
    standing = [a for a in world.rows(m.WorkAssignment) if a.state is AssignmentState.ASSIGNED]
    assert [a.technician_id for a in standing] == [world["tech2"].employee_id]
    fire(order, "withdraw", by=world["service_manager"], reason="先去别处")
    assert v.fresh(order).state is S.OPEN and v.fresh(order).leader_id is None


def test_parts_leave_the_van_at_its_average_and_never_more_than_it_holds(world: World) -> None:
    v = Vans(world)
    part = v.part("LX-1")
    v.stocked(part, "3", "100.00", v.van())
    order = v.at_work(v.order(world.company()))
    used(v, order, part, "2")
    line = world.row(m.WorkOrderPart)
    assert (line.cost_amount, line.charge_kind, line.unit_price) == (D("66.67"), ChargeKind.CUSTOMER, D("180"))
    assert v.shelf(part, v.van()) == (D(1), D("33.33")) and v.fresh(order).cost_amount == D("66.67")
    with pytest.raises(NotEnoughStock) as refused:
        used(v, order, part, "2")
    assert "1" in str(refused.value) and "李强移动库" in str(refused.value)
    for nothing in ("0", "-1"):
        with pytest.raises(WrongAmount):
            used(v, order, part, nothing)
    assert len(world.rows(m.WorkOrderPart)) == 1 and v.shelf(part, v.van()) == (D(1), D("33.33"))


def test_a_part_under_warranty_is_the_makers_without_being_told(world: World) -> None:
    v = Vans(world)
    part = v.part("LX-1")
    v.stocked(part, "2", "20.00", v.van())
    order = v.at_work(v.order(*sold(world)))
    used(v, order, part, "1")
    used(v, order, part, "1", charge_kind=ChargeKind.FREE)
    assert [line.charge_kind for line in world.rows(m.WorkOrderPart)] == [ChargeKind.WARRANTY, ChargeKind.FREE]


def test_nothing_is_used_before_arrival_by_a_stranger_or_after_the_end(world: World) -> None:
    v = Vans(world)
    part = v.part("LX-1")
    v.stocked(part, "2", "20.00", v.van())
    order = v.assigned(v.order(world.company()))
    with pytest.raises(WrongState):
        used(v, order, part, "1")
    fire(order, "accept", by=world["tech1"])
    fire(order, "arrive", by=world["tech1"])
    for nobody, error in (("tech2", NotYours), ("service_manager", NotAllowed), ("keeper", BusinessError)):
        with pytest.raises(error):
            fire(order, "consume", by=world[nobody], part=part, quantity=D(1))
    fire(order, "suspend", by=world["tech1"], reason="等件")
    with pytest.raises(WrongState):
        used(v, order, part, "1")
    fire(order, "resume", by=world["tech1"])
    v.finish(order, solution="修好")
    with pytest.raises(WrongState):
        used(v, order, part, "1")
    assert v.shelf(part, v.van()) == (D(2), D("20.00"))


def test_a_part_goes_back_at_exactly_its_cost_until_the_review_and_once(world: World) -> None:
    v = Vans(world)
    part = v.part("LX-1")
    v.stocked(part, "3", "100.00", v.van())
    order = v.at_work(v.order(world.company()))
    used(v, order, part, "2")
    v.stocked(part, "1", "90.00", v.van())
    line = world.row(m.WorkOrderPart)
    fire(order, "put_back", by=world["tech1"], line=line)
    assert v.shelf(part, v.van()) == (D(4), D("190.00")) and v.fresh(order).cost_amount == D("0.00")
    with pytest.raises(WrongState):
        fire(order, "put_back", by=world["tech1"], line=line)
    assert v.fresh(line).state is UsedPartState.REVERSED
    used(v, order, part, "1")
    v.finish(order, solution="修好")
    fire(order, "review", by=world["service_manager"])
    with pytest.raises(WrongState):
        fire(order, "put_back", by=world["tech1"], line=world.rows(m.WorkOrderPart)[1])
    assert len(world.rows(m.StockMove, movement=StockMovement.REVERSE)) == 1


@on_both
def test_the_service_manager_puts_back_what_a_technician_used_who_is_off_the_order_and_has_left(world: World) -> None:
    """Was a dead end: his van is closed, nobody else might, and the order could never be cancelled."""
    v = Vans(world)
    part = v.part("LX-1")
    v.stocked(part, "2", "100.01", v.van())
    order = v.at_work(v.order(world.company()))
    used(v, order, part, "2")
    manager, line = world["service_manager"], world.row(m.WorkOrderPart)
    fire(order, "withdraw", by=manager, reason="离职")
    employee = world.row(m.Employee, id=world["tech1"].employee_id)
    fire(employee, "leave", by=world["sysadmin"])
    with pytest.raises(NotYours):
        fire(order, "put_back", by=world["tech2"], line=line)
    with pytest.raises(MissingData) as refused:
        fire(order, "put_back", by=manager, line=line)
    assert refused.value.field == "warehouse"
    fire(order, "put_back", by=manager, line=line, warehouse=v.main)
    assert v.shelf(part, v.main) == (D(2), D("100.01")) and v.fresh(order).cost_amount == D("0.00")
    fire(order, "cancel", by=manager, reason="客户不修了")
    assert v.fresh(order).state is S.CANCELLED


def test_what_the_manager_puts_back_for_one_who_is_only_off_the_order_returns_to_his_van(world: World) -> None:
    v = Vans(world)
    part = v.part("LX-1")
    v.stocked(part, "2", "100.01", v.van())
    order = v.at_work(v.order(world.company()))
    used(v, order, part, "1")
    fire(order, "withdraw", by=world["service_manager"], reason="先去别处")
    fire(order, "put_back", by=world["service_manager"], line=world.row(m.WorkOrderPart))
    assert v.shelf(part, v.van()) == (D(2), D("100.01"))


def test_the_hour_meter_does_not_run_backwards(world: World) -> None:
    v = Vans(world)
    customer, unit = sold(world)
    order = v.at_work(v.order(customer, unit))
    for meter, field in ((D("99.9"), "hour_meter"), (None, "hour_meter")):
        with pytest.raises(BusinessError) as refused:
            v.finish(order, solution="修好", hour_meter=meter)
        assert refused.value.field == field
    with pytest.raises(MissingData):
        v.finish(order, solution="  ", hour_meter=D(100))
    v.finish(order, solution="修好", hour_meter=D("132.5"), labour_hours=D(2), travel_km=D(80))
    assert v.fresh(unit).hour_meter == D("132.5") and v.fresh(order).state is S.FINISHED
    assert world.row(m.WorkAssignment).state is AssignmentState.DONE


@on_both
def test_the_customers_part_is_added_up_to_the_cent_and_owed(world: World) -> None:
    v = Vans(world)
    part, other = v.part("LX-1", price="33.33"), v.part("LX-2", price="10")
    for p in (part, other):
        v.stocked(p, "3", "30.00", v.van())
    customer = world.company()
    order = v.at_work(v.order(customer))
    used(v, order, part, "2")
    used(v, order, other, "1", charge_kind=ChargeKind.FREE)
    v.finish(order, solution="修好", labour_hours=D("1.5"), travel_km=D("33.3"))
    lines = world.rows(m.WorkOrderPart)
    manager = world["service_manager"]
    with pytest.raises(WrongAmount):
        fire(order, "review", by=manager, lines=[{"id": lines[0].id, "unit_price": D(-1)}])
    fire(order, "review", by=manager, labour_price=D(150), travel_price=D("2.5"), other_fee=D(20),
         lines=[{"id": lines[1].id, "charge_kind": ChargeKind.CUSTOMER, "unit_price": D("9.99")}])  # fmt: skip
    order = v.fresh(order)
    assert (order.parts_amount, order.labour_amount, order.travel_amount) == (D("76.65"), D("225.00"), D("83.25"))
    assert order.customer_amount == D("404.90") and order.cost_amount == D("30.00")
    with pytest.raises(NotAllowed):
        fire(order, "settle", by=manager)
    with pytest.raises(WrongAmount):
        fire(order, "settle", by=world["finance"], due_on=dt.date(2025, 3, 4))
    fire(order, "settle", by=world["finance"])
    debt = world.row(m.Receivable, work_order_id=order.id)
    assert (debt.kind, debt.amount, debt.due_on) == (ReceivableKind.SERVICE, D("404.90"), dt.date(2025, 4, 4))
    assert debt.customer_id == customer.id
    with pytest.raises(WrongState):
        fire(order, "settle", by=world["finance"])
    fire(order, "close", by=manager)
    assert v.fresh(order).state is S.CLOSED and len(world.rows(m.Receivable)) == 1


def test_a_free_service_is_settled_without_a_debt(world: World) -> None:
    v = Vans(world)
    order = v.at_work(v.order(world.company()))
    v.finish(order, solution="巡检正常")
    fire(order, "review", by=world["service_manager"])
    fire(order, "settle", by=world["finance"])
    assert v.fresh(order).state is S.SETTLED and world.rows(m.Receivable) == []


def test_work_that_is_not_good_enough_goes_back_and_comes_again(world: World) -> None:
    v = Vans(world)
    order = v.at_work(v.order(world.company()))
    v.finish(order, solution="好像好了")
    fire(order, "send_back", by=world["service_manager"], reason="没有说明原因")
    order = v.fresh(order)
    assert (order.state, order.finished_at) == (S.IN_SERVICE, None)
    v.finish(order, solution="更换密封")
    fire(order, "review", by=world["service_manager"])
    assert v.fresh(order).state is S.REVIEWED


def test_who_did_the_work_does_not_review_it(world: World) -> None:
    v = Vans(world)
    order = v.at_work(v.order(world.company()))
    v.finish(order, solution="修好")
    both = dataclasses.replace(world["tech1"], roles=frozenset({"technician", "service_manager"}))
    with pytest.raises(MustBeOther):
        fire(order, "review", by=both)


def test_an_order_is_cancelled_only_while_nothing_was_used(world: World) -> None:
    v = Vans(world)
    part = v.part("LX-1")
    v.stocked(part, "1", "10.00", v.van())
    order = v.at_work(v.order(world.company()))
    used(v, order, part, "1")
    with pytest.raises(WrongState) as refused:
        fire(order, "cancel", by=world["service_manager"], reason="客户不修了")
    assert "LX-1" in str(refused.value)
    fire(order, "put_back", by=world["tech1"], line=world.row(m.WorkOrderPart))
    fire(order, "cancel", by=world["service_manager"], reason="客户不修了")
    assert v.fresh(order).state is S.CANCELLED
    with pytest.raises((WrongState, NotYours)):
        fire(order, "finish", by=world["tech1"], solution="修好")


def test_an_order_that_was_assigned_is_no_longer_rewritten(world: World) -> None:
    v = Vans(world)
    order = v.assigned(v.order(world.company()))
    with pytest.raises(WrongState):
        change(v.fresh(order), {"fault": "别的"}, by=world["clerk"])


def test_a_meter_that_is_replaced_later_leaves_the_warranty_of_an_open_order_alone(world: World) -> None:
    """Once any edit counted the old meter's hours twice: 1,500 of the order and 1,500 before the replacement."""
    v = Vans(world)
    customer, unit = sold(world)
    fire(unit, "read_meter", by=world["service_manager"], hours=D(1500))
    order = v.order(customer, unit)
    assert order.in_warranty and order.hour_meter == D(1500)
    with clock.on(START + dt.timedelta(days=1)):
        fire(unit, "replace_meter", by=world["service_manager"], last_hours=D(1500), reason="表坏了")
        change(v.fresh(order), {"fault": "不能启动，大灯也不亮"}, by=world["clerk"])
        assert v.fresh(order).in_warranty
        fresh = v.order(customer, world.row(m.MachineUnit, id=unit.id))
        assert fresh.in_warranty and fresh.hour_meter == D(0)
        late = v.order(customer, world.row(m.MachineUnit, id=unit.id), hour_meter=D(501))
        assert not late.in_warranty  # 1,500 of the old meter and 501 of the new one
