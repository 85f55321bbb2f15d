"""Names stand in the order of a Chinese dictionary, in lists and in drop-downs, page after page."""

from __future__ import annotations

import re

from app import models as m
from app.actor import SYSTEM, acting_as
from app.database import db
from app.formulas.pinyin_order import compare
from app.screens import options
from tests.kit import World, on_both

NAMES = [
    "郑氏",
    "A公司",
    "馨园",
    "王家沟",
    "阿里",
    "（甲）方",
    "昊天",
    "9号",
    "李家",
    "b厂",
    "陈家湾",
    "卢沟",
    "吕布",
    "张家",
]
ORDERED = [
    "（甲）方",
    "9号",
    "阿里",
    "陈家湾",
    "昊天",
    "李家",
    "卢沟",
    "吕布",
    "王家沟",
    "馨园",
    "张家",
    "郑氏",
    "A公司",
    "b厂",
]


def told(site: World, n: int) -> None:
    with site.app.app_context():
        for number, name in enumerate(NAMES * n, 1):
            site.company(number=number, name=name)
        db.session.remove()


@on_both
def test_lists_and_pickers_order_names_by_pinyin(site: World) -> None:
    """Failed on the old code: A公司 b厂 came first, 馨园 last of all, by the numbers of their characters."""
    told(site, 1)
    page = site.browser("gm").get("/customerview/list/?order=name").get_data(as_text=True)
    places = [page.index(f">{name}<") for name in ORDERED]
    assert places == sorted(places)
    with site.app.app_context(), acting_as(SYSTEM):
        texts = [o["text"].rpartition("（")[0] for o in options.search(m.Customer, "", 1)["results"]]
        db.session.remove()
    assert texts == ORDERED


@on_both
def test_the_same_name_many_times_is_paged_without_gaps(site: World) -> None:
    told(site, 3)
    browser, seen = site.browser("gm"), list[str]()
    for number in (1, 2, 3):
        page = browser.get(f"/customerview/list/?order=-name&page={number}").get_data(as_text=True)
        seen += dict.fromkeys(re.findall(r"KH\d{6}", page))
    assert len(seen) == len(set(seen)) == 3 * len(NAMES)
    with site.app.app_context(), acting_as(SYSTEM):
        ids = [o["id"] for number in (1, 2, 3) for o in options.search(m.Customer, "", number)["results"]]
        db.session.remove()
    assert len(ids) == len(set(ids)) == 3 * len(NAMES)


def test_an_order_is_an_order() -> None:
    for one in NAMES:
        for other in NAMES:
            assert compare(one, other) == -compare(other, one)
            assert (compare(one, other) < 0) == (ORDERED.index(one) < ORDERED.index(other))
