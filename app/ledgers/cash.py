"""资金: money in and out of the dealer's accounts. The only writer of cash entries.

A bank serial number counts once per account while its entry stands, however it is typed; a reversal sets it free again.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import sqlalchemy as sa
from flask_babel import gettext

from .. import actor as acting
from .. import clock
from ..database import db
from ..errors import AlreadyThere, WrongAmount
from ..formulas import normal
from ..models import CashEntry, Document, FundAccount

TABLE = CashEntry.__table__


def take_in(account: FundAccount, amount: Decimal, origin: Document, line: int, serial: str | None, day: date) -> None:
    """Money arrives on an account.

    serial: the bank's number of the payment; None where there is none (cash).
    Raises: AlreadyThere when the serial was booked before on this account.
    """
    _refuse_second(account, serial)
    _enter(account.id, amount, origin, line, serial, day)


def pay_out(account: FundAccount, amount: Decimal, origin: Document, line: int, serial: str | None, day: date) -> None:
    """Money leaves an account. amount: yuan > 0. Raises: AlreadyThere when the serial was booked before."""
    _refuse_second(account, serial)
    _enter(account.id, -amount, origin, line, serial, day)


def reverse(origin: Document, day: date) -> None:
    """Mirror everything that `origin` booked and that still stands, once."""
    mirrored = sa.select(CashEntry.reversal_of_id).where(CashEntry.reversal_of_id.is_not(None))
    entries = db.session.scalars(
        sa.select(CashEntry).where(
            CashEntry.origin == type(origin).__name__,
            CashEntry.origin_id == origin.id,
            CashEntry.reversal_of_id.is_(None),
            CashEntry.id.not_in(mirrored),
        )
    ).all()
    for entry in entries:
        db.session.execute(sa.update(TABLE).where(TABLE.c.id == entry.id).values(serial_key=None))
        _enter(entry.account_id, -entry.amount, origin, entry.origin_line, entry.serial, day, reversal_of=entry)


def next_line(origin: Document) -> int:
    """The line of the next entry of a paper that may pay again what came back."""
    mine = (TABLE.c.origin == type(origin).__name__) & (TABLE.c.origin_id == origin.id)
    return (db.session.scalar(sa.select(sa.func.max(TABLE.c.origin_line)).where(mine)) or 0) + 1


def left_on(origin: Document) -> date:
    """The day of a paper's last entry."""
    mine = (TABLE.c.origin == type(origin).__name__) & (TABLE.c.origin_id == origin.id)
    day = db.session.scalar(sa.select(TABLE.c.business_on).where(mine).order_by(TABLE.c.id.desc()).limit(1))
    assert day is not None
    return day


def check_came_back(day: date, left_on: date) -> None:
    """Raises WrongAmount for a day on which money that left on `left_on` cannot have come back."""
    if not left_on <= day <= clock.today():
        raise WrongAmount(
            gettext("Between the day it left, %(day)s, and today", day=left_on.isoformat()), field="came_back_on"
        )


def balance(account: FundAccount) -> Decimal:
    """Opening balance plus everything booked, yuan."""
    total = db.session.scalar(sa.select(sa.func.sum(CashEntry.amount)).where(CashEntry.account_id == account.id))
    return account.opening_amount + (total or Decimal(0))


def _key(serial: str | None) -> str | None:
    """A serial as it is compared: letters and digits, whatever case, width and blanks."""
    return normal.key(serial or "") or None


def _refuse_second(account: FundAccount, serial: str | None) -> None:
    key = _key(serial)
    if key is None:
        return
    earlier = db.session.scalar(
        sa.select(CashEntry).where(CashEntry.account_id == account.id, CashEntry.serial_key == key)
    )
    if earlier is None:
        return
    raise AlreadyThere(
        gettext(
            "Serial %(serial)s of %(account)s was already booked in %(number)s",
            serial=serial,
            account=account.name,
            number=earlier.origin_number,
        )
    )


def _enter(
    account_id: int,
    amount: Decimal,
    origin: Document,
    line: int,
    serial: str | None,
    day: date,
    reversal_of: CashEntry | None = None,
) -> None:
    db.session.add(
        CashEntry(
            account_id=account_id,
            amount=amount,
            serial=serial,
            serial_key=None if reversal_of else _key(serial),
            origin=type(origin).__name__,
            origin_id=origin.id,
            origin_number=origin.number,
            origin_line=line,
            reversal_of_id=reversal_of.id if reversal_of else None,
            business_on=day,
            posted_by_id=acting.current().employee_id,
        )
    )
