"""A revision is kept whole or not at all, and what it leaves is proved before it is kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event


class NotWhole(Exception):
    """What a revision would have left behind; nothing of that revision was kept."""


@contextmanager
def whole_revisions(connection: sa.Connection) -> Iterator[None]:
    """On SQLite: a transaction begins when ours does, so that statements on the schema are inside it as well.

    Left to itself the driver begins one with the first INSERT, UPDATE or DELETE, and every CREATE and DROP before that is
    kept at once. References are not followed meanwhile: a table that is written anew would take with it the lines that
    hang on it. `prove` looks at all of them before each commit.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    raw: Any = connection.connection.driver_connection
    driver_mode = raw.isolation_level
    raw.isolation_level = None
    raw.execute("PRAGMA foreign_keys=OFF")
    event.listen(connection, "begin", _begin)
    try:
        yield
    finally:
        connection.rollback()
        event.remove(connection, "begin", _begin)
        raw.execute("PRAGMA foreign_keys=ON")
        raw.isolation_level = driver_mode


def _begin(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def prove(ctx: Any, step: Any, **_more: Any) -> None:
    """After a revision, before its commit: on SQLite no reference leads nowhere and every row keeps its checks.

    PostgreSQL looks after both by itself. Raises: NotWhole.
    """
    connection = ctx.connection
    if connection.dialect.name != "sqlite":
        return
    lost = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if lost:
        tables = sorted({f"{table} → {target}" for table, _row, target, _number in lost})
        raise NotWhole(f"{_name(step)}：{len(lost)} 行指向不存在的记录（{'、'.join(tables)}）")
    found = connection.exec_driver_sql("PRAGMA integrity_check(5)").scalars().all()
    if found != ["ok"]:
        raise NotWhole(f"{_name(step)}：{'；'.join(found)}")


def _name(step: Any) -> str:
    going = "升级" if step.is_upgrade else "退回"
    revisions = step.up_revision_ids if step.is_upgrade else step.down_revision_ids
    return f"{going}到 {'、'.join(revisions) or '空库'}"
