"""A thousand rows in every table, on either engine: the demo's rows again and again, each with its own keys and references."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import product
from typing import Any

import sqlalchemy as sa

MOST = 1000
DAY = dt.date(2026, 1, 1)
Row = dict[str, Any]
Rows = dict[str, list[Row]]


def thousand(metadata: sa.MetaData, demo: sa.Connection, empty: sa.Connection) -> Rows:
    """Rows for every table, made of those of the demo; where it has none, of one that the empty database accepts."""
    made: Rows = {}
    tables = metadata.sorted_tables
    templates = {table.name: _rows(demo, table) or [_accepted(empty, table)] for table in tables}
    ids = {t.name: range(1, MOST + 1) if _has_room(t) else [row["id"] for row in templates[t.name]] for t in tables}
    for table in tables:
        found = templates[table.name]
        if _has_room(table):
            found = [_numbered(table, found[n % len(found)], n + 1) for n in range(MOST)]
        made[table.name] = [_referring(table, row, n, ids) for n, row in enumerate(found)]
    return made


def pour(metadata: sa.MetaData, rows: Rows, connection: sa.Connection) -> None:
    """Put the rows into an empty database that is migrated to the head; references are not followed meanwhile."""
    is_sqlite = connection.dialect.name == "sqlite"
    connection.exec_driver_sql("PRAGMA foreign_keys=OFF" if is_sqlite else "SET session_replication_role = replica")
    for table in reversed(metadata.sorted_tables):
        connection.execute(sa.delete(table))  # what migrations have put there
    for table in metadata.sorted_tables:
        connection.execute(sa.insert(table), rows[table.name])
        if not is_sqlite and "id" in table.columns:
            sequence = sa.text(f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), {MOST})")
            connection.execute(sequence)
    connection.commit()
    connection.exec_driver_sql("PRAGMA foreign_keys=ON" if is_sqlite else "RESET session_replication_role")
    connection.commit()


def _rows(connection: sa.Connection, table: sa.Table) -> list[Row]:
    return [dict(row) for row in connection.execute(sa.select(table)).mappings()]


def _accepted(connection: sa.Connection, table: sa.Table) -> Row:
    """The first plausible row that keeps the checks of the table."""
    connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
    for row in _plausible(table):
        try:
            connection.execute(sa.insert(table), [row])
        except sa.exc.IntegrityError:
            continue
        finally:
            connection.rollback()
        return row
    raise AssertionError(f"no row was found that {table.name} accepts; let the demo have one")


def _plausible(table: sa.Table) -> Iterator[Row]:
    """Every word of the table's lists, with optional columns empty and filled."""
    lists = [column for column in table.columns if isinstance(column.type, sa.Enum)]
    for words in product(*(column.type.enums for column in lists)):
        chosen = {column.name: word for column, word in zip(lists, words, strict=True)}
        for is_filled in (False, True):
            yield {c.name: _value(c) for c in table.columns if is_filled or not c.nullable} | chosen


def _value(column: sa.Column[Any]) -> Any:
    kind = column.type
    if isinstance(kind, sa.DateTime):
        return dt.datetime.combine(DAY, dt.time(9))
    if isinstance(kind, sa.Date):
        return DAY
    if isinstance(kind, sa.Boolean):
        return False
    plain = {sa.String: "1", sa.JSON: [], sa.LargeBinary: b"1"}
    return next((value for known, value in plain.items() if isinstance(kind, known)), 1)


def _uniques(table: sa.Table) -> Iterator[list[sa.Column[Any]]]:
    """The columns of every unique constraint and index of a table."""
    for constraint in table.constraints:
        if isinstance(constraint, sa.UniqueConstraint | sa.PrimaryKeyConstraint):
            yield list(constraint.columns)
    yield from (list(index.columns) for index in table.indexes if index.unique)


def _is_free(column: sa.Column[Any]) -> bool:
    """Whether a column can have a thousand values."""
    return not isinstance(column.type, sa.Enum | sa.Boolean)


def _has_room(table: sa.Table) -> bool:
    """Not where a unique column knows a few words only."""
    return all(any(_is_free(column) for column in columns) for columns in _uniques(table))


def _numbered(table: sa.Table, template: Row, number: int) -> Row:
    """A row as the template is, with a number of its own wherever only one row may say the same."""
    row = dict(template)
    for columns in _uniques(table):
        if any(_refers_to_a_thousand(column) for column in columns):
            continue
        own = next(column for column in columns if _is_free(column) and not column.foreign_keys)
        if row.get(own.name) is not None:
            row[own.name] = _own(own, number, row[own.name])
    return row


def _refers_to_a_thousand(column: sa.Column[Any]) -> bool:
    return any(_has_room(key.column.table) for key in column.foreign_keys)


def _own(column: sa.Column[Any], number: int, value: Any) -> Any:
    """A value that only this row has, as like the given one as the column's type allows."""
    kind = column.type
    if isinstance(kind, sa.String):
        end = f"~{number}"
        return str(value)[: (kind.length or 200) - len(end)] + end
    return DAY + dt.timedelta(days=number) if isinstance(kind, sa.Date) else number


def _referring(table: sa.Table, row: Row, place: int, ids: dict[str, Any]) -> Row:
    """What a row refers to has its own place in the other table, so that each is referred to once; two references of a
    row to one table are two rows."""
    before: dict[str, int] = {}
    for column in table.columns:
        for key in column.foreign_keys:
            target = key.column.table.name
            shift = before[target] = before.get(target, -1) + 1
            if row.get(column.name) is not None:
                row[column.name] = ids[target][(place + shift) % len(ids[target])]
    return row
