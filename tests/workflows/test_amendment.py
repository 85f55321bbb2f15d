"""合同变更: debts adjusted to the cent, payments kept on what stays, the rest re-allocated; what it said before is kept.

The worked case, by hand, full payment with a deposit of 20,000.00:
    before: price 1,050,000.00, GPS 3,000.00, insurance 12,000.00 → total 1,065,000.00, balance 1,030,000.00
    paid:   deposit 20,000.00; balance 1,000,000.00; GPS 3,000.00
    after:  price 990,000.00, insurance 12,000.00, no GPS → total 1,002,000.00, balance 970,000.00
    freed:  balance 1,000,000.00 − 970,000.00 = 30,000.00; GPS 3,000.00 → 33,000.00
    it pays the insurance, 12,000.00; 33,000.00 − 12,000.00 = 21,000.00 stay as prepaid money
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from app import clock
from app import models as m
from app.database import db
from app.demo.build import id_card
from app.enums import (
    ContractState,
    CouponState,
    FeeKind,
    FeeNature,
    GuaranteeKind,
    PaperState,
    PayMode,
    PlanState,
    ReceivableKind,
    ReceivableState,
    RetentionState,
    UnitState,
)
from app.errors import MissingData, NotAllowed, NotYours, WrongAmount, WrongState
from app.unit_of_work import create, fire
from app.workflows.machines import amendment
from tests.kit import A1_FEES, START, D, World
from tests.stories import gift, pays, send

INSTALMENT: dict[str, Any] = {
    "pay_mode": PayMode.INSTALMENT, "down_share": D("0.30"), "retention_share": D("0.05"), "periods": 12,
    "annual_rate": D("0.06"), "first_due_on": dt.date(2025, 4, 30), "repay_day": 31,
}  # fmt: skip
INSURANCE = [{"kind": FeeKind.INSURANCE, "nature": FeeNature.AGENCY, "amount": D(12000)}]


def signed(world: World, **terms: Any) -> m.MachineContract:
    return world.approved(world.contract(world.company(), world.contact(), world.unit(), fees=A1_FEES, **terms))


def amended(world: World, contract: m.MachineContract, price: str, **terms: Any) -> m.ContractAmendment:
    """Written by the salesperson: this price and these terms, the deposit and the fees as they were unless told."""
    line = {"model": world.row(m.MachineModel, model="HT215"), "unit_price": D(price)}
    values = {"contract": contract, "reason": "客户要求", "pay_mode": PayMode.FULL, "deposit_amount": D(20000),
              "lines": [line], "fees": A1_FEES}  # fmt: skip
    return create(m.ContractAmendment, values | terms, by=world["sales1"])


def decided(world: World, paper: m.ContractAmendment) -> m.ContractAmendment:
    fire(paper, "submit", by=world["sales1"])
    while (role := world.row(m.ContractAmendment, id=paper.id).awaiting_role) is not None:
        fire(paper, "approve", by=next(a for a in world.people.values() if role in a.roles))
    return world.row(m.ContractAmendment, id=paper.id)


def principal(world: World, contract: m.MachineContract) -> Any:
    return sum((d.principal_amount for d in world.debts(contract).values()), D(0))


def test_a_lower_price_and_a_fee_less(world: World) -> None:
    contract = signed(world)
    customer, owed = contract.customer, world.debts(contract)
    world.paid(customer, [(owed["DEPOSIT"], "20000"), (owed["BALANCE"], "1000000"), (owed["FEE.GPS"], "3000")])
    paper = decided(world, amended(world, contract, "990000", fees=INSURANCE))
    assert (paper.state, paper.revision) == (PaperState.DONE, 1)
    contract = world.row(m.MachineContract)
    assert (contract.total_amount, contract.revision) == (D("1002000.00"), 1)
    now = {k: (d.amount, d.settled_amount, d.state) for k, d in world.debts(contract).items()}
    assert now == {
        "DEPOSIT": (D("20000.00"), D("20000.00"), ReceivableState.PAID),
        "BALANCE": (D("970000.00"), D("970000.00"), ReceivableState.PAID),
        "FEE.INSURANCE": (D("12000.00"), D("12000.00"), ReceivableState.PAID),
    }
    assert principal(world, contract) == D("1002000.00") == contract.received_amount
    assert world.row(m.PrepaidBalance).amount == D("21000.00")
    assert paper.before["lines"][0]["unit_price"] == "1050000.00" and len(paper.before["fees"]) == 2
    assert world.row(m.MachineUnit).state is UnitState.RESERVED
    send(world, contract)


def test_a_higher_price_leaves_the_difference_to_be_paid(world: World) -> None:
    contract = signed(world)
    pays(world, contract.customer, list(world.debts(contract).values()))
    decided(world, amended(world, contract, "1050000.01"))
    contract = world.row(m.MachineContract)
    assert (contract.outstanding_amount, world.rows(m.PrepaidEntry)) == (D("0.01"), [])
    assert world.debts(contract)["BALANCE"].state is ReceivableState.PARTIAL


def test_from_full_payment_to_instalments_and_back(world: World) -> None:
    contract = signed(world)
    pays(world, contract.customer, [world.debts(contract)["DEPOSIT"], world.debts(contract)["BALANCE"]])
    with pytest.raises(MissingData):  # the archive of a customer on credit has to be complete
        fire(amended(world, contract, "1050000", **INSTALMENT), "submit", by=world["sales1"])
    world.papers(contract.customer)
    # 30 % of 1,050,000.00 down = 315,000.00, 20,000.00 of it deposit → 295,000.00 of the freed 1,030,000.00; then the fees
    decided(world, amended(world, contract, "1050000", **INSTALMENT))
    owed = world.debts(contract)
    assert (owed["DOWN"].settled_amount, owed["FEE.GPS"].state) == (D("295000.00"), ReceivableState.PAID)
    assert world.row(m.PrepaidBalance).amount == D("720000.00")  # 1,030,000.00 − 295,000.00 − 15,000.00
    assert principal(world, contract) == D("1065000.00") and owed["RETENTION"].amount == D("52500.00")
    plan = world.row(m.InstalmentPlan)
    assert (plan.state, plan.revision, plan.principal_amount) == (PlanState.ACTIVE, 2, D("682500.00"))
    world.paid(contract.customer, [(owed["INSTALMENT.1"], "58740.34")])
    decided(world, amended(world, contract, "1050000", **INSTALMENT | {"periods": 6}))
    first, second = world.rows(m.InstalmentPlan)
    assert (first.state, second.state, second.periods) == (PlanState.REPLACED, PlanState.ACTIVE, 6)
    assert world.debts(contract)["INSTALMENT.1"].settled_amount == D("58740.34")
    decided(world, amended(world, contract, "1050000"))
    assert world.row(m.Retention).state is RetentionState.CANCELLED
    assert {r.state for r in world.rows(m.InstalmentPlan)} == {PlanState.REPLACED}
    assert principal(world, contract) == D("1065000.00") and world.row(m.MachineContract).revision == 3
    decided(world, amended(world, contract, "1050000", retention_share=D("0.05")))
    held = world.row(m.Retention)
    assert (held.state, held.amount) == (RetentionState.NOT_STARTED, D("52500.00"))
    assert principal(world, contract) == D("1065000.00")


def test_another_model_lets_the_machine_go(world: World) -> None:
    contract = signed(world)
    model = world.row(m.MachineModel, model="HT370")
    decided(world, amended(world, contract, "0.01", lines=[{"model": model, "unit_price": D(1_900_000)}]))
    line = world.row(m.ContractLine)
    assert (line.model_id, line.unit_id, world.row(m.MachineUnit).state) == (model.id, None, UnitState.IN_STOCK)


def test_a_machine_more_and_a_machine_less(world: World) -> None:
    contract = signed(world)
    model, unit = world.row(m.MachineModel, model="HT215"), world.row(m.MachineUnit)
    two = [{"model": model, "unit_price": D(p)} for p in (1_000_000, 1_050_000)]
    decided(world, amended(world, contract, "1", lines=two))
    lines = world.rows(m.ContractLine)
    assert [(x.line_number, x.unit_price, x.unit_id) for x in sorted(lines, key=lambda x: x.line_number)] == [
        (1, D("1000000.00"), unit.id), (2, D("1050000.00"), None),
    ] or [x.unit_id for x in lines if x.unit_price == D("1050000.00")] == [unit.id]  # fmt: skip
    decided(world, amended(world, contract, "1000000"))
    assert len(world.rows(m.ContractLine)) == 1 and principal(world, contract) == D("1015000.00")


def test_gifts_follow(world: World) -> None:
    contract = signed(world, gifts=[gift(world, "5000"), gift(world, "800")])
    decided(world, amended(world, contract, "1050000", gifts=[gift(world, "800"), gift(world, "300")]))
    assert [(c.face_amount, c.state) for c in world.rows(m.Coupon)] == [
        (D("5000.00"), CouponState.VOID), (D("800.00"), CouponState.PENDING), (D("300.00"), CouponState.PENDING),
    ]  # fmt: skip


def test_the_rules_look_at_the_new_content(world: World) -> None:
    contract = signed(world)
    paper = fire(amended(world, contract, "984999.99"), "submit", by=world["sales1"])
    assert paper.approval_route == "sales_manager,gm"  # the floor of an HT215 is 985,000
    assert world.row(m.MachineContract).total_amount == D("1065000.00")
    with pytest.raises(NotAllowed):
        fire(paper, "approve", by=world["gm"])
    fire(paper, "reject", by=world["sales_manager"], opinion="太低")
    assert world.row(m.MachineContract).revision == 0


def test_nothing_new_is_no_amendment(world: World) -> None:
    contract = signed(world)
    paper = amended(world, contract, "1050000")
    assert amendment.content(paper) == world.row(m.ContractAmendment).before
    with pytest.raises(WrongState):
        fire(paper, "submit", by=world["sales1"])
    assert amendment.content(contract)["lines"] == world.row(m.ContractAmendment).before["lines"]


def test_after_the_dispatch_it_is_too_late(world: World) -> None:
    contract = signed(world)
    pays(world, contract.customer, list(world.debts(contract).values()))
    paper = amended(world, contract, "1000000")
    send(world, contract)
    with pytest.raises(WrongState) as fault:
        fire(paper, "submit", by=world["sales1"])
    assert fault.value.field == "contract" and world.row(m.MachineContract).state is ContractState.DISPATCHED


@pytest.mark.parametrize(
    "terms, field", [({"deposit_amount": D(2_000_000)}, "deposit_amount"), ({"lines": []}, "lines")]
)
def test_an_amendment_is_checked_like_a_contract(world: World, terms: dict[str, Any], field: str) -> None:
    with pytest.raises((WrongAmount, MissingData)) as fault:
        fire(amended(world, signed(world), "1000000", **terms), "submit", by=world["sales1"])
    assert fault.value.field == field


def test_who_may_write_one(world: World) -> None:
    contract = signed(world)
    values = {"contract": contract, "reason": "x", "lines": []}
    with pytest.raises(NotYours):
        create(m.ContractAmendment, values, by=world["sales2"])
    with pytest.raises(NotAllowed):
        create(m.ContractAmendment, values, by=world["finance"])


def test_the_page_tells_what_changes(world: World) -> None:
    contract = signed(world)
    decided(world, amended(world, contract, "990000", fees=INSURANCE))
    page = world.browser("clerk").get("/contractamendmentview/show/1").get_data(as_text=True)
    assert "1,065,000.00" in page and "1,002,000.00" in page and "GPS" in page
    kinds = {d.kind for d in world.rows(m.Receivable) if d.state is ReceivableState.VOID}
    assert kinds == {ReceivableKind.FEE}


def test_the_form_brings_what_the_contract_says_now(site: World) -> None:
    with site.app.app_context(), clock.on(START):
        contract = site.approved(site.contract(site.company(), site.contact(), site.unit(), fees=A1_FEES, **INSTALMENT))
        row_id = contract.id
        db.session.remove()
    form = site.browser("sales1").form(f"/contractamendmentview/add?contract={row_id}")
    assert (form["pay_mode"], form["periods"], form["down_share"]) == ("INSTALMENT", "12", "30")
    assert (form["lines-0-unit_price"], form["fees-1-amount"]) == ("1,050,000.00", "12,000.00")


def test_guarantors_are_changed_by_an_amendment(world: World) -> None:
    """One goes, one comes; what the contract said before stays to be read; a wrong number is refused beside the lines."""
    one = {"name": "王保人", "id_number": id_card(301), "mobile": "13900030001", "kind": GuaranteeKind.JOINT}
    two = {
        "name": "李保人",
        "id_number": id_card(302),
        "mobile": "13900030002",
        "kind": GuaranteeKind.GENERAL,
        "relation": "妻弟",
    }
    contract = signed(world, guarantors=[one])
    with pytest.raises(WrongAmount) as fault:
        amended(
            world,
            contract,
            "1050000",
            guarantors=[two | {"id_number": id_card(302)[:-1] + ("1" if id_card(302)[-1] == "0" else "0")}],
        )
    assert fault.value.field == "guarantors"
    paper = decided(world, amended(world, contract, "1050000", guarantors=[two]))
    assert paper.state is PaperState.DONE
    assert [(g.name, g.relation) for g in world.rows(m.Guarantor, contract_id=contract.id)] == [("李保人", "妻弟")]
    assert [g["name"] for g in paper.before["guarantors"]] == ["王保人"]
    page = world.browser("clerk").get(f"/contractamendmentview/show/{paper.id}").get_data(as_text=True)
    assert "王保人" in page and "李保人" in page
    form = world.browser("clerk").get("/contractamendmentview/add").get_data(as_text=True)
    assert "担保人" in form
