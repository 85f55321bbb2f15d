"""Garbage at every door: each route and each field of every screen gets what no browser of ours would send.

Nothing may answer with a fault, show SQL, a trace or a path of ours; nothing may be stored that is read back as another
value. Both engines: PostgreSQL refuses what SQLite swallows.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from wtforms import BooleanField, FormField, PasswordField

from app.actor import SYSTEM, acting_as
from app.database import db
from app.models import ENTITIES
from app.screens import Screen
from app.screens.formfields import (
    ChoiceField,
    DayField,
    LinesField,
    ManyChoiceField,
    MomentField,
    NumberField,
    PickField,
    WholeField,
)
from app.screens.listing import RANGES
from tests.kit import Browser, on_both
from tests.security.lab import Lab, base, row_ids, screens, text

PEOPLE = ("gm", "clerk", "finance", "sales1")
SHOWN = (
    "Traceback",
    "sqlalchemy",
    "SELECT ",
    "INSERT INTO",
    "psycopg",
    "sqlite3",
    "/app/",
    "site-packages",
    "werkzeug",
    "Internal Server Error",
)

TEXTS = [
    "'", "\"", "\\", "%", "_", "';--", "' OR '1'='1", "<script>", "{{7*7}}", "${7*7}", "%s%s%n", "../../etc/passwd", "\u202e\u2066", "\ufeff", "\ufffd", "\uffff",
    "👷🏽‍♂️" * 3, "名" * 5000, "x" * 70_000, "\x01\x02\x1f", "\x7f\x85", "\r\n\r\n", "\t", " ", "null", "None", "undefined", "NaN", "true", "[]", "{}", "=1+1",
]  # fmt: skip
NUMBERS = [
    "NaN", "sNaN", "-NaN", "inf", "-Infinity", "1e400", "-1e400", "1e-400", "1E+999999999", "1e99999999999999999999", "1e15", "9" * 16, "9" * 30, "9" * 4000,
    "-0", "-1", "0.001", "0.0000001", "1" + "0" * 15 + ".99", ".5", "5.", "1,2,3", "１２３", "²", "½", "٣", "0x1F", "1_0", "1e", "+", "--1", "1%", "%", "￥", "Decimal('1')",
]  # fmt: skip
DAYS = ["0000-00-00", "0001-01-01", "1899-12-31", "1900-01-01", "2999-12-31", "3000-01-01", "9999-12-31", "10000-01-01", "2026-02-30", "2026-2-3", "2026-11-23T25:61", "now", "１９９０-01-01", "²026-01-01", "20261123", "2026/11/23", "-1", "2026-W01", "1e9", "\u0662\u0660\u0662\u0660-01-01"]  # fmt: skip
IDS = ["0", "-1", "999999", "2147483647", "2147483648", "9223372036854775807", "9223372036854775808", "9" * 30, "1.0", "1e3", "²", "１", "٣", "abc", "null", "1 OR 1=1", "1;", "[1]", "", " ", "%00", "../1", "1/2"]  # fmt: skip
WORDS = ["NOPE", "draft", "ACTIVE;", "__class__", "0", "1", "²", "DRAFT\u200b", "名", "x" * 300, "'", "None"]
ALL = [*TEXTS, *NUMBERS, *DAYS, *IDS, *WORDS]


def fitting(field: Any) -> list[str]:
    """What hurts a field of this kind most."""
    if isinstance(field, NumberField | WholeField):
        return NUMBERS
    if isinstance(field, DayField | MomentField):
        return DAYS
    if isinstance(field, PickField):
        return IDS
    return WORDS if isinstance(field, ChoiceField | ManyChoiceField | BooleanField) else TEXTS


class Doors:
    """One person at every door; counts the knocks and keeps what answered badly."""

    def __init__(self, lab: Lab, username: str, chance: random.Random) -> None:
        self.lab, self.username, self.chance = lab, username, chance
        self.browser: Browser = lab.browser(username)
        self.token = self.browser.token()
        self.made, self.wrong = 0, []

    def knock(
        self, method: str, path: str, data: dict[str, Any] | None = None, query: dict[str, str] | None = None
    ) -> Any:
        self.made += 1
        sent = {"csrf_token": self.token, **data} if data is not None else None
        answer = self.browser.client.open(
            path, method=method, data=sent, query_string=query, headers={"X-Requested-With": "fetch"}, buffered=True
        )
        page = "" if answer.get_data()[:2] == b"PK" else text(answer)
        shown = [
            word
            for word in SHOWN
            if word in page
            and not any(word in v for v in {**(query or {}), **(data or {})}.values() if isinstance(v, str))
        ]
        if answer.status_code >= 500 or shown:
            self.wrong.append(
                f"{self.username} {method} {path} {_short(query)} {_short(data)}: {answer.status_code} {shown}"
            )
        return answer

    def some(self, payloads: list[str], number: int) -> list[str]:
        """A few payloads of this kind and one of any other."""
        return [*self.chance.sample(payloads, min(number, len(payloads))), self.chance.choice(ALL)]


def _short(values: Any) -> str:
    return str(
        {
            k: v if len(str(v)) < 60 else f"{str(v)[:40]}…({len(v)})"
            for k, v in (values or {}).items()
            if k != "csrf_token"
        }
    )[:300]


def list_doors(doors: Doors, screen: Screen) -> None:
    """Every filter, the search, order, page, size and tab of a list and of its file."""
    root = base(screen)
    columns = [screen.column(name) for name in screen.search_columns]
    fields = [c.name + suffix for c in columns for suffix in (("_from", "_to") if c.kind in RANGES else ("",))]
    for name in fields:
        column = (
            screen.column(name.removesuffix("_from").removesuffix("_to"))
            if name not in [c.name for c in columns]
            else screen.column(name)
        )
        pool = {
            "key": IDS,
            "lines": IDS,
            "choice": WORDS,
            "state": WORDS,
            "flag": WORDS,
            "day": DAYS,
            "moment": DAYS,
        }.get(column.kind, NUMBERS if column.is_numeric else TEXTS)
        for payload in doors.some(pool, 1):
            doors.knock(
                "GET",
                f"{root}/{doors.chance.choice(('list/', 'export'))}",
                query={name: payload[:1990], "format": "csv"},
            )
    for name in ("q", "order", "page", "size", "tab", "format", "_flt_0_id"):
        for payload in doors.some(TEXTS if name == "q" else ALL, 1):
            doors.knock("GET", f"{root}/list/", query={name: payload[:1990]})


def address_doors(doors: Doors, screen: Screen) -> None:
    """Ids and names of verbs and drop-downs in paths."""
    root = base(screen)
    for payload in doors.some(IDS[:-3], 2):
        for part in ("show", "edit", "ask/submit", *(f"ask/{verb}" for verb in list(screen.actions)[:1])):
            doors.knock("GET", f"{root}/{part}/{payload or '0'}")
        for part in ("delete", "edit", *(f"action/{verb}" for verb in list(screen.actions)[:1])):
            doors.knock("POST", f"{root}/{part}/{payload or '0'}", data={})
    for path in (
        "number.x",
        "lines.²",
        "x!y",
        doors.chance.choice(TEXTS).replace("/", "").replace("\x01", "")[:200] or "x",
        *list(sa.inspect(screen.entity).relationships.keys())[:2],
    ):
        doors.knock(
            "GET",
            f"{root}/options/{path.replace('%', '').replace('?', '').replace('#', '') or 'x'}",
            query={k: doors.chance.choice(ALL)[:1990] for k in ("q", "page", "customer", "model", "pk", "sale")},
        )
    doors.knock(
        "POST",
        f"{root}/action_post",
        data={"action": doors.chance.choice([*screen.actions, *WORDS]), "rowid": doors.some(IDS, 4)},
    )


def form_doors(doors: Doors, screen: Screen) -> None:
    """Every field of the form, one at a time, the others as they stand; new, changed and computed."""
    root = base(screen)
    paths = [f"{root}/add"]
    listed = doors.browser.get(f"{root}/list/?size=200")
    if listed.status_code == 200:
        paths += [f"{root}/edit/{pk}" for pk in sorted(row_ids(listed, screen))[:2]]
    for path in paths:
        page = doors.browser.get(path)
        if page.status_code != 200:
            continue
        filled = {k: v for k, v in doors.browser.form(path).items() if v is not None} | {"request_key": ""}
        for name, payloads in _fields(doors.lab, doors.username, screen):
            for payload in doors.some(payloads, 1 if "/edit/" in path else 2):
                doors.knock("POST", path, data={**filled, name: payload})
            doors.knock("POST", f"{root}/compute", data={**filled, name: doors.chance.choice(payloads)})
        for name in (
            "version",
            "request_key",
            "then",
            "lines-²-unit",
            "lines-99999-amount",
            "lines-999999-x",
            "lines--1-x",
            "lines-",
            "lines-0",
            "lines-0-",
            "lines-0-id",
            "lines-0-nope",
            "-",
        ):
            doors.knock("POST", path, data={**filled, name: doors.chance.choice(IDS), "lines-shown": "1"})


def _fields(lab: Lab, username: str, screen: Screen) -> Iterator[tuple[str, list[str]]]:
    """Names as they are posted, with what hurts them."""
    with lab.app.test_request_context(), acting_as(lab.site[username]):
        form = screen.form_class(None)()
        for field in form:
            if isinstance(field, LinesField):
                for inner in field.form_class():
                    yield (
                        f"{field.short_name}-0-{inner.short_name}",
                        IDS if inner.short_name == "id" else fitting(inner),
                    )
            elif not isinstance(field, FormField | PasswordField) and field.short_name != "csrf_token":
                yield field.short_name, fitting(field)
        db.session.remove()


def verb_doors(doors: Doors, screen: Screen) -> None:
    """What verbs ask, on the first rows of the list."""
    root = base(screen)
    listed = doors.browser.get(f"{root}/list/?size=200")
    rows = sorted(row_ids(listed, screen))[-2:] if listed.status_code == 200 else []
    for verb, action in screen.actions.items():
        if action.func.form is None or not doors.lab.site[doors.username].may(verb, screen.entity.__name__):
            continue
        with doors.lab.app.test_request_context(), acting_as(doors.lab.site[doors.username]):
            fields = [(f.short_name, fitting(f)) for f in action.func.form() if f.short_name != "csrf_token"]
            db.session.remove()
        for pk in rows:
            doors.knock("POST", f"{root}/ask/{verb}/{pk}", data={})
            for name, payloads in fields:
                for payload in doors.some(payloads, 2):
                    doors.knock("POST", f"{root}/ask/{verb}/{pk}", data={name: payload})
            doors.knock(
                "POST",
                f"{root}/ask/{verb}/{pk}",
                data={
                    "lines-0-id": "²",
                    "lines-0-quantity": "NaN",
                    "lines-²-id": "1",
                    "lines-1-id": "9" * 30,
                    "lines-1-quantity": "1e400",
                },
            )


def other_doors(doors: Doors) -> None:
    for payload in ALL:
        if "/" not in payload and payload.strip():
            part = (
                payload[:300]
                .replace("%", "%25")
                .replace("?", "%3F")
                .replace("#", "%23")
                .replace("\\", "%5C")
                .replace("\r", "")
                .replace("\n", "")
                .replace("\t", "")
            )
            doors.knock("GET", f"/phone/tags/{part}")
        doors.knock("GET", "/phone/tags/", query={"q": payload[:1990]})
    for payload in ALL[::4]:
        doors.knock("POST", "/password/", data={"current": payload, "password": payload, "again": payload})
        doors.knock("GET", "/login/", query={"next": payload[:1990]})
        doors.knock("GET", "/back", query={payload[:100]: payload[:100]})
        doors.knock(
            "GET", f"/lang/{payload[:20].replace('/', '').replace('%', '').replace('?', '').replace('#', '') or 'x'}"
        )


def as_stored(lab: Lab) -> list[str]:
    """Rows that read back badly: text with half characters, controls, blanks around; figures that are none."""
    bad = []
    with lab.app.app_context(), acting_as(SYSTEM):
        for entity in ENTITIES.values():
            for row in db.session.execute(sa.select(entity.__table__)):
                for name, value in row._mapping.items():
                    if isinstance(value, str) and any(ord(c) < 9 or 0xD800 <= ord(c) < 0xE000 for c in value):
                        bad.append(f"{entity.__name__}.{name}: {value[:40]!r}")
                    if hasattr(value, "is_finite") and not value.is_finite():
                        bad.append(f"{entity.__name__}.{name}: {value}")
        db.session.rollback()
    return bad


@on_both
@pytest.mark.parametrize("username", PEOPLE)
def test_garbage_at_every_door_is_refused_in_a_sentence(lab: Lab, username: str) -> None:
    assert len(set(ALL)) >= 30
    doors = Doors(lab, username, random.Random(f"{username}-2025"))
    for screen in screens(lab.app):
        if lab.site[username].may("list", screen.entity.__name__):
            list_doors(doors, screen)
            verb_doors(doors, screen)
        if lab.site[username].may("add", screen.entity.__name__) or lab.site[username].may(
            "edit", screen.entity.__name__
        ):
            form_doors(doors, screen)
        address_doors(doors, screen)
    other_doors(doors)
    assert doors.wrong == []
    assert as_stored(lab) == []
    assert doors.made >= 1000 / len(PEOPLE) * 2, doors.made


def test_every_payload_of_every_kind_meets_a_field_of_its_kind(lab: Lab) -> None:
    """The sampled run above may miss one: here each payload is tried on one field of each kind, in a filter and in a form."""
    doors = Doors(lab, "sales1", random.Random(1))
    filled = {k: v for k, v in doors.browser.form("/machinecontractview/add").items() if v is not None} | {
        "request_key": ""
    }
    fields = {
        "remark": TEXTS, "delivery_place": TEXTS, "deposit_amount": NUMBERS, "down_share": NUMBERS, "periods": NUMBERS, "penalty_rate": NUMBERS, "first_due_on": DAYS,
        "customer": IDS, "pay_mode": WORDS, "lines-0-unit_price": NUMBERS, "lines-0-unit": IDS, "gifts-0-valid_days": NUMBERS, "fees-0-due_on": DAYS,
    }  # fmt: skip
    for name, payloads in fields.items():
        for payload in payloads:
            doors.knock("POST", "/machinecontractview/add", data={**filled, "lines-shown": "1", name: payload})
    filters = {
        "total_amount_from": NUMBERS,
        "signed_on_to": DAYS,
        "customer": IDS,
        "state": WORDS,
        "number": TEXTS,
        "q": TEXTS,
    }
    for name, payload in itertools.chain.from_iterable(((n, p) for p in payloads) for n, payloads in filters.items()):
        doors.knock("GET", "/machinecontractview/list/", query={name: payload[:1990]})
    assert doors.wrong == [] and doors.made >= 400


@on_both
def test_every_filter_of_every_list_works_with_a_right_value(lab: Lab) -> None:
    """Stock filters compare text with numbers, flags and enums: PostgreSQL answers 500."""
    doors = Doors(lab, "gm", random.Random(2))
    for screen in screens(lab.app):
        query: dict[str, str] = {}
        for name in screen.search_columns:
            column = screen.column(name)
            if column.kind in RANGES:
                query |= {
                    f"{name}_from": "2025-01-01" if column.kind in ("day", "moment") else "0",
                    f"{name}_to": "2999-12-31" if column.kind in ("day", "moment") else "99",
                }
            elif column.kind in ("choice", "state"):
                query[name] = next(iter(column.type.enum_class)).name
            elif column.kind == "flag" or column.kind in ("key", "lines"):
                query[name] = "1"
            else:
                query[name] = "甲"
        for name, value in query.items():
            assert doors.knock("GET", f"{base(screen)}/list/", query={name: value}).status_code in (200, 403)
        for order in screen.orderable:
            assert doors.knock("GET", f"{base(screen)}/list/", query={"order": f"-{order}", "q": "甲"}).status_code in (
                200,
                403,
            )
        doors.knock("GET", f"{base(screen)}/export", query=query)
    assert doors.wrong == []


def test_spans_of_days_and_months_too_long_for_a_calendar_are_refused(lab: Lab) -> None:
    """A gift valid for 2,147,483,647 days must not be found out on the day of the dispatch."""
    browser = lab.browser("sysadmin")
    for path, fields in (
        ("/coupontypeview/add", {"name": "永远", "valid_days": "2147483647"}),
        ("/machinemodelview/add", {"brand": "牌", "model": "M9", "warranty_months": "2147483647"}),
    ):
        answer = browser.submit(path, fields)
        assert answer.status_code == 422 and "-error" in text(answer), path


def test_a_request_that_is_no_form_at_all_is_refused(lab: Lab) -> None:
    browser = lab.browser("clerk")
    token = browser.token()
    for body, kind in (
        (b"\xff\xfe\xfd", "application/x-www-form-urlencoded"), (b"{" * 1000, "application/json"), (b"", "multipart/form-data"), (b"x", "multipart/form-data; boundary="),
        (b"--a\r\n\r\n", "multipart/form-data; boundary=a"), (b"x=" + b"%" * 999, "application/x-www-form-urlencoded; charset=utf-7"), (b"<x/>", "text/xml"), (b"x", "²"),
    ):  # fmt: skip
        for path in (
            "/contactview/add",
            "/customerview/compute",
            "/logout/",
            "/phone/tags/1/1",
            "/customerview/action_post",
            "/login/",
        ):
            answer = browser.client.post(
                path, data=body, content_type=kind, headers={"X-CSRFToken": token, "X-Requested-With": "fetch"}
            )
            assert answer.status_code < 500, (path, kind)
            if path == "/logout/" and answer.status_code == 302:
                browser = lab.browser("clerk")
                token = browser.token()
    for header in (
        "Cookie",
        "Referer",
        "User-Agent",
        "Accept-Language",
        "X-Forwarded-For",
        "X-CSRFToken",
        "Content-Length",
        "Range",
        "If-None-Match",
        "If-Modified-Since",
    ):
        for value in ("²", "x" * 5000, "'", "-1", "=;=;=", "1e9"):
            if header == "Content-Length" and not value.isdigit():
                continue
            assert (
                browser.get(
                    "/static/tiema.css" if header.startswith(("Range", "If")) else "/me",
                    headers={header: value},
                    buffered=True,
                ).status_code
                < 500
            ), (header, value)
