"""What a label beside a value means: `Total Params | 671B`, `- Number of Layers: 62`, `激活参数：370亿`.

A label is a claim only together with a value of the right sort; each row gives the field, the label and the sort
of value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from moeaudit.claims.card.fields import CONTEXT, COUNT, HOURS, PARAMETERS, TOKENS, fits
from moeaudit.claims.card.layout import Text
from moeaudit.claims.checklist import FIELDS
from moeaudit.claims.figures import Figure, find_figures
from moeaudit.later import dataclass

WORDS = "words"


@dataclass(frozen=True)
class Found:
    """A value found in a card: its field, its printed form, where it starts in the text, and its figure where it
    is one."""

    path: str
    text: str
    start: int
    figure: Figure | None = None

    @property
    def kind(self) -> str | None:
        return FIELDS[self.path].kind


@dataclass(frozen=True)
class Label:
    """A field of the claim file and the labels that cards give it."""

    path: str
    sort: str
    pattern: re.Pattern[str]


def _label(path: str, sort: str, pattern: str) -> Label:
    return Label(path, sort, re.compile(pattern, re.IGNORECASE))


_BOUND = re.compile(
    r"(?:up to|at most|at least|less than|more than|under|over|beyond|不超过|至多|超过|至少|[≤≥<>]=?)\s*", re.IGNORECASE
)
_PARAM = r"(?:param\w*|paramaters?|weights count|参数量?(?:规模)?)"
_OF = r"(?:number (?:of )?|no\. of |num\.? |# ?|n )?"

LABELS: tuple[Label, ...] = (
    _label("architecture.active_non_embedding_parameters", PARAMETERS, rf"(?=.*activ)(?=.*non-?embedding).*{_PARAM}"),
    _label(
        "architecture.non_embedding_parameters",
        PARAMETERS,
        rf"(?=.*(?:non-?embedding|excluding embedding|w/o emb)).*{_PARAM}.*|非嵌入参数量?",
    ),
    _label("architecture.shared_experts", COUNT, rf"{_OF}shared experts?(?: count)?|共享专家(?:数量?)?"),
    _label(
        "architecture.experts_per_token",
        COUNT,
        rf"{_OF}(?:selected |activated |active |routed |used )?experts?(?: (?:selected|activated|active"
        rf"|used))? (?:per|/|for each) ?token"
        rf"|{_OF}(?:activated|active|selected|experts? activated|top-?k) ?experts?|experts? utili[sz]ation"
        rf"|(?:moe )?top[- ]?k(?: experts?)?"
        r"|experts? top-?k|激活专家(?:数量?)?|(?:每个?\s?token\s?)(?:激活|选择|选中)(?:的)?专家(?:数量?)?"
        r"|num_experts_per_tok",
    ),
    _label(
        "architecture.routed_experts",
        COUNT,
        rf"{_OF}(?:total |routed |non-?\s?shared |routing |moe |fine-grained )?experts?"
        r"(?: \(total\)| count| per layer)?|experts? number"
        r"|(?:路由|总)?专家(?:总)?(?:数量?|个数)?|num_experts|n_routed_experts",
    ),
    _label("architecture.dense_layers", COUNT, rf"{_OF}dense layers?|稠密层数?"),
    _label("architecture.moe_layers", COUNT, rf"{_OF}moe layers?|moe\s?层数"),
    _label(
        "architecture.layers",
        COUNT,
        rf"{_OF}(?:total |hidden |transformer |decoder )*layers?(?: \(.{{0,40}}\)| count)?|(?:模型|总|隐藏)?层数"
        rf"|num_hidden_layers",
    ),
    _label(
        "architecture.active_parameters",
        PARAMETERS,
        rf"{_OF}(?:activ\w+ {_PARAM}|{_PARAM} \(?activ\w+\)?|activ\w+)(?: per token| \(per token\)"
        rf"| count)?[†‡*]?|(?:每个?\s?token\s?)?激活(?:的)?(?:参数量?)?",
    ),
    _label(
        "architecture.total_parameters",
        PARAMETERS,
        rf"{_OF}(?:total |overall |model |all )?(?:number of )?{_PARAM}(?: \(total\)| count| size)?[†‡*]?"
        rf"|total|(?:model )?size|总参数量?|总量|模型(?:参数)?规模|模型大小",
    ),
    _label(
        "runtime.context_length",
        CONTEXT,
        r"(?:max(?:imum|\.)? |native |supported |input )?(?:context|sequence|seq)(?:[ _-]?(?:length|len"
        r"|window|size))?(?: \(.{0,30}\)| supported| support)?"
        r"|(?:最大|原生)?上下文(?:长度|窗口)?|max_position_embeddings",
    ),
    _label(
        "governance.training_tokens",
        TOKENS,
        r"#? ?(?:pre-?)?train(?:ing|ed)? ?(?:tokens?|data size)|#? ?(?:pre-?)?training data|token count"
        r"|训练(?:数据量|数据|token ?数量?|词元数?)|#? ?tokens",
    ),
    _label(
        "governance.gpu_hours",
        HOURS,
        r"(?:total |training )*(?:[ah]\d00 )?gpu[- ]hours?(?: \(.{0,20}\))?|training time \(gpu hours?\)"
        r"|(?:训练)?GPU\s?(?:小时|卡时)数?",
    ),
    _label(
        "runtime.precision",
        WORDS,
        r"(?:weights? |released? |model |checkpoint |native )?(?:precision|quanti[sz]ation|tensor types?"
        r"|weights? format|dtype)|(?:权重)?精度|量化(?:方式|格式)?",
    ),
    _label(
        "runtime.memory",
        WORDS,
        r"(?:gpu |peak |minimum |min\. |required |total |recommended |unified )*(?:memory|vram|ram)"
        r"(?: (?:footprint|required|requirements?|usage))?(?: \([^)]{0,20}\))?|minimum|recommended"
        r"|(?:所需)?显存(?:占用|需求)?",
    ),
    _label(
        "runtime.hardware",
        WORDS,
        r"(?:minimum |recommended |required |inference |serving |deployment )*(?:hardware"
        r"|gpus?)(?: (?:type and count|requirements?|required|configuration))?|(?:推荐|部署|推理)?硬件(?:要求|配置)?",
    ),
    _label("governance.code_licence", WORDS, r"code licen[sc]e|代码许可(?:证|协议)"),
    _label("governance.licence", WORDS, r"(?:model |weights? )?licen[sc]e|(?:模型)?(?:开源)?(?:许可证?|协议|许可协议)"),
    _label("governance.release_date", WORDS, r"(?:model )?release date|发布(?:日期|时间)"),
)

COMBINED = re.compile(r"#? ?activ\w+(?: params?)? ?/ ?#? ?total(?: params?)?", re.IGNORECASE)
COMBINED_REVERSED = re.compile(r"#? ?total(?: params?)? ?/ ?#? ?activ\w+(?: params?)?", re.IGNORECASE)
NAMED_SIZE = re.compile(r"(?P<total>\d{1,4}(?:\.\d{1,2})?[BbTt])-[Aa](?P<active>\d{1,4}(?:\.\d{1,2})?[BbMm])\b")
PRECISION = re.compile(
    r"(?<![A-Za-z0-9])(?:block-)?(?:fp8|bf16|fp16|fp4|int8|int4|mxfp4|mxfp8|nvfp4|bfloat16|float16|float8"
    r"|w4a16|w8a8)(?![A-Za-z0-9])"
    r"(?: ?\(e\dm\d\))?",
    re.IGNORECASE,
)
MEMORY = re.compile(r"(?<![\w.])\d{1,5}(?:\.\d{1,2})?\s?(?:GB|GiB|TB|TiB)(?![A-Za-z*])")
_CHIP = (
    r"(?:(?:NVIDIA|AMD|Nvidia|Huawei|昇腾|英伟达)\s)?(?:[ABHL]\d{2,3}0?0?S?|GB?H?[23]00|MI\d{3}X?"
    r"|RTX\s?\d{4}|\d{4}(?=\b)|Ascend\s?910\w?|910B|TPU ?v\d\w?)"
)
HARDWARE = re.compile(
    rf"(?<![\w.])(?:\d{{1,4}}\s?(?:[x×*]|张|块|卡)\s?{_CHIP}(?:[/-][\w]{{2,8}})?"
    rf"|{_CHIP}(?:[- ]\d{{2,3}}GB?)?\s?[x×*]\s?\d{{1,4}}|\d{{2,3}}GB\s?[*x×]\s?\d{{1,3}}(?: GPUs?)?"
    rf"|\d{{1,4}} {_CHIP}(?: GPUs?|s\b)?|\d{{1,3}} GPUs? with (?:at least )?\d{{2,3}}\s?GB"
    rf"|{_CHIP}[- ]\d{{2,3}}\s?GB?\s?[x×*]\s?\d{{1,4}})(?![\w])"
)
TOP_K = re.compile(r"(?<![\w-])top[-\s]?(?P<count>\d{1,3})(?!\d|[.%])", re.IGNORECASE)


def label_of(text: str) -> Label | None:
    """The label that `text` is, whole."""
    bare = text.strip(" :：*#-")
    if len(bare) > 80:
        return None
    readings = dict.fromkeys((bare, bare.replace("_", " ")))
    return next((label for label in LABELS for reading in readings if label.pattern.fullmatch(reading)), None)


def values(label: Label, cell: Text) -> Iterator[Found]:
    """The values of `label` in the text beside it: every figure for a context, the first one for a count."""
    if label.sort == WORDS:
        yield from _words(label, cell)
        return
    for figure, start, end in find_figures(cell.value):
        # `16x3.8B`, `8-bit`, `32 for Q` are no counts of the label's own.
        rest = cell.value[end : end + 12]
        if fits(label.sort, figure) and not re.match(r"\s?[-x×](?!\s)|\s?/\s?\d", rest):
            yield found_figure(label.path, label.sort, figure, cell.value, start)
            if label.sort != CONTEXT:
                return
        elif label.sort == COUNT:
            return


def found_figure(path: str, sort: str, figure: Figure, text: str, start: int) -> Found:
    """A figure as found. A context of "up to 128K" is a context of 128K, and "over 60 layers" are 60 layers."""
    bound = _BOUND.match(text, start) if figure.bound and sort in {COUNT, CONTEXT} else None
    if bound is not None:
        figure = replace(figure, bound="", text=figure.text[bound.end() - start :])
        start = bound.end()
    return Found(path, figure.text, start, figure)


def _words(label: Label, cell: Text) -> Iterator[Found]:
    pattern = {"runtime.precision": PRECISION, "runtime.memory": MEMORY, "runtime.hardware": HARDWARE}.get(label.path)
    if pattern is not None:
        found = pattern.search(cell.value)
        if found:
            yield Found(label.path, found.group().strip(), found.start())
        return
    value = cell.value.strip()
    if 1 < len(value) <= 120 and value.lower() not in {"n/a", "tbd", "unknown", "none", "other", "see below"}:
        yield Found(label.path, value.rstrip(".,;"), 0)


def named_size(cell: Text) -> Iterator[Found]:
    """`355B-A32B` as a total and an active count."""
    found = NAMED_SIZE.search(cell.value)
    if found is None:
        return
    for group, path in (("total", "architecture.total_parameters"), ("active", "architecture.active_parameters")):
        figure = next((figure for figure, _, _ in find_figures(found[group])), None)
        if figure is not None:
            yield Found(path, found[group], found.start(group), figure)


def pair(label: str, cell: Text) -> Iterator[Found]:
    """`15B / 309B` under a label such as `#Activated / #Total`."""
    names = ("architecture.active_parameters", "architecture.total_parameters")
    if not COMBINED.fullmatch(label.strip()):
        names = (names[1], names[0])
        if not COMBINED_REVERSED.fullmatch(label.strip()):
            return
    figures = [(figure, start) for figure, start, _ in find_figures(cell.value) if fits(PARAMETERS, figure)]
    if len(figures) == 2:
        for path, (figure, start) in zip(names, figures, strict=True):
            yield Found(path, figure.text, start, figure)
