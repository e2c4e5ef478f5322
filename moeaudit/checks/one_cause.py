"""One cause is one finding: what another rule already tells, told once, where it says most."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from moeaudit.claims.verdicts import Verdict
from moeaudit.evidence.tables import TensorGroup, TensorTable
from moeaudit.ledger.doubts import Cause, Doubt
from moeaudit.ledger.inspection import Inspection
from moeaudit.ledger.oddities import first_names
from moeaudit.text import several

if TYPE_CHECKING:
    from moeaudit.checks.facts import Statement


def told_elsewhere(card: Statement, record: Statement, said: Container[tuple[str, str, str]]) -> bool:
    """Whether another finding tells how a card and a claim file differ: the evidence contradicts one of them, or the
    card differs from itself. `said`: file, field and figure of everything stated."""
    contradicted = Verdict.CONTRADICTED in (card.judgement.verdict, record.judgement.verdict)
    return contradicted or (card.claim.location.file, record.claim.path, record.claim.printed) in said


LACKING, STORED = "lacking", "stored"
"""What is odd about the output projection: there is none though the table is not shared, or one though it is."""


def of_cause(cause: Cause, inspection: Inspection) -> list[Doubt]:
    """The doubts of one cause that no other finding tells."""
    doubts = inspection.account.doubts
    own = [doubt for doubt in doubts if doubt.cause is cause]
    if cause in (Cause.WEIGHTS_MISSING, Cause.WEIGHTS_UNEXPECTED) and odd_head(inspection):
        return list(_without_head(own, inspection))
    if cause is Cause.INDEX_BYTES and _lacked(inspection):
        return []  # `weights-missing` names the tensors
    if cause is Cause.WEIGHTS_BYTES and any(doubt.cause is Cause.EXPERTS_MISSING for doubt in doubts):
        return []  # told as its consequence, see below
    if cause is Cause.EXPERTS_MISSING and own:
        own += [doubt for doubt in doubts if doubt.cause is Cause.WEIGHTS_BYTES]
    return own


def odd_head(inspection: Inspection) -> str:
    """How the tie flag and the stored output projection disagree; empty where they do not, or cannot be compared.

    A copy that lacks more than the head, or whole shards, says nothing about the flag.
    """
    comparison = inspection.agreement.comparison
    if inspection.architecture is None or comparison is None:
        return ""
    if inspection.architecture.tied:
        return STORED if any(is_head(group.template) for group in comparison.unexpected.groups) else ""
    lacks = [is_head(group.template) for group in comparison.missing.groups]
    packed = any(in_head(group.template) for group in comparison.unexpected.groups)
    whole = not inspection.evidence.missing_shards
    return LACKING if lacks and all(lacks) and whole and not packed else ""


def is_head(template: str) -> bool:
    return template.endswith(("lm_head.weight", "head.weight")) and "{}" not in template


def in_head(template: str) -> bool:
    """Whether this is something stored for the output projection, in whatever format."""
    return "lm_head" in template.split(".")


def _without_head(doubts: Iterable[Doubt], inspection: Inspection) -> Iterator[Doubt]:
    """The same doubts about all but the output projection, of which `tie-flag` tells; none where nothing is left."""
    comparison = inspection.agreement.comparison
    assert comparison is not None
    config = inspection.evidence.describing
    for doubt in doubts:
        missing = doubt.cause is Cause.WEIGHTS_MISSING
        table = comparison.missing if missing else comparison.unexpected
        rest = TensorTable(tuple(group for group in table.groups if not _of_head(group)))
        are = "is" if rest.tensors == 1 else "are"
        are = "is" if rest.tensors == 1 else "are"
        said = (
            f"that {config} describes {are} not in the weights"
            if missing
            else f"in the weights {are} not described by {config}"
        )
        if rest.tensors:
            message = f"{several(rest.tensors, 'tensor')} {said}: {first_names(rest)}"
            yield replace(doubt, message=message, tensors=rest.tensors, bytes=rest.bytes)


def _of_head(group: TensorGroup) -> bool:
    return is_head(group.template) or in_head(group.template)


def _lacked(inspection: Inspection) -> bool:
    """Whether the bytes that the index counts and the headers do not are those of tensors that are missing."""
    index, headers, comparison = inspection.evidence.index, inspection.evidence.headers, inspection.agreement.comparison
    if index is None or index.total_size is None or headers is None or headers.bytes is None or comparison is None:
        return False
    return bool(comparison.missing.tensors) and index.total_size - headers.bytes == comparison.missing.bytes


def lacking_names(inspection: Inspection) -> frozenset[str]:
    """Names of the tensors that `weights-missing` tells of, without what stands before the layers."""
    comparison = inspection.agreement.comparison
    told = bool(of_cause(Cause.WEIGHTS_MISSING, inspection)) or odd_head(inspection) == LACKING
    return frozenset(map(inner, comparison.missing.names())) if comparison is not None and told else frozenset()


def inner(name: str) -> str:
    """A name from its layers on, so that another prefix does not hide that two are one."""
    before, found, after = name.partition("layers.")
    return found + after if found else ".".join(before.split(".")[-2:])
