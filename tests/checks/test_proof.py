"""An error needs proof of both sides: laws over all rules, and what each thing that is lacking makes of a finding."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moeaudit.audits.inspect import inspect
from moeaudit.checks.audit import audit
from moeaudit.checks.facts import Facts, proven, statements
from moeaudit.checks.finding import Finding, Outcome, Severity
from moeaudit.checks.proof import BY_CHANCE, BY_WORDS, LAST_PLACE, OWNER, SUBJECT
from moeaudit.checks.registry import run
from moeaudit.checks.rule import Persona
from moeaudit.claims.card import read_card
from moeaudit.claims.claim import Distribution
from moeaudit.claims.file import parse_claims
from moeaudit.ledger.inspection import Inspection
from tests.checks.world import inspection_of

DEEPSEEK = inspection_of("deepseek-v3")
NAME = DEEPSEEK.evidence.model.id


def facts_of(body: str, inspection: Inspection = DEEPSEEK, owner: str = "stated") -> Facts:
    """A card about the model at hand, every figure with the same owner."""
    text = f"# {inspection.evidence.model.id.partition('/')[2]}\n\n{body}\n"
    card = read_card(text, "README.md", inspection.evidence.model.id)
    claims = [replace(claim, owner=owner) for claim in card.claims]
    said = statements(claims, inspection, Distribution.DOWNLOADABLE)
    return Facts(inspection, said, (), (card,), texts={"README.md": text}, named=True)


def found(facts: Facts, rule: str) -> Finding:
    return next(finding for finding in run(facts, Persona.AUDITOR) if finding.rule == rule)


FIELDS = st.sampled_from(
    [
        "This model has {} total parameters.",
        "This model has {} activated parameters.",
        "| | DeepSeek-V3 |\n|---|---|\n| Total Parameters | {0} |\n| Activated Parameters | {0} |",
        "It needs {0} of memory and has {0} parameters.",
    ]
)
SIZES = st.integers(1, 9_999).map(lambda number: f"{number}B") | st.sampled_from(["37B", "671B", "74 GB", "36.7B"])


@settings(max_examples=60, deadline=None)
@given(FIELDS, SIZES)
def test_a_figure_that_may_be_another_models_is_no_error(sentence: str, size: str) -> None:
    stated, assumed = (facts_of(sentence.format(size), owner=owner) for owner in ("stated", "assumed"))
    every = list(run(assumed, Persona.AUDITOR))
    assert not [one for one in every if one.severity is Severity.ERROR]
    said = {(one.rule, one.fingerprint) for one in run(stated, Persona.AUDITOR)}
    assert said == {(one.rule, one.fingerprint) for one in every}, "the same is told, only less loudly"


def test_an_assumed_owner_says_what_would_decide() -> None:
    plain, assumed = (
        found(facts_of("This model has 447B total parameters.", owner=owner), "total-contradicted")
        for owner in ("stated", "assumed")
    )
    assert (plain.severity, plain.outcome) == (Severity.ERROR, Outcome.CONTRADICTED)
    assert (assumed.severity, assumed.outcome) == (Severity.WARNING, Outcome.SUSPECT)
    assert assumed.message.endswith(OWNER) and assumed.message.startswith(plain.message)


def test_a_figure_that_may_be_another_models_contradicts_no_item() -> None:
    body = "This model has 447B total parameters."
    items = [audit(NAME, [], facts_of(body, owner=owner)).checklist["A01"] for owner in ("stated", "assumed")]
    assert items == ["contradicted", "stated"]


def test_claim_files_and_names_state_their_owner() -> None:
    read = parse_claims("schema: moeaudit/claims/v1\nmodel: {id: a/b}\narchitecture: {layers: 3}\n", "a.claims.yaml")
    assert [claim.owner for claim in read.claims] == ["stated"]


def test_roles_known_by_their_names_prove_nothing() -> None:
    facts = facts_of("This model has 447B total parameters.")
    one = found(replace(facts, inspection=replace(DEEPSEEK, architecture=None)), "total-contradicted")
    assert one.severity is Severity.WARNING and one.message.endswith(BY_WORDS)


def test_a_part_that_cannot_be_counted_may_be_what_a_total_has_more() -> None:
    """Llama 4 Scout's 109B, where config.json lacks its vision section."""
    scout = inspection_of("scout", {"config": {"vision_config": None}})
    more, less = (
        found(facts_of(f"This model has {size} total parameters.", scout), "total-contradicted")
        for size in ("109B", "90B")
    )
    assert more.severity is Severity.WARNING and "vision_config" in more.message
    assert less.severity is Severity.ERROR


