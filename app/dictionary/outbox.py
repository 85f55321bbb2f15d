"""11 系统: messages that leave the house: through which channel, for whom, what became of each."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
import sqlalchemy.orm
from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext as _p
from sqlalchemy.orm import Mapped

from .. import clock, enums
from .. import fields as f
from ..formulas.windows import STAMPED
from .base import Record

if TYPE_CHECKING:
    from .organisation import Employee


class NoticeChannel(Record):
    """外发渠道: a mail server or a group robot; off until the administrator switches it on.

    address: where messages go, keys included; it is typed in once and never shown again.
    roles, kinds: codes, joined by commas; empty means every role, every kind of document.
    """

    title = _("Notice channel")
    name: Mapped[str] = f.text(_("Channel name"), 40, unique=True)
    kind: Mapped[enums.ChannelKind] = f.choice(_("Kind of channel"), enums.ChannelKind)
    address: Mapped[str | None] = f.text(_("Secret address"), 500, secret="code")
    address_hint: Mapped[str | None] = f.text(_("Channel address"), 160)
    roles: Mapped[str] = f.text(_("For roles"), 300, default="")
    kinds: Mapped[str] = f.note(_("For kinds"), 2000, default="")
    is_enabled: Mapped[bool] = f.flag(_("Switched on"))


class NoticePreference(Record):
    """外发偏好: which kinds of notices a person wants by mail as well, and where to."""

    title = _("Notice preference")
    employee_id: Mapped[int] = f.key(_("Employee"), "employee", unique=True, index=False)
    employee: Mapped[Employee] = f.link(employee_id)
    mail: Mapped[str | None] = f.text(_("Mail address"), 120)
    kinds: Mapped[str] = f.note(_("Kinds sent by mail"), 2000, default="")


class OutboxMessage(Record):
    """外发消息: written in the transaction of the event, sent after it by a worker, once.

    claim: whose delivery it is; one that never reported back is UNSURE and not sent again by itself.
    """

    title = _("Outgoing message")
    __table_args__ = (sa.UniqueConstraint("dedupe_key"),)
    channel_id: Mapped[int] = f.key(_("Channel of the message"), "notice_channel")
    channel: Mapped[NoticeChannel] = f.link(channel_id)
    to: Mapped[str | None] = f.text(_("Recipient"), 120)
    subject: Mapped[str] = f.text(_p("message", "Subject"), 200)
    body: Mapped[str] = f.note(_("Text"), 1000)
    is_trial: Mapped[bool] = f.flag(_("Trial"))
    state: Mapped[enums.OutboxState] = f.state(_("Status"), enums.OutboxState)
    tries: Mapped[int] = f.whole(_("Attempts"), default=0)
    next_try_at: Mapped[datetime] = f.moment(_("Next attempt"), STAMPED, default=clock.now)
    claim: Mapped[str | None] = f.text(_("Claim"), 32, secret="code")
    claimed_at: Mapped[datetime | None] = f.moment(_("Last attempt"), STAMPED)
    sent_at: Mapped[datetime | None] = f.moment(_("Sent at"), STAMPED)
    error: Mapped[str | None] = f.note(_("What went wrong"), 500)
    dedupe_key: Mapped[str | None] = f.text(_("Sent once under"), 160, secret="code")

    def __str__(self) -> str:
        return self.subject
