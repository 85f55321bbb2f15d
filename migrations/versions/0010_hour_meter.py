"""readings of hour meters, and hours that go on when a meter is replaced

Revision: 0010; follows 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

HOURS = sa.Numeric(18, 3).with_variant(sa.BigInteger(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "meter_reading",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("read_on", sa.Date(), nullable=False),
        sa.Column("hours", HOURS, nullable=False),
        sa.Column("total_hours", HOURS, nullable=False),
        sa.Column(
            "source",
            sa.Enum(
                "INBOUND",
                "DISPATCH",
                "WORK_ORDER",
                "RETURN",
                "SITE_MOVE",
                "REPOSSESSION",
                "BY_HAND",
                "CORRECTION",
                name="metersource",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("is_replaced", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("origin", sa.String(length=40), nullable=True),
        sa.Column("origin_id", sa.Integer(), nullable=True),
        sa.Column("origin_number", sa.String(length=24), nullable=True),
        sa.Column("noted_at", sa.DateTime(), nullable=False),
        sa.Column("noted_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("hours >= 0", name="hours_positive"),
        sa.ForeignKeyConstraint(["noted_by_id"], ["employee.id"]),
        sa.ForeignKeyConstraint(["unit_id"], ["machine_unit.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_meter_reading_unit_id_read_on", "meter_reading", ["unit_id", "read_on"])
    op.add_column("machine_unit", sa.Column("earlier_hours", HOURS, nullable=False, server_default="0"))
    op.execute(
        "INSERT INTO meter_reading (unit_id, read_on, hours, total_hours, source, is_replaced, noted_at) "
        "SELECT id, hour_meter_on, hour_meter, hour_meter, 'BY_HAND', false, changed_at FROM machine_unit "
        "WHERE hour_meter_on IS NOT NULL ORDER BY id"
    )
    protect()


def protect() -> None:
    """A reading that was noted is neither changed nor deleted."""
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER tr_meter_reading_no_{verb.lower()} BEFORE {verb} ON meter_reading "
                "BEGIN SELECT RAISE(ABORT, 'meter_reading is append-only'); END"
            )
        return
    op.execute(
        "CREATE TRIGGER tr_meter_reading_append_only BEFORE DELETE OR UPDATE ON meter_reading "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.drop_table("meter_reading")
    op.execute("ALTER TABLE machine_unit DROP COLUMN earlier_hours")
