"""整机入库: the paper, the keeper, and a serial number that is unique for life."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from app import clock
from app import models as m
from app.enums import InboundKind, InboundState, InspectionResult, UnitCondition, UnitState, WarehouseKind
from app.errors import AlreadyThere, MissingData, NotAllowed, NotYours, WrongAmount, WrongState
from app.unit_of_work import change, create, fire
from tests.kit import D, World
from tests.stories import hire, sold


def paper(world: World, serial: str = "HT215-0007", who: str = "buyer", **more: Any) -> m.MachineInbound:
    values = {
        "kind": InboundKind.PURCHASE, "supplier": world.row(m.Supplier, name="恒拓重工股份有限公司"), "model": world.row(m.MachineModel, model="HT215"),
        "serial_number": serial, "condition": UnitCondition.NEW, "warehouse": world.row(m.Warehouse, code="ZJ1"), "gross_amount": D(904000),
    } | more  # fmt: skip
    return create(m.MachineInbound, values, by=world[who])


def receive(world: World, inbound: m.MachineInbound, who: str = "keeper", **answers: Any) -> m.MachineInbound:
    return fire(inbound, "receive", by=world[who], **{"inspection": InspectionResult.PASS} | answers)


def test_a_machine_comes_in_at_its_price_without_tax(world: World) -> None:
    inbound = paper(world, " ht215-0007 ", engine_number="E1", year=2024, arrived_on=dt.date(2025, 3, 4))
    # 904,000 / 1.13 = 800,000
    assert (inbound.number, inbound.serial_number, inbound.cost_amount) == (
        "ZJRK-20250305-0001",
        "HT215-0007",
        D("800000.00"),
    )
    assert world.rows(m.MachineUnit) == []
    receive(world, inbound)
    unit = world.row(m.MachineUnit)
    assert (unit.state, unit.serial_number, unit.engine_number, unit.year) == (
        UnitState.IN_STOCK,
        "HT215-0007",
        "E1",
        2024,
    )
    assert (unit.cost_amount, unit.warehouse.code, unit.model.model) == (D("800000.00"), "ZJ1", "HT215")
    inbound = world.row(m.MachineInbound)
    assert (inbound.state, inbound.unit_id, inbound.arrived_on) == (InboundState.DONE, unit.id, dt.date(2025, 3, 4))


def test_a_machine_announced_for_later_arrived_when_it_was_received(world: World) -> None:
    inbound = paper(world, arrived_on=dt.date(2025, 3, 9))
    with clock.on(dt.date(2025, 3, 7)):
        receive(world, inbound)
    assert world.row(m.MachineInbound).arrived_on == dt.date(2025, 3, 7)


@pytest.mark.parametrize(
    "wrong, error, field",
    [
        ({"gross_amount": D(0)}, WrongAmount, "gross_amount"),
        ({"supplier": None}, MissingData, "supplier"),
    ],
)
def test_what_no_paper_may_lack(world: World, wrong: dict[str, Any], error: type, field: str) -> None:
    with pytest.raises(error) as fault:
        paper(world, **wrong)
    assert fault.value.field == field and world.rows(m.MachineInbound) == []


def test_machines_stand_in_machine_yards(world: World) -> None:
    values = {
        "code": "PJ1",
        "name": "配件总库",
        "kind": WarehouseKind.MAIN,
        "department": world.row(m.Department, code="XSB"),
    }
    store = create(
        m.Warehouse, values | {"keepers": [{"employee_id": world["keeper"].employee_id}]}, by=world["sysadmin"]
    )
    with pytest.raises(WrongAmount) as fault:
        paper(world, warehouse=store)
    assert fault.value.field == "warehouse" and store.name in str(fault.value)


def test_what_was_there_before_the_books_has_no_supplier(world: World) -> None:
    assert (
        paper(world, kind=InboundKind.OPENING, supplier=None, condition=UnitCondition.USED).state
        is InboundState.PENDING
    )


def test_a_serial_number_is_unique_for_life(world: World) -> None:
    first = paper(world)
    with pytest.raises(AlreadyThere) as fault:
        paper(world, "ht215-0007")
    assert fault.value.field == "serial_number" and first.number in str(fault.value)
    receive(world, first)
    with pytest.raises(AlreadyThere):
        paper(world)
    other = paper(world, "HT215-0008")
    with pytest.raises(AlreadyThere):
        change(other, {"serial_number": "HT215-0007"}, by=world["buyer"])
    sold(world, world.company(), serial="HT215-0001")
    with pytest.raises(AlreadyThere) as fault:  # not even when the machine has left
        paper(world, "HT215-0001")
    assert "已售" in str(fault.value)


def test_a_cancelled_paper_frees_its_serial_number(world: World) -> None:
    first = paper(world)
    fire(first, "cancel", by=world["buyer"], reason="厂家未发")
    with pytest.raises(WrongState):
        receive(world, first)
    receive(world, paper(world))
    assert [p.state for p in world.rows(m.MachineInbound)] == [InboundState.CANCELLED, InboundState.DONE]


def test_a_problem_has_to_be_described(world: World) -> None:
    inbound = paper(world)
    with pytest.raises(MissingData) as fault:
        receive(world, inbound, inspection=InspectionResult.ISSUE)
    assert fault.value.field == "inspection_note" and world.rows(m.MachineUnit) == []
    receive(world, inbound, inspection=InspectionResult.ISSUE, inspection_note="驾驶室玻璃破损")
    assert (
        world.row(m.MachineUnit).state is UnitState.HELD
        and world.row(m.MachineInbound).inspection_note == "驾驶室玻璃破损"
    )


def test_only_the_keeper_of_the_yard_receives(world: World) -> None:
    inbound = paper(world, who="clerk")
    for nobody in ("buyer", "clerk", "finance", "gm"):
        with pytest.raises(NotAllowed):
            receive(world, inbound, nobody)
    hire(world, "keeper2", "别库", ["keeper"], number="161", department="XSB")
    with pytest.raises(NotYours):
        receive(world, inbound, "keeper2")
    with pytest.raises(NotAllowed):
        paper(world, "HT215-0009", "keeper")
    receive(world, inbound)


def test_a_received_paper_is_neither_changed_nor_cancelled_nor_received_again(world: World) -> None:
    inbound = paper(world)
    receive(world, inbound)
    with pytest.raises(WrongState):
        change(inbound, {"gross_amount": D(1)}, by=world["buyer"])
    with pytest.raises(WrongState):
        fire(inbound, "cancel", by=world["buyer"], reason="x")
    with pytest.raises(WrongState):
        receive(world, inbound)
    assert len(world.rows(m.MachineUnit)) == 1


def test_the_floor_price_lies_under_the_list_price(world: World) -> None:
    with pytest.raises(WrongAmount) as fault:
        change(world.row(m.MachineModel, model="HT75"), {"floor_price": D(398001)}, by=world["sysadmin"])
    assert fault.value.field == "floor_price"
