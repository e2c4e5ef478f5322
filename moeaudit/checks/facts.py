"""What rules may look at: one inspected model, and everything that is claimed of it, each claim with its verdict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

from moeaudit.checks.finding import Finding
from moeaudit.checks.sentences import Sentence, sentences
from moeaudit.checks.settlement import why_open
from moeaudit.checks.unstated import guesses
from moeaudit.claims.claim import Claim, Distribution, Origin, Status, judge_claim
from moeaudit.claims.figures import Value
from moeaudit.claims.verdicts import PARTS, SETTLED, SIZES, Judgement, Unsettled, Verdict
from moeaudit.errors import Place
from moeaudit.later import dataclass
from moeaudit.ledger.doubts import Doubt
from moeaudit.ledger.inspection import Inspection
from moeaudit.ledger.ledger import Ledger
from moeaudit.ledger.values import Absent, Count

if TYPE_CHECKING:
    from moeaudit.checks.gate import Change
    from moeaudit.checks.rule import Report
    from moeaudit.checks.whose import Whose
    from moeaudit.claims.card import Card
    from moeaudit.claims.file import Claims

TOTAL = "total.full"


@dataclass(frozen=True)
class Statement:
    """A claim and what the evidence says about it."""

    claim: Claim
    judgement: Judgement


@dataclass(frozen=True)
class Facts:
    """The facts of one audit. `inspection` is None where no evidence could be had (closed models).

    `texts` holds the cards as they are, by file name, for rules on wording. `findings` is what the other rules
    found, for the rules on suppressions, which run last. `named`: what the model is called is known from elsewhere
    than its cards. `gate`: what a pull request changes of the gate that checks it.
    """

    inspection: Inspection | None
    statements: tuple[Statement, ...] = ()
    claim_files: tuple[Claims, ...] = ()
    cards: tuple[Card, ...] = ()
    distribution: Distribution = Distribution.DOWNLOADABLE
    texts: Mapping[str, str] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    named: bool = False
    gate: tuple[Change, ...] = ()

    @property
    def seen(self) -> Inspection:
        """The inspection, for rules that need evidence."""
        if self.inspection is None:
            raise LookupError("a rule looks at evidence that it does not say it needs")
        return self.inspection

    @cached_property
    def known(self) -> Mapping[str, Value | None]:
        """Every count that the evidence proves."""
        return proven(self.inspection)

    @cached_property
    def unsettled(self) -> Unsettled:
        """What the evidence leaves open of these counts."""
        return unsettled(self.inspection)

    @property
    def config(self) -> str:
        """What messages call the file that describes the model."""
        return self.inspection.evidence.describing if self.inspection is not None else "config.json"

    @property
    def config_file(self) -> str:
        """The same file where a finding stands in it."""
        return self.inspection.evidence.described_in if self.inspection is not None else "config.json"

    @property
    def doubts(self) -> tuple[Doubt, ...]:
        """What is odd about the weights, each cause with its cost."""
        return self.inspection.account.doubts if self.inspection is not None else ()

    @cached_property
    def explained(self) -> dict[int, tuple[str, Report] | None]:
        """What `explanation` found out about each contradicted statement, by identity: every rule on them asks it."""
        return {}

    @cached_property
    def sentences(self) -> tuple[Sentence, ...]:
        """Every sentence of the cards, and every text that a claim file states as a value."""
        return tuple(sentences(self.cards, (statement.claim for statement in self.statements)))

    @cached_property
    def lines(self) -> Mapping[str, tuple[str, ...]]:
        """The lines of every card and claim file, by file name."""
        texts = {**{one.file: one.text for one in self.claim_files}, **self.texts}
        return {file: tuple(text.split("\n")) for file, text in texts.items()}

    def row(self, claim: Claim) -> str:
        """The row of a card's table in which a claim stands; empty for other claims."""
        lines = self.lines.get(claim.location.file, ()) if claim.origin is Origin.CARD else ()
        at = (claim.location.line or 0) - 1
        return lines[at] if 0 <= at < len(lines) and lines[at].lstrip().startswith("|") else ""

    @cached_property
    def whose(self) -> Mapping[str, Whose]:
        """Of which model each card speaks, by its file."""
        from moeaudit.checks.whose import whose

        return {card.file: whose(card, self) for card in self.cards}

    @cached_property
    def fitting_lines(self) -> Mapping[tuple[str, str, int | None], Statement]:
        """The first statement of each field on each line that fits the evidence."""
        written = (one for one in reversed(self.statements) if one.judgement.fits and _is_written(one))
        return {(one.claim.path, one.claim.location.file, one.claim.location.line): one for one in written}

    @cached_property
    def fitting(self) -> Mapping[tuple[str, str], Statement]:
        """The first statement of each field in each file that fits the evidence."""
        written = (one for one in reversed(self.statements) if one.judgement.fits and _is_written(one))
        return {(one.claim.path, one.claim.location.file): one for one in written}

    @cached_property
    def standing_at(self) -> Mapping[Place | None, tuple[Statement, ...]]:
        """The statements by the place where they stand."""
        found: dict[Place | None, tuple[Statement, ...]] = {}
        for one in self.statements:
            found[one.claim.location] = (*found.get(one.claim.location, ()), one)
        return found

    @cached_property
    def right_sizes(self) -> Mapping[str, Mapping[Fraction, Claim]]:
        """The sizes that each document gives and that fit, by their value."""
        found: dict[str, dict[Fraction, Claim]] = {}
        for one in self.statements:
            if one.claim.kind in SIZES and one.claim.figure is not None and one.judgement.fits:
                found.setdefault(one.claim.location.file, {}).setdefault(one.claim.figure.low, one.claim)
        return found

    @property
    def proved(self) -> bool:
        """Whether counts rest on a known architecture or a converter's own names, not on words in names alone."""
        return self.inspection is not None and self.inspection.named

    @property
    def weight_bytes(self) -> int | None:
        """Bytes of the stored weights: by the headers, else the index, else the config's shapes and types."""
        witnesses = self.inspection.witnesses if self.inspection else {}
        whole = not (self.inspection and self.inspection.evidence.missing_shards)
        names = ("headers", "index", "config") if whole else ("index", "config")
        found = (witnesses[name].bytes for name in names if name in witnesses)
        return next((size for size in found if size), None)

    def count(self, name: str) -> int | None:
        """One exact count by its name; None where it is a range, a guess, or does not apply."""
        value = self.known.get(name)
        return value if isinstance(value, int) and name not in self.unsettled.guesses else None

    def settled(self, *names: str) -> bool:
        """Whether nothing of these counts is open: only then are they held against a claim."""
        return not any(self.unsettled.of(name) or name in self.unsettled.guesses for name in names)

    def written(self, *paths: str) -> Iterable[Statement]:
        """What is stated about these fields in writing: not by the model's name, not withheld."""
        return filter(_is_written, self.stated(*paths))

    def stated(self, *paths: str) -> Iterable[Statement]:
        """The statements about these fields, in the order they were read."""
        return (statement for statement in self.statements if statement.claim.path in paths)


