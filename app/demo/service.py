"""The service side of the demo: two technicians with vans, work orders in every state, parts asked for in three ways."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from .. import enums
from .. import models as m
from ..actor import SYSTEM, acting_as
from ..database import db
from ..enums import FulfilMode
from ..unit_of_work import create, fire

if TYPE_CHECKING:
    from .build import Demo

D = Decimal
FAULTS = [
    ("动臂下降缓慢，液压油温偏高", enums.WorkOrderKind.REPAIR, True),
    ("250 小时保养", enums.WorkOrderKind.MAINTAIN, False),
    ("斗齿磨损需要更换", enums.WorkOrderKind.REPAIR, False),
    ("行走跑偏，履带板松动", enums.WorkOrderKind.WARRANTY, True),
    ("新机交付调试", enums.WorkOrderKind.INSTALL, False),
    ("季度巡检", enums.WorkOrderKind.INSPECT, False),
    ("发动机启动困难，燃油滤清器堵塞", enums.WorkOrderKind.REPAIR, True),
    ("空调不制冷", enums.WorkOrderKind.REPAIR, False),
]


class ServiceStory:
    """李强 and 王磊 go out, use parts from their vans and ask for what is missing."""

    def __init__(self, demo: Demo) -> None:
        self.demo = demo
        with acting_as(SYSTEM):
            sold = sa.select(m.MachineUnit).where(m.MachineUnit.owner_customer_id.is_not(None))
            self.units = list(db.session.scalars(sold.order_by(m.MachineUnit.id)))
            self.parts = {p.part_number: p for p in db.session.scalars(sa.select(m.Part))}
            self.main = db.session.scalars(sa.select(m.Warehouse).where(m.Warehouse.code == "PJ1")).one()
            self.supplier = db.session.scalars(
                sa.select(m.Supplier).where(m.Supplier.kind == enums.SupplierKind.PART).order_by(m.Supplier.id)
            ).first()
            self.people = {
                name: db.session.get_one(m.Employee, demo.who[name].employee_id or 0) for name in ("tech1", "tech2")
            }

    def tell(self) -> None:
        """Oldest first: the vans are filled, old orders are done, new ones stand everywhere on their way."""
        with acting_as(SYSTEM):
            self._fill("tech1", 20, [("LX-1001", 3), ("LX-1002", 4)])
            self._fill("tech2", 19, [("LX-1002", 3), ("CD-3001", 5)])
            self._settled(14)
            self._reviewed(8)
            self._finished(3)
            self._at_work(2)
            self._waiting_for_parts(1)
            self._early()

    def _order(self, index: int, days_ago: int) -> m.WorkOrder:
        with self.demo.on(days_ago):
            return self._reported(index)

    def _reported(self, index: int) -> m.WorkOrder:
        """Somebody rang up."""
        fault, kind, is_down = FAULTS[index % len(FAULTS)]
        unit = self.units[index % len(self.units)]
        with self.demo.do("visits"):
            return create(
                m.WorkOrder,
                {
                    "customer": unit.owner_customer, "unit": unit, "kind": kind, "fault": fault, "is_down": is_down,
                    "address": f"{unit.owner_customer.city or '合肥市'}工地",
                },
            )  # fmt: skip

    def _sent(self, index: int, days_ago: int, who: str, *verbs: str) -> m.WorkOrder:
        """An order that its technician has carried as far as the last of the verbs."""
        with self.demo.on(days_ago):
            order = self._reported(index)
            fire(order, "assign", by=self.demo.who["service_manager"], leader=self.people[who])
            for verb in verbs:
                fire(order, verb, by=self.demo.who[who])
        return order

    def _asked(self, who: str, wanted: list[tuple[str, int]], **more: Any) -> list[m.RequestLine]:
        with self.demo.do(who):
            lines = [{"part": self.parts[number], "quantity": D(count)} for number, count in wanted]
            request = create(m.PartRequest, {"lines": lines} | more)
            return list(request.lines)

    def _fill(self, who: str, days_ago: int, wanted: list[tuple[str, int]]) -> None:
        """Asked for, matched, shipped and collected."""
        with self.demo.on(days_ago):
            for line in self._asked(who, wanted):
                fire(line, "match", by=self.demo.who["clerk"], warehouse=self.main)
                paper = db.session.get_one(m.StockTransfer, line.transfer_id)
                fire(paper, "ship", by=self.demo.who["keeper"])
                got = [{"id": entry.id, "quantity": entry.quantity} for entry in paper.lines]
                fire(paper, "receive", by=self.demo.who[who], lines=got)

    def _use(self, order: m.WorkOrder, who: str, number: str, count: int) -> None:
        fire(order, "consume", by=self.demo.who[who], part=self.parts[number], quantity=D(count))

    def _done(self, order: m.WorkOrder, who: str, solution: str, hours: str, km: str) -> None:
        meter = order.hour_meter + 1
        fire(
            order,
            "finish",
            by=self.demo.who[who],
            solution=solution,
            hour_meter=meter,
            labour_hours=D(hours),
            travel_km=D(km),
        )

    def _review(self, order: m.WorkOrder) -> None:
        fire(order, "review", by=self.demo.who["service_manager"], labour_price=D(150), travel_price=D(3))

    def _settled(self, days_ago: int) -> None:
        order = self._sent(1, days_ago, "tech1", "accept", "depart", "arrive")
        with self.demo.on(days_ago - 1):
            self._use(order, "tech1", "LX-1002", 2)
            self._done(order, "tech1", "更换机油滤芯，机油一桶", "2", "80")
        with self.demo.on(days_ago - 2):
            self._review(order)
            fire(order, "settle", by=self.demo.who["finance"])

    def _reviewed(self, days_ago: int) -> None:
        order = self._sent(2, days_ago, "tech2", "accept", "depart", "arrive")
        with self.demo.on(days_ago - 1):
            self._use(order, "tech2", "CD-3001", 3)
            self._done(order, "tech2", "更换斗齿三只", "1.5", "46")
        with self.demo.on(days_ago - 2):
            self._review(order)

    def _finished(self, days_ago: int) -> None:
        order = self._sent(5, days_ago, "tech2", "accept", "depart", "arrive")
        with self.demo.on(days_ago - 1):
            self._done(order, "tech2", "巡检正常，建议 500 小时更换液压油", "1", "30")

    def _at_work(self, days_ago: int) -> None:
        order = self._sent(0, days_ago, "tech1", "accept", "depart", "arrive")
        with self.demo.on(days_ago - 1):
            self._use(order, "tech1", "LX-1001", 1)

    def _waiting_for_parts(self, days_ago: int) -> None:
        """One part is on the way, one is bought for the technician, one waits for the desk."""
        order = self._sent(3, days_ago, "tech2", "accept", "depart", "arrive")
        with self.demo.on(days_ago - 1):
            lines = self._asked(
                "tech2", [("LX-1001", 1), ("DP-2001", 2), ("YY-4002", 1)], work_order=order, is_urgent=True
            )
            fire(lines[0], "match", by=self.demo.who["clerk"], warehouse=self.main)
            fire(db.session.get_one(m.StockTransfer, lines[0].transfer_id), "ship", by=self.demo.who["keeper"])
            fire(lines[1], "buy", by=self.demo.who["buyer"], mode=FulfilMode.DIRECT, supplier=self.supplier,
                 unit_price=D("226.00"))  # fmt: skip

    def _early(self) -> None:
        """Accepted, assigned, waiting, cancelled; and a technician whose van runs low."""
        self._sent(4, 0, "tech1", "accept")
        self._sent(6, 0, "tech2")
        self._order(7, 0)
        gone = self._order(6, 5)
        with self.demo.on(4):
            fire(gone, "cancel", by=self.demo.who["service_manager"], reason="客户自行处理")
        with self.demo.on(0):
            self._asked("tech1", [("LX-1002", 4), ("CD-3002", 10)])
