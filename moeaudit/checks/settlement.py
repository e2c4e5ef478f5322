"""What an inspection's counts rest on, all in all: the basis of most, the weakest, what is open, and what would settle
it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from moeaudit.checks.unstated import defaults
from moeaudit.evidence.model import Depth, Evidence, Source
from moeaudit.later import dataclass
from moeaudit.ledger.doubts import Cause, Doubt
from moeaudit.ledger.inspection import Inspection
from moeaudit.ledger.ledger import Ledger
from moeaudit.ledger.values import Absent, Value
from moeaudit.text import several
from moeaudit.vocabulary import Basis, weakest

UNCOUNTED = frozenset({Cause.WEIGHTS_MISSING, Cause.WEIGHTS_SHAPES, Cause.STORAGE_UNKNOWN, Cause.PACKING_UNREADABLE})
"""Causes that leave counts to the config, whether or not they say by how much."""


@dataclass(frozen=True)
class Settlement:
    """`basis`: the weakest of all denominators; `usual`: that of most of them; `words`: what the usual one means here.

    `open`: parameters that the evidence leaves unsettled. `needs`: the depth that would settle more, None where none
    would. `doubts`: every cause, notes among them.
    """

    basis: Basis
    usual: Basis
    words: str
    open: int
    needs: Depth | None
    doubts: tuple[Doubt, ...]
    guessed: bool = False  # a number that nobody states moves a count
    config: str = "config.json"  # what messages call the file that would have to state it
    named: bool = True  # something describes the model; else roles are guessed from the names of its tensors

    @property
    def by_the_weights(self) -> bool:
        """Whether the weights say what most counts are."""
        return self.usual in (Basis.READ, Basis.MATCHED)

    @property
    def left_open(self) -> str:
        """What is open, and the way out; empty where nothing is."""
        return f"{several(self.open, 'parameter is', 'parameters are')} open; {self.way_out}" if self.open else ""

    @property
    def way_out(self) -> str:
        """What would settle what is open."""
        deeper = any(doubt.settled_by is not None for doubt in self.doubts)
        if self.guessed and self.needs is None and not deeper:
            return f"the number that {self.config} does not state would settle it"
        if not self.named and self.needs is None and not deeper:
            return "a spec file that describes the model would settle it (moeaudit schema spec)"
        return way_out(self.needs, self.doubts)

    def weaker(self, value: Value) -> Basis | None:
        """The basis of a value where it is less than that of most; else None."""
        if isinstance(value, Absent) or weakest((value.basis, self.usual)) is self.usual:
            return None
        return value.basis


def settlement(inspection: Inspection) -> Settlement:
    """The settlement of one inspection."""
    bases = [value.basis for value in inspection.denominators.values() if not isinstance(value, Absent)]
    counts = Counter(bases)
    usual = max(Basis, key=lambda basis: (counts[basis], list(Basis).index(basis)))  # of equally many, the weaker
    return Settlement(
        weakest(bases),
        usual,
        rests_on(usual, inspection.evidence, named=inspection.named),
        open_of(inspection),
        inspection.account.needs,
        inspection.account.doubts,
        any(True for _ in defaults(inspection)),
        inspection.evidence.describing,
        inspection.named,
    )


def open_of(inspection: Inspection) -> int:
    """All that is unsettled: what the ledger leaves open, or more where a number that nobody states may cost more."""
    values = inspection.denominators.values()
    assumed = (value.open for value in values if not isinstance(value, Absent) and any(defaults(inspection)))
    return max(open_in(inspection.ledger), *assumed, 0)


def open_in(ledger: Ledger) -> int:
    """Parameters that a ledger leaves unsettled: lines without a settled count or role, and what stands beside them."""
    return ledger.open + sum(line.elements for line in ledger.lines if not (line.settled and line.named))


def rests_on(basis: Basis, evidence: Evidence, *, named: bool = True) -> str:
    """A basis in words, for this evidence: `read from the headers`, `predicted: config.json alone`."""
    if basis is Basis.READ:
        return "read from the headers"
    if basis is Basis.MATCHED:
        return f"matched: names and bytes of the index, shapes of {evidence.describing}"
    if basis is Basis.ASSUMED:
        return "assumed: storage, names or defaults that are not known" if named else "assumed: roles by tensor names"
    if evidence.synthesised:
        return "predicted: the headers are synthesised from the config"
    if evidence.headers is None and evidence.index is None:
        return f"predicted: {'the spec file' if evidence.model.source is Source.SPEC else evidence.describing} alone"
    return f"predicted: shapes of {evidence.describing}, which the weights do not confirm"


def why_open(inspection: Inspection) -> str:
    """Why counts are unsettled, and what would settle them; empty where nothing is open."""
    if not open_of(inspection):
        return ""
    found = settlement(inspection)
    causes = dict.fromkeys(doubt.cause.value for doubt in found.doubts if doubt.open or doubt.cause in UNCOUNTED)
    by_names = ["roles come from tensor names alone"] if inspection.by_words else []
    seen, assumed = [*causes, *by_names], list(defaults(inspection))
    if assumed and not seen:
        return "; ".join(assumed)
    said = [*seen, *assumed] or [doubt.cause.value for doubt in found.doubts] or [found.words]
    return f"{', '.join(dict.fromkeys(said))}; {found.way_out}"


def way_out(needs: Depth | None, doubts: Iterable[Doubt] = ()) -> str:
    """What to do about open counts: the depth to read at, where one would help."""
    depth = needs or next((doubt.settled_by for doubt in doubts if doubt.settled_by is not None), None)
    if depth is not None:
        return settling(depth)
    cause = next((f" (moeaudit explain {doubt.cause.value})" for doubt in doubts if doubt.open), "")
    return f"no deeper reading settles it{cause}"


def settling(depth: Depth) -> str:
    return f"--depth {depth.value} would settle it"
