"""The fleet file, schema `moeaudit/fleet/v1`, as pydantic models. The JSON Schema is generated from them. Every unit
is in its key."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from moeaudit.limits import DEVICES

SCHEMA = "moeaudit/fleet/v1"


def _text(value: Any) -> Any:
    """A version such as 0.11 is text: as written, not as a number."""
    return getattr(value, "text", value)


Text = Annotated[str, BeforeValidator(_text)]
Words = Annotated[str, BeforeValidator(_text), Field(min_length=1)]
Positive = Annotated[float, Field(ge=1e-6, le=1e9)]
Whole = Annotated[int, Field(ge=1, le=2**32)]
Tokens = Annotated[int, Field(ge=1, le=10**8)]


class Strict(BaseModel):
    """A table of the fleet file: unknown keys are refused, and so are infinities, and what is no number where one is
    expected, `true` for 1 among it."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, strict=True)


class DevicesTable(Strict):
    """Which devices. Numbers given here replace the catalogue's."""

    type: Words = Field(description="A name of the catalogue, such as H200-SXM, or a name of your own with memory_gib")
    per_node: int = Field(1, le=int(DEVICES))
    nodes: int = Field(1, le=int(DEVICES))
    memory_gib: Positive | None = Field(None, description="Memory that the driver shows, GiB")
    bandwidth_gb_s: Positive | None = None
    bf16_tflops: Positive | None = Field(None, description="Dense peak")
    fp8_tflops: Positive | None = Field(None, description="Dense peak")
    fp4_tflops: Positive | None = Field(None, description="Dense peak")
    power_w: Positive | None = None


class LinksTable(Strict):
    """Links per direction and device."""

    inside_gb_s: Positive | None = Field(None, description="Between devices of a node")
    between_gb_s: Positive | None = Field(None, description="Between nodes")


class EngineTable(Strict):
    """The serving engine and its settings."""

    name: Words = "vllm"
    version: Text = ""
    memory_utilization: Annotated[float, Field(gt=0, le=1)] | None = Field(
        None, description="gpu_memory_utilization or mem_fraction_static"
    )
    cache_dtype: Literal[
        "bf16", "fp16", "fp32", "fp8", "int8", "fp8_ds_mla", "nvfp4_ds_mla", "nvfp4", "int8_per_token_head",
        "fp8_per_token_head", "int4_per_token_head", "turboquant_k8v4", "turboquant_4bit_nc", "turboquant_k3v4_nc",
        "turboquant_3bit_nc", "mxfp8", "q8_0", "q5_1", "q5_0", "q4_1", "q4_0", "iq4_nl",
    ] = Field("bf16", description="ggml's blocks, q8_0 and on, are llama.cpp's alone")  # fmt: skip
    cache_budget_gib: Positive | None = Field(None, description="Replaces the computed budget per device")
    block_size: Whole | None = None
    hybrid_allocator: bool = True
    prefix_caching: bool | None = Field(None, description="By default what the engine's version does")
    speculative_tokens: Annotated[int, Field(ge=0, le=64)] = 0
    prediction_modules: bool = Field(False, description="Load the model's own prediction modules")
    max_num_seqs: Whole | None = None
    max_batched_tokens: Whole | None = None
    kernel: Text = Field("", description="Kernel for packed experts, such as marlin or triton: it decides the padding")
    state_slots: Annotated[int, Field(ge=1, le=64)] | None = Field(
        None, description="Recurrent states kept per request"
    )


class LayoutTable(Strict):
    """One layout. Without this table, layouts are searched."""

    tp: Whole = 1
    ep: bool | Annotated[int, Field(ge=1)] = Field(False, description="Expert parallelism; a number must be tp · dp")
    dp: Whole = 1
    pp: Whole = 1
    dcp: Whole = 1
    redundant_experts: Annotated[int, Field(ge=0, le=4096)] = 0
    replicas: Whole = 1


class WorkloadTable(Strict):
    """What is asked of the fleet; tokens per request."""

    context: Tokens = 8192
    concurrency: Whole | None = None
    input_tokens: Tokens = 1000
    output_tokens: Tokens = 1000
    expert_imbalance: Annotated[float, Field(ge=1, le=1000)] = Field(
        1.0, description="Load of the busiest rank over the mean"
    )


class CostsTable(Strict):
    """Prices, per device-hour and per kWh, both in one currency."""

    price_per_device_hour: Annotated[float, Field(ge=0, le=1e6)] | None = None
    currency: Annotated[str, BeforeValidator(_text), Field(pattern="^[A-Z]{3}$")] | None = Field(
        None, description="Its three letters, such as EUR; without them it stays unnamed"
    )
    price_per_kwh: Annotated[float, Field(ge=0, le=1e4)] | None = None
    power_overhead: Annotated[float, Field(ge=1, le=10)] = Field(
        1.0, description="Power of hosts and cooling on top, as a factor"
    )


class HostTable(Strict):
    """The host: its memory, for experts kept outside the devices. Bandwidth is assumed where it is not given
    (costs/data/host.yaml)."""

    memory_gib: Positive | None = Field(None, description="Memory for experts, of all sockets together")
    memory_gb_s: Positive | None = Field(
        None, description="Peak bandwidth of one socket's memory: channels × 8 bytes × GT/s; two of DDR5-5600 are 89.6"
    )
    link_gb_s: Positive | None = Field(None, description="From host memory to one device")
    sockets: Annotated[int, Field(ge=1, le=64)] = 1
    experts: Literal["cpu", "link"] = Field(
        "cpu", description="Who computes experts in host memory: the processor there, or the device over the link"
    )


class FleetFile(Strict):
    """A fleet and the work it is for."""

    schema_: Literal["moeaudit/fleet/v1"] = Field(alias="schema")
    name: Text = ""
    devices: DevicesTable
    links: LinksTable = Field(default_factory=lambda: LinksTable.model_validate({}))
    engine: EngineTable = Field(default_factory=lambda: EngineTable.model_validate({}))
    layout: LayoutTable | None = None
    workload: WorkloadTable = Field(default_factory=lambda: WorkloadTable.model_validate({}))
    costs: CostsTable = Field(default_factory=lambda: CostsTable.model_validate({}))
    host: HostTable | None = None
