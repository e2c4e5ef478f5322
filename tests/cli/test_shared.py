"""What commands share, each by a table: formats and their files, the threshold, lines on stderr, changed lines."""

from __future__ import annotations

import errno
import io
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from moeaudit import limits
from moeaudit.checks.finding import Confidence, Finding, Outcome, Severity
from moeaudit.checks.kind import Kind, kind_of
from moeaudit.cli import changed, progress
from moeaudit.cli.changed import on_changed_lines
from moeaudit.cli.fixing import NAMELESS, _line, _nameless
from moeaudit.cli.output import FITTED, FailOn, View, bounded, deliver, exit_code, say, step_summary, wanted
from moeaudit.errors import Place, UsageError
from moeaudit.evidence.model import Evidence, JsonFile, ModelRef, Source
from moeaudit.ledger.inspect import inspect_evidence
from moeaudit.limits import Limit
from tests.checks.world import inspection_of

KNOWN = ("text", "json", "sarif")
FINDING = Finding("a-rule", "a rule", Outcome.CONTRADICTED, Severity.ERROR, Confidence.HIGH, "it is wrong")


def at(file: str, line: int | None = None, rule: str = "a-rule") -> Finding:
    return replace(FINDING, rule=rule, place=Place(file, line))


@pytest.mark.parametrize(
    ("formats", "chosen"),
    [
        ([], {"text": None}),
        (["json"], {"json": None}),
        (["json=a.json"], {"json": Path("a.json")}),
        (["json=a=b"], {"json": Path("a=b")}),
        (["json="], {"json": None}),
        (["text", "json=a", "sarif=b"], {"text": None, "json": Path("a"), "sarif": Path("b")}),
    ],
)
def test_formats_and_where_they_go(formats: list[str], chosen: dict[str, Path | None]) -> None:
    assert wanted(formats, KNOWN) == chosen


@pytest.mark.parametrize(
    ("formats", "says"),
    [
        (["xml"], "--format 'xml' is not known. There are: text, json, sarif."),
        (["jsno"], "--format 'jsno' is not known. Did you mean json?"),
        (["x" * 41], f"--format '{'x' * 39}…' is not known"),
        (["json=a", "json=b"], "--format json is given twice"),
        (["text", "json"], "two formats go to stdout. Send one to a file: --format json=out.json."),
        (["json=a", "sarif=./a"], "two formats go to one file. Give each a file of its own."),
    ],
)
def test_formats_that_cannot_be_meant(formats: list[str], says: str) -> None:
    with pytest.raises(UsageError) as raised:
        wanted(formats, KNOWN)
    assert says in str(raised.value)


def test_the_default_is_the_commands_own() -> None:
    assert wanted([], ("markdown", "html"), default="markdown") == {"markdown": None}


EVERY = ("text", "markdown", "html", "pdf", "json", "sarif", "github", "junit", "cyclonedx")


@pytest.mark.parametrize(
    ("formats", "outputs", "chosen"),
    [  # the ending names the format, and nothing is shown beside it
        ([], ["a.md"], {"markdown": "a.md"}),
        ([], ["A.HTML"], {"html": "A.HTML"}),
        ([], ["a.htm", "b.pdf"], {"html": "a.htm", "pdf": "b.pdf"}),
        ([], ["a.json"], {"json": "a.json"}),
        ([], ["a.sarif"], {"sarif": "a.sarif"}),
        ([], ["a.sarif.json"], {"sarif": "a.sarif.json"}),
        ([], ["a.cdx.json"], {"cyclonedx": "a.cdx.json"}),
        ([], ["a.xml"], {"junit": "a.xml"}),
        ([], ["a.txt"], {"text": "a.txt"}),
        # what is asked for and has no file yet takes one that its endings allow
        (["sarif"], ["a.json"], {"sarif": "a.json"}),
        (["json", "sarif=b"], ["a.json"], {"json": "a.json", "sarif": "b"}),
        (["json"], ["a"], {"json": "a"}),
        (["json"], ["a.txt"], {"json": "a.txt"}),
        (["md"], ["a.text"], {"markdown": "a.text"}),
        # what takes none goes to stdout
        (["github"], ["a.sarif"], {"github": None, "sarif": "a.sarif"}),
        (["text"], ["a.html", "b.json"], {"text": None, "html": "a.html", "json": "b.json"}),
        (["text", "json"], ["a.json"], {"text": None, "json": "a.json"}),
    ],
)
def test_the_ending_of_a_file_names_its_format(
    formats: list[str], outputs: list[str], chosen: dict[str, str | None]
) -> None:
    expected = {name: None if file is None else Path(file) for name, file in chosen.items()}
    assert wanted(formats, EVERY, outputs=[Path(one) for one in outputs]) == expected


