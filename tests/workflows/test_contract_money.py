"""整机合同 once it is approved: what is owed and when, for full payment and for each way of paying in instalments."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from app import clock
from app import models as m
from app.enums import (
    ContractState,
    CouponState,
    CustomerState,
    DueRule,
    FeeKind,
    FeeNature,
    LinkSource,
    PayMode,
    PayState,
    RepayMethod,
    RetentionState,
    UnitState,
)
from tests.kit import A1_FEES, D, World
from tests.stories import gift, left, pays, send

SIXTH_OF_MARCH = dt.date(2025, 3, 6)
# 400,000 for an HT75: 40 % down = 160,000, of it 10,000 deposit; 240,000 over six months at 6 % a year, 0.5 % a month
SIX_MONTHS: dict[str, Any] = {
    "pay_mode": PayMode.INSTALMENT, "deposit_amount": D(10_000), "down_share": D("0.40"), "periods": 6, "annual_rate": D("0.06"),
    "first_due_on": dt.date(2025, 8, 31),
}  # fmt: skip


def signed(
    world: World,
    customer: m.Customer,
    *,
    model: str = "HT75",
    price: str = "400000",
    serial: str = "HT75-0001",
    **terms: Any,
) -> m.MachineContract:
    unit = world.unit(serial, model, "350000")
    lines = [{"model": world.row(m.MachineModel, model=model), "unit": unit, "unit_price": D(price)}]
    contract = world.contract(customer, world.contact(), None, lines=lines, **terms)
    with clock.on(SIXTH_OF_MARCH):
        return world.approved(contract)


def schedule(world: World) -> list[tuple[str, Decimal, Decimal]]:
    return [
        (f"{row.due_on:%m-%d}", row.principal_amount, row.interest_amount) for row in world.row(m.InstalmentPlan).rows
    ]


def test_full_payment_is_deposit_balance_fees_and_retention(world: World) -> None:
    customer = world.company()
    later = {
        "kind": FeeKind.INSURANCE,
        "nature": FeeNature.AGENCY,
        "amount": D(12000),
        "due_rule": DueRule.ON_DATE,
        "due_on": dt.date(2025, 6, 1),
    }
    contract = signed(
        world,
        customer,
        model="HT215",
        price="1050000",
        retention_share=D("0.05"),
        deposit_amount=D(20000),
        fees=[A1_FEES[0], later],
    )
    owed = world.debts(contract)
    # 1,050,000 − 20,000 − 5 % of 1,050,000 (52,500) = 977,500
    assert {name: debt.amount for name, debt in owed.items()} == {
        "DEPOSIT": D("20000.00"), "BALANCE": D("977500.00"), "FEE.GPS": D("3000.00"), "FEE.INSURANCE": D("12000.00"), "RETENTION": D("52500.00"),
    }  # fmt: skip
    # before the machine leaves: everything but the retention and the fee that has a date of its own
    assert {name for name, debt in owed.items() if debt.is_before_dispatch} == {"DEPOSIT", "BALANCE", "FEE.GPS"}
    assert owed["DEPOSIT"].due_on is owed["BALANCE"].due_on is None  # due when the machine leaves
    assert owed["FEE.INSURANCE"].due_on == dt.date(2025, 6, 1) and owed["RETENTION"].due_on is None
    contract = world.row(m.MachineContract)
    assert (contract.received_amount, contract.outstanding_amount, contract.pay_state) == (
        D(0),
        D("1065000.00"),
        PayState.UNPAID,
    )
    assert world.rows(m.InstalmentPlan) == [] and world.row(m.Retention).state is RetentionState.NOT_STARTED
    # 20,000 + 977,500 + 3,000 paid; 12,000 + 52,500 stay open and the machine may go
    pays(world, customer, [owed[name] for name in ("DEPOSIT", "BALANCE", "FEE.GPS")])
    contract = world.row(m.MachineContract)
    assert (contract.received_amount, contract.outstanding_amount, contract.pay_state) == (
        D("1000500.00"),
        D("64500.00"),
        PayState.PARTIAL,
    )
    assert send(world, contract).state is ContractState.DISPATCHED
    pays(world, customer, [owed["FEE.INSURANCE"], owed["RETENTION"]])
    contract = world.row(m.MachineContract)
    assert (contract.outstanding_amount, contract.pay_state) == (D(0), PayState.SETTLED)
    assert world.row(m.Retention).state is RetentionState.COLLECTED


def test_nothing_is_owed_where_an_amount_is_zero(world: World) -> None:
    contract = signed(world, world.person(), deposit_amount=D(0))
    assert {name: debt.amount for name, debt in world.debts(contract).items()} == {"BALANCE": D("400000.00")}


def test_a_deposit_that_is_the_whole_down_payment_leaves_no_second_part(world: World) -> None:
    contract = signed(world, world.person(), **SIX_MONTHS | {"deposit_amount": D(160_000)})
    assert "DOWN" not in world.debts(contract) and world.debts(contract)["DEPOSIT"].amount == D("160000.00")


def test_equal_instalments(world: World) -> None:
    contract = signed(world, world.person(), **SIX_MONTHS)
    # A = 240,000 × 0.005 × 1.005⁶ / (1.005⁶ − 1) = 1,236.453011… / 0.030377509… = 40,702.91
    # interest of 1: 240,000 × 0.005 = 1,200.00 → principal 39,502.91, left 200,497.09
    # interest of 2: 200,497.09 × 0.005 = 1,002.48545 → 1,002.49; principal 39,700.42 … the last takes what is left, 40,500.41
    assert schedule(world) == [
        ("08-31", D("39502.91"), D("1200.00")), ("09-30", D("39700.42"), D("1002.49")), ("10-31", D("39898.93"), D("803.98")),
        ("11-30", D("40098.42"), D("604.49")), ("12-31", D("40298.91"), D("404.00")), ("01-31", D("40500.41"), D("202.50")),
    ]  # fmt: skip
    debts = world.debts(contract)
    assert [debts[f"INSTALMENT.{k}"].amount for k in range(1, 7)] == [D("40702.91")] * 6
    # 10,000 + 150,000 + 240,000 + interest 4,217.46
    assert world.row(m.MachineContract).outstanding_amount == D("404217.46")
    assert debts["DOWN"].amount == D("150000.00")


def test_equal_principal(world: World) -> None:
    signed(world, world.person(), **SIX_MONTHS | {"repay_method": RepayMethod.EQUAL_PRINCIPAL})
    # 40,000 a month; interest on 240, 200, 160, 120, 80, 40 thousand at 0.5 %
    assert [(p, i) for _, p, i in schedule(world)] == [
        (D("40000.00"), D(amount)) for amount in (1200, 1000, 800, 600, 400, 200)
    ]
    assert world.row(m.MachineContract).outstanding_amount == D("404200.00")


def test_equal_parts_without_interest(world: World) -> None:
    signed(world, world.person(), **SIX_MONTHS | {"repay_method": RepayMethod.FLAT, "periods": 7})
    # 240,000 / 7 = 34,285.714… cut to 34,285.71; six times 205,714.26; the seventh 34,285.74
    assert [(p, i) for _, p, i in schedule(world)] == [(D("34285.71"), D(0))] * 6 + [(D("34285.74"), D(0))]
    assert world.row(m.MachineContract).outstanding_amount == D("400000.00")


def test_instalments_without_a_rate_carry_no_interest(world: World) -> None:
    signed(world, world.person(), **SIX_MONTHS | {"annual_rate": D(0)})
    assert [(p, i) for _, p, i in schedule(world)] == [(D("40000.00"), D(0))] * 6


def test_one_period_is_the_whole_sum(world: World) -> None:
    signed(world, world.person(), **SIX_MONTHS | {"periods": 1})
    assert schedule(world) == [("08-31", D("240000.00"), D("1200.00"))]


def test_approval_books_everything_at_once(world: World) -> None:
    customer = world.company()
    contract = signed(world, customer, gifts=[gift(world, "5000"), gift(world, "300")], **SIX_MONTHS)
    contract = world.row(m.MachineContract, id=contract.id)
    assert contract.state is ContractState.APPROVED and contract.awaiting_role is None
    assert world.row(m.MachineUnit).state is UnitState.RESERVED
    customer = world.row(m.Customer)
    assert customer.state is CustomerState.ACTIVE and customer.first_deal_on == dt.date(2025, 3, 5)
    assert world.row(m.CustomerContact).source is LinkSource.CONTRACT
    assert [(c.face_amount, c.state, c.valid_to) for c in world.rows(m.Coupon)] == [
        (D("5000.00"), CouponState.PENDING, None), (D("300.00"), CouponState.PENDING, None),
    ]  # fmt: skip
    plan = world.row(m.InstalmentPlan)
    assert (plan.principal_amount, plan.interest_amount, plan.periods) == (D("240000.00"), D("4217.46"), 6)


def test_a_fault_in_the_last_booking_leaves_nothing_of_the_approval(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object) -> None:
        raise RuntimeError("the last coupon")

    monkeypatch.setattr("app.ledgers.coupon.issue", broken)
    with pytest.raises(RuntimeError):
        signed(world, world.person(), gifts=[gift(world, "5000")])
    contract = world.row(m.MachineContract)
    assert contract.state is ContractState.PENDING and contract.awaiting_role == "sales_manager"
    assert world.rows(m.Receivable) == [] and world.rows(m.ApprovalRecord) == [] and world.rows(m.CustomerContact) == []


def test_part_payments_move_the_money_status(world: World) -> None:
    customer = world.person()
    contract = signed(world, customer, deposit_amount=D(0))
    debt = world.debts(contract)["BALANCE"]
    states = []
    for part in ("0.01", "399999.98", "0.01"):
        world.paid(customer, [(debt, part)])
        states.append((world.row(m.MachineContract).pay_state, left(world, debt)))
    assert states == [(PayState.PARTIAL, D("399999.99")), (PayState.PARTIAL, D("0.01")), (PayState.SETTLED, D(0))]
