"""Licence, release, place of the weights, and whether a product or a checkpoint is meant."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from moeaudit.checks.facts import Facts, Statement
from moeaudit.checks.finding import Confidence, Outcome, Severity
from moeaudit.checks.rule import Persona, Report, Rule
from moeaudit.checks.sides import printed
from moeaudit.checks.terms import LICENCE, OPEN, called_open, forbidding, licences
from moeaudit.claims.claim import Distribution, Origin
from moeaudit.errors import Place
from moeaudit.later import expression
from moeaudit.text import visible

if TYPE_CHECKING:
    from moeaudit.claims.file import Claims

FAMILY = "governance"
SPOKEN = expression(r"licen[sc]|许可|开源协议", re.IGNORECASE)
SUPPRESSION = expression(r"<!--\s{0,20}moeaudit:[^<>]{0,600}-->")
BRANCHES = expression(r"main|master|latest|HEAD|refs/.*", re.IGNORECASE)


def _of_front_matter(facts: Facts, statement: Statement) -> bool:
    """Whether a card's licence stands in its front matter."""
    line = statement.claim.location.line or 0
    return any(
        card.file == statement.claim.location.file and line < card.front_matter.body_line for card in facts.cards
    )


def _agree(left: str, right: str) -> bool:
    return left in right or right in left


def _claim_file(facts: Facts) -> Iterable[Report]:
    files = [(one, word) for one, word in licences(facts) if one.claim.origin is Origin.CLAIM_FILE]
    front = [
        (one, word) for one, word in licences(facts) if one.claim.origin is Origin.CARD and _of_front_matter(facts, one)
    ]
    for one, word in front:
        for other, said in files:
            if not _agree(word, said):
                yield Report(
                    f"the card's front matter says {printed(one.claim)}, the claim file {printed(other.claim)}",
                    one.claim.location,
                    claimed=printed(one.claim),
                    derived=f"claim file: {printed(other.claim)}",
                )


def _prose(facts: Facts) -> Iterable[Report]:
    cards = [(one, word) for one, word in licences(facts) if one.claim.origin is Origin.CARD]
    front = {one.claim.location.file: (one, word) for one, word in cards if _of_front_matter(facts, one)}
    for one, word in cards:
        first = front.get(one.claim.location.file)
        if first is not None and first[0] is not one and not _agree(word, first[1]):
            yield Report(
                f"the text says {printed(one.claim)}, the front matter {printed(first[0].claim)}",
                one.claim.location,
                claimed=printed(one.claim),
                derived=f"front matter: {printed(first[0].claim)}",
            )
    for file, sentence in forbidding(facts).items():
        first = front.get(file)
        if first is not None and first[1].startswith(OPEN):
            yield Report(
                f"the text allows no commercial use, the front matter says {printed(first[0].claim)}",
                sentence.place,
                claimed="no commercial use",
                derived=f"front matter: {printed(first[0].claim)}",
            )


def _of_model(claims: Claims, path: str) -> Place:
    """Where a claim file says which model it is about: the place of what is missing there."""
    place = claims.root.at(("model",)).place
    return Place(claims.file, place.line, place.column, path)


def _unlicensed(facts: Facts) -> Iterable[Report]:
    spoken_of = any(SPOKEN.search(SUPPRESSION.sub("", text)) for text in facts.texts.values())
    if (
        facts.distribution is Distribution.DOWNLOADABLE
        and not spoken_of
        and not any(True for _ in facts.stated(LICENCE))
    ):
        for file in (*(claims.file for claims in facts.claim_files), *(card.file for card in facts.cards)):
            yield Report("no licence of the weights is stated", Place(file, path=LICENCE))
            return


def _undated(facts: Facts) -> Iterable[Report]:
    for claims in facts.claim_files:
        if claims.release_date is None and claims.by_path("governance.release_date") is None:
            yield Report(
                "no release date: a figure without a date cannot be told from an older one",
                _of_model(claims, "model.release_date"),
            )


def _unpinned(facts: Facts) -> Iterable[Report]:
    for claims in facts.claim_files:
        if claims.distribution is Distribution.DOWNLOADABLE and (
            claims.revision is None or BRANCHES.fullmatch(claims.revision)
        ):
            said = claims.revision or "no revision"
            yield Report(
                f"{visible(said, limit=60)}: the claims hold for whatever the repo becomes",
                _of_model(claims, "model.revision"),
                claimed=visible(said, limit=60),
            )


def _nowhere(facts: Facts) -> Iterable[Report]:
    for claims in facts.claim_files:
        hub = re.fullmatch(r"[\w.-]+/[\w.-]+", claims.model_id) is not None
        if (
            claims.distribution is Distribution.DOWNLOADABLE
            and not hub
            and claims.by_path("governance.weights_location") is None
        ):
            yield Report(
                f"{visible(claims.model_id, limit=60)} can be downloaded, from where is not said",
                _of_model(claims, "governance.weights_location"),
            )


