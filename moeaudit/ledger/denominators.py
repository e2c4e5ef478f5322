"""The named denominators (design, section 4): each a documented sum over the ledger. No figure is printed without its
name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction

from moeaudit.architecture.weights import WHOLE
from moeaudit.later import dataclass
from moeaudit.ledger.ledger import UNSETTLED, Ledger, Line, over_layers
from moeaudit.ledger.values import Absent, Value, between
from moeaudit.text import several
from moeaudit.vocabulary import ENCODERS, Basis, Component, Part, weakest

BASES = ("total.full", "total.head", "total.body", "active.full", "active.head", "active.body")
MODIFIERS: dict[str, tuple[tuple[Part, ...], str, str]] = {
    "+mtp": ((Part.MTP,), "the prediction modules' unique part by the same rule", "+ unique mtp"),
    "+encoders": (ENCODERS, "the vision and audio encoders and their projectors", "+ vision + audio + projector"),
    "+mtp+encoders": (
        (Part.MTP, *ENCODERS),
        "prediction modules and encoders",
        "+ unique mtp + vision + audio + projector",
    ),
}
"""What a modifier adds to any of the six bases: parts, words for the definition, words for the formula."""


UNTABLED = "-tables"
"""What takes from any of the bases: look-up tables beside the input embedding, of which a token reads a few rows."""


@dataclass(frozen=True)
class Denominator:
    """One way to count. `formula` is in components; `known` names published figures that follow it, with where they
    are stated."""

    id: str
    definition: str
    formula: str
    measure: Callable[[Ledger], Value]
    read_for: str = ""
    known: tuple[str, ...] = ()


def _outside_embeddings(rule: str, ledger: Ledger, tables: bool = True) -> Callable[[Line], bool]:
    """Which lines a rule keeps: full keeps all; head drops the input table unless it is also the head; body drops
    both ends. Without `tables` other look-up tables are dropped, too."""
    ends: dict[str, tuple[Component, ...]] = {
        "full": (),
        "head": () if ledger.tied else (Component.EMBEDDING,),
        "body": (Component.EMBEDDING, Component.HEAD),
    }
    dropped = ends[rule] if tables else (*ends[rule], Component.TABLES)
    return lambda line: line.role not in dropped


def _sum(
    ledger: Ledger, wanted: Callable[[Line], bool], *, active: bool, stored: bool = False, executed: bool = False
) -> Value:
    """Elements, or the share of them one token uses. A range where shares or the weights' presence leave it open.

    `executed`: each as often as the token runs through it.
    `stored`: of the files, whatever role a tensor has; else of the model, which an incomplete copy only holds in part.
    """
    if ledger.uncounted:
        return Absent(ledger.uncounted)
    sums = [Fraction(0), Fraction(0), Fraction(0)]
    whole = unsettled = 0  # `whole`: nearly all lines; integers add much faster
    reasons: list[str] = []
    bases: set[Basis] = set()
    for line in filter(wanted, ledger.lines):
        if stored and not line.held:
            continue
        if not (stored or line.asked):
            bases.add(Basis.ASSUMED)
            unsettled += line.elements
            continue
        known = stored or line.named
        bases.add(line.basis if known else Basis.ASSUMED)
        unsettled += 0 if line.settled and known else line.elements
        times = line.passes if executed else min(line.passes, 1) if active else 1
        if not line.optional and not (active and line.share != WHOLE):
            whole += times * line.elements
            continue
        shares = [times * share for share in (line.active if active else (Fraction(line.elements),) * 3)]
        present = (0, 0, 1) if line.optional else (1, 1, 1)
        sums = [total + share * there for total, share, there in zip(sums, shares, present, strict=True)]
        reasons += [line.share.reason] * (active and not line.share.exact)
        reasons += [UNSETTLED] * line.optional
    low, typical, high = (
        int(total) if total.denominator == 1 else round(total) for total in (total + whole for total in sums)
    )
    reason = "; ".join(dict.fromkeys(reasons))
    return between(low, typical, high, reason, weakest(bases), unsettled + ledger.open)


def _base(kind: str, rule: str, parts: Iterable[Part] = (), *, tables: bool = True) -> Callable[[Ledger], Value]:
    wanted_parts = (Part.LANGUAGE, *parts)

    def measure(ledger: Ledger) -> Value:
        if kind != "total" and not _routed(ledger):
            return Absent(_unrouted(ledger))
        keep = _outside_embeddings(rule, ledger, tables)
        return _sum(
            ledger,
            lambda line: (
                line.part in wanted_parts
                and not line.duplicate
                and keep(line)
                and not (kind == "prefill" and line.decode_only)
            ),
            active=kind != "total",
            executed=kind == "executed",
        )

    return measure


def _routed(ledger: Ledger) -> bool:
    return any(line.component is Component.ROUTED_EXPERTS for line in ledger.lines)


def _unrouted(ledger: Ledger) -> str:
    """Why nothing is routed: a dense model has no part that is not understood."""
    return (
        ledger.uncounted
        or ledger.unsettled
        or _none_seen("dense: every parameter is active, none is routed", "routed experts", ledger)
    )


def _none_seen(reason: str, what: str, ledger: Ledger) -> str:
    """Why there is none of something: it is not there, or it may be among what has no known role."""
    unnamed = sum(line.elements for line in ledger.lines if not (line.named and line.asked))
    among = [several(unnamed, "parameter")] * bool(unnamed) + [several(ledger.strange, "tensor")] * bool(ledger.strange)
    return (
        f"no {what} recognised, and {' and '.join(among)} {'has' if unnamed + ledger.strange == 1 else 'have'} no "
        f"known role"
        if among
        else reason
    )


def _components(
    reason: str, *components: Component, active: bool = False, needs: Component | None = None, unique: bool = False
) -> Callable[[Ledger], Value]:
    """A plain sum of reported components; absent with `reason` where the model has none."""

    def measure(ledger: Ledger) -> Value:
        if not any(line.component is needs if needs else line.component in components for line in ledger.lines):
            return Absent(ledger.uncounted or _none_seen(reason, reason.removeprefix("no "), ledger))
        return _sum(
            ledger, lambda line: line.component in components and not (unique and line.duplicate), active=active
        )

    return measure


def _stored(ledger: Ledger) -> Value:
    return _sum(ledger, lambda line: True, active=False, stored=True)


def _stored_elements(ledger: Ledger) -> Value:
    return (
        Absent("no headers were read and the storage format is not settled")
        if ledger.stored_elements is None
        else ledger.stored_elements
    )


def _checkpoint(ledger: Ledger) -> Value:
    if ledger.uncounted or not _routed(ledger):
        return Absent(_unrouted(ledger))
    stored = _sum(ledger, lambda line: line.component is not Component.ROUTED_EXPERTS, active=False)
    routed = _sum(ledger, lambda line: line.component is Component.ROUTED_EXPERTS, active=True)
    assert not isinstance(stored, Absent) and not isinstance(routed, Absent)
    basis, open = weakest((stored.basis, routed.basis)), stored.open + routed.open - ledger.open
    (low, high), (routed_low, routed_high) = stored.bounds, routed.bounds
    reason = "; ".join(getattr(value, "reason", "") for value in (stored, routed) if getattr(value, "reason", ""))
    return between(low + routed_low, stored.typical + routed.typical, high + routed_high, reason, basis, open)


def _output(ledger: Ledger) -> Value:
    if ledger.tied:
        return Absent("tied: the input embedding is used again, nothing is stored for the head")
    return _components("no output projection", Component.HEAD)(ledger)


_BASE_TEXT = {
    "total.full": (
        "All parameters of the language model; no prediction modules, no encoders.",
        "all components − mtp − vision − audio − projector",
        "the usual headline; models side by side",
        ("Mixtral 8x7B 46.7B", "DeepSeek-V3 671B", "Qwen3-235B-A22B 235B"),
    ),
    "total.head": (
        "total.full without the input embedding, unless it is tied to the head.",
        "total.full − embedding (0 where tied)",
        "",
        (),
    ),
    "total.body": (
        "total.full without embedding and head (a tied matrix once): non-embedding parameters.",
        "total.full − embedding − head",
        "scaling-law N",
        ("Qwen3-30B-A3B 29.9B",),
    ),
    "active.full": (
        "total.full with the routed experts replaced by the routed share that one token uses.",
        "total.full − routed_experts + routed share",
        "the vendor's usual active figure",
        ("Mixtral 8x7B 12.9B",),
    ),
    "active.head": (
        "active.full without the input embedding, unless it is tied to the head: the parameters that multiply.",
        "active.full − embedding (0 where tied)",
        "FLOPs per token",
        ("gpt-oss-20b 3.6B",),
    ),
    "active.body": (
        "active.full without embedding and head.",
        "active.full − embedding − head",
        "scaling laws of sparse models",
        ("Moonlight 2.24B",),
    ),
}
_EXECUTED_TEXT = {
    "executed.full": (
        "active.full with each parameter as often as one token runs through it: looped layers count once a pass.",
        "Σ active share × passes over all components of active.full",
        "FLOPs of looped models; listed only where it differs from active.full",
        ("Inkling-2-Mini 5.35B (layers 6 to 17 three times; transformers 5.24's configuration)",),
    ),
    "executed.head": (
        "executed.full without the input embedding, unless it is tied to the head: the parameter uses that multiply.",
        "executed.full − embedding (0 where tied)",
        "FLOPs per token of looped models",
        (),
    ),
    "executed.body": (
        "executed.full without embedding and head.",
        "executed.full − embedding − head",
        "scaling laws of looped models",
        (),
    ),
}
_PREFILL_TEXT = {
    "prefill.full": (
        "active.full without the layers that only a prompt's last tokens run through: what those before use.",
        "active.full − active share of layers that are for a prompt's end alone",
        "parameters per prompt token; listed only where it differs from active.full, which is per output token",
        (),
    ),
    "prefill.head": (
        "prefill.full without the input embedding, unless it is tied to the head.",
        "prefill.full − embedding (0 where tied)",
        "",
        (),
    ),
    "prefill.body": (
        "prefill.full without embedding and head.",
        "prefill.full − embedding − head",
        "FLOPs per prompt token, which needs no head",
        (),
    ),
}
_KNOWN_MODIFIED = {
    "total.body+mtp": ("GLM-4.5 355B",),
    "total.full+encoders": ("Llama 4 Scout 109B",),
    "active.head+encoders": ("Mistral Large 3 41B",),
    "total.full-tables": ("DeepSeek-V4.1-Flash 552B (its backbone)",),
    "active.head-tables": ("DeepSeek-V4.1-Flash 16B per output token", "LongCat-Flash-Lite 2.9B to 4.5B"),
    "prefill.body-tables": ("DeepSeek-V4.1-Flash 8B per prompt token",),
}


def _bases() -> Iterable[Denominator]:
    for base in BASES:
        kind, rule = base.split(".")
        definition, formula, read_for, known = _BASE_TEXT[base]
        yield Denominator(base, definition, formula, _base(kind, rule), read_for, known)
    for base in BASES:
        kind, rule = base.split(".")
        for suffix, (parts, words, sign) in MODIFIERS.items():
            yield Denominator(
                base + suffix,
                f"{base} plus {words}.",
                f"{base} {sign}",
                _base(kind, rule, parts),
                known=_KNOWN_MODIFIED.get(base + suffix, ()),
            )
    for base in (*BASES, *_PREFILL_TEXT):
        kind, rule = base.split(".")
        name = base + UNTABLED
        yield Denominator(
            name,
            f"{base} without look-up tables beside the input embedding: a token reads a few rows of them.",
            f"{base} − tables",
            _base(kind, rule, tables=False),
            known=_KNOWN_MODIFIED.get(name, ()),
        )


def _executed() -> Iterable[Denominator]:
    """Parameter uses, for models that run through some of their layers more than once."""
    for name, (definition, formula, read_for, known) in _EXECUTED_TEXT.items():
        kind, rule = name.split(".")
        yield Denominator(name, definition, formula, _base(kind, rule), read_for, known)


def _prefill() -> Iterable[Denominator]:
    """Active parameters of a prompt's tokens, for models whose later layers are there for the output's."""
    for name, (definition, formula, read_for, known) in _PREFILL_TEXT.items():
        kind, rule = name.split(".")
        yield Denominator(name, definition, formula, _base(kind, rule), read_for, known)


def _side(side: str) -> Callable[[Ledger], Value]:
    """What one token uses of one side's layers and norms."""

    def measure(ledger: Ledger) -> Value:
        if not _routed(ledger):
            return Absent(_unrouted(ledger))
        keep = _outside_embeddings("body", ledger)
        return _sum(
            ledger,
            lambda line: line.part is Part.LANGUAGE and not line.duplicate and keep(line) and line.side == side,
            active=True,
        )

    return measure


