"""The weight files held against each other: index, headers, shard sizes. Nothing here needs a claim."""

from __future__ import annotations

from collections.abc import Iterable

from moeaudit.checks.facts import Facts
from moeaudit.checks.finding import Outcome, Severity
from moeaudit.checks.needs import Need
from moeaudit.checks.one_cause import inner, lacking_names
from moeaudit.checks.rule import Persona, Report, Rule
from moeaudit.errors import Place
from moeaudit.evidence.model import Index
from moeaudit.ledger.doubts import Cause
from moeaudit.text import exact, several, short, visible

FAMILY = "evidence integrity"

HEADER_ROOM = 100_000_000
"""Largest safetensors header, per shard: the format's own limit. (https://huggingface.co/docs/safetensors)"""


def _index(facts: Facts) -> Index:
    """The index of a rule that needs one."""
    index = facts.seen.evidence.index
    assert index is not None
    return index


def _listed(index: Index) -> tuple[str, ...]:
    return index.table.shards.files if index.table.shards else ()


def _ghost_tensors(facts: Facts) -> Iterable[Report]:
    index = _index(facts)
    headers = facts.seen.evidence.headers
    assert headers is not None
    if set(index.table.names_only().groups) == set(headers.names_only().groups):
        return
    named, held = set(_names(index, facts)), set(headers.names())
    told = lacking_names(facts.seen)
    for names, claimed, derived in (
        ({name for name in named - held if inner(name) not in told}, "named in the index", "in no shard"),
        (held - named, "not in the index", "in the shards"),
    ):
        if names:
            yield Report(
                f"{several(len(names), 'tensor is', 'tensors are')} {claimed} and {derived}: "
                f"{visible(min(names), limit=100)}{' among them' if len(names) > 1 else ''}",
                Place(index.file, path="weight_map"),
                claimed=claimed,
                derived=derived,
            )


def _names(index: Index, facts: Facts) -> Iterable[str]:
    """The names that an index lists, without those of shards that are not there: `weights-missing` tells of these."""
    gone = _gone(facts)
    return (tensor.name for tensor in index.table.expand() if tensor.shard not in gone) if gone else index.table.names()


def _gone(facts: Facts) -> frozenset[str]:
    return frozenset(facts.seen.evidence.missing_shards)


def _ghost_shards(facts: Facts) -> Iterable[Report]:
    index = _index(facts)
    missing = sorted(set(_listed(index)) - set(facts.seen.evidence.shard_sizes))
    told = any(doubt.cause is Cause.WEIGHTS_MISSING for doubt in facts.doubts)
    if missing and not (told and _gone(facts)):
        yield Report(
            f"the index names {several(len(_listed(index)), 'shard')}, "
            f"{several(len(missing), 'of them is', 'of them are')} not there: "
            f"{visible(missing[0], limit=80)} first",
            Place(index.file, path="weight_map"),
            claimed=several(len(_listed(index)), "shard"),
            derived=f"{len(_listed(index)) - len(missing)} of them in the repo",
        )


def _shard_sizes(facts: Facts) -> Iterable[Report]:
    """Sizes of the files against what they should hold: the bytes that their headers list, else total_size."""
    index = _index(facts)
    sizes, headers = facts.seen.evidence.shard_sizes, facts.seen.evidence.headers
    if index.total_size is None or not _listed(index) or not set(_listed(index)) <= set(sizes):
        return
    held, room = sum(sizes[name] for name in _listed(index)), HEADER_ROOM * len(_listed(index))
    # a total_size that is not the headers' sum, and tensors that no shard holds, are findings of their own
    listed = headers.bytes if headers is not None else None
    told = listed is not None and listed <= held <= listed + room
    if index.format == "safetensors" and not told and not index.total_size <= held <= index.total_size + room:
        yield Report(
            f"the shards hold {exact(held)} bytes, total_size says {exact(index.total_size)}",
            Place(index.file, path="metadata.total_size"),
            claimed=f"total_size {exact(index.total_size)}",
            derived=f"{exact(held)} bytes in {several(len(_listed(index)), 'shard')}",
        )


def _pickled(facts: Facts) -> Iterable[Report]:
    index = _index(facts)
    if index.format == "pytorch":
        yield Report("the weights are pickles: loading them can run code", Place(index.file))


def _duplicates(facts: Facts) -> Iterable[Report]:
    ledger = facts.seen.ledger
    copies = sum(line.elements for line in ledger.lines if line.duplicate)
    if copies:
        yield Report(
            f"{short(copies)} of {short(ledger.total())} stored parameters are copies of others; total.stored counts "
            f"them twice",
            claimed=f"total.stored = {exact(ledger.total())}",
            derived=f"{exact(copies)} of them copies",
        )


