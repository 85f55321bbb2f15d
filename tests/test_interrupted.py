"""kill -9 in a first start or an upgrade: what was begun has not been, and the next start goes on from there."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import event
from sqlalchemy.engine import Engine

import run
from app import create_app
from app.database import db
from migrations.whole import NotWhole
from tests.conftest import MIGRATIONS
from tests.kit import World, on_both
from tests.test_run import ROOT, refused, start, told
from tests.test_start import ours_only

REVISIONS = [script.revision for script in ScriptDirectory(MIGRATIONS).walk_revisions()][::-1]


def statements(work: Callable[[], Any], each: Callable[[int], None] = lambda _count: None) -> int:
    """How many statements the work sends to the database; `each` hears the number of every one before it is sent."""
    count = 0

    def one_more(*_about: Any) -> None:
        nonlocal count
        count += 1
        each(count)

    event.listen(Engine, "before_cursor_execute", one_more)
    try:
        work()
    finally:
        event.remove(Engine, "before_cursor_execute", one_more)
    return count


def dies(work: Callable[[], Any], at: int) -> None:
    """A process of its own does the work and is killed just before its statement number `at`."""

    def kill(count: int) -> None:
        if count == at:
            os.kill(os.getpid(), signal.SIGKILL)

    child = os.fork()
    if not child:
        try:
            statements(work, kill)
        finally:
            os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def schema(file: Path) -> list[tuple[str, ...]]:
    """Every object of the database as its text says, and the revision."""
    with closing(sqlite3.connect(file)) as books:
        told = books.execute("SELECT type, name, sql FROM sqlite_master ORDER BY type, name").fetchall()
        has_version = any(name == "alembic_version" for _, name, _ in told)
        return told + (books.execute("SELECT * FROM alembic_version").fetchall() if has_version else [])


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Flask]:
    """The application on a database file that does not exist yet."""
    app = create_app(SQLALCHEMY_DATABASE_URI=f"sqlite:///{tmp_path / 'killed.db'}", TESTING=True)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_killed_in_every_revision_and_the_next_try_completes(empty: Flask, tmp_path: Path) -> None:
    """Each revision is killed at its beginning, in the middle and before its commit; nothing of it is left.

    With the driver's own transactions the tables stay and the next try says that they exist already.
    """
    file = tmp_path / "killed.db"
    upgrade(directory=MIGRATIONS, revision=REVISIONS[0])
    downgrade(directory=MIGRATIONS, revision="base")
    for number, revision in enumerate(REVISIONS):
        before = REVISIONS[number - 1] if number else "base"

        def step(revision: str = revision) -> None:
            upgrade(directory=MIGRATIONS, revision=revision)

        needed = statements(step)
        after = schema(file)
        downgrade(directory=MIGRATIONS, revision=before)
        db.engine.dispose()
        standing = schema(file)
        for at in {needed // 3, needed // 2, needed - 1}:
            dies(step, at)
            assert schema(file) == standing, f"{revision}, statement {at} of {needed}"
        step()
        assert [row[:2] for row in schema(file)] == [row[:2] for row in after]


def test_a_first_start_that_is_killed_again_and_again_is_completed_by_the_next(tmp_path: Path) -> None:
    """run.py itself, as a person interrupts it: by the clock, wherever it is at that moment, the demo included."""
    command, settings = [sys.executable, "run.py", "prepare"], ours_only(TIEMA_INSTANCE=tmp_path)
    for number in range(3):
        with subprocess.Popen(
            command, cwd=ROOT, env=settings, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        ) as begun:
            limit = time.monotonic() + 60
            while not (tmp_path / "tiema.db").exists() and time.monotonic() < limit:
                time.sleep(0.05)
            time.sleep(0.5 + 2 * number)
            begun.send_signal(signal.SIGINT if number % 2 else signal.SIGKILL)
    done = start("prepare", TIEMA_INSTANCE=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    with closing(sqlite3.connect(tmp_path / "tiema.db")) as books:
        assert books.execute("SELECT * FROM alembic_version").fetchall() == [(REVISIONS[-1],)]
        assert books.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert books.execute("PRAGMA foreign_key_check").fetchall() == []
        assert books.execute("SELECT count(*) FROM machine_contract").fetchone() == (24,)
        assert not books.execute(f"SELECT 1 FROM sqlite_master WHERE name = '{run.UNFINISHED}'").fetchall()


def test_what_an_older_release_has_left_half_done_is_told_in_one_sentence(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "tiema.db")) as books:
        books.execute("CREATE TABLE ab_group (id INTEGER)")
        books.commit()
    sentence = told(start("prepare", TIEMA_INSTANCE=tmp_path))
    assert "升级中途被打断" in sentence and "备份" in sentence


CARELESS = """
from alembic import op

revision, down_revision, branch_labels, depends_on = "9999", "{head}", None, None


def upgrade():
    op.execute("DELETE FROM customer")


def downgrade():
    pass
"""


@on_both
def test_a_revision_that_would_leave_rows_without_what_they_refer_to_is_not_kept(world: World, tmp_path: Path) -> None:
    """On SQLite references are not followed while tables are written anew; all are looked at before the commit."""
    world.contract(world.company(), world.contact(), None)
    db.session.remove()
    db.engine.dispose()
    shutil.copytree(MIGRATIONS, tmp_path / "migrations")
    careless = tmp_path / "migrations" / "versions" / "9999_careless.py"
    careless.write_text(CARELESS.format(head=REVISIONS[-1]))
    with pytest.raises((NotWhole, sa.exc.IntegrityError)) as fault:
        upgrade(directory=str(tmp_path / "migrations"))
    if db.engine.dialect.name == "sqlite":
        assert "升级到 9999：" in str(fault.value) and "machine_contract → customer" in str(fault.value)
    assert db.session.scalar(sa.text("SELECT count(*) FROM customer"))
    assert db.session.scalar(sa.text("SELECT version_num FROM alembic_version")) == REVISIONS[-1]


def test_a_start_says_what_a_revision_would_have_left(monkeypatch: pytest.MonkeyPatch) -> None:
    def upgrade(*_about: Any) -> None:
        raise NotWhole("升级到 0031：3 行指向不存在的记录（coupon_entry → coupon）")

    monkeypatch.setattr(run, "_prepare_tables", upgrade)
    assert "升级到 0031：3 行指向不存在的记录" in refused(run.prepare)
