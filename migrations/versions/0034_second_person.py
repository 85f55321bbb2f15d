"""roles that wait for a second person, who reset a password; the shared view a list opens with; what a request key was for

A shared view that was its owner's default opened the list for everybody; from here on each says so himself.

Revision: 0034; follows 0033
"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

COLUMNS = (
    ("employee", "awaited_roles", sa.String(length=300)),
    ("employee", "awaited_from_id", sa.Integer()),
    ("account_state", "reset_at", sa.DateTime()),
    ("account_state", "reset_by_id", sa.Integer()),
    ("list_look", "opens_with_id", sa.Integer()),
)


def upgrade() -> None:
    for table, name, kind in COLUMNS:
        op.add_column(table, sa.Column(name, kind, nullable=True))
    op.add_column("request_key", sa.Column("about", sa.String(length=80), nullable=False, server_default=""))


def downgrade() -> None:
    op.execute("ALTER TABLE request_key DROP COLUMN about")
    for table, name, _kind in reversed(COLUMNS):
        op.execute(f"ALTER TABLE {table} DROP COLUMN {name}")
