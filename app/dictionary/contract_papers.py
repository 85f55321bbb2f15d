"""3 整机: papers that change a contract after its approval: amended, cancelled, withdrawn, returned."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
import sqlalchemy.orm
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from .. import enums
from .. import fields as f
from .archive import GuarantorTerms
from .base import ZERO, Document, Entity
from .contracts import GIFT_WHOLE, ContractTerms, FeeTerms, GiftTerms, InstalmentTerms, LineTerms

if TYPE_CHECKING:
    from .contracts import MachineContract, MachineDispatch
    from .crm import Contact, Customer
    from .finance import FundAccount
    from .organisation import Warehouse


class ContractPaper(Document):
    """What papers about an approved contract have in common: whose it is, why, and who has agreed so far."""

    __abstract__ = True
    reason: Mapped[str] = f.note(_("Reason"), 500)
    awaiting_role: Mapped[str | None] = f.text(_("Waiting for"), 40, index=True)
    approval_route: Mapped[str | None] = f.text(_("Approval route"), 200)
    approval_round: Mapped[int] = f.whole(_("Round"), default=0)
    approved_hash: Mapped[str | None] = f.text(_("Content when approved"), 64)
    state: Mapped[enums.PaperState] = f.state(_("Status"), enums.PaperState)

    @declared_attr
    def contract_id(cls) -> Mapped[int]:
        return f.key(_("Contract"), "machine_contract")

    @declared_attr
    def contract(cls) -> Mapped[MachineContract]:
        return relationship(
            "MachineContract", foreign_keys=[cls.contract_id], info={"label": _("Contract"), "kind": "key"}
        )

    @declared_attr
    def customer_id(cls) -> Mapped[int]:
        return f.key(_("Customer"), "customer")

    @declared_attr
    def customer(cls) -> Mapped[Customer]:
        return relationship("Customer", foreign_keys=[cls.customer_id], info={"label": _("Customer"), "kind": "key"})


class Refunding:
    """Money that goes back to the customer when a paper was carried out, out of what he has prepaid."""

    refund_amount: Mapped[Decimal] = f.money(_("Refund in money"), default=ZERO, secret="price")
    left_amount: Mapped[Decimal] = f.money(
        _("Of it left here after all"), default=ZERO, server_default=sa.text("0"), secret="price"
    )

    @declared_attr
    def account_id(cls) -> Mapped[int | None]:
        return f.key(_("Paid out of"), "fund_account")

    @declared_attr
    def account(cls) -> Mapped[FundAccount | None]:
        return relationship(
            "FundAccount", foreign_keys=[cls.account_id], info={"label": _("Paid out of"), "kind": "key"}
        )


class ContractCancellation(Refunding, ContractPaper):
    """合同取消单: an approved contract comes to nothing before any machine left."""

    title = _("Contract cancellation")
    prefix = "QX"
    __table_args__ = (
        sa.CheckConstraint("forfeit_amount >= 0 AND kept_amount >= 0 AND refund_amount >= 0", name="positive"),
    )
    paid_amount: Mapped[Decimal] = f.money(_("Paid on the contract"), default=ZERO, secret="price")
    deposit_amount: Mapped[Decimal] = f.money(_("Of it deposit"), default=ZERO, secret="price")
    forfeit_amount: Mapped[Decimal] = f.money(
        _("Deposit forfeited"), default=ZERO, secret="price", help=_("The rest of the deposit goes back")
    )
    kept_amount: Mapped[Decimal] = f.money(_("Left as prepaid money"), default=ZERO, secret="price")


class DispatchWithdrawal(ContractPaper):
    """撤销发车单: a machine that left today comes back into the yard as if it had never left."""

    title = _("Dispatch withdrawal")
    prefix = "CX"
    dispatch_id: Mapped[int] = f.key(_("Machine dispatch"), "machine_dispatch")
    dispatch: Mapped[MachineDispatch] = f.link(dispatch_id)


class ContractAmendment(ContractTerms, ContractPaper):
    """合同变更单: what an approved contract says from now on; what it said before stays to be read."""

    title = _("Contract amendment")
    prefix = "BG"
    revision: Mapped[int] = f.whole(_("Revision"), default=0)
    before: Mapped[dict[str, Any]] = mapped_column(
        sa.JSON, default=dict, info={"label": _("What the contract said before"), "kind": "changes"}
    )
    lines: Mapped[list[AmendmentLine]] = f.lines(_("Contract machines"), "amendment", "AmendmentLine.line_number")
    fees: Mapped[list[AmendmentFee]] = f.lines(_("Fees"), "amendment", "AmendmentFee.line_number")
    gifts: Mapped[list[AmendmentGift]] = f.lines(_("Gifts"), "amendment", "AmendmentGift.line_number")
    instalments: Mapped[list[AmendmentInstalment]] = f.lines(
        _("Agreed instalments"), "amendment", "AmendmentInstalment.line_number"
    )
    guarantors: Mapped[list[AmendmentGuarantor]] = f.lines(
        _("Guarantors"), "amendment", "AmendmentGuarantor.line_number"
    )

    @property
    def contact_id(self) -> int | None:
        """The contact is the contract's; so is the day it was signed."""
        return self.contract.contact_id

    @property
    def contact(self) -> Contact | None:
        return self.contract.contact

    @property
    def signed_on(self) -> date:
        return self.contract.signed_on


