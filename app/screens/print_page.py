"""打印: a document as a paper, looked at first; printing it is written down, as PDF too."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import Response, abort, current_app, flash, redirect, request
from flask_appbuilder import BaseView, expose
from flask_babel import gettext
from markupsafe import Markup

from .. import actor as acting
from .. import clock, scope
from ..database import db
from ..enums import Paper, PrintWay
from ..errors import BusinessError
from ..models import Dealer, Entity, PrintTemplate
from ..workflows.system.dealer import the_dealer
from . import letterhead, pdf, printing
from .download import disposition
from .export import file_name
from .screen import Screen, is_id

SHEET = {Paper.A4: "print-a4.css", Paper.TRIPLE: "print-triple.css"}


class PrintView(BaseView):
    """/print/MachineContractView/7: the paper before it is printed; a POST prints it and counts."""

    route_base = "/print"
    default_view = "paper"

    @expose("/<string:screen>/<pk>", methods=["GET", "POST"])
    def paper(self, screen: str, pk: str) -> Any:
        where, row, spec = _asked(screen, pk, request.values.get("paper", ""))
        if sentence := letterhead.lacking():
            return _first_the_profile(sentence, where, row)
        if request.method == "POST":
            return self._print(where, row, spec)
        draft = _draft(where, spec, request.args.get("template"))
        return self._page(where, row, spec, draft or printing.in_use(where, spec), draft is not None)

    def _print(self, screen: Screen, row: Entity, spec: printing.Print) -> Any:
        """Written into the log first; what cannot be made is not counted."""
        way, pk = PrintWay.PDF if request.form.get("way") == "pdf" else PrintWay.PAPER, row.id
        if way is PrintWay.PDF and not pdf.is_possible():
            abort(404)
        template = printing.in_use(screen, spec)
        try:
            next_ = printing.times_printed(screen, row, spec) + 1
            made = printing.compose(screen, row, spec, template, next_)
            file = self._file(made, row) if way is PrintWay.PDF else None
            times = printing.log(screen, row, spec, template, way)
            row, template = screen.find(str(pk)), printing.in_use(screen, spec)
            if file is not None and times == next_:
                return file
            if way is PrintWay.PAPER:
                return self._page(screen, row, spec, template, False, times)
            return self._file(
                printing.compose(screen, row, spec, template, times), row
            )  # somebody was a moment earlier
        except BusinessError as fault:
            flash(str(fault), "danger")
            return redirect(screen.url("show", pk=pk))

    def _page(
        self, screen: Screen, row: Entity, spec: Any, template: PrintTemplate | None, is_draft: bool, times: int = 0
    ) -> Any:
        try:
            paper = printing.compose(screen, row, spec, template, times)
        except BusinessError as fault:
            flash(str(fault), "danger")
            return redirect(screen.url("show", pk=row.id))
        return self.render_template(
            "print.html", paper=paper, sheet=SHEET[paper.size], screen=screen, row=row, spec=spec, times=times,
            is_draft=is_draft, before=printing.times_printed(screen, row, spec), can_pdf=pdf.is_possible(),
        )  # fmt: skip

    def _file(self, paper: printing.PrintedPaper, row: Entity) -> Response:
        page = self.render_template(
            "print_file.html", paper=paper, sheets=(SHEET[paper.size], "print.css"), prefix=pdf.SHEETS
        )
        name = file_name(f"{paper.title}-{row}", clock.today(), "pdf")
        headers = {"Content-Disposition": disposition(name)}
        return Response(pdf.make(page), mimetype="application/pdf", headers=headers)


def _first_the_profile(sentence: str, screen: Screen, row: Entity) -> Any:
    """Back to the document, with the way to the company profile for those who may write it."""
    view = next(v for v in current_app.appbuilder.baseviews if isinstance(v, Screen) and v.entity is Dealer)
    words = Markup("{} ").format(sentence)
    found = the_dealer()
    if view.may("edit") and found is not None:
        words += Markup('<a href="{}">{}</a>').format(view.url("edit", pk=found.id), view.short_title)
    flash(words, "warning")
    return redirect(screen.url("show", pk=row.id))


def _asked(name: str, pk: str, code: str) -> tuple[Screen, Entity, printing.Print]:
    """Screen, document and paper of an address, for those who may look at the document."""
    screen = next((v for v in current_app.appbuilder.baseviews if type(v).__name__ == name), None)
    spec = printing.declared(screen, code) if isinstance(screen, Screen) else None
    if not isinstance(screen, Screen) or spec is None:
        abort(404)
    if not screen.may("show"):
        abort(403)
    row = screen.find(pk)
    if not scope.reaches(acting.current(), row, "show"):
        abort(404)
    return screen, row, spec


def _draft(screen: Screen, spec: printing.Print, text: str | None) -> PrintTemplate | None:
    """A version that is looked at before it is in use, for those who may write templates."""
    if text is None:
        return None
    if not acting.current().may("edit", "PrintTemplate"):
        abort(403)
    query = sa.select(PrintTemplate).where(
        PrintTemplate.id == (int(text) if is_id(text) else 0),
        PrintTemplate.screen == type(screen).__name__,
        PrintTemplate.code == spec.code,
    )
    found = db.session.scalars(query).one_or_none()
    return found or abort(404, gettext("Not found"))
