"""客户: identity, duplicates, who may trade; 关联 with contacts; 标签."""

from __future__ import annotations

import pytest

from app import models as m
from app.enums import CustomerKind, CustomerState, LinkSource, Relation, TagColour, TagGroup
from app.errors import AlreadyThere, MissingData, NotAllowed, NotYours, WrongAmount, WrongChoice, WrongState
from app.unit_of_work import change, create, fire, remove
from tests.kit import World, credit_code, id_card


def test_a_customer_gets_a_number_initials_and_starts_as_a_draft(world: World) -> None:
    customer = world.company(name="安徽恒达土石方有限公司", credit_code=credit_code(7).lower(), mobile="0551 65432100")
    assert (customer.number, customer.state, customer.credit_code) == ("KH000001", CustomerState.DRAFT, credit_code(7))
    assert customer.initials.startswith("ahhdtsfyxgs") and customer.mobile == "0551-65432100"


@pytest.mark.parametrize(
    "wrong, error, field",
    [
        ({"credit_code": None}, MissingData, "credit_code"),
        ({"credit_code": credit_code(7)[:-1]}, WrongAmount, "credit_code"),
        ({"kind": CustomerKind.PERSON, "credit_code": None}, MissingData, "id_number"),
        ({"kind": CustomerKind.PERSON, "id_number": "340104197801011234"}, WrongAmount, "id_number"),
        ({"spouse_id_number": "123"}, WrongAmount, "spouse_id_number"),
        ({"mobile": "12"}, MissingData, "mobile"),
    ],
)
def test_what_a_customer_lacks_is_said_beside_its_field(world: World, wrong: dict, error: type, field: str) -> None:
    with pytest.raises(error) as fault:
        world.company(**wrong)
    assert fault.value.field == field and world.rows(m.Customer) == []


@pytest.mark.parametrize("kind, field", [("company", "credit_code"), ("person", "id_number")])
def test_a_second_registration_names_the_first_and_its_salesperson(world: World, kind: str, field: str) -> None:
    first = getattr(world, kind)("sales2")
    with pytest.raises(AlreadyThere) as fault:
        getattr(world, kind)("sales1", name="又来一家")
    assert fault.value.field == field and first.number in str(fault.value) and "刘洋" in str(fault.value)
    other = getattr(world, kind)("sales1", 2)
    with pytest.raises(AlreadyThere):
        change(other, {field: getattr(first, field)}, by=world["sales1"])


def test_saving_a_customer_again_is_no_duplicate_of_itself(world: World) -> None:
    customer = world.company()
    assert change(customer, {"name": "新名字"}, by=world["sales1"]).name == "新名字"


def test_a_change_of_hands_is_a_verb_with_a_history(world: World) -> None:
    customer = world.company()
    for who in ("sales1", "sales_manager", "clerk"):
        with pytest.raises(WrongState) as fault:
            change(customer, {"salesperson_id": world["sales2"].employee_id}, by=world[who])
        assert fault.value.field == "salesperson"


# -- links ----------------------------------------------------------------------------------------------------------


def link(
    world: World, customer: m.Customer, contact: m.Contact, who: str = "clerk", **more: object
) -> m.CustomerContact:
    return create(
        m.CustomerContact,
        {"customer": customer, "contact": contact, "relation": Relation.LEGAL_REP} | more,
        by=world[who],
    )


def test_a_clerk_links_by_hand_once_per_pair(world: World) -> None:
    customer, contact = world.company(), world.contact()
    made = link(world, customer, contact)
    assert made.source is LinkSource.MANUAL
    with pytest.raises(AlreadyThere) as fault:
        link(world, customer, contact)
    assert fault.value.field == "contact" and len(world.rows(m.CustomerContact)) == 1
    link(world, world.company(number=2), contact)


def test_a_customer_has_one_main_contact(world: World) -> None:
    customer = world.company()
    link(world, customer, world.contact(), is_primary=True)
    with pytest.raises(AlreadyThere) as fault:
        link(world, customer, world.contact(number=2), is_primary=True)
    assert fault.value.field == "is_primary"
    link(world, customer, world.contact(number=3))


