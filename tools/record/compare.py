"""Recordings against what another release of transformers builds from the same configurations.

The outcome is kept as data in tests/architecture/releases.json: for each release that was compared, and each type, the
difference in words of tensors. `docs/families.md` says it from there.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any

import transformers
from build import Built, Shapes
from collapse import NUMBER
from perturb import Change, applied
from transformers.models.auto.configuration_auto import CONFIG_MAPPING

RELEASES = Path(__file__).resolve().parents[2] / "tests/architecture/releases.json"
SHOWN = 12
"""Templates of names that are kept of one difference."""


def compare(model_type: str, recording: Mapping[str, Any], refusals: tuple[type[Exception], ...]) -> dict[str, Any]:
    """What the installed release builds otherwise: "compared" configurations, and how many of them differ by each field
    (by the reference's tensors where that differs). "known" false where the release has no such type. In the release of
    the recording itself: what the fields change by which others differ."""
    found: dict[str, Any] = {"recorded": recording["transformers"], "known": model_type in CONFIG_MAPPING}
    if not found["known"]:
        return found
    if recording["transformers"] == transformers.__version__:
        changes = {json.dumps(one): one for one in differing_elsewhere(model_type)}
        return {**found, "differences": [changed(recording, change) for change in changes.values()]}
    differing: list[dict[str, Any]] = []
    number = 0
    for change, config, recorded in configurations(recording):
        number += 1
        try:
            shapes = Built(config).shapes
        except refusals as error:
            differing.append({"change": change, "refused": type(error).__name__})
        else:
            if digest(shapes) != recorded:
                differing.append(changed(recording, change) if change else difference(shapes, recording))
    return {**found, "compared": number, "differences": least(differing)}


def differing_elsewhere(model_type: str) -> Iterator[Change]:
    """The changes that other releases are known to build otherwise."""
    for types in json.loads(RELEASES.read_text()).values() if RELEASES.exists() else ():
        for one in types.get(model_type, {}).get("differences", ()):
            if one["change"] and "refused" not in one:
                yield one["change"]


def changed(recording: Mapping[str, Any], change: Change) -> dict[str, Any]:
    """The names that a change of the small configuration brings and takes away in the installed release."""
    small = applied(recording["config"], recording["small"]["change"])
    before, after = templates(Built(small).shapes), templates(Built(applied(small, change)).shapes)
    return {"change": change, "more": sorted(after - before)[:SHOWN], "less": sorted(before - after)[:SHOWN]}


def least(differing: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The differences that no smaller change explains, each with how many configurations it is in."""
    found: list[dict[str, Any]] = []
    for one in sorted(differing, key=lambda one: len(one["change"])):
        within = next((known for known in found if set(known["change"]) <= set(one["change"])), None)
        if within is None:
            found.append({**one, "configurations": 1})
        else:
            within["configurations"] += 1
    return found


def configurations(recording: Mapping[str, Any]) -> Iterator[tuple[Change, dict[str, Any], str]]:
    """Every recorded configuration: what it changes, whole, and the digest of what the recording's release builds."""
    reference = recording["config"]
    yield {}, applied(reference, {}), digest(dict(tensors(recording)))
    small = applied(reference, recording["small"]["change"])
    same = recording["small"]["result"][-1]
    yield {}, small, same
    for change, *_, changed in recording["changed"]:
        yield change, applied(small, change), changed
    for change in recording["unchanged"]:
        yield change, applied(small, change), same


def difference(shapes: Shapes, recording: Mapping[str, Any]) -> dict[str, Any]:
    """Names of the reference that only the installed release has, and that only the recording has."""
    there, recorded = templates(shapes), templates(dict(tensors(recording)))
    return {"change": {}, "more": sorted(there - recorded)[:SHOWN], "less": sorted(recorded - there)[:SHOWN]}


def templates(shapes: Shapes) -> set[str]:
    return {f"{NUMBER.sub('{}', name)} {'×'.join(map(str, shape))}" for name, shape in shapes.items()}


def tensors(recording: Mapping[str, Any]) -> Iterator[tuple[str, tuple[int, ...]]]:
    for template, shape, *columns in recording["tensors"]:
        for numbers in product(*map(spread, columns)):
            yield template.format(*numbers), tuple(shape)


def spread(spans: str) -> list[int]:
    """ "0-2,5" as [0, 1, 2, 5]."""
    ends = [tuple(map(int, span.split("-"))) for span in spans.split(",")]
    return [number for first, *last in ends for number in range(first, (last or [first])[0] + 1)]


def digest(shapes: Shapes) -> str:
    lines = sorted(f"{name} {'x'.join(map(str, shape))}" for name, shape in shapes.items())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:32]


def keep(found: Mapping[str, dict[str, Any]]) -> None:
    """Write what was compared beside what other releases were."""
    kept = json.loads(RELEASES.read_text()) if RELEASES.exists() else {}
    release = kept.setdefault(transformers.__version__, {})
    release |= found
    RELEASES.write_text("{\n" + ",\n".join(written(name, types) for name, types in sorted(kept.items())) + "\n}\n")


def written(release: str, types: Mapping[str, Any]) -> str:
    """One line a type, so that changes can be read."""
    lines = (f"{json.dumps(name)}: {json.dumps(found, ensure_ascii=False)}" for name, found in sorted(types.items()))
    return f"{json.dumps(release)}: {{\n" + ",\n".join(lines) + "\n}"
