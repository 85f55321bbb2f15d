"""Where the menus of a list send what was chosen: its columns, its density, a view under a name."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import abort, current_app, flash, redirect, request
from flask_appbuilder import BaseView, expose
from flask_babel import gettext

from .. import actor as acting
from ..database import db
from ..errors import BusinessError
from ..models import Employee, SavedView
from ..unit_of_work import altered, born, together
from . import looks
from .screen import Screen
from .security import safe_next


class LookView(BaseView):
    """/looks/MachineContractView/columns, …/save, and /looks/density for all lists."""

    route_base = "/looks"
    default_view = "density"

    @expose("/<string:screen>/columns", methods=["POST"])
    def columns(self, screen: str) -> Any:
        """These columns, in this order, whenever I open the list, or the view that is open now."""
        where = _listed(screen)
        view = looks.named(looks.views(where), request.form.get("view", ""))
        looks.keep_columns(where, [] if request.form.get("as_it_came") else request.form.getlist("column"), view)
        return _back()

    @expose("/<string:screen>/opening", methods=["POST"])
    def opening(self, screen: str) -> Any:
        """The list opens with this shared view for me, or with none of them."""
        where = _listed(screen)
        offered = looks.named(looks.views(where), request.form.get("view", ""))
        if offered is None and request.form.get("view"):
            abort(404)
        looks.open_with(where, offered)
        return _back()

    @expose("/density", methods=["POST"])
    def density(self) -> Any:
        """Low rows or high ones, on every list."""
        looks.keep_density(request.form.get("compact") == "1")
        return ("", 204) if request.headers.get("X-Requested-With") == "fetch" else _back()

    @expose("/<string:screen>/save", methods=["POST"])
    def save(self, screen: str) -> Any:
        """The list as it stands, under a name; the same name again is the same view with other contents."""
        where, by = _listed(screen), acting.current()
        if by.employee_id is None:
            abort(403)
        shown = [view for view in looks.views(where) if str(view.id) == request.form.get("view")]
        values = {
            "screen": type(where).__name__,
            "name": request.form.get("name", "").strip()[:40],
            "filters": looks.worth_keeping(request.form.get("query", "")[:6000]),
            "columns": ",".join(looks.names(where, shown[0] if shown else None)),
            "is_default": request.form.get("is_default") == "1",
        }

        def work() -> SavedView:
            mine = {name: values[name] for name in ("screen", "name")} | {"owner_id": by.employee_id}
            found = db.session.scalars(sa.select(SavedView).filter_by(**mine)).one_or_none()
            if found is not None:
                return altered(found, values)
            return born(SavedView, values | {"owner": db.session.get_one(Employee, by.employee_id)})

        try:
            view = together(work, entity=SavedView)
        except BusinessError as fault:
            flash(str(fault), "danger")
            return _back()
        flash(gettext("%(record)s saved", record=view.name), "success")
        return redirect(looks.address(where, view))


def _listed(name: str) -> Screen:
    """The screen of this name, for those who may list it."""
    screen = next((v for v in current_app.appbuilder.baseviews if type(v).__name__ == name), None)
    if not isinstance(screen, Screen):
        abort(404)
    if not screen.may("list"):
        abort(403)
    return screen


def _back() -> Any:
    """To the page one came from, on this server."""
    return redirect(safe_next(request.form.get("back", "/")))
