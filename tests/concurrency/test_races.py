"""Two people at once, on PostgreSQL with real connections: one wins, the other reads a sentence, effects happen once."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import pytest

from app import clock
from app import models as m
from app.actor import Actor, acting_as
from app.database import db
from app.enums import (
    CouponScope,
    CouponSource,
    CouponState,
    FundKind,
    ReceiptState,
    ReceivableKind,
    UnitState,
    WarehouseKind,
)
from app.errors import BusinessError
from app.ledgers import coupon as coupons
from app.ledgers import stock
from app.unit_of_work import change, create, fire
from tests.kit import START, D, World, on_postgres
from tests.stories import coupon_of, part_debt

pytestmark = on_postgres


def at_once(world: World, jobs: list[tuple[Actor, Callable[[], Any]]]) -> list[Any]:
    """Run every job on its own connection, all released by one barrier; gives results, refusals as the sentence."""
    gate, results = threading.Barrier(len(jobs)), [None] * len(jobs)

    def run(index: int, actor: Actor, job: Callable[[], Any]) -> None:
        with world.app.app_context(), clock.on(START), acting_as(actor):
            gate.wait()
            try:
                job()
                results[index] = True
            except BusinessError as refusal:
                results[index] = str(refusal)
            except Exception as fault:
                results[index] = fault
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(i, actor, job)) for i, (actor, job) in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.rollback()  # what this thread read before is old
    faults = [r for r in results if isinstance(r, Exception)]
    assert not faults, faults
    return results


def same(entity: type, row_id: int, verb: str, **answers: Any) -> Callable[[], Any]:
    """Fire a verb on a row that each connection reads for itself; answers that are (entity, id) are read as well."""

    def job() -> Any:
        told = {k: db.session.get(*v) if isinstance(v, tuple) else v for k, v in answers.items()}
        return fire(db.session.get(entity, row_id), verb, **told)

    return job


def test_one_machine_is_sold_once_though_two_submit(world: World) -> None:
    unit = world.unit()
    mine = world.contract(world.company(), world.contact(), unit)
    theirs = world.contract(world.company("sales2", 2), world.contact("sales2", 2), unit, "sales2")
    results = at_once(
        world,
        [
            (world["sales1"], same(m.MachineContract, mine.id, "submit")),
            (world["sales2"], same(m.MachineContract, theirs.id, "submit")),
        ],
    )
    assert results.count(True) == 1
    refusal = next(r for r in results if r is not True)
    winner = mine if results[0] is True else theirs
    assert winner.number in refusal and unit.serial_number in refusal
    held = world.row(m.MachineUnit, id=unit.id)
    assert held.state is UnitState.RESERVED
    assert world.row(m.ContractLine, id=held.reserved_line_id).contract_id == winner.id


def ready_to_dispatch(world: World) -> tuple[m.MachineContract, m.ContractLine]:
    company = world.company()
    type_ = world.row(m.CouponType, scope=CouponScope.PART)
    contract = world.contract(
        company, world.contact(), world.unit(), gifts=[{"coupon_type": type_, "face_amount": D(700), "valid_days": 365}]
    )
    world.approved(contract)
    owed = world.debts(contract)
    world.paid(company, [(owed["DEPOSIT"], "20000"), (owed["BALANCE"], "1030000")])
    return contract, world.row(m.ContractLine, contract_id=contract.id)


def test_a_machine_leaves_once_though_eight_press_the_button(world: World) -> None:
    contract, line = ready_to_dispatch(world)
    job = same(
        m.MachineContract, contract.id, "dispatch", line=(m.ContractLine, line.id), receiver="王建国", is_checked=True
    )
    results = at_once(world, [(world["clerk"], job)] * 8)
    assert results.count(True) == 1
    assert len(world.rows(m.MachineDispatch)) == len(world.rows(m.VisitTask)) == 1
    assert [e.movement.name for e in world.rows(m.CouponEntry)] == ["ISSUE", "ACTIVATE"]


def test_the_same_request_sent_eight_times_is_one_request(world: World) -> None:
    contract, line = ready_to_dispatch(world)
    job = same(
        m.MachineContract,
        contract.id,
        "dispatch",
        key="one-click",
        line=(m.ContractLine, line.id),
        receiver="王",
        is_checked=True,
    )
    assert at_once(world, [(world["clerk"], job)] * 8) == [True] * 8
    assert len(world.rows(m.MachineDispatch)) == 1


def test_a_coupon_of_700_by_150_is_redeemed_exactly_four_times(world: World) -> None:
    customer = world.company()
    origin = world.contract(customer, world.contact(), None)
    coupon = coupons.issue(origin, world.row(m.CouponType, scope=CouponScope.PART), D(700), 365, CouponSource.CAMPAIGN)
    coupons.activate(coupon, origin, clock.today())
    db.session.commit()
    papers = []
    for _ in range(8):
        debt = create(
            m.Receivable,
            {"customer": customer, "kind": ReceivableKind.PART, "amount": D(150), "due_on": dt.date(2025, 3, 31)},
            by=world["finance"],
        )
        papers.append(
            world.receipt(
                customer, [(debt, "150")], funds=[{"kind": FundKind.COUPON, "coupon": coupon, "amount": D(150)}]
            )
        )
    results = at_once(world, [(world["finance"], same(m.Receipt, p.id, "confirm")) for p in papers])
    assert results.count(True) == 4
    assert all("100.00" in r for r in results if r is not True)
    assert world.row(m.Coupon, id=coupon.id).balance == D("100.00")
    assert sum(e.amount for e in world.rows(m.CouponEntry, coupon_id=coupon.id)) == D("100.00")
    assert sum(r.settled_amount for r in world.rows(m.Receivable)) == D("600.00")


def test_a_coupon_in_the_hand_is_redeemed_once_though_eight_press(world: World) -> None:
    """Finance at once and the clerk at the counter, the whole coupon each: one receipt takes it, the others read why not."""
    customer = world.company()
    coupon = coupon_of(world, customer, "700")
    debt = part_debt(world, customer, "2000")
    lines = [{"id": str(debt.id), "amount": D(700)}]
    job = same(m.Coupon, coupon.id, "redeem", lines=lines)
    results = at_once(world, [(world[who], job) for who in ("clerk", "finance") * 4])
    assert results.count(True) == 1, results
    assert len(world.rows(m.ReceiptFund, coupon_id=coupon.id)) == 1
    paper = world.rows(m.Receipt)[-1]
    if paper.state is ReceiptState.DRAFT:
        fire(paper, "confirm", by=world["finance"])
    assert world.row(m.Coupon, id=coupon.id).balance == 0
    assert world.row(m.Receivable, id=debt.id).settled_amount == D(700)


def test_a_coupon_is_redeemed_by_hand_and_in_a_receipt_at_once_but_not_twice(world: World) -> None:
    """The verb on the coupon against confirmations of receipts with the same coupon: together never more than is on it."""
    customer = world.company()
    coupon = coupon_of(world, customer, "700")
    debts = [part_debt(world, customer, "300") for _ in range(4)]
    papers = [
        world.receipt(customer, [(d, "300")], funds=[{"kind": FundKind.COUPON, "coupon": coupon, "amount": D(300)}])
        for d in debts[:2]
    ]
    by_hand = [same(m.Coupon, coupon.id, "redeem", lines=[{"id": str(d.id), "amount": D(300)}]) for d in debts[2:]]
    jobs = [same(m.Receipt, paper.id, "confirm") for paper in papers]
    at_once(world, [(world["finance"], job) for job in (*jobs, *by_hand)])
    taken = -sum(e.amount for e in world.rows(m.CouponEntry, coupon_id=coupon.id) if e.amount < 0)
    assert taken in (D(300), D(600)) and world.row(m.Coupon, id=coupon.id).balance == D(700) - taken
    assert sum(world.row(m.Receivable, id=d.id).settled_amount for d in debts) == taken


def test_a_receipt_is_confirmed_once_and_a_debt_is_never_overpaid(world: World) -> None:
    customer = world.company()
    debt = create(
        m.Receivable,
        {"customer": customer, "kind": ReceivableKind.SERVICE, "amount": D(1000), "due_on": dt.date(2025, 3, 31)},
        by=world["finance"],
    )
    once = world.receipt(customer, [(debt, "300")])
    assert at_once(world, [(world["finance"], same(m.Receipt, once.id, "confirm"))] * 8).count(True) == 1
    papers = [world.receipt(customer, [(debt, "300")]) for _ in range(8)]
    assert at_once(world, [(world["finance"], same(m.Receipt, p.id, "confirm")) for p in papers]).count(True) == 2
    assert world.row(m.Receivable, id=debt.id).settled_amount == D("900.00")
    assert sum(e.amount for e in world.rows(m.CashEntry)) == D("900.00")


def test_numbers_are_never_given_twice(world: World) -> None:
    customer_id = world.company().id

    def many() -> None:
        for _ in range(10):
            create(
                m.Receivable,
                {
                    "customer": db.session.get(m.Customer, customer_id),
                    "kind": ReceivableKind.OTHER,
                    "amount": D(1),
                    "due_on": START,
                },
            )

    at_once(world, [(world["finance"], many)] * 8)
    numbers = [r.number for r in world.rows(m.Receivable)]
    assert len(numbers) == len(set(numbers)) == 80 and max(numbers).endswith("-0080")


@pytest.fixture
def shelf(world: World) -> tuple[m.Part, m.Warehouse]:
    """Ten pieces of one part on one shelf."""
    keeper = world["keeper"].employee_id
    store = create(m.Warehouse, {"code": "ZK", "name": "总库", "kind": WarehouseKind.MAIN,
                                 "department": world.row(m.Department, code="FWB"), "keepers": [{"employee_id": keeper}]})  # fmt: skip
    create(m.Warehouse, {"code": "FK", "name": "分库", "kind": WarehouseKind.BRANCH,
                         "department": world.row(m.Department, code="FWB"), "keepers": [{"employee_id": keeper}]})  # fmt: skip
    from app.screens.security import actor_of

    world.people["keeper"] = actor_of(world["keeper"].user_id or 0, "keeper")
    category = create(m.PartCategory, {"code": "01", "name": "滤芯"})
    part = create(m.Part, {"part_number": "LX-1", "name": "液压滤芯", "category": category})
    seller = create(m.Supplier, {"name": "滤清器厂", "kind": m.enums.SupplierKind.PART})
    lines = [{"part": part, "quantity": D(10), "unit_price": D(0)}]
    paper = create(m.PurchaseOrder, {"supplier": seller, "warehouse": store, "lines": lines}, by=world["buyer"])
    stock.move(part, D(10), source=stock.place(WarehouseKind.SUPPLIER), target=store, movement=m.enums.StockMovement.OPENING,
               origin=paper, line=9, amount=D("1000.00"))  # fmt: skip
    db.session.commit()
    return part, store


def test_ten_pieces_leave_three_at_a_time_exactly_three_times(world: World, shelf: tuple[m.Part, m.Warehouse]) -> None:
    part, store = shelf
    branch = world.row(m.Warehouse, code="FK")
    papers = [
        create(m.StockTransfer, {"source": store, "target": branch, "lines": [{"part": part, "quantity": D(3)}]})
        for _ in range(8)
    ]
    results = at_once(world, [(world["keeper"], same(m.StockTransfer, p.id, "ship")) for p in papers])
    assert results.count(True) == 3
    left = world.row(m.StockBalance, part_id=part.id, warehouse_id=store.id)
    assert (left.quantity, left.amount) == (D(1), D("100.00"))
    on_the_way = world.row(m.StockBalance, part_id=part.id, warehouse_id=stock.place(WarehouseKind.TRANSIT).id)
    assert (on_the_way.quantity, on_the_way.amount) == (D(9), D("900.00"))


# -- a manager and the till at the same coupon ------------------------------------------------------------------------


def by_hand(world: World, customer: m.Customer, face: str) -> m.Coupon:
    """An active coupon of 30 days, issued by hand."""
    paper = create(
        m.CouponIssue,
        {"customer": customer, "type": world.row(m.CouponType, scope=CouponScope.PART), "face_amount": D(face),
         "valid_days": 30, "source": CouponSource.CAMPAIGN, "reason": "促销"},
        by=world["clerk"],
    )  # fmt: skip
    fire(paper, "submit", by=world["clerk"])
    fire(paper, "approve", by=world["gm"])
    return world.row(m.Coupon, issue_id=paper.id)


def receipts(world: World, customer: m.Customer, coupon: m.Coupon, *amounts: str) -> list[m.Receipt]:
    papers = []
    for amount in amounts:
        debt = create(
            m.Receivable,
            {"customer": customer, "kind": ReceivableKind.PART, "amount": D(amount), "due_on": dt.date(2025, 3, 31)},
            by=world["finance"],
        )
        fund = {"kind": FundKind.COUPON, "coupon": coupon, "amount": D(amount)}
        papers.append(world.receipt(customer, [(debt, amount)], funds=[fund]))
    return papers


def entries(world: World, coupon: m.Coupon) -> list[Any]:
    """The journal, proved: every balance after an entry is the sum so far, the last one is the coupon's."""
    found, running = world.rows(m.CouponEntry, coupon_id=coupon.id), D(0)
    for entry in found:
        running += entry.amount
        assert entry.balance_after == running
    assert world.row(m.Coupon, id=coupon.id).balance == running
    return found


