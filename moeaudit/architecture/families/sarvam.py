"""Sarvam, from Sarvam AI: 30B with grouped attention under Bailing's names, 105B with MLA.

Names and sizes: transformers 5.24, which builds the two with GLM-4-MoE's and DeepSeek-V3's classes.
"""

from __future__ import annotations

from dataclasses import replace

from moeaudit.architecture.blocks import Attention
from moeaudit.architecture.config import Config
from moeaudit.architecture.families.bailing import FUSED, bailing, experts
from moeaudit.architecture.families.deepseek import deepseek, latent_attention, v3_moe
from moeaudit.architecture.model import Architecture
from moeaudit.architecture.reading import layer_count


def sarvam_moe(c: Config) -> Architecture:
    """One dense layer, then sigmoid routing with a correction bias beside a shared expert; q/k norms over heads."""
    sparse = experts(c, scoring="sigmoid", correction_bias="expert_bias", shared=1)
    return bailing(c, "Sarvam", (attention(c),) * layer_count(c), sparse, first_dense=1)


def sarvam_mla(c: Config) -> Architecture:
    """One dense layer, then DeepSeek-V3's experts behind MLA whose queries are not compressed unless `q_lora_rank` says
    so."""
    attention = replace(latent_attention(c), q_lora_rank=c.maybe_int("q_lora_rank"))
    return deepseek(c, "Sarvam", attention, v3_moe(c), first_dense=1)


def attention(c: Config) -> Attention:
    """Queries, keys and values from one matrix, which alone may have a bias."""
    return Attention(
        c.int("hidden_size"),
        c.int("num_attention_heads"),
        c.int("num_key_value_heads", default=4),
        c.int("head_dim", default=64),
        query_bias=c.flag("attention_bias", "use_qkv_bias", default=False),
        fused=True,
        qk_norm="head" if c.flag("use_qk_norm", default=True) else "none",
        names=FUSED,
    )
