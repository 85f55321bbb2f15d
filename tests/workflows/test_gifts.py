"""合同赠送: parts and services leave with the machines, come back with a withdrawal, and stop it once they are used."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from app import clock
from app import models as m
from app.enums import (
    ContractState,
    GiftKind,
    OutboundState,
    PackageState,
    PaperState,
    SaleState,
    ShipState,
    UnitState,
)
from app.errors import MissingData, WrongAmount, WrongState
from app.unit_of_work import create, fire
from tests.kit import D, World, on_both
from tests.parts import new_part, open_stores, opening, shelf
from tests.stories import pays, send

FIFTH_OF_MARCH = dt.date(2025, 3, 5)


def parts(world: World, pieces: str, store: m.Warehouse, number: str = "LX-1") -> dict[str, Any]:
    return {
        "kind": GiftKind.PART,
        "part": world.row(m.Part, part_number=number),
        "warehouse": store,
        "quantity": D(pieces),
    }


def services(times: int, days: int = 730) -> dict[str, Any]:
    return {"kind": GiftKind.SERVICE, "times": times, "valid_days": days}


def signed(world: World, gifts: list[dict[str, Any]], machines: int = 1) -> m.MachineContract:
    lines = [
        {"model": world.row(m.MachineModel, model="HT75"), "unit": world.unit(f"HT75-{n}", "HT75", "300000"), "unit_price": D(400000)}
        for n in range(machines)
    ]  # fmt: skip
    contract = world.approved(
        world.contract(world.company(), world.contact(), None, lines=lines, gifts=gifts, deposit_amount=D(0))
    )
    pays(world, contract.customer, [d for d in world.debts(contract).values() if d.is_before_dispatch])
    return contract


@pytest.fixture
def store(world: World) -> m.Warehouse:
    """Ten filters of 20.00 in the main store."""
    main, _branch = open_stores(world)
    opening(world, new_part(world), main, "10", "200")
    return main


def gift_sale(world: World, contract: m.MachineContract) -> m.PartSale:
    return world.row(m.PartSale, contract_id=contract.id)


@on_both
def test_parts_and_services_leave_with_the_machine(world: World, store: m.Warehouse) -> None:
    contract = signed(world, [parts(world, "3", store), services(4)])
    assert world.rows(m.PartSale) == [] and world.rows(m.ServicePackage) == []
    send(world, contract)
    sale = gift_sale(world, contract)
    assert (sale.sale_type.code, sale.state, sale.ship_state, sale.debt_amount) == (
        "gift",
        SaleState.APPROVED,
        ShipState.NONE,
        D(0),
    )
    package = world.row(m.ServicePackage)
    assert (package.times, package.unit.serial_number, package.contract_id) == (4, "HT75-0", contract.id)
    assert package.valid_until == FIFTH_OF_MARCH + dt.timedelta(days=730)
    paper = world.row(m.PartOutbound, sale_id=sale.id)
    assert paper.state is OutboundState.PENDING
    fire(
        paper,
        "ship",
        by=world["keeper"],
        lines=[{"id": line.id, "quantity": line.planned_quantity} for line in paper.lines],
    )
    assert shelf(world, world.row(m.Part), store) == (D(7), D(0), D(140))
    expense = world.row(m.Expense)
    assert (expense.kind.name, expense.amount) == ("GIFT", D(60))
    assert world.rows(m.Receivable, sale_id=sale.id) == []


def test_what_the_store_lacks_is_owed_to_the_customer(world: World, store: m.Warehouse) -> None:
    contract = signed(world, [parts(world, "12", store)])
    send(world, contract)
    sale = gift_sale(world, contract)
    assert sale.state is SaleState.APPROVED
    assert [row.quantity for row in world.rows(m.SaleShortage)] == [D(2)]


def test_parts_go_once_and_services_with_each_machine(world: World, store: m.Warehouse) -> None:
    contract = signed(world, [parts(world, "3", store), services(2)], machines=2)
    send(world, contract)
    send(world, contract)
    assert len(world.rows(m.PartSale)) == 1
    assert sorted((p.unit.serial_number, p.times) for p in world.rows(m.ServicePackage)) == [
        ("HT75-0", 2),
        ("HT75-1", 2),
    ]


def withdrawn(world: World, contract: m.MachineContract) -> m.DispatchWithdrawal:
    sent = world.row(m.MachineDispatch, contract_id=contract.id)
    paper = create(m.DispatchWithdrawal, {"dispatch": sent, "reason": "发错车"}, by=world["clerk"])
    fire(paper, "submit", by=world["clerk"])
    while (role := world.row(m.DispatchWithdrawal, id=paper.id).awaiting_role) is not None:
        fire(paper, "approve", by=next(a for a in world.people.values() if role in a.roles))
    return paper


@on_both
def test_a_withdrawal_takes_unused_gifts_back(world: World, store: m.Warehouse) -> None:
    contract = signed(world, [parts(world, "3", store), services(4)])
    send(world, contract)
    first = gift_sale(world, contract)
    assert shelf(world, world.row(m.Part), store)[1] == D(3)
    assert world.row(m.DispatchWithdrawal, id=withdrawn(world, contract).id).state is PaperState.DONE
    assert world.row(m.PartSale, id=first.id).state is SaleState.CANCELLED
    assert world.row(m.ServicePackage).state is PackageState.VOID
    assert shelf(world, world.row(m.Part), store) == (D(10), D(0), D(200))
    assert world.row(m.MachineUnit, serial_number="HT75-0").state is UnitState.RESERVED
    send(world, contract)  # and everything leaves again
    assert [s.state for s in world.rows(m.PartSale) if s.id != first.id] == [SaleState.APPROVED]
    assert [p.state for p in world.rows(m.ServicePackage)] == [PackageState.VOID, PackageState.ACTIVE]


def test_a_withdrawal_after_the_parts_have_left_is_refused(world: World, store: m.Warehouse) -> None:
    contract = signed(world, [parts(world, "3", store)])
    send(world, contract)
    paper = world.row(m.PartOutbound)
    fire(paper, "ship", by=world["keeper"], lines=[{"id": line.id, "quantity": D(1)} for line in paper.lines])
    with pytest.raises(WrongState, match=gift_sale(world, contract).number):
        withdrawn(world, contract)
    assert world.row(m.MachineContract, id=contract.id).state is ContractState.DISPATCHED


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": GiftKind.PART, "quantity": D(3)},
        {"kind": GiftKind.SERVICE, "times": 0},
        {"kind": GiftKind.COUPON, "face_amount": D(500)},
    ],
)
def test_a_gift_that_is_not_whole_is_refused_beside_it(world: World, wrong: dict[str, Any]) -> None:
    with pytest.raises(MissingData) as fault:
        world.contract(world.company(), world.contact(), None, gifts=[wrong])
    assert fault.value.field == "gifts"


@pytest.mark.parametrize("wrong", [services(61), services(1, days=0), services(1, days=3651), services(-1)])
def test_a_gift_beyond_reason_is_refused_beside_it(world: World, wrong: dict[str, Any]) -> None:
    with pytest.raises(WrongAmount) as fault:
        world.contract(world.company(), world.contact(), None, gifts=[wrong])
    assert fault.value.field == "gifts"


def test_what_another_kind_of_gift_would_need_is_forgotten(world: World, store: m.Warehouse) -> None:
    contract = world.contract(
        world.company(), world.contact(), None, gifts=[parts(world, "3", store) | {"face_amount": D(5), "times": 2}]
    )
    kept = world.row(m.ContractGift, contract_id=contract.id)
    assert (kept.face_amount, kept.times, kept.quantity) == (D(0), 0, D(3))
    assert clock.today() == FIFTH_OF_MARCH
