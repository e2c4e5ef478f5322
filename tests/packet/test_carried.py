"""The packet's JSON inside its pages: byte for byte, inert, and taken out again by `--verify`."""

from __future__ import annotations

import io
import json
import re
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader, PdfWriter

from moeaudit.cli.app import run
from moeaudit.errors import Exit, UsageError
from moeaudit.reports.packet.carried import packet_json
from moeaudit.reports.packet.formats import views
from moeaudit.reports.packet.inputs import Inputs, make
from moeaudit.reports.writers.attached import inert, original
from moeaudit.reports.writers.templates import Templates
from tests.documents.read_back import words_of
from tests.packet.samples import closed, hostile, mixtral

HERE = Path(__file__).parent
BEFORE = sorted((HERE / "made_before").glob("*.json"))
"""Packets as version 0.1.0 wrote them, from the claim files of `fixtures/` (Mixtral with --gpus 2xH100-SXM)."""

CASES = {"mixtral": mixtral(gpus="2xH200"), "closed": closed(), "hostile": hostile()}


def pages(inputs: Inputs) -> dict[str, bytes]:
    """The three that carry a packet."""
    drawn = views(make(inputs), inputs, "procurement", Templates(), "a4")
    made = {name: drawn[name]() for name in ("json", "html", "pdf")}
    return {name: page.encode() if isinstance(page, str) else page for name, page in made.items()}


@pytest.mark.parametrize("name", CASES)
def test_pages_carry_the_json_byte_for_byte_and_show_its_digest(name: str) -> None:
    made = pages(CASES[name])
    taken = {form: packet_json(page, form) for form, page in made.items()}
    assert taken == {"json": (made["json"], False), "html": (made["json"], True), "pdf": (made["json"], True)}
    digest = sha256(made["json"]).hexdigest()
    assert digest in words_of(made["html"].decode())
    first = PdfReader(io.BytesIO(made["pdf"])).pages[0].extract_text()
    assert digest in re.sub(r"\s+", "", first)


def test_what_a_page_carries_is_inert() -> None:
    """No tag, no comment, no end of the element in it: a parser of HTML sees one block of data, and JSON reads it."""
    page = pages(CASES["hostile"])["html"].decode()
    (held,) = re.findall(r'(?s)<script type="application/json" id="packet">(.*?)</script>', page)
    assert "<" not in held
    assert json.loads(held) == json.loads(pages(CASES["hostile"])["json"])
    assert page.count("<script") == 2, "the data, and our own"


SIGNS = st.lists(st.sampled_from(["<", "\\", "/", "!--", "u", "003c", "script", '"', "é", "\n"])).map("".join)


@given(st.dictionaries(SIGNS, SIGNS, max_size=4))
def test_what_is_made_inert_comes_back(value: dict[str, str]) -> None:
    data = json.dumps(value).encode()
    held = inert(data)
    assert "<" not in held and json.loads(held) == value and original(held) == data


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1764547200")
    return tmp_path


def made(*words: str) -> None:
    files = [word for form in ("json", "html", "pdf", "markdown") for word in ("--format", f"{form}=p.{form}")]
    assert run(["packet", "openai/gpt-oss-120b", "--offline", *files, *words]) == Exit.OK


