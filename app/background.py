"""Long work beside the pages: the row of a job is the truth, threads and processes only carry it out.

A request enqueues a job in its own transaction. A worker claims it with one conditional UPDATE, acts as the person who
asked (roles of that moment, read from the database), says how far it is in short transactions of its own, and closes the
row. A worker that dies leaves a row without a sign of life; the reaper makes it FAILED, to be tried again. A run that
lost its claim commits nothing: `Work.seal` closes the row inside the transaction of the work itself.
"""

from __future__ import annotations

import ctypes
import io
import logging
import tempfile
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import IO, Any

import sqlalchemy as sa
from flask import Flask
from flask_appbuilder.security.sqla.models import User
from flask_babel import gettext
from sqlalchemy.exc import DBAPIError

from . import actor as acting
from . import clock, outbox, scope
from .actor import SYSTEM, Actor
from .database import changed_rows, db
from .enums import OPEN_JOBS, JobState
from .errors import BusinessError, Busy, NotAllowed
from .models import Employee, Job, JobFile, JobFilePart
from .staff import actor_of
from .unit_of_work import together

S = JobState
JOB, FILE, PART = Job.__table__, JobFile.__table__, JobFilePart.__table__
PART_SIZE = 2**18
Bytes = bytes | IO[bytes]
MOST_OPEN = 20
STALE = timedelta(seconds=60)
HUNG = timedelta(minutes=5)
MOST_ATTEMPTS = 3  # what stood still so often would do it again
KEEP_FILES = timedelta(days=30)
KEEP: dict[str, timedelta] = {}  # kinds of work whose files go earlier
BEAT = 1.0

log = logging.getLogger(__name__)


@dataclass
class Outcome:
    """How a run ended. faults: sentences for the page; file: name and content to fetch; is_final: the same would happen again."""

    state: JobState
    message: str
    faults: list[Any] = field(default_factory=list)
    fault_count: int = 0
    file: tuple[str, Bytes] | None = None
    is_final: bool = False


class Hung(BaseException):
    """Thrown into a thread whose work stands still; nothing catches it on the way but what ends the run."""


class Stopped(Exception):
    """The run ends here, nothing of it is kept: cancelled, claimed by another, or the server is going down."""


@dataclass
class Work:
    """One run of a job, as the kind of work sees it."""

    id: int
    kind: str
    step: str
    entity: str
    verb: str
    parameters: dict[str, Any]
    claim: str
    closing: threading.Event = field(default_factory=threading.Event)
    is_sealed: bool = False
    moved: float = field(default_factory=time.monotonic)
    _told: float = 0.0
    _is_writing: bool = False

    def progress(self, done: int, total: int) -> None:
        """How far the work is, at most once a second, in a transaction of its own; also the sign of life.

        Raises: Stopped when the person or the server wants the work to end, or another worker took it.
        """
        self.moved = time.monotonic()
        if self.moved - self._told < BEAT:
            return
        self._told = time.monotonic()
        if self.closing.is_set():
            raise Stopped
        if self._is_writing and db.engine.dialect.name == "sqlite":
            return  # our own transaction holds the one write lock; it is over in moments
        with suppress(DBAPIError), db.engine.begin() as connection:  # a figure less is no reason to end the work
            told = connection.execute(
                sa.update(JOB)
                .where(JOB.c.id == self.id, JOB.c.claim == self.claim, JOB.c.state == S.RUNNING)
                .where(JOB.c.is_cancel_asked.is_(False))
                .values(done=done, total=total, heartbeat_at=clock.now())
            )
            if told.rowcount == 0:
                raise Stopped

    def writing(self) -> None:
        """From here on the transaction of the work has written something."""
        self._is_writing = True

    def seal(
        self, message: str, file: tuple[str, Bytes] | None = None, faults: list[Any] | None = None, fault_count: int = 0
    ) -> None:
        """Finished, in the transaction of the work: both are kept or neither. Raises Stopped when the claim was lost."""
        if not _close(self, Outcome(S.DONE, message, faults=faults or [], fault_count=fault_count, file=file)):
            raise Stopped
        self.is_sealed = True

    def file(self) -> tuple[str, bytes]:
        """Name and bytes of what came with the job."""
        found = file_of(self.id, is_result=False)
        if found is None:
            raise BusinessError(gettext("The file is no longer kept; please upload it again"))
        with found[1] as content:
            return found[0], content.read()


