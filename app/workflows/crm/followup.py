"""跟进记录: written once, by whoever talked; taken away by him on the same day, later by his manager. The plan (when to come again) stands on the card of the customer or contact."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext

from ... import actor as acting
from ... import clock
from ...database import db
from ...enums import ContactState, FollowWay
from ...errors import MissingData, WrongAmount, WrongState
from ...models import Contact, Customer, FollowUp
from ...roles import Rows
from .. import checks, machine
from ..machine import Workflow

flow = Workflow(FollowUp)


@flow.before_save
def prepare(follow: FollowUp) -> None:
    """About somebody, in words, not in the future; the next date not in the past."""
    checks.strip_texts(follow)
    contact = checks.referred(follow, "contact")
    if contact is None and follow.customer is None and follow.customer_id is None:
        raise MissingData(gettext("Please choose the customer or the contact"), field="customer")
    if contact is not None and contact.state is not ContactState.ACTIVE:
        raise WrongState(gettext("%(name)s is no longer valid", name=contact.name), field="contact")
    if not follow.content:
        raise MissingData(gettext("Please write what was said"), field="content")
    if follow.followed_at is not None and follow.followed_at > clock.now():
        raise WrongAmount(gettext("This lies in the future"), field="followed_at")
    if follow.next_on is not None and follow.next_on < clock.today():
        raise WrongAmount(gettext("The next follow-up lies in the past"), field="next_on")


@flow.after_create
def plan(follow: FollowUp) -> None:
    """The next date goes to the card: the customer's where there is one; a contact who was seen waits no longer."""
    if follow.customer_id is not None:
        machine.lock(Customer, follow.customer_id).next_follow_on = follow.next_on
    if follow.contact_id is not None:
        contact = machine.lock(Contact, follow.contact_id)
        contact.next_follow_on = follow.next_on if follow.customer_id is None else None


@flow.before_remove
def take_back(follow: FollowUp) -> None:
    """The plan is again what the talk before it said. Raises WrongState for the author from the next day on."""
    by = acting.current()
    if by.rows("FollowUp", "delete") == {Rows.OWN} and follow.created_at.date() != clock.today():
        raise WrongState(gettext("From the next day on only your manager can delete this"))
    before = sa.select(FollowUp).where(FollowUp.id != follow.id)
    if follow.customer_id is not None:
        before = before.where(FollowUp.customer_id == follow.customer_id)
        card: Any = machine.lock(Customer, follow.customer_id)
    else:
        before = before.where(FollowUp.contact_id == follow.contact_id, FollowUp.customer_id.is_(None))
        card = machine.lock(Contact, follow.contact_id or 0)
    last = db.session.scalars(before.order_by(FollowUp.followed_at.desc(), FollowUp.id.desc()).limit(1)).first()
    if card.next_follow_on == follow.next_on:
        card.next_follow_on = last.next_on if last is not None else None


def note_down(
    *,
    contact: Contact | None = None,
    customer: Customer | None = None,
    way: FollowWay,
    content: str,
    next_on: date | None = None,
    location: str | None = None,
) -> FollowUp:
    """A record from a verb of the card, which is locked already."""
    about: Any = {"contact": contact, "customer": customer}
    follow = FollowUp(**about, way=way, content=content, next_on=next_on, location=location, followed_at=clock.now())
    prepare(follow)
    db.session.add(follow)
    db.session.flush()
    plan(follow)
    return follow
