"""docs/families.md: every model type, what it is made of, which fields it reads, and what proves its counts.

    python tools/docs/families.py            write the page
    python tools/docs/families.py --check    write nothing, exit 1 if the page is not what it would be

A pure function of the registry, the families' own docstrings, the recorded configurations and the recorded evidence.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from inspect import getdoc
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from moeaudit.architecture.blocks import Block, Experts, SharedExperts  # noqa: E402
from moeaudit.architecture.catalogue import BY_NAME  # noqa: E402
from moeaudit.architecture.config import Config  # noqa: E402
from moeaudit.architecture.families import describe, lineage_of  # noqa: E402
from moeaudit.architecture.model import Architecture, Stack  # noqa: E402
from moeaudit.architecture.summary import summarise  # noqa: E402
from moeaudit.architecture.unread import FRAMES, REFUSED  # noqa: E402
from moeaudit.claims.figures import parse_figure  # noqa: E402
from moeaudit.data import data_folder  # noqa: E402
from moeaudit.evidence.evidence_file_reader import read_evidence  # noqa: E402
from moeaudit.evidence.recorded import SPEC_SUFFIX, recorded_models  # noqa: E402
from moeaudit.ledger.inspect import inspect_evidence  # noqa: E402
from moeaudit.vocabulary import Component, Part  # noqa: E402
from tests.architecture.outside import OUTSIDE  # noqa: E402
from tools.docs.releases import all_compared, by_number, compared, outcomes  # noqa: E402

PAGE = "docs/families.md"
RECORDED = ROOT / "tests/architecture/recorded"
PRINTED = ROOT / "tests/architecture/sizes"

INTRODUCTION = """# Families

Every Mixture-of-Experts model type that is counted from `config.json` alone. The figures below are those of one
reference configuration; the reader itself takes every size from the config. A field in brackets is another name for the
one before it.

