"""11 系统: numbers, histories, requests, notices, logins."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
import sqlalchemy.orm
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Mapped, mapped_column

from .. import clock, enums
from .. import fields as f
from ..formulas.windows import STAMPED
from .base import Entity

if TYPE_CHECKING:
    from .organisation import Employee


class DocumentSequence(Entity):
    """The last number given out under a prefix on a day."""

    title = _("Number sequence")
    __table_args__ = (sa.UniqueConstraint("prefix", "day"),)
    prefix: Mapped[str] = f.text(_("Prefix"), 8)
    day: Mapped[str] = f.text(_("Day"), 8)
    last: Mapped[int] = f.whole(_("Last number"))


class StateChange(Entity):
    """Every step of every document, append-only: what, from where to where, by whom, with what words."""

    title = _("State change")
    __table_args__ = (sa.Index("ix_state_change_document", "document", "document_id"),)
    document: Mapped[str] = f.text(_("Document kind"), 40)
    document_id: Mapped[int] = f.whole(_("Document"))
    document_number: Mapped[str] = f.text(_("Number"), 40, form="number")
    verb: Mapped[str] = f.text(_("Action"), 40)
    before: Mapped[str] = f.text(_("State before"), 20)
    after: Mapped[str] = f.text(_("State after"), 20)
    by_id: Mapped[int | None] = f.key(_("By"), "employee")
    by: Mapped[Employee | None] = f.link(by_id)
    at: Mapped[datetime] = f.moment(_("At"), STAMPED, default=clock.now)
    note: Mapped[str | None] = f.note(_("Words"))


class RequestKey(Entity):
    """A request that was carried out; the same key never books twice, and never for something else.

    about: the verb, the row and a short print of what was said.
    """

    title = _("Request key")
    __table_args__ = (sa.UniqueConstraint("key"),)
    key: Mapped[str] = f.text(_("Key"), 100)
    entity: Mapped[str] = f.text(_("Entity"), 40)
    row_id: Mapped[int | None] = f.whole(_("Row"))
    about: Mapped[str] = f.text(_("What it was about"), 80, default="", server_default="")
    at: Mapped[datetime] = f.moment(_("At"), STAMPED, default=clock.now)


class AuditLog(Entity):
    """操作日志, append-only: before and after of every changed row, in the same transaction.

    root, root_id: the record a person would open to see the row: the header of a line, else the row itself.
    """

    title = _("Audit log")
    __table_args__ = (
        sa.Index("ix_audit_log_row", "entity", "row_id"),
        sa.Index("ix_audit_log_root", "root", "root_id"),
    )
    at: Mapped[datetime] = f.moment(_("At"), STAMPED, default=clock.now, index=True)
    by_id: Mapped[int | None] = f.key(_("By"), "employee")
    by: Mapped[Employee | None] = f.link(by_id)
    by_name: Mapped[str] = f.text(_("By"), 60)
    address: Mapped[str] = f.text(_("Network address"), 45, default="")
    action: Mapped[enums.AuditAction] = f.choice(_("Operation"), enums.AuditAction)
    entity: Mapped[str] = f.text(_("Entity"), 40)
    row_id: Mapped[int] = f.whole(_("Row"))
    row_name: Mapped[str] = f.text(_("Record"), 160, default="")
    root: Mapped[str] = f.text(_("Belongs to"), 40)
    root_id: Mapped[int] = f.whole(_("Number of the record"))
    changes: Mapped[dict[str, Any]] = mapped_column(sa.JSON, info={"label": _("Changes"), "kind": "changes"})


class ExportLog(Entity):
    title = _("Export log")
    at: Mapped[datetime] = f.moment(_("At"), STAMPED, default=clock.now)
    by_id: Mapped[int | None] = f.key(_("By"), "employee")
    by: Mapped[Employee | None] = f.link(by_id)
    screen: Mapped[str] = f.text(_("List"), 60)
    filters: Mapped[str] = f.note(_("Filters"), 2000, default="")
    format: Mapped[str] = f.text(_("Format"), 8)
    rows: Mapped[int] = f.whole(_("Rows"))


class Notification(Entity):
    """通知: one line to one person, with a link."""

    title = _("Notice")
    __table_args__ = (sa.UniqueConstraint("dedupe_key"),)
    to_id: Mapped[int] = f.key(_("To"), "employee")
    to: Mapped[Employee] = f.link(to_id)
    subject: Mapped[str] = f.text(_("Subject"), 200)
    entity: Mapped[str | None] = f.text(_("Document kind"), 40)
    row_id: Mapped[int | None] = f.whole(_("Document"))
    sent_at: Mapped[datetime] = f.moment(_("Sent at"), STAMPED, default=clock.now)
    read_at: Mapped[datetime | None] = f.moment(_("Read at"), STAMPED)
    dedupe_key: Mapped[str | None] = f.text(_("Sent once under"), 120)

    def __str__(self) -> str:
        return self.subject


class NightlyRun(Entity):
    """夜间任务记录: one job on one business day; its row is taken first, so that two never run the same."""

    title = _("Nightly run")
    __table_args__ = (sa.UniqueConstraint("job", "day"),)
    job: Mapped[str] = f.text(_("Job"), 40)
    day: Mapped[date] = f.day(_("Business day"), STAMPED)
    state: Mapped[enums.RunState] = f.state(_("Status"), enums.RunState)
    started_at: Mapped[datetime] = f.moment(_("Started at"), STAMPED, default=clock.now)
    ended_at: Mapped[datetime | None] = f.moment(_("Ended at"), STAMPED)
    done: Mapped[int] = f.whole(_("Rows done"), default=0)
    tries: Mapped[int] = f.whole(_("Attempts"), default=1)
    fault: Mapped[str | None] = f.note(_("What went wrong"), 2000)

    def __str__(self) -> str:
        return f"{enums.NIGHTLY_JOBS.get(self.job, self.job)} {self.day}"


class LoginSession(Entity):
    """One browser that is logged in; the cookie alone is worth nothing once this row is revoked."""

    title = _("Login session")
    token_hash: Mapped[str] = f.text(_("Token"), 64, unique=True)
    user_id: Mapped[int] = f.key(_("Login account"), "ab_user")
    address: Mapped[str] = f.text(_("Network address"), 45, default="")
    agent: Mapped[str] = f.text(_("Browser"), 200, default="")
    created_at: Mapped[datetime] = f.moment(_("Logged in at"), STAMPED)
    seen_at: Mapped[datetime] = f.moment(_("Last seen"), STAMPED)
    revoked_at: Mapped[datetime | None] = f.moment(_("Ended at"), STAMPED)


class LoginAttempt(Entity):
    """A try to log in, written before the password is looked at, so that parallel guesses all count."""

    title = _("Login attempt")
    __table_args__ = (
        sa.Index("ix_login_attempt_account_at", "account_hash", "at"),
        sa.Index("ix_login_attempt_address_at", "address", "at"),
    )
    account_hash: Mapped[str] = f.text(_("Account"), 64)
    address: Mapped[str] = f.text(_("Network address"), 45)
    at: Mapped[datetime] = f.moment(_("At"), STAMPED, default=clock.now)


class AccountState(Entity):
    """What the login account of the framework does not keep: whether the password must be changed."""

    title = _("Account state")
    user_id: Mapped[int] = f.key(_("Login account"), "ab_user", unique=True, index=False)
    must_change_password: Mapped[bool] = f.flag(_("Must change the password"))
    password_changed_at: Mapped[datetime | None] = f.moment(_("Password changed at"), STAMPED)
    reset_at: Mapped[datetime | None] = f.moment(_("Password reset at"), STAMPED)
    reset_by_id: Mapped[int | None] = f.stamp(_("Password reset by"))
    is_demo: Mapped[bool] = f.flag(_("Demo account"))
