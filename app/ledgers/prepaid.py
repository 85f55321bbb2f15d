"""预收: what a customer has paid without owing it yet. The only writer of prepaid balances and entries."""

from __future__ import annotations

from decimal import Decimal

import sqlalchemy as sa
from flask_babel import gettext

from .. import actor as acting
from ..database import changed_rows, db
from ..errors import WrongAmount
from ..models import Document, PrepaidBalance, PrepaidEntry

TABLE = PrepaidBalance.__table__


def balance(customer_id: int) -> Decimal:
    """Yuan that the customer has with us."""
    return db.session.scalar(sa.select(TABLE.c.amount).where(TABLE.c.customer_id == customer_id)) or Decimal(0)


def put(customer_id: int, amount: Decimal, origin: Document) -> None:
    """The balance grows by `amount` yuan > 0."""
    changed = changed_rows(
        sa.update(TABLE).where(TABLE.c.customer_id == customer_id).values(amount=TABLE.c.amount + amount)
    )
    if changed == 0:
        db.session.execute(sa.insert(TABLE).values(customer_id=customer_id, amount=amount))
    _enter(customer_id, amount, origin)


def take(customer_id: int, amount: Decimal, origin: Document) -> None:
    """The balance shrinks by `amount` yuan > 0. Raises WrongAmount when there is less."""
    changed = changed_rows(
        sa.update(TABLE)
        .where(TABLE.c.customer_id == customer_id, TABLE.c.amount >= amount)
        .values(amount=TABLE.c.amount - amount)
    )
    if changed != 1:
        raise WrongAmount(
            gettext(
                "The prepaid balance is only %(left)s yuan, %(amount)s yuan are needed",
                left=f"{balance(customer_id):,.2f}",
                amount=f"{amount:,.2f}",
            )
        )
    _enter(customer_id, -amount, origin)


def _enter(customer_id: int, amount: Decimal, origin: Document) -> None:
    db.session.add(
        PrepaidEntry(
            customer_id=customer_id,
            amount=amount,
            balance_after=balance(customer_id),
            origin=type(origin).__name__,
            origin_id=origin.id,
            origin_number=origin.number,
            posted_by_id=acting.current().employee_id,
        )
    )