MEMORY = "runtime: {memory: 75 GB}"


def test_an_amount_of_memory_in_running_text_may_equal_a_product_by_chance() -> None:
    text = f"schema: moeaudit/claims/v1\nmodel: {{id: {NAME}}}\n{MEMORY}\n"
    read = parse_claims(text, "a.claims.yaml")
    stated = Facts(DEEPSEEK, statements(read.claims, DEEPSEEK, Distribution.DOWNLOADABLE), (read,))
    prose = facts_of("Running DeepSeek-V3 in FP16 requires 75 GB of GPU memory.")
    assert found(stated, "memory-from-active").severity is Severity.ERROR
    told = found(prose, "memory-from-active")
    assert told.severity is Severity.WARNING and told.message.endswith(BY_CHANCE)


@pytest.mark.parametrize(
    ("body", "rule", "words"),
    [
        (
            "It has 671B total parameters.\n\nA 37B parameter model in speed, 37B active.",
            "sizes-swapped",
            "which is right",
        ),
        (
            "| | DeepSeek-V3 |\n|---|---|\n| Activated Parameters | 36.7B |\n| Layers | 61 |",
            "active-contradicted",
            LAST_PLACE,
        ),
        (
            "The total size of DeepSeek-V3 on Hugging Face is 685B, which includes 671B of the weights and 14B of MTP.",
            "mtp-contradicted",
            "685B less 671B",
        ),
        (
            "| | DeepSeek-V3 |\n|---|---|\n| Total Parameters | 671.81B (671B + 0.81B) |",
            "total-contradicted",
            "671B + 0.81B",
        ),
    ],
)
def test_a_slip_of_the_pen_is_named_as_a_warning(body: str, rule: str, words: str) -> None:
    told = found(facts_of(body), rule)
    assert told.severity is Severity.WARNING and words in told.message


def test_a_count_that_the_same_card_gives_right_may_be_of_something_else() -> None:
    once = found(facts_of("DeepSeek-V3 has 60 layers."), "layers-contradicted")
    twice = found(facts_of("DeepSeek-V3 has 61 layers.\n\nThis model has 60 layers."), "family-figure-stale")
    assert (once.severity, twice.severity) == (Severity.ERROR, Severity.WARNING)
    assert "line 3 gives it right" in twice.message


@pytest.mark.parametrize("size", ["447B", "690B", "617B", "37B"])
def test_other_wrong_figures_are_errors(size: str) -> None:
    every = run(facts_of(f"This model has {size} total parameters."), Persona.AUDITOR)
    assert any(one.severity is Severity.ERROR and one.claimed == size for one in every)


def test_a_card_of_several_models_none_of_whose_sizes_fits_may_be_about_another() -> None:
    text = (
        "# gpt-oss\n\nWe release [gpt-oss-120b](https://huggingface.co/openai/gpt-oss-120b) and "
        "[gpt-oss-20b](https://huggingface.co/openai/gpt-oss-20b).\n\n"
        "- `gpt-oss-120b` has 117B parameters with 5.1B active parameters.\n"
    )
    for model_id, severities in ((None, set()), ("openai/gpt-oss-120b", {Severity.ERROR})):
        card = read_card(text, "README.md", model_id)
        said = statements(card.claims, DEEPSEEK, Distribution.DOWNLOADABLE)
        every = run(Facts(DEEPSEEK, said, (), (card,), texts={"README.md": text}))
        errors = {one.severity for one in every} & {Severity.ERROR}
        assert errors == severities
        assert bool(severities) or any(SUBJECT in one.message for one in every)


