"""应收的变更: what happens to a debt when the contract behind it changes; every step an entry of its journal.

The caller has locked the contract. A payment that is taken off a debt is the customer's prepaid money; the caller books
that side.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext

from ..database import changed_rows, db
from ..enums import ReceivableMovement, ReceivableState
from ..errors import WrongAmount
from ..models import Document, Receivable
from . import receivable as ledger

TABLE = ledger.TABLE
ZERO = Decimal(0)


def release(receivable: Receivable, amount: Decimal, origin: Document, last_paid_on: date | None) -> None:
    """Part or all of what was paid leaves the debt; it is open again by as much.

    last_paid_on: the day of the last payment that stays on it, None when none does.
    """
    settled = TABLE.c.settled_amount - amount
    hit = changed_rows(
        sa.update(TABLE)
        .where(TABLE.c.id == receivable.id, TABLE.c.settled_amount >= amount, TABLE.c.state != ReceivableState.VOID)
        .values(settled_amount=settled, last_paid_on=last_paid_on, state=_state(settled, TABLE.c.amount))
    )
    db.session.refresh(receivable)
    _check(receivable, hit)
    ledger.enter(receivable, ReceivableMovement.UNSETTLE, amount, origin)


def adjust(receivable: Receivable, amount: Decimal, origin: Document, **details: Any) -> None:
    """The debt is another sum from now on; what is paid on it stays. amount: yuan, settled <= amount.

    details: due_on, interest_amount, is_before_dispatch, fee_kind.
    """
    earlier = receivable.amount
    interest = details.get("interest_amount", ZERO)
    hit = changed_rows(
        sa.update(TABLE)
        .where(
            TABLE.c.id == receivable.id,
            TABLE.c.settled_amount <= amount,
            TABLE.c.written_off_amount == 0,
            TABLE.c.state != ReceivableState.VOID,
        )
        .values(
            amount=amount,
            principal_amount=amount - interest,
            state=_state(TABLE.c.settled_amount, sa.literal(amount, TABLE.c.amount.type)),
            **details,
        )
    )
    db.session.refresh(receivable)
    _check(receivable, hit)
    if amount != earlier:
        movement = ReceivableMovement.INCREASE if amount > earlier else ReceivableMovement.DECREASE
        ledger.enter(receivable, movement, abs(amount - earlier), origin)


def revive(receivable: Receivable, amount: Decimal, origin: Document, **details: Any) -> None:
    """A debt that was void is owed again, for this sum."""
    interest = details.get("interest_amount", ZERO)
    hit = changed_rows(
        sa.update(TABLE)
        .where(TABLE.c.id == receivable.id, TABLE.c.state == ReceivableState.VOID)
        .values(amount=amount, principal_amount=amount - interest, state=ReceivableState.OPEN, **details)
    )
    db.session.refresh(receivable)
    _check(receivable, hit)
    ledger.enter(receivable, ReceivableMovement.RAISE, amount, origin)


def _state(settled: Any, amount: Any) -> Any:
    return sa.case(
        (settled == 0, ReceivableState.OPEN.name),
        (settled == amount, ReceivableState.PAID.name),
        else_=ReceivableState.PARTIAL.name,
    )


def _check(receivable: Receivable, hit: int) -> None:
    if hit != 1:
        raise WrongAmount(gettext("%(number)s: this payment is no longer on it", number=receivable.number))
