"""Coupons, receivables, prepaid and cash through the real verbs, in any order: the books are what paper and pencil say.

Steps: TIEMA_STEPS of them (default 250), always the same ones; every step is followed by the whole check of the books.
"""

from __future__ import annotations

import datetime as dt
import os
import sqlite3
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from app import clock, jobs
from app import models as m
from app.actor import SYSTEM, acting_as
from app.database import db
from app.enums import AccountKind, CouponScope, CouponState, PayMode, ReceiptState, ReceivableKind, ReceivableState
from app.errors import BusinessError
from app.ledgers import cash, prepaid
from app.unit_of_work import change, create, fire
from tests.books import check_books
from tests.kit import START, D, World
from tests.stories import by_cash, by_coupon, by_prepaid, gift, part_debt, send, sold

STEPS = int(os.environ.get("TIEMA_STEPS", "250"))
A_STORY = 25
ZERO = D(0)
PAYS = {
    CouponScope.PART: {ReceivableKind.PART},
    CouponScope.SERVICE: {ReceivableKind.SERVICE},
}
KINDS = (ReceivableKind.PART, ReceivableKind.SERVICE, ReceivableKind.OTHER)
cents = st.integers(1, 60_000).map(lambda n: D(n) / 100)
which = st.integers(0, 99)


@dataclass
class Debt:
    customer: int
    kind: ReceivableKind
    amount: Decimal
    paid: Decimal = ZERO

    @property
    def left(self) -> Decimal:
        return self.amount - self.paid


@dataclass
class Voucher:
    customer: int
    scope: CouponScope
    left: Decimal
    state: CouponState = CouponState.PENDING
    first: dt.date | None = None
    last: dt.date | None = None
    days: int = 0


@dataclass
class Paper:
    """A receipt as the clerk typed it."""

    customer: int
    on: dt.date
    cash: Decimal = ZERO
    prepaid: Decimal = ZERO
    vouchers: list[tuple[int, Decimal]] = field(default_factory=list)
    pays: list[tuple[int, Decimal]] = field(default_factory=list)
    state: ReceiptState = ReceiptState.DRAFT

    @property
    def rest(self) -> Decimal:
        return (
            self.cash + self.prepaid + sum((a for _, a in self.vouchers), ZERO) - sum((a for _, a in self.pays), ZERO)
        )


