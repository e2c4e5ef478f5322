"""The packet's facts as pairs of name and value, the same in both formats, and what both derive from the packet."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from hashlib import sha256
from uuid import NAMESPACE_URL, UUID, uuid5

from moeaudit.errors import UsageError
from moeaudit.later import expression
from moeaudit.reports.packet.model import SCHEMA, Amount, Claim, EvidenceFile, Packet
from moeaudit.text import visible

NAMESPACE = "moeaudit"
REPO = expression(r"([\w.-]+)/([\w.-]+)", re.ASCII)
HEADERS_ONLY = ".safetensors"
"""Files of this kind are read up to the end of their header; the recorded digest is the header's, not the file's."""

LONGEST_VERSION = 1024
"""Characters; the limit of CycloneDX 1.6."""

TAKEN = "governance.licence"

Fact = tuple[str, str]


def facts(packet: Packet) -> Iterator[Fact]:
    """Every fact, named `moeaudit:section:what`. Values are one line of text, invisible characters written out."""
    for name, value in (
        pair for part in (of_subject, of_counts, of_claims, of_findings, of_estimates) for pair in part(packet)
    ):
        if value:
            yield f"{NAMESPACE}:{visible(name)}", visible(value)


def of_subject(packet: Packet) -> Iterator[Fact]:
    subject, made = packet.subject, packet.appendix
    yield "packet:schema", SCHEMA
    yield "packet:tool", f"{made.tool} {made.version}"
    yield "packet:command", made.command
    yield "model:id", subject.id
    yield "model:revision", subject.revision or ""
    yield "model:commit", subject.commit or ""
    yield "model:variant", subject.variant or ""
    yield "model:distribution", subject.distribution
    yield "model:state", packet.summary.state
    yield "evidence:source", subject.source
    yield "evidence:agreement", packet.summary.agreement
    yield "evidence:unread", packet.summary.unread
    yield "evidence:rests_on", packet.summary.rests_on
    yield "evidence:left_open", packet.summary.left_open
    for one in made.evidence:
        if one.file.endswith(HEADERS_ONLY):
            yield f"evidence:header-sha256:{one.file}", one.sha256


def of_counts(packet: Packet) -> Iterator[Fact]:
    """Architecture, components and denominators; counts are plain integers."""
    for fact in packet.architecture.facts:
        yield f"architecture:{fact.name}", fact.value
    for kind in packet.architecture.kinds:
        yield (
            f"layers:{kind.like.part}:{kind.like.stack}:{kind.numbers}",
            f"{kind.like.mixer_kind}; {kind.like.ffn_kind}",
        )
    for component in packet.architecture.components:
        yield f"component:{component.name}", str(component.stored)
        if component.active is not None:
            yield f"component:{component.name}:active", str(component.active)
    for tally in packet.architecture.non_parameters:
        yield f"non_parameters:{tally.word}", str(tally.count)
    for denominator in packet.denominators:
        yield from of_amount(denominator.amount)


def of_amount(amount: Amount) -> Iterator[Fact]:
    name = f"denominator:{amount.denominator}"
    if amount.low is None:
        yield f"{name}:absent", amount.absent
    elif amount.exact:
        yield name, str(amount.low)
    else:
        yield from (
            (f"{name}:{end}", str(value))
            for end, value in (("low", amount.low), ("typical", amount.typical), ("high", amount.high))
        )
        yield f"{name}:reason", amount.reason
    yield f"{name}:basis", amount.basis
    yield f"{name}:open", str(amount.open or "")


def of_claims(packet: Packet) -> Iterator[Fact]:
    """Each claim with its verdict, the denominators that fit and its source; the checklist by item; open questions."""
    for place, claim in enumerate(packet.claims, 1):
        name = f"claim:{place}:{claim.path}"
        yield name, claim.printed
        yield f"{name}:verdict", claim.verdict
        yield f"{name}:stated", claim.stated
        yield f"{name}:fits", ", ".join(f"{fit.denominator} ({fit.how})" for fit in claim.fits)
        yield f"{name}:quote", claim.quote
        yield f"{name}:source", source(claim)
    for group in packet.checklist:
        for item in group.items:
            yield f"checklist:{item.id}", item.status
    for question in packet.questions:
        yield f"question:{question.number}", question.text


def source(claim: Claim) -> str:
    return (
        ""
        if claim.source is None
        else " ".join(filter(None, (claim.source.title or claim.source.id, claim.source.url)))
    )


def of_findings(packet: Packet) -> Iterator[Fact]:
    for place, finding in enumerate(packet.findings, 1):
        name = f"finding:{place}:{finding.rule}"
        yield name, f"{finding.severity}: {finding.message}"
        yield f"{name}:suppressed", finding.suppressed or ""


def of_estimates(packet: Packet) -> Iterator[Fact]:
    """Estimates with unit, band and what they are counted by."""
    found = packet.estimates
    if found is None:
        return
    yield "estimate:fleet", found.fleet
    yield "estimate:layout", found.chosen
    yield "estimate:fits", "" if found.fits is None else str(found.fits).lower()
    for one in (*found.figures, *found.training):
        band = "" if one.low is None or one.high is None else f" [{one.low:.6g} to {one.high:.6g}]"
        yield f"estimate:{one.name}", f"{one.typical:.6g}{band} {one.unit}, {one.denominator}"
    for place, text in enumerate(found.assumptions, 1):
        yield f"estimate:assumption:{place}", text


def identity(packet: Packet) -> UUID:
    """The packet's own identifier, by its content."""
    content = json.dumps(asdict(packet), sort_keys=True, ensure_ascii=True)
    return uuid5(NAMESPACE_URL, f"urn:{NAMESPACE}:{sha256(content.encode()).hexdigest()}")


def owner_and_name(packet: Packet) -> tuple[str, str]:
    """`org` and `name` of a repo id; ("", id) for anything else."""
    match = REPO.fullmatch(packet.subject.id)
    return (match[1], match[2]) if match else ("", visible(packet.subject.id) or "unnamed")


def version(packet: Packet) -> str:
    return visible(packet.subject.commit or packet.subject.revision or "", limit=LONGEST_VERSION)


def licences(packet: Packet) -> list[str]:
    """What is said of the licence of the weights, each once."""
    return list(
        dict.fromkeys(visible(claim.printed) for claim in packet.claims if claim.path == TAKEN and claim.printed)
    )


def whole_files(packet: Packet) -> list[EvidenceFile]:
    """Files whose digest is that of the whole file."""
    return [one for one in packet.appendix.evidence if not one.file.endswith(HEADERS_ONLY)]


def day(text: str | None) -> datetime | None:
    """An ISO date, with or without a time, as UTC; None where it is none."""
    try:
        found = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def missing(library: str) -> UsageError:
    return UsageError(
        f"a bill of materials needs {library}, which is not installed",
        hint="Install it with: pip install 'moeaudit[bom]'.",
    )
