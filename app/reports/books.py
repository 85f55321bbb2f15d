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
from ..enums import (
    CASH_FUNDS,
    CONTRACT_RECEIVABLES,
    KEPT_BACK,
    SIGNED_CONTRACTS,
    STANDING_EXPENSES,
    ClaimedExpenseState,
    DecisionState,
    PaperState,
    PrepaidRefundState,
    ReceiptState,
    ReceivableMovement,
    ReceivableState,
    RetentionState,
    Verdict,
)
from ..errors import NotAllowed
from ..models import (
    CashEntry,
    ClaimedExpense,
    Complaint,
    ContractCancellation,
    ContractLine,
    Coupon,
    CouponEntry,
    Customer,
    Expense,
    MachineContract,
    MachineReturn,
    MachineUnit,
    MeterReading,
    Part,
    PrepaidBalance,
    PrepaidEntry,
    PrepaidRefund,
    Receipt,
    ReceiptFund,
    Receivable,
    ReceivableEntry,
    Retention,
    RetentionDecision,
    StockBalance,
    StockMove,
    Warehouse,
)

ZERO = Decimal(0)
# a debt that was void and is owed again was raised twice and voided once
RAISED = {
    ReceivableMovement.RAISE: 1,
    ReceivableMovement.INCREASE: 1,
    ReceivableMovement.DECREASE: -1,
    ReceivableMovement.VOID: -1,
}
REFUNDING = (ContractCancellation, MachineReturn)


@dataclass(frozen=True)
class Difference:
    """One balance that its journal does not prove. about: number or name of the row."""

    book: str
    about: str
    journal: Decimal
    balance: Decimal
    words: str = ""

    def __str__(self) -> str:
        if self.words:
            return f"{self.book} {self.about}: {self.words}"
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
    return [
        *coupons(), *receivables(), *contracts(), *prepaid(), *held(), *stock(), *cash(), *refunds(), *spendings(), *hour_meters(), *retentions(),
    ]  # fmt: skip


def coupons() -> Iterator[Difference]:
    """Balance = Σ entries."""
    sums = _sums(CouponEntry, "coupon_id")
    table = Coupon.__table__
    for row in db.session.execute(sa.select(table.c.id, table.c.number, table.c.balance)):
        if sums[row.id] != row.balance:
            yield Difference(str(Coupon.title), row.number, sums[row.id], row.balance)


def receivables() -> Iterator[Difference]:
    """Amount = raised and adjusted; settled = settlements − withdrawn ones; taken off = credits and deductions; void ones are
    left out."""
    entry, table = ReceivableEntry.__table__, Receivable.__table__
    by_kind: dict[tuple[int, ReceivableMovement], Decimal] = defaultdict(Decimal)
    query = sa.select(entry.c.receivable_id, entry.c.movement, sa.func.sum(entry.c.amount))
    for receivable_id, movement, amount in db.session.execute(query.group_by(entry.c.receivable_id, entry.c.movement)):
        by_kind[receivable_id, movement] = amount
    columns = (table.c.id, table.c.number, table.c.amount, table.c.settled_amount, table.c.written_off_amount)
    for row in db.session.execute(sa.select(*columns).where(table.c.state != ReceivableState.VOID)):
        raised = sum((sign * by_kind[row.id, movement] for movement, sign in RAISED.items()), ZERO)
        settled = by_kind[row.id, ReceivableMovement.SETTLE] - by_kind[row.id, ReceivableMovement.UNSETTLE]
        off = by_kind[row.id, ReceivableMovement.CREDIT] + by_kind[row.id, ReceivableMovement.DEDUCT]
        pairs = ((raised, row.amount), (settled, row.settled_amount), (off, row.written_off_amount))
        for journal, balance in pairs:
            if journal != balance:
                yield Difference(str(Receivable.title), row.number, journal, balance)