def _is_written(statement: Statement) -> bool:
    return statement.claim.origin is not Origin.NAME and statement.claim.status is Status.STATED


def statements(
    claims: Iterable[Claim], inspection: Inspection | None, distribution: Distribution
) -> tuple[Statement, ...]:
    """Every claim with its verdict."""
    known, open = proven(inspection), unsettled(inspection)
    config = inspection.evidence.describing if inspection is not None else ""
    judged = ((claim, judge_claim(claim, known, distribution, open)) for claim in claims)
    return tuple(Statement(claim, served(claim, verdict, known, config)) for claim, verdict in judged)


def served(claim: Claim, judged: Judgement, known: Mapping[str, Value | None], config: str) -> Judgement:
    """A context shorter than the configured one is no contradiction: how much of it is served is the provider's
    choice."""
    configured = known.get("context_length")
    if (
        claim.kind != "context"
        or judged.verdict is not Verdict.CONTRADICTED
        or claim.figure is None
        or not isinstance(configured, int)
    ):
        return judged
    if claim.figure.high > configured:
        return judged
    return Judgement(
        Verdict.UNVERIFIABLE,
        reason=f"{config} is made for {configured:,} positions; how many are served, files do not say",
    )


def proven(inspection: Inspection | None) -> dict[str, Value | None]:
    """What claims are held against: every denominator, and the counts of the architecture line; None where it does
    not apply."""
    if inspection is None:
        return {}
    values: dict[str, Value | None] = {}
    for name, value in inspection.denominators.items():
        values[name] = (
            None
            if isinstance(value, Absent)
            else value.value
            if isinstance(value, Count)
            else (value.low, value.typical, value.high)
        )
    values |= parts(inspection.ledger)
    summary = inspection.summary
    if summary is not None:
        for name in ("routed_experts", "experts_per_token", "shared_experts", "layers", "moe_layers", "dense_layers"):
            values[name] = _count(getattr(summary, name))
        values |= {
            f"{name}+shared_experts": _plus(values[name], values["shared_experts"])
            for name in ("routed_experts", "experts_per_token")
        }
        values["layers+mtp_modules"] = summary.layers + summary.mtp_modules if summary.mtp_modules else None
        values["context_length"] = summary.context_length
        config = inspection.evidence.config
        values |= rope_lengths(config.data if config else {}, summary.context_length)
    return values


