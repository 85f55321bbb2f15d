"""调拨单: PENDING 待出库 → IN_TRANSIT → DONE, or SHORT until the difference is handled → DONE; CANCELLED before it leaves or called back.

Between stores, to a technician's van (技师领用, by request and reserved) and back (技师退库). The value that left is fixed
on the line; exactly that much arrives or is written off. Source: flows.md C2.2, C2.5.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ... import clock
from ...actor import Actor
from ...database import db
from ...enums import ExpenseKind, ShortageHandling, StockMovement, TransferKind, TransferState, WarehouseKind
from ...errors import MissingData, NotEnoughStock, WrongAmount, WrongState
from ...formulas.money import cents
from ...ledgers import stock
from ...models import Expense, Part, PartRequest, StockTransfer, TransferLine, Warehouse
from ...numbering import next_number
from .. import checks, machine
from ..machine import Workflow
from ..system import notice
from . import backorder, keeping, pricing

S = TransferState
flow = Workflow(StockTransfer, editable=frozenset({S.PENDING}))
ZERO = Decimal(0)
K = TransferKind
OUT = {
    K.TRANSFER: StockMovement.TRANSFER_OUT,
    K.TECH_ISSUE: StockMovement.TECH_ISSUE,
    K.TECH_RETURN: StockMovement.TECH_RETURN_OUT,
}
IN = {
    K.TRANSFER: StockMovement.TRANSFER_IN,
    K.TECH_ISSUE: StockMovement.TECH_RECEIVE,
    K.TECH_RETURN: StockMovement.TECH_RETURN_IN,
}


@flow.before_save
def prepare(transfer: StockTransfer) -> None:
    """Two different stores of parts, each part once."""
    checks.strip_texts(transfer)
    checks.not_negative(transfer)
    source = transfer.source or db.session.get_one(Warehouse, transfer.source_id)
    target = transfer.target or db.session.get_one(Warehouse, transfer.target_id)
    if source.id == target.id:
        raise WrongAmount(gettext("Parts move between two different warehouses"), field="target")
    if not transfer.lines:
        raise MissingData(gettext("At least one line is needed"), field="lines")
    if any((line.quantity or ZERO) <= 0 for line in transfer.lines):
        raise WrongAmount(gettext("Every line has a quantity above zero"), field="lines")
    if transfer.request_id is not None:
        raise WrongState(gettext("This transfer belongs to a request of parts; the desk decides about it"))
    keeping.check_ends(source, target)
    _check_stock(transfer, source)
    transfer.kind = keeping.kind_of(source, target)
    transfer.department_id = source.department_id or target.department_id
    transfer.number = transfer.number or next_number(db.session(), StockTransfer.prefix)


def _check_stock(transfer: StockTransfer, source: Warehouse) -> None:
    """Nobody plans to send what is not there. Raises NotEnoughStock naming every short part."""
    wanted = [(checks.referred(line, "part"), line.quantity) for line in transfer.lines]
    free = pricing.available([part.id for part, _quantity in wanted], source)
    short = [
        stock.shortage(part, source, quantity, free.get(part.id, ZERO))
        for part, quantity in wanted
        if free.get(part.id, ZERO) < quantity
    ]
    if short:
        raise NotEnoughStock("；".join(short), field="lines")


def issue(request: PartRequest, part: Part, quantity: Decimal, source: Warehouse, target: Warehouse) -> StockTransfer:
    """技师领用: pieces of a store are reserved for a technician's request and wait to be shipped to his van.

    Raises: NotEnoughStock with the figures.
    """
    paper = StockTransfer(
        number=next_number(db.session(), StockTransfer.prefix),
        department_id=source.department_id or request.department_id,
        kind=TransferKind.TECH_ISSUE,
        source_id=source.id,
        target_id=target.id,
        request_id=request.id,
        is_reserved=True,
        lines=[TransferLine(line_number=1, part=db.session.get_one(Part, part.id), quantity=quantity)],
    )
    db.session.add(paper)
    db.session.flush()
    stock.reserve([(part, quantity)], source)
    machine.record(paper, "create", None, paper.state)
    announce(paper)
    return paper


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
    """出库: everything leaves the source at its average and is on the way."""
    keeping.check(by, transfer.source, "ship")
    for line in sorted(transfer.lines, key=lambda entry: entry.part_id):
        moved = stock.move(
            line.part,
            line.quantity,
            source=transfer.source,
            target=stock.place(WarehouseKind.TRANSIT),
            movement=OUT[transfer.kind],
            origin=transfer,
            line=line.line_number,
            from_reserved=transfer.is_reserved,
        )
        line.shipped_quantity, line.shipped_amount = line.quantity, moved.amount
    transfer.shipped_at = clock.now()
    _tell_request(transfer, "shipped")
    notice.tell(
        [*notice.keepers_of(transfer.target_id), transfer.target.owner],
        notice.todo_subject(transfer, gettext("on the way to you")),
        transfer,
        "transit",
    )


def missing(transfer: StockTransfer) -> str:
    """What was sent and did not come, part by part, a sentence."""
    lost = [(line.part, line.lost_quantity) for line in transfer.lines if line.lost_quantity]
    return gettext(
        "arrived short, %(parts)s; finance decides about it",
        parts="、".join(gettext("%(part)s: %(n)s missing", part=str(p), n=f"{n.normalize():f}") for p, n in lost),
    )


@flow.transition(
    S.IN_TRANSIT, to=(S.DONE, S.SHORT), label=_("Confirm arrival"), icon="dolly", tone="primary",
    setbacks={S.SHORT: missing},
)  # fmt: skip
def receive(
    transfer: StockTransfer, by: Actor, *, lines: list[dict[str, Any]], is_short: bool | None = None
) -> TransferState:
    """确认收货: what arrived goes on the shelf with its share of the value; what is missing stays on the way.

    lines:    [{"id": line id, "quantity": pieces}], 0 <= quantity <= shipped.
    is_short: whether the receiver says that something is missing; a page that did not ask him leaves it out.
    Raises:   MissingData naming what would be missing, where he was asked and did not say so.
    """
    keeping.check(by, transfer.target, "receive")
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
                movement=IN[transfer.kind],
                origin=transfer,
                line=line.line_number,
                amount=value,
            )
            line.received_quantity, line.received_amount = came, value
        line.lost_quantity = line.shipped_quantity - came
    if is_short is False and any(line.lost_quantity for line in transfer.lines):
        raise MissingData(gettext("%(what)s; confirm it, or type what is there", what=missing(transfer)), "is_short")
    backorder.serve(transfer.target, [line.part_id for line in transfer.lines if line.received_quantity])
    transfer.received_at = clock.now()
    db.session.flush()
    _tell_request(transfer, "received")
    return S.DONE if all(line.received_quantity == line.shipped_quantity for line in transfer.lines) else S.SHORT


@flow.transition(S.SHORT, to=S.DONE, label=_("Handle the difference"), icon="scale-unbalanced")
def settle(transfer: StockTransfer, by: Actor, *, handling: ShortageHandling, reason: str) -> None:
    """差异处理: what is missing is written off as a loss, or was found and goes back to the source."""
    loss = ZERO
    for line in sorted(transfer.lines, key=lambda entry: entry.part_id):
        if not line.lost_quantity:
            continue
        value = line.shipped_amount - line.received_amount
        is_loss = handling is ShortageHandling.LOSS
        stock.move(
            line.part,
            line.lost_quantity,
            source=stock.place(WarehouseKind.TRANSIT),
            target=stock.place(WarehouseKind.LOST) if is_loss else transfer.source,
            movement=StockMovement.TRANSIT_LOSS if is_loss else StockMovement.REVERSE,
            origin=transfer,
            line=line.line_number,
            amount=value,
        )
        loss += value if is_loss else ZERO
    backorder.serve(transfer.source, [line.part_id for line in transfer.lines])
    _tell_request(transfer, "handled")
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
    """Nothing has left yet; what was reserved is free again."""
    keeping.check(by, transfer.source, "cancel")
    if transfer.is_reserved:
        for line in transfer.lines:
            stock.release(line.part, line.quantity, transfer.source)
    transfer.is_reserved = False
    backorder.serve(transfer.source, [line.part_id for line in transfer.lines])
    _tell_request(transfer, "freed")


@flow.transition(S.IN_TRANSIT, to=S.CANCELLED, label=_("Call back"), icon="rotate-left", tone="danger")
def recall(transfer: StockTransfer, by: Actor, *, reason: str) -> None:
    """撤回: not collected yet; everything returns to the source at what it left for."""
    keeping.check(by, transfer.source, "recall")
    for moved in stock.moves_of(transfer, *OUT.values()):
        stock.reverse(moved, transfer)
    backorder.serve(transfer.source, [line.part_id for line in transfer.lines])
    _tell_request(transfer, "freed")


def _tell_request(transfer: StockTransfer, what: str) -> None:
    """The requested line follows its transfer."""
    if transfer.request_id is None:
        return
    from ..service import fulfilment

    getattr(fulfilment, what)(transfer)


def _value(line: TransferLine, came: Decimal) -> Decimal:
    """The share of the value that arrives; all of it with the last piece."""
    return (
        line.shipped_amount
        if came == line.shipped_quantity
        else cents(line.shipped_amount * came / line.shipped_quantity)
    )
