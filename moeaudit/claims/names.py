"""Claims that a model's name makes: `-30B-A3B`, `8x7B`, `17B-16E`, `1B-7B`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from moeaudit.claims.checklist import FIELDS
from moeaudit.claims.claim import Claim, Origin
from moeaudit.claims.figures import parse_figure
from moeaudit.errors import Place
from moeaudit.later import expression

_SIZE = r"\d{1,4}(?:\.\d{1,2})?"
_EDGE = r"(?<![A-Za-z0-9.])"
_TOTAL, _ACTIVE = "architecture.total_parameters", "architecture.active_parameters"
_EXPERTS = "architecture.routed_experts"

PATTERNS: tuple[tuple[re.Pattern[str], tuple[tuple[str, str], ...]], ...] = (
    (
        expression(rf"{_EDGE}(?P<total>{_SIZE}[bt])-a(?P<active>{_SIZE}[bm])\b", re.I),
        (("total", _TOTAL), ("active", _ACTIVE)),
    ),
    (
        expression(rf"{_EDGE}(?P<active>{_SIZE}b)-(?P<experts>\d{{1,4}})e\b", re.I),
        (("active", _ACTIVE), ("experts", _EXPERTS)),
    ),
    (expression(rf"{_EDGE}(?P<experts>\d{{1,4}})x{_SIZE}b\b", re.I), (("experts", _EXPERTS),)),
    (
        expression(rf"{_EDGE}(?P<active>{_SIZE}[bm])-(?P<total>{_SIZE}b)\b", re.I),
        (("active", _ACTIVE), ("total", _TOTAL)),
    ),
    (expression(rf"{_EDGE}a(?P<active>{_SIZE}[bm])\b", re.I), (("active", _ACTIVE),)),
    (expression(rf"{_EDGE}(?P<total>{_SIZE}[bt])\b", re.I), (("total", _TOTAL),)),
)
"""Forms of sizes in names, the most telling first; only the first that occurs is read.

`17B-16E` is Llama 4's form (active size and experts), `1B-7B` OLMoE's (active and total). `8x7B` states eight
experts and no total: the experts share their attention, so 8 times 7 billion is not the count.
"""


def name_claims(model_id: str, file: str = "") -> Iterator[Claim]:
    """The claims that the last part of a model id makes. Columns count within the id."""
    name = model_id.rpartition("/")[2]
    offset = len(model_id) - len(name)
    for pattern, groups in PATTERNS:
        found = pattern.search(name)
        if found is None:
            continue
        for group, path in groups:
            text = found[group]
            place = Place(
                file or model_id, None if file else 1, None if file else offset + found.start(group) + 1, path
            )
            field = FIELDS[path]
            yield Claim(
                path,
                field.item,
                field.kind,
                text,
                place,
                Origin.NAME,
                figure=parse_figure(text),
                length=len(text),
                subject=name,
            )
        return
