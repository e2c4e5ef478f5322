"""Claims that are no figure, the wrong sort of figure, or withheld; and bytes that hold more than the figure says."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction

from moeaudit.checks.claims_together import COMPARED, FAMILY
from moeaudit.checks.facts import Facts, Statement
from moeaudit.checks.finding import Outcome, Severity
from moeaudit.checks.mistaken_figures import ACTIVE, SELECTED, TOTAL
from moeaudit.checks.rule import Persona, Report, Rule
from moeaudit.checks.sides import left_open, printed, shown
from moeaudit.claims.claim import Status
from moeaudit.later import expression
from moeaudit.text import exact, short, visible

BYTES = expression(r"\d\s?(?:[KMGT]i?B|bytes?)\b")

UNKNOWN = expression(
    r"\W*(?:unknown|undisclosed|not (?:disclosed|public|published|stated|known)|n/?a|tbd|\?+|未知|未公开)\b\W*",
    re.IGNORECASE,
)

TOP_K = expression(r"top[-\s]?(\d{1,4})(?!\d)", re.IGNORECASE)

PLAIN_BITS = {"F32": 32, "BF16": 16, "F16": 16}

SLACK = Fraction(101, 100)
"""More than one percent over the stated type's bits is no rounding: tensors are stored that the figure leaves out."""


def _in_bytes(facts: Facts) -> Iterable[Report]:
    for statement in facts.written(
        TOTAL, ACTIVE, "architecture.stored_parameters", "architecture.non_embedding_parameters"
    ):
        if isinstance(statement.claim.value, str) and BYTES.search(statement.claim.value):
            yield Report(
                f"{printed(statement.claim)} is an amount of bytes where parameters are asked for",
                statement.claim.location,
                claimed=printed(statement.claim),
                derived=_nearby(facts, statement),
            )


def _words(facts: Facts) -> Iterable[Report]:
    for statement in facts.statements:
        claim = statement.claim
        counted = claim.path.startswith("architecture.") and claim.kind is not None and claim.status is Status.STATED
        text = str(claim.value)
        if (
            counted
            and claim.figure is None
            and not (UNKNOWN.fullmatch(text) or BYTES.search(text) or _recipe(claim.path, text))
        ):
            yield Report(
                f"{visible(text, limit=80)} is no figure",
                claim.location,
                claimed=visible(text, limit=80),
                derived=_nearby(facts, statement),
            )


def _nearby(facts: Facts, statement: Statement) -> str | None:
    """What the field should hold."""
    name = _count_of(statement.claim.path)
    value = facts.known.get(name)
    return f"{name} = {shown(value)}{left_open(name, facts)}" if value is not None else None


def _count_of(path: str) -> str:
    """The count that a field is usually given as."""
    return {TOTAL: "total.full", ACTIVE: "active.full"}.get(path, path.rpartition(".")[2])


def _recipe(path: str, text: str) -> bool:
    return path == SELECTED and TOP_K.search(text) is not None


def _routing(facts: Facts) -> Iterable[Report]:
    chosen, shared = facts.count("experts_per_token"), facts.count("shared_experts") or 0
    for statement in facts.written(SELECTED, "architecture.routing", "architecture.active_counts"):
        found = TOP_K.search(str(statement.claim.value))
        group = statement.claim.path != SELECTED and re.search(r"group|node|device", str(statement.claim.value))
        if (
            found
            and chosen
            and facts.settled("shared_experts")
            and statement.claim.figure is None
            and not group
            and int(found[1]) not in (chosen, chosen + shared)
        ):
            experts = facts.count("routed_experts")
            derived = f"{shared} shared and {chosen} of {exact(experts)} routed" if experts else f"top-{chosen}"
            yield Report(
                f"{printed(statement.claim)} says top-{found[1]}; {facts.config} says {derived}",
                statement.claim.location,
                claimed=printed(statement.claim),
                derived=derived,
                rests_on=(),
            )


