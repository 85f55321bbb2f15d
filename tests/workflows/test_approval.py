"""Who approves a contract, in which order, and who may not; withdrawal and rejection."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from app import models as m
from app.enums import ApprovalResult, ContractState, PayMode, UnitState
from app.errors import MissingData, MustBeOther, NotAllowed, NotYours, WrongState
from app.unit_of_work import change, fire
from tests.kit import D, World
from tests.stories import hire, part_debt

INSTALMENT: dict[str, Any] = {
    "pay_mode": PayMode.INSTALMENT, "down_share": D("0.30"), "periods": 12, "annual_rate": D("0.06"), "first_due_on": dt.date(2025, 4, 30),
}  # fmt: skip


def submitted(world: World, seller: str = "sales1", who: str | None = None, **terms: Any) -> m.MachineContract:
    contract = world.contract(world.company(seller), world.contact(seller), world.unit(), seller, **terms)
    return fire(contract, "submit", by=world[who or seller])


def price(world: World, amount: str) -> dict[str, Any]:
    return {"lines": [{"model": world.row(m.MachineModel, model="HT215"), "unit": None, "unit_price": D(amount)}]}


def route(world: World) -> str:
    return str(world.row(m.MachineContract).approval_route)


# -- the route --------------------------------------------------------------------------------------------------


def test_full_payment_needs_the_sales_manager_only(world: World) -> None:
    submitted(world)
    assert route(world) == "sales_manager" == world.row(m.MachineContract).awaiting_role


def test_instalments_need_finance_too(world: World) -> None:
    submitted(world, **INSTALMENT)
    assert route(world) == "sales_manager,finance"


@pytest.mark.parametrize("amount, expected", [("985000", "sales_manager"), ("984999.99", "sales_manager,gm")])
def test_a_price_under_the_floor_goes_to_the_general_manager(world: World, amount: str, expected: str) -> None:
    submitted(world, **price(world, amount))  # the floor of an HT215 is 985,000
    assert route(world) == expected


@pytest.mark.parametrize(
    "share, expected", [("0.15", "sales_manager,finance"), ("0.149999", "sales_manager,finance,gm")]
)
def test_a_thin_down_payment_goes_to_the_general_manager(world: World, share: str, expected: str) -> None:
    submitted(world, **INSTALMENT | {"down_share": D(share)})
    assert route(world) == expected


@pytest.mark.parametrize("day, expected", [(5, "sales_manager"), (4, "sales_manager,gm")])
def test_a_customer_with_overdue_debt_goes_to_the_general_manager(world: World, day: int, expected: str) -> None:
    customer = world.company()
    part_debt(world, customer, "0.01", due=dt.date(2025, 3, day))  # today is the 5th: due today is not overdue
    fire(world.contract(customer, world.contact(), world.unit()), "submit", by=world["sales1"])
    assert route(world) == expected


def test_a_debt_that_is_paid_is_not_overdue(world: World) -> None:
    customer = world.company()
    debt = part_debt(world, customer, "100", due=dt.date(2025, 1, 1))
    world.paid(customer, [(debt, "100")])
    fire(world.contract(customer, world.contact(), world.unit()), "submit", by=world["sales1"])
    assert route(world) == "sales_manager"


def test_everybody_decides_in_turn_and_each_decision_is_kept(world: World) -> None:
    contract = submitted(world, **INSTALMENT | {"down_share": D("0.10")})
    for role, state in (
        ("sales_manager", ContractState.PENDING),
        ("finance", ContractState.PENDING),
        ("gm", ContractState.APPROVED),
    ):
        for early in {"sales_manager", "finance", "gm"} - {role}:
            with pytest.raises((NotAllowed, MustBeOther)):
                fire(contract, "approve", by=world[early])
        assert fire(contract, "approve", by=world[role], opinion=f"{role} 同意").state is state
    records = world.rows(m.ApprovalRecord)
    assert [(r.round, r.step, r.role, r.result, r.opinion) for r in records] == [
        (1, step, role, ApprovalResult.PASS, f"{role} 同意")
        for step, role in enumerate(("sales_manager", "finance", "gm"), 1)
    ]
    assert len({r.content_hash for r in records}) == 1
    with pytest.raises(WrongState):
        fire(contract, "approve", by=world["gm"])


# -- separation of duty -------------------------------------------------------------------------------------------


def test_the_author_cannot_approve(world: World) -> None:
    contract = world.contract(world.company(), world.contact(), world.unit(), "sales_manager")
    fire(contract, "submit", by=world["sales1"])
    with pytest.raises(MustBeOther):
        fire(contract, "approve", by=world["sales_manager"])
    assert world.rows(m.ApprovalRecord) == []


def test_the_submitter_cannot_approve(world: World) -> None:
    contract = submitted(world, who="sales_manager")
    with pytest.raises(MustBeOther):
        fire(contract, "approve", by=world["sales_manager"])


def test_the_salesperson_of_the_customer_cannot_approve(world: World) -> None:
    boss = hire(world, "boss2", "方正", ["sales_manager", "salesperson"], number="150", department="XSB")
    customer = world.company("boss2", salesperson_id=boss.employee_id)
    contract = world.contract(customer, world.contact("boss2"), world.unit(), "clerk")
    fire(contract, "submit", by=world["clerk"])
    with pytest.raises(MustBeOther):
        fire(contract, "approve", by=boss)
    assert fire(contract, "approve", by=world["sales_manager"]).state is ContractState.APPROVED


def test_nobody_approves_twice_whatever_roles_he_has(world: World) -> None:
    both = hire(world, "both", "双全", ["sales_manager", "finance"], number="151", department="XSB")
    contract = submitted(world, **INSTALMENT)
    fire(contract, "approve", by=both)
    with pytest.raises(MustBeOther):
        fire(contract, "approve", by=both)
    assert fire(contract, "approve", by=world["finance"]).state is ContractState.APPROVED


def test_a_new_round_lets_the_same_people_decide_again(world: World) -> None:
    contract = submitted(world, **INSTALMENT)
    fire(contract, "approve", by=world["sales_manager"])
    fire(contract, "reject", by=world["finance"], opinion="利率太低")
    fire(contract, "submit", by=world["sales1"])
    fire(contract, "approve", by=world["sales_manager"])
    assert fire(contract, "approve", by=world["finance"]).state is ContractState.APPROVED
    assert [(r.round, r.step, r.result.name) for r in world.rows(m.ApprovalRecord)] == [
        (1, 1, "PASS"), (1, 2, "REJECT"), (2, 1, "PASS"), (2, 2, "PASS"),
    ]  # fmt: skip


def test_people_without_the_role_do_not_decide(world: World) -> None:
    contract = submitted(world)
    for nobody in ("sales1", "clerk", "credit", "sysadmin"):
        with pytest.raises(NotAllowed):
            fire(contract, "approve", by=world[nobody])
    for stranger in ("sales2", "keeper"):
        with pytest.raises(NotYours):
            fire(contract, "approve", by=world[stranger])
    with pytest.raises(NotAllowed):
        fire(contract, "approve", by=world["finance"])  # the role has the verb, but it is not her turn


# -- taking back, rejecting ---------------------------------------------------------------------------------------


def test_a_contract_is_taken_back_before_anybody_decided(world: World) -> None:
    contract = submitted(world)
    fire(contract, "withdraw", by=world["sales1"])
    contract = world.row(m.MachineContract)
    assert contract.state is ContractState.DRAFT and contract.awaiting_role is None
    unit = world.row(m.MachineUnit)
    assert unit.state is UnitState.IN_STOCK and unit.reserved_line_id is None
    change(contract, {"delivery_place": "合肥"}, by=world["sales1"])
    fire(contract, "submit", by=world["sales1"])
    assert world.row(m.MachineContract).approval_round == 2


def test_a_contract_is_not_taken_back_after_the_first_decision(world: World) -> None:
    contract = submitted(world, **INSTALMENT)
    fire(contract, "approve", by=world["sales_manager"])
    with pytest.raises(WrongState):
        fire(contract, "withdraw", by=world["sales1"])
    assert world.row(m.MachineContract).awaiting_role == "finance"
    assert world.row(m.MachineUnit).state is UnitState.RESERVED


def test_a_rejection_needs_words_frees_the_machine_and_may_be_mended(world: World) -> None:
    contract = submitted(world)
    for empty in ("", "   "):
        with pytest.raises(MissingData) as fault:
            fire(contract, "reject", by=world["sales_manager"], opinion=empty)
        assert fault.value.field == "opinion"
    fire(contract, "reject", by=world["sales_manager"], opinion="价格请重新谈")
    contract = world.row(m.MachineContract)
    assert contract.state is ContractState.REJECTED and world.row(m.MachineUnit).state is UnitState.IN_STOCK
    assert world.row(m.StateChange, verb="reject").note == "价格请重新谈"
    rival = world.contract(world.company("sales2", 2), world.contact("sales2", 2), world.row(m.MachineUnit), "sales2")
    fire(rival, "submit", by=world["sales2"])  # free means free for everybody
    fire(rival, "withdraw", by=world["sales2"])
    line = world.row(m.ContractLine, contract_id=contract.id)
    cheaper = {"id": line.id, "model": line.model, "unit": world.row(m.MachineUnit), "unit_price": D(1_040_000)}
    change(contract, {"lines": [cheaper]}, by=world["sales1"])
    assert world.approved(contract) and world.row(m.MachineContract, id=contract.id).total_amount == D(1_040_000)


def test_the_author_cannot_reject_either(world: World) -> None:
    contract = submitted(world, who="sales_manager")
    with pytest.raises(NotAllowed):
        fire(contract, "reject", by=world["finance"], opinion="x")
    with pytest.raises(NotAllowed):
        fire(contract, "reject", by=world["sales1"], opinion="x")
