"""warranty claims, old parts, maintenance reminders; who pays a receivable instead of the customer

Revision: 0018; follows 0017
"""

import sqlalchemy as sa
from alembic import op

from migrations.by_hand import forget, forget_words, refer, reword

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "service_reminder",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("due_hours", sa.Integer(), nullable=False),
        sa.Column("is_first", sa.Boolean(), nullable=False),
        sa.Column("total_hours", sa.Numeric(18, 3).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("daily_hours", sa.Numeric(18, 3).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("expected_on", sa.Date(), nullable=False),
        sa.Column("postponed_to", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("work_order_id", sa.Integer(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "OPEN",
                "POSTPONED",
                "ORDERED",
                "DONE",
                "CLOSED",
                name="reminderstate",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("business_on", sa.Date(), nullable=False),
        sa.Column("remark", sa.String(length=1000), nullable=True),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("due_hours > 0", name="due_positive"),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customer.id"],
        ),
        sa.ForeignKeyConstraint(
            ["department_id"],
            ["department.id"],
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["machine_unit.id"],
        ),
        sa.ForeignKeyConstraint(
            ["work_order_id"],
            ["work_order.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
        sa.UniqueConstraint("unit_id", "due_hours"),
    )
    with op.batch_alter_table("service_reminder", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_service_reminder_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_service_reminder_department_id"), ["department_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_service_reminder_expected_on"), ["expected_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_service_reminder_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_service_reminder_work_order_id"), ["work_order_id"], unique=False)

    op.create_table(
        "old_part",
        sa.Column("work_order_id", sa.Integer(), nullable=False),
        sa.Column("used_id", sa.Integer(), nullable=False),
        sa.Column("part_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Numeric(18, 3).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("technician_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=60), nullable=True),
        sa.Column("kept_at", sa.DateTime(), nullable=True),
        sa.Column("express_number", sa.String(length=60), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "OWED",
                "KEPT",
                "SENT",
                "SCRAPPED",
                "WAIVED",
                name="oldpartstate",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("business_on", sa.Date(), nullable=False),
        sa.Column("remark", sa.String(length=1000), nullable=True),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"],
            ["department.id"],
        ),
        sa.ForeignKeyConstraint(
            ["part_id"],
            ["part.id"],
        ),
        sa.ForeignKeyConstraint(
            ["technician_id"],
            ["employee.id"],
        ),
        sa.ForeignKeyConstraint(
            ["used_id"],
            ["work_order_part.id"],
        ),
        sa.ForeignKeyConstraint(
            ["work_order_id"],
            ["work_order.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
        sa.UniqueConstraint("used_id"),
    )
    with op.batch_alter_table("old_part", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_old_part_department_id"), ["department_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_old_part_part_id"), ["part_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_old_part_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_old_part_technician_id"), ["technician_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_old_part_work_order_id"), ["work_order_id"], unique=False)

    op.create_table(
        "warranty_claim",
        sa.Column("work_order_id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("model_id", sa.Integer(), nullable=True),
        sa.Column("supplier_id", sa.Integer(), nullable=False),
        sa.Column("wants_old_parts", sa.Boolean(), nullable=False),
        sa.Column("outside_number", sa.String(length=40), nullable=True),
        sa.Column("parts_amount", sa.Numeric(18, 2).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("labour_amount", sa.Numeric(18, 2).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("travel_amount", sa.Numeric(18, 2).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("claim_amount", sa.Numeric(18, 2).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("submitted_on", sa.Date(), nullable=True),
        sa.Column("granted_amount", sa.Numeric(18, 2).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("answer", sa.String(length=200), nullable=True),
        sa.Column("loss_amount", sa.Numeric(18, 2).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("receivable_id", sa.Integer(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "DRAFT",
                "SUBMITTED",
                "GRANTED",
                "DONE",
                "REFUSED",
                "CANCELLED",
                name="claimstate",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("business_on", sa.Date(), nullable=False),
        sa.Column("remark", sa.String(length=1000), nullable=True),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("granted_amount >= 0 AND granted_amount <= claim_amount", name="not_more_granted"),
        sa.CheckConstraint("parts_amount >= 0 AND labour_amount >= 0 AND travel_amount >= 0", name="positive"),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customer.id"],
        ),
        sa.ForeignKeyConstraint(
            ["department_id"],
            ["department.id"],
        ),
        sa.ForeignKeyConstraint(
            ["model_id"],
            ["machine_model.id"],
        ),
        sa.ForeignKeyConstraint(
            ["receivable_id"],
            ["receivable.id"],
        ),
        sa.ForeignKeyConstraint(
            ["supplier_id"],
            ["supplier.id"],
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["machine_unit.id"],
        ),
        sa.ForeignKeyConstraint(
            ["work_order_id"],
            ["work_order.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
        sa.UniqueConstraint("receivable_id"),
    )
    with op.batch_alter_table("warranty_claim", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_warranty_claim_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_warranty_claim_department_id"), ["department_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_warranty_claim_model_id"), ["model_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_warranty_claim_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_warranty_claim_supplier_id"), ["supplier_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_warranty_claim_unit_id"), ["unit_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_warranty_claim_work_order_id"), ["work_order_id"], unique=False)

    op.create_table(
        "claim_line",
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column("line_number", sa.Integer(), nullable=False),
        sa.Column("used_id", sa.Integer(), nullable=False),
        sa.Column("amount", sa.Numeric(18, 2).with_variant(sa.BigInteger(), "sqlite"), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("amount >= 0", name="amount_positive"),
        sa.ForeignKeyConstraint(["claim_id"], ["warranty_claim.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["used_id"],
            ["work_order_part.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("claim_id", "line_number"),
        sa.UniqueConstraint("claim_id", "used_id"),
    )
    with op.batch_alter_table("claim_line", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_claim_line_used_id"), ["used_id"], unique=False)

    for table in ("receipt", "receivable"):
        refer(table, "payer_id", "supplier")
    reword("receivable", "kind", "receivablekind", ["WARRANTY"])
    reword("expense", "kind", "expensekind", ["WARRANTY_LOSS"])


def downgrade() -> None:
    forget_words("expense", "kind", "expensekind", {"WARRANTY_LOSS": "OTHER"})
    forget_words("receivable", "kind", "receivablekind", {"WARRANTY": "OTHER"})
    for table in ("receivable", "receipt"):
        forget(table, "payer_id")
    for table in ("claim_line", "warranty_claim", "old_part", "service_reminder"):
        op.drop_table(table)
