"""Messages leave the house: claimed one by one, sent outside any transaction, and what became of them is written down.

Several workers may do this at once: a claim is one conditional UPDATE. A worker that dies between sending and writing
it down leaves a message of which nobody knows whether it arrived; it is shown as that and not sent a second time.
"""

from __future__ import annotations

import logging
import re
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlsplit

import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext

from . import clock
from .actor import SYSTEM, acting_as
from .database import changed_rows, db
from .enums import ChannelKind, OutboxState
from .models import NoticeChannel, OutboxMessage
from .unit_of_work import together

S = OutboxState
MESSAGE, CHANNEL = OutboxMessage.__table__, NoticeChannel.__table__
PAUSES = tuple(timedelta(minutes=n) for n in (1, 5, 15, 60, 240))  # between attempts; after the last it is given up
STALE = timedelta(minutes=5)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Delivery:
    """A message that this worker alone is sending now."""

    id: int
    claim: str
    tries: int
    kind: ChannelKind
    address: str
    to: str | None
    subject: str
    body: str


def send_next() -> bool:
    """Send the oldest message that is due; False when there was none."""
    delivery = _claim()
    if delivery is None:
        return False
    fault = _deliver(delivery)
    values: dict[str, Any] = {"state": S.SENT, "sent_at": clock.now(), "error": None}
    if fault is not None:
        is_last = delivery.tries > len(PAUSES)
        pause = timedelta() if is_last else PAUSES[delivery.tries - 1]
        values = {"state": S.GIVEN_UP if is_last else S.WAITING, "next_try_at": clock.now() + pause, "error": fault}
    ended = (
        sa.update(MESSAGE)
        .where(MESSAGE.c.id == delivery.id, MESSAGE.c.claim == delivery.claim, MESSAGE.c.state == S.SENDING)
        .values(claim=None, version=MESSAGE.c.version + 1, **values)
    )
    with acting_as(SYSTEM):
        together(lambda: changed_rows(ended), entity=OutboxMessage)
    db.session.remove()
    return True


def _claim() -> Delivery | None:
    """The oldest message that is due, if this worker is the first to take it."""
    db.session.rollback()
    now = clock.now()
    due = (MESSAGE.c.state == S.WAITING, MESSAGE.c.next_try_at <= now)
    open_ = sa.or_(CHANNEL.c.is_enabled, MESSAGE.c.is_trial)
    waiting = sa.select(MESSAGE, CHANNEL.c.kind, CHANNEL.c.address).join(CHANNEL, CHANNEL.c.id == MESSAGE.c.channel_id)
    for row in db.session.execute(waiting.where(*due, open_).order_by(MESSAGE.c.id).limit(5)).all():
        claim = uuid.uuid4().hex
        taken = (
            sa.update(MESSAGE)
            .where(MESSAGE.c.id == row.id, *due)
            .values(
                state=S.SENDING, claim=claim, claimed_at=now, tries=MESSAGE.c.tries + 1, version=MESSAGE.c.version + 1
            )
        )
        won = changed_rows(taken) == 1
        db.session.commit()
        if won:
            return Delivery(row.id, claim, row.tries + 1, row.kind, row.address or "", row.to, row.subject, row.body)
    return None


def _deliver(delivery: Delivery) -> str | None:
    """Hand the message over; None when it was taken, else a sentence about what went wrong, without keys."""
    import apprise  # 5 MB, for houses that switched a channel on

    address = delivery.address
    if delivery.kind is ChannelKind.MAIL:
        address += ("&" if "?" in address else "?") + f"to={quote(delivery.to or '')}"
    service = apprise.Apprise.instantiate(address)
    if service is None:
        return gettext("The address of the channel cannot be read")
    allowed = current_app.config["NOTICE_HOSTS"]
    if allowed is not None and host_of(service) not in allowed:
        return gettext("Messages may not go to this host (NOTICE_HOSTS)")
    sender = apprise.Apprise()
    sender.add(service)
    with apprise.LogCapture(level=logging.WARNING) as told:
        try:
            if sender.notify(title=delivery.subject, body=delivery.body):
                return None
            words = told.getvalue() if told is not None else ""
        except Exception as fault:
            words = type(fault).__name__
    log.warning("message %s was not taken", delivery.id)
    code = re.search(r"error=(\d+)", words)
    if code is not None:
        return gettext("The other side refused it (%(code)s)", code=code[1])
    return gettext("The other side did not answer or did not understand")


def host_of(service: Any) -> str:
    """The host a service is reached at, whether it is its own or the one in the address."""
    fixed = urlsplit(getattr(service, "notify_url", None) or "").hostname
    return fixed or getattr(service, "smtp_host", None) or getattr(service, "host", None) or ""


def reap() -> int:
    """Deliveries that never reported back; gives how many."""
    lost = (
        sa.update(MESSAGE)
        .where(MESSAGE.c.state == S.SENDING, MESSAGE.c.claimed_at < clock.now() - STALE)
        .values(state=S.UNSURE, claim=None, version=MESSAGE.c.version + 1,
                error=gettext("The work was interrupted while sending; nobody knows whether it arrived"))
    )  # fmt: skip
    with acting_as(SYSTEM):
        return together(lambda: changed_rows(lost), entity=OutboxMessage)
