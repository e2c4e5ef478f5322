"""Which GGUF files of a listing are one model, and which of several quantisations is meant, by their names alone.

`name-Q4_K_M.gguf`, or `name-Q4_K_M-00001-of-00003.gguf` in parts (llama-gguf-split), in the root or in a folder for
each quantisation. Encoders lie in a file of their own (`mmproj-…`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from moeaudit.errors import NoEvidence, Place, UsageError
from moeaudit.later import dataclass, expression
from moeaudit.limits import GGUF_FILES
from moeaudit.text import quoted

SUFFIX = ".gguf"

PART = expression(r"(?P<stem>.+)-(?P<number>[0-9]{5})-of-(?P<total>[0-9]{5})\.(?i:gguf)")
"""One part of a model, as llama-gguf-split numbers them, from 1."""

MIX = expression(
    r"(?:^|[-_./])(?P<mix>(?:UD-)?(?:I?Q[0-9](?:_[0-9A-Z]+)*|TQ[0-9]_[0-9]|BF16|F16|F32|MXFP4(?:_MOE)?|NVFP4))$",
)
"""The quantisation that a file's name ends with, in capitals."""

PREFERRED = "Q4_K_M"
"""Taken where nobody chooses, as llama.cpp's own `-hf` does; else the first by name."""

BESIDE = expression(r"(?:^|[-_.])(?:mmproj|imatrix|lora|vocab)(?:[-_.]|$)")
"""Words in the names of files that are not a language model's, in small letters."""


@dataclass(frozen=True)
class GgufSet:
    """One model: its files in order, those that their numbering calls for besides, and what to call it."""

    stem: str
    files: tuple[str, ...]
    missing: tuple[str, ...] = ()

    @property
    def mix(self) -> str:
        """The quantisation by its name; empty where the name says none."""
        base = self.stem.upper()
        found = MIX.search(base) or MIX.search(base.rpartition("/")[0])
        return found["mix"] if found else ""

    @property
    def name(self) -> str:
        return self.mix or self.stem.rpartition("/")[2]

    def is_called(self, choice: str) -> bool:
        """Whether a choice means it: a quantisation, a file, or a folder."""
        wanted = choice.casefold().removesuffix(SUFFIX)
        stem = self.stem.casefold()
        names = {self.mix.casefold(), self.mix.casefold().removeprefix("ud-"), stem, stem.rpartition("/")[2]}
        return wanted in names or f"{wanted}{SUFFIX}" in {one.casefold() for one in self.files}


def sets_of(listing: Iterable[str]) -> list[GgufSet]:
    """The models among files of the root and its folders, in the order of their names."""
    parts: dict[tuple[str, str], dict[int, str]] = {}
    found = []
    for file in sorted(listing):
        if not is_gguf(file) or file.count("/") > 1 or file.startswith(".") or is_beside(file):
            continue
        match = PART.fullmatch(file)
        if match and 0 < int(match["number"]) <= int(match["total"]):
            parts.setdefault((match["stem"], match["total"]), {})[int(match["number"])] = file
        else:
            found.append(GgufSet(file[: -len(SUFFIX)], (file,)))
    for (stem, total), there in parts.items():
        if int(total) > GGUF_FILES:
            raise UsageError(f"a model in {GGUF_FILES.words()}", place=Place(stem), hint="No published one is.")
        lacking = [number for number in range(1, int(total) + 1) if number not in there]
        missing = tuple(f"{stem}-{number:05d}-of-{total}{SUFFIX}" for number in lacking)
        found.append(GgufSet(stem, tuple(there[number] for number in sorted(there)), missing))
    return sorted(found, key=lambda one: one.stem)


def is_gguf(file: str) -> bool:
    """Whether a file is named as GGUF files are, in small letters or capitals."""
    return file[-len(SUFFIX) :].casefold() == SUFFIX


def is_beside(file: str) -> bool:
    return BESIDE.search(file.rpartition("/")[2].casefold().removesuffix(SUFFIX)) is not None


def chosen(found: Sequence[GgufSet], choice: str, model: str) -> GgufSet:
    """The set that is meant. UsageError for a choice that means none or several of them."""
    if choice:
        meant = [one for one in found if one.is_called(choice)]
        if len(meant) == 1:
            return meant[0]
        said = "means several of" if meant else "is none of"
        raise UsageError(
            f"{quoted(choice)} {said} its GGUF files",
            place=Place(model),
            hint=f"There are: {names_of(meant or found, files=bool(meant))}." if found else "It holds none.",
        )
    if not found:
        raise NoEvidence("no GGUF file of a language model", place=Place(model), hint="Name the file itself.")
    whole = [one for one in found if not one.missing] or found
    return next((one for one in whole if one.mix == PREFERRED), whole[0])


def names_of(found: Iterable[GgufSet], *, files: bool = False) -> str:
    """What may be chosen, by name."""
    names = list(dict.fromkeys(one.stem if files else one.name for one in found))
    more = f" and {len(names) - MOST} more" if len(names) > MOST else ""
    return ", ".join(ascii(name)[1:-1] for name in names[:MOST]) + more


MOST = 12
"""Quantisations that a line names."""
