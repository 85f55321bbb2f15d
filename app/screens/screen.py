"""A screen shows an entity: list, detail, form, verbs, export. One class attribute per decision, no code.

The framework gives routes, permissions, roles and menu; what it shares between threads, opens to other people's rows or
says in English is replaced here (docs/decisions/framework.md lists each hole and its test).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import sqlalchemy as sa
from flask import Response, abort, current_app, flash, jsonify, redirect, request, url_for
from flask_appbuilder import ModelView, expose, has_access
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import gettext
from flask_wtf import FlaskForm
from sqlalchemy.ext.hybrid import hybrid_property
from werkzeug.datastructures import ImmutableMultiDict, MultiDict

from .. import actor as acting
from .. import scope
from ..database import db
from ..errors import BusinessError, ChangedMeanwhile, NotAllowed, NotYours
from ..models import AuditLog, Document, Entity, Record, SavedView
from ..provision import permission_name
from ..unit_of_work import change, create, fire, remove
from ..workflows import machine
from . import attachments, copying, download, formats, forming, labels, listing, looks, options, trail
from .columns import Column, describe, known, readable
from .formfields import LinesField
from .importing import Import
from .offer import Offer
from .printing import Print

PK_MAX = 2**31 - 1
BULK_MAX = 200


def is_id(text: str) -> bool:
    """Whether a text from outside is a number that a row id or a version can be."""
    return text.isascii() and text.isdigit() and len(text) <= 10 and int(text) <= PK_MAX


def screen_of(entity: str | None) -> Screen | None:
    """The screen of an entity, by the entity's name."""
    views = current_app.appbuilder.baseviews
    return next((v for v in views if isinstance(v, Screen) and v.entity.__name__ == entity), None)


def rows(entity: type[Entity]) -> SQLAInterface:
    """The framework's handle on an entity."""
    return SQLAInterface(entity)


@dataclass(frozen=True)
class Tab:
    """A named preset of a list. todo: the verb somebody waits for; then the count stands on the home page."""

    name: str
    label: Any
    where: Callable[[Any], Any]
    todo: str | None = None


@dataclass(frozen=True)
class Lines:
    """Editable lines of a form.

    picks:     narrowing of references by field name.
    outputs:   values computed on the server, by name.
    only_when: field → "other=VALUE VALUE", shown only while the other field of the row has one of the values.
    """

    columns: tuple[str, ...]
    need: bool = False
    picks: dict[str, dict[str, Any]] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)
    secret: str | None = None
    only_when: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Related:
    """Rows of another screen that belong to this one: shown below the detail.

    by:    the reference that leads here.
    where: how they belong together where no reference leads here directly: row → criterion.
    part:  the part of a long page it stands on; without one it stands on every part.
    """

    screen: str
    by: str
    where: Callable[[Any], Any] | None = None
    part: str = ""


@dataclass(frozen=True)
class Alert:
    """Something about a row that one has to know before reading on; verb: the button that settles it."""

    text: str
    tone: str = "warning"
    verb: str | None = None


@dataclass(frozen=True)
class Figure:
    """A key figure of a row and the list behind it, which adds up to the same."""

    label: Any
    value: str
    unit: Any
    url: str
    tone: str = ""


