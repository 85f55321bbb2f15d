"""整机入库单: PENDING → DONE (the keeper receives the machine); CANCELLED while pending."""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ... import clock
from ...actor import Actor
from ...database import db
from ...enums import InboundKind, InboundState, InspectionResult, UnitState, WarehouseKind
from ...errors import AlreadyThere, MissingData, WrongAmount
from ...formulas.money import without_tax
from ...models import MachineInbound, MachineUnit, Warehouse
from ...numbering import next_number
from .. import checks
from ..machine import Workflow
from ..system import notice

flow = Workflow(MachineInbound, editable=frozenset({InboundState.PENDING}))


@flow.before_save
def prepare(inbound: MachineInbound) -> None:
    """Serial in upper case and unique for life; cost is the price without tax; the yard decides the department."""
    checks.strip_texts(inbound)
    inbound.serial_number = inbound.serial_number.upper().replace(" ", "")
    warehouse = inbound.warehouse or db.session.get_one(Warehouse, inbound.warehouse_id)
    if warehouse.kind is not WarehouseKind.MACHINE:
        raise WrongAmount(
            gettext("Machines stand in a machine yard; “%(name)s” is none", name=warehouse.name), field="warehouse"
        )
    inbound.department_id = warehouse.department_id
    if not inbound.gross_amount or inbound.gross_amount <= 0:
        raise WrongAmount(gettext("Please enter the price with tax"), field="gross_amount")
    inbound.cost_amount = without_tax(inbound.gross_amount, inbound.tax_rate)
    if inbound.kind is InboundKind.PURCHASE and not (inbound.supplier or inbound.supplier_id):
        raise MissingData(gettext("A purchase names its supplier"), field="supplier")
    _refuse_known_serial(inbound)
    inbound.number = inbound.number or next_number(db.session(), MachineInbound.prefix)


def _refuse_known_serial(inbound: MachineInbound) -> None:
    known = db.session.scalars(sa.select(MachineUnit).where(MachineUnit.serial_number == inbound.serial_number)).first()
    waiting = db.session.scalars(
        sa.select(MachineInbound).where(
            MachineInbound.serial_number == inbound.serial_number,
            MachineInbound.state == InboundState.PENDING,
            MachineInbound.id != (inbound.id or 0),
        )
    ).first()
    if known is not None:
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


@flow.after_create
def announce(inbound: MachineInbound) -> None:
    """The keepers of the yard see it among their todos and get a notice."""
    notice.tell(
        notice.keepers_of(inbound.warehouse_id),
        gettext(
            "Machine %(serial)s is to be received: %(number)s", serial=inbound.serial_number, number=inbound.number
        ),
        inbound,
        "pending",
    )


@flow.transition(InboundState.PENDING, to=InboundState.DONE, label=_("Receive"), icon="warehouse", tone="primary")
def receive(
    inbound: MachineInbound, by: Actor, *, inspection: InspectionResult, inspection_note: str | None = None
) -> None:
    """入库确认: the machine stands in the yard and may be sold.

    Posts:  the machine, valued at the price without tax.
    Raises: AlreadyThere when the serial number came into the books meanwhile.
    """
    if inspection is InspectionResult.ISSUE and not inspection_note:
        raise MissingData(gettext("Please describe the problem"), field="inspection_note")
    _refuse_known_serial(inbound)
    inbound.inspection, inbound.inspection_note = inspection, inspection_note
    unit = MachineUnit(
        serial_number=inbound.serial_number,
        engine_number=inbound.engine_number,
        model_id=inbound.model_id,
        condition=inbound.condition,
        year=inbound.year,
        warehouse_id=inbound.warehouse_id,
        cost_amount=inbound.cost_amount,
        state=UnitState.IN_STOCK,
    )
    db.session.add(unit)
    db.session.flush()
    inbound.unit_id = unit.id
    inbound.arrived_on = min(inbound.arrived_on, clock.today())


@flow.transition(InboundState.PENDING, to=InboundState.CANCELLED, label=_("Cancel"), icon="ban", tone="danger")
def cancel(inbound: MachineInbound, by: Actor, *, reason: str) -> None:
    """The machine does not come; nothing has moved."""
