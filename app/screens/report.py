"""A report on the screen: it lists, sorts, sums, pages, drills down and exports like an entity, and cannot be edited.

    ?month=2026-11&warehouse=3&order=-closing_quantity&page=2&size=50

The address says everything, as with a list (listing.py). Whose rows: the grants on the report in roles.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Any, ClassVar
from urllib.parse import urlencode

import sqlalchemy as sa
from flask import Response, abort, current_app, flash, jsonify, request, url_for
from flask_appbuilder import BaseView, expose, has_access
from werkzeug.datastructures import MultiDict
from wtforms import Form
from wtforms.fields.core import UnboundField

from .. import actor as acting
from .. import clock
from ..database import db
from ..provision import permission_name
from ..reports.report import Drill, Figure, Parameter, Report
from . import download, formats, options
from .columns import Column, known
from .formfields import ChoiceField, DayField, LineForm, MonthField, PickField
from .listing import Control, Paged
from .offer import Offer
from .screen import Screen, is_id


def column_of(figure: Figure) -> Column:
    """A figure as the formats and files know columns."""
    return Column(figure.name, figure.label, figure.kind, unit=figure.unit, secret=figure.secret, type=figure.options)


def field_of(asked: Parameter) -> UnboundField:
    """The field of a parameter in the search bar."""
    if asked.kind == "key":
        assert asked.entity is not None
        return PickField(asked.label, entity=asked.entity, retired=True)
    if asked.kind == "choice":
        assert asked.options is not None
        return ChoiceField(asked.label, options=asked.options, blank=not asked.needed)
    return MonthField(asked.label) if asked.kind == "month" else DayField(asked.label)


@dataclass
class Sheet(Paged):
    """One request's view of a report."""

    screen: ReportScreen
    args: MultiDict[str, str]
    verb: str = "list"
    asked: dict[str, Any] = field(default_factory=dict)
    controls: list[Control] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @cached_property
    def figures(self) -> dict[str, Figure]:
        """The figures that the person may know, by name."""
        by = acting.current()
        if self.faults:
            return {}
        return {f.name: f for f in self.screen.report.figures(self.asked) if by.knows(f.secret)}

    @cached_property
    def columns(self) -> list[Column]:
        return known(column_of(figure) for figure in self.figures.values())

    @property
    def lacks(self) -> Any | None:
        """What has to be chosen first, unless something could not be read."""
        return None if self.faults else self.screen.report.lacks(self.asked)

    @property
    def order(self) -> tuple[str, bool] | None:
        """(figure, descending) where somebody sorts by a figure that he sees, else None."""
        text = self.args.get("order", "")
        figure = self.figures.get(text.removeprefix("-"))
        return (figure.name, text.startswith("-")) if figure is not None and figure.order_by else None

    @cached_property
    def query(self) -> Any:
        """All rows of the report for this person, or None where there is nothing to ask the books."""
        if self.faults or self.lacks:
            return None
        report = self.screen.report
        return report.query(self.asked, report.rows_of(acting.current(), self.verb))

    def order_of(self, row: Any) -> list[Any]:
        """What the rows are ordered by; what the report adds makes it total."""
        keys = self.screen.report.ordered(self.asked)
        if self.order is not None:
            by, descending = self.figures[self.order[0]].order_by, self.order[1]
            keys = [(by.removeprefix("-"), descending != by.startswith("-")), *keys]
        return [row.c[n].desc() if down else row.c[n].asc() for n, down in keys]

    def rows(self) -> list[Any]:
        """This page."""
        return self._page

    @cached_property
    def _page(self) -> list[Any]:
        """This page, each row with the number of rows and the sums over all of them: one statement asks the books once."""
        if self.query is None:
            return []
        row = self.query.cte("report")  # named twice, so both engines work it out once
        foot = sa.select(*(c.label(f"all_{n}") for n, c in self._sums(row))).select_from(row).subquery("foot")
        page = sa.select(row, foot).select_from(row.join(foot, sa.true())).order_by(*self.order_of(row))
        found = db.session.execute(page.offset((self.page - 1) * self.size).limit(self.size))
        return [line._mapping for line in found]

    def stream(self) -> Iterator[Any]:
        """Every row, a thousand at a time; the query is made now, while what was picked is still at hand."""
        if self.query is None:
            return iter(())
        row = self.query.subquery("report")
        query = sa.select(row).order_by(*self.order_of(row)).execution_options(yield_per=1000)

        def parts() -> Iterator[Any]:
            for part in db.session.execute(query).partitions():
                yield from (row._mapping for row in part)

        return parts()

    def _sums(self, row: Any) -> list[tuple[str, Any]]:
        """The number of rows and every sum, by name, as aggregates over the rows of the report."""
        names = {f.summed for f in self.figures.values() if f.total}
        names |= {n for n in ("margin", "revenue") if n in row.c}
        sums = [(n, sa.func.sum(row.c[n], type_=row.c[n].type)) for n in sorted(names)]
        return [("rows", sa.func.count()), *sums]

    @cached_property
    def _foot(self) -> dict[str, Any]:
        """How many rows there are, and their sums; beyond the last page they are asked for by themselves."""
        if "_page" in self.__dict__ and self._page:
            return {n.removeprefix("all_"): v for n, v in self._page[0].items() if n.startswith("all_")}
        row = self.query.subquery("report")
        found = sa.select(*(c.label(n) for n, c in self._sums(row))).select_from(row)
        return dict(db.session.execute(found).one()._mapping)

    def count(self, cap: int | None = None) -> int:
        """How many rows there are."""
        return 0 if self.query is None else self._foot["rows"]

    def sums(self) -> dict[str, Any]:
        """Figure → sum over every row of the filter."""
        wanted = [f for f in self.figures.values() if f.total]
        if not wanted or not self.count():
            return {}
        return {f.name: f.derive(self._foot, self.asked) if f.derive else self._foot[f.summed] for f in wanted}

    def address(self, **changes: Any) -> str:
        """The query string of this report with something changed; a blank parameter stays blank."""
        names = {p.name for p in self.screen.report.parameters}
        merged = {**self.args.to_dict(), **changes}
        return "?" + urlencode({k: v for k, v in merged.items() if v is not None and (v != "" or k in names)})

    @property
    def filter_text(self) -> str:
        """What was asked, in words, for the export log and the head of a file."""
        parts = []
        for control in self.controls:
            part = control.fields[0]
            if part.data is not None:
                words = part._value() if hasattr(part, "_value") else getattr(part, "text", "") or str(part.data)
                parts.append(f"{control.column.label}: {words}")
        return "；".join(parts)


