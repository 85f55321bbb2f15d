"""Who gets which answer where: every role and nobody × every screen × every route, as the table matrix.csv says.

The table is reviewed by people and kept in git. After a change that is meant:

    TIEMA_WRITE_MATRIX=1 pytest tests/security/test_matrix.py -n0        and read the difference before committing it

A cell holds the answer for a row of one's own house and for a row of another salesperson, department and keeper:
"200 404", or one answer where no row is named. 200 page, 302 done or sent on (of nobody: to the login), 401 nobody pressing a button, 403 not in the
role, 404 not among one's rows or not offered, 422 form refused; "-" where no such row exists. Verbs are carried out to
their last step and then taken back, so the dealer stays as he was.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app import clock, unit_of_work
from app import models as m
from app.actor import SYSTEM, acting_as
from app.database import db
from app.errors import BusinessError
from app.models import ENTITIES
from app.reports import REPORTS
from app.roles import ROLES, SECRETS, Rows
from app.scope import RULES
from app.screens import Screen
from app.workflows.machine import FLOWS
from tests import conftest as engines
from tests.kit import START, Browser, World, _Form
from tests.security import estate as estates
from tests.security.estate import GUEST, WHO, Estate
from tests.security.lab import base, fingerprint, options, people, row_ids, screens, text

TABLE = Path(__file__).with_name("matrix.csv")
PLAIN = ("list", "show", "add", "edit", "delete", "export")
Matrix = dict[tuple[str, str], dict[str, str]]


@dataclass
class Run:
    """What one tour of everybody through everything gave."""

    estate: Estate
    cells: Matrix
    wrong: list[str]
    asked: int
    changed_by_looking: list[str]
    changed_by_refusals: list[str]

    def __iter__(self) -> Iterator[tuple[Screen, str, str, str]]:
        """(screen, route, role, cell) of the whole table."""
        known = {type(screen).__name__: screen for screen in screens(self.estate.site.app)}
        for (screen, route), row in self.cells.items():
            for role, cell in row.items():
                yield known[screen], route, role, cell


class Rehearsed(BusinessError):
    """The verb went through; it is taken back."""


OWN_TASTE = {"SavedView", "ListLook"}  # how somebody likes his lists is told nowhere
CARRIED_OUT: list[tuple[str, bool]] = []  # what a unit of work was about, and whether a log has a line of it


def written() -> list[int]:
    """How far the journals of this transaction are: what changed, what was done, what was asked for."""
    journals = [entity.__table__ for entity in (m.AuditLog, m.StateChange, m.Job)]
    return [db.session.execute(sa.select(sa.func.count()).select_from(t)).scalar() or 0 for t in journals]


def rehearse(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every unit of work is done to its end and rolled back in place of the commit."""
    real = unit_of_work._run

    def run(work: Callable[[], Any], *rest: Any) -> Any:
        def last() -> Any:
            before = written()
            work()
            db.session.flush()
            CARRIED_OUT.append((rest[2].__name__, written() != before))
            raise Rehearsed("彩排")

        return real(last, *rest)

    monkeypatch.setattr(unit_of_work, "_run", run)


@pytest.fixture(scope="module")
def dealer() -> Iterator[Estate]:
    """Both houses, on the database of SQLite; only read and rehearsed upon in this file."""
    engine = engines.engine_of("sqlite")
    engine.restore()
    site = World(engine.app)
    site.people.update(people(site))
    with clock.on(START):
        yield estates.build(site)
    with engine.app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="module")
def run(dealer: Estate) -> Iterator[Run]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        rehearse(monkeypatch)
        yield _tour(dealer)


def _tour(dealer: Estate) -> Run:
    before = _state(dealer.site.app)
    tours = {role: Tour(dealer, role) for role in WHO}
    for tour in tours.values():
        tour.look()
    looked = _state(dealer.site.app)
    for tour in tours.values():
        tour.press()
    after = _state(dealer.site.app)
    cells: Matrix = {}
    for role, tour in tours.items():
        for key, cell in tour.cells.items():
            cells.setdefault(key, {})[role] = cell
    wrong = [fault for tour in tours.values() for fault in tour.wrong]
    return Run(
        dealer,
        cells,
        wrong,
        sum(tour.asked for tour in tours.values()),
        [name for name in before if before[name] != looked[name]],
        [name for name in before if looked[name] != after[name]],
    )


