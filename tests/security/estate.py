"""Two houses under one roof: people, yards, stores and papers of one share nothing with the other's but the catalogue.

`own` rows belong to the house of sales1 and keeper, `others` to that of sales3 and keeper2: another salesperson,
department and keeper at once. A role whose grant is not on all rows must never meet a row of `others`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal as D
from typing import Any

import sqlalchemy as sa

from app import clock
from app import models as m
from app.actor import SYSTEM, acting_as
from app.database import db
from app.enums import ExpenseKind, InboundKind, UnitCondition, WarehouseKind
from app.models import ENTITIES
from app.unit_of_work import create, fire
from tests.kit import START, World
from tests.security import lab
from tests.security.test_secrets import ACCOUNTS

GUEST = "nobody"
WHO = {GUEST: None, **ACCOUNTS}


@dataclass
class Estate:
    """The dealer, and one row per entity of each house; entities nobody owns have a row in `own` only."""

    site: World
    own: dict[str, int] = field(default_factory=dict)
    others: dict[str, int] = field(default_factory=dict)
    names: dict[str, set[str]] = field(default_factory=dict)  # how rows of the other house are called, by entity

    def mine(self, role: str, entity: str) -> int | None:
        """A row of this person's own house; where a row is about a person, his own."""
        if role != GUEST and entity == "Employee":
            return self.site[ACCOUNTS[role]].employee_id
        if role != GUEST and entity == "Notification":
            return self.own[f"Notification of {role}"]
        return self.own.get(entity)


def build(site: World) -> Estate:
    """Tell both houses' stories in the database that is open."""
    estate = Estate(site)
    with site.app.app_context(), clock.on(START), acting_as(SYSTEM):
        start = _last()
        lab.store(site)
        _house(site, "sales1", "甲字一", 1, "ZJ1", "ZK", "keeper")
        middle = _last()
        lab.strangers(site)
        first = {name: site[name] for name in ("keeper", "sales_manager")}
        site.people |= {"keeper": site["keeper2"], "sales_manager": site["sales_manager2"]}
        lab.shelves(site, "ZK9", "二手总库", "keeper2", "ESJ")
        site.people["keeper"] = site["keeper2"]
        _house(site, "sales3", "丙字三", 3, "ZJ3", "ZK9", "keeper2")
        site.people.update(first)
        for role, account in ACCOUNTS.items():
            notice = m.Notification(to_id=site[account].employee_id, subject=f"通知{role}")
            db.session.add(notice)
            db.session.flush()
            estate.own[f"Notification of {role}"] = notice.id
        db.session.commit()
        for name, entity in ENTITIES.items():
            ids = list(db.session.scalars(sa.select(entity.__table__.c.id).order_by(entity.__table__.c.id)))
            ours = [i for i in ids if start[name] < i <= middle[name]] or [i for i in ids if i <= middle[name]]
            estate.own |= {name: ours[0]} if ours else {}
            theirs = [i for i in ids if i > middle[name]]
            if theirs and name != "Notification":
                estate.others[name] = theirs[0]
                estate.names[name] = _names(entity, theirs)
        estate.others["Employee"] = site["sales3"].employee_id or 0
        estate.others["Notification"] = site.rows(m.Notification, to_id=site["sales3"].employee_id)[0].id
        db.session.remove()
    return estate


def _last() -> dict[str, int]:
    return {
        name: db.session.scalar(sa.select(sa.func.coalesce(sa.func.max(e.__table__.c.id), 0)))
        for name, e in ENTITIES.items()
    }


def _names(entity: type[m.Entity], ids: list[int]) -> set[str]:
    """Numbers and names that stand for these rows alone."""
    columns = [c for n in ("number", "name", "serial_number") if (c := entity.__table__.c.get(n)) is not None]
    rows = db.session.execute(sa.select(*columns).where(entity.__table__.c.id.in_(ids))).all() if columns else []
    return {str(value) for row in rows for value in row if value}


