"""Parts bought, sold, moved, counted and taken back through the real verbs, in any order: the shelves are what paper says.

Steps: TIEMA_STEPS of them (default 250), always the same ones; every step is followed by the whole check of the books.
"""

from __future__ import annotations

import copy
import datetime as dt
import os
import random
import sqlite3
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from app import clock
from app import models as m
from app.actor import SYSTEM, acting_as
from app.database import db
from app.enums import (
    AccountKind,
    CouponState,
    PayableState,
    SettleWay,
    ShortageHandling,
    SupplierKind,
    WarehouseKind,
)
from app.errors import BusinessError, NotAllowed, NotYours
from app.ledgers import cash
from app.screens.security import actor_of
from app.unit_of_work import create, fire
from tests.books import check_books
from tests.kit import START, D, World
from tests.ledgers.stock_on_paper import (
    BRANCH,
    MAIN,
    TRANSIT,
    Notes,
    OrderLine,
    Return,
    Sale,
    SaleLine,
    Transfer,
    Wrong,
    yuan,
)
from tests.ledgers.stock_on_paper import Voucher as PaperVoucher
from tests.stories import by_cash, by_coupon, gift, sold

STEPS = int(os.environ.get("TIEMA_STEPS", "250"))
A_STORY = 30
ZERO = D(0)
LIMIT = D("3000.00")
which = st.integers(0, 99)
seeds = st.integers(0, 2**40)
places = st.sampled_from([MAIN, MAIN, BRANCH])
pieces = st.one_of(st.integers(1, 9).map(D), st.sampled_from([D("0.5"), D("1.125"), D("0.333")]))
prices = st.one_of(
    st.just(ZERO),
    st.sampled_from([D("0.01"), D("0.04"), D("33.33"), D("135.60")]),
    st.integers(1, 9999).map(lambda n: D(n) / 100),
)
shares = st.sampled_from([0, 1, 1, 2, 2, 2, 3])  # 0 none, 1 some, 2 all, 3 more than there is
lines = st.lists(st.tuples(pieces, prices), min_size=1, max_size=2)


