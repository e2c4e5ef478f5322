"""What comes with the tool, by kind, one line each: for `moeaudit list`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from moeaudit.errors import UsageError
from moeaudit.reports.topics.audit import checklist, rules, verdicts
from moeaudit.reports.topics.counts import components, denominators
from moeaudit.reports.topics.pages import glossary, schemas
from moeaudit.reports.topics.serving import devices
from moeaudit.reports.topics.topic import Topic
from moeaudit.text import visible

Row = tuple[str, str]


def recorded() -> Iterator[Row]:
    """Models whose evidence ships: what was read of each, and for what family."""
    from moeaudit.data import data_folder
    from moeaudit.evidence.recorded import SPEC_SUFFIX, recorded_models

    for name in recorded_models():
        if name.endswith(SPEC_SUFFIX):
            continue
        found = json.loads(data_folder("fixtures").joinpath(name).read_text("utf-8"))
        kind = (found.get("config") or {}).get("data", {}).get("model_type", "")
        read = [part for part in ("config", "index", "headers") if found.get(part)]
        made = " (headers synthesised)" if (found.get("headers") or {}).get("synthesised") else ""
        yield str(found["model"]["id"]), " · ".join(filter(None, (kind, f"{', '.join(read)}{made}")))


def specs() -> Iterator[Row]:
    """Models without a checkpoint, written down by hand from a paper."""
    from moeaudit.data import data_folder, parsed
    from moeaudit.evidence.recorded import SPEC_SUFFIX, recorded_ids, recorded_models

    for name, model in zip(recorded_models(), recorded_ids(), strict=True):
        if name.endswith(SPEC_SUFFIX):
            text = parsed(data_folder("fixtures").joinpath(name).read_text("utf-8"))
            yield model, str(text["family"])


def engines() -> Iterator[Row]:
    from moeaudit.costs.engines.read import engine, names

    for name in names():
        found = engine(name)
        yield name, f"{found.title}, as of {found.version}" if found.version else found.title


def presets() -> Iterator[Row]:
    from moeaudit.reports.writers.templates import USUAL, WITHOUT_EVIDENCE, Templates

    for report, orders in Templates().reports.items():
        for name, sections in orders.items():
            if name not in (USUAL, WITHOUT_EVIDENCE):
                yield f"{report} {name}", ", ".join(sections)


def told(source: Callable[[], Iterator[Topic]]) -> Iterator[Row]:
    """Topics by their sentence."""
    return ((topic.name, topic.sentence) for topic in source())


KINDS: Mapping[str, tuple[str, Callable[[], Iterator[Row]]]] = {
    "models": ("models that `inspect ID --offline` knows: their evidence ships", recorded),
    "specs": ("models without a checkpoint, written down from their papers", specs),
    "denominators": ("named ways to count", partial(told, denominators)),
    "components": ("roles that parameters have", partial(told, components)),
    "verdicts": ("what can be said of a claim", partial(told, verdicts)),
    "rules": ("what `check` looks for", partial(told, rules)),
    "checklist": ("items that a serious record states", partial(told, checklist)),
    "devices": ("accelerators that fleets are made of", partial(told, devices)),
    "engines": ("engines that estimates are for", engines),
    "presets": ("orders of sections of a report", presets),
    "schemas": ("files that are read or written", partial(told, schemas)),
    "words": ("other words that views print", partial(told, glossary)),
}
"""Kind → what it is, and its rows."""


def shipped(kind: str, width: int) -> str:
    """A kind's rows, or without one all kinds with how many there are of each. UsageError for an unknown kind."""
    if not kind:
        return table([(name, f"{len(list(rows())):>3}  {about}") for name, (about, rows) in KINDS.items()], width)
    if kind not in KINDS:
        from moeaudit.nearest import did_you_mean

        raise UsageError(f"there is no list of {visible(kind, limit=40)!r}", hint=did_you_mean(kind, KINDS))
    return table(list(KINDS[kind][1]()), width)


def table(rows: list[Row], width: int) -> str:
    """Names in a column, and what there is to say of each beside it; cut where a line of `width` ends, 0 for never."""
    room = max((len(name) for name, _ in rows), default=0)
    room = min(room, width // 2) if width else room
    lines = (f"{name:<{room}}  {text}".rstrip() for name, text in rows)
    return "".join(f"{visible(line, limit=width or None)}\n" for line in lines)
