"""逾期 has one definition: on the first page, in lists, on the customer's card, for approvals and for parts on account.

All of these fail on the old books: what has to be paid before a dispatch was due on the day of signing, so a customer who
had just signed was overdue the next morning, and the customer's card counted what a bank pays and retention money too.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from app import clock
from app import models as m
from app.actor import SYSTEM, acting_as
from app.catalogue import customer_figures, home
from app.database import db
from app.enums import PayMode, ReceivableKind, SettleWay, UnitState
from app.errors import BusinessError
from app.ledgers import overdue
from app.unit_of_work import create, fire
from tests.kit import START, D, World, on_both
from tests.parts import new_part, open_stores, opening, sale
from tests.stories import part_debt, send

TERMS: dict[str, Any] = {
    "pay_mode": PayMode.INSTALMENT, "down_share": D("0.30"), "periods": 12, "annual_rate": D("0.06"),
    "first_due_on": dt.date(2025, 4, 30), "repay_day": 30,
}  # fmt: skip


def later(days: int) -> Any:
    return clock.on(START + dt.timedelta(days=days))


def signed(world: World, **more: Any) -> m.MachineContract:
    return world.approved(world.contract(world.company(), world.contact(), world.unit(), **more))


def owed(contract: m.MachineContract) -> Decimal:
    return overdue.amount(contract.customer_id, clock.today())


def permitted(world: World, contract: m.MachineContract, days: int = 7) -> None:
    until = clock.today() + dt.timedelta(days=days)
    fire(contract, "permit", by=world["gm"], reason="老客户", until=until)


# -- before a machine leaves ----------------------------------------------------------------------------------------


@on_both
def test_what_a_machine_waits_for_is_never_overdue(world: World) -> None:
    contract = signed(world)
    with later(300):
        assert owed(contract) == 0
        assert {name: debt.due_on for name, debt in world.debts(contract).items()} == {"DEPOSIT": None, "BALANCE": None}


def test_it_neither_sends_a_contract_to_the_general_manager_nor_refuses_parts_on_account(world: World) -> None:
    customer = world.company(credit_limit=D(10_000))
    world.approved(world.contract(customer, world.contact(), world.unit()))
    main, part = open_stores(world)[0], new_part(world)
    opening(world, part, main, "10", "500")
    with later(200):
        sale(world, customer, main, (part, "1", "100"), upto="approve", settle_way=SettleWay.MONTH)
        second = world.contract(customer, world.contact(number=2), world.unit("HT215-0008"))
        fire(second, "submit", by=world["sales1"])
        assert world.row(m.MachineContract, id=second.id).approval_route == "sales_manager"


@on_both
def test_what_was_paid_falls_due_with_the_dispatch(world: World) -> None:
    contract = signed(world)
    world.paid(contract.customer, [(debt, str(debt.amount)) for debt in world.debts(contract).values()])
    with later(3):
        send(world, contract)
        assert {debt.due_on for debt in world.debts(contract).values()} == {START + dt.timedelta(days=3)}


# -- special dispatch -----------------------------------------------------------------------------------------------


@on_both
def test_what_was_permitted_to_be_missing_is_overdue_from_the_day_promised(world: World) -> None:
    contract = signed(world)
    world.paid(contract.customer, [(world.debts(contract)["DEPOSIT"], "20000")])
    permitted(world, contract)
    send(world, contract)
    debts = world.debts(contract)
    assert (debts["DEPOSIT"].due_on, debts["BALANCE"].due_on) == (START, START + dt.timedelta(days=7))
    for day, expected in ((7, D(0)), (8, D("1030000.00"))):  # on the day itself he may still pay, no days of grace
        with later(day):
            assert owed(contract) == expected


@pytest.mark.parametrize("until", [None, START - dt.timedelta(days=1), START + dt.timedelta(days=91)])
def test_a_special_dispatch_needs_a_day_that_is_promised(world: World, until: dt.date | None) -> None:
    contract = signed(world)
    with pytest.raises(BusinessError) as fault:
        fire(contract, "permit", by=world["gm"], reason="老客户", until=until)
    assert fault.value.field == "until" and world.row(m.MachineContract).special_amount is None


def test_a_dispatch_that_is_withdrawn_leaves_a_gate_and_no_date(world: World) -> None:
    contract = signed(world)
    permitted(world, contract)
    send(world, contract)
    sent = world.row(m.MachineDispatch)
    paper = create(m.DispatchWithdrawal, {"dispatch": sent, "reason": "装错了机器"}, by=world["clerk"])
    fire(paper, "submit", by=world["clerk"])
    for who in ("sales_manager", "finance"):
        fire(paper, "approve", by=world[who])
    assert world.row(m.MachineUnit).state is UnitState.RESERVED
    assert {debt.due_on for debt in world.debts(contract).values()} == {None}


# -- grace, others' money, retention --------------------------------------------------------------------------------


@on_both
@pytest.mark.parametrize(("day", "is_overdue"), [("2025-04-30", False), ("2025-05-03", False), ("2025-05-04", True)])
def test_an_instalment_has_the_days_of_grace_of_its_contract(world: World, day: str, is_overdue: bool) -> None:
    contract = signed(world, **TERMS)
    assert contract.grace_days == 3
    with clock.on(dt.date.fromisoformat(day)):
        assert (owed(contract) > 0) is is_overdue


def test_a_debt_without_a_contract_has_no_grace(world: World) -> None:
    customer = world.company()
    part_debt(world, customer, "100", due=START)
    for day, expected in ((0, D(0)), (1, D(100))):
        with later(day):
            assert overdue.amount(customer.id, clock.today()) == expected


@pytest.mark.parametrize(("day", "expected"), [(90, D(0)), (91, D(100))])
def test_how_old_it_is_counts_from_the_due_day(world: World, day: int, expected: Decimal) -> None:
    customer = world.company()
    part_debt(world, customer, "100", due=START)
    with later(day):
        assert overdue.amount(customer.id, clock.today(), dt.timedelta(days=90)) == expected


# -- one definition -------------------------------------------------------------------------------------------------


def _oracle(world: World, day: dt.date) -> dict[int, Decimal]:
    """Overdue yuan by customer, row by row in plain words."""
    found: dict[int, Decimal] = {}
    for debt in world.rows(m.Receivable):
        grace = debt.contract.grace_days if debt.contract is not None and not debt.is_before_dispatch else 0
        if debt.payer_id or debt.kind is ReceivableKind.RETENTION or debt.due_on is None:
            continue
        if debt.outstanding_amount and day > debt.due_on + dt.timedelta(days=grace):
            found[debt.customer_id] = found.get(debt.customer_id, D(0)) + debt.outstanding_amount
    return found


@on_both
def test_first_page_list_card_and_approval_say_the_same_on_every_day(world: World) -> None:
    contract = signed(world, **TERMS)
    permitted(world, contract)
    send(world, contract)
    other = world.company(number=2)
    part_debt(world, other, "500", due=START)
    for days in (0, 1, 8, 57, 60, 61, 100):
        with later(days), acting_as(SYSTEM):
            expected = _oracle(world, clock.today())
            rows = db.session.scalars(sa.select(m.Receivable).where(*overdue.conditions(clock.today()))).all()
            listed = sum((row.outstanding_amount for row in rows), D(0))
            assert listed == sum(expected.values(), D(0)), days
            for customer in (contract.customer, other):
                assert overdue.amount(customer.id, clock.today()) == expected.get(customer.id, D(0)), days
            with world.app.test_request_context(), acting_as(world["finance"]):
                told = {str(figure["url"]).rsplit("tab=", 1)[-1]: figure["value"] for figure in home.figures()}
                card = {f.url.rsplit("tab=", 1)[-1]: f.value for f in customer_figures.of_customer(contract.customer)}
            assert told["overdue"] == f"{listed / 10_000:,.2f}", days
            assert (
                next(v for k, v in card.items() if k.startswith("overdue"))
                == f"{expected.get(contract.customer_id, D(0)):,.2f}"
            ), days


def test_what_machines_wait_for_has_a_figure_of_its_own(world: World) -> None:
    contract = signed(world)
    with later(30), world.app.test_request_context(), acting_as(world["finance"]):
        told = {str(figure["url"]).rsplit("tab=", 1)[-1]: figure["value"] for figure in home.figures()}
    assert (told["before_dispatch"], told["overdue"]) == ("105.00", "0.00")
    with acting_as(SYSTEM):
        assert sum(d.outstanding_amount for d in world.debts(contract).values()) == D(1_050_000)
