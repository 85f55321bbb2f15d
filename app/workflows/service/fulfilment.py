"""申请明细: PENDING 待处理 → TO_SHIP 待出库 → IN_TRANSIT 待领件 → DONE; PURCHASING 采购中 before; REJECTED, CANCELLED, SHORT.

The desk chooses a way for each line, or for a part of it: from a store (match), from a supplier to the technician or to
a store (buy). What takes another way becomes a line of its own, so no piece is promised twice. After that the line
follows its papers: the transfer, the emergency purchase. Source: brief S16–S22; flows.md C4.3.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import sqlalchemy as sa
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ... import clock
from ...actor import Actor
from ...database import db
from ...enums import BUYING_MODES, CLOSED_REQUEST_LINES, FulfilMode, RequestLineState, WarehouseKind
from ...errors import MissingData, NotYours, WrongAmount
from ...models import EmergencyPurchase, PartRequest, RequestLine, StockTransfer, Supplier, Warehouse
from ...roles import Rows
from .. import machine
from ..machine import Workflow
from ..organisation import van
from ..parts import transfer as transfers
from ..system import notice
from . import part_request

S = RequestLineState
flow = Workflow(RequestLine, editable=frozenset({S.CANCELLED}), header="request")
ZERO = Decimal(0)
STORES = frozenset({WarehouseKind.MAIN, WarehouseKind.BRANCH})


@flow.transition(S.PENDING, to=S.TO_SHIP, label=_("Match a store"), icon="warehouse", tone="primary")
def match(line: RequestLine, by: Actor, *, warehouse: Warehouse, quantity: Decimal | None = None) -> None:
    """匹配库房: pieces of a store are reserved for this technician and wait to be shipped; the rest stays open.

    quantity: pieces, 0 < quantity <= the line; empty for all of it.
    Raises:   NotEnoughStock with the figures; NotYours for a store of another keeper.
    """
    _check_store(warehouse, "warehouse")
    if by.rows("RequestLine", "match") == {Rows.KEPT} and warehouse.id not in by.warehouse_ids:
        raise NotYours(gettext("%(store)s is not kept by you", store=warehouse.name), field="warehouse")
    take(line, quantity)
    line.mode = FulfilMode.STOCK
    line.transfer_id = issue(line, warehouse).id
    _after(line)


@flow.transition(S.PENDING, to=S.PURCHASING, label=_("Buy urgently"), icon="cart-shopping", tone="primary")
def buy(
    line: RequestLine,
    by: Actor,
    *,
    mode: FulfilMode,
    supplier: Supplier,
    unit_price: Decimal,
    quantity: Decimal | None = None,
    warehouse: Warehouse | None = None,
    tax_rate: Decimal | None = None,
) -> None:
    """紧急采购: a supplier sends the pieces to the technician (直发技师) or to a store that ships them on (直发仓库).

    unit_price: yuan with tax. warehouse: the store, for 直发仓库 only.
    """
    from . import emergency

    if mode not in BUYING_MODES:
        raise WrongAmount(gettext("Please choose one of the list"), field="mode")
    if mode is FulfilMode.TO_STORE:
        if warehouse is None:
            raise MissingData(gettext("Please choose the store that receives the parts"), field="warehouse")
        _check_store(warehouse, "warehouse")
    if unit_price is None or unit_price < 0:
        raise WrongAmount(gettext("A price cannot be less than zero"), field="unit_price")
    take(line, quantity)
    line.mode = mode
    store = (
        warehouse if mode is FulfilMode.TO_STORE and warehouse is not None else van.working(line.request.technician_id)
    )
    line.emergency_id = emergency.place(line, mode, supplier, store, unit_price, tax_rate).id
    _after(line)


@flow.transition(S.PENDING, to=S.REJECTED, label=_("Reject"), icon="times", tone="danger")
def reject(line: RequestLine, by: Actor, *, reason: str) -> None:
    """驳回: the technician reads why."""
    line.reason = reason[:200]
    notice.tell(
        [line.request.technician],
        gettext("%(line)s %(part)s rejected: %(reason)s", line=str(line), part=str(line.part), reason=reason),
        line.request,
        f"rejected {line.id}",
    )
    _after(line, S.REJECTED)


@flow.transition(S.PENDING, to=S.CANCELLED, label=_("No longer needed"), icon="ban", tone="danger")
def cancel(line: RequestLine, by: Actor, *, reason: str) -> None:
    """技师取消: not needed any more, and nobody has begun."""
    line.reason = reason[:200]
    _after(line, S.CANCELLED)


@flow.transition(*S, to=tuple(S), label=_("Follow the papers"), is_public=False)
def follow(line: RequestLine, by: Actor, *, state: RequestLineState) -> RequestLineState:
    """The papers moved the line on; fired by transfers and emergency purchases."""
    _note_end(line, state)
    return state


def take(line: RequestLine, quantity: Decimal | None) -> None:
    """Decide on so many pieces of a line; the others become a line that waits as this one did. Raises WrongAmount."""
    wanted = line.quantity if quantity is None else quantity
    if not ZERO < wanted <= line.quantity:
        raise WrongAmount(
            gettext("%(part)s: at most %(most)s", part=str(line.part), most=f"{line.quantity.normalize():f}"),
            field="quantity",
        )
    if wanted < line.quantity:
        split(line, line.quantity - wanted)


def split(line: RequestLine, rest: Decimal, state: RequestLineState | None = None) -> RequestLine:
    """So many pieces of a line go another way, on a line of their own."""
    line.shipped_quantity = min(line.shipped_quantity, line.quantity - rest)
    line.quantity -= rest
    return again(line, rest, state)


def again(line: RequestLine, quantity: Decimal, state: RequestLineState | None = None) -> RequestLine:
    """A new line of the same request for the same part."""
    request = line.request
    other = RequestLine(
        request_id=request.id,
        line_number=max(entry.line_number for entry in request.lines) + 1,
        part_id=line.part_id,
        quantity=quantity,
        mode=line.mode,
        emergency_id=line.emergency_id,
        state=state or line.state,
    )
    db.session.add(other)
    db.session.flush()
    db.session.refresh(request, ["lines"])
    machine.record(other, "create", None, other.state)
    return other


def issue(line: RequestLine, store: Warehouse) -> StockTransfer:
    """A transfer from the store to the technician's van, its pieces reserved."""
    target = van.working(line.request.technician_id)
    return transfers.issue(line.request, line.part, line.quantity, store, target)


