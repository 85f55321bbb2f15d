"""Checks that several entities share: identity numbers and phones, normalised before they are written."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask_babel import gettext

from .. import clock
from ..database import db
from ..errors import MissingData, WrongAmount, refuse
from ..formulas import identity, normal


def strip_texts(row: Any) -> None:
    """Blank at the ends goes; an empty text is no text."""
    for column in row.__table__.columns:
        value = getattr(row, column.key, None)
        if isinstance(value, str):
            text = normal.line(value)
            setattr(row, column.key, text or (None if column.nullable else text))


MEASURES = frozenset({"money", "quantity", "rate", "percent", "whole"})


def not_negative(row: Any) -> None:
    """No price, amount, quantity or rate of a paper or its lines is below zero, but for those called signed.

    Raises WrongAmount beside the field; for a line beside the lines.
    """
    name = _below_zero(row)
    for relation in sa.inspect(type(row)).relationships:
        if relation.uselist and not relation.viewonly and any(map(_below_zero, getattr(row, relation.key))):
            name = name or relation.key
    if name is not None:
        raise WrongAmount(gettext("This cannot be less than zero"), field=name)


def _below_zero(row: Any) -> str | None:
    """The first figure of a row that is less than zero and may not be."""
    for column in row.__table__.columns:
        is_bound = column.info.get("kind") in MEASURES and not column.info.get("signed")
        value = getattr(row, column.key) if is_bound else None
        if value is not None and value < 0:
            return str(column.key)
    return None


def mobile(row: Any, name: str = "mobile") -> None:
    """Eleven digits, or refused beside the field."""
    number = identity.normal_mobile(getattr(row, name) or "")
    if number is None:
        refuse(MissingData(gettext("Please enter a mobile number of 11 digits"), field=name))
        return
    setattr(row, name, number)


def phone(row: Any, name: str = "phone", *, required: bool = False) -> None:
    """A mobile, landline or 400 number, or refused beside the field."""
    value = getattr(row, name)
    if not value and not required:
        setattr(row, name, None)
        return
    number = identity.normal_phone(value or "")
    if number is None:
        words = gettext("Please enter a mobile or landline number, for example 0551-65432100")
        refuse(MissingData(words, field=name))
        return
    setattr(row, name, number)


def is_id_card(number: str) -> bool:
    """Whether this is the number of somebody who may be living today."""
    return identity.is_id_card(number, clock.today())


def id_card(row: Any, name: str = "id_number") -> None:
    """18 digits with the right check digit, where one is given."""
    value = getattr(row, name)
    if not value:
        setattr(row, name, None)
        return
    number = identity.normalise(value)
    if not is_id_card(number):
        words = gettext("This is not a valid ID card number: 18 digits, please check each one")
        refuse(WrongAmount(words, field=name))
        return
    setattr(row, name, number)


def credit_code(row: Any, name: str = "credit_code") -> None:
    """18 characters with the right check character, where one is given."""
    value = getattr(row, name)
    if not value:
        setattr(row, name, None)
        return
    code = identity.normalise(value)
    if not identity.is_credit_code(code):
        words = gettext("This is not a valid unified social credit code; please check it")
        refuse(WrongAmount(words, field=name))
        return
    setattr(row, name, code)


def reason(text: str | None) -> str:
    """Why; nobody may leave it out."""
    if not (text or "").strip():
        raise MissingData(gettext("Please enter a reason"), field="reason")
    return str(text).strip()[:200]


def referred(row: Any, name: str) -> Any:
    """The row behind a reference, whether the row itself or only its id was given; None where there is none."""
    found, key = getattr(row, name), getattr(row, f"{name}_id")
    if found is None and key:
        return db.session.get(sa.inspect(type(row)).relationships[name].mapper.class_, key)
    return found
