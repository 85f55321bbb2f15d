"""The search box of every page: papers by number, people by name, pinyin and phone, machines by serial, parts by number.

One statement looks for what begins with the term; only where that finds little does a second one look inside. Papers are
asked only for a term that can be one of their numbers: its prefix, or four digits of its end.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext
from markupsafe import Markup

from .. import actor as acting
from .. import scope
from ..database import db
from ..formulas import label_codes, normal
from ..models import Customer, Document
from . import formats, options
from .columns import describe, readable
from .screen import Screen

EACH = 8
LITTLE = 8
LONGEST = 60
NUMBER = re.compile(r"([A-Z]{2,8})-?\d[\d-]*")
LETTERS = re.compile(r"[A-Z]{2,8}")
TAIL = re.compile(r"[\d-]{4,}")
FULL = re.compile(r"[A-Z]{2,8}-\d{8}-\d{4,}|[A-Z]{2,8}\d{6,}|KQ[2-9A-Z]{10}")  # KQ: a coupon


@dataclass(frozen=True)
class Hit:
    text: str
    detail: str
    state: Markup
    url: str


@dataclass
class Group:
    """What was found of one kind; `more` leads to its list with the term in the search box."""

    screen: Screen
    more: str
    hits: list[Hit] = field(default_factory=list)
    is_cut: bool = False

    @property
    def label(self) -> str:
        return str(self.screen.entity.title)


def tidy(text: str) -> str:
    """What was typed or scanned, as far as it is searched."""
    return " ".join(normal.line(text.replace("\x00", "")).split())[:LONGEST]


def read(text: str) -> str:
    """What is searched: what was typed, or what the square code on a label says."""
    term = tidy(text)
    scan = label_codes.read(term)
    return scan.value if scan.kind in (label_codes.PART, label_codes.MACHINE, label_codes.COUPON) else term


def straight(term: str) -> str | None:
    """The address of the one document with this whole number, among the person's rows."""
    wanted = [number for number in normal.number_wanted(term) if FULL.fullmatch(number)]
    if not wanted:
        return None
    for screen in _offered():
        prefix = getattr(screen.entity, "prefix", None)
        if (prefix is None or wanted[0].startswith(prefix)) and "number" in _names(screen):
            row_id = db.session.scalar(
                sa.select(screen.entity.id).where(screen.entity.number.in_(wanted), *_rule(screen))
            )  # type: ignore[attr-defined]
            if row_id is not None and screen.may("show"):
                return screen.url("show", pk=row_id)
    return None


def find(term: str) -> list[Group]:
    """What the person may see and the term leads to, a group per kind of thing, best first, at most 8 each."""
    if not term:
        return []
    found = _ask(term, lambda columns: options.begins(columns, term))
    if sum(len(group.hits) for group in found) < LITTLE and len(term) > 1:
        found = _ask(term, lambda columns: options.contains(columns, term)) or found
    return found


def _offered() -> list[Screen]:
    """The screens this person may list and that are searched at all."""
    views = [v for v in current_app.appbuilder.baseviews if isinstance(v, Screen)]
    return [v for v in views if _names(v) and v.may("list")]


def _names(screen: Screen) -> tuple[str, ...]:
    return screen.found_by or (("number",) if issubclass(screen.entity, Document) else ())


def _fits(screen: Screen, term: str) -> bool:
    """Whether the term can be a number of this kind of paper; people and things are always looked for."""
    if screen.found_by:
        return True
    upper, prefix = normal.code(term), screen.entity.prefix  # type: ignore[attr-defined]
    letters = NUMBER.fullmatch(upper)
    if letters:
        return bool(letters[1] == prefix)
    return bool(TAIL.fullmatch(upper)) or bool(LETTERS.fullmatch(upper) and prefix.startswith(upper))


def _rule(screen: Screen) -> list[Any]:
    rule = scope.criterion(screen.entity, acting.current(), "list")
    return [] if rule is True else [sa.false() if rule is False else rule]


def _ask(term: str, condition: Any) -> list[Group]:
    """One statement over everything that fits."""
    screens = [screen for screen in _offered() if _fits(screen, term)]
    parts = [_part(index, screen, condition) for index, screen in enumerate(screens)]
    if not parts:
        return []
    groups = [Group(screen, screen.url("list", q=term)) for screen in screens]
    with scope.elevated():  # every part carries the rule of its rows
        rows = db.session.execute(sa.union_all(*(sa.select(part) for part in parts))).all()
    for row in rows:
        group = groups[row.at]
        if len(group.hits) == EACH:
            group.is_cut = True
            continue
        url = group.screen.url("show", pk=row.id) if group.screen.may("show") else group.screen.url("list", q=row.text)
        group.hits.append(Hit(row.text, row.detail or "", _state(group.screen, row.state), url))
    return [group for group in groups if group.hits]


def _part(index: int, screen: Screen, condition: Any) -> Any:
    """At most nine rows of one kind: which kind, id, what it is called, a word beside it, its state."""
    entity: Any = screen.entity
    columns = [getattr(entity, c.name) for c in readable(screen.column(name) for name in _names(screen))]
    called = getattr(entity, screen.key_column)
    state = sa.cast(entity.state, sa.String) if hasattr(entity, "state") else sa.literal("")
    return (
        sa.select(
            sa.literal(index).label("at"),
            entity.id.label("id"),
            sa.cast(called, sa.String).label("text"),
            sa.cast(_detail(screen), sa.String).label("detail"),
            state.label("state"),
        )
        .where(condition(columns), *_rule(screen))
        .order_by(sa.func.length(called) if screen.found_by else entity.id.desc(), entity.id.desc())
        .limit(EACH + 1)
        .subquery()
    )


def _detail(screen: Screen) -> Any:
    """A word to tell two of the same name apart: the customer of a paper, the number of a person, the name of a part."""
    entity: Any = screen.entity
    if entity is not Customer and hasattr(entity, "customer_id"):
        return sa.select(Customer.name).where(Customer.id == entity.customer_id).scalar_subquery()
    other = next((n for n in ("name", "number", "staff_number") if hasattr(entity, n) and n != screen.key_column), None)
    return getattr(entity, other) if other else sa.literal("")


def _state(screen: Screen, name: str) -> Markup:
    if not name:
        return Markup()
    states = describe(screen.entity, "state").type.enum_class
    return formats.badge(states[name]) if name in states.__members__ else Markup()


def hint() -> str:
    """What the box looks for."""
    return gettext("Number, customer, pinyin, phone, serial number, part")
