"""What the verbs of customers and contacts ask."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm

from ..models import (
    Contact,
)
from ..screens.formfields import (
    Needed,
    PickField,
    TextBlock,
    TextLine,
)


class ConvertForm(FlaskForm):
    id_number = TextLine(_("ID card number"), longest=30, description=_("Individuals only; 18 characters"))

    def about(self, contact: Contact) -> None:
        """A known number need not be typed again."""
        if not self.id_number.data and not self.is_submitted():
            self.id_number.data = contact.id_number


class ProposeLinkForm(FlaskForm):
    contact = PickField(_("Contact"), validators=[Needed()], entity=Contact)
    note = TextBlock(_("Words"), longest=500)
