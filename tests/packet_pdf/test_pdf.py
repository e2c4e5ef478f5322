"""The PDF: archivable and tagged, the same bytes each time, complete, within its page, and deaf to hostile text."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
from pypdf import PdfReader

from moeaudit.errors import UsageError
from moeaudit.reports.document.blocks import Code, Heading, Paragraph
from moeaudit.reports.document.document import Document, Section
from moeaudit.reports.document.runs import Name, Plain, Quote, Tag, muted, runs, strong
from moeaudit.reports.packet.report import packet_document
from moeaudit.reports.writers.attached import Attachment
from moeaudit.reports.writers.glyphs import RANGES, shown
from moeaudit.reports.writers.pdf import render
from moeaudit.reports.writers.templates import Templates
from tests.documents.pages import SIDE, overlaps, pages
from tests.packet.pages import pdf as render_pdf
from tests.packet_pictures.samples import FLEETS, HOSTILE, brief, poisoned, sample

PRESETS = ("procurement", "card-review", "regulator")


def read(data: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(data))


def words(data: bytes) -> str:
    """All text, with line breaks as spaces."""
    return " ".join(" ".join(page.extract_text().split()) for page in read(data).pages)


def packed(text: str) -> str:
    """Without white space: lines break where they must."""
    return re.sub(r"\s+", "", text)


@pytest.mark.parametrize("name", FLEETS)
def test_pages_are_archivable_tagged_titled_and_small(name: str) -> None:
    packet = sample(name)
    data = render_pdf(packet)
    assert len(data) < 2**20
    found = read(data)
    metadata = found.trailer["/Root"]["/Metadata"].get_object().get_data().decode()
    assert "<pdfaid:part>2</pdfaid:part>" in metadata and "<pdfaid:conformance>A</pdfaid:conformance>" in metadata
    assert "<pdfuaid:part>1</pdfuaid:part>" in metadata
    root = found.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] and "/StructTreeRoot" in root and root["/Lang"] == "en"
    assert found.metadata is not None and found.metadata.title == f"Audit packet: {packet.subject.id}"


def test_bookmarks_are_the_sections_in_order() -> None:
    outline = [
        entry["/Title"]
        for entry in read(render_pdf(sample("mixtral-8x7b-v0.1"))).outline
        if not isinstance(entry, list)
    ]
    assert [str(title) for title in outline if title != "Contents"] == [
        "Summary",
        "Architecture",
        "Denominators",
        "Claims against evidence",
        "Findings",
        "Estimates",
        "Evaluated path and delivered path",
        "Reporting checklist",
        "Obligations",
        "Questions to the vendor",
        "Appendix",
    ]


def test_the_summary_is_one_page() -> None:
    """With the lines to sign on."""
    first, second = (page.extract_text() for page in read(render_pdf(brief())).pages[:2])
    assert "671.03B" in first and "What matters most" in first and "Signature" in first
    assert "Signature" not in second and "What matters most" not in second


@pytest.mark.parametrize("preset", PRESETS)
def test_every_question_and_figure_is_there(preset: str) -> None:
    packet = brief()
    text = packed(words(render_pdf(packet, preset=preset)))
    assert all(packed(shown(question.text, breaks=False)) in text for question in packet.questions)
    assert all(f"{one.amount.low:,}" in text for one in packet.denominators if one.amount.exact)


def within(data: bytes) -> None:
    """By poppler's word boxes: no word leaves the measure of its page, none stands on another."""
    found = pages(data)
    assert found
    for page in found:
        assert page.words and list(overlaps(page)) == []
        assert all(one.left > SIDE - 1 and one.right < page.width - SIDE + 1 for one in page.words)
        assert all(one.top > 20 and one.bottom < page.height - 20 for one in page.words)


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_text_is_set_as_text(kind: str) -> None:
    """It compiles as PDF/A and PDF/UA, says what was written, and stays within the page."""
    data = render_pdf(poisoned(brief(), HOSTILE[kind]))
    assert packed(shown(HOSTILE[kind], breaks=False))[:8] in packed(read(data).pages[0].extract_text())
    assert b"/JavaScript" not in data and b"/Launch" not in data
    within(data)


def test_links_lead_to_the_web_only() -> None:
    packet = brief()
    claim = next(one for one in packet.claims if one.source)
    assert claim.source is not None
    bad = [
        replace(claim, source=replace(claim.source, url=url))
        for url in ("javascript:alert(1)", "file:///etc/passwd", "https://example.org/a b")
    ]
    found = read(render_pdf(replace(packet, claims=(*packet.claims, *bad))))
    links = {
        str(note.get_object()["/A"]["/URI"])
        for page in found.pages
        for note in page.get("/Annots", ())
        if "/URI" in note.get_object().get("/A", {})
    }
    assert (
        links
        and all(link.startswith(("https://", "http://")) for link in links)
        and not any("example.org" in link for link in links)
    )


def test_the_same_packet_gives_the_same_bytes_in_another_process() -> None:
    code = (
        "import hashlib; from tests.packet_pictures.samples import sample;"
        "from tests.packet.pages import pdf; print(hashlib.sha256(pdf(sample('gpt-4'))).hexdigest())"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "TZ": zone},
        ).stdout
        for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo"))
    ]
    assert runs[0] == runs[1] != ""


