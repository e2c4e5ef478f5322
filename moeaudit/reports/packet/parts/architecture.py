"""What the model is: facts, layers in runs, components, witnesses. Kinds are read off what a layer stores and keeps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction

from moeaudit.architecture.blocks import Block, Experts, FeedForward, Router, SequenceState, SharedExperts, TokenCache
from moeaudit.architecture.blocks.cache import CacheKind
from moeaudit.architecture.model import Stack
from moeaudit.checks.settlement import settlement
from moeaudit.checks.unstated import marked
from moeaudit.evidence.indices import indices, write_indices
from moeaudit.ledger.inspection import Inspection
from moeaudit.ledger.ledger import Ledger
from moeaudit.reports.packet.model import (
    Agreement,
    Architecture,
    Component,
    Doubt,
    Fact,
    LayerKind,
    LayerRun,
    Settlement,
    Tally,
    Witness,
)
from moeaudit.text import several
from moeaudit.vocabulary import COMPONENT_TEXT, Basis, Kind, Part, weakest
from moeaudit.vocabulary import Component as Role

BESIDE = frozenset({Role.MTP, Role.VISION, Role.AUDIO, Role.PROJECTOR})
"""Components outside the main path of the language model: `active` says nothing of them."""

MAPPED = (Part.LANGUAGE, Part.MTP)
"""Parts whose layers are mapped one by one; encoders are in the components."""

FFN_KINDS = {
    (True, True, False): "moe+shared",
    (True, True, True): "moe+shared+dense",
    (True, False, True): "moe+dense",
    (True, False, False): "moe",
    (False, False, True): "dense",
    (False, True, True): "dense",
    (False, True, False): "dense",
    (False, False, False): "none",
}
"""(routed, shared, dense feed-forward stored in the layer) → kind."""


def architecture(inspection: Inspection | None) -> Architecture:
    """The whole section; empty without evidence."""
    if inspection is None:
        return Architecture()
    agreement, runs = inspection.agreement, tuple(layer_runs(inspection))
    return Architecture(
        tuple(facts(inspection)),
        runs,
        tuple(layer_kinds(runs)),
        tuple(components(inspection.ledger)),
        tuple(
            Tally(kind.value, count)
            for kind, count in inspection.ledger.non_parameters.items()
            if count and kind is not Kind.PARAMETER
        ),
        witness(inspection.ledger),
        tuple(
            Witness(name, seen.available, seen.total, seen.tensors, seen.bytes, seen.synthesised or "")
            for name, seen in inspection.witnesses.items()
        ),
        Agreement(
            agreement.verdict,
            agreement.names_matched,
            agreement.names_missing,
            agreement.names_unexpected,
            agreement.bytes_difference,
        ),
        inspection.architecture.notes if inspection.architecture else tuple(f"{one}." for one in inspection.remarks),
        settled(inspection),
    )


def witness(ledger: Ledger) -> str:
    """Whose account is counted: the weights' only where these were read or matched."""
    seen = weakest(line.basis for line in ledger.lines if line.held)
    return ledger.witness if seen in (Basis.READ, Basis.MATCHED) else "config"


def settled(inspection: Inspection) -> Settlement:
    """What the counts rest on, and every cause of doubt."""
    found = settlement(inspection)
    return Settlement(
        found.basis.value,
        found.open,
        found.needs.value if found.needs else None,
        tuple(
            Doubt(
                one.cause.value,
                one.message,
                one.tensors,
                one.bytes,
                one.open,
                one.settled_by.value if one.settled_by else None,
            )
            for one in found.doubts
        ),
    )


def facts(inspection: Inspection) -> Iterator[Fact]:
    """The architecture line as labelled facts, by the names of the JSON contract."""
    summary = inspection.summary
    if summary is not None:
        yield Fact("family", summary.family)
        yield Fact("model_type", summary.model_type)
        for name in ("layers", "moe_layers", "dense_layers", "routed_experts", "experts_per_token", "shared_experts"):
            yield Fact(name, marked(inspection, name, listed(getattr(summary, name))))
        if summary.routing:
            yield Fact("routing", marked(inspection, "experts_per_token", summary.routing))
        yield Fact("attention", summary.attention)
        if summary.context_length:
            configured = f"{several(summary.context_length, 'token')}, as configured"
            yield Fact("context_length", marked(inspection, "context_length", configured))
        yield Fact("tied_embeddings", "yes" if summary.tied_embeddings else "no")
        yield Fact("mtp_modules", str(summary.mtp_modules))
    if inspection.precision:
        yield Fact("precision", inspection.precision)


def listed(count: int | tuple[int, ...]) -> str:
    """One number, or the different ones that layers have."""
    if count == ():
        return "not known"
    return f"{count:,}" if isinstance(count, int) else ", ".join(f"{number:,}" for number in count)


def components(ledger: Ledger) -> Iterator[Component]:
    """The partition with the share of each that one token uses, largest first."""
    active: dict[Role, Fraction] = {}
    for line in ledger.lines:
        if not line.optional:
            active[line.component] = active.get(line.component, Fraction(0)) + line.active[1]
    for role, stored in sorted(ledger.components().items(), key=lambda pair: (-pair[1], pair[0].value)):
        yield Component(role.value, COMPONENT_TEXT[role], stored, None if role in BESIDE else round(active[role]))


