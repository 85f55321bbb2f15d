"""11 系统: saved views of lists."""

from __future__ import annotations

from typing import Any

from flask import current_app
from flask_babel import lazy_gettext as _
from markupsafe import Markup

from .. import forms
from .. import models as m
from ..screens import Screen, act, looks, rows
from ..screens.columns import Column
from ..workflows.system import view
from .words import role_name


class SavedViewView(Screen):
    datamodel = rows(m.SavedView)
    short_title, icon = _("My views"), "bookmark"
    help_text = _("A view is saved on its list, from the menu “Views”: filters, order and columns under a name.")
    offers = "list show delete"
    key_column = "name"
    list_columns = ["name", "screen", "is_default", "shared_roles", "changed_at"]
    card_columns = ["screen", "is_default", "shared_roles"]
    search_columns = ["name", "is_default", "changed_at"]
    quick_columns = ["name"]
    base_order = ("name", False)
    sections = [(_("Saved view"), ["name", "screen", "is_default", "shared_roles", "changed_at"])]
    set_default = act(view.set_default)
    clear_default = act(view.clear_default)
    share = act(view.share, form=forms.ShareViewForm)
    unshare = act(view.unshare)

    def offered(self, transition: Any, row: m.SavedView) -> bool:  # type: ignore[override]
        wanted = {"set_default": not row.is_default, "clear_default": row.is_default, "unshare": bool(row.shared_roles)}
        return wanted.get(transition.verb, True)

    def value(self, row: m.Entity, column: Column) -> Any:
        value = super().value(row, column)
        if column.name == "screen":
            return str(_list_of(value).short_title) if _list_of(value) else value
        if column.name == "shared_roles":
            return "、".join(role_name(code) for code in value.split(",") if code)
        return value

    def shown(self, row: m.Entity, column: Column) -> Any:
        found = _list_of(row.screen) if column.name == "screen" else None  # type: ignore[attr-defined]
        if found is None or not found.may("list"):
            return super().shown(row, column)
        words = Markup('<a href="{}">{}</a>')
        return words.format(looks.address(found, row), found.short_title)  # type: ignore[arg-type]


def _list_of(name: str) -> Any:
    """The screen of this name, if there still is one."""
    return next((v for v in current_app.appbuilder.baseviews if type(v).__name__ == name), None)
