"""双重身份: a contact who is a customer as well. Both cards say so; a new name or mobile on one is offered to the other."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask_babel import gettext

from ... import scope
from ...actor import Actor
from ...database import db
from ...enums import ContactState, CustomerKind
from ...errors import AlreadyThere, Doubtful, MissingData, WrongState
from ...formulas.pinyin import initials
from ...models import Contact, Customer
from .. import checks, machine
from . import twins

SHARED = ("name", "mobile")


def find(contact: Contact, *, same_person: bool, despite_twin: bool) -> Customer | None:
    """The individual who is this contact: by ID number, else by mobile if whoever asks says that it is he.

    Raises: AlreadyThere for the same name and mobile with another ID number, which is a typing error of somebody;
            Doubtful where only the mobile fits; MissingData where nothing tells who he is.
    """
    people = sa.select(Customer).where(Customer.kind == CustomerKind.PERSON)
    if contact.id_number:
        found = db.session.scalars(people.where(Customer.id_number == contact.id_number)).first()
        if found is not None:
            return found
    twin = db.session.scalars(people.where(Customer.mobile == contact.mobile).order_by(Customer.id)).first()
    if twin is None and not contact.id_number:
        raise MissingData(gettext("An individual customer needs an ID card number"), field="id_number")
    if twin is None:
        return None
    if not contact.id_number:
        if not same_person:
            raise Doubtful(
                gettext("%(twin)s has the same mobile; tick if he is the same person, else enter the ID card number",
                        twin=twins.told(twin)),
                field="same_person",
            )  # fmt: skip
        return twin
    if twin.name == contact.name:
        raise AlreadyThere(
            gettext(
                "Customer %(number)s has the same name and mobile but another ID card number; please check which is right",
                number=twin.number,
            ),
            field="id_number",
        )
    if not despite_twin:
        raise Doubtful(twins.shared(twin), field="despite_twin")
    return None


def other(row: Any) -> Any:
    """The card of the same person on the other side, or None."""
    if isinstance(row, Contact):
        return row.self_customer
    return db.session.scalars(sa.select(Contact).where(Contact.self_customer_id == row.id)).first()


def differences(row: Any, twin: Any) -> list[str]:
    """The shared columns in which the two cards differ."""
    return [name for name in SHARED if getattr(row, name) != getattr(twin, name)]


def may_write(by: Actor, twin: Any) -> bool:
    """Whether this person works with the other card as well."""
    return by.may("edit", type(twin).__name__) and scope.reaches(by, twin, "edit")


def copy(row: Any, by: Actor) -> None:
    """Name and mobile of this card go to the other card.

    Raises: AlreadyThere when there is nothing to copy; WrongState when the other card is a colleague's.
    """
    twin = other(row)
    if twin is None or not differences(row, twin):
        raise AlreadyThere(gettext("Both cards say the same"))
    if not may_write(by, twin) or (isinstance(twin, Contact) and twin.state is not ContactState.ACTIVE):
        raise WrongState(gettext("The other card belongs to %(name)s; please ask there", name=twin.salesperson.name))
    twin = machine.lock(type(twin), twin.id)
    twin.name, twin.mobile = row.name, row.mobile
    checks.mobile(twin) if isinstance(twin, Contact) else checks.phone(twin, "mobile", required=True)
    twin.initials = initials(twin.name)
