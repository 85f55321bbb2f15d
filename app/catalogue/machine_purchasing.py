"""3 整机, 采购: what is ordered from the manufacturer."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm

from .. import enums, forms
from .. import models as m
from ..formulas.chinese_amount import chinese_amount
from ..screens import Lines, Related, Screen, Tab, act, rows
from ..workflows.machines import machine_purchase
from .words import not_mine


class MachinePurchaseView(Screen):
    datamodel = rows(m.MachinePurchase)
    short_title, icon = _("Machine purchases"), "cart-flatbed"
    help_text = _("Approval makes one inbound paper per machine; its serial number is typed when it arrives.")
    list_columns = [
        "number",
        "state",
        "supplier",
        "warehouse",
        "expected_on",
        "total_amount",
        "pay_terms",
        "created_by",
    ]
    card_columns = ["supplier", "warehouse", "expected_on", "total_amount"]
    sum_columns = ["total_amount"]
    search_columns = ["number", "supplier", "state", "warehouse", "expected_on", "business_on"]
    quick_columns = ["number"]
    quick_references = ["supplier"]
    sections = [
        (
            _("Machine purchase order"),
            ["number", "state", "supplier", "warehouse", "expected_on", "pay_terms", "total_amount", "business_on", "remark"],
        )
    ]  # fmt: skip
    form_sections = [(_("Machine purchase order"), ["supplier", "warehouse", "expected_on", "pay_terms", "remark"])]
    picks = {
        "warehouse": {"narrow": lambda q, given: q.where(m.Warehouse.kind == enums.WarehouseKind.MACHINE)},
    }
    lines = {"lines": Lines(("model", "pieces", "unit_price", "tax_rate"), need=True, secret="purchase")}
    line_tables = {"lines": ["model", "pieces", "received_pieces", "unit_price", "tax_rate"]}
    summary = [("total", _("Amount with tax")), ("words", _("Amount in words"))]
    tabs = [
        Tab("todo", _("Machine purchases for my approval"),
            lambda q: q.where(*not_mine(m.MachinePurchase, enums.PurchaseState.PENDING)), todo="approve"),
    ]  # fmt: skip
    related = [Related("MachineInboundView", "purchase")]
    submit = act(machine_purchase.submit)
    withdraw = act(machine_purchase.withdraw)
    approve = act(machine_purchase.approve, form=forms.ApproveForm, bulk=True)
    reject = act(machine_purchase.reject, form=forms.RejectForm)
    close = act(machine_purchase.close, form=forms.ReasonForm)
    cancel = act(machine_purchase.cancel, form=forms.ReasonForm)

    def computed(self, form: FlaskForm) -> dict[str, str]:
        if "lines" not in form:
            return {}
        total = sum(((r.form.pieces.data or 0) * (r.form.unit_price.data or m.ZERO) for r in form.lines), m.ZERO)
        return {"total": f"{total:,.2f}", "words": chinese_amount(total) if total < 10**15 else ""}
