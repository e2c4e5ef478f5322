"""Evidence files, spec files and packets: what this tool writes, or has people write, doctored."""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from tests.hostile.case import OK, QWEN, READ, USAGE, Case, Content, configured, link, pipe, sparse

MANY = ["m-{000000001-000009999}.safetensors"]
NAMES = sha256(b"a").hexdigest()
TABLE = {
    "tensors": 1,
    "names_sha256": NAMES,
    "groups": [{"name": "a", "dtype": "F32", "shape": [0]}],
    "elements": 0,
    "bytes": 0,
}


def cases() -> Iterator[Case]:
    yield from evidence()
    yield from specs()
    yield from packets()
    yield from special()


def doctored(name: str, extra: dict[str, Any], codes: tuple[int, ...] = (USAGE,), said: str = "") -> Case:
    base = {
        "schema": "moeaudit/evidence/v1",
        "model": {"id": "a/b"},
        "files": [],
        "config": {"file": "config.json", "omitted": [], "data": json.loads(configured())},
    }
    return Case(
        f"evidence {name}",
        lambda: {"a.evidence.json": json.dumps({**base, **extra})},
        ("inspect", "a.evidence.json", "--format", "json"),
        codes,
        said,
    )


def evidence() -> Iterator[Case]:
    files = "more than 10,000 files"
    yield doctored("files that multiply", {"weight_files": {"files": MANY * 500, "bytes": []}}, said=files)
    yield doctored("missing files that multiply", {"missing_shards": MANY * 500}, said=files)
    yield doctored("10k missing files", {"missing_shards": MANY}, READ)
    yield doctored(
        "shards that multiply", {"headers": {**TABLE, "shards": {"files": MANY * 50, "runs": "1:0"}}}, said=files
    )
    yield doctored(
        "files beside that multiply",
        {"beside": [{**TABLE, "files": MANY} for _ in range(500)], "weight_files": {"files": [], "bytes": []}},
    )
    yield doctored("1M runs", {"headers": {**TABLE, "shards": {"files": ["a"], "runs": "1:0 " * 1_000_000}}})
    for runs in ("9" * 5_000 + ":0", "-1:0", "1:-1", "1:9", "٨:0", "1:0:0", "1"):
        yield doctored(f"runs {runs[:6]}", {"headers": {**TABLE, "shards": {"files": ["a"], "runs": runs}}})

    def grouped(name: str, groups: list[Any], tensors: int = 1, said: str = "") -> Case:
        return doctored(name, {"headers": {**TABLE, "tensors": tensors, "groups": groups}}, said=said)

    empty = {"dtype": "F32", "shape": [0]}
    tensors = "more than 1,000,000 tensors"
    yield grouped("a range of 10^9", [{"name": "a.{}", "index": ["0-999999999"], **empty}], said=tensors)
    yield grouped("ranges that multiply", [{"name": "a.{}.{}.{}.{}", "index": ["0-999"] * 4, **empty}], said=tensors)
    yield grouped(
        "1.05M single numbers",
        [{"name": "a.{}", "index": [",".join(map(str, range(0, 2_100_000, 2)))], **empty}],
        said=tensors,
    )
    yield grouped(
        "400k tensors", [{"name": "a.{}.{}", "index": ["0-399", "0-999"], **empty}], 400_000, "recorded tensor names"
    )
    yield grouped(
        "names of 400 MB", [{"name": "a" * 900 + ".{}.{}", "index": ["0-399", "0-999"], **empty}], 400_000, "bytes"
    )
    yield grouped("20k groups", [{"name": f"a{n}"} for n in range(20_000)], 20_000, "more than 10,000 kinds of tensors")
    yield grouped(
        "groups of one name", [{"name": "a.{}.{}", "index": [str(n), "0-399"], **empty} for n in range(900)], 360_000
    )
    yield grouped(
        "a name of 100 numbers", [{"name": ".{}" * 100, "index": ["0"] * 100, **empty}], said="more than 8 numbers"
    )
    yield grouped("a name of 2 kB", [{"name": "x" * 2_000, **empty}], said="characters")
    for shape in ([2**62] * 1_000, [10**300], [-1], [True], [1.5], ["1"], [[1]], [1] * 65):
        yield grouped(f"shape {str(shape)[:8]}", [{"name": "a", "dtype": "F32", "shape": shape}])
    for index in ("٨", "1-", "-1", "0-5/0", "5-1", "1,1", "0-" + "9" * 5_000, "", ",", "0-1-2"):
        yield grouped(f"index {index[:6]!r}", [{"name": "a.{}", "index": [index], **empty}])
    for field in ("tensors", "elements", "bytes"):
        for value in (True, -1, 2**63, 10**300, 1.5, "1", None, []):
            yield doctored(f"{field} {str(value)[:6]}", {"headers": {**TABLE, field: value}})
    yield doctored(
        "100k records", {"files": [{"file": "a", "sha256": "b", "bytes": 1, "origin": "c"}] * 100_000}, said="values"
    )
    for key, value in {
        "schema": "moeaudit/evidence/v9",
        "model": [],
        "files": {},
        "config": [],
        "headers": 7,
        "index": "x",
        "beside": 1,
        "weight_files": [],
    }.items():
        yield doctored(f"{key} {value!r}", {key: value}, (USAGE,))


