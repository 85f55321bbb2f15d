"""What the verbs of customers and contacts ask."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField

from ..enums import FollowWay
from ..formulas.windows import PLANNED
from ..models import Contact, Customer, Employee
from ..roles import SELLING
from ..screens.formfields import ChoiceField, ConfirmField, DayField, Needed, PickField, TextBlock, TextLine
from ..staff import holders_of
from ..workflows.crm.archive import FILED


class ArchiveForm(FlaskForm):
    legal_rep = TextLine(_("Legal representative"), longest=50)
    province = TextLine(_("Province"), longest=30)
    city = TextLine(_("City"), longest=30)
    county = TextLine(_("County"), longest=30)
    address = TextLine(_("Address"), longest=200)
    invoice_title = TextLine(_("Invoice title"))
    tax_number = TextLine(_("Tax number"), longest=20)
    bank_name = TextLine(_("Bank name"))
    bank_account = TextLine(_("Bank account number"), longest=40)
    spouse_name = TextLine(_("Spouse"), longest=50)
    spouse_id_number = TextLine(_("Spouse's ID card number"), longest=18)

    def about(self, customer: Customer) -> None:
        """What is known already."""
        if not self.is_submitted():
            for name in FILED:
                self[name].data = getattr(customer, name)


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
