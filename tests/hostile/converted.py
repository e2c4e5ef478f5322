"""GGUF heads: counts that lie, vocabularies without end, names many and alike, keys of every odd kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from moeaudit.limits import GGUF_TEXTS
from tests.gguf import raw
from tests.gguf.raw import ARCHITECTURE, Head, key, listed, tensor, text, u64
from tests.hostile.case import NO_EVIDENCE, NOTHING, READ, USAGE, Case, Files, link, pipe, sparse

MB = 1_000_000


def cases() -> Iterator[Case]:
    yield from heads()
    yield from many()
    yield from folders()


def file(name: str, made: Callable[[], object], codes: tuple[int, ...], said: str = "") -> Case:
    """One file, inspected by its name."""
    return Case(f"gguf {name}", lambda: {"a.gguf": made()}, ("inspect", "a.gguf", "--format", "json"), codes, said)  # type: ignore[dict-item]


def filled(head: bytes, size: int) -> object:
    return sparse(max(size, len(head)), head)


def vocabulary(count: int, texts: bytes) -> bytes:
    return key("tokenizer.ggml.tokens", raw.LIST, listed(raw.TEXT, count, texts))


def ended(*keys: bytes, tensors: tuple[bytes, ...] = (tensor("token_embd.weight"),)) -> bytes:
    return Head((ARCHITECTURE, *keys), tensors).file()


def heads() -> Iterator[Case]:
    huge = 2**63
    yield file("of nothing", lambda: b"", (USAGE,), "begins with")
    yield file("of 10 GB of zeros", lambda: sparse(10_000 * MB), (USAGE,), "no GGUF file")
    yield file("of 2^63 tensors", lambda: Head(said_tensors=huge).file(), (USAGE,), "more than 1,000,000 tensors")
    yield file("of 2^63 keys", lambda: Head(said_keys=huge).file(), (USAGE,), "more than 10,000 keys")
    yield file(
        "of 1M tensors that are not there",
        lambda: filled(Head(said_tensors=MB).bytes(), 400 * MB),
        (USAGE,),
        "0 dimensions",
    )
    yield file("of 10,000 keys that are not there", lambda: filled(Head(said_keys=10_000).bytes(), 400 * MB), (USAGE,))
    yield file("vocabulary of 2^40", lambda: filled(ended(vocabulary(2**40, b"")), 400 * MB), (USAGE,), "goes on for")
    yield file(
        "vocabulary of 7M in a large file",
        lambda: filled(Head((vocabulary(7 * MB, b""),)).bytes(), 400 * MB),
        (USAGE,),
        f"more than {GGUF_TEXTS:,} texts",
    )
    yield file("vocabulary of 2M empty texts", lambda: ended(vocabulary(2 * MB, bytes(16 * MB))), (*READ, NOTHING))
    yield file(
        "vocabularies of 1M empty texts, three",
        lambda: ended(*(key(f"t.{n}", raw.LIST, listed(raw.TEXT, MB, bytes(8 * MB))) for n in range(3))),
        (USAGE,),
        "more than 2,000,000 texts",
    )
    yield file(
        "vocabulary of one text of 60 MB",
        lambda: ended(vocabulary(1, u64(60 * MB) + bytes(60 * MB))),
        (*READ, NOTHING),
    )
    yield file(
        "scores of 70 MB",
        lambda: filled(Head((key("s", raw.LIST, listed(raw.UINT8, 70 * MB)),)).bytes(), 400 * MB),
        (USAGE,),
        "more than 64,000,000 bytes",
    )
    yield file("a text of 60 MB", lambda: ended(key("a", raw.TEXT, u64(60 * MB) + b"x" * (60 * MB))), (*READ, NOTHING))
    yield file("a text past the end", lambda: ended(key("a", raw.TEXT, u64(2**62))), (USAGE,), "the file ends at byte")
    deep = listed(raw.LIST, 1, listed(raw.LIST, 1, listed(raw.UINT8, 1, b"\1")))
    yield file("lists in lists", lambda: ended(key("a", raw.LIST, deep)), (USAGE,), "list of lists")
    yield file("no architecture", lambda: Head(()).file(), (USAGE,), "does not say its architecture")
    yield file(
        "an architecture of control signs",
        lambda: Head((key("general.architecture", raw.TEXT, text("\x1b[31m\n\u202e")),)).file(),
        (USAGE,),
        "no word",
    )
    yield file(
        "an architecture that is a number",
        lambda: Head((key("general.architecture", raw.UINT32, raw.u32(7)),)).file(),
        (USAGE,),
        "expected a text",
    )
    for kind in ("adapter", "imatrix", "vocab"):
        yield file(f"of an {kind}", lambda kind=kind: ended(key("general.type", raw.TEXT, text(kind))), (NOTHING,))  # type: ignore[misc]
    for name in ("expert_count", "expert_used_count", "block_count", "nextn_predict_layers", "context_length"):
        for what, value in {
            "text": (raw.TEXT, text("8")),
            "float": (raw.FLOAT32, b"\0\0\0\x41"),
            "minus": (raw.INT32, b"\xff" * 4),
            "all": (raw.UINT64, b"\xff" * 8),
            "list of bools": (raw.LIST, listed(raw.BOOL, 2, b"\0\1")),
        }.items():
            yield file(
                f"{name} as {what}",
                lambda name=name, value=value: ended(
                    key(f"qwen3moe.{name}", *value), tensors=(tensor("blk.0.ffn_up_exps.weight", (4, 4, 2)),)
                ),  # type: ignore[misc]
                (USAGE,),
                f"qwen3moe.{name}",
            )


def many() -> Iterator[Case]:
    def offsets(names: list[str]) -> bytes:
        return Head(tensors=[tensor(name, (8,), offset=32 * n) for n, name in enumerate(names)]).file(32 * len(names))

    yield file("of 100k layers", lambda: offsets([f"blk.{n}.ffn_up.weight" for n in range(100_000)]), READ)
    yield file("of 100k experts", lambda: offsets([f"blk.0.ffn_up.{n}.weight" for n in range(100_000)]), (USAGE,))
    yield file("of 20k unlike names", lambda: offsets([f"a{n}x" for n in range(20_000)]), (USAGE,), "kinds of tensors")
    yield file(
        "of names of many numbers",
        lambda: offsets([f"{n}." + ".".join("7" * 9) for n in range(99)]),
        (USAGE,),
        "numbers",
    )
    yield file("of 10,000 keys", lambda: ended(*(key(f"k.{n}", raw.UINT8, b"\1") for n in range(9_999))), READ)
    yield file("with leading zeros", lambda: offsets(["blk.00.ffn_up_exps.weight", "blk.01.ffn_gate.00.weight"]), READ)
    yield file("with braces", lambda: offsets(["blk.{}.ffn_up_exps.weight", "blk.{0}.{1}", "{"]), READ)
    yield file("of flat experts", lambda: offsets(["blk.0.ffn_up_exps.weight"]), READ)
    yield file(
        "of experts beyond all numbers",
        lambda: ended(
            key("grovemoe.experts_per_group", raw.UINT32, raw.u32(2)),
            tensors=(tensor("blk.0.ffn_up_chexps.weight", (1, 1, 2**40), kind=raw.F32),),
        ),
        (USAGE,),
        "the file holds",
    )
    yield file(
        "of a block count of 2^40",
        lambda: ended(key("qwen3moe.block_count", raw.UINT64, u64(2**40)), tensors=(tensor("blk.0.ffn_up.weight"),)),
        (0, 1, NOTHING),
    )


def folders() -> Iterator[Case]:
    def folder(name: str, files: Callable[[], Files], codes: tuple[int, ...], said: str = "", where: str = ".") -> Case:
        return Case(f"gguf folder {name}", files, ("inspect", where, "--format", "json"), codes, said)

    good = ended()
    yield folder("of 1,000 parts", lambda: {"a-00001-of-01000.gguf": good}, (NO_EVIDENCE,), "and 991 more of 1000")
    yield folder("of 99,999 parts", lambda: {"a-00001-of-99999.gguf": good}, (USAGE,), "more than 1,000 files")
    yield folder("of part 0", lambda: {"a-00000-of-00003.gguf": good}, READ)
    yield folder("of part 4 of 3", lambda: {"a-00004-of-00003.gguf": good}, READ)
    yield folder("of a pipe", lambda: {"a.gguf": pipe}, (USAGE,), "no GGUF file")
    yield folder("of a link out", lambda: {"a.gguf": link("/etc/passwd")}, (USAGE,), "out of the folder")
    yield folder("of a link to itself", lambda: {"a.gguf": link("a.gguf")}, (USAGE, NO_EVIDENCE))
    yield folder("of two alike", lambda: {"a-Q8_0.gguf": good, "b-Q8_0.gguf": good}, (USAGE,), "several", ".:Q8_0")
    yield folder("with a choice of nothing", lambda: {"a.gguf": good}, (USAGE,), "none of its GGUF files", ".:x")
    yield folder("with a broken config", lambda: {"a.gguf": good, "config.json": "{"}, (USAGE,))
    yield folder(
        "of 2,000 quantisations",
        lambda: {f"a{n}-Q8_0.gguf": good for n in range(2_000)},
        READ,
    )
