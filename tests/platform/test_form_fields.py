"""A field shows what was typed, until it is filled from elsewhere: then it shows that, whatever was typed before."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, Field

from app.enums import PayMode
from app.screens.formfields import (
    ChoiceField,
    DayField,
    LineForm,
    MomentField,
    MonthField,
    NumberField,
    TextBlock,
    TextLine,
    WholeField,
)
from tests.kit import D, World

FIELDS = [
    (NumberField, {}, "0.00", D("20000.00"), "20,000.00"),
    (NumberField, {}, "", D("20000.00"), "20,000.00"),
    (NumberField, {}, "一万", D("20000.00"), "20,000.00"),
    (NumberField, {"places": 4, "percent": True}, "", D("0.0600"), "6"),
    (NumberField, {}, "5", None, ""),
    (WholeField, {}, "", 12, "12"),
    (WholeField, {}, "十二", 12, "12"),
    (WholeField, {}, "6", None, ""),
    (DayField, {}, "", dt.date(2026, 12, 31), "2026-12-31"),
    (DayField, {}, "31.12.", dt.date(2026, 12, 31), "2026-12-31"),
    (DayField, {}, "2026-11-23", None, ""),
    (MonthField, {}, "2026-11", dt.date(2026, 12, 1), "2026-12"),
    (MonthField, {}, "2026-11", None, ""),
    (MomentField, {}, "2026-11-23 08:00", dt.datetime(2026, 12, 31, 9, 5), "2026-12-31 09:05"),
    (MomentField, {}, "2026-11-23 08:00", None, ""),
    (TextLine, {}, "合肥", "芜湖", "芜湖"),
    (TextLine, {}, "合肥", None, ""),
    (TextBlock, {}, "", "芜湖", "芜湖"),
]


def posted(kind: type[Field], typed: str, **more: Any) -> Field:
    """A field of this kind in a form that somebody sent."""
    form = type("One", (LineForm,), {"one": kind("One", **more)})(MultiDict({"one": typed}))
    return form.one


@pytest.mark.parametrize(("kind", "more", "typed", "value", "shown"), FIELDS)
def test_a_field_filled_after_it_was_typed_shows_what_it_was_filled_with(
    world: World, kind: type[Field], more: dict[str, Any], typed: str, value: Any, shown: str
) -> None:
    field = posted(kind, typed, **more)
    field.process_data(value)
    assert field._value() == shown
    assert field.data == value
    assert field.validate(None) and not field.errors  # type: ignore[arg-type]


def test_choices_and_ticks_follow_what_fills_them(world: World) -> None:
    choice = posted(ChoiceField, PayMode.FULL.name, options=PayMode)
    choice.process_data(PayMode.INSTALMENT)
    tick = posted(BooleanField, "y")
    tick.process_data(False)
    assert (choice.data, tick.data) == (PayMode.INSTALMENT, False)


@pytest.mark.parametrize(
    ("kind", "typed"), [(NumberField, "一万"), (WholeField, "1.5"), (DayField, "31.12."), (MomentField, "bald")]
)
def test_what_nobody_fills_stays_as_it_was_typed(world: World, kind: type[Field], typed: str) -> None:
    field = posted(kind, typed)
    assert not field.validate(None)  # type: ignore[arg-type]
    assert (field._value(), field.data) == (typed, None)
