"""双重身份 and 查重: the same person on two cards, the same mobile on two, the same identity on none."""

from __future__ import annotations

import pytest

from app import models as m
from app.enums import ContactState, LinkSource, Relation
from app.errors import AlreadyThere, Doubtful, MissingData, NotAllowed, WrongState
from app.unit_of_work import change, fire
from tests.kit import World, credit_code, id_card


def test_a_customer_found_by_mobile_alone_is_linked_only_when_somebody_says_it_is_he(world: World) -> None:
    customer = world.person("sales2", mobile="13800000001", name="王建国")
    contact = world.contact(mobile="13800000001", name="王老板")
    with pytest.raises(Doubtful) as fault:
        fire(contact, "convert", by=world["sales1"])
    said = str(fault.value)
    assert fault.value.field == "same_person" and customer.number in said and "刘洋" in said
    assert "王建国" not in said and id_card(201) not in said and "13800000001" not in said
    fire(contact, "convert", by=world["sales1"], same_person=True)
    contact = world.row(m.Contact)
    assert contact.self_customer_id == customer.id and contact.id_number is None and len(world.rows(m.Customer)) == 1
    link = world.row(m.CustomerContact)
    assert (link.relation, link.source) == (Relation.SELF, LinkSource.SELF)


def test_another_person_with_the_same_mobile_is_made_when_somebody_says_so(world: World) -> None:
    world.person(mobile="13800000001", name="王建国")
    contact = world.contact(mobile="13800000001", name="李秀英")
    with pytest.raises(Doubtful) as fault:
        fire(contact, "convert", by=world["sales1"], id_number=id_card(9))
    assert fault.value.field == "despite_twin"
    fire(contact, "convert", by=world["sales1"], id_number=id_card(9), despite_twin=True)
    assert len(world.rows(m.Customer)) == 2


def test_a_new_name_or_mobile_is_offered_to_the_other_card_and_never_copied_silently(world: World) -> None:
    contact = world.contact(name="王建国")
    fire(contact, "convert", by=world["sales1"], id_number=id_card(9))
    with pytest.raises(AlreadyThere):
        fire(contact, "sync", by=world["sales1"])
    change(contact, {"mobile": "13800000002"}, by=world["sales1"])
    customer = world.row(m.Customer)
    assert customer.mobile == "13900020001"
    fire(contact, "sync", by=world["sales1"])
    assert world.row(m.Customer).mobile == "13800000002"
    change(world.row(m.Customer), {"name": "王建军"}, by=world["clerk"])
    fire(world.row(m.Customer), "sync", by=world["clerk"])
    contact = world.row(m.Contact)
    assert (contact.name, contact.mobile) == ("王建军", "13800000002") and "wjj" in contact.initials


def test_a_card_of_a_colleague_is_not_written_from_the_other_side(world: World) -> None:
    world.person("sales2", id_number=id_card(9), name="王建国")
    contact = world.contact(name="王健国")
    fire(contact, "convert", by=world["sales1"], id_number=id_card(9))
    with pytest.raises(WrongState) as fault:
        fire(contact, "sync", by=world["sales1"])
    assert "刘洋" in str(fault.value) and world.row(m.Customer).name == "王建国"
    fire(contact, "sync", by=world["clerk"])
    assert world.row(m.Customer).name == "王健国"


def test_a_landline_does_not_become_a_contacts_mobile(world: World) -> None:
    contact = world.contact()
    fire(contact, "convert", by=world["sales1"], id_number=id_card(9))
    change(world.row(m.Customer), {"mobile": "0551-65432100"}, by=world["sales1"])
    with pytest.raises(MissingData):
        fire(world.row(m.Customer), "sync", by=world["sales1"])
    assert world.row(m.Contact).mobile == "13900020001"


@pytest.mark.parametrize("kind", ["contact", "company"])
def test_a_mobile_that_somebody_has_is_a_warning_to_be_confirmed(world: World, kind: str) -> None:
    make = getattr(world, kind)
    first = make("sales2", 1, mobile="13800000001")
    with pytest.raises(Doubtful) as fault:
        make("sales1", 2, mobile="+86 138 0000 0001")
    said = str(fault.value)
    assert fault.value.field == "despite_twin" and first.number in said and "刘洋" in said and first.name not in said
    second = make("sales1", 2, mobile="13800000001", despite_twin=True)
    change(second, {"city": "合肥市"}, by=world["sales1"])  # not asked again
    with pytest.raises(Doubtful):
        third = make("sales1", 3)
        change(third, {"mobile": "13800000001"}, by=world["sales1"])


