"""The demo's history, told in order: who did what on which day, counted back from the last business day."""

from __future__ import annotations

import random
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any, TypeVar

import sqlalchemy as sa
from flask_appbuilder.security.sqla.models import User
from stdnum.cn import ric, uscc

from .. import clock, enums, scope
from .. import models as m
from ..actor import SYSTEM, Actor, acting_as
from ..database import db
from ..ledgers import receivable
from ..screens.security import actor_of
from ..unit_of_work import create, fire
from ..workflows.organisation import account
from . import people as cast
from .attachments import AttachmentStory
from .contracts import ContractStory
from .coupons import CouponStory
from .credit import CreditStory
from .crm import CrmStory
from .desks import DeskStory
from .given_up import GivenUpStory
from .house import HouseStory
from .lists import ListStory
from .money import MoneyStory
from .parts import PartsStory
from .payment_modes import PaymentModeStory
from .quality import QualityStory, answered
from .service import ServiceStory

PASSWORD = "tiema-demo"
D = Decimal
E = TypeVar("E", bound=m.Entity)


def is_empty() -> bool:
    """Whether nobody works here yet."""
    return not db.session.scalar(sa.select(sa.func.count()).select_from(User.__table__))


def build(today: date) -> None:
    """Fill an empty, provisioned database with the demo dealer; the same day gives the same books."""
    Demo(today).tell()


