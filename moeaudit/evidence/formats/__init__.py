"""What kind of repo a listing is, by the names of its files alone: the first row that recognises it reads it.

A format is one file of this package: what it recognises stands in its row here, how it is read in its own module,
which is loaded only where the row is met. What no row recognises is named for what it is (`others.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from importlib import import_module
from typing import TYPE_CHECKING

from moeaudit.evidence.repo import ADAPTER, CONFIG, PARAMS, PIPELINE, Repo
from moeaudit.later import dataclass

if TYPE_CHECKING:
    from moeaudit.evidence.headers import Progress
    from moeaudit.evidence.reader import Reader

Follow = Callable[[str], "Reader"]
"""Opens another model that a document names, from where this one was had: the Hub, or without the network."""


@dataclass(frozen=True)
class Format:
    """One kind of repo. `opens`: "module:function" of this package, a function of the repo, whoever is told about
    headers read, and how to follow a name."""

    name: str
    recognises: Callable[[Collection[str]], bool]
    opens: str

    def open(self, repo: Repo, progress: Progress, follow: Follow) -> Reader:
        module, function = self.opens.split(":")
        made: Reader = getattr(import_module(f"{__name__}.{module}"), function)(repo, progress, follow)
        return made


def holds(file: str) -> Callable[[Collection[str]], bool]:
    """Recognises a repo by a file of its root."""
    return lambda listing: file in listing


def ends(*suffixes: str) -> Callable[[Collection[str]], bool]:
    """Recognises a repo by how a file's name ends, in its root."""
    return lambda listing: any(file.endswith(suffixes) for file in listing if "/" not in file)


def alone(suffix: str, *others: str) -> Callable[[Collection[str]], bool]:
    """Recognises a repo by a file of its root or of a folder in it, where none has a name that ends otherwise."""

    def recognised(listing: Collection[str]) -> bool:
        near = [file for file in listing if file.count("/") <= 1 and not file.startswith(".")]
        found = any(file[-len(suffix) :].casefold() == suffix for file in near)
        return found and not any(file.endswith(others) for file in near)

    return recognised


WEIGHTS = (".safetensors", ".bin", ".pt", ".pth", ".index.json")
"""How weights end that are no converted ones."""

FORMATS: tuple[Format, ...] = (
    Format("GGUF alone", alone(".gguf", *WEIGHTS), "gguf_reader:open_gguf"),
    Format("a config.json of transformers", holds(CONFIG), "transformers:open_config"),
    Format("Mistral's params.json", holds(PARAMS), "params:open_params"),
    Format("an adapter", holds(ADAPTER), "adapter:open_adapter"),
    Format("a pipeline", holds(PIPELINE), "pipeline:open_pipeline"),
    Format("safetensors alone", ends(".safetensors", ".safetensors.index.json"), "weights:open_safetensors"),
    Format("pickled weights alone", holds("pytorch_model.bin.index.json"), "weights:open_pickled"),
)
"""In the order of preference: what describes a model before what only holds its weights. A config.json beside GGUF
files alone is their origin's."""


def format_of(listing: Collection[str]) -> Format | None:
    """The kind of repo that a listing is; None where it is none that is read."""
    return next((one for one in FORMATS if one.recognises(listing)), None)


def reader_of(repo: Repo, progress: Progress, follow: Follow, choice: str = "") -> Reader:
    """The reader of a repo, by its listing. `choice`: which of its GGUF files is meant, whatever else it holds.
    NothingToAudit where it is of a kind that is only named, NoEvidence where nothing in it describes a model."""
    if choice:
        from moeaudit.evidence.formats.gguf_reader import open_gguf

        return open_gguf(repo, progress, follow, choice)
    found = format_of(repo.listing)
    if found is None:
        from moeaudit.evidence.formats.others import refusal

        raise refusal(repo.model.id, repo.listing)
    return found.open(repo, progress, follow)
