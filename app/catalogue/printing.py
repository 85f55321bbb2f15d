"""11 系统: templates of printed papers, and who printed what."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_appbuilder import expose, has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext as _p
from markupsafe import Markup

from .. import forms
from .. import models as m
from ..enums import TemplateState
from ..errors import BusinessError
from ..screens import Screen, Tab, act, printing, rows
from ..screens.columns import Column
from ..unit_of_work import create
from ..workflows.system import print_template as template
from .words import LEDGER


class PrintTemplateView(Screen):
    datamodel = rows(m.PrintTemplate)
    short_title, icon = _("Print templates"), "file-lines"
    help_text = _(
        "One version of a paper is in use. To change a paper, begin a new version, try it on a document, put it into use."
    )
    key_column = "name"
    list_columns = [
        "name",
        "revision",
        "state",
        "paper",
        "tried_number",
        "tried_at",
        "activated_at",
        "changed_by",
        "remark",
    ]
    card_columns = ["state", "paper", "activated_at"]
    search_columns = ["name", "state", "paper", "activated_at"]
    quick_columns = ["name", "remark"]
    sections = [
        (_("Print template"), ["name", "revision", "state", "paper", "remark"]),
        (_p("print template", "Trial"), ["tried_number", "tried_at", "activated_at", "changed_by", "changed_at"]),
        (_("Text of the template"), ["body"]),
    ]
    form_sections = [(_("Print template"), ["paper", "remark"]), (_("Text of the template"), ["body"])]
    form_template = "print_template.html"
    copy_without = ("*",)  # the next version begins with the text of the one in use
    tabs = [Tab("active", _("In use"), lambda q: q.where(m.PrintTemplate.state == TemplateState.ACTIVE))]
    try_out = act(template.try_out, form=forms.TryOutForm)
    activate = act(template.activate)
    retire = act(template.retire)

    @expose("/add", methods=["GET", "POST"])
    @has_access
    def add(self) -> Any:
        """Begin the next version of a paper, with the text of the one in use."""
        papers = printing.all_papers()
        chosen = request.form.get("what", "")
        for screen, spec in papers if request.method == "POST" else ():
            if f"{type(screen).__name__}/{spec.code}" == chosen:
                row = create(m.PrintTemplate, self._next(screen, spec), key=self._request_key())
                return redirect(self.url("edit", pk=row.id))
        page = self.render_template(
            "print_template_new.html", screen=self, title=gettext("New version of a print template"),
            papers=[(f"{type(s).__name__}/{p.code}", p, s, printing.in_use(s, p)) for s, p in papers],
            request_key=self.fresh_key(), is_asked=request.method == "POST",
        )  # fmt: skip
        return page if request.method == "GET" else (page, 422)

    @staticmethod
    def _next(screen: Screen, spec: printing.Print) -> dict[str, Any]:
        used = printing.in_use(screen, spec)
        return {
            "screen": type(screen).__name__,
            "code": spec.code,
            "name": str(spec.title),
            "paper": used.paper if used is not None else spec.paper,
            "body": used.body if used is not None else spec.shipped,
        }

    def documented(self, row: m.PrintTemplate) -> list[tuple[str, str]]:
        """What the template may name."""
        try:
            return printing.documented(*printing.of(row))
        except BusinessError as fault:
            flash(str(fault), "warning")
            return []

    def shown(self, row: m.Entity, column: Column) -> Any:
        if column.name == "body":
            return Markup('<pre class="code">{}</pre>').format(row.body)  # type: ignore[attr-defined]
        return super().shown(row, column)

    def link(self, row: m.Entity, column: Column) -> str | None:
        """From the number it was tried on to the paper as this version makes it."""
        if column.name != "tried_number" or not row.tried_number:  # type: ignore[attr-defined]
            return super().link(row, column)
        return url_for(".trial", pk=row.id)

    @expose("/trial/<pk>", methods=["GET"])
    def trial(self, pk: str) -> Any:
        """The paper of the document on which this version was tried."""
        row: Any = self.find(pk) if self.may("edit") else abort(403)
        try:
            screen, spec = printing.of(row)
            found = printing.try_on(row, row.tried_number or "")
        except BusinessError as fault:
            flash(str(fault), "danger")
            return redirect(self.url("show", pk=pk))
        return redirect(
            url_for("PrintView.paper", screen=type(screen).__name__, pk=found.id, paper=spec.code, template=row.id)
        )


class PrintLogView(Screen):
    datamodel = rows(m.PrintLog)
    short_title, icon = _("Print log"), "print"
    offers = LEDGER
    key_column = "number"
    list_columns = ["number", "name", "times", "by", "at", "way", "revision"]
    card_columns = ["name", "times", "by", "at"]
    search_columns = ["number", "name", "by", "at", "way"]
    quick_columns = ["number", "name"]
    sections = [(_("Print log"), ["number", "name", "times", "by", "at", "way", "revision"])]