def _sides() -> Iterable[Denominator]:
    """Models with an encoder and a decoder: a token passes one of them."""
    yield Denominator(
        ENCODER,
        "active.body of the encoder: the parameters that one token of the input uses.",
        "active.body − active.decoder",
        _side("encoder"),
        "FLOPs per input token of encoder–decoder models; listed only for them",
        ("Switch-Base-8 85.0M: T5-Base's encoder, 109.6M with its table, and six routers",),
    )
    yield Denominator(
        DECODER,
        "active.body of the decoder, cross-attention included: the parameters that one token of the output uses.",
        "active.body − active.encoder",
        _side(""),
        "FLOPs per output token of encoder–decoder models, with the head",
    )


ENCODER, DECODER = "active.encoder", "active.decoder"


def _whole_sums() -> Iterable[Denominator]:
    """Sums over the whole checkpoint, and over the experts that a token uses."""
    no_experts = "no routed experts"
    yield Denominator(
        "total.stored",
        "All logical parameters in the checkpoint, duplicates included.",
        "every component, duplicates included",
        _stored,
        "storage, weight security",
        ("DeepSeek-R1 684.5B on its Hub page",),
    )
    yield Denominator(
        "stored.elements",
        "Elements as the weight files' headers list them: packing and scales as they are.",
        "Σ elements of every stored tensor",
        _stored_elements,
        "what a Hub page shows",
    )
    yield Denominator(
        "active.experts",
        "The routed share of one token plus the shared experts: expert work alone.",
        "routed share + shared_experts",
        _components(
            no_experts, Component.ROUTED_EXPERTS, Component.SHARED_EXPERTS, active=True, needs=Component.ROUTED_EXPERTS
        ),
    )
    yield Denominator(
        "active.routed",
        "The routed share of one token alone.",
        "routed share",
        _components(no_experts, Component.ROUTED_EXPERTS, active=True),
    )
    yield Denominator(
        "active.checkpoint",
        "total.stored with the routed experts replaced by the routed share: prediction modules and encoders "
        "count as active.",
        "total.stored − routed_experts + routed share",
        _checkpoint,
        "the rule drafted in huggingface.js#2182",
    )


