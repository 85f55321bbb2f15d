"""Instalments: whatever the figures, principal adds up to the cent and days are those of a calendar."""

from __future__ import annotations

import datetime as dt
from calendar import monthrange
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.formulas.instalments import (
    Instalment,
    annuity,
    annuity_payment,
    due_dates,
    equal_principal,
    flat,
    months_later,
    odd_gap,
)
from app.formulas.money import floor_cents

D = Decimal
CENT = D("0.01")

periods = st.integers(1, 60)
rates = st.decimals(0, "0.36", places=6)
days = st.dates(dt.date(2000, 1, 1), dt.date(2090, 12, 31))


@st.composite
def debts(draw: st.DrawFn) -> tuple[Decimal, int]:
    """A sum and a number of periods, a yuan a period at least."""
    n = draw(periods)
    return draw(st.integers(n * 100, 10**12)) * CENT, n


def exact_payment(principal: Decimal, rate: Decimal, n: int) -> Decimal:
    """P·i·(1+i)ⁿ / ((1+i)ⁿ − 1) in exact fractions, rounded half up once."""
    p, i = Fraction(principal), Fraction(rate) / 12
    value = p * i * (1 + i) ** n / ((1 + i) ** n - 1)
    return D((value * 100 + Fraction(1, 2)).__floor__()) * CENT


def exact_interest(balance: Decimal, rate: Decimal) -> Decimal:
    return D((Fraction(balance) * Fraction(rate) / 12 * 100 + Fraction(1, 2)).__floor__()) * CENT


def check(rows: list[Instalment], principal: Decimal, rate: Decimal, n: int) -> None:
    """What holds for every method: periods from one, exact principal, interest on the balance before each payment."""
    assert [r.period for r in rows] == list(range(1, n + 1))
    assert sum(r.principal for r in rows) == principal
    balance = principal
    for row in rows:
        assert row.interest == exact_interest(balance, rate)
        assert row.principal == row.principal.quantize(CENT) and row.total == row.principal + row.interest
        balance -= row.principal
    assert balance == 0


@given(debts(), rates, days)
@settings(derandomize=True, deadline=None)
def test_equal_instalments_add_up(debt: tuple[Decimal, int], rate: Decimal, first: dt.date) -> None:
    principal, n = debt
    rows = annuity(principal, rate, due_dates(first, n))
    check(rows, principal, rate, n)
    wanted = exact_payment(principal, rate, n) if rate else floor_cents(principal / n)
    assert {r.total for r in rows[:-1]} <= {wanted} and annuity_payment(principal, rate, n) == wanted


@given(st.integers(100, 10**10), periods, rates)
@settings(derandomize=True, deadline=None)
def test_the_last_of_equal_instalments_differs_by_roundings_only(yuan: int, n: int, rate: Decimal) -> None:
    rows = annuity(D(yuan) * n, rate, due_dates(dt.date(2025, 1, 31), n))
    # half a cent of every payment, grown by at most three per cent a month, and the cut of an interest-free split
    assert abs(rows[-1].total - rows[0].total) <= D(n) * CENT * (1 + rate / 12) ** n


@given(debts(), rates, days)
@settings(derandomize=True, deadline=None)
def test_equal_principal_adds_up(debt: tuple[Decimal, int], rate: Decimal, first: dt.date) -> None:
    principal, n = debt
    rows = equal_principal(principal, rate, due_dates(first, n))
    check(rows, principal, rate, n)
    part = floor_cents(principal / n)
    assert {r.principal for r in rows[:-1]} <= {part} and part <= rows[-1].principal < part + n * CENT
    assert all(later.interest <= earlier.interest for earlier, later in pairwise(rows))


@given(debts(), days)
@settings(derandomize=True, deadline=None)
def test_flat_is_equal_principal_without_interest(debt: tuple[Decimal, int], first: dt.date) -> None:
    principal, n = debt
    due = due_dates(first, n)
    rows = flat(principal, due)
    check(rows, principal, D(0), n)
    assert rows == equal_principal(principal, D(0), due) and not any(r.interest for r in rows)


