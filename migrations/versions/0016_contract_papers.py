"""approval rules kept on screen; cancellations, withdrawals of dispatches; what their effects need

Revision: 0016; follows 0015
"""

import sqlalchemy as sa
from alembic import op

from migrations.by_hand import forget, forget_words, refer, reword

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

# (table, column, check, new word → what a row that says it says after a downgrade)
WORDS: list[tuple[str, str, str, dict[str, str]]] = [
    ("machine_contract", "state", "contractstate", {"RETURNED": "CANCELLED"}),
    ("machine_unit", "state", "unitstate", {"HELD": "RETURNED"}),
    ("machine_dispatch", "state", "dispatchstate", {"RETURNED": "REVERSED"}),
    ("machine_inbound", "state", "inboundstate", {"REVERSED": "CANCELLED"}),
    ("receivable", "kind", "receivablekind", {"FORFEIT": "OTHER", "DEPRECIATION": "OTHER"}),
    ("receivable_entry", "movement", "receivablemovement", {"INCREASE": "RAISE", "DECREASE": "CREDIT"}),
    ("coupon_entry", "movement", "couponmovement", {"DEACTIVATE": "VOID"}),
    ("retention", "state", "retentionstate", {"CANCELLED": "DEDUCTED"}),
    ("visit_task", "state", "visitstate", {"CANCELLED": "REFUSED"}),
]
# (table, column, type and default)
COLUMNS = [
    ("approval_record", "paper", "VARCHAR(40) NOT NULL DEFAULT 'MachineContract'"),
    ("approval_record", "paper_id", "INTEGER NOT NULL DEFAULT 0"),
    ("approval_record", "paper_number", "VARCHAR(24) NOT NULL DEFAULT ''"),
    ("machine_contract", "approved_hash", "VARCHAR(64)"),
    ("machine_contract", "revision", "INTEGER NOT NULL DEFAULT 0"),
    ("machine_contract", "special_amount", "MONEY"),
    ("machine_contract", "special_reason", "VARCHAR(500)"),
    ("machine_dispatch", "missing_amount", "MONEY NOT NULL DEFAULT 0"),
    ("machine_dispatch", "special_reason", "VARCHAR(500)"),
    ("machine_dispatch", "before", "JSON NOT NULL DEFAULT '{}'"),
    ("receipt_allocation", "released_amount", "MONEY NOT NULL DEFAULT 0"),
]


