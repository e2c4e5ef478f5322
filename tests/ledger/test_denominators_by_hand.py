"""Every denominator of a model whose components' sizes are different digits: a sum shows in its digits what it holds.

The sums are those of the definitions (docs/denominators.md), written out by hand.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from moeaudit.architecture.weights import Share
from moeaudit.ledger.denominators import measure_all
from moeaudit.ledger.ledger import Ledger, Line, over_layers
from moeaudit.ledger.values import Absent, Count, Range, Value, between, is_settled
from moeaudit.vocabulary import Basis, Component, Part, weakest

TWO_OF_EIGHT = Share.of(2, 8)


def line(
    role: Component, elements: int, part: Part = Part.LANGUAGE, component: Component | None = None, **others: object
) -> Line:
    made = Line(component or role, role, part, "model.layers", 0, elements, 1)
    return replace(made, **others)  # type: ignore[arg-type]


EMBEDDING = line(Component.EMBEDDING, 1)
HEAD = line(Component.HEAD, 20)
ATTENTION = line(Component.ATTENTION, 300)
DENSE = line(Component.DENSE_FFN, 4_000)
ROUTER = line(Component.ROUTER, 50_000)
BIAS = line(Component.ROUTER_BIAS, 600_000)
ROUTED = line(Component.ROUTED_EXPERTS, 4_000_000, share=TWO_OF_EIGHT)
SHARED = line(Component.SHARED_EXPERTS, 30_000_000)
LANGUAGE = (EMBEDDING, HEAD, ATTENTION, DENSE, ROUTER, BIAS, ROUTED, SHARED)

MTP = (
    line(Component.ATTENTION, 10**8, Part.MTP, Component.MTP),
    line(Component.EMBEDDING, 2 * 10**9, Part.MTP, Component.MTP, duplicate=True),
    line(Component.ROUTED_EXPERTS, 4 * 10**10, Part.MTP, Component.MTP, share=TWO_OF_EIGHT),
    line(Component.HEAD, 5 * 10**11, Part.MTP, Component.MTP),
)
ENCODERS = (
    line(Component.ATTENTION, 10**12, Part.VISION, Component.VISION),
    line(Component.ATTENTION, 2 * 10**13, Part.AUDIO, Component.AUDIO),
    line(Component.OTHER, 3 * 10**14, Part.PROJECTOR, Component.PROJECTOR),
)

BASES = {
    "total.full": 34_654_321,
    "total.head": 34_654_320,
    "total.body": 34_654_300,
    "active.full": 31_654_321,
    "active.head": 31_654_320,
    "active.body": 31_654_300,
}
WHOLE = {
    "active.experts": 31_000_000,
    "active.routed": 1_000_000,
    "shared.experts": 30_000_000,
    "embedding.input": 1,
    "embedding.output": 20,
    "embedding.both": 21,
    "router.all": 650_000,
}


def measured(ledger: Ledger) -> dict[str, object]:
    """Values by name: a number, a range's three, or the reason for none."""

    def plain(value: Value) -> object:
        if isinstance(value, Absent):
            return value.reason
        return value.value if isinstance(value, Count) else (value.low, value.typical, value.high)

    return {name: plain(value) for name, value in measure_all(ledger).items()}


def test_a_model_of_text_alone() -> None:
    assert measured(Ledger("config", LANGUAGE)) == {
        **BASES,
        "total.stored": 34_654_321,
        "stored.elements": "no headers were read and the storage format is not settled",
        **WHOLE,
        "active.checkpoint": 31_654_321,
        "mtp.unique": "no prediction modules",
        "mtp.stored": "no prediction modules",
        "modality.vision": "no vision encoder",
        "modality.audio": "no audio encoder",
    }


def test_prediction_modules_and_encoders() -> None:
    """Their own embedding and head are left out by the rules too; a copy counts in the files alone."""
    found = measured(Ledger("config", (*LANGUAGE, *MTP, *ENCODERS)))
    mtp = {"full": 540_100_000_000, "head": 540_100_000_000, "body": 40_100_000_000}
    active_mtp = {"full": 510_100_000_000, "head": 510_100_000_000, "body": 10_100_000_000}
    encoders = 321 * 10**12
    for base, value in BASES.items():
        kind, rule = base.split(".")
        module = (mtp if kind == "total" else active_mtp)[rule]
        assert found[base] == value
        assert found[f"{base}+mtp"] == value + module
        assert found[f"{base}+encoders"] == value + encoders
        assert found[f"{base}+mtp+encoders"] == value + module + encoders
    assert {name: found[name] for name in WHOLE} == WHOLE
    assert found["total.stored"] == encoders + 542_100_000_000 + 34_654_321
    assert found["active.checkpoint"] == encoders + 542_100_000_000 + 31_654_321  # their experts count as stored
    assert (found["mtp.unique"], found["mtp.stored"]) == (540_100_000_000, 542_100_000_000)
    assert (found["modality.vision"], found["modality.audio"]) == (10**12, 2 * 10**13)


