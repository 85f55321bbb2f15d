"""质保金: when a retention that starts on a day matures and falls due. Source: flows.md C3.4."""

from datetime import date, timedelta

from .instalments import months_later


def matures_on(start: date) -> date:
    """The last day of the full year: same day next year, 29 February becomes 28."""
    return months_later(start, 12)


def due_on(start: date) -> date:
    """Payable from the day after the full year."""
    return matures_on(start) + timedelta(days=1)
