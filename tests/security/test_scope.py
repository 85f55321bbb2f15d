"""A salesperson meets nothing of a colleague's: by address, form, preset, drop-down, filter, bulk, file, sum or session."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal as D
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import aliased

from app import clock, scope
from app import models as m
from app.actor import SYSTEM, Actor, acting_as
from app.database import db
from app.enums import (
    SIGNED_CONTRACTS,
    ContractState,
    FundKind,
    InboundKind,
    InspectionResult,
    PayMode,
    ReceivableKind,
    UnitCondition,
)
from app.errors import BusinessError, NotAllowed, NotYours
from app.models import ENTITIES
from app.roles import ROLES, Rows
from app.scope import RULES
from app.screens import Screen
from app.unit_of_work import create, fire
from tests.kit import START, Browser, on_both
from tests.security import lab as labs
from tests.security.lab import (
    Lab,
    base,
    csv_rows,
    fingerprint,
    leaked,
    options,
    raw,
    row_ids,
    screen_for,
    screens,
    text,
    xlsx,
)

SHARED = {name for name, rule in ((e.__name__, r) for e, r in RULES.items()) if rule is scope.EVERY_ROW}
BIG = 2**31


@dataclass
class Attempts:
    """Counts what was tried and keeps what went wrong, so that one run tells everything."""

    browser: Browser
    markers: set[str]
    made: int = 0
    wrong: list[str] = field(default_factory=list)

    def look(
        self, path: str, *fine: int, echo: str = "", data: dict[str, Any] | None = None, short: bool = True
    ) -> Any:
        """GET, or POST with `data`; `fine` are the answers that give nothing away; short: refusals without a whole page."""
        self.made += 1
        headers = {"X-Requested-With": "fetch"} if short else {}
        if data is None:
            answer = self.browser.get(path, buffered=True, headers=headers)
        else:
            answer = self.browser.client.post(path, data={"csrf_token": self.token, **data}, headers=headers)
        how = f"{'GET' if data is None else 'POST'} {path} {data or ''}"
        if fine and answer.status_code not in fine:
            self.wrong.append(f"{how}: {answer.status_code}")
        words = leaked(answer, {marker for marker in self.markers if marker not in echo})
        if words:
            self.wrong.append(f"{how}: gives away {words[:4]}")
        return answer

    def offers_nothing_of(self, answer: Any, ids: list[int], path: str) -> None:
        if answer.status_code == 200 and options(answer) & set(ids):
            self.wrong.append(f"{path}: offers {options(answer) & set(ids)}")

    @property
    def token(self) -> str:
        if not hasattr(self, "_token"):
            self._token = self.browser.token()
        return self._token


def rows_of(roles: frozenset[str], entity: str) -> set[Rows]:
    like = RULES[ENTITIES[entity]].like or entity
    return {ROLES[code].grants[like].rows for code in roles if like in ROLES[code].grants}


def foreign(lab: Lab, actor: Actor) -> set[str]:
    """Entities of which Y's rows are none of this person's business."""
    return {name for name in lab.y.ids if name not in SHARED and Rows.ALL not in rows_of(actor.roles, name)}


def verbs(screen: Screen) -> list[str]:
    return [*screen.actions, "no_such_verb"]


def picks(screen: Screen) -> list[str]:
    """Every path under /options/ that could mean something on this screen, and some that must not."""
    relations = [r.key for r in sa.inspect(screen.entity).relationships]
    lines = [f"{name}.{column}" for name, spec in screen.lines.items() for column in spec.columns]
    asked = [
        f"{verb}!{name}"
        for verb, action in screen.actions.items()
        if action.func.form is not None
        for name in dir(action.func.form)
        if hasattr(getattr(action.func.form, name), "kwargs")
    ]
    return [*relations, *lines, *asked, "id", "user", "number.customer", "customer.salesperson", "password"]


def address_attacks(lab: Lab, tries: Attempts, hidden: set[str], most: int = 1) -> None:
    """Y's ids in the path of every route of every screen."""
    for screen in screens(lab.app):
        name, root = screen.entity.__name__, base(screen)
        if name not in hidden:
            continue
        for pk in lab.y.ids[name][:most]:
            tries.look(f"{root}/show/{pk}", 403, 404, short=False)
            tries.look(f"{root}/edit/{pk}", 403, 404)
            tries.look(f"{root}/edit/{pk}", 403, 404, data={"remark": "x", "version": "1"})
            tries.look(f"{root}/delete/{pk}", 403, 404, data={})
            for verb in verbs(screen):
                tries.look(f"{root}/action/{verb}/{pk}", 302 if _asks(screen, verb) else 404, 403, 404, data={})
                tries.look(f"{root}/ask/{verb}/{pk}", 403, 404)
                tries.look(
                    f"{root}/ask/{verb}/{pk}",
                    403,
                    404,
                    data={"reason": "x", "opinion": "x", "answer": "x", "score": "5"},
                )
                tries.look(f"{root}/action_post", 200, 302, 403, 404, data={"action": verb, "rowid": [pk, pk]})


def _asks(screen: Screen, verb: str) -> bool:
    """A verb with questions sends the button on to its question page, where the row is looked for."""
    return verb in screen.actions and screen.actions[verb].func.form is not None