class Demo:
    """The dealer while it is being built."""

    def __init__(self, today: date) -> None:
        self.today = today
        self.chance = random.Random(20)  # noqa: S311 - a story, not a secret
        self.who: dict[str, Actor] = {}
        self.serial = 0

    def on(self, days_ago: int) -> Any:
        """A working day in the past, at a working hour."""
        return clock.on(
            self.today - timedelta(days=days_ago), time(self.chance.randrange(9, 18), self.chance.randrange(60))
        )

    def do(self, who: str) -> Any:
        return acting_as(self.who[who])

    def only(self, entity: type[E], **by: Any) -> E:
        """The one row with these values."""
        return db.session.scalars(sa.select(entity).filter_by(**by)).one()

    def rows(self, entity: type[E], **by: Any) -> list[E]:
        """All rows with these values, the oldest first."""
        return list(db.session.scalars(sa.select(entity).filter_by(**by).order_by(entity.id)))

    def refresh(self, username: str) -> None:
        """Somebody got new warehouses or departments."""
        self.who[username] = actor_of(self.who[username].user_id or 0, username)

    def tell(self) -> None:
        """The whole story."""
        with self.on(420):
            self.staff()
            self.master_data()
        with self.on(400):
            self.machines()
        with self.on(390):
            self.customers()
        self.crm = CrmStory(self)
        self.contracts()
        ContractStory(self).tell()
        self.crm.tell()
        self.parts_debt_and_coupon()
        CreditStory(self).tell()
        parts = PartsStory(self)
        parts.tell()
        PaymentModeStory(self).tell()
        ServiceStory(self).tell()
        QualityStory(self).tell()
        CouponStory(self).tell()
        MoneyStory(self).tell()
        self.channels()
        HouseStory(self).tell()
        ListStory(self).tell()
        DeskStory(self, parts).tell()
        GivenUpStory(self).tell()
        AttachmentStory(self).tell()
        self.old_notices_read()

    def channels(self) -> None:
        """A group robot that waits for its address and for somebody to switch it on: the demo calls nobody."""
        with self.on(3), self.do("sysadmin"):
            create(m.NoticeChannel, {"name": "销售审批群", "kind": enums.ChannelKind.WECOM})

    def staff(self) -> None:
        with acting_as(SYSTEM):
            departments = {name: create(m.Department, {"code": code, "name": name}) for code, name in cast.DEPARTMENTS}
            head = departments["总经办"]
            for index, (username, name, number, department, post, role) in enumerate(cast.PEOPLE):
                employee = create(
                    m.Employee,
                    {
                        "staff_number": number,
                        "name": name,
                        "mobile": f"138551200{index:02d}",
                        "department": departments[department],
                        "post": post,
                        "is_technician": role == "technician",
                        "is_salesperson": role == "salesperson",
                    },
                )
                with scope.elevated():
                    user = account.add(username, employee, [role], PASSWORD, must_change=False, is_demo=True)
                    employee.user_id = user.id
                    user_id = user.id
                    db.session.commit()
                self.who[username] = actor_of(user_id, username)
            self.departments, self.head = departments, head

    def master_data(self) -> None:
        with self.do("sysadmin"):
            self.tags = [
                create(m.Tag, {"name": n, "group": enums.TagGroup[g], "colour": enums.TagColour[c], "sort": i * 10})
                for i, (n, g, c) in enumerate(cast.TAGS)
            ]
            self.models = {
                model: create(
                    m.MachineModel,
                    {
                        "brand": brand,
                        "model": model,
                        "category": enums.MachineCategory[category],
                        "tonnage": D(tons),
                        "list_price": D(price),
                        "floor_price": D(floor),
                    },
                )
                for brand, model, category, tons, price, floor in cast.MODELS
            }
            keeper = self.who["keeper"].employee_id
            sales = self.departments["整机销售部"]
            self.yards = [
                create(
                    m.Warehouse,
                    {
                        "code": code,
                        "name": name,
                        "kind": enums.WarehouseKind.MACHINE,
                        "department": sales,
                        "address": address,
                        "keepers": [{"employee_id": keeper}],
                    },
                )
                for code, name, address in (
                    ("ZJ1", "合肥整机库", "合肥市经开区锦绣大道 88 号"),
                    ("ZJ2", "芜湖整机库", "芜湖市鸠江区港湾路 16 号"),
                )
            ]
            self.refresh("keeper")
            self.coupon_type = create(m.CouponType, {"name": "配件代金券", "scope": enums.CouponScope.PART})
            create(m.CouponType, {"name": "保养服务券", "scope": enums.CouponScope.SERVICE, "valid_days": 180})
        with self.do("buyer"):
            self.oem = create(
                m.Supplier,
                {
                    "name": "恒拓重工股份有限公司",
                    "kind": enums.SupplierKind.OEM,
                    "contact_name": "方经理",
                    "phone": "0551-65432100",
                    "payment_days": 60,
                },
            )
            self.oem2 = create(
                m.Supplier,
                {
                    "name": "山岳机械制造有限公司",
                    "kind": enums.SupplierKind.OEM,
                    "contact_name": "严经理",
                    "phone": "0553-3812345",
                    "payment_days": 45,
                },
            )
            create(
                m.Supplier,
                {
                    "name": "皖通大件物流有限公司",
                    "kind": enums.SupplierKind.CARRIER,
                    "contact_name": "罗师傅",
                    "phone": "13905510001",
                },
            )
            for name, kind, contact in (
                ("江淮银行合肥分行", enums.SupplierKind.BANK, "客户经理孙倩"),
                ("恒拓融资租赁有限公司", enums.SupplierKind.LESSOR, "业务经理赵亮"),
                ("中安财产保险合肥支公司", enums.SupplierKind.INSURER, "查勘员周敏"),
            ):
                create(m.Supplier, {"name": name, "kind": kind, "contact_name": contact})
        with self.do("finance"):
            self.bank = create(
                m.FundAccount,
                {
                    "name": "工行基本户",
                    "kind": enums.AccountKind.BANK,
                    "account_number": "1302 0101 0930 0088 6",
                    "opening_amount": D("1260000"),
                },
            )
            self.cash = create(
                m.FundAccount, {"name": "现金", "kind": enums.AccountKind.CASH, "opening_amount": D("20000")}
            )
            create(m.FundAccount, {"name": "微信收款", "kind": enums.AccountKind.WECHAT})

    def machines(self) -> None:
        """25 machines come in; two more papers wait for the keeper."""
        plan = ["HT75"] * 6 + ["HT215"] * 9 + ["HT370"] * 3 + ["SL956"] * 5 + ["SR220"] * 2
        self.units: dict[str, list[m.MachineUnit]] = {}
        later = {13: 200, 14: 120, 17: 60, 24: 30}  # the last ones of a model come when the others are sold
        for index, name in enumerate(plan):
            day = self.today - timedelta(days=later[index]) if index in later else clock.today()
            with clock.on(day), self.do("buyer"):
                paper = self._inbound(name, self.yards[index % 4 == 3], index + 1)
            with clock.on(day), self.do("keeper"):
                fire(paper, "receive", inspection=enums.InspectionResult.PASS)
                self.units.setdefault(name, []).append(paper.unit)  # type: ignore[arg-type]
        with self.on(1), self.do("buyer"):
            for name in ("HT215", "SL956"):
                self._inbound(name, self.yards[0], 40 + len(name))

    def _inbound(self, name: str, yard: m.Warehouse, number: int) -> m.MachineInbound:
        model = self.models[name]
        self.serial += 1
        return create(
            m.MachineInbound,
            {
                "kind": enums.InboundKind.PURCHASE,
                "supplier": self.oem if name.startswith("HT") else self.oem2,
                "model": model,
                "serial_number": f"{name}-{self.serial:04d}",
                "engine_number": f"E{20250000 + number}",
                "condition": enums.UnitCondition.NEW,
                "year": self.today.year - 1,
                "warehouse": yard,
                "gross_amount": model.floor_price * D("0.9"),
            },
        )

    def customers(self) -> None:
        self.customers: list[tuple[m.Customer, m.Contact, str]] = []
        for index, (name, person, city, industry, seller) in enumerate(cast.COMPANIES):
            with self.do(seller):
                me = self.who[seller].employee_id
                talker = create(
                    m.Contact, self._contact(person, index, city, me) | {"position": enums.Position.LEGAL_REP}
                )
                company = create(
                    m.Customer,
                    {
                        "name": name,
                        "kind": enums.CustomerKind.COMPANY,
                        "credit_code": credit_code(index),
                        "legal_rep": person,
                        "mobile": talker.mobile,
                        "city": city,
                        "province": "江苏省" if city in ("徐州市", "南京市") else "安徽省",
                        "industry": enums.Industry[industry],
                        "salesperson_id": me,
                    },
                )
                self.customers.append((company, talker, seller))
                self._tag(company, index)
        for index, (name, city, seller) in enumerate(cast.PERSONS):
            with self.do(seller):
                talker = create(m.Contact, self._contact(name, index + 40, city, self.who[seller].employee_id))
                fire(talker, "convert", id_number=id_card(index))
                self.customers.append((talker.self_customer, talker, seller))  # type: ignore[arg-type]
                self._tag(talker.self_customer, index)  # type: ignore[arg-type]
        with self.do("sales1"):
            for index, name in enumerate(("龚小春", "石磊", "万里")):
                create(m.Contact, self._contact(name, index + 80, "合肥市", self.who["sales1"].employee_id))
        with self.do("clerk"):
            company, talker = self.customers[1][0], self.customers[1][1]
            create(
                m.CustomerContact,
                {"customer": company, "contact": talker, "relation": enums.Relation.LEGAL_REP, "is_primary": True},
            )

    def _contact(self, name: str, index: int, city: str, owner: int | None) -> dict[str, Any]:
        return {
            "name": name,
            "mobile": f"139560{index * 37 % 100000:05d}",
            "city": city,
            "intention": self.chance.choice(list(enums.Intention)),
            "intended_model": self.chance.choice(list(self.models.values())),
            "next_follow_on": self.today + timedelta(days=self.chance.randrange(-3, 20)),
            "salesperson_id": owner,
        }

    def _tag(self, customer: m.Customer, index: int) -> None:
        for tag in (self.tags[index % 3], self.tags[3 + index % 5]):
            create(m.CustomerTag, {"customer": customer, "tag": tag})

    # -- contracts ----------------------------------------------------------------------------------------------

    def contracts(self) -> None:
        """Twelve contracts, one in every corner of the flow."""
        instalment = {
            "pay_mode": enums.PayMode.INSTALMENT,
            "down_share": D("0.30"),
            "retention_share": D("0.05"),
            "periods": 12,
            "annual_rate": D("0.06"),
        }
        full = {"pay_mode": enums.PayMode.FULL}
        self._dispatched(0, "HT215", 250, instalment, gift=5000, instalments_paid=7)
        self._dispatched(8, "HT370", 180, full | {"retention_share": D("0.05")}, gift=8000)
        self._dispatched(
            16,
            "HT75",
            120,
            {"pay_mode": enums.PayMode.INSTALMENT, "down_share": D("0.40"), "periods": 6, "annual_rate": D("0.05")},
            instalments_paid=3,
        )
        self._dispatched(23, "SL956", 60, full, gift=2000, machines=2)
        paid = self._approved(3, "HT215", 12, instalment, gift=5000)
        self._pay_before_dispatch(paid, 10, D(1))
        part = self._approved(10, "HT215", 9, instalment)
        self._pay_before_dispatch(part, 8, D("0.5"))
        self._approved(17, "HT75", 5, full)
        waiting = self._drafted(4, "HT215", 4, instalment)
        with self.on(4), self.do("sales1"):
            fire(waiting, "submit")
        second = self._drafted(12, "SL956", 3, instalment)
        with self.on(3), self.do("sales2"):
            fire(second, "submit")
        with self.on(2), self.do("sales_manager"):
            fire(second, "approve", opinion="首付到位，同意")
        rejected = self._drafted(18, "HT370", 6, full, discount=D("0.90"))
        with self.on(6), self.do("sales1"):
            fire(rejected, "submit")
        with self.on(5), self.do("sales_manager"):
            fire(rejected, "reject", opinion="价格低于底价太多，请重新谈")
        self._drafted(24, "SR220", 1, full)
        void = self._drafted(11, "HT75", 30, full)
        with self.on(28), self.do("sales2"):
            fire(void, "void", reason="客户改买二手机")

    def _drafted(
        self,
        index: int,
        model: str,
        days_ago: int,
        terms: dict[str, Any],
        *,
        gift: int = 0,
        discount: Decimal = D(1),
        machines: int = 1,
    ) -> m.MachineContract:
        customer, talker, seller = self.customers[index]
        if terms["pay_mode"] is not enums.PayMode.FULL:
            self.crm.scan(index, days_ago)
        day = self.today - timedelta(days=days_ago)
        machine, units = self.models[model], self._free_units(model, machines)
        values = dict(terms) | {
            "customer": customer,
            "contact": talker,
            "signed_on": day,
            "delivery_place": f"{talker.city}工地",
        }
        if customer.kind is enums.CustomerKind.PERSON:
            values.pop("retention_share", None)
        if terms["pay_mode"] is not enums.PayMode.FULL:
            first = (day.replace(day=1) + timedelta(days=62)).replace(day=1) - timedelta(days=1)
            values |= {"first_due_on": first, "repay_day": 31}
        price = (machine.list_price * discount).quantize(D("1"))
        with self.on(days_ago), self.do(seller):
            return create(
                m.MachineContract,
                values
                | {
                    "deposit_amount": D(20000),
                    "lines": [{"model": machine, "unit": unit, "unit_price": price} for unit in units],
                    "fees": [
                        {"kind": enums.FeeKind.GPS, "nature": enums.FeeNature.REVENUE, "amount": D(3000)},
                        {
                            "kind": enums.FeeKind.INSURANCE,
                            "nature": enums.FeeNature.AGENCY,
                            "amount": (price * D("0.012")).quantize(D("1")),
                        },
                        *terms.get("fees", []),
                    ],
                    "gifts": [
                        *(
                            [{"coupon_type": self.coupon_type, "face_amount": D(gift), "valid_days": 365}]
                            if gift
                            else []
                        ),
                        *terms.get("gifts", []),
                    ],
                },
            )

    def _free_units(self, model: str, count: int) -> list[m.MachineUnit]:
        """Machines of a model that stand in a yard and are on no contract yet."""
        with acting_as(SYSTEM):
            free = (
                sa.select(m.MachineUnit)
                .join(m.MachineModel, m.MachineModel.id == m.MachineUnit.model_id)
                .where(m.MachineModel.model == model, m.MachineUnit.state == enums.UnitState.IN_STOCK)
                .where(~sa.exists().where(m.ContractLine.unit_id == m.MachineUnit.id))
                .order_by(m.MachineUnit.id)
                .limit(count)
            )
            return list(db.session.scalars(free))

    def _approved(self, index: int, model: str, days_ago: int, terms: dict[str, Any], **more: Any) -> m.MachineContract:
        contract = self._drafted(index, model, days_ago, terms, **more)
        with self.on(days_ago), self.do(self.customers[index][2]):
            fire(contract, "submit")
        with self.on(days_ago - 1):
            while contract.state is enums.ContractState.PENDING:
                role = contract.awaiting_role or ""
                fire(contract, "approve", by=self.who[role], opinion="同意")
        return contract

    def _pay_before_dispatch(self, contract: m.MachineContract, days_ago: int, share: Decimal) -> None:
        """The customer pays this share of what is due before the machine leaves, debt by debt."""
        with self.on(days_ago):
            with self.do("clerk"):
                debts = [r for r in receivable.of_contract(contract) if r.is_before_dispatch]
                self._receipt(contract, [(r, (r.outstanding_amount * share).quantize(D("0.01"))) for r in debts])

    def _receipt(self, contract: m.MachineContract, pays: list[tuple[m.Receivable, Decimal]]) -> None:
        self.serial += 1
        total = sum((amount for _, amount in pays), D(0))
        with self.do("clerk"):
            paper = create(
                m.Receipt,
                {
                    "customer": contract.customer,
                    "received_on": clock.today(),
                    "funds": [
                        {
                            "kind": enums.FundKind.BANK,
                            "account": self.bank,
                            "amount": total,
                            "serial": f"ICBC{self.serial:08d}",
                        }
                    ],
                    "allocations": [{"receivable": debt, "amount": amount} for debt, amount in pays],
                },
            )
        fire(paper, "confirm", by=self.who["finance"])

    def _dispatched(
        self,
        index: int,
        model: str,
        days_ago: int,
        terms: dict[str, Any],
        *,
        gift: int = 0,
        instalments_paid: int = 0,
        machines: int = 1,
    ) -> None:
        contract = self._approved(index, model, days_ago, terms, gift=gift, machines=machines)
        self._pay_before_dispatch(contract, days_ago - 4, D(1))
        with self.on(days_ago - 6), self.do("clerk"):
            line, talker = contract.lines[0], self.customers[index][1]
            fire(
                contract,
                "dispatch",
                line=line,
                receiver=talker.name,
                receiver_phone=talker.mobile,
                driver="罗师傅",
                plate=f"皖A{4000 + index}挂",
                hour_meter=D("3.5"),
                is_checked=True,
            )
        with self.on(days_ago - 9):
            with self.do("visits"):
                visit = db.session.scalars(
                    sa.select(m.VisitTask).where(m.VisitTask.customer_id == contract.customer_id)
                ).first()
                if visit is not None and index != 23:
                    lower = {"MACHINE": 4} if self.chance.choice((True, False, True)) else {"MANNER": 4}
                    lines = answered(enums.VisitSource.DISPATCH, **lower)
                    fire(visit, "complete", lines=lines, answer="机器使用正常，对交机服务满意")
        for period in range(1, instalments_paid + 1):
            with self.do("clerk"):
                owed = next(r for r in receivable.of_contract(contract) if r.period == period)
            if owed.due_on and owed.due_on <= self.today:
                with clock.on(owed.due_on, time(10, 30)):
                    self._receipt(contract, [(owed, owed.outstanding_amount)])

    def parts_debt_and_coupon(self) -> None:
        """An opening parts debt, partly paid with a coupon; a second receipt waits for finance."""
        customer = self.customers[0][0]
        with self.on(40), self.do("finance"):
            debt = create(
                m.Receivable,
                {
                    "customer": customer,
                    "kind": enums.ReceivableKind.PART,
                    "amount": D("6800"),
                    "due_on": self.today - timedelta(days=10),
                    "remark": "期初配件欠款",
                },
            )
        with self.on(20), self.do("clerk"):
            coupon = db.session.scalars(sa.select(m.Coupon).where(m.Coupon.customer_id == customer.id)).one()
            paper = create(
                m.Receipt,
                {
                    "customer": customer,
                    "received_on": clock.today(),
                    "funds": [
                        {"kind": enums.FundKind.COUPON, "coupon": coupon, "amount": D("1200")},
                        {"kind": enums.FundKind.CASH, "account": self.cash, "amount": D("1600")},
                    ],
                    "allocations": [{"receivable": debt, "amount": D("2800")}],
                },
            )
        with self.on(20):
            fire(paper, "confirm", by=self.who["finance"])
        with self.on(0), self.do("clerk"):
            create(
                m.Receipt,
                {
                    "customer": customer,
                    "received_on": clock.today(),
                    "funds": [{"kind": enums.FundKind.CASH, "account": self.cash, "amount": D("1000")}],
                    "allocations": [{"receivable": debt, "amount": D("1000")}],
                },
            )

    def old_notices_read(self) -> None:
        """People have read what is older than a week."""
        for actor in self.who.values():
            with self.on(0), acting_as(actor):
                old = sa.select(m.Notification).where(
                    m.Notification.read_at.is_(None),
                    m.Notification.sent_at < clock.midnight(self.today - timedelta(days=7)),
                )
                for notice in db.session.scalars(old).all():
                    fire(notice, "read")


def id_card(index: int) -> str:
    """A well-formed ID number of nobody in particular."""
    stem = f"3401041978{index % 12 + 1:02d}{index % 27 + 1:02d}{index * 7 % 900 + 10:03d}"
    return stem + ric.calc_check_digit(stem + "0")


def credit_code(index: int) -> str:
    """A well-formed social credit code of no company."""
    stem = f"91340100MA2T{index:04d}X"
    return stem + uscc.calc_check_digit(stem)
