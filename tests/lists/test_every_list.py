"""Every list and every report, on PostgreSQL, for everybody: a word searched, each filter, each tab, each order. No page breaks.

The rows are those of the demo, copied from SQLite. What a filter is set to is what some row says itself, so that the row is
found again and its line is drawn. Where a page with several things in its address breaks, each is tried alone and named.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.datastructures import MultiDict

from app import clock, create_app
from app.actor import SYSTEM, acting_as
from app.database import db
from app.enums import Choice
from app.models import Entity
from app.screens import ReportScreen, Screen, listing
from app.screens.columns import Column
from app.screens.listing import RANGES, parameter
from app.screens.security import actor_of
from tests import conftest as engines
from tests.kit import Browser
from tests.security.lab import base, screens
from tests.test_demo import DAY, build_demo
from tests.test_language import ONE_PER_ROLE

WORD = "0"
ODD = {"text": "机", "note": "机", "flag": "1", "day": "2025-03-05", "moment": "2025-03-05"}
ORDER = re.compile(r'class="order [^"]*" href="[^"]*[?&](?:amp;)?order=(-?\w+)')


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The demo on its day, on PostgreSQL; nothing in this file writes."""
    file = engines.once(tmp_path_factory, "demo.db", build_demo)
    app = create_app(SQLALCHEMY_DATABASE_URI=engines.engine_of("postgresql").branch("lists"), TESTING=True)
    with app.app_context():
        _copy(file)
    with clock.on(DAY):
        yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def _copy(file: Path) -> None:
    """Every row of a SQLite file into the PostgreSQL database that is open, triggers and references asleep meanwhile."""
    source, tables = sa.create_engine(f"sqlite:///{file}"), db.metadata.sorted_tables
    with source.connect() as old, db.engine.begin() as new:
        new.execute(sa.text("SET session_replication_role = replica"))
        new.execute(sa.text(f"TRUNCATE {', '.join(table.name for table in tables)}"))
        for table in tables:
            rows = [dict(row._mapping) for row in old.execute(sa.select(table))]
            if rows:
                new.execute(table.insert(), rows)
            if rows and "id" in table.c:
                serial = sa.func.pg_get_serial_sequence(table.name, "id")
                new.execute(sa.select(sa.func.setval(serial, max(row["id"] for row in rows))))
    source.dispose()


@dataclass
class Look:
    """One person looks at lists; what broke is collected and told at the end."""

    app: Flask
    username: str
    wrong: list[str] = field(default_factory=list)
    pages: int = 0

    def __post_init__(self) -> None:
        self.browser = Browser(self.app, self.username)

    def at(self, path: str, **asked: Any) -> str:
        """A page with these words in its address; what is to blame where it breaks."""
        self.pages += 1
        answer = self.browser.get(f"{path}?{urlencode(asked)}", follow_redirects=True)
        if answer.status_code < 500:
            return answer.get_data(as_text=True) if answer.status_code == 200 else ""
        alone = [{name: value} for name, value in asked.items()] if len(asked) > 1 else []
        broken = [one for one in alone if self.browser.get(f"{path}?{urlencode(one)}").status_code >= 500]
        self.wrong.append(f"{self.username} {path}: {answer.status_code} with {broken or asked}")
        return ""

    def orders(self, path: str, page: str, **asked: Any) -> None:
        """Every column that the heading offers to sort by, both ways."""
        for name in dict.fromkeys(found.removeprefix("-") for found in ORDER.findall(unescape(page))):
            self.at(path, **asked, order=name)
            self.at(path, **asked, order=f"-{name}")

    def end(self, least: int) -> None:
        assert not self.wrong, f"{len(self.wrong)} of {self.pages}:\n" + "\n".join(self.wrong[:40])
        assert self.pages >= least, self.pages


def _filters(screen: Screen) -> tuple[dict[str, str], dict[str, str]]:
    """What one row of the list says, filter by filter, and something for the filters it leaves blank."""
    with acting_as(SYSTEM):
        row = db.session.scalars(sa.select(screen.entity).order_by(screen.entity.id.desc()).limit(1)).first()
        said: dict[str, str] = {}
        blank: dict[str, str] = {}
        for column in (screen.column(name) for name in screen.search_columns):
            value = _said(row, column)
            ends = ("_from", "_to") if column.kind in RANGES else ("",)
            for name in (parameter(column.name) + end for end in ends):
                (blank if value is None else said)[name] = value or _something(column)
        db.session.remove()
    return said, blank


