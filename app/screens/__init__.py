"""All knowledge of Flask-AppBuilder lives here: what a screen is, how it lists, edits, fires verbs, exports, logs in."""

from .act import act
from .screen import Lines, Related, Screen, Tab, rows

__all__ = ["Lines", "Related", "Screen", "Tab", "act", "rows"]