def test_the_date_is_the_packets() -> None:
    packet = sample("gpt-4")
    dated = read(render_pdf(replace(packet, appendix=replace(packet.appendix, date="2026-02-03"))))
    assert dated.metadata is not None and str(dated.metadata.creation_date).startswith("2026-02-03")
    assert "Dated 2026-02-03" in dated.pages[0].extract_text()
    assert "Dated" not in read(render_pdf(packet)).pages[0].extract_text()


def test_every_character_that_is_shown_has_a_glyph() -> None:
    """PDF/A refuses a character without one, so compiling is the proof; in each style that the template sets."""
    characters = "".join(
        chr(code) for low, high in RANGES for code in range(low, high + 1) if unicodedata.category(chr(code)) != "Cn"
    )
    pieces = [characters[at : at + 60] for at in range(0, len(characters), 60)]
    styles = (Plain, Name, Quote, Tag, strong, muted, lambda text: strong(Name(text)))
    set_in = Section("x", runs("t"), (
        *(Heading(runs(characters), level) for level in (2, 3)),
        *(Paragraph(tuple(style(piece) for piece in pieces)) for style in styles),
        Code("\n".join(pieces)),
    ))  # fmt: skip
    assert render(Document("x", "t", "s", (), (set_in,), "m")).startswith(b"%PDF-")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("naïve Ωμέγα Жизнь ≥ 3 × 10²", "naïve Ωμέγα Жизнь ≥ 3 × 10²"),
        ("模型", "⟨U+6A21 U+578B⟩"),
        ("🚀", "⟨U+1F680⟩"),
        ("a\u202eb", "a\\u202eb"),
        ("e\u0301", "é"),
        ("דגם", "⟨U+05D3 U+05D2 U+05DD⟩"),
    ],
)
def test_what_the_fonts_lack_is_written_out(text: str, expected: str) -> None:
    assert shown(text, breaks=False) == expected


def test_a_word_too_long_for_its_line_is_broken_and_keeps_every_sign() -> None:
    word = "model-00001-of-000163.safetensors" + "x" * 400
    data = render(Document("x", "t", "s", (), (Section("x", runs("t"), (Paragraph(runs("It is ", word, ".")),)),), "m"))
    assert f"Itis{word}." in packed(words(data))
    within(data)


def test_a_file_travels_inside_and_is_the_documents() -> None:
    """PDF/A-3 asks that it is associated with the document and says what it is; without one the pages are PDF/A-2."""
    file = Attachment("packet.json", b'{"a": "\\u00e4<"}\n', "application/json", "The packet")
    document = packet_document(sample("gpt-4"), Templates(), "procurement")
    data = render(document, attached=(file,))
    assert data == render(document, attached=(file,))
    found = read(data)
    assert dict(found.attachments) == {"packet.json": [file.data]}
    (one,) = found.trailer["/Root"]["/AF"]
    one = one.get_object()
    assert one["/AFRelationship"] == "/Source" and one["/Desc"] == "The packet"
    assert one["/EF"]["/F"].get_object()["/Subtype"] == "/application/json"
    assert part(data) == ("3", "A") and part(render(document)) == ("2", "A")


def part(data: bytes) -> tuple[str, ...]:
    """Of PDF/A, as the pages say it."""
    metadata = read(data).trailer["/Root"]["/Metadata"].get_object().get_data().decode()
    return re.findall(r"<pdfaid:(?:part|conformance)>(\w)</", metadata)[0:2] and tuple(
        re.findall(r"<pdfaid:(?:part|conformance)>(\w)</", metadata)
    )


def test_without_typst_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(UsageError, match=r"pip install 'moeaudit\[pdf\]'"):
        render_pdf(sample("gpt-4"))


@pytest.mark.parametrize("kind", [RuntimeError, ValueError])
def test_a_typst_that_cannot_write_both_standards_is_named(monkeypatch: pytest.MonkeyPatch, kind: type) -> None:
    """As 0.14 says it."""

    def old(*given: object, **options: object) -> bytes:
        raise kind('PDF standards error: "Typst currently only supports one PDF substandard at a time"')

    monkeypatch.setattr("typst.compile", old)
    with pytest.raises(UsageError, match=r"typst 0\.15 or newer.*pip install -U 'moeaudit\[pdf\]'"):
        render_pdf(sample("gpt-4"))


def test_a_broken_template_of_ones_own_is_named(tmp_path: Path) -> None:
    (tmp_path / "page.typ").write_text("#let x = (", "utf-8")
    with pytest.raises(UsageError, match=r"page\.typ:1: the template cannot be used"):
        render_pdf(sample("gpt-4"), templates=Templates(tmp_path))


def test_an_unknown_paper_is_refused() -> None:
    with pytest.raises(UsageError, match="a4, letter"):
        render_pdf(sample("gpt-4"), paper="a5")


def test_a_page_of_a_thousand_claims_says_how_many_it_leaves_out() -> None:
    """Its memory grows with what is set: 1,000 claims and their findings took 500 MB."""
    packet = sample("deepseek-v3")
    many = replace(packet, claims=packet.claims[:1] * 1_000, findings=packet.findings[:1] * 252)
    text = words(render_pdf(many))
    assert "… and 750 more: the JSON has them all" in text and "… and 2 more: the JSON has them all" in text
    assert text.count(many.claims[0].title) < 260
