"""投诉: taken down, verified, solved, closed; about quality it holds the retention money of its machine."""

from __future__ import annotations

import datetime as dt

import pytest

from app import clock
from app import models as m
from app.enums import ComplaintKind, ComplaintState, RetentionState, Verdict, VisitSource
from app.errors import MissingData, MustBeOther, NotAllowed, NotYours, WrongAmount, WrongState
from app.unit_of_work import change, create, fire
from tests.asked import complains
from tests.kit import D, World
from tests.stories import sold


def bought(world: World) -> tuple[m.Customer, m.MachineUnit]:
    customer = world.company()
    sold(world, customer, retention_share=D("0.05"))
    return customer, world.row(m.MachineUnit)


def fresh(world: World) -> m.Complaint:
    return world.row(m.Complaint)


def test_from_the_call_to_the_customers_word(world: World) -> None:
    customer, _ = bought(world)
    said = complains(world, customer, kind=ComplaintKind.DELAY)
    manager = world.row(m.Employee, id=world["service_manager"].employee_id)
    assert said.number == "TS-20250305-0001" and fresh(world).owner_id == manager.id
    assert fresh(world).verdict is Verdict.PENDING and not fresh(world).is_quality
    fire(said, "uphold", by=world["visits"], opinion="确实晚了两天")
    with pytest.raises(WrongAmount):
        fire(said, "handle", by=world["visits"], owner=manager, deadline_on=dt.date(2025, 3, 4))
    fire(said, "handle", by=world["visits"], owner=manager, deadline_on=dt.date(2025, 3, 8))
    fire(said, "answer", by=world["service_manager"], solution="赔礼，减免路费")
    fire(said, "reopen", by=world["visits"], reason="客户要书面说明")
    fire(said, "answer", by=world["service_manager"], solution="已发书面说明")
    for score in (None, 0, 6):
        with pytest.raises((MissingData, WrongAmount)):
            fire(said, "close", by=world["visits"], closed_score=score)
    fire(said, "close", by=world["visits"], closed_score=4)
    done = fresh(world)
    assert (done.state, done.verdict, done.closed_score) == (
        ComplaintState.CLOSED,
        Verdict.UPHELD,
        4,
    ) and done.closed_at
    again = world.row(m.VisitTask, source=VisitSource.COMPLAINT)
    assert (again.complaint_id, again.planned_on) == (said.id, dt.date(2025, 3, 12))


def test_what_a_complaint_must_say(world: World) -> None:
    customer, unit = bought(world)
    with pytest.raises(MissingData) as fault:
        complains(world, customer, is_quality=True)
    assert fault.value.field == "unit"
    with pytest.raises(WrongAmount) as fault:
        complains(world, world.company(number=2), unit)
    assert fault.value.field == "unit"
    with pytest.raises(WrongAmount) as fault:
        complains(world, customer, unit, reported_on=dt.date(2025, 3, 6))
    assert fault.value.field == "reported_on" and world.rows(m.Complaint) == []


def test_while_it_is_open_quality_is_changed_by_the_service_manager_only(world: World) -> None:
    customer, unit = bought(world)
    said = complains(world, customer, unit)
    assert fresh(world).is_quality and world.row(m.Retention).state is RetentionState.HELD
    with pytest.raises(WrongState) as fault:
        change(said, {"is_quality": False}, by=world["visits"])
    assert fault.value.field == "is_quality"
    change(said, {"content": "回转异响，油温高"}, by=world["visits"])
    for verb, answers in (("uphold", {"opinion": "x"}), ("dismiss", {"opinion": "x"})):
        with pytest.raises(NotAllowed):
            fire(said, verb, by=world["visits"], **answers)
    with pytest.raises(NotAllowed):
        fire(said, "classify", by=world["visits"], is_quality=False, reason="x")
    fire(said, "classify", by=world["service_manager"], is_quality=False, reason="操作不当")
    assert world.row(m.Retention).state is RetentionState.RUNNING
    fire(said, "classify", by=world["service_manager"], is_quality=True, reason="复查确有问题")
    assert world.row(m.Retention).state is RetentionState.HELD


