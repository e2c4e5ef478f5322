"""A command as somebody pastes it: lines that continue, comments, several commands, variables, wrappers and containers
around the one that starts an engine."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import field, replace
from functools import lru_cache
from importlib.resources import files
from typing import Any

from moeaudit.costs.engines.tokens import Style
from moeaudit.data import parsed
from moeaudit.errors import UsageError
from moeaudit.later import dataclass, expression

ASSIGNED = expression(r"([A-Za-z_][A-Za-z0-9_]{0,100})=(.*)", re.ASCII | re.DOTALL)
VARIABLE = expression(r"\x01?\$(?:\{(\w{1,100})(?::?[-=]([^}]*))?\}|(\w{1,100}))", re.ASCII)
BARE = "\x01"
"""Stands before a `$` outside quotes: what is put in its place is as many words as it holds."""

ARITHMETIC = expression(rf"{BARE}?\$\(\(([^()]{{1,80}})\)\)", re.ASCII)
NAME = expression(r"\$?[A-Za-z_]\w{0,60}", re.ASCII)
SUM = expression(r"[ 0-9+*/%-]{1,120}", re.ASCII)
HOLE = expression(r"\$[\w{(@*#?]|`|^<[^<>]{1,80}>$|^\[[A-Z_ ]{2,40}\]$|^\{\{.{1,80}\}\}$|^\{[a-z_]{1,40}\}$", re.ASCII)
"""What stands for a value that the text does not hold."""

DEPTH = 8
"""Wrappers inside wrappers; a published command has three."""

VERSION_TAG = expression(r":v?(\d{1,4}(?:\.\d{1,5}){1,3}(?:\.?(?:rc|post)\d{1,3})?)", re.ASCII)
SHELL_WORDS = frozenset({"export", "set", "declare", "local"})


@dataclass(frozen=True)
class Launch:
    """An engine's start: its own arguments, the environment that is given with it, the version where an image's tag
    names it, and the files that the text itself writes."""

    engine: str
    words: tuple[str, ...]
    environment: Mapping[str, str]
    version: str = ""
    files: Mapping[str, str] = field(default_factory=dict)


@lru_cache(maxsize=1)
def rules() -> dict[str, Any]:
    file = files("moeaudit.costs") / "data" / "engines" / "commands.yaml"
    loaded: dict[str, Any] = parsed(file.read_text(encoding="utf-8"))
    return loaded


def style_of(engine: str) -> Style:
    return Style(rules()["engines"][engine]["style"])


def settings_of(engine: str) -> str:
    """The engine whose figures its estimate takes."""
    return str(rules()["engines"][engine]["settings"])


def is_hole(word: str) -> bool:
    """Whether a word stands for a value that the text does not hold: $MODEL, <model>."""
    return HOLE.search(word) is not None


@dataclass(frozen=True)
class Simple:
    """One command: its words; `out`, the file that it is written to; `here`, the text that it is fed."""

    words: tuple[str, ...]
    out: str = ""
    here: str = ""


def launch(text: str) -> Launch:
    """The first command of a text that starts an engine. UsageError where none does."""
    variables: dict[str, str] = {}
    written: dict[str, str] = {}
    for one in commands(text):
        words = list(one.words)
        if one.out and one.here:
            written[_filled(one.out, variables).replace(BARE, "")] = _filled(one.here, variables)
        if words and words[0] in SHELL_WORDS:
            words = [word for word in words[1:] if not word.startswith("-")]
        if all(ASSIGNED.fullmatch(word) for word in words):
            variables |= dict(_assignment(_filled(word, variables).replace(BARE, "")) for word in words)
            continue
        found = _unwrapped(_expanded(words, variables), dict(variables), 0)
        if found is not None:
            return replace(found, files=written)
    raise UsageError(
        "not a launch command that moeaudit reads",
        hint=f"It reads 'vllm serve …', 'python -m sglang.launch_server …' and those of {', '.join(_others())}.",
    )


def _others() -> list[str]:
    return [name for name in rules()["engines"] if name not in ("vllm", "sglang")]


def commands(text: str) -> Iterator[Simple]:
    """The simple commands of a shell text."""
    words: list[str] = []
    redirection = out = here = ""
    for kind, word in lexed(text):
        if kind == "end":
            if words or here:
                yield Simple(tuple(words), out, here)
            words, redirection, out, here = [], "", "", ""
        elif kind == "redirect":
            redirection = word
        elif kind == "here":
            here, redirection = word, ""
        elif redirection:
            out = word if redirection.startswith(">") else out
            redirection = ""
        else:
            words.append(word)
    if words or here:
        yield Simple(tuple(words), out, here)


def lexed(text: str) -> Iterator[tuple[str, str]]:
    """Words, ends of commands, redirections and here-documents, by the rules of a POSIX shell; nothing is expanded."""
    text = re.sub(r"\\[ \t]*\r?\n", " ", text.replace(BARE, ""))
    text = re.sub(r"(?m)^[ \t]*(?:```\w*|[$>][ \t](?=\S))", "\n", text)
    text = ARRAY.sub(lambda found: found[1].replace("\n", " "), text)
    text, bodies = _without_bodies(text)
    word: list[str] | None = None
    at = 0
    while at < len(text):
        sign = text[at]
        if sign in "'\"":
            piece, at = _quoted(text, at)
            word = [*(word or []), piece]
        elif sign == "\\" and at + 1 < len(text):
            word, at = [*(word or []), text[at + 1]], at + 2
        elif sign == "$" and text[at : at + 2] in ("$(", "${"):
            piece, at = _braced(text, at)
            word = [*(word or []), BARE + piece]
        elif found := PLACEHOLDER.match(text, at):
            word, at = [*(word or []), found[0]], found.end()
        elif sign in "<>" or sign in BREAKS or (sign == "#" and word is None):
            if word is not None and not (sign in "<>" and "".join(word).isdigit()):
                yield "word", "".join(word)
            word = None
            event, at = _broken(text, at, bodies)
            if event is not None:
                yield event
        else:
            word, at = [*(word or []), BARE + sign if sign == "$" else sign], at + 1
    if word is not None:
        yield "word", "".join(word)


ARRAY = expression(
    r"^[ \t]*(?:(?:local|declare|typeset)[ \t]+(?:-a[ \t]+)?)?[A-Za-z_]\w{0,60}=\(((?:[^()]|\([^()]*\)){0,20000})\)",
    re.ASCII | re.MULTILINE,
)
"""A command that is kept in an array, to be started later: its words may stand on lines of their own."""

BREAKS = " \t\r\n;&|"
HERE = expression(r"<<-?[ \t]*(['\"]?)(\w{1,40})\1", re.ASCII)


def _without_bodies(text: str) -> tuple[str, dict[int, str]]:
    """The text without its here-documents, and each by the place of its `<<`."""
    bodies: dict[int, str] = {}
    at = 0
    while (found := HERE.search(text, at)) is not None:
        at = found.end()
        line = text.find("\n", at)
        end = re.compile(rf"^[ \t]*{found[2]}[ \t]*$", re.MULTILINE).search(text, line + 1) if line >= 0 else None
        if end is not None:
            bodies[found.start()] = text[line + 1 : end.start()]
            text = text[: line + 1] + text[end.end() :]
    return text, bodies


def _broken(text: str, at: int, bodies: Mapping[int, str]) -> tuple[tuple[str, str] | None, int]:
    """What stands between words at a place, if it is anything, and where it ends."""
    sign = text[at]
    if sign == "#":
        line = text.find("\n", at)
        return None, len(text) if line < 0 else line
    if sign == "<" and (found := HERE.match(text, at)):
        return ("here", bodies.get(at, "")), found.end()
    if sign in "<>" or text[at : at + 2] == "&>":
        end = at
        while end < len(text) and text[end] in "<>&|":
            end += 1
        return ("redirect", text[at:end].replace("&", "")), end
    return (("end", sign) if sign in "\n;&|" else None), at + 1


PLACEHOLDER = expression(r"<[A-Za-z][A-Za-z0-9_ ./-]{0,60}>", re.ASCII)


def _quoted(text: str, at: int) -> tuple[str, int]:
    """What stands in quotes at a place, and where it ends. UsageError where they are not closed."""
    sign = text[at]
    found: list[str] = []
    place = at + 1
    while place < len(text) and text[place] != sign:
        if sign == '"' and text[place] == "\\" and text[place + 1 : place + 2] in ('"', "\\", "$", "`", "\n"):
            place += 1
        found.append(text[place])
        place += 1
    if place >= len(text):
        raise UsageError(
            "the command cannot be read: a quotation mark is not closed",
            hint="Quote it as one argument, as a shell would take it.",
        )
    return "".join(found), place + 1


def _braced(text: str, at: int) -> tuple[str, int]:
    """`${…}` or `$(…)` whole, brackets inside it counted."""
    opened, closed = text[at + 1], {"(": ")", "{": "}"}[text[at + 1]]
    depth, place = 0, at + 1
    while place < len(text):
        depth += (text[place] == opened) - (text[place] == closed)
        place += 1
        if not depth:
            break
    return text[at:place], place


def _assignment(word: str) -> tuple[str, str]:
    name, _, value = word.partition("=")
    return name, value


def _expanded(words: Iterable[str], variables: Mapping[str, str]) -> list[str]:
    """Words with the variables of the text in place; one outside quotes is as many words as it holds."""
    found: list[str] = []
    for word in words:
        filled = _filled(word, variables)
        found += filled.replace(BARE, "").split() if BARE in word and BARE not in filled else [filled.replace(BARE, "")]
    return found


def _sum(found: re.Match[str], variables: Mapping[str, str]) -> str:
    """`$((2 * N))` worked out, where every name in it is known and nothing but sums stands there."""
    text = NAME.sub(lambda name: variables.get(name[0].lstrip("$"), name[0]), found[1].replace(BARE, ""))
    if not SUM.fullmatch(text):
        return found[0]
    try:
        return str(_whole(ast.parse(text.strip(), mode="eval").body))
    except (SyntaxError, ValueError, ZeroDivisionError, RecursionError, MemoryError):
        return found[0]


def _whole(node: ast.expr) -> int:
    match node:
        case ast.Constant(value=int(value)):
            return value
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.Mult() | ast.Div() | ast.Mod() as sign, right=right):
            one, other = _whole(left), _whole(right)
            return SIGNS[type(sign)](one, other)
    raise ValueError(node)


SIGNS: dict[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.floordiv,
    ast.Mod: operator.mod,
}  # fmt: skip


def _filled(word: str, variables: Mapping[str, str]) -> str:
    """A word with the variables of the text in place, and the defaults of `${X:-8}`."""
    if "$((" in word:
        word = ARITHMETIC.sub(lambda found: _sum(found, variables), word)

    def value(found: re.Match[str]) -> str:
        name = found[1] or found[3]
        return variables.get(name, found[2] if found[2] is not None else found[0])

    return VARIABLE.sub(value, word) if "$" in word else word


def _unwrapped(words: list[str], environment: dict[str, str], depth: int) -> Launch | None:
    """The engine that a command starts, whatever stands before it; None where it starts none."""
    if depth > DEPTH:
        return None
    while words and ASSIGNED.fullmatch(words[0]):
        name, value = _assignment(words[0])
        environment[name] = value
        words = words[1:]
    if words and is_hole(words[0]):  # an interpreter, or words in front that nobody told
        words = ["python", *words[1:]] if words[1:2] == ["-m"] else words[1:]
    if not words:
        return None
    found = _started(words)
    if found is not None:
        return Launch(found[0], tuple(found[1]), environment)
    name = words[0].rpartition("/")[2]
    if name in rules()["shells"]:
        return _inner(words, environment, depth)
    if name in rules()["containers"]:
        return _contained(words[1:], environment, depth)
    if name.startswith("python") and name not in rules()["wrappers"]:
        name = "python3"
    if name not in rules()["wrappers"]:
        return None
    return _behind(name, words[1:], environment, depth)


def _started(words: list[str]) -> tuple[str, list[str]] | None:
    """The engine that the words begin to start, and its own arguments."""
    first = words[0].rpartition("/")[2].removesuffix(".exe")
    line = [first, *words[1:]]
    for start in rules()["starts"]:
        head = start["words"]
        if line[: len(head)] == head:
            return start["engine"], line[len(head) :]
    if not first.startswith("python") and first not in ("torchrun", "pypy3"):
        return None
    return _module(line[1:])


def _module(words: list[str]) -> tuple[str, list[str]] | None:
    """What `python [options] -m MODULE …` or `python SCRIPT …` starts."""
    takes = rules()["wrappers"]["torchrun"]
    at = 0
    while at < len(words) and words[at].startswith("-") and words[at] not in ("-m", "--module"):
        at += 2 if words[at] in takes else 1
    if at >= len(words):
        return None
    if words[at] in ("-m", "--module"):
        for name, engine in rules()["modules"].items():
            parts = name.split(" ")
            if words[at + 1 : at + 1 + len(parts)] == parts:
                return engine, words[at + 1 + len(parts) :]
        return None
    script = next((engine for end, engine in rules()["scripts"].items() if words[at].endswith(end)), None)
    return (script, words[at + 1 :]) if script else None


def _inner(words: list[str], environment: dict[str, str], depth: int) -> Launch | None:
    """`bash -c "…"`: the text is a command of its own."""
    for at, word in enumerate(words[1:], 1):
        if word.startswith("-") and not word.startswith("--") and word.endswith("c") and at + 1 < len(words):
            for inner in commands(words[at + 1]):
                found = _unwrapped(_expanded(inner.words, environment), environment, depth + 1)
                if found is not None:
                    return found
    return None


def _behind(name: str, words: list[str], environment: dict[str, str], depth: int) -> Launch | None:
    """What a wrapper starts: behind its own flags, and those of its words that start nothing."""
    takes = rules()["wrappers"][name]
    at = 0
    while at < len(words):
        word = words[at]
        if word.startswith("-") and word != "-m":
            at += 2 if word in takes else 1
            continue
        rest = words[at:] if not name.startswith(("torchrun", "python")) else [name, *words[at:]]
        found = _unwrapped(rest, environment, depth + 1)
        if found is not None or name.startswith(("torchrun", "python")):
            return found
        at += 1
    return None


def _contained(words: list[str], environment: dict[str, str], depth: int) -> Launch | None:
    """`docker run [flags] IMAGE [command]`: by the command, or by what the image is known to start."""
    takes = rules()["container_flags"]
    entry: list[str] = []
    at = next((at for at, word in enumerate(words) if not word.startswith("-")), len(words))
    if words[at : at + 1] == ["container"]:
        at += 1
    if words[at : at + 1] not in (["run"], ["exec"], ["create"]):
        return None
    at += 1
    while at < len(words):
        word = words[at]
        name, equals, value = word.partition("=")
        if word.startswith("-"):
            value = value if equals else words[at + 1] if word in takes and at + 1 < len(words) else ""
            if name in ("-e", "--env") and "=" in value:
                environment |= dict([_assignment(value)])
            if name == "--entrypoint" and value:
                entry = value.split()
            at += 1 if equals or word not in takes else 2
            continue
        at += 1
        found = _imaged(word, entry, words[at:], environment, depth)
        if found is not None:
            return found
    return None


def _imaged(image: str, entry: list[str], rest: list[str], environment: dict[str, str], depth: int) -> Launch | None:
    known = next((one for one in rules()["images"] if one["name"] in image.lower()), None)
    for words in ([*entry, *rest], [*(known or {}).get("starts", ()), *rest] if not entry else []):
        found = _unwrapped(words, dict(environment), depth + 1) if words else None
        if found is not None:
            tag = VERSION_TAG.search(image)
            return Launch(found.engine, found.words, found.environment, tag[1] if tag and known else found.version)
    return None
