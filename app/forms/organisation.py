"""What the verbs of people and accounts ask."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import PasswordField

from ..roles import ROLES
from ..screens.formfields import (
    ManyChoiceField,
    Needed,
    TextLine,
)


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


class ResetPasswordForm(FlaskForm):
    password = PasswordField(_("New password"), validators=[Needed()], description=_("At least 10 characters"))
