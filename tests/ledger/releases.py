"""Releases of small models by this file's own rules: experts laid out, prefixes changed, matrices joined and packed as
public writers do it, and what the release truly holds. Nothing here asks the code under test what it expects.

Widths are those of real releases, layers and experts are few: no file is written, so width costs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import ceil, prod
from typing import Any

from moeaudit.architecture.config import Config
from moeaudit.architecture.families import describe
from moeaudit.architecture.weights import Indices, Presence, Weight
from moeaudit.audits.inspect import settled
from moeaudit.errors import NoEvidence
from moeaudit.evidence.model import Beside, Depth, Evidence, Index, JsonFile, ModelRef, Source
from moeaudit.evidence.reader import Reader
from moeaudit.evidence.tables import TensorGroup, TensorTable
from moeaudit.ledger.inspection import Inspection
from moeaudit.vocabulary import Component, Kind, Part
from tests.architecture.recordings import Recording

INDEX_FILE = "model.safetensors.index.json"

# Families: where the config says how many experts there are and how many one token uses.


@dataclass(frozen=True)
class Family:
    """`experts`, `selected`, `hidden`: dotted paths of config fields; `root`: the prefix of the language model."""

    model_type: str
    experts: str
    selected: str = "num_experts_per_tok"
    hidden: str = "hidden_size"
    root: str = "model."

    @property
    def config(self) -> dict[str, Any]:
        return {**Recording.load(self.model_type).small, "torch_dtype": "bfloat16"}

    def stated(self, path: str, config: Mapping[str, Any]) -> int:
        value: Any = config
        for part in path.split("."):
            value = value[part]
        return int(value)


FAMILIES = {
    one.model_type: one
    for one in (
        Family("qwen3_moe", "num_local_experts"),
        Family("mixtral", "num_local_experts"),
        Family("minimax_m2", "num_local_experts"),
        Family("gpt_oss", "num_local_experts"),
        Family("dbrx", "ffn_config.moe_num_experts", "ffn_config.moe_top_k", "d_model", "transformer."),
        Family("deepseek_v3", "n_routed_experts"),
        Family(
            "qwen3_5_moe",
            "text_config.num_experts",
            "text_config.num_experts_per_tok",
            "text_config.hidden_size",
            "model.language_model.",
        ),
        Family(
            "llama4",
            "text_config.num_local_experts",
            "text_config.num_experts_per_tok",
            "text_config.hidden_size",
            "language_model.model.",
        ),
        Family("nemotron_h", "n_routed_experts", root="backbone."),
        Family("kimi_linear", "num_experts", "num_experts_per_token"),
        Family("glm_moe_dsa", "n_routed_experts"),
        Family("granitemoe", "num_local_experts"),
    )
}


@dataclass(frozen=True)
class Truth:
    """What a release holds, summed by hand."""

    total: int
    active: Fraction
    head: Fraction
    stored: int
    mtp: int
    vision: int

    @property
    def values(self) -> dict[str, Fraction]:
        """By the ids of the denominators."""
        return {
            "total.full": Fraction(self.total),
            "active.full": self.active,
            "active.head": self.head,
            "total.stored": Fraction(self.stored),
            "mtp.unique": Fraction(self.mtp),
            "modality.vision": Fraction(self.vision),
        }


def true_of(family: Family) -> Truth:
    """What the family's own small release holds."""
    config = family.config
    return truth(release(family, config), Fraction(family.stated(family.selected, config), family.stated(family.experts, config)))


def release(family: Family, config: Mapping[str, Any]) -> list[Weight]:
    """What a release with this config stores: all that the config settles."""
    return [one for one in describe(Config(config)).weights if one.presence is Presence.STORED]


def truth(weights: Iterable[Weight], share: Fraction, tied: bool = False) -> Truth:
    """Sums over a release before anything is packed; one token uses `share` of the routed experts."""
    kept = [one for one in weights if one.kind is Kind.PARAMETER]
    language = [one for one in kept if one.part is Part.LANGUAGE]
    total = sum(one.elements for one in language)
    routed = sum(one.elements for one in language if one.component is Component.ROUTED_EXPERTS)
    embedding = sum(one.elements for one in language if one.component is Component.EMBEDDING)
    active = total - routed + routed * share
    return Truth(
        total,
        active,
        active - (0 if tied else embedding),
        sum(one.elements for one in kept),
        sum(one.elements for one in kept if one.part is Part.MTP and not one.duplicate),
        sum(one.elements for one in kept if one.part is Part.VISION),
    )


