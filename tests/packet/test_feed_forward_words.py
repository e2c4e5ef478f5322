"""A layer's feed-forward in words: experts with their width, shared ones, or one dense of a width."""

from __future__ import annotations

import pytest

from moeaudit.architecture.blocks import Block, Experts, FeedForward, Router, SharedExperts, moe
from moeaudit.reports.packet.parts.architecture import feed_forward

ROUTED = moe(Router(16, 8, 2), Experts(16, 1024, 8, 2), None)
BOTH = moe(Router(16, 8, 2), Experts(16, 1024, 8, 2), SharedExperts(16, 2048, 2))


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        (FeedForward(16, 4096), "dense × 4,096"),
        (ROUTED, "2 of 8 experts × 1,024"),
        (BOTH, "2 of 8 experts × 1,024, 2 shared × 1,024"),
    ],
)
def test_sizes_in_words(layer: Block, words: str) -> None:
    assert feed_forward(layer)[1] == words
