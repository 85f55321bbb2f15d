"""What tests are written with: people, a browser without a screen, and the small words of a dealer's story."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass, field
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app import clock
from app import models as m
from app.actor import SYSTEM, Actor, acting_as
from app.database import db
from app.demo.build import credit_code, id_card
from app.enums import (
    AccountKind,
    CustomerKind,
    FeeKind,
    FeeNature,
    FundKind,
    InboundKind,
    InspectionResult,
    PayMode,
    UnitCondition,
)
from app.enums import AttachmentKind as K
from app.ledgers import receivable
from app.unit_of_work import create, fire, together
from app.workflows.system import attachment

START = dt.date(2025, 3, 5)
D = Decimal

on_both = pytest.mark.parametrize("backend", ["sqlite", "postgresql"], indirect=True)
on_postgres = pytest.mark.parametrize("backend", ["postgresql"], indirect=True)


@dataclass
class World:
    """The dealer before the story starts: people with accounts, models, yards, accounts, coupon types.

    Every attribute is a row id or an Actor, so that it survives sessions; rows are fetched where they are needed.
    """

    app: Flask
    people: dict[str, Actor] = field(default_factory=dict)

    def __getitem__(self, username: str) -> Actor:
        return self.people[username]

    def row(self, entity: type, **by: Any) -> Any:
        """The one row with these values, whoever asks."""
        with acting_as(SYSTEM):
            return db.session.scalars(sa.select(entity).filter_by(**by)).one()

    def rows(self, entity: type, **by: Any) -> list[Any]:
        """All rows with these values, by id."""
        with acting_as(SYSTEM):
            return list(db.session.scalars(sa.select(entity).filter_by(**by).order_by(entity.id)))

    # -- small words ------------------------------------------------------------------------------------------

    def company(self, seller: str = "sales1", number: int = 1, **more: Any) -> m.Customer:
        values = {"name": f"测试土石方{number}有限公司", "kind": CustomerKind.COMPANY, "credit_code": credit_code(500 + number),
                  "mobile": f"1390000{number:04d}", "salesperson_id": self[seller].employee_id} | more  # fmt: skip
        limit = values.pop("credit_limit", None)
        customer = create(m.Customer, values, by=self[seller])
        return self.trusted(customer, limit) if limit else customer

    def trusted(self, customer: m.Customer, amount: Decimal, days: int = 365) -> m.Customer:
        """The customer may take parts on account up to the amount."""
        values = {
            "customer": customer,
            "amount": amount,
            "reason": "长期合作",
            "valid_until": clock.today() + dt.timedelta(days=days),
        }
        limit = create(m.CreditLimit, values, by=self["clerk"])
        fire(limit, "submit", by=self["clerk"])
        fire(limit, "approve", by=self["gm"])
        return self.row(m.Customer, id=customer.id)

    def person(self, seller: str = "sales1", number: int = 1, **more: Any) -> m.Customer:
        values = {"name": f"测试个人{number}", "kind": CustomerKind.PERSON, "id_number": id_card(200 + number),
                  "mobile": f"1390001{number:04d}", "salesperson_id": self[seller].employee_id} | more  # fmt: skip
        return create(m.Customer, values, by=self[seller])

    def contact(self, seller: str = "sales1", number: int = 1, **more: Any) -> m.Contact:
        values = {
            "name": f"联系人{number}",
            "mobile": f"1390002{number:04d}",
            "salesperson_id": self[seller].employee_id,
        } | more
        return create(m.Contact, values, by=self[seller])

    def unit(
        self, serial: str = "HT215-0007", model: str = "HT215", price: str = "904000", yard: str = "ZJ1"
    ) -> m.MachineUnit:
        """A machine bought, received and standing in the yard."""
        paper = create(
            m.MachineInbound,
            {"kind": InboundKind.PURCHASE, "supplier": self.row(m.Supplier, name="恒拓重工股份有限公司"),
             "model": self.row(m.MachineModel, model=model), "serial_number": serial, "condition": UnitCondition.NEW,
             "warehouse": self.row(m.Warehouse, code=yard), "gross_amount": D(price)},
            by=self["buyer"],
        )  # fmt: skip
        fire(paper, "receive", by=self["keeper"], inspection=InspectionResult.PASS)
        return self.row(m.MachineUnit, serial_number=serial)

    def contract(
        self,
        customer: m.Customer,
        contact: m.Contact | None,
        unit: m.MachineUnit | None,
        seller: str = "sales1",
        **more: Any,
    ) -> m.MachineContract:
        """A draft: full payment of 1,050,000.00 for one HT215 unless told otherwise; what credit needs is on file."""
        if more.get("pay_mode", PayMode.FULL) is not PayMode.FULL:
            self.papers(customer)
        values = {"customer": customer, "contact": contact, "pay_mode": PayMode.FULL, "deposit_amount": D(20000),
                  "lines": [{"model": self.row(m.MachineModel, model="HT215"), "unit": unit, "unit_price": D(1_050_000)}]} | more  # fmt: skip
        return create(m.MachineContract, values, by=self[seller])

    def papers(self, customer: m.Customer) -> None:
        """What a contract on credit needs of a customer, scanned and put to his card."""

        def attach() -> m.Customer:
            row = self.row(m.Customer, id=customer.id)
            for kind in (K.LICENCE if row.kind is CustomerKind.COMPANY else K.ID_CARD, K.CREDIT_CONSENT):
                attachment.attach(
                    row, kind, f"{kind.name}.pdf", f"%PDF-1.4\n{kind.name} {row.number}\n%%EOF\n".encode()
                )
            return row

        together(attach, by=SYSTEM, entity=m.Customer)

    def approved(self, contract: m.MachineContract) -> m.MachineContract:
        """Submitted by its salesperson and approved by everybody on the route."""
        seller = next(
            a
            for a in self.people.values()
            if a.employee_id == self.row(m.MachineContract, id=contract.id).salesperson_id
        )
        fire(contract, "submit", by=seller)
        while (role := self.row(m.MachineContract, id=contract.id).awaiting_role) is not None:
            fire(contract, "approve", by=next(a for a in self.people.values() if role in a.roles))
        return contract

    def debts(self, contract: m.MachineContract) -> dict[str, m.Receivable]:
        """Receivables of a contract by a short name: DEPOSIT, DOWN, BALANCE, FEE.GPS, INSTALMENT.1, RETENTION."""
        with acting_as(SYSTEM):
            return {
                r.kind.name + (f".{r.fee_kind.name}" if r.fee_kind else f".{r.period}" if r.period else ""): r
                for r in receivable.of_contract(contract)
            }

    def receipt(
        self,
        customer: m.Customer,
        pays: list[tuple[m.Receivable, str]],
        funds: list[dict[str, Any]] | None = None,
        total: str | None = None,
    ) -> m.Receipt:
        """A draft receipt by the clerk; one bank transfer of the sum unless funds are given."""
        amount = D(total) if total else sum((D(a) for _, a in pays), D(0))
        funds = funds or [
            {
                "kind": FundKind.BANK,
                "account": self.row(m.FundAccount, kind=AccountKind.BANK),
                "amount": amount,
                "serial": secrets.token_hex(6),
            }
        ]
        return create(
            m.Receipt,
            {"customer": customer, "received_on": clock.today(), "funds": funds,
             "allocations": [{"receivable": r, "amount": D(a)} for r, a in pays]},
            by=self["clerk"],
        )  # fmt: skip

    def paid(self, customer: m.Customer, pays: list[tuple[m.Receivable, str]], **more: Any) -> m.Receipt:
        """Received and confirmed by finance."""
        return fire(self.receipt(customer, pays, **more), "confirm", by=self["finance"])

    def browser(self, username: str | None = None) -> Browser:
        """A browser, logged in as somebody or nobody; CSRF protection is on."""
        return Browser(self.app, username)


A1_FEES = [
    {"kind": FeeKind.GPS, "nature": FeeNature.REVENUE, "amount": D(3000)},
    {"kind": FeeKind.INSURANCE, "nature": FeeNature.AGENCY, "amount": D(12000)},
]


class _Form(HTMLParser):
    """Collects what a browser would send of the main form of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.token = ""
        self.data: dict[str, Any] = {}
        self._forms = 0
        self._inside = self._template = False
        self._select = self._area = ""

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        a = dict(attrs)
        if tag == "meta" and a.get("name") == "csrf-token":
            self.token = a["content"]
        if tag == "template":
            self._template = True
        if tag == "form" and "document" in (a.get("class") or ""):
            self._inside = True
        if not self._inside or self._template:
            return
        name = a.get("name")
        if tag == "input" and name:
            if a.get("type") in ("checkbox", "radio"):
                if "checked" in a:
                    self.data[name] = a.get("value", "on")
            else:
                self.data[name] = a.get("value") or ""
        elif tag == "select" and name:
            self._select = name
            self.data[name] = None
        elif tag == "option" and self._select:
            if "selected" in a or self.data[self._select] is None:
                self.data[self._select] = a.get("value") or ""
        elif tag == "textarea" and name:
            self._area = name
            self.data[name] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "template":
            self._template = False
        if tag == "form":
            self._inside = False
        if tag == "select":
            self._select = ""
        if tag == "textarea":
            self._area = ""

    def handle_data(self, text: str) -> None:
        if self._area:
            self.data[self._area] += text


