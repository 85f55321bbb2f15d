"""11 系统: background jobs: what runs, how far it is, what came out."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import Response, abort, send_file, url_for
from flask_appbuilder import expose, has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext as _p
from markupsafe import Markup

from .. import actor as acting
from .. import models as m
from ..background import file_of
from ..database import db
from ..enums import OPEN_JOBS, JobState
from ..screens import Screen, Tab, act, rows
from ..screens.columns import Column
from ..screens.download import CSV, XLSX
from ..workflows.machine import Transition
from ..workflows.system import job
from .words import screen_of


class JobView(Screen):
    datamodel = rows(m.Job)
    short_title, icon = _("Background jobs"), "list-check"
    offers = "list show"
    key_column = "subject"
    list_columns = ["subject", "state", "done", "total", "asked_by", "created_at", "ended_at"]
    card_columns = ["state", "asked_by", "created_at"]
    search_columns = ["subject", "state", "created_at"]
    quick_columns = ["subject"]
    sections = [(_("Background job"), ["asked_by", "created_at", "started_at", "ended_at", "attempts"])]
    tabs = [
        Tab("open", _("Under way"), lambda q: q.where(m.Job.state.in_(OPEN_JOBS))),
        Tab("checked", _p("background job", "Waiting for you"), lambda q: q.where(m.Job.state == JobState.CHECKED)),
    ]
    confirm = act(job.confirm)
    retry = act(job.retry)
    cancel = act(job.cancel)

    def shown(self, row: Any, column: Column) -> Any:
        if column.name == "state" and row.state is JobState.FAILED and row.is_retryable:
            return Markup('<span class="badge red">{}</span>').format(gettext("Failed, may be tried again"))
        if column.name == "state" and row.state is JobState.CHECKED and row.fault_count:
            return Markup('<span class="badge orange">{}</span>').format(gettext("Right rows may be written"))
        return super().shown(row, column)

    def offered(self, transition: Transition, row: Any) -> bool:
        if transition.verb == "cancel":
            return not row.is_cancel_asked
        return self.is_mine(row) and (transition.verb != "retry" or row.is_retryable)

    @staticmethod
    def is_mine(row: Any) -> bool:
        """Whether the person who looks is the one who asked."""
        return row.asked_by_id is not None and row.asked_by_id == acting.current().employee_id

    @expose("/show/<pk>", methods=["GET"])
    @has_access
    def show(self, pk: str) -> str:
        """The job as it stands; the page looks again by itself while it is under way."""
        row: Any = self.find(pk)
        file = m.JobFile.__table__
        is_kept = db.session.scalar(sa.select(file.c.id).where(file.c.job_id == row.id, file.c.is_result)) is not None
        return self.render_template(
            "job.html", screen=self, row=row, title=str(row), is_open=row.state in OPEN_JOBS, is_kept=is_kept,
            may_fetch=self.is_mine(row) and is_kept, back=self.back(row),
        )  # fmt: skip

    @staticmethod
    def back(row: Any) -> list[tuple[str, str]]:
        """(words, address) of where the person may go on when the work is over."""
        screen = screen_of(row.entity)
        if screen is None or row.state in OPEN_JOBS or row.state is JobState.CHECKED:
            return []
        ways = [(str(screen.short_title), screen.url("list"))] if screen.may("list") else []
        if row.verb in screen.imports and screen.may(row.verb):
            address = url_for("ImportView.upload", screen=screen.endpoint, verb=row.verb)
            ways.insert(0, (gettext("Import another file"), address))
        return ways

    @expose("/result/<pk>", methods=["GET"])
    def result(self, pk: str) -> Response:
        """The file a job left: only for who asked, and only while the role still includes it."""
        row: Any = self.find(pk) if self.may("show") else abort(403)
        by = acting.current()
        if not self.is_mine(row):
            abort(404)
        if not by.may(row.verb, row.entity):
            abort(403)
        found = file_of(row.id, is_result=True)
        if found is None:
            abort(404)
        name, content = found
        return send_file(
            content, as_attachment=True, download_name=name, mimetype=CSV if name.endswith(".csv") else XLSX
        )
