"""Identity numbers as the state issues them: ID card, unified social credit code, mobile phone.

Check digits are python-stdnum's; a residence permit for Hong Kong, Macau and Taiwan (81…–83…) carries a place that
library does not list, so its own check digit is looked at instead.
"""

import re
import unicodedata

from stdnum.cn import ric, uscc

_MOBILE = re.compile(r"1[3-9]\d{9}")
_LANDLINE = re.compile(r"0\d{2,3}-?\d{7,8}(-\d{1,5})?|[48]00-?\d{3}-?\d{4}")


def normalise(text: str) -> str:
    """Full-width to half-width, no blanks, upper case."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).upper()


def is_id_card(number: str) -> bool:
    """Whether an 18-digit resident ID number is well formed and its check digit right."""
    if ric.is_valid(number):
        return True
    return bool(re.fullmatch(r"8[123]0000\d{11}[\dX]", number)) and ric.calc_check_digit(number[:-1]) == number[-1]


def is_credit_code(code: str) -> bool:
    """Whether an 18-character unified social credit code is well formed and its check digit right."""
    return uscc.is_valid(code) and len(code) == 18


def normal_mobile(text: str) -> str | None:
    """Eleven digits without +86, blanks and dashes, or None where it is no mobile number."""
    number = normalise(text).replace("-", "")
    number = number.removeprefix("+86").removeprefix("86") if len(number) > 11 else number
    return number if _MOBILE.fullmatch(number) else None


def normal_phone(text: str) -> str | None:
    """A mobile, landline or service number in its usual form, or None."""
    return normal_mobile(text) or (normalise(text) if _LANDLINE.fullmatch(normalise(text)) else None)


def masked(number: str) -> str:
    """3408**********1234 or 139****0000: enough to recognise, too little to use."""
    if len(number) <= 7:
        return number[:1] + "*" * (len(number) - 1)
    head, tail = (3, 4) if len(number) <= 12 else (4, 4)
    return number[:head] + "*" * (len(number) - head - tail) + number[-tail:]
