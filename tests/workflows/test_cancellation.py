"""合同取消: what was booked is taken back, what was paid becomes prepaid money, the deposit goes back or is forfeited.

The worked case, by hand:
    price 1,050,000.00 + GPS 3,000.00 + insurance 12,000.00 = 1,065,000.00, full payment
    deposit 20,000.00 → balance 1,050,000.00 − 20,000.00 = 1,030,000.00
    paid: deposit 20,000.00, of the balance 130,000.00 → 150,000.00
    forfeited 8,000.00; left as prepaid money 42,000.00 → refund 150,000.00 − 8,000.00 − 42,000.00 = 100,000.00
    prepaid: +150,000.00 released − 8,000.00 for the forfeit − 100,000.00 refunded = 42,000.00
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from app import models as m
from app.enums import (
    AccountKind,
    ContractState,
    CouponState,
    PaperState,
    PayMode,
    PlanState,
    ReceiptState,
    ReceivableKind,
    ReceivableState,
    RetentionState,
    UnitState,
)
from app.errors import MissingData, MustBeOther, NotAllowed, NotYours, WrongAmount, WrongState
from app.unit_of_work import change, create, fire
from tests.kit import A1_FEES, D, World
from tests.stories import gift, hire, pays, send

INSTALMENT: dict[str, Any] = {
    "pay_mode": PayMode.INSTALMENT, "down_share": D("0.30"), "retention_share": D("0.05"), "periods": 12,
    "annual_rate": D("0.06"), "first_due_on": dt.date(2025, 4, 30), "repay_day": 31,
}  # fmt: skip


def signed(world: World, **terms: Any) -> m.MachineContract:
    return world.approved(
        world.contract(
            world.company(), world.contact(), world.unit(), fees=A1_FEES, gifts=[gift(world, "5000")], **terms
        )
    )


def cancelling(world: World, contract: m.MachineContract, who: str = "sales1", **more: Any) -> m.ContractCancellation:
    return create(m.ContractCancellation, {"contract": contract, "reason": "工程停了"} | more, by=world[who])


def decided(world: World, paper: m.ContractCancellation) -> m.ContractCancellation:
    fire(paper, "submit", by=world["sales1"])
    fire(paper, "approve", by=world["sales_manager"])
    return fire(paper, "approve", by=world["finance"])


def bank(world: World) -> m.FundAccount:
    return world.row(m.FundAccount, kind=AccountKind.BANK)


def test_a_deposit_forfeited_in_part_and_the_rest_back(world: World) -> None:
    contract = signed(world)
    customer = contract.customer
    owed = world.debts(contract)
    world.paid(customer, [(owed["DEPOSIT"], "20000"), (owed["BALANCE"], "130000")])
    paper = cancelling(world, contract, forfeit_amount=D(8000), kept_amount=D(42000))
    assert (paper.paid_amount, paper.deposit_amount, paper.refund_amount) == (
        D("150000.00"),
        D("20000.00"),
        D("100000.00"),
    )
    assert decided(world, paper).state is PaperState.TO_REFUND
    assert world.row(m.PrepaidBalance, customer_id=customer.id).amount == D("142000.00")
    fire(paper, "refund", by=world["finance"], account=bank(world), serial="TK001")
    assert world.row(m.ContractCancellation).state is PaperState.DONE
    assert world.row(m.PrepaidBalance, customer_id=customer.id).amount == D("42000.00")
    assert world.row(m.CashEntry, origin="ContractCancellation").amount == D("-100000.00")
    contract = world.row(m.MachineContract)
    assert (contract.state, contract.received_amount, contract.outstanding_amount) == (
        ContractState.CANCELLED, D("8000.00"), D("0.00"),
    )  # fmt: skip
    debts = {d.kind: d for d in world.rows(m.Receivable)}
    assert {k for k, d in debts.items() if d.state is ReceivableState.VOID} == {
        ReceivableKind.DEPOSIT, ReceivableKind.BALANCE, ReceivableKind.FEE,
    }  # fmt: skip
    forfeit = debts[ReceivableKind.FORFEIT]
    assert (forfeit.amount, forfeit.state) == (D("8000.00"), ReceivableState.PAID)
    unit = world.row(m.MachineUnit)
    assert (unit.state, unit.reserved_line_id) == (UnitState.IN_STOCK, None)
    assert (world.row(m.Coupon).state, world.row(m.Coupon).balance) == (CouponState.VOID, D("0.00"))
    assert world.row(m.CustomerContact).is_contract_cancelled
    rival = world.contract(world.company("sales2", 2), world.contact("sales2", 2), unit, "sales2")
    assert fire(rival, "submit", by=world["sales2"]).state is ContractState.PENDING


def test_instalments_plan_and_retention_go_with_the_contract(world: World) -> None:
    contract = signed(world, **INSTALMENT)
    pays(world, contract.customer, [world.debts(contract)["DEPOSIT"]])
    paper = decided(world, cancelling(world, contract))
    assert paper.refund_amount == D("20000.00")
    assert {d.state for d in world.rows(m.Receivable)} == {ReceivableState.VOID}
    plan = world.row(m.InstalmentPlan)
    assert plan.state is PlanState.VOID and {r.receivable_id for r in plan.rows} == {None}
    assert world.row(m.Retention).state is RetentionState.CANCELLED


def test_nothing_paid_is_nothing_to_refund(world: World) -> None:
    paper = decided(world, cancelling(world, signed(world)))
    assert (paper.state, paper.paid_amount) == (PaperState.DONE, D("0.00")) and world.rows(m.PrepaidEntry) == []


@pytest.mark.parametrize(
    "figures, field",
    [
        ({"forfeit_amount": D("20000.01")}, "forfeit_amount"),
        ({"forfeit_amount": D(20000), "kept_amount": D("0.01")}, "kept_amount"),
    ],
)
def test_no_more_is_forfeited_or_kept_than_is_there(world: World, figures: dict[str, Any], field: str) -> None:
    contract = signed(world)
    pays(world, contract.customer, [world.debts(contract)["DEPOSIT"]])
    with pytest.raises(WrongAmount) as fault:
        cancelling(world, contract, **figures)
    assert fault.value.field == field


def test_money_that_comes_in_meanwhile_is_counted_again(world: World) -> None:
    contract = signed(world)
    paper = cancelling(world, contract)
    fire(paper, "submit", by=world["sales1"])
    fire(paper, "approve", by=world["sales_manager"])
    pays(world, contract.customer, [world.debts(contract)["DEPOSIT"]])
    with pytest.raises(WrongState):
        fire(paper, "approve", by=world["finance"])
    fire(paper, "reject", by=world["finance"], opinion="定金刚到账")
    change(paper, {"forfeit_amount": D(20000)}, by=world["sales1"])
    assert decided(world, paper).state is PaperState.DONE
    assert world.row(m.PrepaidBalance).amount == D("0.00")


def test_a_dispatched_contract_is_not_cancelled(world: World) -> None:
    contract = signed(world)
    pays(world, contract.customer, list(world.debts(contract).values()))
    paper = cancelling(world, contract)
    send(world, contract)
    with pytest.raises(WrongState) as fault:
        fire(paper, "submit", by=world["sales1"])
    assert fault.value.field == "contract"
    draft = world.contract(world.company(number=2), world.contact(number=2), None)
    with pytest.raises(WrongState):
        fire(cancelling(world, draft), "submit", by=world["sales1"])


def test_one_paper_about_a_contract_at_a_time(world: World) -> None:
    contract = signed(world)
    first, second = cancelling(world, contract), cancelling(world, contract)
    fire(first, "submit", by=world["sales1"])
    with pytest.raises(WrongState) as fault:
        fire(second, "submit", by=world["sales1"])
    assert first.number in str(fault.value)
    fire(first, "withdraw", by=world["sales1"])
    fire(first, "void", by=world["sales1"], reason="x")
    assert fire(second, "submit", by=world["sales1"]).state is PaperState.PENDING


def test_who_may_and_who_may_not(world: World) -> None:
    contract = signed(world)
    with pytest.raises(NotYours):
        cancelling(world, contract, "sales2")
    with pytest.raises(NotAllowed):
        cancelling(world, contract, "keeper")
    with pytest.raises(MissingData):
        cancelling(world, contract, reason=" ")
    paper = cancelling(world, contract)
    fire(paper, "submit", by=world["sales1"])
    for early in ("finance", "sales1", "gm"):
        with pytest.raises(NotAllowed):
            fire(paper, "approve", by=world[early])
    both = hire(world, "both", "双全", ["sales_manager", "finance"], number="151", department="XSB")
    fire(paper, "approve", by=both)
    with pytest.raises(MustBeOther):
        fire(paper, "approve", by=both)
    with pytest.raises(WrongState):
        fire(paper, "withdraw", by=world["sales1"])
    fire(paper, "reject", by=world["finance"], opinion="再谈谈")
    assert world.row(m.MachineContract).state is ContractState.APPROVED
    with pytest.raises(WrongState):
        fire(paper, "refund", by=world["finance"], account=bank(world))


def test_the_receipt_behind_a_cancelled_contract_can_still_be_reversed(world: World) -> None:
    contract = signed(world)
    receipt = pays(world, contract.customer, [world.debts(contract)["DEPOSIT"]])
    decided(world, cancelling(world, contract, kept_amount=D(20000)))
    fire(receipt, "reverse", by=world["finance"], reason="支票退回")
    assert world.row(m.Receipt).state is ReceiptState.REVERSED and world.row(m.PrepaidBalance).amount == D("0.00")


def test_what_paid_the_forfeited_deposit_stays_paid(world: World) -> None:
    """Reversed, 8,000 yuan would be the customer's again and nobody would ever collect them."""
    contract = signed(world)
    customer = contract.customer
    pays(world, customer, [world.debts(contract)["DEPOSIT"]])
    paper = decided(world, cancelling(world, contract, forfeit_amount=D(8000), kept_amount=D(12000)))
    (kept,) = (r for r in world.rows(m.Receipt) if r.total_amount == D(8000))
    with pytest.raises(WrongState) as fault:
        fire(kept, "reverse", by=world["finance"], reason="录错了")
    assert paper.number in str(fault.value) and "没收定金" in str(fault.value)
    assert world.row(m.PrepaidBalance).amount == D("12000.00")
    assert world.row(m.Receivable, kind=ReceivableKind.FORFEIT).state is ReceivableState.PAID
