"""A repo with transformers' config.json, and Mistral's own layout beside it where a release has both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moeaudit.evidence.model import Role
from moeaudit.evidence.repo import PARAMS, Repo
from moeaudit.evidence.repo_reader import RepoReader
from moeaudit.evidence.shard_sets import SECOND_LAYOUT

if TYPE_CHECKING:
    from moeaudit.evidence.formats import Follow
    from moeaudit.evidence.headers import Progress
    from moeaudit.evidence.reader import Reader


class ConfigReader(RepoReader):
    """The config is read as a witness, and params.json as another where weights in its layout are there too."""

    def roles(self) -> dict[str, Role]:
        both = PARAMS in self.listing and any(file.startswith(SECOND_LAYOUT) for file in self.listing)
        return {PARAMS: Role.PARAMS} if both else {}


def open_config(repo: Repo, progress: Progress, follow: Follow) -> Reader:
    return ConfigReader(repo, progress)
