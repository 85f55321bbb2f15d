"""All knowledge of Flask-AppBuilder lives here: what a screen is, how it lists, edits, fires verbs, exports, logs in."""

from .act import act
from .importing import Import
from .report import ReportScreen
from .screen import Lines, Related, Screen, Tab, rows

__all__ = ["Import", "Lines", "Related", "ReportScreen", "Screen", "Tab", "act", "rows"]
