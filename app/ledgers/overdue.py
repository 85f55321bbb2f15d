"""逾期: the one definition, for the first page, lists, customer figures, approval rules and parts on account.

A debt is overdue on a day when it was due before it, the days of grace of its contract included, and still open. What
others pay for the customer is not his; what has to be paid before a dispatch has no due day until the machine left, and
no grace after the day that was promised; retention money has a life and a list of its own.
Source: finance_credit.md 0.2, 0.3.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from ..database import db
from ..enums import UNPAID_RECEIVABLES, ReceivableKind
from ..models import MachineContract, Receivable

CONTRACT = MachineContract.__table__
NO_DAYS = timedelta(0)


class days_later(FunctionElement[date]):
    """A day and a number of days after it."""

    inherit_cache = True
    type = sa.Date()

    def __init__(self, day: Any, days: Any) -> None:
        super().__init__(day, days)


@compiles(days_later)
def _added(element: Any, compiler: Any, **kw: Any) -> str:
    day, days = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"({day} + {days})"


@compiles(days_later, "sqlite")
def _moved(element: Any, compiler: Any, **kw: Any) -> str:
    day, days = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"date({day}, {days} || ' days')"


def conditions(day: date, older_than: timedelta = NO_DAYS, debt: Any = Receivable) -> list[Any]:
    """What makes a receivable overdue on a day, by more days than `older_than`, to put into any question.

    debt: the entity, its table or an alias of either.
    """
    own = debt.c if isinstance(debt, sa.FromClause) else debt
    agreed = sa.select(CONTRACT.c.grace_days).where(CONTRACT.c.id == own.contract_id).scalar_subquery()
    grace = sa.case((own.is_before_dispatch, 0), else_=sa.func.coalesce(agreed, 0))
    return [
        own.state.in_(UNPAID_RECEIVABLES),
        own.payer_id.is_(None),
        own.kind != ReceivableKind.RETENTION,
        own.due_on < day - older_than,
        days_later(own.due_on, grace) < day,
    ]


def before_dispatch(debt: Any = Receivable) -> list[Any]:
    """What makes a receivable one that a machine still waits for: due when it leaves, never overdue before."""
    return [
        debt.state.in_(UNPAID_RECEIVABLES),
        debt.payer_id.is_(None),
        debt.is_before_dispatch,
        debt.due_on.is_(None),
    ]


def amount(customer_id: int, day: date, older_than: timedelta = NO_DAYS) -> Decimal:
    """Yuan of a customer that are overdue on a day, by more days than `older_than`."""
    table = Receivable.__table__
    left = table.c.amount - table.c.settled_amount - table.c.written_off_amount
    total = sa.select(sa.func.sum(left)).where(table.c.customer_id == customer_id, *conditions(day, older_than, table))
    return db.session.scalar(total) or Decimal(0)
