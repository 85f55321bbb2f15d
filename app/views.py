"""The catalogue of screens: what each one lists, searches, sums, asks. The last page is the whole menu."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import current_app, flash, redirect, request, url_for
from flask_appbuilder import AppBuilder, BaseView, expose
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm

from . import actor as acting
from . import clock, forms
from . import models as m
from .database import db
from .enums import (
    CASH_FUNDS,
    DISPATCHABLE_CONTRACTS,
    OPEN_VISITS,
    OPENING_RECEIVABLES,
    UNPAID_RECEIVABLES,
    ContractState,
    CouponState,
    InboundState,
    PayMode,
    ReceiptState,
    UnitState,
)
from .formulas.chinese_amount import chinese_amount
from .formulas.contract_terms import terms
from .formulas.instalments import annuity_payment
from .formulas.money import cents
from .screens import Lines, Related, Screen, Tab, act, rows
from .screens.columns import Column
from .unit_of_work import fire
from .workflows.crm import contact, customer, link
from .workflows.finance import payment, receipt
from .workflows.machines import contract, inbound
from .workflows.organisation import employee
from .workflows.parts import count, outbound, purchase, quotation, sale, sale_return, transfer
from .workflows.parts import inbound as parts_inbound
from .workflows.parts.part import part_key
from .workflows.parts.purchase import PARTS_STORES
from .workflows.service import visit
from .workflows.system import notice

MASTER = "list show add edit export"
LEDGER = "list show export"
WITH_ACCOUNT = "kind=" + " ".join(sorted(fund.name for fund in CASH_FUNDS))


def _id(text: str | None) -> int:
    """A row id out of an address, 0 when there is none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0


# == 1 organisation =============================================================================================


class DepartmentView(Screen):
    datamodel = rows(m.Department)
    short_title, icon = _("Departments"), "sitemap"
    offers = "list show add edit delete export"
    key_column = "name"
    list_columns = ["code", "name", "parent"]
    card_columns = ["code", "parent"]
    search_columns = ["code", "name"]
    quick_columns = ["name", "code"]
    base_order = ("code", False)
    sections = [(_("Department"), ["code", "name", "parent"])]
    form_sections = sections
    related = [Related("EmployeeView", "department")]


class EmployeeView(Screen):
    datamodel = rows(m.Employee)
    short_title, icon = _("Employees"), "id-badge"
    key_column = "name"
    list_columns = ["staff_number", "name", "state", "department", "post", "mobile", "is_salesperson", "is_technician"]
    card_columns = ["department", "post", "mobile"]
    search_columns = ["name", "state", "department", "is_salesperson", "is_technician"]
    quick_columns = ["name", "initials", "staff_number", "mobile"]
    base_order = ("staff_number", False)
    sections = [
        (
            _("Employee"),
            ["staff_number", "name", "state", "department", "post", "mobile", "is_salesperson", "is_technician"],
        ),
        (_("Account"), ["user", "created_at", "changed_by", "changed_at"]),
    ]
    form_sections = [
        (_("Employee"), ["staff_number", "name", "department", "post", "mobile", "is_salesperson", "is_technician"])
    ]
    open_account = act(employee.open_account, form=forms.OpenAccountForm)
    reset_password = act(employee.reset_password, form=forms.ResetPasswordForm)
    unlock = act(employee.unlock)
    leave = act(employee.leave)

    def offered(self, transition: Any, row: m.Employee) -> bool:  # type: ignore[override]
        if transition.verb == "open_account":
            return row.user_id is None
        return row.user_id is not None or transition.verb == "leave"

    def shown(self, row: m.Entity, column: Column) -> Any:
        if column.name == "user":
            return row.user.username if row.user else ""  # type: ignore[attr-defined]
        return super().shown(row, column)


class WarehouseView(Screen):
    datamodel = rows(m.Warehouse)
    short_title, icon = _("Warehouses"), "warehouse"
    key_column = "name"
    list_columns = ["code", "name", "kind", "department", "address", "is_enabled"]
    card_columns = ["kind", "department", "address"]
    search_columns = ["name", "kind", "department", "is_enabled"]
    quick_columns = ["name", "code"]
    base_order = ("code", False)
    sections = [(_("Warehouse"), ["code", "name", "kind", "department", "address", "is_enabled"])]
    form_sections = sections
    lines = {"keepers": Lines(("employee",))}
    line_tables = {"keepers": ["employee"]}
    related = [Related("MachineUnitView", "warehouse")]


# == 2 crm ======================================================================================================


class ContactView(Screen):
    datamodel = rows(m.Contact)
    short_title, icon = _("Contacts"), "address-book"
    help_text = _("A contact is a person who negotiates; he owes nothing. Who signs and pays is a customer.")
    key_column = "name"
    list_columns = [
        "number", "name", "state", "mobile", "position", "city", "intention", "intended_model",
        "self_customer", "salesperson", "next_follow_on",
    ]  # fmt: skip
    card_columns = ["mobile", "intention", "intended_model", "next_follow_on", "salesperson"]
    search_columns = [
        "name",
        "mobile",
        "intention",
        "salesperson",
        "next_follow_on",
        "source",
        "state",
        "intended_model",
    ]
    quick_columns = ["name", "initials", "mobile", "number"]
    also_load = ["self_customer"]
    sections = [
        (
            _("Contact"),
            ["number", "name", "state", "mobile", "phone2", "gender", "id_number", "position", "self_customer"],
        ),
        (_("Business"), ["source", "intention", "intended_model", "salesperson", "next_follow_on", "remark"]),
        (_("Address"), ["province", "city", "county", "address"]),
    ]
    form_sections = [
        (_("Contact"), ["name", "mobile", "phone2", "gender", "id_number", "position"]),
        (_("Business"), ["source", "intention", "intended_model", "salesperson", "next_follow_on", "remark"]),
        (_("Address"), ["province", "city", "county", "address"]),
    ]
    related = [Related("CustomerContactView", "contact"), Related("MachineContractView", "contact")]
    tabs = [Tab("follow", _("Follow-up due"), lambda q: q.where(m.Contact.next_follow_on <= clock.today()))]
    convert = act(contact.convert, form=forms.ConvertForm)
    invalidate = act(contact.invalidate, form=forms.ReasonForm)

    def defaults(self) -> dict[str, Any]:
        return {"salesperson": _me_as_salesperson()}

    def offered(self, transition: Any, row: m.Contact) -> bool:  # type: ignore[override]
        return transition.verb != "convert" or row.self_customer_id is None

    def shown(self, row: m.Entity, column: Column) -> Any:
        return _dual_badge(super().shown(row, column), column, bool(row.self_customer_id), "name")  # type: ignore[attr-defined]


def _dual_badge(text: Any, column: Column, is_dual: bool, name: str) -> Any:
    """联系人+客户 behind the name of a person who is both."""
    from markupsafe import Markup

    if column.name != name or not is_dual:
        return text
    return Markup('{} <span class="badge violet">{}</span>').format(text, gettext("contact+customer"))


def _me_as_salesperson() -> m.Employee | None:
    by = acting.current()
    if not by.roles & {"salesperson", "sales_manager"} or by.employee_id is None:
        return None
    return db.session.scalars(sa.select(m.Employee).where(m.Employee.id == by.employee_id)).one_or_none()


