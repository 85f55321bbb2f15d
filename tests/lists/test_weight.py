"""Every list of every screen on the demo dealer: few statements, a light page, and totals over the whole filter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from app.database import db
from app.screens import Screen
from tests.kit import Browser
from tests.test_demo import dealer

__all__ = ["dealer"]

MOST_STATEMENTS = 15
MOST_BYTES = 60_000


@pytest.fixture
def counted(dealer: Flask) -> Iterator[list[str]]:
    told: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        told.append(statement)

    with dealer.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield told
    event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize("who", ["gm", "sales1"])
def test_every_list_is_cheap(dealer: Flask, counted: list[str], who: str) -> None:
    browser, wrong, seen = Browser(dealer, who), [], 0
    for screen in dealer.appbuilder.baseviews:  # type: ignore[attr-defined]
        if not isinstance(screen, Screen):
            continue
        path = f"{screen.route_base}/list/"
        if browser.get(path).status_code != 200:
            continue
        counted.clear()
        answer = browser.get(path)
        seen += 1
        if len(counted) > MOST_STATEMENTS:
            wrong.append(f"{path}: {len(counted)} statements")
        if len(answer.data) > MOST_BYTES:
            wrong.append(f"{path}: {len(answer.data):,} bytes")
    assert not wrong, "\n".join(wrong)
    assert seen > 10
