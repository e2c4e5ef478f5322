"""One check in every medium: what its JSON says stands in the text, the comment and the page too, and the file's ending
says which of them is written."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt
from pypdf import PdfReader

from moeaudit.claims.checklist import ITEMS
from tests.cli_check.conftest import CLAIMS, WRONG_CARD, Run


class Words(HTMLParser):
    """What a page says, without its marks, styles and scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.silent = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.silent = tag in ("style", "script")
        self.found += [" "] if tag not in ("b", "code", "span", "q", "strong") else []

    def handle_endtag(self, tag: str) -> None:
        self.silent = False

    def handle_data(self, data: str) -> None:
        self.found += [] if self.silent else [data]


def from_html(text: str) -> str:
    return "".join(Words(text).found)


def from_markdown(text: str) -> str:
    return from_html(MarkdownIt("commonmark").enable("table").render(text))


MEDIA: dict[str, Callable[[str], str]] = {"text": str, "markdown": from_markdown, "html": from_html}


@pytest.fixture
def bench(repo: Path) -> Path:
    """A card and a claim file that are wrong in the same figure, and a suppression."""
    (repo / "README.md").write_text(WRONG_CARD + "\n<!-- moeaudit: ignore[total-contradicted] a list of others -->\n")
    (repo / "mixtral.claims.yaml").write_text(CLAIMS.replace("46.7B", "45B") + "  layers: 30\n  experts_per_token: 2\n")
    return repo


def place(location: dict[str, Any]) -> str:
    spot = ":".join(str(location[key]) for key in ("file", "line", "column") if location[key] is not None)
    return f"{spot} ({location['path']})" if location["path"] else spot


def facts(document: dict[str, Any]) -> Iterator[str]:
    """Every value that a person reads: of findings, claims, checklist and models."""
    for one in document["findings"]:
        yield from (f"{one['severity']}[{one['rule']}]", place(one["location"]))
        if one["suppressed"]:
            yield one["suppressed"]
            continue
        yield from (one["title"], one["message"], one["claimed"], one["derived"] or "", one["tip"])
        yield f"moeaudit explain {one['rule']}"
    for one in document["claims"]:
        if one["denominators"] or one["verdict"] == "contradicted":
            yield from (f"{one['value']} {one['path'].rpartition('.')[2].replace('_', ' ')}", one["verdict"])
            yield from one["denominators"]
            yield f"{one['location']['file']}:{one['location']['line']}"
    for model in document["models"]:
        yield from (model["id"], *model["files"])
        yield from (f"{list(model['checklist'].values()).count(status)} {status}" for status in
                    set(model["checklist"].values()))  # fmt: skip
        yield from (item for item, status in model["checklist"].items() if status in ("missing", "contradicted"))


def squeezed(text: str) -> str:
    """Without spaces: lines are broken in their own way, and beside each other stand both sides of a finding."""
    return re.sub(r"\s+", "", text)


@pytest.mark.parametrize("medium", [*MEDIA, "pdf"])
def test_everything_stands_in_every_medium(medium: str, run: Run, bench: Path) -> None:
    words = ("check", ".", "--all", "--offline", "--format")
    found = json.loads(run(*words, "json", cwd=bench, code=1).stdout)
    assert {one["severity"] for one in found["findings"]} == {"error", "note"} and found["summary"]["suppressed"] == 1
    if medium == "pdf":
        run("check", ".", "--all", "--offline", "-o", "a.pdf", cwd=bench, code=1)
        said = squeezed("".join(page.extract_text() for page in PdfReader(bench / "a.pdf").pages))
    else:
        said = squeezed(MEDIA[medium](run(*words, medium, cwd=bench, code=1, COLUMNS="400").stdout))
    expected = list(facts(found))
    assert len(expected) > 100
    assert [one for one in expected if squeezed(one) not in said] == []
    assert squeezed("3 errors, 0 warnings, 1 note, 1 suppressed; 8 figures read") in said


@pytest.mark.parametrize("medium", MEDIA)
def test_a_number_of_things_equals_and_a_size_rounds(medium: str, run: Run, bench: Path) -> None:
    """8 experts of which 2 are chosen; 12.9B is what 12,879,925,248 rounds to. No count of things is said to round."""
    said = MEDIA[medium](run("check", ".", "--all", "--format", medium, cwd=bench, code=1).stdout)
    text = re.sub(r"\s+", " ", said)
    assert all(f"{name} equals" in text for name in ("routed_experts", "experts_per_token"))
    assert "active.full rounds" in text
    assert not re.search(r"(experts|layers|_token) (rounds|truncates)", text)


