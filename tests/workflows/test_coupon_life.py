"""卡券的一生: extended, frozen, void, handed on, expired; used in part or not; and what comes back to it then."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from app import clock
from app import models as m
from app.enums import CouponMovement, CouponScope, CouponSource, CouponState, ReturnState
from app.errors import CouponUnusable, MissingData, NotAllowed, NotYours, WrongAmount, WrongState
from app.unit_of_work import change, create, fire
from tests.kit import D, World, on_both
from tests.scenarios.test_a2 import Parts
from tests.stories import by_cash, by_coupon, gift, left, part_debt

S = CouponState
LATER = dt.date(2025, 4, 10)  # a coupon of 30 days from 5 March ended on 4 April


def given(
    world: World, customer: m.Customer, face: str, *, days: int = 30, active: bool = True, type_: Any = None
) -> m.Coupon:
    """A coupon issued by hand."""
    paper = create(
        m.CouponIssue,
        {"customer": customer, "type": type_ or world.row(m.CouponType, scope=CouponScope.PART), "face_amount": D(face),
         "valid_days": days, "source": CouponSource.CAMPAIGN, "reason": "促销", "is_active_at_once": active},
        by=world["clerk"],
    )  # fmt: skip
    fire(paper, "submit", by=world["clerk"])
    fire(paper, "approve", by=world["gm"])
    return world.row(m.Coupon, issue_id=paper.id)


def rules(world: World, **values: Any) -> m.CouponType:
    """The type of coupons for parts, with other rules."""
    return change(world.row(m.CouponType, scope=CouponScope.PART), values, by=world["sysadmin"])


def stands(world: World, coupon: m.Coupon) -> tuple[Any, CouponState]:
    row = world.row(m.Coupon, id=coupon.id)
    return row.balance, row.state


def used(world: World, customer: m.Customer, coupon: m.Coupon, amount: str, of: str = "1000") -> m.Receipt:
    return world.paid(customer, [(part_debt(world, customer, of), amount)], funds=[by_coupon(coupon, amount)])


def do(world: World, coupon: m.Coupon, verb: str, who: str = "sales_manager", **words: Any) -> None:
    fire(coupon, verb, by=world[who], **({"reason": "核实"} | words))


def kinds(world: World, coupon: m.Coupon) -> list[str]:
    return [e.movement.name for e in world.rows(m.CouponEntry, coupon_id=coupon.id)]


@on_both
def test_a_frozen_coupon_is_refused_everywhere_until_it_is_released(world: World) -> None:
    customer = world.company()
    coupon, debt = given(world, customer, "500"), part_debt(world, customer, "1000")
    draft = world.receipt(customer, [(debt, "200")], [by_coupon(coupon, "200")])
    do(world, coupon, "freeze")
    with pytest.raises(CouponUnusable) as fault:
        fire(draft, "confirm", by=world["finance"])
    assert coupon.number in str(fault.value) and "冻结" in str(fault.value)
    assert stands(world, coupon) == (D("500.00"), S.FROZEN) and left(world, debt) == D("1000.00")
    for verb, words in (("freeze", {}), ("transfer", {"customer": customer}), ("extend", {"until": LATER})):
        with pytest.raises(WrongState):
            do(world, coupon, verb, **words)
    do(world, coupon, "unfreeze")
    fire(draft, "confirm", by=world["finance"])
    assert stands(world, coupon) == (D("300.00"), S.ACTIVE)
    assert kinds(world, coupon) == ["ISSUE", "ACTIVATE", "FREEZE", "UNFREEZE", "REDEEM"]


def test_a_coupon_that_ran_out_while_it_was_frozen_is_expired_and_can_be_extended(world: World) -> None:
    customer = world.company()
    coupon = given(world, customer, "500")
    do(world, coupon, "freeze")
    with clock.on(LATER):
        do(world, coupon, "unfreeze")
        assert stands(world, coupon) == (D("500.00"), S.EXPIRED)
        do(world, coupon, "extend", until=dt.date(2025, 5, 1))
        assert stands(world, coupon) == (D("500.00"), S.ACTIVE)
    with clock.on(dt.date(2025, 5, 1)):  # the last day counts
        used(world, customer, coupon, "100")
    with clock.on(dt.date(2025, 5, 2)), pytest.raises(CouponUnusable):
        used(world, customer, coupon, "100")
    assert world.rows(m.CouponEntry, coupon_id=coupon.id)[4].note == "2025-04-04 → 2025-05-01"


def test_an_extension_leads_to_a_later_day_and_only_while_something_is_left(world: World) -> None:
    customer = world.company()
    coupon = given(world, customer, "100")
    for until in (dt.date(2025, 4, 4), dt.date(2025, 3, 20), dt.date(2025, 3, 4), dt.date(2099, 1, 1)):
        with pytest.raises(WrongAmount) as fault:
            do(world, coupon, "extend", until=until)
        assert fault.value.field == "until"
    for until in (dt.date(2025, 4, 5), dt.date(2025, 6, 5)):  # twice is fine
        do(world, coupon, "extend", until=until)
    assert world.row(m.Coupon, id=coupon.id).valid_to == dt.date(2025, 6, 5)
    used(world, customer, coupon, "100")
    with pytest.raises(WrongState):
        do(world, coupon, "extend", until=dt.date(2025, 7, 1))


def test_void_takes_the_unused_part_only(world: World) -> None:
    customer = world.company()
    coupon = given(world, customer, "500")
    receipt = used(world, customer, coupon, "180")
    do(world, coupon, "void")
    assert stands(world, coupon) == (D(0), S.VOID)
    last = world.rows(m.CouponEntry, coupon_id=coupon.id)[-1]
    assert (last.movement, last.amount, last.balance_after) == (CouponMovement.VOID, D("-320.00"), D(0))
    with pytest.raises(CouponUnusable):
        used(world, customer, coupon, "1")
    for verb, words in (("void", {}), ("freeze", {}), ("unfreeze", {}), ("extend", {"until": LATER})):
        with pytest.raises(WrongState):
            do(world, coupon, verb, **words)
    # what was used comes back when the receipt is reversed: not usable, until a manager says so
    fire(receipt, "reverse", by=world["finance"], reason="录错")
    assert stands(world, coupon) == (D("180.00"), S.VOID)
    with pytest.raises(CouponUnusable):
        used(world, customer, coupon, "1")
    do(world, coupon, "extend", until=dt.date(2025, 3, 31))
    used(world, customer, coupon, "180")
    assert stands(world, coupon) == (D(0), S.USED)


@pytest.mark.parametrize("how", ["fresh", "part"])
@pytest.mark.parametrize("state", [S.FROZEN, S.EXPIRED, S.VOID])
def test_what_comes_back_to_a_stopped_coupon_stays_stopped(world: World, state: CouponState, how: str) -> None:
    customer = world.company()
    coupon = given(world, customer, "500")
    first = used(world, customer, coupon, "200")
    if how == "part":
        used(world, customer, coupon, "100")
    rest = D("300.00") if how == "fresh" else D("200.00")
    if state is not S.EXPIRED:
        do(world, coupon, "freeze" if state is S.FROZEN else "void")
    with clock.on(LATER if state is S.EXPIRED else clock.today()):
        if state is S.EXPIRED:
            fire_expire(coupon)
        fire(first, "reverse", by=world["finance"], reason="录错")
        assert stands(world, coupon) == ((D(0) if state is S.VOID else rest) + 200, state)
        with pytest.raises(CouponUnusable):
            used(world, customer, coupon, "1")


def fire_expire(coupon: m.Coupon) -> None:
    """What the nightly job does to one coupon."""
    from app.unit_of_work import together
    from app.workflows.coupons import coupon as flow

    together(lambda: flow.expire(coupon))


def test_a_coupon_that_waits_for_its_machine_is_nobodys_to_move(world: World) -> None:
    customer = world.company()
    contract = world.approved(world.contract(customer, world.contact(), world.unit(), gifts=[gift(world, "800")]))
    coupon = world.row(m.Coupon, contract_id=contract.id)
    for verb, words in (("activate", {}), ("void", {"reason": "x"})):
        with pytest.raises(WrongState) as fault:
            fire(coupon, verb, by=world["sales_manager"], **words)
        assert contract.number in str(fault.value)
    assert stands(world, coupon) == (D("800.00"), S.PENDING)
    waiting = given(world, customer, "100", active=False)  # one by hand may be void before it was ever active
    do(world, waiting, "void")
    assert stands(world, waiting) == (D(0), S.VOID)


# -- handing on -------------------------------------------------------------------------------------------------------


def test_what_is_left_is_handed_on_and_what_comes_back_stays_with_the_first(world: World) -> None:
    one, two = world.company(), world.company("sales2", 2)
    coupon = given(world, one, "500")
    receipt = used(world, one, coupon, "180")
    with pytest.raises(CouponUnusable):
        do(world, coupon, "transfer", customer=two)
    rules(world, is_transferable=True)
    with pytest.raises(CouponUnusable) as fault:
        do(world, coupon, "transfer", customer=one)
    assert fault.value.field == "customer"
    do(world, coupon, "transfer", customer=two)
    fresh = world.row(m.Coupon, from_coupon_id=coupon.id)
    assert stands(world, coupon) == (D(0), S.HANDED_ON)
    assert (fresh.customer_id, fresh.face_amount, fresh.balance, fresh.state, fresh.valid_to) == (
        two.id, D("320.00"), D("320.00"), S.ACTIVE, dt.date(2025, 4, 4),
    )  # fmt: skip
    note = world.rows(m.CouponEntry, coupon_id=coupon.id)[-1].note
    assert two.name in note and fresh.number in note
    assert [e.origin_number for e in world.rows(m.CouponEntry, coupon_id=fresh.id)] == [coupon.number] * 2
    with pytest.raises(WrongAmount):
        used(world, one, fresh, "1")
    used(world, two, fresh, "320")
    fire(receipt, "reverse", by=world["finance"], reason="录错")
    assert stands(world, coupon) == (D("180.00"), S.ACTIVE) and stands(world, fresh) == (D(0), S.USED)
    do(world, coupon, "transfer", customer=two)  # and on again
    assert [c.face_amount for c in world.rows(m.Coupon, from_coupon_id=coupon.id)] == [D("320.00"), D("180.00")]


def test_an_old_or_frozen_coupon_is_not_handed_on_and_not_to_strangers(world: World) -> None:
    one, two = world.company(), world.company(number=2)
    rules(world, is_transferable=True)
    coupon = given(world, one, "500")
    with clock.on(LATER), pytest.raises(CouponUnusable):  # out of date though no job ran yet
        do(world, coupon, "transfer", customer=two)
    fire(two, "blacklist", by=world["gm"], reason="欠款不还")
    with pytest.raises(MissingData):
        do(world, coupon, "transfer", customer=two)
    assert stands(world, coupon) == (D("500.00"), S.ACTIVE)


@pytest.mark.parametrize("verb", ["extend", "freeze", "unfreeze", "void", "transfer"])
def test_managers_treat_coupons_and_nobody_else(world: World, verb: str) -> None:
    customer = world.company()
    coupon = given(world, customer, "500")
    words: dict[str, Any] = {"reason": "x"}
    words |= {"until": LATER} if verb == "extend" else {"customer": customer} if verb == "transfer" else {}
    for who in ("sales1", "clerk", "finance", "service_manager", "visits", "sysadmin", "credit", "keeper", "tech1"):
        with pytest.raises((NotAllowed, NotYours)):
            fire(coupon, verb, by=world[who], **words)
    assert stands(world, coupon) == (D("500.00"), S.ACTIVE)


# -- rules of the types -----------------------------------------------------------------------------------------------


def sale_of(world: World, parts: Parts, customer: m.Customer, quantity: str, *uses: tuple[m.Coupon, str]) -> m.PartSale:
    """A draft sale of filters at 100.00."""
    part = world.rows(m.Part)[0] if world.rows(m.Part) else parts.part("LX-1", "滤芯", "100")
    parts.opening(part, quantity, "10.00")
    offer = create(
        m.PartQuotation,
        {"customer": customer, "valid_until": dt.date(2025, 4, 30),
         "lines": [{"part": part, "quantity": D(quantity), "unit_price": D(100)}]},
        by=world["sales1"],
    )  # fmt: skip
    fire(offer, "send", by=world["sales1"])
    fire(offer, "agree", by=world["sales1"], agreed_by="王", agreed_proof="微信")
    return create(
        m.PartSale,
        {"quotation": offer, "sale_type": world.row(m.SaleType, code="walk_in"), "warehouse": parts.main,
         "coupons": [{"coupon": c, "amount": D(a)} for c, a in uses]},
        by=world["sales1"],
    )  # fmt: skip


def sold(world: World, sale: m.PartSale) -> m.PartSale:
    fire(sale, "submit", by=world["sales1"])
    fire(sale, "approve", by=world["sales_manager"])
    return sale


def test_a_sale_with_a_stopped_coupon_is_refused_at_submission_and_at_approval(world: World) -> None:
    customer, parts = world.company(), Parts(world)
    coupon = given(world, customer, "500")
    one, two = (
        sale_of(world, parts, customer, "5", (coupon, "100")),
        sale_of(world, parts, customer, "5", (coupon, "100")),
    )
    fire(one, "submit", by=world["sales1"])
    do(world, coupon, "freeze")
    for sale, verb, who in ((two, "submit", "sales1"), (one, "approve", "sales_manager")):
        with pytest.raises(CouponUnusable) as fault:
            fire(sale, verb, by=world[who])
        assert "冻结" in str(fault.value)
    do(world, coupon, "unfreeze")
    do(world, coupon, "void")
    with pytest.raises(CouponUnusable):
        fire(one, "approve", by=world["sales_manager"])
    assert world.rows(m.Receivable) == []


def test_share_and_smallest_order_hold_on_sale_and_receipt_together(world: World) -> None:
    """30 % of 1,000.00 is 300.00: 200.00 off the sale, then 100.00 in receipts, and not a cent more."""
    customer, parts = world.company(), Parts(world)
    rules(world, max_share=D("0.3"), min_order_amount=D("1000"))
    one, two = given(world, customer, "500"), given(world, customer, "500")
    small = sale_of(world, parts, customer, "9", (one, "100"))
    with pytest.raises(CouponUnusable) as fault:
        fire(small, "submit", by=world["sales1"])
    assert "1,000.00" in str(fault.value) and "900.00" in str(fault.value)
    with pytest.raises(CouponUnusable):
        sold(world, sale_of(world, parts, customer, "10", (one, "200"), (two, "100.01")))
    sale = sold(world, sale_of(world, parts, customer, "10", (one, "200")))
    debt = world.row(m.Receivable, sale_id=sale.id)
    assert debt.amount == D("800.00")
    with pytest.raises(CouponUnusable):
        world.paid(customer, [(debt, "100.01")], funds=[by_coupon(two, "100.01")])
    world.paid(customer, [(debt, "60")], funds=[by_coupon(two, "60")])
    with pytest.raises(CouponUnusable):  # a second receipt does not begin anew
        world.paid(customer, [(debt, "40.01")], funds=[by_coupon(one, "40.01")])
    world.paid(customer, [(debt, "740")], funds=[by_coupon(one, "40"), by_cash(world, "700")])
    assert left(world, debt) == 0 and stands(world, one)[0] == D("260.00") and stands(world, two)[0] == D("440.00")


def test_a_coupon_that_stands_alone_meets_no_other(world: World) -> None:
    customer, parts = world.company(), Parts(world)
    alone = create(
        m.CouponType, {"name": "独用券", "scope": CouponScope.PART, "is_stackable": False}, by=world["sysadmin"]
    )
    common = world.row(m.CouponType, name="配件代金券")
    one, two = given(world, customer, "300", type_=common), given(world, customer, "300", type_=alone)
    with pytest.raises(CouponUnusable) as fault:
        fire(sale_of(world, parts, customer, "10", (one, "10"), (two, "10")), "submit", by=world["sales1"])
    assert two.number in str(fault.value)
    debt = part_debt(world, customer, "1000")
    with pytest.raises(CouponUnusable):
        world.paid(customer, [(debt, "20")], funds=[by_coupon(one, "10"), by_coupon(two, "10")])
    sale = sold(world, sale_of(world, parts, customer, "10", (two, "100")))
    owed = world.row(m.Receivable, sale_id=sale.id)
    with pytest.raises(CouponUnusable):  # the sale took the lonely one already
        world.paid(customer, [(owed, "10")], funds=[by_coupon(one, "10")])
    world.paid(customer, [(owed, "50")], funds=[by_coupon(two, "50")])  # the same one again is fine
    assert stands(world, two)[0] == D("150.00")


def shipped(world: World, sale: m.PartSale) -> m.PartSale:
    paper = world.row(m.PartOutbound, sale_id=sale.id)
    lines = [{"id": line.id, "quantity": line.planned_quantity} for line in paper.lines]
    fire(paper, "ship", by=world["keeper"], lines=lines)
    return sale


def returned(world: World, parts: Parts, sale: m.PartSale, quantity: str) -> m.SaleReturn:
    line = world.row(m.SaleLine, sale_id=sale.id)
    back = create(
        m.SaleReturn,
        {"sale": sale, "warehouse": parts.main, "reason": "不合适", "lines": [{"sale_line": line, "quantity": D(quantity)}]},
        by=world["clerk"],
    )  # fmt: skip
    fire(back, "receive", by=world["keeper"])
    account = world.row(m.FundAccount, kind=m.enums.AccountKind.CASH)
    fire(back, "refund", by=world["finance"], account=account)
    return world.row(m.SaleReturn, id=back.id)


def test_a_coupon_used_whole_comes_back_only_when_everything_is_returned(world: World) -> None:
    """10 × 100.00, 400.00 by a single-use coupon, 600.00 cash: 3 back = 120.00 share kept + 180.00 cash; then all."""
    customer, parts = world.company(), Parts(world)
    rules(world, is_multi_use=False)
    coupon = given(world, customer, "400")
    with pytest.raises(CouponUnusable):
        fire(sale_of(world, parts, customer, "10", (coupon, "399")), "submit", by=world["sales1"])
    sale = sold(world, sale_of(world, parts, customer, "10", (coupon, "400")))
    world.paid(customer, [(world.row(m.Receivable, sale_id=sale.id), "600")], funds=[by_cash(world, "600")])
    shipped(world, sale)
    back = returned(world, parts, sale, "3")
    assert (back.coupon_amount, back.withheld_amount, back.cash_amount) == (D("120.00"), D("120.00"), D("180.00"))
    assert stands(world, coupon) == (D(0), S.USED)
    rest = returned(world, parts, sale, "7")
    assert (rest.coupon_amount, rest.withheld_amount, rest.cash_amount) == (D("280.00"), D(0), D("420.00"))
    assert stands(world, coupon) == (D("400.00"), S.ACTIVE) and rest.state is ReturnState.REFUNDED


def test_one_coupon_on_the_sale_and_in_its_receipt_gets_back_what_it_paid(world: World) -> None:
    """10 × 100.00: 300.00 off the sale, 200.00 in the receipt, 500.00 cash, 4 returned, then 6."""
    customer, parts = world.company(), Parts(world)
    coupon = given(world, customer, "500")
    sale = sold(world, sale_of(world, parts, customer, "10", (coupon, "300")))
    debt = world.row(m.Receivable, sale_id=sale.id)
    receipt = world.paid(customer, [(debt, "700")], funds=[by_coupon(coupon, "200"), by_cash(world, "500")])
    shipped(world, sale)
    assert stands(world, coupon) == (D(0), S.USED)
    back = returned(world, parts, sale, "4")
    assert (back.coupon_amount, back.cash_amount) == (D("200.00"), D("200.00"))
    assert stands(world, coupon) == (D("200.00"), S.ACTIVE)
    with pytest.raises(WrongState) as fault:  # the return gave it back; the receipt cannot give it back again
        fire(receipt, "reverse", by=world["finance"], reason="x")
    assert back.number in str(fault.value) and "200.00" in str(fault.value)
    with clock.on(LATER):
        last = returned(world, parts, sale, "6")
        assert (last.coupon_amount, last.cash_amount) == (D("300.00"), D("300.00"))
        assert stands(world, coupon) == (D("500.00"), S.EXPIRED)
        do(world, coupon, "extend", until=dt.date(2025, 6, 30))
        assert stands(world, coupon) == (D("500.00"), S.ACTIVE)
