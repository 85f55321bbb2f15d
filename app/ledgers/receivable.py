"""应收: what customers owe, or who pays for them (`payer`). The only writer of `Receivable` amounts and of their entries.

settled + written off never exceed the amount: each posting is one conditional UPDATE, backed by a CHECK.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext

from .. import actor as acting
from .. import clock
from ..database import changed_rows, db
from ..enums import UNPAID_RECEIVABLES, ReceivableKind, ReceivableMovement, ReceivableState
from ..errors import WrongAmount
from ..models import Document, MachineContract, Receivable, ReceivableEntry
from ..numbering import next_number

TABLE = Receivable.__table__


def raise_(origin: Document, kind: ReceivableKind, amount: Decimal, **details: Any) -> Receivable:
    """A customer owes a new sum because of `origin`.

    amount:  yuan > 0; principal is the amount less `interest_amount` (default 0).
    details: due_on, interest_amount, contract, source_line, period, fee_kind, is_before_dispatch, payer_id (who pays
             instead of the customer); customer and department are the origin's.
    """
    interest = details.pop("interest_amount", Decimal(0))
    receivable = Receivable(
        number=next_number(db.session(), Receivable.prefix),
        customer_id=origin.customer_id,
        department_id=origin.department_id,
        kind=kind,
        amount=amount,
        principal_amount=amount - interest,
        interest_amount=interest,
        **details,
    )
    db.session.add(receivable)
    db.session.flush()
    enter(receivable, ReceivableMovement.RAISE, amount, origin)
    return receivable


def open_balance(receivable: Receivable) -> None:
    """The entry of an opening receivable that finance typed itself; it is its own origin."""
    enter(receivable, ReceivableMovement.RAISE, receivable.amount, receivable)


def settle(receivable: Receivable, amount: Decimal, origin: Document, paid_on: date | None = None) -> None:
    """Part or all of a receivable is paid.

    amount: yuan, 0 < amount <= outstanding.
    Raises: WrongAmount when less is outstanding, whoever got there first.
    """
    settled = TABLE.c.settled_amount + amount
    hit = changed_rows(
        sa.update(TABLE)
        .where(
            TABLE.c.id == receivable.id,
            TABLE.c.state.in_(UNPAID_RECEIVABLES),
            settled + TABLE.c.written_off_amount <= TABLE.c.amount,
        )
        .values(
            settled_amount=settled,
            last_paid_on=paid_on or clock.today(),
            state=sa.case(
                (settled + TABLE.c.written_off_amount == TABLE.c.amount, ReceivableState.PAID.name),
                else_=ReceivableState.PARTIAL.name,
            ),
        )
    )
    db.session.refresh(receivable)
    if hit != 1:
        raise WrongAmount(
            gettext(
                "%(number)s: only %(left)s yuan outstanding, %(amount)s yuan cannot be paid on it",
                number=receivable.number,
                left=f"{receivable.outstanding_amount:,.2f}",
                amount=f"{amount:,.2f}",
            )
        )
    enter(receivable, ReceivableMovement.SETTLE, amount, origin, paid_on)


def credit(
    receivable: Receivable,
    amount: Decimal,
    origin: Document,
    movement: ReceivableMovement = ReceivableMovement.CREDIT,
) -> None:
    """Part of a debt goes away because goods came back, or was deducted for quality; 0 < amount <= outstanding."""
    off = TABLE.c.written_off_amount + amount
    hit = changed_rows(
        sa.update(TABLE)
        .where(TABLE.c.id == receivable.id, TABLE.c.settled_amount + off <= TABLE.c.amount)
        .values(
            written_off_amount=off,
            state=sa.case(
                (TABLE.c.settled_amount + off == TABLE.c.amount, ReceivableState.PAID.name), else_=TABLE.c.state
            ),
        )
    )
    db.session.refresh(receivable)
    if hit != 1:
        raise WrongAmount(gettext("%(number)s: this payment is no longer on it", number=receivable.number))
    enter(receivable, movement, amount, origin)


def void(receivable: Receivable, origin: Document) -> None:
    """The paper behind a debt came to nothing, or an opening one was mistyped; only while nothing is paid on it."""
    left = receivable.outstanding_amount
    hit = changed_rows(
        sa.update(TABLE)
        .where(TABLE.c.id == receivable.id, TABLE.c.settled_amount == 0)
        .values(state=ReceivableState.VOID)
    )
    db.session.refresh(receivable)
    if hit != 1:
        raise WrongAmount(
            gettext("%(number)s has been paid in part; reverse the receipt first", number=receivable.number)
        )
    enter(receivable, ReceivableMovement.VOID, left, origin)


def unsettle(receivable: Receivable, amount: Decimal, origin: Document) -> None:
    """A payment is taken back, exactly: what stays of earlier ones stays, the day of the last one too."""
    settled = TABLE.c.settled_amount - amount
    hit = changed_rows(
        sa.update(TABLE)
        .where(TABLE.c.id == receivable.id, TABLE.c.settled_amount >= amount, TABLE.c.state != ReceivableState.VOID)
        .values(
            settled_amount=settled,
            last_paid_on=sa.case((settled == 0, sa.null()), else_=_last_payment_without(receivable, origin)),
            state=sa.case((settled == 0, ReceivableState.OPEN.name), else_=ReceivableState.PARTIAL.name),
        )
    )
    db.session.refresh(receivable)
    if hit != 1:
        raise WrongAmount(gettext("%(number)s: this payment is no longer on it", number=receivable.number))
    enter(receivable, ReceivableMovement.UNSETTLE, amount, origin)


def _last_payment_without(receivable: Receivable, origin: Document) -> Any:
    """The day of the latest payment that stands once `origin` is taken back, as SQL."""
    paid, back = ReceivableEntry.__table__.alias(), ReceivableEntry.__table__.alias()
    taken_back = sa.exists().where(
        back.c.receivable_id == paid.c.receivable_id,
        back.c.movement == ReceivableMovement.UNSETTLE,
        back.c.origin == paid.c.origin,
        back.c.origin_id == paid.c.origin_id,
    )
    mine = (paid.c.origin == type(origin).__name__) & (paid.c.origin_id == origin.id)
    standing = sa.select(sa.func.max(paid.c.business_on)).where(
        paid.c.receivable_id == receivable.id, paid.c.movement == ReceivableMovement.SETTLE, ~mine, ~taken_back
    )
    return standing.scalar_subquery()


def outstanding(receivables: Iterable[Receivable]) -> Decimal:
    """Yuan still to come on all of them."""
    return sum((r.outstanding_amount for r in receivables), Decimal(0))


def of_contract(contract: MachineContract) -> list[Receivable]:
    """All receivables of a contract, void ones left out: what is due before dispatch first, then by due date."""
    return list(
        db.session.scalars(
            sa.select(Receivable)
            .where(Receivable.contract_id == contract.id, Receivable.state != ReceivableState.VOID)
            .order_by(Receivable.is_before_dispatch.desc(), sa.nulls_last(Receivable.due_on), Receivable.id)
            .execution_options(populate_existing=True)
        )
    )


def owed_by(customer_id: int, kinds: Iterable[ReceivableKind]) -> Decimal:
    """Yuan of a customer still open in these kinds of debt; what others pay for him is not his."""
    left = TABLE.c.amount - TABLE.c.settled_amount - TABLE.c.written_off_amount
    total = sa.select(sa.func.sum(left)).where(
        TABLE.c.customer_id == customer_id,
        TABLE.c.payer_id.is_(None),
        TABLE.c.state.in_(UNPAID_RECEIVABLES),
        TABLE.c.kind.in_(list(kinds)),
    )
    return db.session.scalar(total) or Decimal(0)


def enter(
    receivable: Receivable, movement: ReceivableMovement, amount: Decimal, origin: Document, day: date | None = None
) -> None:
    """One row of the journal; the row was moved just before. Called by the ledgers of receivables only."""
    db.session.add(
        ReceivableEntry(
            receivable_id=receivable.id,
            customer_id=receivable.customer_id,
            movement=movement,
            amount=amount,
            outstanding_after=receivable.outstanding_amount,
            origin=type(origin).__name__,
            origin_id=origin.id,
            origin_number=origin.number,
            business_on=day or clock.today(),
            posted_by_id=acting.current().employee_id,
        )
    )
