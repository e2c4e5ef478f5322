"""Which files of a folder decide what is checked, when some come from the work tree and some from a base revision."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from moeaudit.audits.subjects import CONFIG
from moeaudit.evidence.evidence_file import SUFFIX as RECORDED
from moeaudit.evidence.files import WEIGHTS
from moeaudit.evidence.repo import DOCUMENTS, QUANTIZATION
from moeaudit.evidence.weight_index import FORMATS

READ = frozenset({CONFIG, QUANTIZATION, *DOCUMENTS, *FORMATS})
"""Files of a model's folder that are evidence, beside its weights."""


DESCRIBING = frozenset({CONFIG, *DOCUMENTS})
"""Of these, what says which model a folder is of."""

CONVERTED = ".gguf"
"""How files end that say so too, and hold the weights."""


def apart(target: str) -> tuple[str, str]:
    """Evidence as a path and the choice among its GGUF files, where a colon names one."""
    name, colon, choice = target.rpartition(":")
    return (name, choice) if colon and not os.path.lexists(target) and os.path.lexists(name) else (target, "")


def is_evidence(name: str) -> bool:
    return name.endswith(RECORDED) or is_read(name)


def is_read(name: str) -> bool:
    return name in READ or Path(name).suffix.lower() in WEIGHTS


def files_read(folder: Path) -> Iterator[Path]:
    """The files of a model's folder, and of those directly in it, that are evidence."""
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.is_dir() and not path.is_symlink() and not path.name.startswith("."):
            yield from (one for one in sorted(path.iterdir()) if is_read(one.name))
        elif is_read(path.name):
            yield path
