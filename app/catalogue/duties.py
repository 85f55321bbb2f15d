"""11 系统: 岗位权限, read from roles.py: what a role may do, who may do something, what one person may do.

Roles are code (docs/decisions/people.md); this page only reads them, so it is never wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import abort, current_app, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.sqla.models import Role, User, assoc_user_role
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from .. import models as m
from ..actor import Actor
from ..database import db
from ..roles import ROLES, SECRETS, UNMASKED, Grant, Rows
from ..screens import Screen, download
from ..screens.columns import Column
from ..staff import actor_of
from ..workflows import machine
from .words import id_of, role_name

WHOSE = {
    Rows.OWN: _("one's own"),
    Rows.ASSIGNED: _("of the orders one was sent to"),
    Rows.SERVICE: _("of the workshop"),
    Rows.DEPARTMENT: _("of one's department"),
    Rows.KEPT: _("of one's warehouses"),
    Rows.ALL: _("all of them"),
}
PLAIN = {
    "list": _("List of rows"), "show": _("Look at one"), "add": _("Add one"), "edit": _("Edit one"),
    "delete": _("Delete one"), "export": _("Take away as a file"), "import": _("Import from a file"),
}  # fmt: skip
ELSEWHERE = {
    "duties": _("Read roles and rights"),
    "attach": _("Attach files"),
    "detach": _("Take files away"),
}  # fmt: skip - verbs of pages that are no documents
FIGURES = {
    "cost": _("cost and margin"), "purchase": _("purchase prices"), "floor": _("floor prices"),
    "charge": _("charges of services"), "goods": _("selling prices of parts"), "price": _("selling prices"),
}  # fmt: skip
PERSONAL = {"id": _("identity numbers"), "phone": _("phone numbers"), "service": _("phone numbers of work orders")}
COLUMNS = [
    Column("role", _("Role"), "text"), Column("chapter", _("Chapter"), "text"), Column("thing", _("What"), "text"),
    Column("rows", _("Whose rows"), "text"), Column("verb", _("May do"), "text"),
]  # fmt: skip


@dataclass(frozen=True)
class Thing:
    """Something rights are about: a screen, or what is only picked on other screens."""

    name: str
    title: str
    chapter: str
    view: Any = None

    def label(self, verb: str) -> str:
        """A verb as its button says it."""
        transition = machine.of(m.ENTITIES[self.name]).transitions.get(verb) if self.name in m.ENTITIES else None
        if transition is not None:
            return str(transition.label)
        spec = getattr(self.view, "imports", {}).get(verb)
        if spec is not None:
            return str(spec.label)
        return str((PLAIN | ELSEWHERE).get(verb, verb))


def things() -> list[Thing]:
    """Everything that is granted to somebody, in the order of the menu; what has no menu place comes last."""
    granted = set().union(*(role.grants for role in ROLES.values()))
    found: dict[str, Thing] = {}
    for category in current_app.appbuilder.menu.get_list():
        for item in category.childs:
            name = getattr(item.baseview, "class_permission_name", "")
            if name in granted and name not in found and not isinstance(item.baseview, DutiesView):
                title = item.baseview.short_title if isinstance(item.baseview, Screen) else item.label
                found[name] = Thing(name, str(title), str(category.label), item.baseview)
    for name in m.ENTITIES:
        if name in granted and name not in found:
            found[name] = Thing(name, str(m.ENTITIES[name].title), gettext("Without a page"))
    return list(found.values())


@dataclass(frozen=True)
class Line:
    """What may be done with one thing. grants: (role code, grant) behind it."""

    thing: Thing
    grants: list[tuple[str, Grant]]

    def whose(self) -> str:
        return "、".join(str(WHOSE[kind]) for kind in Rows if any(g.rows is kind for _c, g in self.grants))

    def has(self, verb: str) -> bool:
        return any(verb in g.verbs for _c, g in self.grants)

    def others(self) -> list[str]:
        """Verbs beyond the plain ones, as their buttons say them."""
        verbs = set().union(*(g.verbs for _c, g in self.grants)) - PLAIN.keys()
        ordered = [v for v in machine.of(m.ENTITIES[self.thing.name]).transitions if v in verbs] if verbs else []
        return [self.thing.label(verb) for verb in [*ordered, *sorted(verbs - set(ordered))]]

    def through(self) -> str:
        return "、".join(role_name(code) for code, _g in self.grants)


def lines_of(codes: Iterable[str]) -> list[Line]:
    """What these roles together may do."""
    mine = [code for code in ROLES if code in set(codes)]
    found = [Line(t, [(c, ROLES[c].grants[t.name]) for c in mine if t.name in ROLES[c].grants]) for t in things()]
    return [line for line in found if line.grants]


def hidden_from(codes: Iterable[str]) -> tuple[list[str], list[str]]:
    """(figures nobody with these roles sees, personal numbers they read masked)."""
    mine = set(codes)
    figures = [str(label) for name, label in FIGURES.items() if not SECRETS[name] & mine]
    return figures, [str(label) for name, label in PERSONAL.items() if not UNMASKED[name] & mine]


@dataclass(frozen=True)
class Book:
    """All grants as a file."""

    columns = COLUMNS
    filter_text = ""

    def stream(self) -> Iterator[dict[str, str]]:
        for code, role in ROLES.items():
            for line in lines_of([code]):
                grant = line.grants[0][1]
                for verb in [*(v for v in PLAIN if v in grant.verbs), *sorted(grant.verbs - PLAIN.keys())] or [""]:
                    yield {
                        "role": str(role.label), "chapter": line.thing.chapter, "thing": line.thing.title,
                        "rows": str(WHOSE[grant.rows]),
                        "verb": line.thing.label(verb) if verb else gettext("only to be picked"),
                    }  # fmt: skip

    def count(self, cap: int | None = None) -> int:
        return sum(1 for _row in self.stream())


def people_with(codes: Iterable[str]) -> list[tuple[m.Employee, list[str]]]:
    """(employee, his roles) of everybody with an open account in one of the roles; by name."""
    link, wanted = assoc_user_role, set(codes)
    query = (
        sa.select(m.Employee, Role.name)
        .join(User, User.id == m.Employee.user_id)
        .join(link, link.c.user_id == User.id)
        .join(Role, Role.id == link.c.role_id)
        .where(User.active)
        .order_by(m.Employee.staff_number)
    )
    found: dict[m.Employee, list[str]] = {}
    for employee, code in db.session.execute(query):
        found.setdefault(employee, []).append(code)
    return [(e, sorted(mine)) for e, mine in found.items() if wanted & set(mine)]


class DutiesView(BaseView):
    """/duties/: by role, by what is done, by person."""

    route_base = "/duties"
    default_view = "list"
    class_permission_name = "Employee"
    base_permissions = ["duties"]
    short_title, icon = _("Roles and rights"), "user-shield"

    def may(self, verb: str) -> bool:
        """Whether the person may read this page."""
        return self.appbuilder.sm.has_access("duties", "Employee")

    def url(self, method: str, **values: Any) -> str:
        """The address of one of the three views."""
        return url_for(f"DutiesView.{method}", **values)

    def _page(self, part: str, **values: Any) -> str:
        if not self.may("list"):
            abort(403)
        title = str(self.short_title)
        return self.render_template("duties.html", screen=self, part=part, title=title, plain=PLAIN, **values)

    @expose("/")
    def list(self) -> str:
        """What a role may do, on whose rows, and what it does not see."""
        code = request.args.get("role", "")
        code = code if code in ROLES else next(iter(ROLES))
        return self._page("list", roles=ROLES, code=code, lines=lines_of([code]), hidden=hidden_from([code]),
                          people=people_with([code]))  # fmt: skip

    @expose("/who")
    def who(self) -> str:
        """Which roles and which people may do something."""
        offered = {thing.name: thing for thing in things()}
        thing = offered.get(request.args.get("of", "")) or next(iter(offered.values()))
        verbs = sorted(
            set().union(*(r.grants[thing.name].verbs for r in ROLES.values() if thing.name in r.grants)),
            key=lambda verb: ([*PLAIN, verb].index(verb), verb),
        )
        verb = request.args.get("verb", "")
        verb = verb if verb in verbs else next(iter(verbs), "")
        found = [
            (code, grant.rows)
            for code, role in ROLES.items()
            if (grant := role.grants.get(thing.name)) is not None and verb in grant.verbs
        ]
        return self._page("who", things=[*offered.values()], thing=thing, verbs=verbs, verb=verb, found=found, whose=WHOSE,
                          people=people_with(code for code, _rows in found), role_name=role_name)  # fmt: skip

    @expose("/person")
    def person(self) -> str:
        """What one employee may do, through which of his roles, and where."""
        people = people_with(ROLES)
        wanted = id_of(request.args.get("employee"))
        one = next((e for e, _codes in people if e.id == wanted), people[0][0] if people else None)
        by: Actor | None = actor_of(one.user_id, one.name) if one is not None and one.user_id else None
        codes = sorted(by.roles & ROLES.keys()) if by else []
        places: dict[str, Any] = {}
        for label, entity, ids in (
            (_("Departments"), m.Department, by.department_ids if by else ()),
            (_("Warehouses"), m.Warehouse, by.warehouse_ids if by else ()),
        ):
            places[str(label)] = [str(row) for row in db.session.scalars(sa.select(entity).where(entity.id.in_(ids)))]
        return self._page("person", people=people, one=one, codes=codes, lines=lines_of(codes), places=places,
                          hidden=hidden_from(codes), role_name=role_name)  # fmt: skip

    @expose("/export")
    def export(self) -> Any:
        """Every grant as a file: role, thing, rows, verb."""
        if not self.may("export"):
            abort(403)
        source = download.Source(str(self.short_title), Book(), lambda row, column: row[column.name])
        return download.send(source, request.args)
