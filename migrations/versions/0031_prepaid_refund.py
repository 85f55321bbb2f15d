"""prepaid money that waits to be refunded is held; refunds of prepaid money have a paper of their own

Refunds that wait already hold what is there for them, the oldest first.

Revision: 0031; follows 0030
"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

MONEY = sa.Numeric(18, 2).with_variant(sa.BigInteger(), "sqlite")
WAITING = (("contract_cancellation", "ContractCancellation"), ("machine_return", "MachineReturn"))


def upgrade() -> None:
    for table, column in (
        ("prepaid_balance", "held_amount"),
        ("prepaid_entry", "held_amount"),
        ("contract_cancellation", "left_amount"),
        ("machine_return", "left_amount"),
    ):
        op.add_column(table, sa.Column(column, MONEY, nullable=False, server_default=sa.text("0")))
    op.create_table(
        "prepaid_refund",
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("amount", MONEY, nullable=False),
        sa.Column("payee_name", sa.String(length=60), nullable=False),
        sa.Column("payee_account", sa.String(length=60), nullable=True),
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
                "PAID",
                "CANCELLED",
                name="prepaidrefundstate",
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
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"]),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
    )
    with op.batch_alter_table("prepaid_refund", schema=None) as batch_op:
        for column in ("account_id", "customer_id", "department_id", "state"):
            batch_op.create_index(batch_op.f(f"ix_prepaid_refund_{column}"), [column], unique=False)
    _hold_what_waits()


def downgrade() -> None:
    op.drop_table("prepaid_refund")
    for table, column in (
        ("machine_return", "left_amount"),
        ("contract_cancellation", "left_amount"),
        ("prepaid_entry", "held_amount"),
        ("prepaid_balance", "held_amount"),
    ):
        op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")


def _hold_what_waits() -> None:
    connection = op.get_bind()
    balance = sa.table("prepaid_balance", *map(sa.column, ("customer_id", "amount", "held_amount")))
    columns = ("customer_id", "amount", "held_amount", "balance_after", "origin", "origin_id", "origin_number")
    entry = sa.table("prepaid_entry", *map(sa.column, columns), sa.column("posted_at", sa.DateTime()))
    for table, origin in WAITING:
        names = ("id", "number", "customer_id", "refund_amount", "state", "changed_at")
        paper = sa.table(table, *(sa.column(n, sa.DateTime()) if n == "changed_at" else sa.column(n) for n in names))
        waits = sa.select(paper).where(paper.c.state == "TO_REFUND").order_by(paper.c.id)
        for row in connection.execute(waits).all():
            stands = sa.select(balance).where(balance.c.customer_id == row.customer_id)
            there = connection.execute(stands).one_or_none()
            more = min(row.refund_amount, there.amount - there.held_amount) if there else 0
            if more <= 0:
                continue
            connection.execute(
                sa.update(balance)
                .where(balance.c.customer_id == row.customer_id)
                .values(held_amount=there.held_amount + more)
            )
            connection.execute(
                sa.insert(entry).values(
                    customer_id=row.customer_id, amount=0, held_amount=more, balance_after=there.amount, origin=origin,
                    origin_id=row.id, origin_number=row.number, posted_at=row.changed_at,
                )
            )  # fmt: skip
