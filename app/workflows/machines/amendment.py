"""合同变更单: what an approved contract says from now on (contract_paper.py has its verbs).

The same rules decide on the new content as on a new contract. Debts that stay are adjusted to the cent and keep what was
paid on them, as far as it fits; the rest becomes prepaid money and pays what is due before dispatch. Σ principal is the
total after it. What the contract said before stays to be read. Source: flows.md C1.1; docs/decisions/contracts.md.
"""

from __future__ import annotations

from typing import Any

from flask_babel import gettext

from ...actor import Actor
from ...audit import plain
from ...database import db
from ...dictionary.archive import GuarantorTerms
from ...dictionary.contracts import ContractTerms, FeeTerms, GiftTerms, InstalmentTerms, LineTerms
from ...enums import EDITABLE_PAPERS, ContractState, CouponState
from ...errors import WrongState
from ...models import (
    ContractAmendment,
    ContractFee,
    ContractGift,
    ContractInstalment,
    ContractLine,
    Guarantor,
    MachineContract,
)
from ..crm import archive
from ..machine import Workflow
from . import allocation, amendment_money, approval, cancellation, contract_complete, contract_paper, contract_terms

flow = Workflow(ContractAmendment, editable=EDITABLE_PAPERS, header="contract")
LISTS: dict[str, type] = {
    "lines": LineTerms,
    "fees": FeeTerms,
    "gifts": GiftTerms,
    "instalments": InstalmentTerms,
    "guarantors": GuarantorTerms,
}


def columns(terms: type) -> list[str]:
    """The names of the columns that a set of terms adds to an entity."""
    own = (c for c in vars(terms) if not c.startswith("_"))
    return [name for name in own if name in MachineContract.__table__.c or name in _LINE_COLUMNS]


_LINE_COLUMNS = frozenset(
    name
    for row in (ContractLine, ContractFee, ContractGift, ContractInstalment, Guarantor)
    for name in row.__table__.columns.keys()  # noqa: SIM118 - of a table, not a dictionary
)
HEADER = columns(ContractTerms)


def content(paper: Any) -> dict[str, Any]:
    """What a contract or an amendment says, as plain values: terms by name, and lines, fees, gifts and guarantors in order."""
    told: dict[str, Any] = {name: plain(getattr(paper, name)) for name in HEADER}
    for name, terms in LISTS.items():
        if name == "guarantors" and not paper.guarantors:
            continue  # most contracts have none
        told[name] = [{c: plain(getattr(row, c)) for c in columns(terms)} for row in getattr(paper, name)]
    return told


@flow.before_save
def prepare(paper: ContractAmendment) -> None:
    """Amounts follow from lines, fees and shares, as in a contract; what it said before is kept beside it."""
    contract = contract_paper.prepare(paper)
    contract_terms.settle(paper)
    paper.before = content(contract)
    paper.revision = contract.revision + 1


def check(paper: ContractAmendment) -> None:
    """Raises WrongState once a machine has left, a coupon was used, or where nothing changes."""
    contract = paper.contract
    if contract.state is not ContractState.APPROVED:
        raise WrongState(gettext("Only an approved contract whose machines all stand here is amended"), "contract")
    contract_complete.check(paper)
    archive.check(paper)  # it has the terms, the customer and the guarantors of a contract
    for given in cancellation.coupons(contract):
        if given.state not in (CouponState.PENDING, CouponState.VOID):
            raise WrongState(gettext("Coupon %(number)s of this contract has been used", number=given.number))
    db.session.flush()
    db.session.refresh(paper)  # figures as they are kept, so that 0 and 0.00 are the same
    if content(contract) != paper.before:
        raise WrongState(gettext("The contract has changed since this was written; save it again"))
    if content(paper) == paper.before:
        raise WrongState(gettext("Nothing changes"))


def carry_out(paper: ContractAmendment, by: Actor) -> None:
    """The contract says what the amendment says, and its debts, plan, retention and coupons follow."""
    contract = paper.contract
    for name in HEADER:
        setattr(contract, name, getattr(paper, name))
    _take_lines(contract, paper)
    _take_fees(contract, paper)
    _take_rows(contract.gifts, paper.gifts, ContractGift, columns(GiftTerms))
    _take_rows(contract.instalments, paper.instalments, ContractInstalment, columns(InstalmentTerms))
    _take_rows(contract.guarantors, paper.guarantors, Guarantor, columns(GuarantorTerms))
    db.session.flush()
    contract.revision += 1
    contract.special_amount = contract.special_reason = contract.special_by_id = contract.special_until = None
    amendment_money.follow(contract, paper)
    db.session.flush()
    db.session.refresh(contract)
    contract.approved_hash = approval.content_hash(contract)


def _take_lines(contract: MachineContract, paper: ContractAmendment) -> None:
    """A machine stays with a line of its model, the one of the same price first; a line that goes lets it go."""
    left, names = list(contract.lines), columns(LineTerms)
    pairs: list[tuple[Any, ContractLine | None]] = []
    for wanted in paper.lines:
        same = [row for row in left if row.model_id == wanted.model_id]
        same.sort(key=lambda row: (row.unit_price != wanted.unit_price, row.line_number))
        found = same[0] if same else None
        if found is not None:
            left.remove(found)
        pairs.append((wanted, found))
    for row in sorted(left, key=lambda entry: entry.unit_id or 0):
        allocation.let_go(row)
        contract.lines.remove(row)
    for row in contract.lines:  # out of the way of the unique line numbers
        row.line_number = -row.line_number
    db.session.flush()
    for number, (wanted, found) in enumerate(pairs, 1):
        row = found or ContractLine()
        for name in names:
            setattr(row, name, getattr(wanted, name))
        row.line_number = number
        if found is None:
            contract.lines.append(row)


def _take_fees(contract: MachineContract, paper: ContractAmendment) -> None:
    """A fee keeps its line, and with it its debt, as long as it is of the same kind."""
    left, names = list(contract.fees), columns(FeeTerms)
    last = max([0, *(fee.line_number for fee in contract.fees), *amendment_money.fee_lines(contract)])
    for wanted in paper.fees:
        row = next((fee for fee in left if fee.kind is wanted.kind), None)
        if row is not None:
            left.remove(row)
        else:
            last += 1
            row = ContractFee(line_number=last)
            contract.fees.append(row)
        for name in names:
            setattr(row, name, getattr(wanted, name))
    for row in left:
        contract.fees.remove(row)


def _take_rows(rows: list[Any], wanted: list[Any], entity: type[Any], names: list[str]) -> None:
    """Rows become what is wanted, one by one; what is too much goes."""
    while len(rows) > len(wanted):
        rows.pop()
    for number, told in enumerate(wanted, 1):
        if number > len(rows):
            rows.append(entity(line_number=number))
        for name in names:
            setattr(rows[number - 1], name, getattr(told, name))


life = contract_paper.life(flow, check, carry_out, terms=lambda paper: paper)