def _single_witness(facts: Facts) -> Iterable[Report]:
    if facts.seen.agreement.verdict == "single-witness":
        yield Report("only one account of the weights is at hand, so nothing confirms it")


def _remote_code(facts: Facts) -> Iterable[Report]:
    config = facts.seen.evidence.config
    if config is not None and config.data.get("auto_map"):
        yield Report(
            f"{facts.config} names code of its own (auto_map) that a loader may be told to run",
            Place(facts.config_file, path="auto_map"),
        )


WEIGHT_FILES: tuple[Rule, ...] = (
    Rule(
        "index-ghost-tensors",
        FAMILY,
        "the index and the shards hold different tensors",
        why="Loaders follow the index: a tensor that it misses stays unloaded, one that it invents fails.",
        decided="Names in the weight index are held against the names in the safetensors headers.",
        fix="Write the index again with the tool that writes the shards.",
        check=_ghost_tensors,
        needs=(Need.INDEX, Need.HEADERS),
        severity=Severity.ERROR,
        example="mtp.fc.weight stands in the index of a 27B model and in none of its 12 shards",
        url="https://github.com/huggingface/huggingface_hub/issues/4725",
    ),
    Rule(
        "index-ghost-shards",
        FAMILY,
        "the index names shards that the repo does not hold",
        why="The model cannot be loaded whole.",
        decided="Shard names in the index are looked up among the repo's files.",
        example="the index says 30 shards, 15 exist",
        url="https://github.com/Neph0s/CoSER/issues/3",
        fix="Upload the missing shards, or write the index again.",
        check=_ghost_shards,
        needs=(Need.INDEX, Need.SIZES),
        severity=Severity.ERROR,
    ),
    Rule(
        "shard-sizes",
        FAMILY,
        "the shards' sizes do not add up to total_size",
        why="Storage is planned on total_size, and a truncated upload looks like this.",
        decided="Σ sizes of the indexed shards must be total_size plus their headers, of at most 100 MB each.",
        fix="Upload the shards again, or write the index again.",
        check=_shard_sizes,
        needs=(Need.INDEX, Need.SIZES),
        example="the first of six shards has 4.07 GB instead of 4.97 GB and cannot be read",
        url="https://github.com/PersuGPT/PersuGPT.github.io/issues/2",
    ),
    Rule(
        "weights-pickled",
        FAMILY,
        "the weights are stored as pickles",
        why="A pickle can run code when it is loaded, and its tensors cannot be listed without that.",
        decided="The weight index is pytorch_model.bin.index.json.",
        fix="Publish safetensors.",
        check=_pickled,
        needs=(Need.INDEX,),
        outcome=Outcome.SUSPECT,
        example="users ask for safetensors instead of pickled weights",
        url="https://github.com/resemble-ai/chatterbox/issues/66",
    ),
    Rule(
        "weights-duplicated",
        FAMILY,
        "the checkpoint stores copies of its own matrices",
        why="The Hub counts copies as parameters, so the page shows more than the model has.",
        decided="Prediction modules with copies of embedding and head are marked in the ledger.",
        example="DeepSeek-V3: 685B on the Hub page, 671B in the card",
        url="https://github.com/deepseek-ai/DeepSeek-V3/issues/549",
        fix="Give the total and the stored size apart.",
        check=_duplicates,
        needs=(Need.EVIDENCE,),
        outcome=Outcome.SUSPECT,
        severity=Severity.NOTE,
        persona=Persona.PEDANTIC,
    ),
    Rule(
        "single-witness",
        FAMILY,
        "only one account of the weights was read",
        why="Counts from config.json alone rest on the config being right.",
        decided="Neither a weight index nor headers were read, or no config describes them.",
        fix="Read the index or the headers as well (--depth headers).",
        check=_single_witness,
        needs=(Need.EVIDENCE,),
        outcome=Outcome.UNVERIFIABLE,
        severity=Severity.NOTE,
        persona=Persona.AUDITOR,
    ),
    Rule(
        "remote-code",
        FAMILY,
        "the repo brings code of its own",
        why="Who loads the model with trust_remote_code runs it.",
        decided="config.json has an auto_map.",
        fix="Name a release of a library that knows the model type.",
        check=_remote_code,
        needs=(Need.CONFIG,),
        outcome=Outcome.SUSPECT,
        severity=Severity.NOTE,
        persona=Persona.AUDITOR,
        example="code that comes with a checkpoint must be allowed explicitly",
        url="https://github.com/huggingface/transformers/pull/27776",
    ),
)
