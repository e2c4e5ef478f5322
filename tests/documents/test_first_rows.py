"""The rows of a first screen by hand, at their limits: how many claims, findings, names and letters they show, and what
comes first."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from moeaudit.checks.finding import Severity
from moeaudit.claims.verdicts import Verdict
from moeaudit.reports.document.english import STRINGS
from moeaudit.reports.document.runs import Runs
from moeaudit.reports.document.words import Words
from moeaudit.reports.plain import Plain
from moeaudit.reports.sections.answer import command, following, remarks
from moeaudit.reports.sections.answer_claims import begun, claims, findings
from moeaudit.reports.sections.answer_counts import _listed
from moeaudit.reports.sections.converted import difference
from moeaudit.reports.sections.disagreement import named
from moeaudit.reports.writers.inline import Inline

W = Words(STRINGS)


def told(runs: Runs) -> list[str]:
    """The runs as lines of text."""
    inline = Inline(Plain(10_000, "utf-8"))
    return ["".join(text for text, _ in line).replace("\u00a0", " ") for line in inline.lines(runs)]


def statement(
    printed: str, verdict: Verdict, *, fits: dict[str, str] | None = None, path: str = "architecture.total_parameters",
    origin: str = "card", nearest: Any = None, reason: str = "", stated: str = "", figure: Any = None,
) -> Any:  # fmt: skip
    claim = SimpleNamespace(
        path=path, printed=printed, origin=SimpleNamespace(value=origin), denominator=stated, figure=figure
    )
    judgement = SimpleNamespace(verdict=verdict, fits=fits or {}, nearest=nearest, reason=reason)
    return SimpleNamespace(claim=claim, judgement=judgement)


def screen(*said: Any, card: str = "# A card", found: tuple[Any, ...] = ()) -> Any:
    inspection = SimpleNamespace(
        evidence=SimpleNamespace(card=card, model=SimpleNamespace(recorded=False)), denominators={}
    )
    return SimpleNamespace(said=said, inspection=inspection, found=found)


def undecided(printed: str, verdict: Verdict = Verdict.UNVERIFIABLE, **more: Any) -> Any:
    return statement(printed, verdict, reason="why", **more)


@pytest.mark.parametrize(("claimed", "rest"), [(2, []), (3, []), (4, ["and 1 more"]), (5, ["and 2 more"])])
def test_three_figures_are_named(claimed: int, rest: list[str]) -> None:
    rows = told(claims(screen(*(undecided(f"{n}B") for n in range(1, claimed + 1))), W))
    assert rows == [f"“{n}B” total (card) is not decided: why" for n in range(1, min(claimed, 3) + 1)] + rest


def test_what_is_wrong_comes_first_what_is_right_before_what_is_open() -> None:
    fits = {"total.full": "rounds"}
    said = [
        undecided("1B"), statement("2B", Verdict.AMBIGUOUS, fits=fits), statement("3B", Verdict.REPRODUCED, fits=fits),
        statement("4B", Verdict.INFERRED, fits=fits),
        statement("5B", Verdict.REPRODUCED_ELSEWHERE, fits=fits, stated="x.y"),
        undecided("6B", Verdict.CONTRADICTED),
    ]  # fmt: skip
    rows = [row.split("B")[0].removeprefix("“") for row in told(claims(screen(*said), W))]
    assert rows == ["6", "5", "2", "and 3 more"]
    rows = [row.split("B")[0].removeprefix("“") for row in told(claims(screen(*said[:4]), W))]
    assert rows == ["2", "3", "4", "and 1 more"]


def test_a_figure_is_named_once_whoever_states_it() -> None:
    said = [
        undecided("1B"),
        undecided("1B", origin="name"),
        undecided("1B"),
        undecided("1B", path="a.active_parameters"),
    ]
    assert told(claims(screen(*said), W)) == [
        "“1B” total (card and name) is not decided: why", "“1B” active (card) is not decided: why",
    ]  # fmt: skip


def test_where_nothing_is_stated() -> None:
    assert told(claims(screen(), W)) == [STRINGS["answer"]["no_claims"]]
    assert told(claims(screen(card=""), W)) == [STRINGS["answer"]["no_card"]]


@pytest.mark.parametrize(("ways", "row"), [
    ({"a": "rounds"}, "a rounded"),
    ({"a": "rounds", "b": "truncates"}, "a rounded or b with its decimals cut off"),
    ({"a": "rounds", "b": "rounds", "c": "truncates"}, "a, b rounded or c with its decimals cut off"),
    ({"a": "rounds", "b": "rounds", "c": "rounds", "d": "rounds"}, "a, b, c rounded"),
])  # fmt: skip
def test_three_denominators_of_a_figure_are_named(ways: dict[str, str], row: str) -> None:
    (said,) = told(claims(screen(statement("1B", Verdict.INFERRED, fits=ways)), W))
    assert said == f"“1B” total (card) is right: {row}"
    (said,) = told(claims(screen(statement("1B", Verdict.REPRODUCED_ELSEWHERE, fits=ways, stated="x.y")), W))
    assert said == f"“1B” total (card) is true of {row}, not of x.y"


@pytest.mark.parametrize(("whole", "name", "row"), [
    (True, "routed_experts", "exactly routed_experts"), (False, "routed_experts", "routed_experts rounded"),
    (True, "total.full", "total.full rounded"),
])  # fmt: skip
def test_a_whole_number_of_things_is_equal(whole: bool, name: str, row: str) -> None:
    figure = SimpleNamespace(is_exact=whole)
    (said,) = told(claims(screen(statement("8", Verdict.INFERRED, fits={name: "rounds"}, figure=figure)), W))
    assert said == f"“8” total (card) is right: {row}"


@pytest.mark.parametrize(("gap", "shown"), [(9.99, True), (-9.99, True), (10, False), (-10, False)])
def test_how_far_off_a_figure_is_where_anyone_asks(gap: float, shown: bool) -> None:
    nearest = SimpleNamespace(denominator="total.full", value=2_000_000_000, gap=gap)
    (row,) = told(claims(screen(statement("1B", Verdict.CONTRADICTED, nearest=nearest)), W))
    assert row.startswith("“1B” total (card) is wrong: it fits no count; the nearest is total.full, 2.00B")
    assert ("%" in row) is shown


def test_the_nearest_count_may_be_a_range() -> None:
    nearest = SimpleNamespace(denominator="total.full", value=(1e9, 2e9, 3e9), gap=0.5)
    (row,) = told(claims(screen(statement("1B", Verdict.CONTRADICTED, nearest=nearest)), W))
    assert "1.00B" in row and "3.00B" in row


@pytest.mark.parametrize(("letters", "cut"), [(24, False), (25, True)])
def test_a_printed_figure_has_so_many_letters(letters: int, cut: bool) -> None:
    (row,) = told(claims(screen(undecided("1" * letters)), W))
    assert ("1" * 24 in row) is not cut and ("…" in row) is cut


def finding(severity: Severity, rule: str, *, suppressed: str | None = None, message: str = "it is so") -> Any:
    return SimpleNamespace(severity=severity, rule=rule, suppressed=suppressed, message=message)


def found(*findings_: Any) -> list[str]:
    return told(findings(screen(found=findings_), W))


def test_two_findings_are_named_the_worst_first() -> None:
    note, error = finding(Severity.NOTE, "a"), finding(Severity.ERROR, "b")
    warning, hushed = finding(Severity.WARNING, "c"), finding(Severity.ERROR, "d", suppressed="why")
    assert found() == found(hushed) == [STRINGS["answer"]["no_findings"]]
    assert found(note, hushed) == ["note a: it is so"]
    assert found(note, error) == ["error b: it is so", "note a: it is so"]
    assert found(note, warning, error, note, hushed) == ["1 error, 1 warning, 2 notes; first: error b: it is so"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a" * 110, "a" * 110), ("a" * 111, f"{'a' * 110} …"), ("ab " * 36 + "ab", "ab " * 36 + "ab"),
     ("ab " * 37 + "ab", ("ab " * 36).strip() + " …")],
)  # fmt: skip
def test_a_message_has_so_many_letters_and_ends_with_a_word(text: str, shown: str) -> None:
    assert begun(text) == shown


@pytest.mark.parametrize(("counts", "shown"), [((1,), [1]), ((1, 2, 3, 4), [1, 2, 3, 4]), ((1, 2, 3, 4, 5), [1, 5])])
def test_of_many_different_counts_both_ends_are_told(counts: tuple[int, ...], shown: list[int]) -> None:
    assert list(_listed(counts)) == shown


@pytest.mark.parametrize(
    ("words", "line"),
    [(("inspect", "org/a-b_c.d@v1:Q4,x=y"), "moeaudit inspect org/a-b_c.d@v1:Q4,x=y"),
     (("inspect", "a b"), "moeaudit inspect 'a b'"), (("inspect", "a;b"), "moeaudit inspect 'a;b'"),
     (("inspect", "modèle"), "moeaudit inspect 'modèle'"), (("inspect", "--"), "moeaudit inspect --")],
)  # fmt: skip
def test_a_command_is_safe_in_a_shell(words: tuple[str, ...], line: str) -> None:
    assert command(*words) == line


@pytest.mark.parametrize(
    ("asked", "shown"),
    [((), "org/m"), (("a" * 40,), "a" * 40), (("a" * 41,), "MODEL"), (("a" * 20, "b" * 19), f"{'a' * 20} {'b' * 19}"),
     (("a" * 20, "b" * 20), "MODEL")],
)  # fmt: skip
def test_how_to_go_on_names_the_model_where_that_is_short(asked: tuple[str, ...], shown: str) -> None:
    from moeaudit.checks.kind import Kind

    inspection = SimpleNamespace(
        evidence=SimpleNamespace(model=SimpleNamespace(id="org/m"), headers=object()), architecture=object()
    )

    def went(**more: Any) -> dict[str, str]:
        given = {
            "asked": asked,
            "inspection": inspection,
            "whole": False,
            "kind": Kind.MOE,
            "size": None,
            "found": (),
        } | more
        return dict(following(SimpleNamespace(**given)))  # type: ignore[arg-type]

    size = SimpleNamespace(bytes=2**30)
    assert went(size=size) == {
        "all": f"moeaudit inspect {shown} --all", "estimate": f"moeaudit estimate {shown} --gpus 1x4090",
        "explain": "moeaudit explain active.full",
    }  # fmt: skip
    assert set(went(whole=True, kind=Kind.DENSE).values()) == {"moeaudit explain total.full"}
    assert set(went(kind=Kind.NOTHING)) == {"all"}
    assert "estimate" not in went(size=SimpleNamespace(bytes=2**50))
    without = SimpleNamespace(evidence=inspection.evidence, architecture=None)
    assert "estimate" not in went(size=size, inspection=without)


@pytest.mark.parametrize(
    ("said", "shown"),
    [(("a pipeline of two", "an adapter", "a third"), ["A pipeline of two.", "An adapter."]),
     (("adapter_config.json is here",), ["adapter_config.json is here."]),
     (("x" * 169,), [f"{'x' * 169}."]), (("x" * 170,), [f"{'x' * 169}…"])],
)  # fmt: skip
def test_remarks_of_a_first_screen(said: tuple[str, ...], shown: list[str]) -> None:
    """Two, of 170 letters; one that begins with an article is a sentence, else with a file's name."""
    result = SimpleNamespace(inspection=SimpleNamespace(remarks=said, converted=None, pipeline=None))
    assert [told(one)[0] for one in remarks(result, W)] == shown  # type: ignore[arg-type]


