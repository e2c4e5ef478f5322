"""A claim: a stated fact with its denominator, its printed figure, its source and where it stands."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from moeaudit.claims.figures import Figure
from moeaudit.claims.verdicts import SETTLED, Judgement, Unsettled, Values, Verdict, judge
from moeaudit.errors import Place
from moeaudit.later import dataclass


class Origin(StrEnum):
    """Where a claim was read."""

    CLAIM_FILE = "claim-file"
    CARD = "card"
    NAME = "name"
    CATALOGUE = "catalogue"


class SourceKind(StrEnum):
    """How strong a source is, strongest first."""

    PRIMARY = "primary"
    PROVIDER = "provider"
    REPRODUCED = "reproduced"
    SECONDARY = "secondary"
    RUMOUR = "rumour"


class Distribution(StrEnum):
    """Whether the model is a checkpoint to download or a hosted product."""

    DOWNLOADABLE = "downloadable"
    HOSTED = "hosted"


class Status(StrEnum):
    """Whether a claim states its item, or says why it does not."""

    STATED = "stated"
    NOT_DISCLOSED = "not-disclosed"
    NOT_APPLICABLE = "not-applicable"


STATED = "stated"
"""The owner of a figure that is surely the model's: its text, its file or its name says so."""

WEAK_SOURCES = frozenset({SourceKind.SECONDARY, SourceKind.RUMOUR})


@dataclass(frozen=True)
class Source:
    """Where a fact comes from. `kind` is None for a source that the claim file names without describing it."""

    id: str
    title: str = ""
    url: str = ""
    kind: SourceKind | None = None
    read: str = ""
    place: Place | None = None


@dataclass(frozen=True)
class Claim:
    """One stated fact. `path` names the field (`architecture.total_parameters`), `item` the checklist item it
    answers.

    `kind` is what the figure counts (None for text); `length` the characters that the value takes at `location`;
    `subject` the model that the card's table or sentence names, where it names one; `owner` how sure it is that the
    figure is this model's (`stated`, or `assumed` where a card does not say whose it is).
    """

    path: str
    item: str
    kind: str | None
    value: Any
    location: Place
    origin: Origin
    figure: Figure | None = None
    denominator: str | None = None
    source: Source | None = None
    quote: str = ""
    note: str = ""
    status: Status = Status.STATED
    reason: str = ""
    length: int = 0
    subject: str = ""
    owner: str = STATED

    @property
    def printed(self) -> str:
        """The value as it is written."""
        if self.value is None:
            return ""
        return self.figure.text if self.figure is not None else str(getattr(self.value, "text", self.value))


def judge_claim(
    claim: Claim,
    values: Values,
    distribution: Distribution = Distribution.DOWNLOADABLE,
    unsettled: Unsettled = SETTLED,
) -> Judgement:
    """The verdict on a claim, given the exact counts that the public files prove, and what they leave unsettled.

    An architecture claim about a hosted product rests on its source alone: without a provider's own word it is
    unsupported, whatever its number. Where files decide, the source's weakness is no reason to look away.
    """
    if claim.status is Status.NOT_DISCLOSED:
        return Judgement(Verdict.NOT_DISCLOSED, reason=claim.reason)
    if claim.status is Status.NOT_APPLICABLE:
        return Judgement(Verdict.NOT_APPLICABLE, reason=claim.reason)
    decided = any(value is not None for value in values.values())
    if claim.item.startswith("A") and not decided and (weakness := _weakness(claim, distribution)):
        return Judgement(Verdict.UNSUPPORTED, reason=weakness)
    if claim.kind is None:
        return Judgement(Verdict.UNVERIFIABLE, reason="stated in words; nothing is derived to hold it against")
    return judge(claim.figure, claim.kind, values, claim.denominator, unsettled)


def _weakness(claim: Claim, distribution: Distribution) -> str:
    kind = claim.source.kind if claim.source else None
    if kind in WEAK_SOURCES:
        return f"the only source is {'a rumour' if kind is SourceKind.RUMOUR else 'a secondary article'}"
    if distribution is Distribution.HOSTED and kind is None:
        return "a hosted product, and no source of the provider's own"
    return ""
