"""撤销发车: on its own day, while nothing has followed, everything is put back exactly; and what may leave unpaid."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa

from app import clock
from app import models as m
from app.database import db
from app.enums import (
    ContractState,
    CouponMovement,
    CouponState,
    DispatchState,
    PaperState,
    PayMode,
    UnitState,
    VisitState,
)
from app.errors import NotAllowed, NotPaidEnough, NotYours, WrongState
from app.unit_of_work import create, fire
from tests.kit import START, D, World
from tests.stories import by_coupon, gift, part_debt, pays, send

INVOLVED = (
    m.MachineUnit, m.MachineContract, m.ContractLine, m.ContractFee, m.ContractGift, m.MachineDispatch, m.Coupon,
    m.Retention, m.Receivable, m.InstalmentPlan, m.PlanRow, m.Receipt, m.ReceiptAllocation, m.ReceiptFund,
    m.PrepaidBalance, m.Customer, m.CustomerContact, m.VisitTask, m.WorkOrder,
)  # fmt: skip
STAMPS = frozenset({"version", "changed_at", "changed_by_id"})


def paid(world: World, **terms: Any) -> m.MachineContract:
    customer = world.company()
    unit = None if "lines" in terms else world.unit()
    contract = world.approved(
        world.contract(customer, world.contact(), unit, **{"gifts": [gift(world, "5000")]} | terms)
    )
    pays(world, customer, [d for d in world.debts(contract).values() if d.is_before_dispatch])
    return contract


def dump(*, but: dict[str, set[int]] | None = None) -> dict[str, list[dict[str, Any]]]:
    """Every row of the involved tables but the stamps of touching it; `but`: rows that are new, by table."""
    db.session.rollback()
    told = {}
    for entity in INVOLVED:
        table = entity.__table__
        rows = db.session.execute(sa.select(table).order_by(table.c.id)).mappings()
        told[table.name] = [
            {k: v for k, v in row.items() if k not in STAMPS}
            for row in rows
            if row["id"] not in (but or {}).get(table.name, set())
        ]
    return told


def taking_back(world: World, who: str = "clerk") -> m.DispatchWithdrawal:
    sent = world.rows(m.MachineDispatch)[-1]
    return create(m.DispatchWithdrawal, {"dispatch": sent, "reason": "装错了机器"}, by=world[who])


def decided(world: World, paper: m.DispatchWithdrawal) -> m.DispatchWithdrawal:
    fire(paper, "submit", by=world["clerk"])
    fire(paper, "approve", by=world["sales_manager"])
    return fire(paper, "approve", by=world["finance"])


@pytest.mark.parametrize(
    "terms",
    [
        {"retention_share": D("0.05")},
        {"pay_mode": PayMode.INSTALMENT, "down_share": D("0.30"), "periods": 12, "annual_rate": D("0.06"),
         "first_due_on": dt.date(2025, 4, 30), "retention_share": D("0.05")},
    ],
)  # fmt: skip
def test_everything_is_put_back_exactly(world: World, terms: dict[str, Any]) -> None:
    contract = paid(world, **terms)
    before = dump()
    with clock.on(dt.date(2025, 3, 12)):
        send(world, contract, hour_meter=D("3.5"))
        assert dump() != before
        assert decided(world, taking_back(world)).state is PaperState.DONE
    new = {"machine_dispatch": {1}, "visit_task": {1}}
    assert dump(but=new) == before
    assert world.row(m.MachineDispatch).state is DispatchState.REVERSED
    assert world.row(m.VisitTask).state is VisitState.CANCELLED
    kinds = [e.movement for e in world.rows(m.CouponEntry)]
    assert kinds == [CouponMovement.ISSUE, CouponMovement.ACTIVATE, CouponMovement.DEACTIVATE]
    with clock.on(dt.date(2025, 3, 13)):
        send(world, contract, hour_meter=D("4"))
    assert (world.row(m.MachineUnit).state, world.row(m.Coupon).state) == (UnitState.SOLD, CouponState.ACTIVE)
    assert [d.number[-4:] for d in world.rows(m.MachineDispatch)] == ["0001", "0001"]


def test_a_retention_that_was_paid_early_is_put_back_too(world: World) -> None:
    contract = paid(world, retention_share=D("0.05"))
    pays(world, contract.customer, [world.debts(contract)["RETENTION"]])
    before = dump()
    send(world, contract)
    decided(world, taking_back(world))
    assert dump(but={"machine_dispatch": {1}, "visit_task": {1}}) == before


def test_of_two_machines_the_later_one_comes_back_first(world: World) -> None:
    units = [world.unit(), world.unit("HT215-0008")]
    lines = [{"model": u.model, "unit": u, "unit_price": D(1_050_000)} for u in units]
    contract = paid(world, lines=lines)
    send(world, contract)
    middle = dump()
    first = taking_back(world)
    send(world, contract)
    assert world.row(m.MachineContract).state is ContractState.DISPATCHED
    with pytest.raises(WrongState):
        fire(first, "submit", by=world["clerk"])
    decided(world, taking_back(world))
    assert dump(but={"machine_dispatch": {2}, "visit_task": {2}}) == middle
    decided(world, first)
    assert world.row(m.MachineContract).state is ContractState.APPROVED


def test_not_on_another_day(world: World) -> None:
    send(world, paid(world))
    paper = taking_back(world)
    with clock.on(dt.date(2025, 3, 6)), pytest.raises(WrongState):
        fire(paper, "submit", by=world["clerk"])
    fire(paper, "submit", by=world["clerk"])
    fire(paper, "approve", by=world["sales_manager"])
    with clock.on(dt.date(2025, 3, 6)), pytest.raises(WrongState):
        fire(paper, "approve", by=world["finance"])
    assert world.row(m.MachineUnit).state is UnitState.SOLD


def test_not_after_a_gift_coupon_was_used(world: World) -> None:
    contract = paid(world)
    send(world, contract)
    coupon, debt = world.row(m.Coupon), part_debt(world, contract.customer, "300")
    used = world.paid(contract.customer, [(debt, "300")], funds=[by_coupon(coupon, "300")])
    with pytest.raises(WrongState) as fault:
        fire(taking_back(world), "submit", by=world["clerk"])
    assert coupon.number in str(fault.value)
    fire(used, "reverse", by=world["finance"], reason="x")  # 5,000.00 are on it again
    assert decided(world, world.rows(m.DispatchWithdrawal)[0]).state is PaperState.DONE


def test_not_after_a_work_order_or_a_visit(world: World) -> None:
    contract = paid(world)
    send(world, contract)
    unit = world.row(m.MachineUnit)
    order = create(
        m.WorkOrder, {"customer": contract.customer, "unit": unit, "fault": "漏油"}, by=world["service_manager"]
    )
    paper = taking_back(world)
    with pytest.raises(WrongState) as fault:
        fire(paper, "submit", by=world["clerk"])
    assert order.number in str(fault.value)
    fire(order, "cancel", by=world["service_manager"], reason="x")
    fire(world.row(m.VisitTask), "refuse", by=world["visits"], reason="不想被打扰")
    with pytest.raises(WrongState):
        fire(paper, "submit", by=world["clerk"])


def test_who_may_ask_and_who_decides(world: World) -> None:
    send(world, paid(world))
    for nobody in ("sales1", "keeper", "finance"):
        with pytest.raises(NotAllowed):
            taking_back(world, nobody)
    paper = taking_back(world)
    fire(paper, "submit", by=world["clerk"])
    with pytest.raises(NotAllowed):
        fire(paper, "approve", by=world["finance"])
    with pytest.raises(NotYours):
        fire(paper, "approve", by=world["sales2"])
    fire(paper, "reject", by=world["sales_manager"], opinion="机器已到工地")
    assert world.row(m.MachineUnit).state is UnitState.SOLD


# -- special dispatch -----------------------------------------------------------------------------------------------


def test_the_general_manager_takes_the_risk_of_what_is_missing_and_no_more(world: World) -> None:
    customer = world.company()
    contract = world.approved(world.contract(customer, world.contact(), world.unit()))
    first = world.paid(customer, [(world.debts(contract)["DEPOSIT"], "20000")])
    with pytest.raises(NotAllowed):
        fire(contract, "permit", by=world["sales_manager"], reason="老客户", until=START)
    fire(contract, "permit", by=world["gm"], reason="老客户，周五付清", until=START + dt.timedelta(days=2))
    assert world.row(m.MachineContract).special_amount == D("1030000.00")
    fire(first, "reverse", by=world["finance"], reason="x")
    with pytest.raises(NotPaidEnough):
        send(world, contract)  # 1,050,000.00 are missing now
    world.paid(customer, [(world.debts(contract)["DEPOSIT"], "20000"), (world.debts(contract)["BALANCE"], "1000")])
    send(world, contract)
    sent = world.row(m.MachineDispatch)
    assert (sent.missing_amount, sent.special_reason) == (D("1029000.00"), "老客户，周五付清")


def test_nothing_missing_needs_no_permission(world: World) -> None:
    with pytest.raises(WrongState):
        fire(paid(world), "permit", by=world["gm"], reason="x", until=START)
