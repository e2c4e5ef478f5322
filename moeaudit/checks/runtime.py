"""What a card says about running the model, held against the bytes of its weights and the context of its config."""

from __future__ import annotations

import re
from collections.abc import Iterable

from moeaudit.checks.amounts import Amount, amounts, bits_named
from moeaudit.checks.facts import Facts, Statement
from moeaudit.checks.finding import Confidence, Outcome, Severity
from moeaudit.checks.rule import Persona, Report, Rule
from moeaudit.checks.sides import once, printed
from moeaudit.claims.claim import Claim, Origin
from moeaudit.later import expression
from moeaudit.text import exact, visible

FAMILY = "runtime"
CONTEXT, MEMORY, CAPACITY = "runtime.context_length", "runtime.memory", "architecture.stored_capacity"
ELSEWHERE = expression(
    r"offload|per (?:gpu|device|card|node|rank)|each (?:gpu|device|card)|disk|mmap|cpu|系统内存|每(?:张|块|卡)",
    re.IGNORECASE,
)
"""Words after which an amount is not the memory of the whole model."""
KEPT_OUT = expression(r"\b(?:cache|training|fine-?tun\w*|bandwidth|activations?)\b", re.IGNORECASE)
QUANTISED = expression(r"\bquanti[sz]|\bGGUF\b|量化|量子化|양자화", re.IGNORECASE)
"""That weights are stored anew in fewer bits, not in how many."""
STORED_BITS = {"FP8": 8, "INT8": 8, "MXFP4": 4, "NVFP4": 4, "INT4": 4, "BF16": 16, "F16": 16, "F32": 32}
WHOLE = ("total.full", "total.stored")
"""What bytes of the weights are computed from."""
ROOM = 0.98
"""Bytes that a claim may lack before it counts as too little."""


def weights_in(facts: Facts, text: str) -> tuple[int, str] | None:
    """The least bytes that the language model's weights take, in the precision that the text names or else as
    stored."""
    total, stored, size = facts.count("total.full"), facts.count("total.stored"), facts.weight_bytes
    named = bits_named(text)
    if total is not None and named:
        return total * named[0] // 8, f"at {named[0]} bits"
    if total is not None and QUANTISED.search(text):
        return total // 8, "at 1 bit, the least that is left of them"
    if total is None or not stored or size is None:
        return None
    return size * total // stored, "as stored"


def around(claim: Claim, facts: Facts) -> str:
    """A claim's value with what stands around it: its note, in a card its sentence and its row."""
    quote = f"{claim.quote} {facts.row(claim)}" if claim.origin is Origin.CARD else ""
    return f"{claim.value} {claim.note} {quote}"


def _memory(facts: Facts) -> Iterable[tuple[Statement, Amount, int, str]]:
    """Amounts of memory that are said to be enough, with what the weights alone take."""
    for statement in facts.written(MEMORY):
        claim = statement.claim
        text = around(claim, facts)
        found = list(amounts(str(claim.value)))
        least = weights_in(facts, text)
        if found and least and not ELSEWHERE.search(text) and not KEPT_OUT.search(text):
            yield statement, max(found, key=lambda amount: amount.most), *least


def _from_active(facts: Facts, amount: Amount) -> tuple[int, str] | None:
    """The active count and bytes per parameter whose product prints as the amount, within a tenth."""
    for name in ("active.full", "active.head", "active.body"):
        active = facts.count(name) or 0
        for bits in (16, 8, 4) if active else ():
            size = active * bits // 8
            if 0.9 * amount.bytes() <= size <= 1.1 * amount.bytes(binary=True):
                return size, f"{name} × {bits} bits"
    return None


def _below(facts: Facts) -> Iterable[Report]:
    for statement, amount, least, how in _memory(facts):
        if amount.most < ROOM * least and _from_active(facts, amount) is None:
            yield Report(
                f"{amount.text} of memory is less than the weights alone: {exact(least)} bytes {how}",
                statement.claim.location,
                claimed=printed(statement.claim),
                derived=f"{exact(least)} bytes of weights {how}",
                rests_on=WHOLE,
            )


def _active_memory(facts: Facts) -> Iterable[Report]:
    for statement, amount, least, how in _memory(facts):
        source = _from_active(facts, amount)
        if source is not None and amount.most < ROOM * least:
            yield Report(
                f"{amount.text} of memory is {source[1]}; every expert must be loaded: {exact(least)} bytes {how}",
                statement.claim.location,
                claimed=printed(statement.claim),
                derived=f"{exact(least)} bytes of weights {how}",
                rests_on=WHOLE,
            )


def _binary(facts: Facts) -> Iterable[Report]:
    size = facts.weight_bytes or 0
    for statement in facts.written(MEMORY, CAPACITY) if size else ():
        for amount in amounts(str(statement.claim.value)):
            if amount.prints(size, binary=not amount.binary) and not amount.prints(size, binary=amount.binary):
                right = "GB" if amount.binary else "GiB"
                yield Report(
                    f"{amount.text} is right in {right}: the weights take {exact(size)} bytes",
                    statement.claim.location,
                    claimed=amount.text,
                    derived=f"{exact(size)} bytes",
                )


