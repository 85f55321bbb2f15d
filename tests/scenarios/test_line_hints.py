"""Beside a line of a quotation: the price of the customer's level, what he paid last, and what could replace the part."""

from __future__ import annotations

from typing import Any

from app import clock
from app import models as m
from app.actor import SYSTEM, acting_as
from app.database import db
from app.enums import PriceLevel, SettleWay, SubstituteDirection
from app.unit_of_work import change, create, fire
from app.workflows.parts import pricing
from tests.kit import START, D, World
from tests.workflows.test_back_order import Story


def shelf(site: World) -> dict[str, Any]:
    """Ten of a part that cost 180 / 150 / 120, five of its substitute, a customer at wholesale who once paid 170."""
    p = Story(site)
    change(p.hydraulic, {"wholesale_price": D(150), "inner_price": D(120)}, by=site["buyer"])
    other = p.part("LX-2001", "替代滤芯", "99")
    create(m.PartSubstitute, {"part": p.hydraulic, "substitute": other, "direction": SubstituteDirection.BOTH})
    p.received(site.row(m.InboundReceipt, order_id=p.ordered((other, "5", "50")).id), "5")
    sale = p.sale("1")
    fire(sale, "approve", by=site["sales_manager"])
    customer = site.row(m.Customer, id=sale.customer_id)
    change(customer, {"price_level": PriceLevel.WHOLESALE}, by=site["clerk"])
    assert sale.settle_way is SettleWay.CREDIT
    return {"customer": customer.id, "part": p.hydraulic.id, "other": other.id, "store": p.main.id}


def compute(site: World, ids: dict[str, Any], screen: str = "partquotationview", **fields: Any) -> dict[str, str]:
    sent = {"lines-shown": "1", "lines-0-part": str(ids["part"]), "lines-0-quantity": "2", "lines-0-unit_price": ""}
    answer = site.browser("clerk").post(f"/{screen}/compute", {**sent, **fields})
    assert answer.status_code == 200
    return answer.get_json()


def test_a_line_tells_price_stock_and_what_was_paid(site: World) -> None:
    with site.app.app_context(), clock.on(START), acting_as(SYSTEM):
        ids = shelf(site)
        db.session.remove()
    told = compute(site, ids, customer=str(ids["customer"]))
    assert told["lines-0-unit_price"] == "150.00" and told["total"] == "300.00"
    assert (told["lines-0-available"], told["lines-0-last_price"], told["lines-0-substitutes"]) == ("9", "180.00", "")
    told = compute(site, ids, customer=str(ids["customer"]), **{"lines-0-quantity": "20", "lines-0-unit_price": "160"})
    assert "lines-0-unit_price" not in told and told["total"] == "3,200.00"
    assert told["lines-0-substitutes"] == "LX-2001 5"
    told = compute(site, ids)
    assert (told["lines-0-unit_price"], told["lines-0-last_price"]) == ("180.00", "")


def test_the_kind_of_sale_decides_before_the_customer(site: World) -> None:
    with site.app.app_context(), clock.on(START), acting_as(SYSTEM):
        ids = shelf(site)
        kinds = {code: site.row(m.SaleType, code=code) for code in ("walk_in", "wholesale", "self_use")}
        part, customer = site.row(m.Part, id=ids["part"]), site.row(m.Customer, id=ids["customer"])
        prices = {code: pricing.default_price(part, customer, kind) for code, kind in kinds.items()}
        assert prices == {"walk_in": D(150), "wholesale": D(150), "self_use": D(0)}
        assert pricing.default_price(part, None, kinds["walk_in"]) == D(180)
        kind_ids = {code: kind.id for code, kind in kinds.items()}
        db.session.remove()
    told = compute(site, ids, "partsaleview", sale_type=str(kind_ids["self_use"]), warehouse=str(ids["store"]))
    assert told["lines-0-unit_price"] == "0.00" and told["lines-0-available"] == "9"


def test_a_one_way_substitute_counts_one_way(site: World) -> None:
    with site.app.app_context(), clock.on(START), acting_as(SYSTEM):
        ids = shelf(site)
        found = pricing.substitutes([ids["other"]])
        assert [(part.part_number, free) for part, free in found[ids["other"]]] == [("LX-1001", D(9))]
        change(site.row(m.PartSubstitute), {"direction": SubstituteDirection.ONE})
        assert pricing.substitutes([ids["other"]])[ids["other"]] == []
        db.session.remove()
