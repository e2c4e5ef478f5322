"""What a layer is called by what it stores and keeps, and how equal layers are put together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from moeaudit.architecture.blocks import SequenceState, TokenCache
from moeaudit.architecture.blocks.base import Block, Module, Tensor
from moeaudit.architecture.blocks.cache import CacheKind, CacheNeed
from moeaudit.later import dataclass
from moeaudit.reports.packet.model import LayerRun
from moeaudit.reports.packet.parts.architecture import feed_forward, layer_kinds, listed, merged, mixer
from moeaudit.reports.packet.views import letters, strip
from moeaudit.vocabulary import Component


@dataclass(frozen=True)
class Keeps(Block):
    """A block that keeps one thing between tokens."""

    need: CacheNeed

    def caches(self) -> Iterator[CacheNeed]:
        yield self.need


def layer(stored: tuple[Component, ...], *needs: CacheNeed) -> Module:
    tensors = [(f"t{number}", Tensor("w", (2,), component)) for number, component in enumerate(stored)]
    return Module((*tensors, *((f"k{number}", Keeps(need)) for number, need in enumerate(needs))))


A, X, M = Component.ATTENTION, Component.INDEXER, Component.MIXER
HEADS, WINDOW = TokenCache(CacheKind.HEADS, 8), TokenCache(CacheKind.HEADS, 8, window=4)
LATENT, KEYS = TokenCache(CacheKind.LATENT, 8), TokenCache(CacheKind.INDEXER, 8)
RECURRENT, CONVOLUTION = SequenceState(recurrent=8, convolution=2), SequenceState(convolution=2)


@pytest.mark.parametrize(
    ("stored", "needs", "kind"),
    [
        ((M,), (RECURRENT,), "recurrent"),
        ((M,), (CONVOLUTION,), "convolution"),
        ((M,), (CONVOLUTION, RECURRENT), "recurrent"),
        ((M,), (), "convolution"),
        ((M, A), (RECURRENT, HEADS), "recurrent+attention"),
        ((M, A), (CONVOLUTION, HEADS), "convolution+attention"),
        ((A, X), (LATENT, KEYS), "sparse"),
        ((A,), (LATENT,), "latent"),
        ((A,), (HEADS, LATENT), "latent"),
        ((A,), (WINDOW,), "window"),
        ((A,), (WINDOW, WINDOW), "window"),
        ((A,), (WINDOW, HEADS), "attention"),
        ((A,), (HEADS,), "attention"),
        ((A,), (), "attention"),
        ((Component.NORM,), (), "none"),
        ((Component.NORM,), (WINDOW,), "window"),
    ],
)
def test_what_mixes_tokens(stored: tuple[Component, ...], needs: tuple[CacheNeed, ...], kind: str) -> None:
    assert mixer(layer(stored, *needs))[0] == kind


ROUTED, SHARED, DENSE = Component.ROUTED_EXPERTS, Component.SHARED_EXPERTS, Component.DENSE_FFN


@pytest.mark.parametrize(
    ("stored", "kind"),
    [
        ((ROUTED,), "moe"), ((ROUTED, SHARED), "moe+shared"), ((ROUTED, DENSE), "moe+dense"),
        ((ROUTED, SHARED, DENSE), "moe+shared+dense"), ((DENSE,), "dense"), ((SHARED,), "dense"),
        ((SHARED, DENSE), "dense"), ((), "none"), ((A,), "none"),
    ],
)  # fmt: skip
def test_what_kind_of_feed_forward(stored: tuple[Component, ...], kind: str) -> None:
    assert feed_forward(layer(stored)) == (kind, "")


def run(number: int, **more: object) -> LayerRun:
    plain = LayerRun("language", "model.layers.{}", number, number, "attention", "", "moe", "", 8, 2, 100, 30)
    return replace(plain, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("layers", "spans"),
    [
        ([], []),
        ([run(0)], [(0, 0)]),
        ([run(0), run(1), run(2)], [(0, 2)]),
        ([run(0), run(1, ffn_kind="dense"), run(2)], [(0, 0), (1, 1), (2, 2)]),
        ([run(0), run(1), run(2, parameters=101), run(3, parameters=101)], [(0, 1), (2, 3)]),
        ([run(0), run(1, part="mtp")], [(0, 0), (1, 1)]),
    ],
)
def test_equal_neighbours_are_one_run(layers: list[LayerRun], spans: list[tuple[int, int]]) -> None:
    assert [(one.first, one.last) for one in merged(layers)] == spans


def test_kinds_gather_what_is_alike_wherever_it_stands() -> None:
    runs = [run(0, last=2), run(3, mixer_kind="window"), run(4, last=5), run(6, mixer_kind="window")]
    found = [
        (kind.like.mixer_kind, kind.like.first, kind.like.last, kind.numbers, kind.count) for kind in layer_kinds(runs)
    ]
    assert found == [("attention", 0, 5, "0-2,4-5", 5), ("window", 3, 6, "3-6/3", 2)]  # every third


@pytest.mark.parametrize(("count", "words"), [(8, "8"), (1024, "1,024"), ((8, 1024), "8, 1,024"), ((), "not known")])
def test_numbers_of_layers_that_differ(count: int | tuple[int, ...], words: str) -> None:
    assert listed(count) == words


def test_a_strip_has_64_letters_a_line() -> None:
    """The language model's layers alone: 66 of them are two lines."""
    runs = [run(0, last=63), run(64, last=65, mixer_kind="latent", ffn_kind="dense"), run(66, part="mtp")]
    assert strip(runs) == [(0, "A" * 64, "M" * 64), (64, "LL", "DD")]
    assert letters(runs) == [
        ("A", "mixers", "attention"), ("L", "mixers", "latent"), ("M", "ffns", "moe"), ("D", "ffns", "dense")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "letter"),
    [
        ("attention", "A"), ("window", "W"), ("latent", "L"), ("sparse", "S"), ("recurrent", "R"),
        ("convolution", "C"), ("recurrent+attention", "B"), ("convolution+attention", "B"), ("none", "."),
        ("a new one", "?"),
    ],
)  # fmt: skip
def test_letters_of_mixers(kind: str, letter: str) -> None:
    assert strip([run(0, mixer_kind=kind)]) == [(0, letter, "M")]


@pytest.mark.parametrize(
    ("kind", "letter"), [("moe", "M"), ("moe+shared", "M"), ("moe+dense", "M"), ("dense", "D"), ("none", ".")]
)
def test_letters_of_feed_forwards(kind: str, letter: str) -> None:
    assert strip([run(0, ffn_kind=kind)]) == [(0, "A", letter)]