def _capacity(facts: Facts) -> Iterable[Report]:
    size = facts.weight_bytes or 0
    for statement in facts.written(CAPACITY) if size else ():
        for amount in amounts(str(statement.claim.value)):
            prints = any(amount.prints(size, binary=binary) for binary in (True, False))
            if not prints and not 0.98 * amount.bytes() <= size <= 1.02 * amount.bytes(binary=True):
                yield Report(
                    f"{amount.text} stored, but the weights take {exact(size)} bytes",
                    statement.claim.location,
                    claimed=amount.text,
                    derived=f"{exact(size)} bytes",
                    rests_on=(),
                )


def _context(facts: Facts) -> Iterable[Report]:
    most = max(
        (value for name in ("context_length", "context_length.scaled") if (value := facts.count(name))), default=None
    )
    for statement in once(facts.written(CONTEXT)):
        figure = statement.claim.figure
        if most is not None and figure is not None and figure.low > most and not statement.judgement.fits:
            yield Report(
                f"a context of {printed(statement.claim)} is more than {facts.config} is made for: {exact(most)} "
                f"positions",
                statement.claim.location,
                claimed=printed(statement.claim),
                derived=f"{exact(most)} positions",
            )


def _scaled(facts: Facts) -> Iterable[Report]:
    original = facts.count("context_length.original")
    for statement in facts.written(CONTEXT):
        if set(statement.judgement.fits) == {"context_length.scaled"}:
            yield Report(
                f"a context of {printed(statement.claim)} is reached by RoPE scaling only, from "
                f"{exact(original) if original else 'fewer'} positions",
                statement.claim.location,
                claimed=printed(statement.claim),
                derived=f"context_length.original = {exact(original)}" if original else None,
            )


def _precision(facts: Facts) -> Iterable[Report]:
    """A document that names the stored precision anywhere may speak of others as well: files to convert to, ways to
    serve."""
    stored = facts.inspection.precision if facts.inspection else ""
    held = set(bits_named(stored)) | {
        bits for word, bits in STORED_BITS.items() if re.search(rf"(?<!\w){word}(?!\w)", stored)
    }
    packed = held - {16, 32} or held
    stated = [
        (one, set(bits_named(str(one.claim.value))))
        for one in facts.written("runtime.precision")
        if not bits_named(one.claim.subject)
    ]
    for file in (
        dict.fromkeys(one.claim.location.file for one, _ in stated) if held and "not understood" not in stored else ()
    ):
        named = [(one, bits) for one, bits in stated if bits and one.claim.location.file == file]
        if named and not any(bits & packed for _, bits in named):
            yield Report(
                f"{printed(named[0][0].claim)} is claimed, the weights are {visible(stored, limit=120)}",
                named[0][0].claim.location,
                claimed=printed(named[0][0].claim),
                derived=visible(stored, limit=120),
            )


def _unconditioned(facts: Facts) -> Iterable[Report]:
    given = {
        path.rpartition(".")[2]
        for path in ("runtime.batch_conditions", "deployment.batch_conditions")
        for _ in facts.written(path)
    }
    machines = any(True for _ in facts.written("runtime.hardware", "deployment.hardware"))
    for statement in facts.written("runtime.throughput", "runtime.latency"):
        lacks = [word for word, there in (("batch conditions", bool(given)), ("hardware", machines)) if not there]
        if lacks:
            yield Report(
                f"{printed(statement.claim)} is stated without {' and '.join(lacks)}",
                statement.claim.location,
                claimed=printed(statement.claim),
                derived=f"no {' and no '.join(lacks)}",
            )


def _scope(facts: Facts) -> Iterable[Report]:
    for statement in facts.written("runtime.throughput"):
        text = f"{statement.claim.value} {statement.claim.note}"
        if not re.search(
            r"per|each|/\s?(?:gpu|device|node|user|request)|whole|total|aggregate|single",
            text.replace("per second", ""),
            re.IGNORECASE,
        ):
            yield Report(
                f"{printed(statement.claim)} does not say whether it is per device, per request or for the whole "
                f"deployment",
                statement.claim.location,
                claimed=printed(statement.claim),
            )


def _cost(facts: Facts) -> Iterable[Report]:
    machines = any(True for _ in facts.written("runtime.hardware", "deployment.hardware"))
    for statement in facts.written("runtime.cost_per_million_tokens"):
        if not statement.claim.note and not machines and statement.claim.origin is Origin.CLAIM_FILE:
            yield Report(
                f"{printed(statement.claim)} is stated without what it assumes",
                statement.claim.location,
                claimed=printed(statement.claim),
            )