def list_attacks(lab: Lab, tries: Attempts, hidden: set[str]) -> None:
    """Y's ids and words in filters, searches, orders and tabs of every list and every file."""
    for screen in screens(lab.app):
        name, root = screen.entity.__name__, base(screen)
        queries = ["", "?size=200", *(f"?tab={tab.name}" for tab in screen.tabs)]
        queries += [f"?order={sign}{column}" for sign in ("", "-") for column in list(screen.orderable)[:2]]
        for column in screen.search_columns:
            described = screen.column(column)
            if described.kind == "key" and described.target is not None and lab.y.ids.get(described.target.__name__):
                queries.append(f"?{column}={lab.y.ids[described.target.__name__][0]}")
        for word in sorted(lab.y.words.get(name, set()))[:3] + sorted(lab.y.words["Customer"])[-1:]:
            queries += [
                f"?q={word}",
                *(f"?{c}={word}" for c in screen.search_columns if screen.column(c).kind == "text"),
            ]
        for query in queries:
            answer = tries.look(f"{root}/list/{query}", 200, 403, echo=query)
            if name in hidden and answer.status_code == 200 and row_ids(answer, screen) & set(lab.y.ids[name]):
                tries.wrong.append(f"{root}/list/{query}: lists a foreign row")
        for query in (*queries[:2], queries[-1]):
            mark = "&" if query else "?"
            for kind in ("csv", "xlsx"):
                tries.look(f"{root}/export{query}{mark}format={kind}", 200, 403, echo=query)


def option_attacks(lab: Lab, tries: Attempts, hidden: set[str]) -> None:
    """Every drop-down, with Y's customer, contract and machine as what it depends on."""
    given = (
        f"customer={lab.y.ids['Customer'][0]}&pk={lab.y.ids['MachineContract'][1]}&contact={lab.y.ids['Contact'][0]}"
    )
    for screen in screens(lab.app):
        for path in picks(screen):
            for query in (f"?{given}", f"?q={'土石方乙字二'}", "?page=2"):
                answer = tries.look(f"{base(screen)}/options/{path}{query}", 200, 403, 404, echo=query)
                if answer.status_code == 200:
                    for name in hidden:
                        target = _target(screen, path)
                        if target == name:
                            tries.offers_nothing_of(answer, lab.y.ids[name], f"{base(screen)}/options/{path}{query}")


def _target(screen: Screen, path: str) -> str:
    if "!" in path:
        verb, name = path.split("!")
        return getattr(screen.actions[verb].func.form, name).kwargs.get("entity", m.Entity).__name__
    if path in screen.search_columns and screen.column(path).kind == "lines":
        return "Tag"
    entity: Any = screen.entity
    for name in path.split("."):
        relations = sa.inspect(entity).relationships
        if name not in relations:
            return ""
        entity = relations[name].mapper.class_
    return entity.__name__ if issubclass(entity, m.Entity) else ""


def preset_attacks(lab: Lab, tries: Attempts, hidden: set[str]) -> None:
    """`/add?customer=<Y's>` and the framework's own `_flt_` spellings."""
    for screen in screens(lab.app):
        for _, names in screen.form_sections:
            for name in names:
                column = screen.column(name)
                if (
                    column.kind == "key"
                    and column.target is not None
                    and column.target.__name__ in hidden
                    and lab.y.ids[column.target.__name__]
                ):
                    pk = lab.y.ids[column.target.__name__][0]
                    tries.look(f"{base(screen)}/add?{name}={pk}", 403, 404)
                    for stock in (
                        f"_flt_0_{name}={pk}",
                        f"_flt_0_{name}_id={pk}",
                        f"_oc_{type(screen).__name__}=cost_amount",
                    ):
                        tries.look(f"{base(screen)}/add?{stock}", 200, 403)
                        tries.look(f"{base(screen)}/list/?{stock}", 200, 403)


def phone_attacks(lab: Lab, tries: Attempts) -> None:
    for pk in lab.y.ids["Customer"]:
        tries.look(f"/phone/tags/{pk}", 403, 404)
        for tag in (1, 2, 3, BIG, 2**63):
            tries.look(f"/phone/tags/{pk}/{tag}", 403, 404, data={})
    for word in ("", "?q=土石方乙字二", "?q=13712000004", "?q=KH0"):
        tries.look(f"/phone/tags/{word}", 200, 403, echo=word)


def home_attacks(lab: Lab, tries: Attempts) -> None:
    for path in ("/", "/me", "/back"):
        tries.look(path, 200, 302)
    for pk in lab.y.ids["Notification"]:
        tries.look(f"/notificationview/open/{pk}", 404, data={})
        tries.look(f"/notificationview/action/read/{pk}", 404, data={})


def unchanged(lab: Lab, before: dict[str, Any]) -> list[str]:
    with lab.app.app_context(), acting_as(SYSTEM):
        after = fingerprint()
    return [name for name in before if before[name] != after[name]]


def test_a_salesperson_reaches_nothing_of_a_colleagues(lab: Lab) -> None:
    """Stock: actions, presets, drop-downs, related rows and downloads skip the row filter; only list and show have it."""
    actor = lab.site["sales1"]
    hidden = foreign(lab, actor)
    with lab.app.app_context(), acting_as(SYSTEM):
        before = fingerprint()
    tries = Attempts(lab.browser("sales1"), lab.y.markers())
    address_attacks(lab, tries, hidden, most=2)
    assert unchanged(lab, before) == []
    list_attacks(lab, tries, hidden)
    option_attacks(lab, tries, hidden)
    preset_attacks(lab, tries, hidden)
    phone_attacks(lab, tries)
    with clock.on(START):
        tries.browser.log_in_again()
        home_attacks(lab, tries)
    for pk in lab.x.ids["Customer"] + lab.x.ids["Contact"]:
        tries.look(f"/customerview/show/{pk}")
        tries.look(f"/contactview/show/{pk}")
    assert tries.wrong == []
    assert {
        "Contact",
        "Customer",
        "MachineContract",
        "Receivable",
        "Receipt",
        "Coupon",
        "VisitTask",
        "CustomerTag",
        "MachineUnit",
    } <= hidden
    assert tries.made >= 400, tries.made
    assert unchanged(lab, before) == []