def _component_sums() -> Iterable[Denominator]:
    """Sums of single components."""
    yield Denominator(
        "shared.experts",
        "The experts that every token uses, with their gate.",
        "shared_experts",
        _components("no shared experts", Component.SHARED_EXPERTS),
    )
    yield Denominator(
        "embedding.input", "The input tables.", "embedding", _components("no input embedding", Component.EMBEDDING)
    )
    yield Denominator("embedding.output", "The output projection.", "head", _output)
    yield Denominator(
        "embedding.both",
        "Input and output tables together, a tied matrix once.",
        "embedding + head",
        _components("no embedding", Component.EMBEDDING, Component.HEAD, unique=True),
        known=("gpt-oss-20b 1.16B (embed and unembed)",),
    )
    yield Denominator(
        "mtp.unique",
        "The prediction modules without their copies of embedding and head.",
        "mtp − duplicates",
        _components("no prediction modules", Component.MTP, unique=True),
    )
    yield Denominator(
        "mtp.stored",
        "The prediction modules as stored, copies included.",
        "mtp",
        _components("no prediction modules", Component.MTP),
    )
    yield Denominator(
        "modality.vision", "The vision encoders.", "vision", _components("no vision encoder", Component.VISION)
    )
    yield Denominator(
        "modality.audio", "The audio encoders and decoders.", "audio", _components("no audio encoder", Component.AUDIO)
    )
    yield Denominator(
        "router.all",
        "Routers and their correction biases.",
        "router + router_bias",
        _components("no router", Component.ROUTER, Component.ROUTER_BIAS),
    )


