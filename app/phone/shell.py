"""What a phone shows when a page is opened without a network: one page that says so, and the worker that brings it.

The worker keeps that page and its sheets, which are the same for everybody; no page with anybody's data is ever kept.
"""

from __future__ import annotations

from flask import Response, render_template, url_for
from flask_appbuilder import BaseView, expose
from flask_babel import gettext

from ..screens.theme import asset

SHEETS = ("tiema.css", "store.css", "work.css")


class ShellView(BaseView):
    """/phone/worker.js, /phone/offline."""

    route_base = "/phone"
    default_view = "offline"

    @expose("/offline")
    def offline(self) -> str:
        return render_template("phone/offline.html", title=gettext("No network"), sheets=[asset(n) for n in SHEETS])

    @expose("/worker.js")
    def worker(self) -> Response:
        kept = [url_for("ShellView.offline"), *(asset(name) for name in SHEETS)]
        return Response(render_template("phone/worker.js", kept=kept), mimetype="text/javascript")