@pytest.mark.parametrize("form", ["pdf", "html", "json"])
def test_verify_takes_each_and_says_what_it_proves(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    made()
    capsys.readouterr()
    assert run(["packet", "--verify", f"p.{form}"]) == Exit.OK
    said = capsys.readouterr().out
    assert said.startswith("openai/gpt-oss-120b, no commit, made with moeaudit ") and "dated 2025-12-01\n" in said
    assert "values made again from the embedded evidence; 0 changed." in said
    assert "This proves that the packet and the evidence embedded in it agree, and nothing else." in said
    assert f"moeaudit packet --verify p.{form} --model openai/gpt-oss-120b" in said
    assert ("The pages were not read." in said) == (form != "json")
    if form != "json":
        assert sha256(Path("p.json").read_bytes()).hexdigest() in said


def test_verify_names_the_commit(capsys: pytest.CaptureFixture[str]) -> None:
    Path("p.html").write_bytes(pages(CASES["mixtral"])["html"])
    assert run(["packet", "--verify", "p.html"]) == Exit.OK
    assert "mistralai/Mixtral-8x7B-v0.1, commit 58301445dc1378584211722b7ebf8743ec4e192b, " in capsys.readouterr().out


def test_a_figure_changed_inside_a_page_is_found(capsys: pytest.CaptureFixture[str]) -> None:
    """In the PDF's own stream and in the page's own text, with everything else as it was."""
    made()
    inside = json.loads(Path("p.json").read_bytes())
    inside["summary"]["headline"][1]["typical"] = 5_100_000_000
    changed = json.dumps(inside).encode()
    writer = PdfWriter(clone_from="p.pdf")
    next(iter(writer.attachment_list)).content = changed
    writer.write("q.pdf")
    text = Path("p.html").read_text("utf-8")
    held = re.search(r'(?s)id="packet">(.*?)</script>', text)
    assert held is not None
    Path("q.html").write_text(text.replace(held[1], inert(changed)), "utf-8")
    for page in ("q.pdf", "q.html"):
        capsys.readouterr()
        assert run(["packet", "--verify", page]) == Exit.FINDINGS
        said = capsys.readouterr().out
        assert "summary.headline[active.full].typical: recorded 5100000000, now 5711982912" in said
        assert "This proves" not in said


def test_another_model_is_told_from_the_one_in_the_pdf(capsys: pytest.CaptureFixture[str]) -> None:
    made()
    assert run(["packet", "--verify", "p.pdf", "--model", "openai/gpt-oss-120b", "--offline"]) == Exit.OK
    assert "The packet follows from the evidence read now." in capsys.readouterr().out
    assert run(["packet", "--verify", "p.pdf", "--model", "openai/gpt-oss-20b", "--offline"]) == Exit.FINDINGS


@pytest.mark.parametrize("path", BEFORE, ids=lambda path: path.stem)
def test_packets_made_before_are_still_verified(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["packet", "--verify", str(path)]) == Exit.OK
    said = capsys.readouterr().out
    assert "made with moeaudit 0.1.0, no date" in said and "; 0 changed." in said
    assert ("It embeds no evidence" in said) == path.name.startswith("gpt-4")


def test_there_are_packets_made_before() -> None:
    assert [path.name.partition("-0.1.0")[0] for path in BEFORE] == ["gpt-4", "mixtral", "mixtral-no-fleet"]


def test_markdown_carries_none() -> None:
    made()
    with pytest.raises(UsageError, match=r"^p\.markdown: no packet is in this file.*Give the JSON of this packet\.$"):
        run(["packet", "--verify", "p.markdown"])


def test_a_page_without_a_packet_says_so() -> None:
    Path("own").mkdir()
    Path("own/page.html.jinja").write_text("<!DOCTYPE html><html>{{ document.title }}</html>")
    made("--template", "own")
    with pytest.raises(UsageError, match=r"p\.html: no packet is embedded in this page"):
        run(["packet", "--verify", "p.html"])


def test_a_template_of_ones_own_cannot_leave_the_packet_out_of_a_pdf() -> None:
    Path("own").mkdir()
    Path("own/page.typ").write_text(
        '#set document(title: "x", date: datetime(year: 1980, month: 1, day: 1))\n#set text(lang: "en")\nNothing.'
    )
    made("--template", "own")
    assert run(["packet", "--verify", "p.pdf"]) == Exit.OK


def test_without_pypdf_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    made()
    monkeypatch.setitem(sys.modules, "pypdf", None)
    with pytest.raises(UsageError, match=r"needs pypdf, which is not installed.*pip install 'moeaudit\[pdf\]'"):
        run(["packet", "--verify", "p.pdf"])
