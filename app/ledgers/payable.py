"""应付: what the dealer owes suppliers. The only writer of `Payable` amounts; paid and credited never exceed the amount."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext

from .. import actor as acting
from .. import clock
from ..database import changed_rows, db
from ..enums import PayableKind, PayableState
from ..errors import WrongAmount
from ..models import Document, Payable, PayableCredit, Supplier
from ..numbering import next_number

TABLE = Payable.__table__


def raise_(origin: Document, supplier: Supplier, kind: PayableKind, amount: Decimal, **details: Any) -> Payable:
    """A new debt to a supplier, due after his term of payment. amount: yuan with tax, > 0; details: contract_id."""
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
        **details,
    )
    db.session.add(payable)
    db.session.flush()
    return payable


def pay(payable: Payable, amount: Decimal) -> None:
    """Part or all is paid. Raises WrongAmount when less is outstanding."""
    if not _settle(payable, TABLE.c.paid_amount + amount, TABLE.c.credited_amount):
        raise WrongAmount(
            gettext(
                "%(number)s: only %(left)s yuan outstanding, %(amount)s yuan cannot be paid on it",
                number=payable.number,
                left=f"{payable.outstanding_amount:,.2f}",
                amount=f"{amount:,.2f}",
            )
        )


def unpay(payable: Payable, amount: Decimal) -> None:
    """A payment is taken back, exactly. Raises WrongAmount when less was paid."""
    paid = TABLE.c.paid_amount - amount
    hit = changed_rows(
        sa.update(TABLE)
        .where(TABLE.c.id == payable.id, TABLE.c.paid_amount >= amount, TABLE.c.state != PayableState.VOID)
        .values(
            paid_amount=paid,
            state=sa.case(
                (paid + TABLE.c.credited_amount == 0, PayableState.OPEN.name), else_=PayableState.PARTIAL.name
            ),
        )
    )
    db.session.refresh(payable)
    if hit != 1:
        raise WrongAmount(gettext("%(number)s: this payment is no longer on it", number=payable.number))


def credit(payable: Payable, amount: Decimal, origin: Document) -> None:
    """A return to the supplier takes `amount` yuan > 0 off the debt. Raises WrongAmount when less is outstanding."""
    if not _settle(payable, TABLE.c.paid_amount, TABLE.c.credited_amount + amount):
        raise WrongAmount(
            gettext(
                "%(number)s: only %(left)s yuan outstanding, %(amount)s yuan cannot be taken off it",
                number=payable.number,
                left=f"{payable.outstanding_amount:,.2f}",
                amount=f"{amount:,.2f}",
            )
        )
    db.session.add(
        PayableCredit(
            payable_id=payable.id,
            supplier_id=payable.supplier_id,
            amount=amount,
            origin=type(origin).__name__,
            origin_id=origin.id,
            origin_number=origin.number,
            posted_by_id=acting.current().employee_id,
        )
    )


def _settle(payable: Payable, paid: Any, credited: Any) -> bool:
    """Write what is paid and credited now, unless that is more than the amount; the row is read afresh."""
    hit = changed_rows(
        sa.update(TABLE)
        .where(
            TABLE.c.id == payable.id,
            TABLE.c.state.in_([PayableState.OPEN, PayableState.PARTIAL]),
            paid + credited <= TABLE.c.amount,
        )
        .values(
            paid_amount=paid,
            credited_amount=credited,
            state=sa.case((paid + credited == TABLE.c.amount, PayableState.PAID.name), else_=PayableState.PARTIAL.name),
        )
    )
    db.session.refresh(payable)
    return hit == 1


def of(origin: Document) -> Payable | None:
    """The debt that a paper made, if any, locked until the transaction ends and read afresh."""
    mine = (TABLE.c.origin == type(origin).__name__) & (TABLE.c.origin_id == origin.id)
    db.session.execute(sa.update(TABLE).where(mine).values(paid_amount=TABLE.c.paid_amount))
    return db.session.scalars(
        sa.select(Payable)
        .where(Payable.origin == type(origin).__name__, Payable.origin_id == origin.id)
        .execution_options(populate_existing=True)
    ).one_or_none()


def void(payable: Payable) -> None:
    """It is not owed any more. Raises WrongAmount when something was paid on it."""
    hit = changed_rows(
        sa.update(TABLE)
        .where(TABLE.c.id == payable.id, TABLE.c.paid_amount + TABLE.c.credited_amount == 0)
        .values(state=PayableState.VOID)
    )
    db.session.refresh(payable)
    if hit != 1:
        raise WrongAmount(gettext("%(number)s has been paid in part; it cannot be taken back", number=payable.number))


def void_of(origin: Document) -> None:
    """The paper behind a debt is taken back. Raises WrongAmount when something was paid on it."""
    mine = (TABLE.c.origin == type(origin).__name__) & (TABLE.c.origin_id == origin.id)
    settled = TABLE.c.paid_amount + TABLE.c.credited_amount > 0
    if changed_rows(sa.update(TABLE).where(mine, settled).values(paid_amount=TABLE.c.paid_amount)):
        raise WrongAmount(gettext("%(number)s has been paid in part; it cannot be taken back", number=origin.number))
    changed_rows(sa.update(TABLE).where(mine).values(state=PayableState.VOID))
