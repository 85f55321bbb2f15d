"""The page behind the search box, and the same as JSON for the drop-down under it."""

from __future__ import annotations

from typing import Any

from flask import jsonify, redirect, request
from flask_appbuilder import BaseView, expose
from flask_babel import gettext

from . import finder


class FinderView(BaseView):
    """/search/?q=恒达: groups of what the person may see; a whole document number leads to the document at once."""

    route_base = "/search"
    default_view = "page"

    @expose("/")
    def page(self) -> Any:
        term = finder.read(request.args.get("q", ""))
        if request.headers.get("X-Requested-With") == "fetch":
            return jsonify(groups=[self._told(group) for group in finder.find(term)])
        address = finder.straight(term)
        if address is not None:
            return redirect(address)
        return self.render_template("found.html", title=gettext("Search"), term=term, groups=finder.find(term))

    @staticmethod
    def _told(group: finder.Group) -> dict[str, Any]:
        hits = [{"text": h.text, "detail": h.detail, "state": h.state.striptags(), "url": h.url} for h in group.hits]
        return {"label": group.label, "more": group.more if group.is_cut else None, "hits": hits}
