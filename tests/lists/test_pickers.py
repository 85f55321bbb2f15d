"""A picker never offers a bare number: number, customer or supplier, machine and state, and it is found by each of them.

Fails where documents are offered as their number: of the claim's picker nobody could tell whose order it was.
"""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from app import clock
from app import models as m
from app.actor import acting_as
from app.database import db
from app.screens import Screen
from app.screens.columns import describe
from app.screens.options import PARTIES, option_text, search
from tests.kit import START, World
from tests.stories import sold
from tests.vans import Vans


def test_an_order_is_recognised_and_found_by_customer_and_machine(world: World) -> None:
    v = Vans(world)
    contract = sold(world, world.company())
    order = v.order(contract.customer, world.row(m.MachineUnit))
    with acting_as(world["clerk"]):
        told = option_text(world.row(m.WorkOrder))
        assert told == f"{order.number}（测试土石方1有限公司，HT215-0001，待派工）"
        for term in (order.number, "测试土石方", "HT215-0001", "0001"):
            assert [found["text"] for found in search(m.WorkOrder, term, 1)["results"]] == [told], term
        assert search(m.WorkOrder, "别的公司", 1)["results"] == []


def picked(app: Any) -> set[Any]:
    """Every entity that some form of the house lets people pick."""
    found = set()
    for screen in app.appbuilder.baseviews:
        if not isinstance(screen, Screen):
            continue
        names = {name for _, part in screen.form_sections for name in part} - set(screen.computed_columns)
        columns = [screen.column(n) for n in names if n in sa.inspect(screen.entity).relationships]
        for lines, spec in screen.lines.items():
            target = describe(screen.entity, lines).target
            columns += [describe(target, n) for n in spec.columns]  # type: ignore[arg-type]
        found |= {column.target for column in columns if column.kind == "key"}
    return found


def test_every_document_that_is_picked_says_what_it_is_about(site: World) -> None:
    papers = [e for e in picked(site.app) if issubclass(e, m.Document)]
    assert len(papers) >= 8
    for entity in papers:
        assert any(name in sa.inspect(entity).relationships for name in PARTIES), entity


@pytest.mark.parametrize("who", ["clerk", "finance", "service_manager"])
def test_what_a_picker_offers_holds_more_than_a_number(site: World, who: str) -> None:
    with clock.on(START), site.app.app_context(), acting_as(site["clerk"]):
        sold(site, site.company())
        contract = site.row(m.MachineContract)
        with acting_as(site[who]):
            assert option_text(contract) == f"{contract.number}（测试土石方1有限公司，已发车）"
        db.session.remove()
