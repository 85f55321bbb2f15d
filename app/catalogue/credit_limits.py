"""授信额度: asked for, granted, and how much of it is left."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

from .. import actor as acting
from .. import clock, enums, forms
from .. import models as m
from ..screens import Figure, Screen, Tab, act, rows
from ..screens.importing import Import
from ..workflows.crm import credit_limit
from ..workflows.crm.credit_limit import FINANCE_UP_TO
from . import customer_figures
from .words import not_mine


def _for_me(query: Any) -> Any:
    """Requests that I may decide: another's, and large ones only as general manager."""
    limit = m.CreditLimit
    waiting = query.where(*not_mine(limit, enums.CreditLimitState.PENDING))
    return waiting if "gm" in acting.current().roles else waiting.where(limit.amount <= FINANCE_UP_TO)


class CreditLimitView(Screen):
    datamodel = rows(m.CreditLimit)
    short_title, icon = _("Credit limits"), "scale-balanced"
    help_text = _(
        "Up to how much a customer may owe for parts and services. One asks, a manager who did not ask decides."
    )
    list_columns = ["number", "state", "customer", "amount", "valid_from", "valid_until", "reason", "created_by"]
    card_columns = ["customer", "amount", "valid_until"]
    search_columns = ["number", "customer", "state", "amount", "valid_until"]
    quick_columns = ["number"]
    quick_references = ["customer"]
    sections = [
        (
            _("Credit limit"),
            ["number", "state", "customer", "amount", "valid_from", "valid_until", "reason", "remark", "created_by"],
        )
    ]
    form_sections = [(_("Credit limit"), ["customer", "amount", "valid_until", "reason", "remark"])]
    imports = {
        "import": Import(
            columns=("customer", "amount", "valid_until", "reason"),
            key="customer",
            match=("customer_id", str),
            examples={"customer": "安徽恒达土石方有限公司", "amount": "50000", "reason": "期初授信"},
        )
    }
    tabs = [
        Tab("todo", _("Credit limits for my approval"), _for_me, todo="approve"),
        Tab("in_force", _("Limit in force"), lambda q: q.where(*credit_limit.counting(clock.today()))),
    ]
    submit = act(credit_limit.submit, bulk=True)
    withdraw = act(credit_limit.withdraw)
    approve = act(credit_limit.approve, form=forms.ApproveForm, bulk=True)
    reject = act(credit_limit.reject, form=forms.RejectForm)
    revoke = act(credit_limit.revoke, form=forms.ReasonForm)
    cancel = act(credit_limit.cancel, form=forms.ReasonForm)

    def figures(self, row: Any) -> list[Figure]:
        """What an approver wants to know of the customer: what he owes, what is overdue, what counts today."""
        return customer_figures.of_customer(row.customer)
