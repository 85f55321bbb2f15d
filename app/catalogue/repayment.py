"""还款日: when instalments fall, said while the terms are typed and to whoever decides on them."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import gettext

from ..enums import PayMode, RepayMethod
from ..formulas.instalments import SHORTEST_GAP, due_dates, odd_gap
from ..screens import Alert

WARNING = "⚠"


def second_due(first: date | None, repay_day: int | None) -> str:
    """When the second instalment is due, with a warning where that is far from a month after the first."""
    if first is None or not 1 <= (repay_day or 1) <= 31:
        return ""
    odd = odd_gap(first, repay_day)
    if odd is None:
        return due_dates(first, 2, repay_day)[1].isoformat()
    day, days = odd[0].isoformat(), odd[1]
    if days < SHORTEST_GAP:
        words = gettext("%(day)s, only %(n)s days after the first; please check the repayment day", day=day, n=days)
    else:
        words = gettext(
            "%(day)s, not before %(n)s days after the first; please check the repayment day", day=day, n=days
        )
    return f"{WARNING} {words}"


def alerts(row: Any) -> list[Alert]:
    """The same warning for whoever reads a contract or an amendment."""
    if row.pay_mode is PayMode.FULL or row.repay_method is RepayMethod.CUSTOM or row.periods < 2:
        return []
    words = second_due(row.first_due_on, row.repay_day)
    return [Alert(gettext("Second instalment: %(words)s", words=words))] if words.startswith(WARNING) else []
