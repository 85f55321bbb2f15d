"""What the verbs of coupons ask."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm

from ..formulas.windows import TERM
from ..models import (
    Customer,
)
from ..screens.formfields import (
    DayField,
    Needed,
    PickField,
    TextBlock,
)


class ExtendForm(FlaskForm):
    until = DayField(
        _("Valid until"), window=TERM, validators=[Needed()], description=_("The last day on which it can be used")
    )
    reason = TextBlock(_("Reason"), validators=[Needed()], longest=500)


class HandOnForm(FlaskForm):
    customer = PickField(_("Customer who gets it"), validators=[Needed()], entity=Customer)
    reason = TextBlock(_("Reason"), validators=[Needed()], longest=500)
