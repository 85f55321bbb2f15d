"""资金账户: where money lies."""

from __future__ import annotations

from ...models import FundAccount
from .. import checks
from ..machine import Workflow

flow = Workflow(FundAccount)


@flow.before_save
def prepare(account: FundAccount) -> None:
    """Names without blanks at the ends."""
    checks.strip_texts(account)