def _state(app: Flask) -> dict[str, Any]:
    with app.app_context(), acting_as(SYSTEM):
        return fingerprint()


class Tour:
    """One person at every route of every screen."""

    def __init__(self, dealer: Estate, role: str) -> None:
        self.dealer, self.role = dealer, role
        self.browser = Browser(dealer.site.app, WHO[role])
        page = _Form()
        page.feed(text(self.browser.get("/login/" if role == GUEST else "/me")))
        self.token = page.token
        self.cells: dict[tuple[str, str], str] = {}
        self.wrong: list[str] = []
        self.asked = 0

    def rows(self, screen: Screen) -> tuple[int | None, int | None]:
        name = screen.entity.__name__
        return self.dealer.mine(self.role, name), self.dealer.others.get(name)

    def look(self) -> None:
        """Everything that is a GET."""
        for screen in screens(self.dealer.site.app):
            root = base(screen)
            self._keep(screen, "list", self._ask(screen, f"{root}/list/?size=200"))
            self._keep(screen, "export", self._ask(screen, f"{root}/export?format=csv"))
            self._keep(screen, "add", self._ask(screen, f"{root}/add"))
            for route in ("show", "edit", *(f"ask {v}" for v, a in screen.actions.items() if a.func.form)):
                path = route.replace(" ", "/")
                self._pair(
                    screen,
                    route,
                    lambda pk, path=path, root=root, screen=screen: self._ask(screen, f"{root}/{path}/{pk}"),
                )

    def press(self) -> None:
        """Everything that is a POST: saving, deleting, verbs one by one and on several rows."""
        for screen in screens(self.dealer.site.app):
            root = base(screen)
            self._keep(screen, "add POST", self._ask(screen, f"{root}/add", {}))
            for route in (
                "edit",
                "delete",
                *(f"{'ask' if a.func.form else 'action'} {v}" for v, a in screen.actions.items()),
            ):
                path = route.replace(" ", "/")
                self._pair(
                    screen,
                    f"{route} POST",
                    lambda pk, path=path, root=root, screen=screen: self._ask(screen, f"{root}/{path}/{pk}", {}),
                )
            for verb in screen.actions:
                self._pair(
                    screen,
                    f"bulk {verb}",
                    lambda pk, verb=verb, root=root, screen=screen: self._ask(
                        screen, f"{root}/action_post", {"action": verb, "rowid": [pk, pk]}
                    ),
                )

    def _keep(self, screen: Screen, route: str, status: int) -> None:
        self.cells[type(screen).__name__, route] = str(status)

    def _pair(self, screen: Screen, route: str, ask: Callable[[int], int]) -> None:
        self._keep(screen, route, 0)
        self.cells[type(screen).__name__, route] = " ".join(
            "-" if pk is None else str(ask(pk)) for pk in self.rows(screen)
        )

    def _ask(self, screen: Screen, path: str, data: dict[str, Any] | None = None) -> int:
        self.asked += 1
        headers = {} if self.role == GUEST else {"X-Requested-With": "fetch"}
        kw: dict[str, Any] = {} if data is None else {"data": {"csrf_token": self.token, **data}}
        answer = self.browser.client.open(
            path, method="GET" if data is None else "POST", headers=headers, buffered=True, **kw
        )
        if self.role == GUEST and answer.status_code == 302 and not answer.location.startswith("/login/"):
            self.wrong.append(f"{path}: nobody is sent to {answer.location}")
        if hidden(self.role, screen.entity.__name__):
            words = text(answer)
            given = [name for name in self.dealer.names.get(screen.entity.__name__, ()) if name in words]
            if given:
                self.wrong.append(f"{self.role} {path}: gives away {given[:3]}")
        return answer.status_code


# -- what must hold whatever the table says: from app/roles.py and the rules of the trade, not from scope.py --------


def granted(role: str, entity: str) -> frozenset[str]:
    grant = ROLES[role].grants.get(entity) if role != GUEST else None
    return grant.verbs if grant else frozenset()


