"""8 债权: its states and choice lists."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from .choice import Choice


class PlanPayee(Choice):
    DEALER = _("Dealer")
    FINANCIER = _("Financier")


class PlanState(Choice):
    ACTIVE = _("In force"), "green"
    REPLACED = _("Replaced"), "grey"
    VOID = _("Void"), "grey"
