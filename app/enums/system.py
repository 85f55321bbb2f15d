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
    "packages": _("Service packages past their last day"),
    "credit_limits": _("Credit limits past their last day"),
    "proposals": _("Purchase proposals"),
    "reminders": _("Maintenance reminders"),
    "visits": _("Regular visits"),
    "retentions": _("Retention money that falls due"),
    "books": _("Check of the books"),
    "expiry": _("Data past its keeping time"),
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


class ChannelKind(Choice):
    MAIL = _("Mail")
    WECOM = _("WeCom group robot")
    DINGTALK = _("DingTalk group robot")
    FEISHU = _("Feishu group robot")
    WEBHOOK = _("Other robot")


class OutboxState(Choice):
    WAITING = _("Waiting to be sent"), "orange"
    SENDING = _("Being sent"), "violet"
    SENT = _("Sent"), "green"
    GIVEN_UP = _("Given up"), "red"
    UNSURE = _("Unknown whether it arrived"), "red"
    DISCARDED = _("Discarded"), "grey"


class AttachmentKind(Choice):
    ID_CARD = _("Identity card")
    LICENCE = _("Business licence")
    HOUSEHOLD = _("Household register")
    MARRIAGE = _("Marriage certificate")
    PROPERTY = _("Property certificate")
    CREDIT_CONSENT = _("Consent to a credit check")
    CONTRACT = _("Scan of the contract")
    HANDOVER = _("Handover sheet")
    PAYMENT_SLIP = _("Payment slip")
    INVOICE = _("Invoice")
    CERTIFICATE = _("Certificate of conformity")
    INSURANCE = _("Insurance policy")
    NAMEPLATE = _("Photo of the name plate")
    SITE_PHOTO = _("Photo on site")
    CHECK_PHOTO = _("Photo of the check")
    SIGNATURE = _("Signature")
    SERVICE_SHEET = _("Service sheet")
    CLAIM = _("Evidence of a claim")
    COMPLAINT = _("Evidence of a complaint")
    VISIT_RECORD = _("Record of the visit")
    LOGO = _("Logo")
    SEAL = _("Company seal")
    OTHER = _("Other attachment")


# papers that show an identity number: for those who read such numbers in full
PRIVATE_ATTACHMENTS = frozenset(
    {AttachmentKind.ID_CARD, AttachmentKind.HOUSEHOLD, AttachmentKind.MARRIAGE, AttachmentKind.CREDIT_CONSENT}
)
# printed on papers
PICTURE_ATTACHMENTS = frozenset({AttachmentKind.LOGO, AttachmentKind.SEAL})
# papers that show figures, and the secret of roles.SECRETS one has to hold to see them
SECRET_ATTACHMENTS = {
    AttachmentKind.CONTRACT: "price",
    AttachmentKind.PAYMENT_SLIP: "price",
    AttachmentKind.INVOICE: "purchase",
}
# what one has to know of a document to see any of its papers, and those that nobody has put under a kind
DOCUMENT_SECRETS = {"Customer": "archive"}
UNSORTED_SECRETS = {"MachineContract": "price"}
