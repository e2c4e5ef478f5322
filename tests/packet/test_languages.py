"""Languages: the same words with the same gaps, every one of them translated, and pages that speak one language."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from moeaudit.checks.finding import Severity
from moeaudit.checks.status import ItemStatus
from moeaudit.claims.checklist import DEPLOYMENT_ITEMS, EVALUATION_ITEMS, FIELDS
from moeaudit.claims.verdicts import Verdict
from moeaudit.cli.app import run
from moeaudit.data import parsed
from moeaudit.errors import Exit
from moeaudit.ledger.values import Basis
from moeaudit.reports.amount import Amount
from moeaudit.reports.document.blocks import Heading, Paragraph
from moeaudit.reports.document.document import Section
from moeaudit.reports.document.fill import MARK, gaps
from moeaudit.reports.document.runs import Band, Figure, Form, Plain, Share, Tag
from moeaudit.reports.document.spoken import spoken
from moeaudit.reports.writers.templates import LANGUAGE, LANGUAGES, Templates
from moeaudit.reports.writers.values import shown
from tests.documents.read_back import words_of
from tests.packet import pages
from tests.packet.facts import leaves
from tests.packet_pictures.samples import FLEETS, ROOT, sample

OTHERS = [one for one in LANGUAGES if one != LANGUAGE]
LOANED = {
    "de": {
        "batch", "cache", "checkpoint", "commit", "engine", "evaluation", "filter", "flop", "governance", "hardware",
        "mixer", "name", "router", "routing", "sha-256", "status", "version",
    },
}  # fmt: skip
"""Words that a language took from English and writes alike: a string of nothing else needs no translation."""

ENGLISH = re.compile(
    r"\b(the|(?<!Mixture-)of|is|are|and|or|not|no|with|without|under|this|that|it|its|what|which|where|was|be|by|to|from|for|on|one|at)\b",
    re.IGNORECASE,
)
"""Words that stand in nearly every English sentence."""

ALIKE = {"de": {"was"}}
"""Those of them that the language has, too."""


def strings(language: str) -> dict[str, str]:
    """Path → words, as the shipped file of a language has them."""
    return dict(flat(parsed((ROOT / "templates" / f"strings.{language}.yaml").read_text("utf-8"))))


def flat(found: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    for key, one in found.items():
        at = f"{path}/{key}".lstrip("/")
        if isinstance(one, Mapping):
            yield from flat(one, at)
        else:
            assert isinstance(one, str), f"{at} is no text: {one!r}"
            yield at, one


@pytest.mark.parametrize("language", OTHERS)
def test_every_word_is_there_in_the_same_order(language: str) -> None:
    """A missing one is said in English until somebody translates it; this names it."""
    english, words = strings(LANGUAGE), strings(language)
    assert [path for path in english if path not in words] == [], "lack a translation"
    assert [path for path in words if path not in english] == [], "are no strings any more"
    assert list(words) == list(english)


@pytest.mark.parametrize("language", OTHERS)
def test_every_gap_is_there(language: str) -> None:
    english, words = strings(LANGUAGE), strings(language)
    assert {path: gaps(text) for path, text in words.items()} == {path: gaps(text) for path, text in english.items()}


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_is_left_in_english(language: str) -> None:
    english, words = strings(LANGUAGE), strings(language)
    same = {path: text for path, text in words.items() if text == english[path]}
    left = {path: text for path, text in same.items() if bare(text) - LOANED[language]}
    assert left == {}
    found = {path: ENGLISH.findall(ungapped(text)) for path, text in words.items()}
    assert {path: hits for path, hits in found.items() if {hit.lower() for hit in hits} - ALIKE[language]} == {}


def bare(text: str) -> set[str]:
    """The words of a text, without gaps and signs."""
    return {word.lower() for word in re.findall(r"[^\W\d_][\w-]*", ungapped(text))}


def ungapped(text: str) -> str:
    """A text without its gaps, but with the words that a number chooses between."""
    return str(MARK.sub(lambda gap: f" {gap[2] or ''} {gap[3] or ''} ", text))


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_of_closed_lists_and_inside_values(language: str) -> None:
    """Each has one; in another language than English it is another, on the pages, too."""
    w = Templates(language=language).words
    listed = {one.value for kind in (Verdict, Severity, ItemStatus) for one in kind} | {"suppressed"}
    assert set(w.strings["tags"]) == listed
    assert set(w.strings["bases"]) == {basis.name.lower() for basis in Basis}
    made = Templates(language=language)
    text = words_of(pages.html(sample("deepseek-v3"), templates=made))
    for word in ("reproduced", "unverifiable", "missing", "predicted"):
        table = w.strings["bases" if word == "predicted" else "tags"]
        assert table[word] in text and (table[word] == word) == (language == LANGUAGE)
    figure = Figure(Amount("active.full", 18_600_000_000, 27_000_000_000, 31_300_000_000), Form.SHORT)
    section = Section("x", (), (Paragraph((figure, Tag("missing"), Share(1, 10**6), Band(1.5, 2.5, "s"))),))
    (block,) = spoken(section, w).blocks
    assert isinstance(block, Paragraph)
    to, under = {"en": ("to", "under"), "de": ("bis", "unter")}[language]
    said = [shown(run) for run in block.runs if not isinstance(run, Tag)]  # type: ignore[arg-type]
    assert said == [f"18.60B {to} 31.30B", f"{under} 0.1 %", f"1.5 {to} 2.5 s"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_field_of_a_claim_has_a_word(language: str) -> None:
    names = {path.rpartition(".")[2] for path in FIELDS} | DEPLOYMENT_ITEMS.keys() | EVALUATION_ITEMS.keys()
    assert Templates(language=language).strings["fields"].keys() == names


def test_what_a_language_lacks_is_said_in_english(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("strings.en.yaml", "reports.yaml"):
        (tmp_path / name).write_bytes((ROOT / "templates" / name).read_bytes())
    (tmp_path / "strings.de.yaml").write_text("document: {title: Akte}\n")
    monkeypatch.setattr("moeaudit.reports.writers.templates.data_folder", lambda name: tmp_path)
    found = Templates(language="de").strings
    assert (found["document"]["title"], found["document"]["contents"]) == ("Akte", "Contents")


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("name", FLEETS)
def test_headings_are_of_the_language(name: str, language: str) -> None:
    """Titles of frameworks are names, and stay."""
    known, names = set(strings(language).values()), {one.title for one in sample(name).obligations}
    document = pages.document(sample(name), templates=Templates(language=language))
    headings = [section.title for section in document.sections]
    headings += [block.text for section in document.sections for block in section.blocks if isinstance(block, Heading)]
    said = {"".join(run.text for run in heading if isinstance(run, Plain)) for heading in headings}
    assert said - names <= known and len(said) > 10


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("name", FLEETS)
def test_no_sentence_of_ours_is_left_in_english(name: str, language: str) -> None:
    """Facts and messages are English in every language; what is said of them is not."""
    page = words_of(pages.html(sample(name), templates=Templates(language=language)))
    english, words = strings(LANGUAGE), strings(language)
    sentences = {
        piece.strip(" .:;")
        for path, text in english.items()
        if text != words.get(path)
        for piece in MARK.sub("\0", text).split("\0")
        if len(piece.split()) >= 4
    }
    assert len(sentences) > 80
    told = "\0".join(str(value) for _, _, value, _ in leaves(sample(name)))
    assert {one for one in sentences if one in page and one not in told} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_command_speaks_it_in_every_medium(language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    claims = ROOT / "fixtures" / "claims" / "mixtral-8x7b-v0.1.claims.yaml"
    files = [word for name in ("p.md", "p.html", "p.pdf", "p.json") for word in ("-o", name)]
    common = ["packet", str(claims), "--gpus", "2xH100", "--offline", "--date", "2026-11-30"]
    assert run([*common, "--language", language, *files]) == Exit.OK
    words = strings(language)
    sections = [words[f"sections/{name}"] for name in Templates().sections("packet", "procurement")]
    markdown, html = (Path(name).read_text("utf-8") for name in ("p.md", "p.html"))
    assert [line[3:] for line in markdown.splitlines() if line.startswith("## ")] == sections
    assert f'<html lang="{language}">' in html
    assert re.findall(r"<h2[^>]*>(.*?)</h2>", html) == sections
    for path, name in (("components", "components"), ("layers", "layers"), ("memory", "memory")):
        assert f'<title id="{name}-title">{words[f"pictures/{path}/title"]}</title>' in html
    pdf = PdfReader(io.BytesIO(Path("p.pdf").read_bytes()))
    assert pdf.trailer["/Root"]["/Lang"] == language
    outline = [str(entry["/Title"]) for entry in pdf.outline if not isinstance(entry, list)]
    assert [title for title in outline if title != words["document/contents"]] == sections
    assert f'"--language {language}"' not in Path("p.json").read_text("utf-8")  # the JSON is the same in any


def test_the_json_is_the_same_in_any_language(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    claims = str(ROOT / "fixtures" / "claims" / "gpt-4.claims.yaml")
    made = set()
    for language in LANGUAGES:
        assert run(["packet", claims, "--date", "2026-11-30", "--language", language, "-o", "p.json"]) == Exit.OK
        made.add(Path("p.json").read_bytes())
    assert len(made) == 1
