"""What was given up in the demo, each by who may, and can be taken up again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import enums
from .. import models as m
from ..actor import SYSTEM, acting_as
from ..unit_of_work import create, fire

if TYPE_CHECKING:
    from .build import Demo


class GivenUpStory:
    """A contact, a proposal, old parts, a reminder, a service package and a visit that nobody counts on any more."""

    def __init__(self, demo: Demo) -> None:
        self.demo = demo

    def tell(self) -> None:
        with self.demo.on(2):
            self._last(m.Contact, enums.ContactState.ACTIVE, "invalidate", "clerk", reason="号码已停机", name="万里")
            self._last(m.PurchaseProposal, enums.ProposalState.OPEN, "ignore", "buyer", reason="客户同意用替代件")
            self._last(m.OldPart, enums.OldPartState.KEPT, "scrap", "keeper", reason="主机厂通知就地报废")
            self._last(
                m.OldPart, enums.OldPartState.OWED, "waive", "service_manager", reason="旧件在工地遗失，主机厂不收"
            )
        with self.demo.on(1):
            self._last(m.ServiceReminder, enums.ReminderState.OPEN, "close", "service_manager", reason="客户自行保养")
            self._package()
            self._last(m.VisitTask, enums.VisitState.PENDING, "refuse", "visits", reason="客户说太忙，不方便接听")

    def _last(self, entity: type[Any], state: Any, verb: str, by: str, *, reason: str, **where: Any) -> None:
        """The latest of them in this state."""
        with acting_as(SYSTEM):
            row = self.demo.rows(entity, state=state, **where)[-1]
        fire(row, verb, by=self.demo.who[by], reason=reason)

    def _package(self) -> None:
        """Given to the wrong machine."""
        with acting_as(SYSTEM):
            like = self.demo.rows(m.ServicePackage)[-1]
            values = {"customer": like.customer, "unit": like.unit, "times": 1, "reason": "老客户回馈"}
        boss = self.demo.who["service_manager"]
        package = create(m.ServicePackage, values | {"valid_until": like.valid_until}, by=boss)
        fire(package, "void", by=boss, reason="登记错机器")
