"""4 配件, 库存: balances, moves, transfers, counts."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import sqlalchemy as sa
import sqlalchemy.orm
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Mapped, mapped_column

from .. import clock, enums
from .. import fields as f
from ..formulas.windows import HAPPENED, STAMPED
from .base import ZERO, Document, Entity, Record

if TYPE_CHECKING:
    from .organisation import Employee, Warehouse
    from .parts import Part, PartCategory
    from .requests import PartRequest


class Bin(Record):
    """货位: a shelf in a warehouse; parts are fetched in the order of its codes."""

    title = _("Bin")
    __table_args__ = (sa.UniqueConstraint("warehouse_id", "code"),)
    warehouse_id: Mapped[int] = f.key(_("Warehouse"), "warehouse", index=False)
    warehouse: Mapped[Warehouse] = f.link(warehouse_id)
    code: Mapped[str] = f.text(_("Bin"), 30, form="article", index=True)
    name: Mapped[str | None] = f.text(_("Remark"), 120)
    is_enabled: Mapped[bool] = f.flag(_("Enabled"), default=True)

    def __str__(self) -> str:
        return self.code


class StockBalance(Entity):
    """库存余额: quantity and amount of a part in a warehouse on one locked row; only the stock ledger writes it."""

    title = _("Stock")
    __table_args__ = (
        sa.UniqueConstraint("part_id", "warehouse_id"),
        sa.CheckConstraint("quantity >= 0", name="not_negative"),
        sa.CheckConstraint("reserved >= 0 AND reserved <= quantity", name="reserved"),
        sa.CheckConstraint("amount >= 0 AND (quantity > 0 OR amount = 0)", name="amount"),
        sa.CheckConstraint("min_quantity >= 0", name="min_quantity"),
    )
    part_id: Mapped[int] = f.key(_("Part"), "part", index=False)
    part: Mapped[Part] = f.link(part_id)
    warehouse_id: Mapped[int] = f.key(_("Warehouse"), "warehouse")
    warehouse: Mapped[Warehouse] = f.link(warehouse_id)
    quantity: Mapped[Decimal] = f.quantity(_("On hand"), default=ZERO)
    reserved: Mapped[Decimal] = f.quantity(_("Reserved"), default=ZERO)
    amount: Mapped[Decimal] = f.money(_("Stock value"), default=ZERO, secret="cost")
    bin_id: Mapped[int | None] = f.key(_("Bin"), "bin")
    bin: Mapped[Bin | None] = f.link(bin_id)
    min_quantity: Mapped[Decimal | None] = f.quantity(_("Minimum here"))
    is_frozen: Mapped[bool] = f.flag(_("Frozen by a count"))
    version: Mapped[int] = mapped_column(sa.Integer, default=1, nullable=False)

    @property
    def available(self) -> Decimal:
        """Pieces that may be promised."""
        return self.quantity - self.reserved

    @property
    def minimum(self) -> Decimal:
        """Pieces below which this warehouse is short: its own figure, else the part's."""
        return self.part.min_stock if self.min_quantity is None else self.min_quantity

    @property
    def average_cost(self) -> Decimal | None:
        """Yuan a piece, four places, for the eye only."""
        return (self.amount / self.quantity).quantize(Decimal("0.0001")) if self.quantity else None

    def __str__(self) -> str:
        return f"{self.part} @ {self.warehouse}"


class StockMove(Entity):
    """库存流水, append-only: one movement has two ends, so quantity and value are conserved."""

    title = _("Stock move")
    __table_args__ = (
        sa.CheckConstraint("quantity > 0", name="quantity_positive"),
        sa.CheckConstraint("amount >= 0", name="amount_not_negative"),
        sa.CheckConstraint("source_id <> target_id", name="two_ends"),
        sa.Index(
            "uq_stock_move_effect",
            "origin",
            "origin_id",
            "origin_line",
            "movement",
            "part_id",
            unique=True,
            sqlite_where=sa.text("reversal_of_id IS NULL"),
            postgresql_where=sa.text("reversal_of_id IS NULL"),
        ),
    )
    part_id: Mapped[int] = f.key(_("Part"), "part")
    part: Mapped[Part] = f.link(part_id)
    source_id: Mapped[int] = f.key(_("From warehouse"), "warehouse")
    source: Mapped[Warehouse] = f.link(source_id)
    target_id: Mapped[int] = f.key(_("To warehouse"), "warehouse")
    target: Mapped[Warehouse] = f.link(target_id)
    movement: Mapped[enums.StockMovement] = f.choice(_("Movement"), enums.StockMovement)
    quantity: Mapped[Decimal] = f.quantity(_("Quantity"))
    amount: Mapped[Decimal] = f.money(_("Value"), secret="cost")
    source_quantity: Mapped[Decimal | None] = f.quantity(_("Left at the source"))
    source_amount: Mapped[Decimal | None] = f.money(_("Value left at the source"), secret="cost")
    target_quantity: Mapped[Decimal | None] = f.quantity(_("Then at the target"))
    target_amount: Mapped[Decimal | None] = f.money(_("Value then at the target"), secret="cost")
    origin: Mapped[str] = f.text(_("Document kind"), 40)
    origin_id: Mapped[int] = f.whole(_("Document"))
    origin_number: Mapped[str] = f.text(_("Document number"), 24, form="number")
    origin_line: Mapped[int] = f.whole(_("Line"))
    reversal_of_id: Mapped[int | None] = f.key(_("Reverses"), "stock_move", unique=True, index=False)
    business_on: Mapped[date] = f.day(_("Business date"), HAPPENED, default=clock.today)
    posted_at: Mapped[datetime] = f.moment(_("Posted at"), STAMPED, default=clock.now)
    posted_by_id: Mapped[int | None] = f.key(_("Posted by"), "employee", index=False)
    posted_by: Mapped[Employee | None] = f.link(posted_by_id)


