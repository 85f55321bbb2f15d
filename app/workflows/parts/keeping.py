"""Who lets parts out of a store and takes them in: its keepers; for a van its technician and nobody else."""

from __future__ import annotations

from flask_babel import gettext

from ... import actor as acting
from ...actor import Actor
from ...enums import PARTS_STORES, TransferKind, WarehouseKind
from ...errors import NotYours, WrongAmount, WrongState
from ...models import Warehouse
from ...roles import Rows


def kind_of(source: Warehouse, target: Warehouse) -> TransferKind:
    """To a technician, back from one, or between stores (or vans) of a kind."""
    if WarehouseKind.MOBILE not in (source.kind, target.kind) or source.kind is target.kind:
        return TransferKind.TRANSFER
    return TransferKind.TECH_ISSUE if target.kind is WarehouseKind.MOBILE else TransferKind.TECH_RETURN


def check_store(store: Warehouse, field: str = "warehouse") -> None:
    """Parts go into and come out of stores of parts that are in use, and no others."""
    if store.kind not in PARTS_STORES:
        raise WrongAmount(gettext("“%(name)s” keeps no parts", name=store.name), field=field)
    if not store.is_enabled:
        raise WrongState(gettext("%(name)s is no longer used", name=store.name), field=field)


def check_ends(source: Warehouse, target: Warehouse) -> None:
    """A technician gives away what is in his own van, a keeper what lies in a store he keeps; anybody in use may receive."""
    by = acting.current()
    grants = by.rows("StockTransfer", "add")
    if source.id not in by.warehouse_ids and grants in ({Rows.OWN}, {Rows.KEPT}):
        sentence = (
            gettext("You can only send parts out of your own mobile store")
            if grants == {Rows.OWN}
            else gettext("You can only send parts out of a store that you keep")
        )
        raise NotYours(sentence, field="source")
    check_store(source, "source")
    check_store(target, "target")


def check(by: Actor, store: Warehouse, verb: str) -> None:
    """Whether the actor keeps the store; who cancels transfers of everybody may cancel this one. Raises NotYours."""
    if by.is_system or store.id in by.warehouse_ids:
        return
    if verb == "cancel" and Rows.ALL in by.rows("StockTransfer", verb):
        return
    raise NotYours(gettext("%(warehouse)s is kept by somebody else", warehouse=str(store)))