class Browser:
    """Gets pages and posts their forms as a browser does: hidden fields, token, version and request key included."""

    def __init__(self, app: Flask, username: str | None) -> None:
        self.app, self.client, self.username = app, FlaskClient(app, app.response_class), username
        if username:
            self._log_in(username)

    def log_in_again(self) -> None:
        """On the day that the clock shows now: a session of another day is not believed."""
        self._log_in(self.username or "")

    def _log_in(self, username: str) -> None:
        token = secrets.token_urlsafe(32)
        user = sa.table("ab_user", sa.column("id"), sa.column("username"))
        with self.app.app_context():
            user_id = db.session.scalar(sa.select(user.c.id).where(user.c.username == username))
            db.session.execute(
                sa.insert(m.LoginSession.__table__).values(
                    token_hash=hashlib.sha256(token.encode()).hexdigest(), user_id=user_id, address="127.0.0.1", agent="test",
                    created_at=clock.now(), seen_at=clock.now(),
                )
            )  # fmt: skip
            db.session.commit()
        with self.client.session_transaction() as session:
            session["_user_id"], session["token"], session["_fresh"] = str(user_id), token, True

    def get(self, path: str, **kw: Any) -> Any:
        return self.client.get(path, **kw)

    def token(self) -> str:
        page = _Form()
        page.feed(self.get("/me").get_data(as_text=True) or self.get("/login/").get_data(as_text=True))
        return page.token

    def post(self, path: str, data: dict[str, Any] | None = None, **kw: Any) -> Any:
        """A POST with the page's token, without looking at a form."""
        return self.client.post(path, data={"csrf_token": self.token(), **(data or {})}, **kw)

    def form(self, path: str) -> dict[str, Any]:
        """What the form on a page holds when it is opened."""
        page = _Form()
        answer = self.get(path)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
        page.feed(answer.get_data(as_text=True))
        return page.data

    def submit(self, path: str, fields: dict[str, Any], **kw: Any) -> Any:
        """Open the form at `path`, change some fields, send it."""
        return self.client.post(
            path, data={k: v for k, v in {**self.form(path), **fields}.items() if v is not None}, **kw
        )