def upgrade() -> None:
    money = "BIGINT" if op.get_bind().dialect.name == "sqlite" else "NUMERIC(18, 2)"
    for table, column, kind in COLUMNS:
        op.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind.replace('MONEY', money)}")
    refer("machine_contract", "special_by_id", "employee")
    _tell_records_their_paper()
    for table, column, check, more in WORDS:
        reword(table, column, check, list(more))
    op.create_table(
        "approval_rule",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column(
            "paper",
            sa.Enum(
                "CONTRACT",
                "CANCELLATION",
                "WITHDRAWAL",
                "RETURN",
                name="approvalpaper",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column(
            "pay_mode",
            sa.Enum("FULL", "INSTALMENT", name="rulepaymode", native_enum=False, create_constraint=True, length=20),
            nullable=True,
        ),
        sa.Column("amount_from", sa.Numeric(18, 2).with_variant(sa.BigInteger(), "sqlite"), nullable=True),
        sa.Column("amount_to", sa.Numeric(18, 2).with_variant(sa.BigInteger(), "sqlite"), nullable=True),
        sa.Column("first_payment_under", sa.Numeric(9, 6).with_variant(sa.BigInteger(), "sqlite"), nullable=True),
        sa.Column("is_under_floor", sa.Boolean(), nullable=False),
        sa.Column("is_overdue", sa.Boolean(), nullable=False),
        sa.Column("is_enabled", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("amount_from IS NULL OR amount_to IS NULL OR amount_from < amount_to", name="amounts"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "approval_step",
        sa.Column("rule_id", sa.Integer(), nullable=False),
        sa.Column("line_number", sa.Integer(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "SALES_MANAGER",
                "SERVICE_MANAGER",
                "FINANCE",
                "GM",
                name="steprole",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["rule_id"], ["approval_rule.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("rule_id", "line_number"),
    )
    op.create_table(
        "contract_cancellation",
        sa.Column("paid_amount", sa.Numeric(18, 2).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("deposit_amount", sa.Numeric(18, 2).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("forfeit_amount", sa.Numeric(18, 2).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("kept_amount", sa.Numeric(18, 2).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("refund_amount", sa.Numeric(18, 2).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("awaiting_role", sa.String(length=40), nullable=True),
        sa.Column("approval_route", sa.String(length=200), nullable=True),
        sa.Column("approval_round", sa.Integer(), nullable=False),
        sa.Column("approved_hash", sa.String(length=64), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "DRAFT",
                "PENDING",
                "REJECTED",
                "TO_REFUND",
                "DONE",
                "CANCELLED",
                name="paperstate",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
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
        sa.CheckConstraint("forfeit_amount >= 0 AND kept_amount >= 0 AND refund_amount >= 0", name="positive"),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["fund_account.id"],
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"],
            ["machine_contract.id"],
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customer.id"],
        ),
        sa.ForeignKeyConstraint(
            ["department_id"],
            ["department.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
    )
    with op.batch_alter_table("contract_cancellation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contract_cancellation_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_contract_cancellation_awaiting_role"), ["awaiting_role"], unique=False)
        batch_op.create_index(batch_op.f("ix_contract_cancellation_contract_id"), ["contract_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_contract_cancellation_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_contract_cancellation_department_id"), ["department_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_contract_cancellation_state"), ["state"], unique=False)

    op.create_table(
        "dispatch_withdrawal",
        sa.Column("dispatch_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("awaiting_role", sa.String(length=40), nullable=True),
        sa.Column("approval_route", sa.String(length=200), nullable=True),
        sa.Column("approval_round", sa.Integer(), nullable=False),
        sa.Column("approved_hash", sa.String(length=64), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "DRAFT",
                "PENDING",
                "REJECTED",
                "TO_REFUND",
                "DONE",
                "CANCELLED",
                name="paperstate",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
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
            ["contract_id"],
            ["machine_contract.id"],
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customer.id"],
        ),
        sa.ForeignKeyConstraint(
            ["department_id"],
            ["department.id"],
        ),
        sa.ForeignKeyConstraint(
            ["dispatch_id"],
            ["machine_dispatch.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
    )
    with op.batch_alter_table("dispatch_withdrawal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_dispatch_withdrawal_awaiting_role"), ["awaiting_role"], unique=False)
        batch_op.create_index(batch_op.f("ix_dispatch_withdrawal_contract_id"), ["contract_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_dispatch_withdrawal_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_dispatch_withdrawal_department_id"), ["department_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_dispatch_withdrawal_dispatch_id"), ["dispatch_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_dispatch_withdrawal_state"), ["state"], unique=False)


def _tell_records_their_paper() -> None:
    """Earlier decisions were all about contracts. The journal is opened for this one sentence."""
    update = (
        "UPDATE approval_record SET paper_id = contract_id, paper_number = "
        "(SELECT number FROM machine_contract WHERE machine_contract.id = contract_id)"
    )
    if op.get_bind().dialect.name != "sqlite":
        op.execute("ALTER TABLE approval_record DISABLE TRIGGER tr_approval_record_append_only")
        op.execute(update)
        op.execute("ALTER TABLE approval_record ENABLE TRIGGER tr_approval_record_append_only")
        return
    op.execute("DROP TRIGGER tr_approval_record_no_update")
    op.execute(update)
    op.execute(
        "CREATE TRIGGER tr_approval_record_no_update BEFORE UPDATE ON approval_record "
        "BEGIN SELECT RAISE(ABORT, 'approval_record is append-only'); END"
    )


def downgrade() -> None:
    op.drop_table("dispatch_withdrawal")
    op.drop_table("contract_cancellation")
    op.drop_table("approval_step")
    op.drop_table("approval_rule")
    for table, column, check, more in WORDS:
        forget_words(table, column, check, more)
    forget("machine_contract", "special_by_id")
    for table, column, _kind in reversed(COLUMNS):
        op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
