"""联系人: who talks business with a salesperson. ACTIVE ⇄ INVALID. May become a customer as the same person."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ...actor import Actor
from ...database import db
from ...enums import ContactState, CustomerKind, CustomerState, FollowWay, LinkSource, Relation
from ...errors import AlreadyThere
from ...formulas.pinyin import initials
from ...models import Contact, Customer, Employee
from ...numbering import next_code
from .. import checks, machine
from ..machine import Workflow
from . import customer as customers
from . import followup, handover, link, same_person, twins

flow = Workflow(Contact, editable=frozenset({ContactState.ACTIVE}))


@flow.before_save
def prepare(contact: Contact) -> None:
    """What one contact by himself can be wrong about, then whether somebody has him already; a number on birth."""
    normalise(contact)
    twins.refuse_second(contact, "id_number")
    twins.doubt_mobile(contact)
    contact.number = contact.number or next_code(db.session(), Contact.prefix)


@flow.before_save_of_many
def normalise(contact: Contact) -> None:
    """Numbers in normal form; initials for typing."""
    checks.strip_texts(contact)
    handover.keep_owner(contact)
    checks.mobile(contact)
    checks.phone(contact, "phone2")
    checks.id_card(contact)
    contact.initials = initials(contact.name)


@flow.transition(ContactState.ACTIVE, to=None, label=_("Make a customer"), icon="user-check")
def convert(
    contact: Contact,
    by: Actor,
    *,
    id_number: str | None = None,
    same_person: bool = False,
    despite_twin: bool = False,
) -> None:
    """转为客户: the same person becomes a customer, or is found to be one already (ID number, then mobile).

    Gives:  the contact and an individual customer linked as 本人; from then on both cards say 联系人+客户.
    Raises: AlreadyThere when the contact is a customer already; MissingData without an ID number; Doubtful where
            only the mobile fits and nobody has said that it is the same person.
    Source: brief S5.
    """
    if contact.self_customer is not None:
        raise AlreadyThere(
            gettext("%(name)s is already customer %(number)s", name=contact.name, number=contact.self_customer.number)
        )
    if id_number:
        contact.id_number = id_number
        checks.id_card(contact)
        twins.refuse_second(contact, "id_number")
    found = _customer_of(contact, same_person, despite_twin)
    contact.self_customer_id = found.id
    link.join(found, contact, Relation.SELF, LinkSource.SELF)


def _customer_of(contact: Contact, is_same: bool, despite_twin: bool) -> Customer:
    """The individual customer who is this contact, found or made."""
    found = same_person.find(contact, same_person=is_same, despite_twin=despite_twin)
    if found is None:
        return _new_customer(contact)
    holder = db.session.scalars(sa.select(Contact).where(Contact.self_customer_id == found.id)).first()
    if holder is not None:
        raise AlreadyThere(
            gettext("Customer %(number)s already belongs to contact %(other)s", number=found.number, other=holder.name)
        )
    return found


def _new_customer(contact: Contact) -> Customer:
    """A new individual customer with what the contact's card says."""
    customer = Customer(
        name=contact.name,
        kind=CustomerKind.PERSON,
        id_number=contact.id_number,
        mobile=contact.mobile,
        province=contact.province,
        city=contact.city,
        county=contact.county,
        address=contact.address,
        salesperson_id=contact.salesperson_id,
        state=CustomerState.DRAFT,
    )
    customer.despite_twin = True  # asked for above
    customers.prepare(customer)
    machine.begin(customer)
    return customer


@flow.transition(ContactState.ACTIVE, to=ContactState.INVALID, label=_("Invalidate"), icon="ban", tone="danger")
def invalidate(contact: Contact, by: Actor, *, reason: str) -> None:
    """The number is dead or the person gone; history stays, nobody has to follow him up."""
    contact.next_follow_on = None


@flow.transition(ContactState.INVALID, to=ContactState.ACTIVE, label=_("Valid again"), icon="rotate-left")
def revive(contact: Contact, by: Actor, *, reason: str) -> None:
    """恢复有效: he was declared invalid by mistake, or is back."""
    twins.refuse_second(contact, "id_number")


@flow.transition(ContactState.ACTIVE, to=None, label=_("Follow up"), icon="comment-dots", tone="primary")
def follow(
    contact: Contact,
    by: Actor,
    *,
    way: FollowWay,
    content: str,
    next_on: date | None = None,
    location: str | None = None,
) -> None:
    """记跟进: what was said, and when to come again."""
    followup.note_down(contact=contact, way=way, content=content, next_on=next_on, location=location)


@flow.transition(
    ContactState.ACTIVE,
    to=None,
    label=_("Take over to the other card"),
    icon="rotate",
    confirm=_("Write name and mobile of this card to the other card?"),
)
def sync(contact: Contact, by: Actor) -> None:
    """同步: name and mobile of this card go to the customer who is the same person."""
    same_person.copy(contact, by)


@flow.transition(to=None, label=_("Hand over"), icon="people-arrows")
def hand_over(contact: Contact, by: Actor, *, taker: Employee, reason: str) -> None:
    """移交: another salesperson talks to him from now on."""
    handover.give(contact, taker, reason, by)
