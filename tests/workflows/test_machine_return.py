"""退机: refund less depreciation, the machine back in the yard at its value of today, then sold again as used.

The worked case, by hand: sold for 1,050,000.00, cost 904,000.00 / 1.13 = 800,000.00, everything paid with 15,000.00 of fees.
    depreciation 113,000.00 → without tax 100,000.00 → back at 800,000.00 − 100,000.00 = 700,000.00
    paid for the machine 1,050,000.00; left as prepaid money 37,000.00
    refund 1,050,000.00 − 113,000.00 − 37,000.00 = 900,000.00; the fees of 15,000.00 stay paid
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from app import clock
from app import models as m
from app.enums import (
    AccountKind,
    ContractState,
    CouponState,
    DispatchState,
    PaperState,
    PayMode,
    PlanState,
    ReceiptState,
    ReceivableKind,
    ReceivableState,
    RetentionState,
    UnitCondition,
    UnitState,
)
from app.errors import NotAllowed, NotYours, WrongAmount, WrongState
from app.unit_of_work import create, fire
from tests.kit import A1_FEES, D, World
from tests.stories import gift, pays, send, sold


def back(world: World, contract: m.MachineContract, who: str = "clerk", **more: Any) -> m.MachineReturn:
    sent = world.rows(m.MachineDispatch, contract_id=contract.id)[0]
    values = {"dispatch": sent, "warehouse": world.row(m.Warehouse, code="ZJ2"), "reason": "功率不足"}
    return create(m.MachineReturn, values | more, by=world[who])


def decided(world: World, paper: m.MachineReturn) -> m.MachineReturn:
    fire(paper, "submit", by=world["clerk"])
    for role in ("sales_manager", "finance", "gm"):
        fire(paper, "approve", by=world[role])
    return world.row(m.MachineReturn, id=paper.id)


def test_refund_less_depreciation_and_sold_again_as_used(world: World) -> None:
    customer = world.company()
    contract = sold(world, customer, fees=A1_FEES, gifts=[gift(world, "5000")])
    with clock.on(dt.date(2025, 4, 10)):
        paper = decided(
            world, back(world, contract, depreciation_amount=D(113000), kept_amount=D(37000), hour_meter=D(120))
        )
        assert (paper.state, paper.paid_amount, paper.refund_amount) == (
            PaperState.TO_REFUND, D("1050000.00"), D("900000.00"),
        )  # fmt: skip
        fire(paper, "refund", by=world["finance"], account=world.row(m.FundAccount, kind=AccountKind.BANK))
        assert world.row(m.PrepaidBalance).amount == D("37000.00")
        contract = world.row(m.MachineContract)
        assert (contract.state, contract.received_amount, contract.outstanding_amount) == (
            ContractState.RETURNED, D("128000.00"), D("0.00"),
        )  # fmt: skip
        unit = world.row(m.MachineUnit)
        assert (unit.state, unit.cost_amount, unit.condition, unit.owner_customer_id, unit.hour_meter) == (
            UnitState.RETURNED, D("700000.00"), UnitCondition.USED, None, D("120.000"),
        )  # fmt: skip
        assert unit.warehouse.code == "ZJ2" and unit.warranty_ends_on is None
        assert world.row(m.MachineDispatch).state is DispatchState.RETURNED
        assert world.row(m.Coupon).state is CouponState.VOID
        with pytest.raises(NotYours):  # it is not among the machines a salesperson can offer
            world.contract(world.company(number=3), world.contact(number=3), unit)
        fire(unit, "restock", by=world["clerk"], note="更换液压泵")
        again = world.contract(world.company(number=2), world.contact(number=2), unit)
        world.approved(again)
        pays(world, again.customer, list(world.debts(again).values()))
        send(world, again, hour_meter=D(121))
    assert [d.cost_amount for d in world.rows(m.MachineDispatch)] == [D("800000.00"), D("700000.00")]


def test_what_is_not_paid_is_no_longer_owed(world: World) -> None:
    contract = sold(
        world, world.company(), pay_mode=PayMode.INSTALMENT, down_share=D("0.30"), retention_share=D("0.05"), periods=12,
        annual_rate=D("0.06"), first_due_on=dt.date(2025, 4, 30),
    )  # fmt: skip
    paper = decided(world, back(world, contract, depreciation_amount=D(400000)))
    # 315,000.00 down are in, 400,000.00 are charged: nothing goes back, 85,000.00 stay owed
    assert (paper.state, paper.refund_amount) == (PaperState.DONE, D("0.00"))
    debts = {d.kind: d for d in world.rows(m.Receivable) if d.state is not ReceivableState.VOID}
    assert set(debts) == {ReceivableKind.DEPRECIATION}
    assert debts[ReceivableKind.DEPRECIATION].outstanding_amount == D("85000.00")
    kept = world.rows(m.Receipt)[-1]
    with pytest.raises(WrongState) as fault:
        fire(kept, "reverse", by=world["finance"], reason="录错了")
    assert paper.number in str(fault.value) and "退机折损" in str(fault.value)
    rest = pays(world, contract.customer, [debts[ReceivableKind.DEPRECIATION]])  # money of his own is another matter
    assert fire(rest, "reverse", by=world["finance"], reason="支票退回").state is ReceiptState.REVERSED
    assert world.row(m.InstalmentPlan).state is PlanState.VOID
    assert world.row(m.Retention).state is RetentionState.CANCELLED


@pytest.mark.parametrize(
    "figures, field",
    [
        ({"depreciation_amount": D("1050000.01")}, "depreciation_amount"),
        ({"depreciation_amount": D(1_050_000), "kept_amount": D("0.01")}, "kept_amount"),
    ],
)
def test_figures_that_cannot_be(world: World, figures: dict[str, Any], field: str) -> None:
    with pytest.raises(WrongAmount) as fault:
        back(world, sold(world, world.company()), **figures)
    assert fault.value.field == field


def test_twice_is_once(world: World) -> None:
    contract = sold(world, world.company())
    first, second = back(world, contract), back(world, contract)
    decided(world, first)
    with pytest.raises(WrongState):
        fire(second, "submit", by=world["clerk"])
    with pytest.raises(NotAllowed):
        back(world, contract, "sales1")


# -- what the last step will check, the first does --------------------------------------------------------------------


def test_a_meter_that_ran_backwards_is_refused_where_it_is_typed(world: World) -> None:
    """Once it was accepted by save, submit and two approvers, and refused by the third."""
    contract = sold(world, world.company())
    unit = world.row(m.MachineUnit)
    with clock.on(clock.today() + dt.timedelta(days=30)):
        fire(unit, "read_meter", by=world["service_manager"], hours=D("3.5"))
        with pytest.raises(WrongAmount) as fault:
            back(world, contract, hour_meter=D(1))
        assert fault.value.field == "hour_meter" and world.rows(m.MachineReturn) == []
        back(world, contract, hour_meter=D("3.5"))
