"""What a checkpoint stores for given weights: names, types, shapes and bytes, predicted from the config alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

from moeaudit.architecture.config import Notice, show
from moeaudit.architecture.weights import Weight
from moeaudit.errors import UsageError
from moeaudit.evidence.dtypes import DTYPE_BITS
from moeaudit.evidence.indices import Indices
from moeaudit.evidence.tables import TensorGroup
from moeaudit.later import dataclass, expression
from moeaudit.ledger.packing.methods import NESTED, recipe
from moeaudit.ledger.packing.recipe import Recipe
from moeaudit.ledger.packing.scheme import MODULE, Scheme
from moeaudit.vocabulary import Component, Kind, Part

DTYPES = {
    "bfloat16": "BF16",
    "float16": "F16",
    "half": "F16",
    "float32": "F32",
    "float": "F32",
    "float64": "F64",
    "float8_e4m3fn": "BF16",
}
"""torch's words. A config whose dtype is FP8 speaks of its quantised weights; the others are BF16."""

SECTIONS = {Part.VISION: ("vision_config", "vision_tower"), Part.AUDIO: ("audio_config",)}

PLAIN = Recipe()
"""Every weight as it is."""

STACK = expression(r"(?P<prefix>.*\.experts)\.(?P<word>gate_up_proj|gate_proj|up_proj|down_proj)(?:\.weight)?")
EACH = expression(r"(?P<prefix>.*)\.experts\.\{\}\.(?P<word>\w+\.weight)")


@dataclass(frozen=True)
class StoredTensor:
    """Equal tensors of a checkpoint, and what they are. `exact`: False where their size is only near."""

    group: TensorGroup
    kind: Kind
    exact: bool = True

    @property
    def elements(self) -> int:
        return self.group.elements or 0

    @property
    def bytes(self) -> int:
        return self.group.bytes or 0


@dataclass(frozen=True)
class Storage:
    """A model's storage format: its recipe, and the types of what is not quantised.

    `dtypes` gives the safetensors word for each part of the model. Satisfies the costs room's protocols: `stored_bytes`
    and `layer_bytes`.
    """

    recipe: Recipe = PLAIN
    dtypes: Mapping[Part, str] = field(default_factory=dict)
    hidden: int | None = None
    notices: tuple[Notice, ...] = ()

    @classmethod
    def of(
        cls,
        config: Mapping[str, Any],
        quant_config: Mapping[str, Any] | None = None,
        model_dtype: str | None = None,
        file: str = "config.json",
    ) -> Storage:
        """From config.json (`file`), hf_quant_config.json and, where it is known better, the model's own type
        ("BF16")."""
        made = recipe(config, quant_config, file)
        dtypes, notices = read_dtypes(config, model_dtype, file)
        text = text_section(config)
        hidden = text.get("hidden_size")
        return cls(made, dtypes, hidden if isinstance(hidden, int) else None, (*made.notices, *notices))

    @property
    def stated_in(self) -> str:
        """What messages call the file that states the format."""
        return self.recipe.stated_in

    def dtype(self, weight: Weight) -> str:
        """The type of a weight that is stored as it is."""
        if weight.kind is Kind.INTEGER_TABLE:
            return weight.dtype or "I64"
        return weight.dtype or self.dtypes.get(weight.part, "BF16")

    def pack(self, weights: Iterable[Weight]) -> Iterator[StoredTensor]:
        """Every stored tensor, weight by weight. UsageError where the method is not known."""
        if not self.recipe.known:
            notice = next(notice for notice in self.notices if notice.rule == "quantization-unknown")
            raise UsageError(notice.message, hint="Read the weights' headers instead, with --depth headers.")
        for weight in weights:
            yield from self.stored(weight)

    def stored(self, weight: Weight) -> Iterator[StoredTensor]:
        """The tensors that stand for one weight template."""
        for logical, scheme in self.parts(weight):
            part = self._restacked(logical)
            if scheme is None:
                yield StoredTensor(TensorGroup(part.name, part.index, self.dtype(part), part.shape), part.kind)
            else:
                yield from self._packed(part, scheme)

    def parts(self, weight: Weight) -> tuple[tuple[Weight, Scheme | None], ...]:
        """The weight in the layout the format uses, in parts that are stored alike."""
        if weight not in self._parts:
            found = self._as_modules(weight) or tuple(self.recipe.split(weight))
            self._parts[weight] = found
        return self._parts[weight]

    def logical(self, weight: Weight) -> Iterator[Weight]:
        """The weight under the names that `unpack` gives it: per expert where the format takes stacks apart, stacked
        where it stacks them."""
        return (self._restacked(part) for part, _ in self.parts(weight))

    def stored_bytes(self, weight: Weight) -> int:
        """Bytes in the files for all tensors of this template, scales included."""
        return sum(tensor.bytes for tensor in self.stored(weight))

    def layer_bytes(self, weight: Weight) -> Iterator[tuple[Indices, Fraction]]:
        """Bytes that one layer of a stack's weight takes, with the layers (the numbers of its first index) that this
        holds for. A layer may stand in several: its bytes are their sum."""
        for tensor in self.stored(weight):
            layers = tensor.group.index[0]
            yield layers, Fraction(tensor.bytes, len(layers))

    def stored_elements(self, weight: Weight) -> int:
        """Elements as the headers list them, scales included."""
        return sum(tensor.elements for tensor in self.stored(weight))

    def precision(self) -> str:
        """One line: "FP8 E4M3, 128×128 blocks; routed experts MXFP4, groups of 32; the rest BF16"."""
        rest = self.dtypes.get(Part.LANGUAGE, "BF16")
        if not self.recipe.known:
            said = "not understood from the config alone" if self.recipe.undone else "not understood"
            return f"{self.recipe.method} ({said}); the rest {rest}"
        schemes = [
            scheme
            for scheme in (self.recipe.default, *(rule.scheme for rule in self.recipe.rules))
            if scheme is not None
        ]
        words = list(dict.fromkeys(scheme.describe() for scheme in schemes))
        if self.recipe.experts is not None:
            words.append(f"routed experts {self.recipe.experts.describe()}")
        if not words:
            return rest
        return f"{'routed experts ' if self.recipe.experts_only else ''}{'; '.join(words)}; the rest {rest}"

    @cached_property
    def _parts(self) -> dict[Weight, tuple[tuple[Weight, Scheme | None], ...]]:
        """Answers given before: counts and costs ask for the same weights again."""
        return {}

    def _as_modules(self, weight: Weight) -> tuple[tuple[Weight, Scheme | None], ...]:
        """Stacked experts as linear layers, where the format has modules for them; else nothing."""
        if not self.recipe.per_expert or STACK.fullmatch(weight.name) is None:
            return ()
        found = tuple(pair for one in unstack(weight, self.hidden) for pair in self.recipe.split(one))
        return found if any(scheme is not None for _, scheme in found) else ()

    def _restacked(self, weight: Weight) -> Weight:
        return restacked(weight) if self.recipe.method == "mlx" else weight

    def _packed(self, weight: Weight, scheme: Scheme) -> Iterator[StoredTensor]:
        stem = weight.name.removesuffix(MODULE)
        for suffix, slot in scheme.stored(weight.shape):
            yield StoredTensor(
                TensorGroup(
                    stem + suffix, weight.index, slot.dtype or self.dtypes.get(weight.part, "BF16"), slot.shape
                ),
                slot.kind,
                slot.exact,
            )


