"""Whole outputs, looked at by a person and kept: any other text fails."""

from __future__ import annotations

import os
from pathlib import Path

APPROVE = "MOEAUDIT_APPROVE"
"""Set to 1, it writes what differs; the change is then read as a diff and committed. Where CI is set it is refused."""


def approved(path: Path, text: str) -> None:
    """Hold `text` against the file that keeps what was approved."""
    if os.environ.get(APPROVE):
        assert not os.environ.get("CI"), f"{APPROVE} rewrites what tests expect: not in CI"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.is_file(), f"{path} is missing: run with {APPROVE}=1 and read what it writes"
    assert text == path.read_text(encoding="utf-8"), f"not as approved in {path.name}; {APPROVE}=1 writes it anew"