Run = Callable[[Work], Outcome | None]
KINDS: dict[str, Run] = {}


def kind(name: str) -> Callable[[Run], Run]:
    """Decorator: the function below carries out jobs of this kind; it may be called again after a failure."""

    def keep(run: Run) -> Run:
        KINDS[name] = run
        return run

    return keep


def enqueue(
    kind: str, subject: str, *, entity: str, verb: str, parameters: dict[str, Any], step: str = "",
    file: tuple[str, bytes] | None = None, most_of_kind: int | None = None,
) -> Job:  # fmt: skip
    """A job in the queue, in the transaction that is under way; it runs once that is committed.

    most_of_kind: how many of this kind one person may have open.
    Raises: NotAllowed without the right to the verb; BusinessError when the person has too many open jobs.
    """
    by = acting.current()
    if not by.may(verb, entity) or (by.employee_id is None and not by.is_system):
        raise NotAllowed(gettext("There is no such action"))
    _wait_for_own_requests(by)
    mine = sa.select(sa.func.count()).select_from(JOB).where(JOB.c.asked_by_id == by.employee_id)
    for most, these in ((MOST_OPEN, sa.true()), (most_of_kind, JOB.c.kind == kind)):
        if most is not None and (db.session.scalar(mine.where(JOB.c.state.in_(OPEN_JOBS), these)) or 0) >= most:
            raise BusinessError(gettext("You have %(most)s unfinished background jobs; please wait", most=most))
    job = Job(
        kind=kind, step=step, subject=subject[:160], entity=entity, verb=verb, parameters=parameters,
        asked_by_id=by.employee_id,
    )  # fmt: skip
    db.session.add(job)
    with scope.elevated():
        db.session.flush()
    if file is not None:
        _keep(job.id, file, is_result=False)
    return job


def _wait_for_own_requests(by: Actor) -> None:
    """Requests of one person pass one by one from here to their commit, so that none of them miscounts."""
    person = Employee.__table__
    db.session.execute(
        sa.update(person)
        .where(person.c.id == by.employee_id)
        .values(version=person.c.version, changed_at=person.c.changed_at)
    )


def run_next(closing: threading.Event | None = None, begin: Callable[[Work], None] = lambda _work: None) -> bool:
    """Claim the oldest job in the queue and carry it out; False when there was none. begin: is told which."""
    work = _claim(closing or threading.Event())
    if work is None:
        return False
    begin(work)
    try:
        outcome = _carry_out(work)
    except Stopped:
        db.session.rollback()
        outcome = _stopped(work)
    except Exception:
        db.session.rollback()
        reference = uuid.uuid4().hex[:8]
        log.exception("fault %s in job %s", reference, work.id)
        words = gettext("Something went wrong; nothing was written. Try again, or report number %(n)s", n=reference)
        outcome = Outcome(S.FAILED, words)
    if outcome is not None and not work.is_sealed:
        with acting.acting_as(SYSTEM):
            together(lambda: _close(work, outcome), entity=Job)
    db.session.remove()
    return True


def _claim(closing: threading.Event) -> Work | None:
    """The oldest job of the queue, if this worker is the first to take it."""
    db.session.rollback()
    waiting = sa.select(JOB).where(JOB.c.state == S.QUEUED).order_by(JOB.c.id).limit(5)
    for row in db.session.execute(waiting).all():
        claim, now = uuid.uuid4().hex, clock.now()
        taken = (
            sa.update(JOB)
            .where(JOB.c.id == row.id, JOB.c.state == S.QUEUED)
            .values(state=S.RUNNING, claim=claim, started_at=now, heartbeat_at=now, ended_at=None, done=0,
                    is_cancel_asked=False, is_retryable=False, attempts=JOB.c.attempts + 1, version=JOB.c.version + 1)
        )  # fmt: skip
        won = changed_rows(taken) == 1
        db.session.commit()
        if won:
            return Work(row.id, row.kind, row.step, row.entity, row.verb, row.parameters, claim, closing)
    return None


