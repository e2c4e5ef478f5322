"""Each limit at its edge: a function that gives so many of what it counts to whoever reads them, and says how it ended.

The line of the error or notice; where a limit only cuts, `CUT` where something was left out. Anything else, such as
what else is wrong with a file of zeros, is "".
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any
from unittest import mock

from moeaudit import limits
from moeaudit.errors import AuditError, Exit
from moeaudit.limits import Limit
from tests.hostile import edges_gguf, edges_network, edges_rooms
from tests.hostile.case import configured, put, sparse
from tests.hostile.moved import CUT, Edge, moved
from tests.scaling.axes import SMALL

CLAIMS = "schema: moeaudit/claims/v1\nmodel: {id: org/small}\n"


def line(work: Callable[[], object], words: str) -> str:
    """The error that has these words; it is one of usage."""
    try:
        work()
    except AuditError as error:
        if words in str(error):
            assert error.exit_code is Exit.USAGE
            return str(error)
    return ""


def sized(limit: Limit, read: Callable[[Path], object], name: str = "file") -> Edge:
    """A file of so many bytes, all holes."""

    def edge(size: int, folder: Path) -> str:
        path = folder / name
        put(path, sparse(size))
        return line(lambda: read(path), limit.words())

    return edge


def raised(limit: Limit, read: Callable[[int], object]) -> Edge:
    return lambda count, folder: line(lambda: read(count), limit.words())


def placed(limit: Limit, read: Callable[[int, Path], object]) -> Edge:
    """The same of what is read of a folder."""
    return lambda count, folder: line(lambda: read(count, folder), limit.words())


def index_file(path: Path) -> object:
    from moeaudit.evidence.model import Depth
    from moeaudit.evidence.reader import open_reader

    put(path.parent / "config.json", configured())
    return open_reader(str(path.parent)).read(Depth.INDEX)


def document_file(path: Path) -> object:
    from moeaudit.evidence.model import Depth
    from moeaudit.evidence.reader import open_reader

    return open_reader(str(path.parent)).read(Depth.CONFIG)


def pipeline_parts(count: int, folder: Path) -> object:
    """A pipeline of so many folders, each with a config."""
    from moeaudit.evidence.model import Depth
    from moeaudit.evidence.reader import open_reader

    names = [f"part_{number}" for number in range(count)]
    put(folder / "model_index.json", json.dumps({name: ["diffusers", "AutoencoderKL"] for name in names}))
    for name in names:
        (folder / name).mkdir()
        put(folder / name / "config.json", "{}")
    return open_reader(str(folder)).read(Depth.HEADERS)


def opened(path: Path) -> object:
    from moeaudit.evidence.reader import open_reader

    return open_reader(str(path))


def called(place: str) -> Callable[[Path], object]:
    """A function that takes a path, by its module and name, loaded when it is needed."""
    module, _, name = place.rpartition(".")
    return partial(_call, module, name)


def _call(module: str, name: str, path: Path) -> object:
    return getattr(import_module(module), name)(path)


def settings(path: Path) -> object:
    from moeaudit.audits.settings import read_settings

    return read_settings(path.parent)


def packet(path: Path) -> object:
    from moeaudit.cli.verifying import verified

    return verified(path, None, None, offline=True)


def json_values(limit: Limit) -> Edge:
    """An object of so many values, keys included: three signs, and one for each further value."""
    from moeaudit.evidence.json_text import read_object

    return raised(limit, lambda count: read_object(b'{"a":[' + b"1," * (count - 3) + b"1]}", "file", most=limit))


def header(text: bytes) -> object:
    from moeaudit.evidence.safetensors import read_header

    return read_header(text, "model.safetensors", None)


def metadata(count: int) -> object:
    return header(b'{"__metadata__":{"a":"' + b"x" * (count - 25) + b'"}}')


def strict_header(count: int) -> object:
    return header(b'{"dtype":[' + b"1," * (count - 3) + b"1]}")


def nested(levels: int) -> str:
    return "[" * levels + "1" + "]" * levels


def names(listed: list[str]) -> object:
    from moeaudit.evidence.tables import Tensor, TensorTable

    return TensorTable.collapse(map(Tensor, listed))


def index(count: int) -> object:
    from moeaudit.evidence.weight_index import read_index

    return read_index(b'{"weight_map":{' + b",".join(b'"l.%d.w":"m"' % n for n in range(count)) + b"}}", "index")


def unplain_index(count: int) -> object:
    from moeaudit.evidence.weight_index import read_index

    shell = b'{"weight_map":{"a":"b.safetensors"},"metadata":{"":"%s"}}'
    return read_index(shell % (b"x" * (count - len(shell) + 2)), "model.safetensors.index.json")


def tensors(count: int, folder: Path) -> str:
    """The limit moves; an index, and a file of evidence, of so many at once, are among the hostile files."""
    with moved("evidence.rows", "TENSORS", 1_000 + limits.TENSORS - count) as small:
        found = line(lambda: index(1_000), small.words())
    return found.replace(small.words(), limits.TENSORS.words())


def strict_index(count: int) -> object:
    from moeaudit.evidence.weight_index import read_index

    return read_index(b'{"x":[' + b"1," * (count - 3) + b"1]}", "index")


def all_headers(count: int) -> object:
    from moeaudit.evidence.headers import read_texts

    heads = mock.Mock(text=lambda name: bytes(count // 2 + (count % 2 if name == "b" else 0)))
    return list(read_texts(heads, ["a", "b"], lambda done, total: None))


def length_of_header(count: int) -> object:
    from moeaudit.evidence.safetensors import header_length

    return header_length(count.to_bytes(8, "little"), "model.safetensors", None)


def shape(*sizes: int, dtype: str = "U8") -> object:
    entry = {"dtype": dtype, "shape": sizes, "data_offsets": [0, min(max(sizes), 2**63 - 1)]}
    return header(json.dumps({"a": entry}).encode())


def shards(count: int) -> object:
    from moeaudit.evidence.shard_names import lengthen

    return lengthen([f"m-{{{1:09d}-{count:09d}}}.safetensors"])


def beside(count: int, folder: Path) -> str:
    from moeaudit.evidence.beside import chosen_groups

    files = [f"other{n}x.safetensors" for n in range(count)]
    return CUT if sum(map(len, chosen_groups(files))) < count else ""


def beside_bytes(count: int, folder: Path) -> str:
    from moeaudit.evidence.beside import _affordable

    return "" if _affordable({"a": count}) else CUT


def folder_files(count: int, folder: Path) -> str:
    from moeaudit.evidence import folder as room

    listed = ["config.json", *map(str, range(count - 1))]
    with mock.patch.object(room, "_names", lambda path: listed), mock.patch.object(room, "_size", lambda path: 0):
        return line(lambda: room._listing(folder), limits.FILES_IN_A_FOLDER.words())


def pointer(count: int, folder: Path) -> str:
    from moeaudit.evidence.folder import Folder
    from moeaudit.evidence.model import ModelRef, Source

    put(folder / "config.json", configured())
    put(folder / "model.safetensors", sparse(count, b"version https://git-lfs.github.com/spec/v1\n"))
    return "" if Folder(folder, ModelRef("m", Source.FOLDER)).pointers else CUT


def git_settings(count: int, folder: Path) -> str:
    from moeaudit.audits.names import remote_of

    remote = '[remote "origin"]\n url = https://x/org/small'
    put_git(folder, "#" * (count - len(remote) - 1) + "\n" + remote)
    return "" if remote_of(folder) == "org/small" else CUT


def put_git(folder: Path, text: str) -> None:
    (folder / ".git").mkdir(exist_ok=True)
    (folder / ".git" / "config").write_text(text)


def number(text: Callable[[int], str]) -> Edge:
    from moeaudit.evidence.yaml_text import resolve_scalar

    return lambda count, folder: CUT if isinstance(resolve_scalar(text(count)), str) else ""


def config_number(field: str) -> Edge:
    from moeaudit.architecture.config import Config

    return lambda count, folder: line(lambda: Config({field: count}).int(field), "expected a whole number from 1 to")


def implied(count: int) -> object:
    from moeaudit.architecture.config import Config
    from moeaudit.architecture.families import describe
    from moeaudit.ledger.inspect import bounded

    return bounded(describe(Config({**SMALL, "num_hidden_layers": 1, "num_experts": count})), "config.json")


def told_apart(globs: int, experts: int) -> object:
    from moeaudit.architecture.config import Config
    from moeaudit.architecture.families import describe
    from moeaudit.ledger.packing.alike import alike
    from moeaudit.ledger.packing.patterns import Matcher

    weights = describe(Config({**SMALL, "num_hidden_layers": 1, "num_experts": experts})).weights
    weight = next(weight for weight in weights if weight.name.endswith("{}.down_proj.weight"))
    return alike(weight, [Matcher.of([f"*.experts.{number}.*" for number in range(globs)])])


def modules(count: int) -> object:
    """A pattern that may tell any expert from any: each is a module, beside the layer and what is no expert."""
    from moeaudit.architecture.config import Config
    from moeaudit.architecture.families import describe
    from moeaudit.ledger.packing.alike import alike
    from moeaudit.ledger.packing.patterns import Matcher

    weights = describe(Config({**SMALL, "num_hidden_layers": 1, "num_experts": count - 1})).weights
    weight = next(weight for weight in weights if weight.name.endswith("{}.down_proj.weight"))
    return alike(weight, [Matcher.of([r"re:.*experts\.[0-9]\..*"])])


def told_numbers(count: int, folder: Path) -> str:
    """The limit moves; what is given stays: 20 experts told apart are looked at some times."""
    with moved("ledger.packing.alike", "NUMBERS_TOLD_APART", spent() + limits.NUMBERS_TOLD_APART - count) as small:
        found = line(lambda: told_apart(20, 40), small.words())
    return found.replace(small.words(), limits.NUMBERS_TOLD_APART.words())


def spent() -> int:
    """How many numbers are looked at where 20 of 40 experts are told apart."""
    from moeaudit.ledger.packing import alike as room

    taken = 0
    real = room.regions

    def counted(index: Any, labelled: Any, spend: Callable[[int], None]) -> Any:
        def both(numbers: int) -> None:
            nonlocal taken
            taken += numbers
            spend(numbers)

        return real(index, labelled, both)

    with mock.patch.object(room, "regions", counted):
        told_apart(20, 40)
    return taken


def tried(count: int, folder: Path) -> str:
    """The limit moves: 20 patterns on 21 modules, those named and the rest."""
    with moved("ledger.packing.alike", "PATTERNS_TRIED", 20 * 21 + limits.PATTERNS_TRIED - count) as small:
        found = line(lambda: told_apart(20, 40), small.words())
    return found.replace(small.words(), limits.PATTERNS_TRIED.words())


def patterns(count: int) -> object:
    from moeaudit.ledger.packing.patterns import Matcher

    return Matcher.of(f"*a{number}" for number in range(count))


def groups(count: int) -> object:
    from moeaudit.ledger.packing import Storage

    weights = {"num_bits": 8, "type": "float", "strategy": "channel"}
    listed = {f"g{number}": {"targets": [f"a{number}"], "weights": weights} for number in range(count)}
    section = {"quant_method": "compressed-tensors", "format": "float-quantized", "config_groups": listed}
    return Storage.of({**SMALL, "quantization_config": section})


def claim_file(key: str, entry: str) -> Callable[[int], object]:
    from moeaudit.claims.file import parse_claims

    return lambda count: parse_claims(f"{CLAIMS}{key}:\n" + "".join(entry % n for n in range(count)), "a.claims.yaml")


def noticed(limit: Limit, text: Callable[[int], str]) -> Edge:
    """A card of that text; its notices say what was left unread."""

    def edge(count: int, folder: Path) -> str:
        from moeaudit.claims.card import read_card

        said = [notice.message for notice in read_card(text(count), "README.md").notices]
        return next((message for message in said if limit.words() in message), "")

    return edge


def columns(count: int, folder: Path) -> str:
    from moeaudit.claims.card.layout import blocks

    text = f"|{'a|' * count}\n|{'-|' * count}\n|{'1|' * count}\n"
    return CUT if max(len(row) for block in blocks(text, 1) for row in block.rows) < count else ""


def front_matter(count: int, folder: Path) -> str:
    from moeaudit.claims.card.front_matter import read_front_matter

    found = read_front_matter("---\n" + "# x\n" * (count - 2) + "---\nbody\n", "README.md")
    return CUT if found.root is None else ""


def catalogue_files(count: int, folder: Path) -> str:
    from moeaudit.audits.catalogue import _files

    for number in range(4):
        (folder / f"{number}.json").write_text("{}")
    with moved("audits.catalogue", "CATALOGUE_FILES", 4 + limits.CATALOGUE_FILES - count) as small:
        found = line(lambda: list(_files([folder])), small.words())
    return found.replace(small.words(), limits.CATALOGUE_FILES.words())


def probed_files(count: int, folder: Path) -> str:
    """A catalogue of which only the last of so many files can be told."""
    from moeaudit.audits.catalogue import is_catalogue

    for number in range(count - 1):
        (folder / f"{number}.json").write_text("{}")
    (folder / "last.json").write_text('{"sample_spec": {}, "m": {"litellm_provider": "x", "mode": "chat"}}')
    return "" if is_catalogue(folder) else CUT


def fleets_tried(count: int, folder: Path) -> str:
    """Up to how many devices one is looked for where what every device repeats is too much already."""
    from dataclasses import replace

    from moeaudit.costs.devices import Cell
    from moeaudit.costs.search import smallest

    model, fleet = nothing_fits()
    tiny = replace(fleet, device=replace(fleet.device, memory=Cell(0.001)))
    return CUT if count > smallest(model, tiny)[1] else ""


def spares(count: int, folder: Path) -> str:
    from moeaudit.costs.launch import parse_command

    text = f"""vllm serve m --enable-eplb --eplb-config '{{"num_redundant_experts": {count}}}'"""
    return line(lambda: parse_command(text), limits.SPARES.words())


def index_keys(count: int, folder: Path) -> str:
    """The limit of tensors moves: one name, and so many keys that are none."""
    from moeaudit.evidence.weight_index import read_index

    text = b'{"weight_map":{"l.0.w":"m"}' + b"".join(b',"k%d":1' % number for number in range(count - 1)) + b"}"
    with moved("evidence.rows", "TENSORS", 1) as small:
        found = line(lambda: read_index(text, "index"), small.words())
    return CUT if found else ""


def probed(count: int, folder: Path) -> str:
    from moeaudit.audits.catalogue import probed as looked_at

    files = [folder / "a.json", folder / "b.json"]
    for file, size in zip(files, (count - 5, 5), strict=True):
        put(file, sparse(size))
    return CUT if len(list(looked_at(files))) < 2 else ""


def checked_files(count: int, folder: Path) -> object:
    from moeaudit.audits import subjects

    with mock.patch.object(subjects, "claim_files", lambda path: [folder / f"{n}.claims.yaml" for n in range(count)]):
        return subjects.expanded([folder])


def packet_files(count: int) -> object:
    from moeaudit.reports.packet.inputs import Inputs, Text, audited

    return audited(Inputs("org/x", cards=(Text("README.md", ""),) * count), None)


def deep_folders(count: int, folder: Path) -> object:
    from moeaudit.evidence.walk import walk

    (folder / "/".join("a" * count)).mkdir(parents=True)
    return list(walk(folder))


def catalogue_values(count: int) -> object:
    from moeaudit.claims.catalogues.select import recognise

    return recognise('{"litellm_provider":[' + "1," * (count - 3) + "1]}", "list.json")


def devices(count: int) -> object:
    from moeaudit.costs.fleet import check_counts

    return check_counts(count, 1)


def command(count: int, folder: Path) -> str:
    from moeaudit.costs.launch import parse_command

    text = f"vllm serve m --kv-cache-memory-bytes {count}"
    return line(lambda: parse_command(text), "is a whole number of 1 or more")


def layouts(count: int, folder: Path) -> str:
    """The limit moves: nothing fits, and all fleets up to 512 are tried where so many layouts may be."""
    from moeaudit.costs import search

    made: list[object] = []
    real = search.evaluate

    def counted(*given: Any) -> Any:
        made.append(given)
        return real(*given)

    model, fleet = nothing_fits()
    with moved("costs.search", "LAYOUTS", 10**9), mock.patch.object(search, "evaluate", counted):
        assert search.smallest(model, fleet, 48) == (None, 48)
    last = len(made) - sum(given[1].devices == 48 for given in made)  # type: ignore[index]
    with moved("costs.search", "LAYOUTS", last + limits.LAYOUTS - count):
        return CUT if search.smallest(model, fleet, 48)[1] < 48 else ""


def nothing_fits() -> tuple[Any, Any]:
    from dataclasses import replace

    from moeaudit.audits.inspect import inspect
    from moeaudit.costs.asked import served_model
    from moeaudit.costs.fleet import short_fleet

    model = served_model(inspect("Qwen/Qwen3-30B-A3B", offline=True), None)
    fleet = short_fleet("8xH200")
    return model, replace(fleet, settings=replace(fleet.settings, utilization=0.03))


def edges() -> dict[str, Edge]:
    from moeaudit.claims.catalogues.toml_parts import read_toml
    from moeaudit.evidence.json_text import read_object
    from moeaudit.evidence.toml_text import parsed_toml
    from moeaudit.evidence.yaml_text import read_yaml

    of = limits
    return {
        "CONFIG_BYTES": sized(of.CONFIG_BYTES, opened, "config.json"),
        "DOCUMENT_BYTES": sized(of.DOCUMENT_BYTES, document_file, "params.json"),
        "PIPELINE_PARTS": placed(of.PIPELINE_PARTS, pipeline_parts),
        "INDEX_BYTES": sized(of.INDEX_BYTES, index_file, "model.safetensors.index.json"),
        "CARD_BYTES": sized(of.CARD_BYTES, called("moeaudit.audits.check.text_of"), "README.md"),
        "EVIDENCE_BYTES": sized(of.EVIDENCE_BYTES, opened, "a.evidence.json"),
        "SPEC_BYTES": sized(of.SPEC_BYTES, opened, "a.moe.yaml"),
        "CLAIMS_BYTES": sized(of.CLAIMS_BYTES, called("moeaudit.claims.file.read_claim_file")),
        "FLEET_BYTES": sized(of.FLEET_BYTES, called("moeaudit.costs.fleet_file.read_fleet")),
        "SETTINGS_BYTES": sized(of.SETTINGS_BYTES, settings, "moeaudit.yaml"),
        "PACKET_BYTES": sized(of.PACKET_BYTES, packet),
        "CATALOGUE_BYTES": sized(of.CATALOGUE_BYTES, called("moeaudit.audits.catalogue._text")),
        "RECORD_BYTES": raised(of.RECORD_BYTES, lambda count: read_toml("\n" * count, "x.toml")),
        "POINTER_BYTES": pointer,
        "GIT_CONFIG_BYTES": git_settings,
        "NESTED": raised(of.NESTED, lambda n: read_object(b'{"a":' + b"[" * (n - 1) + b"]" * (n - 1) + b"}", "file")),
        "NESTED_YAML": raised(of.NESTED_YAML, lambda n: read_yaml("[" * n + "1" + "]" * n, "file")),
        "NESTED_TOML": raised(of.NESTED_TOML, lambda n: read_toml(f"a = {nested(n - 1)}", "file")),
        "KEY_LETTERS": raised(of.KEY_LETTERS, lambda count: read_object(b'{"' + b"k" * count + b'":1}', "file")),
        "CONFIG_VALUES": json_values(of.CONFIG_VALUES),
        "EVIDENCE_VALUES": json_values(of.EVIDENCE_VALUES),
        "PACKET_FILES": raised(of.PACKET_FILES, packet_files),
        "PACKET_VALUES": json_values(of.PACKET_VALUES),
        "CATALOGUE_VALUES": raised(of.CATALOGUE_VALUES, catalogue_values),
        "YAML_VALUES": raised(of.YAML_VALUES, lambda count: read_yaml("[" + "1," * (count - 1) + "]", "file")),
        "YAML_BYTES": raised(of.YAML_BYTES, lambda count: read_yaml(" " * count, "file")),
        "EXPONENT": number(lambda count: f"1e{count}"),
        "DIGITS": number(lambda count: "1" * count),
        "TOML_LINE": raised(of.TOML_LINE, lambda count: parsed_toml("#" * count, "file")),
        "TOML_PARTS": raised(of.TOML_PARTS, lambda count: parsed_toml(".".join("a" * count) + "=1", "file")),
        "TENSORS": tensors,
        "FIRST_NUMBERS": raised(of.FIRST_NUMBERS, index),
        "NUMBERS_IN_A_NAME": raised(of.NUMBERS_IN_A_NAME, lambda count: names([".".join("1" * count)])),
        "NAME_LETTERS": raised(of.NAME_LETTERS, lambda count: names(["x" * count])),
        "TEMPLATES": raised(of.TEMPLATES, lambda count: names([f"a{number}x" for number in range(count)])),
        "HEADER_BYTES": raised(of.HEADER_BYTES, length_of_header),
        "ALL_HEADERS_BYTES": raised(of.ALL_HEADERS_BYTES, all_headers),
        "METADATA_BYTES": raised(of.METADATA_BYTES, metadata),
        "STRICT_HEADER_VALUES": raised(of.STRICT_HEADER_VALUES, strict_header),
        "STRICT_INDEX_BYTES": raised(of.STRICT_INDEX_BYTES, unplain_index),
        "STRICT_INDEX_VALUES": raised(of.STRICT_INDEX_VALUES, strict_index),
        "DIMENSIONS": raised(of.DIMENSIONS, lambda count: shape(*[1] * count)),
        "ELEMENTS": raised(of.ELEMENTS, shape),
        "SHARDS": shards_edge,
        "FILES_BESIDE": beside,
        "BESIDE_BYTES": beside_bytes,
        "FILES_IN_A_FOLDER": folder_files,
        "LARGEST_NUMBER": config_number("hidden_size"),
        "LAYERS": config_number("num_hidden_layers"),
        "TENSORS_HELD_AGAINST_NAMES": raised(of.TENSORS_HELD_AGAINST_NAMES, implied),
        "NUMBERS_TOLD_APART": told_numbers,
        "MODULES_TRIED": raised(of.MODULES_TRIED, modules),
        "PATTERNS": raised(of.PATTERNS, patterns),
        "GROUPS": raised(of.GROUPS, groups),
        "PATTERNS_TRIED": tried,
        "IGNORES": raised(of.IGNORES, claim_file("ignore", "- {rule: total-contradicted, reason: r%d}\n")),
        "SOURCES": raised(of.SOURCES, claim_file("sources", "- {id: s%d, kind: card}\n")),
        "EVALUATIONS": raised(of.EVALUATIONS, claim_file("evaluations", "- {name: b%d, score: 1}\n")),
        "CARD_LETTERS": noticed(of.CARD_LETTERS, lambda count: "x" * count),
        "CARD_LINES": noticed(of.CARD_LINES, lambda count: "\n" * (count - 1)),
        "CARD_LINE": noticed(of.CARD_LINE, lambda count: "x" * count),
        "CARD_NUMBERS": noticed(of.CARD_NUMBERS, lambda count: "a 7 b.\n\n" * count),
        "TABLE_NUMBERS": noticed(of.TABLE_NUMBERS, lambda count: "| a | b |\n|---|---|\n" + "| 7 | x |\n" * count),
        "CARD_CLAIMS": noticed(of.CARD_CLAIMS, lambda count: "It has 671B total parameters.\n\n" * count),
        "TABLE_COLUMNS": columns,
        "FRONT_MATTER_LINES": front_matter,
        "CATALOGUE_FILES": catalogue_files,
        "PROBED_BYTES": probed,
        "PROBED": probed_files,
        "FOLDERS_DEEP": placed(of.FOLDERS_DEEP, deep_folders),
        "CHECKED_FILES": placed(of.CHECKED_FILES, checked_files),
        "DEVICES": raised(of.DEVICES, devices),
        "LAYOUTS": layouts,
        "COMMAND_NUMBER": command,
        "FLEETS_TRIED": fleets_tried,
        "SPARES": spares,
        "INDEX_KEYS": index_keys,
        **edges_gguf.edges(),
        **edges_network.edges(),
        **edges_rooms.edges(),
    }


def shards_edge(count: int, folder: Path) -> str:
    """Raised as what is wrong with a value, which its reader places."""
    try:
        shards(count)
    except ValueError as error:
        return str(error)
    return ""
