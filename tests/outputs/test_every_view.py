"""Every string of a model hostile, through every view of every command: what comes out is text."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.cli.samples import CommandLine, Run
from tests.outputs.hostile import COMMAND, HOSTILE, hostile_folder, invisible

INSPECTING = (
    *(f"inspect m --format {form}" for form in ("text", "json", "markdown", "html")),
    "inspect m --all",
    "inspect m --depth config",
    "inspect m/config.json",
)
CHECKING = (
    *(
        f"check {what} --format {form}"
        for what in ("m", "m/x.claims.yaml m/README.md --model m --all")
        for form in ("text", "json", "sarif", "github", "junit", "markdown", "html")
    ),
    "check m --explain-reading",
    "check m --fix",
    "check m --quiet",
)
ESTIMATING = (
    "estimate m --gpus 8xH200",
    "estimate m --gpus 8xH200 --format json",
    "estimate m --gpus 8xH200 --format html",
    "estimate m --gpus 8xH200 --format markdown",
    "estimate m --gpus 8xH200 --explain",
    "estimate m --gpus 8xH200 --all",
    "estimate m --gpus 8xH200 --emit vllm",
    "estimate m --gpus 8xH200 --emit sglang",
)
PACKING = tuple(
    f"packet {what} --format {form}"
    for what in ("m/x.claims.yaml m/README.md",)
    for form in ("md", "html", "text", "json", "cyclonedx", "spdx", "text --language de", "html --language de")
)
WRITING = ("draft m", "draft m --full", "lock m", "draft m -o made.claims.yaml")
LINES = (*INSPECTING, *CHECKING, *ESTIMATING, *PACKING, *WRITING)


@pytest.mark.parametrize(("start", "family"), [(0, True), (6, True), (3, False)])
def test_nothing_invisible_and_no_command_leaves(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch, start: int, family: bool
) -> None:
    """On a runner, where whatever looks like a command would be one."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    hostile_folder(Path("m"), start, family=family)
    for line in LINES:
        run = cli(*line.split())
        assert run.code in (0, 1, 2, 3, 4), f"{line}: {run.err}"
        assert_text(line, run)
    for path in Path().glob("*.*"):
        assert not invisible(path.read_text("utf-8")), path


def assert_text(line: str, run: Run) -> None:
    form = (line.partition("--format ")[2] or "text").split()[0]
    for text in (run.out, run.err):
        assert not invisible(text), f"{line}: {sorted(map(ascii, invisible(text)))}"
    assert not COMMAND.search(run.err), line
    if form == "github":
        assert all(
            re.match(r"::(error|warning|notice) (file=|title=moeaudit::\d+ more of)", one)
            for one in run.out.splitlines()
        ), line
    else:
        assert not COMMAND.search(run.out), f"{line}: {COMMAND.search(run.out)}"
    assert all(len(one) <= 300 for one in run.err.splitlines()), f"{line}: {run.err}"
    if run.out and form in ("json", "sarif", "cyclonedx", "spdx"):
        json.loads(run.out)
    if run.out and form == "junit":
        ElementTree.fromstring(run.out.encode())
    if form == "html":
        page = Tags(run.out)
        assert "img" not in page.found, line
        assert [one for one in page.scripts if one] == CARRIED[: line.startswith("packet")], "what runs, and one twin"
        assert page.scripts.count({}) <= 1 and set(page.twins) <= {"moeaudit/packet/v1"}, line


CARRIED: list[dict[str, str | None]] = [{"type": "application/json", "id": "packet"}]
"""What a packet's page carries beside its own script: data that nothing runs."""


class Tags(HTMLParser):
    """The tags of a page, what its scripts are, and the schemas of those that are data."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.scripts: list[dict[str, str | None]] = []
        self.twins: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(tag)
        if tag == "script":
            self.scripts.append(dict(attrs))

    def handle_data(self, data: str) -> None:
        if self.found[-1:] == ["script"] and self.scripts[-1] and data.strip():
            self.twins.append(json.loads(data)["schema"])


def test_markup_of_the_canvas_is_text(cli: CommandLine) -> None:
    """The method of quantisation is printed as it is read, in lower case, and colours nothing."""
    from tests.cli.samples import CONFIG, folder

    folder(
        Path("m"), json.dumps({**CONFIG, "quantization_config": {"quant_method": "[red]\x1b[31mx\u202e\x9b\x07[/red]"}})
    )
    assert "[red]\\x1b[31mx\\u202e\\x9b\\x07[/red]" in cli("inspect", "m").out


@pytest.mark.parametrize("text", HOSTILE)
def test_the_canvas_refuses_whoever_calls_it(text: str) -> None:
    from rich.padding import Padding
    from rich.panel import Panel
    from rich.table import Table
    from rich.text import Text

    from moeaudit.reports.terminal import drawn

    grid = Table(title=text, caption=text)
    grid.add_column(text)
    grid.add_row(text)
    grid.add_row(Text(text, "red"))
    for one in (
        text,
        Text(text),
        Text.assemble((text, "bold"), ("b", "red")),
        Padding(text, 1),
        grid,
        Panel(text, title=text),
    ):
        shown = drawn(lambda out, one=one: out.print(one))  # type: ignore[misc]
        assert not invisible(shown), ascii(shown)
    assert drawn(lambda out: out.print(Text(text))).count("\n") == drawn(
        lambda out: out.print(Text("x" * len(text)))
    ).count("\n")


def test_styles_survive_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Our own colours are no text of others."""
    from rich.text import Text

    from moeaudit.reports.canvas import Canvas

    canvas = Canvas(force_terminal=True, color_system="standard", width=80)
    with canvas.capture() as captured:
        canvas.print(Text.assemble(("a\x1bb", "red"), ("c", "bold")))
    assert captured.get() == "\x1b[31ma\\x1bb\x1b[0m\x1b[1mc\x1b[0m\n"


@pytest.mark.parametrize(
    "text",
    [
        "www.evil.example",
        "#1",
        "GH-1",
        "gh-22",
        "user/repo#1",
        "a@b.example",
        "@someone",
        "https://evil.example",
        "ftp://evil.example",
        "mailto:a@b.example",
        "xmpp:a@b.example",
    ],
)
def test_markdown_holds_no_link_that_the_forge_makes(text: str) -> None:
    """GFM 0.29, section 6.9, and the references of docs.github.com: none of their forms is left between comments."""
    from moeaudit.reports.writers.escape import markdown

    forms = re.compile(r"www\.|https?://|ftp://|mailto:|xmpp:|[\w.+-]+@[\w.-]+|(?<!\w)@\w|#\d|\bGH-\d", re.IGNORECASE)
    shown = str(markdown(f"see {text} there"))
    assert not forms.search(shown.replace("\\", "")), shown
    assert shown.replace("<!-- -->", "").replace("\\", "") == f"see {text} there"
