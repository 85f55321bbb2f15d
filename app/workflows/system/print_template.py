"""打印模板: DRAFT → ACTIVE → RETIRED, and back into use. An administrator writes the draft and tries it on a real document.

One version of a paper is in use; a version that was in use is never changed. Without one, the paper that came along is printed.
"""

from __future__ import annotations

import hashlib

import sqlalchemy as sa
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ... import clock
from ...actor import Actor
from ...database import db
from ...enums import TemplateState
from ...errors import WrongState
from ...models import PrintTemplate
from ..machine import Workflow
from . import sandbox

S = TemplateState
flow = Workflow(PrintTemplate, editable=frozenset({S.DRAFT}))


@flow.before_save
def prepare(template: PrintTemplate) -> None:
    """The text is one that a template may hold; a new one is the next version of its paper."""
    template.body = (template.body or "").replace("\r\n", "\n").strip()
    sandbox.check(template.body)
    if template.revision is None:
        table = PrintTemplate.__table__
        last = sa.select(sa.func.max(table.c.revision)).where(
            table.c.screen == template.screen, table.c.code == template.code
        )
        template.revision = (db.session.scalar(last) or 0) + 1


@flow.transition(S.DRAFT, to=None, label=_("Try out"), icon="flask", tone="primary")
def try_out(template: PrintTemplate, by: Actor, *, number: str) -> None:
    """试打: this text was seen on this document; what is changed afterwards has to be tried again."""
    template.tried_hash, template.tried_number, template.tried_at = fingerprint(template.body), number[:40], clock.now()


@flow.transition(S.DRAFT, S.RETIRED, to=S.ACTIVE, label=_("Put into use"), icon="circle-check", tone="primary")
def activate(template: PrintTemplate, by: Actor) -> None:
    """启用: from now on the paper is printed like this; the version before goes out of use."""
    if template.tried_hash != fingerprint(template.body):
        raise WrongState(gettext("Please try this text on a real document first"))
    earlier = sa.select(PrintTemplate).where(
        PrintTemplate.screen == template.screen, PrintTemplate.code == template.code, PrintTemplate.state == S.ACTIVE
    )
    for other in db.session.scalars(earlier.order_by(PrintTemplate.id)):
        other.state = S.RETIRED
    db.session.flush()
    template.activated_at = clock.now()


@flow.transition(S.ACTIVE, to=S.RETIRED, label=_("Take out of use"), icon="circle-stop")
def retire(template: PrintTemplate, by: Actor) -> None:
    """停用: the paper is printed as it came along again."""


def fingerprint(body: str) -> str:
    """What a text is recognised by."""
    return hashlib.sha256(body.encode()).hexdigest()
