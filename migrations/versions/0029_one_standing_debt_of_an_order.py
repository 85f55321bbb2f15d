"""a work order has one debt that stands: a settlement that was taken back leaves its void debt behind

Revision: 0029; follows 0027
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

STANDING = sa.text("state <> 'VOID'")


def upgrade() -> None:
    op.drop_index("ix_receivable_work_order_id", "receivable")
    op.create_index("ix_receivable_work_order_id", "receivable", ["work_order_id"])
    op.create_index(
        "uq_receivable_standing_order",
        "receivable",
        ["work_order_id"],
        unique=True,
        sqlite_where=STANDING,
        postgresql_where=STANDING,
    )


def downgrade() -> None:
    """Void debts of an order that has another keep their amounts and their number, not the reference."""
    op.drop_index("uq_receivable_standing_order", "receivable")
    op.drop_index("ix_receivable_work_order_id", "receivable")
    op.execute("UPDATE receivable SET work_order_id = NULL WHERE state = 'VOID'")
    op.create_index("ix_receivable_work_order_id", "receivable", ["work_order_id"], unique=True)
