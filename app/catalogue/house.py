"""11 系统: the company profile, and the copies of the books."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from .. import models as m
from ..screens import Screen, rows
from .words import LEDGER


class DealerView(Screen):
    datamodel = rows(m.Dealer)
    short_title, icon = _("Company profile"), "building"
    help_text = _(
        "What every printed paper says about the company. Logo and seal are attachments of it; the newest one is printed, "
        "the seal on contracts and receipts."
    )
    offers = "list show edit export"
    key_column = "name"
    list_columns = ["name", "tax_number", "phone", "address", "changed_by", "changed_at"]
    card_columns = ["phone", "address"]
    search_columns = ["name"]
    quick_columns = ["name"]
    sections = [
        (_("Company profile"), ["name", "tax_number", "address", "phone", "bank_accounts", "changed_by", "changed_at"])
    ]
    form_sections = [(_("Company profile"), ["name", "tax_number", "address", "phone", "bank_accounts"])]


class BackupRunView(Screen):
    datamodel = rows(m.BackupRun)
    short_title, icon = _("Backups"), "box-archive"
    help_text = _("Copies of the books that were made and proved. Keep them on another machine as well.")
    offers = LEDGER
    key_column = "file"
    list_columns = ["file", "made_at", "megabytes"]
    card_columns = ["made_at", "megabytes"]
    search_columns = ["made_at"]
    quick_columns = ["file"]
    sections = [(_("Backup"), ["file", "made_at", "megabytes"])]
