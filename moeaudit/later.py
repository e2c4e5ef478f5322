"""Made on first use: the methods of data classes, and regular expressions.

One run of a command uses a third of the data classes it imports and a tenth of the expressions, and making them all
was most of what starting cost. `dataclass` here is the standard one to every reader and type checker: fields,
defaults, `fields`, `replace`, `asdict`, `match`, equality, hashes, frozenness and pickles are the same. Only its fields
are collected when somebody first asks for them, `__init__` is written when there are more than a few instances, and the
other methods are shared by all classes instead of compiled for each. There are no slots: an instance has a dict, and
what is made by the hundred thousand is no data class. Until its fields are collected, the class attribute of a
`field(…)` is what was written there.
"""

from __future__ import annotations

import re
from _thread import RLock  # threading's, without loading it
from collections.abc import Callable
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any, cast

__all__ = ["dataclass", "expression"]

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    import dataclasses

    def dataclass(cls: type | None = None, *, frozen: bool = False) -> Any:
        """The decorator: `@dataclass` or `@dataclass(frozen=True)`."""
        return (lambda made: _with_methods(made, frozen)) if cls is None else _with_methods(cls, frozen)

    FIELDS = "__dataclass_fields__"
    LATE = (FIELDS, "__match_args__", "_compared")
    COLLECTING = RLock()

    class _Late:
        """What a data class has once somebody asks for it; one asking brings all of LATE."""

        def __init__(self, cls: type, name: str) -> None:
            self._cls, self._name = cls, name

        def __get__(self, instance: object, owner: type) -> Any:
            _collect(self._cls)
            return getattr(self._cls, self._name)

    def _collect(cls: type) -> None:
        """The fields of a class, as the standard library collects them; by one thread."""
        with COLLECTING:
            if not isinstance(vars(cls).get(FIELDS), _Late):
                return
            dataclasses.dataclass(init=False, repr=False, eq=False)(cls)
            names = tuple(one.name for one in dataclasses.fields(cls) if one.compare)
            cls._compared = attrgetter(*names) if len(names) > 1 else staticmethod(_values(names))
            if isinstance(vars(cls)["__match_args__"], _Late):
                cls.__match_args__ = tuple(one.name for one in dataclasses.fields(cls) if one.init and not one.kw_only)

    def _with_methods(cls: type, frozen: bool) -> type:
        own = frozenset(vars(cls))
        for name in LATE:
            if name not in own:
                setattr(cls, name, _Late(cls, name))
        methods = {"__init__": _first_init(cls, frozen), "__repr__": _repr}
        if "__eq__" not in own:
            methods |= {"__eq__": _eq, "__hash__": _hash if frozen else None}
        if frozen:
            methods |= {"__setattr__": _refuse_to_set, "__delattr__": _refuse_to_delete}
        for name, method in methods.items():
            if name not in own:
                setattr(cls, name, method)
        return cls

    def _values(names: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
        """What `attrgetter` is for two names and more, for fewer."""
        return lambda one: tuple(getattr(one, name) for name in names)

    FEW = 8
    """Instances that are made without an `__init__` of their own: compiling one takes as long as some fifty of them."""

    def _first_init(cls: type, frozen: bool) -> Callable[..., None]:
        """An `__init__` that puts the real one in its place, where a class has more than a few instances, or where what
        is given does not fit. Threads may both come here: they write the same."""
        made = 0

        def first(self: Any, *args: Any, **named: Any) -> None:
            nonlocal made
            made += 1
            values = _values_of(cls, args, named) if frozen and made <= FEW else None
            if values is not None:
                vars(self).update(values)
                return
            cls.__init__ = _init(cls, frozen)
            cls.__init__(self, *args, **named)

        return first

    def _values_of(cls: type, args: tuple[Any, ...], named: dict[str, Any]) -> dict[str, Any] | None:
        """The fields of one instance; None where what is given does not fit them."""
        found, taken = {}, 0
        for place, one in enumerate(dataclasses.fields(cls)):
            if place < len(args):
                found[one.name] = args[place]
            elif one.name in named:
                found[one.name] = named[one.name]
                taken += 1
            elif one.default is not dataclasses.MISSING:
                found[one.name] = one.default
            elif one.default_factory is not dataclasses.MISSING:
                found[one.name] = one.default_factory()
            else:
                return None
        return found if len(args) <= len(found) and taken == len(named) else None

    def _init(cls: type, frozen: bool) -> Callable[..., None]:
        """The `__init__` of a class, written out and compiled."""
        scope: dict[str, Any] = {"_set": object.__setattr__, "_made": object()}
        parameters, lines = ["self"], []
        for one in dataclasses.fields(cls):
            name, value = one.name, one.name
            if one.default is not dataclasses.MISSING:
                scope[f"_{name}"] = one.default
                parameters.append(f"{name}=_{name}")
            elif one.default_factory is not dataclasses.MISSING:
                scope[f"_{name}"] = one.default_factory
                parameters.append(f"{name}=_made")
                value = f"_{name}() if {name} is _made else {name}"
            else:
                parameters.append(name)
            lines.append(f" _set(self, {name!r}, {value})" if frozen else f" self.{name} = {value}")
        exec(f"def __init__({', '.join(parameters)}):\n" + "\n".join(lines or [" pass"]), scope)
        made: Callable[..., None] = scope["__init__"]
        made.__qualname__ = f"{cls.__qualname__}.__init__"
        return made

    @recursive_repr()
    def _repr(self: Any) -> str:
        told = (f"{one.name}={getattr(self, one.name)!r}" for one in dataclasses.fields(self) if one.repr)
        return f"{type(self).__qualname__}({', '.join(told)})"

    def _eq(self: Any, other: object) -> Any:
        if other.__class__ is not self.__class__:
            return NotImplemented
        return self._compared(self) == self._compared(other)

    def _hash(self: Any) -> int:
        return hash(self._compared(self))

    def _refuse_to_set(self: Any, name: str, value: object) -> None:
        raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")

    def _refuse_to_delete(self: Any, name: str) -> None:
        raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


class _Expression:
    """A regular expression that is compiled when one of its methods is first asked for."""

    def __init__(self, text: str, flags: int) -> None:
        self._said = text, flags

    def __getattr__(self, name: str) -> Any:
        found = getattr(re.compile(*self._said), name)  # re keeps what it compiled
        setattr(self, name, found)
        return found


def expression(text: str, flags: int = 0) -> re.Pattern[str]:
    """`re.compile`, on first use. Call its methods; the functions of `re` do not take it."""
    return cast("re.Pattern[str]", _Expression(text, flags))
