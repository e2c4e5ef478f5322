"""The plainest lines are answered without the option parser, and mean the same with it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
from hypothesis import given, settings
from hypothesis import strategies as st

from moeaudit.cli import inspecting, quick
from moeaudit.cli.app import app, run
from moeaudit.errors import AuditError
from tests.cli.samples import CommandLine, folder

OPTIONS = [*quick.FLAGS, *quick.VALUES]
WORDS = st.one_of(
    st.sampled_from(OPTIONS),
    st.sampled_from(["org/model", "a", "config.json", "a.html", "text", "json", "json=out.json"]),
    st.sampled_from(["config", "headers", "HEADERS"]),
    st.sampled_from(["error", "never", "main", "-", "--", "", "-h", "--help", "--version", "--no-cache", "--nothing"]),
    st.sampled_from(OPTIONS).map(lambda word: f"{word}=json"),
    st.sampled_from(OPTIONS).map(lambda word: word[:-1]),
    st.text(max_size=4),
)
PLAIN = st.one_of(
    st.sampled_from([[word] for word in quick.FLAGS]),
    st.tuples(st.sampled_from(list(quick.VALUES)), WORDS).map(list),
    st.tuples(st.just("--depth"), st.sampled_from(list(inspecting.ReadDepth))).map(list),
    st.tuples(st.just("--fail-on"), st.sampled_from(["error", "warning", "note", "never"])).map(list),
)
LINES = st.one_of(
    st.lists(WORDS, max_size=7),
    st.tuples(st.lists(PLAIN, max_size=3), st.lists(PLAIN, max_size=2)).map(
        lambda parts: [word for part in (*parts[0], ["org/model"], *parts[1]) for word in part]
    ),
)


def called(read: Any, line: list[str], monkeypatch: pytest.MonkeyPatch) -> dict[str, Any] | None:
    """What `answer` is called with by one way to read a line; defaults are left out. None where it is not called."""
    calls: list[dict[str, Any]] = []

    def answer(model: str, **options: Any) -> int:
        calls.append({"model": model, **{name: value for name, value in options.items() if value not in (None, ())}})
        return 0

    with monkeypatch.context() as patch:
        patch.setattr(inspecting, "answer", answer)
        try:
            read(["inspect", *line])
        except AuditError:
            assert calls == []
    return calls[0] if calls else None


DEFAULTS = {"offline": False, "exit_zero": False, "fail_on": "error", "everything": False, "as_json": False}


@settings(deadline=None, max_examples=400)
@given(LINES)
def test_both_ways_make_the_same_call(line: list[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        quickly = called(quick.quick, line, patch)
        if quickly is not None:
            assert {**DEFAULTS, **quickly} == called(run, line, patch)


@pytest.mark.parametrize(
    "line",
    [
        ["a"],
        ["a", "--format", "json"],
        ["--offline", "a", "--exit-zero", "--depth", "headers", "--revision", "main", "--fail-on", "note"],
        ["--format", "json=out", "a", "--format", "text"],
        ["a", "--all"],
        ["a", "--json", "-o", "a.html", "--output", "b.md"],
    ],
)
def test_plain_lines_need_no_parser(line: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    quickly = called(quick.quick, line, monkeypatch)
    assert quickly is not None
    assert {**DEFAULTS, **quickly} == called(run, line, monkeypatch)


@pytest.mark.parametrize(
    "line",
    [
        [],
        ["a", "b"],
        ["a", "--depth"],
        ["a", "--depth", "deep"],
        ["a", "--depth", "config", "--depth", "index"],
        ["a", "--format=json"],
        ["a", "--revision", "--offline"],
        ["a", "--form", "json"],
        ["--", "a"],
        ["a", "-h"],
        [""],
        ["a", "--no-cache"],
    ],
)
def test_any_other_line_is_the_parsers(line: list[str]) -> None:
    assert quick.quick(["inspect", *line]) is None


def test_the_options_are_those_declared() -> None:
    command = typer.main.get_command(app).commands["inspect"]  # type: ignore[attr-defined]
    declared = {option: parameter.name for parameter in command.params for option in parameter.opts}
    read_here = {**quick.FLAGS, **quick.VALUES}
    assert read_here.items() <= declared.items()
    assert set(declared) - set(read_here) == {"model", "--no-cache", "--timeout"}


ABSENT = ("typer", "click", "rich", "yaml", "pydantic", "huggingface_hub", "jinja2", "urllib.request", "http.client")


def left_by(*words: str) -> tuple[str, str, set[str]]:
    """What a line of a process of its own prints, and what it imported."""
    code = (
        "import sys\n"
        "from moeaudit.cli import main\n"
        "try: main()\n"
        "finally: print('LOADED', *sorted(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=True)
    told, _, loaded = done.stderr.rpartition("LOADED")
    return done.stdout, told, set(loaded.split())


@pytest.mark.parametrize("words", [("--version",), ("inspect", "{}", "--format", "json")])
def test_a_plain_line_loads_what_it_needs(words: tuple[str, ...], tmp_path: Path) -> None:
    path = str(folder(tmp_path / "model") / "config.json")
    out, told, loaded = left_by(*(word.format(path) for word in words))
    assert told == "" and out
    assert loaded.isdisjoint(ABSENT)


def test_version_is_the_same_both_ways(capsys: pytest.CaptureFixture[str]) -> None:
    assert quick.quick(["--version"]) == 0
    quickly = capsys.readouterr().out
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == quickly


def test_output_is_the_same_both_ways(cli: CommandLine, tmp_path: Path) -> None:
    model = folder(tmp_path / "model")
    plain, parsed = cli("inspect", model, "--format", "json"), cli("inspect", model, "--format=json")
    assert plain == parsed
    assert json.loads(plain.out)


@pytest.mark.parametrize("words", [("inspect", "no/such/place"), ("inspect", "no-such.json", "--offline")])
def test_errors_are_the_same_both_ways(cli: CommandLine, words: tuple[str, ...]) -> None:
    plain, parsed = cli(*words), cli(*words, "--fail-on=error")
    assert plain == parsed
    assert plain.code != 0 and plain.out == ""
