"""Which of a repo's weight files are the model and which lie beside it, by their names alone.

Writers number their shards in many ways: `model-00001-of-000163`, `model.safetensors-00009-of-00014.safetensors`,
`quant_model_weights-00071-of-00179`, or not as a whole (`model_pp0_ep0_shard1` with `model_mtp`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from itertools import groupby

from moeaudit.evidence.weight_index import SHARD
from moeaudit.later import dataclass, expression
from moeaudit.limits import SHARDS
from moeaudit.text import quoted

SUFFIX = ".safetensors"
SINGLE = "model.safetensors"

NUMBERED = expression(r"(?P<stem>.+)-(?P<number>[0-9]{1,6})-of-(?P<total>[0-9]{1,6})\.(?P<suffix>safetensors|bin)")
"""One shard of a set. Zeros in front do not matter: five and six digits are found in one name."""

SECOND_LAYOUT = "consolidated"
"""How the files of Mistral's own layout begin; they lie beside those that the config describes."""

STEMS = ("model", "model.safetensors", "pytorch_model")
"""How the names of the model's own set begin, in the order of preference; then any other."""


@dataclass(frozen=True)
class ShardSet:
    """The weight files of one model: those that are there, and those that its index or its numbering calls for besides.

    `loose`: nothing says that the files belong together but that they are all there is.
    """

    files: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    loose: bool = False


@dataclass(frozen=True)
class Numbering:
    """The shards `stem-I-of-TOTAL` that are there, by I."""

    stem: str
    total: int
    files: dict[int, str]

    @property
    def expected(self) -> range:
        """Numbers count from 1; where the first is there and the last is not, from 0."""
        return range(self.total) if 0 in self.files and self.total not in self.files else range(1, self.total + 1)

    @property
    def complete(self) -> bool:
        return len(self.files) >= self.total and all(number in self.files for number in self.expected)

    def shards(self) -> ShardSet:
        matches = [match for file in self.files.values() if (match := NUMBERED.fullmatch(file))]
        width, total = min(len(match["number"]) for match in matches), matches[0]["total"]
        missing = (
            f"{self.stem}-{number:0{width}d}-of-{total}{SUFFIX}" for number in self.expected if number not in self.files
        )
        return ShardSet(tuple(self.files.values()), tuple(missing))


def weight_files(listing: Collection[str]) -> list[str]:
    """The safetensors files of a listing that may be the model's: all but adapters."""
    adapted = {file.rpartition("/")[0] for file in listing if file.endswith("/adapter_config.json")}
    return sorted(
        file
        for file in listing
        if file.endswith(SUFFIX) and not is_adapter(file) and file.rpartition("/")[0] not in adapted
    )


def is_near(file: str) -> bool:
    """Whether a file stands in the repo's root or a direct subfolder; deeper ones are a training run's. Its name is a
    path inside the repo, as an index must write it."""
    return file.count("/") <= 1 and not file.startswith(".") and SHARD.fullmatch(file) is not None


def is_adapter(file: str) -> bool:
    """Whether a file adapts the model and is no part of it (`adapter_model.safetensors`, `adapters.safetensors`)."""
    return file.rpartition("/")[2].startswith("adapter")


def unindexed(files: Iterable[str]) -> ShardSet:
    """The model's own among `files` where no index says so: the single file, a numbered set, or all there are.

    A complete numbered set is preferred to others, and Mistral's own layout comes last. Only files of the root count.
    """
    root = sorted(file for file in files if "/" not in file)
    if SINGLE in root:
        return ShardSet((SINGLE,))
    numberings = sorted(numbered(root), key=_rank)
    if numberings:
        return numberings[0].shards()
    own = [file for file in root if not file.startswith(SECOND_LAYOUT)] or root
    return ShardSet(tuple(sorted(own, key=lambda file: (not file.startswith(STEMS), file))), loose=len(own) > 1)


def numbered(files: Iterable[str]) -> list[Numbering]:
    """The numbered sets among `files`, complete or not. A number that is there twice counts by its first name."""
    found: dict[tuple[str, int], Numbering] = {}
    for file in files:
        match = NUMBERED.fullmatch(file)
        if match and int(match["number"]) <= int(match["total"]) <= SHARDS and int(match["total"]):
            key = match["stem"], int(match["total"])
            found.setdefault(key, Numbering(*key, {})).files.setdefault(int(match["number"]), file)
    return list(found.values())


def grouped(files: Iterable[str]) -> list[list[str]]:
    """Files that belong together by their names: of one folder, alike but for numbers, and of one total."""
    groups: dict[tuple[str, int | None], list[str]] = {}
    for file in sorted(files):
        match = NUMBERED.fullmatch(file)
        key = (match["stem"], int(match["total"])) if match else (re.sub("[0-9]+", "0", file), None)
        groups.setdefault(key, []).append(file)
    return list(groups.values())


def in_words(files: Collection[str]) -> str:
    """By their numbers, `shards 3, 7-9 of 16`, where they are of one set; else the first name and how many more."""
    matches = [NUMBERED.fullmatch(file) for file in sorted(files)]
    sets = {(match["stem"], int(match["total"])) if match else None for match in matches}
    if len(sets) == 1 and None not in sets:
        numbers = sorted({int(match["number"]) for match in matches if match})
        total = max(int(match["total"]) for match in matches if match)
        runs = [list(run) for _, run in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0])]
        listed = ", ".join(f"{run[0][1]}-{run[-1][1]}" if len(run) > 1 else str(run[0][1]) for run in runs)
        return f"shard{'s' if len(numbers) > 1 else ''} {listed} of {total}"
    more = f" and {len(files) - 1} more" if len(files) > 1 else ""
    return f"{quoted(min(files))}{more}"


def _rank(numbering: Numbering) -> tuple[bool, bool, int, int, str]:
    """The model's own set first: not of a second layout, complete, of a common name, large."""
    place = STEMS.index(numbering.stem) if numbering.stem in STEMS else len(STEMS)
    second = numbering.stem.startswith(SECOND_LAYOUT)
    return second, not numbering.complete, place, -len(numbering.files), numbering.stem
