"""Settings and catalogues: TOML, YAML and JSON that other people wrote for other tools, or for this one."""

from __future__ import annotations

from collections.abc import Iterator

from tests.hostile.case import CARD, FINDINGS, NOTHING, OK, READ, USAGE, Case, Content, checked, link, pipe, sparse

SECTION = "[tool.moeaudit]\nfail-on = 'error'\n"


def cases() -> Iterator[Case]:
    yield from settings()
    yield from catalogues()


def project(
    name: str, text: Content, codes: tuple[int, ...] = (OK,), said: str = "", file: str = "pyproject.toml"
) -> Case:
    return checked(
        f"{file} {name}", lambda: {"README.md": CARD, file: text}, codes, "README.md", "--model", "m", said=said
    )


def odd_toml() -> dict[str, Content]:
    return {
        "nested arrays": "a=" + "[" * 5_000 + "\n",
        "nested tables": "a=" + "{a=" * 5_000 + "\n",
        "5,000 digits": "a=" + "9" * 5_000 + "\n",
        "a key of 200,000 parts": ".".join("a" * 200_000) + "=1\n",
        "a table of 100,000 parts": "[" + ".".join("a" * 100_000) + "]\n",
        "150k keys": "".join(f"k{n}=1\n" for n in range(150_000)),
        "many keys of 30 parts": "".join(f"x{n}.{'.'.join('a' * 30)}=1\n" for n in range(10_000)),
        "no TOML": "this is no toml\n",
        "Latin-1": b"a = '\xe9'\n",
        "NUL": b"\0" * 500_000,
        "an open text": 'a = "' + "x" * 900_000,
        "a long line": "# " + "x" * 900_000 + "\n",
        "dates": "a = 9999-99-99\n",
        "tables in a row": "[[a]]\n" * 100_000,
        "quoted parts": ".".join(["'a'"] * 20_000) + " = 1\n",
        "inline parts": "x = {" + ".".join("a" * 40_000) + "=1}\n",
    }


def settings() -> Iterator[Case]:
    for name, text in odd_toml().items():
        yield project(name, text)
        body = text if isinstance(text, bytes) else str(text).encode()
        codes = (OK, USAGE) if name in ("150k keys", "many keys of 30 parts", "tables in a row") else (USAGE,)
        yield project(f"ours, and {name}", SECTION.encode() + b"[tool.other]\n" + body, codes)
        yield project(f"a mention, and {name}", b"# moeaudit\n" + body)
    for name, make in {
        "3 GB": sparse(3_000_000_000),
        "pipe": pipe,
        "zero": link("/dev/zero"),
        "loop": link("pyproject.toml"),
    }.items():
        yield project(name, make)
    yield project("ours in 3 GB", sparse(3_000_000_000, SECTION.encode()), (USAGE,), "more than the limit of 1,000,000")
    for name, text in {"text": "tool = 'moeaudit'\n", "list": "tool = ['moeaudit']\n"}.items():
        yield project(f"tool is {name}", text)
    for name, text in {
        "text": "[tool]\nmoeaudit = 'x'\n",
        "list": "[[tool.moeaudit]]\na = 1\n",
        "level": "[tool.moeaudit]\nfail-on = 7\n",
        "key": "[tool.moeaudit]\nfailon = 'error'\n",
        "off": "[tool.moeaudit]\noff = [1]\n",
        "reason": "[tool.moeaudit.off]\ntotal-contradicted = ''\n",
        "rule": "[tool.moeaudit.off]\nnothing = 'x'\n",
    }.items():
        yield project(f"ours is {name}", text, (USAGE,))
    own = {
        "3 GB": sparse(3_000_000_000),
        "pipe": pipe,
        "zero": link("/dev/zero"),
        "loop": link("moeaudit.yaml"),
        "list": "- a\n",
        "deep": "[" * 100_000,
        "many": "off: [" + "a," * 499_000 + "]",
        "tag": "a: !!python/object:os.system x\n",
        "key of 900 kB": "x" * 900_000 + ": 1\n",
        "level true": "fail-on: true\n",
        "level list": "fail-on: [error]\n",
        "Latin-1": b"a: \xe9\n",
        "twice": "strict: true\nstrict: true\n",
    }
    for name, text in own.items():
        yield project(name, text, (USAGE,), file="moeaudit.yaml")


def catalogues() -> Iterator[Case]:
    def of(name: str, text: Content, codes: tuple[int, ...], file: str = "list.json", said: str = "") -> Case:
        return checked(f"catalogue {name}", lambda: {file: text}, codes, file, said=said)

    for name, text in odd_toml().items():
        body = text if isinstance(text, bytes) else str(text).encode()
        yield of(f"TOML {name}", b"name = 'x'\n" + body, (USAGE, NOTHING, OK), "x.toml")
    record = '{"id": "shop/m%d", "hugging_face_id": "org/m%d", "context_length": 1, "pricing": {"prompt": "0.1"}}'
    records = ",".join(record % (n, n) for n in range(20_000))
    yield of("of 20k records", '{"data": [' + records + "]}", (OK, FINDINGS))
    mark = '"context_length" '
    texts = {
        "lists": '{"data": [' + "[]," * 5_000_000 + "1]}",
        "open objects": '{"a":' * 100_000,
        "open lists": '{"data": [' + "[" * 1_000_000,
        "open texts": '{"data": "' + "x" * 15_000_000,
        "quotes": '{"data": [' + '"' * 2_000_000,
        "commas": '{"data": [' + "," * 5_000_000,
        "broken records": '{"data": [' + '{"id": "shop/m", "x": [1, },' * 100_000 + "]}",
        "twice": '{"data": [], "data": []}',
        "digits": '{"data": [{"id": "a/b", "context_length": ' + "9" * 5_000 + "}]}",
        "deep records": '{"data": [' + "[" * 500 + "]" * 500 + "]}",
    }
    for name, text in texts.items():
        yield of(name, text + mark, (USAGE, NOTHING, OK, FINDINGS))
    for name, make in {"3 GB": sparse(3_000_000_000), "zero": link("/dev/zero"), "pipe": pipe}.items():
        yield of(name, make, (USAGE,))
    yield of("YAML of 3 MB", "model_id: a\nparameter_count: [" + "x, " * 1_000_000 + "]", (USAGE,), "x.yaml")
    yield of("YAML deep", "model_id: a\nparameter_count: " + "[" * 100_000, (USAGE,), "x.yaml")


__all__ = ["READ", "cases"]
