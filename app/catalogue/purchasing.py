"""4 配件, 采购: orders and receipts."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm

from .. import enums, forms
from .. import models as m
from ..formulas.chinese_amount import chinese_amount
from ..screens import Lines, Related, Screen, Tab, act, rows
from ..workflows.parts import inbound as parts_inbound
from ..workflows.parts import purchase
from .words import LEDGER, WalkedPaper, kept_stores, not_mine


class PurchaseOrderView(Screen):
    datamodel = rows(m.PurchaseOrder)
    short_title, icon = _("Purchase orders"), "cart-flatbed"
    list_columns = ["number", "state", "supplier", "warehouse", "kind", "expected_on", "gross_amount", "created_by"]
    card_columns = ["supplier", "warehouse", "gross_amount", "expected_on"]
    sum_columns = ["gross_amount"]
    search_columns = ["number", "supplier", "warehouse", "state", "kind", "expected_on"]
    quick_columns = ["number"]
    quick_references = ["supplier"]
    sections = [
        (
            _("Purchase order"),
            ["number", "state", "supplier", "warehouse", "kind", "expected_on", "gross_amount", "created_by", "remark"],
        )
    ]
    form_sections = [(_("Purchase order"), ["supplier", "warehouse", "kind", "expected_on"]), (_("Remark"), ["remark"])]
    lines_after = 1
    picks = {"warehouse": {"narrow": kept_stores}}
    lines = {
        "lines": Lines(("part", "quantity", "unit_price", "agreed_amount", "tax_rate"), need=True, secret="purchase")
    }
    line_tables = {"lines": ["part", "quantity", "unit_price", "tax_rate", "gross_amount", "received_quantity"]}
    summary = [("gross", _("Amount with tax")), ("words", _("Total in words"))]
    tabs = [
        Tab(
            "todo",
            _("Purchases for my approval"),
            lambda q: q.where(*not_mine(m.PurchaseOrder, enums.PurchaseState.PENDING)),
            todo="approve",
        )
    ]
    related = [Related("InboundReceiptView", "order")]
    submit = act(purchase.submit)
    approve = act(purchase.approve, form=forms.ApproveForm, bulk=True)
    reject = act(purchase.reject, form=forms.RejectForm)
    close = act(purchase.close, form=forms.ReasonForm)
    cancel = act(purchase.cancel, form=forms.ReasonForm)

    def computed(self, form: FlaskForm) -> dict[str, str]:
        if "lines" not in form:
            return {}
        total = sum(
            (
                purchase.gross(r.form.quantity.data, r.form.unit_price.data, r.form.agreed_amount.data)
                for r in form.lines
            ),
            m.ZERO,
        )
        return {"gross": f"{total:,.2f}", "words": chinese_amount(total) if total < 10**15 else ""}


class InboundReceiptView(WalkedPaper):
    datamodel = rows(m.InboundReceipt)
    short_title, icon = _("Parts inbound"), "dolly"
    offers = LEDGER
    list_columns = ["number", "state", "supplier", "warehouse", "order", "earlier", "received_on", "created_at"]
    card_columns = ["supplier", "warehouse", "order", "received_on"]
    search_columns = ["number", "supplier", "warehouse", "order", "state", "received_on"]
    quick_columns = ["number"]
    quick_references = ["supplier", "order"]
    sections = [
        (
            _("Parts inbound"),
            ["number", "state", "kind", "supplier", "warehouse", "order", "earlier", "received_on", "remark"],
        )
    ]
    line_tables = {"lines": ["part", "planned_quantity", "actual_quantity", "gross_amount", "net_amount"]}
    tabs = [
        Tab(
            "todo",
            _("Parts to be received"),
            lambda q: q.where(m.InboundReceipt.state == enums.InboundReceiptState.PENDING),
            todo="receive",
        )
    ]
    receive = act(parts_inbound.receive, form=forms.CountedForm)
    reverse = act(parts_inbound.reverse, form=forms.ReasonForm)
