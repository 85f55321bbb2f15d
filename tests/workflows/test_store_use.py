"""A store that is switched off: not while it holds or awaits something, and nothing new into it or out of it."""

from __future__ import annotations

from typing import Any

import pytest

from app import models as m
from app.enums import WarehouseKind
from app.errors import BusinessError, NotEnoughStock, NotYours, WrongState
from app.unit_of_work import change, create, fire
from tests.kit import D, World, on_both
from tests.parts import agreed, new_part, open_stores, opening, ordered, said, sale
from tests.stories import hire


def switch_off(world: World, store: m.Warehouse) -> m.Warehouse:
    return change(world.row(m.Warehouse, id=store.id), {"is_enabled": False}, by=world["sysadmin"])


def moved(store: m.Warehouse, to: m.Warehouse, part: m.Part, quantity: str = "1") -> dict[str, Any]:
    return {"source": store, "target": to, "lines": [{"part": part, "quantity": D(quantity)}]}


@on_both
def test_a_store_with_parts_or_papers_is_not_switched_off(world: World) -> None:
    main, branch = open_stores(world)
    part = new_part(world)
    opening(world, part, main, "3", "300.00")
    with pytest.raises(WrongState, match="LX-1") as held:
        switch_off(world, main)
    assert held.value.field == "is_enabled"
    order = ordered(world, branch, (part, "1", "113"))
    with pytest.raises(WrongState, match=order.number):
        switch_off(world, branch)
    fire(order, "cancel", by=world["buyer"], reason="不买了")
    paper = create(m.StockTransfer, moved(main, branch, part), by=world["clerk"])
    with pytest.raises(WrongState, match=paper.number):
        switch_off(world, branch)
    fire(paper, "cancel", by=world["clerk"], reason="不调了")
    with pytest.raises(WrongState, match="LX-1") as kind:
        change(world.row(m.Warehouse, id=main.id), {"kind": WarehouseKind.MACHINE}, by=world["sysadmin"])
    assert kind.value.field == "kind"
    assert not switch_off(world, branch).is_enabled


@on_both
def test_a_sale_that_waits_for_goods_keeps_its_store_in_use(world: World) -> None:
    main, _ = open_stores(world)
    part = new_part(world)
    paper = sale(world, world.company(credit_limit=D(99_999)), main, (part, "2", "100"))
    with pytest.raises(WrongState, match=paper.number):
        switch_off(world, main)
    fire(paper, "approve", by=world["gm"], despite_shortage=True)
    with pytest.raises(WrongState, match=paper.number):
        switch_off(world, main)


def test_nothing_new_goes_into_or_out_of_a_store_that_is_off(world: World) -> None:
    main, branch = open_stores(world)
    part = new_part(world)
    opening(world, part, main, "3", "300.00")
    switch_off(world, branch)
    by, off = world["clerk"], world.row(m.Warehouse, id=branch.id)
    customer = world.company(credit_limit=D(99_999))
    bought = {
        "supplier": world.row(m.Supplier, name="滤清器厂"),
        "lines": [{"part": part, "quantity": D(1), "unit_price": D(1)}],
    }
    sold = {
        "quotation": agreed(world, customer, (part, "1", "100")),
        "sale_type": world.row(m.SaleType, code="walk_in"),
    }
    for entity, values, who in (
        (m.PurchaseOrder, bought, world["buyer"]),
        (m.PartSale, sold, world["sales1"]),
        (m.StockCount, {}, world["keeper"]),
    ):
        with pytest.raises(BusinessError, match="停用") as refused:
            create(entity, {"warehouse": off} | values, by=who)
        assert refused.value.field == "warehouse"
    for values, field in ((moved(main, off, part), "target"), (moved(off, main, part), "source")):
        with pytest.raises(BusinessError, match="停用") as refused:
            create(m.StockTransfer, values, by=by)
        assert refused.value.field == field


@on_both
def test_a_keeper_sends_to_a_van_or_to_a_store_of_somebody_else_and_only_out_of_his_own(world: World) -> None:
    """Was refused: he did not see the store. Who receives is whoever keeps it."""
    main, _ = open_stores(world)
    part = new_part(world)
    opening(world, part, main, "5", "500.00")
    other = hire(world, "keeper2", "钱仓", ["keeper"], number="901")
    far = create(
        m.Warehouse,
        {"code": "YK", "name": "远库", "kind": WarehouseKind.BRANCH, "department": world.row(m.Department, code="FWB"),
         "keepers": [{"employee_id": other.employee_id}]},
    )  # fmt: skip
    van = world.row(m.Warehouse, owner_id=world["tech1"].employee_id)
    for target in (far, van):
        paper = create(m.StockTransfer, moved(main, target, part), by=world["keeper"])
        fire(paper, "ship", by=world["keeper"])
        with pytest.raises(BusinessError):
            fire(paper, "receive", by=world["keeper"], lines=said(paper.lines, "1"))
    with pytest.raises(NotYours) as refused:
        create(m.StockTransfer, moved(far, main, part), by=world["keeper"])
    assert refused.value.field == "source"


def test_nobody_plans_to_send_what_is_not_there(world: World) -> None:
    """Three of none were saved and refused only when they were to leave."""
    main, branch = open_stores(world)
    part = new_part(world)
    with pytest.raises(NotEnoughStock, match="LX-1") as refused:
        create(m.StockTransfer, moved(main, branch, part, "3"), by=world["keeper"])
    assert refused.value.field == "lines"


@on_both
def test_the_unit_of_a_part_stays_once_something_counts_in_it(world: World) -> None:
    main, _ = open_stores(world)
    fresh, used = new_part(world, "LX-9"), new_part(world)
    opening(world, used, main, "5", "500.00")
    assert change(fresh, {"unit_name": "箱"}, by=world["buyer"]).unit_name == "箱"
    with pytest.raises(WrongState, match="新建一个配件") as refused:
        change(world.row(m.Part, id=used.id), {"unit_name": "箱"}, by=world["buyer"])
    assert refused.value.field == "unit_name"
    assert change(world.row(m.Part, id=used.id), {"name": "机滤"}, by=world["buyer"]).name == "机滤"
