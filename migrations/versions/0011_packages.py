"""service packages: maintenance that a customer has already

Revision: 0011; follows 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

STATES = ("ACTIVE", "USED", "EXPIRED", "VOID")


def upgrade() -> None:
    op.create_table(
        "service_package",
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("contract_id", sa.Integer(), nullable=True),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("used_times", sa.Integer(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column(
            "state",
            sa.Enum(*STATES, name="packagestate", native_enum=False, create_constraint=True, length=20),
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
        sa.CheckConstraint("times > 0", name="times_positive"),
        sa.CheckConstraint("used_times >= 0 AND used_times <= times", name="used"),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"]),
        sa.ForeignKeyConstraint(["unit_id"], ["machine_unit.id"]),
        sa.ForeignKeyConstraint(["contract_id"], ["machine_contract.id"]),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
    )
    for column in ("customer_id", "unit_id", "contract_id", "department_id", "state"):
        op.create_index(f"ix_service_package_{column}", "service_package", [column])
    # by hand: a batch would write the table anew and lose its checks on SQLite
    op.execute(
        "ALTER TABLE work_order ADD COLUMN package_id INTEGER "
        "CONSTRAINT fk_work_order_package_id_service_package REFERENCES service_package (id)"
    )
    op.create_index("ix_work_order_package_id", "work_order", ["package_id"])


def downgrade() -> None:
    op.drop_index("ix_work_order_package_id", "work_order")
    op.execute("ALTER TABLE work_order DROP COLUMN package_id")
    op.drop_table("service_package")
