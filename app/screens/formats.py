"""How values look: in lists and details as HTML, in files as typed cells. One place, one way, Chinese."""

from __future__ import annotations

import enum
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask_babel import gettext
from markupsafe import Markup, escape

from .. import actor as acting
from ..enums import Choice
from ..formulas.identity import masked
from .columns import Column

PLACES = {"money": 2, "quantity": 3, "rate": 6}


def badge(choice: Choice) -> Markup:
    """A coloured word; the word is always there, colour alone says nothing."""
    return Markup('<span class="badge {}">{}</span>').format(choice.tone, str(choice))


def number(value: Decimal | int, kind: str) -> str:
    """1,234.50 for money; quantities and rates without useless zeros; 0.30 as 30 for percent."""
    if kind == "percent":
        return f"{(Decimal(value) * 100).normalize():f}"
    if kind == "money":
        return f"{value:,.2f}"
    if kind in ("quantity", "rate"):
        text = f"{value:,.{PLACES[kind]}f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return str(value)


def plain(value: Any, column: Column) -> str:
    """The value as text, without HTML; empty for nothing."""
    if value is None or value == "":
        return ""
    if isinstance(value, list):
        return "、".join(str(getattr(item, "tag", item)) for item in value)
    if isinstance(value, enum.Enum):
        return str(value)
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    if isinstance(value, Decimal | int):
        return number(value, column.kind)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    text = str(value)
    return text if acting.current().unmasked(column.private) else masked(text)


def shown(value: Any, column: Column) -> Markup:
    """The value on a page: states as badges, tags as chips, the rest escaped text."""
    if isinstance(value, Choice) and (column.kind == "state" or value.tone != "grey"):
        return badge(value)
    if isinstance(value, list) and value and hasattr(value[0], "tag"):
        return Markup(" ").join(
            Markup('<span class="badge {}">{}</span>').format(item.tag.colour.tone, item.tag.name) for item in value
        )
    if column.kind == "percent" and value is not None:
        return escape(plain(value, column) + " %")
    return escape(plain(value, column))


def cell(value: Any, column: Column) -> Any:
    """The value for a file: numbers and dates stay typed, everything else is text; masks stay on."""
    if value is None or isinstance(value, datetime | date):
        return value
    if isinstance(value, bool | enum.Enum | list):
        return plain(value, column)
    if isinstance(value, Decimal | int):
        return value
    return plain(value, column)
