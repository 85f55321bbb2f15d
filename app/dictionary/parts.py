"""4 配件: what parts there are and how they are sold."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import sqlalchemy as sa
import sqlalchemy.orm
from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext as _p
from sqlalchemy.orm import Mapped, relationship

from .. import enums
from .. import fields as f
from .base import ZERO, Record

if TYPE_CHECKING:
    pass


class PartCategory(Record):
    title = _("Part category")
    code: Mapped[str] = f.text(_("Code"), 20, unique=True)
    name: Mapped[str] = f.text(_("Category name"), 60, form="name")
    parent_id: Mapped[int | None] = f.key(_("Parent category"), "part_category")
    parent: Mapped[PartCategory | None] = relationship(
        remote_side="PartCategory.id", foreign_keys=[parent_id], info={"label": _("Parent category"), "kind": "key"}
    )


class Part(Record):
    """配件: one article; its number is the same article however dashes, blanks and case are typed."""

    title = _("Part")
    __table_args__ = (
        sa.CheckConstraint("retail_price >= 0 AND wholesale_price >= 0 AND inner_price >= 0", name="prices"),
        sa.CheckConstraint(
            "tax_rate >= 0 AND min_stock >= 0 AND max_stock >= 0 AND warranty_days >= 0", name="measures"
        ),
    )
    part_number: Mapped[str] = f.text(_("Part number"), 40, form="article", unique=True)
    part_key: Mapped[str] = f.text(_("Normalised part number"), 40, form="key", unique=True)
    name: Mapped[str] = f.text(_("Part name"), 120, form="name", index=True)
    initials: Mapped[str] = f.text(_("Pinyin initials"), 60, form="initials", default="", index=True)
    english_name: Mapped[str | None] = f.text(_("English name"), 120)
    category_id: Mapped[int] = f.key(_("Part category"), "part_category")
    category: Mapped[PartCategory] = f.link(category_id)
    specification: Mapped[str | None] = f.text(_("Specification"), 80)
    unit_name: Mapped[str] = f.text(_("Unit of measure"), 10, default="件")
    brand_kind: Mapped[enums.BrandKind] = f.choice(_("Brand kind"), enums.BrandKind)
    fits: Mapped[str | None] = f.text(_("Fits models"), 200)
    retail_price: Mapped[Decimal] = f.money(_("Retail price"), default=ZERO, secret="goods")
    wholesale_price: Mapped[Decimal] = f.money(_("Wholesale price"), default=ZERO, secret="goods")
    inner_price: Mapped[Decimal] = f.money(_("Internal price"), default=ZERO, secret="goods")
    tax_rate: Mapped[Decimal] = f.percent(_("Tax rate"), default=Decimal("0.13"))
    min_stock: Mapped[Decimal] = f.quantity(_("Minimum stock"), default=ZERO)
    max_stock: Mapped[Decimal] = f.quantity(_("Maximum stock"), default=ZERO)
    is_consumable: Mapped[bool] = f.flag(_("Consumable"))
    warranty_days: Mapped[int] = f.whole(_("Part warranty"), default=0, unit=_("days"))
    is_enabled: Mapped[bool] = f.flag(_("Enabled"), default=True)

    def __str__(self) -> str:
        return f"{self.name} {self.part_number}"


class PartSubstitute(Record):
    title = _("Substitute part")
    __table_args__ = (
        sa.UniqueConstraint("part_id", "substitute_id"),
        sa.CheckConstraint("part_id <> substitute_id", name="another"),
    )
    part_id: Mapped[int] = f.key(_("Part"), "part", index=False)
    part: Mapped[Part] = f.link(part_id)
    substitute_id: Mapped[int] = f.key(_("Substitute"), "part")
    substitute: Mapped[Part] = f.link(substitute_id)
    direction: Mapped[enums.SubstituteDirection] = f.choice(_("Direction"), enums.SubstituteDirection)

    def __str__(self) -> str:
        return f"{self.part} ⇄ {self.substitute}"


class SaleType(Record):
    """配件销售方式: a word with consequences: who owes, where the cost goes, whether coupons count."""

    title = _("Kind of sale")
    code: Mapped[str] = f.text(_("Code"), 20, unique=True, secret="code")
    name: Mapped[str] = f.text(_("Kind of sale"), 40, form="name", unique=True)
    needs_customer: Mapped[bool] = f.flag(_("Has a customer"), default=True)
    is_channel_only: Mapped[bool] = f.flag(_("Channel partners only"))
    only_industry: Mapped[enums.Industry | None] = f.choice(
        _("Only customers of the industry"),
        enums.Industry,
        default=None,
        help=_("Others with a work order that the parts are for"),
    )
    makes_debt: Mapped[bool] = f.flag(_p("kind of sale", "Customer owes"), default=True)
    takes_coupons: Mapped[bool] = f.flag(_("Takes coupons"), default=True)
    needs_quotation: Mapped[bool] = f.flag(_("Needs a quotation"), default=True)
    price_level: Mapped[enums.PriceLevel] = f.choice(_("Price level"), enums.PriceLevel)
    cost_target: Mapped[enums.CostTarget] = f.choice(_("Cost goes to"), enums.CostTarget)
    detail: Mapped[enums.SaleDetail] = f.choice(_("Also asks"), enums.SaleDetail)
    approver: Mapped[enums.SaleApprover] = f.choice(_("Approved by"), enums.SaleApprover)
    is_enabled: Mapped[bool] = f.flag(_("Enabled"), default=True)