def test_extending_and_redeeming_at_once_loses_neither(world: World) -> None:
    customer = world.company()
    coupon = by_hand(world, customer, "700")
    papers = receipts(world, customer, coupon, "150", "150", "150", "150", "150", "150")
    until = [dt.date(2025, 5, 1), dt.date(2025, 6, 1)]
    jobs = [(world["finance"], same(m.Receipt, p.id, "confirm")) for p in papers]
    jobs += [(world["gm"], same(m.Coupon, coupon.id, "extend", until=day, reason="停工")) for day in until]
    results = at_once(world, jobs)
    assert results[:6].count(True) == 4 and results[7] is True  # the later day wins whether it came first or second
    row = world.row(m.Coupon, id=coupon.id)
    assert (row.balance, row.state, row.valid_to) == (D("100.00"), CouponState.ACTIVE, until[1])
    kinds = [e.movement.name for e in entries(world, coupon)]
    assert (kinds.count("REDEEM"), kinds.count("EXTEND")) == (4, results[6:].count(True))


def test_voiding_and_redeeming_at_once_gives_every_yuan_one_way(world: World) -> None:
    """Whatever was redeemed before the void stays redeemed; the rest is void; nothing is both."""
    customer = world.company()
    for _ in range(3):
        coupon = by_hand(world, customer, "700")
        papers = receipts(world, customer, coupon, *["100"] * 6)
        jobs = [(world["finance"], same(m.Receipt, p.id, "confirm")) for p in papers[:3]]
        jobs += [(world["gm"], same(m.Coupon, coupon.id, "void", reason="作假"))] * 2
        jobs += [(world["finance"], same(m.Receipt, p.id, "confirm")) for p in papers[3:]]
        results = at_once(world, jobs)
        assert [results[3], results[4]].count(True) == 1
        redeemed = (results[:3] + results[5:]).count(True)
        row = world.row(m.Coupon, id=coupon.id)
        assert (row.balance, row.state) == (D(0), CouponState.VOID)
        taken = {e.movement.name: e.amount for e in entries(world, coupon) if e.amount < 0}
        assert taken["VOID"] == D(-700) + redeemed * 100
        paid = sum(
            r.settled_amount
            for r in world.rows(m.Receivable)
            if r.id in {a.receivable_id for p in papers for a in world.rows(m.ReceiptAllocation, receipt_id=p.id)}
        )
        assert paid == redeemed * 100


