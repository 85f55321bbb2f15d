"""配件申请: each line on its own way, no piece promised twice, and the state of the request is what its lines say."""

from __future__ import annotations

from typing import Any

import pytest

from app import models as m
from app.actor import SYSTEM
from app.enums import (
    EmergencyState,
    FulfilMode,
    PurchaseState,
    RequestLineState,
    RequestState,
    ShortageHandling,
    StockMovement,
    TransferKind,
    TransferState,
    WarehouseKind,
    WorkOrderState,
)
from app.errors import BusinessError, MissingData, NotAllowed, NotEnoughStock, NotYours, WrongAmount, WrongState
from app.unit_of_work import change, create, fire
from tests.kit import D, World, on_both
from tests.vans import Vans

L = RequestLineState


def asked(v: Vans, part: m.Part, quantity: str = "3", who: str = "tech1", **more: Any) -> m.RequestLine:
    """The one line of a request for a part."""
    request = create(m.PartRequest, {"lines": [{"part": part, "quantity": D(quantity)}]} | more, by=v.world[who])
    return v.world.row(m.RequestLine, request_id=request.id)


def lines_of(v: Vans, line: m.RequestLine) -> list[tuple[Any, Any]]:
    return [(x.quantity, x.state) for x in v.world.rows(m.RequestLine, request_id=line.request_id)]


def paper_of(v: Vans, line: m.RequestLine) -> m.StockTransfer:
    return v.world.row(m.StockTransfer, id=v.fresh(line).transfer_id)


def arriving(v: Vans, line: m.RequestLine) -> m.StockTransfer:
    """Matched by the clerk and shipped by the keeper."""
    fire(line, "match", by=v.world["clerk"], warehouse=v.main)
    return fire(paper_of(v, line), "ship", by=v.world["keeper"])


def came(paper: m.StockTransfer, quantity: str) -> list[dict[str, Any]]:
    return [{"id": paper.lines[0].id, "quantity": D(quantity)}]


@pytest.fixture
def stocked(world: World) -> tuple[Vans, m.Part]:
    v = Vans(world)
    part = v.part("LX-1")
    v.stocked(part, "10", "100.00")
    return v, part


def test_the_desk_and_the_buyers_hear_of_a_request(stocked: tuple[Vans, m.Part]) -> None:
    v, part = stocked
    line = asked(v, part)
    told = {n.to_id for n in v.world.rows(m.Notification) if n.entity == "PartRequest"}
    assert told == {v.world["clerk"].employee_id, v.world["buyer"].employee_id}
    assert v.world.row(m.PartRequest).source is m.enums.RequestSource.MY_PARTS and line.state is L.PENDING


def test_a_request_needs_a_van_a_line_and_a_quantity(stocked: tuple[Vans, m.Part]) -> None:
    v, part = stocked
    for lines, error in (([], MissingData), ([{"part": part, "quantity": D(0)}], BusinessError)):
        with pytest.raises(error):
            create(m.PartRequest, {"lines": lines}, by=v.world["tech1"])
    with pytest.raises(NotAllowed):
        asked(v, part, who="clerk")
    with pytest.raises(NotYours):
        asked(v, part, technician_id=v.world["tech2"].employee_id)


def test_parts_are_asked_for_an_order_by_who_works_on_it(stocked: tuple[Vans, m.Part]) -> None:
    v, part = stocked
    order = v.at_work(v.order(v.world.company()))
    with pytest.raises(NotYours):
        asked(v, part, who="tech2", work_order=order)
    line = asked(v, part, work_order=order)
    assert v.fresh(order).state is WorkOrderState.SUSPENDED
    fire(line, "reject", by=v.world["clerk"], reason="停产")
    assert v.fresh(order).state is WorkOrderState.IN_SERVICE
    told = [n.subject for n in v.world.rows(m.Notification, to_id=v.world["tech1"].employee_id)]
    assert any("停产" in subject for subject in told)
    v.finish(order, solution="临时处理")
    with pytest.raises(WrongState):
        asked(v, part, work_order=v.fresh(order))


