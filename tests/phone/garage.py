"""李强 and 王磊 with their vans, a store, a supplier, orders: what the technicians' phone pages are tested on."""

from __future__ import annotations

import re
from contextlib import ExitStack
from html import unescape
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from app import models as m
from app.actor import SYSTEM, acting_as
from app.database import db
from app.enums import CheckKind, FulfilMode, WorkOrderKind
from app.unit_of_work import create, fire
from tests.kit import Browser, D, World
from tests.vans import Vans

# figures that no technician may meet: prices, costs, charges, each of them seen nowhere else
SECRETS = ("7131.17", "3767.31", "4317.73", "6113.71", "8923.37")


class Garage:
    """Every call opens and closes its own context; rows are known by their numbers and ids."""

    def __init__(self, site: World) -> None:
        self.site = site
        with self.inside():
            v = self.vans = Vans(site)
            self.filter_id, self.oil_id, self.track_id = (
                v.part("LX-1001", "液压滤芯", "7131.17").id,
                v.part("LX-1002", "机油滤芯", "4317.73").id,
                v.part("DP-3001", "履带板", "6113.71").id,
            )
            self.main_id, self.van_id, self.other_van_id = v.main.id, v.van().id, v.van("tech2").id
            self.supplier_id = v.supplier.id
            v.stocked(self.part(self.filter_id), "20", "37673.10")
            v.stocked(self.part(self.oil_id), "5", "44616.85")
            v.stocked(self.part(self.filter_id), "5", "18836.55", v.van())
            v.stocked(self.part(self.oil_id), "2", "17846.74", v.van())
            self.customer_id = site.company(name="安徽恒达土石方有限公司").id

    def inside(self) -> Any:
        stack = ExitStack()
        stack.enter_context(self.site.app.app_context())
        stack.enter_context(acting_as(SYSTEM))
        stack.callback(db.session.remove)
        return stack

    def part(self, part_id: int) -> m.Part:
        return db.session.get_one(m.Part, part_id)

    def order(self, upto: str = "assigned", leader: str = "tech1", **more: Any) -> str:
        """An order that the desk assigned, that its leader accepted, or that he works on; its number."""
        with self.inside():
            v = self.vans
            words = {"contact_name": "王建国", "contact_phone": "13900000009", "address": "合肥市蜀山区长江西路 88 号"}
            order = v.order(self.site.row(m.Customer, id=self.customer_id), **(words | more))
            number = order.number
            if upto == "working":
                v.at_work(order, leader)
            else:
                v.assigned(order, leader)
                if upto == "accepted":
                    fire(order, "accept", by=self.site[leader])
            return number

    def checklist(self) -> None:
        """What is looked at in every repair: a yes or no, a figure, a photo."""
        with self.inside():
            items = [
                ("试机正常", CheckKind.YES_NO, None),
                ("系统压力", CheckKind.NUMBER, "MPa"),
                ("仪表照片", CheckKind.PHOTO, None),
            ]
            rows = [{"text": text, "kind": kind, "unit_name": unit, "is_required": True} for text, kind, unit in items]
            create(
                m.ChecklistTemplate,
                {"name": "维修检查", "kind": WorkOrderKind.REPAIR, "items": rows},
                by=self.site["service_manager"],
            )

    def photograph(self, number: str, leader: str = "tech1") -> None:
        """A photo from the site, without which nothing is finished."""
        with self.inside():
            self.vans.prove(self.site.row(m.WorkOrder, number=number), leader)

    def request(self, *parts: tuple[int, str], who: str = "tech1", order: str | None = None) -> str:
        with self.inside():
            lines = [{"part": self.part(i), "quantity": D(n)} for i, n in parts]
            work = self.site.row(m.WorkOrder, number=order) if order else None
            return create(m.PartRequest, {"work_order": work, "lines": lines}, by=self.site[who]).number

    def line_of(self, number: str, part_id: int) -> m.RequestLine:
        asked = self.site.row(m.PartRequest, number=number)
        return self.site.row(m.RequestLine, request_id=asked.id, part_id=part_id)

    def sent_from_store(self, number: str, part_id: int) -> str:
        """The clerk matches a line with the store, the keeper ships it; the number of the transfer."""
        with self.inside():
            w = self.site
            line = self.line_of(number, part_id)
            fire(line, "match", by=w["clerk"], warehouse=w.row(m.Warehouse, id=self.main_id))
            paper = w.row(m.StockTransfer, id=self.line_of(number, part_id).transfer_id)
            fire(paper, "ship", by=w["keeper"])
            return paper.number

    def sent_by_supplier(self, number: str, part_id: int) -> str:
        """The buyer orders a line for the technician, the supplier sends it; the number of the purchase."""
        with self.inside():
            w = self.site
            supplier = w.row(m.Supplier, id=self.supplier_id)
            fire(
                self.line_of(number, part_id),
                "buy",
                by=w["buyer"],
                mode=FulfilMode.DIRECT,
                supplier=supplier,
                unit_price=D("8923.37"),
            )
            paper = w.row(m.EmergencyPurchase, id=self.line_of(number, part_id).emergency_id)
            fire(paper, "ship", by=w["buyer"], express_number="SF100")
            return paper.number

    def on_hand(self, part_id: int, warehouse_id: int | None = None) -> Any:
        with self.inside():
            rows = self.site.rows(m.StockBalance, part_id=part_id, warehouse_id=warehouse_id or self.van_id)
            return rows[0].quantity if rows else D(0)

    def value(self, entity: type, attribute: str, **by: Any) -> Any:
        with self.inside():
            return getattr(self.site.row(entity, **by), attribute)

    def count(self, entity: type, **by: Any) -> int:
        with self.inside():
            return len(self.site.rows(entity, **by))

    def newest(self, entity: type) -> Any:
        """The columns of the newest row."""
        with self.inside():
            table = entity.__table__
            return dict(db.session.execute(sa.select(table).order_by(table.c.id.desc()).limit(1)).mappings().one())


