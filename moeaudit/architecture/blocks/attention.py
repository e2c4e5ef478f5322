"""Softmax attention: multi-head, grouped-query and multi-head latent."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.architecture.blocks.base import Block, Names
from moeaudit.architecture.blocks.cache import CacheKind, CacheNeed, TokenCache
from moeaudit.architecture.weights import Sharding, Weight
from moeaudit.later import dataclass
from moeaudit.vocabulary import Component

ATTENTION = Component.ATTENTION


def visible(context: int, window: int | None) -> int:
    """Tokens that one token attends to: all of the context, or the window."""
    return context if window is None else min(context, window)


@dataclass(frozen=True)
class Attention(Block):
    """MHA, GQA or MQA: q, k, v, o over `heads` query heads and `kv_heads` key-value heads.

    `qk_norm`: "none", "head" (one scale of head_dim shared by all heads) or "full" (one scale over all heads'
    features).
    `gate`: output gate "none", "head" (one value per head) or "full" (one per feature); stored as `gate_proj`, or
    doubled
    into the query projection where `gate_in_query`. `shared_values`: values are the keys, nothing stored for them.
    `cross`: attends to an encoder, so its cache does not grow. `fused`: queries, keys and values stored as one
    `qkv_proj`.
    """

    hidden: int
    heads: int
    kv_heads: int
    head_dim: int
    value_head_dim: int | None = None
    query_bias: bool = False
    key_bias: bool = False
    value_bias: bool = False
    output_bias: bool = False
    qk_norm: str = "none"
    sinks: bool = False
    gate: str = "none"
    gate_in_query: bool = False
    shared_values: bool = False
    window: int | None = None
    chunked: bool = False
    cross: bool = False
    names: Names = ()
    fused: bool = False
    selected: int | None = None  # attends only to that many of the cached tokens, chosen by an indexer
    reuses_keys: bool = False  # another layer's keys and values are attended to: nothing stored or cached for them

    @property
    def value_dim(self) -> int:
        return self.head_dim if self.value_head_dim is None else self.value_head_dim

    def weights(self) -> Iterator[Weight]:
        word = dict(self.names)
        query = self.heads * self.head_dim
        gate_in_query = (
            {"none": 0, "head": self.heads, "full": self.heads * self.value_dim}[self.gate] if self.gate_in_query else 0
        )
        rows = [("q_proj", query + gate_in_query, self.query_bias, Sharding.COLUMN)]
        if not self.reuses_keys:
            rows.append(("k_proj", self.kv_heads * self.head_dim, self.key_bias, Sharding.KV_HEADS))
        if not (self.shared_values or self.reuses_keys):
            rows.append(("v_proj", self.kv_heads * self.value_dim, self.value_bias, Sharding.KV_HEADS))
        if self.fused:
            rows = [("qkv_proj", sum(outputs for _, outputs, _, _ in rows), self.query_bias, Sharding.COLUMN)]
        if self.gate != "none" and not self.gate_in_query:
            rows.append(
                (
                    "gate_proj",
                    self.heads if self.gate == "head" else self.heads * self.value_dim,
                    False,
                    Sharding.COLUMN,
                )
            )
        for name, outputs, bias, sharding in rows:
            pieces = self.kv_heads if sharding is Sharding.KV_HEADS else None
            yield Weight(
                f"{word.get(name, name)}.weight",
                (outputs, self.hidden),
                ATTENTION,
                linear=True,
                sharding=sharding,
                pieces=pieces,
            )
            if bias:
                yield Weight(f"{word.get(name, name)}.bias", (outputs,), ATTENTION, sharding=sharding, pieces=pieces)
        output = word.get("o_proj", "o_proj")
        yield Weight(
            f"{output}.weight",
            (self.hidden, self.heads * self.value_dim),
            ATTENTION,
            linear=True,
            sharding=Sharding.ROW,
        )
        if self.output_bias:
            yield Weight(f"{output}.bias", (self.hidden,), ATTENTION)
        if self.qk_norm != "none":
            whole = self.qk_norm == "full"
            yield Weight(f"{word.get('q_norm', 'q_norm')}.weight", (query if whole else self.head_dim,), ATTENTION)
            if not self.reuses_keys:
                yield Weight(
                    f"{word.get('k_norm', 'k_norm')}.weight",
                    (self.kv_heads * self.head_dim if whole else self.head_dim,),
                    ATTENTION,
                )
        if self.sinks:
            yield Weight(word.get("sinks", "sinks"), (self.heads,), ATTENTION, sharding=Sharding.COLUMN)

    def mixing_flops(self, context: int, *, decode: bool) -> int:
        """Scores 2 · heads · head_dim and values 2 · heads · value_dim, for each visible token."""
        return 2 * self.heads * (self.head_dim + self.value_dim) * visible(visible(context, self.window), self.selected)

    def caches(self) -> Iterator[CacheNeed]:
        if not (self.cross or self.reuses_keys):
            width = self.head_dim + self.value_dim
            yield TokenCache(CacheKind.HEADS, width, self.kv_heads, self.window, self.chunked, selected=self.selected)

    def describe(self) -> str:
        kind = "MHA" if self.heads == self.kv_heads else "MQA" if self.kv_heads == 1 else "GQA"
        window = f", {'chunks' if self.chunked else 'window'} {self.window}" if self.window else ""
        return f"{kind} {self.heads}/{self.kv_heads} × {self.head_dim}{window}"


@dataclass(frozen=True)
class LatentAttention(Block):
    """Multi-head latent attention (DeepSeek-V2, arXiv:2405.04434, section 2.1).

    Queries come straight from `q_proj`, or through a low-rank pair where `q_lora_rank` is given. Keys and values come
    from
    one latent of `kv_lora_rank` plus one rotary key of `qk_rope_head_dim` shared by all heads; that pair is all that
    is cached.
    `gate`: output gate as in `Attention`. `selected`: attends only to that many of the cached tokens, chosen by an
    indexer.
    `reuses_latent`: another layer's latent is attended to, so neither is its projection stored nor anything cached.
    `gate_in_query`: queries and a gate of value width come out of one `q_b_proj`, which reads `query_reads` query
    latents. `norm_dtype`: where releases store the latents' norms in another than the model's.
    """

    hidden: int
    heads: int
    kv_lora_rank: int
    qk_nope_head_dim: int
    qk_rope_head_dim: int
    v_head_dim: int
    q_lora_rank: int | None = None
    bias: bool = False  # on the down projections and the output (attention_bias)
    output_bias: bool | None = None
    gate: str = "none"
    window: int | None = None
    names: Names = ()
    selected: int | None = None
    reuses_latent: bool = False
    gate_in_query: bool = False
    query_reads: int = 1
    norm_dtype: str | None = None

    @property
    def qk_head_dim(self) -> int:
        return self.qk_nope_head_dim + self.qk_rope_head_dim

    def weights(self) -> Iterator[Weight]:
        word = dict(self.names)

        def linear(name: str, outputs: int, inputs: int, sharding: Sharding, bias: bool = False) -> Iterator[Weight]:
            name = word.get(name, name)
            yield Weight(f"{name}.weight", (outputs, inputs), ATTENTION, linear=True, sharding=sharding)
            if bias:
                yield Weight(f"{name}.bias", (outputs,), ATTENTION)

        def norm(name: str, size: int) -> Weight:
            return Weight(f"{word.get(name, name)}.weight", (size,), ATTENTION, dtype=self.norm_dtype)

        query = self.heads * self.qk_head_dim
        if self.q_lora_rank is None:
            yield from linear("q_proj", query, self.hidden, Sharding.COLUMN)
        else:
            yield from linear("q_a_proj", self.q_lora_rank, self.hidden, Sharding.REPLICATED, self.bias)
            yield norm("q_a_layernorm", self.q_lora_rank)
            gated = query + self.heads * self.v_head_dim if self.gate_in_query else query
            yield from linear("q_b_proj", gated, self.query_reads * self.q_lora_rank, Sharding.COLUMN)
        if not self.reuses_latent:
            yield from linear(
                "kv_a_proj_with_mqa",
                self.kv_lora_rank + self.qk_rope_head_dim,
                self.hidden,
                Sharding.REPLICATED,
                self.bias,
            )
            yield norm("kv_a_layernorm", self.kv_lora_rank)
        yield from linear(
            "kv_b_proj", self.heads * (self.qk_nope_head_dim + self.v_head_dim), self.kv_lora_rank, Sharding.COLUMN
        )
        if self.gate != "none":
            yield from linear(
                "gate_proj",
                self.heads if self.gate == "head" else self.heads * self.v_head_dim,
                self.hidden,
                Sharding.COLUMN,
            )
        output_bias = self.bias if self.output_bias is None else self.output_bias
        yield from linear("o_proj", self.hidden, self.heads * self.v_head_dim, Sharding.ROW, output_bias)

    def mixing_flops(self, context: int, *, decode: bool) -> int:
        """Prefill expands the latent to heads; decode absorbs the up-projection and scores against the latent itself.
        So does prefill over selected tokens, which differ from token to token (DeepSeek-V3.2, arXiv:2512.02556,
        section 2.1)."""
        seen = visible(visible(context, self.window), self.selected)
        if decode or self.selected is not None:
            return 2 * self.heads * (2 * self.kv_lora_rank + self.qk_rope_head_dim) * seen
        return 2 * self.heads * (self.qk_head_dim + self.v_head_dim) * seen

    def caches(self) -> Iterator[CacheNeed]:
        if not self.reuses_latent:
            rotary = self.qk_rope_head_dim
            width = self.kv_lora_rank + rotary
            yield TokenCache(CacheKind.LATENT, width, window=self.window, rotary=rotary, selected=self.selected)

    def describe(self) -> str:
        query = f", q_lora {self.q_lora_rank}" if self.q_lora_rank else ""
        return f"MLA {self.heads} heads, kv_lora {self.kv_lora_rank}+{self.qk_rope_head_dim}{query}"