def _said(row: Entity | None, column: Column) -> str | None:
    """A row's own value as the address of a list writes it."""
    value = getattr(row, column.name, None) if row is not None else None
    if column.kind == "lines":
        return str(value[0].tag_id) if value else None
    if column.kind == "key":
        return str(value.id) if value is not None else None
    if value is None or value == "":
        return None
    if column.kind in ("choice", "state"):
        return value.name if isinstance(value, Choice) else str(value)
    if column.kind == "flag":
        return "1" if value else "0"
    if column.kind == "percent":
        return f"{value * 100:f}"
    if isinstance(value, datetime | date):
        return value.strftime("%Y-%m-%d")
    return f"{value:f}" if isinstance(value, Decimal) else str(value)[:60]


def _something(column: Column) -> str:
    if column.kind in ("choice", "state"):
        return next(iter(column.type.enum_class)).name
    return ODD.get(column.kind, "1")


@pytest.mark.parametrize("username", ONE_PER_ROLE.values())
def test_no_list_breaks(demo: Flask, username: str) -> None:
    """A keeper who searched the desk of emergency purchases met 500: the search took the request away from its own lines."""
    look = Look(demo, username)
    for screen in screens(demo):
        path = f"{base(screen)}/list/"
        if not look.at(path, q=WORD):
            continue
        with demo.test_request_context("/"):
            said, blank = _filters(screen)
        look.at(path, **said)
        if blank:
            look.at(path, **blank, **said)
        for tab in screen.tabs:
            if tab.todo is not None or username == "gm":  # a tab that waits for nobody is the same for everybody
                look.at(path, tab=tab.name)
    look.end(30)


def test_every_column_sorts_both_ways(demo: Flask) -> None:
    """Read as the general manager reads them, without drawing the page."""
    wrong = []
    with demo.test_request_context("/"):
        gm = actor_of(_account("gm"), "gm")
        for screen, name in ((one, name) for one in screens(demo) for name in sorted(one.orderable)):
            for sign in ("", "-"):
                with acting_as(gm):
                    columns = screen.columns([*screen.list_columns])
                    try:
                        listing.read(screen, MultiDict({"order": f"{sign}{name}"}), columns).rows()
                    except SQLAlchemyError as fault:
                        db.session.rollback()
                        wrong.append(f"{type(screen).__name__} {sign}{name}: {fault}"[:200])
    assert not wrong, "\n".join(wrong)


def _account(username: str) -> int:
    user = sa.table("ab_user", sa.column("id"), sa.column("username"))
    return db.session.scalar(sa.select(user.c.id).where(user.c.username == username)) or 0


def test_a_row_is_found_by_what_it_says(demo: Flask) -> None:
    """Every filter of a list at once, set to what one row says: that row is found."""
    missed = []
    with demo.test_request_context("/"):
        for screen in screens(demo):
            said, _blank = _filters(screen)
            with acting_as(SYSTEM):
                found = listing.read(screen, MultiDict(said), [])
                is_empty = db.session.scalar(sa.select(screen.entity.id).limit(1)) is None
                if not is_empty and (found.faults or not found.count()):
                    missed.append(f"{type(screen).__name__} {said} {found.faults}")
    assert not missed, "\n".join(missed)


@pytest.mark.parametrize("username", ONE_PER_ROLE.values())
def test_no_report_breaks(demo: Flask, username: str) -> None:
    """Every way of grouping, every filter, every order, with the months of the demo and with none."""
    look = Look(demo, username)
    for report in (view for view in demo.appbuilder.baseviews if isinstance(view, ReportScreen)):
        path = f"/{report.endpoint.lower()}/list/"
        if not look.at(path):
            continue
        for asked in _ways(demo, report):
            page = look.at(path, **asked)
            if username == "gm":
                look.orders(path, page, **asked)
    look.end(0)


def _ways(app: Flask, report: ReportScreen) -> Iterator[dict[str, str]]:
    """All choices that a report needs; beside them each of its further filters, set to something that is there."""
    parameters = report.report.parameters
    choices = [[(p.name, option.name) for option in p.options] for p in parameters if p.options and p.needed]
    with app.app_context(), acting_as(SYSTEM):
        keys = {p.name: str(db.session.scalar(sa.select(sa.func.min(p.entity.id)))) for p in parameters if p.entity}
        db.session.remove()
    options = {p.name: next(iter(p.options)).name for p in parameters if p.options and not p.needed}
    days = {p.name: "2025-01-01" if p.name.endswith("from") else "2025-12-31" for p in parameters if p.kind == "day"}
    months = {p.name: "2025-03" for p in parameters if p.kind == "month"}
    for chosen in itertools.product(*choices):
        yield dict(chosen) | keys
        yield dict(chosen) | keys | options | days | months
