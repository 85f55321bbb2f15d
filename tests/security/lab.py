"""Two salespeople with full books each, colleagues of other departments and yards, and the words that must not leak."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal as D
from typing import Any

import openpyxl
import sqlalchemy as sa
from flask import Flask

from app import clock, scope
from app import models as m
from app.actor import SYSTEM, Actor, acting_as
from app.database import db
from app.demo.build import PASSWORD, credit_code, id_card
from app.enums import (
    AccountKind,
    CouponScope,
    CustomerKind,
    FundKind,
    InboundKind,
    InspectionResult,
    PayMode,
    ReceivableKind,
    Relation,
    SupplierKind,
    UnitCondition,
    WarehouseKind,
)
from app.models import ENTITIES
from app.screens import Screen
from app.staff import actor_of
from app.unit_of_work import create, fire
from app.workflows.organisation import account
from tests.asked import answered, complains, link
from tests.kit import START, World

STRANGERS = [  # (account, name, staff number, department, role)
    ("sales3", "钱三元", "301", "二手机部", "salesperson"),
    ("sales_manager2", "孟二经", "302", "二手机部", "sales_manager"),
    ("keeper2", "库二宝", "303", "二手机部", "keeper"),
]


def screens(app: Flask) -> list[Screen]:
    """Every screen that is registered."""
    return [view for view in app.appbuilder.baseviews if isinstance(view, Screen)]


def base(screen: Screen) -> str:
    """The path all routes of a screen start with."""
    return f"/{screen.endpoint.lower()}"


def screen_for(app: Flask, entity: type[m.Entity] | str) -> Screen:
    name = entity if isinstance(entity, str) else entity.__name__
    return next(s for s in screens(app) if s.entity.__name__ == name)


@dataclass
class Side:
    """What belongs to one salesperson: row ids by entity, and the words that only his rows hold."""

    ids: dict[str, list[int]] = field(default_factory=dict)
    words: dict[str, set[str]] = field(default_factory=dict)

    def markers(self, *without: str) -> set[str]:
        """Words nobody else's rows hold, except those of the entities named."""
        return set().union(*(words for name, words in self.words.items() if name not in without))


@dataclass
class Lab:
    """The dealer with two salespeople at work; `x` is sales1, `y` sales2."""

    site: World
    x: Side
    y: Side

    @property
    def app(self) -> Flask:
        return self.site.app

    def browser(self, username: str) -> Any:
        return self.site.browser(username)


# -- telling the story ------------------------------------------------------------------------------------------


def hire(username: str, name: str, number: str, department: m.Department, roles: list[str]) -> m.Employee:
    """Somebody new with an account; called as the house."""
    employee = create(
        m.Employee,
        {"staff_number": number, "name": name, "mobile": f"13855130{int(number) % 1000:03d}", "department": department, "is_salesperson": True},
    )  # fmt: skip
    with scope.elevated():
        employee.user_id = account.add(username, employee, roles, PASSWORD, must_change=False, is_demo=True).id
        db.session.commit()
    return employee


def strangers(world: World) -> None:
    """A second department with a salesperson, a manager and a keeper of a yard of its own."""
    department = create(m.Department, {"code": "ESJ", "name": "二手机部"})
    for username, name, number, _department, role in STRANGERS:
        hire(username, name, number, department, [role])
        world.people[username] = actor_of(world.row(m.Employee, staff_number=number).user_id, username)
    create(
        m.Warehouse,
        {"code": "ZJ3", "name": "二手机库", "kind": WarehouseKind.MACHINE, "department": department,
         "keepers": [{"employee_id": world["keeper2"].employee_id}]},
    )  # fmt: skip
    world.people["keeper2"] = actor_of(world["keeper2"].user_id or 0, "keeper2")


