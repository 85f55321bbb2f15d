"""payments whose transfer came back

Revision: 0026; follows 0025
"""

import sqlalchemy as sa
from alembic import op

from migrations.by_hand import reword

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    reword("payment", "state", "paymentstate", ["RETURNED", "REVERSED"])
    op.add_column("payment", sa.Column("came_back_on", sa.Date(), nullable=True))


def downgrade() -> None:
    """What came back and is not reversed stands as paid; what was reversed can only be said as cancelled."""
    op.execute("UPDATE payment SET state = 'PAID' WHERE state = 'RETURNED'")
    op.execute("UPDATE payment SET state = 'CANCELLED' WHERE state = 'REVERSED'")
    op.execute("ALTER TABLE payment DROP COLUMN came_back_on")
    reword("payment", "state", "paymentstate", ["RETURNED", "REVERSED"], less=True)
