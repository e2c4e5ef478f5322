"""The documents: every page is in the site, every link leads somewhere, every command and file is understood."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from moeaudit.claims.file import parse_claims
from moeaudit.cli.app import app, run
from moeaudit.costs.fleet_file import parse_fleet

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "docs").glob("*.md"))
READ = [*PAGES, ROOT / "README.md"]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
GROUP: Any = typer.main.get_command(app)


def blocks(path: Path, *languages: str) -> Iterator[str]:
    yield from (text for language, text in BLOCK.findall(path.read_text("utf-8")) if language in languages)


def commands(path: Path) -> Iterator[list[str]]:
    """The command lines of moeaudit in the blocks of a page."""
    for text in blocks(path, "bash", "text", "sh"):
        for line in text.replace("\\\n", " ").splitlines():
            if line.startswith("moeaudit ") and "Usage" not in line and "…" not in line:
                yield shlex.split(line.partition(" > ")[0], comments=True)[1:]


def pages_of(nav: Any) -> Iterator[str]:
    if isinstance(nav, str):
        yield nav
    for one in nav.values() if isinstance(nav, dict) else nav if isinstance(nav, list) else ():
        yield from pages_of(one)


def test_every_page_is_in_the_site() -> None:
    nav = yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))["nav"]
    assert sorted(pages_of(nav)) == [path.name for path in PAGES]


@pytest.mark.parametrize("path", READ, ids=lambda path: path.stem)
def test_links_lead_somewhere(path: Path) -> None:
    targets = [one for one in LINK.findall(path.read_text("utf-8")) if not one.startswith(("http", "<", "mailto:"))]
    assert [one for one in targets if not (path.parent / one).exists()] == []


@pytest.mark.parametrize("path", [path for path in READ if list(commands(path))], ids=lambda path: path.stem)
def test_every_command_of_a_page_is_understood(path: Path) -> None:
    for words in commands(path):
        name = words[0]
        if name.startswith("-"):
            continue
        command = GROUP.commands[name]
        known = {opt for parameter in command.params for opt in (*parameter.opts, *parameter.secondary_opts)}
        used = {word.partition("=")[0] for word in words[1:] if word.startswith("-") and word not in ("-", "--")}
        assert used - known - {"--debug"} == set(), words


@pytest.mark.parametrize("path", READ, ids=lambda path: path.stem)
def test_files_in_pages_are_read(path: Path) -> None:
    for text in blocks(path, "yaml"):
        if text.startswith("schema: moeaudit/claims/v1"):
            parse_claims(text, "page.claims.yaml")
        if text.startswith("schema: moeaudit/fleet/v1"):
            parse_fleet(text, "page.fleet.yaml")


@pytest.mark.parametrize("path", sorted((ROOT / "examples").iterdir()), ids=lambda path: path.name)
def test_an_example_does_what_its_own_line_says(path: Path) -> None:
    from tests.docs.lines import run, said

    for line in said(path):
        result = run(line)
        assert result.returncode == 0, result.stderr


def test_the_wrong_card_among_the_examples_is_caught() -> None:
    from tests.docs.lines import run

    result = run("moeaudit check examples/CARD.md --offline --model mistralai/Mixtral-8x7B-v0.1")
    assert result.returncode == 1 and "56B is 8x7B multiplied out" in " ".join(result.stdout.split())


def test_the_showcase_is_what_is_printed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The first screen in the README, of the command above it, on 80 columns."""
    text = (ROOT / "README.md").read_text("utf-8")
    shown = text.split("```text\n", 1)[1].split("```", 1)[0]
    assert "moeaudit inspect deepseek-ai/DeepSeek-R1 --offline\n```" in text
    monkeypatch.setenv("COLUMNS", "80")
    assert run(["inspect", "deepseek-ai/DeepSeek-R1", "--offline"]) == 0
    assert capsys.readouterr().out == shown
