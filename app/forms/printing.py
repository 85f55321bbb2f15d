"""What the verbs of print templates ask."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms.validators import ValidationError

from ..errors import BusinessError
from ..screens import printing
from ..screens.formfields import Needed, TextLine


class TryOutForm(FlaskForm):
    """On which document; the paper is made once before the verb is fired, and says what is wrong with it."""

    number = TextLine(
        _("Number"),
        validators=[Needed()],
        longest=40,
        description=_("A real document of this kind that you may see"),
    )

    def about(self, template: Any) -> None:
        self.template = template

    def validate_number(self, field: Any) -> None:
        if not field.data:
            return
        try:
            printing.try_on(self.template, field.data)
        except BusinessError as fault:
            raise ValidationError(str(fault)) from None
