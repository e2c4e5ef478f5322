"""Layouts and hardware of the serving record, held against what the model divides into and weighs."""

from __future__ import annotations

import re
from collections.abc import Iterable

from moeaudit.architecture.blocks import Attention, LatentAttention
from moeaudit.checks.amounts import amounts
from moeaudit.checks.facts import Facts, Statement
from moeaudit.checks.finding import Confidence, Outcome, Severity
from moeaudit.checks.rule import Persona, Report, Rule
from moeaudit.checks.runtime import ELSEWHERE, ROOM, around, weights_in
from moeaudit.checks.sides import printed
from moeaudit.later import expression
from moeaudit.text import exact, visible

FAMILY = "runtime"
LAYOUT = (
    "deployment.layout",
    "deployment.stack",
    "deployment.expert_placement",
    "runtime.expert_placement",
    "runtime.serving_stack",
    "runtime.hardware",
    "deployment.hardware",
)
EP = expression(
    r"(?:\bep(?:[-_]?size)?|expert[-_ ]parallel(?:[-_ ](?:size|degree))?)\s*[=:]?\s*(\d{1,4})\b", re.IGNORECASE
)
TP = expression(r"(?:\btp(?:[-_]?size)?|tensor[-_ ]parallel(?:[-_ ]size)?)\s*[=:]?\s*(\d{1,4})\b", re.IGNORECASE)
EXPERT_PARALLEL = expression(r"\b(?:deep)?ep\b|expert[-_ ]parallel", re.IGNORECASE)
ENGINES = {"vllm": expression(r"\bvllm\b", re.IGNORECASE), "sglang": expression(r"\bsglang\b", re.IGNORECASE)}
"""Engines whose rules for quantised matrices are known, by how a record names them."""

REDUNDANT = expression(r"(\d{1,4}) redundant|redundant[-_ ]experts?\s*[=:]?\s*(\d{1,4})", re.IGNORECASE)
MACHINES = expression(
    r"(?:(?P<before>\d{1,4})\s?[x×*]?\s?)?(?P<device>(?:NVIDIA |AMD )?(?:[ABHL]\d{2,3}|GB?H?[23]00|RTX ?\d{4}"
    r"|MI\d{3}X?)"
    r"(?:[- ](?:SXM|PCIe|NVL|\d{2,3}G)B?)?)(?:\s?[x×*]\s?(?P<after>\d{1,4}))?(?!\w)"
)


def _texts(facts: Facts) -> Iterable[tuple[Statement, str]]:
    return ((statement, str(statement.claim.value)) for statement in facts.written(*LAYOUT))


def _expert_parallel(facts: Facts) -> Iterable[Report]:
    experts = facts.count("routed_experts")
    for statement, text in _texts(facts):
        found, spare = EP.search(text), REDUNDANT.search(text)
        held = (experts or 0) + (int(spare[1] or spare[2]) if spare else 0)
        if experts and found and int(found[1]) and held % int(found[1]):
            yield Report(
                f"{exact(held)} experts do not divide among {found[1]} expert-parallel ranks",
                statement.claim.location,
                claimed=printed(statement.claim),
                derived=f"{exact(held)} = {held // int(found[1])} × {found[1]} + {held % int(found[1])}",
            )


def _heads(facts: Facts) -> tuple[int, int] | None:
    """Query and key-value heads of the softmax attention, where all layers agree. Latent attention keeps one latent
    for all."""
    architecture = facts.inspection.architecture if facts.inspection else None
    if architecture is None:
        return None
    plain = {(block.heads, block.kv_heads) for block in architecture.find(Attention) if isinstance(block, Attention)}
    latent = {
        (block.heads, block.heads) for block in architecture.find(LatentAttention) if isinstance(block, LatentAttention)
    }
    return next(iter(plain | latent)) if len(plain | latent) == 1 else None


def _tensor_parallel(facts: Facts) -> Iterable[Report]:
    heads = _heads(facts)
    for statement, text in _texts(facts) if heads else ():
        found = TP.search(text)
        if heads and found and int(found[1]) and heads[0] % int(found[1]):
            yield Report(
                f"{heads[0]} attention heads do not divide among {found[1]} tensor-parallel ranks",
                statement.claim.location,
                claimed=printed(statement.claim),
                derived=f"{heads[0]} heads",
            )


def _blocks_cut(facts: Facts) -> Iterable[Report]:
    """Layouts that name a tensor-parallel size and no expert parallelism, by the engine that the record names; where it
    names none, by every engine whose rules are known, if all of them refuse."""
    inspection, texts = facts.inspection, [one for one in _texts(facts) if TP.search(one[1])]
    if inspection is None or inspection.architecture is None or not texts:
        return
    from moeaudit.costs.layout import Layout
    from moeaudit.costs.splits import cuts, matrices

    found = matrices(inspection.architecture, inspection.account.storage.parts)
    engines = [name for name in ENGINES if any(ENGINES[name].search(text) for _, text in _texts(facts))]
    for statement, text in texts if found else ():
        size = TP.search(text)
        layout = Layout(tp=int(size[1])) if size and int(size[1]) and not EXPERT_PARALLEL.search(text) else None
        cut = [list(cuts(found, layout, name, "")) for name in engines or ENGINES] if layout else []
        refused = [[one for one in each if one.refused] for each in cut]
        if refused and all(refused):
            first = refused[0][0]
            yield Report(
                str(first),
                statement.claim.location,
                claimed=printed(statement.claim),
                derived=f"{first.matrix.size} {first.matrix.side} in tiles of {first.matrix.tile}",
            )


