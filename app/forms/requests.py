"""What the desk asks when it answers a request for parts."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm

from .. import actor as acting
from ..enums import (
    BUYING_MODES,
    PART_SUPPLIERS,
    WarehouseKind,
)
from ..models import (
    EmergencyPurchase,
    RequestLine,
    Supplier,
    Warehouse,
)
from ..roles import Rows
from ..screens.formfields import (
    ChoiceField,
    Needed,
    NumberField,
    PickField,
    TextLine,
)


def company_stores(query: Any, given: dict[str, str]) -> Any:
    """Stores of the company that are in use; a keeper without other posts is offered those he keeps."""
    by = acting.current()
    query = query.where(Warehouse.kind.in_([WarehouseKind.MAIN, WarehouseKind.BRANCH]), Warehouse.is_enabled)
    return query.where(Warehouse.id.in_(by.warehouse_ids)) if by.rows("RequestLine", "match") == {Rows.KEPT} else query


class WantedForm(FlaskForm):
    """How many of the pieces asked for."""

    quantity = NumberField(
        _("Quantity"), places=3, digits=15, description=_("Fewer than asked for: the rest stays open")
    )

    def about(self, line: RequestLine) -> None:
        """All of them at first; beside it what every store holds."""
        if not self.is_submitted():
            self.quantity.data = line.quantity


class MatchForm(WantedForm):
    warehouse = PickField(_("From warehouse"), validators=[Needed()], entity=Warehouse, narrow=company_stores)


class BuyForm(WantedForm):
    mode = ChoiceField(_("Way to the technician"), options=BUYING_MODES)
    supplier = PickField(_("Supplier"), validators=[Needed()], entity=Supplier, among={"kind": PART_SUPPLIERS})
    unit_price = NumberField(_("Price with tax"), validators=[Needed()])
    warehouse = PickField(
        _("Receiving warehouse"), entity=Warehouse, narrow=company_stores, description=_("Only when it goes to a store")
    )
    tax_rate = NumberField(_("Tax rate"), places=4, digits=1, percent=True, description=_("Empty: 13 %"))


class SentForm(FlaskForm):
    express_number = TextLine(_("Express number"), longest=60)


class CollectPartsForm(FlaskForm):
    quantity = NumberField(_("Quantity"), validators=[Needed()], places=3, digits=15)

    def about(self, paper: EmergencyPurchase) -> None:
        """All that is still to come."""
        if not self.is_submitted():
            self.quantity.data = paper.quantity - paper.received_quantity