# Layouts of the routed experts.


@dataclass(frozen=True)
class Bank:
    """The routed experts of some layers: `inner` wide, of a model `hidden` wide."""

    stem: str
    layers: Indices
    experts: int
    inner: int
    hidden: int
    gated: bool
    biased: bool
    like: Weight

    def weight(self, suffix: str, shape: tuple[int, ...], numbers: Indices | None = None) -> Weight:
        index = (self.layers, *((numbers if numbers is not None else range(self.experts),) if "{}" in suffix else ()))
        return replace(self.like, name=f"{self.stem}.{suffix}", index=index, shape=shape)


EXPERTS = re.compile(r"(?P<stem>.+?)\.(?:experts\.|(?=(?:input|output)_linear))(?P<rest>.+)")
DOWN = re.compile(r"(down_proj|w2|output_linear)(\.weight)?$")
FIRST = re.compile(r"(gate_proj|up_proj|gate_up_proj|w1|w3|v1|input_linear)(\.weight)?$")


def banks(weights: Iterable[Weight], family: Family, config: Mapping[str, Any]) -> list[Bank]:
    """The routed experts of a release, layer by layer alike."""
    rows: dict[tuple[str, Part, Indices], list[Weight]] = {}
    for one in weights:
        if one.component is Component.ROUTED_EXPERTS:
            match = EXPERTS.fullmatch(one.name)
            assert match is not None, one.name
            rows.setdefault((match["stem"], one.part, tuple(one.index[0])), []).append(one)
    experts, hidden = family.stated(family.experts, config), family.stated(family.hidden, config)
    made = []
    for (stem, _, layers), each in rows.items():
        down = sum(one.elements for one in each if DOWN.search(one.name))
        first = sum(one.elements for one in each if FIRST.search(one.name))
        inner = down // (experts * hidden * len(layers))
        biased = any("bias" in one.name for one in each)
        made.append(Bank(stem, each[0].index[0], experts, inner, hidden, first == 2 * down, biased, each[0]))
    return made


Layout = Callable[[Bank], Iterator[Weight]]


def _numbered(pattern: str, gate: str, up: str, down: str) -> Layout:
    def lay(bank: Bank) -> Iterator[Weight]:
        words = ((gate, bank.inner, bank.hidden), (up, bank.inner, bank.hidden), (down, bank.hidden, bank.inner))
        for word, rows, columns in words[0 if bank.gated else 1 :]:
            yield bank.weight(f"{pattern}.{word}.weight", (rows, columns))
            if bank.biased:
                yield bank.weight(f"{pattern}.{word}.bias", (rows,))

    return lay


def _stacked(module: str, gate: str, up: str, down: str, ending: str = "", *, turned: bool = False) -> Layout:
    """Experts first. `ending`: of a weight's name; biases then end alike. `turned`: inputs before outputs."""

    def lay(bank: Bank) -> Iterator[Weight]:
        words = ((gate, bank.inner, bank.hidden), (up, bank.inner, bank.hidden), (down, bank.hidden, bank.inner))
        for word, rows, columns in words[0 if bank.gated else 1 :]:
            shape = (columns, rows) if turned else (rows, columns)
            yield bank.weight(f"{module}.{word}{ending}", (bank.experts, *shape))
            if bank.biased:
                yield bank.weight(f"{module}.{word}{'.bias' if ending else '_bias'}", (bank.experts, rows))

    return lay


def _fused(module: str, both: str, down: str, ending: str = "", *, turned: bool = False) -> Layout:
    def lay(bank: Bank) -> Iterator[Weight]:
        first, rows = (both, 2 * bank.inner) if bank.gated else (both.replace("gate_", ""), bank.inner)
        for word, outputs, inputs in ((first, rows, bank.hidden), (down, bank.hidden, bank.inner)):
            shape = (inputs, outputs) if turned else (outputs, inputs)
            yield bank.weight(f"{module}{word}{ending}", (bank.experts, *shape))
            if bank.biased:
                yield bank.weight(f"{module}{word}{'.bias' if ending else '_bias'}", (bank.experts, outputs))

    return lay


