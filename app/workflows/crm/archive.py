"""客户档案: what is known of a customer, what his payment mode asks for, what is missing; computed here and nowhere else.

Rules (payment mode × kind of customer × item) are kept on a screen. An item that a rule lists counts for the share;
one that is required stops the submission of a contract.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ... import scope
from ...actor import Actor
from ...database import db
from ...enums import ArchiveItem, AttachmentKind, ContractState, CustomerKind, PayMode
from ...errors import BusinessError, MissingData
from ...models import ArchiveRule, Attachment, Customer, CustomerAsset, CustomerSite, Guarantor, MachineContract
from .. import checks
from ..machine import Workflow
from . import customer as customers

I = ArchiveItem  # noqa: E741 - the letter of the list
PAPERS = [item for item in ArchiveItem if item.name in AttachmentKind.__members__]
FILED = (
    "legal_rep", "province", "city", "county", "address", "invoice_title", "tax_number", "bank_name", "bank_account",
    "spouse_name", "spouse_id_number",
)  # fmt: skip
rules = Workflow(ArchiveRule)
assets = Workflow(CustomerAsset)
sites = Workflow(CustomerSite)


@dataclass(frozen=True)
class Entry:
    """One line of the checklist. modes: payment modes that ask for it; required: those that need it."""

    item: ArchiveItem
    is_there: bool
    modes: tuple[PayMode, ...]
    required: tuple[PayMode, ...]


@customers.flow.transition(to=None, label=_("Complete the archive"), icon="folder-open")
def complete_archive(
    customer: Customer,
    by: Actor,
    *,
    legal_rep: str | None = None,
    province: str | None = None,
    city: str | None = None,
    county: str | None = None,
    address: str | None = None,
    invoice_title: str | None = None,
    tax_number: str | None = None,
    bank_name: str | None = None,
    bank_account: str | None = None,
    spouse_name: str | None = None,
    spouse_id_number: str | None = None,
) -> None:
    """补档案: who collects debts keeps where the customer is and what proves it; name, identity, salesperson and terms stay.

    Raises: WrongAmount for an ID number of the spouse that is none.
    """
    told = dict(locals())
    for name in FILED:
        setattr(customer, name, told[name])
    checks.strip_texts(customer)
    checks.id_card(customer, "spouse_id_number")


@sites.before_save
def prepare_site(site: CustomerSite) -> None:
    """A phone that can be called."""
    checks.strip_texts(site)
    checks.phone(site)


@assets.before_save
def prepare_asset(asset: CustomerAsset) -> None:
    """Texts without blanks at the ends."""
    checks.strip_texts(asset)


def prepare_guarantor(guarantor: Guarantor) -> None:
    """Numbers in normal form, or refused beside the lines of the contract."""
    checks.strip_texts(guarantor)
    try:
        checks.id_card(guarantor)
        checks.mobile(guarantor)
    except BusinessError as fault:
        fault.field = "guarantors"
        raise


def proofs() -> dict[ArchiveItem, Any]:
    """What proves each item, as an SQL expression on a customer."""

    def filled(*names: str) -> Any:
        return sa.and_(*(getattr(Customer, name).is_not(None) for name in names))

    guarantors = (
        sa.select(Guarantor.id)
        .join(MachineContract, MachineContract.id == Guarantor.contract_id)
        .where(MachineContract.customer_id == Customer.id, MachineContract.state != ContractState.CANCELLED)
    )
    return {
        I.IDENTITY: sa.or_(filled("credit_code"), filled("id_number")),
        I.PHONE: filled("mobile"),
        I.ADDRESS: filled("city", "address"),
        I.LEGAL_REP: filled("legal_rep"),
        I.BANK: filled("bank_name", "bank_account"),
        I.INVOICE: filled("invoice_title", "tax_number"),
        I.SPOUSE: filled("spouse_name", "spouse_id_number"),
        I.GUARANTOR: guarantors.exists(),
        I.ASSET: sa.select(CustomerAsset.id).where(CustomerAsset.customer_id == Customer.id).exists(),
        **{paper: _attached(AttachmentKind[paper.name]) for paper in PAPERS},
        I.SITE: sa.select(CustomerSite.id).where(CustomerSite.customer_id == Customer.id).exists(),
    }


def _attached(kind: AttachmentKind) -> Any:
    """Whether a paper of this kind is attached to the customer."""
    found = sa.select(Attachment.id).where(
        Attachment.document == Customer.__name__,
        Attachment.document_id == Customer.id,
        Attachment.kind == kind,
        Attachment.removed_at.is_(None),
    )
    return found.exists()


def _there(ids: Iterable[int]) -> dict[int, frozenset[ArchiveItem]]:
    """Customer id → what his archive holds; one question for many customers."""
    proof = proofs()
    query = sa.select(Customer.id, *(expression.label(item.name) for item, expression in proof.items()))
    with scope.elevated():  # whether a paper is there may be known by those who may not look at it
        found = db.session.execute(query.where(Customer.id.in_(list(ids)))).all()
    return {row[0]: frozenset(item for item, has in zip(proof, row[1:], strict=True) if has) for row in found}


def _rules() -> dict[CustomerKind, dict[ArchiveItem, list[ArchiveRule]]]:
    """The rules in use, by kind of customer and item."""
    found: dict[CustomerKind, dict[ArchiveItem, list[ArchiveRule]]] = {kind: {} for kind in CustomerKind}
    for rule in db.session.scalars(sa.select(ArchiveRule).where(ArchiveRule.is_enabled).order_by(ArchiveRule.id)):
        found[rule.customer_kind].setdefault(rule.item, []).append(rule)
    return found


def checklist(customer: Customer) -> list[Entry]:
    """What this customer's archive should hold in any payment mode, in the order of the list."""
    asked, there = _rules()[customer.kind], _there([customer.id]).get(customer.id, frozenset())
    return [
        Entry(
            item,
            item in there,
            tuple(rule.pay_mode for rule in asked[item]),
            tuple(rule.pay_mode for rule in asked[item] if rule.is_required),
        )
        for item in ArchiveItem
        if item in asked
    ]


