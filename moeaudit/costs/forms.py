"""How many bytes one entry of a cache takes, by what is kept and by cache dtype.

Packed forms carry their scales with them:
- fp8_ds_mla, a latent with its rotary key beside it: 8 bits, a 32-bit scale per 128, the rotary key in bf16; 656 bytes
  for DeepSeek-V3.2 (vLLM 0.33.0, model_executor/layers/attention/mla_attention.py).
- fp8_ds_mla, a vector that is key and value at once: 8 bits, the rotary part in bf16, a byte of scale per 64, rounded
  up to eight of them; 584 bytes for DeepSeek-V4 (vLLM 0.33.0, models/deepseek_v4/attention.py; SGLang 0.5.23,
  model_executor/pool_configurator.py).
- nvfp4: 4 bits, a byte of scale per 16 (vLLM 0.33.0, utils/torch_utils.py, nvfp4_kv_cache_full_dim). As nvfp4_ds_mla
  the rotary key stays in 8 bits: 352 bytes for DeepSeek-V3.2.
- per token and head: a 32-bit scale for a token's keys and one for its values (vLLM 0.33.0,
  v1/attention/backends/triton_attn.py).
- indexer keys: 8 bits and a 32-bit scale per 128 (vLLM and SGLang, DeepSeek-V3.2).
"""

from __future__ import annotations

from typing import NamedTuple

from moeaudit.architecture.blocks import TokenCache
from moeaudit.architecture.blocks.cache import CacheKind
from moeaudit.evidence.dtypes import GGML_BLOCKS

GGML = ("q8_0", "q5_1", "q5_0", "q4_1", "q4_0", "iq4_nl")
"""ggml's blocks that llama.cpp keeps a cache in (kv_cache_types of common/arg.cpp), scales and minima included."""


class Format(NamedTuple):
    """A type of the cache: bytes per `element`, the scales of its groups among them, and bytes for each `head` of a
    token, keys and values together."""

    element: float
    head: float = 0


FORMATS = {
    "bf16": Format(2), "fp16": Format(2), "fp32": Format(4), "fp8": Format(1), "int8": Format(1),
    "fp8_ds_mla": Format(1), "nvfp4_ds_mla": Format(1 / 2 + 1 / 16), "nvfp4": Format(1 / 2 + 1 / 16),
    "int8_per_token_head": Format(1, 8), "fp8_per_token_head": Format(1, 8), "int4_per_token_head": Format(1 / 2, 8),
    # vLLM 0.33, layers/quantization/turboquant/config.py: keys with a norm of 2 bytes but in fp8, values with scale and
    # zero of 4
    "turboquant_k8v4": Format(6 / 8, 4), "turboquant_4bit_nc": Format(4 / 8, 6),
    "turboquant_k3v4_nc": Format(3.5 / 8, 6), "turboquant_3bit_nc": Format(3 / 8, 6),
    "mxfp8": Format(1 + 1 / 32),  # SGLang, mem_cache/memory_pool.py
    **{name: Format(GGML_BLOCKS[name.upper()].bits / 8) for name in GGML},
}  # fmt: skip
"""Every type of cache that is modelled, by the name that a fleet file gives it."""

PACKED = "fp8_ds_mla"
"""The form that 8-bit latents take where a sparse indexer selects from them, and where keys and values are one."""

SCALED = 128
BYTE_SCALED = 64
SCALES = 8


def per_token(need: TokenCache, dtype: str, *, indexer: str = "fp8", heads: int | None = None) -> float:
    """Bytes of one entry of one layer; `heads`: those on a device, where not all."""
    if need.kind is CacheKind.HEADS:
        form = FORMATS[dtype]
        return (need.heads if heads is None else heads) * (need.width * form.element + form.head)
    if need.kind is CacheKind.INDEXER:
        return need.width + 4 * -(-need.width // SCALED) if indexer == "fp8" else 2 * need.width
    if dtype == PACKED or (dtype == "nvfp4_ds_mla" and need.shared):
        return _packed(need)
    if dtype == "nvfp4_ds_mla":
        return (need.width - need.rotary) * FORMATS[dtype].element + need.rotary
    return need.elements * FORMATS[dtype].element + FORMATS[dtype].head


def _packed(need: TokenCache) -> int:
    plain = need.width - need.rotary
    if need.shared:
        return plain + 2 * need.rotary + -(-plain // (BYTE_SCALED * SCALES)) * SCALES
    return plain + 4 * -(-plain // SCALED) + 2 * need.rotary
