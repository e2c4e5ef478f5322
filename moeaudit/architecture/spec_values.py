"""Values of spec files: how each field type of a block is written in YAML, and read back with errors that say where."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, fields
from enum import Enum
from fractions import Fraction
from functools import cache
from itertools import pairwise
from math import isfinite
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from moeaudit.architecture.blocks.base import Names
from moeaudit.architecture.config import show
from moeaudit.architecture.weights import Indices, Share
from moeaudit.errors import Place, UsageError
from moeaudit.later import dataclass
from moeaudit.limits import LARGEST_NUMBER

Path = tuple[str | int, ...]
"""Keys and list positions from the top of the file to a value."""

CHOICES: dict[str, tuple[str, ...]] = {
    "gate": ("none", "head", "full"),
    "qk_norm": ("none", "head", "full"),
    "layout": ("each", "stacked", "stacked-split", "flat"),
}
"""Text fields that are one of a few words."""

EMPTY = ("qk_rope_head_dim", "qk_nope_head_dim")
"""Figures without a default that may be 0: heads of latent attention with or without a rotary part."""

TEMPLATES = ("name", "prefix", "names", "correction_bias", "suffix", "infix", "stem")
"""Text fields that become tensor names: `{}` stands for a number, other braces are refused."""

IGNORED = "source"
"""A key every mapping may have: where its figures come from. It is for the reader of the file."""


@dataclass(frozen=True)
class Spot:
    """A place in a spec file; `line` finds the line of a path, and is only asked when something is wrong."""

    file: str
    line: Callable[[Path], int | None]
    path: Path = ()

    def at(self, *steps: str | int) -> Spot:
        return Spot(self.file, self.line, (*self.path, *steps))

    def error(self, message: str, hint: str = "") -> UsageError:
        dotted = "".join(
            f"[{step}]" if isinstance(step, int) else f".{ascii(step)[1:-1]}" for step in self.path
        ).lstrip(".")
        return UsageError(message, place=Place(self.file, line=self.line(self.path), path=dotted or None), hint=hint)


@cache
def hints_of(kind: type) -> dict[str, Any]:
    """The field types of a dataclass."""
    hints = get_type_hints(kind)
    return {f.name: hints[f.name] for f in fields(kind)}


def read_fields(
    kind: type,
    given: Mapping[Any, Any],
    spot: Spot,
    nested: Callable[[Any, Any, Spot], Any],
    *,
    besides: Sequence[str] = (),
) -> dict[str, Any]:
    """The fields of a dataclass from a mapping. `besides`: keys the caller reads itself. `nested` reads blocks."""
    hints, optional = (
        hints_of(kind),
        {f.name for f in fields(kind) if f.default is not MISSING or f.default_factory is not MISSING},
    )
    unknown_keys(given, (*hints, *besides), spot)
    missing = [name for name in hints if name not in given and name not in optional and name not in besides]
    if missing:
        raise spot.error(
            f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing", "Every block needs all its figures."
        )
    return {
        name: read_value(hints[name], given[name], spot.at(name), nested, least=least_of(kind, name))
        for name in hints
        if name in given and name not in besides
    }


def least_of(kind: type, name: str) -> int:
    """The least a whole number may be: 1, or 0 where 0 is the default or a part may be empty."""
    default = next(f.default for f in fields(kind) if f.name == name)
    return 0 if name in EMPTY or (isinstance(default, int) and default == 0) else 1


def unknown_keys(given: Mapping[Any, Any], known: Sequence[str], spot: Spot) -> None:
    """Error for a key that nothing reads, with the nearest that something does."""
    for key in given:
        if key not in known and key != IGNORED:
            from moeaudit.nearest import did_you_mean

            raise spot.at(str(key)).error(f"{show(key)} is no field here", did_you_mean(str(key), known))


def mapping(value: object, spot: Spot) -> Mapping[Any, Any]:
    if not isinstance(value, Mapping):
        raise spot.error(f"{show(value)} where a mapping is expected")
    return value


def read_value(hint: Any, value: Any, spot: Spot, nested: Callable[[Any, Any, Spot], Any], *, least: int = 0) -> Any:
    """A value of the type a dataclass field declares."""
    if get_origin(hint) in (Union, UnionType):
        inner = next(arg for arg in get_args(hint) if arg is not NoneType)
        return None if value is None else read_value(inner, value, spot, nested, least=least)
    if hint == Names:
        return tuple(
            (tensor_text(name, spot), words(tensor_text(word, spot.at(str(name))), spot.at(str(name))))
            for name, word in mapping(value, spot).items()
        )
    if hint == tuple[Indices, ...]:
        return tuple(read_indices(item, spot.at(number)) for number, item in enumerate(sequence(value, spot)))
    if hint is Share:
        return read_share(value, spot)
    if get_origin(hint) is tuple and get_args(hint)[0] is int:
        return read_integers(get_args(hint), value, spot)
    if hint is int:
        return whole(value, spot, least)
    if hint is bool or hint is float:
        return read_plain(hint, value, spot)
    if hint is str:
        return read_word(value, spot)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return one_of(value, {str(word.value): word for word in hint}, spot)
    return nested(hint, value, spot)


def sequence(value: object, spot: Spot) -> Sequence[Any]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise spot.error(f"{show(value)} where a list is expected")
    return value


def whole(value: object, spot: Spot, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= LARGEST_NUMBER:
        raise spot.error(f"{show(value)} where a whole number of at least {least} is expected")
    return value


def read_integers(args: tuple[Any, ...], value: object, spot: Spot) -> tuple[int, ...]:
    numbers = tuple(whole(item, spot.at(number), 0) for number, item in enumerate(sequence(value, spot)))
    if args[-1] is not Ellipsis and len(numbers) != len(args):
        raise spot.error(f"{len(numbers)} numbers where {len(args)} are expected")
    return numbers


def read_plain(hint: type, value: object, spot: Spot) -> bool | float:
    if hint is bool and isinstance(value, bool):
        return value
    if hint is float and isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value):
        return float(value)
    raise spot.error(f"{show(value)} where {'true or false' if hint is bool else 'a number'} is expected")


def tensor_text(value: object, spot: Spot) -> str:
    """Text that becomes part of a tensor name."""
    if not isinstance(value, str):
        raise spot.error(f"{show(value)} where text is expected")
    rest = value.replace("{}", "")
    if "{" in rest or "}" in rest or not value.isprintable():
        raise spot.error(f"{show(value)} is no tensor name", "Braces stand for a number, as {}.")
    return value


def read_word(value: object, spot: Spot) -> str:
    """Text: one of the field's few words, a part of a tensor name, or anything."""
    field = str(spot.path[-1]) if spot.path else ""
    if field in CHOICES:
        return str(one_of(value, {word: word for word in CHOICES[field]}, spot))
    if field in TEMPLATES:
        return tensor_text(value, spot)
    return words(value, spot)


