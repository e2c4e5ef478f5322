"""Headers and indexes: many, long, unlike, deep."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence

from moeaudit.limits import NUMBERS_IN_A_NAME, TENSORS
from tests.hostile.case import FINDINGS, NO_EVIDENCE, READ, USAGE, Case, Files, configured, folder, sparse
from tests.hub.repos import raw_shard

INDEX = "model.safetensors.index.json"
EMPTY = '"dtype":"F32","shape":[0],"data_offsets":[0,0]'
LAYERS = [f"layers.{number // 1000}.experts.{number % 1000}.w" for number in range(100_000)]


def cases() -> Iterator[Case]:
    yield from headers()
    yield from broken_headers()
    yield from indexes()


def listing(names: Sequence[str], entry: str = EMPTY) -> bytes:
    """A header of tensors without elements."""
    return ("{" + ",".join(f'"{name}":{{{entry}}}' for name in names) + "}").encode()


def shard(text: bytes, data: int = 0) -> Files:
    return {"model.safetensors": raw_shard(text, data)}


def random_numbers(count: int, numbers: int) -> list[str]:
    chance = random.Random(7)
    return [".".join(str(chance.randrange(10)) for _ in range(numbers - 1)) + f".{place}" for place in range(count)]


def index(names: Sequence[str], shards: int = 1) -> bytes:
    held = {
        name: f"model-{place * shards // len(names) + 1:05d}-of-{shards:05d}.safetensors"
        for place, name in enumerate(names)
    }
    return json.dumps({"metadata": {}, "weight_map": held}).encode()


def headers() -> Iterator[Case]:
    many = "more than {} values"
    yield folder("header of 10M lists", lambda: shard(b'{"dtype":[' + b"[]," * 10_000_000 + b"1]}"), (USAGE,), many[:9])
    yield folder(
        "header of 3M lists", lambda: shard(b'{"a":[' + b"[]," * 3_000_000 + b"[]]}"), (USAGE,), "__metadata__"
    )
    yield folder(
        "header of 90 MB",
        lambda: {"model.safetensors": sparse(90_000_008, (90_000_000).to_bytes(8, "little"))},
        (USAGE,),
        "the limit is 64,000,000",
    )
    yield folder(
        "header of 60 MB of zeros",
        lambda: {"model.safetensors": sparse(60_000_008, (60_000_000).to_bytes(8, "little"))},
        (USAGE,),
        "__metadata__",
    )
    yield folder("header of 50 MB of spaces", lambda: shard(listing(["a"]) + b" " * 50_000_000), READ)
    yield folder(
        "header of 300k metadata keys",
        lambda: shard(b'{"__metadata__":{' + b",".join(b'"%07x":"7"' % number for number in range(300_000)) + b"}}"),
        (USAGE,),
    )
    yield folder(
        "header of 300k metadata keys, last",
        lambda: shard(
            listing(["a"])[:-1]
            + b',"__metadata__":{'
            + b",".join(b'"%07x":"7"' % number for number in range(300_000))
            + b"}}"
        ),
        READ,
    )
    for ones in (65, 100_000, 2_000_000):
        yield folder(
            f"header with a shape of {ones} ones",
            lambda ones=ones: shard(  # type: ignore[misc]
                b'{"a":{"dtype":"F32","shape":[' + b"1," * (ones - 1) + b'1],"data_offsets":[0,4]}}', 4
            ),
            (USAGE,),
        )
    for numbers in (NUMBERS_IN_A_NAME, NUMBERS_IN_A_NAME + 1, 12, 400):
        yield folder(
            f"header of 30k names of {numbers} numbers",
            lambda numbers=numbers: shard(listing(random_numbers(30_000, numbers))),
            (USAGE,),
        )  # type: ignore[misc]
    yield folder(
        "header of a name of 300,000 numbers",
        lambda: shard(listing([".".join("7" * 300_000)])),
        (USAGE,),
        "more than 1,000 characters",
    )
    yield folder("header of a name of 1 MB", lambda: shard(listing(["x" * 990_000])), (USAGE,), "more than 1,000")
    yield folder("header of 100k names", lambda: shard(listing(LAYERS)), READ)
    yield folder(
        "header of 50k names with escapes",
        lambda: shard(listing([f"layers.{n // 500}.experts.{n % 500}.\\u0077" for n in range(50_000)])),
        READ,
    )
    yield folder("header of too many names", lambda: shard(b'"dtype"' * (TENSORS + 1)), (USAGE,), "more than")
    for what, names in {
        "plain": [f"a{n}" for n in range(50_000)],
        "shapes": LAYERS[:50_000],
        "numbers": [f"a.{n * 7919 % 10**8}.{n * 104729 % 10**7}" for n in range(50_000)],
    }.items():
        entries = (
            b"{"
            + ",".join(
                f'"{name}":{{"dtype":"F32","shape":[0,{n if what == "shapes" else 1}],"data_offsets":[0,0]}}'
                for n, name in enumerate(names)
            ).encode()
            + b"}"
        )
        yield folder(
            f"header of 50k unlike {what}", lambda entries=entries: shard(entries), (USAGE,), "kinds of tensors"
        )  # type: ignore[misc]
    yield folder("header of 8k unlike names", lambda: shard(listing([f"a{n}" for n in range(8_000)])), READ)
    yield folder(
        "headers of 150 shards of 1 MB of spaces",
        lambda: {
            f"model-{n:05d}-of-00150.safetensors": raw_shard(listing([f"l.{n}.w"]) + b" " * 1_000_000, 0)
            for n in range(1, 151)
        },
        (USAGE,),
        "bytes of headers",
    )
    yield folder(
        "headers of 40 shards",
        lambda: {
            f"model-{n:05d}-of-00040.safetensors": raw_shard(listing([f"l.{n}.{m}.w" for m in range(12_000)]), 0)
            for n in range(1, 41)
        },
        READ,
    )
    yield folder(
        "headers beside of 60 MB",
        lambda: {
            **shard(listing(["a"])),
            **{f"other{n:03d}.safetensors": raw_shard(listing([f"l.{n}.w"]) + b" " * 1_000_000, 0) for n in range(60)},
        },
        READ,
    )
    yield folder(
        "headers beside, unlike",
        lambda: {**shard(listing(["a"])), "other.safetensors": raw_shard(listing([f"a{n}" for n in range(30_000)]), 0)},
        READ,
    )


def broken_headers() -> Iterator[Case]:
    """Small ones: every form of a wrong entry."""
    entry = {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}
    wrong = {
        "no dtype": {**entry, "dtype": None},
        "dtype 1": {**entry, "dtype": 1},
        "dtype list": {**entry, "dtype": [[]]},
        "shape true": {**entry, "shape": [True]},
        "shape 1.5": {**entry, "shape": [1.5]},
        "shape -1": {**entry, "shape": [-1]},
        "shape 2^63": {**entry, "shape": [2**63]},
        "shape 10^300": {**entry, "shape": [10**300]},
        "shapes of 10^6 each": {**entry, "shape": [10**6] * 64},
        "shape text": {**entry, "shape": "1"},
        "shape nested": {**entry, "shape": [[[[1]]]]},
        "offsets true": {**entry, "data_offsets": [False, 4]},
        "offsets -1": {**entry, "data_offsets": [-1, 3]},
        "offsets 2^64": {**entry, "data_offsets": [0, 2**64]},
        "offsets turned": {**entry, "data_offsets": [4, 0]},
        "offsets of three": {**entry, "data_offsets": [0, 4, 8]},
        "a hole": {**entry, "data_offsets": [1, 5]},
        "null": None,
        "a list": [],
        "a number": 7,
        "text": "x",
    }
    for name, value in wrong.items():
        yield folder(f"header {name}", lambda value=value: shard(json.dumps({"a": value}).encode(), 4), (USAGE,))  # type: ignore[misc]
    texts = {
        "empty": b"",
        "a list": b"[]",
        "null": b"null",
        "cut": b'{"a":{"dtype"',
        "NaN": b'{"a":NaN}',
        "Latin-1": b'{"\xe9":1}',
        "a mark": b"\xef\xbb\xbf{}",
        "UTF-16": '{"a":1}'.encode("utf-16"),
        "twice": b'{"a":1,"a":2}',
        "digits": b'{"a":' + b"9" * 5000 + b"}",
        "half a pair": b'{"\\ud800":1}',
        "metadata of numbers": b'{"__metadata__":{"a":1}}',
        "metadata list": b'{"__metadata__":[]}',
        "deep": b'{"a":' + b"[" * 90 + b"]" * 90 + b"}",
        "deeper": b"[" * 100_000,
        "open": b'{"a":' * 50_000,
    }
    for name, text in texts.items():
        yield folder(f"header text {name}", lambda text=text: shard(text, 4), (USAGE,))  # type: ignore[misc]
    for length in (0, 7, 8):
        yield folder(f"shard of {length} bytes", lambda length=length: {"model.safetensors": b"\0" * length}, (USAGE,))  # type: ignore[misc]
    for length in (2**63, 2**64 - 1, 10**8 + 1):
        yield folder(
            f"header said to have {length} bytes",
            lambda length=length: {  # type: ignore[misc]
                "model.safetensors": length.to_bytes(8, "little") + b"{}"
            },
            (USAGE,),
        )


def indexes() -> Iterator[Case]:
    def of(name: str, text: bytes | Callable[[], bytes], codes: tuple[int, ...], said: str = "") -> Case:
        return folder(f"index {name}", lambda: {INDEX: text() if callable(text) else text}, codes, said, "index")

    seen = (*READ, NO_EVIDENCE)
    yield folder(
        "index of 3 GB", lambda: {INDEX: sparse(3_000_000_000)}, (USAGE,), "more than the limit of 100,000,000", "index"
    )
    yield of("of 60 MB of zeros", lambda: b"\0" * 60_000_000, (USAGE,))
    yield folder("index of 2M names", lambda: {INDEX: numbered_index(2_000_000)}, (USAGE,), "more than", "index")
    yield folder("index of a million names", lambda: {INDEX: numbered_index(TENSORS)}, seen, "", "index")
    deep = [f"l.{layer}.w" for layer in range(200_000)]
    yield of("of 200k layers", lambda: index(deep), (USAGE,), "more than 100,000 layers")
    yield of("of 100k names", lambda: index(LAYERS, 100), seen)
    yield of("of 30k names of 8 numbers", lambda: index(random_numbers(30_000, 8)), (USAGE,), "kinds of tensors")
    yield of("of 30k names of 20 numbers", lambda: index(random_numbers(30_000, 20)), (USAGE,), "more than 8 numbers")
    yield of("of 30k odd names", lambda: index([f"a{n}b" for n in range(30_000)]), (USAGE,), "kinds of tensors")
    yield of("of 8k odd names", lambda: index([f"a{n}b" for n in range(8_000)]), seen)
    yield of("of 30k shards", lambda: index(LAYERS[:30_000], 30_000), (USAGE,), "more than 10,000 files")
    yield of("of 5M lists", lambda: b'{"weight_map":{},"x":[' + b"[]," * 5_000_000 + b"1]}", (USAGE,), "values")
    yield of("with escapes", lambda: index(LAYERS).replace(b"experts", b"\\u0065xperts"), seen)
    yield of("a name of 1 MB", index(["x" * 1_000_000]), (USAGE,), "more than 1,000 characters")
    for name, text in {
        "list": b"[]",
        "no map": b"{}",
        "map list": b'{"weight_map":[]}',
        "numbers": b'{"weight_map":{"a":1}}',
        "null": b'{"weight_map":{"a":null}}',
        "twice": b'{"weight_map":{"a":"m","a":"m"}}',
        "deep": b"[" * 100_000,
        "up": b'{"weight_map":{"a":"../../m"}}',
        "root": b'{"weight_map":{"a":"/etc/passwd"}}',
        "cut": b'{"weight_map":{"a"',
        "size true": b'{"metadata":{"total_size":true},"weight_map":{}}',
        "size -1": b'{"metadata":{"total_size":-1},"weight_map":{}}',
        "size 10^30": b'{"metadata":{"total_size":1000000000000000000000000000000},"weight_map":{}}',
        "size digits": b'{"metadata":{"total_size":' + b"9" * 5000 + b'},"weight_map":{}}',
        "size 1e400": b'{"metadata":{"total_size":1e400},"weight_map":{}}',
    }.items():
        yield of(name, text, (USAGE,))


def numbered_index(count: int) -> bytes:
    names = (b'"l.%d.e.%d.w":"m"' % (number % 100, number // 100) for number in range(count))
    return b'{"weight_map":{' + b",".join(names) + b"}}"


def few_experts() -> Files:
    """A folder of 4 experts for a config of a million."""
    names = [f"model.layers.{layer}.mlp.experts.{expert}.up_proj.weight" for layer in range(4) for expert in range(4)]
    return {"config.json": configured(num_experts=1_000_000), **shard(listing(names))}


__all__ = ["FINDINGS", "cases", "few_experts"]
