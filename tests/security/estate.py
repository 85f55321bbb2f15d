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
from app.enums import (
    EXPENSES_BY_HAND,
    ChannelKind,
    ChargeKind,
    CheckKind,
    ExpenseKind,
    FeeKind,
    FeeNature,
    InboundKind,
    UnitCondition,
    WarehouseKind,
    WorkOrderKind,
    WorkOrderState,
)  # fmt: skip
from app.models import ENTITIES
from app.unit_of_work import create, fire, together
from app.workflows.service import maintenance
from app.workflows.system import outbox
from tests.kit import START, World, id_card
from tests.security import lab
from tests.security.test_secrets import ACCOUNTS

GUEST = "nobody"
WHO = {GUEST: None, **ACCOUNTS}
PERSONAL = ("Notification", "SavedView")  # each person has his own


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
        if role != GUEST and entity in PERSONAL:
            return self.own[f"{entity} of {role}"]
        return self.own.get(entity)


def build(site: World) -> Estate:
    """Tell both houses' stories in the database that is open."""
    estate = Estate(site)
    with site.app.app_context(), clock.on(START), acting_as(SYSTEM):
        start = _last()
        lab.store(site)
        _outside(site)
        _house(site, "sales1", "甲字一", 1, "ZJ1", "ZK", "keeper")
        middle = _last()
        lab.strangers(site)
        first = {name: site[name] for name in ("keeper", "sales_manager")}
        site.people |= {"keeper": site["keeper2"], "sales_manager": site["sales_manager2"]}
        lab.shelves(site, "ZK9", "二手总库", "keeper2", "ESJ")
        site.people["keeper"] = site["keeper2"]
        _house(site, "sales3", "丙字三", 3, "ZJ3", "ZK9", "keeper2")
        site.people.update(first)
        for complaint in site.rows(m.Complaint):
            if complaint.id > middle["Complaint"]:  # there is one service manager only; theirs is looked after there
                complaint.owner_id = site["sales3"].employee_id
        for role, account in ACCOUNTS.items():
            notice = m.Notification(to_id=site[account].employee_id, subject=f"通知{role}")
            db.session.add(notice)
            db.session.flush()
            estate.own[f"Notification of {role}"] = notice.id
            view = m.SavedView(owner_id=site[account].employee_id, screen="CustomerView", name=f"方案{role}")
            db.session.add(view)
            db.session.flush()
            estate.own[f"SavedView of {role}"] = view.id
        db.session.commit()
        for name, entity in ENTITIES.items():
            ids = list(db.session.scalars(sa.select(entity.__table__.c.id).order_by(entity.__table__.c.id)))
            ours = [i for i in ids if start[name] < i <= middle[name]] or [i for i in ids if i <= middle[name]]
            estate.own |= {name: ours[0]} if ours else {}
            theirs = [i for i in ids if i > middle[name]]
            if theirs and name not in PERSONAL:
                estate.others[name] = theirs[0]
                estate.names[name] = _names(entity, theirs)
        estate.others["Employee"] = site["sales3"].employee_id or 0
        db.session.add(m.SavedView(owner_id=site["sales3"].employee_id or 0, screen="CustomerView", name="丙的方案"))
        db.session.commit()
        estate.others["SavedView"] = site.rows(m.SavedView, owner_id=site["sales3"].employee_id)[0].id
        estate.names["SavedView"] = {"丙的方案"}
        estate.others["Notification"] = site.rows(m.Notification, to_id=site["sales3"].employee_id)[0].id
        db.session.remove()
    return estate


def _outside(site: World) -> None:
    """A channel out of the house, what one person wants through it, and a message that waits."""
    channel = create(m.NoticeChannel, {"name": "售后群", "kind": ChannelKind.WEBHOOK}, by=site["sysadmin"])
    fire(channel, "set_address", by=site["sysadmin"], address="json://127.0.0.1:1/hook")
    fire(channel, "try_out", by=site["sysadmin"])
    outbox.prefer(site["clerk"].employee_id or 0, "sunli@example.com", ["MachineContract"])
    db.session.commit()


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
    _papers(site, seller, sign)
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
    create(
        m.ServicePackage,
        {"customer": customer, "times": 2, "valid_until": date(2025, 12, 31), "reason": f"赠送{sign}"},
        by=site["service_manager"],
    )
    _file(site, seller, number, customer)
    create(
        m.ChecklistTemplate,
        {
            "name": f"检查表{sign}",
            "kind": list(WorkOrderKind)[number],
            "items": [{"text": "机油", "kind": CheckKind.YES_NO}],
        },
        by=site["service_manager"],
    )
    _warranty(site, sign, number, part)
    _money(site, number, supplier)
    _paid_too_much(site, number, customer)
    _short(site, seller, number, store, part)


