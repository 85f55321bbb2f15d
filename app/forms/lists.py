"""What the verbs of saved views ask."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm

from ..roles import ROLES
from ..screens.formfields import ManyChoiceField, Needed


class ShareViewForm(FlaskForm):
    roles = ManyChoiceField(
        _("Role"), validators=[Needed()], options=lambda: [(code, role.label) for code, role in ROLES.items()]
    )
