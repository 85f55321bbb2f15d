"""1 组织: departments, people, warehouses."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

from .. import forms
from .. import models as m
from ..enums import REAL_WAREHOUSES
from ..screens import Lines, Related, Screen, act, rows
from ..screens.columns import Column
from ..workflows.organisation import employee
from ..workflows.parts import proposal
from ..workflows.parts.need import STORES
from .words import role_name


class DepartmentView(Screen):
    datamodel = rows(m.Department)
    short_title, icon = _("Departments"), "sitemap"
    copy_without = ("code", "name")
    offers = "list show add edit delete export"
    key_column = "name"
    list_columns = ["code", "name", "parent"]
    card_columns = ["code", "parent"]
    search_columns = ["code", "name"]
    quick_columns = ["name", "code"]
    base_order = ("code", False)
    sections = [(_("Department"), ["code", "name", "parent"])]
    form_sections = sections
    related = [Related("EmployeeView", "department")]


class EmployeeView(Screen):
    datamodel = rows(m.Employee)
    short_title, icon = _("Employees"), "id-badge"
    found_by = ("staff_number", "name", "initials")
    copy_without = ("staff_number", "name", "mobile")
    key_column = "name"
    list_columns = ["staff_number", "name", "state", "department", "post", "mobile", "is_salesperson", "is_technician"]
    card_columns = ["department", "post", "mobile"]
    search_columns = ["name", "state", "department", "is_salesperson", "is_technician"]
    quick_columns = ["name", "initials", "staff_number", "mobile"]
    base_order = ("staff_number", False)
    sections = [
        (
            _("Employee"),
            ["staff_number", "name", "state", "department", "post", "mobile", "is_salesperson", "is_technician"],
        ),
        (_("Account"), ["user", "account_roles", "created_at", "changed_by", "changed_at"]),
    ]
    form_sections = [
        (_("Employee"), ["staff_number", "name", "department", "post", "mobile", "is_salesperson", "is_technician"])
    ]
    open_account = act(employee.open_account, form=forms.OpenAccountForm)
    set_roles = act(employee.set_roles, form=forms.SetRolesForm)
    reset_password = act(employee.reset_password, form=forms.ResetPasswordForm)
    unlock = act(employee.unlock)
    hand_over = act(employee.hand_over, form=forms.HandOverForm)
    leave = act(employee.leave)

    def offered(self, transition: Any, row: m.Employee) -> bool:  # type: ignore[override]
        if transition.verb == "open_account":
            return row.user_id is None
        if transition.verb == "hand_over":
            return row.is_salesperson
        return row.user_id is not None or transition.verb == "leave"

    def shown(self, row: m.Entity, column: Column) -> Any:
        if column.name == "user":
            return row.user.username if row.user else ""  # type: ignore[attr-defined]
        if column.name == "account_roles":
            return "、".join(map(role_name, (row.account_roles or "").split(",")))  # type: ignore[attr-defined]
        return super().shown(row, column)


class WarehouseView(Screen):
    datamodel = rows(m.Warehouse)
    short_title, icon = _("Warehouses"), "warehouse"
    copy_without = ("code", "name")
    key_column = "name"
    list_columns = ["code", "name", "kind", "owner", "department", "address", "is_enabled"]
    card_columns = ["kind", "owner", "department", "address"]
    search_columns = ["name", "kind", "department", "is_enabled"]
    quick_columns = ["name", "code"]
    base_order = ("code", False)
    sections = [(_("Warehouse"), ["code", "name", "kind", "owner", "department", "address", "is_enabled"])]
    form_sections = [(_("Warehouse"), ["code", "name", "kind", "department", "address", "is_enabled"])]
    lines = {"keepers": Lines(("employee",))}
    line_tables = {"keepers": ["employee"]}
    related = [Related("MachineUnitView", "warehouse")]
    propose = act(proposal.propose)

    def may_edit(self, row: m.Entity) -> bool:
        """Places that only the books know are nobody's to change."""
        return super().may_edit(row) and row.kind in REAL_WAREHOUSES  # type: ignore[attr-defined]

    def offered(self, transition: Any, row: m.Warehouse) -> bool:  # type: ignore[override]
        return row.kind in STORES
