"""The answer to "export": the list as it is filtered, as a file, written into the export log; long lists go to a worker."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import sqlalchemy as sa
from flask import Response, flash, redirect, render_template, request, send_file, stream_with_context, url_for
from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from .. import actor as acting
from .. import clock
from ..actor import Actor
from ..database import db
from ..errors import BusinessError
from ..models import ExportLog
from . import export, listing

if TYPE_CHECKING:
    from .report import ReportScreen, Sheet
    from .screen import Screen

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
MOST_DIRECT = 5_000


@dataclass(frozen=True)
class Source:
    """What is taken away: rows and columns of a person, and how a cell is read. found: `columns`, `stream`, `count`."""

    title: str
    found: listing.Listing | Sheet | Any
    value_of: Callable[[Any, Any], Any]
    by: Actor = field(default_factory=acting.current)

    def lines(self) -> Iterator[list[Any]]:
        """The rows as cells; the query is made now, while what was picked is still at hand."""
        stream, columns = self.found.stream(), self.found.columns
        return (export.cells(row, columns, self.value_of) for row in stream)

    def write(self, kind: str, lines: Iterable[list[Any]]) -> tuple[str, IO[bytes], int]:
        """(name, file, number of rows); memory does not grow with the rows."""
        name = export.file_name(self.title, clock.today(), kind)
        if kind == "xlsx":
            return name, *export.write_xlsx(self.found.columns, lines, self.title, self.note())
        file, count = tempfile.TemporaryFile(), 0  # noqa: SIM115 - closed by who asked

        def counted() -> Iterator[list[Any]]:
            nonlocal count
            for line in lines:
                count += 1
                yield line

        try:
            for part in export.write_csv(self.found.columns, counted()):
                file.write(part)
        except BaseException:
            file.close()
            raise
        return name, file, count

    def note(self) -> str:
        """The first line of a workbook."""
        return gettext(
            "%(title)s · %(filters)s · exported by %(name)s at %(time)s",
            title=self.title,
            filters=self.found.filter_text or gettext("no filter"),
            name=self.by.name,
            time=f"{clock.now():%Y-%m-%d %H:%M}",
        )


def kind_of(args: MultiDict[str, str]) -> str:
    """xlsx unless csv is asked for."""
    return "csv" if args.get("format") == "csv" else "xlsx"


def answer(screen: Screen | ReportScreen) -> Any:
    """The rows and columns of a list that the person sees, as xlsx or csv; a page to ask for it when it is long.

    GET gives the file, POST puts it into the queue of the workers.
    """
    from . import export_job

    if request.method == "POST":
        try:
            job = export_job.ask(screen, request.args)
            return redirect(url_for("JobView.show", pk=job.id))
        except BusinessError as fault:
            flash(str(fault), "danger")
            return redirect(f"{screen.url('list')}?{_asked()}")
    source = screen.exporting(request.args)
    rows = source.found.count(cap=MOST_DIRECT + 1)
    if rows <= MOST_DIRECT and "later" not in request.args:
        return send(source, request.args)
    return render_template(
        "export.html", screen=screen, title=gettext("Export of “%(title)s”", title=source.title), rows=rows,
        most=MOST_DIRECT, asked=_asked(), filters=source.found.filter_text,
    )  # fmt: skip


def _asked() -> str:
    """What the address asks of the list, without the words of exporting."""
    return urlencode([(k, v) for k, v in request.args.items(multi=True) if k not in ("later", "format")])


def send(source: Source, args: MultiDict[str, str]) -> Any:
    """What was found, as a file; written into the export log."""
    kind, lines = kind_of(args), source.lines()
    if kind == "xlsx":
        name, file, count = source.write(kind, lines)
        _log(source, kind, count)
        return send_file(file, as_attachment=True, download_name=name, mimetype=XLSX)
    name = export.file_name(source.title, clock.today(), kind)
    _log(source, kind, source.found.count(cap=None))
    return Response(
        _in_context(export.write_csv(source.found.columns, lines)),
        mimetype=CSV,
        headers={"Content-Disposition": disposition(name)},
    )


def _in_context(parts: Any) -> Any:
    """Stream in the name of the person who asked, after the view has returned."""
    by = acting.current()

    def told() -> Any:
        with acting.acting_as(by):
            yield from parts

    return stream_with_context(told())


def logged(source: Source, kind: str, count: int) -> Any:
    """The line in the export log."""
    return sa.insert(ExportLog.__table__).values(
        at=clock.now(),
        by_id=source.by.employee_id,
        screen=source.title,
        filters=source.found.filter_text[:2000],
        format=kind,
        rows=count,
    )


def _log(source: Source, kind: str, count: int) -> None:
    db.session.execute(logged(source, kind, count))
    db.session.commit()


def disposition(name: str) -> str:
    """The header that names a file, whatever letters are in its name."""
    return f"attachment; filename*=UTF-8''{quote(name)}"
