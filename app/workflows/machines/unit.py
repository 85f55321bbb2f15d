"""整机: IN_STOCK → RESERVED (submit, allocate) → SOLD (dispatch); RESERVED → IN_STOCK when a contract lets go.

Only other documents move a machine; nobody edits where it stands.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ... import clock
from ...actor import Actor
from ...audit import plain
from ...enums import UnitCondition, UnitState
from ...errors import AlreadyThere, MissingData, UnitTaken, WrongAmount, refuse
from ...formulas import identity
from ...formulas.instalments import months_later
from ...models import ContractLine, MachineUnit, Warehouse
from .. import checks, machine
from ..machine import Workflow
from . import yard as yards

flow = Workflow(MachineUnit)
DELIVERY = (
    "owner_customer_id", "delivered_on", "warranty_starts_on", "warranty_ends_on", "warehouse_id",
)  # fmt: skip


def normal_serial(text: str | None) -> str | None:
    """Half-width, upper case, without blanks: one machine, one spelling, whatever door it comes through."""
    return identity.normalise(text or "") or None


@flow.before_save
def register(unit: MachineUnit) -> None:
    """期初登记: a machine that a customer has had since before these books; machines in a yard come by an inbound paper."""
    checks.strip_texts(unit)
    unit.serial_number = normal_serial(unit.serial_number) or ""
    if unit.id is not None:
        raise AlreadyThere(
            gettext("Machine %(serial)s is already in the books (%(state)s)", serial=unit.serial_number, state=str(unit.state)),
            field="serial_number",
        )  # fmt: skip
    if unit.owner_customer_id is None and unit.owner_customer is None:
        refuse(MissingData(gettext("Please enter whose machine it is"), field="owner_customer"))
    if unit.warranty_starts_on and unit.warranty_ends_on and unit.warranty_ends_on < unit.warranty_starts_on:
        refuse(WrongAmount(gettext("The warranty ends before it begins"), field="warranty_ends_on"))
    unit.state = UnitState.SOLD


@flow.transition(UnitState.IN_STOCK, to=UnitState.RESERVED, label=_("Reserve"), is_public=False)
def reserve(unit: MachineUnit, by: Actor, *, line: ContractLine) -> None:
    """Hold a machine for a contract line; fired by the contract's submission only."""
    unit.reserved_line_id = line.id


@flow.transition(UnitState.RESERVED, to=UnitState.IN_STOCK, label=_("Release"), is_public=False)
def release(unit: MachineUnit, by: Actor) -> None:
    """Let a machine go; fired by rejection and withdrawal."""
    unit.reserved_line_id = None


@flow.transition(UnitState.RESERVED, to=UnitState.SOLD, label=_("Deliver"), is_public=False)
def deliver(unit: MachineUnit, by: Actor, *, line: ContractLine) -> None:
    """The machine leaves: owner, warranty from today for the model's months. Fired by the dispatch."""
    day = clock.today()
    unit.owner_customer_id = line.contract.customer_id
    unit.delivered_on = unit.warranty_starts_on = day
    unit.warranty_ends_on = months_later(day, unit.model.warranty_months)
    unit.warehouse_id = None


@flow.transition(UnitState.SOLD, to=UnitState.RESERVED, label=_("Take back into the yard"), is_public=False)
def undeliver(unit: MachineUnit, by: Actor, *, before: dict[str, Any]) -> None:
    """As it stood before it left; fired by the withdrawal of its dispatch. before: as `standing` gave it."""
    for name in DELIVERY:
        value = before[name]
        setattr(unit, name, date.fromisoformat(value) if value and name.endswith("_on") else value)


@flow.transition(UnitState.SOLD, to=UnitState.RETURNED, label=_("Return machine"), is_public=False)
def take_back(unit: MachineUnit, by: Actor, *, yard: Warehouse, cost: Decimal) -> None:
    """退机: in a yard again at its value of today, nobody's, without warranty; fired by its return."""
    for name in DELIVERY:
        setattr(unit, name, None)
    unit.reserved_line_id, unit.warehouse_id = None, yard.id
    unit.cost_amount, unit.extra_cost_amount = cost, Decimal(0)
    unit.condition = UnitCondition.USED


@flow.transition(
    UnitState.RETURNED, to=UnitState.IN_STOCK, label=_("Back into stock as used"), icon="warehouse", tone="primary"
)
def restock(unit: MachineUnit, by: Actor, *, note: str) -> None:
    """处置: what came back may be sold again, as a used machine. note: what was found and done."""


@flow.transition(
    UnitState.HELD, to=UnitState.IN_STOCK, label=_("Release after inspection"), icon="circle-check", tone="primary"
)
def clear(unit: MachineUnit, by: Actor, *, note: str) -> None:
    """解除暂扣: what the inspection found is mended; the machine may be sold. note: what was done."""


