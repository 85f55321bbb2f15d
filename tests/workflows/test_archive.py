"""客户档案: what is there, what is missing, what a payment mode needs; 跟进; 黑名单, 冻结, 停用; 担保人."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from app import models as m
from app.actor import SYSTEM, acting_as
from app.database import db
from app.enums import ArchiveItem, AttachmentKind, CustomerKind, CustomerLevel, CustomerState, PayMode
from app.errors import AlreadyThere, MissingData, NotAllowed, WrongAmount, WrongState
from app.screens.options import option_text
from app.unit_of_work import change, create, fire, together
from app.workflows.crm import archive
from app.workflows.system import attachment
from tests.kit import D, World, id_card


def rule(world: World, item: ArchiveItem, mode: PayMode, kind: CustomerKind = CustomerKind.COMPANY) -> m.ArchiveRule:
    return world.row(m.ArchiveRule, item=item, pay_mode=mode, customer_kind=kind)


def need(world: World, item: ArchiveItem, mode: PayMode = PayMode.FULL) -> None:
    change(rule(world, item, mode), {"is_required": True}, by=world["sysadmin"])


def paper(world: World, customer: m.Customer, kind: AttachmentKind, who: str = "sales1") -> m.Attachment:
    content = b"%PDF-1.4\n" + kind.name.encode() + b"\n%%EOF\n"
    return together(lambda: attachment.attach(world.row(m.Customer, id=customer.id), kind, "a.pdf", content), by=world[who], entity=m.Attachment)  # fmt: skip


def test_the_checklist_says_what_is_there_and_what_is_missing(world: World) -> None:
    customer = world.company()
    with acting_as(world["sales1"]):
        entries = {e.item: e for e in archive.checklist(customer)}
        assert entries[ArchiveItem.IDENTITY].is_there and not entries[ArchiveItem.LICENCE].is_there
        assert entries[ArchiveItem.IDENTITY].required == tuple(PayMode)
        assert archive.share(list(entries.values())) == Decimal("0.18")  # 2 of 11
    change(customer, {"city": "合肥市", "address": "望江路 1 号", "legal_rep": "王建国"}, by=world["sales1"])
    create(m.CustomerSite, {"customer": customer, "name": "高铁南站", "phone": "0551-65432100"}, by=world["sales1"])
    made = paper(world, customer, AttachmentKind.LICENCE)
    with acting_as(world["sales1"]):
        assert archive.shares([customer]) == {customer.id: Decimal("0.55")}  # 6 of 11
    together(lambda: attachment.detach(world.row(m.Attachment, id=made.id)), by=world["sales1"], entity=m.Attachment)
    with acting_as(world["sales1"]):
        assert archive.shares([customer]) == {customer.id: Decimal("0.45")}


def test_a_contract_is_not_submitted_while_its_payment_mode_lacks_something(world: World) -> None:
    customer, contact = world.company(), world.contact()
    contract = world.contract(customer, contact, None)
    for item in (ArchiveItem.ADDRESS, ArchiveItem.LICENCE, ArchiveItem.LEGAL_REP):
        need(world, item)
    need(world, ArchiveItem.GUARANTOR, PayMode.INSTALMENT)  # of another mode: not asked for
    with pytest.raises(MissingData) as fault:
        fire(contract, "submit", by=world["sales1"])
    assert (
        "全款" in str(fault.value)
        and "地址、法定代表人、营业执照" in str(fault.value)
        and fault.value.field == "customer"
    )
    change(customer, {"city": "合肥市", "address": "望江路 1 号", "legal_rep": "王建国"}, by=world["sales1"])
    paper(world, customer, AttachmentKind.LICENCE)
    fire(contract, "submit", by=world["sales1"])


def test_guarantors_are_lines_of_the_contract_and_count_for_it(world: World) -> None:
    customer, contact = world.company(), world.contact()
    contract = world.contract(customer, contact, None)
    change(rule(world, ArchiveItem.GUARANTOR, PayMode.INSTALMENT), {"pay_mode": PayMode.FULL, "is_required": True}, by=world["sysadmin"])  # fmt: skip
    with pytest.raises(MissingData) as fault:
        fire(contract, "submit", by=world["sales1"])
    assert "担保人" in str(fault.value)
    person = {"name": "赵铁柱", "id_number": id_card(77).lower(), "mobile": "138 0000 0007", "relation": "兄弟"}
    for wrong in ({"id_number": "123"}, {"mobile": "12"}):
        with pytest.raises((WrongAmount, MissingData)) as fault:
            change(contract, {"guarantors": [person | wrong]}, by=world["sales1"])
        assert fault.value.field == "guarantors"
    change(contract, {"guarantors": [person]}, by=world["sales1"])
    kept = world.row(m.Guarantor)
    assert (kept.id_number, kept.mobile, kept.line_number) == (id_card(77), "13800000007", 1)
    fire(contract, "submit", by=world["sales1"])
    other = world.contract(customer, contact, None)
    with pytest.raises(MissingData):  # a guarantor stands in for one contract, not for the next
        fire(other, "submit", by=world["sales1"])


def test_rules_are_the_administrators_and_once_per_item(world: World) -> None:
    one = rule(world, ArchiveItem.ADDRESS, PayMode.FULL)
    with pytest.raises(NotAllowed):
        change(one, {"is_required": True}, by=world["sales_manager"])
    again = {"pay_mode": one.pay_mode, "customer_kind": one.customer_kind, "item": one.item}
    with pytest.raises(AlreadyThere):
        create(m.ArchiveRule, again, by=world["sysadmin"])
    need(world, ArchiveItem.LICENCE)
    change(rule(world, ArchiveItem.LICENCE, PayMode.FULL), {"is_enabled": False}, by=world["sysadmin"])
    fire(world.contract(world.company(), world.contact(), None), "submit", by=world["sales1"])


def test_who_is_frozen_disabled_or_blacklisted_does_no_new_business(world: World) -> None:
    customer, contact = world.company(), world.contact()
    waiting = world.contract(customer, contact, None)
    fire(waiting, "submit", by=world["sales1"])
    type_ = world.rows(m.CouponType)[0]
    for verb, back, who in (
        ("freeze", "unfreeze", "finance"),
        ("disable", "enable", "gm"),
        ("blacklist", "pardon", "sales_manager"),
    ):
        fire(customer, verb, by=world[who], reason="拖欠")
        with pytest.raises(MissingData) as fault:
            world.contract(customer, contact, None)
        assert customer.name in str(fault.value)
        with pytest.raises(MissingData):
            create(
                m.CouponIssue,
                {"customer": customer, "type": type_, "face_amount": D(100), "reason": "回馈"},
                by=world["sales1"],
            )
        with pytest.raises(MissingData):
            create(
                m.PartQuotation,
                {"customer": customer, "valid_until": date(2025, 4, 1), "lines": []},
                by=world["sales1"],
            )
        with pytest.raises(MissingData):
            fire(waiting, "approve", by=world["sales_manager"])
        with acting_as(SYSTEM):
            assert "【" in option_text(world.row(m.Customer))
        fire(customer, back, by=world[who], reason="已结清")
        assert world.row(m.Customer).state is CustomerState.DRAFT
        with acting_as(SYSTEM):
            assert "【" not in option_text(world.row(m.Customer))
    fire(waiting, "approve", by=world["sales_manager"])
    assert [c.note for c in world.rows(m.StateChange, verb="blacklist")] == ["拖欠"]
    assert world.row(m.Customer).level is CustomerLevel.C  # trust begins at the bottom


def test_debts_of_a_frozen_customer_are_paid_all_the_same(world: World) -> None:
    customer = world.company()
    contract = world.approved(world.contract(customer, world.contact(), None))
    fire(customer, "freeze", by=world["gm"], reason="诉讼")
    world.paid(customer, [(world.debts(contract)["DEPOSIT"], "20000")])
    assert world.row(m.Customer).state is CustomerState.FROZEN
    fire(customer, "unfreeze", by=world["finance"], reason="结案")
    assert world.row(m.Customer).state is CustomerState.ACTIVE


def test_who_may_stop_business_and_nobody_edits_himself_off_the_blacklist(world: World) -> None:
    customer = world.company()
    for who, verb in (("sales1", "freeze"), ("clerk", "blacklist"), ("finance", "disable"), ("finance", "blacklist")):
        with pytest.raises(NotAllowed):
            fire(customer, verb, by=world[who], reason="x")
    with pytest.raises(WrongState):
        change(customer, {"level": CustomerLevel.BLACK}, by=world["clerk"])
    fire(customer, "blacklist", by=world["gm"], reason="逃废债")
    with pytest.raises(AlreadyThere):
        fire(customer, "blacklist", by=world["gm"], reason="逃废债")
    change(customer, {"level": CustomerLevel.VIP, "city": "合肥市"}, by=world["clerk"])
    assert world.row(m.Customer).level is CustomerLevel.BLACK
    fire(customer, "pardon", by=world["gm"], reason="已还清")
    with pytest.raises(AlreadyThere):
        fire(customer, "pardon", by=world["gm"], reason="已还清")
    with pytest.raises(WrongState):
        fire(customer, "unfreeze", by=world["gm"], reason="x")


def test_a_follow_up_writes_the_next_date_onto_the_card(world: World) -> None:
    customer, contact = world.company(), world.contact(next_follow_on=date(2025, 3, 5))
    words = {"way": m.enums.FollowWay.PHONE, "content": "下周看车"}
    fire(contact, "follow", by=world["sales1"], next_on=date(2025, 3, 12), **words)
    assert world.row(m.Contact).next_follow_on == date(2025, 3, 12)
    create(m.FollowUp, {"customer": customer, "contact": contact, "content": "到工地谈", "next_on": date(2025, 3, 20)}, by=world["sales1"])  # fmt: skip
    assert world.row(m.Contact).next_follow_on is None and world.row(m.Customer).next_follow_on == date(2025, 3, 20)
    fire(customer, "follow", by=world["sales1"], location="合肥南站工地", **words)
    assert world.row(m.Customer).next_follow_on is None and len(world.rows(m.FollowUp)) == 3
    for wrong, field in (({"content": "x"}, "customer"), ({"customer": customer, "content": " "}, "content"),
                         ({"customer": customer, "content": "x", "next_on": date(2025, 3, 4)}, "next_on")):  # fmt: skip
        with pytest.raises((MissingData, WrongAmount)) as fault:
            create(m.FollowUp, wrong, by=world["sales1"])
        assert fault.value.field == field
    with pytest.raises(NotAllowed):
        fire(customer, "follow", by=world["finance"], **words)
    db.session.rollback()
