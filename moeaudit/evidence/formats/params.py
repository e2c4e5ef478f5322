"""Mistral's own layout: params.json is the config, `consolidated*.safetensors` the weights."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from moeaudit.evidence.model import Role
from moeaudit.evidence.repo import PARAMS, Repo
from moeaudit.evidence.repo_reader import RepoReader
from moeaudit.evidence.shard_sets import SECOND_LAYOUT, ShardSet, unindexed
from moeaudit.evidence.weight_index import CONSOLIDATED_INDEX

if TYPE_CHECKING:
    from moeaudit.evidence.formats import Follow
    from moeaudit.evidence.headers import Progress
    from moeaudit.evidence.reader import Reader


class ParamsReader(RepoReader):
    """Only weights that begin as the layout's do are the model's own, where there are any."""

    indexes = (CONSOLIDATED_INDEX, *RepoReader.indexes)

    def roles(self) -> dict[str, Role]:
        return {PARAMS: Role.PARAMS}

    def unindexed(self, files: Iterable[str]) -> ShardSet:
        found = list(files)
        return unindexed([file for file in found if file.startswith(SECOND_LAYOUT)] or found)


def open_params(repo: Repo, progress: Progress, follow: Follow) -> Reader:
    return ParamsReader(repo, progress)
