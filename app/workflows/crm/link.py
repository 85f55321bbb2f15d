"""客户联系人关联: which contact talks for which customer; by hand, by an approved contract, or as the same person."""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ...actor import Actor
from ...database import db
from ...enums import LinkSource, Relation
from ...errors import AlreadyThere
from ...models import Contact, Customer, CustomerContact, MachineContract
from ..machine import Workflow

flow = Workflow(CustomerContact)


@flow.before_save
def prepare(link: CustomerContact) -> None:
    """By hand: one link per pair, one main contact per customer."""
    link.source = link.source or LinkSource.MANUAL
    customer_id = link.customer_id or link.customer.id
    contact_id = link.contact_id or link.contact.id
    others = db.session.scalars(
        sa.select(CustomerContact).where(
            CustomerContact.customer_id == customer_id, CustomerContact.id != (link.id or 0)
        )
    ).all()
    if any(o.contact_id == contact_id for o in others):
        raise AlreadyThere(gettext("This contact is already linked with this customer"), field="contact")
    if link.is_primary and any(o.is_primary for o in others):
        raise AlreadyThere(gettext("The customer already has a main contact"), field="is_primary")


@flow.transition(to=None, label=_("Unlink"), icon="unlink", tone="danger", confirm=_("Take this link away?"))
def unlink(link: CustomerContact, by: Actor) -> None:
    """解除: the link goes, the audit log keeps it. A person cannot be unlinked from himself."""
    if link.source is LinkSource.SELF:
        raise AlreadyThere(gettext("Contact and customer are the same person; this link stays"))
    db.session.delete(link)


def join(
    customer: Customer,
    contact: Contact,
    relation: Relation,
    source: LinkSource,
    contract: MachineContract | None = None,
) -> CustomerContact:
    """The link of the pair; made if it is not there yet, otherwise left as it is."""
    found = db.session.scalars(
        sa.select(CustomerContact).where(
            CustomerContact.customer_id == customer.id, CustomerContact.contact_id == contact.id
        )
    ).one_or_none()
    if found is None:
        found = CustomerContact(
            customer=customer,
            contact=contact,
            relation=relation,
            source=source,
            contract_id=contract.id if contract else None,
        )
        db.session.add(found)
        db.session.flush()
    return found
