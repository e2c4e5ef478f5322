"""The YAML front matter of a card: what it states by itself, and where the body begins."""

from __future__ import annotations

from collections.abc import Iterable

from moeaudit.errors import UsageError
from moeaudit.evidence.yaml_text import Node, read_yaml
from moeaudit.later import dataclass
from moeaudit.limits import FRONT_MATTER_LINES


@dataclass(frozen=True)
class FrontMatter:
    """The front matter as nodes (None where there is none or it cannot be read), and the first line of the body."""

    root: Node | None
    body_line: int = 1
    problem: UsageError | None = None


def read_front_matter(text: str, file: str) -> FrontMatter:
    """Split off the front matter. One that is not valid YAML is reported, and the body is read all the same."""
    lines = text.split("\n", FRONT_MATTER_LINES)
    if not lines or lines[0].strip("\ufeff \r\t") != "---":
        return FrontMatter(None)
    end = next(
        (number for number, line in enumerate(lines[1:FRONT_MATTER_LINES], 1) if line.rstrip() in {"---", "..."}), None
    )
    if end is None:
        return FrontMatter(None)
    try:
        root = read_yaml("\n".join(line.rstrip("\r") for line in lines[1:end]), file, line_offset=1)
    except UsageError as problem:
        return FrontMatter(None, end + 2, problem)
    return FrontMatter(root, end + 2)


def licence_of(root: Node) -> Node | None:
    """The licence that the front matter names: `license`, or `license_name` where that is "other"."""
    if not isinstance(root.content, dict):
        return None
    licence, name = root.content.get("license"), root.content.get("license_name")
    if name is not None and name.text and (licence is None or licence.text == "other"):
        return name
    return licence if licence is not None and licence.text and licence.text != "other" else None


def names_of(root: Node | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What the front matter calls the model, and the models that it is made from."""
    keys = root.content if root is not None and isinstance(root.content, dict) else {}
    index = keys["model-index"].plain() if "model-index" in keys else []
    entries = [one for one in index if isinstance(one, dict)] if isinstance(index, list) else []
    own = [keys[key].plain() for key in ("model_name", "model_id") if key in keys]
    parents = keys["base_model"].plain() if "base_model" in keys else []
    return _texts([*own, *(one.get("name") for one in entries)]), _texts(
        parents if isinstance(parents, list) else [parents]
    )


def _texts(values: Iterable[object]) -> tuple[str, ...]:
    return tuple(value for value in values if isinstance(value, str) and 0 < len(value) < 200)
