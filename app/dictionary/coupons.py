"""5 卡券: types, coupons, their journal, papers that issue them by hand."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import sqlalchemy as sa
import sqlalchemy.orm
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Mapped

from .. import clock, enums
from .. import fields as f
from ..formulas.windows import STAMPED, TERM
from .base import ZERO, Document, Entity, Record

if TYPE_CHECKING:
    from .contracts import MachineContract
    from .crm import Customer
    from .organisation import Employee


class CouponType(Record):
    title = _("Coupon type")
    name: Mapped[str] = f.text(_("Type name"), 60, form="name", unique=True)
    scope: Mapped[enums.CouponScope] = f.choice(_("Pays for"), enums.CouponScope)
    is_multi_use: Mapped[bool] = f.flag(_("May be used in parts"), default=True)
    max_share: Mapped[Decimal] = f.percent(_("Largest share of one payment"), default=Decimal(1))
    min_order_amount: Mapped[Decimal] = f.money(_("From an order of"), default=ZERO)
    is_stackable: Mapped[bool] = f.flag(_("Together with other coupons"), default=True)
    is_transferable: Mapped[bool] = f.flag(_("Transferable"))
    valid_days: Mapped[int] = f.whole(_("Usual validity"), default=365, unit=_("days"))
    is_enabled: Mapped[bool] = f.flag(_("Enabled"), default=True)


class Coupon(Record):
    """卡券: stored value of one customer; only its ledger moves the balance."""

    title = _("Coupon")
    prefix = "KQ"
    __table_args__ = (
        sa.CheckConstraint("balance >= 0 AND balance <= face_amount", name="balance"),
        sa.CheckConstraint("face_amount > 0", name="face_positive"),
    )
    number: Mapped[str] = f.text(_("Coupon number"), 24, form="number", unique=True)
    type_id: Mapped[int] = f.key(_("Coupon type"), "coupon_type")
    type: Mapped[CouponType] = f.link(type_id)
    customer_id: Mapped[int] = f.key(_("Customer"), "customer")
    customer: Mapped[Customer] = f.link(customer_id)
    face_amount: Mapped[Decimal] = f.money(_("Face value"))
    balance: Mapped[Decimal] = f.money(_("Balance"))
    source: Mapped[enums.CouponSource] = f.choice(_("Source"), enums.CouponSource)
    contract_id: Mapped[int | None] = f.key(_("Source contract"), "machine_contract")
    contract: Mapped[MachineContract | None] = f.link(contract_id)
    issue_id: Mapped[int | None] = f.key(_("Coupon issue"), "coupon_issue")
    issue: Mapped[CouponIssue | None] = f.link(issue_id)
    from_coupon_id: Mapped[int | None] = f.key(_("Handed on from"), "coupon")
    from_coupon: Mapped[Coupon | None] = f.link(from_coupon_id, remote_side="Coupon.id")
    valid_days: Mapped[int] = f.whole(_("Valid for"), default=365, unit=_("days"))
    valid_from: Mapped[date | None] = f.day(_("Valid from"), TERM)
    valid_to: Mapped[date | None] = f.day(_("Valid until"), TERM)
    state: Mapped[enums.CouponState] = f.state(_("Status"), enums.CouponState)


class CouponEntry(Entity):
    """卡券流水, append-only: every change of a balance and the paper behind it."""

    title = _("Coupon entry")
    __table_args__ = (
        sa.Index(
            "uq_coupon_entry_effect",
            "coupon_id",
            "movement",
            "origin",
            "origin_id",
            unique=True,
            sqlite_where=sa.text("reversal_of_id IS NULL AND origin <> 'Coupon'"),
            postgresql_where=sa.text("reversal_of_id IS NULL AND origin <> 'Coupon'"),
        ),
    )
    coupon_id: Mapped[int] = f.key(_("Coupon"), "coupon", index=False)
    coupon: Mapped[Coupon] = f.link(coupon_id)
    movement: Mapped[enums.CouponMovement] = f.choice(_("Movement"), enums.CouponMovement)
    amount: Mapped[Decimal] = f.money(_("Amount"))
    balance_after: Mapped[Decimal] = f.money(_("Balance after"))
    origin: Mapped[str] = f.text(_("Document kind"), 40)
    origin_id: Mapped[int] = f.whole(_("Document"))
    origin_number: Mapped[str] = f.text(_("Document number"), 24, form="number")
    note: Mapped[str | None] = f.text(_("Words"), 200)
    reversal_of_id: Mapped[int | None] = f.key(_("Reverses"), "coupon_entry", unique=True, index=False)
    posted_at: Mapped[datetime] = f.moment(_("Posted at"), STAMPED, default=clock.now)
    posted_by_id: Mapped[int | None] = f.key(_("Posted by"), "employee", index=False)
    posted_by: Mapped[Employee | None] = f.link(posted_by_id)


class CouponIssue(Document):
    """卡券发放单: coupons that come with no machine are asked for by one person and approved by another."""

    title = _("Coupon issue")
    prefix = "KF"
    __table_args__ = (
        sa.CheckConstraint("face_amount > 0", name="face_positive"),
        sa.CheckConstraint("pieces > 0", name="pieces_positive"),
        sa.CheckConstraint("valid_days > 0", name="valid_days_positive"),
    )
    customer_id: Mapped[int] = f.key(_("Customer"), "customer")
    customer: Mapped[Customer] = f.link(customer_id)
    type_id: Mapped[int] = f.key(_("Coupon type"), "coupon_type")
    type: Mapped[CouponType] = f.link(type_id)
    face_amount: Mapped[Decimal] = f.money(_("Face value"))
    pieces: Mapped[int] = f.whole(_("How many coupons"), default=1, unit=_("pieces"))
    total_amount: Mapped[Decimal] = f.money(_("Face value in all"), default=ZERO)
    valid_days: Mapped[int] = f.whole(_("Valid for"), default=365, unit=_("days"))
    source: Mapped[enums.CouponSource] = f.choice(
        _("Source"), enums.CouponSource, default=enums.CouponSource.COMPENSATION, constraint="issuesource"
    )
    is_active_at_once: Mapped[bool] = f.flag(_("Active at once"), default=True)
    reason: Mapped[str] = f.note(_("Reason"), 500)
    state: Mapped[enums.CouponIssueState] = f.state(_("Status"), enums.CouponIssueState)
