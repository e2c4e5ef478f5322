"""Records fixtures/*.evidence.json for named_systems.yaml:

    python tools/record/fixtures.py CORPUS [--headers TABLES] [ID…]

CORPUS is a folder with one folder a model (`org--name`): config.json, where published a weight index
(model.safetensors.index.json), a table of the headers (HEADER_COLLAPSED.tsv) or the shards' sizes, and a SOURCE.txt
that says where each is from. TABLES is another such folder, for tables of headers published apart from the configs:
`org--name/headers.tsv`, and the config.json printed with it, which is taken where CORPUS has no such model. Needs the
versions in requirements.txt where a table is synthesised. Equal input gives equal bytes; the folders' own paths never
get into a fixture.

What the tensor table of a fixture is:

- The real one, where an index or a published table of headers is at hand: a second witness. An index is recorded with
  its total_size and the digest of its names, which are those of the published file.
- Else a synthesised one: the config's shapes under the release's names, packed as the config says, in a field that says
  so (`headers.synthesised`). What the config leaves open (copies in prediction modules, `inv_freq` buffers) is settled
  by the published total of the Hub page; no file is written that misses it. `inspect` shows the table as synthesised
  and never as a witness that agrees. Where transformers knows the model, its own names and shapes are held against
  the derived ones at recording time, and the field says whether they were equal.
- None, where no published total settles what the config leaves open, and where the config at hand belongs to another
  storage format of the same model (`omit`): counts are ranges where they have to be.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import product
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from moeaudit.architecture.config import Config  # noqa: E402
from moeaudit.architecture.families import describe  # noqa: E402
from moeaudit.architecture.model import Architecture  # noqa: E402
from moeaudit.architecture.weights import Presence, Weight  # noqa: E402
from moeaudit.evidence.evidence_file import evidence_bytes  # noqa: E402
from moeaudit.evidence.model import Evidence, EvidenceFile, Index, JsonFile, ModelRef, Source  # noqa: E402
from moeaudit.evidence.outputs import write_whole  # noqa: E402
from moeaudit.evidence.tables import Tensor, TensorTable  # noqa: E402
from moeaudit.evidence.weight_index import read_index  # noqa: E402
from moeaudit.ledger.inspect import inspect_evidence  # noqa: E402
from moeaudit.ledger.packing import Storage  # noqa: E402
from moeaudit.ledger.values import Count  # noqa: E402
from moeaudit.vocabulary import Part  # noqa: E402

SYSTEMS = Path(__file__).with_name("named_systems.yaml")
INDEX, HEADERS, TABLE, SIZES, QUANTIZATION = (
    "model.safetensors.index.json",
    "HEADER_COLLAPSED.tsv",
    "headers.tsv",
    "LFS_SHARD_SIZES.tsv",
    "hf_quant_config.json",
)
HEADER_TABLE = "a published table of every tensor with its type and shape, read from the headers of the release's files"
PRINTED = "a published table of the release's headers, with which its config.json is printed"

Origins = Mapping[str, str]


@dataclass(frozen=True)
class System:
    """One row of named_systems.yaml."""

    name: str
    id: str
    folder: str = ""
    elements: int | None = None
    parameters: int | None = None
    claims: str = ""
    config: Mapping[str, Any] | None = None
    source: str = ""
    omit: tuple[str, ...] = ()
    plain: bool = False

    @property
    def file(self) -> str:
        return f"{self.id.replace('/', '--')}.evidence.json"


def systems() -> list[System]:
    rows = yaml.safe_load(SYSTEMS.read_text())["systems"]
    return [System(**{**row, "omit": tuple(row.get("omit", ()))}) for row in rows]


def record(system: System, corpus: Path, tables: Path | None) -> Evidence:
    """The evidence of one system, held against the published totals."""
    if system.config is not None:
        data = json.dumps(system.config, indent=2).encode()
        config = JsonFile("config.json", system.config)
        evidence = Evidence(
            ModelRef(system.id, Source.HUB), config, files=(file_of("config.json", data, system.source),)
        )
    else:
        folder = system.folder or system.id.replace("/", "--")
        table = tables and tables / folder / TABLE
        known = corpus / folder if table is None or (corpus / folder).exists() else table.parent
        evidence = with_published_table(from_folder(system, known), table)
    if evidence.index is None and evidence.headers is None and (system.plain or not system.omit):
        evidence = with_table(system, evidence)
    if not reproduces(system, evidence):
        raise SystemExit(f"{system.id}: the published total is not reproduced")
    return evidence


def from_folder(system: System, folder: Path) -> Evidence:
    """What the folder holds: config, quantisation, index and header table."""
    origins = sources(folder / "SOURCE.txt")
    less = f", less {', '.join(system.omit)}" if system.omit else ""
    files = [file_of("config.json", (folder / "config.json").read_bytes(), origins["config.json"] + less)]
    whole = json.loads((folder / "config.json").read_text())
    kept = {key: value for key, value in whole.items() if key not in system.omit}
    config = JsonFile("config.json", kept, omitted=() if system.plain else system.omit)
    evidence = Evidence(ModelRef(system.id, Source.HUB), config)
    if (folder / QUANTIZATION).exists() and not system.omit:
        data = (folder / QUANTIZATION).read_bytes()
        evidence = replace(evidence, quantization=JsonFile(QUANTIZATION, json.loads(data)))
        files.append(file_of(QUANTIZATION, data, origins[QUANTIZATION]))
    if (folder / INDEX).exists():
        data = (folder / INDEX).read_bytes()
        evidence = replace(evidence, index=read_index(data, INDEX))
        files.append(file_of(INDEX, data, origins[INDEX]))
    if (folder / HEADERS).exists():
        evidence = replace(evidence, headers=header_table(folder / HEADERS, evidence.index))
        files.append(file_of("headers", (folder / HEADERS).read_bytes(), origins[HEADERS]))
    return replace(evidence, files=tuple(files), shard_sizes=shard_sizes(folder / SIZES))


def with_published_table(evidence: Evidence, path: Path | None) -> Evidence:
    """The evidence with a table of headers that was published apart, where the corpus has none and one is there."""
    if evidence.headers is not None or path is None or not path.exists():
        return evidence
    file = file_of("headers", path.read_bytes(), HEADER_TABLE)
    return replace(evidence, headers=header_table(path, evidence.index), files=(*evidence.files, file))


def file_of(name: str, data: bytes, origin: str) -> EvidenceFile:
    return EvidenceFile(name, sha256(data).hexdigest(), len(data), origin)


def sources(path: Path) -> Origins:
    """SOURCE.txt: which public repository, commit and path each file is from; without one, it came with its table."""
    if not path.exists():
        return {"config.json": PRINTED}
    found: dict[str, str] = {}
    for line in path.read_text().splitlines():
        names, *rest = line.split("\t")
        if names == "NOTE" or len(rest) < 2:
            continue
        public = "/" in rest[0] and len(rest) == 3
        commit = re.search(r"[0-9a-f]{40}(?!.*[0-9a-f]{40})", rest[-1])
        origin = f"github:{rest[0]}@{commit[0]}:{rest[1]}" if public and commit else HEADER_TABLE
        found |= dict.fromkeys(names.split(","), origin)
    return found


def header_table(path: Path, index: Index | None) -> TensorTable:
    """Rows of (name pattern, type, shape), patterns with `{0-44}`, `{0:44:4}` or `{0,5,11-13}` for numbers; shards as
    in the index."""
    shards = {tensor.name: tensor.shard for tensor in index.table.expand()} if index else {}
    with path.open() as file:
        rows = list(csv.reader(file, delimiter="\t"))[1:]
    return TensorTable.collapse(
        Tensor(name, dtype, tuple(json.loads(shape)), shards.get(name))
        for pattern, dtype, shape in rows
        for name in pattern_names(pattern)
    )


def pattern_names(pattern: str) -> Iterator[str]:
    parts = re.split(r"\{([^}]+)\}", pattern)
    template = "{}".join(part.replace("{", "{{").replace("}", "}}") for part in parts[::2])
    for numbers in product(*(pattern_numbers(text) for text in parts[1::2])):
        yield template.format(*numbers)


def pattern_numbers(text: str) -> list[int]:
    found: list[int] = []
    for piece in text.split(","):
        first, *rest = map(int, re.split("[-:]", piece))
        last, step = (*rest, 1)[:2] if rest else (first, 1)
        found.extend(range(first, last + 1, step))
    return found


def shard_sizes(path: Path) -> dict[str, int]:
    if not path.exists():
        return {}
    rows = [line.split("\t") for line in path.read_text().splitlines()]
    return {name: int(size) for name, size in rows if name.endswith(".safetensors")}


def with_table(system: System, evidence: Evidence) -> Evidence:
    """The evidence with a synthesised table, where one is settled."""
    assert evidence.config is not None
    architecture = describe(Config(evidence.config.data))
    how = f"derived from config.json: {confirmation(evidence.config.data, architecture)}"
    if all(weight.presence is Presence.STORED for weight in architecture.weights):
        return replace(evidence, headers=implied(evidence, architecture.weights), synthesised=how)
    if system.elements is None and system.parameters is None:
        return evidence
    for settled in (lambda weight: False, lambda weight: weight.duplicate, lambda weight: True):
        weights = [weight for weight in architecture.weights if weight.presence is Presence.STORED or settled(weight)]
        how_settled = f"{how}; the published total settles the rest"
        made = replace(evidence, headers=implied(evidence, weights), synthesised=how_settled)
        if reproduces(system, made):
            return made
    return evidence


def implied(evidence: Evidence, weights: Iterable[Weight]) -> TensorTable:
    """The tensors that these weights are stored as."""
    assert evidence.config is not None
    storage = Storage.of(evidence.config.data, evidence.quantization.data if evidence.quantization else None)
    return TensorTable.collapse(
        Tensor(name, tensor.group.dtype, tensor.group.shape)
        for tensor in storage.pack(weights)
        for name in tensor.group.names()
    )


def confirmation(config: Mapping[str, Any], architecture: Architecture) -> str:
    """Whether transformers builds the same names and shapes, prediction modules aside: it has none."""
    import transformers
    from build import Built

    version = f"transformers {transformers.__version__}"
    try:
        built = Built(deepcopy(dict(config))).shapes  # reading a config fills its nested sections
    except (KeyError, LookupError):
        return f"names and shapes of moeaudit's own blocks, a model type unknown to {version}"
    derived = {
        name: weight.shape
        for weight in architecture.weights
        if weight.part is not Part.MTP and weight.presence is Presence.STORED
        for name in weight.names()
    }
    same = f"names and shapes as {version} builds them, stored as the config and its family say"
    if built == derived:
        return same
    if sorted(built.values()) == sorted(derived.values()):
        return f"shapes as {version} builds them, names as released, stored as the config and its family say"
    report(built, derived)
    return f"names and shapes of moeaudit's own blocks; {version} stores the model otherwise"


def report(built: Mapping[str, tuple[int, ...]], derived: Mapping[str, tuple[int, ...]]) -> None:
    for title, left, right in (("only transformers", built, derived), ("only derived", derived, built)):
        names = [name for name in left if left[name] != right.get(name)]
        print(f"  {title}: {len(names)}, such as {names[:3]}", file=sys.stderr)


def reproduces(system: System, evidence: Evidence) -> bool:
    """Whether the published totals, as far as there are any, come out."""
    derived = inspect_evidence(evidence).denominators
    published = (("stored.elements", system.elements), ("total.stored", system.parameters))
    return all(figure is None or derived[name] == Count(figure) for name, figure in published)


def main() -> None:
    options = argparse.ArgumentParser(description="Records fixtures/*.evidence.json for named_systems.yaml.")
    options.add_argument("corpus", type=Path)
    options.add_argument("ids", nargs="*")
    options.add_argument("--headers", type=Path)
    given = options.parse_intermixed_args()
    for system in systems():
        if given.ids and system.id not in given.ids:
            continue
        print(system.id, file=sys.stderr)
        write_whole(ROOT / "fixtures" / system.file, evidence_bytes(record(system, given.corpus, given.headers)))


if __name__ == "__main__":
    main()
