"""All knowledge of Flask-AppBuilder lives here: what a screen is, how it lists, edits, fires verbs, exports, logs in."""

from . import export_job as export_job  # a kind of background work
from .act import act
from .importing import Import
from .printing import Print
from .report import ReportScreen
from .screen import Alert, Figure, Lines, Related, Screen, Tab, rows

__all__ = ["Alert", "Figure", "Import", "Lines", "Print", "Related", "ReportScreen", "Screen", "Tab", "act", "rows"]
