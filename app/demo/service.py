"""The service side of the demo: two technicians with vans, work orders in every state, parts asked for in three ways."""

from __future__ import annotations

from datetime import time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from .. import clock, enums
from .. import models as m
from ..actor import SYSTEM, acting_as
from ..database import db
from ..enums import AttachmentKind, CheckKind, FulfilMode
from ..unit_of_work import create, fire, together
from ..workflows.service import maintenance, old_part
from ..workflows.system import attachment
from ..workflows.system.file_content import examine
from . import pictures

if TYPE_CHECKING:
    from .build import Demo

D = Decimal
C, W = CheckKind, enums.WorkOrderKind
ROUND = [
    ("机油液位正常", C.YES_NO, None, True),
    ("冷却液液位正常", C.YES_NO, None, True),
    ("液压系统压力", C.NUMBER, "MPa", True),
    ("仪表盘照片", C.PHOTO, None, True),
    ("其他发现", C.TEXT, None, False),
]
CHECKLISTS = [
    ("维修检查表", W.REPAIR, None, [("故障已排除", C.YES_NO, None, True), ("试机正常", C.YES_NO, None, True),
                               ("处理部位照片", C.PHOTO, None, False)]),
    ("保养检查表", W.MAINTAIN, None, ROUND),
    ("巡检检查表", W.INSPECT, None, ROUND),
    ("HT370 巡检检查表", W.INSPECT, "HT370", [*ROUND, ("回转支承润滑", C.YES_NO, None, True)]),
    ("交机检查表", W.INSTALL, None, [("随车工具齐全", C.YES_NO, None, True), ("已讲解操作与保养", C.YES_NO, None, True),
                               ("铭牌照片", C.PHOTO, None, True)]),
]  # fmt: skip
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
        self._templates()
        with acting_as(SYSTEM):
            self._fill("tech1", 20, [("LX-1001", 3), ("LX-1002", 4)])
            self._fill("tech2", 19, [("LX-1002", 3), ("CD-3001", 5)])
            self._settled(14)
            self._packages(12)
            self._reviewed(8)
            self._finished(3)
            self._at_work(2)
            self._waiting_for_parts(1)
            self._early()
            self._warranty()
            self._maintenance()

    def _templates(self) -> None:
        """What has to be looked at, by kind of service; of the big machine there is more to see."""
        with clock.on(self.demo.today - timedelta(days=30), time(10, 0)), self.demo.do("service_manager"):
            for name, kind, model, items in CHECKLISTS:
                lines = [
                    {"text": text, "kind": wants, "unit_name": unit, "is_required": must}
                    for text, wants, unit, must in items
                ]
                model_row = self.demo.models[model] if model else None
                create(m.ChecklistTemplate, {"name": name, "kind": kind, "model": model_row, "items": lines})

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
        with self.demo.do(who):
            together(lambda: self._prove(order), entity=m.Attachment)
        if found := self._looked(order):
            fire(order, "fill_checklist", by=self.demo.who[who], answers=found)
        fire(
            order,
            "finish",
            by=self.demo.who[who],
            solution=solution,
            hour_meter=meter,
            labour_hours=D(hours),
            travel_km=D(km),
            signature=pictures.signature(order.id),
        )

    @staticmethod
    def _prove(order: m.WorkOrder) -> m.Attachment:
        """A photo from the site."""
        return attachment.attach(order, AttachmentKind.SITE_PHOTO, "现场.jpg", pictures.site(100 + order.id))

    @staticmethod
    def _looked(order: m.WorkOrder) -> list[dict[str, Any]]:
        """Everything was as it should be."""
        found = {
            CheckKind.YES_NO: ("is_yes", True),
            CheckKind.NUMBER: ("number", D("34.3")),
            CheckKind.TEXT: ("words", "正常"),
            CheckKind.PHOTO: ("photo", examine("仪表.jpg", pictures.site(200 + order.id))),
        }
        with acting_as(SYSTEM):
            checks = list(db.session.scalars(sa.select(m.ChecklistAnswer).filter_by(work_order_id=order.id)))
        return [{"id": check.id, found[check.kind][0]: found[check.kind][1]} for check in checks]

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

    def _packages(self, days_ago: int) -> None:
        """One service of three is done, another machine has all of its own to come."""
        with self.demo.on(days_ago), self.demo.do("service_manager"):
            one, _other = (
                create(
                    m.ServicePackage,
                    {"customer": unit.owner_customer, "unit": unit, "times": times, "reason": reason,
                     "valid_until": self.demo.today + timedelta(days=365)},
                )
                for unit, times, reason in ((self.units[1], 3, "购机赠送三次保养"), (self.units[2], 2, "老客户回馈"))
            )  # fmt: skip
        order = self._sent(1, days_ago - 1, "tech2", "accept", "depart", "arrive")
        with self.demo.on(days_ago - 2):
            self._use(order, "tech2", "LX-1002", 1)
            self._done(order, "tech2", "500 小时保养，更换机油滤芯", "2", "35")
        with self.demo.on(days_ago - 3):
            told = [{"id": line.id, "charge_kind": enums.ChargeKind.PACKAGE} for line in order.parts]
            fire(order, "review", by=self.demo.who["service_manager"], lines=told, package=one)
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

    def _warranty(self) -> None:
        """One claim was paid in part, one waits for money, one for the answer, one for its old part."""
        who = self.demo.who
        self._fill("tech1", 12, [("LX-1002", 4)])
        paid, owed, asked, _open = (self._claimed(days) for days in (7, 6, 6, 5))
        for claim, granted in ((paid, D(200)), (owed, D(150)), (asked, None)):
            with self.demo.on(4):
                for row in old_part.of(claim.work_order):
                    fire(row, "take_in", by=who["keeper"], place="旧件架 1")
                fire(claim, "submit", by=who["service_manager"], outside_number=f"OEM-{claim.id}")
            if granted is None:
                continue  # the manufacturer has not answered yet
            with self.demo.on(2):
                granted = min(granted, claim.claim_amount - 20)
                fire(claim, "answer", by=who["service_manager"], granted_amount=granted, answer="工时按厂家标准核定")
        with self.demo.on(1):
            debt = paid.receivable
            with self.demo.do("clerk"):
                bank = db.session.scalars(
                    sa.select(m.FundAccount).where(m.FundAccount.kind == enums.AccountKind.BANK)
                ).first()
                fund = {"kind": enums.FundKind.BANK, "account": bank, "amount": debt.amount, "serial": "OEM20261101"}
                receipt = create(
                    m.Receipt,
                    {"customer": debt.customer, "payer": debt.payer, "funds": [fund],
                     "allocations": [{"receivable": debt, "amount": debt.amount}]},
                )  # fmt: skip
            fire(receipt, "confirm", by=who["finance"])

    def _claimed(self, days_ago: int) -> m.WarrantyClaim:
        """A warranty repair with a part of 李强's van, reviewed and written up for the manufacturer."""
        order = self._sent(3, days_ago + 2, "tech1", "accept", "depart", "arrive")
        with self.demo.on(days_ago + 1):
            with self.demo.do("tech1"):
                fire(order, "consume", part=self.parts["LX-1002"], quantity=D(1), charge_kind=enums.ChargeKind.WARRANTY)
            self._done(order, "tech1", "三包更换滤芯", "2", "60")
        with self.demo.on(days_ago):
            fire(order, "review", by=self.demo.who["service_manager"])
            with self.demo.do("clerk"):
                return create(m.WarrantyClaim, {"work_order": order, "labour_amount": D(150)})

    def _maintenance(self) -> None:
        """Hours were asked for on the telephone; the night wrote reminders, some of which are arranged."""
        for index, (unit, hours) in enumerate(zip(self.units[:4], (60, 120, 240, 490), strict=False)):
            with self.demo.on(3):
                db.session.refresh(unit)
                days = (clock.today() - (unit.hour_meter_on or clock.today())).days
                if days < 0:
                    continue  # a technician looked since
                fire(
                    unit,
                    "read_meter",
                    by=self.demo.who["visits"],
                    hours=unit.hour_meter + min(D(hours), 9 * (days + index)),
                )
        with self.demo.on(1):
            found = [
                row
                for unit_id in maintenance.sold_units()
                if (row := together(lambda unit_id=unit_id: maintenance.remind(unit_id, clock.today()))) is not None  # type: ignore[misc]
            ]
        with self.demo.on(0):
            boss, care = self.demo.who["service_manager"], self.demo.who["visits"]
            for row, verb, by, answers in zip(
                found,
                ("order", "postpone"),
                (boss, care),
                ({}, {"postponed_to": clock.today() + timedelta(days=10), "reason": "客户工期紧，下旬再做"}),
                strict=False,
            ):  # fmt: skip
                fire(row, verb, by=by, **answers)
