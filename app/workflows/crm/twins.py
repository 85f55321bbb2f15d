"""查重: the same mobile, ID number or credit code somewhere else, whoever owns it; and what is told of it.

The law knows a person by his ID number and a company by its credit code: a second one is refused. A mobile may be shared
(a wife, a second company): a second one is a warning, and whoever saves says 仍然保存.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext

from ... import scope
from ...database import db
from ...enums import ContactState
from ...errors import AlreadyThere, Doubtful, refuse
from ...formulas import identity
from ...formulas.identity import masked_name
from ...models import Contact, Customer
from .. import checks

Party = Contact | Customer
NORMAL: dict[str, Callable[[str], str | None]] = {
    "mobile": identity.normal_phone,
    "id_number": identity.normalise,
    "credit_code": identity.normalise,
}
RIGHT: dict[str, Callable[[str], bool]] = {"id_number": checks.is_id_card, "credit_code": identity.is_credit_code}


def find(entity: type[Any], name: str, value: str | None, but: int = 0) -> Any:
    """Another row of the entity with this value, whoever owns it, or None. Invalid contacts are history."""
    if not value:
        return None
    query = sa.select(entity).where(getattr(entity, name) == value, entity.id != but).order_by(entity.id)
    if entity is Contact and name == "mobile":
        query = query.where(Contact.state != ContactState.INVALID)
    with scope.elevated(), db.session.no_autoflush:
        return db.session.scalars(query.limit(1)).first()


def told(twin: Any) -> str:
    """KH000012 安徽****公司（刘洋）: number, masked name and owner, nothing else."""
    return f"{twin.number} {masked_name(twin.name)}（{twin.salesperson.name}）"


def refuse_second(row: Any, name: str) -> None:
    """Raises AlreadyThere, naming whose it is, for an identity that is in the books already."""
    twin = find(type(row), name, getattr(row, name), row.id or 0)
    if twin is not None:
        refuse(AlreadyThere(already(type(row), name, twin), field=name))


def already(entity: type[Any], name: str, twin: Any) -> str:
    """The sentence for an identity that is taken."""
    label = str(entity.__table__.c[name].info["label"])
    return gettext("%(label)s is already registered for %(twin)s", label=label, twin=told(twin))


def doubt_mobile(row: Any) -> None:
    """Raises Doubtful for a new mobile that somebody else has too, until whoever saves says that it is right."""
    if row.despite_twin or (row.id is not None and not sa.inspect(row).attrs.mobile.history.has_changes()):
        return
    twin = find(type(row), "mobile", row.mobile, row.id or 0)
    if twin is not None:
        refuse(Doubtful(shared(twin), field="despite_twin"))


def shared(twin: Any) -> str:
    """The sentence for a mobile that somebody has already."""
    return gettext("%(twin)s has the same mobile; tick “Save anyway” if this is right", twin=told(twin))


def warnings(entity: type[Any], name: str, text: str, but: int = 0) -> list[dict[str, Any]]:
    """What to say beside a field while it is typed: [{"text", "stops"}]; stops: it cannot be saved like this."""
    value = NORMAL[name](text)
    if not value:
        return []
    if name in RIGHT and not RIGHT[name](value):
        return [{"text": gettext("The check digit does not fit; please look at it again"), "stops": True}]
    twin = find(entity, name, value, but)
    if twin is None:
        return []
    if name == "mobile":
        return [{"text": shared(twin), "stops": False}]
    return [{"text": already(entity, name, twin), "stops": True}]