def _replicated(facts: Facts) -> Iterable[Report]:
    heads = _heads(facts)
    for statement, text in _texts(facts) if heads else ():
        found = TP.search(text)
        if heads and found and int(found[1]) > heads[1]:
            yield Report(
                f"{found[1]} tensor-parallel ranks share {heads[1]} key-value heads: each is stored "
                f"{int(found[1]) / heads[1]:g} times",
                statement.claim.location,
                claimed=printed(statement.claim),
                derived=f"{heads[1]} key-value heads",
            )


def _machines(facts: Facts) -> Iterable[Report]:
    for statement in facts.written("runtime.hardware", "deployment.hardware"):
        claim = statement.claim
        text = around(claim, facts)
        least = weights_in(facts, text)
        room = _capacity(str(claim.value))
        if least and room and room[0] < ROOM * least[0] and not ELSEWHERE.search(text):
            yield Report(
                f"{visible(room[1])} hold {exact(room[0])} bytes, the weights take {exact(least[0])} {least[1]}",
                claim.location,
                claimed=printed(claim),
                derived=f"{exact(least[0])} bytes of weights {least[1]}",
            )


def _capacity(text: str) -> tuple[int, str] | None:
    """Memory of the machines that a text names: by the amount that it prints, else by the device catalogue."""
    from moeaudit.costs.devices import find

    found = MACHINES.search(text)
    if found is None:
        return None
    count = int(found["before"] or found["after"] or 1)
    printed_memory = max((amount.bytes(binary=True) for amount in amounts(text)), default=0)
    device = find(found["device"].replace("NVIDIA ", "").replace("AMD ", ""))
    size = printed_memory or (int(device.memory.value * 2**30) if device is not None and device.memory.value else 0)
    return (count * size, found.group().strip()) if size else None


def _version(facts: Facts) -> Iterable[Report]:
    for statement in facts.written("deployment.stack"):
        text = str(statement.claim.value)
        if not any(True for _ in facts.written("deployment.version")) and not re.search(r"\d", text):
            yield Report(
                f"{printed(statement.claim)} is stated without its version",
                statement.claim.location,
                claimed=printed(statement.claim),
            )


LAYOUTS: tuple[Rule, ...] = (
    Rule(
        "expert-parallel-uneven",
        FAMILY,
        "the experts do not divide among the expert-parallel ranks",
        why="Engines refuse such a layout, or give some ranks more experts, and the slowest rank sets the pace.",
        decided="Experts per layer, redundant ones included, modulo the expert-parallel size.",
        example="expert weights divided by the wrong parallel size",
        url="https://github.com/NVIDIA-NeMo/Megatron-Bridge/issues/3744",
        fix="Choose a size that divides the experts, or add redundant experts.",
        check=_expert_parallel,
    ),
    Rule(
        "tensor-parallel-uneven",
        FAMILY,
        "the attention heads do not divide among the tensor-parallel ranks",
        why="Engines refuse such a layout.",
        decided="Attention heads of config.json modulo the tensor-parallel size.",
        fix="Choose a size that divides the heads.",
        check=_tensor_parallel,
        example="52 attention heads on 3 devices",
        url="https://github.com/vllm-project/vllm/issues/414",
    ),
    Rule(
        "quantised-block-split",
        FAMILY,
        "tensor parallelism cuts a quantised matrix inside a block or group",
        why="No rank then has the scales of its share: engines refuse to start, or requests fail.",
        decided="Outputs or inputs of the matrix ÷ the tensor-parallel size, modulo the block or group that shares a "
        "scale, by the engine named (vLLM and SGLang, if both refuse, where none is). A layout with expert parallelism "
        "keeps experts whole.",
        fix="Use fewer tensor-parallel ranks, or expert parallelism.",
        check=_blocks_cut,
        example="experts 1,536 wide, in FP8 blocks of 128, on 8 ranks",
        url="https://github.com/vllm-project/vllm/issues/17569",
        confidence=Confidence.MEDIUM,
        since="0.2",
    ),
    Rule(
        "kv-heads-replicated",
        FAMILY,
        "more tensor-parallel ranks than key-value heads",
        why="Key-value heads are then stored more than once, and the cache holds fewer tokens than planned.",
        decided="The tensor-parallel size exceeds the key-value heads.",
        fix="Use fewer tensor-parallel ranks for attention, and data parallelism beside them.",
        check=_replicated,
        outcome=Outcome.SUSPECT,
        severity=Severity.NOTE,
        persona=Persona.PEDANTIC,
        example="28 attention heads and 4 key-value heads on a node of 8",
        url="https://github.com/vllm-project/vllm/issues/11797",
    ),
    Rule(
        "hardware-below-weights",
        FAMILY,
        "the stated hardware does not hold the weights",
        why="Whoever buys by it cannot load the model.",
        decided="Number of devices × memory (as printed, else by the device catalogue) against the weights' bytes in "
        "the named "
        "precision, else as stored.",
        example="packed element counts used as parameters",
        url="https://github.com/AlexsJones/llmfit/issues/622",
        fix="Name the hardware that holds total.full and the cache.",
        check=_machines,
        confidence=Confidence.MEDIUM,
    ),
    Rule(
        "stack-version-missing",
        FAMILY,
        "a serving stack without its version",
        why="Routing kernels, quantisation and defaults change between versions.",
        decided="deployment.stack is stated without version.",
        fix="State the version and the flags.",
        check=_version,
        outcome=Outcome.INCOMPLETE,
        severity=Severity.NOTE,
        persona=Persona.PEDANTIC,
    ),
)