def test_the_work_waits_for_the_last_of_two_requests(stocked: tuple[Vans, m.Part]) -> None:
    v, part = stocked
    order = v.at_work(v.order(v.world.company()))
    first, second = asked(v, part, "1", work_order=order), asked(v, part, "1", work_order=order)
    fire(first, "cancel", by=v.world["tech1"], reason="找到了")
    assert v.fresh(order).state is WorkOrderState.SUSPENDED
    paper = arriving(v, second)
    fire(paper, "receive", by=v.world["tech1"], lines=came(paper, "1"))
    assert v.fresh(order).state is WorkOrderState.IN_SERVICE


def test_a_line_is_split_over_three_ways_and_never_filled_twice(stocked: tuple[Vans, m.Part]) -> None:
    v, part = stocked
    line, world = asked(v, part, "6"), v.world
    with pytest.raises(WrongAmount) as refused:
        fire(line, "match", by=world["clerk"], warehouse=v.main, quantity=D(7))
    assert refused.value.field == "quantity"
    fire(line, "match", by=world["clerk"], warehouse=v.main, quantity=D(3))
    rest = world.rows(m.RequestLine, state=L.PENDING)[0]
    fire(rest, "buy", by=world["buyer"], mode=FulfilMode.DIRECT, supplier=v.supplier, unit_price=D(10), quantity=D(2))
    assert lines_of(v, line) == [(D(3), L.TO_SHIP), (D(2), L.PURCHASING), (D(1), L.PENDING)]
    last = world.rows(m.RequestLine, state=L.PENDING)[0]
    fire(
        last,
        "buy",
        by=world["buyer"],
        mode=FulfilMode.TO_STORE,
        supplier=v.supplier,
        unit_price=D(10),
        warehouse=v.main,
    )
    assert sum(q for q, _ in lines_of(v, line)) == D(6)
    for done in world.rows(m.RequestLine):
        with pytest.raises(WrongState):
            fire(done, "match", by=world["clerk"], warehouse=v.main)


def test_more_than_a_store_has_free_is_refused_and_nothing_changes(stocked: tuple[Vans, m.Part]) -> None:
    v, part = stocked
    first, second = asked(v, part, "8"), asked(v, part, "3", who="tech2")
    fire(first, "match", by=v.world["clerk"], warehouse=v.main)
    with pytest.raises(NotEnoughStock) as refused:
        fire(second, "match", by=v.world["clerk"], warehouse=v.main)
    assert "总库" in str(refused.value) and "2" in str(refused.value)
    assert v.fresh(second).state is L.PENDING and len(v.world.rows(m.StockTransfer)) == 1


def test_a_keeper_matches_from_his_own_store_only(stocked: tuple[Vans, m.Part]) -> None:
    v, part = stocked
    other = create(m.Warehouse, {"code": "FK", "name": "芜湖分库", "kind": WarehouseKind.BRANCH,
                                 "department": v.world.row(m.Department, code="XSB"),
                                 "keepers": [{"employee_id": v.world["clerk"].employee_id}]})  # fmt: skip
    v.stocked(part, "5", "50.00", other)
    line = asked(v, part, "1")
    for store, error in ((other, NotYours), (v.van("tech2"), WrongAmount)):
        with pytest.raises(error):
            fire(line, "match", by=v.world["keeper"], warehouse=store)
    fire(line, "match", by=v.world["keeper"], warehouse=v.main)
    assert v.fresh(line).state is L.TO_SHIP


def test_who_may_decide_what(stocked: tuple[Vans, m.Part]) -> None:
    v, part = stocked
    line, world = asked(v, part), v.world
    for who in ("tech1", "buyer", "service_manager", "gm"):
        with pytest.raises(NotAllowed):
            fire(line, "match", by=world[who], warehouse=v.main)
    for who in ("tech1", "keeper", "service_manager"):
        with pytest.raises(NotAllowed):
            fire(line, "buy", by=world[who], mode=FulfilMode.DIRECT, supplier=v.supplier, unit_price=D(1))
    with pytest.raises(NotYours):
        fire(line, "cancel", by=world["tech2"], reason="x")


