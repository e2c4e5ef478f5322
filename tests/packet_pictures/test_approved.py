"""Pictures, pages and bills of materials of the sample packets, whole, as they were looked at; and the figures of the
memory picture held against the packet's own bytes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest

from moeaudit import __version__
from moeaudit.reports.packet.bom import cyclonedx, spdx
from moeaudit.reports.writers.pdf import content
from moeaudit.reports.writers.templates import Templates
from tests.approved import approved
from tests.packet import pages
from tests.packet_pictures.samples import pictures, sample

HERE = Path(__file__).parent / "expected"
GIB = 2**30


def lines(markup: str) -> str:
    """An element a line, so that a change is read as one."""
    return markup.replace("><", ">\n<").rstrip() + "\n"


@pytest.mark.parametrize("name", ["mixtral-8x7b-v0.1", "deepseek-v3", "gpt-oss-120b"])
def test_pictures(name: str) -> None:
    approved(
        HERE / f"{name}.svg.txt",
        "\n".join(f"== {which}\n{lines(svg)}" for which, svg in pictures(sample(name)).items()),
    )


@pytest.mark.parametrize(("name", "preset"), [("mixtral-8x7b-v0.1", "procurement"), ("gpt-4", "regulator")])
def test_pages(name: str, preset: str) -> None:
    text = pages.html(sample(name), preset)
    text = re.sub(r"<(style|script|svg)\b.*?</\1>", r"<\1/>", text, flags=re.DOTALL)
    text = re.sub(r"sha256-[\w+/=]+", "sha256", text)
    approved(HERE / f"{name}.html", lines(re.sub(r"\n\s*\n+", "\n", text.replace(__version__, "VERSION"))))


@pytest.mark.parametrize(("name", "preset"), [("deepseek-v3", "regulator"), ("gpt-oss-120b", "card-review")])
def test_what_the_pdf_sets(name: str, preset: str) -> None:
    found = content(pages.document(sample(name), preset), Templates())
    blocks = [block for section in found.pop("sections") for block in section["blocks"]]
    for block in blocks:
        block.get("picture", {}).pop("svg", None)  # as above
    text = "\n".join(json.dumps(one, ensure_ascii=False) for one in (found, *blocks)) + "\n"
    approved(HERE / f"{name}.pdf.txt", text.replace(f"moeaudit {__version__}", "moeaudit VERSION"))


@pytest.mark.parametrize("form", [cyclonedx, spdx])
def test_bills_of_materials(form: object) -> None:
    text = json.dumps(json.loads(form(sample("deepseek-v3"))), indent=1, ensure_ascii=False)  # type: ignore[operator]
    approved(HERE / f"deepseek-v3.{form.__name__}.json", text + "\n")  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["mixtral-8x7b-v0.1", "deepseek-v3", "gpt-oss-120b"])
def test_the_memory_picture_shows_the_estimates_bytes(name: str) -> None:
    """Beside each part's name its GiB, two decimals; together with what is free they are the device's memory."""
    packet = sample(name)
    assert packet.estimates is not None
    stage = packet.estimates.memory[0]
    shown = [
        element.text or "" for element in fromstring(pictures(packet)["memory"]).iter() if element.tag.endswith("text")
    ]
    sizes = [part.bytes for part in stage.parts]
    for part in stage.parts:
        at = shown.index(part.name)
        said = f"{part.bytes / GIB:,.2f} GiB"
        assert shown[at + 1] == ("< 0.01 GiB" if said == "0.00 GiB" and part.bytes else said)
    assert sum(sizes) + stage.free == stage.limit or (stage.free == 0 and sum(sizes) > stage.limit)
