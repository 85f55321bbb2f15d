"""checklists of work orders

Revision: 0019; follows 0018
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "checklist_template",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "REPAIR",
                "MAINTAIN",
                "INSTALL",
                "INSPECT",
                "WARRANTY",
                "REFURB",
                name="workorderkind",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("model_id", sa.Integer(), nullable=True),
        sa.Column("is_enabled", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["model_id"],
            ["machine_model.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("checklist_template", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_checklist_template_model_id"), ["model_id"], unique=False)
        batch_op.create_index(
            "uq_checklist_template_kind",
            ["kind"],
            unique=True,
            sqlite_where=sa.text("is_enabled AND model_id IS NULL"),
            postgresql_where=sa.text("is_enabled AND model_id IS NULL"),
        )
        batch_op.create_index(
            "uq_checklist_template_model",
            ["kind", "model_id"],
            unique=True,
            sqlite_where=sa.text("is_enabled AND model_id IS NOT NULL"),
            postgresql_where=sa.text("is_enabled AND model_id IS NOT NULL"),
        )

    op.create_table(
        "checklist_item",
        sa.Column("template_id", sa.Integer(), nullable=False),
        sa.Column("line_number", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=120), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "YES_NO",
                "NUMBER",
                "TEXT",
                "PHOTO",
                name="checkkind",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("unit_name", sa.String(length=10), nullable=True),
        sa.Column("is_required", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["template_id"], ["checklist_template.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("template_id", "line_number"),
    )
    op.create_table(
        "checklist_answer",
        sa.Column("work_order_id", sa.Integer(), nullable=False),
        sa.Column("line_number", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=120), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "YES_NO",
                "NUMBER",
                "TEXT",
                "PHOTO",
                name="checkkind",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("unit_name", sa.String(length=10), nullable=True),
        sa.Column("is_required", sa.Boolean(), nullable=False),
        sa.Column("is_yes", sa.Boolean(), nullable=True),
        sa.Column("number", sa.Numeric(18, 3).with_variant(sa.BigInteger(), "sqlite"), nullable=True),
        sa.Column("words", sa.String(length=500), nullable=True),
        sa.Column("photo_id", sa.Integer(), nullable=True),
        sa.Column("answered_at", sa.DateTime(), nullable=True),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["answered_by_id"],
            ["employee.id"],
        ),
        sa.ForeignKeyConstraint(
            ["photo_id"],
            ["attachment.id"],
        ),
        sa.ForeignKeyConstraint(["work_order_id"], ["work_order.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("work_order_id", "line_number"),
    )
    with op.batch_alter_table("checklist_answer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_checklist_answer_photo_id"), ["photo_id"], unique=False)

    op.execute("ALTER TABLE work_order ADD COLUMN unsigned_reason VARCHAR(200)")
    op.execute(
        "ALTER TABLE work_order ADD COLUMN checklist_id INTEGER "
        "CONSTRAINT fk_work_order_checklist_id_checklist_template REFERENCES checklist_template (id)"
    )
    op.create_index("ix_work_order_checklist_id", "work_order", ["checklist_id"])


def downgrade() -> None:
    op.drop_index("ix_work_order_checklist_id", "work_order")
    op.execute("ALTER TABLE work_order DROP COLUMN checklist_id")
    op.execute("ALTER TABLE work_order DROP COLUMN unsigned_reason")
    with op.batch_alter_table("checklist_answer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_checklist_answer_photo_id"))

    op.drop_table("checklist_answer")
    op.drop_table("checklist_item")
    with op.batch_alter_table("checklist_template", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_checklist_template_model",
            sqlite_where=sa.text("is_enabled AND model_id IS NOT NULL"),
            postgresql_where=sa.text("is_enabled AND model_id IS NOT NULL"),
        )
        batch_op.drop_index(
            "uq_checklist_template_kind",
            sqlite_where=sa.text("is_enabled AND model_id IS NULL"),
            postgresql_where=sa.text("is_enabled AND model_id IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_checklist_template_model_id"))

    op.drop_table("checklist_template")
