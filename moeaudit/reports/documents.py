"""The JSON documents that moeaudit writes, as pydantic models: the source of schemas/. Loaded for schemas and checks
only."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Counts = int | list[int]


class Document(BaseModel):
    """Fields may be added to a version, never removed."""

    model_config = ConfigDict(extra="allow")


class Model(Document):
    id: str
    revision: str | None
    commit: str | None
    source: Literal["hub", "folder", "file", "lock", "spec"]


class ArchitectureFacts(Document):
    family: str
    model_type: str
    layers: int
    moe_layers: int
    dense_layers: int
    routed_experts: Counts = Field(description="per MoE layer; a list where layers differ")
    experts_per_token: Counts
    shared_experts: Counts
    attention: str
    context_length: int | None
    tied_embeddings: bool
    mtp_modules: int
    routing: str
    precision: str
    unstated: dict[str, str] = Field(
        default={},
        description="counts that rest on a default → the field that config.json does not state; left out where empty",
    )


BasisWord = Literal["read", "matched", "predicted", "assumed"]
DepthWord = Literal["config", "index", "headers"]


class Settled(Document):
    """What a value rests on."""

    basis: BasisWord = Field(description="the weakest of what the value sums; moeaudit explain basis")
    open: int = Field(default=0, description="parameters that the evidence leaves unsettled; left out where 0")


class ExactValue(Settled):
    value: int


class RangeValue(Settled):
    low: int
    typical: int
    high: int
    reason: str


class AbsentValue(Document):
    absent: str = Field(description="why the denominator does not apply, or cannot be had")


class DoubtFacts(Document):
    cause: str = Field(description="the id of its rule")
    message: str
    tensors: int = Field(description="stored tensors that it concerns")
    bytes: int | None = Field(description="of these tensors; null where unknown")
    open: int = Field(description="parameters that it leaves unsettled; 0 where the count stands")
    settled_by: DepthWord | None = Field(description="the depth that would settle it; null where none would")


class SettlementFacts(Document):
    """What the counts rest on, all in all."""

    basis: BasisWord = Field(description="the weakest of all denominators")
    open: int = Field(description="parameters that the evidence leaves unsettled")
    needs: DepthWord | None = Field(description="the depth that would settle more; null where none would")
    doubts: list[DoubtFacts]


class WitnessFacts(Document):
    available: bool
    total: int | None = Field(description="logical parameters")
    tensors: int | None
    bytes: int | None
    synthesised: str | None = Field(
        default=None, description="how the account was derived where no file was read for it: not independent"
    )


class IndexWitness(WitnessFacts):
    total_size: int | None = Field(default=None, description="metadata.total_size of the index, in bytes")


class Witnesses(Document):
    config: WitnessFacts
    index: IndexWitness
    headers: WitnessFacts


class AgreementFacts(Document):
    verdict: Literal["agree", "disagree", "single-witness"]
    names_matched: int
    names_missing: int
    names_unexpected: int
    bytes_difference: int | None = Field(description="bytes seen minus bytes derived; null where either is unknown")


class NonParameters(Document):
    scales: int
    buffers: int
    integer_tables: int


class EvidenceDigest(Document):
    file: str
    sha256: str
    bytes: int
    origin: str


class Location(Document):
    file: str
    line: int | None
    column: int | None
    path: str | None


class FixFacts(Document):
    """What `check --fix` writes: `old`, which stands at `location`, becomes `new`."""

    location: Location
    old: str
    new: str


class FindingDocument(Document):
    rule: str
    title: str
    outcome: str
    severity: Literal["error", "warning", "note"]
    confidence: Literal["high", "medium", "low"]
    message: str
    location: Location | None
    claimed: str | None
    derived: str | None
    tip: str
    url: str
    fingerprint: str
    suppressed: str | None
    fix: FixFacts | None = Field(default=None, description="the one figure that the finding proves")
    unfixed: str | None = Field(default=None, description="why there is no such figure; null where nothing was fixable")


class StoredFacts(Document):
    """How one component of a GGUF file is stored."""

    elements: int
    bytes: int
    bits_per_weight: float = Field(description="scales and minima included")
    types: dict[str, int] = Field(description="parameters by ggml's types")


class NamedOrigin(Document):
    name: str | None
    id: str | None = Field(description="on the Hub, where an address says it")


class BothSides(Document):
    here: int
    origin: int
    reason: str | None = Field(description="what of the conversion explains a difference; null where nothing does")


class RouterTypes(Document):
    here: str | None
    origin: str | None


class OriginFacts(Document):
    """A converted model held against what it was made from."""

    model: str
    found: str = Field(description="how it is known to be the origin")
    rests_on: str = Field(description="what its counts rest on")
    agrees: bool = Field(description="false where counts differ otherwise than by what is named")
    components: dict[str, BothSides]
    router_types: RouterTypes


class ConvertedFacts(Document):
    """What a GGUF file says beside its counts."""

    architecture: str = Field(description="general.architecture")
    name: str | None = Field(description="general.name")
    mix: str | None = Field(description="general.file_type in its maker's word, such as Q4_K_M")
    bits_per_weight: float
    stored: dict[str, StoredFacts]
    imatrix: dict[str, Any] = Field(description="quantize.imatrix.*, as the keys have it")
    origins: list[NamedOrigin] = Field(description="the models that it says it was made from")
    origin: OriginFacts | None = Field(description="null where none is at hand")


class AdapterFacts(Document):
    """What an adapter adds; the counts beside it are its base's."""

    base: str
    method: str
    rank: int | None
    alpha: float | None
    targets: list[str]
    parameters: int | None = Field(description="stored by the adapter; null where they were not read")
    replaced: int = Field(description="of these, copies that stand in the place of the base's")
    components: dict[str, int] = Field(description="by what they adapt")
    experts: list[int] = Field(description="routed experts that are adapted one by one, by number")
    all_experts: bool = Field(description="fused experts are adapted as a whole")
    unread: str


