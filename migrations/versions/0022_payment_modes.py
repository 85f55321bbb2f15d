"""contracts by bank mortgage and finance lease, old machines in part payment, gifts of parts and services

Revision: 0022; follows 0021
"""

import re

import sqlalchemy as sa
from alembic import op

from migrations.by_hand import forget, forget_words, refer, reword

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

# new word → what a row that says it says after a downgrade
MODES, METHODS = {"MORTGAGE": "FULL", "LEASE": "FULL"}, {"CUSTOM": "ANNUITY"}
FEES = {"FINANCING_DEPOSIT": "OTHER", "FINANCING_FEE": "OTHER"}
WORDS = [
    ("machine_contract", "pay_mode", "paymode", MODES),
    ("contract_amendment", "pay_mode", "paymode", MODES),
    ("approval_rule", "pay_mode", "rulepaymode", MODES),
    ("archive_rule", "pay_mode", "paymode", MODES),
    ("machine_contract", "repay_method", "repaymethod", METHODS),
    ("contract_amendment", "repay_method", "repaymethod", METHODS),
    ("instalment_plan", "method", "repaymethod", METHODS),
    ("contract_fee", "kind", "feekind", FEES),
    ("amendment_fee", "kind", "feekind", FEES),
    ("receivable", "fee_kind", "feekind", FEES),
    ("receivable", "kind", "receivablekind", {"TRADE_IN": "OTHER"}),
    ("receipt_fund", "kind", "fundkind", {"OFFSET": "PREPAID"}),
    ("payable", "kind", "payablekind", {"AGENCY": "OTHER"}),
]
TERMS = [
    ("payout_on", "DATE"),
    ("is_paid_out_first", "BOOLEAN NOT NULL DEFAULT {false}"),
    ("trade_in_amount", "{money} NOT NULL DEFAULT 0"),
    ("trade_in_serial", "VARCHAR(40)"),
    ("trade_in_year", "INTEGER"),
]
REFERENCES = [
    *(
        (table, column, target)
        for table in ("machine_contract", "contract_amendment")
        for column, target in (
            ("financier_id", "supplier"),
            ("trade_in_model_id", "machine_model"),
            ("trade_in_yard_id", "warehouse"),
        )
    ),
    ("contract_fee", "payee_id", "supplier"),
    ("amendment_fee", "payee_id", "supplier"),
    ("receipt_fund", "payable_id", "payable"),
    ("payable", "contract_id", "machine_contract"),
    ("machine_inbound", "contract_id", "machine_contract"),
    ("part_sale", "contract_id", "machine_contract"),
]
GIFTS = {"contract_gift": ("contract_id", "machine_contract"), "amendment_gift": ("amendment_id", "contract_amendment")}
GIFT_KINDS = sa.Enum("COUPON", "PART", "SERVICE", name="giftkind", native_enum=False, create_constraint=True, length=20)
GIFT_WHOLE = (
    "(kind = 'COUPON' AND coupon_type_id IS NOT NULL AND face_amount > 0) "
    "OR (kind = 'PART' AND part_id IS NOT NULL AND warehouse_id IS NOT NULL AND quantity > 0) "
    "OR (kind = 'SERVICE' AND times > 0)"
)


def is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def exact(places: int) -> sa.types.TypeEngine:
    return sa.Numeric(18, places).with_variant(sa.BigInteger(), "sqlite")


def write_anew(table: str, columns: list[sa.Column], *more: sa.schema.SchemaItem) -> None:
    """A small table with other columns; rows keep their ids, what a new column lacks is what `server_default` says."""
    connection = op.get_bind()
    names = [column.name for column in columns]
    rows = [dict(row) for row in connection.execute(sa.text(f"SELECT * FROM {table} ORDER BY id")).mappings()]  # noqa: S608
    op.drop_table(table)
    op.create_table(table, *columns, *more)
    for column in columns:
        if column.foreign_keys and column.name not in ("contract_id", "amendment_id"):
            op.create_index(f"ix_{table}_{column.name}", table, [column.name])
    for row in rows:
        kept = {name: row[name] for name in names if name in row}
        places = ", ".join(f":{name}" for name in kept)
        connection.execute(sa.text(f"INSERT INTO {table} ({', '.join(kept)}) VALUES ({places})"), kept)  # noqa: S608
    if not is_sqlite() and rows:
        top = max(row["id"] for row in rows)
        connection.execute(sa.text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {top})"))


ONE_PAPER = "CONSTRAINT uq_machine_inbound_unit_id UNIQUE (unit_id)"


def may_come_again(*, may: bool) -> None:
    """A machine may come in by several papers in its life. SQLite: the table is written anew from its own text."""
    if not is_sqlite():
        if may:
            op.drop_constraint("uq_machine_inbound_unit_id", "machine_inbound")
            op.create_index("ix_machine_inbound_unit_id", "machine_inbound", ["unit_id"])
        else:
            op.drop_index("ix_machine_inbound_unit_id", "machine_inbound")
            op.create_unique_constraint("uq_machine_inbound_unit_id", "machine_inbound", ["unit_id"])
        return
    if not may:
        op.drop_index("ix_machine_inbound_unit_id", "machine_inbound")
    connection = op.get_bind()
    about = sa.text(
        "SELECT sql FROM sqlite_master WHERE tbl_name = 'machine_inbound' AND type = :type AND sql IS NOT NULL"
    )
    text = connection.scalar(about, {"type": "table"})
    indexes = list(connection.scalars(about, {"type": "index"}))
    number = "CONSTRAINT uq_machine_inbound_number UNIQUE (number)"
    text = re.sub(rf",\s*{re.escape(ONE_PAPER)}", "", text) if may else text.replace(number, f"{number}, {ONE_PAPER}")
    connection.execute(
        sa.text(re.sub(r"^CREATE TABLE \"?machine_inbound\"?", "CREATE TABLE machine_inbound_anew", text))
    )
    connection.execute(sa.text("INSERT INTO machine_inbound_anew SELECT * FROM machine_inbound"))
    connection.execute(sa.text("DROP TABLE machine_inbound"))
    connection.execute(sa.text("ALTER TABLE machine_inbound_anew RENAME TO machine_inbound"))
    for index in indexes:
        connection.execute(sa.text(index))
    if may:
        op.create_index("ix_machine_inbound_unit_id", "machine_inbound", ["unit_id"])


