"""Verdicts: which denominators a printed figure fits, and what that says about the claim.

A claim is compared with every denominator of its kind; the answer is the set that fits. Exact values come in as a
plain mapping from denominator id to an integer, a (low, typical, high) range, or None where the denominator does
not apply.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType

from moeaudit.claims.figures import Exact, Figure, Match, Value
from moeaudit.later import dataclass
from moeaudit.text import several

Values = Mapping[str, Value | None]
NOTHING: Values = MappingProxyType({})
"""No count is known."""


@dataclass(frozen=True)
class Unsettled:
    """What the evidence leaves open of its counts: parameters by denominator, and where that comes from.

    `guesses`: counts that rest on a number nobody states, each with the sentence that says so. They may be anything.
    """

    parameters: Mapping[str, int] = field(default_factory=dict)
    reason: str = ""
    guesses: Mapping[str, str] = field(default_factory=dict)

    def of(self, name: str) -> int:
        return self.parameters.get(name, 0)

    def why(self, name: str) -> str:
        """Why a count is not settled, with its cost; empty where it is."""
        if self.of(name):
            return f"{several(self.of(name), 'parameter is', 'parameters are')} open: {self.reason}"
        return self.guesses.get(name, "")

    def widest(self, name: str, value: Value) -> Value:
        """All that a count may be: what is open of it, both ways."""
        open = self.of(name)
        low, typical, high = _ends(value)
        return (max(low - open, 0), typical, high + open) if open else value


SETTLED = Unsettled()

BASES = tuple(f"{scope}.{path}" for scope in ("total", "active") for path in ("full", "head", "body"))
UNTABLED = "-tables"
MODIFIERS = ("", UNTABLED, "+mtp", "+encoders", "+mtp+encoders")
EXECUTED = ("executed.full", "executed.head", "executed.body")
PREFILL = tuple(f"prefill.{path}{tables}" for tables in ("", UNTABLED) for path in ("full", "head", "body"))
SIDES = ("active.encoder", "active.decoder")
PLAIN_SUMS = (
    "total.stored",
    "stored.elements",
    *EXECUTED,
    *PREFILL,
    *SIDES,
    "active.experts",
    "active.routed",
    "active.checkpoint",
    "shared.experts",
    "embedding.input",
    "embedding.output",
    "embedding.both",
    "mtp.unique",
    "mtp.stored",
    "modality.vision",
    "modality.audio",
    "router.all",
)
PARTS = (
    "components.attention",
    "components.attention+indexer",
    "components.attention+mixer",
    "components.dense_ffn+routed_experts+shared_experts",
    "components.dense_ffn+router+routed_experts+shared_experts",
    "components.routed_experts",
    "components.routed_experts+shared_experts",
)
"""Sums of the ledger's components that tables of cards list; each id says which."""

DENOMINATORS = tuple(base + modifier for base in BASES for modifier in MODIFIERS) + PLAIN_SUMS


def _modified(*bases: str) -> tuple[str, ...]:
    return tuple(base + modifier for modifier in MODIFIERS for base in bases)


@dataclass(frozen=True)
class Kind:
    """What a claim counts, and the denominators it is compared with.

    `sums` are listed only where their value differs from every denominator that already fits: a sum that changes
    nothing says nothing. `last` are named only where nothing else fits: a count of packed elements is what a page
    shows, not what anybody means; what a prompt's tokens use is told beside what those of the output do. `stated` fit
    only a claim that states a denominator: nobody means them by the bare word. `assumed` is the denominator that the
    item's own words state.
    """

    denominators: tuple[str, ...]
    sums: tuple[str, ...] = ()
    last: tuple[str, ...] = ()
    stated: tuple[str, ...] = ()
    assumed: str | None = None


