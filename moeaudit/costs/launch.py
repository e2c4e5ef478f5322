"""Launch commands: the chosen layout as a command, and a command read back into a layout and settings."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import field, replace
from math import isfinite
from typing import TypeVar

from moeaudit.costs.devices import GIB
from moeaudit.costs.fleet import Fleet, Settings
from moeaudit.costs.layout import Layout
from moeaudit.errors import UsageError
from moeaudit.later import dataclass, expression
from moeaudit.limits import COMMAND_NUMBER, DEVICES, SPARES

T = TypeVar("T", int, float)

NUMBER = expression(r"[-+]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})(?:e[-+]?[0-9]{1,3})?[kKmMgG]?", re.ASCII)
"""In plain digits, without underscores, with or without a unit."""

CACHE_WORDS = {
    "fp8": "fp8",
    "fp8_e4m3": "fp8",
    "fp8_e5m2": "fp8",
    "fp8_ds_mla": "fp8_ds_mla",
    "auto": "bf16",
    "bfloat16": "bf16",
    "bf16": "bf16",
    "float16": "fp16",
    "fp16": "fp16",
    "int8": "int8",
}


@dataclass(frozen=True)
class Command:
    """What a launch command says. `cache_budget` in bytes; `prediction`: it drafts with the model's own prediction
    modules; `ignored`: flags that nothing here follows."""

    engine: str
    model: str
    layout: Layout
    utilization: float | None = None
    context: int | None = None
    cache_dtype: str = "bf16"
    block: int | None = None
    max_num_seqs: int | None = None
    step_tokens: int | None = None
    cache_budget: int | None = None
    prefix_caching: bool | None = None
    speculative_tokens: int = 0
    prediction: bool = False
    ignored: tuple[str, ...] = field(default=())

    def applied(self, fleet: Fleet) -> Fleet:
        """The fleet with the command's engine and settings in place of its own."""
        fleet = fleet.with_engine(self.engine)
        chosen = fleet.settings
        settings: Settings = replace(
            chosen,
            utilization=self.utilization if self.utilization is not None else chosen.utilization,
            cache_dtype=self.cache_dtype,
            block=self.block or chosen.block,
            max_num_seqs=self.max_num_seqs or chosen.max_num_seqs,
            step_tokens=self.step_tokens or chosen.step_tokens,
            cache_budget_gib=self.cache_budget / GIB if self.cache_budget else chosen.cache_budget_gib,
            prefix_caching=chosen.prefix_caching if self.prefix_caching is None else self.prefix_caching,
            speculative_tokens=self.speculative_tokens or chosen.speculative_tokens,
            prediction=self.prediction or chosen.prediction,
        )
        work = replace(fleet.workload, context=self.context, assumed=False) if self.context else fleet.workload
        flags = ", ".join(f"--{flag}" for flag in self.ignored)
        notes = (*fleet.notes, f"Flags of the command that change nothing here: {flags}.") if flags else fleet.notes
        return replace(fleet, settings=settings, layout=self.layout, workload=work, notes=notes)


def emit_vllm(model: str, fleet: Fleet, layout: Layout) -> str:
    """`vllm serve …` for a layout. Replicas are separate servers, so they are left out."""
    chosen = fleet.settings
    flags = [
        ("--tensor-parallel-size", layout.tp),
        ("--pipeline-parallel-size", layout.pp if layout.pp > 1 else None),
        ("--data-parallel-size", layout.dp if layout.dp > 1 else None),
        ("--enable-expert-parallel", layout.ep or None),
        ("--decode-context-parallel-size", layout.dcp if layout.dcp > 1 else None),
        ("--gpu-memory-utilization", f"{chosen.utilization:g}"),
        ("--max-model-len", fleet.workload.context),
        ("--kv-cache-dtype", chosen.cache_dtype if chosen.cache_dtype != "bf16" else None),
        ("--block-size", chosen.block),
        ("--max-num-seqs", chosen.max_num_seqs),
        ("--max-num-batched-tokens", chosen.step_tokens),
        ("--kv-cache-memory-bytes", round(chosen.cache_budget_gib * GIB) if chosen.cache_budget_gib else None),
        ("--enable-prefix-caching", chosen.prefix_caching or None),
        ("--no-enable-prefix-caching", True if chosen.prefix_caching is False else None),
        ("--speculative-config", _drafts(chosen) if chosen.prediction else None),
        ("--enable-eplb", True if layout.redundant else None),
        ("--eplb-config", f'{{"num_redundant_experts":{layout.redundant}}}' if layout.redundant else None),
    ]
    return _line(["vllm", "serve", model], flags)


