"""退其中一台: one of several machines comes back and takes its share of the contract along, to the cent.

The worked case: an HT215 for 1,050,000.00 and an HT75 for 390,000.00 (cost 339,000.00 / 1.13 = 300,000.00), together
1,440,000.00; deposit 20,000.00, retention 5 % = 72,000.00, balance 1,348,000.00; fees 15,000.00; a coupon of 5,000.00.

The HT75 comes back; 390,000.00 spread over the debts by running sums:
    deposit    390,000.00 × 20,000.00 / 1,440,000.00 = 5,416.67, stays 14,583.33
    balance    390,000.00 × 1,368,000.00 / 1,440,000.00 − 5,416.67 = 370,500.00 − 5,416.67 = 365,083.33, stays 982,916.67
    retention  390,000.00 − 370,500.00 = 19,500.00, stays 52,500.00: 5 % of 1,050,000.00
    paid for it 370,500.00; depreciation 22,600.00, without tax 20,000.00; refund 347,900.00; back at 280,000.00
    coupon     5,000.00 × 390 / 1,440 = 1,354.17 of the 2,000.00 that are left
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import clock
from app import models as m
from app.enums import (
    AccountKind,
    ComplaintKind,
    ContractState,
    CouponState,
    DispatchState,
    FundKind,
    PaperState,
    PayMode,
    ReceivableKind,
    ReceivableState,
    RetentionState,
    UnitState,
)
from app.errors import WrongState
from app.formulas.money import spread
from app.unit_of_work import create, fire
from tests.kit import A1_FEES, D, World, on_both
from tests.stories import gift, part_debt, pays, send

K = ReceivableKind


def two(world: World, **terms: Any) -> m.MachineContract:
    """Both machines signed, nothing paid."""
    lines = [
        {
            "model": world.row(m.MachineModel, model=name),
            "unit": world.unit(f"{name}-0001", name, cost),
            "unit_price": D(price),
        }
        for name, cost, price in (("HT215", "904000", "1050000"), ("HT75", "339000", "390000"))
    ]
    return world.approved(world.contract(world.company(), world.contact(), None, lines=lines, **terms))


def both_out(world: World, **terms: Any) -> m.MachineContract:
    contract = two(world, **terms)
    pays(world, contract.customer, [d for d in world.debts(contract).values() if d.is_before_dispatch])
    send(world, contract)
    return send(world, contract)


def back(world: World, contract: m.MachineContract, line: int, **more: Any) -> m.MachineReturn:
    """Written by the clerk and approved by everybody asked."""
    sent = next(
        d for d in world.rows(m.MachineDispatch, contract_id=contract.id) if d.contract_line.line_number == line
    )
    values = {"dispatch": sent, "warehouse": world.row(m.Warehouse, code="ZJ2"), "reason": "功率不足"}
    paper = create(m.MachineReturn, values | more, by=world["clerk"])
    fire(paper, "submit", by=world["clerk"])
    for role in ("sales_manager", "finance", "gm"):
        fire(paper, "approve", by=world[role])
    return world.row(m.MachineReturn, id=paper.id)


def amounts(world: World, contract: m.MachineContract) -> dict[ReceivableKind, tuple[Any, Any]]:
    """(amount, open) of every debt that stands, fees left out."""
    return {
        d.kind: (d.amount, d.outstanding_amount)
        for d in world.rows(m.Receivable, contract_id=contract.id)
        if d.state is not ReceivableState.VOID and d.kind is not K.FEE
    }


@on_both
def test_one_of_two_takes_its_share_and_the_last_one_the_rest(world: World) -> None:
    contract = both_out(world, fees=A1_FEES, gifts=[gift(world, "5000")], retention_share=D("0.05"))
    coupon = world.row(m.Coupon)
    debt = part_debt(world, contract.customer, "3000")
    world.paid(
        contract.customer, [(debt, "3000")], funds=[{"kind": FundKind.COUPON, "coupon": coupon, "amount": D(3000)}]
    )
    with clock.on(dt.date(2025, 4, 10)):
        first = back(world, contract, 2, depreciation_amount=D(22600))
        assert (first.state, first.paid_amount, first.refund_amount, first.cost_back) == (
            PaperState.TO_REFUND, D("370500.00"), D("347900.00"), D("280000.00"),
        )  # fmt: skip
        fire(first, "refund", by=world["finance"], account=world.row(m.FundAccount, kind=AccountKind.BANK))
        assert world.row(m.PrepaidBalance).amount == D("0.00")
        assert amounts(world, contract) == {
            K.DEPOSIT: (D("14583.33"), D("0.00")), K.BALANCE: (D("982916.67"), D("0.00")),
            K.RETENTION: (D("52500.00"), D("52500.00")), K.DEPRECIATION: (D("22600.00"), D("0.00")),
        }  # fmt: skip
        contract = world.row(m.MachineContract)
        # 14,583.33 + 982,916.67 + 22,600.00 + fees 15,000.00
        assert (contract.state, contract.received_amount, contract.outstanding_amount) == (
            ContractState.DISPATCHED, D("1035100.00"), D("52500.00"),
        )  # fmt: skip
        held = world.row(m.Retention)
        assert (held.amount, held.state) == (D("52500.00"), RetentionState.RUNNING)
        assert (world.row(m.Coupon).balance, world.row(m.Coupon).state) == (D("645.83"), CouponState.ACTIVE)
        states = {u.serial_number: u.state for u in world.rows(m.MachineUnit)}
        assert states == {"HT215-0001": UnitState.SOLD, "HT75-0001": UnitState.RETURNED}
    with clock.on(dt.date(2025, 5, 10)):
        last = back(world, contract, 1, depreciation_amount=D(500))
        # 1,368,000.00 − 370,500.00 for it; 500.00 are charged
        assert (last.paid_amount, last.refund_amount) == (D("997500.00"), D("997000.00"))
        assert {k for k, (_, open_) in amounts(world, contract).items()} == {K.DEPRECIATION}
        contract = world.row(m.MachineContract)
        assert (contract.state, contract.received_amount, contract.outstanding_amount) == (
            ContractState.RETURNED, D("38100.00"), D("0.00"),
        )  # fmt: skip
        assert world.row(m.Coupon).state is CouponState.VOID and world.row(m.Coupon).balance == 0
        assert world.row(m.Retention).state is RetentionState.CANCELLED
        assert {d.state for d in world.rows(m.MachineDispatch)} == {DispatchState.RETURNED}


@pytest.mark.parametrize(
    "balance_paid, refund, still_open",
    [
        # 1,050,000.00 go: 390,000.00 stay owed, 920,000.00 are in
        ("900000", "530000.00", "0.00"),
        # 320,000.00 are in: what is too much on the deposit (20,000.00 − 5,416.67) pays the balance
        ("300000", "0.00", "70000.00"),
    ],
)
def test_nobody_gets_money_back_while_the_other_machine_is_not_paid(
    world: World, balance_paid: str, refund: str, still_open: str
) -> None:
    contract = two(world)
    debts = world.debts(contract)
    world.paid(contract.customer, [(debts["DEPOSIT"], "20000"), (debts["BALANCE"], balance_paid)])
    fire(contract, "permit", by=world["gm"], reason="老客户", until=clock.today())
    send(world, contract)
    send(world, contract)
    paper = back(world, contract, 1)
    assert (paper.paid_amount, paper.refund_amount) == (D(refund), D(refund))
    found = amounts(world, contract)
    assert found[K.DEPOSIT] == (D("5416.67"), D("0.00"))
    assert found[K.BALANCE] == (D("384583.33"), D(still_open))
    contract = world.row(m.MachineContract)
    assert contract.outstanding_amount == D(still_open) and contract.state is ContractState.DISPATCHED


def test_one_comes_back_while_the_other_still_stands_here(world: World) -> None:
    """The rest of the contract goes on: the other machine leaves, and its retention begins."""
    contract = two(world, retention_share=D("0.05"))
    pays(world, contract.customer, [d for d in world.debts(contract).values() if d.is_before_dispatch])
    send(world, contract)
    back(world, contract, 1)
    held = world.row(m.Retention)
    # 5 % of 390,000.00
    assert (held.amount, held.state) == (D("19500.00"), RetentionState.NOT_STARTED)
    assert world.row(m.MachineContract).state is ContractState.DISPATCHED_PART
    send(world, contract)
    assert world.row(m.MachineContract).state is ContractState.DISPATCHED
    assert world.row(m.Retention).state is RetentionState.RUNNING


def test_a_retention_that_is_paid_by_what_was_paid_is_collected(world: World) -> None:
    """30,000.00 of 72,000.00 were paid; without the HT215 19,500.00 stay: they are in, 10,500.00 are too much."""
    contract = both_out(world, retention_share=D("0.05"))
    world.paid(contract.customer, [(world.debts(contract)["RETENTION"], "30000")])
    paper = back(world, contract, 1)
    # 1,368,000.00 − 370,500.00 of the price and 10,500.00 of the retention
    assert paper.paid_amount == D("1008000.00")
    assert world.row(m.Retention).state is RetentionState.COLLECTED


def test_with_an_instalment_plan_nobody_can_tell(world: World) -> None:
    contract = both_out(world, pay_mode=PayMode.INSTALMENT, down_share=D("0.30"), periods=12, annual_rate=D("0.06"),
                        first_due_on=dt.date(2025, 4, 30))  # fmt: skip
    with pytest.raises(WrongState) as fault:
        back(world, contract, 1)
    assert fault.value.field == "dispatch" and "还款计划包含全部机器" in str(fault.value)


def test_a_retention_that_is_held_is_settled_first(world: World) -> None:
    contract = both_out(world, retention_share=D("0.05"))
    unit = world.row(m.MachineUnit, serial_number="HT75-0001")
    values = {
        "customer": contract.customer,
        "unit": unit,
        "kind": ComplaintKind.QUALITY,
        "is_quality": True,
        "content": "漏油",
    }
    with clock.on(dt.date(2025, 4, 1)):
        create(m.Complaint, values, by=world["visits"])
        assert world.row(m.Retention).state is RetentionState.HELD
        with pytest.raises(WrongState) as fault:
            back(world, contract, 2)
    assert "因投诉冻结" in str(fault.value)


def test_money_that_moved_sends_the_paper_back(world: World) -> None:
    contract = both_out(world, retention_share=D("0.05"))
    sent = world.rows(m.MachineDispatch)[0]
    values = {"dispatch": sent, "warehouse": world.row(m.Warehouse, code="ZJ2"), "reason": "功率不足"}
    paper = create(m.MachineReturn, values, by=world["clerk"])
    fire(paper, "submit", by=world["clerk"])
    world.paid(contract.customer, [(world.debts(contract)["RETENTION"], "72000")])
    fire(paper, "approve", by=world["sales_manager"])
    fire(paper, "approve", by=world["finance"])
    with pytest.raises(WrongState):
        fire(paper, "approve", by=world["gm"])


@given(
    whole=st.decimals(0, 10**9, places=2),
    weights=st.lists(st.decimals(0, 10**8, places=2), min_size=1, max_size=9).filter(lambda w: sum(w) > 0),
)
def test_parts_add_up_to_the_whole_and_none_is_negative(whole: Any, weights: list[Any]) -> None:
    parts = spread(whole, weights)
    assert sum(parts) == whole and min(parts) >= 0 and len(parts) == len(weights)
    assert all(abs(part - whole * w / sum(weights)) <= D("0.01") for part, w in zip(parts, weights, strict=True))
