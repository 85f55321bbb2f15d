"""What the verbs of parts ask: selling, sending back, shelves."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField

from ..enums import (
    PayableState,
    ShortageHandling,
)
from ..models import (
    Bin,
    FundAccount,
    Payable,
    PurchaseReturn,
    StockBalance,
)
from ..screens.formfields import (
    ChoiceField,
    Needed,
    NumberField,
    PickField,
    TextBlock,
    TextLine,
)
from .opinion import ApproveForm


class ApproveSaleForm(ApproveForm):
    despite_shortage = BooleanField(
        _("Approve though stock is short"),
        description=_("What is there is reserved; the rest waits for goods and is proposed to the buyer."),
    )


def bins_here(query: Any, given: dict[str, str]) -> Any:
    """Bins of the warehouse of the balance in the address."""
    number = given.get("pk", "")
    pk = int(number) if number.isdigit() and len(number) < 10 else 0
    return query.where(
        Bin.warehouse_id == sa.select(StockBalance.warehouse_id).where(StockBalance.id == pk).scalar_subquery()
    )


class ShelveForm(FlaskForm):
    bin = PickField(_("Bin"), entity=Bin, narrow=bins_here)
    min_quantity = NumberField(_("Minimum here"), places=3, digits=15, description=_("Empty: the minimum of the part"))

    def about(self, balance: StockBalance) -> None:
        """What holds now."""
        if not self.is_submitted():
            self.bin.data, self.min_quantity.data = balance.bin, balance.min_quantity


class AgreeForm(FlaskForm):
    agreed_by = TextLine(_("Agreed by"), validators=[Needed()], longest=50)
    agreed_proof = TextLine(_("Proof of agreement"), validators=[Needed()], longest=200)


class RefundForm(FlaskForm):
    account = PickField(_("Paid from"), entity=FundAccount)


class SendBackForm(FlaskForm):
    express_number = TextLine(_("Express number"), longest=60)


def owed_to_the_same(query: Any, given: dict[str, str]) -> Any:
    """Unpaid debts to the supplier of the purchase return in the address."""
    number = given.get("pk", "")
    paper = int(number) if number.isdigit() and len(number) < 10 else 0
    mine = sa.select(PurchaseReturn.supplier_id).where(PurchaseReturn.id == paper).scalar_subquery()
    return query.where(Payable.supplier_id == mine, Payable.state.in_([PayableState.OPEN, PayableState.PARTIAL]))


class OffsetForm(FlaskForm):
    debt = PickField(_("Payable"), validators=[Needed()], entity=Payable, narrow=owed_to_the_same)


class ShortageForm(FlaskForm):
    handling = ChoiceField(_("Handling"), options=ShortageHandling, validators=[Needed()])
    reason = TextBlock(_("Reason"), validators=[Needed()], longest=500)