def _drafts(chosen: Settings) -> str:
    """What vLLM takes for drafts by the model's own prediction modules."""
    many = f',"num_speculative_tokens":{chosen.speculative_tokens}' if chosen.speculative_tokens else ""
    return f'{{"method":"mtp"{many}}}'


def emit_sglang(model: str, fleet: Fleet, layout: Layout) -> str:
    """`python -m sglang.launch_server …`: its tp is the whole group, its dp splits the attention inside."""
    chosen = fleet.settings
    flags = [
        ("--tp-size", layout.ranks),
        ("--dp-size", layout.dp if layout.dp > 1 else None),
        ("--enable-dp-attention", True if layout.dp > 1 else None),
        ("--ep-size", layout.ranks if layout.ep else None),
        ("--pp-size", layout.pp if layout.pp > 1 else None),
        ("--mem-fraction-static", f"{chosen.utilization:g}"),
        ("--context-length", fleet.workload.context),
        ("--kv-cache-dtype", "fp8_e4m3" if chosen.cache_dtype.startswith("fp8") else None),
        ("--page-size", chosen.block),
        ("--max-running-requests", chosen.max_num_seqs),
        ("--chunked-prefill-size", chosen.step_tokens),
        ("--disable-radix-cache", True if chosen.prefix_caching is False else None),
        ("--ep-num-redundant-experts", layout.redundant or None),
    ]
    return _line(["python", "-m", "sglang.launch_server", "--model-path", model], flags)


EMIT: dict[str, Callable[[str, Fleet, Layout], str]] = {"vllm": emit_vllm, "sglang": emit_sglang}


def _line(words: list[str], flags: Sequence[tuple[str, object]]) -> str:
    for flag, value in flags:
        if value is None:
            continue
        words += [flag] if value is True else [flag, str(value)]
    return shlex.join(words)


ALIASES = {
    "-tp": "tensor-parallel-size",
    "-pp": "pipeline-parallel-size",
    "-dp": "data-parallel-size",
    "-dcp": "decode-context-parallel-size",
    "tp": "tensor-parallel-size",
    "tp-size": "tensor-parallel-size",
    "pp-size": "pipeline-parallel-size",
    "pp": "pipeline-parallel-size",
    "dp-size": "data-parallel-size",
    "dp": "data-parallel-size",
    "ep-size": "ep-size",
    "ep": "ep-size",
    "expert-parallel-size": "ep-size",
    "mem-fraction-static": "gpu-memory-utilization",
    "context-length": "max-model-len",
    "max-running-requests": "max-num-seqs",
    "chunked-prefill-size": "max-num-batched-tokens",
    "model": "model-path",
    "page-size": "block-size",
    "-ep": "enable-expert-parallel",
    "enable-ep-moe": "enable-expert-parallel",
}
SWITCHES = {
    "enable-expert-parallel",
    "enable-dp-attention",
    "enable-eplb",
    "trust-remote-code",
    "enforce-eager",
    "enable-prefix-caching",
    "no-enable-prefix-caching",
    "enable-chunked-prefill",
    "async-scheduling",
    "disable-radix-cache",
    "disable-cuda-graph",
    "enable-auto-tool-choice",
    "enable-deepep-moe",
}