class Hand:
    """A phone in a technician's hand, without script: pages are read, forms sent as they stand with some fields changed."""

    def __init__(self, garage: Garage, username: str | None = "tech1") -> None:
        self.browser: Browser = garage.site.browser(username)
        self.page = self.path = ""

    def open(self, path: str, code: int = 200) -> Hand:
        answer = self.browser.get(path, follow_redirects=True)
        assert answer.status_code == code, (path, answer.status_code)
        self.page, self.path = unescape(answer.get_data(as_text=True)), path
        return self

    def fields(self) -> dict[str, str]:
        """What the form on the page would send."""
        form = re.search(r'<form class="task" method="post" novalidate.*?</form>', self.page, re.DOTALL)
        found = {}
        for tag in re.findall(r"<input[^>]*>", form[0] if form else ""):
            told = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
            if "name" in told and told.get("type") != "checkbox":
                found[told["name"]] = told.get("value", "")
        return found

    def send(self, code: int = 200, to: str | None = None, **more: str) -> Hand:
        data = self.fields() | {k.replace("__", "-"): v for k, v in more.items()}
        data.setdefault("request_key", uuid4().hex)
        data.setdefault("csrf_token", self.browser.token())
        answer = self.browser.client.post(to or self.path, data=data, follow_redirects=True)
        assert answer.status_code == code, (answer.status_code, unescape(answer.get_data(as_text=True))[-3000:])
        self.page = unescape(answer.get_data(as_text=True))
        return self

    def background(self, path: str, **more: str) -> Any:
        """As the script sends it: the answer as it came."""
        data = {"csrf_token": self.browser.token()} | {k.replace("__", "-"): v for k, v in more.items()}
        return self.browser.client.post(path, data=data, headers={"X-Requested-With": "fetch"})

    @property
    def text(self) -> str:
        """The words of the page."""
        main = self.page[self.page.index("<main") :]
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))