def test_a_coupon_is_handed_on_once_though_eight_press_the_button(world: World) -> None:
    one, two = world.company(), world.company("sales2", 2)
    type_ = world.row(m.CouponType, scope=CouponScope.PART)
    change(type_, {"is_transferable": True}, by=world["sysadmin"])
    coupon = by_hand(world, one, "700")
    job = same(m.Coupon, coupon.id, "transfer", customer=(m.Customer, two.id), reason="同一老板")
    assert at_once(world, [(world["gm"], job)] * 8).count(True) == 1
    assert [c.balance for c in world.rows(m.Coupon)] == [D(0), D("700.00")]
    entries(world, coupon)


def test_four_contracts_want_one_machine_and_three_read_who_has_it(world: World) -> None:
    contracts = [
        world.approved(world.contract(world.company("sales1", n), world.contact("sales1", n), None))
        for n in range(1, 5)
    ]
    unit = world.unit()
    lines = [world.row(m.ContractLine, contract_id=c.id) for c in contracts]

    ids = [(c.id, line.id) for c, line in zip(contracts, lines, strict=True)]
    answers = [{"line": (m.ContractLine, line_id), "unit": (m.MachineUnit, unit.id)} for _, line_id in ids]
    jobs = [same(m.MachineContract, row_id, "allocate", **told) for (row_id, _), told in zip(ids, answers, strict=True)]
    results = at_once(world, [(world["clerk"], job) for job in jobs])
    assert results.count(True) == 1
    winner = world.row(m.MachineContract, id=ids[results.index(True)][0])
    assert all(winner.number in str(told) for told in results if told is not True)
    held = world.row(m.MachineUnit)
    assert (held.state, held.reserved_line_id) == (UnitState.RESERVED, ids[results.index(True)][1])
    assert [line.unit_id for line in world.rows(m.ContractLine)].count(held.id) == 1


