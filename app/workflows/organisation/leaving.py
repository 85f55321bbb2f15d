"""离职与复职: what somebody leaves behind goes to colleagues in the same step, or is named; a second person takes it back.

Work orders go to another technician, customers with their open papers to another salesperson. What nobody else can end
(parts in the van or on their way to it, parts that were bought for him) has to be ended before.
Source: docs/decisions/people.md.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ...actor import Actor
from ...database import db
from ...enums import (
    LIVE_ORDERS,
    OPEN_COMPLAINTS,
    OPEN_REQUESTS,
    AssignmentState,
    ContactState,
    EmployeeState,
    RequestState,
    SaleState,
    ShipState,
    WorkOrderState,
)
from ...errors import AlreadyThere, MissingData, MustBeOther, WrongState
from ...models import (
    AccountState,
    Complaint,
    Contact,
    Customer,
    Employee,
    Entity,
    MachineContract,
    PartRequest,
    PartSale,
    WarehouseKeeper,
    WorkAssignment,
    WorkOrder,
)
from .. import machine
from ..crm import handover
from ..service import assignment, part_request, work_order
from ..system import notice
from . import account, second_person, van
from .employee import flow

STANDING = (AssignmentState.ASSIGNED, AssignmentState.ACCEPTED)
OPEN_SALES = (SaleState.DRAFT, SaleState.PENDING, SaleState.REJECTED)


def held(employee: Employee) -> dict[type[Entity], int]:
    """What hangs on a person now: how many of each kind."""
    open_sale = sa.or_(
        PartSale.state.in_(OPEN_SALES),
        sa.and_(PartSale.state == SaleState.APPROVED, PartSale.ship_state != ShipState.ALL),
    )
    where: dict[type[Entity], tuple[Any, ...]] = {
        Customer: (Customer.salesperson_id == employee.id,),
        Contact: (Contact.salesperson_id == employee.id, Contact.state == ContactState.ACTIVE),
        MachineContract: (
            MachineContract.salesperson_id == employee.id,
            MachineContract.state.in_(handover.OPEN_CONTRACTS),
        ),
        PartSale: (PartSale.salesperson_id == employee.id, open_sale),
        WorkOrder: (WorkOrder.id.in_(_orders(employee)),),
        PartRequest: (PartRequest.technician_id == employee.id, PartRequest.state.in_(OPEN_REQUESTS)),
        Complaint: (Complaint.owner_id == employee.id, Complaint.state.in_(OPEN_COMPLAINTS)),
        WarehouseKeeper: (WarehouseKeeper.employee_id == employee.id,),
    }
    return {
        entity: db.session.scalar(sa.select(sa.func.count()).select_from(entity).where(*criteria)) or 0
        for entity, criteria in where.items()
    }


def told(counts: dict[type[Entity], int]) -> str:
    """客户 5、联系人 3: what there is of it, by kind."""
    return "、".join(f"{entity.title} {count}" for entity, count in counts.items() if count)


def _orders(employee: Employee, *states: AssignmentState) -> Any:
    """Work orders that he was sent to and that are not done."""
    return (
        sa.select(WorkOrder.id)
        .join(WorkAssignment, WorkAssignment.work_order_id == WorkOrder.id)
        .where(
            WorkAssignment.technician_id == employee.id,
            WorkAssignment.state.in_(states or STANDING),
            WorkOrder.state.in_(LIVE_ORDERS),
        )
    )


def orders_led(employee: Employee) -> list[WorkOrder]:
    """Work orders under way that nobody moves on without him."""
    return list(db.session.scalars(van.orders_led(employee.id)))


def _left_behind(employee: Employee) -> str:
    """What still waits for somebody after he has gone."""
    rest = told(held(employee))
    return gettext("still to be handed over: %(what)s", what=rest) if rest else gettext("nothing is left with him")


@flow.transition(
    EmployeeState.ACTIVE,
    to=EmployeeState.LEFT,
    label=_("Leaves the company"),
    icon="door-open",
    tone="danger",
    remainder=_left_behind,
)
def leave(employee: Employee, by: Actor, *, technician: Employee | None = None, taker: Employee | None = None) -> None:
    """离职: the account is closed and its sessions end; papers keep the name.

    technician: who takes over his work orders. taker: who takes over customers, contacts and their open papers; without
    one they wait, and the sales managers are told.
    Raises: WrongState naming the orders that nobody would lead, the parts in the van, and the requests still open.
    """
    if employee.id == by.employee_id:
        raise AlreadyThere(gettext("You cannot close your own account"))
    account.hold_administrators()
    if employee.user_id is not None and account.is_last_administrator(employee.user_id):
        raise AlreadyThere(gettext("%(name)s is the last system administrator", name=employee.name))
    _hand_over_orders(employee, technician)
    _end_requests(employee)
    mobile = van.of(employee.id)
    if mobile is not None and mobile.is_enabled:
        van.close(mobile)
    counts = held(employee)
    if taker is not None and (counts[Customer] or counts[Contact]):
        handover.give_all(employee, taker, gettext("%(name)s has left", name=employee.name), by)
    roles = second_person.given(employee)
    employee.awaited_roles = employee.awaited_from_id = None
    if employee.user is not None:
        employee.user.active = False
        account.end_sessions(employee.user.id)
        db.session.flush()
    _call_for_hand_over(employee)
    second_person.tell_gone(employee, roles, by)


def _hand_over_orders(employee: Employee, technician: Employee | None) -> None:
    """His work orders are assigned to the other one; where he only came along the others go on without him."""
    for order in orders_led(employee):
        if technician is None:
            raise WrongState(
                gettext(
                    "%(name)s leads %(orders)s; please name the technician who takes them over",
                    name=employee.name,
                    orders="、".join(led.number for led in orders_led(employee)),
                ),
                field="technician",
            )
        if technician.id == employee.id:
            raise MissingData(gettext("Please choose another technician"), field="technician")
        _pass_on(machine.lock(WorkOrder, order.id), employee, technician)
    helping = db.session.scalars(sa.select(WorkOrder).where(WorkOrder.id.in_(_orders(employee))).order_by(WorkOrder.id))
    for order in helping.all():
        for entry in work_order.crew(machine.lock(WorkOrder, order.id), *STANDING):
            if entry.technician_id == employee.id:
                entry.state = AssignmentState.WITHDRAWN
        subject = notice.todo_subject(order, gettext("%(name)s has left and comes along no more", name=employee.name))
        notice.tell([order.leader, *notice.in_role("service_manager")], subject, order)


def _pass_on(order: WorkOrder, giver: Employee, taker: Employee) -> None:
    """Withdrawn and assigned anew, as the service manager would do it; who came along still does."""
    along = [e.technician for e in work_order.crew(order, *STANDING) if e.technician_id != giver.id]
    helper = next((p for p in along if p.id != taker.id and p.state is EmployeeState.ACTIVE), None)
    if order.state is not WorkOrderState.ASSIGNED:
        assignment.withdraw(order, reason=gettext("%(name)s has left", name=giver.name))
    try:
        assignment.assign(order, leader=taker, helper=helper)
    except MissingData as fault:
        raise MissingData(str(fault), field="technician") from None


def _end_requests(employee: Employee) -> None:
    """What nobody has begun with is not wanted any more; what was bought for him has to be collected or called off.

    Raises: WrongState naming the requests that others are working on.
    """
    mine = sa.select(PartRequest).where(PartRequest.technician_id == employee.id, PartRequest.state.in_(OPEN_REQUESTS))
    asked = db.session.scalars(mine.order_by(PartRequest.id)).all()
    begun = [request.number for request in asked if request.state is not RequestState.PENDING]
    if begun:
        raise WrongState(
            gettext(
                "%(numbers)s of %(name)s is being handled; please end it first",
                numbers="、".join(begun),
                name=employee.name,
            )
        )
    for request in asked:
        part_request.cancel(request, reason=gettext("%(name)s has left", name=employee.name))


def _call_for_hand_over(employee: Employee) -> None:
    """What waits for a successor is told to those who name one: sales managers, the service manager, whoever keeps accounts."""
    counts = held(employee)
    for roles, kinds in (
        (("sales_manager",), (Customer, Contact, MachineContract, PartSale)),
        (("service_manager",), (Complaint,)),
        (("sysadmin",), (WarehouseKeeper,)),
    ):
        rest = told({kind: counts[kind] for kind in kinds})
        if rest:
            subject = gettext("%(name)s has left; to be handed over: %(what)s", name=employee.name, what=rest)
            notice.warn(notice.in_role(*roles), subject, employee)


@flow.transition(EmployeeState.LEFT, to=EmployeeState.ACTIVE, label=_("Reinstate"), icon="user-check")
def reinstate(employee: Employee, by: Actor, *, reason: str) -> None:
    """复职: he works here again, with the account and the roles he had; what was handed over stays where it went.

    Raises: MustBeOther for whoever let him go: a second person looks at it.
    """
    if by.employee_id is not None and machine.last_actor(employee, "leave") == by.employee_id:
        raise MustBeOther(gettext("Who let %(name)s go cannot take it back; a colleague has to", name=employee.name))
    employee.state = EmployeeState.ACTIVE
    van.keep(employee)
    if employee.user is not None:
        employee.user.active = True
        state = db.session.scalars(
            sa.select(AccountState).where(AccountState.user_id == employee.user_id)
        ).one_or_none()
        if state is not None:
            state.must_change_password = True
    db.session.flush()
    second_person.tell_back(employee, by)
