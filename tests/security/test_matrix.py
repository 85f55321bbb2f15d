"""Who gets which answer where: every role at every route, and every verb of every role, as the table matrix.csv says.

The table is reviewed by people and kept in git. A route, verb, role or grant that is new, gone or answers otherwise fails
here. After a change that is meant:

    TIEMA_WRITE_MATRIX=1 pytest tests/security/test_matrix.py -n0        and read the difference before committing it

grant rows: verbs@rows of app/roles.py. route rows: the status of a request on a row of salesperson X (sales1), or on no
row where X has none: 200 page, 302 done or sent on, 401 stranger, 403 not in the role, 404 not among one's rows,
422 form refused. A verb stands behind its route: `POST MachineContractView.action submit`.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app import models as m
from app.database import db
from app.enums import ContractState, LinkSource, ReceiptState
from app.models import ENTITIES
from app.roles import ROLES
from app.scope import RULES
from app.screens import Screen
from app.workflows.machine import FLOWS
from tests.kit import Browser, _Form
from tests.security.lab import Lab, raw, screens, text
from tests.security.test_secrets import ACCOUNTS

TABLE = Path(__file__).with_name("matrix.csv")
COLUMNS = ["anonymous", *ROLES]
Matrix = dict[tuple[str, str], dict[str, str]]


def grants() -> Matrix:
    """What app/roles.py says, one row an entity."""
    names = sorted({entity for role in ROLES.values() for entity in role.grants})
    return {
        ("grant", entity): {"anonymous": ""}
        | {
            code: f"{' '.join(sorted(grant.verbs)) or 'look'}@{grant.rows.value}"
            if (grant := role.grants.get(entity))
            else ""
            for code, role in ROLES.items()
        }
        for entity in names
    }


def samples(lab: Lab) -> dict[str, int]:
    """One row of X's per entity, in a state where no verb changes anything."""
    wanted: dict[type[m.Entity], Any] = {
        m.MachineContract: lambda r: r.state is ContractState.APPROVED,
        m.Receipt: lambda r: r.state is ReceiptState.CONFIRMED,
        m.CustomerContact: lambda r: r.source is LinkSource.SELF,
        m.VisitTask: lambda r: r.answer is not None,
        m.Contact: lambda r: r.self_customer_id is not None,
        m.Employee: lambda r: r.id == lab.site["sales2"].employee_id,
        m.Warehouse: lambda r: r.code == "ZJ1",
        m.PartQuotation: lambda r: r.agreed_by is not None,
    }
    found = {}
    with lab.app.app_context():
        for entity in ENTITIES.values():
            mine = lab.x.ids.get(entity.__name__)
            rows = [r for r in raw(entity) if (mine is None or r.id in mine) and wanted.get(entity, lambda r: True)(r)]
            found[entity.__name__] = rows[0].id if rows else 999_999
    return found


def requests(lab: Lab, rows: dict[str, int]) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """Every route and method as (name in the table, method, path, data); verbs one by one."""
    by_endpoint = {screen.endpoint: screen for screen in screens(lab.app)}
    for rule in lab.app.url_map.iter_rules():
        screen = by_endpoint.get(rule.endpoint.split(".")[0])
        named = screen is not None and "<string:name>" in rule.rule
        for method in sorted(rule.methods & {"GET", "POST"}):
            verbs = [*screen.actions][: 1 if method == "GET" else None] or ["no_such_verb"] if named else [""]  # type: ignore[union-attr]
            for verb in verbs:
                values = {
                    "name": verb, "pk": str(rows[screen.entity.__name__] if screen else rows["Customer"]), "tag_id": str(rows["Tag"] + 4),
                    "path": _a_reference(screen), "filename": "tiema.css" if rule.endpoint == "static" else "css/ab.css", "locale": "en",
                }  # fmt: skip
                path = re.sub(r"<(?:\w+:)?(\w+)>", lambda gap, v=values: v[gap[1]], rule.rule)
                data: dict[str, Any] = {}
                if rule.endpoint.endswith(".action_post"):
                    data = {"action": next(iter(screen.actions), ""), "rowid": [values["pk"]]}  # type: ignore[union-attr]
                yield f"{method} {rule.endpoint} {verb}".strip(), method, path, data


def _a_reference(screen: Screen | None) -> str:
    """A drop-down of the screen that is about entities of ours."""
    if screen is None:
        return ""
    relations = sa.inspect(screen.entity).relationships
    return next((r.key for r in relations if issubclass(r.mapper.class_, m.Entity) and not r.uselist), "none")


def answers(lab: Lab) -> Matrix:
    """Ask every route in every role."""
    rows, found = samples(lab), {}
    for who in COLUMNS:
        browser = lab.site.browser(ACCOUNTS.get(who))
        page = _Form()
        page.feed(text(browser.get("/login/" if who == "anonymous" else "/me")))
        for name, method, path, data in requests(lab, rows):
            found.setdefault(("route", name), {})[who] = str(
                _ask(lab, browser, page.token, who, name, method, path, data)
            )
    return found


def _ask(
    lab: Lab, browser: Browser, token: str, who: str, name: str, method: str, path: str, data: dict[str, Any]
) -> int:
    if name == "POST LoginView.logout" and who != "anonymous":
        browser = lab.browser(ACCOUNTS[who])  # this one only
        token = browser.token()
    if name == "POST CustomerTagView.delete":
        path = f"/customertagview/delete/{_a_tag(lab)}"
    headers = {"X-Requested-With": "fetch"} if who != "anonymous" else {}
    kw = {"data": {"csrf_token": token, **data}} if method == "POST" else {}
    answer = browser.client.open(path, method=method, headers=headers, buffered=True, **kw)
    return answer.status_code


