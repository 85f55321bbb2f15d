"""离职与复职: nothing hangs on somebody who has gone without a word; a second person takes a leaving back.

Seen to fail on the code before: a technician left while he led orders, nobody was told; there was no way back.
"""

from __future__ import annotations

import pytest
from flask_appbuilder.security.sqla.models import User

from app import models as m
from app.enums import AssignmentState, EmployeeState, RequestState, WorkOrderState
from app.errors import MissingData, MustBeOther, NotAllowed, WrongState
from app.unit_of_work import change, create, fire
from tests.kit import D, World, on_both
from tests.security.lab import text
from tests.vans import Vans


def person(world: World, username: str) -> m.Employee:
    return world.row(m.Employee, id=world[username].employee_id)


def told(world: World, username: str) -> list[str]:
    return [n.subject for n in world.rows(m.Notification, to_id=world[username].employee_id)]


class Shop:
    """李强 leads an order he works on and one he was only assigned; he comes along on a third, which 王磊 leads."""

    def __init__(self, world: World) -> None:
        self.world, self.vans = world, Vans(world)
        v, customer = self.vans, world.company()
        self.working = v.at_work(v.order(customer)).id
        self.assigned = v.assigned(v.order(customer), "tech1", "tech2").id
        self.helped = v.assigned(v.order(customer), "tech2", "tech1").id

    def order(self, pk: int) -> m.WorkOrder:
        return self.world.row(m.WorkOrder, id=pk)

    def crew(self, pk: int) -> set[tuple[int, bool]]:
        standing = {AssignmentState.ASSIGNED, AssignmentState.ACCEPTED}
        return {(e.technician_id, e.is_leader) for e in self.order(pk).assignments if e.state in standing}


@pytest.fixture
def shop(world: World) -> Shop:
    return Shop(world)


@on_both
def test_a_technician_who_leads_orders_leaves_only_by_handing_them_over_in_the_same_step(shop: Shop) -> None:
    world, other = shop.world, shop.world["tech2"].employee_id
    numbers = [shop.order(pk).number for pk in (shop.working, shop.assigned)]
    with pytest.raises(WrongState) as refused:
        fire(person(world, "tech1"), "leave", by=world["sysadmin"])
    assert refused.value.field == "technician" and all(number in str(refused.value) for number in numbers)
    for nobody in ("tech1", "sales1"):
        with pytest.raises(MissingData) as missing:
            fire(person(world, "tech1"), "leave", by=world["sysadmin"], technician=person(world, nobody))
        assert missing.value.field == "technician"
    assert person(world, "tech1").state is EmployeeState.ACTIVE and shop.order(shop.working).leader_id != other
    fire(person(world, "tech1"), "leave", by=world["sysadmin"], technician=person(world, "tech2"))
    for pk in (shop.working, shop.assigned):
        assert (shop.order(pk).state, shop.order(pk).leader_id) == (WorkOrderState.ASSIGNED, other)
        assert shop.crew(pk) == {(other, True)}
        assert any(shop.order(pk).number in words for words in told(world, "tech2"))
    assert shop.crew(shop.helped) == {(other, True)}
    assert any("不再协助" in words for words in told(world, "service_manager"))
    fire(shop.order(shop.working), "accept", by=world["tech2"])


def test_who_leads_orders_does_not_stop_being_a_technician_either(shop: Shop) -> None:
    with pytest.raises(WrongState) as refused:
        change(person(shop.world, "tech1"), {"is_technician": False}, by=shop.world["sysadmin"])
    assert shop.order(shop.working).number in str(refused.value) and refused.value.field == "is_technician"


