"""Every report over many moves, as a page that a manager opens, on both engines.

    python -m benchmarks.reports [stock moves]

Two years of a store with four warehouses: 200,000 moves, a third as many sale lines, coupons and their entries. Printed is
the median of five pages in milliseconds, and its ratio to one plain GROUP BY over all moves in the same run; only the
ratio is comparable between machines. Nothing is asserted.
"""

from __future__ import annotations

import datetime as dt
import random
import statistics
import sys
import time
from collections import defaultdict
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from app import clock
from app import models as m
from app.actor import SYSTEM, acting_as
from app.database import db
from app.enums import (
    CouponMovement,
    CouponState,
    CustomerKind,
    OutboundState,
    SaleState,
    StockMovement,
    WarehouseKind,
)
from tests.conftest import Engine
from tests.kit import Browser, World

END = dt.date(2026, 11, 23)
DAYS, PARTS, SALES_LINES, COST = 730, 4_000, 3, Decimal(10)
PAGES = {
    "stock card, one part": "/stockcardview/list/?part={part}&day_from=",
    "month, this one": "/stockmonthlyview/list/",
    "month, two years ago": "/stockmonthlyview/list/?month=2025-01",
    "month, by movement": "/stockmonthlyview/list/?month=2025-06&show=AMOUNT",
    "slow stock": "/slowstockview/list/?order=-days",
    "slow stock, spans": "/slowstockview/list/?group=AGE",
    "margin, this month": "/partmarginview/list/",
    "margin, two years": "/partmarginview/list/?day_from=2024-01-01",
    "margin, by customer": "/partmarginview/list/?day_from=2024-01-01&group=CUSTOMER",
    "margin, by part": "/partmarginview/list/?day_from=2024-01-01&group=PART&order=margin_share",
    "coupons, today": "/couponliabilityview/list/",
    "coupons, each, a year ago": "/couponliabilityview/list/?day=2025-11-23&group=COUPON",
}


def put(entity: type[m.Entity], rows: list[dict[str, Any]]) -> None:
    """Rows past the ORM, a few thousand at a time; ids are ours."""
    for start in range(0, len(rows), 5_000):
        db.session.execute(sa.insert(entity.__table__), rows[start : start + 5_000])
    db.session.commit()


def ids(entity: type[m.Entity], **by: Any) -> list[int]:
    return list(db.session.scalars(sa.select(entity.id).filter_by(**by).order_by(entity.id)))


