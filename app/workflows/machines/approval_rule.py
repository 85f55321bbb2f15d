"""审批规则: who has to agree to what; the administrator keeps them, papers read them when they are submitted."""

from __future__ import annotations

from flask_babel import gettext

from ...enums import ApprovalPaper
from ...errors import MissingData, WrongAmount
from ...models import ApprovalRule
from ...roles import ROLES
from .. import checks
from ..machine import Workflow

flow = Workflow(ApprovalRule)
DECIDED_ON = {
    ApprovalPaper.CONTRACT: "MachineContract",
    ApprovalPaper.CANCELLATION: "ContractCancellation",
    ApprovalPaper.WITHDRAWAL: "DispatchWithdrawal",
    ApprovalPaper.RETURN: "MachineReturn",
}


@flow.before_save
def prepare(rule: ApprovalRule) -> None:
    """At least one role, each once, all of them allowed to approve such papers; sums and shares that can be met."""
    checks.strip_texts(rule)
    if not rule.steps:
        raise MissingData(gettext("At least one role has to agree"), field="steps")
    roles = [step.role for step in rule.steps]
    if len(set(roles)) != len(roles):
        raise WrongAmount(gettext("The same role is asked twice"), field="steps")
    for role in roles:
        grant = ROLES[role.name.lower()].grants.get(DECIDED_ON[rule.paper])
        if grant is None or "approve" not in grant.verbs:
            raise WrongAmount(
                gettext("The role “%(role)s” cannot approve such documents", role=str(role)), field="steps"
            )
    if rule.amount_from is not None and rule.amount_to is not None and rule.amount_from >= rule.amount_to:
        raise WrongAmount(gettext("The upper limit lies above the lower one"), field="amount_to")
    if rule.first_payment_under is not None and not 0 < rule.first_payment_under <= 1:
        raise WrongAmount(gettext("The share lies between 1 and 100 %"), field="first_payment_under")
