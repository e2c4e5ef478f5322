"""Wordings and obligations as data, each file read once."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any


@cache
def read_data(name: str) -> Any:
    """A YAML file of this folder."""
    return parsed(files("moeaudit.reports.packet.data").joinpath(name).read_text("utf-8"))


def parsed(text: str) -> Any:
    """YAML of the project's own, with libyaml where it is there: ten times as fast."""
    import yaml

    return yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
