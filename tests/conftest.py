"""Shared fixtures. The corpus is a folder of published configs, indexes and tables beside the project; tests that use
it say so."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.hub.fixtures import hub  # noqa: F401 - the loopback Hub, for every test that asks for `hub`

settings.register_profile("project", deadline=None, suppress_health_check=[HealthCheck.too_slow])  # slow machines pass
settings.load_profile("project")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as a shell starts what it puts in the background
    signal.signal(signal.SIGINT, signal.default_int_handler)  # the commands that tests interrupt would inherit it

CORPUS = Path(os.environ["MOEAUDIT_CORPUS"]) if os.environ.get("MOEAUDIT_CORPUS") else None


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The corpus folder; the test is skipped where MOEAUDIT_CORPUS names none."""
    if CORPUS is None or not CORPUS.is_dir():
        pytest.skip("MOEAUDIT_CORPUS names no folder")
    return CORPUS


def corpus_cases(pattern: str) -> list[Path]:
    """Files of the corpus to parametrise by; one placeholder, which skips, where there is no corpus."""
    return sorted(CORPUS.glob(pattern)) if CORPUS else []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many tests the corpus decided."""
    ran = sum(
        "corpus" in getattr(report, "keywords", ())
        for key in ("passed", "failed")
        for report in terminalreporter.stats.get(key, ())
        if getattr(report, "when", "") == "call"
    )
    for report in terminalreporter.stats.get("skipped", ()):
        if "tests/guard" in report.nodeid and isinstance(report.longrepr, tuple):
            terminalreporter.write_line(f"guard: {report.longrepr[2].removeprefix('Skipped: ')}")
    terminalreporter.write_line(
        f"tests that used the corpus: {ran}" if CORPUS else "tests that used the corpus: 0 (MOEAUDIT_CORPUS is not set)"
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "corpus" in getattr(item, "fixturenames", ()):
            item.add_marker("corpus")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "corpus: uses the corpus of published files")
