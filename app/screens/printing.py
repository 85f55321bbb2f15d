"""Printed papers: what a screen declares, which template is used, and the plain texts a template is given.

    prints = (Print("contract", _("Machine contract"), along=("customer",), lines="lines"),)

A template never meets a row: it gets texts of the columns that the printing person knows, masks on. What he may not know,
or what belongs to a row he may not look at, is not among them.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext

from .. import actor as acting
from .. import clock, scope
from ..database import db
from ..enums import Paper, PrintWay, TemplateState
from ..errors import AlreadyThere, BusinessError
from ..formulas.chinese_amount import chinese_amount
from ..models import Dealer, Entity, PrintLog, PrintTemplate
from ..unit_of_work import together
from ..workflows.system import sandbox
from ..workflows.system.typesetter import Shown
from . import formats, letterhead
from .columns import SUMMABLE, Column, describe, known
from .labels import Label

if TYPE_CHECKING:
    from .screen import Screen

FOLDER = Path(__file__).resolve().parent.parent / "papers"
MOST_LINES = 1000
MOST_AT_ONCE = 8  # people who print the same paper in the same moment
WORDS_MOST = Decimal(10) ** 15


@dataclass(frozen=True)
class Print:
    """A paper of a screen. code: its file in app/papers, and its name in the address.

    along:      references whose own columns the template may name: doc.customer.address.
    lines:      the table of lines that is cut into pages; per_page: how many to a page, 0 for one long page.
    line_along: the same for references of those lines: line.part.part_number.
    """

    code: str
    title: Any
    paper: Paper = Paper.A4
    along: tuple[str, ...] = ()
    lines: str = ""
    per_page: int = 0
    line_along: tuple[str, ...] = ()

    @property
    def shipped(self) -> str:
        """The template that came along."""
        return (FOLDER / f"{self.code}.html").read_text(encoding="utf-8")


@dataclass
class PrintedPaper:
    """A paper ready to be shown: made by the sandbox, which lets nothing through but tags of a paper."""

    html: str
    size: Paper
    title: str
    revision: int

    def __html__(self) -> str:
        return self.html


# -- which one --------------------------------------------------------------------------------------------------------


def declared(screen: Screen, code: str) -> Print | None:
    """The paper of this code, the first one where none is named."""
    return next((spec for spec in screen.prints if spec.code == code or not code), None)


def all_papers() -> list[tuple[Screen, Print]]:
    """Every paper of the house, in the order of the menu."""
    from .screen import Screen

    views = [view for view in current_app.appbuilder.baseviews if isinstance(view, Screen)]
    return [(view, spec) for view in views for spec in view.prints]


def in_use(screen: Screen, spec: Print) -> PrintTemplate | None:
    """The version an administrator put into use, if any."""
    query = sa.select(PrintTemplate).where(
        PrintTemplate.screen == type(screen).__name__,
        PrintTemplate.code == spec.code,
        PrintTemplate.state == TemplateState.ACTIVE,
    )
    with scope.elevated():  # everybody prints with it, few may read its text
        return db.session.scalars(query).one_or_none()


def compose(screen: Screen, row: Entity, spec: Print, template: PrintTemplate | None, times: int) -> PrintedPaper:
    """The paper of a document for the person who prints. times: how often it was printed, this time included; 0 before."""
    size = template.paper if template is not None else spec.paper
    given = variables(screen, row, spec, times)
    html = sandbox.shipped(spec.shipped, given) if template is None else sandbox.render(template.body, given)
    html = letterhead.put_pictures(html)
    title = template.name if template is not None else str(spec.title)
    return PrintedPaper(html, size, title, template.revision if template is not None else 0)


def try_on(template: PrintTemplate, number: str) -> Entity:
    """The document of this number, on which the template makes a paper without a fault, every name known.

    Raises: BusinessError in words for the person who wrote it.
    """
    screen, spec = of(template)
    row = _numbered(screen, number.strip())
    sandbox.render(template.body, specimen(screen, spec), strict=True)
    sandbox.render(template.body, variables(screen, row, spec, 0))
    return row


def of(template: PrintTemplate) -> tuple[Screen, Print]:
    """Screen and declaration behind a template. Raises BusinessError when the paper is no longer printed at all."""
    for screen, spec in all_papers():
        if (type(screen).__name__, spec.code) == (template.screen, template.code):
            return screen, spec
    raise BusinessError(gettext("This paper is no longer printed"))


def _numbered(screen: Screen, number: str) -> Entity:
    found = (
        db.session.scalars(sa.select(screen.entity).where(getattr(screen.entity, screen.key_column) == number)).first()
        if screen.may("show")
        else None
    )
    if found is None or not scope.reaches(acting.current(), found, "show"):
        raise BusinessError(gettext("There is no document of this number among those you may see"), field="number")
    return found


# -- what a template is given -----------------------------------------------------------------------------------------


def variables(screen: Screen, row: Entity, spec: Print, times: int) -> dict[str, Any]:
    """Everything a template may name, as texts for the person who prints."""
    own = known(columns_of(screen.entity))
    tables: dict[str, list[Shown]] = {}
    raw: dict[str, list[dict[str, Any]]] = {}
    for name in table_names(screen):
        tables[name], raw[name] = _lines(screen, row, name, spec.line_along if name == spec.lines else ())
        if len(tables[name]) > MOST_LINES:
            raise BusinessError(
                gettext("More than %(most)s lines cannot be printed; please export them", most=MOST_LINES)
            )
    summed = {name: _sums(screen, name, raw[name]) for name in tables}
    return {
        **_words_around(screen, row, spec, times),
        "doc": _document(screen, row, own, spec.along),
        "words": {c.name: _in_words(screen.value(row, c)) for c in own if c.kind == "money"},
        "tables": tables,
        "sums": summed,
        "pages": _pages(screen, spec, tables, raw, summed),
    }


def _words_around(screen: Screen, row: Entity | None, spec: Print, times: int) -> dict[str, Any]:
    called = str(row) if row is not None else gettext("Number")
    return {
        "title": str(spec.title),
        "number": called,
        "house": letterhead.name(),
        "dealer": Shown(letterhead.name(), dict(letterhead.texts())),
        "label": {c.name: str(c.label) for c in columns_of(screen.entity)},
        "heading": {n: {c.name: c.heading for c in line_columns(screen, n)} for n in table_names(screen)},
        "qr": Label(called, "").picture,
        "printed": {
            "by": acting.current().name,
            "at": f"{clock.now():%Y-%m-%d %H:%M}",
            "times": str(times or ""),
            "again": gettext("Printed again") if times > 1 else "",
        },
    }


def columns_of(entity: type[Entity]) -> list[Column]:
    """Columns and references of an entity that people have a word for."""
    mapper, found = sa.inspect(entity), []
    for attribute in mapper.column_attrs:
        info = attribute.columns[0].info
        if info.get("label") and info.get("kind") not in ("key", "changes") and info.get("secret") != "code":
            found.append(describe(entity, attribute.key))
    for relation in mapper.relationships:
        if relation.info.get("label") and not relation.uselist:
            found.append(describe(entity, relation.key))
    return found


def table_names(screen: Screen) -> list[str]:
    """Tables of lines of a document."""
    return [name for name in screen.line_tables if screen.column(name).kind == "lines"]


def line_columns(screen: Screen, name: str) -> list[Column]:
    """What is known of a line: what the screen shows, then the rest of the dictionary."""
    target = screen.column(name).target
    assert target is not None
    shown = {c.name: c for c in screen.line_columns(name)}
    return [*shown.values(), *(c for c in known(columns_of(target)) if c.name not in shown)]


def _document(screen: Screen, row: Entity, own: list[Column], along: Iterable[str]) -> Shown:
    values: dict[str, Any] = {c.name: formats.plain(screen.value(row, c), c) for c in own}
    for name in along:
        if name in values:
            values[name] = _reference(values[name], getattr(row, name))
    return Shown(str(row), values)


def _reference(text: str, target: Entity | None) -> Shown:
    """A row behind a reference: its name for everybody, its columns for those who may look at it."""
    if target is None or not scope.reaches(acting.current(), target, "show"):
        return Shown(text, {})
    columns = known(columns_of(type(target)))
    return Shown(text, {c.name: formats.plain(getattr(target, c.name), c) for c in columns})


def _lines(screen: Screen, row: Entity, name: str, along: tuple[str, ...]) -> tuple[list[Shown], list[dict[str, Any]]]:
    """The lines as texts, and the raw values to add up."""
    shown = {c.name for c in screen.line_columns(name)}
    columns, made, raw = line_columns(screen, name), [], []
    for number, line in enumerate(screen.line_rows(row, name), 1):
        thing = line[0] if isinstance(line, tuple) else line
        values = {c.name: screen.line_value(line, c) if c.name in shown else getattr(thing, c.name) for c in columns}
        texts: dict[str, Any] = {c.name: formats.plain(values[c.name], c) for c in columns}
        texts |= {n: _reference(texts[n], getattr(thing, n)) for n in along if n in texts}
        made.append(Shown(str(number), {"no": str(number), **texts}))
        raw.append(values)
    return made, raw


def _sums(screen: Screen, name: str, raw: list[dict[str, Any]]) -> dict[str, str]:
    columns = [c for c in line_columns(screen, name) if c.kind in SUMMABLE and not c.name.endswith("_price")]
    return {
        c.name: formats.number(sum((r.get(c.name) or Decimal(0) for r in raw), Decimal(0)), c.kind) for c in columns
    }


def _pages(screen: Screen, spec: Print, tables: Any, raw: Any, summed: Any) -> list[dict[str, Any]]:
    """The lines cut into pages, each with its own sums: 本页小计."""
    lines, values = (tables.get(spec.lines, []), raw.get(spec.lines, [])) if spec.lines else ([], [])
    step = spec.per_page or max(len(lines), 1)
    starts = range(0, max(len(lines), 1), step)
    return [
        {
            "no": str(at),
            "of": str(len(starts)),
            "is_last": at == len(starts),
            "lines": lines[start : start + step],
            "blanks": [""] * (max(spec.per_page - len(lines[start : start + step]), 0)),
            "sums": _sums(screen, spec.lines, values[start : start + step]) if spec.lines else {},
        }
        for at, start in enumerate(starts, 1)
    ]


def _in_words(value: Any) -> str:
    return chinese_amount(value) if isinstance(value, Decimal) and abs(value) < WORDS_MOST else ""


# -- what the person who writes a template may name -------------------------------------------------------------------


def specimen(screen: Screen, spec: Print) -> dict[str, Any]:
    """Every variable there is, whoever prints: labels in place of values; a name that is not here is a mistake."""
    with acting.acting_as(acting.SYSTEM):
        doc = _all_names(screen.entity, spec.along)
        lines = {}
        for name in table_names(screen):
            target = screen.column(name).target
            assert target is not None
            along = spec.line_along if name == spec.lines else ()
            extra = {c.name: str(c.label) for c in screen.line_columns(name)}
            lines[name] = Shown("1", {"no": "1", **extra, **_all_names(target, along)})
        sums = {name: _sums(screen, name, []) for name in lines}
        around = _words_around(screen, None, spec, 2)
    page = {"no": "1", "of": "1", "is_last": True, "blanks": [""], "sums": sums.get(spec.lines, {})}
    return around | {
        "doc": Shown("", doc),
        "words": {c.name: str(c.label) for c in columns_of(screen.entity) if c.kind == "money"},
        "tables": {name: [line] for name, line in lines.items()},
        "sums": sums,
        "pages": [page | {"lines": [lines[spec.lines]] if spec.lines in lines else []}],
    }


def _all_names(entity: type[Entity], along: Iterable[str]) -> dict[str, Any]:
    values: dict[str, Any] = {c.name: str(c.label) for c in columns_of(entity)}
    for name in along:
        target = describe(entity, name).target
        assert target is not None
        values[name] = Shown(values[name], {c.name: str(c.label) for c in columns_of(target)})
    return values


def documented(screen: Screen, spec: Print) -> list[tuple[str, str]]:
    """(name, what it says) of everything a template may name, as the page beside the template lists it."""
    told = [
        ("title", gettext("Name of the paper")),
        ("number", gettext("Number")),
        ("house", gettext("Name of the dealer")),
        *((f"dealer.{c.name}", str(c.label)) for c in columns_of(Dealer) if c.name in letterhead.NAMES),
        ('<i class="logo"></i> / <i class="seal"></i>', gettext("Logo and seal of the company profile")),
        ("qr", gettext("Square code of the number")),
        (
            "printed.by / printed.at / printed.times / printed.again",
            gettext("Who printed when, for the how manieth time"),
        ),
    ]
    told += [(f"doc.{c.name}", str(c.label)) for c in columns_of(screen.entity)]
    for name in spec.along:
        target = describe(screen.entity, name).target
        assert target is not None
        label = str(screen.column(name).label)
        told += [(f"doc.{name}.{c.name}", f"{label}：{c.label}") for c in columns_of(target)]
    money = [c for c in columns_of(screen.entity) if c.kind == "money"]
    told += [(f"words.{c.name}", gettext("%(label)s in Chinese capitals", label=str(c.label))) for c in money]
    for name in table_names(screen):
        target = screen.column(name).target
        assert target is not None
        each = f"{{% for line in {'page.lines' if name == spec.lines else f'tables.{name}'} %}}"
        told += [(each, str(screen.column(name).label)), ("line.no", gettext("Number of the line"))]
        told += [(f"line.{c.name}", str(c.label)) for c in columns_of(target)]
        for reference in spec.line_along if name == spec.lines else ():
            further = describe(target, reference).target
            assert further is not None
            told += [
                (f"line.{reference}.{c.name}", f"{describe(target, reference).label}：{c.label}")
                for c in columns_of(further)
            ]
        told += [(f"sums.{name}.{key}", gettext("Sum of all lines")) for key in _sums(screen, name, [])]
    if spec.lines:
        told += [
            ("{% for page in pages %}", gettext("Pages, %(n)s lines each", n=spec.per_page or MOST_LINES)),
            ("page.no / page.of / page.is_last", gettext("Number of the page, how many, whether it is the last")),
            ("page.sums.…", gettext("Sum of this page")),
            ("{% for blank in page.blanks %}", gettext("Empty rows up to the end of the page")),
        ]
    told += [
        ("label.…", gettext("The word for a column")),
        ("heading.….…", gettext("The heading of a column of lines")),
    ]
    return told


# -- the log ----------------------------------------------------------------------------------------------------------


def times_printed(screen: Screen, row: Entity, spec: Print) -> int:
    """How often this paper of this document was printed."""
    table = PrintLog.__table__
    counted = sa.select(sa.func.max(table.c.times)).where(
        table.c.entity == screen.entity.__name__, table.c.row_id == row.id, table.c.code == spec.code
    )
    return db.session.scalar(counted) or 0


def log(screen: Screen, row: Entity, spec: Print, template: PrintTemplate | None, way: PrintWay) -> int:
    """Write that the paper is printed; gives for the how manieth time. Two at once get two numbers."""
    row_id, number = row.id, str(row)[:40]
    values = {
        "entity": screen.entity.__name__, "row_id": row_id, "number": number, "code": spec.code, "name": str(spec.title)[:60],
        "revision": template.revision if template is not None else 0, "way": way, "by_id": acting.current().employee_id,
    }  # fmt: skip

    def work() -> int:
        table = PrintLog.__table__
        last = sa.select(sa.func.max(table.c.times)).where(
            table.c.entity == values["entity"], table.c.row_id == row_id, table.c.code == spec.code
        )
        times = (db.session.scalar(last) or 0) + 1
        db.session.execute(sa.insert(table).values(**values, at=clock.now(), times=times))
        return times

    for _again in range(MOST_AT_ONCE):  # a number that a colleague took a moment ago
        with suppress(AlreadyThere):
            return together(work)
    return together(work)