class Till(RuleBasedStateMachine):
    """Two customers and a till; beside each real receipt a note on paper of what should come of it."""

    world: World
    snapshot: sqlite3.Connection
    waiting_id: int

    @initialize()
    def open(self) -> None:
        with sqlite3.connect(db.engine.url.database or "") as file:
            db.session.remove()
            db.engine.dispose()
            self.snapshot.backup(file)
        file.close()
        self.day = START
        self.debts: dict[int, Debt] = {}
        self.papers: dict[int, Paper] = {}
        self.vouchers: dict[int, Voucher] = {}
        self.kept: dict[int, Decimal] = {c.id: ZERO for c in self.world.rows(m.Customer)}
        for row in self.world.rows(m.Coupon):
            known = Voucher(
                row.customer_id, row.type.scope, row.balance, row.state, row.valid_from, row.valid_to, row.valid_days
            )
            self.vouchers[row.id] = known
        self.customers = sorted({v.customer for v in self.vouchers.values()})
        self.before = self.till()
        self.came = ZERO
        self.is_waiting = True

    def till(self) -> Decimal:
        return cash.balance(self.world.row(m.FundAccount, kind=AccountKind.CASH))

    def customer(self, number: int) -> int:
        return self.customers[number % len(self.customers)]

    def does(self, is_right: bool, what: Any) -> Any:
        """The house does it exactly if paper says that it is right."""
        with clock.on(self.day):
            try:
                done = what()
            except BusinessError as refusal:
                assert not is_right, f"refused though it is right: {refusal}"
                return None
            assert is_right, "done though it is wrong"
            return done

    # -- what happens -------------------------------------------------------------------------------------------

    @rule(days=st.integers(1, 120))
    def time_passes(self, days: int) -> None:
        self.day += dt.timedelta(days=days)

    @rule(who=which, kind=st.sampled_from(KINDS), amount=cents)
    def owes(self, who: int, kind: ReceivableKind, amount: Decimal) -> None:
        customer = self.customer(who)
        with clock.on(self.day):
            made = part_debt(self.world, self.world.row(m.Customer, id=customer), str(amount), kind=kind)
        self.debts[made.id] = Debt(customer, kind, amount)

    @precondition(lambda self: self.is_waiting)
    @rule()
    def the_second_machine_leaves(self) -> None:
        """Its coupons are active from today."""
        with clock.on(self.day):
            send(self.world, self.world.row(m.MachineContract, id=self.waiting_id))
        self.is_waiting = False
        for voucher in self.vouchers.values():
            if voucher.state is CouponState.PENDING:
                voucher.state, voucher.first = CouponState.ACTIVE, self.day
                voucher.last = self.day + dt.timedelta(days=voucher.days)

    @rule(
        who=which,
        pays=st.lists(st.tuples(which, st.one_of(st.none(), cents)), max_size=3),
        money=st.one_of(st.just(ZERO), cents),
        from_prepaid=st.one_of(st.just(ZERO), cents),
        coupons=st.lists(st.tuples(which, st.one_of(st.none(), cents)), max_size=2),
        is_exact=st.booleans(),
    )
    def a_receipt_is_typed(
        self, who: int, pays: list[tuple[int, Decimal | None]], money: Decimal, from_prepaid: Decimal,
        coupons: list[tuple[int, Decimal | None]], is_exact: bool,
    ) -> None:  # fmt: skip
        """Debts and coupons by lot, whole (None) or in part; `is_exact` tops the money up to what is paid."""
        customer = self.customer(who)
        paper = Paper(customer, self.day, money, from_prepaid)
        open_debts = [i for i, d in self.debts.items() if d.customer == customer and d.left > 0]
        for lot, part in pays:
            if open_debts:
                chosen = open_debts.pop(lot % len(open_debts))
                paper.pays.append((chosen, part or self.debts[chosen].left))
        mine = [i for i, v in self.vouchers.items() if v.customer == customer]
        for lot, part in coupons:
            chosen = mine[lot % len(mine)]
            if amount := part or self.vouchers[chosen].left:
                paper.vouchers.append((chosen, amount))
        if is_exact and paper.rest < 0:
            paper.cash -= paper.rest
        funds = [by_cash(self.world, str(paper.cash))] if paper.cash else []
        funds += [by_prepaid(str(paper.prepaid))] if paper.prepaid else []
        funds += [by_coupon(self.world.row(m.Coupon, id=i), str(a)) for i, a in paper.vouchers]
        if not funds:
            return
        row = self.world.row(m.Customer, id=customer)
        listed = [(self.world.row(m.Receivable, id=i), str(a)) for i, a in paper.pays]
        made = self.does(paper.rest >= 0, lambda: self.world.receipt(row, listed, funds))
        if made is not None:
            self.papers[made.id] = paper

    def one(self, state: ReceiptState, lot: int) -> tuple[int, Paper] | None:
        found = [i for i, p in self.papers.items() if p.state is state]
        return (found[lot % len(found)], self.papers[found[lot % len(found)]]) if found else None

    def is_right(self, paper: Paper) -> bool:
        """What confirmation wants: debts still open, coupons good and used up by debts of their scope, enough prepaid."""
        if any(amount > self.debts[i].left for i, amount in paper.pays):
            return False
        brought: dict[int, Decimal] = {}
        for i, amount in paper.vouchers:
            brought[i] = brought.get(i, ZERO) + amount
        for i, amount in brought.items():
            v = self.vouchers[i]
            if (
                v.state is not CouponState.ACTIVE
                or v.last is None
                or v.first is None
                or not v.first <= paper.on <= v.last
            ):
                return False
            if amount > v.left:
                return False
        for scope, kinds in PAYS.items():
            room = sum((amount for i, amount in paper.pays if self.debts[i].kind in kinds), ZERO)
            if sum((a for i, a in brought.items() if self.vouchers[i].scope is scope), ZERO) > room:
                return False
        return paper.prepaid <= self.kept[paper.customer]

    def book(self, paper: Paper, sign: int) -> None:
        for i, amount in paper.pays:
            self.debts[i].paid += sign * amount
        for i, amount in paper.vouchers:
            self.vouchers[i].left -= sign * amount
        self.kept[paper.customer] += sign * (paper.rest - paper.prepaid)
        self.came += sign * paper.cash

    @rule(lot=which, times=st.integers(1, 2))
    def finance_confirms(self, lot: int, times: int) -> None:
        """Once or by a double click."""
        found = self.one(ReceiptState.DRAFT, lot)
        if found is None:
            return
        row_id, paper = found
        is_right = self.is_right(paper)
        for _ in range(times):
            row = self.world.row(m.Receipt, id=row_id)
            self.does(is_right, lambda r=row: fire(r, "confirm", by=self.world["finance"], key=f"confirm-{row_id}"))
        if is_right:
            self.book(paper, 1)
            paper.state = ReceiptState.CONFIRMED
            for i, _ in paper.vouchers:
                if self.vouchers[i].left == 0:
                    self.vouchers[i].state = CouponState.USED

    @rule(lot=which)
    def finance_reverses(self, lot: int) -> None:
        found = self.one(ReceiptState.CONFIRMED, lot)
        if found is None:
            return
        row_id, paper = found
        is_right = self.kept[paper.customer] >= paper.rest
        row = self.world.row(m.Receipt, id=row_id)
        self.does(is_right, lambda: fire(row, "reverse", by=self.world["finance"], reason="x"))
        if is_right:
            self.book(paper, -1)
            paper.state = ReceiptState.REVERSED
            for i, _ in paper.vouchers:
                last = self.vouchers[i].last
                if self.vouchers[i].state in (CouponState.FROZEN, CouponState.VOID):
                    continue  # what comes back stands on it and cannot be used
                self.vouchers[i].state = (
                    CouponState.EXPIRED if last is not None and last < self.day else CouponState.ACTIVE
                )

    def voucher(self, lot: int) -> tuple[int, Voucher]:
        row_id = sorted(self.vouchers)[lot % len(self.vouchers)]
        return row_id, self.vouchers[row_id]

    def treats(self, row_id: int, is_right: bool, verb: str, **words: Any) -> None:
        row = self.world.row(m.Coupon, id=row_id)
        self.does(is_right, lambda: fire(row, verb, by=self.world["gm"], reason="x", **words))

    @rule(lot=which, days=st.integers(-5, 200))
    def a_manager_extends(self, lot: int, days: int) -> None:
        row_id, v = self.voucher(lot)
        until = self.day + dt.timedelta(days=days)
        may = v.state in (CouponState.ACTIVE, CouponState.EXPIRED, CouponState.VOID) and v.left > 0 and days >= 0
        is_right = may and (v.state is CouponState.VOID or v.last is None or until > v.last)
        self.treats(row_id, is_right, "extend", until=until)
        if is_right:
            v.state, v.last, v.first = CouponState.ACTIVE, until, v.first or self.day

    @rule(lot=which)
    def a_manager_freezes(self, lot: int) -> None:
        row_id, v = self.voucher(lot)
        is_right = v.state is CouponState.ACTIVE
        self.treats(row_id, is_right, "freeze")
        if is_right:
            v.state = CouponState.FROZEN

    @rule(lot=which)
    def a_manager_releases(self, lot: int) -> None:
        row_id, v = self.voucher(lot)
        is_right = v.state is CouponState.FROZEN
        self.treats(row_id, is_right, "unfreeze")
        if is_right:
            v.state = CouponState.EXPIRED if v.last is not None and v.last < self.day else CouponState.ACTIVE

    @precondition(lambda self: len(self.vouchers) > 3)
    @rule(lot=which)
    def a_manager_voids(self, lot: int) -> None:
        """Not one that waits for its machine; what was used of it stays used."""
        row_id, v = self.voucher(lot)
        is_right = v.state in (CouponState.ACTIVE, CouponState.FROZEN, CouponState.EXPIRED)
        self.treats(row_id, is_right, "void")
        if is_right:
            v.state, v.left = CouponState.VOID, ZERO

    @rule(lot=which)
    def a_manager_hands_on(self, lot: int) -> None:
        """What is left becomes a coupon of the other customer, good until the same day."""
        row_id, v = self.voucher(lot)
        other = next(c for c in self.customers if c != v.customer)
        is_valid = v.first is not None and v.last is not None and v.first <= self.day <= v.last
        is_right = v.state is CouponState.ACTIVE and is_valid
        self.treats(row_id, is_right, "transfer", customer=self.world.row(m.Customer, id=other))
        if is_right:
            fresh = self.world.rows(m.Coupon, from_coupon_id=row_id)[-1]
            self.vouchers[fresh.id] = Voucher(other, v.scope, v.left, CouponState.ACTIVE, self.day, v.last, v.days)
            v.state, v.left = CouponState.HANDED_ON, ZERO

    @rule()
    def the_night_comes(self) -> None:
        late = [v for v in self.vouchers.values() if v.state is CouponState.ACTIVE and v.last and v.last < self.day]
        with clock.on(self.day):
            assert jobs.coupons(m.NightlyRun(job="coupons", day=self.day)) == len(late)
        for v in late:
            v.state = CouponState.EXPIRED

    @rule(lot=which)
    def the_clerk_cancels(self, lot: int) -> None:
        found = self.one(ReceiptState.DRAFT, lot)
        if found is not None:
            row = self.world.row(m.Receipt, id=found[0])
            self.does(True, lambda: fire(row, "cancel", by=self.world["clerk"], reason="x"))
            found[1].state = ReceiptState.CANCELLED

    # -- what has to be so --------------------------------------------------------------------------------------

    @invariant()
    def the_books_are_what_paper_says(self) -> None:
        db.session.rollback()
        check_books()
        for row_id, debt in self.debts.items():
            row = self.world.row(m.Receivable, id=row_id)
            assert (row.settled_amount, row.outstanding_amount) == (debt.paid, debt.left)
            assert (row.state is ReceivableState.PAID) == (debt.left == 0)
        for row_id, voucher in self.vouchers.items():
            coupon = self.world.row(m.Coupon, id=row_id)
            assert (coupon.balance, coupon.state, coupon.valid_to) == (voucher.left, voucher.state, voucher.last)
        for customer, amount in self.kept.items():
            assert prepaid.balance(customer) == amount
        for row_id, paper in self.papers.items():
            assert self.world.row(m.Receipt, id=row_id).state is paper.state
        assert self.till() - self.before == self.came


