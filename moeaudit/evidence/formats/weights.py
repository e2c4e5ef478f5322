"""Weights that nothing describes: safetensors, whose headers say all there is, and pickled ones, which are never
opened: their index gives names and a size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moeaudit.evidence.model import Depth
from moeaudit.evidence.repo import Repo
from moeaudit.evidence.repo_reader import RepoReader

if TYPE_CHECKING:
    from moeaudit.evidence.formats import Follow
    from moeaudit.evidence.headers import Progress
    from moeaudit.evidence.reader import Reader


class WeightsReader(RepoReader):
    """Headers are the only witness."""

    @property
    def first(self) -> Depth:
        self.begin(Depth.HEADERS)
        return Depth.HEADERS


def open_safetensors(repo: Repo, progress: Progress, follow: Follow) -> Reader:
    return WeightsReader(repo, progress)


def open_pickled(repo: Repo, progress: Progress, follow: Follow) -> Reader:
    return RepoReader(repo, progress)