@pytest.mark.parametrize(
    ("formats", "outputs", "says"),
    [
        ([], ["a.docx"], "the ending of -o 'a.docx' names no format. There are: .md, .html, .pdf, .sarif, .cdx.json"),
        ([], ["a.md", "b.md"], "two files are to hold the markdown view. Give each its own format."),
        (["html=b.html"], ["a.html"], "two files are to hold the html view"),
        (["text", "github"], ["a.json"], "two formats go to stdout"),
        ([], ["a.md", "./a.html/../a.md"], "two files are to hold the markdown view"),
        (["json=a.html"], ["a.html"], "two formats go to one file"),
    ],
)
def test_files_that_cannot_be_meant(formats: list[str], outputs: list[str], says: str) -> None:
    with pytest.raises(UsageError) as raised:
        wanted(formats, EVERY, outputs=[Path(one) for one in outputs])
    assert says in str(raised.value)


def test_json_is_short_for_its_format() -> None:
    assert wanted([], EVERY, as_json=True) == {"json": None}
    assert wanted(["json"], EVERY, as_json=True) == {"json": None}
    assert wanted([], EVERY, outputs=[Path("a.md")], as_json=True) == {"markdown": Path("a.md"), "json": None}
    with pytest.raises(UsageError, match="json is given twice"):
        wanted(["json=a"], EVERY, as_json=True)


def test_no_terminal_is_sent_a_pdf(monkeypatch: pytest.MonkeyPatch) -> None:
    assert wanted(["pdf"], EVERY) == {"pdf": None}
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert wanted(["pdf=a"], EVERY) == {"pdf": Path("a")}
    with pytest.raises(UsageError, match=r"pdf is nothing that a terminal shows. Give -o FILE.pdf."):
        wanted(["pdf"], EVERY)


def test_a_file_holds_no_styles(tmp_path: Path) -> None:
    """What a terminal is shown in colours is plain in a file."""
    deliver({"text": lambda: "\x1b[1;31merror\x1b[0m: 8\n"}, {"text": tmp_path / "a.txt"})
    assert (tmp_path / "a.txt").read_text() == "error: 8\n"


