"""Peaks, operations per token, and the AI Act's two thresholds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from fractions import Fraction

from moeaudit.checks.amounts import bits_named, powers
from moeaudit.checks.compute import FAMILY, NEAR, products_of, training_flop, used
from moeaudit.checks.facts import Facts
from moeaudit.checks.finding import Confidence, Outcome, Severity
from moeaudit.checks.rule import Report, Rule
from moeaudit.checks.sides import printed
from moeaudit.later import expression
from moeaudit.text import visible

AI_ACT = "https://ai-act-law.eu/article/51/"

SYSTEMIC_RISK, GENERAL_PURPOSE = 10**25, 10**23
"""FLOP: the presumption of Article 51(2), and the indicative criterion of the Commission's guidelines, C(2025) 7719."""

PEAK = expression(r"(?<![\w.])(\d{1,5}(?:,\d{3})*(?:\.\d+)?)\s?([TP])(?:FLOP/?s?|FLOPS)\b", re.IGNORECASE)

DEVICE = expression(r"\b(?:H100|H200|H800|A100|B200|GB200|B300|MI300X|MI325X|L40S?)\b")

SPARSE = expression(r"spars|2:4|稀疏", re.IGNORECASE)

PER_TOKEN = expression(
    r"(?<![\w.])(\d{1,5}(?:\.\d+)?)\s?([MGTP])FLOPs?(?: are| is)?(?: \w+){0,3}"
    r" (?:per|a|/|for (?:each|every)|for one) ?token",
    re.IGNORECASE,
)

UNIT = {"m": 10**6, "g": 10**9, "t": 10**12, "p": 10**15}

BELOW = expression(r"\b(?:below|under|no|none|false|not)\b|less than", re.IGNORECASE)


def _sparse_peak(facts: Facts) -> Iterable[Report]:
    for sentence in facts.sentences:
        device = DEVICE.search(sentence.text)
        if device is None or SPARSE.search(sentence.text):
            continue
        for found in PEAK.finditer(sentence.text):
            value = float(found[1].replace(",", "")) * UNIT[found[2].lower()]
            dense = _dense_peak(device[0], sentence.text)
            if dense and abs(value / (2 * dense) - 1) < 0.01:
                yield Report(
                    f"{visible(found[0])} of {device[0]} is its peak with structured sparsity; dense it is "
                    f"{dense / 1e12:,g} TFLOP/s",
                    sentence.place,
                    claimed=visible(found[0]),
                    derived=f"{dense / 1e12:,g} TFLOP/s dense",
                )


def _dense_peak(name: str, text: str) -> float | None:
    """The dense peak of a device in the precision that the text names, else in its fastest one."""
    from moeaudit.costs.devices import find

    device, named = find(name), bits_named(text)
    if device is None:
        return None
    wanted = {16: "bf16", 8: "fp8", 4: "fp4"}.get(named[0], "") if named else ""
    cells = [device.peaks[wanted]] if wanted else list(device.peaks.values())
    return max((cell.value * 1e12 for cell in cells if cell.value), default=None)


def _rate(facts: Facts) -> Iterable[Report]:
    total = facts.count("total.full") or 0
    names = ("executed.full", "active.full-tables", "active.full")
    name, active = next(((name, count) for name in names if (count := facts.count(name))), ("active.full", 0))
    for sentence in facts.sentences if active and total > 1.5 * active else ():
        for found in PER_TOKEN.finditer(sentence.text):
            value = float(found[1]) * UNIT[found[2].lower()]
            passes = next((passes for passes in (2, 6) if abs(value / (passes * total) - 1) <= NEAR), None)
            if passes and not sentence.denies:
                yield Report(
                    f"{visible(found[0])} is {passes} · total.full; a token uses active parameters: "
                    f"{2 * active / 1e9:,.4g} GFLOP forward",
                    sentence.place,
                    claimed=visible(found[0]),
                    derived=f"2 · {name} = {2 * active / 1e9:,.4g} GFLOP",
                )


SYSTEMIC = (expression(r"systemic[- ]risk|系统性风险", re.IGNORECASE), GENERAL_PURPOSE, SYSTEMIC_RISK)

GENERAL = (
    expression(r"general[- ]purpose(?: AI)?|GPAI|通用目的|通用人工智能模型", re.IGNORECASE),
    SYSTEMIC_RISK,
    GENERAL_PURPOSE,
)


