"""An import at work: first only looked at, every bad cell named; after a yes looked at again and written, all or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
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
from ..formulas import normal
from ..models import Document, Entity, Job
from ..numbering import next_codes
from ..unit_of_work import altered, born, made, together
from ..workflows import machine
from .importing import Plan, Row, is_reference
from .template import marked

KIND = "import"
CHUNK = 500
MOST_FAULTS, SHOWN_FAULTS = 10_000, 500
MODES = ("refuse", "skip", "update")


@dataclass
class Found:
    """What came out of looking at a file. fresh: rows to write; changed: (id, values) of rows that are there."""

    fresh: list[Any] = field(default_factory=list)
    changed: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    faults: list[tuple[int, str, str]] = field(default_factory=list)  # (line, column name, sentence)
    skipped: int = 0
    count: int = 0


class Look:
    """One pass over the rows: cells, twins in the file, twins in the books, the entity's own checks."""

    def __init__(self, plan: Plan, mode: str) -> None:
        self.plan, self.mode, self.entity = plan, mode, plan.entity
        self.flow = machine.of(plan.entity)
        self.is_bulk = not issubclass(plan.entity, Document) and self.flow.opened is None
        self.names = [a.key for a in sa.inspect(plan.entity).column_attrs if a.key != "id"]
        self.seen: dict[tuple[str, ...], dict[tuple[Any, ...], int]] = {}
        self.objects: dict[tuple[str, int], Any] = {}
        self.found = Found()
        match = plan.spec.match
        self.match, self.normal = match if match else (plan.key, _form_of(plan.entity, plan.key))

    def take(self, rows: list[Row]) -> None:
        """Settle some rows; their entities are thrown away again, only values are kept."""
        with db.session.no_autoflush:
            if self.plan.spec.book is not None:
                for row in rows:
                    self.plan.missing(row)
                self.found.fresh += [row for row in rows if not row.faults]
            else:
                self._settle(rows)
        self.found.count += len(rows)
        self.found.faults += [(row.line, *fault) for row in rows for fault in row.faults]
        db.session.expunge_all()
        if len(self.found.faults) > MOST_FAULTS:
            raise BusinessError(
                gettext("More than %(most)s cells are wrong; is this the right file?", most=MOST_FAULTS)
            )

    def _settle(self, rows: list[Row]) -> None:
        there, hidden = self._existing(rows)
        for row in rows:
            key = self._key(row)
            if key is not None and self._is_twin(row, ("", self.plan.key), (key,)):
                continue
            old = there.get(key)
            if old is None and key in hidden:
                row.faults.append((self.plan.key, gettext("this is there already, but it is not yours")))
            elif old is not None:
                self._meet(row, old)
            elif self.plan.spec.only_changes:
                if key is not None:
                    words = gettext("“%(text)s” does not exist or is not yours", text=row.texts[self.plan.key][:30])
                    row.faults.append((self.plan.key, words))
                else:
                    self.plan.missing(row)
            else:
                self.plan.missing(row)
                if not row.faults:
                    self._make(row)
        self._ask_for_twins(rows)

    def _key(self, row: Row) -> Any:
        value = row.values.get(self.plan.key)
        return self.normal(value) or None if isinstance(value, str) else value

    def _existing(self, rows: list[Row]) -> tuple[dict[Any, Entity], set[Any]]:
        """Rows that are there: those the person may treat, by key; and keys of all others."""
        column = getattr(self.entity, self.match)
        keys = {key for row in rows if (key := self._key(row)) is not None}
        if not keys:
            return {}, set()
        rule = scope.criterion(self.entity, acting.current(), self.plan.verb)
        query = sa.select(self.entity).where(column.in_(keys))
        mine = {
            getattr(row, self.match): row
            for row in db.session.scalars(query.where(sa.true() if rule is True else rule))
        }
        with scope.elevated():
            every = set(db.session.scalars(sa.select(column).where(column.in_(keys))))
        return mine, every - mine.keys()

    def _meet(self, row: Row, old: Any) -> None:
        """The row is there already."""
        if self.mode == "skip":
            self.found.skipped += 1
        elif self.mode == "refuse":
            row.faults.append((self.plan.key, gettext("“%(name)s” is there already", name=str(old))))
        elif not row.faults:
            row_id, values = old.id, self._values(row, without=self.plan.key)
            if self._checked(row, lambda: altered(old, self._with_objects(values), self.flow.prepare_many)) is not None:
                self.found.changed.append((row_id, values))

    def _make(self, row: Row) -> None:
        values = self._values(row)
        new = self._checked(row, lambda: made(self.entity, self._with_objects(values), self.flow.prepare_many))
        if new is None:
            return
        for names in _unique(self.entity):
            mine = tuple(getattr(new, name) for name in names)
            if None not in mine and self._is_twin(row, names, mine):
                return
        row.made = new if self.is_bulk else values  # type: ignore[attr-defined]

    def _checked(self, row: Row, work: Any) -> Any:
        try:
            return work()
        except BusinessError as fault:
            name = (fault.field or "").removesuffix("_id")
            row.faults.append((name if name in self.plan.cells else self.plan.key, str(fault)))
            return None

    def _is_twin(self, row: Row, names: tuple[str, ...], values: tuple[Any, ...]) -> bool:
        """Whether an earlier line has the same; then the row is wrong."""
        first = self.seen.setdefault(names, {}).setdefault(values, row.line)
        if first == row.line:
            return False
        row.faults.append((self.plan.key, gettext("the same as in row %(line)s", line=first)))
        return True

    def _ask_for_twins(self, rows: list[Row]) -> None:
        """Unique values of new rows that are in the books already; one question for many rows."""
        fresh = [row for row in rows if hasattr(row, "made")]
        if self.is_bulk:
            for name in {names[0] for names in _unique(self.entity) if len(names) == 1} - {self.match}:
                column, wanted = getattr(self.entity, name), {getattr(row.made, name) for row in fresh}  # type: ignore[attr-defined]
                with scope.elevated():
                    taken = set(db.session.scalars(sa.select(column).where(column.in_(wanted - {None}))))
                for row in fresh:
                    if getattr(row.made, name) in taken:  # type: ignore[attr-defined]
                        words = gettext("“%(name)s” is there already", name=getattr(row.made, name))  # type: ignore[attr-defined]
                        row.faults.append((name if name in self.plan.cells else self.plan.key, words))
        self.found.fresh += [self._packed(row.made) for row in fresh if not row.faults]  # type: ignore[attr-defined]

    def _packed(self, new: Any) -> Any:
        """A row in little room: its name and its values in the order of `names`."""
        return (str(new), tuple(getattr(new, name) for name in self.names)) if self.is_bulk else new

    def _values(self, row: Row, without: str = "") -> dict[str, Any]:
        return {name: value for name, value in row.values.items() if name != without}

    def _with_objects(self, values: dict[str, Any]) -> dict[str, Any]:
        """References as rows, and their keys beside them."""
        full = dict(values)
        for name in [n for n in values if is_reference(self.plan.cells[n])]:
            place = (name, values[name])
            if place not in self.objects:
                self.objects[place] = db.session.get(self.plan.cells[name].field.entity, values[name])
            full[name], full[f"{name}_id"] = self.objects[place], values[name]
        return full


