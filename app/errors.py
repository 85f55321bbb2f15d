"""What a person at the counter can do wrong, as exceptions that carry a sentence.

Every message is shown as it stands, next to the field when `field` names one. Anything that is not a
BusinessError is a fault of ours and never reaches a clerk as text.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any


class BusinessError(Exception):
    """A rule of the trade was broken.

    message: the sentence, already translated or lazily so.
    field:   name of the form field it belongs to, or None for the whole document.
    """

    def __init__(self, message: Any, field: str | None = None) -> None:
        super().__init__(str(message))
        self.field = field


class WrongState(BusinessError):
    """The document has moved on; the verb is not possible from where it stands."""


class NotYours(BusinessError):
    """The row exists, but not for this person: the web shows it as 404."""


class NotAllowed(BusinessError):
    """The role of this person does not include the verb: the web shows it as 403."""


class ChangedMeanwhile(BusinessError):
    """Somebody else saved the same row first."""


class Busy(BusinessError):
    """The books were locked for too long; nothing was written."""


class MustBeOther(BusinessError):
    """Separation of duty: who prepared a thing does not approve it."""


class MissingData(BusinessError):
    """Something the step needs has not been filled in."""


class WrongChoice(BusinessError):
    """A reference to something that is no longer in use, or of a kind that does not belong there."""


class WrongAmount(BusinessError):
    """Figures that do not add up or pass a limit."""


class UnitTaken(BusinessError):
    """The machine is held by another contract."""


class NotPaidEnough(BusinessError):
    """The money guard of a dispatch."""


class CouponUnusable(BusinessError):
    """Not active, expired, of another customer, of another scope, or with too little left."""


class AlreadyThere(BusinessError):
    """A second one of something of which there can only be one."""


class NotEnoughStock(BusinessError):
    """Fewer pieces than wanted; the sentence names part, warehouse and figures."""


class Doubtful(BusinessError):
    """Something that may be right, but the person has to say so: `field` is the box to tick."""


_noted: ContextVar[list[BusinessError] | None] = ContextVar("noted", default=None)


@contextmanager
def noting() -> Iterator[list[BusinessError]]:
    """Inside, `refuse` only notes: an import names every error of a row at once. Whoever opens it looks at the list."""
    noted: list[BusinessError] = []
    token = _noted.set(noted)
    try:
        yield noted
    finally:
        _noted.reset(token)


def refuse(error: BusinessError) -> None:
    """Raise the error of a check after which the next check still makes sense; noted where all of them are wanted."""
    noted = _noted.get()
    if noted is None:
        raise error
    noted.append(error)
