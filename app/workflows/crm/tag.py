"""标签: kept by the administrator, picked by salespeople for their own customers."""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import gettext

from ... import actor as acting
from ...database import db
from ...errors import MissingData
from ...models import CustomerTag, Tag
from .. import checks
from ..machine import Workflow

flow = Workflow(Tag)
picked = Workflow(CustomerTag)


@flow.before_save
def prepare(tag: Tag) -> None:
    """Names without blanks at the ends."""
    checks.strip_texts(tag)


@picked.before_save
def pick(choice: CustomerTag) -> None:
    """Only an enabled tag, once per customer; picking writes who and when."""
    tag = choice.tag or db.session.get_one(Tag, choice.tag_id)
    if not tag.is_enabled:
        raise MissingData(gettext("Tag “%(name)s” is disabled", name=tag.name), field="tag")
    customer_id = choice.customer_id or choice.customer.id
    twice = sa.select(CustomerTag.id).where(CustomerTag.customer_id == customer_id, CustomerTag.tag_id == tag.id)
    if db.session.scalar(twice) is not None:
        raise MissingData(gettext("The customer already has tag “%(name)s”", name=tag.name), field="tag")
    choice.picked_by_id = acting.current().employee_id
