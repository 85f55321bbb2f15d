"""What the verbs of coupons ask."""

from __future__ import annotations

from collections.abc import Iterator

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import HiddenField

from .. import actor as acting
from .. import scope
from ..formulas.windows import TERM
from ..models import (
    Coupon,
    Customer,
    Receivable,
)
from ..screens.formfields import (
    DayField,
    LineForm,
    LinesField,
    Needed,
    NumberField,
    PickField,
    TextBlock,
)
from ..workflows.finance import coupon_use
from .counting import ListedForm


class RedeemLine(LineForm):
    """One debt: how much of it the coupon pays."""

    id = HiddenField()
    amount = NumberField(_("Amount redeemed"))


class RedeemForm(ListedForm):
    """Open debts that the coupon may pay, how much of each at most; the oldest ones are proposed."""

    facts_label, fact_label = _("Debt"), _("At most")
    lacks: tuple[str, ...] = ()
    lines = LinesField(RedeemLine, _("Debts"), most=500)

    def about(self, coupon: Coupon) -> None:
        """Debts and limits beside each line; what has to be known before pressing."""
        with scope.elevated():
            found = coupon_use.debts(coupon)
            self.lacks = tuple(_warnings(coupon, found))
        facts = [(str(debt.owed.id), _told(debt.owed), f"{debt.most:,.2f}") for debt in found]
        if self.list_facts(facts):
            for debt in found:
                entry = self.lines.append_entry()
                entry.form.id.data, entry.form.amount.data = str(debt.owed.id), debt.suggested or None


def _told(owed: Receivable) -> str:
    day = owed.due_on.isoformat() if owed.due_on else "—"
    return gettext(
        "%(number)s %(kind)s, due %(day)s, %(left)s yuan open",
        number=owed.number,
        kind=str(owed.kind),
        day=day,
        left=f"{owed.outstanding_amount:,.2f}",
    )


def _warnings(coupon: Coupon, found: list[coupon_use.Debt]) -> Iterator[str]:
    if not found:
        yield gettext("This customer has no open debt that the coupon may pay")
    for paper in coupon_use.waiting(coupon):
        yield gettext("Receipt %(receipt)s takes of this coupon and waits for finance", receipt=paper.number)
    if not coupon_use.confirms(acting.current()):
        yield gettext("What you put down here counts once finance confirms its receipt")


class ExtendForm(FlaskForm):
    until = DayField(
        _("Valid until"), window=TERM, validators=[Needed()], description=_("The last day on which it can be used")
    )
    reason = TextBlock(_("Reason"), validators=[Needed()], longest=500)


class HandOnForm(FlaskForm):
    customer = PickField(_("Customer who gets it"), validators=[Needed()], entity=Customer)
    reason = TextBlock(_("Reason"), validators=[Needed()], longest=500)