def hidden(role: str, entity: str) -> bool:
    """Whether rows of the other house are none of this role's business; lines go with their papers."""
    entity = RULES[ENTITIES[entity]].like or entity
    if (role, entity) == ("keeper", "Warehouse"):  # he may send parts to every store, so he reads how they are called
        return False
    grant = ROLES[role].grants.get(entity) if role != GUEST else None
    return grant is None or grant.rows is not Rows.ALL


def verb_of(route: str) -> str:
    """The right behind a route: `ask approve POST` → approve, `bulk approve` → approve, `add POST` → add."""
    words = route.removesuffix(" POST").split()
    return words[-1]


def test_the_table_in_git_is_what_the_house_answers(run: Run) -> None:
    if os.environ.get("TIEMA_WRITE_MATRIX") == "1":
        write(run.cells)
    assert differences(kept(), run.cells) == []
    assert sum(len(row) for row in run.cells.values()) >= 4000 and run.asked >= 6000


def test_no_answer_is_a_fault_and_no_refusal_tells_the_name_of_a_hidden_row(run: Run) -> None:
    assert run.wrong == []
    assert [cell for cell in run if "50" in cell[3] and any(part.startswith("5") for part in cell[3].split())] == []


def test_nothing_changes_by_looking_nor_by_a_verb_that_is_taken_back(run: Run) -> None:
    assert run.changed_by_looking == []
    assert run.changed_by_refusals == []


def test_whatever_is_carried_out_leaves_a_line_in_its_own_transaction(run: Run) -> None:
    """Saved, deleted, fired, asked for: before the commit the line is there, so both are kept or neither."""
    assert len(CARRIED_OUT) >= 100 and len({name for name, _ in CARRIED_OUT}) >= 15
    assert [name for name, is_told in CARRIED_OUT if not is_told and name not in OWN_TASTE] == []


def test_who_is_not_logged_in_gets_the_login_page_everywhere(run: Run) -> None:
    for screen, route, role, cell in run:
        if role == GUEST:
            shut = "401" if route.endswith("POST") or route.startswith("bulk") else "302"
            assert set(cell.split()) <= {shut, "-"}, (screen, route, cell)


def test_no_verb_is_open_that_the_role_does_not_name(run: Run) -> None:
    """Refused before the row is looked for: 403, or 404 where the screen has no such route at all."""
    for screen, route, role, cell in run:
        if role != GUEST and verb_of(route) not in granted(role, screen.entity.__name__):
            assert set(cell.split()) <= {"403", "404", "405", "-"}, (type(screen).__name__, route, role, cell)


def test_every_verb_that_the_role_names_is_open_on_its_own_rows(run: Run) -> None:
    shut = [
        (type(screen).__name__, route, role, cell)
        for screen, route, role, cell in run
        if role != GUEST
        and not route.startswith("bulk")
        and verb_of(route) in granted(role, screen.entity.__name__)
        and cell.split()[0] in ("403", "405")
    ]
    assert shut == []


def test_files_are_given_to_those_with_export_only_and_never_to_salespeople_and_technicians(run: Run) -> None:
    for screen, route, role, cell in run:
        if route == "export" and role != GUEST:
            may = "export" in granted(role, screen.entity.__name__)
            assert (cell == "200") == may, (type(screen).__name__, role, cell)
            assert role not in ("salesperson", "technician") or cell == "403", (type(screen).__name__, role)


def test_a_row_of_another_house_is_not_found_by_any_route(run: Run) -> None:
    """Show, edit, delete, verb and question say 404 (or 403 for the whole role), never a page or a sentence about it."""
    tried = 0
    for screen, route, role, cell in run:
        parts = cell.split()
        if role == GUEST or len(parts) < 2 or parts[1] == "-" or not hidden(role, screen.entity.__name__):
            continue
        if ENTITIES[screen.entity.__name__] in SHARED:
            continue
        tried += 1
        fine = {"403", "404", "405"} | ({"200", "302"} if route.startswith("bulk") else set())
        assert parts[1] in fine, (type(screen).__name__, route, role, cell)
    assert tried >= 1500, tried


SHARED = {entity for entity, rule in RULES.items() if rule is RULES[m.Tag]}


