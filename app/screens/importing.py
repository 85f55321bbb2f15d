"""What an Excel file may bring in, and what is right or wrong with every cell of it.

An import is declared in a line beside its screen: `imports = {"import": Import()}`. Columns, headings, choices and checks
come from the dictionary and from the form; every cell is read by the field that reads it in the form.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms.validators import StopValidation, ValidationError

from ..database import db
from ..errors import BusinessError
from ..formulas import normal
from ..models import Entity
from .columns import Column, describe, readable
from .formfields import LineForm, PickField, field_for
from .sheets import ERRORS, HEADING_LINES, Formula, Sheet, tables, text_of

if TYPE_CHECKING:
    from .screen import Screen

MOST_ROWS = 50_000
EXAMPLE, IMPORT_EXCEL = _("(example)"), _("Import Excel")
NATURAL = ("code", "number", "part_number", "serial_number", "staff_number", "model", "name")
TRUE = frozenset(("是", "有", "y", "yes", "true", "1", "√", "✓"))
FALSE = frozenset(("否", "无", "n", "no", "false", "0", "×"))


@dataclass(frozen=True)
class Import:
    """One way of importing into the entity of a screen; its verb is the permission.

    columns:      names from the dictionary, in the order of the template; all of the form unless told.
    key:          the column by which a row is known to be there already; the screen's key column unless told.
    match:        the stored column the key is compared with and how a typed key becomes its value.
    only_changes: rows that are not there yet are refused: a price list.
    extra:        columns of the file that are none of the entity.
    required:     columns that may not stay empty, beyond the form's own.
    examine:      what is wrong with all rows together: rows → [(row, column name, sentence)].
    book:         writes the rows instead of saving them as entities, inside the one transaction; gives how many.
    """

    label: Any = IMPORT_EXCEL
    columns: tuple[str, ...] = ()
    key: str = ""
    match: tuple[str, Callable[[str], str]] | None = None
    only_changes: bool = False
    extra: tuple[Column, ...] = ()
    required: tuple[str, ...] = ()
    examples: dict[str, str] = field(default_factory=dict)
    examine: Callable[[list[Row]], list[tuple[Row, str, str]]] | None = None
    book: Callable[[list[Row], Callable[[int], None]], int] | None = None
    help: Any = None


@dataclass
class Row:
    """A line of the file: what was typed, what it means, what is wrong with it."""

    line: int
    texts: dict[str, str]
    values: dict[str, Any] = field(default_factory=dict)
    faults: list[tuple[str, str]] = field(default_factory=list)  # (column name, sentence)


def plainly(text: str) -> str:
    """A word as it is compared: half-width, without blanks, letter case aside."""
    return normal.code(text).casefold()


def loosely(text: str) -> str:
    """Only letters, digits and Chinese: numbers are the same however dashes are typed."""
    return normal.key(text)


class Wrong(Exception):
    """A cell that cannot be read; the sentence says why."""


class Cells:
    """Reads the cells of one column with the form's own field, its rules and its words."""

    def __init__(self, column: Column, unbound: Any) -> None:
        self.column = column
        self.form = type("CellForm", (LineForm,), {column.name: unbound})()
        self.field = self.form[column.name]

    def read(self, text: str) -> Any:
        """The value behind a text that is not empty. Raises Wrong."""
        typed, data = self.field, self.typed(text)
        typed.data, typed.errors = None, []
        try:
            typed.process_formdata([data])
            typed.pre_validate(self.form)
            for check in typed.validators:
                check(self.form, typed)
        except (ValueError, ValidationError, StopValidation) as fault:
            raise Wrong(str(fault)) from None
        return typed.data

    def typed(self, text: str) -> str:
        """What the form would have been sent."""
        return text

    def choices(self) -> list[str]:
        """What may stand in the cell, where that is a short list."""
        return []


class ChoiceCells(Cells):
    """A word of a list, by its label."""

    @cached_property
    def _names(self) -> dict[str, str]:
        return {plainly(str(option)): option.name for option in self.field.options}

    def typed(self, text: str) -> str:
        if plainly(text) not in self._names:
            raise Wrong(gettext("“%(text)s” is not one of: %(words)s", text=text[:30], words="、".join(self.choices())))
        return self._names[plainly(text)]

    def choices(self) -> list[str]:
        return [str(option) for option in self.field.options]


class FlagCells(Cells):
    """Yes or no."""

    def read(self, text: str) -> bool:
        word = plainly(text)
        if word in TRUE or word in FALSE:
            return word in TRUE
        raise Wrong(gettext("“%(text)s” is neither “Yes” nor “No”", text=text[:30]))

    def choices(self) -> list[str]:
        return [gettext("Yes"), gettext("No")]


class ReferenceCells(Cells):
    """A row of another entity by its code, number or name, among those the person may pick in the form."""

    @cached_property
    def _natural(self) -> list[Any]:
        return [getattr(self.field.entity, n) for n in NATURAL if n in sa.inspect(self.field.entity).column_attrs]

    @cached_property
    def _ids(self) -> tuple[dict[str, set[int]], dict[str, set[int]]]:
        entity = self.field.entity
        query = self.field.offer.of(sa.select(entity.id, *self._natural), entity, {})
        exact: dict[str, set[int]] = defaultdict(set)
        loose: dict[str, set[int]] = defaultdict(set)
        for row_id, *words in db.session.execute(query):
            for word in filter(None, words):
                exact[plainly(word)].add(row_id)
                loose[loosely(word)].add(row_id)
        return exact, loose

    def read(self, text: str) -> int:
        exact, loose = self._ids
        found = exact.get(plainly(text)) or loose.get(loosely(text)) or set()
        if len(found) == 1:
            return next(iter(found))
        if found:
            raise Wrong(
                gettext("“%(text)s” stands for %(n)s records; please use the code", text=text[:30], n=len(found))
            )
        raise Wrong(gettext("“%(text)s” does not exist or is not yours", text=text[:30]))

    def choices(self) -> list[str]:
        entity = self.field.entity
        query = self.field.offer.of(sa.select(getattr(entity, "name", self._natural[0])), entity, {})
        found = list(db.session.scalars(query.order_by(entity.id).limit(301)))
        return [str(word) for word in found] if len(found) <= 300 else []


