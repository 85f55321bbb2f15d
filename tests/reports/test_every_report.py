"""What holds for every report: labels, permissions, rows of persons, secrets, nonsense, order, sums, files, and where figures lead."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa
from werkzeug.datastructures import MultiDict

from app import models as m
from app.actor import Actor, acting_as
from app.database import db
from app.models import ENTITIES
from app.reports import REPORTS
from app.roles import ROLES, Rows
from app.screens import ReportScreen, Screen, formats, listing
from app.screens.report import Sheet, screen_named
from tests.kit import Browser, D
from tests.reports.conftest import Dealer
from tests.security.lab import base, csv_rows, xlsx
from tests.test_language import CHINESE, Page, english

NAMES = list(REPORTS)
GLOSSARY = Path(__file__).parents[2] / "docs" / "glossary.md"
ODD = {
    "2025-02-31",
    "昨天",
    "-1",
    "9" * 40,
    "1;DROP TABLE part",
    "NONE",
    "\x00",
    "%s",
    "٣",
    "../",
    "NaN",
    "0",
    "'\"<b>",
}


def screens(dealer: Dealer) -> dict[str, ReportScreen]:
    return {v.report.name: v for v in dealer.app.appbuilder.baseviews if isinstance(v, ReportScreen)}


def ways(dealer: Dealer, name: str) -> Iterator[dict[str, str]]:
    """Every way of asking a report: all its choices, over the months of the story."""
    report = REPORTS[name]
    choices = [[(p.name, option.name) for option in p.options] for p in report.parameters if p.options and p.needed]
    wide = {"day_from": "", "part": str(dealer.part)} if name == "StockCard" else {}
    for chosen in itertools.product(*choices):
        yield dict(chosen) | wide
        if name in ("PartMargin", "CouponLiability", "MachineMargin"):
            yield dict(chosen) | {"day_from": "2025-01-01", "day": "2025-03-31"}
        if name == "StockMonthly":
            yield dict(chosen) | {"month": "2025-03"}
            yield dict(chosen) | {"month": "2025-02"}


class Asked:
    """A sheet read in the name of a person, within a request."""

    def __init__(self, dealer: Dealer, name: str, by: str, args: dict[str, str], verb: str = "list") -> None:
        self.dealer, self.name, self.by, self.args, self.verb = dealer, name, by, args, verb

    def __enter__(self) -> Sheet:
        self.context = self.dealer.app.test_request_context("/")
        self.context.push()
        self.actor = acting_as(self.dealer[self.by])
        self.actor.__enter__()
        return screens(self.dealer)[self.name].read(MultiDict(self.args), self.verb)

    def __exit__(self, *_: Any) -> None:
        self.actor.__exit__(None, None, None)
        db.session.remove()
        self.context.pop()


def figures(sheet: Sheet) -> list[dict[str, Any]]:
    """All rows of a sheet as it shows them."""
    return [{c.name: sheet.screen.value(row, c, sheet) for c in sheet.columns} for row in sheet.stream()]


@pytest.mark.parametrize("name", NAMES)
def test_every_report_is_named_granted_and_written_about(dealer: Dealer, name: str) -> None:
    report, screen = REPORTS[name], screens(dealer)[name]
    assert screen.class_permission_name == name and any(name in role.grants for role in ROLES.values())
    glossary = next(line for line in GLOSSARY.read_text(encoding="utf-8").splitlines() if f"`{name}`" in line)
    with dealer.app.test_request_context("/"), acting_as(dealer["gm"]):
        words = [report.title, report.help_text, screen.short_title, *(p.label for p in report.parameters)]
        assert str(report.title) in glossary
        for way in ways(dealer, name):
            sheet = screen.read(MultiDict(way))
            words += [f.label for f in sheet.figures.values()]
            words += [f.unit for f in sheet.figures.values() if f.unit not in (None, "%")]
        for word in words:
            assert hasattr(word, "_args") and CHINESE.search(str(word)), word


@pytest.mark.parametrize("name", NAMES)
def test_nobody_but_the_granted_roles_opens_or_exports_it(dealer: Dealer, name: str) -> None:
    screen = screens(dealer)[name]
    for username, actor in dealer.people.items():
        browser = Browser(dealer.app, username)
        for verb, path in (("list", "list/"), ("export", "export")):
            may = any(verb in ROLES[code].grants[name].verbs for code in actor.roles if name in ROLES[code].grants)
            status = browser.get(f"{base(screen)}/{path}", buffered=True).status_code
            assert status == (200 if may else 403), (username, verb, status)
        picked = browser.get(f"{base(screen)}/options/warehouse").status_code
        assert picked in (200, 403, 404)
        menu = browser.get("/").get_data(as_text=True)
        assert (f"{base(screen)}/list/" in menu) == actor.may("list", name), username
    assert Browser(dealer.app, None).get(f"{base(screen)}/list/").status_code in (302, 401)


@pytest.mark.parametrize("name", NAMES)
def test_the_page_is_chinese_whatever_is_asked(dealer: Dealer, name: str) -> None:
    browser, path = Browser(dealer.app, "gm"), base(screens(dealer)[name])
    for way in ways(dealer, name):
        answer = browser.get(f"{path}/list/?{urlencode(way)}")
        page = Page(answer.get_data(as_text=True))
        assert answer.status_code == 200 and not [
            w for w in page.words if english(w, frozenset({"LX", "ZK", "FK", "ID"}))
        ]
        assert "data-label" in answer.get_data(as_text=True) or way.get("month") or way.get("day")


@pytest.mark.parametrize("name", NAMES)
def test_nonsense_in_the_address_is_answered_in_chinese_and_shows_no_row(dealer: Dealer, name: str) -> None:
    browser, screen = Browser(dealer.app, "gm"), screens(dealer)[name]
    wide = next(iter(ways(dealer, name)))
    names = [p.name for p in screen.report.parameters]
    assert browser.get(f"{base(screen)}/list/?{urlencode(wide | {'page': '4999'})}").status_code == 200
    for odd in ODD:
        for asked in names:
            answer = browser.get(f"{base(screen)}/list/?{urlencode(wide | {asked: odd})}")
            text = answer.get_data(as_text=True)
            assert answer.status_code in (200, 400), (asked, odd)
            assert "flash warning" in text or answer.status_code == 400, (asked, odd)
            assert "<tbody>" not in text
        every = dict.fromkeys(("order", "page", "size", "tab", "q"), odd)
        assert browser.get(f"{base(screen)}/list/?{urlencode(wide | every)}").status_code in (200, 400), odd
        for asked in names[:1]:
            export = browser.get(
                f"{base(screen)}/export?{urlencode(wide | {asked: odd, 'format': 'csv'})}", buffered=True
            )
            assert export.status_code in (200, 400), (asked, odd)
        assert browser.get(f"{base(screen)}/options/{odd.replace('/', '')}x").status_code in (400, 404)


@pytest.mark.parametrize("name", NAMES)
def test_sums_stand_over_every_row_and_every_order_keeps_the_rows(dealer: Dealer, name: str) -> None:
    for way in ways(dealer, name):
        with Asked(dealer, name, "gm", way) as sheet:
            found, sums = figures(sheet), sheet.sums()
            assert sheet.count() == len(found)
            for figure in sheet.figures.values():
                if figure.total is True and found:
                    assert sum(row[figure.name] or 0 for row in found) == sums[figure.name], figure.name
            orders = [f.name for f in sheet.figures.values() if f.order_by and "day_from" not in way]
        for order in orders:
            with (
                Asked(dealer, name, "gm", way | {"order": order}) as up,
                Asked(dealer, name, "gm", way | {"order": f"-{order}"}) as down,
            ):
                rising, falling = figures(up), figures(down)
            assert sorted(map(repr, rising)) == sorted(map(repr, falling)) == sorted(map(repr, found)), order
            values = [row[order] for row in rising if row[order] is not None]
            if values and not isinstance(values[0], str | m.enums.Choice):
                assert values == sorted(values), order
                assert [row[order] for row in falling if row[order] is not None] == sorted(values, reverse=True), order


@pytest.mark.parametrize("name", NAMES)
def test_a_figure_leads_to_a_list_that_adds_up_to_it(dealer: Dealer, name: str) -> None:
    followed = 0
    for way in ways(dealer, name):
        with Asked(dealer, name, "gm", way) as sheet:
            drills = [
                (f.name, row[f.name], f.drill(row, sheet.asked))
                for row in sheet.stream()
                for f in sheet.figures.values()
                if f.drill is not None and row[f.name]
            ]
        for figure, value, drill in drills:
            if drill is None:  # a row that no filter can name
                continue
            assert dealer["gm"].may("list", drill.to)
            if drill.total:
                assert abs(total_of(dealer, drill.to, drill.args, drill.total)) == abs(value), (way, figure, drill)
                followed += 1
            elif isinstance(value, int):
                assert count_of(dealer, drill.to, drill.args) == value, (way, figure, drill)
                followed += 1
    assert followed or name == "StockCard"


def count_of(dealer: Dealer, to: str, args: dict[str, Any]) -> int:
    """How many rows the list or report at an address shows."""
    if to in REPORTS:
        with Asked(dealer, to, "gm", {k: str(v) for k, v in args.items()}) as sheet:
            assert not sheet.faults, (to, args, sheet.faults)
            return sheet.count()
    with dealer.app.test_request_context("/"), acting_as(dealer["gm"]):
        screen = screen_named(to)
        assert isinstance(screen, Screen)
        found = listing.read(screen, MultiDict({k: str(v) for k, v in args.items()}), screen.sees())
        assert not found.faults and set(args) <= {f.name for c in found.controls for f in c.fields} | {"tab"}
        count = found.count()
        db.session.remove()
        return count


def total_of(dealer: Dealer, to: str, args: dict[str, Any], column: str) -> Any:
    """The sum that the list at an address shows."""
    told = {k: str(v) for k, v in args.items()}
    if to in REPORTS:
        with Asked(dealer, to, "gm", told) as sheet:
            assert not sheet.faults, (to, told, sheet.faults)
            return sheet.sums()[column]
    with dealer.app.test_request_context("/"), acting_as(dealer["gm"]):
        screen = screen_named(to)
        assert isinstance(screen, Screen)
        found = listing.read(screen, MultiDict(told), screen.sees())
        assert not found.faults and all(c.is_used for c in found.controls if any(f.name in told for f in c.fields))
        assert set(told) <= {f.name for c in found.controls for f in c.fields}, (told, "is not a filter of the list")
        sums = found.sums()
        db.session.remove()
        return sums[column]


@pytest.mark.parametrize("name", NAMES)
def test_a_file_holds_what_the_list_shows_and_is_logged(dealer: Dealer, name: str) -> None:
    who = "finance" if dealer["finance"].may("export", name) else "gm"
    browser, screen = Browser(dealer.app, who), screens(dealer)[name]
    for way in ways(dealer, name):
        with Asked(dealer, name, who, way, "export") as sheet:
            shown = [[in_file(screen.value(row, c, sheet), c) for c in sheet.columns] for row in sheet.stream()]
            headings = [c.heading for c in sheet.columns]
        before = logged(dealer)
        file = csv_rows(
            browser.get(f"{base(screen)}/export?{urlencode(way | {'format': 'csv'})}", buffered=True).get_data()
        )
        assert file[0] == headings and len(file) == len(shown) + 1
        assert file[1:] == shown
        book = xlsx(browser.get(f"{base(screen)}/export?{urlencode(way)}", buffered=True).get_data())
        assert book[1] == headings and len(book) == len(shown) + 2
        assert logged(dealer) == before + 2


def in_file(value: Any, column: Any) -> str:
    """The look of a value on the page, without the commas that programs stumble over."""
    text = formats.plain(value, column)
    return text.replace(",", "") if column.is_numeric else text


def logged(dealer: Dealer) -> int:
    with dealer.app.app_context():
        return db.session.scalar(sa.select(sa.func.count()).select_from(m.ExportLog.__table__)) or 0


@pytest.mark.parametrize("name", NAMES)
def test_who_may_not_know_a_cost_meets_it_nowhere(dealer: Dealer, name: str) -> None:
    for username in ("clerk", "keeper", "sales_manager", "sales1"):
        if not dealer[username].may("list", name):
            continue
        with Asked(dealer, name, "gm", next(iter(ways(dealer, name)))) as sheet:
            hidden = {f.name for f in sheet.figures.values() if f.secret and not dealer[username].knows(f.secret)}
            labels = {str(f.label) for f in sheet.figures.values() if f.name in hidden}
        browser, path = Browser(dealer.app, username), base(screens(dealer)[name])
        for way in ways(dealer, name):
            with Asked(dealer, name, username, way) as sheet:
                assert not {f.secret for f in sheet.figures.values()} - {None, "price", "goods"}
                assert not hidden & set(sheet.sums())
            plain = browser.get(f"{path}/list/?{urlencode(way)}").get_data(as_text=True)
            for order in hidden:
                answer = browser.get(f"{path}/list/?{urlencode(way | {'order': '-' + order})}").get_data(as_text=True)
                rows_ = [part.split("</tbody>")[0] for part in answer.split("<tbody>")[1:]]
                assert rows_ == [part.split("</tbody>")[0] for part in plain.split("<tbody>")[1:]], order
            assert not [label for label in labels if f'data-label="{label}"' in plain]


@pytest.mark.parametrize("name", NAMES)
def test_the_rows_of_a_role_are_never_wider_than_those_of_the_entity_behind(name: str) -> None:
    """What a role sees of the entity in its own list is the most it may see of it in a report."""
    wide = [Rows.OWN, Rows.KEPT, Rows.DEPARTMENT, Rows.ALL]
    for code, role in ROLES.items():
        if name not in role.grants:
            continue
        behind = role.grants.get(REPORTS[name].whose.__name__)
        assert behind is not None and behind.verbs & {"list", "export"}, code
        mine = role.grants[name]
        assert mine.rows is behind.rows or wide.index(mine.rows) < wide.index(behind.rows), code
        if "export" in mine.verbs:
            assert "export" in behind.verbs, code
    assert REPORTS[name].whose.__name__ in ENTITIES


def told_to(dealer: Dealer, name: str, by: str, column: str, **args: str) -> set[Any]:
    with Asked(dealer, name, by, args) as sheet:
        return {row[column] for row in figures(sheet)}


def test_a_keeper_meets_only_the_own_store(dealer: Dealer) -> None:
    wide = {"part": str(dealer.part), "day_from": ""}
    for username, store in (("keeper", "总库"), ("keeper2", "分库")):
        assert told_to(dealer, "StockMonthly", username, "warehouse_name", month="2025-04") == {store}
        assert told_to(dealer, "SlowStock", username, "warehouse_name") == {store}
        assert told_to(dealer, "StockCard", username, "warehouse_name", **wide) - {None} == {store}
        text = (
            Browser(dealer.app, username)
            .get("/stockmonthlyview/export?format=csv", buffered=True)
            .get_data(as_text=True)
        )
        assert store in text and ("分库" if store == "总库" else "总库") not in text
    # 25 − 5 sent to the branch; 5 that came − 2 sold
    with Asked(dealer, "StockCard", "keeper", wide) as sheet:
        assert sheet.sums()["balance_quantity"] == 20
    with Asked(dealer, "StockCard", "keeper2", wide) as sheet:
        assert sheet.sums()["balance_quantity"] == 3
    other = dealer.row_id(m.Warehouse, code="FK")
    page = Browser(dealer.app, "keeper").get(f"/stockmonthlyview/list/?warehouse={other}").get_data(as_text=True)
    assert "<tbody>" not in page  # he reads how the store is called, not what lies in it


def test_a_salesperson_meets_only_own_sales_and_coupons(dealer: Dealer) -> None:
    wide = {"day_from": "2025-01-01"}
    assert told_to(dealer, "PartMargin", "sales1", "customer_name", **wide) == {"合肥远航土石方有限公司"}
    assert told_to(dealer, "PartMargin", "sales2", "customer_name", **wide) == {"徐州路达"}
    assert told_to(dealer, "CouponLiability", "sales1", "customer_name") == {"测试土石方3有限公司"}
    assert told_to(dealer, "CouponLiability", "sales2", "customer_name") == {"徐州路达"}
    for username, mine, theirs in (("sales1", "合肥远航", "徐州路达"), ("sales2", "徐州路达", "合肥远航")):
        browser = Browser(dealer.app, username)
        for group in ("LINE", "CUSTOMER", "PART", "SALESPERSON"):
            text = browser.get(f"/partmarginview/list/?day_from=2025-01-01&group={group}").get_data(as_text=True)
            assert theirs not in text and (mine in text or group in ("PART", "SALESPERSON"))
        assert browser.get("/partmarginview/export").status_code == 403
        assert theirs not in browser.get("/partmarginview/options/customer?q=").get_data(as_text=True).encode().decode(
            "unicode_escape"
        )
    # 2 × 190 − 7.77 = 372.23; 372.23 / 1.13 = 329.41
    with Asked(dealer, "PartMargin", "sales1", wide) as sheet:
        assert (sheet.sums()["gross"], sheet.sums()["revenue"]) == (D("372.23"), D("329.41"))


def test_two_roles_do_not_mix_the_verb_of_one_with_the_rows_of_the_other(dealer: Dealer) -> None:
    """Who keeps a store and sells sees both; he exports the store, not the coupons, and no foreign row of either."""
    both = Actor(name="两岗", employee_id=dealer["sales1"].employee_id, roles=frozenset({"salesperson", "sales_manager"}),
                 department_ids=dealer["sales_manager"].department_ids)  # fmt: skip
    report = REPORTS["CouponLiability"]
    assert str(report.rows_of(both, "export")(m.Coupon.__table__.c)) == "false"
    assert " OR " in str(report.rows_of(both, "list")(m.Coupon.__table__.c))


def test_the_cost_of_the_margin_is_the_cost_of_the_sales_and_of_the_moves(dealer: Dealer) -> None:
    """Three lists say the same: the report, the sales (net of returns), the stock moves out less those that came back."""
    with Asked(dealer, "PartMargin", "gm", {"day_from": "", "day_to": ""}) as sheet:
        cost = sheet.sums()["cost"]
    walk_in = dealer.row_id(m.SaleType, code="walk_in")
    assert total_of(dealer, "PartSale", {"sale_type": walk_in}, "cost_amount") == cost
    out = total_of(dealer, "StockMove", {"movement": "SALE_OUT"}, "amount")
    assert out - total_of(dealer, "StockMove", {"movement": "SALE_RETURN_IN"}, "amount") == cost


def test_stock_on_hand_says_how_it_is_valued_and_what_is_low(dealer: Dealer) -> None:
    """Valued per part and warehouse; the sum of value only for those who know cost; low stock is a tab of its own."""
    page = Browser(dealer.app, "gm").get("/stockbalanceview/list/").get_data(as_text=True)
    assert "移动加权平均" in page and "仓库" in page and "低于最低库存" in page
    with dealer.app.app_context():
        value = db.session.scalar(sa.select(sa.func.sum(m.StockBalance.__table__.c.amount)))
    assert f"{value:,.2f}" in page
    assert f"{value:,.2f}" not in Browser(dealer.app, "clerk").get("/stockbalanceview/list/").get_data(as_text=True)