def on(paper: StockTransfer | EmergencyPurchase, *states: RequestLineState) -> list[RequestLine]:
    """Lines that travel on this paper, locked after their request."""
    if paper.request_id is not None:
        machine.lock(PartRequest, paper.request_id)
    column = RequestLine.transfer_id if isinstance(paper, StockTransfer) else RequestLine.emergency_id
    wanted = sa.select(RequestLine.id).where(column == paper.id, RequestLine.state.in_(states or tuple(S)))
    return [machine.lock(RequestLine, i) for i in db.session.scalars(wanted.order_by(RequestLine.id)).all()]


def shipped(paper: StockTransfer) -> None:
    """出库: the pieces are on the way to the technician."""
    for line in on(paper):
        line.shipped_quantity = line.quantity
        follow(line, state=S.IN_TRANSIT)
    recount(on(paper))


def received(paper: StockTransfer) -> None:
    """领件: all of them are in the van, or fewer than were sent."""
    for line in on(paper):
        line.received_quantity = sum((entry.received_quantity for entry in paper.lines), ZERO)
        follow(line, state=S.DONE if line.received_quantity == line.quantity else S.SHORT)
    recount(on(paper))


def handled(paper: StockTransfer) -> None:
    """差异处理: what never came is wanted again."""
    for line in on(paper):
        came = line.received_quantity
        line.shipped_quantity = came
        wanted = split(line, line.quantity - came, S.PENDING) if came else again(line, line.quantity, S.PENDING)
        wanted.mode = wanted.emergency_id = None
        follow(line, state=S.DONE if came else S.CANCELLED)
    recount(on(paper))


def freed(paper: StockTransfer) -> None:
    """调拨取消: the desk decides anew."""
    lines = on(paper)
    for line in lines:
        line.transfer_id = line.emergency_id = line.mode = None
        line.shipped_quantity = ZERO
        follow(line, state=S.PENDING)
    recount(lines)


def recount(lines: Iterable[RequestLine]) -> None:
    """Every request of these lines follows them."""
    for request_id in sorted({line.request_id for line in lines}):
        db.session.flush()
        part_request.recount(machine.lock(PartRequest, request_id))


def _check_store(store: Warehouse, field: str) -> None:
    if store.kind not in STORES or not store.is_enabled:
        raise WrongAmount(gettext("%(store)s is not a store of the company", store=store.name), field=field)


def _after(line: RequestLine, state: RequestLineState | None = None) -> None:
    """The header follows while the verb is still under way: the line already counts as where it goes."""
    line.state = state or (S.TO_SHIP if line.mode is FulfilMode.STOCK else S.PURCHASING)
    _note_end(line, line.state)
    recount([line])


def _note_end(line: RequestLine, state: RequestLineState) -> None:
    """Nobody waits any longer from the moment it was collected or given up."""
    if state not in CLOSED_REQUEST_LINES:
        line.ended_at = None
    elif line.ended_at is None:
        line.ended_at = clock.now()