def _withheld(facts: Facts) -> Iterable[Report]:
    for statement in facts.stated(*COMPARED):
        claim = statement.claim
        said = claim.status is Status.NOT_DISCLOSED or (
            claim.status is Status.STATED and UNKNOWN.fullmatch(str(claim.value))
        )
        nearby = _nearby(facts, statement) if facts.settled(_count_of(claim.path)) else None
        if said and nearby and nearby != "shared_experts = 0":
            words = printed(claim) if claim.status is Status.STATED else "not disclosed"
            yield Report(
                f"{claim.path.rpartition('.')[2]} is called {words}, yet the public files give it: {nearby}",
                claim.location,
                claimed=words,
                derived=nearby,
                severity=None if claim.status is Status.STATED else Severity.NOTE,
            )


def _bits(facts: Facts) -> Iterable[Report]:
    bits = PLAIN_BITS.get(facts.inspection.precision, 0) if facts.inspection else 0
    stored, full = facts.count("total.stored") or 0, facts.count("total.full") or 0
    size = facts.weight_bytes or 0
    for statement in facts.written(TOTAL) if bits and size else ():
        figure = statement.claim.figure
        if figure is None or figure.is_percent or "total.full" not in statement.judgement.fits or not figure.low:
            continue
        measured = Fraction(8 * size) / figure.low
        if measured > bits * SLACK and stored > full * SLACK:
            beside = ", ".join(
                f"{name} = {short(value)}"
                for name in ("mtp.stored", "modality.vision", "modality.audio")
                if (value := facts.count(name))
            )
            yield Report(
                f"{printed(statement.claim)} in {exact(size)} bytes is {float(measured):.2f} bits per parameter "
                f"of a {bits}-bit type: {beside}",
                statement.claim.location,
                claimed=printed(statement.claim),
                derived=f"total.stored = {exact(stored)}",
            )


FORMS: tuple[Rule, ...] = (
    Rule(
        "parameters-in-bytes",
        FAMILY,
        "parameters are given in bytes",
        why="B is billion parameters in one place and bytes in another; at 8 bits they even look alike.",
        decided="The value of a parameter field ends in a unit of bytes.",
        example="packed elements, bytes and parameters mixed up: off by 3 to 8 times",
        url="https://github.com/AlexsJones/llmfit/issues/1045",
        fix="Give the count of parameters; bytes belong in stored_capacity.",
        check=_in_bytes,
    ),
    Rule(
        "figure-in-words",
        FAMILY,
        "a field for a figure holds words",
        why="No program can read it, so it is dropped or read wrong.",
        decided="The value is not one figure.",
        example='active_parameters: "16 experts/token + shared (of 896 routed)"',
        url="https://github.com/vllm-project/recipes",
        fix="Write the figure; put words into note.",
        check=_words,
        outcome=Outcome.SUSPECT,
    ),
    Rule(
        "routing-contradicted",
        FAMILY,
        "the stated routing selects another number of experts",
        why="Active parameters and traffic follow from the number of selected experts.",
        decided="top-k in words is held against the experts per token of config.json, with and without the shared "
        "ones.",
        example='DeepSeek-R1 "shared + top-2": 1 shared and 8 of 256',
        url="https://github.com/deepseek-ai/DeepSeek-V3",
        fix="Write the number that config.json gives.",
        check=_routing,
        severity=Severity.ERROR,
    ),
    Rule(
        "unknown-though-public",
        FAMILY,
        "a figure is called unknown, yet the public files give it",
        why="Unknown is a statement too, and this one is false.",
        decided="The item is withheld or called unknown, and moeaudit derives it.",
        example='Kimi K2 experts "unknown": 384, 8 selected, 1 shared',
        url="https://github.com/MoonshotAI/Kimi-K2",
        fix="Write the derived figure.",
        check=_withheld,
        outcome=Outcome.INCOMPLETE,
    ),
    Rule(
        "bits-per-parameter",
        FAMILY,
        "the bytes hold more than the stated parameters",
        why="Storage and download are larger than the headline says, by modules that it leaves out.",
        decided="Stored bits ÷ the claimed total exceed the stored type's bits by more than one percent.",
        example="BF16 came out as 16.44 bits per parameter: prediction modules and vision were left out",
        url="https://github.com/0xBakeer/inference-atlas/issues/153",
        fix="Give the stored size beside the total.",
        check=_bits,
        outcome=Outcome.SUSPECT,
        severity=Severity.NOTE,
        persona=Persona.DEFAULT,
    ),
)
