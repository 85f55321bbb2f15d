"""What several chapters say alike: sets of routes, stores one keeps, a screen by its entity."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import url_for
from flask_babel import lazy_gettext as _

from .. import actor as acting
from .. import models as m
from ..enums import (
    CASH_FUNDS,
    PARTS_STORES,
)
from ..roles import Rows
from ..screens import Screen
from ..screens.columns import Column
from ..screens.screen import screen_of as screen_of
from ..workflows.parts import bin as bins

MASTER = "list show add edit export"
LEDGER = "list show export"
WITH_ACCOUNT = "kind=" + " ".join(sorted(fund.name for fund in CASH_FUNDS))


class WalkedPaper(Screen):
    """A paper whose lines are shown in the order one walks along the shelves, each with its bin."""

    def store(self, row: Any) -> int:
        """The warehouse one walks through."""
        return row.warehouse_id

    def line_columns(self, name: str) -> list[Column]:
        own = super().line_columns(name)
        return [Column("bin", m.Bin.title, "text"), *own] if name == "lines" else own

    def line_rows(self, row: m.Entity, name: str) -> list[Any]:
        lines = super().line_rows(row, name)
        return bins.in_order(lines, self.store(row)) if name == "lines" else lines

    def line_value(self, line: Any, column: Column) -> Any:
        if not isinstance(line, tuple):
            return super().line_value(line, column)
        paper_line, code = line
        return code if column.name == "bin" else getattr(paper_line, column.name)


def id_of(text: str | None) -> int:
    """A row id out of an address, 0 when there is none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0


def kept_stores(query: Any, given: dict[str, str]) -> Any:
    """Warehouses that keep parts."""
    return query.where(m.Warehouse.kind.in_(PARTS_STORES), m.Warehouse.is_enabled)


def own_stores(query: Any, given: dict[str, str]) -> Any:
    """Warehouses that keep parts; a keeper without other posts is offered those he keeps, a technician his van."""
    by = acting.current()
    query = kept_stores(query, given)
    return (
        query
        if by.is_system or Rows.ALL in by.rows("StockTransfer")
        else query.where(m.Warehouse.id.in_(by.warehouse_ids))
    )


def not_mine(entity: Any, state: Any) -> list[Any]:
    """Papers in this state that somebody else wrote."""
    by = acting.current()
    return [
        entity.state == state,
        sa.or_(entity.created_by_id.is_(None), entity.created_by_id != (by.employee_id or 0)),
    ]


def role_name(code: str | None) -> str:
    from ..roles import ROLES

    return str(ROLES[code].label) if code in ROLES else ""


def rating_door(screen: Screen, row: m.Entity, is_open: bool) -> list[tuple[Any, str, str]]:
    """The way to the rating link of a row, where it may be had."""
    if not is_open or not screen.may("invite"):
        return []
    return [(_("Rating link"), url_for("RatingLinkView.page", entity=screen.entity.__name__, pk=row.id), "qrcode")]
