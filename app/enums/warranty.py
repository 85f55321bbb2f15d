"""6 三包: states of claims and of old parts."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext as _p

from .choice import Choice


class OldPartState(Choice):
    OWED = _("With the technician"), "orange"
    KEPT = _("In the store of old parts"), "blue"
    SENT = _("Sent to the manufacturer"), "green"
    SCRAPPED = _("Scrapped"), "grey"
    WAIVED = _("Need not come back"), "grey"


class ClaimState(Choice):
    DRAFT = _("Draft"), "grey"
    SUBMITTED = _("Claimed"), "orange"
    GRANTED = _("Granted, to be paid"), "violet"
    DONE = _p("claim", "Paid"), "green"
    REFUSED = _("Claim refused"), "red"
    CANCELLED = _("Cancelled"), "grey"


STANDING_CLAIMS = frozenset(ClaimState) - {ClaimState.CANCELLED}
SENT_CLAIMS = STANDING_CLAIMS - {ClaimState.DRAFT}
ANSWERED_CLAIMS = frozenset({ClaimState.GRANTED, ClaimState.DONE, ClaimState.REFUSED})


class LossGrouping(Choice):
    MODEL = _("By machine model")
    SUPPLIER = _("By manufacturer")
    CLAIM = _("Each claim")


class ReminderState(Choice):
    OPEN = _("To be arranged"), "orange"
    POSTPONED = _("Postponed"), "blue"
    ORDERED = _("Work order written"), "violet"
    DONE = _("Serviced"), "green"
    CLOSED = _("Closed"), "grey"


LIVE_REMINDERS = frozenset({ReminderState.OPEN, ReminderState.POSTPONED, ReminderState.ORDERED})
WAITING_REMINDERS = frozenset({ReminderState.OPEN, ReminderState.POSTPONED})
