"""应付: what the dealer owes suppliers. The only writer of `Payable` amounts; paid never exceeds the amount."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import sqlalchemy as sa
from flask_babel import gettext

from .. import clock
from ..database import changed_rows, db
from ..enums import PayableKind, PayableState
from ..errors import WrongAmount
from ..models import Document, Payable, Supplier
from ..numbering import next_number

TABLE = Payable.__table__


def raise_(origin: Document, supplier: Supplier, kind: PayableKind, amount: Decimal) -> Payable:
    """A new debt to a supplier, due after his term of payment. amount: yuan with tax, > 0."""
    payable = Payable(
        number=next_number(db.session(), Payable.prefix),
        department_id=origin.department_id,
        supplier_id=supplier.id,
        kind=kind,
        origin=type(origin).__name__,
        origin_id=origin.id,
        origin_number=origin.number,
        amount=amount,
        due_on=clock.today() + timedelta(days=supplier.payment_days),
    )
    db.session.add(payable)
    db.session.flush()
    return payable


def pay(payable: Payable, amount: Decimal) -> None:
    """Part or all is paid. Raises WrongAmount when less is outstanding."""
    paid = TABLE.c.paid_amount + amount
    hit = changed_rows(
        sa.update(TABLE)
        .where(
            TABLE.c.id == payable.id,
            TABLE.c.state.in_([PayableState.OPEN, PayableState.PARTIAL]),
            paid <= TABLE.c.amount,
        )
        .values(
            paid_amount=paid,
            state=sa.case((paid == TABLE.c.amount, PayableState.PAID.name), else_=PayableState.PARTIAL.name),
        )
    )
    db.session.refresh(payable)
    if hit != 1:
        raise WrongAmount(
            gettext(
                "%(number)s: only %(left)s yuan outstanding, %(amount)s yuan cannot be paid on it",
                number=payable.number,
                left=f"{payable.outstanding_amount:,.2f}",
                amount=f"{amount:,.2f}",
            )
        )


def void_of(origin: Document) -> None:
    """The paper behind a debt is taken back. Raises WrongAmount when something was paid on it."""
    mine = (TABLE.c.origin == type(origin).__name__) & (TABLE.c.origin_id == origin.id)
    if changed_rows(sa.update(TABLE).where(mine, TABLE.c.paid_amount > 0).values(paid_amount=TABLE.c.paid_amount)):
        raise WrongAmount(gettext("%(number)s has been paid in part; it cannot be taken back", number=origin.number))
    changed_rows(sa.update(TABLE).where(mine).values(state=PayableState.VOID))
