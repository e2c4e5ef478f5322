"""Numbers in YAML data: each a tenth more."""

from __future__ import annotations

from collections.abc import Iterator

import yaml

from tools.mutation.kinds import Edit

INTEGER, FLOAT = "tag:yaml.org,2002:int", "tag:yaml.org,2002:float"


def edits(source: bytes) -> Iterator[Edit]:
    """Every number of a YAML file that is a value, a tenth more; keys stay."""
    text = source.decode()
    for node in _values(yaml.compose(text)):
        if node.style is None and node.tag in {INTEGER, FLOAT}:
            start, end = node.start_mark, node.end_mark
            span = len(text[: start.index].encode()), len(text[: end.index].encode())
            yield Edit("number in data", *span, _more(node).encode(), (start.line + 1, end.line + 1), False)


def _more(node: yaml.ScalarNode) -> str:
    if node.tag == FLOAT:
        return f"{float(node.value) * 1.1 or 0.5:.6g}"
    value = int(node.value)
    return str(value + max(1, value // 10) if value >= 0 else value - 1)


def _values(node: yaml.Node | None) -> Iterator[yaml.ScalarNode]:
    if isinstance(node, yaml.MappingNode):
        for _, value in node.value:
            yield from _values(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _values(value)
    elif isinstance(node, yaml.ScalarNode):
        yield node
