"""Who is acting. Set by the web layer, by jobs and by tests; never read from a request below `screens/`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from .errors import NotAllowed
from .roles import ROLES, SECRETS, UNMASKED, Grant, Rows


@dataclass(frozen=True)
class Actor:
    """A person at work, or the house itself (`SYSTEM`).

    employee_id:    None for the house and for accounts without an employee.
    roles:          codes of roles.ROLES.
    department_ids: own department and everything below it.
    warehouse_ids:  warehouses this person keeps, a technician's own van included.
    """

    name: str
    employee_id: int | None = None
    user_id: int | None = None
    roles: frozenset[str] = frozenset()
    department_ids: frozenset[int] = frozenset()
    warehouse_ids: frozenset[int] = frozenset()
    is_system: bool = False
    address: str = ""
    grants: dict[str, tuple[Grant, ...]] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        mine: dict[str, tuple[Grant, ...]] = {}
        for code in sorted(self.roles & ROLES.keys()):
            for entity, grant in ROLES[code].grants.items():
                mine[entity] = (*mine.get(entity, ()), grant)
        object.__setattr__(self, "grants", mine)

    def may(self, verb: str, entity: str) -> bool:
        """Whether a role of this person includes the verb on the entity."""
        return self.is_system or any(verb in grant.verbs for grant in self.grants.get(entity, ()))

    def rows(self, entity: str, verb: str | None = None) -> frozenset[Rows]:
        """Whose rows of the entity this person works with; with a verb, only where a role grants both together."""
        return frozenset(g.rows for g in self.grants.get(entity, ()) if verb is None or verb in g.verbs)

    def knows(self, secret: str | None) -> bool:
        """Whether figures of this kind (cost, floor, price) may be shown to this person."""
        return secret is None or self.is_system or bool(self.roles & SECRETS[secret])

    def unmasked(self, private: str | None) -> bool:
        """Whether identity numbers or phones are shown in full."""
        return private is None or self.is_system or bool(self.roles & UNMASKED[private])


SYSTEM = Actor(name="系统", is_system=True)

_current: ContextVar[Actor | None] = ContextVar("actor", default=None)


def current() -> Actor:
    """The one who acts now. Raises NotAllowed where nobody does: nothing runs without an actor."""
    actor = _current.get()
    if actor is None:
        raise NotAllowed("no actor")
    return actor


def current_or_none() -> Actor | None:
    """Like `current`, for the few places that also serve people who are not logged in."""
    return _current.get()


def put(actor: Actor | None) -> None:
    """Set the actor of this thread of work; only the web layer's request hooks call it."""
    _current.set(actor)


@contextmanager
def acting_as(actor: Actor) -> Iterator[Actor]:
    """Run a block in the name of this actor."""
    token = _current.set(actor)
    try:
        yield actor
    finally:
        _current.reset(token)
