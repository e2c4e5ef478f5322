"""No view shows an escaped end of line: what was to stand on a line of its own does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

EXPECTED = Path(__file__).parent / "expected"


@pytest.mark.parametrize("path", sorted(EXPECTED.rglob("*.txt")), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_line_begins_with_an_escaped_end_of_line(path: Path) -> None:
    assert not re.search(r"^\\[nrt]", path.read_text(), re.MULTILINE)
