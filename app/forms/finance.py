"""What the verbs of money ask."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm

from ..models import (
    FundAccount,
)
from ..screens.formfields import (
    Needed,
    PickField,
    TextLine,
)


class CollectForm(FlaskForm):
    account = PickField(_("Paid into"), validators=[Needed()], entity=FundAccount)
    serial = TextLine(_("Bank serial number"), longest=60)
