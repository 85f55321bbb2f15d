"""Purchase returns and what they take off payables; purchase proposals; sales on back order; the price variance as an expense.

Revision: 0006; follows 0005
"""

import re

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


KIND = "PRICE_VARIANCE"


def allow(is_allowed: bool) -> None:
    """Change the list of kinds that an expense may have, keeping whatever else stands in it."""
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        old, new = "kind IN (", f"kind IN ('{KIND}', "
        version = connection.scalar(sa.text("PRAGMA schema_version"))
        op.execute("PRAGMA writable_schema = ON")
        connection.execute(
            sa.text(
                "UPDATE sqlite_master SET sql = replace(sql, :old, :new) WHERE type = 'table' AND name = 'expense'"
            ),
            {"old": old if is_allowed else new, "new": new if is_allowed else old},
        )
        op.execute(f"PRAGMA schema_version = {version + 1}")
        op.execute("PRAGMA writable_schema = OFF")
        return
    rule = connection.scalar(
        sa.text("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'ck_expense_expensekind'")
    )
    kinds = [kind for kind in re.findall(r"'(\w+)'", rule) if kind != KIND] + [KIND] * is_allowed
    op.execute("ALTER TABLE expense DROP CONSTRAINT ck_expense_expensekind")
    words = ", ".join(f"'{kind}'" for kind in kinds)
    op.execute(f"ALTER TABLE expense ADD CONSTRAINT ck_expense_expensekind CHECK (kind IN ({words}))")


