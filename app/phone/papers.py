"""Papers of the store on the phone: which paper asks for what, and how far somebody is with one."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField

from .. import actor as acting
from .. import models as m
from ..database import db
from ..enums import Choice, CountState, InboundReceiptState, OutboundState, ReturnState, TransferState
from ..forms import COUNTED_MOST, CountedLine, plain_quantity
from ..formulas import label_codes
from ..screens.formfields import LinesField, TextLine
from ..screens.screen import Screen, screen_of
from ..unit_of_work import fire
from ..workflows import machine
from ..workflows.parts import bin as bins
from ..workflows.parts.part import part_key

ZERO, ONE = Decimal(0), Decimal(1)


@dataclass(frozen=True)
class Kind:
    """One task in the store.

    state: where the paper waits for it.
    store: the warehouse of the paper it happens in.
    plan:  the planned quantity of a line; None where one counts blind or there is nothing to count.
    whole: everything on the paper or nothing: the verb asks no quantities.
    ends:  nothing more of the paper comes later: what is missing now is said to be missing.
    """

    entity: type[m.Document]
    verb: str
    state: Choice
    store: str = "warehouse"
    plan: str | None = "planned_quantity"
    whole: bool = False
    ship: bool = False
    ends: bool = False

    @property
    def name(self) -> str:
        return f"{self.entity.prefix}-{self.verb}"

    @property
    def label(self) -> Any:
        return machine.of(self.entity).transitions[self.verb].label

    @property
    def icon(self) -> str:
        return machine.of(self.entity).transitions[self.verb].icon

    @property
    def is_blind(self) -> bool:
        return self.plan is None and not self.whole

    @property
    def screen(self) -> Screen:
        found = screen_of(self.entity.__name__)
        assert found is not None
        return found

    def store_of(self, paper: Any) -> m.Warehouse:
        return getattr(paper, self.store)


KINDS = (
    Kind(m.InboundReceipt, "receive", InboundReceiptState.PENDING),
    Kind(m.PartOutbound, "ship", OutboundState.PENDING, ship=True),
    Kind(m.StockTransfer, "ship", TransferState.PENDING, "source", "quantity", whole=True),
    Kind(m.StockTransfer, "receive", TransferState.IN_TRANSIT, "target", "shipped_quantity", ends=True),
    Kind(m.SaleReturn, "receive", ReturnState.DRAFT, plan="quantity", whole=True),
    Kind(m.StockCount, "start", CountState.DRAFT, plan=None, whole=True),
    Kind(m.StockCount, "submit", CountState.COUNTING, plan=None),
)
ENTITIES = {kind.entity.prefix: kind.entity for kind in KINDS}


def mine() -> list[Kind]:
    """The tasks this person may do at all."""
    return [kind for kind in KINDS if kind.screen.may(kind.verb)]


def find(number: str) -> Any:
    """The paper of this number among this person's rows, or None."""
    entity = ENTITIES.get(number[:2].upper())
    if entity is None:
        return None
    return db.session.scalars(sa.select(entity).where(entity.number == number.upper())).one_or_none()


def task(paper: Any) -> Kind | None:
    """What this person has to do with the paper as it stands, in a warehouse that he keeps."""
    kept = acting.current().warehouse_ids
    fitting = (k for k in mine() if isinstance(paper, k.entity) and k.state is paper.state)
    return next((k for k in fitting if k.store_of(paper).id in kept), None)


def why_not(paper: Any) -> str:
    """Why there is nothing to do with a paper that this person sees."""
    waiting = next((k for k in KINDS if isinstance(paper, k.entity) and k.state is paper.state), None)
    if waiting is not None:
        return gettext(
            "%(paper)s waits in %(store)s, which somebody else keeps",
            paper=str(paper),
            store=str(waiting.store_of(paper)),
        )
    steps = machine.history(paper)
    if not steps or steps[0].by is None:
        return gettext(
            "%(paper)s is “%(state)s”; there is nothing left to do", paper=str(paper), state=str(paper.state)
        )
    return gettext(
        "%(paper)s is “%(state)s” since %(time)s, by %(name)s; there is nothing left to do",
        paper=str(paper),
        state=str(paper.state),
        time=f"{steps[0].at:%m-%d %H:%M}",
        name=steps[0].by.name,
    )


class PaperForm(FlaskForm):
    """What is sent with every scan: all quantities so far, the row in hand, and what was scanned."""

    scan = TextLine(_("Scan or type a number"), longest=300)
    hand = HiddenField()
    express_number = TextLine(_("Express number"), longest=60)
    is_short = BooleanField(_("Something is missing"))
    lines = LinesField(CountedLine, _("Parts"), most=COUNTED_MOST)


@dataclass
class Row:
    """One line on the phone: where it lies, how many are wanted, how many are done."""

    line: Any
    bin: str
    plan: Decimal | None
    done: Decimal | None = None
    typed: str = ""
    fault: str = ""

    @property
    def part(self) -> m.Part:
        return bins.part_of(self.line)

    @property
    def is_full(self) -> bool:
        return self.done is not None and (self.plan is None or self.done >= self.plan)


