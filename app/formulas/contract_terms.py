"""What a contract adds up to. Used while a clerk types, when a draft is saved and when it is approved: one arithmetic.

Source: flows.md C1.3. Identity: Σ principal receivables = machines + fees.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from .money import share

ZERO = Decimal(0)


@dataclass(frozen=True)
class Terms:
    """Yuan. down includes the deposit; balance is what a full payer owes besides deposit and retention."""

    machine: Decimal
    fee: Decimal
    deposit: Decimal
    down: Decimal
    retention: Decimal
    financed: Decimal
    balance: Decimal

    @property
    def total(self) -> Decimal:
        return self.machine + self.fee


def terms(
    prices: Iterable[Decimal],
    fees: Iterable[Decimal],
    *,
    is_instalment: bool,
    deposit: Decimal = ZERO,
    down: Decimal = ZERO,
    down_share: Decimal | None = None,
    retention: Decimal = ZERO,
    retention_share: Decimal | None = None,
) -> Terms:
    """Amounts of a contract; a share, where given, decides its amount: share × machine amount, rounded once.

    A full payer has no down payment and nothing financed; the balance is machines − deposit − retention.
    """
    machine, fee = sum(prices, ZERO), sum(fees, ZERO)
    if retention_share is not None:
        retention = share(machine, retention_share)
    if not is_instalment:
        return Terms(machine, fee, deposit, ZERO, retention, ZERO, machine - deposit - retention)
    if down_share is not None:
        down = share(machine, down_share)
    return Terms(machine, fee, deposit, down, retention, machine - down - retention, ZERO)
