"""One template database per engine, migrated, provisioned and staffed once, put back before every test.

PostgreSQL is used when TEST_POSTGRES_URL is set or one answers on localhost; TIEMA_REQUIRE_POSTGRES=1 makes its
absence a failure instead of a skip.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

os.environ["TIEMA_INSTANCE"] = tempfile.mkdtemp(prefix="tiema-test-")
os.environ.pop("DATABASE_URL", None)

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy.exc import SQLAlchemyError

from app import clock, create_app
from app.actor import SYSTEM, acting_as
from app.database import db
from app.demo.build import Demo
from app.provision import synchronise
from app.screens.security import actor_of
from tests.kit import START, World

FOLDER = Path(os.environ["TIEMA_INSTANCE"])
MIGRATIONS = str(Path(__file__).resolve().parent.parent / "migrations")


@cache
def postgres_url() -> str | None:
    """The server to test on, without a database name; None where there is none."""
    for url in filter(
        None,
        (
            os.environ.get("TEST_POSTGRES_URL"),
            "postgresql://root@127.0.0.1/postgres",
            "postgresql://postgres@127.0.0.1/postgres",
        ),
    ):
        try:
            engine = sa.create_engine(url, connect_args={"connect_timeout": 2}, poolclass=sa.pool.NullPool)
            with engine.connect():
                return url
        except SQLAlchemyError:
            continue
    return None


LONG = (  # in this order, the longest first
    "tests/security/test_bad_input.py", "tests/security/test_matrix.py", "tests/reports/test_every_report.py",
    "tests/test_start.py", "tests/test_rehearsal.py", "tests/security/test_secrets.py", "tests/browser/test_chain.py", "tests/test_language.py",
    "tests/security/test_scope.py", "tests/concurrency/test_shortage_races.py", "tests/browser/test_work.py",
    "tests/security/test_workers.py", "tests/test_background.py", "tests/concurrency/test_mixed.py",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take minutes begin, so that at the end nobody waits for one who is alone with such a file."""
    ranks = {name: rank for rank, name in enumerate(LONG)}
    items.sort(key=lambda item: ranks.get(item.nodeid.partition("::")[0], len(LONG)))


def pytest_report_header() -> str:
    url = postgres_url()
    return (
        f"postgresql: {sa.make_url(url).host}"
        if url
        else "postgresql: none answers; its tests are skipped (set TEST_POSTGRES_URL)"
    )


def worker() -> str:
    return os.environ.get("PYTEST_XDIST_WORKER", "solo")


