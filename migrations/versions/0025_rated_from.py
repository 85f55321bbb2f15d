"""where a customer's own rating came from

Revision: 0025; follows 0024
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("visit_task", sa.Column("link_by_id", sa.Integer(), nullable=True))
    op.add_column("visit_task", sa.Column("rated_from", sa.String(length=45), nullable=True))
    op.add_column("visit_task", sa.Column("rated_with", sa.String(length=60), nullable=True))
    op.add_column("visit_task", sa.Column("is_doubtful", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    for column in ("is_doubtful", "rated_with", "rated_from", "link_by_id"):
        op.execute(f"ALTER TABLE visit_task DROP COLUMN {column}")
