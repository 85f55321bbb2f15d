"""仓库: where machines and parts stand, and who keeps them. A van follows its technician (`van.py`)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask_babel import gettext

from ...database import db
from ...enums import REAL_WAREHOUSES, WarehouseKind
from ...errors import AlreadyThere, MissingData, WrongAmount
from ...models import Employee, Warehouse
from .. import checks
from ..machine import Workflow
from . import store_use, van

flow = Workflow(Warehouse)


@flow.before_save
def prepare(warehouse: Warehouse) -> None:
    """A warehouse that people walk into has a keeper, each keeper once."""
    checks.strip_texts(warehouse)
    _stay_in_use(warehouse)
    keepers = [k.employee_id or (k.employee and k.employee.id) for k in warehouse.keepers]
    if len(keepers) != len(set(keepers)):
        raise AlreadyThere(gettext("The same keeper is listed twice"), field="keepers")
    if warehouse.kind not in REAL_WAREHOUSES:
        raise WrongAmount(gettext("Warehouses of this kind are kept by the system"), field="kind")
    if not (warehouse.department or warehouse.department_id):
        raise MissingData(gettext("Please choose the department"), field="department")
    if warehouse.kind is WarehouseKind.MOBILE and not warehouse.owner_id:
        raise WrongAmount(gettext("A mobile store is made together with its technician"), field="kind")
    if warehouse.owner_id:
        _stay_with_owner(warehouse)
    elif not keepers:
        raise MissingData(gettext("Please name at least one keeper"), field="keepers")


def _stay_in_use(warehouse: Warehouse) -> None:
    """Neither switched off nor made another kind while it holds something or a paper waits for it."""
    changed: Any = sa.inspect(warehouse).attrs
    with db.session.no_autoflush:
        if warehouse.id and not warehouse.is_enabled and changed.is_enabled.history.deleted:
            store_use.refuse(warehouse, "is_enabled")
        if warehouse.id and changed.kind.history.deleted:
            store_use.refuse(warehouse, "kind")


def _stay_with_owner(warehouse: Warehouse) -> None:
    """Name, kind and use of a van are its technician's; only its address is written by hand."""
    owner = warehouse.owner or db.session.get_one(Employee, warehouse.owner_id or 0)
    if warehouse.kind is not WarehouseKind.MOBILE:
        raise WrongAmount(gettext("The mobile store of %(name)s stays one", name=owner.name), field="kind")
    van.keep(owner)
