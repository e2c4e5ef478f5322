"""Which view draws a packet in which format."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from moeaudit.reports.document.document import Document
    from moeaudit.reports.packet.inputs import Inputs
    from moeaudit.reports.packet.model import Packet
    from moeaudit.reports.writers.attached import Attachment
    from moeaudit.reports.writers.templates import Templates

FORMATS = ("markdown", "html", "pdf", "text", "json", "cyclonedx", "spdx")
TWIN = "packet.json"
"""What the JSON twin is called inside the pages."""


def views(
    packet: Packet, inputs: Inputs, preset: str, templates: Templates, paper: str
) -> Mapping[str, Callable[[], str | bytes]]:
    """Every format as a function that draws the packet; what it needs is loaded when it is called."""

    @cache
    def twin() -> str:
        from moeaudit.reports.packet.document import render

        return render(packet, inputs)

    @cache
    def attached() -> Attachment:
        from moeaudit.reports.writers.attached import Attachment

        what = templates.words.text("document.attached")
        return Attachment(TWIN, twin().encode(), "application/json", what)

    @cache
    def document() -> Document:
        from moeaudit.reports.packet.report import packet_document

        return packet_document(packet, templates, preset, attached().digest)

    def text() -> str:
        from moeaudit.reports.terminal import written
        from moeaudit.reports.writers.terminal import write

        return written(lambda page: write(document(), page))

    def markdown() -> str:
        from moeaudit.reports.writers.markdown import render

        return render(document(), templates, packet)

    def html() -> str:
        from moeaudit.reports.writers.html import render

        return render(document(), templates, packet, attached())

    def pdf() -> bytes:
        from moeaudit.reports.writers.pdf import render

        return render(document(), templates, paper=paper, attached=(attached(),))

    def cyclonedx() -> str:
        from moeaudit.reports.packet.bom.cyclonedx import render

        return render(packet)

    def spdx() -> str:
        from moeaudit.reports.packet.bom.spdx import render

        return render(packet)

    return {"markdown": markdown, "html": html, "pdf": pdf, "text": text, "json": twin, "cyclonedx": cyclonedx,
            "spdx": spdx}  # fmt: skip
