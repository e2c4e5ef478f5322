"""What the config of an unknown family says all the same: a known language model inside, and fields about experts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from moeaudit.architecture.config import Config, Notice, show
from moeaudit.architecture.field_names import FIELDS, WIDTHS
from moeaudit.later import dataclass
from moeaudit.limits import LARGEST_NUMBER, LAYERS, SECTIONS_DEEP

TEXT = (
    "text_config",
    "llm_config",
    "language_config",
    "thinker_config",
    "lm_config",
    "language_model_config",
    "language_model",
    "decoder_config",
    "text_model_config",
    "llm",
)
"""Sections that hold the language model of a wrapper, in order of preference."""

BLOCKS = ("block_configs", "layer_configs", "layers", "blocks", "per_layer_config")
"""Lists with one object a layer, or objects that a layer's number leads to."""

OTHER_MODALITIES = ("vision", "visual", "vit", "image", "audio", "speech", "talker", "code2wav", "video", "quantiz")
"""Parts of the names of sections that say nothing about the language model."""

PER_LAYER = ("experts", "selected", "width")

Per = int | tuple[int | None, ...]
"""One number for every layer, or one for each (None where it says nothing about that layer)."""


@dataclass(frozen=True)
class Hint:
    """What one field says, and where it stands (`text_config.num_experts`, `block_configs[].num_experts_per_tok`)."""

    value: Per
    path: str

    def at(self, layer: int) -> int | None:
        """The number for one layer; None where the field says nothing about it."""
        if isinstance(self.value, int):
            return self.value
        return self.value[layer] if 0 <= layer < len(self.value) else None


@dataclass(frozen=True)
class Hints:
    """What fields of known names say about a model of an unknown family; None where none says it.

    `experts`, `selected`, `width`: routed experts of a layer, experts one token uses, an expert's inner width.
    """

    experts: Hint | None = None
    selected: Hint | None = None
    width: Hint | None = None
    hidden: Hint | None = None
    layers: Hint | None = None
    stated: bool = True  # there is a config that could have said it


def known_text(config: Config, known: Callable[[Mapping[str, Any]], bool]) -> Config | None:
    """The section with a language model of a known family inside an unknown wrapper; None where there is none.

    The outermost such section is taken. What the wrapper alone says about a tied head holds for the section.
    """
    level, tied = [config], config.data.get("tie_word_embeddings")
    for _ in range(SECTIONS_DEEP):
        level = [
            section.section(name) for section in level for name in TEXT if isinstance(section.data.get(name), Mapping)
        ]
        for section in level:
            if known(section.data):
                stated = section.data.get("tie_word_embeddings") is not None or tied is None
                return section if stated else replace(section, data={**section.data, "tie_word_embeddings": tied})
    return None


def hints(config: Config) -> Hints:
    """What the config's own fields say, whatever its family. Values that are no sizes are passed over."""
    sections = list(_sections(config.data))
    found: dict[str, Any] = {fact: _stated(names, sections) for fact, names in FIELDS.items()}
    blocks = next(_blocks(sections), None)
    if blocks is not None:
        for fact in PER_LAYER:
            found[fact] = _by_block(FIELDS[fact], *blocks, found[fact]) or found[fact]
        found["layers"] = found["layers"] or Hint(len(blocks[1]), blocks[0])
    found["width"] = found["width"] or _stated(WIDTHS, sections)
    return Hints(**found)


def layer_objects(data: Mapping[str, Any]) -> tuple[str, tuple[Mapping[str, Any], ...]]:
    """(path, one object for each layer) of a `block_configs` of the language model, a list or objects under the numbers
    of their layers; ("", ()) where there is none."""
    for path, section in _sections(data):
        value = section.get(BLOCKS[0])
        if isinstance(value, Mapping):
            value, layers = _numbered(value), _size(section.get("num_hidden_layers")) or 0
            value += [{}] * (min(layers, LAYERS) - len(value)) if value else []
        if isinstance(value, list) and 0 < len(value) <= LAYERS and all(isinstance(one, Mapping) for one in value):
            return f"{path}{BLOCKS[0]}", tuple(value)
    return "", ()


def unread_objects(data: Mapping[str, Any]) -> str:
    """The path of a `block_configs` that describes layers in a form that nobody reads; empty where there is none."""
    found = next(((path, section) for path, section in _sections(data) if section.get(BLOCKS[0])), None)
    return f"{found[0]}{BLOCKS[0]}" if found is not None and not layer_objects(data)[1] else ""


def flattened(one: Mapping[str, Any], depth: int = SECTIONS_DEEP) -> dict[str, Any]:
    """Every field of an object with what is nested in it; an outer one counts before an inner one of the same name."""
    found = {name: value for name, value in one.items() if not isinstance(value, Mapping | list)}
    for value in one.values():
        if isinstance(value, Mapping) and depth:
            found = {**flattened(value, depth - 1), **found}
    return found


