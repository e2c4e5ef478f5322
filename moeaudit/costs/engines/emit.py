"""The chosen layout as a launch command: the table of effects backwards, with the words that the engine's version
takes, one line per node."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field

from moeaudit.costs.devices import GIB
from moeaudit.costs.engines.flags import Flag, Table, table
from moeaudit.costs.engines.read import number
from moeaudit.costs.engines.said import effects
from moeaudit.costs.fleet import Fleet, Settings
from moeaudit.costs.layout import Layout
from moeaudit.later import dataclass

HEAD = "$HEAD_NODE"
"""The address of the first node, which nobody but its owner knows."""

Wanted = list[tuple[str, object]]
"""What is to be said, with its value: True for a switch, None for what is left out."""


@dataclass(frozen=True)
class Emitted:
    """One command per node. `unsaid`: settings that no flag of the engine's version says; `files`: what stands before
    them, the file of settings that they name; `image`: the one whose entry point takes the words behind `start`."""

    engine: str
    start: tuple[str, ...]
    nodes: tuple[tuple[str, ...], ...]
    unsaid: tuple[str, ...] = field(default=())
    before: str = ""
    image: str = ""
    entry: tuple[str, ...] = field(default=())

    def text(self) -> str:
        """The lines of a shell."""
        return self.before + "\n".join(line((*self.start, *words)) for words in self.nodes)

    def docker(self) -> str:
        """The same in the engine's own image."""
        alone = len(self.nodes) == 1
        run = [
            "docker",
            "run",
            "--gpus",
            "all",
            "--ipc",
            "host",
            *(["-p", "8000:8000"] if alone else ["--network", "host"]),
        ]
        run += ["-v", "$HOME/.cache/huggingface:/root/.cache/huggingface"]
        if self.before:
            run += ["-v", f"./{OPTIONS}:/{OPTIONS}"]
        start = () if self.entry == self.start else self.start
        moved = [tuple(f"/{word}" if word == OPTIONS else word for word in words) for words in self.nodes]
        return self.before + "\n".join(line((*run, self.image, *start, *words)) for words in moved)


OPTIONS = "options.yaml"


def line(words: tuple[str, ...]) -> str:
    """Words quoted for a shell, but for the variables that are meant to be filled in."""
    return " ".join(_quoted(word) for word in words)


def _quoted(word: str) -> str:
    known = word.startswith((HEAD, "$HOME/.cache/"))
    return word if known and not set(word) & set(" \t;&|<>'\"`()") else shlex.quote(word)


class Writer:
    """Turns what is to be said into flags of one engine at one version."""

    def __init__(self, engine: str, version: str) -> None:
        self.engine = engine
        self.table: Table = table(engine, version)
        self.unsaid: list[str] = []
        known = self.table.named()
        self.flags: dict[str, tuple[Flag, bool]] = {}
        for name, said in effects(engine).sets.items():
            what, _, how = said.partition("=")
            if name in known and what not in self.flags:
                self.flags[what] = (known[name], how == "no")

    def words(self, wanted: Wanted) -> Iterator[str]:
        for what, value in wanted:
            if value is None:
                continue
            found = self.flags.get(what)
            if found is None:
                self.unsaid.append(f"{NAMES.get(what, what)} {'' if value is True else value}".strip())
                continue
            yield from self._said(*found, value)

    def _said(self, flag: Flag, backwards: bool, value: object) -> Iterator[str]:
        name = self._name(flag)
        if not flag.switch:
            yield from (name, json.dumps(value, separators=(",", ":")) if isinstance(value, dict) else str(value))
        elif bool(value) is not backwards:
            yield name
        elif flag.off:
            yield next((off for off in flag.off if off.startswith("--no-")), flag.off[0])

    def _name(self, flag: Flag) -> str:
        """The name of the table of effects, which is the one in use."""
        return next((name for name in effects(self.engine).sets if name in flag.names), flag.name)

    def cache(self, chosen: Settings) -> str | None:
        """The engine's word for the type of the cache, None for its default, the weights' own, and for what it does not
        know."""
        kind = chosen.cache_dtype
        if kind == ("fp32" if chosen.dtype == "fp32" else "bf16"):
            return None
        found = self.flags.get("cache_dtype")
        words = [word for word, one in effects(self.engine).cache.items() if one == kind]
        if found is not None:
            closed = found[0].choices
            words = [word for word in words if not closed or word in closed]
        if words:
            return words[0]
        self.unsaid.append(f"cache in {kind}, which {self.engine} {self.table.version} does not know")
        return None


NAMES = {
    "cache_bytes": "the cache's budget in bytes", "cache_blocks": "the number of blocks",
    "cache_tokens": "tokens of the cache", "redundant": "copies of experts", "eager": "no graphs",
    "offload": "GiB of weights on the host", "language_only": "no encoders", "state_dtype": "states in",
    "speculation": "drafted tokens", "pcp": "prompts over ranks:", "dcp": "the cache over ranks:",
    "quantization": "weights quantised by", "dtype": "weights in", "hybrid": "windows kept whole", "block": "blocks of",
}  # fmt: skip


