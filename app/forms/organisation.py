"""What the verbs of people and accounts ask."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import PasswordField

from ..models import Contact, Customer, Employee
from ..roles import ROLES
from ..screens.formfields import (
    ManyChoiceField,
    Needed,
    PickField,
    TextLine,
)
from ..workflows.organisation import leaving, second_person
from .crm import sellers
from .service import technicians


class OpenAccountForm(FlaskForm):
    username = TextLine(_("Account"), validators=[Needed()], longest=60)
    roles = ManyChoiceField(
        _("Role"), validators=[Needed()], options=lambda: [(code, role.label) for code, role in ROLES.items()]
    )
    password = PasswordField(_("First password"), validators=[Needed()], description=_("At least 10 characters"))


class SetRolesForm(FlaskForm):
    roles = ManyChoiceField(
        _("Role"), validators=[Needed()], options=lambda: [(code, role.label) for code, role in ROLES.items()]
    )

    def about(self, employee: Any) -> None:
        if not self.is_submitted() and employee.user is not None:
            self.roles.data = [role.name for role in employee.user.roles]


class ConfirmRolesForm(FlaskForm):
    roles = ManyChoiceField(
        _("Role"), validators=[Needed()], options=lambda: [(code, role.label) for code, role in ROLES.items()]
    )

    def about(self, employee: Employee) -> None:
        """What waits is ticked; who asked for it is said above."""
        waiting = second_person.waiting(employee)
        self.roles.options = [(code, ROLES[code].label) for code in waiting]
        asker = employee.awaited_from.name if employee.awaited_from else gettext("the system")
        self.lacks = [gettext("%(asker)s asked for this", asker=asker)]
        if not self.is_submitted():
            self.roles.data = waiting


class LeaveForm(FlaskForm):
    technician = PickField(_("Takes over his work orders"), entity=Employee, narrow=technicians)
    taker = PickField(_("Takes over his customers and contacts"), entity=Employee, narrow=sellers)

    def about(self, employee: Employee) -> None:
        """What hangs on him, with counts; asked is only what there is somebody needed for."""
        counts = leaving.held(employee)
        said = leaving.told(counts)
        hangs = gettext("Hangs on him: %(what)s", what=said) if said else gettext("Nothing hangs on him")
        self.lacks = [hangs, gettext("The account of %(name)s is closed at once", name=employee.name)]
        orders = leaving.orders_led(employee)
        if orders:
            numbers = "、".join(order.number for order in orders)
            self.technician.description = gettext("He leads %(orders)s", orders=numbers)
        else:
            del self.technician
        if not (counts[Customer] or counts[Contact]):
            del self.taker


class ResetPasswordForm(FlaskForm):
    password = PasswordField(_("New password"), validators=[Needed()], description=_("At least 10 characters"))