def test_no_drop_down_offers_a_row_of_another_house(dealer: Estate) -> None:
    """Every reference of every screen, its lines and its questions, for those who may not see the other house."""
    asked, offered = 0, []
    for role, account in WHO.items():
        if role == GUEST:
            continue
        browser = dealer.site.browser(account)
        for screen in screens(dealer.site.app):
            if not granted(role, screen.entity.__name__) & {"list", "add", "edit"}:
                continue
            for path, target in picks(screen):
                name = target.__name__
                if not hidden(role, name) or target in SHARED or name not in dealer.others:
                    continue
                asked += 1
                answer = browser.get(f"{base(screen)}/options/{path}", headers={"X-Requested-With": "fetch"})
                if answer.status_code == 200 and dealer.others[name] in options(answer):
                    offered.append((role, type(screen).__name__, path))
    assert offered == []
    assert asked >= 60, asked


def picks(screen: Screen) -> Iterator[tuple[str, type[m.Entity]]]:
    """(path, entity) of every reference the screen can be asked for."""
    for relation in sa.inspect(screen.entity).relationships:
        if issubclass(relation.mapper.class_, m.Entity) and not relation.uselist:
            yield relation.key, relation.mapper.class_
    for name, spec in screen.lines.items():
        target = sa.inspect(screen.entity).relationships[name].mapper
        for column in spec.columns:
            if column in target.relationships:
                yield f"{name}.{column}", target.relationships[column].mapper.class_
    for verb, action in screen.actions.items():
        for name in dir(action.func.form or object):
            wanted = getattr(getattr(action.func.form, name), "kwargs", {}).get("entity")
            if wanted is not None:
                yield f"{verb}!{name}", wanted


@pytest.mark.parametrize("role", sorted(set(ROLES)))
def test_filters_and_orders_of_the_address_never_widen_a_list(dealer: Estate, role: str) -> None:
    """The framework's own spellings and columns this person may not know leave the list as it is."""
    browser, tried = dealer.site.browser(WHO[role]), 0
    for screen in screens(dealer.site.app):
        entity = screen.entity.__name__
        if "list" not in granted(role, entity):
            continue
        root = f"{base(screen)}/list/?size=200"
        plain = _order(browser.get(root), screen)
        columns = screen.entity.__table__.c
        secret = [c.name for c in columns if role not in SECRETS.get(c.info.get("secret") or "", {role})]
        every = (
            "_flt_0_id=1",
            f"_flt_0_salesperson={dealer.site['sales3'].employee_id}",
            f"_oc_{type(screen).__name__}=id&_od_{type(screen).__name__}=asc",
            f"psize_{type(screen).__name__}=100000",
            *(f"{name}=1&{name}_from=0&{name}_to=0" for name in secret),
        )
        orders = [f"order={sign}{name}" for name in secret for sign in ("", "-")]
        for query in ("&".join((*every, "order=id;DROP TABLE customer")), "order=__class__", *orders):
            tried += 1
            assert _order(browser.get(f"{root}&{query}"), screen) == plain, (role, entity, query)
        assert dealer.others.get(entity) not in plain or not hidden(role, entity) or screen.entity in SHARED, entity
    assert tried >= 6, tried


def _order(answer: Any, screen: Screen) -> list[int]:
    assert answer.status_code == 200, answer.status_code
    found = re.findall(rf"{base(screen)}/show/(\d+)", answer.get_data(as_text=True))
    assert set(map(int, found)) == row_ids(answer, screen)
    return list(dict.fromkeys(map(int, found)))


# -- the rules of the trade (design: roles), whatever app/roles.py says ----------------------------------------------


MONEY_VERBS = {
    "approve",
    "reject",
    "confirm",
    "dispatch",
    "submit",
    "pay",
    "refund",
    "settle",
    "ship",
    "receive",
    "reverse",
}
JOURNALS = {
    "CashEntry",
    "CouponEntry",
    "PrepaidEntry",
    "ReceivableEntry",
    "StockMove",
    "AuditLog",
    "ExportLog",
    "ApprovalRecord",
    "MeterReading",
}


