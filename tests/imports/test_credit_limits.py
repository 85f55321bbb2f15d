"""期初授信 from Excel: written as drafts, refused cell by cell, approved like any other."""

from __future__ import annotations

import datetime as dt

import pytest

from app import clock
from app import models as m
from app.database import db
from app.enums import CreditLimitState as S
from app.errors import MustBeOther
from app.unit_of_work import fire
from tests.imports.kit import book, checked, imported
from tests.kit import D, World


def test_opening_limits_come_from_excel_and_are_approved_like_others(site: World) -> None:
    with site.app.app_context():
        for number in (1, 2):
            site.company(number=number)
        db.session.remove()
    until = clock.today() + dt.timedelta(days=300)
    heads = ["客户", "授信额度（元）", "有效期至", "原因"]
    rows = [
        ["测试土石方1有限公司", 30000, str(until), "期初"], ["测试土石方2有限公司", 20000, "2099-01-01", "期初"],
        ["测试土石方1有限公司", 1, str(until), "重复"],
    ]  # fmt: skip
    bad = checked(site, "finance", book(heads, rows), screen="CreditLimitView")
    assert bad.fault_count == 2, bad.faults
    fine = imported(site, "finance", book(heads, rows[:1]), screen="CreditLimitView")
    with site.app.app_context():
        paper = site.row(m.CreditLimit)
        assert (paper.state, paper.amount, paper.valid_until) == (S.DRAFT, D(30000), until), fine.message
        fire(paper, "submit", by=site["finance"])
        with pytest.raises(MustBeOther):
            fire(paper, "approve", by=site["finance"])
        fire(paper, "approve", by=site["gm"])
