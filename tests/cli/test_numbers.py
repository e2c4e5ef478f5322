"""Numbers on the command line and in the environment: plain digits, or a line that names the option."""

from __future__ import annotations

from typing import get_args, get_type_hints

import pytest

from moeaudit.cli.app import NUMBERED, app
from moeaudit.cli.numbers import AMOUNTS, COUNTS, whole
from moeaudit.errors import UsageError
from moeaudit.evidence.hub_settings import together
from tests.cli.samples import CommandLine

ODD = ("1_000", "１０００", "٨", "+8", " 8", "8 ", "8\n", "1__0", "８.５", "1_0.5", "-1_0")
MODEL = ("openai/gpt-oss-20b", "--offline")


def declared(kind: type) -> set[str]:
    """The names of all options that take numbers of a kind."""
    found = set()
    for command in app.registered_commands:
        assert command.callback is not None
        for name, hint in get_type_hints(command.callback, include_extras=True).items():
            of = get_args(hint)[0] if get_args(hint) else hint
            if name != "return" and kind in (get_args(of) or (of,)):
                found.add(f"--{name.replace('_', '-')}")
    return found


def test_every_option_that_takes_a_number_is_held() -> None:
    assert declared(int) == COUNTS
    assert declared(float) == AMOUNTS
    assert NUMBERED == COUNTS | AMOUNTS


@pytest.mark.parametrize("value", [*ODD, "8.0", "1e3"])
@pytest.mark.parametrize("option", sorted(COUNTS))
def test_a_count_is_plain_digits(cli: CommandLine, option: str, value: str) -> None:
    for words in ((option, value), (f"{option}={value}",)):
        run = cli("estimate", *MODEL, "--gpus", "8xH200", *words)
        assert run.code == 2 and option in run.err and not run.out, run.err


@pytest.mark.parametrize("value", ODD)
@pytest.mark.parametrize("option", sorted(AMOUNTS))
def test_an_amount_is_a_plain_decimal(cli: CommandLine, option: str, value: str) -> None:
    for words in ((option, value), (f"{option}={value}",)):
        run = cli("estimate", *MODEL, "--gpus", "8xH200", *words)
        assert run.code == 2 and option in run.err and not run.out, run.err


@pytest.mark.parametrize(
    "words", [("--context", "8192"), ("--context=08192",), ("--price", "2.50"), ("--price=1e0",), ("--timeout", "9")]
)
def test_plain_ones_are_taken(cli: CommandLine, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]) -> None:
    monkeypatch.setenv("MOEAUDIT_TIMEOUT", "600")  # the option sets it for the process
    assert cli("estimate", *MODEL, "--gpus", "8xH200", *words).code == 0


def test_behind_the_last_option_a_word_is_a_name(cli: CommandLine) -> None:
    run = cli("inspect", "--offline", "--", "--timeout=1_0")
    assert "not written as a number" not in run.err


@pytest.mark.parametrize("value", ["1_0", "٨", "+8", " 8", "8 ", "nan", "inf", "0x8", "0", "-1"])
def test_the_environment_too(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("MOEAUDIT_TIMEOUT", value)
    with pytest.raises(UsageError, match="no number of seconds"):
        together()
    assert whole("1_0") is whole("٨") is whole("+8") is whole(" 8") is whole("9" * 19) is None
    assert (whole("08"), whole("-8")) == (8, -8)