def fill(moves: int) -> None:
    """The store: what came in stays the same piece for piece, so that balances, moves and papers agree."""
    chance = random.Random(7)
    department, seller = ids(m.Department)[0], ids(m.Employee)
    common = {"version": 1, "created_at": clock.now(), "changed_at": clock.now()}
    put(m.PartCategory, [{"id": n, "code": f"L{n}", "name": f"分类{n}", **common} for n in range(1, 21)])
    put(m.Part, [{"id": n, "part_number": f"P-{n:05d}", "part_key": f"P{n:05d}", "name": f"配件{n}", "category_id": 1 + n % 20, **common}
                 for n in range(1, PARTS + 1)])  # fmt: skip
    first = max(ids(m.Warehouse)) + 1
    stores = [first + n for n in range(4)]
    put(
        m.Warehouse,
        [{"id": w, "code": f"K{w}", "name": f"库{w}", "kind": WarehouseKind.BRANCH, **common} for w in stores],
    )
    supplier, customer = (
        ids(m.Warehouse, kind=WarehouseKind.SUPPLIER)[0],
        ids(m.Warehouse, kind=WarehouseKind.CUSTOMER)[0],
    )
    buyers = list(range(1, 2_001))
    put(m.Customer, [{"id": c, "number": f"KH{c:06d}", "name": f"客户{c}", "kind": CustomerKind.COMPANY, "mobile": f"139{c:08d}",
                      "credit_code": f"X{c:017d}", "salesperson_id": seller[c % len(seller)], **common} for c in buyers])  # fmt: skip
    walk_in = ids(m.SaleType, code="walk_in")[0]
    shelf: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
    journal, sales, lines, outs, out_lines = [], [], [], [], []
    for number in range(1, moves + 1):
        day = END - dt.timedelta(days=DAYS - number * DAYS // moves)
        part, store = chance.randint(1, PARTS), chance.choice(stores)
        here = shelf[part, store]
        is_sale = here >= 5 and number % 3 == 0
        quantity = Decimal(chance.randint(1, 5)) if is_sale else Decimal(chance.randint(1, 9))
        shelf[part, store] += -quantity if is_sale else quantity
        source, target = (store, customer) if is_sale else (supplier, store)
        origin, origin_id, line = "InboundReceipt", number, 1
        if is_sale:
            if not lines or len(lines) % SALES_LINES == 0:
                sales.append({"id": len(sales) + 1, "number": f"XS-{len(sales)}", "business_on": day, "department_id": department,
                              "sale_type_id": walk_in, "customer_id": chance.choice(buyers), "salesperson_id": chance.choice(seller),
                              "warehouse_id": store, "state": SaleState.APPROVED, "goods_amount": Decimal(0), "coupon_amount": Decimal(0),
                              "cost_amount": Decimal(0), **common})  # fmt: skip
                outs.append({"id": len(sales), "number": f"CK-{len(sales)}", "business_on": day, "department_id": department,
                             "sale_id": len(sales), "warehouse_id": store, "state": OutboundState.DONE, **common})  # fmt: skip
            sale, line = sales[-1], len(lines) % SALES_LINES + 1
            amount = quantity * 18
            sale["goods_amount"] += amount
            sale["cost_amount"] += quantity * COST
            lines.append({"id": len(lines) + 1, "sale_id": sale["id"], "line_number": line, "part_id": part, "quantity": quantity,
                          "unit_price": Decimal(18), "amount": amount, "shipped_quantity": quantity, "cost_amount": quantity * COST})  # fmt: skip
            out_lines.append({"id": len(lines), "outbound_id": sale["id"], "line_number": line, "sale_line_id": len(lines), "part_id": part,
                              "planned_quantity": quantity, "actual_quantity": quantity, "cost_amount": quantity * COST})  # fmt: skip
            origin, origin_id = "PartOutbound", sale["id"]
        journal.append({"id": number, "part_id": part, "source_id": source, "target_id": target, "quantity": quantity, "amount": quantity * COST,
                        "movement": StockMovement.SALE_OUT if is_sale else StockMovement.PURCHASE_IN, "origin": origin, "origin_id": origin_id,
                        "origin_number": f"X-{origin_id}", "origin_line": line, "business_on": day, "posted_at": clock.midnight(day)})  # fmt: skip
    for sale in sales:
        sale["coupon_amount"] = min(Decimal(10), sale["goods_amount"])
    put(m.PartSale, sales)
    put(m.SaleLine, lines)
    put(m.PartOutbound, outs)
    put(m.OutboundLine, out_lines)
    put(m.StockMove, journal)
    put(m.StockBalance, [{"id": n, "part_id": p, "warehouse_id": w, "quantity": q, "amount": q * COST, "version": 1}
                         for n, ((p, w), q) in enumerate(sorted(shelf.items()), 1)])  # fmt: skip
    coupons(sales, buyers, common)
    db.session.execute(sa.text("ANALYZE"))
    db.session.commit()


def coupons(sales: list[dict[str, Any]], buyers: list[int], common: dict[str, Any]) -> None:
    """One coupon for each sale, half of it used."""
    kind = ids(m.CouponType)[0]
    made, entries = [], []
    for number, sale in enumerate(sales, 1):
        day, face = sale["business_on"], Decimal(20)
        made.append({"id": number, "number": f"KQ{number:08d}", "type_id": kind, "customer_id": sale["customer_id"], "face_amount": face,
                     "balance": face - sale["coupon_amount"], "valid_from": day, "valid_to": day + dt.timedelta(days=365),
                     "state": CouponState.ACTIVE, **common})  # fmt: skip
        for movement, amount in (
            (CouponMovement.ISSUE, face),
            (CouponMovement.ACTIVATE, Decimal(0)),
            (CouponMovement.REDEEM_SALE, -sale["coupon_amount"]),
        ):
            entries.append({"coupon_id": number, "movement": movement, "amount": amount, "balance_after": face, "origin": "PartSale",
                            "origin_id": sale["id"], "origin_number": sale["number"], "posted_at": clock.midnight(day)})  # fmt: skip
    put(m.Coupon, made)
    put(m.CouponEntry, entries)


def median(run: Any, times: int = 5) -> float:
    """Milliseconds, the first run left out."""
    run()
    told = []
    for _ in range(times):
        began = time.perf_counter()
        run()
        told.append((time.perf_counter() - began) * 1000)
    return statistics.median(told)


def measure(kind: str, moves: int) -> None:
    engine = Engine(kind)
    world = World(engine.app)
    try:
        with world.app.app_context(), clock.on(END), acting_as(SYSTEM):
            fill(moves)
            part = db.session.scalar(
                sa.select(m.StockMove.part_id).group_by(m.StockMove.part_id).order_by(sa.func.count().desc()).limit(1)
            )
            plain = sa.text(
                "SELECT part_id, target_id, SUM(quantity), SUM(amount) FROM stock_move GROUP BY part_id, target_id"
            )
            base = median(lambda: db.session.execute(plain).all())
            counts = [
                db.session.scalar(sa.select(sa.func.count()).select_from(e.__table__))
                for e in (m.StockMove, m.StockBalance, m.SaleLine, m.CouponEntry)
            ]
            db.session.remove()
        print(f"\n{kind}: {counts[0]:,} moves, {counts[1]:,} balances, {counts[2]:,} sale lines, {counts[3]:,} coupon entries; "
              f"plain GROUP BY {base:.0f} ms")  # fmt: skip
        with clock.on(END):
            browser = Browser(world.app, "gm")
            for name, path in PAGES.items():
                address = path.format(part=part)

                def page(address: str = address) -> None:
                    answer = browser.get(address)
                    assert answer.status_code == 200 and b"<tbody>" in answer.get_data(), address

                took = median(page)
                print(f"  {name:28} {took:7.0f} ms   {took / base:5.2f} x")
    finally:
        with world.app.app_context():
            db.session.remove()
            db.engine.dispose()
        engine.drop()


if __name__ == "__main__":
    for kind in ("sqlite", "postgresql"):
        measure(kind, int(sys.argv[1]) if len(sys.argv) > 1 else 200_000)
