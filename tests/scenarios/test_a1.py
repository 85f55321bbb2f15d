"""A company buys an excavator on the dealer's instalments: the acceptance story, steps 1–9 and 16–19, to the cent, through fire()."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal as D

import pytest

from app import clock
from app import models as m
from app.enums import (
    ContractState,
    CouponScope,
    CouponState,
    LinkSource,
    PayMode,
    PayState,
    ReceivableKind,
    RetentionState,
    UnitState,
    VisitState,
)
from app.errors import MustBeOther, NotPaidEnough, UnitTaken
from app.unit_of_work import fire
from tests.books import check_books
from tests.kit import A1_FEES, World, on_both
from tests.scenarios.a1_end import the_year_ends

MARCH = lambda day: clock.on(dt.date(2025, 3, day))  # noqa: E731


@on_both
def test_a_company_buys_an_excavator_on_instalments(world: World) -> None:
    with MARCH(5):
        talker = world.contact(name="王建国", mobile="13900000001")
        company = world.company(name="安徽恒达土石方有限公司", mobile="13900000001")
        unit = world.unit("HT215-0007", price="904000")
        assert unit.cost_amount == D("800000.00")
        contract = world.contract(
            company, talker, unit,
            pay_mode=PayMode.INSTALMENT, down_share=D("0.30"), retention_share=D("0.05"), periods=12, annual_rate=D("0.06"),
            first_due_on=dt.date(2025, 4, 30), repay_day=31, fees=A1_FEES,
            gifts=[{"coupon_type": world.row(m.CouponType, scope=CouponScope.PART), "face_amount": D(5000), "valid_days": 365}],
        )  # fmt: skip
        # 1
        assert (contract.total_amount, contract.down_amount, contract.retention_amount, contract.finance_amount) == (
            D("1065000.00"), D("315000.00"), D("52500.00"), D("682500.00"),
        )  # fmt: skip
        # 2
        rival = world.contract(world.company("sales2", 2), world.contact("sales2", 2), unit, "sales2")
        fire(contract, "submit", by=world["sales1"])
        assert world.row(m.MachineUnit, id=unit.id).state is UnitState.RESERVED
        with pytest.raises(UnitTaken) as taken:
            fire(rival, "submit", by=world["sales2"])
        assert contract.number in str(taken.value) and "张敏" in str(taken.value)
    with MARCH(6):
        # 3
        fire(contract, "approve", by=world["sales_manager"])
        assert world.row(m.MachineContract, id=contract.id).state is ContractState.PENDING
        fire(contract, "approve", by=world["finance"])
        debts = world.rows(m.Receivable, contract_id=contract.id)
        assert len(debts) == 17
        owed = world.debts(contract)
        assert owed["DEPOSIT"].amount == D("20000.00") and owed["DOWN"].amount == D("295000.00")
        assert owed["FEE.GPS"].amount == D("3000.00") and owed["FEE.INSURANCE"].amount == D("12000.00")
        assert owed["RETENTION"].amount == D("52500.00") and owed["RETENTION"].due_on is None
        instalments = [d for d in debts if d.kind is ReceivableKind.INSTALMENT]
        assert sum(d.amount for d in instalments) == D("704884.08")
        assert instalments[0].amount == D("58740.34") and sum(d.interest_amount for d in instalments) == D("22384.08")
        assert sum(d.principal_amount for d in debts) == D("1065000.00") and sum(d.amount for d in debts) == D(
            "1087384.08"
        )
        link = world.row(m.CustomerContact, customer_id=company.id)
        assert link.contact_id == talker.id and link.source is LinkSource.CONTRACT
        coupon = world.row(m.Coupon, customer_id=company.id)
        assert coupon.state is CouponState.PENDING and coupon.balance == D("5000.00")
        # 4
        plan = world.row(m.InstalmentPlan, contract_id=contract.id)
        assert [f"{r.due_on:%m-%d}" for r in plan.rows] == [
            "04-30", "05-31", "06-30", "07-31", "08-31", "09-30", "10-31", "11-30", "12-31", "01-31", "02-28", "03-31",
        ]  # fmt: skip
        figures = [(r.principal_amount, r.interest_amount) for r in plan.rows]
        assert figures[0] == (D("55327.84"), D("3412.50")) and figures[1] == (D("55604.48"), D("3135.86"))
        assert figures[11] == (D("58448.10"), D("292.24")) and sum(p for p, _ in figures) == D("682500.00")
        # 5
        world.paid(company, [(owed["DEPOSIT"], "20000")])
    with MARCH(10):
        world.paid(company, [(owed["DOWN"], "295000"), (owed["FEE.GPS"], "3000"), (owed["FEE.INSURANCE"], "2000")])
        line = world.row(m.ContractLine, contract_id=contract.id)
        # 6
        with pytest.raises(NotPaidEnough) as short:
            fire(contract, "dispatch", by=world["clerk"], line=line, receiver="王建国", is_checked=True)
        assert "10,000.00" in str(short.value) and "330,000.00" in str(short.value) and "320,000.00" in str(short.value)
        assert world.rows(m.MachineDispatch) == []
    with MARCH(11):
        # 7
        world.paid(company, [(owed["FEE.INSURANCE"], "10000")])
        assert world.row(m.MachineContract, id=contract.id).outstanding_amount == D("757384.08")
    with MARCH(12):
        # 8: double-clicked
        for _ in range(2):
            fire(contract, "dispatch", by=world["clerk"], key="click", line=line, receiver="王建国", is_checked=True)
        sent = world.row(m.MachineDispatch, contract_id=contract.id)
        assert (sent.cost_amount, sent.revenue_amount, sent.margin_amount) == (
            D("800000.00"),
            D("929203.54"),
            D("129203.54"),
        )
        unit = world.row(m.MachineUnit, id=unit.id)
        assert unit.state is UnitState.SOLD and unit.owner_customer_id == company.id
        assert unit.warranty_ends_on == dt.date(2026, 3, 12)
        assert world.row(m.MachineContract, id=contract.id).state is ContractState.DISPATCHED
        coupon = world.row(m.Coupon, customer_id=company.id)
        assert (coupon.state, coupon.valid_from, coupon.valid_to) == (
            CouponState.ACTIVE,
            dt.date(2025, 3, 12),
            dt.date(2026, 3, 12),
        )
        retention = world.row(m.Retention, contract_id=contract.id)
        assert (retention.state, retention.matures_on, retention.due_on) == (
            RetentionState.RUNNING, dt.date(2026, 3, 12), dt.date(2026, 3, 13),
        )  # fmt: skip
        visit = world.row(m.VisitTask, customer_id=company.id)
        assert visit.planned_on == dt.date(2025, 3, 15) and visit.state is VisitState.PENDING
    with clock.on(dt.date(2025, 4, 30)):
        # 9
        world.paid(company, [(owed["INSTALMENT.1"], "58740.34")])
        contract = world.row(m.MachineContract, id=contract.id)
        assert contract.outstanding_amount == D("698643.74") and contract.pay_state is PayState.PARTIAL
    check_books()
    the_year_ends(world, company, contract, unit)  # 16–19


def test_who_submits_or_sells_cannot_approve(world: World) -> None:
    contract = world.contract(world.company(), world.contact(), world.unit())
    fire(contract, "submit", by=world["sales_manager"])
    with pytest.raises(MustBeOther):
        fire(contract, "approve", by=world["sales_manager"])
