"""A pytest plugin: runs the tests of a list in its order, and writes down how long each test takes.

MUTATION_TESTS   a JSON list of node ids; others are left out
MUTATION_TIMES   where the seconds of the tests that passed are written, as JSON
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

SECONDS: dict[str, float] = {}
FAILED: set[str] = set()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not os.environ.get("MUTATION_TESTS"):
        return
    order = {name: at for at, name in enumerate(json.loads(Path(os.environ["MUTATION_TESTS"]).read_text()))}
    config.hook.pytest_deselected(items=[item for item in items if item.nodeid not in order])
    items[:] = sorted((item for item in items if item.nodeid in order), key=lambda item: order[item.nodeid])


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    SECONDS[report.nodeid] = SECONDS.get(report.nodeid, 0.0) + report.duration
    if not report.passed:
        FAILED.add(report.nodeid)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if os.environ.get("MUTATION_TIMES") and not hasattr(session.config, "workerinput"):
        passed = {name: round(took, 3) for name, took in SECONDS.items() if name not in FAILED}
        Path(os.environ["MUTATION_TIMES"]).write_text(json.dumps(passed))
