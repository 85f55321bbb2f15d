"""printed papers: versions of templates, of which the used ones never change, and the log of what was printed

Revision: 0015; follows 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

WRITTEN = "screen, code, name, paper, revision, body"


def upgrade() -> None:
    op.create_table(
        "print_template",
        sa.Column("screen", sa.String(length=60), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column(
            "paper",
            sa.Enum("A4", "TRIPLE", name="paper", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("body", sa.String(length=30000), nullable=False),
        sa.Column("remark", sa.String(length=200), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "DRAFT", "ACTIVE", "RETIRED", name="templatestate", native_enum=False, create_constraint=True, length=20
            ),
            nullable=False,
        ),
        sa.Column("tried_hash", sa.String(length=64), nullable=True),
        sa.Column("tried_number", sa.String(length=40), nullable=True),
        sa.Column("tried_at", sa.DateTime(), nullable=True),
        sa.Column("activated_at", sa.DateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("screen", "code", "revision"),
    )
    with op.batch_alter_table("print_template", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_print_template_state"), ["state"], unique=False)
        batch_op.create_index(
            "uq_print_template_active",
            ["screen", "code"],
            unique=True,
            sqlite_where=sa.text("state = 'ACTIVE'"),
            postgresql_where=sa.text("state = 'ACTIVE'"),
        )

    op.create_table(
        "print_log",
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("entity", sa.String(length=40), nullable=False),
        sa.Column("row_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column(
            "way",
            sa.Enum("PAPER", "PDF", name="printway", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["by_id"],
            ["employee.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("entity", "row_id", "code", "times"),
    )
    with op.batch_alter_table("print_log", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_print_log_by_id"), ["by_id"], unique=False)

    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER tr_print_log_no_{verb.lower()} BEFORE {verb} ON print_log "
                "BEGIN SELECT RAISE(ABORT, 'print_log is append-only'); END"
            )
        op.execute(
            f"CREATE TRIGGER tr_print_template_kept BEFORE UPDATE OF {WRITTEN} ON print_template "
            "WHEN OLD.state <> 'DRAFT' BEGIN SELECT RAISE(ABORT, 'print_template is append-only'); END"
        )
        return
    op.execute(
        "CREATE TRIGGER tr_print_log_append_only BEFORE DELETE OR UPDATE ON print_log "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        f"CREATE TRIGGER tr_print_template_kept BEFORE UPDATE OF {WRITTEN} ON print_template "
        "FOR EACH ROW WHEN (OLD.state <> 'DRAFT') EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    with op.batch_alter_table("print_log", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_print_log_by_id"))

    op.drop_table("print_log")
    with op.batch_alter_table("print_template", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_print_template_active",
            sqlite_where=sa.text("state = 'ACTIVE'"),
            postgresql_where=sa.text("state = 'ACTIVE'"),
        )
        batch_op.drop_index(batch_op.f("ix_print_template_state"))

    op.drop_table("print_template")
