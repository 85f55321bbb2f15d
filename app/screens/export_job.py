"""Long lists as files: written by a worker in the name of who asked, kept for a week, given to nobody else.

What is in the file is decided when it is written: the rows and columns the person may take away at that moment. The
file, the line in the export log and the end of the job are one transaction; a run that died has left nothing.
"""

from __future__ import annotations

from datetime import timedelta
from typing import IO, TYPE_CHECKING, Any

import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from .. import background, scope
from ..background import Work
from ..database import db
from ..errors import BusinessError, NotAllowed
from ..models import ExportLog, Job
from ..unit_of_work import together
from ..workflows.system import notice
from . import download

if TYPE_CHECKING:
    from .report import ReportScreen
    from .screen import Screen

KIND = "export"
MOST_AT_ONCE = 3
MOST_ROWS = 300_000  # more is no list to work with; a book of so many is closed well before the reaper looks
STEP = 500
background.KEEP[KIND] = timedelta(days=7)


def ask(screen: Screen | ReportScreen, args: MultiDict[str, str]) -> Job:
    """Put the export of this list into the queue. Raises BusinessError when too many of this person wait there."""
    source = screen.exporting(args)
    kind = download.kind_of(args)
    return together(
        lambda: background.enqueue(
            KIND,
            gettext("Export of “%(title)s”", title=source.title),
            entity=str(screen.class_permission_name),
            verb="export",
            parameters={
                "screen": type(screen).__name__,
                "format": kind,
                "args": [list(p) for p in args.items(multi=True)],
            },
            most_of_kind=MOST_AT_ONCE,
        ),
        entity=Job,
    )


def screen_of(work: Work) -> Screen | ReportScreen:
    """The screen whose list is exported; that the person may still do it was checked before."""
    name = work.parameters["screen"]
    screen = next((v for v in current_app.appbuilder.baseviews if type(v).__name__ == name), None)
    if screen is None or screen.class_permission_name != work.entity or not hasattr(screen, "exporting"):
        raise NotAllowed(gettext("There is no such action"))
    return screen


@background.kind(KIND)
def run(work: Work) -> None:
    """Count, write row by row, keep."""
    screen, kind = screen_of(work), work.parameters["format"]
    source = screen.exporting(MultiDict([(k, v) for k, v in work.parameters["args"]]))
    total = source.found.count(cap=MOST_ROWS + 1)
    if total > MOST_ROWS:
        raise BusinessError(gettext("More than %(most)s rows; please filter the list", most=f"{MOST_ROWS:,}"))

    def told() -> Any:
        for count, cells in enumerate(source.lines(), 1):
            if count % STEP == 0:
                work.progress(count, max(total, count))
            yield cells
        db.session.rollback()  # nothing more is asked of the books while the file is being closed

    name, file, count = source.write(kind, told())
    db.session.rollback()
    with file:
        together(lambda: _keep(work, source, kind, (name, file), count), entity=Job)


def _keep(work: Work, source: download.Source, kind: str, file: tuple[str, IO[bytes]], count: int) -> None:
    """The file, its line in the log and the end of the job, all or nothing."""
    work.writing()
    work.seal(gettext("%(n)s rows written; the file is kept for 7 days", n=f"{count:,}"), file)
    entry = db.session.scalar(download.logged(source, kind, count).returning(ExportLog.__table__.c.id))
    if count > download.MOST_DIRECT:
        with scope.elevated():
            row = db.session.scalars(sa.select(ExportLog).where(ExportLog.id == entry)).one()
            words = gettext(
                "%(name)s exported %(n)s rows of “%(title)s”", name=source.by.name, n=f"{count:,}", title=source.title
            )
            notice.tell(notice.in_role("gm"), words, row, "large")
