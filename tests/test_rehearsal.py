"""Every revision is rehearsed up and down on both engines with a thousand rows in every table, new revisions by themselves."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory
from flask_migrate import downgrade, upgrade

from app import create_app
from app.database import Model, db
from tests.conftest import MIGRATIONS, once
from tests.test_demo import build_demo
from tests.test_interrupted import dies, statements
from tests.test_start import empty_postgres
from tests.thousand import MOST, Rows, pour, thousand

assert empty_postgres  # a fixture
TABLES = Model.metadata
# What goes with a downgrade because the older release has no word for it: revision → tables that lose rows.
LOSES = {
    "0005": {"coupon_entry"},  # notes without an amount
    "0022": {"approval_rule", "approval_step", "archive_rule", "contract_gift"},  # of mortgages, leases, gifts of parts
}


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Rows:
    """What is poured into both engines."""
    demo = once(tmp_path_factory, "demo.db", build_demo)
    empty = tmp_path_factory.mktemp("empty") / "empty.db"
    app = create_app(SQLALCHEMY_DATABASE_URI=f"sqlite:///{empty}", TESTING=True)
    with app.app_context():
        upgrade(directory=MIGRATIONS)
        with sa.create_engine(f"sqlite:///{demo}", poolclass=sa.pool.NullPool).connect() as found:
            with db.engine.connect() as here:
                made = thousand(TABLES, found, here)
        db.engine.dispose()
    return made


@pytest.fixture(params=["sqlite", "postgresql"])
def full(request: pytest.FixtureRequest, rows: Rows, tmp_path: Path) -> Iterator[str]:
    """An application on a database of this engine with all the rows."""
    is_sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path / 'full.db'}" if is_sqlite else request.getfixturevalue("empty_postgres")
    app = create_app(SQLALCHEMY_DATABASE_URI=url, TESTING=True)
    with app.app_context():
        upgrade(directory=MIGRATIONS)
        with db.engine.connect() as connection:
            pour(TABLES, rows, connection)
        yield request.param
        db.session.remove()
        db.engine.dispose()


def count() -> dict[str, int]:
    """Table → rows."""
    db.engine.dispose()
    with db.engine.connect() as connection:
        names = set(sa.inspect(connection).get_table_names()) - {"alembic_version"}
        return {name: connection.scalar(sa.text(f"SELECT count(*) FROM {name}")) or 0 for name in sorted(names)}


def columns() -> dict[Any, set[str]]:
    """Table → its columns."""
    with db.engine.connect() as connection:
        found = sa.inspect(connection).get_multi_columns()
    return {table: {column["name"] for column in told} for (_, table), told in found.items()}


def test_every_revision_goes_down_and_up_with_a_thousand_rows_a_table(full: str) -> None:
    """On SQLite each way up is also killed half-way: nothing of it is left, and no row is lost."""
    few = {name for name, number in count().items() if number < MOST}
    assert few <= {"archive_rule", "checklist_template"}, "tables whose unique words are fewer than a thousand"
    scripts = list(ScriptDirectory(MIGRATIONS).walk_revisions())
    for revision, below in [(script.revision, script.down_revision or "base") for script in scripts]:
        standing, told = count(), columns()
        back, up = partial(downgrade, MIGRATIONS, below), partial(upgrade, MIGRATIONS, revision)
        back()
        kept = count()
        lost = {name for name, number in kept.items() if number != standing[name]}
        assert lost == LOSES.get(revision, set()) and all(kept.values()), f"the downgrade of {revision} loses rows"
        needed, risen = statements(up), count()
        assert all(risen[name] >= number for name, number in kept.items()), f"{revision} loses rows"
        assert columns() == told, f"up again is not what {revision} was"
        back()
        kept = count()
        if full == "sqlite" and hasattr(os, "fork"):
            dies(up, min(needed // 2, 12))
            assert count() == kept
    assert kept == {}
