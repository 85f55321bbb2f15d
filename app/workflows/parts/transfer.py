"""调拨单: PENDING 待出库 → IN_TRANSIT → DONE, or SHORT until the difference is handled → DONE; CANCELLED before it leaves.

The value that left is fixed on the line; exactly that much arrives or is written off. Source: flows.md C2.2, C2.5.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ... import clock
from ...actor import Actor
from ...database import db
from ...enums import ExpenseKind, ShortageHandling, StockMovement, TransferState, WarehouseKind
from ...errors import MissingData, NotYours, WrongAmount
from ...formulas.money import cents
from ...ledgers import stock
from ...models import Expense, StockTransfer, TransferLine, Warehouse
from ...numbering import next_number
from .. import checks
from ..machine import Workflow
from ..system import notice
from . import backorder
from .purchase import PARTS_STORES

S = TransferState
flow = Workflow(StockTransfer, editable=frozenset({S.PENDING}))
ZERO = Decimal(0)


@flow.before_save
def prepare(transfer: StockTransfer) -> None:
    """Two different stores of parts, each part once."""
    checks.strip_texts(transfer)
    source = transfer.source or db.session.get_one(Warehouse, transfer.source_id)
    target = transfer.target or db.session.get_one(Warehouse, transfer.target_id)
    if source.id == target.id:
        raise WrongAmount(gettext("Parts move between two different warehouses"), field="target")
    for warehouse, name in ((source, "source"), (target, "target")):
        if warehouse.kind not in PARTS_STORES:
            raise WrongAmount(gettext("“%(name)s” keeps no parts", name=warehouse.name), field=name)
    if not transfer.lines:
        raise MissingData(gettext("At least one line is needed"), field="lines")
    if any((line.quantity or ZERO) <= 0 for line in transfer.lines):
        raise WrongAmount(gettext("Every line has a quantity above zero"), field="lines")
    transfer.department_id = source.department_id
    transfer.number = transfer.number or next_number(db.session(), StockTransfer.prefix)


@flow.after_create
def announce(transfer: StockTransfer) -> None:
    """The keepers of the source see it."""
    notice.tell(
        notice.keepers_of(transfer.source_id),
        gettext("Parts are to be moved to %(target)s: %(number)s", target=str(transfer.target), number=transfer.number),
        transfer,
        "pending",
    )


@flow.transition(S.PENDING, to=S.IN_TRANSIT, label=_("Ship"), icon="truck-ramp-box", tone="primary")
def ship(transfer: StockTransfer, by: Actor) -> None:
    """出库: everything leaves the source at its average and is on the way. Its own keeper sends it."""
    _kept(transfer.source, by)
    for line in sorted(transfer.lines, key=lambda entry: entry.part_id):
        moved = stock.move(
            line.part,
            line.quantity,
            source=transfer.source,
            target=stock.place(WarehouseKind.TRANSIT),
            movement=StockMovement.TRANSFER_OUT,
            origin=transfer,
            line=line.line_number,
        )
        line.shipped_quantity, line.shipped_amount = line.quantity, moved.amount
    transfer.shipped_at = clock.now()
    notice.tell(
        notice.keepers_of(transfer.target_id),
        notice.todo_subject(transfer, gettext("on the way to you")),
        transfer,
        "transit",
    )


@flow.transition(S.IN_TRANSIT, to=(S.DONE, S.SHORT), label=_("Confirm arrival"), icon="dolly", tone="primary")
def receive(transfer: StockTransfer, by: Actor, *, lines: list[dict[str, Any]]) -> TransferState:
    """确认收货: what arrived goes on the shelf with its share of the value; what is missing stays on the way.

    lines: [{"id": line id, "quantity": pieces}], 0 <= quantity <= shipped.
    """
    _kept(transfer.target, by)
    said = {int(row["id"]): row["quantity"] or ZERO for row in lines if row.get("id")}
    for line in sorted(transfer.lines, key=lambda entry: entry.part_id):
        came = said.get(line.id, ZERO)
        if not ZERO <= came <= line.shipped_quantity:
            raise WrongAmount(
                gettext(
                    "%(part)s: at most %(most)s", part=str(line.part), most=f"{line.shipped_quantity.normalize():f}"
                ),
                field="lines",
            )
        if came:
            value = _value(line, came)
            stock.move(
                line.part,
                came,
                source=stock.place(WarehouseKind.TRANSIT),
                target=transfer.target,
                movement=StockMovement.TRANSFER_IN,
                origin=transfer,
                line=line.line_number,
                amount=value,
            )
            line.received_quantity, line.received_amount = came, value
    backorder.serve(transfer.target, [line.part_id for line in transfer.lines])
    transfer.received_at = clock.now()
    return S.DONE if all(line.received_quantity == line.shipped_quantity for line in transfer.lines) else S.SHORT


@flow.transition(S.SHORT, to=S.DONE, label=_("Handle the difference"), icon="scale-unbalanced")
def settle(transfer: StockTransfer, by: Actor, *, handling: ShortageHandling, reason: str) -> None:
    """差异处理: what is missing is written off as a loss, or was found and goes back to the source."""
    loss = ZERO
    for line in sorted(transfer.lines, key=lambda entry: entry.part_id):
        missing = line.shipped_quantity - line.received_quantity
        if not missing:
            continue
        value = line.shipped_amount - line.received_amount
        is_loss = handling is ShortageHandling.LOSS
        stock.move(
            line.part,
            missing,
            source=stock.place(WarehouseKind.TRANSIT),
            target=stock.place(WarehouseKind.LOST) if is_loss else transfer.source,
            movement=StockMovement.TRANSIT_LOSS if is_loss else StockMovement.REVERSE,
            origin=transfer,
            line=line.line_number,
            amount=value,
        )
        line.lost_quantity = missing
        loss += value if is_loss else ZERO
    backorder.serve(transfer.source, [line.part_id for line in transfer.lines])
    if loss:
        db.session.add(
            Expense(
                number=next_number(db.session(), Expense.prefix),
                department_id=transfer.department_id,
                kind=ExpenseKind.LOSS,
                amount=loss,
                origin=type(transfer).__name__,
                origin_id=transfer.id,
                origin_number=transfer.number,
            )
        )


@flow.transition(S.PENDING, to=S.CANCELLED, label=_("Cancel"), icon="ban", tone="danger")
def cancel(transfer: StockTransfer, by: Actor, *, reason: str) -> None:
    """Nothing has left yet."""


def _kept(warehouse: Warehouse, by: Actor) -> None:
    """Both keepers see a transfer; each acts at his own end only."""
    if not by.is_system and warehouse.id not in by.warehouse_ids:
        raise NotYours(gettext("%(warehouse)s is kept by somebody else", warehouse=str(warehouse)))


def _value(line: TransferLine, came: Decimal) -> Decimal:
    """The share of the value that arrives; all of it with the last piece."""
    return (
        line.shipped_amount
        if came == line.shipped_quantity
        else cents(line.shipped_amount * came / line.shipped_quantity)
    )