@given(days, periods, st.one_of(st.none(), st.integers(1, 31)))
@settings(derandomize=True, deadline=None)
def test_every_month_has_one_due_day_clamped_to_its_end(first: dt.date, n: int, wanted: int | None) -> None:
    due = due_dates(first, n, wanted)
    assert due[0] == first and len(due) == n
    for k, day in enumerate(due[1:], 1):
        months = first.year * 12 + first.month - 1 + k
        assert (day.year, day.month) == (months // 12, months % 12 + 1)
        assert day.day == min(wanted or first.day, monthrange(day.year, day.month)[1])
    assert due == sorted(set(due))


def test_the_31st_comes_back_after_short_months_and_leap_years() -> None:
    assert [f"{d:%y-%m-%d}" for d in due_dates(dt.date(2023, 11, 30), 6, 31)] == [
        "23-11-30", "23-12-31", "24-01-31", "24-02-29", "24-03-31", "24-04-30",
    ]  # fmt: skip
    assert [f"{d:%m-%d}" for d in due_dates(dt.date(2025, 1, 31), 4)] == ["01-31", "02-28", "03-31", "04-30"]
    assert [d.day for d in due_dates(dt.date(2024, 2, 29), 13)] == [29] * 12 + [28]


@pytest.mark.parametrize(
    "day, months, wanted, then",
    [
        ("2024-02-29", 12, None, "2025-02-28"),
        ("2025-12-31", 2, None, "2026-02-28"),
        ("2025-03-31", 0, None, "2025-03-31"),
        ("2025-01-15", 1, 31, "2025-02-28"),
        ("2025-11-01", 14, 30, "2027-01-30"),
    ],
)
def test_months_later(day: str, months: int, wanted: int | None, then: str) -> None:
    assert months_later(dt.date.fromisoformat(day), months, wanted) == dt.date.fromisoformat(then)


def test_the_figures_of_the_acceptance_story() -> None:
    rows = annuity(D("682500.00"), D("0.06"), due_dates(dt.date(2025, 4, 30), 12, 31))
    # 682,500 × 0.005 × 1.005¹² / (1.005¹² − 1): 1.005¹² = 1.0616778…, 3,412.5 × 1.0616778 / 0.0616778 = 58,740.34
    assert rows[0].total == D("58740.34") and (rows[0].principal, rows[0].interest) == (D("55327.84"), D("3412.50"))
    assert (rows[1].principal, rows[1].interest) == (D("55604.48"), D("3135.86"))
    assert (rows[11].principal, rows[11].interest) == (D("58448.10"), D("292.24"))
    assert sum(r.interest for r in rows) == D("22384.08")


def test_three_times_a_third_is_the_whole() -> None:
    assert [r.principal for r in flat(D("5.47"), due_dates(dt.date(2025, 1, 1), 3))] == [
        D("1.82"),
        D("1.82"),
        D("1.83"),
    ]


def test_rounding_is_half_up_once() -> None:
    # 1.00 at 6 % a year: 0.005 interest, half a cent, rounds up; ROUND_HALF_EVEN would give nothing
    assert equal_principal(D("1.00"), D("0.06"), [dt.date(2025, 1, 1)])[0].interest == D("0.01")
    assert D("0.005").quantize(CENT, ROUND_HALF_UP) == D("0.01")


@pytest.mark.parametrize(
    ("first", "repay_day", "expected"),
    [
        ("2025-01-31", 5, ("2025-02-05", 5)),
        ("2025-01-05", 31, ("2025-02-28", 54)),
        ("2025-01-31", 31, None),
        ("2025-01-31", None, None),
        ("2025-04-25", 30, None),
    ],
)
def test_a_second_instalment_far_from_a_month_later_is_noticed(
    first: str, repay_day: int | None, expected: tuple[str, int] | None
) -> None:
    found = odd_gap(dt.date.fromisoformat(first), repay_day)
    assert found == (expected and (dt.date.fromisoformat(expected[0]), expected[1]))