def books(world: World, seller: str, sign: str, number: int, yard: str = "ZJ1", shelf: str = "ZK") -> None:
    """A salesperson's year: contacts, customers, tags, contracts in three states, money, coupons, visits."""
    me = world[seller]
    money = D(f"1{number}37{number}11")
    talker = create(
        m.Contact,
        {"name": f"谈判人{sign}", "mobile": f"1371{number}000001", "phone2": f"1371{number}000002", "address": f"谈判地址{sign}",
         "remark": f"谈判备注{sign}", "salesperson_id": me.employee_id},
        by=me,
    )  # fmt: skip
    person = create(
        m.Contact,
        {
            "name": f"个体户{sign}",
            "mobile": f"1371{number}000003",
            "id_number": id_card(300 + number),
            "salesperson_id": me.employee_id,
        },
        by=me,
    )
    fire(person, "convert", by=me)
    company = create(
        m.Customer,
        {"name": f"土石方{sign}有限公司", "kind": CustomerKind.COMPANY, "credit_code": credit_code(700 + number), "mobile": f"1371{number}000004",
         "legal_rep": f"法人{sign}", "address": f"公司地址{sign}", "bank_account": f"62220000{number}77777", "invoice_title": f"抬头{sign}",
         "spouse_name": f"配偶{sign}", "remark": f"公司备注{sign}", "salesperson_id": me.employee_id},
        by=me,
    )  # fmt: skip
    for tag in world.rows(m.Tag)[:2]:
        create(m.CustomerTag, {"customer": company, "tag": tag}, by=me)
    create(
        m.CustomerContact,
        {"customer": company, "contact": person, "relation": Relation.PARTNER, "is_primary": True},
        by=world["clerk"],
    )

    def line(serial: str | None) -> dict[str, Any]:
        unit = None
        if serial:
            paper = create(
                m.MachineInbound,
                {"kind": InboundKind.PURCHASE, "supplier": world.row(m.Supplier, name="恒拓重工股份有限公司"), "model": world.row(m.MachineModel, model="HT215"),
                 "serial_number": serial, "engine_number": f"FDJ{serial}", "condition": UnitCondition.NEW, "warehouse": world.row(m.Warehouse, code=yard),
                 "gross_amount": D(880_000 + 733 * number)},
                by=world["buyer"],
            )  # fmt: skip
            fire(
                paper, "receive", by=world["keeper"], inspection=InspectionResult.PASS, inspection_note=f"验收{serial}"
            )
            unit = world.row(m.MachineUnit, serial_number=serial)
        return {
            "model": world.row(m.MachineModel, model="HT215"),
            "unit": unit,
            "unit_price": money,
            "configuration": f"配置{sign}",
        }

    def contract(serial: str | None, remark: str, **more: Any) -> m.MachineContract:
        return world.contract(
            company, talker, None, seller, lines=[line(serial)], delivery_place=f"工地{sign}", remark=f"{remark}{sign}",
            gifts=[{"coupon_type": world.row(m.CouponType, scope=CouponScope.PART), "face_amount": D(5000 + 311 * number)}], **more
        )  # fmt: skip

    contract(None, "草稿")
    approved = world.approved(contract(f"SN{sign}0001", "已批"))
    sent = world.approved(
        contract(f"SN{sign}0002", "发车", pay_mode=PayMode.INSTALMENT, down_share=D("0.30"), retention_share=D("0.05"), periods=3,
                 annual_rate=D("0.06"), first_due_on=date(2025, 4, 30))
    )  # fmt: skip
    owed = world.debts(sent)
    world.paid(company, [(owed["DEPOSIT"], str(owed["DEPOSIT"].amount)), (owed["DOWN"], str(owed["DOWN"].amount))],
               total=str(owed["DEPOSIT"].amount + owed["DOWN"].amount + 1700 + 129 * number))  # fmt: skip
    fire(
        sent, "dispatch", by=world["clerk"], line=world.row(m.ContractLine, contract_id=sent.id), receiver=f"收货人{sign}",
        receiver_phone=f"1371{number}000005", driver=f"司机{sign}", plate=f"皖{sign}", is_checked=True, check_note=f"交接{sign}",
    )  # fmt: skip
    debt = create(
        m.Receivable,
        {
            "customer": company,
            "kind": ReceivableKind.PART,
            "amount": D(9000 + 417 * number),
            "due_on": date(2025, 2, 1),
            "remark": f"期初{sign}",
        },
        by=world["finance"],
    )
    coupon = next(c for c in world.rows(m.Coupon, customer_id=company.id) if c.contract_id == sent.id)
    paid = world.receipt(
        company, [(debt, "1000")], funds=[{"kind": FundKind.COUPON, "coupon": coupon, "amount": D(1000)}]
    )
    fire(paid, "confirm", by=world["finance"])
    world.receipt(company, [(world.debts(approved)["DEPOSIT"], str(2000 + 523 * number))])
    parts(world, seller, sign, number, company, shelf)
    visit = world.row(m.VisitTask, customer_id=company.id)
    fire(visit, "complete", by=world["visits"], lines=answered(visit.source), answer=f"客户说{sign}")
    again = create(
        m.VisitTask, {"customer": company, "planned_on": date(2025, 3, 1), "remark": f"再访{sign}"}, by=world["visits"]
    )
    link(again, world["visits"])
    unit = world.row(m.MachineUnit, serial_number=f"SN{sign}0002")
    said = complains(world, company, unit, content=f"异响{sign}")
    fire(said, "uphold", by=world["service_manager"], opinion=f"内泄{sign}")
    held = world.row(m.Retention, contract_id=sent.id)
    fire(held, "deduct", by=world["finance"], amount=D(700 + number), reason=f"补偿{sign}")


