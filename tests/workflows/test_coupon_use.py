"""核销 on the coupon: what it may pay, who is confirmed at once, what waits is not there twice, taken back exactly.

None of this could be fired before: `redeem` was no verb of a coupon.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from app import clock
from app import models as m
from app.enums import CouponScope, CouponState, ReceiptState, ReceivableKind
from app.errors import CouponUnusable, MissingData, MustBeOther, NotAllowed, NotYours, WrongAmount, WrongState
from app.unit_of_work import create, fire
from app.workflows.finance import coupon_use
from tests.kit import D, World, on_both
from tests.stories import coupon_of, hire, left, part_debt


def line(debt: m.Receivable, amount: str) -> dict[str, Any]:
    return {"id": str(debt.id), "amount": D(amount)}


def redeem(world: World, coupon: m.Coupon, *lines: dict[str, Any], by: str = "clerk") -> m.Receipt:
    """The receipt that came of it."""
    fire(coupon, "redeem", by=world[by], lines=list(lines))
    return world.rows(m.Receipt)[-1]


def balance(world: World, coupon: m.Coupon) -> Any:
    return world.row(m.Coupon, id=coupon.id).balance


@on_both
def test_what_a_clerk_redeems_waits_for_finance_and_then_counts(world: World) -> None:
    customer = world.company()
    coupon = coupon_of(world, customer, "800")
    old, new = part_debt(world, customer, "300"), part_debt(world, customer, "1000")
    paper = redeem(world, coupon, line(old, "300"), line(new, "200"))
    assert paper.state is ReceiptState.DRAFT and paper.created_by_id == world["clerk"].employee_id
    assert balance(world, coupon) == D(800) and left(world, old) == D(300)
    assert (
        paper.number
        in [n.subject.split()[0] for n in world.rows(m.Notification, to_id=world["finance"].employee_id)][-1]
    )
    fire(paper, "confirm", by=world["finance"])
    assert balance(world, coupon) == D(300) and (left(world, old), left(world, new)) == (0, D(800))
    fire(paper, "reverse", by=world["finance"], reason="核销错了")
    assert balance(world, coupon) == D(800) and (left(world, old), left(world, new)) == (D(300), D(1000))
    assert world.row(m.Coupon, id=coupon.id).state is CouponState.ACTIVE


@on_both
def test_finance_alone_redeems_at_once_and_with_a_colleague_waits_for_him(world: World) -> None:
    customer = world.company()
    coupon, debt = coupon_of(world, customer, "800"), part_debt(world, customer, "1000")
    paper = redeem(world, coupon, line(debt, "500"), by="finance")
    assert paper.state is ReceiptState.CONFIRMED and balance(world, coupon) == D(300) and left(world, debt) == D(500)
    hire(world, "finance2", "钱会计", ["finance"], number="170")
    paper = redeem(world, coupon, line(debt, "300"), by="finance")
    assert paper.state is ReceiptState.DRAFT
    with pytest.raises(MustBeOther):
        fire(paper, "confirm", by=world["finance"])
    fire(paper, "confirm", by=world["finance2"])
    assert balance(world, coupon) == 0 and world.row(m.Coupon, id=coupon.id).state is CouponState.USED


def test_what_waits_for_finance_is_not_there_a_second_time(world: World) -> None:
    customer = world.company()
    coupon, debt = coupon_of(world, customer, "800"), part_debt(world, customer, "1000")
    first = redeem(world, coupon, line(debt, "500"))
    with pytest.raises(CouponUnusable) as fault:
        redeem(world, coupon, line(debt, "300.01"))
    assert first.number in str(fault.value) and "300.00" in str(fault.value) and fault.value.field == "lines"
    redeem(world, coupon, line(debt, "300"))
    fire(first, "cancel", by=world["clerk"], reason="客户不用了")
    redeem(world, coupon, line(debt, "500"))


def test_the_same_press_twice_is_one_receipt(world: World) -> None:
    customer = world.company()
    coupon, debt = coupon_of(world, customer, "800"), part_debt(world, customer, "1000")
    for _ in range(2):
        fire(coupon, "redeem", by=world["clerk"], key="press", lines=[line(debt, "800")])
    assert len(world.rows(m.ReceiptFund, coupon_id=coupon.id)) == 1


def test_the_oldest_debts_are_proposed_as_far_as_the_coupon_reaches(world: World) -> None:
    customer = world.company()
    coupon = coupon_of(world, customer, "800")
    day = clock.today()
    young = part_debt(world, customer, "900", due=day + dt.timedelta(days=30))
    old = part_debt(world, customer, "300", due=day - dt.timedelta(days=5))
    part_debt(world, customer, "50", kind=ReceivableKind.SERVICE)  # out of its scope
    part_debt(world, world.company(number=2), "70")
    found = [(d.owed.id, d.most, d.suggested) for d in coupon_use.debts(world.row(m.Coupon, id=coupon.id))]
    assert found == [(old.id, D(300), D(300)), (young.id, D(800), D(500))]


def test_at_most_what_the_type_allows_of_a_debt(world: World) -> None:
    """Half of 900.00 and half of 301.01, to the cent below; what is above is refused with the sentence of the type."""
    customer = world.company()
    half = create(
        m.CouponType, {"name": "半价券", "scope": CouponScope.PART, "max_share": D("0.5")}, by=world["sysadmin"]
    )
    issue = create(
        m.CouponIssue,
        {"customer": customer, "type": half, "face_amount": D(700), "pieces": 1, "valid_days": 90, "reason": "活动"},
        by=world["sales1"],
    )
    fire(issue, "submit", by=world["sales1"])
    fire(issue, "approve", by=world["sales_manager"])
    given = world.row(m.Coupon, issue_id=issue.id)
    one, two = part_debt(world, customer, "900"), part_debt(world, customer, "301.01")
    found = [(d.most, d.suggested) for d in coupon_use.debts(given)]
    assert found == [(D("450.00"), D("450.00")), (D("150.50"), D("150.50"))]
    with pytest.raises(CouponUnusable) as fault:
        redeem(world, given, line(one, "450.01"))
    assert "50" in str(fault.value) and world.rows(m.Receipt) == []
    redeem(world, given, line(one, "450"), line(two, "150.50"))


@pytest.mark.parametrize("case", ["nothing", "too much", "below zero", "other customer", "beyond the balance"])
def test_what_is_refused_with_a_sentence(world: World, case: str) -> None:
    customer, other = world.company(), world.company(number=2)
    coupon, debt, foreign = (
        coupon_of(world, customer, "800"),
        part_debt(world, customer, "100"),
        part_debt(world, other, "100"),
    )
    lines, error = {
        "nothing": ([line(debt, "0")], MissingData),
        "too much": ([line(debt, "100.01")], WrongAmount),
        "below zero": ([line(debt, "-1")], WrongAmount),
        "other customer": ([line(foreign, "1")], NotYours),
        "beyond the balance": ([line(part_debt(world, customer, "5000"), "800.01")], CouponUnusable),
    }[case]
    with pytest.raises(error):
        fire(coupon, "redeem", by=world["clerk"], lines=lines)
    assert world.rows(m.ReceiptFund, coupon_id=coupon.id) == []


def test_frozen_and_expired_ones_say_so(world: World) -> None:
    customer = world.company()
    coupon, debt = coupon_of(world, customer, "800"), part_debt(world, customer, "1000")
    fire(coupon, "freeze", by=world["sales_manager"], reason="核实")
    with pytest.raises(WrongState) as state:
        redeem(world, coupon, line(debt, "1"))
    assert "冻结" in str(state.value) and "冻结" in str(coupon_use.unusable(world.row(m.Coupon, id=coupon.id)))
    fire(coupon, "unfreeze", by=world["sales_manager"], reason="没有问题")
    last = world.row(m.Coupon, id=coupon.id).valid_to
    with clock.on(last + dt.timedelta(days=1)), pytest.raises(CouponUnusable) as fault:  # before the night said so
        redeem(world, coupon, line(debt, "1"))
    assert last.isoformat() in str(fault.value)
    with clock.on(last):
        redeem(world, coupon, line(debt, "1"))


def test_who_may_not(world: World) -> None:
    customer = world.company()
    coupon, debt = coupon_of(world, customer, "800"), part_debt(world, customer, "1000")
    for nobody in ("sales1", "sales_manager", "gm", "visits"):
        with pytest.raises(NotAllowed):
            redeem(world, coupon, line(debt, "1"), by=nobody)


def test_the_pages_of_the_desk_and_the_phone(site: World) -> None:
    """The desk's button and the phone's page lead to the same; the code of the coupon is read by both search boxes."""
    with site.app.app_context():
        customer = site.company()
        coupon, debt = coupon_of(site, customer, "800"), part_debt(site, customer, "1000")
        number, pk, owed = coupon.number, coupon.id, debt.number
    clerk = site.browser("clerk")
    for path in (f"/search/?q=TM:K:{number}", f"/search/?q={number.lower()}"):
        assert clerk.get(path).headers["Location"].endswith(f"/couponview/show/{pk}")
    page = clerk.get(f"/couponview/ask/redeem/{pk}").get_data(as_text=True)
    assert owed in page and "等财务确认" in page and 'value="800.00"' in page
    assert clerk.get(f"/phone/coupon/?scan=TM:K:{number}").headers["Location"].endswith(f"/phone/coupon/{number}")
    assert "没有卡券 KQ0" in clerk.get("/phone/coupon/?scan=kq0").get_data(as_text=True)
    assert clerk.get("/phone/coupon/KQ0").status_code == 404
    answer = clerk.submit(f"/phone/coupon/{number}", {"lines-0-amount": "600"})
    assert answer.status_code == 302
    page = clerk.get(f"/phone/coupon/{number}").get_data(as_text=True)
    assert "已登记核销 600.00 元" in page and "待财务确认后生效" in page and "200.00" in page
    answer = clerk.submit(f"/phone/coupon/{number}", {"lines-0-amount": "600"})
    assert answer.status_code == 422 and "券上还可用 200.00 元" in answer.get_data(as_text=True)
    assert 'value="600' in answer.get_data(as_text=True)
    for nobody in ("sales1", "keeper"):
        assert site.browser(nobody).get("/phone/coupon/").status_code == 403
    assert "SK-" in clerk.get(f"/couponview/show/{pk}").get_data(as_text=True)