def specs() -> Iterator[Case]:
    def of(name: str, text: Content, codes: tuple[int, ...] = (USAGE,), said: str = "") -> Case:
        return Case(
            f"spec {name}", lambda: {"a.moe.yaml": text}, ("inspect", "a.moe.yaml", "--format", "json"), codes, said
        )

    head = "schema: moeaudit/architecture/v1\nfamily: A\n"
    yield of("of 2 GB", sparse(2_000_000_000))
    yield of("of 100k lists", head + "pieces: [" + "[]," * 100_000 + "]", said="more than 50,000 values")
    yield of("of 900 kB", head + "pieces: [" + "[]," * 300_000 + "]", said="more than the limit of 500,000")
    yield of("deep", head + "a: " + "[" * 100_000)
    embedding = "{kind: embedding, vocabulary: 1000, hidden: 64}"
    stacks = (f"  - {{prefix: 'p{n}.{{}}', layers: [{{times: 10000, layer: {embedding}}}]}}\n" for n in range(300))
    yield of("of 3 million layers", head + "pieces:\n" + "".join(stacks), said="10000 are read")
    yield of(
        "merged",
        head
        + "a: &a {x: 1}\n"
        + "".join(f"m{n}: &m{n} {{<<: [{', '.join([f'*m{n - 1}' if n else '*a'] * 9)}]}}\n" for n in range(12)),
    )
    yield of("key of 400 kB", head + "x" * 400_000 + ": 1\n")
    yield of("word of 400 kB", head.replace("A", "x" * 400_000) + "pieces: []\n", (USAGE, *READ, 3))
    experts = "{kind: experts, hidden: 8, width: 4, experts: 4, selected: 2%s}"
    layer = "  - {times: %s, layer: {kind: module, parts: {experts: " + experts + "}}}\n"
    model = (
        head
        + "pieces:\n- {prefix: e, block: {kind: embedding, vocabulary: %s, hidden: 8}}\n- prefix: l.{}\n  layers:\n"
        + layer
    )
    yield of("a model", model % (32, 2, ""), (OK,))
    for value in ("0", "-1", "true", ".nan", ".inf", "1e400", "9" * 300, "٨", "８", "1.5", "'8'", "[8]", "10001"):
        yield of(f"times {value[:8]}", model % (32, value, ""))
        if value != "10001":
            yield of(f"vocabulary {value[:8]}", model % (value, 2, ""))
    for share in (
        "5",
        "3/2",
        "-1",
        "1/0",
        ".nan",
        "true",
        "٢/٤",
        "{low: 1, typical: 2/64, high: 1, reason: x}",
        "{low: 0, typical: 1, high: 1/2, reason: x}",
        "{low: 0, typical: 1/2, high: 5, reason: x}",
        "{low: 5, typical: 2/64, high: 1, reason: x}",
        "{low: 0, typical: 1/2, high: " + "9" * 300 + ", reason: x}",
    ):
        yield of(f"share {share[:30]}", model % (32, 2, f", share: {share}"))
    yield of("a share", model % (32, 2, ", share: {low: 0, typical: 1/2, high: 1, reason: x}"), (OK,))
    yield of(
        "10k unlike layers",
        head
        + "pieces:\n- {prefix: e, block: {kind: embedding, vocabulary: 10, hidden: 10}}\n- prefix: l.{}\n  layers:\n"
        + "".join(f"  - layer: {{kind: norm, size: {n + 1}}}\n" for n in range(10_000)),
        (USAGE, *READ, 3),
    )


def packets() -> Iterator[Case]:
    def of(name: str, text: Content, said: str = "") -> Case:
        return Case(
            f"packet {name}", lambda: {"p.json": text}, ("packet", "--verify", "p.json", "--offline"), (USAGE,), said
        )

    yield of("of 3 GB", sparse(3_000_000_000), "more than the limit of 16,000,000")
    yield of(
        "of 5M lists", '{"schema": "moeaudit/packet/v1", "x": [' + "[]," * 5_000_000 + "1]}", "more than 400,000 values"
    )
    yield of("of 100k lists", '{"schema": "moeaudit/packet/v1", "x": [' + "[]," * 100_000 + "1]}")
    for name, text in {
        "empty": "",
        "list": "[]",
        "deep": "[" * 100_000,
        "schema": '{"schema": "%s"}' % ("x" * 1_000_000),
        "digits": '{"a": ' + "9" * 5_000 + "}",
    }.items():
        yield of(name, text)


def special() -> Iterator[Case]:
    """Files that never end, never begin, or are none, under every option that takes a file."""
    kinds: dict[str, Content] = {
        "zero": link("/dev/zero"),
        "pipe": pipe,
        "3 GB": sparse(3_000_000_000),
        "stdin": link("/dev/stdin"),
        "memory": link("/proc/self/mem"),
        "folder": lambda path: path.mkdir(),
    }
    options = {
        "config.json": ("inspect", "config.json"),
        "a.evidence.json": ("inspect", "a.evidence.json"),
        "a.moe.yaml": ("inspect", "a.moe.yaml"),
        "README.md": ("check", "README.md"),
        "a.claims.yaml": ("check", "a.claims.yaml"),
        "x.toml": ("check", "x.toml"),
        "x.yaml": ("check", "x.yaml"),
        "y.json": ("check", "y.json"),
        "p.json": ("packet", "--verify", "p.json"),
        "f.yaml": ("estimate", QWEN, "--offline", "--fleet", "f.yaml"),
        "g.yaml": ("packet", QWEN, "--offline", "--fleet", "g.yaml"),
        "c.md": ("draft", QWEN, "--offline", "--card", "c.md"),
        "b.claims.yaml": ("packet", "b.claims.yaml"),
        "d.json": ("lock", "d.json", "-o", "out"),
    }
    for kind, make in kinds.items():
        for name, words in options.items():
            yield Case(
                f"{kind} as {name} of {words[0]}", lambda name=name, make=make: {name: make}, words, (USAGE, 3, 4)
            )  # type: ignore[misc]
    for name, words in options.items():
        yield Case(f"a link to itself as {name} of {words[0]}", lambda name=name: {name: link(name)}, words, (USAGE, 4))  # type: ignore[misc]
