"""费用报销单: who spent it writes it, finance approves, it is an expense at once, and is paid out or owed to the supplier.

Nobody could write one before: an expense was made by another paper only.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from app import clock
from app import models as m
from app.enums import AccountKind, ClaimedExpenseState, ExpenseKind, PayableKind, PayableState
from app.errors import MustBeOther, NotAllowed, NotYours, WrongAmount
from app.ledgers import cash
from app.unit_of_work import create, fire
from tests.kit import D, World, on_both
from tests.stories import hire

S = ClaimedExpenseState


def bank(world: World) -> m.FundAccount:
    return world.row(m.FundAccount, kind=AccountKind.BANK)


def spent(world: World, who: str = "tech1", amount: str = "186.50", **more: Any) -> m.ClaimedExpense:
    values = {"kind": ExpenseKind.TRAVEL, "amount": D(amount), "reason": "去六安工地的过路费"} | more
    return create(m.ClaimedExpense, values, by=world[who])


def approved(world: World, paper: m.ClaimedExpense, who: str = "tech1", by: str = "finance") -> m.ClaimedExpense:
    fire(paper, "submit", by=world[who])
    return fire(paper, "approve", by=world[by])


def expenses(world: World) -> list[Any]:
    return [(e.kind, e.amount, e.department_id) for e in world.rows(m.Expense)]


@on_both
def test_a_technician_is_paid_what_he_laid_out(world: World) -> None:
    paper = spent(world)
    mine = world.row(m.Employee, id=world["tech1"].employee_id).department_id
    assert paper.department_id == mine and expenses(world) == []
    before = cash.balance(bank(world))
    approved(world, paper)
    assert expenses(world) == [(ExpenseKind.TRAVEL, D("186.50"), mine)] and cash.balance(bank(world)) == before
    fire(paper, "pay", by=world["finance"], account=bank(world), serial="BX1")
    assert cash.balance(bank(world)) == before - D("186.50")
    fire(paper, "came_back", by=world["finance"], came_back_on=clock.today(), reason="卡号错")
    assert cash.balance(bank(world)) == before
    fire(paper, "pay", by=world["finance"], account=bank(world), serial="BX1")
    assert cash.balance(bank(world)) == before - D("186.50")
    assert world.row(m.ClaimedExpense, id=paper.id).state is S.PAID


@on_both
def test_what_a_supplier_charges_is_owed_to_him_and_taken_back_whole(world: World) -> None:
    supplier = world.row(m.Supplier, name="恒拓重工股份有限公司")
    paper = spent(world, "service_manager", "3200", kind=ExpenseKind.FREIGHT, supplier=supplier, invoice_number="F1")
    approved(world, paper, "service_manager")
    debt = world.row(m.Payable, origin="ClaimedExpense", origin_id=paper.id)
    assert (debt.kind, debt.amount, world.row(m.ClaimedExpense).state) == (PayableKind.OTHER, D(3200), S.OWED)
    fire(paper, "revoke", by=world["finance"], reason="账单开错")
    assert world.row(m.Payable, id=debt.id).state is PayableState.VOID
    assert [e.amount for e in world.rows(m.Expense)] == [0] and world.row(m.ClaimedExpense).state is S.CANCELLED


def test_what_the_supplier_was_paid_is_not_taken_back(world: World) -> None:
    supplier = world.row(m.Supplier, name="恒拓重工股份有限公司")
    paper = approved(world, spent(world, "finance", "100", supplier=supplier), "finance", "gm")
    debt = world.row(m.Payable, origin="ClaimedExpense", origin_id=paper.id)
    values = {"supplier": supplier, "account": bank(world), "lines": [{"payable": debt, "amount": D(1)}]}
    payment = create(m.Payment, values, by=world["finance"])
    for verb, who in (("submit", "finance"), ("approve", "gm"), ("pay", "finance")):
        fire(payment, verb, by=world[who])
    with pytest.raises(WrongAmount):
        fire(paper, "revoke", by=world["finance"], reason="x")


def test_who_may(world: World) -> None:
    own = spent(world, "finance")
    fire(own, "submit", by=world["finance"])
    with pytest.raises(MustBeOther):
        fire(own, "approve", by=world["finance"])
    hire(world, "finance2", "钱会计", ["finance"], number="170")
    fire(own, "approve", by=world["finance2"])
    his = spent(world, "tech1")
    with pytest.raises(NotYours):
        fire(his, "submit", by=world["tech2"])
    with pytest.raises((NotAllowed, NotYours)):
        spent(world, "keeper")
    fire(his, "submit", by=world["tech1"])
    for nobody in ("tech1", "service_manager", "clerk"):
        with pytest.raises((NotAllowed, NotYours)):
            fire(his, "approve", by=world[nobody])
    fire(his, "reject", by=world["finance"], opinion="缺发票")
    fire(his, "cancel", by=world["tech1"], reason="不报了")
    assert world.row(m.ClaimedExpense, id=his.id).state is S.CANCELLED


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"amount": D(0)}, "amount"),
        ({"kind": ExpenseKind.WARRANTY_LOSS}, "kind"),
        ({"spent_on": dt.date(2025, 3, 6)}, "spent_on"),
    ],
)
def test_what_is_refused_beside_its_field(world: World, wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(WrongAmount) as fault:
        spent(world, **wrong)
    assert fault.value.field == field
