"""Evaluation records: what they must say, and whether what was evaluated is what is delivered."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from moeaudit.checks.facts import Facts, Statement
from moeaudit.checks.finding import Confidence, Outcome, Severity
from moeaudit.checks.rule import Persona, Report, Rule
from moeaudit.checks.sides import printed
from moeaudit.claims.claim import Distribution, SourceKind, Status
from moeaudit.later import expression
from moeaudit.text import several

FAMILY = "evaluation"
RECORD = expression(r"(evaluations\[\d+\])\.(\w+)")
INDEPENDENT = expression(r"independent|third[- ]party|reproduc|external|第三方|独立", re.IGNORECASE)
SELF = expression(r"\b(?:provider|self|vendor|we|ours?|authors?|paper|internal)\b|自评|官方", re.IGNORECASE)
HOSTED = expression(r"\b(?:hosted|api|endpoint|chat app|product)\b|接口|托管", re.IGNORECASE)
OWN = expression(r"self[- ]hosted|local|downloaded|自托管|本地", re.IGNORECASE)
COMMIT = expression(r"@?[0-9a-f]{7,40}\b|@\S")
DENSE = expression(r"\bdense\b|稠密", re.IGNORECASE)

Record = Mapping[str, Statement]


def _records(facts: Facts) -> Iterable[Record]:
    """Each evaluation record of each file, field by field."""
    found: dict[tuple[str, str], dict[str, Statement]] = {}
    for statement in facts.statements:
        match = RECORD.fullmatch(statement.claim.path)
        if match:
            found.setdefault((statement.claim.location.file, match[1]), {})[match[2]] = statement
    return found.values()


def _deployment(facts: Facts) -> Record:
    return {
        statement.claim.path.partition(".")[2]: statement
        for statement in facts.statements
        if statement.claim.path.startswith("deployment.") and statement.claim.status is Status.STATED
    }


def _lacks(field: str) -> Callable[[Facts], Iterable[Report]]:
    def check(facts: Facts) -> Iterable[Report]:
        if any(True for _ in facts.stated(f"evaluation.{field}")):
            return
        lacking = [
            record.get("name") or record["score"]
            for record in _records(facts)
            if "score" in record and field not in record
        ]
        for file in dict.fromkeys(one.claim.location.file for one in lacking):
            first, *rest = (one for one in lacking if one.claim.location.file == file)
            more = f" and {several(len(rest), 'more score')}" if rest else ""
            yield Report(
                f"{printed(first.claim)}{more}: no {field} is stated",
                first.claim.location,
                claimed=printed(first.claim),
            )

    return check


def _matched(facts: Facts) -> Iterable[Report]:
    whole = any(True for _ in facts.stated("evaluation.matched_on"))
    for record in _records(facts):
        compared = [one for one in record.values() if DENSE.search(f"{one.claim.value} {one.claim.note}")]
        if compared and "matched_on" not in record and not whole:
            yield Report(
                f"{printed(compared[0].claim)}: compared with a dense model, matched on nothing that is stated",
                compared[0].claim.location,
                claimed=printed(compared[0].claim),
            )


def _differs(field: str) -> Callable[[Facts], Iterable[Report]]:
    def check(facts: Facts) -> Iterable[Report]:
        delivered = _deployment(facts).get(field)
        for record in _records(facts) if delivered else ():
            tested = record.get(field)
            if (
                tested
                and delivered
                and tested.claim.status is Status.STATED
                and not _same(str(tested.claim.value), str(delivered.claim.value))
            ):
                yield Report(
                    f"{field.replace('_', ' ')}: evaluated {printed(tested.claim)}, delivered "
                    f"{printed(delivered.claim)}",
                    tested.claim.location,
                    claimed=printed(tested.claim),
                    derived=f"delivered: {printed(delivered.claim)}",
                )

    return check


def _same(left: str, right: str) -> bool:
    """Whether two words mean one thing: equal but for case and signs, or the one more exact than the other."""
    a, b = ("".join(character for character in text.lower() if character.isalnum()) for text in (left, right))
    return a.startswith(b) or b.startswith(a)


def _independent(facts: Facts) -> Iterable[Report]:
    for record in _records(facts):
        reporter, score = record.get("reporter"), record.get("score") or record.get("reporter")
        kinds = {one.claim.source.kind for one in record.values() if one.claim.source}
        own = kinds and kinds <= {SourceKind.PRIMARY, SourceKind.PROVIDER}
        if (
            reporter
            and score
            and own
            and INDEPENDENT.search(str(reporter.claim.value))
            and not SELF.search(str(reporter.claim.value))
        ):
            yield Report(
                f"{printed(reporter.claim)} is said to report it, the source is the provider's own",
                reporter.claim.location,
                claimed=printed(reporter.claim),
                derived=f"source: {', '.join(sorted(str(kind) for kind in kinds if kind))}",
            )


def _pinned(facts: Facts) -> Iterable[Report]:
    for record in _records(facts):
        checkpoint = record.get("checkpoint")
        if checkpoint and checkpoint.claim.status is Status.STATED and not COMMIT.search(str(checkpoint.claim.value)):
            yield Report(
                f"{printed(checkpoint.claim)} names no commit",
                checkpoint.claim.location,
                claimed=printed(checkpoint.claim),
            )


def _hosted(facts: Facts) -> Iterable[Report]:
    if facts.distribution is not Distribution.DOWNLOADABLE:
        return
    for record in _records(facts):
        path = record.get("path")
        if path and HOSTED.search(str(path.claim.value)) and not OWN.search(str(path.claim.value)):
            yield Report(
                f"{printed(path.claim)} was evaluated, the claims are about the checkpoint",
                path.claim.location,
                claimed=printed(path.claim),
                derived="model.distribution: downloadable",
            )


LACKS: tuple[tuple[str, str, str, Persona, str, str], ...] = (
    (
        "checkpoint",
        "One name covers several checkpoints, and scores differ between them.",
        "Name repo and commit.",
        Persona.DEFAULT,
        "Llama 3.1's scores are not reached by following its own readme",
        "https://github.com/meta-llama/llama-cookbook/issues/613",
    ),
    (
        "harness",
        "The same task gives other scores under another harness or prompt.",
        "Name the harness, its version and the task's revision.",
        Persona.DEFAULT,
        "two versions of one harness give other GSM8K scores",
        "https://github.com/uclaml/SPIN/issues/12",
    ),
    (
        "mode",
        "Thinking and plain answers of one model differ by more than most models do.",
        "Name the mode: thinking or not, tools or not.",
        Persona.PEDANTIC,
        "0.31 instead of 0.72 without the prompts that were used and not published",
        "https://github.com/embeddings-benchmark/mteb/issues/3188",
    ),
    (
        "precision",
        "Quantised experts can route other tokens.",
        "Name the precision that was evaluated.",
        Persona.PEDANTIC,
        "",
        "",
    ),
    (
        "reporter",
        "Scores are the provider's own unless someone else reproduced them (S04).",
        "Say who ran it.",
        Persona.DEFAULT,
        "a paper gives another model other scores than that model's own paper does",
        "https://github.com/EleutherAI/lm-evaluation-harness/issues/887",
    ),
)
"""Field, why it matters, how to fix it, who wants to hear of it, a wild example and its link."""

DIFFERS: tuple[tuple[str, str], ...] = (
    ("checkpoint", "Scores of another checkpoint say nothing about this one."),
    ("path", "A hosted path may add filters, prompts and tools that the checkpoint lacks."),
    ("precision", "Quantisation moves routing decisions as well as values."),
    ("routing_policy", "Dropping, capacity or another number of experts makes another model."),
    ("context", "Scores at one context length do not carry over to another."),
    ("mode", "A mode that is not delivered earns no credit."),
)

EVALUATION: tuple[Rule, ...] = (
    *(
        Rule(
            f"evaluation-{field}-missing",
            FAMILY,
            f"a score without its {field}",
            why=why,
            decided=f"An evaluation has a score, and neither it nor the evaluation section states {field}.",
            fix=fix,
            check=_lacks(field),
            outcome=Outcome.INCOMPLETE,
            severity=Severity.NOTE,
            persona=persona,
            example=example,
            url=url,
        )
        for field, why, fix, persona, example, url in LACKS
    ),
    Rule(
        "evaluation-matched-on-missing",
        FAMILY,
        "a comparison with a dense model that is matched on nothing",
        why="Equal total, equal active parameters, equal memory and equal cost give four different winners.",
        decided="A record speaks of a dense model and no matched_on is stated.",
        fix="Say what was held equal: total, active, memory, budget, latency, throughput or cost.",
        check=_matched,
        outcome=Outcome.INCOMPLETE,
        confidence=Confidence.MEDIUM,
    ),
    *(
        Rule(
            f"evaluated-{field.replace('_', '-')}-differs",
            FAMILY,
            f"the evaluated {field.replace('_', ' ')} is not the delivered one",
            why=why,
            decided=f"evaluations[].{field} is held against deployment.{field}; the one must be the other, or more "
            f"exact.",
            fix="Evaluate what is delivered, or say that the score is of something else.",
            check=_differs(field),
            outcome=Outcome.SUSPECT,
        )
        for field, why in DIFFERS
    ),
    Rule(
        "self-reported-as-independent",
        FAMILY,
        "a provider's own score is called independent",
        why="Independence is what the reader pays attention to (S04).",
        decided="The reporter is called independent, every source of the record is primary or provider.",
        fix="Name the provider as reporter, or cite the independent run.",
        check=_independent,
        example="a paper gives another model other scores than that model's own paper does",
        url="https://github.com/EleutherAI/lm-evaluation-harness/issues/887",
    ),
    Rule(
        "evaluation-checkpoint-unpinned",
        FAMILY,
        "an evaluated checkpoint without a commit",
        why="Repos change after the evaluation.",
        decided="The checkpoint names no commit.",
        fix="Write org/name@commit.",
        check=_pinned,
        outcome=Outcome.INCOMPLETE,
        severity=Severity.NOTE,
        persona=Persona.PEDANTIC,
        example="reported scores that nobody reaches with the published checkpoint",
        url="https://github.com/knoveleng/open-rs/issues/11",
    ),
    Rule(
        "evaluation-of-product",
        FAMILY,
        "a hosted product was evaluated, a checkpoint is claimed",
        why="A hosted product is not the checkpoint (S05).",
        decided="The record's path is hosted, the claim file is about a downloadable model.",
        fix="Record which one is meant, or evaluate the checkpoint.",
        check=_hosted,
        outcome=Outcome.SUSPECT,
        example="scores of a hosted model that was switched off cannot be reproduced",
        url="https://github.com/BunsenFeng/Knowledge_Card/issues/1",
    ),
)
