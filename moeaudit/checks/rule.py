"""What a rule is: a small documented object with an id and a pure check of facts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import IntEnum
from typing import TYPE_CHECKING

from moeaudit.checks.finding import Confidence, Finding, Outcome, Severity
from moeaudit.checks.needs import Need, lacking
from moeaudit.checks.proof import held
from moeaudit.errors import Place
from moeaudit.later import dataclass

if TYPE_CHECKING:
    from moeaudit.checks.facts import Facts


class Persona(IntEnum):
    """Who wants to hear of a rule: everyone, the pedantic, or an auditor who wants all of it."""

    DEFAULT = 0
    PEDANTIC = 1
    AUDITOR = 2


@dataclass(frozen=True)
class Report:
    """What a check yields: one thing seen. The rule adds who says it and how bad it is, unless the report says
    otherwise.

    `rests_on`: the counts that must be settled for it to be proof, beside those that a verdict is settled by; None
    where no count is needed. `beside`: where further claims stand that it rests on.
    """

    message: str
    place: Place | None = None
    claimed: str | None = None
    derived: str | None = None
    tip: str = ""
    outcome: Outcome | None = None
    severity: Severity | None = None
    confidence: Confidence | None = None
    rests_on: tuple[str, ...] | None = None
    beside: tuple[Place, ...] = ()


@dataclass(frozen=True)
class Rule:
    """One rule, its documentation included.

    `why` it matters, how it is `decided`, a wild `example` with its public `url`, and how to `fix` it.
    `check` takes the facts and yields reports; it reads nothing else. `coincidence`: in running text what is seen may
    be chance. `severity` is that of a report which is proved: `moeaudit.checks.proof` holds the rest at warning.
    `strict`: whether its findings are errors for who asks for a strict check; nothing is proved false by them, but
    nothing was checked either. `needs`: the parts of the facts without which it is skipped; its check takes them for
    granted. `since`: the version that first had it under this id.
    """

    id: str
    family: str
    title: str
    why: str
    decided: str
    fix: str
    check: Callable[[Facts], Iterable[Report]]
    example: str = ""
    url: str = ""
    outcome: Outcome = Outcome.CONTRADICTED
    severity: Severity = Severity.WARNING
    confidence: Confidence = Confidence.HIGH
    persona: Persona = Persona.DEFAULT
    coincidence: bool = False
    strict: bool = False
    needs: tuple[Need, ...] = ()
    since: str = "0.1"

    def findings(self, facts: Facts) -> Iterable[Finding]:
        """What it finds; nothing where its needs are lacking."""
        if lacking(self.needs, facts) is not None:
            return
        for report in self.check(facts):
            found = Finding(
                rule=self.id,
                title=spoken(self.title, facts),
                outcome=report.outcome or self.outcome,
                severity=report.severity or self.severity,
                confidence=report.confidence or self.confidence,
                message=report.message,
                place=report.place,
                claimed=report.claimed,
                derived=report.derived,
                tip=report.tip or spoken(self.fix, facts),
                url=self.url,
            )
            yield held(found, report, self, facts)


CONFIG = "config.json"
"""What the standing words of rules call the file that describes a model."""

HEADER = "the header"
"""What stands for it in a GGUF file, which holds the weights too."""


def spoken(words: str, facts: Facts) -> str:
    """A rule's standing words, about the file at hand. They hold no foreign text, in which a name could be met."""
    if facts.inspection is not None and facts.inspection.converted is not None:
        return words.replace(CONFIG, HEADER).replace("the config", HEADER)
    return words.replace(CONFIG, facts.config) if facts.config != CONFIG else words
