"""联系人: who talks; 转为客户 finds or makes the same person; 失效."""

from __future__ import annotations

import pytest

from app import models as m
from app.enums import ContactState, CustomerKind, CustomerState, LinkSource, Relation
from app.errors import AlreadyThere, MissingData, NotAllowed, NotYours, WrongAmount, WrongState
from app.unit_of_work import change, create, fire
from tests.kit import World, id_card


def test_a_contact_gets_a_number_initials_and_a_tidy_mobile(world: World) -> None:
    contact = world.contact(name="王建国", mobile="+86 139-0000 0001", phone2="0551-65432100")
    assert contact.number == "LX000001" and contact.mobile == "13900000001" and "wjg" in contact.initials.split()
    assert contact.phone2 == "0551-65432100" and contact.state is ContactState.ACTIVE
    assert world.contact(number=2).number == "LX000002"


@pytest.mark.parametrize("field, wrong", [("mobile", "1390000"), ("mobile", "23900000001"), ("phone2", "12")])
def test_a_wrong_phone_is_refused_beside_its_field(world: World, field: str, wrong: str) -> None:
    with pytest.raises(MissingData) as fault:
        world.contact(**{field: wrong})
    assert fault.value.field == field and world.rows(m.Contact) == []


def test_a_wrong_id_number_is_refused_beside_its_field(world: World) -> None:
    right = id_card(5)
    with pytest.raises(WrongAmount) as fault:
        world.contact(id_number=right[:-1] + ("0" if right[-1] != "0" else "1"))
    assert fault.value.field == "id_number"


def test_two_contacts_never_share_an_id_number(world: World) -> None:
    world.contact(id_number=id_card(5))
    with pytest.raises(AlreadyThere) as fault:
        world.contact("sales2", 2, id_number=id_card(5))
    assert fault.value.field == "id_number"


def test_converting_makes_an_individual_customer_linked_as_the_person(world: World) -> None:
    contact = world.contact(city="合肥市", province="安徽省")
    fire(contact, "convert", by=world["sales1"], id_number=id_card(9).lower())
    customer = world.row(m.Customer, name=contact.name)
    assert (customer.kind, customer.state, customer.id_number) == (CustomerKind.PERSON, CustomerState.DRAFT, id_card(9))
    assert (customer.mobile, customer.city, customer.salesperson_id) == (
        contact.mobile,
        "合肥市",
        world["sales1"].employee_id,
    )
    link = world.row(m.CustomerContact, customer_id=customer.id)
    assert (link.contact_id, link.relation, link.source) == (contact.id, Relation.SELF, LinkSource.SELF)
    contact = world.row(m.Contact, id=contact.id)
    assert (
        contact.self_customer_id == customer.id
        and contact.id_number == id_card(9)
        and contact.state is ContactState.ACTIVE
    )


def test_converting_finds_the_same_person_by_id_number(world: World) -> None:
    customer = world.person(name="另一个写法", mobile="13800000000", id_number=id_card(9))
    contact = world.contact(id_number=id_card(9))
    fire(contact, "convert", by=world["sales1"])
    assert world.row(m.Contact, id=contact.id).self_customer_id == customer.id and len(world.rows(m.Customer)) == 1


def test_converting_finds_the_same_person_even_at_a_colleagues(world: World) -> None:
    customer = world.person("sales2", id_number=id_card(9))
    fire(world.contact(), "convert", by=world["sales1"], id_number=id_card(9))
    assert world.row(m.Contact).self_customer_id == customer.id
    assert world.row(m.Customer).salesperson_id == world["sales2"].employee_id


def test_a_company_with_the_same_mobile_is_not_the_person(world: World) -> None:
    contact = world.contact()
    world.company(name=contact.name, mobile=contact.mobile)
    fire(contact, "convert", by=world["sales1"], id_number=id_card(9))
    assert {c.kind for c in world.rows(m.Customer)} == {CustomerKind.COMPANY, CustomerKind.PERSON}


def test_same_name_and_mobile_with_another_id_number_is_somebodys_typing_error(world: World) -> None:
    contact = world.contact()
    twin = world.person(name=contact.name, mobile=contact.mobile, id_number=id_card(8))
    with pytest.raises(AlreadyThere) as fault:
        fire(contact, "convert", by=world["sales1"], id_number=id_card(9))
    assert fault.value.field == "id_number" and twin.number in str(fault.value)
    assert world.row(m.Contact).id_number is None and len(world.rows(m.Customer)) == 1


def test_converting_needs_an_id_number(world: World) -> None:
    with pytest.raises(MissingData) as fault:
        fire(world.contact(), "convert", by=world["sales1"])
    assert fault.value.field == "id_number"


def test_converting_twice_names_the_customer(world: World) -> None:
    contact = world.contact()
    fire(contact, "convert", by=world["sales1"], id_number=id_card(9))
    with pytest.raises(AlreadyThere) as fault:
        fire(contact, "convert", by=world["sales1"])
    assert world.row(m.Customer).number in str(fault.value) and len(world.rows(m.Customer)) == 1


def test_a_customer_belongs_to_one_contact_only(world: World) -> None:
    customer = world.person(id_number=id_card(9))
    first = world.contact(id_number=id_card(9))
    fire(first, "convert", by=world["sales1"])
    change(world.row(m.Contact, id=first.id), {"id_number": None}, by=world["sales1"])
    with pytest.raises(AlreadyThere) as fault:
        fire(world.contact(number=2), "convert", by=world["sales1"], id_number=id_card(9))
    assert customer.number in str(fault.value) and first.name in str(fault.value)


def test_an_id_number_of_another_contact_is_refused_with_a_sentence(world: World) -> None:
    world.contact("sales2", 2, id_number=id_card(9))
    with pytest.raises(AlreadyThere) as fault:
        fire(world.contact(), "convert", by=world["sales1"], id_number=id_card(9))
    assert fault.value.field == "id_number" and world.rows(m.Customer) == []


def test_an_invalid_contact_is_history(world: World) -> None:
    contact = world.contact()
    with pytest.raises(NotAllowed):
        fire(contact, "invalidate", by=world["sales1"], reason="停机")
    fire(contact, "invalidate", by=world["clerk"], reason="停机")
    assert (
        world.row(m.Contact).state is ContactState.INVALID
        and world.row(m.StateChange, verb="invalidate").note == "停机"
    )
    with pytest.raises(WrongState):
        fire(contact, "convert", by=world["sales1"], id_number=id_card(9))
    with pytest.raises(WrongState):
        change(contact, {"name": "别名"}, by=world["sales1"])


def test_a_colleagues_contact_does_not_exist(world: World) -> None:
    contact = world.contact("sales2")
    with pytest.raises(NotYours):
        fire(contact, "convert", by=world["sales1"], id_number=id_card(9))
    with pytest.raises(NotYours):
        change(contact, {"name": "别名"}, by=world["sales1"])
    with pytest.raises(NotYours):
        create(
            m.Contact,
            {"name": "甲", "mobile": "13900000009", "salesperson_id": world["sales2"].employee_id},
            by=world["sales1"],
        )
    with pytest.raises(NotAllowed):
        world.contact("keeper")