class Plan:
    """An import as the person who asks may do it: only columns he knows and reads in full."""

    def __init__(self, screen: Screen, verb: str) -> None:
        self.screen, self.verb, self.spec = screen, verb, screen.imports[verb]
        self.entity: type[Entity] = screen.entity
        own = {column.name: column for column in self.spec.extra}
        names = self.spec.columns or tuple(n for _, part in screen.form_sections for n in part)
        self.columns = readable(own.get(n) or describe(self.entity, n) for n in names)
        self.key = self.spec.key or screen.key_column
        self.places: dict[str, int] = {}
        self.cells = {column.name: self._cells(column) for column in self.columns}

    def _cells(self, column: Column) -> Cells:
        name, screen = column.name, self.screen
        need = True if name in (*screen.required, *self.spec.required) else False if name in screen.optional else None
        extra = dict(screen.picks.get(name, {})) if column.kind == "key" else {}
        if name in screen.choices:
            extra["options"] = screen.choices[name]
        made = field_for(column, required=need, **extra)
        kinds = {"key": ReferenceCells, "choice": ChoiceCells, "state": ChoiceCells, "flag": FlagCells}
        return kinds.get(column.kind, Cells)(column, made)

    def is_needed(self, column: Column) -> bool:
        """Whether a new row must have the column; what the dictionary has a default for may stay empty."""
        if column.name == self.key or column.name in self.spec.required:
            return True
        if self.spec.only_changes or not self.cells[column.name].field.flags.required:
            return False
        attributes = sa.inspect(self.entity).column_attrs
        return column.name not in attributes or attributes[column.name].columns[0].default is None

    @cached_property
    def needed(self) -> list[Column]:
        """The columns that a new row must have."""
        return [column for column in self.columns if self.is_needed(column)]

    def heading_of(self, name: str) -> str:
        """The label of a column as sentences name it."""
        return next((str(c.label) for c in self.columns if c.name == name), name)

    def find_table(self, content: bytes) -> tuple[Sheet, int, dict[str, int]]:
        """The sheet, the line of its headings and column name → place. Raises BusinessError when there is none."""
        known = {_heading(word): c.name for c in self.columns for word in (c.heading, str(c.label))}
        for sheet in tables(content):
            for line, cells in sheet.lines:
                words = [_heading(text_of(cell)) for cell in cells]
                found = [(known[word], place) for place, word in enumerate(words) if word in known]
                if self.key in (name for name, _ in found):
                    return sheet, line, self._places(found)
                if line >= HEADING_LINES:
                    break
        raise BusinessError(
            gettext("No line of headings with “%(column)s” was found; please use the template",
                    column=self.heading_of(self.key)), field="file"
        )  # fmt: skip

    def _places(self, found: list[tuple[str, int]]) -> dict[str, int]:
        places = dict(found)
        if len(places) < len(found):
            twice = next(name for name, _ in found if [n for n, _ in found].count(name) > 1)
            raise BusinessError(
                gettext("The column “%(column)s” stands in the file twice", column=self.heading_of(twice))
            )
        return places

    def rows(self, content: bytes) -> Iterator[Row]:
        """Every line that is not empty, read cell by cell. Raises BusinessError when there are too many."""
        sheet, _line, self.places = self.find_table(content)
        count, places, example = 0, self.places, str(EXAMPLE)
        for line, cells in sheet.lines:
            if not any(cells):
                continue
            raw = {name: cells[place] if place < len(cells) else None for name, place in places.items()}
            texts = {name: text_of(cell) for name, cell in raw.items()}
            if not any(texts.values()) or texts[self.key].startswith(example):
                continue
            count += 1
            if count > MOST_ROWS:
                raise BusinessError(
                    gettext("At most %(most)s rows at a time; please split the file", most=f"{MOST_ROWS:,}")
                )
            yield self._read(Row(line, texts), raw)

    def _read(self, row: Row, raw: dict[str, Any]) -> Row:
        for name, text in row.texts.items():
            if isinstance(raw[name], Formula):
                row.faults.append((name, gettext("this is a formula; please paste it as a value")))
            elif text in ERRORS:
                row.faults.append((name, gettext("“%(text)s” is an error of the spreadsheet", text=text)))
            elif text:
                try:
                    row.values[name] = self.cells[name].read(text)
                except Wrong as fault:
                    row.faults.append((name, str(fault)))
        return row

    def missing(self, row: Row) -> None:
        """Note what a new row lacks."""
        for column in self.needed:
            if not row.texts.get(column.name):
                row.faults.append((column.name, gettext("Please enter %(label)s", label=str(column.label))))


def _heading(text: str) -> str:
    """A heading as it is compared: without the mark of a required column."""
    return plainly(text).strip("*")


def is_reference(cells: Cells) -> bool:
    """Whether values of this column are ids of other rows."""
    return isinstance(cells.field, PickField)
