"""Which service is next, and when: figures worked out by hand."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal as D

import pytest

from app.formulas.maintenance import NO_TREND, daily_hours, expected_on, next_service

MARCH = dt.date(2025, 3, 1)


@pytest.mark.parametrize(
    ("served", "hours", "due"),
    [
        ("0", "0", 50),  # new: the first service
        ("0", "180", 50),  # it is late, but the next one is further away
        ("0", "260", 250),  # the first was missed; 250 is the last one behind
        ("0", "610", 500),  # 250 was missed too
        ("48", "48", 250),  # done a little early: 48 + 50 ≥ 50, so it counts for the first
        ("50", "60", 250),
        ("240", "245", 500),  # 240 + 250/5 = 290: counts for 250
        ("190", "195", 250),  # 190 + 50 = 240: too early to count for 250
        ("255", "300", 500),
        ("255", "760", 750),  # 500 was missed
    ],
)
def test_the_next_service(served: str, hours: str, due: int) -> None:
    assert next_service(50, 250, D(served), D(hours)) == due


def test_models_with_other_plans() -> None:
    assert next_service(250, 250, D(0), D(0)) == 250  # the first is one interval
    assert next_service(0, 500, D(0), D(0)) == 500  # no first service
    assert next_service(100, 0, D(0), D(0)) == 100  # only a first service
    assert next_service(100, 0, D(100), D(0)) is None and next_service(0, 0, D(0), D(9)) is None


def test_hours_a_day_are_those_of_the_last_month() -> None:
    # 100 h on 1 March, 280 h on 31 March: 180 / 30 = 6
    assert daily_hours([(MARCH, D(100)), (dt.date(2025, 3, 31), D(280))]) == D(6)
    # 300 h on 10 April; 31 March is only 10 days ago, so it is held against 1 March: 200 / 40 = 5
    assert daily_hours([(MARCH, D(100)), (dt.date(2025, 3, 31), D(280)), (dt.date(2025, 4, 10), D(300))]) == D(5)
    # 420 h on 30 April; 31 March is 30 days ago: 140 / 30 = 4.6667
    rows = [(MARCH, D(100)), (dt.date(2025, 3, 31), D(280)), (dt.date(2025, 4, 30), D(420))]
    assert daily_hours(rows) == D("4.667")
    # a young machine: 5 days, 35 hours
    assert daily_hours([(MARCH, D(2)), (dt.date(2025, 3, 6), D(37))]) == D(7)
    assert daily_hours([(MARCH, D(2))]) == NO_TREND == D(8)


def test_the_day_is_where_the_trend_reaches_the_hours() -> None:
    last = (dt.date(2025, 3, 31), D(280))
    # (500 − 280) / 6 = 36.67 → 37 days: 30 April is the 30th, 7 May the 37th
    assert expected_on(500, last, D(6)) == dt.date(2025, 5, 7)
    # (500 − 280) / 10 = 22 exactly
    assert expected_on(500, last, D(10)) == dt.date(2025, 4, 22)
    assert expected_on(250, last, D(6)) == last[0]  # it is there already
    assert expected_on(500, last, D(0)) is None  # it stands still
    assert expected_on(500, last, D("0.001")) is None  # 220,000 days
