"""What the verbs of machines and their contracts ask."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField

from .. import actor as acting
from .. import scope
from ..enums import (
    InspectionResult,
    UnitState,
)
from ..models import (
    ContractLine,
    MachineContract,
    MachineUnit,
)
from ..screens.formfields import (
    ChoiceField,
    Needed,
    NumberField,
    PickField,
    TextBlock,
    TextLine,
)


class ReceiveForm(FlaskForm):
    inspection = ChoiceField(_("Inspection"), options=InspectionResult, validators=[Needed()])
    inspection_note = TextBlock(_("Inspection note"), longest=1000)


def undispatched(query: Any, given: dict[str, str]) -> Any:
    """Lines of the contract in the address whose machine still stands here."""
    number = given.get("pk", "")
    return query.where(
        ContractLine.contract_id == (int(number) if number.isdigit() and len(number) < 10 else 0),
        ContractLine.is_dispatched.is_(False),
    )


class DispatchForm(FlaskForm):
    line = PickField(_("Machine"), validators=[Needed()], entity=ContractLine, narrow=undispatched)
    receiver = TextLine(_("Receiver"), validators=[Needed()], longest=50)
    receiver_phone = TextLine(_("Receiver's phone"), longest=20)
    driver = TextLine(_("Driver"), longest=50)
    plate = TextLine(_("Truck plate"), longest=20)
    hour_meter = NumberField(_("Hour meter"), places=3, digits=8)
    is_checked = BooleanField(_("Delivery check complete"))
    check_note = TextBlock(_("Delivery check note"), longest=500)

    def about(self, contract: MachineContract) -> None:
        """The next machine and the contact are proposed; an empty hour meter is zero."""
        if self.is_submitted():
            self.hour_meter.data = self.hour_meter.data or 0
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
