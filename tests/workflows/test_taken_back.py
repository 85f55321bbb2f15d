"""What was done by mistake is taken back by somebody: the verbs that lead back, who may fire them, and what they refuse.

Before these verbs every one of the states below was a dead end.
"""

from __future__ import annotations

import datetime as dt

import pytest

from app import clock
from app import models as m
from app.enums import (
    ComplaintKind,
    ComplaintState,
    ContactState,
    CountState,
    FollowWay,
    OldPartState,
    PackageState,
    ProposalState,
    PurchaseState,
    QuotationState,
    ReceivableState,
    ReminderState,
    SaleState,
    Verdict,
    VisitState,
    WorkOrderKind,
    WorkOrderState,
)
from app.errors import AlreadyThere, NotAllowed, WrongAmount, WrongState
from app.unit_of_work import create, fire, remove
from tests.asked import SERVICE, answered, settled, visit_of
from tests.kit import START, D, World, on_both
from tests.parts import new_part, open_stores, opening, sale
from tests.vans import Vans
from tests.workflows.test_claim import reviewed
from tests.workflows.test_maintenance import due
from tests.workflows.test_visit import planned
from tests.workflows.test_work_order import sold

TOMORROW = START + dt.timedelta(days=1)


# -- customers --------------------------------------------------------------------------------------------------------


def test_a_contact_is_valid_again(world: World) -> None:
    contact = world.contact()
    fire(contact, "invalidate", by=world["clerk"], reason="空号")
    with pytest.raises(NotAllowed):
        fire(contact, "revive", by=world["sales1"], reason="打通了")
    fire(contact, "revive", by=world["clerk"], reason="打通了")
    assert world.row(m.Contact, id=contact.id).state is ContactState.ACTIVE


def test_a_talk_noted_on_the_wrong_card_is_deleted_and_the_plan_is_the_one_before(world: World) -> None:
    customer, seller = world.company(), world["sales1"]
    fire(customer, "follow", by=seller, way=FollowWay.PHONE, content="要两台", next_on=TOMORROW)
    fire(customer, "follow", by=seller, way=FollowWay.PHONE, content="别人的", next_on=START + dt.timedelta(days=9))
    wrong = world.rows(m.FollowUp)[-1]
    with pytest.raises(NotAllowed):
        remove(wrong, by=world["clerk"])
    remove(wrong, by=seller)
    assert world.row(m.Customer).next_follow_on == TOMORROW and len(world.rows(m.FollowUp)) == 1


def test_from_the_next_day_on_the_manager_deletes_it(world: World) -> None:
    customer, seller = world.company(), world["sales1"]
    fire(customer, "follow", by=seller, way=FollowWay.PHONE, content="别人的")
    with clock.on(TOMORROW):
        with pytest.raises(WrongState, match="上级"):
            remove(world.row(m.FollowUp), by=seller)
        remove(world.row(m.FollowUp), by=world["sales_manager"])
    assert world.rows(m.FollowUp) == []


def test_an_asset_written_on_the_wrong_customer_is_deleted(world: World) -> None:
    asset = create(m.CustomerAsset, {"customer": world.company(), "name": "商铺"}, by=world["sales1"])
    remove(asset, by=world["sales1"])
    assert world.rows(m.CustomerAsset) == []


# -- service ----------------------------------------------------------------------------------------------------------


def _complaint(world: World) -> m.Complaint:
    values = {"customer": world.company(), "kind": ComplaintKind.MANNER, "content": "态度差"}
    return create(m.Complaint, values, by=world["visits"])


def test_a_wrong_verdict_is_verified_again(world: World) -> None:
    paper, boss = _complaint(world), world["service_manager"]
    fire(paper, "dismiss", by=boss, opinion="查无此事")
    with pytest.raises(NotAllowed):
        fire(paper, "rejudge", by=world["visits"], reason="有录音")
    fire(paper, "rejudge", by=boss, reason="有录音")
    again = world.row(m.Complaint)
    assert (again.state, again.verdict) == (ComplaintState.PENDING, Verdict.PENDING)
    fire(paper, "uphold", by=boss, opinion="属实")


def test_a_closed_complaint_goes_on(world: World) -> None:
    paper = _complaint(world)
    fire(paper, "dismiss", by=world["service_manager"], opinion="查无此事")
    fire(paper, "close", by=world["visits"])
    fire(paper, "reopen", by=world["visits"], reason="客户又来电")
    again = world.row(m.Complaint)
    assert again.state is ComplaintState.HANDLING and again.closed_at is None and again.closed_score is None


