"""Several people at their browsers: pages opened, forms filled and sent, rows looked up between the clicks."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from typing import Any

from app import clock
from app import models as m
from app.actor import SYSTEM, acting_as
from app.catalogue.words import screen_of
from app.database import db
from app.enums import ReceiptState
from tests.kit import D, World


class Desk:
    """Looks rows up between the clicks, in a context of its own that is closed again."""

    def __init__(self, site: World) -> None:
        self.site = site
        self.browsers = {
            name: site.browser(name)
            for name in ("sales1", "sales2", "sales_manager", "finance", "clerk", "buyer", "keeper", "gm")
        }

    @contextmanager
    def on(self, day: dt.date) -> Iterator[None]:
        """Everybody comes in on a day: a session of another day is not believed."""
        with clock.on(day):
            for browser in self.browsers.values():
                browser.log_in_again()
            yield

    def value(self, entity: type, attribute: str, **by: Any) -> Any:
        with self.site.app.app_context(), acting_as(SYSTEM):
            found = getattr(self.site.row(entity, **by), attribute)
            db.session.remove()
            return found

    def count(self, entity: type, **by: Any) -> int:
        with self.site.app.app_context(), acting_as(SYSTEM):
            found = len(self.site.rows(entity, **by))
            db.session.remove()
            return found

    def debts(self, contract_id: int) -> dict[str, tuple[int, Any]]:
        with self.site.app.app_context(), acting_as(SYSTEM):
            found = {
                name: (debt.id, debt.amount)
                for name, debt in self.site.debts(self.site.row(m.MachineContract, id=contract_id)).items()
            }
            db.session.remove()
            return found

    def send(self, who: str, path: str, fields: dict[str, Any], code: int = 302) -> str:
        answer = self.browsers[who].submit(path, fields)
        page = answer.get_data(as_text=True)
        assert answer.status_code == code, page[page.find("<main") :][:3000]
        return page

    def press(self, who: str, path: str, **fields: Any) -> None:
        assert self.browsers[who].post(path, fields).status_code == 302, path

    def page(self, who: str, path: str) -> str:
        answer = self.browsers[who].get(path)
        assert answer.status_code == 200, path
        return answer.get_data(as_text=True)

    def press_on_page(self, who: str, screen: str, verb: str, row_id: int) -> str:
        """Press a button of a detail page as a browser does: the form's own hidden fields; gives the page that follows."""
        page = self.page(who, f"/{screen}/show/{row_id}")
        form = re.search(rf'<form[^>]*action="(/{screen}/action/{verb}/{row_id})".*?</form>', page, re.DOTALL)
        assert form, f"no button {verb} for {who}"
        fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form[0]))
        answer = self.browsers[who].client.post(form[1], data=fields, follow_redirects=True)
        assert answer.status_code == 200
        return unescape(answer.get_data(as_text=True))

    def export(self, who: str, entity: type, *names: str) -> list[tuple[str, ...]]:
        """These columns of an exported list, row by row as they stand in the file."""
        with self.site.app.test_request_context(), acting_as(SYSTEM):
            screen = screen_of(entity.__name__)
            assert screen is not None
            headings, path = [str(screen.column(name).heading) for name in names], screen.url("export", format="csv")
        answer = self.browsers[who].get(path)
        assert answer.status_code == 200 and answer.mimetype == "text/csv"
        rows = csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig")))
        return [tuple(row[heading] for heading in headings) for row in rows]

    def table(self, who: str, path: str) -> str:
        """The words of a page without its tags, one blank between them."""
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", unescape(self.page(who, path))))

    def receipt(self, customer: int, pays: list[tuple[int, str]], serial: str) -> None:
        """The clerk types it, finance confirms it."""
        account = self.value(m.FundAccount, "id", name="工行基本户")
        total = sum(D(amount) for _, amount in pays)
        lines = {f"allocations-{i}-receivable": debt for i, (debt, _) in enumerate(pays)}
        lines |= {f"allocations-{i}-amount": amount for i, (_, amount) in enumerate(pays)}
        self.send("clerk", "/receiptview/add", {
            "customer": customer, "funds-0-kind": "BANK", "funds-0-account": account, "funds-0-amount": f"{total:,.2f}",
            "funds-0-serial": serial, **lines,
        })  # fmt: skip
        newest = self.count(m.Receipt)
        self.press_on_page("finance", "receiptview", "confirm", newest)
        assert self.value(m.Receipt, "state", id=newest) is ReceiptState.CONFIRMED