HERD = """# Two models of one herd

There are two: Llama 4 Scout, a model with 17B active parameters and 16 experts, and Llama 4 Maverick, a model with 17B
active parameters and 128 experts.

Llama 4 Scout has 109B total parameters. Llama 4 Maverick has 400B total parameters.
"""


@pytest.mark.parametrize("beside", ["meta-llama/Llama-4-Maverick-17B-128E", "meta-llama/Llama-4-Scout-17B-16E"])
def test_a_true_card_of_a_family_beside_any_of_its_models(beside: str) -> None:
    """Both sizes are as published (109B and 400B in all, 17B active): an error beside neither of them, though
    the active size, which they share, fits. The evidence's own counts say which of them is meant."""
    inspection = inspect(beside, offline=True)
    card = read_card(HERD, "README.md", None, (), proven(inspection))
    said = statements(card.claims, inspection, Distribution.DOWNLOADABLE)
    facts = Facts(inspection, said, (), (card,), texts={"README.md": HERD})
    assert any(one.claim.printed == "17B" and one.judgement.fits for one in said)
    assert not [one for one in run(facts) if one.severity is Severity.ERROR]
    assert not [one for one in run(replace(facts, named=True)) if one.severity is Severity.ERROR]
    assert card.subject.split()[-1] in beside


def test_figures_of_a_card_that_may_speak_of_another_are_one_finding() -> None:
    text = (
        "# gpt-oss\n\nWe release [gpt-oss-120b](https://huggingface.co/openai/gpt-oss-120b) and "
        "[gpt-oss-20b](https://huggingface.co/openai/gpt-oss-20b).\n\n"
        "- `gpt-oss-120b` has 117B parameters.\n- `gpt-oss-120b` has 116.8B total parameters.\n"
    )
    card = read_card(text, "README.md")
    said = statements(card.claims, DEEPSEEK, Distribution.DOWNLOADABLE)
    facts = Facts(DEEPSEEK, said, (), (card,), texts={"README.md": text})
    told = [one for one in audit("m", ("README.md",), facts).findings if SUBJECT in one.message]
    assert [one.claimed for one in told] == ["117B"]
    assert told[0].message.endswith("the same is true of 116.8B in line 6")


def test_of_several_figures_on_a_line_one_is_right() -> None:
    facts = facts_of("DeepSeek-V3 comes in sizes of 236B total parameters and 671B total parameters.")
    told = found(facts, "family-figure-stale")
    assert told.severity is Severity.WARNING and "the same line gives 671B" in told.message


@pytest.mark.parametrize(
    ("row", "told"),
    [("| DeepSeek-V3 | BF16 | H100 x 8 |", True), ("| DeepSeek-V3 | INT4 | H100 x 8 |", False)],
)
def test_the_precision_of_a_row_is_that_of_its_hardware(row: str, told: bool) -> None:
    """671B in 4 bits are 336 GB and fit 8 × 80 GB; in 16 bits they are 1,342 GB."""
    facts = facts_of(f"| Model | Precision | GPU Type and Count |\n|---|---|---|\n{row}")
    assert [one.claim.printed for one in facts.stated("runtime.hardware")] == ["H100 x 8"]
    assert any(one.rule == "hardware-below-weights" for one in run(facts)) is told


@pytest.mark.parametrize(
    ("sentence", "told"),
    [
        ("Quantised, it runs with a minimum of 200GB of memory.", False),  # 2.4 bits
        ("Quantised, it runs with a minimum of 60GB of memory.", True),  # less than one bit
        ("It runs with a minimum of 200GB of memory.", True),
    ],
)
def test_quantised_in_bits_that_nobody_names(sentence: str, told: bool) -> None:
    facts = facts_of(sentence)
    assert list(facts.stated("runtime.memory")), "the amount is read"
    assert any(one.rule == "memory-below-weights" for one in run(facts)) is told


def test_active_is_held_against_the_largest_total_of_the_document() -> None:
    read = "This model has 671B total parameters and 37B active parameters.\n\nIt replaces one of 20B total parameters."
    assert "active-not-below-total" not in {one.rule for one in run(facts_of(read), Persona.AUDITOR)}
