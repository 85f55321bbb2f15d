"""审批规则: kept on screen, read when a paper is submitted; and a paper that changed between two approvers goes back."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from app import clock
from app import models as m
from app.actor import SYSTEM, acting_as
from app.database import db
from app.enums import ApprovalPaper, ApprovalResult, ContractState, SaleApprover, UnitState
from app.errors import MissingData, NotAllowed, WrongAmount
from app.provision import APPROVAL_RULES, lay_foundations
from app.unit_of_work import change, create, fire
from app.workflows.machines import approval
from tests.kit import START, D, World
from tests.workflows.test_approval import INSTALMENT, price, submitted


def rule(world: World, *roles: SaleApprover, **more: Any) -> m.ApprovalRule:
    values = {
        "name": "大额合同加总经理",
        "paper": ApprovalPaper.CONTRACT,
        "sequence": 90,
        "steps": [{"role": r} for r in roles],
    }
    return create(m.ApprovalRule, values | more, by=world["sysadmin"])


def route(world: World) -> str:
    return str(world.row(m.MachineContract).approval_route)


def test_the_seeded_rules_stand_once_and_changes_of_people_stay(world: World) -> None:
    rules = world.rows(m.ApprovalRule)
    assert [r.name for r in rules] == [name for _, name, _, _ in APPROVAL_RULES]
    change(next(r for r in rules if r.is_under_floor), {"is_enabled": False}, by=world["sysadmin"])
    lay_foundations()
    assert [r.is_under_floor for r in world.rows(m.ApprovalRule) if not r.is_enabled] == [True]
    assert len(world.rows(m.ApprovalRule)) == len(rules)
    submitted(world, **price(world, "900000"))
    assert route(world) == "sales_manager"  # the floor of an HT215 is 985,000; nobody asks for it any more


@pytest.mark.parametrize("amount, expected", [("2000000", "sales_manager,gm"), ("1999999.99", "sales_manager")])
def test_a_sum_brings_in_the_general_manager(world: World, amount: str, expected: str) -> None:
    rule(world, SaleApprover.GM, amount_from=D(2_000_000))
    submitted(world, **price(world, amount))
    assert route(world) == expected


def test_rules_add_up_in_their_order_and_ask_each_role_once(world: World) -> None:
    rule(world, SaleApprover.FINANCE, SaleApprover.SALES_MANAGER, sequence=5, amount_to=D(5_000_000))
    submitted(world, **INSTALMENT)
    assert route(world) == "finance,sales_manager"


def test_the_route_is_fixed_when_the_contract_is_submitted(world: World) -> None:
    contract = submitted(world)
    rule(world, SaleApprover.GM)
    fire(contract, "approve", by=world["sales_manager"])
    assert world.row(m.MachineContract).state is ContractState.APPROVED


def test_no_rule_at_all_stops_the_contract(world: World) -> None:
    for found in world.rows(m.ApprovalRule, paper=ApprovalPaper.CONTRACT):
        change(found, {"is_enabled": False}, by=world["sysadmin"])
    with pytest.raises(MissingData):
        submitted(world)
    assert world.row(m.MachineUnit).state is UnitState.IN_STOCK


@pytest.mark.parametrize(
    "roles, more, field",
    [
        ([], {}, "steps"),
        ([SaleApprover.GM, SaleApprover.GM], {}, "steps"),
        ([SaleApprover.SERVICE_MANAGER], {}, "steps"),
        ([SaleApprover.GM], {"amount_from": D(2), "amount_to": D(2)}, "amount_to"),
        ([SaleApprover.GM], {"first_payment_under": D("1.01")}, "first_payment_under"),
        ([SaleApprover.GM], {"first_payment_under": D(0)}, "first_payment_under"),
    ],
)
def test_a_rule_that_nobody_can_follow_is_refused(
    world: World, roles: list[Any], more: dict[str, Any], field: str
) -> None:
    with pytest.raises((MissingData, WrongAmount)) as fault:
        rule(world, *roles, **more)
    assert fault.value.field == field


def test_the_administrator_keeps_the_rules(world: World) -> None:
    for nobody in ("gm", "sales_manager", "clerk", "finance"):
        with pytest.raises(NotAllowed):
            create(m.ApprovalRule, {"name": "x", "steps": [{"role": SaleApprover.GM}]}, by=world[nobody])


# -- what was approved ------------------------------------------------------------------------------------------------


def silently(statement: str) -> None:
    """Somebody changes the paper behind everybody's back."""
    db.session.rollback()
    db.session.execute(sa.text(statement))
    db.session.commit()


