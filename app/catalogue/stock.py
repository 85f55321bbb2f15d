"""4 配件, 库存: balances, moves, transfers, counts."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm

from .. import actor as acting
from .. import enums, forms
from .. import models as m
from ..fields import Exact
from ..formulas import label_codes
from ..screens import Import, Lines, Related, Screen, Tab, act, rows
from ..screens.columns import Column
from ..screens.labels import Label
from ..workflows.machine import Transition
from ..workflows.parts import bin as bins
from ..workflows.parts import count, opening, transfer
from .line_hints import beside_transfer
from .words import LEDGER, MASTER, WalkedPaper, kept_stores, not_mine, own_stores


class BinView(Screen):
    datamodel = rows(m.Bin)
    short_title, icon = _("Bins"), "map-pin"
    offers = MASTER
    key_column = "code"
    list_columns = ["code", "warehouse", "name", "is_enabled"]
    card_columns = ["warehouse", "name"]
    search_columns = ["code", "warehouse", "is_enabled"]
    quick_columns = ["code", "name"]
    quick_references = ["warehouse"]
    base_order = ("code", False)
    sections = [(_("Bin"), ["code", "warehouse", "name", "is_enabled"])]
    form_sections = sections
    picks = {"warehouse": {"narrow": own_stores}}
    related = [Related("StockBalanceView", "bin")]

    def label(self, row: m.Bin) -> Label:  # type: ignore[override]
        return Label(label_codes.bin(row.warehouse.code, row.code), row.code, [row.warehouse.name, row.name or ""])


class StockBalanceView(Screen):
    datamodel = rows(m.StockBalance)
    short_title, icon = _("Stock"), "boxes-stacked"
    help_text = _("Cost is the moving weighted average of one part in one warehouse.")
    offers = LEDGER
    key_column = "part"
    list_columns = [
        "part",
        "warehouse",
        "quantity",
        "reserved",
        "available",
        "minimum",
        "average_cost",
        "amount",
        "bin",
    ]
    card_columns = ["warehouse", "quantity", "available", "bin"]
    sum_columns = ["quantity", "reserved", "amount"]
    search_columns = ["part", "warehouse", "quantity", "bin"]
    quick_references = ["part", "bin"]
    computed_columns = {
        "minimum": Column("minimum", _("Minimum stock"), "quantity"),
        "available": Column("available", _("Available"), "quantity"),
        "average_cost": Column("average_cost", _("Average cost"), "rate", _("yuan"), secret="cost"),
    }
    sections = [
        (
            _("Stock"),
            ["part", "warehouse", "quantity", "reserved", "available", "average_cost", "amount"],
        ),
        (_("Shelf"), ["bin", "minimum", "min_quantity", "is_frozen"]),
    ]
    imports = {
        "import": Import(
            _("Import opening stock"),
            ("part", "warehouse", "quantity", "unit_cost", "amount", "bin_code"),
            key="part",
            extra=(
                Column("unit_cost", _("Unit cost without tax"), "rate", _("yuan"), "cost", type=Exact(18, 6)),
                Column("bin_code", _("Bin"), "text", type=sa.String(30)),
            ),
            required=("part", "warehouse", "quantity"),
            examine=opening.examine,
            book=opening.book,
            help=_(
                "Either unit cost or stock value, without tax. Only what has never moved in a warehouse can be opened."
            ),
        )
    }
    picks = {"warehouse": {"narrow": kept_stores}}
    tabs = [
        Tab("there", _("In stock"), lambda q: q.where(m.StockBalance.quantity > 0)),
        Tab("low", _("Below minimum"), lambda q: q.where(m.StockBalance.quantity < _minimum(), _on_shelves())),
    ]
    shelve = act(bins.shelve, form=forms.ShelveForm)


def _minimum() -> Any:
    """Below how many pieces a balance is short: its own figure, else the part's."""
    of_part = sa.select(m.Part.min_stock).where(m.Part.id == m.StockBalance.part_id).scalar_subquery()
    return sa.func.coalesce(m.StockBalance.min_quantity, of_part)


def _on_shelves() -> Any:
    """What is on the way is nobody's minimum."""
    stores = sa.select(m.Warehouse.id).where(m.Warehouse.kind.in_(enums.PARTS_STORES))
    return m.StockBalance.warehouse_id.in_(stores)


def _mine(warehouse: Any) -> Any:
    """The warehouse is one that I keep; the house keeps them all."""
    by = acting.current()
    return sa.true() if by.is_system else warehouse.in_(by.warehouse_ids)


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


