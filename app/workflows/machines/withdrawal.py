"""撤销发车单: a machine that left today stands in the yard again as if it had never left (contract_paper.py has its verbs).

Refused as soon as anything followed from the dispatch. Source: flows.md C1.2; docs/decisions/contracts.md.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TypeVar

import sqlalchemy as sa
from flask_babel import gettext

from ... import clock
from ...actor import Actor
from ...database import db
from ...enums import (
    EDITABLE_PAPERS,
    OPEN_VISITS,
    CouponMovement,
    CouponState,
    DispatchState,
    ReceivableKind,
    RetentionState,
    WorkOrderState,
)
from ...errors import WrongState
from ...ledgers import coupon_life, receivable
from ...models import (
    Coupon,
    CouponEntry,
    DispatchWithdrawal,
    Entity,
    MachineDispatch,
    MachineUnit,
    VisitTask,
    WorkOrder,
)
from .. import machine
from ..finance import retention
from ..machine import Workflow
from ..service import visit
from . import before_dispatch, contract_booking, contract_paper, gift, meter
from . import contract as contracts
from . import dispatch as dispatches
from . import unit as units

E = TypeVar("E", bound=Entity)
flow = Workflow(DispatchWithdrawal, editable=EDITABLE_PAPERS, header="contract")


@flow.before_save
def prepare(paper: DispatchWithdrawal) -> None:
    """The contract is the dispatch's."""
    sent = paper.dispatch or db.session.get_one(MachineDispatch, paper.dispatch_id)
    paper.contract, paper.contract_id = sent.contract, sent.contract_id
    contract_paper.prepare(paper)


def check(paper: DispatchWithdrawal) -> None:
    """Raises WrongState for a dispatch of another day, and for everything that followed from it."""
    sent = paper.dispatch
    if sent.state is not DispatchState.DONE:
        raise WrongState(
            gettext("%(number)s is “%(state)s” now", number=sent.number, state=str(sent.state)), "dispatch"
        )
    if sent.business_on != clock.today() or not sent.before:
        raise WrongState(
            gettext("A dispatch is withdrawn on its own day only; after that the machine is returned"), "dispatch"
        )
    later = _one(MachineDispatch, MachineDispatch.contract_id == sent.contract_id, MachineDispatch.id > sent.id,
                 MachineDispatch.state == DispatchState.DONE)  # fmt: skip
    if later is not None:
        raise WrongState(
            gettext("%(number)s of the same contract left after it; withdraw that one first", number=str(later))
        )
    for given in _coupons(sent):
        if given.state is not CouponState.ACTIVE or given.balance != given.face_amount:
            raise WrongState(gettext("Coupon %(number)s of this contract has been used", number=given.number))
    gift.check_untouched(sent)
    order = _one(WorkOrder, WorkOrder.unit_id == sent.unit_id, WorkOrder.reported_at >= sent.dispatched_at,
                 WorkOrder.state != WorkOrderState.CANCELLED)  # fmt: skip
    if order is not None:
        raise WrongState(gettext("Work order %(number)s was made for this machine", number=str(order)))
    if any(debt.kind is ReceivableKind.PENALTY for debt in receivable.of_contract(paper.contract)):
        raise WrongState(gettext("A penalty was charged on this contract"))
    held = retention.of_contract(paper.contract)
    if held is not None and held.state not in (
        RetentionState.NOT_STARTED, RetentionState.RUNNING, RetentionState.COLLECTED,
    ):  # fmt: skip
        raise WrongState(gettext("Retention %(number)s is “%(state)s”", number=held.number, state=str(held.state)))
    task = _visit(sent)
    if task is not None and task.state not in OPEN_VISITS:
        raise WrongState(gettext("The customer has already been asked: %(number)s", number=task.number))


def carry_out(paper: DispatchWithdrawal, by: Actor) -> None:
    """Coupons wait again, what was given on top is not given, the machine is held again, the retention has not begun, nobody calls the customer."""
    sent, contract = paper.dispatch, paper.contract
    for given in _coupons(sent):
        coupon_life.deactivate(machine.lock(Coupon, given.id), paper)
    gift.take_back(sent, str(paper))
    unit = machine.lock(MachineUnit, sent.unit_id)
    read_on = sent.before["hour_meter_on"]
    meter.put_back(unit, Decimal(sent.before["hour_meter"]), date.fromisoformat(read_on) if read_on else None, sent)
    units.undeliver(unit, before=sent.before)
    held = retention.of_contract(contract)
    if held is not None and held.state is not RetentionState.NOT_STARTED:
        retention.unstart(held)
    task = _visit(sent)
    if task is not None:
        visit.drop(task)
    dispatches.reverse(sent)
    contracts.undispatch(contract, line=sent.contract_line)
    before_dispatch.wait_again(contract)
    contract_booking.recount(contract)


def _coupons(sent: MachineDispatch) -> list[Coupon]:
    """The coupons that this dispatch activated."""
    woken = sa.select(CouponEntry.coupon_id).where(
        CouponEntry.movement == CouponMovement.ACTIVATE,
        CouponEntry.origin == MachineDispatch.__name__,
        CouponEntry.origin_id == sent.id,
    )
    return list(db.session.scalars(sa.select(Coupon).where(Coupon.id.in_(woken)).order_by(Coupon.id)))


def _visit(sent: MachineDispatch) -> VisitTask | None:
    return db.session.scalars(sa.select(VisitTask).where(VisitTask.dispatch_id == sent.id)).one_or_none()


def _one(entity: type[E], *where: sa.ColumnElement[bool]) -> E | None:
    return db.session.scalars(sa.select(entity).where(*where)).first()


life = contract_paper.life(flow, check, carry_out)
