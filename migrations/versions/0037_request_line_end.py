"""when a technician stopped waiting for a part

Revision: 0037; follows 0036
"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("request_line", sa.Column("ended_at", sa.DateTime(), nullable=True))
    op.execute(
        "UPDATE request_line SET ended_at = coalesce((SELECT max(c.at) FROM state_change c WHERE c.document = 'RequestLine'"
        " AND c.document_id = request_line.id AND c.after IN ('DONE', 'REJECTED', 'CANCELLED')), changed_at)"
        " WHERE state IN ('DONE', 'REJECTED', 'CANCELLED')"
    )


def downgrade() -> None:
    op.execute("ALTER TABLE request_line DROP COLUMN ended_at")
