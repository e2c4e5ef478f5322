"""`moeaudit explain WORD`: every word that views print, with all that is meant by it.

A word may mean several things (`card` is a witness and where a claim stands): all of them are told. Capitals, and which
sign stands between the parts of a word, make no difference; a figure beside it does neither (`TP 8`, `8xH200`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from moeaudit.errors import UsageError
from moeaudit.nearest import asked, nearest, plain
from moeaudit.reports.topics.audit import checklist, discipline, duties, keys, needs, rules, verdicts
from moeaudit.reports.topics.counts import bases, components, denominators, encodings, families
from moeaudit.reports.topics.pages import glossary, models, presets, schemas, sections
from moeaudit.reports.topics.serving import devices, engines
from moeaudit.reports.topics.topic import Topic
from moeaudit.text import visible

SOURCES: tuple[Callable[[], Iterator[Topic]], ...] = (
    glossary, denominators, components, bases, verdicts, keys, rules, checklist, discipline, needs, duties, devices,
    engines, encodings, families, schemas, sections, presets, models,
)  # fmt: skip
"""Where topics come from, in the order they are told and listed."""

NUMBERED = re.compile(r"^(\d+\s*[x×]\s*)+|^\d[\d,.]*\s*(?=\D)|(?<=\D)\s*[×x]?\s+\d[\d,.]*$")
"""A figure before or behind a word: `8xH200`, `TP 8`."""


def topics(more: Iterable[Topic] = ()) -> Iterator[Topic]:
    """All of them; `more`: what only the caller knows, such as the commands."""
    for source in SOURCES:
        yield from source()
    yield from more


def explanation(name: str, more: Iterable[Topic] = ()) -> str:
    """All that is called so. UsageError with the nearest names where nothing is."""
    known = by_word(more)
    for form in forms(name):
        if form in known:
            found = sorted(known[form], key=lambda topic: topic.name != name)  # as it is written first
            return "\n\n".join(map(str, found))
    spelled = {word: found[0].name for word, found in known.items()}
    near = list(dict.fromkeys(spelled[word] for word in nearest(name, spelled, most=3)))
    hint = asked(near) if near else "moeaudit explain, without a name, lists them all."
    raise UsageError(f"nothing is named {visible(name, limit=60)!r}", hint=hint)


def by_word(more: Iterable[Topic] = ()) -> dict[str, list[Topic]]:
    """Topics by every form of their word, those that have it as their name first."""
    known: dict[str, list[Topic]] = {}
    every = list(topics(more))
    for topic in every:
        known.setdefault(key(topic.name), []).append(topic)
    for topic in every:
        for alias in topic.aliases:
            held = known.setdefault(key(alias), [])
            if topic not in held:
                held.append(topic)
    return known


def forms(name: str) -> Iterator[str]:
    """The word itself, the English of a German one of ours, without a figure beside it, and in the singular."""
    yield key(name)
    if (english := in_english(name)) is not None:
        yield key(english)
    alone = NUMBERED.sub("", name.strip())
    yield key(alone)
    if alone.startswith("-"):  # an option with its value
        yield key(alone.partition(" ")[0].partition("=")[0])
    for ending in ("s", "es"):
        if alone.endswith(ending):
            yield key(alone.removesuffix(ending))


def key(word: str) -> str:
    """What a word is looked up by; one of signs alone is itself."""
    return plain(word) or word.strip()


def in_english(name: str) -> str | None:
    """The English of a word that pages in another language print in its place."""
    from moeaudit.data import data_folder, parsed
    from moeaudit.reports.document.english import STRINGS

    wanted = key(name)
    for language in ("de",):
        other = parsed(data_folder("templates").joinpath(f"strings.{language}.yaml").read_text("utf-8"))
        for path, text in leaves(other):
            if key(text) == wanted:
                return dict(leaves(STRINGS)).get(path)
    return None


def leaves(strings: object, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every text of a language with its path."""
    if isinstance(strings, dict):
        for name, inner in strings.items():
            yield from leaves(inner, (*path, str(name)))
    else:
        yield path, str(strings)


MANY = 60
"""Names of a kind beyond which a listing shows the first few."""


def all_topics(more: Iterable[Topic] = ()) -> str:
    """Every name by kind; of kinds with very many the first few, and how many there are."""
    kinds: dict[str, list[str]] = {}
    for topic in topics(more):
        kinds.setdefault(topic.kind, []).append(topic.name)
    return "\n".join(f"{kind}: {_some(names)}" for kind, names in kinds.items())


def _some(names: list[str]) -> str:
    if len(names) <= MANY:
        return ", ".join(names)
    return f"{', '.join(names[:5])} … {len(names)} in all"
