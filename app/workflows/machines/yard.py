"""机库: where machines stand; one that is no longer used takes none in."""

from __future__ import annotations

from flask_babel import gettext

from ...enums import WarehouseKind
from ...errors import WrongAmount, WrongState
from ...models import Warehouse


def check(store: Warehouse) -> None:
    """Raises WrongAmount for a store of parts, WrongState for a yard that is switched off."""
    if store.kind is not WarehouseKind.MACHINE:
        raise WrongAmount(
            gettext("Machines stand in a machine yard; “%(name)s” is none", name=store.name), field="warehouse"
        )
    if not store.is_enabled:
        raise WrongState(gettext("%(name)s is no longer used", name=store.name), field="warehouse")