@pytest.mark.parametrize(
    ("lines", "listed"),
    [
        (LANGUAGE, set()),
        ((*LANGUAGE, *MTP), {"+mtp"}),
        ((*LANGUAGE, ENCODERS[0]), {"+encoders"}),
        ((*LANGUAGE, ENCODERS[1]), {"+encoders"}),
        ((*LANGUAGE, ENCODERS[2]), {"+encoders"}),
        ((*LANGUAGE, MTP[0], ENCODERS[2]), {"+mtp", "+encoders", "+mtp+encoders"}),
    ],
)
def test_a_modifier_is_listed_where_it_changes_something(lines: tuple[Line, ...], listed: set[str]) -> None:
    names = measured(Ledger("config", lines))
    assert {name[name.index("+") :] for name in names if "+" in name} == listed
    assert not any(name.startswith(("executed", "prefill", "active.encoder", "active.decoder")) for name in names)


def test_a_tied_matrix_is_the_head() -> None:
    """The one matrix multiplies: head keeps it, body drops it."""
    found = measured(Ledger("config", tuple(one for one in LANGUAGE if one is not HEAD), tied=True))
    assert [found[f"total.{rule}"] for rule in ("full", "head", "body")] == [34_654_301, 34_654_301, 34_654_300]
    assert [found[f"active.{rule}"] for rule in ("full", "head", "body")] == [31_654_301, 31_654_301, 31_654_300]
    assert (found["embedding.input"], found["embedding.both"]) == (1, 1)
    assert found["embedding.output"] == "tied: the input embedding is used again, nothing is stored for the head"


def test_layers_that_are_run_through_again() -> None:
    looped = [replace(one, passes=3) if one in (ATTENTION, ROUTED) else one for one in LANGUAGE]
    found = measured(Ledger("config", tuple(looped)))
    assert {name: found[name] for name in BASES} == BASES
    assert found["executed.full"] == 31_654_321 + 2 * 300 + 2 * 1_000_000
    assert found["executed.head"] == 31_654_320 + 2 * 300 + 2 * 1_000_000
    assert found["executed.body"] == 31_654_300 + 2 * 300 + 2 * 1_000_000
    # layers of an encoder alone change none of them
    again = measured(Ledger("config", (*LANGUAGE, replace(ENCODERS[0], passes=3))))
    assert not any(name.startswith("executed") for name in again)
    # what no token runs through counts in total, not in active
    idle = measured(Ledger("config", (*LANGUAGE, line(Component.NORM, 7 * 10**7, passes=0))))
    assert (idle["total.full"], idle["active.full"]) == (104_654_321, 31_654_321)


def test_layers_that_a_prompt_passes_by() -> None:
    late = [replace(one, decode_only=one in (DENSE, ROUTED, HEAD)) for one in LANGUAGE]
    found = measured(Ledger("config", tuple(late)))
    assert {name: found[name] for name in BASES} == BASES
    assert [found[f"prefill.{rule}"] for rule in ("full", "head", "body")] == [30_650_301, 30_650_300, 30_650_300]
    again = measured(Ledger("config", (*LANGUAGE, replace(ENCODERS[0], decode_only=True))))
    assert not any(name.startswith("prefill") for name in again)


def test_two_sides() -> None:
    """Of each token: its side's layers, without the tables of both."""
    sides = [replace(one, side="encoder" if one in (ATTENTION, ROUTED, EMBEDDING) else "") for one in LANGUAGE]
    found = measured(Ledger("config", (*sides, *MTP, line(Component.NORM, 10**8, duplicate=True, side="encoder"))))
    assert (found["active.encoder"], found["active.decoder"]) == (1_000_300, 30_654_000)
    dense = measured(Ledger("config", tuple(one for one in sides if one.component is not Component.ROUTED_EXPERTS)))
    assert dense["active.encoder"] == dense["active.full"] == "dense: every parameter is active, none is routed"