def _numbered_fused(bank: Bank) -> Iterator[Weight]:
    rows = 2 * bank.inner if bank.gated else bank.inner
    words = (("gate_up_proj" if bank.gated else "up_proj", rows, bank.hidden), ("down_proj", bank.hidden, bank.inner))
    for word, outputs, inputs in words:
        yield bank.weight(f"experts.{{}}.{word}.weight", (outputs, inputs))
        if bank.biased:
            yield bank.weight(f"experts.{{}}.{word}.bias", (outputs,))


def _flat(bank: Bank) -> Iterator[Weight]:
    """As dbrx: every matrix (experts × inner, hidden), the last one turned."""
    for word in ("w1", "v1", "w2") if bank.gated else ("w1", "w2"):
        yield bank.weight(f"experts.mlp.{word}", (bank.experts * bank.inner, bank.hidden))


LAYOUTS: dict[str, Layout] = {
    "numbered": _numbered("experts.{}", "gate_proj", "up_proj", "down_proj"),
    "numbered w": _numbered("experts.{}", "w1", "w3", "w2"),
    "numbered expert_": _numbered("experts.expert_{}", "gate_proj", "up_proj", "down_proj"),
    "numbered fused": _numbered_fused,
    "stacked": _fused("experts.", "gate_up_proj", "down_proj"),
    "stacked .weight": _fused("experts.", "gate_up_proj", "down_proj", ".weight"),
    "stacked split": _stacked("experts", "gate_proj", "up_proj", "down_proj"),
    "stacked w": _stacked("experts", "w1", "w3", "w2"),
    "turned": _fused("experts.", "gate_up_proj", "down_proj", turned=True),
    "turned split": _stacked("experts", "gate_proj", "up_proj", "down_proj", turned=True),
    "flat": _flat,
    "switch_mlp": _stacked("switch_mlp", "gate_proj", "up_proj", "down_proj", ".weight"),
    "switch_glu": _stacked("experts.switch_glu", "gate_proj", "up_proj", "down_proj", ".weight"),
    "linear": _fused("", "input_linear", "output_linear", ".weight"),
}
"""transformers (numbered, stacked, turned), vendors (w1/w2/w3), dbrx (flat), mlx-lm (switch_*), granite (linear)."""

UNGATED: dict[str, Layout] = {"switch fc": _stacked("switch_mlp", "gate", "fc1", "fc2", ".weight")}
"""mlx-lm's names for experts without a gate (mlx_lm/models/switch_layers.py, SwitchMLP)."""


def relaid(weights: Sequence[Weight], layout: Layout, family: Family, config: Mapping[str, Any]) -> list[Weight]:
    """The release with its experts laid out so."""
    rest = [one for one in weights if one.component is not Component.ROUTED_EXPERTS]
    return rest + [one for bank in banks(weights, family, config) for one in layout(bank)]


# Matrices joined, modules renamed, prefixes moved.


def _join(words: Sequence[str], joined: str) -> Callable[[Sequence[Weight]], list[Weight]]:
    """The matrices (and biases) of these words in one, where all are there with as many inputs."""

    def join(weights: Sequence[Weight]) -> list[Weight]:
        rows: dict[tuple[str, str, tuple[Indices, ...]], dict[str, Weight]] = {}
        for one in weights:
            match = re.fullmatch(rf"(.+\.)({'|'.join(words)})(\.weight|\.bias)", one.name)
            if match and one.component is not Component.ROUTED_EXPERTS and one.part in (Part.LANGUAGE, Part.MTP):
                rows.setdefault((match[1], match[3], one.index), {})[match[2]] = one
        made, gone = [], set()
        for (stem, ending, _), each in rows.items():
            if len(each) == len(words) and len({one.shape[1:] for one in each.values()}) == 1:
                first = next(iter(each.values()))
                shape = (sum(one.shape[0] for one in each.values()), *first.shape[1:])
                made.append(replace(first, name=f"{stem}{joined}{ending}", shape=shape))
                gone |= set(map(id, each.values()))
        return [one for one in weights if id(one) not in gone] + made

    return join


JOINS: dict[str, Callable[[Sequence[Weight]], list[Weight]]] = {
    "apart": list,
    "gate_up_proj": _join(("gate_proj", "up_proj"), "gate_up_proj"),
    "qkv_proj": _join(("q_proj", "k_proj", "v_proj"), "qkv_proj"),
}

