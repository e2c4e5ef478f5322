"""A pipeline of diffusers as one ledger: each folder by its own account, denoisers by their headers alone.

Two denoisers that take turns by noise step (Wan 2.2: `transformer`, `transformer_2`, `boundary_ratio`) are called a
mixture of experts by their makers. No router chooses between them for a token, so none of their parameters is a routed
expert here. Source: diffusers, pipelines/wan/pipeline_wan.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from moeaudit.architecture.weights import WHOLE
from moeaudit.errors import AuditError, NothingToAudit, Place
from moeaudit.evidence.model import Evidence, JsonFile, Role
from moeaudit.evidence.shard_sets import in_words
from moeaudit.later import dataclass, expression
from moeaudit.ledger.account import Account
from moeaudit.ledger.denominators import measure_all
from moeaudit.ledger.doubts import by_cause
from moeaudit.ledger.inspection import Agreement, Inspection, Witness
from moeaudit.ledger.ledger import Ledger, Line
from moeaudit.ledger.packing.storage import Storage
from moeaudit.ledger.values import Absent, Count, Value
from moeaudit.vocabulary import Component, Kind, Part

DENOISER = expression(r"(transformer|unet|prior|decoder)(_[0-9]+)?")
"""How pipelines name what they run once for each step of noise."""

NO_TOKEN = "the parts of a pipeline run a different number of times for one picture; no count is per token"

STEPS = "boundary_ratio"
"""The field that says where one denoiser hands over to the other, as a part of the noise."""


@dataclass(frozen=True)
class Folder:
    """One part. `parameters`: stored, None where it could not be counted, and `why`. `denoiser`: run at each step."""

    name: str
    kind: str  # the class that reads it
    parameters: int | None
    why: str
    denoiser: bool


@dataclass(frozen=True)
class Pipeline:
    """`boundary`: where the second denoiser takes over, as a part of the noise; None where nothing says so."""

    kind: str
    folders: tuple[Folder, ...]
    boundary: float | None = None

    @property
    def denoisers(self) -> tuple[Folder, ...]:
        return tuple(one for one in self.folders if one.denoiser)

    @property
    def in_turns(self) -> bool:
        """Whether its denoisers take turns by noise step."""
        return len(self.denoisers) > 1


def inspect_pipeline(evidence: Evidence, inspect: Callable[[Evidence], Inspection]) -> Inspection:
    """The inspection of a pipeline; `inspect` is that of one part's evidence. NothingToAudit where it has no part."""
    document = evidence.document(Role.PIPELINE)
    assert document is not None
    lines: list[Line] = []
    folders: list[Folder] = []
    accounts: list[Account] = []
    others: dict[Kind, int] = {}
    stored = 0
    for part in evidence.parts:
        kind = class_of(document, part.name)
        denoiser = DENOISER.fullmatch(part.name) is not None
        try:
            found: Inspection | AuditError = inspect(part.evidence)
        except NothingToAudit as error:
            found = error
        if not isinstance(found, Inspection) or part.evidence.headers is None:
            folders.append(Folder(part.name, kind, None, lacks(part.evidence), denoiser))
            continue
        ledger = found.ledger
        if ledger.uncounted:
            folders.append(Folder(part.name, kind, None, lacks(part.evidence), denoiser))
            continue
        library = isinstance((part.evidence.config.data if part.evidence.config else {}).get("_class_name"), str)
        lines += [placed(line, part.name, as_whole=library or denoiser) for line in ledger.lines]
        folders.append(Folder(part.name, kind, ledger.total(), "", denoiser))
        accounts.append(found.account)
        stored += part.evidence.headers.elements or 0
        for name, count in ledger.non_parameters.items():
            others[name] = others.get(name, 0) + count
    made = Pipeline(str(document.data.get("_class_name") or ""), tuple(folders), boundary(document.data))
    left = [one for one in folders if one.parameters is None]
    if not folders:
        raise NothingToAudit(
            "a pipeline of diffusers (model_index.json) without a folder that holds a model",
            place=Place(evidence.model.id),
            hint="Give the repo or folder with its parts.",
        )
    reasons: dict[str, list[str]] = {}
    for one in left:
        reasons.setdefault(one.why, []).append(one.name)
    uncounted = "; ".join(f"{', '.join(names)}: {why}" for why, names in reasons.items())
    elements = Count(stored) if accounts else None
    whole = Ledger("weights", tuple(lines), others, False, elements, uncounted=uncounted)
    doubts = by_cause(doubt for account in accounts for doubt in account.doubts)
    account = Account(None, whole, None, Storage.of({}), doubts=doubts)
    return Inspection(
        evidence=evidence,
        ledger=whole,
        denominators=without_tokens(measure_all(whole)),
        agreement=Agreement("single-witness"),
        witnesses=witnesses(evidence, whole),
        account=account,
        weights_ledger=whole,
        remarks=tuple(said(made)),
        pipeline=made,
    )


def placed(line: Line, folder: str, *, as_whole: bool) -> Line:
    """A line under its part's folder. Of a part that diffusers reads nothing but its total is known: its words are not
    those of language models."""
    place = f"{folder}.{line.place}" if line.place else folder
    if not as_whole:
        return replace(line, place=place)
    role, part = Component.OTHER, Part.LANGUAGE  # the pipeline's own, and no encoder of another model
    return replace(line, place=place, component=role, role=role, part=part, share=WHOLE, named=True, settled=True)


def without_tokens(values: Mapping[str, Value]) -> dict[str, Value]:
    """The denominators of a whole; none is per token."""
    return {
        name: Absent(NO_TOKEN) if name.startswith(("active.", "executed.", "prefill.")) else value
        for name, value in values.items()
    }


def witnesses(evidence: Evidence, ledger: Ledger) -> dict[str, Witness]:
    tables = [part.evidence.headers for part in evidence.parts if part.evidence.headers is not None]
    tensors, size = sum(table.tensors for table in tables), sum(table.bytes or 0 for table in tables)
    return {
        "config": Witness(False),
        "index": Witness(False),
        "headers": Witness(True, ledger.total(), tensors, size) if tables else Witness(False),
    }


def said(made: Pipeline) -> list[str]:
    """What a reader must know, a sentence each."""
    found = [f"a pipeline of diffusers{f' ({made.kind})' if made.kind else ''}: counted folder by folder"]
    if made.in_turns:
        names = " and ".join(one.name for one in made.denoisers)
        where = f", the first above {made.boundary:g} of the noise" if made.boundary is not None else ""
        sizes = dict.fromkeys(f"{one.parameters:,}" for one in made.denoisers if one.parameters is not None)
        step = f"; one step runs {' or '.join(sizes)} parameters" if sizes else ""
        found.append(f"{names} take turns by noise step{where}: they are not routed experts{step}")
    return found


def lacks(evidence: Evidence) -> str:
    if evidence.missing_shards:
        return f"without {in_words(evidence.missing_shards)}, no whole is known"
    if evidence.headers is not None:
        return "its tensors could not be understood"
    files = [file for file in evidence.shard_sizes if not file.endswith(".safetensors")]
    if not evidence.shard_sizes and evidence.config is None:
        return "its folder is not here"
    return "its weights are pickled and never opened" if files else "no safetensors headers were read"


def class_of(document: JsonFile, name: str) -> str:
    entry = document.data.get(name)
    return entry[1] if isinstance(entry, list) and len(entry) == 2 and isinstance(entry[1], str) else ""


def boundary(data: Mapping[str, Any]) -> float | None:
    value = data.get(STEPS)
    known = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1
    return float(value) if known and value is not None else None
