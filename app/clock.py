"""The one clock: moments and business dates in Asia/Shanghai.

Jobs and tests set the business date with `on(day)`; everything below the web asks here, never datetime.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
_day: ContextVar[date | None] = ContextVar("business_date", default=None)


def now() -> datetime:
    """The present moment, Shanghai wall time without zone; on a set business date the time of day is kept."""
    moment = datetime.now(ZONE).replace(tzinfo=None)
    day = _day.get()
    return datetime.combine(day, moment.time()) if day else moment


def today() -> date:
    """The business date, Asia/Shanghai."""
    return _day.get() or datetime.now(ZONE).date()


def midnight(day: date) -> datetime:
    """The first moment of a day."""
    return datetime.combine(day, time())


@contextmanager
def on(day: date) -> Iterator[None]:
    """Run a block on another business date: nightly jobs that catch up, demo history, tests."""
    token = _day.set(day)
    try:
        yield
    finally:
        _day.reset(token)
