"""the rest of a sale that is no longer delivered; kinds of sale for one industry; parts for a work order

Revision: 0009; follows 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

INDUSTRIES = "'EARTHWORK', 'MINE', 'MUNICIPAL', 'ROAD', 'RENTAL', 'REPAIR', 'DEALER', 'OTHER'"


def upgrade() -> None:
    # by hand: a batch would write the tables anew and lose their checks on SQLite
    exact = "BIGINT" if op.get_bind().dialect.name == "sqlite" else "NUMERIC(18, 3)"
    op.execute(
        f"ALTER TABLE sale_line ADD COLUMN closed_quantity {exact} NOT NULL DEFAULT 0 CONSTRAINT ck_sale_line_closed "
        "CHECK (closed_quantity >= 0 AND shipped_quantity + closed_quantity <= quantity)"
    )
    op.add_column("sale_return", sa.Column("is_unshipped", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute(
        "ALTER TABLE sale_type ADD COLUMN only_industry VARCHAR(20) CONSTRAINT ck_sale_type_industry "
        f"CHECK (only_industry IN ({INDUSTRIES}))"
    )
    op.execute("UPDATE sale_type SET only_industry = 'REPAIR' WHERE code = 'overhaul'")
    op.execute(
        "ALTER TABLE part_sale ADD COLUMN work_order_id INTEGER "
        "CONSTRAINT fk_part_sale_work_order_id_work_order REFERENCES work_order (id)"
    )
    op.create_index("ix_part_sale_work_order_id", "part_sale", ["work_order_id"])


def downgrade() -> None:
    op.drop_index("ix_part_sale_work_order_id", "part_sale")
    op.execute("ALTER TABLE part_sale DROP COLUMN work_order_id")
    op.execute("ALTER TABLE sale_type DROP COLUMN only_industry")
    op.drop_column("sale_return", "is_unshipped")
    op.execute("ALTER TABLE sale_line DROP COLUMN closed_quantity")