def common(chosen: Settings, writer: Writer) -> Wanted:
    """What every engine may be told beside the layout."""
    return [
        ("quantization", chosen.quantization or None),
        ("dtype", {"fp16": "float16", "bf16": "bfloat16", "fp32": "float32"}.get(chosen.dtype)),
        ("eager", chosen.eager or None),
        ("offload", f"{chosen.offload_gib:g}" if chosen.offload_gib else None),
        ("language_only", chosen.language_only or None),
        ("hybrid", None if chosen.hybrid else False),
        ("state_dtype", {"fp16": "float16", "bf16": "bfloat16", "fp32": "float32"}.get(chosen.state_dtype)),
        ("cache_blocks", chosen.cache_blocks),
        ("cache_tokens", chosen.cache_tokens),
    ]


def vllm(model: str, fleet: Fleet, layout: Layout) -> Emitted:
    """`vllm serve …` for a layout. Replicas are separate servers, so they are left out."""
    chosen, writer = fleet.settings, Writer("vllm", fleet.settings.engine.version)
    wanted: Wanted = [
        ("tp", layout.tp), ("pp", more(layout.pp)), ("dp", more(layout.dp)), ("ep", layout.ep or None),
        ("dcp", more(layout.dcp)), ("pcp", more(layout.pcp)), ("utilization", f"{chosen.utilization:g}"),
        ("context", fleet.workload.context), ("cache_dtype", writer.cache(chosen)), ("block", chosen.block),
        ("max_num_seqs", chosen.max_num_seqs), ("step_tokens", chosen.step_tokens),
        ("cache_bytes", round(chosen.cache_budget_gib * GIB) if chosen.cache_budget_gib else None),
        ("caching", chosen.prefix_caching), ("speculation", _drafts(chosen)),
        ("balanced", True if layout.redundant else None),
        ("balancing", {"num_redundant_experts": layout.redundant} if layout.redundant else None),
        *common(chosen, writer),
    ]  # fmt: skip
    words = tuple(writer.words(wanted))
    nodes = tuple((*words, *extra) for extra in _vllm_nodes(fleet, layout, writer))
    return _emitted("vllm", ("vllm", "serve"), model, nodes, writer)


def more(size: int) -> int | None:
    return size if size > 1 else None


def _drafts(chosen: Settings) -> dict[str, object] | None:
    """What vLLM takes for drafts by the model's own prediction modules."""
    if not chosen.prediction:
        return None
    many = {"num_speculative_tokens": chosen.speculative_tokens} if chosen.speculative_tokens else {}
    return {"method": "mtp", **many}


