"""What a packet says, whatever the format: frozen values, no layout, no markup.

Every view reads this model and nothing else. Foreign text (claims, quotes, names) stands in it raw; a view escapes it.
Counts are exact integers with the name of their denominator beside them; sizes are bytes; shares are between 0 and 1.
"""

from __future__ import annotations

from moeaudit.later import dataclass
from moeaudit.reports.amount import Amount
from moeaudit.reports.packet.model_estimates import (
    DeviceMemory,
    Estimated,
    Estimates,
    FleetFit,
    LayoutRow,
    MemoryPart,
    Threshold,
)

SCHEMA = "moeaudit/packet/v1"


@dataclass(frozen=True)
class Tally:
    """How many of one kind: verdicts, findings by severity, checklist items by status."""

    word: str
    count: int


@dataclass(frozen=True)
class Subject:
    """Which model the packet is about, and what it was read from.

    `source`: hub, folder, file, lock, spec; empty without evidence.
    """

    id: str
    source: str = ""
    revision: str | None = None
    commit: str | None = None
    recorded: bool = False
    distribution: str = "downloadable"
    variant: str | None = None
    release_date: str | None = None


@dataclass(frozen=True)
class Place:
    """Where a claim or finding stands; lines and columns count from 1."""

    file: str
    line: int | None = None
    column: int | None = None
    path: str | None = None


@dataclass(frozen=True)
class Finding:
    """One finding of a rule; `suppressed` holds the reason where it was set aside."""

    rule: str
    title: str
    severity: str
    confidence: str
    outcome: str
    message: str
    claimed: str = ""
    derived: str = ""
    tip: str = ""
    url: str = ""
    place: Place | None = None
    suppressed: str | None = None


@dataclass(frozen=True)
class Summary:
    """The page that everyone reads.

    `state`: moe, dense, unsettled (no experts, and something speaks of them), shapes-only (headers
    without a known config) or none (no evidence).

    `top`: the three findings that matter most. `fits`: whether the model fits the fleet; None where no fleet was given.
    """

    state: str
    headline: tuple[Amount, ...]
    verdicts: tuple[Tally, ...]
    findings: tuple[Tally, ...]
    checklist: tuple[Tally, ...]
    top: tuple[Finding, ...]
    agreement: str = ""  # agree, disagree, single-witness; empty without evidence
    fits: bool | None = None
    unread: str = ""  # why there is no evidence, where some was to be had
    rests_on: str = ""  # what most counts rest on, in words
    left_open: str = ""  # what is not settled, and what would settle it; empty where nothing is open


@dataclass(frozen=True)
class Fact:
    """A labelled fact; `name` is a field of the JSON contract, such as experts_per_token."""

    name: str
    value: str


@dataclass(frozen=True)
class LayerRun:
    """Equal layers that follow each other, `first` to `last` inclusive, counted as the checkpoint numbers them.

    `part`: language or mtp. `stack`: prefix of the layers' names. `mixer_kind`: attention, window, latent, sparse,
    recurrent, convolution (the last two also with `+attention`) or none; `ffn_kind`: moe, moe+shared, moe+dense,
    moe+shared+dense, dense or none.
    `parameters` are stored in one such layer; `active` is the typical share one token uses.
    """

    part: str
    stack: str
    first: int
    last: int
    mixer_kind: str
    mixer: str
    ffn_kind: str
    ffn: str
    experts: int
    selected: int
    parameters: int
    active: int

    @property
    def layers(self) -> int:
        return self.last - self.first + 1


@dataclass(frozen=True)
class LayerKind:
    """Layers that are alike wherever they stand. `like` spans the first to the last; `numbers`: `0-34/2`, `3-60`."""

    like: LayerRun
    numbers: str
    count: int


@dataclass(frozen=True)
class Component:
    """One component of the partition of stored parameters.

    `active` is what one token uses of it; None outside the main path.
    """

    name: str
    text: str
    stored: int
    active: int | None


@dataclass(frozen=True)
class Witness:
    """One account of the model. `synthesised`: how it was derived where nothing was read for it; not independent
    then."""

    name: str
    available: bool
    total: int | None = None
    tensors: int | None = None
    bytes: int | None = None
    synthesised: str = ""


@dataclass(frozen=True)
class Agreement:
    """Whether the witnesses tell one story: names one by one, and bytes."""

    verdict: str
    names_matched: int = 0
    names_missing: int = 0
    names_unexpected: int = 0
    bytes_difference: int | None = None


@dataclass(frozen=True)
class Doubt:
    """What is odd about the weights, by the rule that tells of it. `bytes` as stored, None where unknown; `open`:
    parameters that it leaves unsettled; `settled_by`: the depth that would settle it."""

    cause: str
    message: str
    tensors: int = 0
    bytes: int | None = None
    open: int = 0
    settled_by: str | None = None


@dataclass(frozen=True)
class Settlement:
    """What the counts rest on, all in all: the weakest basis, parameters that are open, and the depth that would
    settle more."""

    basis: str
    open: int
    needs: str | None = None
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True)
class Architecture:
    """What the model is.

    `layers` are runs in the order of the model, `kinds` the same by likeness; `witness` names the ledger counted.
    """

    facts: tuple[Fact, ...] = ()
    layers: tuple[LayerRun, ...] = ()
    kinds: tuple[LayerKind, ...] = ()
    components: tuple[Component, ...] = ()
    non_parameters: tuple[Tally, ...] = ()
    witness: str = ""
    witnesses: tuple[Witness, ...] = ()
    agreement: Agreement | None = None
    notes: tuple[str, ...] = ()
    settlement: Settlement | None = None