Move = Callable[[str, str], str]
"""(name, the family's root) → name."""


def _lost(name: str, root: str) -> str:
    levels = root.removesuffix(".").split(".")
    shorter = ".".join(levels[:-1] if levels[0] != "language_model" else levels[1:])
    if levels[0] == "language_model" and not name.startswith(root):
        return name.removeprefix("language_model.")
    return f"{shorter}.{name[len(root) :]}".lstrip(".") if name.startswith(root) else name


PREFIXES: dict[str, Move] = {
    "own": lambda name, root: name,
    "a level lost": _lost,
    "language_model. before": lambda name, root: f"language_model.{name}",
    "language_model. within": lambda name, root: (
        f"{root}language_model.{name[len(root) :]}" if name.startswith(root) else name
    ),
    "base_model.model. before": lambda name, root: f"base_model.model.{name}",
    "the head elsewhere": lambda name, root: f"{root}{name}" if name.startswith("lm_head") else name,
}


def moved(weights: Iterable[Weight], move: Move, root: str) -> list[Weight]:
    """The language model (and its prediction modules) under another prefix; encoders stay."""
    return [
        replace(one, name=move(one.name, root)) if one.part in (Part.LANGUAGE, Part.MTP) else one for one in weights
    ]


# Packing, as the public writers document it. Shapes are (outputs, inputs), experts first where they are stacked.

Tensors = Iterator[tuple[str, str, tuple[int, ...]]]
"""(name, type, shape) of what is stored for one matrix."""

PLAIN_WORDS = re.compile(r"embed|wte|lm_head|router|(^|\.)gate\.|norm|conv1d|shared_expert_gate|shared_head|eh_proj|weights_proj")
"""Modules that quantisers leave alone."""


@dataclass(frozen=True)
class Packing:
    """One storage format. `write`: what stands for a matrix, None for plain storage; `stacks`: the layouts of
    experts in one tensor that it takes; `everything`: embedding, head and router too; `understood`: what it stores can
    be told from config and headers."""

    section: Mapping[str, Any]
    write: Callable[[str, tuple[int, ...]], Tensors] | None = None
    stacks: frozenset[str] = frozenset()
    experts_only: bool = False
    everything: bool = False
    understood: bool = True
    key: str = "quantization_config"
    dtype: str = "BF16"
    fits: Callable[[tuple[int, ...]], bool] = field(default=lambda shape: True)

    def config(self, base: Mapping[str, Any]) -> dict[str, Any]:
        return {**base, **({self.key: dict(self.section)} if self.section else {})}

    def takes(self, weight: Weight) -> bool:
        apart = weight.part not in (Part.LANGUAGE, Part.MTP)
        if self.write is None or apart or "bias" in weight.name or len(weight.shape) < 2:
            return False
        routed = weight.component is Component.ROUTED_EXPERTS
        if not self.fits(weight.shape) or (self.experts_only and not routed):
            return False
        if routed:
            return len(weight.index) + len(weight.shape) == 4  # layer and expert of a matrix, layer of a stack
        plain = PLAIN_WORDS.search(weight.name) and not (self.everything and not re.search("norm|conv", weight.name))
        return len(weight.shape) == 2 and weight.name.endswith(".weight") and not plain


def packed(weights: Iterable[Weight], packing: Packing) -> TensorTable:
    """The headers of these weights in this storage format."""
    groups = []
    for one in weights:
        if packing.takes(one) and packing.write is not None:
            groups += [TensorGroup(name, one.index, dtype, shape) for name, dtype, shape in packing.write(one.name, one.shape)]
        else:
            own = one.dtype if packing.dtype == "BF16" else None  # what the family keeps in a type of its own
            groups.append(TensorGroup(one.name, one.index, own or packing.dtype, one.shape))
    return TensorTable(tuple(groups))


def _beside(name: str, suffix: str) -> str:
    """`X.weight` and `scale` → `X.scale`; a bare stack `X` → `X_scale`."""
    return f"{name.removesuffix('.weight')}.{suffix}" if name.endswith(".weight") else f"{name}_{suffix}"