CACHING = {"enable-prefix-caching": True, "no-enable-prefix-caching": False, "disable-radix-cache": False}
"""Switches of prefix caching, and what they mean."""


def parse_command(text: str) -> Command:
    """A `vllm serve …` or `python -m sglang.launch_server …` line. UsageError where it is neither or a value is not a
    number."""
    try:
        words = shlex.split(text.replace("\\\n", " "))
    except ValueError as error:
        raise UsageError(
            f"the command cannot be read: {error}", hint="Quote it as one argument, as a shell would take it."
        ) from None
    words = [word for word in words if not ("=" in word and word.split("=")[0].isupper())]
    name, rest = _engine(words)
    given: dict[str, str] = {}
    positional: list[str] = []
    for flag, value in _flags(rest):
        if flag:
            given[flag] = value
        else:
            positional.append(value)
    model = given.get("model-path") or (positional[0] if positional else "")
    if not model:
        raise UsageError("the command names no model", hint="Give it as 'vllm serve MODEL …' or with --model-path.")
    used = {
        "tensor-parallel-size",
        "pipeline-parallel-size",
        "data-parallel-size",
        "decode-context-parallel-size",
        "enable-expert-parallel",
        "ep-size",
        "gpu-memory-utilization",
        "max-model-len",
        "kv-cache-dtype",
        "block-size",
        "max-num-seqs",
        "max-num-batched-tokens",
        "model-path",
        "enable-dp-attention",
        "eplb-config",
        "enable-eplb",
        "ep-num-redundant-experts",
        "kv-cache-memory-bytes",
        "speculative-config",
        *CACHING,
    }
    drafts = _json(given, "speculative-config", '{"method": "mtp", "num_speculative_tokens": 1}')
    return Command(
        name,
        model,
        _layout(name, given),
        _share(given, "gpu-memory-utilization"),
        _whole(given, "max-model-len"),
        _cache_word(given),
        _whole(given, "block-size"),
        _whole(given, "max-num-seqs"),
        None if given.get("max-num-batched-tokens") == "-1" else _whole(given, "max-num-batched-tokens"),
        _whole(given, "kv-cache-memory-bytes"),
        next((caches for flag, caches in CACHING.items() if flag in given), None),
        _count(drafts, "num_speculative_tokens", "speculative-config"),
        "mtp" in str(drafts.get("method", "")).lower(),
        tuple(sorted(flag for flag in given if flag not in used)),
    )


def _engine(words: list[str]) -> tuple[str, list[str]]:
    if words[:2] == ["vllm", "serve"]:
        return "vllm", words[2:]
    for module, name in (("vllm.entrypoints.openai.api_server", "vllm"), ("sglang.launch_server", "sglang")):
        if module in words:
            return name, words[words.index(module) + 1 :]
    if words[:2] == ["sglang", "serve"]:
        return "sglang", words[2:]
    raise UsageError(
        "not a launch command that moeaudit reads",
        hint="It reads 'vllm serve …' and 'python -m sglang.launch_server …'.",
    )


def _flags(words: list[str]) -> Iterator[tuple[str, str]]:
    """(flag, value) with flags under one spelling; ("", word) for what is no flag."""
    number = 0
    while number < len(words):
        word = words[number]
        number += 1
        if not word.startswith("-"):
            yield "", word
            continue
        flag, equals, value = word.partition("=")
        plain = flag.lstrip("-").replace("_", "-")
        plain = ALIASES.get(flag, ALIASES.get(plain, plain))
        follows = number < len(words) and not words[number].startswith("--") and plain not in SWITCHES
        if not equals and follows:
            value = words[number]
            number += 1
        yield plain, value


