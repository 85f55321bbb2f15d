"""3 整机: suppliers, models, units, inbound, contracts, dispatches."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm

from .. import enums, forms
from .. import models as m
from ..enums import (
    DISPATCHABLE_CONTRACTS,
    FINANCIERS,
    SIGNED_CONTRACTS,
    UNPAID_RECEIVABLES,
    ContractState,
    InboundState,
    Paper,
    PayMode,
    RepayMethod,
    UnitState,
)
from ..formulas import label_codes
from ..formulas.chinese_amount import chinese_amount
from ..formulas.contract_terms import terms
from ..formulas.instalments import annuity_payment
from ..screens import Alert, Figure, Import, Lines, Print, Related, Screen, Tab, act, rows
from ..screens.columns import Column
from ..screens.labels import Label
from ..workflows.machines import contract, inbound, meter, unit
from . import customer_figures, repayment
from .approvals import Decided, for_my_approval
from .words import LEDGER


class SupplierView(Screen):
    datamodel = rows(m.Supplier)
    short_title, icon = _("Suppliers"), "industry"
    found_by = ("number", "name", "initials")
    copy_without = ("credit_code", "tax_number", "bank_account")
    key_column = "name"
    list_columns = ["number", "name", "kind", "contact_name", "phone", "payment_days", "is_enabled"]
    card_columns = ["kind", "contact_name", "phone"]
    search_columns = ["name", "kind", "is_enabled"]
    quick_columns = ["name", "initials", "number"]
    sections = [
        (_("Supplier"), ["number", "name", "kind", "credit_code", "contact_name", "phone", "address", "is_enabled"]),
        (_("Bank details"), ["bank_name", "bank_account", "tax_number", "payment_days"]),
    ]
    form_sections = [
        (_("Supplier"), ["name", "kind", "credit_code", "contact_name", "phone", "address", "is_enabled"]),
        (_("Bank details"), ["bank_name", "bank_account", "tax_number", "payment_days"]),
    ]


class MachineModelView(Screen):
    datamodel = rows(m.MachineModel)
    short_title, icon = _("Machine models"), "list"
    key_column = "model"
    list_columns = [
        "brand",
        "model",
        "category",
        "tonnage",
        "list_price",
        "floor_price",
        "warranty_months",
        "warranty_hours",
        "is_enabled",
    ]
    card_columns = ["brand", "category", "list_price"]
    search_columns = ["brand", "model", "category", "is_enabled"]
    quick_columns = ["model", "brand"]
    base_order = ("model", False)
    sections = [
        (_("Machine model"), ["brand", "model", "category", "tonnage", "list_price", "floor_price", "is_enabled"]),
        (
            _("Warranty and service"),
            ["warranty_months", "warranty_hours", "first_service_hours", "service_interval_hours"],
        ),
    ]
    form_sections = sections
    imports = {"import": Import(examples={"brand": "恒拓", "model": "HT215"})}
    related = [Related("MachineUnitView", "model")]


class MachineUnitView(Screen):
    datamodel = rows(m.MachineUnit)
    short_title, icon = _("Machine register"), "tractor"
    found_by = ("serial_number",)
    offers = LEDGER
    key_column = "serial_number"
    list_columns = [
        "serial_number", "state", "model", "condition", "year", "warehouse", "owner_customer", "delivered_on",
        "warranty_ends_on", "hour_meter", "hour_meter_on", "cost_amount",
    ]  # fmt: skip
    card_columns = ["model", "condition", "warehouse", "owner_customer", "warranty_ends_on"]
    sum_columns = ["cost_amount"]
    search_columns = ["serial_number", "model", "state", "warehouse", "owner_customer", "condition", "delivered_on"]
    quick_columns = ["serial_number"]
    quick_references = ["model", "owner_customer"]
    sections = [
        (_("Machine"), ["serial_number", "state", "model", "condition", "year", "engine_number", "certificate_number", "gps_number",
                        "warehouse", "reserved_line"]),
        (_("Owner and warranty"), ["owner_customer", "delivered_on", "warranty_starts_on", "warranty_ends_on", "hour_meter", "hour_meter_on",
                                   "running_hours"]),
        (_("Cost"), ["cost_amount", "extra_cost_amount"]),
    ]  # fmt: skip
    computed_columns = {"running_hours": Column("running_hours", _("Hours in all"), "quantity", _("hours"))}
    related = [
        Related("MachineContractView", "customer", part="sale", where=lambda row: m.MachineContract.id.in_(
            sa.select(m.ContractLine.contract_id).where(m.ContractLine.unit_id == row.id))),
        Related("MachineDispatchView", "unit", part="sale"),
        Related("MachineInboundView", "unit", part="origin"),
        Related("MeterReadingView", "unit", part="origin"),
        Related("WorkOrderView", "unit", part="service"),
        Related("WorkOrderPartView", "work_order", part="service", where=lambda row: m.WorkOrderPart.work_order_id.in_(
            sa.select(m.WorkOrder.id).where(m.WorkOrder.unit_id == row.id))),
        Related("VisitTaskView", "unit", part="service"),
        Related("ComplaintView", "unit", part="quality"),
        Related("WarrantyClaimView", "unit", part="quality"),
    ]  # fmt: skip
    parts = [
        ("sale", _("Sale and delivery")),
        ("service", _("Service and visits")),
        ("quality", _("Complaints and warranty claims")),
        ("origin", _("Inbound and hour meter")),
    ]

    imports = {
        "import": Import(
            _("Import machines of customers"),
            ("serial_number", "model", "owner_customer", "condition", "year", "engine_number", "certificate_number", "gps_number",
             "delivered_on", "warranty_starts_on", "warranty_ends_on"),
            required=("owner_customer",),
            examples={"serial_number": "HT215-0001"},
        )
    }  # fmt: skip

    def figures(self, row: Any) -> list[Figure]:
        return customer_figures.of_unit(row)

    tabs = [
        Tab("stock", _("In stock"), lambda q: q.where(m.MachineUnit.state == UnitState.IN_STOCK)),
        Tab("held", _("Held after inspection"), lambda q: q.where(m.MachineUnit.state == UnitState.HELD), todo="clear"),
        Tab("returned", _("Returned machines"), lambda q: q.where(m.MachineUnit.state == UnitState.RETURNED), todo="restock"),
    ]  # fmt: skip
    restock = act(unit.restock, form=forms.NoteForm)
    clear = act(unit.clear, form=forms.NoteForm)
    relocate = act(unit.relocate, form=forms.RelocateForm)
    demonstrate = act(unit.demonstrate, form=forms.DemonstrateForm)
    read_meter = act(meter.read_meter, form=forms.ReadMeterForm)
    replace_meter = act(meter.replace_meter, form=forms.ReplaceMeterForm)
    correct_meter = act(meter.correct_meter, form=forms.CorrectMeterForm)

    def label(self, row: m.MachineUnit) -> Label:  # type: ignore[override]
        return Label(label_codes.machine(row.serial_number), row.serial_number, [str(row.model)])


class MeterReadingView(Screen):
    datamodel = rows(m.MeterReading)
    short_title, icon = _("Hour meter readings"), "gauge-high"
    offers = LEDGER
    key_column = "unit"
    list_columns = ["unit", "read_on", "hours", "total_hours", "source", "origin_number", "is_replaced", "reason", "noted_by",
                    "noted_at"]  # fmt: skip
    card_columns = ["read_on", "hours", "total_hours", "source", "noted_by"]
    search_columns = ["unit", "read_on", "source", "is_replaced", "noted_by"]
    quick_columns = ["origin_number"]
    quick_references = ["unit"]
    sections = [
        (_("Hour meter reading"), ["unit", "read_on", "hours", "total_hours", "source", "origin_number", "is_replaced", "reason",
                                   "noted_by", "noted_at"])
    ]  # fmt: skip


class MachineInboundView(Screen):
    datamodel = rows(m.MachineInbound)
    short_title, icon = _("Machine inbound"), "arrow-right-to-bracket"
    copy_without = ("serial_number", "engine_number")
    list_columns = [
        "number",
        "state",
        "serial_number",
        "model",
        "kind",
        "supplier",
        "warehouse",
        "arrived_on",
        "gross_amount",
        "cost_amount",
    ]
    card_columns = ["serial_number", "model", "warehouse", "arrived_on"]
    sum_columns = ["gross_amount", "cost_amount"]
    search_columns = ["number", "serial_number", "state", "model", "warehouse", "supplier", "arrived_on"]
    quick_columns = ["number", "serial_number"]
    sections = [
        (
            _("Machine inbound"),
            ["number", "state", "kind", "purchase", "contract", "supplier", "warehouse", "arrived_on", "business_on"],
        ),
        (_("Machine"), ["model", "serial_number", "engine_number", "condition", "year", "unit"]),
        (_("Price"), ["gross_amount", "tax_rate", "cost_amount"]),
        (_("Inspection"), ["inspection", "inspection_note", "remark"]),
    ]
    form_sections = [
        (_("Machine inbound"), ["kind", "supplier", "warehouse", "arrived_on"]),
        (_("Machine"), ["model", "serial_number", "engine_number", "condition", "year"]),
        (_("Price"), ["gross_amount", "tax_rate", "remark"]),
    ]
    picks = {"warehouse": {"narrow": lambda q, given: q.where(m.Warehouse.kind == enums.WarehouseKind.MACHINE)}}
    choices = {"kind": [enums.InboundKind.PURCHASE, enums.InboundKind.OPENING, enums.InboundKind.TRADE_IN]}
    imports = {"import": Import(key="serial_number", examples={"serial_number": "HT215-0001"})}
    tabs = [
        Tab(
            "todo",
            _("Machines to be received"),
            lambda q: q.where(m.MachineInbound.state == InboundState.PENDING),
            todo="receive",
        )
    ]
    receive = act(inbound.receive, form=forms.ReceiveForm)
    reverse = act(inbound.reverse, form=forms.ReasonForm)
    cancel = act(inbound.cancel, form=forms.ReasonForm)


_LATER = "INSTALMENT MORTGAGE LEASE"
_FINANCED = "MORTGAGE LEASE"
_BY_FORMULA = "ANNUITY EQUAL_PRINCIPAL FLAT"


def _financiers(query: Any, given: dict[str, str]) -> Any:
    """Banks for a mortgage, leasing companies for a lease."""
    mode = given.get("pay_mode", "")
    kinds = [FINANCIERS[PayMode[mode]]] if mode in _FINANCED.split() else list(FINANCIERS.values())
    return query.where(m.Supplier.kind.in_(kinds))


class MachineContractView(Decided):
    datamodel = rows(m.MachineContract)
    short_title, icon = _("Contracts"), "file-signature"
    prints = (
        Print(
            "contract",
            _("Machine contract"),
            along=("customer", "contact"),
            lines="lines",
            line_along=("model", "unit"),
        ),
    )
    copy_without = ("lines.unit",)
    list_columns = [
        "number", "state", "customer", "pay_mode", "signed_on", "total_amount", "received_amount", "outstanding_amount",
        "pay_state", "awaiting_role", "salesperson",
    ]  # fmt: skip
    card_columns = ["customer", "total_amount", "outstanding_amount", "awaiting_role", "salesperson"]
    sum_columns = ["total_amount", "received_amount", "outstanding_amount"]
    search_columns = [
        "number",
        "customer",
        "state",
        "signed_on",
        "approved_on",
        "pay_mode",
        "pay_state",
        "salesperson",
        "total_amount",
    ]
    quick_columns = ["number"]
    quick_references = ["customer", "contact"]
    base_order = ("signed_on", True)
    sections = [
        (_("Contract"), ["number", "state", "customer", "contact", "salesperson", "signed_on", "approved_on", "pay_mode", "delivery_place",
                         "awaiting_role", "content_check", "revision", "department", "remark"]),
        (_("Money"), ["machine_amount", "fee_amount", "total_amount", "deposit_amount", "down_amount", "retention_amount",
                      "finance_amount", "received_amount", "outstanding_amount", "pay_state"]),
        (_("Financing"), ["financier", "payout_on", "is_paid_out_first"]),
        (_("Trade-in"), ["trade_in_amount", "trade_in_model", "trade_in_serial", "trade_in_year", "trade_in_yard"]),
        (_("Instalment terms"), ["periods", "annual_rate", "repay_method", "first_due_on", "repay_day", "penalty_rate", "grace_days"]),
        (_("Special dispatch"), ["special_amount", "special_until", "special_by", "special_reason"]),
    ]  # fmt: skip
    form_sections = [
        (_("Contract"), ["customer", "contact", "signed_on", "pay_mode", "delivery_place"]),
        (_("Money"), ["deposit_amount", "down_share", "down_amount", "retention_share", "retention_amount"]),
        (_("Trade-in"), ["trade_in_amount", "trade_in_model", "trade_in_serial", "trade_in_year", "trade_in_yard"]),
        (_("Financing"), ["financier", "payout_on", "is_paid_out_first"]),
        (
            _("Instalment terms"),
            ["repay_method", "periods", "annual_rate", "first_due_on", "repay_day", "penalty_rate", "grace_days"],
        ),
        (_("Remark"), ["remark"]),
    ]
    lines_after = 1
    only_when = {
        **dict.fromkeys(("down_share", "down_amount", "repay_method"), f"pay_mode={_LATER}"),
        **dict.fromkeys(("penalty_rate", "grace_days"), "pay_mode=INSTALMENT"),
        **dict.fromkeys(("financier", "payout_on", "is_paid_out_first"), f"pay_mode={_FINANCED}"),
        **dict.fromkeys(("periods", "annual_rate", "first_due_on", "repay_day"), f"repay_method={_BY_FORMULA}"),
        "instalments": "repay_method=CUSTOM",
    }
    picks = {
        "financier": {"narrow": _financiers, "depends": ("pay_mode",)},
        "trade_in_yard": {"narrow": forms.yards},
    }
    optional = [
        "deposit_amount",
        "down_amount",
        "retention_amount",
        "trade_in_amount",
        "periods",
        "annual_rate",
        "penalty_rate",
        "grace_days",
    ]
    lines = {
        "lines": Lines(
            ("model", "unit", "unit_price", "tax_rate", "configuration"),
            need=True,
            picks={"unit": {"narrow": forms.in_stock, "depends": ("model",)}},
            secret="price",
        ),
        "fees": Lines(
            ("kind", "nature", "payee", "amount", "due_rule", "due_on"),
            secret="price",
            only_when={"due_on": "due_rule=ON_DATE", "payee": "nature=AGENCY"},
        ),
        "gifts": Lines(
            ("kind", "coupon_type", "face_amount", "part", "warehouse", "quantity", "times", "valid_days"),
            secret="price",
            picks={"warehouse": {"narrow": forms.part_stores}},
            only_when={
                **dict.fromkeys(("coupon_type", "face_amount"), "kind=COUPON"),
                **dict.fromkeys(("part", "warehouse", "quantity"), "kind=PART"),
                "times": "kind=SERVICE",
                "valid_days": "kind=COUPON SERVICE",
            },
        ),
        "instalments": Lines(("due_on", "principal_amount", "interest_amount"), secret="price"),
        "guarantors": Lines(("name", "id_number", "mobile", "relation", "kind", "assets"), secret="archive"),
    }
    line_tables = {
        "lines": ["model", "unit", "unit_price", "tax_rate", "configuration", "is_dispatched"],
        "fees": ["kind", "nature", "payee", "amount", "due_rule", "due_on"],
        "gifts": ["kind", "coupon_type", "face_amount", "part", "warehouse", "quantity", "times", "valid_days"],
        "instalments": ["due_on", "principal_amount", "interest_amount"],
        "guarantors": ["name", "kind", "relation", "id_number", "mobile", "assets"],
    }
    summary = [
        ("machine", _("Machine amount")), ("fee", _("Fee amount")), ("total", _("Contract total")), ("down", _("Down payment")),
        ("trade_in", _("Trade-in value")), ("retention", _("Retention money")), ("financed", _("Financed amount")),
        ("rest", _("To be paid besides the deposit")),
        ("monthly", _("Monthly payment")), ("second", _("Second instalment")), ("words", _("Total in words")),
    ]  # fmt: skip
    tabs = [
        Tab("live", _("Not cancelled"), lambda q: q.where(m.MachineContract.state != ContractState.CANCELLED)),
        Tab("signed", _("Approved and standing"), lambda q: q.where(m.MachineContract.state.in_(SIGNED_CONTRACTS))),
        Tab(
            "todo",
            _("Contracts for my approval"),
            lambda q: q.where(*for_my_approval(m.MachineContract)),
            todo="approve",
        ),
        Tab("dispatch", _("Contracts to dispatch"), lambda q: q.where(*_to_dispatch()), todo="dispatch"),
        Tab(
            "back",
            _("Rejected contracts"),
            lambda q: q.where(m.MachineContract.state == ContractState.REJECTED),
            todo="submit",
        ),
        Tab(
            "special",
            _("Special dispatches permitted"),
            lambda q: q.where(m.MachineContract.special_amount.is_not(None)),
        ),
    ]
    related = [
        Related("ReceivableView", "contract"),
        Related("InstalmentPlanView", "contract"),
        Related("MachineDispatchView", "contract"),
        Related("CouponView", "contract"),
        Related("PartSaleView", "contract"),
        Related("ServicePackageView", "contract"),
        Related("PayableView", "contract"),
        Related("MachineInboundView", "contract"),
        Related("RetentionView", "contract"),
        Related("ContractAmendmentView", "contract"),
        Related("ContractCancellationView", "contract"),
        Related("DispatchWithdrawalView", "contract"),
        Related("ApprovalRecordView", "contract"),
    ]
    submit = act(contract.submit)
    approve = act(contract.approve, form=forms.ApproveForm, bulk=True)
    reject = act(contract.reject, form=forms.RejectForm)
    dispatch = act(contract.dispatch, form=forms.DispatchForm)
    allocate = act(contract.allocate, form=forms.AllocateForm)
    permit = act(contract.permit, form=forms.PermitForm)
    withdraw = act(contract.withdraw)
    void = act(contract.void, form=forms.ReasonForm)

    def computed(self, form: FlaskForm) -> dict[str, str]:
        return adds_up(form)

    def alerts(self, row: Any) -> list[Alert]:
        return repayment.alerts(row)


def adds_up(form: FlaskForm) -> dict[str, str]:
    """What stands below a contract or an amendment while it is typed."""
    if "lines" not in form:
        return {}
    is_full = form.pay_mode.data in (None, PayMode.FULL)
    due = terms(
        [row.form.unit_price.data or m.ZERO for row in form.lines],
        [row.form.amount.data or m.ZERO for row in form.fees],
        is_full=is_full,
        deposit=form.deposit_amount.data or m.ZERO,
        down=form.down_amount.data or m.ZERO,
        down_share=form.down_share.data,
        trade_in=form.trade_in_amount.data or m.ZERO,
        retention=form.retention_amount.data or m.ZERO,
        retention_share=form.retention_share.data,
    )
    periods, monthly = form.periods.data or 0, ""
    if not is_full and form.repay_method.data is not RepayMethod.CUSTOM and 1 <= periods <= 60 and due.financed > 0:
        monthly = f"{annuity_payment(due.financed, form.annual_rate.data or m.ZERO, periods):,.2f}"
    second = repayment.second_due(form.first_due_on.data, form.repay_day.data) if monthly and periods > 1 else ""
    figures = {"machine": due.machine, "fee": due.fee, "total": due.total, "down": due.down, "retention": due.retention,
               "trade_in": due.trade_in, "financed": due.financed, "rest": due.rest}  # fmt: skip
    words = chinese_amount(due.total) if due.total < 10**15 else ""
    return {name: f"{amount:,.2f}" for name, amount in figures.items()} | {
        "monthly": monthly,
        "second": second,
        "words": words,
    }


def _to_dispatch() -> list[Any]:
    """Signed contracts whose money before dispatch is in and whose machines still stand here."""
    c, r = m.MachineContract, m.Receivable.__table__
    missing = sa.select(r.c.id).where(
        r.c.contract_id == c.id, r.c.is_before_dispatch, r.c.state.in_(UNPAID_RECEIVABLES)
    )
    return [c.state.in_(DISPATCHABLE_CONTRACTS), ~missing.exists()]


class MachineDispatchView(Screen):
    datamodel = rows(m.MachineDispatch)
    short_title, icon = _("Dispatches"), "truck"
    prints = (Print("dispatch", _("Machine dispatch"), Paper.TRIPLE, along=("unit",)),)
    offers = LEDGER
    list_columns = [
        "number", "state", "customer", "unit", "contract", "dispatched_at", "receiver", "plate", "missing_amount",
        "revenue_amount", "cost_amount", "margin_amount",
    ]  # fmt: skip
    card_columns = ["customer", "unit", "dispatched_at", "receiver"]
    sum_columns = ["revenue_amount", "cost_amount", "margin_amount"]
    search_columns = ["number", "customer", "unit", "dispatched_at", "warehouse", "state"]
    quick_columns = ["number"]
    quick_references = ["customer", "unit"]
    sections = [
        (
            _("Machine dispatch"),
            ["number", "state", "customer", "contract", "unit", "warehouse", "dispatched_at", "hour_meter"],
        ),
        (_("Hand-over"), ["receiver", "receiver_phone", "driver", "plate", "is_checked", "check_note"]),
        (_("Special dispatch"), ["missing_amount", "special_reason"]),
        (_("Margin"), ["revenue_amount", "cost_amount", "margin_amount"]),
    ]
    tabs = [Tab("special", _("Dispatched with money missing"), lambda q: q.where(m.MachineDispatch.missing_amount > 0))]
    related = [
        Related("VisitTaskView", "dispatch"),
        Related("DispatchWithdrawalView", "dispatch"),
        Related("MachineReturnView", "dispatch"),
    ]