class StockTransferView(WalkedPaper):
    datamodel = rows(m.StockTransfer)
    short_title, icon = _("Transfers"), "people-carry-box"
    list_columns = ["number", "state", "kind", "source", "target", "request", "shipped_at", "received_at", "created_by"]
    card_columns = ["source", "target", "kind", "shipped_at"]
    search_columns = ["number", "kind", "source", "target", "state", "shipped_at"]
    quick_columns = ["number"]
    quick_references = ["source", "target"]
    sections = [
        (
            _("Stock transfer"),
            [
                "number",
                "state",
                "kind",
                "source",
                "target",
                "request",
                "shipped_at",
                "received_at",
                "created_by",
                "remark",
            ],
        )
    ]
    form_sections = [(_("Stock transfer"), ["source", "target", "remark"])]
    picks = {"source": {"narrow": own_stores}, "target": {"narrow": kept_stores}}
    lines = {"lines": Lines(("part", "quantity"), need=True, outputs={"available": _("Available at the source")})}
    summary = [("pieces", _("Pieces in all"))]
    line_tables = {
        "lines": ["part", "quantity", "shipped_quantity", "shipped_amount", "received_quantity", "lost_quantity"]
    }

    tabs = [
        Tab(
            "todo",
            _("Transfers to ship"),
            lambda q: q.where(m.StockTransfer.state == enums.TransferState.PENDING, _mine(m.StockTransfer.source_id)),
            todo="ship",
        ),
        Tab(
            "transit",
            _("Transfers on the way"),
            lambda q: q.where(
                m.StockTransfer.state == enums.TransferState.IN_TRANSIT, _mine(m.StockTransfer.target_id)
            ),
            todo="receive",
        ),
        Tab(
            "short",
            _("Transfers that arrived short"),
            lambda q: q.where(m.StockTransfer.state == enums.TransferState.SHORT),
            todo="settle",
        ),
    ]
    ship = act(transfer.ship)
    receive = act(transfer.receive, form=forms.ArrivalForm)
    recall = act(transfer.recall, form=forms.ReasonForm)
    settle = act(transfer.settle, form=forms.ShortageForm)
    cancel = act(transfer.cancel, form=forms.ReasonForm)

    def computed(self, form: FlaskForm) -> dict[str, str]:
        """What is free at the source beside each line, and how many pieces in all."""
        return beside_transfer(form)

    def store(self, row: m.StockTransfer) -> int:  # type: ignore[override]
        return row.source_id if row.state is enums.TransferState.PENDING else row.target_id

    def may_edit(self, row: m.Entity) -> bool:
        """A transfer of a request is the desk's."""
        return super().may_edit(row) and row.request_id is None  # type: ignore[attr-defined]

    def offered(self, transition: Transition, row: m.StockTransfer) -> bool:  # type: ignore[override]
        ends = {"ship": row.source_id, "recall": row.source_id, "receive": row.target_id}
        return transition.verb not in ends or ends[transition.verb] in acting.current().warehouse_ids


class StockCountView(WalkedPaper):
    datamodel = rows(m.StockCount)
    short_title, icon = _("Stock counts"), "clipboard-check"
    list_columns = ["number", "state", "warehouse", "category", "business_on", "created_by"]
    card_columns = ["warehouse", "category", "business_on"]
    search_columns = ["number", "warehouse", "state", "business_on"]
    quick_columns = ["number"]
    quick_references = ["warehouse"]
    sections = [(_("Stock count"), ["number", "state", "warehouse", "category", "business_on", "created_by", "remark"])]
    form_sections = [(_("Stock count"), ["warehouse", "category", "remark"])]
    picks = {"warehouse": {"narrow": own_stores}}
    line_tables = {"lines": ["part", "book_quantity", "actual_quantity", "book_amount", "difference_amount"]}
    tabs = [
        Tab(
            "counting",
            _("Counts to be entered"),
            lambda q: q.where(m.StockCount.state == enums.CountState.COUNTING),
            todo="submit",
        ),
        Tab(
            "todo",
            _("Counts for my approval"),
            lambda q: q.where(*not_mine(m.StockCount, enums.CountState.REVIEWING)),
            todo="approve",
        ),
    ]
    start = act(count.start)
    submit = act(count.submit, form=forms.ShelfForm)
    approve = act(count.approve, form=forms.ApproveCountForm)
    reject = act(count.reject, form=forms.RejectForm)
    cancel = act(count.cancel, form=forms.ReasonForm)
