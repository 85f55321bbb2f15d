"""Alembic's side of the house: our metadata, the framework's tables included, on the engine of the application.

One connection migrates at a time: PostgreSQL by an advisory lock, SQLite by the lock file that run.py takes. On both a
revision is one transaction: what is interrupted, even by kill -9, has not been, and the next start goes on from there.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import context
from flask import current_app

from app.fields import Exact
from migrations.whole import prove, whole_revisions

LOCK = 7_412_001


def render(kind: str, thing: Any, autogen: Any) -> str | bool:
    """Exact decimals are written out, so that a migration never changes when the code does."""
    if kind == "type" and isinstance(thing, Exact):
        return f"sa.Numeric({thing.precision}, {thing.places}).with_variant(sa.BigInteger(), 'sqlite')"
    return False


def same_type(
    _context: Any, _inspected: Any, metadata_column: Any, inspected_type: Any, metadata_type: Any
) -> bool | None:
    """Whether the database's type differs from ours; exact decimals are big integers on SQLite."""
    if isinstance(metadata_type, Exact):
        wanted = sa.BigInteger if _context.dialect.name == "sqlite" else sa.Numeric
        return not isinstance(inspected_type, wanted)
    return None


def run() -> None:
    """Apply what is missing, each revision in a transaction of its own."""
    database = current_app.extensions["migrate"].db
    with database.engine.connect() as connection, whole_revisions(connection):
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("SELECT pg_advisory_lock(:key)"), {"key": LOCK})
            connection.commit()
        context.configure(
            connection=connection,
            target_metadata=database.metadata,
            render_as_batch=True,
            compare_type=same_type,
            render_item=render,
            transactional_ddl=True,
            transaction_per_migration=True,
            on_version_apply=prove,
        )
        try:
            with context.begin_transaction():
                context.run_migrations()
            connection.commit()
        finally:
            connection.rollback()
            if connection.dialect.name == "postgresql":
                connection.execute(sa.text("SELECT pg_advisory_unlock(:key)"), {"key": LOCK})
                connection.commit()


run()
