"""2 客户: contacts, customers, links, tags."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import Response, abort, jsonify, request
from flask_appbuilder import expose
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from markupsafe import Markup

from .. import actor as acting
from .. import clock, forms, scope
from .. import models as m
from ..database import db
from ..enums import CustomerLevel
from ..formulas import identity
from ..roles import SELLING
from ..screens import Alert, Figure, Import, Related, Screen, Tab, act, formats, rows
from ..screens.columns import Column
from ..screens.screen import is_id
from ..workflows.crm import archive, contact, customer, link, same_person, twins
from . import customer_figures


class PartyView(Screen):
    """What the cards of customers and contacts have alike: both say when a person is both, and look for twins."""

    add_only = ["salesperson"]
    watches = ["mobile", "id_number", "credit_code"]
    computed_columns = {"despite_twin": Column("despite_twin", _("Save anyway"), "confirm")}

    @expose("/twins")
    def twins(self) -> Response:
        """What to say beside a field while it is typed: who has the same already, as far as everybody may know."""
        if not (self.may("add") or self.may("edit")):
            abort(403)
        name, row_id = request.args.get("field", ""), request.args.get("but", "")
        if name not in self.watches or not hasattr(self.entity, name):
            abort(404)
        text = request.args.get("text", "")[:40]
        return jsonify(twins.warnings(self.entity, name, text, int(row_id) if is_id(row_id) else 0))

    def defaults(self) -> dict[str, Any]:
        return {"salesperson": _me_as_salesperson()}

    def other(self, row: Any) -> Any:
        """The card of the same person on the other side, asked for once."""
        if not hasattr(row, "other_card"):
            with scope.elevated():
                row.other_card = same_person.other(row)
        return row.other_card

    def alerts(self, row: Any) -> list[Alert]:
        """A card of the same person that says something else."""
        other, by = self.other(row), acting.current()
        if other is None or not self.may("sync") or not same_person.may_write(by, other):
            return []
        found = []
        for name in same_person.differences(row, other):
            column = self.column(name)
            found.append(
                gettext("%(label)s here “%(mine)s”, on %(card)s “%(other)s”", label=str(column.label),
                        mine=formats.plain(getattr(row, name), column), card=other.number,
                        other=formats.plain(getattr(other, name), column))
            )  # fmt: skip
        return [Alert("；".join(found), verb="sync")] if found else []

    def offered(self, transition: Any, row: Any) -> bool:
        if transition.verb == "sync":
            return bool(self.alerts(row))
        return True


def _both(text: Any, column: Column, is_both: bool) -> Any:
    """联系人+客户 behind the name of a person who is both."""
    if column.name != "name" or not is_both:
        return text
    return Markup('{} <span class="badge violet">{}</span>').format(text, gettext("contact+customer"))


def _me_as_salesperson() -> m.Employee | None:
    by = acting.current()
    if not by.roles & set(SELLING) or by.employee_id is None:
        return None
    return db.session.scalars(sa.select(m.Employee).where(m.Employee.id == by.employee_id)).one_or_none()


def _due(entity: Any) -> Any:
    """Those I have to follow up by today."""
    return lambda q: q.where(
        entity.next_follow_on <= clock.today(), entity.salesperson_id == (acting.current().employee_id or 0)
    )


class ContactView(PartyView):
    datamodel = rows(m.Contact)
    short_title, icon = _("Contacts"), "address-book"
    found_by = ("number", "name", "initials", "mobile")
    copy_without = ("mobile", "phone2", "self_customer")
    help_text = _("A contact is a person who negotiates; he owes nothing. Who signs and pays is a customer.")
    key_column = "name"
    list_columns = [
        "number", "name", "state", "mobile", "position", "city", "intention", "intended_model",
        "self_customer", "salesperson", "next_follow_on",
    ]  # fmt: skip
    card_columns = ["mobile", "intention", "intended_model", "next_follow_on", "salesperson"]
    search_columns = [
        "name", "mobile", "intention", "salesperson", "next_follow_on", "source", "state", "intended_model",
    ]  # fmt: skip
    quick_columns = ["name", "initials", "mobile", "number"]
    also_load = ["self_customer"]
    sections = [
        (_("Contact"), ["number", "name", "state", "mobile", "phone2", "gender", "id_number", "position", "self_customer"]),
        (_("Business"), ["source", "intention", "intended_model", "salesperson", "next_follow_on", "remark"]),
        (_("Address"), ["province", "city", "county", "address"]),
    ]  # fmt: skip
    form_sections = [
        (_("Contact"), ["name", "mobile", "despite_twin", "phone2", "gender", "id_number", "position"]),
        (_("Business"), ["source", "intention", "intended_model", "salesperson", "next_follow_on", "remark"]),
        (_("Address"), ["province", "city", "county", "address"]),
    ]
    related = [
        Related("FollowUpView", "contact"),
        Related("CustomerContactView", "contact"),
        Related("MachineContractView", "contact"),
        Related("OwnerTransferView", "contact"),
    ]
    imports = {
        "import": Import(
            columns=("name", "mobile", "phone2", "gender", "id_number", "position", "source", "intention", "intended_model",
                     "salesperson", "next_follow_on", "province", "city", "county", "address", "remark"),
            key="mobile",
            match=("mobile", lambda text: identity.normal_mobile(text) or text),
            examples={"name": "王建国", "mobile": "13800000000"},
        )
    }  # fmt: skip
    tabs = [Tab("follow", _("Contacts to follow up"), _due(m.Contact), todo="follow")]
    follow = act(contact.follow, form=forms.FollowForm)
    convert = act(contact.convert, form=forms.ConvertForm)
    sync = act(contact.sync)
    hand_over = act(contact.hand_over, form=forms.HandOverForm, bulk=True)
    invalidate = act(contact.invalidate, form=forms.ReasonForm)
    revive = act(contact.revive, form=forms.ReasonForm)

    def offered(self, transition: Any, row: Any) -> bool:
        if transition.verb == "convert":
            return row.self_customer_id is None
        return super().offered(transition, row)

    def shown(self, row: Any, column: Column) -> Any:
        return _both(super().shown(row, column), column, row.self_customer_id is not None)


class CustomerView(PartyView):
    datamodel = rows(m.Customer)
    short_title, icon = _("Customers"), "building"
    found_by = ("number", "name", "initials", "mobile")
    copy_without = ("mobile", "tax_number", "bank_account", "spouse_name", "spouse_id_number")
    help_text = _("A customer signs contracts and pays; every yuan is booked to a customer.")
    key_column = "name"
    list_columns = [
        "number", "name", "state", "kind", "mobile", "city", "level", "industry", "tags", "salesperson", "next_follow_on",
        "archive_share", "first_deal_on",
    ]  # fmt: skip
    card_columns = ["kind", "mobile", "level", "tags", "salesperson", "next_follow_on"]
    search_columns = [
        "name", "kind", "state", "salesperson", "level", "industry", "tags", "mobile", "next_follow_on", "first_deal_on",
        "is_channel",
    ]  # fmt: skip
    quick_columns = ["name", "initials", "number", "mobile"]
    computed_columns = PartyView.computed_columns | {
        "archive_share": Column("archive_share", _("Archive"), "percent", "%")
    }
    choices = {"level": [level for level in CustomerLevel if level is not CustomerLevel.BLACK]}
    sections = [
        (
            _("Customer"),
            ["number", "name", "state", "kind", "credit_code", "id_number", "legal_rep", "mobile", "level", "industry", "tags",
             "is_channel", "salesperson", "next_follow_on", "first_deal_on"],
        ),
        (_("Address"), ["province", "city", "county", "address"]),
        (_("Invoice and bank"), ["invoice_title", "tax_number", "bank_name", "bank_account", "price_level"]),
        (_("Family"), ["spouse_name", "spouse_id_number", "remark"]),
    ]  # fmt: skip
    form_sections = [
        (
            _("Customer"),
            ["name", "kind", "credit_code", "id_number", "legal_rep", "mobile", "despite_twin", "level", "industry",
             "is_channel", "salesperson"],
        ),
        (_("Address"), ["province", "city", "county", "address"]),
        (_("Invoice and bank"), ["invoice_title", "tax_number", "bank_name", "bank_account", "price_level"]),
        (_("Family"), ["spouse_name", "spouse_id_number", "remark"]),
    ]  # fmt: skip
    only_when = {
        "credit_code": "kind=COMPANY", "legal_rep": "kind=COMPANY", "id_number": "kind=PERSON",
        "spouse_name": "kind=PERSON", "spouse_id_number": "kind=PERSON",
    }  # fmt: skip
    related = [
        Related("FollowUpView", "customer", part="deals"),
        Related("CustomerContactView", "customer", part="deals"),
        Related("MachineContractView", "customer", part="deals"),
        Related("PartQuotationView", "customer", part="deals"),
        Related("PartSaleView", "customer", part="deals"),
        Related("ReceivableView", "customer", part="money"),
        Related("ReceiptView", "customer", part="money"),
        Related("PrepaidRefundView", "customer", part="money"),
        Related("PrepaidEntryView", "customer", part="money"),
        Related("CouponView", "customer", part="money"),
        Related("CreditLimitView", "customer", part="money"),
        Related("RetentionView", "customer", part="money"),
        Related("MachineUnitView", "owner_customer", part="machines"),
        Related("WorkOrderView", "customer", part="machines"),
        Related("VisitTaskView", "customer", part="machines"),
        Related("ComplaintView", "customer", part="quality"),
        Related("WarrantyClaimView", "customer", part="quality"),
        Related("GuarantorView", "contract", where=lambda row: m.Guarantor.contract_id.in_(
            sa.select(m.MachineContract.id).where(m.MachineContract.customer_id == row.id)), part="archive"),
        Related("CustomerAssetView", "customer", part="archive"),
        Related("CustomerSiteView", "customer", part="archive"),
        Related("CustomerTagView", "customer", part="archive"),
        Related("OwnerTransferView", "customer", part="archive"),
    ]  # fmt: skip
    parts = [
        ("deals", _("Deals and follow-ups")), ("money", _("Money and coupons")), ("machines", _("Machines and service")),
        ("quality", _("Complaints and warranty claims")), ("archive", _("Archive and hand-overs")),
    ]  # fmt: skip
    imports = {
        "import": Import(
            columns=("kind", "name", "identity", "legal_rep", "mobile", "level", "industry", "is_channel", "salesperson",
                     "province", "city", "county", "address", "invoice_title", "tax_number", "bank_name", "bank_account",
                     "price_level", "spouse_name", "spouse_id_number", "remark"),
            key="identity",
            match=("identity", identity.normalise),
            extra=(Column("identity", _("Credit code or ID card number"), "text", private="id", nullable=False, type=sa.String(30)),),
            examples={"name": "安徽恒达土石方有限公司", "identity": "91340100MA2T0000XR"},
        )
    }  # fmt: skip
    tabs = [Tab("follow", _("Customers to follow up"), _due(m.Customer), todo="follow")]
    follow = act(customer.follow, form=forms.FollowForm)
    propose_link = act(customer.propose_link, form=forms.ProposeLinkForm)
    sync = act(customer.sync)
    hand_over = act(customer.hand_over, form=forms.HandOverCustomerForm, bulk=True)
    complete_archive = act(archive.complete_archive, form=forms.ArchiveForm)
    freeze = act(customer.freeze, form=forms.ReasonForm)
    unfreeze = act(customer.unfreeze, form=forms.ReasonForm)
    disable = act(customer.disable, form=forms.ReasonForm)
    enable = act(customer.enable, form=forms.ReasonForm)
    blacklist = act(customer.blacklist, form=forms.ReasonForm)
    pardon = act(customer.pardon, form=forms.ReasonForm)

    def offered(self, transition: Any, row: Any) -> bool:
        if transition.verb in ("blacklist", "pardon"):
            return (row.level is CustomerLevel.BLACK) is (transition.verb == "pardon")
        return super().offered(transition, row)

    def alerts(self, row: Any) -> list[Alert]:
        word = customer.trouble(row)
        first = [Alert(gettext("“%(word)s”: no new business is done with this customer", word=str(word)), "danger")]
        return (first if word else []) + super().alerts(row)

    def figures(self, row: Any) -> list[Figure]:
        return customer_figures.of_customer(row)

    def archive_list(self, row: Any) -> tuple[list[archive.Entry], Any]:
        """What the archive holds and lacks, for those who keep it."""
        entries = archive.checklist(row) if acting.current().knows("archive") else []
        return entries, archive.share(entries)

    def dress(self, rows: list[Any]) -> None:
        """How complete the archives are, and who of them is a contact as well."""
        found = archive.shares(rows)
        both = sa.select(m.Contact.self_customer_id).where(m.Contact.self_customer_id.in_([row.id for row in rows]))
        with scope.elevated():
            persons = set(db.session.scalars(both))
        for row in rows:
            row.archive_share, row.is_both = found[row.id], row.id in persons

    def shown(self, row: Any, column: Column) -> Any:
        text = super().shown(row, column)
        if column.name != "name":
            return text
        word = customer.trouble(row)
        text = _both(text, column, row.is_both if hasattr(row, "is_both") else self.other(row) is not None)
        return Markup('{} <span class="badge red">{}</span>').format(text, str(word)) if word else text


class CustomerContactView(Screen):
    datamodel = rows(m.CustomerContact)
    short_title, icon = _("Customer and contact"), "link"
    copy_without = ("contact", "is_primary")
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
    copy_without = ("tag",)
    offers = "list show add delete export"
    key_column = "customer"
    list_columns = ["customer", "tag", "picked_by", "picked_at"]
    card_columns = ["tag", "picked_by"]
    search_columns = ["customer", "tag", "picked_by", "picked_at"]
    quick_references = ["customer"]
    sections = [(_("Tag of a customer"), ["customer", "tag", "picked_by", "picked_at"])]
    form_sections = [(_("Tag of a customer"), ["customer", "tag"])]
