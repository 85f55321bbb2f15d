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
    """Yuan. down includes deposit and trade-in; rest is what the customer pays for the machine besides these before it leaves.

    financed is what comes later: in instalments, or from the financier.
    """

    machine: Decimal
    fee: Decimal
    deposit: Decimal
    down: Decimal
    trade_in: Decimal
    retention: Decimal
    financed: Decimal
    rest: Decimal

    @property
    def total(self) -> Decimal:
        return self.machine + self.fee


def terms(
    prices: Iterable[Decimal],
    fees: Iterable[Decimal],
    *,
    is_full: bool,
    deposit: Decimal = ZERO,
    down: Decimal = ZERO,
    down_share: Decimal | None = None,
    trade_in: Decimal = ZERO,
    retention: Decimal = ZERO,
    retention_share: Decimal | None = None,
) -> Terms:
    """Amounts of a contract; a share, where given, decides its amount: share × machine amount, rounded once.

    A full payer has no down payment and nothing financed: the rest is machines − deposit − trade-in − retention. Who pays
    down owes down − deposit − trade-in before the machine leaves, and machines − down − retention later.
    """
    machine, fee = sum(prices, ZERO), sum(fees, ZERO)
    if retention_share is not None:
        retention = share(machine, retention_share)
    if is_full:
        rest = machine - deposit - trade_in - retention
        return Terms(machine, fee, deposit, ZERO, trade_in, retention, ZERO, rest)
    if down_share is not None:
        down = share(machine, down_share)
    financed = machine - down - retention
    return Terms(machine, fee, deposit, down, trade_in, retention, financed, down - deposit - trade_in)