def share(entries: list[Entry]) -> Decimal | None:
    """How complete an archive is: 0.75; nothing where no rule asks for anything."""
    if not entries:
        return None
    return (Decimal(sum(entry.is_there for entry in entries)) / len(entries)).quantize(Decimal("0.01"))


def shares(customers: Iterable[Customer]) -> dict[int, Decimal | None]:
    """Customer id → how complete his archive is."""
    some, asked = list(customers), _rules()
    there = _there(customer.id for customer in some)
    result = {}
    for customer in some:
        items, has = asked[customer.kind], there.get(customer.id, frozenset())
        result[customer.id] = share([Entry(item, item in has, (), ()) for item in items])
    return result


def missing(contract: MachineContract) -> list[ArchiveItem]:
    """What this contract's payment mode requires and is not there; its guarantors are its own."""
    customer = contract.customer
    there = _there([customer.id]).get(customer.id, frozenset()) - {I.GUARANTOR}
    if contract.guarantors:
        there |= {I.GUARANTOR}
    return [
        item
        for item, asked in sorted(_rules()[customer.kind].items(), key=lambda pair: pair[0].value)
        if item not in there and any(rule.is_required and rule.pay_mode is contract.pay_mode for rule in asked)
    ]


def check(contract: MachineContract) -> None:
    """Raises MissingData with every item that this payment mode requires and the archive lacks."""
    lacking = missing(contract)
    if lacking:
        raise MissingData(
            gettext(
                "The archive of %(customer)s lacks for “%(mode)s”: %(items)s",
                customer=contract.customer.name,
                mode=str(contract.pay_mode),
                items="、".join(str(item) for item in lacking),
            ),
            field="customer",
        )