def test_a_customer_who_refused_calls_back(world: World) -> None:
    visit = planned(world)
    fire(visit, "refuse", by=world["visits"], reason="没空")
    with pytest.raises(WrongAmount):
        fire(visit, "reopen", by=world["visits"], next_on=START - dt.timedelta(days=1), reason="来电")
    fire(visit, "reopen", by=world["visits"], next_on=TOMORROW, reason="来电")
    again = world.row(m.VisitTask)
    assert (again.state, again.planned_on, again.tries) == (VisitState.PENDING, TOMORROW, 0)


def test_a_reminder_closed_by_mistake_waits_again(world: World) -> None:
    row = due(world)
    fire(row, "close", by=world["visits"], reason="点错")
    fire(row, "reopen", by=world["visits"], reason="点错")
    assert world.row(m.ServiceReminder).state is ReminderState.OPEN


def test_a_cancelled_order_is_taken_up_again(world: World) -> None:
    v = Vans(world)
    order = v.assigned(v.order(world.company()))
    fire(order, "cancel", by=world["clerk"], reason="客户自己修好")
    with pytest.raises(NotAllowed):
        fire(order, "take_up", by=world["finance"], reason="又坏了")
    fire(order, "take_up", by=world["clerk"], reason="又坏了")
    again = v.fresh(order)
    assert again.state is WorkOrderState.OPEN and again.leader_id is None
    v.at_work(order)
    assert v.fresh(order).state is WorkOrderState.IN_SERVICE


def _charged(world: World) -> m.WorkOrder:
    """Two hours at 100.00, reviewed by the service manager."""
    v = Vans(world)
    order = v.at_work(v.order(world.company()))
    v.finish(order)
    fire(order, "review", by=world["service_manager"], labour_hours=D(2), labour_price=D(100))
    return v.fresh(order)


@on_both
def test_a_settlement_is_taken_back_and_made_anew(world: World) -> None:
    order = _charged(world)
    fire(order, "settle", by=world["finance"])
    with pytest.raises(NotAllowed):
        fire(order, "unsettle", by=world["service_manager"], reason="单价错")
    fire(order, "unsettle", by=world["finance"], reason="单价错")
    assert world.row(m.Receivable).state is ReceivableState.VOID
    assert world.row(m.WorkOrder).state is WorkOrderState.REVIEWED
    fire(order, "review", by=world["service_manager"], labour_price=D(80))
    fire(order, "settle", by=world["finance"])
    assert [(r.amount, r.state) for r in world.rows(m.Receivable)] == [
        (D(200), ReceivableState.VOID),
        (D(160), ReceivableState.OPEN),
    ]


def test_a_settlement_with_money_on_it_stands_until_the_receipt_is_reversed(world: World) -> None:
    order = _charged(world)
    fire(order, "settle", by=world["finance"])
    paid = world.paid(order.customer, [(world.row(m.Receivable), "50")])
    with pytest.raises(WrongAmount):
        fire(order, "unsettle", by=world["finance"], reason="单价错")
    fire(paid, "reverse", by=world["finance"], reason="单价错")
    fire(order, "unsettle", by=world["finance"], reason="单价错")
    assert world.row(m.WorkOrder).state is WorkOrderState.REVIEWED


def test_a_closed_order_is_settled_anew_without_asking_the_customer_again(world: World) -> None:
    order = settled(world, Vans(world), world.company())
    fire(visit_of(world, order), "complete", by=world["visits"], lines=answered(SERVICE))
    assert world.row(m.WorkOrder).state is WorkOrderState.CLOSED
    fire(order, "unsettle", by=world["finance"], reason="费用错")
    fire(order, "settle", by=world["finance"])
    assert world.row(m.WorkOrder).state is WorkOrderState.CLOSED and len(world.rows(m.VisitTask)) == 1


def _package(world: World, customer: m.Customer, times: int) -> m.ServicePackage:
    values = {"customer": customer, "times": times, "valid_until": START + dt.timedelta(days=365), "reason": "赠送"}
    return create(m.ServicePackage, values, by=world["service_manager"])


def test_the_service_of_a_package_comes_back_with_the_settlement(world: World) -> None:
    v = Vans(world)
    customer, unit = sold(world)
    package = _package(world, customer, 1)
    order = v.at_work(v.order(customer, unit, kind=WorkOrderKind.MAINTAIN))
    v.finish(order)
    fire(order, "review", by=world["service_manager"], package=package)
    fire(order, "settle", by=world["finance"])
    assert world.row(m.ServicePackage).state is PackageState.USED
    fire(order, "unsettle", by=world["finance"], reason="用错套餐")
    again = world.row(m.ServicePackage)
    assert (again.state, again.used_times) == (PackageState.ACTIVE, 0)


