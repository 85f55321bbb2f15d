"""Rounding, value-added tax, contract terms, retention days."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.formulas import retention
from app.formulas.contract_terms import terms
from app.formulas.money import cents, floor_cents, share, without_tax

D = Decimal
CENT = D("0.01")
amounts = st.integers(0, 10**14).map(lambda n: n * CENT)
shares = st.decimals(0, 1, places=6)


def half_up(value: Fraction) -> Decimal:
    """An independent rounding: in whole cents, halves away from zero for positive figures."""
    return D((value * 100 + Fraction(1, 2)).__floor__()) * CENT


@given(amounts, st.sampled_from([D("0.13"), D("0.09"), D("0.06"), D("0.03"), D("0.01"), D(0)]))
@settings(derandomize=True)
def test_net_and_tax_are_the_gross_and_the_tax_is_the_rate_of_the_net(gross: Decimal, rate: Decimal) -> None:
    net = without_tax(gross, rate)
    assert net == half_up(Fraction(gross) / (1 + Fraction(rate)))
    assert net + (gross - net) == gross and abs(cents(net * (1 + rate)) - gross) <= CENT


@pytest.mark.parametrize(
    "gross, net",
    [("904000", "800000.00"), ("1050000", "929203.54"), ("0.01", "0.01"), ("0.05", "0.04"), ("113", "100.00")],
)
def test_prices_without_13_percent(gross: str, net: str) -> None:
    assert without_tax(D(gross), D("0.13")) == D(net)


@pytest.mark.parametrize(
    "value, rounded, cut",
    [
        ("0.005", "0.01", "0.00"),
        ("0.015", "0.02", "0.01"),
        ("0.025", "0.03", "0.02"),
        ("2.675", "2.68", "2.67"),
        ("1.004999", "1.00", "1.00"),
    ],
)
def test_halves_go_up_and_cuts_go_down(value: str, rounded: str, cut: str) -> None:
    assert (cents(D(value)), floor_cents(D(value))) == (D(rounded), D(cut))


@given(amounts, shares)
@settings(derandomize=True)
def test_a_share_is_rounded_once(amount: Decimal, part: Decimal) -> None:
    assert share(amount, part) == half_up(Fraction(amount) * Fraction(part))


@given(st.lists(amounts, max_size=4), st.lists(amounts, max_size=4), amounts, amounts, amounts, amounts)
@settings(derandomize=True)
def test_a_full_payers_parts_are_his_total(
    prices: list[Decimal], fees: list[Decimal], deposit: Decimal, down: Decimal, retained: Decimal, old: Decimal
) -> None:
    due = terms(
        prices, fees, is_full=True, deposit=deposit, trade_in=old, down=down, retention=retained, down_share=D("0.3")
    )
    assert due.total == sum(prices) + sum(fees)
    assert due.deposit + due.trade_in + due.rest + due.retention + due.fee == due.total
    assert due.down == due.financed == 0


@given(st.lists(amounts, max_size=4), st.lists(amounts, max_size=4), shares, shares)
@settings(derandomize=True)
def test_the_parts_of_who_pays_later_are_his_total(
    prices: list[Decimal], fees: list[Decimal], down: Decimal, retained: Decimal
) -> None:
    due = terms(
        prices,
        fees,
        is_full=False,
        down_share=down,
        deposit=D(3),
        trade_in=D(2),
        retention_share=retained,
        down=D(7),
        retention=D(9),
    )
    assert due.down + due.financed + due.retention + due.fee == due.total
    assert due.deposit + due.trade_in + due.rest == due.down
    assert due.down == half_up(Fraction(sum(prices)) * Fraction(down))
    assert due.retention == half_up(Fraction(sum(prices)) * Fraction(retained))


def test_without_shares_the_amounts_stand() -> None:
    due = terms([D(100)], [D(5)], is_full=False, deposit=D(10), down=D(30), retention=D(20))
    assert (due.down, due.retention, due.financed, due.total) == (D(30), D(20), D(50), D(105))


def test_the_terms_of_the_acceptance_story() -> None:
    due = terms(
        [D(1_050_000)],
        [D(3000), D(12000)],
        is_full=False,
        deposit=D(20000),
        down_share=D("0.30"),
        retention_share=D("0.05"),
    )
    assert (due.total, due.down, due.retention, due.financed) == (
        D(1_065_000),
        D("315000.00"),
        D("52500.00"),
        D("682500.00"),
    )


@pytest.mark.parametrize(
    "start, matures, due",
    [
        ("2025-03-12", "2026-03-12", "2026-03-13"),
        ("2028-02-29", "2029-02-28", "2029-03-01"),
        ("2027-02-28", "2028-02-28", "2028-02-29"),  # not the 29th: the same day of the next year
        ("2025-12-31", "2026-12-31", "2027-01-01"),
    ],
)
def test_a_retention_is_payable_the_day_after_a_full_year(start: str, matures: str, due: str) -> None:
    day = dt.date.fromisoformat(start)
    assert (retention.matures_on(day), retention.due_on(day)) == (
        dt.date.fromisoformat(matures),
        dt.date.fromisoformat(due),
    )


@given(st.dates(dt.date(1990, 1, 1), dt.date(2090, 1, 1)))
@settings(derandomize=True)
def test_a_retention_year_has_365_or_366_days(start: dt.date) -> None:
    assert (retention.matures_on(start) - start).days in (365, 366)
    assert retention.due_on(start) - retention.matures_on(start) == dt.timedelta(days=1)
