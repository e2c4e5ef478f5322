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

from moeaudit.architecture.blocks import TokenCache
from moeaudit.architecture.blocks.cache import CacheKind

BYTES: dict[str, float] = {
    "bf16": 2, "fp16": 2, "fp32": 4, "fp8": 1, "int8": 1, "fp8_ds_mla": 1, "nvfp4": 9 / 16, "nvfp4_ds_mla": 9 / 16,
    "fp8_per_token_head": 1, "int8_per_token_head": 1, "int4_per_token_head": 0.5,
}  # fmt: skip
"""Bytes per cached element by cache dtype."""

PACKED = "fp8_ds_mla"
"""The form that 8-bit latents take where a sparse indexer selects from them, and where keys and values are one."""

SCALED = 128
BYTE_SCALED = 64
SCALES = 8


def per_token(need: TokenCache, dtype: str, *, indexer: str = "fp8", heads: int | None = None) -> float:
    """Bytes of one entry of one layer; `heads`: those on a device, where not all."""
    if need.kind is CacheKind.HEADS:
        scale = 8 if dtype.endswith("per_token_head") else 0
        return (need.heads if heads is None else heads) * (need.width * BYTES[dtype] + scale)
    if need.kind is CacheKind.INDEXER:
        return need.width + 4 * -(-need.width // SCALED) if indexer == "fp8" else 2 * need.width
    if dtype == PACKED or (dtype == "nvfp4_ds_mla" and need.shared):
        return _packed(need)
    if dtype == "nvfp4_ds_mla":
        return (need.width - need.rotary) * BYTES[dtype] + need.rotary
    return need.elements * BYTES[dtype]


def _packed(need: TokenCache) -> int:
    plain = need.width - need.rotary
    if need.shared:
        return plain + 2 * need.rotary + -(-plain // (BYTE_SCALED * SCALES)) * SCALES
    return plain + 4 * -(-plain // SCALED) + 2 * need.rotary
