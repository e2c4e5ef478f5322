"""What is fuzzed: small functions of bytes, in a registry.

A target may raise AuditError, as its user would see it: one line, exit 1 to 4. Anything else is a fault.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from zlib import crc32

from moeaudit.audits.headline import headline_claims
from moeaudit.audits.inspect import settled
from moeaudit.checks.audit import Audit, Failed, Settings, audit
from moeaudit.checks.facts import Facts, proven, statements
from moeaudit.checks.registry import run
from moeaudit.claims.claim import Distribution
from moeaudit.costs.estimate import estimate
from moeaudit.errors import LONGEST, AuditError, Exit
from moeaudit.evidence.held import HeldReader
from moeaudit.evidence.json_text import read_object
from moeaudit.evidence.model import Document, Evidence, JsonFile, ModelRef, Part, Role, Source
from moeaudit.evidence.safetensors import read_header
from moeaudit.evidence.tables import Tensor, TensorTable
from moeaudit.evidence.weight_index import read_index
from moeaudit.ledger.inspection import Inspection
from tests.fuzz import differential, seeds, seeds_gguf

INDEX = "model.safetensors.index.json"
CODES = frozenset({Exit.FINDINGS, Exit.USAGE, Exit.NOTHING_TO_AUDIT, Exit.NO_EVIDENCE})


@dataclass(frozen=True)
class Target:
    """`run` takes one input; `form` is how inputs are written (see mutate.py); `executions`: how many the test suite
    tries; `repair` makes a changed tree consistent again, so that more than the first check is reached."""

    name: str
    form: str
    seeds: Callable[[], Sequence[bytes]]
    run: Callable[[bytes], object]
    executions: int
    repair: Callable[[Any], Any] | None = None
    may_raise: tuple[type[Exception], ...] = (AuditError,)

    def accepts(self, data: bytes) -> bool:
        """Whether the input is taken. False where it is refused as it may be; raises whatever else comes out."""
        try:
            self.run(data)
        except AuditError as error:
            assert isinstance(error, self.may_raise), f"{type(error).__name__} may not come out here"
            line = str(error)
            assert error.exit_code in CODES and "\n" not in line and len(line) <= LONGEST
            return False
        return True


# What several share

MODEL = ModelRef("org/model-8x7B", Source.FOLDER)


HIDDEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")


def legible(view: str) -> None:
    """Nothing in it steers a terminal or hides; and it can be written as UTF-8."""
    found = HIDDEN.search(view)
    assert found is None, f"{found[0]!r} at {found.start()}" if found else ""


def viewed(inspection: Inspection, data: bytes) -> None:
    """One of the views of an inspection, as `inspect` draws them: which one, the input decides."""
    from moeaudit.reports.inspected import Inspected, views

    said = headline_claims(inspection)
    made = Inspected(inspection, tuple(run(Facts(inspection, said))), said)
    view = views(made, everything=bool(crc32(data) % 4))["text" if crc32(data) % 2 else "json"]()
    assert isinstance(view, str)
    legible(view)
    if crc32(data) % 2 == 0:
        json.loads(view)


def inspected(evidence: Evidence, data: bytes) -> Inspection:
    inspection = settled(HeldReader(evidence))
    viewed(inspection, data)
    return inspection


def json_file(data: bytes, file: str = "config.json") -> JsonFile:
    return JsonFile(file, read_object(data, file), data.decode("utf-8", "replace"))


def audited(facts: Facts, file: str, data: bytes) -> Audit:
    """An audit, half of them in one of its views: which ones, the input decides."""
    from moeaudit.reports.check_views import FORMATS, views

    found = audit("org/model", [file], facts, Settings())
    if crc32(data) // 64 % 2:
        return found
    made = views([found], [Failed((file,), AuditError("x"))])
    forms = [name for name in FORMATS if name != "pdf"]  # which takes a second
    name = forms[crc32(data) % len(forms)]
    view = str(made[name]())
    legible(view)
    if name in ("json", "sarif"):
        json.loads(view)
    return found


@cache
def mixtral() -> Inspection:
    from moeaudit.evidence.recorded import recorded_evidence

    found = recorded_evidence("mistralai/Mixtral-8x7B-v0.1", None)
    assert found is not None
    return settled(HeldReader(found))


@cache
def scratch() -> Path:
    return Path(mkdtemp(prefix="moeaudit-fuzz-"))


# Cheap ones


def figure(data: bytes) -> None:
    differential.figure_again(data.decode("utf-8", "replace")[:2000])


def launch(data: bytes) -> None:
    differential.command_again(data.decode("utf-8", "replace"))


def gguf(data: bytes) -> None:
    """A GGUF file's head, read in one span and in many, and what it comes to, in a view."""
    from moeaudit.evidence.formats.gguf import read_header as read_head

    def read(span: int) -> Any:
        return read_head(lambda start, length: data[start : start + length], "a.gguf", len(data), span)

    head = read(max(len(data), 1))
    assert head == read(1 + crc32(data) % 50)
    counted(head.keys, head.omitted, TensorTable.of([head.tensors]), data)


