"""What waits for a person: the tabs of all screens that name a verb of his, each with its count."""

from __future__ import annotations

from typing import Any

from flask import current_app
from werkzeug.datastructures import ImmutableMultiDict

from . import listing
from .screen import Screen, Tab


def waiting(screen: Screen, tab: Tab) -> listing.Listing:
    """The rows of this person behind a tab."""
    return listing.read(screen, ImmutableMultiDict({"tab": tab.name}), screen.sees())


def todos() -> list[dict[str, Any]]:
    """What waits for this person: label, how many, and the list behind it with exactly so many rows."""
    found = []
    for screen in current_app.appbuilder.baseviews:
        if not isinstance(screen, Screen) or not screen.may("list"):
            continue
        for tab in screen.tabs:
            if tab.todo and screen.may(tab.todo):
                found.append(
                    {
                        "entity": screen.entity,
                        "verb": tab.todo,
                        "label": tab.label,
                        "count": waiting(screen, tab).count(),
                        "url": screen.url("list", tab=tab.name),
                        "icon": screen.icon,
                    }
                )
    return found
