"""The estimate as a pydantic model: what `estimate --format json` writes, and where its JSON Schema comes from."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

VerdictWord = Literal["fits", "queues", "too-close-to-call", "does-not-fit"]


class Open(BaseModel):
    """A table that later versions may add fields to; none is removed."""

    model_config = ConfigDict(extra="allow", populate_by_name=True)


class Cases(Open):
    """A figure for the best, the typical and the worst case."""

    best: float
    typical: float
    worst: float


class Absent(Open):
    """Why there is no figure."""

    absent: str


class FlopsTable(Open):
    """Operations of one token, by component."""

    total: int
    low: int
    high: int
    matmuls: int
    between_positions: int
    components: dict[str, int]


class TrainingTable(Open):
    """Training compute with its band, the shorthands beside it, and where it stands to each threshold."""

    tokens: int
    sequence: int
    low: int
    typical: int
    high: int
    shorthands: list[dict[str, Any]]
    thresholds: list[dict[str, Any]]


class FlopsSection(Open):
    """Operations; the per-token figures are for one token that sees the whole context."""

    prefill_per_token: int
    decode_per_token: int
    prefill: FlopsTable
    decode: FlopsTable
    context: int
    inference_benchmark: dict[str, Any]
    training: TrainingTable | None


class DeviceTable(Open):
    """The fullest device of a pipeline stage, in bytes."""

    stage: int
    total_bytes: int
    weights_bytes: int
    padding_bytes: int
    weights: dict[str, int]
    kv_bytes_per_token: int = Field(description="What one more token adds at the workload's context")
    kv_bytes_per_token_all_layers: int = Field(description="Before any window is full")
    kv_bytes_per_request: int
    kv_state_bytes_per_request: int
    kv_budget_bytes: int
    kv_budget_band: tuple[int, int]
    kv_tokens: int = Field(description="What the engine will log as its cache size")
    kv_requests: int
    kv_requests_at_request_tokens: int = Field(
        description="Of the workload's own length, never more than the engine runs at once"
    )
    kv_block_tokens: int | None
    activation_bytes: int
    activation_band: tuple[int, int]
    overhead_bytes: int
    utilization_needed: float | None = Field(
        description="Least utilisation at which the engine starts: a request of the full context fits; null where none "
        "up to 1 does, or where the budget is given"
    )


class TrafficTable(Open):
    """Bytes that one device sends in a decode step."""

    tokens_per_group: int
    dispatch_bytes_per_layer: int = Field(description="One copy per distinct other rank")
    combine_bytes_per_layer: int
    every_copy_bytes_per_layer: int = Field(
        description="Dispatch and combine if every selected expert got its own copy"
    )
    distinct_experts_per_layer: float = Field(description="Expected, with tokens choosing alike")
    all_reduce_bytes_per_layer: int
    bytes_per_step: int
    share_between_nodes: float


class TimeTable(Open):
    """Seconds and tokens per second."""

    concurrency: int
    time_to_first_token_seconds: Cases | None = Field(
        description="Of a request that finds no other prompt waiting. Null where the device has no known peak: then "
        "decode is estimated from bandwidth alone"
    )
    time_to_first_token_together_seconds: Cases | None = Field(
        description="On the mean, where all requests come at once. Null likewise"
    )
    time_per_output_token_seconds: Cases
    output_tokens_per_second: Cases
    output_tokens_per_second_per_device: Cases
    decode_binding: dict[str, str]
    prefill_binding: dict[str, str]
    prefill_absent: str = Field("", description="Why no prompt is in the figures; left out where prompts are")


class CostTable(Open):
    """Money in the fleet's currency, null where nobody names it; energy in joules. Null where no price or power is
    known."""

    currency: str | None
    per_million_input_tokens: Cases | None
    per_million_output_tokens: Cases | None
    joules_per_output_token: Cases | None
    watts: float | None


class LayoutTable(Open):
    """One layout; `per_device` is the device with the least room."""

    tp: int
    ep: bool
    dp: int
    pp: int
    dcp: int
    redundant_experts: int
    replicas: int
    expert_ranks: int
    devices: int
    fits: bool = Field(description="By the typical budget alone; `verdict` goes by both ends of its band")
    verdict: VerdictWord
    starts: bool = Field(description="By the typical budget: one request of the full context fits on every device")
    concurrency: int = Field(description="Requests of the full context that fit at once")
    concurrency_at_request_tokens: int = Field(
        description="Requests of the workload's own length, input and output, that run at once"
    )
    requests_asked: int | None = Field(description="At once; null where the workload names no number")
    requests_served: int = Field(
        description="How many of those asked (of 32 where no number is) run at once, which is what the times are for; "
        "the rest queue"
    )
    short_bytes: int = Field(description="What the tightest device lacks to start")
    binds: str
    per_device: DeviceTable
    stages: list[DeviceTable] = Field(description="Every stage; empty for the lower ranks of a search")
    traffic: TrafficTable | None
    time: TimeTable | Absent | None
    cost: CostTable | Absent | None


class LongerTable(Open):
    """One request as long as the config allows, on the same fleet, in its best layout."""

    context: int
    verdict: VerdictWord
    concurrency: int
    short_bytes: int
    layout: dict[str, Any]
    smallest_fleet: dict[str, Any] | None


class StorageTable(Open):
    """What the model's counts and bytes rest on."""

    basis: Literal["read", "matched", "predicted", "assumed"] = Field(description="The weakest of all counts")
    open: int = Field(description="Parameters that the evidence leaves unsettled")
    needs: Literal["config", "index", "headers"] | None = Field(
        description="The depth of reading that would settle more; null where none would"
    )


class EstimateDocument(Open):
    """What a model takes on a fleet. Layouts are listed best first: by verdict, by the requests served at once, by the
    typical time per output token, by room for requests of the full context."""

    schema_: Literal["moeaudit/estimate/v1"] = Field(alias="schema")
    model: dict[str, Any]
    storage: StorageTable | None
    fleet: dict[str, Any]
    workload: dict[str, Any]
    flops: FlopsSection
    fits: bool = Field(description="By the typical budget alone, so perhaps true where `verdict` is too-close-to-call")
    verdict: VerdictWord = Field(
        description="Whether it holds what is asked, by both ends of the budget's band; decide by this one. queues: it "
        "surely starts, and fewer than the requests asked run at once"
    )
    layouts: list[LayoutTable]
    smallest_fleet: dict[str, Any] | None
    longest_context: LongerTable | None = Field(
        description="Null where the context asked for is as long, does not fit, or the config names no length"
    )
    offload: dict[str, Any] | None
    unmodelled: list[str] = Field(
        description="Settings of the launch command that change the answer and that nothing in the estimate follows"
    )
    assumptions: list[str]