class Screen(ModelView):
    """Base of every screen; the required attributes are tested for every screen at once."""

    offers: ClassVar[str] = "list show add edit export"
    icon: ClassVar[str] = "file"
    key_column: ClassVar[str] = "number"
    list_columns: ClassVar[list[str]] = []
    card_columns: ClassVar[list[str]] = []
    sum_columns: ClassVar[list[str]] = []
    search_columns: ClassVar[list[str]] = []
    quick_columns: ClassVar[list[str]] = []
    quick_references: ClassVar[list[str]] = []
    base_order: ClassVar[tuple[str, bool]] = ("id", True)
    sections: ClassVar[list[tuple[Any, list[str]]]] = []
    form_sections: ClassVar[list[tuple[Any, list[str]]]] = []
    lines_after: ClassVar[int] = 99
    only_when: ClassVar[dict[str, str]] = {}
    edit_only: ClassVar[list[str]] = []
    add_only: ClassVar[list[str]] = []
    watches: ClassVar[list[str]] = []  # fields that are looked up at `twins` while they are typed
    required: ClassVar[list[str]] = []
    optional: ClassVar[list[str]] = []
    lines: ClassVar[dict[str, Lines]] = {}
    line_tables: ClassVar[dict[str, list[str]]] = {}
    picks: ClassVar[dict[str, dict[str, Any]]] = {}
    summary: ClassVar[list[tuple[str, Any]]] = []
    tabs: ClassVar[list[Tab]] = []
    related: ClassVar[list[Related]] = []
    parts: ClassVar[list[tuple[str, Any]]] = []  # of a long page: name and label; the first is shown at once
    computed_columns: ClassVar[dict[str, Column]] = {}
    also_load: ClassVar[list[str]] = []
    steps: ClassVar[list[str]] = []
    help_text: ClassVar[Any] = None
    choices: ClassVar[dict[str, list[Any]]] = {}
    fills: ClassVar[dict[str, Callable[[FlaskForm], None]]] = {}
    imports: ClassVar[dict[str, Import]] = {}
    list_page: ClassVar[str] = "list.html"
    opened_by: ClassVar[str] = ""  # the page a row of the list leads to, where opening writes something: by POST
    found_by: ClassVar[tuple[str, ...]] = ()  # columns the search box of every page looks into; of papers the number
    prints: ClassVar[tuple[Print, ...]] = ()
    form_template: ClassVar[str] = "form.html"
    copy_without: ClassVar[tuple[str, ...]] = ()  # what a copy leaves blank besides numbers, dates and states; "*": all

    exclude_route_methods: ClassVar[set[str]] = {"download"}

    def __init__(self, **kwargs: Any) -> None:
        self.entity: type[Entity] = self.datamodel.obj
        self.class_permission_name = self.entity.__name__
        if self.entity.attachment_kinds:
            self.offers = f"{self.offers} attach detach"  # type: ignore[misc]
        self.base_permissions = [permission_name(verb) for verb in (*self.offers.split(), *self.imports)]
        self.form_classes: dict[tuple[str, ...], type[FlaskForm]] = {}
        self.orderable = {
            name
            for name in self.list_columns
            if (name in sa.inspect(self.entity).column_attrs and name not in self.computed_columns)
            or isinstance(sa.inspect(self.entity).all_orm_descriptors.get(name), hybrid_property)
        }
        self.choosable = dict.fromkeys([*self.list_columns, *self._further_columns()])
        super().__init__(**kwargs)

    def _further_columns(self) -> list[str]:
        """What stands on the detail only, and may be chosen as a column of the list as well."""
        columns = [self.column(name) for _, part in self.sections for name in part]
        return [
            c.name
            for c in columns
            if c.kind not in ("lines", "changes") and c.secret != "code" and (getattr(c.type, "length", 0) or 0) <= 2000
        ]

    def _init_properties(self) -> None:
        super()._init_properties()
        self.label_columns = {name: self.column(name).label for name in self.list_columns}

    def _init_forms(self) -> None:
        """Forms are made from the dictionary for the person who asks (`form_class`), never shared."""
        self.search_form = self.add_form = self.edit_form = None

    def _init_titles(self) -> None:
        self.title = self.list_title = self.show_title = self.add_title = self.edit_title = self.entity.title

    # -- what the templates ask ---------------------------------------------------------------------------------

    def column(self, name: str) -> Column:
        """A column of this screen, from the dictionary or declared here."""
        return self.computed_columns.get(name) or describe(self.entity, name)

    def columns(self, names: list[str]) -> list[Column]:
        """Those of the named columns that the actor may know."""
        return known(self.column(name) for name in names)

    def value(self, row: Entity, column: Column) -> Any:
        """The raw value of a column on a row."""
        return getattr(row, column.name)

    def shown(self, row: Entity, column: Column) -> Any:
        """The value as HTML."""
        return formats.shown(self.value(row, column), column)

    def link(self, row: Entity, column: Column) -> str | None:
        """Where a reference leads, for those who may look at what is there."""
        target = getattr(row, column.name, None) if column.kind == "key" else None
        if target is None:
            return None
        screen = next(
            (v for v in self.appbuilder.baseviews if isinstance(v, Screen) and isinstance(target, v.entity)), None
        )
        return screen.url("show", pk=target.id) if screen is not None and screen.may("show") else None

    def may(self, verb: str) -> bool:
        """Whether the person may do this on this entity at all."""
        name = permission_name(verb)
        return name in self.base_permissions and self.appbuilder.sm.has_access(name, self.class_permission_name)

    def may_edit(self, row: Entity) -> bool:
        """Whether the person may change this row as it stands."""
        return self.may("edit") and bool(self.form_sections) and machine.of(self.entity).may_edit(row)

    def verbs(self, row: Entity) -> list[machine.Transition]:
        """Buttons of a row: verbs that are possible now and allowed to the person."""
        wanted = [action.func.transition for action in self.actions.values()]
        return [t for t in wanted if t.possible(row) and self.may(t.verb) and self.offered(t, row)]

    def offered(self, transition: machine.Transition, row: Entity) -> bool:
        """Finer than the state: screens may hide a button that would only be refused."""
        return True

    def alerts(self, row: Entity) -> list[Alert]:
        """What has to be known about a row before anything else."""
        return []

    def figures(self, row: Entity) -> list[Figure]:
        """Key figures of a row, of those the person may know."""
        return []

    def dress(self, rows: list[Any]) -> None:
        """Put onto rows of a list or a file what no column holds; one question for all of them."""

    def doors(self, row: Entity) -> list[tuple[Any, str, str]]:
        """Pages of their own that belong to a row: (label, address, icon)."""
        return []

    def bulk_verbs(self) -> list[machine.Transition]:
        """Verbs that may be fired on several rows of the list."""
        return [a.func.transition for a in self.actions.values() if a.func.bulk and self.may(a.name)]

    def tabs_for(self) -> list[Tab]:
        """Presets that mean something to this person: what others have to do is not among them."""
        return [tab for tab in self.tabs if tab.todo is None or self.may(tab.todo)]

    def url(self, method: str, **values: Any) -> str:
        """The address of a method of this screen."""
        return url_for(f"{self.endpoint}.{method}", **values)

    def quick(self, term: str) -> Any:
        """The one search box: key columns of the entity, and of the named references."""
        own = readable(self.column(name) for name in self.quick_columns)
        found = [options.contains([getattr(self.entity, c.name) for c in own], term)]
        for name in self.quick_references:
            target = describe(self.entity, name).target
            assert target is not None
            ids = sa.select(target.id).where(options.contains(options.searched(target), term))
            found.append(getattr(self.entity, f"{name}_id").in_(ids))
        return sa.or_(*found)

    def criterion(self, column: Column, value: Any) -> Any:
        """What a filter means where it is not simply the column's value; None: it is."""
        return None

    @property
    def quick_hint(self) -> str:
        """What the search box looks for."""
        words = [str(self.column(n).label) for n in (*self.quick_columns, *self.quick_references) if n != "initials"]
        return gettext("Search %(words)s", words="/".join(words))

    def line_columns(self, name: str) -> list[Column]:
        """The columns of a table of lines that the person may know."""
        target = describe(self.entity, name).target
        return known(describe(target, n) for n in self.line_tables[name])  # type: ignore[arg-type]

    def line_rows(self, row: Entity, name: str) -> list[Any]:
        """The lines below a detail, in the order they are shown."""
        return getattr(row, name)

    def line_value(self, line: Any, column: Column) -> Any:
        """The raw value of a column on one of them."""
        return getattr(line, column.name)

    def sees(self, view: SavedView | None = None) -> list[Column]:
        """The columns of the list for this person: of the saved view, else as he chose them."""
        return self.columns(looks.names(self, view))

    def untold(self) -> list[str]:
        """Fields whose entries no browser keeps as a draft: numbers of persons and figures of the house."""
        own = [self.column(n) for _, part in self.form_sections for n in part]
        lines = [describe(describe(self.entity, n).target, c) for n, spec in self.lines.items() for c in spec.columns]  # type: ignore[arg-type]
        return sorted(
            {c.name for c in (*own, *lines) if c.private or c.secret not in (None, "price", "goods", "charge")}
        )

    # -- one row ------------------------------------------------------------------------------------------------

    def find(self, pk: str) -> Entity:
        """The row within the person's scope, else 404."""
        if not is_id(pk):
            abort(404)
        row = db.session.scalars(sa.select(self.entity).where(self.entity.id == int(pk))).one_or_none()
        if row is None:
            abort(404)
        return row

    # -- routes -------------------------------------------------------------------------------------------------

    @expose("/list/")
    @has_access
    def list(self) -> Any:
        views = looks.views(self)
        opening = looks.opening(self, views)
        if not request.args and opening is not None:
            return redirect(looks.address(self, opening))
        view = looks.named(views, request.args.get("view", ""))
        found = listing.read(self, request.args, self.sees(view))
        for fault in found.faults:
            flash(fault, "warning")
        if view is not None and looks.unread(found.names, request.args):
            flash(gettext("Some filters of this view are not yours or no longer there; the rest is obeyed"), "warning")
        return self.render_template(
            self.list_page, screen=self, listing=found, title=str(self.short_title), views=views, view=view, opening=opening,
            plain={"view": looks.NONE} if opening is not None else {}, is_compact=looks.is_compact(),
        )  # fmt: skip

    @expose("/show/<pk>", methods=["GET"])
    @has_access
    def show(self, pk: str) -> str:
        row = self.find(pk)
        if not scope.reaches(acting.current(), row, "show"):
            abort(404)
        steps, has_more = trail.of(self, row, trail.MOST if "log" in request.args else trail.SHOWN)
        return self.render_template(
            "show.html",
            screen=self,
            row=row,
            trail=steps,
            trail_goes_on=has_more,
            trail_list=self._trail_list(row),
            title=f"{self.entity.title} {row}",
            history=machine.history(row) if self._has_history() else [],
            verb_label=self._verb_label,
            state_label=self._state_label,
            related=self._related(row),
            board=attachments.board(row),
        )

    @expose("/add", methods=["GET", "POST"])
    @has_access
    def add(self) -> Any:
        form = forming.form_class(self, None)()
        if request.method == "GET":
            if "copy" in request.args:
                return self._form_page(copying.form_like(self, self._original(request.args["copy"])), None)
            forming.preset(self, form, request.args)
            self._fill_from(form, request.args)
            return self._form_page(form, None)
        if self._fill_from(form, {request.form.get("fill", ""): "1"}):
            return self._form_page(form, None)
        form.request_key = self._request_key()
        if form.validate():
            try:
                row = create(self.entity, forming.values(form, request.form), key=self._request_key())
                flash(gettext("%(record)s saved", record=str(row)), "success")
                return self._after_save(row)
            except BusinessError as fault:
                self._put_fault(form, fault)
        return self._form_page(form, None), 422

    @expose("/edit/<pk>", methods=["GET", "POST"])
    @has_access
    def edit(self, pk: str) -> Any:
        row = self.find(pk)
        if not self.may_edit(row):
            flash(gettext("%(record)s can no longer be changed as it stands", record=str(row)), "warning")
            return redirect(self.url("show", pk=pk))
        if request.method == "GET":
            return self._form_page(forming.form_class(self, row)(obj=row), row)
        form = forming.form_class(self, row)()
        forming.keep_days(form, row)
        form.stored = row
        if self._fill_from(form, {request.form.get("fill", ""): "1"}):
            return self._form_page(form, row)
        if form.validate():
            version = request.form.get("version", "")
            try:
                row = change(row, forming.values(form, request.form), version=int(version) if is_id(version) else -1)
                flash(gettext("%(record)s saved", record=str(row)), "success")
                return self._after_save(row)
            except BusinessError as fault:
                self._put_fault(form, fault)
                row = self.find(pk)
                if isinstance(fault, ChangedMeanwhile):  # told and compared: the next save is on top of the other's
                    return self._form_page(form, row, renewed=True), 422
        return self._form_page(form, row), 422

    @expose("/delete/<pk>", methods=["POST"])
    @has_access
    def delete(self, pk: str) -> Response:
        row = self.find(pk)
        name = str(row)
        try:
            remove(row)
            flash(gettext("%(record)s deleted", record=name), "success")
        except BusinessError as fault:
            flash(str(fault), "danger")
            return redirect(self.url("show", pk=pk))
        return redirect(self.url("list"))

    @expose("/action/<string:name>/<pk>", methods=["POST"])
    def action(self, name: str, pk: str) -> Any:
        """Fire a verb that asks nothing."""
        action = self.button(name)
        if action.func.form is not None:
            return redirect(self.url("ask", name=name, pk=pk))
        row = self.find(pk)
        try:
            flash(*_outcome(action, fire(row, name, key=self._request_key())))
        except NotYours:
            abort(404)
        except BusinessError as fault:
            flash(str(fault), "danger")
        return redirect(self._back(row))

    @expose("/ask/<string:name>/<pk>", methods=["GET", "POST"])
    def ask(self, name: str, pk: str) -> Any:
        """Ask what a verb wants to know, then fire it."""
        action = self.button(name)
        if action.func.form is None:
            abort(404)
        row = self.find(pk)
        form = action.func.form()
        form.pk, form.request_key = pk, self._request_key()
        if hasattr(form, "about"):
            form.about(row)
        if request.method == "POST" and form.validate():
            try:
                flash(*_outcome(action, fire(row, name, key=self._request_key(), **_answers(form))))
                return redirect(self._back(row))
            except NotYours:
                abort(404)
            except BusinessError as fault:
                self._put_fault(form, fault)
        page = self.render_template(
            "ask.html",
            screen=self,
            row=self.find(pk),
            form=form,
            transition=action.func.transition,
            title=f"{action.text} {row}",
            request_key=request.form.get("request_key") or uuid.uuid4().hex,
            pick_path=lambda f: f"{name}!{f.short_name}",
        )
        return page if request.method == "GET" else (page, 422)

    @expose("/action_post", methods=["POST"])
    def action_post(self) -> Any:
        """Fire a verb on several rows, the oldest first: each in its own transaction, each with its own result.

        Before that a page says how many there are and what they add up to, and asks once what the verb wants to know.
        """
        action = self.button(request.form.get("action", ""))
        chosen = list(dict.fromkeys(request.form.getlist("rowid")))
        if not action.func.bulk:
            abort(404)
        if not 1 <= len(chosen) <= BULK_MAX:
            flash(gettext("Please choose between 1 and %(most)s rows", most=BULK_MAX), "warning")
            return redirect(self.url("list"))
        asked, form_class = "asked" in request.form, action.func.form or FlaskForm
        form = form_class() if asked else form_class(formdata=None)
        if not action.func.is_light and not (asked and form.validate()):
            return self._ask_once(action, form, chosen), 422 if asked else 200
        oldest_first = sorted(chosen, key=lambda pk: int(pk) if is_id(pk) else PK_MAX)
        results = [self._fire_one(action, pk, _answers(form)) for pk in oldest_first]
        done = sum(fine for _, _, fine, _ in results)
        return self.render_template(
            "results.html", screen=self, title=str(action.text), results=results, done=done, failed=len(results) - done
        )

    def _ask_once(self, action: Any, form: FlaskForm, chosen: list[str]) -> str:
        """How many rows are meant, what they add up to, and what a verb wants to know, asked once for all of them."""
        ids = [int(pk) for pk in chosen if is_id(pk)]
        found = db.session.scalars(sa.select(self.entity).where(self.entity.id.in_(ids)).order_by(self.entity.id)).all()
        sums = [
            (column, formats.shown(sum(self.value(row, column) or 0 for row in found), column))
            for column in self.columns(self.sum_columns)
        ]
        return self.render_template(
            "ask_many.html",
            screen=self,
            rows=found,
            sums=sums,
            left_out=len(chosen) - len(found),
            form=form,
            transition=action.func.transition,
            title=str(action.text),
            request_key=request.form.get("request_key") or uuid.uuid4().hex,
        )

    def _fire_one(self, action: Any, pk: str, answers: dict[str, Any]) -> tuple[str, str, bool, str]:
        valid = is_id(pk)
        row = (
            db.session.scalars(sa.select(self.entity).where(self.entity.id == int(pk))).one_or_none() if valid else None
        )
        if row is None:
            return pk if valid else "?", "", False, gettext("This record does not exist or is not yours")
        name = str(row)
        try:
            setback = _setback(action, fire(row, action.name, key=self._request_key(pk), **answers))
            return pk, name, setback is None, setback or gettext("done")
        except BusinessError as fault:
            return pk, name, False, str(fault)

    @expose("/options/<string:path>")
    def options(self, path: str) -> Response:
        """Choices for a reference while typing: of a filter, a form, a line (lines.unit) or a verb (dispatch!line)."""
        if not any(self.may(verb) for verb in ("list", "add", "edit")):
            abort(403)
        target, offer = forming.target_of(self, path)
        if "filter" in request.args:  # one looks for what was as well
            offer = Offer(retired=True)
        term = request.args.get("q", "").strip()[:60]
        page = request.args.get("page", "1")
        number = int(page) if page.isascii() and page.isdigit() and len(page) < 4 else 1
        given = {name: value for name, value in request.args.items() if value.isascii()}  # ids and words of lists
        return jsonify(options.search(target, term, max(number, 1), offer, given))

    @expose("/compute", methods=["POST"])
    def compute(self) -> Response:
        """What the form adds up to while it is typed; the same arithmetic that books it."""
        if not (self.may("add") or self.may("edit")):
            abort(403)
        form = forming.form_class(self, None)()
        return jsonify(self.computed(form))

    def computed(self, form: FlaskForm) -> dict[str, str]:
        """Output id → text; screens with a summary override it."""
        return {}

    @expose("/export", methods=["GET", "POST"])
    @has_access
    def export(self) -> Any:
        """The list as it is filtered, as a file; a long one by a worker."""
        return download.answer(self)

    def exporting(self, args: MultiDict[str, str]) -> download.Source:
        """What "export" takes away: the rows and columns this person sees now."""
        view = looks.named(looks.views(self), args.get("view", "")) if "view" in args else None
        found = listing.read(self, args, self.sees(view), "export")
        return download.Source(str(self.short_title), found, self.value)

    @expose("/labels", methods=["GET", "POST"])
    def labels(self) -> Any:
        """Labels of one row or of the chosen ones, for those screens that say what stands on them."""
        if not self.prints_labels:
            abort(404)
        return labels.answer(self)

    @property
    def prints_labels(self) -> bool:
        """Whether rows of this screen have labels."""
        return type(self).label is not Screen.label

    def label(self, row: Entity) -> labels.Label:
        """What stands on the label of a row."""
        raise LookupError(f"{self.entity.__name__} has no label")

    # -- inside -------------------------------------------------------------------------------------------------

    def button(self, name: str) -> Any:
        """The button of this name, for those who may press it."""
        action = self.actions.get(name)
        if action is None:
            abort(404)
        if not self.may(name):
            abort(403)
        return action

    def defaults(self) -> dict[str, Any]:
        """What a new form starts with, depending on who asks."""
        return {}

    def _fill_from(self, form: FlaskForm, chosen: Mapping[str, str]) -> bool:
        """Let the chosen references write what they know into the form (a quotation its customer and lines)."""
        names = [n for n in self.fills if chosen.get(n) and n in form and form[n].data is not None]
        for name in names:
            self.fills[name](form)
        return bool(names)

    def _form_page(self, form: FlaskForm, row: Entity | None, *, renewed: bool = False) -> str:
        seen = "" if renewed else request.form.get("version", "")
        title = (
            gettext("Edit %(record)s", record=str(row))
            if row
            else gettext("New: %(entity)s", entity=str(self.entity.title))
        )
        return self.render_template(
            self.form_template,
            screen=self,
            form=form,
            row=row,
            title=title,
            version=seen or (row.version if isinstance(row, Record) else ""),
            request_key=request.form.get("request_key") or uuid.uuid4().hex,
            outputs=self.computed(form) if self.summary else {},
            blank_line=forming.blank_line,
            pick_path=lambda f: f.short_name,
            line_path=lambda lines, f: f"{lines}.{f.short_name}",
        )

    def may_copy(self) -> bool:
        """Whether the person may begin a new one from one that is there."""
        return self.may("add") and bool(self.form_sections) and "*" not in self.copy_without

    def _original(self, pk: str) -> Entity:
        """The row that is copied, for those who may look at it."""
        row = self.find(pk)
        if not self.may_copy() or not scope.reaches(acting.current(), row, "show"):
            abort(404)
        return row

    @staticmethod
    def fresh_key() -> str:
        """A key for a form that is shown now."""
        return request.form.get("request_key") or uuid.uuid4().hex

    def _request_key(self, part: str = "") -> str | None:
        """The key of this request: a second press of the same button is the same request."""
        key = request.form.get("request_key", "")
        return f"{self.entity.__name__}:{key[:40]}:{part}" if key and key.isalnum() else None

    def _put_fault(self, form: FlaskForm, fault: BusinessError) -> None:
        """The sentence goes beside its field, or to the top of the page."""
        if isinstance(fault, NotAllowed):
            abort(403)
        name = fault.field or ""
        if name.removesuffix("_id") in form:
            name = name.removesuffix("_id")
        if name in form:
            form[name].errors = [*form[name].errors, str(fault)]
        else:
            flash(str(fault), "danger")

    def submits(self, row: Entity | None) -> bool:
        """Whether “save and submit” does what it says: submitting asks nothing and begins where the row then stands."""
        action = self.actions.get("submit")
        if action is None or action.func.form is not None or not self.may("submit"):
            return False
        transition = action.func.transition
        if row is not None:
            return transition.possible(row) and self.offered(transition, row)
        first = sa.inspect(self.entity).columns["state"].default
        return not transition.sources or first.arg in transition.sources

    def _after_save(self, row: Entity) -> Response:
        then = request.form.get("then", "")
        if then == "new":
            return redirect(self.url("add"))
        if then == "submit":
            self._submit(row)
        return redirect(self._back(row))

    def _submit(self, row: Entity) -> None:
        """What “save and submit” does once the row is saved; a refusal is told as what it is: saved it is."""
        if not self.submits(row):
            flash(gettext("It was only saved: it cannot be submitted from here"), "warning")
            return
        try:
            flash(*_outcome(self.actions["submit"], fire(row, "submit")))
        except BusinessError as fault:
            flash(gettext("Saved, but not submitted: %(why)s", why=str(fault)), "danger")

    def _back(self, row: Entity) -> str:
        """The detail while the person may still see the row, else the list; never an address from outside."""
        try:
            seen = db.session.scalar(sa.select(self.entity.id).where(self.entity.id == row.id))
        except sa.orm.exc.ObjectDeletedError:
            seen = None
        return self.url("show", pk=seen) if seen and self.may("show") else self.url("list")

    def part(self) -> str:
        """The part of a long page that is asked for."""
        names = [name for name, _label in self.parts]
        return request.args.get("part", "") if request.args.get("part", "") in names else (names or [""])[0]

    def _trail_list(self, row: Entity) -> str | None:
        """The whole log of this record, for those who read logs."""
        view = next((v for v in self.appbuilder.baseviews if isinstance(v, Screen) and v.entity is AuditLog), None)
        name = type(row).__name__
        return (
            view.url("list", root=name, root_id_from=row.id, root_id_to=row.id) if view and view.may("list") else None
        )

    def _has_history(self) -> bool:
        return issubclass(self.entity, Document) or bool(machine.of(self.entity).transitions)

    def _verb_label(self, verb: str) -> str:
        transition = machine.of(self.entity).transitions.get(verb)
        return str(transition.label) if transition else gettext("Created")

    def _state_label(self, name: str) -> Any:
        states = describe(self.entity, "state").type.enum_class if hasattr(self.entity, "state") else {}
        return formats.badge(states[name]) if name and name in states.__members__ else name

    def _related(self, row: Entity) -> list[dict[str, Any]]:
        """Blocks below a detail: rows of other screens, within the person's scope, 50 at most."""
        blocks = []
        for link in self.related:
            if link.part and link.part != self.part():
                continue
            screen = next((v for v in self.appbuilder.baseviews if type(v).__name__ == link.screen), None)
            if screen is None or not screen.may("list"):
                continue
            columns = [c for c in screen.sees() if c.name != link.by]
            found = listing.read(screen, ImmutableMultiDict({}), columns)
            where = link.where(row) if link.where else getattr(screen.entity, f"{link.by}_id") == row.id
            query = found.ordered().where(where)
            blocks.append(
                {
                    "screen": screen,
                    "columns": columns,
                    "rows": list(db.session.scalars(query.limit(50))),
                    "by": link.by,
                    "filter": "" if link.where else listing.parameter(link.by),
                    "add": not link.where
                    and screen.may("add")
                    and bool(screen.form_sections)
                    and link.by in [n for _, p in screen.form_sections for n in p],
                }
            )
        return blocks


def _outcome(action: Any, row: Any) -> tuple[str, str]:
    """(sentence, tone) for who fired a verb: done, or what came of it instead."""
    setback = _setback(action, row)
    if setback is not None:
        return f"{row}：{setback}", "warning"
    if action.func.transition.outcome is not None:
        return action.func.transition.outcome(row), "success"
    if action.func.transition.begun:
        return f"{row}：{action.func.transition.begun}", "info"
    rest = action.func.transition.remainder
    words = rest(row) if rest is not None else ""
    done = gettext("%(record)s: %(verb)s done", record=str(row), verb=str(action.text))
    return (f"{done}；{words}" if words else done), "success"


def _setback(action: Any, row: Any) -> str | None:
    """Why the row stands elsewhere than the verb was meant to bring it."""
    words = action.func.transition.setbacks.get(getattr(row, "state", None))
    return None if words is None else str(words(row) if callable(words) else words)


def _answers(form: FlaskForm) -> dict[str, Any]:
    """What was answered, by the names under which a verb asks."""
    return {
        f.short_name: f.values() if isinstance(f, LinesField) else f.data for f in form if f.short_name != "csrf_token"
    }
