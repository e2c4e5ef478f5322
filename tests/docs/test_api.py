"""The page on Python runs as it stands, block after block; and the package loads nothing before it is used."""

from __future__ import annotations

import re
import subprocess
import sys
from contextlib import chdir
from pathlib import Path

import pytest

import moeaudit

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "api.md").read_text("utf-8")


def test_the_page_runs() -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert len(blocks) > 5
    with chdir(ROOT):
        exec(compile("\n".join(blocks), "docs/api.md", "exec"), {})


def test_every_function_is_on_the_page_and_documented() -> None:
    names = set(moeaudit.__all__) - {"__version__", "AuditError"}
    assert names == set(re.findall(r"^## (\w+)$", PAGE, re.MULTILINE)) - {"Errors"}
    assert all(getattr(moeaudit, name).__doc__ for name in names)


def test_importing_the_package_loads_none_of_its_rooms() -> None:
    code = "import sys, moeaudit; print([name for name in sys.modules if name.startswith('moeaudit.')])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_what_there_is_not_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        moeaudit.nothing  # noqa: B018
