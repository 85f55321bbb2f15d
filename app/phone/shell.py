"""What a phone shows when a page is opened without a network: one page that says so, and the worker that brings it.

The worker keeps that page, its sheets and its script, which are the same for everybody. Below it the script shows what the
person saw of this address before; that is kept in the browser's own store, under his account (static/seen.js).
"""

from __future__ import annotations

from flask import Response, render_template, url_for
from flask_appbuilder import BaseView, expose
from flask_babel import gettext

from ..screens.theme import asset

SHEETS = ("tiema.css", "store.css", "work.css")
SCRIPT = "seen.js"


class ShellView(BaseView):
    """/phone/worker.js, /phone/offline."""

    route_base = "/phone"
    default_view = "offline"

    @expose("/offline")
    def offline(self) -> str:
        sheets = [asset(name) for name in SHEETS]
        return render_template("phone/offline.html", title=gettext("No network"), sheets=sheets, script=asset(SCRIPT))

    @expose("/worker.js")
    def worker(self) -> Response:
        kept = [url_for("ShellView.offline"), *(asset(name) for name in (*SHEETS, SCRIPT))]
        return Response(render_template("phone/worker.js", kept=kept), mimetype="text/javascript")
