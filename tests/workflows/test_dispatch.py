"""出库发车: what must be there before a machine leaves, and everything that happens when it does."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from app import clock
from app import models as m
from app.enums import ContractState, CouponState, DispatchState, RetentionState, UnitState, VisitSource, VisitState
from app.errors import MissingData, NotAllowed, NotPaidEnough, NotYours, WrongState
from app.unit_of_work import fire
from tests.kit import A1_FEES, D, World
from tests.stories import gift, hire, pays, send


def lines(world: World, *units: m.MachineUnit) -> list[dict[str, Any]]:
    return [{"model": unit.model, "unit": unit, "unit_price": D(1_050_000)} for unit in units]


def paid_contract(world: World, **terms: Any) -> m.MachineContract:
    customer = world.company()
    contract = world.approved(world.contract(customer, world.contact(), world.unit(), **terms))
    pays(world, customer, [d for d in world.debts(contract).values() if d.is_before_dispatch])
    return contract


def test_a_dispatch_is_the_whole_of_a_sale(world: World) -> None:
    contract = paid_contract(world, retention_share=D("0.05"), gifts=[gift(world, "5000", days=180)])
    with clock.on(dt.date(2025, 3, 12)):
        send(world, contract, driver="罗师傅", plate="皖A4001挂", receiver_phone="13900000001", hour_meter=D("3.5"))
    sent = world.row(m.MachineDispatch)
    # 1,050,000 / 1.13 = 929,203.54; cost 904,000 / 1.13 = 800,000
    assert (sent.revenue_amount, sent.cost_amount, sent.margin_amount) == (
        D("929203.54"),
        D("800000.00"),
        D("129203.54"),
    )
    assert sent.number == "FC-20250312-0001" and sent.state is DispatchState.DONE and sent.receiver == "王建国"
    unit = world.row(m.MachineUnit)
    assert (unit.state, unit.owner_customer_id, unit.warehouse_id) == (UnitState.SOLD, contract.customer_id, None)
    assert (unit.hour_meter, unit.hour_meter_on) == (D("3.500"), dt.date(2025, 3, 12))
    assert (unit.warranty_starts_on, unit.warranty_ends_on) == (dt.date(2025, 3, 12), dt.date(2026, 3, 12))
    coupon = world.row(m.Coupon)
    # 12 March + 180 days = 8 September
    assert (coupon.state, coupon.valid_from, coupon.valid_to) == (
        CouponState.ACTIVE,
        dt.date(2025, 3, 12),
        dt.date(2025, 9, 8),
    )
    held = world.row(m.Retention)
    assert (held.state, held.matures_on, held.due_on) == (
        RetentionState.RUNNING,
        dt.date(2026, 3, 12),
        dt.date(2026, 3, 13),
    )
    assert world.debts(contract)["RETENTION"].due_on == dt.date(2026, 3, 13)
    visit = world.row(m.VisitTask)
    assert (visit.source, visit.state, visit.planned_on) == (
        VisitSource.DISPATCH,
        VisitState.PENDING,
        dt.date(2025, 3, 15),
    )
    assert (visit.contact_name, visit.contact_phone, visit.unit_id) == ("王建国", "13900000001", unit.id)
    assert world.row(m.MachineContract).state is ContractState.DISPATCHED


def test_a_leap_day_delivery_is_under_warranty_until_28_february(world: World) -> None:
    with clock.on(dt.date(2028, 2, 29)):
        send(world, paid_contract(world, retention_share=D("0.05")))
    assert world.row(m.MachineUnit).warranty_ends_on == dt.date(2029, 2, 28)
    assert (world.row(m.Retention).matures_on, world.row(m.Retention).due_on) == (
        dt.date(2029, 2, 28),
        dt.date(2029, 3, 1),
    )


def test_what_is_missing_is_said_to_the_cent(world: World) -> None:
    customer = world.company()
    contract = world.approved(
        world.contract(customer, world.contact(), world.unit(), fees=A1_FEES, deposit_amount=D(20000))
    )
    owed = world.debts(contract)
    # 20,000 + 1,030,000 + 3,000 + 12,000 = 1,065,000 are needed; 1,064,999.99 are in
    pays(world, customer, [owed["DEPOSIT"], owed["BALANCE"], owed["FEE.GPS"]])
    world.paid(customer, [(owed["FEE.INSURANCE"], "11999.99")])
    with pytest.raises(NotPaidEnough) as fault:
        send(world, contract)
    assert all(figure in str(fault.value) for figure in ("0.01", "1,065,000.00", "1,064,999.99"))
    assert world.rows(m.MachineDispatch) == [] and world.row(m.MachineUnit).state is UnitState.RESERVED
    world.paid(customer, [(owed["FEE.INSURANCE"], "0.01")])
    send(world, contract)
    assert world.row(m.MachineUnit).state is UnitState.SOLD


@pytest.mark.parametrize(
    "answers, field",
    [({"is_checked": False}, "is_checked"), ({"receiver": " "}, "receiver"), ({"receiver": ""}, "receiver")],
)
def test_no_machine_leaves_unchecked_or_to_nobody(world: World, answers: dict[str, Any], field: str) -> None:
    contract = paid_contract(world)
    with pytest.raises(MissingData) as fault:
        send(world, contract, **answers)
    assert fault.value.field == field and world.rows(m.MachineDispatch) == []


def test_a_line_without_a_machine_cannot_be_dispatched(world: World) -> None:
    customer = world.company()
    contract = world.approved(world.contract(customer, world.contact(), None))
    pays(world, customer, list(world.debts(contract).values()))
    with pytest.raises(MissingData) as fault:
        send(world, contract)
    assert fault.value.field == "line"


def test_a_line_of_another_contract_is_not_dispatched_with_this_one(world: World) -> None:
    contract = paid_contract(world)
    other = world.contract(world.company(number=2), world.contact(number=2), world.unit("HT215-0008"))
    fire(other, "submit", by=world["sales1"])
    with pytest.raises(WrongState):
        send(world, contract, world.row(m.ContractLine, contract_id=other.id))
    assert world.rows(m.MachineDispatch) == []


def test_only_signed_contracts_are_dispatched_and_only_by_clerk_or_keeper(world: World) -> None:
    draft = world.contract(world.company(number=2), world.contact(number=2), world.unit("HT215-0008"))
    with pytest.raises(WrongState):
        send(world, draft)
    contract = paid_contract(world)
    for nobody in ("sales1", "finance", "gm", "sales_manager"):
        with pytest.raises(NotAllowed):
            send(world, contract, who=nobody)
    send(world, contract, who="keeper")
    assert world.row(m.MachineDispatch).created_by_id == world["keeper"].employee_id


def test_a_keeper_dispatches_from_his_own_yards_only(world: World) -> None:
    contract = paid_contract(world)
    hire(world, "keeper2", "别库", ["keeper"], number="160", department="XSB")
    with pytest.raises(NotYours):
        send(world, contract, who="keeper2")


def test_two_machines_leave_in_two_steps(world: World) -> None:
    customer = world.company()
    units = [world.unit("HT215-0001"), world.unit("HT215-0002")]
    contract = world.contract(
        customer,
        world.contact(),
        None,
        "clerk",
        lines=lines(world, *units),
        retention_share=D("0.05"),
        gifts=[gift(world, "5000")],
    )
    world.approved(contract)
    pays(world, customer, [d for d in world.debts(contract).values() if d.is_before_dispatch])
    first, second = world.rows(m.ContractLine)
    with clock.on(dt.date(2025, 3, 12)):
        send(world, contract, second)
    assert world.row(m.MachineContract).state is ContractState.DISPATCHED_PART
    assert [u.state for u in world.rows(m.MachineUnit)] == [UnitState.RESERVED, UnitState.SOLD]
    # the year of the retention begins with the last machine, the coupon with the first
    assert world.row(m.Retention).state is RetentionState.NOT_STARTED and world.row(m.Coupon).valid_from == dt.date(
        2025, 3, 12
    )
    with pytest.raises(WrongState):
        send(world, contract, second)
    with clock.on(dt.date(2025, 3, 20)):
        send(world, contract, first)
    assert world.row(m.MachineContract).state is ContractState.DISPATCHED
    assert world.row(m.Retention).matures_on == dt.date(2026, 3, 20) and world.row(m.Coupon).valid_from == dt.date(
        2025, 3, 12
    )
    assert [(v.planned_on, v.dispatch_id) for v in world.rows(m.VisitTask)] == [
        (dt.date(2025, 3, 15), world.rows(m.MachineDispatch)[0].id), (dt.date(2025, 3, 23), world.rows(m.MachineDispatch)[1].id),
    ]  # fmt: skip
    with pytest.raises(WrongState):
        send(world, contract, first)


@pytest.mark.parametrize("who", ["clerk", "keeper"])
def test_a_double_click_sends_one_machine(world: World, who: str) -> None:
    contract = paid_contract(world)
    line = world.row(m.ContractLine)
    first = send(world, contract, line, who=who, key="click")
    second = send(world, contract, line, who=who, key="click")
    assert first.id == second.id == contract.id
    assert len(world.rows(m.MachineDispatch)) == len(world.rows(m.VisitTask)) == 1


def test_a_second_dispatch_without_the_key_hears_that_the_contract_moved_on(world: World) -> None:
    contract = paid_contract(world)
    line = world.row(m.ContractLine)
    send(world, contract, line)
    with pytest.raises(WrongState) as fault:
        send(world, contract, line)
    assert contract.number in str(fault.value)


def test_a_retention_paid_before_the_machine_left_is_collected_at_the_dispatch(world: World) -> None:
    contract = paid_contract(world, retention_share=D("0.05"))
    pays(world, contract.customer, [world.debts(contract)["RETENTION"]])
    assert world.row(m.Retention).state is RetentionState.NOT_STARTED
    send(world, contract)
    held = world.row(m.Retention)
    assert (held.state, held.due_on) == (RetentionState.COLLECTED, dt.date(2026, 3, 6))


def test_a_dispatch_that_fails_at_its_last_step_leaves_everything_where_it_was(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    contract = paid_contract(world, retention_share=D("0.05"), gifts=[gift(world, "5000")])

    def broken(*_args: object) -> None:
        raise RuntimeError("the last step")

    monkeypatch.setattr("app.workflows.machines.dispatch._tell", broken)
    with pytest.raises(RuntimeError):
        send(world, contract)
    assert world.rows(m.MachineDispatch) == [] and world.rows(m.VisitTask) == []
    assert world.row(m.MachineUnit).state is UnitState.RESERVED and world.row(m.Coupon).state is CouponState.PENDING
    assert world.row(m.Retention).state is RetentionState.NOT_STARTED
    assert world.row(m.MachineContract).state is ContractState.APPROVED
    monkeypatch.undo()
    assert (
        send(world, contract).state is ContractState.DISPATCHED
        and world.row(m.MachineDispatch).number == "FC-20250305-0001"
    )