def test_a_void_package_is_valid_after_all(world: World) -> None:
    package = _package(world, world.company(), 3)
    fire(package, "void", by=world["service_manager"], reason="点错")
    fire(package, "revive", by=world["service_manager"], reason="点错")
    assert world.row(m.ServicePackage).state is PackageState.ACTIVE


def test_an_old_part_goes_every_way_back(world: World) -> None:
    s = reviewed(world)
    row = world.row(m.OldPart)
    fire(row, "waive", by=world["service_manager"], reason="丢了")
    fire(row, "want", by=world["service_manager"])
    assert world.row(m.OldPart).state is OldPartState.OWED
    s.handed_in()
    fire(row, "untake", by=world["keeper"], reason="不是这件")
    assert world.row(m.OldPart).state is OldPartState.OWED and not s.v.fresh(s.lines[0]).is_old_returned
    s.handed_in()
    fire(row, "send", by=world["keeper"], express_number="SF1")
    fire(row, "keep_again", by=world["keeper"], reason="厂家退回")
    again = world.row(m.OldPart)
    assert again.state is OldPartState.KEPT and again.express_number is None


# -- parts ------------------------------------------------------------------------------------------------------------


def _order(world: World) -> m.PurchaseOrder:
    main, _branch = open_stores(world)
    lines = [{"part": new_part(world), "quantity": D(5), "unit_price": D(10)}]
    supplier = world.row(m.Supplier, name="滤清器厂")
    order = create(m.PurchaseOrder, {"supplier": supplier, "warehouse": main, "lines": lines}, by=world["buyer"])
    return fire(order, "submit", by=world["buyer"])


def test_an_order_is_withdrawn_while_nobody_has_decided(world: World) -> None:
    order = _order(world)
    with pytest.raises(NotAllowed):
        fire(order, "withdraw", by=world["finance"])
    fire(order, "withdraw", by=world["buyer"])
    assert world.row(m.PurchaseOrder).state is PurchaseState.DRAFT
    fire(order, "submit", by=world["buyer"])
    fire(order, "approve", by=world["finance"])
    with pytest.raises(WrongState):
        fire(order, "withdraw", by=world["buyer"])


def test_a_sale_is_withdrawn_and_its_quotation_can_be_used_again(world: World) -> None:
    main, _branch = open_stores(world)
    part = new_part(world)
    opening(world, part, main, "10", "1000")
    paper = sale(world, world.company(credit_limit=D(100_000)), main, (part, "3", "180"))
    fire(paper, "withdraw", by=world["sales1"])
    assert world.row(m.PartSale).state is SaleState.DRAFT
    assert world.row(m.PartQuotation).state is QuotationState.AGREED
    fire(paper, "submit", by=world["sales1"])
    assert world.row(m.PartQuotation).state is QuotationState.USED


def test_a_doubtful_count_is_counted_again(world: World) -> None:
    main, _branch = open_stores(world)
    opening(world, new_part(world), main, "10", "1000")
    count = create(m.StockCount, {"warehouse": main}, by=world["keeper"])
    fire(count, "start", by=world["keeper"])
    line = world.row(m.CountLine)
    fire(count, "submit", by=world["keeper"], lines=[{"id": line.id, "quantity": D(1)}])
    fire(count, "reject", by=world["finance"], opinion="差得太多，重盘")
    assert world.row(m.StockCount).state is CountState.COUNTING and world.row(m.StockBalance).is_frozen
    fire(count, "submit", by=world["keeper"], lines=[{"id": line.id, "quantity": D(10)}])
    fire(count, "approve", by=world["finance"])
    assert world.row(m.StockBalance).quantity == 10


def test_an_ignored_proposal_is_considered_again_unless_there_is_another(world: World) -> None:
    main, _branch = open_stores(world)
    part = new_part(world)
    from_stock = {"part_id": part.id, "warehouse_id": main.id}
    opening(world, part, main, "1", "100")
    fire(world.row(m.StockBalance, **from_stock), "shelve", by=world["keeper"], min_quantity=D(5))
    fire(main, "propose", by=world["buyer"])
    first = world.row(m.PurchaseProposal)
    fire(first, "ignore", by=world["buyer"], reason="点错")
    fire(first, "reconsider", by=world["buyer"])
    assert world.row(m.PurchaseProposal).state is ProposalState.OPEN
    fire(first, "ignore", by=world["buyer"], reason="不要")
    with clock.on(START + dt.timedelta(days=30)):
        fire(main, "propose", by=world["buyer"])
        assert len(world.rows(m.PurchaseProposal)) == 2
        with pytest.raises(AlreadyThere):
            fire(first, "reconsider", by=world["buyer"])
