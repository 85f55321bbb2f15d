"""1 组织: departments, people, warehouses."""

from __future__ import annotations

import sqlalchemy as sa
import sqlalchemy.orm
from flask_appbuilder.security.sqla.models import User
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Mapped, relationship

from .. import enums
from .. import fields as f
from .base import Entity, Record


class Department(Record):
    title = _("Department")
    code: Mapped[str] = f.text(_("Code"), 20, unique=True)
    name: Mapped[str] = f.text(_("Department name"), 60, form="name")
    parent_id: Mapped[int | None] = f.key(_("Parent department"), "department")
    parent: Mapped[Department | None] = relationship(
        remote_side="Department.id", foreign_keys=[parent_id], info={"label": _("Parent department"), "kind": "key"}
    )


class Employee(Record):
    title = _("Employee")
    staff_number: Mapped[str] = f.text(_("Staff number"), 20, unique=True)
    name: Mapped[str] = f.text(_("Name"), 50, form="name", index=True)
    initials: Mapped[str] = f.text(_("Pinyin initials"), 60, form="initials", default="")
    mobile: Mapped[str] = f.text(_("Mobile"), 20, form="phone", unique=True)
    department_id: Mapped[int] = f.key(_("Department"), "department")
    department: Mapped[Department] = f.link(department_id)
    post: Mapped[str | None] = f.text(_("Post"), 40)
    is_technician: Mapped[bool] = f.flag(_("Technician"))
    is_salesperson: Mapped[bool] = f.flag(_("Salesperson"))
    state: Mapped[enums.EmployeeState] = f.state(_("Employment"), enums.EmployeeState)
    user_id: Mapped[int | None] = f.key(_("Login account"), "ab_user", unique=True, index=False)
    user: Mapped[User | None] = f.link(user_id)
    account_roles: Mapped[str | None] = f.text(_("Roles of the account"), 300)
    awaited_roles: Mapped[str | None] = f.text(_("Roles that wait for a second person"), 300)
    awaited_from_id: Mapped[int | None] = f.stamp(_("Asked for by"))
    awaited_from: Mapped[Employee | None] = f.behind_stamp(
        "remote(Employee.id) == foreign(Employee.awaited_from_id)", _("Asked for by")
    )


class WarehouseKeeper(Entity):
    title = _("Keeper of a warehouse")
    __table_args__ = (sa.UniqueConstraint("warehouse_id", "employee_id"),)
    warehouse_id: Mapped[int] = f.key(_("Warehouse"), "warehouse", ondelete="CASCADE", index=False)
    employee_id: Mapped[int] = f.key(_("Keeper"), "employee")
    warehouse: Mapped[Warehouse] = f.part_of(warehouse_id, "keepers")
    employee: Mapped[Employee] = f.link(employee_id)


class Warehouse(Record):
    title = _("Warehouse")
    code: Mapped[str] = f.text(_("Code"), 20, unique=True)
    name: Mapped[str] = f.text(_("Warehouse name"), 60, form="name", unique=True)
    kind: Mapped[enums.WarehouseKind] = f.choice(_("Kind of warehouse"), enums.WarehouseKind)
    department_id: Mapped[int | None] = f.key(_("Department"), "department")
    department: Mapped[Department | None] = f.link(department_id)
    address: Mapped[str | None] = f.text(_("Address"), 200)
    owner_id: Mapped[int | None] = f.key(_("Technician"), "employee", unique=True)
    owner: Mapped[Employee | None] = f.link(owner_id)
    is_enabled: Mapped[bool] = f.flag(_("Enabled"), default=True)
    keepers: Mapped[list[WarehouseKeeper]] = f.lines(_("Keepers"), "warehouse", "WarehouseKeeper.id")