@dataclass(frozen=True)
class Denominator:
    """One way to count, its value for this model, and what to read it for."""

    amount: Amount
    definition: str
    formula: str
    read_for: str = ""
    known: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return self.amount.denominator


@dataclass(frozen=True)
class Source:
    """Where a claim comes from.

    `url` is http(s) or empty; `kind`: primary, provider, reproduced, secondary, rumour, or empty.
    """

    id: str
    title: str = ""
    url: str = ""
    kind: str = ""
    read: str = ""


@dataclass(frozen=True)
class Fit:
    """A count that a printed figure fits; `how`: rounds, truncates, or equals for whole numbers of things."""

    denominator: str
    how: str


@dataclass(frozen=True)
class Claim:
    """A claim held against the evidence.

    `low` and `high` bound the exact values that the printed figure can stand for, half-open, rounded outwards to whole
    numbers; None where it is no figure or has no such end. `kind` is what it counts (total, active, routed_experts, …).
    """

    item: str
    path: str
    title: str
    printed: str
    kind: str
    verdict: str
    stated: str = ""
    denominator: str = ""
    fits: tuple[Fit, ...] = ()
    nearest: Amount | None = None
    gap: float | None = None  # (figure - nearest) / nearest
    low: int | None = None
    high: int | None = None
    reason: str = ""
    quote: str = ""
    note: str = ""
    source: Source | None = None
    origin: str = "claim-file"
    subject: str = ""
    place: Place | None = None

    @property
    def field(self) -> str:
        """The field in words, for running text: `active parameters`, `evaluation 2: precision`."""
        section, _, name = self.path.rpartition(".")
        words = name.replace("_", " ")
        if section.startswith("evaluations["):
            return f"evaluation {int(section[12:-1]) + 1}: {words}"
        return f"deployment: {words}" if section == "deployment" else words


@dataclass(frozen=True)
class ChecklistItem:
    """One item of the reporting checklist with its status and the reason for it. `derive`: D, E, P or -."""

    id: str
    title: str
    derive: str
    status: str
    reason: str
    said: tuple[str, ...] = ()


@dataclass(frozen=True)
class ChecklistGroup:
    name: str
    items: tuple[ChecklistItem, ...]


@dataclass(frozen=True)
class Difference:
    """One aspect of the evaluated path beside the delivered path. `status`: same, different, unknown."""

    evaluation: str
    aspect: str
    evaluated: str
    delivered: str
    status: str


@dataclass(frozen=True)
class Obligation:
    """One item of a framework and what is known for it.

    `status`: answered, partly, open, mapped (a framework that is mapped, never claimed) or outside (no fact of a model
    file answers it). `origin`: where the answer's facts came from. `reading`: how the item's wording was had: read,
    secondary, memory.
    """

    id: str
    text: str
    status: str
    answer: str = ""
    origin: str = ""
    reading: str = ""


@dataclass(frozen=True)
class Framework:
    """A framework of duties or fields, with the reference it was taken from."""

    id: str
    title: str
    reference: str
    note: str
    items: tuple[Obligation, ...]


@dataclass(frozen=True)
class Question:
    """A question to the vendor.

    `why`: contradicted, ambiguous, unsupported, missing, different; `because` says what it rests on.
    `group`: statements, or the group of the checklist whose item is missing.
    """

    number: int
    item: str
    why: str
    text: str
    because: str
    group: str = "statements"


@dataclass(frozen=True)
class EvidenceFile:
    """One file that was read, with its digest; for a shard whose header alone was read, the header's."""

    file: str
    sha256: str
    bytes: int
    origin: str


@dataclass(frozen=True)
class Appendix:
    """What is needed to make the packet again."""

    evidence: tuple[EvidenceFile, ...]
    inputs: tuple[EvidenceFile, ...]
    tool: str
    version: str
    command: str
    date: str = ""  # from SOURCE_DATE_EPOCH; empty where none is set: the same input gives the same bytes


@dataclass(frozen=True)
class Packet:
    """The whole packet. Sections with nothing to say are empty, never left out: an empty section is a finding too."""

    subject: Subject
    summary: Summary
    architecture: Architecture
    denominators: tuple[Denominator, ...]
    claims: tuple[Claim, ...]
    findings: tuple[Finding, ...]
    checklist: tuple[ChecklistGroup, ...]
    estimates: Estimates | None
    paths: tuple[Difference, ...]
    obligations: tuple[Framework, ...]
    questions: tuple[Question, ...]
    appendix: Appendix
    fleets: tuple[FleetFit, ...] = ()  # the asked fleet and those that it is to be compared with, a line each


__all__ = [
    "SCHEMA",
    "Agreement",
    "Amount",
    "Appendix",
    "Architecture",
    "ChecklistGroup",
    "ChecklistItem",
    "Claim",
    "Component",
    "Denominator",
    "DeviceMemory",
    "Difference",
    "Doubt",
    "Estimated",
    "Estimates",
    "EvidenceFile",
    "Fact",
    "Finding",
    "Fit",
    "FleetFit",
    "Framework",
    "LayerKind",
    "LayerRun",
    "LayoutRow",
    "MemoryPart",
    "Obligation",
    "Packet",
    "Place",
    "Question",
    "Settlement",
    "Source",
    "Subject",
    "Summary",
    "Tally",
    "Threshold",
    "Witness",
]
