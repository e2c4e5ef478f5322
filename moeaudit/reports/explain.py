"""Every name that moeaudit prints, with its definition, taken from the registries themselves."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import TYPE_CHECKING

from moeaudit.errors import UsageError
from moeaudit.later import dataclass
from moeaudit.text import visible

if TYPE_CHECKING:
    from moeaudit.costs.devices import Device


@dataclass(frozen=True)
class Topic:
    """One word: what kind of word it is, a sentence, and labelled lines."""

    name: str
    kind: str
    sentence: str
    lines: tuple[tuple[str, str], ...] = ()
    aliases: tuple[str, ...] = ()

    def __str__(self) -> str:
        width = max((len(label) for label, _ in self.lines), default=0)
        rows = [f"  {label:<{width}}  {text}" for label, text in self.lines if text]
        return "\n".join([f"{self.name} ({self.kind})", f"  {self.sentence}", *rows])


def denominators() -> Iterator[Topic]:
    from moeaudit.ledger.denominators import DENOMINATORS

    for d in DENOMINATORS.values():
        yield Topic(
            d.id,
            "denominator",
            d.definition,
            (("formula", d.formula), ("read it for", d.read_for), ("known uses", "; ".join(d.known))),
        )


def components() -> Iterator[Topic]:
    from moeaudit.vocabulary import COMPONENT_TEXT

    for component, text in COMPONENT_TEXT.items():
        yield Topic(component.value, "component", text)


def bases() -> Iterator[Topic]:
    from moeaudit.vocabulary import BASIS_TEXT

    words = ", ".join(basis.value for basis in BASIS_TEXT)
    yield Topic(
        "basis",
        "basis",
        f"What a count rests on, best first: {words}. A sum has the weakest basis of its lines.",
        tuple((basis.value, text) for basis, text in BASIS_TEXT.items()),
    )
    for basis, text in BASIS_TEXT.items():
        yield Topic(basis.value, "basis", text)
    yield Topic(
        "settled",
        "basis",
        "A count of which the evidence leaves nothing open. Only such a count is held against a claim as proof.",
        (
            ("open", "parameters that are doubted, or that stand beside the count and are not understood"),
            ("way out", "a deeper reading (--depth), complete files, or a storage format that is understood"),
        ),
    )


def devices() -> Iterator[Topic]:
    from moeaudit.costs.devices import catalogue

    for device in catalogue():
        yield Topic(device.name, "GPU", device_sentence(device), device_lines(device), device.aliases)


def device_sentence(device: Device) -> str:
    devices = f"{device.domain} device{'s' * (device.domain > 1)}"
    across = ", across nodes" if device.across_nodes else ""
    return f"An accelerator of the catalogue; domain of {devices}{across} at the link's full speed."


def device_lines(device: Device) -> tuple[tuple[str, str], ...]:
    """Every figure with its source, every gap with its reason, and the trap in the published ones."""
    shared = [("memory shared with the host", "GiB", device.unified.installed)] if device.unified else []
    cells = [
        (quantity, f"{cell.value:,g} {unit}  {cell.source}" if cell.value is not None else f"not known: {cell.reason}")
        for quantity, unit, cell in (*device.cells(), *shared)
    ]
    also = [
        ("across nodes", device.across_nodes),
        ("also called", ", ".join(device.aliases)),
        ("memory note", device.memory_note),
        ("more of the shared memory", device.unified.raising if device.unified else ""),
    ]
    return (
        *cells,
        *also,
        ("sparse-peak trap", device.trap or "peaks with structured sparsity are twice the dense ones listed here"),
    )


def checklist() -> Iterator[Topic]:
    from moeaudit.claims.checklist import ITEMS

    derived = {
        "D": "exactly, from public files",
        "E": "estimated, with a stated method",
        "P": "in part: presence or plausibility",
        "-": "not; only stated by someone",
    }
    for item in ITEMS:
        yield Topic(
            item.id,
            "checklist item",
            f"{item.title[:1].upper()}{item.title[1:]}.",
            (("stated in", f"{item.path} of a claim file"), ("derived", derived[item.derive])),
        )


def verdicts() -> Iterator[Topic]:
    from moeaudit.claims.verdicts import MEANINGS

    for verdict, meaning in MEANINGS.items():
        yield Topic(verdict.value, "verdict", meaning)


def rules() -> Iterator[Topic]:
    from moeaudit.checks.registry import RULES

    for rule in RULES.values():
        yield Topic(
            rule.id,
            "rule",
            f"{rule.title[:1].upper()}{rule.title[1:]}.",
            (
                ("severity", f"{rule.severity.value}, {rule.confidence.value} confidence"),
                ("why", rule.why),
                ("decided", rule.decided),
                ("in the wild", " ".join(filter(None, (rule.example, rule.url)))),
                ("fix", rule.fix),
                ("looks at", ", ".join(need.value for need in rule.needs)),
                ("since", rule.since),
            ),
        )
    from moeaudit.checks.retired import RETIRED

    for gone in RETIRED.values():
        yield Topic(
            gone.id,
            "retired rule",
            f"No rule any more since {gone.since}: {gone.reason}.",
            (("now", ", ".join(gone.replaced_by)),),
        )


def discipline() -> Iterator[Topic]:
    from moeaudit.checks.discipline import DISCIPLINE

    for one in DISCIPLINE:
        yield Topic(one.id, "source discipline", one.sentence, (("held by", ", ".join(one.rules)),))


def schemas() -> Iterator[Topic]:
    from moeaudit.reports.schemas import SCHEMAS

    for name in SCHEMAS:
        yield Topic(name, "schema", f"The form of a file; `moeaudit schema {name}` prints it.")


def glossary() -> Iterator[Topic]:
    """Words that no registry defines."""
    from importlib.resources import files

    from moeaudit.data import parsed

    for one in parsed(files("moeaudit.reports").joinpath("glossary.yaml").read_text("utf-8")):
        yield Topic(one["name"], one["kind"], one["sentence"], aliases=tuple(one.get("also", ())))


SOURCES = (glossary, denominators, components, bases, rules, checklist, discipline, verdicts, devices)
"""Where topics come from, in the order they are listed."""


def topics() -> Iterator[Topic]:
    for source in SOURCES:
        yield from source()


def explanation(name: str) -> str:
    """The topic of that name, whatever its case. UsageError with the nearest names where there is none."""
    known = {word.casefold(): topic for topic in topics() for word in (*topic.aliases, topic.name)}
    found = known.get(name.casefold())
    if found is not None:
        return str(found)
    near = get_close_matches(name.casefold(), known, n=3, cutoff=0.5)
    hint = (
        f"Did you mean {' or '.join(known[word].name for word in near)}?"
        if near
        else "moeaudit explain, without a name, lists them all."
    )
    raise UsageError(f"nothing is named {visible(name, limit=60)!r}", hint=hint)


def all_topics() -> str:
    """Every name by kind."""
    kinds: dict[str, list[str]] = {}
    for topic in topics():
        kinds.setdefault(topic.kind, []).append(topic.name)
    return "\n".join(f"{kind}: {', '.join(names)}" for kind, names in kinds.items())