def upgrade() -> None:
    op.create_table(
        "payable_credit",
        sa.Column("payable_id", sa.Integer(), nullable=False),
        sa.Column("supplier_id", sa.Integer(), nullable=False),
        sa.Column("amount", sa.Numeric(18, 2).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("origin", sa.String(length=40), nullable=False),
        sa.Column("origin_id", sa.Integer(), nullable=False),
        sa.Column("origin_number", sa.String(length=24), nullable=False),
        sa.Column("business_on", sa.Date(), nullable=False),
        sa.Column("posted_at", sa.DateTime(), nullable=False),
        sa.Column("posted_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("amount > 0", name="amount_positive"),
        sa.ForeignKeyConstraint(
            ["payable_id"],
            ["payable.id"],
        ),
        sa.ForeignKeyConstraint(
            ["posted_by_id"],
            ["employee.id"],
        ),
        sa.ForeignKeyConstraint(
            ["supplier_id"],
            ["supplier.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("payable_id", "origin", "origin_id"),
    )
    with op.batch_alter_table("payable_credit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_payable_credit_supplier_id"), ["supplier_id"], unique=False)

    op.create_table(
        "purchase_proposal",
        sa.Column("part_id", sa.Integer(), nullable=False),
        sa.Column("warehouse_id", sa.Integer(), nullable=False),
        sa.Column(
            "cause",
            sa.Enum(
                "LOW_STOCK", "SHORTAGE", name="proposalcause", native_enum=False, create_constraint=True, length=20
            ),
            nullable=False,
        ),
        sa.Column("on_hand", sa.Numeric(18, 3).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("reserved", sa.Numeric(18, 3).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("waiting", sa.Numeric(18, 3).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("on_order", sa.Numeric(18, 3).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("needed_quantity", sa.Numeric(18, 3).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("quantity", sa.Numeric(18, 3).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("supplier_id", sa.Integer(), nullable=True),
        sa.Column("unit_price", sa.Numeric(18, 2).with_variant(sa.BigInteger(), "sqlite"), nullable=True),
        sa.Column("order_id", sa.Integer(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "OPEN",
                "ORDERED",
                "IGNORED",
                "LAPSED",
                name="proposalstate",
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
        sa.CheckConstraint("quantity > 0 AND needed_quantity > 0", name="positive"),
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
    with op.batch_alter_table("purchase_proposal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_purchase_proposal_department_id"), ["department_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_purchase_proposal_order_id"), ["order_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_purchase_proposal_part_id"), ["part_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_purchase_proposal_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_purchase_proposal_supplier_id"), ["supplier_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_purchase_proposal_warehouse_id"), ["warehouse_id"], unique=False)
        batch_op.create_index(
            "uq_purchase_proposal_open",
            ["part_id", "warehouse_id"],
            unique=True,
            sqlite_where=sa.text("state = 'OPEN'"),
            postgresql_where=sa.text("state = 'OPEN'"),
        )

    op.create_table(
        "purchase_return",
        sa.Column("receipt_id", sa.Integer(), nullable=False),
        sa.Column("supplier_id", sa.Integer(), nullable=False),
        sa.Column("warehouse_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("express_number", sa.String(length=60), nullable=True),
        sa.Column("shipped_at", sa.DateTime(), nullable=True),
        sa.Column("gross_amount", sa.Numeric(18, 2).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("net_amount", sa.Numeric(18, 2).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("cost_amount", sa.Numeric(18, 2).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("variance_amount", sa.Numeric(18, 2).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("credited_amount", sa.Numeric(18, 2).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("cash_amount", sa.Numeric(18, 2).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "DRAFT",
                "PENDING",
                "APPROVED",
                "REJECTED",
                "SHIPPED",
                "DONE",
                "CANCELLED",
                name="purchasereturnstate",
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
        sa.CheckConstraint("credited_amount + cash_amount <= gross_amount", name="not_overpaid"),
        sa.CheckConstraint("credited_amount >= 0 AND cash_amount >= 0", name="parts_positive"),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["fund_account.id"],
        ),
        sa.ForeignKeyConstraint(
            ["department_id"],
            ["department.id"],
        ),
        sa.ForeignKeyConstraint(
            ["receipt_id"],
            ["inbound_receipt.id"],
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
    with op.batch_alter_table("purchase_return", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_purchase_return_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_purchase_return_department_id"), ["department_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_purchase_return_receipt_id"), ["receipt_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_purchase_return_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_purchase_return_supplier_id"), ["supplier_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_purchase_return_warehouse_id"), ["warehouse_id"], unique=False)

    op.create_table(
        "purchase_return_line",
        sa.Column("return_id", sa.Integer(), nullable=False),
        sa.Column("line_number", sa.Integer(), nullable=False),
        sa.Column("receipt_line_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Numeric(18, 3).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("gross_amount", sa.Numeric(18, 2).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("net_amount", sa.Numeric(18, 2).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("cost_amount", sa.Numeric(18, 2).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity > 0", name="quantity_positive"),
        sa.ForeignKeyConstraint(
            ["receipt_line_id"],
            ["inbound_line.id"],
        ),
        sa.ForeignKeyConstraint(["return_id"], ["purchase_return.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("return_id", "line_number"),
        sa.UniqueConstraint("return_id", "receipt_line_id"),
    )
    with op.batch_alter_table("purchase_return_line", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_purchase_return_line_receipt_line_id"), ["receipt_line_id"], unique=False)

    op.create_table(
        "sale_shortage",
        sa.Column("sale_id", sa.Integer(), nullable=False),
        sa.Column("sale_line_id", sa.Integer(), nullable=False),
        sa.Column("part_id", sa.Integer(), nullable=False),
        sa.Column("warehouse_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Numeric(18, 3).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("served_quantity", sa.Numeric(18, 3).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "WAITING",
                "SERVED",
                "CANCELLED",
                name="shortagestate",
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
        sa.CheckConstraint("served_quantity >= 0 AND served_quantity <= quantity", name="served"),
        sa.ForeignKeyConstraint(
            ["part_id"],
            ["part.id"],
        ),
        sa.ForeignKeyConstraint(
            ["sale_id"],
            ["part_sale.id"],
        ),
        sa.ForeignKeyConstraint(
            ["sale_line_id"],
            ["sale_line.id"],
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id"],
            ["warehouse.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("sale_line_id"),
    )
    with op.batch_alter_table("sale_shortage", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sale_shortage_part_id"), ["part_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_sale_shortage_sale_id"), ["sale_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_sale_shortage_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_sale_shortage_warehouse_id"), ["warehouse_id"], unique=False)

    is_sqlite = op.get_bind().dialect.name == "sqlite"
    rule = "credited_amount >= 0 AND paid_amount + credited_amount <= amount"
    op.execute(
        f"ALTER TABLE payable ADD COLUMN credited_amount {'BIGINT' if is_sqlite else 'NUMERIC(18, 2)'} "
        f"DEFAULT 0 NOT NULL CONSTRAINT ck_payable_credited CHECK ({rule})"
    )
    allow(True)
    if is_sqlite:
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER tr_payable_credit_no_{verb.lower()} BEFORE {verb} ON payable_credit "
                "BEGIN SELECT RAISE(ABORT, 'payable_credit is append-only'); END"
            )
    else:
        op.execute(
            "CREATE TRIGGER tr_payable_credit_append_only BEFORE DELETE OR UPDATE ON payable_credit "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    op.execute("UPDATE expense SET kind = 'OTHER' WHERE kind = 'PRICE_VARIANCE'")
    allow(False)
    op.execute("ALTER TABLE payable DROP COLUMN credited_amount")

    with op.batch_alter_table("sale_shortage", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sale_shortage_warehouse_id"))
        batch_op.drop_index(batch_op.f("ix_sale_shortage_state"))
        batch_op.drop_index(batch_op.f("ix_sale_shortage_sale_id"))
        batch_op.drop_index(batch_op.f("ix_sale_shortage_part_id"))

    op.drop_table("sale_shortage")
    with op.batch_alter_table("purchase_return_line", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_purchase_return_line_receipt_line_id"))

    op.drop_table("purchase_return_line")
    with op.batch_alter_table("purchase_return", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_purchase_return_warehouse_id"))
        batch_op.drop_index(batch_op.f("ix_purchase_return_supplier_id"))
        batch_op.drop_index(batch_op.f("ix_purchase_return_state"))
        batch_op.drop_index(batch_op.f("ix_purchase_return_receipt_id"))
        batch_op.drop_index(batch_op.f("ix_purchase_return_department_id"))
        batch_op.drop_index(batch_op.f("ix_purchase_return_account_id"))

    op.drop_table("purchase_return")
    with op.batch_alter_table("purchase_proposal", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_purchase_proposal_open",
            sqlite_where=sa.text("state = 'OPEN'"),
            postgresql_where=sa.text("state = 'OPEN'"),
        )
        batch_op.drop_index(batch_op.f("ix_purchase_proposal_warehouse_id"))
        batch_op.drop_index(batch_op.f("ix_purchase_proposal_supplier_id"))
        batch_op.drop_index(batch_op.f("ix_purchase_proposal_state"))
        batch_op.drop_index(batch_op.f("ix_purchase_proposal_part_id"))
        batch_op.drop_index(batch_op.f("ix_purchase_proposal_order_id"))
        batch_op.drop_index(batch_op.f("ix_purchase_proposal_department_id"))

    op.drop_table("purchase_proposal")
    with op.batch_alter_table("payable_credit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_payable_credit_supplier_id"))

    op.drop_table("payable_credit")
