"""Claims that are words rather than figures: licence, precision, memory and hardware in running text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from moeaudit.claims.card.labels import HARDWARE, MEMORY, PRECISION, TOP_K, Found
from moeaudit.claims.figures import parse_figure
from moeaudit.later import expression

_LICENCE_NAME = (
    r"(?:(?:Modified|Simplified)[- ])?(?:Apache(?:[- ]Licen[sc]e,?)?[- ]?\(?(?:Version |v)?2(?:\.0)?\)?|MIT"
    r"|BSD(?:[- ][23][- ]Clause)?|CC[- ]BY(?:-[A-Z]{2}){0,2}[- ]?\d?(?:\.\d)?|(?:L|A)?GPL(?:v\d)?|"
    r"OpenRAIL(?:-M|\+\+)?|(?:[A-Z][\w.&-]{1,24} ){1,5}?(?:Community|Model|Open Model|Research"
    r"|Non-Commercial|Use|Open)(?= (?:[Ll]icen[sc]e|[Aa]greement)))"
)
LICENSED = expression(
    rf"\b(?:licensed|released|available|distributed|published|open-sourced|provided|covered|governed"
    rf"|subject)\b(?:,? \w+){{0,4}} (?:under|by|to|with) (?:the terms of )?(?:the |an? )?(?P<name>{_LICENCE_NAME})"
)
NAMED_LICENCE = expression(rf"(?<![\w-])(?P<name>{_LICENCE_NAME})(?:,? open[- ]source)? [Ll]icen[sc](?:e|ed|ing)\b")
LICENCE_CJK = expression(
    rf"(?<![A-Za-z0-9-])(?P<name>{_LICENCE_NAME})\s*(?:开源)?(?:许可|协议|ライセンス|라이선스|license|License|Lizenz)"
)
LABELLED_LICENCE = expression(rf"[Ll]icen[sc]e\s*[:：]\s*(?P<name>{_LICENCE_NAME})")
BARE_LICENCE = expression(rf"(?<![\w-])(?P<name>{_LICENCE_NAME})(?![\w-])")
"""A licence's name alone says enough under a heading about the licence."""
_LICENCE_WORD = expression(r"icen[sc]|nder|izenz|协议|许可|ライセンス|라이선스")
_CODE_WORD = expression(r"code|代码|源码|コード|코드|código", re.IGNORECASE)
_MODEL_WORD = expression(r"weights?|models?\b|checkpoints?|权重|模型|モデル|ウェイト|모델|가중치|modell", re.IGNORECASE)
LICENCE_CN = expression(r"(?:遵循|采用|使用|依据)\s*(?P<name>[A-Za-z][A-Za-z\d\u4e00-\u9fff]{1,24}许可(?:协议|证))")
_NOT_OURS = expression(
    r"contributions|dataset|data set|originally|base model is|tokenizer is|training data|数据集", re.IGNORECASE
)

_STORED = expression(
    r"(?:stored|saved|published|shipped|released|distributed|(?:post-training )?quanti[sz]ed|weights are"
    r"|checkpoints? (?:is|are))(?: \w+){0,2} (?:in|as|to|with)(?: the| native| a)*"
    r"(?: (?:fp8|bf16|fp16|int4|mxfp4|nvfp4),?)?(?: and| or)?\s*(?:block-)?$"
    r"|post-trained with\s*$|\bwe use\s*$|(?:nur|solo|uniquement|seulement)\s*$"
    r"|native(?:ly)?(?: supports?)?\s*$|(?:provide|release|publish|ship)s? only\s*$|only (?:provide"
    r"|release|publish|ship)\s*$|(?:权重|模型)(?:以|采用|为)\s*$|[。、はも]\s*$",
    re.IGNORECASE,
)
_STORED_AFTER = expression(
    r"\s*(?:weights?|checkpoints?|format|quanti[sz]ation|block|precision|for the"
    r"|格式|权重|精度|存储|重み|ウェイト|형식|Gewichte)|[.,;)]|$",
    re.IGNORECASE,
)
_TRAINING = expression(r"(?<!post-)\btrain(?:ed|ing)\b[^.;]{0,40}$|convert|mixed precision|inference$", re.IGNORECASE)

