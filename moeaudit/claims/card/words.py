"""Claims that are words rather than figures: licence, precision, memory and hardware in running text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from moeaudit.claims.card.labels import HARDWARE, MEMORY, PRECISION, TOP_K, Found
from moeaudit.claims.figures import find_figures, parse_figure

_LICENCE_NAME = (
    r"(?:Modified |Simplified )?(?:Apache(?: License,?)?[- ]?(?:Version |v)?2(?:\.0)?|MIT"
    r"|BSD(?:[- ][23][- ]Clause)?|CC[- ]BY(?:-[A-Z]{2}){0,2}[- ]?\d?(?:\.\d)?|(?:L|A)?GPL(?:v\d)?|"
    r"OpenRAIL(?:-M|\+\+)?|(?:[A-Z][\w.&-]{1,24} ){1,5}?(?:Community|Model|Open Model|Research"
    r"|Non-Commercial|Use|Open)(?= (?:[Ll]icen[sc]e|[Aa]greement)))"
)
LICENSED = re.compile(
    rf"\b(?:licensed|released|available|distributed|published|open-sourced|provided|covered|governed"
    rf"|subject)\b(?:,? \w+){{0,4}} (?:under|by|to|with) (?:the |an? )?(?P<name>{_LICENCE_NAME})"
)
NAMED_LICENCE = re.compile(rf"(?<![\w-])(?P<name>{_LICENCE_NAME})(?:,? open[- ]source)? [Ll]icen[sc](?:e|ed|ing)\b")
LICENCE_CN = re.compile(
    rf"(?:采用|遵循|使用|基于|以)\s*(?P<name>{_LICENCE_NAME})\s*(?:开源)?(?:许可|协议|license|License)"
)
_NOT_OURS = re.compile(
    r"contributions|dataset|data set|originally|base model is|tokenizer is|training data|数据集", re.IGNORECASE
)

_STORED = re.compile(
    r"(?:stored|saved|published|shipped|released|distributed|(?:post-training )?quanti[sz]ed|weights are"
    r"|checkpoints? (?:is|are))(?: \w+){0,2} (?:in|as|to|with)(?: the| native| a)*\s*$"
    r"|native(?:ly)?(?: supports?)?\s*$|(?:provide|release|publish|ship)s? only\s*$|only (?:provide"
    r"|release|publish|ship)\s*$|(?:权重|模型)(?:以|采用|为)\s*$",
    re.IGNORECASE,
)
_STORED_AFTER = re.compile(
    r"\s*(?:weights?|checkpoints?|format|quanti[sz]ation|block|precision|格式|权重|精度|存储)|[.,;)]|$", re.IGNORECASE
)
_TRAINING = re.compile(r"\btrain(?:ed|ing)\b[^.;]{0,40}$|convert|mixed precision|inference$", re.IGNORECASE)

_MEMORY_NEAR = re.compile(
    r"\s*(?:of )?(?:GPU |unified |system |total |video )?(?:memory|VRAM|RAM)\b|\s*(?:的)?显存|\s*for (?:the )?weights",
    re.IGNORECASE,
)
_MEMORY_BEFORE = re.compile(r"(?:memory|VRAM|显存)[^.;]{0,40}$", re.IGNORECASE)
_NOT_MEMORY = re.compile(r"cache|per GPU|each GPU|bandwidth|host memory|GB/s", re.IGNORECASE)
_RUNS = re.compile(
    r"\brun|infer|deploy|serv(?:e|ing)|requir|need|recommend|minimum|fits?\b|部署|推理|运行|需要", re.IGNORECASE
)
_TRAINED_ON = re.compile(
    r"train(?:ed|ing)? (?:\w+ ){0,3}(?:on|with|using)|pre-?train|cluster|evaluat|训练", re.IGNORECASE
)
_ROUTING = re.compile(r"expert|rout|gating|\bgate|MoE|专家|路由", re.IGNORECASE)
_RANKING = re.compile(
    r"\s*(?:accuracy|acc\b|%|sampling|logprob|models?\b|open|on |in |place|tokens?\b)|[-_]p\b", re.IGNORECASE
)


def word_claims(sentence: str) -> Iterator[Found]:
    """Licence, precision, memory, hardware and top-k routing in one sentence."""
    yield from _licence(sentence)
    yield from _precision(sentence)
    yield from _machines(sentence)
    if _ROUTING.search(sentence):
        for found in TOP_K.finditer(sentence):
            figure = parse_figure(found["count"])
            if figure is not None and not _RANKING.match(sentence, found.end()):
                yield Found("architecture.experts_per_token", found["count"], found.start("count"), figure)


def _licence(sentence: str) -> Iterator[Found]:
    if "icen" not in sentence and "nder" not in sentence and "协议" not in sentence and "许可" not in sentence:
        return
    if _NOT_OURS.search(sentence):
        return
    seen: set[int] = set()
    for pattern in (LICENSED, NAMED_LICENCE, LICENCE_CN):
        for found in pattern.finditer(sentence):
            if found.start("name") in seen:
                continue
            seen.add(found.start("name"))
            head = sentence[: found.start()].lower()
            code = any(word in head for word in ("code", "代码", "源码")) and not re.search(
                r"weights?|models?\b|权重|模型", head
            )
            yield Found(
                "governance.code_licence" if code else "governance.licence", found["name"].strip(), found.start("name")
            )


def _precision(sentence: str) -> Iterator[Found]:
    for found in PRECISION.finditer(sentence):
        head = sentence[max(0, found.start() - 60) : found.start()]
        if _STORED.search(head) and _STORED_AFTER.match(sentence, found.end()) and not _TRAINING.search(head):
            yield Found("runtime.precision", found.group(), found.start())


def _machines(sentence: str) -> Iterator[Found]:
    if not _NOT_MEMORY.search(sentence):
        for found in MEMORY.finditer(sentence):
            head = sentence[max(0, found.start() - 60) : found.start()]
            if _MEMORY_NEAR.match(sentence, found.end()) or _MEMORY_BEFORE.search(head):
                yield Found("runtime.memory", found.group(), found.start())
    if _RUNS.search(sentence) and not _TRAINED_ON.search(sentence):
        for found in HARDWARE.finditer(sentence):
            yield Found("runtime.hardware", found.group().strip(), found.start())


def paired_sizes(sentence: str) -> Iterator[Found]:
    """`3B/16B-parameter` as active and total."""
    for found in re.finditer(
        r"(?<![\w./])(\d{1,4}(?:\.\d{1,2})?[BM])\s?/\s?(\d{1,4}(?:\.\d{1,2})?[BT])(?=[-\s](?:param|MoE))", sentence
    ):
        sizes = [(figure, found.start() + start) for figure, start, _ in find_figures(found.group())]
        if len(sizes) == 2:
            sizes.sort(key=lambda size: size[0].low)
            for path, (figure, start) in zip(
                ("architecture.active_parameters", "architecture.total_parameters"), sizes, strict=True
            ):
                yield Found(path, figure.text, start, figure)
