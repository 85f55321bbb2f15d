"""What can be known about a file before anything is written: every bad cell, every twin, every rule of the entity."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext

from .. import actor as acting
from .. import clock, scope
from ..database import db
from ..errors import BusinessError, noting
from ..formulas import normal
from ..models import Document, Entity
from ..unit_of_work import altered, made
from ..workflows import machine
from .cells import Cells, is_reference
from .importing import Plan, Row

CHUNK = 500
MOST_FAULTS = 10_000
DECIDING = frozenset({"choice", "state", "flag"})
STAND_INS: dict[str, Callable[[str], Any]] = {  # for a cell that cannot be read, while the rest of its row is checked
    "text": lambda text: text[:20] or "?",
    "note": lambda text: text[:20] or "?",
    "money": lambda _text: Decimal(0),
    "quantity": lambda _text: Decimal(0),
    "rate": lambda _text: Decimal(0),
    "percent": lambda _text: Decimal(0),
    "whole": lambda _text: 0,
    "day": lambda _text: clock.today(),
    "moment": lambda _text: clock.now(),
}


@dataclass
class Found:
    """What came out of looking at a file. fresh: rows to write; changed: (id, values) of rows that are there."""

    fresh: list[Any] = field(default_factory=list)
    changed: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    faults: list[tuple[int, str, str]] = field(default_factory=list)  # (line, column name, sentence)
    skipped: int = 0
    count: int = 0
    lacking: list[str] = field(default_factory=list)  # labels of columns that every new row needs

    @property
    def is_right(self) -> bool:
        return not self.faults and not self.lacking


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
                self.found.fresh += rows
            else:
                self._settle(rows)
        self.found.count += len(rows)
        if self.plan.spec.book is None:
            self.note(rows)
        db.session.expunge_all()

    def note(self, rows: list[Row]) -> None:
        """Keep what is wrong with rows. Raises BusinessError when it is too much to be the right file."""
        self.found.faults += [(row.line, *fault) for row in rows for fault in row.faults]
        if len(self.found.faults) > MOST_FAULTS:
            raise BusinessError(
                gettext("More than %(most)s cells are wrong; is this the right file?", most=MOST_FAULTS)
            )

    def examine(self) -> None:
        """What is wrong with all rows together, where they are booked and not saved; only the right ones stay."""
        rows, spec = self.found.fresh, self.plan.spec
        if spec.book is None:
            return
        for row, name, words in spec.examine(rows) if spec.examine else ():
            row.fault(name, words)
        self.note(rows)
        self.found.fresh = [row for row in rows if not row.faults]

    def _settle(self, rows: list[Row]) -> None:
        there, hidden = self._existing(rows)
        for row in rows:
            key = self._key(row)
            if key is not None:
                self._note_twin(row, ("", self.plan.key), (key,))
            old = there.get(key)
            if old is None and key in hidden:
                row.fault(self.plan.key, gettext("this is there already, but it is not yours"))
            elif old is not None:
                self._meet(row, old)
            elif self.plan.spec.only_changes:
                self._miss(row, key)
            else:
                self.plan.missing(row)
                self._make(row)
        self._ask_for_twins(rows)

    def _miss(self, row: Row, key: Any) -> None:
        """A row that changes nothing, because there is nothing to change."""
        self.plan.missing(row)
        if key is not None:
            words = gettext("“%(text)s” does not exist or is not yours", text=row.texts[self.plan.key][:30])
            row.fault(self.plan.key, words)

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
            self.found.skipped += not row.faults
        elif self.mode == "refuse":
            row.fault(self.plan.key, gettext("“%(name)s” is there already", name=str(old)))
        else:
            row_id, values = old.id, self._values(row, without=self.plan.key)
            done = self._checked(row, lambda: altered(old, self.with_objects(values), self.flow.prepare_many))
            if done is not None and not row.faults:
                self.found.changed.append((row_id, values))

    def _make(self, row: Row) -> None:
        values = self._values(row)
        stand_ins = self._stand_ins(row)
        if stand_ins is None:
            return
        full = self.with_objects(values) | stand_ins
        new = self._checked(row, lambda: made(self.entity, full, self.flow.prepare_many))
        if new is None:
            return
        for names in _unique(self.entity):
            mine = tuple(getattr(new, name) for name in names)
            if None not in mine and not {names[0], names[-1]} & stand_ins.keys():
                self._note_twin(row, names, mine)
        if not row.faults:
            row.made = new if self.is_bulk else values

    def _stand_ins(self, row: Row) -> dict[str, Any] | None:
        """Something for each needed cell that cannot be read, so that the others are checked all the same.

        None where nothing can stand in: what a choice means for the rest of the row nobody knows.
        """
        wrong = {name for name, _words in row.faults if name in self.plan.cells}
        if any(self.plan.cells[name].column.kind in DECIDING for name in wrong):
            return None
        stand_ins: dict[str, Any] = {}
        for name in {c.name for c in self.plan.needed} - row.values.keys():
            cells = self.plan.cells[name]
            if is_reference(cells):
                stand_ins[name] = self._any_of(cells)
            else:
                stand_ins[name] = STAND_INS.get(cells.column.kind, lambda _text: None)(row.texts.get(name, ""))
            if stand_ins[name] is None:
                return None
        return stand_ins

    def _any_of(self, cells: Cells) -> Any:
        """One row that the column could refer to."""
        if (cells.column.name, 0) not in self.objects:
            entity = cells.field.entity
            offered = cells.field.offer.of(sa.select(entity), entity, {})
            self.objects[cells.column.name, 0] = db.session.scalars(offered.order_by(entity.id).limit(1)).first()
        return self.objects[cells.column.name, 0]

    def _checked(self, row: Row, work: Any) -> Any:
        """What the entity's own checks say; every one of them that speaks is noted."""
        with noting() as noted:
            try:
                result = work()
            except BusinessError as fault:
                result = None
                noted.append(fault)
        for fault in noted:
            name = (fault.field or "").removesuffix("_id")
            row.fault(name if name in self.plan.cells else self.plan.key, str(fault))
        return result

    def _note_twin(self, row: Row, names: tuple[str, ...], values: tuple[Any, ...]) -> None:
        """When an earlier line has the same, the row is wrong."""
        first = self.seen.setdefault(names, {}).setdefault(values, row.line)
        if first != row.line:
            row.fault(self.plan.key, gettext("the same as in row %(line)s", line=first))

    def _ask_for_twins(self, rows: list[Row]) -> None:
        """Unique values of new rows that are in the books already; one question for many rows."""
        fresh = [row for row in rows if row.made is not None]
        if self.is_bulk:
            for name in {names[0] for names in _unique(self.entity) if len(names) == 1} - {self.match}:
                column, wanted = getattr(self.entity, name), {getattr(row.made, name) for row in fresh}
                with scope.elevated():
                    taken = set(db.session.scalars(sa.select(column).where(column.in_(wanted - {None}))))
                for row in fresh:
                    if getattr(row.made, name) in taken:
                        words = gettext("“%(name)s” is there already", name=getattr(row.made, name))
                        row.fault(name if name in self.plan.cells else self.plan.key, words)
        self.found.fresh += [self._packed(row.made) for row in fresh if not row.faults]

    def _packed(self, new: Any) -> Any:
        """A row in little room: its name and its values in the order of `names`."""
        return (str(new), tuple(getattr(new, name) for name in self.names)) if self.is_bulk else new

    def _values(self, row: Row, without: str = "") -> dict[str, Any]:
        return {name: value for name, value in row.values.items() if name != without}

    def with_objects(self, values: dict[str, Any]) -> dict[str, Any]:
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
    """Everything that can be known about a file without writing, all of it at once."""
    rows, one = plan.rows(content), Look(plan, mode)
    while some := list(islice(rows, CHUNK)):
        if not one.found.count and mode != "update":
            one.found.lacking = [str(c.label) for c in plan.lacking]
        one.take(some)
        tell(one.found.count)
    one.examine()
    if not one.found.count:
        raise BusinessError(gettext("There are no rows below the headings"))
    return one.found
