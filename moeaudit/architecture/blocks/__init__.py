"""The blocks. Each states, in one place, what it stores, what a token costs in it, what it keeps, and how it shards."""

from moeaudit.architecture.blocks.attention import Attention, LatentAttention
from moeaudit.architecture.blocks.base import Block, EveryToken, Module, Tensor, Vectors, module
from moeaudit.architecture.blocks.cache import CacheNeed, SequenceState, TokenCache
from moeaudit.architecture.blocks.experts import Experts, Router, SharedExperts, moe
from moeaudit.architecture.blocks.ffn import FeedForward
from moeaudit.architecture.blocks.simple import Embedding, Head, Linear, Norm

__all__ = [
    "Attention",
    "Block",
    "CacheNeed",
    "Embedding",
    "EveryToken",
    "Experts",
    "FeedForward",
    "Head",
    "LatentAttention",
    "Linear",
    "Module",
    "Norm",
    "Router",
    "SequenceState",
    "SharedExperts",
    "Tensor",
    "TokenCache",
    "Vectors",
    "module",
    "moe",
]
