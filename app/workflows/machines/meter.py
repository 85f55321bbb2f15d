"""小时表: every reading of a machine's hour meter, in order; by hand, or out of the document that looked at it.

A meter never runs backwards and never faster than the clock. A new meter (换表) begins anew while the hours in all go
on; a reading that was noted wrongly is corrected with a reason. Source: dictionary B-08 hour_meter, brief S33.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ... import actor as acting
from ... import clock
from ...actor import Actor
from ...database import db
from ...enums import MeterSource
from ...errors import WrongAmount, WrongState
from ...formulas.meter import most_hours
from ...models import Document, MachineUnit, MeterReading
from .. import checks, machine
from .unit import flow

ZERO = Decimal(0)


def read(
    unit: MachineUnit,
    hours: Decimal,
    on: date,
    source: MeterSource,
    *,
    origin: Document | None = None,
    field: str = "hour_meter",
) -> MeterReading:
    """Note what the meter says; the only way in which a machine's hours go up.

    origin: the document that looked at it; field: where on its form the hours were typed.
    Raises: WrongAmount as `check` does.
    """
    unit = machine.lock(MachineUnit, unit.id)
    check(unit, hours, on, field)
    return _note(unit, hours, on, source, origin=origin)


def check(unit: MachineUnit, hours: Decimal, on: date, field: str = "hour_meter") -> None:
    """Whether a meter can say this on a day; papers that are carried out later ask when they are typed.

    Raises: WrongAmount when the meter ran backwards, or faster than 24 hours a day, or before its last reading.
    """
    if hours < 0:
        raise WrongAmount(gettext("An hour meter does not show less than zero"), field=field)
    if on > clock.today():
        raise WrongAmount(gettext("%(day)s has not come yet", day=on.isoformat()), field="read_on")
    last, last_on = unit.hour_meter, unit.hour_meter_on
    if last_on is not None and on < last_on:
        raise WrongAmount(
            gettext("The hour meter was read on %(day)s already; an earlier day adds nothing", day=last_on.isoformat()),
            field="read_on",
        )
    if hours < last:
        raise WrongAmount(
            gettext(
                "The hour meter stood at %(last)s hours before; it cannot run backwards to %(reading)s. "
                "If the meter was replaced, the service manager notes that first",
                last=plain(last),
                reading=plain(hours),
            ),
            field=field,
        )
    if last_on is not None and hours - last > most_hours(last_on, on):
        raise WrongAmount(
            gettext(
                "%(reading)s hours cannot be: on %(day)s the meter stood at %(last)s, and a day has 24 hours. "
                "If the last reading was wrong, the service manager corrects it first",
                reading=plain(hours),
                day=last_on.isoformat(),
                last=plain(last),
            ),
            field=field,
        )


def last_before(unit: MachineUnit, moment: datetime | None) -> MeterReading | None:
    """The last reading that was noted up to a moment, of all of them without one."""
    query = sa.select(MeterReading).where(MeterReading.unit_id == unit.id)
    if moment is not None:
        query = query.where(MeterReading.noted_at <= moment)
    return db.session.scalars(query.order_by(MeterReading.id.desc()).limit(1)).one_or_none()


def put_back(unit: MachineUnit, hours: Decimal, on: date | None, origin: Document) -> None:
    """What the document read does not count any more; the journal says so, and the meter stands as before it.

    Raises: WrongState when somebody has read the meter since.
    """
    last = last_before(unit, None)
    if last is None or (last.origin, last.origin_id) != (type(origin).__name__, origin.id):
        raise WrongState(gettext("The hour meter of %(unit)s was read again since", unit=unit.serial_number))
    _note(unit, hours, on or clock.today(), MeterSource.CORRECTION, origin=origin, reason=gettext("Dispatch withdrawn"))
    unit.hour_meter_on = on


def plain(hours: Decimal) -> str:
    """Hours without zeros at the end."""
    return f"{hours.normalize():f}"


def _note(
    unit: MachineUnit,
    hours: Decimal,
    on: date,
    source: MeterSource,
    *,
    origin: Document | None = None,
    is_replaced: bool = False,
    reason: str | None = None,
) -> MeterReading:
    unit.hour_meter, unit.hour_meter_on = hours, on
    noted = MeterReading(
        unit_id=unit.id,
        read_on=on,
        hours=hours,
        total_hours=unit.running_hours,
        source=source,
        is_replaced=is_replaced,
        reason=reason,
        origin=type(origin).__name__ if origin else None,
        origin_id=origin.id if origin else None,
        origin_number=origin.number if origin else None,
        noted_by_id=acting.current().employee_id,
    )
    db.session.add(noted)
    db.session.flush()
    return noted


@flow.transition(to=None, label=_("Read the hour meter"), icon="gauge-high")
def read_meter(unit: MachineUnit, by: Actor, *, hours: Decimal, read_on: date | None = None) -> None:
    """抄表: somebody looked at the meter, or the customer told it."""
    read(unit, hours, read_on or clock.today(), MeterSource.BY_HAND, field="hours")


@flow.transition(to=None, label=_("Replace the hour meter"), icon="arrows-rotate")
def replace_meter(
    unit: MachineUnit, by: Actor, *, last_hours: Decimal | None = None, new_hours: Decimal | None = None, reason: str
) -> None:
    """换表: the old meter's last hours are noted, the new one begins; the hours in all go on.

    last_hours: of the old meter; None when nobody can read it any more. new_hours: what the new one shows, default 0.
    """
    said = checks.reason(reason)
    if last_hours is not None:
        read(unit, last_hours, clock.today(), MeterSource.BY_HAND, field="last_hours")
    begin = new_hours or ZERO
    if begin < 0:
        raise WrongAmount(gettext("An hour meter does not show less than zero"), field="new_hours")
    unit.earlier_hours = unit.running_hours - begin
    _note(unit, begin, clock.today(), MeterSource.BY_HAND, is_replaced=True, reason=said)


@flow.transition(to=None, label=_("Correct the hour meter"), icon="pen")
def correct_meter(unit: MachineUnit, by: Actor, *, hours: Decimal, reason: str) -> None:
    """更正读数: an earlier reading was noted wrongly; it stays in the journal, and from here on this one counts."""
    if hours < 0:
        raise WrongAmount(gettext("An hour meter does not show less than zero"), field="hours")
    _note(unit, hours, clock.today(), MeterSource.CORRECTION, reason=checks.reason(reason))