def part_of(share: int, whole: Decimal, lot: int) -> Decimal:
    """None, some, all or more of a quantity or an amount, in its own places."""
    if share == 1:
        step = D("1") if whole > 1 and whole == whole.to_integral_value() else D("0.001")
        return min(whole, max(step, ((whole * lot / 100) // step) * step))
    return {0: ZERO, 2: whole, 3: whole + 1}[share]


class Store(RuleBasedStateMachine):
    """Two parts in two warehouses, two customers with coupons; beside the books the notes on paper."""

    world: World
    snapshot: sqlite3.Connection
    parts: list[int]
    vouchers: dict[int, PaperVoucher]

    @initialize()
    def open(self) -> None:
        with sqlite3.connect(db.engine.url.database or "") as file:
            db.session.remove()
            db.engine.dispose()
            self.snapshot.backup(file)
        file.close()
        self.notes = Notes(START, LIMIT, START + dt.timedelta(days=365), copy.deepcopy(self.vouchers))
        self.customers = sorted({v.customer for v in self.vouchers.values()})
        self.till_before = self.till()
        for part, price in zip(self.parts, (D("135.60"), D("0.04")), strict=True):
            self.order_comes(MAIN, [OrderLine(part, D(200), price, None)], 1, 90)

    # -- small words ----------------------------------------------------------------------------------------------

    def till(self) -> Decimal:
        return cash.balance(self.world.row(m.FundAccount, kind=AccountKind.CASH))

    def row(self, entity: type, row_id: int) -> Any:
        return self.world.row(entity, id=row_id)

    def place(self, code: str) -> m.Warehouse:
        return self.world.row(m.Warehouse, code=code)

    def does(self, note: Callable[[Notes, int], None], what: Callable[[], Any]) -> Any:
        """The house does it exactly if paper says that it is right; `note` gets the id of what was done."""
        refusal = done = None
        with clock.on(self.notes.day):
            try:
                done = what()
            except BusinessError as fault:
                assert not isinstance(fault, NotAllowed | NotYours), f"nobody's fault but the test's: {fault}"
                refusal = fault
        trial = copy.deepcopy(self.notes)
        try:
            note(trial, done.id if done is not None else 0)
        except Wrong:
            assert refusal is not None, "done though it is wrong"
            return None
        assert refusal is None, f"refused though it is right: {refusal}"
        self.notes = trial
        return done

    def fires(
        self, row: Any, verb: str, who: str, note: Callable[[Notes], None], key: str | None = None, **answers: Any
    ) -> Any:
        return self.does(lambda n, _: note(n), lambda: fire(row, verb, by=self.world[who], key=key, **answers))

    def pick(self, found: list[Any], lot: int) -> Any:
        return found[lot % len(found)] if found else None

    # -- purchase -------------------------------------------------------------------------------------------------

    @rule(at=places, wanted=lines, agreed=st.one_of(st.none(), st.none(), prices), first=which, share=shares, lot=which)
    def bought(
        self, at: str, wanted: list[tuple[Decimal, Decimal]], agreed: Decimal | None, first: int, share: int, lot: int
    ) -> None:
        """Ordered, approved, and its first delivery comes: none, some, all or too much of it."""
        parts = [self.parts[(first + n) % 2] for n in range(len(wanted))]
        noted = [OrderLine(p, q, price, None) for p, (q, price) in zip(parts, wanted, strict=True)]
        noted[0].agreed = agreed
        self.order_comes(at, noted, share, lot)

    def order_comes(self, at: str, noted: list[OrderLine], share: int, lot: int) -> None:
        told = [
            {"part_id": o.part, "quantity": o.quantity, "unit_price": o.price, "agreed_amount": o.agreed} for o in noted
        ]

        def order() -> m.PurchaseOrder:
            supplier = self.world.row(m.Supplier, name="滤清器厂")
            values = {"supplier": supplier, "warehouse": self.place(at), "lines": told}
            paper = create(m.PurchaseOrder, values, by=self.world["buyer"])
            fire(paper, "submit", by=self.world["buyer"])
            return fire(paper, "approve", by=self.world["finance"])

        made = self.does(lambda n, key: n.order(key, at, noted), order)
        self.comes(made.id, 0, share, lot)

    @rule(seed=seeds)
    def bought_and_delivered_piece_by_piece(self, seed: int) -> None:
        lot = random.Random(seed)
        price, agreed = D(lot.choice(["0.04", "0.01", "33.33"])), lot.choice([None, None, D("0.05")])
        self.order_comes(BRANCH, [OrderLine(lot.choice(self.parts), D(10), price, agreed)], 1, lot.randint(10, 40))
        key = max(self.notes.orders)
        while self.notes.orders[key].receipts[-1].state == "PENDING" and lot.random() < 0.9:
            self.comes(key, len(self.notes.orders[key].receipts) - 1, lot.choice([1, 1, 2]), lot.randint(10, 60))

    def receipts(self, state: str) -> list[tuple[int, int]]:
        return [(k, n) for k, o in self.notes.orders.items() for n, r in enumerate(o.receipts) if r.state == state]

    @rule(lot=which, share=shares, some=which, times=st.integers(1, 2))
    def a_delivery_comes(self, lot: int, share: int, some: int, times: int) -> None:
        """Once or by two keepers."""
        if found := self.pick(self.receipts("PENDING"), lot):
            for _ in range(times):
                self.comes(*found, share, some)

    def comes(self, key: int, number: int, share: int, lot: int) -> None:
        came = [part_of(share, q, lot) for _, q in self.notes.orders[key].receipts[number].planned]
        paper = self.world.rows(m.InboundReceipt, order_id=key)[number]
        told = [{"id": line.id, "quantity": q} for line, q in zip(paper.lines, came, strict=True)]
        self.fires(paper, "receive", "keeper", lambda n: n.receive(key, number, came), lines=told)

    @rule(lot=which)
    def a_delivery_is_taken_back(self, lot: int) -> None:
        if found := self.pick(self.receipts("DONE"), lot):
            key, number = found
            paper = self.world.rows(m.InboundReceipt, order_id=key)[number]
            self.fires(paper, "reverse", "finance", lambda n: n.reverse(key, number), reason="x")

    # -- sale -----------------------------------------------------------------------------------------------------

    @rule(
        who=which, at=places, wanted=lines, first=which, is_cash=st.booleans(), discount=st.one_of(st.just(ZERO), prices),
        coupons=st.lists(st.tuples(which, shares, which), max_size=2), is_approved=st.sampled_from([True, True, False]),
    )  # fmt: skip
    def sold(
        self, who: int, at: str, wanted: list[tuple[Decimal, Decimal]], first: int, is_cash: bool, discount: Decimal,
        coupons: list[tuple[int, int, int]], is_approved: bool,
    ) -> None:  # fmt: skip
        """Quotation, customer's word, sale with up to two coupons, submitted and mostly approved at once."""
        self.sells(who, at, wanted, first, is_cash, discount, coupons, is_approved)

    def sells(
        self, who: int, at: str, wanted: list[tuple[Decimal, Decimal]], first: int, is_cash: bool, discount: Decimal,
        coupons: list[tuple[int, int, int]], is_approved: bool,
    ) -> int:  # fmt: skip
        customer = self.pick(self.customers, who)
        noted = [SaleLine(self.parts[(first + n) % 2], q, price) for n, (q, price) in enumerate(wanted)]
        sale = Sale(customer, at, is_cash, discount, noted, [])
        sale.coupons = self.vouchers_for(customer, sale.net, coupons)
        made = self.does(lambda n, key: n.submit(key, sale), lambda: self.submitted(sale))
        if made is not None and is_approved:
            self.fires(made, "approve", "gm", lambda n: n.approve(made.id))
        return made.id if made is not None else 0

    def vouchers_for(
        self, customer: int, most: Decimal, wanted: list[tuple[int, int, int]]
    ) -> list[tuple[int, Decimal]]:
        """Coupons of the customer, each once, together at most what there is to pay."""
        chosen, mine = [], [c for c, v in self.notes.vouchers.items() if v.customer == customer]
        for lot, share, some in wanted:
            key = mine.pop(lot % len(mine))
            amount = min(yuan(part_of(share, self.notes.vouchers[key].left, some)), most)
            if amount > 0:
                chosen.append((key, amount))
                most -= amount
        return chosen

    def submitted(self, sale: Sale) -> m.PartSale:
        seller, told = self.world["sales2"], []
        for line in sale.lines:
            told.append({"part_id": line.part, "quantity": line.quantity, "unit_price": line.price})
        values = {"customer_id": sale.customer, "valid_until": clock.today(), "lines": told}
        quotation = create(m.PartQuotation, values, by=seller)
        fire(quotation, "send", by=seller)
        fire(quotation, "agree", by=seller, agreed_by="x", agreed_proof="x")
        values = {
            "quotation": quotation,
            "sale_type": self.world.row(m.SaleType, code="walk_in"),
            "warehouse": self.place(sale.place),
            "settle_way": SettleWay.CASH if sale.is_cash else SettleWay.CREDIT,
            "discount_amount": sale.discount,
            "coupons": [{"coupon_id": c, "amount": a} for c, a in sale.coupons],
        }
        return fire(create(m.PartSale, values, by=seller), "submit", by=seller)

    @rule(at=places, wanted=lines, first=which)
    def used_inside(self, at: str, wanted: list[tuple[Decimal, Decimal]], first: int) -> None:
        noted = [SaleLine(self.parts[(first + n) % 2], q, ZERO) for n, (q, _) in enumerate(wanted)]
        values = {
            "sale_type": self.world.row(m.SaleType, code="self_use"),
            "warehouse": self.place(at),
            "cost_department": self.world.row(m.Department, code="FWB"),
            "detail": "x",
            "lines": [{"part_id": o.part, "quantity": o.quantity, "unit_price": ZERO} for o in noted],
        }

        def submitted() -> m.PartSale:
            paper = create(m.PartSale, values, by=self.world["clerk"])
            return fire(paper, "submit", by=self.world["clerk"])

        made = self.does(lambda n, key: n.submit(key, Sale(None, at, True, ZERO, noted, [])), submitted)
        self.fires(made, "approve", "gm", lambda n: n.approve(made.id))

    def sales(self, state: str) -> list[int]:
        return [k for k, s in self.notes.sales.items() if s.state == state]

    @rule(lot=which, times=st.integers(1, 2))
    def a_sale_is_approved(self, lot: int, times: int) -> None:
        if key := self.pick(self.sales("PENDING"), lot):
            for _ in range(times):
                self.fires(self.row(m.PartSale, key), "approve", "gm", lambda n: n.approve(key))

    @rule(lot=which)
    def a_sale_is_cancelled(self, lot: int) -> None:
        if key := self.pick(self.sales("APPROVED"), lot):
            self.fires(self.row(m.PartSale, key), "cancel", "clerk", lambda n: n.cancel(key), reason="x")

    @rule(lot=which, share=shares, some=which, coupons=st.lists(st.tuples(which, shares, which), max_size=2))
    def a_customer_pays(self, lot: int, share: int, some: int, coupons: list[tuple[int, int, int]]) -> None:
        """Money and coupons together: some, all or more than is open."""
        key = self.pick([k for k, s in self.notes.sales.items() if s.unpaid], lot)
        if key:
            self.pays(key, share, some, coupons)

    def pays(self, key: int, share: int, some: int, coupons: list[tuple[int, int, int]]) -> None:
        sale = self.notes.sales[key]
        chosen = self.vouchers_for(sale.customer or 0, sale.unpaid, coupons)
        rest = sale.unpaid - sum((a for _, a in chosen), ZERO)
        money = yuan(part_of(share, rest, some)) if rest else ZERO
        total = money + sum((a for _, a in chosen), ZERO)
        if total:
            debt = self.world.row(m.Receivable, sale_id=key)
            funds = [by_cash(self.world, str(money))] if money else []
            funds += [by_coupon(self.row(m.Coupon, c), str(a)) for c, a in sorted(chosen)]
            with clock.on(self.notes.day):
                paper = self.world.receipt(self.row(m.Customer, sale.customer or 0), [(debt, str(total))], funds)
            self.fires(paper, "confirm", "finance", lambda n: n.pay(key, money, sorted(chosen)))

    def outbounds(self) -> list[tuple[int, int]]:
        found = [(k, n, o.state) for k, s in self.notes.sales.items() for n, o in enumerate(s.outbounds)]
        return [(k, n) for k, n, state in found if state == "PENDING"]

    @rule(lot=which, share=shares, some=which, times=st.integers(1, 2))
    def parts_leave(self, lot: int, share: int, some: int, times: int) -> None:
        if found := self.pick(self.outbounds(), lot):
            self.leaves(*found, share, some, times)

    def leaves(self, key: int, number: int, share: int, some: int, times: int = 1) -> None:
        sent = [part_of(share, q, some) for _, q in self.notes.sales[key].outbounds[number].planned]
        paper = self.world.rows(m.PartOutbound, sale_id=key)[number]
        told = [{"id": line.id, "quantity": q} for line, q in zip(paper.lines, sent, strict=True)]
        for _ in range(times):
            row = self.row(m.PartOutbound, paper.id)
            self.fires(row, "ship", "keeper", lambda n: n.ship(key, number, sent), lines=told)

    def a_sale_is_told_to_its_end(self, seed: int) -> None:
        """Sold, paid with money and coupons, shipped in parts, taken back in parts and refunded, by lot."""
        lot = random.Random(seed)

        def share() -> int:
            return lot.choice([1, 1, 2])

        wanted = [(D(lot.choice(["3", "4", "7", "1.125"])), D(lot.choice(["0.01", "10", "33.33", "99.99"])))]
        wanted += [(D(2), D(lot.choice(["0", "5.55"])))] * lot.randint(0, 1)
        coupons = [(lot.randint(0, 9), share(), lot.randint(1, 40)) for _ in range(lot.randint(0, 2))]
        discount = D(lot.choice(["0", "0", "10", "0.02"]))
        key = self.sells(lot.randint(0, 1), MAIN, wanted, lot.randint(0, 1), False, discount, coupons, True)
        if not key or self.notes.sales[key].state != "APPROVED":
            return
        if lot.random() < 0.2:
            paper = self.row(m.PartSale, key)
            self.fires(paper, "cancel", "clerk", lambda n: n.cancel(key), reason="x")
            return
        if self.notes.sales[key].unpaid and lot.random() < 0.8:
            self.pays(key, share(), lot.randint(10, 90), [(lot.randint(0, 9), share(), lot.randint(1, 60))])
        self.leaves(key, 0, share(), lot.randint(30, 90))
        for n in range(lot.randint(2, 5)):
            if n == 1 and self.notes.sales[key].outbounds[-1].state == "PENDING":  # more leaves after some came back
                self.leaves(key, len(self.notes.sales[key].outbounds) - 1, 2, 0)
            self.comes_back(key, MAIN, 2 if n == 4 else share(), lot.randint(20, 60), True)
            for found in [f for f in self.returns("RECEIVED") if f[0] == key]:
                self.refunds(*found)

    one_story = rule(seed=seeds)(a_sale_is_told_to_its_end)
    another_story = rule(seed=seeds)(a_sale_is_told_to_its_end)
    a_third_story = rule(seed=seeds)(a_sale_is_told_to_its_end)

    # -- return ---------------------------------------------------------------------------------------------------

    @rule(lot=which, at=places, share=shares, some=which, comes=st.sampled_from([True, True, False]))
    def parts_are_to_come_back(self, lot: int, at: str, share: int, some: int, comes: bool) -> None:
        found = [k for k, s in self.notes.sales.items() if any(o.shipped > o.back for o in s.lines)]
        key = self.pick(found, lot)
        if key:
            self.comes_back(key, at, share, some, comes)

    def comes_back(self, key: int, at: str, share: int, some: int, comes: bool) -> None:
        sold = enumerate(self.notes.sales[key].lines)
        wanted = [(n, q) for n, o in sold if (q := part_of(share, o.shipped - o.back, some))]
        if not wanted:
            return
        entries = self.row(m.PartSale, key).lines
        told = [{"sale_line": entries[n], "quantity": q} for n, q in wanted]
        values = {"sale": self.row(m.PartSale, key), "warehouse": self.place(at), "reason": "x", "lines": told}
        made = self.does(
            lambda n, number: n.write_return(key, number, Return(at, wanted)),
            lambda: create(m.SaleReturn, values, by=self.world["clerk"]),
        )
        if made is not None and comes:
            self.fires(made, "receive", "keeper", lambda n: n.take_back(key, made.id))

    def returns(self, state: str) -> list[tuple[int, int]]:
        return [(k, n) for k, s in self.notes.sales.items() for n, r in s.returns.items() if r.state == state]

    @rule(lot=which, times=st.integers(1, 2))
    def parts_come_back(self, lot: int, times: int) -> None:
        if found := self.pick(self.returns("DRAFT"), lot):
            for _ in range(times):
                self.fires(self.row(m.SaleReturn, found[1]), "receive", "keeper", lambda n: n.take_back(*found))

    @rule(lot=which, times=st.integers(1, 2))
    def finance_refunds(self, lot: int, times: int) -> None:
        if found := self.pick(self.returns("RECEIVED"), lot):
            for _ in range(times):
                self.refunds(*found)

    def refunds(self, key: int, number: int) -> None:
        paper, account = self.row(m.SaleReturn, number), self.world.row(m.FundAccount, kind=AccountKind.CASH)
        self.fires(paper, "refund", "finance", lambda n: n.refund(key, number), account=account)

    # -- transfer and count ---------------------------------------------------------------------------------------

    @rule(is_back=st.booleans(), wanted=lines, first=which)
    def parts_go_to_the_other_store(self, is_back: bool, wanted: list[tuple[Decimal, Decimal]], first: int) -> None:
        source, target = (BRANCH, MAIN) if is_back else (MAIN, BRANCH)
        noted = [(self.parts[(first + n) % 2], q) for n, (q, _) in enumerate(wanted)]
        told = [{"part_id": p, "quantity": q} for p, q in noted]
        values = {"source": self.place(source), "target": self.place(target), "lines": told}
        made = self.does(
            lambda n, key: n.plan(key, Transfer(source, target, noted)),
            lambda: create(m.StockTransfer, values, by=self.world["keeper"]),
        )
        if made is not None:
            self.fires(made, "ship", "keeper", lambda n: n.leave(made.id))

    def transfers(self, state: str) -> list[int]:
        return [k for k, t in self.notes.transfers.items() if t.state == state]

    @rule(lot=which, share=shares, some=which)
    def parts_arrive(self, lot: int, share: int, some: int) -> None:
        if key := self.pick(self.transfers("IN_TRANSIT"), lot):
            came = [part_of(share, q, some) for _, q in self.notes.transfers[key].lines]
            paper = self.row(m.StockTransfer, key)
            told = [{"id": line.id, "quantity": q} for line, q in zip(paper.lines, came, strict=True)]
            self.fires(paper, "receive", "keeper", lambda n: n.arrive(key, came), lines=told)

    @rule(lot=which, handling=st.sampled_from(ShortageHandling))
    def the_difference_is_settled(self, lot: int, handling: ShortageHandling) -> None:
        if key := self.pick(self.transfers("SHORT"), lot):
            self.fires(
                self.row(m.StockTransfer, key), "settle", "finance",
                lambda n: n.settle(key, is_loss=handling is ShortageHandling.LOSS), handling=handling, reason="x",
            )  # fmt: skip

    @rule(at=places, shares=st.tuples(shares, shares), some=which, ends=st.sampled_from([2, 2, 2, 2, 1, 0]))
    def a_store_is_counted(self, at: str, shares: tuple[int, int], some: int, ends: int) -> None:
        """Less, the same or one more of everything; left open, cancelled or approved."""

        def started() -> m.StockCount:
            paper = create(m.StockCount, {"warehouse": self.place(at)}, by=self.world["keeper"])
            return fire(paper, "start", by=self.world["keeper"])

        made = self.does(lambda n, key: n.start(key, at), started)
        if made is None or not ends:
            return
        book = self.notes.counts[made.id].book
        found = {part: part_of(share, book[part][0], some) for part, share in zip(book, shares, strict=False)}
        told = [{"id": line.id, "quantity": found[line.part_id]} for line in self.row(m.StockCount, made.id).lines]
        self.fires(made, "submit", "keeper", lambda n: n.enter(made.id, found), lines=told)
        if ends == 2:
            self.count_ends(made.id, True, some)

    def count_ends(self, key: int, is_agreed: bool, lot: int) -> None:
        """Approved by somebody who confirms what comes in for nothing, or does not."""
        paper, sure = self.row(m.StockCount, key), lot % 2 == 0
        if is_agreed:
            self.fires(paper, "approve", "gm", lambda n: n.agree(key, worth_nothing=sure), worth_nothing=sure)
        else:
            self.fires(paper, "cancel", "keeper", lambda n: n.drop(key), reason="x")

    @rule(lot=which, is_agreed=st.booleans())
    def a_count_ends(self, lot: int, is_agreed: bool) -> None:
        open_ = [k for k, c in self.notes.counts.items() if c.state in ("COUNTING", "REVIEWING")]
        if key := self.pick(open_, lot):
            self.count_ends(key, is_agreed, lot)

    @rule(days=st.integers(1, 60))
    def time_passes(self, days: int) -> None:
        self.notes.day += dt.timedelta(days=days)

    # -- what has to be so ----------------------------------------------------------------------------------------

    @invariant()
    def the_shelves_are_what_paper_says(self) -> None:
        db.session.rollback()
        check_books()
        codes = {w.id: TRANSIT if w.kind is WarehouseKind.TRANSIT else w.code for w in self.world.rows(m.Warehouse)}
        real = {(b.part_id, codes[b.warehouse_id]): b for b in self.world.rows(m.StockBalance)}
        for at, shelf in self.notes.shelves.items():
            row = real.pop(at)
            assert (row.quantity, row.amount, row.reserved, row.is_frozen) == (
                shelf.quantity, shelf.value, shelf.reserved, shelf.is_frozen,
            ), at  # fmt: skip
        assert not real
        outside = [w.id for w in self.world.rows(m.Warehouse) if codes[w.id] not in (MAIN, BRANCH, TRANSIT)]
        total = ZERO
        for move in self.world.rows(m.StockMove):
            total += move.amount * ((move.source_id in outside) - (move.target_id in outside))
        assert total == sum((s.value for s in self.notes.shelves.values()), ZERO)

    @invariant()
    def the_money_is_what_paper_says(self) -> None:
        for key, order in self.notes.orders.items():
            papers = {p.id for p in self.world.rows(m.InboundReceipt, order_id=key)}
            owed = [p for p in self.world.rows(m.Payable, origin="InboundReceipt") if p.origin_id in papers]
            assert sum((p.amount for p in owed if p.state is not PayableState.VOID), ZERO) == sum(
                (line.came_gross for line in order.lines), ZERO
            )
        for key, sale in self.notes.sales.items():
            row = self.row(m.PartSale, key)
            assert (row.state.name, row.debt_amount) == (sale.state, sale.debt)
            assert row.cost_amount == sum((line.cost - line.back_cost for line in sale.lines), ZERO)
            debts = self.world.rows(m.Receivable, sale_id=key)
            assert sum((d.outstanding_amount for d in debts), ZERO) == sale.unpaid
            for number, back in sale.returns.items():
                paper = self.row(m.SaleReturn, number)
                told = (paper.state.name, paper.credited_amount, paper.coupon_amount, paper.cash_amount)
                assert told == (back.state, back.credited, back.coupon, back.money)
        for key, voucher in self.notes.vouchers.items():
            held = self.row(m.Coupon, key)
            assert held.balance == voucher.left
        assert sum((e.amount for e in self.world.rows(m.Expense)), ZERO) == self.notes.expenses
        assert self.till() - self.till_before == self.notes.money


def test_shelves_and_money_are_right_whatever_happens_in_whatever_order(world: World) -> None:
    keeper = world["keeper"].employee_id
    home = {"department": world.row(m.Department, code="FWB"), "keepers": [{"employee_id": keeper}]}
    create(m.Warehouse, {"code": MAIN, "name": "总库", "kind": WarehouseKind.MAIN} | home)
    create(m.Warehouse, {"code": BRANCH, "name": "分库", "kind": WarehouseKind.BRANCH} | home)
    world.people["keeper"] = actor_of(world["keeper"].user_id or 0, "keeper")
    category = create(m.PartCategory, {"code": "LX", "name": "滤芯"})
    create(m.Supplier, {"name": "滤清器厂", "kind": SupplierKind.PART})
    Store.parts = [create(m.Part, {"part_number": f"LX-{n}", "name": "滤芯", "category": category}).id for n in (1, 2)]
    Store.vouchers = {}
    for number in (1, 2):
        customer = world.company("sales2", number, credit_limit=LIMIT)
        gifts = [gift(world, "500", days=365), gift(world, "99.99", days=45)]
        sold(world, customer, serial=f"HT215-{number:04d}", seller="sales2", gifts=gifts)
    for held in world.rows(m.Coupon):
        assert held.valid_to is not None and held.state is CouponState.ACTIVE
        Store.vouchers[held.id] = PaperVoucher(held.customer_id, held.face_amount, held.balance, held.valid_to)
    Store.world = world
    db.session.remove()
    Store.snapshot = sqlite3.connect(":memory:")
    with sqlite3.connect(db.engine.url.database or "") as file:
        file.backup(Store.snapshot)
    file.close()
    try:
        with acting_as(SYSTEM):
            run_state_machine_as_test(
                Store,
                settings=settings(
                    max_examples=max(1, STEPS // A_STORY),
                    stateful_step_count=A_STORY,
                    deadline=None,
                    derandomize=True,
                    database=None,
                    phases=[Phase.explicit, Phase.generate],  # a story of many verbs is replayed, not shrunk
                    suppress_health_check=list(HealthCheck),
                ),
            )
    finally:
        Store.snapshot.close()