def test_a_dense_model() -> None:
    found = measured(Ledger("config", (EMBEDDING, HEAD, ATTENTION, DENSE)))
    dense = "dense: every parameter is active, none is routed"
    assert [found[name] for name in BASES] == [4_321, 4_320, 4_300, dense, dense, dense]
    assert found["active.checkpoint"] == dense
    assert {found[name] for name in ("active.experts", "active.routed")} == {"no routed experts"}
    assert (found["shared.experts"], found["router.all"]) == ("no shared experts", "no router")
    # shared experts without routed ones are no experts' work
    assert measured(Ledger("config", (ATTENTION, SHARED)))["active.experts"] == "no routed experts"
    assert measured(Ledger("config", (ATTENTION, SHARED)))["embedding.both"] == "no embedding"
    assert measured(Ledger("config", (ATTENTION, SHARED)))["embedding.output"] == "no output projection"
    assert measured(Ledger("config", (ATTENTION, HEAD)))["embedding.both"] == 20
    assert measured(Ledger("config", (ATTENTION, BIAS)))["router.all"] == 600_000


@pytest.mark.parametrize(
    ("ledger", "said"),
    [
        (Ledger("w", (ATTENTION, replace(DENSE, named=False))), "4,000 parameters have"),
        (Ledger("w", (ATTENTION, replace(DENSE, asked=False), replace(ROUTER, named=False))), "54,000 parameters have"),
        (Ledger("w", (ATTENTION,), strange=1200), "1,200 tensors have"),
        (Ledger("w", (replace(DENSE, named=False),), strange=3), "4,000 parameters and 3 tensors have"),
    ],
)
def test_what_may_be_among_what_is_not_understood(ledger: Ledger, said: str) -> None:
    found = measured(ledger)
    assert found["active.full"] == f"no routed experts recognised, and {said} no known role"
    assert found["mtp.unique"] == f"no prediction modules recognised, and {said} no known role"


def test_what_is_counted_in_part_only_has_no_sums() -> None:
    found = measured(Ledger("w", LANGUAGE, uncounted="two shards cannot be read"))
    assert {found[name] for name in (*BASES, *WHOLE, "total.stored", "active.checkpoint", "mtp.stored")} == {
        "two shards cannot be read"
    }
    dense = measured(Ledger("w", (ATTENTION,), uncounted="two shards cannot be read"))
    assert dense["active.full"] == dense["active.checkpoint"] == "two shards cannot be read"


def value(name: str, *lines: Line, **others: int) -> Count | Range:
    found = measure_all(Ledger("w", lines, **others))[name]  # type: ignore[arg-type]
    assert not isinstance(found, Absent)
    return found


UNEVEN = Share(Fraction(1, 8), Fraction(2, 8), Fraction(4, 8), "experts of no work")


def test_shares_that_hang_on_the_token_give_a_range() -> None:
    routed = replace(ROUTED, share=UNEVEN)
    found = value("active.full", *(routed if one is ROUTED else one for one in LANGUAGE))
    assert found == Range(31_154_321, 31_654_321, 32_654_321, "experts of no work")
    assert value("total.full", routed, HEAD) == Count(4_000_020)
    assert value("active.checkpoint", routed, HEAD, *MTP) == Range(
        542_100_500_020, 542_101_000_020, 542_102_000_020, "experts of no work"
    )
    # one reason once, each of several
    other = replace(SHARED, share=replace(UNEVEN, reason="another"))
    found = value("active.full", routed, replace(routed, elements=8, role=Component.DENSE_FFN), other)
    assert isinstance(found, Range) and found.reason == "experts of no work; another"
    # sums that are no whole numbers are rounded to the nearest
    thirds = Share(Fraction(1, 3), Fraction(1, 3), Fraction(1, 3))
    assert value("active.routed", replace(ROUTED, elements=5, share=thirds)) == Count(2)
    assert value("active.routed", replace(ROUTED, elements=4, share=thirds)) == Count(1)


def test_what_releases_have_or_not_is_between_none_and_all() -> None:
    maybe = replace(BIAS, optional=True)
    said = "releases with this config differ, and no weights were read"
    assert value("total.full", HEAD, maybe) == Range(20, 20, 600_020, said)
    assert value("active.full", ROUTED, maybe) == Range(1_000_000, 1_000_000, 1_600_000, said)
    assert value("active.checkpoint", ROUTED, maybe) == Range(1_000_000, 1_000_000, 1_600_000, said)