def unsettled(inspection: Inspection | None) -> Unsettled:
    """What is open of every denominator, and why; and every count, of things (experts, layers) too, that rests on a
    number which nobody states."""
    if inspection is None:
        return SETTLED
    open = {
        name: value.open
        for name, value in inspection.denominators.items()
        if not isinstance(value, Absent) and value.open
    }
    guessed = guesses(inspection)
    open |= {name: open[TOTAL] for name in PARTS if TOTAL in open}  # what is open of a part is no more
    guessed |= {name: guessed[TOTAL] for name in PARTS if TOTAL in guessed}
    return Unsettled(open, why_open(inspection) if open else "", guessed) if open or guessed else SETTLED


def parts(ledger: Ledger) -> dict[str, Value | None]:
    """The sums of components that claims are held against; none of what the model does not have."""
    counts = {component.value: count for component, count in ledger.components().items()}
    whole = {} if ledger.uncounted else counts
    sums = {name: sum(whole.get(part, 0) for part in name.partition(".")[2].split("+")) for name in PARTS}
    return {name: value or None for name, value in sums.items()}


def rope_lengths(config: Mapping[str, Any], configured: int | None) -> dict[str, Value | None]:
    """Context lengths that a RoPE scaling names: the one before it, and the scaled one. (transformers:
    `rope_scaling`)"""
    section = next(
        (
            config[name]
            for name in ("text_config", "llm_config", "language_config")
            if isinstance(config.get(name), Mapping)
        ),
        config,
    )
    scaling = section.get("rope_scaling") or section.get("rope_parameters")
    if not isinstance(scaling, Mapping):
        return {}
    original, factor = scaling.get("original_max_position_embeddings"), scaling.get("factor")
    original = original if isinstance(original, int) and not isinstance(original, bool) else None
    found: dict[str, Value | None] = {}
    if original is not None and original != configured:
        found["context_length.original"] = original
    if isinstance(factor, int | float) and not isinstance(factor, bool) and 1 < factor < 10_000:
        scaled = int((original if original is not None else configured or 0) * factor)
        if scaled not in (0, configured):
            found["context_length.scaled"] = scaled
    return found


def _count(value: int | tuple[int, ...]) -> Value | None:
    """One number, or the range that differing layers span."""
    if isinstance(value, int):
        return value
    return (value[0], value[len(value) // 2], value[-1]) if value else None


def _plus(left: Value | None, right: Value | None) -> Value | None:
    """The sum of two single counts, where the second adds something."""
    return left + right if isinstance(left, int) and isinstance(right, int) and right else None
