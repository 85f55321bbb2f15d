"""The store that phone tests work in: two keepers, three warehouses, parts on shelves, one paper of each kind."""

from __future__ import annotations

import datetime as dt
import re
from contextlib import ExitStack
from html import unescape
from typing import Any

import sqlalchemy as sa

from app import models as m
from app.actor import SYSTEM, acting_as
from app.database import db
from app.enums import AccountKind, FundKind, WarehouseKind
from app.screens.security import actor_of
from app.unit_of_work import create, fire
from tests.kit import Browser, D, World
from tests.scenarios.test_a2 import Parts
from tests.stories import hire


class Store:
    """Short words for what the tests set up and look at; every call opens and closes its own context."""

    def __init__(self, site: World) -> None:
        self.site = site
        with self._inside():
            p = self.parts = Parts(site)
            self.filter_id, self.oil_id = p.part("LX-1001", "液压滤芯").id, p.part("LX-1002", "机油滤芯", "60").id
            p.opening(db.session.get_one(m.Part, self.filter_id), "10", "1000.00")
            p.opening(db.session.get_one(m.Part, self.oil_id), "6", "180.00")
            other = hire(site, "keeper2", "钱仓", ["keeper"], number="901")
            department = site.row(m.Department, code="FWB")
            far = {"code": "FK", "name": "分库", "kind": WarehouseKind.BRANCH, "department": department}
            self.far_id = create(m.Warehouse, far | {"keepers": [{"employee_id": other.employee_id}]}).id
            near = {"code": "EK", "name": "二库", "kind": WarehouseKind.BRANCH, "department": department}
            self.near_id = create(m.Warehouse, near | {"keepers": [{"employee_id": site["keeper"].employee_id}]}).id
            for name in ("keeper", "keeper2"):
                site.people[name] = actor_of(site[name].user_id or 0, name)
            self.main_id = p.main.id
            for code, part_id in (("B-02", self.filter_id), ("A-01", self.oil_id)):
                shelf = create(m.Bin, {"warehouse_id": self.main_id, "code": code}, by=site["keeper"])
                fire(site.row(m.StockBalance, part_id=part_id, warehouse_id=self.main_id), "shelve",
                     by=site["keeper"], bin=shelf, min_quantity=None)  # fmt: skip

    def _inside(self) -> Any:
        stack = ExitStack()
        stack.enter_context(self.site.app.app_context())
        stack.enter_context(acting_as(SYSTEM))
        stack.callback(db.session.remove)
        return stack

    def part(self, part_id: int) -> m.Part:
        return db.session.get_one(m.Part, part_id)

    # -- papers, each by its number ---------------------------------------------------------------------------

    def inbound(self) -> str:
        """8 filters and 4 oil filters are expected."""
        with self._inside():
            p = self.parts
            p.main, p.supplier = db.session.get_one(m.Warehouse, self.main_id), self.site.rows(m.Supplier)[-1]
            order = p.ordered((self.part(self.filter_id), "8", "113"), (self.part(self.oil_id), "4", "33.90"))
            return self.site.row(m.InboundReceipt, order_id=order.id).number

    def outbound(self) -> str:
        """2 filters and 3 oil filters for the service department."""
        with self._inside():
            w = self.site
            values = {"sale_type": w.row(m.SaleType, code="self_use"), "warehouse_id": self.main_id,
                      "cost_department": w.row(m.Department, code="FWB"), "detail": "服务车保养",
                      "lines": [{"part_id": self.filter_id, "quantity": D(2), "unit_price": D(0)},
                                {"part_id": self.oil_id, "quantity": D(3), "unit_price": D(0)}]}  # fmt: skip
            sale = create(m.PartSale, values, by=w["clerk"])
            fire(sale, "submit", by=w["clerk"])
            fire(sale, "approve", by=w["gm"])
            return w.row(m.PartOutbound, sale_id=sale.id).number

    def transfer(self, source: str = "main", target: str = "near", *, sent: bool = False) -> str:
        """3 filters go from one store to the other."""
        ids = {"main": self.main_id, "near": self.near_id, "far": self.far_id}
        with self._inside():
            paper = create(m.StockTransfer, {"source_id": ids[source], "target_id": ids[target],
                                             "lines": [{"part_id": self.filter_id, "quantity": D(3)}]})  # fmt: skip
            if sent:
                fire(paper, "ship", by=self.site["keeper"])
            return paper.number

    def sale_return(self) -> str:
        """A customer brings 2 of 5 filters back."""
        with self._inside():
            w = self.site
            road = w.person("sales2", name="徐州路达")
            offer = create(m.PartQuotation, {"customer": road, "valid_until": dt.date(2030, 1, 1),
                           "lines": [{"part_id": self.filter_id, "quantity": D(5), "unit_price": D(180)}]}, by=w["sales2"])  # fmt: skip
            fire(offer, "send", by=w["sales2"])
            fire(offer, "agree", by=w["sales2"], agreed_by="路达", agreed_proof="微信确认")
            sale = create(m.PartSale, {"quotation": offer, "sale_type": w.row(m.SaleType, code="walk_in"),
                                       "warehouse_id": self.main_id}, by=w["sales2"])  # fmt: skip
            fire(sale, "submit", by=w["sales2"])
            fire(sale, "approve", by=w["sales_manager"])
            debt = w.row(m.Receivable, sale_id=sale.id)
            fund = {
                "kind": FundKind.CASH,
                "account": w.row(m.FundAccount, kind=AccountKind.CASH),
                "amount": debt.amount,
            }
            w.paid(road, [(debt, str(debt.amount))], funds=[fund])
            out = w.row(m.PartOutbound, sale_id=sale.id)
            fire(out, "ship", by=w["keeper"], lines=[{"id": out.lines[0].id, "quantity": D(5)}])
            sold = w.row(m.SaleLine, sale_id=sale.id)
            back = create(m.SaleReturn, {"sale": sale, "warehouse_id": self.main_id, "reason": "多买了",
                                         "lines": [{"sale_line": sold, "quantity": D(2)}]}, by=w["clerk"])  # fmt: skip
            return back.number

    def count(self) -> str:
        """A count of the main store, not begun."""
        with self._inside():
            return create(m.StockCount, {"warehouse_id": self.main_id}, by=self.site["keeper"]).number

    # -- what the books say ------------------------------------------------------------------------------------

    def on_hand(self, part_id: int, warehouse_id: int) -> Any:
        with self._inside():
            table = m.StockBalance.__table__
            return db.session.scalar(
                sa.select(m.StockBalance.quantity).where(
                    table.c.part_id == part_id, table.c.warehouse_id == warehouse_id
                )
            )

    def value(self, entity: type, attribute: str, **by: Any) -> Any:
        with self._inside():
            return getattr(self.site.row(entity, **by), attribute)

    def number_of(self, entity: type, **by: Any) -> int:
        with self._inside():
            return len(self.site.rows(entity, **by))


