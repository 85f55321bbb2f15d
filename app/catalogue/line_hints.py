"""What stands beside a line of a quotation or a sale while it is typed: free pieces, last price, what could replace it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm

from .. import models as m
from ..forms import plain_quantity
from ..workflows.parts import pricing

OUTPUTS: dict[str, Any] = {
    "available": _("Available"),
    "last_price": _("Last price paid"),
    "substitutes": _("Substitutes in stock"),
}
MOST_SUBSTITUTES = 3


def hints(form: FlaskForm) -> dict[str, str]:
    """Output id → text for every line; an empty price gets the default of the customer's level and the kind of sale."""
    customer, warehouse, kind = (_chosen(form, name) for name in ("customer", "warehouse", "sale_type"))
    part_ids = [row.form.part.data.id for row in form.lines if row.form.part.data]
    free = pricing.available(part_ids, warehouse)
    short = [
        row.form.part.data.id
        for row in form.lines
        if row.form.part.data and free.get(row.form.part.data.id, m.ZERO) < (row.form.quantity.data or m.ZERO)
    ]
    others = pricing.substitutes(short, warehouse) if short else {}
    paid = pricing.last_prices(customer.id, part_ids) if customer and part_ids else {}
    result: dict[str, str] = {}
    for row in form.lines:
        part, price = row.form.part.data, row.form.unit_price
        if part and price.data is None and not any(price.raw_data or ()):
            result[price.id] = f"{pricing.default_price(part, customer, kind):,.2f}"
        result[f"{row.name}-available"] = plain_quantity(free.get(part.id, m.ZERO)) if part else ""
        result[f"{row.name}-last_price"] = f"{paid[part.id]:,.2f}" if part and part.id in paid else ""
        result[f"{row.name}-substitutes"] = "；".join(
            f"{other.part_number} {plain_quantity(there)}"
            for other, there in (others.get(part.id, []) if part else [])[:MOST_SUBSTITUTES]
        )
    return result


def beside_transfer(form: FlaskForm) -> dict[str, str]:
    """Output id → text: what the source has free of each part, said as a warning where more is wanted."""
    source = _chosen(form, "source")
    chosen = [row for row in form.lines if row.form.part.data]
    free = pricing.available([row.form.part.data.id for row in chosen], source) if source and chosen else {}
    result = {f"{row.name}-available": "" for row in form.lines}
    for row in chosen if source else []:
        there, wanted = free.get(row.form.part.data.id, m.ZERO), row.form.quantity.data or m.ZERO
        told = plain_quantity(there) or "0"
        is_short = there < wanted or not there
        result[f"{row.name}-available"] = gettext("only %(free)s, not enough", free=told) if is_short else told
    pieces = sum((row.form.quantity.data or m.ZERO for row in form.lines), m.ZERO)
    return result | {"pieces": plain_quantity(pieces)}


def price_of(row: Any, beside: dict[str, str]) -> Decimal:
    """The price typed in a line, else the default that is shown there."""
    price = row.form.unit_price
    return price.data if price.data is not None else Decimal(beside.get(price.id, "0").replace(",", ""))


def _chosen(form: FlaskForm, name: str) -> Any:
    return form[name].data if name in form else None
