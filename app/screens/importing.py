"""What an Excel file may bring in, and what is right or wrong with every cell of it.

An import is declared in a line beside its screen: `imports = {"import": Import()}`. Columns, headings, choices and checks
come from the dictionary and from the form; every cell is read by the field that reads it in the form.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ..errors import BusinessError
from ..models import Entity
from .cells import Cells, ChoiceCells, FlagCells, ReferenceCells, Wrong, plainly
from .columns import Column, describe, readable
from .formfields import field_for
from .sheetparts import Merged
from .sheets import Sheet, tables, text_of

if TYPE_CHECKING:
    from .screen import Screen

MOST_ROWS = 50_000
EXAMPLE, IMPORT_EXCEL = _("(example)"), _("Import Excel")


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
    made: Any = None  # what will be written

    def fault(self, name: str, words: str) -> None:
        """Something is wrong with a cell; the first sentence about it stands."""
        if name not in (other for other, _words in self.faults):
            self.faults.append((name, words))


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
        self.sheet_name, self.also = "", list[str]()
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
        """The sheet, the line of its headings and column name → place. Raises BusinessError when there is none.

        Only sheets that a person sees are read; the first of several with headings, and `also` names the others.
        """
        every = tables(content)
        found = [(sheet, *place) for sheet in every if (place := self._headings(sheet))]
        seen = [one for one in found if one[0].is_visible]
        if found and not seen:
            raise BusinessError(
                gettext("The sheet “%(name)s” is hidden; please show it and upload again", name=found[0][0].name), field="file"
            )  # fmt: skip
        if not seen:
            raise BusinessError(
                gettext("No line of headings with “%(column)s” was found; please use the template",
                        column=self.heading_of(self.key)), field="file"
            )  # fmt: skip
        sheet, line, places = seen[0]
        self.sheet_name = sheet.name if len(every) > 1 else ""
        self.also = [other.name for other, *_ in found if other is not sheet]
        return sheet, line, self._places(places)

    def _headings(self, sheet: Sheet) -> tuple[int, list[tuple[str, int]]] | None:
        """The line of the headings and (column name, place), where the key column is among them."""
        known = {_heading(word): c.name for c in self.columns for word in (c.heading, str(c.label))}
        for line, cells in sheet.head:
            words = [_heading(text_of(cell)) for cell in cells]
            found = [(known[word], place) for place, word in enumerate(words) if word in known]
            if self.key in (name for name, _place in found):
                return line, found
        return None

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
        sheet, heading, self.places = self.find_table(content)
        count, places, example = 0, self.places, str(EXAMPLE)
        for line, cells in sheet.below(heading):
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
        for name, cell in raw.items():
            if not row.texts[name] and not isinstance(cell, Merged):
                continue
            try:
                row.values[name] = self.cells[name].take(cell, row.texts[name])
            except Wrong as fault:
                row.fault(name, str(fault))
        return row

    @property
    def lacking(self) -> list[Column]:
        """The needed columns that the file has not."""
        return [column for column in self.needed if column.name not in self.places]

    def missing(self, row: Row) -> None:
        """Note what a new row lacks; a column that the whole file lacks is said once, elsewhere."""
        for column in self.needed:
            if column.name in self.places and not row.texts.get(column.name):
                row.fault(column.name, gettext("Please enter %(label)s", label=str(column.label)))


def _heading(text: str) -> str:
    """A heading as it is compared: without the mark of a required column."""
    return plainly(text).strip("*")