**What "exact" means here.** For each type of transformers {version}, the tensors that transformers itself builds (on
torch's meta device, recorded by `tools/record/families.py`) were compared with those derived from the same config:
every name and every shape of the reference, and the digest of all names and shapes of configurations in which one
field, or several at once, were changed, left out, or written under another name. A size that transformers has a default
for may be required here: a config without it is then refused, and the field named. Each type says with which release of
transformers it was recorded, and what the releases compared with it build otherwise (`--compare` of the same tool;
{compared}). Released checkpoints named as
witnesses ship as recorded evidence: every tensor name of their index or headers is derived from their config, and no
other. "Published" stands where a vendor prints a total with two to four digits: the count of the published config
prints as the same figure under the named denominator, which fixes the large tensors and not each small one.
"""


@dataclass(frozen=True)
class Release:
    """A released checkpoint that ships as recorded evidence: its config, and the witness that agrees by name."""

    name: str
    seen: str  # weight index or headers
    config: Mapping[str, Any]


def families() -> Iterator[tuple[str, str]]:
    """The page, as (path, text)."""
    recordings = {path.stem: json.loads(path.read_text()) for path in sorted(RECORDED.glob("*.json"))}
    printed = printed_by_type()
    releases = releases_by_type()
    version = max((data["transformers"] for data in recordings.values()), key=by_number)
    kept = outcomes()
    known = [
        entry(name, data["config"], recorded(data), releases.get(name, []), data["notes"], compared(name, data, kept))
        for name, data in recordings.items()
    ]
    others = [outside(name, releases.get(name, []), printed.get(name)) for name in BY_NAME if name not in recordings]
    text = [
        INTRODUCTION.format(version=version, compared=all_compared(recordings, kept)),
        overview(recordings),
        f"## Known to transformers {version}\n",
        *known,
        "## Known from their releases\n",
        *others,
        "## Refused\n",
        *(f"- `{row.name}`: {row.reason} ({row.source})." for row in REFUSED),
        "\n## Frames of which the language model alone is read\n",
        *(f"- `{row.name}`: {row.reason} ({row.source})." for row in FRAMES),
        "",
    ]
    yield PAGE, "\n".join(text)


def overview(recordings: dict[str, Any]) -> str:
    rows = [
        f"| [`{model_type}`](#{anchor(model_type)}) | {recording['class']} | {sum(recording['sums'].values()):,} "
        f"| {1 + len(recording['changed']) + len(recording['unchanged'])} |"
        for model_type, recording in recordings.items()
    ]
    return "\n".join(
        [
            "| model_type | class compared with | parameters of the reference | configurations compared |",
            "|---|---|---:|---:|",
            *rows,
            "",
        ]
    )


def recorded(recording: dict[str, Any]) -> str:
    """What the recording proves."""
    return (
        f"{sum(recording['sums'].values()):,} parameters of the reference, tensor by tensor; "
        f"{len(recording['changed'])} configurations that store something else, "
        f"{len(recording['unchanged'])} that do not"
    )


def outside(model_type: str, releases: list[Release], printed: dict[str, Any] | None) -> str:
    """A type that transformers does not know: by a released checkpoint, by published figures, or by its code alone."""
    if releases:
        return entry(model_type, releases[0].config, "", releases)
    if printed and model_type in printed.get("also", ()):
        return as_another(model_type, str(printed["config"]["model_type"]))
    if printed:
        return entry(model_type, printed["config"], figures(printed), [])
    names = list(BY_NAME)
    reader = lineage_of(model_type)
    same = next((known for known in names[: names.index(model_type)] if lineage_of(known) is reader), None)
    if same:
        return as_another(model_type, same)
    asked: list[tuple[str, tuple[str, ...]]] = []
    describe(Config({"model_type": model_type, **OUTSIDE.get(model_type, {})}, asked=asked))
    read = f"- Fields read: {fields(asked)}"
    proof = f"- Witness: the release's own code{source(model_type)}; no table is recorded"
    return "\n".join([f"### {model_type}", "", introduction(model_type), "", read, proof, ""])


def as_another(model_type: str, same: str) -> str:
    return "\n".join(
        [f"### {model_type}", "", introduction(model_type), "", f"- Read as: [`{same}`](#{anchor(same)})", ""]
    )


def figures(printed: dict[str, Any]) -> str:
    """Published figures that come out, by denominator; those that no denominator gives; where they stand."""
    read = {name: (text, parse_figure(text)) for name, text in printed["printed"].items()}
    exact = any(figure is not None and figure.is_exact for _, figure in read.values())
    named = ", ".join(f"`{name}` {text}" for name, (text, _) in read.items())
    missed = "".join(f"; its {text} fits no `{name}*`" for name, text in printed.get("unmatched", {}).items())
    return f"{'the published' if exact else ROUNDED} {named}{missed} ({printed['source']})"


ROUNDED = "rounded to the digits that are printed:"


def entry(
    model_type: str,
    config: Mapping[str, Any],
    proof: str,
    releases: list[Release],
    notes: Sequence[str] = (),
    compared: str = "",
) -> str:
    """One type: its blocks, placement, routing, fields and proof."""
    asked: list[tuple[str, tuple[str, ...]]] = []
    architecture = describe(Config(config, asked=asked))
    facts = summarise(architecture)
    checkpoints = "released checkpoints " + ", ".join(f"{release.name} ({release.seen})" for release in releases)
    proved = "Published" if proof.startswith(ROUNDED) else "Exact"
    lines = [
        f"### {model_type}",
        "",
        introduction(model_type),
        "",
        f"- Token mixing: {facts.attention}",
        *(f"- Placement: {text}" for text in placement(architecture)),
        f"- Routing: {facts.routing or 'none in the reference configuration'}",
        *(f"- Beside the language model: {text}" for text in parts(architecture)),
        f"- Fields read: {fields(asked)}",
        f"- {proved}: {'; '.join([*filter(None, [proof]), *([checkpoints] if releases else [])])}",
        *([f"- Releases: {compared}"] if compared else []),
        *(f"- Note: {note}" for note in notes),
        "",
    ]
    return "\n".join(lines)


def introduction(model_type: str) -> str:
    """The first paragraph of the reader's docstring."""
    text = getdoc(lineage_of(model_type)) or ""
    return " ".join(text.split("\n\n")[0].split())


def source(model_type: str) -> str:
    """Where the reader's names and shapes come from, as its docstring or its file's says ("Names: …", "Names and
    shapes: …"); empty where neither says it."""
    reader = lineage_of(model_type)
    texts = (" ".join((getdoc(thing) or "").split()) for thing in (reader, sys.modules[reader.__module__]))
    found = next((match[1] for text in texts if (match := NAMES.search(text))), "")
    return f" ({found})" if found else ""


NAMES = re.compile(r"Names(?: and shapes)?: (.*?)(?:\.(?= [A-Z])|\.$)")


def placement(architecture: Architecture) -> Iterator[str]:
    """Which layers hold what feed-forward, stack by stack."""
    for stack in architecture.stacks():
        kinds: dict[str, list[int]] = {}
        for layer, numbers in stack.groups:
            kinds.setdefault(feed_forward(layer), []).extend(numbers)
        role = f"{stack.role}, " if stack.role != "decoder" else ""
        yield role + "; ".join(f"{spans(sorted(numbers))}: {kind}" for kind, numbers in kinds.items())


def feed_forward(layer: Block) -> str:
    experts = [block for block in layer.walk() if isinstance(block, Experts)]
    shared = [block for block in layer.walk() if isinstance(block, SharedExperts)]
    roles = {weight.component for weight in layer.weights()}
    words = [f"{block.selected} of {block.experts} experts" for block in dict.fromkeys(experts)]
    words += [f"{block.count} shared" for block in dict.fromkeys(shared)]
    words += ["a dense feed-forward"] if Component.DENSE_FFN in roles else []
    if not experts and Component.ROUTED_EXPERTS in roles:
        words.insert(0, "routed experts")
    return " + ".join(words) or "no feed-forward"


def parts(architecture: Architecture) -> Iterator[str]:
    """Encoders, projectors and prediction modules with their parameters."""
    sizes = {part: sum(weight.elements for weight in architecture.weights if weight.part is part) for part in Part}
    modules = sum(
        len(piece.layers) for piece in architecture.pieces if isinstance(piece, Stack) and piece.part is Part.MTP
    )
    for part, size in sizes.items():
        if part is not Part.LANGUAGE and size:
            yield f"{part.value}, {size:,} parameters" + (
                f" in {modules} layer{'s' * (modules > 1)}" if part is Part.MTP and modules else ""
            )


def fields(asked: list[tuple[str, tuple[str, ...]]]) -> str:
    """The fields in the order they were asked for, by section, with their other names."""
    names: dict[str, dict[str, str]] = {}
    for path, aliases in asked:
        first, *others = aliases
        shown = f"`{first}`" + (f" ({', '.join(f'`{other}`' for other in others)})" if others else "")
        section_names = names.setdefault(path, {})
        section_names[first] = max(section_names.get(first, ""), shown, key=len)
    return "; ".join(
        f"{'in `' + path.removesuffix('.') + '`: ' if path else ''}{', '.join(shown.values())}"
        for path, shown in names.items()
    )


def releases_by_type() -> dict[str, list[Release]]:
    """Recorded evidence by the model_type of its config, where a published index or headers agree with the config."""
    found: dict[str, list[Release]] = {}
    for name in recorded_models():
        if name.endswith(SPEC_SUFFIX):
            continue
        evidence = read_evidence(data_folder("fixtures").joinpath(name).read_bytes(), name, recorded=True)
        seen = "headers" if evidence.headers is not None else "weight index" if evidence.index is not None else ""
        if seen and evidence.config is not None and inspect_evidence(evidence).agreement.verdict == "agree":
            model_type = str(evidence.config.data.get("model_type"))
            found.setdefault(model_type, []).append(Release(evidence.model.id, seen, evidence.config.data))
    return found


def printed_by_type() -> dict[str, dict[str, Any]]:
    """Sizes and figures from papers, by model_type."""
    cases = [json.loads(path.read_text()) for path in sorted(PRINTED.glob("*.json"))]
    named = {str(name): case for case in cases for name in case.get("also", ())}
    return named | {str(case.get("type", case["config"]["model_type"])): case for case in cases}


def spans(numbers: list[int]) -> str:
    """Layer numbers as words: `layers 0–2, 5`."""
    found: list[list[int]] = []
    for number in numbers:
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    text = ", ".join(f"{first}–{last}" if last > first else str(first) for first, last in found[:8])
    return f"layers {text}{' …' if len(found) > 8 else ''}" if len(numbers) > 1 else f"layer {text}"


def anchor(heading: str) -> str:
    return heading.casefold().replace(" ", "-")


def main() -> int:
    check = "--check" in sys.argv[1:]
    drifted = False
    for name, text in families():
        path = ROOT / name
        if not path.exists() or path.read_text() != text:
            drifted = True
            print(f"{'drifted' if check else 'written'}: {name}")
            if not check:
                path.write_text(text)
    return 1 if check and drifted else 0


if __name__ == "__main__":
    sys.exit(main())
