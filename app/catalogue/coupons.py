"""5 卡券: coupons, their journal, their types, papers that issue them by hand."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm

from .. import clock, enums, forms, scope
from .. import models as m
from ..formulas import label_codes
from ..screens import Related, Screen, Tab, act, rows
from ..screens.labels import Label
from ..screens.screen import Alert
from ..workflows.coupons import coupon, issue
from ..workflows.finance import coupon_use
from ..workflows.machine import Transition
from .words import LEDGER, not_mine


def _with(row: Any) -> Any:
    """Receipts that this coupon pays."""
    return sa.select(m.ReceiptFund.receipt_id).where(m.ReceiptFund.coupon_id == row.id)


class CouponTypeView(Screen):
    datamodel = rows(m.CouponType)
    short_title, icon = _("Coupon types"), "ticket"
    key_column = "name"
    list_columns = ["name", "scope", "is_multi_use", "max_share", "is_transferable", "valid_days", "is_enabled"]
    card_columns = ["scope", "valid_days"]
    search_columns = ["name", "scope", "is_enabled"]
    quick_columns = ["name"]
    sections = [
        (
            _("Coupon type"),
            [
                "name",
                "scope",
                "is_multi_use",
                "max_share",
                "min_order_amount",
                "is_stackable",
                "is_transferable",
                "valid_days",
                "is_enabled",
            ],
        )
    ]
    form_sections = sections


class CouponView(Screen):
    datamodel = rows(m.Coupon)
    short_title, icon = _("Coupons"), "ticket-simple"
    help_text = _(
        "A coupon pays parts or service debts of its customer: redeem it here, or take it as a fund in a receipt. What was "
        "redeemed by mistake comes back when finance reverses that receipt."
    )
    found_by = ("number",)
    offers = LEDGER
    list_columns = [
        "number",
        "state",
        "customer",
        "type",
        "face_amount",
        "balance",
        "valid_from",
        "valid_to",
        "source",
        "contract",
    ]
    card_columns = ["customer", "type", "balance", "valid_to"]
    sum_columns = ["face_amount", "balance"]
    search_columns = ["number", "customer", "state", "type", "valid_to", "source"]
    quick_columns = ["number"]
    quick_references = ["customer"]
    sections = [
        (
            _("Coupon"),
            [
                "number",
                "state",
                "customer",
                "type",
                "face_amount",
                "balance",
                "valid_from",
                "valid_to",
                "valid_days",
                "source",
                "contract",
                "issue",
                "from_coupon",
            ],
        )
    ]
    related = [
        Related("ReceiptView", "funds", where=lambda row: m.Receipt.id.in_(_with(row))),
        Related("CouponEntryView", "coupon"),
        Related("CouponView", "from_coupon"),
    ]
    tabs = [
        Tab("active", _("Usable"), lambda q: q.where(m.Coupon.state == enums.CouponState.ACTIVE)),
        Tab(
            "ending",
            _("Ending within 30 days"),
            lambda q: q.where(
                m.Coupon.state == enums.CouponState.ACTIVE,
                m.Coupon.valid_to.between(clock.today(), clock.today() + timedelta(days=30)),
            ),
        ),
        Tab("frozen", _("Frozen"), lambda q: q.where(m.Coupon.state == enums.CouponState.FROZEN)),
    ]
    redeem = act(coupon_use.redeem, form=forms.RedeemForm)
    activate = act(coupon.activate)
    extend = act(coupon.extend, form=forms.ExtendForm)
    freeze = act(coupon.freeze, form=forms.ReasonForm)
    unfreeze = act(coupon.unfreeze, form=forms.ReasonForm)
    transfer = act(coupon.transfer, form=forms.HandOnForm)
    void = act(coupon.void, form=forms.ReasonForm)

    def offered(self, transition: Transition, row: m.Entity) -> bool:
        """What has run out today is not redeemed, though the night has not said so yet."""
        return transition.verb != "redeem" or coupon_use.unusable(row) is None  # type: ignore[arg-type]

    def alerts(self, row: m.Entity) -> list[Alert]:
        """Why it cannot be redeemed; what of it waits for finance; how a mistake is taken back."""
        assert isinstance(row, m.Coupon)
        why = coupon_use.unusable(row)
        with scope.elevated():
            waiting = coupon_use.waiting(row)
        told = [Alert(why)] if why is not None and self.may("redeem") else []
        words = [
            gettext("Receipt %(receipt)s takes of this coupon and waits for finance", receipt=p.number) for p in waiting
        ]
        if self.may("redeem") and row.balance != row.face_amount:
            back = gettext("What was redeemed by mistake comes back when finance reverses that receipt.")
            return [*told, *map(Alert, words), Alert(back, "info")]
        return [*told, *map(Alert, words)]

    def label(self, row: m.Entity) -> Label:
        """Number, owner, value and last day, for the coupon that the customer carries."""
        assert isinstance(row, m.Coupon)
        until = row.valid_to.isoformat() if row.valid_to else str(row.state)
        lines = [f"{row.type.name} ¥{row.face_amount:,.2f}", row.customer.name, until]
        return Label(label_codes.coupon(row.number), row.number, lines)


class CouponIssueView(Screen):
    datamodel = rows(m.CouponIssue)
    short_title, icon = _("Coupon issues"), "gift"
    help_text = _("Coupons that come with no machine: one asks with a reason, a manager who did not ask approves.")
    list_columns = [
        "number",
        "state",
        "customer",
        "type",
        "face_amount",
        "pieces",
        "total_amount",
        "source",
        "reason",
        "created_by",
    ]
    card_columns = ["customer", "type", "total_amount", "source"]
    sum_columns = ["total_amount"]
    search_columns = ["number", "customer", "type", "state", "source", "business_on"]
    quick_columns = ["number"]
    quick_references = ["customer"]
    sections = [
        (
            _("Coupon issue"),
            [
                "number",
                "state",
                "customer",
                "type",
                "face_amount",
                "pieces",
                "total_amount",
                "valid_days",
                "source",
                "is_active_at_once",
                "reason",
                "created_by",
                "remark",
            ],
        )
    ]
    form_sections = [
        (
            _("Coupon issue"),
            ["customer", "type", "face_amount", "pieces", "valid_days", "source", "is_active_at_once"],
        ),
        (_("Reason"), ["reason", "remark"]),
    ]
    choices = {"source": list(issue.BY_HAND)}
    summary = [("total", _("Face value in all"))]
    tabs = [
        Tab(
            "todo",
            _("Coupon issues for my approval"),
            lambda q: q.where(*not_mine(m.CouponIssue, enums.CouponIssueState.PENDING)),
            todo="approve",
        )
    ]
    related = [Related("CouponView", "issue")]
    submit = act(issue.submit)
    withdraw = act(issue.withdraw)
    approve = act(issue.approve, form=forms.ApproveForm, bulk=True)
    reject = act(issue.reject, form=forms.RejectForm)
    cancel = act(issue.cancel, form=forms.ReasonForm)

    def computed(self, form: FlaskForm) -> dict[str, str]:
        total = (form.face_amount.data or m.ZERO) * (form.pieces.data or 0)
        return {"total": f"{total:,.2f}"}


class CouponEntryView(Screen):
    datamodel = rows(m.CouponEntry)
    short_title, icon = _("Coupon entries"), "receipt"
    offers = LEDGER
    key_column = "origin_number"
    list_columns = ["coupon", "movement", "amount", "balance_after", "origin_number", "note", "posted_by", "posted_at"]
    card_columns = ["movement", "amount", "balance_after", "posted_at"]
    sum_columns = ["amount"]
    search_columns = ["coupon", "movement", "origin_number", "posted_at"]
    quick_columns = ["origin_number"]
    quick_references = ["coupon"]
    sections = [
        (
            _("Coupon entry"),
            ["coupon", "movement", "amount", "balance_after", "origin_number", "note", "posted_by", "posted_at"],
        )
    ]
