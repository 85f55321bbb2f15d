"""外发渠道: a mail server or a group robot, kept by the administrator. Off until he switches it on."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ... import clock
from ...actor import Actor
from ...database import changed_rows, db
from ...enums import ChannelKind, OutboxState
from ...errors import MissingData, WrongState
from ...models import NoticeChannel, OutboxMessage
from .. import checks
from ..machine import Workflow
from .outbox import is_mail

SERVICES = {
    ChannelKind.MAIL: {"NotifyEmail"},
    ChannelKind.WECOM: {"NotifyWeComBot"},
    ChannelKind.DINGTALK: {"NotifyDingTalk"},
    ChannelKind.FEISHU: {"NotifyFeishu", "NotifyLark"},
    ChannelKind.WEBHOOK: {"NotifyJSON", "NotifyForm", "NotifyXML"},
}
STARTS = {
    ChannelKind.MAIL: "mailto://、mailtos://",
    ChannelKind.WECOM: "wecombot://",
    ChannelKind.DINGTALK: "dingtalk://",
    ChannelKind.FEISHU: "feishu://、lark://",
    ChannelKind.WEBHOOK: "json://（http）、jsons://（https）、form://、forms://、xml://、xmls://",
}
flow = Workflow(NoticeChannel)


@flow.before_save
def prepare(channel: NoticeChannel) -> None:
    """A name without blanks; another kind of channel needs an address of its kind."""
    checks.strip_texts(channel)
    if channel.address and type(_service(channel.address)).__name__ not in SERVICES[channel.kind]:
        raise _not_of(channel.kind, field="kind")


@flow.transition(to=None, label=_("Set address"), icon="key")
def set_address(channel: NoticeChannel, by: Actor, *, address: str) -> None:
    """设置地址: what the robot or the mail server is reached by; kept secret from now on.

    Raises: MissingData for what is no address of this kind of channel.
    """
    service = _service(address.strip())
    if service is None or type(service).__name__ not in SERVICES[channel.kind]:
        raise _not_of(channel.kind, field="address")
    channel.address = address.strip()
    channel.address_hint = hint(channel.address)


def _not_of(kind: ChannelKind, *, field: str) -> MissingData:
    """Which beginning an address of this kind has: a robot's http:// is written jsons://."""
    sentence = gettext(
        "The address is not one of a “%(kind)s”; it begins with %(starts)s", kind=str(kind), starts=STARTS[kind]
    )
    return MissingData(sentence, field=field)


@flow.transition(to=None, label=_("For whom"), icon="users")
def serve(channel: NoticeChannel, by: Actor, *, roles: list[str], kinds: list[str]) -> None:
    """适用范围: notices to these roles about these kinds of documents; none chosen means all."""
    channel.roles, channel.kinds = ",".join(roles), ",".join(kinds)


@flow.transition(to=None, label=_("Switch on"), icon="toggle-on", tone="primary")
def switch_on(channel: NoticeChannel, by: Actor) -> None:
    """启用: from now on notices leave the house through it. Raises MissingData without an address."""
    _needs_address(channel)
    channel.is_enabled = True


@flow.transition(to=None, label=_("Switch off"), icon="toggle-off", tone="danger")
def switch_off(channel: NoticeChannel, by: Actor) -> None:
    """停用: what still waits is discarded, so that nothing old is sent when it is switched on again."""
    if not channel.is_enabled:
        raise WrongState(gettext("%(name)s is switched off already", name=channel.name))
    channel.is_enabled = False
    table = OutboxMessage.__table__
    changed_rows(
        sa.update(table)
        .where(table.c.channel_id == channel.id, table.c.state == OutboxState.WAITING)
        .values(state=OutboxState.DISCARDED, version=table.c.version + 1)
    )


@flow.transition(to=None, label=_("Send a trial"), icon="paper-plane")
def try_out(channel: NoticeChannel, by: Actor, *, to: str | None = None) -> None:
    """试发: one message saying that it is a trial, switched on or not. to: for mail, whom it goes to."""
    _needs_address(channel)
    if channel.kind is ChannelKind.MAIL and not is_mail(to):
        raise MissingData(gettext("Please give the mail address it goes to"), field="to")
    words = gettext("Trial message of Tiema, sent by %(name)s at %(time)s", name=by.name, time=f"{clock.now():%H:%M}")
    mail = to.strip() if to and channel.kind is ChannelKind.MAIL else None
    db.session.add(OutboxMessage(channel_id=channel.id, to=mail, subject=words, body=words, is_trial=True))


def _needs_address(channel: NoticeChannel) -> None:
    if not channel.address:
        raise MissingData(gettext("Please set the address first"))


def _service(address: str) -> Any:
    """The library's handle on an address, or None for what it cannot read."""
    import apprise  # as in outbox.py

    return apprise.Apprise.instantiate(address) if "://" in address else None


def hint(address: str) -> str:
    """How and where, with every key blanked out: what stands behind the host may be one as well."""
    service = _service(address)
    kind, _sign, rest = str(service.url(privacy=True)).partition("://") if service else ("", "", "")
    return f"{kind}://{rest.split('?')[0].split('/')[0]}/…"[:160]
