"""仓库: where machines and parts stand, and who keeps them."""

from __future__ import annotations

from flask_babel import gettext

from ...enums import REAL_WAREHOUSES, WarehouseKind
from ...errors import AlreadyThere, MissingData, WrongAmount
from ...models import Warehouse
from .. import checks
from ..machine import Workflow

flow = Workflow(Warehouse)


@flow.before_save
def prepare(warehouse: Warehouse) -> None:
    """A warehouse that people walk into has a keeper, each keeper once."""
    checks.strip_texts(warehouse)
    keepers = [k.employee_id or (k.employee and k.employee.id) for k in warehouse.keepers]
    if len(keepers) != len(set(keepers)):
        raise AlreadyThere(gettext("The same keeper is listed twice"), field="keepers")
    if warehouse.kind not in REAL_WAREHOUSES:
        raise WrongAmount(gettext("Warehouses of this kind are kept by the system"), field="kind")
    if not (warehouse.department or warehouse.department_id):
        raise MissingData(gettext("Please choose the department"), field="department")
    if warehouse.kind is not WarehouseKind.MOBILE and not keepers:
        raise MissingData(gettext("Please name at least one keeper"), field="keepers")