def test_files_hold_what_they_hold_and_the_model_what_it_is() -> None:
    """`held`: what an incomplete copy lacks is the config's; `asked`: what may be it under another name."""
    lacking, strange = replace(SHARED, held=False), replace(DENSE, asked=False, named=False)
    lines = (HEAD, ROUTED, lacking, strange)
    assert value("total.full", *lines) == Count(34_000_020)
    assert value("total.stored", *lines) == Count(4_004_020)
    ledger = Ledger("w", (*lines, maybe := replace(BIAS, optional=True)))
    assert ledger.total() == 4_604_020
    assert ledger.total(lambda one: one is maybe) == 600_000
    assert ledger.components() == {
        Component.HEAD: 20,
        Component.DENSE_FFN: 4_000,
        Component.ROUTED_EXPERTS: 4_000_000,
    }


def test_how_sure_a_sum_is() -> None:
    """The weakest of what it sums, and all that is open in it or beside it."""
    read = replace(HEAD, basis=Basis.READ)
    found = value("total.full", read, replace(ATTENTION, basis=Basis.MATCHED))
    assert (found.basis, found.open) == (Basis.MATCHED, 0) and is_settled(found)
    found = value("total.full", read, replace(ATTENTION, settled=False), open=7)
    assert (found.basis, found.open) == (Basis.PREDICTED, 307) and not is_settled(found)
    found = value("total.full", read, replace(ATTENTION, named=False, basis=Basis.READ))
    assert (found.basis, found.open) == (Basis.ASSUMED, 300)
    found = value("total.stored", read, replace(ATTENTION, named=False, basis=Basis.READ))
    assert (found.basis, found.open) == (Basis.READ, 0)
    found = value("total.full", read, replace(ATTENTION, asked=False, basis=Basis.READ))
    assert (found.value, found.basis, found.open) == (20, Basis.ASSUMED, 300)  # type: ignore[union-attr]
    found = value("total.stored", read, replace(ATTENTION, asked=False, basis=Basis.READ))
    assert (found.value, found.basis, found.open) == (320, Basis.READ, 0)  # type: ignore[union-attr]
    routed = replace(ROUTED, basis=Basis.READ, settled=False)
    found = value("active.checkpoint", read, routed, replace(ATTENTION, basis=Basis.MATCHED, settled=False), open=7)
    assert (found.basis, found.open) == (Basis.MATCHED, 4_000_307)  # what stands beside counts once
    assert not is_settled(Absent("none"))
    assert weakest([]) is Basis.READ


def test_lines_of_several_layers_are_added_where_all_else_is_alike() -> None:
    """Whatever tells two lines apart keeps them apart."""
    told = {
        "component": Component.MTP, "role": Component.NORM, "part": Part.MTP, "share": TWO_OF_EIGHT, "passes": 2,
        "duplicate": True, "optional": True, "basis": Basis.READ, "settled": False, "named": False, "held": False,
        "asked": False, "side": "encoder", "decode_only": True,
    }  # fmt: skip
    layers = [replace(ATTENTION, layer=layer, place=place) for layer in (0, 1) for place in ("a", "b")]
    others = [replace(ATTENTION, **{name: other}) for name, other in told.items()]  # type: ignore[arg-type]
    added = over_layers(Ledger("config", (*layers, *others), strange=3))
    assert added.lines[0] == replace(ATTENTION, place="", layer=None, elements=1_200, tensors=4)
    assert [one.elements for one in added.lines[1:]] == [300] * len(told)
    assert added.strange == 3


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ((1, 2, 3), Range(1, 2, 3, "why")),
        ((3, 2, 1), Range(1, 2, 3, "why")),
        ((2, 1, 2), Range(1, 1, 2, "why")),
        ((1, 3, 2), Range(1, 3, 3, "why")),
        ((2, 2, 2), Count(2)),
        ((1, 1, 2), Range(1, 1, 2, "why")),
        ((0, 0, 0), Count(0)),
    ],
)
def test_a_range_is_in_order(given: tuple[int, int, int], found: Value) -> None:
    made = between(*given, "why", Basis.MATCHED, 5)
    assert made == found
    assert (made.basis, made.open) == (Basis.MATCHED, 5)
    assert made.bounds == ((given[0],) * 2 if isinstance(made, Count) else (made.low, made.high))
    assert made.typical == given[1]
