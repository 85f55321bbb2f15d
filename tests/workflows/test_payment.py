"""付款单: approved by the general manager, paid by finance, and reversed when the bank sends the money back.

Each test of the reversal failed before there was one: `came_back` was no action of a payment.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from app import clock
from app import models as m
from app.enums import AccountKind, PayableState, PaymentState
from app.errors import MustBeOther, NotAllowed, NotYours, WrongAmount, WrongState
from app.ledgers import cash
from app.unit_of_work import create, fire
from tests.kit import D, World, on_both
from tests.stories import hire

S = PaymentState
PAID_ON, BACK_ON = dt.date(2025, 3, 10), dt.date(2025, 3, 13)


def owed(world: World, serial: str = "HT215-0007") -> m.Payable:
    """What a machine cost us: 904,000.00."""
    unit = world.unit(serial)
    inbound = world.row(m.MachineInbound, unit_id=unit.id)
    return world.row(m.Payable, origin="MachineInbound", origin_id=inbound.id)


def paid(world: World, *pays: tuple[m.Payable, str], serial: str = "GH-1", until: str = "pay") -> m.Payment:
    """A payment so far on its way."""
    values = {
        "supplier": pays[0][0].supplier,
        "account": world.row(m.FundAccount, kind=AccountKind.BANK),
        "serial": serial,
        "pay_on": clock.today(),
        "lines": [{"payable": debt, "amount": D(amount)} for debt, amount in pays],
    }
    paper = create(m.Payment, values, by=world["finance"])
    fire(paper, "submit", by=world["finance"])
    if until != "submit":
        fire(paper, "approve", by=world["gm"])
    return fire(paper, "pay", by=world["finance"]) if until == "pay" else paper


def came_back(world: World, paper: m.Payment, day: dt.date = BACK_ON, who: str = "finance") -> m.Payment:
    return fire(paper, "came_back", by=world[who], came_back_on=day, reason="账号有误")


def picture(world: World) -> Any:
    """Everything a payment can change."""
    debts = [(d.paid_amount, d.credited_amount, d.outstanding_amount, d.state) for d in world.rows(m.Payable)]
    return debts, [cash.balance(a) for a in world.rows(m.FundAccount)]


def state(world: World, paper: m.Payment) -> PaymentState:
    return world.row(m.Payment, id=paper.id).state


@on_both
def test_a_transfer_that_came_back_is_reversed_to_the_cent_on_its_own_day(world: World) -> None:
    first, second = owed(world), owed(world, "HT215-0008")
    paid(world, (first, "4000"), serial="GH-0")
    before = picture(world)
    with clock.on(PAID_ON):
        paper = paid(world, (first, "900000"), (second, "0.01"))
    assert world.row(m.Payable, id=first.id).state is PayableState.PAID
    with clock.on(dt.date(2025, 3, 20)):
        came_back(world, paper)
        waiting = picture(world)
        fire(paper, "reverse", by=world["gm"])
    assert waiting != before and picture(world) == before and state(world, paper) is S.REVERSED
    mirrored = world.row(m.CashEntry, origin="Payment", origin_id=paper.id, amount=D("900000.01"))
    assert mirrored.business_on == BACK_ON and mirrored.reversal_of_id is not None
    again = paid(world, (first, "900000"), (second, "0.01"))  # the same serial number, to the right account
    assert state(world, again) is S.PAID


def test_nothing_moves_before_the_general_manager_has_looked(world: World) -> None:
    with clock.on(PAID_ON):
        paper = paid(world, (owed(world), "1000"))
        before = picture(world)
    with clock.on(BACK_ON):
        came_back(world, paper)
        assert picture(world) == before and state(world, paper) is S.RETURNED
        told = world.rows(m.Notification, to_id=world["gm"].employee_id)[-1]
        assert paper.number in told.subject and "账号有误" in told.subject
        with pytest.raises(NotAllowed):
            fire(paper, "reverse", by=world["finance"])
        fire(paper, "keep", by=world["gm"], opinion="供应商确认已到账")
    assert picture(world) == before and state(world, paper) is S.PAID
    assert world.row(m.Payment, id=paper.id).came_back_on is None


@pytest.mark.parametrize("day", ["2025-03-09", "2025-03-14"])
def test_money_comes_back_after_it_left_and_not_tomorrow(world: World, day: str) -> None:
    with clock.on(PAID_ON):
        paper = paid(world, (owed(world), "1000"))
    with clock.on(BACK_ON), pytest.raises(WrongAmount) as fault:
        came_back(world, paper, dt.date.fromisoformat(day))
    assert fault.value.field == "came_back_on" and state(world, paper) is S.PAID


def test_only_what_was_paid_comes_back_and_once(world: World) -> None:
    debt = owed(world)
    waiting = paid(world, (debt, "1"), serial="GH-2", until="approve")
    with pytest.raises(WrongState):
        came_back(world, waiting, clock.today())
    paper = paid(world, (debt, "1000"))
    for nobody in ("clerk", "gm", "buyer", "credit"):
        with pytest.raises((NotAllowed, NotYours)):
            came_back(world, paper, clock.today(), nobody)
    came_back(world, paper, clock.today())
    fire(paper, "reverse", by=world["gm"])
    for verb, who, answers in (("reverse", "gm", {}), ("pay", "finance", {}), ("keep", "gm", {"opinion": "x"})):
        with pytest.raises(WrongState):
            fire(paper, verb, by=world[who], **answers)


def test_who_says_that_it_came_back_does_not_reverse_it(world: World) -> None:
    both = hire(world, "boss2", "钱副总", ["gm", "finance"], number="171")
    paper = paid(world, (owed(world), "1000"))
    came_back(world, paper, clock.today(), "boss2")
    with pytest.raises(MustBeOther):
        fire(paper, "reverse", by=both)
    fire(paper, "reverse", by=world["gm"])