_MEMORY_NEAR = expression(
    r"\s*(?:of |de |an )?(?:GPU |unified |system |total |video )*(?:memory|VRAM|RAM|Arbeitsspeicher|Speicher|mémoire"
    r"|memoria)\b|\s*(?:的|の|의)?\s?(?:显存|内存|メモリ|메모리|VRAM)|\s*for (?:the )?weights"
    r"|\s*(?:GPUs?|cards?|node|resident|free|device)\b",
    re.IGNORECASE,
)
_MEMORY_BEFORE = expression(
    r"(?:memory|VRAM|显存|显存占用|メモリ|메모리|Speicher|mémoire|memoria|fits? in(?:to|side)?)[^.;]{0,40}$",
    re.IGNORECASE,
)
_NOT_MEMORY = expression(
    r"cache|per GPU|each GPU|bandwidth|host memory|GB/s|sandbox|\bdisk\b|\bdataset\b|corpus", re.IGNORECASE
)
_RUNS = expression(
    r"\brun|infer|deploy|serv(?:e|ing)|requir|need|recommend|minimum|fits?\b|single|部署|推理|运行|需要|推奨|実行|必要|실행|필요|권장|benötig|empfohl|nécessit|requis|recommand|requier"
    r"|necesit|recomend",
    re.IGNORECASE,
)
_TRAINED_ON = expression(
    r"train(?:ed|ing)? (?:\w+ ){0,3}(?:on|with|using)|pre-?train|cluster|evaluat|训练", re.IGNORECASE
)
_TRAINED = expression(r"train|训练|学習|학습", re.IGNORECASE)
COMPUTE = expression(
    r"(?<![\w.])(?P<value>\d{1,3}(?:\.\d{1,3})?(?:[eE]\+?\d{2}|\s?[×x]\s?10(?:\^\d{2}|[⁰¹²³⁴-⁹]{2})))\s?(?:FLOPs?|FLOPS)\b"
)
"""Compute of a training: `5e27 FLOPs`, `3.3 × 10^24 FLOP`."""
_ROUTING = expression(r"expert|rout|gating|\bgate|MoE|专家|路由", re.IGNORECASE)
_RANKING = expression(
    r"\s*(?:accuracy|acc\b|%|sampling|logprob|models?\b|open|on |in |place|tokens?\b)|[-_]p\b", re.IGNORECASE
)


def word_claims(sentence: str, *, licensing: bool = False) -> Iterator[Found]:
    """Licence, precision, memory, hardware and top-k routing in one sentence; `licensing` under such a heading."""
    yield from _licence(sentence, licensing)
    yield from _precision(sentence)
    yield from _machines(sentence)
    if _TRAINED.search(sentence):
        for found in COMPUTE.finditer(sentence):
            yield Found("governance.training_compute", found["value"], found.start(), parse_figure(found["value"]))
    if _ROUTING.search(sentence):
        for found in TOP_K.finditer(sentence):
            figure = parse_figure(found["count"])
            if figure is not None and not _RANKING.match(sentence, found.end()):
                yield Found("architecture.experts_per_token", found["count"], found.start("count"), figure)


def _licence(sentence: str, licensing: bool) -> Iterator[Found]:
    if not licensing and not _LICENCE_WORD.search(sentence):
        return
    if _NOT_OURS.search(sentence):
        return
    seen: set[int] = set()
    for pattern in (
        LICENSED,
        NAMED_LICENCE,
        LABELLED_LICENCE,
        LICENCE_CJK,
        LICENCE_CN,
        *((BARE_LICENCE,) if licensing else ()),
    ):
        for found in pattern.finditer(sentence):
            if found.start("name") in seen:
                continue
            seen.add(found.start("name"))
            for field in _licensed_things(sentence[: found.start()]):
                yield Found(field, found["name"].strip(), found.start("name"))


def _licensed_things(head: str) -> Iterator[str]:
    """What is licensed, as the words before say: the code, the weights, or both."""
    code, model = _CODE_WORD.search(head) is not None, _MODEL_WORD.search(head) is not None
    if code:
        yield "governance.code_licence"
    if model or not code:
        yield "governance.licence"


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
