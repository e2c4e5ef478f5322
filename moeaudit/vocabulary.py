"""The closed lists of words that every room shares (design, sections 2 and 3)."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Component(StrEnum):
    """The one role a stored parameter has. The list is a partition of stored parameters."""

    EMBEDDING = "embedding"
    HEAD = "head"
    ATTENTION = "attention"
    INDEXER = "indexer"
    MIXER = "mixer"
    NORM = "norm"
    DENSE_FFN = "dense_ffn"
    ROUTER = "router"
    ROUTER_BIAS = "router_bias"
    ROUTED_EXPERTS = "routed_experts"
    SHARED_EXPERTS = "shared_experts"
    MTP = "mtp"
    VISION = "vision"
    AUDIO = "audio"
    PROJECTOR = "projector"
    TABLES = "tables"
    OTHER = "other"
    UNCLASSIFIED = "unclassified"


class Part(StrEnum):
    """The part of the model a weight belongs to. Everything outside `language` is reported under its part's own
    component."""

    LANGUAGE = "language"
    MTP = "mtp"
    VISION = "vision"
    AUDIO = "audio"
    PROJECTOR = "projector"


ENCODERS = (Part.VISION, Part.AUDIO, Part.PROJECTOR)
"""The parts beside a language model that bring pictures and sound to it."""


class Kind(StrEnum):
    """Whether a stored tensor is a parameter, and what else it is where it is not."""

    PARAMETER = "parameter"
    SCALE = "scales"
    BUFFER = "buffers"
    INTEGER_TABLE = "integer_tables"


class Basis(StrEnum):
    """What a count rests on, best first. A sum has the weakest basis of its lines."""

    READ = "read"
    MATCHED = "matched"
    PREDICTED = "predicted"
    ASSUMED = "assumed"


BASIS_TEXT: dict[Basis, str] = {
    Basis.READ: "Type and shape were read from the weight files' headers, the packing undone.",
    Basis.MATCHED: "The name was seen in the weight index, the shape is the config's, and the bytes of the whole "
    "account for it.",
    Basis.PREDICTED: "From config.json alone: no weights were read, or what was read does not confirm it.",
    Basis.ASSUMED: "A default that nobody stated, a storage format that is not understood, or a name that is not "
    "known.",
}

_STRENGTH = {basis: place for place, basis in enumerate(Basis)}


def weakest(bases: Iterable[Basis]) -> Basis:
    """The weakest of these; `read` where there is none."""
    return max(bases, key=_STRENGTH.__getitem__, default=Basis.READ)


COMPONENT_TEXT: dict[Component, str] = {
    Component.EMBEDDING: "Token and learned-position input tables.",
    Component.HEAD: "The output projection. Tied: nothing stored, the input table is used again.",
    Component.ATTENTION: "Softmax attention whole: projections, q/k norms, sinks, output gates, low-rank parts of "
    "latent attention.",
    Component.INDEXER: "Sparse-attention indexers and key-value compressors.",
    Component.MIXER: "Token mixers that are not softmax attention: linear attention, Mamba, DeltaNet, short "
    "convolution.",
    Component.NORM: "Norms outside attention and mixers.",
    Component.DENSE_FFN: "Dense feed-forward layers.",
    Component.ROUTER: "Gate weights that score experts, and their linear bias.",
    Component.ROUTER_BIAS: "Correction-bias buffers that balance the load (e_score_correction_bias and kin).",
    Component.ROUTED_EXPERTS: "Experts that a router chooses from.",
    Component.SHARED_EXPERTS: "Experts that every token uses, with their gate.",
    Component.MTP: "Multi-token prediction modules, as stored; their copies of embedding and head are marked "
    "duplicate.",
    Component.VISION: "Vision encoders.",
    Component.AUDIO: "Audio encoders, speech generators and codecs.",
    Component.PROJECTOR: "What joins an encoder to the language model.",
    Component.TABLES: "N-gram, per-layer and other look-up embeddings.",
    Component.OTHER: "Named odds and ends: hyper-connections, latent projections, residual scales.",
    Component.UNCLASSIFIED: "Seen in the weights, not understood.",
}
