"""One figure under its denominator, as reports hold it."""

from __future__ import annotations

from moeaudit.later import dataclass
from moeaudit.ledger.values import Absent, Value


@dataclass(frozen=True)
class Amount:
    """One figure under its denominator. `low` = `high` where it is exact; all None, with `absent`, without one.

    `basis`: what it rests on (read, matched, predicted, assumed), empty where that is not known; `open`: parameters of
    it that the evidence leaves unsettled.
    """

    denominator: str
    low: int | None = None
    typical: int | None = None
    high: int | None = None
    reason: str = ""  # why it is a range
    absent: str = ""  # why there is none
    basis: str = ""
    open: int = 0

    @property
    def exact(self) -> bool:
        return self.low is not None and self.low == self.high


def amount(name: str, value: Value) -> Amount:
    """A denominator's value."""
    if isinstance(value, Absent):
        return Amount(name, absent=value.reason)
    low, high = value.bounds
    return Amount(
        name, low, value.typical, high, getattr(value, "reason", ""), basis=value.basis.value, open=value.open
    )
