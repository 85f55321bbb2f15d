"""卡券: PENDING → ACTIVE (dispatch) → USED; the ledger moves it, papers fire it. Types are kept by the administrator."""

from __future__ import annotations

from decimal import Decimal

from flask_babel import gettext

from ...errors import WrongAmount
from ...models import Coupon, CouponType
from .. import checks
from ..machine import Workflow

flow = Workflow(Coupon)
types = Workflow(CouponType)


@types.before_save
def prepare(type_: CouponType) -> None:
    """A share between 1 and 100 %."""
    checks.strip_texts(type_)
    if not Decimal(0) < type_.max_share <= Decimal(1):
        raise WrongAmount(gettext("The share lies between 1 and 100 %"), field="max_share")
