"""Typed reading of a quantisation config. Nothing here trusts the file: absurd widths and sizes are errors that name
the field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moeaudit.architecture.config import Notice, show
from moeaudit.errors import Place, UsageError
from moeaudit.later import dataclass
from moeaudit.limits import GROUP_SIZE
from moeaudit.text import file_name


@dataclass(frozen=True)
class Settings:
    """One object of a quantisation config, with the path it stands at."""

    data: Mapping[str, Any]
    path: str
    file: str = "config.json"

    @property
    def name(self) -> str:
        """What messages call the file."""
        return file_name(self.file)

    def whole(
        self, name: str, default: int, *, least: int = 1, most: int = GROUP_SIZE, also: tuple[int, ...] = ()
    ) -> int:
        """A whole number in a range, or one of `also`; the default where absent or null."""
        value = self.data.get(name)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int) or not (least <= value <= most or value in also):
            extra = "".join(f" or {number}" for number in also)
            raise self.error(name, f"a whole number from {least} to {most}{extra}")
        return value

    def flag(self, name: str, default: bool) -> bool:
        value = self.data.get(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self.error(name, "true or false")
        return value

    def word(self, name: str, default: str = "") -> str:
        value = self.data.get(name)
        if value is None:
            return default
        if not isinstance(value, str):
            raise self.error(name, "a string")
        return value

    def words(self, *names: str) -> tuple[str, ...]:
        """The strings of all these lists together; an absent list is empty."""
        found: list[str] = []
        for name in names:
            value = self.data.get(name)
            if value is None:
                continue
            if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
                raise self.error(name, "a list of module names")
            found.extend(value)
        return tuple(found)

    def section(self, name: str) -> Settings:
        """A nested object, empty where absent."""
        value = self.data.get(name)
        if value is not None and not isinstance(value, Mapping):
            raise self.error(name, "an object")
        return Settings(value or {}, f"{self.path}.{name}" if self.path else name, self.file)

    def sections(self, name: str) -> dict[str, Settings]:
        """The objects of a nested object by their keys."""
        outer = self.section(name)
        return {key: outer.section(key) for key in outer.data}

    def block(self, name: str, default: tuple[int, int]) -> tuple[int, int]:
        """[outputs, inputs] of one scale; null means one scale for the tensor: (0, 0)."""
        if name not in self.data:
            return default
        value = self.data[name]
        if value is None:
            return 0, 0
        if (
            not isinstance(value, list | tuple)
            or len(value) != 2
            or not all(
                isinstance(size, int) and not isinstance(size, bool) and 1 <= size <= GROUP_SIZE for size in value
            )
        ):
            raise self.error(name, "a list of two block sizes")
        return value[0], value[1]

    def has(self, name: str) -> bool:
        return self.data.get(name) is not None

    def notice(self, rule: str, message: str, name: str = "") -> Notice:
        return Notice(rule, message, f"{self.path}.{name}" if name else self.path, file=self.file)

    def error(self, name: str, wanted: str) -> UsageError:
        path = f"{self.path}.{name}" if self.path else name
        return UsageError(
            f"{path} is {show(self.data.get(name))}, expected {wanted}",
            place=Place(self.file, path=path),
            hint="Correct the quantisation config, or audit the weights alone.",
        )
