"""整机入库单: PENDING → DONE (the keeper receives the machine) → REVERSED; CANCELLED while pending.

A paper of a purchase order learns its serial number when the machine arrives. Serial numbers are unique for life, whatever
door a machine comes through. Source: dictionary B-10.
"""

from __future__ import annotations

from decimal import Decimal

import sqlalchemy as sa
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ... import clock
from ...actor import Actor
from ...database import db
from ...enums import (
    SIGNED_CONTRACTS,
    InboundKind,
    InboundState,
    InspectionResult,
    MeterSource,
    PayableKind,
    PurchaseState,
    UnitCondition,
    UnitState,
)
from ...errors import AlreadyThere, MissingData, WrongAmount, WrongState
from ...formulas.money import without_tax
from ...ledgers import payable
from ...models import MachineInbound, MachinePurchaseLine, MachineUnit, Warehouse
from ...numbering import next_number
from .. import checks, machine
from ..machine import Workflow
from ..system import notice
from . import meter, trade_in
from . import unit as units
from . import yard as yards

flow = Workflow(MachineInbound, editable=frozenset({InboundState.PENDING}), header="purchase contract")


@flow.before_save
def prepare(inbound: MachineInbound) -> None:
    """Serial in upper case and unique for life; cost is the price without tax; the yard decides the department."""
    checks.strip_texts(inbound)
    inbound.serial_number = units.normal_serial(inbound.serial_number)
    if inbound.serial_number is None and inbound.purchase_line_id is None:
        raise MissingData(gettext("Please enter the serial number"), field="serial_number")
    warehouse = inbound.warehouse or db.session.get_one(Warehouse, inbound.warehouse_id)
    yards.check(warehouse)
    inbound.department_id = warehouse.department_id
    if not inbound.gross_amount or inbound.gross_amount <= 0:
        raise WrongAmount(gettext("Please enter the price with tax"), field="gross_amount")
    inbound.cost_amount = without_tax(inbound.gross_amount, inbound.tax_rate)
    if inbound.kind is InboundKind.PURCHASE and not (inbound.supplier or inbound.supplier_id):
        raise MissingData(gettext("A purchase names its supplier"), field="supplier")
    _check_contract(inbound)
    refuse_known_serial(inbound)
    inbound.number = inbound.number or next_number(db.session(), MachineInbound.prefix)


def _check_contract(inbound: MachineInbound) -> None:
    """An old machine in part payment is worth what its contract says, and comes with it only."""
    contract = checks.referred(inbound, "contract")
    if (inbound.kind is InboundKind.TRADE_IN) != (contract is not None):
        raise WrongAmount(gettext("An old machine in part payment comes with its contract"), field="kind")
    if contract is not None and inbound.gross_amount != contract.trade_in_amount:
        raise WrongAmount(
            gettext("Contract %(number)s takes this machine for %(amount)s yuan; amend the contract instead",
                    number=contract.number, amount=f"{contract.trade_in_amount:,.2f}"),
            field="gross_amount",
        )  # fmt: skip


def refuse_known_serial(inbound: MachineInbound) -> None:
    """Raises AlreadyThere for a machine that is in the books, or on another paper that waits."""
    if inbound.serial_number is None:
        return
    known = _known(inbound.serial_number)
    waiting = db.session.scalars(
        sa.select(MachineInbound).where(
            MachineInbound.serial_number == inbound.serial_number,
            MachineInbound.state == InboundState.PENDING,
            MachineInbound.id != (inbound.id or 0),
        )
    ).first()
    if known is not None and known.state is not UnitState.ORDERED and not _was_the_customers(inbound, known):
        raise AlreadyThere(
            gettext(
                "Machine %(serial)s is already in the books (%(state)s)",
                serial=known.serial_number,
                state=str(known.state),
            ),
            field="serial_number",
        )
    if waiting is not None:
        raise AlreadyThere(
            gettext(
                "Machine %(serial)s is already on inbound paper %(number)s",
                serial=waiting.serial_number,
                number=waiting.number,
            ),
            field="serial_number",
        )


def _was_the_customers(inbound: MachineInbound, unit: MachineUnit) -> bool:
    """Whether the customer gives in payment what we sold him, or registered as his, earlier."""
    contract = checks.referred(inbound, "contract")
    return contract is not None and unit.state is UnitState.SOLD and unit.owner_customer_id == contract.customer_id


def _known(serial: str) -> MachineUnit | None:
    return db.session.scalars(sa.select(MachineUnit).where(MachineUnit.serial_number == serial)).first()


@flow.after_create
def announce(inbound: MachineInbound) -> None:
    """The keepers of the yard see it among their todos and get a notice."""
    notice.tell(
        notice.keepers_of(inbound.warehouse_id),
        gettext(
            "Machine %(serial)s is to be received: %(number)s",
            serial=inbound.serial_number or inbound.model.model,
            number=inbound.number,
        ),
        inbound,
        "pending",
    )


