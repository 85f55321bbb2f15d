"""公司资料: one row that is changed, never made or taken away; the initial name is the setting DEALER_NAME."""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import gettext

from ... import scope
from ...database import db
from ...errors import AlreadyThere, MissingData
from ...models import Dealer
from .. import checks
from ..machine import Workflow

flow = Workflow(Dealer)


@flow.before_save
def prepare(dealer: Dealer) -> None:
    """A name, and one account a line. Raises: MissingData; AlreadyThere for a second company."""
    checks.strip_texts(dealer)
    if not dealer.name:
        raise MissingData(gettext("Please enter the name of the company"), field="name")
    lines = [line.strip() for line in (dealer.bank_accounts or "").splitlines()]
    dealer.bank_accounts = "\n".join(line for line in lines if line) or None
    if dealer.id is None and the_dealer() is not None:
        raise AlreadyThere(gettext("There is one company profile; please change that one"))


def the_dealer() -> Dealer | None:
    """The row, for everybody who prints."""
    with scope.elevated():
        return db.session.scalars(sa.select(Dealer).order_by(Dealer.id).limit(1)).first()
