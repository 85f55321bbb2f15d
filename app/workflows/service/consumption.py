"""工单消耗: a technician uses parts of his own van on an order he works on; CONSUMED → REVERSED until the review.

One posting from the van to the customer at the van's average, and exactly that value back when it was a mistake.
Source: brief S13; flows.md C4.2; requirements FR-SVC-05.
"""

from __future__ import annotations

from decimal import Decimal

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ... import clock
from ...actor import Actor
from ...database import db
from ...enums import (
    LIVE_ORDERS,
    PARTS_STORES,
    AssignmentState,
    ChargeKind,
    StockMovement,
    UsedPartState,
    WarehouseKind,
    WorkOrderState,
)
from ...errors import MissingData, NotEnoughStock, NotYours, WrongAmount, WrongState
from ...ledgers import stock
from ...models import Part, Warehouse, WorkOrder, WorkOrderPart
from ...roles import Rows
from ..organisation import van
from ..parts import backorder
from .work_order import crew, flow

S = WorkOrderState


@flow.transition(S.IN_SERVICE, to=None, label=_("Use parts"), icon="screwdriver-wrench", tone="primary")
def consume(
    order: WorkOrder, by: Actor, *, part: Part, quantity: Decimal, charge_kind: ChargeKind | None = None
) -> None:
    """消耗配件: pieces leave the technician's own van for good.

    quantity:    pieces > 0, at most what the van holds.
    charge_kind: who pays; without a word 三包 for a machine in warranty, else the customer.
    Posts:       stock out of the van at its average, kept on the line as cost.
    Raises:      NotEnoughStock with the figures; NotYours for somebody who does not work on the order.
    """
    working_on(order, by)
    if not quantity or quantity <= 0:
        raise WrongAmount(gettext("Please enter a quantity above zero"), field="quantity")
    mobile = van.working(by.employee_id)
    line = WorkOrderPart(
        work_order_id=order.id,
        line_number=max((entry.line_number for entry in order.parts), default=0) + 1,
        part=db.session.get_one(Part, part.id),
        quantity=quantity,
        technician_id=by.employee_id,
        warehouse_id=mobile.id,
        charge_kind=charge_kind or (ChargeKind.WARRANTY if order.in_warranty else ChargeKind.CUSTOMER),
        consumed_at=clock.now(),
    )
    moved = stock.move(
        db.session.get_one(Part, part.id),
        quantity,
        source=mobile,
        target=stock.place(WarehouseKind.CUSTOMER),
        movement=StockMovement.CONSUME,
        origin=order,
        line=line.line_number,
    )
    line.cost_amount = moved.amount
    if line.charge_kind is ChargeKind.CUSTOMER:
        line.unit_price = db.session.get_one(Part, part.id).retail_price
    order.cost_amount += moved.amount
    db.session.add(line)
    db.session.flush()
    db.session.refresh(order, ["parts"])


def use(order: WorkOrder, wanted: dict[int, Decimal]) -> WorkOrder:
    """消耗配件, several at once: all of them or none; every part that is refused is named.

    wanted: pieces by part id.
    Raises: NotEnoughStock with a sentence for each part the van does not hold.
    """
    if not wanted:
        raise MissingData(gettext("Please enter a quantity for at least one part"), field="lines")
    refused = []
    for part_id in sorted(wanted):
        try:
            consume(order, part=db.session.get_one(Part, part_id), quantity=wanted[part_id])
        except NotEnoughStock as fault:
            refused.append(str(fault))
    if refused:
        raise NotEnoughStock("；".join(refused), field="lines")
    return order


@flow.transition(S.OPEN, *LIVE_ORDERS, S.FINISHED, to=None, label=_("Put a part back"), icon="rotate-left")
def put_back(order: WorkOrder, by: Actor, *, line: WorkOrderPart, warehouse: Warehouse | None = None) -> None:
    """撤销消耗: it was not needed or typed wrongly; the pieces return to the van at exactly what they left for.

    A technician puts back what he used himself; the service manager does it for one who is off the order or has left.
    warehouse: where the pieces lie now, told by the manager; needed when the van is no longer used.
    Raises: WrongState when it was put back already; NotYours for a colleague's line; MissingData without a store.
    """
    entry = next((row for row in order.parts if row.id == line.id), None)
    if entry is None or not may_put_back(entry, by):
        raise NotYours(gettext("This record does not exist or is not yours"))
    if entry.state is not UsedPartState.CONSUMED:
        raise WrongState(gettext("%(part)s was put back already", part=str(entry.part)), field="line")
    moved = next(m for m in stock.moves_of(order, StockMovement.CONSUME) if m.origin_line == entry.line_number)
    store = _shelf(entry, warehouse if decides_for_all(by) else None)
    stock.reverse(moved, order, into=store)
    backorder.serve(store, [entry.part_id])
    entry.state = UsedPartState.REVERSED
    order.cost_amount -= entry.cost_amount
    entry.unit_price = entry.amount = Decimal(0)


def decides_for_all(by: Actor) -> bool:
    """Whether the actor puts parts back for any technician."""
    return by.is_system or Rows.ALL in by.rows("WorkOrder", "put_back")


def may_put_back(entry: WorkOrderPart, by: Actor) -> bool:
    """One's own, or anybody's for who answers for them all."""
    return entry.technician_id == by.employee_id or decides_for_all(by)


def _shelf(entry: WorkOrderPart, told: Warehouse | None) -> Warehouse:
    """The van it was taken from while it is used, else the store that was told."""
    store = told or entry.warehouse
    if told is None and not store.is_enabled:
        raise MissingData(
            gettext("%(van)s is no longer used; choose the store in which the part lies", van=store.name),
            field="warehouse",
        )
    if store.kind not in PARTS_STORES or not store.is_enabled:
        raise WrongAmount(gettext("%(store)s is not a store of the company", store=store.name), field="warehouse")
    return store


def working_on(order: WorkOrder, by: Actor) -> None:
    """Only technicians who accepted the order. Raises NotYours."""
    crowd = crew(order, AssignmentState.ACCEPTED)
    if by.employee_id is None or all(entry.technician_id != by.employee_id for entry in crowd):
        raise NotYours(gettext("This order is not assigned to you"))
