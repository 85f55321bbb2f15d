"""外发消息: WAITING → SENDING → SENT; GIVEN_UP after the last attempt, UNSURE when a delivery never reported back.

Rows are written here, inside the transaction that causes them; app/outbox.py sends them once that is committed. What
leaves the house says which paper waits, never an amount: nobody knows who reads over a shoulder or in a group.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ... import clock
from ...actor import Actor
from ...database import db
from ...enums import ChannelKind, OutboxState
from ...errors import MissingData
from ...models import Entity, NoticeChannel, NoticePreference, Notification, OutboxMessage
from ..machine import Workflow

S = OutboxState
AMOUNT = re.compile(r"[-+]?\d[\d,]*\.\d{2}(?!\d)")
flow = Workflow(OutboxMessage)


@flow.transition(S.GIVEN_UP, S.UNSURE, to=S.WAITING, label=_("Send again"), icon="paper-plane", tone="primary")
def resend(message: OutboxMessage, by: Actor) -> None:
    """再发一次: by hand, by somebody who knows that it did not arrive; with all its attempts."""
    message.tries, message.next_try_at, message.error, message.claim = 0, clock.now(), None, None


@flow.transition(S.WAITING, S.GIVEN_UP, S.UNSURE, to=S.DISCARDED, label=_("Discard"), icon="ban", tone="danger")
def discard(message: OutboxMessage, by: Actor) -> None:
    """作罢: it is not to be sent any more."""


def discreet(text: str) -> str:
    """The text without amounts."""
    return AMOUNT.sub("***", text)


def announce(
    document: Entity, occasion: str, told: Mapping[int, Actor], notice: Notification, words: str | None = None
) -> None:
    """Put a notice that went to these people (by employee) into the channels that want it.

    occasion: what is told once for a document; without one every notice is an event of its own.
    words:    what a group reads, default that the document waits for somebody.
    """
    kind = type(document).__name__
    enabled = sa.select(NoticeChannel).where(NoticeChannel.is_enabled).order_by(NoticeChannel.id)
    channels = [c for c in db.session.scalars(enabled) if not c.kinds or kind in c.kinds.split(",")]
    if not channels:
        return
    db.session.flush()
    subject, happening = notice.subject, f"{kind}:{document.id}:{occasion}" if occasion else f"N{notice.id}"
    for channel in channels:
        roles = set(channel.roles.split(",")) - {""}
        readers = {i: a for i, a in told.items() if not roles or a.roles & roles}
        if channel.kind is ChannelKind.MAIL:
            for employee_id, mail in _wanted_by_mail(kind, list(readers)):
                _put(channel, mail, subject, subject, f"{channel.id}:{happening}:{employee_id}")
        elif readers:
            said = words or gettext(
                "%(kind)s %(document)s waits for somebody of you; please log in to look",
                kind=str(document.title),
                document=str(document),
            )
            _put(channel, None, said, said, f"{channel.id}:{happening}:group")


def _wanted_by_mail(kind: str, employees: list[int]) -> list[tuple[int, str]]:
    """(employee, address) of those who want this kind by mail."""
    wishes = sa.select(NoticePreference).where(
        NoticePreference.employee_id.in_(employees), NoticePreference.mail.is_not(None)
    )
    found = db.session.scalars(wishes.order_by(NoticePreference.employee_id))
    return [(w.employee_id, w.mail) for w in found if w.mail and kind in w.kinds.split(",")]


def _put(channel: NoticeChannel, to: str | None, subject: str, body: str, key: str) -> None:
    """One message, unless the same was put before."""
    if db.session.scalar(sa.select(OutboxMessage.id).where(OutboxMessage.dedupe_key == key)) is None:
        words: dict[str, Any] = {"subject": discreet(subject)[:200], "body": discreet(body)[:1000]}
        db.session.add(OutboxMessage(channel_id=channel.id, to=to, dedupe_key=key, **words))
        db.session.flush()


def prefer(employee_id: int, mail: str, kinds: list[str]) -> NoticePreference:
    """Which kinds of notices a person wants by mail as well. Raises MissingData for what is no mail address."""
    if (kinds or mail) and not is_mail(mail):
        raise MissingData(gettext("Please give the mail address it goes to"), field="mail")
    found = db.session.scalars(sa.select(NoticePreference).where(NoticePreference.employee_id == employee_id))
    wish = found.one_or_none() or NoticePreference(employee_id=employee_id)
    wish.mail, wish.kinds = mail.strip() or None, ",".join(kinds)
    db.session.add(wish)
    db.session.flush()
    return wish


def is_mail(text: str | None) -> bool:
    """Whether a text can be a mail address."""
    name, at, host = (text or "").strip().partition("@")
    return bool(name and at and "." in host) and not any(c.isspace() or c in ',;<>"&?#' for c in (text or "").strip())