def test_who_may_link(world: World) -> None:
    customer, contact = world.company(), world.contact()
    for nobody in ("sales1", "finance", "keeper", "visits", "gm"):
        with pytest.raises(NotAllowed):
            link(world, customer, contact, nobody)
    link(world, customer, contact, "sales_manager")


def test_unlinking_takes_the_link_away_and_the_audit_log_keeps_it(world: World) -> None:
    made = link(world, world.company(), world.contact())
    with pytest.raises(NotAllowed):
        fire(made, "unlink", by=world["sales_manager"])
    fire(made, "unlink", by=world["clerk"])
    assert world.rows(m.CustomerContact) == []
    assert [log.action.name for log in world.rows(m.AuditLog) if log.entity == "CustomerContact"] == [
        "INSERT",
        "DELETE",
    ]


def test_a_person_is_never_unlinked_from_himself(world: World) -> None:
    contact = world.contact()
    fire(contact, "convert", by=world["sales1"], id_number=id_card(9))
    with pytest.raises(AlreadyThere):
        fire(world.row(m.CustomerContact), "unlink", by=world["clerk"])
    assert len(world.rows(m.CustomerContact)) == 1


def test_a_salesperson_proposes_and_every_clerk_gets_a_notice(world: World) -> None:
    customer, contact = world.company(), world.contact()
    fire(customer, "propose_link", by=world["sales1"], contact=contact)
    told = world.row(m.Notification)
    assert told.to_id == world["clerk"].employee_id
    assert all(word in told.subject for word in ("张敏", contact.name, customer.name))
    with pytest.raises(NotYours):
        fire(world.company("sales2", 2), "propose_link", by=world["sales1"], contact=contact)


def test_an_approved_contract_leaves_an_existing_link_as_it_is(world: World) -> None:
    customer, contact = world.company(), world.contact()
    made = link(world, customer, contact, is_primary=True)
    world.approved(world.contract(customer, contact, world.unit()))
    kept = world.row(m.CustomerContact)
    assert (kept.id, kept.source, kept.relation, kept.is_primary) == (
        made.id,
        LinkSource.MANUAL,
        Relation.LEGAL_REP,
        True,
    )


# -- tags -----------------------------------------------------------------------------------------------------------


def test_a_salesperson_tags_his_own_customers_with_what_the_administrator_offers(world: World) -> None:
    customer, tag = world.company(), world.rows(m.Tag)[0]
    made = create(m.CustomerTag, {"customer": customer, "tag": tag}, by=world["sales1"])
    assert made.picked_by_id == world["sales1"].employee_id
    with pytest.raises(MissingData) as fault:
        create(m.CustomerTag, {"customer": customer, "tag": tag}, by=world["clerk"])
    assert fault.value.field == "tag" and tag.name in str(fault.value)
    with pytest.raises(NotYours):
        create(m.CustomerTag, {"customer": world.company("sales2", 2), "tag": tag}, by=world["sales1"])
    remove(made, by=world["sales1"])
    assert world.rows(m.CustomerTag) == []


def test_a_disabled_tag_is_not_picked_and_an_unused_one_is_deleted(world: World) -> None:
    used, unused = world.rows(m.Tag)[:2]
    create(m.CustomerTag, {"customer": world.company(), "tag": used}, by=world["sales1"])
    change(used, {"is_enabled": False}, by=world["sysadmin"])
    with pytest.raises(WrongChoice) as fault:
        create(m.CustomerTag, {"customer": world.company(number=2), "tag": used}, by=world["sales1"])
    assert fault.value.field == "tag"
    name = unused.name
    remove(unused, by=world["sysadmin"])
    assert name not in {t.name for t in world.rows(m.Tag)}


def test_tags_are_the_administrators(world: World) -> None:
    values = {"name": " 新标签 ", "group": TagGroup.WORK, "colour": TagColour.BLUE}
    for nobody in ("sales1", "sales_manager", "clerk", "gm"):
        with pytest.raises(NotAllowed):
            create(m.Tag, values, by=world[nobody])
    assert create(m.Tag, values, by=world["sysadmin"]).name == "新标签"
    with pytest.raises(AlreadyThere) as fault:
        create(m.Tag, values, by=world["sysadmin"])
    assert fault.value.field == "name"
