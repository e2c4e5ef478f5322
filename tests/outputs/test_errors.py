"""Every error is one line of at most 300 characters, whatever it is about."""

from __future__ import annotations

from pathlib import Path

import pytest

from moeaudit.errors import LONGEST, NoEvidence, Place, UsageError
from tests.cli.samples import CommandLine, folder
from tests.outputs.hostile import HOSTILE, invisible

LONG = "x" * 200_000
CLAIMS = (
    "schema: moeaudit/claims/v1\nmodel: {{id: org/x}}\narchitecture:\n"
    "  total_parameters: {{value: 1B, denominator: {}}}\n"
)


@pytest.mark.parametrize("text", [*HOSTILE, LONG, "\u202e" * 5000, "a/" * 5000])
def test_the_line_is_bounded_and_keeps_its_parts(text: str) -> None:
    for error in (
        UsageError(text),
        UsageError("the message", place=Place(text, 3, 4, text), hint="Do this."),
        NoEvidence(f"about {text} said", place=Place("file"), hint=text),
        UsageError(text, place=Place(text), hint="Do this."),
    ):
        line = str(error)
        assert len(line) <= LONGEST and not invisible(line) and "\n" not in line
    line = str(UsageError("the message", place=Place(text, 3), hint="Do this."))
    assert line.endswith(":3: the message. Do this.")


@pytest.mark.parametrize("length", [299, 300, 301])
def test_the_limit(length: int) -> None:
    error = UsageError("m" * (length - 1))
    assert len(str(error)) == min(length, LONGEST) and ("…" in str(error)) == (length > LONGEST)


@pytest.mark.parametrize(
    "line",
    [
        ("inspect", LONG[:4000]),
        ("inspect", "org/x", "--revision", LONG),
        ("inspect", f"org/{LONG}"),
        ("inspect", "m", f"--{LONG}"),
        ("inspect", "m", "--depth", LONG),
        (LONG,),
        ("estimate", "m", "--gpus", LONG),
        ("estimate", "m", "--gpus", "8xH200", "--engine", LONG),
        ("estimate", "m", "--gpus", "8xH200", "--emit", LONG),
        ("estimate", "m", "--gpus", "8xH200", "--from-command", LONG),
        ("estimate", "m", "--gpus", "8xH200", "--training-tokens", LONG),
        ("explain", LONG),
        ("schema", LONG),
        ("packet", "m", "--preset", LONG),
        ("packet", "m", "--format", LONG),
        ("check", LONG[:4000]),
        ("check", "bad.claims.yaml"),
        ("check", "worse.claims.yaml"),
        ("check", "worst.claims.yaml"),
    ],
    ids=lambda words: " ".join(words)[:40],
)
def test_foreign_text_of_any_length_makes_one_line(cli: CommandLine, line: tuple[str, ...]) -> None:
    Path("bad.claims.yaml").write_text(CLAIMS.format(LONG))
    Path("worse.claims.yaml").write_text(f"schema: {LONG}\n")
    Path("worst.claims.yaml").write_text(f"schema: moeaudit/claims/v1\n{'k' * 50_000}: 1\nmodel: {{id: x}}\n")
    Path("m").mkdir()
    Path("m/config.json").write_text("{}")
    run = cli(*line)
    assert run.code in (1, 2, 3, 4), run
    lines = run.err.splitlines()
    assert all(len(one) <= LONGEST + len("moeaudit: ") for one in lines), max(map(len, lines))
    assert len(lines) == 1 and not invisible(run.err.replace("\n", ""))


@pytest.mark.parametrize(
    "value", [f"http://h/{LONG}", "http://[::", "http://\x1b[31m", "http://h:99999", "ftp://h", "h"]
)
def test_an_endpoint_that_is_none(cli: CommandLine, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("HF_ENDPOINT", value)
    monkeypatch.setenv("HF_HUB_DOWNLOAD_TIMEOUT", "x")
    monkeypatch.setattr("moeaudit.evidence.request.sleep", lambda seconds: None)  # a name server may fail seven times
    run = cli("inspect", "org/x")
    assert (
        run.code in (2, 4)
        and run.err.count("\n") == 1
        and len(run.err) <= LONGEST + 11
        and not invisible(run.err.strip())
    )


@pytest.mark.parametrize(
    "line",
    [
        ("packet", "a" * 5000),
        ("packet", "m", "--template", "a" * 5000),
        ("draft", "m", "-o", "a" * 5000),
        ("draft", "m", "--card", "a" * 5000),
        ("inspect", "m", "--format", f"json={'a' * 5000}"),
    ],
)
def test_a_name_that_is_too_long(cli: CommandLine, line: tuple[str, ...]) -> None:
    folder(Path("m"))
    run = cli(*line)
    assert run.code == 2 and run.err.count("\n") == 1 and "aaaa" in run.err and len(run.err) <= 301, run


@pytest.mark.parametrize("name", ["HF_HOME", "HF_HUB_CACHE", "XDG_CACHE_HOME"])
@pytest.mark.parametrize("value", ["~nobody-of-this-name/x", "a" * 5000])
def test_a_cache_that_cannot_be(cli: CommandLine, monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    for one in ("HF_HOME", "HF_HUB_CACHE"):
        monkeypatch.delenv(one, raising=False)
    monkeypatch.setenv(name, value)
    for words in (("cache",), ("cache", "clean"), ("inspect", "acme/tiny", "--offline")):
        run = cli(*words)
        assert run.code != 5 and run.err.count("\n") <= 1, run
        assert run.code == 0 or run.err.startswith("moeaudit: "), run


def test_what_defuses_a_line_keeps_its_length(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert len(cli("inspect", "acme/tiny", "--depth", "##[" * 200).err) == 301
