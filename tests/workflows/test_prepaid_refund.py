"""预收: what waits to be refunded is held; prepaid money goes back by a paper of its own, and comes back when the bank says so.

Before, a receipt could spend what a cancellation had to refund (`test_what_waits_to_be_refunded_pays_nothing_else` went
through and the refund was refused for ever), and a customer got prepaid money back by a cancellation or a return only.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from app import clock
from app import models as m
from app.enums import AccountKind, PaperState, PrepaidRefundState
from app.errors import MustBeOther, NotAllowed, WrongAmount, WrongState
from app.ledgers import cash, prepaid
from app.unit_of_work import create, fire
from tests.kit import D, World, on_both
from tests.stories import by_prepaid, part_debt
from tests.workflows.test_cancellation import cancelling, decided, signed

S = PrepaidRefundState


def bank(world: World) -> m.FundAccount:
    return world.row(m.FundAccount, kind=AccountKind.BANK)


def purse(customer: m.Customer) -> tuple[Any, Any]:
    """(all, held) prepaid money."""
    return prepaid.balance(customer.id), prepaid.held(customer.id)


def waiting(world: World) -> m.ContractCancellation:
    """20,000.00 of deposit wait to be refunded."""
    contract = signed(world)
    world.paid(contract.customer, [(world.debts(contract)["DEPOSIT"], "20000")])
    return decided(world, cancelling(world, contract))


def asked(world: World, customer: m.Customer, amount: str, until: str = "draft") -> m.PrepaidRefund:
    values = {"customer": customer, "amount": D(amount), "reason": "客户要求退还"}
    paper = create(m.PrepaidRefund, values, by=world["clerk"])
    if until != "draft":
        fire(paper, "submit", by=world["clerk"])
    if until == "approved":
        fire(paper, "approve", by=world["sales_manager"])
    return paper


@on_both
def test_what_waits_to_be_refunded_pays_nothing_else(world: World) -> None:
    paper = waiting(world)
    customer = paper.customer
    assert paper.state is PaperState.TO_REFUND and purse(customer) == (D(20000), D(20000))
    debt = part_debt(world, customer, "500")
    with pytest.raises(WrongAmount) as fault:
        world.paid(customer, [(debt, "500")], funds=[by_prepaid("500")])
    assert "20,000.00" in str(fault.value) and "0.00" in str(fault.value)
    fire(paper, "refund", by=world["finance"], account=bank(world), serial="TK1")
    assert purse(customer) == (0, 0)


@on_both
def test_the_customer_leaves_it_here_after_all(world: World) -> None:
    paper = waiting(world)
    customer, before = paper.customer, cash.balance(bank(world))
    fire(paper, "leave", by=world["finance"], reason="客户改买另一台")
    assert purse(customer) == (D(20000), 0) and cash.balance(bank(world)) == before
    paper = world.row(m.ContractCancellation, id=paper.id)
    assert (paper.state, paper.left_amount) == (PaperState.DONE, D(20000))
    debt = part_debt(world, customer, "500")
    world.paid(customer, [(debt, "500")], funds=[by_prepaid("500")])
    with pytest.raises(WrongState):
        fire(paper, "came_back", by=world["finance"], came_back_on=clock.today(), reason="x")


@on_both
def test_a_refund_that_the_bank_sent_back_waits_again_and_is_paid_again(world: World) -> None:
    paper = waiting(world)
    customer, before = paper.customer, cash.balance(bank(world))
    fire(paper, "refund", by=world["finance"], account=bank(world), serial="TK1")
    with clock.on(dt.date(2025, 3, 9)):
        fire(paper, "came_back", by=world["finance"], came_back_on=dt.date(2025, 3, 8), reason="账号有误")
        assert purse(customer) == (D(20000), D(20000)) and cash.balance(bank(world)) == before
        assert world.rows(m.CashEntry)[-1].business_on == dt.date(2025, 3, 8)
        fire(paper, "refund", by=world["finance"], account=bank(world), serial="TK1")
    assert purse(customer) == (0, 0) and cash.balance(bank(world)) == before - D(20000)
    with clock.on(dt.date(2025, 3, 12)):
        fire(paper, "came_back", by=world["finance"], came_back_on=dt.date(2025, 3, 10), reason="又退")
    assert purse(customer) == (D(20000), D(20000)) and cash.balance(bank(world)) == before


@on_both
def test_prepaid_money_goes_back_with_an_approval_and_comes_back(world: World) -> None:
    customer = world.company()
    world.paid(customer, [], total="800")
    before = cash.balance(bank(world))
    paper = asked(world, customer, "600", "submitted")
    assert paper.payee_name == customer.name and purse(customer) == (D(800), 0)
    fire(paper, "approve", by=world["sales_manager"])
    assert purse(customer) == (D(800), D(600))
    debt = part_debt(world, customer, "500")
    with pytest.raises(WrongAmount):
        world.paid(customer, [(debt, "200.01")], funds=[by_prepaid("200.01")])
    fire(paper, "pay", by=world["finance"], account=bank(world), serial="TK2")
    assert purse(customer) == (D(200), 0) and cash.balance(bank(world)) == before - D(600)
    fire(paper, "came_back", by=world["finance"], came_back_on=clock.today(), reason="户名不符")
    assert purse(customer) == (D(800), D(600)) and cash.balance(bank(world)) == before
    assert world.row(m.PrepaidRefund, id=paper.id).state is S.APPROVED
    fire(paper, "cancel", by=world["finance"], reason="客户不要了")
    assert purse(customer) == (D(800), 0)


def test_two_at_once_do_not_promise_the_same_money(world: World) -> None:
    customer = world.company()
    world.paid(customer, [], total="800")
    first, second = asked(world, customer, "600", "submitted"), asked(world, customer, "600", "submitted")
    fire(first, "approve", by=world["sales_manager"])
    with pytest.raises(WrongAmount) as fault:
        fire(second, "approve", by=world["sales_manager"])
    assert "200.00" in str(fault.value) and "600.00" in str(fault.value)
    assert purse(customer) == (D(800), D(600))
    with pytest.raises(WrongAmount) as beside:
        asked(world, customer, "200.01")
    assert beside.value.field == "amount"


def test_who_decides(world: World) -> None:
    customer = world.company()
    world.paid(customer, [], total="120000")
    small, large = asked(world, customer, "50000", "submitted"), asked(world, customer, "50000.01", "submitted")
    for nobody in ("clerk", "finance"):
        with pytest.raises(NotAllowed):
            fire(small, "approve", by=world[nobody])
    with pytest.raises(MustBeOther):
        fire(large, "approve", by=world["sales_manager"])
    fire(large, "approve", by=world["gm"])
    fire(small, "approve", by=world["sales_manager"])
    part_debt(world, customer, "10", due=clock.today() - dt.timedelta(days=1))
    overdue = asked(world, customer, "1", "submitted")
    with pytest.raises(MustBeOther):
        fire(overdue, "approve", by=world["sales_manager"])
    fire(overdue, "approve", by=world["gm"])
    for nobody in ("clerk", "gm", "sales_manager"):
        with pytest.raises(NotAllowed):
            fire(overdue, "pay", by=world[nobody], account=bank(world))
