"""The parts side of the demo: stores, articles, purchases on the way, quotations, sales, a transfer, a count."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from .. import clock, enums
from .. import models as m
from ..actor import SYSTEM, acting_as
from ..database import db
from ..unit_of_work import change, create, fire
from . import people as cast

if TYPE_CHECKING:
    from .build import Demo

D = Decimal


class PartsStory:
    """Parts come in, are quoted, sold, moved and counted by the demo's people."""

    def __init__(self, demo: Demo) -> None:
        self.demo = demo

    def tell(self) -> None:
        """The whole story, oldest first."""
        self._stores()
        self._articles()
        self._purchases()
        self._sales()
        self._moves()
        self._returns()
        self._taken_back()
        self._proposals()

    def _stores(self) -> None:
        demo, service = self.demo, self.demo.departments["服务部"]
        keeper = demo.who["keeper"]
        with demo.on(200), demo.do("sysadmin"):
            self.main, self.branch = (
                create(
                    m.Warehouse,
                    {
                        "code": code,
                        "name": name,
                        "kind": kind,
                        "department": service,
                        "address": address,
                        "keepers": [{"employee_id": keeper.employee_id}],
                    },
                )
                for code, name, kind, address in (
                    ("PJ1", "合肥配件总库", enums.WarehouseKind.MAIN, "合肥市经开区锦绣大道 88 号"),
                    ("PJ2", "芜湖配件分库", enums.WarehouseKind.BRANCH, "芜湖市鸠江区港湾路 16 号"),
                )
            )
        demo.refresh("keeper")

    def _articles(self) -> None:
        demo = self.demo
        with demo.on(199), demo.do("buyer"):
            categories = {name: create(m.PartCategory, {"code": code, "name": name}) for code, name in cast.CATEGORIES}
            self.parts = {
                number: create(
                    m.Part,
                    {
                        "part_number": number,
                        "name": name,
                        "category": categories[category],
                        "specification": spec,
                        "unit_name": unit,
                        "retail_price": D(retail),
                        "wholesale_price": D(wholesale),
                        "inner_price": D(inner),
                        "min_stock": D(4),
                        "max_stock": D(60),
                    },
                )
                for category, number, name, spec, unit, _cost, retail, wholesale, inner in cast.PARTS
            }
            create(
                m.PartSubstitute,
                {
                    "part": self.parts["LX-1001"],
                    "substitute": self.parts["LX-1003"],
                    "direction": enums.SubstituteDirection.ONE,
                },
            )
            self.supplier = create(
                m.Supplier,
                {
                    "name": "江淮滤清器有限公司",
                    "kind": enums.SupplierKind.PART,
                    "contact_name": "卢经理",
                    "phone": "0551-63345678",
                    "payment_days": 30,
                },
            )
        self.prices = {row[1]: D(row[5]) for row in cast.PARTS}

    def _purchases(self) -> None:
        """Three orders: one all here, one half here, one waiting for approval."""
        first = self._ordered(
            190, [(number, 20 if not number.startswith(("DP", "YY", "YP")) else 6) for number in self.parts]
        )
        self._receive(first, 186, D(1))
        self._shelves()
        second = self._ordered(30, [("LX-1001", 20), ("CD-3001", 40)])
        self._receive(second, 25, D("0.6"))
        self.damaged = second
        with self.demo.on(1), self.demo.do("buyer"):
            third = self._order([("LX-1004", 12), ("YP-5001", 4)])
            fire(third, "submit")

    def _shelves(self) -> None:
        """马强 names his shelves and says where things lie; two parts have a minimum of their own here."""
        with self.demo.on(185), self.demo.do("keeper"):
            for number, part in self.parts.items():
                code = f"{number[0]}-{number[3:5]}-{number[-1:]:0>2}"
                shelf = create(m.Bin, {"warehouse": self.main, "code": code})
                held = db.session.scalars(
                    sa.select(m.StockBalance).where(
                        m.StockBalance.part_id == part.id, m.StockBalance.warehouse_id == self.main.id
                    )
                ).one()
                few = {"LX-1002": D(25), "CD-3001": D(30)}.get(number)
                fire(held, "shelve", bin=shelf, min_quantity=few)

    def _order(self, wanted: list[tuple[str, int]]) -> m.PurchaseOrder:
        lines = [
            {"part": self.parts[number], "quantity": D(quantity), "unit_price": self.prices[number]}
            for number, quantity in wanted
        ]
        return create(m.PurchaseOrder, {"supplier": self.supplier, "warehouse": self.main, "lines": lines})

    def _ordered(self, days_ago: int, wanted: list[tuple[str, int]]) -> m.PurchaseOrder:
        demo = self.demo
        with demo.on(days_ago), demo.do("buyer"):
            order = self._order(wanted)
            fire(order, "submit")
        with demo.on(days_ago - 1):
            fire(order, "approve", by=demo.who["finance"], opinion="同意")
        return order

    def _receive(self, order: m.PurchaseOrder, days_ago: int, share: Decimal) -> None:
        with self.demo.on(days_ago), self.demo.do("keeper"):
            receipt = db.session.scalars(sa.select(m.InboundReceipt).where(m.InboundReceipt.order_id == order.id)).one()
            lines = [
                {"id": line.id, "quantity": (line.planned_quantity * share).quantize(D(1))} for line in receipt.lines
            ]
            fire(receipt, "receive", lines=lines)

    def _sales(self) -> None:
        """One sale shipped and paid, one waiting for the keeper, one for the manager; one quotation agreed, one sent."""
        done = self._sold(14, 8, [("LX-1001", 4), ("LX-1002", 4), ("CD-3001", 10)])
        with self.demo.on(12):
            self._pay(done)
            self._ship(done)
        self.done = done
        with self.demo.on(3):
            self._pay(self._sold(3, 0, [("LX-1003", 2), ("CD-3002", 10)]))
        with self.demo.on(1), self.demo.do("sales1"):
            fire(self._sale(self._agreed(1, 2, [("DP-2002", 2)])), "submit")
        self._agreed(2, 13, [("YY-4001", 1)])
        with self.demo.on(0), self.demo.do("clerk"):
            fire(self._quotation(4, [("YP-5001", 2)]), "send")
        with self.demo.on(5):
            with self.demo.do("clerk"):
                own = create(
                    m.PartSale,
                    {
                        "sale_type": self._kind("self_use"), "warehouse": self.main, "cost_department": self.demo.departments["服务部"],
                        "detail": "服务车保养", "lines": [{"part": self.parts["LX-1002"], "quantity": D(2), "unit_price": D(0)}],
                    },
                )  # fmt: skip
                fire(own, "submit")
            fire(own, "approve", by=self.demo.who["gm"])
            self._ship(own)
        with self.demo.on(4):
            self._ship(self._sold(4, 19, [("LX-1001", 3), ("LX-1002", 3)], settle_way=enums.SettleWay.CREDIT))

    def _kind(self, code: str) -> m.SaleType:
        with acting_as(SYSTEM):
            return db.session.scalars(sa.select(m.SaleType).where(m.SaleType.code == code)).one()

    def _quotation(self, index: int, wanted: list[tuple[str, int]]) -> m.PartQuotation:
        lines = [{"part": self.parts[n], "quantity": D(q), "unit_price": self.parts[n].retail_price} for n, q in wanted]
        customer = self.demo.customers[index][0]
        return create(
            m.PartQuotation, {"customer": customer, "valid_until": clock.today() + timedelta(days=30), "lines": lines}
        )

    def _agreed(self, days_ago: int, index: int, wanted: list[tuple[str, int]]) -> m.PartQuotation:
        with self.demo.on(days_ago), self.demo.do(self.demo.customers[index][2]):
            quotation = self._quotation(index, wanted)
            fire(quotation, "send")
            fire(quotation, "agree", agreed_by=self.demo.customers[index][1].name, agreed_proof="微信确认")
        return quotation

    def _sale(self, quotation: m.PartQuotation, **more: Any) -> m.PartSale:
        values = {"quotation": quotation, "sale_type": self._kind("walk_in"), "warehouse": self.main}
        return create(m.PartSale, values | more)

    def _sold(self, days_ago: int, index: int, wanted: list[tuple[str, int]], **more: Any) -> m.PartSale:
        quotation = self._agreed(days_ago, index, wanted)
        with self.demo.on(days_ago):
            with self.demo.do(self.demo.customers[index][2]):
                sale = self._sale(quotation, **more)
                fire(sale, "submit")
            fire(sale, "approve", by=self.demo.who["sales_manager"])
        return sale

    def _pay(self, sale: m.PartSale) -> None:
        with self.demo.do("clerk"):
            debt = db.session.scalars(sa.select(m.Receivable).where(m.Receivable.sale_id == sale.id)).one()
            paper = create(
                m.Receipt,
                {
                    "customer": sale.customer, "received_on": clock.today(),
                    "funds": [{"kind": enums.FundKind.CASH, "account": self.demo.cash, "amount": debt.amount}],
                    "allocations": [{"receivable": debt, "amount": debt.amount}],
                },
            )  # fmt: skip
        fire(paper, "confirm", by=self.demo.who["finance"])

    def _ship(self, sale: m.PartSale) -> None:
        with self.demo.do("keeper"):
            paper = db.session.scalars(sa.select(m.PartOutbound).where(m.PartOutbound.sale_id == sale.id)).one()
            fire(paper, "ship", lines=[{"id": line.id, "quantity": line.planned_quantity} for line in paper.lines])

    def _moves(self) -> None:
        """A transfer arrived short of one piece, another waits to leave."""
        demo = self.demo
        with demo.on(6), demo.do("clerk"):
            first: Any = create(
                m.StockTransfer,
                {
                    "source": self.main,
                    "target": self.branch,
                    "lines": [
                        {"part": self.parts["LX-1001"], "quantity": D(5)},
                        {"part": self.parts["CD-3001"], "quantity": D(10)},
                    ],
                },
            )
        with demo.on(5), demo.do("keeper"):
            fire(first, "ship")
        with demo.on(4), demo.do("keeper"):
            fire(
                first,
                "receive",
                lines=[
                    {"id": line.id, "quantity": line.shipped_quantity - (1 if n else 0)}
                    for n, line in enumerate(first.lines)
                ],
            )
        with demo.on(0), demo.do("clerk"):
            create(
                m.StockTransfer,
                {
                    "source": self.main,
                    "target": self.branch,
                    "lines": [{"part": self.parts["LX-1003"], "quantity": D(3)}],
                },
            )

    def _returns(self) -> None:
        """Two damaged filters go back to the supplier; the debt goes down."""
        demo = self.demo
        with demo.on(20), demo.do("buyer"):
            receipt = db.session.scalars(
                sa.select(m.InboundReceipt).where(
                    m.InboundReceipt.order_id == self.damaged.id,
                    m.InboundReceipt.state == enums.InboundReceiptState.DONE,
                )
            ).one()
            back: Any = create(
                m.PurchaseReturn,
                {
                    "receipt": receipt,
                    "reason": "滤纸破损",
                    "lines": [{"receipt_line": receipt.lines[0], "quantity": D(2)}],
                },
            )
            fire(back, "submit")
        with demo.on(19):
            fire(back, "approve", by=demo.who["finance"], opinion="同意退货")
        with demo.on(18), demo.do("keeper"):
            fire(back, "ship", express_number="SF1402233445566")

    def _taken_back(self) -> None:
        """One filter too many comes back and is refunded."""
        demo, values = self.demo, {"sale": self.done, "warehouse": self.main, "reason": "客户多买一件，未拆封"}
        with demo.on(9):
            with demo.do("clerk"):
                line = next(row for row in self.done.lines if row.part_id == self.parts["LX-1002"].id)
                back: Any = create(m.SaleReturn, {**values, "lines": [{"sale_line": line, "quantity": D(1)}]})
            with demo.do("keeper"):
                fire(back, "receive")
            fire(back, "refund", by=demo.who["finance"], account=demo.cash)

    def _proposals(self) -> None:
        """A customer waits for two pumps more than there are; a part is below its minimum."""
        demo = self.demo
        quotation = self._agreed(1, 9, [("YY-4001", 8)])
        with demo.on(1):
            with demo.do(demo.customers[9][2]):
                sale = self._sale(quotation)
                fire(sale, "submit")
            fire(sale, "approve", by=demo.who["sales_manager"], despite_shortage=True, opinion="客户可等货")
        with demo.on(0), demo.do("buyer"):
            change(self.parts["DP-2002"], {"min_stock": D(10), "max_stock": D(20)})
            fire(self.main, "propose")
