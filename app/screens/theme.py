"""What every page carries: the menu of this person, the badge, formats, and addresses of assets that change when they do."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask, current_app, g, request, url_for
from flask_babel import gettext

from .. import actor as acting
from ..database import db
from ..models import Notification
from ..roles import ROLES
from . import finder, looks
from .formats import badge, number, plain, shown
from .security import permissions


def menu() -> list[dict[str, Any]]:
    """Chapters with the screens this person may list: [{"label", "icon", "items": [{"label", "url", "active"}], "open"}]."""
    here = (request.endpoint or "").split(".")[0]
    return [
        {
            "label": label,
            "icon": icon,
            "items": [{"label": name, "url": url, "active": door == here} for name, url, door in items],
            "open": any(door == here for _, _, door in items),
        }
        for label, icon, items in _doors()
    ]


def _doors() -> list[tuple[str, str, list[tuple[str, str, str]]]]:
    """(chapter, icon, [(screen, address, endpoint)]) for the rights of this person; made once for each set of rights."""
    made = current_app.extensions.setdefault("tiema_doors", {})
    key = (permissions(), request.script_root)
    if key not in made:
        chapters = [
            (str(c.label), c.icon, [(str(i.label), i.baseview.url("list"), i.baseview.endpoint) for i in c.childs if _open(i)])
            for c in current_app.appbuilder.menu.get_list()
        ]  # fmt: skip
        made[key] = [chapter for chapter in chapters if chapter[2]]
    return made[key]  # type: ignore[no-any-return]


def _open(item: Any) -> bool:
    return item.baseview is not None and hasattr(item.baseview, "may") and item.baseview.may("list")


def unread() -> int:
    """How many notices this person has not read."""
    if "unread" not in g:
        by, table = acting.current_or_none(), Notification.__table__
        g.unread = 0
        if by is not None and by.employee_id is not None:
            count = (
                sa.select(sa.func.count())
                .select_from(table)
                .where(table.c.to_id == by.employee_id, table.c.read_at.is_(None))
            )
            g.unread = db.session.scalar(count) or 0
    return g.unread  # type: ignore[no-any-return]


def bottom_tabs() -> list[dict[str, Any]]:
    """The bar at the foot of a phone: home, what this person lists most, himself."""
    wanted = [
        "MachineContractView",
        "CustomerView",
        "MachineUnitView",
        "ReceiptView",
        "VisitTaskView",
        "MachineInboundView",
    ]
    views = {type(v).__name__: v for v in current_app.appbuilder.baseviews}
    tabs = [{"label": gettext("Home"), "icon": "house", "url": "/", "active": request.path == "/"}]
    by = acting.current_or_none()
    if by is not None and by.may("accept", "WorkOrder"):
        return _technician_tabs()
    if by is not None and by.may("receive", "InboundReceipt"):
        tabs.append(
            {
                "label": gettext("Scan"),
                "icon": "qrcode",
                "url": url_for("StoreView.index"),
                "active": (request.endpoint or "").startswith("StoreView."),
            }
        )
    for name in wanted:
        view = views.get(name)
        if view is not None and view.may("list") and len(tabs) < 4:
            tabs.append(
                {
                    "label": str(view.short_title),
                    "icon": view.icon,
                    "url": view.url("list"),
                    "active": (request.endpoint or "").startswith(view.endpoint + "."),
                }
            )
    tabs.append(
        {
            "label": gettext("Me"),
            "icon": "user",
            "url": url_for("HomeView.me"),
            "active": request.endpoint == "HomeView.me",
        }
    )
    return tabs


def _technician_tabs() -> list[dict[str, Any]]:
    """A technician has his work, his parts, the scanner and himself under the thumb."""
    pages = (
        ("WorkView.index", gettext("Work list"), "screwdriver-wrench"),
        ("PartsView.index", gettext("My parts"), "box-open"),
        ("StoreView.index", gettext("Scan"), "qrcode"),
        ("HomeView.me", gettext("Me"), "user"),
    )
    here = (request.endpoint or "").split(".")[0]
    return [
        {
            "label": label,
            "icon": icon,
            "url": url_for(page),
            "active": page == request.endpoint or here == page.split(".")[0] != "HomeView",
        }
        for page, label, icon in pages
    ]


@cache
def _digest(path: str) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:10]


def asset(name: str) -> str:
    """The address of a static file with its fingerprint, so that browsers keep it for a year."""
    folder = current_app.static_folder or ""
    return url_for("static", filename=name, v=_digest(str(Path(folder) / name)))


def dress(app: Flask) -> None:
    """Give the templates what they need, and let static files be kept."""

    @app.context_processor
    def _common() -> dict[str, Any]:
        by = acting.current_or_none()
        return {
            "actor": by,
            "role_names": "、".join(str(ROLES[c].label) for c in sorted(by.roles & ROLES.keys())) if by else "",
            "side_menu": menu if by else list,
            "unread_count": unread,
            "bottom_tabs": bottom_tabs if by else list,
            "find_hint": finder.hint,
            "columns_arranged": looks.arranged,
            "view_address": looks.address,
            "is_demo": not app.config.get("PRODUCTION"),
        }

    app.jinja_env.globals["asset"] = asset
    app.jinja_env.filters.update(plain=plain, shown=shown, number=number, badge=badge)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True

    @app.after_request
    def _keep(response: Any) -> Any:
        if request.endpoint in ("static", "appbuilder.static") and response.status_code == 200:
            response.headers["Cache-Control"] = (
                "public, max-age=31536000, immutable" if request.args.get("v") else "public, max-age=3600"
            )
        return response
