"""What a request keeps on a device: per token, per request, and what an engine makes of a budget.

Formulas by attention kind:
- heads (MHA, GQA, MQA): keys and values of max(1, ⌈heads / tp⌉) heads; with more ranks than heads, heads are
  replicated.
- latent (MLA): one vector for all heads. It is not divided by tensor parallelism, only by decode-context parallelism.
- packed forms and an indexer's keys: `forms.py`.
- windows: at most window − 1 + the tokens of one step, in whole blocks, one block more for a sliding window.
- recurrent states: fixed per request, split by head, times the slots an engine keeps per request. In 32 bits, or in
  the model's precision where neither config nor command says and the engine does so (vLLM 0.33.0,
  model_executor/layers/mamba/mamba_utils.py; SGLang 0.5.23, configs/mamba_utils.py).
- looped layers: every pass has keys, values and states of its own (transformers 5.24, Inkling2LoopTextModel.forward).
Only the layers of a pipeline stage are on its devices, so a stage's cache is divided by the number of stages.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cached_property

from moeaudit.architecture.blocks import SequenceState, TokenCache
from moeaudit.architecture.blocks.cache import CacheKind, CacheNeed
from moeaudit.architecture.model import Architecture, Stack
from moeaudit.costs.forms import PACKED, per_token
from moeaudit.costs.layout import Layout, stages
from moeaudit.costs.pools.rules import Pools
from moeaudit.later import dataclass
from moeaudit.vocabulary import Part


@dataclass(frozen=True)
class CacheRules:
    """What an engine decides: cache dtype, block size, whether windows free blocks, tokens per step, slots per
    recurrent state.

    `indexer_dtype`: "fp8" (with scales) or "bf16". `sequences`: requests that may run at once. `fixed_states`: states
    that the engine makes room for whatever fits, 0: as the pools' ratio says. `workspace`: bytes beside each token of
    the cache that attention's kernels work in. `state_dtype`: of recurrent states, where it is set.
    """

    dtype: str = "bf16"
    block: int = 16
    hybrid: bool = True
    step_tokens: int = 8192
    state_slots: int = 1
    indexer_dtype: str = "fp8"
    pools: Pools = Pools()
    sequences: int = 256
    fixed_states: int = 0
    workspace: int = 0
    state_dtype: str = ""


def entry_bytes(need: TokenCache, layout: Layout, rules: CacheRules) -> float:
    """Bytes per token and layer on one device."""
    heads = max(1, -(-need.heads // layout.tp))
    return per_token(need, rules.dtype, indexer=rules.indexer_dtype, heads=heads) / need.stride / layout.dcp


def state_bytes(need: SequenceState, layout: Layout, rules: CacheRules) -> int:
    """Bytes per request and layer on one device: the recurrent state in what is set, in what the config states, or in
    what the engine chooses; the convolution window in bf16."""
    words = (rules.state_dtype if not need.window else "float32", need.dtype, rules.pools.state_dtype)
    size = STATE_BYTES.get(next(word for word in words if word), 4)
    return -(-(size * need.recurrent + 2 * need.convolution) // min(layout.tp, max(need.heads, 1)))


STATE_BYTES = {"float32": 4, "bfloat16": 2, "float16": 2, "fp32": 4, "bf16": 2, "fp16": 2}
"""By a config's words and by those of settings."""


Needs = tuple[tuple[CacheNeed, int], ...]
"""Each need of a stage's layers with the number of layers that have it."""