def person_of(job_id: int) -> Actor | None:
    """Who asked, with the roles of this moment; None when the account was closed."""
    person, user = Employee.__table__, User.__table__
    found = db.session.execute(
        sa.select(JOB.c.asked_by_id, user.c.id, user.c.username)
        .select_from(JOB)
        .outerjoin(person, person.c.id == JOB.c.asked_by_id)
        .outerjoin(user, sa.and_(user.c.id == person.c.user_id, user.c.active))
        .where(JOB.c.id == job_id)
    ).one()
    if found.asked_by_id is None:
        return SYSTEM
    return actor_of(found.id, found.username) if found.id is not None else None


def _carry_out(work: Work) -> Outcome | None:
    by = person_of(work.id)
    if by is None or not by.may(work.verb, work.entity) or work.kind not in KINDS:
        return Outcome(S.CANCELLED, gettext("The role of who asked does not include this any more"))
    with acting.acting_as(by):
        try:
            return KINDS[work.kind](work)
        except BusinessError as fault:
            db.session.rollback()
            return Outcome(S.FAILED, str(fault), is_final=not isinstance(fault, Busy))


def _stopped(work: Work) -> Outcome:
    if work.closing.is_set():
        return Outcome(S.QUEUED, "")
    return Outcome(S.CANCELLED, gettext("Cancelled; nothing was written"))


def _close(work: Work, outcome: Outcome) -> bool:
    """Write how the run ended, if it is still this worker's; the result beside it."""
    ended = None if outcome.state is S.QUEUED else clock.now()
    closed = (
        sa.update(JOB)
        .where(JOB.c.id == work.id, JOB.c.claim == work.claim, JOB.c.state == S.RUNNING)
        .values(state=outcome.state, message=outcome.message[:1000], faults=outcome.faults, claim=None, ended_at=ended,
                fault_count=outcome.fault_count, is_retryable=outcome.state is S.FAILED and not outcome.is_final, done=JOB.c.total, version=JOB.c.version + 1,
                result_name=outcome.file[0][:160] if outcome.file else None)
    )  # fmt: skip
    if changed_rows(closed) == 0:
        return False
    db.session.execute(sa.delete(FILE).where(FILE.c.job_id == work.id, FILE.c.is_result))
    if outcome.file is not None:
        _keep(work.id, outcome.file, is_result=True)
    return True


def _keep(job_id: int, file: tuple[str, Bytes], *, is_result: bool) -> None:
    """A file beside its job, part by part."""
    name, content = file
    source = io.BytesIO(content) if isinstance(content, bytes) else content
    size = source.seek(0, io.SEEK_END)
    source.seek(0)
    head = sa.insert(FILE).values(job_id=job_id, is_result=is_result, name=name[:160], size=size)
    file_id = db.session.scalar(head.returning(FILE.c.id))
    for number, part in enumerate(iter(lambda: source.read(PART_SIZE), b"")):
        db.session.execute(sa.insert(PART).values(file_id=file_id, sequence=number, content=part))


def file_of(job_id: int, *, is_result: bool) -> tuple[str, IO[bytes]] | None:
    """(name, open temporary file) of what a job was given or left; None when there is none, or none any more."""
    head = db.session.execute(sa.select(FILE).where(FILE.c.job_id == job_id, FILE.c.is_result.is_(is_result))).first()
    if head is None:
        return None
    parts = sa.select(PART.c.content).where(PART.c.file_id == head.id).order_by(PART.c.sequence)
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by who asked
    for part in db.session.scalars(parts, execution_options={"yield_per": 4}):
        file.write(part)
    if file.tell() != head.size:  # it went meanwhile
        file.close()
        return None
    file.seek(0)
    return head.name, file


