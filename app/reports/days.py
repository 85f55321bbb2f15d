"""Days and months in SQL, the same on both engines."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class day_of(FunctionElement[date]):
    """The day of a moment."""

    inherit_cache = True
    type = sa.Date()

    def __init__(self, moment: Any) -> None:
        super().__init__(moment)


@compiles(day_of)
def _as_date(element: Any, compiler: Any, **kw: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **kw)} AS DATE)"


@compiles(day_of, "sqlite")
def _as_text(element: Any, compiler: Any, **kw: Any) -> str:
    return f"date({compiler.process(element.clauses, **kw)})"


def month_of(day: Any) -> Any:
    """The month of a day as one whole number: 202503."""
    return sa.cast(sa.extract("year", day), sa.Integer()) * 100 + sa.cast(sa.extract("month", day), sa.Integer())


def first_of(month: int) -> date:
    """The first day of a month as `month_of` tells it."""
    return date(month // 100, month % 100, 1)
