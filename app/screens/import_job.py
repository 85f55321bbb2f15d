"""An import at work: first only looked at, every bad cell named; after a yes looked at again and written, all or nothing."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext

from .. import actor as acting
from .. import audit, background, scope
from ..background import Outcome, Work
from ..database import db
from ..enums import JobState
from ..errors import BusinessError, NotAllowed, NotYours
from ..models import Entity, Job
from ..numbering import next_codes
from ..unit_of_work import altered, born, together
from .import_look import CHUNK, Found, Look, look
from .importing import Plan
from .template import marked

KIND = "import"
SHOWN_FAULTS = 500
MODES = ("refuse", "skip", "update")


def write(plan: Plan, found: Found, tell: Any) -> int:
    """Write what was found right, in the transaction that is under way; gives how many rows."""
    if plan.spec.book is not None:
        with scope.elevated():
            return plan.spec.book(found.fresh, tell)
    one = Look(plan, "update")
    for start in range(0, len(found.fresh), CHUNK):
        some = found.fresh[start : start + CHUNK]
        if one.is_bulk:
            _insert(plan.entity, one.names, some)
        else:
            for values in some:
                born(plan.entity, one.with_objects(values))
        tell(start + len(some))
    for start in range(0, len(found.changed), CHUNK):
        some = found.changed[start : start + CHUNK]
        with scope.elevated():
            wanted = sa.select(plan.entity).where(plan.entity.id.in_([row_id for row_id, _ in some])).with_for_update()
            rows = {row.id: row for row in db.session.scalars(wanted.order_by(plan.entity.id))}
            for row_id, values in some:
                altered(rows[row_id], one.with_objects(values), one.flow.prepare_many)
            db.session.flush()
        db.session.expunge_all()
        tell(len(found.fresh) + start + len(some))
    return len(found.fresh) + len(found.changed)


def _insert(entity: type[Entity], names: list[str], some: list[tuple[str, tuple[Any, ...]]]) -> None:
    """Many new rows with their lines in the audit log. Raises NotYours when one would lie outside the person's rows."""
    table, by = entity.__table__, acting.current()
    rows = [dict(zip(names, values, strict=True)) for _, values in some]
    nameless = [row for row in rows if "number" in row and row["number"] is None]
    for row, number in zip(
        nameless, next_codes(db.session(), entity.prefix, len(nameless)) if nameless else (), strict=True
    ):  # type: ignore[attr-defined]
        row["number"] = number
    for row in rows:
        row |= {name: by.employee_id for name in ("created_by_id", "changed_by_id") if name in row}
    statement = sa.insert(table).returning(table.c.id, sort_by_parameter_order=True)
    ids = list(db.session.execute(statement, rows).scalars())
    visible = sa.select(sa.func.count(entity.id)).where(entity.id.in_(ids))
    if db.session.scalar(visible) != len(ids):
        raise NotYours(gettext("This record does not exist or is not yours"))
    told = [(row_id, name, row) for row_id, (name, _), row in zip(ids, some, rows, strict=True)]
    audit.tell_created(db.session, entity, told)


def plan_of(work: Work) -> Plan:
    """The import a job is about, as its person may do it now."""
    name = work.parameters["screen"]
    screen = next((v for v in current_app.appbuilder.baseviews if type(v).__name__ == name), None)
    if screen is None or work.verb not in screen.imports:
        raise NotAllowed(gettext("There is no such action"))
    return Plan(screen, work.verb)


@background.kind(KIND)
def run(work: Work) -> Outcome | None:
    """The two steps of an import, as a background job."""
    plan, mode, (name, content) = plan_of(work), work.parameters["mode"], work.file()
    db.session.rollback()
    if work.step == "write":
        together(lambda: _write(work, plan, content, mode), entity=Job)
        return None
    total = work.parameters.get("lines", 0)
    found = look(plan, content, mode, lambda n: work.progress(n, max(total, n)))
    db.session.rollback()
    has_rows = bool(found.fresh or found.changed)
    if not found.is_right and not (has_rows and takes_right_ones(work)):
        return _refused(plan, name, content, found)
    if not has_rows:
        words = gettext("All %(n)s rows are there already; nothing to write", n=f"{found.count:,}")
        return Outcome(JobState.DONE, _with_sheets(plan, words))
    return Outcome(
        JobState.CHECKED,
        _with_sheets(plan, _counts(found)),
        faults=_sentences(plan, found),
        fault_count=len(found.faults),
        file=_given_back(plan, name, content, found),
    )