PERIOD = ("day_from", "day_to", "month", "month_from", "month_to")
MONTHS_BACK = 12


class ReportScreen(BaseView):
    """Base of every screen of a report; `report` and `short_title` are its whole declaration."""

    report: ClassVar[Report]
    short_title: ClassVar[Any]
    icon: ClassVar[str] = "chart-simple"
    default_view = "list"
    base_permissions: ClassVar[list[str]] = [permission_name("list"), permission_name("export")]

    def __init__(self) -> None:
        self.class_permission_name = self.report.name
        super().__init__()

    @property
    def key_column(self) -> str:
        return ""

    def may(self, verb: str) -> bool:
        """Whether the person may do this with the report at all."""
        name = permission_name(verb)
        return name in self.base_permissions and self.appbuilder.sm.has_access(name, self.class_permission_name)

    def url(self, method: str, **values: Any) -> str:
        """The address of a method of this screen."""
        return url_for(f"{self.endpoint}.{method}", **values)

    def read(self, args: MultiDict[str, str], verb: str = "list") -> Sheet:
        """The sheet that an address asks for; what cannot be read says so and leaves it empty."""
        sheet = Sheet(self, args, verb)
        form_class: type[Form] = type("Asked", (LineForm,), {p.name: field_of(p) for p in self.report.parameters})
        defaults = {p.name: p.default() for p in self.report.parameters if p.default is not None}
        form = form_class(formdata=args if any(p.name in args for p in self.report.parameters) else None, data=defaults)
        for parameter in self.report.parameters:
            part = form[parameter.name]
            if not part.validate(form):
                sheet.faults += [f"{parameter.label}：{error}" for error in part.errors]
            elif part.data is None and (parameter.name not in args or parameter.needed):
                part.data = defaults.get(parameter.name)
            sheet.asked[parameter.name] = part.data
            column = Column(parameter.name, parameter.label, parameter.kind, target=parameter.entity)
            sheet.controls.append(Control(column, [part]))
        return sheet

    def latest(self, args: MultiDict[str, str]) -> Sheet:
        """Opened without a question: this month, or the last one within a year in which anything happened."""
        sheet = self.read(args)
        month = clock.today().replace(day=1)
        asks = [p for p in self.report.parameters if p.name in PERIOD]
        is_by_month = asks and all(p.default is not None for p in asks) and asks[0].default() == month
        if not is_by_month or sheet.faults or sheet.lacks or any(p.name in args for p in self.report.parameters):
            return sheet
        earlier = sheet
        for _month in range(MONTHS_BACK):
            if earlier.rows():
                return earlier
            last = month - timedelta(days=1)
            month = last.replace(day=1)
            days = {"day_to": last.isoformat()}
            period = {p.name: days.get(p.name, month.isoformat()) for p in asks}
            earlier = self.read(MultiDict({**args.to_dict(), **period}))
        return earlier if earlier.rows() else sheet

    # -- what the template asks ---------------------------------------------------------------------------------

    def value(self, row: Any, column: Column, sheet: Sheet) -> Any:
        """The raw value of a figure."""
        figure = sheet.figures[column.name]
        return figure.derive(row, sheet.asked) if figure.derive else row[column.name]

    def shown(self, row: Any, column: Column, sheet: Sheet) -> Any:
        """The value as HTML."""
        return formats.shown(self.value(row, column, sheet), column)

    def link(self, row: Any, column: Column, sheet: Sheet) -> str | None:
        """The document a figure names or the list behind it, for those who may look there."""
        figure = sheet.figures[column.name]
        if figure.paper is not None:
            entity, pk = figure.paper(row)
            screen = screen_named(entity)
            return screen.url("show", pk=pk) if pk and isinstance(screen, Screen) and screen.may("show") else None
        drill = figure.drill(row, sheet.asked) if figure.drill is not None and row[column.name] else None
        return self.leads(drill) if drill is not None else None

    def leads(self, drill: Drill) -> str | None:
        """The address of the list behind a figure, where the person may list it."""
        screen = screen_named(drill.to)
        return screen.url("list", **drill.args) if screen is not None and screen.may("list") else None

    # -- routes -------------------------------------------------------------------------------------------------

    @expose("/list/")
    @has_access
    def list(self) -> str:
        sheet = self.latest(request.args)
        for fault in sheet.faults:
            flash(fault, "warning")
        return self.render_template("report.html", screen=self, sheet=sheet, title=str(self.report.title))

    @expose("/export", methods=["GET", "POST"])
    @has_access
    def export(self) -> Any:
        """The report as it stands, as a file; a long one by a worker."""
        return download.answer(self)

    def exporting(self, args: MultiDict[str, str]) -> download.Source:
        """What "export" takes away: the rows and figures this person sees now."""
        sheet = self.read(args, "export")
        return download.Source(str(self.report.title), sheet, lambda row, c: self.value(row, c, sheet))

    @expose("/options/<string:path>")
    def options(self, path: str) -> Response:
        """Choices for a parameter while typing."""
        if not self.may("list"):
            abort(403)
        asked = next((p for p in self.report.parameters if p.name == path and p.entity is not None), None)
        if asked is None or asked.entity is None:
            abort(404)
        page = request.args.get("page", "1")
        number = int(page) if is_id(page) and len(page) < 4 else 1
        term = request.args.get("q", "").strip()[:60]
        return jsonify(options.search(asked.entity, term, max(number, 1), Offer(asked.narrow, retired=True)))


def screen_named(name: str) -> Screen | ReportScreen | None:
    """The screen of an entity or of a report, by name."""
    for view in current_app.appbuilder.baseviews:
        if isinstance(view, Screen) and view.entity.__name__ == name:
            return view
        if isinstance(view, ReportScreen) and view.report.name == name:
            return view
    return None
