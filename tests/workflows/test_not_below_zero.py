"""No price, discount, amount or rate of the parts chapter is below zero, by whatever door it comes."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from app import models as m
from app.database import db
from app.errors import WrongAmount
from app.unit_of_work import change, create
from tests.kit import D, World, on_both
from tests.parts import agreed, new_part, open_stores, opening, sale


@on_both
def test_a_discount_below_zero_is_refused_beside_the_field_and_by_the_database(world: World) -> None:
    """−50.00 made 500.00 of goods a debt of 550.00: only the form refused it."""
    main, _ = open_stores(world)
    part = new_part(world)
    customer = world.company(credit_limit=D(99_999))
    values: dict[str, Any] = {
        "quotation": agreed(world, customer, (part, "5", "100")), "warehouse": main,
        "sale_type": world.row(m.SaleType, code="walk_in"), "discount_amount": D(-50),
    }  # fmt: skip
    with pytest.raises(WrongAmount) as refused:
        create(m.PartSale, values, by=world["sales1"])
    assert refused.value.field == "discount_amount"
    paper = create(m.PartSale, values | {"discount_amount": D(0)}, by=world["sales1"])
    with pytest.raises(IntegrityError):
        db.session.execute(
            sa.update(m.PartSale.__table__).where(m.PartSale.id == paper.id).values(discount_amount=D(-50))
        )
    db.session.rollback()


@on_both
@pytest.mark.parametrize("name", ["retail_price", "inner_price", "tax_rate", "min_stock", "max_stock", "warranty_days"])
def test_no_figure_of_a_part_is_below_zero(world: World, name: str) -> None:
    open_stores(world)
    part = new_part(world)
    with pytest.raises(WrongAmount) as refused:
        change(part, {name: -1 if name == "warranty_days" else D(-1)}, by=world["buyer"])
    assert refused.value.field == name
    db.session.rollback()
    with pytest.raises(IntegrityError):
        db.session.execute(sa.update(m.Part.__table__).values({name: -1 if name == "warranty_days" else D(-1)}))
    db.session.rollback()


def test_lines_are_told_beside_the_lines(world: World) -> None:
    main, _ = open_stores(world)
    part = new_part(world)
    opening(world, part, main, "5", "500.00")
    assert sale(world, world.company(credit_limit=D(9_999)), main, (part, "1", "0"), upto="draft").goods_amount == D(0)
    lines = [{"part": part, "quantity": D(1), "unit_price": D(1), "tax_rate": D("-0.13")}]
    with pytest.raises(WrongAmount) as refused:
        bought = {"supplier": world.row(m.Supplier, name="滤清器厂"), "warehouse": main, "lines": lines}
        create(m.PurchaseOrder, bought, by=world["buyer"])
    assert refused.value.field == "lines"
