"""The forms of a screen: made from the dictionary for the person who asks, filled from the address, read when posted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from flask import abort
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, HiddenField

from .. import actor as acting
from ..models import Entity
from .columns import Column, describe, readable
from .formfields import InWindow, LineForm, LinesField, PickField, field_for
from .offer import Offer

if TYPE_CHECKING:
    from .screen import Screen


def form_class(screen: Screen, row: Entity | None) -> type[FlaskForm]:
    """The form for the actor: only columns he knows and reads in full."""
    elsewhere = screen.edit_only if row is None else screen.add_only
    names = [n for _, part in screen.form_sections for n in part if n not in elsewhere]
    columns = readable(screen.column(n) for n in names)
    lines = [n for n, spec in screen.lines.items() if acting.current().knows(spec.secret)]
    key = tuple([c.name for c in columns] + lines)
    if key not in screen.form_classes:
        fields = {c.name: _field(screen, c) for c in columns}
        fields |= {n: _lines_field(screen, n) for n in lines}
        screen.form_classes[key] = type(f"{screen.entity.__name__}Form", (FlaskForm,), fields)
    return screen.form_classes[key]


def _field(screen: Screen, column: Column) -> Any:
    need = True if column.name in screen.required else False if column.name in screen.optional else None
    extra = dict(screen.picks.get(column.name, {})) if column.kind == "key" else {}
    if column.name in screen.choices:
        extra["options"] = screen.choices[column.name]
    return field_for(column, required=need, **extra)


def _lines_field(screen: Screen, name: str) -> LinesField:
    spec, target = screen.lines[name], describe(screen.entity, name).target
    assert target is not None
    fields: dict[str, Any] = {"id": HiddenField()}
    for column_name in spec.columns:
        column = describe(target, column_name)
        need = False if column_name in spec.only_when else None  # what is not always shown is checked by the workflow
        picks = spec.picks.get(column_name, {}) if column.kind == "key" else {}
        fields[column_name] = field_for(column, required=need, **picks)
    form = type(f"{target.__name__}Form", (LineForm,), fields)
    return LinesField(form, describe(screen.entity, name).label, need=spec.need)


def target_of(screen: Screen, path: str) -> tuple[type[Entity], Offer]:
    """Target entity of a reference and what of it is offered, by its path; 404 for anything else."""
    try:
        if "!" in path:
            verb, name = path.split("!", 1)
            asked = getattr(screen.button(verb).func.form, name).kwargs
            words = ("narrow", "depends", "retired", "among")
            return asked["entity"], Offer(**{word: asked[word] for word in words if word in asked})
        if "." in path:
            lines, name = path.split(".", 1)
            picks = screen.lines[lines].picks.get(name, {})
            column = describe(describe(screen.entity, lines).target, name)  # type: ignore[arg-type]
        elif path in screen.search_columns and describe(screen.entity, path).kind == "lines":
            picks = {}
            column = describe(describe(screen.entity, path).target, "tag")  # type: ignore[arg-type]
        else:
            picks, column = screen.picks.get(path, {}), describe(screen.entity, path)
    except (LookupError, AttributeError):
        abort(404)
    target = column.target
    if target is None or not issubclass(target, Entity):  # the framework's accounts have no rule of rows
        abort(404)
    return target, Offer(retired=column.retired, among=column.among, **picks)


def preset(screen: Screen, form: FlaskForm, given: MultiDict[str, str]) -> None:
    """Defaults of a new form: of the dictionary, then of the address (?customer=3), within scope."""
    start_with_defaults(form, screen.entity)
    for field_ in form:
        value = given.get(field_.short_name)
        if value and isinstance(field_, PickField):
            try:
                field_.process_formdata([value])
            except ValueError:
                abort(404)
    for name, value in screen.defaults().items():
        if name in form and form[name].data is None:
            form[name].process_data(value)
    for name, spec in screen.lines.items():
        if name in form and spec.need and not form[name].entries:
            target = describe(screen.entity, name).target
            assert target is not None
            start_with_defaults(form[name].append_entry().form, target)


def start_with_defaults(form: Any, entity: type[Entity]) -> None:
    """Fill what the dictionary has a default for."""
    attributes = sa.inspect(entity).column_attrs
    for field_ in form:
        column = attributes[field_.short_name].columns[0] if field_.short_name in attributes else None
        is_empty = field_.data in (None, "") or isinstance(
            field_, BooleanField
        )  # a new box is never ticked by hand yet
        if column is not None and column.default is not None and is_empty:
            field_.process_data(column.default.arg(None) if column.default.is_callable else column.default.arg)


def blank_line(screen: Screen, lines: LinesField) -> Any:
    """An empty row with the dictionary's defaults, for the browser to copy."""
    blank, target = lines.blank, describe(screen.entity, lines.short_name).target
    assert target is not None
    start_with_defaults(blank, target)
    return blank


def keep_days(form: Any, row: Entity) -> None:
    """Days that stand on a row may stay on it, wherever they lie by now."""
    for field_ in form:
        if isinstance(field_, InWindow):
            field_.kept = getattr(row, field_.short_name, None)
        elif isinstance(field_, LinesField):
            lines = {str(line.id): line for line in getattr(row, field_.short_name)}
            for entry in field_.entries:
                if (line := lines.get(str(entry.form["id"].data))) is not None:
                    keep_days(entry.form, line)


def values(form: FlaskForm, sent: MultiDict[str, str]) -> dict[str, Any]:
    """What was posted; a field that did not come along is not touched."""
    values = {}
    for field_ in form:
        if isinstance(field_, LinesField):
            if f"{field_.name}-shown" in sent:
                values[field_.short_name] = field_.values()
        elif field_.name != "csrf_token" and (field_.name in sent or f"{field_.name}-shown" in sent):
            values[field_.short_name] = field_.data
    return values