KINDS: dict[str, Kind] = {
    "total": Kind(_modified("total.full", "total.head", "total.body"), ("total.stored",), ("stored.elements",)),
    "stored": Kind(("total.stored",), last=("stored.elements",)),
    "active": Kind(
        _modified("active.full", "active.head", "active.body"),
        last=PREFILL,
        stated=(*EXECUTED, *SIDES, "active.experts", "active.routed", "active.checkpoint"),
    ),
    "non-embedding": Kind(_modified("total.body", "total.head"), assumed="total.body"),
    "active-non-embedding": Kind(_modified("active.body", "active.head"), assumed="active.body"),
    "mtp": Kind(("mtp.unique", "mtp.stored")),
    "vision": Kind(("modality.vision",)),
    "audio": Kind(("modality.audio",)),
    "embedding": Kind(("embedding.input", "embedding.output"), ("embedding.both",)),
    "attention": Kind(PARTS[:1], PARTS[1:3]),
    "mlp": Kind(PARTS[3:4], PARTS[4:5]),
    "experts": Kind(PARTS[5:6], PARTS[6:7]),
    "shared-experts": Kind(("shared.experts",)),
    "router": Kind(("router.all",)),
    "routed_experts": Kind(("routed_experts", "routed_experts+shared_experts"), assumed="routed_experts"),
    "experts_per_token": Kind(("experts_per_token", "experts_per_token+shared_experts"), assumed="experts_per_token"),
    "shared_experts": Kind(("shared_experts",), assumed="shared_experts"),
    "layers": Kind(("layers", "layers+mtp_modules"), assumed="layers"),
    "moe_layers": Kind(("moe_layers",), assumed="moe_layers"),
    "dense_layers": Kind(("dense_layers",), assumed="dense_layers"),
    "context": Kind(("context_length", "context_length.original", "context_length.scaled")),
}
"""Kinds of counted claims. The last rows are counts of things; their ids are the fields of the architecture."""

EXACT_KINDS = frozenset(
    {"routed_experts", "experts_per_token", "shared_experts", "layers", "moe_layers", "dense_layers"}
)
"""Kinds whose figure is a small whole number: it is right or it is not, nothing rounds."""

SIZES = frozenset({"total", "active", "stored", "non-embedding", "active-non-embedding", "vision", "audio"})
"""Kinds whose figure is a size of the model, or of a part that a total may include."""


class Verdict(StrEnum):
    """What the public files say about a claim (design, section 4)."""

    REPRODUCED = "reproduced"
    REPRODUCED_ELSEWHERE = "reproduced-elsewhere"
    INFERRED = "inferred"
    AMBIGUOUS = "ambiguous"
    CONTRADICTED = "contradicted"
    UNVERIFIABLE = "unverifiable"
    NOT_DISCLOSED = "not-disclosed"
    NOT_APPLICABLE = "not-applicable"
    UNSUPPORTED = "unsupported"


MEANINGS: dict[Verdict, str] = {
    Verdict.REPRODUCED: "The figure fits the denominator that the claim states.",
    Verdict.REPRODUCED_ELSEWHERE: "The figure does not fit the stated denominator, but fits another one, "
    "which is named.",
    Verdict.INFERRED: "No denominator is stated and exactly one count fits; it is named.",
    Verdict.AMBIGUOUS: "No denominator is stated and several different counts fit.",
    Verdict.CONTRADICTED: "No denominator of its kind gives this figure; the nearest is named with the gap.",
    Verdict.UNVERIFIABLE: "Public files cannot decide it.",
    Verdict.NOT_DISCLOSED: "The claim says that the figure is not disclosed.",
    Verdict.NOT_APPLICABLE: "The claim says why the item does not apply.",
    Verdict.UNSUPPORTED: "The source is too weak: a rumour about a closed model, or a secondary article alone.",
}


@dataclass(frozen=True)
class Nearest:
    """The denominator whose value lies closest to a contradicted figure. `gap` is (figure - value) / value."""

    denominator: str
    value: Value
    gap: Fraction


@dataclass(frozen=True)
class Judgement:
    """A verdict with what it rests on: the denominators that fit and how, the one that names the count, the
    nearest miss."""

    verdict: Verdict
    fits: Mapping[str, Match] = field(default_factory=dict)
    denominator: str | None = None
    nearest: Nearest | None = None
    coarse: bool = False
    """The figure fits only when its trailing zeros are read as filling (`230B` for 228.7B)."""
    reason: str = ""
    unsettled: str = ""
    """The denominator that is not settled and would have to be, to decide the claim."""