class Engine:
    """A template and the database that tests work on, for one engine."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.branches: set[str] = set()
        if kind == "sqlite":
            self.url = f"sqlite:///{FOLDER / 'work.db'}"
            self.template = FOLDER / "template.db"
        else:
            url = postgres_url()
            if url is None:
                if os.environ.get("TIEMA_REQUIRE_POSTGRES") == "1":
                    pytest.fail("PostgreSQL is required here and none answers; set TEST_POSTGRES_URL")
                pytest.skip("no PostgreSQL answers; set TEST_POSTGRES_URL")
            self.server = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.pool.NullPool)
            self.work = f"tiema_work_{worker()}_{os.getpid()}"
            self.template = f"tiema_template_{worker()}_{os.getpid()}"  # type: ignore[assignment]
            self.url = sa.make_url(url).set(database=self.work).render_as_string(hide_password=False)
            self._sql(f"DROP DATABASE IF EXISTS {self.work} WITH (FORCE)", f"CREATE DATABASE {self.work}")
        self.app = create_app(SQLALCHEMY_DATABASE_URI=self.url, TESTING=True)
        with self.app.app_context():
            upgrade(directory=MIGRATIONS)
            synchronise(self.app.appbuilder)
            with clock.on(START):
                demo = Demo(START)
                demo.staff()
                demo.master_data()
            db.session.remove()
            db.engine.dispose()
        self._keep()

    def _sql(self, *statements: str) -> None:
        with self.server.connect() as connection:
            for statement in statements:
                connection.execute(sa.text(statement))

    def _keep(self) -> None:
        if self.kind == "sqlite":
            self._copy(FOLDER / "work.db", self.template)
        else:
            self._sql(
                f"DROP DATABASE IF EXISTS {self.template} WITH (FORCE)",
                f"CREATE DATABASE {self.template} TEMPLATE {self.work}",
            )

    @staticmethod
    def _copy(source: Path, target: Path) -> None:
        with sqlite3.connect(source) as read, sqlite3.connect(target) as write:
            read.backup(write)
        read.close()
        write.close()

    def restore(self) -> None:
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()
        if self.kind == "sqlite":
            self._copy(self.template, FOLDER / "work.db")
        else:
            self._sql(
                f"DROP DATABASE IF EXISTS {self.work} WITH (FORCE)",
                f"CREATE DATABASE {self.work} TEMPLATE {self.template}",
            )

    def branch(self, name: str) -> str:
        """The address of a further database that begins as the template."""
        if self.kind == "sqlite":
            self._copy(self.template, FOLDER / f"{name}.db")
            return f"sqlite:///{FOLDER / name}.db"
        name = self.work.replace("work", name)
        self.branches.add(name)
        self._sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", f"CREATE DATABASE {name} TEMPLATE {self.template}")
        return sa.make_url(self.url).set(database=name).render_as_string(hide_password=False)

    def drop(self) -> None:
        if self.kind != "sqlite":
            for name in (self.work, self.template, *self.branches):
                self._sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


_engines: dict[str, Engine] = {}


def engine_of(kind: str) -> Engine:
    """The engine of this worker, made when it is first asked for."""
    if kind not in _engines:
        _engines[kind] = Engine(kind)
    return _engines[kind]


def once(factory: pytest.TempPathFactory, name: str, build: Callable[[Path], None]) -> Path:
    """A file that the first worker who asks for it builds; the others wait for it and copy it."""
    base = factory.getbasetemp()
    folder = base if worker() == "solo" else base.parent
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / name).exists():
            build(base / f"{name}.new")
            (base / f"{name}.new").rename(folder / name)
    return folder / name


@pytest.fixture(scope="session", autouse=True)
def _clean_up() -> Iterator[None]:
    yield
    for engine in _engines.values():
        engine.drop()


@pytest.fixture
def backend(request: pytest.FixtureRequest) -> str:
    """sqlite, or what `on_both` and `on_postgres` ask for."""
    return getattr(request, "param", "sqlite")


@pytest.fixture
def app(backend: str) -> Iterator[Flask]:
    """The application on a fresh copy of the template; no application context is open, as in a server."""
    engine = engine_of(backend)
    engine.restore()
    yield engine.app
    with engine.app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def world(app: Flask) -> Iterator[World]:
    """People and master data on 2025-03-05, inside an application context for calls below the web.

    The house looks on: what a test does without `by=` it does as SYSTEM.
    """
    dealer = World(app)
    with app.app_context(), clock.on(START), acting_as(SYSTEM):
        user = sa.table("ab_user", sa.column("id"), sa.column("username"))
        for row in db.session.execute(sa.select(user.c.id, user.c.username)).all():
            dealer.people[row.username] = actor_of(row.id, row.username)
        yield dealer
        db.session.remove()


@pytest.fixture
def site(app: Flask) -> World:
    """The same dealer for tests through HTTP only: no outer application context is open, so nothing leaks between requests."""
    dealer = World(app)
    with app.app_context():
        user = sa.table("ab_user", sa.column("id"), sa.column("username"))
        for row in db.session.execute(sa.select(user.c.id, user.c.username)).all():
            dealer.people[row.username] = actor_of(row.id, row.username)
        db.session.remove()
    return dealer
