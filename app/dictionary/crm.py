"""2 客户: contacts, customers, the links between them, tags, follow-ups, who handed whom over."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
import sqlalchemy.orm
from flask_babel import lazy_gettext as _
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, relationship

from .. import clock, enums
from .. import fields as f
from ..enums import AttachmentKind as K
from ..formulas.windows import HAPPENED, PLANNED, STAMPED
from .base import Entity, Record

if TYPE_CHECKING:
    from .contracts import MachineContract
    from .machines import MachineModel
    from .organisation import Employee


class Contact(Record):
    """A natural person who talks business with a salesperson; never owes or pays anything himself."""

    title = _("Contact")
    prefix = "LX"
    number: Mapped[str] = f.text(_("Contact number"), 24, form="number", unique=True)
    name: Mapped[str] = f.text(_("Name"), 50, form="name", index=True)
    initials: Mapped[str] = f.text(_("Pinyin initials"), 60, form="initials", default="", index=True)
    mobile: Mapped[str] = f.text(_("Mobile"), 20, form="phone", index=True, private="phone")
    phone2: Mapped[str | None] = f.text(_("Second phone"), 20, form="phone", private="phone")
    gender: Mapped[enums.Gender | None] = f.choice(_("Gender"), enums.Gender, default=None)
    id_number: Mapped[str | None] = f.text(_("ID card number"), 18, form="code", unique=True, private="id")
    position: Mapped[enums.Position] = f.choice(_("Position"), enums.Position, default=enums.Position.BOSS)
    province: Mapped[str | None] = f.text(_("Province"), 30)
    city: Mapped[str | None] = f.text(_("City"), 30)
    county: Mapped[str | None] = f.text(_("County"), 30)
    address: Mapped[str | None] = f.text(_("Address"), 200)
    source: Mapped[enums.ContactSource] = f.choice(_("Source"), enums.ContactSource, default=enums.ContactSource.VISIT)
    intention: Mapped[enums.Intention | None] = f.choice(_("Intention"), enums.Intention, default=None)
    intended_model_id: Mapped[int | None] = f.key(_("Intended model"), "machine_model")
    intended_model: Mapped[MachineModel | None] = f.link(intended_model_id)
    salesperson_id: Mapped[int] = f.key(_("Salesperson"), "employee")
    salesperson: Mapped[Employee] = f.link(salesperson_id)
    self_customer_id: Mapped[int | None] = f.key(_("As customer"), "customer", unique=True, index=False)
    self_customer: Mapped[Customer | None] = f.link(self_customer_id)
    next_follow_on: Mapped[date | None] = f.day(_("Next follow-up"), PLANNED)
    state: Mapped[enums.ContactState] = f.state(_("Status"), enums.ContactState)
    remark: Mapped[str | None] = f.note(_("Remark"))
    despite_twin = False  # said by whoever saves: the mobile is somebody else's as well, and that is right


class Customer(Record):
    """The party that signs contracts, buys machines and pays; every yuan is keyed to it."""

    title = _("Customer")
    prefix = "KH"
    attachment_kinds = (
        K.ID_CARD, K.LICENCE, K.HOUSEHOLD, K.MARRIAGE, K.PROPERTY, K.CREDIT_CONSENT, K.PAYMENT_SLIP, K.OTHER,
    )  # fmt: skip
    __table_args__ = (
        sa.CheckConstraint(
            "(kind = 'COMPANY' AND credit_code IS NOT NULL) OR (kind = 'PERSON' AND id_number IS NOT NULL)",
            name="identity",
        ),
    )
    number: Mapped[str] = f.text(_("Customer number"), 24, form="number", unique=True)
    name: Mapped[str] = f.text(_("Customer name"), 120, form="name", index=True)
    initials: Mapped[str] = f.text(_("Pinyin initials"), 120, form="initials", default="", index=True)
    kind: Mapped[enums.CustomerKind] = f.choice(_("Customer kind"), enums.CustomerKind)
    credit_code: Mapped[str | None] = f.text(
        _("Unified social credit code"), 18, form="code", unique=True, help=_("Companies only; 18 characters")
    )
    id_number: Mapped[str | None] = f.text(
        _("ID card number"), 18, form="code", unique=True, private="id", help=_("Individuals only; 18 characters")
    )
    legal_rep: Mapped[str | None] = f.text(_("Legal representative"), 50, form="name")
    mobile: Mapped[str] = f.text(_("Phone"), 20, form="phone", index=True, private="phone")
    province: Mapped[str | None] = f.text(_("Province"), 30)
    city: Mapped[str | None] = f.text(_("City"), 30)
    county: Mapped[str | None] = f.text(_("County"), 30)
    address: Mapped[str | None] = f.text(_("Address"), 200)
    level: Mapped[enums.CustomerLevel] = f.choice(
        _("Customer level"), enums.CustomerLevel, default=enums.CustomerLevel.B
    )
    industry: Mapped[enums.Industry] = f.choice(_("Industry"), enums.Industry, default=enums.Industry.EARTHWORK)
    is_channel: Mapped[bool] = f.flag(_("Channel partner"))
    invoice_title: Mapped[str | None] = f.text(_("Invoice title"), form="name")
    tax_number: Mapped[str | None] = f.text(_("Tax number"), 20, form="code")
    bank_name: Mapped[str | None] = f.text(_("Bank name"), form="name")
    bank_account: Mapped[str | None] = f.text(_("Bank account number"), 40, form="code", private="id")
    spouse_name: Mapped[str | None] = f.text(_("Spouse"), 50, form="name")
    spouse_id_number: Mapped[str | None] = f.text(_("Spouse's ID card number"), 18, form="code", private="id")
    price_level: Mapped[enums.PriceLevel] = f.choice(
        _("Price level"), enums.PriceLevel, default=enums.PriceLevel.RETAIL
    )
    salesperson_id: Mapped[int] = f.key(_("Salesperson"), "employee")
    salesperson: Mapped[Employee] = f.link(salesperson_id)
    next_follow_on: Mapped[date | None] = f.day(_("Next follow-up"), PLANNED)
    first_deal_on: Mapped[date | None] = f.day(_("First deal"), HAPPENED)
    state: Mapped[enums.CustomerState] = f.state(_("Status"), enums.CustomerState)
    remark: Mapped[str | None] = f.note(_("Remark"))
    despite_twin = False  # as with contacts
    typed_identity = None  # what a file says, until the kind of customer is known
    tags: Mapped[list[CustomerTag]] = relationship(
        back_populates="customer", viewonly=True, info={"label": _("Tags"), "kind": "lines"}
    )

    @hybrid_property
    def identity(self) -> str | None:
        """The number by which the law knows the customer: credit code or ID number."""
        return self.credit_code or self.id_number

    @identity.inplace.setter
    def _set_identity(self, value: str | None) -> None:
        self.typed_identity = value

    @identity.inplace.expression
    @classmethod
    def _identity(cls) -> Any:
        return sa.func.coalesce(cls.credit_code, cls.id_number)


class CustomerContact(Record):
    """Who talks for which customer, and where we know it from."""

    title = _("Customer and contact")
    __table_args__ = (
        sa.UniqueConstraint("customer_id", "contact_id"),
        sa.Index(
            "uq_customer_contact_primary",
            "customer_id",
            unique=True,
            sqlite_where=sa.text("is_primary"),
            postgresql_where=sa.text("is_primary"),
        ),
    )
    customer_id: Mapped[int] = f.key(_("Customer"), "customer", index=False)
    customer: Mapped[Customer] = f.link(customer_id)
    contact_id: Mapped[int] = f.key(_("Contact"), "contact")
    contact: Mapped[Contact] = f.link(contact_id)
    relation: Mapped[enums.Relation] = f.choice(_("Relation"), enums.Relation)
    is_primary: Mapped[bool] = f.flag(_("Main contact"))
    source: Mapped[enums.LinkSource] = f.choice(_("Link source"), enums.LinkSource)
    contract_id: Mapped[int | None] = f.key(_("Source contract"), "machine_contract")
    contract: Mapped[MachineContract | None] = f.link(contract_id)
    is_contract_cancelled: Mapped[bool] = f.flag(_("Contract cancelled"))

    def __str__(self) -> str:
        return f"{self.customer} – {self.contact}"


class Tag(Record):
    """Made and kept by the administrator; picked by salespeople."""

    title = _("Tag")
    name: Mapped[str] = f.text(_("Tag name"), 30, form="name", unique=True)
    group: Mapped[enums.TagGroup] = f.choice(_("Tag group"), enums.TagGroup)
    colour: Mapped[enums.TagColour] = f.choice(_("Colour"), enums.TagColour)
    sort: Mapped[int] = f.whole(_("Order"), default=0)
    is_enabled: Mapped[bool] = f.flag(_("Enabled"), default=True)


class CustomerTag(Entity):
    title = _("Tag of a customer")
    __table_args__ = (sa.UniqueConstraint("customer_id", "tag_id"),)
    customer_id: Mapped[int] = f.key(_("Customer"), "customer", index=False)
    customer: Mapped[Customer] = f.link(customer_id)
    tag_id: Mapped[int] = f.key(_("Tag"), "tag")
    tag: Mapped[Tag] = f.link(tag_id)
    picked_by_id: Mapped[int | None] = f.key(_("Picked by"), "employee", index=False)
    picked_by: Mapped[Employee | None] = f.link(picked_by_id)
    picked_at: Mapped[datetime] = f.moment(_("Picked at"), STAMPED, default=clock.now)

    def __str__(self) -> str:
        return f"{self.customer} – {self.tag}"


class OwnerTransfer(Entity):
    """移交, append-only: a contact or a customer went from one salesperson to another."""

    title = _("Customer hand-over")
    __table_args__ = (sa.CheckConstraint("(contact_id IS NULL) <> (customer_id IS NULL)", name="one"),)
    customer_id: Mapped[int | None] = f.key(_("Customer"), "customer")
    customer: Mapped[Customer | None] = f.link(customer_id)
    contact_id: Mapped[int | None] = f.key(_("Contact"), "contact")
    contact: Mapped[Contact | None] = f.link(contact_id)
    giver_id: Mapped[int] = f.key(_("From salesperson"), "employee")
    giver: Mapped[Employee] = f.link(giver_id)
    taker_id: Mapped[int] = f.key(_("To salesperson"), "employee")
    taker: Mapped[Employee] = f.link(taker_id)
    moved_on: Mapped[date] = f.day(_("Handed over on"), HAPPENED, default=clock.today)
    reason: Mapped[str] = f.note(_("Reason"), 500)
    papers: Mapped[int] = f.whole(_("Open papers that went along"), default=0)
    posted_by_id: Mapped[int | None] = f.key(_("Handed over by"), "employee", index=False)
    posted_by: Mapped[Employee | None] = f.link(posted_by_id)
    posted_at: Mapped[datetime] = f.moment(_("Handed over at"), STAMPED, default=clock.now)

    def __str__(self) -> str:
        return f"{self.customer or self.contact}"


class FollowUp(Record):
    """跟进记录: what was talked about with a contact or a customer, and when to come again."""

    title = _("Follow-up")
    attachment_kinds = (enums.AttachmentKind.SITE_PHOTO, enums.AttachmentKind.VISIT_RECORD, enums.AttachmentKind.OTHER)
    __table_args__ = (sa.CheckConstraint("contact_id IS NOT NULL OR customer_id IS NOT NULL", name="subject"),)
    customer_id: Mapped[int | None] = f.key(_("Customer"), "customer")
    customer: Mapped[Customer | None] = f.link(customer_id)
    contact_id: Mapped[int | None] = f.key(_("Contact"), "contact")
    contact: Mapped[Contact | None] = f.link(contact_id)
    way: Mapped[enums.FollowWay] = f.choice(_("Way"), enums.FollowWay)
    content: Mapped[str] = f.note(_("What was said"), 1000)
    next_on: Mapped[date | None] = f.day(_("Next follow-up"), PLANNED)
    location: Mapped[str | None] = f.text(_("Where"), 200)
    followed_at: Mapped[datetime] = f.moment(_("Followed up at"), HAPPENED, default=clock.now)

    def __str__(self) -> str:
        return f"{self.customer or self.contact} {self.followed_at:%Y-%m-%d}"
