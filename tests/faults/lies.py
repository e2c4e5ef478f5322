"""Listings that are none, or that lie: what each does to the listing of a good Hub. Returned bytes are sent as they
stand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Content = dict[str, Any]
Lie = Callable[[Content], object]

OTHER = "b" * 40


def each(**values: Any) -> Lie:
    """Every file says this of itself; None leaves it out."""

    def lie(content: Content) -> None:
        for entry in content["siblings"]:
            for name, value in values.items():
                entry.pop(name, None) if value is None else entry.__setitem__(name, value)

    return lie


def of(file: str, **values: Any) -> Lie:
    """One file says this of itself."""

    def lie(content: Content) -> None:
        next(entry for entry in content["siblings"] if entry["rfilename"] == file).update(values)

    return lie


def more(*names: Any) -> Lie:
    """There are more files."""
    return lambda content: content["siblings"].extend({"rfilename": name, "size": 8, "blobId": OTHER} for name in names)


def without(file: str) -> Lie:
    def lie(content: Content) -> None:
        content["siblings"] = [entry for entry in content["siblings"] if entry["rfilename"] != file]

    return lie


def said(**values: Any) -> Lie:
    return lambda content: content.update(values)


def twice(content: Content) -> None:
    content["siblings"] += content["siblings"]


def twice_unlike(content: Content) -> None:
    content["siblings"] += [{"rfilename": "config.json", "size": 3, "blobId": OTHER}]


def many(name: str, how_many: int = 100_000) -> Lie:
    """So many more files."""
    return lambda content: content["siblings"].extend(
        {"rfilename": name.format(number), "size": 1000, "blobId": OTHER} for number in range(how_many)
    )


def plain(content: Content) -> None:
    """As of a mirror that states neither sizes nor digests."""
    content["siblings"] = [{"rfilename": entry["rfilename"]} for entry in content["siblings"]]


def text(value: str | bytes) -> Lie:
    return lambda content: value.encode() if isinstance(value, str) else value


SHARD, CONFIG = "model-00002-of-00003.safetensors", "config.json"

LIES: Mapping[str, Lie] = {
    "empty": text(""), "null": text("null"), "list": text("[]"), "object": text("{}"), "word": text('"main"'),
    "deep": text("[" * 100_000), "deep siblings": text('{"siblings":' + "[" * 100_000), "html": text("<html>Log in"),
    "not utf-8": text(b'{"siblings": [], "sha": "\xff"}'), "utf-16": text('{"siblings": []}'.encode("utf-16")),
    "many values": text('{"siblings": [' + "{}," * 5_000_000 + "{}]}"), "digits": text('{"sha":' + "9" * 5_000 + "}"),
    "nan": text('{"siblings": NaN}'), "surrogate": more("\ud800.json"),
    "siblings null": said(siblings=None), "siblings object": said(siblings={"config.json": 1}),
    "siblings of numbers": said(siblings=[1, 2]), "no names": each(rfilename=None), "names are numbers":
    each(rfilename=3), "no siblings": said(siblings=[]),
    "sha missing": said(sha=None), "sha is a number": said(sha=3), "sha is a path": said(sha="../../../../x"),
    "sha is short": said(sha="abc"), "sha in capitals": said(sha="A" * 40), "another sha": said(sha=OTHER),
    "sizes are text": each(size="12"), "sizes are negative": each(size=-1), "sizes are true": each(size=True),
    "sizes are fractions": each(size=1.5), "sizes are missing": each(size=None),
    "digests are missing": each(blobId=None, lfs=None), "nothing but names": plain,
    "digests are paths": each(blobId="../../../x", lfs={"sha256": "/etc/passwd"}),
    "digests are lists": each(blobId=[1], lfs=[2]),
    "another digest of config": of(CONFIG, blobId=OTHER), "another size of config": of(CONFIG, size=7),
    "config of no bytes": of(CONFIG, size=0), "config of 10^12 bytes": of(CONFIG, size=10**12),
    "index of 10^12 bytes": of("model.safetensors.index.json", size=10**12),
    "another digest of a shard": of(SHARD, lfs={"sha256": "b" * 64}), "another size of a shard": of(SHARD, size=70_000),
    "a shard of no bytes": of(SHARD, size=0), "a shard of 10^300 bytes": of(SHARD, size=10**300),
    "a shard is missing": without(SHARD), "config is missing": without(CONFIG),
    "card is missing": without("README.md"), "index is missing": without("model.safetensors.index.json"),
    "names climb": more("../../../x", "a/../../x", "..", "."),
    "names are absolute": more("/etc/passwd", "C:\\x", "//x"),
    "names hold NUL": more("a\0.json", "config.json\0"), "names are bidi": more("\u202egnp.gifnoc", "a\u2066b"),
    "names hold escapes": more("\x1b[31mred", "a\nb", "::error::x"), "names are empty": more("", " "),
    "names are long": more("x" * 100_000), "shard names climb": more("../model-00004-of-00003.safetensors"),
    "shard names are bidi": more("model-\u202e0001.safetensors"), "names twice": twice,
    "names twice, unlike": twice_unlike,
    "10^5 files": many("notes/{}.txt"), "30,000 shards": many("model-{}.safetensors", 30_000),
    "gated, though not": said(gated="manual"), "gated is a list": said(gated=[1]), "private": said(private=True),
}  # fmt: skip
