"""Selective state spaces: Mamba (arXiv:2312.00752) and Mamba-2 (arXiv:2405.21060)."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.architecture.blocks.base import Block
from moeaudit.architecture.blocks.cache import CacheNeed, SequenceState
from moeaudit.architecture.weights import Sharding, Weight
from moeaudit.later import dataclass
from moeaudit.vocabulary import Component

MIXER = Component.MIXER


def linear(name: str, outputs: int, inputs: int, sharding: Sharding, bias: bool) -> Iterator[Weight]:
    yield Weight(f"{name}.weight", (outputs, inputs), MIXER, linear=True, sharding=sharding)
    if bias:
        yield Weight(
            f"{name}.bias", (outputs,), MIXER, sharding=sharding if sharding is Sharding.COLUMN else Sharding.REPLICATED
        )


def convolution(channels: int, kernel: int, bias: bool) -> Iterator[Weight]:
    """Depthwise: each token is multiplied by every element, like a linear weight."""
    yield Weight("conv1d.weight", (channels, 1, kernel), MIXER, linear=True, sharding=Sharding.COLUMN)
    if bias:
        yield Weight("conv1d.bias", (channels,), MIXER, sharding=Sharding.COLUMN)


@dataclass(frozen=True)
class Mamba(Block):
    """Mamba-1 with `inner` channels of `state` values each. `norms`: RMSNorms on Δ, B and C (Jamba,
    arXiv:2403.19887)."""

    hidden: int
    inner: int
    state: int
    kernel: int
    dt_rank: int
    conv_bias: bool = True
    bias: bool = False
    norms: bool = False

    def weights(self) -> Iterator[Weight]:
        yield from linear("in_proj", 2 * self.inner, self.hidden, Sharding.COLUMN, self.bias)
        yield from convolution(self.inner, self.kernel, self.conv_bias)
        yield from linear("x_proj", self.dt_rank + 2 * self.state, self.inner, Sharding.ROW, False)
        yield from linear("dt_proj", self.inner, self.dt_rank, Sharding.COLUMN, True)
        yield Weight("A_log", (self.inner, self.state), MIXER, sharding=Sharding.COLUMN)
        yield Weight("D", (self.inner,), MIXER, sharding=Sharding.COLUMN)
        yield from linear("out_proj", self.hidden, self.inner, Sharding.ROW, self.bias)
        if self.norms:
            for name, size in (
                ("dt_layernorm", self.dt_rank),
                ("b_layernorm", self.state),
                ("c_layernorm", self.state),
            ):
                yield Weight(f"{name}.weight", (size,), MIXER)

    def mixing_flops(self, context: int, *, decode: bool) -> int:
        """The selective scan: 9 per state element (the count its authors give, state-spaces/mamba#110) and the skip,
        2 per channel."""
        return self.inner * (9 * self.state + 2)

    def caches(self) -> Iterator[CacheNeed]:
        yield SequenceState(self.inner * self.state, self.inner * (self.kernel - 1), self.inner)

    def describe(self) -> str:
        return f"Mamba {self.inner} channels × state {self.state}, conv {self.kernel}"


@dataclass(frozen=True)
class Mamba2(Block):
    """Mamba-2: `heads` of `head_dim` channels, `state` values per channel, B and C shared within each of `groups`.

    `chunk`: tokens per block of the prefill algorithm. `scalars`: what stands before the names of `A_log`, `D` and
    `dt_bias`. `state_dtype`: of the recurrent state, where the config states it.
    """

    hidden: int
    heads: int
    head_dim: int
    state: int
    groups: int
    kernel: int
    conv_bias: bool = True
    bias: bool = False
    chunk: int = 256
    scalars: str = ""
    state_dtype: str = ""

    @property
    def inner(self) -> int:
        return self.heads * self.head_dim

    @property
    def convolved(self) -> int:
        """Channels of the convolution: x, B and C."""
        return self.inner + 2 * self.groups * self.state

    def weights(self) -> Iterator[Weight]:
        yield from linear("in_proj", self.inner + self.convolved + self.heads, self.hidden, Sharding.COLUMN, self.bias)
        yield from convolution(self.convolved, self.kernel, self.conv_bias)
        for name in ("dt_bias", "A_log", "D"):
            yield Weight(f"{self.scalars}{name}", (self.heads,), MIXER, sharding=Sharding.COLUMN)
        yield Weight("norm.weight", (self.inner,), MIXER, sharding=Sharding.COLUMN)
        yield from linear("out_proj", self.hidden, self.inner, Sharding.ROW, self.bias)

    def mixing_flops(self, context: int, *, decode: bool) -> int:
        """Decode: decay (1), write (2), read (2) per state element. Prefill in chunks of C (arXiv:2405.21060, section
        6): two products with the state, C·B once per group and its product with x inside the chunk. The skip adds 2
        per channel."""
        skip = 2 * self.inner
        if decode:
            return 5 * self.inner * self.state + skip
        return (
            4 * self.inner * self.state + 2 * min(self.chunk, context) * (self.groups * self.state + self.inner) + skip
        )

    def caches(self) -> Iterator[CacheNeed]:
        convolution = self.convolved * (self.kernel - 1)
        yield SequenceState(self.inner * self.state, convolution, self.heads, dtype=self.state_dtype)

    def describe(self) -> str:
        return f"Mamba-2 {self.heads} × {self.head_dim}, state {self.state}, {self.groups} groups, conv {self.kernel}"
