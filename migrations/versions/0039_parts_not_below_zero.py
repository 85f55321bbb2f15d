"""prices, discounts, stock bounds and counted pieces of the parts chapter are not below zero, in the database as well

What only the form refused may stand in old rows. A discount below zero was a surcharge: it becomes part of the goods, of the
first line, so that what the customer owes stays; other figures below zero meant nothing and become zero.

Revision: 0039; follows 0038
"""

import sqlalchemy as sa
from alembic import op

from migrations.by_hand import bound, unbound

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None
BOUNDS = (
    ("part_sale", "discount", "discount_amount >= 0 AND discount_amount <= goods_amount"),
    ("part", "prices", "retail_price >= 0 AND wholesale_price >= 0 AND inner_price >= 0"),
    ("part", "measures", "tax_rate >= 0 AND min_stock >= 0 AND max_stock >= 0 AND warranty_days >= 0"),
    ("purchase_line", "terms", "tax_rate >= 0 AND (agreed_amount IS NULL OR agreed_amount >= 0)"),
    ("transfer_line", "pieces", "shipped_quantity >= 0 AND received_quantity >= 0 AND lost_quantity >= 0"),
    ("count_line", "pieces", "book_quantity >= 0 AND (actual_quantity IS NULL OR actual_quantity >= 0)"),
)
ZEROED = {
    "part": ("retail_price", "wholesale_price", "inner_price", "tax_rate", "min_stock", "max_stock", "warranty_days"),
    "purchase_line": ("tax_rate", "agreed_amount"),
    "transfer_line": ("shipped_quantity", "received_quantity", "lost_quantity"),
    "count_line": ("book_quantity", "actual_quantity"),
}


def upgrade() -> None:
    op.execute(
        "UPDATE sale_line SET amount = amount - (SELECT s.discount_amount FROM part_sale s WHERE s.id = sale_line.sale_id)"
        " WHERE line_number = (SELECT min(o.line_number) FROM sale_line o WHERE o.sale_id = sale_line.sale_id)"
        " AND sale_id IN (SELECT id FROM part_sale WHERE discount_amount < 0)"
    )
    op.execute(
        "UPDATE part_sale SET goods_amount = goods_amount - discount_amount, discount_amount = 0 WHERE discount_amount < 0"
    )
    op.execute("UPDATE part_sale SET discount_amount = goods_amount WHERE discount_amount > goods_amount")
    for table, columns in ZEROED.items():
        for column in columns:
            value = sa.column(column)
            op.execute(sa.update(sa.table(table, value)).where(value < 0).values({column: 0}))
    for table, name, rule in BOUNDS:
        bound(table, name, rule)


def downgrade() -> None:
    for table, name, rule in reversed(BOUNDS):
        unbound(table, name, rule)
