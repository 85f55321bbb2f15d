"""卡券发放: who asks, who approves, what exists afterwards; nobody gives himself a coupon."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from app import clock
from app import models as m
from app.enums import (
    CouponIssueState,
    CouponMovement,
    CouponScope,
    CouponSource,
    CouponState,
)
from app.errors import (
    BusinessError,
    MissingData,
    MustBeOther,
    NotAllowed,
    NotYours,
    WrongAmount,
    WrongChoice,
    WrongState,
)
from app.unit_of_work import change, create, fire
from tests.kit import D, World, on_both
from tests.stories import by_coupon, part_debt


def asked(world: World, customer: m.Customer, face: str = "300", who: str = "sales1", **more: Any) -> m.CouponIssue:
    values = {"customer": customer, "type": world.row(m.CouponType, scope=CouponScope.PART), "face_amount": D(face),
              "source": CouponSource.CAMPAIGN, "reason": "开业十周年"} | more  # fmt: skip
    return create(m.CouponIssue, values, by=world[who])


def state(world: World, paper: m.CouponIssue) -> CouponIssueState:
    return world.row(m.CouponIssue, id=paper.id).state


@on_both
def test_three_coupons_of_300_are_asked_for_approved_and_used(world: World) -> None:
    customer = world.company()
    paper = asked(world, customer, pieces=3, valid_days=30)
    assert paper.number.startswith("KF-20250305-") and paper.total_amount == D("900.00")
    fire(paper, "submit", by=world["sales1"])
    assert world.rows(m.Coupon) == []
    told = {n.to_id for n in world.rows(m.Notification) if n.entity == "CouponIssue"}
    assert told == {world["sales_manager"].employee_id, world["gm"].employee_id}
    fire(paper, "approve", by=world["sales_manager"])
    coupons = world.rows(m.Coupon, issue_id=paper.id)
    assert [(c.face_amount, c.balance, c.state, c.source, c.valid_from, c.valid_to) for c in coupons] == [
        (D("300.00"), D("300.00"), CouponState.ACTIVE, CouponSource.CAMPAIGN, clock.today(), dt.date(2025, 4, 4))
    ] * 3
    assert len({c.number for c in coupons}) == 3
    entries = world.rows(m.CouponEntry, coupon_id=coupons[0].id)
    assert [(e.movement, e.amount, e.origin_number) for e in entries] == [
        (CouponMovement.ISSUE, D("300.00"), paper.number), (CouponMovement.ACTIVATE, D(0), paper.number),
    ]  # fmt: skip
    assert any("3 张" in n.subject for n in world.rows(m.Notification, to_id=world["sales1"].employee_id))
    debt = part_debt(world, customer, "1000")
    world.paid(customer, [(debt, "300")], funds=[by_coupon(coupons[1], "300")])
    assert world.row(m.Coupon, id=coupons[1].id).state is CouponState.USED


def test_a_coupon_may_wait_until_somebody_activates_it(world: World) -> None:
    paper = asked(world, world.company(), is_active_at_once=False, valid_days=10)
    fire(paper, "submit", by=world["sales1"])
    fire(paper, "approve", by=world["gm"])
    coupon = world.row(m.Coupon)
    assert (coupon.state, coupon.valid_to) == (CouponState.PENDING, None)
    with clock.on(dt.date(2025, 5, 1)):
        fire(coupon, "activate", by=world["clerk"])
        with pytest.raises(WrongState):
            fire(coupon, "activate", by=world["clerk"])
    coupon = world.row(m.Coupon)
    assert (coupon.state, coupon.valid_from, coupon.valid_to) == (
        CouponState.ACTIVE, dt.date(2025, 5, 1), dt.date(2025, 5, 11),
    )  # fmt: skip


def test_nobody_approves_what_he_asked_for(world: World) -> None:
    customer = world.company()
    own = asked(world, customer, who="sales_manager")
    fire(own, "submit", by=world["sales_manager"])
    with pytest.raises(MustBeOther):
        fire(own, "approve", by=world["sales_manager"])
    with pytest.raises(MustBeOther):
        fire(own, "reject", by=world["sales_manager"], opinion="x")
    fire(own, "approve", by=world["gm"])
    # written by a colleague, submitted by the manager: still not his to approve
    other = asked(world, customer)
    fire(other, "submit", by=world["sales_manager"])
    with pytest.raises(MustBeOther):
        fire(other, "approve", by=world["sales_manager"])
    # written by the manager, submitted by a colleague: neither
    written = asked(world, customer, who="sales_manager")
    fire(written, "submit", by=world["clerk"])
    with pytest.raises(MustBeOther):
        fire(written, "approve", by=world["sales_manager"])
    assert len(world.rows(m.Coupon)) == 1


def test_a_refused_paper_is_changed_and_asked_for_again(world: World) -> None:
    paper = asked(world, world.company(), "5000")
    fire(paper, "submit", by=world["sales1"])
    fire(paper, "reject", by=world["sales_manager"], opinion="太多了")
    assert state(world, paper) is CouponIssueState.REJECTED and world.rows(m.Coupon) == []
    assert any("太多了" in n.subject for n in world.rows(m.Notification, to_id=world["sales1"].employee_id))
    change(world.row(m.CouponIssue, id=paper.id), {"face_amount": D("500")}, by=world["sales1"])
    fire(paper, "submit", by=world["sales1"])
    with pytest.raises(WrongState):  # it waits: nobody changes it under the approver's eyes
        change(world.row(m.CouponIssue, id=paper.id), {"face_amount": D("5000")}, by=world["sales1"])
    fire(paper, "withdraw", by=world["sales1"])
    fire(paper, "submit", by=world["sales1"])
    fire(paper, "approve", by=world["sales_manager"])
    assert world.row(m.Coupon).face_amount == D("500.00")
    for verb, words in (("submit", {}), ("approve", {}), ("withdraw", {}), ("cancel", {"reason": "x"})):
        with pytest.raises(WrongState):
            fire(paper, verb, **words)


def test_a_cancelled_paper_issues_nothing(world: World) -> None:
    paper = asked(world, world.company())
    fire(paper, "cancel", by=world["sales1"], reason="客户不要")
    with pytest.raises(WrongState):
        fire(paper, "submit", by=world["sales1"])
    assert state(world, paper) is CouponIssueState.CANCELLED and world.rows(m.Coupon) == []


def test_customer_care_and_service_ask_for_compensation_only(world: World) -> None:
    customer = world.company()
    for who in ("visits", "service_manager"):
        with pytest.raises(WrongAmount) as fault:
            asked(world, customer, who=who)
        assert fault.value.field == "source"
        paper = asked(world, customer, who=who, source=CouponSource.COMPENSATION, reason="维修拖延两天")
        fire(paper, "submit", by=world[who])
        with pytest.raises(NotAllowed):
            fire(paper, "approve", by=world[who])
        fire(paper, "approve", by=world["sales_manager"])
    assert [c.source for c in world.rows(m.Coupon)] == [CouponSource.COMPENSATION] * 2


@pytest.mark.parametrize(
    "values, field",
    [
        ({"face_amount": D(0)}, "face_amount"),
        ({"face_amount": D("-1")}, "face_amount"),
        ({"pieces": 0}, "pieces"),
        ({"pieces": 51}, "pieces"),
        ({"valid_days": 0}, "valid_days"),
        ({"valid_days": 100000}, "valid_days"),
        ({"reason": "　 "}, "reason"),
        ({"source": CouponSource.MACHINE}, "source"),
    ],
)
def test_a_paper_without_sense_is_refused_beside_the_field(world: World, values: dict[str, Any], field: str) -> None:
    with pytest.raises(BusinessError) as fault:
        asked(world, world.company(), **values)
    assert fault.value.field == field and world.rows(m.CouponIssue) == []


def test_customer_and_type_are_looked_at_again_at_approval(world: World) -> None:
    customer = world.company()
    papers = [asked(world, customer), asked(world, customer)]
    for paper in papers:
        fire(paper, "submit", by=world["sales1"])
    type_ = world.row(m.CouponType, scope=CouponScope.PART)
    change(type_, {"is_enabled": False}, by=world["sysadmin"])
    with pytest.raises(WrongAmount):
        fire(papers[0], "approve", by=world["gm"])
    with pytest.raises(WrongChoice) as fault:
        asked(world, customer)
    assert fault.value.field == "type"
    change(world.row(m.CouponType, id=type_.id), {"is_enabled": True}, by=world["sysadmin"])
    fire(customer, "blacklist", by=world["gm"], reason="欠款不还")
    with pytest.raises(MissingData):
        fire(papers[0], "approve", by=world["gm"])
    assert world.rows(m.Coupon) == []


def test_a_salesperson_asks_for_his_own_customers_only(world: World) -> None:
    mine, theirs = world.company(), world.company("sales2", 2)
    with pytest.raises(NotYours):
        asked(world, theirs, who="sales1")
    paper = asked(world, theirs, who="sales2")
    with pytest.raises(NotYours):
        fire(paper, "submit", by=world["sales1"])
    asked(world, mine)
    for who in ("finance", "gm", "keeper", "tech1", "sysadmin", "credit", "buyer"):
        with pytest.raises(NotAllowed):
            asked(world, mine, who=who)
    fire(paper, "submit", by=world["sales2"])
    for who in ("sales2", "clerk", "finance", "sysadmin", "service_manager"):
        with pytest.raises((NotAllowed, NotYours)):
            fire(paper, "approve", by=world[who])


def test_a_paper_approved_twice_issues_once(world: World) -> None:
    paper = asked(world, world.company())
    fire(paper, "submit", by=world["sales1"])
    for _ in range(2):
        fire(paper, "approve", by=world["gm"], key="one-click")
    with pytest.raises(WrongState):
        fire(paper, "approve", by=world["gm"])
    assert len(world.rows(m.Coupon)) == 1
