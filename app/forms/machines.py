"""What the verbs of machines and their contracts ask."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField

from .. import actor as acting
from .. import scope
from ..enums import (
    InspectionResult,
    UnitCondition,
    UnitState,
    WarehouseKind,
)
from ..formulas.windows import HAPPENED, PLANNED
from ..models import (
    ContractLine,
    MachineContract,
    MachineInbound,
    MachineUnit,
    Warehouse,
)
from ..screens.formfields import (
    ChoiceField,
    DayField,
    Needed,
    NumberField,
    PickField,
    TextBlock,
    TextLine,
)
from .opinion import ReasonForm


class ReceiveForm(FlaskForm):
    serial_number = TextLine(_("Serial number"), validators=[Needed()], longest=40)
    inspection = ChoiceField(_("Inspection"), options=InspectionResult, validators=[Needed()])
    inspection_note = TextBlock(_("Inspection note"), longest=1000)
    hour_meter = NumberField(_("Hour meter"), places=3, digits=8, description=_("What it shows as it comes in"))

    def about(self, inbound: MachineInbound) -> None:
        """The serial number of the paper, if it is known already."""
        if not self.is_submitted():
            self.serial_number.data = inbound.serial_number


class PermitForm(ReasonForm):
    until = DayField(
        _("Rest promised for"),
        window=PLANNED,
        validators=[Needed()],
        description=_("At most 90 days from today; from then on what is missing is overdue"),
    )


class ReadMeterForm(FlaskForm):
    hours = NumberField(_("Hour meter"), validators=[Needed()], places=3, digits=8)
    read_on = DayField(_("Read on"), window=HAPPENED, description=_("Empty: today"))


class ReplaceMeterForm(FlaskForm):
    last_hours = NumberField(
        _("Last hours of the old meter"), places=3, digits=8, description=_("Empty: nobody can read it any more")
    )
    new_hours = NumberField(_("Hours on the new meter"), places=3, digits=8, description=_("Empty: it begins at zero"))
    reason = TextBlock(_("Reason"), validators=[Needed()], longest=200)


class CorrectMeterForm(FlaskForm):
    hours = NumberField(_("Hours it really shows"), validators=[Needed()], places=3, digits=8)
    reason = TextBlock(_("Reason"), validators=[Needed()], longest=200)


def undispatched(query: Any, given: dict[str, str]) -> Any:
    """Lines of the contract in the address whose machine still stands here."""
    number = given.get("pk", "")
    return query.where(
        ContractLine.contract_id == (int(number) if number.isdigit() and len(number) < 10 else 0),
        ContractLine.is_dispatched.is_(False),
    )


def fitting(query: Any, given: dict[str, str]) -> Any:
    """Machines in stock of the model that the chosen line wants."""
    line = given.get("line", "")
    wanted = sa.select(ContractLine.model_id).where(
        ContractLine.id == (int(line) if line.isdigit() and len(line) < 10 else 0)
    )
    return query.where(MachineUnit.state == UnitState.IN_STOCK, MachineUnit.model_id.in_(wanted))


class AllocateForm(FlaskForm):
    line = PickField(_("Contract line"), validators=[Needed()], entity=ContractLine, narrow=undispatched)
    unit = PickField(_("Machine"), validators=[Needed()], entity=MachineUnit, narrow=fitting, depends=("line",))

    def about(self, contract: MachineContract) -> None:
        """The first line without a machine is proposed."""
        if self.is_submitted():
            return
        with scope.elevated():
            open_lines = [line for line in contract.lines if not line.is_dispatched]
            self.line.data = next((line for line in open_lines if line.unit_id is None), next(iter(open_lines), None))


class DispatchForm(FlaskForm):
    line = PickField(_("Machine"), validators=[Needed()], entity=ContractLine, narrow=undispatched)
    receiver = TextLine(_("Receiver"), validators=[Needed()], longest=50)
    receiver_phone = TextLine(_("Receiver's phone"), longest=20)
    driver = TextLine(_("Driver"), longest=50)
    plate = TextLine(_("Truck plate"), longest=20)
    hour_meter = NumberField(
        _("Hour meter"), places=3, digits=8, description=_("Empty: it did not run since the last reading")
    )
    is_checked = BooleanField(_("Delivery check complete"))
    check_note = TextBlock(_("Delivery check note"), longest=500)

    def about(self, contract: MachineContract) -> None:
        """The next machine and the contact are proposed."""
        if self.is_submitted():
            return
        with scope.elevated():
            open_lines = [line for line in contract.lines if not line.is_dispatched and line.unit is not None]
            if open_lines:
                self.line.data = open_lines[0]
                self.hour_meter.data = open_lines[0].unit.hour_meter  # type: ignore[union-attr]
            if contract.contact is not None:
                self.receiver.data = contract.contact.name
                if acting.current().unmasked("phone"):
                    self.receiver_phone.data = contract.contact.mobile


def in_stock(query: Any, given: dict[str, str]) -> Any:
    """Machines that can be sold, of the model chosen in the line."""
    query = query.where(MachineUnit.state == UnitState.IN_STOCK)
    model = given.get("model", "")
    return query.where(MachineUnit.model_id == int(model)) if model.isdigit() and len(model) < 10 else query


def yards(query: Any, given: dict[str, str]) -> Any:
    """Machine yards in use."""
    return query.where(Warehouse.kind == WarehouseKind.MACHINE, Warehouse.is_enabled)


def part_stores(query: Any, given: dict[str, str]) -> Any:
    """Warehouses that keep parts."""
    return query.where(Warehouse.kind.in_([WarehouseKind.MAIN, WarehouseKind.BRANCH]), Warehouse.is_enabled)


class RelocateForm(FlaskForm):
    warehouse = PickField(_("To the yard"), validators=[Needed()], entity=Warehouse, narrow=yards)
    note = TextBlock(_("Note"), longest=500)


class NoteForm(FlaskForm):
    note = TextBlock(_("What was found and done"), validators=[Needed()], longest=500)


class DemonstrateForm(FlaskForm):
    condition = ChoiceField(_("Condition"), options=[UnitCondition.NEW, UnitCondition.DEMO], validators=[Needed()])
    note = TextBlock(_("Note"), longest=500)
