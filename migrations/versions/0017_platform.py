"""messages that leave the house; the record behind every line of the audit log; roles told on the employee

Revision: 0017; follows 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

# entity of a line, its table, the key of its header, the header
LINES = (
    ("WarehouseKeeper", "warehouse_keeper", "warehouse_id", "Warehouse"),
    ("ContractLine", "contract_line", "contract_id", "MachineContract"),
    ("ContractFee", "contract_fee", "contract_id", "MachineContract"),
    ("ContractGift", "contract_gift", "contract_id", "MachineContract"),
    ("TransferLine", "transfer_line", "transfer_id", "StockTransfer"),
    ("CountLine", "count_line", "count_id", "StockCount"),
    ("PurchaseLine", "purchase_line", "order_id", "PurchaseOrder"),
    ("InboundLine", "inbound_line", "receipt_id", "InboundReceipt"),
    ("PurchaseReturnLine", "purchase_return_line", "return_id", "PurchaseReturn"),
    ("QuotationLine", "quotation_line", "quotation_id", "PartQuotation"),
    ("SaleLine", "sale_line", "sale_id", "PartSale"),
    ("SaleCoupon", "sale_coupon", "sale_id", "PartSale"),
    ("OutboundLine", "outbound_line", "outbound_id", "PartOutbound"),
    ("ReturnLine", "return_line", "return_id", "SaleReturn"),
    ("WorkAssignment", "work_assignment", "work_order_id", "WorkOrder"),
    ("WorkOrderPart", "work_order_part", "work_order_id", "WorkOrder"),
    ("RequestLine", "request_line", "request_id", "PartRequest"),
    ("ReceiptFund", "receipt_fund", "receipt_id", "Receipt"),
    ("ReceiptAllocation", "receipt_allocation", "receipt_id", "Receipt"),
    ("PaymentLine", "payment_line", "payment_id", "Payment"),
)


def upgrade() -> None:
    op.create_table(
        "notice_channel",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "MAIL",
                "WECOM",
                "DINGTALK",
                "FEISHU",
                "WEBHOOK",
                name="channelkind",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("address", sa.String(length=500), nullable=True),
        sa.Column("address_hint", sa.String(length=160), nullable=True),
        sa.Column("roles", sa.String(length=300), nullable=False),
        sa.Column("kinds", sa.String(length=2000), nullable=False),
        sa.Column("is_enabled", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "outbox_message",
        sa.Column("channel_id", sa.Integer(), nullable=False),
        sa.Column("to", sa.String(length=120), nullable=True),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("body", sa.String(length=1000), nullable=False),
        sa.Column("is_trial", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "WAITING",
                "SENDING",
                "SENT",
                "GIVEN_UP",
                "UNSURE",
                "DISCARDED",
                name="outboxstate",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(), nullable=False),
        sa.Column("claim", sa.String(length=32), nullable=True),
        sa.Column("claimed_at", sa.DateTime(), nullable=True),
        sa.Column("sent_at", sa.DateTime(), nullable=True),
        sa.Column("error", sa.String(length=500), nullable=True),
        sa.Column("dedupe_key", sa.String(length=160), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["channel_id"],
            ["notice_channel.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("dedupe_key"),
    )
    with op.batch_alter_table("outbox_message", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outbox_message_channel_id"), ["channel_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_outbox_message_state"), ["state"], unique=False)

    op.create_table(
        "notice_preference",
        sa.Column("employee_id", sa.Integer(), nullable=False),
        sa.Column("mail", sa.String(length=120), nullable=True),
        sa.Column("kinds", sa.String(length=2000), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["employee_id"],
            ["employee.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("employee_id"),
    )
    op.add_column("employee", sa.Column("account_roles", sa.String(length=300), nullable=True))
    _tell_roles()
    op.add_column("audit_log", sa.Column("root", sa.String(length=40), nullable=False, server_default=""))
    op.add_column("audit_log", sa.Column("root_id", sa.Integer(), nullable=False, server_default="0"))
    _find_roots()
    op.create_index("ix_audit_log_root", "audit_log", ["root", "root_id"], unique=False)


def _tell_roles() -> None:
    """What roles the accounts have, beside the people."""
    connection = op.get_bind()
    found = connection.execute(
        sa.text(
            "SELECT e.id, r.name FROM employee e JOIN ab_user_role l ON l.user_id = e.user_id "
            "JOIN ab_role r ON r.id = l.role_id ORDER BY e.id, r.name"
        )
    )
    roles: dict[int, list[str]] = {}
    for employee_id, name in found.all():
        roles.setdefault(employee_id, []).append(name)
    for employee_id, names in roles.items():
        told = {"roles": ",".join(names), "id": employee_id}
        connection.execute(sa.text("UPDATE employee SET account_roles = :roles WHERE id = :id"), told)


def _find_roots() -> None:
    """The records behind the lines that are there already; for this once the log lets itself be written to."""
    connection = op.get_bind()
    is_sqlite = connection.dialect.name == "sqlite"
    if is_sqlite:
        trigger = connection.scalar(
            sa.text("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = 'tr_audit_log_no_update'")
        )
        op.execute("DROP TRIGGER tr_audit_log_no_update")
    else:
        op.execute("ALTER TABLE audit_log DISABLE TRIGGER tr_audit_log_append_only")
    op.execute("UPDATE audit_log SET root = entity, root_id = row_id")
    for entity, table, key, header in LINES:
        op.execute(  # names of ours
            f"UPDATE audit_log SET root = '{header}', root_id = (SELECT {key} FROM {table} t WHERE t.id = row_id) "
            f"WHERE entity = '{entity}' AND EXISTS (SELECT 1 FROM {table} t WHERE t.id = row_id)"
        )
    op.execute(sa.text(trigger) if is_sqlite else "ALTER TABLE audit_log ENABLE TRIGGER tr_audit_log_append_only")


def downgrade() -> None:
    op.drop_index("ix_audit_log_root", "audit_log")
    op.execute("ALTER TABLE audit_log DROP COLUMN root_id")
    op.execute("ALTER TABLE audit_log DROP COLUMN root")
    op.execute("ALTER TABLE employee DROP COLUMN account_roles")
    op.drop_table("notice_preference")
    op.drop_table("outbox_message")
    op.drop_table("notice_channel")
