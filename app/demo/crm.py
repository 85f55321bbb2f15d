"""The customer side of the demo: archives that fill up, follow-ups, sites and assets, one who is frozen, one handed over."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from .. import enums
from .. import models as m
from ..database import db
from ..enums import AttachmentKind as K
from ..enums import CustomerKind
from ..unit_of_work import change, create, fire, together
from ..workflows.system import attachment
from . import pictures

if TYPE_CHECKING:
    from .build import Demo

TALKS = [
    (enums.FollowWay.VISIT, "到工地看了现场，土方还有三个月，想加一台 20 吨级", "巢湖路工地"),
    (enums.FollowWay.PHONE, "问了分期首付比例，想等上个项目回款", None),
    (enums.FollowWay.WECHAT, "发了 HT215 的配置单和报价", None),
    (enums.FollowWay.VISIT, "试驾了样机，对油耗满意，和老板再商量", "合肥整机库"),
    (enums.FollowWay.PHONE, "旧机想置换，约了评估时间", None),
]
SITES = [("高铁南站配套道路", "合肥市包河区"), ("引江济淮三标", "合肥市庐江县"), ("经开区污水管网", "芜湖市鸠江区")]


class CrmStory:
    """What salespeople write down about their customers."""

    def __init__(self, demo: Demo) -> None:
        self.demo = demo

    def scan(self, index: int, days_ago: int) -> None:
        """What a contract on credit needs: an address, and the papers with their scans."""
        customer, _talker, seller = self.demo.customers[index]
        with self.demo.on(days_ago + 1), self.demo.do(seller):
            if customer.address is None:
                change(
                    customer, {"address": f"{customer.city}工业路 {index + 8} 号", "bank_name": "中国工商银行合肥分行"}
                )
            is_company = customer.kind is CustomerKind.COMPANY
            own = (K.LICENCE, "营业执照") if is_company else (K.ID_CARD, "身份证")
            for kind, word in (own, (K.CREDIT_CONSENT, "征信授权书")):
                self._put(
                    customer, kind, f"{customer.name}{word}.png", pictures.sheet(index + 7 * (kind is not own[0]))
                )

    def _put(self, customer: m.Customer, kind: K, name: str, content: bytes) -> None:
        together(lambda: attachment.attach(customer, kind, name, content), entity=m.Attachment)

    def tell(self) -> None:
        """Follow-ups of the last weeks, sites and assets; a customer frozen, one blacklisted, one in other hands."""
        for index, (customer, talker, seller) in enumerate(self.demo.customers):
            way, words, place = TALKS[index % len(TALKS)]
            with self.demo.on(15 - index % 12), self.demo.do(seller):
                about: dict[str, Any] = {"customer": customer} if index % 3 else {"contact": talker}
                soon = self.demo.today + timedelta(days=index % 7 - 2)
                values = {"way": way, "content": words, "location": place, "next_on": soon}
                create(m.FollowUp, about | values)
            if index % 4 == 0:
                self._describe(customer, seller, index)
        self._trouble()
        self._changes()

    def _describe(self, customer: m.Customer, seller: str, index: int) -> None:
        name, place = SITES[index % len(SITES)]
        with self.demo.on(12), self.demo.do(seller):
            create(m.CustomerSite, {"customer": customer, "name": name, "address": place, "manager": "韩工"})
            create(
                m.CustomerAsset,
                {"customer": customer, "kind": enums.AssetKind.MACHINE, "name": "自有 22 吨挖机一台", "value_amount": m.ZERO + 350_000},
            )  # fmt: skip

    def _trouble(self) -> None:
        with self.demo.on(3):
            with self.demo.do("finance"):
                fire(self.demo.customers[6][0], "freeze", reason="法院查封，等核实")
            with self.demo.do("sales_manager"):
                fire(self.demo.customers[14][0], "blacklist", reason="拒付尾款，已另案处理")

    def _changes(self) -> None:
        """A customer goes to a colleague; a contact has a new mobile that his customer card does not know yet."""
        with self.demo.on(2), self.demo.do("sales_manager"):
            customer, _talker, seller = self.demo.customers[20]
            other = self.demo.who["sales2" if seller == "sales1" else "sales1"].employee_id
            fire(customer, "hand_over", taker=db.session.get_one(m.Employee, other or 0), reason="片区调整")
        customer, talker, seller = next(c for c in self.demo.customers[17:] if c[1].self_customer_id == c[0].id)
        with self.demo.on(1), self.demo.do(seller):
            change(talker, {"mobile": "13956000001"})
