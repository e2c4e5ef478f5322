"""Which modules a config's patterns name."""

from __future__ import annotations

import pytest

from moeaudit.ledger.packing.patterns import Matcher

NAMED = [
    ("lm_head", "lm_head", True),
    ("lm_head", "language_model.lm_head", True),
    ("mlp.gate", "model.layers.0.mlp.gate", True),
    ("mlp.gate", "model.layers.0.mlp.gate_proj", False),
    ("model.layers.1", "model.layers.1.self_attn.q_proj", True),
    ("model.layers.1", "model.layers.11.self_attn.q_proj", False),
    ("gate", "model.layers.0.block_sparse_moe.gate", True),
    ("model.layers.*.self_attn", "model.layers.12.self_attn.q_proj", True),
    ("model.layers.61*", "model.layers.61.mlp.experts.3.up_proj", True),
    ("model.layers.61*", "model.layers.6.mlp.experts.3.up_proj", False),
    ("*.attn.*", "layers.3.attn.wkv", True),
    ("mtp.*", "layers.3.attn.wkv", False),
    ("re:.*self_attn.*", "model.layers.0.self_attn.q_proj", True),
    (r"re:.*mlp\.(gate|up|gate_up|down)_proj.*", "model.layers.0.mlp.up_proj", True),
    (r"re:.*mlp\.(gate|up|gate_up|down)_proj.*", "model.layers.1.mlp.experts.0.up_proj", False),
]
"""(pattern, module, named): the first lines as transformers' `should_convert_module` decides, globs as modelopt's,
`re:` as compressed-tensors' `match_name`."""


@pytest.mark.parametrize(("pattern", "module", "named"), NAMED)
def test_named(pattern: str, module: str, named: bool) -> None:
    assert Matcher.of([pattern]).matches(module) is named


@pytest.mark.parametrize(
    "pattern", ["re:(a+)+$", "re:[", r"re:(.*)\1", "re:" + ".*" * 9 + "x", "x" * 9999, "", 5, None]
)
def test_refused(pattern: object) -> None:
    """Broken patterns, and those that could take long, name nothing."""
    matcher = Matcher.of([pattern])
    assert len(matcher.refused) == 1
    assert not matcher


def test_matching_ends() -> None:
    """However often the parts repeat: a pattern that backtracks would not come back."""
    matcher = Matcher.of(["re:" + ".*a" * 3 + "$", "*a" * 200])
    assert not matcher.matches("a" * 100 + "b")


@pytest.mark.parametrize(("pattern", "word", "apart"), [
    ("model.layers.0.mlp.gate", "layers", True),
    (r"re:model\.layers\.[0-3]\..*", "layers", True),
    ("model.layers.0.mlp.gate", "experts", False),
    ("model.layers.1.mlp.experts.7", "experts", True),
    ("lm_head", "layers", False),
    (r"re:.*mlp\.(gate|up)_proj.*", "layers", False),
    ("*.5.mlp", "layers", True),
])  # fmt: skip
def test_numbers_told_apart(pattern: str, word: str, apart: bool) -> None:
    assert Matcher.of([pattern]).tells_apart(word) is apart
