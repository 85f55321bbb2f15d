"""The two-salespeople books are built once per engine and copied back before each test that asks for them."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from app.database import db
from tests import conftest as engines
from tests.kit import World
from tests.security import lab as labs

_kept: dict[str, tuple[labs.Side, labs.Side, Path | str]] = {}


@pytest.fixture
def lab(app: Flask, backend: str, site: World) -> labs.Lab:
    """Two salespeople with full books, through HTTP only."""
    engine = engines._engines[backend]
    if backend not in _kept:
        x, y = labs.build(site)
        with app.app_context():
            db.engine.dispose()
        if backend == "sqlite":
            copy: Path | str = engines.FOLDER / "lab.db"
            engine._copy(engines.FOLDER / "work.db", copy)
        else:
            copy = engine.work.replace("work", "lab")
            engine._sql(
                f"DROP DATABASE IF EXISTS {copy} WITH (FORCE)", f"CREATE DATABASE {copy} TEMPLATE {engine.work}"
            )
        _kept[backend] = (x, y, copy)
    else:
        x, y, copy = _kept[backend]
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
        if backend == "sqlite":
            engine._copy(copy, engines.FOLDER / "work.db")
        else:
            engine._sql(
                f"DROP DATABASE IF EXISTS {engine.work} WITH (FORCE)", f"CREATE DATABASE {engine.work} TEMPLATE {copy}"
            )
    site.people.update(labs.people(site))
    return labs.Lab(site, x, y)


@pytest.fixture(scope="session", autouse=True)
def _drop_copies() -> object:
    yield
    if "postgresql" in _kept and "postgresql" in engines._engines:
        engines._engines["postgresql"]._sql(f"DROP DATABASE IF EXISTS {_kept['postgresql'][2]} WITH (FORCE)")


@pytest.fixture
def columns() -> object:
    return sa.column