NAMES = {"土石方乙字二有限公司", "个体户乙字二"}
REFERENCES = {
    "sales_manager2": ("ZJHT-",),  # sees every machine (roles.md), so who owns it and which contract holds it
    "keeper2": ("KH",),  # picks customers by name and number
}


@pytest.mark.parametrize("username", ["sales_manager2", "keeper2", "tech1"])
def test_other_departments_other_yards_and_technicians_reach_nothing_either(lab: Lab, username: str) -> None:
    actor = lab.site[username]
    hidden = foreign(lab, actor)
    seen = {name for name in lab.y.ids if name not in hidden}
    markers = lab.y.markers(*seen) - lab.y.markers(*hidden)
    if username in REFERENCES:  # names behind a reference of a row that this person may see
        markers -= {word for word in markers if word in NAMES or word.startswith(REFERENCES[username])}
    with lab.app.app_context(), acting_as(SYSTEM):
        table = m.Notification.__table__  # what they were told by mistake has a test of its own below
        db.session.execute(sa.delete(table).where(table.c.to_id == actor.employee_id))
        db.session.commit()
        before = fingerprint()
    tries = Attempts(lab.browser(username), markers)
    address_attacks(lab, tries, hidden)
    list_attacks(lab, tries, hidden)
    option_attacks(lab, tries, hidden)
    phone_attacks(lab, tries)
    with clock.on(START):
        tries.browser.log_in_again()
        home_attacks(lab, tries)
    assert tries.wrong == []
    assert tries.made >= 400, tries.made
    assert {"MachineContract", "MachineDispatch"} <= hidden
    assert unchanged(lab, before) == []


# -- forms ------------------------------------------------------------------------------------------------------


def _mine(lab: Lab) -> dict[str, dict[str, str]]:
    """Complete and right forms of sales1, by path of the list's screen."""
    x, site = lab.x.ids, lab.site
    with lab.app.app_context(), acting_as(SYSTEM):
        model, tag = site.row(m.MachineModel, model="HT215").id, site.rows(m.Tag)[3].id
        coupon = site.row(m.CouponType, name="配件代金券").id
        db.session.rollback()
    me = str(site["sales1"].employee_id)
    company = next(i for i in x["Customer"] if i != min(x["Customer"]))
    return {
        "/contactview": {"name": "新人", "mobile": "13800000011", "salesperson": me, "position": "BOSS", "source": "VISIT"},
        "/customerview": {"name": "新公司", "kind": "COMPANY", "credit_code": labs.credit_code(900), "mobile": "13800000012", "salesperson": me,
                          "level": "B", "industry": "MINE", "price_level": "RETAIL"},
        "/customertagview": {"customer": str(company), "tag": str(tag)},
        "/machinecontractview": {
            "customer": str(company), "contact": str(x["Contact"][0]), "signed_on": str(clock.today()), "pay_mode": "FULL", "deposit_amount": "20000",
            "repay_method": "ANNUITY", "lines-shown": "1", "fees-shown": "1", "gifts-shown": "1", "lines-0-model": str(model), "lines-0-unit": "",
            "lines-0-unit_price": "1000000", "lines-0-tax_rate": "13", "gifts-0-kind": "COUPON", "gifts-0-coupon_type": str(coupon), "gifts-0-face_amount": "100",
            "gifts-0-valid_days": "30",
        },
    }  # fmt: skip


FOREIGN_FIELDS = [
    ("/contactview", "salesperson", "Employee"),
    ("/customerview", "salesperson", "Employee"),
    ("/customertagview", "customer", "Customer"),
    ("/machinecontractview", "customer", "Customer"),
    ("/machinecontractview", "contact", "Contact"),
    ("/machinecontractview", "lines-0-unit", "MachineUnit"),
]


@pytest.mark.parametrize(("root", "name", "entity"), FOREIGN_FIELDS, ids=[f"{r[1:]}-{n}" for r, n, _ in FOREIGN_FIELDS])
def test_a_foreign_reference_in_a_form_is_refused_beside_its_field(lab: Lab, root: str, name: str, entity: str) -> None:
    """Stock: the drop-down's query is not asked again on POST; any id is taken."""
    browser, right = lab.browser("sales1"), _mine(lab)[root]
    screen = next(s for s in screens(lab.app) if base(s) == root)
    targets = [lab.site["sales2"].employee_id] if entity == "Employee" else lab.y.ids[entity]
    with lab.app.app_context(), acting_as(SYSTEM):
        before = fingerprint()
    for pk in targets:
        answer = browser.post(f"{root}/add", {**right, name: str(pk)})
        assert answer.status_code == 422
        assert f'id="{name}-error"' in text(answer) and leaked(answer, lab.y.markers()) == []
        assert unchanged(lab, before) == []
    assert browser.post(f"{root}/add", right).status_code == 302  # the form was right but for that field
    with lab.app.app_context(), acting_as(SYSTEM):
        made = max(row.id for row in raw(screen.entity))
        before = fingerprint()
    if "edit" in screen.offers:
        for pk in targets:
            form = browser.form(f"{root}/edit/{made}")
            if name not in form:  # it is chosen once; afterwards a verb changes it
                assert name in screen.add_only
                continue
            answer = browser.post(f"{root}/edit/{made}", {**form, **right, name: str(pk)})
            assert answer.status_code == 422 and f'id="{name}-error"' in text(answer)
            assert unchanged(lab, before) == []


