"""credit limits are decided on paper; the figure nobody could write becomes the first decision where there is one

Revision: 0035; follows 0034
"""

from datetime import date, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

STATES = ("DRAFT", "PENDING", "APPROVED", "REJECTED", "EXPIRED", "REPLACED", "REVOKED", "CANCELLED")


def _money() -> sa.types.TypeEngine:
    return sa.Numeric(18, 2).with_variant(sa.BigInteger(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "credit_limit",
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("amount", _money(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column(
            "state",
            sa.Enum(*STATES, name="creditlimitstate", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("business_on", sa.Date(), nullable=False),
        sa.Column("remark", sa.String(length=1000), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("amount > 0", name=op.f("ck_credit_limit_amount_positive")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_credit_limit_customer_id_customer")),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name=op.f("fk_credit_limit_department_id_department")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_limit")),
        sa.UniqueConstraint("number", name=op.f("uq_credit_limit_number")),
    )
    op.create_index("ix_credit_limit_customer_id", "credit_limit", ["customer_id"])
    op.create_index("ix_credit_limit_department_id", "credit_limit", ["department_id"])
    op.create_index("ix_credit_limit_state", "credit_limit", ["state"])
    op.create_index(
        "uq_credit_limit_in_force", "credit_limit", ["customer_id"], unique=True,
        sqlite_where=sa.text("state = 'APPROVED'"), postgresql_where=sa.text("state = 'APPROVED'"),
    )  # fmt: skip
    _take_over()
    op.execute("ALTER TABLE customer DROP COLUMN credit_limit")


def _take_over() -> None:
    """Who had a figure keeps it for a year; the numbers of today go on behind the last."""
    connection, day = op.get_bind(), date.today()
    limits = sa.table(
        "credit_limit", sa.column("customer_id"), sa.column("amount"), sa.column("valid_from", sa.Date()),
        sa.column("valid_until", sa.Date()), sa.column("reason"), sa.column("state"), sa.column("number"),
        sa.column("business_on", sa.Date()), sa.column("version"), sa.column("created_at", sa.DateTime()),
        sa.column("changed_at", sa.DateTime()), sa.column("department_id"),
    )  # fmt: skip
    had = connection.execute(
        sa.text(
            "SELECT c.id, c.credit_limit, e.department_id FROM customer c JOIN employee e ON e.id = c.salesperson_id "
            "WHERE c.credit_limit > 0 ORDER BY c.id"
        )
    ).all()
    for count, (customer_id, amount, department_id) in enumerate(had, 1):
        connection.execute(
            limits.insert().values(
                customer_id=customer_id, amount=amount, valid_from=day, valid_until=day + timedelta(days=365),
                reason="升级前的授信额度", state="APPROVED", number=f"SX-{day:%Y%m%d}-{count:04d}", business_on=day, version=1,
                created_at=datetime.now(), changed_at=datetime.now(), department_id=department_id,
            )
        )  # fmt: skip
    if had:
        connection.execute(
            sa.text("INSERT INTO document_sequence (prefix, day, last) VALUES ('SX', :day, :last)"),
            {"day": f"{day:%Y%m%d}", "last": len(had)},
        )


def downgrade() -> None:
    op.add_column("customer", sa.Column("credit_limit", _money(), nullable=False, server_default="0"))
    op.execute(
        "UPDATE customer SET credit_limit = (SELECT l.amount FROM credit_limit l WHERE l.customer_id = customer.id AND "
        "l.state = 'APPROVED') WHERE id IN (SELECT customer_id FROM credit_limit WHERE state = 'APPROVED')"
    )
    op.drop_table("credit_limit")
