"""what is missing of a transfer stands on its line from the moment it arrives

Revision: 0038; follows 0037
"""

from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "UPDATE transfer_line SET lost_quantity = shipped_quantity - received_quantity"
        " WHERE transfer_id IN (SELECT id FROM stock_transfer WHERE state = 'SHORT')"
    )


def downgrade() -> None:
    op.execute(
        "UPDATE transfer_line SET lost_quantity = 0"
        " WHERE transfer_id IN (SELECT id FROM stock_transfer WHERE state = 'SHORT')"
    )