def test_a_line_of_a_foreign_contract_is_not_moved_by_naming_its_id(lab: Lab) -> None:
    """A line id of another paper in the form makes a new line at most; the other paper keeps its own."""
    browser, right = lab.browser("sales1"), _mine(lab)["/machinecontractview"]
    foreign_line = lab.y.ids["ContractLine"][0]
    with lab.app.app_context():
        before = [tuple(r) for r in raw(m.ContractLine, m.ContractLine.__table__.c.id.in_(lab.y.ids["ContractLine"]))]
    assert browser.post("/machinecontractview/add", {**right, "lines-0-id": str(foreign_line)}).status_code == 302
    draft = next(i for i in lab.x.ids["MachineContract"] if "草稿" in _remark(lab, i))
    form = browser.form(f"/machinecontractview/edit/{draft}")
    answer = browser.post(f"/machinecontractview/edit/{draft}", {**form, "lines-0-id": str(foreign_line)})
    assert answer.status_code == 302, form
    with lab.app.app_context():
        assert [
            tuple(r) for r in raw(m.ContractLine, m.ContractLine.__table__.c.id.in_(lab.y.ids["ContractLine"]))
        ] == before


def _remark(lab: Lab, pk: int) -> str:
    with lab.app.app_context():
        return raw(m.MachineContract, m.MachineContract.__table__.c.id == pk)[0].remark


def test_a_verb_that_asks_for_a_contact_does_not_take_a_foreign_one(lab: Lab) -> None:
    browser, own = lab.browser("sales1"), lab.x.ids["Customer"][0]
    for pk in lab.y.ids["Contact"]:
        answer = browser.post(f"/customerview/ask/propose_link/{own}", {"contact": str(pk), "note": "x"})
        assert (
            answer.status_code == 422 and 'id="contact-error"' in text(answer) and leaked(answer, lab.y.markers()) == []
        )
    assert (
        browser.post(f"/customerview/ask/propose_link/{own}", {"contact": str(lab.x.ids["Contact"][0])}).status_code
        == 302
    )


# -- lists, files, sums, home -------------------------------------------------------------------------------------


def test_lists_show_every_own_row_and_count_and_sum_only_those(lab: Lab) -> None:
    browser = lab.browser("sales1")
    for screen in screens(lab.app):
        name = screen.entity.__name__
        if name not in lab.x.ids or not lab.site["sales1"].may("list", name) or name in ("MachineUnit", "Notification"):
            continue
        answer = browser.get(f"{base(screen)}/list/?size=200")
        assert row_ids(answer, screen) >= set(lab.x.ids[name]), name
        assert row_ids(answer, screen).isdisjoint(lab.y.ids[name]), name
        assert f"{len(lab.x.ids[name])} 条" in text(answer) or f"<span>{len(lab.x.ids[name])}" in text(answer), name
    with lab.app.app_context():
        total = sum(
            r.total_amount
            for r in raw(m.MachineContract, m.MachineContract.__table__.c.id.in_(lab.x.ids["MachineContract"]))
        )
    assert f'<td class="num ">{total:,.2f}</td>' in text(browser.get("/machinecontractview/list/")).replace(
        "num  ", "num "
    )


def test_files_hold_exactly_the_rows_of_the_department(lab: Lab) -> None:
    """The manager of the selling department exports both salespeople, the manager of the other department nobody."""
    for username, wanted in (
        ("sales_manager", {*lab.x.ids["MachineContract"], *lab.y.ids["MachineContract"]}),
        ("sales_manager2", set()),
    ):
        browser = lab.browser(username)
        with lab.app.app_context():
            numbers = {r.number for r in raw(m.MachineContract) if r.id in wanted}
        as_csv = csv_rows(browser.get("/machinecontractview/export?format=csv", buffered=True).get_data())
        as_xlsx = xlsx(browser.get("/machinecontractview/export", buffered=True).get_data())
        assert {row[0] for row in as_csv[1:]} == numbers
        assert {row[0] for row in as_xlsx[2:]} == numbers
    narrowed = csv_rows(
        lab.browser("sales_manager")
        .get(f"/machinecontractview/export?format=csv&customer={lab.x.ids['Customer'][1]}")
        .get_data()
    )
    assert {row[2] for row in narrowed[1:]} <= {"土石方甲字一有限公司"}


def test_the_home_page_counts_and_sums_only_own_rows(lab: Lab) -> None:
    with lab.app.app_context():
        contracts = raw(m.MachineContract, m.MachineContract.__table__.c.id.in_(lab.x.ids["MachineContract"]))
        debts = raw(m.Receivable, m.Receivable.__table__.c.id.in_(lab.x.ids["Receivable"]))
    signed = sum(c.total_amount for c in contracts if c.state in SIGNED_CONTRACTS)
    waits = sum(c.total_amount for c in contracts if c.state is ContractState.APPROVED)  # paid in full before it leaves
    late = D(9417 - 1000)  # the opening debt; nothing else was due before today
    open_debts = [d for d in debts if d.state.name in ("OPEN", "PARTIAL")]
    owed = sum(d.amount - d.settled_amount - d.written_off_amount for d in open_debts)
    with clock.on(START):
        page = text(lab.browser("sales1").get("/"))
        boss = text(lab.browser("gm").get("/"))
    for amount in (signed, owed, waits, late):
        figure = f">{amount / 10_000:,.2f} <small>"
        assert figure in page and figure not in boss
    assert leaked_words(page, lab.y.markers()) == []


def leaked_words(page: str, markers: set[str]) -> list[str]:
    return [marker for marker in markers if marker in page]


