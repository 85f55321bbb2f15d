"""Exact decimals: sums, comparisons and order in the database are those of paper, on both engines."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import StatementError

from app import models as m
from app.database import db
from app.enums import ReceivableKind
from app.fields import Exact
from app.ledgers import receivable
from app.unit_of_work import create
from tests.kit import START, D, World, on_both

TABLE = sa.Table(
    "exact_test",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("money", Exact(18, 2)),
    sa.Column("pieces", Exact(18, 3)),
    sa.Column("rate", Exact(9, 6)),
)


@pytest.fixture
def connection(app: Flask) -> Iterator[sa.Connection]:
    with app.app_context(), db.engine.connect() as opened:
        TABLE.create(opened)
        yield opened
        opened.rollback()


def put(connection: sa.Connection, *values: Decimal | str | int | None) -> None:
    connection.execute(sa.insert(TABLE), [{"money": v} for v in values])


@on_both
def test_what_goes_in_comes_out_with_its_places(connection: sa.Connection) -> None:
    put(connection, D("0.1"), D("0.20"), 5, "7.7", None, D("-3"), D("9999999999999999.99"))
    back = list(connection.scalars(sa.select(TABLE.c.money).order_by(TABLE.c.id)))
    assert [str(v) for v in back] == ["0.10", "0.20", "5.00", "7.70", "None", "-3.00", "9999999999999999.99"]


@on_both
def test_a_tenth_and_two_tenths_are_three_tenths(connection: sa.Connection) -> None:
    put(connection, D("0.1"), D("0.2"))
    assert connection.scalar(sa.select(sa.func.sum(TABLE.c.money))) == D("0.30")
    ten = [D("0.1")] * 10
    put(connection, *ten)
    assert connection.scalar(sa.select(sa.func.sum(TABLE.c.money))) == D("1.30")


@on_both
@pytest.mark.parametrize(
    "column, value", [("money", "0.001"), ("money", "1.005"), ("pieces", "0.0001"), ("rate", "0.0000001")]
)
def test_too_many_places_are_refused_not_rounded(connection: sa.Connection, column: str, value: str) -> None:
    with pytest.raises(StatementError):
        connection.execute(sa.insert(TABLE).values({column: D(value)}))
    with pytest.raises(StatementError):
        connection.execute(sa.select(TABLE.c.id).where(TABLE.c[column] > D(value)))


@on_both
def test_places_that_say_nothing_are_fine(connection: sa.Connection) -> None:
    put(connection, D("1.5000"), D("2E+3"))
    assert list(connection.scalars(sa.select(TABLE.c.money).order_by(TABLE.c.id))) == [D("1.50"), D("2000.00")]


@on_both
def test_each_column_has_its_own_places(connection: sa.Connection) -> None:
    connection.execute(sa.insert(TABLE).values(money=D("1.25"), pieces=D("1.125"), rate=D("0.000001")))
    row = connection.execute(sa.select(TABLE.c.money, TABLE.c.pieces, TABLE.c.rate)).one()
    assert [str(v) for v in row] == ["1.25", "1.125", "0.000001"]


@on_both
def test_comparisons_order_and_arithmetic_in_sql_are_exact(connection: sa.Connection) -> None:
    put(connection, D("2"), D("10"), D("-0.01"), D("9.99"), D("100"))
    ordered = list(connection.scalars(sa.select(TABLE.c.money).order_by(TABLE.c.money)))
    assert ordered == [D("-0.01"), D(2), D("9.99"), D(10), D(100)]
    where = lambda rule: sorted(connection.scalars(sa.select(TABLE.c.money).where(rule)))  # noqa: E731
    assert where(TABLE.c.money >= D("9.99")) == [D("9.99"), D(10), D(100)]
    assert where(TABLE.c.money - D("9.99") == D("0.01")) == [D(10)]
    assert where(TABLE.c.money.between(D(0), D("9.99"))) == [D(2), D("9.99")]
    assert where(TABLE.c.money.in_([D("2.00"), D("9.990")])) == [D(2), D("9.99")]
    assert where(TABLE.c.money + TABLE.c.money == D(20)) == [D(10)]
    connection.execute(sa.update(TABLE).values(money=TABLE.c.money - D("0.02")))
    assert connection.scalar(sa.select(sa.func.max(TABLE.c.money))) == D("99.98")
    case = sa.select(sa.func.count()).where(sa.case((TABLE.c.money == D("99.98"), 1), else_=0) == 1)
    assert connection.scalar(case) == 1


@on_both
def test_nothing_summed_is_nothing(connection: sa.Connection) -> None:
    assert connection.scalar(sa.select(sa.func.sum(TABLE.c.money))) is None
    nought = sa.func.coalesce(sa.func.sum(TABLE.c.money), sa.literal(D(0), TABLE.c.money.type))
    assert connection.scalar(sa.select(nought)) == D("0.00")


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"], indirect=True)
@given(st.lists(st.integers(-(10**13), 10**13), min_size=1, max_size=30))
@settings(derandomize=True, max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_sum_in_sql_is_the_sum_on_paper(connection: sa.Connection, cents: list[int]) -> None:
    connection.execute(sa.delete(TABLE))
    put(connection, *(D(c) / 100 for c in cents))
    assert connection.scalar(sa.select(sa.func.sum(TABLE.c.money))) == D(sum(cents)) / 100
    assert connection.scalar(sa.select(sa.func.min(TABLE.c.money))) == D(min(cents)) / 100


@on_both
def test_the_books_themselves_hold_money_as_exact_numbers(world: World) -> None:
    kinds = {
        c["name"]: str(c["type"]).split("(")[0]
        for c in sa.inspect(db.engine).get_columns("receivable")
        if c["name"].endswith("amount")
    }
    wanted = "BIGINT" if db.engine.dialect.name == "sqlite" else "NUMERIC"
    assert set(kinds.values()) == {wanted} and len(kinds) >= 5


@on_both
def test_what_is_outstanding_is_the_same_sum_in_the_database(world: World) -> None:
    """A void debt owes nothing, in Python as in SQL; the list sums and sorts by the database's figure."""
    customer = world.company()
    debts = [
        create(
            m.Receivable,
            {"customer": customer, "kind": ReceivableKind.OTHER, "amount": D(a), "due_on": START},
            by=world["finance"],
        )
        for a in ("0.10", "0.20", "1000000.07")
    ]
    world.paid(customer, [(debts[2], "0.07")])
    receivable.void(world.row(m.Receivable, id=debts[0].id), debts[0])
    db.session.commit()
    shown = sa.func.sum(m.Receivable.outstanding_amount)
    assert (
        db.session.scalar(sa.select(shown))
        == D("1000000.20")
        == sum(r.outstanding_amount for r in world.rows(m.Receivable))
    )
    order = sa.select(m.Receivable.id).order_by(m.Receivable.outstanding_amount)
    assert list(db.session.scalars(order)) == [debts[0].id, debts[1].id, debts[2].id]