class AmendmentLine(LineTerms, Entity):
    title = _("Amended machine")
    __table_args__ = (
        sa.UniqueConstraint("amendment_id", "line_number"),
        sa.CheckConstraint("unit_price > 0", name="price_positive"),
    )
    amendment_id: Mapped[int] = f.key(_("Contract amendment"), "contract_amendment", ondelete="CASCADE", index=False)
    amendment: Mapped[ContractAmendment] = f.part_of(amendment_id, "lines")
    line_number: Mapped[int] = f.whole(_("Line"), default=1)

    def __str__(self) -> str:
        return f"{self.amendment.number}-{self.line_number}"


class AmendmentFee(FeeTerms, Entity):
    title = _("Amended fee")
    __table_args__ = (
        sa.UniqueConstraint("amendment_id", "line_number"),
        sa.CheckConstraint("amount > 0", name="amount_positive"),
    )
    amendment_id: Mapped[int] = f.key(_("Contract amendment"), "contract_amendment", ondelete="CASCADE", index=False)
    amendment: Mapped[ContractAmendment] = f.part_of(amendment_id, "fees")
    line_number: Mapped[int] = f.whole(_("Line"), default=1)

    def __str__(self) -> str:
        return str(self.kind)


class AmendmentGift(GiftTerms, Entity):
    title = _("Amended gift")
    __table_args__ = (
        sa.UniqueConstraint("amendment_id", "line_number"),
        sa.CheckConstraint(GIFT_WHOLE, name="whole"),
    )
    amendment_id: Mapped[int] = f.key(_("Contract amendment"), "contract_amendment", ondelete="CASCADE", index=False)
    amendment: Mapped[ContractAmendment] = f.part_of(amendment_id, "gifts")
    line_number: Mapped[int] = f.whole(_("Line"), default=1)


class AmendmentInstalment(InstalmentTerms, Entity):
    title = _("Amended instalment")
    __table_args__ = (
        sa.UniqueConstraint("amendment_id", "line_number"),
        sa.CheckConstraint("principal_amount >= 0 AND interest_amount >= 0", name="positive"),
    )
    amendment_id: Mapped[int] = f.key(_("Contract amendment"), "contract_amendment", ondelete="CASCADE", index=False)
    amendment: Mapped[ContractAmendment] = f.part_of(amendment_id, "instalments")
    line_number: Mapped[int] = f.whole(_("Line"), default=1)


class AmendmentGuarantor(GuarantorTerms, Entity):
    title = _("Amended guarantor")
    __table_args__ = (sa.UniqueConstraint("amendment_id", "line_number"),)
    amendment_id: Mapped[int] = f.key(_("Contract amendment"), "contract_amendment", ondelete="CASCADE", index=False)
    amendment: Mapped[ContractAmendment] = f.part_of(amendment_id, "guarantors")
    line_number: Mapped[int] = f.whole(_("Line"), default=1)


class MachineReturn(Refunding, ContractPaper):
    """退机单: a machine comes back after its dispatch; what was paid goes back less what it has lost in value."""

    title = _("Machine return")
    prefix = "TJ"
    __table_args__ = (
        sa.CheckConstraint("depreciation_amount >= 0 AND kept_amount >= 0 AND refund_amount >= 0", name="positive"),
        sa.CheckConstraint("cost_back >= 0", name="cost"),
    )
    dispatch_id: Mapped[int] = f.key(_("Machine dispatch"), "machine_dispatch")
    dispatch: Mapped[MachineDispatch] = f.link(dispatch_id)
    warehouse_id: Mapped[int] = f.key(_("Returned to"), "warehouse")
    warehouse: Mapped[Warehouse] = f.link(warehouse_id)
    hour_meter: Mapped[Decimal | None] = f.quantity(_("Hour meter"), unit=_("hours"))
    paid_amount: Mapped[Decimal] = f.money(_("Paid for the machine"), default=ZERO, secret="price")
    depreciation_amount: Mapped[Decimal] = f.money(_("Depreciation charged"), default=ZERO, secret="price")
    kept_amount: Mapped[Decimal] = f.money(_("Left as prepaid money"), default=ZERO, secret="price")
    agreed_cost: Mapped[Decimal | None] = f.money(
        _("Value agreed on"), secret="cost", help=_("Empty: what it cost less the depreciation without tax")
    )
    cost_back: Mapped[Decimal] = f.money(_("Value at which it comes back"), default=ZERO, secret="cost")