def contracts() -> Iterator[Difference]:
    """Σ principal that a signed contract makes its customer owe = its total."""
    debt, table = Receivable.__table__, MachineContract.__table__
    owed = _by_first(
        sa.select(debt.c.contract_id, sa.func.sum(debt.c.principal_amount))
        .where(debt.c.state != ReceivableState.VOID, debt.c.kind.in_(CONTRACT_RECEIVABLES))
        .group_by(debt.c.contract_id)
    )
    signed = table.c.state.in_(SIGNED_CONTRACTS)
    for row in db.session.execute(sa.select(table.c.id, table.c.number, table.c.total_amount).where(signed)):
        if owed[row.id] != row.total_amount:
            yield Difference(str(MachineContract.title), row.number, owed[row.id], row.total_amount)


def prepaid() -> Iterator[Difference]:
    """Balance = Σ entries of the customer."""
    sums, table, customer = _sums(PrepaidEntry, "customer_id"), PrepaidBalance.__table__, Customer.__table__
    balances = {row.customer_id: row.amount for row in db.session.execute(sa.select(table))}
    for customer_id in sorted(sums.keys() | balances.keys()):
        journal, balance = sums[customer_id], balances.get(customer_id, ZERO)
        if journal != balance:
            name = db.session.scalar(sa.select(customer.c.name).where(customer.c.id == customer_id))
            yield Difference(str(PrepaidBalance.title), str(name), journal, balance)


def held() -> Iterator[Difference]:
    """What is held of a customer's prepaid money = Σ entries; what a paper holds = what it has to pay back."""
    entry, table, customer = PrepaidEntry.__table__, PrepaidBalance.__table__, Customer.__table__
    journal = _by_first(sa.select(entry.c.customer_id, sa.func.sum(entry.c.held_amount)).group_by(entry.c.customer_id))
    for row in db.session.execute(
        sa.select(table, customer.c.name).join_from(table, customer, customer.c.id == table.c.customer_id)
    ):
        if journal[row.customer_id] != row.held_amount or row.held_amount > row.amount:
            yield Difference(str(PrepaidBalance.title), row.name, journal[row.customer_id], row.held_amount)
    for entity in (*REFUNDING, PrepaidRefund):
        paper = entity.__table__
        mine = sa.select(entry.c.origin_id, sa.func.sum(entry.c.held_amount)).where(entry.c.origin == entity.__name__)
        waits = _by_first(mine.group_by(entry.c.origin_id))
        amount = paper.c.amount if entity is PrepaidRefund else paper.c.refund_amount
        waiting = PrepaidRefundState.APPROVED if entity is PrepaidRefund else PaperState.TO_REFUND
        query = sa.select(paper.c.id, paper.c.number, paper.c.state, amount.label("due"))
        for row in db.session.execute(query):
            most = row.due if row.state is waiting else ZERO
            if not ZERO <= waits[row.id] <= most:  # old papers may hold less than they promise
                yield Difference(str(entity.title), row.number, waits[row.id], most)


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


def refunds() -> Iterator[Difference]:
    """What a paper about a contract paid back = its refund once it is done, nothing before."""
    for entity in REFUNDING:
        entry, paper = CashEntry.__table__, entity.__table__
        out = _by_first(
            sa.select(entry.c.origin_id, sa.func.sum(entry.c.amount))
            .where(entry.c.origin == entity.__name__)
            .group_by(entry.c.origin_id)
        )
        columns = (paper.c.id, paper.c.number, paper.c.state, paper.c.refund_amount, paper.c.left_amount)
        for row in db.session.execute(sa.select(*columns)):
            wanted = row.refund_amount - row.left_amount if row.state is PaperState.DONE else ZERO
            if -out[row.id] != wanted:
                yield Difference(str(entity.title), row.number, -out[row.id], wanted)


def spendings() -> Iterator[Difference]:
    """An expense that somebody wrote is booked as long as its paper stands, and left the accounts once it is paid out."""
    expense, entry, paper = Expense.__table__, CashEntry.__table__, ClaimedExpense.__table__
    booked, out = (
        _by_first(
            sa.select(table.c.origin_id, sa.func.sum(table.c.amount))
            .where(table.c.origin == ClaimedExpense.__name__)
            .group_by(table.c.origin_id)
        )
        for table in (expense, entry)
    )
    for row in db.session.execute(sa.select(paper.c.id, paper.c.number, paper.c.state, paper.c.amount)):
        wanted = row.amount if row.state in STANDING_EXPENSES else ZERO
        paid = row.amount if row.state is ClaimedExpenseState.PAID else ZERO
        for journal, balance in ((booked[row.id], wanted), (-out[row.id], paid)):
            if journal != balance:
                yield Difference(str(ClaimedExpense.title), row.number, journal, balance)