def test_a_contract_that_changed_between_two_approvers_goes_back(world: World) -> None:
    contract = submitted(world, **INSTALMENT)
    fire(contract, "approve", by=world["sales_manager"])
    silently("UPDATE contract_line SET unit_price = unit_price - 100")
    assert fire(contract, "approve", by=world["finance"], opinion="同意").state is ContractState.REJECTED
    first, second = world.rows(m.ApprovalRecord)
    assert (second.result, first.content_hash == second.content_hash) == (ApprovalResult.REJECT, False)
    assert "周伟" in str(second.opinion) and world.row(m.MachineUnit).state is UnitState.IN_STOCK
    assert world.rows(m.Receivable) == [] and world.row(m.MachineContract).awaiting_role is None
    silently("UPDATE contract_line SET unit_price = unit_price + 100")


def test_who_approves_what_has_changed_is_told_that_it_went_back(site: World) -> None:
    with site.app.app_context(), clock.on(START), acting_as(SYSTEM):
        numbers = []
        for n in (1, 2):
            customer, contact = site.company(number=n), site.contact(number=n)
            contract = site.contract(customer, contact, site.unit(f"HT215-000{n}"), **INSTALMENT)
            fire(contract, "submit", by=site["sales1"])
            fire(contract, "approve", by=site["sales_manager"])
            numbers.append(contract.id)
        silently("UPDATE contract_line SET unit_price = unit_price - 100")
        db.session.remove()
    finance = site.browser("finance")
    token = {"csrf_token": finance.token()}
    page = finance.client.post(
        f"/machinecontractview/ask/approve/{numbers[0]}", data=token, follow_redirects=True
    ).get_data(as_text=True)
    assert 'class="flash warning"' in page and 'class="flash success"' not in page and "未通过" in page
    many = {"action": "approve", "rowid": [str(numbers[1])], "asked": "1", **token}
    page = finance.client.post("/machinecontractview/action_post", data=many).get_data(as_text=True)
    assert "成功 0 条，未成功 1 条" in page and "未通过" in page
    with site.app.app_context():
        silently("UPDATE contract_line SET unit_price = unit_price + 100")


def test_the_page_says_whether_it_is_still_what_was_approved(world: World) -> None:
    contract = submitted(world)
    fire(contract, "approve", by=world["sales_manager"])
    contract = world.row(m.MachineContract)
    assert contract.approved_hash == world.row(m.ApprovalRecord).content_hash == approval.content_hash(contract)
    path, browser = f"/machinecontractview/show/{contract.id}", world.browser("clerk")
    db.session.remove()
    assert f"内容与审批时一致（{approval.check_code(contract.approved_hash)}）" in browser.get(path).get_data(
        as_text=True
    )
    silently("UPDATE machine_contract SET delivery_place = '改了'")
    assert "内容与审批时不一致" in browser.get(path).get_data(as_text=True)
    silently("UPDATE machine_contract SET delivery_place = NULL")


def test_a_machine_that_is_named_later_changes_nothing_that_was_approved(world: World) -> None:
    contract = submitted(world)
    fire(contract, "approve", by=world["sales_manager"])
    with acting_as(SYSTEM):
        before = approval.content_hash(world.row(m.MachineContract))
    line, other = world.row(m.ContractLine), world.unit("HT215-0008")
    fire(contract, "allocate", by=world["clerk"], line=line, unit=other)
    assert approval.content_hash(world.row(m.MachineContract)) == before
