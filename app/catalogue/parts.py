"""4 配件: the parts list and how parts are sold."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from .. import models as m
from ..formulas import label_codes
from ..screens import Import, Related, Screen, rows
from ..screens.labels import Label
from ..workflows.parts.part import part_key


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
    found_by = ("part_number", "part_key", "name", "initials")
    copy_without = ("part_number",)
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
    imports = {
        "import": Import(match=("part_key", part_key), examples={"part_number": "LX-1001", "name": "机油滤芯"}),
        "import_prices": Import(
            _("Import prices"),
            ("part_number", "retail_price", "wholesale_price", "inner_price"),
            match=("part_key", part_key),
            only_changes=True,
        ),
    }
    related = [
        Related("StockBalanceView", "part"),
        Related("PartSubstituteView", "part"),
        Related("StockMoveView", "part"),
    ]

    def label(self, row: m.Part) -> Label:  # type: ignore[override]
        return Label(label_codes.part(row.part_number), row.part_number, [row.name, row.specification or ""])


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
                "only_industry",
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
