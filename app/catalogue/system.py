"""11 系统: notices, nightly runs, the audit log, the export log."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from flask import abort, flash, redirect, request
from flask_appbuilder import expose
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from markupsafe import Markup

from .. import actor as acting
from .. import clock, enums, forms, scope
from .. import models as m
from ..audit import SILENT
from ..database import db
from ..enums import Choice
from ..errors import BusinessError
from ..phone import doors
from ..screens import Screen, Tab, act, rows, trail
from ..screens.columns import Column, describe
from ..unit_of_work import fire, together
from ..workflows.system import notice, outbox
from .words import LEDGER, screen_of


class NotificationView(Screen):
    datamodel = rows(m.Notification)
    short_title, icon = _("Notices"), "bell"
    offers = "list show"
    key_column = "subject"
    list_columns = ["subject", "sent_at", "read_at"]
    card_columns = ["sent_at", "read_at"]
    search_columns = ["subject", "sent_at"]
    quick_columns = ["subject"]
    sections = [(_("Notice"), ["subject", "sent_at", "read_at"])]
    tabs = [Tab("unread", _("Unread"), lambda q: q.where(m.Notification.read_at.is_(None)))]
    read = act(notice.read, bulk=True, is_light=True)
    list_page, opened_by = "notices.html", "open"
    base_order = ("sent_at", True)

    def shown(self, row: Any, column: Column) -> Any:
        words = super().shown(row, column)
        return Markup("<b>{}</b>").format(words) if column.name == "subject" and row.read_at is None else words

    @expose("/preferences", methods=["GET", "POST"])
    def preferences(self) -> Any:
        """Which kinds of my notices also go to my mail."""
        by = acting.current()
        if by.employee_id is None:
            abort(404)
        offered = [(name, title) for name, title in forms.kinds() if by.may("show", name)]
        form = forms.PreferencesForm()
        form.kinds.options = offered
        table = m.NoticePreference.__table__
        mine = db.session.execute(sa.select(table).where(table.c.employee_id == by.employee_id)).first()
        if request.method == "GET" and mine is not None:
            form.mail.data, form.kinds.data = mine.mail, mine.kinds.split(",")
        if form.validate_on_submit():
            wanted = [name for name in form.kinds.data or [] if name in dict(offered)]
            try:
                with scope.elevated():
                    together(
                        lambda: outbox.prefer(by.employee_id, form.mail.data or "", wanted), entity=m.NoticePreference
                    )
                flash(gettext("Your wishes are kept"), "success")
                return redirect(self.url("list"))
            except BusinessError as fault:
                form.mail.errors = [str(fault)]
        channel = m.NoticeChannel.__table__
        is_on = db.session.scalar(
            sa.select(sa.func.count()).where(channel.c.is_enabled, channel.c.kind == enums.ChannelKind.MAIL)
        )
        page = self.render_template("preferences.html", title=gettext("My notices outside"), form=form, is_on=is_on)
        return page if request.method == "GET" else (page, 422)

    @expose("/read_all", methods=["POST"])
    def read_all(self) -> Any:
        """Everything of mine is read."""
        by, table = acting.current(), m.Notification.__table__
        db.session.execute(
            sa.update(table)
            .where(table.c.to_id == (by.employee_id or 0), table.c.read_at.is_(None))
            .values(read_at=clock.now())
        )
        db.session.commit()
        return redirect(self.url("list"))

    @expose("/open/<pk>", methods=["POST"])
    def open(self, pk: str) -> Any:
        """Read a notice and go to what it is about."""
        row: Any = self.find(pk)
        if row.read_at is None:
            row = fire(row, "read")
        if page := doors.page_of(row.entity, row.row_id):
            return redirect(page)
        screen = screen_of(row.entity)
        if screen is None or not screen.may("show"):
            flash(row.subject, "info")
            return redirect(self.url("list"))
        return redirect(screen.url("show", pk=row.row_id))


LOGGED = Choice(
    "LOGGED", {name: (entity.title,) for name, entity in m.ENTITIES.items() if not issubclass(entity, SILENT)}
)


class AuditLogView(Screen):
    datamodel = rows(m.AuditLog)
    short_title, icon = _("Audit log"), "clock-rotate-left"
    help_text = _("Every change of every record, before and after; nobody can change or delete a line of it.")
    offers = LEDGER
    key_column = "row_name"
    base_order = ("at", True)
    list_columns = ["at", "by_name", "action", "entity", "row_name", "root", "address"]
    card_columns = ["at", "by_name", "action", "entity"]
    search_columns = ["at", "by", "action", "root", "root_id", "row_name", "address"]
    quick_columns = ["row_name", "by_name"]
    sections = [(_("Audit log"), ["at", "by_name", "address", "action", "entity", "row_name", "root"])]
    computed_columns = {
        name: replace(describe(m.AuditLog, name), kind="choice", type=sa.Enum(LOGGED)) for name in ("entity", "root")
    }

    def value(self, row: m.Entity, column: Column) -> Any:
        value = super().value(row, column)
        return trail.title_of(value) if column.name in ("entity", "root") else value

    def criterion(self, column: Column, value: Any) -> Any:
        return m.AuditLog.root == value.name if column.name == "root" else None

    def link(self, row: m.Entity, column: Column) -> str | None:
        """From a line of the log to the record it is about."""
        if column.name != "root":
            return super().link(row, column)
        screen = screen_of(row.root)  # type: ignore[attr-defined]
        return screen.url("show", pk=row.root_id) if screen is not None and screen.may("show") else None  # type: ignore[attr-defined]

    def changes(self, row: m.AuditLog) -> list[trail.Change]:
        """(label, before, after) of what this person may know."""
        return trail.changes(row, tell_hidden=True)


class NightlyRunView(Screen):
    datamodel = rows(m.NightlyRun)
    short_title, icon = _("Nightly runs"), "moon"
    help_text = _("What ran at night, one row per job and business day; a failed job is tried again the next time.")
    offers = LEDGER
    key_column = "job"
    list_columns = ["job", "day", "state", "started_at", "ended_at", "done", "tries", "fault"]
    card_columns = ["day", "state", "done", "fault"]
    search_columns = ["day", "state", "started_at"]
    quick_columns = ["job"]
    sections = [(_("Nightly run"), ["job", "day", "state", "started_at", "ended_at", "done", "tries", "fault"])]
    tabs = [
        Tab("failed", _("Failed"), lambda q: q.where(m.NightlyRun.state == enums.RunState.FAILED)),
        Tab("noted", _("With remarks"), lambda q: q.where(m.NightlyRun.fault.is_not(None))),
    ]

    def value(self, row: m.Entity, column: Column) -> Any:
        value = super().value(row, column)
        return str(enums.NIGHTLY_JOBS.get(value, value)) if column.name == "job" else value


class ExportLogView(Screen):
    datamodel = rows(m.ExportLog)
    short_title, icon = _("Export log"), "file-export"
    offers = LEDGER
    key_column = "screen"
    list_columns = ["at", "by", "screen", "filters", "format", "rows"]
    card_columns = ["at", "by", "rows"]
    search_columns = ["at", "by", "screen"]
    quick_columns = ["screen"]
    sections = [(_("Export log"), ["at", "by", "screen", "filters", "format", "rows"])]
