"""自动核销: oldest debt first, coupons where they may go, the rest prepaid."""

from __future__ import annotations

import datetime as dt

from app import models as m
from app.enums import FundKind, ReceiptState, ReceivableKind, ReceivableState
from app.unit_of_work import create, fire
from tests.kit import D, World


def test_funds_go_to_the_oldest_debts_and_the_rest_is_prepaid(world: World) -> None:
    customer = world.company()
    old, young = (
        create(m.Receivable, {"customer": customer, "kind": ReceivableKind.SERVICE, "amount": D(amount), "due_on": dt.date(2025, 3, day)}, by=world["finance"])
        for amount, day in ((300, 1), (500, 2))
    )  # fmt: skip
    paper = world.receipt(customer, [], total="1000")
    fire(paper, "allocate", by=world["clerk"])
    rows = [(a.receivable_id, a.amount) for a in world.row(m.Receipt, id=paper.id).allocations]
    assert rows == [(old.id, D("300.00")), (young.id, D("500.00"))]
    fire(paper, "confirm", by=world["finance"])
    paper = world.row(m.Receipt, id=paper.id)
    assert paper.state is ReceiptState.CONFIRMED and paper.unallocated_amount == D("200.00")
    assert world.row(m.PrepaidBalance, customer_id=customer.id).amount == D("200.00")
    assert {r.state for r in world.rows(m.Receivable)} == {ReceivableState.PAID}


def test_allocating_twice_gives_the_same(world: World) -> None:
    customer = world.company()
    create(
        m.Receivable,
        {"customer": customer, "kind": ReceivableKind.PART, "amount": D(700), "due_on": dt.date(2025, 3, 1)},
        by=world["finance"],
    )
    paper = world.receipt(customer, [], total="600")
    for _ in range(2):
        fire(paper, "allocate", by=world["clerk"])
    paper = world.row(m.Receipt, id=paper.id)
    assert [a.amount for a in paper.allocations] == [D("600.00")] and paper.funds[0].kind is FundKind.BANK