def _a_tag(lab: Lab) -> int:
    """A fresh tag on a customer of X's, to be taken off."""
    with lab.app.app_context():
        table = m.CustomerTag.__table__
        pair = {
            "customer_id": lab.x.ids["Customer"][0],
            "tag_id": db.session.scalar(sa.select(sa.func.max(m.Tag.__table__.c.id))),
        }
        db.session.execute(
            sa.delete(table).where(table.c.customer_id == pair["customer_id"], table.c.tag_id == pair["tag_id"])
        )
        made = db.session.execute(sa.insert(table).values(picked_at=sa.func.now(), **pair)).inserted_primary_key
        db.session.commit()
        return int(made[0])  # type: ignore[index]


def kept() -> Matrix:
    """The table in git."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {(row.pop("kind"), row.pop("what")): row for row in csv.DictReader(file)}


def write(matrix: Matrix) -> None:
    """The table, ready to be read and committed."""
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["kind", "what", *COLUMNS])
        for (kind, what), cells in sorted(matrix.items()):
            writer.writerow([kind, what, *(cells[column] for column in COLUMNS)])


def differences(expected: Matrix, found: Matrix) -> list[str]:
    """What the table says and what is, cell by cell."""
    told = [f"{' '.join(key)}: not in the table" for key in found.keys() - expected.keys()]
    told += [f"{' '.join(key)}: in the table only" for key in expected.keys() - found.keys()]
    for key in sorted(expected.keys() & found.keys()):
        told += [
            f"{' '.join(key)} as {column}: {expected[key].get(column)} expected, {found[key][column]} found"
            for column in COLUMNS
            if expected[key].get(column) != found[key][column]
        ]
    return told


def test_every_role_gets_at_every_route_what_the_table_says(lab: Lab) -> None:
    found = grants() | answers(lab)
    if os.environ.get("TIEMA_WRITE_MATRIX") == "1":
        write(found)
    assert differences(kept(), found) == []
    assert sum(len(row) for row in found.values()) >= 5000
    assert not [
        key for key, row in found.items() if any(cell.startswith("5") for cell in row.values() if key[0] == "route")
    ]


def test_the_table_obeys_the_rules_of_the_house() -> None:
    """What no difference in the table may ever break."""
    table = kept()
    for (kind, what), row in table.items():
        if kind == "route" and what.split()[1] not in (
            "LoginView.login",
            "health",
            "static",
            "appbuilder.static",
            "LocaleView.index",
        ):
            assert row["anonymous"] in ("302", "400", "401", "404"), (what, row["anonymous"])
        if kind == "route" and " " not in what.removeprefix("GET ").removeprefix("POST ") and what.endswith(".export"):
            assert row["salesperson"] == row["technician"] == "403", what  # exports are for managers
        if kind == "grant":
            entity = ENTITIES[what]
            verbs = {code: set(cell.split("@")[0].split()) if cell else set() for code, cell in row.items()}
            assert not verbs["sysadmin"] & {"approve", "reject", "confirm", "dispatch", "submit", "pay", "refund"}, what
            if (entity.__doc__ and "append-only" in entity.__doc__) or what in ("AuditLog", "ExportLog"):
                assert not set().union(*verbs.values()) - {"list", "show", "export", "look"}, what
            if issubclass(entity, m.Document):
                assert not any("delete" in v for v in verbs.values()), what
            assert "export" not in verbs["salesperson"] | verbs["technician"], what


def test_every_entity_has_a_scope_rule_and_every_grant_an_entity() -> None:
    assert set(RULES) == set(ENTITIES.values())
    for code, role in ROLES.items():
        assert role.grants.keys() <= ENTITIES.keys(), code
        for entity, grant in role.grants.items():
            rule = RULES[ENTITIES[entity]]
            assert grant.rows.value == "all" or grant.rows in rule.meanings, (
                f"{code}: {grant.rows.value} means nothing on {entity}"
            )


def test_every_screen_declares_what_its_pages_need(lab: Lab) -> None:
    for screen in screens(lab.app):
        name = type(screen).__name__
        own = vars(type(screen))
        assert "list_columns" in own and screen.list_columns, name
        assert "card_columns" in own and 1 <= len(screen.card_columns) <= 5, name
        assert "search_columns" in own and screen.search_columns, name
        assert screen.quick_columns or screen.quick_references, name
        assert screen.key_column in screen.list_columns, name
        assert set(screen.card_columns) <= set(screen.list_columns), name
        assert screen.key_column not in screen.card_columns, name
        assert str(screen.entity.title) and re.search("[\u4e00-\u9fff]", str(_title(lab, screen))), name
        assert ("add" in screen.offers.split()) == bool(screen.form_sections), name


def _title(lab: Lab, screen: Screen) -> str:
    with lab.app.test_request_context():
        return str(screen.entity.title)


def test_every_verb_of_a_screen_stands_in_its_workflow_and_in_some_role(lab: Lab) -> None:
    for screen in screens(lab.app):
        public = (
            {verb for verb, step in FLOWS[screen.entity].transitions.items() if step.is_public}
            if screen.entity in FLOWS
            else set()
        )
        assert set(screen.actions) <= public, screen
        granted = set().union(
            *(
                role.grants[screen.entity.__name__].verbs
                for role in ROLES.values()
                if screen.entity.__name__ in role.grants
            )
        )
        assert set(screen.actions) <= granted, (screen, set(screen.actions) - granted)
        assert granted <= set(screen.actions) | set(screen.offers.split()), (screen, granted)
    for entity, flow in FLOWS.items():
        shown = {verb for screen in screens(lab.app) if screen.entity is entity for verb in screen.actions}
        assert {verb for verb, step in flow.transitions.items() if step.is_public} <= shown, entity