def test_cancelling_a_transfer_frees_its_pieces_and_the_desk_decides_anew(stocked: tuple[Vans, m.Part]) -> None:
    v, part = stocked
    line = asked(v, part)
    fire(line, "match", by=v.world["clerk"], warehouse=v.main)
    paper = paper_of(v, line)
    with pytest.raises(NotYours):
        fire(paper, "cancel", by=v.world["tech1"], reason="x")
    with pytest.raises(WrongState):
        change(paper, {"remark": "改"}, by=v.world["clerk"])
    fire(paper, "cancel", by=v.world["clerk"], reason="库里找不到")
    assert v.world.row(m.StockBalance, warehouse_id=v.main.id).reserved == D(0)
    assert v.fresh(line).state is L.PENDING and v.world.row(m.PartRequest).state is RequestState.PENDING
    fire(v.fresh(line), "match", by=v.world["clerk"], warehouse=v.main)


@on_both
def test_parts_on_the_way_are_called_back_at_their_value_until_collected(world: World) -> None:
    v = Vans(world)
    part = v.part("LX-1")
    v.stocked(part, "3", "100.00")
    line = asked(v, part, "2")
    paper = arriving(v, line)
    assert v.shelf(part, v.main) == (D(1), D("33.33"))
    with pytest.raises(NotAllowed):
        fire(paper, "recall", by=world["tech1"], reason="x")
    fire(paper, "recall", by=world["keeper"], reason="发错了")
    assert v.shelf(part, v.main) == (D(3), D("100.00")) and v.fresh(line).state is L.PENDING
    assert v.fresh(paper).state is TransferState.CANCELLED
    with pytest.raises(WrongState):
        fire(paper, "receive", by=world["tech1"], lines=came(paper, "2"))


@pytest.mark.parametrize("arrived", ["1", "0"])
@pytest.mark.parametrize("how", [ShortageHandling.LOSS, ShortageHandling.BACK])
def test_what_never_came_is_handled_and_wanted_again(
    stocked: tuple[Vans, m.Part], arrived: str, how: ShortageHandling
) -> None:
    v, part = stocked
    line = asked(v, part)
    paper = arriving(v, line)
    with pytest.raises(WrongAmount):
        fire(paper, "receive", by=v.world["tech1"], lines=came(paper, "4"))
    fire(paper, "receive", by=v.world["tech1"], lines=came(paper, arrived))
    assert v.fresh(paper).state is TransferState.SHORT and v.fresh(line).state is L.SHORT
    assert v.world.row(m.PartRequest).state is RequestState.PROCESSING
    fire(paper, "settle", by=v.world["finance"], handling=how, reason="快递丢件")
    got = D(arrived)
    first = (got, L.DONE) if got else (D(3), L.CANCELLED)
    assert lines_of(v, line) == [first, (D(3) - got, L.PENDING)]
    assert v.shelf(part, v.van())[0] == got
    assert v.shelf(part, v.main)[0] == (D(7) if how is ShortageHandling.LOSS else D(10) - got)


def test_a_direct_purchase_may_come_in_two_parcels_worth_the_whole(stocked: tuple[Vans, m.Part]) -> None:
    v, _ = stocked
    part, world = v.part("DP-9"), v.world
    line = asked(v, part, "3")
    fire(line, "buy", by=world["buyer"], mode=FulfilMode.DIRECT, supplier=v.supplier, unit_price=D("33.33"))
    paper = world.row(m.EmergencyPurchase)
    fire(paper, "ship", by=world["buyer"], express_number="SF123")
    assert v.fresh(line).state is L.IN_TRANSIT
    with pytest.raises(WrongAmount):
        fire(paper, "collect", by=world["tech1"], quantity=D(4))
    with pytest.raises(NotYours):
        fire(paper, "collect", by=SYSTEM, quantity=D(1))
    fire(paper, "collect", by=world["tech1"], quantity=D(1))
    assert lines_of(v, line) == [(D(1), L.DONE), (D(2), L.IN_TRANSIT)]
    assert v.fresh(paper).state is EmergencyState.SHIPPED
    fire(paper, "collect", by=world["tech1"])
    assert sum(d.amount for d in world.rows(m.Payable)) == D("99.99") == v.fresh(paper).gross_amount
    assert v.shelf(part, v.van()) == (D(3), v.fresh(paper).net_amount)
    assert world.row(m.PartRequest).state is RequestState.DONE
    for receipt in world.rows(m.InboundReceipt):
        with pytest.raises(WrongState):
            fire(receipt, "reverse", by=world["finance"], reason="价格错")


