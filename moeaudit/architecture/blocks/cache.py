"""What a block keeps between tokens."""

from __future__ import annotations

from enum import StrEnum

from moeaudit.later import dataclass


class CacheKind(StrEnum):
    HEADS = "heads"  # keys and values per head: splits over tensor parallelism, at least one head a rank
    LATENT = "latent"  # one compressed vector for all heads: never splits over tensor parallelism
    INDEXER = "indexer"  # keys of a sparse indexer: never splits


@dataclass(frozen=True)
class TokenCache:
    """Grows by one entry per token and layer.

    `width`: elements per token and head (keys and values together); `heads`: entries per token (1 for a latent).
    `window`: tokens kept per sequence (None: all of them); `chunked`: the window starts anew at multiples of itself.
    `stride`: one entry per that many tokens (KV compressors). `rotary`: the elements of `width` that packed forms
    keep unquantised.
    `selected`: entries that one token reads, chosen by an indexer (None: all of them). `shared`: one vector is key and
    value at once, its rotary part inside it (DeepSeek-V4).
    """

    kind: CacheKind
    width: int
    heads: int = 1
    window: int | None = None
    chunked: bool = False
    stride: int = 1
    rotary: int = 0
    selected: int | None = None
    shared: bool = False

    @property
    def elements(self) -> int:
        """Elements per token and layer on one device that holds everything (stride 1)."""
        return self.width * self.heads


@dataclass(frozen=True)
class SequenceState:
    """Fixed per sequence and layer, whatever its length (linear attention, Mamba, short convolutions).

    `recurrent`: elements of the recurrent state; `convolution`: elements of the convolution window, kept in the model's
    precision. Both split over tensor parallelism by head, as far as there are heads. `window`: it is kept token by
    token, for so many of the last (compressors); 0: as one piece. `dtype`: of the recurrent state, where the config
    states it or kernels know no other; empty: the engine's choice.
    """

    recurrent: int = 0
    convolution: int = 0
    heads: int = 1
    window: int = 0
    dtype: str = ""


CacheNeed = TokenCache | SequenceState