def unstack(weight: Weight, hidden: int | None) -> Iterator[Weight]:
    """A stacked expert tensor as the linear layers that per-module formats make of it.

    modelopt 0.47, export/moe_utils.py, `_export_fused_experts`; compressed-tensors and GPTQ quantise linear modules
    alike. Stacks with inputs before outputs (Llama 4, gpt-oss) stay stacked: those formats have no module for them.
    """
    match = STACK.fullmatch(weight.name)
    if match is None or weight.component is not Component.ROUTED_EXPERTS or len(weight.shape) != 3:
        yield weight
        return
    experts, outputs, inputs = weight.shape
    word = match["word"]
    if hidden is not None and (outputs if word == "down_proj" else inputs) != hidden:
        yield weight
        return
    names = [("gate_proj", outputs // 2), ("up_proj", outputs // 2)] if word == "gate_up_proj" else [(word, outputs)]
    for name, rows in names:
        yield replace(
            weight,
            name=f"{match['prefix']}.{{}}.{name}{MODULE}",
            shape=(rows, inputs),
            index=(*weight.index, range(experts)),
        )


def restacked(weight: Weight) -> Weight:
    """mlx-lm stacks experts in `switch_mlp`; numbered experts that are all there become one tensor."""
    match = EACH.fullmatch(weight.name)
    if match is None or weight.component is not Component.ROUTED_EXPERTS or not weight.index:
        return weight
    *outer, experts = weight.index
    if experts != range(len(experts)):
        return weight
    return replace(
        weight,
        name=f"{match['prefix']}.switch_mlp.{match['word']}",
        shape=(len(experts), *weight.shape),
        index=tuple(outer),
    )


def text_section(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """The language model's fields."""
    for name in NESTED:
        if isinstance(config.get(name), Mapping):
            return text_section(config[name])
    return config


def read_dtypes(
    config: Mapping[str, Any], model_dtype: str | None, file: str = "config.json"
) -> tuple[dict[Part, str], tuple[Notice, ...]]:
    """The type of each part's plain weights: its own section's, else the model's, else BF16 with a notice."""
    if model_dtype is not None:
        if model_dtype not in DTYPE_BITS:
            raise UsageError(
                f"{show(model_dtype)} is not a safetensors type", hint=f"Use one of {', '.join(sorted(DTYPE_BITS))}."
            )
        return dict.fromkeys(Part, model_dtype), ()
    text = text_section(config)
    stated = dtype_of(config) or dtype_of(text)
    notices: tuple[Notice, ...] = ()
    if stated is None:
        value = config.get("dtype") or config.get("torch_dtype")
        said = f"dtype is {show(value)}, not a type of torch" if value else "neither dtype nor torch_dtype is stated"
        said += "; BF16 is assumed for what is not quantised"
        notices = (Notice("dtype-assumed", said, "torch_dtype", file=file),)
    dtypes = dict.fromkeys(Part, stated or "BF16")
    dtypes[Part.LANGUAGE] = dtypes[Part.MTP] = dtype_of(text) or dtypes[Part.LANGUAGE]
    for part, names in SECTIONS.items():
        section: Mapping[str, Any] = next((config[name] for name in names if isinstance(config.get(name), Mapping)), {})
        dtypes[part] = dtype_of(section) or dtypes[part]
    return dtypes, notices


def dtype_of(section: Mapping[str, Any]) -> str | None:
    for name in ("dtype", "torch_dtype"):
        value = section.get(name)
        if isinstance(value, str) and value.removeprefix("torch.") in DTYPES:
            return DTYPES[value.removeprefix("torch.")]
    return None
