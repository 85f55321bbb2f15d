"""coupons issued by hand; extended, frozen, void and handed on; the runs of the nightly jobs

Revision: 0005; follows 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

MONEY = sa.Numeric(18, 2).with_variant(sa.BigInteger(), "sqlite")
OLD = ("ISSUE", "ACTIVATE", "REDEEM", "REDEEM_SALE", "RESTORE", "EXPIRE", "VOID")
NEW = (*OLD, "EXTEND", "FREEZE", "UNFREEZE", "TRANSFER")
SOURCES = ("MACHINE", "CAMPAIGN", "COMPENSATION", "PURCHASE", "REFERRAL", "MANUAL")
ONE_EFFECT = "reversal_of_id IS NULL"
COLUMNS = (
    "coupon_id, movement, amount, balance_after, origin, origin_id, origin_number, reversal_of_id, posted_at,"
    " posted_by_id, id"
)


def upgrade() -> None:
    op.create_table(
        "coupon_issue",
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("type_id", sa.Integer(), nullable=False),
        sa.Column("face_amount", MONEY, nullable=False),
        sa.Column("pieces", sa.Integer(), nullable=False),
        sa.Column("total_amount", MONEY, nullable=False),
        sa.Column("valid_days", sa.Integer(), nullable=False),
        sa.Column("source", words(SOURCES, "issuesource"), nullable=False),
        sa.Column("is_active_at_once", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column(
            "state",
            words(("DRAFT", "PENDING", "APPROVED", "REJECTED", "CANCELLED"), "couponissuestate"),
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
        sa.CheckConstraint("face_amount > 0", name="face_positive"),
        sa.CheckConstraint("pieces > 0", name="pieces_positive"),
        sa.CheckConstraint("valid_days > 0", name="valid_days_positive"),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"]),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"]),
        sa.ForeignKeyConstraint(["type_id"], ["coupon_type.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
    )
    for column in ("customer_id", "department_id", "state", "type_id"):
        op.create_index(op.f(f"ix_coupon_issue_{column}"), "coupon_issue", [column])
    op.create_table(
        "nightly_run",
        sa.Column("job", sa.String(length=40), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("state", words(("RUNNING", "DONE", "FAILED"), "runstate"), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("fault", sa.String(length=2000), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("job", "day"),
    )
    op.create_index(op.f("ix_nightly_run_state"), "nightly_run", ["state"])
    op.add_column("coupon_type", sa.Column("min_order_amount", MONEY, nullable=False, server_default="0"))
    op.add_column("coupon_type", sa.Column("is_stackable", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("sale_return", sa.Column("withheld_amount", MONEY, nullable=False, server_default="0"))
    add_reference("coupon", "issue_id", "coupon_issue")
    add_reference("coupon", "from_coupon_id", "coupon")
    rebuild_entries(NEW, f"{ONE_EFFECT} AND origin <> 'Coupon'", has_note=True)


def downgrade() -> None:
    rebuild_entries(OLD, ONE_EFFECT, has_note=False)
    drop_reference("coupon", "from_coupon_id", "coupon")
    drop_reference("coupon", "issue_id", "coupon_issue")
    op.drop_column("sale_return", "withheld_amount")
    op.drop_column("coupon_type", "is_stackable")
    op.drop_column("coupon_type", "min_order_amount")
    op.drop_table("nightly_run")
    op.drop_table("coupon_issue")


def words(options: tuple[str, ...], name: str) -> sa.Enum:
    """A fixed list that the database checks."""
    return sa.Enum(*options, name=name, native_enum=False, create_constraint=True, length=20)


def is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def add_reference(table: str, column: str, target: str) -> None:
    """A key that may be empty; SQLite adds it without writing the table anew, which rows of other tables point at."""
    op.execute(
        f"ALTER TABLE {table} ADD COLUMN {column} INTEGER"
        f" CONSTRAINT fk_{table}_{column}_{target} REFERENCES {target} (id)"
    )
    op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def drop_reference(table: str, column: str, target: str) -> None:
    """SQLite drops no column with a reference: the table is written anew under deferred keys, its rows keep their ids."""
    op.drop_index(op.f(f"ix_{table}_{column}"), table_name=table)
    if not is_sqlite():
        op.drop_column(table, column)
        return
    added = f", {column} INTEGER CONSTRAINT fk_{table}_{column}_{target} REFERENCES {target} (id)"
    schema = sa.table("sqlite_master", sa.column("type"), sa.column("tbl_name"), sa.column("sql"))
    said = op.get_bind().execute(sa.select(schema.c.type, schema.c.sql).where(schema.c.tbl_name == table)).all()
    made = next(sql for kind, sql in said if kind == "table")
    if added not in made:
        raise RuntimeError(f"{table}.{column} was not added by this migration")
    names = [c["name"] for c in sa.inspect(op.get_bind()).get_columns(table) if c["name"] != column]
    kept = ", ".join(names)
    op.execute("PRAGMA defer_foreign_keys=ON")
    op.execute(f"CREATE TEMP TABLE kept_rows AS SELECT {kept} FROM {table}")  # noqa: S608
    op.drop_table(table)
    op.execute(made.replace(added, ""))
    op.execute(f"INSERT INTO {table} ({kept}) SELECT {kept} FROM kept_rows")  # noqa: S608
    op.execute("DROP TABLE kept_rows")
    for kind, sql in said:
        if kind == "index" and sql:
            op.execute(sql)


def rebuild_entries(movements: tuple[str, ...], where: str, *, has_note: bool) -> None:
    """The journal knows other movements now. An older one does not know ours: notes without an amount go, what was
    handed on counts as redeemed."""
    change_triggers("DROP")
    if not has_note:
        op.execute(
            "DELETE FROM coupon_entry WHERE origin = 'Coupon'"
            " AND movement IN ('EXTEND', 'FREEZE', 'UNFREEZE', 'EXPIRE')"
        )
    op.drop_index("uq_coupon_entry_effect", table_name="coupon_entry")
    listed = ", ".join(f"'{word}'" for word in movements)
    if is_sqlite():
        create_journal(listed, has_note)
        kept = COLUMNS.replace("movement", "CASE movement WHEN 'TRANSFER' THEN 'REDEEM' ELSE movement END", 1)
        op.execute(
            f"INSERT INTO coupon_entry_new ({COLUMNS}) SELECT {COLUMNS if has_note else kept} FROM coupon_entry"  # noqa: S608
        )
        op.drop_table("coupon_entry")
        op.rename_table("coupon_entry_new", "coupon_entry")
    else:
        op.drop_constraint(op.f("ck_coupon_entry_couponmovement"), "coupon_entry", type_="check")
        if has_note:
            op.add_column("coupon_entry", sa.Column("note", sa.String(length=200), nullable=True))
        else:
            op.drop_column("coupon_entry", "note")
            op.execute("UPDATE coupon_entry SET movement = 'REDEEM' WHERE movement = 'TRANSFER'")
        op.create_check_constraint(op.f("ck_coupon_entry_couponmovement"), "coupon_entry", f"movement IN ({listed})")
    op.create_index(
        "uq_coupon_entry_effect",
        "coupon_entry",
        ["coupon_id", "movement", "origin", "origin_id"],
        unique=True,
        sqlite_where=sa.text(where),
        postgresql_where=sa.text(where),
    )
    change_triggers("CREATE")


def create_journal(listed: str, has_note: bool) -> None:
    note = [sa.Column("note", sa.String(length=200), nullable=True)] if has_note else []
    op.create_table(
        "coupon_entry_new",
        sa.Column("coupon_id", sa.Integer(), nullable=False),
        sa.Column("movement", sa.String(length=20), nullable=False),
        sa.Column("amount", MONEY, nullable=False),
        sa.Column("balance_after", MONEY, nullable=False),
        sa.Column("origin", sa.String(length=40), nullable=False),
        sa.Column("origin_id", sa.Integer(), nullable=False),
        sa.Column("origin_number", sa.String(length=24), nullable=False),
        *note,
        sa.Column("reversal_of_id", sa.Integer(), nullable=True),
        sa.Column("posted_at", sa.DateTime(), nullable=False),
        sa.Column("posted_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(f"movement IN ({listed})", name=op.f("ck_coupon_entry_couponmovement")),
        sa.ForeignKeyConstraint(["coupon_id"], ["coupon.id"], name=op.f("fk_coupon_entry_coupon_id_coupon")),
        sa.ForeignKeyConstraint(["posted_by_id"], ["employee.id"], name=op.f("fk_coupon_entry_posted_by_id_employee")),
        sa.ForeignKeyConstraint(
            ["reversal_of_id"], ["coupon_entry_new.id"], name=op.f("fk_coupon_entry_reversal_of_id_coupon_entry")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coupon_entry")),
        sa.UniqueConstraint("reversal_of_id", name=op.f("uq_coupon_entry_reversal_of_id")),
    )


def change_triggers(verb: str) -> None:
    """Take the triggers of 0002 off the journal of coupons, or put them back."""
    if is_sqlite():
        for event in ("update", "delete"):
            name = f"tr_coupon_entry_no_{event}"
            if verb == "DROP":
                op.execute(f"DROP TRIGGER IF EXISTS {name}")
            else:
                op.execute(
                    f"CREATE TRIGGER {name} BEFORE {event.upper()} ON coupon_entry"
                    " BEGIN SELECT RAISE(ABORT, 'coupon_entry is append-only'); END"
                )
    elif verb == "DROP":
        op.execute("DROP TRIGGER IF EXISTS tr_coupon_entry_append_only ON coupon_entry")
    else:
        op.execute(
            "CREATE TRIGGER tr_coupon_entry_append_only BEFORE DELETE OR UPDATE ON coupon_entry"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
