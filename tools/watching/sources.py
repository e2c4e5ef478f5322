"""What transformers, vLLM, SGLang and mlx-lm serve, read from the sources in their wheels. Nothing is imported."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from zipfile import ZipFile

Files = Mapping[str, str]
"""Python sources by their path in the wheel."""

ROUTES = re.compile(
    r"FusedMoE|FusedExperts|SwitchGLU|SwitchMLP|EPMoE|get_moe_impl_class|num_experts_per_tok|moe_top_?k"
)
"""Words of a module that routes tokens to experts."""


@dataclass(frozen=True)
class Served:
    """A name that a library serves: a `model_type`, or a class where it goes by that."""

    name: str
    is_class: bool
    file: str


@dataclass(frozen=True)
class Library:
    """A package, and how the models with experts are found in its sources."""

    package: str
    within: str
    read: Callable[[Files], Iterator[Served]]


def sources(wheel: ZipFile, within: str) -> Files:
    """The Python files of a wheel below `within`."""
    names = [name for name in wheel.namelist() if name.startswith(within) and name.endswith(".py")]
    return {name: wheel.read(name).decode() for name in names}


def transformers(files: Files) -> Iterator[Served]:
    """Types of `CONFIG_MAPPING_NAMES` whose configuration or modeling file speaks of experts per token."""
    mapping = next(text for name, text in files.items() if name.endswith("auto/auto_mappings.py"))
    for model_type, place in sorted(_mapping(mapping, "CONFIG_MAPPING_NAMES").items()):
        folder = next((_folder(name) for name, text in files.items() if f"class {place}(" in text), None)
        own = [text for name, text in files.items() if folder and _folder(name) == folder and not _written_from(name)]
        if any(
            re.search(r"num_experts|n_routed_experts|num_local_experts|moe_", _class(text, str(place))) for text in own
        ):
            yield Served(model_type, False, f"models/{folder}")


def vllm(files: Files) -> Iterator[Served]:
    """Classes of the registry whose module routes tokens, or takes its layers from one that does."""
    registry = next(text for name, text in files.items() if name.endswith("models/registry.py"))
    routing = _routing({PurePosixPath(name).stem: text for name, text in files.items()})
    for table in ("_TEXT_GENERATION_MODELS", "_MULTIMODAL_MODELS", "_EMBEDDING_MODELS"):
        for name, place in _mapping(registry, table).items():
            if isinstance(place, tuple) and place[0] in routing:
                yield Served(name, True, f"models/{place[0]}.py")


def sglang(files: Files) -> Iterator[Served]:
    """Classes named in a module's `EntryClass`, where the module routes tokens."""
    modules = {PurePosixPath(name).stem: text for name, text in files.items()}
    routing = _routing(modules)
    for stem in sorted(routing):
        entries = re.search(r"^EntryClass\s*=\s*(\[[^\]]*\]|\w+)", modules[stem], re.M)
        for name in re.findall(r"\w+", entries[1]) if entries else ():
            yield Served(name, True, f"models/{stem}.py")


def mlx_lm(files: Files) -> Iterator[Served]:
    """A module is a type, with those that are read as it."""
    modules = {PurePosixPath(name).stem: text for name, text in files.items() if "/models/" in name}
    utils = next(text for name, text in files.items() if name.endswith("mlx_lm/utils.py"))
    routing = _routing(modules)
    for stem in sorted(routing):
        if re.search(r"^class Model\b", modules[stem], re.M):
            yield Served(stem, False, f"models/{stem}.py")
    for name, read_as in _mapping(utils, "MODEL_REMAPPING").items():
        if read_as in routing:
            yield Served(name, False, f"models/{read_as}.py")


LIBRARIES = (
    Library("transformers", "transformers/models/", transformers),
    Library("vllm", "vllm/model_executor/models/", vllm),
    Library("sglang", "sglang/srt/models/", sglang),
    Library("mlx-lm", "mlx_lm/", mlx_lm),
)


def _written_from(name: str) -> bool:
    """Whether a file is the source that a folder's other files are written from, where fields are also taken away."""
    return PurePosixPath(name).name.startswith("modular_")


def _folder(name: str) -> str:
    return PurePosixPath(name).parent.name


def _class(text: str, name: str) -> str:
    """The body of a class; empty where the file has none of that name."""
    found = re.search(rf"^class {re.escape(name)}\(.*?(?=^class |\Z)", text, re.M | re.S)
    return found[0] if found else ""


def _routing(modules: Mapping[str, str]) -> set[str]:
    """Modules that route tokens themselves, and those that build on the decoder of one that does."""
    found = {stem for stem, text in modules.items() if ROUTES.search(text)}
    takes = re.compile(r"from [\w.]*\.(\w+) import \(?[^)\n]*?(?:\w*(?:Model|ForCausalLM|DecoderLayer))", re.S)
    while more := {stem for stem, text in modules.items() if stem not in found and found & set(takes.findall(text))}:
        found |= more
    return found


def _mapping(text: str, name: str) -> dict[str, object]:
    """A literal dict or OrderedDict that a module assigns to `name`, without entries that are no literals."""
    for node in ast.parse(text).body:
        if not isinstance(node, ast.Assign | ast.AnnAssign):
            continue
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if any(isinstance(one, ast.Name) and one.id == name for one in targets):
            return dict(_pairs(node.value))
    raise LookupError(f"{name} is not assigned: the library has moved it")


def _pairs(value: ast.expr | None) -> Iterator[tuple[str, object]]:
    if isinstance(value, ast.Call) and value.args:
        value = value.args[0]
    if isinstance(value, ast.Dict):
        pairs = [(key, item) for key, item in zip(value.keys, value.values, strict=True) if key is not None]
    elif isinstance(value, ast.List):
        pairs = [(one.elts[0], one.elts[1]) for one in value.elts if isinstance(one, ast.Tuple) and len(one.elts) == 2]
    else:
        return
    for key, item in pairs:
        try:
            yield ast.literal_eval(key), ast.literal_eval(item)
        except ValueError:
            continue
