"""Reading config.json: typed, with aliases, and with errors that name the field. Nothing here trusts the file."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from typing import Any, TypeVar

from moeaudit.errors import Place, UsageError
from moeaudit.later import dataclass, expression
from moeaudit.limits import LARGEST_NUMBER, LAYERS
from moeaudit.text import file_name, several

COUNTS_LAYERS = expression(r"layers?(_num)?$|^depths?\b|blocks$|_groups$|modules$|stages$")
"""Fields that say how many modules stand one after the other."""

PREDICTION_MODULES = ("num_nextn_predict_layers", "num_mtp_layers")
"""The number of prediction modules, whose entries some per-layer lists hold behind those of the layers."""

TEXT_SECTIONS = ("text_config", "llm_config", "language_config", "thinker_config")
"""Where a config nests its language model."""

MISSING: Any = object()
Item = TypeVar("Item")
Whole = int
"""`int`, under a name that the method `int` below does not hide."""


@dataclass(frozen=True)
class Notice:
    """Something in the config that a reader must know: an ignored contradiction, a wrong model_type, an unread
    field."""

    rule: str
    message: str
    path: str
    values: tuple[tuple[str, object], ...] = ()
    file: str = "config.json"


class ListTooShort(UsageError):
    """A list with an entry for each layer has fewer than there are layers: no reader knows what the last ones are."""


@dataclass(frozen=True)
class Defaulted:
    """A whole number that the config does not state. `path`: where it would stand, under the first of its `names`.

    `null`: the name that is there without a value; empty where the field is absent. `least`: the least it may be."""

    section: str
    names: tuple[str, ...]
    value: int
    least: int
    null: str = ""

    @property
    def path(self) -> str:
        return f"{self.section}{self.null or self.names[0]}"


@dataclass
class Config:
    """One section of config.json. Every getter takes the field's aliases in order of preference.

    Two aliases that are both present and differ are a notice (rule `config-aliases-contradict`), and the first is used.
    A field that is missing without a default, or of the wrong type, is an error that names it.
    """

    data: Mapping[str, Any]
    path: str = ""
    file: str = "config.json"
    notices: list[Notice] = field(default_factory=list)
    asked: list[tuple[str, tuple[str, ...]]] | None = (
        None  # (section, names) of every field asked for, where a list is given
    )
    defaulted: list[Defaulted] | None = None  # every whole number read that is not stated, where a list is given

    @property
    def name(self) -> str:
        """What messages call the file."""
        return file_name(self.file)

    def has(self, *names: str) -> bool:
        self._note(names)
        return any(self.data.get(name) is not None for name in names)

    def section(self, *names: str, required: bool = False) -> Config:
        """A nested object as a Config of its own; empty where absent, unless required."""
        name, value = self._raw(names, MISSING if required else {})
        if not isinstance(value, Mapping):
            raise self._error(name, value, "an object")
        return replace(self, data=value, path=f"{self.path}{name}.")

    def text(self) -> Config:
        """The language model's section, where the config nests it; else this one."""
        for name in TEXT_SECTIONS:
            if isinstance(self.data.get(name), Mapping):
                return self.section(name).text()
        return self

    def int(self, *names: str, default: Any = MISSING, least: int = 1) -> int:
        """A whole number of at least `least`. A default that is a function is asked where it is needed, so that fields
        which it reads count as read only then."""
        name, value = self._raw(names, default)
        value = value() if callable(value) else value
        if value is None and default is None:
            return None  # type: ignore[return-value]
        if not callable(default):
            self._assumed(names, value, least)
        return self._whole(name, value, least)

    def maybe_int(self, *names: str, least: Whole = 1) -> Whole | None:
        """A whole number, or None where absent or null."""
        name, value = self._raw(names, None)
        return None if value is None else self._whole(name, value, least)

    def number(self, *names: str, default: Any = MISSING) -> float:
        name, value = self._raw(names, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value) or abs(value) > 1e18:
            raise self._error(name, value, "a number")
        return float(value)

    def flag(self, *names: str, default: Any = MISSING) -> bool:
        name, value = self._raw(names, default)
        if value is None and default is not MISSING:
            return bool(default)
        if not isinstance(value, bool):
            raise self._error(name, value, "true or false")
        return value

    def word(self, *names: str, default: Any = MISSING) -> str:
        name, value = self._raw(names, default)
        if not isinstance(value, str):
            raise self._error(name, value, "a string")
        return value

    def ints(self, *names: str, default: Any = MISSING, least: Whole = 0) -> tuple[Whole, ...]:
        """A list of whole numbers."""
        name, value = self._raw(names, default)
        if isinstance(value, str | bytes) or not isinstance(value, Sequence):
            raise self._error(name, value, "a list of whole numbers")
        return tuple(self._whole(f"{name}[{place}]", item, least) for place, item in enumerate(value))

    def words(self, *names: str, default: Any = MISSING) -> tuple[str, ...]:
        """A list of strings."""
        name, value = self._raw(names, default)
        if (
            isinstance(value, str | bytes)
            or not isinstance(value, Sequence)
            or not all(isinstance(item, str) for item in value)
        ):
            raise self._error(name, value, "a list of strings")
        return tuple(value)

    def pair(self, *names: str, default: Any = MISSING, least: Whole = 1) -> tuple[Whole, Whole]:
        """Two numbers, or one that stands for both."""
        name, value = self._raw(names, default)
        if isinstance(value, int) and not isinstance(value, bool):
            return (self._whole(name, value, least),) * 2
        numbers = self.ints(*names, default=default, least=least)
        if len(numbers) != 2:
            raise self._error(name, f"a list of {len(numbers)}", "one number, or two")
        return numbers[0], numbers[1]

    def per_layer(self, layers: Whole, *names: str, default: Any = MISSING, least: Whole = 1) -> tuple[Whole, ...]:
        """One number for every layer, or a list with one per layer."""
        name, value = self._raw(names, default)
        self._assumed(names, value, least)
        if isinstance(value, int) and not isinstance(value, bool):
            return (self._whole(name, value, least),) * layers
        return self.each_layer(layers, name, self.ints(*names, default=default, least=least))

    def each_layer(
        self, layers: Whole, name: str, values: Sequence[Item], *, modules: Whole | None = None
    ) -> tuple[Item, ...]:
        """The entries of a per-layer list that the layers have, the first ones.

        More entries are a notice (rule `config-list-longer`), unless they are those of the prediction modules; fewer
        are an error. `modules`: how many of these there are, where it is not what the config counts."""
        if len(values) < layers:
            message = f"{name} has {several(len(values), 'entry', 'entries')} for {several(layers, 'layer')}"
            raise self.contradiction(message, "num_hidden_layers", name, kind=ListTooShort)
        counted = [self.data.get(field) for field in PREDICTION_MODULES] if modules is None else [modules]
        if len(values) > layers and len(values) - layers not in counted:
            self.notice(
                "config-list-longer",
                f"{self.path}{name} has {several(len(values), 'entry', 'entries')} for {several(layers, 'layer')}; "
                f"the first {several(layers, 'is', 'are') if layers > 1 else 'is'} used",
                name,
                entries=len(values),
                layers=layers,
            )
        return tuple(values[:layers])

    def layer_numbers(self, layers: Whole, *names: str, default: Any = MISSING) -> frozenset[Whole]:
        """The layers that a list names by their numbers. Numbers that no layer has are a notice."""
        name, _ = self._raw(names, default)
        numbers = frozenset(self.ints(*names, default=default))
        beyond = sorted(number for number in numbers if number >= layers)
        if beyond and self.has(*names):
            self.notice(
                "config-list-longer",
                f"{self.path}{name} names layer {beyond[-1]}, but the last of the {layers} layers is {layers - 1}; "
                "it is passed over",
                name,
                named=beyond[-1],
                layers=layers,
            )
        return numbers

    def notice(self, rule: str, message: str, path: str, **values: object) -> None:
        """Notes what a reader must know, once however often the field is read."""
        notice = Notice(rule, message, f"{self.path}{path}", tuple(values.items()), self.file)
        if notice not in self.notices:
            self.notices.append(notice)

    def contradiction(self, message: str, *names: str, kind: type[UsageError] = UsageError) -> UsageError:
        """An error for fields that cannot both hold: both are shown."""
        given = [name for name in names if name in self.data] or names
        shown = ", ".join(f"{self.path}{name} = {show(self.data.get(name))}" for name in given)
        return kind(
            f"{message}: {shown}",
            place=Place(self.file, path=f"{self.path}{names[0]}"),
            hint="Correct one of them, or ask the publisher which one holds.",
        )

    def _note(self, names: tuple[str, ...]) -> None:
        if self.asked is not None:
            self.asked.append((self.path, names))

    def _assumed(self, names: tuple[str, ...], value: Any, least: Whole) -> None:
        """Records a whole number that stands under none of its names."""
        if self.defaulted is None or any(self.data.get(name) is not None for name in names):
            return
        if isinstance(value, int) and not isinstance(value, bool):
            null = next((name for name in names if name in self.data), "")
            self.defaulted.append(Defaulted(self.path, names, value, least, null))

    def _raw(self, names: tuple[str, ...], default: Any) -> tuple[str, Any]:
        self._note(names)
        present = [(name, self.data[name]) for name in names if self.data.get(name) is not None]
        for name, value in present[1:]:
            if value != present[0][1]:
                self.notice(
                    "config-aliases-contradict",
                    f"{self.path}{present[0][0]} is {show(present[0][1])} but {name} is {show(value)}; "
                    f"{present[0][0]} is used",
                    present[0][0],
                    **{present[0][0]: present[0][1], name: value},
                )
        if present:
            return present[0]
        if default is MISSING:
            also = f" (also read as {', '.join(names[1:])})" if len(names) > 1 else ""
            raise UsageError(
                f"required field {self.path}{names[0]} is missing{also}",
                place=Place(self.file, path=f"{self.path}{names[0]}"),
                hint="The count needs it; add it, or audit the weights alone with --depth headers.",
            )
        return names[0], default

    def _whole(self, name: str, value: Any, least: Whole) -> Whole:
        if isinstance(value, float) and value.is_integer() and abs(value) < LARGEST_NUMBER:
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self._error(name, value, "a whole number")
        most = LAYERS if COUNTS_LAYERS.search(name) else LARGEST_NUMBER
        if not least <= value <= most:
            raise self._error(name, value, f"a whole number from {least} to {most}")
        return value

    def _error(self, name: str, value: object, wanted: str) -> UsageError:
        return UsageError(
            f"{self.path}{name} is {show(value)}, expected {wanted}", place=Place(self.file, path=f"{self.path}{name}")
        )


def show(value: object) -> str:
    """A foreign value in an error message: short, on one line, with control characters escaped."""
    text = ascii(value)
    return text if len(text) <= 60 else text[:57] + "..."
