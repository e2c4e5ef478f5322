"""A command's words as flags and values, by the rules of the parser that the engine uses.

argparse (vLLM, SGLang, LMDeploy, mlx-lm): exact names; `--name=value`; any unambiguous beginning of a long name; a word
that begins with a dash is a flag unless it is a negative number or holds a space; a flag of n words takes n; behind a
bare `--` nothing is a flag. vLLM and LMDeploy on top: underscores for dashes, and `--name.key value` for one key of a
JSON object, `--name.key+` for one element of its lists.
click (TensorRT-LLM): exact names and `=` alone. llama.cpp: exact names, no `=`, underscores for dashes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum
from functools import cached_property

from moeaudit.costs.engines.flags import Flag, Table
from moeaudit.errors import UsageError
from moeaudit.later import dataclass, expression
from moeaudit.nearest import nearest

NEGATIVE = expression(r"-\d+|-\d*\.\d+", re.ASCII)
LEVELS = [("0",), ("1",), ("2",), ("3",)]
DOTTED = expression(r"--?[A-Za-z][\w-]*\.", re.ASCII)
JOINED = expression(r"(-[A-Za-z]{2,})=?(\d{1,9})", re.ASCII)
"""A short name with its number glued to it: argparse does so for names of one letter only."""


SWITCHES = ("--enable", "--disable", "--no-", "--use-")
"""How the names of switches begin, of those that no table knows."""


class Style(StrEnum):
    """Whose rules a command line is read by."""

    ARGPARSE = "argparse"
    FLEXIBLE = "flexible"
    CLICK = "click"
    PLAIN = "plain"


@dataclass(frozen=True)
class Given:
    """One flag as it was given. `flag` None: no version knows it. `written`: its name; `no`: by a name that says no;
    `path`: the keys of a dotted name, the last with a + where it adds to a list; `odd`: in what way the engine would
    not take it as it is `spelled`."""

    flag: Flag | None
    written: str
    values: tuple[str, ...] = ()
    no: bool = False
    path: tuple[str, ...] = ()
    odd: str = ""
    spelled: str = ""


@dataclass(frozen=True)
class Words:
    """A command line taken apart: its flags in their order, and the words that belong to none."""

    given: tuple[Given, ...]
    rest: tuple[str, ...]


class Reader:
    """Takes words apart by one table and one style."""

    def __init__(self, table: Table, style: Style) -> None:
        self.table = table
        self.style = style
        self.known = table.named()

    @cached_property
    def elsewhere(self) -> dict[str, Flag]:
        return self.table.named_elsewhere()

    def read(self, words: tuple[str, ...]) -> Words:
        """UsageError where the engine would not start: an ambiguous beginning, a value that is missing."""
        given: list[Given] = []
        rest: list[str] = []
        dotted: list[Given] = []
        if self.style is Style.FLEXIBLE:
            words, dotted = self._flattened(words)
        at = 0
        while at < len(words):
            word = words[at]
            at += 1
            if word == "--":
                rest += words[at:]
                break
            if not self.is_flag(word):
                rest.append(word)
                continue
            found, inline = self._found(word)
            if found.flag is None:
                value, at = self._loose(found.written, inline, words, at)
            else:
                value, at = self._values(found, inline, words, at)
            given.append(_with(found, value))
        return Words((*given, *dotted), tuple(rest))

    def _flattened(self, words: tuple[str, ...]) -> tuple[tuple[str, ...], list[Given]]:
        """Names as vLLM spells them, and dotted ones apart with their values: it takes them out before it reads the
        rest, whatever stands behind them, and puts them last."""
        plain = list(self._plain(words))
        rest: list[str] = []
        dotted: list[Given] = []
        at = 0
        while at < len(plain):
            word = plain[at]
            name, equals, value = word.partition("=")
            at += 1
            if not DOTTED.match(name) or name in self.known:
                rest.append(word)
                continue
            if not equals:
                if at >= len(plain):
                    raise UsageError(f"{name[:60]} expects a value", hint="Write it behind the flag.")
                value, at = plain[at], at + 1
            name, *keys = name.split(".")
            found, _ = self._found(name)
            dotted.append(replace(found, values=(value,), path=tuple(keys)))
        return tuple(rest), dotted

    def _plain(self, words: tuple[str, ...]) -> Iterator[str]:
        """Words with dashes for underscores in long names, and -O3, -O=3 and -O 3 as one long flag and its value."""
        long = "--optimization-level"
        for at, word in enumerate(words):
            follows = words[at + 1 : at + 2]
            if word[:2] != "-O" or long not in self.known or (word == "-O" and follows not in LEVELS):
                yield _dashed(word)
            elif word == "-O":
                yield long
            else:
                yield from (long, word[3:] if word[2] == "=" else word[2:])

    def is_flag(self, word: str) -> bool:
        if not word.startswith("-") or len(word) < 2:
            return False
        if word in self.known or word.partition("=")[0] in self.known:
            return True
        return not NEGATIVE.fullmatch(word) and " " not in word.partition("=")[0]

    def _found(self, word: str) -> tuple[Given, str | None]:
        """The flag of a word, and the value that stands in it."""
        name, equals, value = word.partition("=")
        inline = value if equals else None
        if self.style is Style.PLAIN and equals and word not in self.known:
            inline = value
        exact = self.known.get(word) or self.known.get(name)
        if exact is not None:
            return _by(exact, name if word not in self.known else word), inline
        plain = name.replace("_", "-") if name.startswith("--") else name
        flag = self.known.get(plain)
        if flag is not None:
            odd = "" if self.style in (Style.FLEXIBLE, Style.PLAIN) or plain == name else f"it is {plain}"
            return replace(_by(flag, plain, odd), spelled=name), inline
        return self._unsure(name, plain, inline)

    def _unsure(self, name: str, plain: str, inline: str | None) -> tuple[Given, str | None]:
        """A beginning of a name, another spelling, another version's, or nobody's."""
        starts = self._begun(plain, inline) if self.style in (Style.ARGPARSE, Style.FLEXIBLE) else []
        if len({(self.known[one], one in self.known[one].off) for one, _ in starts}) > 1:
            if plain in self.elsewhere:
                return self._of_another(plain), inline
            raise UsageError(
                f"{name[:60]} is the beginning of several flags: {', '.join(sorted(one for one, _ in starts)[:4])}",
                hint="Write the whole name; the engine refuses this one.",
            )
        for one, value in starts:
            return _by(self.known[one], one), value
        swapped = plain.replace("-", "_").replace("__", "--", 1) if self.style is Style.CLICK else plain
        if swapped in self.known:
            return replace(_by(self.known[swapped], swapped, f"it is {swapped}"), spelled=name), inline
        joined = JOINED.fullmatch(name if inline is None else f"{name}={inline}")
        if joined is not None and joined[1] in self.known:
            found = _by(self.known[joined[1]], joined[1], f"it is {joined[1]} {joined[2]}")
            return replace(found, spelled=name), joined[2]
        for one in (plain, swapped, name):
            if one in self.elsewhere:
                return self._of_another(one), inline
        return Given(None, name), inline

    def _of_another(self, name: str) -> Given:
        """A flag that only other versions know whole."""
        flag = self.elsewhere[name]
        return _by(
            flag, name, f"{flag.until} was the last to know it" if flag.until else f"it is known since {flag.since}"
        )

    def _begun(self, plain: str, inline: str | None) -> list[tuple[str, str | None]]:
        """The names that a word may be the beginning of, or of one letter with its value glued to it."""
        if plain.startswith("--"):
            return [(one, inline) for one in self.known if one.startswith(plain)]
        whole = plain if inline is None else f"{plain}={inline}"
        found = [(one, inline) for one in self.known if one.startswith(whole) and not one.startswith("--")]
        return [(whole[:2], whole[2:]), *found] if whole[:2] in self.known else found

    def _loose(self, name: str, inline: str | None, words: tuple[str, ...], at: int) -> tuple[list[str], int]:
        """What may belong to a flag that nobody knows: the next word, unless it or the name says otherwise."""
        if name.startswith(SWITCHES):
            return [], at
        if inline is not None:
            return [inline], at
        if at < len(words) and not self.is_flag(words[at]) and words[at] != "--":
            return [words[at]], at + 1
        return [], at

    def _values(self, found: Given, inline: str | None, words: tuple[str, ...], at: int) -> tuple[list[str], int]:
        flag = found.flag
        assert flag is not None
        if flag.takes == "0":
            if inline is not None:
                raise UsageError(
                    f"{found.written} is a switch, it takes no value such as {ascii(inline)[:30]}",
                    hint="Leave the value out, or write its --no- form.",
                )
            return [], at
        if inline is not None:
            return [inline], at
        most = {"?": 1, "+": len(words), "*": len(words)}.get(flag.takes) or int(flag.takes)
        least = {"?": 0, "+": 1, "*": 0}.get(flag.takes)
        least = int(flag.takes) if least is None else least
        values: list[str] = []
        while at < len(words) and len(values) < most and self._is_value(words[at]):
            values.append(words[at])
            at += 1
        if len(values) < least:
            what = "a value" if least == 1 else f"{least} values"
            raise UsageError(f"{found.written} expects {what}", hint="Write it behind the flag.")
        return values, at

    def _is_value(self, word: str) -> bool:
        if self.style is Style.PLAIN or self.style is Style.CLICK:
            return True
        return word != "--" and (not self.is_flag(word) or self._spaced(word))

    def _spaced(self, word: str) -> bool:
        """Whether a space in it keeps argparse from taking it for a flag that it does not know, value and all."""
        name, equals, value = word.partition("=")
        known = word in self.known or name in self.known or self._begun(name, value if equals else None)
        return " " in word and self.style in (Style.ARGPARSE, Style.FLEXIBLE) and not known

    def near(self, written: str) -> str:
        """The name that was meant, by its letters; empty where none is near."""
        plain = written.replace("_", "-") if self.style is not Style.CLICK else written
        return next(iter(nearest(plain, self.known)), "")

    def starting(self, plain: str) -> set[Flag]:
        """The flags that a name may be, whole or by its beginning."""
        exact = self.known.get(plain)
        return {exact} if exact else {flag for name, flag in self.known.items() if name.startswith(plain)}


def _by(flag: Flag, name: str, odd: str = "") -> Given:
    return Given(flag, name, no=name in flag.off, odd=odd)


def _dashed(word: str) -> str:
    """Dashes for the underscores of a long name, up to its first dot."""
    if not word.startswith("--"):
        return word
    name, equals, value = word.partition("=")
    first, dot, keys = name.partition(".")
    return first.replace("_", "-") + dot + keys + equals + value


def _with(found: Given, values: list[str]) -> Given:
    return replace(found, values=tuple(values))


def pairs(path: tuple[str, ...], text: str) -> Iterator[tuple[tuple[str, ...], object]]:
    """The keys and the value of `--name.key value`; with a + behind the key, elements of a list."""
    if path[-1].endswith("+"):
        yield (*path[:-1], path[-1][:-1]), text.split(",")
    else:
        yield path, text