def remarks(config: Config) -> tuple[Notice, ...]:
    """What is odd about these fields: two names of one fact that differ, and values that are no numbers."""
    found = []
    for path, section in _sections(config.data):
        for names in FIELDS.values():
            stated = [(name, section[name]) for name in names if section.get(name) is not None]
            usable = [(name, value) for name, value in stated if _per(value) is not None]
            found += [
                Notice(
                    "config-unusable",
                    f"{path}{name} is {show(value)}, expected a whole number; the weights alone are counted",
                    f"{path}{name}",
                    file=config.file,
                )
                for name, value in stated
                if isinstance(value, str)
            ]
            found += [
                Notice(
                    "config-aliases-contradict",
                    f"{path}{usable[0][0]} is {show(usable[0][1])} but {name} is {show(value)}; {usable[0][0]} is used",
                    f"{path}{usable[0][0]}",
                    ((usable[0][0], usable[0][1]), (name, value)),
                    config.file,
                )
                for name, value in usable[1:]
                if value != usable[0][1]
            ]
    return tuple(found)


def _sections(data: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(path, section): the language model's first, deepest first, then the whole config, then what else is nested."""
    texts, path, section = [], "", data
    for _ in range(SECTIONS_DEEP):
        name = next((name for name in TEXT if isinstance(section.get(name), Mapping)), None)
        if name is None:
            break
        path, section = f"{path}{name}.", section[name]
        texts.append((path, section))
    ordered = [*reversed(texts), ("", data)]
    yield from ordered
    seen = {id(section) for _, section in ordered}
    for path, section in ordered:
        yield from _nested(section, path, seen, SECTIONS_DEEP)


def _nested(
    section: Mapping[str, Any], path: str, seen: set[int], depth: int
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Further sections, those of other modalities and of single layers left out."""
    for name, value in section.items():
        other = any(word in str(name).lower() for word in OTHER_MODALITIES) or name in BLOCKS
        if isinstance(value, Mapping) and not other and id(value) not in seen and depth:
            seen.add(id(value))
            yield f"{path}{name}.", value
            yield from _nested(value, f"{path}{name}.", seen, depth - 1)


def _stated(names: Sequence[str], sections: Sequence[tuple[str, Mapping[str, Any]]]) -> Hint | None:
    """The first section that has one of the names with a size, and the first such name in it."""
    for path, section in sections:
        for name in names:
            value = _per(section.get(name))
            if value is not None:
                return Hint(value, f"{path}{name}")
    return None


def _per(value: object) -> Per | None:
    """A size, or one a layer where it is a list; a list of one number is that number. None where it is neither."""
    if not isinstance(value, list):
        return _size(value)
    if not value or len(value) > LAYERS:
        return None
    numbers = tuple(_size(item) for item in value)
    if len(numbers) == 1 or not any(numbers):
        return numbers[0]
    return numbers


def _size(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= LARGEST_NUMBER else None


def _blocks(sections: Sequence[tuple[str, Mapping[str, Any]]]) -> Iterator[tuple[str, tuple[Mapping[str, Any], ...]]]:
    """(path, one object a layer) of every field that describes layer after layer."""
    for path, section in sections:
        for name in BLOCKS:
            value = section.get(name)
            if isinstance(value, Mapping):
                value = _numbered(value)
            if isinstance(value, list) and 0 < len(value) <= LAYERS and all(isinstance(b, Mapping) for b in value):
                yield f"{path}{name}", tuple(value)


def _numbered(value: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Objects under the numbers of their layers, as a list."""
    numbers = {int(key): item for key, item in value.items() if key.isascii() and key.isdecimal() and len(key) < 6}
    if not numbers or max(numbers) >= LAYERS:
        return []
    return [item if isinstance(item := numbers.get(at), Mapping) else {} for at in range(max(numbers) + 1)]


def _by_block(
    names: Sequence[str], path: str, blocks: Sequence[Mapping[str, Any]], general: Hint | None
) -> Hint | None:
    """What each layer's own object says, at any depth of it, and the general field where it says nothing. None where
    no object says anything."""
    stated = [_stated(names, list(_sections(block))) for block in blocks]
    said = next((hint.path for hint in stated if hint is not None), None)
    if said is None:
        return None
    own = [hint.value if hint and isinstance(hint.value, int) else None for hint in stated]
    rest = [general.at(layer) if general else None for layer in range(len(blocks))]
    return Hint(tuple(one or other for one, other in zip(own, rest, strict=True)), f"{path}[].{said}")
