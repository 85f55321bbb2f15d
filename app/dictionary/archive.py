"""2 客户档案: what is kept of a customer beyond his card, and what each payment mode asks for."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import sqlalchemy as sa
import sqlalchemy.orm
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Mapped

from .. import enums
from .. import fields as f
from .base import ZERO, Entity, Record

if TYPE_CHECKING:
    from .contracts import MachineContract
    from .crm import Customer


class CustomerAsset(Record):
    """What a customer owns; nothing is booked, it is looked at when credit is given."""

    title = _("Asset of a customer")
    customer_id: Mapped[int] = f.key(_("Customer"), "customer")
    customer: Mapped[Customer] = f.link(customer_id)
    kind: Mapped[enums.AssetKind] = f.choice(_("Kind of asset"), enums.AssetKind)
    name: Mapped[str] = f.text(_("Asset"), 200)
    value_amount: Mapped[Decimal] = f.money(_("Estimated value"), default=ZERO, secret="price")
    is_mortgaged: Mapped[bool] = f.flag(_("Already pledged"))
    remark: Mapped[str | None] = f.note(_("Remark"))


class CustomerSite(Record):
    """工地: where machines of a customer work."""

    title = _("Building site of a customer")
    customer_id: Mapped[int] = f.key(_("Customer"), "customer")
    customer: Mapped[Customer] = f.link(customer_id)
    name: Mapped[str] = f.text(_("Site"), 120, form="name")
    address: Mapped[str | None] = f.text(_("Address"), 200)
    manager: Mapped[str | None] = f.text(_("Site manager"), 50, form="name")
    phone: Mapped[str | None] = f.text(_("Phone"), 20, form="phone", private="phone")
    is_open: Mapped[bool] = f.flag(_("Work goes on"), default=True)


class ArchiveRule(Record):
    """What the archive of a kind of customer holds when he pays in this mode; what is required stops a submission."""

    title = _("Archive rule")
    __table_args__ = (sa.UniqueConstraint("pay_mode", "customer_kind", "item"),)
    pay_mode: Mapped[enums.PayMode] = f.choice(_("Payment mode"), enums.PayMode)
    customer_kind: Mapped[enums.CustomerKind] = f.choice(_("Customer kind"), enums.CustomerKind)
    item: Mapped[enums.ArchiveItem] = f.choice(_("Archive item"), enums.ArchiveItem)
    is_required: Mapped[bool] = f.flag(_("Needed to submit a contract"))
    is_enabled: Mapped[bool] = f.flag(_("Enabled"), default=True)

    def __str__(self) -> str:
        return f"{self.pay_mode} {self.customer_kind} {self.item}"


class GuarantorTerms:
    """Who stands in for the customer, with what, as it is agreed on."""

    name: Mapped[str] = f.text(_("Name"), 50, form="name", secret="archive")
    id_number: Mapped[str] = f.text(_("ID card number"), 18, form="code", private="id", secret="archive")
    mobile: Mapped[str] = f.text(_("Mobile"), 20, form="phone", private="phone", secret="archive")
    relation: Mapped[str | None] = f.text(_("Relation"), 40, secret="archive")
    kind: Mapped[enums.GuaranteeKind] = f.choice(_("Kind of guarantee"), enums.GuaranteeKind, secret="archive")
    assets: Mapped[str | None] = f.text(_("Assets"), 200, secret="archive")


class Guarantor(GuarantorTerms, Entity):
    """担保人 of a contract: who stands in for the customer, with what."""

    title = _("Guarantor")
    __table_args__ = (sa.UniqueConstraint("contract_id", "line_number"),)
    contract_id: Mapped[int] = f.key(_("Contract"), "machine_contract", ondelete="CASCADE", index=False)
    contract: Mapped[MachineContract] = f.part_of(contract_id, "guarantors")
    line_number: Mapped[int] = f.whole(_("Line"), default=1)
