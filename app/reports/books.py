"""账实核对: every balance against the journal that proves it. Rows (book, about, words), one per difference; none is well.

Read by the house itself at night, over all rows; the sums are made in the database.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext

from .. import actor as acting
from ..database import db
from ..enums import CASH_FUNDS, ReceiptState, ReceivableMovement, ReceivableState
from ..errors import NotAllowed
from ..models import (
    CashEntry,
    Coupon,
    CouponEntry,
    Customer,
    Part,
    PrepaidBalance,
    PrepaidEntry,
    Receipt,
    ReceiptFund,
    Receivable,
    ReceivableEntry,
    StockBalance,
    StockMove,
    Warehouse,
)

ZERO = Decimal(0)


@dataclass(frozen=True)
class Difference:
    """One balance that its journal does not prove. about: number or name of the row."""

    book: str
    about: str
    journal: Decimal
    balance: Decimal

    def __str__(self) -> str:
        return gettext(
            "%(book)s %(about)s: the journal gives %(journal)s, the balance is %(balance)s",
            book=self.book,
            about=self.about,
            journal=f"{self.journal:,}",
            balance=f"{self.balance:,}",
        )


def differences() -> list[Difference]:
    """All differences in all books. Raises NotAllowed for anybody but the house: these are everybody's rows."""
    if not acting.current().is_system:
        raise NotAllowed(gettext("There is no such action"))
    return [*coupons(), *receivables(), *prepaid(), *stock(), *cash()]


def coupons() -> Iterator[Difference]:
    """Balance = Σ entries."""
    sums = _sums(CouponEntry, "coupon_id")
    table = Coupon.__table__
    for row in db.session.execute(sa.select(table.c.id, table.c.number, table.c.balance)):
        if sums[row.id] != row.balance:
            yield Difference(str(Coupon.title), row.number, sums[row.id], row.balance)


def receivables() -> Iterator[Difference]:
    """Amount = raised; settled = settlements − withdrawn ones; a void one owes nothing and is left out."""
    entry, table = ReceivableEntry.__table__, Receivable.__table__
    by_kind: dict[tuple[int, ReceivableMovement], Decimal] = defaultdict(Decimal)
    query = sa.select(entry.c.receivable_id, entry.c.movement, sa.func.sum(entry.c.amount))
    for receivable_id, movement, amount in db.session.execute(query.group_by(entry.c.receivable_id, entry.c.movement)):
        by_kind[receivable_id, movement] = amount
    columns = (table.c.id, table.c.number, table.c.amount, table.c.settled_amount)
    for row in db.session.execute(sa.select(*columns).where(table.c.state != ReceivableState.VOID)):
        raised = by_kind[row.id, ReceivableMovement.RAISE]
        settled = by_kind[row.id, ReceivableMovement.SETTLE] - by_kind[row.id, ReceivableMovement.UNSETTLE]
        for journal, balance in ((raised, row.amount), (settled, row.settled_amount)):
            if journal != balance:
                yield Difference(str(Receivable.title), row.number, journal, balance)


def prepaid() -> Iterator[Difference]:
    """Balance = Σ entries of the customer."""
    sums, table, customer = _sums(PrepaidEntry, "customer_id"), PrepaidBalance.__table__, Customer.__table__
    balances = {row.customer_id: row.amount for row in db.session.execute(sa.select(table))}
    for customer_id in sorted(sums.keys() | balances.keys()):
        journal, balance = sums[customer_id], balances.get(customer_id, ZERO)
        if journal != balance:
            name = db.session.scalar(sa.select(customer.c.name).where(customer.c.id == customer_id))
            yield Difference(str(PrepaidBalance.title), str(name), journal, balance)


def stock() -> Iterator[Difference]:
    """Pieces and value of every shelf = Σ moves in − Σ moves out."""
    move, table, part, store = StockMove.__table__, StockBalance.__table__, Part.__table__, Warehouse.__table__
    pieces: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
    values: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
    for end, sign in ((move.c.target_id, 1), (move.c.source_id, -1)):
        sums = sa.select(move.c.part_id, end, sa.func.sum(move.c.quantity), sa.func.sum(move.c.amount))
        for part_id, place, quantity, amount in db.session.execute(sums.group_by(move.c.part_id, end)):
            pieces[part_id, place] += sign * quantity
            values[part_id, place] += sign * amount
    query = sa.select(table, part.c.name.label("part"), store.c.name.label("store")).select_from(
        table.join(part, part.c.id == table.c.part_id).join(store, store.c.id == table.c.warehouse_id)
    )
    for row in db.session.execute(query):
        shelf = (row.part_id, row.warehouse_id)
        for journal, balance in ((pieces[shelf], row.quantity), (values[shelf], row.amount)):
            if journal != balance:
                yield Difference(str(StockBalance.title), f"{row.store} {row.part}", journal, balance)


def cash() -> Iterator[Difference]:
    """What a receipt put on accounts = its money funds while it stands, nothing otherwise."""
    entry, fund, receipt = CashEntry.__table__, ReceiptFund.__table__, Receipt.__table__
    query = sa.select(entry.c.origin_id, sa.func.sum(entry.c.amount)).where(entry.c.origin == Receipt.__name__)
    booked = _by_first(query.group_by(entry.c.origin_id))
    query = (
        sa.select(fund.c.receipt_id, sa.func.sum(fund.c.amount))
        .join(receipt, receipt.c.id == fund.c.receipt_id)
        .where(fund.c.kind.in_(CASH_FUNDS), receipt.c.state == ReceiptState.CONFIRMED)
    )
    money = _by_first(query.group_by(fund.c.receipt_id))
    for row in db.session.execute(sa.select(receipt.c.id, receipt.c.number)):
        if booked[row.id] != money[row.id]:
            yield Difference(str(Receipt.title), row.number, booked[row.id], money[row.id])


def _sums(journal: Any, column: str) -> dict[int, Decimal]:
    """Σ amount of a journal by one of its references."""
    table = journal.__table__
    return _by_first(sa.select(table.c[column], sa.func.sum(table.c.amount)).group_by(table.c[column]))


def _by_first(query: sa.Select[Any]) -> dict[int, Decimal]:
    """Sums by the first column; zero where there is no row."""
    sums: dict[int, Decimal] = defaultdict(Decimal)
    sums.update((key, amount) for key, amount in db.session.execute(query))
    return sums
