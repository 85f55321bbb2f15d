"""One metadata for the framework's tables and ours, one session, and how each engine is opened."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from contextvars import ContextVar
from typing import Any, cast

import psycopg
import sqlalchemy as sa
from flask_appbuilder import Model
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.functions import FunctionElement

from .formulas import pinyin_order

Model.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

db = SQLAlchemy(metadata=Model.metadata)

POSTGRES_OPTIONS = "-c lock_timeout=8000 -c statement_timeout=60000 -c idle_in_transaction_session_timeout=60000"


def engine_options(url: str) -> dict[str, object]:
    """Keyword arguments of create_engine for this address; the figures are milliseconds and seconds."""
    if sa.make_url(url).get_backend_name() == "sqlite":
        return {"connect_args": {"timeout": 15}}
    return {
        "pool_pre_ping": True,
        "pool_recycle": 1800,
        "pool_size": 10,
        "max_overflow": 10,
        "connect_args": {"options": POSTGRES_OPTIONS},
    }


# what PostgreSQL says when it ends or begins, or when nobody answers at its door
LOST = frozenset({"57P01", "57P02", "57P03", "08000", "08001", "08003", "08004", "08006"})
_commits: ContextVar[int] = ContextVar("commits", default=0)


def is_lost(fault: BaseException) -> bool:
    """Whether the connection to the database broke, or there is none to be had now."""
    if not isinstance(fault, DBAPIError):
        return False
    if fault.connection_invalidated:
        return True
    own = fault.orig
    code = getattr(own, "sqlstate", None)
    is_shut_out = isinstance(own, psycopg.OperationalError) and code is None and "connection" in str(own)
    return code in LOST or is_shut_out


def abandon() -> None:
    """Give up what this session has begun, also when its connection is gone: then there is nothing to give up any more."""
    try:
        db.session.rollback()
    except DBAPIError as fault:
        if not is_lost(fault):
            raise
        db.session().invalidate()


def commits() -> int:
    """How many times this thread of work has begun to commit: between two equal figures nothing can have been written."""
    return _commits.get()


@event.listens_for(Session, "before_commit")
def _count_commit(_session: Session) -> None:
    _commits.set(_commits.get() + 1)


def changed_rows(statement: Any) -> int:
    """Carry out an UPDATE or DELETE on a table and say how many rows it hit; 0 means that the condition failed."""
    return int(cast(Any, db.session.execute(statement)).rowcount)


class by_pinyin(FunctionElement[str]):
    """A column of names in the order of a Chinese dictionary; the collation is the database's own, see migrations."""

    inherit_cache = True
    type = sa.String()


@compiles(by_pinyin)
def _collated(element: by_pinyin, compiler: Any, **kw: Any) -> str:
    return f"{compiler.process(element.clauses, **kw)} COLLATE pinyin"


@contextmanager
def only_one(key: int) -> Iterator[bool]:
    """Whether no other process is inside under this key, on whatever machine; a process that dies is outside at once.

    PostgreSQL: an advisory lock. SQLite: the lock of a small file beside the database.
    """
    if db.engine.dialect.name == "sqlite":
        if db.engine.url.database in (None, "", ":memory:"):
            yield True
            return
        with closing(sqlite3.connect(f"{db.engine.url.database}.{key}.lock", timeout=0, isolation_level=None)) as lock:
            yield _is_locked(lock)
        return
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        is_ours = connection.scalar(sa.text("SELECT pg_try_advisory_lock(:key)"), {"key": key})
        try:
            yield is_ours
        finally:
            if is_ours:
                connection.execute(sa.text("SELECT pg_advisory_unlock(:key)"), {"key": key})


def _is_locked(lock: sqlite3.Connection) -> bool:
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as fault:
        if "locked" not in str(fault):
            raise
        return False
    return True


@event.listens_for(Engine, "connect")
def _open_sqlite(connection: object, _record: object) -> None:
    """Foreign keys, write-ahead log and full sync; the driver keeps its legacy mode, so that a transaction
    begins with its first write and a read never holds a stale snapshot (docs/decisions/transactions.md)."""
    if isinstance(connection, sqlite3.Connection):
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=15000"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()
        connection.create_collation("pinyin", pinyin_order.compare)
