"""5 卡券: coupons, their journal, their types."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from .. import models as m
from ..screens import Related, Screen, rows
from .words import LEDGER


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
            ["name", "scope", "is_multi_use", "max_share", "is_transferable", "valid_days", "is_enabled"],
        )
    ]
    form_sections = sections


class CouponView(Screen):
    datamodel = rows(m.Coupon)
    short_title, icon = _("Coupons"), "ticket-simple"
    help_text = _("A coupon is redeemed as a fund in a receipt that pays parts or service debts of its customer.")
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
            ],
        )
    ]
    related = [Related("CouponEntryView", "coupon")]


class CouponEntryView(Screen):
    datamodel = rows(m.CouponEntry)
    short_title, icon = _("Coupon entries"), "receipt"
    offers = LEDGER
    key_column = "origin_number"
    list_columns = ["coupon", "movement", "amount", "balance_after", "origin_number", "posted_by", "posted_at"]
    card_columns = ["movement", "amount", "balance_after", "posted_at"]
    sum_columns = ["amount"]
    search_columns = ["coupon", "movement", "origin_number", "posted_at"]
    quick_columns = ["origin_number"]
    quick_references = ["coupon"]
    sections = [
        (
            _("Coupon entry"),
            ["coupon", "movement", "amount", "balance_after", "origin_number", "posted_by", "posted_at"],
        )
    ]
