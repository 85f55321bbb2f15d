"""what is missing of a transfer stands on its line from the moment it arrives

Revision: 0031; follows 0030
"""

from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None
SHORT = "WHERE transfer_id IN (SELECT id FROM stock_transfer WHERE state = 'SHORT')"


def upgrade() -> None:
    op.execute(f"UPDATE transfer_line SET lost_quantity = shipped_quantity - received_quantity {SHORT}")


def downgrade() -> None:
    op.execute(f"UPDATE transfer_line SET lost_quantity = 0 {SHORT}")