def _form_of(entity: type[Entity], name: str) -> Callable[[str], str]:
    """How the texts of a column are kept."""
    column = sa.inspect(entity).columns.get(name)
    return normal.KEPT[column.info.get("form", "line") if column is not None else "line"]


def _unique(entity: type[Entity]) -> Iterator[tuple[str, ...]]:
    for constraint in entity.__table__.constraints:
        if isinstance(constraint, sa.UniqueConstraint):
            yield tuple(column.name for column in constraint.columns)


def look(plan: Plan, content: bytes, mode: str, tell: Any) -> Found:
    """Everything that can be known about a file without writing."""
    rows, one = plan.rows(content), Look(plan, mode)
    while some := list(islice(rows, CHUNK)):
        if not one.found.count:
            _refuse_lacking(plan, mode)
        one.take(some)
        tell(one.found.count)
    found = one.found
    if plan.spec.examine is not None:
        found.faults += [(row.line, name, words) for row, name, words in plan.spec.examine(found.fresh)]
    if not found.count:
        raise BusinessError(gettext("There are no rows below the headings"))
    return found


def _refuse_lacking(plan: Plan, mode: str) -> None:
    """A column that every new row needs is named once, not once a row."""
    lacking = [str(c.label) for c in plan.needed if c.name not in plan.places]
    if lacking and mode != "update":
        raise BusinessError(gettext("The file lacks these columns: %(names)s", names="、".join(lacking)))


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
                born(plan.entity, one._with_objects(values))
        tell(start + len(some))
    for start in range(0, len(found.changed), CHUNK):
        some = found.changed[start : start + CHUNK]
        with scope.elevated():
            wanted = sa.select(plan.entity).where(plan.entity.id.in_([row_id for row_id, _ in some])).with_for_update()
            rows = {row.id: row for row in db.session.scalars(wanted.order_by(plan.entity.id))}
            for row_id, values in some:
                altered(rows[row_id], one._with_objects(values), one.flow.prepare_many)
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
    if found.faults:
        return _refused(plan, name, content, found)
    if not found.fresh and not found.changed:
        return Outcome(
            JobState.DONE, gettext("All %(n)s rows are there already; nothing to write", n=f"{found.count:,}")
        )
    return Outcome(JobState.CHECKED, _counts(found))


def _write(work: Work, plan: Plan, content: bytes, mode: str) -> None:
    total = work.parameters.get("lines", 0)
    found = look(plan, content, mode, lambda n: work.progress(n // 2, max(total, n)))
    if found.faults:
        line, column, words = found.faults[0]
        raise BusinessError(
            gettext("The books have changed meanwhile, please check the file again; %(fault)s",
                    fault=sentence(plan, line, column, words))
        )  # fmt: skip
    work.writing()
    write(plan, found, lambda n: work.progress((found.count + n) // 2, found.count))
    work.seal(gettext("Imported: %(counts)s", counts=_counts(found)))


def _counts(found: Found) -> str:
    return gettext(
        "%(all)s rows: %(fresh)s new, %(changed)s changed, %(skipped)s skipped",
        all=f"{found.count:,}", fresh=f"{len(found.fresh):,}", changed=f"{len(found.changed):,}", skipped=f"{found.skipped:,}",
    )  # fmt: skip


def sentence(plan: Plan, line: int, column: str, words: str) -> str:
    """第 12 行“零售价”：“12x”不是数字"""
    return gettext("Row %(line)s “%(column)s”: %(words)s", line=line, column=plan.heading_of(column), words=words)


def _refused(plan: Plan, name: str, content: bytes, found: Found) -> Outcome:
    faults = sorted(found.faults)
    count = len(faults)
    word = gettext("faults marked")
    file = (f"{name.rsplit('.', 1)[0][:120]}-{word}.xlsx", marked(plan, content, faults))
    return Outcome(
        JobState.FAILED,
        gettext("%(n)s cells are wrong; nothing was written", n=f"{count:,}"),
        faults=[sentence(plan, *fault) for fault in faults[:SHOWN_FAULTS]],
        fault_count=count,
        file=file,
        is_final=True,
    )
