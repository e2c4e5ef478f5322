"""The small questions that checks are put together from, each by a table of cases worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from moeaudit.checks import card_readings, causes, differences, facts, fixes, integrity, layouts, one_cause, proof
from moeaudit.checks.audit import in_words, relocated
from moeaudit.checks.claims_together import _apart, _ends, _two_rules
from moeaudit.checks.compute import _before
from moeaudit.checks.facts import Facts, Statement
from moeaudit.checks.finding import Confidence, Finding, Outcome, Severity
from moeaudit.checks.settlement import Settlement, rests_on, way_out
from moeaudit.claims.claim import Claim, Origin
from moeaudit.claims.figures import Figure, parse_figure
from moeaudit.claims.file import parse_claims
from moeaudit.claims.verdicts import Judgement, Verdict
from moeaudit.costs.devices import device
from moeaudit.errors import Place
from moeaudit.evidence.model import Depth, Evidence, ModelRef, Source
from moeaudit.ledger.doubts import Cause, Doubt
from moeaudit.ledger.values import Absent, Count
from moeaudit.vocabulary import Basis

FINDING = Finding("a-rule", "a rule", Outcome.CONTRADICTED, Severity.ERROR, Confidence.HIGH, "it is wrong")
(CLAIM,) = parse_claims(
    "schema: moeaudit/claims/v1\nmodel: {id: a/b}\narchitecture: {total_parameters: 45B}\n", "a.claims.yaml"
).claims


def figure(text: str) -> Figure:
    found = parse_figure(text)
    assert found is not None
    return found


def standing_at(line: int | None, column: int | None = 1, **more: Any) -> Claim:
    return replace(CLAIM, origin=Origin.CARD, location=Place("README.md", line, column), **more)


def of_card(text: str) -> Facts:
    return Facts(None, texts={"README.md": text})


@pytest.mark.parametrize(
    ("scaling", "configured", "lengths"),
    [
        ({"original_max_position_embeddings": 32768, "factor": 4}, 40960, {"original": 32768, "scaled": 131072}),
        ({"original_max_position_embeddings": 32768, "factor": 4}, 131072, {"original": 32768}),
        ({"original_max_position_embeddings": 4096, "factor": 40}, 4096, {"scaled": 163840}),
        ({"factor": 1.5}, 1000, {"scaled": 1500}),
        ({"factor": 2}, None, {}),
        ({"factor": 1}, 1000, {}),
        ({"factor": 0.5}, 1000, {}),
        ({"factor": 9_999}, 10, {"scaled": 99_990}),
        ({"factor": 10_000}, 10, {}),
        ({"factor": True}, 1000, {}),
        ({"factor": "4"}, 1000, {}),
        ({"original_max_position_embeddings": "32768"}, 1000, {}),
        ({"original_max_position_embeddings": True}, 1000, {}),
        (None, 1000, {}),
        ([4], 1000, {}),
    ],
)
def test_lengths_that_a_scaling_names(scaling: Any, configured: int | None, lengths: dict[str, int]) -> None:
    """One before it, which is not the configured one; a factor above 1 and below 10,000 times the original length, or
    the configured one where none is told."""
    wanted = {f"context_length.{name}": value for name, value in lengths.items()}
    for name in ("rope_scaling", "rope_parameters"):
        assert facts.rope_lengths({name: scaling}, configured) == wanted
        for section in ("text_config", "llm_config", "language_config"):
            assert facts.rope_lengths({section: {name: scaling}}, configured) == wanted
            assert facts.rope_lengths({section: 3, name: scaling}, configured) == wanted


@pytest.mark.parametrize(
    ("value", "count"), [(5, 5), ((2, 4, 9), (2, 4, 9)), ((2, 9), (2, 9, 9)), ((1, 2, 3, 4, 5), (1, 3, 5)), ((), None)]
)
def test_a_count_that_differs_by_layers_is_a_range(value: Any, count: Any) -> None:
    assert facts._count(value) == count


@pytest.mark.parametrize(
    ("left", "right", "total"), [(8, 1, 9), (8, 0, None), (8, None, None), (None, 1, None), ((1, 2, 3), 1, None)]
)
def test_a_sum_of_counts_is_one_where_the_second_adds(left: Any, right: Any, total: Any) -> None:
    assert facts._plus(left, right) == total


@pytest.mark.parametrize(
    ("text", "line", "row"),
    [
        ("| a | 1 |\n| b | 2 |", 1, "| a | 1 |"),
        ("| a | 1 |\n| b | 2 |", 2, "| b | 2 |"),
        ("| a | 1 |\n| b | 2 |", 3, ""),
        ("| a | 1 |\n| b | 2 |", None, ""),
        ("text\n  | b | 2 |", 2, "  | b | 2 |"),
        ("text\n| b | 2 |", 1, ""),
    ],
)
def test_the_row_in_which_a_claim_stands(text: str, line: int | None, row: str) -> None:
    assert of_card(text).row(standing_at(line)) == row
    assert of_card(text).row(replace(standing_at(line), origin=Origin.CLAIM_FILE)) == ""


@pytest.mark.parametrize(
    ("witnesses", "missing", "size"),
    [
        ({"headers": 3, "index": 2, "config": 1}, (), 3),
        ({"headers": 3, "index": 2, "config": 1}, ("a",), 2),  # headers are those of the rest
        ({"headers": 3, "config": 1}, ("a",), 1),
        ({"headers": None, "index": 2}, (), 2),
        ({"config": 1}, (), 1),
        ({"headers": 3}, ("a",), None),
        ({}, (), None),
    ],
)
def test_bytes_of_the_weights_by_the_best_witness(witnesses: Any, missing: Any, size: int | None) -> None:
    seen = {name: SimpleNamespace(bytes=value) for name, value in witnesses.items()}
    inspection: Any = SimpleNamespace(witnesses=seen, evidence=SimpleNamespace(missing_shards=missing))
    assert Facts(inspection).weight_bytes == size


@pytest.mark.parametrize(
    ("line", "column", "length", "at"),
    [
        ("value: 45B", 8, 3, 8),
        ("45B", 1, 3, 1),
        ('value: "45B"', 8, 3, 9),  # a quote, which the length leaves out
        ("value: '45B'", 8, 3, 9),
        ("value: 45B of 45", 8, 3, 8),
        ("value: 45 of 45B", 8, 9, None),  # twice within the value
        ("value: 4545", 8, 4, None),
        ("value: 46B", 8, 3, None),
        ("45 value: 46B", 11, 3, None),  # before it
        ("value: 46B # 45", 8, 3, None),  # behind it
        ("value: &size 45B", 8, 9, None),  # others take it over
        ("value: 45B", 0, 3, None),
        ("value: 45B", None, 3, None),
        ("x45", 1, 3, 2),
        ('"45', 1, 2, 2),
    ],
)
def test_where_a_number_stands_in_its_claim(line: str, column: int | None, length: int, at: int | None) -> None:
    """The column of `45`, from 1, where it is there once."""
    for before in ("", "text\n"):
        lines = f"{before}{line}\nmore".split("\n")
        claim: Any = SimpleNamespace(location=Place("a", 1 + before.count("\n"), column), length=length)
        assert fixes.standing("45", claim, lines) == at


@pytest.mark.parametrize("line", [None, 0, 3])
def test_a_number_stands_on_no_other_line(line: int | None) -> None:
    claim: Any = SimpleNamespace(location=Place("a", line, 1), length=2)
    assert fixes.standing("45", claim, ["45", "45"]) is None


@pytest.mark.parametrize(
    ("text", "why"),
    [("45 %", "it is no count"), ("45B to 46B", "it is a range"), ("over 45B", "it is a bound"), ("45B", None)],
)
def test_figures_that_no_count_replaces(text: str, why: str | None) -> None:
    assert fixes._no_plain_figure(replace(CLAIM, figure=figure(text))) == why
    assert fixes._no_plain_figure(replace(CLAIM, figure=None)) == "it is no count"


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ({"error": 2, "warning": 0, "note": 1, "suppressed": 0}, "2 errors, 0 warnings, 1 note"),
        ({"error": 1, "warning": 1, "note": 0, "suppressed": 1}, "1 error, 1 warning, 0 notes, 1 suppressed"),
        ({"error": 0}, "0 errors"),
    ],
)
def test_counts_in_words(counts: dict[str, int], words: str) -> None:
    assert in_words(counts) == words


def test_places_are_given_as_the_user_named_their_files() -> None:
    here, there = (replace(FINDING, place=Place(name, 3, 4, "p")) for name in ("a.md", "b.md"))
    moved = relocated([here, there, FINDING], {"a.md": "docs/a.md"})
    assert [one.place for one in moved] == [Place("docs/a.md", 3, 4, "p"), Place("b.md", 3, 4, "p"), None]


def reading(
    path: str | None = "architecture.total_parameters", printed: str = "45B", line: int = 1, reason: Any = None
) -> Any:
    text = SimpleNamespace(at=[(line, 1)])
    found = parse_figure(printed)
    taken = reason is None and path is not None
    return SimpleNamespace(path=path, figure=found, text=text, start=0, reason=reason, taken=taken, name="")


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ([6], "line 6"), ([6, 6], "line 6"), ([6, 14], "lines 6, 14"),
        (range(1, 9), "lines 1, 2, 3, 4, 5, 6, 7, 8"), (range(1, 10), "lines 1, 2, 3, 4, 5, 6, 7, 8 and 1 more"),
    ],
)  # fmt: skip
def test_lines_in_words(numbers: Any, words: str) -> None:
    assert card_readings.lines([reading(line=number) for number in numbers]) == words


@pytest.mark.parametrize(
    ("path", "printed", "like"),
    [
        ("architecture.layers", "61", True), (None, "45B", True), (None, "61", False), (None, "45 %", False),
        ("architecture.active_parameters", "5 %", True),
    ],
)  # fmt: skip
def test_figures_that_look_like_claims(path: str | None, printed: str, like: bool) -> None:
    """They have a field, or a unit of size."""
    card: Any = SimpleNamespace(readings=[reading(path, printed, reason="because")])
    assert bool(card_readings.untaken(card)) is like
    taken: Any = SimpleNamespace(readings=[reading(path, printed)])
    assert not card_readings.untaken(taken) or path is None


@pytest.mark.parametrize(
    ("given", "taken", "mostly"),
    [  # figures given to others, figures taken; the evidence counts 45B, and the model's own size is read or not
        (3, ["12 layers"], 3), (2, [], 0), (3, ["12 layers"] * 3, 0), (4, ["12 layers"] * 3, 4),
        (3, ["99B"], 3), (3, ["45B"], 0),
    ],
)  # fmt: skip
def test_cards_that_mostly_speak_of_others(given: int, taken: list[str], mostly: int) -> None:
    from moeaudit.claims.card.reasons import Reason

    others = [reading(printed="45B", reason=Reason.OTHER_MODEL) for _ in range(given)]
    own = [
        reading("architecture.layers" if "layers" in one else "architecture.total_parameters", one.split()[0])
        for one in taken
    ]
    card: Any = SimpleNamespace(readings=[*others, *own], claims=own)
    known: Any = SimpleNamespace(known={"total.full": 45_000_000_000})
    assert len(card_readings.mostly_elsewhere(card, known)) == mostly


def doubts(number: int, **more: Any) -> list[Doubt]:
    return [Doubt(Cause.WEIGHTS_MISSING, f"thing {at}", **more) for at in range(number)]


EVIDENCE = Evidence(ModelRef("a/b", Source.HUB))


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (1, "thing 0"),
        (3, "thing 0; thing 1; thing 2"),
        (4, "thing 0; thing 1; thing 2; and 1 more like it"),
        (1003, "thing 0; thing 1; thing 2; and 1,000 more like it"),
    ],
)
def test_many_doubts_of_a_cause_are_counted(number: int, message: str) -> None:
    said = causes.report(doubts(number), EVIDENCE)
    assert (said.message, said.claimed, said.derived) == (message, None, None)
    sides = causes.report([replace(one, claimed=one.message, derived="x") for one in doubts(number)], EVIDENCE)
    assert (sides.claimed, sides.derived) == (message.replace(" like it", ""), "x")


@pytest.mark.parametrize(
    ("open", "settled", "said"),
    [
        ((0,), None, ""),
        ((5,), None, " (5 parameters are open)"),
        ((5, 1000), Depth.HEADERS, " (1,005 parameters are open; --depth headers would settle it)"),
        ((0,), Depth.INDEX, " (--depth index would settle it)"),
    ],
)
def test_what_doubts_leave_open(open: tuple[int, ...], settled: Depth | None, said: str) -> None:
    assert causes.cost(Doubt(Cause.WEIGHTS_MISSING, "", open=one, settled_by=settled) for one in open) == said


@pytest.mark.parametrize(
    ("shards", "begins"),
    [
        ((), ""),
        (("a",), "Fetch what is missing: a; or"),
        (("a", "b"), "Fetch what is missing: a and 1 more; or"),
        (tuple("abcd"), "Fetch what is missing: a and 3 more; or"),
    ],
)
def test_shards_to_fetch(shards: tuple[str, ...], begins: str) -> None:
    tip = causes.report(doubts(1), replace(EVIDENCE, missing_shards=shards)).tip
    assert tip.startswith(begins) and bool(tip) is bool(shards)
    other = [Doubt(Cause.WEIGHTS_UNEXPECTED, "more")]
    assert causes.report(other, replace(EVIDENCE, missing_shards=shards)).tip == ""


@pytest.mark.parametrize(
    ("number", "value", "may"),
    [
        (100, Count(100, Basis.READ), True), (99, Count(100, Basis.READ), False), (101, Count(100, Basis.READ), False),
        (90, Count(100, Basis.READ, 10), True), (89, Count(100, Basis.READ, 10), False),
        (110, Count(100, Basis.READ, 10), True), (111, Count(100, Basis.READ, 10), False), (0, Absent("none"), False),
    ],
)  # fmt: skip
def test_numbers_that_a_count_may_be(number: int, value: Any, may: bool) -> None:
    assert integrity._may_be(number, value) is may


@pytest.mark.parametrize(
    ("line", "column", "before"),
    [(1, 7, "$"), (1, 6, "k"), (1, 1, ""), (1, None, ""), (2, 1, ""), (9, 3, ""), (None, 3, ""), (3, 5, "€")],
)
def test_the_sign_before_a_figure(line: int | None, column: int | None, before: str) -> None:
    """Behind `took $` and `a €~ `; markup and blanks between are passed over."""
    claim = Statement(standing_at(line, column), Judgement(Verdict.INFERRED))
    assert _before(of_card("took $5M\n\na €~ 5M"), claim) == before


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("671B", (670_500_000_000, 672_000_000_000)),  # rounded from 670.5 on, cut below 672
        ("1.9B", (1_850_000_000, 2_000_000_000)),
        ("over 671B", None),
        ("at most 671B", None),
    ],
)
def test_the_values_that_print_as_a_figure(text: str, ends: tuple[int, int] | None) -> None:
    assert _ends(figure(text)) == ends


@pytest.mark.parametrize(
    ("left", "right", "apart"),
    [("310B", "311B", True), ("37B", "37.6B", False), ("37B", "37.4B", False), ("37B", "38.1B", True), ("8", "9", True),
     ("8", "8", False)],
)  # fmt: skip
def test_figures_of_which_neither_prints_as_the_other(left: str, right: str, apart: bool) -> None:
    assert _apart(figure(left), figure(right)) is _apart(figure(right), figure(left)) is apart


def stated(text: str, fits: dict[str, Any] | None = None, path: str = CLAIM.path) -> Statement:
    return Statement(replace(CLAIM, figure=figure(text), path=path), Judgement(Verdict.INFERRED, fits or {}))


@pytest.mark.parametrize(
    ("left", "right", "near"),
    [
        (stated("3B"), stated("4B"), True),  # a third more
        (stated("3.0B"), stated("4.1B"), False),
        (stated("4B"), stated("3B"), True),
        (stated("3", path="architecture.layers"), stated("4", path="architecture.layers"), False),
        (stated("3B", {"total.full": "rounds"}), stated("9B", {"total.body": "rounds"}), True),
        (stated("3B", {"total.full": "rounds"}), stated("9B"), False),
    ],
)
def test_sizes_that_may_follow_two_rules(left: Statement, right: Statement, near: bool) -> None:
    assert _two_rules(left, right) is near


@pytest.mark.parametrize(
    ("number", "says"),
    [
        (1, "; the same is true of 1B in line 1"),
        (2, "; the same is true of 1B in line 1, 2B in line 2"),
        (6, "6B in line 6"),
        (7, "6B in line 6 and 1 more"),
    ],
)
def test_the_other_lines_of_one_cause(number: int, says: str) -> None:
    others = [replace(FINDING, claimed=f"{at}B", place=Place("a", at)) for at in range(1, number + 1)]
    assert proof._also(others).endswith(says) and "7B" not in proof._also(others)


def test_findings_of_one_card_and_rule_that_lack_only_whom_it_speaks_of_are_one() -> None:
    lacks = f"it is wrong; not proved: {proof.SUBJECT}"
    one, two = (replace(FINDING, message=lacks, place=Place("a.md", line), claimed="5B") for line in (1, 2))
    apart = [
        replace(two, rule="another"),
        replace(two, place=Place("b.md", 2)),
        replace(two, suppressed="known"),
        replace(two, message="it is wrong"),
        replace(two, place=None),
    ]
    assert proof.folded([one, *apart]) == (one, *apart)
    folded = proof.folded([one, apart[0], two])
    assert folded == (replace(one, message=f"{lacks}; the same is true of 5B in line 2"), apart[0])


DEEPSEEK, LEFT = 671_026_419_200, 11_610_067_968


@pytest.mark.parametrize(
    ("wrong", "value", "right", "quote", "says"),
    [
        ("671B", 37 * 10**9, {"671B": "total"}, "", ["the same card gives it as total parameters"]),
        ("36.8B", 36_680_000_000, {}, "", [proof.LAST_PLACE]),  # 36.7 is right, 368 tenths are exact enough
        ("36.9B", 36_680_000_000, {}, "", []),
        ("3.8B", 3_680_000_000, {}, "", []),  # 38 tenths: the last place is too much of it
        ("14B", LEFT + 2 * 10**9, {"685B": "stored", "671B": "total"}, "", ["it is 685B less 671B"]),
        ("14B", LEFT + 2 * 10**9, {}, "685B in all, 671B without", ["it is 685B less 671B"]),
        ("14B", LEFT + 2 * 10**9, {"685B": "stored"}, "671B without", ["it is 685B less 671B"]),
        ("14B", LEFT + 2 * 10**9, {"685B": "stored", "672B": "total"}, "", []),
        ("14B", 30 * 10**9, {"685B": "stored", "671B": "total"}, "", []),
        ("671.81B", 671_100_000_000, {"671B": "total", "0.81B": "mtp"}, "", ["it is 671B + 0.81B"]),
    ],
)
def test_slips_of_the_pen(wrong: str, value: int, right: dict[str, str], quote: str, says: list[str]) -> None:
    """What stands right elsewhere in the card, the last place, or a sum or difference of rounded figures."""
    claim = replace(CLAIM, quote=quote)
    sizes = {
        figure(text).low: replace(CLAIM, figure=figure(text), path=f"architecture.{name}_parameters")
        for text, name in right.items()
    }
    told = list(proof._slip(claim, figure(wrong), value, sizes))
    assert all(any(one.startswith(said) for one in told) for said in says) and bool(told) is bool(says), told


@pytest.mark.parametrize(
    ("name", "head", "inside"),
    [
        ("lm_head.weight", True, True), ("model.lm_head.weight", True, True), ("head.weight", True, False),
        ("model.layers.{}.head.weight", False, False), ("lm_head.qweight", False, True),
        ("lm_heads.weight", False, False), ("model.norm.weight", False, False),
    ],
)  # fmt: skip
def test_names_of_the_output_projection(name: str, head: bool, inside: bool) -> None:
    assert (one_cause.is_head(name), one_cause.in_head(name)) == (head, inside)


@pytest.mark.parametrize(
    ("name", "inner"),
    [
        ("model.layers.0.mlp.weight", "layers.0.mlp.weight"),
        ("a.b.layers.0.layers.1.w", "layers.0.layers.1.w"),
        ("model.language_model.embed.weight", "embed.weight"),
        ("norm.weight", "norm.weight"),
        ("w", "w"),
    ],
)
def test_a_name_without_what_stands_before_its_layers(name: str, inner: str) -> None:
    assert one_cause.inner(name) == inner


@pytest.mark.parametrize(
    ("severity", "assumed", "then"),
    [("error", True, "warning"), ("error", False, "warning"), ("warning", True, "warning"), ("note", False, "note")],
)
def test_what_rests_on_an_assumed_model_is_no_error(severity: str, assumed: bool, then: str) -> None:
    made = differences.softened(replace(FINDING, severity=Severity(severity)), assumed=assumed)
    assert made.severity.value == then
    assert made.message == (f"it is wrong. {differences.NAME_TAKEN}" if assumed else "it is wrong")


def test_a_difference_that_records_take_over_is_one_and_they_stand_in_order() -> None:
    def one(line: int | None, hub: str = "a/b", file: str = "x", rule: str = "r") -> Any:
        claim = replace(CLAIM, location=Place(file, line))
        return differences.Difference(
            SimpleNamespace(),  # type: ignore[arg-type]
            SimpleNamespace(id=hub),  # type: ignore[arg-type]
            Statement(claim, Judgement(Verdict.INFERRED)),
            replace(FINDING, rule=rule),
        )

    made = differences.once(iter([one(9), one(2), one(9, "A/B"), one(None), one(9), one(2, "c/d"), one(1, file="a")]))
    places = [each.statement.claim.location for each in made]
    assert [(place.file, place.line, each.records) for place, each in zip(places, made, strict=True)] == [
        ("a", 1, 1), ("x", None, 1), ("x", 2, 1), ("x", 2, 1), ("x", 9, 3),
    ]  # fmt: skip


H100 = int(float(device("H100-SXM").memory.value or 0) * 2**30)


@pytest.mark.parametrize(
    ("text", "room"),
    [
        ("8 x H100", 8 * H100), ("H100 x 8", 8 * H100), ("NVIDIA H100", H100), ("8 x L99", None),
        ("2 x H100 80GB", 160 * 2**30), ("2 x H100 with 80GB or 94GB", 188 * 2**30), ("a cluster", None),
        ("4× L99 48GB", 192 * 2**30),
    ],
)  # fmt: skip
def test_memory_of_machines(text: str, room: int | None) -> None:
    """As printed in binary units, else as in the catalogue; the largest where several are printed."""
    found = layouts._capacity(text)
    assert (found and found[0]) == room


@pytest.mark.parametrize(
    ("needs", "settled", "guessed", "out"),
    [
        (Depth.HEADERS, None, False, "--depth headers would settle it"),
        (None, Depth.INDEX, False, "--depth index would settle it"),
        (Depth.HEADERS, Depth.INDEX, True, "--depth headers would settle it"),
        (None, None, True, "the number that config.json does not state would settle it"),
        (None, Depth.HEADERS, True, "--depth headers would settle it"),
        (None, None, False, "no deeper reading settles it"),
    ],
)
def test_the_way_out(needs: Depth | None, settled: Depth | None, guessed: bool, out: str) -> None:
    told = (Doubt(Cause.WEIGHTS_MISSING, "", settled_by=settled),)
    made = Settlement(Basis.READ, Basis.READ, "read", 1200, needs, told, guessed)
    assert made.left_open == f"1,200 parameters are open; {out}"
    assert replace(made, open=0).left_open == ""
    assert guessed or way_out(needs, told) == out


@pytest.mark.parametrize(
    ("usual", "basis", "weaker"),
    [
        (Basis.READ, Basis.READ, None), (Basis.READ, Basis.ASSUMED, Basis.ASSUMED), (Basis.ASSUMED, Basis.READ, None),
        (Basis.READ, Basis.PREDICTED, Basis.PREDICTED),
    ],
)  # fmt: skip
def test_a_basis_is_told_where_it_is_weaker_than_most(usual: Basis, basis: Basis, weaker: Basis | None) -> None:
    made = Settlement(usual, usual, "", 0, None, ())
    assert made.weaker(Count(1, basis)) is weaker
    assert made.weaker(Absent("none")) is None
    assert made.by_the_weights is (usual is Basis.READ)


@pytest.mark.parametrize(
    ("basis", "source", "named", "words"),
    [
        (Basis.READ, Source.HUB, True, "read from the headers"),
        (Basis.MATCHED, Source.HUB, True, "matched: names and bytes of the index, shapes of config.json"),
        (Basis.ASSUMED, Source.HUB, True, "assumed: storage, names or defaults that are not known"),
        (Basis.ASSUMED, Source.HUB, False, "assumed: roles by tensor names"),
        (Basis.PREDICTED, Source.HUB, True, "predicted: config.json alone"),
        (Basis.PREDICTED, Source.SPEC, True, "predicted: the spec file alone"),
    ],
)
def test_a_basis_in_words(basis: Basis, source: Source, named: bool, words: str) -> None:
    assert rests_on(basis, Evidence(ModelRef("a/b", source)), named=named) == words
