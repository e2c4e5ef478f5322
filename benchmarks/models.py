"""The models that are read: recorded tables cut into as many shards as asked for, and one made up of a million names.

Weights are zeros that are never stored, so that a repo of 700 GB fits into a few MB, on the Hub and on disk.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from moeaudit.evidence.evidence_file_reader import read_evidence
from moeaudit.evidence.tables import Tensor
from tests.hub.repos import HubFile, HubRepo, shard_file

ROOT = Path(__file__).resolve().parents[1]
CARD = "# A model\n\nIt has experts.\n"

Made = tuple[Mapping[str, Any], list[Tensor]]
"""A config, and the tensors that belong to it, without shards."""


@dataclass(frozen=True)
class Model:
    """`make` is called where the repo is needed, `name` is how the tables call it, `id` how the Hub does."""

    name: str
    id: str
    shards: int
    make: Callable[[], Made]

    def repo(self) -> HubRepo:
        """As it is published: config, card, shards with genuine headers, index."""
        config, tensors = self.make()
        shards: dict[str, list[Tensor]] = {}
        for place, tensor in enumerate(tensors):
            shard = f"model-{place * self.shards // len(tensors) + 1:05d}-of-{self.shards:06d}.safetensors"
            shards.setdefault(shard, []).append(tensor)
        files = {"config.json": HubFile.of(json.dumps(config, indent=2)), "README.md": HubFile.of(CARD)}
        files |= {name: shard_file(held) for name, held in shards.items()}
        files["model.safetensors.index.json"] = HubFile.of(
            json.dumps(
                {
                    "metadata": {"total_size": sum(files[name].size - len(files[name].head) for name in shards)},
                    "weight_map": {tensor.name: name for name, held in shards.items() for tensor in held},
                },
                indent=2,
            )
        )
        return HubRepo(self.id, files)


def recorded(fixture: str) -> Made:
    path = ROOT / "fixtures" / f"{fixture}.evidence.json"
    evidence = read_evidence(path.read_bytes(), path.name)
    assert evidence.headers is not None and evidence.config is not None
    return evidence.config.data, list(evidence.headers.expand())


LAYERS, EXPERTS = 100, 3_330


def made_up() -> Made:
    """Qwen3-30B-A3B's layers, so many of them and of their experts that there are a million names."""
    config, tensors = recorded("Qwen--Qwen3-30B-A3B")
    return {**config, "num_hidden_layers": LAYERS, "num_experts": EXPERTS}, list(_multiplied(tensors))


def _multiplied(tensors: list[Tensor]) -> Iterator[Tensor]:
    layer, expert = "model.layers.0.", "model.layers.0.mlp.experts.0."
    yield from (tensor for tensor in tensors if not tensor.name.startswith("model.layers."))
    first = [tensor for tensor in tensors if tensor.name.startswith(layer)]
    for number in range(LAYERS):
        at = f"model.layers.{number}."
        for tensor in first:
            rest = tensor.name.removeprefix(layer)
            if tensor.name.endswith("mlp.gate.weight"):
                assert tensor.shape is not None
                yield tensor._replace(name=at + rest, shape=(EXPERTS, *tensor.shape[1:]))
            elif not rest.startswith("mlp.experts."):
                yield tensor._replace(name=at + rest)
        for tensor in (tensor for tensor in first if tensor.name.startswith(expert)):
            words = tensor.name.removeprefix(expert)
            yield from (tensor._replace(name=f"{at}mlp.experts.{place}.{words}") for place in range(EXPERTS))


def _known(name: str, id: str, shards: int) -> Model:
    return Model(name, id, shards, partial(recorded, id.replace("/", "--")))


DEEPSEEK = _known("DeepSeek-V3", "deepseek-ai/DeepSeek-V3", 139)
MODELS = (
    _known("Mixtral-8x7B", "mistralai/Mixtral-8x7B-v0.1", 19),
    _known("gpt-oss-20b", "openai/gpt-oss-20b", 3),
    _known("Qwen3-30B-A3B", "Qwen/Qwen3-30B-A3B", 16),
    DEEPSEEK,
    Model("1,000 shards", "made-up/thousand-shards", 1000, DEEPSEEK.make),
    Model("a million names", "made-up/million-names", 64, made_up),
)


def lay_out(model: Model, folder: Path, *, weights: bool = True) -> Path:
    """The repo as a folder on disk, weights sparse or left out."""
    folder.mkdir(parents=True)
    for name, file in model.repo().files.items():
        if weights or not name.endswith(".safetensors"):
            with (folder / name).open("wb") as out:
                out.write(file.head)
                out.truncate(file.size)
    return folder