def converted(data: bytes) -> None:
    """The keys and tensors of a GGUF file, as far as a head could say them, in a view."""
    from moeaudit.evidence.dtypes import ENCODINGS

    tree = read_object(data, "a.json", finite=True)
    keys, tensors = tree.get("keys"), tree.get("tensors")
    listed = [
        Tensor(name, dtype, tuple(shape), "a.gguf")
        for name, entry in (tensors.items() if isinstance(tensors, dict) else ())
        if isinstance(entry, list) and len(entry) == 2
        for dtype, shape in [entry]
        if isinstance(dtype, str) and dtype in ENCODINGS and isinstance(shape, list)
        if 0 < len(shape) <= 4 and all(type(one) is int and 0 < one < 2**15 for one in shape)
    ]
    plain = {
        key: one
        for key, one in (keys.items() if isinstance(keys, dict) else ())
        if not (one is None or isinstance(one, dict))
    }
    counted(plain, (), TensorTable.collapse(listed), data)


def counted(keys: Any, omitted: tuple[str, ...], table: TensorTable, data: bytes) -> None:
    from moeaudit.audits.origin import beside_origin
    from moeaudit.evidence.model import Document, Role

    document = Document(Role.GGUF, JsonFile("a.gguf", keys, None, omitted))
    found = settled(
        HeldReader(Evidence(MODEL, headers=table, documents=(document,), shard_sizes={"a.gguf": len(data)}))
    )
    viewed(beside_origin(found, offline=True), data)


def index(data: bytes) -> None:
    differential.index_both_ways(data)


def header(data: bytes) -> None:
    differential.header_both_ways(data)


def tables(data: bytes) -> None:
    differential.table_and_list(data.decode("utf-8", "replace"))


def settings(data: bytes) -> None:
    from moeaudit.audits.settings import read_settings

    (scratch() / "moeaudit.yaml").write_bytes(data)
    read_settings(scratch())


def project_settings(data: bytes) -> None:
    from moeaudit.audits.settings import read_settings

    folder = scratch() / "project"
    folder.mkdir(exist_ok=True)
    (folder / "pyproject.toml").write_bytes(data)
    read_settings(folder)


def fleet(data: bytes) -> None:
    from moeaudit.costs.fleet_file import parse_fleet

    parse_fleet(data, "fleet.yaml")


def short_fleet(data: bytes) -> None:
    from moeaudit.costs.fleet import short_fleet as read

    gpus, _, engine = data.decode("utf-8", "replace").partition("|")
    name, _, version = engine.partition("@")
    read(gpus, engine_name=name or "vllm", engine_version=version)


def catalogue(data: bytes) -> None:
    from moeaudit.claims.catalogues import Shelf, about, read_catalogue

    file, _, text = data.decode("utf-8", "replace").partition("\n")
    about(read_catalogue(text, file, Shelf()), "org/m")


def yaml_text(data: bytes) -> None:
    from moeaudit.evidence.yaml_text import read_yaml

    read_yaml(data, "a.yaml").plain()


def strings(data: bytes) -> None:
    """A user's words laid over the shipped ones, and every gap filled."""
    from moeaudit.data import data_folder, parsed
    from moeaudit.evidence.yaml_text import read_yaml
    from moeaudit.reports.document.fill import filled, gaps
    from moeaudit.reports.writers.templates import laid_over

    shipped = parsed(Path(str(data_folder("templates")), "strings.en.yaml").read_text("utf-8"))
    words = laid_over(shipped, read_yaml(data, "strings.en.yaml"))

    def fill(node: Any) -> None:
        for part in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
            fill(part)
        if isinstance(node, str):
            try:
                names = gaps(node)
            except ValueError:  # words that no shipped text stands for: only a user's template uses them
                return
            filled(node, **dict.fromkeys(names, "{x.__class__}"))

    fill(words)


def line(data: bytes) -> None:
    differential.line_both_ways(data.decode("utf-8", "replace"))


# Deep ones


def config(data: bytes) -> None:
    inspected(Evidence(MODEL, json_file(data)), data)