class CustomerView(Screen):
    datamodel = rows(m.Customer)
    short_title, icon = _("Customers"), "building"
    help_text = _("A customer signs contracts and pays; every yuan is booked to a customer.")
    key_column = "name"
    list_columns = [
        "number",
        "name",
        "state",
        "kind",
        "mobile",
        "city",
        "level",
        "industry",
        "tags",
        "salesperson",
        "first_deal_on",
    ]
    card_columns = ["kind", "mobile", "level", "tags", "salesperson"]
    search_columns = [
        "name",
        "kind",
        "state",
        "salesperson",
        "level",
        "industry",
        "tags",
        "mobile",
        "first_deal_on",
        "is_channel",
    ]
    quick_columns = ["name", "initials", "number", "mobile"]
    sections = [
        (
            _("Customer"),
            ["number", "name", "state", "kind", "credit_code", "id_number", "legal_rep", "mobile", "level", "industry", "tags",
             "is_channel", "salesperson", "first_deal_on"],
        ),
        (_("Address"), ["province", "city", "county", "address"]),
        (_("Invoice and bank"), ["invoice_title", "tax_number", "bank_name", "bank_account", "credit_limit", "price_level"]),
        (_("Family"), ["spouse_name", "spouse_id_number", "remark"]),
    ]  # fmt: skip
    form_sections = [
        (
            _("Customer"),
            [
                "name",
                "kind",
                "credit_code",
                "id_number",
                "legal_rep",
                "mobile",
                "level",
                "industry",
                "is_channel",
                "salesperson",
            ],
        ),
        (_("Address"), ["province", "city", "county", "address"]),
        (_("Invoice and bank"), ["invoice_title", "tax_number", "bank_name", "bank_account", "price_level"]),
        (_("Family"), ["spouse_name", "spouse_id_number", "remark"]),
    ]
    only_when = {
        "credit_code": "kind=COMPANY", "legal_rep": "kind=COMPANY", "id_number": "kind=PERSON",
        "spouse_name": "kind=PERSON", "spouse_id_number": "kind=PERSON",
    }  # fmt: skip
    related = [
        Related("CustomerContactView", "customer"),
        Related("MachineContractView", "customer"),
        Related("MachineUnitView", "owner_customer"),
        Related("ReceivableView", "customer"),
        Related("ReceiptView", "customer"),
        Related("CouponView", "customer"),
        Related("CustomerTagView", "customer"),
        Related("VisitTaskView", "customer"),
    ]
    propose_link = act(customer.propose_link, form=forms.ProposeLinkForm)

    def defaults(self) -> dict[str, Any]:
        return {"salesperson": _me_as_salesperson()}

    def shown(self, row: m.Entity, column: Column) -> Any:
        text = super().shown(row, column)
        if column.name != "name" or request.endpoint != "CustomerView.show":
            return text
        self_contact = sa.select(sa.exists().where(m.Contact.self_customer_id == row.id))
        return _dual_badge(text, column, bool(db.session.scalar(self_contact)), "name")


class CustomerContactView(Screen):
    datamodel = rows(m.CustomerContact)
    short_title, icon = _("Customer and contact"), "link"
    offers = "list show add export"
    key_column = "customer"
    list_columns = ["customer", "contact", "relation", "is_primary", "source", "contract", "is_contract_cancelled"]
    card_columns = ["contact", "relation", "source", "contract"]
    search_columns = ["customer", "contact", "source", "relation"]
    quick_references = ["customer", "contact"]
    sections = [
        (
            _("Customer and contact"),
            ["customer", "contact", "relation", "is_primary", "source", "contract", "created_by", "created_at"],
        )
    ]
    form_sections = [(_("Customer and contact"), ["customer", "contact", "relation", "is_primary"])]
    unlink = act(link.unlink)


class TagView(Screen):
    datamodel = rows(m.Tag)
    short_title, icon = _("Tags"), "tags"
    offers = "list show add edit delete export"
    key_column = "name"
    list_columns = ["name", "group", "colour", "sort", "is_enabled"]
    card_columns = ["group", "colour", "is_enabled"]
    search_columns = ["name", "group", "is_enabled"]
    quick_columns = ["name"]
    base_order = ("sort", False)
    sections = [(_("Tag"), ["name", "group", "colour", "sort", "is_enabled"])]
    form_sections = sections


class CustomerTagView(Screen):
    datamodel = rows(m.CustomerTag)
    short_title, icon = _("Tags of customers"), "tag"
    offers = "list show add delete export"
    key_column = "customer"
    list_columns = ["customer", "tag", "picked_by", "picked_at"]
    card_columns = ["tag", "picked_by"]
    search_columns = ["customer", "tag", "picked_by", "picked_at"]
    quick_references = ["customer"]
    sections = [(_("Tag of a customer"), ["customer", "tag", "picked_by", "picked_at"])]
    form_sections = [(_("Tag of a customer"), ["customer", "tag"])]


# == 3 machines =================================================================================================


class SupplierView(Screen):
    datamodel = rows(m.Supplier)
    short_title, icon = _("Suppliers"), "industry"
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
    related = [Related("MachineUnitView", "model")]


class MachineUnitView(Screen):
    datamodel = rows(m.MachineUnit)
    short_title, icon = _("Machine register"), "tractor"
    offers = LEDGER
    key_column = "serial_number"
    list_columns = [
        "serial_number", "state", "model", "condition", "year", "warehouse", "owner_customer", "delivered_on",
        "warranty_ends_on", "hour_meter", "cost_amount",
    ]  # fmt: skip
    card_columns = ["model", "condition", "warehouse", "owner_customer", "warranty_ends_on"]
    sum_columns = ["cost_amount"]
    search_columns = ["serial_number", "model", "state", "warehouse", "owner_customer", "condition", "delivered_on"]
    quick_columns = ["serial_number"]
    quick_references = ["model", "owner_customer"]
    sections = [
        (_("Machine"), ["serial_number", "state", "model", "condition", "year", "engine_number", "certificate_number", "gps_number",
                        "warehouse", "reserved_line", "lock_state"]),
        (_("Owner and warranty"), ["owner_customer", "delivered_on", "warranty_starts_on", "warranty_ends_on", "hour_meter", "hour_meter_on"]),
        (_("Cost"), ["cost_amount", "extra_cost_amount"]),
    ]  # fmt: skip
    related = [
        Related("MachineDispatchView", "unit"),
        Related("MachineInboundView", "unit"),
        Related("VisitTaskView", "unit"),
    ]
    tabs = [Tab("stock", _("In stock"), lambda q: q.where(m.MachineUnit.state == UnitState.IN_STOCK))]


class MachineInboundView(Screen):
    datamodel = rows(m.MachineInbound)
    short_title, icon = _("Machine inbound"), "arrow-right-to-bracket"
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
        (_("Machine inbound"), ["number", "state", "kind", "supplier", "warehouse", "arrived_on", "business_on"]),
        (_("Machine"), ["model", "serial_number", "engine_number", "condition", "year", "unit"]),
        (_("Price"), ["gross_amount", "tax_rate", "cost_amount"]),
        (_("Inspection"), ["inspection", "inspection_note", "remark"]),
    ]
    form_sections = [
        (_("Machine inbound"), ["kind", "supplier", "warehouse", "arrived_on"]),
        (_("Machine"), ["model", "serial_number", "engine_number", "condition", "year"]),
        (_("Price"), ["gross_amount", "tax_rate", "remark"]),
    ]
    picks = {"warehouse": {"narrow": lambda q, given: q.where(m.Warehouse.kind == m.enums.WarehouseKind.MACHINE)}}
    tabs = [
        Tab(
            "todo",
            _("Machines to be received"),
            lambda q: q.where(m.MachineInbound.state == InboundState.PENDING),
            todo="receive",
        )
    ]
    receive = act(inbound.receive, form=forms.ReceiveForm)
    cancel = act(inbound.cancel, form=forms.ReasonForm)


