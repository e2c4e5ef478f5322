"""What rules may look at: one inspected model, and what is claimed of it."""

from __future__ import annotations

from dataclasses import dataclass

from moeaudit.ledger.inspection import Inspection


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of one audit. `inspection` is None where no evidence could be had (closed models)."""

    inspection: Inspection | None