def test_todos_count_what_the_list_behind_them_shows(lab: Lab) -> None:
    """A rejected contract is the todo of its own salesperson and of nobody else among the salespeople."""
    site = lab.site
    with lab.app.app_context(), clock.on(START), acting_as(SYSTEM):
        draft = next(
            i
            for i in lab.y.ids["MachineContract"]
            if raw(m.MachineContract, m.MachineContract.__table__.c.id == i)[0].state is ContractState.DRAFT
        )
        paper = site.row(m.MachineContract, id=draft)
        fire(paper, "submit", by=site["sales2"])
        fire(paper, "reject", by=site["sales_manager"], opinion="价格太低")
        db.session.remove()
    for username, count in (("sales1", 0), ("sales2", 1), ("sales3", 0)):
        browser = lab.browser(username)
        page = text(browser.get("/"))
        assert f"<b>{count}</b></a></li>" in page
        assert (
            len(row_ids(browser.get("/machinecontractview/list/?tab=back"), screen_for(lab.app, m.MachineContract)))
            == count
        )


def test_blocks_below_a_detail_hold_own_rows_only(lab: Lab) -> None:
    """X's contact signs a contract for Y's company: X sees the contact, not the contract."""
    site = lab.site
    with lab.app.app_context(), clock.on(START), acting_as(SYSTEM):
        company = next(c for c in site.rows(m.Customer) if c.name == "土石方乙字二有限公司")
        contact = site.row(m.Contact, id=lab.x.ids["Contact"][0])
        paper = create(
            m.MachineContract,
            {"customer": company, "contact": contact, "pay_mode": PayMode.FULL,
             "lines": [{"model": site.row(m.MachineModel, model="HT75"), "unit_price": D(390000)}]},
            by=site["clerk"],
        )  # fmt: skip
        create(m.CustomerContact, {"customer": company, "contact": contact}, by=site["clerk"])
        number = paper.number
        db.session.remove()
    page = text(lab.browser("sales1").get(f"/contactview/show/{lab.x.ids['Contact'][0]}"))
    assert "谈判人甲字一" in page and number not in page and leaked_words(page, lab.y.markers()) == []
    assert number in text(lab.browser("clerk").get(f"/contactview/show/{lab.x.ids['Contact'][0]}"))


def test_a_keeper_sends_off_only_machines_of_the_own_yard(lab: Lab) -> None:
    """One contract, two machines in two yards: each keeper meets the own line only."""
    site = lab.site
    with lab.app.app_context(), clock.on(START), acting_as(SYSTEM):
        units = []
        for code, keeper in (("ZJ1", "keeper"), ("ZJ3", "keeper2")):
            paper = create(
                m.MachineInbound,
                {"kind": InboundKind.OPENING, "model": site.row(m.MachineModel, model="HT75"), "serial_number": f"YARD{code}",
                 "condition": UnitCondition.NEW, "warehouse": site.row(m.Warehouse, code=code), "gross_amount": D(300000)},
                by=site["buyer"],
            )  # fmt: skip
            fire(paper, "receive", by=site[keeper], inspection=InspectionResult.PASS)
            units.append(site.row(m.MachineUnit, serial_number=f"YARD{code}"))
        company = next(c for c in site.rows(m.Customer) if c.name == "土石方甲字一有限公司")
        model = site.row(m.MachineModel, model="HT75")
        contract = site.contract(
            company, site.row(m.Contact, id=lab.x.ids["Contact"][0]), None, deposit_amount=D(0),
            lines=[{"model": model, "unit": unit, "unit_price": D(390000)} for unit in units],
        )  # fmt: skip
        site.approved(contract)
        owed = site.debts(contract)
        site.paid(company, [(owed["BALANCE"], str(owed["BALANCE"].amount))])
        pk, lines = contract.id, [line.id for line in site.rows(m.ContractLine, contract_id=contract.id)]
        db.session.remove()
    path = f"/machinecontractview/ask/dispatch/{pk}"
    for username, own, other in (("keeper", lines[0], lines[1]), ("keeper2", lines[1], lines[0])):
        browser = lab.browser(username)
        assert options(browser.get(f"/machinecontractview/options/dispatch!line?pk={pk}")) == {own}
        filled = {"receiver": "收货人", "is_checked": "y", "is_checked-shown": "1", "hour_meter": "1"}
        answer = browser.submit(path, {**filled, "line": str(other)})
        assert answer.status_code == 422 and 'id="line-error"' in text(answer)
        assert browser.submit(path, {**filled, "line": str(own)}).status_code == 302
    with lab.app.app_context():
        assert all(line.is_dispatched for line in raw(m.ContractLine, m.ContractLine.__table__.c.contract_id == pk))


# -- the session itself -------------------------------------------------------------------------------------------

C, L = m.Customer, m.MachineContract

READS: dict[str, Callable[[int], Any]] = {
    "select by id": lambda y: sa.select(C).where(C.id == y),
    "select a column": lambda y: sa.select(C.name).where(C.id == y),
    "select an alias": lambda y: (lambda a: sa.select(a.name).where(a.id == y))(aliased(C)),
    "select through a join": lambda y: sa.select(L.number).join(C, C.id == L.customer_id).where(C.id == y),
    "select the joined side": lambda y: (
        sa.select(C.name).select_from(L).join(C, C.id == L.customer_id).where(L.customer_id == y)
    ),
    "select from a subquery": lambda y: (lambda q: sa.select(q.c.name).where(q.c.id == y))(sa.select(C).subquery()),
    "select an aliased subquery": lambda y: (lambda a: sa.select(a.name).where(a.id == y))(
        aliased(C, sa.select(C).subquery())
    ),
    "select from a cte": lambda y: (lambda q: sa.select(q.c.name).where(q.c.id == y))(sa.select(C).cte()),
    "select a union": lambda y: sa.union_all(sa.select(C.id).where(C.id == y), sa.select(C.id).where(C.id == y)),
    "outer join": lambda y: sa.select(C.name).select_from(m.Tag).outerjoin(C, C.id == y).where(C.id.is_not(None)),
    "in a where": lambda y: sa.select(m.Tag.id).where(sa.exists().where(C.id == y)),
    "in a where with select": lambda y: sa.select(m.Tag.id).where(sa.select(C.id).where(C.id == y).exists()),
    "in an in": lambda y: sa.select(m.Tag.id).where(sa.literal(y).in_(sa.select(C.id))),
    "lines of a foreign header": lambda y: (
        sa.select(m.ContractLine.id).join(L, L.id == m.ContractLine.contract_id).where(L.customer_id == y)
    ),
}
COUNTS: dict[str, Callable[[], Any]] = {
    "count of ids": lambda: sa.select(sa.func.count(C.id)),
    "count of rows": lambda: sa.select(sa.func.count()).select_from(C),
    "count of a subquery": lambda: sa.select(sa.func.count()).select_from(sa.select(C.id).subquery()),
    "count of an alias": lambda: (lambda a: sa.select(sa.func.count(a.id)))(aliased(C)),
    "count of a union": lambda: sa.select(sa.func.count()).select_from(
        sa.union_all(sa.select(C.id), sa.select(C.id).where(C.id < 0)).subquery()
    ),
    "scalar subquery": lambda: sa.select(sa.select(sa.func.count(C.id)).scalar_subquery()),
    "count over a window": lambda: sa.select(sa.func.count(C.id).over()).limit(1),
}