def reap(stale: timedelta = STALE) -> int:
    """Jobs whose worker gave no sign of life are FAILED, to be tried again; old files go. Gives how many were dead."""

    def work() -> int:
        now = clock.now()
        dead = changed_rows(
            sa.update(JOB)
            .where(JOB.c.state == S.RUNNING, JOB.c.heartbeat_at < now - stale)
            .values(state=S.FAILED, is_retryable=JOB.c.attempts < MOST_ATTEMPTS, claim=None, ended_at=now, version=JOB.c.version + 1,
                    message=gettext("The work was interrupted; nothing was written, please try again"))
        )  # fmt: skip
        ages = [sa.and_(JOB.c.kind == name, JOB.c.ended_at < now - age) for name, age in KEEP.items()]
        old = sa.select(JOB.c.id).where(sa.or_(JOB.c.ended_at < now - KEEP_FILES, *ages))
        changed_rows(sa.delete(FILE).where(FILE.c.job_id.in_(old)))
        return dead

    with acting.acting_as(SYSTEM):
        return together(work, entity=Job)


@dataclass
class Seat:
    """A place at which one thread works: what it is at, if it is at something."""

    name: str
    thread: threading.Thread | None = None
    work: Work | None = None

    @property
    def stands_still(self) -> bool:
        """Whether its work gave no sign for so long that nobody expects one: a thread that works tells how far it is."""
        return self.work is not None and time.monotonic() - self.work.moved > HUNG.total_seconds()


class Workers:
    """A bounded number of threads that carry out jobs until they are stopped; what they leave goes back to the queue.

    A watch makes jobs without a sign of life FAILED and gives the seat of a thread that hangs to a new one.
    """

    def __init__(self, app: Flask, count: int, pause: float = 1.0) -> None:
        self.app, self.pause, self.closing = app, pause, threading.Event()
        self.seats = [Seat(f"worker-{n}") for n in range(count)]
        self.watch = threading.Thread(target=self._watch, name="worker-watch", daemon=True)

    @property
    def threads(self) -> list[threading.Thread]:
        return [seat.thread for seat in self.seats if seat.thread is not None]

    def start(self) -> Workers:
        for seat in self.seats:
            self._sit_down(seat)
        self.watch.start()
        return self

    def stop(self, patience: float = 10.0) -> None:
        self.closing.set()
        for thread in (*self.threads, self.watch):
            if thread.is_alive():
                thread.join(patience)

    def _sit_down(self, seat: Seat) -> None:
        seat.work = None
        seat.thread = threading.Thread(target=self._sit, args=(seat,), name=seat.name, daemon=True)
        seat.thread.start()

    def _watch(self) -> None:
        while not self.closing.is_set():
            try:
                with self.app.app_context():
                    reap()
                    outbox.reap()
                self.relieve()
            except Exception:
                log.exception("the watch over the workers stumbled")
            self.closing.wait(STALE.total_seconds() / 2)

    def relieve(self) -> int:
        """Threads that hang are ended and their seats filled again; what they did has lost its claim. Gives how many."""
        hung = [seat for seat in self.seats if seat.stands_still]
        for seat in hung:
            assert seat.thread is not None and seat.work is not None
            log.error("job %s stands still; its thread is given up", seat.work.id)
            _end(seat.thread)
            self._sit_down(seat)
        return len(hung)

    def _sit(self, seat: Seat) -> None:
        mine = threading.current_thread()
        with suppress(Hung):
            while not self.closing.is_set() and seat.thread is mine:
                if not self._work(seat):
                    self.closing.wait(self.pause)

    def _work(self, seat: Seat) -> bool:
        """One message out and one job; whether there was any."""
        mine = threading.current_thread()

        def begin(work: Work) -> None:
            if seat.thread is mine:
                seat.work = work

        try:
            with self.app.app_context():
                return outbox.send_next() | run_next(self.closing, begin)
        except Exception:
            log.exception("a worker stumbled")
            return False
        finally:
            if seat.thread is mine:
                seat.work = None


def _end(thread: threading.Thread) -> None:
    """Throw Hung into a thread; it arrives when the next line of Python is reached there."""
    if thread.ident is not None:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(Hung))