@dataclass(frozen=True)
class StageCache:
    """What the layers of one stage keep under a layout, by an engine's rules."""

    needs: Needs
    layout: Layout
    rules: CacheRules

    @property
    def entries(self) -> list[tuple[TokenCache, int]]:
        return [(need, layers) for need, layers in self.needs if isinstance(need, TokenCache)]

    @cached_property
    def kinds(self) -> tuple[tuple[CacheNeed, int], ...]:
        """The needs as an allocator sees them: what a token reads of them makes no difference."""
        found: Counter[CacheNeed] = Counter()
        for need, layers in self.needs:
            plain = not isinstance(need, TokenCache) or need.selected is None
            found[need if plain else _unselected(need)] += layers
        return tuple(found.items())

    @property
    def states(self) -> list[tuple[SequenceState, int]]:
        return [(need, layers) for need, layers in self.needs if isinstance(need, SequenceState)]

    def grows(self, need: TokenCache) -> bool:
        """Whether the engine keeps every token of it."""
        return need.window is None or not (self.rules.hybrid and self.rules.pools.windows)

    @property
    def per_token(self) -> float:
        """Bytes that one more token adds on a device, windows full."""
        return sum(
            layers * entry_bytes(need, self.layout, self.rules) for need, layers in self.entries if self.grows(need)
        )

    @property
    def per_token_unwindowed(self) -> float:
        """Bytes that one token takes before any window is full: every layer keeps it."""
        return sum(layers * entry_bytes(need, self.layout, self.rules) for need, layers in self.entries)

    def marginal(self, length: int) -> float:
        """Bytes that one more token adds to a request of that length: layers whose window is full add none."""
        return sum(
            layers * entry_bytes(need, self.layout, self.rules)
            for need, layers in self.entries
            if self.grows(need) or need.window is None or need.window >= length
        )

    @property
    def state(self) -> int:
        """Bytes per request whatever its length."""
        return (
            sum(layers * state_bytes(need, self.layout, self.rules) for need, layers in self.states)
            * self.rules.state_slots
        )

    def kept(self, need: TokenCache, length: int) -> int:
        """Tokens of a request of that length that stay allocated."""
        whole = blocks(length, self.rules.block) * self.rules.block
        if self.grows(need) or need.window is None:
            return whole
        reach = min(length, need.window - 1 + self.rules.step_tokens)
        return min(whole, (blocks(reach, self.rules.block) + (0 if need.chunked else 1)) * self.rules.block)

    def per_request(self, length: int) -> int:
        """Bytes that a request of `length` tokens takes on a device."""
        tokens = sum(
            layers * entry_bytes(need, self.layout, self.rules) * self.kept(need, length)
            for need, layers in self.entries
        )
        return int(tokens) + self.state

    def read(self, length: int) -> int:
        """Bytes that one more token reads of a request of `length` tokens: all that is kept, or what an indexer
        selects; each state once."""
        tokens = sum(
            layers * entry_bytes(need, self.layout, self.rules) * min(self.kept(need, length), need.selected or length)
            for need, layers in self.entries
        )
        return int(tokens) + self.state // self.rules.state_slots

    def requests(self, budget: int, length: int) -> int:
        """Whole requests of that length that a budget holds."""
        size = self.per_request(length)
        return max(budget, 0) // size if size else 0


def _unselected(need: CacheNeed) -> CacheNeed:
    return replace(need, selected=None) if isinstance(need, TokenCache) else need


def blocks(tokens: int, block: int) -> int:
    return -(-tokens // block)


def stage_needs(architecture: Architecture, pp: int, *, prediction: bool = False) -> tuple[Needs, ...]:
    """What the layers of each pipeline stage keep for a token. Prediction modules, where used, keep theirs on the last.
    An encoder beside a decoder keeps nothing: the keys and values of its output, which the decoder's cross-attention
    reads, are as many for a token of the input as the decoder's own for one of the output."""
    held = stages(sum(len(stack.layers) for stack in architecture.stacks()), pp)
    found: list[Counter[CacheNeed]] = [Counter() for _ in held]
    seen = 0
    for stack in architecture.stacks():
        for number, layers in enumerate(held if not stack.side else ()):
            _add(found[number], stack, {layer - seen for layer in layers})
        seen += len(stack.layers)
    if prediction:
        for stack in architecture.stacks(Part.MTP):
            _add(found[-1], stack, set(range(len(stack.layers))))
    return tuple(tuple(needs.items()) for needs in found)


def packed_as(architecture: Architecture, dtype: str) -> str:
    """The form that a cache dtype becomes: packed, for 8 bits where a sparse indexer selects from the latents; and
    whatever is asked where one vector is key and value, for engines keep those so unless told otherwise (vLLM 0.33.0,
    models/deepseek_v4/attention.py, _resolve_dsv4_kv_cache_dtype)."""
    kept = [need for layer, _ in architecture.layer_blocks() for need in layer.caches() if isinstance(need, TokenCache)]
    if dtype in ("fp8", "bf16") and any(need.shared for need in kept):
        return PACKED
    return PACKED if dtype == "fp8" and any(need.kind is CacheKind.INDEXER for need in kept) else dtype


def _add(found: Counter[CacheNeed], stack: Stack, places: set[int]) -> None:
    for layer, numbers in stack.groups:
        times = stack.executions(number for number in numbers if number - stack.first in places)
        if times:
            for need in layer.caches():
                found[need] += times
