"""Labels whose values are words: `Licence: MIT`, `Minimum VRAM | 120 GB`; and what such values look like.

Labels of figures are read by the constructions that read running text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from moeaudit.claims.card.fields import CONTEXT, COUNT
from moeaudit.claims.card.layout import Text
from moeaudit.claims.figures import Figure, parse_figure
from moeaudit.later import dataclass, expression


@dataclass(frozen=True)
class Found:
    """A value found in a card: its field, its printed form, where it starts in the text, and its figure where it
    is one."""

    path: str
    text: str
    start: int
    figure: Figure | None = None


@dataclass(frozen=True)
class Label:
    """A field of the claim file, the labels that cards give it, and what a value of it looks like (None: any words)."""

    path: str
    pattern: re.Pattern[str]
    value: re.Pattern[str] | None = None


PRECISION = expression(
    r"(?<![A-Za-z0-9])(?:block-)?(?:fp8|bf16|fp16|fp4|int8|int4|mxfp4|mxfp8|nvfp4|bfloat16|float16|float8"
    r"|w4a16|w8a8)(?![A-Za-z0-9])"
    r"(?: ?\(e\dm\d\))?",
    re.IGNORECASE,
)
MEMORY = expression(r"(?<![A-Za-z0-9_.])\d{1,5}(?:\.\d{1,2})?\s?(?:GB|GiB|TB|TiB)(?![A-Za-z*])")
_CHIP = (
    r"(?:(?:NVIDIA|AMD|Nvidia|Huawei|昇腾|英伟达)\s)?(?:[ABHL]\d{2,3}0?0?S?|GB?H?[23]00|MI\d{3}X?"
    r"|RTX\s?\d{4}|\d{4}(?=\b)|Ascend\s?910\w?|910B|TPU ?v\d\w?)"
)
HARDWARE = expression(
    rf"(?<![\w.])(?:\d{{1,4}}\s?(?:[x×*]|张|块|卡)\s?{_CHIP}(?:[/-][\w]{{2,8}})?"
    rf"|{_CHIP}(?:[- ]\d{{2,3}}\s?GB?)?\s?[x×*]\s?\d{{1,4}}|\d{{2,3}}GB\s?[*x×]\s?\d{{1,3}}(?: GPUs?)?"
    rf"|\d{{1,4}} {_CHIP}(?: GPUs?|s\b)?|\d{{1,3}} GPUs? with (?:at least )?\d{{2,3}}\s?GB)(?![\w])"
)
SIZE = expression(r"(?<![\w.])[~≈]?\d{1,4}(?:\.\d{1,3})?\s?[BMT](?![A-Za-z])")
TOP_K = expression(r"(?<![\w-])top[-\s]?(?P<count>\d{1,3})(?!\d|[.%])", re.IGNORECASE)

_NOTHING = frozenset({"n/a", "tbd", "unknown", "none", "other", "see below", "-", "—"})
_BOUND = expression(
    r"(?:up to|at most|at least|less than|more than|under|over|beyond|不超过|至多|超过|至少|[≤≥<>]=?)\s*", re.IGNORECASE
)


def _label(path: str, pattern: str, value: re.Pattern[str] | None = None) -> Label:
    return Label(path, expression(pattern, re.IGNORECASE), value)


_OF_PARTS = r"(?: layers?| blocks?)?(?: weights| param\w*)?"
"""What may follow a part of the model in a table of its parts."""

LABELS: tuple[Label, ...] = (
    _label(
        "runtime.precision",
        r"(?:weights? |released? |model |checkpoint |native )?(?:precision|quanti[sz]ation|tensor types?"
        r"|weights? format|dtype)|(?:权重)?精度|量化(?:方式|格式)?|精度|정밀도|präzision|précision|precisión",
        PRECISION,
    ),
    _label(
        "runtime.memory",
        r"(?:gpu |peak |minimum |min\. |required |total |recommended |unified )*(?:memory|vram|ram)"
        r"(?: (?:footprint|required|requirements?|usage))?(?: \([^)]{0,20}\))?|minimum|recommended"
        r"|(?:所需)?显存(?:占用|需求)?|(?:gpu)?メモリ|메모리|speicherbedarf|mémoire|memoria",
        MEMORY,
    ),
    _label(
        "runtime.hardware",
        r"(?:minimum |recommended |required |inference |serving |deployment )*(?:hardware|gpus?)"
        r"(?: (?:type and count|requirements?|required|configuration))?|(?:推荐|部署|推理)?硬件(?:要求|配置)?"
        r"|(?:推奨)?ハードウェア|하드웨어|gpu[\u3040-\u9fff]{0,12}",
        HARDWARE,
    ),
    _label("governance.code_licence", r"code licen[sc]e|代码许可(?:证|协议)"),
    _label(
        "governance.licence",
        r"(?:model |weights? )?licen[sc]e|(?:模型)?(?:开源)?(?:许可证?|协议|许可协议)"
        r"|ライセンス|라이선스|lizenz|licencia",
    ),
    _label(
        "architecture.embedding_parameters", rf"embed(?:ding)?s?(?: ?\+ ?(?:unembed(?:ding)?s?|head))?{_OF_PARTS}", SIZE
    ),
    _label("architecture.attention_parameters", rf"(?:self-)?(?:attention|attn){_OF_PARTS}", SIZE),
    _label("architecture.mlp_parameters", rf"(?:mlp|ffn|feed-?forward)s?{_OF_PARTS}", SIZE),
    _label("architecture.expert_parameters", r"(?:routed )?experts?(?: weights| param\w*)", SIZE),
    _label("governance.release_date", r"(?:model )?release date|发布(?:日期|时间)|公開日|출시일"),
)


def label_of(text: str) -> Label | None:
    """The label that `text` is, whole."""
    bare = text.strip(" :：*#-")
    if len(bare) > 80:
        return None
    readings = dict.fromkeys((bare, bare.replace("_", " ")))
    return next((label for label in LABELS for reading in readings if label.pattern.fullmatch(reading)), None)


def values(label: Label, cell: Text) -> Iterator[Found]:
    """The value of `label` in the text beside it."""
    if label.value is not None:
        found = label.value.search(cell.value)
        if found:
            figure = parse_figure(found.group()) if label.value is SIZE else None
            yield Found(label.path, found.group().strip(), found.start(), figure)
        return
    value = cell.value.strip()
    if 1 < len(value) <= 120 and value.lower() not in _NOTHING:
        yield Found(label.path, value.rstrip(".,;"), 0)


def found_figure(path: str, sort: str, figure: Figure, text: str, start: int) -> Found:
    """A figure as found. A context of "up to 128K" is a context of 128K, and "over 60 layers" are 60 layers."""
    bound = _BOUND.match(text, start) if figure.bound and sort in {COUNT, CONTEXT} else None
    if bound is not None:
        figure = replace(figure, bound="", text=figure.text[bound.end() - start :])
        start = bound.end()
    return Found(path, figure.text, start, figure)
