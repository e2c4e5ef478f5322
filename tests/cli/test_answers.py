"""What becomes of a line's end: the exit code and the one line on stderr, for everything that can be raised."""

from __future__ import annotations

import errno
import io
import sys
from typing import Any

import pytest
import typer

from moeaudit.cli import answered, app, prepare_streams, quick
from moeaudit.cli.app import run, spelled_out
from moeaudit.errors import NoEvidence, UsageError

GONE = "the folder worked in is gone. Go to one that exists."


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (UsageError("it is wrong", hint="Do it right."), 2, "moeaudit: it is wrong. Do it right."),
        (NoEvidence("nothing there"), 4, "moeaudit: nothing there"),
        (KeyboardInterrupt(), 130, "moeaudit: interrupted; nothing was written"),
        (BrokenPipeError(), 0, ""),
        (OSError(errno.ENOSPC, "No space"), 2, "moeaudit: stdout takes no more: No space. Send it somewhere else."),
        (OSError(errno.EBADF, "Bad"), 2, "moeaudit: stdout takes no more: Bad. Send it somewhere else."),
        (OSError(errno.ENOSPC, "No space", "a.json"), 5, "moeaudit: a bug in moeaudit: OSError: "),  # said before
        (OSError(errno.EPERM, "Not permitted"), 5, "moeaudit: a bug in moeaudit: PermissionError: "),
        (FileNotFoundError(errno.ENOENT, "No such file"), 2, f"moeaudit: {GONE}"),
        (FileNotFoundError(errno.ENOENT, "No such file", "a"), 5, "moeaudit: a bug in moeaudit: FileNotFoundError: "),
        (OSError(errno.ENAMETOOLONG, "Too long", "a" * 9), 2, "moeaudit: aaaaaaaaa: Too long. Check the path."),
        (OSError(errno.ELOOP, "Loop", "a"), 2, "moeaudit: a: Loop. Check the path."),
        (PermissionError(errno.EACCES, "Denied", "a"), 2, "moeaudit: a: Denied. Check the path."),
        (OSError(errno.ENAMETOOLONG, "Too long"), 5, "moeaudit: a bug in moeaudit: OSError: "),
        (ValueError("x" * 200), 5, f"moeaudit: a bug in moeaudit: ValueError: {'x' * 160}. Run again with --debug"),
    ],
)  # fmt: skip
def test_what_is_raised_becomes_a_code_and_a_line(
    error: BaseException, code: int, line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(quick, "quick", thrown(error))
    assert answered(["inspect", "a/b"], debug=False) == code
    told = capsys.readouterr()
    assert told.out == "" and told.err.startswith(line) and told.err.count("\n") == bool(line)
    assert ("--debug" in told.err) is (code == 5)


def thrown(error: BaseException) -> Any:
    def call(*_: object, **__: object) -> None:
        raise error

    return call


@pytest.mark.parametrize("error", [UsageError("it is wrong"), ValueError("a bug")])
def test_debug_lets_errors_through(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quick, "quick", thrown(error))
    with pytest.raises(type(error), match=str(error)):
        answered([], debug=True)


def test_a_reader_who_left_is_no_error_under_debug_either(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quick, "quick", thrown(BrokenPipeError()))
    assert answered([], debug=True) == 0


@pytest.mark.parametrize(
    ("errors", "then"),
    [("strict", "moeaudit.plainer"), ("surrogateescape", "moeaudit.plainer"), ("backslashreplace", "backslashreplace")],
)
def test_only_a_stream_that_would_fail_is_made_to_take_any_text(
    errors: str, then: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, io.TextIOWrapper(io.BytesIO(), encoding="ascii", errors=errors))
    prepare_streams()
    assert (sys.stdout.errors, sys.stderr.errors) == (then, then)


def test_closed_streams_go_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)
    prepare_streams()
    print("text")
    print("text", file=sys.stderr)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("check --fix=write a", "check --fix --write a"),
        ("check --fix a", "check --fix a"),
        ("check a --fix=write", "check a --fix --write"),
        ("check -- --fix=write", "check -- --fix=write"),
        ("check --fix=write -- --fix=write a", "check --fix --write -- --fix=write a"),
        ("check --fix=writes", "check --fix=writes"),
    ],
)
def test_a_flag_with_a_value_is_two(line: str, words: str) -> None:
    assert spelled_out(line.split()) == words.split()


@pytest.mark.parametrize(
    ("line", "code", "shows"),
    [
        ("--help", 0, "inspect"),
        ("inspect --help", 0, "--depth"),
        ("check -h", 0, "--fix"),
        ("--version explain", 0, "moeaudit "),
        ("schema", 0, "claims\n"),
    ],
)
def test_pages_end_well(line: str, code: int, shows: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(line.split()) == code
    assert shows in capsys.readouterr().out


def test_nothing_said_shows_the_help_and_ends_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 2
    told = capsys.readouterr()
    assert "Usage" in told.out + told.err and "estimate" in told.out + told.err


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("inspect", "See `moeaudit inspect --help`."),
        ("inspect a --dept x", "--dept"),
        ("inspect a --depth deep", "'deep' is not one of"),
        ("nothing", "there is no command 'nothing'. There are: "),
    ],
)
def test_a_line_that_the_parser_refuses_names_the_help_of_its_command(line: str, says: str) -> None:
    with pytest.raises(UsageError) as raised:
        run(line.split())
    assert says in str(raised.value) and str(raised.value).endswith("--help`.")


@pytest.mark.parametrize(
    ("left", "code"),
    [(thrown(typer.Abort()), 130), (thrown(typer.Exit(7)), 7), (lambda: 4, 4), (lambda: None, 0)],
)
def test_how_a_command_ends(left: Any, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A number that it returns or leaves with is the exit code, nothing is 0, and an abort is that of Ctrl-C."""
    (schema,) = (one for one in app.app.registered_commands if one.name == "schema")

    def callback() -> Any:
        return left()

    monkeypatch.setattr(schema, "callback", callback)
    assert run(["schema"]) == code


def test_a_parser_that_leaves_the_process_has_lost_its_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "app", thrown(SystemExit(1)))
    with pytest.raises(BrokenPipeError):
        run(["--help"])
