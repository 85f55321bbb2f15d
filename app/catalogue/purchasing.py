"""4 配件, 采购: orders and receipts."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm

from .. import enums, forms
from .. import models as m
from ..formulas.chinese_amount import chinese_amount
from ..screens import Lines, Related, Screen, Tab, act, rows
from ..screens.columns import Column
from ..workflows.parts import inbound as parts_inbound
from ..workflows.parts import proposal, purchase, purchase_return
from .words import LEDGER, WalkedPaper, id_of, kept_stores, not_mine


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
    line_tables = {
        "lines": [
            "part",
            "quantity",
            "unit_price",
            "tax_rate",
            "gross_amount",
            "received_quantity",
            "returned_quantity",
        ]
    }
    summary = [("gross", _("Amount with tax")), ("words", _("Amount in words"))]
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
    withdraw = act(purchase.withdraw)
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
    related = [Related("PurchaseReturnView", "receipt")]
    receive = act(parts_inbound.receive, form=forms.CountedForm)
    reverse = act(parts_inbound.reverse, form=forms.ReasonForm)


def from_receipt(form: FlaskForm) -> None:
    """What the receipt brought and nobody sends back yet; what stays here is taken out."""
    if "lines" not in form:
        return
    here = [(line, purchase_return.returnable(line)) for line in form.receipt.data.lines]
    form.lines.take({"receipt_line": line, "quantity": left} for line, left in here if left > 0)


class PurchaseReturnView(Screen):
    datamodel = rows(m.PurchaseReturn)
    short_title, icon = _("Purchase returns"), "truck-arrow-right"
    copy_without = ("*",)  # what was received goes back once
    help_text = _(
        "Choose the receipt: whatever can still go back comes with it; take out what stays here. Parts leave at the average"
        " cost of the shelf; the difference to the refund is the price variance."
    )
    list_columns = [
        "number",
        "state",
        "supplier",
        "receipt",
        "warehouse",
        "gross_amount",
        "net_amount",
        "cost_amount",
        "variance_amount",
        "credited_amount",
        "cash_amount",
        "reason",
    ]
    card_columns = ["supplier", "warehouse", "gross_amount", "reason"]
    sum_columns = ["gross_amount", "net_amount", "cost_amount", "variance_amount", "credited_amount", "cash_amount"]
    search_columns = ["number", "supplier", "receipt", "warehouse", "state", "shipped_at"]
    quick_columns = ["number"]
    quick_references = ["supplier", "receipt"]
    computed_columns = {
        "owed_amount": Column("owed_amount", _("Supplier still owes"), "money", _("yuan"), secret="purchase")
    }
    sections = [
        (
            _("Purchase return"),
            [
                "number",
                "state",
                "supplier",
                "receipt",
                "warehouse",
                "reason",
                "express_number",
                "shipped_at",
                "created_by",
                "remark",
            ],
        ),
        (
            _("Refund"),
            [
                "gross_amount",
                "credited_amount",
                "cash_amount",
                "owed_amount",
                "account",
                "net_amount",
                "cost_amount",
                "variance_amount",
            ],
        ),
    ]
    form_sections = [(_("Purchase return"), ["receipt", "reason", "remark"])]
    fills = {"receipt": from_receipt}
    picks = {
        "receipt": {
            "narrow": lambda q, given: q.where(
                m.InboundReceipt.state == enums.InboundReceiptState.DONE, m.InboundReceipt.supplier_id.is_not(None)
            )
        }
    }
    lines = {
        "lines": Lines(
            ("receipt_line", "quantity"),
            need=True,
            picks={
                "receipt_line": {
                    "narrow": lambda q, given: q.where(
                        m.InboundLine.receipt_id == id_of(given.get("receipt")), m.InboundLine.actual_quantity > 0
                    ),
                    "depends": ("receipt",),
                }
            },
        )
    }
    line_tables = {"lines": ["receipt_line", "quantity", "gross_amount", "net_amount", "cost_amount"]}
    tabs = [
        Tab(
            "todo",
            _("Purchase returns for my approval"),
            lambda q: q.where(*not_mine(m.PurchaseReturn, enums.PurchaseReturnState.PENDING)),
            todo="approve",
        ),
        Tab(
            "ship",
            _("Purchase returns to ship"),
            lambda q: q.where(m.PurchaseReturn.state == enums.PurchaseReturnState.APPROVED),
            todo="ship",
        ),
        Tab(
            "refund",
            _("Refunds the suppliers owe"),
            lambda q: q.where(m.PurchaseReturn.state == enums.PurchaseReturnState.SHIPPED),
            todo="collect",
        ),
    ]
    submit = act(purchase_return.submit)
    withdraw = act(purchase_return.withdraw)
    approve = act(purchase_return.approve, form=forms.ApproveForm)
    reject = act(purchase_return.reject, form=forms.RejectForm)
    ship = act(purchase_return.ship, form=forms.SendBackForm)
    collect = act(purchase_return.collect, form=forms.CollectForm)
    offset = act(purchase_return.offset, form=forms.OffsetForm)
    cancel = act(purchase_return.cancel, form=forms.ReasonForm)


class PurchaseProposalView(Screen):
    datamodel = rows(m.PurchaseProposal)
    short_title, icon = _("Purchase proposals"), "lightbulb"
    help_text = _(
        "Choose several and make orders: one draft per supplier. New proposals come every night, after a sale on back "
        "order, and with “Propose purchases” on a warehouse."
    )
    offers = "list show edit export"
    list_columns = [
        "number",
        "part",
        "cause",
        "on_hand",
        "reserved",
        "waiting",
        "on_order",
        "quantity",
        "unit_price",
        "supplier",
        "warehouse",
        "state",
        "order",
    ]
    card_columns = ["part", "cause", "quantity", "supplier"]
    search_columns = ["number", "part", "cause", "warehouse", "supplier", "state"]
    quick_columns = ["number"]
    quick_references = ["part", "supplier"]
    sections = [
        (
            _("Purchase proposal"),
            ["number", "state", "part", "warehouse", "cause", "quantity", "supplier", "unit_price", "order", "remark"],
        ),
        (_("Stock"), ["on_hand", "reserved", "waiting", "on_order", "needed_quantity", "changed_at"]),
    ]
    form_sections = [(_("Purchase proposal"), ["quantity", "supplier", "unit_price", "remark"])]
    tabs = [
        Tab(
            "open",
            _("Parts to be ordered"),
            lambda q: q.where(m.PurchaseProposal.state == enums.ProposalState.OPEN),
            todo="order",
        )
    ]
    order = act(proposal.order, bulk=True)
    ignore = act(proposal.ignore, form=forms.ReasonForm)
    reconsider = act(proposal.reconsider)