def test_the_roles_keep_the_rules_of_the_trade() -> None:
    for role in ROLES:
        for entity, grant in ROLES[role].grants.items():
            # not a business super-user; a background job is confirmed by who asked for it, whoever he is
            assert entity == "Job" or not (role == "sysadmin" and grant.verbs & MONEY_VERBS), entity
            assert not (role in ("salesperson", "technician") and "export" in grant.verbs), entity
            assert entity not in JOURNALS or grant.verbs <= {"list", "show", "export"}, (role, entity)
            assert entity not in REPORTS or grant.verbs <= {"list", "export"}, (role, entity)
            assert not ("delete" in grant.verbs and issubclass(ENTITIES[entity], m.Document)), (role, entity)
            own = role in ("salesperson", "technician") and "add" in grant.verbs
            assert not own or grant.rows is Rows.OWN, (role, entity)
    for entity, grant in ROLES["gm"].grants.items():
        if "list" in grant.verbs and entity not in (
            "Notification",
            "Job",
            "SavedView",
        ):  # everybody's own, nobody's list
            assert "export" in grant.verbs and grant.rows is Rows.ALL, entity  # the manager exports every list
    assert "confirm" in granted("finance", "Receipt") and not [
        r for r in set(ROLES) - {"finance"} if "confirm" in granted(r, "Receipt")
    ]
    assert {r for r in ROLES if granted(r, "MachineContract") & {"approve"}} == {"gm", "sales_manager", "finance"}
    assert {r for r in ROLES if granted(r, "MachineContract") & {"dispatch"}} == {"clerk", "keeper"}
    assert not SECRETS["cost"] & {"salesperson", "technician", "sales_manager", "service_manager", "credit", "visits"}


def test_every_entity_has_a_scope_rule_and_every_grant_means_something() -> None:
    assert set(RULES) == set(ENTITIES.values())
    for code, role in ROLES.items():
        assert role.grants.keys() <= ENTITIES.keys() | REPORTS.keys(), code
        for entity, grant in role.grants.items():
            rule = RULES[REPORTS[entity].whose if entity in REPORTS else ENTITIES[entity]]
            assert grant.rows is Rows.ALL or grant.rows in rule.meanings, f"{code}: {grant.rows} of {entity} is nothing"


def test_every_public_verb_has_a_button_and_a_role_and_every_granted_verb_a_route(dealer: Estate) -> None:
    shown: dict[type[m.Entity], set[str]] = {}
    for screen in screens(dealer.site.app):
        public = (
            {v for v, t in FLOWS[screen.entity].transitions.items() if t.is_public} if screen.entity in FLOWS else set()
        )
        given = set().union(*(granted(role, screen.entity.__name__) for role in ROLES))
        assert set(screen.actions) <= public & given, screen
        elsewhere = {"duties"} if screen.entity is m.Employee else set()  # a page of its own
        assert given <= set(screen.actions) | set(screen.offers.split()) | set(screen.imports) | elsewhere, (
            screen,
            given,
        )
        shown.setdefault(screen.entity, set()).update(
            screen.actions, screen.offers.split()
        )  # invite has a page of its own
    for entity, flow in FLOWS.items():
        assert {v for v, t in flow.transitions.items() if t.is_public} <= shown.get(entity, set()), entity


# -- the table -------------------------------------------------------------------------------------------------------


def kept() -> Matrix:
    """The table in git."""
    if not TABLE.exists():
        return {}
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {(row.pop("screen"), row.pop("route")): row for row in csv.DictReader(file)}


def write(cells: Matrix) -> None:
    """The table, ready to be read and committed."""
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["screen", "route", *WHO])
        for (screen, route), row in sorted(cells.items()):
            writer.writerow([screen, route, *(row[role] for role in WHO)])


def differences(expected: Matrix, found: Matrix) -> list[str]:
    """What the table says and what is, cell by cell."""
    told = [f"{' '.join(key)}: not in the table" for key in found.keys() - expected.keys()]
    told += [f"{' '.join(key)}: in the table only" for key in expected.keys() - found.keys()]
    for key in sorted(expected.keys() & found.keys()):
        told += [
            f"{' '.join(key)} as {role}: {expected[key].get(role)} expected, {cell} found"
            for role, cell in found[key].items()
            if expected[key].get(role) != cell
        ]
    return told