def test_what_others_work_on_for_him_is_named_and_what_nobody_began_with_is_called_off(world: World) -> None:
    v, part = Vans(world), None
    part = v.part("LX-1")
    values = {"lines": [{"part": part, "quantity": D(1)}]}
    asked, begun = (create(m.PartRequest, values, by=world["tech1"]) for _ in range(2))
    line = world.row(m.RequestLine, request_id=begun.id)
    fire(line, "buy", by=world["buyer"], mode=m.enums.FulfilMode.DIRECT, supplier=v.supplier, unit_price=D(10))
    with pytest.raises(WrongState, match=begun.number):
        fire(person(world, "tech1"), "leave", by=world["sysadmin"])
    assert world.row(m.PartRequest, id=asked.id).state is RequestState.PENDING
    fire(world.row(m.EmergencyPurchase), "cancel", by=world["buyer"], reason="不用了")
    line = world.row(m.RequestLine, request_id=begun.id)
    if line.state is m.enums.RequestLineState.PENDING:
        fire(world.row(m.PartRequest, id=begun.id), "cancel", by=world["tech1"], reason="不用了")
    fire(person(world, "tech1"), "leave", by=world["sysadmin"])
    assert world.row(m.PartRequest, id=asked.id).state is RequestState.CANCELLED


def test_the_question_names_everything_with_counts_and_the_answer_what_is_left(site: World) -> None:
    with site.app.app_context():
        customer = site.company()
        site.contact()
        contract = site.contract(customer, None, None)
        assert contract.id
    admin, pk = site.browser("sysadmin"), site["sales1"].employee_id
    page = text(admin.get(f"/employeeview/ask/leave/{pk}"))
    assert "名下还有：客户 1、联系人 1、整机合同 1" in page and "立即停用" in page and 'name="technician"' not in page
    done = text(admin.post(f"/employeeview/ask/leave/{pk}", follow_redirects=True))
    assert "还待移交：客户 1、联系人 1、整机合同 1" in done
    page = text(admin.get(f"/employeeview/ask/leave/{site['visits'].employee_id}"))
    assert "名下没有客户、联系人、合同和工单" in page and 'name="taker"' not in page


def test_customers_go_in_the_same_step_when_their_new_salesperson_is_named(world: World) -> None:
    customer, contact = world.company(), world.contact()
    fire(person(world, "sales1"), "leave", by=world["sysadmin"], taker=person(world, "sales2"))
    new = world["sales2"].employee_id
    assert world.row(m.Customer, id=customer.id).salesperson_id == new
    assert world.row(m.Contact, id=contact.id).salesperson_id == new
    assert world.rows(m.OwnerTransfer)[0].reason == "张敏离职"
    assert not any("待移交" in words for words in told(world, "sales_manager"))


@on_both
def test_a_leaving_is_taken_back_by_a_second_person_and_customers_stay_where_they_went(world: World) -> None:
    customer = world.company()
    fire(person(world, "sales1"), "leave", by=world["sysadmin"], taker=person(world, "sales2"))
    with pytest.raises(MustBeOther):
        fire(person(world, "sales1"), "reinstate", by=world["sysadmin"], reason="点错了")
    with pytest.raises(NotAllowed):
        fire(person(world, "sales1"), "reinstate", by=world["clerk"], reason="点错了")
    fire(person(world, "sales1"), "reinstate", by=world["gm"], reason="点错了人")
    back = person(world, "sales1")
    assert back.state is EmployeeState.ACTIVE and world.row(User, id=back.user_id).active
    assert world.row(m.AccountState, user_id=back.user_id).must_change_password
    assert world.row(m.Customer, id=customer.id).salesperson_id == world["sales2"].employee_id
    assert [c.verb for c in world.rows(m.StateChange, document="Employee", document_id=back.id)][-2:] == [
        "leave",
        "reinstate",
    ]
    fire(back, "reset_password", by=world["sysadmin"], password="Another-One-77")


def test_a_technician_who_comes_back_has_his_van_again(world: World) -> None:
    vans = Vans(world)
    fire(person(world, "tech1"), "leave", by=world["sysadmin"])
    assert not vans.van().is_enabled
    fire(person(world, "tech1"), "reinstate", by=world["gm"], reason="点错了人")
    assert vans.van().is_enabled


def test_the_leaving_of_somebody_who_decides_is_told_to_those_who_decide(world: World) -> None:
    fire(person(world, "gm"), "leave", by=world["sysadmin"])
    for who in ("finance", "sales_manager", "service_manager"):
        assert any("陈志远" in words and "郑凯" in words for words in told(world, who)), who