def parts(world: World, seller: str, sign: str, number: int, company: m.Customer, shelf: str = "ZK") -> None:
    """Parts quoted, sold, shipped and taken back."""
    me, store = world[seller], world.row(m.Warehouse, code=shelf)
    part = world.row(m.Part, part_number="LX-1001")
    quotation = create(
        m.PartQuotation,
        {"customer": company, "valid_until": date(2025, 4, 30), "remark": f"报价{sign}", "lines": [{"part": part, "quantity": D(2), "unit_price": D(1180 + number)}]},
        by=me,
    )  # fmt: skip
    fire(quotation, "send", by=me)
    fire(quotation, "agree", by=me, agreed_by=f"同意人{sign}", agreed_proof=f"微信{sign}")
    sale = create(
        m.PartSale,
        {"quotation": quotation, "sale_type": world.row(m.SaleType, code="walk_in"), "warehouse": store, "receiver": f"配件收货{sign}",
         "receiver_address": f"配件地址{sign}"},
        by=me,
    )  # fmt: skip
    fire(sale, "submit", by=me)
    fire(sale, "approve", by=world["sales_manager"])
    debt = world.row(m.Receivable, sale_id=sale.id)
    world.paid(company, [(debt, str(debt.amount))])
    paper = world.row(m.PartOutbound, sale_id=sale.id)
    fire(
        paper,
        "ship",
        by=world["keeper"],
        lines=[{"id": line.id, "quantity": D(2)} for line in paper.lines],
        express_number=f"SF{number}99887766",
    )
    sold = world.row(m.PartSale, id=sale.id).lines[0]
    back = create(
        m.SaleReturn,
        {"sale": sale, "warehouse": store, "reason": f"多买{sign}", "lines": [{"sale_line": sold, "quantity": D(1)}]},
        by=world["clerk"],
    )
    fire(back, "receive", by=world["keeper"])
    create(
        m.PartQuotation,
        {
            "customer": company,
            "valid_until": date(2025, 4, 30),
            "lines": [{"part": part, "quantity": D(1), "unit_price": D(999)}],
        },
        by=me,
    )


def store(world: World) -> None:
    """A main store with filters on its shelves."""
    category = create(m.PartCategory, {"code": "LX", "name": "滤芯"})
    create(m.Part, {"part_number": "LX-1001", "name": "液压滤芯", "category": category, "retail_price": D(180)})
    create(m.Supplier, {"name": "滤清器厂", "kind": SupplierKind.PART})
    shelves(world, "ZK", "总库", "keeper", "FWB")


def shelves(world: World, code: str, name: str, keeper: str, department: str) -> m.Warehouse:
    """A main store of this keeper with fifty filters bought for it."""
    main = create(
        m.Warehouse,
        {"code": code, "name": name, "kind": WarehouseKind.MAIN, "department": world.row(m.Department, code=department),
         "keepers": [{"employee_id": world[keeper].employee_id}]},
    )  # fmt: skip
    world.people[keeper] = actor_of(world[keeper].user_id or 0, keeper)
    lines = [{"part": world.row(m.Part, part_number="LX-1001"), "quantity": D(50), "unit_price": D(100)}]
    paper = create(
        m.PurchaseOrder,
        {"supplier": world.row(m.Supplier, name="滤清器厂"), "warehouse": main, "lines": lines},
        by=world["buyer"],
    )
    fire(paper, "submit", by=world["buyer"])
    fire(paper, "approve", by=world["finance"])
    receipt = world.row(m.InboundReceipt, order_id=paper.id)
    fire(receipt, "receive", by=world[keeper], lines=[{"id": line.id, "quantity": D(50)} for line in receipt.lines])
    return main


# -- whose is what: read from the tables, without the rules that are on trial ------------------------------------


def raw(entity: type[m.Entity], *where: Any) -> list[Any]:
    """Rows of a table as they stand, past the session's rules."""
    table = entity.__table__
    return list(db.session.execute(sa.select(table).where(*where)).all())


def _ids_of(seller_id: int) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}

    def keep(entity: type[m.Entity], *where: Any) -> list[int]:
        found[entity.__name__] = [row.id for row in raw(entity, *where)]
        return found[entity.__name__]

    keep(m.Contact, m.Contact.__table__.c.salesperson_id == seller_id)
    customers = keep(m.Customer, m.Customer.__table__.c.salesperson_id == seller_id)
    contracts = keep(m.MachineContract, m.MachineContract.__table__.c.salesperson_id == seller_id)
    keep(m.Notification, m.Notification.__table__.c.to_id == seller_id)
    for entity in ENTITIES.values():
        columns = entity.__table__.c
        if entity.__name__ in found:
            continue
        if "customer_id" in columns:
            keep(entity, columns.customer_id.in_(customers))
        elif "contract_id" in columns:
            keep(entity, columns.contract_id.in_(contracts))
    lines = m.ContractLine.__table__
    units = {row.unit_id for row in raw(m.ContractLine, lines.c.contract_id.in_(contracts)) if row.unit_id}
    keep(m.MachineUnit, m.MachineUnit.__table__.c.id.in_(units))
    keep(m.MachineInbound, m.MachineInbound.__table__.c.unit_id.in_(units))
    for entity in ENTITIES.values():  # lines go with their papers
        for column in entity.__table__.c:
            parent = next((fk.column.table.name for fk in column.foreign_keys if fk.ondelete == "CASCADE"), None)
            header = next((name for name in found if ENTITIES[name].__tablename__ == parent), None)
            if header is not None:
                keep(entity, column.in_(found[header]))
    keep(m.CouponEntry, m.CouponEntry.__table__.c.coupon_id.in_(found["Coupon"]))
    return found


