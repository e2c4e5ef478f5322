"""Packets of the recorded models, made as the command makes them; and one whose every text is hostile."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import chdir
from dataclasses import fields, is_dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from moeaudit.audits.check import check
from moeaudit.checks.audit import Settings
from moeaudit.costs.asked import served_model
from moeaudit.costs.estimate import TrainingRun, estimate
from moeaudit.costs.fleet import short_fleet
from moeaudit.reports.document.blocks import Picture
from moeaudit.reports.packet.build import Making, build
from moeaudit.reports.packet.model import EvidenceFile, Packet
from moeaudit.reports.packet.report import packet_document
from moeaudit.reports.pictures import draw
from moeaudit.reports.writers.templates import Templates

ROOT = Path(__file__).resolve().parents[2]
CLAIMS = ROOT / "fixtures" / "claims"

FLEETS: Mapping[str, str] = {
    "mixtral-8x7b-v0.1": "2xH100-SXM",
    "deepseek-v3": "8xH200",
    "gpt-oss-120b": "1xH100-SXM",
    "kimi-k2-instruct": "2x8xH200",
    "gpt-4": "",
}
"""Claim file → fleet. GPT-4 is known by rumour only, and has no evidence to estimate from."""


@cache
def sample(name: str) -> Packet:
    """One recorded model on its fleet. Its claim file is named as from the top folder, wherever that lies."""
    with chdir(ROOT):
        path = CLAIMS.relative_to(ROOT) / f"{name}.claims.yaml"
        audit = check([path], None, offline=True, settings=Settings()).audits[0]
    inspection = audit.facts.inspection
    digests = (
        tuple(EvidenceFile(one.file, one.sha256, one.bytes, one.origin) for one in inspection.evidence.files)
        if inspection
        else ()
    )
    making = Making("1.0", "lock" if inspection else "", True, f"moeaudit packet {name}.claims.yaml", evidence=digests)
    if inspection is None or inspection.architecture is None:
        return build(audit, making)
    found = estimate(served_model(inspection, None), short_fleet(FLEETS[name]), TrainingRun(10**13))
    return build(audit, making, found)


def brief() -> Packet:
    """DeepSeek-V3 with two of each: every place where foreign text can stand, on few pages."""
    packet = sample("deepseek-v3")
    claims = (*packet.claims[:2], *(one for one in packet.claims if one.nearest or one.quote))[:4]
    groups = tuple(replace(group, items=group.items[:2]) for group in packet.checklist)
    frameworks = tuple(replace(one, items=one.items[:2]) for one in packet.obligations[:2])
    return replace(
        packet,
        claims=claims,
        denominators=packet.denominators[:12],
        checklist=groups,
        obligations=frameworks,
        questions=packet.questions[:2],
    )


ORDER = ("components", "layers", "memory", "claims-total", "claims-active")
"""Pictures of a packet, by the names that start their ids."""


def pictures(packet: Packet, written: Callable[[str], str] | None = None) -> dict[str, str]:
    """Everything that is drawn of a packet: SVG by name."""
    words = Templates()
    found = {}
    for section in packet_document(packet, words, "procurement").sections:
        for block in section.blocks:
            if isinstance(block, Picture):
                kind = dict(block.of).get("kind")
                found[f"{block.kind}-{kind}" if kind else block.kind] = draw(block, written)
    assert set(found) <= set(ORDER)
    return {name: found[name] for name in ORDER if found.get(name)}


HOSTILE = {
    "script": "<script>alert(1)</script>",
    "template": "{{7*7}} {% raw %} ${7*7} #{7*7}",
    "typst": '#import "x.typ": * #panic() $x$ `raw` *b* _i_ @ref <label> \\ // /* [c] "q',
    "pipes": "a | b || `c` | [x](javascript:alert(1)) ![](http://x.invalid/i.png)",
    "bidi": "safe\u202egnp.exe\u2066 \u200b\ufeff",
    "nul": "a\x00b\x1b[31mred\x07\r\n\u2028end",
    "long": "W" * 10_000,
    "emoji": "🚀👩‍👩‍👧🇩🇪",
    "cjk": "混合专家模型 日本語 한국어",
    "rtl": "نموذج خليط الخبراء דגם",
    "xml": "]]>&amp;&#0;<!--\"'><!ENTITY x SYSTEM 'file:///etc/passwd'>",
    "lone": "\ud800 \uffff \U0010ffff",
}
"""Text that a view might run, be broken by, or hide."""

FOREIGN = {
    "id",
    "revision",
    "commit",
    "variant",
    "release_date",
    "printed",
    "quote",
    "note",
    "title",
    "message",
    "claimed",
    "derived",
    "reason",
    "file",
    "path",
    "subject",
    "stated",
    "evaluation",
    "evaluated",
    "delivered",
    "text",
    "because",
    "said",
    "value",
    "words",
    "stack",
    "suppressed",
    "known",
    "notes",
    "assumptions",
    "read",
    "origin",
    "unread",
    "tip",
    "command",
    "mixer",
    "ffn",
    "word",
    "absent",
    "answer",
    "sha256",
}
"""Fields that can hold what a stranger wrote."""

KEPT = {"EvidenceFile", "Threshold", "Tally"}


def poisoned(found: Any, text: str) -> Any:
    """The same packet with every foreign field replaced by `text`."""
    if isinstance(found, tuple):
        return tuple(text if isinstance(one, str) else poisoned(one, text) for one in found)
    if not is_dataclass(found) or isinstance(found, type):
        return found
    changes: dict[str, Any] = {}
    for field in fields(found):
        held = getattr(found, field.name)
        if isinstance(held, str) and field.name in FOREIGN:
            changes[field.name] = text
        elif (isinstance(held, tuple) and held and field.name in FOREIGN) or is_dataclass(held):
            changes[field.name] = poisoned(held, text)
        elif isinstance(held, tuple):
            changes[field.name] = tuple(one if isinstance(one, str) else poisoned(one, text) for one in held)
    return replace(found, **changes)