class MachineContractView(Screen):
    datamodel = rows(m.MachineContract)
    short_title, icon = _("Contracts"), "file-signature"
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
        "pay_mode",
        "pay_state",
        "salesperson",
        "total_amount",
    ]
    quick_columns = ["number"]
    quick_references = ["customer", "contact"]
    base_order = ("signed_on", True)
    sections = [
        (_("Contract"), ["number", "state", "customer", "contact", "salesperson", "signed_on", "pay_mode", "delivery_place",
                         "awaiting_role", "department", "remark"]),
        (_("Money"), ["machine_amount", "fee_amount", "total_amount", "deposit_amount", "down_amount", "retention_amount",
                      "finance_amount", "received_amount", "outstanding_amount", "pay_state"]),
        (_("Instalment terms"), ["periods", "annual_rate", "repay_method", "first_due_on", "repay_day", "penalty_rate", "grace_days"]),
    ]  # fmt: skip
    form_sections = [
        (_("Contract"), ["customer", "contact", "signed_on", "pay_mode", "delivery_place"]),
        (_("Money"), ["deposit_amount", "down_share", "down_amount", "retention_share", "retention_amount"]),
        (
            _("Instalment terms"),
            ["periods", "annual_rate", "repay_method", "first_due_on", "repay_day", "penalty_rate", "grace_days"],
        ),
        (_("Remark"), ["remark"]),
    ]
    lines_after = 1
    only_when = dict.fromkeys(
        [
            "down_share",
            "down_amount",
            "periods",
            "annual_rate",
            "repay_method",
            "first_due_on",
            "repay_day",
            "penalty_rate",
            "grace_days",
        ],
        "pay_mode=INSTALMENT",
    )
    optional = [
        "deposit_amount",
        "down_amount",
        "retention_amount",
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
            ("kind", "nature", "amount", "due_rule", "due_on"), secret="price", only_when={"due_on": "due_rule=ON_DATE"}
        ),
        "gifts": Lines(("coupon_type", "face_amount", "valid_days"), secret="price"),
    }
    line_tables = {
        "lines": ["model", "unit", "unit_price", "tax_rate", "configuration", "is_dispatched"],
        "fees": ["kind", "nature", "amount", "due_rule", "due_on"],
        "gifts": ["coupon_type", "face_amount", "valid_days"],
    }
    summary = [
        ("machine", _("Machine amount")), ("fee", _("Fee amount")), ("total", _("Contract total")), ("down", _("Down payment")),
        ("retention", _("Retention money")), ("financed", _("Financed amount")), ("balance", _("Balance payment")),
        ("monthly", _("Monthly payment")), ("words", _("Total in words")),
    ]  # fmt: skip
    tabs = [
        Tab("todo", _("Contracts for my approval"), lambda q: q.where(*_for_my_approval()), todo="approve"),
        Tab("dispatch", _("Contracts to dispatch"), lambda q: q.where(*_to_dispatch()), todo="dispatch"),
        Tab(
            "back",
            _("Rejected contracts"),
            lambda q: q.where(m.MachineContract.state == ContractState.REJECTED),
            todo="submit",
        ),
    ]
    related = [
        Related("ReceivableView", "contract"),
        Related("InstalmentPlanView", "contract"),
        Related("MachineDispatchView", "contract"),
        Related("CouponView", "contract"),
        Related("RetentionView", "contract"),
        Related("ApprovalRecordView", "contract"),
    ]
    submit = act(contract.submit)
    approve = act(contract.approve, form=forms.ApproveForm, bulk=True)
    reject = act(contract.reject, form=forms.RejectForm)
    dispatch = act(contract.dispatch, form=forms.DispatchForm)
    withdraw = act(contract.withdraw)
    void = act(contract.void, form=forms.ReasonForm)

    def offered(self, transition: Any, row: m.MachineContract) -> bool:  # type: ignore[override]
        if transition.verb in ("approve", "reject"):
            return row.awaiting_role in acting.current().roles
        return True

    def shown(self, row: m.Entity, column: Column) -> Any:
        if column.name == "awaiting_role":
            return _role_name(row.awaiting_role)  # type: ignore[attr-defined]
        return super().shown(row, column)

    def value(self, row: m.Entity, column: Column) -> Any:
        value = super().value(row, column)
        return _role_name(value) if column.name == "awaiting_role" else value

    def computed(self, form: FlaskForm) -> dict[str, str]:
        if "lines" not in form:
            return {}
        is_instalment = form.pay_mode.data is PayMode.INSTALMENT
        due = terms(
            [row.form.unit_price.data or m.ZERO for row in form.lines],
            [row.form.amount.data or m.ZERO for row in form.fees],
            is_instalment=is_instalment,
            deposit=form.deposit_amount.data or m.ZERO,
            down=form.down_amount.data or m.ZERO,
            down_share=form.down_share.data,
            retention=form.retention_amount.data or m.ZERO,
            retention_share=form.retention_share.data,
        )
        periods, monthly = form.periods.data or 0, ""
        if is_instalment and 1 <= periods <= 60 and due.financed > 0:
            monthly = f"{annuity_payment(due.financed, form.annual_rate.data or m.ZERO, periods):,.2f}"
        figures = {"machine": due.machine, "fee": due.fee, "total": due.total, "down": due.down, "retention": due.retention,
                   "financed": due.financed, "balance": due.balance}  # fmt: skip
        words = chinese_amount(due.total) if due.total < 10**15 else ""
        return {name: f"{amount:,.2f}" for name, amount in figures.items()} | {"monthly": monthly, "words": words}


def _role_name(code: str | None) -> str:
    from .roles import ROLES

    return str(ROLES[code].label) if code in ROLES else ""


def _for_my_approval() -> list[Any]:
    """Contracts that wait for a role of mine and that I did not write or sell."""
    by, c = acting.current(), m.MachineContract
    return [
        c.state == ContractState.PENDING,
        c.awaiting_role.in_(by.roles),
        c.salesperson_id != (by.employee_id or 0),
        sa.or_(c.created_by_id.is_(None), c.created_by_id != (by.employee_id or 0)),
    ]


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
    offers = LEDGER
    list_columns = [
        "number", "state", "customer", "unit", "contract", "dispatched_at", "receiver", "plate", "revenue_amount",
        "cost_amount", "margin_amount",
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
        (_("Margin"), ["revenue_amount", "cost_amount", "margin_amount"]),
    ]
    related = [Related("VisitTaskView", "dispatch")]


class ApprovalRecordView(Screen):
    datamodel = rows(m.ApprovalRecord)
    short_title, icon = _("Approvals"), "stamp"
    offers = LEDGER
    key_column = "contract"
    list_columns = ["contract", "round", "step", "role", "result", "employee", "opinion", "decided_at"]
    card_columns = ["role", "result", "employee", "opinion", "decided_at"]
    search_columns = ["contract", "employee", "result", "decided_at"]
    quick_references = ["contract"]
    sections = [
        (_("Approval record"), ["contract", "round", "step", "role", "result", "employee", "opinion", "decided_at"])
    ]

    def value(self, row: m.Entity, column: Column) -> Any:
        value = super().value(row, column)
        return _role_name(value) if column.name == "role" else value


# == 4 parts ====================================================================================================


def kept_stores(query: Any, given: dict[str, str]) -> Any:
    """Warehouses that keep parts."""
    return query.where(m.Warehouse.kind.in_(PARTS_STORES), m.Warehouse.is_enabled)


class PartCategoryView(Screen):
    datamodel = rows(m.PartCategory)
    short_title, icon = _("Part categories"), "folder-tree"
    key_column = "name"
    list_columns = ["code", "name", "parent"]
    card_columns = ["code", "parent"]
    search_columns = ["code", "name", "parent"]
    quick_columns = ["name", "code"]
    base_order = ("code", False)
    sections = [(_("Part category"), ["code", "name", "parent"])]
    form_sections = sections
    related = [Related("PartView", "category")]


class PartView(Screen):
    datamodel = rows(m.Part)
    short_title, icon = _("Parts"), "gears"
    key_column = "part_number"
    list_columns = [
        "part_number",
        "name",
        "category",
        "specification",
        "unit_name",
        "brand_kind",
        "retail_price",
        "wholesale_price",
        "min_stock",
        "is_enabled",
    ]
    card_columns = ["name", "specification", "retail_price", "unit_name"]
    search_columns = ["part_number", "name", "category", "brand_kind", "fits", "is_enabled"]
    quick_columns = ["part_number", "part_key", "name", "initials"]
    base_order = ("part_number", False)
    sections = [
        (
            _("Part"),
            [
                "part_number",
                "name",
                "english_name",
                "category",
                "specification",
                "unit_name",
                "brand_kind",
                "fits",
                "is_consumable",
                "warranty_days",
                "is_enabled",
            ],
        ),
        (_("Prices"), ["retail_price", "wholesale_price", "inner_price", "tax_rate"]),
        (_("Stock levels"), ["min_stock", "max_stock"]),
    ]
    form_sections = sections
    optional = ["retail_price", "wholesale_price", "inner_price", "min_stock", "max_stock", "warranty_days"]
    related = [
        Related("StockBalanceView", "part"),
        Related("PartSubstituteView", "part"),
        Related("StockMoveView", "part"),
    ]

    def quick(self, term: str) -> Any:
        """Numbers are found however dashes and blanks are typed."""
        key = part_key(term)
        return sa.or_(super().quick(term), m.Part.part_key.contains(key)) if key else super().quick(term)


