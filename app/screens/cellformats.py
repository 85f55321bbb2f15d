"""How a spreadsheet shows a number, from the code of its format: as it is, as a date, a percentage, with zeros in front."""

from __future__ import annotations

import re
from functools import cache

DATES = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))  # formats without a code
PERCENTS, PLAIN = frozenset((9, 10)), frozenset((0, 1, 49))
_PADDING = re.compile(r"_.|\*.")
_QUOTED = re.compile(r'"[^"]*"|\\.')
_BRACKETED = re.compile(r"\[[^\]]*\]")
_MOMENT = re.compile(r"[ymdhs年月日]|\[[hms]+\]", re.IGNORECASE)
_ZEROS = re.compile(r"0{2,40}")


@cache
def shown_as(number: int, code: str | None) -> str:
    """`date`, `%`, `000…` for so many digits, nothing for a number as it is, `?` for any other look."""
    if code is None:
        return _without_code(number)
    first = _PADDING.sub("", code.split(";")[0])
    bare = _BRACKETED.sub("", first).strip()
    signs = _QUOTED.sub("", bare)
    if bare.lower() in ("general", "0", "#", "@", ""):
        return ""
    if _ZEROS.fullmatch(bare):
        return bare
    if "%" in signs:
        return "%"
    if _MOMENT.search(_QUOTED.sub("", first).lower().replace("general", "")):
        return "date"
    return "?"


def _without_code(number: int) -> str:
    if number in PLAIN:
        return ""
    if number in DATES:
        return "date"
    return "%" if number in PERCENTS else "?"
