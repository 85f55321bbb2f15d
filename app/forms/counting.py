"""A paper counted line by line: what really came, goes or lies there."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField

from .. import scope
from ..models import StockCount
from ..screens.formfields import (
    LineForm,
    LinesField,
    Needed,
    NumberField,
    TextLine,
)
from ..workflows.parts import bin as bins
from ..workflows.parts.count import free_gains
from .opinion import ApproveForm


def plain_quantity(value: Any) -> str:
    """12 or 0.5, without useless zeros."""
    return f"{value.normalize():f}" if value is not None else ""


COUNTED_MOST = 2000  # a shelf may hold more kinds than a person types into one paper


class CountedLine(LineForm):
    """One line of a paper: how many really."""

    id = HiddenField()
    quantity = NumberField(_("Quantity"), places=3, digits=15)


class ListedForm(FlaskForm):
    """Lines that the paper has already, with facts beside their fields; a line that is none of its own is nobody's."""

    facts: list[tuple[Any, ...]]

    def list_facts(self, facts: list[tuple[Any, ...]]) -> bool:
        """Put (line id, what it is, plan, …) beside the lines; whether the form is new and wants a proposal."""
        if not self.is_submitted():
            self.facts = facts
            return True
        known = {fact[0]: fact for fact in facts}
        self.lines.entries = [entry for entry in self.lines.entries if str(entry.form.id.data) in known]
        self.facts = [known[str(entry.form.id.data)] for entry in self.lines.entries]
        return False


class CountedForm(ListedForm):
    """What really came or goes, line by line; the plan is proposed."""

    planned = "planned_quantity"
    lines = LinesField(CountedLine, _("Parts"), most=COUNTED_MOST)

    def about(self, document: Any) -> None:
        """Parts and plan beside each line; the plan as the first proposal."""
        with scope.elevated():
            walk = bins.in_order(document.lines, self.store(document))
            if self.list_facts([(str(line.id), str(line.part), self.told(line), code) for line, code in walk]):
                for line, _code in walk:
                    entry = self.lines.append_entry()
                    entry.form.id.data, entry.form.quantity.data = str(line.id), self.proposal(line)

    def proposal(self, line: Any) -> Any:
        """What stands in the field at first."""
        return getattr(line, self.planned)

    def told(self, line: Any) -> str:
        """The plan beside the field."""
        return plain_quantity(getattr(line, self.planned))

    def store(self, document: Any) -> int:
        """The warehouse whose shelves one walks along."""
        return document.warehouse_id


class ShipForm(CountedForm):
    express_number = TextLine(_("Express number"), longest=60)


class ArrivalForm(CountedForm):
    planned = "shipped_quantity"
    is_short = BooleanField(
        _("Something is missing"),
        description=_("Only when fewer arrived than were sent: nothing more of this paper is received later"),
    )

    def store(self, document: Any) -> int:
        """Where it arrives."""
        return document.target_id


class ApproveCountForm(ApproveForm):
    worth_nothing = BooleanField(_("They come in at 0.00"))

    def about(self, count: StockCount) -> None:
        """Asked only where pieces were found that have no average and were never bought."""
        with scope.elevated():
            free = [str(line.part) for line in free_gains(count)]
        if not free:
            del self.worth_nothing
            return
        self.worth_nothing.description = gettext(
            "%(parts)s: found, but without an average and never bought; whoever sells them sells at a cost of 0.00",
            parts="、".join(free),
        )


class ShelfLine(CountedLine):
    """One line of a count: an empty field is a shelf that nobody looked at, not an empty shelf."""

    quantity = NumberField(_("On the shelf"), places=3, digits=15, validators=[Needed()])


class ShelfForm(CountedForm):
    """A count is done blind: the books are not proposed."""

    planned = ""
    lines = LinesField(ShelfLine, _("Parts"), most=COUNTED_MOST)

    def proposal(self, line: Any) -> Any:
        """Nothing: who counts, counts."""
        return None

    def told(self, line: Any) -> str:
        """Nothing: the books would only be copied."""
        return ""
