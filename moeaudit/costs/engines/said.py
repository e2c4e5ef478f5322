"""What a command says, by one table of effects per engine (data/engines/*/effects.yaml): each flag sets something, has
no effect on an estimate, or has one that nothing here follows. A flag that the table does not hold is said to be of
unknown effect, never of none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import lru_cache
from importlib.resources import files
from typing import Any

from moeaudit.costs.engines import values
from moeaudit.costs.engines.flags import Flag, table
from moeaudit.costs.engines.shell import is_hole, style_of
from moeaudit.costs.engines.tokens import Given, Reader, pairs
from moeaudit.data import parsed
from moeaudit.errors import UsageError
from moeaudit.later import dataclass
from moeaudit.limits import SPARES

NAMED = 5
"""Unknown flags for which the nearest name is looked for."""

OFF, ON = ("false", "no", "off", "0"), ("true", "yes", "on", "1")


@dataclass(frozen=True)
class Effects:
    """One engine's table. `sets`: flag or key of a file to what it says; `none`, `unmodelled`: names, with * for any
    letters; `quantises`: bits of weights that are quantised on loading; `cache`, `assumed`: types of the cache."""

    sets: Mapping[str, str]
    none: tuple[str, ...]
    unmodelled: Mapping[str, str]
    environment: Mapping[str, str]
    file: Mapping[str, str]
    file_none: tuple[str, ...]
    file_unmodelled: Mapping[str, str]
    quantises: Mapping[str, float]
    cache: Mapping[str, str]
    assumed: Mapping[str, str]


@lru_cache(maxsize=16)
def effects(engine: str) -> Effects:
    file = files("moeaudit.costs") / "data" / "engines" / engine / "effects.yaml"
    raw: dict[str, Any] = parsed(file.read_text(encoding="utf-8"))
    return Effects(
        raw["sets"], tuple(raw["none"]), raw["unmodelled"], raw.get("environment", {}), raw.get("file", {}),
        tuple(raw.get("file_none", ())), raw.get("file_unmodelled", {}), raw["quantises"], raw["cache"],
        raw["cache_assumed"],
    )  # fmt: skip


@dataclass(frozen=True)
class Said:
    """`values` by what they say, `written` the flag that says it. `quiet`: flags without effect; `loud`: flags whose
    effect nothing follows, with what it is; `unknown`: flags of no table, with the nearest name; `odd`: flags that the
    engine would not take as they are written."""

    values: Mapping[str, Any]
    written: Mapping[str, str]
    quiet: tuple[str, ...] = ()
    loud: tuple[tuple[str, str], ...] = ()
    unknown: tuple[tuple[str, str], ...] = ()
    odd: tuple[tuple[str, str], ...] = ()

    def get(self, what: str, default: Any = None) -> Any:
        return self.values.get(what, default)


class Collected:
    """What has been said so far; what is said last counts."""

    def __init__(self, engine: str) -> None:
        self.table = effects(engine)
        self.values: dict[str, Any] = {}
        self.written: dict[str, str] = {}
        self.quiet: dict[str, None] = {}
        self.loud: dict[str, str] = {}
        self.unknown: dict[str, str] = {}
        self.odd: dict[str, str] = {}
        self.keys: dict[tuple[str, str], dict[str, Any]] = {}

    def take(self, given: Given, reader: Reader) -> None:
        """One flag of the command."""
        if given.odd:
            self.odd[given.spelled or given.written] = given.odd
        if given.flag is None:
            self.unknown[given.written] = self._meant(given.written, reader) if len(self.unknown) < NAMED else ""
            return
        other = check_choice(given, reader)
        if other:
            self.odd[given.written] = other
        said = next((self.table.sets[name] for name in given.flag.names if name in self.table.sets), None)
        if said is not None:
            self.set(said, given)
            return
        why = self._unmodelled(given.flag)
        if why is not None:
            self.loud[given.written] = why
        elif any(fnmatchcase(name, form) for name in given.flag.names for form in self.table.none):
            self.quiet[given.written] = None
        else:
            self.loud[given.written] = ""

    def _meant(self, written: str, reader: Reader) -> str:
        """What an unknown flag was meant to be: the flag that says the same where another engine's name was written,
        else the nearest name."""
        for engine in ("sglang", "vllm"):
            if engine == reader.table.engine:
                continue
            flags = Reader(table(engine), style_of(engine)).starting(written.replace("_", "-"))
            said = {effects(engine).sets.get(name) for flag in flags for name in flag.names} - {None}
            own = [name for name, what in self.table.sets.items() if said == {what} and name in reader.known]
            if own:
                return own[0]
        return reader.near(written)

    def _unmodelled(self, flag: Flag) -> str | None:
        return next(
            (why for form, why in self.table.unmodelled.items() if any(fnmatchcase(name, form) for name in flag.names)),
            None,
        )

    def set(self, said: str, given: Given) -> None:
        what, _, how = said.partition("=")
        assert given.flag is not None
        if given.path:
            if what not in TABLES:
                raise UsageError(f"{given.written} takes no keys, such as {'.'.join(given.path)[:40]}")
            for path, value in pairs(given.path, given.values[0]):
                known = values.plain(value) if isinstance(value, str) else value
                merge(self.keys.setdefault((what, given.written), {}), path, known)
            self.written[what] = given.written
        elif given.flag.switch:
            self.put(what, (how != "no") is not given.no, given.written)
        else:
            text = given.values[0] if given.values else ""
            self.put(what, read(what, text, given.written, human=given.flag.kind == "human"), given.written)

    def put(self, what: str, value: Any, written: str) -> None:
        self.values[what], self.written[what] = value, written

    def done(self) -> Said:
        """Keys that are given one by one come last, as vLLM puts them, and replace an object that is given whole."""
        for (what, _), found in self.keys.items():
            self.values[what] = found
        return Said(
            self.values, self.written, tuple(self.quiet), tuple(self.loud.items()), tuple(self.unknown.items()),
            tuple(self.odd.items()),
        )  # fmt: skip


def said(engine: str, given: tuple[Given, ...], reader: Reader, environment: Mapping[str, str]) -> Said:
    """What the flags say, behind what the environment says."""
    found = Collected(engine)
    for name, what in found.table.environment.items():
        if name in environment:
            found.put(what, read(what, environment[name], name), name)
    for one in given:
        found.take(one, reader)
    return found.done()


def of_file(found: Collected, content: Mapping[str, Any], name: str) -> None:
    """What an options file says by its own keys; they come after the command's flags and replace them."""
    for path, value in leaves(content):
        key = ".".join(path)
        what = found.table.file.get(key)
        if what is not None:
            text = str(value).lower() if isinstance(value, bool) else str(value)
            found.put(what, read(what, text, key), f"{key} of {name}")
        elif key.split(".")[0] not in found.table.file_none:
            found.loud.setdefault(f"{key} of {name}", found.table.file_unmodelled.get(path[0], ""))


