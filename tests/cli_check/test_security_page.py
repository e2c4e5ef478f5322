"""SECURITY.md promises nothing that no test holds."""

from __future__ import annotations

import re

from tests.cli_check.conftest import ROOT

TEXT = (ROOT / "SECURITY.md").read_text()
PROMISES = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in TEXT.split("## Promises by input")[1].split("\n## ")[0].splitlines()
    if line.startswith("|")
][2:]


def test_every_promise_names_tests_that_exist() -> None:
    assert len(PROMISES) >= 10
    for what, promised, tests, _ in PROMISES:
        named = re.findall(r"`(tests/[\w/]+\.py)`", tests)
        assert promised and named, what
        for name in named:
            assert re.search(r"(?m)^def test_", (ROOT / name).read_text()), f"{what}: {name} holds no test"


def test_every_attacker_and_everything_protected_is_named() -> None:
    attackers = TEXT.split("## Who attacks")[1].split("\n## ")[0]
    for one in ("repo", "mirror", "network", "pull request", "template", "telemetry"):
        assert one in attackers
    protected = TEXT.split("## What is protected")[1].split("\n## ")[0]
    for one in ("token", "Files", "time and memory", "terminal and browser", "truth", "gate"):
        assert one in protected
