"""移交: one card, a customer with what is open, everything of somebody who leaves; who sees what afterwards."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa

from app import models as m
from app.actor import acting_as
from app.database import db
from app.enums import ContractState, EmployeeState, Relation
from app.errors import AlreadyThere, MissingData, NotAllowed, NotYours
from app.unit_of_work import create, fire
from tests.kit import D, World
from tests.stories import pays, send

WHY = {"reason": "区域调整"}


def seller(world: World, name: str) -> m.Employee:
    return world.row(m.Employee, id=world[name].employee_id)


def seen(world: World, who: str, entity: type) -> int:
    """How many rows of an entity somebody sees."""
    with acting_as(world[who]):
        return db.session.scalar(sa.select(sa.func.count(entity.id)))


def papers(world: World) -> m.Customer:
    """A customer of 张敏 with a draft, a finished and a cancelled contract, a quotation, a follow-up and a contact."""
    customer, contact = world.company(), world.contact()
    create(
        m.CustomerContact, {"customer": customer, "contact": contact, "relation": Relation.LEGAL_REP}, by=world["clerk"]
    )
    world.contract(customer, contact, None)
    void = world.contract(customer, contact, None)
    fire(void, "void", by=world["sales1"], reason="不买了")
    done = world.approved(world.contract(customer, contact, world.unit()))
    pays(world, customer, [d for d in world.debts(done).values() if d.is_before_dispatch])
    send(world, done)
    create(m.PartCategory, {"code": "LX", "name": "滤芯"}, by=world["clerk"])
    part = create(
        m.Part, {"part_number": "P1", "name": "滤芯", "category": world.row(m.PartCategory), "unit_name": "个"},
        by=world["clerk"],
    )  # fmt: skip
    lines = [{"part": part, "quantity": D(1), "unit_price": D(10)}]
    create(m.PartQuotation, {"customer": customer, "valid_until": date(2025, 4, 1), "lines": lines}, by=world["sales1"])
    create(m.FollowUp, {"customer": customer, "content": "要一台 HT215"}, by=world["sales1"])
    return customer


def test_the_old_owner_loses_and_the_new_one_gains_exactly_what_is_open(world: World) -> None:
    customer = papers(world)
    world.company("sales1", 2)
    world.contact("sales2", 7)
    fire(customer, "hand_over", by=world["sales_manager"], taker=seller(world, "sales2"), **WHY)
    own, new = world["sales1"].employee_id, world["sales2"].employee_id
    states = {c.state: c.salesperson_id for c in world.rows(m.MachineContract)}
    assert states == {ContractState.DRAFT: new, ContractState.CANCELLED: own, ContractState.DISPATCHED: own}
    assert {w: [seen(world, w, e) for e in (m.Customer, m.Contact, m.MachineContract, m.PartQuotation, m.FollowUp)]
            for w in ("sales1", "sales2")} == {"sales1": [1, 0, 2, 0, 0], "sales2": [1, 2, 1, 1, 1]}  # fmt: skip
    entries = world.rows(m.OwnerTransfer)
    assert [(e.customer_id, e.contact_id, e.giver_id, e.taker_id, e.papers, e.reason) for e in entries] == [
        (customer.id, None, own, new, 2, "区域调整"),
        (None, world.rows(m.Contact)[0].id, own, new, 0, "区域调整"),
    ]
    assert entries[0].posted_by_id == world["sales_manager"].employee_id and entries[0].moved_on == date(2025, 3, 5)
    assert any("移交给您" in n.subject for n in world.rows(m.Notification, to_id=new))
    assert world.row(m.StateChange, verb="hand_over").note == "区域调整"


def test_contacts_stay_when_nobody_wants_them_to_go_along(world: World) -> None:
    customer = papers(world)
    fire(customer, "hand_over", by=world["sales_manager"], taker=seller(world, "sales2"), with_contacts=False, **WHY)
    assert world.row(m.Contact).salesperson_id == world["sales1"].employee_id and len(world.rows(m.OwnerTransfer)) == 1


def test_only_a_sales_manager_hands_over_and_only_within_his_department(world: World) -> None:
    customer, contact = world.company(), world.contact()
    for who in ("sales1", "clerk", "gm"):
        with pytest.raises(NotAllowed):
            fire(customer, "hand_over", by=world[who], taker=seller(world, "sales2"), **WHY)
    with pytest.raises(MissingData) as fault:
        fire(contact, "hand_over", by=world["sales_manager"], taker=seller(world, "tech1"), **WHY)
    assert fault.value.field == "taker"
    with pytest.raises(AlreadyThere):
        fire(contact, "hand_over", by=world["sales_manager"], taker=seller(world, "sales1"), **WHY)
    with pytest.raises(MissingData):
        fire(contact, "hand_over", by=world["sales_manager"], taker=seller(world, "sales2"), reason=" ")
    stranger = world.row(m.Employee, id=world["sales1"].employee_id)
    stranger.department = world.row(m.Department, code="FWB")
    db.session.commit()
    with pytest.raises(NotYours):
        fire(customer, "hand_over", by=world["sales_manager"], taker=seller(world, "sales2"), **WHY)
    assert world.rows(m.OwnerTransfer) == []


def test_everything_of_somebody_who_left_goes_at_once(world: World) -> None:
    first, second, contact = world.company(), world.person(number=2), world.contact()
    other = world.company("sales2", 3)
    employee = seller(world, "sales1")
    fire(employee, "leave", by=world["sysadmin"])
    told = world.rows(m.Notification, to_id=world["sales_manager"].employee_id)
    assert any("客户 2" in n.subject and "联系人 1" in n.subject for n in told)
    with pytest.raises(NotAllowed):
        fire(employee, "hand_over", by=world["sysadmin"], taker=seller(world, "sales2"), **WHY)
    fire(employee, "hand_over", by=world["sales_manager"], taker=seller(world, "sales2"), **WHY)
    new = world["sales2"].employee_id
    assert {c.salesperson_id for c in world.rows(m.Customer)} == {new} and world.row(m.Contact).salesperson_id == new
    assert {e.customer_id or e.contact_id for e in world.rows(m.OwnerTransfer)} == {first.id, second.id, contact.id}
    assert other.id not in {e.customer_id for e in world.rows(m.OwnerTransfer)}
    assert seller(world, "sales1").state is EmployeeState.LEFT
    with pytest.raises(MissingData):
        fire(seller(world, "sales2"), "hand_over", by=world["sales_manager"], taker=seller(world, "sales1"), **WHY)


def test_chosen_rows_of_a_list_are_handed_over_with_one_question(site: World) -> None:
    with site.app.app_context():
        ids = [site.company().id, site.company(number=2).id, site.company("sales2", 3).id]
        db.session.remove()
    browser = site.browser("sales_manager")
    chosen = {"action": "hand_over", "rowid": [str(i) for i in ids]}
    asked = browser.post("/customerview/action_post", chosen).get_data(as_text=True)
    assert "接收业务员" in asked and asked.count('name="rowid"') == 3
    assert browser.post("/customerview/action_post", chosen | {"asked": "1"}).status_code == 422
    taker = str(site["sales2"].employee_id)
    done = browser.post("/customerview/action_post", chosen | {"asked": "1", "taker": taker, "reason": "离职"})
    page = done.get_data(as_text=True)
    assert done.status_code == 200 and page.count("成功") >= 2 and "已在" in page
    with site.app.app_context():
        assert {c.salesperson_id for c in site.rows(m.Customer)} == {int(taker)}
        db.session.remove()
