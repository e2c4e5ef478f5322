"""Launch commands read back into a layout and settings, as the engine that they start reads them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import field, replace
from typing import Any

from moeaudit.costs.devices import GIB
from moeaudit.costs.engines.emit import EMIT
from moeaudit.costs.engines.flags import table
from moeaudit.costs.engines.layouts import layout_of, spare
from moeaudit.costs.engines.options import Options, config_words, options_of
from moeaudit.costs.engines.read import names, title
from moeaudit.costs.engines.said import Collected, Said, effects, of_file, said
from moeaudit.costs.engines.shell import Launch, is_hole, launch, settings_of, style_of
from moeaudit.costs.engines.tokens import Reader, Words
from moeaudit.costs.fleet import Fleet, Settings
from moeaudit.costs.layout import Layout
from moeaudit.costs.memory import DISPATCH_TOKENS
from moeaudit.errors import UsageError
from moeaudit.later import dataclass

__all__ = ["EMIT", "Command", "is_hole", "parse_command"]

TITLES = {"ollama": "Ollama", "lmdeploy": "LMDeploy"}
"""Programs that are no engines of their own here; those have their titles in data/engines/."""


@dataclass(frozen=True)
class Command:
    """What a launch command says. `engine`: whose figures hold for it; `program`: what is started, of the
    `version` that is named. `layout` None: it uses the devices that there are.

    `cache_budget` in bytes; `prediction`: it drafts with the model's own prediction modules; `fitted`: the context is
    the longest that fits; `overrides`: fields of the config that it replaces; `draft`: another model that drafts;
    `host_experts`: of so many layers, from the first on, routed experts stay on the host; `device_layers`: so many
    layers are on devices, the last ones; `all_to_all`: the backend that carries tokens to experts, where its buffers
    are known.
    `ignored`: flags without effect on an estimate; `unmodelled`: those with one that nothing here follows, in words;
    `remarks`: what else a reader must know about how it was read.
    """

    engine: str
    model: str
    layout: Layout | None
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
    unmodelled: tuple[str, ...] = field(default=())
    remarks: tuple[str, ...] = field(default=())
    program: str = ""
    version: str = ""
    fitted: bool = False
    eager: bool = False
    quantization: str = ""
    load_bits: float | None = None
    dtype: str = ""
    offload_gib: float = 0.0
    language_only: bool = False
    hybrid: bool = True
    state_dtype: str = ""
    cache_blocks: int | None = None
    cache_tokens: int | None = None
    overrides: Mapping[str, Any] = field(default_factory=dict)
    draft: str = ""
    revision: str = ""
    host_experts: int = 0
    device_layers: int | None = None
    all_to_all: str = ""

    def applied(self, fleet: Fleet) -> Fleet:
        """The fleet with the command's engine and settings in place of its own."""
        fleet = fleet.with_engine(self.engine)
        work = replace(fleet.workload, context=self.context, assumed=False) if self.context else fleet.workload
        return replace(
            fleet,
            settings=self._settings(fleet.settings),
            layout=self.layout or Layout(pp=fleet.devices),
            workload=work,
            notes=(*fleet.notes, *self.notes()),
            unmodelled=(*fleet.unmodelled, *self.unmodelled),
        )

    def _settings(self, chosen: Settings) -> Settings:
        return replace(
            chosen,
            utilization=self.utilization if self.utilization is not None else chosen.utilization,
            cache_dtype=self.cache_dtype,
            block=self.block or chosen.block,
            hybrid=self.hybrid and chosen.hybrid,
            max_num_seqs=self.max_num_seqs or chosen.max_num_seqs,
            step_tokens=self.step_tokens or chosen.step_tokens,
            cache_budget_gib=self.cache_budget / GIB if self.cache_budget else chosen.cache_budget_gib,
            prefix_caching=chosen.prefix_caching if self.prefix_caching is None else self.prefix_caching,
            speculative_tokens=self.speculative_tokens or chosen.speculative_tokens,
            prediction=self.prediction or chosen.prediction,
            eager=self.eager or chosen.eager,
            quantization=self.quantization or chosen.quantization,
            load_bits=self.load_bits or chosen.load_bits,
            dtype=self.dtype or chosen.dtype,
            offload_gib=self.offload_gib or chosen.offload_gib,
            language_only=self.language_only or chosen.language_only,
            state_dtype=self.state_dtype or chosen.state_dtype,
            cache_blocks=self.cache_blocks or chosen.cache_blocks,
            cache_tokens=self.cache_tokens or chosen.cache_tokens,
            all_to_all=self.all_to_all or chosen.all_to_all,
        )

    def notes(self) -> tuple[str, ...]:
        """What a reader must know beside what is not modelled."""
        quiet = f"Flags of the command that change nothing here: {', '.join(self.ignored)}."
        return (*self.remarks, *((quiet,) if self.ignored else ()))


