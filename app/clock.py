"""The one clock: moments and business dates in Asia/Shanghai.

Jobs and tests set the business date with `on(day)`; everything below the web asks here, never datetime.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
_day: ContextVar[tuple[date, time | None] | None] = ContextVar("business_date", default=None)


def now() -> datetime:
    """The present moment, Shanghai wall time without zone; on a set business date its day, and its hour if one is set."""
    moment = datetime.now(ZONE).replace(tzinfo=None)
    told = _day.get()
    return datetime.combine(told[0], told[1] or moment.time()) if told else moment


def today() -> date:
    """The business date, Asia/Shanghai."""
    told = _day.get()
    return told[0] if told else datetime.now(ZONE).date()


def midnight(day: date) -> datetime:
    """The first moment of a day."""
    return datetime.combine(day, time())


@contextmanager
def on(day: date, hour: time | None = None) -> Iterator[None]:
    """Run a block on another business date: nightly jobs that catch up, demo history, tests."""
    token = _day.set((day, hour))
    try:
        yield
    finally:
        _day.reset(token)
