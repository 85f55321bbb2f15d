"""后台任务: QUEUED → RUNNING → DONE, or CHECKED (an import waits for a yes) → QUEUED; FAILED may be tried again.

Workers move the row between QUEUED and its end (app/background.py); the verbs here are those of the person who asked.
"""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ... import clock
from ...actor import Actor
from ...enums import JobState
from ...errors import NotYours, WrongState
from ...models import Job
from ..machine import Workflow

S = JobState
flow = Workflow(Job)


BEGUN = _("the work has begun; this page shows how far it is and what came of it")


@flow.transition(S.CHECKED, to=S.QUEUED, label=_("Confirm and write"), icon="check", tone="primary", begun=BEGUN)
def confirm(job: Job, by: Actor) -> None:
    """确认: what was found right is checked once more and written, all of it or nothing."""
    _only_mine(job, by)
    job.step, job.done = "write", 0


@flow.transition(
    S.QUEUED, S.RUNNING, S.CHECKED, to=(S.CANCELLED, S.RUNNING), label=_("Cancel the job"), icon="ban", tone="danger",
    setbacks={S.RUNNING: _("asked to stop; it stops at its next step")},
)  # fmt: skip
def cancel(job: Job, by: Actor) -> JobState:
    """取消: at once where nobody works on it yet, else at the worker's next step; nothing is written."""
    if job.state is S.RUNNING:
        job.is_cancel_asked = True
        return S.RUNNING
    job.ended_at, job.message = clock.now(), gettext("Cancelled; nothing was written")
    return S.CANCELLED


@flow.transition(S.FAILED, to=S.QUEUED, label=_("Try again"), icon="rotate-right", tone="primary", begun=BEGUN)
def retry(job: Job, by: Actor) -> None:
    """重试: the same step again. Raises WrongState when that would only fail again."""
    _only_mine(job, by)
    if not job.is_retryable:
        raise WrongState(gettext("Trying again would fail again; please correct the file and upload it"))
    job.is_retryable, job.done, job.message = False, 0, None


def _only_mine(job: Job, by: Actor) -> None:
    """A job acts as the person who asked: nobody else starts it."""
    if job.asked_by_id != by.employee_id and not by.is_system:
        raise NotYours(gettext("Only the person who asked can do this"))
