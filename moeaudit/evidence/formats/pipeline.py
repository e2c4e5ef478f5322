"""A pipeline of diffusers: model_index.json names folders, each a part with weights of its own.

Source: diffusers, pipelines/pipeline_utils.py (`[library, class]` for each part; what is null is left out).
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from moeaudit.errors import AuditError, NoEvidence, Place, Transient, UsageError
from moeaudit.evidence.formats.subrepo import SubRepo
from moeaudit.evidence.formats.transformers import ConfigReader
from moeaudit.evidence.formats.weights import WeightsReader
from moeaudit.evidence.model import Depth, Evidence, EvidenceFile, Part, Role
from moeaudit.evidence.reader import Reader
from moeaudit.evidence.repo import CONFIG, PIPELINE, WEIGHTS, Repo
from moeaudit.evidence.repo_reader import RepoReader
from moeaudit.evidence.shard_sets import SUFFIX
from moeaudit.later import expression
from moeaudit.limits import PIPELINE_PARTS

if TYPE_CHECKING:
    from moeaudit.evidence.formats import Follow
    from moeaudit.evidence.headers import Progress


class PipelineIndex(RepoReader):
    """The pipeline's own files: its description and its card. Weights of the root are no part of it."""

    def weight_files(self) -> list[str]:
        return []

    def roles(self) -> dict[str, Role]:
        return {PIPELINE: Role.PIPELINE}


class PartReader(WeightsReader):
    """A part by its headers alone: no config of diffusers says what its tensors are."""

    def weight_files(self) -> list[str]:
        return [file for file in super().weight_files() if "/" not in file]


class PipelineReader(Reader):
    """Every part is read as deep as it takes to count it; there is nothing deeper to ask for."""

    def __init__(self, repo: Repo, progress: Progress) -> None:
        self.repo, self.progress = repo, progress
        self.index = PipelineIndex(repo, progress)

    @property
    def first(self) -> Depth:
        return Depth.HEADERS

    def has(self, depth: Depth) -> bool:
        return False

    def read(self, depth: Depth) -> Evidence:
        return self.whole

    @cached_property
    def whole(self) -> Evidence:
        top = self.index.read(Depth.CONFIG)
        parts, files = [], list[EvidenceFile](top.files)
        for name in self.folders(top):
            found = self.part(name)
            files += [replace(file, file=f"{name}/{file.file}") for file in found.files]
            parts.append(Part(name, replace(found, files=(), card=None, passed_over=())))
        self.repo.keep(complete=True)
        return replace(top, parts=tuple(parts), files=tuple(files))

    def folders(self, top: Evidence) -> list[str]:
        """The folders that the description names and that hold a model, or should: those of a tokenizer or a
        scheduler aside."""
        document = top.document(Role.PIPELINE)
        assert document is not None
        split = map(parted, self.repo.listing)
        there = {folder for folder, _, name in split if name == CONFIG or WEIGHTS.fullmatch(name)}
        folders = {folder for folder, slash, _ in map(parted, self.repo.listing) if slash}
        named = [
            name
            for name, value in document.data.items()
            if is_part(value) and (name in there or (name not in folders and holds_weights(name, value[1])))
        ]
        if len(named) > PIPELINE_PARTS:
            raise UsageError(
                f"the pipeline has {PIPELINE_PARTS.words()}",
                place=Place(document.file),
                hint="No published one has as many.",
            )
        return named

    def part(self, name: str) -> Evidence:
        """What can be read of a part: its headers where it has any, its config where it has one."""
        repo = SubRepo(self.repo, name)
        weights = any(file.endswith(SUFFIX) and "/" not in file for file in repo.listing)
        try:
            if weights:
                return PartReader(repo, self.progress).read(Depth.HEADERS)
            return ConfigReader(repo, self.progress).read(Depth.CONFIG)
        except Transient:
            raise
        except NoEvidence:
            if CONFIG not in repo.listing:
                return Evidence(self.repo.model)
            return ConfigReader(repo, self.progress).read(Depth.CONFIG)
        except AuditError as error:
            at = error.place
            if at is not None and at.file.partition(" (")[0] in repo.listing:
                error.place = Place(f"{name}/{at.file}", at.line, at.column, at.path)
            raise


def parted(file: str) -> tuple[str, str, str]:
    """A path as its first folder, a slash, and the rest."""
    return file.partition("/")


WEIGHTLESS = expression(r"(?:.*(?:Scheduler|Tokenizer(?:Fast)?|Processor|FeatureExtractor|Guider|Guidance))")
"""Classes of parts that have no weights, by how their names end."""

NAME = expression(r"[A-Za-z][A-Za-z0-9_]{0,63}")
"""What parts are called: arguments of a pipeline's class."""


def holds_weights(name: str, kind: str) -> bool:
    """Whether a part of which no file is there is one that should have weights."""
    return NAME.fullmatch(name) is not None and WEIGHTLESS.fullmatch(kind) is None


def is_part(value: object) -> bool:
    """Whether an entry names a library and a class."""
    return isinstance(value, list) and len(value) == 2 and all(isinstance(word, str) for word in value)


def open_pipeline(repo: Repo, progress: Progress, follow: Follow) -> Reader:
    return PipelineReader(repo, progress)
