"""1 组织: departments, people, warehouses."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from .. import actor as acting
from .. import forms
from .. import models as m
from ..database import db
from ..enums import REAL_WAREHOUSES
from ..screens import Alert, Lines, Related, Screen, Tab, act, login_guard, rows
from ..screens.columns import Column
from ..workflows import machine
from ..workflows.organisation import employee, leaving, second_person
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
        (
            _("Account"),
            ["user", "account_roles", "awaited_roles", "awaited_from", "created_at", "changed_by", "changed_at"],
        ),
    ]
    tabs = [Tab("roles", _("Roles to confirm"), lambda q: _to_confirm(q), todo="confirm_roles")]
    form_sections = [
        (_("Employee"), ["staff_number", "name", "department", "post", "mobile", "is_salesperson", "is_technician"])
    ]
    open_account = act(employee.open_account, form=forms.OpenAccountForm)
    set_roles = act(employee.set_roles, form=forms.SetRolesForm)
    reset_password = act(employee.reset_password, form=forms.ResetPasswordForm)
    unlock = act(employee.unlock)
    hand_over = act(employee.hand_over, form=forms.HandOverForm)
    confirm_roles = act(employee.confirm_roles, form=forms.ConfirmRolesForm)
    refuse_roles = act(employee.refuse_roles, form=forms.ReasonForm)
    leave = act(leaving.leave, form=forms.LeaveForm)
    reinstate = act(leaving.reinstate, form=forms.ReasonForm)

    def offered(self, transition: Any, row: m.Employee) -> bool:  # type: ignore[override]
        if transition.verb == "open_account":
            return row.user_id is None
        if transition.verb == "hand_over":
            return row.is_salesperson
        if transition.verb in ("confirm_roles", "refuse_roles"):
            return _may_decide(transition.verb, row)
        if transition.verb == "unlock":
            return row.user is not None and login_guard.is_locked(row.user.username)
        if transition.verb == "reinstate":
            return machine.last_actor(row, "leave") != acting.current().employee_id
        return row.user_id is not None or transition.verb == "leave"

    def alerts(self, row: m.Employee) -> list[Alert]:  # type: ignore[override]
        """Roles that wait for a second person."""
        waiting = second_person.waiting(row)
        if not waiting:
            return []
        words = gettext(
            "%(roles)s counts once %(name)s has confirmed it",
            roles="、".join(map(role_name, waiting)),
            name="、".join(person.name for person in second_person.confirmers(row)) or role_name("gm"),
        )
        return [Alert(words, verb="confirm_roles")]

    def shown(self, row: m.Entity, column: Column) -> Any:
        if column.name == "user":
            return row.user.username if row.user else ""  # type: ignore[attr-defined]
        if column.name in ("account_roles", "awaited_roles"):
            return "、".join(map(role_name, (getattr(row, column.name) or "").split(",")))
        return super().shown(row, column)


def _may_decide(verb: str, row: m.Employee) -> bool:
    """Whether the person can confirm or refuse what waits here; who asked for it can take it back."""
    if not second_person.waiting(row):
        return False
    by = acting.current()
    able = {person.id for person in second_person.confirmers(row)}
    return by.employee_id in able or (verb == "refuse_roles" and by.employee_id == row.awaited_from_id)


def _to_confirm(query: Any) -> Any:
    """Employees whose roles wait for this person."""
    waiting = db.session.scalars(sa.select(m.Employee).where(m.Employee.awaited_roles.is_not(None))).all()
    return query.where(m.Employee.id.in_([row.id for row in waiting if _may_decide("confirm_roles", row)]))


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
