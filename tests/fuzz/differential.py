"""The same question asked two ways: both answers must be one."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from fractions import Fraction
from inspect import signature
from typing import Any

from moeaudit.claims.figures import Figure, find_figures, halves, parse_figure
from moeaudit.errors import Place, UsageError
from moeaudit.evidence import safetensors, weight_index
from moeaudit.evidence.model import Evidence, JsonFile, ModelRef, Source
from moeaudit.evidence.plain_header import plain_entries
from moeaudit.evidence.tables import Tensor, TensorTable


def figure_again(text: str) -> None:
    """A figure of a text says the same when its own words are read again; our own short form of a count stands for
    that count; views of a figure stay in order."""
    from moeaudit.text import short

    for found, start, end in find_figures(text):
        assert 0 <= start < end <= len(text)
        halves(found, text, start)
        in_order(found)
        count = int(found.low)
        if count < 10**15:
            again = parse_figure(short(count))
            assert again is not None and again.matches(count) == "rounds", (text, count, short(count))
    whole = parse_figure(text)
    if whole is not None and len(whole.text) < 100:
        again = parse_figure(whole.text)
        assert again is None or (again.low, again.high) == (whole.low, whole.high) or behind_matters(text), text


def behind_matters(text: str) -> bool:
    """Whether what follows a number says how it is written: `2,788 millions d'heures`, `128.000 Token`."""
    lower = text.lower()
    return "token" in lower or any(sign in lower for sign in ("mil", "bil", "d'", "d’", " de"))


def in_order(figure: Figure) -> None:
    assert 0 <= figure.low <= figure.high
    assert figure.low_step > 0 and figure.high_step > 0
    for other in (figure.coarse(), figure.binary()):
        assert other is None or other.low >= 0
    if not figure.is_range:
        low: Any = figure.low
        assert figure.matches(low) == "rounds" and figure.gap(low) == 0
    figure.gap(Fraction(1))


def command_again(text: str) -> None:
    """A command that was read, written anew and read again, has the same layout and settings."""
    from moeaudit.costs.fleet import short_fleet
    from moeaudit.costs.launch import EMIT, parse_command

    found = parse_command(text)
    base = short_fleet("8xH200")
    asked = found.applied(base)
    if found.engine not in EMIT or found.program != found.engine:  # read only
        return
    if found.model.startswith("-"):  # would be read as an option
        return
    written = EMIT[found.engine](found.model, asked, found.layout)
    again = parse_command(written)
    alone = replace(found.layout, replicas=1)  # replicas are commands of their own
    if found.engine == "sglang":  # which has no flag for some of it
        alone = replace(alone, dcp=again.layout.dcp, ep=again.layout.ep)
    assert again.model == found.model, (text, written)
    assert again.layout == alone, (text, written)
    assert again.context == asked.workload.context, (text, written)
    kept = asked.settings
    sizes = (kept.block, kept.max_num_seqs, kept.step_tokens)
    assert (again.block, again.max_num_seqs, again.step_tokens) == sizes, (text, written)


SHARD = re.compile(r"[a-z0-9-]{1,30}")


def table_and_list(text: str) -> None:
    """Tensors collapsed into templates are the list that they were, and the same again when they are written down."""
    from moeaudit.evidence.tables import table_of, written

    listed = {}
    for line in text.splitlines()[:500]:
        name, dtype, shape, shard = (*line.split(" "), "", "", "", "")[:4]
        sizes = tuple(int(size) for size in shape.split(",") if size.isascii() and size.isdecimal() and len(size) < 10)
        listed[name] = Tensor(name, dtype or None, sizes, f"{shard}.safetensors" if SHARD.fullmatch(shard) else "x")
    table = TensorTable.collapse(listed.values())
    assert sorted(table.expand(), key=name_of) == sorted(listed.values(), key=name_of)
    assert table.tensors == len(listed)
    again = table_of(written(table))
    assert sorted(again.expand(), key=name_of) == sorted(listed.values(), key=name_of)


def name_of(tensor: Tensor) -> str:
    return tensor.name


def outcome(read: Any, *given: Any) -> Any:
    """What comes of it, or UsageError itself where it is refused."""
    try:
        return read(*given)
    except UsageError:
        return UsageError


def index_both_ways(data: bytes) -> None:
    """The quick reader of an index takes nothing that the strict one refuses, and finds the same in it."""
    quick = weight_index._plain(data)
    strict = outcome(weight_index._strict, data, "a.index.json")
    if quick is not None:
        assert strict is not UsageError, "the strict reader refuses what the quick one takes"
        assert quick[1].expand() == strict[1].expand()
        assert repr(quick[0].get("metadata")) == repr(strict[0].get("metadata"))  # NaN is no equal of itself
    weight_index.read_index(data, "model.safetensors.index.json")


def header_both_ways(data: bytes) -> None:
    """The same of a header; and what is taken, the format's own library takes too."""
    place = Place("a (header)")
    quick = plain_entries(data, lambda dtype, shape: safetensors._stored("", {"dtype": dtype, "shape": shape}, place))
    strict = outcome(safetensors._strict, data, place)
    if quick is not None:
        assert strict is not UsageError, "the strict reader refuses what the quick one takes"
        assert listed(quick) == listed(strict)
    found = safetensors.read_header(data, "a", None)
    if strict.data <= 4096:
        taken_by_library(data, strict)
    TensorTable.of(iter([found]))


