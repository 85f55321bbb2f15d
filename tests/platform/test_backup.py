"""A backup is whole, is one moment of the books though people write, opens again, and lies over no other."""

from __future__ import annotations

import os
import shutil
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app import create_app
from app import models as m
from app.actor import SYSTEM, acting_as
from app.backup import NoBackup, backup
from app.database import db
from app.reports import books
from app.unit_of_work import create
from tests.kit import World, on_postgres
from tests.stories import part_debt


def url(site: World) -> str:
    return str(site.app.config["SQLALCHEMY_DATABASE_URI"])


def written(site: World) -> None:
    """Some business in the books."""
    with site.app.app_context(), acting_as(SYSTEM):
        customer = site.company()
        debt = part_debt(site, customer, "1234.56")
        site.paid(customer, [(debt, "1000.00")])
        db.session.remove()


def counts(engine: sa.Engine) -> dict[str, int]:
    with engine.connect() as connection:
        return {
            table.name: connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0
            for table in m.Entity.metadata.sorted_tables
        }


def test_a_restored_backup_has_every_row_and_its_books_agree(site: World, tmp_path: Path) -> None:
    written(site)
    target = tmp_path / "tiema-20261123.db"
    told = site.app.test_cli_runner().invoke(args=["backup", str(target)])
    assert told.exit_code == 0, told.output
    assert target.stat().st_mode & 0o777 == 0o600 and [p.name for p in tmp_path.iterdir()] == [target.name]
    with site.app.app_context():
        before = counts(db.engine)
    assert before.pop("backup_run") == 1  # written down once the file is whole, so not in it
    restored = create_app(SQLALCHEMY_DATABASE_URI=f"sqlite:///{target}", TESTING=True)
    with restored.app_context(), acting_as(SYSTEM):
        assert counts(db.engine) == before | {"backup_run": 0} and before["receivable_entry"] > 0
        assert books.differences() == []
        db.session.remove()
    told = restored.test_cli_runner().invoke(args=["check-books"])
    assert told.exit_code == 0 and "对得上" in told.output
    assert restored.test_client().get("/login/").status_code == 200
    with restored.app_context():
        with pytest.raises(sa.exc.DatabaseError, match="append-only"):  # the journals are guarded there as well
            db.session.execute(sa.text("DELETE FROM audit_log"))
        db.session.rollback()
        db.session.execute(sa.text("UPDATE receivable SET settled_amount = settled_amount + 1"))
        db.session.commit()
        db.session.remove()
    told = restored.test_cli_runner().invoke(args=["check-books"])
    assert told.exit_code == 1 and "账实不符" in told.output
    with restored.app_context():
        db.engine.dispose()


def test_an_older_backup_is_never_overwritten(site: World, tmp_path: Path) -> None:
    target = tmp_path / "there.db"
    target.write_bytes(b"older")
    told = site.app.test_cli_runner().invoke(args=["backup", str(target)])
    assert told.exit_code == 1 and "从不覆盖" in told.output and target.read_bytes() == b"older"
    with pytest.raises(NoBackup, match="不存在"):
        backup(url(site), tmp_path / "no" / "folder.db")
    with pytest.raises(NoBackup, match="不存在"):
        backup(f"sqlite:///{tmp_path}/nothing.db", tmp_path / "new.db")
    assert [p.name for p in tmp_path.iterdir()] == ["there.db"]


def test_of_two_backups_at_once_under_one_name_one_wins(site: World, tmp_path: Path, monkeypatch: Any) -> None:
    target, real = tmp_path / "same.db", os.link

    def slow(draft: Any, name: Any) -> None:
        monkeypatch.setattr(os, "link", real)
        backup(url(site), target)  # somebody else is a moment earlier
        real(draft, name)

    monkeypatch.setattr(os, "link", slow)
    with pytest.raises(NoBackup, match="从不覆盖"):
        backup(url(site), target)
    assert [p.name for p in tmp_path.iterdir()] == ["same.db"]


def test_a_backup_taken_while_people_write_is_one_moment(site: World, tmp_path: Path) -> None:
    """Each writer adds a tag and its audit line in one transaction: no copy holds one without the other."""
    stop = threading.Event()

    def scribble() -> None:
        number = 0
        with site.app.app_context(), acting_as(SYSTEM):
            while not stop.is_set():
                number += 1
                create(m.Tag, {"name": f"并写{number:05d}"})
            db.session.remove()

    writer = threading.Thread(target=scribble)
    writer.start()
    try:
        for number in range(4):
            copy = tmp_path / f"copy{number}.db"
            backup(url(site), copy)
            with closing(sqlite3.connect(copy)) as found:
                tags = found.execute("SELECT count(*) FROM tag WHERE name LIKE '并写%'").fetchone()[0]
                told = found.execute("SELECT count(*) FROM audit_log WHERE row_name LIKE '并写%'").fetchone()[0]
            assert tags == told
    finally:
        stop.set()
        writer.join()


def test_a_damaged_database_gives_no_backup(site: World, tmp_path: Path) -> None:
    good, broken = tmp_path / "good.db", tmp_path / "broken.db"
    backup(url(site), good)
    data = bytearray(good.read_bytes())
    data[40_000:90_000] = os.urandom(50_000)
    broken.write_bytes(data)
    with pytest.raises(NoBackup):
        backup(f"sqlite:///{broken}", tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists() and len(list(tmp_path.iterdir())) == 2


@on_postgres
def test_postgresql_is_dumped_whole_and_restored(site: World, tmp_path: Path) -> None:
    if shutil.which("pg_dump") is None:
        pytest.skip("no pg_dump")
    written(site)
    target = tmp_path / "tiema.dump"
    backup(url(site), target)
    with pytest.raises(NoBackup, match="从不覆盖"):
        backup(url(site), target)
    address = sa.make_url(url(site))
    server = sa.create_engine(
        address.set(database="postgres"), isolation_level="AUTOCOMMIT", poolclass=sa.pool.NullPool
    )
    name = f"{address.database}_back"
    with server.connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    try:
        import subprocess

        where = {"PGHOST": address.host or "", "PGUSER": address.username or "", "PGDATABASE": name}
        subprocess.run(["pg_restore", "--no-owner", "-d", name, str(target)], env={**os.environ, **where}, check=True)
        with site.app.app_context():
            before = counts(db.engine)
        restored = create_app(
            SQLALCHEMY_DATABASE_URI=address.set(database=name).render_as_string(hide_password=False), TESTING=True
        )
        with restored.app_context(), acting_as(SYSTEM):
            assert counts(db.engine) == before and books.differences() == []
            db.session.remove()
            db.engine.dispose()
    finally:
        with server.connect() as connection:
            connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
    with pytest.raises(NoBackup):
        backup(address.set(database="no_such_house").render_as_string(hide_password=False), tmp_path / "no.dump")
    assert not (tmp_path / "no.dump").exists()
