"""The service side of the world: technicians with vans, a store of parts, short words for work orders."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from app import models as m
from app.database import db
from app.enums import AttachmentKind, StockMovement, WarehouseKind
from app.ledgers import stock
from app.staff import actor_of
from app.unit_of_work import create, fire, together
from app.workflows.system import attachment
from tests import files
from tests.kit import D, World


class Vans:
    """李强 (tech1) and 王磊 (tech2) with empty vans, a main store 总库, a parts supplier."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.main = create(
            m.Warehouse,
            {"code": "ZK", "name": "总库", "kind": WarehouseKind.MAIN, "department": world.row(m.Department, code="FWB"),
             "keepers": [{"employee_id": world["keeper"].employee_id}]},
        )  # fmt: skip
        world.people["keeper"] = actor_of(world["keeper"].user_id or 0, "keeper")
        self.filters = create(m.PartCategory, {"code": "LX", "name": "滤芯"})
        self.supplier = create(m.Supplier, {"name": "滤清器厂", "kind": m.enums.SupplierKind.PART})

    def van(self, technician: str = "tech1") -> m.Warehouse:
        return self.world.row(m.Warehouse, owner_id=self.world[technician].employee_id)

    def part(self, number: str, name: str = "液压滤芯", price: str = "180") -> m.Part:
        return create(m.Part, {"part_number": number, "name": name, "category": self.filters, "retail_price": D(price)})

    def stocked(self, part: m.Part, quantity: str, amount: str, store: m.Warehouse | None = None) -> None:
        """Opening stock in a store, the main one unless told otherwise."""
        store = store or self.main
        paper = create(
            m.PurchaseOrder,
            {"supplier": self.supplier, "warehouse": self.main,
             "lines": [{"part": part, "quantity": D(quantity), "unit_price": D(0)}]},
            by=self.world["buyer"],
        )  # fmt: skip
        stock.move(part, D(quantity), source=stock.place(WarehouseKind.SUPPLIER), target=store,
                   movement=StockMovement.OPENING, origin=paper, line=1, amount=D(amount))  # fmt: skip
        db.session.commit()

    def shelf(self, part: m.Part, store: m.Warehouse) -> tuple[Decimal, Decimal]:
        """(pieces, yuan) of a part in a store; nothing there is (0, 0.00)."""
        rows = self.world.rows(m.StockBalance, part_id=part.id, warehouse_id=store.id)
        return (rows[0].quantity, rows[0].amount) if rows else (D(0), D("0.00"))

    def order(self, customer: m.Customer, unit: m.MachineUnit | None = None, **more: Any) -> m.WorkOrder:
        """Reported to the clerk: a machine that does not start."""
        values = {"customer": customer, "unit": unit, "fault": "不能启动"} | more
        if unit is None:
            values.setdefault("machine_text", "徐工 XE215 0021")
        return create(m.WorkOrder, values, by=self.world["clerk"])

    def assigned(self, order: m.WorkOrder, leader: str = "tech1", helper: str | None = None) -> m.WorkOrder:
        w = self.world
        return fire(
            order, "assign", by=w["service_manager"], leader=w.row(m.Employee, id=w[leader].employee_id),
            helper=w.row(m.Employee, id=w[helper].employee_id) if helper else None,
        )  # fmt: skip

    def at_work(self, order: m.WorkOrder, leader: str = "tech1") -> m.WorkOrder:
        """Assigned, accepted, on the spot."""
        self.assigned(order, leader)
        fire(order, "accept", by=self.world[leader])
        return fire(order, "arrive", by=self.world[leader], place="31.86,117.28")

    def prove(self, order: m.WorkOrder, leader: str = "tech1") -> None:
        """A photo from the site; the customer's signature comes with `finish`."""
        photo = files.picture(colour="brown")
        together(
            lambda: attachment.attach(order, AttachmentKind.SITE_PHOTO, "现场.jpg", photo),
            by=self.world[leader], entity=m.Attachment,
        )  # fmt: skip

    def finish(self, order: m.WorkOrder, leader: str = "tech1", **more: Any) -> m.WorkOrder:
        """The work is done, in two hours unless told otherwise, photographed and signed."""
        self.prove(order, leader)
        meter = self.fresh(order).hour_meter + 1
        answers = {
            "solution": "已修好",
            "labour_hours": D(2),
            "hour_meter": meter,
            "signature": files.signature(),
        } | more
        return fire(order, "finish", by=self.world[leader], **answers)

    def fresh(self, row: Any) -> Any:
        """The row as it is in the books now, whoever changed it."""
        entity, row_id = type(row), row.id
        db.session.rollback()
        return self.world.row(entity, id=row_id)