def weights(data: bytes) -> None:
    """Config, index and header of one model, each of which may lack."""
    parts = read_object(data, "parts.json")
    given = {name: json.dumps(part).encode() for name, part in parts.items()}
    known = json_file(given["config"]) if "config" in given else None
    listed = read_index(given["index"], INDEX) if "index" in given else None
    table = None
    if "header" in given:
        table = TensorTable.of(iter([read_header(given["header"], "model.safetensors", None)]))
    inspected(Evidence(replace(MODEL, source=Source.HUB), known, index=listed, headers=table), data)


def params(data: bytes) -> None:
    """A params.json, alone or beside a header and a config, each of which may lack."""
    parts = read_object(data, "parts.json")
    given = {name: json.dumps(part).encode() for name, part in parts.items()}
    known = json_file(given["config"]) if "config" in given else None
    document = Document(Role.PARAMS, json_file(given.get("params", b"{}"), "params.json"))
    table = None
    if "header" in given:
        table = TensorTable.of(iter([read_header(given["header"], "consolidated.safetensors", None)]))
    inspected(Evidence(MODEL, known, headers=table, documents=(document,)), data)


def adapter(data: bytes) -> None:
    """An adapter's config and the header of its weights, beside a base that ships."""
    from moeaudit.evidence.formats.adapter import AdapterReader

    parts = read_object(data, "parts.json")
    document = Document(Role.ADAPTER, json_file(json.dumps(parts.get("adapter", {})).encode(), "adapter_config.json"))
    text = json.dumps(parts.get("header", {})).encode()
    table = TensorTable.of(iter([read_header(text, "adapter_model.safetensors", None)]))
    own = HeldReader(Evidence(MODEL, headers=table, documents=(document,)))
    viewed(settled(AdapterReader(own, lambda name: HeldReader(mixtral().evidence))), data)


def pipeline(data: bytes) -> None:
    """A model_index.json and the header of each of its folders."""
    parts = read_object(data, "parts.json")
    folders = parts.get("folders")
    document = Document(Role.PIPELINE, json_file(json.dumps(parts.get("index", {})).encode(), "model_index.json"))
    found = []
    for name, header in folders.items() if isinstance(folders, dict) else ():
        table = TensorTable.of(iter([read_header(json.dumps(header).encode(), f"{name}/a.safetensors", None)]))
        found.append(Part(name, Evidence(MODEL, headers=table)))
    inspected(Evidence(MODEL, documents=(document,), parts=tuple(found)), data)


def address(data: bytes) -> None:
    """What a person pastes: an id and a revision, or a refusal that shows nothing secret."""
    from moeaudit.evidence.reader import split_id

    split_id(data.decode("utf-8", "replace"))


def ledgers(data: bytes) -> None:
    differential.ledgers_agree(json_file(data))


def evidence(data: bytes) -> None:
    from moeaudit.evidence.evidence_file_reader import read_evidence

    inspected(read_evidence(data, "a.evidence.json"), data)


def spec(data: bytes) -> None:
    """Inspected, or estimated: which, the input decides."""
    evidence = Evidence(ModelRef("a.moe.yaml", Source.SPEC), spec=data.decode("utf-8", "replace"))
    if crc32(data) // 2 % 3:
        inspected(evidence, data)
    else:
        fleet = b"schema: moeaudit/fleet/v1\ndevices: {type: H200-SXM, per_node: 8}\n"
        estimated(settled(HeldReader(evidence)), fleet, data)


def estimated(inspection: Inspection, fleet: bytes, data: bytes) -> None:
    """In one of its views."""
    from moeaudit.checks.settlement import settlement
    from moeaudit.costs.asked import served_model, training_run
    from moeaudit.costs.fleet_file import parse_fleet
    from moeaudit.reports.estimate import Estimated, views

    found = estimate(served_model(inspection), parse_fleet(fleet, "fleet.yaml"), training_run(10**13, inspection))
    made = views(Estimated(found, settlement(inspection)), "full")
    view = str(made[("text", "json", "markdown", "html")[crc32(data) % 4]]())
    legible(view)
    if crc32(data) % 4 == 1:
        json.loads(view)


def fleet_and_config(data: bytes) -> None:
    parts = read_object(data, "parts.json")
    asked = json.dumps(parts.get("fleet")).encode()
    known = json_file(json.dumps(parts.get("config")).encode())
    estimated(settled(HeldReader(Evidence(MODEL, known))), asked, data)


def claims(data: bytes) -> None:
    from moeaudit.claims.file import parse_claims

    read = parse_claims(data, "a.claims.yaml")
    known = None if read.distribution is Distribution.HOSTED else mixtral()
    said = statements(read.claims, known, read.distribution)
    audited(Facts(known, said, (read,), distribution=read.distribution), "a.claims.yaml", data)


