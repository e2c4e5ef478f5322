"""The architecture in a dozen facts, for the head of every report."""

from __future__ import annotations

from collections.abc import Iterable

from moeaudit.architecture.blocks import Block, Experts, Router, SharedExperts
from moeaudit.architecture.model import Architecture
from moeaudit.later import dataclass
from moeaudit.vocabulary import Component, Part


@dataclass(frozen=True)
class Summary:
    """What the architecture line says. Counts that differ between layers are tuples, ascending; an empty one is a count
    that nothing says.

    `dense_layers`: layers with a dense feed-forward and no experts. `mtp_modules`: prediction modules the config
    declares. `executed_layers`: layers that one token runs through, more than there are where some are looped.
    `prompt_layers`: layers that every token of a prompt runs through, fewer where some are there for its end alone.
    """

    family: str
    model_type: str
    layers: int
    moe_layers: int
    dense_layers: int
    routed_experts: int | tuple[int, ...]
    experts_per_token: int | tuple[int, ...]
    shared_experts: int | tuple[int, ...]
    attention: str
    context_length: int | None
    tied_embeddings: bool
    mtp_modules: int
    routing: str
    executed_layers: int = 0
    prompt_layers: int = 0


def summarise(architecture: Architecture) -> Summary:
    """Facts of the language model, read off its blocks."""
    layers = list(architecture.layer_blocks())
    roles = [({weight.component for weight in layer.weights()}, times) for layer, times in layers]
    experts = [block for layer, _ in layers for block in layer.walk() if isinstance(block, Experts)]
    shared = [block for layer, _ in layers for block in layer.walk() if isinstance(block, SharedExperts)]
    routers = [block for layer, _ in layers for block in layer.walk() if isinstance(block, Router)]
    return Summary(
        family=architecture.family,
        model_type=architecture.model_type,
        layers=sum(times for _, times in layers),
        moe_layers=sum(times for found, times in roles if Component.ROUTED_EXPERTS in found),
        dense_layers=sum(
            times for found, times in roles if Component.DENSE_FFN in found and Component.ROUTED_EXPERTS not in found
        ),
        routed_experts=one_or_all(block.experts for block in experts),
        experts_per_token=one_or_all(block.selected for block in experts),
        shared_experts=one_or_all(block.count for block in shared),
        attention=mixers(layers),
        context_length=architecture.context_length,
        tied_embeddings=architecture.tied,
        mtp_modules=architecture.count_layers(part=Part.MTP),
        routing="; ".join(dict.fromkeys(router.describe() for router in routers)),
        executed_layers=architecture.count_layers(executed=True),
        prompt_layers=architecture.prompt_layers,
    )


def mixers(layers: Iterable[tuple[Block, int]]) -> str:
    """What mixes tokens, with how many layers each: `30 × Gated DeltaNet …; 10 × GQA 16/2 × 256`."""
    times_of: dict[str, int] = {}
    for layer, times in layers:
        for words in dict.fromkeys(block.describe() for block in layer.walk() if not isinstance(block, Router)):
            if words:
                times_of[words] = times_of.get(words, 0) + times
    if len(times_of) == 1:
        return next(iter(times_of))
    return "; ".join(f"{times} × {words}" for words, times in times_of.items())


def one_or_all(numbers: Iterable[int]) -> int | tuple[int, ...]:
    """The number that all layers share, 0 where none has any, all of them where they differ."""
    found = tuple(sorted(set(numbers)))
    return found[0] if len(found) == 1 else found or 0
