"""Inputs made from seeds by changes of structure: values swapped, keys dropped, numbers to extremes, texts hostile.

Deterministic: the same seeds and the same `Random` give the same inputs. Bytes are changed too, but seldom: parsers
refuse almost all of those, and nothing behind the parser is reached.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any

import yaml

from tests.outputs.hostile import HOSTILE

SMALL = (0, 1, 2, 3, 4, 5, 7, 8, 9, 16, 31, 32, 64, 100, 128, 255, 256, 1000, 1024, 4096)
EXTREME = (
    -1, 65_535, 65_536, 10**6, 2**31 - 1, 2**31, 2**32, 2**40, 2**40 + 1, 2**53 + 1, 10**15, 2**63 - 1, 2**63, 2**64,
    10**19, 10**40, -(10**19), 0.5, 1.0, -0.0, 1e-9, 0.999999, 1e22, 1e308, -1.5, float("inf"), float("-inf"),
    float("nan"),
)  # fmt: skip
OTHER: tuple[Any, ...] = (True, False, None, "", "auto", "none", [], {}, [[]], [None], [0], {"a": {}}, {"": 0})
TEXTS = (
    *HOSTILE, "0", "-1", "1e400", ".nan", "2026-02-30", "true", "null", "~", "٨", "８", "½", "x" * 300, "a." * 40,
    "1." * 40, "{}", "{{", "%s", "${x}", "../../x", "/etc/passwd", "C:\\x", "\ud800", "\ufeff", "model.layers.0.mlp",
    "model.layers.0.mlp.experts.0.gate_proj", "re:.*", "re:(a+)+$", "*", "**", "(", "[", "\\", "F32", "BF16", "F4",
    "671B", "37B", "~27B", "6710亿", "128k", "1e23", "18.6B–31.3B", "100%", "-5", "0x10", "1_000", "1,000", "fp8",
)  # fmt: skip
LONGEST = 1_000_000
"""Bytes of an input: what is repeated over and over grows fast."""

WORD = re.compile(r"\s+|\w+|[^\w\s]")

Place = tuple[str | int, ...]
Form = str
"""json, yaml, text, words or bytes: how a target's inputs are written."""