def _layout(name: str, given: dict[str, str]) -> Layout:
    tp, dp, pp, dcp = (
        _size(given, f"{kind}-parallel-size") for kind in ("tensor", "data", "pipeline", "decode-context")
    )
    copies = _json(given, "eplb-config", '{"num_redundant_experts": 32}')
    redundant = _number(given, "ep-num-redundant-experts", _tokens) or _count(
        copies, "num_redundant_experts", "eplb-config"
    )
    size = _number(given, "ep-size", _tokens)
    if size is not None and not 1 <= size <= DEVICES:
        raise UsageError(f"--ep-size is {size}"[:60], hint=f"It is a number of devices from 1 to {DEVICES:,}.")
    ep = "enable-expert-parallel" in given or (size or 1) > 1
    if name == "sglang" and "enable-dp-attention" in given:
        if tp % dp:
            raise UsageError(
                f"dp {dp} does not divide tp {tp}",
                hint="With --enable-dp-attention, SGLang splits its tp group into dp attention groups.",
            )
        return Layout(tp // dp, ep, dp, pp, dcp, redundant)
    if name == "sglang":
        return Layout(tp, ep, 1, pp, dcp, redundant, replicas=dp)
    return Layout(tp, ep, dp, pp, dcp, redundant)


def _size(given: dict[str, str], flag: str) -> int:
    return _whole(given, flag) or 1


def _whole(given: dict[str, str], flag: str) -> int | None:
    """A number of 1 or more, with or without a unit such as k."""
    value = _number(given, flag, _tokens)
    if value is not None and not 1 <= value <= COMMAND_NUMBER:
        raise UsageError(f"--{flag} is {value}", hint="It is a whole number of 1 or more.")
    return value


def _share(given: dict[str, str], flag: str) -> float | None:
    value = _number(given, flag, _plain)
    if value is not None and not 0 < value <= 1:
        raise UsageError(f"--{flag} is {value:g}", hint="It is a share of the device's memory, above 0 and up to 1.")
    return value


def _json(given: dict[str, str], flag: str, example: str) -> dict[str, object]:
    """The JSON object that a flag of vLLM takes; an empty one where it is not given."""
    import json

    try:
        found = json.loads(given.get(flag) or "{}")
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise UsageError(f"--{flag} is not the JSON that vLLM takes", hint=f"Write --{flag} '{example}'.")
    return found


def _count(found: dict[str, object], key: str, flag: str) -> int:
    value = found.get(key, 0)
    if type(value) is not int or not 0 <= value <= SPARES:
        raise UsageError(f"{key} of --{flag} is {ascii(value)[:40]}, expected a whole number {SPARES.words()}")
    return value


def _number(given: dict[str, str], flag: str, read: Callable[[str], T]) -> T | None:
    if flag not in given:
        return None
    try:
        return read(given[flag])
    except ValueError:
        raise UsageError(f"--{flag} is {ascii(given[flag])[:40]}, expected a number") from None


def _plain(text: str) -> float:
    """A number in plain digits. ValueError where it is none."""
    if not NUMBER.fullmatch(text):
        raise ValueError(text)
    return float(text)


def _tokens(text: str) -> int:
    """131072, 128k (1000) or 128K (1024), as vLLM reads them. ValueError where it is no finite number."""
    if not NUMBER.fullmatch(text):
        raise ValueError(text)
    scale = {"k": 1000, "K": 1024, "m": 10**6, "M": 2**20, "g": 10**9, "G": 2**30}.get(text[-1:], 1)
    if scale == 1:
        return int(text)
    number = float(text[:-1])
    if not isfinite(number):
        raise ValueError(text)
    return int(number * scale)


def _cache_word(given: dict[str, str]) -> str:
    word = given.get("kv-cache-dtype", "auto")
    if word not in CACHE_WORDS:
        from moeaudit.nearest import did_you_mean

        raise UsageError(f"--kv-cache-dtype {ascii(word)[:40]} is not known", hint=did_you_mean(word, CACHE_WORDS))
    return CACHE_WORDS[word]