class Phone:
    """A phone in a keeper's hand: pages are read, forms sent back as they stand with one thing changed."""

    def __init__(self, store: Store, username: str = "keeper") -> None:
        self.browser: Browser = store.site.browser(username)
        self.page = ""
        self.path = ""

    def open(self, path: str, code: int = 200) -> Phone:
        answer = self.browser.get(path, follow_redirects=True)
        assert answer.status_code == code, (path, answer.status_code)
        self.page, self.path = unescape(answer.get_data(as_text=True)), answer.request.path
        return self

    def paper(self, number: str) -> Phone:
        return self.open(f"/phone/store/paper/{number}")

    def fields(self) -> dict[str, str]:
        """What the form on the page would send."""
        form = self.page[self.page.index('id="work"') :]
        found = {}
        for tag in re.findall(r"<input[^>]*>", form):
            attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
            if "name" in attributes:
                found[attributes["name"]] = attributes.get("value", "")
        return found

    def send(self, do: str, code: int = 200, **more: str) -> Phone:
        """Press a button of the page."""
        data = {**self.fields(), **{k.replace("__", "-"): v for k, v in more.items()}, "do": do}
        answer = self.browser.client.post(self.path, data=data, follow_redirects=True)
        assert answer.status_code == code, (answer.status_code, self.said)
        self.page, self.path = unescape(answer.get_data(as_text=True)), answer.request.path
        return self

    def scan(self, text: str) -> Phone:
        return self.send("scan", scan=text)

    def confirm(self, code: int = 200) -> Phone:
        return self.send("confirm", code)

    @property
    def said(self) -> str:
        """The sentences on the page: the answer to a scan and what flashed."""
        told = re.findall(r'<p class="(?:say|flash)[^>]*>(.*?)</p>', self.page, re.DOTALL)
        return " ".join(re.sub(r"<[^>]+>", "", text).strip() for text in told)

    @property
    def rows(self) -> list[str]:
        """The lines as they stand: bin, name, number, done, planned."""
        found = re.findall(r'<button class="line.*?</button>', self.page, re.DOTALL)
        return [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row)).strip() for row in found]
