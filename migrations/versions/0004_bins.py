"""bins: a shelf is a row of its own; what stood as text on a balance becomes one, and text again on the way back

Revision: 0004; follows 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bin",
        sa.Column("warehouse_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=True),
        sa.Column("is_enabled", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["warehouse_id"], ["warehouse.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("warehouse_id", "code"),
    )
    op.create_index("ix_bin_code", "bin", ["code"])
    # by hand: a batch would write the table anew and lose its checks on SQLite
    exact = "BIGINT" if op.get_bind().dialect.name == "sqlite" else "NUMERIC(18, 3)"
    op.execute(
        "ALTER TABLE stock_balance ADD COLUMN bin_id INTEGER CONSTRAINT fk_stock_balance_bin_id_bin REFERENCES bin (id)"
    )
    op.execute(
        f"ALTER TABLE stock_balance ADD COLUMN min_quantity {exact} "
        "CONSTRAINT ck_stock_balance_min_quantity CHECK (min_quantity >= 0)"
    )
    op.create_index("ix_stock_balance_bin_id", "stock_balance", ["bin_id"])
    op.execute(
        "INSERT INTO bin (warehouse_id, code, is_enabled, version, created_at, changed_at) "
        "SELECT DISTINCT warehouse_id, upper(trim(bin)), TRUE, 1, CURRENT_TIMESTAMP, CURRENT_TIMESTAMP "
        "FROM stock_balance WHERE trim(bin) <> ''"
    )
    op.execute(
        "UPDATE stock_balance SET bin_id = (SELECT b.id FROM bin b WHERE b.warehouse_id = stock_balance.warehouse_id "
        "AND b.code = upper(trim(stock_balance.bin)))"
    )
    op.execute("ALTER TABLE stock_balance DROP COLUMN bin")


def downgrade() -> None:
    op.add_column("stock_balance", sa.Column("bin", sa.String(length=30), nullable=True))
    op.execute("UPDATE stock_balance SET bin = (SELECT b.code FROM bin b WHERE b.id = stock_balance.bin_id)")
    op.drop_index("ix_stock_balance_bin_id", "stock_balance")
    op.execute("ALTER TABLE stock_balance DROP COLUMN min_quantity")
    op.execute("ALTER TABLE stock_balance DROP COLUMN bin_id")
    op.drop_index("ix_bin_code", "bin")
    op.drop_table("bin")
