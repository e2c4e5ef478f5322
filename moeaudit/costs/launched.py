"""A model as an engine loads it: with fields of its config replaced, without its encoders, its weights quantised or
converted on the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from moeaudit.architecture.config import Config
from moeaudit.architecture.families import describe
from moeaudit.architecture.weights import Weight
from moeaudit.costs.devices import GIB
from moeaudit.costs.fleet import Fleet, Settings
from moeaudit.costs.search import evaluate
from moeaudit.costs.served import Served
from moeaudit.costs.storage import Storage
from moeaudit.evidence.indices import Indices
from moeaudit.later import dataclass
from moeaudit.vocabulary import ENCODERS, Component, Part

PLAIN_BITS = 15.9
"""From so many bits per parameter on, a matrix is stored as it is."""

KEPT = (Component.HEAD, Component.EMBEDDING, Component.ROUTER)
"""What engines leave as it is when they quantise on loading."""

WIDTHS = {"fp16": 16, "bf16": 16, "fp32": 32}


@dataclass(frozen=True)
class Loaded:
    """The model as it is loaded; `notes`: what that changed or did not; `unmodelled`: what it changes and nothing here
    follows."""

    model: Served
    notes: tuple[str, ...] = ()
    unmodelled: tuple[str, ...] = ()


def overridden(config: Mapping[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    """A config with fields replaced; a table inside it field by field."""
    found = dict(config)
    for key, value in overrides.items():
        old = found.get(key)
        found[key] = overridden(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return found


def with_overrides(model: Served, config: Mapping[str, Any], file: str, overrides: Mapping[str, Any]) -> Served:
    """The model that the config with those fields replaced describes; the weights are stored as they are."""
    described = describe(Config(overridden(config, overrides), file=file))
    return Served(described, model.storage, name=model.name)


def as_loaded(model: Served, settings: Settings) -> Loaded:
    """What an engine makes of the stored weights, by its settings."""
    notes: list[str] = []
    loud: list[str] = []
    architecture, storage = model.architecture, model.storage
    if settings.language_only:
        kept = tuple(piece for piece in architecture.pieces if piece.part not in ENCODERS)
        if kept != architecture.pieces:
            architecture = replace(architecture, pieces=kept)
    stored_plain = is_plain(model)
    if settings.quantization and not stored_plain:
        notes.append(f"Weights are quantised as stored: {settings.quantization} quantises none on loading.")
    elif settings.quantization and settings.load_bits is None:
        loud.append(f"quantization by {settings.quantization} on loading (counted as stored)")
    elif settings.load_bits is not None:
        storage = _changed(storage, lambda weight: _quantised(weight, settings.load_bits or 16, model.storage))
        notes.append(f"Weights are quantised on loading: {settings.quantization}, {settings.load_bits:g} bits.")
    if settings.dtype in WIDTHS:
        before, width = storage, WIDTHS[settings.dtype]
        storage = _changed(before, lambda weight: _converted(weight, width, before))
    if architecture is model.architecture and storage is model.storage:
        return Loaded(model, tuple(notes), tuple(loud))
    return Loaded(Served(architecture, storage, name=model.name), tuple(notes), tuple(loud))


ALLOWING = {"vllm": "VLLM_ALLOW_LONG_MAX_MODEL_LEN", "sglang": "SGLANG_ALLOW_OVERWRITE_LONGER_CONTEXT_LEN"}
"""What must be set to 1 for an engine to take a request longer than the config's own (vLLM: config/model.py,
_get_and_verify_max_len; SGLang: configs/model_config.py)."""


def beyond(model: Served, engine: str, context: int | None) -> tuple[str, ...]:
    """That the engine refuses a length which the command names, as it is longer than the config allows."""
    own, name = model.architecture.context_length, ALLOWING.get(engine)
    if own is None or name is None or context is None or context <= own:
        return ()
    return (f"{context:,} tokens (the config allows {own:,}, and the engine refuses more unless {name}=1 is set)",)


def kept_on_host(model: Served, fleet: Fleet, experts: int, layers: int | None) -> Fleet:
    """The fleet with the weights that the command leaves on the host taken off its device: routed experts of the first
    `experts` layers. Where that takes more than one device's sum, or layers stay there as a whole and their cache with
    them (all but the last `layers`), it is said that they are counted on the devices."""
    loud, settings = [], fleet.settings
    held = _experts_of(model, experts) if experts else 0
    if held and fleet.device.unified is None and (fleet.layout is None or fleet.layout.devices == 1):
        settings = replace(settings, offload_gib=settings.offload_gib + held / GIB)
    elif held and fleet.device.unified is None:
        loud.append("experts that the command keeps in host memory (counted on the devices)")
    if layers is not None and layers < model.layers:
        loud.append(
            f"layers that stay on the host (the command puts {layers} of {model.layers} on devices; all counted)"
        )
    return replace(fleet, settings=settings, unmodelled=(*fleet.unmodelled, *loud))


def _experts_of(model: Served, first: int) -> int:
    """Bytes of the routed experts of the first layers."""
    experts = [weight for weight in model.architecture.weights if weight.component is Component.ROUTED_EXPERTS]
    stored = [pair for weight in experts if weight.part is Part.LANGUAGE for pair in model.storage.layer_bytes(weight)]
    return int(sum(each * sum(number < first for number in places) for places, each in stored))


def is_plain(model: Served) -> bool:
    """Whether the matrices of the language model's layers are stored unquantised."""
    found = [
        weight
        for weight in model.architecture.weights
        if weight.linear and weight.part is Part.LANGUAGE and weight.component not in KEPT and weight.elements
    ]
    return all(model.storage.stored_bytes(weight) * 8 >= PLAIN_BITS * weight.elements for weight in found)


def _quantised(weight: Weight, bits: float, storage: Storage) -> int | None:
    """The bytes of a matrix that is quantised on loading, None for what stays as it is."""
    if not weight.linear or weight.part not in (Part.LANGUAGE, Part.MTP) or weight.component in KEPT:
        return None
    return int(weight.elements * bits) // 8


def _converted(weight: Weight, width: int, storage: Storage) -> int | None:
    """The bytes of a weight in another type of floating point, None where it is quantised."""
    stored = storage.stored_bytes(weight) * 8
    return weight.elements * width // 8 if stored in (16 * weight.elements, 32 * weight.elements) else None


def _changed(storage: Storage, size: Any) -> Storage:
    def stored(weight: Weight) -> int:
        found: int | None = size(weight)
        return storage.stored_bytes(weight) if found is None else found

    def of_layers(weight: Weight) -> Iterator[tuple[Indices, Fraction]]:
        found: int | None = size(weight)
        if found is None:
            yield from storage.layer_bytes(weight)
        else:
            yield weight.index[0], Fraction(found, len(weight.index[0]))

    return replace(storage, stored_bytes=stored, layer_bytes=of_layers)


def longest(model: Served, fleet: Fleet) -> int | None:
    """The longest request, up to the fleet's own, of which one fits under its layout, as an engine finds it that is
    told to; None where none does."""
    layout = fleet.layout
    if layout is None:
        return None

    def holds(length: int) -> bool:
        work = replace(fleet.workload, context=length, concurrency=None)
        return evaluate(model, replace(fleet, workload=work), layout).fits

    low, high = 0, fleet.workload.context
    if holds(high):
        return high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low or None
