"""1 组织: its states and choice lists."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from .choice import Choice


class EmployeeState(Choice):
    ACTIVE = _("Employed"), "green"
    LEFT = _("Left"), "grey"


class WarehouseKind(Choice):
    MAIN = _("Main store")
    BRANCH = _("Branch store")
    MOBILE = _("Mobile store")
    MACHINE = _("Machine yard")
    DEFECT = _("Old parts store")
    TRANSIT = _("In transit")
    SUPPLIER = _("At supplier")
    CUSTOMER = _("At customer")
    INTERNAL = _("Internal use")
    LOST = _("Lost and found")


REAL_WAREHOUSES = frozenset(
    {WarehouseKind.MAIN, WarehouseKind.BRANCH, WarehouseKind.MOBILE, WarehouseKind.MACHINE, WarehouseKind.DEFECT}
)
PARTS_STORES = REAL_WAREHOUSES - {WarehouseKind.MACHINE}
