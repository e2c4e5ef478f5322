"""Wordings and obligations as data, each file read once."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

from moeaudit.data import parsed


@cache
def read_data(name: str) -> Any:
    """A YAML file of this folder."""
    return parsed(files("moeaudit.reports.packet.data").joinpath(name).read_text("utf-8"))
