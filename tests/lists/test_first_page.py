"""The figures of the first page are what their labels say. (That each equals the list it opens is told in test_demo.)

Fails where 本月签约 counted drafts, what still waits and what was rejected.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from app import clock
from app import models as m
from app.actor import acting_as
from app.catalogue import home
from app.unit_of_work import create, fire
from tests.kit import START, D, World


def figure(world: World, tab: str, who: str = "finance") -> tuple[str, str]:
    with world.app.test_request_context(), acting_as(world[who]):
        found: dict[str, Any] = next(f for f in home.figures() if f"tab={tab}" in f["url"])
        return found["value"], str(found["words"])


def test_signed_this_month_is_what_was_approved_and_stands(world: World) -> None:
    def written(number: int, serial: str | None, **more: Any) -> m.MachineContract:
        unit = world.unit(serial) if serial else None
        return world.contract(world.company(number=number), world.contact(number=number), unit, **more)

    written(1, None)
    waiting, rejected = written(2, "HT215-0002"), written(3, "HT215-0003")
    for paper in (waiting, rejected):
        fire(paper, "submit", by=world["sales1"])
    fire(rejected, "reject", by=world["sales_manager"], opinion="再谈")
    assert figure(world, "signed") == ("0.00", "0 份合同")
    world.approved(written(4, "HT215-0004", signed_on=dt.date(2025, 2, 27)))  # signed in February, approved in March
    gone = world.approved(written(5, "HT215-0005"))
    assert figure(world, "signed") == ("210.00", "2 份合同")
    paper = create(m.ContractCancellation, {"contract": gone, "reason": "资金不到位"}, by=world["clerk"])
    fire(paper, "submit", by=world["clerk"])
    for who in ("sales_manager", "finance"):
        fire(paper, "approve", by=world[who])
    assert figure(world, "signed") == ("105.00", "1 份合同")
    with clock.on(dt.date(2025, 4, 1)):
        assert figure(world, "signed") == ("0.00", "0 份合同")


def test_machines_in_stock_are_those_that_can_be_sold_the_reserved_ones_are_told_beside_them(world: World) -> None:
    with clock.on(START):
        world.unit("HT215-0001")
        world.approved(world.contract(world.company(), world.contact(), world.unit("HT215-0002")))
        assert figure(world, "stock") == ("1", "另有 1 台已预订")
        assert D(figure(world, "before_dispatch")[0]) == D("105.00")
