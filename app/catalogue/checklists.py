"""6 服务: templates of checklists."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from .. import models as m
from ..screens import Lines, Screen, rows
from .words import MASTER


class ChecklistTemplateView(Screen):
    datamodel = rows(m.ChecklistTemplate)
    short_title, icon = _("Checklist templates"), "list-check"
    help_text = _(
        "An order takes a copy of the checklist of its kind and model when it is assigned; what is changed here later "
        "does not change orders that are under way."
    )
    offers = MASTER
    key_column = "name"
    list_columns = ["name", "kind", "model", "is_enabled", "changed_at", "changed_by"]
    card_columns = ["kind", "model", "is_enabled"]
    search_columns = ["name", "kind", "model", "is_enabled"]
    quick_columns = ["name"]
    sections = [(_("Checklist template"), ["name", "kind", "model", "is_enabled"])]
    form_sections = sections
    lines = {"items": Lines(("text", "kind", "unit_name", "is_required"), need=True)}
    line_tables = {"items": ["line_number", "text", "kind", "unit_name", "is_required"]}
