"""the company profile and the records of backups

Revision: 0033; follows 0032
"""

import sqlalchemy as sa
from alembic import op

from migrations.by_hand import forget_words, reword

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

PICTURES = {"LOGO": "OTHER", "SEAL": "OTHER"}


def upgrade() -> None:
    reword("attachment", "kind", "attachmentkind", list(PICTURES))
    op.create_table(
        "dealer",
        sa.Column("name", sa.String(length=120), nullable=True),
        sa.Column("tax_number", sa.String(length=20), nullable=True),
        sa.Column("address", sa.String(length=200), nullable=True),
        sa.Column("phone", sa.String(length=60), nullable=True),
        sa.Column("bank_accounts", sa.String(length=500), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), primary_key=True),
    )
    op.create_table(
        "backup_run",
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("file", sa.String(length=300), nullable=False),
        sa.Column("megabytes", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), primary_key=True),
    )


def downgrade() -> None:
    forget_words("attachment", "kind", "attachmentkind", PICTURES)
    op.drop_table("backup_run")
    op.drop_table("dealer")