@pytest.mark.parametrize("medium", MEDIA)
def test_claims_and_checklist_are_for_who_asks_for_all(medium: str, run: Run, bench: Path) -> None:
    usual, quiet = (
        MEDIA[medium](run("check", ".", *more, "--format", medium, cwd=bench, code=1).stdout)
        for more in ((), ("--quiet",))
    )
    item = next(item.id for item in ITEMS if item.id == "E15")
    for said in (usual, quiet):
        assert "layers-contradicted" in said and item not in said and "experts_per_token" not in said
    assert "figures read" in usual and "figures read" not in quiet


def test_one_figure_that_is_wrong_in_two_files_is_told_once(run: Run, bench: Path) -> None:
    said = run("check", ".", cwd=bench, code=1).stdout
    assert said.count("error[layers-contradicted]") == 1
    told = " ".join(said.split())
    assert "at mixtral.claims.yaml:6:11 (architecture.layers), README.md:10:22 (architecture.layers)" in told
    assert "6 │ layers: 30" in said and "10 │ | Number of layers | 30 |" in said
    assert "3 errors" in said, "each is counted"


@pytest.mark.parametrize(
    ("file", "begins"),
    [
        ("a.md", "<!-- moeaudit check -->"), ("a.html", "<!DOCTYPE html>"), ("a.sarif", '{\n  "$schema"'),
        ("a.json", '{\n  "schema": "moeaudit/check/v1"'), ("a.xml", "<?xml"), ("a.txt", "error["),
    ],
)  # fmt: skip
def test_the_ending_says_what_is_written(file: str, begins: str, run: Run, bench: Path) -> None:
    result = run("check", ".", "-o", file, cwd=bench, code=1)
    assert result.stdout == "" and (bench / file).read_text().startswith(begins)
    assert result.stderr == "moeaudit check: 3 errors, 0 warnings, 1 note, 1 suppressed\n"


def test_a_file_beside_what_is_shown(run: Run, bench: Path) -> None:
    result = run("check", ".", "--format", "github", "-o", "a.sarif", "-o", "b.md", cwd=bench, code=1)
    assert result.stdout.startswith("::error ")
    assert (bench / "a.sarif").exists() and (bench / "b.md").exists()
    assert run("check", ".", "--json", cwd=bench, code=1).stdout == run(
        "check", ".", "--format", "json", cwd=bench, code=1
    ).stdout  # fmt: skip


LEVELS: dict[str, re.Pattern[str]] = {"markdown": re.compile(r"(?m)^(#+) "), "html": re.compile(r"<h([1-6])[ >]")}


@pytest.mark.parametrize("more", [(), ("--all",), ("--quiet",)], ids=str)
def test_several_models_make_a_page_in_every_medium(run: Run, bench: Path, more: tuple[str, ...]) -> None:
    """No level of headings is passed over, neither under a section's title nor where a section has none."""
    (bench / "other.claims.yaml").write_text(CLAIMS.replace("46.7B", "671B"))
    run("check", ".", *more, "--offline", "-o", "a.pdf", "-o", "a.html", "-o", "a.md", cwd=bench, code=1)
    assert len(PdfReader(bench / "a.pdf").pages) >= 1
    for name, pattern in LEVELS.items():
        text = (bench / f"a.{'md' if name == 'markdown' else name}").read_text()
        levels = [len(one) if one.startswith("#") else int(one) for one in pattern.findall(text)]
        assert levels[0] == 1 and len(levels) > 2
        assert [pair for pair in itertools.pairwise(levels) if pair[1] > pair[0] + 1] == []


@pytest.mark.parametrize("name", ["a.cdx.json", "a.SPDX.json"])
def test_a_file_is_not_named_as_what_it_is_not(run: Run, bench: Path, name: str) -> None:
    """A check makes no bill of materials; who names the format may call the file as they like."""
    said = run("check", ".", "--offline", "-o", name, cwd=bench, code=2)
    assert f"'{name}' names no format" in said.stderr and not (bench / name).exists()
    run("check", ".", "--offline", "--format", "json", "-o", name, cwd=bench, code=1)
    assert json.loads((bench / name).read_text())["schema"].startswith("moeaudit/check/")


@pytest.mark.parametrize("address", ["https://huggingface.co/org/model", "http://hf.co/org/model/tree/main"])
def test_a_pasted_address_leads_on(run: Run, bench: Path, address: str) -> None:
    said = run("check", address, "--offline", cwd=bench, code=2).stderr
    assert f"{address}: an address is no file." in said and "--model" in said
