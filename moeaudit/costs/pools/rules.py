"""How an engine of a version keeps caches, as read from data/engines/."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moeaudit.later import dataclass


@dataclass(frozen=True)
class Pools:
    """`kind`: "unified", blocks of one size that all layers draw on (vLLM); "shared", the budget is divided among full
    layers, windows and states by fixed ratios (SGLang); "together", as much of each as requests need.

    Of unified pools: `near`: where the largest group is less than so many times the smallest, groups take the larger
    size and pad. `windows`: whether windows free what they have passed. `align`: a block that states enlarge is a
    multiple of so many tokens, by the kind of cache beside them. `flight`: steps whose tokens a window keeps beside
    itself. `counts`: what the log's tokens are, "capacity" (requests × length) or "blocks" (blocks over groups).
    `sums`: a request's blocks are added up group by group; otherwise its bytes are divided by the first group's.
    `packed`: groups of layers of several page sizes share a block as wide as the widest of them.
    `strided`: tokens of a block where layers keep one entry for several of them; `shared_window`: of a window of
    vectors that are key and value at once; `states`: of a compressor's window, by its length; `entry_align`: bytes
    that pages of packed entries are rounded up to.

    `state_dtype`: of recurrent states, where neither config nor command says.

    Of shared ones: `window_ratio`: tokens of the windows' pool over those of full layers, `entry_ratio` where entries
    stand for several tokens; `state_ratio`: bytes of the states' pool over those of the rest; `entry_page`: tokens of a
    page of packed entries; `running`: requests that rings are made for where nobody says how many may run.
    """

    kind: str = "unified"
    near: float = 1.5
    windows: bool = True
    align: Mapping[str, int] | None = None
    flight: int = 2
    counts: str = "capacity"
    sums: bool = True
    packed: bool = True
    strided: int = 256
    shared_window: int = 64
    states: Mapping[int, int] | None = None
    entry_align: int = 576
    window_ratio: float = 0.8
    entry_ratio: float = 0.1
    state_ratio: float = 0.9
    entry_page: int = 256
    running: int = 2048
    state_dtype: str = "float32"

    @classmethod
    def read(cls, raw: Mapping[str, Any]) -> Pools:
        return cls(**{key: value for key, value in raw.items() if key != "range"})