@on_both
def test_the_session_itself_hides_foreign_rows_from_every_kind_of_read(lab: Lab) -> None:
    """Nothing depends on a screen remembering the rule: the criterion sits on the session."""
    x, y = lab.site["sales1"], lab.y.ids["Customer"]
    with lab.app.app_context():
        with acting_as(x):
            shown = {name: db.session.execute(make(pk)).all() for name, make in READS.items() for pk in y}
            counted = {name: db.session.scalar(make()) for name, make in COUNTS.items()}
            assert {name for name, rows in shown.items() if rows} == set()
            assert {name: n for name, n in counted.items() if n != len(lab.x.ids["Customer"])} == {}
            for pk in y:
                assert db.session.scalar(sa.select(sa.exists().where(C.id == pk))) is False
                assert db.session.scalar(sa.select(sa.select(C.id).where(C.id == pk).exists())) is False
                assert db.session.get(C, pk) is None
                assert db.session.query(C).filter_by(id=pk).count() == 0
            assert db.session.scalar(sa.select(sa.func.max(C.id))) == max(lab.x.ids["Customer"])
            assert db.session.scalar(sa.select(sa.func.sum(L.total_amount)).where(L.customer_id.in_(y))) is None
            db.session.rollback()
        with acting_as(lab.site["gm"]):  # the same statements do find them for somebody who may
            assert all(
                db.session.execute(make(pk)).all()
                for name, make in READS.items()
                for pk in y
                if "header" not in name and "join" not in name
            )
            db.session.rollback()


@on_both
def test_collections_and_eager_loads_hold_own_rows_only(lab: Lab) -> None:
    site = lab.site
    with lab.app.app_context():
        with acting_as(SYSTEM), clock.on(START):
            mine = db.session.get_one(C, lab.x.ids["Customer"][1])
            theirs = db.session.get_one(C, lab.y.ids["Customer"][1])
            number = len(theirs.tags)
            assert number == 2
            db.session.rollback()
        with acting_as(site["sales1"]):
            with scope.elevated():
                theirs = db.session.get_one(C, lab.y.ids["Customer"][1])
            assert theirs.tags == []  # lazily
            loaded = db.session.scalars(
                sa.select(C).options(sa.orm.selectinload(C.tags), sa.orm.joinedload(C.salesperson))
            ).all()
            assert {c.id for c in loaded} == set(lab.x.ids["Customer"])
            joined = db.session.scalars(sa.select(C).options(sa.orm.joinedload(C.tags))).unique().all()
            assert {c.id for c in joined} == set(lab.x.ids["Customer"])
            assert mine is not None
            db.session.rollback()


