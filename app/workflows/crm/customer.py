"""客户: who signs and pays. DRAFT until the first approved contract, then ACTIVE; FROZEN and DISABLED do not trade.

A blacklisted customer keeps his state and does not trade either. What is owed goes on in every case.
Sales manager and general manager freeze, disable and blacklist; finance freezes.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ...actor import Actor
from ...database import db
from ...enums import TRADING_CUSTOMERS, CustomerKind, CustomerLevel, CustomerState, FollowWay
from ...errors import AlreadyThere, MissingData, WrongState, refuse
from ...formulas.pinyin import initials
from ...models import Contact, Customer, Employee
from ...numbering import next_code
from .. import checks
from ..machine import Workflow
from ..system import notice
from . import followup, handover, same_person, twins

S = CustomerState
KNOWN = (S.DRAFT, S.ACTIVE)
flow = Workflow(Customer)


@flow.before_save
def prepare(customer: Customer) -> None:
    """What one customer by himself can be wrong about, then whether somebody has him already; a number on birth."""
    normalise(customer)
    twins.refuse_second(customer, "credit_code")
    twins.refuse_second(customer, "id_number")
    twins.doubt_mobile(customer)
    customer.number = customer.number or next_code(db.session(), Customer.prefix)


@flow.before_save_of_many
def normalise(customer: Customer) -> None:
    """A company has a credit code, an individual an ID number; numbers in normal form; initials for typing."""
    checks.strip_texts(customer)
    _keep_blacklist(customer)
    handover.keep_owner(customer)
    if customer.typed_identity:
        setattr(
            customer, "credit_code" if customer.kind is CustomerKind.COMPANY else "id_number", customer.typed_identity
        )
    checks.phone(customer, "mobile", required=True)
    checks.id_card(customer)
    checks.credit_code(customer)
    checks.id_card(customer, "spouse_id_number")
    if customer.kind is CustomerKind.COMPANY and not customer.credit_code:
        refuse(MissingData(gettext("A company needs its unified social credit code"), field="credit_code"))
    if customer.kind is CustomerKind.PERSON and not customer.id_number:
        refuse(MissingData(gettext("An individual needs an ID card number"), field="id_number"))
    customer.initials = initials(customer.name)


def _keep_blacklist(customer: Customer) -> None:
    """Nobody edits himself onto the blacklist or off it."""
    old: Any = sa.inspect(customer).attrs.level.history.deleted
    if customer.id is not None and CustomerLevel.BLACK in (old or ()):
        customer.level = CustomerLevel.BLACK
    elif customer.level is CustomerLevel.BLACK and (customer.id is None or old):
        refuse(WrongState(gettext("Use “Blacklist”, with a reason"), field="level"))


def trouble(customer: Customer) -> CustomerLevel | CustomerState | None:
    """Why no business is done with this customer, as the word to show; None when all is well."""
    if customer.level is CustomerLevel.BLACK:
        return customer.level
    return None if customer.state in TRADING_CUSTOMERS else customer.state


def check_trading(customer: Customer) -> None:
    """Raises MissingData when no business may be done with this customer."""
    word = trouble(customer)
    if word is not None:
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


@flow.transition(to=None, label=_("Follow up"), icon="comment-dots", tone="primary")
def follow(
    customer: Customer,
    by: Actor,
    *,
    way: FollowWay,
    content: str,
    next_on: date | None = None,
    location: str | None = None,
) -> None:
    """记跟进: what was said, and when to come again."""
    followup.note_down(customer=customer, way=way, content=content, next_on=next_on, location=location)


@flow.transition(
    to=None,
    label=_("Take over to the other card"),
    icon="rotate",
    confirm=_("Write name and mobile of this card to the other card?"),
)
def sync(customer: Customer, by: Actor) -> None:
    """同步: name and mobile of this card go to the contact who is the same person."""
    same_person.copy(customer, by)


@flow.transition(to=None, label=_("Hand over"), icon="people-arrows")
def hand_over(customer: Customer, by: Actor, *, taker: Employee, reason: str, with_contacts: bool = True) -> None:
    """移交: another salesperson takes over the customer, his open papers and, if wanted, his contacts."""
    handover.give(customer, taker, reason, by, with_contacts=with_contacts)


@flow.transition(S.DRAFT, S.ACTIVE, to=S.FROZEN, label=_("Freeze"), icon="snowflake", tone="danger")
def freeze(customer: Customer, by: Actor, *, reason: str) -> None:
    """冻结: no new business until somebody lifts it; existing debts and papers go on."""


@flow.transition(S.FROZEN, to=KNOWN, label=_("Unfreeze"), icon="sun")
def unfreeze(customer: Customer, by: Actor, *, reason: str) -> CustomerState:
    """解冻: as it was before."""
    return _as_before(customer)


@flow.transition(S.DRAFT, S.ACTIVE, S.FROZEN, to=S.DISABLED, label=_("Disable"), icon="ban", tone="danger")
def disable(customer: Customer, by: Actor, *, reason: str) -> None:
    """停用: the company is gone or was entered twice; history stays."""


@flow.transition(S.DISABLED, to=KNOWN, label=_("Enable"), icon="circle-check")
def enable(customer: Customer, by: Actor, *, reason: str) -> CustomerState:
    """启用: as it was before."""
    return _as_before(customer)


@flow.transition(to=None, label=_("Blacklist"), icon="skull-crossbones", tone="danger")
def blacklist(customer: Customer, by: Actor, *, reason: str) -> None:
    """列入黑名单: no new business with him, whatever his state; his salesperson is told."""
    if customer.level is CustomerLevel.BLACK:
        raise AlreadyThere(gettext("%(name)s is on the blacklist already", name=customer.name))
    customer.level = CustomerLevel.BLACK
    notice.tell(
        [customer.salesperson],
        gettext("%(customer)s was put on the blacklist: %(reason)s", customer=customer.name, reason=reason),
        customer,
    )


@flow.transition(to=None, label=_("Take off the blacklist"), icon="person-walking-arrow-right")
def pardon(customer: Customer, by: Actor, *, reason: str) -> None:
    """移出黑名单: he starts again at the lowest level."""
    if customer.level is not CustomerLevel.BLACK:
        raise AlreadyThere(gettext("%(name)s is not on the blacklist", name=customer.name))
    customer.level = CustomerLevel.C


def _as_before(customer: Customer) -> CustomerState:
    return S.ACTIVE if customer.first_deal_on else S.DRAFT