def test_a_direct_purchase_is_cancelled_while_nothing_came(stocked: tuple[Vans, m.Part]) -> None:
    v, part = stocked
    line, world = asked(v, part), v.world
    fire(line, "buy", by=world["buyer"], mode=FulfilMode.DIRECT, supplier=v.supplier, unit_price=D(10))
    fire(world.row(m.EmergencyPurchase), "cancel", by=world["buyer"], reason="缺货")
    assert v.fresh(line).state is L.PENDING and v.fresh(line).emergency_id is None
    assert world.rows(m.Payable) == []


def to_store(v: Vans, line: m.RequestLine) -> tuple[m.EmergencyPurchase, m.PurchaseOrder, m.InboundReceipt]:
    world = v.world
    fire(
        line,
        "buy",
        by=world["buyer"],
        mode=FulfilMode.TO_STORE,
        supplier=v.supplier,
        unit_price=D(10),
        warehouse=v.main,
    )
    paper = world.row(m.EmergencyPurchase, id=v.fresh(line).emergency_id)
    order = world.row(m.PurchaseOrder, id=paper.order_id)
    return paper, order, world.row(m.InboundReceipt, order_id=order.id)


def test_half_of_what_goes_to_a_store_is_passed_on_at_once(stocked: tuple[Vans, m.Part]) -> None:
    v, _ = stocked
    part, world = v.part("DP-9"), v.world
    line = asked(v, part, "3")
    paper, order, receipt = to_store(v, line)
    fire(receipt, "receive", by=world["keeper"], lines=[{"id": receipt.lines[0].id, "quantity": D(2)}])
    assert lines_of(v, line) == [(D(2), L.TO_SHIP), (D(1), L.PURCHASING)]
    row = world.row(m.StockBalance, part_id=part.id, warehouse_id=v.main.id)
    assert (row.quantity, row.reserved) == (D(2), D(2))
    fire(order, "close", by=world["buyer"], reason="只有两件")
    assert lines_of(v, line) == [(D(2), L.TO_SHIP), (D(1), L.PENDING)]
    assert v.fresh(paper).state is EmergencyState.DONE


def test_its_purchase_order_is_cancelled_and_the_line_waits_again(stocked: tuple[Vans, m.Part]) -> None:
    v, part = stocked
    line = asked(v, part)
    paper, order, _ = to_store(v, line)
    with pytest.raises(WrongState) as refused:
        fire(paper, "cancel", by=v.world["buyer"], reason="缺货")
    assert order.number in str(refused.value)
    fire(order, "cancel", by=v.world["buyer"], reason="缺货")
    assert v.fresh(paper).state is EmergencyState.CANCELLED and v.fresh(line).state is L.PENDING
    assert v.fresh(order).state is PurchaseState.CANCELLED


def test_a_supplier_a_price_and_for_a_store_a_store_are_needed(stocked: tuple[Vans, m.Part]) -> None:
    v, part = stocked
    line, by = asked(v, part), v.world["buyer"]
    for answers, field in (
        ({"mode": FulfilMode.TO_STORE, "unit_price": D(1)}, "warehouse"),
        ({"mode": FulfilMode.TO_STORE, "unit_price": D(1), "warehouse": v.van("tech2")}, "warehouse"),
        ({"mode": FulfilMode.DIRECT, "unit_price": D(-1)}, "unit_price"),
        ({"mode": FulfilMode.STOCK, "unit_price": D(1)}, "mode"),
        ({"mode": FulfilMode.DIRECT, "unit_price": D(1), "quantity": D(0)}, "quantity"),
    ):
        with pytest.raises(BusinessError) as refused:
            fire(line, "buy", by=by, supplier=v.supplier, **answers)
        assert refused.value.field == field
    assert v.world.rows(m.EmergencyPurchase) == [] and v.fresh(line).state is L.PENDING


