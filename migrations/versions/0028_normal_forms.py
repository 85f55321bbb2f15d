"""names, phones and numbers that stand in the books already get their normal form; bank serials are compared in it

Documents keep what they said when they were approved. Where the normal form is somebody else's already, the row stays as
it is: a person decides.

Revision: 0028; follows 0027
"""

import sqlalchemy as sa
from alembic import op

from app.formulas import normal
from app.formulas.pinyin import initials

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

CARDS = {
    "contact": {"name": "name", "mobile": "phone", "phone2": "phone", "id_number": "code"},
    "customer": {"name": "name", "mobile": "phone", "credit_code": "code", "id_number": "code"},
    "supplier": {"name": "name", "phone": "phone", "credit_code": "code"},
    "employee": {"name": "name", "mobile": "phone"},
    "part": {"name": "name", "part_number": "article", "part_key": "key"},
    "part_category": {"name": "name"},
    "machine_model": {"brand": "name", "model": "article"},
    "machine_unit": {"serial_number": "code", "engine_number": "code"},
    "department": {"name": "name"},
    "warehouse": {"name": "name"},
    "fund_account": {"name": "name"},
    "tag": {"name": "name"},
}
SPELLED = {"contact": 60, "customer": 120, "supplier": 120, "employee": 60, "part": 60}
UNIQUE = {
    "contact": [("id_number",)],
    "customer": [("credit_code",), ("id_number",)],
    "supplier": [("name",), ("credit_code",)],
    "employee": [("mobile",)],
    "part": [("part_number",), ("part_key",)],
    "machine_model": [("brand", "model")],
    "machine_unit": [("serial_number",)],
    "warehouse": [("name",)],
    "fund_account": [("name",)],
    "tag": [("name",)],
}


def upgrade() -> None:
    for table, forms in CARDS.items():
        _rewrite(table, forms, UNIQUE.get(table, []))
    for table, length in SPELLED.items():
        _spell(table, length)
    _serials()


def downgrade() -> None:
    """A normal form is a right spelling before and after."""
    entry = sa.table("cash_entry", sa.column("serial"), sa.column("serial_key"))
    op.execute(sa.update(entry).where(entry.c.serial_key.is_not(None)).values(serial_key=entry.c.serial))


def _rewrite(table: str, forms: dict[str, str], unique: list[tuple[str, ...]]) -> None:
    """Every row of one table; a row whose normal form is taken stays."""
    connection = op.get_bind()
    card = sa.table(table, sa.column("id"), *map(sa.column, forms))
    rows = [dict(row._mapping) for row in connection.execute(sa.select(card))]
    taken = {names: {tuple(row[name] for name in names) for row in rows} for names in unique}
    for row in rows:
        kept = {name: normal.KEPT[form](row[name]) or row[name] for name, form in forms.items() if row[name]}
        changed = {name: text for name, text in kept.items() if text != row[name]}
        claims = {names: tuple((row | kept)[n] for n in names) for names in unique if set(names) & changed.keys()}
        if not changed or any(claim in taken[names] for names, claim in claims.items()):
            continue
        for names, claim in claims.items():
            taken[names].add(claim)
        connection.execute(sa.update(card).where(card.c.id == row["id"]).values(changed))


def _spell(table: str, length: int) -> None:
    """Initials that hold anything but letters, digits and blanks are made anew."""
    connection = op.get_bind()
    rows = sa.table(table, sa.column("id"), sa.column("name"), sa.column("initials"))
    for row_id, name, letters in connection.execute(sa.select(rows.c.id, rows.c.name, rows.c.initials)).all():
        if not letters.replace(" ", "").isalnum() or not letters.isascii():
            spelled = initials(name)[:length]
            connection.execute(sa.update(rows).where(rows.c.id == row_id).values(initials=spelled))


def _serials() -> None:
    """The older of two entries that are the same in their normal form keeps the key; both stay booked."""
    connection = op.get_bind()
    entry = sa.table("cash_entry", sa.column("id"), sa.column("account_id"), sa.column("serial_key"))
    rows = connection.execute(sa.select(entry).where(entry.c.serial_key.is_not(None)).order_by(entry.c.id)).all()
    taken = {(row.account_id, row.serial_key) for row in rows}
    for row in rows:
        kept = normal.key(row.serial_key) or None
        if kept == row.serial_key or (row.account_id, kept) in taken:
            continue
        taken.add((row.account_id, kept))
        connection.execute(sa.update(entry).where(entry.c.id == row.id).values(serial_key=kept))
