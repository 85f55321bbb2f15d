"""What a date means, and therefore where it may lie: said once, for forms, imports, verbs and phones.

A day of 1900 or of 2099 is a slip of the fingers; which days are slips follows from what the day is about.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

Edge = Callable[[date], date]
EPOCH = date(1990, 1, 1)  # no machine, customer or debt of a dealer is older


def years_from(day: date, years: int) -> date:
    """The same day so many years later; the last of February stays one."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


@dataclass(frozen=True)
class Window:
    """The days that one meaning allows; first and last follow from today. Without edges nothing is asked."""

    name: str
    first: Edge | None = None
    last: Edge | None = None

    def too_early(self, day: date, today: date) -> date | None:
        """The first day, where this one lies before it."""
        first = self.first and self.first(today)
        return first if first is not None and day < first else None

    def too_late(self, day: date, today: date) -> date | None:
        """The last day, where this one lies after it."""
        last = self.last and self.last(today)
        return last if last is not None and day > last else None


def _today(today: date) -> date:
    return today


# something that took place: never after today
HAPPENED = Window("happened", lambda _today: EPOCH, _today)
# a day in the money books: the books of this year and of the last stand open, what is older comes as an opening balance
BOOKED = Window("booked", lambda today: date(today.year - 1, 1, 1), _today)
# something promised or intended
PLANNED = Window("planned", lambda today: years_from(today, -1), lambda today: years_from(today, 5))
# the days of an agreed schedule
REPAID = Window("repaid", lambda today: years_from(today, -1), lambda today: years_from(today, 15))
# until when something runs, or when a debt falls due; opening debts may be old, instalments far ahead
TERM = Window("term", lambda _today: EPOCH, lambda today: years_from(today, 15))
# a birthday
BORN = Window("born", lambda today: years_from(today, -120), _today)
# the year in which a machine was built; those of next year are ordered this year
BUILT = Window("built", lambda _today: date(1950, 1, 1), lambda today: date(today.year + 1, 12, 31))
# written by the clock of this house, never by a person
STAMPED = Window("stamped")

CLOCKS_DIFFER = timedelta(minutes=10)  # a phone's clock may be ahead of ours
