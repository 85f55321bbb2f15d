"""机型: what is on the price list."""

from __future__ import annotations

from flask_babel import gettext

from ...errors import WrongAmount, refuse
from ...models import MachineModel
from .. import checks
from ..machine import Workflow

flow = Workflow(MachineModel)


@flow.before_save
def prepare(model: MachineModel) -> None:
    """The floor lies under the list price."""
    checks.strip_texts(model)
    if model.list_price and model.floor_price > model.list_price:
        refuse(WrongAmount(gettext("The floor price is above the list price"), field="floor_price"))
