"""我的方案: saved by whoever stands before the list; managers hand them to a role.

Who owns a view renames, defaults and deletes it; a role it is shared with finds it in the menu and reads it only.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ...actor import Actor
from ...database import db
from ...errors import BusinessError
from ...models import ListLook, SavedView
from ...roles import ROLES
from ..machine import Workflow

MOST = 30

flow = Workflow(SavedView)


@flow.before_save
def check(view: SavedView) -> None:
    """A view has a name of its own; thirty on one list are enough for anybody."""
    view.name = (view.name or "").strip()
    if not view.name:
        raise BusinessError(gettext("Please enter %(label)s", label=gettext("Name of the view")), field="name")
    table = SavedView.__table__
    mine = sa.select(sa.func.count()).where(
        table.c.owner_id == view.owner.id, table.c.screen == view.screen, table.c.name != view.name
    )
    if (db.session.scalar(mine) or 0) >= MOST:
        raise BusinessError(gettext("At most %(most)s views a list; please delete one first", most=MOST), field="name")
    if view.is_default:
        _alone(view)


@flow.transition(to=None, label=_("Open the list with it"), icon="star")
def set_default(view: SavedView, by: Actor) -> None:
    """设为默认: the list opens with this view, and with no other of mine."""
    _alone(view)
    view.is_default = True


@flow.transition(to=None, label=_("No longer open with it"), icon="star-half-stroke")
def clear_default(view: SavedView, by: Actor) -> None:
    """取消默认: the list opens as it came."""
    view.is_default = False


@flow.transition(to=None, label=_("Share with roles"), icon="users")
def share(view: SavedView, by: Actor, *, roles: list[str]) -> None:
    """共享: everybody of these roles finds the view in the menu of the list; with which one it opens each says himself."""
    if not roles or not set(roles) <= ROLES.keys():
        raise BusinessError(gettext("Please choose one of the list"), field="roles")
    view.shared_roles = f",{','.join(roles)},"


@flow.transition(to=None, label=_("Stop sharing"), icon="user-lock")
def unshare(view: SavedView, by: Actor) -> None:
    """取消共享: the view is its owner's alone again."""
    view.shared_roles = ""


def _alone(view: Any) -> None:
    """No other view opens the list for this person, neither his own nor one that he took from somebody else."""
    look = ListLook.__table__
    mine = (look.c.owner_id == view.owner.id, look.c.screen == view.screen)
    db.session.execute(sa.update(look).where(*mine).values(opens_with_id=None))
    others = sa.select(SavedView).where(
        SavedView.owner_id == view.owner.id, SavedView.screen == view.screen, SavedView.is_default
    )
    for other in db.session.scalars(others):
        if other is not view:
            other.is_default = False
