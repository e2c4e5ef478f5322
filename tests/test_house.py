"""The house keeps its shape: imports run downwards, the way to --help is light, the project speaks of itself alone."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "moeaudit"

FLOORS = {
    "evidence": 0,
    "architecture": 1,
    "ledger": 2,
    "claims": 3,
    "costs": 3,
    "checks": 4,
    "reports": 5,
    "audits": 6,
    "cli": 7,
}
"""The staircase. Rooms on one floor do not know each other."""

LIGHT = ("huggingface_hub", "pydantic", "jinja2", "rich.table", "torch", "typst", "yaml")
"""What the way to --version and --help must not import."""


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """(line, room) of everything a file imports from the package, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text())):
        for name in imported(node, path):
            if name.startswith("moeaudit."):
                yield node.lineno, name.split(".")[1]


def imported(node: ast.AST, path: Path) -> Iterator[str]:
    """Full names: of modules, of what `from moeaudit import` takes, and of relative imports."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        above = path.relative_to(PACKAGE.parent).parts[: -node.level or None] if node.level else ()
        module = ".".join((*above, *filter(None, [node.module])))
        yield from (f"{module}.{alias.name}" for alias in node.names)


def test_every_form_of_import_is_seen() -> None:
    source = "import moeaudit.cli\nfrom moeaudit import reports\nfrom ..checks import audit\nfrom . import memory\n"
    path = PACKAGE / "costs" / "estimate.py"
    found = [name for node in ast.walk(ast.parse(source)) for name in imported(node, path)]
    assert found == ["moeaudit.cli", "moeaudit.reports", "moeaudit.checks.audit", "moeaudit.costs.memory"]


@pytest.mark.parametrize("room", FLOORS)
def test_imports_run_downwards(room: str) -> None:
    upwards = [
        f"{path.relative_to(PACKAGE)}:{line} imports {other}"
        for path in (PACKAGE / room).rglob("*.py")
        for line, other in imports(path)
        if other in FLOORS and other != room and FLOORS[other] >= FLOORS[room]
    ]
    assert upwards == []


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_the_way_to_help_is_light(option: str) -> None:
    code = (
        "import sys; sys.argv = ['moeaudit', sys.argv[1]]\n"
        "from moeaudit.cli import main\n"
        "try: main()\n"
        "except SystemExit as end: assert end.code == 0, end.code\n"
        "print('LOADED', *sorted(sys.modules), file=sys.stderr)"
    )
    result = subprocess.run([sys.executable, "-c", code, option], capture_output=True, text=True, check=True)
    loaded = result.stderr.split()
    heavy = [name for name in LIGHT if any(module == name or module.startswith(f"{name}.") for module in loaded)]
    assert heavy == []
    assert "moeaudit" in result.stdout.lower()


def test_only_evidence_touches_the_network() -> None:
    network = {"huggingface_hub", "httpx", "requests", "urllib", "socket", "http"}
    found = [
        f"{path.relative_to(PACKAGE)}:{node.lineno}"
        for path in PACKAGE.rglob("*.py")
        if path.parent.name != "evidence"
        for node in ast.walk(ast.parse(path.read_text()))
        if (
            isinstance(node, ast.Import)
            and any(alias.name.split(".")[0] in network and alias.name != "urllib.parse" for alias in node.names)
        )
        or (
            isinstance(node, ast.ImportFrom)
            and node.module
            and node.module.split(".")[0] in network
            and node.module != "urllib.parse"
        )
    ]
    assert found == []
