"""整机: IN_STOCK → RESERVED (submit) → SOLD (dispatch); RESERVED → IN_STOCK when a contract lets go.

Only other documents move a machine; nobody edits where it stands.
"""

from __future__ import annotations

from decimal import Decimal

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ... import clock
from ...actor import Actor
from ...enums import UnitState
from ...errors import UnitTaken
from ...formulas.instalments import months_later
from ...models import ContractLine, MachineUnit
from .. import machine
from ..machine import Workflow

flow = Workflow(MachineUnit)


@flow.transition(UnitState.IN_STOCK, to=UnitState.RESERVED, label=_("Reserve"), is_public=False)
def reserve(unit: MachineUnit, by: Actor, *, line: ContractLine) -> None:
    """Hold a machine for a contract line; fired by the contract's submission only."""
    unit.reserved_line_id = line.id


@flow.transition(UnitState.RESERVED, to=UnitState.IN_STOCK, label=_("Release"), is_public=False)
def release(unit: MachineUnit, by: Actor) -> None:
    """Let a machine go; fired by rejection and withdrawal."""
    unit.reserved_line_id = None


@flow.transition(UnitState.RESERVED, to=UnitState.SOLD, label=_("Deliver"), is_public=False)
def deliver(unit: MachineUnit, by: Actor, *, line: ContractLine, hour_meter: Decimal) -> None:
    """The machine leaves: owner, warranty from today for the model's months. Fired by the dispatch."""
    day = clock.today()
    unit.owner_customer_id = line.contract.customer_id
    unit.delivered_on = unit.warranty_starts_on = day
    unit.warranty_ends_on = months_later(day, unit.model.warranty_months)
    unit.hour_meter, unit.hour_meter_on = hour_meter, day
    unit.warehouse_id = None


def hold(line: ContractLine) -> None:
    """Reserve the line's machine, or say who holds it."""
    unit = machine.lock(MachineUnit, line.unit_id or 0)
    if unit.state is not UnitState.IN_STOCK:
        holder = unit.reserved_line.contract if unit.reserved_line else None
        if holder is None:
            raise UnitTaken(
                gettext(
                    "Machine %(unit)s is “%(state)s” and cannot be sold", unit=unit.serial_number, state=str(unit.state)
                ),
                field="lines",
            )
        raise UnitTaken(
            gettext(
                "Machine %(unit)s is already held by contract %(number)s of salesperson %(name)s",
                unit=unit.serial_number,
                number=holder.number,
                name=str(holder.salesperson),
            ),
            field="lines",
        )
    if unit.model_id != line.model_id:
        raise UnitTaken(
            gettext("Machine %(unit)s is a %(model)s", unit=unit.serial_number, model=str(unit.model)), field="lines"
        )
    reserve(unit, line=line)


def let_go(line: ContractLine) -> None:
    """Release the line's machine if this line holds it."""
    if line.unit_id is None:
        return
    unit = machine.lock(MachineUnit, line.unit_id)
    if unit.reserved_line_id == line.id:
        release(unit)