def upgrade() -> None:
    for table, column, check, words in WORDS:
        reword(table, column, check, list(words))
    money, false = ("BIGINT", "0") if is_sqlite() else ("NUMERIC(18, 2)", "false")
    for table in ("machine_contract", "contract_amendment"):
        for name, kind in TERMS:
            op.execute(f"ALTER TABLE {table} ADD COLUMN {name} {kind.format(money=money, false=false)}")
    for table, column, target in REFERENCES:
        refer(table, column, target)
    op.add_column("machine_inbound", sa.Column("before", sa.JSON(), nullable=True))
    may_come_again(may=True)
    for table, (parent, target) in GIFTS.items():
        write_anew(
            table,
            [
                sa.Column(parent, sa.Integer(), sa.ForeignKey(f"{target}.id", ondelete="CASCADE"), nullable=False),
                sa.Column("line_number", sa.Integer(), nullable=False),
                sa.Column("kind", GIFT_KINDS, nullable=False, server_default="COUPON"),
                sa.Column("face_amount", exact(2), nullable=False),
                sa.Column("quantity", exact(3), nullable=False, server_default="0"),
                sa.Column("times", sa.Integer(), nullable=False, server_default="0"),
                sa.Column("valid_days", sa.Integer(), nullable=False),
                sa.Column("coupon_type_id", sa.Integer(), sa.ForeignKey("coupon_type.id"), nullable=True),
                sa.Column("part_id", sa.Integer(), sa.ForeignKey("part.id"), nullable=True),
                sa.Column("warehouse_id", sa.Integer(), sa.ForeignKey("warehouse.id"), nullable=True),
                sa.Column("id", sa.Integer(), primary_key=True),
            ],
            sa.CheckConstraint(GIFT_WHOLE, name="whole"),
            sa.UniqueConstraint(parent, "line_number"),
        )
    for table, (parent, target) in (
        ("contract_instalment", GIFTS["contract_gift"]),
        ("amendment_instalment", GIFTS["amendment_gift"]),
    ):
        op.create_table(
            table,
            sa.Column(parent, sa.Integer(), sa.ForeignKey(f"{target}.id", ondelete="CASCADE"), nullable=False),
            sa.Column("line_number", sa.Integer(), nullable=False),
            sa.Column("due_on", sa.Date(), nullable=False),
            sa.Column("principal_amount", exact(2), nullable=False),
            sa.Column("interest_amount", exact(2), nullable=False),
            sa.Column("id", sa.Integer(), primary_key=True),
            sa.CheckConstraint("principal_amount >= 0 AND interest_amount >= 0", name="positive"),
            sa.UniqueConstraint(parent, "line_number"),
        )


def downgrade() -> None:
    op.drop_table("amendment_instalment")
    op.drop_table("contract_instalment")
    for table, (parent, target) in GIFTS.items():
        op.execute(f"DELETE FROM {table} WHERE kind <> 'COUPON'")  # noqa: S608 - names of our own
        write_anew(
            table,
            [
                sa.Column(parent, sa.Integer(), sa.ForeignKey(f"{target}.id", ondelete="CASCADE"), nullable=False),
                sa.Column("line_number", sa.Integer(), nullable=False),
                sa.Column("face_amount", exact(2), nullable=False),
                sa.Column("valid_days", sa.Integer(), nullable=False),
                sa.Column("coupon_type_id", sa.Integer(), sa.ForeignKey("coupon_type.id"), nullable=False),
                sa.Column("id", sa.Integer(), primary_key=True),
            ],
            sa.CheckConstraint("face_amount > 0", name="face_positive"),
            sa.UniqueConstraint(parent, "line_number"),
        )
    may_come_again(may=False)
    op.drop_column("machine_inbound", "before")
    for table, column, _target in reversed(REFERENCES):
        forget(table, column)
    for table in ("machine_contract", "contract_amendment"):
        for name, _kind in TERMS:
            op.execute(f"ALTER TABLE {table} DROP COLUMN {name}")
    modes = ", ".join(f"'{mode}'" for mode in MODES)
    op.execute(f"DELETE FROM archive_rule WHERE pay_mode IN ({modes})")  # noqa: S608 - words of our own
    ruled = f"SELECT id FROM approval_rule WHERE pay_mode IN ({modes})"  # noqa: S608
    op.execute(f"DELETE FROM approval_step WHERE rule_id IN ({ruled})")  # noqa: S608
    op.execute(f"DELETE FROM approval_rule WHERE pay_mode IN ({modes})")  # noqa: S608
    for table, column, check, words in reversed(WORDS):
        forget_words(table, column, check, words)
