"""Figures and personal data that a role may not know: in no list, page, form, filter, order, file, drop-down or search."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal as D
from typing import Any

import pytest
import sqlalchemy as sa

from app import clock
from app import models as m
from app.actor import acting_as
from app.models import ENTITIES
from app.roles import ROLES, SECRETS, UNMASKED
from app.screens import Screen
from tests.kit import START, Browser
from tests.security.lab import Lab, base, raw, row_ids, screens, text, xlsx

ACCOUNTS = {
    "sysadmin": "sysadmin", "gm": "gm", "sales_manager": "sales_manager", "salesperson": "sales1", "clerk": "clerk", "keeper": "keeper",
    "buyer": "buyer", "service_manager": "service_manager", "technician": "tech1", "finance": "finance", "credit": "credit", "visits": "visits",
}  # fmt: skip


def columns_of(kind: str) -> Iterator[tuple[type[m.Entity], Any]]:
    """Every column with a secret ("secret") or with personal data ("private")."""
    for entity in ENTITIES.values():
        for attribute in sa.inspect(entity).column_attrs:
            if kind in attribute.columns[0].info:
                yield entity, attribute.columns[0]


def spellings(value: Any) -> set[str]:
    """How a value could stand in a page, a file or JSON; small figures prove nothing and are left out."""
    if isinstance(value, D):
        return {f"{value:,.2f}", f"{value:.2f}", f"{value.normalize():f}"} if value >= 1000 and value % 1000 else set()
    return {value} if isinstance(value, str) and sum(c.isdigit() for c in value) >= 7 else set()


def values(entity: type[m.Entity], column: Any) -> set[str]:
    return set().union(*(spellings(row._mapping[column.name]) for row in raw(entity)))


LOTS = re.compile(
    r'(name="(?:csrf_token|request_key)" value|name="csrf-token" content| nonce)="[\w.-]*"'
)  # digits drawn by lot


def readable(answer: Any) -> str:
    """What stands in an answer, without the digits that are drawn by lot for each page."""
    return LOTS.sub(r'\1=""', text(answer))


def crawl(lab: Lab, browser: Browser) -> Iterator[tuple[str, str]]:
    """Every page, file and drop-down of every screen that this person can open, as (path, what stands in it)."""
    for path in ("/", "/me", "/phone/tags/"):
        yield path, readable(browser.get(path))
    for screen in screens(lab.app):
        root = base(screen)
        answer = browser.get(f"{root}/list/?size=200")
        if answer.status_code == 200:
            yield f"{root}/list/", readable(answer)
            for pk in sorted(row_ids(answer, screen))[-2:]:
                yield f"{root}/show/{pk}", readable(browser.get(f"{root}/show/{pk}"))
                for part in ("edit", *(f"ask/{verb}" for verb, action in screen.actions.items() if action.func.form)):
                    page = browser.get(f"{root}/{part}/{pk}")
                    if page.status_code == 200:
                        yield f"{root}/{part}/{pk}", readable(page)
        for part in ("add", "export?format=csv"):
            page = browser.get(f"{root}/{part}", buffered=True)
            if page.status_code == 200:
                yield f"{root}/{part}", readable(page)
        for relation in sa.inspect(screen.entity).relationships:
            page = browser.get(f"{root}/options/{relation.key}")
            if page.status_code == 200:
                yield f"{root}/options/{relation.key}", readable(page)


@pytest.mark.parametrize("role", sorted(ROLES))
def test_no_page_or_file_of_a_role_shows_a_figure_or_number_it_may_not_know(lab: Lab, role: str) -> None:
    """Stock shows every column to everybody who may list, and filters by columns that are not shown."""
    with lab.app.app_context(), clock.on(START):
        hidden, known = set(), set()
        for kind, holders in (("secret", SECRETS), ("private", UNMASKED)):
            for entity, column in columns_of(kind):
                found = values(entity, column)
                if role in holders[column.info[kind]]:
                    known |= found
                else:
                    hidden |= found
        inner = {
            spelling
            for entity, column in columns_of("secret")
            if column.info["secret"] == "code"
            for spelling in values(entity, column)
        }
        plain = {
            spelling
            for entity in ENTITIES.values()
            for attribute in sa.inspect(entity).column_attrs
            if not {"secret", "private"} & attribute.columns[0].info.keys()
            and attribute.columns[0].info.get("kind") != "changes"
            for spelling in values(entity, attribute.columns[0])
        }
    told = hidden - known - plain
    if role in ("gm", "finance"):
        assert told <= inner  # they know every figure and read every number but what only the program reads
        return
    assert told, "nothing to look for"
    leaks = []
    with clock.on(START):
        for path, words in crawl(lab, lab.browser(ACCOUNTS[role])):
            if path.startswith("/machinecontractview/ask/dispatch/"):
                continue  # has a test of its own below
            leaks += [f"{path}: {word}" for word in told if word in words]
    assert leaks == []


@pytest.mark.parametrize("role", sorted(set(ROLES) - {"gm"}))
def test_a_hidden_column_neither_filters_nor_orders_nor_is_searched(lab: Lab, role: str) -> None:
    """Filtering by a column one cannot see would give it away digit by digit."""
    browser = lab.browser(ACCOUNTS[role])
    tried = 0
    for screen in screens(lab.app):
        root = base(screen)
        plain = browser.get(f"{root}/list/?size=200")
        if plain.status_code != 200:
            continue
        rows = _order(plain, screen)
        for kind, holders in (("secret", SECRETS), ("private", UNMASKED)):
            for entity, column in columns_of(kind):
                if entity is not screen.entity or role in holders[column.info[kind]]:
                    continue
                name = column.name
                for query in (
                    f"{name}=1",
                    f"{name}_from=99999999",
                    f"{name}_to=0",
                    f"_flt_0_{name}=1",
                    f"order={name}",
                    f"order=-{name}",
                    f"_oc_{type(screen).__name__}={name}",
                ):
                    tried += 1
                    answer = browser.get(f"{root}/list/?size=200&{query}")
                    assert _order(answer, screen) == rows, f"{root}?{query}"
                page = text(plain)
                assert f'name="{name}"' not in page and f'name="{name}_from"' not in page
                if kind == "private":
                    with lab.app.app_context():
                        known = next((v for v in (r._mapping[name] for r in raw(entity)) if v), None)
                    if known is not None:
                        tried += 1
                        assert _order(browser.get(f"{root}/list/?size=200&q={known}"), screen) == [], f"{root}?q={name}"
    if role not in ("finance",):
        assert tried >= 7


def _order(answer: Any, screen: Screen) -> list[int]:
    assert answer.status_code == 200
    return list(
        dict.fromkeys(int(pk) for pk in re.findall(rf"{base(screen)}/show/(\d+)", answer.get_data(as_text=True)))
    )


def test_the_dispatch_form_proposes_no_phone_to_those_who_read_only_the_mask(lab: Lab) -> None:
    with lab.app.app_context():
        approved = next(
            c.id for c in raw(m.MachineContract) if c.state.name == "APPROVED" and c.id in lab.x.ids["MachineContract"]
        )
    assert "13711000001" in text(lab.browser("clerk").get(f"/machinecontractview/ask/dispatch/{approved}"))
    assert "13711000001" not in text(lab.browser("keeper").get(f"/machinecontractview/ask/dispatch/{approved}"))


def test_who_reads_a_number_in_full_finds_people_by_it_and_others_do_not(lab: Lab) -> None:
    with lab.app.app_context():
        company = next(r for r in raw(m.Customer) if r.name == "土石方甲字一有限公司")
        person = next(r for r in raw(m.Contact) if r.name == "个体户甲字一")
    for username, finds in (("clerk", True), ("sales1", True), ("sysadmin", False), ("service_manager", False)):
        page = text(lab.browser(username).get(f"/customerview/list/?q={company.mobile}"))
        assert (company.name in page) is finds, username
        offered = (
            lab.browser(username).get(f"/machinecontractview/options/customer?q={company.mobile}").get_json()["results"]
        )
        assert bool(offered) is finds, username
    page = text(lab.browser("visits").get(f"/contactview/show/{person.id}"))
    assert (
        person.mobile in page
        and person.id_number not in page
        and f"{person.id_number[:4]}**********{person.id_number[-4:]}" in page
    )
    page = text(lab.browser("sysadmin").get(f"/contactview/show/{person.id}"))
    assert person.mobile not in page and f"{person.mobile[:3]}****{person.mobile[-4:]}" in page


def test_masks_stay_on_in_files(lab: Lab) -> None:
    """Nobody who sees masks exports customers today; the writer would keep them on all the same."""
    from app.actor import Actor
    from app.screens import export
    from app.screens.columns import describe

    columns = [describe(m.Customer, name) for name in ("name", "mobile", "id_number")]
    row = m.Customer(name="个体户", mobile="13712345678", id_number="340104197803063242")
    with lab.app.test_request_context(), acting_as(Actor(name="x", roles=frozenset({"service_manager"}))):
        cells = export.cells(row, columns, lambda r, c: getattr(r, c.name))
        file, _ = export.write_xlsx(columns, [cells], "客户", "")
        with file:
            written = xlsx(file.read())
    assert written[2] == cells == ["个体户", "137****5678", "3401**********3242"]


def test_a_form_leaves_out_masked_columns_and_saving_it_does_not_wipe_them(lab: Lab) -> None:
    """Customer care edits contacts but reads no ID numbers: the number is neither shown nor taken, nor lost."""
    browser = lab.browser("visits")
    with lab.app.app_context():
        person = next(r for r in raw(m.Contact) if r.name == "个体户甲字一")
    form = browser.form(f"/contactview/edit/{person.id}")
    assert "id_number" not in form and "mobile" in form
    answer = browser.post(
        f"/contactview/edit/{person.id}", {**form, "address": "新地址", "id_number": "11010519491231002X"}
    )
    assert answer.status_code == 302
    with lab.app.app_context():
        after = next(r for r in raw(m.Contact) if r.id == person.id)
    assert (after.address, after.id_number) == ("新地址", person.id_number)


def test_the_audit_log_shows_no_figure_to_those_who_may_not_know_it(lab: Lab) -> None:
    """The administrator reads who changed what, but neither costs nor numbers of people."""
    browser = lab.browser("sysadmin")
    with lab.app.app_context():
        entries = {
            r.entity: r
            for r in raw(m.AuditLog)
            if r.entity in ("Customer", "MachineUnit", "Contact") and r.action.name == "INSERT"
        }
    for entity, name in (("MachineUnit", "cost_amount"), ("Contact", "mobile")):
        entry = entries[entity]
        page = text(browser.get(f"/auditlogview/show/{entry.id}"))
        assert "***" in page and str(entry.changes[name][1]) not in page


def test_prices_are_not_computed_for_those_who_may_not_write(lab: Lab) -> None:
    for username in ("keeper", "service_manager", "tech1", "visits"):
        assert lab.browser(username).post("/machinecontractview/compute", {"lines-shown": "1"}).status_code == 403


def test_the_audit_log_says_names_not_ids(lab: Lab) -> None:
    """An auditor reads whose customer it is, not the number of an employee's row."""
    with lab.app.app_context():
        entry = next(r for r in raw(m.AuditLog) if r.entity == "Customer" and r.action.name == "INSERT")
        seller = next(e.name for e in raw(m.Employee) if e.id == entry.changes["salesperson_id"][1])
    page = lab.browser("gm").get(f"/auditlogview/show/{entry.id}").get_data(as_text=True)
    row = next(r for r in re.findall(r"<tr>.*?</tr>", page, re.DOTALL) if "业务员" in r)
    assert f"<td>{seller}</td>" in row
