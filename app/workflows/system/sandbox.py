"""Templates of printed papers are written by administrators and trusted with nothing.

Four walls, one behind the other: only a few kinds of statement pass at all (no calls, no macros, no includes); what
passes runs in Jinja's immutable sandbox over plain texts, never over rows, in a process of its own that is ended when it
takes too long or too much; and what comes out may only hold tags and attributes of a paper: no script, no style, no address,
so neither a browser nor the PDF engine fetches anything for it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import nh3
from flask_babel import gettext
from jinja2 import TemplateSyntaxError, nodes

from ...errors import BusinessError
from . import bounded, typesetter
from .typesetter import FILTERS, STRICT

ALLOWED: tuple[type[nodes.Node], ...] = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Getattr, nodes.Getitem, nodes.For,
    nodes.If, nodes.CondExpr, nodes.Filter, nodes.Test, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not,
    nodes.Add, nodes.Sub, nodes.Neg, nodes.Concat, nodes.Assign, nodes.Tuple, nodes.Keyword,
)  # fmt: skip
TAGS = frozenset(
    [
        "p",
        "div",
        "span",
        "section",
        "header",
        "footer",
        "h1",
        "h2",
        "h3",
        "h4",
        "b",
        "strong",
        "i",
        "em",
        "u",
        "s",
        "small",
        "sub",
        "sup",
        "br",
        "hr",
        "ul",
        "ol",
        "li",
        "dl",
        "dt",
        "dd",
        "table",
        "caption",
        "colgroup",
        "col",
        "thead",
        "tbody",
        "tfoot",
        "tr",
        "th",
        "td",
        "svg",
        "path",
        "g",
    ]
)
ATTRIBUTES = frozenset(
    [
        "class",
        "colspan",
        "rowspan",
        "lang",
        "xmlns",
        "viewbox",
        "width",
        "height",
        "d",
        "fill",
        "stroke",
        "transform",
        "version",
    ]
)
DEEPEST = 2  # loops in loops: pages and their lines
PATIENCE = 20.0  # seconds by the wall clock, a busy machine included
SCRIPT = Path(typesetter.__file__)
JINJA = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", re.DOTALL)
NAMED = re.compile(r"'([^']*)' is undefined|has no attribute '([^']*)'|no element '?([^']*)'?")


class BrokenTemplate(BusinessError):
    """What is wrong with a template, with its line."""


def check(body: str) -> None:
    """Refuse what no template may hold. Raises BrokenTemplate with the sentence and the line."""
    try:
        tree = STRICT.parse(body)
    except TemplateSyntaxError as fault:
        raise BrokenTemplate(_syntax(fault), field="body") from None
    except RecursionError:
        raise _refused(1, gettext("brackets stand too deep")) from None
    for node in _walk(tree):
        if not isinstance(node, ALLOWED):
            raise _refused(node.lineno, gettext("“%(what)s” is not possible here", what=type(node).__name__.lower()))
        if isinstance(node, nodes.Filter) and node.name not in FILTERS:
            raise _refused(node.lineno, gettext("there is no filter “%(name)s”", name=node.name))
        name = node.attr if isinstance(node, nodes.Getattr) else node.name if isinstance(node, nodes.Name) else ""
        if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
            name = str(node.arg.value)
        if name.startswith("_") or name == "self":
            raise _refused(node.lineno, gettext("“%(what)s” is not possible here", what=name))
    _count_loops(tree, 0)
    _guard(body)


def render(body: str, variables: dict[str, Any], *, strict: bool = False) -> str:
    """The paper as HTML, made by a process of its own: a template that never ends or eats memory ends there.

    strict: a name that is not among the variables is a fault, not a blank.
    """
    check(body)
    order = {"body": body, "variables": typesetter.plain(variables), "strict": strict}
    try:
        answer = json.loads(bounded.run(SCRIPT, json.dumps(order).encode(), PATIENCE))
    except bounded.Exhausted:
        raise _too_much() from None
    if "made" in answer:
        return _clean(answer["made"])
    if answer["fault"] in ("TooLong", "MemoryError"):
        raise _too_much()
    raise _refused(answer["line"], _words(answer["fault"], answer["words"]))


def shipped(body: str, variables: dict[str, Any]) -> str:
    """The paper as HTML, by a template that came along with the house: the same walls, without a process."""
    try:
        return _clean(typesetter.set_(body, variables, strict=False))
    except typesetter.TooLong:
        raise _too_much() from None


def _too_much() -> BrokenTemplate:
    return BrokenTemplate(
        gettext("The template takes too long or makes too much; please print fewer lines or simplify it"), field="body"
    )


def _clean(made: str) -> str:
    """What was made, if it holds nothing but tags and attributes of a paper; and once more through a library for that."""
    _guard(made, is_made=True)
    attributes = {"*": {*ATTRIBUTES, "viewBox"}}
    return nh3.clean(made, tags=set(TAGS), attributes=attributes, url_schemes=set(), link_rel=None)


def _walk(node: nodes.Node) -> Iterator[nodes.Node]:
    yield node
    for child in node.iter_child_nodes():
        yield from _walk(child)


def _count_loops(node: nodes.Node, depth: int) -> None:
    if isinstance(node, nodes.For):
        depth += 1
        if depth > DEEPEST or node.recursive:
            raise _refused(node.lineno, gettext("loops stand at most two deep"))
    for child in node.iter_child_nodes():
        _count_loops(child, depth)


def _syntax(fault: TemplateSyntaxError) -> str:
    found = re.search(r"No (filter|test) named '([^']*)'", fault.message or "")
    words = (
        gettext("there is no filter “%(name)s”", name=found[2])
        if found
        else gettext("a bracket, a quotation mark or an “end…” is missing or too many")
    )
    return gettext("Line %(line)s of the template: %(words)s", line=fault.lineno, words=words)


def _refused(line: int | None, words: str) -> BrokenTemplate:
    return BrokenTemplate(
        gettext("Line %(line)s of the template: %(words)s", line=line or 1, words=words), field="body"
    )


def _words(kind: str, words: str) -> str:
    if kind == "SecurityError":
        return gettext("a template reaches its variables only, nothing of the program")
    found = NAMED.search(words) if kind == "UndefinedError" else None
    if found:
        return gettext(
            "there is no variable “%(name)s”", name=next(part for part in found.groups() if part is not None)
        )
    return gettext("these values do not go together")


def _guard(text: str, *, is_made: bool = False) -> None:
    """Nothing but tags and attributes of a paper, in the template as written and in what it makes."""
    reader = _Reader(is_made)
    reader.feed(text if is_made else JINJA.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text))
    reader.close()


class _Reader(HTMLParser):
    """Stops at the first thing that is not of a paper."""

    def __init__(self, is_made: bool) -> None:
        super().__init__(convert_charrefs=False)
        self.is_made = is_made

    def _stop(self, what: str) -> None:
        line = 1 if self.is_made else self.getpos()[0]
        raise _refused(line, gettext("“%(what)s” does not belong on a paper", what=what[:40]))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS:
            self._stop(f"<{tag}>")
        for name, value in attrs:
            if (
                name not in ATTRIBUTES
                or "url(" in (value or "").lower()
                or "//" in (value or "").replace("http://www.w3.org/2000/svg", "")
            ):
                self._stop(name)

    handle_startendtag = handle_starttag

    def handle_endtag(self, tag: str) -> None:
        if tag not in TAGS:
            self._stop(f"</{tag}>")

    def handle_decl(self, decl: str) -> None:
        self._stop(f"<!{decl}>")

    def handle_pi(self, data: str) -> None:
        self._stop(f"<?{data}>")

    def unknown_decl(self, data: str) -> None:
        self._stop(f"<![{data}]>")