class Mutator:
    """Inputs of one form from seeds. What `keep` is told of joins the pool, so that changes add up."""

    def __init__(self, form: Form, seeds: Sequence[bytes], rng: Random, repair: Callable[[Any], Any] | None = None):
        self.form, self.rng, self.repair = form, rng, repair
        self.seeds, self.pool = list(seeds), list(seeds)
        self.trees = [tree for seed in seeds if (tree := self.parsed(seed)) is not None] if form in TREES else []
        self.keys = sorted({key for tree in self.trees for key in keys_of(tree)}) or ["a"]
        self.parts = sorted({part for seed in seeds for part in WORD.findall(seed.decode("utf-8", "replace"))})
        self.places: dict[bytes, list[Place]] = {}
        self.written = {seed: json.dumps(tree) for seed in seeds if (tree := self.parsed(seed)) is not None}

    def parsed(self, data: bytes) -> Any:
        """The tree of an input; None where it has none."""
        if self.form not in TREES:
            return None
        try:
            return json.loads(data) if self.form == "json" else yaml.load(data, LOADER)
        except (ValueError, yaml.YAMLError, RecursionError):
            return None

    def keep(self, data: bytes) -> None:
        """This input was taken by its target; some of these are changed again."""
        if len(data) < 200_000 and self.rng.random() < 0.05:
            place = self.rng.randrange(len(self.seeds), 300)
            if place < len(self.pool):
                self.pool[place] = data
            else:
                self.pool.append(data)

    def next(self) -> bytes:
        """Another input."""
        while True:
            chosen = self.rng.choice(self.seeds if self.rng.random() < 0.5 else self.pool)
            try:
                data = self.changed(chosen)
            except (UnicodeError, RecursionError, MemoryError):  # what cannot be written is no input
                continue
            if len(data) <= LONGEST:
                return data

    def changed(self, data: bytes) -> bytes:
        """An input a few changes away from this one."""
        if self.form == "bytes" or self.rng.random() < 0.06:
            return self.bytes_changed(data)
        if data in self.written and self.rng.random() < 0.4:
            return self.dumped(self.changed_once(data))
        changes = 1 + min(int(self.rng.expovariate(0.8)), 6)
        if self.form in TREES:
            text = self.written.get(data)
            tree = json.loads(text) if text is not None else self.parsed(data)
            if tree is not None:
                for _ in range(changes):
                    tree = self.tree_changed(tree)
                if self.repair is not None and self.rng.random() < 0.7:
                    tree = self.repair(tree)
                return self.dumped(tree)
        change = self.words_changed if self.form == "words" else self.text_changed
        text = data.decode("utf-8", "replace")
        for _ in range(changes):
            text = change(text)
        return text.encode("utf-8", "surrogatepass")

    # Trees

    def tree_changed(self, tree: Any) -> Any:
        holder, key = self.spot(tree)
        if holder is None:
            return tree if self.rng.random() < 0.9 else self.value()
        rng, old = self.rng, holder[key]
        match rng.randrange(12):
            case 0 | 1 | 2:
                holder[key] = self.like(old)
            case 3:
                holder[key] = self.value()
            case 4:
                del holder[key]
            case 5:
                other, name = self.spot(tree)
                if other is not None:  # a copy, so that no tree holds itself
                    holder[key] = json.loads(json.dumps(other[name]))
            case 6:
                other, name = self.spot(rng.choice(self.trees))
                if other is not None:
                    holder[key] = json.loads(json.dumps(other[name]))
            case 7 if isinstance(holder, dict):
                holder[rng.choice(self.keys)] = holder.pop(key)
            case 8 if isinstance(holder, dict):
                holder[rng.choice(self.keys)] = self.like(old)
            case 7 | 8:
                holder.insert(rng.randrange(len(holder) + 1), json.loads(json.dumps(old)))
            case 9 if isinstance(holder, dict):
                holder[self.text()] = holder.pop(key)
            case 9:
                holder *= rng.choice((0, 2, 3, 9))
                del holder[200:]
            case 10:
                holder[key] = self.like(self.like(old))
            case _:
                holder[key] = [old] * rng.choice((1, 2, 40)) if rng.random() < 0.7 else {"a": old}
        return tree

    def changed_once(self, seed: bytes) -> Any:
        """A seed's tree with one value changed, any of them with the same chance: a walk from the top finds the deep
        ones seldom."""
        tree = json.loads(self.written[seed])
        if seed not in self.places:
            self.places[seed] = list(places_of(tree))
        if not self.places[seed]:
            return self.value()
        *above, key = self.rng.choice(self.places[seed])
        holder = tree
        for step in above:
            holder = holder[step]
        if self.rng.random() < 0.15:
            del holder[key]
        else:
            holder[key] = self.like(holder[key]) if self.rng.random() < 0.5 else self.value()
        return self.repair(tree) if self.repair is not None and self.rng.random() < 0.7 else tree

    def spot(self, tree: Any) -> tuple[Any, Any]:
        """A holder in the tree, and the key or place of one of its values. (None, None) where it has none."""
        found: tuple[Any, Any] = (None, None)
        while isinstance(tree, dict | list) and tree:
            key = self.rng.choice(list(tree)) if isinstance(tree, dict) else self.rng.randrange(len(tree))
            found, tree = (tree, key), tree[key]
            if self.rng.random() < 0.25:
                break
        return found

    def like(self, old: Any) -> Any:
        """A value of the same kind, mostly."""
        rng = self.rng
        if isinstance(old, bool) or old is None:
            return rng.choice((True, False, None, *SMALL[:4]))
        if isinstance(old, int | float):
            tame = abs(old) < 1e300  # neither endless nor no number
            near = (old + 1, old - 1, old * 2, old * 10, -old, old // 2 if tame else 0, float(old) if tame else 0)
            return rng.choice((*near, rng.choice(SMALL), rng.choice(EXTREME)))
        if isinstance(old, str):
            return rng.choice((self.text(), old + self.text(), self.text_changed(old), self.text_changed(old)))
        return self.value()

    def value(self) -> Any:
        return self.rng.choice((SMALL, EXTREME, OTHER, TEXTS)[self.rng.randrange(4)])

    def text(self) -> str:
        return self.rng.choice(TEXTS)

    def dumped(self, tree: Any) -> bytes:
        ascii_only = self.rng.random() < 0.5
        if self.form == "yaml" and self.rng.random() < 0.3:
            return yaml.dump(tree, Dumper=DUMPER, allow_unicode=not ascii_only, sort_keys=False).encode("utf-8")
        return json.dumps(tree, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")

    # Texts

    def text_changed(self, text: str) -> str:
        rng = self.rng
        if not text or rng.random() < 0.05:
            return self.text()
        if "\n" in text and rng.random() < 0.4:
            return self.lines_changed(text)
        parts = WORD.findall(text) or [text]
        place = rng.randrange(len(parts))
        match rng.randrange(7):
            case 0:
                parts[place] = str(rng.choice((*SMALL, *EXTREME)))
            case 1:
                parts[place] = self.text()
            case 2:
                del parts[place : place + rng.choice((1, 2, 5))]
            case 3:
                parts.insert(place, rng.choice(self.parts or list(TEXTS)))
            case 4:
                parts[place] = rng.choice(self.parts or list(TEXTS))
            case 5:
                other = rng.randrange(len(parts))
                parts[place], parts[other] = parts[other], parts[place]
            case _:
                parts[place] *= rng.choice((2, 3, 20))
        return "".join(parts)[:20_000]

    def lines_changed(self, text: str) -> str:
        rng, lines = self.rng, text.split("\n")
        place = rng.randrange(len(lines))
        match rng.randrange(5):
            case 0:
                del lines[place]
            case 1:
                lines[place] *= rng.choice((1, 2, 3))
                lines.insert(place, lines[place])
            case 2:
                other = rng.choice(self.seeds).decode("utf-8", "replace").split("\n")
                start = rng.randrange(len(other))
                lines[place:place] = other[start : start + rng.randrange(1, 6)]
            case 3:
                other_place = rng.randrange(len(lines))
                lines[place], lines[other_place] = lines[other_place], lines[place]
            case _:
                lines[place] = self.text_changed(lines[place])
        return "\n".join(lines)

    def words_changed(self, text: str) -> str:
        """A command line whose words are dropped, doubled, swapped, put in from others, or changed inside."""
        rng = self.rng
        try:
            words = shlex.split(text)
        except ValueError:
            words = text.split()
        others = shlex.split(rng.choice(self.seeds).decode())
        place = rng.randrange(len(words) + 1)
        match rng.randrange(6):
            case 0:
                del words[place : place + 1]
            case 1:
                start = rng.randrange(len(others))
                words[place:place] = others[start : start + 2]
            case 2:
                words.insert(place, str(rng.choice((*SMALL, *EXTREME, *TEXTS))))
            case 3 if words:
                words[place - 1] = str(rng.choice((*SMALL, *EXTREME)))
            case 4 if words:
                words[place - 1] = self.text_changed(words[place - 1])
            case _ if words:
                words[place - 1] = rng.choice(others)
        return shlex.join(words) if rng.random() < 0.95 else " ".join(words)

    def bytes_changed(self, data: bytes) -> bytes:
        found, rng = bytearray(data), self.rng
        for _ in range(rng.choice((1, 1, 2, 8))):
            place = rng.randrange(len(found) + 1)
            match rng.randrange(4):
                case 0:
                    found[place : place + 1] = bytes([rng.randrange(256)])
                case 1:
                    found[place:place] = rng.choice(
                        (b"\x00", b"\xff", b'"', b"{", b"[", b"\n", b"\xed\xa0\x80", b"\\u")
                    )
                case 2:
                    del found[place : place + rng.choice((1, 2, 50))]
                case _:
                    found[place:place] = found[place : place + rng.choice((1, 20, 200))]
        return bytes(found)


TREES = ("json", "yaml")
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def places_of(tree: Any, above: Place = ()) -> Iterator[Place]:
    """The way to every value in a tree."""
    for key in tree if isinstance(tree, dict) else range(len(tree)) if isinstance(tree, list) else ():
        yield (*above, key)
        yield from places_of(tree[key], (*above, key))


def keys_of(tree: Any) -> set[str]:
    """Every key in a tree."""
    if isinstance(tree, dict):
        return {str(key) for key in tree}.union(*map(keys_of, tree.values()))
    return set[str]().union(*map(keys_of, tree)) if isinstance(tree, list) else set()