def parse_command(text: str, version: str = "", files: Callable[[str], Options] | None = None) -> Command:
    """A line that starts an engine, read by the flags of its recorded `version` (that of the image's tag, else the
    newest). `files` reads a file that the command names, with the caller's consent; without it such a file is named
    among what is not in the estimate.

    UsageError, one line, where no engine is started, and where the engine would refuse what it is given.
    """
    found = launch(text)
    version = version or found.version
    reader = Reader(table(found.engine, version), style_of(found.engine))
    words = reader.read(found.words)
    what = _said(found, words, reader, files)
    model, rest = _model(found, what, words)
    drafts = _drafts(found.engine, what)
    cache, counted = _cache(found.engine, what)
    carried, sent = _carried(found.engine, what)
    loud = [*_loud(what), *drafts.loud, *counted, *_untimed(what), *sent]
    context, shared = what.get("context"), what.get("context_shared")
    slots = what.get("slots")
    if shared and slots and not what.get("unified"):
        shared //= slots
    method, layers = str(what.get("quantization") or ""), str(what.get("gpu_layers") or "")[:6]
    return Command(
        settings_of(found.engine),
        model,
        layout_of(found.engine, what),
        what.get("utilization"),
        context or shared or None,
        cache,
        what.get("block"),
        what.get("max_num_seqs") or slots,
        what.get("step_tokens"),
        what.get("cache_bytes"),
        what.get("caching"),
        drafts.tokens,
        drafts.prediction,
        what.quiet,
        tuple(loud),
        tuple(_remarks(found, what, reader, rest)),
        found.engine,
        version,
        "context" in what.values and context is None,
        bool(what.get("eager")),
        method,
        effects(found.engine).quantises.get(method),
        "" if what.get("dtype") in (None, "auto") else _dtype(what.get("dtype")),
        what.get("offload") or 0.0,
        bool(what.get("language_only")),
        what.get("hybrid", True) is not False,
        "" if what.get("state_dtype") in (None, "auto") else _dtype(what.get("state_dtype")),
        what.get("cache_blocks"),
        what.get("cache_tokens"),
        what.get("overrides") or {},
        drafts.model,
        what.get("revision") or "",
        EVERY_LAYER if what.get("experts_on_host") else what.get("experts_on_host_layers") or 0,
        int(layers) if layers.isdecimal() else None,
        carried,
    )


EVERY_LAYER = 10**6
"""More than any model has."""

DTYPES = {"half": "fp16", "float16": "fp16", "bfloat16": "bf16", "float": "fp32", "float32": "fp32"}
"""What the engines call the types of weights and states."""


def _dtype(word: str) -> str:
    return DTYPES.get(word, word)


def _said(found: Launch, words: Words, reader: Reader, files: Callable[[str], Options] | None) -> Said:
    """What the flags say, a file that they name among them."""
    what = said(found.engine, words.given, reader, found.environment)
    name = what.get("config")
    if name is None:
        return what
    own = written_here(found.files, name)
    options = options_of(own, name) if own is not None else files(name) if files else None
    if options is None:
        return replace(what, loud=(*what.loud, (f"{what.written['config']} {name}"[:80], "a file that was not read")))
    if not effects(found.engine).file:
        first = reader.read(tuple(config_words(options.content, reader)))
        given = tuple(one for one in words.given if one.written != what.written["config"])
        return said(found.engine, (*first.given, *given), reader, found.environment)
    collected = Collected(found.engine)
    for one in words.given:
        collected.take(one, reader)
    of_file(collected, options.content, options.name)
    return collected.done()


def written_here(files: Mapping[str, str], name: str) -> str | None:
    """The text of a file that the command's own text writes, by its path or, where a container sees it elsewhere, by
    its name."""
    alike = [text for path, text in files.items() if path.rpartition("/")[2] == name.rpartition("/")[2]]
    return files.get(name, alike[0] if len(alike) == 1 else None)


def _model(found: Launch, what: Said, words: Words) -> tuple[str, tuple[str, ...]]:
    """The model's name, and the words that belong to nothing."""
    rest = words.rest
    model = what.get("model")
    if not model and rest:
        model, rest = rest[0], rest[1:]
    if found.engine in ("ollama", "ktransformers"):
        rest = ()  # a prompt; flags of another parser
    if found.engine == "llama.cpp" and model and ":" in model:
        model = model.partition(":")[0]
    if not model and found.engine != "ollama":
        raise UsageError("the command names no model", hint="Give it as 'vllm serve MODEL …' or with --model-path.")
    return model or "", rest


@dataclass(frozen=True)
class Drafts:
    """Drafted tokens: how many, whether the model's own prediction modules draft them, or which other model."""

    tokens: int = 0
    prediction: bool = False
    model: str = ""
    loud: tuple[str, ...] = ()


OWN = ("mtp", "nextn")


