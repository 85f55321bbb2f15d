"""Customers, contacts, models and machines from Excel: all or nothing, every fault named, owners untouched."""

from __future__ import annotations

import sqlalchemy as sa

from app import models as m
from app.actor import SYSTEM, acting_as
from app.database import db
from app.enums import CustomerKind, JobState, UnitState
from tests.imports.customers import HEADS, code_of, file_of, id_of, row
from tests.imports.kit import book, checked, count, hand_in, imported
from tests.kit import World, on_both

HOW = {"screen": "CustomerView", "name": "客户.xlsx"}


@on_both
def test_two_thousand_customers_with_37_faults_name_exactly_37_and_write_nothing(site: World) -> None:
    one = checked(site, "clerk", file_of(2000, faults=37), **HOW)
    assert one.state is JobState.FAILED and one.fault_count == 37, one.message
    assert len(one.faults) == 37 and count(site, m.Customer) == 0
    lines = {fault.split(" ")[1] for fault in one.faults}
    assert len(lines) == 37


@on_both
def test_two_thousand_customers_come_in_with_numbers_owners_and_audit(site: World) -> None:
    done = imported(site, "clerk", file_of(2000), **HOW)
    assert done.state is JobState.DONE, done.message
    with site.app.app_context(), acting_as(SYSTEM):
        c = m.Customer
        total, numbers = db.session.execute(sa.select(sa.func.count(c.id), sa.func.count(sa.distinct(c.number)))).one()
        assert (total, numbers) == (2000, 2000)
        first = site.row(c, name="导入客户1有限公司")
        assert (first.kind, first.credit_code, first.id_number) == (CustomerKind.COMPANY, code_of(1), None)
        assert first.initials and first.salesperson_id == site["sales1"].employee_id
        assert first.created_by_id == site["clerk"].employee_id
        third = site.row(c, name="导入客户3")
        assert (third.kind, third.id_number, third.credit_code) == (CustomerKind.PERSON, id_of(3), None)
        told = sa.select(sa.func.count(m.AuditLog.id)).where(m.AuditLog.entity == "Customer")
        assert db.session.scalar(told) == 2000
        assert site.company(number=9).number == "KH002001"
        db.session.remove()


def test_who_is_there_already_is_refused_left_or_changed_but_never_changes_hands(site: World) -> None:
    imported(site, "clerk", book(HEADS, [row(1), row(3)]), **HOW)
    again = book(HEADS, [row(1, city="芜湖市"), row(3)])
    refused = checked(site, "clerk", again, **HOW)
    assert refused.state is JobState.FAILED and refused.fault_count == 2
    assert imported(site, "clerk", again, mode="update", **HOW).state is JobState.DONE
    with site.app.app_context():
        assert site.row(m.Customer, credit_code=code_of(1)).city == "芜湖市" and len(site.rows(m.Customer)) == 2
        db.session.remove()
    moved = checked(site, "clerk", book(HEADS, [row(1, salesperson="刘洋")]), mode="update", **HOW)
    assert moved.state is JobState.FAILED and "移交" in moved.faults[0]
    twice = checked(site, "clerk", book(HEADS, [row(5), row(5)]), **HOW)
    assert twice.fault_count == 1
    assert hand_in(site.browser("clerk"), again, **HOW).status_code == 302


def test_contacts_models_and_machines_of_customers_come_from_excel(site: World) -> None:
    heads = ["姓名", "手机号", "身份/职务", "业务员"]
    people = book(heads, [["王建国", "138 0000 0001", "老板", "张敏"], ["李秀英", "13800000002", None, "刘洋"]])
    assert imported(site, "clerk", people, screen="ContactView").state is JobState.DONE
    with site.app.app_context():
        assert [c.number for c in site.rows(m.Contact)] == ["LX000001", "LX000002"]
        db.session.remove()
    models = book(["品牌", "型号", "机种"], [["恒拓", "ht485", "挖掘机"]])
    assert imported(site, "sysadmin", models, screen="MachineModelView").state is JobState.DONE
    imported(site, "clerk", book(HEADS, [row(1)]), **HOW)
    units = [["ht485-0001", "HT485", "导入客户1有限公司", "2024-05-06"], ["HT485-0002", "HT485", None, None]]
    content = book(["出厂编号", "机型", "当前客户", "交机日期"], units)
    bad = checked(site, "clerk", content, screen="MachineUnitView")
    assert bad.state is JobState.FAILED and bad.fault_count == 1, bad.faults
    fine = imported(
        site, "clerk", book(["出厂编号", "机型", "当前客户", "交机日期"], units[:1]), screen="MachineUnitView"
    )
    assert fine.state is JobState.DONE, fine.message
    with site.app.app_context():
        unit = site.row(m.MachineUnit, serial_number="HT485-0001")
        assert unit.state is UnitState.SOLD and unit.owner_customer.name == "导入客户1有限公司"
        db.session.remove()