class PartSubstituteView(Screen):
    datamodel = rows(m.PartSubstitute)
    short_title, icon = _("Substitutes"), "right-left"
    offers = "list show add edit delete export"
    key_column = "part"
    list_columns = ["part", "substitute", "direction"]
    card_columns = ["substitute", "direction"]
    search_columns = ["part", "substitute", "direction"]
    quick_references = ["part", "substitute"]
    sections = [(_("Substitute part"), ["part", "substitute", "direction"])]
    form_sections = sections


class StockBalanceView(Screen):
    datamodel = rows(m.StockBalance)
    short_title, icon = _("Stock"), "boxes-stacked"
    help_text = _("Cost is the moving weighted average of one part in one warehouse.")
    offers = LEDGER
    key_column = "part"
    list_columns = ["part", "warehouse", "quantity", "reserved", "available", "average_cost", "amount", "bin"]
    card_columns = ["warehouse", "quantity", "available", "bin"]
    sum_columns = ["quantity", "reserved", "amount"]
    search_columns = ["part", "warehouse", "quantity", "bin"]
    quick_columns = ["bin"]
    quick_references = ["part"]
    computed_columns = {
        "available": Column("available", _("Available"), "quantity"),
        "average_cost": Column("average_cost", _("Average cost"), "rate", _("yuan"), secret="cost"),
    }
    sections = [
        (
            _("Stock"),
            ["part", "warehouse", "quantity", "reserved", "available", "average_cost", "amount", "bin", "is_frozen"],
        )
    ]
    tabs = [
        Tab("there", _("In stock"), lambda q: q.where(m.StockBalance.quantity > 0)),
        Tab("low", _("Below minimum"), lambda q: q.where(m.StockBalance.quantity < _minimum())),
    ]


def _minimum() -> Any:
    """The minimum stock of the part of a balance."""
    return sa.select(m.Part.min_stock).where(m.Part.id == m.StockBalance.part_id).scalar_subquery()


class StockMoveView(Screen):
    datamodel = rows(m.StockMove)
    short_title, icon = _("Stock moves"), "arrows-left-right"
    offers = LEDGER
    key_column = "origin_number"
    list_columns = [
        "origin_number",
        "movement",
        "part",
        "source",
        "target",
        "quantity",
        "amount",
        "source_quantity",
        "target_quantity",
        "business_on",
        "posted_by",
    ]
    card_columns = ["part", "movement", "quantity", "source", "target"]
    sum_columns = ["quantity", "amount"]
    search_columns = ["part", "source", "target", "movement", "business_on", "origin_number"]
    quick_columns = ["origin_number"]
    quick_references = ["part"]
    sections = [
        (
            _("Stock move"),
            [
                "origin_number",
                "movement",
                "part",
                "source",
                "target",
                "quantity",
                "amount",
                "source_quantity",
                "source_amount",
                "target_quantity",
                "target_amount",
                "business_on",
                "posted_by",
                "posted_at",
            ],
        )
    ]


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
            lambda q: q.where(*_not_mine(m.PurchaseOrder, m.enums.PurchaseState.PENDING)),
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


def _not_mine(entity: Any, state: Any) -> list[Any]:
    """Papers in this state that somebody else wrote."""
    by = acting.current()
    return [
        entity.state == state,
        sa.or_(entity.created_by_id.is_(None), entity.created_by_id != (by.employee_id or 0)),
    ]


class InboundReceiptView(Screen):
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
            lambda q: q.where(m.InboundReceipt.state == m.enums.InboundReceiptState.PENDING),
            todo="receive",
        )
    ]
    receive = act(parts_inbound.receive, form=forms.CountedForm)
    reverse = act(parts_inbound.reverse, form=forms.ReasonForm)


class PartQuotationView(Screen):
    datamodel = rows(m.PartQuotation)
    short_title, icon = _("Quotations"), "file-invoice"
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
            "narrow": lambda q, given: q.where(m.MachineUnit.owner_customer_id == _id(given.get("customer"))),
            "depends": ("customer",),
        }
    }
    lines = {"lines": Lines(("part", "quantity", "unit_price"), need=True, secret="price")}
    line_tables = {"lines": ["part", "quantity", "unit_price", "amount"]}
    summary = [("total", _("Quotation total")), ("words", _("Total in words"))]
    tabs = [Tab("agreed", _("Agreed"), lambda q: q.where(m.PartQuotation.state == m.enums.QuotationState.AGREED))]
    related = [Related("PartSaleView", "quotation")]
    send = act(quotation.send)
    agree = act(quotation.agree, form=forms.AgreeForm)
    refuse = act(quotation.refuse, form=forms.ReasonForm)
    revise = act(quotation.revise)

    def computed(self, form: FlaskForm) -> dict[str, str]:
        return _goods(form)


def _goods(form: FlaskForm) -> dict[str, str]:
    """Σ quantity × price of the lines of a form."""
    if "lines" not in form:
        return {}
    total = sum(
        (cents((r.form.quantity.data or m.ZERO) * (r.form.unit_price.data or m.ZERO)) for r in form.lines), m.ZERO
    )
    return {"total": f"{total:,.2f}", "words": chinese_amount(total) if total < 10**15 else ""}