def test_an_invalid_contact_is_no_twin(world: World) -> None:
    fire(world.contact(mobile="13800000001"), "invalidate", by=world["clerk"], reason="停机")
    assert world.contact(number=2, mobile="13800000001").state is ContactState.ACTIVE


def test_the_same_identity_is_refused_naming_whose_it_is(world: World) -> None:
    company = world.company("sales2", name="安徽恒达土石方有限公司")
    with pytest.raises(AlreadyThere) as fault:
        world.company("sales1", 2, credit_code=credit_code(501).lower(), despite_twin=True)
    said = str(fault.value)
    assert fault.value.field == "credit_code" and company.number in said and "安徽****公司" in said and "刘洋" in said


def test_what_is_typed_is_looked_up_and_tells_number_masked_name_and_owner_only(site: World) -> None:
    with site.app.app_context():
        site.company("sales2", name="安徽恒达土石方有限公司", mobile="13800000001")
        site.contact("sales2", name="王建国", mobile="13800000002", id_number=id_card(5))
        site.app.extensions["sqlalchemy"].session.remove()
    browser = site.browser("sales1")

    def ask(screen: str, field: str, text: str) -> list[dict[str, object]]:
        return browser.get(f"/{screen}/twins?field={field}&text={text}").get_json()

    (mobile,) = ask("customerview", "mobile", "138 0000 0001")
    assert mobile["stops"] is False and "安徽****公司" in str(mobile["text"]) and "恒达" not in str(mobile["text"])
    (code,) = ask("customerview", "credit_code", credit_code(501).lower())
    assert code["stops"] is True and "KH000001" in str(code["text"]) and "刘洋" in str(code["text"])
    (wrong,) = ask("customerview", "credit_code", credit_code(501)[:-1] + "!")
    assert "校验位" in str(wrong["text"])
    (person,) = ask("contactview", "id_number", id_card(5).lower())
    assert "王**" in str(person["text"]) and id_card(5) not in str(person["text"])
    assert ask("customerview", "mobile", "13800000009") == [] == ask("customerview", "mobile", "1380")
    for bad in ("/customerview/twins?field=remark&text=1", "/contactview/twins?field=credit_code&text=1"):
        assert browser.get(bad).status_code == 404
    assert site.browser("tech1").get("/customerview/twins?field=mobile&text=13800000001").status_code == 403


def test_a_form_asks_once_and_then_saves(site: World) -> None:
    with site.app.app_context():
        site.company("sales2", mobile="13800000001")
        site.app.extensions["sqlalchemy"].session.remove()
    browser = site.browser("sales1")
    fields = {"name": "新公司", "kind": "COMPANY", "credit_code": credit_code(9), "mobile": "13800000001"}
    fields |= {"salesperson": str(site["sales1"].employee_id)}
    answer = browser.submit("/customerview/add", fields)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422 and "仍然保存" in page and "手机号相同" in page and "新公司" in page
    assert browser.submit("/customerview/add", fields | {"despite_twin": "y"}).status_code == 302
    with site.app.app_context():
        assert len(site.rows(m.Customer, mobile="13800000001")) == 2
        site.app.extensions["sqlalchemy"].session.remove()


def test_both_cards_show_the_badge_and_the_offer(site: World) -> None:
    with site.app.app_context():
        contact = site.contact(name="王建国")
        fire(contact, "convert", by=site["sales1"], id_number=id_card(9))
        change(contact, {"mobile": "13800000002"}, by=site["sales1"])
        site.app.extensions["sqlalchemy"].session.remove()
    browser = site.browser("sales1")
    for path in ("/contactview/list/", "/customerview/list/", "/contactview/show/1", "/customerview/show/1"):
        assert "联系人+客户" in browser.get(path).get_data(as_text=True), path
    page = browser.get("/contactview/show/1").get_data(as_text=True)
    assert "13800000002" in page and "13900020001" in page and "/contactview/action/sync/1" in page
    assert browser.post("/contactview/action/sync/1").status_code == 302
    assert "/action/sync/" not in browser.get("/contactview/show/1").get_data(as_text=True)


def test_a_colleague_without_the_verb_cannot_sync(world: World) -> None:
    contact = world.contact()
    fire(contact, "convert", by=world["sales1"], id_number=id_card(9))
    with pytest.raises(NotAllowed):
        fire(contact, "sync", by=world["visits"])