def listed(entries: Any) -> Any:
    return entries.names, [entries.kinds[place] for place in entries.which], entries.data


def taken_by_library(header: bytes, entries: Any) -> None:
    """The reference reader agrees on the names. It wants a brace first and no type newer than itself."""
    from safetensors import SafetensorError, deserialize

    whole = len(header).to_bytes(8, "little") + header + bytes(entries.data)
    try:
        names = [name for name, _ in deserialize(whole)]  # type: ignore[no-untyped-call]
    except SafetensorError as error:
        unlike = ("unknown variant", "InvalidHeaderStart", "invalid UTF-8", "misaligned", "Misaligned")
        assert any(word in str(error) for word in unlike), f"the library refuses it: {error}"
        return
    except ValueError:  # a type that is none in Python's binding
        return
    assert sorted(names) == sorted(entries.names)


def words(text: str) -> list[str]:
    """A line as a shell takes it; what no shell takes is cut at its spaces."""
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def line_both_ways(text: str) -> None:
    """A line that is read without the option parser means what the parser reads."""
    from moeaudit.cli import inspecting, quick
    from moeaudit.cli.app import run

    line = words(text)
    if line[:1] != ["inspect"]:
        return
    line = [word for word in line if "\x00" not in word]
    quickly = quick.understood(line[1:])
    if quickly is None:
        return
    calls: list[dict[str, Any]] = []

    def answer(model: str, **options: Any) -> int:
        calls.append({"model": model, **options})
        return 0

    kept, inspecting.answer = inspecting.answer, answer
    try:
        run(line)
    finally:
        inspecting.answer = kept
    assert len(calls) == 1, line
    options = signature(inspecting.answer).parameters.values()
    defaults = {one.name: one.default for one in options if one.default is not one.empty}
    assert {**defaults, **quickly} == calls[0], line


PARTS = ("total.full", "active.full", "active.head", "total.stored")


def ledgers_agree(config: JsonFile) -> None:
    """What a config counts, and what the headers count that its own format predicts, is one number."""
    from moeaudit.architecture.config import Config
    from moeaudit.architecture.families import describe
    from moeaudit.architecture.weights import Presence
    from moeaudit.ledger.inspect import inspect_evidence
    from moeaudit.ledger.packing.storage import Storage
    from moeaudit.ledger.values import Count

    model = ModelRef("org/model", Source.FOLDER)
    alone = inspect_evidence(Evidence(model, config))
    architecture = describe(Config(dict(config.data)))
    weights = [one for one in architecture.weights if one.presence is Presence.STORED]
    if sum(one.tensors for one in weights) > 50_000 or alone.unstated:
        return
    stored = list(Storage.of(config.data).pack(weights))
    table = TensorTable(tuple(one.group for one in stored))
    tensors = [Tensor(one.name, one.dtype, one.shape, "model.safetensors") for one in table.expand()]
    if len({one.name for one in tensors}) < len(tensors):
        raise UsageError("the config gives two weights one name")
    both = inspect_evidence(Evidence(model, config, headers=TensorTable.collapse(tensors)))
    for name in PARTS:
        one, other = alone.denominators.get(name), both.denominators.get(name)
        if isinstance(one, Count) and isinstance(other, Count) and not one.open and not other.open:
            assert one.value == other.value, f"{name}: the config counts {one.value:,}, its own headers {other.value:,}"