def _vllm_nodes(fleet: Fleet, layout: Layout, writer: Writer) -> Iterator[tuple[str, ...]]:
    """What the command of each of the fleet's nodes adds: data-parallel groups are dealt to nodes; one group over nodes
    shares a master."""
    group = layout.tp * layout.pp * layout.pcp
    known = writer.table.named()
    if group * layout.dp <= fleet.per_node:
        yield ()
    elif group <= fleet.per_node and layout.dp > 1:
        local = max(fleet.per_node // group, 1)
        for first in range(0, layout.dp, local)[: fleet.nodes]:
            words = ("--data-parallel-size-local", str(min(local, layout.dp - first)), "--data-parallel-address", HEAD,
                     "--data-parallel-rpc-port", "13345")  # fmt: skip
            yield words if not first else (*words, "--data-parallel-start-rank", str(first), "--headless")
    elif layout.dp == 1 and "--nnodes" in known:
        count = -(-group // fleet.per_node)
        for rank in range(min(count, fleet.nodes)):
            words = ("--nnodes", str(count), "--node-rank", str(rank), "--master-addr", HEAD)
            yield words if not rank else (*words, "--headless")
    else:
        yield ("--distributed-executor-backend", "ray", *(("--data-parallel-backend", "ray") if layout.dp > 1 else ()))


def sglang(model: str, fleet: Fleet, layout: Layout) -> Emitted:
    """`python -m sglang.launch_server …`: its tp is the whole group, its dp splits the attention inside."""
    chosen, writer = fleet.settings, Writer("sglang", fleet.settings.engine.version)
    steps = chosen.speculative_tokens if chosen.prediction else 0
    wanted: Wanted = [
        ("tp", layout.ranks), ("dp", more(layout.dp)), ("dp_attention", True if layout.dp > 1 else None),
        ("ep_size", layout.ranks if layout.ep else None), ("pp", more(layout.pp)), ("dcp", more(layout.dcp)),
        ("pcp", more(layout.pcp)), ("utilization", f"{chosen.utilization:g}"), ("context", fleet.workload.context),
        ("cache_dtype", writer.cache(chosen)), ("block", chosen.block),
        ("max_num_seqs", chosen.max_num_seqs), ("step_tokens", chosen.step_tokens),
        ("caching", False if chosen.prefix_caching is False else None), ("redundant", layout.redundant or None),
        ("spec_method", "EAGLE" if chosen.prediction else None), ("spec_steps", steps or None),
        ("spec_branches", 1 if steps else None), ("spec_verified", steps + 1 if steps else None),
        *common(chosen, writer),
    ]  # fmt: skip
    words = tuple(writer.words(wanted))
    count = -(-layout.ranks * layout.pp // fleet.per_node)
    nodes = tuple(
        (*words, *(("--nnodes", str(count), "--node-rank", str(rank), "--dist-init-addr", f"{HEAD}:5000")
         if count > 1 else ()))
        for rank in range(min(count, fleet.nodes))
    )  # fmt: skip
    return _emitted("sglang", ("python", "-m", "sglang.launch_server", "--model-path"), model, nodes, writer)


def tensorrt(model: str, fleet: Fleet, layout: Layout) -> Emitted:
    """`trtllm-serve …`, and the file that holds what it has no flags for. Attention groups divide its tp."""
    chosen, writer = fleet.settings, Writer("tensorrt-llm", fleet.settings.engine.version)
    kept = {
        "dtype": writer.cache(chosen), "tokens_per_block": chosen.block, "max_tokens": chosen.cache_tokens,
        "enable_block_reuse": chosen.prefix_caching,
        "mamba_ssm_cache_dtype": {"fp16": "float16", "bf16": "bfloat16", "fp32": "float32"}.get(chosen.state_dtype),
    }  # fmt: skip
    drafts = {"decoding_type": "MTP", "num_nextn_predict_layers": chosen.speculative_tokens or 1}
    tables: dict[str, object] = {
        "enable_attention_dp": True if layout.dp > 1 else None,
        "kv_cache_config": {key: value for key, value in kept.items() if value is not None} or None,
        "speculative_config": drafts if chosen.prediction else None,
    }
    content = {key: value for key, value in tables.items() if value is not None}
    wanted: Wanted = [
        ("tp", layout.tp * layout.dp), ("pp", more(layout.pp)), ("pcp", more(layout.pcp)),
        ("ep_size", layout.ranks if layout.ep else None), ("max_num_seqs", chosen.max_num_seqs),
        ("step_tokens", chosen.step_tokens), ("context", fleet.workload.context),
        ("utilization", f"{chosen.utilization:g}"), ("config", OPTIONS if content else None),
        ("redundant", layout.redundant or None), ("dcp", more(layout.dcp)),
        ("cache_bytes", round(chosen.cache_budget_gib * GIB) if chosen.cache_budget_gib else None),
        *((what, value) for what, value in common(chosen, writer) if what not in ("cache_tokens", "state_dtype")),
    ]  # fmt: skip
    words = tuple(writer.words(wanted))
    if layout.dp > 1 and layout.tp * layout.pcp > 1:
        writer.unsaid.append(
            f"attention groups of {layout.tp * layout.pcp} ranks: each rank is a group of its own here"
        )
    ranks = layout.ranks * layout.pp
    start: tuple[str, ...] = ("trtllm-serve",)
    if ranks > fleet.per_node:
        start = ("mpirun", "-n", str(ranks), "--map-by", f"ppr:{fleet.per_node}:node", "trtllm-llmapi-launch", *start)
    before = f"cat > {OPTIONS} <<'EOF'\n{_yaml(content)}EOF\n" if content else ""
    found = _emitted("tensorrt-llm", start, model, (words,), writer)
    return Emitted(found.engine, found.start, found.nodes, found.unsaid, before, found.image, found.entry)


def _yaml(content: Mapping[str, object], indent: str = "") -> str:
    lines = ""
    for key, value in content.items():
        if isinstance(value, dict):
            lines += f"{indent}{key}:\n{_yaml(value, indent + '  ')}"
        else:
            lines += f"{indent}{key}: {str(value).lower() if isinstance(value, bool) else value}\n"
    return lines


IMAGES = {
    "vllm": ("vllm/vllm-openai", "v", "latest", ("vllm", "serve")),
    "sglang": ("lmsysorg/sglang", "v", "latest", ()),
    "tensorrt-llm": ("nvcr.io/nvidia/tensorrt-llm/release", "", "latest", ()),
}
"""Each engine's own image, how a version is written in its tag, the tag of the newest, and what it starts by itself."""


def _emitted(
    engine: str, start: tuple[str, ...], model: str, nodes: tuple[tuple[str, ...], ...], writer: Writer
) -> Emitted:
    image, prefix, newest, entry = IMAGES[engine]
    asked = writer.table.version if number(writer.table.version) != number(writer.table.versions[-1]) else ""
    tag = f"{prefix}{asked}" if asked else newest
    named = tuple((model, *words) for words in nodes)
    return Emitted(engine, start, named, tuple(writer.unsaid), image=f"{image}:{tag}", entry=entry)


EMITTED: dict[str, Callable[[str, Fleet, Layout], Emitted]] = {
    "vllm": vllm, "sglang": sglang, "tensorrt-llm": tensorrt
}  # fmt: skip


def _text(engine: str) -> Callable[[str, Fleet, Layout], str]:
    return lambda model, fleet, layout: EMITTED[engine](model, fleet, layout).text()


EMIT: dict[str, Callable[[str, Fleet, Layout], str]] = {engine: _text(engine) for engine in EMITTED}
"""The same as text."""
