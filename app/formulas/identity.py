"""Identity numbers as the state issues them: ID card, unified social credit code, mobile phone.

Check digits are python-stdnum's.
"""

import re
from datetime import date

from stdnum.cn import ric, uscc
from stdnum.exceptions import InvalidComponent

from . import normal
from .windows import BORN


def normalise(text: str) -> str:
    """Half-width, no blanks, no invisible signs, upper case."""
    return normal.code(text)


def is_id_card(number: str, today: date) -> bool:
    """Whether an 18-digit resident ID number is well formed, its birthday one of a living person and its check digit right.

    The place is not looked at: counties come and go, and residence permits of Hong Kong, Macau and Taiwan carry
    places (81, 82, 83) that no list names.
    """
    if not re.fullmatch(r"[1-9]\d{16}[\dX]", number) or ric.calc_check_digit(number) != number[-1]:
        return False
    try:
        born = ric.get_birth_date(number)
    except InvalidComponent:
        return False
    return not (BORN.too_early(born, today) or BORN.too_late(born, today))


def is_credit_code(code: str) -> bool:
    """Whether an 18-character unified social credit code is well formed and its check digit right."""
    return uscc.is_valid(code) and len(code) == 18


def normal_mobile(text: str) -> str | None:
    """Eleven digits without +86, blanks and dashes, or None where it is no mobile number."""
    return normal.mobile(text)


def normal_phone(text: str) -> str | None:
    """A mobile, landline or service number in its usual form, or None."""
    return normal.mobile(text) or normal.landline(text)


def masked(number: str) -> str:
    """3408**********1234 or 139****0000: enough to recognise, too little to use."""
    if len(number) <= 7:
        return number[:1] + "*" * (len(number) - 1)
    head, tail = (3, 4) if len(number) <= 12 else (4, 4)
    return number[:head] + "*" * (len(number) - head - tail) + number[-tail:]


def masked_name(name: str) -> str:
    """王** or 安徽****公司: enough for a colleague who knows him, too little for one who does not."""
    if len(name) <= 4:
        return name[:1] + "*" * (len(name) - 1)
    return name[:2] + "*" * min(len(name) - 4, 4) + name[-2:]
