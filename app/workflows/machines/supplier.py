"""供应商: whom the dealer buys from and works with."""

from __future__ import annotations

from ...database import db
from ...formulas.pinyin import initials
from ...models import Supplier
from ...numbering import next_code
from .. import checks
from ..machine import Workflow

flow = Workflow(Supplier)


@flow.before_save
def prepare(supplier: Supplier) -> None:
    """Checked numbers, initials for typing, a supplier number on birth."""
    checks.strip_texts(supplier)
    checks.credit_code(supplier)
    checks.phone(supplier)
    supplier.initials = initials(supplier.name)
    supplier.number = supplier.number or next_code(db.session(), Supplier.prefix)
