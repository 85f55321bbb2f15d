"""Shares of money in SQL, exact on both engines: a multiplication of stored decimals cannot be written by hand there."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from ..fields import Exact

MONEY, QUANTITY, RATE = Exact(18, 2), Exact(18, 3), Exact(9, 6)
ONE: Any = sa.literal(Decimal(1), RATE)


class share(FunctionElement[Decimal]):
    """value × part / whole in yuan, rounded half up once; nothing when the whole is zero.

    value:       money, not negative; part, whole: of one type, not negative.
    SQLite keeps scaled integers, so value × part must stay below 4 × 10^18 units: 20 million yuan of 20 million.
    """

    inherit_cache = True
    type = MONEY

    def __init__(self, value: Any, part: Any, whole: Any) -> None:
        super().__init__(value, part, whole)


@compiles(share)
def _with_decimals(element: Any, compiler: Any, **kw: Any) -> str:
    value, part, whole = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"coalesce(round(({value}) * ({part}) / nullif({whole}, 0), 2), 0)"


@compiles(share, "sqlite")
def _with_integers(element: Any, compiler: Any, **kw: Any) -> str:
    value, part, whole = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"coalesce((2 * ({value}) * ({part}) + ({whole})) / (2 * nullif({whole}, 0)), 0)"


def without_tax(gross: Any, tax_rate: Any) -> Any:
    """gross / (1 + rate), rounded once, as `formulas.money.without_tax` does it."""
    return share(gross, ONE, ONE + tax_rate)


def money(expression: Any) -> Any:
    """The expression is yuan."""
    return sa.type_coerce(expression, MONEY)


def pieces(expression: Any) -> Any:
    """The expression is a quantity."""
    return sa.type_coerce(expression, QUANTITY)


def total(expression: Any, type_: Any = MONEY) -> Any:
    """The sum, zero for no rows."""
    return sa.type_coerce(sa.func.coalesce(sa.func.sum(expression), 0), type_)


def when(condition: Any, expression: Any, type_: Any = MONEY) -> Any:
    """The expression where the condition holds, else zero."""
    return sa.type_coerce(sa.case((condition, expression), else_=sa.literal(Decimal(0), type_)), type_)


def running(expression: Any, by: Any, order: Any) -> Any:
    """The sum up to and with this row, within its group: shares taken of it add up to the whole."""
    return sa.type_coerce(sa.func.sum(expression).over(partition_by=by, order_by=order), MONEY)
