"""What a config says of prediction modules, and of other weights that only some releases store, whatever its family
reads: how many modules it declares, and which doubtful modules its quantisation names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from moeaudit.architecture.config import Config
from moeaudit.architecture.model import Architecture, Piece, Single
from moeaudit.architecture.weights import Indices, Presence, Weight
from moeaudit.evidence.rows import order_of
from moeaudit.evidence.tables import TensorGroup
from moeaudit.later import expression
from moeaudit.limits import LAYERS, MODULE_LETTERS
from moeaudit.vocabulary import Part

DECLARED = ("num_nextn_predict_layers", "num_mtp_modules", "num_mtp_layers", "mtp_num_hidden_layers")
"""Fields that count prediction modules."""

QUANTIZATION = ("quantization_config", "compression_config", "quantization")
"""Sections whose lists name modules."""

DRAFT = expression(r".*\blayers\.(\d+|\{\})\.")
"""Where a prediction module's one decoder layer stands."""

PROVEN = "The config's quantisation names modules that releases differ in; this one stores them."

Named = Mapping[str, list[tuple[int, ...]]]
"""Module names: templates, each with the numbers it is written with."""


def declaration(c: Config) -> tuple[str, int]:
    """The most prediction modules that a field of the language model's section declares, read by the family or not, and
    the path of that field; 0 where none does, or where `use_mtp` is false."""
    text = Config(c.data).text()
    written = {name: text.data.get(name) for name in DECLARED}
    counts = {name: value for name, value in written.items() if type(value) is int and 0 < value <= LAYERS}
    if not counts or text.data.get("use_mtp") is False:
        return "", 0
    most = max(counts, key=lambda name: counts[name])
    return f"{text.path}{most}", counts[most]


def draft_name(module: str) -> str:
    """A module of a prediction module's layer under the name that engines give it when they load the module alone,
    `model.decoder.self_attn.o_proj`; lists of unquantised modules use it too (MiMo-V2.5)."""
    return DRAFT.sub("model.decoder.", module)


def with_proven_modules(architecture: Architecture, c: Config) -> Architecture:
    """The architecture with what its config proves to be stored.

    A quantisation that names single modules was made of weights that have them: releases without prediction modules
    name none. One named module of them stands for all, but not for copies of embedding and head.
    """
    doubtful = [piece for piece in architecture.pieces if piece.presence is Presence.OPTIONAL]
    named = named_modules(c) if doubtful else {}
    proven = {piece for piece in doubtful if named and any(is_named(weight, named) for weight in piece.weights())}
    if not proven:
        return architecture
    if any(is_prediction(piece) for piece in proven):
        proven.update(piece for piece in doubtful if is_prediction(piece))
    pieces = (replace(piece, presence=Presence.STORED) if piece in proven else piece for piece in architecture.pieces)
    return replace(architecture, pieces=tuple(pieces), notes=(*architecture.notes, PROVEN))


def is_prediction(piece: Piece) -> bool:
    """Whether this is a part of a prediction module, and no copy of a matrix stored elsewhere."""
    return piece.part is Part.MTP and not (isinstance(piece, Single) and piece.duplicate)


def is_named(weight: Weight, named: Named) -> bool:
    """Whether the module that holds this weight is named, with one of its numbers."""
    plain = TensorGroup(weight.name, weight.index).canonical()
    module = plain.template.rpartition(".")[0]
    index = plain.index[: module.count("{}")]
    if any(holds(index, numbers) for numbers in named.get(module, ())):
        return True
    drafted = draft_name(module) if weight.part is Part.MTP else module
    return drafted != module and any(holds(index[-len(numbers) :], numbers) for numbers in named.get(drafted, ()))


def holds(index: tuple[Indices, ...], numbers: tuple[int, ...]) -> bool:
    return all(number in among for number, among in zip(numbers, index, strict=False))


def named_modules(c: Config) -> Named:
    """Every module that the quantisation names whole."""
    found: dict[str, list[tuple[int, ...]]] = {}
    for fields in (c.data, Config(c.data).text().data):
        for name in (name for section in QUANTIZATION for name in strings(fields.get(section))):
            if len(name) <= MODULE_LETTERS and "*" not in name and not name.startswith("re:"):
                parts = order_of(name.removesuffix(".weight"))
                template = "{}".join(map(str, parts[::2]))
                found.setdefault(template, []).append(tuple(int(part) for part in parts[1::2]))
    return found


def strings(section: Any) -> Iterator[str]:
    """The strings in a section's lists, and the keys of what it says of single modules."""
    for key, value in section.items() if isinstance(section, Mapping) else ():
        if isinstance(value, Mapping):
            yield str(key)
        elif isinstance(value, list):
            yield from (item for item in value if isinstance(item, str))
