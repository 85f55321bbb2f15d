"""整机采购: an order, one paper per machine, the debt with each of them; inspection, reversal, yards, serials for life."""

from __future__ import annotations

from typing import Any

import pytest

from app import models as m
from app.enums import (
    InboundKind,
    InboundState,
    InspectionResult,
    PayableKind,
    PayableState,
    PurchaseState,
    UnitCondition,
    UnitState,
)
from app.errors import AlreadyThere, MissingData, MustBeOther, NotAllowed, NotYours, WrongAmount, WrongState
from app.unit_of_work import create, fire
from tests.kit import D, World


def ordered(world: World, pieces: int = 2, price: str = "904000") -> m.MachinePurchase:
    line = {"model": world.row(m.MachineModel, model="HT215"), "pieces": pieces, "unit_price": D(price)}
    order = create(
        m.MachinePurchase,
        {"supplier": world.row(m.Supplier, name="恒拓重工股份有限公司"), "warehouse": world.row(m.Warehouse, code="ZJ1"),
         "lines": [line]},
        by=world["buyer"],
    )  # fmt: skip
    fire(order, "submit", by=world["buyer"])
    return fire(order, "approve", by=world["finance"])


def come(world: World, serial: str | None, index: int = 0, **more: Any) -> m.MachineInbound:
    paper = world.rows(m.MachineInbound, state=InboundState.PENDING)[index]
    answers = {"serial_number": serial, "inspection": InspectionResult.PASS} | more
    return fire(paper, "receive", by=world["keeper"], **answers)


def test_two_machines_come_one_after_the_other(world: World) -> None:
    order = ordered(world)
    assert (order.total_amount, len(world.rows(m.MachineInbound))) == (D("1808000.00"), 2)
    assert world.rows(m.MachineUnit) == [] == world.rows(m.Payable)
    with pytest.raises(MissingData):
        come(world, None)
    come(world, "ht215 0101")
    assert world.row(m.MachinePurchase).state is PurchaseState.PART_RECEIVED
    unit, debt = world.row(m.MachineUnit), world.row(m.Payable)
    assert (unit.serial_number, unit.cost_amount, unit.state) == ("HT2150101", D("800000.00"), UnitState.IN_STOCK)
    assert (debt.kind, debt.amount, debt.state) == (PayableKind.MACHINE, D("904000.00"), PayableState.OPEN)
    with pytest.raises(WrongState):
        fire(order, "cancel", by=world["buyer"], reason="x")
    come(world, "HT2150102")
    assert world.row(m.MachinePurchase).state is PurchaseState.RECEIVED


def test_the_rest_of_an_order_is_closed(world: World) -> None:
    order = ordered(world)
    come(world, "HT2150101")
    with pytest.raises(WrongState):
        fire(world.rows(m.MachineInbound)[1], "cancel", by=world["buyer"], reason="x")
    fire(order, "close", by=world["buyer"], reason="停产")
    assert [p.state for p in world.rows(m.MachineInbound)] == [InboundState.DONE, InboundState.CANCELLED]


def test_a_machine_with_problems_is_held_until_they_are_mended(world: World) -> None:
    ordered(world, 1)
    come(world, "HT2150101", inspection=InspectionResult.ISSUE, inspection_note="驾驶室漏水")
    unit = world.row(m.MachineUnit)
    assert unit.state is UnitState.HELD
    customer, contact = world.company(), world.contact()
    with pytest.raises(NotYours):  # it is not among the machines a salesperson can offer
        world.contract(customer, contact, unit)
    with pytest.raises(NotAllowed):
        fire(unit, "clear", by=world["clerk"], note="x")
    fire(unit, "clear", by=world["service_manager"], note="密封条已换")
    fire(world.contract(customer, contact, unit), "submit", by=world["sales1"])


def test_a_reversed_inbound_comes_again_under_its_serial(world: World) -> None:
    ordered(world, 1)
    paper = come(world, "HT2150101")
    fire(paper, "reverse", by=world["finance"], reason="型号录错")
    unit = world.row(m.MachineUnit)
    assert (unit.state, unit.cost_amount, world.row(m.Payable).state) == (
        UnitState.ORDERED,
        D("0.00"),
        PayableState.VOID,
    )
    assert world.row(m.MachinePurchase).state is PurchaseState.APPROVED
    come(world, "ＨＴ2150101")
    assert (world.row(m.MachineUnit).state, world.row(m.MachineUnit).cost_amount) == (
        UnitState.IN_STOCK,
        D("800000.00"),
    )
    assert [p.state for p in world.rows(m.MachineInbound)] == [InboundState.REVERSED, InboundState.DONE]


def test_what_is_sold_or_paid_is_not_reversed(world: World) -> None:
    unit = world.unit()
    paper = world.row(m.MachineInbound)
    contract = world.contract(world.company(), world.contact(), unit)
    fire(contract, "submit", by=world["sales1"])
    with pytest.raises(WrongState):
        fire(paper, "reverse", by=world["finance"], reason="x")
    with pytest.raises(NotAllowed):
        fire(paper, "reverse", by=world["keeper"], reason="x")


@pytest.mark.parametrize("typed", ["HT215-0007", "ht215-0007", " HT215-0007 ", "ＨＴ215－0007", "HT215 -0007"])
def test_a_serial_number_is_unique_for_life_through_every_door(world: World, typed: str) -> None:
    world.unit()
    ordered(world, 1)
    with pytest.raises(AlreadyThere):
        come(world, typed)
    values = {"kind": InboundKind.OPENING, "model": world.row(m.MachineModel, model="HT215"), "serial_number": typed,
              "condition": UnitCondition.USED, "warehouse": world.row(m.Warehouse, code="ZJ2"), "gross_amount": D(1)}  # fmt: skip
    with pytest.raises(AlreadyThere):
        create(m.MachineInbound, values, by=world["buyer"])
    owned = {
        "model": values["model"],
        "serial_number": typed,
        "condition": UnitCondition.USED,
        "owner_customer": world.company(),
    }
    with pytest.raises(AlreadyThere):
        create(m.MachineUnit, owned)  # the door of machines out of Excel


def test_a_machine_is_moved_and_shown(world: World) -> None:
    unit, other = world.unit(), world.row(m.Warehouse, code="ZJ2")
    fire(unit, "relocate", by=world["keeper"], warehouse=other, note="展会用")
    assert world.row(m.MachineUnit).warehouse_id == other.id
    assert world.row(m.StateChange, verb="relocate").note == "展会用"
    with pytest.raises(WrongAmount):
        fire(unit, "relocate", by=world["clerk"], warehouse=other)
    fire(unit, "demonstrate", by=world["clerk"], condition=UnitCondition.DEMO)
    assert world.row(m.MachineUnit).condition is UnitCondition.DEMO
    with pytest.raises(WrongAmount):
        fire(unit, "demonstrate", by=world["clerk"], condition=UnitCondition.USED)


def test_who_orders_and_who_approves(world: World) -> None:
    with pytest.raises(NotAllowed):
        create(m.MachinePurchase, {"lines": []}, by=world["sales1"])
    order = ordered(world, 1)
    with pytest.raises(WrongState):
        fire(order, "approve", by=world["gm"])
    for pieces in (0, 51):
        with pytest.raises(WrongAmount):
            ordered(world, pieces)
    with pytest.raises((MustBeOther, NotAllowed)):
        fire(order, "approve", by=world["buyer"])
