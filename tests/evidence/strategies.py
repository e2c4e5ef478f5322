"""Generated checkpoints: tensor lists as they are named in the wild, and worse."""

from __future__ import annotations

from hypothesis import strategies as st

from moeaudit.evidence.dtypes import DTYPE_BITS
from moeaudit.evidence.tables import Tensor

WORDS = st.sampled_from(
    [
        "model",
        "layers",
        "experts",
        "w1",
        "conv1d",
        "expert_3",
        "block_10",
        "0",
        "7",
        "12",
        "007",
        "a{}b",
        "{",
        "x}}",
        "weight",
        "1_2",
        "",
        "é",
        "99999999999",
    ]
)
NAMES = st.lists(WORDS, min_size=1, max_size=5).map(".".join)
NUMBERED = st.builds(
    "model.layers.{}.mlp.experts.{}.w{}.weight".format, st.integers(0, 12), st.integers(0, 9), st.integers(1, 3)
)
SHARDS = st.none() | st.integers(1, 4).map("model-{:05d}-of-00004.safetensors".format)
BYTES = st.sampled_from([dtype for dtype, bits in DTYPE_BITS.items() if bits >= 8])
SHAPES = st.lists(st.integers(0, 40), max_size=3).map(tuple)


def tensors(shards: st.SearchStrategy[str | None] = SHARDS) -> st.SearchStrategy[list[Tensor]]:
    """A checkpoint: no name twice; types and shapes known."""
    return st.lists(st.builds(Tensor, NAMES | NUMBERED, BYTES, SHAPES, shards), max_size=60, unique_by=lambda t: t.name)
