"""Compares what the newest transformers, vLLM, SGLang and mlx-lm serve with the catalogue, and writes docs/coverage.md.

    python tools/watch.py                    fetch the newest wheels (nothing is installed) and write the page
    python tools/watch.py --wheels FOLDER    the same for wheels that lie there

It fails for nothing but a library whose sources have moved: new types are work, not a broken build.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

from moeaudit.architecture.catalogue import BY_CLASS, BY_NAME
from moeaudit.architecture.spelling import DRAFT, by_class, by_type, frame, refusal
from tools.watching.names import DENSE, OTHERWISE
from tools.watching.sources import LIBRARIES, Library, Served, sources

PAGE = Path(__file__).resolve().parents[2] / "docs/coverage.md"

HEAD = """# Coverage

What the newest releases of four libraries serve with routed experts, held against the catalogue. Written by
`python tools/watch.py`, which reads the sources in their wheels; a module counts that routes tokens to experts or
builds on the decoder of one that does, so some names here are dense members of a sparse lineage.

- **new**: not looked at yet; each ends as one of the others.
- **refused**: no public source describes it whole; `docs/families.md` says where that was looked for.
- **frame**: its language model is read from its own section, its encoders are not counted, and that is said.
- **alias**: read as the row that is named, by its letters or its class.
- **otherwise**: no config.json has this name; what is read in its place is named.
- **dense**: has no experts, and a config of it is called dense.
- **part**: a tower, a draft or a wrapper, no model by itself.
- **known**: a row of the catalogue, with its witness in `docs/families.md`.

"""


@dataclass(frozen=True)
class Found:
    """One served name and what the catalogue says of it."""

    library: str
    served: Served
    status: str
    note: str


PARTS = re.compile(
    r"^Transformers|(?:Vision|Audio)(?:Model|Encoder)?$|_(?:vision|audio|talker|assistant)(?:_|$)|_encoder$|_backbone$"
)
"""Names of what is no model by itself: towers, and wrappers around any model of transformers."""

STATUSES = ("new", "refused", "frame", "alias", "otherwise", "dense", "part", "known")


def status_of(served: Served) -> tuple[str, str]:
    """(one of STATUSES, what of)."""
    row = BY_CLASS.get(served.name) if served.is_class else BY_NAME.get(served.name)
    if row is not None:
        return "known", row.name
    for status, names in (("dense", DENSE), ("otherwise", OTHERWISE)):
        if served.name in names:
            return status, names[served.name]
    if PARTS.search(served.name) or (served.is_class and DRAFT.search(served.name)):
        return "part", ""
    written = ("", served.name) if served.is_class else (served.name, "")
    if (refused := refusal(*written)) is not None:
        return "refused", refused.reason
    if (held := frame(*written)) is not None:
        return "frame", held.reason
    like = by_class(served.name, {}) if served.is_class else by_type(served.name, {})
    return ("alias", f"{like[1]} {like[0].name}") if like else ("new", "")


def compared(library: Library, wheel: Path) -> Iterator[Found]:
    with ZipFile(wheel) as opened:
        for served in library.read(sources(opened, library.within)):
            yield Found(library.package, served, *status_of(served))


def fetched(library: Library, folder: Path) -> Path:
    """The newest wheel of a library, below `folder`. RuntimeError with pip's last line where it cannot be had."""
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:", "--quiet"]
    done = subprocess.run(
        [*command, "--dest", str(folder), library.package], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{library.package}: {' '.join(done.stderr.strip().splitlines()[-1:])}")
    return wheel_in(library, folder)


def wheel_in(library: Library, folder: Path) -> Path:
    """The wheel of a library in a folder, the latest to be written; RuntimeError where there is none."""
    stem = library.package.replace("-", "_")
    found = max(folder.glob(f"{stem}-*.whl"), key=lambda path: path.stat().st_mtime, default=None)
    if found is None:
        raise RuntimeError(f"{folder} holds no {stem}-*.whl; without --wheels the newest is fetched")
    return found


def page(found: list[Found], wheels: dict[str, Path]) -> str:
    versions = ", ".join(f"{name} {path.name.split('-')[1]}" for name, path in wheels.items())
    lines = [HEAD, f"Held against: {versions}.\n"]
    lines.append("| library | " + " | ".join(STATUSES) + " |\n|---|" + "---:|" * len(STATUSES))
    for name in wheels:
        counts = [sum(one.library == name and one.status == kind for one in found) for kind in STATUSES]
        lines.append(f"| {name} | " + " | ".join(map(str, counts)) + " |")
    for kind in STATUSES:
        chosen = sorted(
            {(one.served.name, one.library, one.served.file, one.note) for one in found if one.status == kind}
        )
        lines += [f"\n## {kind.capitalize()}\n", "| name | library | file | |", "|---|---|---|---|"] if chosen else []
        lines += [f"| `{name}` | {library} | {file} | {note} |" for name, library, file, note in chosen]
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python tools/watch.py", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--wheels", type=Path, help="a folder with the four wheels; nothing is fetched")
    parser.add_argument("-o", "--output", type=Path, default=PAGE)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = options.wheels or Path(made)
        try:
            wheels = {one.package: (wheel_in if options.wheels else fetched)(one, folder) for one in LIBRARIES}
        except RuntimeError as error:
            parser.exit(1, f"{error}\n")
        found = [one for library in LIBRARIES for one in compared(library, wheels[library.package])]
    options.output.write_text(page(found, wheels))
    for name in sorted({one.served.name for one in found if one.status == "new"}):
        print(f"new: {name}")
    return 0
