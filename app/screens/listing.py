"""What a list shows: filters, order, page and sums, read from the address of this request and from nothing else.

    ?q=恒达&state=PENDING&signed_on_from=2026-01-01&customer=3&order=-signed_on&page=2&size=50&tab=todo

Nothing is kept on the screen object between requests. A value that cannot be read says so beside its field and the
list stays empty, rather than pretending that the filter was obeyed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import sqlalchemy as sa
from flask_babel import gettext
from sqlalchemy.orm import selectinload
from werkzeug.datastructures import MultiDict
from wtforms import Form
from wtforms.fields.core import UnboundField

from .. import actor as acting
from .. import clock, scope
from ..database import by_pinyin, db
from ..models import Entity
from . import options
from .columns import SUMMABLE, Column, readable
from .formfields import ChoiceField, DayField, LineForm, PickField, TextLine, YesNoField, field_for

if TYPE_CHECKING:
    from .screen import Screen

SIZES = (20, 50, 100, 200)
COUNT_CAP = 10_000
DEEPEST = 5_000
OWN_WORDS = frozenset({"q", "order", "page", "size", "tab", "format", "view"})  # of the address itself
RANGES = frozenset({"money", "quantity", "whole", "day", "moment", "percent", "rate"})


@dataclass
class Control:
    """One filter of the search bar: a field, or two for a range."""

    column: Column
    fields: list[Any]

    @property
    def is_used(self) -> bool:
        return any(f.data not in (None, "", False) or f.errors for f in self.fields)


class Paged:
    """What is shown page by page, as the address says."""

    args: MultiDict[str, str]

    @property
    def page(self) -> int:
        text = self.args.get("page", "1")
        return min(max(int(text), 1), DEEPEST) if text.isascii() and text.isdigit() and len(text) < 7 else 1

    @property
    def size(self) -> int:
        text = self.args.get("size", "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 4 and int(text) in SIZES else SIZES[0]


@dataclass
class Listing(Paged):
    """One request's view of a screen's rows."""

    screen: Screen
    args: MultiDict[str, str]
    columns: list[Column]
    verb: str = "list"
    controls: list[Control] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def q(self) -> str:
        return self.args.get("q", "").strip()[:100]

    @property
    def tab(self) -> str:
        names = [tab.name for tab in self.screen.tabs]
        return self.args.get("tab", "") if self.args.get("tab", "") in names else ""

    @property
    def order(self) -> tuple[str, bool]:
        """(column, descending); only columns this person reads in full and that the screen offers."""
        text = self.args.get("order", "")
        name = text.removeprefix("-")
        if name in {c.name for c in readable(self.columns)} and name in self.screen.orderable:
            return name, text.startswith("-")
        return self.screen.base_order

    def query(self) -> Any:
        """All rows behind this list, filtered, not yet ordered or cut into pages."""
        entity = self.screen.entity
        query = sa.select(entity)
        if self.faults:
            return query.where(sa.false())
        rule = scope.criterion(entity, acting.current(), self.verb)  # several roles do not mix verbs and rows
        if rule is not True:
            query = query.where(sa.false() if rule is False else rule)
        for tab in self.screen.tabs:
            if tab.name == self.tab:
                query = tab.where(query)
        if self.q:
            query = query.where(self.screen.quick(self.q))
        for control in self.controls:
            for index, form_field in enumerate(control.fields):
                if form_field.data not in (None, "", False):
                    query = query.where(self._criterion(control.column, form_field.data, index))
        return query

    def _criterion(self, column: Column, value: Any, index: int) -> Any:
        own = self.screen.criterion(column, value)
        if own is not None:
            return own
        attribute = getattr(self.screen.entity, column.name)
        if column.kind == "key":
            return getattr(self.screen.entity, f"{column.name}_id") == value.id
        if column.kind in ("text", "note"):
            return options.contains([attribute], value)
        if column.kind == "flag":
            return attribute == (value == "1")
        if column.kind == "lines":
            return attribute.any(tag_id=value.id)
        if column.kind not in RANGES:
            return attribute == value
        if column.kind == "moment":
            edge = clock.midnight(value)
            return attribute >= edge if index == 0 else attribute < edge + timedelta(days=1)
        return attribute >= value if index == 0 else attribute <= value

    def ordered(self) -> Any:
        """The rows in their order; the key makes it total."""
        entity = self.screen.entity
        name, descending = self.order
        column = getattr(entity, f"{name}_id" if name in sa.inspect(entity).relationships else name)
        key = entity.id
        if getattr(column, "info", {}).get("form") == "name":
            column = by_pinyin(column)
        return (
            self.query()
            .order_by(*((column.desc(), key.desc()) if descending else (column, key)))
            .options(*self.loads())
        )

    def loads(self) -> list[Any]:
        """References and tags that the columns name come along in one query each."""
        entity = self.screen.entity
        relations = sa.inspect(entity).relationships
        loads = []
        for name in dict.fromkeys([*(c.name for c in self.columns), *self.screen.also_load]):
            if name not in relations:
                continue
            load = selectinload(getattr(entity, name))
            target = relations[name].mapper.class_
            for inner in ("tag", "contract"):
                if target.__name__ in ("CustomerTag", "ContractLine") and inner in sa.inspect(target).relationships:
                    load = load.selectinload(getattr(target, inner))
            loads.append(load)
        return loads

    def rows(self) -> list[Entity]:
        """This page."""
        found = list(db.session.scalars(self.ordered().offset((self.page - 1) * self.size).limit(self.size)))
        self.screen.dress(found)
        return found

    def stream(self) -> Iterator[Entity]:
        """Every row, some hundred at a time; the query is made now, while what was picked is still at hand."""
        query = self.ordered().execution_options(yield_per=500)

        def parts() -> Iterator[Entity]:
            for part in db.session.scalars(query).partitions():
                self.screen.dress(list(part))
                yield from part

        return parts()

    def count(self, cap: int | None = COUNT_CAP) -> int:
        """How many rows there are; counting stops one past the cap."""
        ids = self.query().with_only_columns(self.screen.entity.id)
        if cap is not None:
            ids = ids.limit(cap + 1)
        return db.session.scalar(sa.select(sa.func.count()).select_from(ids.subquery())) or 0

    def total(self, shown: int) -> int:
        """How many rows there are, when so many stand on this page; a page that is not full is the last, nothing is counted."""
        return shown if self.page == 1 and shown < self.size else self.count()

    def sums(self) -> dict[str, Any]:
        """Column name → sum over every row of the filter."""
        wanted = [c for c in self.columns if c.name in self.screen.sum_columns and c.kind in SUMMABLE]
        if not wanted:
            return {}
        entity = self.screen.entity
        row = db.session.execute(
            self.query().with_only_columns(*(sa.func.sum(getattr(entity, c.name)) for c in wanted)).order_by(None)
        ).one()
        return {column.name: value for column, value in zip(wanted, row, strict=True)}

    def address(self, **changes: Any) -> str:
        """The query string of this list with something changed; empty values go."""
        merged = {**self.args.to_dict(), **changes}
        return "?" + urlencode(
            {k: v for k, v in merged.items() if v not in (None, "", "1") or (k not in ("page",) and v)}
        )

    @property
    def names(self) -> set[str]:
        """What this list obeys in its address, for this person."""
        return {field.name for control in self.controls for field in control.fields} | OWN_WORDS

    @property
    def filter_text(self) -> str:
        """The filters in words, for the export log and the head of a file."""
        parts = [f"{gettext('Search')}: {self.q}"] if self.q else []
        for tab in self.screen.tabs:
            if tab.name == self.tab:
                parts.append(str(tab.label))
        for control in self.controls:
            values = [
                f._value() if hasattr(f, "_value") else getattr(f, "text", "") or str(f.data)
                for f in control.fields
                if f.data
            ]
            if values:
                parts.append(f"{control.column.label}: {' – '.join(values)}")
        return "；".join(parts)


def parameter(name: str) -> str:
    """What a filter on this column is called in the address: a column named like one of its own words steps aside."""
    return f"{name}_is" if name in OWN_WORDS else name


def read(screen: Screen, args: MultiDict[str, str], columns: list[Column], verb: str = "list") -> Listing:
    """The listing that an address asks for, of the rows that the verb reaches."""
    listing = Listing(screen, args, columns, verb)
    names = readable(screen.column(name) for name in screen.search_columns)
    fields: dict[str, UnboundField] = {}
    for column in names:
        for suffix in ("_from", "_to") if column.kind in RANGES else ("",):
            fields[parameter(column.name) + suffix] = _filter_field(column)
    form_class: type[Form] = type("Filters", (LineForm,), fields)
    form = form_class(formdata=args if args else None)
    for column in names:
        parts = [form[parameter(column.name) + s] for s in (("_from", "_to") if column.kind in RANGES else ("",))]
        for part in parts:
            if not part.validate(form):
                listing.faults += [f"{column.label}：{error}" for error in part.errors]
        listing.controls.append(Control(column, parts))
    return listing


def _filter_field(column: Column) -> UnboundField:
    if column.kind == "moment":
        return DayField(column.label)
    if column.kind == "flag":
        return YesNoField(column.label)
    if column.kind == "lines":
        return PickField(column.label, entity=column.target.tag.property.mapper.class_)  # type: ignore[union-attr]
    if column.kind in ("text", "note"):
        return TextLine(column.label, longest=100)
    if column.kind in ("choice", "state"):
        return ChoiceField(column.label, options=column.type.enum_class, blank=True)
    return field_for(replace(column, window=None, retired=True, among=None), required=False)  # one may ask for what was
