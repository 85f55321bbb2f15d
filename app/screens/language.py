"""The one language of the house: its catalogue is found once, not for every word of a page."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from flask import Flask
from flask_babel import Domain


class House(Domain):
    """The catalogue in the language of the settings, whatever a cookie or an address asks for."""

    @cached_property
    def _catalogue(self) -> Any:
        return super().get_translations()

    def get_translations(self) -> Any:
        return self._catalogue


def settle(app: Flask) -> None:
    """Let every word be looked up there."""
    babel = app.extensions["babel"]
    babel.instance.domain_instance = House(domain=babel.default_domain)
