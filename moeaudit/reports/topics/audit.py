"""Words of a check and a packet: rules, the checklist, verdicts, duties, keys of a claim file."""

from __future__ import annotations

from collections.abc import Iterator

from moeaudit.reports.topics.topic import Topic, begun

DERIVED = {
    "D": "exactly, from public files",
    "E": "estimated, with a stated method",
    "P": "in part: presence or plausibility",
    "-": "not; only stated by someone",
}
"""How an item of the checklist can be had from public files."""


def checklist() -> Iterator[Topic]:
    from moeaudit.claims.checklist import ITEMS

    for item in ITEMS:
        told = (("stated in", f"{item.path} of a claim file"), ("derived", DERIVED[item.derive]))
        yield Topic(item.id, "checklist item", begun(item.title), told)


def keys() -> Iterator[Topic]:
    """Keys of a claim file, which are also what claims are called by."""
    from moeaudit.claims.checklist import BY_ID, DEPLOYMENT_ITEMS, EVALUATION_ITEMS, FIELDS
    from moeaudit.reports.document.english import STRINGS

    found: dict[str, list[tuple[str, str, str]]] = {}
    for field in FIELDS.values():
        group, _, name = field.path.partition(".")
        found.setdefault(name, []).append((group, field.item, field.kind or "text"))
    for group, items in (("deployment", DEPLOYMENT_ITEMS), ("evaluations", EVALUATION_ITEMS)):
        for name, item in items.items():
            found.setdefault(name, []).append((group, item, ""))
    for name, places in found.items():
        item = places[0][1]
        where = ", ".join(dict.fromkeys(f"{group}.{name}" for group, _, _ in places))
        kinds = dict.fromkeys(kind for _, _, kind in places if kind not in ("text", ""))
        told = (
            ("stated in", f"{where} of a claim file"),
            ("checklist", ", ".join(dict.fromkeys(item for _, item, _ in places))),
            ("held against", f"counts of the kind {', '.join(kinds)}" if kinds else ""),
        )
        label = STRINGS["fields"][name]
        said = f"What is claimed as {label} of a model. It belongs to item {item}, {BY_ID[item].title}."
        yield Topic(name, "key of a claim file", said, told, (label,))


def verdicts() -> Iterator[Topic]:
    from moeaudit.claims.verdicts import MEANINGS
    from moeaudit.reports.document.english import STRINGS

    for verdict, meaning in MEANINGS.items():
        yield Topic(verdict.value, "verdict", meaning, aliases=(STRINGS["verdicts"][verdict.value],))


def rules() -> Iterator[Topic]:
    from moeaudit.checks.registry import RULES

    for rule in RULES.values():
        yield Topic(
            rule.id,
            "rule",
            begun(rule.title),
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


def needs() -> Iterator[Topic]:
    from moeaudit.checks.needs import LACKING, Need

    for need in Need:
        yield Topic(
            need.value,
            "what rules look at",
            f"Where it is not there: {LACKING[need]}. Rules that look at it are then skipped.",
        )


def discipline() -> Iterator[Topic]:
    from moeaudit.checks.discipline import DISCIPLINE

    for one in DISCIPLINE:
        yield Topic(one.id, "source discipline", one.sentence, (("held by", ", ".join(one.rules)),))


def duties() -> Iterator[Topic]:
    """Frameworks that a packet stands beside, and their items."""
    from moeaudit.reports.packet.data import read_data

    for one in read_data("obligations.yaml")["frameworks"]:
        yield Topic(
            one["id"],
            "framework",
            begun(one["title"]),
            (("reference", one["reference"]), ("note", one["note"])),
            (one["title"],),
        )
        for item in one["items"]:
            yield Topic(str(item["id"]), "duty", begun(item["text"]), (("framework", one["title"]),))