def _drafts(engine: str, what: Said) -> Drafts:
    flag = what.written.get("speculation") or what.written.get("spec_method") or ""
    found: Mapping[str, Any] = what.get("speculation") or {}
    method = str(found.get("method") or what.get("spec_method") or "").lower()
    model = str(found.get("model") or what.get("draft") or "")
    given = found.get("num_speculative_tokens")
    tokens = spare(given, "num_speculative_tokens", flag) if given is not None else 0
    verified = what.get("spec_verified") or 0
    tokens = tokens or what.get("spec_tokens") or what.get("spec_steps") or max(verified - 1, 0)
    own = any(word in method for word in OWN) or (engine == "sglang" and method == "eagle" and not model)
    if not (method or model):
        return Drafts(tokens)
    loud = (f"{flag or what.written.get('draft')} (weights and cache of the draft model {model})",) if model else ()
    return Drafts(tokens, own and not loud, model, loud)


def _cache(engine: str, what: Said) -> tuple[str, tuple[str, ...]]:
    """The type of the cache, and what is counted instead of one that is not modelled."""
    known = effects(engine)
    found = [what.get(kind) for kind in ("cache_dtype", "cache_k", "cache_v") if what.get(kind) is not None]
    plain = "fp32" if what.get("dtype") in ("float", "float32") else "bf16"
    if not found:
        return plain, ()
    flag = next(what.written[kind] for kind in ("cache_dtype", "cache_k", "cache_v") if kind in what.written)
    types = [known.cache.get(word) or known.assumed.get(word) for word in found]
    if None in types:
        word = found[types.index(None)]
        raise UsageError(
            f"{flag} {ascii(word)[:40]} is not known", hint=f"Known: {', '.join((*known.cache, *known.assumed))}."
        )
    kinds = [plain if kind == "auto" else str(kind) for kind in types]
    told = tuple(
        f"{flag} {word} ({'' if word != kind else 'of another version or fork, '}counted as {kind})"
        for word, kind in zip(found, kinds, strict=True)
        if word not in known.cache
    )
    if len(set(kinds)) > 1:
        return max(kinds, key=_width), (f"{flag} (keys and values of two types, counted as the wider)",)
    return kinds[0], told


CARRIERS = {"vllm": ("deepep_low_latency", "deepep_high_throughput"), "sglang": ("deepep",)}
"""Backends whose buffers are known (costs/memory.py)."""

QUIET_CARRIERS = ("none", "naive", "allgather_reducescatter")
"""Those without buffers of their own."""


def _carried(engine: str, what: Said) -> tuple[str, tuple[str, ...]]:
    """The backend that carries tokens to experts, where its buffers are counted; what a reader must know of it."""
    name = str(what.get("all_to_all") or "")
    if not name or name in QUIET_CARRIERS:
        return "", ()
    known = name in CARRIERS.get(engine, ())
    size = f"buffers counted for {DISPATCH_TOKENS} tokens of a rank and step, " if "low_latency" in name else ""
    told = f"{size}in memory, not in time" if known else "its communication buffers and their speed"
    return name if known else "", (f"{what.written['all_to_all']} ({told})",)


def _width(kind: str) -> float:
    from moeaudit.costs.forms import FORMATS

    return FORMATS[kind].element


def _loud(what: Said) -> list[str]:
    told = [f"{flag} ({why})" if why else f"{flag} (effect unknown)" for flag, why in what.loud]
    return [*told, *(f"{flag} (no flag of the engine)" for flag, _ in what.unknown)]


HOST_SLOW = "not in time: the processor computes those experts in the host's memory"


def _untimed(what: Said) -> tuple[str, ...]:
    """What is in memory and not in time."""
    slow = {
        "offload": "in memory, not in time: each step reads those weights from the host",
        "experts_on_host": HOST_SLOW,
        "experts_on_host_layers": HOST_SLOW,
        "pcp": "in memory, not in time: prompts are shared between ranks",
    }
    return tuple(
        f"{what.written[kind]} ({why})" for kind, why in slow.items() if (what.get(kind) or 0) > (kind == "pcp")
    )


def _remarks(found: Launch, what: Said, reader: Reader, rest: tuple[str, ...]) -> list[str]:
    called = title(found.engine) if found.engine in names() else TITLES.get(found.engine, found.engine)
    program = f"{called} {reader.table.version}"
    said_so = [f"{program} has no flag {flag}: did you mean {near}?" for flag, near in what.unknown if near]
    said_so += [f"{program} does not take {flag} so: {why}." for flag, why in what.odd]
    if rest:
        said_so.append(f"Words of the command that belong to no flag: {json.dumps(' '.join(rest))[:120]}.")
    if what.get("overrides"):
        keys = ", ".join(list(what.get("overrides"))[:8])
        said_so.append(f"Fields of the config that the command replaces: {keys}.")
    return said_so
