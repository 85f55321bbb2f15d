"""盘点单: DRAFT → COUNTING (warehouse stands still) → REVIEWING → DONE (gain and loss are booked); CANCELLED.

The keeper counts, finance or the general manager approves; a technician counts his own van by phone, and the service
manager may approve that as well. Source: flows.md C2.6; roles.md, row 盘点.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ...actor import Actor
from ...database import db
from ...enums import CountState, StockMovement, WarehouseKind
from ...errors import MissingData, NotEnoughStock, WrongAmount, WrongState
from ...formulas.money import cents
from ...ledgers import stock
from ...models import CountLine, Part, StockBalance, StockCount, Warehouse
from ...numbering import next_number
from .. import approvals, checks
from ..machine import Workflow
from ..system import notice
from . import backorder, keeping, pricing, promises

S = CountState
flow = Workflow(StockCount, editable=frozenset({S.DRAFT}))
ZERO = Decimal(0)


@flow.before_save
def prepare(count: StockCount) -> None:
    """The warehouse decides the department."""
    checks.strip_texts(count)
    warehouse = count.warehouse or db.session.get_one(Warehouse, count.warehouse_id)
    keeping.check_store(warehouse)
    count.department_id = warehouse.department_id
    count.number = count.number or next_number(db.session(), StockCount.prefix)


def running(store: Warehouse) -> StockCount | None:
    """The count of a store that was begun and not entered yet."""
    begun = sa.select(StockCount).where(
        StockCount.warehouse_id == store.id, StockCount.state.in_([S.DRAFT, S.COUNTING])
    )
    return db.session.scalars(begun.order_by(StockCount.id).limit(1)).first()


@flow.transition(S.DRAFT, to=S.COUNTING, label=_("Start counting"), icon="clipboard-list", tone="primary")
def start(count: StockCount, by: Actor) -> None:
    """开始: the books are noted down under the lock of every shelf and nothing moves until the count is done."""
    wanted = (
        sa.select(StockBalance)
        .join(Part, Part.id == StockBalance.part_id)
        .where(StockBalance.warehouse_id == count.warehouse_id)
    )
    if count.category_id is not None:
        wanted = wanted.where(Part.category_id == count.category_id)
    locked = wanted.order_by(StockBalance.part_id).with_for_update(of=StockBalance)  # in the ledger's order of locks
    rows = db.session.scalars(locked.execution_options(populate_existing=True)).all()
    if any(row.is_frozen for row in rows):
        raise WrongState(gettext("Another count of this warehouse is still running"))
    if not rows:
        raise MissingData(gettext("There is nothing to count"))
    count.lines = [
        CountLine(line_number=n, part_id=row.part_id, book_quantity=row.quantity, book_amount=row.amount)
        for n, row in enumerate(sorted(rows, key=lambda row: row.part.part_number), 1)
    ]
    stock.freeze(count.warehouse, [row.part_id for row in rows], True)


@flow.transition(S.COUNTING, to=S.REVIEWING, label=_("Enter the count"), icon="list-check", tone="primary")
def submit(count: StockCount, by: Actor, *, lines: list[dict[str, Any]]) -> None:
    """提交: what stands on the shelf, line by line; a line without a number was not counted and is refused."""
    said = {int(row["id"]): row["quantity"] for row in lines if row.get("id")}
    for line in count.lines:
        found = said.get(line.id)
        if found is None:
            raise MissingData(gettext("%(part)s has not been counted", part=str(line.part)), field="lines")
        if found < 0:
            raise WrongAmount(gettext("This cannot be less than zero"), field="lines")
        line.actual_quantity = found
        line.difference_amount = _worth(line)
    is_van = count.warehouse.owner_id is not None
    notice.tell(
        notice.in_role("finance", "gm", *(["service_manager"] if is_van else [])),
        notice.todo_subject(count, gettext("waiting for your approval")),
        count,
        "review",
    )


@flow.transition(S.REVIEWING, to=S.DONE, label=_("Approve"), icon="stamp", tone="primary", not_by="submit")
def approve(count: StockCount, by: Actor, *, opinion: str | None = None, worth_nothing: bool = False) -> None:
    """通过: gains come in at the average, losses go out at the average; the warehouse moves again.

    worth_nothing: pieces that came in for nothing and were never bought do enter the books at 0.00.
    Raises: MissingData naming such parts until that is confirmed; NotEnoughStock naming what was promised of pieces
            that are no longer there, and to which papers.
    """
    approvals.other_hands(count, by)
    _check_promises(count)
    free = free_gains(count)
    if free and not worth_nothing:
        raise MissingData(
            gettext(
                "%(parts)s: no average and no purchase; confirm that they come in at 0.00",
                parts="、".join(str(line.part) for line in free),
            ),
            field="worth_nothing",
        )
    for line in sorted(count.lines, key=lambda entry: entry.part_id):
        if line.difference:
            gain = line.difference > 0
            lost = stock.place(WarehouseKind.LOST)
            stock.move(
                line.part,
                abs(line.difference),
                source=lost if gain else count.warehouse,
                target=count.warehouse if gain else lost,
                movement=StockMovement.COUNT_GAIN if gain else StockMovement.COUNT_LOSS,
                origin=count,
                line=line.line_number,
                amount=line.difference_amount if gain else None,
                despite_freeze=True,
            )
    _thaw(count)
    backorder.serve(count.warehouse, [line.part_id for line in count.lines])


@flow.transition(S.REVIEWING, to=S.COUNTING, label=_("Count again"), icon="rotate-left", tone="danger", not_by="submit")
def reject(count: StockCount, by: Actor, *, opinion: str) -> None:
    """重盘: the figures are doubtful; the keeper counts again while the warehouse stands still."""
    notice.tell(
        [count.created_by], notice.todo_subject(count, gettext("rejected: %(opinion)s", opinion=opinion)), count
    )


@flow.transition(S.COUNTING, S.REVIEWING, S.DRAFT, to=S.CANCELLED, label=_("Cancel"), icon="ban", tone="danger")
def cancel(count: StockCount, by: Actor, *, reason: str) -> None:
    """取消: the books stay as they are; the warehouse moves again."""
    _thaw(count)


def free_gains(count: StockCount) -> list[CountLine]:
    """Lines with more pieces than the books say that would come in for nothing."""
    return [line for line in count.lines if line.difference > 0 and not line.difference_amount]


def _check_promises(count: StockCount) -> None:
    """What is promised is there after the count too; else the papers that hold it are named, for all parts at once."""
    missing = []
    for line in sorted(count.lines, key=lambda entry: entry.part_id):
        found = line.actual_quantity or ZERO
        if line.difference < 0 and found < stock.balance(line.part, count.warehouse).reserved:
            missing.append(promises.sentence(line.part, count.warehouse, found))
    if missing:
        raise NotEnoughStock("；".join(missing))


def _thaw(count: StockCount) -> None:
    db.session.flush()
    stock.freeze(count.warehouse, [line.part_id for line in count.lines], False)


def _worth(line: CountLine) -> Decimal:
    """Yuan of the difference at the average of the books; a loss is negative.

    Where the books hold nothing there is no average: a gain is worth what such pieces cost when they were bought last.
    """
    if line.book_quantity:
        return cents(line.difference * line.book_amount / line.book_quantity)
    return cents(line.difference * pricing.last_cost(line.part_id))