def words(value: object, spot: Spot) -> str:
    """Text that says something."""
    if not isinstance(value, str):
        raise spot.error(f"{show(value)} where text is expected")
    if not value.strip():
        raise spot.error("nothing is written where text is expected")
    return value


def one_of(value: object, known: Mapping[str, Any], spot: Spot) -> Any:
    if not isinstance(value, str) or value not in known:
        from moeaudit.nearest import asked, nearest

        near = nearest(str(value), known)
        raise spot.error(f"{show(value)} is none of {', '.join(known)}", asked(near) if near else "")
    return known[value]


def read_indices(value: object, spot: Spot) -> Indices:
    """The numbers one `{}` runs over: "0-63", "1-9/2", or a list."""
    if not isinstance(value, str):
        numbers = tuple(whole(item, spot.at(number), 0) for number, item in enumerate(sequence(value, spot)))
        if not numbers or any(later <= earlier for earlier, later in pairwise(numbers)):
            raise spot.error(f"{show(value)} where numbers that rise are expected")
        return numbers
    span, _, step = value.partition("/")
    first, _, last = span.partition("-")
    words = (first, last or first, step or "1")
    if not all(word.isascii() and word.isdecimal() and len(word) <= 12 for word in words):
        raise spot.error(f"{show(value)} where numbers such as 0-63 or 1-9/2 are expected")
    low, high, every = (int(word) for word in words)
    if high < low or every < 1:
        raise spot.error(f"{show(value)} holds no number")
    return range(low, high + 1, every)


def read_share(value: object, spot: Spot) -> Share:
    """The part of a weight that one token uses: a fraction such as "2/64", or low, typical, high and the reason."""
    if not isinstance(value, Mapping):
        fraction = read_fraction(value, spot)
        if fraction > 1:
            raise spot.error(f"{show(value)} is no share: 1 is all experts")
        return Share(fraction, fraction, fraction)
    unknown_keys(value, ("low", "typical", "high", "reason"), spot)
    missing = [name for name in ("low", "typical", "high", "reason") if name not in value]
    if missing:
        raise spot.error(
            f"{', '.join(missing)} missing: a share that depends on the token needs low, typical, high and a reason"
        )
    low, typical, high = (read_fraction(value[name], spot.at(name)) for name in ("low", "typical", "high"))
    instead = typical == high == 0  # used by another kind of token than the typical one, in place of others
    if max(low, high) > 1 or not (low <= typical <= high or instead):
        raise spot.error(
            f"low {low}, typical {typical}, high {high} are no share: they rise, and 1 is all experts",
            "A share is the part of the routed experts that a token uses.",
        )
    return Share(low, typical, high, read_word(value["reason"], spot.at("reason")))


def read_fraction(value: object, spot: Spot) -> Fraction:
    top, _, bottom = str(value).partition("/")
    parts = (top, bottom or "1")
    if (
        isinstance(value, bool)
        or not all(part.isascii() and part.isdecimal() and len(part) <= 12 for part in parts)
        or int(parts[1]) == 0
    ):
        raise spot.error(f"{show(value)} where a fraction such as 2/64 is expected")
    return Fraction(int(parts[0]), int(parts[1]))


def write_value(value: Any, nested: Callable[[Any], Any]) -> Any:
    """The reverse of `read_value`; `nested` writes blocks and their parts."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Share):
        if value.exact and not value.reason:
            return str(value.typical)
        return {"low": str(value.low), "typical": str(value.typical), "high": str(value.high), "reason": value.reason}
    if isinstance(value, range):
        step = f"/{value.step}" if value.step != 1 else ""
        return f"{value[0]}-{value[-1]}{step}"
    if isinstance(value, tuple):
        return write_tuple(value, nested)
    return value if isinstance(value, str | int | float | NoneType) else nested(value)


def write_tuple(value: tuple[Any, ...], nested: Callable[[Any], Any]) -> Any:
    pairs = bool(value) and all(
        isinstance(item, tuple) and len(item) == 2 and isinstance(item[0], str) for item in value
    )
    if not pairs:
        return [write_value(item, nested) for item in value]
    written = [(name, write_value(item, nested)) for name, item in value]
    names = [name for name, _ in written]
    return dict(written) if len(set(names)) == len(names) else [{name: item} for name, item in written]
