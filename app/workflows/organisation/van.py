"""移动库: the store in a technician's van, named after him; made, renamed and closed with him and by nobody else.

Source: brief S8; requirements FR-WH-01.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask_babel import gettext

from ...database import db
from ...enums import LIVE_ORDERS, EmployeeState, TransferState, WarehouseKind
from ...errors import MissingData, WrongState
from ...models import Employee, StockBalance, StockTransfer, Warehouse, WorkOrder
from . import store_use

ON_THE_WAY = (TransferState.PENDING, TransferState.IN_TRANSIT, TransferState.SHORT)


def of(employee_id: int | None) -> Warehouse | None:
    """The van of a technician, also one that was closed."""
    return db.session.scalars(sa.select(Warehouse).where(Warehouse.owner_id == (employee_id or 0))).one_or_none()


def working(employee_id: int | None) -> Warehouse:
    """The van in use. Raises MissingData for somebody who has none."""
    van = of(employee_id)
    if van is None or not van.is_enabled:
        raise MissingData(gettext("Only a technician with a mobile store can do this"))
    return van


def keep(employee: Employee) -> None:
    """Let the van follow its technician: made at zero, renamed, moved to his department, closed when it is empty.

    Raises: WrongState while it holds parts or parts are on the way to or from it.
    """
    van = of(employee.id)
    if employee.is_technician and employee.state is EmployeeState.ACTIVE:
        if van is None:
            van = Warehouse(kind=WarehouseKind.MOBILE, owner_id=employee.id, code=f"YD{employee.staff_number}"[:20])
        van.name, van.is_enabled = _name(employee, van), True
        van.department_id = employee.department.id if employee.department else employee.department_id
        db.session.add(van)
    elif van is not None and van.is_enabled:
        close(van)


def orders_led(employee_id: int | None) -> Any:
    """Work orders under way that nobody moves on without him."""
    led = sa.select(WorkOrder).where(WorkOrder.leader_id == employee_id, WorkOrder.state.in_(LIVE_ORDERS))
    return led.order_by(WorkOrder.id)


def close(van: Warehouse) -> None:
    """The van is no longer used. Raises WrongState while its technician leads work, it holds parts or some are on the way."""
    led = db.session.scalars(orders_led(van.owner_id)).all()
    if led:
        raise WrongState(
            gettext(
                "%(name)s leads %(orders)s; assign them to another technician first",
                name=van.owner.name if van.owner else van.name,
                orders="、".join(order.number for order in led),
            ),
            field="is_technician",
        )
    held = db.session.scalar(
        sa.select(sa.func.count()).where(StockBalance.warehouse_id == van.id, StockBalance.quantity > 0)
    )
    if held:
        raise WrongState(
            gettext("%(van)s still holds %(n)s kinds of parts; send them back first", van=van.name, n=held),
            field="is_technician",
        )
    open_papers = sa.select(StockTransfer.number).where(
        sa.or_(StockTransfer.source_id == van.id, StockTransfer.target_id == van.id),
        StockTransfer.state.in_(ON_THE_WAY),
    )
    number = db.session.scalars(open_papers.order_by(StockTransfer.id)).first()
    if number:
        raise WrongState(
            gettext("%(number)s is still on the way to or from %(van)s", number=number, van=van.name),
            field="is_technician",
        )
    store_use.refuse(van, "is_technician")
    van.is_enabled = False


def _name(employee: Employee, van: Warehouse) -> str:
    """李强移动库; a second technician of the name carries his staff number."""
    name = gettext("%(name)s mobile store", name=employee.name)
    taken = sa.select(Warehouse.id).where(Warehouse.name == name, Warehouse.id != (van.id or 0))
    if db.session.scalars(taken).first() is None:
        return name
    return gettext("%(name)s mobile store", name=f"{employee.name}{employee.staff_number}")
