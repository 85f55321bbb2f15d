"""The books checked from outside: every sum that has to agree, every rule that holds whatever happened before.

`check_books()` reads what is committed, on a connection of its own, and names every rule that is broken.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import models as m
from app import scope
from app.audit import SILENT
from app.database import db
from app.enums import (
    ANSWERED_CLAIMS,
    BINDING_PURCHASE_RETURNS,
    CARRIED_OUT,
    CASH_FUNDS,
    CLOSED_REQUEST_LINES,
    GONE,
    LIVE_REMINDERS,
    OPEN_REQUESTS,
    OPEN_VISITS,
    REVIEWED_ORDERS,
    SENT_CLAIMS,
    SIGNED_CONTRACTS,
    STANDING_ASSIGNMENTS,
    STANDING_CLAIMS,
    STANDING_EXPENSES,
    STANDING_PAYMENTS,
    ApprovalResult,
    AuditAction,
    ChargeKind,
    ClaimedExpenseState,
    ClaimState,
    ContractState,
    CouponIssueState,
    CouponMovement,
    CouponState,
    CustomerKind,
    CustomerState,
    DecisionKind,
    DecisionState,
    DispatchState,
    EmployeeState,
    FulfilMode,
    FundKind,
    GiftKind,
    InboundKind,
    InboundState,
    MeterSource,
    OldPartState,
    OutboundState,
    PackageState,
    PaperState,
    PayableState,
    PayMode,
    PayState,
    PlanPayee,
    PlanState,
    PrepaidRefundState,
    ProposalState,
    PurchaseReturnState,
    PurchaseState,
    ReceiptState,
    ReceivableKind,
    ReceivableMovement,
    ReceivableState,
    ReminderState,
    RequestLineState,
    RetentionState,
    SaleState,
    ShortageState,
    StockMovement,
    TransferState,
    UnitCondition,
    UnitState,
    UsedPartState,
    Verdict,
    VisitState,
    WarehouseKind,
    WorkOrderState,
)
from app.roles import ROLES
from app.workflows.machine import FLOWS
from app.workflows.machines.approval import content_hash

ZERO = Decimal(0)
UPWARD = (ReceivableMovement.RAISE, ReceivableMovement.UNSETTLE, ReceivableMovement.INCREASE)
AFTERWARDS = (ReceivableKind.FORFEIT, ReceivableKind.DEPRECIATION, ReceivableKind.PENALTY)  # not promised by a contract
HOLDING = frozenset({ContractState.PENDING, ContractState.APPROVED, ContractState.DISPATCHED_PART})
PAPERS = (m.ContractAmendment, m.ContractCancellation, m.DispatchWithdrawal, m.MachineReturn)
MOVED_BY_LEDGERS = frozenset({"Coupon", "Receivable", "Payable"})
DATED = re.compile(r"^([A-Z]+)-(\d{8})-(\d{4,})$")
CODED = re.compile(r"^([A-Z]+)(\d{6,})$")


def left_of(debt: Any) -> Decimal:
    """What is open of a receivable, by its own figures."""
    return debt.amount - debt.settled_amount - debt.written_off_amount


def check_books() -> None:
    """Everything in the books agrees, or an AssertionError names each rule that does not."""
    faults = faults_of_the_books()
    assert not faults, f"{len(faults)} faults in the books:\n" + "\n".join(faults)


def faults_of_the_books() -> list[str]:
    """One line per broken rule and row: “coupon balance: KQ…: 700.00 ≠ 550.00”."""
    with db.engine.connect() as connection:
        return list(Books(connection).faults())


class Books:
    """All rows as they are committed, and the rules over them."""

    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection

    def rows(self, entity: type[m.Entity]) -> list[Any]:
        table = entity.__table__
        return list(self.connection.execute(sa.select(table).order_by(table.c.id)))

    def by_id(self, entity: type[m.Entity]) -> dict[int, Any]:
        return {row.id: row for row in self.rows(entity)}

    def by(self, entity: type[m.Entity], column: str) -> dict[Any, list[Any]]:
        found = defaultdict(list)
        for row in self.rows(entity):
            found[getattr(row, column)].append(row)
        return found

    def faults(self) -> Iterator[str]:
        for name in sorted(n for n in dir(self) if n.startswith("rule_")):
            rule = name.removeprefix("rule_").replace("_", " ")
            try:
                for about, words in getattr(self, name)():
                    yield f"{rule}: {about}: {words}"
            except (TypeError, LookupError, AttributeError) as stumble:  # over a row that is missing or half empty
                yield f"{rule}: stumbles: {stumble!r}"

    # -- hour meters ----------------------------------------------------------------------------------------------

    def rule_hour_meter(self) -> Iterator[tuple[str, str]]:
        """A machine shows its last reading; hours in all never go back but where a reading was corrected."""
        readings = self.by(m.MeterReading, "unit_id")
        for unit in self.rows(m.MachineUnit):
            noted = readings[unit.id]
            is_new = (
                noted and noted[-1].source is MeterSource.CORRECTION and noted[-1].hours == 0
            )  # its dispatch was withdrawn
            if (unit.hour_meter_on is None) != (not noted) and not is_new:
                yield unit.serial_number, f"{len(noted)} readings, read on {unit.hour_meter_on}"
            if noted and unit.hour_meter_on is not None:
                last = noted[-1]
                shown = (unit.hour_meter, unit.hour_meter + unit.earlier_hours, unit.hour_meter_on)
                if shown != (last.hours, last.total_hours, last.read_on):
                    yield unit.serial_number, f"{shown} ≠ {last.hours}, {last.total_hours}, {last.read_on}"
            for before, after in itertools.pairwise(noted):
                fell = after.total_hours < before.total_hours or after.read_on < before.read_on
                if fell and after.source is not MeterSource.CORRECTION:
                    yield unit.serial_number, f"{before.total_hours} → {after.total_hours}"

    # -- coupons --------------------------------------------------------------------------------------------------

    def rule_coupon_balance(self) -> Iterator[tuple[str, str]]:
        """Balance = Σ entries, each entry knows the balance after it, 0 ≤ balance ≤ face, the state fits."""
        entries = self.by(m.CouponEntry, "coupon_id")
        for coupon in self.rows(m.Coupon):
            mine, running = entries[coupon.id], ZERO
            for entry in mine:
                running += entry.amount
                if entry.balance_after != running:
                    yield coupon.number, f"entry {entry.id} says {entry.balance_after} after it, not {running}"
            if running != coupon.balance:
                yield coupon.number, f"entries give {running}, balance is {coupon.balance}"
            if not ZERO <= coupon.balance <= coupon.face_amount:
                yield coupon.number, f"balance {coupon.balance} of {coupon.face_amount}"
            kinds = Counter(entry.movement for entry in mine)
            if (
                kinds[CouponMovement.ISSUE] != 1
                or mine[0].amount != coupon.face_amount
                or mine[0].movement is not CouponMovement.ISSUE
            ):
                yield coupon.number, "is not issued once at its face value"
            is_live = coupon.state not in (CouponState.PENDING, CouponState.VOID)
            woken = kinds[CouponMovement.ACTIVATE] - kinds[CouponMovement.DEACTIVATE]
            if is_live != (woken == 1) and coupon.state is not CouponState.VOID:
                yield coupon.number, f"{coupon.state.name} with {kinds[CouponMovement.ACTIVATE]} activations"
            if is_live != (coupon.valid_to is not None) and coupon.state is not CouponState.VOID:
                yield coupon.number, f"{coupon.state.name} until {coupon.valid_to}"
            is_void = coupon.state is CouponState.VOID
            if is_void and coupon.balance and mine[-1].movement is not CouponMovement.RESTORE:
                yield coupon.number, f"void with {coupon.balance} left"
            if (coupon.state in (CouponState.USED, CouponState.HANDED_ON)) != (coupon.balance == 0) and not is_void:
                yield coupon.number, f"{coupon.state.name} with {coupon.balance} left"

    def rule_coupon_issue(self) -> Iterator[tuple[str, str]]:
        """An approved paper made as many coupons as it says, each of its face value; any other made none."""
        made = self.by(m.Coupon, "issue_id")
        for paper in self.rows(m.CouponIssue):
            wanted = [paper.face_amount] * paper.pieces if paper.state is CouponIssueState.APPROVED else []
            if [c.face_amount for c in made[paper.id]] != wanted or {c.customer_id for c in made[paper.id]} - {
                paper.customer_id
            }:
                yield paper.number, f"{paper.state.name} made {len(made[paper.id])} coupons"

    def rule_coupon_handed_on(self) -> Iterator[tuple[str, str]]:
        """What left one coupon came to others, to the cent, and to other customers."""
        fresh, entries = self.by(m.Coupon, "from_coupon_id"), self.by(m.CouponEntry, "coupon_id")
        for coupon in self.rows(m.Coupon):
            left = [-e.amount for e in entries[coupon.id] if e.movement is CouponMovement.TRANSFER]
            if left != [c.face_amount for c in fresh[coupon.id]]:
                yield coupon.number, f"handed on {left}, but {[c.face_amount for c in fresh[coupon.id]]} arrived"
            if any(c.customer_id == coupon.customer_id for c in fresh[coupon.id]):
                yield coupon.number, "was handed on to its own customer"

    def rule_coupon_return(self) -> Iterator[tuple[str, str]]:
        """Returns of a sale gave coupons back what they say, less what waits until everything is returned."""
        given: dict[int, Decimal] = defaultdict(Decimal)
        for entry in self.rows(m.CouponEntry):
            if entry.movement is CouponMovement.RESTORE and entry.origin == "SaleReturn":
                given[entry.origin_id] += entry.amount
        sales = self.by_id(m.PartSale)
        for sale_id, papers in self.by(m.SaleReturn, "sale_id").items():
            sale = sales[sale_id]
            is_whole = sale.refunded_amount == sale.goods_amount - sale.discount_amount
            kept = ZERO if is_whole else sum((p.withheld_amount for p in papers), ZERO)
            if sum((given[p.id] for p in papers), ZERO) != sum((p.coupon_amount for p in papers), ZERO) - kept:
                yield sale.number, "its returns gave coupons back something else than they say"

    def rule_coupon_redemption(self) -> Iterator[tuple[str, str]]:
        """A receipt took from a coupon what its funds say, once, while valid, and a reversed one gave it all back."""
        receipts, coupons, funds = self.by_id(m.Receipt), self.by_id(m.Coupon), self.by(m.ReceiptFund, "receipt_id")
        taken: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
        given: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
        entries = self.by_id(m.CouponEntry)
        for entry in entries.values():
            if entry.movement is CouponMovement.REDEEM and entry.origin == "Receipt":
                taken[entry.origin_id, entry.coupon_id] -= entry.amount
                coupon, receipt = coupons[entry.coupon_id], receipts[entry.origin_id]
                is_asleep = (
                    coupon.valid_from is None and receipt.state is ReceiptState.REVERSED
                )  # its dispatch was withdrawn
                if not is_asleep and not coupon.valid_from <= receipt.received_on <= coupon.valid_to:
                    yield coupon.number, f"redeemed on {receipt.received_on}, outside its time"
            elif entry.movement is CouponMovement.RESTORE and entry.origin == "Receipt":
                given[entry.origin_id, entry.coupon_id] += entry.amount
                source = entries.get(entry.reversal_of_id)
                if source is None or (source.coupon_id, source.amount) != (entry.coupon_id, -entry.amount):
                    yield coupons[entry.coupon_id].number, f"entry {entry.id} restores what was not taken"
        for receipt in receipts.values():
            wanted: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
            for fund in funds[receipt.id]:
                if fund.kind is FundKind.COUPON:
                    wanted[receipt.id, fund.coupon_id] += fund.amount
                    if coupons[fund.coupon_id].customer_id != receipt.customer_id:
                        yield receipt.number, "is paid with a coupon of another customer"
            booked = receipt.state in (ReceiptState.CONFIRMED, ReceiptState.REVERSED)
            is_back = receipt.state is ReceiptState.REVERSED
            if {k: v for k, v in taken.items() if k[0] == receipt.id} != (wanted if booked else {}):
                yield receipt.number, f"{receipt.state.name} took {dict(taken)} of its coupons"
            if {k: v for k, v in given.items() if k[0] == receipt.id} != (wanted if is_back else {}):
                yield receipt.number, f"{receipt.state.name} gave back {dict(given)} to its coupons"

    # -- receivables, prepaid, cash -------------------------------------------------------------------------------

    def rule_receivable(self) -> Iterator[tuple[str, str]]:
        """Raised = amount, Σ settled − withdrawn = settled, never over the amount, the state follows the figures."""
        entries, standing = self.by(m.ReceivableEntry, "receivable_id"), self._standing_payments()
        for debt in self.rows(m.Receivable):
            sums, running = Counter[Any](), ZERO
            for entry in entries[debt.id]:
                sign = 1 if entry.movement in UPWARD else -1
                running += sign * entry.amount
                sums[entry.movement] += entry.amount  # type: ignore[assignment]
                if entry.outstanding_after != running:
                    yield debt.number, f"entry {entry.id} says {entry.outstanding_after} after it, not {running}"
                if entry.customer_id != debt.customer_id:
                    yield debt.number, f"entry {entry.id} is another customer's"
            settled = sums[ReceivableMovement.SETTLE] - sums[ReceivableMovement.UNSETTLE]
            raised = (
                sums[ReceivableMovement.RAISE] + sums[ReceivableMovement.INCREASE] - sums[ReceivableMovement.DECREASE]
            )
            voided = sums[ReceivableMovement.VOID] - (left_of(debt) if debt.state is ReceivableState.VOID else ZERO)
            if raised - voided != debt.amount or debt.amount <= 0:
                yield debt.number, f"raised {raised}, voided {voided}, amount {debt.amount}"
            if settled != debt.settled_amount:
                yield debt.number, f"entries settle {settled}, the receivable says {debt.settled_amount}"
            off = sums[ReceivableMovement.CREDIT] + sums[ReceivableMovement.DEDUCT]
            if off != debt.written_off_amount:
                yield debt.number, f"entries take off {off}, the receivable says {debt.written_off_amount}"
            if standing[debt.id] != debt.settled_amount:
                yield (
                    debt.number,
                    f"confirmed receipts pay {standing[debt.id]}, the receivable says {debt.settled_amount}",
                )
            if debt.settled_amount < 0 or debt.settled_amount + debt.written_off_amount > debt.amount:
                yield debt.number, f"{debt.settled_amount} + {debt.written_off_amount} of {debt.amount}"
            if debt.principal_amount + debt.interest_amount != debt.amount:
                yield debt.number, "principal and interest do not add up"
            left = left_of(debt)
            wanted = (
                ReceivableState.PAID
                if left == 0
                else ReceivableState.PARTIAL
                if debt.settled_amount
                else ReceivableState.OPEN
            )
            if debt.state not in (wanted, ReceivableState.VOID, ReceivableState.BAD):
                yield debt.number, f"{debt.state.name} with {left} open of {debt.amount}"
            if (debt.last_paid_on is None) != (debt.settled_amount == 0):
                yield debt.number, f"{debt.settled_amount} settled, last payment {debt.last_paid_on}"

    def _standing_payments(self) -> dict[int, Decimal]:
        confirmed = {r.id for r in self.rows(m.Receipt) if r.state is ReceiptState.CONFIRMED}
        standing: dict[int, Decimal] = defaultdict(Decimal)
        for line in self.rows(m.ReceiptAllocation):
            if line.receipt_id in confirmed:
                standing[line.receivable_id] += line.amount - line.released_amount
        claims = self.by_id(m.WarrantyClaim)
        for off in self.rows(m.PayableCredit):
            if off.origin == "WarrantyClaim":
                standing[claims[off.origin_id].receivable_id] += off.amount
        old = {p.contract_id: p.gross_amount for p in self.rows(m.MachineInbound) if p.state is InboundState.DONE}
        for debt in self.rows(m.Receivable):
            if debt.kind is ReceivableKind.TRADE_IN and debt.state is not ReceivableState.VOID:
                standing[debt.id] += old.get(debt.contract_id, ZERO)  # the old machine has paid it
        return standing

    def rule_receipt(self) -> Iterator[tuple[str, str]]:
        """Σ funds = Σ allocations + prepaid; every debt is the customer's own, once."""
        funds, lines = self.by(m.ReceiptFund, "receipt_id"), self.by(m.ReceiptAllocation, "receipt_id")
        debts = self.by_id(m.Receivable)
        for receipt in self.rows(m.Receipt):
            total, paid = (sum((r.amount for r in rows[receipt.id]), ZERO) for rows in (funds, lines))
            if (total, paid, total - paid) != (
                receipt.total_amount,
                receipt.allocated_amount,
                receipt.unallocated_amount,
            ):
                yield receipt.number, f"funds {total}, allocations {paid} are not what its head says"
            if total < paid:
                yield receipt.number, f"pays {paid} out of {total}"
            mine = [debts[line.receivable_id] for line in lines[receipt.id]]
            if any(debt.payer_id != receipt.payer_id for debt in mine):
                yield receipt.number, "pays what somebody else pays"
            if receipt.payer_id is None and {debt.customer_id for debt in mine} - {receipt.customer_id}:
                yield receipt.number, "pays debts of another customer"
            if receipt.payer_id is not None and receipt.state is ReceiptState.CONFIRMED and total != paid:
                yield receipt.number, "keeps another's money as prepaid"
            if len({line.receivable_id for line in lines[receipt.id]}) != len(lines[receipt.id]):
                yield receipt.number, "pays a debt twice"

    def rule_prepaid(self) -> Iterator[tuple[str, str]]:
        """Balance = Σ entries = what confirmed receipts kept less what they used; never below zero."""
        entries = self.by(m.PrepaidEntry, "customer_id")
        balances = {row.customer_id: row.amount for row in self.rows(m.PrepaidBalance)}
        funds, kept = self.by(m.ReceiptFund, "receipt_id"), defaultdict[int, Decimal](Decimal)
        lines = self.by(m.ReceiptAllocation, "receipt_id")
        for receipt in self.rows(m.Receipt):
            if receipt.state is ReceiptState.CONFIRMED:
                used = sum((f.amount for f in funds[receipt.id] if f.kind is FundKind.PREPAID), ZERO)
                kept[receipt.customer_id] += receipt.unallocated_amount - used
            elif receipt.state is ReceiptState.REVERSED:
                kept[receipt.customer_id] -= sum((a.released_amount for a in lines[receipt.id]), ZERO)
        for customer in entries.keys() | balances.keys() | kept.keys():
            running = by_receipts = ZERO
            for entry in entries[customer]:
                running += entry.amount
                by_receipts += entry.amount if entry.origin == "Receipt" else ZERO
                if entry.balance_after != running or running < 0:
                    yield f"customer {customer}", f"entry {entry.id} says {entry.balance_after} after it, not {running}"
            if running != balances.get(customer, ZERO) or by_receipts != kept[customer] or running < 0:
                yield (
                    f"customer {customer}",
                    f"entries {running}, balance {balances.get(customer)}, receipts {kept[customer]}",
                )

    def rule_held(self) -> Iterator[tuple[str, str]]:
        """Held = Σ entries ≤ balance; a paper holds its refund while it waits to be paid, and nothing else does."""
        held, by_customer = defaultdict[Any, Decimal](Decimal), defaultdict[int, Decimal](Decimal)
        for entry in self.rows(m.PrepaidEntry):
            held[entry.origin, entry.origin_id] += entry.held_amount
            by_customer[entry.customer_id] += entry.held_amount
        for row in self.rows(m.PrepaidBalance):
            if row.held_amount != by_customer.pop(row.customer_id, ZERO) or not ZERO <= row.held_amount <= row.amount:
                yield f"customer {row.customer_id}", f"{row.held_amount} held of {row.amount}"
        if any(by_customer.values()):
            yield "held", f"{dict(by_customer)} without a balance"
        waiting = {
            (type_.__name__, p.id): p for type_ in (m.ContractCancellation, m.MachineReturn) for p in self.rows(type_)
        }
        wanted = {key: p.refund_amount for key, p in waiting.items() if p.state is PaperState.TO_REFUND}
        wanted |= {
            ("PrepaidRefund", p.id): p.amount
            for p in self.rows(m.PrepaidRefund)
            if p.state is PrepaidRefundState.APPROVED
        }
        for key in held.keys() | wanted.keys():
            if held[key] != wanted.get(key, ZERO):
                yield f"{key[0]} {key[1]}", f"holds {held[key]}, has to pay back {wanted.get(key)}"

    def rule_spending(self) -> Iterator[tuple[str, str]]:
        """What a colleague wrote is an expense while its paper stands; the money left once, or a supplier is owed it."""
        booked, out, owed = defaultdict[int, Decimal](Decimal), defaultdict[int, Decimal](Decimal), set[int]()
        for row, into in ((m.Expense, booked), (m.CashEntry, out)):
            for entry in self.rows(row):
                if entry.origin == "ClaimedExpense":
                    into[entry.origin_id] += entry.amount
        for debt in self.rows(m.Payable):
            if debt.origin == "ClaimedExpense" and debt.state is not PayableState.VOID:
                owed.add(debt.origin_id)
        for paper in self.rows(m.ClaimedExpense):
            stands, is_paid = paper.state in STANDING_EXPENSES, paper.state is ClaimedExpenseState.PAID
            if booked[paper.id] != paper.amount * stands or -out[paper.id] != paper.amount * is_paid:
                yield paper.number, f"{paper.state.name}: {booked[paper.id]} booked, {out[paper.id]} on accounts"
            if (paper.id in owed) != (paper.state is ClaimedExpenseState.OWED):
                yield paper.number, f"{paper.state.name}, and owed to a supplier: {paper.id in owed}"

    def rule_cash(self) -> Iterator[tuple[str, str]]:
        """Every money fund of a confirmed receipt is on its account once; a reversed one is mirrored; drafts book nothing."""
        entries = [e for e in self.rows(m.CashEntry) if e.origin == "Receipt"]
        by_receipt = defaultdict(list)
        for entry in entries:
            by_receipt[entry.origin_id].append(entry)
        funds = self.by(m.ReceiptFund, "receipt_id")
        for receipt in self.rows(m.Receipt):
            money = sorted((f.line_number, f.account_id, f.amount) for f in funds[receipt.id] if f.kind in CASH_FUNDS)
            mine = by_receipt[receipt.id]
            came = sorted((e.origin_line, e.account_id, e.amount) for e in mine if e.reversal_of_id is None)
            went = sorted((e.origin_line, e.account_id, -e.amount) for e in mine if e.reversal_of_id is not None)
            booked = receipt.state in (ReceiptState.CONFIRMED, ReceiptState.REVERSED)
            if came != (money if booked else []) or went != (money if receipt.state is ReceiptState.REVERSED else []):
                yield (
                    receipt.number,
                    f"{receipt.state.name} with {len(came)} in, {len(went)} out for {len(money)} funds",
                )
            if receipt.state is ReceiptState.REVERSED and any(e.serial_key for e in mine):
                yield receipt.number, "keeps a bank serial though it is reversed"
        live = Counter((e.account_id, e.serial_key) for e in entries if e.serial_key)
        for (account, serial), count in live.items():
            if count > 1:
                yield f"account {account}", f"serial {serial} is booked {count} times"

    # -- contracts ------------------------------------------------------------------------------------------------

    def returned_prices(self) -> dict[int, list[Decimal]]:
        """Contract id → prices of its machines that came back."""
        lines = self.by_id(m.ContractLine)
        found = defaultdict(list)
        for sent in self.rows(m.MachineDispatch):
            if sent.state is DispatchState.RETURNED:
                found[sent.contract_id].append(lines[sent.contract_line_id].unit_price)
        return found

    def rule_contract_money(self) -> Iterator[tuple[str, str]]:
        """A signed contract's principal adds up to its total, kind by kind; unsigned ones owe nothing."""
        lines, fees = self.by(m.ContractLine, "contract_id"), self.by(m.ContractFee, "contract_id")
        debts, gifts = self.by(m.Receivable, "contract_id"), self.by(m.ContractGift, "contract_id")
        coupons, plans = self.by(m.Coupon, "contract_id"), self.by(m.InstalmentPlan, "contract_id")
        back = self.returned_prices()
        for c in self.rows(m.MachineContract):
            machine = sum((line.unit_price for line in lines[c.id]), ZERO)
            fee = sum((f.amount for f in fees[c.id]), ZERO)
            if (machine, fee, machine + fee) != (c.machine_amount, c.fee_amount, c.total_amount):
                yield c.number, f"machines {machine}, fees {fee} are not what its head says"
            live = [d for d in debts[c.id] if d.state is not ReceivableState.VOID]
            given = [k for k in coupons[c.id] if k.state is not CouponState.VOID]
            if c.state not in SIGNED_CONTRACTS:
                stays = (*AFTERWARDS, ReceivableKind.FEE) if c.state is ContractState.RETURNED else AFTERWARDS
                standing = [d for d in live if d.kind not in stays]
                if standing or given or any(p.state is PlanState.ACTIVE for p in plans[c.id]):
                    yield c.number, f"{c.state.name} has debts, coupons or a plan"
                continue
            owed = Counter[Any]()
            for debt in live:
                if debt.kind not in AFTERWARDS:
                    owed[debt.kind] += debt.principal_amount  # type: ignore[assignment]
                if debt.customer_id != c.customer_id:
                    yield c.number, f"{debt.number} is another customer's"
            is_full, old = c.pay_mode is PayMode.FULL, c.trade_in_amount
            later = ZERO if is_full else machine - c.down_amount - c.retention_amount
            wanted = {
                ReceivableKind.DEPOSIT: c.deposit_amount,
                ReceivableKind.TRADE_IN: old,
                ReceivableKind.DOWN: ZERO if is_full else c.down_amount - c.deposit_amount - old,
                ReceivableKind.BALANCE: machine - c.deposit_amount - old - c.retention_amount if is_full else ZERO,
                ReceivableKind.INSTALMENT: later if c.pay_mode is PayMode.INSTALMENT else ZERO,
                ReceivableKind.FINANCE: later if c.pay_mode in (PayMode.MORTGAGE, PayMode.LEASE) else ZERO,
                ReceivableKind.RETENTION: c.retention_amount,
                ReceivableKind.FEE: fee,
            }
            if c.id in back:  # each kind lost its share, by price, within a cent for each machine that came back
                gone = sum(back[c.id], ZERO)
                wanted = {
                    k: v * (machine - gone) / machine if k is not ReceivableKind.FEE else v for k, v in wanted.items()
                }
                near = Decimal("0.01") * len(back[c.id])
                if any(abs(owed[k] - v) > near for k, v in wanted.items()):
                    yield c.number, f"principal by kind is {dict(owed)}, near {wanted} after returns"
                if sum(owed.values(), ZERO) != c.total_amount - gone:
                    yield (
                        c.number,
                        f"principal adds up to {sum(owed.values(), ZERO)} without {gone} of returned machines",
                    )
            elif {k: v for k, v in wanted.items() if v} != {k: v for k, v in owed.items() if v}:
                yield c.number, f"principal by kind is {dict(owed)}, not {wanted}"
            elif sum(owed.values(), ZERO) != c.total_amount:
                yield c.number, f"principal adds up to {sum(owed.values(), ZERO)}, total is {c.total_amount}"
            received = sum((d.settled_amount for d in live), ZERO)
            open_ = sum((left_of(d) for d in live), ZERO)
            if (received, open_) != (c.received_amount, c.outstanding_amount):
                yield c.number, f"received {received}, open {open_} are not what its head says"
            state = PayState.SETTLED if open_ == 0 else PayState.PARTIAL if received else PayState.UNPAID
            if state is not c.pay_state:
                yield c.number, f"{c.pay_state.name} with {open_} open and {received} received"
            faces = Counter(k.face_amount for k in coupons[c.id])
            promised = Counter(g.face_amount for g in gifts[c.id] if g.kind is GiftKind.COUPON)
            missing, extra = promised - faces, Counter(k.face_amount for k in given) - promised
            if missing or extra:
                yield c.number, "its coupons are not its gifts"
            payers = {d.payer_id for d in live if d.kind is ReceivableKind.FINANCE}
            if payers - {c.financier_id} or {d.payer_id for d in live if d.kind is not ReceivableKind.FINANCE} - {None}:
                yield c.number, "is paid by somebody else than it says"
            if len([p for p in plans[c.id] if p.state is PlanState.ACTIVE]) != (0 if is_full else 1):
                yield c.number, f"{c.pay_mode.name} with {len(plans[c.id])} plans"

    def rule_plan(self) -> Iterator[tuple[str, str]]:
        """Σ rows = plan = what is financed; each row is its receivable; periods count from one, days go up."""
        rows, debts, contracts = self.by(m.PlanRow, "plan_id"), self.by_id(m.Receivable), self.by_id(m.MachineContract)
        for plan in self.rows(m.InstalmentPlan):
            mine = sorted(rows[plan.id], key=lambda r: r.period)
            if [r.period for r in mine] != list(range(1, plan.periods + 1)):
                yield plan.number, "its periods do not count from one"
            if [r.due_on for r in mine] != sorted({r.due_on for r in mine}):
                yield plan.number, "its days do not go up"
            principal = sum((r.principal_amount for r in mine), ZERO)
            in_force = plan.state is PlanState.ACTIVE
            financed = contracts[plan.contract_id].finance_amount if in_force else principal
            if not principal == plan.principal_amount == financed:
                yield plan.number, f"rows repay {principal} of {plan.principal_amount}"
            if sum((r.interest_amount for r in mine), ZERO) != plan.interest_amount:
                yield plan.number, "interest does not add up"
            for row in mine:
                if not in_force:
                    if row.receivable_id is not None:
                        yield plan.number, f"is {plan.state.name} and holds debts"
                    continue
                if plan.payee is PlanPayee.FINANCIER:
                    if row.receivable_id is not None:
                        yield plan.number, "is the financier's and holds debts of ours"
                    continue
                debt = debts[row.receivable_id]
                if (row.total_amount, row.principal_amount, row.interest_amount, row.due_on, row.period) != (
                    debt.amount, debt.principal_amount, debt.interest_amount, debt.due_on, debt.period,
                ):  # fmt: skip
                    yield plan.number, f"period {row.period} is not its receivable"

    def rule_approval(self) -> Iterator[tuple[str, str]]:
        """Everybody on the route, in order, different people, nobody who wrote, submitted or sold it; nothing changed since."""
        records, submitters = defaultdict(list), {}
        for record in self.rows(m.ApprovalRecord):
            records[record.paper, record.paper_id].append(record)
        for step in self.rows(m.StateChange):
            if step.document == "MachineContract" and step.verb == "submit":
                submitters[step.document_id] = step.by_id
        for c in self.rows(m.MachineContract):
            mine = [r for r in records["MachineContract", c.id] if r.round == c.approval_round]
            if (c.state is ContractState.PENDING) != (c.awaiting_role is not None):
                yield c.number, f"{c.state.name} waits for {c.awaiting_role}"
            if c.state is not ContractState.PENDING and c.state not in SIGNED_CONTRACTS:
                continue
            route = (c.approval_route or "").split(",")
            decided = [r.role for r in mine]
            if any(r.result is not ApprovalResult.PASS for r in mine) or decided != route[: len(decided)]:
                yield c.number, f"decided by {decided}, route {route}"
            if (
                c.awaiting_role != (route[len(decided)] if len(decided) < len(route) else None)
                or set(route) - ROLES.keys()
            ):
                yield c.number, f"waits for {c.awaiting_role} after {decided} of {route}"
            people = [r.employee_id for r in mine if r.employee_id is not None]
            if len(set(people)) != len(people) or {c.salesperson_id, c.created_by_id, submitters.get(c.id)} & set(
                people
            ):
                yield c.number, f"approved by {people}, among them its own author, seller, submitter or one twice"
        with scope.elevated(), Session(self.connection) as session:
            for contract in session.scalars(sa.select(m.MachineContract)):
                mine = [r for r in records["MachineContract", contract.id] if r.round == contract.approval_round]
                seen = {r.content_hash for r in mine}
                if contract.state in SIGNED_CONTRACTS:
                    is_first = contract.revision == 0
                    if content_hash(contract) != contract.approved_hash or (
                        is_first and seen != {contract.approved_hash}
                    ):
                        yield contract.number, "is no longer what was approved"
                if contract.state is ContractState.PENDING and seen - {content_hash(contract)}:
                    yield contract.number, "is no longer what was approved"
            for kind in PAPERS:
                for paper in session.scalars(sa.select(kind)):
                    mine = [r for r in records[kind.__name__, paper.id] if r.round == paper.approval_round]
                    if paper.state in CARRIED_OUT and [r.role for r in mine] != paper.approval_route.split(","):
                        yield paper.number, f"was carried out after {[r.role for r in mine]}"
                    if paper.state in CARRIED_OUT and {r.content_hash for r in mine} != {content_hash(paper)}:
                        yield paper.number, "is no longer what was approved"

    def rule_contract_link(self) -> Iterator[tuple[str, str]]:
        """Who signed is an active customer linked with the contact who negotiated."""
        links = {(link.customer_id, link.contact_id) for link in self.rows(m.CustomerContact)}
        customers = self.by_id(m.Customer)
        for c in self.rows(m.MachineContract):
            if c.state in SIGNED_CONTRACTS:
                if (
                    customers[c.customer_id].state is CustomerState.DRAFT
                    or customers[c.customer_id].first_deal_on is None
                ):
                    yield c.number, "its customer is still a draft"
                if c.retention_amount and customers[c.customer_id].kind is not CustomerKind.COMPANY:
                    yield c.number, "an individual owes retention money"
                if (c.customer_id, c.contact_id) not in links:
                    yield c.number, "customer and contact are not linked"

    def rule_cancellation(self) -> Iterator[tuple[str, str]]:
        """What was paid = forfeited + left + refunded; it went to prepaid money, and the refund out of it and out of cash."""
        debts, prepaid = self.by(m.Receivable, "contract_id"), defaultdict(list)
        for entry in self.rows(m.PrepaidEntry):
            prepaid[entry.origin, entry.origin_id].append(entry.amount)
        cash = Counter[Any]()
        for entry in self.rows(m.CashEntry):
            cash[entry.origin, entry.origin_id] += entry.amount  # type: ignore[assignment]
        for paper in self.rows(m.ContractCancellation):
            key, is_done = ("ContractCancellation", paper.id), paper.state in CARRIED_OUT
            if paper.paid_amount != paper.forfeit_amount + paper.kept_amount + paper.refund_amount:
                yield paper.number, "what was paid is not what becomes of it"
            refunded = paper.refund_amount - paper.left_amount if paper.state is PaperState.DONE else ZERO
            moved = (paper.paid_amount if is_done else ZERO) - refunded
            if sum(prepaid[key], ZERO) != moved or cash[key] != -refunded:
                yield paper.number, f"{paper.state.name}: prepaid {prepaid[key]}, cash {cash[key]}"
            if is_done != (self._contract(paper.contract_id).state is ContractState.CANCELLED) and is_done:
                yield paper.number, "its contract is not cancelled"
            kept = [d.settled_amount for d in debts[paper.contract_id] if d.kind is ReceivableKind.FORFEIT]
            if is_done and kept != [paper.forfeit_amount] * (paper.forfeit_amount > 0):
                yield paper.number, f"forfeits {paper.forfeit_amount}, paid are {kept}"

    def rule_withdrawal(self) -> Iterator[tuple[str, str]]:
        """A dispatch is withdrawn where one withdrawal was carried out, and nobody calls its customer."""
        sent, visits = self.by_id(m.MachineDispatch), self.by(m.VisitTask, "dispatch_id")
        done = [p.dispatch_id for p in self.rows(m.DispatchWithdrawal) if p.state in CARRIED_OUT]
        if sorted(done) != [d.id for d in sent.values() if d.state is DispatchState.REVERSED]:
            yield "withdrawals", f"of {sorted(done)}"
        for row_id in done:
            if any(v.state is not VisitState.CANCELLED for v in visits[row_id]):
                yield sent[row_id].number, "is withdrawn and its customer will be called"

    def rule_amendment(self) -> Iterator[tuple[str, str]]:
        """As many amendments as the contract has revisions; what they took off debts went to prepaid money."""
        moved: dict[tuple[str, int], Decimal] = defaultdict(Decimal)
        for entry in self.rows(m.ReceivableEntry):
            if entry.movement is ReceivableMovement.UNSETTLE:
                moved[entry.origin, entry.origin_id] += entry.amount
        for entry in self.rows(m.PrepaidEntry):
            if entry.amount > 0:
                moved[entry.origin, entry.origin_id] -= entry.amount
        done = Counter[int]()
        for paper in self.rows(m.ContractAmendment):
            done[paper.contract_id] += paper.state in CARRIED_OUT
            if moved["ContractAmendment", paper.id]:
                yield paper.number, f"{moved['ContractAmendment', paper.id]} left debts and went nowhere"
        for paper in self.rows(m.MachineReturn):
            if moved["MachineReturn", paper.id]:
                yield paper.number, f"{moved['MachineReturn', paper.id]} left debts and went nowhere"
        for c in self.rows(m.MachineContract):
            if done[c.id] != c.revision:
                yield c.number, f"revision {c.revision} after {done[c.id]} amendments"

    def rule_return(self) -> Iterator[tuple[str, str]]:
        """A returned dispatch has one return; what was paid = depreciation paid + left + refunded; the machine is used."""
        sent, units = self.by_id(m.MachineDispatch), self.by_id(m.MachineUnit)
        debts = [d for d in self.rows(m.Receivable) if d.kind is ReceivableKind.DEPRECIATION]
        charged, lines = {(d.contract_id, d.source_line): d for d in debts}, self.by_id(m.ContractLine)
        done = [p for p in self.rows(m.MachineReturn) if p.state in CARRIED_OUT]
        if sorted(p.dispatch_id for p in done) != [d.id for d in sent.values() if d.state is DispatchState.RETURNED]:
            yield "returns", "are not the returned dispatches"
        for paper in done:
            line = lines[sent[paper.dispatch_id].contract_line_id]
            debt = charged.get((paper.contract_id, line.line_number))
            if (debt.amount if debt else ZERO) != paper.depreciation_amount:
                yield paper.number, "its depreciation is not charged"
            if max(paper.paid_amount - paper.depreciation_amount, ZERO) != paper.kept_amount + paper.refund_amount:
                yield paper.number, "what was paid is not what becomes of it"
            if units[sent[paper.dispatch_id].unit_id].condition is not UnitCondition.USED:
                yield paper.number, "its machine is not a used one"

    def rule_machine_purchase(self) -> Iterator[tuple[str, str]]:
        """Received = papers that came; each of them owes its price; what is neither received nor closed waits."""
        inbound, owed = self.by(m.MachineInbound, "purchase_line_id"), defaultdict(Decimal)
        for debt in self.rows(m.Payable):
            if debt.origin == "MachineInbound" and debt.state is not PayableState.VOID:
                owed[debt.origin_id] += debt.amount
        orders = self.by_id(m.MachinePurchase)
        for line in self.rows(m.MachinePurchaseLine):
            papers = Counter(p.state for p in inbound[line.id])
            if papers[InboundState.DONE] != line.received_pieces:
                yield orders[line.purchase_id].number, f"received {line.received_pieces}, papers {dict(papers)}"
            is_open = orders[line.purchase_id].state in (PurchaseState.APPROVED, PurchaseState.PART_RECEIVED)
            if papers[InboundState.PENDING] != (line.pieces - line.received_pieces if is_open else 0):
                yield orders[line.purchase_id].number, f"{papers[InboundState.PENDING]} papers wait"
        for paper in self.rows(m.MachineInbound):
            is_bought = paper.state is InboundState.DONE and paper.kind is InboundKind.PURCHASE
            if owed[paper.id] != (paper.gross_amount if is_bought else ZERO):
                yield paper.number, f"owes {owed[paper.id]}"

    # -- machines -------------------------------------------------------------------------------------------------

    def rule_unit(self) -> Iterator[tuple[str, str]]:
        """In stock, held by exactly the line that names it, or sold by exactly one dispatch; its cost is the inbound's."""
        lines, contracts = self.by_id(m.ContractLine), self.by_id(m.MachineContract)
        inbound, sent = self.by(m.MachineInbound, "unit_id"), self.by(m.MachineDispatch, "unit_id")
        papers = self.by_id(m.MachineDispatch)
        back = {
            papers[p.dispatch_id].unit_id: p.cost_back for p in self.rows(m.MachineReturn) if p.state in CARRIED_OUT
        }
        for unit in self.rows(m.MachineUnit):
            live = [d for d in sent[unit.id] if d.state is DispatchState.DONE]
            line = lines.get(unit.reserved_line_id)
            if unit.state is UnitState.SOLD and not inbound[unit.id] and not live and not unit.cost_amount:
                continue  # a customer has had it since before these books
            came = sorted(inbound[unit.id], key=lambda p: p.id)
            again = [p for p in came if p.before]  # taken in payment from the customer whose it was
            is_known = unit.state is UnitState.ORDERED or not came or came[0].before is not None
            cost = came[-1].cost_amount if came else ZERO
            wanted = ZERO if unit.state is UnitState.ORDERED else cost if again else back.get(unit.id, cost)
            if len(came) - len(again) != (0 if is_known else 1) or wanted != unit.cost_amount:
                yield unit.serial_number, "did not come in once at this cost"
            live = sorted(live, key=lambda d: d.id)[len(again) - (bool(came) and came[0].before is not None) :]
            if unit.state is UnitState.IN_STOCK and (
                line or live or unit.owner_customer_id or unit.warehouse_id is None
            ):
                yield unit.serial_number, "stands in stock and yet is held, sold or nowhere"
            if unit.state is UnitState.RESERVED and (
                line is None or line.unit_id != unit.id or line.is_dispatched or live
                or contracts[line.contract_id].state not in HOLDING or unit.owner_customer_id
            ):  # fmt: skip
                yield unit.serial_number, "is reserved by a line that does not hold it"
            if (unit.state is UnitState.SOLD) != (len(live) == 1):
                yield unit.serial_number, f"{unit.state.name} with {len(live)} dispatches"
            if unit.state is UnitState.SOLD and (
                unit.owner_customer_id != live[0].customer_id or unit.warehouse_id is not None
                or unit.warranty_starts_on != live[0].business_on or unit.delivered_on != live[0].business_on
            ):  # fmt: skip
                yield unit.serial_number, "is sold, but not to whom and when its dispatch says"
        for paper in self.rows(m.MachineInbound):
            if (paper.state is InboundState.DONE) != (paper.unit_id is not None):
                yield paper.number, f"{paper.state.name} with machine {paper.unit_id}"
        dead = (InboundState.CANCELLED, InboundState.REVERSED)
        waiting = Counter(
            p.serial_number
            for p in self.rows(m.MachineInbound)
            if p.serial_number and p.state not in dead and not p.before and p.kind is not InboundKind.TRADE_IN
        )
        for serial, count in waiting.items():
            if count > 1:
                yield serial, f"is on {count} inbound papers"

    def rule_reservation(self) -> Iterator[tuple[str, str]]:
        """A contract that waits or is signed holds or has sold each machine it names; nobody else does."""
        units = self.by_id(m.MachineUnit)
        taken_in_payment = {p.unit_id for p in self.rows(m.MachineInbound) if p.before and p.unit_id}
        back = {d.contract_line_id for d in self.rows(m.MachineDispatch) if d.state is DispatchState.RETURNED}
        for line in self.rows(m.ContractLine):
            c = self._contract(line.contract_id)
            if line.unit_id is None or line.id in back or (c.state not in HOLDING and c.state not in SIGNED_CONTRACTS):
                continue
            if line.is_dispatched and line.unit_id in taken_in_payment:
                continue
            unit = units[line.unit_id]
            wanted = UnitState.SOLD if line.is_dispatched else UnitState.RESERVED
            if unit.reserved_line_id != line.id or unit.state is not wanted or unit.model_id != line.model_id:
                yield c.number, f"line {line.line_number}: {unit.serial_number} is {unit.state.name}"

    def _contract(self, row_id: int) -> Any:
        if not hasattr(self, "_contracts"):
            self._contracts = self.by_id(m.MachineContract)
        return self._contracts[row_id]

    def rule_dispatch(self) -> Iterator[tuple[str, str]]:
        """One live dispatch per line, of a signed contract; margin = revenue − cost; the contract's state counts them."""
        sent, lines = self.by(m.MachineDispatch, "contract_line_id"), self.by(m.ContractLine, "contract_id")
        visits = Counter(v.dispatch_id for v in self.rows(m.VisitTask) if v.dispatch_id)
        for papers in sent.values():
            live = [d for d in papers if d.state is DispatchState.DONE]
            if len(live) > 1:
                yield live[0].number, f"{len(live)} machines left for one line"
            for d in live:
                if d.margin_amount != d.revenue_amount - d.cost_amount or not d.is_checked:
                    yield d.number, "margin or delivery check is wrong"
                if visits[d.id] != 1:
                    yield d.number, f"{visits[d.id]} visits are planned"
        for c in self.rows(m.MachineContract):
            gone = [line for line in lines[c.id] if line.is_dispatched]
            for line in lines[c.id]:
                live = [d for d in sent[line.id] if d.state in GONE]
                if len(live) != line.is_dispatched or any(
                    d.unit_id != line.unit_id or d.customer_id != c.customer_id for d in live
                ):
                    yield c.number, f"line {line.line_number} and its dispatch disagree"
            if c.state is ContractState.RETURNED:
                continue
            wanted = ContractState.DISPATCHED if len(gone) == len(lines[c.id]) else ContractState.DISPATCHED_PART
            if (gone and c.state is not wanted) or (
                not gone and c.state in (ContractState.DISPATCHED, ContractState.DISPATCHED_PART)
            ):
                yield c.number, f"{c.state.name} with {len(gone)} of {len(lines[c.id])} machines gone"

    def rule_retention(self) -> Iterator[tuple[str, str]]:
        """One per signed contract that holds money back; runs from the last dispatch for a year; collected when paid."""
        held, debts = self.by(m.Retention, "contract_id"), self.by_id(m.Receivable)
        back = self.returned_prices()
        ended = (RetentionState.COLLECTED, RetentionState.DEDUCTED)
        for c in self.rows(m.MachineContract):
            wanted = 1 if c.state in SIGNED_CONTRACTS and c.retention_amount else 0
            mine = [r for r in held[c.id] if r.state is not RetentionState.CANCELLED]
            if len(mine) != wanted:
                yield c.number, f"{len(mine)} retentions"
            for r in mine:
                debt = debts[r.receivable_id]
                is_whole = (
                    r.amount == c.retention_amount or c.id in back
                )  # after a return rule_contract_money has its share
                if (r.amount, debt.kind) != (debt.amount, ReceivableKind.RETENTION) or not is_whole:
                    yield r.number, "is not its receivable"
                if (r.state is RetentionState.NOT_STARTED) == (c.state is ContractState.DISPATCHED):
                    yield r.number, f"{r.state.name} while the contract is {c.state.name}"
                started = r.state is not RetentionState.NOT_STARTED
                if started and (debt.state is ReceivableState.PAID) != (r.state in ended):
                    yield r.number, f"{r.state.name} while its receivable is {debt.state.name}"
                if debt.due_on != r.due_on or started != (r.due_on is not None):
                    yield r.number, f"due {r.due_on}, its receivable {debt.due_on}"
                if started and not (
                    r.due_on == (r.extended_to or r.matures_on) + dt.timedelta(days=1)
                    and (r.matures_on.year, r.matures_on.month) == (r.starts_on.year + 1, r.starts_on.month)
                    and r.matures_on.day in (r.starts_on.day, 28)
                ):
                    yield r.number, f"{r.starts_on} → {r.matures_on} → {r.due_on}"

    def rule_quality_complaint(self) -> Iterator[tuple[str, str]]:
        """Held exactly while a complaint of its year about its machines is neither dismissed nor decided; what was
        decided is what was deducted and what it is retained until."""
        machines = defaultdict(set)
        for line in self.rows(m.ContractLine):
            machines[line.contract_id].add(line.unit_id)
        entries = self.by(m.ReceivableEntry, "receivable_id")
        decisions = self.by(m.RetentionDecision, "retention_id")
        for r in self.rows(m.Retention):
            done = [d for d in decisions[r.id] if d.state is DecisionState.APPROVED]
            off = sum((e.amount for e in entries[r.receivable_id] if e.movement is ReceivableMovement.DEDUCT), ZERO)
            agreed = sum((d.amount for d in done if d.kind is DecisionKind.DEDUCT), ZERO)
            if not off == agreed == r.deducted_amount:
                yield r.number, f"entries deduct {off}, decisions {agreed}, it says {r.deducted_amount}"
            if r.extended_to != max((d.until for d in done if d.kind is DecisionKind.EXTEND), default=None):
                yield r.number, f"retained until {r.extended_to}, which nobody decided"
            if r.starts_on is None or r.state in (RetentionState.COLLECTED, RetentionState.DEDUCTED):
                continue
            grounds = {
                c.id
                for c in self.rows(m.Complaint)
                if c.is_quality and c.verdict is not Verdict.DISMISSED and c.unit_id in machines[r.contract_id]
                and c.customer_id == r.customer_id and c.id not in {d.complaint_id for d in done}
                and r.starts_on <= c.reported_on <= (r.extended_to or r.matures_on)
            }  # fmt: skip
            if bool(grounds) != (r.state is RetentionState.HELD) or (grounds and r.complaint_id not in grounds):
                yield r.number, f"{r.state.name} because of {r.complaint_id}; what holds it is {sorted(grounds)}"

    def rule_visit(self) -> Iterator[tuple[str, str]]:
        """The score is what the answers make; low ones have their complaint; a charged order is closed once it is rated."""
        answers, orders = self.by(m.SurveyAnswer, "visit_id"), self.by_id(m.WorkOrder)
        complained = {c.visit_id for c in self.rows(m.Complaint)}
        for v in self.rows(m.VisitTask):
            points = [(a.weight, a.score) for a in answers[v.id] if a.score]
            whole = sum(w for w, _ in points)
            total = int(Decimal(100 * sum(w * p for w, p in points)) / (5 * whole) + Decimal("0.5")) if whole else None
            if v.score != total:
                yield v.number, f"the answers make {total}, it says {v.score}"
            low = any(p <= 2 for _, p in points) or (total is not None and total < 60)
            if low and v.id not in complained:
                yield v.number, "a low rating without a complaint"
            order = orders.get(v.work_order_id)
            if order is None or v.state in OPEN_VISITS:
                continue
            if order.state is WorkOrderState.SETTLED or order.score != v.score:
                yield v.number, f"{v.state.name}, {v.score}; its order is {order.state.name}, {order.score}"

    # -- parts ----------------------------------------------------------------------------------------------------

    def rule_stock(self) -> Iterator[tuple[str, str]]:
        """Pieces and value of every shelf = Σ moves in − Σ moves out; never below zero, never more promised than there."""
        sums: dict[tuple[int, int], list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
        for move in self.rows(m.StockMove):
            for place, sign in ((move.source_id, -1), (move.target_id, 1)):
                sums[move.part_id, place][0] += sign * move.quantity
                sums[move.part_id, place][1] += sign * move.amount
        for row in self.rows(m.StockBalance):
            about = f"part {row.part_id} in {row.warehouse_id}"
            if sums[row.part_id, row.warehouse_id] != [row.quantity, row.amount]:
                yield (
                    about,
                    f"moves give {sums[row.part_id, row.warehouse_id]}, the balance is {row.quantity} / {row.amount}",
                )
            if not ZERO <= row.reserved <= row.quantity or row.amount < 0 or (row.quantity == 0 and row.amount):
                yield about, f"{row.reserved} reserved of {row.quantity} worth {row.amount}"

    def rule_collected(self) -> Iterator[tuple[str, str]]:
        """What fees collect for somebody is owed to him, and nothing else, contract by contract."""
        fees, owed = self.by(m.ContractFee, "contract_id"), self.by(m.Payable, "contract_id")
        for c in self.rows(m.MachineContract):
            wanted, found = Counter[Any](), Counter[Any]()
            for fee in fees[c.id] if c.state in SIGNED_CONTRACTS else []:
                if fee.payee_id is not None:
                    wanted[fee.payee_id] += fee.amount  # type: ignore[assignment]
            for debt in owed[c.id]:
                if debt.state is not PayableState.VOID:
                    found[debt.supplier_id] += debt.amount  # type: ignore[assignment]
            if c.state is not ContractState.RETURNED and wanted != found:
                yield c.number, f"collects {dict(wanted)}, owes {dict(found)}"

    def rule_payable(self) -> Iterator[tuple[str, str]]:
        """Paid = Σ lines of payments that were paid; never over the amount."""
        credits = self.by(m.PayableCredit, "payable_id")
        paid_papers = {p.id for p in self.rows(m.Payment) if p.state in STANDING_PAYMENTS}
        paid: dict[int, Decimal] = defaultdict(Decimal)
        for line in self.rows(m.PaymentLine):
            if line.payment_id in paid_papers:
                paid[line.payable_id] += line.amount
        confirmed = {r.id: r.payer_id for r in self.rows(m.Receipt) if r.state is ReceiptState.CONFIRMED}
        owners = {debt.id: debt.supplier_id for debt in self.rows(m.Payable)}
        for fund in self.rows(m.ReceiptFund):
            if fund.kind is FundKind.OFFSET and fund.receipt_id in confirmed:
                paid[fund.payable_id] += fund.amount
                if owners[fund.payable_id] != confirmed[fund.receipt_id]:
                    yield f"fund {fund.id}", "is offset against what is owed to somebody else"
        for debt in self.rows(m.Payable):
            if paid[debt.id] != debt.paid_amount or not ZERO <= debt.paid_amount <= debt.amount:
                yield debt.number, f"payments pay {paid[debt.id]}, the payable says {debt.paid_amount} of {debt.amount}"
            credited = sum((c.amount for c in credits[debt.id]), ZERO)
            if credited != debt.credited_amount or debt.paid_amount + debt.credited_amount > debt.amount:
                yield debt.number, f"returns take {credited} off, the payable says {debt.credited_amount}"
            if any(c.supplier_id != debt.supplier_id for c in credits[debt.id]):
                yield debt.number, "is lowered by a return to another supplier"
            left = debt.amount - debt.paid_amount - debt.credited_amount
            wanted = (
                PayableState.PAID if left == 0 else PayableState.OPEN if left == debt.amount else PayableState.PARTIAL
            )
            if debt.state not in (wanted, PayableState.VOID) or (
                debt.state is PayableState.VOID and left != debt.amount
            ):
                yield debt.number, f"{debt.state.name} with {left} open of {debt.amount}"

    def rule_purchase_return(self) -> Iterator[tuple[str, str]]:
        """Cost = what left; variance = refund without tax − cost = the expense; refund = credits + money + what is open."""
        lines, moves = self.by(m.PurchaseReturnLine, "return_id"), self.by(m.StockMove, "origin_id")
        credits, cash = self.by(m.PayableCredit, "origin_id"), self.by(m.CashEntry, "origin_id")
        expenses, came = self.by(m.Expense, "origin_id"), self.by_id(m.InboundLine)
        bound: dict[int, list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
        sent: dict[int, Decimal] = defaultdict(Decimal)
        for paper in self.rows(m.PurchaseReturn):
            mine = {
                key: [r for r in found[paper.id] if r.origin == "PurchaseReturn"]
                for key, found in (("moves", moves), ("credits", credits), ("cash", cash), ("expenses", expenses))
            }
            has_left = paper.state in (PurchaseReturnState.SHIPPED, PurchaseReturnState.DONE)
            if [(v.origin_line, v.quantity, v.amount) for v in sorted(mine["moves"], key=lambda v: v.origin_line)] != (
                [(n.line_number, n.quantity, n.cost_amount) for n in lines[paper.id]] if has_left else []
            ):
                yield paper.number, "stock did not move as its lines say"
            if paper.gross_amount != sum((n.gross_amount for n in lines[paper.id]), ZERO):
                yield paper.number, "its lines do not add up"
            variance = paper.net_amount - paper.cost_amount if has_left else ZERO
            if paper.variance_amount != variance or -sum((e.amount for e in mine["expenses"]), ZERO) != variance:
                yield paper.number, f"variance {paper.variance_amount}, expense {[e.amount for e in mine['expenses']]}"
            credited, money = (sum((r.amount for r in mine[key]), ZERO) for key in ("credits", "cash"))
            open_ = paper.gross_amount - credited - money
            if (credited, money) != (paper.credited_amount, paper.cash_amount) or open_ < 0:
                yield paper.number, f"credits {credited} and money {money} are not what its head says"
            if has_left and (paper.state is PurchaseReturnState.DONE) != (open_ == 0):
                yield paper.number, f"{paper.state.name} with {open_} open"
            if not has_left and (credited or money):
                yield paper.number, f"{paper.state.name} and yet refunded"
            for line in lines[paper.id]:
                if paper.state in BINDING_PURCHASE_RETURNS:
                    bound[line.receipt_line_id][0] += line.quantity
                    bound[line.receipt_line_id][1] += line.gross_amount
                if has_left and came[line.receipt_line_id].order_line_id:
                    sent[came[line.receipt_line_id].order_line_id] += line.quantity
        for row_id, (quantity, gross) in bound.items():
            line = came[row_id]
            if quantity > line.actual_quantity or gross > line.gross_amount:
                yield f"receipt line {row_id}", f"{quantity} of {line.actual_quantity} go back for {gross}"
            if quantity == line.actual_quantity and gross != line.gross_amount:
                yield f"receipt line {row_id}", f"all go back for {gross} of {line.gross_amount}"
        for line in self.rows(m.PurchaseLine):
            if line.returned_quantity != sent[line.id] or line.returned_quantity > line.received_quantity:
                yield f"purchase line {line.id}", f"{line.returned_quantity} returned, papers say {sent[line.id]}"

    def rule_promise(self) -> Iterator[tuple[str, str]]:
        """What papers were promised is reserved; a sale line is shipped, on an outbound paper or waited for, and nothing else."""
        promised: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
        of_line: dict[int, Decimal] = defaultdict(Decimal)
        papers, returns = self.by_id(m.PartOutbound), self.by_id(m.PurchaseReturn)
        for line in self.rows(m.OutboundLine):
            if papers[line.outbound_id].state is OutboundState.PENDING:
                promised[line.part_id, papers[line.outbound_id].warehouse_id] += line.planned_quantity
                of_line[line.sale_line_id] += line.planned_quantity
        came = self.by_id(m.InboundLine)
        for line in self.rows(m.PurchaseReturnLine):
            if returns[line.return_id].state is PurchaseReturnState.APPROVED:
                promised[came[line.receipt_line_id].part_id, returns[line.return_id].warehouse_id] += line.quantity
        reserved = {(b.part_id, b.warehouse_id): b.reserved for b in self.rows(m.StockBalance)}
        for key, quantity in promised.items():
            if reserved.get(key, ZERO) < quantity:
                yield f"part {key[0]} in {key[1]}", f"{quantity} promised, {reserved.get(key)} reserved"
        for row in self.rows(m.SaleShortage):
            if row.state is ShortageState.WAITING:
                of_line[row.sale_line_id] += row.quantity - row.served_quantity
            if (row.state is ShortageState.SERVED) != (row.served_quantity == row.quantity):
                yield f"shortage {row.id}", f"{row.state.name} with {row.served_quantity} of {row.quantity}"
        approved = {s.id for s in self.rows(m.PartSale) if s.state is SaleState.APPROVED}
        for line in self.rows(m.SaleLine):
            wanted = line.quantity - line.closed_quantity if line.sale_id in approved else ZERO
            if line.shipped_quantity + of_line[line.id] != wanted:
                yield f"sale line {line.id}", f"{line.shipped_quantity} shipped, {of_line[line.id]} to come of {wanted}"

    def rule_purchase_proposal(self) -> Iterator[tuple[str, str]]:
        """One open proposal per part and store; an ordered one is a line of its order."""
        live = Counter(
            (p.part_id, p.warehouse_id) for p in self.rows(m.PurchaseProposal) if p.state is ProposalState.OPEN
        )
        for key, count in live.items():
            if count > 1:
                yield f"part {key[0]} in {key[1]}", f"{count} open proposals"
        for p in self.rows(m.PurchaseProposal):
            if (p.state is ProposalState.ORDERED) != (p.order_id is not None):
                yield p.number, f"{p.state.name} with order {p.order_id}"

    # -- service --------------------------------------------------------------------------------------------------

    def rule_parts_used(self) -> Iterator[tuple[str, str]]:
        """Every part used is one move from a van to the customer at its cost; put back means one exact reversal."""
        moves = {
            (x.origin_id, x.origin_line): x
            for x in self.rows(m.StockMove)
            if x.movement is StockMovement.CONSUME and x.origin == "WorkOrder"
        }
        back = {x.reversal_of_id: x for x in self.rows(m.StockMove) if x.reversal_of_id}
        lines = self.rows(m.WorkOrderPart)
        for line in lines:
            about, move = (
                f"line {line.line_number} of order {line.work_order_id}",
                moves.pop((line.work_order_id, line.line_number), None),
            )
            if move is None or (move.quantity, move.amount, move.source_id) != (
                line.quantity, line.cost_amount, line.warehouse_id,
            ):  # fmt: skip
                yield about, "no move from the van like it"
                continue
            undone = back.get(move.id)
            if (undone is not None) != (line.state is UsedPartState.REVERSED):
                yield about, f"is {line.state.name}, reversal {undone}"
            if undone is not None and (undone.quantity, undone.amount) != (move.quantity, move.amount):
                yield about, f"went out for {move.amount}, came back for {undone.amount}"
        for key in moves:
            yield f"order {key[0]}", "a move without its line"

    def rule_work_order(self) -> Iterator[tuple[str, str]]:
        """Cost = Σ parts used; a settled order owes exactly what the customer pays; one leader at most."""
        lines, debts = self.by(m.WorkOrderPart, "work_order_id"), self.by(m.Receivable, "work_order_id")
        crews = self.by(m.WorkAssignment, "work_order_id")
        for order in self.rows(m.WorkOrder):
            standing = [x for x in lines[order.id] if x.state is UsedPartState.CONSUMED]
            if sum((x.cost_amount for x in standing), ZERO) != order.cost_amount:
                yield order.number, f"cost {order.cost_amount}"
            charged = order.parts_amount + order.labour_amount + order.travel_amount + order.other_fee
            if order.state in (WorkOrderState.REVIEWED, WorkOrderState.SETTLED) and order.customer_amount != charged:
                yield order.number, f"{order.customer_amount} ≠ {charged}"
            is_settled = order.state in (WorkOrderState.SETTLED, WorkOrderState.CLOSED)
            wanted = [order.customer_amount] if is_settled and order.customer_amount else []
            owed = [d.amount for d in debts[order.id] if d.state is not ReceivableState.VOID]
            if owed != wanted:
                yield order.number, f"owes {owed}, not {wanted}"
            leaders = [x for x in crews[order.id] if x.is_leader and x.state in STANDING_ASSIGNMENTS]
            named = [order.leader_id] if order.leader_id is not None else []
            if order.state is not WorkOrderState.CANCELLED and [x.technician_id for x in leaders] != named:
                yield order.number, f"leaders {[x.technician_id for x in leaders]}, not {order.leader_id}"

    def rule_package(self) -> Iterator[tuple[str, str]]:
        """A package was used once for every settled order that was done on it, by its own customer, and no more than given."""
        settled = [o for o in self.rows(m.WorkOrder) if o.state in (WorkOrderState.SETTLED, WorkOrderState.CLOSED)]
        used = Counter(o.package_id for o in settled if o.package_id is not None)
        packages = self.by_id(m.ServicePackage)
        for row_id, package in packages.items():
            if used[row_id] != package.used_times or (package.state is PackageState.USED) != (
                package.used_times == package.times
            ):
                yield package.number, f"{package.used_times} used, {used[row_id]} orders, {package.state.name}"
        for order in settled:
            if order.package_id is not None and packages[order.package_id].customer_id != order.customer_id:
                yield order.number, "was done on the package of another customer"

    def rule_warranty_claim(self) -> Iterator[tuple[str, str]]:
        """Claim = parts + labour + travel = granted + loss once answered; granted stands on one receivable, loss on one
        expense; a part is claimed once; what is taken off payables is settled on the receivable."""
        lines, debts, used = self.by(m.ClaimLine, "claim_id"), self.by_id(m.Receivable), self.by_id(m.WorkOrderPart)
        lost: dict[int, Decimal] = defaultdict(Decimal)
        for expense in self.rows(m.Expense):
            if expense.origin == "WarrantyClaim":
                lost[expense.origin_id] += expense.amount
        off: dict[int, Decimal] = defaultdict(Decimal)
        for credit in self.rows(m.PayableCredit):
            if credit.origin == "WarrantyClaim":
                off[credit.origin_id] += credit.amount
        settled = [e for e in self.rows(m.ReceivableEntry) if e.origin == "Payable"]
        for c in self.rows(m.WarrantyClaim):
            parts = sum((line.amount for line in lines[c.id]), ZERO)
            if (parts, parts + c.labour_amount + c.travel_amount) != (c.parts_amount, c.claim_amount):
                yield c.number, f"claims {c.claim_amount}, its parts are {parts}"
            if any(used[line.used_id].work_order_id != c.work_order_id for line in lines[c.id]):
                yield c.number, "claims a part of another order"
            answered = c.state in ANSWERED_CLAIMS
            if (
                c.granted_amount + c.loss_amount != (c.claim_amount if answered else ZERO)
                or lost[c.id] != c.loss_amount
            ):
                yield c.number, f"{c.granted_amount} granted, {c.loss_amount} lost, {lost[c.id]} booked"
            debt = debts.get(c.receivable_id)
            if (debt is not None) != (c.state in (ClaimState.GRANTED, ClaimState.DONE)):
                yield c.number, f"{c.state.name} with receivable {c.receivable_id}"
            if debt is not None and (
                debt.amount != c.granted_amount or debt.payer_id != c.supplier_id or debt.customer_id != c.customer_id
                or (debt.state is ReceivableState.PAID) != (c.state is ClaimState.DONE)
                or debt.kind is not ReceivableKind.WARRANTY
            ):  # fmt: skip
                yield c.number, f"{c.state.name}, but its receivable is {debt.state.name} over {debt.amount}"
            taken = sum((e.amount for e in settled if e.receivable_id == c.receivable_id), ZERO)
            if taken != off[c.id]:
                yield c.number, f"{off[c.id]} off payables, {taken} off the receivable"
        standing = {c.id for c in self.rows(m.WarrantyClaim) if c.state in STANDING_CLAIMS}
        claims = Counter(line.used_id for rows in lines.values() for line in rows if line.claim_id in standing)
        for used_id, count in claims.items():
            if count > 1:
                yield f"part used {used_id}", f"is claimed {count} times"

    def rule_old_part(self) -> Iterator[tuple[str, str]]:
        """One for each part under warranty of a reviewed order; a claim that went out waits for none."""
        orders, used, claims = self.by_id(m.WorkOrder), self.by_id(m.WorkOrderPart), self.by_id(m.WarrantyClaim)
        rows = {row.used_id: row for row in self.rows(m.OldPart)}
        for line in used.values():
            is_due = line.state is UsedPartState.CONSUMED and line.charge_kind is ChargeKind.WARRANTY
            row = rows.get(line.id)
            if orders[line.work_order_id].state in REVIEWED_ORDERS and is_due and row is None:
                yield f"part used {line.id}", "leaves no old part"
            if row is not None and (row.part_id, row.quantity) != (line.part_id, line.quantity):
                yield row.number, "is another part than the one that was used"
            if row is not None and (row.kept_at is None) != (row.state in (OldPartState.OWED, OldPartState.WAIVED)):
                yield row.number, f"{row.state.name}, handed in at {row.kept_at}"
        for line in self.rows(m.ClaimLine):
            claim, row = claims[line.claim_id], rows.get(line.used_id)
            if claim.state in SENT_CLAIMS and claim.wants_old_parts and row and row.state is OldPartState.OWED:
                yield claim.number, f"went out without {row.number}"

    def rule_reminder(self) -> Iterator[tuple[str, str]]:
        """One at a time per machine; an order stands behind what is ordered or was served by one."""
        live = Counter(r.unit_id for r in self.rows(m.ServiceReminder) if r.state in LIVE_REMINDERS)
        orders = self.by_id(m.WorkOrder)
        for row in self.rows(m.ServiceReminder):
            if live[row.unit_id] > 1:
                yield row.number, f"one of {live[row.unit_id]} of its machine"
            wants = row.state in (ReminderState.ORDERED, ReminderState.DONE)
            if wants != (row.work_order_id is not None):
                yield row.number, f"{row.state.name} with order {row.work_order_id}"
            if row.work_order_id is not None and orders[row.work_order_id].unit_id != row.unit_id:
                yield row.number, "is served by the order of another machine"

    def rule_promised(self) -> Iterator[tuple[str, str]]:
        """Reserved on a shelf = Σ outbound papers, transfers of requests and purchase returns that wait."""
        promised: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
        outbounds = {p.id: p for p in self.rows(m.PartOutbound) if p.state is OutboundState.PENDING}
        for line in self.rows(m.OutboundLine):
            if line.outbound_id in outbounds:
                promised[line.part_id, outbounds[line.outbound_id].warehouse_id] += line.planned_quantity
        transfers = {t.id: t for t in self.rows(m.StockTransfer) if t.is_reserved and t.state is TransferState.PENDING}
        for line in self.rows(m.TransferLine):
            if line.transfer_id in transfers:
                promised[line.part_id, transfers[line.transfer_id].source_id] += line.quantity
        returns = {r.id: r for r in self.rows(m.PurchaseReturn) if r.state is PurchaseReturnState.APPROVED}
        received = self.by_id(m.InboundLine)
        for line in self.rows(m.PurchaseReturnLine):
            if line.return_id in returns:
                promised[received[line.receipt_line_id].part_id, returns[line.return_id].warehouse_id] += line.quantity
        for row in self.rows(m.StockBalance):
            wanted = promised.pop((row.part_id, row.warehouse_id), ZERO)
            if row.reserved != wanted:
                yield f"part {row.part_id} in {row.warehouse_id}", f"{row.reserved} reserved, papers say {wanted}"
        for key, left in promised.items():
            yield f"part {key[0]} in {key[1]}", f"papers reserve {left} on no shelf"

    def rule_requests(self) -> Iterator[tuple[str, str]]:
        """A line stands where its transfer or purchase stands; the request says what its lines say."""
        transfers, papers = self.by_id(m.StockTransfer), self.by_id(m.EmergencyPurchase)
        fits = {
            RequestLineState.TO_SHIP: {TransferState.PENDING},
            RequestLineState.IN_TRANSIT: {TransferState.IN_TRANSIT},
            RequestLineState.SHORT: {TransferState.SHORT},
            RequestLineState.DONE: {TransferState.DONE},
        }
        came: dict[int, Decimal] = defaultdict(Decimal)
        for line in self.rows(m.RequestLine):
            about = f"line {line.line_number} of request {line.request_id}"
            paper = transfers.get(line.transfer_id)
            if paper is not None and line.state in fits and paper.state not in fits[line.state]:
                yield about, f"{line.state.name} while its transfer is {paper.state.name}"
            if line.state in (RequestLineState.PENDING, RequestLineState.REJECTED) and (paper or line.emergency_id):
                yield about, f"{line.state.name} with papers"
            if line.state is RequestLineState.DONE and line.received_quantity != line.quantity:
                yield about, f"done with {line.received_quantity} of {line.quantity}"
            if line.state is RequestLineState.DONE and line.mode is FulfilMode.DIRECT:
                came[line.emergency_id] += line.quantity
        for paper in papers.values():
            if paper.mode is FulfilMode.DIRECT and came[paper.id] != paper.received_quantity:
                yield paper.number, f"{paper.received_quantity} received, lines say {came[paper.id]}"
        lines = self.by(m.RequestLine, "request_id")
        for request in self.rows(m.PartRequest):
            states = {line.state for line in lines[request.id]}
            is_open = bool(states - CLOSED_REQUEST_LINES)
            if is_open != (request.state in OPEN_REQUESTS):
                yield request.number, f"{request.state.name} with lines {sorted(s.name for s in states)}"

    def rule_vans(self) -> Iterator[tuple[str, str]]:
        """A mobile store has a technician, a technician at work has a store in use."""
        people, vans = self.by_id(m.Employee), {v.owner_id: v for v in self.rows(m.Warehouse) if v.owner_id}
        for store in self.rows(m.Warehouse):
            if (store.kind is WarehouseKind.MOBILE) != (store.owner_id is not None):
                yield store.code, "a mobile store without a technician"
        for person in people.values():
            wanted = person.is_technician and person.state is EmployeeState.ACTIVE
            if wanted != (person.id in vans and vans[person.id].is_enabled):
                yield person.name, "store and technician do not go together"

    # -- history --------------------------------------------------------------------------------------------------

    def rule_state_change(self) -> Iterator[tuple[str, str]]:
        """Every step is a verb's, along its arrows; steps join up; the last one led to where the document stands."""
        steps = defaultdict(list)
        for step in self.rows(m.StateChange):
            steps[step.document, step.document_id].append(step)
        for (name, row_id), mine in steps.items():
            if name == "Job":  # workers move it between the verbs of its person
                continue
            flow = FLOWS[m.ENTITIES[name]]
            has_state = "state" in flow.entity.__table__.c
            for step in mine:
                about = f"{name} {step.document_number}"
                if step.verb == "create":
                    if step.before or step is not mine[0]:
                        yield about, "was born twice or out of something"
                    continue
                verb = flow.transitions.get(step.verb)
                if verb is None:
                    yield about, f"no verb {step.verb}"
                    continue
                if verb.sources and step.before not in {s.name for s in verb.sources}:
                    yield about, f"{step.verb} from {step.before}"
                if step.after not in ({t.name for t in verb.targets} if verb.targets else {step.before}):
                    yield about, f"{step.verb} to {step.after}"
            for earlier, later in itertools.pairwise(mine):
                if has_state and earlier.after != later.before and name not in MOVED_BY_LEDGERS:
                    yield (
                        f"{name} {row_id}",
                        f"{earlier.verb} led to {earlier.after}, {later.verb} began at {later.before}",
                    )
        for entity in FLOWS:
            name = entity.__name__
            if "state" not in entity.__table__.c or name in MOVED_BY_LEDGERS or name in ("Customer", "Job"):
                continue
            for row in self.rows(entity):
                mine = steps[name, row.id]
                if issubclass(entity, m.Document) and (not mine or mine[0].verb != "create"):
                    yield f"{name} {row.id}", "has no birth in its history"
                if mine and mine[-1].after != row.state.name:
                    yield f"{name} {row.id}", f"stands at {row.state.name}, its history ends at {mine[-1].after}"

    def rule_audit(self) -> Iterator[tuple[str, str]]:
        """Every row is born once in the audit log and dead rows died there; the last state told is the state it has."""
        births, states = Counter[Any](), dict[Any, str]()
        for log in self.rows(m.AuditLog):
            births[log.entity, log.row_id] += {AuditAction.INSERT: 1, AuditAction.DELETE: -1}.get(log.action, 0)
            if "state" in log.changes and log.action is not AuditAction.DELETE:
                states[log.entity, log.row_id] = log.changes["state"][1]
        for name, entity in m.ENTITIES.items():
            if issubclass(entity, SILENT):
                continue
            for row in self.rows(entity):
                if births.pop((name, row.id), 0) != 1:
                    yield f"{name} {row.id}", "was not born once in the audit log"
                if (
                    "state" in entity.__table__.c
                    and name not in MOVED_BY_LEDGERS
                    and states.get((name, row.id)) != row.state.name
                ):
                    yield f"{name} {row.id}", f"is {row.state.name}, the audit log says {states.get((name, row.id))}"
        for (name, row_id), count in births.items():
            if count:
                yield f"{name} {row_id}", "was born in the audit log, but is not there"

    def rule_number(self) -> Iterator[tuple[str, str]]:
        """Numbers are unique, well formed and without gaps: as many as the count says."""
        given = defaultdict[tuple[str, str], list[int]](list)
        for entity in m.ENTITIES.values():
            prefix = getattr(entity, "prefix", None)
            if prefix is None or entity in (m.Coupon, m.DocumentSequence):
                continue
            for row in self.rows(entity):
                found = DATED.match(row.number) or CODED.match(row.number)
                if found is None or found[1] != prefix:
                    yield row.number, "is not a number of ours"
                else:
                    given[prefix, found[2] if found.re is DATED else ""].append(int(found[found.re.groups]))
        counts = {(row.prefix, row.day): row.last for row in self.rows(m.DocumentSequence)}
        for key in given.keys() | counts.keys():
            if sorted(given[key]) != list(range(1, counts.get(key, 0) + 1)):
                yield (
                    f"{key[0]}-{key[1]}",
                    f"{len(given[key])} numbers, highest {max(given[key], default=0)}, count {counts.get(key)}",
                )

    def rule_request_key(self) -> Iterator[tuple[str, str]]:
        """Every key that was kept led to a row."""
        for key in self.rows(m.RequestKey):
            if key.row_id is None:
                yield key.key, "led to nothing"

    def rule_database(self) -> Iterator[tuple[str, str]]:
        """The file itself is sound and every reference leads somewhere."""
        if self.connection.dialect.name == "sqlite":
            for row in self.connection.execute(sa.text("PRAGMA foreign_key_check")):
                yield str(row[0]), f"row {row[1]} points at a missing row of {row[2]}"
