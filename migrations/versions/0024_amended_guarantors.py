"""guarantors of amendments; those that are not decided take along the guarantors that their contract has

What was approved stays as it was approved, to the last letter of its content.

Revision: 0024; follows 0023
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

TERMS = ("name", "id_number", "mobile", "relation", "kind", "assets")


def upgrade() -> None:
    op.create_table(
        "amendment_guarantor",
        sa.Column("amendment_id", sa.Integer(), nullable=False),
        sa.Column("line_number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=50), nullable=False),
        sa.Column("id_number", sa.String(length=18), nullable=False),
        sa.Column("mobile", sa.String(length=20), nullable=False),
        sa.Column("relation", sa.String(length=40), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "JOINT",
                "GENERAL",
                "MORTGAGE",
                name="guaranteekind",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("assets", sa.String(length=200), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["amendment_id"], ["contract_amendment.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("amendment_id", "line_number"),
    )
    op.execute(
        "INSERT INTO amendment_guarantor (amendment_id, line_number, name, id_number, mobile, relation, kind, assets) "
        "SELECT a.id, g.line_number, g.name, g.id_number, g.mobile, g.relation, g.kind, g.assets "
        "FROM contract_amendment a JOIN guarantor g ON g.contract_id = a.contract_id "
        "WHERE a.state IN ('DRAFT', 'PENDING', 'REJECTED')"
    )
    _say_before(lambda before, lines: before | {"guarantors": lines})


def downgrade() -> None:
    _say_before(lambda before, lines: {name: value for name, value in before.items() if name != "guarantors"})
    op.drop_table("amendment_guarantor")


def _say_before(change) -> None:  # type: ignore[no-untyped-def]
    """What the contract said before an amendment, with or without its guarantors."""
    connection = op.get_bind()
    paper = sa.table("contract_amendment", sa.column("id"), sa.column("before", sa.JSON()))
    line = sa.table("amendment_guarantor", sa.column("amendment_id"), sa.column("line_number"), *map(sa.column, TERMS))
    theirs = sa.select(line.c.amendment_id)
    for row in connection.execute(sa.select(paper).where(paper.c.id.in_(theirs))).all():
        lines = connection.execute(
            sa.select(*(line.c[name] for name in TERMS))
            .where(line.c.amendment_id == row.id)
            .order_by(line.c.line_number)
        )
        before = row.before if isinstance(row.before, dict) else json.loads(row.before or "{}")
        told = change(before, [dict(entry._mapping) for entry in lines])
        connection.execute(sa.update(paper).where(paper.c.id == row.id).values(before=told))
