"""2 客户: what is kept of a customer beyond his card: follow-ups, hand-overs, assets, sites, guarantors, archive rules."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from .. import models as m
from ..screens import Screen, rows
from .words import LEDGER


class FollowUpView(Screen):
    datamodel = rows(m.FollowUp)
    short_title, icon = _("Follow-ups"), "comment-dots"
    help_text = _(
        "Written once; on the same day its author can delete it, later his manager."
        " The next date stands on the card and among the todos of its salesperson."
    )
    offers = "list show add delete export"
    key_column = "followed_at"
    list_columns = ["followed_at", "customer", "contact", "way", "content", "next_on", "location", "created_by"]
    card_columns = ["customer", "contact", "way", "content", "next_on"]
    search_columns = ["customer", "contact", "way", "content", "followed_at", "next_on", "created_by"]
    quick_columns = ["content"]
    quick_references = ["customer", "contact"]
    base_order = ("followed_at", True)
    sections = [
        (_("Follow-up"), ["customer", "contact", "way", "followed_at", "created_by", "next_on", "location", "content"])
    ]
    form_sections = [(_("Follow-up"), ["customer", "contact", "way", "followed_at", "next_on", "location", "content"])]


class OwnerTransferView(Screen):
    datamodel = rows(m.OwnerTransfer)
    short_title, icon = _("Hand-overs"), "people-arrows"
    offers = LEDGER
    key_column = "moved_on"
    list_columns = ["moved_on", "customer", "contact", "giver", "taker", "reason", "papers", "posted_by"]
    card_columns = ["customer", "contact", "giver", "taker", "reason"]
    search_columns = ["customer", "contact", "giver", "taker", "moved_on"]
    quick_columns = ["reason"]
    quick_references = ["customer", "contact"]
    sections = [
        (
            _("Customer hand-over"),
            ["customer", "contact", "giver", "taker", "moved_on", "papers", "posted_by", "posted_at", "reason"],
        )
    ]


class CustomerAssetView(Screen):
    datamodel = rows(m.CustomerAsset)
    offers = "list show add edit delete export"
    short_title, icon = _("Assets of customers"), "house-chimney"
    key_column = "name"
    list_columns = ["customer", "kind", "name", "value_amount", "is_mortgaged", "remark"]
    card_columns = ["customer", "kind", "value_amount"]
    sum_columns = ["value_amount"]
    search_columns = ["customer", "kind", "is_mortgaged"]
    quick_columns = ["name"]
    quick_references = ["customer"]
    sections = [(_("Asset of a customer"), ["customer", "kind", "name", "value_amount", "is_mortgaged", "remark"])]
    form_sections = sections
    optional = ["value_amount"]


class CustomerSiteView(Screen):
    datamodel = rows(m.CustomerSite)
    offers = "list show add edit delete export"
    short_title, icon = _("Building sites"), "helmet-safety"
    key_column = "name"
    list_columns = ["customer", "name", "address", "manager", "phone", "is_open"]
    card_columns = ["customer", "address", "phone"]
    search_columns = ["customer", "name", "is_open"]
    quick_columns = ["name", "address"]
    quick_references = ["customer"]
    sections = [(_("Building site of a customer"), ["customer", "name", "address", "manager", "phone", "is_open"])]
    form_sections = sections


class GuarantorView(Screen):
    datamodel = rows(m.Guarantor)
    short_title, icon = _("Guarantors"), "user-shield"
    help_text = _("They are written on their contract; afterwards an amendment of it changes them.")
    offers = LEDGER
    key_column = "name"
    list_columns = ["contract", "name", "kind", "relation", "id_number", "mobile", "assets"]
    card_columns = ["contract", "kind", "relation", "mobile"]
    search_columns = ["contract", "name", "kind"]
    quick_columns = ["name"]
    quick_references = ["contract"]
    sections = [(_("Guarantor"), ["contract", "name", "kind", "relation", "id_number", "mobile", "assets"])]


class ArchiveRuleView(Screen):
    datamodel = rows(m.ArchiveRule)
    short_title, icon = _("Archive rules"), "list-check"
    help_text = _("What an archive should hold for a payment mode. What is needed stops the submission of a contract.")
    key_column = "item"
    list_columns = ["pay_mode", "customer_kind", "item", "is_required", "is_enabled"]
    card_columns = ["pay_mode", "customer_kind", "is_required", "is_enabled"]
    search_columns = ["pay_mode", "customer_kind", "item", "is_required", "is_enabled"]
    quick_columns = []
    sections = [(_("Archive rule"), ["pay_mode", "customer_kind", "item", "is_required", "is_enabled"])]
    form_sections = sections