class PartSaleView(Screen):
    datamodel = rows(m.PartSale)
    short_title, icon = _("Parts sales"), "cash-register"
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
            ["quotation", "sale_type", "customer", "warehouse", "cost_department", "refurb_unit", "detail"],
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
                m.PartQuotation.state == m.enums.QuotationState.AGREED, m.PartQuotation.valid_until >= clock.today()
            )
        },
        "warehouse": {"narrow": kept_stores},
        "refurb_unit": {
            "narrow": lambda q, given: q.where(
                m.MachineUnit.condition == m.enums.UnitCondition.USED, m.MachineUnit.state != UnitState.SOLD
            )
        },
    }
    lines = {
        "lines": Lines(("part", "quantity", "unit_price"), secret="price"),
        "coupons": Lines(
            ("coupon", "amount"),
            secret="price",
            picks={
                "coupon": {
                    "narrow": lambda q, given: (
                        q.where(
                            m.Coupon.state == CouponState.ACTIVE, m.Coupon.customer_id == _id(given.get("customer"))
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
        "lines": ["part", "quantity", "unit_price", "amount", "shipped_quantity", "returned_quantity", "cost_amount"],
        "coupons": ["coupon", "amount"],
    }
    summary = [("total", _("Goods")), ("words", _("Total in words"))]
    tabs = [
        Tab(
            "todo",
            _("Parts sales for my approval"),
            lambda q: q.where(*_not_mine(m.PartSale, m.enums.SaleState.PENDING)),
            todo="approve",
        ),
        Tab(
            "back",
            _("Rejected parts sales"),
            lambda q: q.where(m.PartSale.state == m.enums.SaleState.REJECTED),
            todo="submit",
        ),
    ]
    related = [
        Related("PartOutboundView", "sale"),
        Related("SaleReturnView", "sale"),
        Related("ReceivableView", "sale"),
    ]
    submit = act(sale.submit)
    approve = act(sale.approve, form=forms.ApproveForm, bulk=True)
    reject = act(sale.reject, form=forms.RejectForm)
    cancel = act(sale.cancel, form=forms.ReasonForm)

    def computed(self, form: FlaskForm) -> dict[str, str]:
        return _goods(form)


class PartOutboundView(Screen):
    datamodel = rows(m.PartOutbound)
    short_title, icon = _("Parts outbound"), "truck-ramp-box"
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
            lambda q: q.where(m.PartOutbound.state == m.enums.OutboundState.PENDING),
            todo="ship",
        )
    ]
    ship = act(outbound.ship, form=forms.ShipForm)


class SaleReturnView(Screen):
    datamodel = rows(m.SaleReturn)
    short_title, icon = _("Sale returns"), "rotate-left"
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
        (_("Sale return"), ["number", "state", "sale", "customer", "warehouse", "reason", "remark"]),
        (_("Refund"), ["goods_amount", "credited_amount", "coupon_amount", "cash_amount", "account"]),
    ]
    form_sections = [(_("Sale return"), ["sale", "warehouse", "reason", "remark"])]
    picks = {"warehouse": {"narrow": kept_stores}}
    lines = {
        "lines": Lines(
            ("sale_line", "quantity"),
            need=True,
            picks={
                "sale_line": {
                    "narrow": lambda q, given: q.where(
                        m.SaleLine.sale_id == _id(given.get("sale")),
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
            lambda q: q.where(m.SaleReturn.state == m.enums.ReturnState.DRAFT),
            todo="receive",
        ),
        Tab(
            "refund",
            _("Returns to be refunded"),
            lambda q: q.where(m.SaleReturn.state == m.enums.ReturnState.RECEIVED),
            todo="refund",
        ),
    ]
    receive = act(sale_return.receive)
    refund = act(sale_return.refund, form=forms.RefundForm)
    cancel = act(sale_return.cancel, form=forms.ReasonForm)


class StockTransferView(Screen):
    datamodel = rows(m.StockTransfer)
    short_title, icon = _("Transfers"), "people-carry-box"
    list_columns = ["number", "state", "source", "target", "shipped_at", "received_at", "created_by"]
    card_columns = ["source", "target", "shipped_at"]
    search_columns = ["number", "source", "target", "state", "shipped_at"]
    quick_columns = ["number"]
    quick_references = ["source", "target"]
    sections = [
        (
            _("Stock transfer"),
            ["number", "state", "source", "target", "shipped_at", "received_at", "created_by", "remark"],
        )
    ]
    form_sections = [(_("Stock transfer"), ["source", "target", "remark"])]
    picks = {"source": {"narrow": kept_stores}, "target": {"narrow": kept_stores}}
    lines = {"lines": Lines(("part", "quantity"), need=True)}
    line_tables = {
        "lines": ["part", "quantity", "shipped_quantity", "shipped_amount", "received_quantity", "lost_quantity"]
    }
    tabs = [
        Tab(
            "todo",
            _("Transfers to ship"),
            lambda q: q.where(m.StockTransfer.state == m.enums.TransferState.PENDING),
            todo="ship",
        ),
        Tab(
            "transit",
            _("Transfers on the way"),
            lambda q: q.where(m.StockTransfer.state == m.enums.TransferState.IN_TRANSIT),
            todo="receive",
        ),
        Tab(
            "short",
            _("Transfers that arrived short"),
            lambda q: q.where(m.StockTransfer.state == m.enums.TransferState.SHORT),
            todo="settle",
        ),
    ]
    ship = act(transfer.ship)
    receive = act(transfer.receive, form=forms.ArrivalForm)
    settle = act(transfer.settle, form=forms.ShortageForm)
    cancel = act(transfer.cancel, form=forms.ReasonForm)


class StockCountView(Screen):
    datamodel = rows(m.StockCount)
    short_title, icon = _("Stock counts"), "clipboard-check"
    list_columns = ["number", "state", "warehouse", "category", "business_on", "created_by"]
    card_columns = ["warehouse", "category", "business_on"]
    search_columns = ["number", "warehouse", "state", "business_on"]
    quick_columns = ["number"]
    quick_references = ["warehouse"]
    sections = [(_("Stock count"), ["number", "state", "warehouse", "category", "business_on", "created_by", "remark"])]
    form_sections = [(_("Stock count"), ["warehouse", "category", "remark"])]
    picks = {"warehouse": {"narrow": kept_stores}}
    line_tables = {"lines": ["part", "book_quantity", "actual_quantity", "book_amount", "difference_amount"]}
    tabs = [
        Tab(
            "todo",
            _("Counts for my approval"),
            lambda q: q.where(*_not_mine(m.StockCount, m.enums.CountState.REVIEWING)),
            todo="approve",
        )
    ]
    start = act(count.start)
    submit = act(count.submit, form=forms.ShelfForm)
    approve = act(count.approve, form=forms.ApproveForm)
    cancel = act(count.cancel, form=forms.ReasonForm)


class SaleTypeView(Screen):
    datamodel = rows(m.SaleType)
    short_title, icon = _("Kinds of sale"), "sliders"
    key_column = "name"
    list_columns = [
        "name",
        "needs_customer",
        "makes_debt",
        "takes_coupons",
        "needs_quotation",
        "price_level",
        "cost_target",
        "detail",
        "approver",
        "is_enabled",
    ]
    card_columns = ["cost_target", "detail", "approver"]
    search_columns = ["name", "is_enabled"]
    quick_columns = ["name"]
    sections = [
        (
            _("Kind of sale"),
            [
                "name",
                "needs_customer",
                "is_channel_only",
                "makes_debt",
                "takes_coupons",
                "needs_quotation",
                "price_level",
                "cost_target",
                "detail",
                "approver",
                "is_enabled",
            ],
        )
    ]
    form_sections = sections


# == 5 coupons ==================================================================================================


class CouponTypeView(Screen):
    datamodel = rows(m.CouponType)
    short_title, icon = _("Coupon types"), "ticket"
    key_column = "name"
    list_columns = ["name", "scope", "is_multi_use", "max_share", "is_transferable", "valid_days", "is_enabled"]
    card_columns = ["scope", "valid_days"]
    search_columns = ["name", "scope", "is_enabled"]
    quick_columns = ["name"]
    sections = [
        (
            _("Coupon type"),
            ["name", "scope", "is_multi_use", "max_share", "is_transferable", "valid_days", "is_enabled"],
        )
    ]
    form_sections = sections


class CouponView(Screen):
    datamodel = rows(m.Coupon)
    short_title, icon = _("Coupons"), "ticket-simple"
    help_text = _("A coupon is redeemed as a fund in a receipt that pays parts or service debts of its customer.")
    offers = LEDGER
    list_columns = [
        "number",
        "state",
        "customer",
        "type",
        "face_amount",
        "balance",
        "valid_from",
        "valid_to",
        "source",
        "contract",
    ]
    card_columns = ["customer", "type", "balance", "valid_to"]
    sum_columns = ["face_amount", "balance"]
    search_columns = ["number", "customer", "state", "type", "valid_to", "source"]
    quick_columns = ["number"]
    quick_references = ["customer"]
    sections = [
        (
            _("Coupon"),
            [
                "number",
                "state",
                "customer",
                "type",
                "face_amount",
                "balance",
                "valid_from",
                "valid_to",
                "valid_days",
                "source",
                "contract",
            ],
        )
    ]
    related = [Related("CouponEntryView", "coupon")]


class CouponEntryView(Screen):
    datamodel = rows(m.CouponEntry)
    short_title, icon = _("Coupon entries"), "receipt"
    offers = LEDGER
    key_column = "origin_number"
    list_columns = ["coupon", "movement", "amount", "balance_after", "origin_number", "posted_by", "posted_at"]
    card_columns = ["movement", "amount", "balance_after", "posted_at"]
    sum_columns = ["amount"]
    search_columns = ["coupon", "movement", "origin_number", "posted_at"]
    quick_columns = ["origin_number"]
    quick_references = ["coupon"]
    sections = [
        (
            _("Coupon entry"),
            ["coupon", "movement", "amount", "balance_after", "origin_number", "posted_by", "posted_at"],
        )
    ]


# == 6 service ==================================================================================================


class VisitTaskView(Screen):
    datamodel = rows(m.VisitTask)
    short_title, icon = _("Visits"), "phone"
    list_columns = [
        "number",
        "state",
        "customer",
        "unit",
        "source",
        "planned_on",
        "contact_name",
        "contact_phone",
        "score",
        "tries",
    ]
    card_columns = ["customer", "unit", "planned_on", "contact_name", "contact_phone"]
    search_columns = ["number", "customer", "state", "planned_on", "source", "score"]
    quick_columns = ["number", "contact_name"]
    quick_references = ["customer"]
    base_order = ("planned_on", False)
    sections = [
        (_("Visit task"), ["number", "state", "customer", "unit", "dispatch", "source", "planned_on", "channel"]),
        (_("Answer"), ["contact_name", "contact_phone", "score", "answer", "tries", "visited_at", "remark"]),
    ]
    form_sections = [
        (
            _("Visit task"),
            ["customer", "contact_name", "contact_phone", "unit", "source", "planned_on", "channel", "remark"],
        )
    ]
    picks = {
        "unit": {
            "narrow": lambda q, given: q.where(m.MachineUnit.owner_customer_id == _id(given.get("customer"))),
            "depends": ("customer",),
        }
    }
    tabs = [
        Tab(
            "todo",
            _("Visits due"),
            lambda q: q.where(m.VisitTask.state.in_(OPEN_VISITS), m.VisitTask.planned_on <= clock.today()),
            todo="complete",
        )
    ]
    complete = act(visit.complete, form=forms.VisitForm)
    no_answer = act(visit.no_answer, bulk=True)
    refuse = act(visit.refuse, form=forms.ReasonForm)


# == 7 finance ==================================================================================================


class ReceivableView(Screen):
    datamodel = rows(m.Receivable)
    short_title, icon = _("Receivables"), "file-invoice-dollar"
    offers = "list show add export"
    list_columns = [
        "number", "state", "customer", "kind", "fee_kind", "period", "contract", "due_on", "amount", "settled_amount",
        "outstanding_amount",
    ]  # fmt: skip
    card_columns = ["customer", "kind", "due_on", "amount", "outstanding_amount"]
    sum_columns = ["amount", "settled_amount"]
    search_columns = ["number", "customer", "contract", "kind", "state", "due_on", "amount"]
    quick_columns = ["number"]
    quick_references = ["customer", "contract"]
    computed_columns = {"outstanding_amount": Column("outstanding_amount", _("Outstanding"), "money", _("yuan"))}
    sections = [
        (
            _("Receivable"),
            [
                "number",
                "state",
                "customer",
                "kind",
                "fee_kind",
                "contract",
                "period",
                "due_on",
                "is_before_dispatch",
                "remark",
            ],
        ),
        (
            _("Money"),
            [
                "amount",
                "principal_amount",
                "interest_amount",
                "settled_amount",
                "written_off_amount",
                "outstanding_amount",
                "last_paid_on",
            ],
        ),
    ]
    form_sections = [(_("Opening receivable"), ["customer", "kind", "amount", "due_on", "remark"])]
    required = ["due_on"]
    choices = {"kind": [k for k in m.enums.ReceivableKind if k in OPENING_RECEIVABLES]}
    related = [Related("ReceivableEntryView", "receivable")]
    tabs = [
        Tab("unpaid", _("Unpaid"), lambda q: q.where(m.Receivable.state.in_(UNPAID_RECEIVABLES))),
        Tab(
            "overdue",
            _("Overdue"),
            lambda q: q.where(m.Receivable.state.in_(UNPAID_RECEIVABLES), m.Receivable.due_on < clock.today()),
        ),
    ]


class ReceivableEntryView(Screen):
    datamodel = rows(m.ReceivableEntry)
    short_title, icon = _("Receivable entries"), "list-ol"
    offers = LEDGER
    key_column = "origin_number"
    list_columns = [
        "receivable",
        "customer",
        "movement",
        "amount",
        "outstanding_after",
        "origin_number",
        "business_on",
        "posted_by",
        "posted_at",
    ]
    card_columns = ["customer", "movement", "amount", "posted_at"]
    search_columns = ["receivable", "customer", "movement", "origin_number", "business_on"]
    quick_columns = ["origin_number"]
    quick_references = ["customer"]
    sections = [
        (
            _("Receivable entry"),
            [
                "receivable",
                "customer",
                "movement",
                "amount",
                "outstanding_after",
                "origin_number",
                "business_on",
                "posted_by",
                "posted_at",
            ],
        )
    ]


class ReceiptView(Screen):
    datamodel = rows(m.Receipt)
    short_title, icon = _("Receipts"), "money-check-dollar"
    list_columns = [
        "number",
        "state",
        "customer",
        "received_on",
        "total_amount",
        "allocated_amount",
        "unallocated_amount",
        "created_by",
    ]
    card_columns = ["customer", "received_on", "total_amount", "created_by"]
    sum_columns = ["total_amount", "allocated_amount", "unallocated_amount"]
    search_columns = ["number", "customer", "state", "received_on", "total_amount"]
    quick_columns = ["number"]
    quick_references = ["customer"]
    sections = [
        (
            _("Receipt"),
            [
                "number",
                "state",
                "customer",
                "received_on",
                "total_amount",
                "allocated_amount",
                "unallocated_amount",
                "created_by",
                "remark",
            ],
        )
    ]
    form_sections = [(_("Receipt"), ["customer", "received_on", "remark"])]
    lines = {
        "funds": Lines(
            ("kind", "account", "coupon", "amount", "serial"),
            need=True,
            picks={
                "coupon": {
                    "narrow": lambda q, given: q.where(
                        m.Coupon.customer_id == _id(given.get("customer")), m.Coupon.state == CouponState.ACTIVE
                    ),
                    "depends": ("customer",),
                }
            },
            only_when={
                "account": WITH_ACCOUNT,
                "serial": WITH_ACCOUNT,
                "coupon": "kind=COUPON",
            },
        ),
        "allocations": Lines(
            ("receivable", "amount"),
            picks={
                "receivable": {
                    "narrow": lambda q, given: q.where(
                        m.Receivable.customer_id == _id(given.get("customer")),
                        m.Receivable.state.in_(UNPAID_RECEIVABLES),
                    ),
                    "depends": ("customer",),
                }
            },
            outputs={"outstanding": _("Outstanding")},
        ),
    }
    line_tables = {"funds": ["kind", "account", "coupon", "amount", "serial"], "allocations": ["receivable", "amount"]}
    summary = [
        ("total", _("Funds in all")), ("allocated", _("Allocated")), ("unallocated", _("Kept as prepaid")), ("words", _("Funds in words")),
    ]  # fmt: skip
    tabs = [
        Tab("todo", _("Receipts to confirm"), lambda q: q.where(m.Receipt.state == ReceiptState.DRAFT), todo="confirm")
    ]
    allocate = act(receipt.allocate)
    confirm = act(receipt.confirm, bulk=True)
    reverse = act(receipt.reverse, form=forms.ReasonForm)
    cancel = act(receipt.cancel, form=forms.ReasonForm)

    def computed(self, form: FlaskForm) -> dict[str, str]:
        funds = sum((row.form.amount.data or m.ZERO for row in form.funds), m.ZERO)
        paid = sum((row.form.amount.data or m.ZERO for row in form.allocations), m.ZERO)
        result = {"total": f"{funds:,.2f}", "allocated": f"{paid:,.2f}", "unallocated": f"{funds - paid:,.2f}"}
        for row in form.allocations:
            debt = row.form.receivable.data
            result[f"{row.name}-outstanding"] = f"{debt.outstanding_amount:,.2f}" if debt else ""
        return result | {"words": chinese_amount(funds) if funds < 10**15 else ""}


class PayableView(Screen):
    datamodel = rows(m.Payable)
    short_title, icon = _("Payables"), "file-invoice"
    offers = LEDGER
    list_columns = ["number", "state", "supplier", "kind", "origin_number", "due_on", "amount", "paid_amount"]
    card_columns = ["supplier", "due_on", "amount", "paid_amount"]
    sum_columns = ["amount", "paid_amount"]
    search_columns = ["number", "supplier", "state", "kind", "due_on", "origin_number"]
    quick_columns = ["number", "origin_number"]
    quick_references = ["supplier"]
    sections = [
        (
            _("Payable"),
            ["number", "state", "supplier", "kind", "origin_number", "due_on", "amount", "paid_amount", "remark"],
        )
    ]


class PaymentView(Screen):
    datamodel = rows(m.Payment)
    short_title, icon = _("Payments"), "money-bill-transfer"
    list_columns = ["number", "state", "supplier", "account", "pay_on", "total_amount", "serial", "created_by"]
    card_columns = ["supplier", "account", "pay_on", "total_amount"]
    sum_columns = ["total_amount"]
    search_columns = ["number", "supplier", "account", "state", "pay_on"]
    quick_columns = ["number", "serial"]
    quick_references = ["supplier"]
    sections = [
        (
            _("Payment"),
            ["number", "state", "supplier", "account", "pay_on", "serial", "total_amount", "created_by", "remark"],
        )
    ]
    form_sections = [(_("Payment"), ["supplier", "account", "pay_on", "serial", "remark"])]
    lines = {
        "lines": Lines(
            ("payable", "amount"),
            need=True,
            picks={
                "payable": {
                    "narrow": lambda q, given: q.where(
                        m.Payable.supplier_id == _id(given.get("supplier")),
                        m.Payable.state.in_([m.enums.PayableState.OPEN, m.enums.PayableState.PARTIAL]),
                    ),
                    "depends": ("supplier",),
                }
            },
        )
    }
    line_tables = {"lines": ["payable", "amount"]}
    tabs = [
        Tab(
            "todo",
            _("Payments for my approval"),
            lambda q: q.where(*_not_mine(m.Payment, m.enums.PaymentState.PENDING)),
            todo="approve",
        ),
        Tab(
            "pay",
            _("Payments to be made"),
            lambda q: q.where(m.Payment.state == m.enums.PaymentState.APPROVED),
            todo="pay",
        ),
    ]
    submit = act(payment.submit)
    approve = act(payment.approve, form=forms.ApproveForm, bulk=True)
    pay = act(payment.pay)
    cancel = act(payment.cancel, form=forms.ReasonForm)


class ExpenseView(Screen):
    datamodel = rows(m.Expense)
    short_title, icon = _("Expenses"), "wallet"
    offers = LEDGER
    list_columns = ["number", "kind", "department", "amount", "origin_number", "business_on"]
    card_columns = ["department", "amount", "origin_number"]
    sum_columns = ["amount"]
    search_columns = ["number", "kind", "department", "business_on", "origin_number"]
    quick_columns = ["number", "origin_number"]
    sections = [(_("Expense"), ["number", "kind", "department", "amount", "origin_number", "business_on", "remark"])]


class PrepaidEntryView(Screen):
    datamodel = rows(m.PrepaidEntry)
    short_title, icon = _("Prepaid entries"), "piggy-bank"
    offers = LEDGER
    key_column = "origin_number"
    list_columns = ["customer", "amount", "balance_after", "origin_number", "posted_by", "posted_at"]
    card_columns = ["customer", "amount", "balance_after"]
    sum_columns = ["amount"]
    search_columns = ["customer", "origin_number", "posted_at"]
    quick_columns = ["origin_number"]
    quick_references = ["customer"]
    sections = [
        (_("Prepaid entry"), ["customer", "amount", "balance_after", "origin_number", "posted_by", "posted_at"])
    ]


class FundAccountView(Screen):
    datamodel = rows(m.FundAccount)
    short_title, icon = _("Fund accounts"), "building-columns"
    key_column = "name"
    list_columns = ["name", "kind", "account_number", "opening_amount", "is_enabled"]
    card_columns = ["kind", "account_number"]
    search_columns = ["name", "kind", "is_enabled"]
    quick_columns = ["name", "account_number"]
    sections = [(_("Fund account"), ["name", "kind", "account_number", "opening_amount", "is_enabled"])]
    form_sections = sections
    optional = ["opening_amount"]
    related = [Related("CashEntryView", "account")]


class CashEntryView(Screen):
    datamodel = rows(m.CashEntry)
    short_title, icon = _("Cash entries"), "coins"
    offers = LEDGER
    key_column = "origin_number"
    list_columns = ["account", "amount", "serial", "origin_number", "business_on", "posted_by", "posted_at"]
    card_columns = ["account", "amount", "business_on"]
    sum_columns = ["amount"]
    search_columns = ["account", "serial", "origin_number", "business_on"]
    quick_columns = ["origin_number", "serial"]
    sections = [
        (_("Cash entry"), ["account", "amount", "serial", "origin_number", "business_on", "posted_by", "posted_at"])
    ]


class RetentionView(Screen):
    datamodel = rows(m.Retention)
    short_title, icon = _("Retentions"), "shield-halved"
    offers = LEDGER
    list_columns = ["number", "state", "customer", "contract", "amount", "starts_on", "matures_on", "due_on"]
    card_columns = ["customer", "amount", "due_on"]
    sum_columns = ["amount"]
    search_columns = ["number", "customer", "state", "due_on"]
    quick_columns = ["number"]
    quick_references = ["customer"]
    base_order = ("due_on", False)
    sections = [
        (
            _("Retention"),
            ["number", "state", "customer", "contract", "receivable", "amount", "starts_on", "matures_on", "due_on"],
        )
    ]


# == 8 credit ===================================================================================================


class InstalmentPlanView(Screen):
    datamodel = rows(m.InstalmentPlan)
    short_title, icon = _("Instalment plans"), "calendar-days"
    offers = LEDGER
    list_columns = [
        "number",
        "state",
        "customer",
        "contract",
        "method",
        "periods",
        "annual_rate",
        "principal_amount",
        "interest_amount",
        "first_due_on",
    ]
    card_columns = ["customer", "periods", "principal_amount", "first_due_on"]
    sum_columns = ["principal_amount", "interest_amount"]
    search_columns = ["number", "customer", "state", "first_due_on"]
    quick_columns = ["number"]
    quick_references = ["customer", "contract"]
    sections = [
        (
            _("Instalment plan"),
            [
                "number",
                "state",
                "customer",
                "contract",
                "payee",
                "method",
                "periods",
                "annual_rate",
                "principal_amount",
                "interest_amount",
                "first_due_on",
                "revision",
            ],
        )
    ]
    line_tables = {"rows": ["period", "due_on", "principal_amount", "interest_amount", "total_amount", "receivable"]}


# == 11 system ==================================================================================================


class NotificationView(Screen):
    datamodel = rows(m.Notification)
    short_title, icon = _("Notices"), "bell"
    offers = "list show"
    key_column = "subject"
    list_columns = ["subject", "sent_at", "read_at"]
    card_columns = ["sent_at", "read_at"]
    search_columns = ["subject", "sent_at"]
    quick_columns = ["subject"]
    sections = [(_("Notice"), ["subject", "sent_at", "read_at"])]
    tabs = [Tab("unread", _("Unread"), lambda q: q.where(m.Notification.read_at.is_(None)))]
    read = act(notice.read, bulk=True)

    @expose("/read_all", methods=["POST"])
    def read_all(self) -> Any:
        """Everything of mine is read."""
        by, table = acting.current(), m.Notification.__table__
        db.session.execute(
            sa.update(table)
            .where(table.c.to_id == (by.employee_id or 0), table.c.read_at.is_(None))
            .values(read_at=clock.now())
        )
        db.session.commit()
        return redirect(self.url("list"))

    @expose("/open/<pk>", methods=["POST"])
    def open(self, pk: str) -> Any:
        """Read a notice and go to what it is about."""
        row: Any = self.find(pk)
        if row.read_at is None:
            row = fire(row, "read")
        screen = screen_of(row.entity)
        if screen is None or not screen.may("show"):
            flash(row.subject, "info")
            return redirect(self.url("list"))
        return redirect(screen.url("show", pk=row.row_id))


class AuditLogView(Screen):
    datamodel = rows(m.AuditLog)
    short_title, icon = _("Audit log"), "clock-rotate-left"
    offers = LEDGER
    key_column = "row_name"
    list_columns = ["at", "by_name", "action", "entity", "row_name", "address"]
    card_columns = ["at", "by_name", "action", "entity"]
    search_columns = ["at", "by_name", "action", "entity", "row_name"]
    quick_columns = ["row_name", "by_name"]
    sections = [(_("Audit log"), ["at", "by_name", "address", "action", "entity", "row_name"])]

    def value(self, row: m.Entity, column: Column) -> Any:
        value = super().value(row, column)
        return str(m.ENTITIES[value].title) if column.name == "entity" and value in m.ENTITIES else value

    def changes(self, row: m.AuditLog) -> list[tuple[str, str, str]]:
        """(label, before, after) of what this person may know."""
        from .screens.columns import describe, readable

        entity, told = m.ENTITIES.get(row.entity), []
        for name, (before, after) in row.changes.items():
            try:
                column = describe(entity, name)  # type: ignore[arg-type]
            except (LookupError, sa.exc.NoInspectionAvailable):
                continue
            if readable([column]):
                told.append((str(column.label), _word(column, before), _word(column, after)))
            else:
                told.append((str(column.label), "***", "***"))
        return told


def _word(column: Column, value: Any) -> str:
    """A value of the audit log as people read it."""
    if value is None:
        return ""
    if column.name == "origin" and value in m.ENTITIES:
        return str(m.ENTITIES[value].title)
    if column.kind in ("choice", "state") and value in column.type.enum_class.__members__:
        return str(column.type.enum_class[value])
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    if column.name in ("role", "awaiting_role", "approval_route", "approver"):
        return "、".join(_role_name(code) for code in str(value).split(","))
    return str(value)


class ExportLogView(Screen):
    datamodel = rows(m.ExportLog)
    short_title, icon = _("Export log"), "file-export"
    offers = LEDGER
    key_column = "screen"
    list_columns = ["at", "by", "screen", "filters", "format", "rows"]
    card_columns = ["at", "by", "rows"]
    search_columns = ["at", "by", "screen"]
    quick_columns = ["screen"]
    sections = [(_("Export log"), ["at", "by", "screen", "filters", "format", "rows"])]


class HomeView(BaseView):
    """工作台: what waits for me, what is new, and the figures I may know."""

    route_base = ""
    default_view = "index"

    @expose("/")
    def index(self) -> str:
        return self.render_template(
            "home.html",
            title=gettext("Home"),
            todos=todos(),
            links=quick_links(),
            notices=_my_notices(),
            figures=figures(),
            notice_screen=screen_of("Notification"),
        )

    @expose("/me")
    def me(self) -> str:
        return self.render_template("me.html", title=gettext("Me"))


def screen_of(entity: str | None) -> Screen | None:
    """The screen of an entity, by the entity's name."""
    return next(
        (v for v in current_app.appbuilder.baseviews if isinstance(v, Screen) and v.entity.__name__ == entity), None
    )


def todos() -> list[dict[str, Any]]:
    """What waits for this person: label, how many, and the list behind it with exactly so many rows."""
    from werkzeug.datastructures import ImmutableMultiDict

    from .screens import listing

    found = []
    for screen in current_app.appbuilder.baseviews:
        if not isinstance(screen, Screen) or not screen.may("list"):
            continue
        for tab in screen.tabs:
            if tab.todo and screen.may(tab.todo):
                view = listing.read(screen, ImmutableMultiDict({"tab": tab.name}), screen.sees())
                found.append(
                    {
                        "label": tab.label,
                        "count": view.count(),
                        "url": screen.url("list", tab=tab.name),
                        "icon": screen.icon,
                    }
                )
    return found


def quick_links() -> list[dict[str, Any]]:
    """What this person starts most often."""
    wanted = ("Contact", "Customer", "MachineContract", "Receipt", "MachineInbound", "VisitTask")
    links = []
    for screen in filter(None, map(screen_of, wanted)):
        if screen.may("add"):
            links.append(
                {
                    "label": gettext("New: %(entity)s", entity=str(screen.entity.title)),
                    "url": screen.url("add"),
                    "icon": "plus",
                }
            )
    if acting.current().may("add", "CustomerTag"):
        links.append({"label": gettext("Tag customers"), "url": url_for("TagPickView.customers"), "icon": "tags"})
    return links


def _my_notices() -> list[m.Notification]:
    query = sa.select(m.Notification).order_by(m.Notification.read_at.is_not(None), m.Notification.id.desc()).limit(8)
    return list(db.session.scalars(query))


def figures() -> list[dict[str, Any]]:
    """Four figures of this month within the person's rows, each with the list behind it."""
    first = clock.today().replace(day=1)
    c, r, u = m.MachineContract, m.Receivable, m.MachineUnit
    found: list[dict[str, Any]] = []
    by = acting.current()
    contracts, debts, units = screen_of("MachineContract"), screen_of("Receivable"), screen_of("MachineUnit")
    if contracts and contracts.may("list") and by.knows("price"):
        signed = sa.select(sa.func.count(c.id), sa.func.sum(c.total_amount)).where(
            c.signed_on >= first, c.state != ContractState.CANCELLED
        )
        count, total = db.session.execute(signed).one()
        found.append(
            _figure(
                _("Contracts this month"),
                total,
                _("%(n)s contracts", n=count),
                contracts.url("list", signed_on_from=first.isoformat()),
            )
        )
    if debts and debts.may("list"):
        left = sa.func.sum(r.amount) - sa.func.sum(r.settled_amount) - sa.func.sum(r.written_off_amount)
        base = sa.select(sa.func.count(r.id), left).where(r.state.in_(UNPAID_RECEIVABLES))
        count, total = db.session.execute(base).one()
        found.append(_figure(_("Outstanding"), total, _("%(n)s receivables", n=count), debts.url("list", tab="unpaid")))
        count, total = db.session.execute(base.where(r.due_on < clock.today())).one()
        found.append(
            _figure(_("Overdue"), total, _("%(n)s receivables", n=count), debts.url("list", tab="overdue"), "bad")
        )
    if units and units.may("list"):
        stock = sa.select(sa.func.count(u.id)).where(u.state == UnitState.IN_STOCK)
        found.append(
            {
                "label": _("Machines in stock"),
                "value": str(db.session.scalar(stock)),
                "unit": _("machines"),
                "words": "",
                "url": units.url("list", tab="stock"),
                "tone": "",
            }
        )
    return found


def _figure(label: Any, total: Any, words: Any, url: str, tone: str = "") -> dict[str, Any]:
    return {
        "label": label,
        "value": f"{(total or m.ZERO) / 10_000:,.2f}",
        "unit": _("10k yuan"),
        "words": words,
        "url": url,
        "tone": tone,
    }


# == the whole menu =============================================================================================

MENU: list[tuple[str, Any, str, list[type[Screen]]]] = [
    ("crm", _("Customers"), "users", [CustomerView, ContactView, CustomerContactView, CustomerTagView, TagView]),
    ("machines", _("Machines"), "tractor", [MachineContractView, MachineDispatchView, MachineUnitView, MachineInboundView, MachineModelView, SupplierView, ApprovalRecordView]),
    ("parts", _("Parts"), "gears", [PartSaleView, PartQuotationView, PartOutboundView, SaleReturnView, PurchaseOrderView, InboundReceiptView, StockBalanceView, StockMoveView, StockTransferView, StockCountView, PartView, PartSubstituteView, PartCategoryView, SaleTypeView]),
    ("coupons", _("Coupons"), "ticket", [CouponView, CouponEntryView, CouponTypeView]),
    ("service", _("Service"), "headset", [VisitTaskView]),
    ("finance", _("Finance"), "yen-sign", [ReceiptView, ReceivableView, RetentionView, PayableView, PaymentView, ExpenseView, PrepaidEntryView, FundAccountView, CashEntryView, ReceivableEntryView]),
    ("credit", _("Credit"), "scale-balanced", [InstalmentPlanView]),
    ("system", _("System"), "gear", [NotificationView, EmployeeView, DepartmentView, WarehouseView, AuditLogView, ExportLogView]),
]  # fmt: skip


def register(appbuilder: AppBuilder) -> None:
    """Put every screen into the menu, chapter by chapter; the phone pages follow."""
    from .phone import tags

    for name, label, icon, screens in MENU:
        for screen in screens:
            appbuilder.add_view(
                screen, screen.__name__, icon=screen.icon, label=screen.short_title,
                category=name, category_icon=icon, category_label=label,
            )  # fmt: skip
    appbuilder.add_view_no_menu(tags.TagPickView)
