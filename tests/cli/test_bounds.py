"""The bounds of options that take numbers: the last that is taken and the first that is not."""

from __future__ import annotations

import pytest

from tests.cli.samples import CommandLine

MODEL = ("openai/gpt-oss-20b", "--offline", "--gpus", "8xH200")


@pytest.mark.parametrize(
    ("option", "taken", "refused"),
    [
        ("--context", "1", "0"), ("--context", "100000000", "100000001"), ("--concurrency", "1", "0"),
        ("--concurrency", "4294967296", "4294967297"), ("--price", "0", "-0.01"), ("--price", "1000000", "1000000.5"),
        ("--bits", "1", "0.99"), ("--bits", "64", "64.5"),
    ],
)  # fmt: skip
def test_an_estimates_numbers(option: str, taken: str, refused: str, cli: CommandLine) -> None:
    assert cli("estimate", *MODEL, option, taken).code == 0
    run = cli("estimate", *MODEL, option, refused)
    assert run.code == 2 and option in run.err and not run.out


@pytest.mark.parametrize(("option", "refused"), [("--context", "0"), ("--concurrency", "0"), ("--price", "-1")])
def test_a_packets_numbers(option: str, refused: str, cli: CommandLine) -> None:
    run = cli("packet", *MODEL, option, refused)
    assert run.code == 2 and option in run.err and not run.out


@pytest.mark.parametrize("seconds", ["0", "-1"])
def test_a_time_that_cannot_be_waited(seconds: str, cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOEAUDIT_TIMEOUT", "600")  # the option sets it for the process
    run = cli("estimate", *MODEL, "--timeout", seconds)
    assert run.code == 2 and "--timeout is no number of seconds that can be waited" in run.err and not run.out
