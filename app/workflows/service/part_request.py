"""配件申请: PENDING 待处理 → PROCESSING → DONE; CANCELLED. The state follows the lines and nothing else.

A technician asks, from a work order or for his van; the desk decides line by line (`fulfilment`).
Source: brief S11–S14; flows.md C4.3.
"""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ... import actor as acting
from ...actor import Actor
from ...database import db
from ...enums import (
    CLOSED_REQUEST_LINES,
    OPEN_REQUESTS,
    WORKING_ORDERS,
    AssignmentState,
    RequestLineState,
    RequestSource,
    RequestState,
    WorkOrderState,
)
from ...errors import MissingData, NotYours, WrongAmount, WrongState
from ...models import Employee, PartRequest, WorkOrder
from ...numbering import next_number
from .. import checks, machine
from ..machine import Workflow
from ..organisation import van
from ..system import notice
from . import work_order

S = RequestState
flow = Workflow(PartRequest, editable=frozenset({S.CANCELLED}))


@flow.before_save
def prepare(request: PartRequest) -> None:
    """Who asks has a van; an order he asks for is his work."""
    checks.strip_texts(request)
    asked = request.technician.id if request.technician is not None else request.technician_id
    request.technician_id = asked or acting.current().employee_id or 0
    store = van.working(request.technician_id)
    order = checks.referred(request, "work_order")
    request.source = RequestSource.MY_PARTS if order is None else RequestSource.WORK_ORDER
    if order is not None:
        _check_order(order, request.technician_id)
    if not request.lines:
        raise MissingData(gettext("At least one line is needed"), field="lines")
    if any((line.quantity or 0) <= 0 for line in request.lines):
        raise WrongAmount(gettext("Every line has a quantity above zero"), field="lines")
    request.department_id = db.session.get_one(Employee, request.technician_id).department_id
    request.deliver_to = request.deliver_to or (order.address if order is not None else None) or store.address
    request.number = request.number or next_number(db.session(), PartRequest.prefix)


def _check_order(order: WorkOrder, technician_id: int) -> None:
    if order.state not in WORKING_ORDERS:
        raise WrongState(
            gettext("%(order)s is “%(state)s”; no parts are asked for it", order=order.number, state=str(order.state)),
            field="work_order",
        )
    crowd = work_order.crew(order, AssignmentState.ACCEPTED)
    if all(entry.technician_id != technician_id for entry in crowd):
        raise NotYours(gettext("This order is not assigned to you"), field="work_order")


@flow.after_create
def announce(request: PartRequest) -> None:
    """The work stands still until the parts are there; the desk and the buyers see the request."""
    for line in request.lines:
        machine.record(line, "create", None, line.state)
    order = request.work_order
    if order is not None and order.state is WorkOrderState.IN_SERVICE:
        work_order.suspend(order, reason=request.number)
    what = gettext("%(name)s asks for %(n)s parts", name=request.technician.name, n=len(request.lines))
    notice.tell(notice.in_role("clerk", "buyer"), notice.todo_subject(request, what), request, "asked")


@flow.transition(
    S.PENDING, S.PROCESSING, to=(S.PROCESSING, S.DONE, S.CANCELLED), label=_("Cancel"), icon="ban", tone="danger"
)
def cancel(request: PartRequest, by: Actor, *, reason: str) -> RequestState:
    """取消申请: what nobody has begun with is no longer wanted; what is on its way still comes."""
    from . import fulfilment

    open_lines = [line for line in request.lines if line.state is RequestLineState.PENDING]
    if not open_lines:
        raise WrongState(gettext("All parts of this request are being handled already"))
    for line in open_lines:
        line.reason = reason[:200]
        fulfilment.follow(line, state=RequestLineState.CANCELLED)
    db.session.flush()
    after = state_of(request)
    if after not in OPEN_REQUESTS:
        _let_work_go_on(request)
    return after


@flow.transition(*S, to=tuple(S), label=_("Count parts"), is_public=False)
def recount(request: PartRequest, by: Actor) -> RequestState:
    """The state follows the lines; fired by whatever moved one. The work goes on when nothing is missing any more."""
    after = state_of(request)
    if after not in OPEN_REQUESTS:
        _let_work_go_on(request)
    return after


def state_of(request: PartRequest) -> RequestState:
    """What the lines say: all refused, all closed, some begun, or none."""
    states = {line.state for line in request.lines}
    if states <= {RequestLineState.REJECTED, RequestLineState.CANCELLED}:
        return S.CANCELLED
    if states <= CLOSED_REQUEST_LINES:
        return S.DONE
    return S.PENDING if states == {RequestLineState.PENDING} else S.PROCESSING


def _let_work_go_on(request: PartRequest) -> None:
    """服务中: nothing else that was asked for this order is still missing."""
    if request.work_order_id is None:
        return
    others = sa.select(PartRequest.id).where(
        PartRequest.work_order_id == request.work_order_id,
        PartRequest.id != request.id,
        PartRequest.state.in_(OPEN_REQUESTS),
    )
    order = machine.lock(WorkOrder, request.work_order_id)
    if order.state is WorkOrderState.SUSPENDED and db.session.scalars(others).first() is None:
        work_order.resume(order)
        told = work_order.crew(order, AssignmentState.ACCEPTED)
        notice.tell(
            [entry.technician for entry in told],
            notice.todo_subject(order, gettext("the parts are there, go on working")),
            order,
            f"parts {request.number}",
        )
