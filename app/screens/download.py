"""The answer to "export": the list as it is filtered, as a file, written into the export log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import sqlalchemy as sa
from flask import Response, send_file, stream_with_context
from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from .. import actor as acting
from .. import clock
from ..database import db
from ..models import ExportLog
from . import export, listing

if TYPE_CHECKING:
    from .report import Sheet
    from .screen import Screen

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def answer(screen: Screen, args: MultiDict[str, str]) -> Any:
    """The rows and columns of a list that the person sees, as xlsx or csv."""
    found = listing.read(screen, args, screen.sees(), "export")
    return send(str(screen.entity.title), found, screen.value, args)


def send(title: str, found: listing.Listing | Sheet, value_of: Any, args: MultiDict[str, str]) -> Any:
    """What was found, as a file; written into the export log."""
    kind = "csv" if args.get("format") == "csv" else "xlsx"
    by, columns = acting.current(), found.columns
    note = gettext(
        "%(title)s · %(filters)s · exported by %(name)s at %(time)s",
        title=title,
        filters=found.filter_text or gettext("no filter"),
        name=by.name,
        time=f"{clock.now():%Y-%m-%d %H:%M}",
    )
    name = export.file_name(title, clock.today(), kind)
    stream = found.stream()

    def lines() -> Any:
        for row in stream:
            yield export.cells(row, columns, value_of)

    if kind == "xlsx":
        file, count = export.write_xlsx(columns, lines(), title, note)
        _log(title, found, kind, count)
        return send_file(file, as_attachment=True, download_name=name, mimetype=XLSX)
    _log(title, found, kind, found.count(cap=None))
    return Response(
        _in_context(export.write_csv(columns, lines())),
        mimetype="text/csv; charset=utf-8",
        headers={"Content-Disposition": _disposition(name)},
    )


def _in_context(parts: Any) -> Any:
    """Stream in the name of the person who asked, after the view has returned."""
    by = acting.current()

    def told() -> Any:
        with acting.acting_as(by):
            yield from parts

    return stream_with_context(told())


def _log(title: str, found: listing.Listing | Sheet, kind: str, count: int) -> None:
    by = acting.current()
    db.session.execute(
        sa.insert(ExportLog.__table__).values(
            at=clock.now(),
            by_id=by.employee_id,
            screen=title,
            filters=found.filter_text[:2000],
            format=kind,
            rows=count,
        )
    )
    db.session.commit()


def _disposition(name: str) -> str:
    return f"attachment; filename*=UTF-8''{quote(name)}"