def is_denominator(name: str) -> bool:
    """Whether `name` is the id of a denominator, or of a count that a claim can state."""
    return name in DENOMINATORS or any(name in kind.denominators for kind in KINDS.values())


def judge(
    figure: Figure | None, kind: str, values: Values, stated: str | None = None, unsettled: Unsettled = SETTLED
) -> Judgement:
    """Compare a figure with every denominator of its kind that has a value.

    `stated` is the denominator that the claim names. A stated denominator with a modifier that changes nothing,
    and is therefore not listed, stands for the unmodified one. Nothing is held against a claim that lies within what
    is `unsettled`.
    """
    if figure is None:
        return Judgement(Verdict.UNVERIFIABLE, reason="not a figure that can be counted")
    described = KINDS.get(kind)
    if described is None:
        return Judgement(Verdict.UNVERIFIABLE, reason=f"nothing is derived for {kind}")
    if figure.average:
        values = {name: value[1] if isinstance(value, tuple) else value for name, value in values.items()}
    stated = resolve(stated or described.assumed, values)
    candidates = shares(values) if figure.is_percent and kind == "active" else _candidates(described, values, stated)
    if not candidates:
        return Judgement(Verdict.UNVERIFIABLE, reason="no count of this kind could be derived")
    fits, coarse = _fits(figure, kind, candidates), False
    if not fits and (wider := figure.coarse()) is not None and kind not in EXACT_KINDS:
        fits, coarse = _fits(wider, kind, candidates), True
    if stated not in fits and (stated is not None or not fits):
        asked = {name: value for name, value in candidates.items() if name == stated or not fits}
        if (name := _guessed(figure, kind, asked, values, unsettled)) is not None:
            return Judgement(Verdict.UNVERIFIABLE, reason=unsettled.guesses[name], unsettled=name)
        if (name := _within(figure, kind, asked, values, unsettled)) is not None:
            return _undecided(name, asked[name], unsettled)
    judged = _verdict(figure, candidates, _without_echoes(fits, candidates, described, stated), stated, coarse)
    return _marked(judged, unsettled)


def _guessed(
    figure: Figure, kind: str, candidates: Mapping[str, Value], values: Values, unsettled: Unsettled
) -> str | None:
    """The first count that is a guess and so may be the figure. A sum is no less than the part of it that is known."""
    if figure.is_percent and kind == "active":
        bases = (base for name in candidates for base in (name, name.replace("active.", "total.")))
        return next((name for name in bases if name in unsettled.guesses), None)
    for name in candidates:
        plain = name.partition("+")[0]
        known = values.get(plain) if plain != name and plain not in unsettled.guesses else None
        if name in unsettled.guesses and (known is None or figure.high >= _ends(known)[0]):
            return name
    return None


def _within(
    figure: Figure, kind: str, candidates: Mapping[str, Value], values: Values, unsettled: Unsettled
) -> str | None:
    """The first count that may be the figure, as far as it is settled; None where none may."""
    widest = {name: unsettled.widest(name, value) for name, value in candidates.items() if unsettled.of(name)}
    if figure.is_percent:
        widest = _widest_shares(values, unsettled)
    for reading in (figure, figure.coarse()):
        if widest and reading is not None and (found := _fits(reading, kind, widest)):
            return next(iter(found))
    return None


def _undecided(name: str, value: Value, unsettled: Unsettled) -> Judgement:
    low = value[1] if isinstance(value, tuple) else value
    about = f"{int(low):,}" if low == int(low) else f"{float(low):.1f} %"
    open = several(unsettled.of(name), "parameter that is", "parameters that are")
    return Judgement(
        Verdict.UNVERIFIABLE,
        reason=f"{name} = {about} is not settled, and the figure lies within the {open} open: {unsettled.reason}",
        unsettled=name,
    )


def _marked(judged: Judgement, unsettled: Unsettled) -> Judgement:
    """The judgement with a word on counts that it rests on and that are not settled."""
    name = next((name for name in judged.fits if unsettled.why(name)), "")
    if not name:
        return judged
    between = "," if unsettled.of(name) else ":"
    return replace(judged, reason=f"{name} is not settled{between} {unsettled.why(name)}", unsettled=name)


