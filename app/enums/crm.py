"""2 客户: its states and choice lists."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from .choice import Choice


class Gender(Choice):
    MALE = _("Male")
    FEMALE = _("Female")


class Position(Choice):
    LEGAL_REP = _("Legal representative")
    BOSS = _("Boss")
    MANAGER = _("Equipment manager")
    OPERATOR = _("Operator")
    FINANCE = _("Accountant")
    OTHER = _("Other")


class ContactSource(Choice):
    VISIT = _("Visit")
    REFERRAL = _("Referral")
    EXHIBITION = _("Exhibition")
    WEB = _("Website")
    CALL = _("Call in")
    OLD = _("Old customer")
    CHANNEL = _("Channel")
    OTHER = _("Other")


class Intention(Choice):
    A = _("A: buys within a month"), "red"
    B = _("B: buys within a quarter"), "orange"
    C = _("C: buys within a year"), "blue"
    D = _("D: no plan"), "grey"


class ContactState(Choice):
    ACTIVE = _("Valid"), "green"
    INVALID = _("Invalid"), "grey"


class CustomerKind(Choice):
    COMPANY = _("Company")
    PERSON = _("Individual")


class CustomerLevel(Choice):
    A = _("Level A")
    VIP = _("VIP")
    B = _("Level B")
    C = _("Level C")
    BLACK = _("Blacklisted"), "red"


class Industry(Choice):
    EARTHWORK = _("Earthwork")
    MINE = _("Mining")
    MUNICIPAL = _("Municipal works")
    ROAD = _("Roads and bridges")
    RENTAL = _("Rental business")
    REPAIR = _("Overhaul workshop")
    DEALER = _("Channel partner")
    OTHER = _("Other")


class PriceLevel(Choice):
    RETAIL = _("Retail")
    WHOLESALE = _("Wholesale")
    INNER = _("Internal")


class CustomerState(Choice):
    DRAFT = _("To be completed"), "grey"
    ACTIVE = _("Normal"), "green"
    FROZEN = _("Frozen"), "red"
    DISABLED = _("Disabled"), "grey"


TRADING_CUSTOMERS = frozenset({CustomerState.DRAFT, CustomerState.ACTIVE})


class Relation(Choice):
    OTHER = _("Other")
    SELF = _("The person")
    LEGAL_REP = _("Legal person")
    SPOUSE = _("Spouse")
    PARTNER = _("Partner")
    OPERATOR = _("Machine operator")
    FINANCE = _("Accountant")


class LinkSource(Choice):
    MANUAL = _("Manual"), "blue"
    CONTRACT = _("Automatic by contract"), "violet"
    SELF = _("Same person"), "green"


class TagGroup(Choice):
    WORK = _("Kind of work")
    POWER = _("Buying power")
    CREDIT = _("Credit standing")
    TASTE = _("Preference")
    OTHER = _("Other")


class TagColour(Choice):
    BLUE = _("Blue"), "blue"
    GREEN = _("Green"), "green"
    ORANGE = _("Orange"), "orange"
    RED = _("Red"), "red"
    VIOLET = _("Violet"), "violet"
    GREY = _("Grey"), "grey"


class FollowWay(Choice):
    VISIT = _("On the spot"), "green"
    PHONE = _("By phone"), "blue"
    WECHAT = _("By WeChat"), "violet"
    OTHER = _("Other way")


class AssetKind(Choice):
    HOUSE = _("House")
    VEHICLE = _("Vehicle")
    MACHINE = _("Machine of his own")
    SAVINGS = _("Savings")
    OTHER = _("Other")


class GuaranteeKind(Choice):
    JOINT = _("Joint guarantee"), "red"
    GENERAL = _("General guarantee"), "orange"
    MORTGAGE = _("Mortgaged thing"), "violet"


class ArchiveItem(Choice):
    """What an archive may hold. The first are read from the books; papers are attachments of the same kind."""

    IDENTITY = _("Identity number")
    PHONE = _("Phone")
    ADDRESS = _("Address")
    LEGAL_REP = _("Legal representative")
    BANK = _("Bank account")
    INVOICE = _("Invoice data")
    SPOUSE = _("Spouse")
    GUARANTOR = _("Guarantor")
    ASSET = _("Asset")
    SITE = _("Building site")
    ID_CARD = _("Identity card")
    LICENCE = _("Business licence")
    HOUSEHOLD = _("Household register")
    MARRIAGE = _("Marriage certificate")
    PROPERTY = _("Property certificate")
    CREDIT_CONSENT = _("Consent to a credit check")


class CreditLimitState(Choice):
    DRAFT = _("Draft"), "grey"
    PENDING = _("Pending approval"), "orange"
    APPROVED = _("Limit in force"), "green"
    REJECTED = _("Rejected"), "red"
    EXPIRED = _("Expired"), "grey"
    REPLACED = _("Replaced by a newer one"), "grey"
    REVOKED = _("Revoked"), "red"
    CANCELLED = _("Cancelled"), "grey"


EDITABLE_LIMITS = frozenset({CreditLimitState.DRAFT, CreditLimitState.REJECTED})