def test_who_may_take_it_down_and_who_sees_it(world: World) -> None:
    customer, unit = bought(world)
    mine = create(m.Complaint, {"customer": customer, "kind": ComplaintKind.PRICE, "content": "贵"}, by=world["sales1"])
    create(m.Complaint, {"customer": customer, "unit": unit, "content": "裂纹"}, by=world["clerk"])
    assert len(world.rows(m.Complaint)) == 2
    for nobody in ("tech1", "keeper", "finance", "gm", "sysadmin"):
        with pytest.raises((NotAllowed, NotYours)):
            create(m.Complaint, {"customer": customer, "content": "x"}, by=world[nobody])
    with pytest.raises(NotYours):
        create(m.Complaint, {"customer": customer, "content": "x"}, by=world["sales2"])
    with pytest.raises(NotAllowed):
        fire(mine, "dismiss", by=world["sales1"], opinion="x")


def test_a_technician_meets_a_complaint_only_when_he_is_in_charge(world: World) -> None:
    customer, _ = bought(world)
    said = complains(world, customer)
    fire(said, "uphold", by=world["service_manager"], opinion="属实")
    with pytest.raises(NotYours):
        fire(said, "answer", by=world["tech1"], solution="x")
    helper = world.row(m.Employee, id=world["tech1"].employee_id)
    fire(said, "handle", by=world["service_manager"], owner=helper, deadline_on=dt.date(2025, 3, 9))
    fire(said, "answer", by=world["tech1"], solution="上门赔礼")
    assert fresh(world).state is ComplaintState.ANSWERED


# -- retention money ------------------------------------------------------------------------------------------------


def retention(world: World) -> m.Retention:
    return world.row(m.Retention)


def held(world: World) -> m.Complaint:
    """A justified complaint about quality holds 52,500.00."""
    customer, unit = bought(world)
    said = complains(world, customer, unit)
    fire(said, "uphold", by=world["service_manager"], opinion="内泄")
    assert retention(world).state is RetentionState.HELD and retention(world).complaint_id == said.id
    return said


def test_not_justified_lets_it_go_on(world: World) -> None:
    customer, unit = bought(world)
    one, two = complains(world, customer, unit), complains(world, customer, unit, content="漏油")
    fire(one, "dismiss", by=world["service_manager"], opinion="正常")
    assert retention(world).state is RetentionState.HELD and retention(world).complaint_id == two.id
    fire(two, "dismiss", by=world["service_manager"], opinion="正常")
    assert (retention(world).state, retention(world).complaint_id, retention(world).held_reason) == (
        RetentionState.RUNNING, None, None,
    )  # fmt: skip
    fire(two, "close", by=world["visits"])
    assert retention(world).state is RetentionState.RUNNING


def test_only_what_was_reported_within_the_year_holds(world: World) -> None:
    customer, unit = bought(world)
    complains(world, customer, unit, reported_on=dt.date(2025, 3, 4))
    assert retention(world).state is RetentionState.RUNNING
    with clock.on(dt.date(2026, 3, 10)):
        complains(world, customer, unit)
        assert retention(world).state is RetentionState.RUNNING
        complains(world, customer, unit, reported_on=dt.date(2026, 3, 5))  # the last day, told late
        assert retention(world).state is RetentionState.HELD


def test_nothing_is_decided_before_the_service_manager_has_spoken(world: World) -> None:
    customer, unit = bought(world)
    complains(world, customer, unit)
    for verb, answers in (("extend", {"until": dt.date(2027, 1, 1)}), ("deduct", {"amount": D(1)})):
        with pytest.raises(WrongState) as fault:
            fire(retention(world), verb, by=world["finance"], reason="x", **answers)
        assert "尚未核实" in str(fault.value)


def test_retained_for_longer(world: World) -> None:
    held(world)
    for day in (dt.date(2025, 12, 1), dt.date(2026, 3, 5)):
        with pytest.raises(WrongAmount):
            fire(retention(world), "extend", by=world["finance"], until=day, reason="x")
    fire(retention(world), "extend", by=world["gm"], until=dt.date(2026, 9, 5), reason="更换马达后再观察半年")
    now = retention(world)
    assert (now.state, now.extended_to, now.due_on) == (
        RetentionState.RUNNING, dt.date(2026, 9, 5), dt.date(2026, 9, 6),
    )  # fmt: skip
    assert now.receivable.due_on == dt.date(2026, 9, 6) and now.complaint_id is None
    with pytest.raises(WrongState):
        fire(now, "extend", by=world["finance"], until=dt.date(2027, 1, 1), reason="x")


