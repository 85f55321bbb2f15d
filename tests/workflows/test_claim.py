"""三包索赔 and 旧件: what is claimed, when it may go out, what the manufacturer grants, and how his money comes in."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import pytest

from app import clock
from app import models as m
from app.actor import SYSTEM, acting_as
from app.enums import (
    ChargeKind,
    ClaimState,
    ExpenseKind,
    FundKind,
    OldPartState,
    PayableState,
    ReceivableKind,
    ReceivableState,
    WorkOrderState,
)
from app.errors import AlreadyThere, BusinessError, MissingData, NotAllowed, WrongAmount, WrongState
from app.ledgers import overdue, payable, receivable
from app.unit_of_work import change, create, fire, together
from tests.books import check_books
from tests.kit import START, D, World, on_both
from tests.vans import Vans
from tests.workflows.test_work_order import sold, used

S, Old = ClaimState, OldPartState


@dataclass
class Story:
    """A reviewed order of a machine under warranty: two filters for the manufacturer (100.00), one for the customer."""

    world: World
    v: Vans
    order: m.WorkOrder
    lines: list[m.WorkOrderPart]
    oem: m.Supplier

    def claim(self, **more: Any) -> m.WarrantyClaim:
        return create(
            m.WarrantyClaim, {"work_order": self.order, "labour_amount": D(150)} | more, by=self.world["clerk"]
        )

    def handed_in(self) -> m.OldPart:
        return fire(self.world.rows(m.OldPart)[0], "take_in", by=self.world["keeper"], place="A-1")

    def sent(self) -> m.WarrantyClaim:
        made = self.claim()
        if self.world.rows(m.OldPart)[0].state is Old.OWED:
            self.handed_in()
        return fire(made, "submit", by=self.world["service_manager"])

    def granted(self, yuan: str = "230", why: str | None = "工时按厂家标准") -> m.WarrantyClaim:
        return fire(self.sent(), "answer", by=self.world["service_manager"], granted_amount=D(yuan), answer=why)

    def receipt(self, debts: list[tuple[m.Receivable, str]], **more: Any) -> m.Receipt:
        bank = self.world.rows(m.FundAccount)[-1]
        total = sum(D(a) for _, a in debts)
        values = {
            "customer": self.order.customer, "payer": self.oem,
            "funds": [{"kind": FundKind.BANK, "account": bank, "amount": total, "serial": "OEM-1"}],
            "allocations": [{"receivable": debt, "amount": D(a)} for debt, a in debts],
        } | more  # fmt: skip
        return create(m.Receipt, values, by=self.world["clerk"])


def reviewed(world: World) -> Story:
    v = Vans(world)
    customer, unit = sold(world)
    part, other = v.part("LX-1"), v.part("LX-2", "机油滤芯")
    v.stocked(part, "2", "100.00", v.van())
    v.stocked(other, "1", "60.00", v.van())
    order = v.at_work(v.order(customer, unit))
    used(v, order, part, "2")
    used(v, order, other, "1", charge_kind=ChargeKind.CUSTOMER)
    v.finish(order, solution="更换滤芯", hour_meter=D(600))
    fire(order, "review", by=world["service_manager"])
    return Story(
        world, v, v.fresh(order), world.rows(m.WorkOrderPart), world.row(m.Supplier, name="恒拓重工股份有限公司")
    )


# -- old parts --------------------------------------------------------------------------------------------------------


def test_the_review_expects_the_old_part_of_what_is_under_warranty_and_of_nothing_else(world: World) -> None:
    s = reviewed(world)
    row = world.row(m.OldPart)
    assert (row.used_id, row.quantity, row.state) == (s.lines[0].id, D(2), Old.OWED)
    assert row.technician_id == world["tech1"].employee_id and row.number == "JJ-20250305-0001"
    told = [n for n in world.rows(m.Notification, to_id=world["tech1"].employee_id) if n.entity == "OldPart"]
    assert len(told) == 1 and "旧件" in told[0].subject
    boss = world["service_manager"]
    fire(s.order, "review", by=boss, lines=[{"id": s.lines[0].id, "charge_kind": ChargeKind.FREE}])
    assert s.v.fresh(row).state is Old.WAIVED
    fire(s.order, "review", by=boss, lines=[{"id": s.lines[0].id, "charge_kind": ChargeKind.WARRANTY}])
    assert s.v.fresh(row).state is Old.OWED and len(world.rows(m.OldPart)) == 1


def test_the_keeper_takes_it_in_and_it_is_sent_scrapped_or_waived(world: World) -> None:
    s = reviewed(world)
    row = world.row(m.OldPart)
    for who, verb in (("tech1", "take_in"), ("clerk", "take_in"), ("keeper", "waive"), ("tech1", "waive")):
        with pytest.raises(NotAllowed):
            fire(row, verb, by=world[who], **({"reason": "x"} if verb == "waive" else {}))
    row = s.handed_in()
    assert (row.state, row.place) == (Old.KEPT, "A-1") and row.kept_at is not None
    assert s.v.fresh(s.lines[0]).is_old_returned
    with pytest.raises(WrongState):
        fire(row, "take_in", by=world["keeper"])
    fire(row, "send", by=world["service_manager"], express_number="SF123")
    assert (s.v.fresh(row).state, s.v.fresh(row).express_number) == (Old.SENT, "SF123")
    with pytest.raises(WrongState):
        fire(row, "scrap", by=world["keeper"], reason="x")


def test_a_technician_sees_the_old_parts_he_owes_and_nobody_elses(world: World) -> None:
    reviewed(world)
    mine = world.browser("tech1").get("/oldpartview/list/?tab=mine").get_data(as_text=True)
    assert "JJ-20250305-0001" in mine and "我欠交的旧件" in mine
    assert "JJ-20250305-0001" not in world.browser("tech2").get("/oldpartview/list/?tab=mine").get_data(as_text=True)
    todo = world.browser("keeper").get("/").get_data(as_text=True)
    assert "待交回旧件" in todo


# -- claims -----------------------------------------------------------------------------------------------------------


@on_both
def test_a_claim_takes_the_parts_under_warranty_at_their_cost_and_who_delivered_the_machine(world: World) -> None:
    s = reviewed(world)
    made = s.claim()
    assert made.number == "SP-20250305-0001" and made.supplier_id == s.oem.id
    assert [(line.used_id, line.amount) for line in made.lines] == [(s.lines[0].id, D("100.00"))]
    assert (made.parts_amount, made.labour_amount, made.claim_amount) == (D(100), D(150), D(250))
    assert (made.customer_id, made.unit_id, made.model.model) == (s.order.customer_id, s.order.unit_id, "HT215")


def test_what_cannot_be_claimed_is_refused_beside_its_field(world: World) -> None:
    s = reviewed(world)
    for values, field in (
        ({"lines": [{"used": s.lines[1]}]}, "lines"),  # the customer pays that
        ({"lines": [{"used": s.lines[0], "amount": D(-1)}]}, "lines"),
        ({"labour_amount": D(-1)}, "labour_amount"),
        ({"travel_amount": D(-1)}, "travel_amount"),
        ({"labour_amount": D(0), "lines": [{"used": s.lines[0], "amount": D(0)}]}, "labour_amount"),
    ):
        with pytest.raises(BusinessError) as refused:
            s.claim(**values)
        assert refused.value.field == field, values
    s.claim()
    with pytest.raises(AlreadyThere):
        s.claim(lines=[{"used": s.lines[0]}])
    assert s.claim().parts_amount == 0  # without lines: what is not claimed yet, which is labour alone
    open_ = s.v.order(s.order.customer)
    with pytest.raises(WrongState):
        s.claim(work_order=open_)
    s.v.finish(s.v.at_work(open_), solution="好")
    fire(open_, "review", by=world["service_manager"])
    with pytest.raises(MissingData) as nobody:  # a machine of somebody else's brand: the books do not know who built it
        s.claim(work_order=s.v.fresh(open_))
    assert nobody.value.field == "supplier"


def test_a_claim_waits_for_the_old_parts_that_the_manufacturer_wants(world: World) -> None:
    s = reviewed(world)
    made, boss = s.claim(), world["service_manager"]
    with pytest.raises(WrongState, match="李强"):
        fire(made, "submit", by=boss)
    change(made, {"wants_old_parts": False}, by=world["clerk"])
    with pytest.raises(NotAllowed):
        fire(made, "submit", by=world["clerk"])
    fire(made, "submit", by=boss, outside_number=" HT-77 ")
    made = s.v.fresh(made)
    assert (made.state, made.submitted_on, made.outside_number) == (S.SUBMITTED, START, "HT-77")
    with pytest.raises(WrongState):
        change(made, {"labour_amount": D(1)}, by=world["clerk"])
    for verb, answers in (("review", {}), ("send_back", {"reason": "x"})):
        with pytest.raises(WrongState, match=made.number):
            fire(s.order, verb, by=boss, **answers)
    fire(made, "withdraw", by=boss)
    assert s.v.fresh(made).submitted_on is None
    fire(made, "cancel", by=world["clerk"], reason="客户自理")
    assert s.v.fresh(made).state is S.CANCELLED and s.claim().parts_amount == D(100)


def test_what_was_reviewed_anew_is_claimed_as_it_stands_now(world: World) -> None:
    s = reviewed(world)
    made = s.claim(wants_old_parts=False)
    fire(s.order, "review", by=world["service_manager"], lines=[{"id": s.lines[0].id, "charge_kind": ChargeKind.FREE}])
    with pytest.raises(WrongAmount):
        fire(made, "submit", by=world["service_manager"])


@on_both
def test_the_manufacturer_owes_what_he_grants_and_the_rest_is_our_loss(world: World) -> None:
    s = reviewed(world)
    made, boss = s.sent(), world["service_manager"]
    for answers, field in (
        ({"granted_amount": D("250.01")}, "granted_amount"),
        ({"granted_amount": D(-1)}, "granted_amount"),
        ({"granted_amount": None}, "granted_amount"),
        ({"granted_amount": D(230), "answer": " "}, "answer"),
    ):
        with pytest.raises(BusinessError) as refused:
            fire(made, "answer", by=boss, **answers)
        assert refused.value.field == field
    fire(made, "answer", by=boss, granted_amount=D(230), answer="工时按厂家标准")
    made = s.v.fresh(made)
    debt = world.row(m.Receivable, kind=ReceivableKind.WARRANTY)
    assert (debt.amount, debt.payer_id, debt.customer_id) == (D("230.00"), s.oem.id, s.order.customer_id)
    assert (made.state, made.open_amount, made.loss_amount) == (S.GRANTED, D(230), D("20.00"))
    cost = world.row(m.Expense, kind=ExpenseKind.WARRANTY_LOSS)
    assert (cost.amount, cost.origin_number) == (D("20.00"), made.number)
    told = [n for n in world.rows(m.Notification, to_id=world["finance"].employee_id) if n.entity == "WarrantyClaim"]
    assert len(told) == 1 and "230.00" in told[0].subject
    with acting_as(SYSTEM):  # nobody duns the customer for it, and it does not use up his credit
        later = START + dt.timedelta(days=400)
        assert overdue.amount(s.order.customer_id, later) == 0
        assert receivable.owed_by(s.order.customer_id, list(ReceivableKind)) == 0
    check_books()


def test_a_refusal_is_all_loss_and_an_answer_can_be_noted_anew(world: World) -> None:
    s = reviewed(world)
    made, boss = s.granted("0", "超出三包范围"), world["service_manager"]
    made = s.v.fresh(made)
    assert (made.state, made.loss_amount, made.receivable_id) == (S.REFUSED, D(250), None)
    assert world.row(m.Expense).amount == D(250)
    with pytest.raises(AlreadyThere):
        s.claim(lines=[{"used": s.lines[0]}])
    fire(made, "reconsider", by=boss, reason="申诉成功")
    assert (s.v.fresh(made).state, world.row(m.Expense).amount) == (S.SUBMITTED, D(0))
    check_books()
    fire(made, "answer", by=boss, granted_amount=D(230), answer="少一工时")
    fire(made, "reconsider", by=boss, reason="录错")
    fire(made, "answer", by=boss, granted_amount=D(250))
    debts = world.rows(m.Receivable, kind=ReceivableKind.WARRANTY)
    assert [(d.state, d.amount) for d in debts] == [(ReceivableState.VOID, D(230)), (ReceivableState.OPEN, D(250))]
    assert (s.v.fresh(made).loss_amount, world.row(m.Expense).amount) == (D(0), D(0))
    check_books()


# -- money ------------------------------------------------------------------------------------------------------------


@on_both
def test_his_money_comes_in_on_a_receipt_and_is_taken_back_exactly(world: World) -> None:
    s = reviewed(world)
    made = s.granted()
    debt = world.row(m.Receivable, kind=ReceivableKind.WARRANTY)
    first = fire(s.receipt([(debt, "100")]), "confirm", by=world["finance"])
    assert (s.v.fresh(made).state, s.v.fresh(made).open_amount) == (S.GRANTED, D(130))
    with pytest.raises(WrongAmount):
        fire(made, "reconsider", by=world["service_manager"], reason="x")
    rest = s.receipt(
        [(debt, "130")], funds=[{"kind": FundKind.CASH, "account": world.rows(m.FundAccount)[0], "amount": D(130)}]
    )
    fire(rest, "confirm", by=world["finance"])
    assert s.v.fresh(made).state is S.DONE and s.v.fresh(debt).state is ReceivableState.PAID
    check_books()
    fire(first, "reverse", by=world["finance"], reason="银行退回")
    assert (s.v.fresh(made).state, s.v.fresh(made).open_amount) == (S.GRANTED, D(100))
    check_books()


def test_customer_and_manufacturer_each_pay_their_own(world: World) -> None:
    s = reviewed(world)
    s.granted()
    his = world.row(m.Receivable, kind=ReceivableKind.WARRANTY)
    hers = create(
        m.Receivable,
        {"customer": s.order.customer, "kind": ReceivableKind.PART, "amount": D(80), "due_on": START},
        by=world["finance"],
    )
    for debt, more in (
        (his, {"payer": None}),
        (hers, {}),
        (his, {"payer": s.v.supplier}),
        (his, {"funds": [{"kind": FundKind.PREPAID, "amount": D(230)}]}),
    ):
        with pytest.raises(WrongAmount):
            s.receipt([(debt, str(debt.amount))], **more)
    too_much = s.receipt(
        [(his, "30")], funds=[{"kind": FundKind.CASH, "account": world.rows(m.FundAccount)[0], "amount": D(50)}]
    )
    with pytest.raises(WrongAmount):  # the other 20 are not the customer's prepaid money
        fire(too_much, "confirm", by=world["finance"])
    fire(too_much, "allocate", by=world["clerk"])
    assert [(a.receivable_id, a.amount) for a in world.rows(m.ReceiptAllocation, receipt_id=too_much.id)] == [
        (his.id, D(50))
    ]
    own = world.receipt(s.order.customer, [], total="100")
    fire(own, "allocate", by=world["clerk"])
    assert {a.receivable_id for a in world.rows(m.ReceiptAllocation, receipt_id=own.id)} == {hers.id}


def test_one_transfer_pays_the_claims_of_several_customers(world: World) -> None:
    s = reviewed(world)
    s.granted()
    one = world.row(m.Receivable, kind=ReceivableKind.WARRANTY)
    with acting_as(SYSTEM):
        other = world.company(number=7)
        paper = create(
            m.Receivable,
            {"customer": other, "kind": ReceivableKind.OTHER, "amount": D(70), "due_on": START, "payer": s.oem},
        )
    fire(s.receipt([(one, "230"), (paper, "70")]), "confirm", by=world["finance"])
    assert s.v.fresh(paper).state is ReceivableState.PAID
    check_books()


@on_both
def test_what_we_owe_him_goes_down_instead(world: World) -> None:
    s = reviewed(world)
    made = s.granted()
    with acting_as(SYSTEM):
        debts = together(lambda: [
            payable.raise_(s.order, s.oem, m.enums.PayableKind.PART, D(100)),
            payable.raise_(s.order, s.v.supplier, m.enums.PayableKind.PART, D(500)),
            payable.raise_(s.order, s.oem, m.enums.PayableKind.PART, D(500)),
        ])  # fmt: skip
    small, foreign, large = debts
    with pytest.raises(NotAllowed):
        fire(made, "offset", by=world["service_manager"], debt=small)
    with pytest.raises(WrongAmount):
        fire(made, "offset", by=world["finance"], debt=foreign)
    fire(made, "offset", by=world["finance"], debt=small)
    assert (s.v.fresh(made).state, s.v.fresh(made).open_amount) == (S.GRANTED, D(130))
    assert s.v.fresh(small).state is PayableState.PAID
    with pytest.raises(WrongAmount):
        fire(made, "offset", by=world["finance"], debt=small)
    fire(made, "offset", by=world["finance"], debt=large)
    assert s.v.fresh(made).state is S.DONE and s.v.fresh(large).outstanding_amount == D(370)
    assert [(c.amount, c.origin_number) for c in world.rows(m.PayableCredit)] == [
        (D(100), made.number), (D(130), made.number),
    ]  # fmt: skip
    check_books()


def test_the_order_goes_its_own_way(world: World) -> None:
    """Settled and closed orders can be claimed as well."""
    s = reviewed(world)
    fire(s.order, "settle", by=world["finance"])
    fire(s.order, "close", by=world["service_manager"])
    assert s.v.fresh(s.order).state is WorkOrderState.CLOSED
    with clock.on(dt.date(2025, 3, 20)):
        made = s.sent()
    assert made.submitted_on == dt.date(2025, 3, 20)
