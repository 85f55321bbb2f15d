"""looks of lists: saved views, chosen columns, density

Revision: 0014; follows 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "list_look",
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("screen", sa.String(length=60), nullable=False),
        sa.Column("columns", sa.String(length=2000), nullable=False),
        sa.Column("is_compact", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["employee.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("owner_id", "screen"),
    )
    op.create_table(
        "saved_view",
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("screen", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("filters", sa.String(length=2000), nullable=False),
        sa.Column("columns", sa.String(length=2000), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("shared_roles", sa.String(length=300), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["employee.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("owner_id", "screen", "name"),
    )


def downgrade() -> None:
    op.drop_table("saved_view")
    op.drop_table("list_look")