@pytest.mark.parametrize("amount", ["0", "-1", "52500.01"])
def test_a_deduction_lies_within_what_is_open(world: World, amount: str) -> None:
    held(world)
    with pytest.raises(WrongAmount) as fault:
        fire(retention(world), "deduct", by=world["finance"], amount=D(amount), reason="x")
    assert fault.value.field == "amount"


def test_part_of_it_is_deducted_after_the_general_manager_agrees(world: World) -> None:
    held(world)
    fire(retention(world), "deduct", by=world["finance"], amount=D("8000"), reason="停机补偿")
    assert retention(world).receivable.outstanding_amount == D("52500.00")
    with pytest.raises(WrongState):
        fire(retention(world), "deduct", by=world["finance"], amount=D("1"), reason="x")
    with pytest.raises(NotAllowed):
        fire(retention(world), "approve", by=world["finance"])
    fire(retention(world), "approve", by=world["gm"], opinion="同意")
    now, debt = retention(world), retention(world).receivable
    assert (now.state, now.deducted_amount) == (RetentionState.RUNNING, D("8000.00"))
    assert (debt.outstanding_amount, debt.written_off_amount) == (D("44500.00"), D("8000.00"))
    entry = world.rows(m.ReceivableEntry, receivable_id=debt.id)[-1]
    assert (entry.movement.name, entry.amount, entry.outstanding_after) == ("DEDUCT", D("8000.00"), D("44500.00"))
    contract = world.row(m.MachineContract)
    left = sum(d.outstanding_amount for d in world.rows(m.Receivable, contract_id=contract.id))
    assert contract.outstanding_amount == left
    with pytest.raises(WrongState):
        fire(retention(world), "approve", by=world["gm"])
    world.paid(now.customer, [(debt, "44500")])
    assert retention(world).state is RetentionState.COLLECTED and world.row(m.MachineContract).outstanding_amount == 0


def test_the_whole_of_it_is_deducted(world: World) -> None:
    held(world)
    fire(retention(world), "deduct", by=world["finance"], amount=D("52500"), reason="退货抵扣")
    fire(retention(world), "approve", by=world["gm"])
    assert (retention(world).state, retention(world).deducted_amount) == (RetentionState.DEDUCTED, D("52500.00"))
    assert world.row(m.MachineContract).outstanding_amount == 0


def test_a_refused_deduction_leaves_everything_and_another_may_follow(world: World) -> None:
    held(world)
    fire(retention(world), "deduct", by=world["finance"], amount=D("8000"), reason="x")
    fire(retention(world), "reject", by=world["gm"], opinion="太多")
    assert retention(world).state is RetentionState.HELD and retention(world).receivable.written_off_amount == 0
    fire(retention(world), "deduct", by=world["finance"], amount=D("3000"), reason="x")
    fire(retention(world), "approve", by=world["gm"])
    assert [d.state.name for d in retention(world).decisions] == ["REJECTED", "APPROVED"]


def test_who_proposed_does_not_approve(world: World) -> None:
    held(world)
    fire(retention(world), "deduct", amount=D("8000"), reason="x", by=world["finance"])
    both = world["gm"].__class__(
        name="x", employee_id=world["finance"].employee_id, user_id=world["finance"].user_id,
        roles=frozenset({"gm", "finance"}),
    )  # fmt: skip
    with pytest.raises(MustBeOther):
        fire(retention(world), "approve", by=both)


def test_two_complaints_need_two_decisions(world: World) -> None:
    first = held(world)
    unit = world.row(m.MachineUnit)
    second = complains(world, first.customer, unit, content="漏油")
    fire(retention(world), "deduct", by=world["finance"], amount=D("500"), reason="x")
    fire(retention(world), "approve", by=world["gm"])
    assert retention(world).state is RetentionState.HELD and retention(world).complaint_id == second.id
    fire(second, "uphold", by=world["service_manager"], opinion="属实")
    fire(retention(world), "extend", by=world["finance"], until=dt.date(2026, 12, 31), reason="x")
    assert retention(world).state is RetentionState.RUNNING


def test_a_held_retention_may_be_paid_all_the_same(world: World) -> None:
    said = held(world)
    debt = retention(world).receivable
    paper = world.paid(said.customer, [(debt, "52500")])
    assert retention(world).state is RetentionState.COLLECTED
    fire(paper, "reverse", by=world["finance"], reason="退票")
    assert retention(world).state is RetentionState.HELD and retention(world).complaint_id == said.id
