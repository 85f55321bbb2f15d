"""debts before dispatch fall due with the dispatch; the day a contract was approved; the day on which the rest is promised

Revision: 0036; follows 0035
"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

AWAY = "SELECT contract_id FROM machine_dispatch WHERE state = 'DONE'"
LAST_DAY = "SELECT max(d.business_on) FROM machine_dispatch d WHERE d.contract_id = receivable.contract_id AND d.state = 'DONE'"


def upgrade() -> None:
    op.add_column("machine_contract", sa.Column("special_until", sa.Date(), nullable=True))
    op.add_column("machine_contract", sa.Column("approved_on", sa.Date(), nullable=True))
    op.create_index("ix_machine_contract_approved_on", "machine_contract", ["approved_on"])
    day = "date(max(at))" if op.get_bind().dialect.name == "sqlite" else "CAST(max(at) AS DATE)"
    op.execute(
        f"UPDATE machine_contract SET approved_on = (SELECT {day} FROM state_change c WHERE "  # noqa: S608
        "c.document = 'MachineContract' AND c.document_id = machine_contract.id AND c.after = 'APPROVED' AND "
        "c.before = 'PENDING')"
    )
    op.execute(
        "UPDATE receivable SET due_on = NULL WHERE is_before_dispatch AND payer_id IS NULL AND "  # noqa: S608
        f"contract_id IS NOT NULL AND contract_id NOT IN ({AWAY})"
    )
    op.execute(
        f"UPDATE receivable SET due_on = ({LAST_DAY}) WHERE is_before_dispatch AND payer_id IS NULL AND "  # noqa: S608
        f"contract_id IN ({AWAY})"
    )


def downgrade() -> None:
    op.execute(
        "UPDATE receivable SET due_on = (SELECT signed_on FROM machine_contract c WHERE c.id = receivable.contract_id) "
        "WHERE is_before_dispatch AND payer_id IS NULL AND contract_id IS NOT NULL AND kind <> 'TRADE_IN'"
    )
    op.execute("UPDATE receivable SET due_on = NULL WHERE kind = 'TRADE_IN'")
    op.drop_index("ix_machine_contract_approved_on", "machine_contract")
    for column in ("approved_on", "special_until"):
        op.execute(f"ALTER TABLE machine_contract DROP COLUMN {column}")
