"""4 配件, 销售: quotations, sales, outbounds, returns."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm

from .. import actor as acting
from .. import clock, enums, forms
from .. import models as m
from ..enums import (
    CouponState,
    Paper,
    UnitState,
)
from ..formulas.chinese_amount import chinese_amount
from ..formulas.money import cents
from ..roles import Rows
from ..screens import Lines, Print, Related, Screen, Tab, act, rows
from ..workflows.finance import called_off
from ..workflows.machine import Transition
from ..workflows.parts import closing, outbound, quotation, sale, sale_return
from .line_hints import OUTPUTS, hints, price_of
from .words import LEDGER, WalkedPaper, id_of, kept_stores, not_mine


class PartQuotationView(Screen):
    datamodel = rows(m.PartQuotation)
    short_title, icon = _("Quotations"), "file-invoice"
    prints = (Print("quotation", _("Parts quotation"), along=("contact",), lines="lines", line_along=("part",)),)
    list_columns = ["number", "state", "customer", "contact", "valid_until", "total_amount", "revision", "created_by"]
    card_columns = ["customer", "total_amount", "valid_until"]
    sum_columns = ["total_amount"]
    search_columns = ["number", "customer", "state", "valid_until"]
    quick_columns = ["number"]
    quick_references = ["customer"]
    sections = [
        (
            _("Parts quotation"),
            [
                "number",
                "state",
                "customer",
                "contact",
                "unit",
                "valid_until",
                "total_amount",
                "revision",
                "earlier",
                "created_by",
                "remark",
            ],
        ),
        (_("Agreement"), ["agreed_by", "agreed_on", "agreed_proof"]),
    ]
    form_sections = [(_("Parts quotation"), ["customer", "contact", "unit", "valid_until"]), (_("Remark"), ["remark"])]
    lines_after = 1
    picks = {
        "unit": {
            "narrow": lambda q, given: q.where(m.MachineUnit.owner_customer_id == id_of(given.get("customer"))),
            "depends": ("customer",),
        }
    }
    lines = {"lines": Lines(("part", "quantity", "unit_price"), need=True, secret="goods", outputs=OUTPUTS)}
    line_tables = {"lines": ["part", "quantity", "unit_price", "amount"]}
    summary = [("total", _("Quotation total")), ("words", _("Amount in words"))]
    tabs = [Tab("agreed", _("Agreed"), lambda q: q.where(m.PartQuotation.state == enums.QuotationState.AGREED))]
    related = [Related("PartSaleView", "quotation")]
    send = act(quotation.send)
    agree = act(quotation.agree, form=forms.AgreeForm)
    refuse = act(quotation.refuse, form=forms.ReasonForm)
    revise = act(quotation.revise)

    def computed(self, form: FlaskForm) -> dict[str, str]:
        return _goods(form)


def _goods(form: FlaskForm) -> dict[str, str]:
    """Σ quantity × price of the lines of a form, and what stands beside each line."""
    if "lines" not in form:
        return {}
    beside = hints(form)
    total = sum((cents((r.form.quantity.data or m.ZERO) * price_of(r, beside)) for r in form.lines), m.ZERO)
    return {"total": f"{total:,.2f}", "words": chinese_amount(total) if total < 10**15 else ""} | beside


def from_quotation(form: FlaskForm) -> None:
    """Customer, parts and prices are the agreed ones."""
    chosen = form.quotation.data
    form.customer.process_data(chosen.customer)
    if "lines" in form:
        form.lines.take(chosen.lines)


def _kinds_of_mine(query: Any, _given: dict[str, str]) -> Any:
    """Who writes sales for the workshop only writes those for used machines."""
    if acting.current().rows("PartSale", "add") != {Rows.SERVICE}:
        return query
    return query.where(m.SaleType.detail == enums.SaleDetail.UNIT)


class PartSaleView(Screen):
    datamodel = rows(m.PartSale)
    short_title, icon = _("Parts sales"), "cash-register"
    copy_without = ("coupons", "quotation")
    help_text = _("Choose the quotation the customer agreed to: customer, parts and prices come with it.")
    list_columns = [
        "number",
        "state",
        "ship_state",
        "pay_state",
        "customer",
        "sale_type",
        "warehouse",
        "goods_amount",
        "coupon_amount",
        "debt_amount",
        "salesperson",
        "cost_amount",
    ]
    card_columns = ["customer", "sale_type", "goods_amount", "debt_amount", "ship_state"]
    sum_columns = ["goods_amount", "coupon_amount", "debt_amount", "cost_amount"]
    search_columns = ["number", "customer", "sale_type", "state", "ship_state", "pay_state", "warehouse", "salesperson"]
    quick_columns = ["number"]
    quick_references = ["customer", "quotation"]
    sections = [
        (
            _("Sale of parts"),
            [
                "number",
                "state",
                "ship_state",
                "pay_state",
                "quotation",
                "sale_type",
                "customer",
                "salesperson",
                "warehouse",
                "cost_department",
                "refurb_unit",
                "work_order",
                "contract",
                "detail",
            ],
        ),
        (
            _("Delivery"),
            ["receiver", "receiver_phone", "receiver_address", "ship_way", "settle_way", "due_on", "invoice_wish"],
        ),
        (
            _("Money"),
            [
                "goods_amount",
                "discount_amount",
                "coupon_amount",
                "debt_amount",
                "refunded_amount",
                "cost_amount",
                "remark",
            ],
        ),
    ]
    form_sections = [
        (
            _("Sale of parts"),
            [
                "quotation",
                "sale_type",
                "customer",
                "warehouse",
                "cost_department",
                "refurb_unit",
                "work_order",
                "detail",
            ],
        ),
        (
            _("Delivery"),
            [
                "receiver",
                "receiver_phone",
                "receiver_address",
                "ship_way",
                "settle_way",
                "due_on",
                "invoice_wish",
                "discount_amount",
                "remark",
            ],
        ),
    ]
    optional = ["discount_amount"]
    lines_after = 1
    picks = {
        "quotation": {
            "narrow": lambda q, given: q.where(
                m.PartQuotation.state == enums.QuotationState.AGREED, m.PartQuotation.valid_until >= clock.today()
            )
        },
        "sale_type": {"narrow": _kinds_of_mine},
        "warehouse": {"narrow": kept_stores},
        "work_order": {
            "narrow": lambda q, given: q.where(
                m.WorkOrder.customer_id == id_of(given.get("customer")),
                m.WorkOrder.state != enums.WorkOrderState.CANCELLED,
            ),
            "depends": ("customer",),
        },
        "refurb_unit": {
            "narrow": lambda q, given: q.where(
                m.MachineUnit.condition == enums.UnitCondition.USED, m.MachineUnit.state != UnitState.SOLD
            )
        },
    }
    lines = {
        "lines": Lines(("part", "quantity", "unit_price"), secret="goods", outputs=OUTPUTS),
        "coupons": Lines(
            ("coupon", "amount"),
            secret="goods",
            picks={
                "coupon": {
                    "narrow": lambda q, given: (
                        q.where(
                            m.Coupon.state == CouponState.ACTIVE, m.Coupon.customer_id == id_of(given.get("customer"))
                        )
                        if given.get("customer")
                        else q.where(m.Coupon.state == CouponState.ACTIVE)
                    ),
                    "depends": ("customer",),
                }
            },
        ),
    }
    line_tables = {
        "lines": [
            "part",
            "quantity",
            "unit_price",
            "amount",
            "shipped_quantity",
            "closed_quantity",
            "returned_quantity",
            "cost_amount",
        ],
        "coupons": ["coupon", "amount"],
    }
    summary = [("total", _("Goods")), ("words", _("Amount in words"))]
    tabs = [
        Tab(
            "todo",
            _("Parts sales for my approval"),
            lambda q: q.where(*not_mine(m.PartSale, enums.SaleState.PENDING)),
            todo="approve",
        ),
        Tab(
            "back",
            _("Rejected parts sales"),
            lambda q: q.where(m.PartSale.state == enums.SaleState.REJECTED),
            todo="submit",
        ),
    ]
    related = [
        Related("PartOutboundView", "sale"),
        Related("SaleShortageView", "sale"),
        Related("SaleReturnView", "sale"),
        Related("ReceivableView", "sale"),
    ]
    fills = {"quotation": from_quotation}
    submit = act(sale.submit)
    withdraw = act(sale.withdraw)
    approve = act(sale.approve, form=forms.ApproveSaleForm, bulk=True)
    reject = act(sale.reject, form=forms.RejectForm)
    close_rest = act(closing.close_rest, form=forms.ReasonForm)
    cancel = act(called_off.cancel, form=forms.ReasonForm)

    def computed(self, form: FlaskForm) -> dict[str, str]:
        return _goods(form)

    def offered(self, transition: Transition, row: m.PartSale) -> bool:  # type: ignore[override]
        """While nothing has left a sale is cancelled; once a part of it has, the rest is closed."""
        if transition.verb == "close_rest":
            return row.ship_state is enums.ShipState.PART
        return transition.verb != "cancel" or row.ship_state is enums.ShipState.NONE


class PartOutboundView(WalkedPaper):
    datamodel = rows(m.PartOutbound)
    short_title, icon = _("Parts outbound"), "truck-ramp-box"
    prints = (Print("outbound", _("Parts outbound"), Paper.TRIPLE, lines="lines", per_page=10, line_along=("part",)),)
    offers = LEDGER
    list_columns = [
        "number",
        "state",
        "customer",
        "sale",
        "warehouse",
        "receiver",
        "receiver_phone",
        "express_number",
        "shipped_at",
    ]
    card_columns = ["customer", "warehouse", "receiver", "shipped_at"]
    search_columns = ["number", "customer", "sale", "warehouse", "state", "shipped_at"]
    quick_columns = ["number", "receiver"]
    quick_references = ["customer"]
    sections = [
        (
            _("Parts outbound"),
            [
                "number",
                "state",
                "sale",
                "customer",
                "warehouse",
                "receiver",
                "receiver_phone",
                "express_number",
                "shipped_at",
                "remark",
            ],
        )
    ]
    line_tables = {"lines": ["part", "planned_quantity", "actual_quantity", "cost_amount"]}
    tabs = [
        Tab(
            "todo",
            _("Parts to be shipped"),
            lambda q: q.where(m.PartOutbound.state == enums.OutboundState.PENDING),
            todo="ship",
        )
    ]
    ship = act(outbound.ship, form=forms.ShipForm)


class SaleShortageView(Screen):
    datamodel = rows(m.SaleShortage)
    short_title, icon = _("Back orders"), "hourglass-half"
    help_text = _("Sales approved though stock was short; whatever arrives is reserved for the oldest first.")
    offers = LEDGER
    key_column = "part"
    list_columns = ["part", "state", "sale", "warehouse", "quantity", "served_quantity", "created_at"]
    card_columns = ["sale", "warehouse", "quantity", "served_quantity"]
    sum_columns = ["quantity", "served_quantity"]
    search_columns = ["part", "sale", "warehouse", "state", "created_at"]
    quick_references = ["part", "sale"]
    sections = [
        (
            _("Part on back order"),
            ["part", "state", "sale", "warehouse", "quantity", "served_quantity", "created_at"],
        )
    ]
    tabs = [
        Tab(
            "waiting",
            _("Waiting for goods"),
            lambda q: q.where(m.SaleShortage.state == enums.ShortageState.WAITING),
        )
    ]


def from_sale(form: FlaskForm) -> None:
    """What left with the sale and has not come back goes where it left from; what stays with the customer is taken out."""
    chosen = form.sale.data
    form.warehouse.process_data(chosen.warehouse)
    if "lines" in form:
        out = [(line, sale_return.returnable(line)) for line in chosen.lines]
        form.lines.take({"sale_line": line, "quantity": left} for line, left in out if left > 0)


class SaleReturnView(WalkedPaper):
    datamodel = rows(m.SaleReturn)
    short_title, icon = _("Sale returns"), "rotate-left"
    copy_without = ("*",)  # what was sold comes back once
    list_columns = [
        "number",
        "state",
        "customer",
        "sale",
        "warehouse",
        "goods_amount",
        "credited_amount",
        "coupon_amount",
        "cash_amount",
        "reason",
    ]
    card_columns = ["customer", "sale", "goods_amount", "reason"]
    sum_columns = ["goods_amount", "coupon_amount", "cash_amount"]
    search_columns = ["number", "customer", "sale", "state"]
    quick_columns = ["number"]
    quick_references = ["customer", "sale"]
    sections = [
        (_("Sale return"), ["number", "state", "sale", "customer", "warehouse", "is_unshipped", "reason", "remark"]),
        (
            _("Refund"),
            ["goods_amount", "credited_amount", "coupon_amount", "withheld_amount", "cash_amount", "account"],
        ),
    ]
    form_sections = [(_("Sale return"), ["sale", "warehouse", "reason", "remark"])]
    help_text = _("Choose the sale: its store and whatever can still come back come with it; change what stays.")
    fills = {"sale": from_sale}
    picks = {
        "sale": {
            "narrow": lambda q, given: q.where(
                m.PartSale.customer_id.is_not(None), m.PartSale.ship_state != enums.ShipState.NONE
            )
        },
        "warehouse": {"narrow": kept_stores},
    }
    lines = {
        "lines": Lines(
            ("sale_line", "quantity"),
            need=True,
            picks={
                "sale_line": {
                    "narrow": lambda q, given: q.where(
                        m.SaleLine.sale_id == id_of(given.get("sale")),
                        m.SaleLine.shipped_quantity > m.SaleLine.returned_quantity,
                    ),
                    "depends": ("sale",),
                }
            },
        )
    }
    line_tables = {"lines": ["sale_line", "quantity", "amount", "cost_amount"]}
    tabs = [
        Tab(
            "todo",
            _("Returns to be received"),
            lambda q: q.where(m.SaleReturn.state == enums.ReturnState.DRAFT),
            todo="receive",
        ),
        Tab(
            "refund",
            _("Returns to be refunded"),
            lambda q: q.where(m.SaleReturn.state == enums.ReturnState.RECEIVED),
            todo="refund",
        ),
    ]
    receive = act(sale_return.receive)
    refund = act(sale_return.refund, form=forms.RefundForm)
    cancel = act(sale_return.cancel, form=forms.ReasonForm)
