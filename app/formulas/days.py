"""Dates as people write them: 2026-01-05, 2026/1/5, 2026.1.5, 20260105, 2026年1月5日, with or without a time behind."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime

_DAY = r"(\d{4})(?:-(\d{1,2})-(\d{1,2})|/(\d{1,2})/(\d{1,2})|\.(\d{1,2})\.(\d{1,2})|(\d\d)(\d\d)|年(\d{1,2})月(\d{1,2})日?)"
_TIME = r"(?:(?:[ T]+|(?<=日))(\d{1,2}):(\d{2})(?::(\d{2})(?:\.0+)?)?)?"
_MOMENT = re.compile(_DAY + _TIME)
_MONTH = re.compile(r"(\d{4})(?:[-/.年](\d{1,2})月?|(\d\d))")


def _parts(text: str) -> list[int] | None:
    half = " ".join(unicodedata.normalize("NFKC", text).split())
    found = _MOMENT.fullmatch(re.sub(r"(?<=[-/.年月])\s|\s(?=[-/.年月日])", "", half))
    return [int(part) for part in found.groups() if part] if found else None


def moment_of(text: str) -> datetime | None:
    """The moment that is written there, midnight where no time is; None for anything else, half a date included."""
    parts = _parts(text)
    try:
        return datetime(*parts) if parts else None  # type: ignore[arg-type]
    except ValueError:
        return None


def day_of(text: str) -> date | None:
    """The day that is written there, whatever the time behind it; None for anything else."""
    found = moment_of(text)
    return found.date() if found else None


def month_of(text: str) -> date | None:
    """The first day of the month that is written there: 2026-11, 202611, 2026年11月, or any day of it."""
    half = "".join(unicodedata.normalize("NFKC", text).split())
    found = _MONTH.fullmatch(half)
    if found:
        month = int(found[2] or found[3])
        return date(int(found[1]), month, 1) if 1 <= month <= 12 and found[1] != "0000" else None
    day = day_of(text)
    return day.replace(day=1) if day else None
