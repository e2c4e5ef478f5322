"""The inspection: evidence in, witnesses, ledgers, denominators and their agreement out. Pure; the one call behind
`inspect`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from moeaudit.architecture.config import Notice
from moeaudit.architecture.model import Architecture
from moeaudit.architecture.summary import Summary
from moeaudit.evidence.model import Evidence
from moeaudit.later import dataclass
from moeaudit.ledger.account import Account
from moeaudit.ledger.compare import Comparison
from moeaudit.ledger.ledger import Ledger
from moeaudit.ledger.values import Value

if TYPE_CHECKING:
    from moeaudit.ledger.adapter import Adapter
    from moeaudit.ledger.gguf import Converted
    from moeaudit.ledger.origin import Origin
    from moeaudit.ledger.pipeline import Pipeline


@dataclass(frozen=True)
class Witness:
    """One account. `total`: logical parameters; `tensors`: stored tensors; `bytes`: of the weights.

    `synthesised`: how it was derived where it was read from no file of the release; it is then not independent.
    """

    available: bool
    total: int | None = None
    tensors: int | None = None
    bytes: int | None = None
    synthesised: str | None = None


@dataclass(frozen=True)
class Agreement:
    """Whether the witnesses tell one story. Names and bytes are held tensor by tensor.

    `verdict`: agree, disagree, or single-witness where only one account is at hand: a synthesised table that equals
    what the config implies adds none.
    """

    verdict: str
    comparison: Comparison | None = None
    bytes_difference: int | None = None  # seen − derived

    @property
    def names_matched(self) -> int:
        return self.comparison.matched if self.comparison else 0

    @property
    def names_missing(self) -> int:
        return self.comparison.missing.tensors if self.comparison else 0

    @property
    def names_unexpected(self) -> int:
        return self.comparison.unexpected.tensors if self.comparison else 0


@dataclass(frozen=True)
class Inspection:
    """All that one model's evidence says. `ledger` is the one the denominators are measured on."""

    evidence: Evidence
    ledger: Ledger
    denominators: Mapping[str, Value]
    agreement: Agreement
    witnesses: Mapping[str, Witness]
    account: Account  # what the counts rest on, what is doubted, how all is stored
    architecture: Architecture | None = None
    summary: Summary | None = None
    precision: str = ""
    config_ledger: Ledger | None = None
    weights_ledger: Ledger | None = None
    notices: tuple[Notice, ...] = ()
    unstated: Mapping[str, str] = field(default_factory=dict)  # counts of the summary → the field that is not stated
    converted: Converted | None = None  # of a GGUF file: what it says beside its counts
    origin: Origin | None = None  # what it was converted from, held against it
    by_words: int = 0  # parameters whose role is known by their names' words alone
    remarks: tuple[str, ...] = ()  # what kind of repo it is, and what follows, where it is not the usual one
    adapter: Adapter | None = None  # the counts are then its base's
    pipeline: Pipeline | None = None

    @property
    def named(self) -> bool:
        """Whether roles are known by more than words in tensor names: by an architecture, or by a converter's names."""
        return self.architecture is not None or self.converted is not None