def card(data: bytes) -> None:
    from moeaudit.claims.card import read_card

    text, known = data.decode("utf-8", "replace"), mixtral()
    named = (None, "mistralai/Mixtral-8x7B-v0.1")[crc32(data) // 7 % 2]
    read = read_card(text, "README.md", named, (), proven(known))
    said = statements(read.claims, known, Distribution.DOWNLOADABLE)
    audited(Facts(known, said, (), (read,), texts={"README.md": text}, named=named is not None), "README.md", data)


def packet(data: bytes) -> None:
    from moeaudit.reports.packet.document import read_packet
    from moeaudit.reports.packet.inputs import make
    from moeaudit.reports.packet.verify import verify
    from tests.packet import pages

    recorded, inputs = read_packet(data, "packet.json")
    result = verify(recorded, inputs)
    for change in result.changes:
        str(change)  # the command makes it visible
    for page in (pages.markdown, pages.html)[: crc32(data) % 4 == 0 and 2]:
        legible(page(make(inputs)))


def carried(data: bytes) -> None:
    """A page or a PDF with a packet in it; the latter is read in a process apart."""
    from moeaudit.reports.packet.carried import packet_json
    from moeaudit.reports.packet.document import read_packet

    read_packet(packet_json(data, "page")[0], "packet.json")


def template(data: bytes) -> None:
    """A user's own page, rendered apart with its bounds."""
    from moeaudit.reports.packet.document import read_packet
    from moeaudit.reports.packet.inputs import make
    from moeaudit.reports.writers.templates import Templates
    from tests.packet import pages

    folder = scratch() / "templates"
    folder.mkdir(exist_ok=True)
    (folder / "page.md.jinja").write_bytes(data)
    _, inputs = read_packet(seeds.packets()[1], "packet.json")
    pages.markdown(make(inputs), "procurement", Templates(folder))


def gpus() -> list[bytes]:
    return [b"8xH200|vllm@0.11", b"2x8xH200|sglang", b"16xMI300X|", b"4xH100-SXM|generic", b"72xGB200|tensorrt-llm@1"]


def templates() -> list[bytes]:
    odd = (
        b"{{ result.subject.id }} {{ t.sections | length }} {% for row in result.claims %}{{ row.path }}{% endfor %}",
        b"{{ document.kind }} {{ document.about | join(' ') }} {{ '{a}' | fill(a=result.subject.id) }}",
        (
            b"{% import 'markdown/blocks.md.jinja' as draw %}{% for one in document.sections %}{{ one.title }}"
            b"{% for block in one.blocks %}{{ draw[block.kind](block) }}{% endfor %}{% endfor %}"
        ),
    )
    return [*odd, *seeds.files("page.md.jinja", root=seeds.ROOT / "templates")]


REGISTRY: dict[str, Target] = {
    target.name: target
    for target in (
        Target("figure", "text", seeds.figures, figure, 2500),
        Target("launch", "words", seeds.launches, launch, 2000),
        Target("gguf", "bytes", seeds_gguf.heads, gguf, 1200),
        Target("converted", "json", seeds_gguf.converted, converted, 150),
        Target("index", "json", seeds.indices, index, 1500),
        Target("header", "json", seeds.headers, header, 1500, repair=seeds.laid_out),
        Target("tables", "text", seeds.tensors, tables, 500),
        Target("settings", "yaml", seeds.settings, settings, 700),
        Target("project-settings", "text", seeds.project_settings, project_settings, 600),
        Target("fleet", "yaml", seeds.fleets, fleet, 500),
        Target("gpus", "text", gpus, short_fleet, 1500),
        Target("catalogue", "text", seeds.catalogues, catalogue, 500),
        Target("yaml", "yaml", seeds.claims, yaml_text, 150),
        Target("strings", "yaml", seeds.strings, strings, 30),
        Target("line", "words", seeds.lines, line, 150),
        Target("config", "json", seeds.configs, config, 60),
        Target("weights", "json", seeds.weights, weights, 60),
        Target("params", "json", seeds.params, params, 60),
        Target("adapter", "json", seeds.adapters, adapter, 60),
        Target("pipeline", "json", seeds.pipelines, pipeline, 40),
        Target("address", "text", seeds.addresses, address, 800),
        Target("ledgers", "json", seeds.few_experts, ledgers, 30),
        Target("evidence", "json", seeds.evidence, evidence, 40),
        Target("spec", "yaml", seeds.specs, spec, 40),
        Target("estimate", "json", seeds.estimates, fleet_and_config, 20),
        Target("claims", "yaml", seeds.claims, claims, 40),
        Target("card", "text", seeds.cards, card, 20),
        Target("packet", "json", seeds.packets, packet, 6),
        Target("page", "text", seeds.pages, carried, 60),
        Target("pdf", "bytes", seeds.pdfs, carried, 3),
        Target("template", "text", templates, template, 2),
    )
}
