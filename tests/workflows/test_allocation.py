"""配车、换车: a machine for a line of an approved contract, another one in its place."""

from __future__ import annotations

import pytest

from app import models as m
from app.enums import ContractState, UnitState
from app.errors import NotAllowed, NotYours, UnitTaken, WrongState
from app.unit_of_work import fire
from tests.kit import World
from tests.stories import pays, send


def line_of(world: World, contract: m.MachineContract) -> m.ContractLine:
    return world.row(m.ContractLine, contract_id=contract.id)


def test_a_model_is_sold_first_and_the_machine_named_later(world: World) -> None:
    customer = world.company()
    contract = world.approved(world.contract(customer, world.contact(), None))
    unit, other = world.unit(), world.unit("HT215-0008")
    fire(contract, "allocate", by=world["clerk"], line=line_of(world, contract), unit=unit)
    assert (world.row(m.MachineUnit, id=unit.id).state, line_of(world, contract).unit_id) == (
        UnitState.RESERVED,
        unit.id,
    )
    with pytest.raises(WrongState) as fault:
        fire(contract, "allocate", by=world["clerk"], line=line_of(world, contract), unit=unit)
    assert fault.value.field == "unit"
    fire(contract, "allocate", by=world["clerk"], line=line_of(world, contract), unit=other)
    assert [u.state for u in world.rows(m.MachineUnit)] == [UnitState.IN_STOCK, UnitState.RESERVED]
    assert world.row(m.MachineUnit, id=unit.id).reserved_line_id is None
    pays(world, customer, list(world.debts(contract).values()))
    send(world, contract)
    assert world.row(m.MachineUnit, id=other.id).state is UnitState.SOLD
    with pytest.raises(WrongState):
        fire(contract, "allocate", by=world["clerk"], line=line_of(world, contract), unit=unit)


def test_only_a_free_machine_of_the_model_is_named(world: World) -> None:
    contract = world.approved(world.contract(world.company(), world.contact(), None))
    held = world.contract(world.company("sales2", 2), world.contact("sales2", 2), world.unit(), "sales2")
    fire(held, "submit", by=world["sales2"])
    with pytest.raises(UnitTaken) as fault:
        fire(contract, "allocate", by=world["clerk"], line=line_of(world, contract), unit=world.row(m.MachineUnit))
    assert held.number in str(fault.value) and fault.value.field == "unit"
    loader = world.unit("SL956-0001", "SL956")
    with pytest.raises(UnitTaken):
        fire(contract, "allocate", by=world["clerk"], line=line_of(world, contract), unit=loader)
    assert world.row(m.MachineUnit, id=loader.id).state is UnitState.IN_STOCK
    strange = world.row(m.ContractLine, contract_id=held.id)
    with pytest.raises(WrongState):
        fire(contract, "allocate", by=world["clerk"], line=strange, unit=loader)


def test_who_names_machines_and_when(world: World) -> None:
    unit, contract = world.unit(), world.contract(world.company(), world.contact(), None)
    answers = {"line": line_of(world, contract), "unit": unit}
    with pytest.raises(WrongState):
        fire(contract, "allocate", by=world["clerk"], **answers)
    assert world.row(m.MachineContract).state is ContractState.DRAFT
    world.approved(contract)
    for nobody in ("sales1", "sales_manager", "gm"):
        with pytest.raises(NotAllowed):
            fire(contract, "allocate", by=world[nobody], **answers)
    with pytest.raises(NotYours):
        fire(contract, "allocate", by=world["sales2"], **answers)