@dataclass
class Progress:
    """How far a person is with a paper; nothing of it is in the books before he confirms."""

    paper: Any
    kind: Kind
    form: PaperForm
    rows: list[Row] = field(default_factory=list)
    hand: Row | None = None
    words: str = ""
    tone: str = ""

    def __post_init__(self) -> None:
        if self.kind.verb == "start":
            return
        walk = bins.in_order(self.paper.lines, self.kind.store_of(self.paper).id)
        plan = self.kind.plan
        self.rows = [Row(line, code, getattr(line, plan) if plan else None) for line, code in walk]
        told = {str(e.form.id.data): e.form.quantity for e in self.form.lines}
        for row in self.rows:
            if (entry := told.get(str(row.line.id))) is None:
                continue
            row.done, row.typed = entry.data, entry._value()
            row.fault = "；".join(map(str, entry.errors)) or self._too_many(row)
        self.hand = next((r for r in self.rows if str(r.line.id) == self.form.hand.data), None)

    @staticmethod
    def _too_many(row: Row) -> str:
        if row.plan is None or row.done is None or row.done <= row.plan:
            return ""
        return gettext(
            "%(part)s: at most %(planned)s, not %(actual)s",
            part=str(row.part),
            planned=plain_quantity(row.plan),
            actual=plain_quantity(row.done),
        )

    def say(self, words: str, tone: str = "bad") -> None:
        """One sentence at the top; `bad` also shakes the phone."""
        self.words, self.tone = words, tone

    def put(self, row: Row, quantity: Decimal | None) -> None:
        """This many of a line are done; the line is the one in hand."""
        row.done, row.typed, self.hand = quantity, plain_quantity(quantity), row
        row.fault = self._too_many(row)

    def take(self, text: str) -> None:
        """A part was scanned or typed: one more of its line, or a sentence why not."""
        scan = label_codes.read(text)
        key = part_key(scan.value)
        fitting = [row for row in self.rows if row.part.part_key == key] if key else []
        if scan.kind not in (label_codes.PART, label_codes.TYPED) or not fitting:
            self.say(self._stranger(scan, key))
            return
        row = next((r for r in fitting if not r.is_full or r.plan is None), fitting[-1])
        if row.plan is not None and (row.done or ZERO) + ONE > row.plan:
            self.hand = row
            self.say(
                gettext(
                    "%(part)s: %(planned)s planned and all here; this one is too many",
                    part=str(row.part),
                    planned=plain_quantity(row.plan),
                )
            )
            return
        self.put(row, (row.done or ZERO) + ONE)
        self.say(gettext("%(part)s: %(done)s", part=str(row.part), done=plain_quantity(row.done)), "good")

    def _stranger(self, scan: label_codes.Scan, key: str) -> str:
        if scan.kind == label_codes.PAPER:
            return gettext("%(number)s is another paper; finish or leave this one first", number=scan.value)
        part = db.session.scalars(sa.select(m.Part).where(m.Part.part_key == key)).one_or_none() if key else None
        if part is not None:
            return gettext("%(part)s is not on this paper", part=str(part))
        return gettext("“%(text)s” is no part we know", text=scan.value[:40])

    def fill(self) -> None:
        """Everything as planned."""
        for row in self.rows:
            if row.plan is not None:
                self.put(row, row.plan)
        self.hand = None

    @property
    def done(self) -> Decimal:
        return sum((row.done or ZERO for row in self.rows), ZERO)

    @property
    def planned(self) -> Decimal:
        return sum((row.plan or ZERO for row in self.rows), ZERO)

    @property
    def counted(self) -> int:
        """Lines with a figure."""
        return sum(row.done is not None for row in self.rows)

    def missing(self) -> str:
        """Why it cannot be confirmed yet, a sentence; empty when it can."""
        if fault := next((row.fault for row in self.rows if row.fault), ""):
            return fault
        if self.kind.whole and self.done != self.planned:
            return gettext(
                "This paper goes as a whole: %(done)s of %(planned)s are here; change the paper if some are missing",
                done=plain_quantity(self.done),
                planned=plain_quantity(self.planned),
            )
        if self.is_short and not self.form.is_short.data:
            return gettext("%(parts)s; say so below, or count again", parts=self.lacking())
        return ""

    @property
    def is_short(self) -> bool:
        """Whether fewer are here than were sent, and nothing more of the paper would be received later."""
        return self.kind.ends and self.done < self.planned

    def lacking(self) -> str:
        """What is not here, part by part."""
        short = [(row.part, (row.plan or ZERO) - (row.done or ZERO)) for row in self.rows]
        told = [gettext("%(part)s: %(n)s missing", part=str(p), n=plain_quantity(n)) for p, n in short if n > 0]
        return "、".join(told)

    def confirm(self, key: str | None) -> str:
        """Fire the verb of the task; gives the sentence of what was done. Raises BusinessError."""
        answers: dict[str, Any] = {}
        if not self.kind.whole:
            answers["lines"] = [{"id": row.line.id, "quantity": row.done} for row in self.rows]
        lacking = self.lacking() if self.is_short else ""
        if self.kind.ends:
            answers["is_short"] = bool(self.form.is_short.data)
        if self.kind.ship:
            answers["express_number"] = self.form.express_number.data or None
        label, done, lines = str(self.kind.label), plain_quantity(self.done), sum(bool(r.done) for r in self.rows)
        if self.kind.is_blind:
            lines = self.counted
        number = self.paper.number
        fire(self.paper, self.kind.verb, key=key and f"store:{number}:{self.kind.verb}:{key}", **answers)
        if self.kind.verb == "start":
            return gettext("%(record)s: %(verb)s done", record=number, verb=label)
        told = gettext(
            "%(record)s: %(verb)s done, %(lines)s lines, %(done)s pieces",
            record=number, verb=label, lines=lines, done=done,
        )  # fmt: skip
        return f"{told}；{lacking}" if lacking else told
