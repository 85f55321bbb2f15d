"""Alembic owns every table: up from nothing, down to nothing, up again, and then nothing is left to do."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory
from flask_migrate import check, downgrade, upgrade

from app.database import Model, db
from tests.conftest import MIGRATIONS
from tests.kit import World, on_both

JOURNALS = (
    "audit_log",
    "state_change",
    "approval_record",
    "coupon_entry",
    "receivable_entry",
    "prepaid_entry",
    "cash_entry",
    "stock_move",
    "payable_credit",
    "owner_transfer",
    "survey_answer",
    "meter_reading",
)


def test_there_is_one_head() -> None:
    assert len(ScriptDirectory(MIGRATIONS).get_heads()) == 1


@on_both
def test_up_down_and_up_again_leaves_nothing_to_do(world: World) -> None:
    world.company()  # rows in the tables
    db.session.remove()
    db.engine.dispose()
    downgrade(directory=MIGRATIONS, revision="base")
    left = set(sa.inspect(db.engine).get_table_names()) - {"alembic_version"}
    assert left == set()
    upgrade(directory=MIGRATIONS)
    assert set(sa.inspect(db.engine).get_table_names()) - {"alembic_version"} == set(Model.metadata.tables)
    check(directory=MIGRATIONS)


@on_both
@pytest.mark.parametrize("table", JOURNALS)
def test_the_database_refuses_to_change_a_journal(world: World, table: str) -> None:
    """Triggers stand on both engines; a row that was posted is neither changed nor deleted."""
    triggers = (
        sa.text("SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table")
        if db.engine.dialect.name == "sqlite"
        else sa.text("SELECT count(*) FROM pg_trigger WHERE tgrelid = CAST(:table AS regclass) AND NOT tgisinternal")
    )
    assert db.session.scalar(triggers, {"table": table}) == (2 if db.engine.dialect.name == "sqlite" else 1)
    if table in ("audit_log", "state_change"):
        world.contract(world.company(), world.contact(), None)
        for statement in (f"UPDATE {table} SET id = id + 1000", f"DELETE FROM {table}"):
            with pytest.raises(sa.exc.DBAPIError, match="append-only"):
                db.session.execute(sa.text(statement))
            db.session.rollback()