class StockTransfer(Document):
    """调拨单: out of one warehouse, on the way, into another; what is lost on the way keeps its value until handled."""

    title = _("Stock transfer")
    prefix = "DB"
    __table_args__ = (sa.CheckConstraint("source_id <> target_id", name="two_warehouses"),)
    source_id: Mapped[int] = f.key(_("From warehouse"), "warehouse")
    source: Mapped[Warehouse] = f.link(source_id)
    target_id: Mapped[int] = f.key(_("To warehouse"), "warehouse")
    target: Mapped[Warehouse] = f.link(target_id)
    kind: Mapped[enums.TransferKind] = f.choice(_("Transfer kind"), enums.TransferKind)
    request_id: Mapped[int | None] = f.key(_("Parts request"), "part_request")
    request: Mapped[PartRequest | None] = f.link(request_id)
    is_reserved: Mapped[bool] = f.flag(_("Reserved at the source"))
    shipped_at: Mapped[datetime | None] = f.moment(_("Shipped at"), STAMPED)
    received_at: Mapped[datetime | None] = f.moment(_("Received at"), STAMPED)
    state: Mapped[enums.TransferState] = f.state(_("Status"), enums.TransferState)
    lines: Mapped[list[TransferLine]] = f.lines(_("Parts"), "transfer", "TransferLine.line_number")


class TransferLine(Entity):
    title = _("Transfer line")
    __table_args__ = (
        sa.UniqueConstraint("transfer_id", "line_number"),
        sa.UniqueConstraint("transfer_id", "part_id"),
        sa.CheckConstraint("shipped_quantity >= 0 AND received_quantity >= 0 AND lost_quantity >= 0", name="pieces"),
        sa.CheckConstraint("quantity > 0", name="quantity_positive"),
        sa.CheckConstraint(
            "received_quantity + lost_quantity <= shipped_quantity AND shipped_quantity <= quantity", name="flow"
        ),
    )
    transfer_id: Mapped[int] = f.key(_("Stock transfer"), "stock_transfer", ondelete="CASCADE", index=False)
    transfer: Mapped[StockTransfer] = f.part_of(transfer_id, "lines")
    line_number: Mapped[int] = f.whole(_("Line"), default=1)
    part_id: Mapped[int] = f.key(_("Part"), "part", retired=True)
    part: Mapped[Part] = f.link(part_id)
    quantity: Mapped[Decimal] = f.quantity(_("Quantity"))
    shipped_quantity: Mapped[Decimal] = f.quantity(_("Shipped"), default=ZERO)
    shipped_amount: Mapped[Decimal] = f.money(_("Value shipped"), default=ZERO, secret="cost")
    received_quantity: Mapped[Decimal] = f.quantity(_("Received quantity"), default=ZERO)
    received_amount: Mapped[Decimal] = f.money(_("Value received"), default=ZERO, secret="cost")
    lost_quantity: Mapped[Decimal] = f.quantity(_("Lost"), default=ZERO)

    def __str__(self) -> str:
        return str(self.part)


class StockCount(Document):
    """盘点单: book against shelf; while it runs the warehouse stands still."""

    title = _("Stock count")
    prefix = "PD"
    warehouse_id: Mapped[int] = f.key(_("Warehouse"), "warehouse")
    warehouse: Mapped[Warehouse] = f.link(warehouse_id)
    category_id: Mapped[int | None] = f.key(_("Only this category"), "part_category")
    category: Mapped[PartCategory | None] = f.link(category_id)
    state: Mapped[enums.CountState] = f.state(_("Status"), enums.CountState)
    lines: Mapped[list[CountLine]] = f.lines(_("Parts"), "count", "CountLine.line_number")


class CountLine(Entity):
    title = _("Count line")
    __table_args__ = (
        sa.UniqueConstraint("count_id", "line_number"),
        sa.UniqueConstraint("count_id", "part_id"),
        sa.CheckConstraint("book_quantity >= 0 AND (actual_quantity IS NULL OR actual_quantity >= 0)", name="pieces"),
    )
    count_id: Mapped[int] = f.key(_("Stock count"), "stock_count", ondelete="CASCADE", index=False)
    count: Mapped[StockCount] = f.part_of(count_id, "lines")
    line_number: Mapped[int] = f.whole(_("Line"), default=1)
    part_id: Mapped[int] = f.key(_("Part"), "part", retired=True)
    part: Mapped[Part] = f.link(part_id)
    book_quantity: Mapped[Decimal] = f.quantity(_("In the books"), default=ZERO)
    book_amount: Mapped[Decimal] = f.money(_("Value in the books"), default=ZERO, secret="cost")
    actual_quantity: Mapped[Decimal | None] = f.quantity(_("On the shelf"))
    difference_amount: Mapped[Decimal] = f.signed_money(_("Value of the difference"), default=ZERO, secret="cost")

    @property
    def difference(self) -> Decimal:
        """Pieces more (+) or fewer (−) than the books say."""
        return (self.actual_quantity or ZERO) - self.book_quantity