def test_a_request_is_cancelled_as_far_as_nobody_has_begun(stocked: tuple[Vans, m.Part]) -> None:
    v, part = stocked
    request = create(
        m.PartRequest,
        {"lines": [{"part": part, "quantity": D(1)}, {"part": part, "quantity": D(2)}]},
        by=v.world["tech1"],
    )
    first = v.world.rows(m.RequestLine, request_id=request.id)[0]
    fire(first, "match", by=v.world["clerk"], warehouse=v.main)
    fire(request, "cancel", by=v.world["tech1"], reason="不修了")
    assert lines_of(v, first) == [(D(1), L.TO_SHIP), (D(2), L.CANCELLED)]
    assert v.fresh(request).state is RequestState.PROCESSING
    with pytest.raises(WrongState):
        fire(request, "cancel", by=v.world["tech1"], reason="不修了")


def test_parts_go_from_van_to_van_and_back_but_only_out_of_ones_own(stocked: tuple[Vans, m.Part]) -> None:
    v, part = stocked
    mine, his, world = v.van(), v.van("tech2"), v.world
    v.stocked(part, "3", "100.00", mine)
    for source, target in ((v.main, mine), (his, mine)):
        with pytest.raises(NotYours):
            create(m.StockTransfer, {"source": source, "target": target, "lines": [{"part": part, "quantity": D(1)}]},
                   by=world["tech1"])  # fmt: skip
    over = create(m.StockTransfer, {"source": mine, "target": his, "lines": [{"part": part, "quantity": D(1)}]},
                  by=world["tech1"])  # fmt: skip
    assert over.kind is TransferKind.TRANSFER
    for nobody in ("tech2", "keeper"):
        with pytest.raises(NotYours):
            fire(over, "ship", by=world[nobody])
    fire(over, "ship", by=world["tech1"])
    with pytest.raises(NotYours):
        fire(over, "receive", by=world["tech1"], lines=came(over, "1"))
    fire(over, "receive", by=world["tech2"], lines=came(over, "1"))
    assert v.shelf(part, his) == (D(1), D("33.33")) and v.shelf(part, mine) == (D(2), D("66.67"))
    names = [move.movement for move in world.rows(m.StockMove)][-2:]
    assert names == [StockMovement.TRANSFER_OUT, StockMovement.TRANSFER_IN]


def test_the_desk_shows_stock_by_what_one_may_see_and_no_price_to_a_technician(stocked: tuple[Vans, m.Part]) -> None:
    v, part = stocked
    other = v.part("LX-2", "副厂液压滤芯")
    v.stocked(other, "4", "40.00")
    create(m.PartSubstitute, {"part": part, "substitute": other})
    line = asked(v, part, "2")
    fire(line, "buy", by=v.world["buyer"], mode=FulfilMode.DIRECT, supplier=v.supplier, unit_price=D("777.77"))
    asked(v, part, "1")
    page = v.world.browser("clerk").get("/requestlineview/list/?tab=todo").get_data(as_text=True)
    assert "总库 10" in page and "LX-2 总库 4" in page and "李强" in page
    mine = v.world.browser("tech1")
    assert "总库 10" not in mine.get("/requestlineview/list/").get_data(as_text=True)
    paper = mine.get(f"/emergencypurchaseview/show/{v.world.row(m.EmergencyPurchase).id}").get_data(as_text=True)
    assert "777.77" not in paper and "滤清器厂" in paper
    assert v.world.browser("tech2").get(f"/requestlineview/show/{line.id}").status_code == 404
