"""出库发车单: the paper of a machine that left; DONE → REVERSED, RETURNED. Written by the contract's verb 出库发车, one live paper per line."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ... import clock
from ...actor import Actor
from ...database import db
from ...enums import CouponState, DispatchState, MeterSource, ReceivableState
from ...errors import MissingData, NotPaidEnough, WrongState
from ...formulas.money import without_tax
from ...ledgers import coupon, receivable
from ...models import ContractLine, Coupon, MachineContract, MachineDispatch
from ...numbering import next_number
from .. import machine
from ..finance import retention
from ..machine import Workflow
from ..service import visit
from ..system import notice
from . import before_dispatch, gift, meter
from . import unit as units

flow = Workflow(MachineDispatch)


def short_of(contract: MachineContract) -> tuple[Decimal, Decimal, Decimal]:
    """(required before dispatch, paid, missing) in yuan; retention and later instalments do not count."""
    wanted = [r for r in receivable.of_contract(contract) if r.is_before_dispatch]
    required = sum((r.amount for r in wanted), Decimal(0))
    missing = receivable.outstanding(wanted)
    return required, required - missing, missing


def send_out(
    contract: MachineContract, line: ContractLine, *, is_checked: bool, hour_meter: Decimal | None = None, **paper: Any
) -> MachineDispatch:
    """Everything that happens when a machine leaves, in one transaction.

    hour_meter: what it shows as it leaves; None when it did not run since the last reading.
    paper:  receiver, receiver_phone, driver, plate, check_note.
    Posts:  dispatch with cost and margin; machine sold, owner and warranty; coupons of the contract active from
            today; parts and services given on top; retention started; a visit planned; notices.
    """
    if line.contract_id != contract.id or line.is_dispatched:
        raise WrongState(gettext("This machine of the contract has already been dispatched"), field="line")
    if line.unit is None or line.unit.reserved_line_id != line.id:
        raise MissingData(gettext("No machine is allocated to this line yet"), field="line")
    if not is_checked:
        raise MissingData(gettext("Please complete the delivery check first"), field="is_checked")
    if not (paper.get("receiver") or "").strip():
        raise MissingData(gettext("Please enter who takes the machine"), field="receiver")
    required, paid, missing = short_of(contract)
    if missing > (contract.special_amount or 0):
        raise NotPaidEnough(
            gettext(
                "%(missing)s yuan are missing: %(required)s yuan have to be paid before dispatch, %(paid)s yuan are in",
                missing=f"{missing:,.2f}",
                required=f"{required:,.2f}",
                paid=f"{paid:,.2f}",
            )
        )
    unit = line.unit
    revenue, cost = without_tax(line.unit_price, line.tax_rate), unit.cost_amount + unit.extra_cost_amount
    sent = MachineDispatch(
        number=next_number(db.session(), MachineDispatch.prefix),
        department_id=contract.department_id,
        contract_line_id=line.id,
        contract_id=contract.id,
        customer_id=contract.customer_id,
        unit_id=unit.id,
        warehouse_id=unit.warehouse_id,
        dispatched_at=clock.now(),
        hour_meter=unit.hour_meter if hour_meter is None else hour_meter,
        is_checked=True,
        revenue_amount=revenue,
        cost_amount=cost,
        margin_amount=revenue - cost,
        missing_amount=missing,
        special_reason=contract.special_reason if missing else None,
        before=units.standing(unit),
        **paper,
    )
    db.session.add(sent)
    line.is_dispatched = True
    db.session.flush()
    machine.record(sent, "create", None, sent.state)
    before_dispatch.fall_due(contract)
    _activate_coupons(contract, sent)
    units.deliver(machine.lock(type(unit), unit.id), line=line)
    meter.read(unit, sent.hour_meter, clock.today(), MeterSource.DISPATCH, origin=sent)
    held = retention.of_contract(contract)
    if held is not None and all(entry.is_dispatched for entry in contract.lines):
        retention.start(held)
        if held.receivable.state is ReceivableState.PAID:  # a customer may pay it together with everything else
            retention.collect(held)
    gift.send(sent)
    visit.plan_after_dispatch(sent)
    _tell(contract, sent)
    return sent


def permit(contract: MachineContract, by: Actor, reason: str, until: date | None) -> None:
    """The general manager takes the risk of what is missing now, says why, and when it will be there.

    Raises: WrongState when nothing is missing; MissingData, WrongAmount for the day.
    """
    _required, _paid, missing = short_of(contract)
    if missing == 0:
        raise WrongState(gettext("Nothing is missing; the machine can be dispatched as it is"))
    contract.special_until = before_dispatch.check_promise(until)
    contract.special_amount, contract.special_reason, contract.special_by_id = missing, reason, by.employee_id
    notice.tell(
        [contract.salesperson, *notice.in_role("clerk", "finance", "credit")],
        notice.todo_subject(
            contract,
            gettext(
                "special dispatch with %(missing)s yuan missing, promised for %(day)s",
                missing=f"{missing:,.2f}",
                day=contract.special_until.isoformat(),
            ),
        ),
        contract,
        f"special-{missing}",
    )


@flow.transition(DispatchState.DONE, to=DispatchState.REVERSED, label=_("Withdraw dispatch"), is_public=False)
def reverse(sent: MachineDispatch, by: Actor) -> None:
    """The machine never left; the paper keeps its number. Fired by its withdrawal."""


@flow.transition(DispatchState.DONE, to=DispatchState.RETURNED, label=_("Return machine"), is_public=False)
def take_back(sent: MachineDispatch, by: Actor) -> None:
    """The machine came back another day. Fired by its return."""


def _activate_coupons(contract: MachineContract, sent: MachineDispatch) -> None:
    waiting = sa.select(Coupon).where(Coupon.contract_id == contract.id, Coupon.state == CouponState.PENDING)
    for given in db.session.scalars(waiting.order_by(Coupon.id)).all():
        coupon.activate(given, sent, clock.today())


def _tell(contract: MachineContract, sent: MachineDispatch) -> None:
    unit = sent.unit
    notice.tell(
        [contract.salesperson, *notice.in_role("credit" if contract.finance_amount else "finance")],
        notice.todo_subject(contract, gettext("machine %(unit)s dispatched", unit=unit.serial_number)),
        sent,
        "dispatched",
    )
    notice.tell(
        notice.in_role("service_manager"),
        gettext(
            "Machine %(unit)s was delivered to %(customer)s; first service at %(hours)s hours",
            unit=unit.serial_number,
            customer=str(contract.customer),
            hours=unit.model.first_service_hours,
        ),
        sent,
        "first-service",
    )