def _writes(lab: Lab) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Ways to change rows of Y's behind the screens' back, as X."""
    y, x = lab.y.ids, lab.site["sales1"]

    def through(entity: type[m.Entity], pk: int, **values: Any) -> Callable[[], Any]:
        def work() -> None:
            with scope.elevated():
                row = db.session.get_one(entity, pk)  # as if reached through a reference
            for name, value in values.items():
                setattr(row, name, value)
            db.session.commit()

        return work

    def add(row: Callable[[], m.Entity]) -> Callable[[], Any]:
        def work() -> None:
            db.session.add(row())
            db.session.commit()

        return work

    def run(statement: Callable[[], Any], rows: list[dict[str, Any]] | None = None) -> Callable[[], Any]:
        def work() -> None:
            if rows:
                db.session.execute(statement(), rows)
            else:
                db.session.execute(statement())
            db.session.commit()

        return work

    def drop() -> None:
        with scope.elevated():
            row = db.session.get_one(m.CustomerTag, y["CustomerTag"][0])
        db.session.delete(row)
        db.session.commit()

    now = clock.now()
    yield "change a foreign row", through(C, y["Customer"][0], name="gone")
    yield "take a foreign row over", through(C, y["Customer"][0], salesperson_id=x.employee_id)
    yield "take a foreign contract over", through(L, y["MachineContract"][0], salesperson_id=x.employee_id)
    yield "give an own row away", through(C, lab.x.ids["Customer"][0], salesperson_id=lab.site["sales2"].employee_id)
    yield (
        "move a tag to a foreign customer",
        through(m.CustomerTag, lab.x.ids["CustomerTag"][0], customer_id=y["Customer"][0]),
    )
    yield (
        "point an own contract at a foreign contact",
        through(L, lab.x.ids["MachineContract"][0], contact_id=y["Contact"][0]),
    )
    yield "tag a foreign customer", add(lambda: m.CustomerTag(customer_id=y["Customer"][0], tag_id=5))
    yield (
        "write a contact for a colleague",
        add(
            lambda: m.Contact(
                name="n", number="LXX", mobile="13800000000", salesperson_id=lab.site["sales2"].employee_id
            )
        ),
    )
    yield "delete a foreign row", drop
    yield "update by statement", run(lambda: sa.update(C).where(C.id == y["Customer"][0]).values(name="gone"))
    yield "update all by statement", run(lambda: sa.update(m.CustomerTag).values(picked_at=now))
    yield "update by keys", run(lambda: sa.update(m.CustomerTag), [{"id": y["CustomerTag"][0], "tag_id": 7}])
    yield (
        "delete by statement",
        run(lambda: sa.delete(m.CustomerTag).where(m.CustomerTag.customer_id == y["Customer"][1])),
    )
    yield (
        "insert by statement",
        run(lambda: sa.insert(m.CustomerTag).values(customer_id=y["Customer"][0], tag_id=5, picked_at=now)),
    )
    yield (
        "insert many by statement",
        run(lambda: sa.insert(m.CustomerTag), [{"customer_id": y["Customer"][0], "tag_id": 5, "picked_at": now}]),
    )
    yield "read around the rule", run(lambda: sa.select(C).from_statement(sa.text("SELECT * FROM customer")))


@on_both
def test_the_session_itself_refuses_writes_outside_the_rows_of_the_person(lab: Lab) -> None:
    with lab.app.app_context(), acting_as(SYSTEM):
        before = {name: [r for r in rows if True] for name, rows in fingerprint().items()}
    own = set(lab.x.ids["CustomerTag"])
    for name, work in _writes(lab):
        with lab.app.app_context(), acting_as(lab.site["sales1"]):
            statement = name.endswith("statement") and name.split()[0] in ("update", "delete")
            try:
                work()
            except (NotYours, NotAllowed):
                statement = True
            finally:
                db.session.rollback()
            assert statement, f"{name}: went through without a word"
        with lab.app.app_context(), acting_as(SYSTEM):
            after = fingerprint()
            before_tags = [r for r in before["customer_tag"] if r[0] not in own]
            assert [r for r in after["customer_tag"] if r[0] not in own] == before_tags, name
            assert {t: after[t] == before[t] for t in ("customer", "contact", "machine_contract")} == dict.fromkeys(
                ("customer", "contact", "machine_contract"), True
            ), name


def test_an_own_row_may_be_changed_and_removed(lab: Lab) -> None:
    """The guard is no wall: the same ways are open on own rows."""
    with lab.app.app_context(), acting_as(lab.site["sales1"]):
        row = db.session.get_one(C, lab.x.ids["Customer"][0])
        row.name = "新名字"
        db.session.add(m.CustomerTag(customer_id=row.id, tag_id=5))
        db.session.commit()
        db.session.delete(db.session.get_one(m.CustomerTag, lab.x.ids["CustomerTag"][0]))
        db.session.commit()
    with lab.app.app_context():
        assert raw(C, C.__table__.c.id == lab.x.ids["Customer"][0])[0].name == "新名字"


def test_every_entity_has_a_rule_and_one_without_fails() -> None:
    assert set(RULES) == set(ENTITIES.values())
    stranger = Actor(name="nobody", employee_id=1, roles=frozenset())
    for entity in ENTITIES.values():
        assert scope.criterion(entity, stranger) is False, entity
    with pytest.raises(KeyError):
        scope.criterion(m.Record, stranger)  # type: ignore[type-abstract]


def test_an_actor_without_a_role_meets_no_row_of_any_entity(lab: Lab) -> None:
    nobody = Actor(name="nobody", employee_id=lab.site["sales1"].employee_id)
    with lab.app.app_context(), acting_as(nobody):
        assert {
            e.__name__ for e in ENTITIES.values() if db.session.scalars(sa.select(e).limit(1)).first() is not None
        } == set()
        db.session.rollback()


def test_nothing_runs_without_an_actor(lab: Lab) -> None:
    with lab.app.app_context():
        for work in (
            lambda: db.session.scalars(sa.select(C)).all(),
            lambda: db.session.get(C, lab.x.ids["Customer"][0]),
            lambda: db.session.execute(sa.update(C).values(name="x")),
            lambda: db.session.scalar(sa.select(sa.func.count(C.id))),
            lambda: create(m.Tag, {"name": "x"}),
            lambda: (db.session.add(m.Tag(name="无人")), db.session.commit()),
        ):
            with pytest.raises(NotAllowed):
                work()
            db.session.rollback()


def test_elevation_ends_with_its_block_and_with_an_error(lab: Lab) -> None:
    with lab.app.app_context(), acting_as(lab.site["sales1"]):
        with scope.elevated():
            assert db.session.scalar(sa.select(sa.func.count(C.id))) == len(lab.x.ids["Customer"]) + len(
                lab.y.ids["Customer"]
            )
            with scope.elevated():
                pass
            assert scope.is_elevated()
        assert not scope.is_elevated()
        with pytest.raises(ZeroDivisionError), scope.elevated():
            _ = 1 // 0
        assert not scope.is_elevated()
        assert db.session.scalar(sa.select(sa.func.count(C.id))) == len(lab.x.ids["Customer"])
        db.session.rollback()


def test_a_verb_that_fails_half_way_leaves_no_elevation_behind(lab: Lab) -> None:
    site = lab.site
    with lab.app.app_context(), clock.on(START):
        with acting_as(SYSTEM):
            paper = site.row(m.MachineContract, id=lab.x.ids["MachineContract"][1])
        with pytest.raises(BusinessError):
            fire(paper, "withdraw", by=site["sales1"])
        assert not scope.is_elevated()
        db.session.rollback()


def test_verbs_and_edits_below_the_web_check_rows_and_roles_themselves(lab: Lab) -> None:
    """A job or a test that calls a verb meets the same walls as a button."""
    site, x = lab.site, lab.site["sales1"]
    with lab.app.app_context(), clock.on(START):
        with acting_as(SYSTEM):
            papers = {
                name: db.session.get_one(ENTITIES[name], lab.y.ids[name][0])
                for name in ("MachineContract", "Customer", "Contact", "CustomerTag")
            }
            own = site.row(m.MachineContract, id=lab.x.ids["MachineContract"][0])
            debt = site.row(m.Receivable, id=lab.y.ids["Receivable"][0])
            db.session.expunge_all()
        from app.unit_of_work import change, remove

        for work in (
            lambda: fire(papers["MachineContract"], "submit", by=x),
            lambda: fire(papers["Contact"], "convert", by=x, id_number=None),
            lambda: change(papers["Customer"], {"name": "x"}, by=x),
            lambda: remove(papers["CustomerTag"], by=x),
            lambda: create(m.CustomerTag, {"customer_id": lab.y.ids["Customer"][0], "tag_id": 6}, by=x),
        ):
            with pytest.raises(NotYours):
                work()
        for work in (
            lambda: fire(own, "approve", by=x),
            lambda: fire(own, "dispatch", by=x, line=None, receiver="x"),
            lambda: fire(own, "no_such_verb", by=x),
            lambda: create(
                m.Receipt,
                {"customer_id": lab.x.ids["Customer"][0], "funds": [{"kind": FundKind.CASH, "amount": D(1)}]},
                by=x,
            ),
            lambda: create(
                m.Receivable,
                {"customer_id": lab.x.ids["Customer"][0], "kind": ReceivableKind.PART, "amount": D(1)},
                by=x,
            ),
            lambda: create(m.Tag, {"name": "x"}, by=x),
        ):
            with pytest.raises(NotAllowed):
                work()
        assert debt is not None


def test_the_house_fires_inner_verbs_only_itself(lab: Lab) -> None:
    """reserve, release, deliver, start, collect are no buttons: not even the general manager fires them."""
    site = lab.site
    with lab.app.app_context(), clock.on(START), acting_as(SYSTEM):
        unit = site.row(m.MachineUnit, id=lab.x.ids["MachineUnit"][0])
        held = site.rows(m.Retention)[0]
        for paper, verb in (
            (unit, "release"),
            (unit, "reserve"),
            (unit, "deliver"),
            (held, "start"),
            (held, "collect"),
            (held, "uncollect"),
        ):
            with pytest.raises(NotAllowed):
                fire(paper, verb, by=site["gm"])


def test_a_notice_tells_only_people_who_may_see_its_document(lab: Lab) -> None:
    """The manager of another department reads number and customer of a paper that he cannot open."""
    with lab.app.app_context():
        for username, person in lab.site.people.items():
            with acting_as(person):
                notices = db.session.scalars(sa.select(m.Notification)).all()
                blind = [str(n) for n in notices if n.entity and db.session.get(ENTITIES[n.entity], n.row_id) is None]
                db.session.rollback()
            assert blind == [], username


def test_a_verb_of_one_role_does_not_reach_the_rows_of_another_role(lab: Lab) -> None:
    """Salesperson (edits own customers) and credit controller (reads all): may still edit own customers only."""
    site = lab.site
    both = Actor(
        name="both",
        employee_id=site["sales1"].employee_id,
        user_id=site["sales1"].user_id,
        roles=frozenset({"salesperson", "credit"}),
    )
    with lab.app.app_context(), clock.on(START):
        with acting_as(SYSTEM):
            other = site.row(m.Customer, id=lab.y.ids["Customer"][0])
        from app.unit_of_work import change

        with pytest.raises(NotYours):
            change(other, {"name": "改名"}, by=both)


def test_several_roles_add_up_but_each_verb_keeps_its_rows(lab: Lab) -> None:
    """Manager of a department (exports its customers) and customer care (reads everybody's): the file holds the department only."""
    site = lab.site
    with lab.app.app_context(), clock.on(START), acting_as(SYSTEM):
        department = site.row(m.Department, code="ESJ")
        labs.hire("both", "双岗", "399", department, ["sales_manager", "visits"])
        labs.hire("both2", "双岗二", "398", department, ["salesperson", "keeper"])
        other = site.company("sales3", 81)
        names = {other.name}
        db.session.remove()
    browser = lab.browser("both")
    assert len(row_ids(browser.get("/customerview/list/?size=200"), screen_for(lab.app, m.Customer))) == 5
    as_csv = csv_rows(browser.get("/customerview/export?format=csv", buffered=True).get_data())
    assert {row[1] for row in as_csv[1:]} == names
    foreign_customer = lab.y.ids["Customer"][0]
    assert browser.get(f"/customerview/show/{foreign_customer}").status_code == 200
    form = browser.form(f"/customerview/edit/{foreign_customer}")
    assert browser.client.post(f"/customerview/edit/{foreign_customer}", data={**form, "name": "改名"}).status_code in (
        404,
        422,
    )
    with lab.app.app_context():
        assert raw(m.Customer, m.Customer.__table__.c.id == foreign_customer)[0].name != "改名"
    # a salesperson who also keeps a yard may name every customer in a form, but lists and opens his own only
    second = lab.browser("both2")
    assert row_ids(second.get("/customerview/list/?size=200"), screen_for(lab.app, m.Customer)) == set()
    assert second.get(f"/customerview/show/{foreign_customer}").status_code == 404
    assert foreign_customer in options(second.get("/machinecontractview/options/customer"))
