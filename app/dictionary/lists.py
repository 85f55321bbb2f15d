"""11 系统: how a person looks at lists: saved views, chosen columns, density."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext as _p
from sqlalchemy.orm import Mapped

from .. import fields as f
from .base import Entity, Record

if TYPE_CHECKING:
    from .organisation import Employee


class SavedView(Record):
    """我的方案: filters, order and columns of one list under a name; names that a later version no longer knows are left out.

    filters:      of the list's address, without its page: state=PENDING&order=-signed_on
    columns:      names with commas between, in order
    shared_roles: codes of roles whose people find it in their menus too, each between commas
    """

    title = _("Saved view")
    __table_args__ = (sa.UniqueConstraint("owner_id", "screen", "name"),)
    owner_id: Mapped[int] = f.key(_("Owner of the view"), "employee", index=False)
    owner: Mapped[Employee] = f.link(owner_id)
    screen: Mapped[str] = f.text(_p("saved view", "List"), 60)
    name: Mapped[str] = f.text(_("Name of the view"), 40)
    filters: Mapped[str] = f.note(_("Filters and order"), 2000, default="")
    columns: Mapped[str] = f.note(_("Columns"), 2000, default="")
    is_default: Mapped[bool] = f.flag(_("Opens with the list"))
    shared_roles: Mapped[str] = f.text(_("Shared with"), 300, default="")


class ListLook(Entity):
    """What a person chose on a list: its columns in order, the shared view it opens with; the row without a screen holds
    the density of all."""

    title = _("Look of a list")
    __table_args__ = (sa.UniqueConstraint("owner_id", "screen"),)
    owner_id: Mapped[int] = f.key(_("Person"), "employee", index=False)
    owner: Mapped[Employee] = f.link(owner_id)
    screen: Mapped[str] = f.text(_p("saved view", "List"), 60)
    columns: Mapped[str] = f.note(_("Columns"), 2000, default="")
    is_compact: Mapped[bool] = f.flag(_("Compact"))
    opens_with_id: Mapped[int | None] = f.stamp(_("Opens with a shared view"))