def _distribution(facts: Facts) -> Iterable[Report]:
    for statement in facts.written("governance.distribution"):
        said = str(statement.claim.value).lower()
        other = {Distribution.HOSTED: "download", Distribution.DOWNLOADABLE: "hosted"}[facts.distribution]
        if other in said and facts.distribution.value not in said:
            yield Report(
                f"{printed(statement.claim)}, yet model.distribution is {facts.distribution.value}",
                statement.claim.location,
                claimed=printed(statement.claim),
                derived=f"model.distribution: {facts.distribution.value}",
            )


def _product_weights(facts: Facts) -> Iterable[Report]:
    if facts.distribution is Distribution.HOSTED:
        for statement in facts.written("governance.weights_location"):
            yield Report(
                f"a hosted product with weights at {printed(statement.claim)}: record which one is meant",
                statement.claim.location,
                claimed="hosted",
                derived=printed(statement.claim),
            )


GOVERNANCE: tuple[Rule, ...] = (
    Rule(
        "licence-against-claim-file",
        FAMILY,
        "the card's licence is not the claim file's",
        why="Buyers check one of the two.",
        decided="The front matter's licence is held against the claim file's, spelling aside.",
        example="MiniMax-M2 is MIT, M2.5 modified MIT, M2.7 non-commercial",
        url="https://github.com/MiniMax-AI/MiniMax-M2.7/blob/main/LICENSE",
        fix="Make them agree.",
        check=_claim_file,
    ),
    Rule(
        "licence-against-text",
        FAMILY,
        "the card's text names another licence than its front matter",
        why="The Hub filters by the front matter, readers by the text.",
        decided="Licences in the text, and terms that allow no commercial use, are held against the front matter's.",
        example="licence drift within one family",
        url="https://github.com/MiniMax-AI/MiniMax-M2.7/blob/main/LICENSE",
        fix="Make them agree.",
        check=_prose,
        confidence=Confidence.MEDIUM,
    ),
    Rule(
        "licence-missing",
        FAMILY,
        "no licence is stated",
        why="Without one, nobody may use the weights.",
        decided="No claim file states one, and the word does not stand in the card.",
        fix="State it in the front matter.",
        check=_unlicensed,
        outcome=Outcome.INCOMPLETE,
        severity=Severity.NOTE,
        example="models with a LICENSE file and no licence in the card",
        url="https://github.com/huggingface/hub-docs/issues/995",
    ),
    Rule(
        "open-source-wording",
        FAMILY,
        "called open source under a licence that is not",
        why="Open weights under a restricted licence are not open source: use can be forbidden.",
        decided="The text says open source; no stated licence is one of the approved ones, or the text itself allows "
        "no commercial use.",
        example='"open source MIT" said of MiniMax-M2.7, whose licence is non-commercial',
        url="https://github.com/MiniMax-AI/MiniMax-M2.7/blob/main/LICENSE",
        fix="Write open weights, and name the licence.",
        check=called_open,
        outcome=Outcome.SUSPECT,
        severity=Severity.NOTE,
        confidence=Confidence.MEDIUM,
    ),
    Rule(
        "release-date-missing",
        FAMILY,
        "no release date",
        why="Figures of one name change between releases.",
        decided="Neither model.release_date nor governance.release_date is given.",
        fix="Add model.release_date.",
        check=_undated,
        outcome=Outcome.INCOMPLETE,
        severity=Severity.NOTE,
        persona=Persona.PEDANTIC,
    ),
    Rule(
        "revision-unpinned",
        FAMILY,
        "the claims name no commit",
        why="The repo can change after the claims were checked.",
        decided="model.revision is missing or is a branch.",
        fix="Write the commit into model.revision.",
        check=_unpinned,
        outcome=Outcome.INCOMPLETE,
        severity=Severity.NOTE,
        persona=Persona.PEDANTIC,
    ),
    Rule(
        "weights-location-missing",
        FAMILY,
        "a downloadable model without a place to download it from",
        why="Nobody can check the claims.",
        decided="The id is no Hub id, and governance.weights_location is missing.",
        fix="State the address and the digests.",
        check=_nowhere,
        outcome=Outcome.INCOMPLETE,
        severity=Severity.NOTE,
    ),
    Rule(
        "distribution-contradicted",
        FAMILY,
        "hosted in one place, downloadable in another",
        why="A hosted product is not the checkpoint (S05).",
        decided="governance.distribution is held against model.distribution.",
        fix="Say which one is meant.",
        check=_distribution,
    ),
    Rule(
        "product-with-weights",
        FAMILY,
        "a hosted product is described with a checkpoint's weights",
        why="What is served may differ from what can be downloaded (S05).",
        decided="model.distribution is hosted and a place of weights is given.",
        fix="Write one claim file for the product and one for the checkpoint.",
        check=_product_weights,
        outcome=Outcome.SUSPECT,
    ),
)
