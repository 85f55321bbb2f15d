"""The parts of an .xlsx, event by event, and the bounds that each of them has to keep.

A document type is refused, so no entity is ever expanded; a row, a column, a text beyond what a sheet can have ends the
reading in a sentence.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from xml.parsers import expat

from flask_babel import gettext

from ..errors import BusinessError

MOST_ROW, MOST_COLUMN = 1_048_576, 16_384  # a sheet has no more
LONGEST = 32_767  # a cell holds no more
MOST_CELLS = 5_000_000
MOST_STRINGS = 64 * 2**20
MOST_MERGED = 100_000
MOST_COLUMNS = 200
PIECE = 2**16
_CELL = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6})")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


@dataclass(frozen=True)
class Formula:
    """A cell that holds no value of its own."""

    text: str


@dataclass(frozen=True)
class Number:
    """A number that the sheet shows otherwise: shown is `%`, as many `0` as it has digits, or `?` for anything else."""

    value: float
    shown: str


@dataclass(frozen=True)
class Merged:
    """A cell that lies under its neighbour: a person sees nothing there."""

    under: str


class Unreadable(Exception):
    """No workbook, or none that Excel would open."""


def _refuse_doctype(*_args: Any) -> None:
    raise Unreadable


class Reader:
    """A part of the archive, event by event; tags without their namespace."""

    def __init__(self, book: zipfile.ZipFile, path: str) -> None:
        self.book, self.path = book, path
        self.parser = expat.ParserCreate("utf-8")
        self.parser.StartDoctypeDeclHandler = _refuse_doctype
        self.parser.EntityDeclHandler = _refuse_doctype
        self.parser.buffer_text = True

    def pieces(self, start: Any, end: Any = None, text: Any = None) -> Iterator[None]:
        """Feed the parser; comes back after every piece, so that what was found can be handed on."""
        self.parser.StartElementHandler = lambda tag, more: start(local(tag), more)
        self.parser.EndElementHandler = (lambda tag: end(local(tag))) if end else None
        self.parser.CharacterDataHandler = text
        try:
            with self.book.open(self.path) as stream:
                while piece := stream.read(PIECE):
                    self.parser.Parse(piece, False)
                    yield
                self.parser.Parse(b"", True)
                yield
        except (expat.ExpatError, KeyError, zipfile.BadZipFile, ValueError, EOFError, NotImplementedError) as fault:
            raise Unreadable from fault

    def all(self, start: Any, end: Any = None, text: Any = None) -> None:
        for _piece in self.pieces(start, end, text):
            pass


def local(tag: str) -> str:
    return tag.rpartition(":")[2]


def place_of(reference: str) -> tuple[int, int]:
    """(row, column) of a cell like AB12, both from 1. Raises BusinessError for a place that no sheet has."""
    found = _CELL.fullmatch(reference)
    if found is None:
        raise Unreadable
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - 64
    refuse_far(int(found[2]), column)
    return int(found[2]), column


def refuse_far(row: int, column: int) -> None:
    """Raises BusinessError for a row or column beyond the last one of a sheet."""
    if row > MOST_ROW or column > MOST_COLUMN:
        words = gettext("The file claims row %(row)s, column %(column)s: no sheet has them; please save it again in Excel or WPS",
                        row=f"{row:,}", column=f"{column:,}")  # fmt: skip
        raise BusinessError(words, field="file")


def name_of(row: int, column: int) -> str:
    """AB12 for a row and column from 1."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row}"


def too_long(row: int, column: int) -> BusinessError:
    words = gettext("Cell %(cell)s holds more than %(most)s characters", cell=name_of(row, column), most=f"{LONGEST:,}")
    return BusinessError(words, field="file")


def too_much() -> BusinessError:
    return BusinessError(gettext("The file unpacks to too much; please split it"), field="file")


def plain_text(text: str) -> str:
    """What _x000A_ and its like stand for."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text
