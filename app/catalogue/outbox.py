"""11 系统: channels out of the house, and what went through them."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

from .. import forms
from .. import models as m
from ..enums import OutboxState
from ..screens import Related, Screen, Tab, act, rows
from ..screens.columns import Column
from ..workflows.machine import Transition
from ..workflows.system import channel, outbox
from .words import LEDGER, role_name


class NoticeChannelView(Screen):
    datamodel = rows(m.NoticeChannel)
    short_title, icon = _("Notice channels"), "tower-broadcast"
    help_text = _(
        "Notices also go through the channels that are switched on, without amounts. What is told to a person by mail, "
        "each chooses under “My notices outside”."
    )
    offers = "list show add edit"
    key_column = "name"
    list_columns = ["name", "kind", "address_hint", "roles", "kinds", "is_enabled"]
    card_columns = ["kind", "is_enabled"]
    search_columns = ["name", "kind", "is_enabled"]
    quick_columns = ["name"]
    sections = [
        (
            _("Notice channel"),
            ["name", "kind", "address_hint", "is_enabled", "roles", "kinds", "changed_by", "changed_at"],
        )
    ]
    form_sections = [(_("Notice channel"), ["name", "kind"])]
    related = [Related("OutboxMessageView", "channel")]
    set_address = act(channel.set_address, form=forms.ChannelAddressForm)
    serve = act(channel.serve, form=forms.ServeForm)
    try_out = act(channel.try_out, form=forms.TrialForm)
    switch_on = act(channel.switch_on)
    switch_off = act(channel.switch_off)

    def offered(self, transition: Transition, row: Any) -> bool:
        if transition.verb in ("switch_on", "switch_off"):
            return row.is_enabled is (transition.verb == "switch_off")
        return True

    def value(self, row: m.Entity, column: Column) -> Any:
        value = super().value(row, column)
        if column.name == "roles":
            return "、".join(map(role_name, value.split(","))) if value else str(_("all roles"))
        if column.name == "kinds":
            names = [str(m.ENTITIES[name].title) for name in value.split(",") if name in m.ENTITIES]
            return "、".join(names) if names else str(_("everything"))
        return value


class OutboxMessageView(Screen):
    datamodel = rows(m.OutboxMessage)
    short_title, icon = _("Outgoing messages"), "paper-plane"
    offers = LEDGER
    key_column = "subject"
    list_columns = ["subject", "channel", "to", "state", "created_at", "tries", "next_try_at", "sent_at", "error"]
    card_columns = ["state", "channel", "created_at"]
    search_columns = ["state", "channel", "subject", "created_at"]
    quick_columns = ["subject", "to"]
    sections = [
        (
            _("Outgoing message"),
            ["channel", "to", "state", "is_trial", "created_at", "tries", "claimed_at", "next_try_at", "sent_at",
             "subject", "body", "error"],
        )
    ]  # fmt: skip
    tabs = [
        Tab("waiting", _("Waiting to be sent"), lambda q: q.where(m.OutboxMessage.state == OutboxState.WAITING)),
        Tab(
            "trouble",
            _("Not delivered"),
            lambda q: q.where(m.OutboxMessage.state.in_((OutboxState.GIVEN_UP, OutboxState.UNSURE))),
            todo="resend",
        ),
    ]
    resend = act(outbox.resend, bulk=True)
    discard = act(outbox.discard, bulk=True)
