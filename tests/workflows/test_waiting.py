"""What a figure says when the thing is over: nobody waits, nobody owes, nothing is still to come."""

from __future__ import annotations

from datetime import time, timedelta

import pytest

from app import clock
from app import models as m
from app.enums import PackageState, PurchaseReturnState, RequestLineState
from app.unit_of_work import create, fire
from tests.kit import D, World, on_both
from tests.stories import sold
from tests.vans import Vans


def asked(v: Vans, part: m.Part, **more: object) -> m.RequestLine:
    request = create(m.PartRequest, {"lines": [{"part": part, "quantity": D(2)}]} | more, by=v.world["tech1"])
    return v.world.row(m.RequestLine, request_id=request.id)


@on_both
@pytest.mark.parametrize("ending", ["collect", "reject", "cancel"])
def test_a_technician_waits_until_he_collects_or_somebody_gives_up(world: World, ending: str) -> None:
    """493.3 hours and more every day for a part that had come weeks ago."""
    v = Vans(world)
    part = v.part("LX-1")
    v.stocked(part, "5", "100.00")
    with clock.on(clock.today(), time(9)):
        line = asked(v, part)
    with clock.on(clock.today(), time(12)):
        if ending == "collect":
            fire(line, "match", by=world["clerk"], warehouse=v.main)
            paper = world.row(m.StockTransfer)
            fire(paper, "ship", by=world["keeper"])
            fire(paper, "receive", by=world["tech1"], lines=[{"id": paper.lines[0].id, "quantity": D(2)}])
        else:
            who = "clerk" if ending == "reject" else "tech1"
            fire(line, ending, by=world[who], reason="不要了")
    with clock.on(clock.today() + timedelta(days=20)):
        assert v.fresh(line).age == D("3.0")


def test_what_is_wanted_again_is_waited_for_again(world: World) -> None:
    """Short on the way: the line ends, the rest is a line of its own that still waits."""
    v = Vans(world)
    part = v.part("LX-1")
    v.stocked(part, "5", "100.00")
    line = asked(v, part)
    fire(line, "match", by=world["clerk"], warehouse=v.main)
    paper = world.row(m.StockTransfer)
    fire(paper, "ship", by=world["keeper"])
    fire(paper, "receive", by=world["tech1"], lines=[{"id": paper.lines[0].id, "quantity": D(1)}])
    assert v.fresh(line).ended_at is None
    fire(paper, "settle", by=world["finance"], handling=m.enums.ShortageHandling.LOSS, reason="丢了")
    ended = {row.state: row.ended_at is not None for row in world.rows(m.RequestLine)}
    assert ended == {RequestLineState.DONE: True, RequestLineState.PENDING: False}


def test_a_machine_stands_still_for_a_part_only_while_somebody_works_on_it(world: World) -> None:
    v = Vans(world)
    part = v.part("LX-1")
    order = v.at_work(v.order(world.company(), is_down=True))
    line = asked(v, part, work_order=order)
    assert line.is_down
    fire(order, "resume", by=world["tech1"])
    v.finish(order)
    assert not v.fresh(line).is_down


def test_a_package_that_is_void_or_past_its_day_has_nothing_to_come(world: World) -> None:
    customer = world.company()
    sold(world, customer)
    unit = world.row(m.MachineUnit)
    values = {"customer": customer, "unit": unit, "times": 3, "valid_until": clock.today(), "reason": "老客户"}
    package = create(m.ServicePackage, values, by=world["service_manager"])
    assert package.left_times == 3
    fire(package, "void", by=world["service_manager"], reason="录错")
    assert (package.state, package.left_times) == (PackageState.VOID, 0)


def test_a_supplier_owes_a_refund_only_between_the_parts_and_the_money() -> None:
    paper = m.PurchaseReturn(gross_amount=D("113.00"), credited_amount=D(0), cash_amount=D(0))
    owed = {}
    for state in PurchaseReturnState:
        paper.state = state
        owed[state] = paper.owed_amount
    assert owed == {s: D("113.00") if s is PurchaseReturnState.SHIPPED else D(0) for s in PurchaseReturnState}
