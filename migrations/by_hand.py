"""What migrations do by hand where a batch would write a table anew and lose its checks on SQLite.

Migrations that have been released use these functions: what one of them does stays as it is; what is wanted otherwise is
another function.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import op


def reword(table: str, column: str, check: str, more: list[str], *, less: bool = False) -> None:
    """Let a column know more words, or fewer: the list in its CHECK, whatever else was added to it meanwhile.

    SQLite: the text of the table in the schema is changed, nothing is copied, so triggers and indexes stay.
    """
    connection, name = op.get_bind(), f"ck_{table}_{check}"
    if connection.dialect.name == "sqlite":
        old = _told(table)
        found = re.search(rf"{name} CHECK \({column} IN \(([^)]*)\)\)", old)
        words = _words(found[1], more, less)
        _tell(table, old.replace(found[0], f"{name} CHECK ({column} IN ({words}))"))
        return
    old = connection.scalar(
        sa.text("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = :name"), {"name": name}
    )
    op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({column} IN ({_words(old, more, less)}))")


def forget_words(table: str, column: str, check: str, words: dict[str, str]) -> None:
    """The opposite of `reword`, for rows that say such a word already: each says the nearest older one from now on."""
    with unguarded(table):
        for word, older in words.items():
            op.execute(f"UPDATE {table} SET {column} = '{older}' WHERE {column} = '{word}'")  # noqa: S608 - words of our own
    reword(table, column, check, list(words), less=True)


@contextmanager
def unguarded(table: str) -> Iterator[None]:
    """A journal without its triggers, for a migration that has to change rows which nobody else may change."""
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        connection.execute(sa.text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        yield
        connection.execute(sa.text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))
        return
    about = sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table")
    triggers = connection.execute(about, {"table": table}).all()
    for name, _text in triggers:
        connection.execute(sa.text(f"DROP TRIGGER {name}"))
    yield
    for _name, text in triggers:
        connection.exec_driver_sql(text)


def _words(old: str, more: list[str], less: bool) -> str:
    """The quoted words of a CHECK with some added or taken away, each once."""
    words = re.findall(r"'(\w+)'", old)
    kept = [w for w in words if w not in more] if less else [*words, *(w for w in more if w not in words)]
    return ", ".join(f"'{word}'" for word in kept)


def refer(table: str, column: str, target: str, *, unique: bool = False) -> None:
    """A new optional reference with its index; nothing is copied."""
    op.execute(
        f"ALTER TABLE {table} ADD COLUMN {column} INTEGER "
        f"CONSTRAINT fk_{table}_{column}_{target} REFERENCES {target} (id)"
    )
    op.create_index(f"ix_{table}_{column}", table, [column], unique=unique)


def forget(table: str, column: str) -> None:
    """The opposite of `refer`."""
    op.drop_index(f"ix_{table}_{column}", table)
    op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")


def may_be_empty(table: str, column: str, *, may: bool) -> None:
    """Let a column be empty, or not any more. SQLite: the text of the table in the schema is changed, nothing is copied."""
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} {'DROP' if may else 'SET'} NOT NULL")
        return
    old = _told(table)
    found = re.search(rf"\b{column} VARCHAR\(\d+\)( NOT NULL)?", old)
    plain = found[0].removesuffix(" NOT NULL")
    _tell(table, old.replace(found[0], plain if may else f"{plain} NOT NULL"))


def bound(table: str, name: str, rule: str) -> None:
    """A new CHECK on a table; the rows that are there have to keep it already. Nothing is copied."""
    if op.get_bind().dialect.name != "sqlite":
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{name} CHECK ({rule})")
        return
    body, _bracket, rest = _told(table).rpartition(")")
    _tell(table, f"{body.rstrip()}, CONSTRAINT ck_{table}_{name} CHECK ({rule}))" + rest)


def unbound(table: str, name: str, rule: str) -> None:
    """The opposite of `bound`."""
    if op.get_bind().dialect.name != "sqlite":
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_{name}")
        return
    _tell(table, _told(table).replace(f", CONSTRAINT ck_{table}_{name} CHECK ({rule})", ""))


def _told(table: str) -> str:
    """The text of a table in SQLite's schema."""
    about = sa.text("SELECT sql FROM sqlite_master WHERE name = :table")
    return op.get_bind().scalar(about, {"table": table})


def _tell(table: str, text: str) -> None:
    """Change that text; the schema is read afresh."""
    connection = op.get_bind()
    connection.execute(sa.text("PRAGMA writable_schema = ON"))
    connection.execute(
        sa.text("UPDATE sqlite_master SET sql = :text WHERE name = :table"), {"text": text, "table": table}
    )
    version = connection.scalar(sa.text("PRAGMA schema_version"))
    connection.execute(sa.text(f"PRAGMA schema_version = {version + 1}"))
    connection.execute(sa.text("PRAGMA writable_schema = RESET"))
