"""One dealer for every test that only looks: two salespeople, two stores, each with books of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa

from app import clock, create_app
from app import models as m
from app.actor import SYSTEM, acting_as
from app.database import db
from app.enums import FundKind, WarehouseKind
from app.screens.security import actor_of
from app.unit_of_work import create, fire
from tests.conftest import engine_of
from tests.kit import START, D, World
from tests.reports.story import Told, claimed, ship, story
from tests.reports.story import sold as sold_parts
from tests.security.lab import hire
from tests.stories import gift, part_debt, sold


@dataclass
class Dealer(World):
    """The story of scenario A2, then a second store, another keeper, another salesperson."""

    part: int = 0  # the id of the filter that moves

    def row_id(self, entity: type[m.Entity], **by: Any) -> int:
        """The id of the one row with these values."""
        with self.app.app_context():
            return int(self.row(entity, **by).id)


def people(dealer: World) -> None:
    user = sa.table("ab_user", sa.column("id"), sa.column("username"))
    for row in db.session.execute(sa.select(user.c.id, user.c.username)).all():
        dealer.people[row.username] = actor_of(row.id, row.username)


def second_store(dealer: Dealer, told: Told) -> None:
    """Five filters go to a branch with a keeper of its own; sales1 sells two of them there, one of them with a discount."""
    service = dealer.row(m.Department, code="FWB")
    hire("keeper2", "库二宝", "303", service, ["keeper"])
    people(dealer)
    branch = create(
        m.Warehouse,
        {"code": "FK", "name": "分库", "kind": WarehouseKind.BRANCH, "department": service,
         "keepers": [{"employee_id": dealer["keeper2"].employee_id}]},
    )  # fmt: skip
    people(dealer)
    with clock.on(START.replace(month=4)):
        paper = create(
            m.StockTransfer,
            {"source": told.parts.main, "target": branch, "lines": [{"part": told.hydraulic, "quantity": D(5)}]},
            by=dealer["clerk"],
        )
        fire(paper, "ship", by=dealer["keeper"])
        lines = [{"id": line.id, "quantity": line.quantity} for line in paper.lines]
        fire(paper, "receive", by=dealer["keeper2"], lines=lines)
        customer = dealer.company("sales1", name="合肥远航土石方有限公司")
        sale = sold_parts(
            dealer,
            told.parts,
            customer,
            [(told.hydraulic, "2", "190")],
            seller="sales1",
            warehouse=branch,
            discount_amount=D("7.77"),
        )
        debt = dealer.row(m.Receivable, sale_id=sale.id)
        dealer.paid(customer, [(debt, str(debt.amount))])
        dealer.people["keeper"], kept = dealer["keeper2"], dealer["keeper"]
        ship(dealer, sale)
        dealer.people["keeper"] = kept
        claimed(dealer, customer, dealer.unit(), "250", "230")


def calls(dealer: Dealer) -> None:
    """Three orders in April: two that a technician leads, one that nobody leads yet."""
    customer = dealer.company("sales1", number=2)
    with clock.on(START.replace(month=4, day=8)):
        for fault in ("漏油", "异响", "不能启动"):
            values = {"customer": customer, "machine_text": "XE215", "fault": fault}
            order = create(m.WorkOrder, values, by=dealer["clerk"])
            if fault != "漏油":
                leader = dealer.row(m.Employee, id=dealer["tech1"].employee_id)
                fire(order, "assign", by=dealer["service_manager"], leader=leader)


def machines(dealer: Dealer) -> None:
    """In April a machine leaves with a coupon, of which some is redeemed; another contract waits for its machine."""
    with clock.on(START.replace(month=4, day=9)):
        one = dealer.company("sales1", number=3)
        sold(dealer, one, serial="HT215-0003", gifts=[gift(dealer, "2000")])
        given = dealer.rows(m.Coupon, customer_id=one.id)[0]
        fund = {"kind": FundKind.COUPON, "coupon": given, "amount": D("123.45")}
        dealer.paid(one, [(part_debt(dealer, one, "1000"), "123.45")], funds=[fund])
        two = dealer.company("sales2", number=4)
        dealer.approved(dealer.contract(two, dealer.contact("sales2", 4), None, "sales2"))
        dealer.approved(dealer.contract(two, dealer.contact("sales2", 5), dealer.unit("HT215-0004"), "sales2"))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def dealer(request: pytest.FixtureRequest) -> Iterator[Dealer]:
    """The dealer on 2025-04-20, on a database that only this file uses; nothing in it may be changed."""
    app = create_app(SQLALCHEMY_DATABASE_URI=engine_of(request.param).branch("reports"), TESTING=True)
    made = Dealer(app)
    with app.app_context(), clock.on(START), acting_as(SYSTEM):
        people(made)
        *_, told = story(made)
        second_store(made, told)
        calls(made)
        machines(made)
        made.part = told.hydraulic.id
        db.session.remove()
    with clock.on(START.replace(month=4, day=20)):
        yield made
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
