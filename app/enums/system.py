"""11 系统: its states and choice lists."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from .choice import Choice


class RunState(Choice):
    RUNNING = _("Running"), "orange"
    DONE = _("Done"), "green"
    FAILED = _("Failed"), "red"


# the nightly jobs of jobs.py, as people call them
NIGHTLY_JOBS = {
    "coupons": _("Coupons past their last day"),
    "quotations": _("Quotations past their last day"),
    "proposals": _("Purchase proposals"),
    "books": _("Check of the books"),
}


class AuditAction(Choice):
    INSERT = _("Created"), "green"
    UPDATE = _("Changed"), "blue"
    DELETE = _("Deleted"), "red"


class JobState(Choice):
    QUEUED = _("In the queue"), "grey"
    RUNNING = _("In progress"), "violet"
    CHECKED = _("Checked, waiting for you"), "orange"
    DONE = _("Finished"), "green"
    FAILED = _("Failed"), "red"
    CANCELLED = _("Cancelled"), "grey"


OPEN_JOBS = frozenset({JobState.QUEUED, JobState.RUNNING})
