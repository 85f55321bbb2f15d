"""服务质量, by a story told by hand: who came when, what customers said, who complained; every figure worked out on paper.

| order | technician | kind | reported→assigned→accepted→arrived→finished | rating |
|---|---|---|---|---|
| 1 | 李强 | 维修 | 08:00 → 08:10 → 08:25 → 09:25 → 11:25 | all 5, manner 3: 88 |
| 2 | 李强 | 维修 | 08:00 → 08:30 → 08:45 → 10:15 → 11:15 | all 5: 100 |
| 3 | 李强 | 保养 | 08:00 → 08:50 → 09:25 → 09:55 → 10:56 | all 2: 40, a complaint |
| 4 | 王磊 | 维修 | 08:00 → 09:00 → accepted 09:07 | none |
| 5 | 王磊 | 维修 | cancelled | |
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

from app import clock
from app import models as m
from app.actor import acting_as
from app.database import db
from app.enums import WorkOrderKind
from app.screens import ReportScreen
from app.screens.report import Sheet
from app.unit_of_work import fire
from tests.asked import SERVICE, answered, complains, visit_of
from tests.kit import D, World, on_both
from tests.vans import Vans

DAY = dt.date(2025, 3, 5)
ALL = ("SPEED", "SKILL", "MANNER", "PARTS", "PRICE", "OVERALL")


def at(hour: int, minute: int, second: int = 0) -> Any:
    return clock.on(DAY, dt.time(hour, minute, second))


def told(world: World) -> None:
    vans, customer = Vans(world), world.company()

    def order(who: str, kind: WorkOrderKind, *moments: tuple[int, int]) -> m.WorkOrder:
        with at(8, 0):
            made = vans.order(customer, kind=kind)
        verbs = [("assign", {}), ("accept", {}), ("arrive", {}), ("finish", {"solution": "修好了"})]
        for moment, (verb, answers) in zip(moments, verbs, strict=False):
            with at(*moment, second=30 if verb == "finish" else 0):
                if verb == "assign":
                    vans.assigned(made, who, helper="tech2" if who == "tech1" else None)
                elif verb == "finish":
                    vans.finish(made, who, **answers)
                else:
                    fire(made, verb, by=world[who], **answers)
        return made

    def rated(made: m.WorkOrder, **lower: int) -> None:
        with at(17, 0):
            fire(made, "review", by=world["service_manager"])
            fire(made, "settle", by=world["finance"])
            fire(visit_of(world, made), "complete", by=world["visits"], lines=answered(SERVICE, **lower))

    repair = WorkOrderKind.REPAIR
    rated(order("tech1", repair, (8, 10), (8, 25), (9, 25), (11, 25)), MANNER=3)
    rated(order("tech1", repair, (8, 30), (8, 45), (10, 15), (11, 15)))
    rated(order("tech1", WorkOrderKind.MAINTAIN, (8, 50), (9, 25), (9, 55), (10, 56)), **dict.fromkeys(ALL, 2))
    late = order("tech2", repair, (9, 0), (9, 7))
    fire(order("tech2", repair), "cancel", by=world["clerk"], reason="误报")
    complains(world, customer, work_order=late)


def sheet(world: World, by: str = "gm", **args: str) -> list[dict[str, Any]]:
    """The rows of the report as somebody sees them."""
    screen = next(
        v for v in world.app.appbuilder.baseviews if isinstance(v, ReportScreen) and v.report.name == "ServiceQuality"
    )
    with world.app.test_request_context("/"), acting_as(world[by]), clock.on(DAY):
        read: Sheet = screen.read(MultiDict(args), "list")
        found = [{c.name: screen.value(row, c, read) for c in read.columns} for row in read.stream()]
        db.session.rollback()
        return found


@pytest.fixture
def story(world: World) -> Iterator[World]:
    told(world)
    yield world


@on_both
def test_response_times_by_technician(story: World) -> None:
    li, wang = sheet(story, show="TIMES")
    # 10, 30, 50 → 30; 15, 15, 35 → 65 / 3 = 21.67; 60, 90, 30 → 60; 120, 60, 61 (and half a minute) → 241 / 3 = 80.33
    assert li == {
        "group_name": "李强", "orders": 3, "finished": 3, "assign_mean": 30, "assign_median": 30, "accept_mean": 22,
        "accept_median": 15, "arrive_mean": 60, "arrive_median": 60, "finish_mean": 80, "finish_median": 61,
    }  # fmt: skip
    assert wang == {
        "group_name": "王磊", "orders": 1, "finished": 0, "assign_mean": 60, "assign_median": 60, "accept_mean": 7,
        "accept_median": 7, "arrive_mean": None, "arrive_median": None, "finish_mean": None, "finish_median": None,
    }  # fmt: skip
    repair, maintain = sheet(story, show="TIMES", group="KIND")
    # 10, 30, 60 → 100 / 3 = 33.33, in the middle 30; two that finished: 120 and 60 → 90, between them 90
    assert (str(repair["group_name"]), repair["orders"], repair["assign_mean"], repair["assign_median"]) == (
        "维修",
        3,
        33,
        30,
    )
    assert (repair["finish_mean"], repair["finish_median"]) == (90, 90) and maintain["finish_mean"] == 61


@on_both
def test_ratings_by_technician_and_kind(story: World) -> None:
    li, wang = sheet(story, show="SCORES")
    # (88 + 100 + 40) / 3 = 76; manner (3 + 5 + 2) / 3 = 3.33; the others (5 + 5 + 2) / 3 = 4
    assert (li["rated"], li["score"], li["manner"], li["speed"], li["machine"]) == (
        3,
        D("76.00"),
        D("3.33"),
        D("4.00"),
        None,
    )
    assert (li["low"], li["complaints"]) == (1, 1)
    assert (wang["rated"], wang["score"], wang["low"], wang["complaints"]) == (0, None, 0, 1)
    repair, maintain = sheet(story, show="SCORES", group="KIND")
    assert (repair["score"], repair["manner"]) == (D("94.00"), D("4.00")) and maintain["score"] == D("40.00")
    (house,) = sheet(story, show="SCORES", group="DEPARTMENT")
    assert (house["orders"], house["rated"], house["complaints"]) == (4, 3, 2)


def test_filters_and_months(story: World) -> None:
    tech = str(story["tech1"].employee_id)
    assert [r["orders"] for r in sheet(story, technician=tech)] == [3]
    assert [r["orders"] for r in sheet(story, kind="MAINTAIN")] == [1]
    assert sheet(story, month_from="2025-04", month_to="2025-04") == []
    assert [r["orders"] for r in sheet(story, month_from="2025-01", month_to="2025-03")] == [3, 1]


def test_a_technician_meets_his_own_figures_and_ratings_of_three_or_more(story: World) -> None:
    (mine,) = sheet(story, "tech1", show="SCORES")
    assert (mine["group_name"], mine["rated"], mine["score"]) == ("李强", 3, D("76.00"))
    (his,) = sheet(story, "tech2", show="SCORES")
    assert (his["group_name"], his["orders"], his["score"]) == ("王磊", 1, None)  # not what he only helped with
    repair, maintain = sheet(story, "tech1", show="SCORES", group="KIND")
    assert (repair["rated"], repair["score"], repair["manner"]) == (2, None, None) and maintain["score"] is None
    for nobody in ("sales1", "keeper", "finance", "clerk"):
        assert story.browser(nobody).get("/servicequalityview/list/").status_code == 403
    assert story.browser("tech1").get("/servicequalityview/list/").status_code == 200
    for reader in ("tech1", "visits"):
        assert story.browser(reader).get("/servicequalityview/export").status_code == 403
    assert "维修" in story.browser("visits").get(
        "/servicequalityview/list/?group=KIND&month_from=2025-03&month_to=2025-03"
    ).get_data(as_text=True)
