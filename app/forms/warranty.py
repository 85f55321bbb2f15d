"""What the verbs of claims and old parts ask."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm

from ..enums import PayableState
from ..formulas.windows import PLANNED
from ..models import Payable, WarrantyClaim
from ..screens.formfields import DayField, Needed, NumberField, PickField, TextBlock, TextLine


class TakeInForm(FlaskForm):
    place = TextLine(_("Where it lies"), longest=60)


class SendBackForm(FlaskForm):
    express_number = TextLine(_("Express number"), longest=60)


class ClaimForm(FlaskForm):
    outside_number = TextLine(_("Manufacturer's number"), longest=40)


class AnswerForm(FlaskForm):
    granted_amount = NumberField(_("Granted"), validators=[Needed()], description=_("yuan; zero when he refuses"))
    answer = TextLine(_("Why less"), longest=200)

    def about(self, claim: WarrantyClaim) -> None:
        """All of it unless he says otherwise."""
        if self.granted_amount.data is None and not self.is_submitted():
            self.granted_amount.data = claim.claim_amount


def owed_to_the_manufacturer(query: Any, given: dict[str, str]) -> Any:
    """Unpaid debts to the manufacturer of the claim in the address."""
    number = given.get("pk", "")
    paper = int(number) if number.isdigit() and len(number) < 10 else 0
    mine = sa.select(WarrantyClaim.supplier_id).where(WarrantyClaim.id == paper).scalar_subquery()
    return query.where(Payable.supplier_id == mine, Payable.state.in_([PayableState.OPEN, PayableState.PARTIAL]))


class OffsetClaimForm(FlaskForm):
    debt = PickField(_("Payable"), validators=[Needed()], entity=Payable, narrow=owed_to_the_manufacturer)


class MaintenanceOrderForm(FlaskForm):
    note = TextLine(_("What the customer said"), longest=200)


class PostponeForm(FlaskForm):
    postponed_to = DayField(_("Postponed to"), window=PLANNED, validators=[Needed()])
    reason = TextBlock(_("Reason"), validators=[Needed()], longest=200)
