"""files of jobs piece by piece

Revision: 0023; follows 0022
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "job_file_part",
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"], ["job_file.id"], name="fk_job_file_part_file_id_job_file", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_job_file_part"),
        sa.UniqueConstraint("file_id", "sequence", name="uq_job_file_part_file_id_sequence"),
    )
    op.execute("INSERT INTO job_file_part (file_id, sequence, content) SELECT id, 0, content FROM job_file")
    op.execute("ALTER TABLE job_file ADD COLUMN size INTEGER NOT NULL DEFAULT 0")
    op.execute("UPDATE job_file SET size = length(content)")
    op.execute("ALTER TABLE job_file DROP COLUMN content")


def downgrade() -> None:
    """Files of more than one part are given up: whoever needs one asks for it again."""
    kind = "BYTEA" if op.get_bind().dialect.name == "postgresql" else "BLOB"
    empty = "''" if kind == "BYTEA" else "x''"
    op.execute("DELETE FROM job_file WHERE (SELECT count(*) FROM job_file_part p WHERE p.file_id = job_file.id) <> 1")
    op.execute(f"ALTER TABLE job_file ADD COLUMN content {kind} NOT NULL DEFAULT {empty}")
    op.execute("UPDATE job_file SET content = (SELECT p.content FROM job_file_part p WHERE p.file_id = job_file.id)")
    op.drop_table("job_file_part")
    op.execute("ALTER TABLE job_file DROP COLUMN size")
