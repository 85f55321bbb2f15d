"""保留期: old logins and the bytes of removed files go in the night, on both engines; what is younger stays."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from app import clock, jobs
from app import models as m
from app.actor import SYSTEM, acting_as
from app.database import db
from app.enums import AttachmentKind
from app.errors import NotYours
from app.unit_of_work import together
from app.workflows.system import attachment, expiry
from tests.files import pdf
from tests.kit import START, World, on_both

DAY = dt.timedelta(days=1)


def night(day: dt.date) -> list[tuple[str, int]]:
    with clock.on(day):
        return [(run.state.name, run.done) for run in jobs.nightly(day, {"expiry": jobs.JOBS["expiry"]})]


def moments(table: sa.Table, column: str) -> list[dt.datetime]:
    return list(db.session.scalars(sa.select(table.c[column]).order_by(table.c.id)))


@on_both
def test_old_logins_are_forgotten(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expiry, "AT_ONCE", 2)  # more than one transaction
    midnight = dt.datetime.combine(START, dt.time())
    edge, user = midnight - expiry.LOGINS, world["sales1"].user_id
    seen = [edge - DAY * n for n in (3, 2, 1)] + [edge, midnight]
    sessions, attempts = m.LoginSession.__table__, m.LoginAttempt.__table__
    db.session.execute(
        sa.insert(sessions),
        [{"token_hash": f"{n}", "user_id": user, "address": "", "agent": "", "created_at": at, "seen_at": at} for n, at in enumerate(seen)],
    )  # fmt: skip
    db.session.execute(sa.insert(attempts), [{"account_hash": "x", "address": "", "at": at} for at in seen])
    db.session.commit()
    assert night(START) == [("DONE", 6)]
    assert moments(sessions, "seen_at") == [edge, midnight] and moments(attempts, "at") == [edge, midnight]
    assert night(START) == []
    assert night(START + DAY) == [("DONE", 2)]


@on_both
def test_the_bytes_of_a_removed_file_go_and_the_row_stays(world: World) -> None:
    customer = world.company()
    with clock.on(START), acting_as(SYSTEM):
        kept, removed = (
            together(lambda name=name: attachment.attach(customer, AttachmentKind.LICENCE, name, pdf() + name.encode()), entity=m.Attachment)
            for name in ("执照.pdf", "拿错的.pdf")
        )  # fmt: skip
        together(lambda: attachment.detach(removed), entity=m.Attachment)
    last = START + expiry.REMOVED_FILES
    assert night(last) == [("DONE", 0)]
    assert attachment.content(removed)
    assert night(last + DAY) == [("DONE", 1)]
    assert attachment.content(kept)
    with pytest.raises(NotYours):
        attachment.content(removed)
    row = world.row(m.Attachment, id=removed.id)
    assert row.name == "拿错的.pdf" and row.removed_at is not None and len(row.sha256) == 64
    assert night(last + DAY) == []
