"""service: a van for every technician, work orders, who goes and what was used

Revision: 0003; follows 0002
"""

import sqlalchemy as sa
from alembic import op

from migrations.by_hand import forget, forget_words, refer, reword

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# new word → what a row that says it says after a downgrade
MOVEMENTS = {
    "TECH_ISSUE": "TRANSFER_OUT",
    "TECH_RECEIVE": "TRANSFER_IN",
    "TECH_RETURN_OUT": "TRANSFER_OUT",
    "TECH_RETURN_IN": "TRANSFER_IN",
    "EMERGENCY_IN": "PURCHASE_IN",
    "CONSUME": "SELF_USE",
}


def upgrade() -> None:
    op.create_table(
        "work_order",
        sa.Column(
            "kind",
            sa.Enum(
                "REPAIR",
                "MAINTAIN",
                "INSTALL",
                "INSPECT",
                "WARRANTY",
                "REFURB",
                name="workorderkind",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("machine_text", sa.String(length=80), nullable=True),
        sa.Column("contact_name", sa.String(length=50), nullable=True),
        sa.Column("contact_phone", sa.String(length=20), nullable=True),
        sa.Column("fault_code", sa.String(length=40), nullable=True),
        sa.Column("fault", sa.String(length=1000), nullable=False),
        sa.Column("is_down", sa.Boolean(), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=True),
        sa.Column("reported_at", sa.DateTime(), nullable=False),
        sa.Column("hour_meter", sa.Numeric(18, 3).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("in_warranty", sa.Boolean(), nullable=False),
        sa.Column("warranty_reason", sa.String(length=200), nullable=True),
        sa.Column("leader_id", sa.Integer(), nullable=True),
        sa.Column("assigned_at", sa.DateTime(), nullable=True),
        sa.Column("accepted_at", sa.DateTime(), nullable=True),
        sa.Column("departed_at", sa.DateTime(), nullable=True),
        sa.Column("arrived_at", sa.DateTime(), nullable=True),
        sa.Column("finished_at", sa.DateTime(), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(), nullable=True),
        sa.Column("settled_at", sa.DateTime(), nullable=True),
        sa.Column("closed_at", sa.DateTime(), nullable=True),
        sa.Column("place", sa.String(length=100), nullable=True),
        sa.Column("solution", sa.String(length=1000), nullable=True),
        sa.Column("labour_hours", sa.Numeric(18, 3).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("labour_price", sa.Numeric(18, 2).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("travel_km", sa.Numeric(18, 3).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("travel_price", sa.Numeric(18, 2).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("other_fee", sa.Numeric(18, 2).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("parts_amount", sa.Numeric(18, 2).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("labour_amount", sa.Numeric(18, 2).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("travel_amount", sa.Numeric(18, 2).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("customer_amount", sa.Numeric(18, 2).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("cost_amount", sa.Numeric(18, 2).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "OPEN",
                "ASSIGNED",
                "ACCEPTED",
                "DEPARTED",
                "IN_SERVICE",
                "SUSPENDED",
                "FINISHED",
                "REVIEWED",
                "SETTLED",
                "CLOSED",
                "CANCELLED",
                name="workorderstate",
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
        sa.CheckConstraint("hour_meter >= 0 AND labour_hours >= 0 AND travel_km >= 0", name="measures"),
        sa.CheckConstraint("labour_price >= 0 AND travel_price >= 0 AND other_fee >= 0", name="prices"),
        sa.CheckConstraint("unit_id IS NOT NULL OR machine_text IS NOT NULL", name="machine"),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customer.id"],
        ),
        sa.ForeignKeyConstraint(
            ["department_id"],
            ["department.id"],
        ),
        sa.ForeignKeyConstraint(
            ["leader_id"],
            ["employee.id"],
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["machine_unit.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
    )
    with op.batch_alter_table("work_order", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_work_order_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_work_order_department_id"), ["department_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_work_order_leader_id"), ["leader_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_work_order_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_work_order_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "work_assignment",
        sa.Column("work_order_id", sa.Integer(), nullable=False),
        sa.Column("technician_id", sa.Integer(), nullable=False),
        sa.Column("is_leader", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "ASSIGNED",
                "ACCEPTED",
                "DECLINED",
                "WITHDRAWN",
                "DONE",
                name="assignmentstate",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("assigned_at", sa.DateTime(), nullable=False),
        sa.Column("answered_at", sa.DateTime(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["technician_id"],
            ["employee.id"],
        ),
        sa.ForeignKeyConstraint(["work_order_id"], ["work_order.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("work_assignment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_work_assignment_technician_id"), ["technician_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_work_assignment_work_order_id"), ["work_order_id"], unique=False)
        batch_op.create_index(
            "uq_work_assignment_leader",
            ["work_order_id"],
            unique=True,
            sqlite_where=sa.text("is_leader = 1 AND state IN ('ASSIGNED', 'ACCEPTED', 'DONE')"),
            postgresql_where=sa.text("is_leader AND state IN ('ASSIGNED', 'ACCEPTED', 'DONE')"),
        )

    op.create_table(
        "work_order_part",
        sa.Column("work_order_id", sa.Integer(), nullable=False),
        sa.Column("line_number", sa.Integer(), nullable=False),
        sa.Column("part_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Numeric(18, 3).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("technician_id", sa.Integer(), nullable=False),
        sa.Column("warehouse_id", sa.Integer(), nullable=False),
        sa.Column(
            "charge_kind",
            sa.Enum(
                "CUSTOMER",
                "WARRANTY",
                "FREE",
                "PACKAGE",
                name="chargekind",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("unit_price", sa.Numeric(18, 2).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("amount", sa.Numeric(18, 2).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("cost_amount", sa.Numeric(18, 2).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("is_old_returned", sa.Boolean(), nullable=False),
        sa.Column("consumed_at", sa.DateTime(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("CONSUMED", "REVERSED", name="usedpartstate", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity > 0 AND unit_price >= 0 AND amount >= 0 AND cost_amount >= 0", name="positive"),
        sa.ForeignKeyConstraint(
            ["part_id"],
            ["part.id"],
        ),
        sa.ForeignKeyConstraint(
            ["technician_id"],
            ["employee.id"],
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id"],
            ["warehouse.id"],
        ),
        sa.ForeignKeyConstraint(
            ["work_order_id"],
            ["work_order.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("work_order_id", "line_number"),
    )
    with op.batch_alter_table("work_order_part", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_work_order_part_part_id"), ["part_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_work_order_part_technician_id"), ["technician_id"], unique=False)

    refer("receivable", "work_order_id", "work_order", unique=True)
    refer("warehouse", "owner_id", "employee", unique=True)
    reword("stock_move", "movement", "stockmovement", list(MOVEMENTS))


def downgrade() -> None:
    forget_words("stock_move", "movement", "stockmovement", MOVEMENTS)
    forget("warehouse", "owner_id")
    forget("receivable", "work_order_id")
    with op.batch_alter_table("work_order_part", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_work_order_part_technician_id"))
        batch_op.drop_index(batch_op.f("ix_work_order_part_part_id"))

    op.drop_table("work_order_part")
    with op.batch_alter_table("work_assignment", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_work_assignment_leader",
            sqlite_where=sa.text("is_leader = 1 AND state IN ('ASSIGNED', 'ACCEPTED', 'DONE')"),
            postgresql_where=sa.text("is_leader AND state IN ('ASSIGNED', 'ACCEPTED', 'DONE')"),
        )
        batch_op.drop_index(batch_op.f("ix_work_assignment_work_order_id"))
        batch_op.drop_index(batch_op.f("ix_work_assignment_technician_id"))

    op.drop_table("work_assignment")
    with op.batch_alter_table("work_order", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_work_order_unit_id"))
        batch_op.drop_index(batch_op.f("ix_work_order_state"))
        batch_op.drop_index(batch_op.f("ix_work_order_leader_id"))
        batch_op.drop_index(batch_op.f("ix_work_order_department_id"))
        batch_op.drop_index(batch_op.f("ix_work_order_customer_id"))

    op.drop_table("work_order")