@flow.transition(InboundState.PENDING, to=InboundState.DONE, label=_("Receive"), icon="warehouse", tone="primary")
def receive(
    inbound: MachineInbound,
    by: Actor,
    *,
    inspection: InspectionResult,
    serial_number: str | None = None,
    inspection_note: str | None = None,
    hour_meter: Decimal | None = None,
) -> None:
    """入库确认: the machine stands in the yard; in order it may be sold, with problems it is held until they are mended.

    hour_meter: what the machine shows as it comes in, if somebody looked.
    Posts:  the machine, valued at the price without tax; a reading of its hour meter; for a purchase the debt to its
            supplier; the order counts; an old machine in part payment pays what its contract says.
    Raises: AlreadyThere when the serial number came into the books meanwhile.
    """
    if inspection is InspectionResult.ISSUE and not inspection_note:
        raise MissingData(gettext("Please describe the problem"), field="inspection_note")
    inbound.serial_number = units.normal_serial(serial_number) or inbound.serial_number
    if inbound.serial_number is None:
        raise MissingData(gettext("Please enter the serial number"), field="serial_number")
    refuse_known_serial(inbound)
    inbound.inspection, inbound.inspection_note = inspection, inspection_note
    inbound.arrived_on = min(inbound.arrived_on, clock.today())
    unit = _into_yard(inbound)
    inbound.unit_id = unit.id
    if inbound.kind is InboundKind.PURCHASE and inbound.supplier is not None:
        payable.raise_(inbound, inbound.supplier, PayableKind.MACHINE, inbound.gross_amount)
    if inbound.kind is InboundKind.TRADE_IN:
        trade_in.settle(inbound)
    _count(inbound, 1)
    if hour_meter is not None:
        meter.read(unit, hour_meter, clock.today(), MeterSource.INBOUND, origin=inbound)
    if inspection is InspectionResult.ISSUE:
        notice.tell(
            notice.in_role("service_manager"),
            gettext("Machine %(serial)s is held after its inspection: %(note)s", serial=inbound.serial_number,
                    note=inspection_note),
            unit, "held",
        )  # fmt: skip


def _into_yard(inbound: MachineInbound) -> MachineUnit:
    """The machine of the paper: new in the books, or one whose earlier inbound was reversed."""
    state = UnitState.HELD if inbound.inspection is InspectionResult.ISSUE else UnitState.IN_STOCK
    known = _known(inbound.serial_number or "")
    unit = (
        machine.lock(MachineUnit, known.id) if known else MachineUnit(serial_number=inbound.serial_number, state=state)
    )
    if known is not None and known.state is UnitState.SOLD:
        inbound.before = units.whole(unit)
        units.buy_back(unit, state=state)
    elif known is not None:
        units.receive(unit, state=state)
    for name in ("engine_number", "model_id", "condition", "year", "warehouse_id", "cost_amount"):
        setattr(unit, name, getattr(inbound, name) or (getattr(unit, name) if inbound.before else None))
    db.session.add(unit)
    db.session.flush()
    return unit


def _count(inbound: MachineInbound, pieces: int) -> None:
    """The order behind the paper counts one more or one less."""
    line = inbound.purchase_line
    if line is not None:
        from . import machine_purchase

        machine_purchase.recount(line.purchase, line=line, pieces=pieces)


@flow.transition(InboundState.DONE, to=InboundState.REVERSED, label=_("Reverse"), icon="undo", tone="danger")
def reverse(inbound: MachineInbound, by: Actor, *, reason: str) -> None:
    """入库冲销: as long as nothing happened to the machine and nothing was paid for it; the order waits for another one.

    Posts:  the machine out of stock, its serial number stays; the debt to the supplier void.
    """
    unit = machine.lock(MachineUnit, inbound.unit_id or 0)
    if unit.state not in (UnitState.IN_STOCK, UnitState.HELD) or unit.extra_cost_amount:
        raise WrongState(gettext("Machine %(unit)s is “%(state)s”; this cannot be taken back", unit=unit.serial_number,
                                 state=str(unit.state)))  # fmt: skip
    if unit.condition is not inbound.condition or unit.cost_amount != inbound.cost_amount:
        raise WrongState(gettext("Machine %(unit)s is no longer what came in", unit=unit.serial_number))
    if inbound.before:
        units.give_back(unit, before=inbound.before)
    else:
        units.unreceive(unit)
    payable.void_of(inbound)
    if inbound.kind is InboundKind.TRADE_IN:
        trade_in.unsettle(inbound)
    inbound.unit_id = None
    _count(inbound, -1)
    if inbound.purchase_line is not None and inbound.purchase_line.purchase.state is not PurchaseState.CLOSED:
        expect(inbound.purchase_line)
    if inbound.contract is not None and inbound.contract.state in SIGNED_CONTRACTS:
        trade_in.expect(inbound.contract)


def expect(line: MachinePurchaseLine) -> MachineInbound:
    """A paper for one machine of an order; the keeper types its serial number when it arrives."""
    order = line.purchase
    paper = MachineInbound(
        kind=InboundKind.PURCHASE,
        supplier=order.supplier,
        model=line.model,
        condition=UnitCondition.NEW,
        warehouse=order.warehouse,
        arrived_on=order.expected_on or clock.today(),
        gross_amount=line.unit_price,
        tax_rate=line.tax_rate,
        purchase_id=order.id,
        purchase_line_id=line.id,
    )
    prepare(paper)
    machine.begin(paper)
    announce(paper)
    return paper


@flow.transition(InboundState.PENDING, to=InboundState.CANCELLED, label=_("Drop"), is_public=False)
def drop(inbound: MachineInbound, by: Actor) -> None:
    """The order behind it was cancelled or closed; fired by it."""


@flow.transition(InboundState.PENDING, to=InboundState.CANCELLED, label=_("Cancel"), icon="ban", tone="danger")
def cancel(inbound: MachineInbound, by: Actor, *, reason: str) -> None:
    """The machine does not come; nothing has moved. Raises WrongState for a machine of an order: that is closed instead."""
    if inbound.purchase_line_id is not None:
        raise WrongState(gettext("This machine is on order; cancel or close the order instead"))
    if inbound.contract_id is not None:
        raise WrongState(gettext("This machine is part of the payment of a contract; amend the contract instead"))
