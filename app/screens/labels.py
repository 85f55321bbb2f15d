"""标签: square codes for shelves, parts and machines, on a roll of 60 × 40 mm or on sheets of 3 × 8.

    /partview/labels?ids=3,7&size=sheet&copies=2&skip=5

The code is drawn here as SVG; nothing is fetched from outside. What it says is in formulas/label_codes.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import segno
import sqlalchemy as sa
from flask import abort, flash, redirect, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from markupsafe import Markup

from ..database import db

if TYPE_CHECKING:
    from .screen import Screen

SIZES = {"roll": _("Roll, 60 × 40 mm"), "sheet": _("Sheet A4, 3 × 8")}
PER_SHEET = 24
COPIES_MOST = 100
MOST = 480  # twenty sheets
CHOSEN_MOST = 200


@dataclass(frozen=True)
class Label:
    """What stands on a label: the code, the number in large type, some lines below."""

    code: str
    head: str
    lines: list[str] = field(default_factory=list)

    @property
    def picture(self) -> Markup:
        """The square code as inline SVG, without a size of its own and with its quiet zone."""
        return square(self.code)


def square(code: str) -> Markup:
    """A square code as inline SVG, without a size of its own and with its quiet zone."""
    made = segno.make(code, error="m", micro=False)
    return Markup(made.svg_inline(omitsize=True, border=2, svgclass="code", lineclass=None))  # noqa: S704 - drawn here


def answer(screen: Screen) -> Any:
    """The page of labels of the chosen rows; choosing them in the list is a POST, the page itself an address."""
    if not screen.may("show"):
        abort(403)
    if request.method == "POST":
        ids = list(dict.fromkeys(request.form.getlist("rowid")))[:CHOSEN_MOST]
        if not ids:
            flash(gettext("Please choose rows to print labels of"), "warning")
            return redirect(screen.url("list"))
        return redirect(screen.url("labels", ids=",".join(i[:10] for i in ids)))
    rows = _rows(screen, request.args.get("ids", ""))
    if not rows:
        abort(404)
    copies, skip = _whole("copies", 1, COPIES_MOST), _whole("skip", 0, PER_SHEET - 1)
    size = request.args.get("size", "") if request.args.get("size", "") in SIZES else "roll"
    labels = [label for row in rows for label in [screen.label(row)] * copies]
    left_out = max(len(labels) - MOST, 0)
    cells: list[Label | None] = [*([None] * skip if size == "sheet" else []), *labels[:MOST]]
    step = PER_SHEET if size == "sheet" else 1
    return screen.render_template(
        "labels.html",
        screen=screen,
        title=gettext("Labels"),
        ids=request.args.get("ids", ""),
        sizes=SIZES,
        size=size,
        copies=copies,
        skip=skip,
        count=len(labels),
        most=MOST if left_out else None,
        pages=[cells[i : i + step] for i in range(0, len(cells), step)],
    )


def _rows(screen: Screen, text: str) -> list[Any]:
    """The rows named in the address that this person sees, in the order in which they were chosen."""
    from .screen import is_id

    ids = [int(part) for part in text.split(",")[:CHOSEN_MOST] if is_id(part)]
    found = {r.id: r for r in db.session.scalars(sa.select(screen.entity).where(screen.entity.id.in_(ids)))}
    return [found[row_id] for row_id in dict.fromkeys(ids) if row_id in found]


def _whole(name: str, least: int, most: int) -> int:
    text = request.args.get(name, "")
    return min(max(int(text), least), most) if text.isascii() and text.isdigit() and len(text) < 5 else least
