"""Axes of GGUF files: the vocabulary that is stepped over, tensors of unlike layers, parts of one model."""

from __future__ import annotations

from tests.gguf import raw
from tests.gguf.raw import ARCHITECTURE, Head, key, listed, tensor, text, u32
from tests.hub.repos import HubFile

USED = key("qwen3moe.expert_used_count", raw.UINT32, u32(1))


def head(tensors: list[bytes], *more: bytes) -> HubFile:
    return HubFile.of(Head((ARCHITECTURE, USED, *more), tensors).file(32 * len(tensors)))


def experts_of(layer: int, place: int) -> bytes:
    """Two experts of a layer, every second layer's of another shape."""
    return tensor(f"blk.{layer}.ffn_up_exps.weight", (1, 4, 2) if layer % 2 else (2, 2, 2), offset=32 * place)


def layers(size: int) -> dict[str, HubFile]:
    return {"a.gguf": head([experts_of(n, n) for n in range(300 * size)])}


def vocabulary(size: int) -> dict[str, HubFile]:
    words = listed(raw.TEXT, 5_000 * size, b"".join(text(f"w{n}") for n in range(5_000 * size)))
    return {"a.gguf": head([experts_of(0, 0)], key("tokenizer.ggml.tokens", raw.LIST, words))}


def parts(size: int) -> dict[str, HubFile]:
    count = 32 * size  # many: what is compiled once per class is no slope
    found = {}
    for n in range(count):
        said = {"split.no": n, "split.count": count}
        split = [key(name, raw.UINT16, number.to_bytes(2, "little")) for name, number in said.items()]
        found[f"a-{n + 1:05d}-of-{count:05d}.gguf"] = head([experts_of(n, 0)], *split)
    return found


def folder_of(size: int) -> dict[str, HubFile]:
    """So many quantisations, of which one is read."""
    return {f"a{n}-Q8_0.gguf": head([experts_of(0, 0)]) for n in range(160 * size)}
