"""Laws of all rules: whatever text stands in a field, no rule fails; messages stay on one line; persona only adds."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import example, find, given, reject, settings
from hypothesis import strategies as st

from moeaudit.checks.facts import Facts, statements
from moeaudit.checks.finding import Severity
from moeaudit.checks.registry import FIRST, RULES, run
from moeaudit.checks.rule import Persona
from moeaudit.claims.card import read_card
from moeaudit.claims.checklist import DEPLOYMENT_ITEMS, EVALUATION_ITEMS, FIELDS
from moeaudit.claims.claim import Distribution
from moeaudit.claims.file import parse_claims
from moeaudit.errors import UsageError
from moeaudit.text import visible
from tests.checks.world import inspection_of

SECTIONS = ("architecture", "runtime", "governance")
FIGURES = st.sampled_from(
    [
        "37B",
        "0",
        "1e99",
        "~27B",
        "25%",
        "8 x 80 GB",
        "0 GB",
        "EP 0",
        "TP 0",
        "top-0",
        "10^99",
        "128K",
        "0.0 GiB",
        "$0",
        "1e23",
        "2,048",
    ]
)
TEXTS = st.one_of(FIGURES, st.text(st.characters(max_codepoint=0xD7FF), min_size=1, max_size=40))
INSPECTION = inspection_of("deepseek-v3")


@st.composite
def claim_files(draw: st.DrawFn) -> str:
    """A claim file with any text in any field."""
    document: dict[str, object] = {"schema": "moeaudit/claims/v1", "model": {"id": "example/model"}}
    for section in SECTIONS:
        fields = [path.partition(".")[2] for path in FIELDS if path.startswith(f"{section}.")]
        document[section] = draw(st.dictionaries(st.sampled_from(fields), TEXTS, max_size=6))
    document["deployment"] = draw(st.dictionaries(st.sampled_from(list(DEPLOYMENT_ITEMS)), TEXTS, max_size=4))
    document["evaluations"] = [
        draw(st.dictionaries(st.sampled_from(list(EVALUATION_ITEMS)), TEXTS, min_size=1, max_size=4))
    ]
    return json.dumps(document)


NO_TOKENS = {"training_tokens": "0", "training_compute": "1e99"}


@settings(max_examples=60, deadline=None)
@given(claim_files())
@example(json.dumps({"schema": "moeaudit/claims/v1", "model": {"id": "a/b"}, "governance": NO_TOKENS}))
def test_no_rule_fails_on_any_text(text: str) -> None:
    try:
        read = parse_claims(text, "any.claims.yaml")
    except UsageError as error:  # a size that is none, such as INFINITY, is refused before any rule sees it
        assert "which is no count" in str(error)
        reject()
    for inspection in (INSPECTION, None):
        facts = Facts(inspection, statements(read.claims, inspection, Distribution.DOWNLOADABLE), (read,))
        for finding in run(facts, Persona.AUDITOR):
            shown = (finding.message, finding.claimed or "", finding.derived or "")
            assert all(visible(side) == side for side in shown), (finding.rule, shown)
            assert (
                finding.severity is not Severity.ERROR
                or finding.rule == "systemic-risk-threshold"
                or inspection
                or _in_file(finding.rule)
            )


def _in_file(rule: str) -> bool:
    """Rules whose contradiction lies in the claim file alone."""
    return rule in ("active-not-below-total", "dollars-as-hours")


SAID = st.builds(
    "{} {} {}.".format,
    st.sampled_from(["DeepSeek-V3 has", "The model activates", "It was trained on", "We train with", "It needs"]),
    FIGURES | st.sampled_from(["671B", "37B", "14.8T", "2.788M", "$5.5 million"]),
    st.sampled_from(["total parameters", "parameters per token", "tokens", "GPU hours", "of memory", "layers"]),
)
CARDS = st.lists(SAID | TEXTS.filter(lambda text: "\n" not in text), min_size=1, max_size=8).map("\n\n".join)


def of_card(text: str) -> Facts:
    card = read_card(text, "README.md", "deepseek-ai/DeepSeek-V3")
    claims = statements(card.claims, INSPECTION, Distribution.DOWNLOADABLE)
    return Facts(INSPECTION, claims, (), (card,), texts={"README.md": text})


@settings(max_examples=60, deadline=None)
@given(CARDS)
def test_no_rule_fails_on_any_card(text: str) -> None:
    """Sentences with any figure before any noun, and any text between them."""
    lines = text.split("\n")
    for finding in run(of_card(text), Persona.AUDITOR):
        shown = (finding.message, finding.claimed or "", finding.derived or "")
        assert finding.message and all(visible(side) == side for side in shown), (finding.rule, shown)
        assert finding.place is None or (finding.place.line or 1) <= len(lines)


def test_such_cards_are_contradicted() -> None:
    def contradicted(text: str) -> bool:
        return any(finding.severity is Severity.ERROR for finding in run(of_card(text), Persona.AUDITOR))

    assert contradicted(find(CARDS, contradicted))


CARD = "# Mixtral 8x7B\n\nMixtral 8x7B has 45B total parameters, 13B active. It fits on a single GPU.\n"


def facts_of(card_text: str, evidence: str = "mixtral") -> Facts:
    inspection = inspection_of(evidence)
    card = read_card(card_text, "README.md", inspection.evidence.model.id)
    claims = statements(card.claims, inspection, Distribution.DOWNLOADABLE)
    return Facts(inspection, claims, (), (card,), texts={"README.md": card_text})


def test_a_stricter_persona_hears_all_that_the_others_hear() -> None:
    card = CARD.replace("45B", "46.70B")  # one count alone fits: the pedantic want its name
    heard = [{finding.fingerprint for finding in run(facts_of(card), persona)} for persona in Persona]
    assert heard[0] < heard[1] <= heard[2]


def test_the_worst_comes_first() -> None:
    severities = [list(Severity).index(finding.severity) for finding in run(facts_of(CARD), Persona.AUDITOR)]
    assert severities == sorted(severities)
    assert severities[0] == 0


def test_what_names_alone_say_proves_nothing() -> None:
    """Without a known family the same contradiction is a warning."""
    facts = facts_of(CARD)
    assert facts.inspection is not None
    guessed = replace(facts, inspection=replace(facts.inspection, architecture=None))
    found = [
        [finding.severity for finding in run(one) if finding.rule == "total-contradicted"] for one in (facts, guessed)
    ]
    assert found == [[Severity.ERROR], [Severity.WARNING]]


def test_a_finding_keeps_its_fingerprint_when_its_line_moves() -> None:
    here, moved = (run(facts_of(text)) for text in (CARD, CARD.replace("\n\n", "\n\nA model card.\n\n", 1)))
    assert {finding.fingerprint for finding in here} == {finding.fingerprint for finding in moved}
    assert here[0].place != moved[0].place


@pytest.mark.parametrize("rule", FIRST, ids=lambda rule: rule.id)
def test_ids_say_what_is_wrong_in_small_letters(rule: object) -> None:
    from moeaudit.checks.rule import Rule

    assert isinstance(rule, Rule)
    assert RULES[rule.id] is rule
    assert rule.id == rule.id.lower() and " " not in rule.id and not rule.title.endswith(".")