def hour_meters() -> Iterator[Difference]:
    """What a machine shows, and its hours in all = its last reading."""
    reading, unit = MeterReading.__table__, MachineUnit.__table__
    last = sa.select(sa.func.max(reading.c.id)).group_by(reading.c.unit_id)
    query = (
        sa.select(unit.c.serial_number, unit.c.hour_meter, unit.c.earlier_hours, reading.c.hours, reading.c.total_hours)
        .join(reading, reading.c.unit_id == unit.c.id)
        .where(reading.c.id.in_(last))
    )
    for row in db.session.execute(query.order_by(unit.c.id)):
        for journal, balance in ((row.hours, row.hour_meter), (row.total_hours, row.hour_meter + row.earlier_hours)):
            if journal != balance:
                yield Difference(str(MeterReading.title), row.serial_number, journal, balance)


def retentions() -> Iterator[Difference]:
    """What was deducted is what was taken off its receivable; it is held exactly while a complaint about quality holds it."""
    table, line, debt = Retention.__table__, ContractLine.__table__, Receivable.__table__
    entry, complaint, decision = ReceivableEntry.__table__, Complaint.__table__, RetentionDecision.__table__
    taken = sa.select(entry.c.receivable_id, sa.func.sum(entry.c.amount)).where(
        entry.c.movement == ReceivableMovement.DEDUCT
    )
    off = _by_first(taken.group_by(entry.c.receivable_id))
    decided = sa.exists().where(
        decision.c.retention_id == table.c.id,
        decision.c.complaint_id == complaint.c.id,
        decision.c.state == DecisionState.APPROVED,
    )
    holds = sa.exists().where(
        complaint.c.is_quality,
        complaint.c.verdict != Verdict.DISMISSED,
        complaint.c.customer_id == table.c.customer_id,
        complaint.c.reported_on >= table.c.starts_on,
        complaint.c.reported_on <= sa.func.coalesce(table.c.extended_to, table.c.matures_on),
        complaint.c.unit_id == line.c.unit_id,
        line.c.contract_id == table.c.contract_id,
        ~decided,
    )
    columns = (table.c.number, table.c.state, table.c.receivable_id, table.c.deducted_amount, table.c.amount)
    query = sa.select(*columns, debt.c.state.label("debt"), holds.label("holds")).join(
        debt, debt.c.id == table.c.receivable_id
    )
    book = str(Retention.title)
    for row in db.session.execute(query):
        if off[row.receivable_id] != row.deducted_amount:
            yield Difference(book, row.number, off[row.receivable_id], row.deducted_amount)
        if row.state in KEPT_BACK and row.holds != (row.state is RetentionState.HELD):
            words = gettext("“%(state)s” does not fit its complaints", state=str(row.state))
            yield Difference(book, row.number, ZERO, ZERO, words)
        if row.state not in (RetentionState.NOT_STARTED, RetentionState.CANCELLED) and (
            row.debt is ReceivableState.PAID
        ) == (row.state in KEPT_BACK):
            words = gettext(
                "“%(state)s” does not fit its receivable, “%(debt)s”", state=str(row.state), debt=str(row.debt)
            )
            yield Difference(book, row.number, ZERO, ZERO, words)


def _sums(journal: Any, column: str) -> dict[int, Decimal]:
    """Σ amount of a journal by one of its references."""
    table = journal.__table__
    return _by_first(sa.select(table.c[column], sa.func.sum(table.c.amount)).group_by(table.c[column]))


def _by_first(query: sa.Select[Any]) -> dict[int, Decimal]:
    """Sums by the first column; zero where there is no row."""
    sums: dict[int, Decimal] = defaultdict(Decimal)
    sums.update((key, amount) for key, amount in db.session.execute(query))
    return sums