def _candidates(kind: Kind, values: Values, stated: str | None) -> dict[str, Value]:
    asked = (*kind.stated, stated) if stated else ()
    names = dict.fromkeys((*kind.denominators, *kind.sums, *asked, *kind.last))
    return {name: value for name in names if (value := values.get(name)) is not None}


def shares(values: Values) -> dict[str, Value]:
    """Active parameters as percent of the total under the same denominator, for claims such as "25% of the weights"."""
    found: dict[str, Value] = {}
    for name in _modified("active.full", "active.head", "active.body"):
        active, total = values.get(name), values.get(name.replace("active.", "total."))
        if isinstance(active, int) and isinstance(total, int) and total:
            found[name] = Fraction(100 * active, total)
    return found


def _widest_shares(values: Values, unsettled: Unsettled) -> dict[str, Value]:
    """The same shares, where something of either count is open: from the least to the most that they may be."""
    found: dict[str, Value] = {}
    for name, share in shares(values).items():
        total = name.replace("active.", "total.")
        if unsettled.of(name) or unsettled.of(total):
            (least, _, most), (fewest, _, whole) = (
                _ends(unsettled.widest(which, values[which] or 0)) for which in (name, total)
            )
            high = min(Fraction(100 * most) / fewest, Fraction(100)) if fewest else Fraction(100)
            middle = share[1] if isinstance(share, tuple) else share
            found[name] = (Fraction(100 * least) / Fraction(whole), middle, high)
    return found


def _ends(value: Value) -> tuple[Exact, Exact, Exact]:
    return value if isinstance(value, tuple) else (value, value, value)


def _fits(figure: Figure, kind: str, candidates: Mapping[str, Value]) -> dict[str, Match]:
    readings = [figure, figure.binary()] if kind == "context" else [figure]
    fits: dict[str, Match] = {}
    for name, value in candidates.items():
        matches = [
            match for reading in readings if reading is not None and (match := reading.matches(value)) is not None
        ]
        if kind in EXACT_KINDS:
            matches = [match for match in matches if match == "rounds"]
        if matches:
            fits[name] = "rounds" if "rounds" in matches else "truncates"
    return fits


def _without_echoes(
    fits: Mapping[str, Match], values: Mapping[str, Value], kind: Kind, stated: str | None
) -> dict[str, Match]:
    """Leave out plain sums, and modified denominators, that equal a fitting one listed before them."""
    kept: dict[str, Match] = {}
    for name, match in fits.items():
        echo = name in kind.sums or name in kind.stated or "+" in name
        if not (echo and name != stated and any(values[name] == values[other] for other in kept)):
            kept[name] = match
    plain = {name: match for name, match in kept.items() if name not in kind.last or name == stated}
    return plain or kept


def _verdict(
    figure: Figure, values: Mapping[str, Value], fits: Mapping[str, Match], stated: str | None, coarse: bool
) -> Judgement:
    if not fits:
        name = min(values, key=lambda candidate: abs(figure.gap(values[candidate])))  # the first listed of equals
        nearest = Nearest(name, values[name], figure.gap(values[name]))
        return Judgement(Verdict.CONTRADICTED, nearest=nearest)
    first = best(fits)
    if stated is not None:
        verdict = Verdict.REPRODUCED if stated in fits else Verdict.REPRODUCED_ELSEWHERE
        return Judgement(verdict, fits, stated if stated in fits else first, coarse=coarse)
    several = len({values[name] for name in fits}) > 1
    return Judgement(
        Verdict.AMBIGUOUS if several else Verdict.INFERRED, fits, None if several else first, coarse=coarse
    )


def best(fits: Mapping[str, Match]) -> str:
    """The denominator to name first: rounding before truncation, then the order of the table."""
    return min(fits, key=lambda name: (fits[name] != "rounds", list(fits).index(name)))


def resolve(stated: str | None, values: Values) -> str | None:
    """The listed denominator that a stated one stands for: modifiers that are not listed change nothing and are
    dropped."""
    if stated is None or stated in values:
        return stated
    base, *modifiers = stated.replace(UNTABLED, "").split("+")
    for modifier in reversed(MODIFIERS):
        if modifier != UNTABLED and set(modifier.split("+")[1:]) <= set(modifiers) and base + modifier in values:
            return base + modifier
    return stated