def test_the_books_are_right_whatever_happens_in_whatever_order(world: World) -> None:
    create(m.CouponType, {"name": "单次配件券", "scope": CouponScope.PART}, by=world["sysadmin"])
    for type_ in world.rows(m.CouponType):
        change(type_, {"is_transferable": True}, by=world["sysadmin"])
    one, two = world.company(), world.company(number=2)
    gifts = [
        {"coupon_type": world.row(m.CouponType, name="配件代金券"), "face_amount": D("500.00"), "valid_days": 365},
        {"coupon_type": world.row(m.CouponType, name="单次配件券"), "face_amount": D("99.99"), "valid_days": 90},
        gift(world, "300", scope=CouponScope.SERVICE, days=180),
    ]
    sold(world, one, pay_mode=PayMode.FULL, gifts=gifts)
    waiting = world.approved(world.contract(two, world.contact(number=2), world.unit("HT215-0002"), gifts=gifts))
    owed = world.debts(waiting)
    world.paid(two, [(debt, str(debt.amount)) for debt in owed.values()])
    Till.world, Till.waiting_id = world, waiting.id
    db.session.remove()
    Till.snapshot = sqlite3.connect(":memory:")
    with sqlite3.connect(db.engine.url.database or "") as file:
        file.backup(Till.snapshot)
    file.close()
    try:
        with acting_as(SYSTEM):
            run_state_machine_as_test(
                Till,
                settings=settings(
                    max_examples=max(1, STEPS // A_STORY),
                    stateful_step_count=A_STORY,
                    deadline=None,
                    derandomize=True,
                    database=None,
                    phases=[Phase.explicit, Phase.generate, Phase.shrink],
                    suppress_health_check=list(HealthCheck),
                ),
            )
    finally:
        Till.snapshot.close()
