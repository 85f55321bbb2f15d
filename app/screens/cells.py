"""The cells of one column of an import: read by the field that reads them in the form, with its rules and its words.

A cell is what a person sees in the sheet. Where what the cell holds and what the sheet shows are two things, nobody
guesses: the cell is named.
"""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import date
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext
from wtforms.validators import StopValidation, ValidationError

from ..database import db
from ..formulas import normal
from .columns import Column
from .formfields import LineForm, PickField
from .sheetparts import Formula, Merged, Number
from .sheets import ERRORS, text_of

NATURAL = ("code", "number", "part_number", "serial_number", "staff_number", "model", "name")
TRUE = frozenset(("是", "有", "y", "yes", "true", "1", "√", "✓"))
FALSE = frozenset(("否", "无", "n", "no", "false", "0", "×"))
WORDS = frozenset(("text", "note", "key"))  # columns in which digits are no amount
SAFE_DIGITS = 15  # a spreadsheet keeps no more of a number
_LONG = re.compile(r"\d(\.\d+)?E\+\d{2}", re.IGNORECASE)


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

    def take(self, cell: Any, text: str) -> Any:
        """The value of a cell that is not empty. Raises Wrong."""
        if isinstance(cell, Formula):
            raise Wrong(gettext("this is a formula; please paste it as a value"))
        if isinstance(cell, Merged):
            raise Wrong(gettext("this is merged with %(cell)s; please split the cells", cell=cell.under))
        if text in ERRORS:
            raise Wrong(gettext("“%(text)s” is an error of the spreadsheet", text=text))
        self.refuse_otherwise(cell, text)
        return self.read(text)

    def refuse_otherwise(self, cell: Any, text: str) -> None:
        """Raises Wrong where the sheet shows something else than the cell holds."""
        if self.column.kind in WORDS:
            _refuse_number(cell, text)
        elif self.column.kind == "percent":
            _refuse_fraction(text)
        elif isinstance(cell, Number) and cell.shown == "%":
            raise Wrong(gettext("“%(text)s” is a percentage; please enter the number itself", text=text))

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


def _refuse_number(cell: Any, text: str) -> None:
    """Raises Wrong for a number in a column of words that is not there digit by digit."""
    number = cell.value if isinstance(cell, Number) else cell
    is_number = isinstance(number, int | float) and not isinstance(number, bool)
    if (is_number and abs(number) >= 10**SAFE_DIGITS) or _LONG.fullmatch(text):
        raise Wrong(
            gettext("a spreadsheet keeps only 15 digits of a number; please make the column text and enter it again")
        )
    if isinstance(cell, date):
        raise Wrong(gettext("the spreadsheet has made a date of this; please make the column text and enter it again"))
    if isinstance(cell, Number) and not cell.shown.startswith("0"):
        raise Wrong(
            gettext("the sheet shows more than the number %(text)s; please make the column text and enter it again",
                    text=text_of(float(cell.value)))
        )  # fmt: skip


def _refuse_fraction(text: str) -> None:
    """Raises Wrong for 0.13 in a column of percents: 13 % or 0.13 %, nobody knows."""
    try:
        value = float(text)
    except ValueError:
        return
    if 0 < value < 1:
        raise Wrong(gettext("“%(text)s”: please write %(large)s or %(small)s, so that it is clear which is meant",
                            text=text[:30], large=f"{value * 100:.10g}%", small=f"{text}%"))  # fmt: skip


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


def is_reference(cells: Cells) -> bool:
    """Whether values of this column are ids of other rows."""
    return isinstance(cells.field, PickField)