DENOMINATORS: Mapping[str, Denominator] = {
    d.id: d for d in (*_bases(), *_executed(), *_prefill(), *_sides(), *_whole_sums(), *_component_sums())
}
"""The explicit registry, in the order of the design."""


def measure_all(ledger: Ledger) -> dict[str, Value]:
    """Every denominator of a ledger. A modified one is listed only where its modifier changes something, as is what
    leaves tables out; parameter uses only where some layer is run through more than once, prefill only where it passes
    some layer by, sides only where there are two."""
    sides = {line.side for line in ledger.lines if line.part is Part.LANGUAGE and line.layer is not None}
    sided = len(sides) > 1  # an encoder alone writes no tokens
    ledger = over_layers(ledger)
    present = {line.part for line in ledger.lines}
    mtp, encoders = Part.MTP in present, bool(present.intersection(ENCODERS))
    repeated = any(line.passes > 1 for line in ledger.lines if line.part is Part.LANGUAGE)
    phased = any(line.decode_only for line in ledger.lines if line.part is Part.LANGUAGE)
    tables = any(line.role is Component.TABLES for line in ledger.lines if line.part is Part.LANGUAGE)
    silent = {"+mtp": not mtp, "+encoders": not encoders, "+mtp+encoders": not (mtp and encoders)}
    return {
        name: d.measure(ledger)
        for name, d in DENOMINATORS.items()
        if not silent.get(name[name.index("+") :] if "+" in name else "", False)
        and (repeated or name not in _EXECUTED_TEXT)
        and (phased or not name.startswith("prefill."))
        and (tables or not name.endswith(UNTABLED))
        and (sided or name not in (ENCODER, DECODER))
    }
