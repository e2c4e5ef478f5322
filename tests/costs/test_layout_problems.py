"""Which layouts a model forbids, each rule at its boundary, and in which words."""

from __future__ import annotations

import pytest

from moeaudit.costs.layout import Divisors, Layout

GROUPED = Divisors(frozenset({64}), frozenset({8}), False, 128, 36)
LATENT = Divisors(frozenset({128}), frozenset(), True, 256, 61)
DENSE = Divisors(frozenset({64}), frozenset({8}), False, 0, 36)


@pytest.mark.parametrize(
    ("model", "layout", "problems"),
    [
        (LATENT, Layout(8, dcp=8), []),
        (LATENT, Layout(8, dcp=2), []),
        (LATENT, Layout(8, dcp=3), ["dcp 3 must divide the 8 ranks that hold the same cache"]),
        (LATENT, Layout(8, dcp=16), ["dcp 16 must divide the 8 ranks that hold the same cache"]),
        (LATENT, Layout(1, dcp=2), ["dcp 2 must divide the 1 ranks that hold the same cache"]),
        (GROUPED, Layout(8), []),
        (GROUPED, Layout(8, dcp=2), ["dcp 2 must divide the 1 ranks that hold the same cache"]),
        (GROUPED, Layout(4, dcp=2), ["dcp 2 must divide the 1 ranks that hold the same cache"]),
        (GROUPED, Layout(16, dcp=2), []),
        (GROUPED, Layout(32, dcp=4), []),
        (GROUPED, Layout(32, dcp=8), ["dcp 8 must divide the 4 ranks that hold the same cache"]),
        (GROUPED, Layout(64), []),
        (GROUPED, Layout(128), ["tp 128 does not divide the 64 attention heads"]),
        (Divisors(frozenset({96}), frozenset({8}), False, 128, 36), Layout(12),
         ["tp 12 neither divides the 8 key-value heads nor is a multiple of them"]),
        (GROUPED, Layout(pp=36), []),
        (GROUPED, Layout(pp=37), ["pp 37 is above the 36 layers"]),
        (GROUPED, Layout(8, dp=16, ep=True), []),
        (GROUPED, Layout(8, dp=17, ep=True), ["EP 136 (tp 8 × dp 17) is above the 128 experts of a layer"]),
        (GROUPED, Layout(8, dp=17, ep=True, redundant=8), []),
        (GROUPED, Layout(8, dp=17, ep=True, redundant=7),
         ["EP 136 (tp 8 × dp 17) is above the 128 experts of a layer"]),
        (GROUPED, Layout(8, redundant=1), ["redundant experts need expert parallelism"]),
        (DENSE, Layout(8), []),
        (DENSE, Layout(8, ep=True), ["expert parallelism is on, but the model has no routed experts"]),
        (DENSE, Layout(8, dp=2), ["dp 2 shares experts, and the model has none: use replicas"]),
        (DENSE, Layout(8, replicas=2), []),
    ],
)  # fmt: skip
def test_what_a_model_forbids(model: Divisors, layout: Layout, problems: list[str]) -> None:
    assert list(model.problems(layout)) == problems
