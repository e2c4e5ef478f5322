"""The content model: what a packet of a known model says, figure by figure."""

from __future__ import annotations

from collections import Counter

import pytest

from moeaudit.errors import UsageError
from moeaudit.reports.packet.inputs import make
from moeaudit.reports.packet.model import Packet
from tests.packet.samples import ACTIVE, FRESH, TOTAL, closed, mixtral


@pytest.fixture(scope="module")
def packet() -> Packet:
    return make(mixtral(gpus="2xH200"))


def test_the_summary_names_its_denominators(packet: Packet) -> None:
    figures = {one.denominator: one.typical for one in packet.summary.headline}
    assert (figures["total.full"], figures["active.full"]) == (TOTAL, ACTIVE)
    assert packet.summary.state == "moe" and packet.summary.fits is True
    assert len(packet.summary.top) <= 3


def test_verdicts_are_counted(packet: Packet) -> None:
    counts = {one.word: one.count for one in packet.summary.verdicts}
    assert counts == dict(Counter(claim.verdict for claim in packet.claims))
    verdicts = {claim.path: claim.verdict for claim in packet.claims}
    assert verdicts["architecture.total_parameters"] == "reproduced"
    assert verdicts["architecture.active_parameters"] == "contradicted"
    assert verdicts["architecture.load_balancing"] == "not-disclosed"


def test_a_contradicted_claim_shows_both_sides(packet: Packet) -> None:
    claim = next(one for one in packet.claims if one.path == "architecture.active_parameters")
    assert claim.nearest is not None and claim.nearest.denominator == "active.full" and claim.nearest.typical == ACTIVE
    assert (claim.low, claim.high) == (13_500_000_000, 14_500_000_000)
    assert (
        packet.questions[0].why == "contradicted"
        and "14B" in packet.questions[0].text
        and "12,879,925,248" in packet.questions[0].text
    )


def test_layers_and_components_add_up(packet: Packet) -> None:
    whole = packet.architecture
    assert sum(component.stored for component in whole.components) == TOTAL
    assert sum(component.active or 0 for component in whole.components) == ACTIVE
    assert [(run.first, run.last, run.mixer_kind, run.ffn_kind) for run in whole.layers] == [
        (0, 31, "attention", "moe")
    ]
    outside = sum(one.stored for one in whole.components if one.name in ("embedding", "head")) + 4096  # the final norm
    assert 32 * whole.layers[0].parameters + outside == TOTAL


def test_every_item_of_the_checklist_has_a_status_and_a_reason(packet: Packet) -> None:
    items = [item for group in packet.checklist for item in group.items]
    assert len(items) == 56 and all(item.reason for item in items)
    assert sum(one.count for one in packet.summary.checklist) == 56
    found = {item.id: item.status for item in items}
    assert (found["A01"], found["A03"], found["A05"], found["A10"], found["R12"]) == (
        "verified",
        "contradicted",
        "derived",
        "not-disclosed",
        "missing",
    )


def test_missing_items_become_questions_and_answered_ones_do_not(packet: Packet) -> None:
    missing = {item.id for group in packet.checklist for item in group.items if item.status == "missing"}
    asked = {question.item for question in packet.questions if question.group != "statements"}
    assert asked == missing
    assert [question.number for question in packet.questions] == list(range(1, len(packet.questions) + 1))


def test_the_evaluated_path_is_held_against_the_delivered_one(packet: Packet) -> None:
    status = {one.aspect: one.status for one in packet.paths}
    assert status == {
        "checkpoint": "same",
        "precision": "different",
        "routing_policy": "unknown",
        "context": "same",
        "path": "unknown",
        "mode": "unknown",
    }
    assert any("BF16" in question.text and "FP8" in question.text for question in packet.questions)


def test_estimates_carry_their_denominators_and_bands(packet: Packet) -> None:
    found = packet.estimates
    assert found is not None and found.fleet == "2 × H200-SXM" and found.assumptions
    assert all(one.denominator for one in (*found.figures, *found.training))
    assert all(
        one.low <= one.typical <= one.high for one in found.figures if one.low is not None and one.high is not None
    )
    device = found.memory[0]
    assert sum(part.bytes for part in device.parts) + device.free == device.limit


def test_training_compute_takes_the_tokens_that_are_stated() -> None:
    found = make(mixtral()).estimates
    assert found is not None and found.fits is None
    shorthand = {one.denominator: one.typical for one in found.training if one.name == "training_shorthand"}
    assert shorthand["total.full"] == 6 * TOTAL * 10**12
    assert "Training tokens: 1T, as stated in mixtral.claims.yaml." in found.assumptions


def test_obligations_say_where_each_answer_came_from(packet: Packet) -> None:
    frameworks = {one.id: one for one in packet.obligations}
    assert {"eu-ai-act", "eu-guidelines", "eu-code-of-practice", "model-cards", "nist-ai-rmf", "iso-42001"} == set(
        frameworks
    )
    for framework in frameworks.values():
        assert framework.reference and all(bool(item.answer) == bool(item.origin) for item in framework.items)
    assert {item.status for name in ("nist-ai-rmf", "iso-42001") for item in frameworks[name].items} == {"mapped"}
    band = next(item for item in frameworks["eu-code-of-practice"].items if item.id == "Size range")
    assert band.answer.startswith("15B–50B")


def test_a_closed_model_known_by_rumour_is_no_fact() -> None:
    packet = make(closed())
    assert packet.summary.state == "none" and not packet.denominators and not packet.architecture.components
    assert packet.claims[0].verdict == "unsupported"
    assert packet.questions[0].why == "unsupported" and "1.8T" in packet.questions[0].text


def test_a_fresh_claim_file_is_a_list_of_questions() -> None:
    packet = make(closed(FRESH))
    assert not packet.claims and len(packet.questions) == 56
    assert {question.group for question in packet.questions} == {"architecture", "runtime", "evaluation", "governance"}


def test_a_fleet_without_evidence_is_refused() -> None:
    from dataclasses import replace

    from moeaudit.reports.packet.inputs import Asked

    with pytest.raises(UsageError, match="no evidence to estimate from"):
        make(replace(closed(), asked=Asked(gpus="8xH200")))


def test_a_load_that_queues() -> None:
    """Mixtral on 2 × H100, 5,000 requests of 2,000 tokens, 125 blocks of 16 tokens at 65,536 bytes and device: the
    packet says how many run, how many are asked, and whose times it has."""
    packet = make(mixtral(gpus="2xH100", concurrency=5000))
    found = packet.estimates
    assert found is not None
    figures = {one.name: one for one in found.figures}
    run = int(figures["cache_budget"].typical // (2000 * 65_536))
    assert (found.verdict, found.fits, figures["served"].typical) == ("queues", False, run)
    assert figures["served"].denominator == "of 2,000 tokens at once, of 5,000 asked"
    assert figures["output_rate"].denominator == f"whole layout, at {run} requests at once of 5,000 asked"
    (fleet,) = packet.fleets
    assert (fleet.verdict, fleet.asked, fleet.served) == ("queues", 5000, run)
    assert fleet.requests == figures["requests"].typical > 0
    best = found.layouts[0]
    assert (best.words, best.fits, best.short, best.requests) == (found.chosen, False, 0, fleet.requests)
