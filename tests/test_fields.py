"""Exact decimals: the same sums, comparisons and refusals on both engines."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from app import models as m
from app.database import db
from app.enums import ReceivableKind
from app.unit_of_work import create
from tests.kit import D, World, on_both


@on_both
def test_money_is_added_and_compared_exactly_by_the_database(world: World) -> None:
    customer = world.company()
    for amount in ("0.10", "0.20", "999999999999.99"):
        create(
            m.Receivable,
            {"customer": customer, "kind": ReceivableKind.OTHER, "amount": D(amount), "due_on": dt.date(2025, 4, 1)},
        )
    table = m.Receivable.__table__
    small = table.c.amount < D(1)
    assert db.session.scalar(sa.select(sa.func.sum(table.c.amount)).where(small)) == D("0.30")
    assert db.session.scalar(sa.select(sa.func.sum(table.c.amount))) == D("1000000000000.29")
    db.session.execute(sa.update(table).where(table.c.amount == D("0.10")).values(amount=table.c.amount + D("0.20")))
    assert db.session.scalar(sa.select(sa.func.count()).select_from(table).where(table.c.amount == D("0.30"))) == 1
    db.session.rollback()


@on_both
def test_a_third_decimal_of_money_is_refused_not_rounded(world: World) -> None:
    customer = world.company()
    with pytest.raises(sa.exc.StatementError, match="more than 2 decimals"):
        create(
            m.Receivable,
            {"customer": customer, "kind": ReceivableKind.OTHER, "amount": D("0.105"), "due_on": dt.date(2025, 4, 1)},
        )
