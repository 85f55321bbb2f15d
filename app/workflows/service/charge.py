"""工单审核与结算: the service manager splits what the customer pays from warranty and favour; finance books the debt.

customer's part = Σ round(quantity × price) of 客户付费 lines + round(hours × price) + round(km × price) + other fee.
Source: flows.md C4.1.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ... import clock
from ...actor import Actor
from ...database import db
from ...enums import OPEN_VISITS, ChargeKind, ReceivableKind, ReceivableState, UsedPartState, WorkOrderState
from ...errors import MissingData, WrongAmount
from ...formulas.money import cents
from ...ledgers import receivable
from ...models import Receivable, ServicePackage, WorkOrder
from .. import machine
from ..system import notice
from . import claim, old_part, visit
from . import package as packages
from .work_order import flow

S = WorkOrderState
ZERO = Decimal(0)
TERM = timedelta(days=30)


@flow.transition(
    S.FINISHED, S.REVIEWED, to=S.REVIEWED, label=_("Review"), icon="stamp", tone="primary", not_by="finish"
)
def review(
    order: WorkOrder,
    by: Actor,
    *,
    lines: list[dict[str, Any]] | None = None,
    labour_hours: Decimal | None = None,
    labour_price: Decimal | None = None,
    travel_km: Decimal | None = None,
    travel_price: Decimal | None = None,
    other_fee: Decimal | None = None,
    package: ServicePackage | None = None,
    opinion: str | None = None,
) -> None:
    """审核: who pays for each part and at what price, hours and kilometres; what is not told stays as it is.

    lines:   [{"id": line id, "charge_kind": who pays, "unit_price": yuan with tax}].
    package: the 保养包 that pays for the maintenance; the settlement uses one service of it.
    Raises:  MissingData when a part is in the package and none is named.
    """
    claim.refuse_if_sent(order)
    said = {int(row["id"]): row for row in lines or [] if row.get("id")}
    for line in order.parts:
        if line.state is UsedPartState.REVERSED:
            continue
        told = said.get(line.id, {})
        line.charge_kind = told.get("charge_kind") or line.charge_kind
        price = told.get("unit_price")
        line.unit_price = line.unit_price if price is None else price
        if line.unit_price < 0:
            raise WrongAmount(gettext("A price cannot be less than zero"), field="lines")
        line.amount = cents(line.quantity * line.unit_price) if line.charge_kind is ChargeKind.CUSTOMER else ZERO
    for name, value in (
        ("labour_hours", labour_hours),
        ("labour_price", labour_price),
        ("travel_km", travel_km),
        ("travel_price", travel_price),
        ("other_fee", other_fee),
    ):
        if value is not None:
            setattr(order, name, value)
    _put_on_package(order, package)
    add_up(order)
    old_part.expect(order)
    order.reviewed_at = clock.now()
    notice.tell(
        notice.in_role("finance"),
        notice.todo_subject(order, gettext("reviewed, to be settled")),
        order,
        f"reviewed {order.reviewed_at}",
    )


def _put_on_package(order: WorkOrder, package: ServicePackage | None) -> None:
    """The package that is named fits the order; without one no part can be in it."""
    order.package_id = package.id if package is not None else None
    if package is not None:
        packages.check(machine.lock(ServicePackage, package.id), order)
    elif any(line.charge_kind is ChargeKind.PACKAGE for line in order.parts if line.state is UsedPartState.CONSUMED):
        raise MissingData(gettext("Please choose the service package that the parts are in"), field="package")


def add_up(order: WorkOrder) -> None:
    """What the customer pays, each part rounded once."""
    standing = [line for line in order.parts if line.state is UsedPartState.CONSUMED]
    order.parts_amount = sum((line.amount for line in standing), ZERO)
    order.labour_amount = cents(order.labour_hours * order.labour_price)
    order.travel_amount = cents(order.travel_km * order.travel_price)
    order.customer_amount = order.parts_amount + order.labour_amount + order.travel_amount + order.other_fee


@flow.transition(
    S.REVIEWED, to=(S.SETTLED, S.CLOSED), label=_("Settle"), icon="file-invoice-dollar", tone="primary", not_by="review"
)
def settle(order: WorkOrder, by: Actor, *, due_on: date | None = None) -> WorkOrderState:
    """结算: the customer owes his part, due after 30 days unless told otherwise; nothing is owed where all is free.

    Posts: receivable 服务费 for the customer's part; one service of the package the order was done on; the visit is planned.
    Gives: CLOSED where the customer has rated the work already.
    """
    if due_on is not None and due_on < clock.today():
        raise WrongAmount(gettext("The due date lies in the past"), field="due_on")
    if order.package_id is not None:
        packages.use(machine.lock(ServicePackage, order.package_id), order=order)
    if order.customer_amount > 0:
        receivable.raise_(
            order,
            ReceivableKind.SERVICE,
            order.customer_amount,
            work_order_id=order.id,
            due_on=due_on or clock.today() + TERM,
        )
    order.settled_at = clock.now()
    asked = visit.of_order(order)
    if asked is None or asked.state in OPEN_VISITS:
        return S.SETTLED
    order.closed_at = clock.now()
    return S.CLOSED


@flow.transition(
    S.SETTLED, S.CLOSED, to=S.REVIEWED, label=_("Take back the settlement"), icon="rotate-left", tone="danger"
)
def unsettle(order: WorkOrder, by: Actor, *, reason: str) -> None:
    """反结算: the debt is void and the service of the package given back, as long as nothing was paid on it.

    Raises: WrongState where money is on the debt already: its receipt is reversed first.
    """
    debt = db.session.scalars(
        sa.select(Receivable).where(
            Receivable.work_order_id == order.id,
            Receivable.kind == ReceivableKind.SERVICE,
            Receivable.state != ReceivableState.VOID,
        )
    ).one_or_none()
    if debt is not None:
        receivable.void(machine.lock(Receivable, debt.id), order)
    if order.package_id is not None:
        packages.give_back(machine.lock(ServicePackage, order.package_id))
    order.settled_at = order.closed_at = None
