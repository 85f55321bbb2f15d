"""What people of the demo saved about their lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from .. import enums
from .. import models as m
from ..database import db
from ..screens import Print
from ..unit_of_work import born, create, fire, together

if TYPE_CHECKING:
    from .build import Demo

CONTRACTS = "number,state,customer,signed_on,total_amount,received_amount,outstanding_amount,salesperson"


class ListStory:
    """周伟 keeps a view of the contracts that still owe money, and hands it to his salespeople."""

    def __init__(self, demo: Demo) -> None:
        self.demo = demo

    def tell(self) -> None:
        with self.demo.on(15), self.demo.do("sales_manager"):
            unpaid = self._keep("分期未收清", "tab=live&pay_mode=INSTALMENT&order=-outstanding_amount", CONTRACTS)
            fire(unpaid, "share", roles=["salesperson", "clerk"])
            self._keep("本部门全部合同", "order=-signed_on", "")
        with self.demo.on(14), self.demo.do("gm"):
            self._receipt_of_our_own()

    def _receipt_of_our_own(self) -> None:
        """陈志远 lets receipts say that nothing is written on them by hand."""
        body = Print("receipt", "").shipped.replace("收款收据</p>", '收款收据</p><p class="small">手写、涂改无效</p>')
        values = {"screen": "ReceiptView", "code": "receipt", "name": "收款单", "paper": enums.Paper.TRIPLE, "body": body,
                  "remark": "抬头下加一句说明"}  # fmt: skip
        template = create(m.PrintTemplate, values)
        number = db.session.scalars(sa.select(m.Receipt.number).order_by(m.Receipt.id)).first()
        fire(template, "try_out", number=number)
        fire(template, "activate")

    def _keep(self, name: str, filters: str, columns: str) -> m.SavedView:
        owner = self.demo.who["sales_manager"].employee_id
        values = {"screen": "MachineContractView", "name": name, "filters": filters, "columns": columns}
        return together(
            lambda: born(m.SavedView, values | {"owner": db.session.get_one(m.Employee, owner)}), entity=m.SavedView
        )
