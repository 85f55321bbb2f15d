"""The last line of defence: what no verb would do, the database refuses to anybody who writes past them."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from app import models as m
from app.database import db
from app.unit_of_work import fire
from tests.kit import D, World, on_both
from tests.parts import new_part, open_stores, opening, ordered, said, sale
from tests.stories import coupon_of, part_debt

WRITES = [
    ("more pieces leave than are there", "UPDATE stock_balance SET quantity = -1, reserved = 0, amount = 0"),
    ("more is promised than is there", "UPDATE stock_balance SET reserved = quantity + 1"),
    ("pieces leave that are promised", "UPDATE stock_balance SET quantity = reserved - 1"),
    ("less than nothing is promised", "UPDATE stock_balance SET reserved = -1"),
    ("pieces are worth less than nothing", "UPDATE stock_balance SET amount = -1"),
    ("an empty shelf is worth something", "UPDATE stock_balance SET quantity = 0, reserved = 0"),
    ("a move is changed", "UPDATE stock_move SET amount = amount + 1"),
    ("a move is deleted", "DELETE FROM stock_move"),
    ("a coupon is overdrawn", "UPDATE coupon SET balance = balance - face_amount - 1"),
    ("a coupon is worth more than its face", "UPDATE coupon SET balance = face_amount + 1"),
    ("an entry of a coupon is changed", "UPDATE coupon_entry SET amount = amount + 1"),
    ("an entry of a coupon is deleted", "DELETE FROM coupon_entry"),
    ("a debt is overpaid", "UPDATE receivable SET settled_amount = amount + 1"),
    ("a supplier is overpaid", "UPDATE payable SET paid_amount = amount + 1"),
    ("more is shipped than was sold", "UPDATE sale_line SET shipped_quantity = quantity + 1"),
    ("more comes back than left", "UPDATE sale_line SET returned_quantity = shipped_quantity + 1"),
]


@on_both
def test_the_database_refuses_what_no_verb_would_do(world: World) -> None:
    """Ten pieces of which three are promised, a coupon, a debt and an invoice; every write is tried and taken back."""
    main, _ = open_stores(world)
    part, customer = new_part(world), world.company(credit_limit=D(10_000))
    opening(world, part, main, "10", "1000.00")
    coupon_of(world, customer, "100")
    sale(world, customer, main, (part, "3", "180"), upto="approve")
    part_debt(world, customer, "50")
    ordered(world, main, (part, "1", "113"))
    paper = world.row(m.InboundReceipt)
    fire(paper, "receive", by=world["keeper"], lines=said(paper.lines, "1"))
    assert world.rows(m.StockBalance, reserved=D(3)) and world.rows(m.Coupon) and world.rows(m.Payable)
    db.session.rollback()
    done = []
    for what, statement in WRITES:
        with db.engine.connect() as connection:
            try:
                hit = connection.execute(sa.text(statement)).rowcount
                done.append(f"{what}: {hit} rows")
            except DBAPIError:
                pass
            connection.rollback()
    assert not done, done


@on_both
@pytest.mark.parametrize(
    "statement", ["UPDATE stock_balance SET min_quantity = 1", "UPDATE sale_line SET cost_amount = 5"]
)
def test_what_is_right_is_not_refused(world: World, statement: str) -> None:
    """The refusals above are about the figures, not about writing as such."""
    main, _ = open_stores(world)
    part = new_part(world)
    opening(world, part, main, "10", "1000.00")
    sale(world, world.company(credit_limit=D(10_000)), main, (part, "3", "180"), upto="approve")
    with db.engine.connect() as connection:
        assert connection.execute(sa.text(statement)).rowcount > 0
        connection.rollback()
