"""What filling in a checklist asks: one field for each item of the order, of the kind the item wants."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import Field, Form
from wtforms.utils import unset_value

from ..enums import CheckKind
from ..models import ChecklistAnswer, WorkOrder
from ..screens.filefields import PhotoField
from ..screens.formfields import LineForm, NumberField, TextBlock, YesNoField
from ..workflows.service.checklist import WORDS


class YesNoAnswer(YesNoField):
    """Yes or no as two large buttons; neither of them until somebody looked."""


FIELDS = {
    CheckKind.YES_NO: YesNoAnswer,
    CheckKind.NUMBER: NumberField,
    CheckKind.TEXT: TextBlock,
    CheckKind.PHOTO: PhotoField,
}
MORE: dict[CheckKind, dict[str, Any]] = {
    CheckKind.NUMBER: {"places": 3, "digits": 12},
    CheckKind.TEXT: {"longest": 500},
}


class ChecklistField(Field):
    """The items of one order, known once the order is (`about`). data: what `fill_checklist` takes."""

    def __init__(self, *args: Any, **kw: Any) -> None:
        super().__init__(*args, **kw)
        self.sent: Any = None
        self.form: Form = LineForm()
        self.checks: list[ChecklistAnswer] = []

    def process(self, formdata: Any, data: Any = unset_value, extra_filters: Any = None) -> None:
        """Keep what was sent until the items are known."""
        self.process_errors, self.sent, self.data = [], formdata, []

    def about(self, order: WorkOrder) -> None:
        """Make a field for every item, filled with what was sent, else with what was found before; once."""
        if self.checks:
            return
        self.checks = list(order.checks)
        fields = {f"c{check.id}": self._field(check) for check in self.checks}
        self.form = type("ChecksForm", (LineForm,), fields)(prefix=f"{self.name}-")
        known = {} if self.sent else {f"c{check.id}": self._known(check) for check in self.checks}
        self.form.process(self.sent, data=known)
        for check in self.checks:
            self.form[f"c{check.id}"].flags.required = check.is_required
            if check.kind is CheckKind.PHOTO and check.is_answered:
                where = {"entity": "WorkOrder", "pk": order.id, "number": check.photo_id}
                self.form[f"c{check.id}"].shown = url_for("AttachmentView.thumbnail", **where)
        self.data = [{"id": check.id, WORDS[check.kind]: self._said(check)} for check in self.checks]

    def validate(self, form: Any, extra_validators: Any = ()) -> bool:
        return self.form.validate()

    @staticmethod
    def _field(check: ChecklistAnswer) -> Any:
        unit = f"（{check.unit_name}）" if check.unit_name else ""
        return FIELDS[check.kind](f"{check.text}{unit}", **MORE.get(check.kind, {}))

    @staticmethod
    def _known(check: ChecklistAnswer) -> Any:
        value = getattr(check, WORDS[check.kind])
        if check.kind is CheckKind.PHOTO or value is None:
            return None
        return str(int(value)) if check.kind is CheckKind.YES_NO else value

    def _said(self, check: ChecklistAnswer) -> Any:
        value = self.form[f"c{check.id}"].data
        return None if value in (None, "") else value == "1" if check.kind is CheckKind.YES_NO else value


class ChecklistForm(FlaskForm):
    """All items on one page, answered in any order; what is left empty stays open."""

    brings_files = True
    answers = ChecklistField(_("Checklist"))

    def about(self, order: WorkOrder) -> None:
        self.answers.about(order)
