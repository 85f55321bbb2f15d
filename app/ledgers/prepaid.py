"""预收: what a customer has paid without owing it yet. The only writer of prepaid balances and entries.

Part of it may be held (待退): it waits to be paid back and is free for nothing else. Every movement is one conditional UPDATE.
"""

from __future__ import annotations

from decimal import Decimal

import sqlalchemy as sa
from flask_babel import gettext

from .. import actor as acting
from ..database import changed_rows, db
from ..errors import WrongAmount
from ..models import Document, PrepaidBalance, PrepaidEntry

TABLE = PrepaidBalance.__table__
ZERO = Decimal(0)


def balance(customer_id: int) -> Decimal:
    """Yuan that the customer has with us, what is held included."""
    return db.session.scalar(sa.select(TABLE.c.amount).where(TABLE.c.customer_id == customer_id)) or ZERO


def held(customer_id: int) -> Decimal:
    """Yuan of it that wait to be paid back."""
    return db.session.scalar(sa.select(TABLE.c.held_amount).where(TABLE.c.customer_id == customer_id)) or ZERO


def held_for(origin: Document) -> Decimal:
    """Yuan that wait because of this paper."""
    entry = PrepaidEntry.__table__
    mine = (entry.c.origin == type(origin).__name__) & (entry.c.origin_id == origin.id)
    return db.session.scalar(sa.select(sa.func.sum(entry.c.held_amount)).where(mine)) or ZERO


def put(customer_id: int, amount: Decimal, origin: Document) -> None:
    """The balance grows by `amount` yuan > 0."""
    known = sa.select(TABLE.c.id).where(TABLE.c.customer_id == customer_id)
    if db.session.scalar(known) is None:
        db.session.execute(sa.insert(TABLE).values(customer_id=customer_id, amount=ZERO, held_amount=ZERO))
    _move(customer_id, amount, ZERO, origin)


def take(customer_id: int, amount: Decimal, origin: Document) -> None:
    """The balance shrinks by `amount` yuan > 0. Raises WrongAmount when less is free."""
    _move(customer_id, -amount, ZERO, origin)


def hold(customer_id: int, amount: Decimal, origin: Document) -> None:
    """`amount` yuan > 0 wait to be paid back because of `origin`. Raises WrongAmount when less is free."""
    _move(customer_id, ZERO, amount, origin)


def release(customer_id: int, origin: Document) -> None:
    """What was held for `origin` is free again."""
    if waiting := held_for(origin):
        _move(customer_id, ZERO, -waiting, origin)


def pay_out(customer_id: int, amount: Decimal, origin: Document) -> None:
    """The customer gets back `amount` yuan > 0: what is held for `origin` first. Raises WrongAmount when less is there."""
    _move(customer_id, -amount, -min(held_for(origin), amount), origin)


def came_back(customer_id: int, amount: Decimal, origin: Document) -> None:
    """What was paid out is here again, and waits as before."""
    _move(customer_id, amount, amount, origin)


def _move(customer_id: int, amount: Decimal, more_held: Decimal, origin: Document) -> None:
    """Balance and what is held of it, together; never below zero, never more held than there is."""
    stands, waits = TABLE.c.amount + amount, TABLE.c.held_amount + more_held
    changed = changed_rows(
        sa.update(TABLE)
        .where(TABLE.c.customer_id == customer_id, stands >= waits, waits >= ZERO)
        .values(amount=stands, held_amount=waits)
    )
    if changed != 1:
        _refuse(customer_id, max(-amount, more_held))
    db.session.add(
        PrepaidEntry(
            customer_id=customer_id,
            amount=amount,
            held_amount=more_held,
            balance_after=balance(customer_id),
            origin=type(origin).__name__,
            origin_id=origin.id,
            origin_number=origin.number,
            posted_by_id=acting.current().employee_id,
        )
    )


def _refuse(customer_id: int, wanted: Decimal) -> None:
    waiting = held(customer_id)
    words = {"left": f"{balance(customer_id) - waiting:,.2f}", "amount": f"{wanted:,.2f}", "held": f"{waiting:,.2f}"}
    if waiting:
        raise WrongAmount(
            gettext(
                "The prepaid balance is only %(left)s yuan, %(amount)s yuan are needed; %(held)s yuan more wait to be"
                " refunded",
                **words,
            )
        )
    words.pop("held")
    raise WrongAmount(gettext("The prepaid balance is only %(left)s yuan, %(amount)s yuan are needed", **words))
