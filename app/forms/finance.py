"""What the verbs of money ask."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm

from .. import clock
from ..formulas.windows import BOOKED, PLANNED
from ..models import (
    FundAccount,
)
from ..screens.formfields import (
    DayField,
    Needed,
    NumberField,
    PickField,
    TextBlock,
    TextLine,
)


class CollectForm(FlaskForm):
    account = PickField(_("Paid into"), validators=[Needed()], entity=FundAccount)
    serial = TextLine(_("Bank serial number"), longest=60)


class PayBackForm(FlaskForm):
    account = PickField(_("Paid out of"), validators=[Needed()], entity=FundAccount)
    serial = TextLine(_("Bank serial number"), longest=60)


class CameBackForm(FlaskForm):
    came_back_on = DayField(_("Came back on"), window=BOOKED, default=clock.today, validators=[Needed()])
    reason = TextBlock(_("Reason"), validators=[Needed()], longest=500)


class ExtendRetentionForm(FlaskForm):
    until = DayField(_("Retained until"), window=PLANNED, validators=[Needed()])
    reason = TextBlock(_("Reason"), validators=[Needed()], longest=500)


class DeductForm(FlaskForm):
    amount = NumberField(_("Amount deducted"), validators=[Needed()])
    reason = TextBlock(_("Reason"), validators=[Needed()], longest=500)
