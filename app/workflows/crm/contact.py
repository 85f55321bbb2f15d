"""联系人: who talks business with a salesperson. ACTIVE → INVALID. May become a customer as the same person."""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ...actor import Actor
from ...database import db
from ...enums import ContactState, CustomerKind, CustomerState, LinkSource, Relation
from ...errors import AlreadyThere, MissingData
from ...formulas.pinyin import initials
from ...models import Contact, Customer
from ...numbering import next_code
from .. import checks, machine
from ..machine import Workflow
from . import customer as customers
from . import link

flow = Workflow(Contact, editable=frozenset({ContactState.ACTIVE}))


@flow.before_save
def prepare(contact: Contact) -> None:
    """Numbers in normal form; initials for typing; a contact number on birth."""
    checks.strip_texts(contact)
    checks.mobile(contact)
    checks.phone(contact, "phone2")
    checks.id_card(contact)
    contact.initials = initials(contact.name)
    contact.number = contact.number or next_code(db.session(), Contact.prefix)


@flow.transition(ContactState.ACTIVE, to=None, label=_("Make a customer"), icon="user-check")
def convert(contact: Contact, by: Actor, *, id_number: str | None = None) -> None:
    """转为客户: the same person becomes a customer, or is found to be one already (ID number, then mobile).

    Gives:  the contact and an individual customer linked as 本人; from then on both cards say 联系人+客户.
    Raises: AlreadyThere when the contact is a customer already; MissingData without an ID number.
    Source: brief S5.
    """
    if contact.self_customer is not None:
        raise AlreadyThere(
            gettext("%(name)s is already customer %(number)s", name=contact.name, number=contact.self_customer.number)
        )
    if id_number:
        contact.id_number = id_number
        checks.id_card(contact)
    if not contact.id_number:
        raise MissingData(gettext("An individual customer needs an ID card number"), field="id_number")
    found = _same_person(contact)
    if found is None:
        found = _new_customer(contact)
    elif (
        other := db.session.scalars(sa.select(Contact).where(Contact.self_customer_id == found.id)).first()
    ) is not None:
        raise AlreadyThere(
            gettext("Customer %(number)s already belongs to contact %(other)s", number=found.number, other=other.name)
        )
    contact.self_customer_id = found.id
    link.join(found, contact, Relation.SELF, LinkSource.SELF)


@flow.transition(ContactState.ACTIVE, to=ContactState.INVALID, label=_("Invalidate"), icon="ban", tone="danger")
def invalidate(contact: Contact, by: Actor, *, reason: str) -> None:
    """The number is dead or the person gone; history stays."""


def _same_person(contact: Contact) -> Customer | None:
    """The individual with the same ID number. Same name and mobile with another number is a typing error of somebody."""
    people = sa.select(Customer).where(Customer.kind == CustomerKind.PERSON)
    found = db.session.scalars(people.where(Customer.id_number == contact.id_number)).first()
    if found is not None:
        return found
    twin = db.session.scalars(people.where(Customer.mobile == contact.mobile, Customer.name == contact.name)).first()
    if twin is not None:
        raise AlreadyThere(
            gettext(
                "Customer %(number)s has the same name and mobile but another ID card number; please check which is right",
                number=twin.number,
            ),
            field="id_number",
        )
    return None


def _new_customer(contact: Contact) -> Customer:
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
    customers.prepare(customer)
    db.session.add(customer)
    db.session.flush()
    machine.record(customer, "create", None, customer.state)
    return customer
