"""What the verbs of customers and contacts ask."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField

from ..enums import FollowWay
from ..formulas.windows import PLANNED
from ..models import Contact, Employee
from ..roles import SELLING
from ..screens.formfields import ChoiceField, ConfirmField, DayField, Needed, PickField, TextBlock, TextLine
from ..staff import holders_of


class ConvertForm(FlaskForm):
    id_number = TextLine(_("ID card number"), longest=30, description=_("Individuals only; 18 characters"))
    same_person = ConfirmField(_("He is the same person"))
    despite_twin = ConfirmField(_("Save anyway"))

    def about(self, contact: Contact) -> None:
        """A known number need not be typed again."""
        if not self.id_number.data and not self.is_submitted():
            self.id_number.data = contact.id_number


class ProposeLinkForm(FlaskForm):
    contact = PickField(_("Contact"), validators=[Needed()], entity=Contact)
    note = TextBlock(_("Words"), longest=500)


class FollowForm(FlaskForm):
    way = ChoiceField(_("Way"), options=FollowWay)
    content = TextBlock(_("What was said"), validators=[Needed()], longest=1000)
    next_on = DayField(_("Next follow-up"), window=PLANNED)
    location = TextLine(_("Where"), longest=200)


def sellers(query: Any, _given: dict[str, str]) -> Any:
    """People who may own customers."""
    return query.where(sa.or_(Employee.is_salesperson, Employee.user_id.in_(holders_of(*SELLING))))


class HandOverForm(FlaskForm):
    taker = PickField(_("To salesperson"), validators=[Needed()], entity=Employee, narrow=sellers)
    reason = TextBlock(_("Reason"), validators=[Needed()], longest=500)


class HandOverCustomerForm(HandOverForm):
    with_contacts = BooleanField(_("His contacts as well"), default=True)