RUNTIME: tuple[Rule, ...] = (
    Rule(
        "memory-below-weights",
        FAMILY,
        "the stated memory does not hold the weights",
        why="Whoever buys by it cannot load the model.",
        decided="The largest amount is held against the language model's bytes in the named precision, else as stored; "
        "amounts per device and offloading are left out.",
        example="packed elements taken for parameters: memory 3 to 6 times too low",
        url="https://github.com/AlexsJones/llmfit/issues/1045",
        fix="Give at least the weights' bytes, and what the cache needs on top.",
        check=_below,
        severity=Severity.ERROR,
        coincidence=True,
    ),
    Rule(
        "memory-from-active",
        FAMILY,
        "the memory is computed from active parameters",
        why="A token uses a few experts, the next one others: all of them must be in memory.",
        decided="The amount equals active parameters × 2, 1 or ½ bytes within a tenth, and is below the weights' "
        "bytes.",
        example="one tool's two estimators differ by a factor of four",
        url="https://github.com/AlexsJones/llmfit/issues/805",
        fix="Compute memory from total.full.",
        check=_active_memory,
        severity=Severity.ERROR,
        coincidence=True,
    ),
    Rule(
        "memory-unit",
        FAMILY,
        "GB and GiB are mistaken for each other",
        why="The two differ by seven percent, more than the room left on many devices.",
        decided="The amount is right only in the other unit.",
        example="gpt-oss-120b takes 60.8 GiB, which is 65.2 GB",
        url="https://github.com/openai/gpt-oss",
        fix="Write the unit that the figure is in.",
        check=_binary,
    ),
    Rule(
        "stored-bytes-contradicted",
        FAMILY,
        "the stored capacity is not the weights' size",
        why="Storage, transfer and weight security are planned on it.",
        decided="Bytes by the headers, the index or the config are held against the amount, in GB and in GiB.",
        fix="Give the bytes of the weight files.",
        check=_capacity,
        severity=Severity.ERROR,
        example="packed element counts taken for parameters: memory 3 to 6 times too low",
        url="https://github.com/AlexsJones/llmfit/issues/1045",
    ),
    Rule(
        "context-above-config",
        FAMILY,
        "the context is longer than the config is made for",
        why="Positions beyond it were not trained, and engines refuse or degrade.",
        decided="The claim exceeds max_position_embeddings and what rope_scaling makes of it.",
        example="Hunyuan-A13B: 256K claimed, max_position_embeddings 32768",
        url="https://github.com/Tencent-Hunyuan/Hunyuan-A13B",
        fix="Say how the longer context is reached, or give the configured one.",
        check=_context,
    ),
    Rule(
        "context-by-scaling",
        FAMILY,
        "the context is reached by RoPE scaling alone",
        why="Quality beyond the trained length is another claim, and static scaling costs quality below it.",
        decided="The claim fits the scaled context and neither the configured nor the original one.",
        fix="Give the trained and the scaled context apart.",
        check=_scaled,
        outcome=Outcome.INCOMPLETE,
        severity=Severity.NOTE,
    ),
    Rule(
        "precision-contradicted",
        FAMILY,
        "the stated precision is not that of the weights",
        why="Memory, speed and quality all follow from it.",
        decided="Bits of the precisions that a document names are held against config.json's quantisation; none is "
        "the stored one.",
        example="mixed expert and attention types read as one: 0.86T instead of 1.60T",
        url="https://github.com/huggingface/huggingface.js/issues/2323",
        fix="State the precision per part: experts, attention, the rest.",
        check=_precision,
        confidence=Confidence.MEDIUM,
    ),
    Rule(
        "speed-unconditioned",
        FAMILY,
        "a speed without its conditions",
        why="Throughput of a sparse model varies tenfold with batch and hardware.",
        decided="throughput or latency is stated, batch conditions or hardware are not.",
        example="a wrong active figure made one tool 2.74 times too fast",
        url="https://github.com/AlexsJones/llmfit/issues/544",
        fix="State batch, concurrency and hardware.",
        check=_unconditioned,
        outcome=Outcome.INCOMPLETE,
    ),
    Rule(
        "throughput-scope",
        FAMILY,
        "a throughput that may be per device or for the whole",
        why="The two differ by the number of devices.",
        decided="The text names neither device, request nor whole.",
        fix="Say per device, per request, or in total.",
        check=_scope,
        outcome=Outcome.INCOMPLETE,
        severity=Severity.NOTE,
        persona=Persona.PEDANTIC,
    ),
    Rule(
        "cost-unconditioned",
        FAMILY,
        "a cost without its assumptions",
        why="Cost per token depends on hardware, price and load.",
        decided="A cost is stated without note and without hardware.",
        fix="Give hardware, hourly price and load in note.",
        check=_cost,
        outcome=Outcome.INCOMPLETE,
        severity=Severity.NOTE,
        example="a speed estimate 2.74 times too high for a wrong active figure",
        url="https://github.com/AlexsJones/llmfit/issues/544",
    ),
)