def _file(site: World, seller: str, number: int, customer: m.Customer) -> None:
    """What is kept of a customer: what was talked about, what he owns, where he works, who stands in, who gave him away."""
    me = site[seller]
    create(m.FollowUp, {"customer": customer, "content": f"想要第{number}台"}, by=me)
    create(m.CustomerAsset, {"customer": customer, "name": f"住房{number}"}, by=me)
    create(m.CustomerSite, {"customer": customer, "name": f"工地{number}"}, by=me)
    contract = site.rows(m.MachineContract, salesperson_id=me.employee_id)[0]
    values = {"name": f"保人{number}", "id_number": id_card(700 + number), "mobile": f"1390008{number:04d}"}
    db.session.add(m.Guarantor(contract_id=contract.id, **values))
    db.session.add(
        m.OwnerTransfer(customer=customer, giver_id=me.employee_id, taker_id=me.employee_id, reason=f"调整{number}")
    )
    db.session.commit()


def _warranty(site: World, sign: str, number: int, part: m.Part) -> None:
    """A part under warranty on the machine that was sold, its old part, the claim; and the next service."""
    unit, tech = site.row(m.MachineUnit, serial_number=f"SN{sign}0002"), site["tech1" if number == 1 else "tech2"]
    order = create(
        m.WorkOrder,
        {"customer": unit.owner_customer, "unit": unit, "fault": f"三包{sign}"},
        by=site["service_manager"],
    )
    used = m.WorkOrderPart(
        work_order_id=order.id, part_id=part.id, quantity=D(1), technician_id=tech.employee_id, consumed_at=clock.now(),
        warehouse_id=site.row(m.Warehouse, owner_id=tech.employee_id).id, charge_kind=ChargeKind.WARRANTY,
    )  # fmt: skip
    order.state = WorkOrderState.REVIEWED
    db.session.add(used)
    db.session.flush()
    values = {"number": f"JJ-T-{number}", "department_id": order.department_id, "work_order_id": order.id}
    db.session.add(m.OldPart(used_id=used.id, part_id=part.id, quantity=D(1), technician_id=tech.employee_id, **values))
    db.session.commit()
    create(m.WarrantyClaim, {"work_order": order, "labour_amount": D(150 + number)}, by=site["service_manager"])
    together(lambda: maintenance.remind(unit.id, clock.today()))


def _papers(site: World, seller: str, sign: str) -> None:
    """A cancellation and a withdrawal in draft."""
    sold = site.rows(m.MachineContract, salesperson_id=site[seller].employee_id)[-1]
    create(m.ContractCancellation, {"contract": sold, "reason": f"停工{sign}"}, by=site["clerk"])
    ours = {c.id for c in site.rows(m.MachineContract, salesperson_id=site[seller].employee_id)}
    sent = next(d for d in site.rows(m.MachineDispatch) if d.contract_id in ours)
    create(m.DispatchWithdrawal, {"dispatch": sent, "reason": f"装错{sign}"}, by=site["clerk"])
    yard = sent.warehouse
    create(m.MachineReturn, {"dispatch": sent, "warehouse": yard, "reason": f"太小{sign}"}, by=site["clerk"])
    model, coupon = site.row(m.MachineModel, model="HT215"), site.rows(m.CouponType)[0]
    price = D(1_000_000 + sold.id)
    terms = {
        "lines": [{"model": model, "unit_price": price}],
        "fees": [{"kind": FeeKind.GPS, "nature": FeeNature.REVENUE, "amount": D(1000)}],
        "gifts": [{"coupon_type": coupon, "face_amount": D(200)}],
    }
    create(m.ContractAmendment, {"contract": sold, "reason": f"降价{sign}"} | terms, by=site["clerk"])
    lines = [{"model": model, "pieces": 1, "unit_price": price}]
    supplier = site.row(m.Supplier, name="恒拓重工股份有限公司")
    create(m.MachinePurchase, {"supplier": supplier, "warehouse": yard, "lines": lines}, by=site["buyer"])


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


def _paid_too_much(site: World, number: int, customer: m.Customer) -> None:
    """Prepaid money that its customer wants back."""
    site.paid(customer, [], total=str(500 + number))
    values = {"customer": customer, "amount": D(100 + number), "reason": "客户要求退还"}
    create(m.PrepaidRefund, values, by=site["clerk"])
    spent = {"kind": EXPENSES_BY_HAND[0], "amount": D(30 + number), "reason": f"过路费{number}"}
    create(m.ClaimedExpense, spent, by=site["clerk"])


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
