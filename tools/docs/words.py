"""The English words and the orders of reports as a module: a first screen must not wait for a reader of YAML."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from pprint import pformat

from moeaudit.data import parsed

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"

HEAD = '''"""Made by tools/generate.py from templates/strings.en.yaml and templates/reports.yaml: write there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# fmt: off
STRINGS: Mapping[str, Any] = {strings}

REPORTS: Mapping[str, Mapping[str, list[str]]] = {reports}
'''


def words() -> Iterator[tuple[str, str]]:
    strings, reports = (parsed((TEMPLATES / name).read_text("utf-8")) for name in ("strings.en.yaml", "reports.yaml"))
    text = HEAD.replace("{strings}", shown(strings)).replace("{reports}", shown(reports))
    yield "moeaudit/reports/document/english.py", text


def shown(data: object) -> str:
    return pformat(data, width=118, sort_dicts=False)
