"""11 系统: papers that are printed, and the versions of their templates."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from .choice import Choice


class Paper(Choice):
    A4 = _("A4")
    TRIPLE = _("Three-part form 241 × 140 mm")


class TemplateState(Choice):
    DRAFT = _("Template draft"), "grey"
    ACTIVE = _("In use"), "green"
    RETIRED = _("Out of use"), "grey"


class PrintWay(Choice):
    PAPER = _("Printer")
    PDF = _("PDF file")
