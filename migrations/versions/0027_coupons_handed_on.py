"""a coupon that was handed on to another customer is told from one that was used up

Revision: 0027; follows 0026
"""

from alembic import op

from migrations.by_hand import reword

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

TELL = """
    UPDATE coupon SET state = 'HANDED_ON' WHERE state = 'USED' AND EXISTS (
        SELECT 1 FROM coupon_entry last WHERE last.movement = 'TRANSFER'
        AND last.id = (SELECT max(e.id) FROM coupon_entry e WHERE e.coupon_id = coupon.id)
    )
"""


def upgrade() -> None:
    reword("coupon", "state", "couponstate", ["HANDED_ON"])
    op.execute(TELL)


def downgrade() -> None:
    op.execute("UPDATE coupon SET state = 'USED' WHERE state = 'HANDED_ON'")
    reword("coupon", "state", "couponstate", ["HANDED_ON"], less=True)
