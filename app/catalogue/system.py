"""11 系统: notices, nightly runs, the audit log, the export log."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import flash, redirect
from flask_appbuilder import expose
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from .. import actor as acting
from .. import clock, enums, scope
from .. import models as m
from ..database import db
from ..screens import Screen, Tab, act, rows
from ..screens.columns import Column
from ..unit_of_work import fire
from ..workflows.system import notice
from .words import LEDGER, role_name, screen_of


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
    read = act(notice.read, bulk=True)

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
        screen = screen_of(row.entity)
        if screen is None or not screen.may("show"):
            flash(row.subject, "info")
            return redirect(self.url("list"))
        return redirect(screen.url("show", pk=row.row_id))


class AuditLogView(Screen):
    datamodel = rows(m.AuditLog)
    short_title, icon = _("Audit log"), "clock-rotate-left"
    offers = LEDGER
    key_column = "row_name"
    list_columns = ["at", "by_name", "action", "entity", "row_name", "address"]
    card_columns = ["at", "by_name", "action", "entity"]
    search_columns = ["at", "by_name", "action", "entity", "row_name"]
    quick_columns = ["row_name", "by_name"]
    sections = [(_("Audit log"), ["at", "by_name", "address", "action", "entity", "row_name"])]

    def value(self, row: m.Entity, column: Column) -> Any:
        value = super().value(row, column)
        return str(m.ENTITIES[value].title) if column.name == "entity" and value in m.ENTITIES else value

    def changes(self, row: m.AuditLog) -> list[tuple[str, str, str]]:
        """(label, before, after) of what this person may know."""
        from ..screens.columns import describe, readable

        entity, told = m.ENTITIES.get(row.entity), []
        for name, (before, after) in row.changes.items():
            try:
                column = describe(entity, name)  # type: ignore[arg-type]
            except (LookupError, sa.exc.NoInspectionAvailable):
                continue
            if readable([column]):
                target = _target(entity, name)  # type: ignore[arg-type]
                told.append((str(column.label), _word(column, before, target), _word(column, after, target)))
            else:
                told.append((str(column.label), "***", "***"))
        return told


def _target(entity: type[m.Entity], name: str) -> type[m.Entity] | None:
    """The entity behind a key, by the name of its column."""
    keys = sa.inspect(entity).column_attrs[name].columns[0].foreign_keys
    tables = {found.__tablename__: found for found in m.ENTITIES.values()}
    return next((tables.get(key.column.table.name) for key in keys), None)


def _word(column: Column, value: Any, target: type[m.Entity] | None = None) -> str:
    """A value of the audit log as people read it."""
    if value is None:
        return ""
    if target is not None:
        with scope.elevated():
            row = db.session.get(target, value)
        return str(row) if row is not None else gettext("no longer there (%(id)s)", id=value)
    if column.name == "origin" and value in m.ENTITIES:
        return str(m.ENTITIES[value].title)
    if column.kind in ("choice", "state") and value in column.type.enum_class.__members__:
        return str(column.type.enum_class[value])
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    if column.name in ("role", "awaiting_role", "approval_route", "approver"):
        return "、".join(role_name(code) for code in str(value).split(","))
    return str(value)


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