def leaves(content: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for key, value in content.items():
        if isinstance(value, dict) and len(path) < 8:
            yield from leaves(value, (*path, str(key)))
        else:
            yield (*path, str(key)), value


def merge(into: dict[str, Any], path: tuple[str, ...], value: object) -> None:
    """One key's value into an object; elements are added to a list that is there."""
    for key in path[:-1]:
        inner = into.get(key)
        if not isinstance(inner, dict):
            inner = into[key] = {}
        into = inner
    old = into.get(path[-1])
    into[path[-1]] = [*old, *value] if isinstance(old, list) and isinstance(value, list) else value


def check_choice(given: Given, reader: Reader) -> str:
    """UsageError for a word that no version of the engine takes; in what way, where only others take it. Placeholders
    are left to who needs the value."""
    flag = given.flag
    if flag is None or not flag.closed or given.path:
        return ""
    for value in given.values:
        if value in flag.choices or is_hole(value):
            continue
        other = next((one for one in reader.table.past if one.name == flag.name and value in one.choices), None)
        if other is None:
            raise UsageError(
                f"{given.written} {ascii(value)[:40]} is not known", hint=f"Known: {', '.join(flag.choices)[:300]}."
            )
        return f"{value} is a word of {other.until or other.since}"
    return ""


COUNTS = ("tp", "pp", "dp", "dcp", "pcp", "attn_dp", "nodes", "block", "max_num_seqs", "cache_bytes", "cache_blocks",
          "cache_tokens", "slots")  # fmt: skip
TABLES = {
    "speculation": '{"method": "mtp", "num_speculative_tokens": 1}',
    "balancing": '{"num_redundant_experts": 32}',
    "overrides": '{"max_position_embeddings": 131072}',
}
SMALL = ("spec_tokens", "spec_steps", "spec_verified", "spec_branches", "redundant", "experts_on_host_layers")
SWITCHES = (
    "ep",
    "dp_attention",
    "caching",
    "eager",
    "language_only",
    "hybrid",
    "balanced",
    "unified",
    "experts_on_host",
)


def read(what: str, text: str, flag: str, *, human: bool = False) -> Any:
    """The value of what is said, from its text."""
    if what in COUNTS:
        return values.count(text, flag, human=human)
    if what in TABLES:
        return values.table(text, flag, TABLES[what])
    if what in SMALL:
        return small(values.whole(text, flag), flag)
    if what == "ep_size":
        return values.whole(text, flag)
    if what == "utilization":
        return values.share(text, flag)
    if what == "offload":
        return values.number(text, flag)
    if what in ("context", "step_tokens", "context_shared"):
        open_ended = text.strip().lower() in ("auto", "-1") or (what == "context_shared" and text == "0")
        return None if open_ended else values.count(text, flag, human=human)
    if what in SWITCHES and text.lower() in (*OFF, *ON):
        return text.lower() in ON
    return text if what in ("model", "config", "draft", "revision") else values.filled(text, flag)


def small(value: int, flag: str) -> int:
    if not 0 <= value <= SPARES:
        raise UsageError(f"{flag} is {value}"[:80], hint=f"It is a whole number {SPARES.words()}.")
    return value
