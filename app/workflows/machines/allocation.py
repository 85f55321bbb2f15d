"""配车: which machine stands behind which line of a contract. A machine is held by one line at most."""

from __future__ import annotations

from flask_babel import gettext

from ...database import db
from ...errors import WrongState
from ...models import ContractLine, MachineContract, MachineUnit
from . import unit as units


def with_machines(contract: MachineContract) -> list[ContractLine]:
    """Lines with a machine, in the order in which machines are locked."""
    return sorted((line for line in contract.lines if line.unit_id), key=lambda line: line.unit_id or 0)


def hold_all(contract: MachineContract) -> None:
    """Reserve every machine the contract names. Raises UnitTaken naming who holds one."""
    for line in with_machines(contract):
        units.hold(line)


def let_go_all(contract: MachineContract) -> None:
    """Every machine the contract holds is free again."""
    for line in with_machines(contract):
        units.let_go(line)


def let_go(line: ContractLine) -> None:
    """The machine of one line is free again."""
    units.let_go(line)
    line.unit_id = None


def check_held(contract: MachineContract) -> None:
    """Raises WrongState when a machine is held by somebody else meanwhile."""
    for line in contract.lines:
        if line.unit is not None and line.unit.reserved_line_id != line.id:
            raise WrongState(gettext("Machine %(unit)s is no longer held for this contract", unit=str(line.unit)))


def allocate(contract: MachineContract, line: ContractLine, unit: MachineUnit) -> None:
    """The line gets this machine; the one it had goes back into stock. Both are locked, the lower id first."""
    if line.contract_id != contract.id or line.is_dispatched:
        raise WrongState(gettext("This machine of the contract has already been dispatched"), field="line")
    if line.unit_id == unit.id:
        raise WrongState(gettext("Machine %(unit)s is held for this line already", unit=str(unit)), field="unit")
    units.lock_all([row_id for row_id in (line.unit_id, unit.id) if row_id])
    units.let_go(line)
    line.unit_id = unit.id
    units.hold(line, "unit")
    db.session.flush()
