"""11 系统: work in the background; the row of a job is the truth about it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
import sqlalchemy.orm
from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext as _p
from sqlalchemy.orm import Mapped, mapped_column

from .. import enums
from .. import fields as f
from ..formulas.windows import STAMPED
from .base import Entity, Record

if TYPE_CHECKING:
    from .organisation import Employee


class Job(Record):
    """后台任务: long work that somebody asked for; it acts as that person, and survives a restart.

    step:     what the next run does, where a kind of work has several (an import: check, then write).
    entity, verb: what the person must still be allowed to do when it runs and when the result is fetched.
    claim:    whose run it is; a run that lost its claim commits nothing any more.
    """

    title = _("Background job")
    kind: Mapped[str] = f.text(_p("background job", "Kind of work"), 40)
    step: Mapped[str] = f.text(_("Step"), 20, default="", secret="code")
    subject: Mapped[str] = f.text(_p("background job", "Work"), 160)
    entity: Mapped[str] = f.text(_("Entity"), 40)
    verb: Mapped[str] = f.text(_("Verb"), 40)
    parameters: Mapped[dict[str, Any]] = mapped_column(
        sa.JSON, default=dict, info={"label": _("Parameters"), "kind": "changes"}
    )
    state: Mapped[enums.JobState] = f.state(_("Status"), enums.JobState)
    is_retryable: Mapped[bool] = f.flag(_("May be tried again"))
    is_cancel_asked: Mapped[bool] = f.flag(_("Asked to stop"))
    done: Mapped[int] = f.whole(_("Rows done"), default=0)
    total: Mapped[int] = f.whole(_("Rows in all"), default=0)
    message: Mapped[str | None] = f.note(_("Result"), 1000)
    faults: Mapped[list[Any]] = mapped_column(
        sa.JSON, default=list, info={"label": _("Faulty cells"), "kind": "changes"}
    )
    fault_count: Mapped[int] = f.whole(_("Faults"), default=0)
    attempts: Mapped[int] = f.whole(_("Runs"), default=0)
    asked_by_id: Mapped[int | None] = f.key(_("Asked by"), "employee")
    asked_by: Mapped[Employee | None] = f.link(asked_by_id)
    claim: Mapped[str | None] = f.text(_("Claim"), 32, secret="code")
    started_at: Mapped[datetime | None] = f.moment(_("Started at"), STAMPED)
    heartbeat_at: Mapped[datetime | None] = f.moment(_("Last sign of life"), STAMPED)
    ended_at: Mapped[datetime | None] = f.moment(_("Ended at"), STAMPED)
    result_name: Mapped[str | None] = f.text(_("Result file"), 160)

    def __str__(self) -> str:
        return self.subject

    @property
    def percent_done(self) -> int:
        """0 to 100, for the eye."""
        return min(100, 100 * self.done // self.total) if self.total else 0


class JobFile(Entity):
    """What a job reads or leaves behind; kept in the database, so that every worker has it and a backup too.

    size: bytes of all its parts.
    """

    title = _("File of a job")
    __table_args__ = (sa.UniqueConstraint("job_id", "is_result"),)
    job_id: Mapped[int] = f.key(_("Background job"), "job", ondelete="CASCADE", index=False)
    job: Mapped[Job] = f.link(job_id)
    is_result: Mapped[bool] = f.flag(_("Result"))
    name: Mapped[str] = f.text(_("File name"), 160)
    size: Mapped[int] = f.whole(_("Size"), unit=_("bytes"))


class JobFilePart(Entity):
    """Some bytes of such a file; it comes and goes piece by piece, so that its length costs no memory."""

    title = _("Part of a file of a job")
    __table_args__ = (sa.UniqueConstraint("file_id", "sequence"),)
    file_id: Mapped[int] = f.key(_("File of a job"), "job_file", ondelete="CASCADE", index=False)
    file: Mapped[JobFile] = f.link(file_id)
    sequence: Mapped[int] = f.whole(_("Sequence"))
    content: Mapped[bytes] = mapped_column(
        sa.LargeBinary, deferred=True, info={"label": _("Content"), "kind": "changes"}
    )
