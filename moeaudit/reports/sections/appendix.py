"""What is needed to make the packet again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from moeaudit.reports.document.blocks import Block, Code, Column, Heading, Paragraph, Table, Tone
from moeaudit.reports.document.runs import Name, Number, joined, runs
from moeaudit.reports.document.words import Words
from moeaudit.reports.packet.model import Appendix, EvidenceFile, Subject


class Made(Protocol):
    @property
    def appendix(self) -> Appendix: ...

    @property
    def subject(self) -> Subject: ...


NEEDS = ("appendix", "subject")


def section(result: Made, w: Words) -> Iterator[Block]:
    """Tool, command, and the digests of all that went in."""
    made, commit = result.appendix, result.subject.commit
    known = w("appendix.commit", commit=Name(commit)) if commit else w("appendix.no_commit")
    unread = [] if made.evidence else [w("appendix.no_evidence")]
    told = [w("appendix.tool", tool=made.tool, version=made.version), known, *unread]
    yield Paragraph(joined(told, " "))
    yield Heading(w("appendix.reproduce"))
    yield Code(made.command)
    yield Paragraph(w("appendix.verify"), Tone.SMALL)
    for title, files, origin in (("evidence", made.evidence, True), ("inputs", made.inputs, False)):
        if files:
            yield Heading(w(f"appendix.{title}"))
            yield digests(files, w, origin)


def digests(files: Sequence[EvidenceFile], w: Words, origin: bool) -> Table:
    """Each file with its digest; `origin`: and where it came from."""
    columns = (
        Column(w("columns.file"), 2.4),
        Column(w("columns.bytes"), 1, right=True),
        Column(w("columns.sha256"), 3.6 if origin else 6),
        Column(w("columns.origin"), 2.6, brief=False),
    )
    rows = tuple((runs(one.file), runs(Number(one.bytes)), runs(Name(one.sha256)), runs(one.origin)) for one in files)
    kept = len(columns) if origin else 3
    return Table(columns[:kept], tuple(row[:kept] for row in rows), name="digests")
