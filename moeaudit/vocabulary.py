"""The closed lists of words that every room shares (design, sections 2 and 3)."""

from __future__ import annotations

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
    """The part of the model a weight belongs to. Everything outside `language` is reported under its part's own component."""

    LANGUAGE = "language"
    MTP = "mtp"
    VISION = "vision"
    AUDIO = "audio"
    PROJECTOR = "projector"


class Kind(StrEnum):
    """Whether a stored tensor is a parameter, and what else it is where it is not."""

    PARAMETER = "parameter"
    SCALE = "scales"
    BUFFER = "buffers"
    INTEGER_TABLE = "integer_tables"
