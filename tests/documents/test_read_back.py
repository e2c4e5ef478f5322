"""What a document says is in every medium, read back by a reader of that medium's own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from moeaudit.reports.document.blocks import Block, Paragraph
from moeaudit.reports.document.document import Document
from moeaudit.reports.document.runs import Figure, runs
from moeaudit.reports.packet.report import packet_document
from moeaudit.reports.writers.templates import Templates
from tests.documents.read_back import MEDIA, Medium, missing
from tests.documents.specimen import ACTIVE, specimen
from tests.packet_pictures.samples import FLEETS, sample

MEDIUM = pytest.mark.parametrize("medium", MEDIA, ids=lambda one: one.name)


@MEDIUM
def test_every_kind_of_block_and_run(medium: Medium) -> None:
    document = specimen()
    assert missing(document, medium, medium.read(document, Templates())) == []


@MEDIUM
@pytest.mark.parametrize("preset", ["procurement", "regulator"])
@pytest.mark.parametrize("name", FLEETS)
def test_every_line_of_a_packet(name: str, preset: str, medium: Medium) -> None:
    document = packet_document(sample(name), Templates(), preset)
    assert sum(len(section.blocks) for section in document.sections) > 20
    assert missing(document, medium, medium.read(document, Templates())) == []


@MEDIUM
def test_a_line_that_is_lost_changed_or_misplaced_is_found(medium: Medium) -> None:
    document = specimen(sections=2)
    text = medium.read(document, Templates())

    def lost(change: Block) -> list[str]:
        first = document.sections[0]
        changed = replace(first, blocks=(*first.blocks[:3], change, *first.blocks[3:]))
        return missing(replace(document, sections=(changed, *document.sections[1:])), medium, text)

    assert lost(Paragraph(runs("not there"))) == ["notthere"]
    assert lost(Paragraph(runs(Figure(replace(ACTIVE, low=1, high=1, typical=1)), " of them"))) == ["1ofthem"]
    moved = replace(document, sections=document.sections[::-1])
    assert missing(moved, medium, text)


def test_the_specimen_has_every_kind_of_block_and_run() -> None:
    """So a new kind is a new line in it."""
    from typing import get_args

    from moeaudit.reports.document import runs as kinds

    document: Document = specimen()
    blocks = {type(block) for section in document.sections for block in section.blocks}
    assert blocks == set(get_args(Block))
    seen: set[type] = set()

    def walk(found: object) -> None:
        if isinstance(found, get_args(kinds.Run)):
            seen.add(type(found))
        if isinstance(found, tuple):
            for one in found:
                walk(one)
        elif hasattr(found, "__dataclass_fields__"):
            for name in found.__dataclass_fields__:
                walk(getattr(found, name))

    walk(document)
    assert seen == set(get_args(kinds.Run))
