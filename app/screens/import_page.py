"""Where an Excel file is handed in: template, rules, upload; what happens then is a background job."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, abort, current_app, flash, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from .. import background, clock
from ..errors import BusinessError, NotAllowed, NotYours
from ..models import Job
from ..unit_of_work import together
from . import import_job
from .download import XLSX, disposition
from .export import file_name
from .importing import MOST_ROWS, Plan
from .sheets import refuse_odd
from .template import template

MODES = {
    "refuse": _("refuse the file"),
    "skip": _("leave them as they are"),
    "update": _("change them to what the file says"),
}


class ImportView(BaseView):
    """One page for every import of every screen: /import/PartView/import."""

    route_base = "/import"
    default_view = "upload"

    @expose("/<string:screen>/<string:verb>", methods=["GET", "POST"])
    def upload(self, screen: str, verb: str) -> Any:
        plan = _plan(screen, verb)
        if request.method == "POST":
            try:
                job = self._hand_in(plan)
                return redirect(url_for("JobView.show", pk=job.id))
            except (NotAllowed, NotYours):
                raise
            except BusinessError as fault:
                flash(str(fault), "danger")
        page = self.render_template(
            "import.html",
            title=f"{plan.screen.short_title} · {plan.spec.label}",
            plan=plan,
            modes={} if plan.spec.only_changes or plan.spec.book else MODES,
            mode=request.form.get("mode", "refuse"),
            right_ones="right_ones" in request.form,
            most=f"{MOST_ROWS:,}",
            request_key=uuid.uuid4().hex,
        )
        return page if request.method == "GET" else (page, 422)

    @expose("/<string:screen>/<string:verb>/template")
    def template(self, screen: str, verb: str) -> Response:
        plan = _plan(screen, verb)
        title = gettext(
            "%(list)s - %(import)s - template", list=str(plan.entity.title), **{"import": str(plan.spec.label)}
        )
        name = file_name(title, clock.today(), "xlsx")
        return Response(template(plan), mimetype=XLSX, headers={"Content-Disposition": disposition(name)})

    @staticmethod
    def _hand_in(plan: Plan) -> Job:
        """The file is what it says, has headings, and is put into the queue with the job."""
        sent = request.files.get("file")
        if sent is None or not sent.filename:
            raise BusinessError(gettext("Please choose a file"))
        content = sent.read()
        refuse_odd(content)
        sheet, line, _places = plan.find_table(content)
        mode = request.form.get("mode", "")
        if plan.spec.only_changes:
            mode = "update"
        elif mode not in import_job.MODES or plan.spec.book:
            mode = "refuse"
        values = {
            "screen": type(plan.screen).__name__,
            "mode": mode,
            "right_ones": "right_ones" in request.form,
            "file_name": sent.filename,
            "lines": max(0, min(sheet.expected - line, MOST_ROWS)),
        }
        subject = f"{plan.entity.title} · {plan.spec.label}：{sent.filename}"
        key = request.form.get("request_key", "")
        return together(
            lambda: background.enqueue(
                import_job.KIND, subject, entity=plan.entity.__name__, verb=plan.verb, parameters=values, step="check",
                file=(sent.filename or "", content),
            ),
            key=f"Import:{key[:40]}" if key.isalnum() else None,
            entity=Job,
        )  # fmt: skip


def _plan(screen: str, verb: str) -> Plan:
    view = next((v for v in current_app.appbuilder.baseviews if v.endpoint == screen and hasattr(v, "imports")), None)
    if view is None or verb not in view.imports:
        abort(404)
    if not view.may(verb):
        abort(403)
    return Plan(view, verb)
