"""The column vocabulary: every column carries its Chinese label, its unit and how it is shown and typed.

`info` of a column holds:
    label   lazy string, how the column is called on screens, in exports and in import templates
    kind    text note money quantity rate percent whole day moment flag choice state key
    unit    lazy string behind the label, e.g. 元
    secret  name of a secret of roles.SECRETS; who does not hold it never meets the column
    private "id", "phone" or "service" (the phone on a work order): shown masked unless roles.UNMASKED says otherwise
    help    lazy string under the form field
    window  what a day, a moment or a year means, and with it where it may lie (formulas/windows.py)
    retired True where a reference may still name what is disabled or has left: debts of theirs are paid, stock goes back
    among   column of the other entity → values: which of its rows the reference may name at all
    form    normal form of a text (formulas/normal.py): line name phone code plate article key number initials
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import mapped_column, relationship

from .enums import Choice
from .formulas.windows import BUILT, Window

CENT = Decimal("0.01")


class Exact(sa.types.TypeDecorator[Decimal]):
    """A decimal of fixed places, exact on both engines: NUMERIC on PostgreSQL, a scaled integer on SQLite.

    Sums, comparisons and order in SQL are exact on both. A value with more places is refused, not rounded.
    Never multiply two Exact columns in SQL: on SQLite the scales would multiply too.
    """

    impl = sa.Numeric
    cache_ok = True

    def __init__(self, precision: int = 18, places: int = 2) -> None:
        super().__init__(precision, places)
        self.precision, self.places = precision, places

    def load_dialect_impl(self, dialect: sa.Dialect) -> Any:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(sa.BigInteger())
        return dialect.type_descriptor(sa.Numeric(self.precision, self.places))

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> Any:
        if value is None:
            return None
        value = Decimal(value)
        exact = value.quantize(Decimal(1).scaleb(-self.places))
        if exact != value:
            raise ValueError(f"{value} has more than {self.places} decimals")
        return int(exact.scaleb(self.places)) if dialect.name == "sqlite" else exact

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Decimal | None:
        if value is None:
            return None
        if dialect.name == "sqlite":
            return Decimal(int(value)).scaleb(-self.places)
        return Decimal(value).quantize(Decimal(1).scaleb(-self.places))

    def coerce_compared_value(self, op: Any, value: Any) -> Any:
        return self


def _column(kind: str, label: Any, type_: Any, *args: Any, **kw: Any) -> Any:
    info = {"label": label, "kind": kind}
    for word in ("unit", "secret", "private", "help", "window", "form", "retired", "among", "signed"):
        if (value := kw.pop(word, None)) is not None:
            info[word] = value
    return mapped_column(type_, *args, info=info, **kw)


def text(label: Any, length: int = 120, **kw: Any) -> Any:
    """One line of text, in its normal form from whatever door it comes."""
    kw.setdefault("form", "line")
    return _column("text", label, sa.String(length), **kw)


def note(label: Any, length: int = 1000, **kw: Any) -> Any:
    """Several lines of text."""
    return _column("note", label, sa.String(length), **kw)


def money(label: Any, **kw: Any) -> Any:
    """Yuan, two places."""
    kw.setdefault("unit", _("yuan"))
    return _column("money", label, Exact(18, 2), **kw)


def signed_money(label: Any, **kw: Any) -> Any:
    """Yuan that may be less than zero: differences and corrections."""
    return money(label, signed=True, **kw)


def quantity(label: Any, **kw: Any) -> Any:
    """Pieces, tons, hours: three places."""
    return _column("quantity", label, Exact(18, 3), **kw)


def rate(label: Any, **kw: Any) -> Any:
    """A rate shown as it is, six places: 0.0005 a day."""
    return _column("rate", label, Exact(9, 6), **kw)


def percent(label: Any, **kw: Any) -> Any:
    """A share stored as 0.30 and shown and typed as 30 %."""
    kw.setdefault("unit", "%")
    return _column("percent", label, Exact(9, 6), **kw)


def whole(label: Any, **kw: Any) -> Any:
    """A whole number: periods, months, days, pieces of a serial thing."""
    return _column("whole", label, sa.Integer(), **kw)


def year(label: Any, **kw: Any) -> Any:
    """The year in which a machine was built."""
    return whole(label, window=BUILT, **kw)


def day(label: Any, window: Window, **kw: Any) -> Any:
    """A date, Asia/Shanghai; the window says what it means."""
    return _column("day", label, sa.Date(), window=window, **kw)


def moment(label: Any, window: Window, **kw: Any) -> Any:
    """A moment, Shanghai wall time; the window says what it means."""
    return _column("moment", label, sa.DateTime(), window=window, **kw)


def flag(label: Any, **kw: Any) -> Any:
    """Yes or no, never unknown."""
    kw.setdefault("default", False)
    return _column("flag", label, sa.Boolean(), **kw)


def choice(label: Any, options: type[Choice], **kw: Any) -> Any:
    """One of a fixed list, the first word unless told otherwise; the database refuses any other word."""
    kw.setdefault("default", next(iter(options)))
    name = kw.pop("constraint", options.__name__.lower())
    kind = kw.pop("kind", "choice")
    type_ = sa.Enum(options, native_enum=False, create_constraint=True, length=20, validate_strings=True, name=name)
    return _column(kind, label, type_, **kw)


def state(label: Any, options: type[Choice], **kw: Any) -> Any:
    """Where a document stands; only its workflow writes it."""
    return choice(label, options, kind="state", index=True, **kw)


def key(label: Any, table: str, **kw: Any) -> Any:
    """A reference to another entity; declare the `link` of the same name beside it."""
    ondelete = kw.pop("ondelete", None)
    kw.setdefault("index", True)
    return _column("key", label, sa.Integer(), sa.ForeignKey(f"{table}.id", ondelete=ondelete), **kw)


def stamp(label: Any, **kw: Any) -> Any:
    """The id of a row that is never deleted, without a constraint in the database: it would close a circle of tables."""
    return _column("key", label, sa.Integer(), **kw)


def behind_stamp(join: Any, label: Any) -> Any:
    """The row behind a stamp, to look at."""
    return relationship(primaryjoin=join, viewonly=True, info={"label": label, "kind": "key"})


def link(column: Any, **kw: Any) -> Any:
    """The row behind a key; it carries the key's label."""
    return relationship(foreign_keys=[column], info=column.column.info, **kw)


def part_of(column: Any, back: str, **kw: Any) -> Any:
    """The header a line belongs to; the line dies with it while it is a draft."""
    return relationship(foreign_keys=[column], back_populates=back, info=column.column.info, **kw)


def lines(label: Any, back: str, order_by: str, **kw: Any) -> Any:
    """The lines of a document, in order."""
    return relationship(
        back_populates=back,
        cascade="all, delete-orphan",
        order_by=order_by,
        info={"label": label, "kind": "lines"},
        **kw,
    )
