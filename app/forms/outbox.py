"""What the verbs of channels ask."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import PasswordField

from ..models import ENTITIES, Document, Employee, Job, NightlyRun
from ..roles import ROLES
from ..screens.formfields import ManyChoiceField, Needed, TextLine


def kinds() -> list[tuple[str, Any]]:
    """What notices are about: (name, what people call it)."""
    return [(n, e.title) for n, e in ENTITIES.items() if issubclass(e, Document) or e in (NightlyRun, Job, Employee)]


class ChannelAddressForm(FlaskForm):
    address = PasswordField(
        _("Secret address"),
        validators=[Needed()],
        description=_("The address of the robot, or of the mail box; the operations page shows how each is written"),
    )


class ServeForm(FlaskForm):
    roles = ManyChoiceField(_("For roles"), options=lambda: [(code, role.label) for code, role in ROLES.items()])
    kinds = ManyChoiceField(_("For kinds"), options=kinds)

    def about(self, channel: Any) -> None:
        if not self.is_submitted():
            self.roles.data, self.kinds.data = channel.roles.split(","), channel.kinds.split(",")


class TrialForm(FlaskForm):
    to = TextLine(_("Recipient"), longest=120, description=_("Only for mail"))


class PreferencesForm(FlaskForm):
    mail = TextLine(_("Mail address"), longest=120)
    kinds = ManyChoiceField(_("Kinds sent by mail"), options=kinds)
