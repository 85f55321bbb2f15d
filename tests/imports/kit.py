"""Files to import, and people who hand them in through the pages."""

from __future__ import annotations

import io
import re
from typing import Any

import openpyxl
import xlsxwriter

from app import background
from app import models as m
from app.actor import SYSTEM, acting_as
from app.database import db
from app.enums import WarehouseKind
from app.unit_of_work import create
from tests.kit import Browser, World

PARTS = ["配件号", "配件名称", "配件分类", "零售价（元）", "品牌类别"]


def book(heads: list[str], rows: list[list[Any]]) -> bytes:
    """An .xlsx of one sheet: text as text, numbers as numbers, `=…` as a formula."""
    file = io.BytesIO()
    made = xlsxwriter.Workbook(file, {"strings_to_formulas": True, "strings_to_urls": False})
    sheet = made.add_worksheet()
    for line, row in enumerate([heads, *rows]):
        for place, value in enumerate(row):
            if value is not None:
                sheet.write(line, place, value)
    made.close()
    return file.getvalue()


def part_row(number: int, **more: Any) -> list[Any]:
    """A right row of PARTS."""
    row = {
        "number": f"DR-{number:06d}",
        "name": f"导入滤芯{number}",
        "category": "滤芯",
        "price": 12.5 + number % 100,
        "kind": "原厂",
    }
    return list((row | more).values())


def parts_file(count: int, start: int = 1) -> bytes:
    return book(PARTS, [part_row(n) for n in range(start, start + count)])


def stores(site: World) -> None:
    """A category, two stores and a supplier to import against."""
    with site.app.app_context(), acting_as(SYSTEM):
        create(m.PartCategory, {"code": "LX", "name": "滤芯"})
        service = site.row(m.Department, code="FWB")
        for code, name in (("PJ1", "配件总库"), ("PJ2", "配件分库")):
            create(
                m.Warehouse,
                {
                    "code": code,
                    "name": name,
                    "kind": WarehouseKind.MAIN,
                    "department": service,
                    "keepers": [{"employee_id": site["keeper"].employee_id}],
                },
            )
        create(m.Bin, {"code": "A-1", "warehouse": site.row(m.Warehouse, code="PJ1")})
        db.session.remove()


def hand_in(
    browser: Browser,
    content: bytes,
    *,
    verb: str = "import",
    screen: str = "PartView",
    name: str = "配件.xlsx",
    **more: Any,
) -> Any:
    """Upload a file as the page does; gives the answer."""
    path = f"/import/{screen}/{verb}"
    fields = browser.form(path) | {"mode": "refuse"} | more
    return browser.client.post(
        path, data={**fields, "file": (io.BytesIO(content), name)}, content_type="multipart/form-data"
    )


def number_of(answer: Any) -> int:
    """The job behind an upload."""
    assert answer.status_code == 302, words(answer)
    return int(answer.headers["Location"].rsplit("/", 1)[1])


def work(site: World) -> None:
    """Everything in the queue is carried out, as a worker would."""
    with site.app.app_context():
        while background.run_next():
            pass


def job(site: World, number: int) -> m.Job:
    with site.app.app_context():
        found = site.row(m.Job, id=number)
        db.session.expunge_all()
        db.session.remove()
        return found


def checked(site: World, who: str, content: bytes, **more: Any) -> m.Job:
    """Handed in and looked at."""
    number = number_of(hand_in(site.browser(who), content, **more))
    work(site)
    return job(site, number)


def imported(site: World, who: str, content: bytes, **more: Any) -> m.Job:
    """Handed in, looked at, confirmed and written."""
    one = checked(site, who, content, **more)
    assert one.state is m.enums.JobState.CHECKED, (one.message, one.faults[:5])
    site.browser(who).post(f"/jobview/action/confirm/{one.id}")
    work(site)
    return job(site, one.id)


def words(answer: Any) -> str:
    """What the page says, without tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))


def flashes(answer: Any) -> list[str]:
    """Sentences at the top of the page."""
    return re.findall(r'class="flash \w+">.*?<span>(.*?)</span>', answer.get_data(as_text=True), re.S)


def count(site: World, entity: Any) -> int:
    with site.app.app_context():
        try:
            return len(site.rows(entity))
        finally:
            db.session.remove()


def opened(answer: Any) -> Any:
    """The workbook that was downloaded."""
    assert answer.status_code == 200
    return openpyxl.load_workbook(io.BytesIO(answer.data))
