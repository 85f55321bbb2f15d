"""An .xlsx as a person sees it, read row by row: memory does not follow what the file claims.

Only what stands in the file is read, never what its rows and columns claim to span. Formulas, formats, merged cells and
hidden sheets are seen.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from posixpath import join, normpath
from typing import Any

from .cellformats import shown_as
from .sheetparts import (
    LONGEST,
    MOST_MERGED,
    MOST_ROW,
    MOST_STRINGS,
    PIECE,
    Reader,
    Unreadable,
    place_of,
    plain_text,
    too_much,
)
from .sheetrows import Merges, SheetRows

_SPAN = re.compile(rb'dimension ref="[A-Z]+\d+:[A-Z]+(\d{1,9})"')


@dataclass(frozen=True)
class Page:
    """A sheet of the book: what it is called, where it lies, whether a person sees it."""

    name: str
    path: str
    is_visible: bool


@dataclass
class Book:
    """The parts of a workbook that its sheets share."""

    archive: zipfile.ZipFile
    root: str = "xl"
    is_1904: bool = False
    pages: list[Page] = field(default_factory=list)

    @classmethod
    def open(cls, content: bytes) -> Book:
        """Raises Unreadable."""
        try:
            book = cls(zipfile.ZipFile(io.BytesIO(content)))
        except zipfile.BadZipFile as fault:
            raise Unreadable from fault
        found: list[tuple[str, str, bool]] = []

        def start(tag: str, more: dict[str, str]) -> None:
            if tag == "sheet":
                relation = next((value for key, value in more.items() if key.endswith(":id")), "")
                found.append((more.get("name", ""), relation, more.get("state", "visible") == "visible"))
            elif tag == "workbookPr":
                book.is_1904 = more.get("date1904") in ("1", "true")

        Reader(book.archive, "xl/workbook.xml").all(start)
        paths = book._relations()
        book.pages = [Page(name, paths[relation], seen) for name, relation, seen in found if relation in paths]
        if not book.pages:
            raise Unreadable
        return book

    def _relations(self) -> dict[str, str]:
        paths: dict[str, str] = {}

        def start(tag: str, more: dict[str, str]) -> None:
            if tag == "Relationship" and more.get("Type", "").endswith("/worksheet"):
                target = more.get("Target", "")
                paths[more.get("Id", "")] = target[1:] if target.startswith("/") else normpath(join("xl", target))

        Reader(self.archive, "xl/_rels/workbook.xml.rels").all(start)
        return paths

    @cached_property
    def strings(self) -> list[str]:
        """The texts that cells refer to, without the readings above Chinese."""
        found: list[str] = []
        parts: list[str] = []
        state = {"take": False, "silent": 0, "size": 0}

        def start(tag: str, _more: dict[str, str]) -> None:
            state["take"] = tag == "t" and not state["silent"]
            state["silent"] += tag == "rPh"
            if tag == "si":
                parts.clear()

        def end(tag: str) -> None:
            state["take"] = False
            state["silent"] -= tag == "rPh"
            if tag == "si":
                found.append(plain_text("".join(parts)))

        def text(words: str) -> None:
            if not state["take"]:
                return
            state["size"] += len(words)
            if state["size"] > MOST_STRINGS:
                raise too_much()
            if sum(map(len, parts)) <= LONGEST:  # what is longer is refused where a cell refers to it
                parts.append(words)

        if "xl/sharedStrings.xml" in self.archive.namelist():
            Reader(self.archive, "xl/sharedStrings.xml").all(start, end, text)
        return found

    @cached_property
    def shown(self) -> list[str]:
        """How a cell of each style is shown: as `cellformats.shown_as` says."""
        own: dict[int, str] = {}
        styles: list[str] = []
        state = {"inside": False}

        def start(tag: str, more: dict[str, str]) -> None:
            if tag == "numFmt":
                own[int(more.get("numFmtId", "0"))] = more.get("formatCode", "")
            state["inside"] |= tag == "cellXfs"
            if tag == "xf" and state["inside"]:
                number = int(more.get("numFmtId", "0"))
                styles.append(shown_as(number, own.get(number)))

        def end(tag: str) -> None:
            state["inside"] &= tag != "cellXfs"

        if "xl/styles.xml" in self.archive.namelist():
            Reader(self.archive, "xl/styles.xml").all(start, end)
        return styles

    def merged(self, path: str) -> Merges:
        """The merged cells of a sheet: they stand behind its rows, and are needed before them."""
        ranges: list[tuple[int, int, int, int]] = []

        def start(tag: str, more: dict[str, str]) -> None:
            if tag != "mergeCell":
                return
            first, _colon, last = more.get("ref", "").partition(":")
            ranges.append((*place_of(first), *place_of(last or first)))
            if len(ranges) > MOST_MERGED:
                raise too_much()

        Reader(self.archive, path).all(start)
        return Merges(ranges)

    def claimed(self, page: Page) -> int:
        """How many rows the sheet says it has, at most as many as there can be."""
        try:
            with self.archive.open(page.path) as stream:
                found = _SPAN.search(stream.read(PIECE))
        except (KeyError, zipfile.BadZipFile) as fault:
            raise Unreadable from fault
        return min(int(found[1]), MOST_ROW) if found else 0

    def rows(self, page: Page, with_merged: bool) -> Iterator[tuple[int, list[Any]]]:
        """(line, cells) of every row that stands in the file."""
        merges, sheet = self.merged(page.path) if with_merged else Merges([]), SheetRows(self)
        for _piece in Reader(self.archive, page.path).pieces(sheet.start, sheet.end, sheet.text):
            for line, cells in sheet.done:
                yield line, merges.fill(line, cells)
            sheet.done.clear()

    def moment(self, days: float) -> date | datetime | float:
        """The day or moment a number stands for; the number itself where it stands for none."""
        zero = datetime(1904, 1, 1) if self.is_1904 else datetime(1899, 12, 30)
        if not 1 <= days < 2_958_466:
            return days
        found = zero + timedelta(days=int(days), seconds=round(days % 1 * 86_400))
        return found if days % 1 else found.date()