def _words_of(entity: str, ids: list[int]) -> set[str]:
    words: set[str] = set()
    for row in raw(ENTITIES[entity], ENTITIES[entity].__table__.c.id.in_(ids)):
        for value in row:
            if isinstance(value, str) and len(value) >= 4 and not re.fullmatch("[a-z ]+", value):
                words.add(value)
            elif isinstance(value, D) and value >= 1000:
                words.add(f"{value:,.2f}")
    return words


def _side(mine: dict[str, list[int]], others: dict[str, list[int]]) -> Side:
    shared = set().union(*(_words_of(name, ids) for name, ids in others.items()))
    for entity in ENTITIES:
        if entity not in mine or entity in ("MachineUnit",):
            rest = [r.id for r in raw(ENTITIES[entity])] if entity not in mine else []
            shared |= _words_of(entity, rest) if entity not in ("StateChange", "AuditLog", "RequestKey") else set()
    words = {name: _words_of(name, ids) - shared for name, ids in mine.items()}
    return Side(mine, words)


def build(site: World) -> tuple[Side, Side]:
    """Tell both stories in the database that is open; gives X's and Y's side."""
    with site.app.app_context(), clock.on(START), acting_as(SYSTEM):
        strangers(site)
        store(site)
        books(site, "sales1", "甲字一", 1)
        books(site, "sales2", "乙字二", 2)
        ids = [_ids_of(site[name].employee_id or 0) for name in ("sales1", "sales2")]
        sides = (_side(ids[0], ids[1]), _side(ids[1], ids[0]))
        db.session.remove()
    return sides


def people(site: World) -> dict[str, Actor]:
    user = sa.table("ab_user", sa.column("id"), sa.column("username"))
    with site.app.app_context():
        found = {
            row.username: actor_of(row.id, row.username)
            for row in db.session.execute(sa.select(user.c.id, user.c.username)).all()
        }
        db.session.remove()
    return found


# -- reading answers --------------------------------------------------------------------------------------------


def text(answer: Any) -> str:
    """What a person could read in an answer: HTML and JSON as they are, a workbook as its cells."""
    data = answer.get_data()
    if data[:2] == b"PK":
        return "\n".join("\t".join(row) for row in xlsx(data))
    words = data.decode("utf-8", "replace")
    if answer.mimetype == "application/json":
        return words.encode().decode("unicode_escape")
    return words


def xlsx(data: bytes) -> list[list[str]]:
    """The rows of the first sheet, as text."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    return [
        ["" if cell is None else str(cell) for cell in row] for row in book.worksheets[0].iter_rows(values_only=True)
    ]


def csv_rows(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))


def leaked(answer: Any, markers: set[str]) -> list[str]:
    """Which of the words an answer gives away."""
    words = text(answer)
    return [marker for marker in markers if marker in words]


def options(answer: Any) -> set[int]:
    """The ids a drop-down offers."""
    return {entry["id"] for entry in answer.get_json()["results"]}


def row_ids(answer: Any, screen: Screen) -> set[int]:
    """The ids a list links to."""
    return {int(pk) for pk in re.findall(rf"{base(screen)}/show/(\d+)", answer.get_data(as_text=True))}


def fingerprint(*without: str) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every business table as it stands; journals of looking (logins, exports, sessions) are left out."""
    skip = {"login_session", "login_attempt", "export_log", "request_key", *without}
    found = {}
    for entity in ENTITIES.values():
        if entity.__tablename__ not in skip:
            table = entity.__table__
            found[entity.__tablename__] = [
                tuple(row) for row in db.session.execute(sa.select(table).order_by(table.c.id))
            ]
    db.session.rollback()
    return found


def as_form(value: Any) -> str:
    """A value as a browser would post it."""
    if isinstance(value, m.Entity):
        return str(value.id)
    if isinstance(value, date | datetime):
        return value.isoformat()
    return getattr(value, "name", None) or str(value)


def bank(world: World) -> m.FundAccount:
    return world.row(m.FundAccount, kind=AccountKind.BANK)
