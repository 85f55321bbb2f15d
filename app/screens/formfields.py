"""Form fields that take what clerks really type: pasted money with commas, full-width digits, blanks; and refuse the
rest in a sentence beside the field, keeping what was typed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext
from flask_wtf.i18n import translations
from wtforms import BooleanField, Field, Form, FormField, StringField, TextAreaField
from wtforms import DateField as WTDateField
from wtforms.fields import FieldList
from wtforms.validators import StopValidation, ValidationError
from wtforms.widgets import TextInput

from .. import clock, dates, in_use
from ..database import db
from ..enums import Choice
from ..formulas import days, normal
from ..formulas.windows import Window
from ..in_use import Among
from ..models import Entity
from ..request_keys import was_done
from .columns import Column
from .offer import Narrow, Offer, word_of

BIGGEST = 2**31 - 1
MOST_LINES = 200
EXPONENT = 60
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2999, 12, 31)


_GROUPED = re.compile(r"[-+]?\d{1,3}(?:(?P<sign>[, ])\d{3})(?:(?P=sign)\d{3})*(?:\.\d*)?")


def tidy(text: str) -> str:
    """A number half-width, without currency signs and thousands separators. Raises ValueError for a comma or a blank
    where none of them can stand: nobody knows what number is meant."""
    half = unicodedata.normalize("NFKC", text).replace("，", ",").strip()
    bare = " ".join(half.strip("¥￥元 ").split())
    if _GROUPED.fullmatch(bare):
        return re.sub("[, ]", "", bare)
    if "," in bare or re.search(r"[\d.] +[\d.]", bare):
        raise ValueError(
            gettext(
                "“%(text)s”: commas only part thousands, like 1,234,567.89; please enter the number again",
                text=text[:30],
            )
        )
    return bare.replace(" ", "")


class Needed:
    """The field may not stay empty; the sentence names it."""

    field_flags = {"required": True}

    def __call__(self, _form: Form, field: Field) -> None:
        if field.data in (None, "", []):
            if field.errors:
                raise StopValidation()
            raise StopValidation(gettext("Please enter %(label)s", label=str(field.label.text)))


class TextLine(StringField):
    """One line; blank-only is empty; what cannot be stored is refused."""

    def __init__(self, *args: Any, longest: int = 120, **kw: Any) -> None:
        super().__init__(*args, **kw)
        self.longest = longest

    def process_formdata(self, valuelist: list[str]) -> None:
        if valuelist:
            self.data = normal.line(valuelist[0]) or None

    def pre_validate(self, form: Form) -> None:
        check_text(self.data, self.longest)


class TextBlock(TextAreaField):
    """Several lines."""

    def __init__(self, *args: Any, longest: int = 1000, **kw: Any) -> None:
        super().__init__(*args, **kw)
        self.longest = longest

    def process_formdata(self, valuelist: list[str]) -> None:
        if valuelist:
            self.data = valuelist[0].replace("\r\n", "\n").strip() or None  # a browser ends lines its own way

    def pre_validate(self, form: Form) -> None:
        check_text(self.data, self.longest)


def check_text(text: str | None, longest: int) -> None:
    """Raises ValidationError for a text that is too long or holds characters no database keeps."""
    if text is None:
        return
    if len(text) > longest:
        raise ValidationError(
            gettext("At most %(longest)s characters; these are %(length)s", longest=longest, length=len(text))
        )
    if any(unicodedata.category(c) in ("Cc", "Cs") and c not in "\t\r\n" for c in text):
        raise ValidationError(gettext("This text holds characters that cannot be stored"))


class TypedField(Field):
    """Shows what was typed, right or wrong, until it is filled from elsewhere: then it shows that, as a new form would."""

    def process_data(self, value: Any) -> None:
        super().process_data(value)
        self.raw_data, self.process_errors = None, []

    @property
    def typed(self) -> str | None:
        """What was typed; None in a field that nobody typed into."""
        return str(self.raw_data[0]) if self.raw_data else None


class NumberField(TypedField):
    """A decimal of fixed places. percent=True: 30 is typed, 0.30 is meant."""

    widget = TextInput()

    def __init__(self, *args: Any, places: int = 2, digits: int = 16, percent: bool = False, **kw: Any) -> None:
        super().__init__(*args, **kw)
        self.places, self.digits, self.percent = places, digits, percent

    def _value(self) -> str:
        if self.typed is not None:
            return self.typed
        if self.data is None:
            return ""
        if self.percent:
            return f"{(self.data * 100).normalize():f}"
        return f"{self.data:,.2f}" if self.places == 2 else f"{Decimal(self.data).normalize():f}"

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        if not valuelist:
            return
        text = tidy(valuelist[0])
        if self.percent:
            text = text.removesuffix("%")
        if not text:
            return
        try:
            value = Decimal(text)
        except InvalidOperation:
            raise ValueError(gettext("“%(text)s” is not a number", text=valuelist[0][:30])) from None
        if not value.is_finite() or "_" in text:
            raise ValueError(gettext("“%(text)s” is not a number", text=valuelist[0][:30]))
        if value and not -EXPONENT < value.adjusted() < EXPONENT:  # before any arithmetic: it would overflow
            raise ValueError(gettext("This number is too large"))
        if self.percent:
            value /= 100
        if abs(value) >= 10 ** (self.digits):
            raise ValueError(gettext("This number is too large"))
        typed_places = self.places - 2 if self.percent else self.places
        if value != value.quantize(Decimal(1).scaleb(-self.places)):
            raise ValueError(gettext("At most %(places)s decimal places", places=typed_places))
        if value < 0:
            raise ValueError(gettext("This cannot be less than zero"))
        self.data = value.quantize(Decimal(1).scaleb(-self.places))


class InWindow(TypedField):
    """A field of a day, a moment or a year. window: where it may lie; what stands on the row already may stay.

    A filter has no window: one may ask for any day.
    """

    def __init__(self, *args: Any, window: Window | None = None, **kw: Any) -> None:
        super().__init__(*args, **kw)
        self.window, self.kept = window, None

    def pre_validate(self, form: Form) -> None:
        if self.window is None or self.data is None or self.data == self.kept:
            return
        if sentence := dates.refusal(self.window, self.label.text, self.data):
            raise ValidationError(sentence)

    @property
    def first(self) -> date:
        """The first day that a calendar offers."""
        return self.window.first(clock.today()) if self.window and self.window.first else FIRST_DAY

    @property
    def last(self) -> date:
        """The last day that a calendar offers."""
        return self.window.last(clock.today()) if self.window and self.window.last else LAST_DAY


class WholeField(InWindow):
    """A whole number, not negative."""

    widget = TextInput()

    def _value(self) -> str:
        return self.typed if self.typed is not None else "" if self.data is None else str(self.data)

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        if not valuelist:
            return
        text = tidy(valuelist[0])
        if not text:
            return
        if not (text.isascii() and text.isdigit()):
            raise ValueError(gettext("“%(text)s” is not a whole number", text=valuelist[0][:30]))
        if len(text) > 10 or int(text) > BIGGEST:
            raise ValueError(gettext("This number is too large"))
        self.data = int(text)


class DayField(InWindow, WTDateField):
    """A date: 2026-11-23, 2026/11/23, 2026.11.23, 20261123 or 2026年11月23日; a time behind it is left out."""

    def __init__(self, *args: Any, **kw: Any) -> None:
        super().__init__(*args, format=["%Y-%m-%d"], **kw)

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        text = valuelist[0].strip() if valuelist else ""
        if not text:
            return
        self.data = self.read(text)
        if self.data is None or not FIRST_DAY <= self.data <= LAST_DAY:
            self.data = None
            raise ValueError(
                gettext("“%(text)s” is not a date; please enter it like 2026-11-23", text=valuelist[0][:30])
            )

    def read(self, text: str) -> date | None:
        return days.day_of(text)


class MonthField(DayField):
    """A month, kept as its first day: 2026-11, 2026/11, 202611, 2026年11月, or any day of it."""

    def _value(self) -> str:
        return f"{self.data:%Y-%m}" if self.data else self.typed or ""

    def read(self, text: str) -> date | None:
        return days.month_of(text)


class MomentField(InWindow):
    """A moment, day and time with a blank between them: 2026-11-23 14:30."""

    widget = TextInput()

    def _value(self) -> str:
        return f"{self.data:%Y-%m-%d %H:%M}" if self.data else self.typed or ""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        text = valuelist[0].strip() if valuelist else ""
        if not text:
            return
        self.data = days.moment_of(text) if ":" in unicodedata.normalize("NFKC", text) else None
        if self.data is None:
            raise ValueError(gettext("Please enter date and time like 2026-11-23 14:30"))


class ChoiceField(Field):
    """A drop-down of those of our words that work by now; anything else is refused, blank is nothing."""

    def __init__(self, *args: Any, options: Iterable[Choice], blank: bool = False, **kw: Any) -> None:
        super().__init__(*args, **kw)
        self.options, self.blank = [option for option in options if not option.is_later], blank

    def process_data(self, value: Any) -> None:
        self.data = value
        if value is None and not self.blank and self.options:
            self.data = self.options[0]

    def process_formdata(self, valuelist: list[str]) -> None:
        if not valuelist:
            return
        self.data = None
        if valuelist[0] == "":
            return
        found = next((option for option in self.options if option.name == valuelist[0]), None)
        if found is None:
            raise ValueError(gettext("Please choose one of the list"))
        self.data = found


class YesNoField(Field):
    """A filter on a flag: yes, no or both."""

    def process_formdata(self, valuelist: list[str]) -> None:
        if not valuelist or not valuelist[0]:
            return
        if valuelist[0] not in ("0", "1"):
            raise ValueError(gettext("Please choose one of the list"))
        self.data = valuelist[0]


class ConfirmField(BooleanField):
    """A box for something that may be right but has to be said: it comes up only when a check asked for it."""


class ManyChoiceField(Field):
    """Several of a list, as boxes to tick. options: (value, label) pairs."""

    def __init__(self, *args: Any, options: Callable[[], list[tuple[str, Any]]], **kw: Any) -> None:
        super().__init__(*args, **kw)
        self.options = options()

    def process_formdata(self, valuelist: list[str]) -> None:
        allowed = {value for value, _ in self.options}
        if not set(valuelist) <= allowed:
            raise ValueError(gettext("Please choose one of the list"))
        self.data = list(valuelist)


class PickField(Field):
    """A reference that is searched while typing; only rows the actor may see can be picked, and of these only what the
    drop-down offers: the same is asked when the form comes back. What stands in the books already may stay.

    narrow, depends, retired, among: of `Offer`.
    """

    def __init__(
        self,
        *args: Any,
        entity: type[Entity],
        narrow: Narrow | None = None,
        depends: tuple[str, ...] = (),
        retired: bool = False,
        among: Among | None = None,
        **kw: Any,
    ) -> None:
        super().__init__(*args, **kw)
        self.entity, self.offer = entity, Offer(narrow, depends, retired, among)

    @property
    def depends(self) -> tuple[str, ...]:
        return self.offer.depends

    @property
    def text(self) -> str:
        from .options import option_text

        return option_text(self.data) if self.data is not None else ""

    def process_formdata(self, valuelist: list[str]) -> None:
        if not valuelist:
            return
        self.data = None
        text = valuelist[0].strip()
        if not text:
            return
        if not (text.isascii() and text.isdigit() and len(text) <= 10 and int(text) <= BIGGEST):
            raise ValueError(gettext("Please choose one of the list"))
        self.data = db.session.scalars(sa.select(self.entity).where(self.entity.id == int(text))).one_or_none()
        if self.data is None:
            raise ValueError(gettext("This choice does not exist or is not yours"))

    def pre_validate(self, form: Form) -> None:
        if self.data is None or self._stands(form):
            return
        if self.offer.includes(self.data, self._given(form)) or self._was_done(form):
            return
        raise ValidationError(in_use.refusal(self.data))

    @staticmethod
    def _was_done(form: Form) -> bool:
        """Whether the same request was carried out before; sent again it gets its answer again, whatever is offered now."""
        key = getattr(getattr(form, "header", form), "request_key", None)
        return was_done(key)

    def _stands(self, form: Form) -> bool:
        """Whether the books name it here already, under the same circumstances."""
        stored = getattr(form, "stored", None)
        if stored is None or getattr(stored, self.short_name, None) is not self.data:
            return False
        return all(self._word(form, name) == self._stored_word(form, name) for name in self.depends)

    def _given(self, form: Form) -> dict[str, str]:
        """What the browser would have sent along while searching."""
        given = {name: word for name in self.depends if (word := self._word(form, name))}
        return given | {"pk": getattr(form, "pk", "")}

    @staticmethod
    def _home(form: Form, name: str) -> Form:
        """Where a field stands: in the same line, else in the whole form."""
        return form if name in form else getattr(form, "header", form)

    def _word(self, form: Form, name: str) -> str:
        home = self._home(form, name)
        return word_of(home[name].data) if name in home else ""

    def _stored_word(self, form: Form, name: str) -> str:
        return word_of(getattr(getattr(self._home(form, name), "stored", None), name, None))


class LinesField(FieldList):
    """Rows of a document, edited in place. Posted as name-INDEX-field; gaps are fine, order counts."""

    def __init__(
        self, form_class: type[Form], label: Any, *, need: bool = False, most: int = MOST_LINES, **kw: Any
    ) -> None:
        self.form_class, self.need, self.most = form_class, need, most
        super().__init__(FormField(form_class), label, **kw)

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        super().process(formdata, () if formdata else data or (), extra_filters)

    def _extract_indices(self, prefix: str, formdata: Any) -> Any:
        """Numbers of the rows that were sent; signs that only look like digits are none."""
        for name in formdata:
            index = name.removeprefix(f"{prefix}-").split("-", 1)[0] if name.startswith(f"{prefix}-") else ""
            if index.isascii() and index.isdigit() and len(index) < 6:
                yield int(index)

    def validate(self, form: Form, extra_validators: Any = ()) -> bool:
        own = list(self.errors)
        self._tell_lines(form)
        results = [entry.form.validate() for entry in self.entries]  # every row says what is wrong with it
        fine = all(results)
        if len(self.entries) > self.most:
            own.append(gettext("At most %(most)s lines; please split the document", most=self.most))
        if self.need and not self.entries:
            own.append(gettext("At least one line is needed"))
        self.errors = own
        return fine and not own

    def _tell_lines(self, form: Form) -> None:
        """Every row knows the form it stands in and the line of the books that it shows."""
        stored = {line.id: line for line in getattr(getattr(form, "stored", None), self.short_name, None) or ()}
        for entry in self.entries:
            line_id = str(entry.form.id.data or "") if "id" in entry.form else ""
            entry.form.header = form
            entry.form.stored = stored.get(int(line_id)) if line_id.isascii() and line_id.isdigit() else None

    @property
    def blank(self) -> Form:
        """An empty row for the browser to copy; `__i__` becomes the next index."""
        return self.form_class(prefix=f"{self.name}-__i__-")

    def take(self, rows: Iterable[Any]) -> None:
        """Show these rows as new lines instead of what stands here."""
        self.entries, self.last_index = [], -1
        for row in rows:
            entry = self.append_entry(row)
            if "id" in entry.form:
                entry.form.id.data = ""

    def values(self) -> list[dict[str, Any]]:
        """The rows as dicts for the unit of work, existing lines with their id."""
        result = []
        for entry in self.entries:
            row = {f.short_name: f.data for f in entry.form if f.short_name != "id"}
            line_id = entry.form.id.data if "id" in entry.form else None
            if line_id and str(line_id).isascii() and str(line_id).isdigit():
                row["id"] = int(line_id)
            result.append(row)
        return result


class LineForm(Form):
    """Base of line forms: no token of its own, messages in Chinese."""

    class Meta:
        def get_translations(self, _form: Form) -> Any:
            return translations


def field_for(column: Column, *, required: bool | None = None, **extra: Any) -> Any:
    """The unbound form field for a column of the dictionary."""
    need = (not column.nullable if required is None else required) and column.kind not in ("flag", "confirm")
    kw: dict[str, Any] = {
        "label": column.label,
        "validators": [Needed()] if need else [],
        "description": column.help or "",
    }
    kind = column.kind
    if kind == "text":
        return TextLine(longest=column.type.length, **kw)
    if kind == "note":
        return TextBlock(longest=column.type.length, **kw)
    if kind in ("money", "quantity", "rate", "percent"):
        digits = column.type.precision - column.type.places
        return NumberField(places=column.type.places, digits=digits, percent=kind == "percent", **kw)
    if kind == "whole":
        return WholeField(window=column.window, **kw)
    if kind == "day":
        return DayField(window=column.window, **kw)
    if kind == "moment":
        return MomentField(window=column.window, **kw)
    if kind == "confirm":
        return ConfirmField(label=column.label, description=column.help or "")
    if kind == "flag":
        return BooleanField(label=column.label, description=column.help or "")
    if kind in ("choice", "state"):
        return ChoiceField(options=extra.pop("options", column.type.enum_class), blank=not need, **kw)
    if kind == "key":
        return PickField(entity=column.target, retired=column.retired, among=column.among, **extra, **kw)
    raise LookupError(f"no form field for {kind}")
