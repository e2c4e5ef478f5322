"""Dense decoders of Llama's arrangement. They hold nothing MoE to audit, but their counts let them stand beside
sparse models."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from moeaudit.architecture.blocks import FeedForward, Norm
from moeaudit.architecture.config import Config, show
from moeaudit.architecture.families.common import decoder_layer, decoder_model, grouped_attention
from moeaudit.architecture.model import Architecture
from moeaudit.architecture.reading import layer_count
from moeaudit.errors import NothingToAudit, Place


def is_dense_config(data: Mapping[str, Any]) -> bool:
    """Whether no field, at any depth, names experts: no key speaks of experts or begins with `moe` and has a value
    that counts.

    A single expert, zero, false, null and an empty list do not count: dense siblings of sparse models write them.
    """
    return not any(names_experts(key, value) for key, value in fields(data))


def names_experts(key: str, value: object) -> bool:
    about_experts = "expert" in key or key.startswith("moe")
    counts = value if isinstance(value, list | str) else value not in (None, False, 0, 1)
    return about_experts and bool(counts) and not isinstance(value, Mapping)


def fields(data: Mapping[str, Any], depth: int = 0) -> list[tuple[str, object]]:
    """Every key with its value, nested sections included."""
    found: list[tuple[str, object]] = []
    for key, value in data.items():
        found.append((str(key), value))
        if isinstance(value, Mapping) and depth < 8:
            found += fields(value, depth + 1)
    return found


def experts_or_dense(c: Config, *names: str) -> None:
    """NothingToAudit where this field, under any of its names, is absent or zero, in a type that dense models share."""
    if not c.int(*names, default=0, least=0):
        from moeaudit.architecture.traces import trace_of_experts

        written = show(c.word("model_type"))
        said = f"model_type {written} without experts: dense, nothing MoE to audit"
        silent = all(c.data.get(name) is None for name in names)
        if silent and (trace := trace_of_experts(c.data)):
            said = f"model_type {written} without {names[0]}; whether it is sparse is not settled: {trace} speaks of it"
        raise NothingToAudit(said, place=Place(c.file, path=names[0]))


def llama(c: Config) -> Architecture:
    """Llama 2 and 3, and what copies them."""
    return dense(c, "Llama")


def mistral(c: Config) -> Architecture:
    """Mistral 7B, Nemo, Small: Llama with a window where `sliding_window` gives one."""
    return dense(c, "Mistral", bias=False, window=c.maybe_int("sliding_window"))


def qwen2(c: Config) -> Architecture:
    """Qwen2 and 2.5: biases on q, k and v alone."""
    return dense(c, "Qwen2", bias=True, output_bias=False, mlp_bias=False)


def qwen3(c: Config) -> Architecture:
    """Qwen3: q/k norms of one head, heads of 128."""
    return dense(c, "Qwen3", qk_norm="head", head_dim=128, mlp_bias=False)


def gemma(c: Config) -> Architecture:
    """Gemma: heads of 256, the head tied to the input table."""
    return dense(c, "Gemma", head_dim=256, mlp_bias=False, tied=True)


def dense(
    c: Config,
    family: str,
    *,
    bias: bool | None = None,
    output_bias: bool | None = None,
    mlp_bias: bool | None = None,
    window: int | None = None,
    qk_norm: str = "none",
    head_dim: int | None = None,
    tied: bool = False,
) -> Architecture:
    """A decoder of equal layers. Flags that are None are the config's to say; `tied` is the family's default."""
    hidden = c.int("hidden_size")
    attention = grouped_attention(
        c, head_dim=head_dim, window=window, bias=bias, output_bias=output_bias, qk_norm=qk_norm
    )
    mlp = FeedForward(
        hidden, c.int("intermediate_size"), bias=c.flag("mlp_bias", default=False) if mlp_bias is None else mlp_bias
    )
    layers = (decoder_layer(hidden, attention, mlp, norm=Norm(hidden)),) * layer_count(c)
    return decoder_model(c, family, layers, tied=c.flag("tie_word_embeddings", default=tied))


DENSE: dict[str, Callable[[Config], Architecture]] = {
    "llama": llama,
    "mistral": mistral,
    "qwen2": qwen2,
    "qwen3": qwen3,
    "gemma": gemma,
}
"""Dense model types whose counts are read."""
