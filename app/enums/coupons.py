"""5 卡券: its states and choice lists."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext as _p

from .choice import Choice


class CouponScope(Choice):
    PART = _("Parts")
    SERVICE = _("Service")
    BOTH = _("Parts and service")


class CouponSource(Choice):
    MACHINE = _("Given with a machine")
    CAMPAIGN = _("Campaign")
    COMPENSATION = _("Service compensation")
    PURCHASE = _("Bought")
    REFERRAL = _("Referral")
    MANUAL = _("By hand")


class CouponState(Choice):
    PENDING = _("Waiting for activation"), "orange"
    ACTIVE = _("Active"), "green"
    USED = _("Used up"), "grey"
    HANDED_ON = _p("coupon", "Handed on"), "grey"
    EXPIRED = _("Expired"), "grey"
    VOID = _("Void"), "grey"
    FROZEN = _("Frozen"), "red"


SPENT_COUPONS = frozenset({CouponState.USED, CouponState.HANDED_ON, CouponState.VOID})


class CouponMovement(Choice):
    ISSUE = _("Issue")
    ACTIVATE = _("Activation")
    REDEEM = _("Redemption in a receipt")
    REDEEM_SALE = _("Deduction on a sale")
    RESTORE = _("Restored")
    EXPIRE = _("Expiry")
    VOID = _("Voided")
    EXTEND = _("Extension")
    FREEZE = _("Freezing")
    UNFREEZE = _("Unfreeze")
    TRANSFER = _("Handed on")
    DEACTIVATE = _("Activation withdrawn")


class CouponIssueState(Choice):
    DRAFT = _("Draft"), "grey"
    PENDING = _("Pending approval"), "orange"
    APPROVED = _("Issued"), "green"
    REJECTED = _("Rejected"), "red"
    CANCELLED = _("Cancelled"), "grey"


EDITABLE_ISSUES = frozenset({CouponIssueState.DRAFT, CouponIssueState.REJECTED})