def _fp8_blocks(name: str, shape: tuple[int, ...]) -> Tensors:
    """DeepSeek-V3 (README_WEIGHTS.md): F8_E4M3 with `weight_scale_inv` per 128 × 128 block; transformers' stacks
    end in `_scale_inv`."""
    *lead, outputs, inputs = shape
    scale = f"{name}_scale_inv"
    yield name, "F8_E4M3", shape
    yield scale, "F32", (*lead, ceil(outputs / 128), ceil(inputs / 128))


def _channel(dtype: str, scale: str) -> Callable[[str, tuple[int, ...]], Tensors]:
    """compressed-tensors: one scale a row."""

    def write(name: str, shape: tuple[int, ...]) -> Tensors:
        yield name, dtype, shape
        yield f"{name}_scale", scale, (*shape[:-1], 1)

    return write


def _gptq(name: str, shape: tuple[int, ...]) -> Tensors:
    """GPTQModel: 8 values of 4 bits an I32, groups of 32 inputs."""
    outputs, inputs = shape
    yield _beside(name, "qweight"), "I32", (inputs // 8, outputs)
    yield _beside(name, "qzeros"), "I32", (inputs // 32, outputs // 8)
    yield _beside(name, "scales"), "F16", (inputs // 32, outputs)
    yield _beside(name, "g_idx"), "I32", (inputs,)


def _awq(name: str, shape: tuple[int, ...]) -> Tensors:
    """AutoAWQ's gemm: 8 values of 4 bits an I32 along the outputs."""
    outputs, inputs = shape
    yield _beside(name, "qweight"), "I32", (inputs, outputs // 8)
    yield _beside(name, "qzeros"), "I32", (inputs // 32, outputs // 8)
    yield _beside(name, "scales"), "F16", (inputs // 32, outputs)


def _pack_quantized(name: str, shape: tuple[int, ...]) -> Tensors:
    """compressed-tensors: 8 values of 4 bits an I32 along the inputs, groups of 32."""
    outputs, inputs = shape
    yield f"{name}_packed", "I32", (outputs, inputs // 8)
    yield f"{name}_scale", "BF16", (outputs, inputs // 32)
    yield f"{name}_shape", "I64", (2,)


def _nvfp4(name: str, shape: tuple[int, ...]) -> Tensors:
    """ModelOpt: two values a byte, an E4M3 scale for 16 of them, two more for the tensor."""
    outputs, inputs = shape
    yield name, "U8", (outputs, inputs // 2)
    yield f"{name}_scale", "F8_E4M3", (outputs, inputs // 16)
    yield f"{name}_scale_2", "F32", ()
    yield _beside(name, "input_scale"), "F32", ()


def _mxfp4_blocks(name: str, shape: tuple[int, ...]) -> Tensors:
    """gpt-oss: `_blocks` of 16 bytes for 32 values, one `_scales` byte each."""
    *lead, inputs = shape
    yield f"{name}_blocks", "U8", (*lead, inputs // 32, 16)
    yield f"{name}_scales", "U8", (*lead, inputs // 32)


def _mxfp8(name: str, shape: tuple[int, ...]) -> Tensors:
    yield name, "F8_E4M3", shape
    yield f"{name}_scale", "U8", (*shape[:-1], shape[-1] // 32)


def _mlx(bits: int, group: int) -> Callable[[str, tuple[int, ...]], Tensors]:
    """MLX affine: the inputs packed into U32, a scale and a bias for each group of them."""

    def write(name: str, shape: tuple[int, ...]) -> Tensors:
        *lead, inputs = shape
        stem = name.removesuffix(".weight")
        yield name, "U32", (*lead, inputs * bits // 32)
        yield f"{stem}.scales", "BF16", (*lead, inputs // group)
        yield f"{stem}.biases", "BF16", (*lead, inputs // group)

    return write


def _mlx_mxfp4(name: str, shape: tuple[int, ...]) -> Tensors:
    *lead, inputs = shape
    yield name, "U32", (*lead, inputs // 8)
    yield f"{name.removesuffix('.weight')}.scales", "U8", (*lead, inputs // 32)


def _bnb4(name: str, shape: tuple[int, ...]) -> Tensors:
    """bitsandbytes NF4 with double quantisation: blocks of 64, their scales in blocks of 256."""
    count = prod(shape)
    yield name, "U8", (count // 2, 1)
    yield f"{name}.absmax", "U8", (count // 64,)
    yield f"{name}.quant_map", "F32", (16,)
    yield f"{name}.nested_absmax", "F32", (ceil(count / 64 / 256),)
    yield f"{name}.nested_quant_map", "F32", (256,)
    yield f"{name}.quant_state.bitsandbytes__nf4", "U8", (92,)


def _bnb8(name: str, shape: tuple[int, ...]) -> Tensors:
    yield name, "I8", shape
    yield _beside(name, "SCB"), "F32", shape[:1]
    yield _beside(name, "weight_format"), "U8", ()


def _w8a8(name: str, shape: tuple[int, ...]) -> Tensors:
    """msmodelslim's dynamic W8A8: scale and offset a row."""
    yield name, "I8", shape
    yield f"{name}_scale", "BF16", (shape[0], 1)
    yield f"{name}_offset", "BF16", (shape[0], 1)


def _exl3(codebook: bool) -> Callable[[str, tuple[int, ...]], Tensors]:
    """exllamav3 (modules/quant/exl3.py, modules/linear.py) at 4 bits: both sides filled up to 128, tiles of 16 × 16 as
    I16, signs of inputs and outputs; the number of the codebook where it is not the first one."""

    def write(name: str, shape: tuple[int, ...]) -> Tensors:
        outputs, inputs = (ceil(size / 128) * 128 for size in shape)
        yield _beside(name, "trellis"), "I16", (inputs // 16, outputs // 16, 64)
        yield _beside(name, "suh"), "F16", (inputs,)
        yield _beside(name, "svh"), "F16", (outputs,)
        if codebook:
            yield _beside(name, "mcg"), "I32", ()

    return write


def _nobody(name: str, shape: tuple[int, ...]) -> Tensors:
    """A format of nobody's: a payload at 5 bits and a codebook."""
    yield _beside(name, "zq_payload"), "I16", (prod(shape) * 5 // 16,)
    yield _beside(name, "zq_book"), "F16", (32, 4)


def _nobody_in_place(name: str, shape: tuple[int, ...]) -> Tensors:
    """Another: bytes under the weight's own name, no scale that anyone knows."""
    yield name, "U8", (prod(shape) * 3 // 8,)
    yield _beside(name, "lattice"), "F16", (shape[-1] // 8,)


def _group(form: str, bits: int, kind: str, **weights: Any) -> dict[str, Any]:
    group = {"targets": ["Linear"], "weights": {"num_bits": bits, "type": kind, **weights}}
    return {"quant_method": "compressed-tensors", "format": form, "config_groups": {"group_0": group},
            "ignore": ["lm_head", r"re:.*mlp\.gate$"]}  # fmt: skip


def _by(inputs: int, outputs: int = 1) -> Callable[[tuple[int, ...]], bool]:
    return lambda shape: shape[-1] % inputs == 0 and shape[-2] % outputs == 0


TWO_AXES = frozenset({"numbered", "numbered w", "numbered expert_", "numbered fused"})
BARE = frozenset({"stacked", "stacked split", "stacked w"})
MODULES = frozenset({"stacked .weight", "switch_mlp", "switch_glu", "linear", "switch fc"})

PACKINGS: dict[str, Packing] = {
    "BF16": Packing({}),
    "F32": Packing({}, dtype="F32"),
    "F16": Packing({}, dtype="F16"),
    "fp8 blocks": Packing(
        {"quant_method": "fp8", "weight_block_size": [128, 128], "activation_scheme": "dynamic", "fmt": "e4m3"},
        _fp8_blocks, stacks=BARE | MODULES,
    ),
    "fp8 rows": Packing(_group("float-quantized", 8, "float", strategy="channel"), _channel("F8_E4M3", "BF16")),
    "int8 rows": Packing(_group("int-quantized", 8, "int", strategy="channel"), _channel("I8", "BF16")),
    "gptq": Packing(
        {"quant_method": "gptq", "bits": 4, "group_size": 32, "desc_act": False, "sym": True}, _gptq, fits=_by(32, 8)
    ),
    "awq": Packing(
        {"quant_method": "awq", "bits": 4, "group_size": 32, "zero_point": True, "version": "gemm"},
        _awq, fits=_by(32, 8),
    ),
    "pack-quantized": Packing(
        _group("pack-quantized", 4, "int", strategy="group", group_size=32, symmetric=True),
        _pack_quantized, fits=_by(32),
    ),
    "nvfp4": Packing(
        {"quant_method": "modelopt", "quant_algo": "NVFP4", "group_size": 16, "ignore": ["lm_head"]},
        _nvfp4, fits=_by(16),
    ),
    "mxfp4 blocks": Packing(
        {"quant_method": "mxfp4", "modules_to_not_convert": ["model.layers.*.self_attn", "lm_head"]},
        _mxfp4_blocks, stacks=BARE, experts_only=True, fits=_by(32),
    ),
    "mxfp8": Packing({"quant_method": "mxfp8", "weight_block_size": [1, 32]}, _mxfp8, fits=_by(32)),
    "mlx 4": Packing(
        {"group_size": 32, "bits": 4, "mode": "affine"}, _mlx(4, 32), stacks=MODULES, everything=True,
        key="quantization", fits=_by(32),
    ),
    "mlx 6": Packing(
        {"group_size": 64, "bits": 6, "mode": "affine"}, _mlx(6, 64), stacks=MODULES, everything=True,
        key="quantization", fits=_by(64),
    ),
    "mlx mxfp4": Packing(
        {"group_size": 32, "bits": 4, "mode": "mxfp4"}, _mlx_mxfp4, stacks=MODULES, everything=True,
        key="quantization", fits=_by(32),
    ),
    "bitsandbytes nf4": Packing(
        {"quant_method": "bitsandbytes", "load_in_4bit": True, "bnb_4bit_quant_type": "nf4",
         "bnb_4bit_use_double_quant": True}, _bnb4, fits=_by(64),
    ),
    "bitsandbytes 8": Packing({"quant_method": "bitsandbytes", "load_in_8bit": True}, _bnb8),
    "w8a8": Packing({}, _w8a8),
    "exl3": Packing({"quant_method": "exl3", "bits": 4.0, "head_bits": 6}, _exl3(True)),
    "exl3, first": Packing({"quant_method": "exl3", "bits": 4.0, "head_bits": 6}, _exl3(False)),
    "nobody's": Packing({"quant_method": "zq"}, _nobody, understood=False, stacks=BARE | MODULES, fits=_by(32)),
    "nobody's, unsaid": Packing({}, _nobody, understood=False, stacks=BARE | MODULES, fits=_by(32)),
    "nobody's in place": Packing({"quant_method": "zq"}, _nobody_in_place, understood=False, fits=_by(32)),
}  # fmt: skip

def can_store(packing: Packing, layout: str) -> bool:
    """Plain storage takes every layout, packers of linear layers those with one matrix an expert, some take stacks."""
    return packing.write is None or layout in TWO_AXES or layout in packing.stacks


# Evidence, and a reader of it.


@dataclass
class Held(Reader):
    """Index first, then headers: what a repo with both is to the loop that deepens."""

    evidence: Evidence

    @property
    def first(self) -> Depth:
        return Depth.INDEX if self.evidence.index is not None else Depth.HEADERS

    def has(self, depth: Depth) -> bool:
        return depth is not Depth.HEADERS or self.evidence.headers is not None

    def read(self, depth: Depth) -> Evidence:
        if not self.has(depth):
            raise NoEvidence("no shard is there")
        return self.evidence if depth is Depth.HEADERS else replace(self.evidence, headers=None)


def evidence_of(
    config: Mapping[str, Any],
    table: TensorTable,
    *,
    total_size: int | None = None,
    beside: tuple[Beside, ...] = (),
    missing: tuple[str, ...] = (),
    headers: TensorTable | None = None,
) -> Evidence:
    """A repo whose index names `table`; its headers are those of `table`, or others."""
    index = Index(INDEX_FILE, table.names_only(), total_size=total_size)
    return Evidence(
        ModelRef("org/model", Source.FOLDER), JsonFile("config.json", config), index=index,
        headers=table if headers is None else headers, beside=beside, missing_shards=missing,
    )  # fmt: skip


def by_default(config: Mapping[str, Any], table: TensorTable, **more: Any) -> Inspection:
    """What `inspect` says without `--depth`."""
    more.setdefault("total_size", table.bytes)
    return settled(Held(evidence_of(config, table, **more)))


def causes(inspection: Inspection) -> list[str]:
    return sorted(doubt.cause.value for doubt in inspection.account.doubts)
