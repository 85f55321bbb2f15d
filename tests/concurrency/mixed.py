"""Everything a parts counter does, mixed by lot, by several workers at once on one database; counts what came of it.

Used small by the tests and large by benchmarks/mixed_operations.py.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask import Flask

from app import clock
from app import models as m
from app.actor import SYSTEM, Actor, acting_as
from app.database import db
from app.enums import (
    AccountKind,
    InboundReceiptState,
    OutboundState,
    ReturnState,
    SaleState,
    ShipState,
    TransferState,
)
from app.errors import BusinessError
from app.unit_of_work import create, fire
from tests.kit import START, D, World
from tests.parts import new_part, open_stores, opening, said, sale

People = dict[str, Actor]
STORES = ("ZK", "FK")


def stock_up(world: World) -> None:
    """Four parts in both stores and three customers with long credit lines."""
    stores = open_stores(world)
    for n in range(1, 5):
        part = new_part(world, f"LX-{n}")
        for store in stores:
            opening(world, part, store, "500", f"{n}0000.07")
    for n in range(1, 4):
        world.company("sales1", n, credit_limit=D(10**9))


class Worker:
    """One person at the counter who does whatever comes, a given number of times."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.lot = world, random.Random(seed)
        self.verbs: list[Callable[[], Any]] = [
            self.sells, self.sells, self.approves, self.approves, self.ships, self.ships, self.cancels, self.buys,
            self.receives, self.returns, self.takes_back, self.refunds, self.moves, self.arrives, self.pays,
        ]  # fmt: skip

    def work(self, times: int) -> Counter[str]:
        """What happened: done, refused, nothing to do; any other fault by its name, with its words."""
        came: Counter[str] = Counter()
        for _ in range(times):
            try:
                came["done" if self.lot.choice(self.verbs)() is not None else "idle"] += 1
            except BusinessError as refusal:
                came[type(refusal).__name__] += 1
            except Exception as fault:
                came[f"FAULT {type(fault).__name__}: {str(fault)[:200]}"] += 1
            finally:
                db.session.remove()
        return came

    # -- what there is --------------------------------------------------------------------------------------------

    def some(self, entity: type, *where: Any) -> Any:
        """One of the latest rows; idle when there is none."""
        db.session.rollback()
        wanted = sa.select(entity).where(*where).order_by(entity.id.desc()).limit(40)
        found = list(db.session.scalars(wanted))
        return self.lot.choice(found) if found else None

    def store(self) -> m.Warehouse:
        return self.world.row(m.Warehouse, code=self.lot.choice(STORES))

    def lines(self, price: str) -> list[tuple[m.Part, str, str]]:
        """One or two parts, in any order."""
        parts = self.world.rows(m.Part)
        return [(p, str(self.lot.randint(1, 6)), price) for p in self.lot.sample(parts, self.lot.randint(1, 2))]

    def fire(self, row: Any, verb: str, who: str, **answers: Any) -> Any:
        return fire(row, verb, by=self.world[who], **answers) if row is not None else None

    # -- what is done ---------------------------------------------------------------------------------------------

    def sells(self) -> Any:
        customer = self.lot.choice(self.world.rows(m.Customer))
        return sale(self.world, customer, self.store(), *self.lines(f"{self.lot.randint(0, 9999) / 100:.2f}"))

    def approves(self) -> Any:
        return self.fire(self.some(m.PartSale, m.PartSale.state == SaleState.PENDING), "approve", "gm")

    def ships(self) -> Any:
        paper = self.some(m.PartOutbound, m.PartOutbound.state == OutboundState.PENDING)
        return paper and self.fire(paper, "ship", "keeper", lines=self.part_of(paper.lines))

    def cancels(self) -> Any:
        unshipped = (m.PartSale.state == SaleState.APPROVED, m.PartSale.ship_state == ShipState.NONE)
        return self.fire(self.some(m.PartSale, *unshipped), "cancel", "clerk", reason="x")

    def buys(self) -> Any:
        told = [{"part": p, "quantity": D(q), "unit_price": D(price)} for p, q, price in self.lines("33.33")]
        values = {"supplier": self.world.row(m.Supplier, name="滤清器厂"), "warehouse": self.store(), "lines": told}
        order = create(m.PurchaseOrder, values, by=self.world["buyer"])
        fire(order, "submit", by=self.world["buyer"])
        return fire(order, "approve", by=self.world["finance"])

    def receives(self) -> Any:
        if self.lot.random() < 0.2:
            done = self.some(m.InboundReceipt, m.InboundReceipt.state == InboundReceiptState.DONE)
            return self.fire(done, "reverse", "finance", reason="x")
        paper = self.some(m.InboundReceipt, m.InboundReceipt.state == InboundReceiptState.PENDING)
        return paper and self.fire(paper, "receive", "keeper", lines=self.part_of(paper.lines))

    def part_of(self, lines: list[Any]) -> list[dict[str, Any]]:
        share = self.lot.choice([1, 1, 2])
        return said(lines, *[str(max(Decimal(1), line.planned_quantity // share)) for line in lines])

    def returns(self) -> Any:
        line = self.some(m.SaleLine, m.SaleLine.shipped_quantity > m.SaleLine.returned_quantity)
        if line is None or line.sale.customer_id is None:
            return None
        told = [{"sale_line": line, "quantity": D(1)}]
        return create(m.SaleReturn, {"sale": line.sale, "reason": "x", "lines": told}, by=self.world["clerk"])

    def takes_back(self) -> Any:
        return self.fire(self.some(m.SaleReturn, m.SaleReturn.state == ReturnState.DRAFT), "receive", "keeper")

    def refunds(self) -> Any:
        account = self.world.row(m.FundAccount, kind=AccountKind.CASH)
        paper = self.some(m.SaleReturn, m.SaleReturn.state == ReturnState.RECEIVED)
        return self.fire(paper, "refund", "finance", account=account)

    def moves(self) -> Any:
        source, target = self.lot.sample([self.world.row(m.Warehouse, code=code) for code in STORES], 2)
        told = [{"part": p, "quantity": D(q)} for p, q, _ in self.lines("0")]
        paper = create(m.StockTransfer, {"source": source, "target": target, "lines": told}, by=self.world["keeper"])
        return self.fire(paper, "ship", "keeper")

    def arrives(self) -> Any:
        paper = self.some(m.StockTransfer, m.StockTransfer.state == TransferState.IN_TRANSIT)
        told = paper and said(paper.lines, *[str(line.shipped_quantity) for line in paper.lines])
        return paper and self.fire(paper, "receive", "keeper", lines=told)

    def pays(self) -> Any:
        debt = self.some(m.Receivable, m.Receivable.sale_id.is_not(None))
        if debt is None or not debt.outstanding_amount:
            return None
        amount = str(debt.outstanding_amount)
        return self.fire(self.world.receipt(debt.customer, [(debt, amount)]), "confirm", "finance")


def work_here(app: Flask, people: People, seed: int, times: int) -> Counter[str]:
    """A worker in an application context of its own: a thread or a process."""
    with app.app_context(), clock.on(START), acting_as(SYSTEM):
        return Worker(World(app, people), seed).work(times)


def faults(came: Counter[str]) -> list[str]:
    """What no clerk may ever meet: anything that is no sentence, and being told that the books are busy."""
    return [words for words in came if words.startswith("FAULT") or words == "Busy"]
