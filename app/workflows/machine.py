"""The one state machine that every document shares.

A `Workflow` belongs to an entity and collects its verbs. Calling a `Transition` locks the row (after the header it
belongs to, so that nobody waits the other way round), reads it again under the lock, checks role, scope, state and
separation of duty, runs the body, sets the state and writes one StateChange. It commits nothing: that is the unit of work's. Buttons, permissions, diagrams and generic tests read these objects.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import sqlalchemy as sa
from flask_babel import gettext

from .. import actor as acting
from .. import scope
from ..database import db
from ..enums import Choice
from ..errors import MustBeOther, NotAllowed, NotYours, WrongState
from ..models import Entity, Record, StateChange

E = TypeVar("E", bound=Entity)
Body = Callable[..., Any]
NOTE_WORDS = ("opinion", "reason", "note", "answer")


@dataclass(frozen=True)
class Transition:
    """A verb: from which states, to which, who may not, and what happens.

    targets: empty when the state stays as it is; several when the body decides and returns one of them.
    not_by:  a verb; who fired that last may not fire this one (the submitter does not approve).
    setbacks: state → what to tell who fired it when the body led there against the will of the verb; a sentence, or
              what makes one of the document.
    remainder: row → what still has to happen, told behind “done”; blank where nothing has.
    outcome: row → what came of it, where “done” says too little.
    begun:    what to tell who fired it where the work only begins; “done” would say too much.
    """

    flow: Workflow
    verb: str
    label: Any
    sources: frozenset[Choice]
    targets: tuple[Choice, ...]
    body: Body
    icon: str = "check"
    tone: str = "plain"
    not_by: str | None = None
    confirm: Any = None
    is_public: bool = True
    setbacks: dict[Choice, Any] = field(default_factory=dict)
    outcome: Callable[[Any], str] | None = None
    remainder: Callable[[Any], str] | None = None
    begun: Any = None

    @property
    def asks(self) -> tuple[str, ...]:
        """Names of what the body wants to know, in order."""
        kinds = inspect.signature(self.body).parameters.values()
        return tuple(p.name for p in kinds if p.kind is inspect.Parameter.KEYWORD_ONLY)

    @property
    def needs_answers(self) -> bool:
        """Whether the body cannot do without an answer."""
        kinds = inspect.signature(self.body).parameters.values()
        return any(p.kind is inspect.Parameter.KEYWORD_ONLY and p.default is p.empty for p in kinds)

    def possible(self, document: Entity) -> bool:
        """Whether the document stands where this verb starts."""
        return not self.sources or document.state in self.sources

    def __call__(self, document: Entity, **answers: Any) -> Any:
        by = acting.current()
        self.flow.lock_header(document)
        document = lock(type(document), document.id)
        if not scope.is_elevated() and not by.may(self.verb, type(document).__name__):
            raise NotAllowed(gettext("Your role does not include “%(verb)s”", verb=str(self.label)))
        if not scope.is_elevated() and not scope.reaches(by, document, self.verb):
            raise NotYours(gettext("This record does not exist or is not yours"))
        before = getattr(document, "state", None)
        if not self.possible(document):
            raise WrongState(
                gettext(
                    "%(document)s is “%(state)s” now and cannot be “%(verb)s”; please refresh",
                    document=str(document),
                    state=str(before),
                    verb=str(self.label),
                )
            )
        if self.not_by and by.employee_id is not None and last_actor(document, self.not_by) == by.employee_id:
            raise MustBeOther(gettext("Who submitted a document cannot approve it; a colleague has to"))
        with scope.elevated():
            result = self.body(document, by, **answers)
            after = result if isinstance(result, Choice) else self.targets[0] if self.targets else before
            if self.targets and after not in self.targets:
                raise RuntimeError(f"{self.verb} led to {after}, which it does not name")
            if self.targets:
                document.state = after
            note = next((str(answers[word]) for word in NOTE_WORDS if answers.get(word)), None)
            record(document, self.verb, before, after, note)
            db.session.flush()
        return result


@dataclass
class Workflow:
    """The verbs of an entity, when it may be edited, and what is checked whenever it is saved.

    editable: states in which a person may still change it; empty for records that stay editable.
    header:   the references to what it may belong to, whose verbs move it as well; that is locked first, as they do.
    loose:    states in which an attachment may be taken away again; without, those in which it may be edited.
    """

    entity: type[Entity]
    editable: frozenset[Choice] = frozenset()
    header: str | None = None
    loose: frozenset[Choice] = frozenset()
    transitions: dict[str, Transition] = field(default_factory=dict)
    prepare: Callable[[Any], None] | None = None
    opened: Callable[[Any], None] | None = None
    prepare_many: Callable[[Any], None] | None = None
    closing: Callable[[Any], None] | None = None

    def __post_init__(self) -> None:
        FLOWS[self.entity] = self

    def transition(
        self, *sources: Choice, to: Choice | tuple[Choice, ...] | None, label: Any, **details: Any
    ) -> Callable[[Body], Transition]:
        """Decorator: the function below is what happens when the verb of its name is fired."""
        targets = to if isinstance(to, tuple) else (to,) if to is not None else ()

        def keep(body: Body) -> Transition:
            verb = body.__name__.rstrip("_")
            made = Transition(self, verb, label, frozenset(sources), targets, body, **details)
            self.transitions[verb] = made
            return made

        return keep

    def before_save(self, body: Callable[[Any], None]) -> Callable[[Any], None]:
        """Decorator: normalise, number and check a row before it is written, from whatever door it comes."""
        self.prepare = body
        return body

    def before_save_of_many(self, body: Callable[[Any], None]) -> Callable[[Any], None]:
        """Decorator: like `before_save` without what the unique columns prove: an import asks that for all rows at once."""
        self.prepare_many = body
        return body

    def after_create(self, body: Callable[[Any], None]) -> Callable[[Any], None]:
        """Decorator: what follows the birth of a row, in the same transaction."""
        self.opened = body
        return body

    def before_remove(self, body: Callable[[Any], None]) -> Callable[[Any], None]:
        """Decorator: whether a row may be deleted now, and what goes back with it, in the same transaction."""
        self.closing = body
        return body

    def lock_header(self, row: Entity) -> None:
        """Lock what the row belongs to, if anything, whoever may see it."""
        for name in (self.header or "").split():
            held = getattr(row, f"{name}_id")
            if held is not None:
                with scope.elevated():
                    lock(sa.inspect(self.entity).relationships[name].mapper.class_, held)

    def may_edit(self, row: Entity) -> bool:
        """Whether the row stands where a person may still change it."""
        return not self.editable or row.state in self.editable

    def may_detach(self, row: Entity) -> bool:
        """Whether the row stands where an attachment may be taken away again."""
        return row.state in self.loose if self.loose else self.may_edit(row)


FLOWS: dict[type[Entity], Workflow] = {}


def of(entity: type[Entity]) -> Workflow:
    """The workflow of an entity; an entity without verbs of its own gets an empty one."""
    return FLOWS.get(entity) or Workflow(entity)


def lock(entity: type[E], row_id: int) -> E:
    """The row within the actor's scope, locked until the transaction ends and read afresh.

    The lock is a write (the version counts up), which is what takes the lock on both engines.
    Raises: NotYours when there is no such row for this actor.
    """
    if issubclass(entity, Record):
        db.session.flush()  # what this transaction changed of the row goes first, or the version would run ahead of it
        table = entity.__table__
        db.session.execute(
            sa.update(table)
            .where(table.c.id == row_id)
            .values(version=table.c.version + 1, changed_at=table.c.changed_at)
        )
    row = db.session.scalars(
        sa.select(entity).where(entity.id == row_id).execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotYours(gettext("This record does not exist or is not yours"))
    return row


def begin(document: Entity) -> None:
    """A row that another document makes: it is written, and its history begins."""
    db.session.add(document)
    db.session.flush()
    record(document, "create", None, document.state)


def record(document: Entity, verb: str, before: Choice | None, after: Choice | None, note: str | None = None) -> None:
    """One line of history: every verb writes it, and so does the birth of a document."""
    db.session.add(
        StateChange(
            document=type(document).__name__,
            document_id=document.id,
            document_number=str(document)[:40],
            verb=verb,
            before=before.name if before else "",
            after=after.name if after else "",
            by_id=acting.current().employee_id,
            note=note,
        )
    )


def last_actor(document: Entity, verb: str) -> int | None:
    """Who fired the verb on this document last; an employee id."""
    change = StateChange.__table__
    return db.session.scalar(
        sa.select(change.c.by_id)
        .where(change.c.document == type(document).__name__, change.c.document_id == document.id, change.c.verb == verb)
        .order_by(change.c.id.desc())
        .limit(1)
    )


def history(document: Entity) -> list[StateChange]:
    """All steps of a document that the caller may see, newest first."""
    with scope.elevated():
        return list(
            db.session.scalars(
                sa.select(StateChange)
                .where(StateChange.document == type(document).__name__, StateChange.document_id == document.id)
                .order_by(StateChange.id.desc())
            )
        )
