"""follow-ups, hand-overs, archives of customers with their rules, guarantors of contracts

Revision: 0020; follows 0019
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "archive_rule",
        sa.Column(
            "pay_mode",
            sa.Enum(
                "FULL",
                "INSTALMENT",
                "MORTGAGE",
                "LEASE",
                name="paymode",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column(
            "customer_kind",
            sa.Enum("COMPANY", "PERSON", name="customerkind", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column(
            "item",
            sa.Enum(
                "IDENTITY",
                "PHONE",
                "ADDRESS",
                "LEGAL_REP",
                "BANK",
                "INVOICE",
                "SPOUSE",
                "GUARANTOR",
                "ASSET",
                "SITE",
                "ID_CARD",
                "LICENCE",
                "HOUSEHOLD",
                "MARRIAGE",
                "PROPERTY",
                "CREDIT_CONSENT",
                name="archiveitem",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("is_required", sa.Boolean(), nullable=False),
        sa.Column("is_enabled", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("pay_mode", "customer_kind", "item"),
    )
    op.create_table(
        "customer_asset",
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "HOUSE",
                "VEHICLE",
                "MACHINE",
                "SAVINGS",
                "OTHER",
                name="assetkind",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("value_amount", sa.Numeric(18, 2).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("is_mortgaged", sa.Boolean(), nullable=False),
        sa.Column("remark", sa.String(length=1000), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customer.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("customer_asset", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_customer_asset_customer_id"), ["customer_id"], unique=False)

    op.create_table(
        "customer_site",
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=True),
        sa.Column("manager", sa.String(length=50), nullable=True),
        sa.Column("phone", sa.String(length=20), nullable=True),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customer.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("customer_site", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_customer_site_customer_id"), ["customer_id"], unique=False)

    op.create_table(
        "follow_up",
        sa.Column("customer_id", sa.Integer(), nullable=True),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column(
            "way",
            sa.Enum(
                "VISIT",
                "PHONE",
                "WECHAT",
                "OTHER",
                name="followway",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("content", sa.String(length=1000), nullable=False),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.Column("location", sa.String(length=200), nullable=True),
        sa.Column("followed_at", sa.DateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("contact_id IS NOT NULL OR customer_id IS NOT NULL", name="subject"),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contact.id"],
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customer.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("follow_up", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_follow_up_contact_id"), ["contact_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_follow_up_customer_id"), ["customer_id"], unique=False)

    op.create_table(
        "owner_transfer",
        sa.Column("customer_id", sa.Integer(), nullable=True),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("giver_id", sa.Integer(), nullable=False),
        sa.Column("taker_id", sa.Integer(), nullable=False),
        sa.Column("moved_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("papers", sa.Integer(), nullable=False),
        sa.Column("posted_by_id", sa.Integer(), nullable=True),
        sa.Column("posted_at", sa.DateTime(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("(contact_id IS NULL) <> (customer_id IS NULL)", name="one"),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contact.id"],
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customer.id"],
        ),
        sa.ForeignKeyConstraint(
            ["giver_id"],
            ["employee.id"],
        ),
        sa.ForeignKeyConstraint(
            ["posted_by_id"],
            ["employee.id"],
        ),
        sa.ForeignKeyConstraint(
            ["taker_id"],
            ["employee.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("owner_transfer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_owner_transfer_contact_id"), ["contact_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_owner_transfer_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_owner_transfer_giver_id"), ["giver_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_owner_transfer_taker_id"), ["taker_id"], unique=False)

    op.create_table(
        "guarantor",
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.Column("line_number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=50), nullable=False),
        sa.Column("id_number", sa.String(length=18), nullable=False),
        sa.Column("mobile", sa.String(length=20), nullable=False),
        sa.Column("relation", sa.String(length=40), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "JOINT",
                "GENERAL",
                "MORTGAGE",
                name="guaranteekind",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("assets", sa.String(length=200), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["contract_id"], ["machine_contract.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("contract_id", "line_number"),
    )
    with op.batch_alter_table("customer", schema=None) as batch_op:
        batch_op.add_column(sa.Column("next_follow_on", sa.Date(), nullable=True))

    _guard_journal()


def _guard_journal() -> None:
    """Who handed whom over is never rewritten: the database itself refuses."""
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER tr_owner_transfer_no_{verb.lower()} BEFORE {verb} ON owner_transfer "
                "BEGIN SELECT RAISE(ABORT, 'owner_transfer is append-only'); END"
            )
        return
    op.execute(
        "CREATE TRIGGER tr_owner_transfer_append_only BEFORE DELETE OR UPDATE ON owner_transfer "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    with op.batch_alter_table("customer", schema=None) as batch_op:
        batch_op.drop_column("next_follow_on")

    op.drop_table("guarantor")
    with op.batch_alter_table("owner_transfer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_owner_transfer_taker_id"))
        batch_op.drop_index(batch_op.f("ix_owner_transfer_giver_id"))
        batch_op.drop_index(batch_op.f("ix_owner_transfer_customer_id"))
        batch_op.drop_index(batch_op.f("ix_owner_transfer_contact_id"))

    op.drop_table("owner_transfer")
    with op.batch_alter_table("follow_up", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_follow_up_customer_id"))
        batch_op.drop_index(batch_op.f("ix_follow_up_contact_id"))

    op.drop_table("follow_up")
    with op.batch_alter_table("customer_site", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_customer_site_customer_id"))

    op.drop_table("customer_site")
    with op.batch_alter_table("customer_asset", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_customer_asset_customer_id"))

    op.drop_table("customer_asset")
    op.drop_table("archive_rule")