def takes_right_ones(work: Work) -> bool:
    """Whether who brought the file wants its right rows in and only the others back."""
    return bool(work.parameters.get("right_ones"))


def _write(work: Work, plan: Plan, content: bytes, mode: str) -> None:
    total = work.parameters.get("lines", 0)
    found = look(plan, content, mode, lambda n: work.progress(n // 2, max(total, n)))
    if found.faults and not takes_right_ones(work):
        line, column, words = found.faults[0]
        raise BusinessError(
            gettext("The books have changed meanwhile, please check the file again; %(fault)s",
                    fault=sentence(plan, line, column, words))
        )  # fmt: skip
    work.writing()
    write(plan, found, lambda n: work.progress((found.count + n) // 2, found.count))
    name = work.parameters.get("file_name", "")
    words = gettext("Imported: %(counts)s", counts=_counts(found))
    back = _given_back(plan, name, content, found)
    work.seal(_with_sheets(plan, words), back, _sentences(plan, found), len(found.faults))


def _counts(found: Found) -> str:
    words = gettext(
        "%(all)s rows: %(fresh)s new, %(changed)s changed, %(skipped)s skipped",
        all=f"{found.count:,}", fresh=f"{len(found.fresh):,}", changed=f"{len(found.changed):,}", skipped=f"{found.skipped:,}",
    )  # fmt: skip
    wrong = len({line for line, _column, _words in found.faults})
    if not wrong:
        return words
    back = gettext("%(n)s rows are wrong: they are not written and stand in the file that comes back", n=f"{wrong:,}")
    return f"{words}；{back}"


def _with_sheets(plan: Plan, words: str) -> str:
    """The sheet that was read is named; others with headings are not passed over in silence."""
    if not plan.sheet_name:
        return words
    said = gettext("Sheet “%(name)s”: %(words)s", name=plan.sheet_name, words=words)
    if not plan.also:
        return said
    names = "、".join(f"“{name}”" for name in plan.also)
    also = gettext("sheets not read: %(names)s", names=names)
    return f"{said}；{also}"


def _given_back(plan: Plan, name: str, content: bytes, found: Found) -> tuple[str, bytes] | None:
    """A file of the rows that are wrong and nothing else, to be mended and brought again."""
    if not found.faults:
        return None
    stem, word = name.rsplit(".", 1)[0][:120], gettext("rows given back")
    return f"{stem}-{word}.xlsx", marked(plan, content, sorted(found.faults), only_wrong=True)


def _sentences(plan: Plan, found: Found) -> list[str]:
    return [sentence(plan, *fault) for fault in sorted(found.faults)[:SHOWN_FAULTS]]


def sentence(plan: Plan, line: int, column: str, words: str) -> str:
    """第 12 行“零售价”：“12x”不是数字"""
    return gettext("Row %(line)s “%(column)s”: %(words)s", line=line, column=plan.heading_of(column), words=words)


def _refused(plan: Plan, name: str, content: bytes, found: Found) -> Outcome:
    """Nothing is written; what is wrong is said, in the file as well."""
    words = []
    if found.lacking:
        words.append(gettext("The file lacks these columns: %(names)s", names="、".join(found.lacking)))
    if found.faults:
        words.append(gettext("%(n)s cells are wrong; nothing was written", n=f"{len(found.faults):,}"))
    word = gettext("faults marked")
    file = (f"{name.rsplit('.', 1)[0][:120]}-{word}.xlsx", marked(plan, content, sorted(found.faults)))
    return Outcome(
        JobState.FAILED,
        _with_sheets(plan, "；".join(words)),
        faults=_sentences(plan, found),
        fault_count=len(found.faults),
        file=file if found.faults else None,
        is_final=True,
    )