class FolderFacts(Document):
    """One part of a pipeline."""

    name: str
    class_: str = Field(alias="class")
    parameters: int | None
    why: str | None = Field(description="why it is not counted")
    denoiser: bool


class PipelineFacts(Document):
    """A pipeline of diffusers, folder by folder."""

    class_: str = Field(alias="class")
    boundary_ratio: float | None = Field(description="where one denoiser hands over, as a part of the noise")
    folders: list[FolderFacts]


class InspectionDocument(Document):
    """What `moeaudit inspect --format json` writes."""

    schema_: Literal["moeaudit/inspection/v1"] = Field(alias="schema")
    model: Model
    remarks: list[str] | None = Field(default=None, description="what kind of repo it is, if not the usual one")
    adapter: AdapterFacts | None = None
    pipeline: PipelineFacts | None = None
    architecture: ArchitectureFacts | None
    components: dict[str, int]
    denominators: dict[str, ExactValue | RangeValue | AbsentValue]
    settlement: SettlementFacts
    witnesses: Witnesses
    agreement: AgreementFacts
    non_parameters: NonParameters
    evidence: list[EvidenceDigest]
    converted: ConvertedFacts | None = Field(default=None, description="of GGUF files alone")
    findings: list[FindingDocument]


class ClaimFacts(Document):
    """One claim with its verdict."""

    path: str = Field(description="the field of the claim file, such as architecture.total_parameters")
    value: str = Field(description="as it is printed where it was read")
    origin: Literal["claim-file", "card", "name", "catalogue"]
    stated_denominator: str | None
    verdict: str
    denominators: dict[str, Literal["rounds", "truncates"]] = Field(
        description="every count that the figure fits, and how"
    )
    denominator: str | None = Field(description="the one that names the count; null where several fit or none does")
    reason: str
    location: Location


class FindingCounts(Document):
    error: int
    warning: int
    note: int
    suppressed: int = Field(description="counted apart from the other three")


class CheckedModel(Document):
    id: str
    files: list[str]
    settlement: SettlementFacts | None = Field(default=None, description="null without evidence")
    checklist: dict[str, str]
    summary: FindingCounts
    skipped: dict[str, list[str]] = Field(
        default={}, description="what was not there (evidence, index, headers, …) → rules that could not look"
    )


class ReadingFacts(Document):
    """A figure of a card that looks like a claim and was not taken."""

    file: str
    line: int
    column: int
    figure: str = Field(description="as it is printed")
    field: str | None = Field(description="the field that it would state; null where no known noun stands at it")
    owner: Literal["stated", "assumed", "family", "other"] = Field(description="whose it was taken to be")
    owner_word: str = Field(description="the name or word that says so; empty where none does")
    reason: str = Field(description="why it is no claim of the model")


class FailureFacts(Document):
    """What could not be checked; it ends no other."""

    files: list[str]
    message: str
    exit_code: int


class CatalogueRecord(Document):
    catalogue: str = Field(description="which catalogue's form the record has")
    id: str = Field(description="what the catalogue calls the model")
    hub_ids: list[str] = Field(description="the repositories that it names, or whose name it bears")
    url: str | None
    location: Location | None


class CatalogueDifference(Document):
    """One difference between a catalogue and the evidence."""

    record: CatalogueRecord
    records: int = Field(description="records that take the same value from the same place")
    model: str = Field(description="the repository whose evidence was taken")
    model_stated: bool = Field(description="false where only the record's own name led there")
    path: str
    catalogue: str = Field(description="the catalogue's value, as it is printed there")
    evidence: str | None
    fits: dict[str, Literal["rounds", "truncates"]]
    finding: str = Field(description="the fingerprint of the finding")
    location: Location


class UnreadRecord(Document):
    location: Location
    reason: str


class CatalogueFacts(Document):
    """A whole catalogue: its differences, and what was not held against evidence."""

    files: int
    records: int
    checked: int = Field(description="records whose evidence was at hand")
    differences: list[CatalogueDifference]
    unread: list[UnreadRecord]
    without_evidence: list[CatalogueRecord]


class CheckDocument(Document):
    """What `moeaudit check --format json` writes."""

    schema_: Literal["moeaudit/check/v1"] = Field(alias="schema")
    files: list[str]
    claims: list[ClaimFacts]
    checklist: dict[str, str] = Field(
        description="item → status; the one that most wants looking at, where several models were checked"
    )
    findings: list[FindingDocument]
    summary: FindingCounts
    models: list[CheckedModel]
    readings: list[ReadingFacts] = []
    failures: list[FailureFacts] = []
    catalogue: CatalogueFacts | None = Field(default=None, description="where catalogues were checked")