def _mistaken(facts: Facts, words: re.Pattern[str], wrong: int, right: int) -> Iterator[tuple[str, Report]]:
    for sentence in facts.sentences:
        found = [(value, text) for value, text in powers(sentence.text) if value in (Fraction(wrong), Fraction(right))]
        about = words.search(sentence.text) or (
            words is SYSTEMIC[0] and sentence.place.path == "governance.systemic_risk"
        )
        if about and found and all(value == wrong for value, _ in found) and not sentence.denies:
            yield sentence.text, Report("", sentence.place, claimed=visible(found[0][1]))


def _systemic(facts: Facts) -> Iterable[Report]:
    for _, one in _mistaken(facts, *SYSTEMIC):
        yield Report(
            "systemic risk is presumed above 10^25 FLOP (Article 51(2)); 10^23 is the indicative test for being "
            "general-purpose",
            one.place,
            claimed=one.claimed,
            derived="10^25 FLOP, Regulation (EU) 2024/1689, Article 51(2)",
        )


def _general(facts: Facts) -> Iterable[Report]:
    for text, one in _mistaken(facts, *GENERAL):
        if not SYSTEMIC[0].search(text):
            yield Report(
                "10^23 FLOP indicates a general-purpose model; 10^25 is the presumption of systemic risk",
                one.place,
                claimed=one.claimed,
                derived="10^23 FLOP, Commission guidelines C(2025) 7719, section 2.1",
            )


def _missed(facts: Facts) -> Iterable[Report]:
    products = products_of(facts)
    stated = next((flop for _, flop in training_flop(facts)), None)
    for statement in facts.written("governance.systemic_risk"):
        flop = stated or (6 * used(products)[1] * products[0] if products else None)
        text = str(statement.claim.value)
        if flop is not None and flop > 1.3 * SYSTEMIC_RISK and (statement.claim.value is False or BELOW.search(text)):
            yield Report(
                f"training took about {flop:.2g} FLOP, above the 10^25 of Article 51(2)",
                statement.claim.location,
                claimed=printed(statement.claim),
                derived=f"{flop:.2g} FLOP",
            )


THRESHOLDS: tuple[Rule, ...] = (
    Rule(
        "sparse-peak",
        FAMILY,
        "a peak with structured sparsity is used as the device's peak",
        why="Mixture-of-Experts sparsity is not 2:4 sparsity: dense products reach half of it at most.",
        decided="The figure is twice the dense peak of the named device and precision, and sparsity is not mentioned.",
        example="device tables that print the sparse figure first",
        url="https://github.com/stas00/ml-engineering/blob/744d01e18b79512572f64a6bbd8b5f4a725203a7/compute/accelerator/README.md",
        fix="Use the dense peak.",
        check=_sparse_peak,
    ),
    Rule(
        "flops-from-total",
        FAMILY,
        "operations per token are computed from total parameters",
        why="Speed and cost come out wrong by the sparsity.",
        decided="The figure equals 2 or 6 × total.full within 8 %.",
        example="one path counted five times the operations of another for Qwen3-30B-A3B",
        url="https://github.com/pytorch/torchtitan/issues/4300",
        fix="Use active.head, the parameters that multiply.",
        check=_rate,
    ),
    Rule(
        "systemic-risk-threshold",
        FAMILY,
        "the threshold of systemic risk is mistaken",
        why="Duties differ by two orders of magnitude of compute.",
        decided="Systemic risk is said to begin at 10^23 FLOP.",
        example='"10^23 FLOPs presumes systemic risk"',
        url=AI_ACT,
        fix="Write 10^25 FLOP, Article 51(2).",
        check=_systemic,
        severity=Severity.ERROR,
    ),
    Rule(
        "general-purpose-threshold",
        FAMILY,
        "the criterion for general-purpose models is mistaken",
        why="Models far below 10^25 FLOP have duties as well.",
        decided="Being general-purpose is said to begin at 10^25 FLOP.",
        url=AI_ACT,
        example="the two thresholds of the guidelines exchanged",
        fix="Write 10^23 FLOP, an indicative criterion.",
        check=_general,
    ),
    Rule(
        "systemic-risk-missed",
        FAMILY,
        "training compute above the presumption, stated as below",
        why="Providers must notify once 10^25 FLOP are reached or foreseeable (Article 52).",
        decided="The stated compute, else 6 · active.full · tokens, exceeds 1.3 × 10^25, and the text denies it.",
        url=AI_ACT,
        example="cumulative compute includes synthetic data and earlier stages",
        fix="Count the compute, and notify.",
        check=_missed,
        outcome=Outcome.SUSPECT,
        confidence=Confidence.MEDIUM,
    ),
)
