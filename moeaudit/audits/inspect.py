"""One model, read as deep as its account needs: the only loop that deepens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moeaudit.errors import AuditError, NoEvidence, NothingToAudit, Transient, UsageError
from moeaudit.evidence.model import Depth
from moeaudit.evidence.reader import Reader, opening

if TYPE_CHECKING:
    from moeaudit.evidence.headers import Progress
    from moeaudit.ledger.inspection import Inspection


def inspect(
    model: str,
    *,
    depth: Depth | None = None,
    revision: str | None = None,
    offline: bool = False,
    progress: Progress | None = None,
    against: str | None = None,
) -> Inspection:
    """The inspection of a model; a converted one is held against its origin, where that is at hand or `against` names
    it. Without a `depth`, it starts at the cheapest that gives two witnesses and reads on
    while something is in doubt that a deeper reading settles; with one, it stops there and the doubt is said.

    Raises UsageError, NoEvidence and NothingToAudit as the rooms below do.
    """
    reader = opening(model, depth=depth, revision=revision, offline=offline, progress=progress)
    from moeaudit.ledger.inspect import inspect_evidence  # noqa: F401 - loaded while the first answers are on their way

    found = settled(reader(), depth)
    if found.converted is None and not against:
        return found
    from moeaudit.audits.origin import beside_origin

    return beside_origin(found, against=against, offline=offline)


def settled(reader: Reader, depth: Depth | None = None) -> Inspection:
    """The inspection of what a reader has, read on until it is settled."""
    from moeaudit.ledger.inspect import inspect_evidence
    from moeaudit.ledger.inspection import Inspection

    if depth is not None:
        return inspect_evidence(reader.read(depth))
    evidence = reader.read(reader.first)
    while True:
        try:
            found: Inspection | AuditError = inspect_evidence(evidence)
        except (NothingToAudit, UsageError) as error:  # nobody knows the family, or the config is not its own
            found = error
        need = found.account.needs if isinstance(found, Inspection) else Depth.HEADERS
        if need is None or (need is Depth.HEADERS and evidence.headers is not None) or not reader.has(need):
            break
        try:
            evidence = reader.read(need)
        except Transient:  # the weather decides no report
            raise
        except NoEvidence:  # what is listed cannot be had: what was settled stands, and its doubt is said
            break
    if isinstance(found, Inspection):
        return found
    raise found
