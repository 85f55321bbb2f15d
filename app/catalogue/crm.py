"""2 客户: contacts, customers, links, tags."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import request
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from .. import actor as acting
from .. import clock, forms
from .. import models as m
from ..database import db
from ..screens import Related, Screen, Tab, act, rows
from ..screens.columns import Column
from ..workflows.crm import contact, customer, link


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
