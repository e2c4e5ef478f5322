"""The PDF: archivable and tagged, the same bytes each time, complete, within its page, and deaf to hostile text."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import sys
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
from pypdf import PdfReader

from moeaudit.errors import UsageError
from moeaudit.reports.packet.model import Packet
from moeaudit.reports.packet.pdf import PAPERS, compiled, render_pdf
from moeaudit.reports.packet.pdf.content import content
from moeaudit.reports.writers.glyphs import BREAK, RANGES, shown
from moeaudit.reports.writers.templates import Templates
from tests.packet_pictures.samples import FLEETS, HOSTILE, poisoned, sample

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
    first, second = (page.extract_text() for page in read(render_pdf(brief())).pages[:2])
    assert "671.03B" in first and "Fits 8 × H200" in first.replace("\n", " ") and "What matters most" in first
    assert "Contents" in second and "Architecture" in second


@pytest.mark.parametrize("preset", PRESETS)
def test_every_question_and_figure_is_there(preset: str) -> None:
    packet = brief()
    text = packed(words(render_pdf(packet, preset=preset)))
    assert all(packed(shown(question.text, breaks=False)) in text for question in packet.questions)
    assert all(f"{one.amount.low:,}" in text for one in packet.denominators if one.amount.exact)


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("name", ["deepseek-v3", "gpt-4"])
def test_no_word_leaves_its_page(name: str, paper: str, tmp_path: Path) -> None:
    """By poppler's word boxes; margins are 18 mm, which is 51 points."""
    boxes(render_pdf(sample(name), paper=paper), tmp_path, (595.28, 841.89) if paper == "a4" else (612, 792))


def boxes(data: bytes, folder: Path, size: tuple[float, float]) -> None:
    poppler = shutil.which("pdftotext")
    if poppler is None:
        pytest.skip("poppler's pdftotext is not installed")
    path = folder / "packet.pdf"
    path.write_bytes(data)
    found = subprocess.run([poppler, "-bbox", str(path), "-"], capture_output=True, text=True, check=True).stdout
    pages = {
        (float(wide), float(tall)) for wide, tall in re.findall(r'<page width="([\d.]+)" height="([\d.]+)"', found)
    }
    assert pages and all(
        wide == pytest.approx(size[0], abs=0.1) and tall == pytest.approx(size[1], abs=0.1) for wide, tall in pages
    )
    spots = [
        tuple(map(float, spot))
        for spot in re.findall(r'xMin="([-\d.]+)" yMin="([-\d.]+)" xMax="([-\d.]+)" yMax="([-\d.]+)"', found)
    ]
    assert spots and all(
        left > 50 and right < size[0] - 50 and top > 20 and bottom < size[1] - 20 for left, top, right, bottom in spots
    )


def brief() -> Packet:
    """DeepSeek-V3 with two of each: every place where foreign text can stand, on few pages."""
    packet = sample("deepseek-v3")
    claims = (*packet.claims[:2], *(one for one in packet.claims if one.nearest or one.quote))[:4]
    groups = tuple(replace(group, items=group.items[:2]) for group in packet.checklist)
    frameworks = tuple(replace(one, items=one.items[:2]) for one in packet.obligations[:2])
    return replace(
        packet,
        claims=claims,
        denominators=packet.denominators[:12],
        checklist=groups,
        obligations=frameworks,
        questions=packet.questions[:2],
    )


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_text_is_set_as_text(kind: str, tmp_path: Path) -> None:
    """It compiles as PDF/A and PDF/UA, says what was written, and stays within the page."""
    data = render_pdf(poisoned(brief(), HOSTILE[kind]))
    assert packed(shown(HOSTILE[kind], breaks=False))[:8] in packed(read(data).pages[0].extract_text())
    assert b"/JavaScript" not in data and b"/Launch" not in data
    boxes(data, tmp_path, (595.28, 841.89))


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
        "from moeaudit.reports.packet.pdf import render_pdf;"
        "print(hashlib.sha256(render_pdf(sample('gpt-4'))).hexdigest())"
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
    runs = [{"t": piece, "s": style, "u": ""} for style in ("plain", "mono", "strong", "muted") for piece in pieces]
    blocks = [{"kind": "heading", "level": level, "text": characters} for level in (1, 2)]
    blocks += [{"kind": "paragraph", "runs": runs, "leads": False}]
    data = {
        "lang": "en",
        "title": "t",
        "subject": "s",
        "running": "s",
        "full_title": "t",
        "subtitle": "s",
        "maker": "m",
        "contents": "c",
        "paper": "a4",
        "date": [1980, 1, 1],
        "sections": [{"name": "x", "blocks": blocks}],
    }
    assert compiled(Templates(), data).startswith(b"%PDF-")


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


def test_long_words_may_break_and_keep_every_character() -> None:
    word = "model-00001-of-000163.safetensors" + "x" * 100
    pieces = shown(word).split(BREAK)
    assert "".join(pieces) == word and max(map(len, pieces)) <= 13


def test_without_typst_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(UsageError, match=r"pip install 'moeaudit\[pdf\]'"):
        render_pdf(sample("gpt-4"))


def test_a_broken_template_of_ones_own_is_named(tmp_path: Path) -> None:
    (tmp_path / "packet.typ").write_text("#let x = (", "utf-8")
    with pytest.raises(UsageError, match=r"packet\.typ:1: the template cannot be used"):
        render_pdf(sample("gpt-4"), templates=Templates(tmp_path))


def test_an_unknown_paper_is_refused() -> None:
    with pytest.raises(UsageError, match="a4, letter"):
        render_pdf(sample("gpt-4"), paper="a5")


def test_a_page_of_a_thousand_claims_says_how_many_it_leaves_out() -> None:
    """Its memory grows with what is set: 1,000 claims and their findings took 500 MB."""
    packet = sample("deepseek-v3")
    many = replace(packet, claims=packet.claims[:1] * 1_000, findings=packet.findings[:1] * 252)
    blocks = {one["name"]: one["blocks"] for one in content(many, Templates(), "procurement")["sections"]}
    said = {name: json.dumps(one, ensure_ascii=False) for name, one in blocks.items()}
    assert "… and 750 more" in said["claims"] and "… and 2 more" in said["findings"]
    assert {name for name, text in said.items() if "more: the JSON" in text} == {"claims", "findings"}
    (ruled,) = [block for block in blocks["claims"] if "rows" in block]
    assert len(ruled["rows"]) == 251
    assert {len(one["cells"]) for one in ruled["rows"]} == {len(ruled["columns"])}
    assert "750 more" in words(render_pdf(many))
