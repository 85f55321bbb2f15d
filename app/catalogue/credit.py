"""8 债权: instalment plans."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from .. import models as m
from ..screens import Screen, rows
from .words import LEDGER


class InstalmentPlanView(Screen):
    datamodel = rows(m.InstalmentPlan)
    short_title, icon = _("Instalment plans"), "calendar-days"
    offers = LEDGER
    list_columns = [
        "number",
        "state",
        "customer",
        "contract",
        "method",
        "periods",
        "annual_rate",
        "principal_amount",
        "interest_amount",
        "first_due_on",
    ]
    card_columns = ["customer", "periods", "principal_amount", "first_due_on"]
    sum_columns = ["principal_amount", "interest_amount"]
    search_columns = ["number", "customer", "state", "first_due_on"]
    quick_columns = ["number"]
    quick_references = ["customer", "contract"]
    sections = [
        (
            _("Instalment plan"),
            [
                "number",
                "state",
                "customer",
                "contract",
                "payee",
                "method",
                "periods",
                "annual_rate",
                "principal_amount",
                "interest_amount",
                "first_due_on",
                "revision",
            ],
        )
    ]
    line_tables = {"rows": ["period", "due_on", "principal_amount", "interest_amount", "total_amount", "receivable"]}