def test_files_are_written_before_stdout_and_bytes_as_they_are(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """A view that cannot be made leaves nothing behind, and no file is touched for one that goes to stdout."""
    views: dict[str, View] = {"text": lambda: "ä\n", "json": lambda: b"\xff\n", "sarif": lambda: "é"}
    deliver(views, {"json": tmp_path / "a", "sarif": tmp_path / "b", "text": None})
    assert ((tmp_path / "a").read_bytes(), (tmp_path / "b").read_text("utf-8")) == (b"\xff\n", "é")
    assert capfdbinary.readouterr().out == "ä\n".encode()
    with pytest.raises(ZeroDivisionError):
        deliver({"json": lambda: "new", "text": lambda: f"{1 / 0}"}, {"json": tmp_path / "c", "text": None})
    assert not (tmp_path / "c").exists()
    with pytest.raises(UsageError):
        deliver({"json": lambda: "x", "text": lambda: "y"}, {"json": tmp_path / "d", "text": tmp_path / "." / "d"})


@pytest.mark.parametrize(
    ("content", "taken"),
    [
        ("a" * 8, True), ("a" * 9, False), ("ä" * 4, True), ("ä" * 5, False), ("𝔸𝔸", True), ("𝔸𝔸a", False),
        (b"a" * 8, True), (b"a" * 9, False), ("", True),
    ],
)  # fmt: skip
def test_a_view_is_as_long_as_its_bytes(content: str | bytes, taken: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is one of bytes, whatever the signs take."""
    monkeypatch.setattr(limits, "OUTPUT_BYTES", Limit(8, "bytes", "a test", "more than {} bytes of output"))
    if taken:
        assert bounded(content, "json") == content
    else:
        with pytest.raises(UsageError, match="the json view makes more than 8 bytes of output"):
            bounded(content, "json")


SUPPRESSED = replace(FINDING, suppressed="known")


@pytest.mark.parametrize(
    ("severities", "codes"),
    [  # under: error, warning, note, never
        ([], (0, 0, 0, 0)),
        (["note"], (0, 0, 1, 0)),
        (["warning"], (0, 1, 1, 0)),
        (["error"], (1, 1, 1, 0)),
        (["note", "error", "warning"], (1, 1, 1, 0)),
        (["note", "warning", "note"], (0, 1, 1, 0)),
    ],
)
def test_the_threshold(severities: list[str], codes: tuple[int, ...]) -> None:
    found = [replace(FINDING, severity=Severity(one)) for one in severities]
    assert tuple(exit_code([SUPPRESSED, *found], FailOn(level)) for level in FailOn) == codes
    assert not any(exit_code(found, FailOn(level), exit_zero=True) for level in FailOn)


@pytest.mark.parametrize(
    ("findings", "kept"),
    [
        ([at("a", 2)], [True]),
        ([at("a", 1)], [False]),
        ([at("a")], [True]),  # of the whole file, which has changed
        ([at("same")], [False]),
        ([at("same", 2)], [False]),
        ([at("absent", 2)], [False]),
        ([FINDING], [False]),
        ([replace(FINDING, rule="gate-changed"), at("absent", 9, "gate-changed"), at("a", 1), at("a", 2)],
         [True, True, False, True]),
    ],
)  # fmt: skip
def test_findings_on_changed_lines(
    findings: list[Finding], kept: list[bool], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lines 2 and 3 of `a` have changed; a change of the gate counts wherever it stands."""
    monkeypatch.chdir(tmp_path)
    asked = []

    def lines(path: Path, since: str) -> set[int]:
        asked.append((path.name, since))
        return {"a": {2, 3}, "same": set()}[path.name]  # type: ignore[return-value]

    monkeypatch.setattr(changed, "changed_lines", lines)
    for name in ("a", "same"):
        Path(name).write_text("1\n2\n3\n")
    assert on_changed_lines(findings, "main") == [one for one, stays in zip(findings, kept, strict=True) if stays]
    assert len(asked) == len(set(asked)), "git is asked once for each file"


@pytest.mark.parametrize(("more", "cut"), [(0, False), (1, True)])
def test_a_line_made_harmless_keeps_to_the_length_of_one(
    more: int, cut: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What makes it harmless adds characters; a line that was longer before is no line about an error and stays."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    say("::" + "x" * 10)
    longer = len(capsys.readouterr().err.rstrip("\n")) - 12
    assert longer > 0
    say("::" + "x" * (FITTED - 2 - longer + more))
    told = capsys.readouterr().err.rstrip("\n")
    assert len(told) == FITTED and told.endswith("…") is cut
    say("x" * (FITTED + 5))
    assert capsys.readouterr().err == "x" * (FITTED + 5) + "\n"


class Full(io.StringIO):
    def write(self, _: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_stderr_that_takes_nothing_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Full())
    say("nobody hears it")


@pytest.mark.parametrize("given", [True, False])
def test_a_summary_is_made_only_where_one_is_wanted(
    given: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    if given:
        monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    made = []
    step_summary(lambda: made.append("") or "text\n")  # type: ignore[func-returns-value]
    assert (len(made), (tmp_path / "summary.md").exists()) == (int(given), given)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("total", "shown"), [(3, False), (4, True), (200, True)])
def test_few_headers_need_no_bar(total: int, shown: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", told := Terminal())
    with progress.header_progress() as advance:
        assert advance is not None
        advance(total - 1, total)
    assert ("reading headers" in told.getvalue()) is shown


def test_no_bar_where_nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with progress.header_progress() as advance:
        assert advance is None


DENSE = {
    "model_type": "qwen3", "architectures": ["Qwen3ForCausalLM"], "hidden_size": 64, "intermediate_size": 128,
    "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 16, "vocab_size": 100,
}  # fmt: skip


@pytest.mark.parametrize(
    ("inspection", "kind"),
    [
        (inspection_of("mixtral"), Kind.MOE),
        (inspect_evidence(Evidence(ModelRef("a/b", Source.HUB), JsonFile("config.json", DENSE))), Kind.DENSE),
        (replace(inspection_of("tiny", {"headers": True}), architecture=None), Kind.MOE),  # its tensors are of experts
        (replace(inspection_of("tiny", {"headers": True, "drop": "expert"}), architecture=None), Kind.DENSE),
        (
            replace(
                inspection_of("tiny", {"headers": True, "drop": "expert", "add": {"stage.blob": ["BF16", [8, 8]]}}),
                architecture=None,
            ),
            Kind.UNSURE,
        ),
    ],
)
def test_what_kind_it_is(inspection: Any, kind: Kind) -> None:
    assert kind_of(inspection) is kind


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("README.md", ""),
        ("mit Leerzeichen ü.md", ""),
        ('a".md', "its file has a name that no patch can hold"),
        ("a\\b.md", "its file has a name that no patch can hold"),
        ("a\tb.md", "its file has a name that no patch can hold"),
        ("../README.md", "the file is outside the folder that the patch is made in"),
    ],
)
def test_files_that_a_patch_can_name(name: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from moeaudit.audits.fix import Repair

    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert _nameless(Repair(Path(name), b"", b"", ())) == why
    assert set('"\\') == NAMELESS


@pytest.mark.parametrize(
    ("place", "spot"), [(None, "no file"), (Place("a.md"), "a.md"), (Place("a.md", 6, 3), "a.md:6")]
)
def test_a_line_about_a_fix(place: Place | None, spot: str) -> None:
    assert _line("fixed", replace(FINDING, place=place), "4 is now 5") == f"fixed: {spot} a-rule: 4 is now 5"
