"""A repo with transformers' config.json, and Mistral's own layout beside it where a release has both."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from moeaudit.errors import NothingToAudit, Place
from moeaudit.evidence.model import JsonFile, Role
from moeaudit.evidence.repo import PARAMS, Repo
from moeaudit.evidence.repo_reader import RepoReader
from moeaudit.evidence.shard_sets import SECOND_LAYOUT

if TYPE_CHECKING:
    from moeaudit.evidence.formats import Follow
    from moeaudit.evidence.headers import Progress
    from moeaudit.evidence.reader import Reader


class ConfigReader(RepoReader):
    """The config is read as a witness, and params.json as another where weights in its layout are there too."""

    @cached_property
    def config(self) -> JsonFile | None:
        found = super().config
        if found is not None:
            check_whose(found, self.repo.model.id)
        return found

    def roles(self) -> dict[str, Role]:
        both = PARAMS in self.listing and any(file.startswith(SECOND_LAYOUT) for file in self.listing)
        return {PARAMS: Role.PARAMS} if both else {}


def check_whose(config: JsonFile, model: str) -> None:
    """NothingToAudit for a config.json of TensorRT-LLM, whose tensors are cut up by rank: an engine's (its
    `pretrained_config` beside a `build_config`, of 2023 a `builder_config` beside a `plugin_config`) or a converted
    checkpoint's (`architecture`, `mapping` of ranks)."""
    data = config.data
    pairs = (("pretrained_config", "build_config"), ("builder_config", "plugin_config"))
    engine = any(isinstance(data.get(one), Mapping) and other in data for one, other in pairs)
    converted = isinstance(data.get("architecture"), str) and isinstance(data.get("mapping"), Mapping)
    if engine or (converted and "model_type" not in data):
        what = "an engine, compiled for one kind of machine" if engine else "a checkpoint cut up by rank"
        raise NothingToAudit(
            f"the config.json is TensorRT-LLM's, of {what}", place=Place(model), hint="Audit the repo it was made from."
        )


def open_config(repo: Repo, progress: Progress, follow: Follow) -> Reader:
    return ConfigReader(repo, progress)
