"""expenses that people write: more kinds of expense, and a paper for them

Revision: 0032; follows 0031
"""

import sqlalchemy as sa
from alembic import op

from migrations.by_hand import reword

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

MORE = ["TRAVEL", "FREIGHT", "VEHICLE", "OFFICE", "LEGAL", "COLLECTION", "BANK_FEE"]
OLD = ["SELF_USE", "GIFT", "LOSS", "PRICE_VARIANCE", "WARRANTY_LOSS"]


def upgrade() -> None:
    reword("expense", "kind", "expensekind", MORE)
    op.create_table(
        "claimed_expense",
        sa.Column(
            "kind",
            sa.Enum(*OLD, *MORE, "OTHER", name="claimedkind", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("amount", sa.Numeric(18, 2).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("spent_on", sa.Date(), nullable=False),
        sa.Column("supplier_id", sa.Integer(), nullable=True),
        sa.Column("invoice_number", sa.String(length=40), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "DRAFT",
                "PENDING",
                "REJECTED",
                "APPROVED",
                "OWED",
                "PAID",
                "CANCELLED",
                name="claimedexpensestate",
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
        sa.CheckConstraint("amount > 0", name="amount_positive"),
        sa.ForeignKeyConstraint(["account_id"], ["fund_account.id"]),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"]),
        sa.ForeignKeyConstraint(["supplier_id"], ["supplier.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
        sa.UniqueConstraint("supplier_id", "invoice_number"),
    )
    with op.batch_alter_table("claimed_expense", schema=None) as batch_op:
        for column in ("account_id", "department_id", "state", "supplier_id"):
            batch_op.create_index(batch_op.f(f"ix_claimed_expense_{column}"), [column], unique=False)


def downgrade() -> None:
    op.drop_table("claimed_expense")
    expense = sa.table("expense", sa.column("kind"))
    op.execute(sa.update(expense).where(expense.c.kind.in_(MORE)).values(kind="OTHER"))
    reword("expense", "kind", "expensekind", MORE, less=True)
