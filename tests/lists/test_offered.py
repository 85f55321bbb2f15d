"""Nothing is offered before it works: choices that nothing brings about yet stand in no drop-down, filter, list or form.

A choice works when the program itself comes to it, or when somebody picks it. Every other one has the word LATER in its list
(`enums/choice.py`); the chapter that makes it work takes the word away.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from wtforms import Form

from app import enums
from app import models as m
from app.actor import SYSTEM, acting_as
from app.screens import Screen, forming, listing
from app.screens.columns import describe
from app.screens.formfields import ChoiceField, LinesField
from tests.security.lab import screens

APP = Path(__file__).parents[2] / "app"
UNMADE = ("enums", "demo")  # lists of choices say nothing about whether somebody uses them, the demo neither


@cache
def kinds() -> dict[str, type[enums.Choice]]:
    """Every list of choices by its name."""
    found = {name: kind for name, kind in vars(enums).items() if isinstance(kind, type)}
    return {name: kind for name, kind in found.items() if issubclass(kind, enums.Choice) and kind is not enums.Choice}


@cache
def stored() -> dict[type[enums.Choice], list[str]]:
    """Lists of choices that columns hold, and which columns."""
    found: dict[type[enums.Choice], list[str]] = {}
    for entity in m.ENTITIES.values():
        for attribute in sa.inspect(entity).column_attrs:
            type_ = attribute.columns[0].type
            if isinstance(type_, sa.Enum):
                found.setdefault(type_.enum_class, []).append(f"{entity.__name__}.{attribute.key}")
    return found


@cache
def named() -> frozenset[enums.Choice]:
    """Choices that the program names: `UnitState.SOLD`, `S.SOLD` with `S = UnitState` above it."""
    found: set[enums.Choice] = set()
    for path in (path for path in APP.rglob("*.py") if path.relative_to(APP).parts[0] not in UNMADE):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        known = kinds() | dict(_nicknames(tree))
        for node in (node for node in ast.walk(tree) if isinstance(node, ast.Attribute)):
            kind = known.get(_last(node.value))
            if kind is not None and node.attr in kind.__members__:
                found.add(kind[node.attr])
    return frozenset(found)


def _nicknames(tree: ast.AST) -> Iterator[tuple[str, type[enums.Choice]]]:
    """What lists of choices are called for short in a file."""
    for node in (node for node in ast.walk(tree) if isinstance(node, ast.Assign)):
        target, value = node.targets[0], node.value
        pairs = zip(target.elts, value.elts, strict=False) if _are_tuples(target, value) else [(target, value)]  # type: ignore[attr-defined]
        for name, meant in pairs:
            if isinstance(name, ast.Name) and _last(meant) in kinds():
                yield name.id, kinds()[_last(meant)]


def _are_tuples(target: ast.AST, value: ast.AST) -> bool:
    return isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple)


def _last(node: ast.AST) -> str:
    """The last word of a dotted name."""
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def drop_downs(app: Flask) -> Iterator[tuple[str, ChoiceField]]:
    """Every drop-down of our words: in forms, in their lines, in what verbs ask, in filters."""
    for screen in screens(app):
        name = type(screen).__name__
        for control in listing.read(screen, {}, []).controls:  # type: ignore[arg-type]
            yield from (
                (f"{name} filter {part.name}", part) for part in control.fields if isinstance(part, ChoiceField)
            )
        papers = [forming.form_class(screen, None)()] if screen.form_sections else []
        papers += [action.func.form() for action in screen.actions.values() if action.func.form is not None]
        for paper in papers:
            yield from ((f"{name} {where}", part) for where, part in _fields(paper))


def _fields(paper: Form) -> Iterator[tuple[str, ChoiceField]]:
    for part in paper:
        if isinstance(part, ChoiceField):
            yield part.name, part
        if isinstance(part, LinesField):
            yield from ((f"{part.name} {inner.name}", inner) for inner in part.append_entry().form if isinstance(inner, ChoiceField))  # fmt: skip


@pytest.fixture
def offered(app: Flask) -> list[tuple[str, ChoiceField]]:
    with app.test_request_context("/"), acting_as(SYSTEM):
        return list(drop_downs(app))


def test_what_does_not_work_yet_is_not_offered(offered: list[tuple[str, ChoiceField]]) -> None:
    """The state of a machine could be searched for 租赁资产 and 拖回, a debt for 代垫款 and 坏账."""
    assert len(offered) > 100
    assert not [f"{where}: {option.name}" for where, part in offered for option in part.options if option.is_later]


def test_what_nothing_brings_about_is_said_to_come_later(offered: list[tuple[str, ChoiceField]]) -> None:
    """A word of a stored list that no line of the program names and nobody picks waits for its chapter."""
    picked = {option for where, part in offered if " filter " not in where for option in part.options}
    picked |= {kind for entity in m.ENTITIES.values() for kind in entity.attachment_kinds or ()}
    idle = [
        f"{kind.__name__}.{choice.name} ({', '.join(columns)})"
        for kind, columns in stored().items()
        for choice in kind
        if choice not in named() | picked | {next(iter(kind))}
        and not choice.is_later  # the first is there from the start
    ]
    assert not idle, "\n".join(idle)
    assert not [choice for choice in picked if choice.is_later]


def test_a_column_without_a_choice_stands_on_no_screen(app: Flask) -> None:
    """锁机状态 was shown as 未锁 on every machine: nothing locks one yet."""
    alone = [
        f"{type(screen).__name__}.{name}"
        for screen in screens(app)
        for name in shown(screen)
        if name not in screen.computed_columns and _has_no_choice(describe(screen.entity, name).type)
    ]
    assert not alone


def shown(screen: Screen) -> set[str]:
    """Every column of a list, a detail, a form or the search bar."""
    sections = [*screen.sections, *screen.form_sections]
    return {*screen.list_columns, *screen.search_columns, *(name for _label, names in sections for name in names)}


def _has_no_choice(type_: Any) -> bool:
    return isinstance(type_, sa.Enum) and len([one for one in type_.enum_class if not one.is_later]) < 2
