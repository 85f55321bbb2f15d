"""卡券 as a fund: whose, for what, until when, how much; and what comes back."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from app import clock
from app import models as m
from app.enums import CouponMovement, CouponScope, CouponState, FundKind, ReceivableKind
from app.errors import CouponUnusable, MissingData, NotAllowed, WrongAmount
from app.unit_of_work import change, create, fire
from tests.kit import D, World
from tests.stories import by_bank, by_cash, by_coupon, coupon_of, gift, left, part_debt, sold


def afresh(world: World, coupon: m.Coupon) -> tuple[Any, CouponState]:
    row = world.row(m.Coupon, id=coupon.id)
    return row.balance, row.state


def refused(
    world: World, customer: m.Customer, debt: m.Receivable, coupon: m.Coupon, amount: str, error: type = CouponUnusable
) -> str:
    """The sentence; nothing has moved."""
    before = afresh(world, coupon), left(world, debt), len(world.rows(m.CashEntry))
    with pytest.raises(error) as fault:
        world.paid(customer, [(debt, amount)], funds=[by_coupon(coupon, amount)])
    assert (afresh(world, coupon), left(world, debt), len(world.rows(m.CashEntry))) == before
    return str(fault.value)


def test_a_coupon_pays_in_parts_until_it_is_used_up(world: World) -> None:
    customer = world.company()
    coupon, debt = coupon_of(world, customer, "800"), part_debt(world, customer, "2000")
    world.paid(customer, [(debt, "500")], funds=[by_coupon(coupon, "500")])
    assert afresh(world, coupon) == (D("300.00"), CouponState.ACTIVE)
    assert "300.00" in refused(world, customer, debt, coupon, "300.01")
    # 300 by coupon + 520 in cash
    world.paid(customer, [(debt, "820")], funds=[by_coupon(coupon, "300"), by_cash(world, "520")])
    assert afresh(world, coupon) == (D(0), CouponState.USED) and left(world, debt) == D("680.00")
    assert [(e.movement, e.amount, e.balance_after) for e in world.rows(m.CouponEntry, coupon_id=coupon.id)] == [
        (CouponMovement.ISSUE, D("800.00"), D("800.00")), (CouponMovement.ACTIVATE, D(0), D("800.00")),
        (CouponMovement.REDEEM, D("-500.00"), D("300.00")), (CouponMovement.REDEEM, D("-300.00"), D(0)),
    ]  # fmt: skip
    assert refused(world, customer, debt, coupon, "0.01")


def test_a_coupon_is_no_money(world: World) -> None:
    """What it brings has to be allocated to debts of its scope; nothing of it is kept as prepaid."""
    customer = world.company()
    coupon, debt = coupon_of(world, customer, "800"), part_debt(world, customer, "100")
    with pytest.raises(WrongAmount) as fault:
        world.paid(customer, [(debt, "100")], funds=[by_coupon(coupon, "101")])
    assert "101.00" in str(fault.value) and "100.00" in str(fault.value) and fault.value.field == "funds"
    with pytest.raises(WrongAmount):
        world.paid(customer, [], funds=[by_coupon(coupon, "1")])
    assert afresh(world, coupon) == (D("800.00"), CouponState.ACTIVE)


def test_a_coupon_of_another_customer_is_refused(world: World) -> None:
    owner, thief = world.company(), world.company(number=2)
    coupon, debt = coupon_of(world, owner, "800"), part_debt(world, thief, "100")
    assert coupon.number in refused(world, thief, debt, coupon, "100", WrongAmount)


def test_a_coupon_pays_debts_of_its_scope_only(world: World) -> None:
    customer = world.company()
    coupon = coupon_of(world, customer, "800")
    service = part_debt(world, customer, "100", kind=ReceivableKind.SERVICE)
    assert coupon.number in refused(world, customer, service, coupon, "100", WrongAmount)
    contract = world.row(m.MachineContract)
    assert world.debts(contract)["BALANCE"].kind is ReceivableKind.BALANCE
    # a part debt beside it takes the coupon, the service debt takes the money
    part = part_debt(world, customer, "60")
    paper = world.paid(
        customer, [(service, "100"), (part, "60")], funds=[by_coupon(coupon, "60"), by_cash(world, "100")]
    )
    assert left(world, service) == left(world, part) == 0
    assert [(a.receivable_id, a.coupon_amount) for a in world.rows(m.ReceiptAllocation, receipt_id=paper.id)] == [
        (service.id, D(0)), (part.id, D("60.00")),
    ]  # fmt: skip


def test_a_coupon_for_both_pays_both_in_order(world: World) -> None:
    create(m.CouponType, {"name": "通用券", "scope": CouponScope.BOTH}, by=world["sysadmin"])
    customer = world.company()
    coupon = coupon_of(world, customer, "100", scope=CouponScope.BOTH)
    service, part = part_debt(world, customer, "70", kind=ReceivableKind.SERVICE), part_debt(world, customer, "70")
    world.paid(customer, [(service, "70"), (part, "70")], funds=[by_coupon(coupon, "100"), by_cash(world, "40")])
    shares = {a.receivable_id: a.coupon_amount for a in world.rows(m.ReceiptAllocation)}
    assert (shares[service.id], shares[part.id]) == (D("70.00"), D("30.00"))
    assert afresh(world, coupon) == (D(0), CouponState.USED)


def test_a_machine_is_never_paid_with_a_coupon(world: World) -> None:
    customer = world.company()
    coupon = coupon_of(world, customer, "800")
    second = world.approved(world.contract(customer, world.contact(number=9), world.unit("HT215-0009")))
    refused(world, customer, world.debts(second)["DEPOSIT"], coupon, "100", WrongAmount)


def test_a_coupon_that_waits_for_its_machine_is_refused(world: World) -> None:
    customer = world.company()
    world.approved(world.contract(customer, world.contact(), world.unit(), gifts=[gift(world, "800")]))
    assert refused(world, customer, part_debt(world, customer, "100"), world.row(m.Coupon), "100")


@pytest.mark.parametrize(
    "day, fine",
    [
        (dt.date(2025, 3, 4), False),
        (dt.date(2025, 3, 5), True),
        (dt.date(2025, 4, 4), True),
        (dt.date(2025, 4, 5), False),
    ],
)
def test_a_coupon_is_good_from_its_first_day_to_its_last(world: World, day: dt.date, fine: bool) -> None:
    customer = world.company()
    coupon, debt = (
        coupon_of(world, customer, "800", days=30),
        part_debt(world, customer, "100"),
    )  # 5 March + 30 days = 4 April
    with clock.on(day):
        if fine:
            world.paid(customer, [(debt, "100")], funds=[by_coupon(coupon, "100")])
            assert afresh(world, coupon) == (D("700.00"), CouponState.ACTIVE)
        else:
            words = refused(world, customer, debt, coupon, "100")
            assert "2025-04-04" in words or "2025-03-05" in words


def test_a_type_may_limit_its_share_of_a_payment(world: World) -> None:
    customer = world.company()
    coupon, debt = coupon_of(world, customer, "800"), part_debt(world, customer, "1000")
    change(world.row(m.CouponType, scope=CouponScope.PART), {"max_share": D("0.30")}, by=world["sysadmin"])
    assert "30" in refused(world, customer, debt, coupon, "300.01")
    world.paid(customer, [(debt, "1000")], funds=[by_coupon(coupon, "300"), by_bank(world, "700")])
    assert left(world, debt) == 0


@pytest.mark.parametrize("share", ["0", "1.01"])
def test_a_share_lies_between_one_and_a_hundred_percent(world: World, share: str) -> None:
    with pytest.raises(WrongAmount) as fault:
        create(m.CouponType, {"name": "怪券", "scope": CouponScope.PART, "max_share": D(share)}, by=world["sysadmin"])
    assert fault.value.field == "max_share"


def test_a_single_use_coupon_is_used_whole_or_not_at_all(world: World) -> None:
    customer = world.company()
    coupon, debt = coupon_of(world, customer, "800"), part_debt(world, customer, "1000")
    change(world.row(m.CouponType, scope=CouponScope.PART), {"is_multi_use": False}, by=world["sysadmin"])
    assert coupon.number in refused(world, customer, debt, coupon, "799.99")
    world.paid(customer, [(debt, "800")], funds=[by_coupon(coupon, "800")])
    assert afresh(world, coupon) == (D(0), CouponState.USED)


def test_two_coupons_and_money_in_one_receipt(world: World) -> None:
    customer = world.company()
    contract = sold(world, customer, gifts=[gift(world, "100"), gift(world, "50")])
    one, two = world.rows(m.Coupon, contract_id=contract.id)
    debts = [part_debt(world, customer, amount) for amount in ("90", "80")]
    with pytest.raises(WrongAmount):  # 60 + 40 brought, 90 paid
        world.paid(customer, [(debts[0], "90")], funds=[by_coupon(one, "60"), by_coupon(two, "40")])
    world.paid(
        customer,
        [(debts[0], "90"), (debts[1], "80")],
        funds=[by_coupon(two, "50"), by_coupon(one, "100"), by_cash(world, "20")],
    )
    assert (
        afresh(world, one) == afresh(world, two) == (D(0), CouponState.USED)
        and left(world, debts[0]) == left(world, debts[1]) == 0
    )


def test_the_same_coupon_in_two_lines_is_one_redemption(world: World) -> None:
    customer = world.company()
    coupon, debt = coupon_of(world, customer, "800"), part_debt(world, customer, "1000")
    paper = world.paid(customer, [(debt, "500")], funds=[by_coupon(coupon, "200"), by_coupon(coupon, "300")])
    assert afresh(world, coupon) == (D("300.00"), CouponState.ACTIVE) and left(world, debt) == D("500.00")
    with pytest.raises(CouponUnusable):
        world.paid(customer, [(debt, "400")], funds=[by_coupon(coupon, "200"), by_coupon(coupon, "200")])
    fire(paper, "reverse", by=world["finance"], reason="x")
    assert afresh(world, coupon) == (D("800.00"), CouponState.ACTIVE)


def test_a_coupon_line_names_its_coupon(world: World) -> None:
    customer = world.company()
    debt = part_debt(world, customer, "100")
    with pytest.raises(MissingData) as fault:
        world.receipt(customer, [(debt, "1")], [{"kind": FundKind.COUPON, "amount": D(1)}])
    assert fault.value.field == "funds"


# -- giving back ------------------------------------------------------------------------------------------------------


def test_a_used_up_coupon_comes_back_to_life_with_the_reversal(world: World) -> None:
    customer = world.company()
    coupon, debt = coupon_of(world, customer, "800"), part_debt(world, customer, "1000")
    paper = world.paid(customer, [(debt, "800")], funds=[by_coupon(coupon, "800")])
    fire(paper, "reverse", by=world["finance"], reason="录错")
    assert afresh(world, coupon) == (D("800.00"), CouponState.ACTIVE) and left(world, debt) == D("1000.00")
    back = world.rows(m.CouponEntry, coupon_id=coupon.id)[-1]
    assert (back.movement, back.amount, back.balance_after) == (CouponMovement.RESTORE, D("800.00"), D("800.00"))
    world.paid(customer, [(debt, "100")], funds=[by_coupon(coupon, "100")])
    assert afresh(world, coupon) == (D("700.00"), CouponState.ACTIVE)


def test_a_coupon_that_ran_out_meanwhile_comes_back_expired(world: World) -> None:
    customer = world.company()
    coupon, debt = coupon_of(world, customer, "800", days=30), part_debt(world, customer, "1000")
    paper = world.paid(customer, [(debt, "500")], funds=[by_coupon(coupon, "500")])
    with clock.on(dt.date(2025, 4, 5)):
        fire(paper, "reverse", by=world["finance"], reason="x")
        assert afresh(world, coupon) == (D("800.00"), CouponState.EXPIRED)
        assert refused(world, customer, debt, coupon, "1")


def test_only_the_ledger_moves_a_coupon(world: World) -> None:
    coupon = coupon_of(world, world.company(), "800")
    for who in ("gm", "finance", "clerk", "sysadmin"):
        with pytest.raises(NotAllowed):
            change(coupon, {"balance": D(1)}, by=world[who])
        with pytest.raises(NotAllowed):
            create(m.Coupon, {"customer": coupon.customer, "face_amount": D(1), "balance": D(1)}, by=world[who])
