"""Which reader of spreadsheets sees what a person sees, and how fast: ours, openpyxl, python-calamine.

    python benchmarks/read_sheets.py [rows]

python-calamine is none of our dependencies: `pip install --target /tmp/calamine python-calamine` and PYTHONPATH=/tmp/calamine.
Each planted file is read in a process of its own with 1 GB of memory and 60 seconds.
"""

from __future__ import annotations

import io
import multiprocessing
import resource
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from app.screens import sheets  # noqa: E402 - found once the path is set
from tests.imports import planted  # noqa: E402
from tests.imports.kit import parts_file  # noqa: E402
from tests.imports.planted import RIGHT, rows  # noqa: E402

GIGABYTE, PATIENCE = 2**30, 60
FILES: dict[str, Callable[[], bytes]] = {
    "leading zeros by format": lambda: rows([(12, "000000"), *RIGHT[1:]]),
    "percent by format": lambda: rows([*RIGHT[:4], (0.13, "0%")]),
    "date by format": lambda: rows([(datetime(2026, 1, 5), 'yyyy"年"m"月"d"日"'), *RIGHT[1:]]),
    "formula": lambda: rows(["=1+1", *RIGHT[1:]]),
    "first sheet hidden": planted.hidden_first,
    "merged downwards": planted.merged_down,
    "row 8,000,000": lambda: planted.far_row(8_000_000),
    "last corner of a sheet": lambda: planted.rewritten(rows(RIGHT), planted.SHEET, _corner),
    "cell of 30 MB": lambda: planted.long_cell(10_000_000),
    "entities of a DTD": lambda: planted.with_doctype(planted.SHEET),
}


def _corner(text: str) -> str:
    return text.replace("</sheetData>", '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>')


def ours(content: bytes) -> list[Any]:
    sheets.refuse_odd(content)
    seen = [sheet for sheet in sheets.tables(content) if sheet.is_visible]
    return [cells for _line, cells in seen[0].below(0)]


def theirs(content: bytes) -> list[Any]:
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
    sheet = book.worksheets[0]
    sheet.reset_dimensions()  # what the file claims to span is left out when it claims too little
    return [[(cell.value, cell.number_format) for cell in row] for row in sheet.iter_rows()]


def calamine(content: bytes) -> list[Any]:
    from python_calamine import CalamineWorkbook

    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()


READERS = {"ours": ours, "openpyxl": theirs, "calamine": calamine}


def _told(reader: str, content: bytes, pipe: Any) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (GIGABYTE, GIGABYTE))
    began = time.perf_counter()
    try:
        lines = READERS[reader](content)
        words = f"{len(lines):,} rows; second: {str(lines[1] if len(lines) > 1 else '')[:60]}"
    except BaseException as fault:
        words = f"{type(fault).__name__}: {str(fault)[:70]}"
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    pipe.send(f"{time.perf_counter() - began:5.1f} s {peak:5d} MB  {words}")


def read(reader: str, content: bytes) -> str:
    """What came of it, in a process that may be given up."""
    mine, its = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(target=_told, args=(reader, content, its))
    process.start()
    words = mine.recv() if mine.poll(PATIENCE) and process.is_alive() | mine.poll() else "gave up or died"
    process.kill()
    process.join()
    return words


def main(count: int) -> None:
    for name, make in {**FILES, f"{count:,} parts": lambda: parts_file(count)}.items():
        content = make()
        print(f"\n{name} ({len(content):,} bytes)")
        for reader in READERS:
            print(f"  {reader:9} {read(reader, content)}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50_000)
