"""收款单: funds, debts and what is kept as prepaid; who confirms; reversal restores exactly."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from app import clock
from app import models as m
from app.enums import (
    AccountKind,
    ContractState,
    FundKind,
    PayState,
    ReceiptState,
    ReceivableKind,
    ReceivableState,
)
from app.errors import AlreadyThere, MissingData, MustBeOther, NotAllowed, WrongAmount, WrongState
from app.ledgers import cash, prepaid
from app.unit_of_work import change, create, fire
from tests.kit import D, World
from tests.stories import by_bank, by_cash, by_prepaid, hire, left, part_debt, pays, sold


def kept(world: World, customer: m.Customer) -> Decimal:
    return prepaid.balance(customer.id)


def on_account(world: World, kind: AccountKind = AccountKind.BANK) -> Decimal:
    return cash.balance(world.row(m.FundAccount, kind=kind))


def state(world: World, receipt: m.Receipt) -> ReceiptState:
    return world.row(m.Receipt, id=receipt.id).state


# -- a draft --------------------------------------------------------------------------------------------------------


def test_a_draft_adds_up_and_books_nothing(world: World) -> None:
    customer = world.company()
    debt = part_debt(world, customer, "1000")
    paper = world.receipt(customer, [(debt, "700")], [by_bank(world, "500", "A1"), by_cash(world, "300")])
    assert (paper.total_amount, paper.allocated_amount, paper.unallocated_amount) == (
        D("800.00"),
        D("700.00"),
        D("100.00"),
    )
    assert paper.number == "SK-20250305-0001" and paper.state is ReceiptState.DRAFT
    assert world.rows(m.CashEntry) == [] and left(world, debt) == D(1000) and kept(world, customer) == 0


@pytest.mark.parametrize("case", ["too much", "other customer", "twice", "zero fund", "zero debt", "no account"])
def test_what_no_draft_may_hold(world: World, case: str) -> None:
    customer, other = world.company(), world.company(number=2)
    debt, foreign = part_debt(world, customer, "1000"), part_debt(world, other, "1000")
    bank = by_bank(world, "500")
    pairs: list[tuple[m.Receivable, str]]
    pairs, funds, error, field = {
        "too much": ([(debt, "500.01")], [bank], WrongAmount, "allocations"),
        "other customer": ([(foreign, "500")], [bank], WrongAmount, "allocations"),
        "twice": ([(debt, "200"), (debt, "300")], [bank], WrongAmount, "allocations"),
        "zero fund": ([], [bank, by_cash(world, "0")], WrongAmount, "funds"),
        "zero debt": ([(debt, "0")], [bank], WrongAmount, "funds"),
        "no account": ([], [bank | {"account": None}], MissingData, "funds"),
    }[case]  # type: ignore[assignment]
    with pytest.raises(error) as fault:
        world.receipt(customer, pairs, funds)
    assert fault.value.field == field and world.rows(m.Receipt) == []


def test_a_fund_keeps_only_what_belongs_to_its_kind(world: World) -> None:
    bank = world.row(m.FundAccount, kind=AccountKind.BANK)
    customer = world.company()
    paper = world.receipt(customer, [], [{"kind": FundKind.PREPAID, "amount": D(1), "account": bank, "serial": "X"}])
    fund = world.row(m.Receipt, id=paper.id).funds[0]
    assert (fund.account_id, fund.serial, fund.coupon_id) == (None, None, None)


def test_a_draft_is_changed_and_cancelled_a_confirmed_one_is_neither(world: World) -> None:
    customer = world.company()
    debt = part_debt(world, customer, "1000")
    paper = world.receipt(customer, [(debt, "100")])
    change(paper, {"allocations": [{"receivable": debt, "amount": D(60)}]}, by=world["clerk"])
    assert world.row(m.Receipt, id=paper.id).unallocated_amount == D("40.00")
    fire(paper, "confirm", by=world["finance"])
    with pytest.raises(WrongState):
        change(paper, {"remark": "x"}, by=world["clerk"])
    with pytest.raises(WrongState):
        fire(paper, "cancel", by=world["clerk"], reason="x")
    second = world.receipt(customer, [(debt, "100")])
    fire(second, "cancel", by=world["clerk"], reason="录错了")
    with pytest.raises(WrongState):
        fire(second, "confirm", by=world["finance"])
    assert left(world, debt) == D("940.00")


# -- confirmation ---------------------------------------------------------------------------------------------------


def test_several_funds_pay_several_debts_and_the_rest_is_prepaid(world: World) -> None:
    customer = world.company()
    debts = [part_debt(world, customer, amount) for amount in ("300", "500", "1000")]
    before = on_account(world), on_account(world, AccountKind.CASH)
    # 900 + 200 = 1,100 came in; 300 + 500 + 150 = 950 pay; 150 stay
    world.paid(
        customer,
        [(debts[0], "300"), (debts[1], "500"), (debts[2], "150")],
        funds=[by_bank(world, "900", "A1"), by_cash(world, "200")],
    )
    assert [left(world, d) for d in debts] == [0, 0, D("850.00")]
    assert [world.row(m.Receivable, id=d.id).state for d in debts] == [
        ReceivableState.PAID,
        ReceivableState.PAID,
        ReceivableState.PARTIAL,
    ]
    assert kept(world, customer) == D("150.00")
    assert on_account(world) - before[0] == D("900.00") and on_account(world, AccountKind.CASH) - before[1] == D(
        "200.00"
    )
    assert {e.serial_key for e in world.rows(m.CashEntry)} == {"A1", None}


def test_prepaid_money_pays_later_debts_and_never_more_than_there_is(world: World) -> None:
    customer = world.company()
    world.paid(customer, [], total="500")
    debt = part_debt(world, customer, "700")
    with pytest.raises(WrongAmount) as fault:
        world.paid(customer, [(debt, "500.01")], funds=[by_prepaid("500.01")])
    assert "500.00" in str(fault.value) and kept(world, customer) == D("500.00") and left(world, debt) == D(700)
    world.paid(customer, [(debt, "600")], funds=[by_prepaid("450"), by_cash(world, "150")])
    assert kept(world, customer) == D("50.00") and left(world, debt) == D("100.00")
    assert [e.amount for e in world.rows(m.PrepaidEntry)] == [D("500.00"), D("-450.00")]


def test_prepaid_money_belongs_to_its_customer(world: World) -> None:
    rich, poor = world.company(), world.company(number=2)
    world.paid(rich, [], total="500")
    debt = part_debt(world, poor, "100")
    with pytest.raises(WrongAmount):
        world.paid(poor, [(debt, "100")], funds=[by_prepaid("100")])


def test_more_than_is_open_is_refused_at_confirmation_whoever_was_first(world: World) -> None:
    customer = world.company()
    debt = part_debt(world, customer, "1000")
    first, second = world.receipt(customer, [(debt, "600")]), world.receipt(customer, [(debt, "600")])
    fire(first, "confirm", by=world["finance"])
    with pytest.raises(WrongAmount) as fault:
        fire(second, "confirm", by=world["finance"])
    assert all(word in str(fault.value) for word in (debt.number, "400.00", "600.00"))
    assert state(world, second) is ReceiptState.DRAFT and left(world, debt) == D("400.00")
    change(second, {"allocations": [{"receivable": debt, "amount": D(400)}]}, by=world["clerk"])
    fire(second, "confirm", by=world["finance"])
    assert left(world, debt) == 0 and kept(world, customer) == D("200.00")


def test_one_bad_line_of_a_receipt_books_none(world: World) -> None:
    customer = world.company()
    good, bad = part_debt(world, customer, "100"), part_debt(world, customer, "100")
    before = on_account(world)
    with pytest.raises(WrongAmount):
        world.paid(customer, [(good, "100"), (bad, "101")])
    assert left(world, good) == D(100) and on_account(world) == before and kept(world, customer) == 0


def test_confirming_twice_books_once(world: World) -> None:
    customer = world.company()
    debt = part_debt(world, customer, "1000")
    paper = world.receipt(customer, [(debt, "100")])
    for _ in range(2):
        fire(paper, "confirm", by=world["finance"], key="press")
    with pytest.raises(WrongState):
        fire(paper, "confirm", by=world["finance"])
    assert left(world, debt) == D("900.00") and len(world.rows(m.CashEntry)) == 1


def test_an_empty_receipt_confirms_nothing(world: World) -> None:
    paper = create(m.Receipt, {"customer": world.company(), "funds": [], "allocations": []}, by=world["clerk"])
    with pytest.raises(MissingData) as fault:
        fire(paper, "confirm", by=world["finance"])
    assert fault.value.field == "funds"


def test_a_bank_serial_counts_once_per_account(world: World) -> None:
    customer = world.company()
    first = world.paid(customer, [], funds=[by_bank(world, "100", "ICBC-1")])
    with pytest.raises(AlreadyThere) as fault:
        world.paid(customer, [], funds=[by_bank(world, "100", "ICBC-1")])
    assert all(word in str(fault.value) for word in ("ICBC-1", first.number, "工行基本户"))
    with pytest.raises(AlreadyThere):
        world.paid(customer, [], funds=[by_bank(world, "1", "ICBC-2"), by_bank(world, "1", "ICBC-2")])
    wechat = {
        "kind": FundKind.WECHAT,
        "account": world.row(m.FundAccount, kind=AccountKind.WECHAT),
        "amount": D(100),
        "serial": "ICBC-1",
    }
    world.paid(customer, [], funds=[wechat])
    world.paid(customer, [], funds=[by_cash(world, "100"), by_cash(world, "100")])  # cash has no serial
    assert kept(world, customer) == D("400.00")


def test_who_wrote_a_receipt_confirms_it_only_where_finance_is_alone(world: World) -> None:
    customer = world.company()
    debt = part_debt(world, customer, "1000")

    def own() -> m.Receipt:
        values = {
            "customer": customer,
            "funds": [by_cash(world, "100")],
            "allocations": [{"receivable": debt, "amount": D(100)}],
        }
        return create(m.Receipt, values, by=world["finance"])

    fire(own(), "confirm", by=world["finance"])
    paper = own()
    hire(world, "finance2", "钱会计", ["finance"], number="170")
    with pytest.raises(MustBeOther) as fault:
        fire(paper, "confirm", by=world["finance"])
    assert "钱会计" in str(fault.value)
    fire(paper, "confirm", by=world["finance2"])
    fire(world.row(m.Employee, staff_number="170"), "leave", by=world["sysadmin"])
    fire(own(), "confirm", by=world["finance"])
    assert left(world, debt) == D("700.00")


def test_only_finance_confirms_and_reverses(world: World) -> None:
    customer = world.company()
    paper = world.receipt(customer, [], total="1")
    for nobody in ("clerk", "gm", "sales_manager", "sales1"):
        with pytest.raises(NotAllowed):
            fire(paper, "confirm", by=world[nobody])
    fire(paper, "confirm", by=world["finance"])
    for nobody in ("clerk", "gm"):
        with pytest.raises(NotAllowed):
            fire(paper, "reverse", by=world[nobody], reason="x")


# -- reversal -------------------------------------------------------------------------------------------------------


def picture(world: World, customer: m.Customer) -> dict[str, Any]:
    """Everything a receipt can change."""
    contracts = world.rows(m.MachineContract, customer_id=customer.id)
    return {
        "debts": [
            (d.id, d.settled_amount, d.state, d.last_paid_on) for d in world.rows(m.Receivable, customer_id=customer.id)
        ],
        "coupons": [(c.id, c.balance, c.state) for c in world.rows(m.Coupon, customer_id=customer.id)],
        "prepaid": kept(world, customer),
        "accounts": [cash.balance(a) for a in world.rows(m.FundAccount)],
        "contracts": [(c.received_amount, c.outstanding_amount, c.pay_state, c.state) for c in contracts],
        "retentions": [r.state for r in world.rows(m.Retention, customer_id=customer.id)],
    }


def test_a_reversal_restores_exactly_and_is_booked_on_its_own_day(world: World) -> None:
    customer = world.company()
    contract = sold(world, customer, retention_share=D("0.05"))
    debt, retention = part_debt(world, customer, "1000"), world.debts(contract)["RETENTION"]
    world.paid(customer, [], total="80")
    world.paid(customer, [(debt, "10")])
    before = picture(world, customer)
    assert before["contracts"] == [(D("997500.00"), D("52500.00"), PayState.PARTIAL, ContractState.DISPATCHED)]
    with clock.on(dt.date(2025, 3, 20)):
        # 52,500 + 500 + 30 prepaid = 53,030 pay 52,500 retention and 490 parts; 40 stay
        paper = world.paid(
            customer,
            [(retention, "52500"), (debt, "490")],
            funds=[by_bank(world, "52500", "B1"), by_cash(world, "500"), by_prepaid("30")],
        )
        during = picture(world, customer)
    assert during["contracts"][0][2] is PayState.SETTLED and during["prepaid"] == D("90.00") and during != before
    with clock.on(dt.date(2025, 4, 2)):
        fire(paper, "reverse", by=world["finance"], reason="款项退回")
    assert picture(world, customer) == before and state(world, paper) is ReceiptState.REVERSED
    mirrored = [e for e in world.rows(m.CashEntry, origin_id=paper.id) if e.reversal_of_id]
    assert sorted((e.amount, e.business_on) for e in mirrored) == [
        (D(-52500), dt.date(2025, 4, 2)),
        (D(-500), dt.date(2025, 4, 2)),
    ]
    with pytest.raises(WrongState):
        fire(paper, "reverse", by=world["finance"], reason="again")
    world.paid(customer, [], funds=[by_bank(world, "1", "B1")])  # the serial is free again


def test_the_day_of_the_last_payment_falls_back_to_the_one_that_stands(world: World) -> None:
    customer = world.company()
    debt = part_debt(world, customer, "1000")
    papers = []
    for day in (6, 8, 10):
        with clock.on(dt.date(2025, 3, day)):
            papers.append(world.paid(customer, [(debt, "100")]))
    days = []
    for index in (1, 2, 0):
        fire(papers[index], "reverse", by=world["finance"], reason="x")
        days.append(world.row(m.Receivable, id=debt.id).last_paid_on)
    assert days == [dt.date(2025, 3, 10), dt.date(2025, 3, 6), None]


def test_a_reversal_is_refused_when_its_prepaid_part_was_used(world: World) -> None:
    customer = world.company()
    debt = part_debt(world, customer, "1000")
    source = world.paid(customer, [(debt, "100")], total="150")
    user = world.paid(customer, [(debt, "20")], funds=[by_prepaid("20")])
    before = picture(world, customer)
    with pytest.raises(WrongAmount) as fault:
        fire(source, "reverse", by=world["finance"], reason="x")
    assert "30.00" in str(fault.value) and "50.00" in str(fault.value)
    assert picture(world, customer) == before and state(world, source) is ReceiptState.CONFIRMED
    fire(user, "reverse", by=world["finance"], reason="x")
    fire(source, "reverse", by=world["finance"], reason="x")
    assert kept(world, customer) == 0 and left(world, debt) == D(1000)


def test_a_debt_paid_twice_in_parts_is_reversed_in_any_order(world: World) -> None:
    customer = world.company()
    debt = part_debt(world, customer, "1000")
    first, second = world.paid(customer, [(debt, "400")]), world.paid(customer, [(debt, "600")])
    fire(first, "reverse", by=world["finance"], reason="x")
    assert world.row(m.Receivable, id=debt.id).state is ReceivableState.PARTIAL and left(world, debt) == D("400.00")
    fire(second, "reverse", by=world["finance"], reason="x")
    assert world.row(m.Receivable, id=debt.id).state is ReceivableState.OPEN and left(world, debt) == D("1000.00")


# -- opening receivables ----------------------------------------------------------------------------------------------


def test_finance_types_opening_debts_of_parts_service_and_others_only(world: World) -> None:
    customer = world.company()
    debt = part_debt(world, customer, "6800", due=dt.date(2025, 1, 31))
    assert debt.number == "YS-20250305-0001" and (debt.principal_amount, debt.interest_amount) == (D("6800.00"), D(0))
    for wrong, error, field in (
        ({"kind": ReceivableKind.INSTALMENT}, WrongAmount, "kind"),
        ({"amount": D(0)}, WrongAmount, "amount"),
        ({"due_on": None}, MissingData, "due_on"),
    ):
        with pytest.raises(error) as fault:
            create(
                m.Receivable,
                {"customer": customer, "kind": ReceivableKind.OTHER, "amount": D(1), "due_on": clock.today()} | wrong,
                by=world["finance"],
            )
        assert fault.value.field == field
    for nobody in ("clerk", "sales1", "gm", "credit"):
        with pytest.raises(NotAllowed):
            create(
                m.Receivable,
                {"customer": customer, "kind": ReceivableKind.PART, "amount": D(1), "due_on": clock.today()},
                by=world[nobody],
            )
    with pytest.raises((NotAllowed, WrongState)):
        change(debt, {"amount": D(1)}, by=world["finance"])
    pays(world, customer, [debt])
    assert left(world, debt) == 0


# -- a mistyped opening receivable, and who collects debts --------------------------------------------------------------


def test_a_mistyped_opening_receivable_is_void_while_nothing_is_paid_on_it(world: World) -> None:
    """There was no verb: it stood for ever."""
    customer = world.company()
    wrong, paid = part_debt(world, customer, "10000"), part_debt(world, customer, "1000")
    receipt = world.paid(customer, [(paid, "1")])
    for nobody in ("clerk", "gm", "sales1"):
        with pytest.raises(NotAllowed):
            fire(wrong, "void", by=world[nobody], reason="录错了")
    fire(wrong, "void", by=world["finance"], reason="多录一个零")
    assert world.row(m.Receivable, id=wrong.id).state is ReceivableState.VOID and left(world, wrong) == 0
    with pytest.raises(WrongAmount):
        world.paid(customer, [(wrong, "1")])
    with pytest.raises(WrongState):
        fire(paid, "void", by=world["finance"], reason="x")
    fire(receipt, "reverse", by=world["finance"], reason="x")
    fire(paid, "void", by=world["finance"], reason="x")


def test_what_a_paper_made_is_not_void_by_hand(world: World) -> None:
    contract = world.approved(world.contract(world.company(), world.contact(), world.unit()))
    with pytest.raises(WrongState) as fault:
        fire(world.debts(contract)["BALANCE"], "void", by=world["finance"], reason="x")
    assert "单据" in str(fault.value)


def test_who_collects_debts_drafts_receipts_and_completes_the_archive(world: World) -> None:
    """He was refused both; confirming stays with finance."""
    customer = world.company()
    debt = part_debt(world, customer, "1000")
    values = {"customer": customer, "funds": [by_cash(world, "100")], "allocations": []}
    paper = create(m.Receipt, values, by=world["credit"])
    fire(paper, "allocate", by=world["credit"])
    with pytest.raises(NotAllowed):
        fire(paper, "confirm", by=world["credit"])
    fire(paper, "confirm", by=world["finance"])
    assert left(world, debt) == D(900)
    fire(
        customer, "complete_archive", by=world["credit"], bank_name="江淮银行", bank_account="6222 0000", city="合肥市"
    )
    fresh = world.row(m.Customer, id=customer.id)
    assert (fresh.bank_name, fresh.city, fresh.name) == ("江淮银行", "合肥市", customer.name)
    with pytest.raises(WrongAmount) as fault:
        fire(customer, "complete_archive", by=world["credit"], spouse_id_number="123")
    assert fault.value.field == "spouse_id_number"
    with pytest.raises(NotAllowed):
        change(customer, {"name": "别的名字"}, by=world["credit"])
