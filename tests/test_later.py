"""Data classes whose methods are made late are those of the standard library, and expressions those of `re`."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any, ClassVar

import pytest

from moeaudit.later import dataclass, expression

DECORATORS = {"own": dataclass, "of many": dataclass, "standard": dataclasses.dataclass}
FIRST: Mapping[str, tuple[Any, ...]] = {"Base": ("a",), "Child": ("a",), "Open": (), "Empty": (), "Single": (1.0,)}
"""What one instance of each class is made of."""


def classes(decorate: Callable[..., Any]) -> dict[str, Any]:
    """The same classes by one decorator or the other."""

    @decorate(frozen=True)
    class Base:
        """A base."""

        kind: ClassVar[str] = "base"
        name: str
        numbers: tuple[int, ...] = ()

    @decorate(frozen=True)
    class Child(Base):
        """A child with a factory and a field that is not compared."""

        kind: ClassVar[str] = "child"
        table: Mapping[str, int] = dataclasses.field(default_factory=dict, hash=False)
        basis: str = dataclasses.field(default="read", compare=False)

    @decorate
    class Open:
        """One that may be changed."""

        count: int = 0

    @decorate(frozen=True)
    class Empty:
        """Nothing at all."""

    @decorate(frozen=True)
    class Single:
        """One field, its own hash."""

        value: float

        def __hash__(self) -> int:
            return 7

    class Plain(Base):
        """Not decorated itself."""

    return {kind.__name__: kind for kind in (Base, Child, Open, Empty, Single, Plain)}


@pytest.fixture(params=DECORATORS)
def made(request: pytest.FixtureRequest) -> dict[str, Any]:
    made = classes(DECORATORS[request.param])
    if request.param == "of many":  # their `__init__` is then compiled
        for name, given in FIRST.items():
            for _ in range(20):
                made[name](*given)
    return made


def test_an_init_is_compiled_for_many() -> None:
    """The first few are made without; all are the same, field by field and in order."""
    for name, given in FIRST.items():
        kind = classes(dataclass)[name]
        late, frozen = kind.__init__, name != "Open"
        few = [kind(*given) for _ in range(8)]
        assert (kind.__init__ is late) is frozen
        many = [kind(*given) for _ in range(8)]
        assert kind.__init__ is not late
        assert all(vars(one) == vars(many[-1]) and list(vars(one)) == list(vars(many[-1])) for one in few)
    kind = classes(dataclass)["Base"]
    late = kind.__init__
    with pytest.raises(TypeError, match=r"Base\.__init__\(\)"):
        kind("a", name="b")
    assert kind.__init__ is not late, "what does not fit is refused by the compiled one"


def test_fields_defaults_and_factories(made: dict[str, Any]) -> None:
    child = made["Child"]
    assert [field.name for field in dataclasses.fields(child)] == ["name", "numbers", "table", "basis"]
    one, other = child("a"), child("a")
    assert (one.numbers, one.table, one.basis, one.kind) == ((), {}, "read", "child")
    assert one.table is not other.table
    assert child("a", (1,), {"x": 1}, "told").basis == "told"
    assert dataclasses.asdict(child("a", table={"x": 1})) == {
        "name": "a", "numbers": (), "table": {"x": 1}, "basis": "read",
    }  # fmt: skip


@pytest.mark.parametrize("given", [{"args": ()}, {"args": ("a",), "nmae": 1}, {"args": ("a", (), {}, "", "more")}])
def test_what_does_not_fit_is_refused_by_name(made: dict[str, Any], given: dict[str, Any]) -> None:
    args = given.pop("args")
    with pytest.raises(TypeError, match=r"Child\.__init__\(\)"):
        made["Child"](*args, **given)
    given["args"] = args


def test_equality_and_hashes(made: dict[str, Any]) -> None:
    base, child, empty, plain = made["Base"], made["Child"], made["Empty"], made["Plain"]
    assert base("a", (1,)) == base("a", (1,)) != base("a", (2,))
    assert base("a") != child("a")
    assert base("a") != plain("a") == plain("a")
    assert base("a").__eq__("a") is NotImplemented
    assert child("a", basis="read") == child("a", basis="told")
    assert hash(base("a", (1,))) == hash(base("a", (1,)))
    assert len({base("a"), base("a"), base("b")}) == 2
    assert empty() == empty() and hash(empty()) == hash(empty())
    assert made["Single"](1.0) == made["Single"](1.0) and hash(made["Single"](2.0)) == 7
    same = float("nan")
    assert made["Single"](same) == made["Single"](same)
    with pytest.raises(TypeError, match="unhashable"):
        hash(made["Open"]())


def test_repr(made: dict[str, Any]) -> None:
    assert repr(made["Base"]("a", (1,))).endswith("Base(name='a', numbers=(1,))")
    assert repr(made["Empty"]()).endswith("Empty()")
    held: list[Any] = []
    held.append(made["Base"]("a", held))
    assert "..." in repr(held[0])


def test_frozen(made: dict[str, Any]) -> None:
    one, changing = made["Base"]("a"), made["Open"]()
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'name'"):
        one.name = "b"
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot delete field 'name'"):
        del one.name
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.other = "b"
    changing.count += 1
    assert changing == made["Open"](1)


def test_replace_copy_and_match(made: dict[str, Any]) -> None:
    one = made["Child"]("a", (1,), {"x": 1}, "told")
    assert dataclasses.replace(one, name="b") == made["Child"]("b", (1,), {"x": 1})
    assert dataclasses.replace(one, name="b").basis == "told"
    assert copy.copy(one) == copy.deepcopy(one) == one
    kind: Any = made["Child"]
    match one:
        case kind(name, numbers):
            assert (name, numbers) == ("a", (1,))
        case _:
            raise AssertionError(one)


@dataclass(frozen=True)
class Kept:
    """A class that a pickle can name."""

    name: str
    numbers: tuple[int, ...] = ()


def test_a_pickle_is_read_where_none_was_made() -> None:
    kept = pickle.dumps(Kept("a", (1,)))
    code = (
        "import pickle, sys; from tests.test_later import Kept\n"
        "one = pickle.loads(bytes.fromhex(sys.argv[1]))\n"
        "same = pickle.loads(bytes.fromhex(sys.argv[1]))\n"
        "assert one == same and hash(one) == hash(same) and repr(one) == \"Kept(name='a', numbers=(1,))\"\n"
        "assert one == Kept('a', (1,))"
    )
    subprocess.run([sys.executable, "-c", code, kept.hex()], check=True, cwd=Path(__file__).parent.parent)


def test_fields_are_collected_when_they_are_asked_for() -> None:
    """By whatever asks first: `fields`, `is_dataclass`, `match`, an instance; a child brings those of its base."""
    asking: tuple[Callable[[Any], Any], ...] = (
        dataclasses.fields, dataclasses.is_dataclass, lambda kind: kind.__match_args__, lambda kind: kind("a"),
    )  # fmt: skip
    for ask in asking:
        made = classes(dataclass)
        held = [vars(made[name])["__dataclass_fields__"] for name in ("Base", "Child")]
        assert not any(isinstance(one, dict) for one in held)
        ask(made["Child"])
        assert all(isinstance(vars(made[name])["__dataclass_fields__"], dict) for name in ("Base", "Child"))
        assert made["Child"].__match_args__ == ("name", "numbers", "table", "basis")
        assert [one.name for one in dataclasses.fields(made["Base"])] == ["name", "numbers"]


def test_match_args_of_its_own_stay() -> None:
    def kind(decorate: Callable[..., Any]) -> Any:
        class Own:
            __match_args__ = ("second",)
            first: int
            second: int

        return decorate(Own)

    assert kind(dataclass).__match_args__ == kind(dataclasses.dataclass).__match_args__ == ("second",)
    assert [one.name for one in dataclasses.fields(kind(dataclass))] == ["first", "second"]


def test_threads_that_ask_for_fields_at_once() -> None:
    for _ in range(50):
        kind = classes(dataclass)["Child"]
        start = Barrier(8)

        def one(number: int, kind: Any = kind, start: Barrier = start) -> Any:
            start.wait()
            return kind.__match_args__ if number % 2 else tuple(field.name for field in dataclasses.fields(kind))

        with ThreadPoolExecutor(8) as pool:
            assert set(pool.map(one, range(8))) == {("name", "numbers", "table", "basis")}


def test_threads_that_make_the_first_at_once() -> None:
    for _ in range(50):
        kind = classes(dataclass)["Child"]
        start = Barrier(8)

        def one(number: int, kind: Any = kind, start: Barrier = start) -> Any:
            start.wait()
            return kind("a", (number,), basis=str(number))

        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(one, range(8)))
        assert [(thing.numbers, thing.basis, thing.table) for thing in found] == [
            ((number,), str(number), {}) for number in range(8)
        ]


def test_every_data_class_of_the_package_can_be_made() -> None:
    """What the standard library would refuse at import, a default before a field without one, is refused here."""
    import importlib
    import pkgutil

    import moeaudit

    names = [module.name for module in pkgutil.walk_packages(moeaudit.__path__, "moeaudit.")]
    kinds = {
        value
        for name in names
        if not name.endswith("__main__")
        for value in vars(importlib.import_module(name)).values()
        if isinstance(value, type) and dataclasses.is_dataclass(value) and value.__module__.startswith("moeaudit.")
    }
    assert len(kinds) > 250
    for kind in kinds:
        with pytest.raises(TypeError, match=r"unexpected keyword|abstract class"):
            kind(no_such_field=1)


def test_an_expression_is_compiled_on_first_use() -> None:
    words = expression(r"(\d+)(x)?", re.IGNORECASE)
    assert vars(words) == {"_said": (r"(\d+)(x)?", re.IGNORECASE)}
    compiled = re.compile(r"(\d+)(x)?", re.IGNORECASE)
    assert words.fullmatch("12X") and not words.fullmatch("X")
    assert words.sub("n", "1 2x") == compiled.sub("n", "1 2x")
    assert (words.pattern, words.flags, words.groups) == (compiled.pattern, compiled.flags, compiled.groups)
    assert [found[1] for found in words.finditer("1 2")] == ["1", "2"]
    assert "fullmatch" in vars(words)


def test_a_broken_expression_is_an_error_on_use() -> None:
    with pytest.raises(re.error):
        expression("(").search("a")
    with pytest.raises(AttributeError):
        expression("a").no_such_method  # noqa: B018
