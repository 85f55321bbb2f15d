"""客户: who signs and pays. DRAFT until the first approved contract, then ACTIVE; FROZEN and DISABLED do not trade."""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ...actor import Actor
from ...database import db
from ...enums import TRADING_CUSTOMERS, CustomerKind, CustomerLevel
from ...errors import AlreadyThere, MissingData
from ...formulas.pinyin import initials
from ...models import Contact, Customer
from ...numbering import next_code
from .. import checks
from ..machine import Workflow
from ..system import notice

flow = Workflow(Customer)


@flow.before_save
def prepare(customer: Customer) -> None:
    """A company has a credit code, an individual an ID number; both are checked and unique; initials for typing."""
    checks.strip_texts(customer)
    checks.phone(customer, "mobile", required=True)
    checks.id_card(customer)
    checks.credit_code(customer)
    checks.id_card(customer, "spouse_id_number")
    if customer.kind is CustomerKind.COMPANY and not customer.credit_code:
        raise MissingData(gettext("A company needs its unified social credit code"), field="credit_code")
    if customer.kind is CustomerKind.PERSON and not customer.id_number:
        raise MissingData(gettext("An individual needs an ID card number"), field="id_number")
    _refuse_second(customer, "credit_code")
    _refuse_second(customer, "id_number")
    customer.initials = initials(customer.name)
    customer.number = customer.number or next_code(db.session(), Customer.prefix)


def _refuse_second(customer: Customer, name: str) -> None:
    value = getattr(customer, name)
    if not value:
        return
    column = getattr(Customer, name)
    other = db.session.scalars(sa.select(Customer).where(column == value, Customer.id != (customer.id or 0))).first()
    if other is not None:
        raise AlreadyThere(
            gettext(
                "%(label)s is already registered for customer %(number)s, salesperson %(salesperson)s",
                label=str(column.info["label"]),
                number=other.number,
                salesperson=str(other.salesperson),
            ),
            field=name,
        )


def check_trading(customer: Customer) -> None:
    """Raises MissingData when no business may be done with this customer."""
    if customer.state not in TRADING_CUSTOMERS or customer.level is CustomerLevel.BLACK:
        word = customer.level if customer.level is CustomerLevel.BLACK else customer.state
        raise MissingData(
            gettext(
                "Customer %(name)s is “%(state)s”; no business is done with it", name=customer.name, state=str(word)
            ),
            field="customer",
        )


@flow.transition(to=None, label=_("Propose a contact"), icon="handshake")
def propose_link(customer: Customer, by: Actor, *, contact: Contact, note: str | None = None) -> None:
    """A salesperson proposes whom to link; the clerks get a notice and do it."""
    notice.tell(
        notice.in_role("clerk"),
        gettext(
            "%(name)s proposes to link contact %(contact)s with customer %(customer)s",
            name=by.name,
            contact=contact.name,
            customer=customer.name,
        ),
        customer,
    )