def table(count: int) -> Any:
    return SimpleNamespace(groups=[SimpleNamespace(tensors=n, template=f"t{n}") for n in range(1, count + 1)])


@pytest.mark.parametrize(
    ("count", "more"), [(3, []), (4, []), (5, ["and 1 more template"]), (6, ["and 2 more templates"])]
)
def test_four_names_of_each_side_are_shown(count: int, more: list[str]) -> None:
    groups = [SimpleNamespace(shape=(n,), tensors=n, template=f"s{n}") for n in range(1, count + 1)]
    odd = [SimpleNamespace(group=group, expected=(9,)) for group in groups]
    found: Any = SimpleNamespace(missing=table(count), unexpected=table(1), shapes=odd)
    rows = [(told(label)[0], told(text)[0]) for label, text in named(found, W)]
    shown = range(1, min(count, 4) + 1)
    assert rows == [
        *(("missing", f"{n} × t{n}") for n in shown), *(("missing", one) for one in more), ("unexpected", "1 × t1"),
        *(("shape", f"{n} × s{n} is ({n},), expected (9,)") for n in shown),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("here", "origin", "reason", "shown"),
    [(5, 5, "", "equal"), (5, 5, "why", "equal"), (5, 3, "", "2"), (3, 5, "", "-2"), (3, 5, "tied", "tied")],
)
def test_a_component_beside_its_origin(here: int, origin: int, reason: str, shown: str) -> None:
    row = SimpleNamespace(here=here, origin=origin, reason=reason)
    assert told(difference(row, W)) == [shown]  # type: ignore[arg-type]


def test_what_a_recorded_models_makers_state_is_said_in_short_behind_the_rest() -> None:
    """Where it is right; where it is wrong, it is told whole and first, as any other."""
    ways = {"total.full": "rounds", "total.head": "rounds", "total.body": "rounds"}
    theirs = statement("21B", Verdict.AMBIGUOUS, fits=ways, origin="claim-file")
    name = statement("20B", Verdict.INFERRED, fits={"total.full": "truncates"}, origin="name")
    first, *rest = told(claims(screen(theirs, name), W))
    assert first.startswith("“20B” total (name) is right: ")
    assert rest == ["“21B” total (vendor) is right (total.full, total.head)"]
    wrong = undecided("25B", Verdict.CONTRADICTED, origin="claim-file")
    assert told(claims(screen(name, wrong), W))[0].startswith("“25B” total (vendor) ")
