"""银行按揭, 融资租赁, 旧机置换, 约定分期: who owes what to whom, and what becomes of it.

Mortgage, by hand: price 1,050,000.00; deposit 20,000.00; down 30 % = 315,000.00; retention 5 % = 52,500.00
    the bank pays 1,050,000.00 − 315,000.00 − 52,500.00 = 682,500.00
    the customer owes 20,000.00 + (315,000.00 − 20,000.00 = 295,000.00) + GPS 3,000.00 + premium 12,000.00 + 52,500.00
    Σ principal 20,000 + 295,000 + 3,000 + 12,000 + 682,500 + 52,500 = 1,065,000.00, the total
    before dispatch 20,000 + 295,000 + 3,000 + 12,000 = 330,000.00; of it 12,000.00 are owed to the insurer
    the bank's plan, 12 months at 6 %: 682,500 × 0.005 × 1.005^12 ÷ (1.005^12 − 1) = 58,740.34 a month;
    first interest 682,500.00 × 0.005 = 3,412.50, principal 55,327.84
Lease, by hand: price 400,000.00; deposit 10,000.00; down 20 % = 80,000.00; the lessor finances 320,000.00
    financing deposit 5 % of 400,000.00 = 20,000.00; financing fee 2 % of 320,000.00 = 6,400.00; both for the lessor
    total 400,000 + 26,400 = 426,400.00; before dispatch 10,000 + 70,000 + 26,400 = 106,400.00
    netted: he sends 320,000.00 − 26,400.00 = 293,600.00 and owes nothing, nor do we
Trade-in, by hand: price 400,000.00 in full; deposit 10,000.00; old machine 90,000.00
    balance 400,000 − 10,000 − 90,000 = 300,000.00; it comes in at a cost of 90,000.00, no tax to deduct
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from app import clock
from app import models as m
from app.actor import SYSTEM, acting_as
from app.enums import (
    AccountKind,
    ContractState,
    FeeKind,
    FeeNature,
    FundKind,
    InboundKind,
    InboundState,
    InspectionResult,
    PayableKind,
    PayableState,
    PayMode,
    PayState,
    PlanPayee,
    ReceivableState,
    RepayMethod,
    SupplierKind,
    UnitCondition,
    UnitState,
)
from app.errors import AlreadyThere, MissingData, NotPaidEnough, WrongAmount, WrongState
from app.ledgers import cash, prepaid
from app.unit_of_work import change, create, fire
from tests.kit import D, World, on_both
from tests.stories import by_bank, hire, pays, send, sold

FIRST_DUE = dt.date(2025, 4, 30)
HT75 = "HT75"


def partner(world: World, kind: SupplierKind) -> m.Supplier:
    return world.row(m.Supplier, kind=kind)


def mortgage(world: World, **more: Any) -> dict[str, Any]:
    return {
        "pay_mode": PayMode.MORTGAGE, "financier": partner(world, SupplierKind.BANK), "down_share": D("0.30"),
        "retention_share": D("0.05"), "periods": 12, "annual_rate": D("0.06"), "first_due_on": FIRST_DUE, "repay_day": 30,
        "fees": [
            {"kind": FeeKind.GPS, "nature": FeeNature.REVENUE, "amount": D(3000)},
            {"kind": FeeKind.INSURANCE, "nature": FeeNature.AGENCY, "amount": D(12000),
             "payee": partner(world, SupplierKind.INSURER)},
        ],
    } | more  # fmt: skip


def lease(world: World, **more: Any) -> dict[str, Any]:
    return {
        "pay_mode": PayMode.LEASE, "financier": partner(world, SupplierKind.LESSOR), "deposit_amount": D(10000),
        "down_share": D("0.20"), "periods": 24, "annual_rate": D("0.072"), "first_due_on": FIRST_DUE,
        "fees": [
            {"kind": FeeKind.FINANCING_DEPOSIT, "nature": FeeNature.REVENUE, "amount": D(20000)},
            {"kind": FeeKind.FINANCING_FEE, "nature": FeeNature.REVENUE, "amount": D(6400)},
        ],
    } | more  # fmt: skip


def small(world: World, serial: str | None = "HT75-0001", price: str = "400000") -> list[dict[str, Any]]:
    unit = world.unit(serial, HT75, "350000") if serial else None
    return [{"model": world.row(m.MachineModel, model=HT75), "unit": unit, "unit_price": D(price)}]


def old_machine(world: World, amount: str = "90000", serial: str = "XG60-2011", **more: Any) -> dict[str, Any]:
    return {
        "trade_in_amount": D(amount), "trade_in_serial": serial, "trade_in_year": 2016,
        "trade_in_model": world.row(m.MachineModel, model="HT75"), "trade_in_yard": world.row(m.Warehouse, code="ZJ1"),
    } | more  # fmt: skip


def exchanged(world: World, **more: Any) -> m.MachineContract:
    terms = {"deposit_amount": D(10000), "lines": small(world)} | old_machine(world) | more
    return world.approved(world.contract(world.company(), world.contact(), None, **terms))


def owed(world: World, contract: m.MachineContract) -> dict[str, Decimal]:
    return {name: debt.amount for name, debt in world.debts(contract).items()}


def payables(world: World, contract: m.MachineContract) -> list[tuple[str, Decimal, PayableState]]:
    found = world.rows(m.Payable, contract_id=contract.id)
    return [(p.supplier.kind.name, p.outstanding_amount, p.state) for p in sorted(found, key=lambda p: p.id)]


def told(world: World, contract: m.MachineContract) -> m.MachineContract:
    return world.row(m.MachineContract, id=contract.id)


def paid_out(
    world: World, contract: m.MachineContract, funds: list[dict[str, Any]], amount: str, payer: SupplierKind
) -> m.Receipt:
    """A receipt of the financier, written by finance."""
    return create(
        m.Receipt,
        {"customer": contract.customer, "payer": partner(world, payer), "received_on": clock.today(), "funds": funds,
         "allocations": [{"receivable": world.debts(contract)["FINANCE"], "amount": D(amount)}]},
        by=world["finance"],
    )  # fmt: skip


def offset(world: World, contract: m.MachineContract, amount: str) -> dict[str, Any]:
    return {"kind": FundKind.OFFSET, "payable": world.row(m.Payable, contract_id=contract.id), "amount": D(amount)}


def in_bank(world: World) -> Decimal:
    return cash.balance(world.row(m.FundAccount, kind=AccountKind.BANK))


# -- mortgage --------------------------------------------------------------------------------------------------------


@on_both
def test_a_mortgage_is_owed_by_two_and_adds_up(world: World) -> None:
    customer = world.company()
    contract = world.approved(world.contract(customer, world.contact(), world.unit(), **mortgage(world)))
    assert owed(world, contract) == {
        "DEPOSIT": D(20000), "DOWN": D(295000), "FEE.GPS": D(3000), "FEE.INSURANCE": D(12000), "FINANCE": D(682500),
        "RETENTION": D(52500),
    }  # fmt: skip
    debts = world.debts(contract)
    assert sum(d.principal_amount for d in debts.values()) == told(world, contract).total_amount == D(1_065_000)
    bank = partner(world, SupplierKind.BANK)
    assert [d.payer_id for name, d in debts.items() if name == "FINANCE"] == [bank.id]
    assert {d.payer_id for name, d in debts.items() if name != "FINANCE"} == {None}
    assert payables(world, contract) == [("INSURER", D(12000), PayableState.OPEN)]
    plan = world.row(m.InstalmentPlan)
    assert (plan.payee, plan.principal_amount, plan.periods) == (PlanPayee.FINANCIER, D(682500), 12)
    first = plan.rows[0]
    assert (first.principal_amount, first.interest_amount, first.total_amount) == (D("55327.84"), D("3412.50"), D("58740.34"))  # fmt: skip
    assert {row.receivable_id for row in plan.rows} == {None} and sum(r.principal_amount for r in plan.rows) == D(
        682500
    )


def test_the_machine_leaves_when_the_customers_part_is_paid_and_the_bank_pays_later(world: World) -> None:
    customer = world.company()
    contract = world.approved(world.contract(customer, world.contact(), world.unit(), **mortgage(world)))
    with pytest.raises(NotPaidEnough, match=r"330,000\.00"):
        send(world, contract)
    pays(world, customer, [d for d in world.debts(contract).values() if d.is_before_dispatch])
    before = in_bank(world)
    send(world, contract)
    paper = paid_out(world, contract, [by_bank(world, "682500", "FK1")], "682500", SupplierKind.BANK)
    fire(paper, "confirm", by=world["finance"])
    assert in_bank(world) - before == D(682500)
    assert (told(world, contract).outstanding_amount, told(world, contract).pay_state) == (D(52500), PayState.PARTIAL)
    assert prepaid.balance(customer.id) == 0


def test_where_the_contract_says_so_the_machine_waits_for_the_bank(world: World) -> None:
    customer = world.company()
    terms = mortgage(world, is_paid_out_first=True, payout_on=dt.date(2025, 3, 20))
    contract = world.approved(world.contract(customer, world.contact(), world.unit(), **terms))
    assert world.debts(contract)["FINANCE"].due_on == dt.date(2025, 3, 20)
    pays(world, customer, [d for n, d in world.debts(contract).items() if d.is_before_dispatch and n != "FINANCE"])
    with pytest.raises(NotPaidEnough, match=r"682,500\.00"):
        send(world, contract)
    fire(
        paid_out(world, contract, [by_bank(world, "682500", "FK1")], "682500", SupplierKind.BANK),
        "confirm",
        by=world["finance"],
    )
    assert told(world, send(world, contract)).state is ContractState.DISPATCHED


def test_the_customer_does_not_pay_for_the_bank_nor_the_bank_for_him(world: World) -> None:
    customer = world.company()
    contract = world.approved(world.contract(customer, world.contact(), world.unit(), **mortgage(world)))
    debts = world.debts(contract)
    with pytest.raises(WrongAmount, match="江淮银行"):
        world.receipt(customer, [(debts["FINANCE"], "100")])
    with pytest.raises(WrongAmount, match=debts["DOWN"].number):
        create(
            m.Receipt,
            {"customer": customer, "payer": partner(world, SupplierKind.BANK), "received_on": clock.today(),
             "funds": [by_bank(world, "100")], "allocations": [{"receivable": debts["DOWN"], "amount": D(100)}]},
            by=world["clerk"],
        )  # fmt: skip


def test_what_the_bank_has_paid_never_becomes_the_customers_money(world: World) -> None:
    customer = world.company()
    contract = world.approved(world.contract(customer, world.contact(), world.unit(), **mortgage(world)))
    paper = paid_out(world, contract, [by_bank(world, "682500", "FK1")], "682500", SupplierKind.BANK)
    fire(paper, "confirm", by=world["finance"])
    drop = create(m.ContractCancellation, {"contract": contract, "reason": "客户不要了"}, by=world["clerk"])
    with pytest.raises(WrongState, match="江淮银行"):
        fire(drop, "submit", by=world["clerk"])
    fire(paper, "reverse", by=world["finance"], reason="银行收回")
    change(world.row(m.ContractCancellation, id=drop.id), {"reason": "客户不要了，银行已收回"}, by=world["clerk"])
    decided(world, drop)
    assert told(world, contract).state is ContractState.CANCELLED
    assert payables(world, contract) == [("INSURER", D(0), PayableState.VOID)]
    assert prepaid.balance(customer.id) == 0


def decided(world: World, paper: Any) -> None:
    """Submitted by the clerk and approved by everybody on the route."""
    fire(paper, "submit", by=world["clerk"])
    while (role := world.row(type(paper), id=paper.id).awaiting_role) is not None:
        fire(paper, "approve", by=next(a for a in world.people.values() if role in a.roles))


# -- lease -----------------------------------------------------------------------------------------------------------


def leased(world: World, **more: Any) -> m.MachineContract:
    terms = lease(world, lines=small(world), **more)
    return world.approved(world.contract(world.company(), world.contact(), None, **terms))


@on_both
def test_a_lease_collects_for_the_lessor_who_nets_it(world: World) -> None:
    contract = leased(world)
    assert owed(world, contract) == {
        "DEPOSIT": D(10000), "DOWN": D(70000), "FEE.FINANCING_DEPOSIT": D(20000), "FEE.FINANCING_FEE": D(6400),
        "FINANCE": D(320000),
    }  # fmt: skip
    assert told(world, contract).total_amount == D(426400)
    assert sum(d.amount for d in world.debts(contract).values() if d.is_before_dispatch) == D(106400)
    debt = world.row(m.Payable, contract_id=contract.id)
    assert (debt.supplier.kind, debt.kind, debt.amount) == (SupplierKind.LESSOR, PayableKind.AGENCY, D(26400))
    assert {fee.nature for fee in told(world, contract).fees} == {FeeNature.AGENCY}
    before = in_bank(world)
    paper = paid_out(
        world, contract, [by_bank(world, "293600", "ZL1"), offset(world, contract, "26400")], "320000", SupplierKind.LESSOR
    )  # fmt: skip
    fire(paper, "confirm", by=world["finance"])
    assert in_bank(world) - before == D(293600)
    assert payables(world, contract) == [("LESSOR", D(0), PayableState.PAID)]
    assert world.debts(contract)["FINANCE"].state is ReceivableState.PAID
    fire(paper, "reverse", by=world["finance"], reason="划错账户")
    assert in_bank(world) == before
    assert payables(world, contract) == [("LESSOR", D(26400), PayableState.OPEN)]
    assert world.debts(contract)["FINANCE"].state is ReceivableState.OPEN


def test_no_more_is_offset_than_is_owed_to_him_who_pays(world: World) -> None:
    contract = leased(world)
    funds = [by_bank(world, "293599.99", "ZL1"), offset(world, contract, "26400.01")]
    paper = paid_out(world, contract, funds, "320000", SupplierKind.LESSOR)
    with pytest.raises(WrongAmount, match=r"26,400\.00"):
        fire(paper, "confirm", by=world["finance"])
    assert payables(world, contract) == [("LESSOR", D(26400), PayableState.OPEN)]
    with pytest.raises(WrongAmount, match="恒拓融资租赁"):
        world.receipt(
            contract.customer, [(world.debts(contract)["DOWN"], "26400")], funds=[offset(world, contract, "26400")]
        )
    with pytest.raises(MissingData):
        paid_out(world, contract, [{"kind": FundKind.OFFSET, "amount": D(5)}], "5", SupplierKind.LESSOR)
    twice = [offset(world, contract, "100"), offset(world, contract, "100")]
    with pytest.raises(WrongAmount):
        paid_out(world, contract, twice, "200", SupplierKind.LESSOR)


def test_two_receipts_do_not_offset_the_same_payable(world: World) -> None:
    contract = leased(world)
    first = paid_out(world, contract, [offset(world, contract, "26400")], "26400", SupplierKind.LESSOR)
    second = paid_out(world, contract, [offset(world, contract, "26400")], "26400", SupplierKind.LESSOR)
    fire(first, "confirm", by=world["finance"])
    with pytest.raises(WrongAmount):
        fire(second, "confirm", by=world["finance"])
    assert world.debts(contract)["FINANCE"].outstanding_amount == D(293600)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"financier": None}, "financier"),
        ({"financier": "BANK"}, "financier"),
        ({"financier": "disabled"}, "financier"),
        ({"periods": 0}, "periods"),
        ({"first_due_on": None}, "first_due_on"),
        ({"down_share": None, "down_amount": D(9000)}, "down_amount"),
    ],
)
def test_a_lease_that_lacks_something_is_not_submitted(world: World, more: dict[str, Any], field: str) -> None:
    is_disabled = more.get("financier") == "disabled"
    if is_disabled:
        more = {}
    elif more.get("financier"):
        more = {"financier": partner(world, SupplierKind[more["financier"]])}
    contract = world.contract(world.company(), world.contact(), None, **lease(world, lines=small(world), **more))
    if is_disabled:  # while the draft lay there
        change(partner(world, SupplierKind.LESSOR), {"is_enabled": False}, by=world["buyer"])
    with pytest.raises((MissingData, WrongAmount)) as fault:
        fire(contract, "submit", by=world["sales1"])
    assert fault.value.field == field


def test_financing_fees_belong_to_a_financed_contract(world: World) -> None:
    fees = lease(world)["fees"]
    with pytest.raises(WrongAmount) as fault:
        world.contract(world.company(), world.contact(), world.unit(), fees=fees)
    assert fault.value.field == "fees"


def test_another_payment_mode_forgets_the_financier(world: World) -> None:
    contract = world.contract(world.company(), world.contact(), None, **lease(world, lines=small(world)))
    change(contract, {"pay_mode": PayMode.FULL, "fees": []}, by=world["sales1"])
    kept = told(world, contract)
    assert (kept.financier_id, kept.finance_amount, kept.periods, kept.first_due_on) == (None, D(0), 0, None)


def test_an_amendment_follows_to_the_lessor(world: World) -> None:
    """Down 25 % = 100,000.00: financed 300,000.00, fee 2 % = 6,000.00; the lessor is owed 26,000.00."""
    contract = leased(world)
    fees = [{"kind": FeeKind.FINANCING_DEPOSIT, "nature": FeeNature.AGENCY, "amount": D(20000)},
            {"kind": FeeKind.FINANCING_FEE, "nature": FeeNature.AGENCY, "amount": D(6000)}]  # fmt: skip
    paper = amendment(world, contract, lease(world, down_share=D("0.25"), fees=fees))
    decided(world, paper)
    assert owed(world, contract) == {
        "DEPOSIT": D(10000), "DOWN": D(90000), "FEE.FINANCING_DEPOSIT": D(20000), "FEE.FINANCING_FEE": D(6000),
        "FINANCE": D(300000),
    }  # fmt: skip
    assert payables(world, contract) == [("LESSOR", D(0), PayableState.VOID), ("LESSOR", D(26000), PayableState.OPEN)]
    plans = world.rows(m.InstalmentPlan, contract_id=contract.id)
    assert [p.principal_amount for p in sorted(plans, key=lambda p: p.id)] == [D(320000), D(300000)]


def amendment(world: World, contract: m.MachineContract, terms: dict[str, Any]) -> m.ContractAmendment:
    lines = [{"model": line.model, "unit_price": line.unit_price} for line in told(world, contract).lines]
    return create(
        m.ContractAmendment,
        {"contract": contract, "reason": "重新谈定", "lines": lines} | terms,
        by=world["clerk"],
    )


def test_what_was_handed_on_cannot_be_amended_away(world: World) -> None:
    contract = leased(world)
    paper = paid_out(world, contract, [offset(world, contract, "26400")], "26400", SupplierKind.LESSOR)
    fire(paper, "confirm", by=world["finance"])
    fees = [{"kind": FeeKind.FINANCING_DEPOSIT, "nature": FeeNature.AGENCY, "amount": D(20000)}]
    less = amendment(world, contract, lease(world, fees=fees))
    with pytest.raises(WrongState, match="恒拓融资租赁"):
        decided(world, less)
    assert payables(world, contract) == [("LESSOR", D(0), PayableState.PAID)]


# -- trade-in --------------------------------------------------------------------------------------------------------


def came_in(world: World, contract: m.MachineContract) -> m.MachineInbound:
    paper = world.row(m.MachineInbound, contract_id=contract.id, state=InboundState.PENDING)
    return fire(paper, "receive", by=world["keeper"], inspection=InspectionResult.PASS)


@on_both
def test_an_old_machine_pays_when_it_stands_in_the_yard(world: World) -> None:
    contract = exchanged(world)
    assert owed(world, contract) == {"DEPOSIT": D(10000), "BALANCE": D(300000), "TRADE_IN": D(90000)}
    paper = world.row(m.MachineInbound, contract_id=contract.id)
    assert (paper.kind, paper.state, paper.gross_amount, paper.cost_amount, paper.condition) == (
        InboundKind.TRADE_IN, InboundState.PENDING, D(90000), D(90000), UnitCondition.USED,
    )  # fmt: skip
    debts = world.debts(contract)
    pays(world, contract.customer, [debts["DEPOSIT"], debts["BALANCE"]])
    with pytest.raises(NotPaidEnough, match=r"90,000\.00"):
        send(world, contract)
    came_in(world, contract)
    unit = world.row(m.MachineUnit, serial_number="XG60-2011")
    assert (unit.state, unit.cost_amount, unit.owner_customer_id) == (UnitState.IN_STOCK, D(90000), None)
    assert told(world, contract).pay_state is PayState.SETTLED
    assert world.rows(m.Payable, contract_id=contract.id) == []
    assert told(world, send(world, contract)).state is ContractState.DISPATCHED


def test_money_does_not_pay_for_the_old_machine(world: World) -> None:
    contract = exchanged(world)
    with pytest.raises(WrongAmount, match=world.debts(contract)["TRADE_IN"].number):
        world.receipt(contract.customer, [(world.debts(contract)["TRADE_IN"], "90000")])
    paper = world.receipt(contract.customer, [], total="400000")
    fire(paper, "allocate", by=world["clerk"])
    allocated = {line.receivable.kind.name: line.amount for line in world.row(m.Receipt, id=paper.id).allocations}
    assert allocated == {"DEPOSIT": D(10000), "BALANCE": D(300000)}


def test_a_reversed_inbound_is_owed_again_and_awaited_again(world: World) -> None:
    contract = exchanged(world)
    paper = came_in(world, contract)
    fire(paper, "reverse", by=world["finance"], reason="不是这台")
    assert world.debts(contract)["TRADE_IN"].outstanding_amount == D(90000)
    waiting = world.rows(m.MachineInbound, contract_id=contract.id, state=InboundState.PENDING)
    assert [(p.serial_number, p.gross_amount) for p in waiting] == [("XG60-2011", D(90000))]
    came_in(world, contract)
    assert world.debts(contract)["TRADE_IN"].state is ReceivableState.PAID


def test_what_we_sold_comes_back_and_is_given_back_as_it_was(world: World) -> None:
    customer = world.company()
    sold(world, customer, serial="HT215-0001")
    before = dict(vars(world.row(m.MachineUnit, serial_number="HT215-0001")))
    terms = {"deposit_amount": D(10000), "lines": small(world)} | old_machine(
        world, serial="ht215-0001", trade_in_model=world.row(m.MachineModel, model="HT215")
    )
    contract = world.approved(world.contract(customer, world.contact(number=7), None, **terms))
    paper = came_in(world, contract)
    unit = world.row(m.MachineUnit, serial_number="HT215-0001")
    assert (unit.state, unit.condition, unit.owner_customer_id, unit.warranty_ends_on, unit.cost_amount) == (
        UnitState.IN_STOCK, UnitCondition.USED, None, None, D(90000),
    )  # fmt: skip
    fire(paper, "reverse", by=world["finance"], reason="客户反悔")
    after = dict(vars(world.row(m.MachineUnit, serial_number="HT215-0001")))
    same = {n: v for n, v in before.items() if n not in ("version", "changed_at", "changed_by_id") and n[0] != "_"}
    assert {n: after[n] for n in same} == same


def test_a_machine_of_somebody_else_is_not_taken_in_payment(world: World) -> None:
    sold(world, world.company(number=2), serial="HT215-0001")
    terms = {"deposit_amount": D(10000), "lines": small(world)} | old_machine(world, serial="HT215-0001")
    contract = world.contract(world.company(), world.contact(number=7), None, **terms)
    with pytest.raises(AlreadyThere, match="HT215-0001"):
        world.approved(contract)


def test_part_of_the_down_payment_may_be_an_old_machine(world: World) -> None:
    """Down 40 % of 400,000.00 = 160,000.00 = deposit 10,000.00 + old machine 90,000.00 + 60,000.00 in money."""
    contract = exchanged(
        world, pay_mode=PayMode.INSTALMENT, down_share=D("0.40"), periods=6, annual_rate=D(0), first_due_on=FIRST_DUE
    )
    debts = owed(world, contract)
    assert (debts["DEPOSIT"], debts["DOWN"], debts["TRADE_IN"]) == (D(10000), D(60000), D(90000))
    assert sum(debts.values()) == D(400000)


def test_a_cancelled_contract_leaves_the_old_machine_here_and_its_value_prepaid(world: World) -> None:
    contract = exchanged(world)
    came_in(world, contract)
    drop = create(
        m.ContractCancellation,
        {"contract": contract, "reason": "客户不要了", "kept_amount": D(90000)},
        by=world["clerk"],
    )
    decided(world, drop)
    assert prepaid.balance(contract.customer_id) == D(90000)
    assert world.row(m.MachineUnit, serial_number="XG60-2011").state is UnitState.IN_STOCK
    paper = world.row(m.MachineInbound, contract_id=contract.id)
    fire(paper, "reverse", by=world["finance"], reason="旧机退还客户")
    assert prepaid.balance(contract.customer_id) == 0


def returned(world: World, contract: m.MachineContract) -> m.MachineReturn:
    values = {"dispatch": world.row(m.MachineDispatch, contract_id=contract.id), "reason": "功率不足",
              "warehouse": world.row(m.Warehouse, code="ZJ1")}  # fmt: skip
    paper = create(m.MachineReturn, values, by=world["clerk"])
    decided(world, paper)
    return paper


def test_a_returned_machine_leaves_the_value_of_the_old_one_prepaid(world: World) -> None:
    """Paid 10,000.00 + 300,000.00 in money and 90,000.00 by the old machine: 400,000.00 to be refunded."""
    contract = exchanged(world)
    came_in(world, contract)
    pays(world, contract.customer, [d for n, d in world.debts(contract).items() if n != "TRADE_IN"])
    send(world, contract)
    paper = returned(world, contract)
    assert world.row(m.MachineReturn, id=paper.id).refund_amount == D(400000) == prepaid.balance(contract.customer_id)


def test_an_old_machine_is_not_awaited_when_the_new_one_came_back(world: World) -> None:
    contract = exchanged(world)
    pays(world, contract.customer, [d for n, d in world.debts(contract).items() if n != "TRADE_IN"])
    fire(contract, "permit", by=world["gm"], reason="旧机明天拖来", until=clock.today())
    send(world, contract)
    returned(world, contract)
    assert world.row(m.MachineInbound, contract_id=contract.id).state is InboundState.CANCELLED


def test_a_contract_without_it_does_not_wait_for_the_old_machine(world: World) -> None:
    contract = exchanged(world)
    paper = amendment(world, contract, {"deposit_amount": D(10000), "trade_in_amount": D(0)})
    decided(world, paper)
    assert owed(world, contract) == {"DEPOSIT": D(10000), "BALANCE": D(390000)}
    assert world.row(m.MachineInbound, contract_id=contract.id).state is InboundState.CANCELLED


def test_another_value_is_agreed_on_only_while_the_old_machine_is_not_here(world: World) -> None:
    contract = exchanged(world)
    decided(world, amendment(world, contract, {"deposit_amount": D(10000)} | old_machine(world, "80000")))
    assert owed(world, contract) == {"DEPOSIT": D(10000), "BALANCE": D(310000), "TRADE_IN": D(80000)}
    paper = came_in(world, contract)
    assert world.row(m.MachineUnit, serial_number="XG60-2011").cost_amount == D(80000)
    more = amendment(world, contract, {"deposit_amount": D(10000)} | old_machine(world, "95000"))
    with pytest.raises(WrongState, match=paper.number):
        decided(world, more)


def test_the_paper_of_an_old_machine_comes_and_goes_with_its_contract(world: World) -> None:
    contract = exchanged(world)
    paper = world.row(m.MachineInbound, contract_id=contract.id)
    with pytest.raises(WrongState):
        fire(paper, "cancel", by=world["buyer"], reason="不来了")
    with pytest.raises(WrongAmount) as fault:
        change(paper, {"gross_amount": D(95000)}, by=world["buyer"])
    assert fault.value.field == "gross_amount" and contract.number in str(fault.value)
    with pytest.raises(WrongAmount):
        create(
            m.MachineInbound,
            {"kind": InboundKind.TRADE_IN, "model": paper.model, "serial_number": "A1", "condition": UnitCondition.USED,
             "warehouse": paper.warehouse, "gross_amount": D(1000)},
            by=world["buyer"],
        )  # fmt: skip


@pytest.mark.parametrize("lacking", ["trade_in_model", "trade_in_serial", "trade_in_yard"])
def test_an_old_machine_is_named_before_the_contract_is_submitted(world: World, lacking: str) -> None:
    terms = {"deposit_amount": D(10000), "lines": small(world)} | old_machine(world) | {lacking: None}
    contract = world.contract(world.company(), world.contact(), None, **terms)
    with pytest.raises(MissingData) as fault:
        fire(contract, "submit", by=world["sales1"])
    assert fault.value.field == lacking


# -- agreed instalments ------------------------------------------------------------------------------------------------


def rows(*told: tuple[dt.date, str, str]) -> list[dict[str, Any]]:
    return [{"due_on": day, "principal_amount": D(p), "interest_amount": D(i)} for day, p, i in told]


AGREED = rows(
    (dt.date(2025, 6, 30), "100000", "3000"), (dt.date(2025, 12, 31), "100000", "2000"), (dt.date(2026, 6, 30), "40000", "500"),
)  # fmt: skip


def by_agreement(world: World, instalments: list[dict[str, Any]], **more: Any) -> m.MachineContract:
    terms = {
        "pay_mode": PayMode.INSTALMENT, "deposit_amount": D(10000), "down_share": D("0.40"),
        "repay_method": RepayMethod.CUSTOM, "instalments": instalments, "lines": small(world),
    }  # fmt: skip
    return world.contract(world.company(), world.contact(), None, **terms | more)


@on_both
def test_agreed_instalments_are_owed_as_they_were_typed(world: World) -> None:
    """400,000.00 less 40 % = 240,000.00 = 100,000.00 + 100,000.00 + 40,000.00; interest 5,500.00 on top."""
    contract = world.approved(by_agreement(world, AGREED))
    debts = world.debts(contract)
    assert [(debts[f"INSTALMENT.{n}"].amount, debts[f"INSTALMENT.{n}"].due_on) for n in (1, 2, 3)] == [
        (D(103000), dt.date(2025, 6, 30)), (D(102000), dt.date(2025, 12, 31)), (D(40500), dt.date(2026, 6, 30)),
    ]  # fmt: skip
    plan = world.row(m.InstalmentPlan)
    assert (plan.method, plan.periods, plan.interest_amount) == (RepayMethod.CUSTOM, 3, D(5500))
    kept = told(world, contract)
    assert (kept.periods, kept.first_due_on, kept.annual_rate) == (3, dt.date(2025, 6, 30), D(0))


@pytest.mark.parametrize(
    "instalments",
    [
        [],
        rows((dt.date(2025, 6, 30), "239999.99", "0")),
        rows((dt.date(2025, 6, 30), "120000", "0"), (dt.date(2025, 6, 30), "120000", "0")),
        rows((dt.date(2025, 12, 31), "120000", "0"), (dt.date(2025, 6, 30), "120000", "0")),
    ],
)
def test_instalments_that_do_not_fit_are_refused_beside_them(world: World, instalments: list[dict[str, Any]]) -> None:
    contract = by_agreement(world, instalments)
    with pytest.raises((MissingData, WrongAmount)) as fault:
        fire(contract, "submit", by=world["sales1"])
    assert fault.value.field == "instalments"


@pytest.mark.parametrize("wrong", [("0", "0"), ("-1", "5"), ("5", "-1")])
def test_an_instalment_has_an_amount(world: World, wrong: tuple[str, str]) -> None:
    with pytest.raises(WrongAmount) as fault:
        by_agreement(world, rows((dt.date(2025, 6, 30), *wrong)))
    assert fault.value.field == "instalments"


def test_another_method_forgets_the_agreed_rows(world: World) -> None:
    contract = by_agreement(world, AGREED)
    change(
        contract,
        {"repay_method": RepayMethod.FLAT, "periods": 4, "first_due_on": FIRST_DUE},
        by=world["sales1"],
    )
    assert told(world, contract).instalments == [] and world.rows(m.ContractInstalment) == []


def test_an_amendment_replaces_the_agreed_rows(world: World) -> None:
    contract = world.approved(by_agreement(world, AGREED))
    later = rows((dt.date(2025, 9, 30), "140000", "4000"), (dt.date(2026, 3, 31), "100000", "3000"))
    paper = amendment(
        world, contract,
        {"pay_mode": PayMode.INSTALMENT, "deposit_amount": D(10000), "down_share": D("0.40"),
         "repay_method": RepayMethod.CUSTOM, "instalments": later},
    )  # fmt: skip
    decided(world, paper)
    debts = world.debts(contract)
    assert (debts["INSTALMENT.1"].amount, debts["INSTALMENT.2"].amount) == (D(144000), D(103000))
    assert "INSTALMENT.3" not in debts and told(world, contract).periods == 2


# -- who decides, and on whose papers -----------------------------------------------------------------------------------


def test_finance_decides_on_what_a_financier_pays(world: World) -> None:
    contract = world.contract(world.company(), world.contact(), world.unit(), **mortgage(world))
    fire(contract, "submit", by=world["sales1"])
    assert told(world, contract).approval_route == "sales_manager,finance"


def test_finance_pays_the_insurer_what_was_collected(world: World) -> None:
    hire(world, "finance2", "乙财务", ["finance"], number="191")
    contract = world.approved(world.contract(world.company(), world.contact(), world.unit(), **mortgage(world)))
    debt = world.row(m.Payable, contract_id=contract.id)
    with acting_as(SYSTEM):
        account = world.row(m.FundAccount, kind=AccountKind.BANK)
    paper = create(
        m.Payment,
        {"supplier": debt.supplier, "account": account, "lines": [{"payable": debt, "amount": D(12000)}]},
        by=world["finance"],
    )
    fire(paper, "submit", by=world["finance"])
    fire(paper, "approve", by=world["gm"])
    fire(paper, "pay", by=world["finance2"])
    assert payables(world, contract) == [("INSURER", D(0), PayableState.PAID)]
