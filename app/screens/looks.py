"""How a person looks at a list: the columns he chose, the density, and 我的方案: filters, order and columns under a name.

    ?state=PENDING&order=-signed_on&view=7      a saved view; what it filters stands in the address, its columns do not

Names that the dictionary no longer knows, or that this person may not know, are left out; nothing of it can break a list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

import sqlalchemy as sa
from flask import g
from sqlalchemy.orm import joinedload
from werkzeug.datastructures import MultiDict

from .. import actor as acting
from .. import scope
from ..database import db
from ..models import ListLook, SavedView

if TYPE_CHECKING:
    from .screen import Screen

NONE = "0"  # ?view=0: the list as it came, although another view opens it by default
PASSING = frozenset({"page", "view", "format", "csrf_token"})  # of an address, but not worth keeping
LONGEST = 2000


def _looks() -> dict[str, Any]:
    """What this person chose, by list; asked once a request."""
    by = acting.current_or_none()
    key = by.employee_id if by is not None else None
    if key is None:
        return {}
    kept = g.setdefault("looks", {})
    if key not in kept:
        table = ListLook.__table__
        rows = db.session.execute(sa.select(table).where(table.c.owner_id == key))
        kept[key] = {row.screen: row for row in rows}
    return kept[key]  # type: ignore[no-any-return]


def is_compact() -> bool:
    """Whether this person likes low rows."""
    look = _looks().get("")
    return bool(look and look.is_compact)


def names(screen: Screen, view: SavedView | None = None) -> list[str]:
    """Columns of the list in the person's order: of the view, else as chosen, else as the screen came."""
    told = [_told(screen, view), view.columns if view is not None else "", _told(screen)]
    chosen = [name for name in dict.fromkeys(next(filter(None, told), "").split(",")) if name in screen.choosable]
    if not chosen:
        return screen.list_columns
    return chosen if screen.key_column in chosen else [screen.key_column, *chosen]


def _told(screen: Screen, view: SavedView | None = None) -> str:
    """The columns this person chose for a list, or while a view of it was open."""
    look = _looks().get(_place(screen, view))
    return look.columns if look else ""


def _place(screen: Screen, view: SavedView | None) -> str:
    """Under what a choice is remembered: CustomerView, CustomerView:7 for view 7."""
    name = type(screen).__name__
    return f"{name}:{view.id}" if view is not None else name


def arranged(screen: Screen, shown: list[str]) -> list[str]:
    """Every column that can be chosen: those shown in their order, each other one behind the column it came after."""
    order, found = list(screen.choosable), list(shown)
    for index, name in enumerate(order):
        if name not in found:
            before = next((other for other in reversed(order[:index]) if other in found), None)
            found.insert(found.index(before) + 1 if before else 0, name)
    return found


def keep_columns(screen: Screen, chosen: list[str], view: SavedView | None = None) -> None:
    """Remember the columns of a list, or of a view for oneself; none means as it came."""
    known = [name for name in dict.fromkeys(chosen) if name in screen.choosable]
    _keep(_place(screen, view), columns=",".join(known)[:LONGEST])


def keep_density(is_compact: bool) -> None:
    """Remember how high rows are, on every list."""
    _keep("", is_compact=is_compact)


def _keep(screen: str, **values: Any) -> None:
    by, table = acting.current(), ListLook.__table__
    if by.employee_id is None:
        return
    mine = (table.c.owner_id == by.employee_id, table.c.screen == screen)
    if db.session.execute(sa.select(table.c.id).where(*mine)).first() is None:
        fresh = {"columns": "", "is_compact": False, "opens_with_id": None, **values}
        try:
            db.session.execute(sa.insert(table).values(owner_id=by.employee_id, screen=screen, **fresh))
            db.session.commit()
            return
        except sa.exc.IntegrityError:  # another tab was a moment earlier
            db.session.rollback()
    db.session.execute(sa.update(table).where(*mine).values(**values))
    db.session.commit()
    g.pop("looks", None)


# -- saved views ------------------------------------------------------------------------------------------------------


def views(screen: Screen) -> list[SavedView]:
    """This person's views of a list, then those shared with a role of his, by name."""
    by = acting.current()
    if by.employee_id is None:
        return []
    mine = SavedView.owner_id == by.employee_id
    shared = [SavedView.shared_roles.contains(f",{code},", autoescape=True) for code in sorted(by.roles)]
    query = (
        sa.select(SavedView)
        .where(SavedView.screen == type(screen).__name__, sa.or_(mine, *shared))
        .options(joinedload(SavedView.owner))
    )
    with scope.elevated():  # a shared view is read by people whose row it is not
        found = list(db.session.scalars(query))
    return sorted(found, key=lambda view: (view.owner_id != by.employee_id, view.name, view.id))


def named(offered: list[SavedView], text: str) -> SavedView | None:
    """The view that an address names, if the person may use it."""
    return next((view for view in offered if str(view.id) == text), None)


def opening(screen: Screen, offered: list[SavedView]) -> SavedView | None:
    """The view that the list opens with for this person: one of his own, or a shared one that he chose himself."""
    look, me = _looks().get(type(screen).__name__), acting.current().employee_id
    chosen = look.opens_with_id if look else None
    mine = next((view for view in offered if view.id == chosen), None)
    return mine or next((view for view in offered if view.is_default and view.owner_id == me), None)


def open_with(screen: Screen, view: SavedView | None) -> None:
    """Let the list open with a view that others share, in place of an own one; none: as it came, or with the own default."""
    _keep(type(screen).__name__, opens_with_id=view.id if view else None)


def address(screen: Screen, view: SavedView) -> str:
    """Where a view is looked at: its filters are in the address, for everybody to see and to change."""
    return f"{screen.url('list')}?{urlencode([*parse_qsl(view.filters), ('view', view.id)])}"


def worth_keeping(text: str) -> str:
    """The filters and the order of an address, without page and view."""
    kept = [(name, value) for name, value in parse_qsl(text.removeprefix("?")) if name not in PASSING]
    while len(urlencode(kept)) > LONGEST:
        kept.pop()
    return urlencode(kept)


def unread(known: set[str], args: MultiDict[str, str]) -> list[str]:
    """Names of a view's address that the list does not obey for this person."""
    return [name for name in args if name not in known]
