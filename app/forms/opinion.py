"""What nearly every verb asks: a reason, an opinion."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm

from ..screens.formfields import (
    Needed,
    TextBlock,
)


class ReasonForm(FlaskForm):
    reason = TextBlock(_("Reason"), validators=[Needed()], longest=500)


class ApproveForm(FlaskForm):
    opinion = TextBlock(_("Opinion"), longest=500)


class RejectForm(FlaskForm):
    opinion = TextBlock(_("Opinion"), validators=[Needed()], longest=500)