@flow.transition(
    UnitState.IN_STOCK, UnitState.RESERVED, UnitState.HELD, UnitState.RETURNED, to=None, label=_("Move to another yard"),
    icon="truck-moving",
)  # fmt: skip
def relocate(unit: MachineUnit, by: Actor, *, warehouse: Warehouse, note: str | None = None) -> None:
    """调车: from one yard to another; the history keeps both. Raises WrongAmount for the yard where it stands."""
    yards.check(warehouse)
    if warehouse.id == unit.warehouse_id:
        raise WrongAmount(gettext("The machine stands there already"), field="warehouse")
    unit.warehouse_id = warehouse.id


@flow.transition(UnitState.IN_STOCK, to=None, label=_("Demo machine or not"), icon="eye")
def demonstrate(unit: MachineUnit, by: Actor, *, condition: UnitCondition, note: str | None = None) -> None:
    """样机: a new machine is shown to customers, or is no longer. A used one stays used."""
    if UnitCondition.USED in (unit.condition, condition):
        raise WrongAmount(gettext("A used machine stays a used machine"), field="condition")
    unit.condition = condition


@flow.transition(
    UnitState.IN_STOCK, UnitState.HELD, to=UnitState.ORDERED, label=_("Reverse the inbound"), is_public=False
)
def unreceive(unit: MachineUnit, by: Actor) -> None:
    """入库冲销: not ours yet; its serial number stays in the books. Fired by the inbound paper."""
    unit.warehouse_id, unit.cost_amount = None, Decimal(0)


@flow.transition(UnitState.ORDERED, to=(UnitState.IN_STOCK, UnitState.HELD), label=_("Receive"), is_public=False)
def receive(unit: MachineUnit, by: Actor, *, state: UnitState) -> UnitState:
    """It comes in again under the same serial number; fired by the inbound paper."""
    return state


@flow.transition(UnitState.SOLD, to=(UnitState.IN_STOCK, UnitState.HELD), label=_("Take in payment"), is_public=False)
def buy_back(unit: MachineUnit, by: Actor, *, state: UnitState) -> UnitState:
    """旧机置换: what was the customer's is ours again, without owner and warranty; fired by its inbound paper."""
    for name in DELIVERY:
        setattr(unit, name, None)
    unit.reserved_line_id, unit.extra_cost_amount = None, Decimal(0)
    return state


@flow.transition(
    UnitState.IN_STOCK, UnitState.HELD, to=UnitState.SOLD, label=_("Give the machine back"), is_public=False
)
def give_back(unit: MachineUnit, by: Actor, *, before: dict[str, Any]) -> None:
    """As it stood before it came in; fired by the reversal of its inbound paper. before: as `whole` gave it."""
    for name, told in before.items():
        column = MachineUnit.__table__.c[name]
        setattr(unit, name, _as_kept(column, told))


def _as_kept(column: Any, told: Any) -> Any:
    """A plain value of the JSON as the column keeps it."""
    kind = column.info["kind"] if told is not None else None
    if kind == "day":
        return date.fromisoformat(told)
    if kind == "choice":
        return column.type.enum_class[told]
    return Decimal(told) if kind == "money" else told


def standing(unit: MachineUnit) -> dict[str, Any]:
    """What a delivery changes of a machine, so that a withdrawal can put it back."""
    return {name: plain(getattr(unit, name)) for name in (*DELIVERY, "hour_meter", "hour_meter_on")}


def whole(unit: MachineUnit) -> dict[str, Any]:
    """What a buy-back changes of a machine, so that its reversal can put it back."""
    names = (
        *DELIVERY,
        "reserved_line_id",
        "extra_cost_amount",
        "engine_number",
        "model_id",
        "condition",
        "year",
        "cost_amount",
    )
    return {name: plain(getattr(unit, name)) for name in names}


def lock_all(row_ids: Iterable[int]) -> None:
    """Lock several machines, the lowest id first."""
    for row_id in sorted(row_ids):
        machine.lock(MachineUnit, row_id)


def hold(line: ContractLine, field: str = "lines") -> None:
    """Reserve the line's machine, or say who holds it."""
    unit = machine.lock(MachineUnit, line.unit_id or 0)
    if unit.state is not UnitState.IN_STOCK:
        holder = unit.reserved_line.contract if unit.reserved_line else None
        if holder is None:
            raise UnitTaken(
                gettext(
                    "Machine %(unit)s is “%(state)s” and cannot be sold", unit=unit.serial_number, state=str(unit.state)
                ),
                field=field,
            )
        raise UnitTaken(
            gettext(
                "Machine %(unit)s is already held by contract %(number)s of salesperson %(name)s",
                unit=unit.serial_number,
                number=holder.number,
                name=str(holder.salesperson),
            ),
            field=field,
        )
    if unit.model_id != line.model_id:
        raise UnitTaken(
            gettext("Machine %(unit)s is a %(model)s", unit=unit.serial_number, model=str(unit.model)), field=field
        )
    reserve(unit, line=line)


def let_go(line: ContractLine) -> None:
    """Release the line's machine if this line holds it."""
    if line.unit_id is None:
        return
    unit = machine.lock(MachineUnit, line.unit_id)
    if unit.reserved_line_id == line.id:
        release(unit)
