"""Where the shipped data stands: `schemas`, `fixtures` and `templates`, in a checkout and in an installed wheel."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable


def data_folder(name: str) -> Traversable:
    """The folder `name` at the top of a checkout, or below `moeaudit/_data` where the package is installed."""
    from importlib.resources import files

    packaged = files("moeaudit").joinpath("_data", name)
    if packaged.is_dir():
        return packaged
    return Path(__file__).parent.parent / name


def parsed(text: str) -> Any:
    """YAML of the project's own, with libyaml where it is there: ten times as fast."""
    import yaml

    return yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