def _house(site: World, seller: str, sign: str, number: int, yard: str, shelf: str, keeper: str) -> None:
    lab.books(site, seller, sign, number, yard, shelf)
    store, part = site.row(m.Warehouse, code=shelf), site.row(m.Part, part_number="LX-1001")
    lines = [{"part": part, "quantity": D(3)}]
    department = store.department
    branch = create(
        m.Warehouse,
        {"code": f"{shelf}B", "name": f"分库{sign}", "kind": WarehouseKind.BRANCH, "department": department,
         "keepers": [{"employee_id": site[keeper].employee_id}]},
    )  # fmt: skip
    site.people[keeper] = lab.actor_of(site[keeper].user_id or 0, keeper)
    create(m.StockTransfer, {"source": store, "target": branch, "lines": lines}, by=site[keeper])
    create(m.StockCount, {"warehouse": branch}, by=site[keeper])
    buys = [{"part": part, "quantity": D(3), "unit_price": D(90 + number)}]
    supplier = site.row(m.Supplier, name="滤清器厂")
    create(m.PurchaseOrder, {"supplier": supplier, "warehouse": store, "lines": buys}, by=site["buyer"])
    create(
        m.MachineInbound,
        {"kind": InboundKind.PURCHASE, "supplier": site.row(m.Supplier, name="恒拓重工股份有限公司"),
         "model": site.row(m.MachineModel, model="HT215"), "serial_number": f"NEW{sign}", "condition": UnitCondition.NEW,
         "warehouse": site.row(m.Warehouse, code=yard), "gross_amount": D(800_000)},
        by=site["buyer"],
    )  # fmt: skip
    create(m.Bin, {"warehouse": store, "code": f"A-{number}", "name": f"货架{sign}"}, by=site[keeper])
    customer = site.rows(m.Customer, salesperson_id=site[seller].employee_id)[-1]
    create(
        m.CouponIssue,
        {
            "customer": customer,
            "type": site.rows(m.CouponType)[0],
            "face_amount": D(300 + number),
            "reason": f"回馈{sign}",
        },
        by=site[seller],
    )
    create(
        m.WorkOrder,
        {"customer": customer, "machine_text": f"旧机{sign}", "fault": f"漏油{sign}"},
        by=site["service_manager"],
    )
    _money(site, number, supplier)
    _short(site, seller, number, store, part)


def _short(site: World, seller: str, number: int, store: m.Warehouse, part: m.Part) -> None:
    """A sale that waits for goods, what is proposed because of it, and a return to the supplier in draft."""
    me = site[seller]
    customer = site.rows(m.Customer, salesperson_id=me.employee_id)[-1]
    kind = site.row(m.SaleType, code="walk_in")
    lines = [{"part": part, "quantity": D(90), "unit_price": D(200 + number)}]
    offer = create(m.PartQuotation, {"customer": customer, "valid_until": date(2025, 4, 30), "lines": lines}, by=me)
    fire(offer, "send", by=me)
    fire(offer, "agree", by=me, agreed_by="客户", agreed_proof="微信")
    sale = create(m.PartSale, {"quotation": offer, "sale_type": kind, "warehouse": store}, by=me)
    fire(sale, "submit", by=me)
    fire(sale, "approve", by=site["gm"], despite_shortage=True)
    receipt = site.rows(m.InboundReceipt, warehouse_id=store.id)[0]
    create(
        m.PurchaseReturn,
        {"receipt": receipt, "reason": "破损", "lines": [{"receipt_line": receipt.lines[0], "quantity": D(1)}]},
        by=site["buyer"],
    )


def _money(site: World, number: int, supplier: m.Supplier) -> None:
    """A payment in draft, and what the workshop used up."""
    debt = next(row for row in reversed(site.rows(m.Payable)) if row.supplier_id == supplier.id)
    create(
        m.Payment,
        {"supplier": supplier, "account": lab.bank(site), "lines": [{"payable": debt, "amount": D(100 + number)}]},
        by=site["finance"],
    )
    values: dict[str, Any] = {
        "kind": next(iter(ExpenseKind)),
        "amount": D(7),
        "origin": "PartSale",
        "origin_id": number,
    }
    db.session.add(m.Expense(**values, origin_number=f"XS{number}", number=f"FY-T-{number}", department_id=1))
    db.session.commit()
