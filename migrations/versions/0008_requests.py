"""requests of parts by technicians, emergency purchases, transfers to and from vans

Revision: 0008; follows 0007
"""

import sqlalchemy as sa
from alembic import op

from migrations.by_hand import forget, forget_words, refer, reword

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

KINDS = "'TRANSFER', 'TECH_ISSUE', 'TECH_RETURN'"


def upgrade() -> None:
    op.create_table(
        "part_request",
        sa.Column("technician_id", sa.Integer(), nullable=False),
        sa.Column(
            "source",
            sa.Enum(
                "MY_PARTS", "WORK_ORDER", name="requestsource", native_enum=False, create_constraint=True, length=20
            ),
            nullable=False,
        ),
        sa.Column("work_order_id", sa.Integer(), nullable=True),
        sa.Column("need_by", sa.Date(), nullable=True),
        sa.Column("is_urgent", sa.Boolean(), nullable=False),
        sa.Column("deliver_to", sa.String(length=200), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "PENDING",
                "PROCESSING",
                "DONE",
                "CANCELLED",
                name="requeststate",
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
        sa.CheckConstraint("(source = 'WORK_ORDER') = (work_order_id IS NOT NULL)", name="source_order"),
        sa.ForeignKeyConstraint(
            ["department_id"],
            ["department.id"],
        ),
        sa.ForeignKeyConstraint(
            ["technician_id"],
            ["employee.id"],
        ),
        sa.ForeignKeyConstraint(
            ["work_order_id"],
            ["work_order.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
    )
    with op.batch_alter_table("part_request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_part_request_department_id"), ["department_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_part_request_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_part_request_technician_id"), ["technician_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_part_request_work_order_id"), ["work_order_id"], unique=False)

    op.create_table(
        "emergency_purchase",
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column(
            "mode",
            sa.Enum(
                "STOCK", "DIRECT", "TO_STORE", name="fulfilmode", native_enum=False, create_constraint=True, length=20
            ),
            nullable=False,
        ),
        sa.Column("supplier_id", sa.Integer(), nullable=False),
        sa.Column("warehouse_id", sa.Integer(), nullable=False),
        sa.Column("part_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Numeric(18, 3).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("unit_price", sa.Numeric(18, 2).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("tax_rate", sa.Numeric(9, 6).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("gross_amount", sa.Numeric(18, 2).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("net_amount", sa.Numeric(18, 2).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("received_quantity", sa.Numeric(18, 3).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("received_gross", sa.Numeric(18, 2).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("received_net", sa.Numeric(18, 2).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("express_number", sa.String(length=60), nullable=True),
        sa.Column("order_id", sa.Integer(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "PURCHASING",
                "SHIPPED",
                "DONE",
                "CANCELLED",
                name="emergencystate",
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
        sa.CheckConstraint("(mode = 'TO_STORE') = (order_id IS NOT NULL) AND mode <> 'STOCK'", name="mode_order"),
        sa.CheckConstraint("quantity > 0 AND unit_price >= 0", name="positive"),
        sa.CheckConstraint("received_quantity >= 0 AND received_quantity <= quantity", name="received"),
        sa.ForeignKeyConstraint(
            ["department_id"],
            ["department.id"],
        ),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["purchase_order.id"],
        ),
        sa.ForeignKeyConstraint(
            ["part_id"],
            ["part.id"],
        ),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["part_request.id"],
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
    with op.batch_alter_table("emergency_purchase", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_emergency_purchase_department_id"), ["department_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_emergency_purchase_order_id"), ["order_id"], unique=True)
        batch_op.create_index(batch_op.f("ix_emergency_purchase_part_id"), ["part_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_emergency_purchase_request_id"), ["request_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_emergency_purchase_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_emergency_purchase_supplier_id"), ["supplier_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_emergency_purchase_warehouse_id"), ["warehouse_id"], unique=False)

    op.create_table(
        "request_line",
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("line_number", sa.Integer(), nullable=False),
        sa.Column("part_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Numeric(18, 3).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column(
            "mode",
            sa.Enum(
                "STOCK", "DIRECT", "TO_STORE", name="fulfilmode", native_enum=False, create_constraint=True, length=20
            ),
            nullable=True,
        ),
        sa.Column("transfer_id", sa.Integer(), nullable=True),
        sa.Column("emergency_id", sa.Integer(), nullable=True),
        sa.Column("shipped_quantity", sa.Numeric(18, 3).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("received_quantity", sa.Numeric(18, 3).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "PENDING",
                "PURCHASING",
                "TO_SHIP",
                "IN_TRANSIT",
                "SHORT",
                "DONE",
                "REJECTED",
                "CANCELLED",
                name="requestlinestate",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity > 0", name="quantity_positive"),
        sa.CheckConstraint(
            "received_quantity >= 0 AND received_quantity <= shipped_quantity AND shipped_quantity <= quantity",
            name="flow",
        ),
        sa.ForeignKeyConstraint(
            ["emergency_id"],
            ["emergency_purchase.id"],
        ),
        sa.ForeignKeyConstraint(
            ["part_id"],
            ["part.id"],
        ),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["part_request.id"],
        ),
        sa.ForeignKeyConstraint(
            ["transfer_id"],
            ["stock_transfer.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("request_id", "line_number"),
    )
    with op.batch_alter_table("request_line", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_request_line_emergency_id"), ["emergency_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_request_line_part_id"), ["part_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_request_line_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_request_line_transfer_id"), ["transfer_id"], unique=False)

    op.execute(
        "ALTER TABLE stock_transfer ADD COLUMN kind VARCHAR(20) DEFAULT 'TRANSFER' NOT NULL "
        f"CONSTRAINT ck_stock_transfer_transferkind CHECK (kind IN ({KINDS}))"
    )
    op.execute("ALTER TABLE stock_transfer ADD COLUMN is_reserved BOOLEAN DEFAULT FALSE NOT NULL")
    refer("stock_transfer", "request_id", "part_request")
    reword("inbound_receipt", "kind", "receiptofpartskind", ["DIRECT"])


def downgrade() -> None:
    forget_words("inbound_receipt", "kind", "receiptofpartskind", {"DIRECT": "PURCHASE"})
    op.drop_table("request_line")
    forget("stock_transfer", "request_id")
    op.execute("ALTER TABLE stock_transfer DROP COLUMN is_reserved")
    op.execute("ALTER TABLE stock_transfer DROP COLUMN kind")
    op.drop_table("emergency_purchase")
    op.drop_table("part_request")
