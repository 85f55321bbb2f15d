"""journals are append-only: the database itself refuses to change or delete what was posted

Revision: 0002; follows 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# table → columns that may still change: a cash entry gives its bank serial free when it is reversed
JOURNALS: dict[str, tuple[str, ...]] = {
    "audit_log": (),
    "state_change": (),
    "approval_record": (),
    "coupon_entry": (),
    "receivable_entry": (),
    "prepaid_entry": (),
    "cash_entry": ("serial_key",),
    "export_log": (),
    "stock_move": (),
}
COLUMNS = {
    "cash_entry": "account_id, amount, serial, origin, origin_id, origin_number, origin_line, reversal_of_id, business_on"
}


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table in JOURNALS:
            of = f" OF {COLUMNS[table]}" if table in COLUMNS else ""
            for verb, event in (("update", f"UPDATE{of}"), ("delete", "DELETE")):
                op.execute(
                    f"CREATE TRIGGER tr_{table}_no_{verb} BEFORE {event} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                )
        return
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    for table in JOURNALS:
        of = f" OF {COLUMNS[table]}" if table in COLUMNS else ""
        op.execute(
            f"CREATE TRIGGER tr_{table}_append_only BEFORE DELETE OR UPDATE{of} ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table in JOURNALS:
            op.execute(f"DROP TRIGGER IF EXISTS tr_{table}_no_update")
            op.execute(f"DROP TRIGGER IF EXISTS tr_{table}_no_delete")
        return
    for table in JOURNALS:
        op.execute(f"DROP TRIGGER IF EXISTS tr_{table}_append_only ON {table}")
    op.execute("DROP FUNCTION IF EXISTS refuse_change()")
