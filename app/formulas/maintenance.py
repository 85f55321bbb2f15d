"""保养提醒: which service a machine reaches next, and on which day its hour meter gets there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

NO_TREND = Decimal(8)  # hours a day, while there is one reading only: a shift
TREND_DAYS = 30
EARLY = 5  # a service up to a fifth of the interval before a point counts for it
FAR = 3650

Reading = tuple[date, Decimal]  # day, hours in all


def next_service(first: int, interval: int, served: Decimal, hours: Decimal) -> int | None:
    """The hours of the service that comes next: the first one, then every multiple of the interval.

    served: hours in all at the last service, zero before the first; hours: of the machine now. Services that were missed
    are not made up for: of those behind, the last one is due. None for a model without services.

        first 50, interval 250: 50, 250, 500, 750 …
    """
    if interval <= 0:
        return first if first > 0 and served <= 0 else None
    reached = served + Decimal(interval) / EARLY if served > 0 else Decimal(0)
    if 0 < first < interval and reached < first and hours < interval:
        return first
    passed = max(reached, Decimal(0)) // interval * interval + interval
    behind = hours // interval * interval
    return int(max(passed, behind))


def daily_hours(readings: Sequence[Reading]) -> Decimal:
    """Hours a day of the last month or more; readings in order of days, at least one.

    The last reading is held against the latest one that is at least 30 days older, else against the first.
    """
    last_on, last = readings[-1]
    older = [reading for reading in readings if (last_on - reading[0]).days >= TREND_DAYS]
    first_on, first = older[-1] if older else readings[0]
    days = (last_on - first_on).days
    return ((last - first) / days).quantize(Decimal("0.001"), ROUND_HALF_UP) if days > 0 else NO_TREND


def expected_on(due: int, last: Reading, rate: Decimal) -> date | None:
    """The day on which the hours are reached at so many hours a day; None for a machine that stands still."""
    last_on, hours = last
    left = Decimal(due) - hours
    if left <= 0:
        return last_on
    if rate <= 0:
        return None
    days = (left / rate).to_integral_value(ROUND_CEILING)
    return last_on + timedelta(days=int(days)) if days <= FAR else None
