"""names are ordered by pinyin: a collation of PostgreSQL; SQLite is told with every connection

A server without ICU orders them as before.

Revision: 0030; follows 0029
"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        return
    has_icu = connection.scalar(sa.text("SELECT count(*) FROM pg_collation WHERE collprovider = 'i'"))
    rule = "(provider = icu, locale = 'zh-u-co-pinyin')" if has_icu else 'FROM "C"'
    op.execute(f"CREATE COLLATION IF NOT EXISTS pinyin {rule}")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP COLLATION IF EXISTS pinyin")
