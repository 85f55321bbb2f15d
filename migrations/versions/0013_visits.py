"""questionnaires, visits by plan, ratings by customers, complaints, the life of retention money

Revision: 0013; follows 0012
"""

import sqlalchemy as sa
from alembic import op

from migrations.by_hand import forget, forget_words, refer, reword

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

NEW_TABLES = (
    "retention_decision", "survey_answer", "rating_link", "complaint", "visit_plan", "survey_question", "survey_template",
    "rating_attempt",
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "rating_attempt",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("rating_attempt", schema=None) as batch_op:
        batch_op.create_index("ix_rating_attempt_address_at", ["address", "at"], unique=False)
        batch_op.create_index(batch_op.f("ix_rating_attempt_at"), ["at"], unique=False)
        batch_op.create_index("ix_rating_attempt_token_at", ["token_hash", "at"], unique=False)

    op.create_table(
        "survey_template",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column(
            "source",
            sa.Enum(
                "DISPATCH",
                "WORK_ORDER",
                "PERIODIC",
                "COMPLAINT",
                name="visitsource",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("is_enabled", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "survey_question",
        sa.Column("template_id", sa.Integer(), nullable=False),
        sa.Column("line_number", sa.Integer(), nullable=False),
        sa.Column(
            "dimension",
            sa.Enum(
                "SPEED",
                "SKILL",
                "MANNER",
                "PARTS",
                "PRICE",
                "MACHINE",
                "OVERALL",
                name="surveydimension",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("question", sa.String(length=120), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("SCORE", "WORDS", name="questionkind", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("is_required", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("weight >= 0 AND weight <= 100", name="weight"),
        sa.ForeignKeyConstraint(["template_id"], ["survey_template.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("template_id", "line_number"),
    )
    op.create_table(
        "visit_plan",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column(
            "source",
            sa.Enum(
                "DISPATCH",
                "WORK_ORDER",
                "PERIODIC",
                "COMPLAINT",
                name="visitsource",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("days_after", sa.Integer(), nullable=False),
        sa.Column("every_months", sa.Integer(), nullable=True),
        sa.Column("assignee_id", sa.Integer(), nullable=True),
        sa.Column("is_enabled", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("days_after >= 0 AND days_after <= 365", name="days"),
        sa.CheckConstraint("every_months >= 1 AND every_months <= 60", name="months"),
        sa.ForeignKeyConstraint(
            ["assignee_id"],
            ["employee.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    with op.batch_alter_table("visit_plan", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_visit_plan_assignee_id"), ["assignee_id"], unique=False)

    op.create_table(
        "complaint",
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("work_order_id", sa.Integer(), nullable=True),
        sa.Column("visit_id", sa.Integer(), nullable=True),
        sa.Column("reported_on", sa.Date(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "QUALITY",
                "MANNER",
                "DELAY",
                "PRICE",
                "OTHER",
                name="complaintkind",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("is_quality", sa.Boolean(), nullable=False),
        sa.Column("content", sa.String(length=1000), nullable=False),
        sa.Column(
            "verdict",
            sa.Enum(
                "PENDING", "UPHELD", "DISMISSED", name="verdict", native_enum=False, create_constraint=True, length=20
            ),
            nullable=False,
        ),
        sa.Column("verdict_words", sa.String(length=500), nullable=True),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("deadline_on", sa.Date(), nullable=True),
        sa.Column("solution", sa.String(length=1000), nullable=True),
        sa.Column("closed_score", sa.Integer(), nullable=True),
        sa.Column("closed_at", sa.DateTime(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "PENDING",
                "UPHELD",
                "DISMISSED",
                "HANDLING",
                "ANSWERED",
                "CLOSED",
                name="complaintstate",
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
        sa.CheckConstraint("closed_score >= 1 AND closed_score <= 5", name="closed_score"),
        sa.CheckConstraint("is_quality = false OR unit_id IS NOT NULL", name="quality_of_a_machine"),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customer.id"],
        ),
        sa.ForeignKeyConstraint(
            ["department_id"],
            ["department.id"],
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["employee.id"],
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["machine_unit.id"],
        ),
        sa.ForeignKeyConstraint(
            ["visit_id"],
            ["visit_task.id"],
        ),
        sa.ForeignKeyConstraint(
            ["work_order_id"],
            ["work_order.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
        sa.UniqueConstraint("visit_id"),
    )
    with op.batch_alter_table("complaint", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_complaint_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_complaint_department_id"), ["department_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_complaint_owner_id"), ["owner_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_complaint_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_complaint_unit_id"), ["unit_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_complaint_work_order_id"), ["work_order_id"], unique=False)

    op.create_table(
        "rating_link",
        sa.Column("visit_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("used_at", sa.DateTime(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["visit_id"],
            ["visit_task.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token_hash"),
        sa.UniqueConstraint("visit_id"),
    )
    op.create_table(
        "survey_answer",
        sa.Column("visit_id", sa.Integer(), nullable=False),
        sa.Column("line_number", sa.Integer(), nullable=False),
        sa.Column(
            "dimension",
            sa.Enum(
                "SPEED",
                "SKILL",
                "MANNER",
                "PARTS",
                "PRICE",
                "MACHINE",
                "OVERALL",
                name="surveydimension",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("question", sa.String(length=120), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("words", sa.String(length=500), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("score >= 1 AND score <= 5", name="score"),
        sa.ForeignKeyConstraint(
            ["visit_id"],
            ["visit_task.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("visit_id", "line_number"),
    )
    op.create_table(
        "retention_decision",
        sa.Column("retention_id", sa.Integer(), nullable=False),
        sa.Column("line_number", sa.Integer(), nullable=False),
        sa.Column("complaint_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("EXTEND", "DEDUCT", name="decisionkind", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("amount", sa.Numeric(18, 2).with_variant(sa.BigInteger(), "sqlite"), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "PROPOSED",
                "APPROVED",
                "REJECTED",
                name="decisionstate",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("amount > 0", name="amount_positive"),
        sa.ForeignKeyConstraint(
            ["complaint_id"],
            ["complaint.id"],
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"],
            ["employee.id"],
        ),
        sa.ForeignKeyConstraint(
            ["retention_id"],
            ["retention.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("retention_id", "line_number"),
    )
    with op.batch_alter_table("retention_decision", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_retention_decision_complaint_id"), ["complaint_id"], unique=False)
        batch_op.create_index(
            "uq_retention_decision_standing",
            ["retention_id", "complaint_id"],
            unique=True,
            sqlite_where=sa.text("state != 'REJECTED'"),
            postgresql_where=sa.text("state != 'REJECTED'"),
        )

    refer("retention", "complaint_id", "complaint")
    money = "BIGINT" if op.get_bind().dialect.name == "sqlite" else "NUMERIC(18, 2)"
    op.execute(
        f"ALTER TABLE retention ADD COLUMN deducted_amount {money} DEFAULT 0 NOT NULL "
        "CONSTRAINT ck_retention_deducted CHECK (deducted_amount >= 0 AND deducted_amount <= amount)"
    )
    op.execute("ALTER TABLE retention ADD COLUMN extended_to DATE")
    op.execute("ALTER TABLE retention ADD COLUMN held_reason VARCHAR(200)")
    op.create_index("ix_retention_due_on", "retention", ["due_on"])
    refer("visit_task", "work_order_id", "work_order", unique=True)
    refer("visit_task", "plan_id", "visit_plan")
    refer("visit_task", "assignee_id", "employee")
    op.execute("ALTER TABLE visit_task ADD COLUMN complaint_id INTEGER")
    op.create_index("ix_visit_task_complaint_id", "visit_task", ["complaint_id"], unique=True)
    op.execute("ALTER TABLE visit_task ADD COLUMN plan_due_on DATE")
    op.create_index("uq_visit_task_turn", "visit_task", ["plan_id", "unit_id", "plan_due_on"], unique=True)
    moment = "DATETIME" if op.get_bind().dialect.name == "sqlite" else "TIMESTAMP"
    op.execute(f"ALTER TABLE work_order ADD COLUMN rated_at {moment}")
    op.execute("ALTER TABLE work_order ADD COLUMN score INTEGER")
    reword("visit_task", "state", "visitstate", ["UNREACHED", "TRANSFERRED"])
    reword("receivable_entry", "movement", "receivablemovement", ["DEDUCT"])
    keep("survey_answer")


def keep(table: str) -> None:
    """The database itself refuses to change or delete its rows."""
    if op.get_bind().dialect.name == "sqlite":
        for verb, event in (("update", "UPDATE"), ("delete", "DELETE")):
            op.execute(
                f"CREATE TRIGGER tr_{table}_no_{verb} BEFORE {event} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    op.execute(
        f"CREATE TRIGGER tr_{table}_append_only BEFORE DELETE OR UPDATE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    forget_words("receivable_entry", "movement", "receivablemovement", {"DEDUCT": "CREDIT"})
    forget_words("visit_task", "state", "visitstate", {"UNREACHED": "NO_ANSWER", "TRANSFERRED": "DONE"})
    for column in ("score", "rated_at"):
        op.execute(f"ALTER TABLE work_order DROP COLUMN {column}")
    op.drop_index("uq_visit_task_turn", "visit_task")
    op.execute("ALTER TABLE visit_task DROP COLUMN plan_due_on")
    for column in ("complaint_id", "assignee_id", "plan_id", "work_order_id"):
        forget("visit_task", column)
    op.drop_index("ix_retention_due_on", "retention")
    for column in ("held_reason", "extended_to", "deducted_amount"):
        op.execute(f"ALTER TABLE retention DROP COLUMN {column}")
    forget("retention", "complaint_id")
    for table in NEW_TABLES:
        op.drop_table(table)
