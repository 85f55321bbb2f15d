"""amendments of contracts, returns of machines, purchase of machines whose serial numbers are not known yet

Revision: 0021; follows 0020
"""

import sqlalchemy as sa
from alembic import op

from migrations.by_hand import forget, may_be_empty, refer

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "machine_purchase",
        sa.Column("supplier_id", sa.Integer(), nullable=False),
        sa.Column("warehouse_id", sa.Integer(), nullable=False),
        sa.Column("expected_on", sa.Date(), nullable=True),
        sa.Column("pay_terms", sa.String(length=200), nullable=True),
        sa.Column("total_amount", sa.Numeric(18, 2).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "DRAFT",
                "PENDING",
                "APPROVED",
                "REJECTED",
                "PART_RECEIVED",
                "RECEIVED",
                "CLOSED",
                "CANCELLED",
                name="purchasestate",
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
            ["supplier_id"],
            ["supplier.id"],
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id"],
            ["warehouse.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
    )
    with op.batch_alter_table("machine_purchase", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_machine_purchase_department_id"), ["department_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_machine_purchase_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_machine_purchase_supplier_id"), ["supplier_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_machine_purchase_warehouse_id"), ["warehouse_id"], unique=False)

    op.create_table(
        "machine_purchase_line",
        sa.Column("purchase_id", sa.Integer(), nullable=False),
        sa.Column("line_number", sa.Integer(), nullable=False),
        sa.Column("model_id", sa.Integer(), nullable=False),
        sa.Column("pieces", sa.Integer(), nullable=False),
        sa.Column("unit_price", sa.Numeric(18, 2).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("tax_rate", sa.Numeric(9, 6).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("received_pieces", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("pieces > 0 AND unit_price > 0", name="positive"),
        sa.CheckConstraint("received_pieces >= 0 AND received_pieces <= pieces", name="received"),
        sa.ForeignKeyConstraint(
            ["model_id"],
            ["machine_model.id"],
        ),
        sa.ForeignKeyConstraint(["purchase_id"], ["machine_purchase.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("purchase_id", "line_number"),
    )
    with op.batch_alter_table("machine_purchase_line", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_machine_purchase_line_model_id"), ["model_id"], unique=False)

    op.create_table(
        "contract_amendment",
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column(
            "pay_mode",
            sa.Enum("FULL", "INSTALMENT", name="paymode", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("delivery_place", sa.String(length=200), nullable=True),
        sa.Column("deposit_amount", sa.Numeric(18, 2).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("down_share", sa.Numeric(9, 6).with_variant(sa.BigInteger(), "sqlite"), nullable=True),
        sa.Column("down_amount", sa.Numeric(18, 2).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("retention_share", sa.Numeric(9, 6).with_variant(sa.BigInteger(), "sqlite"), nullable=True),
        sa.Column("retention_amount", sa.Numeric(18, 2).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("periods", sa.Integer(), nullable=False),
        sa.Column("annual_rate", sa.Numeric(9, 6).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column(
            "repay_method",
            sa.Enum(
                "ANNUITY",
                "EQUAL_PRINCIPAL",
                "FLAT",
                name="repaymethod",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("first_due_on", sa.Date(), nullable=True),
        sa.Column("repay_day", sa.Integer(), nullable=True),
        sa.Column("penalty_rate", sa.Numeric(9, 6).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("grace_days", sa.Integer(), nullable=False),
        sa.Column("machine_amount", sa.Numeric(18, 2).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("fee_amount", sa.Numeric(18, 2).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("total_amount", sa.Numeric(18, 2).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("finance_amount", sa.Numeric(18, 2).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
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
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
    )
    with op.batch_alter_table("contract_amendment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contract_amendment_awaiting_role"), ["awaiting_role"], unique=False)
        batch_op.create_index(batch_op.f("ix_contract_amendment_contract_id"), ["contract_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_contract_amendment_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_contract_amendment_department_id"), ["department_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_contract_amendment_state"), ["state"], unique=False)

    op.create_table(
        "amendment_fee",
        sa.Column("amendment_id", sa.Integer(), nullable=False),
        sa.Column("line_number", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "GPS",
                "INSURANCE",
                "HANDLING",
                "FREIGHT",
                "NOTARY",
                "PLATE",
                "DOCUMENT",
                "OTHER",
                name="feekind",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column(
            "nature",
            sa.Enum("REVENUE", "AGENCY", name="feenature", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("amount", sa.Numeric(18, 2).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column(
            "due_rule",
            sa.Enum("BEFORE_DISPATCH", "ON_DATE", name="duerule", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("amount > 0", name="amount_positive"),
        sa.ForeignKeyConstraint(["amendment_id"], ["contract_amendment.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("amendment_id", "line_number"),
    )
    op.create_table(
        "amendment_gift",
        sa.Column("amendment_id", sa.Integer(), nullable=False),
        sa.Column("line_number", sa.Integer(), nullable=False),
        sa.Column("face_amount", sa.Numeric(18, 2).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("valid_days", sa.Integer(), nullable=False),
        sa.Column("coupon_type_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("face_amount > 0", name="face_positive"),
        sa.ForeignKeyConstraint(["amendment_id"], ["contract_amendment.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["coupon_type_id"],
            ["coupon_type.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("amendment_id", "line_number"),
    )
    with op.batch_alter_table("amendment_gift", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_amendment_gift_coupon_type_id"), ["coupon_type_id"], unique=False)

    op.create_table(
        "amendment_line",
        sa.Column("amendment_id", sa.Integer(), nullable=False),
        sa.Column("line_number", sa.Integer(), nullable=False),
        sa.Column("unit_price", sa.Numeric(18, 2).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("tax_rate", sa.Numeric(9, 6).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("configuration", sa.String(length=200), nullable=True),
        sa.Column("model_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("unit_price > 0", name="price_positive"),
        sa.ForeignKeyConstraint(["amendment_id"], ["contract_amendment.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["model_id"],
            ["machine_model.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("amendment_id", "line_number"),
    )
    with op.batch_alter_table("amendment_line", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_amendment_line_model_id"), ["model_id"], unique=False)

    op.create_table(
        "machine_return",
        sa.Column("dispatch_id", sa.Integer(), nullable=False),
        sa.Column("warehouse_id", sa.Integer(), nullable=False),
        sa.Column("hour_meter", sa.Numeric(18, 3).with_variant(sa.BigInteger(), "sqlite"), nullable=True),
        sa.Column("paid_amount", sa.Numeric(18, 2).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("depreciation_amount", sa.Numeric(18, 2).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("kept_amount", sa.Numeric(18, 2).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("agreed_cost", sa.Numeric(18, 2).with_variant(sa.BigInteger(), "sqlite"), nullable=True),
        sa.Column("cost_back", sa.Numeric(18, 2).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
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
        sa.CheckConstraint("cost_back >= 0", name="cost"),
        sa.CheckConstraint("depreciation_amount >= 0 AND kept_amount >= 0 AND refund_amount >= 0", name="positive"),
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
        sa.ForeignKeyConstraint(
            ["dispatch_id"],
            ["machine_dispatch.id"],
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id"],
            ["warehouse.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
    )
    with op.batch_alter_table("machine_return", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_machine_return_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_machine_return_awaiting_role"), ["awaiting_role"], unique=False)
        batch_op.create_index(batch_op.f("ix_machine_return_contract_id"), ["contract_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_machine_return_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_machine_return_department_id"), ["department_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_machine_return_dispatch_id"), ["dispatch_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_machine_return_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_machine_return_warehouse_id"), ["warehouse_id"], unique=False)

    refer("machine_inbound", "purchase_id", "machine_purchase")
    refer("machine_inbound", "purchase_line_id", "machine_purchase_line")
    may_be_empty("machine_inbound", "serial_number", may=True)


def downgrade() -> None:
    op.execute("UPDATE machine_inbound SET serial_number = number WHERE serial_number IS NULL")
    may_be_empty("machine_inbound", "serial_number", may=False)
    forget("machine_inbound", "purchase_line_id")
    forget("machine_inbound", "purchase_id")
    for table in (
        "machine_return",
        "amendment_line",
        "amendment_gift",
        "amendment_fee",
        "contract_amendment",
        "machine_purchase_line",
        "machine_purchase",
    ):
        op.drop_table(table)
