"""2 客户, 授信: up to how much a customer may owe for parts and services, decided on paper."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import sqlalchemy as sa
import sqlalchemy.orm
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Mapped

from .. import enums
from .. import fields as f
from ..formulas.windows import HAPPENED, PLANNED
from .base import Document

if TYPE_CHECKING:
    from .crm import Customer


class CreditLimit(Document):
    """授信额度: one decision; the rows of a customer are the history of his limit, at most one is in force."""

    title = _("Credit limit")
    prefix = "SX"
    __table_args__ = (
        sa.CheckConstraint("amount > 0", name="amount_positive"),
        sa.Index(
            "uq_credit_limit_in_force",
            "customer_id",
            unique=True,
            sqlite_where=sa.text("state = 'APPROVED'"),
            postgresql_where=sa.text("state = 'APPROVED'"),
        ),
    )
    customer_id: Mapped[int] = f.key(_("Customer"), "customer")
    customer: Mapped[Customer] = f.link(customer_id)
    amount: Mapped[Decimal] = f.money(
        _("Credit limit"), secret="price", help=_("What he may owe for parts and services at most")
    )
    valid_from: Mapped[date | None] = f.day(_("In force since"), HAPPENED)
    valid_until: Mapped[date] = f.day(_("Valid until"), PLANNED, help=_("The last day on which it counts"))
    reason: Mapped[str] = f.note(_("Reason"), 500)
    state: Mapped[enums.CreditLimitState] = f.state(_("Status"), enums.CreditLimitState)