def layer_runs(inspection: Inspection) -> Iterator[LayerRun]:
    """Every layer of the language model and its prediction modules, in their order, equal neighbours in one run."""
    described = inspection.architecture
    for stack in (piece for part in MAPPED for piece in described.stacks(part)) if described else ():
        yield from merged(stack_layers(stack, counts_of(inspection.ledger, stack)))


def counts_of(ledger: Ledger, stack: Stack) -> dict[int, tuple[int, int]]:
    """Layer number → (parameters, typical share that one token uses), by the ledger of the denominators."""
    whole = stack.prefix.removesuffix(".{}")
    places = (whole, whole.rpartition(".")[0])  # the weights ledger names what stands before the word for layers
    found: dict[int, tuple[int, Fraction]] = {}
    for line in ledger.lines:
        if line.place in places and line.part is stack.part and line.layer is not None and not line.optional:
            stored, active = found.get(line.layer, (0, Fraction(0)))
            found[line.layer] = (stored + line.elements, active + line.active[1])
    return {layer: (stored, round(active)) for layer, (stored, active) in found.items()}


def stack_layers(stack: Stack, counts: dict[int, tuple[int, int]]) -> Iterator[LayerRun]:
    """One run per layer, by number."""
    for number, layer in enumerate(stack.layers, stack.first):
        experts = next((block for block in layer.walk() if isinstance(block, Experts)), None)
        kind, words = mixer(layer)
        words = ", ".join(filter(None, (words, *uses(stack, number))))
        ffn_kind, ffn_words = feed_forward(layer)
        yield LayerRun(
            stack.part.value, stack.prefix, number, number, kind, words, ffn_kind, ffn_words,
            experts.experts if experts else 0, experts.selected if experts else 0, *counts.get(number, (0, 0)),
        )  # fmt: skip


def uses(stack: Stack, number: int) -> Iterator[str]:
    """How often one token runs through a layer, where it is not once; of a layer for a prompt's end, for how many."""
    passes, tail = stack.executions((number,)), stack.tail(number)
    if passes != 1:
        yield f"{passes} times for each token"
    if tail:
        yield f"of a prompt the last {tail:,} tokens alone"


def layer_kinds(runs: Iterable[LayerRun]) -> Iterator[LayerKind]:
    """Layers that are alike wherever they stand, with their numbers (`0-34/2`: every second)."""
    alike: dict[LayerRun, list[int]] = {}
    for run in runs:
        alike.setdefault(replace(run, first=0, last=0), []).extend(range(run.first, run.last + 1))
    for run, numbers in alike.items():
        yield LayerKind(replace(run, first=numbers[0], last=numbers[-1]), write_indices(indices(numbers)), len(numbers))


def merged(layers: Iterable[LayerRun]) -> Iterator[LayerRun]:
    """Equal layers that follow each other as one."""
    run: LayerRun | None = None
    for layer in layers:
        if run is not None and replace(layer, first=run.first) == replace(run, last=layer.last):
            run = replace(run, last=layer.last)
            continue
        if run is not None:
            yield run
        run = layer
    if run is not None:
        yield run


def mixer(layer: Block) -> tuple[str, str]:
    """What mixes tokens here: its kind by what it stores and keeps between tokens, and its own words."""
    stored = {weight.component for weight in layer.weights()}
    needs = list(layer.caches())
    words = "; ".join(
        dict.fromkeys(block.describe() for block in layer.walk() if not isinstance(block, Router) and block.describe())
    )
    if Role.MIXER in stored:
        remembers = any(isinstance(need, SequenceState) and need.recurrent for need in needs)
        own = "recurrent" if remembers else "convolution"
        return (f"{own}+attention" if Role.ATTENTION in stored else own), words
    caches = [need for need in needs if isinstance(need, TokenCache)]
    if Role.INDEXER in stored:
        return "sparse", words
    if any(cache.kind is CacheKind.LATENT for cache in caches):
        return "latent", words
    if caches and all(cache.window for cache in caches):
        return "window", words
    return ("attention" if Role.ATTENTION in stored else "none"), words


def feed_forward(layer: Block) -> tuple[str, str]:
    """The kind of feed-forward, and its sizes in words."""
    blocks = list(layer.walk())
    routed = [block for block in blocks if isinstance(block, Experts)]
    shared = [block for block in blocks if isinstance(block, SharedExperts)]
    stored = {weight.component for weight in layer.weights()}
    kind = FFN_KINDS[(Role.ROUTED_EXPERTS in stored, Role.SHARED_EXPERTS in stored, Role.DENSE_FFN in stored)]
    words = [f"{one.selected} of {one.experts:,} experts × {one.width:,}" for one in routed]
    words += [f"{one.count} shared × {one.width // max(one.count, 1):,}" for one in shared]
    words += [f"dense × {one.width:,}" for one in blocks if isinstance(one, FeedForward) and not routed]
    return kind, ", ".join(dict.fromkeys(words))