def test_two_refunds_and_a_receipt_at_once_never_promise_the_same_prepaid_money(world: World) -> None:
    """800.00 are there; two papers of 600.00 are approved and a receipt takes 500.00: one of the three goes through."""
    customer = world.company()
    world.paid(customer, [], total="800")
    papers = []
    for _ in range(2):
        values = {"customer": customer, "amount": D(600), "reason": "退多付的款"}
        papers.append(create(m.PrepaidRefund, values, by=world["clerk"]))
        fire(papers[-1], "submit", by=world["clerk"])
    debt = part_debt(world, customer, "500")
    receipt = world.receipt(customer, [(debt, "500")], funds=[{"kind": FundKind.PREPAID, "amount": D(500)}])
    jobs = [(world["sales_manager"], same(m.PrepaidRefund, paper.id, "approve")) for paper in papers]
    results = at_once(world, [*jobs, (world["finance"], same(m.Receipt, receipt.id, "confirm"))])
    assert results.count(True) == 1, results
    purse = world.row(m.PrepaidBalance, customer_id=customer.id)
    assert (purse.amount, purse.held_amount) in ((D(800), D(600)), (D(300), D(0)))


def test_a_refund_of_prepaid_money_is_paid_once_though_eight_press(world: World) -> None:
    customer = world.company()
    world.paid(customer, [], total="800")
    values = {"customer": customer, "amount": D(600), "reason": "退多付的款"}
    paper = create(m.PrepaidRefund, values, by=world["clerk"])
    fire(paper, "submit", by=world["clerk"])
    fire(paper, "approve", by=world["sales_manager"])
    account = world.rows(m.FundAccount)[0].id
    job = same(m.PrepaidRefund, paper.id, "pay", account=(m.FundAccount, account))
    results = at_once(world, [(world["finance"], job)] * 8)
    assert results.count(True) == 1
    assert [e.amount for e in world.rows(m.CashEntry, origin="PrepaidRefund")] == [D(-600)]
