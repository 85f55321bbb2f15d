"""Instalment arithmetic: due dates, principal and interest to the cent. Source: flows.md C3.2."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .money import cents, floor_cents

SHORTEST_GAP, LONGEST_GAP = 20, 40  # days between the first instalment and the second that nobody wonders at


@dataclass(frozen=True)
class Instalment:
    """One period: number from 1, due date, yuan of principal and of interest."""

    period: int
    due_on: date
    principal: Decimal
    interest: Decimal

    @property
    def total(self) -> Decimal:
        return self.principal + self.interest


def months_later(day: date, months: int, wanted_day: int | None = None) -> date:
    """The same (or the wanted) day of the month, months later; in a short month its last day.

    Always counted from the first date, never chained: 31 → 30 → 31.
    """
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(wanted_day or day.day, monthrange(year, month)[1]))


def due_dates(first: date, periods: int, repay_day: int | None = None) -> list[date]:
    """The first due date as given, the others on `repay_day` of the following months."""
    return [first] + [months_later(first, k, repay_day) for k in range(1, periods)]


def odd_gap(first: date, repay_day: int | None) -> tuple[date, int] | None:
    """The second due day and how many days after the first it lies, where that is far from a month; else None."""
    second = due_dates(first, 2, repay_day)[1]
    days = (second - first).days
    return None if SHORTEST_GAP <= days <= LONGEST_GAP else (second, days)


def annuity_payment(principal: Decimal, annual_rate: Decimal, periods: int) -> Decimal:
    """等额本息: the equal payment P·i·(1+i)^n / ((1+i)^n − 1) with i = annual / 12, rounded once."""
    monthly = annual_rate / 12
    if monthly == 0:
        return floor_cents(principal / periods)
    growth = (1 + monthly) ** periods
    return cents(principal * monthly * growth / (growth - 1))


def annuity(principal: Decimal, annual_rate: Decimal, due: list[date]) -> list[Instalment]:
    """等额本息: equal payments; the last one takes what is left, so that Σ principal = principal exactly."""
    payment, balance, rows = annuity_payment(principal, annual_rate, len(due)), principal, []
    for period, day in enumerate(due, 1):
        interest = cents(balance * annual_rate / 12)
        part = balance if period == len(due) else payment - interest
        rows.append(Instalment(period, day, part, interest))
        balance -= part
    return rows


def equal_principal(principal: Decimal, annual_rate: Decimal, due: list[date]) -> list[Instalment]:
    """等额本金: equal principal cut to cents, the last takes the rest; interest on the balance before."""
    part, balance, rows = floor_cents(principal / len(due)), principal, []
    for period, day in enumerate(due, 1):
        interest = cents(balance * annual_rate / 12)
        now = balance if period == len(due) else part
        rows.append(Instalment(period, day, now, interest))
        balance -= now
    return rows


def flat(principal: Decimal, due: list[date]) -> list[Instalment]:
    """等额（无息）: equal parts without interest, the last takes the rest."""
    return equal_principal(principal, Decimal(0), due)
