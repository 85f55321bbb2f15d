"""夜间任务: what runs every night, by business date.

One process does the night's work at a time, whoever begins: every web process by itself (`app/night.py`), cron, a
person. Each job of each day is a row of `NightlyRun`, taken before the work begins. Days that were missed are done first,
in order; a job that fails waits at its day and does not hold up the others. Every step is a transaction of its own and
finds nothing to do the second time. A night of a day that has not come was done by a clock that was wrong; it is done
again when its day has come.
A new job is a function here, a line in `JOBS` and its label in `enums.NIGHTLY_JOBS`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

import sqlalchemy as sa
from flask_babel import gettext

from . import clock
from .actor import SYSTEM, acting_as
from .database import changed_rows, db, only_one
from .enums import CouponState, CreditLimitState, PackageState, QuotationState, RetentionState, RunState, VisitSource
from .errors import AlreadyThere, BusinessError, WrongState
from .models import (
    Coupon,
    CreditLimit,
    Entity,
    MachineUnit,
    NightlyRun,
    PartQuotation,
    Retention,
    ServicePackage,
    ServiceReminder,
    VisitPlan,
)
from .reports import books
from .unit_of_work import together
from .workflows.coupons import coupon
from .workflows.crm import credit_limit
from .workflows.finance import retention
from .workflows.machine import Transition
from .workflows.parts import proposal, quotation
from .workflows.service import maintenance, package, rating, visit_plan
from .workflows.system import expiry, notice

log = logging.getLogger(__name__)
LOCK = 7_412_003  # of the one process that does the night's work
PATIENCE = timedelta(hours=1)  # between attempts at a job that failed
RUN = NightlyRun.__table__
Job = Callable[[NightlyRun], int]
T = TypeVar("T")


class PartlyFailed(Exception):
    """Some rows could not be done; the others are. done: how many."""

    def __init__(self, done: int, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.done = done


def coupons(run: NightlyRun) -> int:
    """卡券到期: active coupons past their last day become expired, with an entry; the balance stays and an extension brings
    it back; frozen ones are looked at when they are released."""
    late = sa.select(Coupon.id).where(Coupon.state == CouponState.ACTIVE, Coupon.valid_to < run.day)
    return each(Coupon, db.session.scalars(late.order_by(Coupon.id)).all(), coupon.expire)


def quotations(run: NightlyRun) -> int:
    """报价到期: sent and agreed quotations past their last day become expired; used ones and promised stock stay."""
    open_ = (QuotationState.SENT, QuotationState.AGREED)
    late = sa.select(PartQuotation.id).where(PartQuotation.state.in_(open_), PartQuotation.valid_until < run.day)
    return each(PartQuotation, db.session.scalars(late.order_by(PartQuotation.id)).all(), quotation.expire)


def credit_limits(run: NightlyRun) -> int:
    """授信到期: past the last day; what is owed already stays owed."""
    late = sa.select(CreditLimit.id).where(
        CreditLimit.state == CreditLimitState.APPROVED, CreditLimit.valid_until < run.day
    )
    return each(CreditLimit, db.session.scalars(late.order_by(CreditLimit.id)).all(), credit_limit.expire)


def packages(run: NightlyRun) -> int:
    """保养包到期: past its last day with services left."""
    late = sa.select(ServicePackage.id).where(
        ServicePackage.state == PackageState.ACTIVE, ServicePackage.valid_until < run.day
    )
    return each(ServicePackage, db.session.scalars(late.order_by(ServicePackage.id)).all(), package.expire)


def check_books(run: NightlyRun) -> int:
    """账实核对: every balance against its journal; differences stand in the run, in the log and in a notice to the general
    manager and finance."""
    found = books.differences()
    if not found:
        return 0
    words = [str(difference) for difference in found]
    log.error("books of %s: %s", run.day, "; ".join(words))

    def tell() -> None:
        db.session.execute(sa.update(RUN).where(RUN.c.id == run.id).values(fault="\n".join(words)[:2000]))
        subject = gettext("Check of the books: %(n)s differences; %(first)s", n=len(words), first=words[0])
        notice.tell(notice.in_role("gm", "finance"), subject, run, "differences")

    together(tell)
    return len(found)


def proposals(run: NightlyRun) -> int:
    """采购建议: what runs low or is waited for stands before the buyer in the morning; gives how many are open."""
    return together(lambda: proposal.propose_low_stock(run.day))


def reminders(run: NightlyRun) -> int:
    """保养提醒: machines that reach their next service within two weeks; gives how many were written."""
    one_by_one(MachineUnit, maintenance.sold_units(), lambda unit_id: maintenance.remind(unit_id, run.day))
    written = sa.select(sa.func.count(ServiceReminder.id)).where(ServiceReminder.business_on == run.day)
    return db.session.scalar(written) or 0


def visits(run: NightlyRun) -> int:
    """定期回访: machines whose turn it is; openings of rating links that no longer count are forgotten."""
    together(rating.forget_attempts)
    regular = sa.select(VisitPlan).where(VisitPlan.source == VisitSource.PERIODIC, VisitPlan.is_enabled)
    turns = [
        (plan.id, unit_id)
        for plan in db.session.scalars(regular.order_by(VisitPlan.id)).all()
        for unit_id in db.session.scalars(visit_plan.due_units(plan, run.day)).all()
    ]
    return one_by_one(MachineUnit, turns, lambda turn: visit_plan.ask_again(*turn, run.day))


def retentions(run: NightlyRun) -> int:
    """质保金到期: from the day after the full year, where nobody complains."""
    due = sa.select(Retention.id).where(Retention.state == RetentionState.RUNNING, Retention.due_on <= run.day)
    return each(Retention, db.session.scalars(due.order_by(Retention.id)).all(), retention.mature)


def aged(run: NightlyRun) -> int:
    """过期清理: login sessions and attempts of more than 180 days ago go, and the bytes of attachments that were taken away
    more than 90 days ago, some hundred a transaction."""
    done = 0
    for step in expiry.STEPS:
        while some := together(lambda step=step: step(run.day)):  # type: ignore[misc]
            done += some
    return done


JOBS: dict[str, Job] = {
    "coupons": coupons, "quotations": quotations, "packages": packages, "credit_limits": credit_limits, "proposals": proposals, "visits": visits,
    "retentions": retentions, "reminders": reminders, "books": check_books,
    "expiry": aged,
}  # fmt: skip


def nightly(day: date, jobs: dict[str, Job] | None = None) -> list[NightlyRun]:
    """Everything up to the end of what `day` begins with; gives the runs that were made now, in order.

    Raises: BusinessError for a day that has not come.
    """
    if day > clock.today():
        raise BusinessError(gettext("%(day)s has not come yet", day=day.isoformat()))
    made: list[NightlyRun] = []
    with acting_as(SYSTEM), only_one(LOCK) as is_ours:
        if not is_ours:
            return made
        doubt()
        for name, job in (JOBS if jobs is None else jobs).items():
            for missing in _missing_days(name, day):
                run = _take(name, missing)
                if run is None:
                    continue  # done
                made.append(_do(run, job))
                if made[-1].state is not RunState.DONE:
                    break  # later days wait for this one
    return made


def each(entity: type[Entity], ids: Iterable[int], verb: Transition) -> int:
    """Fire an inner verb on every row, each in its own transaction. Raises PartlyFailed, after all were tried."""
    return one_by_one(entity, ids, lambda row_id: verb(db.session.get_one(entity, row_id)))


def one_by_one(entity: type[Entity], turns: Iterable[T], work: Callable[[T], Any]) -> int:
    """Do the work for every turn, each in its own transaction. Raises PartlyFailed, after all were tried."""
    done, faults = 0, []
    for turn in turns:
        try:
            together(lambda turn=turn: work(turn))  # type: ignore[misc]
            done += 1
        except (WrongState, AlreadyThere):
            continue  # somebody moved it, or made it, a moment ago
        except Exception as fault:
            log.exception("nightly work on %s %s", entity.__name__, turn)
            faults.append(f"{entity.title} {turn}: {fault}")
    if faults:
        raise PartlyFailed(done, faults)
    return done


def is_due() -> bool:
    """Whether a job of today is neither done nor has failed within the last hour, or a night was done too early."""
    now = clock.now()
    is_done = sa.and_(RUN.c.day == now.date(), RUN.c.state == RunState.DONE)
    waits = sa.and_(RUN.c.state == RunState.FAILED, RUN.c.started_at.between(now - PATIENCE, now))
    quiet = set(db.session.scalars(sa.select(RUN.c.job).where(sa.or_(is_done, waits))))
    too_early = db.session.scalar(sa.select(sa.func.count()).select_from(RUN).where(_too_early()))
    return bool(set(JOBS) - quiet or too_early)


def last_days() -> dict[str, date]:
    """Job → the last business day that was done and is believed."""
    done = sa.select(RUN.c.job, sa.func.max(RUN.c.day)).where(RUN.c.state == RunState.DONE, ~_too_early())
    return dict(db.session.execute(done.group_by(RUN.c.job)).all())


def _too_early() -> Any:
    """Done, but on a day or at a moment that has not come: the clock was ahead."""
    ahead = sa.or_(RUN.c.day > clock.today(), RUN.c.ended_at > clock.now())
    return sa.and_(RUN.c.state == RunState.DONE, ahead)


def doubt() -> None:
    """What a clock that was ahead has marked as done is not believed: it is done again on its day, and somebody is told."""

    def work() -> None:
        days = sorted(set(db.session.scalars(sa.select(RUN.c.day).where(_too_early()))))
        if not days:
            return
        first = db.session.scalars(sa.select(NightlyRun).where(_too_early()).order_by(NightlyRun.id)).first()
        words = gettext(
            "The clock was ahead: nights up to %(day)s were done before their day. They will be done again; "
            "please look at what ran out meanwhile",
            day=days[-1].isoformat(),
        )
        notice.tell(notice.in_role("sysadmin", "gm"), words, first, f"too early {days[-1]}")
        db.session.execute(sa.update(RUN).where(_too_early()).values(state=RunState.FAILED, fault=words))

    together(work)


def _missing_days(name: str, day: date) -> list[date]:
    """Business days from the one after the last that was done; the first time only the day itself."""
    last = last_days().get(name)
    begun = db.session.scalar(sa.select(sa.func.min(RUN.c.day)).where(RUN.c.job == name, RUN.c.day <= day))
    first = last + timedelta(days=1) if last is not None else begun or day
    return [first + timedelta(days=n) for n in range((day - first).days + 1)]


def _take(name: str, day: date) -> NightlyRun | None:
    """The row of this job and day, ours now; None when it is done. One that never ended: its process died."""
    started = clock.now()

    def work() -> NightlyRun | None:
        row = db.session.scalars(
            sa.select(NightlyRun).where(NightlyRun.job == name, NightlyRun.day == day)
        ).one_or_none()
        if row is None:
            row = NightlyRun(job=name, day=day, started_at=started)
            db.session.add(row)
            db.session.flush()
            return row
        if row.state is RunState.DONE:
            return None
        again = {"state": RunState.RUNNING, "started_at": started, "ended_at": None, "fault": None}
        hit = changed_rows(
            sa.update(RUN).where(RUN.c.id == row.id, RUN.c.tries == row.tries).values(tries=row.tries + 1, **again)
        )
        return row if hit == 1 else None

    return together(work)


def _do(run: NightlyRun, job: Job) -> NightlyRun:
    """The work on its business day, and how it ended."""
    ended = {"state": RunState.FAILED, "done": 0}
    try:
        with clock.on(run.day):
            ended = {"state": RunState.DONE, "done": job(run)}
    except PartlyFailed as fault:
        ended |= {"done": fault.done, "fault": str(fault)[:2000]}
    except Exception as fault:
        log.exception("nightly job %s of %s", run.job, run.day)
        ended |= {"fault": f"{type(fault).__name__}: {fault}"[:2000]}
    finally:
        _end(run, ended, clock.now())
    return run


def _end(run: NightlyRun, ended: dict[str, Any], moment: datetime) -> None:
    def work() -> None:
        db.session.execute(sa.update(RUN).where(RUN.c.id == run.id).values(ended_at=moment, **ended))
        db.session.refresh(run)
        if run.state is RunState.FAILED:
            subject = gettext("%(job)s has failed; please look at what went wrong", job=str(run))
            notice.tell(notice.in_role("sysadmin"), subject, run, f"failed {moment.date()}")

    together(work)
