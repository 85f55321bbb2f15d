"""小时表: what a machine can have run between two looks at its meter."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

HOURS_A_DAY = 24


def most_hours(last_on: date, on: date) -> Decimal:
    """The most hours between a reading on one day and a reading on another: from its first minute to the other's last."""
    return Decimal(HOURS_A_DAY * ((on - last_on).days + 1))
